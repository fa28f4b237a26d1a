//! Held translations: an officer supplies what the source lacks, and the message goes on.
//!
//! Start at [`supplement`]. The officer's entry is itself a message: it is kept, receipted and a
//! leaf of the log, and what it queued names it.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use super::conclude::{Arrived, Draft, Sealed, commit, reserve_fault, stored_answer, stored_body};
use super::core::Core;
use super::documents::documents;
use super::gateway::Answer;
use super::parts::{Effect, Made, part};
use super::rejection::{Fault, Rejection, Stage};
use super::source::Source;
use crate::evidence::{self, Direction, Origin};
use crate::model::{Principal, Role};
use crate::store::{Event, HeldEntry, HeldResolved, Received, Resolution, Store, Supplemented};
use crate::translate::Supplement;

/// Why a held message was not supplemented.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SupplementError {
    /// No such entry, or it was resolved before.
    #[error("no held message has this id, or it waits no more")]
    NotHeld,
    /// The principal is no officer.
    #[error("only a principal with the role `officer` may supplement a held message")]
    NotAllowed,
    /// The message cannot be carried on: its lane or package is gone.
    #[error("{0}")]
    Rejected(Rejection),
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

/// Supplies values to a held message. The entry that is kept and receipted says for which one they
/// are: the same values for two messages are two entries.
pub(super) async fn supplement(
    core: &Arc<Core>,
    store: &Store,
    principal: &Principal,
    held: &str,
    values: Vec<Supplement>,
) -> Result<Resumed, SupplementError> {
    if principal.role != Role::Officer {
        return Err(SupplementError::NotAllowed);
    }
    let entry = Bytes::from(json!({ "held": held, "values": values }).to_string());
    let raw = evidence::sha256(&entry);
    if let Some(stored) = store
        .receipt_for_raw(&core.party, &raw)
        .map_err(Fault::from)?
    {
        let answer = stored_answer(store, &stored.id).await?;
        return Ok(Resumed {
            answer,
            held_again: None,
        });
    }
    let waiting = Waiting::find(store, held).await?;
    let arrived = Arrived {
        from: core.party.clone(),
        direction: Direction::National,
        principal: Some(principal.name.clone()),
        body: entry,
        raw,
    };
    let now = core.clock.wall();
    let reserved = store
        .reserve(&core.party, Direction::National, &[], now)
        .await;
    let reservation = reserved.map_err(reserve_fault)?;
    let worker = Arc::clone(core);
    let work = tokio::task::spawn_blocking(move || {
        let made = waiting.resume(&worker, values.clone());
        let sealed = made.map(|made| {
            let draft = Draft::new(&worker, &arrived, &reservation, worker.new_id(), None);
            waiting.seal(draft, made, &values)
        });
        (sealed, reservation)
    });
    let (sealed, reservation) = work.await.map_err(|_| Fault::Worker)?;
    let (sealed, held_again) = match sealed {
        Ok(sealed) => sealed?,
        Err(rejection) => {
            return Err(SupplementError::Rejected(rejection));
        }
    };
    let answer = commit(core, store, reservation, sealed).await?;
    Ok(Resumed { answer, held_again })
}

/// A held translation and the message that it comes from.
struct Waiting {
    entry: HeldEntry,
    received: Received,
    body: Bytes,
}

impl Waiting {
    async fn find(store: &Store, held: &str) -> Result<Self, SupplementError> {
        let record = store.held_entry(held).map_err(Fault::from)?;
        let entry = record
            .filter(|record| record.resolution.is_none())
            .ok_or(SupplementError::NotHeld)?
            .entry;
        let received = store.message(&entry.source).map_err(Fault::from)?;
        let received = received.ok_or(SupplementError::NotHeld)?;
        let body = stored_body(store, &received.raw).await?;
        Ok(Self {
            entry,
            received,
            body,
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
    fn resume(&self, core: &Core, values: Vec<Supplement>) -> Result<Made, Rejection> {
        let source = Source::again(core, &self.received, &self.body)?;
        let entries = documents(core, source.view(), &source.package)?;
        let entry = entries.iter().find(|entry| match &self.entry.document {
            Some(id) => entry.embedded && entry.id.as_ref() == Some(id),
            None => !entry.embedded,
        });
        let gone = |what: &str| Rejection::new(Stage::Lane, "LANE_GONE", what.to_owned());
        let entry = entry.ok_or_else(|| gone("the held document is not in its message"))?;
        let package = entry.package.clone();
        let package = package.ok_or_else(|| gone("the document's package is not installed"))?;
        let lane = core.lanes.find(&self.entry.lane);
        let lane =
            lane.ok_or_else(|| gone("the lane of the held message is not there any more"))?;
        part(core, entry, &package, lane, &self.given_with(&values))
    }

    fn seal(
        &self,
        mut draft: Draft<'_>,
        mut made: Made,
        values: &[Supplement],
    ) -> Result<(Sealed, Option<String>), Fault> {
        let at = draft.at();
        let by = draft.principal();
        draft.stands_for(&self.received.message);
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
            Effect::None | Effect::Inbox { .. } => Resolution::Dropped,
        };
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
