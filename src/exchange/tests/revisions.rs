//! Declarations that are amended or cancelled before anything can have reached a partner, and after.

mod told;

use bytes::Bytes;
use serde_json::{Value, json};

use super::setting::*;
use crate::evidence::{self, PartState};
use crate::exchange::{Answer, AnswerStatus, Changed, Entry, EntryError, Fault, Submission};
use crate::model::{Posts, Principal, Role};
use crate::store::{Attempted, Delivered, Event, OutboxEntry, OutgoingState};

/// A declaration under another id of its own, and with other goods.
fn amended(declaration: &str, digit: char) -> String {
    let (_, rest) = declaration.split_once("DocumentID>").unwrap();
    let id = rest.split_once('<').unwrap().0.to_owned();
    let mut other = id.clone();
    other.pop();
    other.push(digit);
    assert_ne!(id, other);
    swap(declaration, &id, &other)
}

/// This document in the place of a message.
fn in_place_of(id: &str, body: impl Into<Bytes>) -> Submission {
    Submission {
        body: body.into(),
        replaces: Some(id.to_owned()),
        ..Submission::default()
    }
}

async fn amend(ru: &Node, replaces: &Answer, body: &str) -> Answer {
    let amendment = in_place_of(&replaces.receipt_id, body.to_owned());
    let by = submitter();
    ru.gateway.lodge(&by, amendment).await.unwrap()
}

async fn cancel(ru: &Node, by: &Principal, id: &str) -> Result<Value, EntryError> {
    let body = Bytes::from(json!({ "reason": "the lorry broke down" }).to_string());
    let entry = Entry::Cancel(id.to_owned());
    ru.gateway.enter(by, entry, body).await
}

async fn view(ru: &Node, id: &str) -> Value {
    let view = ru.gateway.message_view(&officer(), id).await.unwrap();
    view.unwrap()
}

/// Records that the partner took the message that has waited longest, and gives it.
async fn delivered(ru: &Node) -> OutboxEntry {
    let entry = ru.queued().remove(0);
    let receipt = Bytes::from_static(b"<Receipt/>");
    let event = Event::Delivered(Delivered {
        entry: entry.id.clone(),
        at: now(),
        partner_receipt: evidence::sha256(&receipt),
    });
    let store = ru.gateway.store();
    store
        .append(vec![receipt.into()], vec![event])
        .await
        .unwrap();
    entry
}

/// What an outgoing message says.
fn said(ru: &Node, entry: &OutboxEntry) -> String {
    let body = ru.gateway.store().body(&entry.body).unwrap().unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// The text of the first element of this local name.
fn value<'a>(message: &'a str, name: &str) -> &'a str {
    let (_, rest) = message.split_once(&format!("{name}>")).unwrap();
    rest.split_once('<').unwrap().0
}

/// Records a failed attempt at the one message that waits.
async fn attempted(ru: &Node, reached: bool) {
    let event = Event::Attempted(Attempted {
        entry: ru.queued()[0].id.clone(),
        at: now(),
        code: "DELIVERY_CONNECT".to_owned(),
        not_before: now(),
        reached,
        aside: false,
    });
    let store = ru.gateway.store();
    store.append(Vec::new(), vec![event]).await.unwrap();
}

fn states(answer: &Answer) -> Vec<PartState> {
    parts(answer).iter().map(|part| part.state).collect()
}

#[tokio::test]
async fn an_amendment_takes_the_place_of_what_waits() {
    let ru = Node::new(&[RU_KZ]);
    let first = ru.submit(TO_KZ).await;
    let before = ru.queued().remove(0);
    attempted(&ru, false).await;
    let second = amend(&ru, &first, &amended(TO_KZ, '8')).await;
    assert_eq!(states(&second), [PartState::Queued, PartState::Recalled]);
    let taken = &parts(&second)[1];
    assert_eq!(taken.sha256, Some(before.body));
    assert_eq!(taken.to, Some(party("KZ")));

    let queued = ru.queued();
    assert_eq!(queued.len(), 1);
    assert_ne!(queued[0].id, before.id);
    assert_eq!(queued[0].case, before.case);
    // Both are kept, and each says what became of it.
    assert!(ru.gateway.store().body(&before.body).unwrap().is_some());
    let (old, new) = (
        view(&ru, &first.receipt_id).await,
        view(&ru, &second.receipt_id).await,
    );
    assert_eq!(old["outgoing"][0]["state"], "recalled");
    assert_eq!(old["outgoing"][0]["revised_by"], new["message"]);
    assert_eq!(old["revised"]["revision"], "amend");
    assert_eq!(old["revised"]["by"], new["message"]);
    assert_eq!(new["revises"]["message"], old["message"]);
    assert_eq!(new["revised"], Value::Null);
    // The number that the declaration was registered under stays.
    assert!(old["registration"]["number"].is_string());
    assert_eq!(new["registration"], old["registration"]);

    // The same again gets the same receipt; the one that was amended cannot be amended once more.
    let again = amend(&ru, &first, &amended(TO_KZ, '8')).await;
    assert_eq!(again.receipt, second.receipt);
    let stale = amend(&ru, &first, &amended(TO_KZ, '9')).await;
    assert_eq!(code(&stale), "REVISION_OF_REPLACED");
    let third = amend(&ru, &second, &amended(TO_KZ, '9')).await;
    assert_eq!(states(&third), [PartState::Queued, PartState::Recalled]);
    assert_eq!(ru.queued().len(), 1);
}

#[tokio::test]
async fn a_cancellation_of_what_waits_sends_nothing() {
    let ru = Node::new(&[RU_KZ]);
    let first = ru.submit(TO_KZ).await;
    let leaves = ru.leaves();
    let done = cancel(&ru, &submitter(), &first.receipt_id).await.unwrap();
    assert!(ru.queued().is_empty());
    assert_eq!(ru.leaves(), leaves + 1);
    let old = view(&ru, &first.receipt_id).await;
    assert_eq!(old["outgoing"][0]["state"], "recalled");
    assert_eq!(old["outgoing"][0]["by"], "post");
    assert_eq!(old["revised"]["revision"], "cancel");
    let entry = view(&ru, done["receipt_id"].as_str().unwrap()).await;
    assert_eq!(entry["revises"]["message"], old["message"]);
    assert_eq!(entry["outgoing"], json!([]));

    let again = cancel(&ru, &submitter(), &first.receipt_id).await;
    assert_eq!(again.unwrap(), done);
    let other = cancel(&ru, &officer(), &first.receipt_id).await;
    assert!(matches!(
        other,
        Err(EntryError::Refused("REVISION_OF_CANCELLED"))
    ));
    let late = amend(&ru, &first, &amended(TO_KZ, '8')).await;
    assert_eq!(code(&late), "REVISION_OF_CANCELLED");
    assert!(ru.queued().is_empty());
}

#[tokio::test]
async fn what_may_have_reached_the_partner_is_not_taken_back() {
    for begins in [true, false] {
        let ru = Node::new(&[RU_KZ]);
        let first = ru.submit(TO_KZ).await;
        let id = ru.queued()[0].id.clone();
        match begins {
            true => assert!(ru.gateway.store().begin_attempt(&id)),
            false => attempted(&ru, true).await,
        }
        let answer = amend(&ru, &first, &amended(TO_KZ, '8')).await;
        assert_eq!(code(&answer), "NO_AMEND_LANE");
        let refused = cancel(&ru, &submitter(), &first.receipt_id).await;
        assert!(matches!(
            refused,
            Err(EntryError::Refused("NO_CANCEL_LANE"))
        ));
        // Nothing is half done.
        assert_eq!(ru.queued()[0].id, id);
        let old = view(&ru, &first.receipt_id).await;
        assert_eq!(old["revised"], Value::Null);
        // Once it is known that nobody got it, it can be taken back.
        if begins {
            attempted(&ru, false).await;
            let answer = amend(&ru, &first, &amended(TO_KZ, '9')).await;
            assert_eq!(states(&answer), [PartState::Queued, PartState::Recalled]);
        }
    }
}

#[tokio::test]
async fn only_what_is_ones_own_accepted_and_in_force_is_revised() {
    let ru = Node::new(&[RU_KZ]);
    let good = ru.submit(TO_KZ).await;
    let refused = ru.submit(TO_FI).await;
    assert_eq!(code(&refused), "NO_LANE");
    let new = amended(TO_KZ, '8');
    let unknown = Answer {
        receipt_id: "nothing".to_owned(),
        ..good.clone()
    };
    assert_eq!(code(&amend(&ru, &unknown, &new).await), "REVISION_UNKNOWN");
    let of_refused = amend(&ru, &refused, &amended(TO_KZ, '9')).await;
    assert_eq!(code(&of_refused), "REVISION_OF_REFUSED");

    let other = principal("other", Role::Submitter);
    let amendment = in_place_of(&good.receipt_id, new.clone());
    let of_another = ru.gateway.lodge(&other, amendment).await;
    assert_eq!(code(&of_another.unwrap()), "REVISION_UNKNOWN");
    let of_post = Principal {
        posts: Posts::Only(["10702070".to_owned()].into()),
        ..officer()
    };
    for by in [&other, &of_post, &principal("auditor", Role::Auditor)] {
        let answer = cancel(&ru, by, &good.receipt_id).await;
        assert!(matches!(answer, Err(EntryError::NotFound)), "{answer:?}");
    }
    for reason in ["", " "] {
        let body = Bytes::from(json!({ "reason": reason }).to_string());
        let entry = Entry::Cancel(good.receipt_id.clone());
        let answer = ru.gateway.enter(&submitter(), entry, body).await;
        assert!(matches!(answer, Err(EntryError::Malformed(_))));
    }

    // The very document that it would stand in the place of.
    assert_eq!(code(&amend(&ru, &good, TO_KZ).await), "REVISION_SAME");
    // The same document, written another way.
    let spaced = swap(TO_KZ, "?>", "?>\n\n");
    assert_eq!(code(&amend(&ru, &good, &spaced).await), "REVISION_SAME");
    // Its id, with other content.
    let conflict = swap(TO_KZ, "000000000401", "000000000409");
    let conflict = amend(&ru, &good, &conflict).await;
    assert_eq!(code(&conflict), "MESSAGE_ID_CONFLICT");
}

#[tokio::test]
async fn a_refused_amendment_does_not_get_the_receipt_of_an_original() {
    let ru = Node::new(&[RU_KZ]);
    let good = ru.submit(TO_KZ).await;
    delivered(&ru).await;
    let other = ru.submit(&amended(TO_KZ, '8')).await;
    let answer = amend(&ru, &good, &amended(TO_KZ, '8')).await;
    assert_eq!(code(&answer), "REVISION_SAME");
    // What nobody lodged is refused for what is wrong with it, and an original keeps its receipt.
    let answer = amend(&ru, &good, &amended(TO_KZ, '9')).await;
    assert_eq!(code(&answer), "NO_AMEND_LANE");
    let again = ru.submit(&amended(TO_KZ, '8')).await;
    assert_eq!(again.receipt, other.receipt);
}

#[tokio::test]
async fn what_was_refused_as_an_amendment_may_be_lodged_as_an_original() {
    let ru = Node::new(&[RU_KZ]);
    let good = ru.submit(TO_KZ).await;
    let unknown = Answer {
        receipt_id: "nothing".to_owned(),
        ..good.clone()
    };
    let new = amended(TO_KZ, '8');
    assert_eq!(code(&amend(&ru, &unknown, &new).await), "REVISION_UNKNOWN");
    assert_eq!(ru.submit(&new).await.status, AnswerStatus::Accepted);
    assert_eq!(ru.queued().len(), 2);
}

#[tokio::test]
async fn one_of_many_amendments_wins() {
    let ru = Node::new(&[RU_KZ]);
    let first = ru.submit(TO_KZ).await;
    let mut posts = tokio::task::JoinSet::new();
    for digit in "012345689ABCDEF".chars() {
        let gateway = ru.gateway.clone();
        let amendment = in_place_of(&first.receipt_id, amended(TO_KZ, digit));
        posts.spawn(async move { gateway.lodge(&submitter(), amendment).await });
    }
    let mut won = 0;
    for answer in posts.join_all().await {
        match answer {
            Ok(answer) if answer.status == AnswerStatus::Accepted => won += 1,
            Ok(answer) => assert_eq!(code(&answer), "REVISION_OF_REPLACED"),
            Err(fault) => assert!(matches!(fault, Fault::Busy), "{fault}"),
        }
    }
    assert_eq!((won, ru.queued().len()), (1, 1));
}

#[tokio::test]
async fn a_delivery_and_an_amendment_never_both_have_their_way() {
    for _ in 0..20 {
        let ru = Node::new(&[RU_KZ]);
        let first = ru.submit(TO_KZ).await;
        let id = ru.queued()[0].id.clone();
        let gateway = ru.gateway.clone();
        let sending = tokio::spawn(async move {
            tokio::task::yield_now().await;
            gateway.store().begin_attempt(&id)
        });
        let answer = amend(&ru, &first, &amended(TO_KZ, '8')).await;
        let begun = sending.await.unwrap();
        match begun {
            true => assert_eq!(code(&answer), "NO_AMEND_LANE"),
            false => assert_eq!(states(&answer), [PartState::Queued, PartState::Recalled]),
        }
    }
}

#[tokio::test]
async fn what_waits_for_an_officer_is_given_up_for_the_amendment() {
    let ru = Node::new(&[RU_EU]);
    let elsewhere = swap(TO_FI, "ХЕЛЬСИНКИ", "КЕМИ");
    let first = ru.submit(&elsewhere).await;
    assert_eq!(states(&first), [PartState::Held]);
    let held = ru.held().remove(0);
    let second = amend(&ru, &first, &amended(TO_FI, '8')).await;
    assert_eq!(states(&second), [PartState::Queued]);
    assert!(ru.held().is_empty());
    let values = vec![crate::translate::Supplement {
        path: "CustomsOfficeOfDestinationDeclared/referenceNumber".to_owned(),
        value: "FI005000".to_owned(),
    }];
    let late = ru.gateway.supplement(&officer(), &held, values).await;
    assert!(late.is_err());
    assert_eq!(ru.queued().len(), 1);
}

#[tokio::test]
async fn what_a_partner_refused_is_corrected_by_an_original_and_not_sent_again() {
    let ru = Node::new(&[RU_KZ]);
    let first = ru.submit(TO_KZ).await;
    let id = ru.queued()[0].id.clone();
    let store = ru.gateway.store();
    let refused = Event::Rejected(crate::store::Rejected {
        entry: id.clone(),
        at: now(),
        code: "XSD_PATTERN".to_owned(),
        partner_receipt: None,
    });
    store.append(Vec::new(), vec![refused]).await.unwrap();
    let second = amend(&ru, &first, &amended(TO_KZ, '8')).await;
    assert_eq!(states(&second), [PartState::Queued, PartState::Recalled]);
    let operator = principal("operator", Role::Operator);
    let retried = ru.gateway.retry(&operator, &id).await.unwrap();
    assert_eq!(retried, Changed::TooLate);
    let state = store.outgoing(&id).unwrap().unwrap().state;
    assert!(matches!(state, OutgoingState::Rejected { .. }));
}

/// It goes only while its cancellation waits for it at the partner; after that it would come to life again.
#[tokio::test]
async fn what_was_dropped_and_cancelled_is_not_sent_after_its_cancellation() {
    let ru = Node::new(&[RU_EU, RU_EU_CANCEL]);
    let operator = principal("operator", Role::Operator);
    let first = ru.submit(TO_FI).await;
    let id = ru.queued()[0].id.clone();
    let drop = async || ru.gateway.drop_queued(&operator, &id, "why").await.unwrap();
    assert_eq!(drop().await, Changed::Done);
    cancel(&ru, &submitter(), &first.receipt_id).await.unwrap();
    let retry = async || ru.gateway.retry(&operator, &id).await.unwrap();
    assert_eq!(retry().await, Changed::TooLate);
    let waits = Event::Attempted(Attempted {
        entry: ru.queued()[0].id.clone(),
        at: now(),
        code: "DELIVERY_WAITS".to_owned(),
        not_before: now(),
        reached: true,
        aside: true,
    });
    let store = ru.gateway.store();
    store.append(Vec::new(), vec![waits]).await.unwrap();
    assert_eq!(retry().await, Changed::Done);
    assert_eq!(drop().await, Changed::Done);
    assert_ne!(delivered(&ru).await.id, id);
    assert_eq!(retry().await, Changed::TooLate);
    let all = ru.gateway.retry_all(&operator, &party("EU"), true).await;
    assert_eq!(all.unwrap(), 0);
    assert!(ru.queued().is_empty());
}
