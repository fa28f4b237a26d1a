//! A partner that accepts everything: it answers each message with a sealed receipt and keeps
//! nothing. It stands for a partner's gateway where only our own is to be measured.
//!
//! Start at [`Sink`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use ring::rand::SystemRandom;
use serde_json::Value;

use crate::clock::Clock;
use crate::crypto::{SignatureProfile, Signer};
use crate::evidence::{self, Direction, MessageFacts, Origin, Outcome, Receipt, Salt};
use crate::http::{
    Answer, AnswerStatus, Content, Entry, Failure, InboxForm, Service, Submission, View,
};
use crate::model::{PartyId, Principal, Sha256};

/// The partner that accepts everything.
pub(super) struct Sink {
    pub(super) party: PartyId,
    pub(super) signer: Box<dyn Signer>,
    pub(super) profile: SignatureProfile,
    pub(super) random: SystemRandom,
    pub(super) clock: Clock,
    pub(super) received: Arc<AtomicU64>,
}

impl Sink {
    fn receipt(&self, peer: &PartyId, body: &Bytes) -> Result<Answer, Failure> {
        let counter = self.received.fetch_add(1, Ordering::Relaxed);
        let receipt = Receipt {
            id: format!("sink-{counter}"),
            gateway: self.party.clone(),
            partner: peer.clone(),
            direction: Direction::In,
            counter: counter + 1,
            leaf_index: counter,
            received_at: self.clock.wall(),
            salt: Salt::new([0; 32]),
            message: MessageFacts {
                sha256: evidence::sha256(body),
                bytes: u64::try_from(body.len()).unwrap_or(u64::MAX),
                package: None,
                id: None,
            },
            origin: Origin::Unverified,
            config_sha256: Sha256([0; 32]),
            registration: None,
            outcome: Outcome::Accepted { parts: Vec::new() },
        };
        let sealed = evidence::seal(&receipt, &*self.signer, &self.profile, &self.random);
        Ok(Answer {
            status: AnswerStatus::Accepted,
            receipt: Bytes::from(sealed.map_err(|_| Failure::Fault)?),
            receipt_id: receipt.id,
        })
    }
}

impl Service for Sink {
    async fn receive(
        &self,
        peer: &PartyId,
        body: Bytes,
        _charset: Option<String>,
    ) -> Result<Answer, Failure> {
        self.receipt(peer, &body)
    }

    async fn lodge(&self, _: &Principal, _: Submission) -> Result<Answer, Failure> {
        Err(Failure::NotFound)
    }

    async fn accessed(&self, _principal: &Principal, _what: &str) -> Result<(), Failure> {
        Err(Failure::NotFound)
    }

    async fn message(&self, _principal: &Principal, _id: &str) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn inbox(
        &self,
        _principal: &Principal,
        _after: Option<u64>,
        _limit: usize,
    ) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn inbox_item(
        &self,
        _principal: &Principal,
        _id: &str,
        _form: InboxForm,
    ) -> Result<Content, Failure> {
        Err(Failure::NotFound)
    }

    async fn acknowledge(&self, _principal: &Principal, _id: &str) -> Result<(), Failure> {
        Err(Failure::NotFound)
    }

    async fn held(&self, _principal: &Principal) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn held_entry(&self, _principal: &Principal, _id: &str) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn supplement(
        &self,
        _principal: &Principal,
        _id: &str,
        _body: &[u8],
    ) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn look(&self, _principal: &Principal, _view: View) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn enter(
        &self,
        _principal: &Principal,
        _entry: Entry,
        _body: Bytes,
    ) -> Result<Value, Failure> {
        Err(Failure::NotFound)
    }

    async fn receipt(&self, _principal: &Principal, _id: &str) -> Result<Bytes, Failure> {
        Err(Failure::NotFound)
    }

    async fn proof(&self, _principal: &Principal, _id: &str) -> Result<String, Failure> {
        Err(Failure::NotFound)
    }

    async fn checkpoint(&self) -> Result<String, Failure> {
        Err(Failure::NotFound)
    }

    fn unready(&self) -> Option<String> {
        None
    }

    fn observe(&self) {}
}
