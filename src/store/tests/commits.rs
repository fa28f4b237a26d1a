//! Commits, reservations, and what is found again after a restart.

use std::sync::Arc;

use super::setting::*;
use crate::evidence::{Direction, LeafKind};
use crate::model::{CaseKey, KeyKind};
use crate::store::*;

#[test]
fn what_was_committed_is_found_at_once_and_after_a_restart() {
    let setting = Setting::new();
    let answers = |store: &Store| {
        let message = store.message("message-7").unwrap().unwrap();
        assert_eq!(message.counter, 8);
        let by_raw = store.receipt_for_raw(&party("KZ"), &message.raw).unwrap();
        let receipt = store.receipt("receipt-7").unwrap().unwrap();
        assert_eq!(by_raw.as_ref(), Some(&receipt));
        assert_eq!(receipt.leaf_index, 7);
        let body = store.body(&receipt.sha256).unwrap().unwrap();
        assert_eq!(body, "<receipt>7 8</receipt>");
        assert_eq!(store.body(&claim("", 9).content).unwrap(), None);
        assert_eq!(store.message("message-none").unwrap(), None);
        assert_eq!(
            store.receipt_for_raw(&party("EU"), &message.raw).unwrap(),
            None
        );
        receipt
    };
    let first = run(async {
        let store = setting.open();
        for id in 0..50 {
            receive(&store, "KZ", &id.to_string()).await.unwrap();
        }
        check_log(&store).await;
        answers(&store)
    });
    run(async {
        let store = setting.open();
        assert_eq!(answers(&store), first);
        check_log(&store).await;
        assert_eq!(store.stats().leaves, 50);
        receive(&store, "KZ", "50").await.unwrap();
        assert_eq!(store.message("message-50").unwrap().unwrap().counter, 51);
    });
    std::fs::remove_dir_all(setting.path().join("index")).unwrap();
    run(async {
        let store = setting.open();
        assert_eq!(answers(&store), first);
        check_log(&store).await;
    });
}

#[test]
fn numbers_go_on_from_the_last_committed_one() {
    let setting = Setting::new();
    let (ru, kz) = ("registration RU", "registration KZ");
    let commit = async |store: &Store, id: &str, series: &str| {
        let place = store.reserve(&party("KZ"), Direction::In, &[], at(0)).await;
        let place = place.unwrap();
        let number = store.number(series).unwrap().unwrap();
        let mut batch = message(&place, id, &[]);
        batch.events.push(numbered(series, number, id));
        store.commit(place, batch).await.unwrap();
        number
    };
    run(async {
        let store = setting.open();
        assert_eq!(store.last_in_series(ru).unwrap(), None);
        for number in 1..=300 {
            assert_eq!(commit(&store, &format!("a{number}"), ru).await, number);
        }
        // Each country counts for itself.
        assert_eq!(commit(&store, "b", kz).await, 1);
        // What was given and never committed is a gap in this run.
        assert_eq!(store.number(ru).unwrap(), Some(301));
        assert_eq!(commit(&store, "c", ru).await, 302);
        assert_eq!(store.number(ru).unwrap(), Some(303));
    });
    run(async {
        let store = setting.open();
        assert_eq!(store.last_in_series(ru).unwrap(), Some(302));
        assert_eq!(commit(&store, "d", ru).await, 303);
    });
    std::fs::remove_dir_all(setting.path().join("index")).unwrap();
    run(async {
        let store = setting.open();
        assert_eq!(store.number(ru).unwrap(), Some(304));
        assert_eq!(store.number(kz).unwrap(), Some(2));
    });
}

#[test]
fn an_id_is_taken_once_and_a_conflict_reserves_nothing() {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        receive(&store, "KZ", "a").await.unwrap();
        let kz = party("KZ");
        let reserve =
            async |claims: &[Claim]| store.reserve(&kz, Direction::In, claims, at(1)).await;
        // The message itself again: its first receipt is the answer, and nothing is reserved.
        assert!(matches!(
            reserve(&[claim("a", 1)]).await.unwrap_err(),
            ReserveError::Duplicate { receipt_id } if receipt_id == "receipt-a"
        ));
        assert_eq!(store.stats().leaves, 1);
        // Contained in another message it is a claim among others.
        let again = reserve(&[claim("b", 1), claim("a", 1), claim("b", 1)])
            .await
            .unwrap();
        let receipt_id = "receipt-a".to_owned();
        let expected = [
            ClaimOutcome::Fresh,
            ClaimOutcome::Duplicate { receipt_id },
            ClaimOutcome::Repeated,
        ];
        assert_eq!(again.claims, expected);
        let batch = message(&again, "ab", &[claim("b", 1), claim("a", 1), claim("b", 1)]);
        store.commit(again, batch).await.unwrap();

        let refused = reserve(&[claim("c", 1), claim("b", 2)]).await.unwrap_err();
        assert_eq!(refused.code(), "MESSAGE_ID_CONFLICT");
        assert!(matches!(
            refused,
            ReserveError::Conflict { receipt_id: Some(id), .. } if id == "receipt-ab"
        ));
        assert!(matches!(
            reserve(&[claim("d", 1), claim("d", 2)]).await.unwrap_err(),
            ReserveError::Conflict {
                receipt_id: None,
                ..
            }
        ));
        // Nothing was reserved, and the other claim of the refused one is free.
        assert_eq!(store.stats().leaves, 2);
        let free = reserve(&[claim("c", 1)]).await.unwrap();
        assert_eq!(free.leaf_index, 2);
        // Another partner's ids are another matter.
        let (eu, claims) = (party("EU"), [claim("a", 2)]);
        let other = store.reserve(&eu, Direction::In, &claims, at(1)).await;
        assert_eq!(other.unwrap().claims, [ClaimOutcome::Fresh]);
    });
}

#[test]
fn an_id_in_flight_is_waited_for() {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        let kz = party("KZ");
        let claims = [claim("a", 1)];
        let first = store
            .reserve(&kz, Direction::In, &claims, at(0))
            .await
            .unwrap();
        let busy = store.reserve(&kz, Direction::In, &claims, at(0)).await;
        assert!(matches!(busy, Err(ReserveError::Busy)));
        let batch = message(&first, "a", &claims);
        let (committed, second) = tokio::join!(
            store.commit(first, batch),
            store.reserve(&kz, Direction::In, &claims, at(0))
        );
        committed.unwrap();
        assert!(matches!(
            second.unwrap_err(),
            ReserveError::Duplicate { receipt_id } if receipt_id == "receipt-a"
        ));
    });
}

#[test]
fn a_dropped_reservation_becomes_a_void_leaf_and_frees_its_claims() {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        let kz = party("KZ");
        let claims = [claim("a", 1)];
        let dropped = store
            .reserve(&kz, Direction::In, &claims, at(5))
            .await
            .unwrap();
        let next = store
            .reserve(&kz, Direction::In, &[claim("b", 1)], at(1))
            .await
            .unwrap();
        // The clock went back; the log does not.
        assert_eq!(next.received_at, at(5));
        let batch = message(&next, "b", &[claim("b", 1)]);
        let mut commit = std::pin::pin!(store.commit(next, batch));
        let waits = std::future::poll_fn(|context| {
            std::task::Poll::Ready(commit.as_mut().poll(context).is_pending())
        });
        assert!(waits.await, "an earlier place is open");
        drop(dropped);
        commit.await.unwrap();
        assert_eq!(store.leaf(0).unwrap().unwrap().kind, LeafKind::Void);
        assert_eq!(store.leaf(1).unwrap().unwrap().counter, 2);
        receive(&store, "KZ", "a").await.unwrap();
        check_log(&store).await;
    });
}

#[test]
fn a_leaf_that_does_not_fit_its_reservation_is_refused() {
    let setting = Setting::new();
    run(async {
        let store = setting.open();
        let changes: [fn(&mut Batch); 5] = [
            |batch| batch.leaf.index += 1,
            |batch| batch.leaf.counter += 1,
            |batch| batch.leaf.at = at(9),
            |batch| batch.bodies.truncate(1),
            |batch| received(batch).receipt = claim("", 3).content,
        ];
        for change in changes {
            let kz = party("KZ");
            let reservation = store.reserve(&kz, Direction::In, &[], at(0)).await.unwrap();
            let mut batch = message(&reservation, "a", &[]);
            change(&mut batch);
            let refused = store.commit(reservation, batch).await.unwrap_err();
            assert_eq!(refused.code(), "STORE_MISMATCH");
        }
        receive(&store, "KZ", "a").await.unwrap();
        assert_eq!(store.stats().leaves, 6);
        assert_eq!(store.leaf(4).unwrap().unwrap().kind, LeafKind::Void);
    });
}

#[test]
fn refusals_are_kept_up_to_the_quota_of_the_day() {
    let setting = Setting::with(Options {
        refusals: RefusalQuota {
            count: 3,
            bytes: 1000,
        },
        ..Options::default()
    });
    let refuse = async |store: &Store, id: &str, bytes: u64, second: i64| {
        let kz = party("KZ");
        let place = store
            .reserve_refusal(&kz, Direction::In, bytes, at(second))
            .await?;
        let mut batch = message(&place, id, &[]);
        let event = received(&mut batch);
        (event.accepted, event.bytes) = (false, bytes);
        event.code = Some("XML_DEPTH".to_owned());
        event.claims = vec![claim("never", 1)];
        store.commit(place, batch).await.unwrap();
        Ok::<_, ReserveError>(())
    };
    run(async {
        let store = setting.open();
        refuse(&store, "1", 300, 0).await.unwrap();
        refuse(&store, "2", 600, 0).await.unwrap();
        let over = refuse(&store, "3", 200, 0).await.unwrap_err();
        assert!(matches!(
            over,
            ReserveError::Quota {
                count: 2,
                bytes: 900
            }
        ));
    });
    run(async {
        let store = setting.open();
        refuse(&store, "4", 100, 1).await.unwrap();
        assert_eq!(
            refuse(&store, "5", 0, 1).await.unwrap_err().code(),
            "REFUSAL_QUOTA"
        );
        refuse(&store, "6", 900, 86_400).await.unwrap();
        // A refused message occupies no id.
        receive(&store, "KZ", "never").await.unwrap();
        assert!(!store.receipt("receipt-1").unwrap().unwrap().accepted);
    });
}

#[test]
fn a_partner_may_have_a_quota_of_its_own() {
    let quota = |count| RefusalQuota { count, bytes: 1000 };
    let setting = Setting::with(Options {
        refusals: quota(1),
        refusals_of: [(party("KZ"), quota(2))].into(),
        ..Options::default()
    });
    run(async {
        let store = setting.open();
        for (code, most) in [("KZ", 2), ("EU", 1)] {
            for number in 0..=most {
                let party = party(code);
                let place = store.reserve_refusal(&party, Direction::In, 1, at(0));
                assert_eq!(place.await.is_ok(), number < most, "{code} {number}");
            }
        }
    });
}

#[test]
fn messages_are_found_by_what_they_state() {
    let setting = Setting::new();
    let key = |value: &str| CaseKey {
        kind: KeyKind::Lrn,
        value: value.to_owned(),
    };
    run(async {
        let store = setting.open();
        for id in ["1", "2"] {
            let ru = party("RU");
            let place = store
                .reserve(&ru, Direction::National, &[], at(0))
                .await
                .unwrap();
            let mut batch = message(&place, id, &[]);
            received(&mut batch).keys = vec![key("A"), key(id)];
            received(&mut batch).national_id = Some("doc".to_owned());
            let mut queued = entry(&format!("out-{id}"), "case");
            queued.keys = vec![key("LRN-1")];
            batch.events.push(Event::Queued(queued));
            store.commit(place, batch).await.unwrap();
        }
        let found = store.find_key(&key("A"), 10).unwrap();
        let messages: Vec<_> = found.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(messages, ["message-2", "message-1"]);
        assert_eq!(store.find_key(&key("A"), 1).unwrap(), found[..1]);
        let by_lrn = store.find_key(&key("LRN-1"), 10).unwrap();
        assert_eq!(by_lrn[0].entry.as_deref(), Some("out-2"));
        assert_eq!(by_lrn[0].message, "message-1");
        assert!(store.find_key(&key("B"), 10).unwrap().is_empty());
        assert_eq!(
            store.find_national_id("doc").unwrap(),
            ["message-2", "message-1"]
        );
        assert!(store.find_national_id("do").unwrap().is_empty());
    });
}

#[test]
fn many_at_once_are_each_answered_and_each_in_the_log() {
    let setting = Setting::new();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(setting.open());
        let mut tasks = tokio::task::JoinSet::new();
        for id in 0..200 {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                let partner = ["KZ", "EU", "CN"][id % 3];
                receive(&store, partner, &id.to_string()).await.unwrap();
                assert!(store.message(&format!("message-{id}")).unwrap().is_some());
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        check_log(&store).await;
        assert_eq!(store.stats().leaves, 200);
    });
}

#[test]
fn a_checkpoint_follows_by_itself() {
    let setting = Setting::with(Options {
        checkpoint_interval: std::time::Duration::from_millis(1),
        ..Options::default()
    });
    run(async {
        let store = setting.open();
        for round in 1..=3 {
            receive(&store, "KZ", &round.to_string()).await.unwrap();
            let published = async {
                while store.stats().checkpoint_size < round {
                    tokio::task::yield_now().await;
                }
            };
            let limit = std::time::Duration::from_secs(30);
            tokio::time::timeout(limit, published).await.unwrap();
        }
    });
}
