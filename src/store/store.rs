//! The store as its users see it: opening, reserving, committing.
//!
//! Start at [`Store`]; what can be asked of it stands in the sibling `queries`.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::disk::{Disk, StdDisk};
use super::error::{Error, ReserveError};
use super::events::Event;
use super::files::Identity;
use super::journal::{io_error, wide};
use super::keys;
use super::open;
use super::received::Claim;
use super::sequencer::{
    ClaimOutcome, Holding, RESERVE_WAIT_MAX, RefusalQuota, Reservation, Sequencer,
};
use super::series::Series;
use super::shared::Core;
use super::threads;
use super::writer::{Committed, Prepared, Request};
use crate::evidence::{CheckpointSigner, Direction, Leaf, sha256};
use crate::model::{PartyId, Sha256};

/// Most bytes of one commit, bodies and events together: a message of the largest size that
/// [`crate::xml`] takes, its translations and receipts.
pub const COMMIT_BYTES_MAX: u64 = 512 << 20;
/// A segment with this many bytes is followed by a new one: small enough to copy and to drop.
const SEGMENT_BYTES: u64 = 256 << 20;
/// Least time between two checkpoints that nobody asked for: ten times a second three more syncs.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(100);

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file system of the journal.
    pub disk: Arc<dyn Disk>,
    /// A segment with this many bytes is followed by a new one.
    pub segment_bytes: u64,
    /// Least time between two checkpoints that nobody asked for.
    pub checkpoint_interval: Duration,
    /// What is kept of refused messages.
    pub refusals: RefusalQuota,
    /// The same for partners whose profile says otherwise.
    pub refusals_of: HashMap<PartyId, RefusalQuota>,
    /// How long [`Store::reserve`] waits for another reservation of the same id.
    pub reserve_wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            disk: Arc::new(StdDisk),
            segment_bytes: SEGMENT_BYTES,
            checkpoint_interval: CHECKPOINT_INTERVAL,
            refusals: RefusalQuota::default(),
            refusals_of: HashMap::new(),
            reserve_wait: RESERVE_WAIT_MAX,
        }
    }
}

/// Bytes that events name by their digest.
#[derive(Debug, Clone)]
pub struct Body {
    sha256: Sha256,
    bytes: Bytes,
}

impl Body {
    /// Bytes whose SHA-256 was computed before. It must be theirs: the store finds them by it, and
    /// `fsck` compares the two.
    pub fn digested(bytes: Bytes, sha256: Sha256) -> Self {
        debug_assert_eq!(crate::evidence::sha256(&bytes), sha256, "of these bytes");
        Self { sha256, bytes }
    }

    /// The digest by which events name it.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }
}

impl From<Bytes> for Body {
    /// Digests the bytes.
    fn from(bytes: Bytes) -> Self {
        let sha256 = sha256(&bytes);
        Self { sha256, bytes }
    }
}

/// What is committed at one place of the log.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Message, translations, receipt: everything that the events name by digest. The receipt that
    /// the leaf names must be among them.
    pub bodies: Vec<Body>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The leaf, at the place that was reserved.
    pub leaf: Leaf,
}

/// The store of one gateway. Clones are the same store. When the last is dropped, what was asked for
/// is finished, a checkpoint is published, and the store can be opened again.
#[derive(Debug, Clone)]
pub struct Store {
    owner: Arc<Owner>,
}

#[derive(Debug)]
struct Owner {
    core: Arc<Core>,
    sequencer: Sequencer,
    series: Series,
    writer: Sender<Request>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Dropped last: until then no other process may open the store.
    _lock: Box<dyn std::fmt::Debug + Send + Sync>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.writer.send(Request::Stop);
        let threads = self.threads.get_mut();
        for thread in threads.unwrap_or_else(PoisonError::into_inner).drain(..) {
            // A thread that panicked has said so on its own.
            let _ = thread.join();
        }
    }
}

impl Store {
    /// Makes an empty store in `dir`, which must be empty or not exist.
    ///
    /// # Errors
    /// [`Error::Exists`]; [`Error::WrongGateway`] when the signer is not the identity's;
    /// [`Error::Io`].
    pub fn create(
        dir: &Path,
        identity: &Identity,
        signer: &CheckpointSigner,
        disk: &dyn Disk,
    ) -> Result<(), Error> {
        open::create(disk, dir, identity, signer)
    }

    /// Opens the store in `dir`: reads the journal, cuts what a crash left unfinished, brings the
    /// index up to date.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::WrongGateway`], [`Error::Locked`]; [`Error::Damaged`] with the
    /// place, for anything that a crash cannot have done; [`Error::Index`]; [`Error::Io`].
    pub fn open(
        dir: &Path,
        identity: &Identity,
        signer: Arc<CheckpointSigner>,
        options: &Options,
    ) -> Result<Self, Error> {
        open::check_log(identity, &signer)?;
        let disk = &options.disk;
        let (found, genesis) = Identity::load(&**disk, dir)?;
        open::check_identity(&found, identity)?;
        let lock = lock(&**disk, dir)?;
        let recovered = open::recover(disk, dir, genesis, identity, options.segment_bytes)?;
        let sequencer = Sequencer::resume(&recovered.views, options);
        let core = Arc::new(Core::new(
            Arc::clone(disk),
            dir.to_owned(),
            found,
            (recovered.index, recovered.views, recovered.published),
            recovered.bytes,
        ));
        let interval = options.checkpoint_interval;
        let (writer, threads) = threads::start(&core, recovered.journal, signer, interval)?;
        Ok(Self {
            owner: Arc::new(Owner {
                core,
                sequencer,
                series: Series::default(),
                writer,
                threads: Mutex::new(threads),
                _lock: lock,
            }),
        })
    }

    /// Reserves a place in the log, and the claims that are free. Waits while one of the claims is in
    /// flight elsewhere.
    ///
    /// # Errors
    /// [`ReserveError::Conflict`] when an id was accepted with other content: then nothing is
    /// reserved. [`ReserveError::Duplicate`] when the first claim was accepted with the same content:
    /// nothing is reserved either. [`ReserveError::Busy`] when the wait was too long. [`ReserveError::Store`].
    pub async fn reserve(
        &self,
        partner: &PartyId,
        direction: Direction,
        claims: &[Claim],
        wall_now: Timestamp,
    ) -> Result<Reservation, ReserveError> {
        self.check_health()?;
        let keys: Vec<_> = claims
            .iter()
            .map(|claim| keys::claim(partner, claim))
            .collect();
        let mut distinct: HashMap<&[u8], Sha256> = HashMap::new();
        let mut outcomes = Vec::with_capacity(claims.len());
        for (key, claim) in keys.iter().zip(claims) {
            match distinct.insert(key, claim.content) {
                None => outcomes.push(ClaimOutcome::Fresh),
                Some(content) if content == claim.content => outcomes.push(ClaimOutcome::Repeated),
                Some(_) => return Err(conflict(claim, None)),
            }
        }
        let held = distinct.into_keys().map(<[u8]>::to_vec).collect();
        let holding = self.owner.sequencer.hold(held).await?;
        let mut fresh = HashSet::new();
        for ((key, claim), outcome) in keys.into_iter().zip(claims).zip(&mut outcomes) {
            let Some(earlier) = self.claimant(&key)? else {
                fresh.insert(key);
                continue;
            };
            if !earlier.claims.contains(claim) {
                return Err(conflict(claim, Some(earlier)));
            }
            *outcome = ClaimOutcome::Duplicate {
                receipt_id: earlier.receipt_id,
            };
        }
        if let Some(ClaimOutcome::Duplicate { receipt_id }) = outcomes.first() {
            return Err(ReserveError::Duplicate {
                receipt_id: receipt_id.clone(),
            });
        }
        let mut reservation = self.place(partner, direction, wall_now, None, holding)?;
        reservation.claims = outcomes;
        reservation.fresh = fresh;
        Ok(reservation)
    }

    /// Looks claims up without reserving anything, as far as they are committed: what is in flight
    /// is decided by [`Store::reserve`].
    ///
    /// # Errors
    /// [`ReserveError::Conflict`] when an id was accepted with other content;
    /// [`ReserveError::Duplicate`] when the first claim was accepted with the same content.
    /// [`ReserveError::Store`].
    pub fn look(&self, partner: &PartyId, claims: &[Claim]) -> Result<(), ReserveError> {
        self.check_health()?;
        let mut first = None;
        for (at, claim) in claims.iter().enumerate() {
            let Some(earlier) = self.claimant(&keys::claim(partner, claim))? else {
                continue;
            };
            if !earlier.claims.contains(claim) {
                return Err(conflict(claim, Some(earlier)));
            }
            if at == 0 {
                first = Some(earlier.receipt_id);
            }
        }
        match first {
            Some(receipt_id) => Err(ReserveError::Duplicate { receipt_id }),
            None => Ok(()),
        }
    }

    /// Reserves a place for the receipt of a message of `bytes` bytes that is refused.
    ///
    /// # Errors
    /// [`ReserveError::Quota`] when the partner's quota of this day is used up; as [`Store::reserve`].
    pub async fn reserve_refusal(
        &self,
        partner: &PartyId,
        direction: Direction,
        bytes: u64,
        wall_now: Timestamp,
    ) -> Result<Reservation, ReserveError> {
        self.check_health()?;
        let holding = self.owner.sequencer.hold(Vec::new()).await?;
        self.place(partner, direction, wall_now, Some(bytes), holding)
    }

    fn place(
        &self,
        partner: &PartyId,
        direction: Direction,
        wall_now: Timestamp,
        refused: Option<u64>,
        holding: Holding,
    ) -> Result<Reservation, ReserveError> {
        let sequencer = &self.owner.sequencer;
        let place = sequencer.place(partner, direction, wall_now, refused)?;
        Ok(Reservation {
            partner: partner.clone(),
            direction,
            counter: place.counter,
            leaf_index: place.leaf_index,
            received_at: place.at,
            claims: Vec::new(),
            fresh: HashSet::new(),
            holding: Some(holding),
            writer: self.owner.writer.clone(),
        })
    }

    /// The next number of a series, for a message that is about to be committed: nobody else is given
    /// it before the store is opened again, and nobody ever once a [`super::Numbered`] event with it
    /// is committed. None when no number is left, or more series are counted than a gateway needs.
    ///
    /// # Errors
    /// [`Error::Index`], [`Error::Io`].
    pub fn number(&self, series: &str) -> Result<Option<u64>, Error> {
        let stored = || self.last_in_series(series);
        self.owner.series.next(series, stored)
    }

    /// Commits at a reserved place. When this returns, all of it is durable and visible. The future
    /// may be dropped once it was polled: the commit is made all the same.
    ///
    /// # Errors
    /// [`Error::Mismatch`] when leaf or events do not fit the reservation, [`Error::TooLarge`],
    /// [`Error::NotPending`] when an event ends something that has ended: then the place gets a void
    /// leaf. [`Error::Io`] and [`Error::Failed`]: whether it is durable is known at the next start.
    pub async fn commit(
        &self,
        mut reservation: Reservation,
        batch: Batch,
    ) -> Result<Committed, Error> {
        let Batch {
            bodies,
            mut events,
            leaf,
        } = batch;
        check_leaf(&reservation, &leaf)?;
        for event in &mut events {
            if let Event::Received(received) = event {
                check_received(&reservation, &leaf, received)?;
                let partner = &reservation.partner;
                let fresh = &reservation.fresh;
                received
                    .claims
                    .retain(|claim| fresh.contains(&keys::claim(partner, claim)));
            }
        }
        let mut prepared = prepare(bodies, events)?;
        let named = prepared
            .bodies
            .iter()
            .any(|(sha256, _)| *sha256 == leaf.receipt);
        if !named {
            return Err(Error::Mismatch { field: "receipt" });
        }
        let text = leaf.encode();
        prepared.leaf = Some((leaf, text));
        prepared.holding = reservation.holding.take();
        self.send(prepared).await
    }

    /// Commits events that have no place in the log: attempts, acknowledgements, accesses. `bodies`
    /// are what they name by digest.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn append(&self, bodies: Vec<Body>, events: Vec<Event>) -> Result<Committed, Error> {
        let prepared = prepare(bodies, events)?;
        self.send(prepared).await
    }

    async fn send(&self, mut prepared: Prepared) -> Result<Committed, Error> {
        let (reply, answer) = oneshot::channel();
        prepared.reply = Some(reply);
        let request = Request::Commit(Box::new(prepared));
        self.ask(request, answer).await
    }

    /// Counts refusals by these quotas from now on, in place of [`Options::refusals_of`].
    pub fn set_quotas(&self, of: HashMap<PartyId, RefusalQuota>) {
        self.owner.sequencer.set_quotas(of);
    }

    /// Publishes a checkpoint of everything that was committed before.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Failed`].
    pub async fn publish(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Publish(reply), answer).await
    }

    async fn ask<T>(
        &self,
        request: Request,
        answer: oneshot::Receiver<Result<T, Error>>,
    ) -> Result<T, Error> {
        let sent = self.owner.writer.send(request);
        match (sent, answer.await) {
            (Ok(()), Ok(result)) => result,
            // The writer's thread is gone.
            _ => {
                self.owner.core.fail(&Error::Failed);
                Err(Error::Failed)
            }
        }
    }

    fn check_health(&self) -> Result<(), Error> {
        if self.is_healthy() {
            Ok(())
        } else {
            Err(Error::Failed)
        }
    }

    /// Whether the store takes commits. Once it does not, it never does again before it is reopened.
    pub fn is_healthy(&self) -> bool {
        self.owner.core.is_healthy()
    }

    /// What failed first.
    pub fn failure(&self) -> Option<Error> {
        self.owner.core.failure().cloned()
    }

    /// The latest time that the log states; a wall clock far behind it is wrong.
    pub fn last_received_at(&self) -> Option<Timestamp> {
        self.owner.sequencer.last_at()
    }

    pub(super) fn core(&self) -> &Core {
        &self.owner.core
    }
}

/// Locks the store in `dir` against other processes.
pub(super) fn lock(
    disk: &dyn Disk,
    dir: &Path,
) -> Result<Box<dyn std::fmt::Debug + Send + Sync>, Error> {
    let path = dir.join("lock");
    let lock = disk.lock(&path).map_err(io_error("lock", &path))?;
    lock.ok_or_else(|| Error::Locked {
        dir: dir.to_owned(),
    })
}

fn conflict(claim: &Claim, with: Option<super::Received>) -> ReserveError {
    ReserveError::Conflict {
        claim: Box::new(claim.clone()),
        receipt: with.as_ref().map(|earlier| earlier.receipt),
        receipt_id: with.map(|earlier| earlier.receipt_id),
    }
}

fn check_leaf(reservation: &Reservation, leaf: &Leaf) -> Result<(), Error> {
    let field = if leaf.index != reservation.leaf_index {
        "leaf index"
    } else if leaf.counter != reservation.counter {
        "counter"
    } else if leaf.partner != reservation.partner {
        "partner"
    } else if leaf.direction != reservation.direction {
        "direction"
    } else if leaf.at != reservation.received_at {
        "time"
    } else {
        return Ok(());
    };
    Err(Error::Mismatch { field })
}

fn check_received(
    reservation: &Reservation,
    leaf: &Leaf,
    received: &super::Received,
) -> Result<(), Error> {
    let field = if received.leaf_index != reservation.leaf_index {
        "leaf index of the event"
    } else if received.counter != reservation.counter {
        "counter of the event"
    } else if received.partner != reservation.partner {
        "partner of the event"
    } else if received.direction != reservation.direction {
        "direction of the event"
    } else if received.received_at != reservation.received_at {
        "time of the event"
    } else if received.receipt != leaf.receipt {
        "receipt of the event"
    } else {
        return Ok(());
    };
    Err(Error::Mismatch { field })
}

/// Everything that can be done before it is the writer's turn.
fn prepare(bodies: Vec<Body>, events: Vec<Event>) -> Result<Prepared, Error> {
    let bodies = bodies.into_iter().map(|body| (body.sha256, body.bytes));
    let bodies: Vec<_> = bodies.collect();
    let mut encoded = Vec::with_capacity(events.len());
    for event in &events {
        let bytes = serde_json::to_vec(event);
        encoded.push(bytes.map_err(|_error| Error::Mismatch { field: "event" })?);
    }
    let bytes = bodies.iter().map(|(_, body)| wide(body.len())).sum::<u64>()
        + encoded.iter().map(|event| wide(event.len())).sum::<u64>();
    if bytes > COMMIT_BYTES_MAX {
        return Err(Error::TooLarge {
            bytes,
            limit: COMMIT_BYTES_MAX,
        });
    }
    Ok(Prepared {
        bodies,
        events,
        encoded,
        leaf: None,
        bytes,
        holding: None,
        reply: None,
    })
}
