//! Our own keys. Start at [`Signer`] and [`signer_from_pkcs8`].
//!
//! A signer holds a key and its certificates; what it signs is not known here. Its `Debug` shows
//! the suite and the certificates' number, never the key.

use std::fmt;

use ring::rand::SecureRandom;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::{Zeroize, Zeroizing};

use super::certificate::{SignerCertificate, certificates_from_pem};
use super::error::{CertificateFault, Error};
use super::suite::{SigningKey, Suite, SuiteFault, Suites};

/// Somebody who signs by one suite: a key in memory, or one in a device.
pub trait Signer: Send + Sync {
    /// The `SignatureMethod` URI.
    fn suite(&self) -> &str;

    /// Its certificates, DER, the signer's own first.
    fn certificates(&self) -> &[Vec<u8>];

    /// Signs `message` and gives the value as XML Signature encodes it.
    ///
    /// # Errors
    /// `SIGN_FAILED`: no randomness, or the key failed.
    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, Error>;

    /// Whether it signs, as far as is known: a device that is away does not, until it is back. It never
    /// waits for one.
    ///
    /// # Errors
    /// Why it does not.
    fn ready(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// A signer from a PKCS#8 key (PEM or DER) and its certificates (PEM, the signer's own first), by
/// the standard suites. Without a suite named, the first that signs with such a key is taken:
/// ECDSA with SHA-256 on P-256, with SHA-384 on P-384, Ed25519, RSA PKCS#1 v1.5 with SHA-256.
///
/// # Errors
/// `KEY_MALFORMED`, `KEY_WITHOUT_CERTIFICATE`, `KEY_CERTIFICATE_MISMATCH`, `KEY_SUITE`, or a fault
/// of the certificates. Validity is not looked at: it changes while the program runs.
pub fn signer_from_pkcs8(
    pem_or_der: &[u8],
    certificates_pem: &[u8],
    suite: Option<&str>,
) -> Result<Box<dyn Signer>, Error> {
    Suites::standard().signer(pem_or_der, certificates_pem, suite)
}

/// A signer from a PKCS#8 key and its certificates, the signer's own first, all DER; otherwise as
/// [`signer_from_pkcs8`].
///
/// # Errors
/// As [`signer_from_pkcs8`].
pub fn signer_from_der(
    pkcs8: &[u8],
    certificates: Vec<Vec<u8>>,
    suite: Option<&str>,
) -> Result<Box<dyn Signer>, Error> {
    key_signer(&Suites::standard(), pkcs8, certificates, suite)
}

pub(super) fn read_signer(
    suites: &Suites,
    pem_or_der: &[u8],
    certificates_pem: &[u8],
    suite: Option<&str>,
) -> Result<Box<dyn Signer>, Error> {
    let certificates = certificates_from_pem(certificates_pem).map_err(bad_certificate)?;
    if certificates.is_empty() {
        return Err(Error::KeyWithoutCertificate);
    }
    key_signer(suites, &pkcs8(pem_or_der)?, certificates, suite)
}

fn bad_certificate(fault: CertificateFault) -> Error {
    Error::Certificate {
        fault: Box::new(fault),
        at: None,
    }
}

fn key_signer(
    suites: &Suites,
    pkcs8: &[u8],
    certificates: Vec<Vec<u8>>,
    suite: Option<&str>,
) -> Result<Box<dyn Signer>, Error> {
    let leaf = certificates.first().ok_or(Error::KeyWithoutCertificate)?;
    let leaf = SignerCertificate::read(leaf).map_err(bad_certificate)?;
    let (suite, key) = choose(suites, pkcs8, suite)?;
    if key.public_bits() != leaf.key.bits {
        return Err(Error::KeyCertificateMismatch);
    }
    Ok(Box::new(KeySigner {
        suite,
        key,
        certificates,
    }))
}

/// The DER of the key, wiped when dropped.
fn pkcs8(pem_or_der: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    // A DER PKCS#8 key is a SEQUENCE; a PEM text begins with something printable but '0'.
    if pem_or_der.first() == Some(&0x30) {
        return Ok(Zeroizing::new(pem_or_der.to_vec()));
    }
    let mut key =
        PrivatePkcs8KeyDer::from_pem_slice(pem_or_der).map_err(|_| Error::KeyMalformed)?;
    let copy = Zeroizing::new(key.secret_pkcs8_der().to_vec());
    key.zeroize();
    Ok(copy)
}

fn choose(
    suites: &Suites,
    pkcs8: &[u8],
    wanted: Option<&str>,
) -> Result<(String, Box<dyn SigningKey>), Error> {
    let uris: Vec<&str> = match wanted {
        Some(uri) => vec![uri],
        None => suites.uris().collect(),
    };
    let usable = |uri: &str| -> Result<Box<dyn SigningKey>, SuiteFault> {
        let suite: &dyn Suite = suites.signature(uri).ok_or(SuiteFault::Key)?;
        match wanted {
            Some(_) => suite.signing_key(pkcs8),
            None => suite.usual_key(pkcs8),
        }
    };
    let found = uris
        .into_iter()
        .find_map(|uri| Some((uri.to_owned(), usable(uri).ok()?)));
    found.ok_or_else(|| Error::KeySuite {
        suite: wanted.unwrap_or("any").to_owned(),
    })
}

/// A key in memory. ring keeps its numbers and does not wipe them: a process that must not hold
/// keys has them in a device ([`Signer::ready`]).
struct KeySigner {
    suite: String,
    key: Box<dyn SigningKey>,
    certificates: Vec<Vec<u8>>,
}

impl Signer for KeySigner {
    fn suite(&self) -> &str {
        &self.suite
    }

    fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, Error> {
        self.key.sign(message, random).map_err(Error::Sign)
    }
}

impl fmt::Debug for dyn Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("suite", &self.suite())
            .field("certificates", &self.certificates().len())
            .finish_non_exhaustive()
    }
}
