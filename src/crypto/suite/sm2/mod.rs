//! SM2 with SM3 (GM/T 0003.2, GB/T 32918.2). Start at [`Sm2`].
//!
//! What is signed is not the message's digest alone: before the message comes Z, a digest of the
//! signer's user id, the curve and the key. The id stands in no certificate and no signature; both
//! sides know it. The arithmetic is that of the `sm2` crate; `keys` reads and writes keys, `path`
//! takes the algorithm to certificates.

mod keys;
mod path;

#[cfg(test)]
mod tests;

use std::fmt;

use ring::rand::SecureRandom;
use sm2::dsa::signature::{RandomizedSigner, Verifier};
use sm2::dsa::{Signature, SigningKey as Inner, VerifyingKey};
use zeroize::Zeroizing;

use super::national::Certifier;
use super::random::Random;
use super::{SigningKey, Suite, SuiteFault};
use crate::crypto::der;
use crate::crypto::key::PublicKey;
use crate::crypto::uri;

pub(in crate::crypto) use path::algorithms as path_algorithms;

/// The user id when two parties have agreed on no other (GM/T 0009 section 10).
pub const SM2_USER_ID: &str = "1234567812345678";
/// Bytes of a number.
const WIDTH: usize = 32;

/// How a signature value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sm2Value {
    /// SEQUENCE of the INTEGERs r and s (GM/T 0009 section 7.3), as certificates have it.
    Asn1,
    /// r and s side by side, 32 bytes each, as XML Signature writes ECDSA and the e-port writes SM2.
    Fixed,
}

/// An SM2 suite: a URI, and what the two sides have agreed on.
#[derive(Clone)]
pub(super) struct Sm2 {
    uri: &'static str,
    value: Sm2Value,
    user_id: String,
}

/// The e-port's older URI first: it is what a key signs by when nothing is said.
const URIS: [&str; 3] = [uri::SM2_SM3, uri::SM2_SM3_CHINAPORT, uri::SM2_SM3_MORE];

/// The suites of all URIs.
pub(super) fn all(value: Sm2Value, user_id: &str) -> impl Iterator<Item = Sm2> {
    URIS.into_iter().map(move |uri| Sm2 {
        uri,
        value,
        user_id: user_id.to_owned(),
    })
}

impl fmt::Debug for Sm2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sm2({}, {:?})", self.uri, self.value)
    }
}

impl Suite for Sm2 {
    fn uri(&self) -> &str {
        self.uri
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SuiteFault> {
        let bits = keys::public(key).ok_or(SuiteFault::Key)?;
        verify(bits, &self.user_id, message, signature, self.value)
    }

    fn digest(&self) -> &str {
        if self.uri == uri::SM2_SM3_MORE {
            uri::SM3_MORE
        } else {
            uri::SM3_CHINAPORT
        }
    }

    fn signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault> {
        let key = Sm2Key::from_pkcs8(pkcs8, &self.user_id, self.value);
        Ok(Box::new(key.ok_or(SuiteFault::Key)?))
    }
}

fn verify(
    point: &[u8],
    user_id: &str,
    message: &[u8],
    signature: &[u8],
    value: Sm2Value,
) -> Result<(), SuiteFault> {
    let key = VerifyingKey::from_sec1_bytes(user_id, point).map_err(|_| SuiteFault::Key)?;
    let signature = match value {
        Sm2Value::Asn1 => {
            let fixed = der::fixed_width(signature, WIDTH).ok_or(SuiteFault::Mismatch)?;
            Signature::from_slice(&fixed)
        }
        Sm2Value::Fixed => {
            let (got, expected) = (signature.len(), 2 * WIDTH);
            if got != expected {
                return Err(SuiteFault::Length { got, expected });
            }
            Signature::from_slice(signature)
        }
    };
    let signature = signature.map_err(|_| SuiteFault::Mismatch)?;
    key.verify(message, &signature)
        .map_err(|_| SuiteFault::Mismatch)
}

/// A private key, with the id and the form that its signatures take.
pub(super) struct Sm2Key {
    inner: Inner,
    secret: Zeroizing<Vec<u8>>,
    public: Vec<u8>,
    value: Sm2Value,
}

impl Sm2Key {
    /// A key that certifies: the usual id, ASN.1.
    pub(super) fn certifying(pkcs8: &[u8]) -> Option<Self> {
        Self::from_pkcs8(pkcs8, SM2_USER_ID, Sm2Value::Asn1)
    }

    fn from_pkcs8(pkcs8: &[u8], user_id: &str, value: Sm2Value) -> Option<Self> {
        Self::new(keys::secret(pkcs8)?, user_id, value)
    }

    fn new(secret: Zeroizing<Vec<u8>>, user_id: &str, value: Sm2Value) -> Option<Self> {
        let inner = Inner::from_slice(user_id, &secret).ok()?;
        let public = inner.verifying_key().to_sec1_bytes().to_vec();
        Some(Self {
            inner,
            secret,
            public,
            value,
        })
    }

    /// A new key that certifies.
    pub(super) fn generate(random: &dyn SecureRandom) -> Option<Self> {
        // A draw fails with a probability of 2⁻³².
        for _ in 0..8 {
            let mut secret = Zeroizing::new(vec![0; WIDTH]);
            random.fill(&mut secret).ok()?;
            if let Some(key) = Self::new(secret, SM2_USER_ID, Sm2Value::Asn1) {
                return Some(key);
            }
        }
        None
    }
}

impl SigningKey for Sm2Key {
    fn public_bits(&self) -> &[u8] {
        &self.public
    }

    /// The nonce is that of RFC 6979 with HMAC-SM3, with random bytes as the further input of its
    /// section 3.6.
    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        let signed = self.inner.try_sign_with_rng(&mut Random(random), message);
        let value = signed.map_err(|_| SuiteFault::Sign)?.to_vec();
        Ok(match (self.value, value.split_at_checked(WIDTH)) {
            (Sm2Value::Asn1, Some((r, s))) => der::sequence(&[&der::integer(r), &der::integer(s)]),
            _ => value,
        })
    }
}

impl Certifier for Sm2Key {
    fn key_algorithm(&self) -> Vec<u8> {
        der::tlv(der::SEQUENCE, keys::ALGORITHM)
    }

    fn signature_algorithm(&self) -> Vec<u8> {
        der::tlv(der::SEQUENCE, path::SIGNATURE)
    }

    fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        keys::to_pkcs8(&self.secret, &self.public)
    }

    fn public_bits(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        SigningKey::sign(self, message, random)
    }
}
