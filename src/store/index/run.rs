//! One sorted run: places by key, written once, in a file of its own.
//!
//! Start at [`Writer`] and [`Run`].
//!
//! ```text
//! run      blocks | fences | Bloom bits | tail
//! block    4,096 bytes: up to 104 entries | zeros | crc32 of the above
//! entry    key, zeros up to 22 bytes | bytes of the key u8 | place 16
//! fence    the first key of a block, 22 bytes and its length u8
//! tail     "corridor run 1\n\0" | entries u64 | first batch u64 | batches u64 | hash of the last batch 32
//!          | crc32 of fences, bits and the above
//! ```
//!
//! Numbers are big-endian. Every block is checked when it is read, the rest when the run is opened: a
//! damaged run says so, and never that a key is not there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::bloom::Bloom;
use crate::model::Sha256;
use crate::store::journal::wide;

/// Most bytes of a key.
pub(super) const KEY_BYTES: usize = 22;
/// Bytes of a place.
pub(super) const PLACE_BYTES: usize = 16;

const ENTRY_BYTES: usize = KEY_BYTES + 1 + PLACE_BYTES;
const BLOCK_BYTES: usize = 4096;
const BLOCK_ENTRIES: usize = (BLOCK_BYTES - 4) / ENTRY_BYTES;
const FENCE_BYTES: usize = KEY_BYTES + 1;
const MAGIC: &[u8; 16] = b"corridor run 1\n\0";
const TAIL_BYTES: usize = 16 + 8 + 8 + 8 + 32 + 4;

/// Blocks that are written, and read in order, at once: a mebibyte.
const BLOCKS_AT_ONCE: usize = 256;

/// A key, as it sorts: bytes, zeros, length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    bytes: [u8; KEY_BYTES],
    len: u8,
}

impl Key {
    /// A key; none when it is too long for one.
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        let mut bytes = [0; KEY_BYTES];
        bytes.get_mut(..key.len())?.copy_from_slice(key);
        let len = u8::try_from(key.len()).ok()?;
        Some(Self { bytes, len })
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (key, len) = bytes.split_first_chunk()?;
        let len = *len.first()?;
        (usize::from(len) <= KEY_BYTES).then_some(Self { bytes: *key, len })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes);
        out.push(self.len);
    }
}

/// A place in the journal, encoded.
pub(super) type Place = [u8; PLACE_BYTES];
/// What a run has of one key.
pub(super) type Entry = (Key, Place);

/// Which batches a run has all keys of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Reach {
    /// The first of them.
    pub(in crate::store) first: u64,
    /// The first after them.
    pub(in crate::store) batches: u64,
    /// Hash of the last of them.
    pub(in crate::store) hash: Sha256,
}

/// Writes one run. Keys come in rising order, none twice.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    file: File,
    /// Blocks that were not written yet; the last may be unfinished.
    blocks: Vec<u8>,
    in_block: usize,
    fences: Vec<u8>,
    bloom: Bloom,
    entries: u64,
}

impl Writer {
    /// A new file at `path`, for at most `keys` keys. What stood there is replaced.
    pub(super) fn create(path: &Path, keys: usize) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: File::create(path)?,
            blocks: Vec::with_capacity(BLOCKS_AT_ONCE * BLOCK_BYTES),
            in_block: 0,
            fences: Vec::new(),
            bloom: Bloom::for_keys(keys),
            entries: 0,
        })
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, (key, place): Entry) -> io::Result<()> {
        if self.in_block == BLOCK_ENTRIES {
            self.end_block()?;
        }
        if self.in_block == 0 {
            key.write(&mut self.fences);
        }
        key.write(&mut self.blocks);
        self.blocks.extend_from_slice(&place);
        self.bloom.add(key.as_slice());
        self.in_block += 1;
        self.entries += 1;
        Ok(())
    }

    fn end_block(&mut self) -> io::Result<()> {
        let whole = self.blocks.len().next_multiple_of(BLOCK_BYTES);
        self.blocks.resize(whole.saturating_sub(4), 0);
        let start = whole.saturating_sub(BLOCK_BYTES);
        let crc = crc32fast::hash(self.blocks.get(start..).unwrap_or_default());
        self.blocks.extend_from_slice(&crc.to_be_bytes());
        self.in_block = 0;
        if self.blocks.len() >= BLOCKS_AT_ONCE * BLOCK_BYTES {
            self.file.write_all(&self.blocks)?;
            self.blocks.clear();
        }
        Ok(())
    }

    /// Makes the run durable under the name of its reach, and opens it. Until then the file has another
    /// name, so that a crash leaves no run that is not whole.
    pub(super) fn finish(mut self, dir: &Path, reach: Reach) -> io::Result<Run> {
        if self.in_block > 0 {
            self.end_block()?;
        }
        self.file.write_all(&self.blocks)?;
        let mut foot = std::mem::take(&mut self.fences);
        foot.extend_from_slice(self.bloom.bits());
        foot.extend_from_slice(MAGIC);
        for number in [self.entries, reach.first, reach.batches] {
            foot.extend_from_slice(&number.to_be_bytes());
        }
        foot.extend_from_slice(reach.hash.as_bytes());
        let crc = crc32fast::hash(&foot);
        foot.extend_from_slice(&crc.to_be_bytes());
        self.file.write_all(&foot)?;
        self.file.sync_all()?;
        let path = dir.join(name(&reach));
        fs::rename(&self.path, &path)?;
        File::open(dir)?.sync_all()?;
        Run::open(&path)
    }
}

/// The name of a run's file: what it reaches from and to, so that names sort by age.
fn name(reach: &Reach) -> String {
    format!("{:016x}-{:016x}.run", reach.batches, reach.first)
}

/// One run, open for reading.
#[derive(Debug)]
pub(super) struct Run {
    path: PathBuf,
    file: File,
    pub(super) entries: u64,
    pub(super) reach: Reach,
    fences: Vec<Key>,
    bloom: Bloom,
}

impl Run {
    /// Opens a run.
    ///
    /// # Errors
    /// `InvalidData` when it is not what was written.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        let tail_at = size.checked_sub(wide(TAIL_BYTES)).ok_or_else(spoiled)?;
        let mut tail = [0; TAIL_BYTES];
        file.read_exact_at(&mut tail, tail_at)?;
        let (entries, reach) = read_tail(&tail).ok_or_else(spoiled)?;
        let count = usize::try_from(entries).map_err(|_| spoiled())?;
        let blocks = count.div_ceil(BLOCK_ENTRIES);
        let foot_at = blocks
            .checked_mul(BLOCK_BYTES)
            .map(wide)
            .ok_or_else(spoiled)?;
        let foot = size.checked_sub(foot_at).ok_or_else(spoiled)?;
        let mut foot = vec![0; usize::try_from(foot).map_err(|_| spoiled())?];
        file.read_exact_at(&mut foot, foot_at)?;
        let (checked, crc) = foot.split_last_chunk().ok_or_else(spoiled)?;
        if crc32fast::hash(checked).to_be_bytes() != *crc {
            return Err(spoiled());
        }
        let fences = blocks.checked_mul(FENCE_BYTES).ok_or_else(spoiled)?;
        let (fences, bits) = checked.split_at_checked(fences).ok_or_else(spoiled)?;
        let bits = bits.get(..bits.len().saturating_sub(TAIL_BYTES - 4));
        let fences = fences.chunks(FENCE_BYTES).map(Key::read);
        Ok(Self {
            path: path.to_owned(),
            file,
            entries,
            reach,
            fences: fences.collect::<Option<_>>().ok_or_else(spoiled)?,
            bloom: Bloom::stored(bits.unwrap_or_default().to_vec()),
        })
    }

    /// Removes its file. Who reads it goes on reading.
    pub(super) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// The place of a key.
    pub(super) fn get(&self, key: &Key) -> io::Result<Option<Place>> {
        if !self.bloom.may_have(key.as_slice()) {
            return Ok(None);
        }
        let after = self.fences.partition_point(|first| first <= key);
        let Some(block) = after.checked_sub(1) else {
            return Ok(None);
        };
        let entries = self.block(block)?;
        let found = entries.binary_search_by(|(other, _)| other.cmp(key));
        Ok(found
            .ok()
            .and_then(|at| entries.get(at))
            .map(|(_, place)| *place))
    }

    /// Up to `limit` entries that begin with `prefix`, from `from` on.
    pub(super) fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> io::Result<Vec<Entry>> {
        let mut found = Vec::new();
        if !self.bloom.may_have(prefix) {
            return Ok(found);
        }
        let before = self
            .fences
            .partition_point(|first| first.as_slice() <= from);
        for block in before.saturating_sub(1)..self.fences.len() {
            for entry in self.block(block)? {
                let key = entry.0.as_slice();
                if key < from {
                    continue;
                }
                if found.len() == limit || !key.starts_with(prefix) {
                    return Ok(found);
                }
                found.push(entry);
            }
        }
        Ok(found)
    }

    /// Up to `limit` entries that begin with `prefix`, the last first.
    pub(super) fn scan_back(&self, prefix: &[u8], limit: usize) -> io::Result<Vec<Entry>> {
        let mut found = Vec::new();
        if !self.bloom.may_have(prefix) {
            return Ok(found);
        }
        let passed = |key: &Key| key.as_slice() > prefix && !key.as_slice().starts_with(prefix);
        let end = self.fences.partition_point(|first| !passed(first));
        for block in (0..end).rev() {
            for entry in self.block(block)?.into_iter().rev() {
                if passed(&entry.0) {
                    continue;
                }
                if found.len() == limit || !entry.0.as_slice().starts_with(prefix) {
                    return Ok(found);
                }
                found.push(entry);
            }
        }
        Ok(found)
    }

    /// All entries in order.
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries {
            run: self,
            next_block: 0,
            read: Vec::new().into_iter(),
        }
    }

    fn block(&self, number: usize) -> io::Result<Vec<Entry>> {
        let mut bytes = [0; BLOCK_BYTES];
        let at = number
            .checked_mul(BLOCK_BYTES)
            .map(wide)
            .ok_or_else(spoiled)?;
        self.file.read_exact_at(&mut bytes, at)?;
        self.read_block(number, &bytes)
    }

    fn read_block(&self, number: usize, bytes: &[u8]) -> io::Result<Vec<Entry>> {
        let (checked, crc) = bytes.split_last_chunk().ok_or_else(spoiled)?;
        if crc32fast::hash(checked).to_be_bytes() != *crc {
            return Err(spoiled());
        }
        let before = wide(number.saturating_mul(BLOCK_ENTRIES));
        let left = usize::try_from(self.entries.saturating_sub(before)).unwrap_or(usize::MAX);
        let entries = checked.chunks_exact(ENTRY_BYTES).take(left);
        let entries = entries.map(|entry| {
            let (key, place) = entry.split_last_chunk()?;
            Some((Key::read(key)?, *place))
        });
        entries.collect::<Option<_>>().ok_or_else(spoiled)
    }
}

/// The entries of a run in order, many blocks read at once.
pub(super) struct Entries<'r> {
    run: &'r Run,
    next_block: usize,
    read: std::vec::IntoIter<Entry>,
}

impl Entries<'_> {
    fn fill(&mut self) -> io::Result<()> {
        let left = self.run.fences.len().saturating_sub(self.next_block);
        let blocks = left.min(BLOCKS_AT_ONCE);
        let mut bytes = vec![0; blocks * BLOCK_BYTES];
        let at = wide(self.next_block.saturating_mul(BLOCK_BYTES));
        self.run.file.read_exact_at(&mut bytes, at)?;
        let mut entries = Vec::with_capacity(blocks * BLOCK_ENTRIES);
        for block in bytes.chunks_exact(BLOCK_BYTES) {
            entries.extend(self.run.read_block(self.next_block, block)?);
            self.next_block += 1;
        }
        self.read = entries.into_iter();
        Ok(())
    }
}

impl Iterator for Entries<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let more = self.read.as_slice().is_empty() && self.next_block < self.run.fences.len();
        if more && let Err(error) = self.fill() {
            return Some(Err(error));
        }
        self.read.next().map(Ok)
    }
}

fn read_tail(tail: &[u8]) -> Option<(u64, Reach)> {
    let (magic, rest) = tail.split_first_chunk()?;
    let (numbers, rest) = rest.split_at_checked(24)?;
    let mut numbers = numbers.chunks_exact(8).map(|number| {
        let number = <[u8; 8]>::try_from(number).unwrap_or_default();
        u64::from_be_bytes(number)
    });
    let (entries, first, batches) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let hash = Sha256(*rest.first_chunk()?);
    let reach = Reach {
        first,
        batches,
        hash,
    };
    (magic == MAGIC).then_some((entries, reach))
}

fn spoiled() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a sorted run is not what was written",
    )
}

#[cfg(test)]
mod tests;
