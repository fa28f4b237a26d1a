//! What judging a certificate found beside yes or no. Start at [`PathCertificate`].
//!
//! Facts for the record: who vouches for the signer, and what was known of revocation when.

use jiff::Timestamp;

use super::certificate::{parse, timestamp};
use super::digest::sha256;
use super::error::CertificateFault;

/// A certificate of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathCertificate {
    /// The subject, as RFC 4514 writes it.
    pub subject: String,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// SHA-256 of its DER.
    pub sha256: [u8; 32],
    /// Begin of validity.
    pub not_before: Timestamp,
    /// End of validity, the last second included.
    pub not_after: Timestamp,
}

impl PathCertificate {
    pub(super) fn read(der: &[u8]) -> Result<Self, CertificateFault> {
        let certificate = parse(der)?;
        let validity = certificate.validity();
        Ok(Self {
            subject: certificate.subject().to_string(),
            serial: hex::encode(certificate.raw_serial()),
            sha256: sha256(der),
            not_before: timestamp(validity.not_before.timestamp()),
            not_after: timestamp(validity.not_after.timestamp()),
        })
    }
}

/// What kind of word an authority gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusKind {
    /// A complete revocation list (RFC 5280 section 5).
    Crl,
    /// A list of what changed since a complete one (RFC 5280 section 5.2.4).
    DeltaCrl,
    /// The answer of a responder for one certificate (RFC 6960).
    Ocsp,
}

impl StatusKind {
    /// The word in verdicts and receipts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crl => "crl",
            Self::DeltaCrl => "delta-crl",
            Self::Ocsp => "ocsp",
        }
    }

    /// The kind that `word` names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Crl, Self::DeltaCrl, Self::Ocsp]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// Longest name that is kept, in characters; RFC 5280 appendix A.1 bounds each part of one by 64.
const NAME_CHARS_MAX: usize = 512;

/// A name as a record may have it: short, and nothing in it that XML forbids.
pub(super) fn plain(name: &str) -> String {
    let fits = |c: char| match c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') {
        true => char::REPLACEMENT_CHARACTER,
        false => c,
    };
    name.chars().take(NAME_CHARS_MAX).map(fits).collect()
}

/// A word on revocation that had a say in a path: what was known, and when it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusUsed {
    /// What it is.
    pub kind: StatusKind,
    /// Who says it, as RFC 4514 writes it.
    pub issuer: String,
    /// The number of a list, hexadecimal.
    pub number: Option<String>,
    /// SHA-256 of its DER.
    pub sha256: [u8; 32],
    /// When what it says was so.
    pub this_update: Timestamp,
    /// When it runs out.
    pub next_update: Timestamp,
    /// When it was signed, where that is another time.
    pub produced_at: Option<Timestamp>,
    /// Whether it had run out already, and counted by the grace that the partner's profile gives.
    pub ran_out: bool,
}
