//! What happens to a message that is amended or cancelled, as events.
//!
//! Start at [`Revised`]. What the words mean stands with the conductor.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Revision;

/// What a message does to an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revises {
    /// What it does.
    pub revision: Revision,
    /// The earlier one: [`Received::message`].
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
    /// The message that amends or cancels it: [`Received::message`].
    pub revised_by: String,
}

/// A message was amended or cancelled: once, for what comes after revises the later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revised {
    /// The message: [`Received::message`].
    pub message: String,
    /// What was done to it.
    pub revision: Revision,
    /// The message that does it: [`Received::message`].
    pub by: String,
    /// When.
    pub at: Timestamp,
}
