//! GOST R 34.10-2012 with Streebog (GOST R 34.11-2012), of 256 and of 512 bits. Start at [`ALL`].
//!
//! `paramsets` has the curves, `curve` the arithmetic that secrets go through and `tables` the one
//! that verification does, `arithmetic` signs and verifies, `keys` reads and writes keys, `path`
//! takes the algorithms to certificates. `docs/adr/0014-national-suites.md` has the reasons.

mod arithmetic;
mod curve;
mod keys;
mod paramsets;
mod path;
mod tables;

#[cfg(test)]
mod tests;

use rfc6979::hmac::digest::Digest;
use ring::rand::SecureRandom;
use streebog::{Streebog256, Streebog512};
use zeroize::Zeroizing;

use super::national::Certifier;
use super::{SigningKey, Suite, SuiteFault};
use crate::crypto::der;
use crate::crypto::key::PublicKey;
use crate::crypto::uri;
use arithmetic::EXTRA_BYTES;
use keys::{Public, Secret};
use paramsets::{ParamSet, Size};

pub(in crate::crypto) use path::algorithms as path_algorithms;

/// A GOST suite: a URI and the size that it is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gost {
    uri: &'static str,
    digest: &'static str,
    size: Size,
}

/// The URIs of CryptoPro's draft first: they are what a key signs by when nothing is said.
pub(super) const ALL: [Gost; 4] = [
    Gost {
        uri: uri::GOST_256,
        digest: uri::STREEBOG_256,
        size: Size::Bits256,
    },
    Gost {
        uri: uri::GOST_512,
        digest: uri::STREEBOG_512,
        size: Size::Bits512,
    },
    Gost {
        uri: uri::GOST_256_MORE,
        digest: uri::STREEBOG_256_MORE,
        size: Size::Bits256,
    },
    Gost {
        uri: uri::GOST_512_MORE,
        digest: uri::STREEBOG_512_MORE,
        size: Size::Bits512,
    },
];

impl Suite for Gost {
    fn uri(&self) -> &str {
        self.uri
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SuiteFault> {
        let key = Public::read(&key.spki).ok_or(SuiteFault::Key)?;
        if key.set.size != self.size {
            return Err(SuiteFault::Key);
        }
        verify(key.set, key.point, message, signature)
    }

    fn digest(&self) -> &str {
        self.digest
    }

    fn signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault> {
        let key = GostKey::from_pkcs8(pkcs8).ok_or(SuiteFault::Key)?;
        if key.secret.set.size != self.size {
            return Err(SuiteFault::Key);
        }
        Ok(Box::new(key))
    }
}

/// Verifies a value, which is s and then r, as wide as the size says: CryptoPro's draft and
/// RFC 9215 section 3 agree.
fn verify(
    set: &ParamSet,
    point: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SuiteFault> {
    let width = set.size.bytes();
    let (got, expected) = (signature.len(), 2 * width);
    let (Some((s, r)), true) = (signature.split_at_checked(width), got == expected) else {
        return Err(SuiteFault::Length { got, expected });
    };
    match set.curve.verify(point, &digest(set.size, message), r, s) {
        Some(true) => Ok(()),
        Some(false) => Err(SuiteFault::Mismatch),
        None => Err(SuiteFault::Key),
    }
}

fn digest(size: Size, message: &[u8]) -> Vec<u8> {
    match size {
        Size::Bits256 => Streebog256::digest(message).to_vec(),
        Size::Bits512 => Streebog512::digest(message).to_vec(),
    }
}

/// A private key with the bits of its public key.
pub(super) struct GostKey {
    secret: Secret,
    public: Vec<u8>,
}

impl GostKey {
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        Self::new(Secret::from_pkcs8(pkcs8)?)
    }

    fn new(secret: Secret) -> Option<Self> {
        let point = secret.set.curve.public(&secret.number)?;
        let public = der::tlv(der::OCTET_STRING, &point);
        Some(Self { secret, public })
    }

    /// A new key on the curve of this OID.
    pub(super) fn generate(oid: &[u8], random: &dyn SecureRandom) -> Option<Self> {
        let set = paramsets::ALL.iter().find(|set| set.oid == oid)?;
        // At worst one draw in four is below q.
        for _ in 0..512 {
            let mut number = Zeroizing::new(vec![0; set.size.bytes()]);
            random.fill(&mut number).ok()?;
            if let Some(key) = Self::new(Secret { set, number }) {
                return Some(key);
            }
        }
        None
    }
}

impl SigningKey for GostKey {
    fn public_bits(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        let mut extra = [0; EXTRA_BYTES];
        random.fill(&mut extra).map_err(|_| SuiteFault::Sign)?;
        let Secret { set, number } = &self.secret;
        let digest = digest(set.size, message);
        let (r, s) = set
            .curve
            .sign(number, &digest, &extra)
            .ok_or(SuiteFault::Sign)?;
        Ok([s, r].concat())
    }
}

impl Certifier for GostKey {
    fn key_algorithm(&self) -> Vec<u8> {
        let set = self.secret.set;
        der::tlv(
            der::SEQUENCE,
            &keys::algorithm(set, keys::states_digest(set)),
        )
    }

    fn signature_algorithm(&self) -> Vec<u8> {
        der::sequence(&[&der::tlv(
            der::OID,
            path::signature_oid(self.secret.set.size),
        )])
    }

    fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.secret.to_pkcs8()
    }

    fn public_bits(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        SigningKey::sign(self, message, random)
    }
}
