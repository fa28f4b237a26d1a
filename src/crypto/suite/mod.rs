//! Signature algorithms and the registry that holds them. Start at [`Suites`].
//!
//! A [`Suite`] is one `SignatureMethod` URI: how its value is verified and how a key signs by it.
//! What a partner may use is policy and not known here.

mod ecdsa;
mod ecdsa_crates;
mod ed25519;
mod gost;
mod national;
mod random;
mod rsa;
mod sm2;

use std::fmt;
use std::sync::Arc;

use ring::rand::SecureRandom;
use rustls_pki_types::SignatureVerificationAlgorithm;

use super::digest::{DigestMethod, NationalDigest, RingDigest};
use super::error::Error;
use super::key::PublicKey;
use super::signer::{Signer, read_signer};
use super::uri;

pub use national::{GostCurve, NationalCurve, NationalKey};
pub(super) use rsa::BITS_MIN as RSA_BITS_MIN;
pub use sm2::{SM2_USER_ID, Sm2Value};

/// One `SignatureMethod`.
pub trait Suite: Send + Sync + fmt::Debug {
    /// Its URI.
    fn uri(&self) -> &str;

    /// Verifies a signature value in the encoding that XML Signature gives it.
    ///
    /// # Errors
    /// [`SuiteFault`]: the key is of another kind or too short, or the value is not the key's.
    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SuiteFault>;

    /// URI of the digest that references take when we sign by this suite.
    fn digest(&self) -> &str {
        uri::SHA256
    }

    /// Takes a private key, DER PKCS#8 (RFC 5958).
    ///
    /// # Errors
    /// [`SuiteFault::Key`]: the key is no key for this suite.
    fn signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault>;

    /// The same, of a key that signs by this suite where nobody names one.
    ///
    /// # Errors
    /// As [`Suite::signing_key`], also for keys whose usual suite is another.
    fn usual_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault> {
        self.signing_key(pkcs8)
    }
}

/// A private key, ready to sign by one suite.
pub trait SigningKey: Send + Sync {
    /// The bits of its public key, as `subjectPublicKey` holds them.
    fn public_bits(&self) -> &[u8];

    /// Signs.
    ///
    /// # Errors
    /// [`SuiteFault::Sign`]: no randomness, or the key failed.
    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault>;
}

/// Why a suite does not take a key or a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SuiteFault {
    /// The key is not of the suite's kind, or malformed.
    #[error("the key is no key for this algorithm")]
    Key,
    /// The signature value has a wrong length.
    #[error("the signature value has {got} bytes instead of {expected}")]
    Length {
        /// Its length.
        got: usize,
        /// The length that the key demands.
        expected: usize,
    },
    /// The signature value is not this key's over this message.
    #[error("the signature value does not match")]
    Mismatch,
    /// Signing failed.
    #[error("signing failed")]
    Sign,
    /// The key is too short.
    #[error("the key has {bits} bits; at least {min} are needed")]
    WeakKey {
        /// Its bits.
        bits: usize,
        /// The least.
        min: usize,
    },
}

/// What certificates and revocation lists may be signed with: no SHA-1, no RSA under 2048 bits. A
/// list of our own, so that no feature of a library changes it.
const PATH_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    webpki::ring::ECDSA_P256_SHA256,
    webpki::ring::ECDSA_P256_SHA384,
    webpki::ring::ECDSA_P384_SHA256,
    webpki::ring::ECDSA_P384_SHA384,
    webpki::ring::ED25519,
    webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    webpki::ring::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
    webpki::ring::RSA_PKCS1_2048_8192_SHA384,
    webpki::ring::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
    webpki::ring::RSA_PKCS1_2048_8192_SHA512,
    webpki::ring::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// The registry of algorithms: signatures, digests, and what certificates may be signed with.
#[derive(Clone)]
pub struct Suites {
    signatures: Vec<Arc<dyn Suite>>,
    digests: Vec<Arc<dyn DigestMethod>>,
    path: Vec<&'static dyn SignatureVerificationAlgorithm>,
}

impl Suites {
    /// What ring gives: ECDSA P-256 and P-384, Ed25519, RSA PKCS#1 v1.5 and PSS from 2048 bits;
    /// SHA-256, SHA-384, SHA-512. Beside it ECDSA with SHA-512, GOST R 34.10-2012 with Streebog, and SM2 with SM3 by
    /// the usual user id, with values of fixed width.
    pub fn standard() -> Self {
        let mut suites = Self {
            signatures: Vec::new(),
            digests: Vec::new(),
            path: PATH_ALGORITHMS.to_vec(),
        };
        for suite in ecdsa::ALL {
            suites.register(Arc::new(suite));
        }
        suites.register(Arc::new(ed25519::Ed25519));
        for suite in rsa::ALL {
            suites.register(Arc::new(suite));
        }
        suites.register(Arc::new(ecdsa_crates::EcdsaSha512));
        for digest in [RingDigest::SHA256, RingDigest::SHA384, RingDigest::SHA512] {
            suites.register_digest(Arc::new(digest));
        }
        for suite in gost::ALL {
            suites.register(Arc::new(suite));
        }
        suites.register_digest(Arc::new(NationalDigest::STREEBOG_256));
        suites.register_digest(Arc::new(NationalDigest::STREEBOG_512));
        suites.register_digest(Arc::new(NationalDigest::STREEBOG_256_MORE));
        suites.register_digest(Arc::new(NationalDigest::STREEBOG_512_MORE));
        suites.register_sm2(Sm2Value::Fixed, SM2_USER_ID);
        suites.register_digest(Arc::new(NationalDigest::SM3_CHINAPORT));
        suites.register_digest(Arc::new(NationalDigest::SM3_MORE));
        suites.path.extend(ecdsa_crates::path_algorithms());
        suites.path.extend(gost::path_algorithms());
        suites.path.extend(sm2::path_algorithms());
        suites
    }

    /// Adds a signature algorithm; one of the same URI gives way.
    pub fn register(&mut self, suite: Arc<dyn Suite>) {
        self.signatures.retain(|known| known.uri() != suite.uri());
        self.signatures.push(suite);
    }

    /// Sets what was agreed on SM2: how values are written, and the signer's user id.
    pub fn register_sm2(&mut self, value: Sm2Value, user_id: &str) {
        for suite in sm2::all(value, user_id) {
            self.register(Arc::new(suite));
        }
    }

    /// Adds a digest; one of the same URI gives way.
    pub fn register_digest(&mut self, digest: Arc<dyn DigestMethod>) {
        self.digests.retain(|known| known.uri() != digest.uri());
        self.digests.push(digest);
    }

    /// Adds an algorithm that certificates and revocation lists may be signed with.
    pub fn register_path(&mut self, algorithm: &'static dyn SignatureVerificationAlgorithm) {
        self.path.push(algorithm);
    }

    /// The suite of a `SignatureMethod` URI.
    pub fn signature(&self, uri: &str) -> Option<&dyn Suite> {
        let found = self.signatures.iter().find(|suite| suite.uri() == uri)?;
        Some(&**found)
    }

    /// The digest of a `DigestMethod` URI.
    pub fn digest(&self, uri: &str) -> Option<&Arc<dyn DigestMethod>> {
        self.digests.iter().find(|digest| digest.uri() == uri)
    }

    /// The `SignatureMethod` URIs, in the order in which a key's default is looked for.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.signatures.iter().map(|suite| suite.uri())
    }

    /// A signer from a private key and its certificates, by one of these suites; see
    /// [`signer_from_pkcs8`](super::signer_from_pkcs8).
    ///
    /// # Errors
    /// The key or the certificates are unreadable, do not belong together, or the suite is unknown
    /// or takes other keys.
    pub fn signer(
        &self,
        pem_or_der: &[u8],
        certificates_pem: &[u8],
        suite: Option<&str>,
    ) -> Result<Box<dyn Signer>, Error> {
        read_signer(self, pem_or_der, certificates_pem, suite)
    }

    /// The public key of a private one (DER PKCS#8), as `subjectPublicKey` holds it; `None`: no suite
    /// signs with it.
    pub fn public_bits(&self, pkcs8: &[u8]) -> Option<Vec<u8>> {
        let mut suites = self.signatures.iter();
        let key = suites.find_map(|suite| suite.usual_key(pkcs8).ok())?;
        Some(key.public_bits().to_vec())
    }

    pub(super) fn path(&self) -> &[&'static dyn SignatureVerificationAlgorithm] {
        &self.path
    }
}

impl fmt::Debug for Suites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suites")
            .field("signatures", &self.signatures)
            .field("digests", &self.digests)
            .finish_non_exhaustive()
    }
}
