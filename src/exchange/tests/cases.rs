//! Cases: what keys join, what they only find, and what officers state.

use bytes::Bytes;
use serde_json::{Value, json};

use super::setting::*;
use crate::exchange::{Entry, EntryError, View};
use crate::model::{CaseKey, KeyKind, Role};

const ID: &str = "8D3E2F71-0F1A-4F00-9C00-26112300F117";
const UCR: &str = "6CN91230900MA18X7-2026-000417";

async fn cases(ru: &Node, kind: KeyKind, value: &str) -> Vec<Value> {
    let view = View::Cases(CaseKey::new(kind, value));
    let found = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    found["cases"].as_array().unwrap().clone()
}

fn timeline(case: &Value) -> &Vec<Value> {
    case["timeline"].as_array().unwrap()
}

fn key<'k>(declaration: &'k str, from: &str, to: &str) -> &'k str {
    let (_, rest) = declaration.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}

fn document_id(declaration: &str) -> &str {
    key(declaration, "DocumentID>", "<")
}

fn container_of(declaration: &str) -> &str {
    key(declaration, "ContainerIdentificaror>", "<")
}

async fn join(ru: &Node, body: &Value) -> Result<Value, EntryError> {
    let body = Bytes::from(body.to_string());
    ru.gateway.enter(&officer(), Entry::Join, body).await
}

fn statement(keys: &[(KeyKind, &str)]) -> Value {
    let keys: Vec<CaseKey> = keys.iter().map(|(k, v)| CaseKey::new(*k, *v)).collect();
    json!({ "keys": keys, "reason": "the carrier showed the consignment's papers" })
}

#[tokio::test]
async fn an_answer_joins_the_case_of_what_it_answers() {
    let ru = Node::new(&[RU_EU, EU_RU]);
    ru.submit(TO_FI).await;
    let sent = ru.queued().remove(0);
    let lrn = sent
        .keys
        .iter()
        .find(|key| key.kind == KeyKind::Lrn)
        .unwrap();
    let answer = signed("EU", &swap(ANSWER, ANSWER_LRN, &lrn.value));
    parts(&ru.receive("EU", answer).await);

    let found = cases(&ru, KeyKind::Lrn, &lrn.value).await;
    assert_eq!(found.len(), 1);
    let [declaration, answer] = timeline(&found[0]).as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(found[0]["id"], declaration["message"]);
    assert_eq!(declaration["direction"], "national");
    assert_eq!(declaration["outgoing"][0]["partner"], "EU");
    assert_eq!(answer["direction"], "in");
    // The same case under what only the answer states, and under what finds without joining.
    let mrn = answer["keys"].as_array().unwrap();
    let mrn = mrn.iter().find(|key| key["kind"] == "mrn").unwrap();
    let by_mrn = cases(&ru, KeyKind::Mrn, mrn["value"].as_str().unwrap()).await;
    assert_eq!(by_mrn, found);
    let by_container = cases(&ru, KeyKind::Container, container_of(TO_FI)).await;
    assert_eq!(by_container, found);
    // By any of its messages too.
    let id = answer["message"].as_str().unwrap().to_owned();
    let by_id = ru.gateway.look(&officer(), View::Case(id)).await.unwrap();
    assert_eq!(by_id.as_ref(), Some(&found[0]));
}

#[tokio::test]
async fn a_container_finds_cases_and_joins_none() {
    let ru = Node::new(&[RU_EU]);
    ru.submit(TO_FI).await;
    ru.submit(&swap(TO_FI, document_id(TO_FI), ID)).await;
    let found = cases(&ru, KeyKind::Container, container_of(TO_FI)).await;
    assert_eq!(found.len(), 2);
    assert_ne!(found[0]["id"], found[1]["id"]);
    assert_eq!(cases(&ru, KeyKind::Container, "ZZZU0000000").await.len(), 0);
}

#[tokio::test]
async fn an_officer_joins_keys_and_the_entry_is_receipted() {
    let ru = Node::new(&[RU_EU]);
    ru.submit(TO_FI).await;
    assert!(cases(&ru, KeyKind::Ucr, UCR).await.is_empty());
    let keys = [(KeyKind::Document, document_id(TO_FI)), (KeyKind::Ucr, UCR)];
    let leaves = ru.leaves();
    let entered = join(&ru, &statement(&keys)).await.unwrap();
    assert_eq!(ru.leaves(), leaves + 1);
    assert_eq!(join(&ru, &statement(&keys)).await.unwrap(), entered);
    assert_eq!(ru.leaves(), leaves + 1);

    let found = cases(&ru, KeyKind::Ucr, UCR).await;
    assert_eq!(found.len(), 1);
    let [declaration, entry] = timeline(&found[0]).as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(declaration["entry"], Value::Null);
    assert_eq!(entry["entry"], "join");
    assert_eq!(entry["principal"], "officer");
    assert_eq!(entry["receipt_id"], entered["receipt_id"]);
    assert_eq!(found[0]["contradictory"], false);
}

#[tokio::test]
async fn two_consignments_in_one_case_are_a_contradiction() {
    let ru = Node::new(&[RU_EU]);
    ru.submit(TO_FI).await;
    for ucr in [UCR, "6CN91230900MA18X7-2026-000418"] {
        let keys = [(KeyKind::Document, document_id(TO_FI)), (KeyKind::Ucr, ucr)];
        join(&ru, &statement(&keys)).await.unwrap();
    }
    let found = cases(&ru, KeyKind::Ucr, UCR).await;
    assert_eq!(found[0]["contradictory"], true);
}

#[tokio::test]
async fn an_entry_that_says_too_little_is_not_taken() {
    let ru = Node::new(&[RU_EU]);
    let good = statement(&[(KeyKind::Mrn, "26FI000000A1B2C3K7"), (KeyKind::Ucr, UCR)]);
    let mut unreasoned = good.clone();
    unreasoned["reason"] = json!(" ");
    let mut unknown = good.clone();
    unknown["colour"] = json!("red");
    let mut kind = good.clone();
    kind["keys"][0]["kind"] = json!("colour");
    let single = statement(&[(KeyKind::Ucr, UCR)]);
    let loose = statement(&[
        (KeyKind::Container, "TKRU4073186"),
        (KeyKind::Vehicle, "A1"),
    ]);
    let empty = statement(&[(KeyKind::Mrn, ""), (KeyKind::Ucr, UCR)]);
    for wrong in [unreasoned, unknown, kind, single, loose, empty] {
        let refused = join(&ru, &wrong).await;
        assert!(matches!(refused, Err(EntryError::Malformed(_))), "{wrong}");
    }
    for role in [Role::Auditor, Role::Operator, Role::Submitter] {
        let by = principal("somebody", role);
        let body = Bytes::from(good.to_string());
        let refused = ru.gateway.enter(&by, Entry::Join, body).await;
        assert!(matches!(refused, Err(EntryError::NotAllowed)));
    }
    assert_eq!(ru.leaves(), 0);
    join(&ru, &good).await.unwrap();
}
