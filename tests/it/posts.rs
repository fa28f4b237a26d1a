//! Posts through the real program: whoever acts for one sees and does nothing of another, by
//! whatever way it asks, and is told the same as of what does not exist.

use std::fs::{self, File};
use std::io::Write as _;

use corridor::clock::Clock;
use corridor::evidence::{PartState, sha256};
use corridor::model::Mrn;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::desk::{Desk, accepted, receipt, refused, states, text};
use crate::support::messages::{Declaration, fresh_id, set, set_after};
use crate::support::trial::{Trial, sample};

/// Torfyanovka, where the sample for Finland crosses, and Brusnichnoe beside it.
const BAY: &str = "10206082";
const FORT: &str = "10206020";
/// Pogranichny, where goods of China enter.
const PASS: &str = "10716050";

/// Principals of RU for some posts each; the token of one is its name.
fn hire(trial: &Trial, principals: &[(&str, &str, &str)]) {
    let config = trial.party("RU").config();
    let mut file = File::options().append(true).open(config).unwrap();
    for (name, role, post) in principals {
        let token = sha256(name.as_bytes());
        write!(
            file,
            "\n[[principal]]\nname = \"{name}\"\nrole = \"{role}\"\nposts = [\"{post}\"]\n\
             token_sha256 = \"{token}\"\n"
        )
        .unwrap();
    }
}

async fn desk(trial: &Trial, name: &str) -> Desk {
    Desk::open(trial.party("RU"), "auditor").await.bearing(name)
}

/// The sample for Finland, through Brusnichnoe to the town that the lane's table lists for it.
fn through_fort() -> String {
    let declaration = Declaration::Fi.fresh().replace(BAY, FORT);
    set_after(
        &declaration,
        "<ESADout_CUConsignee>",
        "RUScat_ru:Town",
        "ЛАППЕЕНРАНТА",
    )
}

/// What does not exist and what is another post's are answered alike.
async fn hidden(desk: &mut Desk, path: &str, unknown: &str) {
    let (answer, nothing) = (desk.fetch(path).await, desk.fetch(unknown).await);
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    assert_eq!(text(&answer), text(&nothing), "{path}");
}

fn ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| item["message_id"].as_str().unwrap())
        .collect()
}

/// A declaration that went to the EU.
struct Sent {
    receipt: String,
    message: String,
    lrn: String,
}

impl Sent {
    /// Submits a declaration as this principal, and looks at it as this officer.
    async fn new(trial: &Trial, by: &str, officer: &str, declaration: &str) -> Self {
        let ru = trial.party("RU");
        let answer = desk(trial, by).await.submit(declaration).await;
        let receipt = accepted(ru, &answer);
        assert_eq!(states(&receipt), [PartState::Queued]);
        let mut officer = desk(trial, officer).await;
        let view = officer.get(&format!("/v1/messages/{}", receipt.id)).await;
        let message = view["message"].as_str().unwrap().to_owned();
        let case = officer.get(&format!("/v1/cases/{message}")).await;
        let mut keys = case["keys"].as_array().unwrap().iter();
        let lrn = keys.find(|key| key["kind"] == "lrn").unwrap();
        Self {
            receipt: receipt.id,
            message,
            lrn: lrn["value"].as_str().unwrap().to_owned(),
        }
    }

    /// The office of the EU answers with an MRN; `number` makes it and the answer's id.
    async fn answered(&self, trial: &Trial, number: usize) -> String {
        let eu = trial.party("EU");
        let mrn = Mrn::make(&format!("26FI49930{number:07}K")).unwrap();
        let id = format!("FI2611230{number:07}");
        let notice = sample("eu/cc028c/51.8.6/samples/mrn-allocated.xml");
        let notice = set(&notice, "LRN", &self.lrn);
        let notice = set(&notice, "MRN", mrn.as_str());
        let notice = set(&notice, "messageIdentification", &id);
        let mut submitter = Desk::open(eu, "submitter").await;
        accepted(eu, &submitter.submit(&notice).await);
        id
    }
}

/// RU and EU with users of two posts of RU.
async fn two_posts() -> Trial {
    let mut trial = Trial::new(&["RU", "EU"]);
    hire(
        &trial,
        &[
            ("bay-system", "submitter", BAY),
            ("fort-system", "submitter", FORT),
            ("bay-officer", "officer", BAY),
            ("fort-officer", "officer", FORT),
            ("fort-auditor", "auditor", FORT),
        ],
    );
    trial.serve(&["RU", "EU"]).await;
    trial
}

/// A declaration of either post.
async fn declared(trial: &Trial) -> [Sent; 2] {
    let (bay, fort) = (Declaration::Fi.fresh(), through_fort());
    [
        Sent::new(trial, "bay-system", "bay-officer", &bay).await,
        Sent::new(trial, "fort-system", "fort-officer", &fort).await,
    ]
}

#[tokio::test]
async fn a_declaration_of_another_post_is_refused_and_its_twin_taken() {
    let trial = two_posts().await;
    let ru = trial.party("RU");
    let foreign = through_fort();
    let mut system = desk(&trial, "bay-system").await;
    let answer = system.submit(&foreign).await;
    let refusal = refused(ru, &answer, 422, "POST_NOT_ALLOWED");
    assert_eq!(refusal.stage, "authorisation");
    assert!(refusal.path.unwrap().ends_with("/PPBorderCustoms/Code"));
    let again = system.submit(&foreign).await;
    assert_eq!(again.body, answer.body);
    accepted(ru, &system.submit(&Declaration::Fi.fresh()).await);
    let mut other = desk(&trial, "fort-system").await;
    accepted(ru, &other.submit(&foreign).await);

    // The refusal is kept: its submitter follows it, and the officer of the post that it named.
    let id = receipt(ru, &answer.body).id;
    let path = format!("/v1/messages/{id}");
    for name in ["bay-system", "fort-officer"] {
        let kept = desk(&trial, name).await.get(&path).await;
        assert_eq!(kept["code"], "POST_NOT_ALLOWED", "{name}");
    }
    for name in ["fort-system", "bay-officer"] {
        let mut other = desk(&trial, name).await;
        hidden(&mut other, &path, "/v1/messages/none").await;
    }
}

#[tokio::test]
async fn an_answer_reaches_the_officer_of_the_originals_post_only() {
    let trial = two_posts().await;
    let [of_bay, of_fort] = declared(&trial).await;
    // Five answers to one post and two to the other.
    let mut theirs = Vec::new();
    for number in 0..7 {
        match number % 3 {
            2 => theirs.push(of_fort.answered(&trial, number).await),
            _ => drop(of_bay.answered(&trial, number).await),
        }
    }
    let mut all = Desk::open(trial.party("RU"), "officer").await;
    all.wait("/v1/inbox", |page| (ids(page).len() == 7).then_some(()))
        .await;
    let mut bay = desk(&trial, "bay-officer").await;
    for name in ["fort-officer", "fort-auditor"] {
        let mut desk = desk(&trial, name).await;
        assert_eq!(ids(&desk.get("/v1/inbox").await), theirs);
        // Pages are full as long as there is more, and the last one says that it is.
        let first = desk.get("/v1/inbox?limit=1").await;
        assert_eq!(ids(&first), theirs[..1]);
        let next = first["next"].as_u64().unwrap();
        let second = desk.get(&format!("/v1/inbox?limit=1&after={next}")).await;
        assert_eq!(ids(&second), theirs[1..]);
        let next = second["next"].as_u64().unwrap();
        let last = desk.get(&format!("/v1/inbox?limit=1&after={next}")).await;
        assert_eq!((ids(&last).len(), &last["next"]), (0, &Value::Null));
    }
    assert_eq!(ids(&bay.get("/v1/inbox").await).len(), 5);

    let mut fort = desk(&trial, "fort-officer").await;
    let item = fort.item("message_id", &theirs[0]).await;
    assert_eq!(item["posts"], json!([FORT]));
    let id = item["id"].as_str().unwrap();
    for form in ["", "?original=1"] {
        let path = format!("/v1/inbox/{id}{form}");
        fort.bytes(&path).await;
        hidden(&mut bay, &path, &format!("/v1/inbox/none{form}")).await;
    }
    // Nobody takes what is another post's.
    let take = format!("/v1/inbox/{id}/ack");
    let (refused, unknown) = (
        bay.post(&take, &Value::Null).await,
        bay.post("/v1/inbox/none/ack", &Value::Null).await,
    );
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(refused.body, unknown.body);
    assert_eq!(fort.post(&take, &Value::Null).await.status, StatusCode::OK);
    assert_eq!(ids(&fort.get("/v1/inbox").await), theirs[1..]);
}

#[tokio::test]
async fn messages_receipts_and_cases_are_those_of_the_post_and_asking_is_recorded() {
    let mut trial = two_posts().await;
    let [_, of_fort] = declared(&trial).await;
    let mut bay = desk(&trial, "bay-officer").await;
    let mut fort = desk(&trial, "fort-officer").await;
    let mut auditor = desk(&trial, "fort-auditor").await;
    let (receipt, message) = (&of_fort.receipt, &of_fort.message);
    let proof = format!("receipts/{receipt}/proof");
    for (path, unknown) in [
        (format!("messages/{receipt}"), "messages/none"),
        (format!("messages/{message}"), "messages/none"),
        (format!("receipts/{receipt}"), "receipts/none"),
        (format!("cases/{message}"), "cases/none"),
        (proof.clone(), "receipts/none/proof"),
    ] {
        let (path, unknown) = (format!("/v1/{path}"), format!("/v1/{unknown}"));
        fort.bytes(&path).await;
        auditor.bytes(&path).await;
        hidden(&mut bay, &path, &unknown).await;
    }
    let by_key = format!("/v1/cases?lrn={}", of_fort.lrn);
    let found = fort.get(&by_key).await;
    assert_eq!(found["cases"][0]["id"], json!(message), "{found}");
    assert_eq!(bay.get(&by_key).await["cases"], json!([]));

    trial.stop("RU");
    trial.sound("RU");
    let events = fs::read(trial.path("RU", "store/events/00000000")).unwrap();
    let events = String::from_utf8_lossy(&events);
    let asked = format!("\"what\":\"GET /v1/{proof}\"");
    let by = |name: &str| format!("\"principal\":\"{name}\"");
    let recorded = |name: &str| {
        let mut records = events
            .split("\"type\":")
            .filter(|record| record.contains(&asked));
        records.any(|record| record.contains(&by(name)))
    };
    assert!(recorded("bay-officer") && recorded("fort-officer"));
    assert!(!recorded("bay-system"));
}

#[tokio::test]
async fn what_is_held_is_seen_and_supplemented_at_its_post() {
    let mut trial = Trial::new(&["RU", "EU"]);
    hire(
        &trial,
        &[
            ("bay-officer", "officer", BAY),
            ("fort-officer", "officer", FORT),
            ("bay-operator", "operator", BAY),
            ("fort-operator", "operator", FORT),
        ],
    );
    trial.serve(&["RU"]).await;
    let ru = trial.party("RU");
    let declaration = set_after(
        &Declaration::Fi.fresh(),
        "<ESADout_CUConsignee>",
        "RUScat_ru:Town",
        "УТСЙОКИ",
    );
    let mut submitter = Desk::open(ru, "submitter").await;
    let receipt = accepted(ru, &submitter.submit(&declaration).await);
    assert_eq!(states(&receipt), [PartState::Held]);
    let mut bay = desk(&trial, "bay-officer").await;
    let held = bay.get("/v1/held").await;
    let entry = held["items"][0]["id"].as_str().unwrap();
    let one = format!("/v1/held/{entry}");
    assert_eq!(bay.get(&one).await, held["items"][0]);
    for name in ["fort-officer", "fort-operator"] {
        let mut other = desk(&trial, name).await;
        assert_eq!(other.get("/v1/held").await["items"], json!([]), "{name}");
        hidden(&mut other, &one, "/v1/held/none").await;
    }
    let supplement = format!("{one}/supplement");
    let path = "CustomsOfficeOfDestinationDeclared/referenceNumber";
    let values = json!({ "values": [{ "path": path, "value": "FI002000" }] });
    let mut fort = desk(&trial, "fort-officer").await;
    let (refused, unknown) = (
        fort.post(&supplement, &values).await,
        fort.post("/v1/held/none/supplement", &values).await,
    );
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(refused.body, unknown.body);
    let done = bay.post(&supplement, &values).await;
    assert_eq!(done.status, StatusCode::OK, "{}", text(&done));

    // What goes out because of it is the queue of the same post.
    let mut operator = desk(&trial, "bay-operator").await;
    let queue = operator.get("/v1/queue").await;
    let sent = queue["waiting"][0]["entry"].as_str().unwrap();
    let mut other = desk(&trial, "fort-operator").await;
    assert_eq!(other.get("/v1/queue").await["waiting"], json!([]));
    let hold = format!("/v1/queue/{sent}/hold");
    let why = json!({ "reason": "asked by telephone" });
    let refused = other.post(&hold, &why).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", text(&refused));
    let held = operator.post(&hold, &why).await;
    assert_eq!(held.status, StatusCode::OK, "{}", text(&held));
}

/// The sample's result of a control, an hour ago.
fn control(now: Timestamp) -> String {
    let mut text = sample("wco/control-result/1.0/samples/cn-ru-tomatoes.xml");
    for (time, minutes) in [
        ("2026-11-22T02:20:00Z", 55),
        ("2026-11-22T02:35:00Z", 52),
        ("2026-11-22T03:10:00Z", 50),
        ("2026-11-22T02:31:00Z", 53),
        ("2026-11-22T04:05:00Z", 40),
    ] {
        let at = now.checked_sub(SignedDuration::from_mins(minutes)).unwrap();
        let at = Timestamp::from_second(at.as_second()).unwrap();
        assert!(text.contains(time), "{time}");
        text = text.replace(time, &at.to_string());
    }
    text
}

/// China's result of a control whose goods enter at one of two posts of RU, the decision on it, and
/// the officers of both.
async fn controlled() -> (Trial, Value, [Desk; 2]) {
    let mut trial = Trial::new(&["RU", "CN"]);
    hire(
        &trial,
        &[
            ("pass-officer", "officer", PASS),
            ("bay-officer", "officer", BAY),
        ],
    );
    trial.serve(&["RU", "CN"]).await;
    let cn = trial.party("CN");
    let mut submitter = Desk::open(cn, "submitter").await;
    let result = control(Clock::machine().wall());
    accepted(cn, &submitter.submit(&result).await);
    let mut pass = desk(&trial, "pass-officer").await;
    let decision = pass
        .wait(RECOGNITIONS, |found| found["decisions"].get(0).cloned())
        .await;
    let bay = desk(&trial, "bay-officer").await;
    (trial, decision, [pass, bay])
}

const UCR: &str = "6CN91230900MA18X7-2026-000417";
const RECOGNITIONS: &str = "/v1/recognitions?ucr=6CN91230900MA18X7-2026-000417";
const CASES: &str = "/v1/cases?ucr=6CN91230900MA18X7-2026-000417";

#[tokio::test]
async fn decisions_and_what_is_entered_are_of_the_post_that_the_goods_enter() {
    let (_trial, decision, [mut pass, mut bay]) = controlled().await;
    assert_eq!(bay.get(RECOGNITIONS).await["decisions"], json!([]));
    let id = decision["id"].as_str().unwrap();
    for path in ["", "/facts"] {
        let one = format!("/v1/recognitions/{id}{path}");
        pass.bytes(&one).await;
        hidden(&mut bay, &one, &format!("/v1/recognitions/none{path}")).await;
    }
    let case = pass.get(CASES).await["cases"][0].clone();
    assert_eq!(bay.get(CASES).await["cases"], json!([]));
    let arrival = |post: &str| {
        json!({
            "office": { "id": post, "country": "RU" },
            "arrivalDateTime": "2026-11-22T11:20:00+10:00",
            "useRestrictionCode": "customs-purposes",
        })
    };
    let path = format!("/v1/cases/{}/arrival", case["id"].as_str().unwrap());
    for (post, own, others) in [
        (BAY, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND),
        (PASS, StatusCode::OK, StatusCode::NOT_FOUND),
    ] {
        let answer = pass.post(&path, &arrival(post)).await;
        assert_eq!(answer.status, own, "{post}: {}", text(&answer));
        let answer = bay.post(&path, &arrival(post)).await;
        assert_eq!(answer.status, others, "{post}: {}", text(&answer));
    }
    // Keys are joined by who sees a message that states one of them.
    let joined = json!({
        "keys": [{ "kind": "ucr", "value": UCR }, { "kind": "lrn", "value": fresh_id() }],
        "reason": "the carrier's papers name both",
    });
    let refused = bay.post("/v1/cases/join", &joined).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", text(&refused));
    let taken = pass.post("/v1/cases/join", &joined).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", text(&taken));
}

/// Goods may come to another post than was said: what is seen of them there is that post's.
#[tokio::test]
async fn a_presentation_is_of_the_post_where_it_is_entered() {
    let (_trial, decision, [mut pass, mut bay]) = controlled().await;
    let now = Clock::machine().wall().as_second();
    let presented = json!({
        "at": Timestamp::from_second(now).unwrap().to_string(),
        "post": BAY,
        "ucr": UCR,
        "agreement": decision["agreement"],
        "containers": ["TKRU4073186"],
    });
    let refused = pass.post("/v1/presentations", &presented).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", text(&refused));
    let taken = bay.post("/v1/presentations", &presented).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", text(&taken));
    for (desk, post, entry) in [
        (&mut bay, BAY, json!("presentation")),
        (&mut pass, PASS, Value::Null),
    ] {
        let found = desk.get(CASES).await;
        let timeline = found["cases"][0]["timeline"].as_array().unwrap();
        assert_eq!(timeline.len(), 1, "{found}");
        assert_eq!(timeline[0]["entry"], entry, "{found}");
        assert_eq!(timeline[0]["posts"], json!([post]), "{found}");
        let found = desk.get(RECOGNITIONS).await;
        assert_eq!(found["decisions"].as_array().unwrap().len(), 1, "{found}");
    }
}
