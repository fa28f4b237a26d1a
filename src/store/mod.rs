//! The store: the journal of all that happened, which is the truth, and an index over it.
//!
//! Start at [`Store`]: [`Store::reserve`] a place in the log, seal a receipt that states it,
//! [`Store::commit`]. [`Event`] is what can happen. A commit is answered when it is durable, and is
//! then visible to every question at once.
//!
//! On disk, in the store's directory:
//!
//! ```text
//! identity            whose store it is; made last by `corridor init`, never changed
//! checkpoint          last published checkpoint and how much of the journal is under it; replaced whole
//! events/00000000...  event batches, hash-chained: the truth
//! bodies/00000000...  message bodies, by digest: the truth's payload
//! index/              sled: derived, may be deleted (`corridor store rebuild`)
//! lock                held while a process has the store open
//! ```
//!
//! What the journal's bytes are stands in `journal/format.rs`. The store does not know what a message
//! says, nor who may do what; it signs nothing but checkpoints. Errors: [`Error`], [`ReserveError`].

mod apply;
mod decisions;
mod disk;
mod error;
mod events;
mod files;
mod fresh;
mod fsck;
mod index;
mod journal;
mod keys;
mod lists;
mod located;
mod open;
mod outbox;
mod queries;
mod received;
mod records;
mod revisions;
mod sequencer;
mod series;
mod shared;
mod stale;
#[expect(
    clippy::module_inception,
    reason = "the file of the type that the room is named for"
)]
mod store;
mod threads;
mod writer;

// Opening and committing.
pub use disk::{Disk, DiskFile, StdDisk};
pub use error::{Damage, Error, ReserveError};
pub use files::Identity;
pub use sequencer::{ClaimOutcome, RefusalQuota, Reservation};
pub use store::{Batch, Body, COMMIT_BYTES_MAX, Options, Store};
pub use writer::Committed;

// Checking and repairing.
pub use fsck::{Fault, Report, fsck, rebuild};

// What can happen.
pub use events::{
    Accessed, Acknowledged, AlertTaken, Alerted, Attempted, Decided, Delivered, Dropped, Event,
    HeldEntry, HeldResolved, InboxItem, Numbered, OutboxEntry, Parked, Rejected, Released,
    Requeued, Resolution, Supplemented, Translation, TrustReviewed, Turned,
};
pub use received::{Claim, EntryKind, Received};
pub use revisions::{Awaiting, Recalled, Revised, Revises, Settled};

// What can be asked.
pub use lists::{LOOK_MAX, Listed};
pub use queries::PAGE_MAX;
pub use records::{
    HeldRecord, InboxRecord, KeyMatch, Made, Outgoing, OutgoingState, QueuedMessage, Stats,
    StoredReceipt,
};

#[cfg(test)]
mod tests;
