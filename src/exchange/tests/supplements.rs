//! Held translations and what an officer supplies to them.

use bytes::Bytes;

use super::setting::*;
use crate::crypto::Cover;
use crate::evidence::PartState;
use crate::exchange::{AnswerStatus, Submission, SupplementError};
use crate::model::Role;
use crate::translate::Supplement;

const OFFICE: &str = "CustomsOfficeOfDestinationDeclared/referenceNumber";

fn office(value: &str) -> Vec<Supplement> {
    vec![Supplement {
        path: OFFICE.to_owned(),
        value: value.to_owned(),
    }]
}

/// A declaration for a place that the lane's table does not list.
fn unlisted() -> String {
    swap(TO_FI, "ХЕЛЬСИНКИ", "КЕМИ")
}

async fn held(lanes: &[&str]) -> (Node, String) {
    let ru = Node::new(lanes);
    let answer = ru.submit(&unlisted()).await;
    assert_eq!(parts(&answer)[0].state, PartState::Held);
    let id = ru.held().remove(0);
    (ru, id)
}

#[tokio::test]
async fn a_held_message_names_the_key_and_goes_on_with_the_value() {
    let (ru, id) = held(&[RU_EU]).await;
    let entry = ru.gateway.store().held_entry(&id).unwrap().unwrap().entry;
    let findings = entry.findings["findings"].as_array().unwrap();
    let finding = findings
        .iter()
        .find(|f| f["target_path"] == OFFICE)
        .unwrap();
    assert!(!finding["source"].is_null(), "{finding}");

    let resumed = ru
        .gateway
        .supplement(&officer(), &id, office("FI005000"))
        .await;
    assert_eq!(resumed.unwrap().held_again, None);
    assert_eq!((ru.queued().len(), ru.held().len()), (1, 0));
    let again = ru
        .gateway
        .supplement(&officer(), &id, office("FI151000"))
        .await;
    assert!(matches!(again, Err(SupplementError::Resolved)));
    let unknown = ru
        .gateway
        .supplement(&officer(), "no-such-entry", office("FI151000"))
        .await;
    assert!(matches!(unknown, Err(SupplementError::NotHeld)));
}

#[tokio::test]
async fn what_was_stated_beside_a_held_message_goes_on_with_it() {
    const UCR: &str = "6RU7710140679-2026-000417";
    for ucr in [Some(UCR), None] {
        let ru = Node::new(&[RU_EU]);
        let submission = Submission {
            body: unlisted().into(),
            ucr: ucr.map(|ucr| ucr.parse().unwrap()),
            ..Submission::default()
        };
        let answer = ru.gateway.lodge(&submitter(), submission).await.unwrap();
        assert_eq!(parts(&answer)[0].state, PartState::Held);
        let id = ru.held().remove(0);
        let given = office("FI005000");
        ru.gateway.supplement(&officer(), &id, given).await.unwrap();
        let (entry, _) = sent(&ru, Cover::DocumentElement);
        let body = ru.gateway.store().body(&entry.body).unwrap().unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(body.contains(UCR), ucr.is_some(), "{body}");
    }
}

#[tokio::test]
async fn only_an_officer_supplements() {
    let (ru, id) = held(&[RU_EU]).await;
    for role in [Role::Auditor, Role::Operator, Role::Submitter] {
        let by = principal("somebody", role);
        let refused = ru.gateway.supplement(&by, &id, office("FI005000")).await;
        assert!(matches!(refused, Err(SupplementError::NotAllowed)));
    }
    assert_eq!(ru.held().len(), 1);
}

#[tokio::test]
async fn a_value_that_does_not_fit_leaves_the_message_held() {
    let (ru, id) = held(&[RU_EU]).await;
    let resumed = ru
        .gateway
        .supplement(&officer(), &id, office("no office"))
        .await;
    let again = resumed.unwrap().held_again.unwrap();
    assert_eq!(ru.held(), std::slice::from_ref(&again));
    assert!(ru.queued().is_empty());
    // The same once more is the same answer, and says where it is held now.
    let twice = ru
        .gateway
        .supplement(&officer(), &id, office("no office"))
        .await;
    assert_eq!(twice.unwrap().held_again.as_ref(), Some(&again));
    let resumed = ru
        .gateway
        .supplement(&officer(), &again, office("FI005000"))
        .await;
    assert_eq!(resumed.unwrap().held_again, None);
}

#[tokio::test]
async fn two_officers_at_once_send_one_message() {
    let (ru, id) = held(&[RU_EU]).await;
    let (one, other) = (officer(), officer());
    let (one, other) = tokio::join!(
        ru.gateway.supplement(&one, &id, office("FI005000")),
        ru.gateway.supplement(&other, &id, office("FI151000")),
    );
    let failed = [&one, &other]
        .into_iter()
        .find_map(|done| done.as_ref().err());
    assert!(
        matches!(failed, Some(SupplementError::Resolved)),
        "{one:?} {other:?}"
    );
    assert_eq!(ru.queued().len(), 1);
}

#[tokio::test]
async fn the_same_values_twice_at_once_are_one_entry() {
    let (ru, id) = held(&[RU_EU]).await;
    let by = officer();
    let (one, other) = tokio::join!(
        ru.gateway.supplement(&by, &id, office("FI005000")),
        ru.gateway.supplement(&by, &id, office("FI005000")),
    );
    assert_eq!(one.unwrap().answer.receipt, other.unwrap().answer.receipt);
    assert_eq!((ru.queued().len(), ru.leaves()), (1, 2));
}

#[tokio::test]
async fn a_lane_that_is_over_carries_nothing_on() {
    let (ru, id) = held(&[RU_EU]).await;
    let before = ru.leaves();
    let ended = swap(RU_EU, "2030-01-01T00:00:00Z", "2026-05-01T00:00:00Z");
    for lanes in [&[][..], &[ended.as_str()]] {
        let gateway = ru.with_lanes(lanes);
        let refused = gateway
            .supplement(&officer(), &id, office("FI005000"))
            .await;
        assert!(
            matches!(refused, Err(SupplementError::Rejected(_))),
            "{refused:?}"
        );
    }
    // It waits as before, and the log has no void place.
    assert_eq!((ru.held(), ru.leaves()), (vec![id], before));
}

#[tokio::test]
async fn the_charset_of_the_post_is_remembered() {
    let ru = Node::new(&[RU_EU]);
    let text = unlisted();
    let text = text.split_once("?>").unwrap().1.trim_start();
    let (body, ..) = encoding_rs::WINDOWS_1251.encode(text);
    let body = Bytes::from(body.into_owned());
    let charset = Some("windows-1251".to_owned());
    let answer = ru
        .gateway
        .submit(&submitter(), body, charset)
        .await
        .unwrap();
    assert_eq!(answer.status, AnswerStatus::Accepted);
    let id = ru.held().remove(0);
    let resumed = ru
        .gateway
        .supplement(&officer(), &id, office("FI005000"))
        .await;
    assert_eq!(resumed.unwrap().held_again, None);
}

#[tokio::test]
async fn of_two_held_documents_each_gets_its_own_values() {
    let ru = Node::new(&[RU_EU]);
    let other = swap(&unlisted(), "26112300F117", "26112300F118");
    ru.submit(&container(
        "6B1E0D5A-417A-4C1E-8F00-26112300C006",
        &[&unlisted(), &other],
    ))
    .await;
    let ids = ru.held();
    assert_eq!(ids.len(), 2);
    for id in &ids {
        let resumed = ru
            .gateway
            .supplement(&officer(), id, office("FI005000"))
            .await;
        assert_eq!(resumed.unwrap().held_again, None);
    }
    assert_eq!(ru.queued().len(), 2);
}
