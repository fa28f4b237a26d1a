//! Ed25519 (RFC 8032). Start at [`Ed25519`].

use ring::rand::SecureRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::{SigningKey, Suite, SuiteFault};
use crate::crypto::key::{KeyKind, PublicKey};
use crate::crypto::uri;

/// Bytes of a signature value (RFC 8032 section 5.1.6).
const VALUE_BYTES: usize = 64;

#[derive(Debug, Clone, Copy)]
pub(super) struct Ed25519;

impl Suite for Ed25519 {
    fn uri(&self) -> &str {
        uri::ED25519
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SuiteFault> {
        if key.kind != KeyKind::Ed25519 {
            return Err(SuiteFault::Key);
        }
        if signature.len() != VALUE_BYTES {
            return Err(SuiteFault::Length {
                got: signature.len(),
                expected: VALUE_BYTES,
            });
        }
        UnparsedPublicKey::new(&ED25519, &key.bits)
            .verify(message, signature)
            .map_err(|_| SuiteFault::Mismatch)
    }

    fn signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault> {
        // RFC 8410 keys without the public half are common (openssl writes them); the half that is
        // derived is compared with the certificate's by the caller.
        let pair =
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(|_| SuiteFault::Key)?;
        Ok(Box::new(Ed25519Key(pair)))
    }
}

struct Ed25519Key(Ed25519KeyPair);

impl SigningKey for Ed25519Key {
    fn public_bits(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn sign(&self, message: &[u8], _random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}
