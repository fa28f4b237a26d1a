//! Inclusion proofs that stand alone: C2SP `tlog-proof@v1`.
//!
//! Start at [`TlogProof`]. The text is a header line, the line `extra …` if there is any, `index N`,
//! the hashes from the leaf's sibling to the root's child, an empty line, and the signed checkpoint
//! as it is. A verifier needs the leaf's bytes and the log's verifier key, nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::checkpoint::{decimal, hash};
use super::merkle::{self, PROOF_HASHES_MAX};
use super::note::CheckpointVerifier;
use super::{Checkpoint, Error};
use crate::model::Sha256;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A proof that one leaf is in one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// Place of the leaf, from 0.
    pub index: u64,
    /// The inclusion proof of RFC 6962 section 2.1.1.
    pub hashes: Vec<Sha256>,
    /// The signed checkpoint, byte for byte.
    pub checkpoint: String,
    /// Unauthenticated bytes that may travel with the proof; we write none and believe none.
    pub extra: Option<Vec<u8>>,
}

impl TlogProof {
    /// The proof as text; the usual file extension is `.tlog-proof`.
    pub fn render(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", BASE64.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            text.push_str(&BASE64.encode(hash.as_bytes()));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a proof. Nothing in it is believed yet.
    ///
    /// # Errors
    /// [`Error::Format`] with the line.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refused = |line, expected| Error::Format {
            what: "proof",
            line,
            expected,
        };
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or_else(|| refused(1, "an empty line before the checkpoint"))?;
        let mut lines = head
            .split('\n')
            .enumerate()
            .map(|(at, line)| (at + 1, line));
        if lines.next() != Some((1, HEADER)) {
            return Err(refused(1, HEADER));
        }
        let (mut at, mut line) = lines.next().unwrap_or((2, ""));
        let mut extra = None;
        if let Some(encoded) = line.strip_prefix("extra ") {
            let decoded = BASE64.decode(encoded);
            extra = Some(decoded.map_err(|_| refused(at, "base64 after `extra`"))?);
            (at, line) = lines.next().unwrap_or((3, ""));
        }
        let index = line
            .strip_prefix("index ")
            .and_then(decimal)
            .ok_or_else(|| refused(at, "index and a number"))?;
        let mut hashes = Vec::new();
        for (at, line) in lines {
            if hashes.len() == PROOF_HASHES_MAX {
                return Err(refused(at, "at most 65 hashes"));
            }
            hashes.push(hash(line).ok_or_else(|| refused(at, "a hash in base64"))?);
        }
        Ok(Self {
            index,
            hashes,
            checkpoint: checkpoint.to_owned(),
            extra,
        })
    }

    /// Checks that the leaf with these bytes is in `log`, at the place that the proof says, under a
    /// checkpoint that the log signed. Gives back that checkpoint.
    ///
    /// # Errors
    /// Those of [`Checkpoint::open`]; [`Error::OutsideTree`] and [`Error::ProofInvalid`] when the
    /// leaf is not shown to be there.
    pub fn verify(&self, leaf: &[u8], log: &CheckpointVerifier) -> Result<Checkpoint, Error> {
        let checkpoint = Checkpoint::open(&self.checkpoint, log)?;
        merkle::verify_inclusion(
            self.index,
            checkpoint.size,
            &merkle::leaf_hash(leaf),
            &checkpoint.root,
            &self.hashes,
        )?;
        Ok(checkpoint)
    }
}
