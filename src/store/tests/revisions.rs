//! What is taken back, and when it is too late for that.

use std::collections::HashSet;

use super::setting::*;
use crate::model::Revision;
use crate::store::*;

fn queued(id: &str) -> (Vec<Body>, Vec<Event>) {
    let entry = entry(id, "case");
    (
        vec![bytes::Bytes::from(id.to_owned()).into()],
        vec![Event::Queued(entry)],
    )
}

fn recalled(id: &str) -> Event {
    Event::Recalled(Recalled {
        entry: id.to_owned(),
        at: at(0),
        by: "post".to_owned(),
        revised_by: "message-2".to_owned(),
    })
}

fn revised(message: &str) -> Event {
    Event::Revised(Revised {
        message: message.to_owned(),
        revision: Revision::Amend,
        by: "message-2".to_owned(),
        at: at(0),
    })
}

fn attempted(id: &str, reached: bool) -> Event {
    Event::Attempted(Attempted {
        entry: id.to_owned(),
        at: at(0),
        code: "PEER_DOWN".to_owned(),
        not_before: at(0),
        reached,
        aside: false,
    })
}

async fn append(store: &Store, event: Event) -> Result<Committed, Error> {
    store.append(Vec::new(), vec![event]).await
}

fn is_stale(result: &Result<Committed, Error>) -> bool {
    matches!(result, Err(Error::NotPending { .. }))
}

async fn setting() -> (Setting, Store) {
    let setting = Setting::new();
    let store = setting.open();
    let (bodies, events) = queued("one");
    store.append(bodies, events).await.unwrap();
    (setting, store)
}

/// The same, with these events.
async fn setting_of(events: &[Event]) -> (Setting, Store) {
    let (setting, store) = setting().await;
    store.append(Vec::new(), events.to_vec()).await.unwrap();
    (setting, store)
}

fn state(store: &Store, id: &str) -> OutgoingState {
    store.outgoing(id).unwrap().unwrap().state
}

#[test]
fn what_was_never_tried_is_taken_back_once_and_kept() {
    run(async {
        let (setting, store) = setting().await;
        append(&store, attempted("one", false)).await.unwrap();
        append(&store, recalled("one")).await.unwrap();
        assert!(store.outbox(None, 10).is_empty());
        assert!(!store.begin_attempt("one"));
        assert!(is_stale(&append(&store, recalled("one")).await));
        drop(store);
        let store = setting.open();
        let OutgoingState::Recalled { by, revised_by, .. } = state(&store, "one") else {
            panic!("{:?}", state(&store, "one"));
        };
        assert_eq!((by.as_str(), revised_by.as_str()), ("post", "message-2"));
        assert!(!store.outgoing("one").unwrap().unwrap().may_have_reached);
        assert!(store.dead_letters(10).unwrap().is_empty());
        let body = crate::evidence::sha256(b"one");
        assert!(store.body(&body).unwrap().is_some());
    });
}

#[test]
fn what_may_have_reached_the_partner_stays() {
    run(async {
        let (_setting, store) = setting().await;
        // An attempt is under way, and ends without a byte sent.
        assert!(store.begin_attempt("one"));
        assert!(is_stale(&append(&store, recalled("one")).await));
        append(&store, attempted("one", false)).await.unwrap();
        assert!(!store.outgoing("one").unwrap().unwrap().may_have_reached);
        // Another one may have come through; a later one that did not changes nothing about that.
        append(&store, attempted("one", true)).await.unwrap();
        append(&store, attempted("one", false)).await.unwrap();
        assert!(store.outgoing("one").unwrap().unwrap().may_have_reached);
        assert!(is_stale(&append(&store, recalled("one")).await));
        assert_eq!(state(&store, "one"), OutgoingState::Queued);
    });
}

#[test]
fn what_waited_when_the_store_was_opened_may_have_been_sent() {
    run(async {
        let (setting, store) = setting().await;
        drop(store);
        let store = setting.open();
        assert!(store.outgoing("one").unwrap().unwrap().may_have_reached);
        append(&store, attempted("one", false)).await.unwrap();
        assert!(is_stale(&append(&store, recalled("one")).await));
        // What is queued in this run is not doubted.
        let (bodies, events) = queued("two");
        store.append(bodies, events).await.unwrap();
        append(&store, recalled("two")).await.unwrap();
    });
}

#[test]
fn a_letter_that_was_refused_is_closed_and_one_that_was_dropped_is_not() {
    run(async {
        let (setting, store) = setting().await;
        let refused = Event::Rejected(Rejected {
            entry: "one".to_owned(),
            at: at(0),
            code: "XSD_PATTERN".to_owned(),
            partner_receipt: None,
        });
        append(&store, refused).await.unwrap();
        append(&store, recalled("one")).await.unwrap();
        assert!(store.dead_letters(10).unwrap().is_empty());
        assert!(matches!(
            state(&store, "one"),
            OutgoingState::Rejected { .. }
        ));
        assert!(is_stale(&append(&store, requeued("one")).await));

        let (bodies, events) = queued("two");
        store.append(bodies, events).await.unwrap();
        append(&store, dropped("two")).await.unwrap();
        assert!(store.outgoing("two").unwrap().unwrap().may_have_reached);
        assert!(is_stale(&append(&store, recalled("two")).await));
        append(&store, requeued("two")).await.unwrap();
        // It is known no better for being queued again, not after a restart either.
        assert!(is_stale(&append(&store, recalled("two")).await));
        drop(store);
        assert!(
            setting
                .open()
                .outgoing("two")
                .unwrap()
                .unwrap()
                .may_have_reached
        );
    });
}

#[test]
fn a_message_is_revised_once() {
    run(async {
        let (setting, store) = setting().await;
        receive(&store, "KZ", "1").await.unwrap();
        assert_eq!(store.revised("message-1").unwrap(), None);
        append(&store, revised("message-1")).await.unwrap();
        assert!(is_stale(&append(&store, revised("message-1")).await));
        drop(store);
        let store = setting.open();
        let found = store.revised("message-1").unwrap().unwrap();
        assert_eq!(
            (found.revision, found.by.as_str()),
            (Revision::Amend, "message-2")
        );
        assert!(is_stale(&append(&store, revised("message-1")).await));
    });
}

fn dropped(id: &str) -> Event {
    Event::Dropped(Dropped {
        entry: id.to_owned(),
        at: at(0),
        by: "operator".to_owned(),
        reason: "asked for".to_owned(),
    })
}

fn requeued(id: &str) -> Event {
    Event::Requeued(Requeued {
        entry: entry(id, "case"),
        at: at(0),
        by: "operator".to_owned(),
    })
}

/// The partner lets it wait for the version before.
fn aside(id: &str) -> Event {
    Event::Attempted(Attempted {
        entry: id.to_owned(),
        at: at(0),
        code: "DELIVERY_WAITS".to_owned(),
        not_before: at(10),
        reached: true,
        aside: true,
    })
}

/// What is told of the message `source` to its partner.
fn told(id: &str, source: &str) -> Event {
    Event::Queued(OutboxEntry {
        source: source.to_owned(),
        ..entry(id, "case")
    })
}

#[test]
fn a_letter_of_what_was_revised_goes_again_only_while_its_follower_waits_for_it() {
    run(async {
        let delivered = |id: &str| {
            Event::Delivered(Delivered {
                entry: id.to_owned(),
                at: at(0),
                partner_receipt: claim("", 7).content,
            })
        };
        // Nothing follows it: whoever revised it had nothing to tell this partner.
        let (_setting, store) = setting().await;
        append(&store, dropped("one")).await.unwrap();
        append(&store, revised("message-1")).await.unwrap();
        assert!(is_stale(&append(&store, requeued("one")).await));

        // It would come after what its partner is told, unless that waits there for it.
        append(&store, told("two", "message-2")).await.unwrap();
        assert!(is_stale(&append(&store, requeued("one")).await));
        append(&store, aside("two")).await.unwrap();
        append(&store, requeued("one")).await.unwrap();
        append(&store, dropped("one")).await.unwrap();
        append(&store, delivered("two")).await.unwrap();
        assert!(is_stale(&append(&store, requeued("one")).await));

        // One that was taken back told nobody, and the next one counts.
        let (_setting, store) = setting_of(&[told("two", "message-2")]).await;
        append(&store, dropped("one")).await.unwrap();
        append(&store, revised("message-1")).await.unwrap();
        append(&store, recalled("two")).await.unwrap();
        assert!(is_stale(&append(&store, requeued("one")).await));
        let next = Event::Revised(Revised {
            message: "message-2".to_owned(),
            revision: Revision::Cancel,
            by: "message-3".to_owned(),
            at: at(0),
        });
        append(&store, next).await.unwrap();
        append(&store, told("three", "message-3")).await.unwrap();
        assert!(is_stale(&append(&store, requeued("one")).await));
        append(&store, aside("three")).await.unwrap();
        append(&store, requeued("one")).await.unwrap();
    });
}

#[test]
fn of_a_revision_and_a_retry_at_once_the_first_has_its_way() {
    run(async {
        let (_setting, store) = setting().await;
        append(&store, dropped("one")).await.unwrap();
        let revising = append(&store, revised("message-1"));
        let (one, other) = tokio::join!(revising, append(&store, requeued("one")));
        assert_eq!((one.is_ok(), is_stale(&other)), (true, true));
        assert!(store.outbox(None, 10).is_empty());
    });
}

fn awaiting(message: &str) -> Event {
    Event::Awaiting(Awaiting {
        message: message.to_owned(),
        partner: party("KZ"),
        raw: claim("", 3).content,
        by: Vec::new(),
        at: at(0),
        until: at(60),
    })
}

fn settled(message: &str) -> Event {
    Event::Settled(Settled {
        message: message.to_owned(),
        by: "message-9".to_owned(),
        at: at(1),
    })
}

#[test]
fn what_waits_is_still_there_after_a_restart_and_is_settled_once() {
    run(async {
        let (setting, store) = setting().await;
        for message in ["message-1", "message-2"] {
            append(&store, awaiting(message)).await.unwrap();
        }
        assert!(is_stale(&append(&store, settled("message-3")).await));
        append(&store, settled("message-1")).await.unwrap();
        assert!(is_stale(&append(&store, settled("message-1")).await));
        let waits = |store: &Store| -> Vec<String> {
            let waiting = store.awaiting(10);
            waiting.iter().map(|one| one.message.clone()).collect()
        };
        assert_eq!(waits(&store), ["message-2"]);
        drop(store);
        let store = setting.open();
        assert_eq!(waits(&store), ["message-2"]);
        assert_eq!(store.awaiting(10)[0].until, at(60));
        assert_eq!(store.settled("message-1").unwrap().unwrap().by, "message-9");
        assert_eq!(store.settled("message-2").unwrap(), None);
        append(&store, settled("message-2")).await.unwrap();
        assert!(waits(&store).is_empty());
    });
}

#[test]
fn what_is_set_aside_goes_for_itself_and_lets_its_case_go() {
    run(async {
        let (setting, store) = setting().await;
        let (bodies, events) = queued("two");
        store.append(bodies, events).await.unwrap();
        let due = |store: &Store, second: i64| -> Vec<String> {
            let due = store.outbox_due(&party("KZ"), at(second), 10, &HashSet::new());
            due.iter().map(|message| message.entry.id.clone()).collect()
        };
        assert_eq!(due(&store, 0), ["one"]);
        let aside = |second: i64| {
            Event::Attempted(Attempted {
                entry: "one".to_owned(),
                at: at(0),
                code: "DELIVERY_WAITS".to_owned(),
                not_before: at(second),
                reached: true,
                aside: true,
            })
        };
        append(&store, aside(10)).await.unwrap();
        assert_eq!(due(&store, 0), ["two"]);
        assert_eq!(due(&store, 10), ["two", "one"]);
        append(&store, aside(20)).await.unwrap();
        assert_eq!(due(&store, 10), ["two"]);
        drop(store);
        let store = setting.open();
        assert_eq!(due(&store, 10), ["two"]);
        assert_eq!(due(&store, 20), ["two", "one"]);
        let parked = Event::Parked(Parked {
            entry: "one".to_owned(),
            at: at(0),
            by: "operator".to_owned(),
            reason: "asked for".to_owned(),
        });
        append(&store, parked).await.unwrap();
        assert_eq!(due(&store, 20), ["two"]);
        let delivered = |id: &str| {
            Event::Delivered(Delivered {
                entry: id.to_owned(),
                at: at(0),
                partner_receipt: claim("", 7).content,
            })
        };
        append(&store, delivered("one")).await.unwrap();
        assert_eq!(due(&store, 20), ["two"]);
        append(&store, delivered("two")).await.unwrap();
        assert!(due(&store, 20).is_empty());
        assert!(store.outbox_partners().is_empty());
    });
}
