//! The Merkle tree of the log: RFC 6962 section 2.1, with SHA-256.
//!
//! Start at [`Frontier`] to grow a tree, at [`prove_inclusion`] and [`prove_consistency`] to make
//! proofs from stored hashes ([`HashReader`]), at [`verify_inclusion`] and [`verify_consistency`] to
//! check them without any storage, and at [`Tile`] for the form in which hashes are kept and served.
//! Nothing here knows what a leaf says, nor who signed the root.
//!
//! A tree of `size` leaves is addressed by (level, index): level 0 holds the leaf hashes, and the
//! node (level, index) covers the `2^level` leaves from `index * 2^level`. Only complete nodes are
//! stored; the right edge is computed from them.

mod frontier;
mod tiles;
mod verify;

pub use frontier::Frontier;
pub use tiles::{TILE_HEIGHT, TILE_WIDTH, Tile, TileReader};
pub use verify::{
    verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};

use super::Error;
use crate::model::Sha256;

/// Levels of the tallest tree: sizes are `u64`.
pub const LEVELS_MAX: u32 = 64;

/// Longest proof: an inclusion proof has a hash for each level below the root, a consistency proof
/// one more. Readers refuse longer ones before hashing.
pub const PROOF_HASHES_MAX: usize = 65;

/// Hash of a leaf: `SHA-256(0x00 || leaf)`, RFC 6962 section 2.1.
pub fn leaf_hash(leaf: &[u8]) -> Sha256 {
    digest(0, &[leaf])
}

/// Hash of an inner node: `SHA-256(0x01 || left || right)`, RFC 6962 section 2.1.
pub fn node_hash(left: &Sha256, right: &Sha256) -> Sha256 {
    digest(1, &[left.as_bytes(), right.as_bytes()])
}

/// Root of the tree without leaves: `SHA-256()`, RFC 6962 section 2.1.
pub fn empty_root() -> Sha256 {
    super::sha256(&[])
}

fn digest(prefix: u8, parts: &[&[u8]]) -> Sha256 {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    context.update(&[prefix]);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    Sha256(out)
}

/// Something that has the hashes of the complete nodes of a tree.
pub trait HashReader {
    /// Hash of the node (level, index).
    ///
    /// # Errors
    /// [`Error::MissingHash`] when it is not there, or what else keeps it from being read.
    fn hash(&self, level: u32, index: u64) -> Result<Sha256, Error>;
}

impl<F: Fn(u32, u64) -> Result<Sha256, Error>> HashReader for F {
    fn hash(&self, level: u32, index: u64) -> Result<Sha256, Error> {
        self(level, index)
    }
}

/// Root of the tree of the first `size` leaves.
///
/// # Errors
/// What the reader fails with.
pub fn root(size: u64, hashes: &dyn HashReader) -> Result<Sha256, Error> {
    if size == 0 {
        return Ok(empty_root());
    }
    range(0, size, hashes)
}

/// The hashes from the sibling of leaf `index` up to the child of the root of the tree of `size`
/// leaves: RFC 6962 section 2.1.1.
///
/// # Errors
/// [`Error::OutsideTree`] when the tree has no such leaf; what the reader fails with.
pub fn prove_inclusion(
    index: u64,
    size: u64,
    hashes: &dyn HashReader,
) -> Result<Vec<Sha256>, Error> {
    if index >= size {
        return Err(Error::OutsideTree { index, size });
    }
    let mut path = Vec::new();
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let split = start + split_width(end - start);
        if index < split {
            path.push(range(split, end, hashes)?);
            end = split;
        } else {
            path.push(range(start, split, hashes)?);
            start = split;
        }
    }
    path.reverse();
    Ok(path)
}

/// The hashes that show the tree of `old` leaves to be the beginning of that of `new` leaves:
/// RFC 6962 section 2.1.2.
///
/// # Errors
/// [`Error::OutsideTree`] unless `0 < old <= new`; what the reader fails with.
pub fn prove_consistency(
    old: u64,
    new: u64,
    hashes: &dyn HashReader,
) -> Result<Vec<Sha256>, Error> {
    if old == 0 || old > new {
        return Err(Error::OutsideTree {
            index: old,
            size: new,
        });
    }
    let mut path = Vec::new();
    let (mut start, mut end) = (0, new);
    // Walks down the right edge of the old tree; `old` is always within (start, end].
    while old < end {
        let split = start + split_width(end - start);
        if old <= split {
            path.push(range(split, end, hashes)?);
            end = split;
        } else {
            path.push(range(start, split, hashes)?);
            start = split;
        }
    }
    // The old tree's last subtree is a node of both trees. When it is the whole old tree, the
    // verifier has it already: it is the old root.
    if start > 0 {
        path.push(range(start, end, hashes)?);
    }
    path.reverse();
    Ok(path)
}

/// The largest power of two below `width`; the width of the left subtree. `width` is at least 2.
fn split_width(width: u64) -> u64 {
    1 << (width - 1).ilog2()
}

/// Hash of the leaves `start..end`, where `start` is a multiple of the power of two that is at least
/// the width: the complete subtrees from left to right, folded from the right.
fn range(start: u64, end: u64, hashes: &dyn HashReader) -> Result<Sha256, Error> {
    let mut parts = Vec::new();
    let mut at = start;
    while at < end {
        let level = (end - at).ilog2();
        parts.push(hashes.hash(level, at >> level)?);
        at += 1 << level;
    }
    let mut parts = parts.into_iter().rev();
    let last = parts.next().ok_or(Error::OutsideTree {
        index: start,
        size: end,
    })?;
    Ok(parts.fold(last, |right, left| node_hash(&left, &right)))
}

#[cfg(test)]
mod tests;
