//! A batch in the making: what a verdict means as receipt, events, bodies and leaf.
//!
//! Start at [`Draft`]. Nothing here is durable; `conclude` commits what comes out.

use bytes::Bytes;
use jiff::Timestamp;

use super::conclude::Arrived;
use super::core::Core;
use super::correlate::Original;
use super::gateway::AnswerStatus;
use super::made::{Effect, Translated};
use super::notes::Reports;
use super::prepare::Outcome;
use super::register::Registered;
use super::rejection::Fault;
use crate::evidence::{self, Leaf, MessageFacts, Origin, Part, PartState, Receipt, Registration};
use crate::model::{CaseKey, KeyKind, PackageId, PartyId, Revision, Sha256};
use crate::store::{
    Batch, Body, Claim, EntryKind, Event, HeldEntry, InboxItem, Numbered, OutboxEntry, Received,
    Reservation, Revised, Revises, Settled, Translation,
};
use crate::translate;

/// A sealed receipt and the batch that it stands in.
pub(super) struct Sealed {
    pub(super) batch: Batch,
    pub(super) receipt: Bytes,
    pub(super) receipt_id: String,
    pub(super) status: AnswerStatus,
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
    /// The message that what arrived answers.
    pub(super) original: Option<Original>,
    /// Who sent that one.
    sender: PartyId,
    /// Digest of that one.
    raw: Sha256,
    bodies: Vec<Body>,
    events: Vec<Event>,
    pub(super) keys: Vec<CaseKey>,
    /// The ids that the message occupies from now on.
    pub(super) claims: Vec<Claim>,
    pub(super) national_id: Option<String>,
    pub(super) report: Option<Reports>,
    /// What an officer's entry is.
    pub(super) entry: Option<EntryKind>,
    /// The first message of the case; none when this is the first.
    pub(super) first: Option<String>,
    /// The posts whose business it is, and all that is made of it.
    pub(super) posts: Vec<String>,
    /// The number that the message got.
    registration: Option<Registration>,
    /// The earlier message that it amends or cancels.
    pub(super) revises: Option<Revises>,
    /// Whether its last word comes later.
    pub(super) provisional: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(
        core: &'a Core,
        arrived: &'a Arrived,
        reservation: &'a Reservation,
        message: String,
    ) -> Self {
        let settled = arrived.settles.iter().map(|settling| {
            Event::Settled(Settled {
                message: settling.message.clone(),
                by: message.clone(),
                at: reservation.received_at,
            })
        });
        let events = settled.collect();
        Self {
            core,
            arrived,
            reservation,
            source: message.clone(),
            sender: arrived.from.clone(),
            raw: arrived.raw,
            message,
            original: None,
            bodies: vec![Body::digested(arrived.body.clone(), arrived.raw)],
            events,
            keys: Vec::new(),
            claims: Vec::new(),
            national_id: None,
            report: None,
            entry: None,
            first: None,
            posts: Vec::new(),
            registration: None,
            revises: None,
            provisional: false,
        }
    }

    /// Turns what was made into events; a part whose document was accepted before makes none.
    pub(super) fn part(&mut self, outcome: Outcome, again: bool, reports: &mut Reports) -> Part {
        let mut part = outcome.made.part;
        if again {
            part.state = PartState::Duplicate;
            part.sha256 = None;
            return part;
        }
        reports.push(&part, outcome.made.report);
        self.effect(&part, outcome.made.effect);
        part
    }

    /// Turns what was made into an event.
    pub(super) fn effect(&mut self, part: &Part, effect: Effect) {
        let at = self.reservation.received_at;
        match effect {
            Effect::None => {}
            Effect::Inbox {
                canonical,
                package,
                translated,
            } => self.inbox(canonical, package, translated),
            Effect::Hold {
                document,
                number,
                package,
                findings,
            } => {
                let (Some(lane), Some(to)) = (part.lane.clone(), part.to.clone()) else {
                    return;
                };
                self.events.push(Event::Held(HeldEntry {
                    id: self.core.new_id(),
                    source: self.source.clone(),
                    document,
                    number,
                    lane,
                    to,
                    package,
                    at,
                    findings,
                    posts: self.posts.clone(),
                }));
            }
            Effect::Queue {
                to,
                body,
                package,
                message_id,
                keys,
                numbered,
            } => {
                self.numbered(numbered);
                let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
                let body = match part.sha256 {
                    Some(sha256) => Body::digested(body, sha256),
                    None => Body::from(body),
                };
                self.events.push(Event::Queued(OutboxEntry {
                    id: self.core.new_id(),
                    partner: to,
                    case: self.case(),
                    body: body.sha256(),
                    bytes,
                    package,
                    message_id,
                    source: self.source.clone(),
                    at,
                    keys,
                    posts: self.posts.clone(),
                }));
                self.bodies.push(body);
            }
        }
    }

    fn inbox(&mut self, canonical: Bytes, package: PackageId, translated: Option<Translated>) {
        let made_for = translated.as_ref().map(|made| &made.posts);
        let posts = match self.posts.is_empty() {
            true => made_for.cloned().unwrap_or_default(),
            false => self.posts.clone(),
        };
        let canonical = self.keep(canonical);
        let translated = translated.map(|made| {
            self.numbered(made.numbered);
            Translation {
                sha256: self.keep(made.body),
                package: made.package,
            }
        });
        self.events.push(Event::Inbox(InboxItem {
            id: self.core.new_id(),
            source: self.source.clone(),
            partner: self.sender.clone(),
            canonical,
            original: self.raw,
            package,
            at: self.reservation.received_at,
            correlates: self.original.as_ref().and_then(|o| o.national_id.clone()),
            translated,
            replaces: self.revises.as_ref().map(|revises| revises.message.clone()),
            posts,
        }));
    }

    fn numbered(&mut self, numbered: Vec<translate::Numbered>) {
        let at = self.reservation.received_at;
        let source = self.source.clone();
        let given = numbered.into_iter().map(|given| {
            Event::Numbered(Numbered {
                series: given.series,
                number: given.number,
                source: source.clone(),
                at,
            })
        });
        self.events.extend(given);
    }

    /// Order is kept within a case, which is known by its first message.
    fn case(&self) -> String {
        let first = self.first.as_ref().unwrap_or(&self.source);
        first.clone()
    }

    /// What follows was made from `source`, an earlier message.
    pub(super) fn stands_for(&mut self, source: &Received) {
        self.source.clone_from(&source.message);
        self.sender = source.partner.clone();
        self.raw = source.raw;
        self.posts.clone_from(&source.posts);
    }

    /// The message got a number, and is found by it.
    pub(super) fn register(&mut self, registered: Registered) {
        let number = &registered.registration.number;
        self.keys.push(CaseKey::new(KeyKind::Declaration, number));
        self.events.push(Event::Numbered(Numbered {
            series: registered.series,
            number: registered.number,
            source: self.message.clone(),
            at: self.at(),
        }));
        self.registration = Some(registered.registration);
    }

    /// The message keeps the number that an earlier version got.
    pub(super) fn keep_registration(&mut self, registration: Registration) {
        self.keys
            .push(CaseKey::new(KeyKind::Declaration, &registration.number));
        self.registration = Some(registration);
    }

    /// The message amends or cancels an earlier version.
    pub(super) fn revise(&mut self, version: &str, revision: Revision) {
        self.push(Event::Revised(Revised {
            message: version.to_owned(),
            revision,
            by: self.message.clone(),
            at: self.at(),
        }));
        self.revises = Some(Revises {
            revision,
            message: version.to_owned(),
        });
    }

    /// Adds an event.
    pub(super) fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// The id of the message that this batch receives.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Adds a body, and gives the digest by which an event names it.
    pub(super) fn keep(&mut self, body: Bytes) -> Sha256 {
        let body = Body::from(body);
        let digest = body.sha256();
        self.bodies.push(body);
        digest
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
            registration: self.registration.take(),
            outcome,
        };
        let seal = || evidence::seal(&receipt, &*core.signer, &core.signature, &*core.random);
        let sealed = core.stage("seal", seal);
        let sealed = Bytes::from(sealed.map_err(Fault::Seal)?);
        let digest = self.keep(sealed.clone());
        let code = code_of(&receipt.outcome);
        let status = status_of(code.as_deref());
        let report = self.report.take().map(|report| {
            // Texts all of it: nothing of it can fail.
            Bytes::from(serde_json::to_vec(&report).unwrap_or_default())
        });
        let report_sha256 = report.map(|report| self.keep(report));
        self.events.insert(
            0,
            Event::Received(Received {
                message: self.message,
                partner: receipt.partner.clone(),
                direction: receipt.direction,
                counter: receipt.counter,
                leaf_index: receipt.leaf_index,
                received_at: receipt.received_at,
                judged_at: self.arrived.settles.as_ref().map(|settling| settling.at),
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
                ucr: self.arrived.ucr.clone().map(Box::new),
                national_id: self.national_id,
                principal: self.arrived.principal.clone(),
                report: report_sha256,
                charset: self.arrived.charset.clone(),
                entry: self.entry,
                case: self.first,
                registration: receipt.registration.clone(),
                revises: self.revises.map(Box::new),
                provisional: self.provisional,
                posts: self.posts,
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

/// How a message with this code of refusal was answered; none is for an accepted one.
pub(super) fn status_of(code: Option<&str>) -> AnswerStatus {
    match code {
        None => AnswerStatus::Accepted,
        Some("MESSAGE_ID_CONFLICT") => AnswerStatus::Conflict,
        Some(_) => AnswerStatus::Refused,
    }
}

fn code_of(outcome: &evidence::Outcome) -> Option<String> {
    match outcome {
        evidence::Outcome::Accepted { .. } => None,
        evidence::Outcome::Refused(refusal) => Some(refusal.code.clone()),
    }
}
