//! From events to answers: what a durable batch changes in memory and in the index.
//!
//! Start at [`apply`]. It is the only way in which anything is derived: the writer calls it after
//! each batch, a start for each batch that the index has not seen, a rebuild for all of them.
//! It never fails on an event: a batch that is durable has happened.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::events::{
    Attempted, Decided, Delivered, Event, HeldEntry, InboxItem, OutboxEntry, Resolution,
};
use super::index::{Changes, Index};
use super::journal::{Chain, Location};
use super::keys;
use super::located::{place, place_with, read, split};
use super::outbox::{Outbox, Waiting};
use super::received::Received;
use super::records::{OutgoingState, QueuedMessage};
use super::revisions::{Awaiting, Recalled, Settled};
use crate::evidence::merkle::{Frontier, TILE_HEIGHT};
use crate::evidence::{Direction, Leaf};
use crate::model::{PartyId, Sha256};

/// What is kept in memory: what waits, and where counting stands.
#[derive(Debug, Default)]
pub(super) struct Views {
    pub(super) outbox: Outbox,
    /// Held entries that wait, by event number.
    pub(super) held: BTreeMap<u64, (Arc<HeldEntry>, Location)>,
    /// Their numbers, by id.
    pub(super) held_numbers: HashMap<String, u64>,
    /// Messages that wait for those that they revise, by event number.
    pub(super) awaiting: BTreeMap<u64, Arc<Awaiting>>,
    /// Their numbers, by message.
    pub(super) awaiting_numbers: HashMap<String, u64>,
    /// Last counter of each direction; as many as there are partners.
    pub(super) counters: HashMap<(PartyId, Direction), u64>,
    /// Refusals kept of each partner on its last day.
    pub(super) refusals: HashMap<PartyId, DayUse>,
    /// Time of the last leaf.
    pub(super) last_at: Option<Timestamp>,
    /// The log.
    pub(super) log: Frontier,
    /// Batches and events so far.
    pub(super) batches: u64,
    pub(super) events: u64,
}

impl Views {
    /// Adds a message that waits for the one that it revises.
    pub(super) fn wait(&mut self, number: u64, waiting: Awaiting) {
        self.awaiting_numbers
            .insert(waiting.message.clone(), number);
        self.awaiting.insert(number, Arc::new(waiting));
    }

    /// Adds a held entry that waits.
    pub(super) fn hold(&mut self, number: u64, entry: HeldEntry, at: Location) {
        self.held_numbers.insert(entry.id.clone(), number);
        self.held.insert(number, (Arc::new(entry), at));
    }
}

/// What was kept of a partner's refusals on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct DayUse {
    /// Days since 1970-01-01 UTC.
    pub(super) day: i64,
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl DayUse {
    /// This use, on the day of `at`: none, when it is another day's.
    pub(super) fn on(self, at: Timestamp) -> Self {
        let day = at.as_second().div_euclid(86_400);
        if self.day == day {
            self
        } else {
            Self {
                day,
                ..Self::default()
            }
        }
    }

    /// One refusal more.
    pub(super) fn and(self, bytes: u64) -> Self {
        Self {
            count: self.count.saturating_add(1),
            bytes: self.bytes.saturating_add(bytes),
            ..self
        }
    }
}

/// A batch that is durable.
#[derive(Debug)]
pub(super) struct Durable<'a> {
    /// The chain before it.
    pub(super) first: Chain,
    /// The chain after it.
    pub(super) next: Chain,
    pub(super) bodies: &'a [(Sha256, Location)],
    /// Each event and where it stands.
    pub(super) events: &'a [(&'a Event, Location)],
    pub(super) leaves: &'a [(Leaf, Location)],
}

/// Who drops what has become needless: no operator.
const GATEWAY: &str = "gateway";

/// Version of what [`apply`] writes. An index of another version is rebuilt.
pub(super) const INDEX_VERSION: u32 = 6;

/// Up to where the index has been written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IndexPosition {
    /// Version of the index's keys and values: [`INDEX_VERSION`].
    pub(super) version: u32,
    /// Batches that it has seen.
    pub(super) batches: u64,
    /// Hash of the last of them.
    pub(super) hash: Sha256,
    /// Time of the last leaf.
    pub(super) last_at: Option<Timestamp>,
}

/// What is known of an outgoing message that waits, since its event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tried {
    pub(super) attempts: u32,
    pub(super) not_before: Option<Timestamp>,
    pub(super) last_code: Option<String>,
    pub(super) parked: bool,
    pub(super) parked_for: Option<String>,
    /// Whether a failed attempt may have reached the partner.
    pub(super) reached: bool,
    /// Whether it holds nothing back.
    pub(super) aside: bool,
}

/// How an outgoing message ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ended {
    pub(super) state: OutgoingState,
    /// Its number among the dead letters, when it is one.
    pub(super) letter: Option<u64>,
}

/// What is known of an inbox item since its event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lying {
    pub(super) cursor: u64,
    pub(super) acknowledged_by: Option<String>,
}

/// Applies a durable batch: to `views` at once; what it changes in the index is returned.
pub(super) fn apply(
    views: &mut Views,
    index: &Index,
    batch: &Durable<'_>,
) -> Result<Changes, Error> {
    let mut step = Step {
        views,
        index,
        changes: Changes::new(),
    };
    for (sha256, location) in batch.bodies {
        step.set(keys::body(sha256), place(location));
    }
    for (leaf, location) in batch.leaves {
        step.leaf(leaf, location);
    }
    for (number, (event, location)) in (batch.first.event..).zip(batch.events) {
        step.event(number, event, location)?;
    }
    step.views.batches = batch.next.batch;
    step.views.events = batch.next.event;
    let position = IndexPosition {
        version: INDEX_VERSION,
        batches: batch.next.batch,
        hash: batch.next.hash,
        last_at: step.views.last_at,
    };
    let position = serde_json::to_vec(&position).unwrap_or_default();
    step.set(keys::POSITION.to_vec(), position);
    Ok(step.changes)
}

struct Step<'a> {
    views: &'a mut Views,
    index: &'a Index,
    changes: Changes,
}

impl Step<'_> {
    fn leaf(&mut self, leaf: &Leaf, location: &Location) {
        let changes = &mut self.changes;
        self.views
            .log
            .append(leaf.hash(), &mut |level, index, hash| {
                if level > 0 && level % TILE_HEIGHT == 0 {
                    let key = keys::node(level / TILE_HEIGHT, index);
                    changes.insert(key, Some(hash.as_bytes().to_vec()));
                }
            });
        self.set(keys::leaf(leaf.index), place(location));
        let counter = leaf.counter.to_be_bytes().to_vec();
        self.set(keys::counter(&leaf.partner, leaf.direction), counter);
        self.views
            .counters
            .insert((leaf.partner.clone(), leaf.direction), leaf.counter);
        self.views.last_at = self.views.last_at.max(Some(leaf.at));
    }

    fn event(&mut self, number: u64, event: &Event, at: &Location) -> Result<(), Error> {
        match event {
            Event::Accessed(_) | Event::Supplemented(_) | Event::Turned(_) => {}
            Event::Acknowledged(taken) => self.acknowledged(&taken.item, &taken.by)?,
            Event::AlertTaken(taken) => self.alert_taken(&taken.alert)?,
            Event::Alerted(alert) => {
                self.set(keys::numbered(keys::ALERTS_PENDING, number), place(at));
                let number = number.to_be_bytes().to_vec();
                self.set(keys::alert(&alert.id), number);
            }
            Event::Attempted(attempt) => self.attempted(attempt),
            Event::Awaiting(waiting) => self.awaiting(number, waiting, at),
            Event::Decided(decided) => self.decided(number, decided, at),
            Event::Delivered(end) => self.delivered(end),
            Event::Dropped(end) => {
                let state = OutgoingState::Dropped {
                    at: end.at,
                    reason: end.reason.clone(),
                };
                // What the gateway itself takes out is settled; what an operator does may be undone.
                let letter = Some(number).filter(|_| end.by != GATEWAY);
                self.unqueue(&end.entry, state, letter);
            }
            Event::Held(entry) => {
                self.set(keys::made(&entry.source, Some(number)), place(at));
                self.set(keys::numbered(keys::HELD_PENDING, number), place(at));
                self.views.hold(number, entry.clone(), *at);
            }
            Event::HeldResolved(end) => self.held_resolved(&end.held, end.resolution),
            Event::Inbox(item) => self.arrived(number, item, at),
            Event::Numbered(given) => {
                self.set(keys::series(&given.series, Some(given.number)), place(at));
            }
            Event::Parked(stop) => self.requeue(&stop.entry, |message| {
                message.parked = true;
                message.parked_for = Some(stop.reason.clone());
            }),
            Event::Queued(entry) => self.queued(number, entry, at),
            Event::Recalled(end) => self.recalled(end)?,
            Event::Received(received) => self.received(number, received, at),
            Event::Rejected(end) => {
                let state = OutgoingState::Rejected {
                    at: end.at,
                    code: end.code.clone(),
                    partner_receipt: end.partner_receipt,
                };
                self.unqueue(&end.entry, state, Some(number));
            }
            Event::Released(go) => self.requeue(&go.entry, |message| {
                message.parked = false;
                message.parked_for = None;
                message.not_before = None;
            }),
            Event::Requeued(again) => self.requeued(number, &again.entry, at)?,
            Event::Settled(end) => self.settled(end, at),
            Event::Revised(revised) => self.set(keys::revised(&revised.message), place(at)),
            Event::TrustReviewed(reviewed) => {
                self.set(keys::trust(&reviewed.partner), place(at));
            }
        }
        Ok(())
    }

    fn attempted(&mut self, attempt: &Attempted) {
        self.requeue(&attempt.entry, |message| {
            message.attempts = message.attempts.saturating_add(1);
            message.not_before = Some(attempt.not_before);
            message.last_code = Some(attempt.code.clone());
            message.reached |= attempt.reached;
            message.aside = attempt.aside;
        });
        self.views.outbox.tried(&attempt.entry);
    }

    fn awaiting(&mut self, number: u64, waiting: &Awaiting, at: &Location) {
        self.set(keys::numbered(keys::AWAITING_PENDING, number), place(at));
        self.views.wait(number, waiting.clone());
    }

    fn settled(&mut self, end: &Settled, at: &Location) {
        self.set(keys::settled(&end.message), place(at));
        if let Some(number) = self.views.awaiting_numbers.remove(&end.message) {
            self.views.awaiting.remove(&number);
            let key = keys::numbered(keys::AWAITING_PENDING, number);
            self.changes.insert(key, None);
        }
    }

    fn delivered(&mut self, end: &Delivered) {
        let state = OutgoingState::Delivered {
            at: end.at,
            partner_receipt: end.partner_receipt,
        };
        self.unqueue(&end.entry, state, None);
    }

    fn arrived(&mut self, number: u64, item: &InboxItem, at: &Location) {
        self.set(keys::made(&item.source, Some(number)), place(at));
        self.set(keys::numbered(keys::INBOX_PENDING, number), place(at));
        let lying = Lying {
            cursor: number,
            acknowledged_by: None,
        };
        self.set(keys::inbox(&item.id), place_with(at, &lying));
    }

    fn decided(&mut self, number: u64, decided: &Decided, at: &Location) {
        self.set(keys::made(&decided.source, Some(number)), place(at));
        self.set(keys::decision(&decided.id), place(at));
        self.set(keys::current(&decided.id), place(at));
        if let Some(before) = &decided.supersedes {
            self.changes.insert(keys::current(before), None);
        }
        for key in &decided.keys {
            self.set(keys::decided(key, Some(number)), place(at));
        }
    }

    fn received(&mut self, number: u64, received: &Received, at: &Location) {
        self.set(keys::receipt(&received.receipt_id), place(at));
        self.set(keys::raw(&received.partner, &received.raw), place(at));
        self.set(keys::message(&received.message), place(at));
        if !received.accepted {
            let before = self.views.refusals.get(&received.partner).copied();
            let day = before.unwrap_or_default().on(received.received_at);
            let day = day.and(received.bytes);
            let value = serde_json::to_vec(&day).unwrap_or_default();
            self.set(keys::refusals(&received.partner), value);
            self.views.refusals.insert(received.partner.clone(), day);
            return;
        }
        for claim in &received.claims {
            self.set(keys::claim(&received.partner, claim), place(at));
        }
        // What waits is in no case before its last word, which has a receipt of its own.
        let joining = received.keys.iter().filter(|_| !received.provisional);
        for key in joining {
            self.set(keys::case(key, Some(number)), place(at));
        }
        if let Some(id) = &received.national_id {
            self.set(keys::national(id, Some(number)), place(at));
        }
    }

    fn queued(&mut self, number: u64, entry: &OutboxEntry, at: &Location) {
        for key in &entry.keys {
            self.set(keys::case(key, Some(number)), place(at));
        }
        self.set(keys::made(&entry.source, Some(number)), place(at));
        self.set(keys::numbered(keys::OUTBOX_PENDING, number), place(at));
        let message = queued_message(number, entry.clone(), Tried::default());
        self.views.outbox.put(message, *at);
    }

    fn requeue(&mut self, id: &str, change: impl FnOnce(&mut QueuedMessage)) {
        let Some(Waiting { message, location }) = self.views.outbox.find(id).cloned() else {
            return;
        };
        let mut message = QueuedMessage::clone(&message);
        change(&mut message);
        let tried = Tried {
            attempts: message.attempts,
            not_before: message.not_before,
            last_code: message.last_code.clone(),
            parked: message.parked,
            parked_for: message.parked_for.clone(),
            reached: message.reached,
            aside: message.aside,
        };
        let key = keys::numbered(keys::OUTBOX_PENDING, message.number);
        self.set(key, place_with(&location, &tried));
        self.views.outbox.put(message, location);
    }

    fn unqueue(&mut self, id: &str, state: OutgoingState, letter: Option<u64>) {
        if let Some(Waiting { message, location }) = self.views.outbox.remove(id) {
            let key = keys::numbered(keys::OUTBOX_PENDING, message.number);
            self.changes.insert(key, None);
            let ended = Ended { state, letter };
            self.set(keys::outgoing(id), place_with(&location, &ended));
            if let Some(number) = letter {
                let key = keys::numbered(keys::DEAD_LETTERS, number);
                self.set(key, id.as_bytes().to_vec());
            }
        }
    }

    /// Takes a message out of the queue; a dead letter stays what it is and cannot be queued again.
    fn recalled(&mut self, end: &Recalled) -> Result<(), Error> {
        if self.views.outbox.find(&end.entry).is_some() {
            let state = OutgoingState::Recalled {
                at: end.at,
                by: end.by.clone(),
                revised_by: end.revised_by.clone(),
            };
            self.unqueue(&end.entry, state, None);
            return Ok(());
        }
        let key = keys::outgoing(&end.entry);
        if let Some(value) = self.seen(&key)? {
            let (at, rest) = split(&value)?;
            let mut ended: Ended = read(rest)?;
            if let Some(letter) = ended.letter.take() {
                let letter = keys::numbered(keys::DEAD_LETTERS, letter);
                self.changes.insert(letter, None);
            }
            self.set(key, place_with(&at, &ended));
        }
        Ok(())
    }

    fn requeued(&mut self, number: u64, entry: &OutboxEntry, at: &Location) -> Result<(), Error> {
        let key = keys::outgoing(&entry.id);
        let mut tried = Tried::default();
        if let Some(value) = self.seen(&key)? {
            let ended: Ended = read(split(&value)?.1)?;
            // Nobody looked whether it was being sent when it was dropped.
            tried.reached = matches!(ended.state, OutgoingState::Dropped { .. });
            if let Some(letter) = ended.letter {
                let key = keys::numbered(keys::DEAD_LETTERS, letter);
                self.changes.insert(key, None);
            }
            self.changes.insert(key, None);
        }
        let pending = keys::numbered(keys::OUTBOX_PENDING, number);
        self.set(pending, place_with(at, &tried));
        let message = queued_message(number, entry.clone(), tried);
        self.views.outbox.put(message, *at);
        Ok(())
    }

    /// What stands under a key now, changes of this batch included.
    fn seen(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.changes.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.index.get(key),
        }
    }

    fn held_resolved(&mut self, id: &str, resolution: Resolution) {
        let Some(number) = self.views.held_numbers.remove(id) else {
            return;
        };
        self.changes
            .insert(keys::numbered(keys::HELD_PENDING, number), None);
        if let Some((_, at)) = self.views.held.remove(&number) {
            self.set(keys::held(id), place_with(&at, &resolution));
        }
    }

    fn acknowledged(&mut self, id: &str, by: &str) -> Result<(), Error> {
        let key = keys::inbox(id);
        if let Some(value) = self.seen(&key)? {
            let (at, rest) = split(&value)?;
            let mut lying: Lying = read(rest)?;
            lying.acknowledged_by.get_or_insert_with(|| by.to_owned());
            self.set(key, place_with(&at, &lying));
            let pending = keys::numbered(keys::INBOX_PENDING, lying.cursor);
            self.changes.insert(pending, None);
        }
        Ok(())
    }

    fn alert_taken(&mut self, id: &str) -> Result<(), Error> {
        let key = keys::alert(id);
        let value = match self.changes.get(&key) {
            Some(value) => value.clone(),
            None => self.index.get(&key)?,
        };
        if let Some(number) = value.as_deref().and_then(keys::read_number) {
            let pending = keys::numbered(keys::ALERTS_PENDING, number);
            self.changes.insert(pending, None);
        }
        Ok(())
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.changes.insert(key, Some(value));
    }
}

/// The record of a message that waits.
pub(super) fn queued_message(number: u64, entry: OutboxEntry, tried: Tried) -> QueuedMessage {
    QueuedMessage {
        number,
        entry,
        attempts: tried.attempts,
        not_before: tried.not_before,
        last_code: tried.last_code,
        parked: tried.parked,
        parked_for: tried.parked_for,
        reached: tried.reached,
        aside: tried.aside,
        doubted: false,
    }
}
