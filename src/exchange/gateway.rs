//! The conductor: takes a message the whole way and answers with a durable receipt.
//!
//! Start at [`Gateway::receive`] for what partners send and [`Gateway::submit`] for what the
//! national side hands in.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use jiff::SignedDuration;

use super::amending::{Amendment, amend};
use super::conclude::{Arrived, Identity, Verdict, conclude, stored_answer};
use super::core::{Core, Settings};
use super::entries::{self, Entry, EntryError};
use super::inflight::{Guard, InFlight, Turn};
use super::learn::is_of_ignorance;
use super::posts::{Stated, is_answered, is_refused_again, side};
use super::prepare::prepare;
use super::rejection::{Fault, Stage, Stopped};
use super::serials::StoredSerials;
use super::source::Source;
use super::standing::{Standing, is_of_revision};
use super::supplement::{Given, Resumed, SupplementError, supplement};
use super::watch::Watched;
use super::work::Workers;
use crate::clock::{self, Clock};
use crate::crypto::TrustStore;
use crate::evidence::{self, Direction};
use crate::model::{PartyId, Principal, Role, Sha256, Ucr};
use crate::store::{self, Accessed, Event, Received, Store, Turned};
use crate::telemetry;
use crate::translate::Supplement;

/// How long a request waits for the outcome of an identical one. Longer than any commit takes, and
/// shorter than a client's patience.
const IDENTICAL_WAIT: Duration = Duration::from_secs(20);

/// A gateway at work. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    party: PartyId,
    clock: Clock,
    /// Replaced whole at a reload. Whoever handles a message takes it once.
    core: Arc<ArcSwap<Core>>,
    store: Store,
    /// What earlier settings are left: those by which something is still judged.
    earlier: Arc<Mutex<Vec<Weak<Core>>>>,
    inflight: Arc<InFlight>,
    watched: Arc<Watched>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("party", &self.party)
            .finish_non_exhaustive()
    }
}

/// What a sender gets.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whether the message was taken.
    pub status: AnswerStatus,
    /// The sealed receipt.
    pub receipt: Bytes,
    /// Its id.
    pub receipt_id: String,
}

/// Whether a message was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerStatus {
    /// The gateway answers for the message from now on.
    Accepted,
    /// Its id was accepted before with other content.
    Conflict,
    /// It was not taken; the receipt says why.
    Refused,
}

/// What a national principal hands in: a message, and what it states beside it.
#[derive(Debug, Clone, Default)]
pub struct Submission {
    /// The message.
    pub body: Bytes,
    /// The charset that the HTTP header names.
    pub charset: Option<String>,
    /// What it stands in the place of: the id of an earlier message, of its receipt, or the one that the
    /// national system gave it.
    pub replaces: Option<String>,
    /// The UCR of its consignment, where its format has no place for one.
    pub ucr: Option<Ucr>,
}

impl Gateway {
    /// Puts a gateway together.
    pub fn new(settings: Settings, store: Store) -> Self {
        let serials = Arc::new(StoredSerials::new(store.clone()));
        let core = Core::new(settings, Workers::new(), serials);
        Self {
            party: core.party.clone(),
            clock: core.clock.clone(),
            core: Arc::new(ArcSwap::from_pointee(core)),
            store,
            earlier: Arc::default(),
            inflight: Arc::new(InFlight::default()),
            watched: Arc::default(),
        }
    }

    /// The own party.
    pub fn party(&self) -> &PartyId {
        &self.party
    }

    /// Judges by these settings, which are of the same party, what comes from now on. A message
    /// whose judging has begun is judged to its end by those before.
    pub fn replace(&self, settings: Settings) {
        let (workers, serials) = {
            let core = self.core();
            (core.workers.clone(), Arc::clone(&core.serials))
        };
        let mut earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        self.swap(&mut earlier, Core::new(settings, workers, serials));
    }

    /// Trusts this of a partner from now on; of nobody who is no partner. A message whose judging has
    /// begun is judged by what was trusted before.
    pub fn trust(&self, partner: &PartyId, trust: Arc<TrustStore>) {
        // Held from the look to the swap, so that no other change is lost.
        let mut earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        let mut core = Core::clone(&self.core());
        if let Some(known) = core.partners.get_mut(partner) {
            known.trust = trust;
            self.swap(&mut earlier, core);
        }
    }

    fn swap(&self, earlier: &mut Vec<Weak<Core>>, core: Core) {
        let before = self.core.swap(Arc::new(core));
        earlier.retain(|core| core.strong_count() > 0);
        earlier.push(Arc::downgrade(&before));
    }

    /// Whether something is still judged by settings that were replaced.
    pub(super) fn is_judging_by_earlier(&self) -> bool {
        let earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        earlier.iter().any(|core| core.strong_count() > 0)
    }

    /// What is watched besides messages.
    pub(super) fn watched(&self) -> &Watched {
        &self.watched
    }

    /// What is in force now.
    pub(super) fn core(&self) -> Arc<Core> {
        self.core.load_full()
    }

    /// The store, for read-only views and the queue.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The reader of time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Takes a message from a partner, whom the listener authenticated by its TLS certificate.
    /// `charset` is what the HTTP header says.
    ///
    /// # Errors
    /// [`Fault`] when the gateway itself failed; the message may be sent again unchanged.
    pub async fn receive(
        &self,
        peer: &PartyId,
        body: Bytes,
        charset: Option<String>,
    ) -> Result<Answer, Fault> {
        let message = Submission {
            body,
            charset,
            ..Submission::default()
        };
        self.take(peer.clone(), Direction::In, None, message).await
    }

    /// Takes a message from an authenticated national principal, with what it states beside it.
    ///
    /// # Errors
    /// [`Fault`] when the gateway itself failed; the message may be submitted again unchanged.
    pub async fn lodge(
        &self,
        principal: &Principal,
        submission: Submission,
    ) -> Result<Answer, Fault> {
        match submission.replaces.clone() {
            Some(replaces) => self.amend(principal, replaces, submission).await,
            None => {
                let (party, by) = (self.party.clone(), Some(principal.clone()));
                self.take(party, Direction::National, by, submission).await
            }
        }
    }

    /// The same, where nothing is stated beside it.
    ///
    /// # Errors
    /// As [`Self::lodge`].
    pub async fn submit(
        &self,
        principal: &Principal,
        body: Bytes,
        charset: Option<String>,
    ) -> Result<Answer, Fault> {
        let submission = Submission {
            body,
            charset,
            ..Submission::default()
        };
        self.lodge(principal, submission).await
    }

    async fn amend(
        &self,
        principal: &Principal,
        replaces: String,
        submission: Submission,
    ) -> Result<Answer, Fault> {
        let (raw, body) = self.digest(submission.body).await?;
        let guard = self.lead(&self.party, raw).await?;
        self.room()?;
        let amendment = Amendment {
            arrived: Arrived {
                from: self.party.clone(),
                direction: Direction::National,
                principal: Some(principal.name.clone()),
                body,
                charset: submission.charset,
                raw,
                ucr: submission.ucr,
                settles: None,
            },
            principal: principal.clone(),
            replaces,
        };
        let (core, store) = (self.core(), self.store.clone());
        // As in `take`.
        let work = tokio::spawn(async move {
            let _guard = guard;
            amend(&core, &store, amendment).await
        });
        work.await.map_err(|_| Fault::Worker)?
    }

    /// Supplies values to a held message: `entry` is what the officer sent, `values` what it says.
    ///
    /// # Errors
    /// [`SupplementError`] when there is no such message of the principal's posts, the principal is no
    /// officer, the message cannot be carried on, or the gateway itself failed.
    pub async fn supplement(
        &self,
        principal: &Principal,
        held: &str,
        values: Vec<Supplement>,
    ) -> Result<Resumed, SupplementError> {
        if principal.role != Role::Officer {
            return Err(SupplementError::NotAllowed);
        }
        if self.held_of(principal, held)?.is_none() {
            return Err(SupplementError::NotHeld);
        }
        self.room()?;
        let given = Given::new(&self.party, principal, held, values);
        let guard = self.lead(&self.party, given.raw()).await?;
        let (core, store) = (self.core(), self.store.clone());
        // As in `take`.
        let work = tokio::spawn(async move {
            let _guard = guard;
            supplement(&core, &store, given).await
        });
        work.await.map_err(|_| Fault::Worker)?
    }

    /// Takes what an officer enters about a case, and answers with the receipt's id and what follows
    /// from the entry. The same bytes again get the same answer.
    ///
    /// # Errors
    /// [`EntryError`] when the entry does not read, the principal may not make it, what it speaks of
    /// is not there or does not allow it, or the gateway itself failed.
    pub async fn enter(
        &self,
        principal: &Principal,
        entry: Entry,
        body: Bytes,
    ) -> Result<serde_json::Value, EntryError> {
        self.room()?;
        let guard = self.lead(&self.party, evidence::sha256(&body)).await?;
        let (core, store) = (self.core(), self.store.clone());
        let principal = principal.clone();
        // As in `take`.
        let work = tokio::spawn(async move {
            let _guard = guard;
            entries::enter(&core, &store, &principal, entry, body).await
        });
        work.await.map_err(|_| Fault::Worker)?
    }

    /// Records that a principal looked at something; `what` is method and path, without values.
    ///
    /// # Errors
    /// [`Fault::Store`] when the event could not be made durable; then nothing may be shown.
    pub async fn accessed(&self, principal: &Principal, what: &str) -> Result<(), Fault> {
        let event = Event::Accessed(Accessed {
            principal: principal.name.clone(),
            at: self.clock.wall(),
            what: what.to_owned(),
        });
        Ok(self.store.append(Vec::new(), vec![event]).await.map(drop)?)
    }

    /// Records what was turned away without being kept.
    ///
    /// # Errors
    /// [`Fault::Store`].
    pub async fn turned(&self, sums: Vec<Turned>) -> Result<(), Fault> {
        let events = sums.into_iter().map(Event::Turned).collect();
        Ok(self.store.append(Vec::new(), events).await.map(drop)?)
    }

    /// Why no message is accepted now, or nothing when one is: the store has stopped, its disk is
    /// nearly full, the device with the signing key is away, or the wall clock stands behind what the log states already.
    pub fn unready(&self) -> Option<String> {
        if let Some(failure) = self.store.failure() {
            return Some(format!("the store has stopped: {failure}"));
        }
        if let Some(reason) = self.watched.no_room() {
            return Some(reason);
        }
        if let Err(fault) = self.core().signer.ready() {
            return Some(fault.to_string());
        }
        let last = self.store.last_received_at()?;
        let behind = last.duration_since(self.clock.wall());
        (behind > SignedDuration::try_from(clock::BEHIND_MAX).unwrap_or(SignedDuration::ZERO))
            .then(|| format!("the clock stands {} s behind the log", behind.as_secs()))
    }

    /// Brings gauges that are read on demand up to date.
    pub fn observe(&self) {
        let now = self.clock.wall();
        for partner in self.core().partners.keys() {
            let waiting = self.store.outbox(Some(partner), store::PAGE_MAX);
            let oldest = waiting.first().map_or(SignedDuration::ZERO, |message| {
                now.duration_since(message.entry.at)
            });
            let depth = u64::try_from(waiting.len()).unwrap_or(u64::MAX);
            telemetry::outbox(partner.as_str(), depth, oldest.unsigned_abs());
        }
        let stats = self.store.stats();
        telemetry::held(stats.held_depth);
        telemetry::awaiting(stats.awaiting_depth);
        telemetry::log_size(stats.leaves);
        telemetry::ready(self.unready().is_none());
    }

    async fn take(
        &self,
        from: PartyId,
        direction: Direction,
        principal: Option<Principal>,
        message: Submission,
    ) -> Result<Answer, Fault> {
        let (raw, body) = self.digest(message.body).await?;
        let guard = self.lead(&from, raw).await?;
        if let Some(answer) = self.answered(&from, &raw, principal.as_ref()).await? {
            return Ok(answer);
        }
        self.room()?;
        let arrived = Arrived {
            from: from.clone(),
            direction,
            principal: principal.as_ref().map(|principal| principal.name.clone()),
            body,
            charset: message.charset,
            raw,
            ucr: message.ucr,
            settles: None,
        };
        let (mut core, store) = (self.core(), self.store.clone());
        let mut verdict = judge(&core, &arrived, principal.clone(), None).await?;
        if let Err(refused) = &verdict
            && is_of_ignorance(refused.0.code)
            // What was learned meanwhile for another message is news too.
            && (core.learn.learn(&arrived.from).await || !Arc::ptr_eq(&core, &self.core()))
        {
            core = self.core();
            verdict = judge(&core, &arrived, principal.clone(), None).await?;
        }
        if let (Err(refused), Some(principal)) = (&verdict, &principal)
            && refused.0.stage == Stage::Authorisation
            && let Some(before) = self.before(&arrived.from, &raw)?
            && is_refused_again(principal, &before)
        {
            return stored_answer(&self.store, &before.receipt_id).await;
        }
        // What has a verdict goes to its end, also when the sender has gone meanwhile: a broken
        // connection must not cost a place in the log, nor give the same bytes a second receipt.
        let concluded = tokio::spawn(async move {
            let answer = conclude(&core, &store, &arrived, verdict).await;
            drop(guard);
            answer
        });
        let answer = match concluded.await.map_err(|_| Fault::Worker)? {
            // What it revises was revised by another message meanwhile, or another decision was made of
            // the same goods.
            Err(Fault::Store(store::Error::NotPending { .. })) => Err(Fault::Busy),
            answer => answer,
        }?;
        if direction == Direction::In && !self.store.awaiting(1).is_empty() {
            // What fails here is tried again each second.
            let settled = self.settle_of(Some(&from)).await;
            drop(settled.inspect_err(|fault| tracing::warn!(%fault, "what waits is not settled")));
        }
        Ok(answer)
    }

    /// Nothing new is begun that would fill the disk, or that could not be receipted.
    pub(super) fn room(&self) -> Result<(), Fault> {
        if self.core().signer.ready().is_err() {
            return Err(Fault::Busy);
        }
        match self.watched.no_room() {
            None => Ok(()),
            Some(_) => Err(Fault::NoRoom),
        }
    }

    /// Waits until no identical body is on its way, and leads.
    pub(super) async fn lead(&self, from: &PartyId, raw: Sha256) -> Result<Guard, Fault> {
        loop {
            match self.inflight.enter(from, raw) {
                Turn::Leader(guard) => return Ok(guard),
                Turn::Follower(mut leader) => {
                    // The channel only ever closes: then the first one's outcome is stored.
                    let closed = tokio::time::timeout(IDENTICAL_WAIT, leader.changed());
                    closed.await.map_or(Err(Fault::Busy), |_| Ok(()))?;
                }
                Turn::Full => return Err(Fault::Busy),
            }
        }
    }

    /// The answer that the same bytes got before, if it is for this principal.
    async fn answered(
        &self,
        from: &PartyId,
        raw: &Sha256,
        principal: Option<&Principal>,
    ) -> Result<Option<Answer>, Fault> {
        let Some(before) = self.before(from, raw)? else {
            return Ok(None);
        };
        // What was refused as a revision is not refused as an original.
        let answers = |principal: &Principal| {
            is_answered(principal, &before) && !before.code.as_deref().is_some_and(is_of_revision)
        };
        if principal.is_some_and(|principal| !answers(principal)) {
            return Ok(None);
        }
        let answer = stored_answer(&self.store, &before.receipt_id).await;
        answer.map(Some)
    }

    /// The message that arrived last as these bytes; for one that waited, the one with its last word.
    fn before(&self, from: &PartyId, raw: &Sha256) -> Result<Option<Received>, Fault> {
        let Some(stored) = self.store.receipt_for_raw(from, raw)? else {
            return Ok(None);
        };
        let last = match self.store.settled(&stored.message)? {
            Some(settled) => settled.by,
            None => stored.message,
        };
        Ok(self.store.message(&last)?)
    }

    /// The digest of a body, which is given back.
    async fn digest(&self, body: Bytes) -> Result<(Sha256, Bytes), Fault> {
        let bytes = body.len();
        let work = move || (evidence::sha256(&body), body);
        self.core().workers.compute(bytes, work).await
    }
}

/// The computing part.
pub(super) async fn judge(
    core: &Arc<Core>,
    arrived: &Arrived,
    principal: Option<Principal>,
    standing: Option<Arc<Standing>>,
) -> Result<Verdict, Fault> {
    let (core, arrived) = (Arc::clone(core), arrived.clone());
    let (bytes, workers) = (arrived.body.len(), core.workers.clone());
    let work = move || {
        let charset = arrived.charset.as_deref();
        let source = match &principal {
            None => {
                let when = arrived.when(core.clock.wall());
                Source::signed(&core, &arrived.from, &arrived.body, charset, when)
            }
            Some(principal) => Source::attested(&core, principal, &arrived),
        };
        let source = match source {
            Ok(source) => source,
            Err(rejection) => return Ok(Err(Box::new((rejection, Identity::default())))),
        };
        let stated = Stated::of(&core, &source, side(arrived.direction));
        let posts = stated.all();
        // Before anything else is said of the message: it may be another post's.
        if let Some(Err(rejection)) = principal.as_ref().map(|by| stated.permit(by)) {
            let identity = Identity::without_claims(&core, &source, posts);
            return Ok(Err(Box::new((rejection, identity))));
        }
        let revises = standing.is_some();
        match prepare(&core, &arrived.from, &source, posts.clone(), standing) {
            Ok(prepared) => Ok(Ok(prepared)),
            Err(Stopped::Rejected(rejection)) => {
                let identity = Identity {
                    revises,
                    ..Identity::of(&core, &source, posts)
                };
                Ok(Err(Box::new((rejection, identity))))
            }
            Err(Stopped::Fault(fault)) => Err(fault),
        }
    };
    workers.compute(bytes, work).await?
}
