//! The right edge of a growing tree.

use serde::{Deserialize, Serialize};

use super::super::Error;
use super::{empty_root, node_hash};
use crate::model::Sha256;

/// A tree that remembers only what it needs to grow: the roots of its complete subtrees, the widest
/// first. 64 hashes at most, whatever the size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Frontier {
    size: u64,
    peaks: Vec<Sha256>,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    size: u64,
    peaks: Vec<Sha256>,
}

impl Frontier {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// A tree of `size` leaves with these complete subtrees, the widest first.
    ///
    /// # Errors
    /// [`Error::Peaks`] when a tree of that size has another number of them.
    pub fn from_peaks(size: u64, peaks: Vec<Sha256>) -> Result<Self, Error> {
        if u32::try_from(peaks.len()) != Ok(size.count_ones()) {
            return Err(Error::Peaks {
                size,
                got: peaks.len(),
            });
        }
        Ok(Self { size, peaks })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, the widest first.
    pub fn peaks(&self) -> &[Sha256] {
        &self.peaks
    }

    /// Adds a leaf by its hash. `completed` is told every node that this completes, upwards from the
    /// leaf itself, as (level, index, hash): what a store of tiles has to keep.
    pub fn append(&mut self, leaf: Sha256, completed: &mut dyn FnMut(u32, u64, Sha256)) {
        let mut index = self.size;
        let mut level = 0;
        let mut hash = leaf;
        completed(level, index, hash);
        while index & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(&left, &hash);
            index >>= 1;
            level += 1;
            completed(level, index, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Root of the tree as it stands.
    pub fn root(&self) -> Sha256 {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else {
            return empty_root();
        };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

impl TryFrom<Parts> for Frontier {
    type Error = Error;

    fn try_from(parts: Parts) -> Result<Self, Error> {
        Self::from_peaks(parts.size, parts.peaks)
    }
}

impl From<Frontier> for Parts {
    fn from(frontier: Frontier) -> Self {
        Self {
            size: frontier.size,
            peaks: frontier.peaks,
        }
    }
}
