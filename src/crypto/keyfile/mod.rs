//! Own keys as files hold them: PKCS#8 under a passphrase, and PKCS#12. Start at [`decrypt_key`] and
//! [`Pkcs12::open`].
//!
//! What is taken is a short list: PBES2 (RFC 8018) by PBKDF2 with HMAC-SHA-256, -384 or -512, or by
//! scrypt (RFC 7914), and AES-CBC; for PKCS#12 its own MAC or PBMAC1 (RFC 9579). Older ways (PBES1, RC2, Triple DES, SHA-1) are refused by name, with the command that
//! converts the file. Whatever was decrypted is wiped when it is dropped.

mod derivation;
mod fault;
mod pbes2;
mod pkcs12;
#[cfg(test)]
mod tests;

use ring::rand::SecureRandom;
use zeroize::Zeroizing;

use super::der::{self, Reader};
use pbes2::Pbes2;

pub use fault::KeyFault;
pub use pkcs12::Pkcs12;

/// The label of an encrypted key's PEM (RFC 7468 section 11).
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// The header of OpenSSL's older encryption (RFC 1421 section 4.6.1.1).
const PROC_TYPE: &str = "Proc-Type: 4,ENCRYPTED";

/// Most bytes of a file with a key: RSA with 16,384 bits takes 10 KB, a chain of certificates some
/// more.
const FILE_BYTES_MAX: usize = 1 << 20;

/// The PKCS#8 key (DER) of an EncryptedPrivateKeyInfo (RFC 5958 section 3), PEM or DER. `None`: the
/// file has no encrypted key, and no passphrase was given for it.
///
/// # Errors
/// [`KeyFault`]: no passphrase or a wrong one, an encryption that is not taken, or a passphrase for
/// what is not encrypted.
pub fn decrypt_key(
    file: &[u8],
    passphrase: Option<&[u8]>,
) -> Result<Option<Zeroizing<Vec<u8>>>, KeyFault> {
    if file.len() > FILE_BYTES_MAX {
        return Err(KeyFault::Malformed);
    }
    let Some(encrypted) = encrypted(file)? else {
        return match passphrase {
            Some(_) => Err(KeyFault::NotEncrypted),
            None => Ok(None),
        };
    };
    let passphrase = passphrase.ok_or(KeyFault::PassphraseMissing)?;
    open_key(&encrypted, passphrase).map(Some)
}

/// The DER of the encrypted key, if the file has one.
fn encrypted(file: &[u8]) -> Result<Option<Vec<u8>>, KeyFault> {
    if file.first() == Some(&der::SEQUENCE) {
        // PrivateKeyInfo begins with its version, EncryptedPrivateKeyInfo with an algorithm.
        let content = Reader::only(file, der::SEQUENCE);
        let first = content.and_then(|content| content.first().copied());
        return Ok((first == Some(der::SEQUENCE)).then(|| file.to_vec()));
    }
    let found = |text: &str| {
        let mut windows = file.windows(text.len());
        windows.position(|window| window == text.as_bytes())
    };
    if found(PROC_TYPE).is_some() {
        let what = "OpenSSL's older encryption of PEM (Proc-Type: 4,ENCRYPTED)".to_owned();
        return Err(KeyFault::Algorithm { what });
    }
    let Some(begin) = found(&format!("-----BEGIN {ENCRYPTED}-----")) else {
        return Ok(None);
    };
    let text = file.get(begin..).unwrap_or_default();
    let block = pem::parse(text).map_err(|_| KeyFault::Malformed)?;
    Ok(Some(block.into_contents()))
}

/// Decrypts an EncryptedPrivateKeyInfo.
fn open_key(encrypted: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    let parts = || {
        let mut parts = Reader::new(Reader::only(encrypted, der::SEQUENCE)?);
        let algorithm = parts.take(der::SEQUENCE)?;
        let ciphertext = parts.take(der::OCTET_STRING)?;
        parts.is_empty().then_some((algorithm, ciphertext))
    };
    let (algorithm, ciphertext) = parts().ok_or(KeyFault::Malformed)?;
    let key = Pbes2::read(algorithm)?.open(passphrase, ciphertext)?;
    // One in 256 wrong passphrases leaves a padding that looks right.
    let inner = Reader::only(&key, der::SEQUENCE);
    let version = inner.and_then(|inner| Reader::new(inner).take(der::INTEGER));
    match version {
        Some(_) => Ok(key),
        None => Err(KeyFault::PassphraseWrong),
    }
}

/// Encrypts a PKCS#8 key (DER) by PBKDF2 with HMAC-SHA-256 and AES-256-CBC; gives PEM.
///
/// # Errors
/// [`KeyFault::Random`]: no randomness.
pub fn encrypt_key(
    pkcs8: &[u8],
    passphrase: &[u8],
    random: &dyn SecureRandom,
) -> Result<String, KeyFault> {
    let (algorithm, ciphertext) = pbes2::seal(pkcs8, passphrase, random)?;
    let ciphertext = der::tlv(der::OCTET_STRING, &ciphertext);
    let whole = der::sequence(&[&algorithm, &ciphertext]);
    Ok(pem::encode_config(
        &pem::Pem::new(ENCRYPTED, whole),
        pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF),
    ))
}
