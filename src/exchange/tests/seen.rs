//! Posts: what is another post's is not seen, by whatever way one asks.

use bytes::Bytes;
use serde_json::{Value, json};

use super::posts::*;
use super::setting::*;
use crate::evidence::PartState;
use crate::exchange::{Answer, Changed, Entry, EntryError, InboxForm, SupplementError, View};
use crate::model::{CaseKey, KeyKind, Principal, Role, Sha256};
use crate::recognition::Agreements;
use crate::store::{Alerted, Event, InboxItem};
use crate::translate::Supplement;

const UCR: &str = "6CN91230900MA18X7-2026-000417";
const RESULT: &str =
    include_str!("../../../schemas/wco/control-result/1.0/samples/cn-ru-tomatoes.xml");
const RECEIVED: &str = include_str!("../../../schemas/lanes/cn-ru-control-result-received.toml");

/// A gateway that sent a declaration of [`BAY`] and one of [`FORT`] to the EU, and the LRNs of both.
async fn asked() -> (Node, [String; 2]) {
    let ru = Node::new(&[RU_EU, EU_RU]);
    let fort = swap(&swap(TO_FI, BAY, FORT), "ХЕЛЬСИНКИ", "ЛАППЕЕНРАНТА");
    for declaration in [TO_FI, &renumbered(&fort, ID)] {
        let made = parts(&ru.submit(declaration).await);
        assert_eq!(made[0].state, PartState::Queued, "{made:?}");
    }
    let lrn = |post: &str| {
        let queued = ru.queued();
        let sent = queued.iter().find(|sent| sent.posts == [post]).unwrap();
        let mut keys = sent.keys.iter();
        let lrn = keys.find(|key| key.kind == KeyKind::Lrn).unwrap();
        lrn.value.clone()
    };
    let lrns = [lrn(BAY), lrn(FORT)];
    (ru, lrns)
}

/// An answer to the declaration with this LRN, under an id that ends in `number`.
fn answering(lrn: &str, number: usize) -> Bytes {
    let answer = swap(ANSWER, ANSWER_LRN, lrn);
    let id = format!("FI2611230{number:07}");
    signed("EU", &swap(&answer, "FI26112300000417", &id))
}

async fn page(ru: &Node, by: &Principal, after: Option<u64>, limit: usize) -> Value {
    ru.gateway.inbox_view(by, after, limit).await.unwrap()
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| item["message_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_answer_reaches_the_post_of_what_it_answers_and_no_other() {
    let (ru, [bay, fort]) = asked().await;
    let stray = "RU00000000FFFF".to_owned();
    let of_bay = ru.receive("EU", answering(&bay, 1)).await;
    for (number, lrn) in [(2, &fort), (3, &stray)] {
        parts(&ru.receive("EU", answering(lrn, number)).await);
    }
    let all = page(&ru, &officer(), None, 10).await;
    assert_eq!(ids(&all).len(), 3);
    let items = all["items"].as_array().unwrap();
    assert_eq!(items[0]["posts"], json!([BAY]));
    assert_eq!(items[2]["posts"], json!([]));
    for role in [Role::Officer, Role::Auditor] {
        let at_bay = page(&ru, &at(role, &[BAY]), None, 10).await;
        assert_eq!(ids(&at_bay), ["FI26112300000001"]);
        let at_fort = page(&ru, &at(role, &[FORT]), None, 10).await;
        assert_eq!(ids(&at_fort), ["FI26112300000002"]);
    }
    let id = items[0]["id"].as_str().unwrap();
    let (ours, theirs) = (at(Role::Officer, &[BAY]), at(Role::Officer, &[FORT]));
    for form in [InboxForm::Canonical, InboxForm::Original] {
        let content = async |by| ru.gateway.inbox_content(by, id, form).await.unwrap();
        assert!(content(&ours).await.is_some() && content(&theirs).await.is_none());
    }
    // Receipt, proof and message, by every id.
    let receipt = &of_bay.receipt_id;
    let message = ru
        .gateway
        .store()
        .receipt(receipt)
        .unwrap()
        .unwrap()
        .message;
    for id in [receipt, &message] {
        let view = async |by| ru.gateway.message_view(by, id).await.unwrap();
        assert!(view(&ours).await.is_some() && view(&theirs).await.is_none());
    }
    let sealed = async |by| ru.gateway.receipt(by, receipt).await.unwrap();
    assert!(sealed(&ours).await.is_some() && sealed(&theirs).await.is_none());
    let proof = async |by| ru.gateway.proof(by, receipt).await.unwrap();
    assert!(proof(&ours).await.is_some() && proof(&theirs).await.is_none());
    // Nobody takes what is another post's.
    assert!(!ru.gateway.acknowledge(&theirs, id).await.unwrap());
    assert!(ru.gateway.acknowledge(&ours, id).await.unwrap());
}

#[tokio::test]
async fn pages_of_a_post_are_full_and_lead_on() {
    let (ru, [bay, fort]) = asked().await;
    for number in 0..12 {
        let lrn = if number % 4 == 3 { &fort } else { &bay };
        parts(&ru.receive("EU", answering(lrn, number)).await);
    }
    let by = at(Role::Officer, &[FORT]);
    let first = page(&ru, &by, None, 2).await;
    assert_eq!(ids(&first), ["FI26112300000003", "FI26112300000007"]);
    let second = page(&ru, &by, first["next"].as_u64(), 2).await;
    assert_eq!(ids(&second), ["FI26112300000011"]);
    let last = page(&ru, &by, second["next"].as_u64(), 2).await;
    assert_eq!((ids(&last).len(), &last["next"]), (0, &Value::Null));
    // One that is exactly full ends the same way.
    let full = page(&ru, &by, None, 3).await;
    assert_eq!(ids(&full).len(), 3);
    let after = page(&ru, &by, full["next"].as_u64(), 3).await;
    assert_eq!((ids(&after).len(), &after["next"]), (0, &Value::Null));
    let of_bay = page(&ru, &at(Role::Officer, &[BAY]), None, 100).await;
    assert_eq!(ids(&of_bay).len(), 9);
}

/// However much of other posts lies before, one question looks through a part of it and says where to
/// go on.
#[tokio::test]
async fn an_empty_page_with_more_behind_it_leads_on() {
    let ru = Node::new(&[EU_RU]);
    let item = |number: usize, posts: &[&str]| {
        Event::Inbox(InboxItem {
            id: format!("item-{number}"),
            source: "message".to_owned(),
            partner: party("EU"),
            canonical: Sha256([1; 32]),
            original: Sha256([2; 32]),
            package: "eu/cc028c/51.8.6".parse().unwrap(),
            at: now(),
            correlates: None,
            replaces: None,
            translated: None,
            posts: posts.iter().map(|post| (*post).to_owned()).collect(),
        })
    };
    let mut events: Vec<Event> = (0..5000).map(|number| item(number, &[BAY])).collect();
    events.push(item(5000, &[FORT]));
    ru.gateway.store().append(Vec::new(), events).await.unwrap();
    let by = at(Role::Officer, &[FORT]);
    let first = page(&ru, &by, None, 10).await;
    assert_eq!(first["items"], json!([]));
    let second = page(&ru, &by, first["next"].as_u64(), 10).await;
    assert_eq!(second["items"][0]["id"], "item-5000");
    let last = page(&ru, &by, second["next"].as_u64(), 10).await;
    assert_eq!((&last["items"], &last["next"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn what_is_held_is_seen_and_supplemented_at_its_post() {
    let ru = Node::new(&[RU_EU]);
    let unlisted = swap(TO_FI, "ХЕЛЬСИНКИ", "КЕМИ");
    parts(&ru.submit(&unlisted).await);
    let id = ru.held().remove(0);
    let (ours, theirs) = (at(Role::Officer, &[BAY]), at(Role::Officer, &[PASS]));
    let listed = |by: &Principal| {
        let view = ru.gateway.held_view(by);
        view["items"].as_array().unwrap().len()
    };
    assert_eq!((listed(&ours), listed(&theirs)), (1, 0));
    assert_eq!(listed(&at(Role::Operator, &[PASS])), 0);
    let entry = |by| ru.gateway.held_entry_view(by, &id).unwrap();
    assert!(entry(&ours).is_some() && entry(&theirs).is_none());
    let values = || {
        vec![Supplement {
            path: "CustomsOfficeOfDestinationDeclared/referenceNumber".to_owned(),
            value: "FI005000".to_owned(),
        }]
    };
    let refused = ru.gateway.supplement(&theirs, &id, values()).await;
    assert!(matches!(refused, Err(SupplementError::NotHeld)));
    assert_eq!(ru.held().len(), 1);
    let resumed = ru.gateway.supplement(&ours, &id, values()).await.unwrap();
    assert_eq!(resumed.held_again, None);
    assert_eq!(ru.queued()[0].posts, [BAY]);
    // What was answered to one post is not another's, resolved or not.
    let again = ru.gateway.supplement(&theirs, &id, values()).await;
    assert!(matches!(again, Err(SupplementError::NotHeld)));
    let receipt = &resumed.answer.receipt_id;
    let sealed = async |by| ru.gateway.receipt(by, receipt).await.unwrap();
    assert!(sealed(&ours).await.is_some() && sealed(&theirs).await.is_none());
}

#[tokio::test]
async fn a_submitter_follows_its_own_whatever_its_posts() {
    let ru = Node::new(&[RU_KZ]);
    let by = at(Role::Submitter, &[PASS]);
    let nonsense = submit(&ru, &by, "<nonsense/>").await;
    let taken = submit(&ru, &by, TO_KZ).await;
    let refused = submit(&ru, &at(Role::Submitter, &[BAY]), TO_KZ).await;
    let seen = async |by: &Principal, answer: &Answer| {
        let view = ru.gateway.message_view(by, &answer.receipt_id).await;
        view.unwrap().is_some()
    };
    assert!(seen(&by, &nonsense).await && seen(&by, &taken).await);
    // Another's of the same post is not its own.
    let colleague = principal("colleague", Role::Submitter);
    assert!(!seen(&colleague, &taken).await && !seen(&by, &refused).await);
    assert!(seen(&at(Role::Submitter, &[BAY]), &refused).await);
    // An officer of the post sees what was refused there, and what names no post is of no post.
    let at_pass = at(Role::Officer, &[PASS]);
    assert!(seen(&at_pass, &refused).await && !seen(&at_pass, &nonsense).await);
    assert!(seen(&officer(), &nonsense).await);
    assert!(!seen(&at(Role::Officer, &[BAY]), &refused).await);
}

#[tokio::test]
async fn a_case_shows_what_is_of_the_post() {
    let (ru, [bay, fort]) = asked().await;
    parts(&ru.receive("EU", answering(&bay, 1)).await);
    let keys = |kind, values: [&str; 2]| values.map(|value| CaseKey::new(kind, value));
    let joined = json!({ "keys": keys(KeyKind::Lrn, [&bay, &fort]), "reason": "one lorry" });
    let join = async |by: &Principal, stated: &Value| {
        let body = Bytes::from(stated.to_string());
        ru.gateway.enter(by, Entry::Join, body).await
    };
    let near = at(Role::Officer, &[NEAR]);
    assert!(matches!(
        join(&near, &joined).await,
        Err(EntryError::NotFound)
    ));
    let unknown = json!({ "keys": keys(KeyKind::Lrn, ["x", "y"]), "reason": "none" });
    assert!(matches!(
        join(&near, &unknown).await,
        Err(EntryError::NotFound)
    ));
    join(&at(Role::Officer, &[BAY]), &joined).await.unwrap();

    let cases = async |by: &Principal, lrn: &str| {
        let view = View::Cases(CaseKey::new(KeyKind::Lrn, lrn));
        let found = ru.gateway.look(by, view).await.unwrap().unwrap();
        found["cases"].as_array().unwrap().clone()
    };
    let length = |case: &Value| case["timeline"].as_array().unwrap().len();
    let all = cases(&officer(), &bay).await;
    // Two declarations, an answer, and the join.
    assert_eq!((all.len(), length(&all[0])), (1, 4));
    let at_bay = cases(&at(Role::Officer, &[BAY]), &bay).await;
    assert_eq!((at_bay.len(), length(&at_bay[0])), (1, 3));
    let at_fort = cases(&at(Role::Officer, &[FORT]), &fort).await;
    assert_eq!((at_fort.len(), length(&at_fort[0])), (1, 2));
    let stated = at_fort[0]["timeline"].as_array().unwrap();
    assert!(stated.iter().all(|message| {
        let posts = message["posts"].as_array().unwrap();
        posts.contains(&json!(FORT))
    }));
    assert!(cases(&near, &bay).await.is_empty());

    // By an id: one's own message leads to the case, another's is not there.
    let of_bay = at_bay[0]["id"].as_str().unwrap().to_owned();
    let case = async |by, id: &str| {
        let view = View::Case(id.to_owned());
        ru.gateway.look(by, view).await.unwrap()
    };
    let (ours, theirs) = (at(Role::Officer, &[BAY]), at(Role::Officer, &[FORT]));
    let found = case(&ours, &of_bay).await.unwrap();
    assert_eq!(found, at_bay[0]);
    for id in [of_bay.as_str(), "no-such-message"] {
        assert!(case(&theirs, id).await.is_none());
    }
}

#[tokio::test]
async fn decisions_and_entries_are_of_the_post_that_the_goods_enter() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/agreements");
    let ru = Node::with(&[RECEIVED], |settings| {
        settings.agreements = Agreements::load_dir(std::path::Path::new(folder)).unwrap();
    });
    let today = RESULT.replace("2026-11-22", "2026-06-01");
    parts(&ru.receive("CN", signed("CN", &today)).await);
    let (ours, theirs) = (at(Role::Officer, &[PASS]), at(Role::Officer, &[BAY]));
    let look = async |by, view| ru.gateway.look(by, view).await.unwrap();
    let of_key = || View::Recognitions(CaseKey::new(KeyKind::Ucr, UCR));
    let found = look(&ours, of_key()).await.unwrap();
    let decisions = found["decisions"].as_array().unwrap();
    assert_eq!(decisions.len(), 1);
    assert_eq!(
        look(&theirs, of_key()).await.unwrap(),
        json!({ "decisions": [] })
    );
    let id = decisions[0]["id"].as_str().unwrap().to_owned();
    for view in [View::Decision(id.clone()), View::DecisionFacts(id)] {
        assert!(look(&ours, view.clone()).await.is_some());
        assert!(look(&theirs, view).await.is_none());
    }
    let message = decisions[0]["message"].as_str().unwrap().to_owned();
    let arrival = |post: &str| {
        let arrival = json!({
            "office": { "id": post, "country": "RU" },
            "arrivalDateTime": "2026-06-01T11:20:00+10:00",
            "useRestrictionCode": "customs-purposes",
        });
        Bytes::from(arrival.to_string())
    };
    let enter = async |by, body| {
        let entry = Entry::Arrival(message.clone());
        ru.gateway.enter(by, entry, body).await
    };
    // Not at another post, and not about what is another's.
    let elsewhere = enter(&ours, arrival(BAY)).await;
    assert!(matches!(elsewhere, Err(EntryError::NotAllowed)));
    let hidden = enter(&theirs, arrival(BAY)).await;
    assert!(matches!(hidden, Err(EntryError::NotFound)), "{hidden:?}");
    enter(&ours, arrival(PASS)).await.unwrap();
    let same = enter(&theirs, arrival(PASS)).await;
    assert!(matches!(same, Err(EntryError::NotFound)), "{same:?}");
}

/// What only messages of other posts say is not said in the name of an officer who does not see them.
#[tokio::test]
async fn an_entry_states_keys_that_its_officer_sees() {
    let (ru, [bay, fort]) = asked().await;
    parts(&ru.receive("EU", answering(&bay, 1)).await);
    let keys = [&bay, &fort].map(|lrn| CaseKey::new(KeyKind::Lrn, lrn));
    let joined = json!({ "keys": keys, "reason": "one lorry" });
    let joined = Bytes::from(joined.to_string());
    let join = ru.gateway.enter(&officer(), Entry::Join, joined).await;
    join.unwrap();
    let store = ru.gateway.store();
    let arrive = async |post: &str, ucr: Option<&str>| {
        let queued = ru.queued();
        let sent = queued.iter().find(|sent| sent.posts == [post]).unwrap();
        let arrival = json!({
            "office": { "id": post, "country": "RU" },
            "arrivalDateTime": "2026-06-01T11:20:00+10:00",
            "ucr": ucr,
        });
        let entry = Entry::Arrival(sent.source.clone());
        let body = Bytes::from(arrival.to_string());
        let by = at(Role::Officer, &[post]);
        let answer = ru.gateway.enter(&by, entry, body).await?;
        let receipt = store.receipt(answer["receipt_id"].as_str().unwrap());
        let message = store.message(&receipt.unwrap().unwrap().message);
        Ok::<_, EntryError>(message.unwrap().unwrap().keys)
    };
    let mrns = |keys: &[CaseKey]| keys.iter().filter(|key| key.kind == KeyKind::Mrn).count();
    // The MRN of the one post's declaration completes no entry of the other.
    let unknown = arrive(FORT, None).await;
    assert!(
        matches!(unknown, Err(EntryError::Malformed(_))),
        "{unknown:?}"
    );
    let at_fort = arrive(FORT, Some(UCR)).await.unwrap();
    assert_eq!(mrns(&at_fort), 0, "{at_fort:?}");
    // Both officers see the statement that joins the two.
    assert!(keys.iter().all(|key| at_fort.contains(key)));
    let at_bay = arrive(BAY, None).await.unwrap();
    assert_eq!(mrns(&at_bay), 1, "{at_bay:?}");
    assert!(keys.iter().all(|key| at_bay.contains(key)));
}

#[tokio::test]
async fn an_alert_that_names_no_post_is_for_those_of_all_posts() {
    let ru = Node::new(&[RU_KZ]);
    let alert = Event::Alerted(Alerted {
        id: "alert".to_owned(),
        source: "message".to_owned(),
        keys: Vec::new(),
        code: "DECISION_CHANGED".to_owned(),
        decision: None,
        posts: Vec::new(),
        at: now(),
    });
    let appended = ru.gateway.store().append(Vec::new(), vec![alert]).await;
    appended.unwrap();
    let listed = async |by: &Principal| {
        let seen = ru.gateway.look(by, View::Alerts).await.unwrap().unwrap();
        seen["alerts"].as_array().unwrap().len()
    };
    let limited = at(Role::Officer, &[PASS]);
    assert_eq!((listed(&limited).await, listed(&officer()).await), (0, 1));
    let take = async |by: &Principal| {
        let entry = Entry::AlertTaken("alert".to_owned());
        ru.gateway.enter(by, entry, Bytes::from_static(b"{}")).await
    };
    assert!(matches!(take(&limited).await, Err(EntryError::NotFound)));
    take(&officer()).await.unwrap();
}

#[tokio::test]
async fn an_operator_handles_the_queue_of_its_posts() {
    let (ru, _) = asked().await;
    let (bay, fort) = (at(Role::Operator, &[BAY]), at(Role::Operator, &[FORT]));
    let waiting = |by: &Principal| {
        let view = ru.gateway.queue_view(by, None).unwrap();
        let entries = view["waiting"].as_array().unwrap().iter();
        entries
            .map(|entry| entry["entry"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let [of_bay] = waiting(&bay).try_into().unwrap();
    assert_eq!(waiting(&fort).len(), 1);
    assert_eq!(waiting(&principal("all", Role::Operator)).len(), 2);
    let gateway = &ru.gateway;
    let hold = async |by| gateway.hold(by, &of_bay, "why").await.unwrap();
    assert_eq!(hold(&fort).await, Changed::Unknown);
    assert_eq!(hold(&bay).await, Changed::Done);
    let retry = async |by| gateway.retry(by, &of_bay).await.unwrap();
    assert_eq!(retry(&fort).await, Changed::Unknown);
    let drop = async |by| gateway.drop_queued(by, &of_bay, "why").await.unwrap();
    assert_eq!(drop(&fort).await, Changed::Unknown);
    assert_eq!(drop(&bay).await, Changed::Done);
    let letters = |by| gateway.queue_view(by, None).unwrap()["dead_letters"].clone();
    assert_eq!(letters(&fort), json!([]));
    assert_eq!(letters(&bay)[0]["entry"], json!(of_bay));
    let eu = party("EU");
    assert_eq!(gateway.retry_all(&fort, &eu, true).await.unwrap(), 0);
    assert_eq!(gateway.retry_all(&bay, &eu, true).await.unwrap(), 1);
}

/// A manifest of China names no office of ours; the transit declaration that is made of it does.
#[tokio::test]
async fn what_is_made_of_a_message_says_its_post_where_it_does_not() {
    let ru = Node::new(&[CN_RU]);
    parts(&ru.receive("CN", signed("CN", MANIFEST)).await);
    let pass = at(Role::Officer, &[PASS]);
    assert!(ids(&page(&ru, &pass, None, 10).await).is_empty());
    let id = ru.held().remove(0);
    assert!(ru.gateway.held_entry_view(&pass, &id).unwrap().is_none());
    let values = vec![Supplement {
        path: "TransitGuaranteeDetails/GuaranteePresentCode".to_owned(),
        value: "1".to_owned(),
    }];
    let resumed = ru.gateway.supplement(&officer(), &id, values).await;
    assert_eq!(resumed.unwrap().held_again, None);
    let found = page(&ru, &officer(), None, 10).await;
    let made = found["items"].as_array().unwrap().last().unwrap();
    let posts = made["posts"].as_array().unwrap();
    assert_eq!(posts.len(), 1, "{made}");
    let post = posts[0].as_str().unwrap();
    let there = page(&ru, &at(Role::Officer, &[post]), None, 10).await;
    assert_eq!(there["items"], json!([made]));
    let elsewhere = page(&ru, &at(Role::Officer, &[BAY]), None, 10).await;
    assert_eq!(elsewhere["items"], json!([]));
}
