//! Checking a store from its raw bytes, and making its index anew.
//!
//! Start at [`fsck`]. It believes nothing but the identity's log key: every checksum, the chain of
//! batches, every body's digest, that every body which an event names is there, every leaf against its event, its receipt and the leaf before, the
//! tree against the checkpoint, and the index's tree against the journal's. It changes nothing, and
//! goes on after the first fault as far as it can.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::apply::IndexPosition;
use super::disk::Disk;
use super::error::{Damage, Error};
use super::events::Event;
use super::files::{Identity, Published, checkpoint_file};
use super::index::Index;
use super::journal::{
    BODIES_HEADER_BYTES, Batch, Chain, Location, Position, bodies_dir, bodies_header, events_dir,
    io_error, read_body, read_exact, segment_chain, segment_file, segments, walk_segment, wide,
};
use super::keys;
use super::located::{place, read};
use super::open::{Contents, index_dir, recover};
use super::store::{Options, lock};
use crate::evidence::merkle::{Frontier, TILE_HEIGHT};
use crate::evidence::{Direction, Leaf, LeafKind};
use crate::model::{PartyId, Sha256};

/// What a check found.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// Whole batches.
    pub batches: u64,
    /// Events in them.
    pub events: u64,
    /// Leaves of the log.
    pub leaves: u64,
    /// Bodies.
    pub bodies: u64,
    /// Bytes of the bodies.
    pub body_bytes: u64,
    /// Leaves under the last published checkpoint.
    pub checkpoint_size: u64,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What a crash left behind, never acknowledged: the next start cuts it off.
    pub unfinished: Vec<Fault>,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file; for the index, its directory.
    pub file: PathBuf,
    /// Where the damaged record begins, in bytes from 0.
    pub offset: u64,
    /// What is wrong with it.
    pub what: Damage,
}

/// Checks the store in `dir`, which no process may have open.
///
/// # Errors
/// [`Error::Missing`], [`Error::Locked`], [`Error::Io`]. What is wrong with the store is no error but
/// in the report.
pub fn fsck(dir: &Path, disk: &dyn Disk) -> Result<Report, Error> {
    let mut report = Report::default();
    let identity = report.note(Identity::load(disk, dir))?;
    let _lock = lock(disk, dir)?;
    let published = match &identity {
        Some((identity, _)) => report.note(Published::load(disk, dir, &identity.log))?,
        // Without the identity there is no key to check it with.
        None => None,
    };
    let mut check = Check {
        dir,
        report,
        known: HashMap::new(),
        counters: HashMap::new(),
        last_at: None,
        log: Frontier::new(),
        published,
        checkpoint_met: false,
        index: open_index(dir)?,
        index_agrees: true,
    };
    let end = check.events(disk, identity.map(|(_, genesis)| genesis))?;
    check.bodies(disk)?;
    check.checkpoint(&end);
    check.index(&end);
    Ok(check.report)
}

/// Deletes the index and makes it anew from the journal. Returns how many batches it now reflects.
///
/// # Errors
/// As [`super::Store::open`].
pub fn rebuild(dir: &Path, disk: Arc<dyn Disk>) -> Result<u64, Error> {
    let (identity, genesis) = Identity::load(&*disk, dir)?;
    let _lock = lock(&*disk, dir)?;
    let index = index_dir(dir);
    match std::fs::remove_dir_all(&index) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(io_error("remove", &index)(error));
        }
        _ => {}
    }
    let options = Options::default();
    let recovered = recover(&disk, dir, genesis, &identity, options.segment_bytes)?;
    recovered.index.finish()?;
    Ok(recovered.views.batches)
}

fn open_index(dir: &Path) -> Result<Option<(Index, IndexPosition)>, Error> {
    let path = index_dir(dir);
    if !path.exists() {
        return Ok(None);
    }
    let index = Index::open(&path)?;
    match index.get(keys::POSITION)? {
        Some(value) => {
            let position = read(&value)?;
            Ok(Some((index, position)))
        }
        None => Ok(None),
    }
}

impl Report {
    /// Takes damage into the report; other errors end the check.
    fn note<T>(&mut self, result: Result<T, Error>) -> Result<Option<T>, Error> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Damaged { file, offset, what }) => {
                self.faults.push(Fault { file, offset, what });
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// The bodies of one segment, by offset.
#[derive(Default)]
struct Bodies(BTreeMap<u64, (Sha256, Location)>);

/// A check under way.
struct Check<'a> {
    dir: &'a Path,
    report: Report,
    /// Where each body of the journal stands.
    known: HashMap<Sha256, Vec<Location>>,
    counters: HashMap<(PartyId, Direction), u64>,
    last_at: Option<Timestamp>,
    log: Frontier,
    published: Option<Published>,
    checkpoint_met: bool,
    index: Option<(Index, IndexPosition)>,
    index_agrees: bool,
}

/// How far the events could be followed.
struct Followed {
    chain: Option<Chain>,
    end: Position,
}

impl Check<'_> {
    /// Reads the event segments. After damage, goes on with what the next segment's header says.
    fn events(&mut self, disk: &dyn Disk, genesis: Option<Chain>) -> Result<Followed, Error> {
        let dir = events_dir(self.dir);
        let numbers = self.report.note(segments(disk, &dir))?.unwrap_or_default();
        let last = numbers.last().copied();
        let mut end = Position {
            segment: 0,
            offset: 0,
        };
        let mut chain = genesis;
        let mut whole = last.is_some();
        for number in numbers {
            let path = segment_file(&dir, number);
            let start = match chain {
                Some(chain) => Some(chain),
                None => self.report.note(segment_chain(disk, &path, number))?,
            };
            let Some(start) = start else {
                continue;
            };
            let is_last = Some(number) == last;
            let walked = walk_segment(
                disk,
                &path,
                number,
                is_last,
                start,
                &mut |at, first, batch| self.batch(at, first, batch),
            );
            let walked = self.report.note(walked)?;
            whole &= walked.is_some();
            chain = walked.as_ref().map(|walked| walked.chain);
            if let Some(walked) = walked {
                end = Position {
                    segment: number,
                    offset: walked.size,
                };
                self.report
                    .unfinished
                    .extend(walked.incomplete.map(|incomplete| Fault {
                        file: path,
                        offset: incomplete.at.offset,
                        what: Damage::Ends {
                            expected: "the rest of a batch",
                        },
                    }));
            }
        }
        let chain = chain.filter(|_| whole);
        Ok(Followed { chain, end })
    }

    fn batch(&mut self, at: Position, first: &Chain, batch: &Batch<'_>) -> Result<(), Error> {
        let contents = Contents::read(self.dir, at, batch)?;
        for (sha256, location) in &batch.bodies {
            self.known.entry(*sha256).or_default().push(*location);
        }
        self.named(&contents);
        let receipts: HashMap<u64, Sha256> = contents
            .events
            .iter()
            .filter_map(|(event, _)| {
                let Event::Received(received) = event else {
                    return None;
                };
                Some((received.leaf_index, received.receipt))
            })
            .collect();
        let mut indexes = HashSet::new();
        for (index, (leaf, location)) in (first.leaf..).zip(&contents.leaves) {
            indexes.insert(leaf.index);
            if let Some(what) = self.leaf(index, leaf, receipts.get(&leaf.index)) {
                self.fault(location, what);
            }
        }
        if let Some(index) = receipts.keys().find(|index| !indexes.contains(index)) {
            let here = Location {
                segment: at.segment,
                offset: at.offset,
                bytes: 0,
            };
            self.fault(&here, Damage::Receipt { index: *index });
        }
        self.report.batches += 1;
        self.report.events += wide(contents.events.len());
        self.grow(batch, &contents)
    }

    /// Whether every body that an event names stands in its batch or in one before.
    fn named(&mut self, contents: &Contents) {
        // After damage, bodies of what is missing are unknown.
        if !self.report.faults.is_empty() {
            return;
        }
        for (event, location) in &contents.events {
            for sha256 in event.bodies() {
                if !self.known.contains_key(&sha256) {
                    self.fault(location, Damage::Missing { sha256 });
                }
            }
        }
    }

    /// What is wrong with a leaf, given what comes before it and its event's receipt.
    fn leaf(&mut self, index: u64, leaf: &Leaf, receipt: Option<&Sha256>) -> Option<Damage> {
        let direction = (leaf.partner.clone(), leaf.direction);
        let before = self.counters.insert(direction, leaf.counter);
        let late = self
            .last_at
            .replace(leaf.at)
            .is_some_and(|last| leaf.at < last);
        let follows = before.unwrap_or(0).checked_add(1) == Some(leaf.counter);
        // After damage, counters of what is missing are unknown.
        let judge = self.report.faults.is_empty();
        let field = match () {
            () if leaf.index != index => Some("index"),
            () if judge && !follows => Some("counter"),
            () if judge && late => Some("time"),
            () => None,
        };
        if let Some(field) = field {
            return Some(Damage::LeafOrder { index, field });
        }
        let kept = self.known.contains_key(&leaf.receipt);
        let sound = match leaf.kind {
            LeafKind::Void => receipt.is_none(),
            LeafKind::Acknowledged | LeafKind::In | LeafKind::National => {
                (kept || !judge) && receipt.is_none_or(|receipt| *receipt == leaf.receipt)
            }
        };
        (!sound).then_some(Damage::Receipt { index })
    }

    /// Grows the tree, and compares it with the checkpoint and with the index as it goes.
    fn grow(&mut self, batch: &Batch<'_>, contents: &Contents) -> Result<(), Error> {
        let index = self
            .index
            .as_ref()
            .filter(|(_, position)| batch.next.batch <= position.batches);
        for (leaf, location) in &contents.leaves {
            let mut expected = vec![(keys::leaf(leaf.index), place(location))];
            self.log.append(leaf.hash(), &mut |level, at, hash| {
                if level > 0 && level % TILE_HEIGHT == 0 {
                    let key = keys::node(level / TILE_HEIGHT, at);
                    expected.push((key, hash.as_bytes().to_vec()));
                }
            });
            if let Some((index, _)) = index {
                let permanent = index.known().map_or(0, |(batches, _)| batches);
                let written =
                    |key: &[u8]| batch.next.batch <= permanent || !keys::is_permanent(key);
                expected.retain(|(key, _)| written(key));
                for (key, value) in expected {
                    self.index_agrees &= index.get(&key)?.as_deref() == Some(value.as_slice());
                }
            }
        }
        if let Some((_, position)) = index
            && batch.next.batch == position.batches
        {
            self.index_agrees &= batch.next.hash == position.hash;
        }
        if let Some(published) = &self.published
            && batch.next.batch == published.batches
        {
            self.checkpoint_met = batch.next.hash == published.hash
                && self.log.size() == published.checkpoint.size
                && self.log.root() == published.checkpoint.root;
        }
        Ok(())
    }

    /// Reads every body, and every byte between them.
    fn bodies(&mut self, disk: &dyn Disk) -> Result<(), Error> {
        let whole = self.report.faults.is_empty();
        let mut by_segment: BTreeMap<u32, Bodies> = BTreeMap::new();
        for (sha256, locations) in self.known.drain() {
            for location in locations {
                let segment = by_segment.entry(location.segment).or_default();
                segment.0.insert(location.offset, (sha256, location));
            }
        }
        let dir = bodies_dir(self.dir);
        let numbers = self.report.note(segments(disk, &dir))?.unwrap_or_default();
        let last = numbers.last().copied();
        if let Some(missing) = by_segment.keys().find(|number| !numbers.contains(number)) {
            self.report.faults.push(Fault {
                file: segment_file(&dir, *missing),
                offset: 0,
                what: Damage::Ends {
                    expected: "the segment",
                },
            });
        }
        for number in numbers {
            let bodies = by_segment.remove(&number).unwrap_or_default();
            let path = segment_file(&dir, number);
            let is_last = Some(number) == last;
            let result = self.body_segment(disk, &path, number, &bodies, whole, is_last);
            self.report.note(result)?;
        }
        Ok(())
    }

    fn body_segment(
        &mut self,
        disk: &dyn Disk,
        path: &Path,
        number: u32,
        bodies: &Bodies,
        whole: bool,
        last: bool,
    ) -> Result<(), Error> {
        let file = disk.open(path).map_err(io_error("open", path))?;
        let size = file.size().map_err(io_error("read", path))?;
        let fault = |offset, what| Fault {
            file: path.to_owned(),
            offset,
            what,
        };
        let header = wide(BODIES_HEADER_BYTES);
        if size < header && last && number > 0 && bodies.0.is_empty() {
            let expected = "the segment header";
            self.report
                .unfinished
                .push(fault(0, Damage::Ends { expected }));
            return Ok(());
        }
        if read_exact(&*file, path, 0, BODIES_HEADER_BYTES)? != bodies_header(number) {
            let of = "body segment";
            self.report.faults.push(fault(0, Damage::Header { of }));
        }
        let mut end = header;
        for (sha256, location) in bodies.0.values() {
            if location.offset > end && whole {
                self.report.faults.push(fault(end, Damage::Unknown));
            }
            let body = read_body(&*file, self.dir, sha256, location);
            if let Some(body) = self.report.note(body)? {
                self.report.bodies += 1;
                self.report.body_bytes += wide(body.len());
            }
            end = location.end().max(end);
        }
        if end < size && whole {
            self.report.unfinished.push(fault(end, Damage::Unknown));
        }
        Ok(())
    }

    fn checkpoint(&mut self, followed: &Followed) {
        self.report.leaves = self.log.size();
        let (Some(published), Some(chain)) = (&self.published, &followed.chain) else {
            return;
        };
        let size = published.checkpoint.size;
        self.report.checkpoint_size = size;
        if chain.batch < published.batches {
            self.report.faults.push(Fault {
                file: segment_file(&events_dir(self.dir), followed.end.segment),
                offset: followed.end.offset,
                what: Damage::Ends {
                    expected: "what the last checkpoint covers",
                },
            });
        } else if published.batches > 0 && !self.checkpoint_met {
            self.report.faults.push(Fault {
                file: checkpoint_file(self.dir),
                offset: 0,
                what: Damage::CheckpointRoot { size },
            });
        }
    }

    fn index(&mut self, followed: &Followed) {
        let (Some((_, position)), Some(chain)) = (&self.index, &followed.chain) else {
            return;
        };
        let what = match () {
            () if position.batches > chain.batch => "it is ahead of the journal",
            () if !self.index_agrees => "leaves of the log",
            () => return,
        };
        self.report.faults.push(Fault {
            file: index_dir(self.dir),
            offset: 0,
            what: Damage::Index { what },
        });
    }

    fn fault(&mut self, location: &Location, what: Damage) {
        self.report.faults.push(Fault {
            file: segment_file(&events_dir(self.dir), location.segment),
            offset: location.offset,
            what,
        });
    }
}
