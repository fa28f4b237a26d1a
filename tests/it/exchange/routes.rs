//! Where a declaration goes, and how the answer finds it.

use corridor::evidence::PartState;
use corridor::model::{Mrn, PartyId};
use http::StatusCode;
use serde_json::Value;

use crate::support::desk::{Desk, accepted, parts, states, text};
use crate::support::messages::{Declaration, fresh_id, set, set_after, value};
use crate::support::trial::{Trial, sample};

/// What was sent to a partner.
#[track_caller]
fn sent<'a>(message: &'a Value, partner: &str) -> &'a Value {
    let entries = message["outgoing"].as_array().unwrap();
    let found = entries.iter().find(|entry| entry["partner"] == partner);
    found.unwrap_or_else(|| panic!("nothing for {partner}: {message}"))
}

#[tokio::test]
async fn one_route_through_two_partners_makes_two_messages() {
    let trial = Trial::running(&["RU", "KZ", "EU"]).await;
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;
    let receipt = accepted(ru, &desk.submit(&Declaration::Both.fresh()).await);
    assert_eq!(states(&receipt), [PartState::Queued, PartState::Queued]);
    let mut to: Vec<&str> = parts(&receipt)
        .iter()
        .filter_map(|part| part.to.as_ref().map(PartyId::as_str))
        .collect();
    to.sort_unstable();
    assert_eq!(to, ["EU", "KZ"]);
    let message = desk.settled(&receipt.id).await;
    assert_eq!(message["outgoing"].as_array().unwrap().len(), 2);
    for (party, package) in [("KZ", "eaeu/r048/1.0.0"), ("EU", "eu/cc015c/51.8.6")] {
        let entry = sent(&message, party);
        assert_eq!(entry["state"], "delivered", "{entry}");
        assert_eq!(entry["package"], package);
        let mut officer = Desk::open(trial.party(party), "officer").await;
        let item = officer.item("message_id", entry["message_id"].as_str().unwrap());
        let item = item.await;
        assert_eq!(item["package"], package);
        assert_eq!(officer.inbox().await.len(), 1);
        let id = item["id"].as_str().unwrap();
        let canonical = officer.get(&format!("/v1/inbox/{id}")).await;
        assert!(canonical.is_object());
    }
}

#[tokio::test]
async fn the_answer_finds_its_original_by_the_lrn() {
    let trial = Trial::running(&["RU", "EU"]).await;
    let (ru, eu) = (trial.party("RU"), trial.party("EU"));
    let mut desk = Desk::open(ru, "submitter").await;
    let national_id = fresh_id().to_uppercase();
    let declaration = Declaration::Fi.with_id(&national_id);
    let receipt = accepted(ru, &desk.submit(&declaration).await);
    accepted(ru, &desk.submit(&Declaration::Fi.fresh()).await);
    let message = desk.settled(&receipt.id).await;

    let mut office = Desk::open(eu, "officer").await;
    let message_id = sent(&message, "EU")["message_id"].as_str().unwrap();
    let item = office.item("message_id", message_id).await;
    let item = item["id"].as_str().unwrap();
    let original = office.bytes(&format!("/v1/inbox/{item}?original=1")).await;
    let original = String::from_utf8(original.to_vec()).unwrap();
    let lrn = value(&original, "LRN");
    assert!(lrn.len() <= 22, "{lrn}");

    let notice = sample("eu/cc028c/51.8.6/samples/mrn-allocated.xml");
    let mrn = Mrn::make("26FI499300000417K").unwrap();
    let notice = set(&notice, "LRN", lrn);
    let notice = set(&notice, "MRN", mrn.as_str());
    let notice = set_after(&notice, "", "correlationIdentifier", message_id);
    let mut submitter = Desk::open(eu, "submitter").await;
    accepted(eu, &submitter.submit(&notice).await);

    let mut officer = Desk::open(ru, "officer").await;
    let answer = officer.item("correlates", &national_id).await;
    assert_eq!(answer["package"], "eu/cc028c/51.8.6");
    let id = answer["id"].as_str().unwrap();
    let canonical = officer.bytes(&format!("/v1/inbox/{id}")).await;
    let canonical = String::from_utf8(canonical.to_vec()).unwrap();
    assert!(canonical.contains(mrn.as_str()), "{canonical}");
    let verified = officer.bytes(&format!("/v1/inbox/{id}?original=1")).await;
    let verified = String::from_utf8(verified.to_vec()).unwrap();
    assert_eq!(value(&verified, "MRN"), mrn.as_str());
    assert!(verified.contains("SignatureValue"));

    // An answer to nobody reaches the inbox as well, and answers nothing.
    let stray = set(&notice, "LRN", "RU00000000FFFF");
    let stray = set(&stray, "messageIdentification", "FI26112300000418");
    accepted(eu, &submitter.submit(&stray).await);
    let stray = officer.item("message_id", "FI26112300000418").await;
    assert!(stray["correlates"].is_null(), "{stray}");
}

#[tokio::test]
async fn the_inbox_is_read_by_cursor_and_acknowledged() {
    let trial = Trial::running(&["RU", "KZ"]).await;
    let (ru, kz) = (trial.party("RU"), trial.party("KZ"));
    let mut desk = Desk::open(ru, "submitter").await;
    for _ in 0..3 {
        let receipt = accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
        desk.settled(&receipt.id).await;
    }
    let mut officer = Desk::open(kz, "officer").await;
    let first = officer.get("/v1/inbox?limit=2").await;
    let items = first["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(first["next"], items[1]["cursor"]);
    let next = first["next"].as_u64().unwrap();
    let second = officer
        .get(&format!("/v1/inbox?limit=2&after={next}"))
        .await;
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    let last = second["next"].as_u64().unwrap();
    assert!(last > next);
    let rest = officer.get(&format!("/v1/inbox?after={last}")).await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 0);
    assert!(rest["next"].is_null(), "{rest}");

    let id = items[0]["id"].as_str().unwrap();
    let path = format!("/v1/inbox/{id}/ack");
    for role in ["auditor", "submitter"] {
        let mut other = Desk::open(kz, role).await;
        let answer = other.post(&path, &Value::Null).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role}");
    }
    let taken = officer.post(&path, &Value::Null).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", text(&taken));
    let left = officer.inbox().await;
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|item| item["id"] != id), "{left:?}");
    let again = officer.post(&path, &Value::Null).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", text(&again));
    assert_eq!(officer.inbox().await.len(), 2);
    let unknown = officer.post("/v1/inbox/none/ack", &Value::Null).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
