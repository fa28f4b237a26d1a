//! Amendments and cancellations that came before what they speak of.
//!
//! Start at [`revised`] for a message that arrives and at [`Gateway::settle`] for those that wait. One
//! that waits is receipted at once, with a part `waiting` that says until when. The last word is a
//! second receipt for the same bytes: an acceptance when the earlier message came, a refusal when the
//! time is over. Whoever sends the same bytes again gets the newest.

use std::sync::Arc;

use jiff::Timestamp;

use super::conclude::{Arrived, commit, conclude, reserve_fault, stored_body};
use super::core::Core;
use super::draft::Draft;
use super::gateway::{Answer, Gateway, judge};
use super::prepare::Prepared;
use super::rejection::{Fault, Rejection, Stage};
use super::stated::{Earlier, earlier};
use super::work::promptly;
use crate::evidence::{self, Direction, Part, PartState};
use crate::model::{CaseKey, PackageId, PartyId};
use crate::store::{Awaiting, Error, Event, PAGE_MAX, Received, Settled, Store};

/// Most messages of one partner that wait: more would be no accident of order.
const WAITING_MAX: usize = 100;

/// The finding of a message that waits, until the time behind it.
const WAITS: &str = "REVISION_WAITS";

/// Why a message is judged a second time: it waited.
#[derive(Debug, Clone)]
pub(super) struct Settling {
    /// The message that waited: [`Received::message`].
    pub(super) message: String,
    /// When it was received.
    pub(super) at: Timestamp,
    /// Whether its time is over.
    pub(super) is_over: bool,
}

/// What becomes of a message that says that it revises another.
pub(super) enum Revising {
    /// It revises this version.
    Version(Box<Received>),
    /// It is refused.
    Refused(Rejection),
    /// It waits.
    Waits,
}

/// Finds what a message revises that says so itself; none for an original.
pub(super) async fn revised(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    prepared: &Prepared,
) -> Result<Option<Revising>, Fault> {
    let Some(stated) = &prepared.stated else {
        return Ok(None);
    };
    if stated.by.is_empty() {
        let text = "the message revises an earlier one and names none";
        let rejection = Rejection::new(Stage::Identity, "REVISION_UNREFERENCED", text);
        return Ok(Some(Revising::Refused(rejection)));
    }
    let found = find(core, store, arrived, &prepared.package, &stated.by).await?;
    let waits = arrived.direction == Direction::In
        && arrived
            .settles
            .as_ref()
            .is_none_or(|settling| !settling.is_over);
    Ok(Some(match found {
        Earlier::Known(version) => Revising::Version(version),
        Earlier::Refused(rejection) => Revising::Refused(rejection),
        Earlier::Unknown if !waits => {
            let text = "what the message revises is not here; send that first";
            Revising::Refused(Rejection::new(Stage::Identity, "REVISION_UNKNOWN", text))
        }
        Earlier::Unknown if is_full(store, arrived) => {
            let text = "too many messages wait for what they revise; send the originals first";
            let stage = Stage::Identity;
            Revising::Refused(Rejection::new(stage, "REVISION_WAITING_FULL", text))
        }
        Earlier::Unknown => Revising::Waits,
    }))
}

async fn find(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    package: &PackageId,
    by: &[CaseKey],
) -> Result<Earlier, Fault> {
    let (core, store, arrived) = (Arc::clone(core), store.clone(), arrived.clone());
    let (package, by) = (package.clone(), by.to_vec());
    // It is read from disk, and so not on the runtime's threads.
    let work = move || earlier(&core, &store, &arrived, &package, &by);
    let found = tokio::task::spawn_blocking(work);
    found.await.map_err(|_| Fault::Worker)?
}

/// A list of what waits is looked through each second: it has an end, for each partner and for all.
fn is_full(store: &Store, arrived: &Arrived) -> bool {
    let all = store.awaiting(PAGE_MAX);
    let own = all.iter().filter(|one| one.partner == arrived.from);
    all.len() == PAGE_MAX || own.count() >= WAITING_MAX
}

/// Lets a message wait: receipted, kept, and nobody's yet. It occupies no id before its last word.
pub(super) async fn wait(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    prepared: Prepared,
) -> Result<Answer, Fault> {
    let now = core.clock.wall();
    let reserved = store.reserve(&arrived.from, arrived.direction, &[], now);
    let reservation = reserved.await.map_err(reserve_fault)?;
    let (worker, arrived) = (Arc::clone(core), arrived.clone());
    let sealed = promptly(arrived.body.len(), move || {
        let mut draft = Draft::new(&worker, &arrived, &reservation, worker.new_id());
        let at = draft.at();
        let until = at.checked_add(worker.revision_wait);
        let until = until.unwrap_or(Timestamp::MAX);
        draft.provisional = true;
        draft.keys = prepared.keys;
        draft.push(Event::Awaiting(Awaiting {
            message: draft.message().to_owned(),
            partner: arrived.from.clone(),
            raw: arrived.raw,
            by: prepared.stated.map(|stated| stated.by).unwrap_or_default(),
            at,
            until,
        }));
        let mut facts = draft.arrived_facts(Some(prepared.message_id));
        facts.package = Some(prepared.package);
        let parts = vec![waiting_part(until)];
        let outcome = evidence::Outcome::Accepted { parts };
        (draft.finish(facts, prepared.origin, outcome), reservation)
    });
    let (sealed, reservation) = sealed.await?;
    commit(core, store, reservation, sealed?).await
}

fn waiting_part(until: Timestamp) -> Part {
    Part {
        lane: None,
        document: None,
        to: None,
        package: None,
        mapping_sha256: None,
        state: PartState::Waiting,
        sha256: None,
        losses: Vec::new(),
        supplied: Vec::new(),
        findings: vec![format!("{WAITS}@{until}")],
    }
}

impl Gateway {
    /// Says the last word about messages that waited for what they revise: accepts those for which it
    /// came, refuses those whose time is over. Called every second. Gives how many were settled.
    ///
    /// # Errors
    /// The first [`Fault`], when the store fails or the quota of refusals is used up. What failed waits
    /// on, and with it what revises the same; all else is settled nevertheless.
    pub async fn settle(&self) -> Result<usize, Fault> {
        self.settle_of(None).await
    }

    /// The same for one partner, of whom a message was accepted: it may be what others wait for.
    pub(super) async fn settle_of(&self, partner: Option<&PartyId>) -> Result<usize, Fault> {
        let (mut settled, mut failed) = (0, None);
        let mut stuck: Vec<Arc<Awaiting>> = Vec::new();
        for waiting in self.store().awaiting(PAGE_MAX) {
            let is_meant = partner.is_none_or(|partner| *partner == waiting.partner);
            if !is_meant || stuck.iter().any(|before| is_behind(&waiting, before)) {
                continue;
            }
            match self.settle_one(&waiting).await {
                Ok(is_settled) => settled += usize::from(is_settled),
                Err(fault) => {
                    // What is to be refused changes nothing for those behind it.
                    if !matches!(fault, Fault::Quota) {
                        stuck.push(waiting);
                    }
                    failed.get_or_insert(fault);
                }
            }
        }
        failed.map_or(Ok(settled), Err)
    }

    async fn settle_one(&self, waiting: &Awaiting) -> Result<bool, Fault> {
        let (core, store) = (self.core(), self.store());
        let Some(received) = store.message(&waiting.message)? else {
            return Ok(false);
        };
        // Looked at once: what is judged as over must not be looked for, nor the other way about.
        let over = waiting.until <= core.clock.wall();
        let mut arrived = Arrived {
            from: waiting.partner.clone(),
            direction: received.direction,
            principal: None,
            body: bytes::Bytes::new(),
            charset: received.charset.clone(),
            raw: waiting.raw,
            ucr: None,
            settles: Some(Settling {
                message: waiting.message.clone(),
                at: received.received_at,
                is_over: over,
            }),
        };
        if let (false, Some(package)) = (over, &received.package)
            && let Earlier::Unknown = find(&core, store, &arrived, package, &waiting.by).await?
        {
            return Ok(false);
        }
        let guard = self.lead(&waiting.partner, waiting.raw).await?;
        if store.settled(&waiting.message)?.is_some() {
            return Ok(false);
        }
        arrived.body = stored_body(store, &waiting.raw).await?;
        let store = store.clone();
        // As in `take`.
        let work = tokio::spawn(async move {
            let _guard = guard;
            let verdict = judge(&core, &arrived, None, None).await?;
            let answer = conclude(&core, &store, &arrived, verdict).await?;
            close(&core, &store, &arrived, &answer).await
        });
        match work.await.map_err(|_| Fault::Worker)? {
            // Somebody else revised the same version meanwhile.
            Err(Fault::Store(Error::NotPending { .. })) => Ok(false),
            Err(fault) => Err(fault),
            Ok(()) => Ok(true),
        }
    }
}

/// Whether a message revises what an earlier one of the same partner revises: it comes after that.
fn is_behind(waiting: &Awaiting, before: &Awaiting) -> bool {
    waiting.partner == before.partner && waiting.by.iter().any(|key| before.by.contains(key))
}

/// The same document may have been accepted meanwhile, signed anew: then that is the last word.
async fn close(
    core: &Core,
    store: &Store,
    arrived: &Arrived,
    answer: &Answer,
) -> Result<(), Fault> {
    let Some(settling) = &arrived.settles else {
        return Ok(());
    };
    if store.settled(&settling.message)?.is_some() {
        return Ok(());
    }
    let receipt = store.receipt(&answer.receipt_id)?.ok_or(Fault::Receipt)?;
    let event = Event::Settled(Settled {
        message: settling.message.clone(),
        by: receipt.message,
        at: core.clock.wall(),
    });
    Ok(store.append(Vec::new(), vec![event]).await.map(drop)?)
}
