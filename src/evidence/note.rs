//! Signed notes (C2SP `signed-note`) with Ed25519 keys, signature type 0x01.
//!
//! Start at [`CheckpointSigner`] and [`CheckpointVerifier`]. A note is a text that ends in a line feed, an empty
//! line, and signature lines `— name base64(key id || signature)`. The key id is the first four bytes
//! of `SHA-256(name || 0x0A || 0x01 || public key)`. What the text says is not known here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use super::{Error, sha256};

/// Signature type of plain Ed25519 signatures.
const ED25519_TYPE: u8 = 0x01;

/// Most signature lines on a note. The specification asks for 16 at least: a log key and witnesses.
const SIGNATURES_MAX: usize = 32;

/// Longest note, in bytes: three lines and [`SIGNATURES_MAX`] signatures of post-quantum size (5 kB).
const NOTE_BYTES_MAX: usize = 192 * 1024;

/// Longest key name, in bytes: names are schema-less URLs.
const NAME_BYTES_MAX: usize = 255;

/// A key that signs the checkpoints of one log.
pub struct CheckpointSigner {
    key: Ed25519KeyPair,
    verifier: CheckpointVerifier,
}

impl CheckpointSigner {
    /// The signer `name` with an Ed25519 key in PKCS#8 (DER), RFC 8410.
    ///
    /// # Errors
    /// [`Error::Key`] for another kind of key, or a name that a note cannot carry.
    pub fn from_pkcs8(name: &str, der: &[u8]) -> Result<Self, Error> {
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_refused| Error::Key)?;
        let public = key
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_size| Error::Key)?;
        let verifier = CheckpointVerifier::new(name, public)?;
        Ok(Self { key, verifier })
    }

    /// The public side, to be handed to everybody who verifies.
    pub fn verifier(&self) -> &CheckpointVerifier {
        &self.verifier
    }

    /// A note of `text`, which must end in a line feed, with this key's signature.
    pub(super) fn sign(&self, text: &str) -> String {
        let mut bytes = self.verifier.id.to_vec();
        bytes.extend_from_slice(self.key.sign(text.as_bytes()).as_ref());
        format!(
            "{text}\n\u{2014} {} {}\n",
            self.verifier.name,
            BASE64.encode(bytes)
        )
    }
}

impl std::fmt::Debug for CheckpointSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CheckpointSigner")
            .field(&self.verifier)
            .finish()
    }
}

/// A public key under which the checkpoints of one log are believed. Written as a verifier key,
/// `name+key id+base64(0x01 || public key)`.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckpointVerifier {
    name: String,
    id: [u8; 4],
    public: [u8; 32],
}

impl CheckpointVerifier {
    /// The verifier `name` with this Ed25519 public key.
    ///
    /// # Errors
    /// [`Error::Key`] for a name that a note cannot carry.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, Error> {
        let legal = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(legal) {
            return Err(Error::Key);
        }
        let mut named = name.as_bytes().to_vec();
        named.extend_from_slice(&[b'\n', ED25519_TYPE]);
        named.extend_from_slice(&public);
        let [a, b, c, d, ..] = sha256(&named).0;
        Ok(Self {
            name: name.to_owned(),
            id: [a, b, c, d],
            public,
        })
    }

    /// Reads a verifier key.
    ///
    /// # Errors
    /// [`Error::Format`] when it is none, has another algorithm, or its id does not belong to it.
    pub fn parse(vkey: &str) -> Result<Self, Error> {
        let refused = || Error::Format {
            what: "verifier key",
            line: 1,
            expected: "name+id+base64 of an Ed25519 key",
        };
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(refused());
        };
        let key = BASE64.decode(key).map_err(|_| refused())?;
        let [ED25519_TYPE, public @ ..] = key.as_slice() else {
            return Err(refused());
        };
        let public = public.try_into().map_err(|_| refused())?;
        let verifier = Self::new(name, public).map_err(|_| refused())?;
        if hex::encode(verifier.id) == id {
            Ok(verifier)
        } else {
            Err(refused())
        }
    }

    /// The key's name; for a log's own key, its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key's id, hexadecimal.
    pub fn key_id(&self) -> String {
        hex::encode(self.id)
    }

    /// The Ed25519 public key (RFC 8032).
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public
    }

    /// Splits a note and checks this key's signature on it. Signatures of other keys are ignored.
    /// Gives back the text with its final line feed.
    pub(super) fn open<'a>(&self, note: &'a str) -> Result<&'a str, Error> {
        let (text, signatures) = split(note)?;
        let mut signed = false;
        for Signature { name, bytes } in signatures {
            let Some((id, signature)) = bytes.split_first_chunk::<4>() else {
                return Err(refused(1, "a key id and a signature"));
            };
            if name != self.name || *id != self.id {
                continue;
            }
            UnparsedPublicKey::new(&ED25519, &self.public)
                .verify(text.as_bytes(), signature)
                .map_err(|_unspecified| Error::SignatureInvalid {
                    name: self.name.clone(),
                })?;
            signed = true;
        }
        if signed {
            Ok(text)
        } else {
            Err(Error::Unsigned {
                name: self.name.clone(),
                key_id: self.key_id(),
            })
        }
    }
}

impl std::fmt::Display for CheckpointVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut key = vec![ED25519_TYPE];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{}+{}", self.name, self.key_id(), BASE64.encode(key))
    }
}

impl std::fmt::Debug for CheckpointVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for CheckpointVerifier {
    type Err = Error;

    fn from_str(vkey: &str) -> Result<Self, Error> {
        Self::parse(vkey)
    }
}

fn refused(line: usize, expected: &'static str) -> Error {
    Error::Format {
        what: "signed note",
        line,
        expected,
    }
}

/// A signature line: the key's name, and key id and signature as bytes.
struct Signature<'a> {
    name: &'a str,
    bytes: Vec<u8>,
}

/// The text of a note, with its final line feed, and its signature lines.
fn split(note: &str) -> Result<(&str, Vec<Signature<'_>>), Error> {
    if note.len() > NOTE_BYTES_MAX {
        return Err(refused(1, "a shorter note"));
    }
    if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(refused(1, "no control characters"));
    }
    // The text ends at the last empty line.
    let at = note
        .rfind("\n\n")
        .ok_or_else(|| refused(1, "an empty line before the signatures"))?;
    let (text, rest) = note
        .split_at_checked(at + 1)
        .ok_or_else(|| refused(1, "an empty line before the signatures"))?;
    let first = text.lines().count() + 2;
    let lines = rest
        .strip_prefix('\n')
        .and_then(|lines| lines.strip_suffix('\n'))
        .ok_or_else(|| refused(first, "signature lines, each ended by a line feed"))?;
    let mut signatures = Vec::new();
    for (at, line) in lines.split('\n').enumerate() {
        if at == SIGNATURES_MAX {
            return Err(refused(first + at, "at most 32 signatures"));
        }
        let signature = line
            .strip_prefix("\u{2014} ")
            .and_then(|line| line.split_once(' '))
            .and_then(|(name, encoded)| {
                Some(Signature {
                    name,
                    bytes: BASE64.decode(encoded).ok()?,
                })
            })
            .ok_or_else(|| refused(first + at, "an em dash, a name and base64"))?;
        signatures.push(signature);
    }
    Ok((text, signatures))
}
