//! ECDSA with SHA-256 and SHA-384 on P-256 and P-384. Start at [`ALL`].
//!
//! XML Signature writes a value as `r || s`, each as wide as the curve's order (RFC 9231 section
//! 2.3.6, RFC 4050 section 3.3): any other length is refused, also DER. ring verifies both curves
//! with both digests but signs only P-256 with SHA-256 and P-384 with SHA-384; `ecdsa_crates` signs the
//! other two.

use ring::digest::{Algorithm, SHA256, SHA384};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P256_SHA384_ASN1,
    ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair, UnparsedPublicKey,
};

use super::{SigningKey, Suite, SuiteFault, ecdsa_crates};
use crate::crypto::key::{KeyKind, PublicKey};
use crate::crypto::uri;

/// An ECDSA suite; its URI fixes the digest, the key fixes the curve.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ecdsa {
    Sha256,
    Sha384,
}

pub(super) const ALL: [Ecdsa; 2] = [Ecdsa::Sha256, Ecdsa::Sha384];

impl Ecdsa {
    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::Sha256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::Sha384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        }
    }

    fn of_message(self) -> &'static Algorithm {
        match self {
            Self::Sha256 => &SHA256,
            Self::Sha384 => &SHA384,
        }
    }
}

impl Suite for Ecdsa {
    fn uri(&self) -> &str {
        match self {
            Self::Sha256 => uri::ECDSA_SHA256,
            Self::Sha384 => uri::ECDSA_SHA384,
        }
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SuiteFault> {
        let width = match key.kind {
            KeyKind::P256 => 32,
            KeyKind::P384 => 48,
            KeyKind::Ed25519 | KeyKind::Other | KeyKind::Rsa { .. } => return Err(SuiteFault::Key),
        };
        let (got, expected) = (signature.len(), 2 * width);
        let (Some((r, s)), true) = (signature.split_at_checked(width), got == expected) else {
            return Err(SuiteFault::Length { got, expected });
        };
        let bits = &key.bits;
        let verdict =
            match (self, key.kind == KeyKind::P256) {
                (Self::Sha256, true) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bits)
                    .verify(message, signature),
                (Self::Sha256, false) => UnparsedPublicKey::new(&ECDSA_P384_SHA256_ASN1, bits)
                    .verify(message, &der(r, s)),
                (Self::Sha384, true) => UnparsedPublicKey::new(&ECDSA_P256_SHA384_ASN1, bits)
                    .verify(message, &der(r, s)),
                (Self::Sha384, false) => UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, bits)
                    .verify(message, signature),
            };
        verdict.map_err(|_| SuiteFault::Mismatch)
    }

    fn signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault> {
        let usual = self.usual_key(pkcs8);
        usual.or_else(|_| ecdsa_crates::signing_key(self.of_message(), pkcs8))
    }

    fn usual_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault> {
        // ring mixes a random nonce key into the pair while it reads it. Keys are read when the
        // program starts; what a signature draws is the caller's.
        let pair = EcdsaKeyPair::from_pkcs8(self.signing(), pkcs8, &SystemRandom::new())
            .map_err(|_| SuiteFault::Key)?;
        Ok(Box::new(EcdsaKey(pair)))
    }
}

/// ECDSA-Sig-Value (RFC 3279 section 2.2.3) of two numbers of at most 48 bytes: all lengths stay
/// below 128 and need one byte.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let (r, s) = (der_integer(r), der_integer(s));
    let length = u8::try_from(r.len() + s.len()).unwrap_or(u8::MAX);
    [&[0x30, length], r.as_slice(), s.as_slice()].concat()
}

fn der_integer(number: &[u8]) -> Vec<u8> {
    let first = number.iter().position(|byte| *byte != 0);
    let significant = first.and_then(|at| number.get(at..)).unwrap_or(&[0]);
    let sign = significant.first().is_some_and(|byte| *byte >= 0x80);
    let length = u8::try_from(significant.len() + usize::from(sign)).unwrap_or(u8::MAX);
    let sign: &[u8] = if sign { &[0] } else { &[] };
    [&[0x02, length], sign, significant].concat()
}

struct EcdsaKey(EcdsaKeyPair);

impl SigningKey for EcdsaKey {
    fn public_bits(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        let value = self.0.sign(random, message).map_err(|_| SuiteFault::Sign)?;
        Ok(value.as_ref().to_vec())
    }
}
