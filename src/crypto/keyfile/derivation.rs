//! Keys that come of passphrases: by PBKDF2 (RFC 8018 section 5.2) and by scrypt (RFC 7914). Start at
//! [`Derivation::read`].

use std::num::NonZeroU32;

use ring::pbkdf2::{self, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA384, PBKDF2_HMAC_SHA512};
use zeroize::Zeroizing;

use super::fault::KeyFault;
use crate::crypto::der::{self, Reader};

/// Least times that a passphrase is hashed (RFC 8018 section 4.2: "a minimum of 1,000"). OpenSSL
/// writes 2,048 unless it is told otherwise.
pub(super) const ITERATIONS_MIN: u32 = 1_000;
/// Most times: some five seconds at a start. A file that asks for more is damaged, or meant to keep
/// the gateway from starting.
pub(super) const ITERATIONS_MAX: u32 = 10_000_000;

/// Least cost of scrypt, N times r: what RFC 7914 section 2 names for interactive logins (N = 2^14, r =
/// 8) and OpenSSL writes unless it is told otherwise. It takes 16 MiB.
const SCRYPT_COST_MIN: u64 = 1 << 17;
/// Most: what OWASP's "Password Storage Cheat Sheet" asks for (N = 2^17, r = 8). It takes 128 MiB, while
/// a key is read and no longer.
const SCRYPT_COST_MAX: u64 = 1 << 20;
/// Most work of scrypt, N times r times p: eight times that, some five seconds at a start.
const SCRYPT_WORK_MAX: u64 = 1 << 23;

pub(super) const PBKDF2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 12];
/// RFC 7914 section 7.
const SCRYPT: &[u8] = &[0x2B, 0x06, 1, 4, 1, 0xDA, 0x47, 4, 11];
pub(super) const HMAC_SHA1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 7];
pub(super) const HMAC_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 9];
pub(super) const HMAC_SHA384: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 10];
pub(super) const HMAC_SHA512: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 11];

/// How a key comes of a passphrase. Its costs are bounded.
pub(super) struct Derivation<'a> {
    salt: &'a [u8],
    how: How,
    /// How long the key is, in bytes, where it says so.
    pub(super) key_bytes: Option<u64>,
}

enum How {
    Pbkdf2 {
        iterations: NonZeroU32,
        prf: pbkdf2::Algorithm,
    },
    Scrypt(scrypt::Params),
}

impl<'a> Derivation<'a> {
    /// Reads the content of an AlgorithmIdentifier.
    pub(super) fn read(algorithm: &'a [u8]) -> Result<Self, KeyFault> {
        let mut algorithm = Reader::new(algorithm);
        let oid = take(&mut algorithm, der::OID)?;
        let parameters = Reader::new(take(&mut algorithm, der::SEQUENCE)?);
        match (oid, algorithm.is_empty()) {
            (PBKDF2, true) => Self::pbkdf2(parameters),
            (SCRYPT, true) => Self::scrypt(parameters),
            (PBKDF2 | SCRYPT, false) => Err(KeyFault::Malformed),
            (other, _) => Err(KeyFault::algorithm(other)),
        }
    }

    /// RFC 8018 appendix A.2.
    fn pbkdf2(mut parameters: Reader<'a>) -> Result<Self, KeyFault> {
        let salt = take(&mut parameters, der::OCTET_STRING)?;
        let iterations = iterations(take(&mut parameters, der::INTEGER)?)?;
        let key_bytes = parameters.take_if(der::INTEGER).map(number).transpose()?;
        // HMAC-SHA-1 where nothing is said.
        let prf = match parameters.take_if(der::SEQUENCE) {
            Some(prf) => bare(Reader::new(prf))?,
            None => HMAC_SHA1,
        };
        let prf = match prf {
            HMAC_SHA256 => PBKDF2_HMAC_SHA256,
            HMAC_SHA384 => PBKDF2_HMAC_SHA384,
            HMAC_SHA512 => PBKDF2_HMAC_SHA512,
            other => return Err(KeyFault::algorithm(other)),
        };
        let how = How::Pbkdf2 { iterations, prf };
        parameters
            .is_empty()
            .then_some(Self {
                salt,
                how,
                key_bytes,
            })
            .ok_or(KeyFault::Malformed)
    }

    /// RFC 7914 section 7.
    fn scrypt(mut parameters: Reader<'a>) -> Result<Self, KeyFault> {
        let salt = take(&mut parameters, der::OCTET_STRING)?;
        let n = number(take(&mut parameters, der::INTEGER)?)?;
        let r = number(take(&mut parameters, der::INTEGER)?)?;
        let p = number(take(&mut parameters, der::INTEGER)?)?;
        let key_bytes = parameters.take_if(der::INTEGER).map(number).transpose()?;
        if !parameters.is_empty() {
            return Err(KeyFault::Malformed);
        }
        let costs = KeyFault::Costs { n, r, p };
        let cost = n.checked_mul(r);
        let work = cost.and_then(|cost| cost.checked_mul(p));
        let (Some(cost), Some(work)) = (cost, work) else {
            return Err(costs);
        };
        let bounded = (SCRYPT_COST_MIN..=SCRYPT_COST_MAX).contains(&cost)
            && (1..=SCRYPT_WORK_MAX).contains(&work);
        // Section 2: N is a power of two and above 1.
        if !bounded || !n.is_power_of_two() || n == 1 {
            return Err(costs);
        }
        let narrow = |number: u64| u32::try_from(number).map_err(|_| KeyFault::Malformed);
        let log_n = u8::try_from(n.ilog2()).map_err(|_| KeyFault::Malformed)?;
        let params = scrypt::Params::new(log_n, narrow(r)?, narrow(p)?).map_err(|_| costs)?;
        Ok(Self {
            salt,
            how: How::Scrypt(params),
            key_bytes,
        })
    }

    /// Whether it is PBKDF2, which PBMAC1 has alone.
    pub(super) fn is_pbkdf2(&self) -> bool {
        matches!(self.how, How::Pbkdf2 { .. })
    }

    /// The key of a passphrase, of so many bytes.
    pub(super) fn key(
        &self,
        passphrase: &[u8],
        bytes: usize,
    ) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let mut key = Zeroizing::new(vec![0; bytes]);
        match &self.how {
            How::Pbkdf2 { iterations, prf } => {
                pbkdf2::derive(*prf, *iterations, self.salt, passphrase, &mut key);
            }
            How::Scrypt(params) => scrypt::scrypt(passphrase, self.salt, params, &mut key)
                .map_err(|_| KeyFault::Malformed)?,
        }
        Ok(key)
    }
}

/// The next value of this tag, which must be there.
pub(super) fn take<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<&'a [u8], KeyFault> {
    reader.take(tag).ok_or(KeyFault::Malformed)
}

/// The OID of an AlgorithmIdentifier that has NULL as its parameters, or none.
pub(super) fn bare(mut algorithm: Reader<'_>) -> Result<&[u8], KeyFault> {
    let oid = take(&mut algorithm, der::OID)?;
    let none = algorithm.take_if(der::NULL).is_none_or(<[u8]>::is_empty);
    match none && algorithm.is_empty() {
        true => Ok(oid),
        false => Err(KeyFault::Malformed),
    }
}

/// A number from an INTEGER's content; a longer one than fits is the largest.
fn number(content: &[u8]) -> Result<u64, KeyFault> {
    let magnitude = der::unsigned(content).ok_or(KeyFault::Malformed)?;
    Ok(match magnitude.len() {
        0..=8 => magnitude
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        _ => u64::MAX,
    })
}

/// How many times a passphrase is hashed, from an INTEGER's content.
pub(super) fn iterations(content: &[u8]) -> Result<NonZeroU32, KeyFault> {
    let got = number(content)?;
    let (min, max) = (ITERATIONS_MIN, ITERATIONS_MAX);
    let taken = u32::try_from(got).ok();
    taken
        .filter(|got| (min..=max).contains(got))
        .and_then(NonZeroU32::new)
        .ok_or(KeyFault::Iterations { got, min, max })
}
