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

/// A revocation list that had a say in a path (RFC 5280 section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListUsed {
    /// Its issuer, as RFC 4514 writes it.
    pub issuer: String,
    /// SHA-256 of its DER.
    pub sha256: [u8; 32],
    /// When it was issued.
    pub this_update: Timestamp,
    /// When it runs out.
    pub next_update: Timestamp,
}
