//! What the journal keeps of a message that was received.
//!
//! Start at [`Received`].

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::revisions::Revises;
use crate::evidence::{Direction, Registration};
use crate::model::{CaseKey, PackageId, PartyId, Sha256, Ucr};

/// A message was received and receipted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The store's own id of this message, a UUID; other events refer to it as `source`.
    pub message: String,
    /// The peer; for [`Direction::National`] the own party.
    pub partner: PartyId,
    /// Which way it went.
    pub direction: Direction,
    /// Number within (partner, direction), from the reservation.
    pub counter: u64,
    /// Place in the log, from the reservation.
    pub leaf_index: u64,
    /// When it was received, from the reservation.
    pub received_at: Timestamp,
    /// When its bytes came and its signature was judged, for the last word about a message that
    /// waited; none when that is [`Self::received_at`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_at: Option<Timestamp>,
    /// Digest of the bytes as they arrived.
    pub raw: Sha256,
    /// Their number.
    pub bytes: u64,
    /// The package, when it got as far as being known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageId>,
    /// The message's own id, read from the verified view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The content ids that it occupies from now on: those that were reserved. The store keeps those
    /// that its reservation found fresh and drops the others. Empty for a refused message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Id of the receipt.
    pub receipt_id: String,
    /// Digest of the sealed receipt, which is one of the bodies.
    pub receipt: Sha256,
    /// Whether the gateway answers for the message.
    pub accepted: bool,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Keys under which the message is found again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<CaseKey>,
    /// The UCR that its submitter stated beside it, where its format has no place for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ucr: Option<Box<Ucr>>,
    /// The id that the national system knows the message by (a submission's own document id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub national_id: Option<String>,
    /// Digest of the national report: losses with their values, findings, supplied values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Sha256>,
    /// The charset that came with the bytes: without it they may read otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// Who submitted it, for [`Direction::National`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// What an officer's entry is; none for a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryKind>,
    /// The first message of the case that this one was found to belong to; none when it is the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The number that it was registered under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// The earlier message that this one amends or cancels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revises: Option<Box<Revises>>,
    /// Whether this is not the last word about the message: it waits for the one that it revises.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// The posts whose business it is; empty when none is known, as in journals of before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<String>,
}

impl Received {
    /// The first message of the case, as far as it was known when this one was received.
    pub fn case(&self) -> &str {
        self.case.as_deref().unwrap_or(&self.message)
    }

    /// When its bytes came and its signature was judged.
    pub fn judged_at(&self) -> Timestamp {
        self.judged_at.unwrap_or(self.received_at)
    }
}

/// What an entry is: an officer's, or in one case the gateway's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// Goods arrived at a post.
    Arrival,
    /// A message was cancelled.
    Cancel,
    /// Keys were stated to belong to one consignment.
    Join,
    /// Goods were presented at a post, and what was observed.
    Presentation,
    /// Goods were released.
    Release,
    /// Values were supplied to a held translation.
    Supplement,
    /// A decision was made anew, because a partner's signature is judged otherwise than before.
    TrustChange,
}

/// A message id with the content that stands behind it. Its scope is (partner, package, id).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// The package that the id belongs to.
    pub package: PackageId,
    /// The id as the message states it.
    pub id: String,
    /// Digest of the content: the same id with another digest is a conflict.
    pub content: Sha256,
}
