//! Tiles of hashes, as C2SP `tlog-tiles` names and cuts them: height 8, 256 hashes wide.

use std::fmt;
use std::str::FromStr;

use super::super::Error;
use super::{HashReader, node_hash};
use crate::model::Sha256;

/// Tree levels that one tile spans.
pub const TILE_HEIGHT: u32 = 8;

/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;

/// Highest tile level: eight levels of a `u64`-sized tree fall into each, 0 to 7.
const TILE_LEVEL_MAX: u32 = 7;

const HASH_BYTES: usize = 32;

/// One tile: hashes of consecutive complete nodes at tree level `8 * level`. Written and read as its
/// path below the log's prefix, `tile/0/x001/234.p/17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u32,
    index: u64,
    width: u64,
}

impl Tile {
    /// The tile that holds the tile-level hash `index` (counted over the whole level) in a tree of
    /// `size` leaves, as wide as that tree has it.
    fn holding(level: u32, hash_index: u64, size: u64) -> Option<Self> {
        let index = hash_index / TILE_WIDTH;
        let hashes = size.checked_shr(level * TILE_HEIGHT).unwrap_or(0);
        let width = hashes.checked_sub(index * TILE_WIDTH)?.min(TILE_WIDTH);
        (width > 0 && level <= TILE_LEVEL_MAX).then_some(Self {
            level,
            index,
            width,
        })
    }

    /// The tiles that a log writes when its tree grows from `old` to `new` leaves: those that became
    /// full, and the partial one at the right edge of each level that changed.
    pub fn after(old: u64, new: u64) -> Vec<Self> {
        let mut tiles = Vec::new();
        for level in 0..=TILE_LEVEL_MAX {
            let before = old >> (level * TILE_HEIGHT);
            let after = new >> (level * TILE_HEIGHT);
            let mut at = before;
            while at < after {
                let Some(tile) = Self::holding(level, at, new) else {
                    break;
                };
                at = (tile.index + 1) * TILE_WIDTH;
                tiles.push(tile);
            }
        }
        tiles
    }

    /// Tile level: tree level `8 * level`.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Place within the level.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Number of hashes, 1 to 256.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// The same tile when it is full.
    pub fn full(&self) -> Self {
        Self {
            width: TILE_WIDTH,
            ..*self
        }
    }

    /// The bytes of the tile: its hashes, 32 bytes each, from left to right.
    ///
    /// # Errors
    /// What the reader fails with.
    pub fn bytes(&self, hashes: &dyn HashReader) -> Result<Vec<u8>, Error> {
        let first = self.index * TILE_WIDTH;
        let mut bytes = Vec::new();
        for index in first..first + self.width {
            bytes.extend_from_slice(hashes.hash(self.level * TILE_HEIGHT, index)?.as_bytes());
        }
        Ok(bytes)
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        let digits = format!("{:03}", self.index);
        let head = digits.len() % 3;
        let digits = format!("{}{digits}", "0".repeat((3 - head) % 3));
        let groups = digits.len() / 3;
        for (at, digit) in digits.chars().enumerate() {
            if at % 3 == 0 && at / 3 + 1 < groups {
                f.write_str("x")?;
            }
            write!(f, "{digit}")?;
            if at % 3 == 2 && at / 3 + 1 < groups {
                f.write_str("/")?;
            }
        }
        if self.width < TILE_WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = Error;

    /// Reads a path as `Display` writes it; every other spelling is refused.
    fn from_str(path: &str) -> Result<Self, Error> {
        let refused = || Error::Format {
            what: "tile path",
            line: 1,
            expected: "tile/<level>/<index>[.p/<width>]",
        };
        let rest = path.strip_prefix("tile/").ok_or_else(refused)?;
        let (level, rest) = rest.split_once('/').ok_or_else(refused)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().map_err(|_| refused())?),
            None => (rest, TILE_WIDTH),
        };
        let digits: String = index.chars().filter(|c| !matches!(c, 'x' | '/')).collect();
        let tile = Self {
            level: level.parse().map_err(|_| refused())?,
            index: digits.parse().map_err(|_| refused())?,
            width,
        };
        let legal = tile.level <= TILE_LEVEL_MAX && (1..=TILE_WIDTH).contains(&tile.width);
        if legal && tile.to_string() == path {
            Ok(tile)
        } else {
            Err(refused())
        }
    }
}

/// Reads the hashes of a tree of a fixed size out of its tiles. `fetch` gives the bytes of a tile, or
/// `None`; a full tile is asked for when the partial one is gone.
pub struct TileReader<F> {
    size: u64,
    fetch: F,
}

impl<F: Fn(&Tile) -> Option<Vec<u8>>> TileReader<F> {
    /// A reader for the tree of `size` leaves.
    pub fn new(size: u64, fetch: F) -> Self {
        Self { size, fetch }
    }

    fn read(&self, level: u32, index: u64) -> Option<Sha256> {
        let below = level % TILE_HEIGHT;
        let first = index.checked_shl(below)?;
        let tile = Tile::holding(level / TILE_HEIGHT, first, self.size)?;
        let bytes = (self.fetch)(&tile).or_else(|| (self.fetch)(&tile.full()))?;
        let from = usize::try_from(first % TILE_WIDTH).ok()? * HASH_BYTES;
        let to = from + (HASH_BYTES << below);
        let mut hashes: Vec<Sha256> = bytes
            .get(from..to)?
            .as_chunks::<HASH_BYTES>()
            .0
            .iter()
            .map(|hash| Sha256(*hash))
            .collect();
        while hashes.len() > 1 {
            hashes = hashes
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[left, right]| node_hash(left, right))
                .collect();
        }
        hashes.pop()
    }
}

impl<F: Fn(&Tile) -> Option<Vec<u8>>> HashReader for TileReader<F> {
    fn hash(&self, level: u32, index: u64) -> Result<Sha256, Error> {
        self.read(level, index)
            .ok_or(Error::MissingHash { level, index })
    }
}
