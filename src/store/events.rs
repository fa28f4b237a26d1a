//! What can happen: the events of the journal, and the structs that they carry.
//!
//! Start at [`Event`]. An event is written once, in JSON, and never changed; everything else that the
//! store answers is derived from the sequence of events. Events are numbered from 0 without gaps over
//! the whole journal; that number is the order of the outbox and the cursor of the inbox.
//! Nothing here knows files or indexes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::received::Received;
use super::revisions::{Awaiting, Recalled, Revised, Settled};
use crate::model::{CaseKey, PackageId, PartyId, Sha256};

/// One thing that happened. Bodies (messages, receipts, reports) are named by their SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// A principal looked at something: a submission, fetch or query.
    Accessed(Accessed),
    /// The national service took an item from its inbox.
    Acknowledged(Acknowledged),
    /// An officer took notice of an alert.
    AlertTaken(AlertTaken),
    /// Something about a case needs an officer.
    Alerted(Alerted),
    /// A delivery was tried and its outcome is not final.
    Attempted(Attempted),
    /// A message waits for the one that it amends or cancels.
    Awaiting(Awaiting),
    /// Whether a partner's control result may be relied on was decided.
    Decided(Decided),
    /// The partner accepted an outgoing message.
    Delivered(Delivered),
    /// An outgoing message was taken out of the queue before delivery.
    Dropped(Dropped),
    /// A translation waits for an officer.
    Held(HeldEntry),
    /// A held translation waits no more.
    HeldResolved(HeldResolved),
    /// Something arrived for the national service.
    Inbox(InboxItem),
    /// A running number was given to a message.
    Numbered(Numbered),
    /// An operator stopped an outgoing message; it blocks its case until it is released.
    Parked(Parked),
    /// A signed message stands ready for a partner.
    Queued(OutboxEntry),
    /// An outgoing message was taken back before it could reach its partner, because what it was made
    /// of was amended or cancelled.
    Recalled(Recalled),
    /// A message was received and receipted, accepted or not.
    Received(Received),
    /// The partner refused an outgoing message for good.
    Rejected(Rejected),
    /// An operator let a parked message go, or asked to try one at once.
    Released(Released),
    /// An operator queued a dead letter again: the same signed bytes, at the end of its case.
    Requeued(Requeued),
    /// A message was amended or cancelled by a later one.
    Revised(Revised),
    /// A message waits no more for the one that it amends or cancels.
    Settled(Settled),
    /// An officer supplied values to a held translation.
    Supplemented(Supplemented),
    /// What rests on a partner's signatures was judged by what is trusted now.
    TrustReviewed(TrustReviewed),
    /// Incomplete bodies, rate limits and the like, counted and not kept one by one.
    Turned(Turned),
}

impl Event {
    /// The bodies that it names by digest.
    pub(super) fn bodies(&self) -> Vec<Sha256> {
        match self {
            Self::Decided(decided) => vec![decided.body, decided.facts],
            Self::Delivered(end) => vec![end.partner_receipt],
            Self::Inbox(item) => {
                let always = [item.canonical, item.original];
                let made = item.translated.iter().map(|made| made.sha256);
                always.into_iter().chain(made).collect()
            }
            Self::Queued(entry) => vec![entry.body],
            Self::Requeued(again) => vec![again.entry.body],
            Self::Received(received) => {
                let always = [received.raw, received.receipt];
                always.into_iter().chain(received.report).collect()
            }
            Self::Rejected(end) => end.partner_receipt.into_iter().collect(),
            Self::Accessed(_)
            | Self::Acknowledged(_)
            | Self::AlertTaken(_)
            | Self::Alerted(_)
            | Self::Attempted(_)
            | Self::Awaiting(_)
            | Self::Dropped(_)
            | Self::Held(_)
            | Self::HeldResolved(_)
            | Self::Numbered(_)
            | Self::Parked(_)
            | Self::Recalled(_)
            | Self::Released(_)
            | Self::Revised(_)
            | Self::Settled(_)
            | Self::Supplemented(_)
            | Self::TrustReviewed(_)
            | Self::Turned(_) => Vec::new(),
        }
    }

    /// The outgoing message that it puts into the queue.
    pub(super) fn into_outgoing(self) -> Option<OutboxEntry> {
        if let Self::Queued(entry) = self {
            Some(entry)
        } else if let Self::Requeued(again) = self {
            Some(again.entry)
        } else {
            None
        }
    }
}

/// Whether a partner's control result may be relied on was decided. Decisions are never changed: a
/// later one supersedes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The decision's id, a UUID.
    pub id: String,
    /// The message that led to it: [`Received::message`].
    pub source: String,
    /// Keys under which it is found again.
    pub keys: Vec<CaseKey>,
    /// Digest of the decision in JSON, one of the bodies.
    pub body: Sha256,
    /// Digest of the facts in JSON, one of the bodies: with them the decision can be made again.
    pub facts: Sha256,
    /// The verdict's word.
    pub verdict: String,
    /// The agreement that it was made by.
    pub agreement: String,
    /// The moment for which it was made.
    pub at: Timestamp,
    /// The decision before, about the same goods by the same agreement: one that none supersedes yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
}

/// What rests on a partner's signatures was judged by what is trusted now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustReviewed {
    /// The partner.
    pub partner: PartyId,
    /// Digest of what is trusted of it.
    pub trust: Sha256,
    /// When it was finished.
    pub at: Timestamp,
}

/// Something about a case needs an officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerted {
    /// The alert's id, a UUID.
    pub id: String,
    /// The message that caused it: [`Received::message`].
    pub source: String,
    /// Keys of the case.
    pub keys: Vec<CaseKey>,
    /// The stable code of the reason.
    pub code: String,
    /// The decision that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// The posts that are told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// An officer took notice of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertTaken {
    /// The alert.
    pub alert: String,
    /// When.
    pub at: Timestamp,
    /// The principal.
    pub by: String,
}

/// A signed message that stands ready for a partner. Every attempt sends exactly the bytes `body`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// The entry's id, a UUID.
    pub id: String,
    /// To whom it goes.
    pub partner: PartyId,
    /// The case within which order is kept.
    pub case: String,
    /// Digest of the signed bytes.
    pub body: Sha256,
    /// Number of the signed bytes.
    pub bytes: u64,
    /// Format of the message.
    pub package: PackageId,
    /// The outgoing message's own id.
    pub message_id: String,
    /// The message that it was made from: [`Received::message`].
    pub source: String,
    /// When it was queued.
    pub at: Timestamp,
    /// Keys that the outgoing message states, such as the LRN made for it: answers are matched to the
    /// source by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<CaseKey>,
    /// The posts of the message that it was made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<String>,
}

/// A delivery was tried, and will be tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempted {
    /// The outbox entry.
    pub entry: String,
    /// When the attempt ended.
    pub at: Timestamp,
    /// The stable code of what went wrong.
    pub code: String,
    /// Not to be tried again before.
    pub not_before: Timestamp,
    /// Whether it may have reached the partner; what does not say so may have.
    #[serde(default = "may_have")]
    pub reached: bool,
    /// Whether what is behind it in its case need not wait for it: the partner has it, and its receipt
    /// for good comes later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
}

fn may_have() -> bool {
    true
}

/// The partner accepted an outgoing message: its signed receipt was verified and is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The outbox entry.
    pub entry: String,
    /// When.
    pub at: Timestamp,
    /// Digest of the partner's receipt, one of the bodies.
    pub partner_receipt: Sha256,
}

/// The partner refused an outgoing message for good; it goes to the dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The outbox entry.
    pub entry: String,
    /// When.
    pub at: Timestamp,
    /// The partner's code.
    pub code: String,
    /// Digest of the partner's receipt, when it sent one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_receipt: Option<Sha256>,
}

/// An outgoing message was taken out of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The outbox entry.
    pub entry: String,
    /// When.
    pub at: Timestamp,
    /// The principal, or `gateway`.
    pub by: String,
    /// Why, for the record.
    pub reason: String,
}

/// A running number was given to a message, or to what was made of it, in the batch that makes it
/// durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// The series: its name and what it is counted for.
    pub series: String,
    /// The number.
    pub number: u64,
    /// The message: [`Received::message`].
    pub source: String,
    /// When.
    pub at: Timestamp,
}

/// An operator stopped an outgoing message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The outbox entry.
    pub entry: String,
    /// When.
    pub at: Timestamp,
    /// The principal.
    pub by: String,
    /// Why, for the record.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// An operator queued a dead letter again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requeued {
    /// The entry as it was queued first; its number in the queue is this event's.
    pub entry: OutboxEntry,
    /// When.
    pub at: Timestamp,
    /// The principal.
    pub by: String,
}

/// An operator let an outgoing message go at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// The outbox entry.
    pub entry: String,
    /// When.
    pub at: Timestamp,
    /// The principal.
    pub by: String,
}

/// A translation that waits for an officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldEntry {
    /// The entry's id, a UUID.
    pub id: String,
    /// The message that it comes from: [`Received::message`].
    pub source: String,
    /// The embedded document's id, when the source is an envelope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Which of the source's documents it is, from 0, when the source is split by a repeated element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<usize>,
    /// The lane.
    pub lane: String,
    /// To whom it would go.
    pub to: PartyId,
    /// The package that it would become.
    pub package: PackageId,
    /// When it was held.
    pub at: Timestamp,
    /// What is missing, as the translation's findings in JSON.
    pub findings: serde_json::Value,
    /// The posts of the message that it comes from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<String>,
}

/// An officer supplied values to a held translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplemented {
    /// The held entry.
    pub held: String,
    /// When.
    pub at: Timestamp,
    /// The principal.
    pub by: String,
    /// The values, as JSON.
    pub values: serde_json::Value,
}

/// A held translation waits no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldResolved {
    /// The held entry.
    pub held: String,
    /// When.
    pub at: Timestamp,
    /// The principal, or `gateway`.
    pub by: String,
    /// How it ended.
    pub resolution: Resolution,
}

/// How a held translation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It was given up.
    Dropped,
    /// It went to the national inbox.
    Inbox,
    /// It was queued for its partner.
    Queued,
    /// Another entry took its place, such as a translation with some values supplied.
    Replaced,
}

/// Something arrived for the national service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxItem {
    /// The item's id, a UUID.
    pub id: String,
    /// The message that it comes from: [`Received::message`].
    pub source: String,
    /// From whom.
    pub partner: PartyId,
    /// Digest of the canonical JSON.
    pub canonical: Sha256,
    /// Digest of the verified original.
    pub original: Sha256,
    /// Format of the original.
    pub package: PackageId,
    /// When.
    pub at: Timestamp,
    /// The national id of the message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlates: Option<String>,
    /// The message of the same partner that it amends or cancels: [`Received::message`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// The document that the lane made of it for the national system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub translated: Option<Translation>,
    /// The posts of the message that it comes from or, where that names none, of what was made of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<String>,
}

/// A document made from an arrived message for the national system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    /// Digest of its bytes, which are a body.
    pub sha256: Sha256,
    /// Its format.
    pub package: PackageId,
}

/// The national service took an item from its inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The inbox item.
    pub item: String,
    /// When.
    pub at: Timestamp,
    /// The principal.
    pub by: String,
}

/// A principal looked at something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accessed {
    /// The principal.
    pub principal: String,
    /// When.
    pub at: Timestamp,
    /// Method and path, without values of payloads.
    pub what: String,
}

/// What was turned away without being kept, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turned {
    /// The peer.
    pub partner: PartyId,
    /// End of the interval.
    pub at: Timestamp,
    /// The stable code of the reason.
    pub code: String,
    /// How many.
    pub count: u64,
    /// Digest of the last one, when its body was complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Sha256>,
}
