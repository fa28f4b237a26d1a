//! Amending and cancelling, between real gateways.

use corridor::evidence::PartState;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::desk::{Desk, Peer, accepted, refused, states, text};
use crate::support::messages::{Declaration, fresh_id, set, sign, transit, value};
use crate::support::trial::{Trial, sample, until};

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
    // While an attempt is under way, nobody can say that nothing was sent.
    let mut operator = Desk::open(ru, "operator").await;
    let tried = |queue: &Value| {
        let waiting = queue["waiting"].as_array().unwrap();
        let failed = |one: &Value| one["attempts"].as_u64().is_some_and(|count| count > 0);
        (waiting.len() == 2 && waiting.iter().all(failed)).then_some(())
    };
    operator.wait("/v1/queue", tried).await;
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
    // They have it now, and are told of the next version each in its own words.
    let third = accepted(
        ru,
        &desk.amend(&second.id, &Declaration::Both.fresh()).await,
    );
    assert_eq!(states(&third), [queued, queued]);
    let told = desk.settled(&third.id).await;
    assert_eq!(outgoing(&told), [("EU", "delivered"), ("KZ", "delivered")]);
    for (name, package) in [("KZ", "eaeu/r048/1.0.0"), ("EU", "eu/cc013c/51.8.6")] {
        let mut office = Desk::open(trial.party(name), "officer").await;
        let items = office.inbox().await;
        assert_eq!(items.len(), 2, "{name}");
        assert_eq!(items[1]["package"], package);
        assert_eq!(items[0]["revised"]["revision"], "amend");
        assert_eq!(items[0]["replaces"], Value::Null);
        assert!(items[1]["replaces"].is_string());
    }
    // R.048 cannot say that a declaration is cancelled: the request to annul it does, by its id.
    let mut office = Desk::open(trial.party("KZ"), "officer").await;
    let (_, amended) = newest(&mut office, 2).await;
    let answer = desk.cancel(&third.id).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer));
    for (name, package) in [
        ("KZ", "fcs/req-pi-delete/5.23.0"),
        ("EU", "eu/cc014c/51.8.6"),
    ] {
        let mut office = Desk::open(trial.party(name), "officer").await;
        let (item, annulled) = newest(&mut office, 3).await;
        assert_eq!(item["package"], package);
        let items = office.inbox().await;
        assert_eq!(items[1]["revised"]["revision"], "cancel", "{name}");
        if name == "KZ" {
            assert_eq!(
                value(&annulled, "rpd:PI_RegID"),
                value(&amended, "csdo:EDocId")
            );
        }
    }
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

/// The original of the newest item of a party's inbox, once there are this many.
async fn newest(office: &mut Desk, count: usize) -> (Value, String) {
    let item = office
        .wait("/v1/inbox?limit=1000", |inbox| {
            let items = inbox["items"].as_array().unwrap();
            (items.len() == count).then(|| items[count - 1].clone())
        })
        .await;
    let path = format!("/v1/inbox/{}?original=1", item["id"].as_str().unwrap());
    let original = office.bytes(&path).await;
    (item, String::from_utf8(original.to_vec()).unwrap())
}

#[tokio::test]
async fn the_eu_is_told_under_the_number_that_it_gave() {
    let trial = Trial::running(&["RU", "EU"]).await;
    let (ru, eu) = (trial.party("RU"), trial.party("EU"));
    let mut desk = Desk::open(ru, "submitter").await;
    let first = accepted(ru, &desk.submit(&Declaration::Fi.fresh()).await);
    let mut office = Desk::open(eu, "officer").await;
    let (_, declared) = newest(&mut office, 1).await;
    let notice = sample("eu/cc028c/51.8.6/samples/mrn-allocated.xml");
    let notice = set(&notice, "LRN", value(&declared, "LRN"));
    let mut system = Desk::open(eu, "submitter").await;
    accepted(eu, &system.submit(&notice).await);
    let mut officer = Desk::open(ru, "officer").await;
    newest(&mut officer, 1).await;

    let second = accepted(ru, &desk.amend(&first.id, &Declaration::Fi.fresh()).await);
    let (item, amended) = newest(&mut office, 2).await;
    assert_eq!(item["package"], "eu/cc013c/51.8.6");
    assert!(item["replaces"].is_string());
    assert_eq!(value(&amended, "MRN"), value(&notice, "MRN"));
    let answer = desk.cancel(&second.id).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer));
    let (item, cancelled) = newest(&mut office, 3).await;
    assert_eq!(item["package"], "eu/cc014c/51.8.6");
    assert_eq!(value(&cancelled, "MRN"), value(&notice, "MRN"));
    let items = office.inbox().await;
    let done: Vec<&Value> = items
        .iter()
        .map(|item| &item["revised"]["revision"])
        .collect();
    assert_eq!(done, [&json!("amend"), &json!("cancel"), &Value::Null]);
    // One case from the declaration to its end.
    let path = format!("/v1/cases?mrn={}", value(&notice, "MRN"));
    let cases = officer.get(&path).await;
    let timeline = cases["cases"][0]["timeline"].as_array().unwrap();
    assert_eq!(timeline.len(), 4, "{cases}");
}

#[tokio::test]
async fn china_is_told_of_a_change_and_of_a_deletion() {
    let trial = Trial::running(&["RU", "CN"]).await;
    let ru = trial.party("RU");
    let export = || {
        let text = sample("fcs/esadout-cu/5.23.0/samples/export-ru-cn.xml");
        set(&text, "cat_ru:DocumentID", &fresh_id().to_uppercase())
    };
    let mut desk = Desk::open(ru, "submitter").await;
    let first = accepted(ru, &desk.submit(&export()).await);
    let mut office = Desk::open(trial.party("CN"), "officer").await;
    let function = |manifest: &str| {
        let (_, rest) = manifest.split_once("FunctionCode>").unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    assert_eq!(function(&newest(&mut office, 1).await.1), "9");
    let second = accepted(ru, &desk.amend(&first.id, &export()).await);
    assert_eq!(function(&newest(&mut office, 2).await.1), "5");
    let answer = desk.cancel(&second.id).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer));
    let (item, gone) = newest(&mut office, 3).await;
    assert_eq!(function(&gone), "3");
    assert!(item["replaces"].is_string());
}

#[tokio::test]
async fn an_amendment_waits_at_the_partner_until_its_original_is_sent_again() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    trial.serve(&["RU"]).await;
    let world = std::sync::Arc::clone(&trial.world);
    let ru = world.party("RU").unwrap();
    let mut desk = Desk::open(ru, "submitter").await;
    let first = accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    let old = format!("/v1/messages/{}", first.id);
    let entry = desk.get(&old).await["outgoing"][0]["entry"].clone();
    let entry = entry.as_str().unwrap();
    let mut operator = Desk::open(ru, "operator").await;
    let reason = json!({ "reason": "sent by mistake" });
    let path = format!("/v1/queue/{entry}/drop");
    let dropped = operator.post(&path, &reason).await;
    assert_eq!(dropped.status, StatusCode::OK);
    // Nobody can know whether it had left; its amendment follows it.
    let answer = desk.amend(&first.id, &Declaration::Kz.fresh()).await;
    let second = accepted(ru, &answer);
    assert_eq!(states(&second), [PartState::Queued]);

    trial.serve(&["KZ"]).await;
    let waits = |queue: &Value| {
        let waiting = queue["waiting"].as_array().unwrap();
        waiting
            .iter()
            .any(|one| one["last_code"] == "DELIVERY_WAITS")
            .then_some(())
    };
    operator.wait("/v1/queue", waits).await;
    let mut office = Desk::open(world.party("KZ").unwrap(), "officer").await;
    assert!(office.inbox().await.is_empty());

    let path = format!("/v1/queue/{entry}/retry");
    let retried = operator.post(&path, &json!({})).await;
    assert_eq!(retried.status, StatusCode::OK);
    let new = desk.settled(&second.id).await;
    assert_eq!(outgoing(&new), [("KZ", "delivered")]);
    assert_eq!(outgoing(&desk.get(&old).await), [("KZ", "delivered")]);
    let items = office.inbox().await;
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["revised"]["revision"], "amend");
    for name in ["RU", "KZ"] {
        trial.stop(name);
        trial.sound(name);
    }
}

#[tokio::test]
async fn what_waits_survives_a_crash_and_is_refused_when_its_time_is_over() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    let config = trial.party("KZ").config();
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}\n[limits]\nrevision_wait_s = 2\n")).unwrap();
    trial.serve(&["KZ"]).await;
    let world = std::sync::Arc::clone(&trial.world);
    let (ru, kz) = (world.party("RU").unwrap(), world.party("KZ").unwrap());
    let peer = Peer::new(ru, kz);
    let reference = format!(
        "</csdo:EDocId>\n<csdo:EDocRefId>{}</csdo:EDocRefId>",
        fresh_id()
    );
    let amendment = transit(&fresh_id()).replace("</csdo:EDocId>", &reference);
    let amendment = sign(&amendment, ru);
    let waiting = accepted(kz, &peer.post(&amendment).await);
    assert_eq!(states(&waiting), [PartState::Waiting]);
    trial.kill("KZ");
    trial.serve(&["KZ"]).await;
    let last = until("the last word", async || {
        let answer = peer.post(&amendment).await;
        (answer.status != StatusCode::OK).then_some(answer)
    })
    .await;
    refused(kz, &last, 422, "REVISION_UNKNOWN");
    let again = peer.post(&amendment).await;
    assert_eq!(again.body, last.body);
    let mut office = Desk::open(kz, "officer").await;
    assert!(office.inbox().await.is_empty());
    trial.stop("KZ");
    trial.sound("KZ");
}
