//! Public keys as certificates hold them. Start at [`PublicKey`].
//!
//! What a key may be used for is not said here: suites choose by [`KeyKind`], and a suite of a
//! kind unknown here reads the algorithm's OIDs itself.

use super::der::{self, Reader};
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};
use x509_parser::public_key::PublicKey as Parsed;

/// A public key: its algorithm and its bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// What kind it is.
    pub kind: KeyKind,
    /// OID of its algorithm, dotted.
    pub algorithm: String,
    /// The DER SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
    /// The bits of `subjectPublicKey`.
    pub bits: Vec<u8>,
}

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// Ed25519 (RFC 8410).
    Ed25519,
    /// ECDSA on P-256, named curve, uncompressed point.
    P256,
    /// ECDSA on P-384, named curve, uncompressed point.
    P384,
    /// RSA, with the bits of its modulus.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
    /// Any other.
    Other,
}

/// Least bits of an RSA key's public exponent: 65537 has 17. With 3, stacks that look at a part of what
/// an opened signature holds take forgeries (Bleichenbacher 2006).
const EXPONENT_BITS_MIN: usize = 17;
/// Most bits of it.
const EXPONENT_BITS_MAX: usize = 256;

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";
const PRIME256V1: &str = "1.2.840.10045.3.1.7";
const SECP384R1: &str = "1.3.132.0.34";

impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
    pub fn from_spki(der: &[u8]) -> Option<Self> {
        let (rest, spki) = SubjectPublicKeyInfo::from_der(der).ok()?;
        rest.is_empty().then(|| Self::read(&spki))
    }

    /// The key of a DER certificate; `None` when the bytes are none.
    pub fn of_certificate(der: &[u8]) -> Option<Self> {
        let certificate = super::certificate::parse(der).ok()?;
        Some(Self::read(certificate.public_key()))
    }

    /// Whether the public exponent of an RSA key is one that a key for signing may have: odd, above
    /// 2^16 and below 2^256 (FIPS 186-5 section 5.4). Other keys have none.
    pub(super) fn has_sound_exponent(&self) -> bool {
        let KeyKind::Rsa { .. } = self.kind else {
            return true;
        };
        // RSAPublicKey (RFC 8017 appendix A.1.1).
        let read = || {
            let mut key = Reader::new(Reader::only(&self.bits, der::SEQUENCE)?);
            key.take(der::INTEGER)?;
            let exponent = der::unsigned(key.take(der::INTEGER)?)?;
            key.is_empty().then_some(exponent)
        };
        read().is_some_and(|exponent| {
            let is_odd = exponent.last().is_some_and(|last| last & 1 == 1);
            is_odd && (EXPONENT_BITS_MIN..=EXPONENT_BITS_MAX).contains(&bit_length(exponent))
        })
    }

    pub(super) fn read(spki: &SubjectPublicKeyInfo<'_>) -> Self {
        let algorithm = spki.algorithm.algorithm.to_id_string();
        Self {
            kind: kind(&algorithm, spki),
            algorithm,
            spki: spki.raw.to_vec(),
            bits: spki.subject_public_key.data.to_vec(),
        }
    }
}

fn kind(algorithm: &str, spki: &SubjectPublicKeyInfo<'_>) -> KeyKind {
    // RFC 5480 section 2.1.1: only named curves. Explicit parameters are no OID and end as `Other`.
    let curve = || {
        let parameters = spki.algorithm.parameters.as_ref()?;
        Some(parameters.as_oid().ok()?.to_id_string())
    };
    match algorithm {
        RSA_ENCRYPTION => match spki.parsed() {
            Ok(Parsed::RSA(key)) => KeyKind::Rsa {
                bits: bit_length(key.modulus),
            },
            _ => KeyKind::Other,
        },
        EC_PUBLIC_KEY => match curve().as_deref() {
            Some(PRIME256V1) => KeyKind::P256,
            Some(SECP384R1) => KeyKind::P384,
            _ => KeyKind::Other,
        },
        ED25519 => KeyKind::Ed25519,
        _ => KeyKind::Other,
    }
}

fn bit_length(big_endian: &[u8]) -> usize {
    let first = big_endian.iter().position(|byte| *byte != 0);
    let significant = first
        .and_then(|at| big_endian.get(at..))
        .unwrap_or_default();
    let leading = significant.first().map_or(0, |byte| byte.leading_zeros());
    significant.len() * 8 - usize::try_from(leading).unwrap_or_default()
}

/// The DER of the curve's name (RFC 5480 section 2.1.1.1), as devices take it too. `None`: the kind has
/// no curve of ECDSA.
pub fn ec_parameters(kind: KeyKind) -> Option<Vec<u8>> {
    match kind {
        KeyKind::P256 => Some(der::tlv(der::OID, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7])),
        KeyKind::P384 => Some(der::tlv(der::OID, &[0x2B, 0x81, 4, 0, 34])),
        KeyKind::Ed25519 | KeyKind::Rsa { .. } | KeyKind::Other => None,
    }
}

/// The public key of a point as devices write it: an OCTET STRING (PKCS#11 section 6.3.3, `CKA_EC_POINT`).
pub fn ec_public_key(kind: KeyKind, point: &[u8]) -> Option<PublicKey> {
    let point = Reader::only(point, der::OCTET_STRING)?;
    let oid = der::tlv(der::OID, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]);
    let algorithm = der::sequence(&[&oid, &ec_parameters(kind)?]);
    let bits = der::tlv(der::BIT_STRING, &[&[0], point].concat());
    let key = PublicKey::from_spki(&der::sequence(&[&algorithm, &bits]))?;
    (key.kind == kind).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::der::{BIT_STRING, NULL, OID, integer, sequence, tlv};

    #[test]
    fn an_exponent_is_odd_and_of_17_to_256_bits() {
        let key = |exponent: &[u8]| {
            let rsa = tlv(OID, &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1]);
            let algorithm = sequence(&[&rsa, &tlv(NULL, &[])]);
            let bits = sequence(&[&integer(&[0xC5; 256]), &integer(exponent)]);
            let bits = tlv(BIT_STRING, &[&[0], bits.as_slice()].concat());
            PublicKey::from_spki(&sequence(&[&algorithm, &bits])).unwrap()
        };
        let largest = [0xFF; 32];
        for sound in [&[1, 0, 1][..], &[1, 0, 3], &largest] {
            assert!(key(sound).has_sound_exponent(), "{sound:?}");
        }
        let longer = [&[1], [0xFF; 32].as_slice()].concat();
        for weak in [
            &[0][..],
            &[1],
            &[3],
            &[17],
            &[0xFF, 0xFF],
            &[1, 0, 0],
            &longer,
        ] {
            assert!(!key(weak).has_sound_exponent(), "{weak:?}");
        }
        let other = rcgen::KeyPair::generate().unwrap();
        let other = rcgen::PublicKeyData::subject_public_key_info(&other);
        assert!(PublicKey::from_spki(&other).unwrap().has_sound_exponent());
    }
}
