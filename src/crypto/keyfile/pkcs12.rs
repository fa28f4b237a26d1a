//! PKCS#12 (RFC 7292): one key with its certificates under a passphrase. Start at [`Pkcs12::open`].

use ring::{digest, hmac};
use zeroize::Zeroizing;

use super::derivation::{
    Derivation, HMAC_SHA256, HMAC_SHA384, HMAC_SHA512, bare, iterations, take,
};
use super::fault::KeyFault;
use super::pbes2::Pbes2;
use super::{FILE_BYTES_MAX, open_key};
use crate::crypto::certificate;
use crate::crypto::der::{self, Reader};
use crate::crypto::key::PublicKey;
use crate::crypto::suite::Suites;

/// Most certificates in a file: a path has four, and some programs add all that they know.
const CERTIFICATES_MAX: usize = 32;
/// Most parts of a file that are encrypted by themselves: programs write two.
const PARTS_MAX: usize = 8;

/// Least bytes of the key of PBMAC1 (RFC 9579 section 5: 20 octets).
const MAC_KEY_BYTES_MIN: usize = 20;
/// Most: the output of the longest hash that is taken, and then some.
const MAC_KEY_BYTES_MAX: usize = 128;

/// `[0] EXPLICIT`.
const EXPLICIT_0: u8 = 0xA0;
/// `[0] IMPLICIT` of a primitive type.
const IMPLICIT_0: u8 = 0x80;

const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
const ENCRYPTED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 6];
const KEY_BAG: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1, 1];
const SHROUDED_KEY_BAG: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1, 2];
const CERTIFICATE_BAG: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 12, 10, 1, 3];
const X509_CERTIFICATE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 22, 1];
const PBMAC1: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 14];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];

/// A key with its certificates.
pub struct Pkcs12 {
    /// The key, DER PKCS#8.
    pub key: Zeroizing<Vec<u8>>,
    /// The key's certificate, then those that lead towards an anchor, DER. A certificate that issued
    /// itself is left out behind the first: whoever is to trust it has it.
    pub certificates: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Pkcs12 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pkcs12")
            .field("certificates", &self.certificates.len())
            .finish_non_exhaustive()
    }
}

impl Pkcs12 {
    /// Opens a file. Its MAC is checked before anything in it is read.
    ///
    /// # Errors
    /// [`KeyFault`]: a wrong passphrase, an older protection, no key or several, no certificate of
    /// the key's.
    pub fn open(file: &[u8], passphrase: &str) -> Result<Self, KeyFault> {
        if file.len() > FILE_BYTES_MAX {
            return Err(KeyFault::Malformed);
        }
        let mut pfx = Reader::new(Reader::only(file, der::SEQUENCE).ok_or(KeyFault::Malformed)?);
        if take(&mut pfx, der::INTEGER)? != [3] {
            return Err(KeyFault::Malformed);
        }
        let mut content = Reader::new(take(&mut pfx, der::SEQUENCE)?);
        if take(&mut content, der::OID)? != DATA {
            let what = "a signature (public-key integrity)".to_owned();
            return Err(KeyFault::Algorithm { what });
        }
        let safe = octets(take(&mut content, EXPLICIT_0)?)?;
        let mac = pfx.take_if(der::SEQUENCE).ok_or(KeyFault::NoMac)?;
        if !pfx.is_empty() || !content.is_empty() {
            return Err(KeyFault::Malformed);
        }
        check_mac(mac, safe, passphrase)?;
        let mut found = Found::default();
        let mut parts = Reader::new(Reader::only(safe, der::SEQUENCE).ok_or(KeyFault::Malformed)?);
        for part in 0.. {
            if parts.is_empty() {
                break;
            }
            if part == PARTS_MAX {
                let (what, max) = ("parts", PARTS_MAX);
                return Err(KeyFault::Several { what, max });
            }
            found.part(take(&mut parts, der::SEQUENCE)?, passphrase.as_bytes())?;
        }
        let key = found.key.ok_or(KeyFault::Without { what: "key" })?;
        let certificates = path(&key, &found.certificates)?;
        Ok(Self { key, certificates })
    }
}

/// The content of the OCTET STRING that an explicit tag holds.
fn octets(content: &[u8]) -> Result<&[u8], KeyFault> {
    Reader::only(content, der::OCTET_STRING).ok_or(KeyFault::Malformed)
}

/// Section 4: the MAC over the whole, by a key that comes of the passphrase.
fn check_mac(mac: &[u8], safe: &[u8], passphrase: &str) -> Result<(), KeyFault> {
    let mut mac = Reader::new(mac);
    let mut info = Reader::new(take(&mut mac, der::SEQUENCE)?);
    let algorithm = take(&mut info, der::SEQUENCE)?;
    let value = take(&mut info, der::OCTET_STRING)?;
    let mut algorithm = Reader::new(algorithm);
    let oid = take(&mut algorithm, der::OID)?;
    if oid == PBMAC1 {
        let parameters = take(&mut algorithm, der::SEQUENCE)?;
        // RFC 9579 section 4: salt and count of the older MAC are there, and say nothing.
        take(&mut mac, der::OCTET_STRING)?;
        let _ = mac.take_if(der::INTEGER);
        return match algorithm.is_empty() && info.is_empty() && mac.is_empty() {
            true => check_pbmac1(parameters, safe, value, passphrase),
            false => Err(KeyFault::Malformed),
        };
    }
    let bare = algorithm.take_if(der::NULL).is_none_or(<[u8]>::is_empty);
    if !bare || !algorithm.is_empty() || !info.is_empty() {
        return Err(KeyFault::Malformed);
    }
    let (hash, algorithm) = match oid {
        SHA256 => (&digest::SHA256, hmac::HMAC_SHA256),
        SHA384 => (&digest::SHA384, hmac::HMAC_SHA384),
        SHA512 => (&digest::SHA512, hmac::HMAC_SHA512),
        other => return Err(KeyFault::algorithm(other)),
    };
    let salt = take(&mut mac, der::OCTET_STRING)?;
    // Once, where nothing is said.
    let times = iterations(mac.take_if(der::INTEGER).unwrap_or(&[1]))?;
    if !mac.is_empty() {
        return Err(KeyFault::Malformed);
    }
    let key = mac_key(hash, passphrase, salt, times.get());
    let key = hmac::Key::new(algorithm, &key);
    hmac::verify(&key, safe, value).map_err(|_| KeyFault::PassphraseWrong)
}

/// PBMAC1 (RFC 8018 section 7.1) as RFC 9579 has it: the passphrase in UTF-8, PBKDF2, and a key whose
/// length is stated.
fn check_pbmac1(
    parameters: &[u8],
    safe: &[u8],
    value: &[u8],
    passphrase: &str,
) -> Result<(), KeyFault> {
    let mut parameters = Reader::new(parameters);
    let derivation = Derivation::read(take(&mut parameters, der::SEQUENCE)?)?;
    let scheme = Reader::new(take(&mut parameters, der::SEQUENCE)?);
    let algorithm = match bare(scheme)? {
        HMAC_SHA256 => hmac::HMAC_SHA256,
        HMAC_SHA384 => hmac::HMAC_SHA384,
        HMAC_SHA512 => hmac::HMAC_SHA512,
        other => return Err(KeyFault::algorithm(other)),
    };
    let bytes = derivation.key_bytes.and_then(|it| usize::try_from(it).ok());
    let bytes = bytes.filter(|bytes| (MAC_KEY_BYTES_MIN..=MAC_KEY_BYTES_MAX).contains(bytes));
    let Some(bytes) = bytes.filter(|_| parameters.is_empty() && derivation.is_pbkdf2()) else {
        return Err(KeyFault::Malformed);
    };
    let key = derivation.key(passphrase.as_bytes(), bytes)?;
    let key = hmac::Key::new(algorithm, &key);
    hmac::verify(&key, safe, value).map_err(|_| KeyFault::PassphraseWrong)
}

/// Appendix B.2 with `ID` 3. The key of a MAC is as long as the hash, so that one round gives it.
fn mac_key(
    hash: &'static digest::Algorithm,
    passphrase: &str,
    salt: &[u8],
    times: u32,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len();
    // Appendix B.1: UTF-16, big-endian, with a zero at the end.
    let text = passphrase.encode_utf16().chain([0]);
    let text: Zeroizing<Vec<u8>> = Zeroizing::new(text.flat_map(u16::to_be_bytes).collect());
    let filled = |bytes: &[u8]| -> Zeroizing<Vec<u8>> {
        let whole = bytes.len().div_ceil(block) * block;
        Zeroizing::new(bytes.iter().copied().cycle().take(whole).collect())
    };
    let mut input = Zeroizing::new(vec![3; block]);
    input.extend_from_slice(&filled(salt));
    input.extend_from_slice(&filled(&text));
    let mut key = digest::digest(hash, &input);
    for _ in 1..times {
        key = digest::digest(hash, key.as_ref());
    }
    Zeroizing::new(key.as_ref().to_vec())
}

/// What was found so far.
#[derive(Default)]
struct Found {
    key: Option<Zeroizing<Vec<u8>>>,
    certificates: Vec<Vec<u8>>,
}

impl Found {
    /// A ContentInfo: bags in clear, or encrypted as a whole.
    fn part(&mut self, part: &[u8], passphrase: &[u8]) -> Result<(), KeyFault> {
        let mut part = Reader::new(part);
        let kind = take(&mut part, der::OID)?;
        let content = take(&mut part, EXPLICIT_0)?;
        match kind {
            DATA => self.bags(octets(content)?, passphrase),
            ENCRYPTED_DATA => {
                let content = Reader::only(content, der::SEQUENCE).ok_or(KeyFault::Malformed)?;
                let mut content = Reader::new(content);
                take(&mut content, der::INTEGER)?;
                let mut content = Reader::new(take(&mut content, der::SEQUENCE)?);
                take(&mut content, der::OID)?;
                let algorithm = take(&mut content, der::SEQUENCE)?;
                let ciphertext = take(&mut content, IMPLICIT_0)?;
                let bags = Pbes2::read(algorithm)?.open(passphrase, ciphertext)?;
                self.bags(&bags, passphrase)
            }
            other => Err(KeyFault::algorithm(other)),
        }
    }

    fn bags(&mut self, bags: &[u8], passphrase: &[u8]) -> Result<(), KeyFault> {
        let mut bags = Reader::new(Reader::only(bags, der::SEQUENCE).ok_or(KeyFault::Malformed)?);
        while !bags.is_empty() {
            let mut bag = Reader::new(take(&mut bags, der::SEQUENCE)?);
            let kind = take(&mut bag, der::OID)?;
            let content = take(&mut bag, EXPLICIT_0)?;
            match kind {
                KEY_BAG | SHROUDED_KEY_BAG if self.key.is_some() => {
                    let (what, max) = ("key", 1);
                    return Err(KeyFault::Several { what, max });
                }
                KEY_BAG => self.key = Some(Zeroizing::new(content.to_vec())),
                SHROUDED_KEY_BAG => self.key = Some(open_key(content, passphrase)?),
                CERTIFICATE_BAG => self.certificate(content)?,
                // Lists, secrets and what programs of one vendor know.
                _ => {}
            }
        }
        Ok(())
    }

    fn certificate(&mut self, content: &[u8]) -> Result<(), KeyFault> {
        let content = Reader::only(content, der::SEQUENCE).ok_or(KeyFault::Malformed)?;
        let mut content = Reader::new(content);
        if take(&mut content, der::OID)? != X509_CERTIFICATE {
            return Ok(());
        }
        if self.certificates.len() == CERTIFICATES_MAX {
            let (what, max) = ("certificates", CERTIFICATES_MAX);
            return Err(KeyFault::Several { what, max });
        }
        let der = octets(take(&mut content, EXPLICIT_0)?)?;
        self.certificates.push(der.to_vec());
        Ok(())
    }
}

/// The key's certificate and those above it, as far as they are there.
pub(super) fn path(key: &[u8], certificates: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, KeyFault> {
    if certificates.is_empty() {
        let what = "certificates";
        return Err(KeyFault::Without { what });
    }
    let suites = Suites::standard();
    let bits = suites.public_bits(key).ok_or(KeyFault::Kind)?;
    let is_leaf = |der: &&Vec<u8>| PublicKey::of_certificate(der).is_some_and(|it| it.bits == bits);
    let leaf = certificates.iter().find(is_leaf);
    let mut path = vec![leaf.ok_or(KeyFault::CertificateMismatch)?.clone()];
    while path.len() <= CERTIFICATES_MAX {
        let last = path.last().map(Vec::as_slice).unwrap_or_default();
        let issuer = certificate::parse(last).map_err(|_| KeyFault::Malformed)?;
        let issuer = issuer.issuer().as_raw();
        let is_next = |der: &&Vec<u8>| {
            let parsed = certificate::parse(der);
            !path.contains(der)
                && parsed.is_ok_and(|it| {
                    let subject = it.subject().as_raw();
                    subject == issuer && subject != it.issuer().as_raw()
                })
        };
        let Some(next) = certificates.iter().find(is_next) else {
            break;
        };
        let next = next.clone();
        path.push(next);
    }
    Ok(path)
}
