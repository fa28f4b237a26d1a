//! From a partner's control result to decisions: at receipt, when goods are presented, and when the
//! partner takes its word back (domain.md A2, A4).

use bytes::Bytes;
use serde_json::{Value, json};

use super::setting::*;
use crate::evidence::PartState;
use crate::exchange::{Entry, EntryError, View};
use crate::model::{CaseKey, KeyKind, Posts, Role};
use crate::recognition::Agreements;
use crate::store::EntryKind;

const UCR: &str = "6CN91230900MA18X7-2026-000417";
const RESULT: &str =
    include_str!("../../../schemas/wco/control-result/1.0/samples/cn-ru-tomatoes.xml");
const WITHDRAWAL: &str =
    include_str!("../../../schemas/wco/control-result/1.0/samples/cn-ru-withdrawal.xml");
const RECEIVED: &str = include_str!("../../../schemas/lanes/cn-ru-control-result-received.toml");
const WITHDRAWN: &str =
    include_str!("../../../schemas/lanes/cn-ru-control-withdrawal-received.toml");
const RETURNED: &str = include_str!("../../../schemas/lanes/ru-cn-import-result.toml");

/// The samples' day becomes the clock's.
fn today(text: &str) -> String {
    text.replace("2026-11-22", "2026-06-01")
}

fn node() -> Node {
    with_lanes(&[RECEIVED, WITHDRAWN, RETURNED])
}

fn with_lanes(lanes: &[&str]) -> Node {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/agreements");
    Node::with(lanes, |settings| {
        settings.agreements = Agreements::load_dir(std::path::Path::new(folder)).unwrap();
    })
}

async fn controlled() -> Node {
    let ru = node();
    parts(&ru.receive("CN", signed("CN", &today(RESULT))).await);
    ru
}

fn observation(seal: &str) -> Value {
    json!({
        "at": "2026-06-01T11:59:00Z",
        "post": "10716050",
        "ucr": UCR,
        "containers": ["TKRU4073186"],
        "vehiclePlates": ["HEI-A41731"],
        "seals": [{ "number": seal, "state": "intact" }],
        "weighings": [{ "massKg": "20180", "method": "platform" }],
    })
}

async fn present(ru: &Node, observed: &Value) -> Result<Value, EntryError> {
    let body = Bytes::from(observed.to_string());
    let entry = Entry::Presentation;
    ru.gateway.enter(&officer(), entry, body).await
}

async fn recognitions(ru: &Node) -> Vec<Value> {
    let view = View::Recognitions(CaseKey::new(KeyKind::Ucr, UCR));
    let found = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    found["decisions"].as_array().unwrap().clone()
}

fn state<'v>(decision: &'v Value, rule: &str) -> &'v Value {
    let rules = decision["result"]["rules"].as_array().unwrap();
    &rules.iter().find(|found| found["rule"] == rule).unwrap()["state"]
}

#[tokio::test]
async fn a_result_is_decided_on_when_it_arrives_and_the_decision_is_in_its_receipt() {
    let ru = node();
    let answer = ru.receive("CN", signed("CN", &today(RESULT))).await;
    let made = parts(&answer);
    let decided = made.last().unwrap();
    assert_eq!(decided.findings.len(), 1);
    assert!(decided.findings[0].ends_with("@ru-cn-mrcc-2014-pogranichny"));
    let found = recognitions(&ru).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["sha256"], json!(decided.sha256.unwrap()));
    assert_eq!(found[0]["supersedes"], Value::Null);
    // Nobody has seen the goods: what needs an officer's look is unknown, and unknown is never yes.
    assert_ne!(found[0]["verdict"], "RECOGNISED");
    assert_eq!(state(&found[0], "R11"), "UNKNOWN");
    assert_eq!(state(&found[0], "R19"), "PASS");
}

#[tokio::test]
async fn what_an_officer_observes_is_compared_and_supersedes() {
    let ru = controlled().await;
    let leaves = ru.leaves();
    let answer = present(&ru, &observation("CN0045871")).await.unwrap();
    assert_eq!(ru.leaves(), leaves + 1);
    let decision = &answer["decision"];
    for rule in ["R05", "R10", "R11", "R12", "R24"] {
        assert_eq!(state(decision, rule), "PASS", "{rule}: {decision}");
    }
    // No declaration of either side came: who imports is not known.
    assert_eq!(state(decision, "R07"), "UNKNOWN");
    assert_eq!(decision["verdict"], "PENDING");
    let found = recognitions(&ru).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["supersedes"], found[1]["id"]);
    // The same bytes again: the same answer, and nothing new.
    assert_eq!(
        present(&ru, &observation("CN0045871")).await.unwrap(),
        answer
    );
    assert_eq!(
        (ru.leaves(), recognitions(&ru).await.len()),
        (leaves + 1, 2)
    );
}

#[tokio::test]
async fn another_seal_is_not_recognised() {
    let ru = controlled().await;
    let answer = present(&ru, &observation("CN0045872")).await.unwrap();
    assert_eq!(state(&answer["decision"], "R11"), "FAIL");
    assert_eq!(answer["decision"]["verdict"], "NOT_RECOGNISED");
}

#[tokio::test]
async fn a_decision_can_be_made_again_from_its_facts() {
    let ru = controlled().await;
    let answer = present(&ru, &observation("CN0045871")).await.unwrap();
    let id = answer["decision"]["id"].as_str().unwrap().to_owned();
    let view = View::DecisionFacts(id);
    let facts = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    let facts = crate::recognition::Facts::parse(facts.to_string().as_bytes()).unwrap();
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/agreements/ru-cn-mrcc-2014-pogranichny.toml"
    );
    let agreement = crate::recognition::Agreement::load(std::path::Path::new(file)).unwrap();
    let at = answer["decision"]["at"].as_str().unwrap().parse().unwrap();
    let again = crate::recognition::decide(&facts, &agreement, at);
    let again: Value = serde_json::from_slice(&again.to_bytes()).unwrap();
    assert_eq!(again, answer["decision"]["result"]);
}

#[tokio::test]
async fn a_withdrawal_gives_a_new_decision() {
    let ru = controlled().await;
    parts(&ru.receive("CN", signed("CN", &today(WITHDRAWAL))).await);
    let found = recognitions(&ru).await;
    assert_eq!(found.len(), 2);
    assert_eq!(state(&found[0], "R20"), "FAIL");
    assert_eq!(found[0]["verdict"], "NOT_RECOGNISED");
    assert_eq!(found[0]["supersedes"], found[1]["id"]);
    assert_eq!(state(&found[1], "R20"), "PASS");
}

#[tokio::test]
async fn arrival_and_release_go_back_to_the_partner_in_the_same_commit() {
    let ru = controlled().await;
    let view = View::Cases(CaseKey::new(KeyKind::Ucr, UCR));
    let cases = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    let case = cases["cases"][0]["id"].as_str().unwrap().to_owned();
    let arrival = json!({
        "office": { "id": "10716050", "country": "RU" },
        "arrivalDateTime": "2026-06-01T11:20:00+10:00",
        "useRestrictionCode": "customs-purposes",
    });
    let enter = async |entry, body: &Value| {
        let body = Bytes::from(body.to_string());
        ru.gateway.enter(&officer(), entry, body).await
    };
    let early = enter(Entry::Release(case.clone()), &json!({})).await;
    assert!(matches!(early, Err(EntryError::Malformed(_))), "{early:?}");
    enter(Entry::Arrival(case.clone()), &arrival).await.unwrap();
    let release = json!({
        "releaseOffice": { "id": "10716050", "country": "RU" },
        "releaseDateTime": "2026-06-01T16:04:00+10:00",
        "decisionCode": "released",
        "useRestrictionCode": "customs-purposes",
    });
    enter(Entry::Release(case.clone()), &release).await.unwrap();
    let queued = ru.queued();
    let packages: Vec<String> = queued
        .iter()
        .map(|entry| entry.package.to_string())
        .collect();
    assert_eq!(packages, ["wco/import-result/1.0"; 2]);
    assert!(queued.iter().all(|entry| entry.partner == party("CN")));
    assert_eq!(queued[0].case, queued[1].case);
    let of = View::Case(case);
    let found = ru.gateway.look(&officer(), of).await.unwrap().unwrap();
    let kinds: Vec<&Value> = found["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["entry"])
        .collect();
    let (arrival, release) = (json!(EntryKind::Arrival), json!(EntryKind::Release));
    assert_eq!(kinds, [&Value::Null, &arrival, &release]);
    // A release uses the reference up.
    let answer = present(&ru, &observation("CN0045871")).await.unwrap();
    assert_eq!(state(&answer["decision"], "R09"), "FAIL");
    let alerts = ru
        .gateway
        .look(&officer(), View::Alerts)
        .await
        .unwrap()
        .unwrap();
    let alert = &alerts["alerts"][0];
    assert_eq!(alert["code"], "UCR_ALREADY_CONSUMED");
    let id = alert["id"].as_str().unwrap().to_owned();
    enter(Entry::AlertTaken(id.clone()), &json!({}))
        .await
        .unwrap();
    let again = enter(Entry::AlertTaken(id), &json!({})).await;
    assert!(matches!(again, Err(EntryError::NotFound)));
}

#[tokio::test]
async fn an_observation_that_cannot_count_is_not_taken() {
    let ru = controlled().await;
    let mut late = observation("CN0045871");
    late["at"] = json!("2026-05-31T11:00:00Z");
    let mut early = late.clone();
    early["at"] = json!("2026-06-01T12:06:00Z");
    let mut nowhere = observation("CN0045871");
    nowhere["post"] = json!(" ");
    let mut nothing = observation("CN0045871");
    nothing["ucr"] = Value::Null;
    nothing["containers"] = json!([]);
    for wrong in [late, early, nowhere, nothing, json!({ "colour": "red" })] {
        let refused = present(&ru, &wrong).await;
        assert!(matches!(refused, Err(EntryError::Malformed(_))), "{wrong}");
    }
    let mut elsewhere = principal("elsewhere", Role::Officer);
    elsewhere.posts = Posts::Only(["10702070".to_owned()].into());
    for by in [elsewhere, principal("auditor", Role::Auditor)] {
        let body = Bytes::from(observation("CN0045871").to_string());
        let refused = ru.gateway.enter(&by, Entry::Presentation, body).await;
        assert!(matches!(refused, Err(EntryError::NotAllowed)));
    }
    present(&ru, &observation("CN0045871")).await.unwrap();
}

/// Two messages tie two consignments to one declaration: nobody guesses which one is meant.
#[tokio::test]
async fn a_message_that_ties_two_consignments_together_leaves_the_join_open() {
    let ru = controlled().await;
    let other = today(RESULT)
        .replace("26112204CN17", "26112204CN99")
        .replace("SFH-2026-1122-0417", "SFH-2026-1122-0499")
        .replace(UCR, "6CN91230900MA18X7-2026-000499");
    parts(&ru.receive("CN", signed("CN", &other)).await);
    let newest = recognitions(&ru).await.remove(0);
    let view = View::DecisionFacts(newest["id"].as_str().unwrap().to_owned());
    let facts = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    assert_eq!(facts["ambiguous"][0]["value"]["open"], true, "{facts}");
    assert!(["PENDING", "NOT_RECOGNISED"].contains(&newest["verdict"].as_str().unwrap()));
}

#[tokio::test]
async fn an_alert_is_taken_at_the_posts_that_it_names() {
    let ru = controlled().await;
    let case = {
        let view = View::Cases(CaseKey::new(KeyKind::Ucr, UCR));
        let cases = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
        cases["cases"][0]["id"].as_str().unwrap().to_owned()
    };
    let release = json!({
        "office": { "id": "10716050", "country": "RU" },
        "arrivalDateTime": "2026-06-01T11:20:00+10:00",
        "releaseOffice": { "id": "10716050", "country": "RU" },
        "releaseDateTime": "2026-06-01T16:04:00+10:00",
        "decisionCode": "released",
        "useRestrictionCode": "customs-purposes",
    });
    let body = Bytes::from(release.to_string());
    let released = ru
        .gateway
        .enter(&officer(), Entry::Release(case), body)
        .await;
    released.unwrap();
    present(&ru, &observation("CN0045871")).await.unwrap();
    let alerts = ru
        .gateway
        .look(&officer(), View::Alerts)
        .await
        .unwrap()
        .unwrap();
    let id = alerts["alerts"][0]["id"].as_str().unwrap().to_owned();
    let mut elsewhere = principal("elsewhere", Role::Officer);
    elsewhere.posts = Posts::Only(["10702070".to_owned()].into());
    let take = async |by| {
        let entry = Entry::AlertTaken(id.clone());
        ru.gateway.enter(by, entry, Bytes::from_static(b"{}")).await
    };
    assert!(matches!(take(&elsewhere).await, Err(EntryError::NotFound)));
    let seen = ru.gateway.look(&elsewhere, View::Alerts).await.unwrap();
    assert_eq!(seen.unwrap(), json!({ "alerts": [], "more": false }));
    // What it was answered is not another post's to see, either.
    let body = Bytes::from(observation("CN0045871").to_string());
    let seen = ru
        .gateway
        .enter(&elsewhere, Entry::Presentation, body)
        .await;
    assert!(matches!(seen, Err(EntryError::NotAllowed)), "{seen:?}");
    take(&officer()).await.unwrap();
}

/// China's manifest with this function and an id of its own.
fn manifest(function: u8, id: &str) -> Bytes {
    let text = swap(MANIFEST, ">9</", &format!(">{function}</"));
    signed(
        "CN",
        &swap(
            &text,
            "20261122113000417</MessageID",
            &format!("{id}</MessageID"),
        ),
    )
}

/// The messages whose declaration the newest decision knows, and that decision.
async fn declared(ru: &Node) -> (Vec<Value>, Value) {
    let newest = recognitions(ru).await.remove(0);
    let view = View::DecisionFacts(newest["id"].as_str().unwrap().to_owned());
    let facts = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    let declarations = facts["declaration"].as_array().into_iter().flatten();
    let sources = declarations.map(|fact| fact["source"]["message"].clone());
    (sources.collect(), newest)
}

#[tokio::test]
async fn only_the_version_in_force_counts_and_a_revision_renews_what_was_decided() {
    let ru = with_lanes(&[RECEIVED, CN_RU, CN_RU_CANCEL]);
    let id = async |answer: &crate::exchange::Answer| {
        let by = officer();
        let view = ru.gateway.message_view(&by, &answer.receipt_id);
        view.await.unwrap().unwrap()["message"].clone()
    };
    let first = ru.receive("CN", manifest(9, "1")).await;
    let second = ru.receive("CN", manifest(5, "2")).await;
    let keys = json!([
        { "kind": "lrn", "value": "1902260000417" },
        { "kind": "ucr", "value": UCR },
    ]);
    let join = json!({ "keys": keys, "reason": "the papers show both" });
    let body = Bytes::from(join.to_string());
    ru.gateway
        .enter(&officer(), Entry::Join, body)
        .await
        .unwrap();
    parts(&ru.receive("CN", signed("CN", &today(RESULT))).await);
    let (sources, decided) = declared(&ru).await;
    assert_eq!(sources, [id(&second).await]);
    assert_ne!(sources, [id(&first).await]);

    let third = ru.receive("CN", manifest(5, "3")).await;
    assert_eq!(parts(&third).last().unwrap().state, PartState::Decided);
    let (sources, renewed) = declared(&ru).await;
    assert_eq!(sources, [id(&third).await]);
    assert_eq!(renewed["supersedes"], decided["id"]);
    assert_eq!(renewed["message"], id(&third).await);

    let gone = ru.receive("CN", manifest(3, "4")).await;
    assert_eq!(parts(&gone).last().unwrap().state, PartState::Decided);
    let (sources, last) = declared(&ru).await;
    assert!(sources.is_empty(), "{sources:?}");
    assert_eq!(last["supersedes"], renewed["id"]);
    // All versions are in one case, and each says what became of it.
    let view = View::Cases(CaseKey::new(KeyKind::Ucr, UCR));
    let cases = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    let timeline = cases["cases"][0]["timeline"].as_array().unwrap().clone();
    let revised: Vec<&Value> = timeline.iter().map(|m| &m["revised"]["revision"]).collect();
    let null = &Value::Null;
    assert_eq!(
        revised,
        [
            &json!("amend"),
            &json!("amend"),
            null,
            null,
            &json!("cancel"),
            null
        ]
    );
}

#[tokio::test]
async fn goods_that_are_declared_to_us_are_decided_on_before_they_arrive() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/agreements");
    let ru = Node::with(&[CN_RU], |settings| {
        settings.agreements = Agreements::load_dir(std::path::Path::new(folder)).unwrap();
    });
    let made = parts(&ru.receive("CN", signed("CN", MANIFEST)).await);
    let decided = made.last().unwrap();
    assert_eq!(decided.state, PartState::Decided);
    let key = CaseKey::new(KeyKind::Lrn, "1902260000417");
    let found = ru.gateway.look(&officer(), View::Recognitions(key)).await;
    let found = found.unwrap().unwrap();
    let decision = &found["decisions"][0];
    assert_eq!(decision["sha256"], json!(decided.sha256.unwrap()));
    // What can be said of the goods is said; the control result is still to come.
    assert_eq!(
        state(decision, "R07"),
        "FAIL",
        "the importer is not on the list"
    );
    assert_eq!(state(decision, "R19"), "UNKNOWN");
    let maps = |package: &str, path| packages().find(package).unwrap().maps_within(path);
    assert!(maps("wco/control-result", "controlResults"));
    assert!(maps("cn/mt2401", "goodsShipment") && !maps("cn/mt2401", "controlResults"));

    // The same agreement the other way round: these goods are none of its.
    let text = std::fs::read_to_string(format!("{folder}/ru-cn-mrcc-2014-pogranichny.toml"));
    let turned = text
        .unwrap()
        .replace("from_party = \"CN\"", "from_party = \"?\"")
        .replace("to_party   = \"RU\"", "to_party   = \"CN\"")
        .replace("from_party = \"?\"", "from_party = \"RU\"");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("turned.toml"), turned).unwrap();
    let ru = Node::with(&[CN_RU], |settings| {
        settings.agreements = Agreements::load_dir(dir.path()).unwrap();
    });
    let made = parts(&ru.receive("CN", signed("CN", MANIFEST)).await);
    assert!(made.iter().all(|part| part.state != PartState::Decided));
}
