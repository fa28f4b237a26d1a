//! What is read from a signer's certificate. Start at [`SignerCertificate`].
//!
//! Reading is not trusting: that is [`TrustStore`](super::TrustStore)'s.

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, KeyUsage, X509Certificate};

use super::digest::sha256;
use super::error::{CertificateFault, Error};
use super::key::PublicKey;

/// Most bytes of a certificate: ten times the largest qualified certificate seen in practice.
pub(super) const CERTIFICATE_BYTES_MAX: usize = 32 << 10;

/// A signer's certificate, read (RFC 5280 section 4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerCertificate {
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// SHA-256 of the DER.
    pub sha256: [u8; 32],
    /// SHA-256 of the DER SubjectPublicKeyInfo.
    pub spki_sha256: [u8; 32],
    /// The subject, as RFC 4514 writes it.
    pub subject: String,
    /// The issuer, as RFC 4514 writes it.
    pub issuer: String,
    /// The serial number, hexadecimal.
    pub serial: String,
    /// Begin of validity.
    pub not_before: Timestamp,
    /// End of validity, the last second included.
    pub not_after: Timestamp,
    /// The key.
    pub key: PublicKey,
    pub(super) usage: Usage,
}

/// What the KeyUsage extension says (RFC 5280 section 4.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// No extension: no restriction.
    Any,
    /// `digitalSignature` or `nonRepudiation` (`contentCommitment`) is among the bits.
    Signs,
    /// Neither is.
    SignsNot,
}

impl SignerCertificate {
    /// Reads a DER certificate.
    pub(super) fn read(der: &[u8]) -> Result<Self, CertificateFault> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(CertificateFault::Malformed);
        }
        let certificate = parse(der)?;
        let validity = certificate.validity();
        let spki = certificate.public_key();
        Ok(Self {
            der: der.to_vec(),
            sha256: sha256(der),
            spki_sha256: sha256(spki.raw),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: hex::encode(certificate.raw_serial()),
            not_before: timestamp(validity.not_before.timestamp()),
            not_after: timestamp(validity.not_after.timestamp()),
            key: PublicKey::read(spki),
            usage: usage(&certificate)?,
        })
    }

    /// Whether it is within its validity, to the second.
    pub(super) fn check_dates(
        &self,
        now: Timestamp,
        whose: &'static str,
    ) -> Result<(), CertificateFault> {
        if now.as_second() < self.not_before.as_second() {
            let not_before = self.not_before;
            return Err(CertificateFault::NotYetValid { whose, not_before });
        }
        if now.as_second() > self.not_after.as_second() {
            let not_after = self.not_after;
            return Err(CertificateFault::Expired { whose, not_after });
        }
        Ok(())
    }
}

/// SHA-256 of a certificate's DER SubjectPublicKeyInfo: what pins are made of.
///
/// # Errors
/// `CERT_MALFORMED` when the bytes are no certificate.
pub fn spki_sha256(certificate_der: &[u8]) -> Result<[u8; 32], Error> {
    let certificate = parse(certificate_der).map_err(|fault| Error::Certificate {
        fault: Box::new(fault),
        at: None,
    })?;
    Ok(sha256(certificate.public_key().raw))
}

/// Parses a certificate; anything behind it is a fault.
pub(super) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CertificateFault> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok(_) | Err(_) => Err(CertificateFault::Malformed),
    }
}

/// A time of a certificate. RFC 5280 section 4.1.2.5 writes "no end" as 99991231235959Z, a day after
/// the last moment that jiff knows.
pub(super) fn timestamp(second: i64) -> Timestamp {
    let nearest = if second < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(second).unwrap_or(nearest)
}

/// The certificates of a PEM text, in their order. Other sections are passed over.
pub(super) fn certificates_from_pem(pem: &[u8]) -> Result<Vec<Vec<u8>>, CertificateFault> {
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| CertificateFault::Malformed)?;
        found.push(certificate.to_vec());
    }
    Ok(found)
}

fn usage(certificate: &X509Certificate<'_>) -> Result<Usage, CertificateFault> {
    let bits = key_usage(certificate)?;
    Ok(match bits {
        None => Usage::Any,
        Some(bits) if bits.digital_signature() || bits.non_repudiation() => Usage::Signs,
        Some(_) => Usage::SignsNot,
    })
}

/// The KeyUsage extension; standing there twice is a fault (RFC 5280 section 4.2).
pub(super) fn key_usage(
    certificate: &X509Certificate<'_>,
) -> Result<Option<KeyUsage>, CertificateFault> {
    let extension = certificate
        .key_usage()
        .map_err(|_| CertificateFault::Malformed)?;
    Ok(extension.map(|extension| *extension.value))
}
