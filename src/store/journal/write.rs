//! Writing the journal: bodies, sync; batch, sync.
//!
//! Start at [`Journal::write`]. It is used by one thread. After any error here nothing is known about
//! what is durable: the caller must not write again, and recovers by opening the store anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::format::{
    BatchWriter, Chain, Location, RecordKind, bodies_header, push_body_head, wide,
};
use super::{Position, bodies_dir, events_dir, io_error, segment_file};
use crate::model::Sha256;
use crate::store::disk::{Disk, DiskFile};
use crate::store::error::Error;

/// Buffers are kept between batches up to this size.
const BUFFER_BYTES_KEPT: usize = 1 << 20;
/// A body of this size or more is written from where it stands, not by way of a buffer; smaller ones
/// are written together whenever they are so many bytes. A buffer of this size stays in a cache of the
/// processor.
const BODY_BYTES_ALONE: usize = 256 << 10;

/// Where a segment is continued: its number, and its bytes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct SegmentEnd {
    pub(in crate::store) number: u32,
    pub(in crate::store) bytes: u64,
}

/// The journal, open for writing.
#[derive(Debug)]
pub(in crate::store) struct Journal {
    disk: Arc<dyn Disk>,
    events: Segment,
    bodies: Segment,
    chain: Chain,
    /// A segment that has this many bytes is followed by a new one.
    segment_bytes: u64,
    events_buffer: Vec<u8>,
    bodies_buffer: Vec<u8>,
}

/// What a batch became.
#[derive(Debug)]
pub(in crate::store) struct Written {
    /// The chain before it.
    pub(in crate::store) first: Chain,
    /// The chain after it.
    pub(in crate::store) next: Chain,
    /// Bytes by which the event segments and the body segments grew.
    pub(in crate::store) grown: (u64, u64),
    /// Where its bodies stand.
    pub(in crate::store) bodies: Vec<(Sha256, Location)>,
    /// Where each record's bytes stand, in order.
    pub(in crate::store) records: Vec<Location>,
}

impl Journal {
    /// Goes on with a journal that was read to its end and cut there.
    pub(in crate::store) fn resume(
        disk: Arc<dyn Disk>,
        dir: &Path,
        chain: Chain,
        events: SegmentEnd,
        bodies: SegmentEnd,
        segment_bytes: u64,
    ) -> Result<Self, Error> {
        Ok(Self {
            events: Segment::open(&*disk, events_dir(dir), events)?,
            bodies: Segment::open(&*disk, bodies_dir(dir), bodies)?,
            disk,
            chain,
            segment_bytes,
            events_buffer: Vec::new(),
            bodies_buffer: Vec::new(),
        })
    }

    /// Makes the first segments of a new store.
    pub(in crate::store) fn create(disk: &dyn Disk, dir: &Path, chain: Chain) -> Result<(), Error> {
        for (dir, header) in [
            (events_dir(dir), chain.segment_header(0)),
            (bodies_dir(dir), bodies_header(0)),
        ] {
            disk.create_dir(&dir).map_err(io_error("make", &dir))?;
            Segment::create(disk, dir, 0, &header)?;
        }
        Ok(())
    }

    /// Writes one batch and its bodies. When this returns, all of it is durable.
    pub(in crate::store) fn write(
        &mut self,
        bodies: &[(Sha256, &[u8])],
        records: &[(RecordKind, &[u8])],
    ) -> Result<Written, Error> {
        let bodies = self.write_bodies(bodies)?;
        let last = bodies.last().map(|(_, body)| body.end());
        let first = bodies.first().map(|(_, body)| body.offset);
        let grown = last
            .zip(first)
            .map_or(0, |(end, start)| end.saturating_sub(start));
        if self.events.bytes >= self.segment_bytes {
            let number = self.events.number.saturating_add(1);
            let header = self.chain.segment_header(number);
            // Crash after this: the next start finds a segment without batches, or without a whole
            // header, and goes on.
            self.events = Segment::create(&*self.disk, self.events.dir.clone(), number, &header)?;
        }
        let mut writer = BatchWriter::new(self.chain, std::mem::take(&mut self.events_buffer));
        let base = Position {
            segment: self.events.number,
            offset: self.events.bytes,
        };
        let mut locations = Vec::with_capacity(records.len());
        for (kind, bytes) in records {
            let offset = writer.push(*kind, bytes).ok_or_else(too_large)?;
            locations.push(Location {
                segment: base.segment,
                offset: base.offset.saturating_add(offset),
                bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            });
        }
        let (bytes, hash) = writer.finish(&bodies).ok_or_else(too_large)?;
        // Crash before the sync is through: the batch is incomplete and is cut, or is whole and stays,
        // though nobody was answered. Both are fine: nothing was acknowledged.
        self.events.append(&bytes)?;
        self.events.sync()?;
        self.events_buffer = keep(bytes);
        let count = |of| wide(records.iter().filter(|(kind, _)| *kind == of).count());
        let first = self.chain;
        self.chain = Chain {
            batch: first.batch.saturating_add(1),
            event: first.event.saturating_add(count(RecordKind::Event)),
            leaf: first.leaf.saturating_add(count(RecordKind::Leaf)),
            hash,
        };
        Ok(Written {
            first,
            next: self.chain,
            grown: (wide(self.events_buffer.len()), grown),
            bodies,
            records: locations,
        })
    }

    /// The chain after the last batch.
    pub(in crate::store) fn chain(&self) -> Chain {
        self.chain
    }

    /// Where the next batch begins, if it begins in this segment.
    pub(in crate::store) fn end(&self) -> Position {
        Position {
            segment: self.events.number,
            offset: self.events.bytes,
        }
    }

    /// Writes bodies, small ones together, and makes them durable before any event names them.
    fn write_bodies(
        &mut self,
        bodies: &[(Sha256, &[u8])],
    ) -> Result<Vec<(Sha256, Location)>, Error> {
        if bodies.is_empty() {
            return Ok(Vec::new());
        }
        if self.bodies.bytes >= self.segment_bytes {
            let number = self.bodies.number.saturating_add(1);
            let header = bodies_header(number);
            self.bodies = Segment::create(&*self.disk, self.bodies.dir.clone(), number, &header)?;
        }
        let mut out = std::mem::take(&mut self.bodies_buffer);
        out.clear();
        let mut written = Vec::with_capacity(bodies.len());
        for (sha256, body) in bodies {
            let location = Location {
                segment: self.bodies.number,
                offset: self.bodies.bytes.saturating_add(wide(out.len())),
                bytes: u32::try_from(body.len()).map_err(|_| too_large())?,
            };
            push_body_head(&mut out, sha256, location.bytes);
            written.push((*sha256, location));
            let alone = body.len() >= BODY_BYTES_ALONE;
            if !alone {
                out.extend_from_slice(body);
            }
            if alone || out.len() >= BODY_BYTES_ALONE {
                self.bodies.append(&out)?;
                out.clear();
            }
            if alone {
                self.bodies.append(body)?;
            }
        }
        // Crash before the events follow: bytes that no event refers to, cut at the next start.
        self.bodies.append(&out)?;
        self.bodies.sync()?;
        self.bodies_buffer = keep(out);
        Ok(written)
    }
}

/// The limits of a commit exclude this; see [`super::super::writer`].
fn too_large() -> Error {
    Error::TooLarge {
        bytes: u64::from(u32::MAX),
        limit: u64::from(u32::MAX),
    }
}

fn keep(buffer: Vec<u8>) -> Vec<u8> {
    if buffer.capacity() > BUFFER_BYTES_KEPT {
        Vec::new()
    } else {
        buffer
    }
}

#[derive(Debug)]
struct Segment {
    dir: PathBuf,
    path: PathBuf,
    number: u32,
    file: Box<dyn DiskFile>,
    bytes: u64,
}

impl Segment {
    fn open(disk: &dyn Disk, dir: PathBuf, end: SegmentEnd) -> Result<Self, Error> {
        let path = segment_file(&dir, end.number);
        let file = disk.open(&path).map_err(io_error("open", &path))?;
        Ok(Self {
            dir,
            path,
            number: end.number,
            file,
            bytes: end.bytes,
        })
    }

    /// A new segment whose header and name are durable.
    fn create(disk: &dyn Disk, dir: PathBuf, number: u32, header: &[u8]) -> Result<Self, Error> {
        let path = segment_file(&dir, number);
        let file = disk.create(&path).map_err(io_error("make", &path))?;
        let mut segment = Self {
            dir,
            path,
            number,
            file,
            bytes: 0,
        };
        segment.append(header)?;
        segment.sync()?;
        disk.sync_dir(&segment.dir)
            .map_err(io_error("sync", &segment.dir))?;
        Ok(segment)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file
            .append(bytes)
            .map_err(io_error("append to", &self.path))?;
        self.bytes = self.bytes.saturating_add(wide(bytes.len()));
        Ok(())
    }

    fn sync(&self) -> Result<(), Error> {
        self.file.sync().map_err(io_error("sync", &self.path))
    }
}
