//! Making a store, and finding it again: the journal is read from its first byte, what a crash left
//! unfinished is cut, and the index is brought up to date.
//!
//! Start at [`recover`]. Nothing is changed on disk before all of the journal was found whole; damage
//! that a crash cannot have made is refused with its file and offset, and stays as it is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::apply::{Durable, INDEX_VERSION, IndexPosition, Tried, Views, apply, queued_message};
use super::disk::Disk;
use super::error::{Damage, Error};
use super::events::Event;
use super::files::{Identity, Published, identity_file, replace_file};
use super::index::{Found, Index};
use super::journal::{
    BODIES_HEADER_BYTES, Batch, Chain, End, Journal, Location, Position, RecordKind, SegmentEnd,
    SegmentFiles, bodies_dir, bodies_header, events_dir, io_error, read_exact, segment_file,
    segments, walk, wide,
};
use super::keys;
use super::located::{Reader, read, split, unreadable};
use crate::evidence::merkle::{empty_root, leaf_hash};
use crate::evidence::{Checkpoint, CheckpointSigner, Leaf};
use crate::model::Sha256;

/// Most keys of one list that are read into memory at start: what waits. A gateway with more has been
/// without its partners for weeks, and needs a person.
const PENDING_MAX: usize = 10_000_000;

/// The directory of the index within a store.
pub(super) fn index_dir(dir: &Path) -> PathBuf {
    dir.join("index")
}

/// Makes an empty store.
pub(super) fn create(
    disk: &dyn Disk,
    dir: &Path,
    identity: &Identity,
    signer: &CheckpointSigner,
) -> Result<(), Error> {
    check_log(identity, signer)?;
    disk.create_dir(dir).map_err(io_error("make", dir))?;
    let names = disk.list(dir).map_err(io_error("list", dir))?;
    if !names.is_empty() {
        return Err(Error::Exists {
            dir: dir.to_owned(),
        });
    }
    let bytes = identity.encode();
    let chain = Chain::genesis(crate::evidence::sha256(&bytes));
    Journal::create(disk, dir, chain)?;
    let note = Checkpoint::sign(signer, 0, empty_root());
    let published = Published {
        checkpoint: Checkpoint::open(&note, &identity.log).map_err(Error::Evidence)?,
        note,
        batches: 0,
        hash: chain.hash,
        end: Position {
            segment: 0,
            offset: 0,
        },
    };
    published.save(disk, dir)?;
    // The identity comes last: without it there is no store.
    replace_file(disk, dir, &identity_file(dir), &bytes)?;
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => {
            disk.sync_dir(parent).map_err(io_error("sync", parent))
        }
        _ => Ok(()),
    }
}

/// Checks that the signer is the one of the identity.
pub(super) fn check_log(identity: &Identity, signer: &CheckpointSigner) -> Result<(), Error> {
    if signer.verifier() == &identity.log {
        Ok(())
    } else {
        Err(wrong_gateway(
            &signer.verifier().to_string(),
            &identity.log.to_string(),
        ))
    }
}

/// Checks that the store is that of `expected`.
pub(super) fn check_identity(found: &Identity, expected: &Identity) -> Result<(), Error> {
    let name = |identity: &Identity| format!("{} with log {}", identity.gateway, identity.log);
    if found == expected {
        Ok(())
    } else {
        Err(wrong_gateway(&name(found), &name(expected)))
    }
}

fn wrong_gateway(found: &str, expected: &str) -> Error {
    Error::WrongGateway {
        found: found.to_owned(),
        expected: expected.to_owned(),
    }
}

/// A store, found again.
#[derive(Debug)]
pub(super) struct Recovered {
    pub(super) journal: Journal,
    pub(super) index: Index,
    pub(super) views: Views,
    pub(super) published: Published,
    /// Bytes of all event segments, and of all body segments.
    pub(super) bytes: (u64, u64),
}

/// Reads the journal, checks it against the checkpoint, cuts what was never finished, and brings the
/// index up to date.
pub(super) fn recover(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    genesis: Chain,
    identity: &Identity,
    segment_bytes: u64,
) -> Result<Recovered, Error> {
    let published = Published::load(&**disk, dir, &identity.log)?;
    let index = Index::open(&index_dir(dir))?;
    let files = SegmentFiles::new(Arc::clone(disk), dir);
    let reader = Reader {
        index: &index,
        files: &files,
    };
    let mut replay = Replay::new(reader, &published)?;
    let end = walk(&**disk, dir, genesis, &mut |at, first, batch| {
        replay.batch(dir, at, first, batch)
    })?;
    let (mut views, body_ends) = replay.finish(dir, &end)?;
    views.outbox.doubt();
    let bodies = check_bodies(&**disk, dir, &body_ends)?;
    // From here on the journal is known to be whole up to its end: what follows may be cut.
    cut_events(&**disk, dir, &end)?;
    let body_end = cut_bodies(&**disk, dir, &bodies)?;
    let events = SegmentEnd {
        number: end.position.segment,
        bytes: end.position.offset,
    };
    let journal = Journal::resume(
        Arc::clone(disk),
        dir,
        end.chain,
        events,
        body_end,
        segment_bytes,
    )?;
    let body_bytes = bodies.iter().map(|body| body.bytes).sum();
    Ok(Recovered {
        journal,
        index,
        views,
        published,
        bytes: (end.sizes.iter().sum(), body_bytes),
    })
}

/// Follows the journal: hashes every leaf, applies what the index has not seen.
struct Replay<'a> {
    reader: Reader<'a>,
    published: &'a Published,
    seen: IndexPosition,
    /// The batch that the index saw last is in the journal.
    seen_met: bool,
    /// Up to where the index has all permanent keys.
    known: Option<(u64, Sha256)>,
    /// The last of those batches is in the journal.
    known_met: bool,
    views: Views,
    /// `views` has what waits.
    loaded: bool,
    /// Where the last body of each segment ends.
    body_ends: BTreeMap<u32, u64>,
    checkpoint_met: bool,
}

impl<'a> Replay<'a> {
    fn new(reader: Reader<'a>, published: &'a Published) -> Result<Self, Error> {
        let seen = match reader.index.get(keys::POSITION)? {
            Some(value) => read(&value)?,
            None => IndexPosition {
                version: INDEX_VERSION,
                batches: 0,
                hash: Sha256([0; 32]),
                last_at: None,
            },
        };
        if seen.version != INDEX_VERSION {
            return Err(unreadable("another version made it"));
        }
        let known = reader.index.known();
        Ok(Self {
            views: Views::default(),
            loaded: false,
            known,
            known_met: known.is_none(),
            reader,
            seen_met: seen.batches == 0,
            seen,
            body_ends: BTreeMap::new(),
            checkpoint_met: published.batches == 0,
            published,
        })
    }

    fn batch(
        &mut self,
        dir: &Path,
        at: Position,
        first: &Chain,
        batch: &Batch<'_>,
    ) -> Result<(), Error> {
        for (_, location) in &batch.bodies {
            let end = self.body_ends.entry(location.segment).or_default();
            *end = location.end().max(*end);
        }
        if batch.next.batch > self.seen.batches {
            self.replay(&Contents::read(dir, at, batch)?, first, batch)?;
        } else {
            for (kind, _, bytes) in &batch.records {
                if *kind == RecordKind::Leaf {
                    self.views.log.append(leaf_hash(bytes), &mut |_, _, _| {});
                }
            }
            self.seen_met |= batch.next.hash == self.seen.hash;
            if batch.next.batch > self.known.map_or(0, |(batches, _)| batches) {
                self.replay_keys(&Contents::read(dir, at, batch)?, first, batch)?;
            }
        }
        self.known_met |= self.known == Some((batch.next.batch, batch.next.hash));
        if batch.next.batch == self.published.batches {
            let checkpoint = &self.published.checkpoint;
            self.checkpoint_met = batch.next.hash == self.published.hash
                && self.views.log.size() == checkpoint.size
                && self.views.log.root() == checkpoint.root;
        }
        Ok(())
    }

    /// The same function as after a commit: see [`apply`].
    fn replay(&mut self, read: &Contents, first: &Chain, batch: &Batch<'_>) -> Result<(), Error> {
        self.load()?;
        let durable = Durable {
            first: *first,
            next: batch.next,
            bodies: &batch.bodies,
            events: &read.placed(),
            leaves: &read.leaves,
        };
        let index = self.reader.index;
        let changes = apply(&mut self.views, index, &durable)?;
        let changes = index.stage(first.batch, batch.next.hash, changes);
        index.write(first.batch, changes)
    }

    /// The same for permanent keys alone, of a batch of which sled has the others. They depend on the
    /// batch and on nothing else.
    fn replay_keys(&self, read: &Contents, first: &Chain, batch: &Batch<'_>) -> Result<(), Error> {
        let durable = Durable {
            first: *first,
            next: batch.next,
            bodies: &batch.bodies,
            events: &read.placed(),
            leaves: &read.leaves,
        };
        let index = self.reader.index;
        let mut changes = apply(&mut Views::default(), index, &durable)?;
        index.keep(first.batch, batch.next.hash, &mut changes);
        Ok(())
    }

    /// Takes up what waits, as the index knows it: once, when the journal was found to have what the
    /// index has seen.
    fn load(&mut self) -> Result<(), Error> {
        if self.loaded {
            return Ok(());
        }
        if !self.seen_met {
            return Err(index_of_another_journal());
        }
        self.loaded = true;
        load_views(&mut self.views, &self.reader, &self.seen)
    }

    fn finish(mut self, dir: &Path, end: &End) -> Result<(Views, BTreeMap<u32, u64>), Error> {
        let position = Position {
            segment: end.position.segment,
            offset: end.position.offset,
        };
        if end.chain.batch < self.published.batches {
            // A cut here would take back what the checkpoint has vouched for.
            return Err(Error::Damaged {
                file: segment_file(&events_dir(dir), position.segment),
                offset: position.offset,
                what: Damage::Ends {
                    expected: "what the last checkpoint covers",
                },
            });
        }
        if !self.checkpoint_met {
            return Err(Error::Damaged {
                file: super::files::checkpoint_file(dir),
                offset: 0,
                what: Damage::CheckpointRoot {
                    size: self.published.checkpoint.size,
                },
            });
        }
        if !self.known_met {
            return Err(index_of_another_journal());
        }
        self.load()?;
        Ok((self.views, self.body_ends))
    }
}

/// What a batch says.
#[derive(Debug)]
pub(super) struct Contents {
    /// Each event and where it stands.
    pub(super) events: Vec<(Event, Location)>,
    pub(super) leaves: Vec<(Leaf, Location)>,
}

impl Contents {
    /// Reads the events and leaves of the batch that stands `at`.
    pub(super) fn read(dir: &Path, at: Position, batch: &Batch<'_>) -> Result<Self, Error> {
        let mut contents = Self {
            events: Vec::new(),
            leaves: Vec::new(),
        };
        for (kind, offset, bytes) in &batch.records {
            let location = Location {
                segment: at.segment,
                offset: at.offset.saturating_add(*offset),
                bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            };
            let unreadable = |what| Error::Damaged {
                file: segment_file(&events_dir(dir), location.segment),
                offset: location.offset,
                what: Damage::Content { what },
            };
            match kind {
                RecordKind::Event => {
                    let event = serde_json::from_slice(bytes);
                    let event = event.map_err(|_error| unreadable("event"))?;
                    contents.events.push((event, location));
                }
                RecordKind::Leaf => {
                    let leaf = Leaf::parse(bytes).map_err(|_error| unreadable("leaf"))?;
                    contents.leaves.push((leaf, location));
                }
            }
        }
        Ok(contents)
    }

    fn placed(&self) -> Vec<(&Event, Location)> {
        let events = self.events.iter();
        events.map(|(event, location)| (event, *location)).collect()
    }
}

fn index_of_another_journal() -> Error {
    Error::Index {
        detail: "it reflects batches that this journal does not have".to_owned(),
    }
}

/// What waits, as the index knows it.
fn load_views(views: &mut Views, reader: &Reader<'_>, seen: &IndexPosition) -> Result<(), Error> {
    let index = reader.index;
    views.last_at = seen.last_at;
    views.batches = seen.batches;
    for Found { key, value } in list(index, keys::OUTBOX_PENDING)? {
        let number = keys::read_number(&key).ok_or_else(key_unreadable)?;
        let entry = reader.event_of(&value)?.into_outgoing();
        let entry = entry.ok_or_else(key_unreadable)?;
        let (location, rest) = split(&value)?;
        let tried = if rest.is_empty() {
            Tried::default()
        } else {
            read(rest)?
        };
        let message = queued_message(number, entry, tried);
        views.outbox.put(message, location);
    }
    for Found { key, value } in list(index, keys::HELD_PENDING)? {
        let number = keys::read_number(&key).ok_or_else(key_unreadable)?;
        let Event::Held(entry) = reader.event_of(&value)? else {
            return Err(key_unreadable());
        };
        views.hold(number, entry, split(&value)?.0);
    }
    for Found { key, value } in list(index, keys::AWAITING_PENDING)? {
        let number = keys::read_number(&key).ok_or_else(key_unreadable)?;
        let Event::Awaiting(waiting) = reader.event_of(&value)? else {
            return Err(key_unreadable());
        };
        views.wait(number, waiting);
    }
    for Found { key, value } in list(index, keys::COUNTERS)? {
        let direction = keys::read_counter(&key).ok_or_else(key_unreadable)?;
        let counter = keys::read_number(&value).ok_or_else(key_unreadable)?;
        views.counters.insert(direction, counter);
    }
    for Found { key, value } in list(index, keys::REFUSALS)? {
        let partner = key.strip_prefix(keys::REFUSALS).unwrap_or_default();
        let partner = std::str::from_utf8(partner).ok();
        let partner = partner.and_then(|id| id.parse().ok());
        let partner = partner.ok_or_else(key_unreadable)?;
        views.refusals.insert(partner, read(&value)?);
    }
    Ok(())
}

fn list(index: &Index, prefix: &[u8]) -> Result<Vec<Found>, Error> {
    index.scan(prefix, prefix, PENDING_MAX)
}

fn key_unreadable() -> Error {
    unreadable("it has a key that cannot be read")
}

/// A body segment and where its known bodies end.
#[derive(Debug, Clone, Copy)]
struct BodySegment {
    number: u32,
    /// 0 when not even the header was finished.
    bytes: u64,
    size: u64,
}

/// Checks that every body segment is there and long enough. Digests are checked by fsck, and whenever
/// a body is read.
fn check_bodies(
    disk: &dyn Disk,
    dir: &Path,
    ends: &BTreeMap<u32, u64>,
) -> Result<Vec<BodySegment>, Error> {
    let dir = bodies_dir(dir);
    let numbers = segments(disk, &dir)?;
    let last = numbers.last().copied().unwrap_or(0);
    let known = ends.keys().next_back().copied().unwrap_or(0);
    let damaged = |number, offset, what| Error::Damaged {
        file: segment_file(&dir, number),
        offset,
        what,
    };
    if numbers.is_empty() || known > last {
        let expected = "the segment";
        return Err(damaged(known, 0, Damage::Ends { expected }));
    }
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        let path = segment_file(&dir, number);
        let file = disk.open(&path).map_err(io_error("open", &path))?;
        let size = file.size().map_err(io_error("read", &path))?;
        let header = wide(BODIES_HEADER_BYTES);
        if size < header && number == last && number > known {
            found.push(BodySegment {
                number,
                bytes: 0,
                size,
            });
            continue;
        }
        if read_exact(&*file, &path, 0, BODIES_HEADER_BYTES)? != bodies_header(number) {
            let of = "body segment";
            return Err(damaged(number, 0, Damage::Header { of }));
        }
        let bytes = ends.get(&number).copied().unwrap_or(header);
        if size < bytes {
            let expected = "a body";
            return Err(damaged(number, size, Damage::Ends { expected }));
        }
        found.push(BodySegment {
            number,
            bytes,
            size,
        });
    }
    Ok(found)
}

/// Cuts the batch, or the segment, that was never finished.
fn cut_events(disk: &dyn Disk, dir: &Path, end: &End) -> Result<(), Error> {
    let Some(incomplete) = end.incomplete else {
        return Ok(());
    };
    cut(
        disk,
        &events_dir(dir),
        incomplete.at.segment,
        incomplete.at.offset,
    )
}

/// Cuts bodies that no event refers to. Returns where the last segment goes on.
fn cut_bodies(disk: &dyn Disk, dir: &Path, found: &[BodySegment]) -> Result<SegmentEnd, Error> {
    let dir = bodies_dir(dir);
    let mut last = SegmentEnd {
        number: 0,
        bytes: 0,
    };
    for segment in found {
        if segment.size > segment.bytes || segment.bytes == 0 {
            cut(disk, &dir, segment.number, segment.bytes)?;
        }
        if segment.bytes > 0 {
            last = SegmentEnd {
                number: segment.number,
                bytes: segment.bytes,
            };
        }
    }
    Ok(last)
}

fn cut(disk: &dyn Disk, dir: &Path, number: u32, length: u64) -> Result<(), Error> {
    let path = segment_file(dir, number);
    if length == 0 {
        disk.remove(&path).map_err(io_error("remove", &path))?;
        return disk.sync_dir(dir).map_err(io_error("sync", dir));
    }
    let file = disk.open(&path).map_err(io_error("open", &path))?;
    file.truncate(length).map_err(io_error("cut", &path))?;
    file.sync().map_err(io_error("sync", &path))
}
