//! What an officer shows finds a consignment and joins none: two references, or a container alone.

use bytes::Bytes;
use serde_json::{Value, json};

use super::setting::*;
use crate::exchange::{Entry, EntryError, View};
use crate::model::{CaseKey, KeyKind};
use crate::recognition::Agreements;

const UCR: &str = "6CN91230900MA18X7-2026-000417";
const OTHER: &str = "6CN91230900MA18X7-2026-000499";
const MRN: &str = "26FI000000A1B2C3K7";
const RESULT: &str =
    include_str!("../../../schemas/wco/control-result/1.0/samples/cn-ru-tomatoes.xml");
const WITHDRAWAL: &str =
    include_str!("../../../schemas/wco/control-result/1.0/samples/cn-ru-withdrawal.xml");
const LANES: &[&str] = &[
    include_str!("../../../schemas/lanes/cn-ru-control-result-received.toml"),
    include_str!("../../../schemas/lanes/cn-ru-control-withdrawal-received.toml"),
    include_str!("../../../schemas/lanes/ru-cn-import-result.toml"),
];

fn today(text: &str) -> String {
    text.replace("2026-11-22", "2026-06-01")
}

async fn controlled() -> Node {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/agreements");
    let ru = Node::with(LANES, |settings| {
        settings.agreements = Agreements::load_dir(std::path::Path::new(folder)).unwrap();
    });
    parts(&ru.receive("CN", signed("CN", &today(RESULT))).await);
    ru
}

async fn enter(ru: &Node, entry: Entry, body: &Value) -> Result<Value, EntryError> {
    let body = Bytes::from(body.to_string());
    ru.gateway.enter(&officer(), entry, body).await
}

/// The lorry of the first result with these references, at a minute before noon.
async fn present(ru: &Node, minute: u8, references: Value) -> Value {
    let mut observed = json!({
        "at": format!("2026-06-01T11:{minute}:00Z"),
        "post": "10716050",
        "agreement": "ru-cn-mrcc-2014-pogranichny",
        "containers": ["TKRU4073186"],
        "seals": [{ "number": "CN0045871", "state": "intact" }],
    });
    let shown = references.as_object().unwrap().clone();
    observed.as_object_mut().unwrap().extend(shown);
    let answer = enter(ru, Entry::Presentation, &observed).await.unwrap();
    answer["decision"].clone()
}

async fn facts(ru: &Node, decision: &Value) -> Value {
    let view = View::DecisionFacts(decision["id"].as_str().unwrap().to_owned());
    ru.gateway.look(&officer(), view).await.unwrap().unwrap()
}

async fn decisions(ru: &Node, kind: KeyKind, value: &str) -> Vec<Value> {
    let view = View::Recognitions(CaseKey::new(kind, value));
    let found = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    found["decisions"].as_array().unwrap().clone()
}

async fn case(ru: &Node, kind: KeyKind, value: &str) -> Value {
    let view = View::Cases(CaseKey::new(kind, value));
    let found = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    assert_eq!(found["cases"].as_array().unwrap().len(), 1, "{found}");
    found["cases"][0].clone()
}

fn join(one: (&str, &str), other: (&str, &str)) -> Value {
    let key = |(kind, value): (&str, &str)| json!({ "kind": kind, "value": value });
    json!({ "keys": [key(one), key(other)], "reason": "the papers name both" })
}

#[tokio::test]
async fn a_scan_of_two_consignments_joins_nothing_and_waits() {
    let ru = controlled().await;
    let of_mrn = join(("mrn", MRN), ("container", "CXDU1204566"));
    enter(&ru, Entry::Join, &of_mrn).await.unwrap();
    let (first, second) = (
        case(&ru, KeyKind::Ucr, UCR).await["id"].clone(),
        case(&ru, KeyKind::Mrn, MRN).await["id"].clone(),
    );

    let decision = present(&ru, 50, json!({ "ucr": UCR, "mrn": MRN })).await;
    assert_eq!(decision["verdict"], "PENDING");
    let known = facts(&ru, &decision).await;
    let note = format!(
        "ucr leads to case {}, mrn leads to case {}",
        first.as_str().unwrap(),
        second.as_str().unwrap()
    );
    assert_eq!(
        known["ambiguous"][0]["value"],
        json!({ "open": true, "note": note })
    );
    let rules = decision["result"]["rules"].as_array().unwrap();
    let link = rules.iter().find(|found| found["rule"] == "R09").unwrap();
    assert!(
        link["missing"].as_array().unwrap().contains(&json!("join")),
        "{link}"
    );
    // Neither case learned of the other, and the second has no decision about the first.
    assert_eq!(case(&ru, KeyKind::Ucr, UCR).await["contradictory"], false);
    assert_eq!(case(&ru, KeyKind::Mrn, MRN).await["id"], second);
    assert!(decisions(&ru, KeyKind::Mrn, MRN).await.is_empty());
    // What comes later does not forget the doubt.
    parts(&ru.receive("CN", signed("CN", &today(WITHDRAWAL))).await);
    let later = decisions(&ru, KeyKind::Ucr, UCR).await.remove(0);
    assert_eq!(later["supersedes"], decision["id"]);
    assert_eq!(
        facts(&ru, &later).await["ambiguous"][0]["value"]["note"],
        note
    );

    // An officer's own entry joins: then both lead to one case.
    let both = join(("ucr", UCR), ("mrn", MRN));
    enter(&ru, Entry::Join, &both).await.unwrap();
    let decision = present(&ru, 51, json!({ "ucr": UCR, "mrn": MRN })).await;
    assert_eq!(facts(&ru, &decision).await["ambiguous"], Value::Null);
}

#[tokio::test]
async fn a_reference_that_nobody_states_joins_nothing() {
    let ru = controlled().await;
    let decision = present(&ru, 50, json!({ "ucr": UCR, "mrn": MRN })).await;
    let known = facts(&ru, &decision).await;
    assert_eq!(known["ambiguous"], Value::Null);
    assert!(!known["keys"].to_string().contains(MRN), "{known}");
    // A message that states it later is another consignment's.
    let of_mrn = join(("mrn", MRN), ("container", "CXDU1204566"));
    enter(&ru, Entry::Join, &of_mrn).await.unwrap();
    let (first, second) = (
        case(&ru, KeyKind::Ucr, UCR).await,
        case(&ru, KeyKind::Mrn, MRN).await,
    );
    assert_ne!(first["id"], second["id"]);
}

#[tokio::test]
async fn a_container_leads_to_the_one_consignment_that_is_open() {
    let ru = controlled().await;
    let decision = present(&ru, 50, json!({})).await;
    let found = decisions(&ru, KeyKind::Ucr, UCR).await;
    assert_eq!(found[0]["id"], decision["id"]);
    assert_eq!(found[0]["supersedes"], found[1]["id"]);
    let known = facts(&ru, &decision).await;
    assert_eq!(known["presentation"][0]["value"]["ucr"], UCR);
    assert_eq!(known["ambiguous"], Value::Null);

    // A second consignment in the same container: nobody guesses.
    let other = today(RESULT)
        .replace("26112204CN17", "26112204CN99")
        .replace("SFH-2026-1122-0417", "SFH-2026-1122-0499")
        .replace("190220260000417", "190220260000499")
        .replace(UCR, OTHER);
    parts(&ru.receive("CN", signed("CN", &other)).await);
    let doubtful = present(&ru, 51, json!({})).await;
    assert_eq!(doubtful["verdict"], "PENDING");
    let known = facts(&ru, &doubtful).await;
    let note = known["ambiguous"][0]["value"]["note"].as_str().unwrap();
    assert!(note.contains("the containers lead to the cases"), "{note}");
    assert_eq!(known["controlResults"], Value::Null, "of neither");
    let found = decisions(&ru, KeyKind::Ucr, UCR).await;
    assert_eq!(found[0]["id"], decision["id"], "no decision of either");

    // Where the containers led before, they led: what comes later changes nothing about it.
    parts(&ru.receive("CN", signed("CN", &today(WITHDRAWAL))).await);
    let later = decisions(&ru, KeyKind::Ucr, UCR).await.remove(0);
    assert_eq!(later["supersedes"], decision["id"]);
    let known = facts(&ru, &later).await;
    assert_eq!(known["presentation"][0]["value"]["ucr"], UCR);
    assert_eq!(known["ambiguous"], Value::Null);

    // Once the goods of one are released, the other is meant.
    let id = case(&ru, KeyKind::Ucr, UCR).await["id"].clone();
    let release = json!({
        "office": { "id": "10716050", "country": "RU" },
        "arrivalDateTime": "2026-06-01T11:20:00+10:00",
        "releaseOffice": { "id": "10716050", "country": "RU" },
        "releaseDateTime": "2026-06-01T16:04:00+10:00",
        "decisionCode": "released",
        "useRestrictionCode": "customs-purposes",
    });
    let entry = Entry::Release(id.as_str().unwrap().to_owned());
    enter(&ru, entry, &release).await.unwrap();
    let decision = present(&ru, 52, json!({})).await;
    let known = facts(&ru, &decision).await;
    assert_eq!(known["presentation"][0]["value"]["ucr"], OTHER);
}

#[tokio::test]
async fn a_container_that_nobody_states_leads_nowhere() {
    let ru = controlled().await;
    let decision = present(&ru, 50, json!({ "containers": ["CXDU1204566"] })).await;
    assert_eq!(decision["verdict"], "PENDING");
    assert_eq!(decision["supersedes"], Value::Null);
    // The look itself is no consignment.
    let again = present(&ru, 51, json!({ "containers": ["CXDU1204566"] })).await;
    assert_eq!(facts(&ru, &again).await["ambiguous"], Value::Null);
}
