//! Verifying a document's signature. Start at [`verify`].
//!
//! The order of the checks is fixed, and the first that fails is the answer: the place and build of
//! the signature; its algorithms; what its references point at; the encoding of its values; the
//! certificate and its path; the signature value; the digests; the signature properties. So a
//! stranger's valid signature is `CERT_UNKNOWN_ISSUER`, keys are used only after they are trusted,
//! and one changed byte of a partner's document is `SIG_DIGEST_MISMATCH`.

use std::fmt;

use jiff::Timestamp;

use super::carried;
use super::certificate::SignerCertificate;
use super::cover::{self, Cover};
use super::dsig::{self, Algorithm, C14n, Reference, Signature, SignedInfo, Target, resolve};
use super::error::{CertificateFault, Error};
use super::properties;
use super::status::When;
use super::suite::{Suite, SuiteFault, Suites};
use super::trust::TrustStore;
use super::uri;
use super::verified::{Found, Verified};
use super::xades;
use crate::xml::{self, Document, Limits, Node, NodeId, NodeKind, Subtree};

/// Most bytes of a canonical SignedInfo; one with five references and long prefix lists has 8 KB.
const SIGNED_INFO_BYTES_MAX: usize = 64 << 10;

/// How a message package is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningRules {
    /// What a signature must cover.
    pub cover: Cover,
    /// The attributes that identify elements: namespace (empty for none) and local name. No other
    /// attribute does, whatever it is called.
    pub id_attributes: Vec<(String, String)>,
}

/// What is accepted from a partner.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// The algorithms that exist here.
    pub suites: &'a Suites,
    /// The `SignatureMethod` URIs that this partner may use.
    pub allowed: &'a [String],
    /// Whose certificates count as the partner's.
    pub trust: &'a TrustStore,
}

/// A document that was not verified, and why.
pub struct Refused {
    /// Why.
    pub error: Error,
    /// The document, for the record.
    pub document: Document,
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

/// Verifies the one signature of a document (XMLDSig 1.1 section 3.2), that it covers what the rules
/// say, and that the signer is the partner, at `now`.
///
/// # Errors
/// [`Refused`], with the document and the first thing that is wrong.
pub fn verify(
    document: Document,
    rules: &SigningRules,
    policy: &Policy<'_>,
    now: Timestamp,
) -> Result<Verified<Document>, Box<Refused>> {
    verify_when(document, rules, policy, When::Now(now))
}

/// The same for a time that may be proven: for a message whose receipt is older than what is known of
/// its signer's certificate today.
///
/// # Errors
/// [`Refused`], as above.
pub fn verify_when(
    document: Document,
    rules: &SigningRules,
    policy: &Policy<'_>,
    when: When,
) -> Result<Verified<Document>, Box<Refused>> {
    match judge(&document, rules, policy, when) {
        Ok(found) => Ok(Verified::new(document, found)),
        Err(error) => Err(Box::new(Refused { error, document })),
    }
}

fn judge(
    document: &Document,
    rules: &SigningRules,
    policy: &Policy<'_>,
    when: When,
) -> Result<Found, Error> {
    let signature = Signature::read(cover::find(document, &rules.cover)?)?;
    let claimed = SignedInfo::read(signature.signed_info)?;
    dsig::check(&signature, &claimed, policy.suites)?;
    let suite = choose(&claimed, policy)?;
    check_references(&claimed, &signature, rules, policy.suites)?;
    let (value, certificates) = (signature.read_value()?, signature.read_certificates()?);
    let carried = carried::read(signature.node);
    let trusted = policy
        .trust
        .judge(&certificates, &carried, policy.suites, when)
        .map_err(|fault| Error::Certificate {
            fault: Box::new(fault),
            at: Some(signature.key_info_at()),
        })?;
    let bytes = verify_value(&signature, &value, &claimed, suite, &trusted.certificate)?;
    let bytes = xml::parse(&bytes, None, &Limits::default()).map_err(Error::Canonical)?;
    let signed = SignedInfo::read(bytes.root())?;
    // XMLDSig 1.1 section 8.1.3, "see what is signed": from here on only what those bytes say.
    if signed.method.uri != claimed.method.uri
        || signed.canonicalization != claimed.canonicalization
        || signed.references.len() != claimed.references.len()
    {
        return Err(Error::Malformed {
            problem: "the SignedInfo says something else once it is canonicalised",
            at: signature.signed_info.position(),
        });
    }
    let places = claimed.references.iter().map(|reference| reference.at);
    let places: Vec<Node<'_>> = places.collect();
    let targets = targets(&signed, &places, &signature, rules)?;
    for ((reference, place), target) in signed.references.iter().zip(places).zip(&targets) {
        check_digest(reference, place, target, policy.suites)?;
    }
    let part = match cover::part(&rules.cover, &targets, &signature)? {
        None => None,
        Some((at, node)) => {
            let reference = signed.references.get(at);
            let octets = reference.map(Reference::octets).transpose()?;
            let c14n = octets.map_or(C14n::DEFAULT, |octets| octets.canonicalization);
            Some(cover::document_of(node, &c14n)?)
        }
    };
    let covered = dsig::ids(targets.iter().filter_map(Target::inside));
    let of_type = |(reference, target): (&Reference<'_>, &Target<'_>)| {
        let typed = reference.kind == Some(uri::XADES_SIGNED_PROPERTIES);
        typed.then(|| target.node(document).id())
    };
    let typed: Vec<NodeId> = signed
        .references
        .iter()
        .zip(&targets)
        .filter_map(of_type)
        .collect();
    let certificate = &trusted.certificate;
    let stated = xades::Stated {
        covered: &covered,
        typed: &typed,
        rules,
    };
    let (node, suites) = (signature.node, policy.suites);
    let said = xades::read(node, &stated, certificate, suites, when.at())?;
    let mut digested = signed.references.iter().zip(&targets);
    Ok(Found {
        signature: signature.node.id(),
        suite: signed.method.uri.to_owned(),
        properties: properties::read(signature.node, &covered, rules)?,
        content: digested.find_map(|(reference, target)| content(document, reference, target)),
        said,
        trusted,
        part,
    })
}

/// The digest of a reference that was compared, where it is that of the document element in its
/// exclusive canonical form and of nothing else: processing instructions beside the element would
/// stand in it too.
fn content(
    document: &Document,
    reference: &Reference<'_>,
    target: &Target<'_>,
) -> Option<[u8; 32]> {
    let alone = match target {
        Target::Whole(Subtree::Element(_)) => true,
        Target::Whole(Subtree::Document(..)) => document
            .top_level()
            .all(|node| matches!(node.kind(), NodeKind::Element | NodeKind::Comment)),
        Target::Inside(_) | Target::Part(_) => false,
    };
    let octets = reference.octets().ok()?;
    if !alone
        || !octets.canonicalization.is_plain_exclusive()
        || reference.digest.uri != uri::SHA256
    {
        return None;
    }
    reference.value.as_slice().try_into().ok()
}

/// The suite, which must be known here and agreed with the partner.
fn choose<'p>(signed_info: &SignedInfo<'_>, policy: &Policy<'p>) -> Result<&'p dyn Suite, Error> {
    let method = &signed_info.method;
    let suite = policy.suites.signature(method.uri);
    let suite = suite.ok_or_else(|| method.refused("SignatureMethod"))?;
    if !policy.allowed.iter().any(|uri| uri == method.uri) {
        let (uri, at) = (method.uri.to_owned(), method.at.position());
        return Err(Error::SuiteNotAllowed { uri, at });
    }
    Ok(suite)
}

/// Digest algorithms that exist here, and references as [`targets`] takes them.
fn check_references(
    signed_info: &SignedInfo<'_>,
    signature: &Signature<'_>,
    rules: &SigningRules,
    suites: &Suites,
) -> Result<(), Error> {
    let unknown = |digest: &&Algorithm<'_>| suites.digest(digest.uri).is_none();
    let mut digests = signed_info.references.iter().map(|it| &it.digest);
    if let Some(digest) = digests.find(unknown) {
        return Err(digest.refused("DigestMethod"));
    }
    let places: Vec<Node<'_>> = signed_info.references.iter().map(|it| it.at).collect();
    targets(signed_info, &places, signature, rules).map(drop)
}

/// What the references cover: what the rules say, others only what they allow beside it, and no two
/// the same. `places` are where they stand in the document.
fn targets<'a>(
    signed_info: &SignedInfo<'_>,
    places: &[Node<'a>],
    signature: &Signature<'a>,
    rules: &SigningRules,
) -> Result<Vec<Target<'a>>, Error> {
    let mut targets: Vec<Target<'a>> = Vec::with_capacity(places.len());
    for (reference, place) in signed_info.references.iter().zip(places) {
        let octets = reference.octets()?;
        let target = resolve(reference, &octets, *place, signature.node, rules)?;
        if targets.iter().any(|other| other.overlaps(&target)) {
            let problem = match target {
                Target::Whole(_) => "a second Reference covers the document",
                Target::Inside(_) => "two References cover the same part of the Signature",
                Target::Part(_) => "two References cover the same part of the document",
            };
            let at = place.position();
            return Err(Error::ReferenceRefused { problem, at });
        }
        targets.push(target);
    }
    cover::part(&rules.cover, &targets, signature)?;
    Ok(targets)
}

/// Verifies the signature value over the canonical SignedInfo, and gives those very bytes.
fn verify_value(
    signature: &Signature<'_>,
    value: &[u8],
    claimed: &SignedInfo<'_>,
    suite: &dyn Suite,
    certificate: &SignerCertificate,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let node = Subtree::Element(signature.signed_info);
    let canonical = claimed.canonicalization.with(true, |how| {
        xml::canonicalize(node, how, &mut |piece| bytes.extend_from_slice(piece))
    });
    canonical.map_err(Error::Canonical)?;
    if bytes.len() > SIGNED_INFO_BYTES_MAX {
        return Err(Error::Limit {
            what: "bytes of SignedInfo",
            max: SIGNED_INFO_BYTES_MAX,
            at: signature.signed_info.position(),
        });
    }
    suite
        .verify(&certificate.key, &bytes, value)
        .map_err(|fault| value_error(fault, signature, claimed.method.at))?;
    Ok(bytes)
}

fn value_error(fault: SuiteFault, signature: &Signature<'_>, method: Node<'_>) -> Error {
    let at = signature.value.position();
    match fault {
        SuiteFault::Key => Error::KeyMismatch {
            at: method.position(),
        },
        SuiteFault::Length { got, expected } => Error::ValueLength {
            element: "the SignatureValue",
            got,
            expected,
            at,
        },
        SuiteFault::Mismatch | SuiteFault::Sign => Error::ValueMismatch { at },
        SuiteFault::WeakKey { bits, min } => Error::Certificate {
            fault: Box::new(CertificateFault::WeakKey { bits, min }),
            at: Some(signature.key_info_at()),
        },
    }
}

pub(super) fn check_digest(
    reference: &Reference<'_>,
    place: Node<'_>,
    target: &Target<'_>,
    suites: &Suites,
) -> Result<(), Error> {
    let method = &reference.digest;
    let digest = suites.digest(method.uri);
    let digest = digest.ok_or_else(|| method.refused("DigestMethod"))?;
    let (got, expected) = (reference.value.len(), digest.length());
    if got != expected {
        let (element, at) = ("a DigestValue", place.position());
        return Err(Error::ValueLength {
            element,
            got,
            expected,
            at,
        });
    }
    let subtree = target.subtree();
    let mut hasher = digest.start();
    let canonical = reference.octets()?.canonicalization.with(false, |how| {
        xml::canonicalize(subtree, how, &mut |piece| hasher.update(piece))
    });
    canonical.map_err(Error::Canonical)?;
    if hasher.finish() != reference.value {
        let at = place.position();
        return Err(Error::DigestMismatch { at });
    }
    Ok(())
}
