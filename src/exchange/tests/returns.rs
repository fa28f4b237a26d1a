//! Return information names the control and the decision of the post that gives it, and nobody else's.

use bytes::Bytes;
use serde_json::{Value, json};

use super::posts::{BAY, FORT, PASS, at};
use super::setting::*;
use crate::exchange::{Entry, EntryError, Lane, View};
use crate::model::{CaseKey, KeyKind, Principal, Role};
use crate::recognition::Agreements;
use crate::store::OutboxEntry;

const UCR: &str = "6CN91230900MA18X7-2026-000417";
const RESULT: &str =
    include_str!("../../../schemas/wco/control-result/1.0/samples/cn-ru-tomatoes.xml");
const IE4S03: &str = include_str!("../../../schemas/eu/ie4s03/2/samples/one-result.xml");
const EU_RESULT: &str = include_str!("../../../schemas/lanes/eu-ru-control-result-received.toml");
const IE4N09: &str = include_str!("../../../schemas/eu/ie4n09/2/samples/control-planned.xml");
const EU_NOTICE: &str =
    include_str!("../../../schemas/lanes/eu-ru-control-notification-received.toml");
const LANES: &[&str] = &[
    include_str!("../../../schemas/lanes/cn-ru-control-result-received.toml"),
    include_str!("../../../schemas/lanes/ru-cn-import-result.toml"),
];

/// A gateway that has a control result for [`PASS`].
async fn controlled() -> Node {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/agreements");
    let ru = Node::with(LANES, |settings| {
        settings.agreements = Agreements::load_dir(std::path::Path::new(folder)).unwrap();
    });
    let today = RESULT.replace("2026-11-22", "2026-06-01");
    parts(&ru.receive("CN", signed("CN", &today)).await);
    ru
}

async fn case(ru: &Node, by: &Principal) -> Option<String> {
    let view = View::Cases(CaseKey::new(KeyKind::Ucr, UCR));
    let cases = ru.gateway.look(by, view).await.unwrap().unwrap();
    Some(cases["cases"].get(0)?["id"].as_str().unwrap().to_owned())
}

async fn enter(ru: &Node, by: &Principal, entry: Entry, body: &Value) -> Result<Value, EntryError> {
    let body = Bytes::from(body.to_string());
    ru.gateway.enter(by, entry, body).await
}

fn arrival(post: &str) -> Value {
    json!({
        "office": { "id": post, "country": "RU" },
        "arrivalDateTime": "2026-06-01T11:20:00+10:00",
        "useRestrictionCode": "customs-purposes",
    })
}

fn release(post: &str) -> Value {
    json!({
        "releaseOffice": { "id": post, "country": "RU" },
        "releaseDateTime": "2026-06-01T16:04:00+10:00",
        "decisionCode": "released",
        "useRestrictionCode": "customs-purposes",
    })
}

/// Whether a message names a control and a decision.
fn names(ru: &Node, entry: &OutboxEntry) -> [bool; 2] {
    let body = ru.gateway.store().body(&entry.body).unwrap().unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    ["ControlReferenceID>", "DecisionID>"].map(|name| text.contains(name))
}

#[tokio::test]
async fn the_post_that_was_told_of_a_control_names_it_and_the_decision() {
    let ru = controlled().await;
    let here = at(Role::Officer, &[PASS]);
    let case = case(&ru, &here).await.unwrap();
    let entry = Entry::Arrival(case.clone());
    enter(&ru, &here, entry, &arrival(PASS)).await.unwrap();
    let entry = Entry::Release(case);
    enter(&ru, &here, entry, &release(PASS)).await.unwrap();
    let queued = ru.queued();
    assert_eq!(queued.len(), 2);
    for entry in &queued {
        assert_eq!(names(&ru, entry), [true, true]);
    }
}

#[tokio::test]
async fn another_post_gives_back_what_is_its_own_and_learns_nothing() {
    let ru = controlled().await;
    let there = at(Role::Officer, &[BAY]);
    assert_eq!(case(&ru, &there).await, None);
    // Who acts for all posts lets the goods arrive at the other one: its officer has a case then.
    let all = case(&ru, &officer()).await.unwrap();
    let entry = Entry::Arrival(all.clone());
    enter(&ru, &officer(), entry, &arrival(BAY)).await.unwrap();
    let seen = case(&ru, &there).await.unwrap();
    let entry = Entry::Release(seen);
    enter(&ru, &there, entry, &release(BAY)).await.unwrap();
    let queued = ru.queued();
    assert_eq!(queued.len(), 2);
    for entry in &queued {
        assert_eq!(names(&ru, entry), [false, false]);
    }
    // The control's own post may name it where the goods arrived at the other one.
    let here = at(Role::Officer, &[PASS]);
    let entry = Entry::Release(all);
    let mut released = release(PASS);
    released["office"] = json!({ "id": PASS, "country": "RU" });
    released["arrivalDateTime"] = json!("2026-06-01T12:20:00+10:00");
    enter(&ru, &here, entry, &released).await.unwrap();
    assert_eq!(names(&ru, &ru.queued()[2]), [true, true]);
}

#[tokio::test]
async fn a_result_that_names_no_post_of_ours_is_for_the_one_that_the_lane_says() {
    let ru = Node::new(&[EU_RESULT]);
    parts(&ru.receive("EU", signed("EU", IE4S03)).await);
    assert_eq!(shown(&ru, &at(Role::Officer, &[BAY])).await, 1);
    assert_eq!(shown(&ru, &at(Role::Officer, &[FORT])).await, 0);
    assert_eq!(shown(&ru, &officer()).await, 1);
    // An office that the lane does not list leaves the post unknown: it is for those of all posts.
    let ru = Node::new(&[EU_RESULT]);
    let other = IE4S03.replace("FI499300", "FI199300");
    ru.receive("EU", signed("EU", &other)).await;
    assert_eq!(shown(&ru, &at(Role::Officer, &[BAY])).await, 0);
    assert_eq!(shown(&ru, &officer()).await, 1);
}

#[tokio::test]
async fn a_notification_of_control_is_for_the_post_that_the_lane_says() {
    let ru = Node::new(&[EU_NOTICE]);
    ru.receive("EU", signed("EU", IE4N09)).await;
    assert_eq!(shown(&ru, &at(Role::Officer, &[BAY])).await, 1);
    assert_eq!(shown(&ru, &at(Role::Officer, &[FORT])).await, 0);
    assert_eq!(shown(&ru, &officer()).await, 1);
    let ru = Node::new(&[EU_NOTICE]);
    let other = IE4N09.replace(">FI499300<", ">FI199300<");
    assert_ne!(other, IE4N09);
    ru.receive("EU", signed("EU", &other)).await;
    assert_eq!(shown(&ru, &at(Role::Officer, &[BAY])).await, 0);
    assert_eq!(shown(&ru, &officer()).await, 1);
}

/// How many items of the inbox a principal is shown.
async fn shown(ru: &Node, by: &Principal) -> usize {
    let inbox = ru.gateway.inbox_view(by, None, 10).await.unwrap();
    inbox["items"].as_array().unwrap().len()
}

#[test]
fn a_lane_that_names_posts_wrongly_is_not_loaded() {
    let parsed = |from: &str, to: &str| {
        let text = EU_RESULT.replacen(from, to, 1);
        assert_ne!(text, EU_RESULT);
        Lane::parse(&text, "lane.toml").map_err(|error| error.to_string())
    };
    let at = "at    = \"controlResults.office.id\"";
    for (from, to, said) in [
        (
            at,
            "at = \"controlResults.office\"",
            "leads to no single value",
        ),
        (
            at,
            "at = \"controlResults.post\"",
            "there is no canonical path",
        ),
        (
            at,
            "at = \"controlResults.office.id\"\ntake = [4, 4]",
            "the first character",
        ),
        (
            at,
            "at = \"controlResults.office.id\"\nposts = []",
            "unknown field",
        ),
        ("\"10206082\"", "\" \"", "which post is meant"),
    ] {
        let error = parsed(from, to).unwrap_err();
        assert!(
            error.contains(said) && error.contains("lane.toml"),
            "{error}"
        );
    }
    // What goes to a partner is nobody's post.
    let lane = parsed("to          = \"RU\"", "to          = \"EU\"").unwrap();
    let error = lane
        .check(&party("RU"), packages())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("[post]") || error.contains("inbox"),
        "{error}"
    );
}
