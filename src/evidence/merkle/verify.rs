//! Checking proofs: pure functions of hashes.
//!
//! RFC 9162 sections 2.1.3.2 and 2.1.4.2 are the cases `start = 0` of the subtree proofs of the IETF
//! draft "Merkle Tree Certificates", section 4; there is one implementation, the general one.

use super::super::Error;
use super::{PROOF_HASHES_MAX, empty_root, node_hash};
use crate::model::Sha256;

/// Checks that `leaf` (a leaf hash) is leaf `index` of the tree of `size` leaves with this `root`.
///
/// # Errors
/// [`Error::ProofInvalid`] when the proof does not show it, [`Error::OutsideTree`] when such a leaf
/// cannot be.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Sha256,
    root: &Sha256,
    proof: &[Sha256],
) -> Result<(), Error> {
    verify_subtree_inclusion(index, 0, size, leaf, root, proof)
}

/// Checks that the tree of `old` leaves with `old_root` is the beginning of that of `new` leaves with
/// `new_root`. From an empty tree nothing can be shown, so `old` must be at least 1.
///
/// # Errors
/// [`Error::ProofInvalid`] when the proof does not show it, [`Error::OutsideTree`] unless
/// `0 < old <= new`.
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Sha256,
    new_root: &Sha256,
    proof: &[Sha256],
) -> Result<(), Error> {
    if old == 0 {
        return Err(Error::OutsideTree {
            index: old,
            size: new,
        });
    }
    verify_subtree_consistency(0, old, new, old_root, new_root, proof)
}

/// Checks that `leaf` is leaf `index` of the subtree of the leaves `start..end` with this `root`.
///
/// # Errors
/// As [`verify_inclusion`]; [`Error::Subtree`] when `start..end` is no subtree.
pub fn verify_subtree_inclusion(
    index: u64,
    start: u64,
    end: u64,
    leaf: &Sha256,
    root: &Sha256,
    proof: &[Sha256],
) -> Result<(), Error> {
    subtree(start, end)?;
    if index < start || index >= end {
        return Err(Error::OutsideTree { index, size: end });
    }
    bounded(proof)?;
    let mut node = index - start;
    let mut last = end - start - 1;
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(Error::ProofInvalid);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    shown(last == 0 && hash == *root)
}

/// Checks that the subtree of the leaves `start..end` with hash `subtree_root` is part of the tree of
/// `size` leaves with this `root`. The subtree without leaves is part of every tree: of `root` that
/// says nothing, which is why [`verify_consistency`] refuses it.
///
/// # Errors
/// As [`verify_consistency`]; [`Error::Subtree`] when `start..end` is no subtree.
pub fn verify_subtree_consistency(
    start: u64,
    end: u64,
    size: u64,
    subtree_root: &Sha256,
    root: &Sha256,
    proof: &[Sha256],
) -> Result<(), Error> {
    if end > size {
        return Err(Error::OutsideTree { index: end, size });
    }
    if start == end {
        return shown(proof.is_empty() && *subtree_root == empty_root());
    }
    subtree(start, end)?;
    bounded(proof)?;
    let mut walk = Walk {
        first: start,
        last: end - 1,
        tree_last: size - 1,
    };
    walk.enter();
    let mut proof = proof.iter();
    let seed = if walk.first == walk.last {
        *subtree_root
    } else {
        *proof.next().ok_or(Error::ProofInvalid)?
    };
    let (mut old, mut new) = (seed, seed);
    for sibling in proof {
        if walk.tree_last == 0 {
            return Err(Error::ProofInvalid);
        }
        if walk.last & 1 == 1 || walk.last == walk.tree_last {
            if walk.first < walk.last {
                old = node_hash(sibling, &old);
            }
            new = node_hash(sibling, &new);
            while walk.last & 1 == 0 && walk.last != 0 {
                walk.up();
            }
        } else {
            new = node_hash(&new, sibling);
        }
        walk.up();
    }
    shown(walk.tree_last == 0 && old == *subtree_root && new == *root)
}

/// Where a consistency proof stands: indexes, at one level, of the first and last node of the
/// subtree and of the last node of the tree.
struct Walk {
    first: u64,
    last: u64,
    tree_last: u64,
}

impl Walk {
    /// Climbs to the level at which the proof begins: the widest complete subtree at the right edge.
    fn enter(&mut self) {
        if self.last == self.tree_last {
            while self.first != self.last {
                self.up();
            }
        } else {
            while self.first != self.last && self.last & 1 == 1 {
                self.up();
            }
        }
    }

    fn up(&mut self) {
        self.first >>= 1;
        self.last >>= 1;
        self.tree_last >>= 1;
    }
}

/// `start..end` is a subtree when `start` is a multiple of the power of two that is at least its
/// width.
fn subtree(start: u64, end: u64) -> Result<(), Error> {
    let refused = Error::Subtree { start, end };
    let width = end.checked_sub(start).filter(|width| *width > 0);
    match width.map(u64::checked_next_power_of_two) {
        Some(Some(step)) if start.is_multiple_of(step) => Ok(()),
        // Wider than 2^63 leaves: only the whole tree starts at 0.
        Some(None) if start == 0 => Ok(()),
        _ => Err(refused),
    }
}

fn bounded(proof: &[Sha256]) -> Result<(), Error> {
    shown(proof.len() <= PROOF_HASHES_MAX)
}

fn shown(yes: bool) -> Result<(), Error> {
    if yes {
        Ok(())
    } else {
        Err(Error::ProofInvalid)
    }
}
