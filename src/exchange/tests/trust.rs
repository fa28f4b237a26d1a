//! A partner's key is revoked after something was decided by its signature (domain.md B4, case d).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rcgen::{RevocationReason, RevokedCertParams, SerialNumber, date_time_ymd};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::setting::*;
use crate::crypto::TrustStore;
use crate::exchange::{Entry, Settings, View};
use crate::model::{CaseKey, KeyKind, Posts, Role};
use crate::recognition::Agreements;

const UCR: &str = "6CN91230900MA18X7-2026-000417";
const RESULT: &str =
    include_str!("../../../schemas/wco/control-result/1.0/samples/cn-ru-tomatoes.xml");
const LANES: &[&str] = &[
    include_str!("../../../schemas/lanes/cn-ru-control-result-received.toml"),
    include_str!("../../../schemas/lanes/ru-cn-import-result.toml"),
];

fn agreements() -> Agreements {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/agreements");
    Agreements::load_dir(Path::new(folder)).unwrap()
}

fn trusting(trust: TrustStore) -> impl FnOnce(&mut Settings) {
    |settings| {
        settings.agreements = agreements();
        let cn = settings.partners.iter_mut();
        let mut cn = cn.filter(|partner| partner.party == party("CN"));
        cn.next().unwrap().trust = Arc::new(trust);
    }
}

/// An entry of a revocation list; the samples' control ended on 1 June at 03:10 and was received at
/// noon.
fn entry(serial: u64, reason: Option<RevocationReason>, hours: Option<u64>) -> RevokedCertParams {
    let june = date_time_ymd(2026, 6, 1);
    RevokedCertParams {
        serial_number: SerialNumber::from(serial),
        revocation_time: june + Duration::from_secs(13 * 3600),
        reason_code: reason,
        invalidity_date: hours.map(|hours| june + Duration::from_secs(hours * 3600)),
    }
}

/// A control result that was received while CN's list was empty.
async fn controlled() -> Node {
    let ru = Node::with(LANES, trusting(trust_revoking("CN", Vec::new())));
    let result = RESULT.replace("2026-11-22", "2026-06-01");
    parts(&ru.receive("CN", signed("CN", &result)).await);
    ru.clock.advance(Duration::from_secs(2 * 3600));
    ru
}

async fn review(ru: &Node) {
    let (_asking, asked) = watch::channel(());
    ru.gateway.review_trust(&asked).await.unwrap();
}

/// CN's list has this entry from now on, and what was decided is looked at.
async fn revoke(ru: &Node, entry: RevokedCertParams) {
    ru.reload(LANES, trusting(trust_revoking("CN", vec![entry])));
    review(ru).await;
}

async fn recognitions(ru: &Node) -> Vec<Value> {
    let view = View::Recognitions(CaseKey::new(KeyKind::Ucr, UCR));
    let found = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    found["decisions"].as_array().unwrap().clone()
}

async fn alerts(ru: &Node) -> Vec<Value> {
    let found = ru.gateway.look(&officer(), View::Alerts).await;
    let found = found.unwrap().unwrap();
    found["alerts"].as_array().unwrap().clone()
}

fn state<'v>(decision: &'v Value, rule: &str) -> &'v Value {
    let rules = decision["result"]["rules"].as_array().unwrap();
    &rules.iter().find(|found| found["rule"] == rule).unwrap()["state"]
}

async fn facts(ru: &Node, decision: &Value) -> Value {
    let view = View::DecisionFacts(decision["id"].as_str().unwrap().to_owned());
    ru.gateway.look(&officer(), view).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_key_that_was_lost_before_the_control_gives_a_new_decision() {
    let ru = controlled().await;
    let before = recognitions(&ru).await;
    assert_eq!(
        (before.len(), state(&before[0], "R02")),
        (1, &json!("PASS"))
    );
    review(&ru).await;
    let leaves = ru.leaves();
    revoke(
        &ru,
        entry(SERIAL, Some(RevocationReason::KeyCompromise), Some(1)),
    )
    .await;
    let after = recognitions(&ru).await;
    assert_eq!((after.len(), ru.leaves()), (2, leaves + 1));
    assert_eq!(after[0]["supersedes"], before[0]["id"]);
    assert_eq!(state(&after[0], "R02"), "FAIL");
    assert_eq!(after[0]["verdict"], "NOT_RECOGNISED");
    // The same facts, and one that was learned now: both of its times are judged.
    let (old, new) = (facts(&ru, &before[0]).await, facts(&ru, &after[0]).await);
    for list in ["keys", "controlResults"] {
        assert_eq!(old[list], new[list], "{list}");
    }
    let learned = new["signatures"].as_array().unwrap();
    assert_eq!(learned.len(), 2, "{new}");
    let learned = learned
        .iter()
        .find(|fact| fact["knownAt"] == after[0]["at"]);
    let invalid = json!({ "is": "invalid", "code": "REVOKED_AT_SIGNING" });
    let learned = &learned.unwrap()["value"];
    assert_eq!(learned["validAtControlTime"], invalid);
    assert_eq!(learned["validAtReceipt"], invalid);
    // The entry is one of the case, by the gateway itself.
    let view = View::Cases(CaseKey::new(KeyKind::Ucr, UCR));
    let cases = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    let last = &cases["cases"][0]["timeline"][1];
    assert_eq!(last["entry"], "trust-change", "{cases}");
    assert_eq!(last["principal"], "gateway");
    // Who saw the decision before sees this one, and nobody else.
    for (post, seen) in [("10716050", 2), ("10702070", 0)] {
        let mut by = principal("desk", Role::Officer);
        by.posts = Posts::Only([post.to_owned()].into());
        let view = View::Recognitions(CaseKey::new(KeyKind::Ucr, UCR));
        let found = ru.gateway.look(&by, view).await.unwrap();
        let found = found.map_or(0, |found| found["decisions"].as_array().unwrap().len());
        assert_eq!(found, seen, "{post}");
    }
}

#[tokio::test]
async fn a_list_that_names_another_certificate_changes_nothing() {
    let ru = controlled().await;
    let (before, leaves) = (recognitions(&ru).await, ru.leaves());
    revoke(
        &ru,
        entry(SERIAL + 1, Some(RevocationReason::KeyCompromise), Some(1)),
    )
    .await;
    assert_eq!((recognitions(&ru).await, ru.leaves()), (before, leaves));
}

/// What was received before the key was lost, or replaced, stays as it was decided.
#[tokio::test]
async fn a_key_that_was_sound_until_after_the_receipt_changes_nothing() {
    for (reason, lost) in [
        (Some(RevocationReason::Superseded), None),
        (Some(RevocationReason::CessationOfOperation), None),
        (Some(RevocationReason::KeyCompromise), Some(13)),
        (None, Some(13)),
    ] {
        let ru = controlled().await;
        let (before, leaves) = (recognitions(&ru).await, ru.leaves());
        revoke(&ru, entry(SERIAL, reason, lost)).await;
        assert_eq!((recognitions(&ru).await, ru.leaves()), (before, leaves));
    }
}

#[tokio::test]
async fn a_key_of_which_nobody_says_since_when_it_was_lost_proves_no_time() {
    for reason in [None, Some(RevocationReason::KeyCompromise)] {
        let ru = controlled().await;
        revoke(&ru, entry(SERIAL, reason, None)).await;
        let after = recognitions(&ru).await;
        assert_eq!(
            (after.len(), state(&after[0], "R02")),
            (2, &json!("UNKNOWN"))
        );
    }
    // Lost between the control and its receipt: two facts, and they differ.
    let ru = controlled().await;
    revoke(&ru, entry(SERIAL, None, Some(6))).await;
    let after = recognitions(&ru).await;
    let facts = facts(&ru, &after[0]).await;
    let signatures = facts["signatures"].as_array().unwrap();
    let learned = signatures
        .iter()
        .find(|fact| fact["knownAt"] == after[0]["at"]);
    let learned = &learned.unwrap()["value"];
    assert_eq!(learned["validAtControlTime"]["is"], "valid");
    assert_eq!(learned["validAtReceipt"]["is"], "invalid");
    assert_eq!(state(&after[0], "R02"), "FAIL");
}

/// Broken off, begun again, after a restart: one new decision; and back, when the list is mended.
#[tokio::test]
async fn nothing_is_done_twice_and_a_mended_list_is_seen() {
    let ru = controlled().await;
    let lost = || vec![entry(SERIAL, None, Some(1))];
    ru.reload(LANES, trusting(trust_revoking("CN", lost())));
    let (asking, asked) = watch::channel(());
    asking.send_replace(());
    // It was asked anew before it began: it leaves all to the next look.
    ru.gateway.review_trust(&asked).await.unwrap();
    assert_eq!(recognitions(&ru).await.len(), 1);
    review(&ru).await;
    assert_eq!(recognitions(&ru).await.len(), 2);
    let (leaves, events) = (ru.leaves(), ru.gateway.store().stats().events);
    review(&ru).await;
    let restarted = ru.with_lanes(LANES);
    let mut settings = ru.settings(LANES);
    trusting(trust_revoking("CN", lost()))(&mut settings);
    restarted.replace(settings);
    let (_asking, asked) = watch::channel(());
    restarted.review_trust(&asked).await.unwrap();
    assert_eq!(
        (ru.leaves(), ru.gateway.store().stats().events),
        (leaves, events)
    );

    ru.clock.advance(Duration::from_secs(3600));
    ru.reload(LANES, trusting(trust_revoking("CN", Vec::new())));
    review(&ru).await;
    let mended = recognitions(&ru).await;
    assert_eq!(
        (mended.len(), state(&mended[0], "R02")),
        (3, &json!("PASS"))
    );
    assert_eq!(mended[0]["supersedes"], mended[1]["id"]);
}

/// What an officer sees afterwards is judged by what was learned, and the posts are told once.
#[tokio::test]
async fn whoever_relied_on_it_is_told_and_a_later_look_knows_it() {
    let ru = controlled().await;
    let observed = |minute: u8| {
        json!({
            "at": format!("2026-06-01T13:{minute}:00Z"), "post": "10716050", "ucr": UCR,
            "containers": ["TKRU4073186"], "vehiclePlates": ["HEI-A41731"],
            "seals": [{ "number": "CN0045871", "state": "intact" }],
            "weighings": [{ "massKg": "20180", "method": "platform" }],
        })
    };
    let present = async |minute| {
        let body = Bytes::from(observed(minute).to_string());
        let answer = ru
            .gateway
            .enter(&officer(), Entry::Presentation, body)
            .await;
        answer.unwrap()["decision"].clone()
    };
    let first = present(50).await;
    assert_eq!(state(&first, "R02"), "PASS");
    revoke(&ru, entry(SERIAL, None, Some(1))).await;
    let found = recognitions(&ru).await;
    assert_eq!(found[0]["supersedes"], first["id"]);
    assert_eq!(state(&found[0], "R11"), "PASS", "the same facts");
    assert_eq!(
        alerts(&ru).await,
        Vec::<Value>::new(),
        "nobody had relied on it"
    );
    ru.clock.advance(Duration::from_secs(60));
    let second = present(59).await;
    assert_eq!(state(&second, "R02"), "FAIL");
    assert_eq!(second["supersedes"], found[0]["id"]);
}

/// Whoever took the anchor out trusts the key no more; without a profile nothing new is known.
#[tokio::test]
async fn a_key_whose_anchor_is_gone_is_not_trusted_and_without_a_profile_nothing_changes() {
    let ru = controlled().await;
    let before = recognitions(&ru).await;
    ru.reload(LANES, |settings| {
        settings.agreements = agreements();
        settings
            .partners
            .retain(|partner| partner.party != party("CN"));
    });
    review(&ru).await;
    assert_eq!(recognitions(&ru).await, before);
    // No list at all says nothing new either.
    ru.reload(LANES, trusting(trust("CN")));
    review(&ru).await;
    assert_eq!(recognitions(&ru).await, before);
    ru.reload(LANES, trusting(trust("KZ")));
    review(&ru).await;
    let after = recognitions(&ru).await;
    assert_eq!((after.len(), state(&after[0], "R02")), (2, &json!("FAIL")));
    let rules = after[0]["result"]["rules"].as_array().unwrap();
    let authentic = rules.iter().find(|found| found["rule"] == "R02").unwrap();
    // The trial's issuers bear one name, and the other one's signature is none of this key's.
    assert_eq!(authentic["code"], "SIGNATURE_PATH");
}
