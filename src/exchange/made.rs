//! What becomes of one document on one lane, and what follows from it for the store.
//!
//! Start at [`Made`].

use bytes::Bytes;

use super::notes::Report;
use crate::evidence::Part;
use crate::model::{CaseKey, PackageId, PartyId};
use crate::translate::Numbered;

/// One outcome, with what the store has to do for it.
pub(super) struct Made {
    /// As the receipt states it.
    pub(super) part: Part,
    /// What follows from it.
    pub(super) effect: Effect,
    /// What the national side is told.
    pub(super) report: Report,
}

/// What the store has to do for a part.
pub(super) enum Effect {
    /// Nothing beyond the receipt.
    None,
    /// Put it into the national inbox.
    Inbox {
        /// Canonical JSON.
        canonical: Bytes,
        /// Format of the original.
        package: PackageId,
        /// The document that the lane makes of it.
        translated: Option<Translated>,
    },
    /// Hold it for an officer.
    Hold {
        /// The embedded document's id, when the source is an envelope.
        document: Option<String>,
        /// Which of the source's documents it is, from 0, when the source is split.
        number: Option<usize>,
        /// The package that it would become.
        package: PackageId,
        /// What is missing, as JSON.
        findings: serde_json::Value,
    },
    /// Put it into the outbox.
    Queue {
        /// The partner.
        to: PartyId,
        /// The signed bytes.
        body: Bytes,
        /// Their format.
        package: PackageId,
        /// The outgoing message's own id.
        message_id: String,
        /// Keys that the outgoing message states.
        keys: Vec<CaseKey>,
        /// Running numbers that it bears.
        numbered: Vec<Numbered>,
    },
}

/// A document made for the own national system. It needs no signature of ours: the receipt names its
/// digest.
pub(super) struct Translated {
    /// The document.
    pub(super) body: Bytes,
    /// Its format.
    pub(super) package: PackageId,
    /// Running numbers that it bears.
    pub(super) numbered: Vec<Numbered>,
    /// The posts that it names.
    pub(super) posts: Vec<String>,
}
