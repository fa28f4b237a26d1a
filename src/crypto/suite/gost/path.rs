//! GOST signatures of certificates and revocation lists (RFC 9215 section 3), for webpki. Start at
//! [`algorithms`].
//!
//! webpki compares AlgorithmIdentifiers byte by byte, and several spellings of the same are in use:
//! with the digest in the key's parameters and without it, with a NULL behind the signature's OID
//! (OpenSSL's engine) and without parameters (the RFC). Each is an algorithm of its own here.

use std::fmt;
use std::sync::OnceLock;

use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

use super::keys::{self, point};
use super::paramsets::{ALL, ParamSet, Size};
use crate::crypto::der::{self, tlv};

/// id-tc26-signwithdigest-gost3410-12-256 and -512 (RFC 9215 section 3).
const SIGNATURE_256: &[u8] = &[0x2A, 0x85, 3, 7, 1, 1, 3, 2];
const SIGNATURE_512: &[u8] = &[0x2A, 0x85, 3, 7, 1, 1, 3, 3];

pub(super) const fn signature_oid(size: Size) -> &'static [u8] {
    match size {
        Size::Bits256 => SIGNATURE_256,
        Size::Bits512 => SIGNATURE_512,
    }
}

/// One spelling of a key's algorithm with one of the signature's.
struct PathAlgorithm {
    set: &'static ParamSet,
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
}

impl fmt::Debug for PathAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gost({:?})", self.set.size)
    }
}

impl SignatureVerificationAlgorithm for PathAlgorithm {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let point = point(self.set, public_key).ok_or(InvalidSignature)?;
        super::verify(self.set, point, message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

/// All spellings, made once and kept until the program ends.
pub(in crate::crypto) fn algorithms()
-> impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm> {
    static MADE: OnceLock<Vec<PathAlgorithm>> = OnceLock::new();
    let all = MADE.get_or_init(|| {
        let kept = |der: Vec<u8>| AlgorithmIdentifier::from_slice(der.leak());
        let mut made = Vec::new();
        for set in ALL {
            for with_digest in [true, false] {
                for parameters in [&[][..], &[der::NULL, 0]] {
                    let oid = tlv(der::OID, signature_oid(set.size));
                    made.push(PathAlgorithm {
                        set,
                        key: kept(keys::algorithm(set, with_digest)),
                        signature: kept([&oid, parameters].concat()),
                    });
                }
            }
        }
        made
    });
    all.iter()
        .map(|it| -> &'static dyn SignatureVerificationAlgorithm { it })
}
