//! PBES2 (RFC 8018 section 6.2): a passphrase becomes a key, and decrypts by AES-CBC. Start
//! at [`Pbes2::read`].

use std::num::NonZeroU32;

use aes::{Aes128, Aes192, Aes256};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use ring::pbkdf2::{PBKDF2_HMAC_SHA256, derive};
use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::derivation::{Derivation, HMAC_SHA256, PBKDF2, take};
use super::fault::KeyFault;
use crate::crypto::der::{self, Reader};

/// Times for keys that we encrypt: what OWASP's "Password Storage Cheat Sheet" asks for PBKDF2 with
/// HMAC-SHA-256 (2023).
const ITERATIONS: u32 = 600_000;

const PBES2: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13];
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
    derivation: Derivation<'a>,
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
        let derivation = Derivation::read(take(&mut parameters, der::SEQUENCE)?)?;
        let mut scheme = Reader::new(take(&mut parameters, der::SEQUENCE)?);
        let cipher = Cipher::of(take(&mut scheme, der::OID)?)?;
        let iv = take(&mut scheme, der::OCTET_STRING)?;
        let iv = iv.try_into().map_err(|_| KeyFault::Malformed)?;
        let expected = u64::try_from(cipher.key_bytes()).unwrap_or_default();
        if derivation.key_bytes.is_some_and(|bytes| bytes != expected) {
            return Err(KeyFault::Malformed);
        }
        Ok(Self {
            derivation,
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
        let key = self.derivation.key(passphrase, self.cipher.key_bytes())?;
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
