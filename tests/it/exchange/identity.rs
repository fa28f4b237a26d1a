//! Who is the same message and who is not: ids, contents, bytes.

use std::time::Duration;

use corridor::evidence::{PartState, sha256};

use crate::support::desk::{Desk, Peer, accepted, parts, receipt, refused, states};
use crate::support::messages::{
    Declaration, contained, fresh_id, set, sign, transit, value, without,
};
use crate::support::trial::Trial;

/// Identical posts that run at the same time.
const PARALLEL: usize = 50;
/// Senders that give up, each after another time in milliseconds.
const SENDERS: u64 = 50;

#[tokio::test]
async fn a_declaration_is_the_same_alone_and_in_a_container() {
    let trial = Trial::running(&["RU", "KZ"]).await;
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;

    // Alone, then contained.
    let first = Declaration::Kz.fresh();
    let alone = accepted(ru, &desk.submit(&first).await);
    assert_eq!(states(&alone), [PartState::Queued]);
    let envelope = accepted(ru, &desk.submit(&contained(&first)).await);
    assert_eq!(states(&envelope), [PartState::Duplicate, PartState::Kept]);
    assert_ne!(envelope.id, alone.id);

    // Contained, then alone: the container's receipt is the answer.
    let second = Declaration::Kz.fresh();
    let container = contained(&second);
    let answer = desk.submit(&container).await;
    let envelope = accepted(ru, &answer);
    assert_eq!(states(&envelope), [PartState::Queued, PartState::Kept]);
    assert_eq!(desk.submit(&second).await.body, answer.body);

    // Another content under that id conflicts, however it comes, and names the receipt it meets.
    let other = set(&second, "catESAD_cu:TotalPackageNumber", "87");
    for document in [other.clone(), contained(&other)] {
        let refusal = refused(
            ru,
            &desk.submit(&document).await,
            409,
            "MESSAGE_ID_CONFLICT",
        );
        assert_eq!(refusal.original, Some(sha256(&answer.body)), "{refusal:?}");
    }
    // The corrected declaration, under an id of its own.
    let corrected = set(&other, "cat_ru:DocumentID", &fresh_id().to_uppercase());
    let passed = accepted(ru, &desk.submit(&contained(&corrected)).await);
    assert_eq!(states(&passed), [PartState::Queued, PartState::Kept]);

    for receipt in [&alone, &envelope, &passed] {
        let message = desk.settled(&receipt.id).await;
        assert_eq!(message["outgoing"].as_array().unwrap().len(), 1);
        assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");
    }
    let mut officer = Desk::open(trial.party("KZ"), "officer").await;
    assert_eq!(officer.inbox().await.len(), 3);
}

#[tokio::test]
async fn a_refused_message_does_not_occupy_its_id() {
    let trial = Trial::running(&["RU", "KZ"]).await;
    let (ru, kz) = (trial.party("RU"), trial.party("KZ"));

    // National: first broken, then right, under one id.
    let mut desk = Desk::open(ru, "submitter").await;
    let declaration = Declaration::Kz.fresh();
    let broken = without(&declaration, "CustomsProcedure");
    let refusal = refused(ru, &desk.submit(&broken).await, 422, "SCHEMA_");
    assert!(
        refusal.line.is_some() && refusal.column.is_some(),
        "{refusal:?}"
    );
    refused(ru, &desk.submit(&contained(&broken)).await, 422, "SCHEMA_");
    accepted(ru, &desk.submit(&declaration).await);

    // Of a partner: a bad signature, a bad document, then the right one; then another conflicts.
    let peer = Peer::new(ru, kz);
    let id = fresh_id();
    let unsigned = transit(&id);
    let signed = String::from_utf8(sign(&unsigned, ru).to_vec()).unwrap();
    let changed = signed.replacen("ТТ", "ТС", 1).into();
    let refusal = refused(kz, &peer.post(&changed).await, 422, "SIG_DIGEST_MISMATCH");
    assert_eq!(refusal.stage, "signature");
    let broken = sign(&without(&unsigned, "csdo:EDocDateTime"), ru);
    let refusal = refused(kz, &peer.post(&broken).await, 422, "SCHEMA_");
    assert_eq!(refusal.stage, "schema");
    let first = peer.post(&signed.into()).await;
    assert_eq!(states(&accepted(kz, &first)), [PartState::Inbox]);

    let quantity = value(&unsigned, "casdo:CargoQuantity").to_owned() + "9";
    let other = set(&unsigned, "casdo:CargoQuantity", &quantity);
    let conflict = refused(
        kz,
        &peer.post(&sign(&other, ru)).await,
        409,
        "MESSAGE_ID_CONFLICT",
    );
    assert_eq!(conflict.original, Some(sha256(&first.body)));
    let corrected = set(&other, "csdo:EDocId", &fresh_id());
    accepted(kz, &peer.post(&sign(&corrected, ru)).await);

    // The same content signed anew is the same message: the answer is the first receipt.
    let again = peer.post(&sign(&unsigned, ru)).await;
    assert_eq!(again.body, first.body);
}

#[tokio::test]
async fn the_same_bytes_have_one_receipt_and_one_leaf() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    trial.serve(&["KZ"]).await;
    let peer = Peer::new(trial.party("RU"), trial.party("KZ"));
    let good = sign(&transit(&fresh_id()), trial.party("RU"));
    let bad = sign(&Declaration::Kz.fresh(), trial.party("RU"));
    let mut answers = Vec::new();
    for message in [&good, &bad] {
        let mut auditor = Desk::open(trial.party("KZ"), "auditor").await;
        let before = auditor.leaves().await;
        let mut posts = tokio::task::JoinSet::new();
        for _ in 0..PARALLEL {
            let (peer, message) = (peer.clone(), message.clone());
            posts.spawn(async move { peer.post(&message).await });
        }
        let mut receipts = posts.join_all().await;
        receipts.dedup_by(|left, right| left.body == right.body && left.status == right.status);
        assert_eq!(receipts.len(), 1);
        assert_eq!(auditor.leaves().await, before + 1);
        answers.push(receipts.remove(0));
    }
    let kz = trial.party("KZ");
    assert_eq!(parts(&accepted(kz, &answers[0])).len(), 1);
    refused(kz, &answers[1], 422, "NO_LANE");

    trial.stop("KZ");
    trial.serve(&["KZ"]).await;
    for (message, answer) in [&good, &bad].into_iter().zip(&answers) {
        let again = peer.post(message).await;
        assert_eq!(again.body, answer.body);
        assert_eq!(again.status, answer.status);
    }
    let mut auditor = Desk::open(trial.party("KZ"), "auditor").await;
    assert_eq!(auditor.leaves().await, 2);
    let id = receipt(trial.party("KZ"), &answers[0].body).id;
    let kept = auditor.bytes(&format!("/v1/receipts/{id}")).await;
    assert_eq!(kept, answers[0].body);
    trial.stop("KZ");
    trial.sound("KZ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_goes_away_costs_no_place_in_the_log() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    trial.serve(&["KZ"]).await;
    let (ru, kz) = (trial.party("RU"), trial.party("KZ"));
    let mut posts = tokio::task::JoinSet::new();
    for wait in 0..SENDERS {
        let good = sign(&transit(&fresh_id()), ru);
        let bad = sign(&Declaration::Kz.fresh(), ru);
        for message in [good, bad] {
            let peer = Peer::new(ru, kz);
            posts.spawn(async move {
                let given_up = Duration::from_millis(wait);
                let _ = tokio::time::timeout(given_up, peer.post(&message)).await;
                let first = peer.post(&message).await;
                let second = peer.post(&message).await;
                assert_eq!(first.body, second.body);
            });
        }
    }
    posts.join_all().await;
    let mut auditor = Desk::open(kz, "auditor").await;
    assert_eq!(auditor.leaves().await, 2 * SENDERS);
}
