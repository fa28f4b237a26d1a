//! What the store answers: records derived from events.
//!
//! Start at [`StoredReceipt`] and [`QueuedMessage`]. Each is made from the events alone, so that a
//! rebuilt index gives the same answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::events::{Event, HeldEntry, InboxItem, OutboxEntry, Resolution};
use super::received::Received;
use crate::model::{CaseKey, PartyId, Sha256};

/// The receipt that was given for a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReceipt {
    /// Its id.
    pub id: String,
    /// Digest of its bytes, which are a body.
    pub sha256: Sha256,
    /// Whether it accepts the message.
    pub accepted: bool,
    /// The message that it is for: [`super::Received::message`].
    pub message: String,
    /// Its leaf in the log.
    pub leaf_index: u64,
}

impl StoredReceipt {
    /// The receipt of a received message.
    pub(super) fn of(received: &Received) -> Self {
        Self {
            id: received.receipt_id.clone(),
            sha256: received.receipt,
            accepted: received.accepted,
            message: received.message.clone(),
            leaf_index: received.leaf_index,
        }
    }
}

/// An outgoing message that is not delivered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedMessage {
    /// Number of its event: the order of the queue.
    pub number: u64,
    /// The entry.
    pub entry: OutboxEntry,
    /// How many attempts failed.
    pub attempts: u32,
    /// Not to be tried before.
    pub not_before: Option<Timestamp>,
    /// Code of the last failed attempt.
    pub last_code: Option<String>,
    /// Stopped by an operator.
    pub parked: bool,
    /// Why, as the operator said.
    pub parked_for: Option<String>,
    /// Whether a failed attempt may have reached the partner.
    pub reached: bool,
    /// Whether what is behind it in its case need not wait for it.
    pub aside: bool,
    /// Whether it waited when the store was opened: an attempt of the run before may have no record.
    /// Kept in memory.
    #[serde(skip)]
    pub doubted: bool,
}

/// An outgoing message and how it ended, if it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The entry.
    pub entry: OutboxEntry,
    /// Where it stands.
    pub state: OutgoingState,
    /// Whether the partner may have it: it was delivered or dropped, or an attempt may have reached
    /// the partner. What the partner refused it does not have.
    pub may_have_reached: bool,
}

/// Where an outgoing message stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OutgoingState {
    /// The partner accepted it.
    Delivered {
        /// When.
        at: Timestamp,
        /// Digest of the partner's receipt.
        partner_receipt: Sha256,
    },
    /// It was taken out of the queue.
    Dropped {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
    /// It waits for delivery.
    Queued,
    /// It was taken back before it could reach the partner: what it was made of was amended or
    /// cancelled.
    Recalled {
        /// When.
        at: Timestamp,
        /// The principal who did.
        by: String,
        /// The message that amends or cancels: [`super::Received::message`].
        revised_by: String,
    },
    /// The partner refused it: a dead letter.
    Rejected {
        /// When.
        at: Timestamp,
        /// The partner's code.
        code: String,
        /// Digest of the partner's receipt, when it sent one.
        partner_receipt: Option<Sha256>,
    },
}

/// A held translation and how it ended, if it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRecord {
    /// The entry.
    pub entry: HeldEntry,
    /// How it ended; `None` while it waits.
    pub resolution: Option<Resolution>,
}

/// An inbox item with its cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRecord {
    /// Number of its event: the cursor after which the next ones come.
    pub cursor: u64,
    /// The item.
    pub item: InboxItem,
    /// Who took it; `None` while nobody has.
    pub acknowledged_by: Option<String>,
}

/// Something that was made from a received message, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// A decision.
    Decision(String),
    /// A held entry.
    Held(String),
    /// An inbox item.
    Inbox(String),
    /// An outgoing message.
    Outgoing(String),
}

impl Made {
    /// What `event` made; `None` for one that makes nothing.
    pub(super) fn of(event: Event) -> Option<Self> {
        if let Event::Decided(decided) = event {
            Some(Self::Decision(decided.id))
        } else if let Event::Held(entry) = event {
            Some(Self::Held(entry.id))
        } else if let Event::Inbox(item) = event {
            Some(Self::Inbox(item.id))
        } else if let Event::Queued(entry) = event {
            Some(Self::Outgoing(entry.id))
        } else {
            None
        }
    }
}

/// What was found under a case key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyMatch {
    /// Number of the event that stated the key.
    pub number: u64,
    /// The message that stated it, or from which the outgoing message that stated it was made.
    pub message: String,
    /// The outgoing message that stated it.
    pub entry: Option<String>,
    /// The peer that it came from or goes to.
    pub partner: PartyId,
}

impl KeyMatch {
    /// What is found under `key`, when `event` states it.
    pub(super) fn of(number: u64, event: Event, key: &CaseKey) -> Option<Self> {
        let (message, entry, partner, keys) = if let Event::Received(received) = event {
            (received.message, None, received.partner, received.keys)
        } else if let Event::Queued(queued) = event {
            (queued.source, Some(queued.id), queued.partner, queued.keys)
        } else {
            return None;
        };
        keys.contains(key).then_some(Self {
            number,
            message,
            entry,
            partner,
        })
    }
}

/// Figures for metrics and `corridor status`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Outgoing messages that wait, all partners.
    pub outbox_depth: u64,
    /// When the oldest of them was queued.
    pub outbox_oldest: Option<Timestamp>,
    /// Held translations that wait.
    pub held_depth: u64,
    /// When the oldest of them was held.
    pub held_oldest: Option<Timestamp>,
    /// Messages that wait for what they amend or cancel.
    pub awaiting_depth: u64,
    /// When the oldest of them came.
    pub awaiting_oldest: Option<Timestamp>,
    /// Leaves of the log.
    pub leaves: u64,
    /// Leaves under the published checkpoint.
    pub checkpoint_size: u64,
    /// Events of the journal.
    pub events: u64,
    /// Batches of the journal.
    pub batches: u64,
    /// Bytes of all event segments.
    pub journal_bytes: u64,
    /// Bytes of all body segments.
    pub body_bytes: u64,
    /// Batches written but not yet in the index.
    pub index_lag: u64,
}
