//! XAdES baseline B properties (ETSI EN 319 132-1 sections 5.2.1 and 5.2.2, 6.3): when the signer says
//! that it signed, and with which certificate. Start at [`read`] and [`write`].
//!
//! The certificate that is named shields against another one over the same key; the time is what
//! the signer says and proves nothing to others. Both count only where a reference of the Signature
//! covers them. Other qualifying properties are passed over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};

use super::certificate::SignerCertificate;
use super::digest::DigestMethod;
use super::dsig::{self, Algorithm, identified, only_text};
use super::error::Error;
use super::sign::Beside;
use super::suite::Suites;
use super::uri::{DS, XADES, XADES_SIGNED_PROPERTIES};
use super::verify::SigningRules;
use crate::xml::{Node, NodeId};

/// How far a signer's clock may go ahead of ours: more than clocks drift that are set at all.
const CLOCK_AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);
/// Most bytes of a digest: twice SHA-512.
const DIGEST_BYTES_MAX: usize = 128;

/// What of a Signature was verified.
pub(super) struct Stated<'a> {
    /// The elements inside it whose digests were.
    pub(super) covered: &'a [NodeId],
    /// What is covered by references that say that it is signed properties.
    pub(super) typed: &'a [NodeId],
    /// What identifies elements.
    pub(super) rules: &'a SigningRules,
}

/// What the signed properties of a Signature say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Said {
    /// When the signer says that it signed.
    pub(super) time: Option<Timestamp>,
    /// Whether they name the signer's certificate.
    pub(super) certificate: bool,
}

/// Reads and checks the signed properties of a Signature.
pub(super) fn read(
    signature: Node<'_>,
    stated: &Stated<'_>,
    signer: &SignerCertificate,
    suites: &Suites,
    now: Timestamp,
) -> Result<Said, Error> {
    let (covered, typed) = (stated.covered, stated.typed);
    let mut all = signature.named(XADES, "SignedProperties");
    let Some(properties) = all.next() else {
        // A reference that says so covers no such properties.
        return match typed.first().and_then(|id| signature.document().node(*id)) {
            None => Ok(Said::default()),
            Some(node) => Err(refused(
                "a Reference is of a Type that its target is not",
                node,
            )),
        };
    };
    if let Some(second) = all.next() {
        return Err(refused("there are several SignedProperties", second));
    }
    place(properties, signature, stated.rules)?;
    let mut around = std::iter::successors(Some(properties), |node| node.parent());
    if !around.any(|it| covered.contains(&it.id())) {
        return Err(refused(
            "no reference covers the SignedProperties",
            properties,
        ));
    }
    if typed.iter().any(|id| *id != properties.id()) {
        let problem = "a Reference is of a Type that its target is not";
        return Err(refused(problem, properties));
    }
    let Some(of_signature) = properties.child(XADES, "SignedSignatureProperties") else {
        return Ok(Said::default());
    };
    let mut said = Said::default();
    for name in ["SigningCertificateV2", "SigningCertificate"] {
        let named = of_signature.elements().filter(|node| node.is(XADES, name));
        for named in named {
            certificate(named, signer, suites)?;
            said.certificate = true;
        }
    }
    let mut times = of_signature
        .elements()
        .filter(|node| node.is(XADES, "SigningTime"));
    let Some(time) = times.next() else {
        return Ok(said);
    };
    match times.next() {
        Some(second) => Err(refused("there are several SigningTimes", second)),
        None => {
            said.time = Some(signing_time(time, signer, now)?);
            Ok(said)
        }
    }
}

/// `Object/QualifyingProperties/SignedProperties` of this very Signature, and about it.
fn place(properties: Node<'_>, signature: Node<'_>, rules: &SigningRules) -> Result<(), Error> {
    let qualifying = properties.parent();
    let qualifying = qualifying.filter(|it| it.is(XADES, "QualifyingProperties"));
    let object = qualifying.and_then(Node::parent);
    let object = object.filter(|it| {
        it.is(DS, "Object") && it.parent().is_some_and(|up| up.id() == signature.id())
    });
    let (Some(qualifying), Some(_)) = (qualifying, object) else {
        let problem = "SignedProperties stand elsewhere than in Object/QualifyingProperties";
        return Err(refused(problem, properties));
    };
    let target = qualifying.attribute("", "Target").unwrap_or_default();
    let id = target.strip_prefix('#').unwrap_or_default();
    let mut found = identified(id, signature, rules);
    if id.is_empty() || found.next().map(Node::id) != Some(signature.id()) {
        let problem = "the Target of the QualifyingProperties is not their Signature";
        return Err(refused(problem, qualifying));
    }
    match found.next() {
        None => Ok(()),
        Some(second) => Err(Error::IdDuplicate {
            at: second.position(),
        }),
    }
}

/// The first certificate that is named must be the signer's (section 5.2.2.2): by its digest, for
/// issuer and serial number say less.
fn certificate(named: Node<'_>, signer: &SignerCertificate, suites: &Suites) -> Result<(), Error> {
    let first = named.child(XADES, "Cert");
    let digest = first.and_then(|it| it.child(XADES, "CertDigest"));
    let method = digest.and_then(|it| it.child(DS, "DigestMethod"));
    let value = digest.and_then(|it| it.child(DS, "DigestValue"));
    let (Some(method), Some(value)) = (method, value) else {
        return Err(refused(
            "the signing certificate is not named by a digest",
            named,
        ));
    };
    let method = Algorithm::read(method)?;
    method.check("DigestMethod")?;
    let known = suites.digest(method.uri);
    let known = known.ok_or_else(|| method.refused("DigestMethod"))?;
    let value = dsig::base64(value, "a DigestValue", DIGEST_BYTES_MAX)?;
    if digest_of(&**known, &signer.der) != value {
        let at = named.position();
        return Err(Error::SigningCertificate { at });
    }
    Ok(())
}

fn digest_of(method: &dyn DigestMethod, bytes: &[u8]) -> Vec<u8> {
    let mut hasher = method.start();
    hasher.update(bytes);
    hasher.finish()
}

/// A moment with its offset from UTC, within the validity of the certificate, and not in the future.
fn signing_time(
    node: Node<'_>,
    signer: &SignerCertificate,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    let refused = |problem| {
        let at = node.position();
        Error::SigningTime { problem, at }
    };
    let text = only_text(node)?;
    let time: Timestamp = text
        .trim_matches([' ', '\t', '\r', '\n'])
        .parse()
        .map_err(|_| refused("is no moment with an offset from UTC"))?;
    if time.duration_since(now) > CLOCK_AHEAD_MAX {
        return Err(refused("is in the future"));
    }
    match signer.check_dates(time, "signer's") {
        Ok(()) => Ok(time),
        Err(_) => Err(refused(
            "is outside the validity of the signer's certificate",
        )),
    }
}

/// The properties as they are signed and written.
pub(super) fn write(
    time: Timestamp,
    certificate: &[u8],
    digest: &dyn DigestMethod,
    signature_id: &str,
    seed: &str,
) -> Beside {
    let id = format!("signed-properties-{seed}");
    let second = Timestamp::from_second(time.as_second()).unwrap_or(time);
    let (uri, value) = (
        digest.uri(),
        STANDARD.encode(digest_of(digest, certificate)),
    );
    let canonical = format!(
        r#"<xades:SignedProperties xmlns:xades="{XADES}" Id="{id}"><xades:SignedSignatureProperties><xades:SigningTime>{second}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod xmlns:ds="{DS}" Algorithm="{uri}"></ds:DigestMethod><ds:DigestValue xmlns:ds="{DS}">{value}</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>"#
    );
    let object = format!(
        r##"<xades:QualifyingProperties xmlns:xades="{XADES}" Target="#{signature_id}">{canonical}</xades:QualifyingProperties>"##
    );
    Beside {
        kind: XADES_SIGNED_PROPERTIES,
        id,
        canonical,
        object,
    }
}

fn refused(problem: &'static str, node: Node<'_>) -> Error {
    let at = node.position();
    Error::Xades { problem, at }
}
