//! The one thread that writes: group commit, checkpoints, and what follows from both.
//!
//! Start at [`Writer::run`]. It takes what is waiting, in the order of reservations, writes it as one
//! batch, lets readers see it, answers all who wait, and hands the changes of the index to a second
//! thread. After the first failed write or sync it writes nothing more: see [`Error::Failed`].

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvError, Sender, SyncSender, TryRecvError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::apply::{Durable, apply};
use super::error::Error;
use super::events::Event;
use super::files::Published;
use super::index::Changes;
use super::journal::{Journal, RecordKind, Written, wide};
use super::outbox::Outbox;
use super::sequencer::Holding;
use super::shared::Core;
use super::stale::{Ending, moves_outbox};
use crate::evidence::{Checkpoint, CheckpointSigner, Direction, Leaf};
use crate::model::{PartyId, Sha256};

/// Commits in one batch: more only lengthens the wait of the first.
const BATCH_COMMITS_MAX: usize = 256;
/// Bytes in one batch, unless one commit alone has more: a few milliseconds of a disk's bandwidth.
const BATCH_BYTES_MAX: u64 = 8 << 20;
/// After a batch with as many commits, the next waits [`GATHERING`] for more to join it: a batch costs
/// two syncs, whatever it holds. Whoever commits alone or with few others does not wait.
const BUSY_COMMITS: usize = 8;
/// Long enough for several commits to come at a thousand a second, and short beside the ten milliseconds
/// and more that a message takes then.
const GATHERING: Duration = Duration::from_millis(2);

/// What can be asked of the writer.
#[derive(Debug)]
pub(super) enum Request {
    /// Write this.
    Commit(Box<Prepared>),
    /// Publish a checkpoint of all that is written.
    Publish(oneshot::Sender<Result<(), Error>>),
    /// It is time for a checkpoint.
    Remind,
    /// Finish what came before and end.
    Stop,
    /// Fill a reserved place that got no receipt.
    Void {
        partner: PartyId,
        direction: Direction,
        counter: u64,
        leaf_index: u64,
        at: Timestamp,
        holding: Holding,
    },
}

/// One commit, with all that can be computed before it is its turn.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) bodies: Vec<(Sha256, Bytes)>,
    pub(super) events: Vec<Event>,
    /// The events in JSON.
    pub(super) encoded: Vec<Vec<u8>>,
    pub(super) leaf: Option<(Leaf, Vec<u8>)>,
    /// Size of all of it.
    pub(super) bytes: u64,
    /// Let go of when it is visible to readers.
    pub(super) holding: Option<Holding>,
    pub(super) reply: Option<oneshot::Sender<Result<Committed, Error>>>,
}

/// A commit that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The batch of the journal that has it.
    pub batch: u64,
    /// Number of its first event.
    pub first_event: u64,
}

impl Prepared {
    fn void(leaf: Leaf, holding: Option<Holding>) -> Self {
        let encoded = leaf.encode();
        Self {
            bodies: Vec::new(),
            events: Vec::new(),
            encoded: Vec::new(),
            bytes: wide(encoded.len()),
            leaf: Some((leaf, encoded)),
            holding,
            reply: None,
        }
    }

    fn answer(&mut self, result: Result<Committed, Error>) {
        if let Some(reply) = self.reply.take() {
            // Who asked may have gone away.
            let _ = reply.send(result);
        }
    }
}

/// What leaves the writer: checkpoints, and changes of the index.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) signer: Arc<CheckpointSigner>,
    pub(super) indexer: SyncSender<(u64, Changes)>,
    /// Told when there is a checkpoint to publish.
    pub(super) pace: Sender<()>,
}

/// The writer and all that only it touches.
#[derive(Debug)]
pub(super) struct Writer {
    core: Arc<Core>,
    journal: Journal,
    requests: Receiver<Request>,
    outgoing: Outgoing,
    /// Commits whose turn has not come: an earlier place is still being sealed.
    early: BTreeMap<u64, Prepared>,
    next_leaf: u64,
    /// Commits whose turn has come.
    ready: Vec<Prepared>,
    /// The last batch had [`BUSY_COMMITS`] or more.
    busy: bool,
    asked: Vec<oneshot::Sender<Result<(), Error>>>,
    /// The pace-keeper says that it is time for a checkpoint.
    reminded: bool,
    /// There is something to publish, and the pace-keeper knows.
    unpublished: bool,
    stopped: bool,
}

impl Writer {
    pub(super) fn new(
        core: Arc<Core>,
        journal: Journal,
        requests: Receiver<Request>,
        outgoing: Outgoing,
    ) -> Self {
        let views = core.views();
        let next_leaf = views.log.size();
        let unpublished = views.batches > core.published().batches;
        drop(views);
        if unpublished {
            let _ = outgoing.pace.send(());
        }
        Self {
            core,
            journal,
            requests,
            outgoing,
            early: BTreeMap::new(),
            next_leaf,
            ready: Vec::new(),
            busy: false,
            asked: Vec::new(),
            reminded: false,
            unpublished,
            stopped: false,
        }
    }

    /// Works until it is told to stop.
    pub(super) fn run(mut self) {
        while !self.stopped {
            self.gather();
            if !self.ready.is_empty() {
                self.commit();
            }
            let due = self.unpublished && (self.reminded || self.stopped);
            if due || !self.asked.is_empty() {
                self.publish();
            }
        }
    }

    /// Waits for something to do, and takes what else is waiting.
    fn gather(&mut self) {
        match self.requests.recv() {
            Ok(request) => self.take(request),
            Err(RecvError) => self.stopped = true,
        }
        if self.busy && !self.stopped {
            std::thread::sleep(GATHERING);
        }
        while !self.stopped && self.has_room() {
            match self.requests.try_recv() {
                Ok(request) => self.take(request),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return,
            }
        }
    }

    fn has_room(&self) -> bool {
        let bytes = self.ready.iter().map(|prepared| prepared.bytes);
        self.ready.len() < BATCH_COMMITS_MAX && bytes.sum::<u64>() < BATCH_BYTES_MAX
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Commit(prepared) => self.line_up(*prepared),
            Request::Publish(reply) => self.asked.push(reply),
            Request::Remind => self.reminded = true,
            Request::Stop => self.stopped = true,
            Request::Void {
                partner,
                direction,
                counter,
                leaf_index,
                at,
                holding,
            } => {
                let leaf = Leaf::void(partner, direction, counter, leaf_index, at);
                self.line_up(Prepared::void(leaf, Some(holding)));
            }
        }
    }

    /// Puts a commit where its place in the log is.
    fn line_up(&mut self, prepared: Prepared) {
        let Some((leaf, _)) = &prepared.leaf else {
            self.ready.push(prepared);
            return;
        };
        self.early.insert(leaf.index, prepared);
        while let Some(next) = self.early.remove(&self.next_leaf) {
            self.ready.push(next);
            self.next_leaf = self.next_leaf.saturating_add(1);
        }
    }

    /// Writes what is ready as one batch and answers.
    fn commit(&mut self) {
        let mut ready = std::mem::take(&mut self.ready);
        self.busy = ready.len() >= BUSY_COMMITS;
        let result = if self.core.is_healthy() {
            self.refuse_stale(&mut ready);
            self.write(&ready)
        } else {
            Err(Error::Failed)
        };
        match result {
            Ok(committed) => {
                let mut first_event = committed.first_event;
                for mut prepared in ready {
                    // Readers see it; only now may the next one with the same id look.
                    prepared.holding = None;
                    let batch = committed.batch;
                    let events = wide(prepared.events.len());
                    prepared.answer(Ok(Committed { batch, first_event }));
                    first_event = first_event.saturating_add(events);
                }
            }
            Err(error) => {
                self.core.fail(&error);
                for mut prepared in ready {
                    prepared.answer(Err(error.clone()));
                }
            }
        }
    }

    /// Refuses commits that end something which is not pending any more, such as a second delivery.
    fn refuse_stale(&self, ready: &mut Vec<Prepared>) {
        let mut ended = HashSet::new();
        ready.retain_mut(|prepared| {
            let stale = {
                let mut views = self.core.views();
                let stale = prepared.events.iter().find_map(|event| {
                    let ending = Ending::of(event)?;
                    ending.refused(&self.core, &views, &ended, &prepared.events)
                });
                if stale.is_none() {
                    leave(&mut views.outbox, &prepared.events);
                }
                stale
            };
            match stale {
                None => {
                    let endings = prepared.events.iter().filter_map(Ending::of);
                    let over = endings.filter(|ending| ending.ends);
                    ended.extend(over.map(|ending| ending.id.to_owned()));
                    true
                }
                Some(refused) => {
                    prepared.answer(Err(refused));
                    // The place in the log is taken: it gets a void leaf.
                    let Some((leaf, _)) = prepared.leaf.take() else {
                        return false;
                    };
                    let void = Leaf::void(
                        leaf.partner,
                        leaf.direction,
                        leaf.counter,
                        leaf.index,
                        leaf.at,
                    );
                    *prepared = Prepared::void(void, prepared.holding.take());
                    true
                }
            }
        });
    }

    fn write(&mut self, ready: &[Prepared]) -> Result<Committed, Error> {
        let mut bodies = Vec::new();
        let mut records = Vec::new();
        for prepared in ready {
            bodies.extend(
                prepared
                    .bodies
                    .iter()
                    .map(|(sha, body)| (*sha, body.as_ref())),
            );
            let encoded = prepared.encoded.iter();
            records.extend(encoded.map(|event| (RecordKind::Event, event.as_slice())));
            let leaf = prepared.leaf.iter();
            records.extend(leaf.map(|(_, text)| (RecordKind::Leaf, text.as_slice())));
        }
        if bodies.is_empty() && records.is_empty() {
            return Ok(Committed {
                batch: self.journal.chain().batch,
                first_event: self.journal.chain().event,
            });
        }
        let written = self.journal.write(&bodies, &records)?;
        self.core.grew(&written);
        if !std::mem::replace(&mut self.unpublished, true) {
            let _ = self.outgoing.pace.send(());
        }
        let committed = Committed {
            batch: written.first.batch,
            first_event: written.first.event,
        };
        self.show(ready, &written)?;
        Ok(committed)
    }

    /// Lets readers see a batch that is durable, and sends it to the index.
    fn show(&self, ready: &[Prepared], written: &Written) -> Result<(), Error> {
        let mut events = Vec::with_capacity(written.records.len());
        let mut leaves = Vec::new();
        let mut places = written.records.iter().copied();
        for prepared in ready {
            // In the order in which they were written.
            events.extend(prepared.events.iter().zip(places.by_ref()));
            let leaf = prepared.leaf.iter().map(|(leaf, _)| leaf.clone());
            leaves.extend(leaf.zip(places.by_ref()));
        }
        let durable = Durable {
            first: written.first,
            next: written.next,
            bodies: &written.bodies,
            events: &events,
            leaves: &leaves,
        };
        self.keep_fresh(ready);
        let mut views = self.core.views();
        let changes = apply(&mut views, &self.core.index, &durable)?;
        let batch = written.first.batch;
        let changes = self.core.index.stage(batch, written.next.hash, changes);
        drop(views);
        if events.iter().any(|(event, _)| moves_outbox(event)) {
            self.core
                .outbox_changed
                .send_modify(|version| *version += 1);
        }
        // Waits when the index is far behind. When its thread is gone, it has said why.
        let _ = self.outgoing.indexer.send((batch, changes));
        Ok(())
    }

    /// Keeps the outgoing messages of a batch at hand for their first delivery.
    fn keep_fresh(&self, ready: &[Prepared]) {
        let mut fresh = self.core.fresh();
        for prepared in ready {
            for event in &prepared.events {
                if let Event::Queued(entry) = event {
                    let mut bodies = prepared.bodies.iter();
                    if let Some((_, body)) = bodies.find(|(sha256, _)| *sha256 == entry.body) {
                        fresh.put(entry.body, body);
                    }
                }
            }
        }
    }

    /// Signs and saves a checkpoint of all that is written.
    fn publish(&mut self) {
        let result = if self.core.is_healthy() {
            self.try_publish()
        } else {
            Err(Error::Failed)
        };
        if let Err(error) = &result {
            self.core.fail(error);
        }
        for reply in self.asked.drain(..) {
            let _ = reply.send(result.clone());
        }
        self.reminded = false;
        self.unpublished = false;
    }

    fn try_publish(&self) -> Result<(), Error> {
        let (size, root) = {
            let views = self.core.views();
            (views.log.size(), views.log.root())
        };
        let chain = self.journal.chain();
        if self.core.published().batches == chain.batch {
            return Ok(());
        }
        let note = Checkpoint::sign(&self.outgoing.signer, size, root);
        let published = Published {
            checkpoint: Checkpoint::open(&note, &self.core.identity.log)
                .map_err(Error::Evidence)?,
            note,
            batches: chain.batch,
            hash: chain.hash,
            end: self.journal.end(),
        };
        // Crash before this is through: the checkpoint before it is still true.
        published.save(&*self.core.disk, &self.core.dir)?;
        self.core.set_published(published);
        Ok(())
    }
}

/// What a commit recalls is not sent any more from here on. When the commit fails, so does the store:
/// whether it is durable is known at the next start, and until then nothing is sent.
fn leave(outbox: &mut Outbox, events: &[Event]) {
    for event in events {
        if let Event::Recalled(end) = event {
            outbox.leave(&end.entry);
        }
    }
}
