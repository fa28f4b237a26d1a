//! Amending and cancelling, between real gateways.

use corridor::evidence::PartState;
use http::StatusCode;
use serde_json::Value;

use crate::support::desk::{Desk, accepted, refused, states, text};
use crate::support::messages::Declaration;
use crate::support::trial::Trial;

/// The states of what was made of a message, by partner.
fn outgoing(message: &Value) -> Vec<(&str, &str)> {
    let entries = message["outgoing"].as_array().unwrap().iter();
    let mut found: Vec<_> = entries
        .map(|entry| {
            let of = |key: &str| entry[key].as_str().unwrap();
            (of("partner"), of("state"))
        })
        .collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn while_the_partners_are_away_an_amendment_takes_the_place_of_its_original() {
    let mut trial = Trial::new(&["RU", "KZ", "EU"]);
    trial.serve(&["RU"]).await;
    let world = std::sync::Arc::clone(&trial.world);
    let ru = world.party("RU").unwrap();
    let mut desk = Desk::open(ru, "submitter").await;
    let first = accepted(ru, &desk.submit(&Declaration::Both.fresh()).await);
    assert_eq!(states(&first), [PartState::Queued, PartState::Queued]);
    // By the id that the national system gave it.
    let declaration = Declaration::Both.fresh();
    let answer = desk.amend(first.message.id.as_ref().unwrap(), &declaration);
    let second = accepted(ru, &answer.await);
    let (queued, recalled) = (PartState::Queued, PartState::Recalled);
    assert_eq!(states(&second), [queued, queued, recalled, recalled]);
    let old = desk.get(&format!("/v1/messages/{}", first.id)).await;
    assert_eq!(outgoing(&old), [("EU", "recalled"), ("KZ", "recalled")]);

    trial.serve(&["KZ", "EU"]).await;
    let new = desk.settled(&second.id).await;
    assert_eq!(outgoing(&new), [("EU", "delivered"), ("KZ", "delivered")]);
    for name in ["KZ", "EU"] {
        let mut office = Desk::open(trial.party(name), "officer").await;
        assert_eq!(office.inbox().await.len(), 1, "{name}");
    }
    // Too late now: no lane carries an amendment to them.
    let late = desk.amend(&second.id, &Declaration::Both.fresh()).await;
    refused(ru, &late, 422, "NO_AMEND_LANE");
    trial.stop("RU");
    trial.sound("RU");
}

#[tokio::test]
async fn while_the_partner_is_away_a_cancellation_takes_its_original_back() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    trial.serve(&["RU"]).await;
    let world = std::sync::Arc::clone(&trial.world);
    let ru = world.party("RU").unwrap();
    let mut desk = Desk::open(ru, "submitter").await;
    let first = accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    let kept = accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    let answer = desk.cancel(&first.id).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer));
    let again = desk.cancel(&first.id).await;
    assert_eq!(again.body, answer.body);
    let amended = desk.amend(&first.id, &Declaration::Kz.fresh()).await;
    refused(ru, &amended, 422, "REVISION_OF_CANCELLED");
    let unknown = desk.cancel("nothing").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let mut auditor = Desk::open(ru, "auditor").await;
    let forbidden = auditor.cancel(&kept.id).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);

    trial.serve(&["KZ"]).await;
    let new = desk.settled(&kept.id).await;
    assert_eq!(outgoing(&new), [("KZ", "delivered")]);
    let old = desk.get(&format!("/v1/messages/{}", first.id)).await;
    assert_eq!(outgoing(&old), [("KZ", "recalled")]);
    let mut office = Desk::open(trial.party("KZ"), "officer").await;
    assert_eq!(office.inbox().await.len(), 1);
}
