//! What the listeners need of the conductor, and nothing more.
//!
//! Start at [`Service`]. It is implemented for the gateway itself and by the tests' stand-in, so that
//! time-outs, limits and refusals of the wire are tested without a store.

use std::future::Future;

use bytes::Bytes;
use serde_json::Value;

use super::turned::TurnedAway;
pub use crate::exchange::{Answer, AnswerStatus, Entry, InboxForm, Submission, View};
use crate::model::{PartyId, Principal};

/// Why the conductor gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Not now; the same may be sent again.
    Busy,
    /// The thing's state does not allow it any more.
    Conflict,
    /// The gateway itself failed.
    Fault,
    /// The principal may not do this here.
    Forbidden,
    /// The JSON does not read; the text says where and why, without values.
    Malformed(String),
    /// Nothing is there, or nothing that this principal may see.
    NotFound,
    /// The disk is nearly full; the same may be sent again.
    NoRoom,
    /// What is asked for cannot be done; the text says why.
    Refused(&'static str),
    /// The day's quota of refused messages is used up.
    Quota,
    /// The held message cannot go on with these values; the code says why.
    Unhelped {
        /// A stable code of the conductor.
        code: &'static str,
    },
}

/// What an operator wants done with outgoing messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Take it out of the queue.
    Drop {
        /// The entry.
        id: String,
        /// `{"reason": "..."}`, as it was sent.
        body: Bytes,
    },
    /// Stop it, and its case with it.
    Hold {
        /// The entry.
        id: String,
        /// `{"reason": "..."}`, as it was sent.
        body: Bytes,
    },
    /// Let it go now, or queue it again.
    Retry {
        /// The entry.
        id: String,
    },
    /// The same for all of one partner.
    RetryAll {
        /// `{"partner": "KZ", "dead_letters": false}`, as it was sent.
        body: Bytes,
    },
}

/// Bytes with their media type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The bytes.
    pub bytes: Bytes,
    /// Their media type.
    pub media_type: &'static str,
}

/// The conductor as the listeners see it. Every method of the national side that shows or changes a
/// message takes the principal, who was authenticated and whose role was checked; the caller records
/// the access first. What is of other posts than the principal's is answered as what is not there.
pub trait Service: Send + Sync + 'static {
    /// Takes a partner's message.
    fn receive(
        &self,
        peer: &PartyId,
        body: Bytes,
        charset: Option<String>,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send;

    /// Takes a national message, with what is stated beside it.
    fn lodge(
        &self,
        principal: &Principal,
        submission: Submission,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send;

    /// Makes the access durable; nothing is shown before it is.
    fn accessed(
        &self,
        principal: &Principal,
        what: &str,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// What became of a message: its facts, parts and deliveries.
    fn message(
        &self,
        principal: &Principal,
        id: &str,
    ) -> impl Future<Output = Result<Value, Failure>> + Send;

    /// Inbox items after a cursor, oldest first.
    fn inbox(
        &self,
        principal: &Principal,
        after: Option<u64>,
        limit: usize,
    ) -> impl Future<Output = Result<Value, Failure>> + Send;

    /// An inbox item: its canonical JSON, the verified original, or the translation.
    fn inbox_item(
        &self,
        principal: &Principal,
        id: &str,
        form: InboxForm,
    ) -> impl Future<Output = Result<Content, Failure>> + Send;

    /// Takes an item from the inbox.
    fn acknowledge(
        &self,
        principal: &Principal,
        id: &str,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Held translations that wait.
    fn held(&self, principal: &Principal) -> impl Future<Output = Result<Value, Failure>> + Send;

    /// One held translation, with what is missing.
    fn held_entry(
        &self,
        principal: &Principal,
        id: &str,
    ) -> impl Future<Output = Result<Value, Failure>> + Send;

    /// Supplies values to a held translation: `{"values": [{"path": ..., "value": ...}]}`.
    fn supplement(
        &self,
        principal: &Principal,
        id: &str,
        body: &[u8],
    ) -> impl Future<Output = Result<Value, Failure>> + Send;

    /// What is known of cases.
    fn look(
        &self,
        principal: &Principal,
        view: View,
    ) -> impl Future<Output = Result<Value, Failure>> + Send;

    /// Takes an entry: what an officer states about a case, or that a submission is taken back.
    fn enter(
        &self,
        principal: &Principal,
        entry: Entry,
        body: Bytes,
    ) -> impl Future<Output = Result<Value, Failure>> + Send;

    /// A sealed receipt.
    fn receipt(
        &self,
        principal: &Principal,
        id: &str,
    ) -> impl Future<Output = Result<Bytes, Failure>> + Send;

    /// The inclusion proof of a receipt (C2SP tlog-proof).
    fn proof(
        &self,
        principal: &Principal,
        id: &str,
    ) -> impl Future<Output = Result<String, Failure>> + Send;

    /// The log's published checkpoint (C2SP signed note).
    fn checkpoint(&self) -> impl Future<Output = Result<String, Failure>> + Send;

    /// Records what partners sent in vain since the last time; called every ten seconds and at the end.
    fn turned_away(&self, sums: Vec<TurnedAway>) -> impl Future<Output = ()> + Send {
        drop(sums);
        std::future::ready(())
    }

    /// Why no message is accepted now, or nothing when one is.
    fn unready(&self) -> Option<String>;

    /// A partner showed a TLS certificate that ends at this time, in seconds since 1970.
    fn showed(&self, _partner: &PartyId, _unix_seconds: i64) {}

    /// What will keep messages out soon, in words: certificates that end.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }

    /// How the gateway stands, for operators.
    fn status(&self) -> impl Future<Output = Result<Value, Failure>> + Send {
        std::future::ready(Err(Failure::NotFound))
    }

    /// How the last receipt that is held from a partner stands by its trust of now, for operators.
    fn partner_receipt(
        &self,
        _partner: &str,
    ) -> impl Future<Output = Result<Value, Failure>> + Send {
        std::future::ready(Err(Failure::NotFound))
    }

    /// Outgoing messages that wait, and dead letters, for operators.
    fn queue(
        &self,
        _principal: &Principal,
        _partner: Option<&str>,
    ) -> impl Future<Output = Result<Value, Failure>> + Send {
        std::future::ready(Err(Failure::NotFound))
    }

    /// Does what an operator wants done with outgoing messages.
    fn change_queue(
        &self,
        _principal: &Principal,
        _wish: Wish,
    ) -> impl Future<Output = Result<Value, Failure>> + Send {
        std::future::ready(Err(Failure::NotFound))
    }

    /// Brings gauges that are read on demand up to date, before metrics are shown.
    fn observe(&self);
}
