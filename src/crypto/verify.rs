//! Verifying a document's signature. Start at [`verify`].
//!
//! The order of the checks is fixed, and the first that fails is the answer: the place and build of
//! the signature; its algorithms; what its references point at; the encoding of its values; the
//! certificate and its path; the signature value; the digests. So a stranger's valid signature is `CERT_UNKNOWN_ISSUER`, keys
//! are used only after they are trusted, and one changed byte of a partner's document is
//! `SIG_DIGEST_MISMATCH`.

use std::fmt;

use jiff::Timestamp;

use super::certificate::SignerCertificate;
use super::dsig::{Reference, Signature, SignedInfo, Target, resolve};
use super::error::{CertificateFault, Error};
use super::suite::{Suite, SuiteFault, Suites};
use super::trust::{TrustStore, Trusted};
use super::verified::Verified;
use crate::xml::{self, Document, Limits, Node, NodeId, Subtree};

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

/// What a signature must cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Cover {
    /// The document element, with everything in it but the signature.
    #[default]
    DocumentElement,
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

/// Verifies the one enveloped signature of a document (XMLDSig 1.1 section 3.2) and that the
/// signer is the partner, at `now`.
///
/// # Errors
/// [`Refused`], with the document and the first thing that is wrong.
pub fn verify(
    document: Document,
    rules: &SigningRules,
    policy: &Policy<'_>,
    now: Timestamp,
) -> Result<Verified<Document>, Box<Refused>> {
    match judge(&document, rules, policy, now) {
        Ok(judged) => Ok(Verified::new(
            document,
            judged.signature,
            judged.trusted,
            judged.suite,
        )),
        Err(error) => Err(Box::new(Refused { error, document })),
    }
}

struct Judged {
    signature: NodeId,
    trusted: Trusted,
    suite: String,
}

fn judge(
    document: &Document,
    rules: &SigningRules,
    policy: &Policy<'_>,
    now: Timestamp,
) -> Result<Judged, Error> {
    let signature = Signature::find(document)?;
    let claimed = SignedInfo::read(signature.signed_info)?;
    let suite = choose(&claimed, policy)?;
    check_references(&claimed, &signature, rules, policy.suites)?;
    let (value, certificates) = (signature.read_value()?, signature.read_certificates()?);
    let trusted = policy
        .trust
        .judge(&certificates, policy.suites, now)
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
    for (reference, claimed) in signed.references.iter().zip(&claimed.references) {
        let target = resolve(reference, claimed.at, signature.node, rules)?;
        check_digest(reference, claimed.at, &target, policy.suites)?;
    }
    Ok(Judged {
        signature: signature.node.id(),
        trusted,
        suite: signed.method.uri.to_owned(),
    })
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

/// Exactly one reference to the document element; others only into the signature.
fn check_references(
    signed_info: &SignedInfo<'_>,
    signature: &Signature<'_>,
    rules: &SigningRules,
    suites: &Suites,
) -> Result<(), Error> {
    let mut whole = 0;
    for reference in &signed_info.references {
        let digest = &reference.digest;
        if suites.digest(digest.uri).is_none() {
            return Err(digest.refused("DigestMethod"));
        }
        if let Target::Whole(_) = resolve(reference, reference.at, signature.node, rules)? {
            whole += 1;
            if whole > 1 {
                return Err(Error::ReferenceRefused {
                    problem: "a second Reference covers the document",
                    at: reference.at.position(),
                });
            }
        }
    }
    if whole == 0 {
        let at = signature.signed_info.position();
        return Err(Error::NotCovering { at });
    }
    Ok(())
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

fn check_digest(
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
    let (Target::Whole(subtree) | Target::Inside(subtree)) = *target;
    let mut hasher = digest.start();
    let canonical = reference.canonicalization.with(false, |how| {
        xml::canonicalize(subtree, how, &mut |piece| hasher.update(piece))
    });
    canonical.map_err(Error::Canonical)?;
    if hasher.finish() != reference.value {
        let at = place.position();
        return Err(Error::DigestMismatch { at });
    }
    Ok(())
}
