//! Lists of which a reader sees a part, and what is of no known post.

use super::setting::*;
use crate::store::*;

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Whether things of these posts are the reader's.
fn own(posts: &[String]) -> bool {
    posts == ["1"]
}

/// Twelve messages that wait, of which every fourth is of post 1; and as many held and alerts.
async fn filled(store: &Store) {
    let mut events = Vec::new();
    for number in 0..12 {
        let id = format!("{number:02}");
        let posts = match number % 4 {
            3 => named(&["1"]),
            _ => Vec::new(),
        };
        events.push(Event::Queued(OutboxEntry {
            posts: posts.clone(),
            ..entry(&id, &id)
        }));
        events.push(Event::Held(HeldEntry {
            id: id.clone(),
            source: "message-1".to_owned(),
            document: None,
            number: None,
            lane: "ru-eu".to_owned(),
            to: party("EU"),
            package: package(),
            at: at(3),
            findings: serde_json::Value::Null,
            posts: posts.clone(),
        }));
        events.push(Event::Alerted(alert(&id, posts)));
    }
    store.append(Vec::new(), events).await.unwrap();
}

fn alert(id: &str, posts: Vec<String>) -> Alerted {
    Alerted {
        id: id.to_owned(),
        source: "message-1".to_owned(),
        keys: Vec::new(),
        code: "DECISION_CHANGED".to_owned(),
        decision: None,
        posts,
        at: at(3),
    }
}

/// What is not to be kept takes no place: the answer is full as long as there is more to keep.
#[tokio::test]
async fn a_reader_of_some_posts_gets_full_lists() {
    let setting = Setting::new();
    let store = setting.open();
    filled(&store).await;
    let kept = ["03", "07", "11"];
    let outbox = |limit| -> Vec<String> {
        let waiting = store.outbox_of(None, limit, |message| own(&message.entry.posts));
        let ids = waiting.iter().map(|message| message.entry.id.clone());
        ids.collect()
    };
    assert_eq!((outbox(2), outbox(9)), (named(&kept[..2]), named(&kept)));
    let held = |limit| -> Vec<String> {
        let waiting = store.held_of(limit, |entry| own(&entry.posts));
        waiting.iter().map(|entry| entry.id.clone()).collect()
    };
    assert_eq!((held(2), held(9)), (named(&kept[..2]), named(&kept)));
    let alerts = |limit| {
        let found = store.alerts_of(limit, |alert| own(&alert.posts)).unwrap();
        let ids = found.items.into_iter().map(|alert| alert.id);
        (ids.collect::<Vec<_>>(), found.more)
    };
    assert_eq!(alerts(2), (named(&kept[..2]), true));
    assert_eq!(alerts(9), (named(&kept), false));
    let all = store.alerts_of(100, |_| true).unwrap();
    assert_eq!((all.items.len(), all.more), (12, false));
}

#[tokio::test]
async fn dead_letters_of_some_posts_come_the_newest_first() {
    let setting = Setting::new();
    let store = setting.open();
    filled(&store).await;
    let dropped = (0..12).map(|number| {
        Event::Dropped(Dropped {
            entry: format!("{number:02}"),
            at: at(4),
            by: "operator".to_owned(),
            reason: "for the test".to_owned(),
        })
    });
    store.append(Vec::new(), dropped.collect()).await.unwrap();
    let letters = |limit| {
        let found = store.dead_letters_of(limit, |letter| own(&letter.entry.posts));
        let found = found.unwrap();
        let ids = found.items.into_iter().map(|letter| letter.entry.id);
        (ids.collect::<Vec<_>>(), found.more)
    };
    assert_eq!(letters(2), (named(&["11", "07"]), true));
    assert_eq!(letters(9), (named(&["11", "07", "03"]), false));
}

#[tokio::test]
async fn an_alert_is_found_by_its_id_until_somebody_took_it() {
    let setting = Setting::new();
    let store = setting.open();
    let alert = alert("alert", named(&["1"]));
    let alerted = vec![Event::Alerted(alert.clone())];
    store.append(Vec::new(), alerted).await.unwrap();
    assert_eq!(store.alert("alert").unwrap(), Some(alert));
    assert_eq!(store.alert("other").unwrap(), None);
    let taken = Event::AlertTaken(AlertTaken {
        alert: "alert".to_owned(),
        at: at(4),
        by: "officer".to_owned(),
    });
    store.append(Vec::new(), vec![taken]).await.unwrap();
    assert_eq!(store.alert("alert").unwrap(), None);
}

/// Journals of before know no posts: what stands in them is of none.
#[test]
fn an_event_of_before_has_no_posts() {
    let now = OutboxEntry {
        posts: vec!["1".to_owned()],
        ..entry("a1", "a")
    };
    let mut before = serde_json::to_value(Event::Queued(now.clone())).unwrap();
    assert!(before.as_object_mut().unwrap().remove("posts").is_some());
    let read: Event = serde_json::from_value(before.clone()).unwrap();
    let expected = OutboxEntry {
        posts: Vec::new(),
        ..now
    };
    assert_eq!(read, Event::Queued(expected));
    assert_eq!(serde_json::to_value(read).unwrap(), before);
}
