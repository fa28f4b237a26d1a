//! RSA: PKCS#1 v1.5 and PSS, each with SHA-256, SHA-384 and SHA-512. Start at [`ALL`].

use ring::rand::SecureRandom;
use ring::signature::{
    KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair, UnparsedPublicKey, VerificationAlgorithm,
};

use super::{SigningKey, Suite, SuiteFault};
use crate::crypto::key::{KeyKind, PublicKey};
use crate::crypto::uri;

/// Least bits of a modulus (NIST SP 800-131A, table 2).
pub(in crate::crypto) const BITS_MIN: usize = 2048;

/// An RSA suite.
#[derive(Clone, Copy)]
pub(super) struct Rsa {
    uri: &'static str,
    verification: &'static dyn VerificationAlgorithm,
    encoding: &'static dyn RsaEncoding,
}

pub(super) const ALL: [Rsa; 6] = [
    Rsa {
        uri: uri::RSA_SHA256,
        verification: &RSA_PKCS1_2048_8192_SHA256,
        encoding: &RSA_PKCS1_SHA256,
    },
    Rsa {
        uri: uri::RSA_SHA384,
        verification: &RSA_PKCS1_2048_8192_SHA384,
        encoding: &RSA_PKCS1_SHA384,
    },
    Rsa {
        uri: uri::RSA_SHA512,
        verification: &RSA_PKCS1_2048_8192_SHA512,
        encoding: &RSA_PKCS1_SHA512,
    },
    Rsa {
        uri: uri::RSA_PSS_SHA256,
        verification: &RSA_PSS_2048_8192_SHA256,
        encoding: &RSA_PSS_SHA256,
    },
    Rsa {
        uri: uri::RSA_PSS_SHA384,
        verification: &RSA_PSS_2048_8192_SHA384,
        encoding: &RSA_PSS_SHA384,
    },
    Rsa {
        uri: uri::RSA_PSS_SHA512,
        verification: &RSA_PSS_2048_8192_SHA512,
        encoding: &RSA_PSS_SHA512,
    },
];

impl std::fmt::Debug for Rsa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rsa({})", self.uri)
    }
}

impl Suite for Rsa {
    fn uri(&self) -> &str {
        self.uri
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SuiteFault> {
        let KeyKind::Rsa { bits } = key.kind else {
            return Err(SuiteFault::Key);
        };
        if bits < BITS_MIN {
            let min = BITS_MIN;
            return Err(SuiteFault::WeakKey { bits, min });
        }
        // RFC 8017 section 8.2.2 step 1: as long as the modulus, no shorter, no longer.
        let (got, expected) = (signature.len(), bits.div_ceil(8));
        if got != expected {
            return Err(SuiteFault::Length { got, expected });
        }
        UnparsedPublicKey::new(self.verification, &key.bits)
            .verify(message, signature)
            .map_err(|_| SuiteFault::Mismatch)
    }

    fn signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| SuiteFault::Key)?;
        let encoding = self.encoding;
        Ok(Box::new(RsaKey { pair, encoding }))
    }
}

struct RsaKey {
    pair: RsaKeyPair,
    encoding: &'static dyn RsaEncoding,
}

impl SigningKey for RsaKey {
    fn public_bits(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        let mut value = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(self.encoding, random, message, &mut value)
            .map_err(|_| SuiteFault::Sign)?;
        Ok(value)
    }
}
