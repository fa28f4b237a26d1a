//! From events to answers: what a durable batch changes in memory and in the index.
//!
//! Start at [`apply`]. It is the only way in which anything is derived: the writer calls it after
//! each batch, a start for each batch that the index has not seen, a rebuild for all of them.
//! It never fails on an event: a batch that is durable has happened.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::events::{Event, HeldEntry, Received};
use super::index::{Changes, Index};
use super::journal::{Chain, Location};
use super::keys;
use super::outbox::Outbox;
use super::records::{
    HeldRecord, InboxRecord, KeyMatch, Made, Outgoing, OutgoingState, QueuedMessage, StoredReceipt,
};
use crate::evidence::merkle::{Frontier, TILE_HEIGHT};
use crate::evidence::{Direction, Leaf};
use crate::model::{CaseKey, PartyId, Sha256};

/// What is kept in memory: what waits, and where counting stands.
#[derive(Debug, Default)]
pub(super) struct Views {
    pub(super) outbox: Outbox,
    /// Held entries that wait, by event number.
    pub(super) held: BTreeMap<u64, Arc<HeldEntry>>,
    /// Their numbers, by id.
    pub(super) held_numbers: HashMap<String, u64>,
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
    pub(super) events: &'a [&'a Event],
    pub(super) leaves: &'a [(Leaf, Location)],
}

/// Up to where the index has been written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IndexPosition {
    /// Batches that it has seen.
    pub(super) batches: u64,
    /// Hash of the last of them.
    pub(super) hash: Sha256,
    /// Time of the last leaf.
    pub(super) last_at: Option<Timestamp>,
}

/// What stands behind an accepted message id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claimed {
    pub(super) content: Sha256,
    pub(super) receipt_id: String,
    pub(super) receipt: Sha256,
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
        step.set(keys::body(sha256), location.encode().to_vec());
    }
    for (leaf, location) in batch.leaves {
        step.leaf(leaf, location);
    }
    for (number, event) in (batch.first.event..).zip(batch.events) {
        step.event(number, event)?;
    }
    step.views.batches = batch.next.batch;
    step.views.events = batch.next.event;
    let position = IndexPosition {
        batches: batch.next.batch,
        hash: batch.next.hash,
        last_at: step.views.last_at,
    };
    step.put(keys::POSITION.to_vec(), &position);
    Ok(step.changes)
}

/// Reads a value of the index.
pub(super) fn read<T: DeserializeOwned>(value: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(value).map_err(|error| Error::Index {
        detail: error.to_string(),
    })
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
                if level % TILE_HEIGHT == 0 {
                    let key = keys::node(level / TILE_HEIGHT, index);
                    changes.insert(key, Some(hash.as_bytes().to_vec()));
                }
            });
        self.set(keys::leaf(leaf.index), location.encode().to_vec());
        let counter = leaf.counter.to_be_bytes().to_vec();
        self.set(keys::counter(&leaf.partner, leaf.direction), counter);
        self.views
            .counters
            .insert((leaf.partner.clone(), leaf.direction), leaf.counter);
        self.views.last_at = self.views.last_at.max(Some(leaf.at));
    }

    fn event(&mut self, number: u64, event: &Event) -> Result<(), Error> {
        match event {
            Event::Accessed(_) | Event::Supplemented(_) | Event::Turned(_) => {}
            Event::Acknowledged(taken) => self.acknowledged(&taken.item, &taken.by)?,
            Event::Attempted(attempt) => self.requeue(&attempt.entry, |message| {
                message.attempts = message.attempts.saturating_add(1);
                message.not_before = Some(attempt.not_before);
                message.last_code = Some(attempt.code.clone());
            }),
            Event::Delivered(end) => {
                let state = OutgoingState::Delivered {
                    at: end.at,
                    partner_receipt: end.partner_receipt,
                };
                self.unqueue(&end.entry, state);
            }
            Event::Dropped(end) => {
                let state = OutgoingState::Dropped {
                    at: end.at,
                    reason: end.reason.clone(),
                };
                self.unqueue(&end.entry, state);
            }
            Event::Held(entry) => {
                self.made(number, &entry.source, &Made::Held(entry.id.clone()));
                self.held(number, entry);
            }
            Event::HeldResolved(end) => self.held_resolved(&end.held, end.resolution),
            Event::Inbox(item) => {
                let record = InboxRecord {
                    cursor: number,
                    item: item.clone(),
                    acknowledged_by: None,
                };
                self.put(keys::inbox(&item.id), &record);
                self.made(number, &item.source, &Made::Inbox(item.id.clone()));
                let pending = keys::numbered(keys::INBOX_PENDING, number);
                self.set(pending, item.id.clone().into_bytes());
            }
            Event::Parked(stop) => self.requeue(&stop.entry, |message| message.parked = true),
            Event::Queued(entry) => {
                for key in &entry.keys {
                    self.found_by(number, key, &entry.source, Some(&entry.id), &entry.partner);
                }
                self.made(number, &entry.source, &Made::Outgoing(entry.id.clone()));
                self.enqueue(QueuedMessage {
                    number,
                    entry: entry.clone(),
                    attempts: 0,
                    not_before: None,
                    last_code: None,
                    parked: false,
                });
            }
            Event::Received(received) => self.received(number, received),
            Event::Rejected(end) => {
                let state = OutgoingState::Rejected {
                    at: end.at,
                    code: end.code.clone(),
                    partner_receipt: end.partner_receipt,
                };
                let key = keys::numbered(keys::DEAD_LETTERS, number);
                self.set(key, end.entry.clone().into_bytes());
                self.unqueue(&end.entry, state);
            }
            Event::Released(go) => self.requeue(&go.entry, |message| {
                message.parked = false;
                message.not_before = None;
            }),
        }
        Ok(())
    }

    fn received(&mut self, number: u64, received: &Received) {
        let stored = StoredReceipt {
            id: received.receipt_id.clone(),
            sha256: received.receipt,
            accepted: received.accepted,
            message: received.message.clone(),
            leaf_index: received.leaf_index,
        };
        self.put(keys::receipt(&received.receipt_id), &stored);
        self.put(keys::raw(&received.partner, &received.raw), &stored);
        self.put(keys::message(&received.message), received);
        if !received.accepted {
            let before = self.views.refusals.get(&received.partner).copied();
            let day = before.unwrap_or_default().on(received.received_at);
            let day = day.and(received.bytes);
            self.put(keys::refusals(&received.partner), &day);
            self.views.refusals.insert(received.partner.clone(), day);
            return;
        }
        for claim in &received.claims {
            let claimed = Claimed {
                content: claim.content,
                receipt_id: received.receipt_id.clone(),
                receipt: received.receipt,
            };
            self.put(keys::claim(&received.partner, claim), &claimed);
        }
        for key in &received.keys {
            self.found_by(number, key, &received.message, None, &received.partner);
        }
        if let Some(id) = &received.national_id {
            let key = keys::national(id, Some(number));
            self.set(key, received.message.clone().into_bytes());
        }
    }

    fn found_by(
        &mut self,
        number: u64,
        key: &CaseKey,
        message: &str,
        entry: Option<&String>,
        partner: &PartyId,
    ) {
        let found = KeyMatch {
            number,
            message: message.to_owned(),
            entry: entry.cloned(),
            partner: partner.clone(),
        };
        self.put(keys::case(key, Some(number)), &found);
    }

    fn made(&mut self, number: u64, source: &str, made: &Made) {
        self.put(keys::made(source, Some(number)), made);
    }

    fn enqueue(&mut self, message: QueuedMessage) {
        let key = keys::numbered(keys::OUTBOX_PENDING, message.number);
        self.put(key, &message);
        self.views.outbox.put(message);
    }

    fn requeue(&mut self, id: &str, change: impl FnOnce(&mut QueuedMessage)) {
        if let Some(message) = self.views.outbox.find(id) {
            let mut message = QueuedMessage::clone(message);
            change(&mut message);
            self.enqueue(message);
        }
    }

    fn unqueue(&mut self, id: &str, state: OutgoingState) {
        if let Some(message) = self.views.outbox.remove(id) {
            let key = keys::numbered(keys::OUTBOX_PENDING, message.number);
            self.changes.insert(key, None);
            let entry = message.entry.clone();
            self.put(keys::outgoing(id), &Outgoing { entry, state });
        }
    }

    fn held(&mut self, number: u64, entry: &HeldEntry) {
        self.put(keys::numbered(keys::HELD_PENDING, number), entry);
        self.views.held_numbers.insert(entry.id.clone(), number);
        self.views.held.insert(number, Arc::new(entry.clone()));
    }

    fn held_resolved(&mut self, id: &str, resolution: super::Resolution) {
        let Some(number) = self.views.held_numbers.remove(id) else {
            return;
        };
        self.changes
            .insert(keys::numbered(keys::HELD_PENDING, number), None);
        if let Some(entry) = self.views.held.remove(&number) {
            let record = HeldRecord {
                entry: HeldEntry::clone(&entry),
                resolution: Some(resolution),
            };
            self.put(keys::held(id), &record);
        }
    }

    fn acknowledged(&mut self, id: &str, by: &str) -> Result<(), Error> {
        let key = keys::inbox(id);
        let value = match self.changes.get(&key) {
            Some(value) => value.clone(),
            None => self.index.get(&key)?,
        };
        if let Some(value) = value {
            let mut record: InboxRecord = read(&value)?;
            record.acknowledged_by.get_or_insert_with(|| by.to_owned());
            self.put(key, &record);
            let pending = keys::numbered(keys::INBOX_PENDING, record.cursor);
            self.changes.insert(pending, None);
        }
        Ok(())
    }

    fn put(&mut self, key: Vec<u8>, value: &impl Serialize) {
        // Our records have string keys and no failing implementations: this cannot fail.
        let value = serde_json::to_vec(value).unwrap_or_default();
        self.set(key, value);
    }

    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.changes.insert(key, Some(value));
    }
}
