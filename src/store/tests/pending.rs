//! What waits: outbox, inbox, held translations; and that nothing ends twice.

use std::collections::HashSet;
use std::sync::Arc;

use super::setting::*;
use crate::evidence::Direction;
use crate::store::*;

async fn append(store: &Store, events: Vec<Event>) -> Result<Committed, Error> {
    store.append(Vec::new(), events).await
}

fn due(store: &Store, second: i64) -> Vec<String> {
    let due = due_to("KZ", store, second, 10);
    due.iter().map(|message| message.entry.id.clone()).collect()
}

fn due_to(partner: &str, store: &Store, second: i64, limit: usize) -> Vec<Arc<QueuedMessage>> {
    store.outbox_due(&party(partner), at(second), limit, &HashSet::new())
}

fn attempted(entry: &str, second: i64) -> Event {
    Event::Attempted(Attempted {
        entry: entry.to_owned(),
        at: at(0),
        code: "PEER_DOWN".to_owned(),
        not_before: at(second),
        reached: false,
        aside: false,
    })
}

fn delivered(entry: &str) -> Event {
    Event::Delivered(Delivered {
        entry: entry.to_owned(),
        at: at(0),
        partner_receipt: claim("", 7).content,
    })
}

#[test]
fn what_is_under_way_is_not_due_again() {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        for id in ["a", "b"] {
            let event = Event::Queued(entry(id, id));
            append(&store, vec![event]).await.unwrap();
        }
        let due = |under_way: &[u64]| {
            let under_way = under_way.iter().copied().collect();
            let due = store.outbox_due(&party("KZ"), at(0), 1, &under_way);
            due.first().map(|it| (it.entry.id.clone(), it.number))
        };
        let (first, number) = due(&[]).unwrap();
        let (second, next) = due(&[number]).unwrap();
        assert_eq!((first.as_str(), second.as_str()), ("a", "b"));
        assert_eq!(due(&[number, next]), None);
    });
}

#[test]
fn order_is_kept_within_a_case_and_across_restarts() {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        let mut changes = store.outbox_changes();
        changes.mark_unchanged();
        for (id, case) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")] {
            append(&store, vec![Event::Queued(entry(id, case))])
                .await
                .unwrap();
        }
        assert!(changes.has_changed().unwrap());
        assert_eq!(due(&store, 0), ["a1", "b1"]);
        assert_eq!(due_to("KZ", &store, 0, 1).len(), 1);
        assert!(due_to("EU", &store, 0, 10).is_empty());
        // A failing head blocks its own case alone.
        append(&store, vec![attempted("a1", 60)]).await.unwrap();
        assert_eq!(due(&store, 59), ["b1"]);
        assert_eq!(due(&store, 60), ["b1", "a1"]);
        assert_eq!(store.outbox_next_due(&party("KZ"), at(59)), Some(at(60)));
        append(&store, vec![delivered("b1")]).await.unwrap();
        assert_eq!(due(&store, 59), ["b2"]);
    });
    run(async {
        let store = setting.open();
        assert_eq!(due(&store, 60), ["b2", "a1"]);
        let head = &due_to("KZ", &store, 60, 10)[1];
        assert_eq!((head.attempts, head.not_before), (1, Some(at(60))));
        assert_eq!(head.last_code.as_deref(), Some("PEER_DOWN"));
        let stop = Parked {
            entry: "a1".to_owned(),
            at: at(0),
            by: "operator".to_owned(),
            reason: "asked by phone".to_owned(),
        };
        append(&store, vec![Event::Parked(stop)]).await.unwrap();
        assert_eq!(due(&store, 60), ["b2"]);
    });
    run(async {
        let store = setting.open();
        assert_eq!(due(&store, 60), ["b2"]);
        let go = Released {
            entry: "a1".to_owned(),
            at: at(0),
            by: "operator".to_owned(),
        };
        append(&store, vec![Event::Released(go)]).await.unwrap();
        assert_eq!(due(&store, 0), ["a1", "b2"]);
        let end = Rejected {
            entry: "a1".to_owned(),
            at: at(0),
            code: "SCHEMA".to_owned(),
            partner_receipt: None,
        };
        append(&store, vec![Event::Rejected(end)]).await.unwrap();
        assert_eq!(due(&store, 0), ["a2", "b2"]);
        assert_eq!(store.dead_letters(10).unwrap()[0].entry.id, "a1");
        let state = store.outgoing("b1").unwrap().unwrap().state;
        assert!(matches!(state, OutgoingState::Delivered { .. }));
        assert_eq!(
            store.outgoing("a2").unwrap().unwrap().state,
            OutgoingState::Queued
        );
        assert_eq!(store.outgoing("c1").unwrap(), None);
        let stats = store.stats();
        assert_eq!((stats.outbox_depth, stats.outbox_oldest), (2, Some(at(0))));
        assert_eq!(store.outbox(None, 10).len(), 2);
        assert_eq!(store.outbox_partners(), [party("KZ")]);
    });
}

#[test]
fn nothing_is_delivered_twice_and_a_refused_leaf_leaves_no_gap() {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        append(&store, vec![Event::Queued(entry("a1", "a"))])
            .await
            .unwrap();
        let kz = party("KZ");
        let first = store
            .reserve(&kz, Direction::Out, &[], at(0))
            .await
            .unwrap();
        let second = store
            .reserve(&kz, Direction::Out, &[], at(0))
            .await
            .unwrap();
        let batch = |place: &Reservation, id: &str| {
            let mut batch = message(place, id, &[]);
            batch.events = vec![delivered("a1")];
            batch
        };
        let (one, two) = (batch(&first, "r1"), batch(&second, "r2"));
        // Both at once, in one batch of the journal.
        let (one, two) = tokio::join!(store.commit(first, one), store.commit(second, two));
        one.unwrap();
        assert_eq!(two.unwrap_err().code(), "STORE_NOT_PENDING");
        assert_eq!(
            append(&store, vec![delivered("a1")])
                .await
                .unwrap_err()
                .code(),
            "STORE_NOT_PENDING"
        );
        assert!(store.is_healthy());
        let third = store
            .reserve(&kz, Direction::Out, &[], at(0))
            .await
            .unwrap();
        assert_eq!((third.leaf_index, third.counter), (2, 3));
        drop(third);
        check_log(&store).await;
    });
}

#[test]
fn the_inbox_is_read_by_cursor_and_acknowledged_once() {
    let setting = Setting::new();
    let item = |id: &str| InboxItem {
        id: id.to_owned(),
        source: "message-1".to_owned(),
        partner: party("EU"),
        canonical: claim("", 1).content,
        original: claim("", 2).content,
        package: package(),
        at: at(0),
        correlates: Some("national-1".to_owned()),
        replaces: None,
        translated: None,
        posts: Vec::new(),
    };
    let taken = |id: &str| {
        Event::Acknowledged(Acknowledged {
            item: id.to_owned(),
            at: at(1),
            by: "officer".to_owned(),
        })
    };
    let ids = |items: &[InboxRecord]| {
        items
            .iter()
            .map(|item| item.item.id.clone())
            .collect::<Vec<_>>()
    };
    run(async {
        let store = setting.open();
        for id in ["1", "2", "3"] {
            append(&store, vec![Event::Inbox(item(id))]).await.unwrap();
        }
        let all = store.inbox(None, 10).unwrap();
        assert_eq!(ids(&all), ["1", "2", "3"]);
        assert_eq!(ids(&store.inbox(None, 2).unwrap()), ["1", "2"]);
        assert_eq!(
            ids(&store.inbox(Some(all[0].cursor), 10).unwrap()),
            ["2", "3"]
        );
        assert!(store.inbox(Some(u64::MAX), 10).unwrap().is_empty());
        append(&store, vec![taken("2")]).await.unwrap();
        assert_eq!(
            append(&store, vec![taken("2")]).await.unwrap_err().code(),
            "STORE_NOT_PENDING"
        );
        assert_eq!(
            append(&store, vec![taken("9")]).await.unwrap_err().code(),
            "STORE_NOT_PENDING"
        );
        // Both within one commit.
        append(&store, vec![Event::Inbox(item("4")), taken("4")])
            .await
            .unwrap();
    });
    run(async {
        let store = setting.open();
        assert_eq!(ids(&store.inbox(None, 10).unwrap()), ["1", "3"]);
        let record = store.inbox_item("2").unwrap().unwrap();
        assert_eq!(record.acknowledged_by.as_deref(), Some("officer"));
        assert_eq!(store.inbox_item("9").unwrap(), None);
    });
}

#[test]
fn a_held_translation_is_resolved_once() {
    let setting = Setting::new();
    let held = |id: &str| HeldEntry {
        id: id.to_owned(),
        source: "message-1".to_owned(),
        document: None,
        number: None,
        lane: "ru-eu".to_owned(),
        to: party("EU"),
        package: package(),
        at: at(3),
        findings: serde_json::json!([{"code": "OFFICE_UNKNOWN"}]),
        posts: Vec::new(),
    };
    let resolved = |id: &str| {
        Event::HeldResolved(HeldResolved {
            held: id.to_owned(),
            at: at(4),
            by: "officer".to_owned(),
            resolution: Resolution::Queued,
        })
    };
    run(async {
        let store = setting.open();
        for id in ["1", "2"] {
            append(&store, vec![Event::Held(held(id))]).await.unwrap();
        }
        let sent = vec![resolved("1"), Event::Queued(entry("out-1", "case"))];
        append(&store, sent.clone()).await.unwrap();
        assert_eq!(
            append(&store, sent).await.unwrap_err().code(),
            "STORE_NOT_PENDING"
        );
        assert_eq!(store.outbox(None, 10).len(), 1);
    });
    run(async {
        let store = setting.open();
        let waiting = store.held(10);
        assert_eq!(waiting.len(), 1);
        assert_eq!(*waiting[0], held("2"));
        assert_eq!(store.held_entry("2").unwrap().unwrap().resolution, None);
        let ended = store.held_entry("1").unwrap().unwrap();
        assert_eq!(ended.resolution, Some(Resolution::Queued));
        assert_eq!(ended.entry, held("1"));
        assert_eq!(store.held_entry("3").unwrap(), None);
        assert_eq!(store.stats().held_oldest, Some(at(3)));
    });
}

fn refused(entry: &str) -> Event {
    Event::Rejected(Rejected {
        entry: entry.to_owned(),
        at: at(0),
        code: "SCHEMA".to_owned(),
        partner_receipt: None,
    })
}

fn dropped(entry: &str, by: &str) -> Event {
    Event::Dropped(Dropped {
        entry: entry.to_owned(),
        at: at(0),
        by: by.to_owned(),
        reason: "no longer needed".to_owned(),
    })
}

fn again(entry: OutboxEntry) -> Event {
    Event::Requeued(Requeued {
        entry,
        at: at(1),
        by: "operator".to_owned(),
    })
}

#[test]
fn a_dead_letter_goes_again_behind_its_case_and_only_once() {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        for (id, case) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")] {
            let queued = vec![Event::Queued(entry(id, case))];
            append(&store, queued).await.unwrap();
        }
        append(&store, vec![refused("a1")]).await.unwrap();
        append(&store, vec![dropped("b1", "operator")])
            .await
            .unwrap();
        append(&store, vec![dropped("b2", "gateway")])
            .await
            .unwrap();
        let letters = store.dead_letters(10).unwrap();
        let ids: Vec<_> = letters.iter().map(|l| l.entry.id.as_str()).collect();
        assert_eq!(ids, ["b1", "a1"]);
        // Two at once, of which one is late.
        let entry = letters[1].entry.clone();
        let (one, other) = (vec![again(entry.clone())], vec![again(entry.clone())]);
        let (one, other) = tokio::join!(append(&store, one), append(&store, other));
        assert!(one.is_ok() != other.is_ok());
        assert_eq!(due(&store, 0), ["a2"]);
        assert_eq!(store.dead_letters(10).unwrap().len(), 1);
        let state = store.outgoing("a1").unwrap().unwrap().state;
        assert_eq!(state, OutgoingState::Queued);
        // What waits, or was taken out by the gateway, is no dead letter.
        for id in ["a2", "b2"] {
            let found = store.outgoing(id).unwrap().unwrap().entry;
            let late = append(&store, vec![again(found)]).await.unwrap_err();
            assert_eq!(late.code(), "STORE_NOT_PENDING");
        }
    });
    let check = |setting: &Setting| {
        run(async {
            let store = setting.open();
            assert_eq!(due(&store, 0), ["a2"]);
            assert_eq!(store.dead_letters(10).unwrap()[0].entry.id, "b1");
            let waiting = store.outbox(None, 10);
            let ids: Vec<_> = waiting.iter().map(|m| m.entry.id.as_str()).collect();
            assert_eq!(ids, ["a2", "a1"]);
        });
    };
    check(&setting);
    rebuild(&setting.path(), setting.options.disk.clone()).unwrap();
    check(&setting);
    run(async {
        let store = setting.open();
        append(&store, vec![delivered("a2")]).await.unwrap();
        assert_eq!(due(&store, 0), ["a1"]);
        append(&store, vec![refused("a1")]).await.unwrap();
        assert_eq!(store.dead_letters(10).unwrap().len(), 2);
    });
}

#[test]
fn what_has_gone_can_neither_be_held_nor_let_go() {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        let queued = vec![Event::Queued(entry("a1", "a"))];
        append(&store, queued).await.unwrap();
        append(&store, vec![delivered("a1")]).await.unwrap();
        let by = "operator".to_owned();
        let (entry, reason) = ("a1".to_owned(), "late".to_owned());
        let stop = Event::Parked(Parked {
            entry: entry.clone(),
            at: at(0),
            by: by.clone(),
            reason,
        });
        let go = Event::Released(Released {
            entry,
            at: at(0),
            by,
        });
        for event in [stop, go] {
            let late = append(&store, vec![event]).await.unwrap_err();
            assert_eq!(late.code(), "STORE_NOT_PENDING");
        }
    });
}
