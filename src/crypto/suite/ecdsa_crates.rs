//! ECDSA on P-256 and P-384 where ring has it not, by the crates `p256` and `p384`: all of SHA-512, and
//! signing with that of SHA-256 and SHA-384 which is the other curve's. Start at [`EcdsaSha512`] and
//! [`signing_key`].
//!
//! Of a digest longer than the curve's order the leftmost bits count (FIPS 186-5 section 6.4.1).
//! Values in XML are `r || s`, as wide as the curve's order; in certificates DER.

use p256::ecdsa as on_p256;
use p256::ecdsa::signature::hazmat::{PrehashVerifier, RandomizedPrehashSigner};
use p384::ecdsa as on_p384;
use ring::digest::{Algorithm, Digest, SHA512, digest};
use ring::rand::SecureRandom;
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

use super::random::Random;
use super::{SigningKey, Suite, SuiteFault};
use crate::crypto::der;
use crate::crypto::key::{KeyKind, PublicKey};
use crate::crypto::uri;

/// The contents of AlgorithmIdentifiers (RFC 5480 section 2.1.1): id-ecPublicKey with secp256r1, and
/// with secp384r1.
const KEY_P256: &[u8] = &[
    0x06, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1, 0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7,
];
const KEY_P384: &[u8] = &[
    0x06, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1, 0x06, 5, 0x2B, 0x81, 4, 0, 34,
];
/// ecdsa-with-SHA512 (RFC 5758 section 3.2).
const SIGNATURE: &[u8] = &[0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 4];

/// A curve that the suite is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
}

impl Curve {
    fn of(key: &PublicKey) -> Option<Self> {
        match key.kind {
            KeyKind::P256 => Some(Self::P256),
            KeyKind::P384 => Some(Self::P384),
            KeyKind::Ed25519 | KeyKind::Other | KeyKind::Rsa { .. } => None,
        }
    }

    /// Bytes of a number.
    fn width(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    fn key_algorithm(self) -> &'static [u8] {
        match self {
            Self::P256 => KEY_P256,
            Self::P384 => KEY_P384,
        }
    }
}

/// The suite; the key fixes the curve.
#[derive(Debug, Clone, Copy)]
pub(super) struct EcdsaSha512;

impl Suite for EcdsaSha512 {
    fn uri(&self) -> &str {
        uri::ECDSA_SHA512
    }

    fn verify(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), SuiteFault> {
        let curve = Curve::of(key).ok_or(SuiteFault::Key)?;
        let (got, expected) = (signature.len(), 2 * curve.width());
        if got != expected {
            return Err(SuiteFault::Length { got, expected });
        }
        verify(curve, &key.bits, message, signature)
    }

    fn signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, SuiteFault> {
        signing_key(&SHA512, pkcs8)
    }
}

/// Takes a private key on either curve, to sign with that digest.
pub(super) fn signing_key(
    digest: &'static Algorithm,
    pkcs8: &[u8],
) -> Result<Box<dyn SigningKey>, SuiteFault> {
    let mut curves = [Curve::P256, Curve::P384].into_iter();
    let key = curves.find_map(|curve| Key::read(curve, digest, pkcs8));
    Ok(Box::new(key.ok_or(SuiteFault::Key)?))
}

/// Verifies a value of the right width by an uncompressed point (SEC 1 section 2.3.3). A point that is
/// not on the curve verifies nothing.
fn verify(curve: Curve, point: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SuiteFault> {
    if point.len() != 1 + 2 * curve.width() || point.first() != Some(&4) {
        return Err(SuiteFault::Mismatch);
    }
    let hash = digest(&SHA512, message);
    let verified = match curve {
        Curve::P256 => on_p256::VerifyingKey::from_sec1_bytes(point).and_then(|key| {
            let signature = on_p256::Signature::from_slice(signature)?;
            key.verify_prehash(hash.as_ref(), &signature)
        }),
        Curve::P384 => on_p384::VerifyingKey::from_sec1_bytes(point).and_then(|key| {
            let signature = on_p384::Signature::from_slice(signature)?;
            key.verify_prehash(hash.as_ref(), &signature)
        }),
    };
    verified.map_err(|_| SuiteFault::Mismatch)
}

/// A private key; the crates wipe it.
enum Inner {
    P256(on_p256::SigningKey),
    P384(on_p384::SigningKey),
}

struct Key {
    inner: Inner,
    digest: &'static Algorithm,
    public: Vec<u8>,
}

impl Key {
    fn read(curve: Curve, digest: &'static Algorithm, pkcs8: &[u8]) -> Option<Self> {
        let secret = der::ec_number(pkcs8, curve.key_algorithm(), curve.width())?;
        let (inner, public) = match curve {
            Curve::P256 => {
                let key = on_p256::SigningKey::from_slice(&secret).ok()?;
                let public = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
                (Inner::P256(key), public)
            }
            Curve::P384 => {
                let key = on_p384::SigningKey::from_slice(&secret).ok()?;
                let public = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
                (Inner::P384(key), public)
            }
        };
        Some(Self {
            inner,
            digest,
            public,
        })
    }

    /// The nonce is that of RFC 6979, with random bytes as the further input of its section 3.6.
    fn value(&self, hash: &Digest, random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        let (hash, mut random) = (hash.as_ref(), Random(random));
        let value = match &self.inner {
            Inner::P256(key) => {
                let value: Result<on_p256::Signature, _> =
                    key.sign_prehash_with_rng(&mut random, hash);
                value.map(|value| value.to_bytes().to_vec())
            }
            Inner::P384(key) => {
                let value: Result<on_p384::Signature, _> =
                    key.sign_prehash_with_rng(&mut random, hash);
                value.map(|value| value.to_bytes().to_vec())
            }
        };
        value.map_err(|_| SuiteFault::Sign)
    }
}

impl SigningKey for Key {
    fn public_bits(&self) -> &[u8] {
        &self.public
    }

    fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SuiteFault> {
        self.value(&digest(self.digest, message), random)
    }
}

/// Signatures of certificates and revocation lists, for webpki.
#[derive(Debug)]
struct PathAlgorithm(Curve);

impl SignatureVerificationAlgorithm for PathAlgorithm {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let fixed = der::fixed_width(signature, self.0.width()).ok_or(InvalidSignature)?;
        verify(self.0, public_key, message, &fixed).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(self.0.key_algorithm())
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(SIGNATURE)
    }
}

static ON_CURVES: [PathAlgorithm; 2] = [PathAlgorithm(Curve::P256), PathAlgorithm(Curve::P384)];

/// One algorithm for each curve.
pub(super) fn path_algorithms() -> impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm>
{
    ON_CURVES
        .iter()
        .map(|it| -> &'static dyn SignatureVerificationAlgorithm { it })
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6979 appendices A.2.5 and A.2.6, with SHA-512 and the message "sample".
    const POINT_P256: &str = "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6\
        7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
    const VALUE_P256: &str = "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00\
        2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe";
    const POINT_P384: &str = "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64\
        def8f0ea9055866064a254515480bc138015d9b72d7d57244ea8ef9ac0c6218967\
        08a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720";
    const VALUE_P384: &str = "ed0959d5880ab2d869ae7f6c2915c6d60f96507f9cb3e047c0046861da4a799c\
        fe30f35cc900056d7c99cd7882433709512c8cceee3890a84058ce1e22dbc2198f\
        42323ce8aca9135329f03c068e5112dc7cc3ef3446defceb01a45c2667fdd5";

    fn hex(digits: &str) -> Vec<u8> {
        hex::decode(digits).unwrap()
    }

    #[test]
    fn the_values_of_rfc_6979_verify_and_their_twins_do_not() {
        for (curve, point, value) in [
            (Curve::P256, hex(POINT_P256), hex(VALUE_P256)),
            (Curve::P384, hex(POINT_P384), hex(VALUE_P384)),
        ] {
            assert_eq!(verify(curve, &point, b"sample", &value), Ok(()));
            let mismatch = Err(SuiteFault::Mismatch);
            assert_eq!(verify(curve, &point, b"test", &value), mismatch);
            for at in 0..value.len() {
                let mut twin = value.clone();
                twin[at] ^= 1;
                assert_eq!(verify(curve, &point, b"sample", &twin), mismatch);
            }
            let zeros = vec![0; value.len()];
            let largest = vec![0xFF; value.len()];
            let (r, s) = value.split_at(curve.width());
            let nothing = &zeros[..curve.width()];
            for twin in [
                zeros.clone(),
                largest,
                [r, nothing].concat(),
                [nothing, s].concat(),
            ] {
                assert_eq!(verify(curve, &point, b"sample", &twin), mismatch);
            }
            // Off the curve, compressed, and none.
            let mut off = point.clone();
            *off.last_mut().unwrap() ^= 1;
            let mut compressed = point[..=curve.width()].to_vec();
            compressed[0] = 2 + (point.last().unwrap() & 1);
            for no_point in [off, compressed, vec![0]] {
                assert_eq!(verify(curve, &no_point, b"sample", &value), mismatch);
            }
        }
    }
}
