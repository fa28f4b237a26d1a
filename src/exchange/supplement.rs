//! Held translations: an officer supplies what the source lacks, and the message goes on.
//!
//! Start at [`supplement`]. The officer's entry is itself a message: it is kept, receipted and a
//! leaf of the log, and what it queued names it.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use super::conclude::{Arrived, commit, reserve_fault, stored_answer, stored_body};
use super::core::Core;
use super::documents::documents;
use super::draft::{Draft, Sealed};
use super::gateway::Answer;
use super::made::{Effect, Made};
use super::notes::Reports;
use super::parts::{Aside, beside, resumed};
use super::rejection::{Fault, Rejection, Stage, Stopped};
use super::source::Source;
use super::standing::Standing;
use super::work::promptly;
use crate::evidence::{self, Direction, Origin, PartState};
use crate::model::{PartyId, Principal, Sha256};
use crate::store::{
    EntryKind, Event, HeldEntry, HeldResolved, Received, Resolution, Store, Supplemented,
};
use crate::translate::Supplement;

/// Why a held message was not supplemented.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SupplementError {
    /// No such entry.
    #[error("no held message has this id")]
    NotHeld,
    /// The principal is no officer.
    #[error("only a principal with the role `officer` may supplement a held message")]
    NotAllowed,
    /// The message cannot be carried on: its lane or package is gone.
    #[error("{0}")]
    Rejected(Rejection),
    /// The entry was resolved before.
    #[error("the held message waits no more")]
    Resolved,
    /// The gateway's own failure.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What a held message became.
#[derive(Debug, Clone)]
pub struct Resumed {
    /// The receipt of the officer's entry.
    pub answer: Answer,
    /// Whether it was queued now; otherwise it is held again, under this id.
    pub held_again: Option<String>,
}

/// An officer's entry: which message, what values. It is kept and receipted as it stands here; the
/// same values for two messages are two entries.
pub(super) struct Given {
    held: String,
    values: Vec<Supplement>,
    arrived: Arrived,
}

impl Given {
    pub(super) fn new(
        party: &PartyId,
        principal: &Principal,
        held: &str,
        values: Vec<Supplement>,
    ) -> Self {
        let body = Bytes::from(json!({ "held": held, "values": values }).to_string());
        Self {
            held: held.to_owned(),
            values,
            arrived: Arrived {
                from: party.clone(),
                direction: Direction::National,
                principal: Some(principal.name.clone()),
                raw: evidence::sha256(&body),
                ucr: None,
                settles: None,
                body,
                charset: None,
            },
        }
    }

    /// The digest of the entry.
    pub(super) fn raw(&self) -> Sha256 {
        self.arrived.raw
    }
}

/// Supplies an officer's values to a held message. A message that no value helps, or whose lane is
/// gone, waits as before; then nothing is recorded.
pub(super) async fn supplement(
    core: &Arc<Core>,
    store: &Store,
    given: Given,
) -> Result<Resumed, SupplementError> {
    let Given {
        held,
        values,
        arrived,
    } = given;
    let before = store.receipt_for_raw(&core.party, &arrived.raw);
    if let Some(stored) = before.map_err(Fault::from)? {
        return Ok(Resumed {
            answer: stored_answer(store, &stored.id).await?,
            held_again: held_again(store, &held)?,
        });
    }
    let waiting = Waiting::find(core, store, &held).await?;
    let (worker, bytes) = (Arc::clone(core), waiting.body.len());
    let resumed = core.workers.compute(bytes, move || {
        let made = waiting.resume(&worker, &values);
        (made, waiting, values)
    });
    let (made, waiting, values) = resumed.await?;
    let made = made.map_err(|stopped| match stopped {
        Stopped::Fault(fault) => SupplementError::Fault(fault),
        Stopped::Rejected(rejection) => SupplementError::Rejected(rejection),
    })?;
    let now = core.clock.wall();
    let reserved = store.reserve(&core.party, Direction::National, &[], now);
    let reservation = reserved.await.map_err(reserve_fault)?;
    let worker = Arc::clone(core);
    let sealed = promptly(bytes, move || {
        let draft = Draft::new(&worker, &arrived, &reservation, worker.new_id());
        (waiting.seal(draft, made, &values), reservation)
    });
    let (sealed, reservation) = sealed.await?;
    let (sealed, held_again) = sealed?;
    let committed = commit(core, store, reservation, sealed).await;
    // Another entry was faster.
    if let Err(Fault::Store(crate::store::Error::NotPending { .. })) = committed {
        return Err(SupplementError::Resolved);
    }
    let answer = committed?;
    Ok(Resumed { answer, held_again })
}

/// The entry that waits in the place of one that was supplemented.
fn held_again(store: &Store, held: &str) -> Result<Option<String>, Fault> {
    let Some(before) = store.held_entry(held)? else {
        return Ok(None);
    };
    if before.resolution != Some(Resolution::Replaced) {
        return Ok(None);
    }
    let before = before.entry;
    for made in store.made_from(&before.source)? {
        let crate::store::Made::Held(id) = made else {
            continue;
        };
        let Some(record) = store.held_entry(&id)? else {
            continue;
        };
        let (entry, waits) = (record.entry, record.resolution.is_none());
        let same = entry.document == before.document && entry.number == before.number;
        if waits && entry.lane == before.lane && same {
            return Ok(Some(entry.id));
        }
    }
    Ok(None)
}

/// A held translation and the message that it comes from.
struct Waiting {
    entry: HeldEntry,
    received: Received,
    body: Bytes,
    /// What it revises, and how far that got.
    standing: Option<Standing>,
}

impl Waiting {
    async fn find(core: &Arc<Core>, store: &Store, held: &str) -> Result<Self, SupplementError> {
        let record = store.held_entry(held).map_err(Fault::from)?;
        let record = record.ok_or(SupplementError::NotHeld)?;
        if record.resolution.is_some() {
            return Err(SupplementError::Resolved);
        }
        let entry = record.entry;
        let received = store.message(&entry.source).map_err(Fault::from)?;
        let received = received.ok_or(SupplementError::NotHeld)?;
        let body = stored_body(store, &received.raw).await?;
        let standing = match received.revises.clone() {
            None => None,
            Some(revises) => {
                let (core, reader) = (Arc::clone(core), store.clone());
                // It is read from disk, and so not on the runtime's threads.
                let found = tokio::task::spawn_blocking(move || {
                    let version = reader.message(&revises.message)?.ok_or(Fault::Receipt)?;
                    Standing::of(&core, &reader, revises.revision, version)
                });
                let found = found.await.map_err(|_| Fault::Worker)??;
                Some(found.map_err(SupplementError::Rejected)?)
            }
        };
        Ok(Self {
            entry,
            received,
            body,
            standing,
        })
    }

    /// Values given before, when the message was held again after a supplement.
    fn given_before(&self) -> Vec<Supplement> {
        let given = self.entry.findings.get("supplements").cloned();
        given
            .and_then(|given| serde_json::from_value(given).ok())
            .unwrap_or_default()
    }

    /// Those and the new ones; what is given again replaces what was given before.
    fn given_with(&self, values: &[Supplement]) -> Vec<Supplement> {
        let anew = |given: &Supplement| values.iter().any(|value| value.path == given.path);
        let mut all = self.given_before();
        all.retain(|given| !anew(given));
        all.extend_from_slice(values);
        all
    }

    /// Climbs the ladder of proof again and takes the document over its lane with the values.
    fn resume(&self, core: &Core, values: &[Supplement]) -> Result<Made, Stopped> {
        let gone = |what: &str| Rejection::new(Stage::Lane, "LANE_GONE", what.to_owned());
        let lane = core.lanes.find(&self.entry.lane);
        let lane = lane.filter(|lane| lane.in_force(core.clock.wall()));
        let lane = lane.ok_or_else(|| gone("the lane of the held message is not in force"))?;
        let source = Source::again(core, &self.received, &self.body)?;
        let entries = documents(core, source.view(), &source.package)?;
        let entry = entries.iter().find(|entry| {
            let package = entry.package.as_ref().map(|package| package.id());
            let same = match &self.entry.document {
                Some(id) => entry.embedded && entry.id.as_ref() == Some(id),
                None => !entry.embedded,
            };
            same && package == Some(&lane.package_in)
        });
        let found = entry.and_then(|entry| Some((entry, entry.package.as_ref()?)));
        let (entry, package) = found
            .ok_or_else(|| gone("the message has no document that the lane takes any more"))?;
        let (given, ucr) = (self.given_with(values), source.ucr()?);
        let ucr = beside(ucr.as_ref(), &entries, entry);
        let aside = Aside::of(ucr, self.standing.as_ref(), lane);
        let number = self.entry.number;
        let made = resumed(core, entry, package, lane, number, aside, &given)?;
        if made.part.state == PartState::Refused {
            let findings = made.part.findings.join(", ");
            let text = format!("the lane cannot carry the message with these values: {findings}");
            return Err(Rejection::new(Stage::Translate, "LANE_ALL_REFUSED", text).into());
        }
        Ok(made)
    }

    fn seal(
        &self,
        mut draft: Draft<'_>,
        mut made: Made,
        values: &[Supplement],
    ) -> Result<(Sealed, Option<String>), Fault> {
        let at = draft.at();
        let by = draft.principal();
        draft.stands_for(&self.received);
        draft.entry = Some(EntryKind::Supplement);
        draft.first = Some(self.received.case().to_owned());
        draft.push(Event::Supplemented(Supplemented {
            held: self.entry.id.clone(),
            at,
            by: by.clone(),
            values: json!(values),
        }));
        let resolution = match &mut made.effect {
            Effect::Hold { findings, .. } => {
                if let Some(object) = findings.as_object_mut() {
                    let given = json!(self.given_with(values));
                    object.insert("supplements".to_owned(), given);
                }
                Resolution::Replaced
            }
            Effect::Queue { .. } => Resolution::Queued,
            Effect::Inbox { .. } => Resolution::Inbox,
            Effect::None => Resolution::Dropped,
        };
        let mut reports = Reports::default();
        reports.push(&made.part, made.report);
        draft.report = Some(reports);
        draft.push(Event::HeldResolved(HeldResolved {
            held: self.entry.id.clone(),
            at,
            by: by.clone(),
            resolution,
        }));
        draft.effect(&made.part, made.effect);
        let held_again = draft.last_held();
        let facts = draft.arrived_facts(Some(self.entry.id.clone()));
        let parts = vec![made.part];
        let outcome = evidence::Outcome::Accepted { parts };
        let sealed = draft.finish(facts, Origin::Attested { principal: by }, outcome)?;
        Ok((sealed, held_again))
    }
}
