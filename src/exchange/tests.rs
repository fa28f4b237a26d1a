//! The whole path of a message without a network: real packages, lanes, keys and a real store.

mod answers;
mod arriving_revisions;
mod cases;
mod control;
mod documents;
mod enveloping;
mod identity;
mod inbox;
mod numbers;
mod parties;
mod posts;
mod presenting;
mod recognising;
mod registration;
mod returns;
mod revisions;
mod seen;
mod setting;
mod supplements;
mod trust;
mod ucr;
mod versions;

use bytes::Bytes;

use super::{AnswerStatus, Fault};
use crate::crypto;
use crate::evidence::PartState;
use crate::model::Role;
use setting::*;

#[tokio::test]
async fn a_submitted_declaration_is_queued_for_the_lane_it_fits() {
    let ru = Node::new(&[RU_KZ, RU_EU]);
    let answer = ru.submit(TO_KZ).await;
    assert_eq!(answer.status, AnswerStatus::Accepted);
    let made = parts(&answer);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].state, PartState::Queued);
    let queued = ru.queued();
    assert_eq!((queued.len(), queued[0].partner.as_str()), (1, "KZ"));

    let other = swap(TO_KZ, "26112300A417", "26112300A499");
    let auditor = principal("auditor", Role::Auditor);
    let answer = ru.gateway.submit(&auditor, Bytes::from(other), None).await;
    assert_eq!(code(&answer.unwrap()), "EXCHANGE_NOT_A_SUBMITTER");
    assert_eq!(ru.queued().len(), 1);
}

#[tokio::test]
async fn a_message_without_a_lane_is_refused() {
    let ru = Node::new(&[RU_KZ]);
    let answer = ru.submit(TO_FI).await;
    assert_eq!(code(&answer), "NO_LANE");
    assert!(ru.queued().is_empty());
}

#[tokio::test]
async fn what_is_not_signed_by_the_partner_reaches_nobody() {
    let ru = Node::new(&[EU_RU]);
    assert_eq!(
        code(&ru.receive("EU", ANSWER.to_owned().into()).await),
        "SIG_MISSING"
    );
    let by_another = signed("KZ", ANSWER);
    assert_eq!(
        ru.receive("EU", by_another).await.status,
        AnswerStatus::Refused
    );
    assert!(ru.gateway.store().inbox(None, 10).unwrap().is_empty());
    let genuine = ru.receive("EU", signed("EU", ANSWER)).await;
    assert_eq!(parts(&genuine)[0].state, PartState::Inbox);
}

/// A signer whose first signature fails.
struct Faltering {
    inner: std::sync::Arc<dyn crypto::Signer>,
    failed: std::sync::atomic::AtomicBool,
}

impl crypto::Signer for Faltering {
    fn suite(&self) -> &str {
        self.inner.suite()
    }

    fn certificates(&self) -> &[Vec<u8>] {
        self.inner.certificates()
    }

    fn sign(
        &self,
        message: &[u8],
        random: &dyn ring::rand::SecureRandom,
    ) -> Result<Vec<u8>, crypto::Error> {
        if !self.failed.swap(true, std::sync::atomic::Ordering::SeqCst) {
            return Err(crypto::Error::Sign(crypto::SuiteFault::Sign));
        }
        self.inner.sign(message, random)
    }
}

#[tokio::test]
async fn a_key_that_fails_is_our_fault_and_no_refusal() {
    let ru = Node::with(&[RU_KZ], |settings| {
        settings.signer = std::sync::Arc::new(Faltering {
            inner: settings.signer.clone(),
            failed: false.into(),
        });
    });
    let body = Bytes::from_static(TO_KZ.as_bytes());
    let answer = ru.gateway.submit(&submitter(), body, None).await;
    assert!(matches!(answer, Err(Fault::Sign(_))), "{answer:?}");
    assert_eq!(ru.leaves(), 0);
    // The same bytes again, once the key works.
    assert_eq!(ru.submit(TO_KZ).await.status, AnswerStatus::Accepted);
}

/// Polls a future so often as it is woken, and drops it after `times`.
async fn dropped_after<F: Future>(times: usize, future: F) {
    let mut future = std::pin::pin!(future);
    let mut polls = 0;
    std::future::poll_fn(|context| {
        polls += 1;
        let done = future.as_mut().poll(context).is_ready();
        match done || polls > times {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
}

#[tokio::test]
async fn a_sender_that_goes_away_leaves_one_leaf() {
    for times in 0..5 {
        let ru = Node::new(&[RU_KZ]);
        for body in [TO_KZ, TO_FI] {
            let bytes = Bytes::from_static(body.as_bytes());
            let by = submitter();
            let post = ru.gateway.submit(&by, bytes, None);
            dropped_after(times, post).await;
            ru.submit(body).await;
        }
        assert_eq!(ru.leaves(), 2, "dropped after {times} polls");
    }
}

#[tokio::test]
async fn fifty_equal_posts_get_one_receipt() {
    let ru = Node::new(&[RU_KZ]);
    for body in [TO_KZ, TO_FI] {
        let before = ru.leaves();
        let mut posts = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let gateway = ru.gateway.clone();
            let bytes = Bytes::from_static(body.as_bytes());
            posts.spawn(async move { gateway.submit(&submitter(), bytes, None).await });
        }
        let mut receipts = std::collections::HashSet::new();
        while let Some(answer) = posts.join_next().await {
            receipts.insert(answer.unwrap().unwrap().receipt);
        }
        assert_eq!((receipts.len(), ru.leaves()), (1, before + 1));
    }
}
