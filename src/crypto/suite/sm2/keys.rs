//! SM2 keys as certificates and PKCS#8 hold them (GM/T 0009, RFC 5915). Start at [`public`] and
//! [`secret`].

use zeroize::Zeroizing;

use super::WIDTH;
use crate::crypto::der::{self, Reader, tlv};
use crate::crypto::key::PublicKey;

/// The content of the AlgorithmIdentifier: id-ecPublicKey with the curve 1.2.156.10197.1.301.
pub(super) const ALGORITHM: &[u8] = &[
    0x06, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1, 0x06, 8, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 1, 0x82,
    0x2D,
];
/// Tag of the public key within an ECPrivateKey.
const PUBLIC: u8 = 0xA1;

/// The point of a key, uncompressed, if it is an SM2 key.
pub(super) fn public(key: &PublicKey) -> Option<&[u8]> {
    let mut spki = Reader::new(Reader::only(&key.spki, der::SEQUENCE)?);
    if spki.take(der::SEQUENCE)? != ALGORITHM {
        return None;
    }
    point(&key.bits)
}

/// An uncompressed point (GM/T 0009 section 7.1); whether it lies on the curve is not looked at.
pub(super) fn point(bits: &[u8]) -> Option<&[u8]> {
    let uncompressed = bits.len() == 2 * WIDTH + 1 && bits.first() == Some(&4);
    uncompressed.then_some(bits)
}

/// The number of a PrivateKeyInfo, big-endian.
pub(super) fn secret(pkcs8: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    der::ec_number(pkcs8, ALGORITHM, WIDTH)
}

/// A PrivateKeyInfo, as OpenSSL writes it.
pub(super) fn to_pkcs8(secret: &[u8], public: &[u8]) -> Zeroizing<Vec<u8>> {
    let number = Zeroizing::new(tlv(der::OCTET_STRING, secret));
    let public = tlv(der::BIT_STRING, &[&[0], public].concat());
    let version = [der::INTEGER, 1, 1];
    let key = Zeroizing::new(der::sequence(&[&version, &number, &tlv(PUBLIC, &public)]));
    let key = Zeroizing::new(tlv(der::OCTET_STRING, &key));
    let algorithm = tlv(der::SEQUENCE, ALGORITHM);
    Zeroizing::new(der::sequence(&[&[der::INTEGER, 1, 0], &algorithm, &key]))
}
