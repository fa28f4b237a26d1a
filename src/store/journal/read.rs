//! Reading the journal from its first byte: every checksum, the chain, and where it ends.
//!
//! Start at [`walk`]. A last batch that was never finished is told apart from damage: it is shorter
//! than its head says, or has sectors that were never written. Everything else that does not fit is
//! damage, and is reported with its file and offset.

use std::io;
use std::path::Path;

use super::format::{
    BATCH_HEAD_BYTES, BODY_HEAD_BYTES, Batch, BatchHead, Chain, EVENTS_HEADER_BYTES, Location,
    check_body_head, read_segment_header, wide,
};
use super::{Position, bodies_dir, events_dir, io_error, segment_file};
use crate::model::Sha256;
use crate::store::disk::{Disk, DiskFile};
use crate::store::error::{Damage, Error};

/// How much is read at once.
const CHUNK_BYTES: usize = 1 << 20;
/// The unit in which a disk writes: after a crash a sector has its new contents, or zeros where the
/// file grew.
const SECTOR_BYTES: usize = 512;
/// A run of zeros this long stands in no batch: it holds JSON, text and digests.
const ZERO_RUN_BYTES: usize = 64;

/// Where the journal ends.
#[derive(Debug)]
pub(in crate::store) struct End {
    /// How counting goes on.
    pub(in crate::store) chain: Chain,
    /// Just after the last whole batch.
    pub(in crate::store) position: Position,
    /// What a start cuts off.
    pub(in crate::store) incomplete: Option<Incomplete>,
    /// Bytes of whole batches and headers in each segment.
    pub(in crate::store) sizes: Vec<u64>,
}

/// The last batch, or the header of the last segment, was never finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Incomplete {
    /// Where it begins.
    pub(in crate::store) at: Position,
}

/// What reads a batch: its place, the number of its first event, the index of its first leaf.
pub(in crate::store) type Visit<'v> =
    dyn FnMut(Position, &Chain, &Batch<'_>) -> Result<(), Error> + 'v;

/// Numbers of the segments in `dir`, which must run from 0 without gaps.
pub(in crate::store) fn segments(disk: &dyn Disk, dir: &Path) -> Result<Vec<u32>, Error> {
    let names = disk.list(dir).map_err(io_error("list", dir))?;
    let mut numbers = Vec::with_capacity(names.len());
    for name in names {
        let expected = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        if name != format!("{expected:08}") {
            return Err(Error::Damaged {
                file: segment_file(dir, expected),
                offset: 0,
                what: Damage::Ends {
                    expected: "the segment",
                },
            });
        }
        numbers.push(expected);
    }
    Ok(numbers)
}

/// Reads every event segment and gives each batch to `visit`, in order.
pub(in crate::store) fn walk(
    disk: &dyn Disk,
    dir: &Path,
    genesis: Chain,
    visit: &mut Visit<'_>,
) -> Result<End, Error> {
    let dir = events_dir(dir);
    let numbers = segments(disk, &dir)?;
    let mut end = End {
        chain: genesis,
        position: Position {
            segment: 0,
            offset: 0,
        },
        incomplete: None,
        sizes: Vec::with_capacity(numbers.len()),
    };
    let last = numbers.last().copied().unwrap_or(0);
    if numbers.is_empty() {
        return Err(damaged(&segment_file(&dir, 0), 0, ends("the segment")));
    }
    for number in numbers {
        let path = segment_file(&dir, number);
        let found = walk_segment(disk, &path, number, number == last, end.chain, visit)?;
        end.chain = found.chain;
        end.incomplete = found.incomplete;
        if found.size > 0 {
            end.sizes.push(found.size);
            end.position = Position {
                segment: number,
                offset: found.size,
            };
        }
    }
    Ok(end)
}

/// The chain that an event segment's header names.
pub(in crate::store) fn segment_chain(
    disk: &dyn Disk,
    path: &Path,
    number: u32,
) -> Result<Chain, Error> {
    let file = disk.open(path).map_err(io_error("open", path))?;
    let header = read_exact(&*file, path, 0, EVENTS_HEADER_BYTES)?;
    read_segment_header(&header, number).map_err(|what| damaged(path, 0, what))
}

/// Where one segment ends.
#[derive(Debug)]
pub(in crate::store) struct SegmentWalked {
    pub(in crate::store) chain: Chain,
    /// Bytes up to the end of the last whole batch; 0 when not even the header is whole.
    pub(in crate::store) size: u64,
    pub(in crate::store) incomplete: Option<Incomplete>,
}

/// Reads one event segment. `last` says that it may end in something unfinished.
pub(in crate::store) fn walk_segment(
    disk: &dyn Disk,
    path: &Path,
    number: u32,
    last: bool,
    mut chain: Chain,
    visit: &mut Visit<'_>,
) -> Result<SegmentWalked, Error> {
    let file = disk.open(path).map_err(io_error("open", path))?;
    let mut reader = Reader::new(&*file).map_err(io_error("read", path))?;
    let io = |error| io_error("read", path)(error);
    let header = reader.peek(EVENTS_HEADER_BYTES).map_err(io)?;
    let at = |offset| Position {
        segment: number,
        offset,
    };
    if header.len() < EVENTS_HEADER_BYTES || header.iter().all(|byte| *byte == 0) {
        // A crash between making the segment and syncing its header. Segment 0 is made with the store.
        return if last && number > 0 {
            Ok(SegmentWalked {
                chain,
                size: 0,
                incomplete: Some(Incomplete { at: at(0) }),
            })
        } else {
            Err(damaged(path, 0, ends("the segment header")))
        };
    }
    let named = read_segment_header(header, number).map_err(|what| damaged(path, 0, what))?;
    if named != chain {
        let what = Damage::Order {
            sequence: chain.batch,
            field: "chain in the segment header",
        };
        return Err(damaged(path, 0, what));
    }
    reader.consume(EVENTS_HEADER_BYTES);
    let mut incomplete = None;
    while reader.remaining() > 0 {
        let offset = reader.offset;
        let length = next_batch(&mut reader, &chain, path)?;
        let ends_here = length == Some(reader.remaining());
        let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else {
            incomplete = Some(Incomplete { at: at(offset) });
            break;
        };
        let bytes = reader.peek(length).map_err(io)?;
        match Batch::read(bytes, &chain) {
            Ok(batch) => {
                visit(at(offset), &chain, &batch)?;
                chain = batch.next;
                reader.consume(length);
            }
            Err(_) if ends_here && unwritten(bytes, offset) => {
                incomplete = Some(Incomplete { at: at(offset) });
                break;
            }
            Err(what) => return Err(damaged(path, offset, what)),
        }
    }
    if let Some(Incomplete { at }) = incomplete.filter(|_| !last) {
        return Err(damaged(path, at.offset, ends("the rest of a batch")));
    }
    Ok(SegmentWalked {
        chain,
        size: reader.offset,
        incomplete,
    })
}

/// Length of the batch that begins here, when all of it is there; `None` when it was never finished.
fn next_batch(reader: &mut Reader<'_>, chain: &Chain, path: &Path) -> Result<Option<u64>, Error> {
    let io = |error| io_error("read", path)(error);
    let (offset, remaining) = (reader.offset, reader.remaining());
    let head = reader.peek(BATCH_HEAD_BYTES).map_err(io)?;
    if head.len() < BATCH_HEAD_BYTES {
        return Ok(None);
    }
    match BatchHead::read(head, chain) {
        Ok(head) => {
            let length = u64::from(head.rest).saturating_add(wide(BATCH_HEAD_BYTES));
            Ok((length <= remaining).then_some(length))
        }
        // Is it damage, or was the head's sector never written?
        Err(_) if unwritten(reader.peek(usize::MAX).map_err(io)?, offset) => Ok(None),
        Err(what) => Err(damaged(path, offset, what)),
    }
}

/// Whether `bytes`, which stand at `offset`, have a sector, or a part of one, that was never written.
fn unwritten(bytes: &[u8], offset: u64) -> bool {
    let into = usize::try_from(offset % wide(SECTOR_BYTES)).unwrap_or(0);
    let (first, rest) = bytes
        .split_at_checked(SECTOR_BYTES - into)
        .unwrap_or((bytes, &[]));
    std::iter::once(first)
        .chain(rest.chunks(SECTOR_BYTES))
        .any(|part| part.len() >= ZERO_RUN_BYTES && part.iter().all(|byte| *byte == 0))
}

/// Reads one body and checks its digest.
pub(in crate::store) fn read_body(
    file: &dyn DiskFile,
    dir: &Path,
    sha256: &Sha256,
    location: &Location,
) -> Result<Vec<u8>, Error> {
    let path = segment_file(&bodies_dir(dir), location.segment);
    let body = usize::try_from(location.bytes).unwrap_or(usize::MAX);
    let mut bytes = read_exact(file, &path, location.offset, BODY_HEAD_BYTES + body)?;
    let (head, _) = bytes.split_at_checked(BODY_HEAD_BYTES).unwrap_or_default();
    check_body_head(head, sha256, location.bytes)
        .map_err(|what| damaged(&path, location.offset, what))?;
    bytes.drain(..BODY_HEAD_BYTES);
    if crate::evidence::sha256(&bytes) != *sha256 {
        let what = Damage::BodyDigest { expected: *sha256 };
        let offset = location.offset.saturating_add(wide(BODY_HEAD_BYTES));
        return Err(damaged(&path, offset, what));
    }
    Ok(bytes)
}

/// Reads exactly `length` bytes.
pub(in crate::store) fn read_exact(
    file: &dyn DiskFile,
    path: &Path,
    offset: u64,
    length: usize,
) -> Result<Vec<u8>, Error> {
    let size = file.size().map_err(io_error("read", path))?;
    if offset.saturating_add(wide(length)) > size {
        return Err(damaged(path, size, ends("more")));
    }
    let mut bytes = vec![0; length];
    let read = file
        .read_at(offset, &mut bytes)
        .map_err(io_error("read", path))?;
    if read == length {
        Ok(bytes)
    } else {
        Err(damaged(
            path,
            offset.saturating_add(wide(read)),
            ends("more"),
        ))
    }
}

fn damaged(path: &Path, offset: u64, what: Damage) -> Error {
    Error::Damaged {
        file: path.to_owned(),
        offset,
        what,
    }
}

fn ends(expected: &'static str) -> Damage {
    Damage::Ends { expected }
}

/// A file read from the front in large pieces.
struct Reader<'f> {
    file: &'f dyn DiskFile,
    size: u64,
    /// Offset in the file of what `peek` gives first.
    offset: u64,
    buffer: Vec<u8>,
    start: usize,
}

impl<'f> Reader<'f> {
    fn new(file: &'f dyn DiskFile) -> io::Result<Self> {
        Ok(Self {
            file,
            size: file.size()?,
            offset: 0,
            buffer: Vec::new(),
            start: 0,
        })
    }

    fn remaining(&self) -> u64 {
        self.size.saturating_sub(self.offset)
    }

    /// The next `count` bytes, or fewer at the end of the file.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let remaining = usize::try_from(self.remaining()).unwrap_or(usize::MAX);
        let count = count.min(remaining);
        if self.buffer.len() - self.start < count {
            self.buffer.drain(..self.start);
            self.start = 0;
            let held = self.buffer.len();
            let wanted = count.max(CHUNK_BYTES).min(remaining);
            self.buffer.resize(wanted.max(held), 0);
            let rest = self.buffer.get_mut(held..).unwrap_or_default();
            let read = self.file.read_at(self.offset + wide(held), rest)?;
            self.buffer.truncate(held + read);
        }
        let end = self.buffer.len().min(self.start + count);
        Ok(self.buffer.get(self.start..end).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        let count = count.min(self.buffer.len() - self.start);
        self.start += count;
        self.offset += wide(count);
    }
}
