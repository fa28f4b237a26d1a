//! What the gateway can prove: signed receipts, the Merkle log that holds them, checkpoints and
//! inclusion proofs.
//!
//! Start at [`Receipt`] (what happened to one message, said to the partner) and [`Leaf`] (what the
//! log keeps of it). `docs/evidence.md` states every byte. This room signs and verifies through
//! `crypto` and hashes with SHA-256; it knows no storage, no clock and no customs rules.

mod checkpoint;
mod error;
mod facts;
mod leaf;
pub mod merkle;
mod note;
mod proof;
mod read;
#[cfg(test)]
mod receipt_tests;
mod seal;
#[cfg(test)]
mod tests;
mod write;

pub use checkpoint::Checkpoint;
pub use error::Error;
pub use facts::{
    Direction, LossNote, MessageFacts, Origin, Outcome, Part, PartState, Receipt, Refusal,
    Registration, RegistrationFlag, RevocationNote, Salt,
};
pub use leaf::{LEAF_BYTES_MAX, Leaf, LeafKind};
pub use note::{CheckpointSigner, CheckpointVerifier};
pub use proof::TlogProof;
pub use seal::{RECEIPT_BYTES_MAX, open, seal};

use crate::model::Sha256;

/// Namespace of receipts; its schema is `schemas/corridor/receipt/1/receipt.xsd`.
pub const RECEIPT_NAMESPACE: &str = "urn:corridor:receipt:1";

/// The SHA-256 digest (FIPS 180-4) of `bytes`.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let mut out = [0; 32];
    out.copy_from_slice(digest.as_ref());
    Sha256(out)
}
