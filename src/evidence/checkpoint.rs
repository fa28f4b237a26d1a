//! Checkpoints: what the log was at one size, signed (C2SP `tlog-checkpoint`).
//!
//! Start at [`Checkpoint`]. The text is three lines: origin, number of leaves, base64 of the root
//! hash; more lines may follow (extensions), which we keep out of what we write and ignore in what we
//! read. The first signature is the log's own, under a key named like the origin.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::note::{CheckpointSigner, CheckpointVerifier};
use super::{Error, merkle};
use crate::model::Sha256;

/// The size and root of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: a schema-less URL that is never used twice.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root of their tree.
    pub root: Sha256,
}

impl Checkpoint {
    /// The checkpoint of `signer`'s log at this size, as a signed note. Ed25519 is deterministic: the
    /// same tree gives the same bytes.
    pub fn sign(signer: &CheckpointSigner, size: u64, root: Sha256) -> String {
        let checkpoint = Self {
            origin: signer.verifier().name().to_owned(),
            size,
            root,
        };
        signer.sign(&checkpoint.text())
    }

    /// Reads a signed note, checks that `verifier`'s log signed it and that it is of that log.
    ///
    /// # Errors
    /// [`Error::Format`], [`Error::Unsigned`], [`Error::SignatureInvalid`]; [`Error::Origin`] when
    /// the key signed a checkpoint of another log.
    pub fn open(note: &str, verifier: &CheckpointVerifier) -> Result<Self, Error> {
        let checkpoint = Self::parse(verifier.open(note)?)?;
        if checkpoint.origin != verifier.name() {
            return Err(Error::Origin {
                expected: verifier.name().to_owned(),
            });
        }
        Ok(checkpoint)
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            BASE64.encode(self.root.as_bytes())
        )
    }

    fn parse(text: &str) -> Result<Self, Error> {
        let refused = |line, expected| Error::Format {
            what: "checkpoint",
            line,
            expected,
        };
        let mut lines = text.split('\n');
        let origin = lines
            .next()
            .filter(|origin| !origin.is_empty())
            .ok_or_else(|| refused(1, "the origin"))?;
        let size = lines
            .next()
            .and_then(decimal)
            .ok_or_else(|| refused(2, "the number of leaves"))?;
        let root = lines
            .next()
            .and_then(hash)
            .ok_or_else(|| refused(3, "the root hash in base64"))?;
        if size == 0 && root != merkle::empty_root() {
            return Err(refused(3, "the root of the empty tree"));
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
        })
    }
}

/// A decimal number without sign and leading zeros.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A SHA-256 hash in base64.
pub(super) fn hash(text: &str) -> Option<Sha256> {
    let bytes = BASE64.decode(text).ok()?;
    Some(Sha256(bytes.try_into().ok()?))
}
