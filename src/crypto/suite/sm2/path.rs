//! SM2 signatures of certificates and revocation lists (GM/T 0015), for webpki. Start at
//! [`algorithms`]. The user id is always the usual one: authorities have no other.

use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

use super::{SM2_USER_ID, Sm2Value, keys, verify};

/// The content of the AlgorithmIdentifier: SM2 with SM3, 1.2.156.10197.1.501.
pub(super) const SIGNATURE: &[u8] = &[0x06, 8, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 1, 0x83, 0x75];
/// The same with NULL as parameters: both are in use, and webpki compares byte by byte.
const SIGNATURE_NULL: &[u8] = &[
    0x06, 8, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 1, 0x83, 0x75, 0x05, 0,
];

#[derive(Debug)]
struct PathAlgorithm(&'static [u8]);

impl SignatureVerificationAlgorithm for PathAlgorithm {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let point = keys::point(public_key).ok_or(InvalidSignature)?;
        verify(point, SM2_USER_ID, message, signature, Sm2Value::Asn1).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(keys::ALGORITHM)
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(self.0)
    }
}

static SPELLINGS: [PathAlgorithm; 2] = [PathAlgorithm(SIGNATURE), PathAlgorithm(SIGNATURE_NULL)];

/// Both spellings.
pub(in crate::crypto) fn algorithms()
-> impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm> {
    SPELLINGS
        .iter()
        .map(|it| -> &'static dyn SignatureVerificationAlgorithm { it })
}
