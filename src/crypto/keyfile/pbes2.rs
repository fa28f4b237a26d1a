//! PBES2 (RFC 8018 section 6.2): a passphrase becomes a key by PBKDF2, and decrypts by AES-CBC. Start
//! at [`Pbes2::read`].

use std::num::NonZeroU32;

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use ring::pbkdf2::{self, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA384, PBKDF2_HMAC_SHA512, derive};
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::fault::KeyFault;
use crate::crypto::der::{self, Reader};

/// Least times that a passphrase is hashed (RFC 8018 section 4.2: "a minimum of 1,000"). OpenSSL
/// writes 2,048 unless it is told otherwise.
pub(super) const ITERATIONS_MIN: u32 = 1_000;
/// Most times: some five seconds at a start. A file that asks for more is damaged, or meant to keep
/// the gateway from starting.
pub(super) const ITERATIONS_MAX: u32 = 10_000_000;
/// Times for keys that we encrypt: what OWASP's "Password Storage Cheat Sheet" asks for PBKDF2 with
/// HMAC-SHA-256 (2023).
const ITERATIONS: u32 = 600_000;

const PBES2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13];
const PBKDF2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 12];
const HMAC_SHA1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 7];
const HMAC_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 9];
const HMAC_SHA384: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 10];
const HMAC_SHA512: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 11];
const AES128_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 2];
const AES192_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 22];
const AES256_CBC: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 42];

/// Bytes of AES's block, and so of the initialization vector.
const BLOCK: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cipher {
    Aes128,
    Aes192,
    Aes256,
}

impl Cipher {
    fn of(oid: &[u8]) -> Result<Self, KeyFault> {
        match oid {
            AES128_CBC => Ok(Self::Aes128),
            AES192_CBC => Ok(Self::Aes192),
            AES256_CBC => Ok(Self::Aes256),
            other => Err(KeyFault::algorithm(other)),
        }
    }

    fn key_bytes(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

/// What was encrypted by a passphrase: how the key comes of it, and the cipher.
pub(super) struct Pbes2<'a> {
    salt: &'a [u8],
    iterations: NonZeroU32,
    prf: pbkdf2::Algorithm,
    cipher: Cipher,
    iv: &'a [u8; BLOCK],
}

impl<'a> Pbes2<'a> {
    /// Reads the content of an AlgorithmIdentifier.
    pub(super) fn read(algorithm: &'a [u8]) -> Result<Self, KeyFault> {
        let mut whole = Reader::new(algorithm);
        let oid = take(&mut whole, der::OID)?;
        if oid != PBES2 {
            return Err(KeyFault::algorithm(oid));
        }
        let mut parameters = Reader::new(take(&mut whole, der::SEQUENCE)?);
        let mut derivation = Reader::new(take(&mut parameters, der::SEQUENCE)?);
        let mut scheme = Reader::new(take(&mut parameters, der::SEQUENCE)?);
        let oid = take(&mut derivation, der::OID)?;
        if oid != PBKDF2 {
            return Err(KeyFault::algorithm(oid));
        }
        let cipher = Cipher::of(take(&mut scheme, der::OID)?)?;
        let iv = take(&mut scheme, der::OCTET_STRING)?;
        let iv = iv.try_into().map_err(|_| KeyFault::Malformed)?;

        let mut parameters = Reader::new(take(&mut derivation, der::SEQUENCE)?);
        let salt = take(&mut parameters, der::OCTET_STRING)?;
        let iterations = iterations(take(&mut parameters, der::INTEGER)?)?;
        if let Some(bytes) = parameters.take_if(der::INTEGER) {
            let expected = u8::try_from(cipher.key_bytes()).unwrap_or_default();
            if bytes != [expected] {
                return Err(KeyFault::Malformed);
            }
        }
        // RFC 8018 appendix A.2: HMAC-SHA-1 where nothing is said.
        let prf = match parameters.take_if(der::SEQUENCE) {
            Some(prf) => take(&mut Reader::new(prf), der::OID)?,
            None => HMAC_SHA1,
        };
        let prf = match prf {
            HMAC_SHA256 => PBKDF2_HMAC_SHA256,
            HMAC_SHA384 => PBKDF2_HMAC_SHA384,
            HMAC_SHA512 => PBKDF2_HMAC_SHA512,
            other => return Err(KeyFault::algorithm(other)),
        };
        Ok(Self {
            salt,
            iterations,
            prf,
            cipher,
            iv,
        })
    }

    /// Decrypts. A wrong passphrase is found by the padding in all but one of 256 cases: the caller
    /// looks at what comes out.
    pub(super) fn open(
        &self,
        passphrase: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let mut key = Zeroizing::new(vec![0; self.cipher.key_bytes()]);
        derive(self.prf, self.iterations, self.salt, passphrase, &mut key);
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let (key, iv) = (key.as_slice(), self.iv.as_slice());
        let length = match self.cipher {
            Cipher::Aes128 => decrypt(
                cbc::Decryptor::<Aes128>::new_from_slices(key, iv),
                &mut buffer,
            ),
            Cipher::Aes192 => decrypt(
                cbc::Decryptor::<Aes192>::new_from_slices(key, iv),
                &mut buffer,
            ),
            Cipher::Aes256 => decrypt(
                cbc::Decryptor::<Aes256>::new_from_slices(key, iv),
                &mut buffer,
            ),
        };
        buffer.truncate(length.ok_or(KeyFault::PassphraseWrong)?);
        Ok(buffer)
    }
}

fn decrypt<C: BlockModeDecrypt, E>(cipher: Result<C, E>, buffer: &mut [u8]) -> Option<usize> {
    let plain = cipher.ok()?.decrypt_padded::<Pkcs7>(buffer).ok()?;
    Some(plain.len())
}

/// Encrypts: the DER AlgorithmIdentifier and the ciphertext.
pub(super) fn seal(
    plain: &[u8],
    passphrase: &[u8],
    random: &dyn SecureRandom,
) -> Result<(Vec<u8>, Vec<u8>), KeyFault> {
    let mut salt = [0; 16];
    let mut iv = [0; BLOCK];
    random.fill(&mut salt).map_err(|_| KeyFault::Random)?;
    random.fill(&mut iv).map_err(|_| KeyFault::Random)?;
    let iterations = NonZeroU32::new(ITERATIONS).unwrap_or(NonZeroU32::MAX);
    let mut key = Zeroizing::new([0; 32]);
    derive(PBKDF2_HMAC_SHA256, iterations, &salt, passphrase, &mut *key);
    let cipher = cbc::Encryptor::<Aes256>::new_from_slices(key.as_slice(), &iv);
    let mut buffer = Zeroizing::new(plain.to_vec());
    buffer.resize(plain.len() + BLOCK, 0);
    let sealed = cipher.map_err(|_| KeyFault::Malformed)?;
    let sealed = sealed
        .encrypt_padded::<Pkcs7>(&mut buffer, plain.len())
        .map_err(|_| KeyFault::Malformed)?
        .to_vec();
    let oid = |oid: &[u8]| der::tlv(der::OID, oid);
    let prf = der::sequence(&[&oid(HMAC_SHA256), &der::tlv(der::NULL, &[])]);
    let derivation = der::sequence(&[
        &der::tlv(der::OCTET_STRING, &salt),
        &der::integer(&ITERATIONS.to_be_bytes()),
        &prf,
    ]);
    let derivation = der::sequence(&[&oid(PBKDF2), &derivation]);
    let scheme = der::sequence(&[&oid(AES256_CBC), &der::tlv(der::OCTET_STRING, &iv)]);
    let parameters = der::sequence(&[&derivation, &scheme]);
    Ok((der::sequence(&[&oid(PBES2), &parameters]), sealed))
}

/// The next value of this tag, which must be there.
pub(super) fn take<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<&'a [u8], KeyFault> {
    reader.take(tag).ok_or(KeyFault::Malformed)
}

/// How many times a passphrase is hashed, from an INTEGER's content.
pub(super) fn iterations(content: &[u8]) -> Result<NonZeroU32, KeyFault> {
    let magnitude = der::unsigned(content).ok_or(KeyFault::Malformed)?;
    let got = match magnitude.len() {
        0..=8 => magnitude
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        _ => u64::MAX,
    };
    let (min, max) = (ITERATIONS_MIN, ITERATIONS_MAX);
    let taken = u32::try_from(got).ok();
    taken
        .filter(|got| (min..=max).contains(got))
        .and_then(NonZeroU32::new)
        .ok_or(KeyFault::Iterations { got, min, max })
}
