//! SIGKILL under load: the test runs itself as a child, kills it, and looks at what it left.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;

use super::setting::*;
use crate::evidence::{CheckpointSigner, Direction, sha256};
use crate::store::*;

const ROUNDS: usize = 10;
/// Written into the folder in which a child shall work.
const ORDER: &str = "work-until-killed";
const SERIES: &str = "registration RU";
const KEY: &str = "log.key";
/// A child that nobody kills ends by itself.
const COMMITS_MAX: usize = 20_000;

fn options() -> Options {
    Options {
        segment_bytes: 64 << 10,
        ..Options::default()
    }
}

#[test]
fn sigkill_under_load_loses_nothing_that_was_acknowledged() {
    let setting = Setting::with_key(options(), |dir, key| {
        std::fs::write(dir.join(KEY), key).unwrap();
    });
    let mut acknowledged = Vec::new();
    let mut numbers = std::collections::BTreeSet::new();
    for round in 0..ROUNDS {
        std::fs::write(setting.dir.path().join(ORDER), round.to_string()).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["store::tests::kill::child", "--exact", "--nocapture"])
            .current_dir(setting.dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = 0;
        for line in lines {
            let line = line.unwrap();
            if let Some(id) = line.strip_prefix("durable ") {
                acknowledged.push(id.to_owned());
                said += 1;
            }
            if let Some(number) = line.strip_prefix("numbered ") {
                let number: u64 = number.parse().unwrap();
                assert!(numbers.insert(number), "{number} was given twice");
            }
            if said == 40 + 15 * round {
                // From here on the rest of its output is read: what it said before it died counts.
                let _ = child.kill();
            }
        }
        child.wait().unwrap();
        assert!(said >= 40 + 15 * round, "round {round} ended early");
        let report = fsck(&setting.path(), &StdDisk).unwrap();
        assert_eq!(report.faults, []);
        let store = setting.open();
        check(&store, &acknowledged);
        let highest = store.last_in_series(SERIES).unwrap();
        assert!(highest >= numbers.last().copied(), "{highest:?}");
    }
    assert!(numbers.len() > 10 * ROUNDS);
    run(check_log(&setting.open()));
}

fn check(store: &Store, acknowledged: &[String]) {
    assert!(acknowledged.len() > 10);
    for line in acknowledged {
        let (what, id) = line.split_once(' ').unwrap();
        let message = store.message(&format!("message-{id}")).unwrap().unwrap();
        assert!(store.body(&message.raw).unwrap().is_some());
        let receipt = store.receipt(&message.receipt_id).unwrap().unwrap();
        assert_eq!(receipt.sha256, message.receipt);
        assert!(store.body(&receipt.sha256).unwrap().is_some());
        let outgoing = store.outgoing(&format!("out-{id}")).unwrap().unwrap();
        if what == "delivery" {
            // It is not due again.
            assert!(matches!(outgoing.state, OutgoingState::Delivered { .. }));
        }
    }
}

/// Not a test by itself: what the test above starts.
#[test]
fn child() {
    let Ok(round) = std::fs::read_to_string(ORDER) else {
        return;
    };
    let signer = CheckpointSigner::from_pkcs8("ru.test/log", &std::fs::read(KEY).unwrap());
    let signer = Arc::new(signer.unwrap());
    let identity = Identity {
        gateway: party("RU"),
        log: signer.verifier().clone(),
    };
    let store = Store::open(Path::new("store"), &identity, signer, &options()).unwrap();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let tasks = (0..8).map(|task| {
            let (store, round) = (store.clone(), round.clone());
            tokio::spawn(async move {
                for number in 0..COMMITS_MAX / 8 {
                    work(&store, &format!("{round}-{task}-{number}")).await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
    });
}

async fn work(store: &Store, id: &str) {
    let claims = [claim(id, 1)];
    let kz = party("KZ");
    let place = store.reserve(&kz, Direction::In, &claims, at(0)).await;
    let place = place.unwrap();
    let mut batch = message(&place, id, &claims);
    let out = format!("out-{id}");
    batch.bodies.push(Bytes::from(out.clone()).into());
    batch.events.push(Event::Queued(entry(&out, id)));
    let number = store.number(SERIES).unwrap().unwrap();
    batch.events.push(numbered(SERIES, number, id));
    store.commit(place, batch).await.unwrap();
    say(&format!("durable message {id}\nnumbered {number}\n"));
    let receipt = Bytes::from(format!("receipt-{id}"));
    let delivered = Delivered {
        entry: out,
        at: at(0),
        partner_receipt: sha256(&receipt),
    };
    let delivered = vec![Event::Delivered(delivered)];
    store.append(vec![receipt.into()], delivered).await.unwrap();
    say(&format!("durable delivery {id}\n"));
}

fn say(line: &str) {
    // One write: a line is said whole or not at all.
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).unwrap();
    out.flush().unwrap();
}
