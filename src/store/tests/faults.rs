//! The table of faults: each operation of a disk fails in each way, then the power goes; what was
//! acknowledged is there, nothing is half there, and the log is consistent with its checkpoint.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::memory::{Failure, Loss, MemoryDisk};
use super::setting::*;
use crate::evidence::Direction;
use crate::store::*;

/// Messages in each round of work: enough for a rotation of both kinds of segments.
const ROUND: usize = 6;

const FAILURES: [Failure; 4] = [
    Failure::Short,
    Failure::Eio,
    Failure::Enospc,
    Failure::PersistedYetFails,
];
const LOSSES: [Loss; 4] = [Loss::Dropped, Loss::Kept, Loss::Half, Loss::Zeros];

fn setting(disk: &MemoryDisk) -> Setting {
    Setting::with(Options {
        disk: Arc::new(disk.clone()),
        // A few commits fill a segment, so that rotation is in the table too.
        segment_bytes: 1500,
        // Checkpoints come when they are asked for: the table is the same in each run.
        checkpoint_interval: Duration::from_secs(3600),
        ..Options::default()
    })
}

/// Commits messages until something fails; gives back which were acknowledged.
async fn work(store: &Store, first: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in first..first + ROUND {
        let id = number.to_string();
        let claims = [claim(&id, 1)];
        let place = store
            .reserve(&party("KZ"), Direction::In, &claims, at(0))
            .await;
        let Ok(reservation) = place else {
            break;
        };
        let mut batch = message(&reservation, &id, &claims);
        let out = format!("out-{id}");
        batch.events.push(Event::Queued(entry(&out, "case")));
        batch.bodies.push(Bytes::from(out).into());
        if store.commit(reservation, batch).await.is_err() {
            break;
        }
        acknowledged.push(id);
        if number % 3 == 2 && store.publish().await.is_err() {
            break;
        }
    }
    acknowledged
}

/// Everything of an acknowledged message is there; of another, everything or nothing.
fn check(store: &Store, acknowledged: &[String], tried: usize) {
    for number in 0..tried {
        let id = number.to_string();
        let message = store.message(&format!("message-{id}")).unwrap();
        let receipt = store.receipt(&format!("receipt-{id}")).unwrap();
        let queued = store.outgoing(&format!("out-{id}")).unwrap();
        assert_eq!(message.is_some(), receipt.is_some());
        assert_eq!(message.is_some(), queued.is_some());
        let Some(message) = message else {
            assert!(!acknowledged.contains(&id), "{id} was acknowledged");
            continue;
        };
        assert!(store.body(&message.raw).unwrap().is_some());
        assert!(store.body(&message.receipt).unwrap().is_some());
        let leaf = store.leaf(message.leaf_index).unwrap().unwrap();
        assert_eq!(leaf.receipt, message.receipt);
    }
}

#[test]
fn whatever_fails_what_was_acknowledged_stays() {
    for failure in FAILURES {
        for loss in LOSSES {
            let mut at = 0;
            while fails_at(at, failure, loss) {
                at += 1;
            }
            assert!(at > 40, "the table has {at} rows only");
        }
    }
}

/// One cell of the table; `false` when there is no such operation any more.
fn fails_at(at: usize, failure: Failure, loss: Loss) -> bool {
    let disk = MemoryDisk::default();
    let setting = setting(&disk);
    let (acknowledged, failed) = run(async {
        let store = setting.open();
        let mut acknowledged = work(&store, 0).await;
        disk.plan(at, failure);
        acknowledged.extend(work(&store, ROUND).await);
        let failed = disk.failed();
        if failed && !store.is_healthy() {
            // Nothing is retried and called good.
            assert_eq!(
                store
                    .append(Vec::new(), vec![access()])
                    .await
                    .unwrap_err()
                    .code(),
                "STORE_FAILED"
            );
            assert!(store.failure().is_some());
        }
        (acknowledged, failed)
    });
    disk.crash(loss);
    if at.is_multiple_of(2) {
        std::fs::remove_dir_all(setting.path().join("index")).unwrap();
    }
    run(async {
        let store = setting.open();
        check(&store, &acknowledged, 2 * ROUND);
        check_log(&store).await;
        assert_eq!(work(&store, 2 * ROUND).await.len(), ROUND);
        check(&store, &acknowledged, 3 * ROUND);
    });
    let report = fsck(&setting.path(), &disk).unwrap();
    assert_eq!(report.faults, []);
    assert_eq!(report.unfinished, []);
    failed
}

fn access() -> Event {
    Event::Accessed(Accessed {
        principal: "officer".to_owned(),
        at: at(0),
        what: "GET /v1/inbox".to_owned(),
    })
}

#[test]
fn a_start_that_fails_can_be_made_again() {
    for loss in LOSSES {
        for step in 0.. {
            let disk = MemoryDisk::default();
            let setting = setting(&disk);
            let acknowledged = run(async {
                let store = setting.open();
                // The sync of a batch's events, within the second round.
                let mut acknowledged = work(&store, 0).await;
                disk.plan(3, Failure::Eio);
                acknowledged.extend(work(&store, ROUND).await);
                acknowledged
            });
            disk.crash(loss);
            disk.plan(step, Failure::Eio);
            drop(setting.try_open());
            let failed = disk.failed();
            disk.crash(loss);
            run(async {
                let store = setting.open();
                check(&store, &acknowledged, 2 * ROUND);
                check_log(&store).await;
            });
            if !failed {
                break;
            }
        }
    }
}
