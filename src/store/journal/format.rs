//! The bytes of the journal: segment headers, body records, event batches.
//!
//! Start at [`BatchHead`] and [`Batch`]. All numbers are big-endian. Every byte is covered by a
//! checksum, a digest or the chain of batches.
//!
//! ```text
//! event segment   "corridor events1" | number u32 | batch u64 | event u64 | leaf u64
//!                 | previous hash 32 | crc32 of the above
//!                 then batches
//! batch           head    "BTCH" | bytes that follow the head u32 | sequence u64 | first event u64
//!                         | first leaf u64 | crc32 of the above
//!                 records kind u8 (1 event, 2 leaf) | bytes u32 | JSON or leaf text
//!                 trailer record count u32 | bodies (sha256 32, segment u32, offset u64, bytes u32)
//!                         | body count u32 | previous hash 32 | crc32 of head, records and trailer
//! body segment    "corridor bodies1" | number u32 | crc32 of the above
//!                 then bodies
//! body            "BODY" | bytes u32 | sha256 32 | crc32 of the above | the bytes
//! ```
//!
//! The hash of a batch is the SHA-256 of all its bytes; the first batch's previous hash is made from
//! the store's identity, so that a journal cannot be moved into another store.

use crate::model::Sha256;
use crate::store::error::Damage;

const EVENTS_MAGIC: &[u8; 16] = b"corridor events1";
const BODIES_MAGIC: &[u8; 16] = b"corridor bodies1";
const BATCH_MAGIC: &[u8; 4] = b"BTCH";
const BODY_MAGIC: &[u8; 4] = b"BODY";

/// Bytes of an event segment's header.
pub(in crate::store) const EVENTS_HEADER_BYTES: usize = 16 + 4 + 8 + 8 + 8 + 32 + 4;
/// Bytes of a body segment's header.
pub(in crate::store) const BODIES_HEADER_BYTES: usize = 16 + 4 + 4;
/// Bytes of a batch's head.
pub(in crate::store) const BATCH_HEAD_BYTES: usize = 4 + 4 + 8 + 8 + 8 + 4;
/// Bytes of a body's head.
pub(in crate::store) const BODY_HEAD_BYTES: usize = 4 + 4 + 32 + 4;
/// Fewest bytes after a batch's head: an empty trailer.
const TRAILER_BYTES_MIN: usize = 4 + 4 + 32 + 4;

const KIND_EVENT: u8 = 1;
const KIND_LEAF: u8 = 2;

/// Where a body's record begins, and how many bytes the body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Location {
    pub(in crate::store) segment: u32,
    pub(in crate::store) offset: u64,
    pub(in crate::store) bytes: u32,
}

impl Location {
    /// Offset of the first byte after the body.
    pub(in crate::store) fn end(&self) -> u64 {
        self.offset
            .saturating_add(wide(BODY_HEAD_BYTES))
            .saturating_add(u64::from(self.bytes))
    }

    /// For the index.
    pub(in crate::store) fn encode(&self) -> [u8; 16] {
        let mut out = [0; 16];
        let (segment, rest) = out.split_at_mut(4);
        let (offset, bytes) = rest.split_at_mut(8);
        segment.copy_from_slice(&self.segment.to_be_bytes());
        offset.copy_from_slice(&self.offset.to_be_bytes());
        bytes.copy_from_slice(&self.bytes.to_be_bytes());
        out
    }

    /// From the index.
    pub(in crate::store) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor(bytes);
        let location = Self {
            segment: cursor.u32()?,
            offset: cursor.u64()?,
            bytes: cursor.u32()?,
        };
        cursor.0.is_empty().then_some(location)
    }
}

/// What the journal continues with: the state of its counting after a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Chain {
    /// Number of the next batch.
    pub(in crate::store) batch: u64,
    /// Number of the next event.
    pub(in crate::store) event: u64,
    /// Index of the next leaf.
    pub(in crate::store) leaf: u64,
    /// Hash of the last batch.
    pub(in crate::store) hash: Sha256,
}

impl Chain {
    /// The chain of an empty store whose identity file has this digest.
    pub(in crate::store) fn genesis(identity: Sha256) -> Self {
        Self {
            batch: 0,
            event: 0,
            leaf: 0,
            hash: identity,
        }
    }

    /// The header of event segment `number` that continues here.
    pub(in crate::store) fn segment_header(&self, number: u32) -> Vec<u8> {
        let mut out = Vec::with_capacity(EVENTS_HEADER_BYTES);
        out.extend_from_slice(EVENTS_MAGIC);
        out.extend_from_slice(&number.to_be_bytes());
        out.extend_from_slice(&self.batch.to_be_bytes());
        out.extend_from_slice(&self.event.to_be_bytes());
        out.extend_from_slice(&self.leaf.to_be_bytes());
        out.extend_from_slice(self.hash.as_bytes());
        push_crc(&mut out, 0);
        out
    }
}

/// The header of body segment `number`.
pub(in crate::store) fn bodies_header(number: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(BODIES_HEADER_BYTES);
    out.extend_from_slice(BODIES_MAGIC);
    out.extend_from_slice(&number.to_be_bytes());
    push_crc(&mut out, 0);
    out
}

/// The chain that an event segment's header names, when the header is that of segment `number`.
pub(in crate::store) fn read_segment_header(bytes: &[u8], number: u32) -> Result<Chain, Damage> {
    let header = Damage::Header {
        of: "event segment",
    };
    let mut cursor = Cursor(checked(bytes, "event segment header")?);
    if cursor.take(16) != Some(EVENTS_MAGIC) || cursor.u32() != Some(number) {
        return Err(header);
    }
    cursor.chain().ok_or(header)
}

/// Appends the head of a body's record to `out`; the body itself follows.
pub(in crate::store) fn push_body_head(out: &mut Vec<u8>, sha256: &Sha256, length: u32) {
    let start = out.len();
    out.extend_from_slice(BODY_MAGIC);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(sha256.as_bytes());
    push_crc(out, start);
}

/// Checks the head of a body's record against what the journal says of it.
pub(in crate::store) fn check_body_head(
    bytes: &[u8],
    sha256: &Sha256,
    length: u32,
) -> Result<(), Damage> {
    let mut cursor = Cursor(checked(bytes, "body head")?);
    let matches = cursor.take(4) == Some(BODY_MAGIC)
        && cursor.u32() == Some(length)
        && cursor.sha256() == Some(*sha256);
    if matches {
        Ok(())
    } else {
        Err(Damage::Header { of: "body" })
    }
}

/// One record of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum RecordKind {
    Event,
    Leaf,
}

/// A batch being written.
#[derive(Debug)]
pub(in crate::store) struct BatchWriter {
    chain: Chain,
    out: Vec<u8>,
    records: u32,
}

impl BatchWriter {
    /// A batch that continues `chain`, written into `buffer`, whose contents are dropped.
    pub(in crate::store) fn new(chain: Chain, mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        buffer.resize(BATCH_HEAD_BYTES, 0);
        Self {
            chain,
            out: buffer,
            records: 0,
        }
    }

    /// Appends a record and returns the offset of its bytes within the batch; `None` when it is 4 GiB
    /// or more, which the limits of a commit exclude.
    pub(in crate::store) fn push(&mut self, kind: RecordKind, bytes: &[u8]) -> Option<u64> {
        let length = u32::try_from(bytes.len()).ok()?;
        self.out.push(match kind {
            RecordKind::Event => KIND_EVENT,
            RecordKind::Leaf => KIND_LEAF,
        });
        self.out.extend_from_slice(&length.to_be_bytes());
        let offset = wide(self.out.len());
        self.out.extend_from_slice(bytes);
        self.records = self.records.checked_add(1)?;
        Some(offset)
    }

    /// Seals the batch: its bytes, and its hash. `None` when it is 4 GiB or more.
    pub(in crate::store) fn finish(
        mut self,
        bodies: &[(Sha256, Location)],
    ) -> Option<(Vec<u8>, Sha256)> {
        self.out.extend_from_slice(&self.records.to_be_bytes());
        for (sha256, location) in bodies {
            self.out.extend_from_slice(sha256.as_bytes());
            self.out.extend_from_slice(&location.encode());
        }
        let count = u32::try_from(bodies.len()).ok()?;
        self.out.extend_from_slice(&count.to_be_bytes());
        self.out.extend_from_slice(self.chain.hash.as_bytes());
        let rest = u32::try_from(self.out.len() + 4 - BATCH_HEAD_BYTES).ok()?;
        let mut head = Vec::with_capacity(BATCH_HEAD_BYTES);
        head.extend_from_slice(BATCH_MAGIC);
        head.extend_from_slice(&rest.to_be_bytes());
        head.extend_from_slice(&self.chain.batch.to_be_bytes());
        head.extend_from_slice(&self.chain.event.to_be_bytes());
        head.extend_from_slice(&self.chain.leaf.to_be_bytes());
        push_crc(&mut head, 0);
        self.out.get_mut(..BATCH_HEAD_BYTES)?.copy_from_slice(&head);
        push_crc(&mut self.out, 0);
        let hash = crate::evidence::sha256(&self.out);
        Some((self.out, hash))
    }
}

/// The head of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct BatchHead {
    /// Bytes that follow the head.
    pub(in crate::store) rest: u32,
    sequence: u64,
    event: u64,
    leaf: u64,
}

impl BatchHead {
    /// Reads a head and checks that it continues `chain`.
    pub(in crate::store) fn read(bytes: &[u8], chain: &Chain) -> Result<Self, Damage> {
        let header = Damage::Header { of: "batch" };
        let mut cursor = Cursor(checked(bytes, "batch head")?);
        if cursor.take(4) != Some(BATCH_MAGIC) {
            return Err(header);
        }
        let head = cursor.head().ok_or(header)?;
        let field = if head.sequence != chain.batch {
            "batch number"
        } else if head.event != chain.event {
            "event number"
        } else if head.leaf != chain.leaf {
            "leaf index"
        } else {
            return Ok(head);
        };
        Err(Damage::Order {
            sequence: chain.batch,
            field,
        })
    }
}

/// A whole batch, read.
#[derive(Debug)]
pub(in crate::store) struct Batch<'a> {
    /// Each record's kind, its offset within the batch, and its bytes.
    pub(in crate::store) records: Vec<(RecordKind, u64, &'a [u8])>,
    /// The bodies that it brings.
    pub(in crate::store) bodies: Vec<(Sha256, Location)>,
    /// The chain after it.
    pub(in crate::store) next: Chain,
}

impl<'a> Batch<'a> {
    /// Reads a whole batch, head included, and checks that it continues `chain`.
    pub(in crate::store) fn read(bytes: &'a [u8], chain: &Chain) -> Result<Self, Damage> {
        let content = Damage::Content { what: "batch" };
        let covered = checked(bytes, "batch")?;
        let inner = covered
            .get(BATCH_HEAD_BYTES..)
            .ok_or_else(|| content.clone())?;
        if inner.len() + 4 < TRAILER_BYTES_MIN {
            return Err(content);
        }
        let (inner, previous) = inner
            .split_at_checked(inner.len() - 32)
            .ok_or_else(|| content.clone())?;
        if previous != chain.hash.as_bytes() {
            return Err(Damage::Order {
                sequence: chain.batch,
                field: "hash of the batch before",
            });
        }
        let mut batch = Self::contents(inner).ok_or(content)?;
        let count = |kind| wide(batch.records.iter().filter(|(k, ..)| *k == kind).count());
        batch.next = Chain {
            batch: chain.batch.saturating_add(1),
            event: chain.event.saturating_add(count(RecordKind::Event)),
            leaf: chain.leaf.saturating_add(count(RecordKind::Leaf)),
            hash: crate::evidence::sha256(bytes),
        };
        Ok(batch)
    }

    /// Records and body table: what stands between the head and the previous hash.
    fn contents(inner: &'a [u8]) -> Option<Self> {
        let (inner, count) = inner.split_at_checked(inner.len().checked_sub(4)?)?;
        let table = usize::try_from(Cursor(count).u32()?)
            .ok()?
            .checked_mul(48)?;
        let (inner, table) = inner.split_at_checked(inner.len().checked_sub(table)?)?;
        let (inner, count) = inner.split_at_checked(inner.len().checked_sub(4)?)?;
        let count = Cursor(count).u32()?;
        let mut bodies = Vec::with_capacity(table.len() / 48);
        for entry in table.chunks_exact(48) {
            let mut cursor = Cursor(entry);
            bodies.push((cursor.sha256()?, Location::decode(cursor.0)?));
        }
        let mut records = Vec::new();
        let mut cursor = Cursor(inner);
        while !cursor.0.is_empty() {
            let kind = match cursor.take(1)? {
                [KIND_EVENT] => RecordKind::Event,
                [KIND_LEAF] => RecordKind::Leaf,
                _ => return None,
            };
            let length = usize::try_from(cursor.u32()?).ok()?;
            let offset = wide(BATCH_HEAD_BYTES + inner.len() - cursor.0.len());
            records.push((kind, offset, cursor.take(length)?));
        }
        (wide(records.len()) == u64::from(count)).then_some(())?;
        let next = Chain::genesis(Sha256([0; 32]));
        Some(Self {
            records,
            bodies,
            next,
        })
    }
}

/// `usize` as `u64`; lossless on every target that exists.
pub(in crate::store) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn push_crc(out: &mut Vec<u8>, from: usize) {
    let crc = crc32fast::hash(out.get(from..).unwrap_or_default());
    out.extend_from_slice(&crc.to_be_bytes());
}

/// The bytes before the CRC-32 that ends them, when it is right.
fn checked<'a>(bytes: &'a [u8], of: &'static str) -> Result<&'a [u8], Damage> {
    let damage = Damage::Checksum { of };
    let split = bytes.len().checked_sub(4).ok_or_else(|| damage.clone())?;
    let (covered, crc) = bytes
        .split_at_checked(split)
        .ok_or_else(|| damage.clone())?;
    if crc == crc32fast::hash(covered).to_be_bytes() {
        Ok(covered)
    } else {
        Err(damage)
    }
}

/// Reads from the front; `None` when there is not enough.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn sha256(&mut self) -> Option<Sha256> {
        self.array().map(Sha256)
    }

    fn chain(&mut self) -> Option<Chain> {
        Some(Chain {
            batch: self.u64()?,
            event: self.u64()?,
            leaf: self.u64()?,
            hash: self.sha256()?,
        })
    }

    fn head(&mut self) -> Option<BatchHead> {
        Some(BatchHead {
            rest: self.u32()?,
            sequence: self.u64()?,
            event: self.u64()?,
            leaf: self.u64()?,
        })
    }
}
