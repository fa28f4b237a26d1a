//! Keys as certificates (RFC 9215 section 4) and PKCS#8 hold them. Start at [`Public::read`] and
//! [`Secret::from_pkcs8`].

use std::fmt;

use zeroize::Zeroizing;

use super::paramsets::{ALL, ParamSet, Size};
use crate::crypto::der::{self, Reader, tlv};

/// id-tc26-gost3410-12-256 and -512 (RFC 9215 section 4.1).
const KEY_256: &[u8] = &[0x2A, 0x85, 3, 7, 1, 1, 1, 1];
const KEY_512: &[u8] = &[0x2A, 0x85, 3, 7, 1, 1, 1, 2];
/// id-tc26-gost3411-12-256 and -512, Streebog (RFC 9215 section 2).
const DIGEST_256: &[u8] = &[0x2A, 0x85, 3, 7, 1, 1, 2, 2];
const DIGEST_512: &[u8] = &[0x2A, 0x85, 3, 7, 1, 1, 2, 3];

impl Size {
    pub(super) const fn key_oid(self) -> &'static [u8] {
        match self {
            Self::Bits256 => KEY_256,
            Self::Bits512 => KEY_512,
        }
    }

    pub(super) const fn digest_oid(self) -> &'static [u8] {
        match self {
            Self::Bits256 => DIGEST_256,
            Self::Bits512 => DIGEST_512,
        }
    }
}

/// A public key.
pub(super) struct Public<'a> {
    pub(super) set: &'static ParamSet,
    /// x and y, little-endian, side by side.
    pub(super) point: &'a [u8],
}

impl<'a> Public<'a> {
    /// Reads a SubjectPublicKeyInfo.
    pub(super) fn read(spki: &'a [u8]) -> Option<Self> {
        let mut spki = Reader::new(Reader::only(spki, der::SEQUENCE)?);
        let set = read_algorithm(spki.take(der::SEQUENCE)?)?;
        let bits = spki.take(der::BIT_STRING)?;
        if !spki.is_empty() {
            return None;
        }
        let (&unused, bits) = bits.split_first()?;
        let point = point(set, bits)?;
        (unused == 0).then_some(Self { set, point })
    }
}

/// The point within the bits of `subjectPublicKey`: an OCTET STRING.
pub(super) fn point<'a>(set: &ParamSet, bits: &'a [u8]) -> Option<&'a [u8]> {
    let point = Reader::only(bits, der::OCTET_STRING)?;
    (point.len() == 2 * set.size.bytes()).then_some(point)
}

/// The parameter set of an AlgorithmIdentifier: GostR3410-2012-PublicKeyParameters, a set, and
/// perhaps the digest, which then must be the one of the key's size.
fn read_algorithm(algorithm: &[u8]) -> Option<&'static ParamSet> {
    let mut algorithm = Reader::new(algorithm);
    let oid = algorithm.take(der::OID)?;
    let mut parameters = Reader::new(algorithm.take(der::SEQUENCE)?);
    let set_oid = parameters.take(der::OID)?;
    let digest = parameters.take_if(der::OID);
    if !algorithm.is_empty() || !parameters.is_empty() {
        return None;
    }
    let set = ALL.iter().find(|set| set.oid == set_oid)?;
    let fits = oid == set.size.key_oid() && digest.is_none_or(|oid| oid == set.size.digest_oid());
    fits.then_some(set)
}

/// The AlgorithmIdentifier of a key, with or without the digest, without its own tag.
pub(super) fn algorithm(set: &ParamSet, with_digest: bool) -> Vec<u8> {
    let mut parameters = tlv(der::OID, set.oid);
    if with_digest {
        parameters.extend(tlv(der::OID, set.size.digest_oid()));
    }
    let oid = tlv(der::OID, set.size.key_oid());
    [oid, tlv(der::SEQUENCE, &parameters)].concat()
}

/// Whether the digest stands in the parameters that we write: RFC 9215 section 4.2 wants it with
/// the sets of RFC 4357 and leaves it out with the curves in Edwards form; the two others take both.
pub(super) fn states_digest(set: &ParamSet) -> bool {
    let edwards: [&[u8]; 2] = [
        &[0x2A, 0x85, 3, 7, 1, 2, 1, 1, 1],
        &[0x2A, 0x85, 3, 7, 1, 2, 1, 2, 3],
    ];
    !edwards.contains(&set.oid)
}

/// A private key, little-endian, wiped when dropped.
pub(super) struct Secret {
    pub(super) set: &'static ParamSet,
    pub(super) number: Zeroizing<Vec<u8>>,
}

impl Secret {
    /// Reads a PrivateKeyInfo (RFC 5958). Its key is the number itself, or it in an OCTET STRING,
    /// both little-endian, or it as an INTEGER: all three are in use. Masked keys are refused.
    pub(super) fn from_pkcs8(pkcs8: &[u8]) -> Option<Self> {
        let mut info = Reader::new(Reader::only(pkcs8, der::SEQUENCE)?);
        if !matches!(info.take(der::INTEGER)?, [0 | 1]) {
            return None;
        }
        let set = read_algorithm(info.take(der::SEQUENCE)?)?;
        let key = info.take(der::OCTET_STRING)?;
        let width = set.size.bytes();
        let number = if key.len() == width {
            key.to_vec()
        } else if let Some(number) = Reader::only(key, der::OCTET_STRING) {
            number.to_vec()
        } else {
            let number = der::unsigned(Reader::only(key, der::INTEGER)?)?;
            let mut number: Vec<u8> = number.iter().rev().copied().collect();
            number.resize(width.max(number.len()), 0);
            number
        };
        let number = Zeroizing::new(number);
        (number.len() == width).then_some(Self { set, number })
    }

    /// Writes a PrivateKeyInfo, as OpenSSL's engine does.
    pub(super) fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let algorithm = algorithm(self.set, states_digest(self.set));
        let key = Zeroizing::new(tlv(der::OCTET_STRING, &self.number));
        let algorithm = tlv(der::SEQUENCE, &algorithm);
        Zeroizing::new(der::sequence(&[&[der::INTEGER, 1, 0], &algorithm, &key]))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").finish_non_exhaustive()
    }
}
