//! From a verdict to a durable receipt: reserve, seal, commit, in that order.
//!
//! Start at [`conclude`]. Nothing is answered before the commit is durable (design section 2,
//! steps 8 and 9).

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;

use super::core::Core;
use super::gateway::{Answer, AnswerStatus};
use super::parts::Effect;
use super::prepare::{Outcome, Prepared};
use super::rejection::{Fault, Rejection, Stage};
use super::work::compute;
use crate::evidence::{
    self, Direction, Leaf, MessageFacts, Origin, Part, PartState, Receipt, Refusal,
};
use crate::model::{CaseKey, PackageId, PartyId, Sha256};
use crate::store::{
    Batch, ClaimOutcome, Event, HeldEntry, InboxItem, OutboxEntry, Received, Reservation,
    ReserveError, Store,
};
use crate::telemetry;

/// The message as it arrived.
#[derive(Clone)]
pub(super) struct Arrived {
    pub(super) from: PartyId,
    pub(super) direction: Direction,
    pub(super) principal: Option<String>,
    pub(super) body: Bytes,
    pub(super) raw: Sha256,
}

/// A message that may be accepted, or why not and what was known of it.
pub(super) type Verdict = Result<Prepared, Box<(Rejection, Identity)>>;

/// Makes a verdict durable and answers with its receipt.
pub(super) async fn conclude(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    verdict: Verdict,
) -> Result<Answer, Fault> {
    match verdict {
        Ok(prepared) => accept(core, store, arrived, prepared).await,
        Err(refused) => {
            let (rejection, identity) = *refused;
            refuse(core, store, arrived, rejection, identity).await
        }
    }
}

/// What was known of a refused message when it was refused.
#[derive(Default)]
pub(super) struct Identity {
    pub(super) package: Option<PackageId>,
    pub(super) message_id: Option<String>,
    pub(super) origin: Option<Origin>,
}

async fn accept(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    prepared: Prepared,
) -> Result<Answer, Fault> {
    let now = core.clock.wall();
    let reserved = store
        .reserve(&arrived.from, arrived.direction, &prepared.claims, now)
        .await;
    let reservation = match reserved {
        Ok(reservation) => reservation,
        Err(ReserveError::Conflict { claim, receipt, .. }) => {
            let identity = Identity {
                package: Some(prepared.package),
                message_id: Some(prepared.message_id),
                origin: Some(prepared.origin),
            };
            let mut rejection = Rejection::new(
                Stage::Identity,
                "MESSAGE_ID_CONFLICT",
                format!(
                    "this id of {} was accepted before with other content; use a new one",
                    claim.package
                ),
            );
            rejection.original = receipt.map(Box::new);
            let held = prepared.claims.iter().position(|own| *own == *claim);
            let place = held.and_then(|index| prepared.places.into_iter().nth(index));
            rejection.at = place.map(Box::new);
            return refuse(core, store, arrived, rejection, identity).await;
        }
        // The same content under the same id, signed anew: the answer is the first one's receipt.
        Err(ReserveError::Duplicate { receipt_id }) => {
            return stored_answer(store, &receipt_id).await;
        }
        Err(error) => return Err(reserve_fault(error)),
    };
    let original = correlated(store, &prepared.correlation);
    let (worker, arrived) = (Arc::clone(core), arrived.clone());
    let bytes = arrived.body.len();
    let sealed = compute(bytes, move || {
        let sealed = seal_accepted(&worker, &arrived, prepared, &reservation, original);
        (sealed, reservation)
    });
    let (sealed, reservation) = sealed.await?;
    commit(core, store, reservation, sealed?).await
}

async fn refuse(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    rejection: Rejection,
    identity: Identity,
) -> Result<Answer, Fault> {
    let now = core.clock.wall();
    let size = u64::try_from(arrived.body.len()).unwrap_or(u64::MAX);
    let reserved = store
        .reserve_refusal(&arrived.from, arrived.direction, size, now)
        .await;
    let reservation = reserved.map_err(reserve_fault)?;
    let (worker, arrived) = (Arc::clone(core), arrived.clone());
    let bytes = arrived.body.len();
    let sealed = compute(bytes, move || {
        let sealed = seal_refused(&worker, &arrived, &rejection, identity, &reservation);
        (sealed, reservation)
    });
    let (sealed, reservation) = sealed.await?;
    commit(core, store, reservation, sealed?).await
}

/// A reservation that failed without anybody's fault.
pub(super) fn reserve_fault(error: ReserveError) -> Fault {
    match error {
        ReserveError::Quota { .. } => Fault::Quota,
        ReserveError::Store(error) => Fault::Store(error),
        ReserveError::Busy | ReserveError::Conflict { .. } | ReserveError::Duplicate { .. } => {
            Fault::Busy
        }
    }
}

/// A sealed receipt and the batch that it stands in.
pub(super) struct Sealed {
    batch: Batch,
    receipt: Bytes,
    receipt_id: String,
    status: AnswerStatus,
}

/// Makes a batch durable; only then there is an answer.
pub(super) async fn commit(
    core: &Core,
    store: &Store,
    reservation: Reservation,
    sealed: Sealed,
) -> Result<Answer, Fault> {
    let began = core.clock.monotonic();
    store.commit(reservation, sealed.batch).await?;
    let took = core.clock.monotonic().saturating_sub(began);
    telemetry::commit(took);
    telemetry::stage("commit", took);
    Ok(Answer {
        status: sealed.status,
        receipt: sealed.receipt,
        receipt_id: sealed.receipt_id,
    })
}

/// The receipt that was given before, byte for byte.
pub(super) async fn stored_answer(store: &Store, receipt_id: &str) -> Result<Answer, Fault> {
    let stored = store.receipt(receipt_id)?.ok_or(Fault::Receipt)?;
    let receipt = stored_body(store, &stored.sha256).await?;
    Ok(Answer {
        status: if stored.accepted {
            AnswerStatus::Accepted
        } else {
            AnswerStatus::Refused
        },
        receipt,
        receipt_id: stored.id,
    })
}

/// A body that the store must have. It is read from disk, and so not on the runtime's threads.
pub(super) async fn stored_body(store: &Store, digest: &Sha256) -> Result<Bytes, Fault> {
    let (store, digest) = (store.clone(), *digest);
    let read = tokio::task::spawn_blocking(move || store.body(&digest));
    read.await
        .map_err(|_| Fault::Worker)??
        .ok_or(Fault::Receipt)
}

/// The national id of the message that this one answers: the newest that states one of the keys.
fn correlated(store: &Store, keys: &[CaseKey]) -> Option<Original> {
    let found = keys.iter().find_map(|key| {
        let newest = store.find_key(key, 1).ok()?;
        newest.into_iter().next()
    })?;
    let received = store.message(&found.message).ok()??;
    Some(Original {
        national_id: received.national_id,
        message: received.message,
    })
}

/// The message that an answer answers.
pub(super) struct Original {
    national_id: Option<String>,
    message: String,
}

fn seal_accepted(
    core: &Core,
    arrived: &Arrived,
    prepared: Prepared,
    reservation: &Reservation,
    original: Option<Original>,
) -> Result<Sealed, Fault> {
    let message = core.new_id();
    let mut draft = Draft::new(core, arrived, reservation, message, original);
    let duplicates: HashSet<usize> = reservation
        .claims
        .iter()
        .enumerate()
        .filter(|(_, claim)| {
            matches!(
                claim,
                ClaimOutcome::Duplicate { .. } | ClaimOutcome::Repeated
            )
        })
        .map(|(index, _)| index)
        .collect();
    let mut parts = Vec::with_capacity(prepared.parts.len());
    let mut report = Vec::with_capacity(prepared.parts.len());
    for outcome in prepared.parts {
        let again = outcome
            .claim
            .is_some_and(|claim| duplicates.contains(&claim));
        parts.push(draft.part(outcome, again, &mut report));
    }
    let mut facts = draft.arrived_facts(Some(prepared.message_id.clone()));
    facts.package = Some(prepared.package);
    draft.keys = prepared.keys;
    draft.claims = prepared.claims;
    draft.national_id = Some(prepared.message_id);
    draft.report = Some(json!({ "parts": report }));
    draft.finish(
        facts,
        prepared.origin,
        evidence::Outcome::Accepted { parts },
    )
}

fn seal_refused(
    core: &Core,
    arrived: &Arrived,
    rejection: &Rejection,
    identity: Identity,
    reservation: &Reservation,
) -> Result<Sealed, Fault> {
    let draft = Draft::new(core, arrived, reservation, core.new_id(), None);
    let mut facts = draft.arrived_facts(identity.message_id);
    facts.package = identity.package;
    let place = rejection.at.as_ref();
    let refusal = Refusal {
        code: rejection.code.to_owned(),
        stage: rejection.stage.as_str().to_owned(),
        line: place.map(|place| place.line.into()),
        column: place.map(|place| place.column.into()),
        path: place.and_then(|place| place.path.clone()),
        text: rejection.text.clone(),
        original: rejection.original.as_deref().copied(),
    };
    let origin = identity.origin.unwrap_or(Origin::Unverified);
    draft.finish(facts, origin, evidence::Outcome::Refused(refusal))
}

/// A batch in the making.
pub(super) struct Draft<'a> {
    core: &'a Core,
    arrived: &'a Arrived,
    reservation: &'a Reservation,
    /// The message that this batch receives.
    message: String,
    /// The message that its parts come from: the same, but for a supplement.
    source: String,
    original: Option<Original>,
    bodies: Vec<Bytes>,
    events: Vec<Event>,
    keys: Vec<CaseKey>,
    claims: Vec<crate::store::Claim>,
    national_id: Option<String>,
    report: Option<serde_json::Value>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        core: &'a Core,
        arrived: &'a Arrived,
        reservation: &'a Reservation,
        message: String,
        original: Option<Original>,
    ) -> Self {
        Self {
            core,
            arrived,
            reservation,
            source: message.clone(),
            message,
            original,
            bodies: vec![arrived.body.clone()],
            events: Vec::new(),
            keys: Vec::new(),
            claims: Vec::new(),
            national_id: None,
            report: None,
        }
    }

    /// Turns what was made into events; a part whose document was accepted before makes none.
    fn part(&mut self, outcome: Outcome, again: bool, report: &mut Vec<serde_json::Value>) -> Part {
        let mut part = outcome.made.part;
        if again {
            part.state = PartState::Duplicate;
            part.sha256 = None;
            return part;
        }
        report.push(json!({
            "lane": part.lane,
            "document": part.document,
            "report": outcome.made.report,
        }));
        self.effect(&part, outcome.made.effect);
        part
    }

    /// Turns what was made into an event.
    pub(super) fn effect(&mut self, part: &Part, effect: Effect) {
        let at = self.reservation.received_at;
        match effect {
            Effect::None => {}
            Effect::Inbox { canonical, package } => {
                self.events.push(Event::Inbox(InboxItem {
                    id: self.core.new_id(),
                    source: self.source.clone(),
                    partner: self.arrived.from.clone(),
                    canonical: part.sha256.unwrap_or_else(|| evidence::sha256(&canonical)),
                    original: self.arrived.raw,
                    package,
                    at,
                    correlates: self.original.as_ref().and_then(|o| o.national_id.clone()),
                }));
                self.bodies.push(canonical);
            }
            Effect::Hold { package, findings } => {
                let (Some(lane), Some(to)) = (part.lane.clone(), part.to.clone()) else {
                    return;
                };
                self.events.push(Event::Held(HeldEntry {
                    id: self.core.new_id(),
                    source: self.source.clone(),
                    document: part.document.clone(),
                    lane,
                    to,
                    package,
                    at,
                    findings,
                }));
            }
            Effect::Queue {
                to,
                body,
                package,
                message_id,
                keys,
            } => {
                self.events.push(Event::Queued(OutboxEntry {
                    id: self.core.new_id(),
                    partner: to,
                    case: self.case(),
                    body: part.sha256.unwrap_or_else(|| evidence::sha256(&body)),
                    bytes: u64::try_from(body.len()).unwrap_or(u64::MAX),
                    package,
                    message_id,
                    source: self.source.clone(),
                    at,
                    keys,
                }));
                self.bodies.push(body);
            }
        }
    }

    /// Order is kept within a case; an answer belongs to its original's.
    fn case(&self) -> String {
        match &self.original {
            Some(original) => original.message.clone(),
            None => self.source.clone(),
        }
    }

    /// What follows was made from `source`, an earlier message.
    pub(super) fn stands_for(&mut self, source: &str) {
        source.clone_into(&mut self.source);
    }

    /// Adds an event.
    pub(super) fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// The time of the reservation.
    pub(super) fn at(&self) -> Timestamp {
        self.reservation.received_at
    }

    /// Who submitted what arrived.
    pub(super) fn principal(&self) -> String {
        self.arrived.principal.clone().unwrap_or_default()
    }

    /// The id of the entry that this batch holds, if it holds one.
    pub(super) fn last_held(&self) -> Option<String> {
        let newest = self.events.iter().rev();
        newest.into_iter().find_map(|event| {
            if let Event::Held(entry) = event {
                return Some(entry.id.clone());
            }
            None
        })
    }

    /// What arrived, as far as it is known for itself.
    pub(super) fn arrived_facts(&self, id: Option<String>) -> MessageFacts {
        MessageFacts {
            sha256: self.arrived.raw,
            bytes: u64::try_from(self.arrived.body.len()).unwrap_or(u64::MAX),
            package: None,
            id,
        }
    }

    pub(super) fn finish(
        mut self,
        facts: MessageFacts,
        origin: Origin,
        outcome: evidence::Outcome,
    ) -> Result<Sealed, Fault> {
        let core = self.core;
        let receipt = Receipt {
            id: core.new_id(),
            gateway: core.party.clone(),
            partner: self.arrived.from.clone(),
            direction: self.arrived.direction,
            counter: self.reservation.counter,
            leaf_index: self.reservation.leaf_index,
            received_at: self.reservation.received_at,
            salt: core.new_salt(),
            message: facts,
            origin,
            config_sha256: core.config_sha256,
            outcome,
        };
        let seal = || evidence::seal(&receipt, &*core.signer, &core.signature, &*core.random);
        let sealed = core.stage("seal", seal);
        let sealed = Bytes::from(sealed.map_err(Fault::Seal)?);
        let digest = evidence::sha256(&sealed);
        let (status, code) = status_of(&receipt.outcome);
        let report = self
            .report
            .take()
            .map(|report| Bytes::from(report.to_string()));
        let report_sha256 = report.as_ref().map(|report| evidence::sha256(report));
        self.bodies.push(sealed.clone());
        self.bodies.extend(report);
        self.events.insert(
            0,
            Event::Received(Received {
                message: self.message,
                partner: receipt.partner.clone(),
                direction: receipt.direction,
                counter: receipt.counter,
                leaf_index: receipt.leaf_index,
                received_at: receipt.received_at,
                raw: self.arrived.raw,
                bytes: receipt.message.bytes,
                package: receipt.message.package.clone(),
                message_id: receipt.message.id.clone(),
                claims: self.claims,
                receipt_id: receipt.id.clone(),
                receipt: digest,
                accepted: code.is_none(),
                code,
                keys: self.keys,
                national_id: self.national_id,
                principal: self.arrived.principal.clone(),
                report: report_sha256,
            }),
        );
        let leaf = Leaf::of(&receipt, digest);
        Ok(Sealed {
            batch: Batch {
                bodies: self.bodies,
                events: self.events,
                leaf,
            },
            receipt: sealed,
            receipt_id: receipt.id,
            status,
        })
    }
}

fn status_of(outcome: &evidence::Outcome) -> (AnswerStatus, Option<String>) {
    match outcome {
        evidence::Outcome::Accepted { .. } => (AnswerStatus::Accepted, None),
        evidence::Outcome::Refused(refusal) => {
            let status = match refusal.code.as_str() {
                "MESSAGE_ID_CONFLICT" => AnswerStatus::Conflict,
                _ => AnswerStatus::Refused,
            };
            (status, Some(refusal.code.clone()))
        }
    }
}
