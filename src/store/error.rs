//! What the store can fail at.
//!
//! Start at [`Error`] for opening, committing and reading, and at [`ReserveError`] for what a
//! reservation can meet. A store error is our fault, never evidence against a partner; only
//! [`ReserveError::Conflict`] and [`ReserveError::Quota`] speak about a message.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::received::Claim;
use crate::model::Sha256;

/// The store could not do its work.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The checkpoint's signature could not be made, or a checkpoint or leaf cannot be read.
    #[error("the log's evidence")]
    Evidence(#[source] crate::evidence::Error),
    /// The journal, a body or the checkpoint is damaged at this place.
    #[error("{} is damaged at byte {offset}: {what}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Offset within the file, in bytes from 0.
        offset: u64,
        /// What should stand there.
        what: Damage,
    },
    /// A store already stands there.
    #[error("{} already holds a store", dir.display())]
    Exists {
        /// The directory.
        dir: PathBuf,
    },
    /// An earlier write or sync failed. Nothing is accepted until the gateway is started anew.
    #[error("an earlier write failed; the store takes nothing until it is opened again")]
    Failed,
    /// The index cannot be used; `corridor store rebuild` makes it anew from the journal.
    #[error("the index is unusable ({detail}); `corridor store rebuild` makes it anew")]
    Index {
        /// What was wrong with it.
        detail: String,
    },
    /// The disk refused an operation.
    #[error("{action} {}", file.display())]
    Io {
        /// What was done: `open`, `append to`, `sync`, ...
        action: &'static str,
        /// The file or directory.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// Another process has the store open.
    #[error("{} is open in another process", dir.display())]
    Locked {
        /// The directory.
        dir: PathBuf,
    },
    /// The batch does not fit its reservation: another leaf index, counter, partner or time.
    #[error("the leaf does not fit its reservation: {field}")]
    Mismatch {
        /// The first field that differs.
        field: &'static str,
    },
    /// No store stands there.
    #[error("{} holds no store; `corridor init` makes one", dir.display())]
    Missing {
        /// The directory.
        dir: PathBuf,
    },
    /// The log has no such leaf.
    #[error("the log has {size} leaves and no leaf {index}")]
    NoLeaf {
        /// The leaf that was asked for.
        index: u64,
        /// How many there are.
        size: u64,
    },
    /// An outbox entry, dead letter, held entry or inbox item is not pending, or not any more.
    #[error("{what} {id} is not pending")]
    NotPending {
        /// `outbox entry`, `dead letter`, `held entry` or `inbox item`.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// A batch, or one of its bodies, is larger than the journal takes.
    #[error("a commit of {bytes} bytes; the journal takes {limit}")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The store belongs to another gateway.
    #[error("the store belongs to {found}, not to {expected}")]
    WrongGateway {
        /// Gateway and log origin found in the store.
        found: String,
        /// Gateway and log origin of the configuration.
        expected: String,
    },
}

/// What is wrong with a byte of the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// A body has another SHA-256 than the journal says.
    #[error("body {expected} has another digest")]
    BodyDigest {
        /// Digest in the journal.
        expected: Sha256,
    },
    /// A checksum does not match.
    #[error("checksum of the {of}")]
    Checksum {
        /// What it covers.
        of: &'static str,
    },
    /// The log's root at the checkpoint's size is another one than the checkpoint says.
    #[error("the log of {size} leaves has another root than the checkpoint")]
    CheckpointRoot {
        /// Size in the checkpoint.
        size: u64,
    },
    /// An event, leaf or receipt cannot be read.
    #[error("unreadable {what}")]
    Content {
        /// What should stand there.
        what: &'static str,
    },
    /// The file ends too early, or is gone.
    #[error("the file ends where {expected} should follow")]
    Ends {
        /// What should follow.
        expected: &'static str,
    },
    /// The index disagrees with the journal.
    #[error("the index disagrees with the journal: {what}")]
    Index {
        /// In what.
        what: &'static str,
    },
    /// A header's magic, version or number is another one.
    #[error("{of} header")]
    Header {
        /// Whose.
        of: &'static str,
    },
    /// A leaf does not follow the one before: index, counter or time.
    #[error("leaf {index} does not follow: {field}")]
    LeafOrder {
        /// Its place in the log.
        index: u64,
        /// The field that does not follow.
        field: &'static str,
    },
    /// An event names a body that no batch up to its own has.
    #[error("an event names body {sha256}, which is not there")]
    Missing {
        /// The digest that the event names.
        sha256: Sha256,
    },
    /// A batch does not continue the chain: its number, event number or previous hash.
    #[error("batch {sequence} does not follow: {field}")]
    Order {
        /// Number of the batch that was expected there.
        sequence: u64,
        /// The field that does not follow.
        field: &'static str,
    },
    /// A leaf names a receipt that the journal's event or the bodies do not have.
    #[error("leaf {index} names another receipt")]
    Receipt {
        /// Its place in the log.
        index: u64,
    },
    /// Bytes that no event refers to.
    #[error("bytes that the journal does not know")]
    Unknown,
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "STORE_DAMAGED",
            Self::Evidence(_) => "STORE_EVIDENCE",
            Self::Exists { .. } => "STORE_EXISTS",
            Self::Failed => "STORE_FAILED",
            Self::Index { .. } => "STORE_INDEX",
            Self::Io { .. } => "STORE_IO",
            Self::Locked { .. } => "STORE_LOCKED",
            Self::Mismatch { .. } => "STORE_MISMATCH",
            Self::Missing { .. } => "STORE_MISSING",
            Self::NoLeaf { .. } => "STORE_NO_LEAF",
            Self::NotPending { .. } => "STORE_NOT_PENDING",
            Self::TooLarge { .. } => "STORE_TOO_LARGE",
            Self::WrongGateway { .. } => "STORE_WRONG_GATEWAY",
        }
    }
}

/// Why no place in the log was reserved.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ReserveError {
    /// A message with the same id is being decided and took too long; or too many are in flight.
    #[error("an earlier message with the same id is still being decided")]
    Busy,
    /// An accepted message has the same id and other content.
    #[error("message id {} of {} was accepted with other content", claim.id, claim.package)]
    Conflict {
        /// The id and what the message has under it.
        claim: Box<Claim>,
        /// Receipt of the accepted message; `None` when both stand in the one message.
        receipt_id: Option<String>,
        /// Digest of that receipt.
        receipt: Option<Sha256>,
    },
    /// The first claim, which is the message's own, was accepted before with the same content.
    #[error("the message was accepted before with the same content")]
    Duplicate {
        /// The receipt that accepted it.
        receipt_id: String,
    },
    /// The partner's refusals of this day have used up what is kept of them.
    #[error("{count} refusals of {bytes} bytes in all were kept today")]
    Quota {
        /// How many were kept on this day (UTC).
        count: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// The store itself.
    #[error(transparent)]
    Store(#[from] Error),
}

impl ReserveError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy => "BUSY",
            Self::Conflict { .. } => "MESSAGE_ID_CONFLICT",
            Self::Duplicate { .. } => "MESSAGE_DUPLICATE",
            Self::Quota { .. } => "REFUSAL_QUOTA",
            Self::Store(error) => error.code(),
        }
    }
}
