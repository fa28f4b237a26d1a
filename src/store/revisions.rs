//! What happens to a message that is amended or cancelled, as events.
//!
//! Start at [`Revised`]. What the words mean stands with the conductor.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{CaseKey, PartyId, Revision, Sha256};

/// A message that amends or cancels another waits until that one is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaiting {
    /// The message: [`Received::message`](super::Received::message).
    pub message: String,
    /// Who sent it.
    pub partner: PartyId,
    /// Digest of the bytes as they arrived.
    pub raw: Sha256,
    /// What names the earlier message: a key that it states, the one that counts most first.
    pub by: Vec<CaseKey>,
    /// Since when.
    pub at: Timestamp,
    /// How long.
    pub until: Timestamp,
}

/// A message waits no more: the earlier one came, or the time is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The message that waited: [`Received::message`](super::Received::message).
    pub message: String,
    /// The same bytes as they were received for good: accepted or refused.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What a message does to an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revises {
    /// What it does.
    pub revision: Revision,
    /// The earlier one: [`Received::message`](super::Received::message).
    pub message: String,
}

/// An outgoing message was taken out of the queue, or out of the dead letters when its partner had
/// refused it: no attempt can have brought it to the partner, and none will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recalled {
    /// The outbox entry.
    pub entry: String,
    /// When.
    pub at: Timestamp,
    /// The principal who amended or cancelled what it was made of.
    pub by: String,
    /// The message that amends or cancels it: [`Received::message`](super::Received::message).
    pub revised_by: String,
}

/// A message was amended or cancelled: once, for what comes after revises the later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revised {
    /// The message: [`Received::message`](super::Received::message).
    pub message: String,
    /// What was done to it.
    pub revision: Revision,
    /// The message that does it: [`Received::message`](super::Received::message).
    pub by: String,
    /// When.
    pub at: Timestamp,
}
