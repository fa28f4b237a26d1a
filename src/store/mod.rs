//! The store: the journal of all that happened, which is the truth, and an index over it.
//!
//! Start at [`Event`].

mod error;
mod events;
mod records;

pub use error::{Damage, Error, ReserveError};
pub use events::{
    Accessed, Acknowledged, Attempted, Claim, Delivered, Dropped, Event, HeldEntry, HeldResolved,
    InboxItem, OutboxEntry, Parked, Received, Rejected, Released, Resolution, Supplemented, Turned,
};
pub use records::{
    HeldRecord, InboxRecord, KeyMatch, Outgoing, OutgoingState, QueuedMessage, Stats, StoredReceipt,
};
