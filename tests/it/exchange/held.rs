//! What the target format demands and the source lacks: held with a pointer, supplied, sent.

use corridor::cli::trial::world::Party;
use corridor::evidence::PartState;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::desk::{Desk, accepted, states, text};
use crate::support::messages::{Declaration, set_after, value, without};
use crate::support::trial::Trial;

/// Target path of the office that the declaration's town does not lead to.
const OFFICE: &str = "CustomsOfficeOfDestinationDeclared/referenceNumber";

/// A declaration whose consignee sits in a town that no table lists.
fn elsewhere() -> String {
    let declaration = Declaration::Fi.fresh();
    set_after(
        &declaration,
        "<ESADout_CUConsignee>",
        "RUScat_ru:Town",
        "УТСЙОКИ",
    )
}

/// Submits a document of which one part must be held.
async fn hold(ru: &Party, declaration: &str) -> (String, Value) {
    let mut desk = Desk::open(ru, "submitter").await;
    let receipt = accepted(ru, &desk.submit(declaration).await);
    assert!(states(&receipt).contains(&PartState::Held), "{receipt:?}");
    let message = desk.get(&format!("/v1/messages/{}", receipt.id)).await;
    assert_eq!(message["held"].as_array().unwrap().len(), 1, "{message}");
    (receipt.id, message["held"][0].clone())
}

/// The findings that hold an entry.
fn findings(entry: &Value) -> Vec<Value> {
    let all = entry["findings"]["findings"].as_array().unwrap();
    let holding = all.iter().filter(|finding| finding["severity"] == "hold");
    holding.cloned().collect()
}

#[tokio::test]
async fn an_unknown_office_is_held_supplemented_and_delivered() {
    let trial = Trial::running(&["RU", "EU"]).await;
    let ru = trial.party("RU");
    let declaration = elsewhere();
    let (receipt_id, entry) = hold(ru, &declaration).await;

    // The pointer leads to an element of the source.
    let found = findings(&entry);
    assert_eq!(found.len(), 1, "{entry}");
    assert_eq!(found[0]["target_path"], OFFICE, "{entry}");
    let source = &found[0]["source"];
    let line = usize::try_from(source["line"].as_u64().unwrap()).unwrap();
    let column = usize::try_from(source["column"].as_u64().unwrap()).unwrap();
    let element = source["path"].as_str().unwrap().rsplit('/').next().unwrap();
    let at = declaration.lines().nth(line - 1).unwrap();
    let at: String = at.chars().skip(column - 1).collect();
    assert!(at.starts_with("<RUScat_ru:Town>УТСЙОКИ"), "{source}: {at}");
    assert_eq!(element, "Town", "{source}");

    let id = entry["id"].as_str().unwrap();
    let path = format!("/v1/held/{id}/supplement");
    let right = json!({ "values": [{ "path": OFFICE, "value": "FI002000" }] });
    let wrong = json!({ "values": [{ "path": OFFICE, "value": "NO OFFICE AT ALL" }] });
    let mut submitter = Desk::open(ru, "submitter").await;
    for refused in [
        submitter.post(&path, &right).await,
        submitter.fetch("/v1/held").await,
        submitter.fetch("/v1/inbox").await,
    ] {
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", text(&refused));
    }

    let mut officer = Desk::open(ru, "officer").await;
    let held = officer.get("/v1/held").await;
    assert_eq!(held["items"].as_array().unwrap().len(), 1);
    assert_eq!(held["items"][0], entry);
    assert_eq!(officer.get(&format!("/v1/held/{id}")).await, entry);
    let malformed = officer.post(&path, &json!({ "value": "FI002000" })).await;
    assert_eq!(malformed.status, StatusCode::BAD_REQUEST);

    // A wrong value: held again, under another id; the first entry is done with.
    let answer = officer.post(&path, &wrong).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer));
    let held = officer.get("/v1/held").await;
    let items = held["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{held}");
    let again = items[0]["id"].as_str().unwrap();
    assert_ne!(again, id);
    assert!(!findings(&items[0]).is_empty(), "{held}");
    let late = officer.post(&path, &right).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", text(&late));
    let unknown = officer.post("/v1/held/none/supplement", &right).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);

    let path = format!("/v1/held/{again}/supplement");
    let answer = officer.post(&path, &right).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer));
    assert_eq!(officer.get("/v1/held").await["items"], json!([]));
    let path = format!("/v1/messages/{receipt_id}");
    let message = officer
        .wait(&path, |message| {
            let sent = message["outgoing"].get(0)?;
            (sent["state"] == "delivered").then(|| message.clone())
        })
        .await;
    let message_id = message["outgoing"][0]["message_id"].as_str().unwrap();
    let mut office = Desk::open(trial.party("EU"), "officer").await;
    let item = office.item("message_id", message_id).await;
    let item = item["id"].as_str().unwrap();
    let original = office.bytes(&format!("/v1/inbox/{item}?original=1")).await;
    let original = String::from_utf8(original.to_vec()).unwrap();
    let (_, destination) = original
        .split_once("<CustomsOfficeOfDestinationDeclared>")
        .unwrap();
    assert_eq!(value(destination, "referenceNumber"), "FI002000");
}

#[tokio::test]
async fn the_same_values_serve_two_messages_and_each_once() {
    let trial = Trial::running(&["RU", "EU"]).await;
    let ru = trial.party("RU");
    let mut receipts = Vec::new();
    let values = json!({ "values": [{ "path": OFFICE, "value": "FI002000" }] });
    for _ in 0..2 {
        let (receipt_id, entry) = hold(ru, &elsewhere()).await;
        let path = format!("/v1/held/{}/supplement", entry["id"].as_str().unwrap());
        let mut officers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (path, values) = (path.clone(), values.clone());
            let mut officer = Desk::open(ru, "officer").await;
            officers.spawn(async move { officer.post(&path, &values).await });
        }
        let answers = officers.join_all().await;
        let done = answers
            .iter()
            .filter(|answer| answer.status == StatusCode::OK);
        assert!(done.count() >= 1);
        receipts.push(receipt_id);
    }
    let mut officer = Desk::open(ru, "officer").await;
    assert_eq!(officer.get("/v1/held").await["items"], json!([]));
    for receipt_id in receipts {
        let message = officer.settled(&receipt_id).await;
        assert_eq!(
            message["outgoing"].as_array().unwrap().len(),
            1,
            "{message}"
        );
        assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");
    }
    let mut office = Desk::open(trial.party("EU"), "officer").await;
    assert_eq!(office.inbox().await.len(), 2);
}

#[tokio::test]
async fn what_r048_demands_and_a_declaration_leaves_out_is_held() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    trial.serve(&["RU"]).await;
    let ru = trial.party("RU");
    for element in [
        "TDGuarantee",
        "ESADout_CUCarrier",
        "TransitDirectionCode",
        "ESADout_CUPresentedDocument",
    ] {
        let declaration = without(&Declaration::Kz.fresh(), element);
        let (_, entry) = hold(ru, &declaration).await;
        let findings = findings(&entry);
        assert!(!findings.is_empty(), "{element}: {entry}");
        for finding in findings {
            assert!(finding["target_path"].is_string(), "{element}: {finding}");
            let source = &finding["source"];
            let placed = source["line"].is_u64() && source["column"].is_u64();
            assert!(placed && source["path"].is_string(), "{element}: {finding}");
        }
    }
    let mut officer = Desk::open(ru, "officer").await;
    let held = officer.get("/v1/held").await;
    assert_eq!(held["items"].as_array().unwrap().len(), 4);
}
