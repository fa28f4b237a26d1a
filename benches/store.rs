//! How many durable commits a second the store takes: 10 KB of message and 3 KB of receipt each, by
//! 64 writers at once and by one alone. `cargo bench --bench store`.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot do its work has nothing to say"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use corridor::evidence::{CheckpointSigner, Direction, Leaf, LeafKind, sha256};
use corridor::model::{CaseKey, KeyKind, PartyId, Sha256};
use corridor::store::{
    Batch, Claim, Event, Identity, Options, OutboxEntry, Received, StdDisk, Store,
};
use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::Timestamp;

const COMMITS: u64 = 8_000;

fn main() {
    divan::main();
}

/// A store in a temporary folder of the working directory's file system.
struct Setting {
    store: Store,
    runtime: tokio::runtime::Runtime,
    next: Arc<AtomicU64>,
    _dir: tempfile::TempDir,
}

fn setting() -> Setting {
    let random = ring::rand::SystemRandom::new();
    let key = ring::signature::Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let signer = CheckpointSigner::from_pkcs8("ru.test/log", key.as_ref()).unwrap();
    let identity = Identity {
        gateway: "RU".parse().unwrap(),
        log: signer.verifier().clone(),
    };
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/target");
    let dir = tempfile::tempdir_in(target).unwrap();
    let path = dir.path().join("store");
    Store::create(&path, &identity, &signer, &StdDisk).unwrap();
    let store = Store::open(&path, &identity, Arc::new(signer), &Options::default()).unwrap();
    Setting {
        store,
        runtime: tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap(),
        next: Arc::new(AtomicU64::new(0)),
        _dir: dir,
    }
}

#[divan::bench(args = [1, 64], sample_count = 5, sample_size = 1)]
fn commit(bencher: Bencher<'_, '_>, writers: u64) {
    let setting = setting();
    let commits = if writers == 1 { COMMITS / 16 } else { COMMITS };
    bencher.counter(ItemsCount::new(commits)).bench_local(|| {
        setting.runtime.block_on(async {
            let end = setting.next.load(Ordering::Relaxed) + commits;
            let tasks = (0..writers).map(|_| {
                let (store, next) = (setting.store.clone(), Arc::clone(&setting.next));
                tokio::spawn(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= end {
                            return;
                        }
                        exchange(&store, number).await;
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
            setting.next.store(end, Ordering::Relaxed);
        });
    });
}

/// One accepted message with one outgoing translation.
async fn exchange(store: &Store, number: u64) {
    let body = |letter: u8, bytes: usize| {
        let mut body = vec![letter; bytes];
        body.splice(..8, number.to_be_bytes());
        Bytes::from(body)
    };
    let (raw, receipt) = (body(b'm', 10 << 10), body(b'r', 3 << 10));
    let partner: PartyId = "RU".parse().unwrap();
    let claims = [Claim {
        package: "fcs/esadout-cu/5.23".parse().unwrap(),
        id: format!("document-{number}"),
        content: sha256(&raw),
    }];
    let now = Timestamp::from_second(1_772_000_000).unwrap();
    let place = store
        .reserve(&partner, Direction::National, &claims, now)
        .await
        .unwrap();
    let leaf = Leaf {
        kind: LeafKind::National,
        partner,
        direction: Direction::National,
        counter: place.counter,
        index: place.leaf_index,
        at: place.received_at,
        receipt: sha256(&receipt),
        message: sha256(&raw),
        versions: Sha256([1; 32]),
    };
    let events = events(&leaf, &claims, number);
    let batch = Batch {
        bodies: vec![raw.into(), receipt.into()],
        events,
        leaf,
    };
    store.commit(place, batch).await.unwrap();
}

fn events(leaf: &Leaf, claims: &[Claim], number: u64) -> Vec<Event> {
    let package = &claims.first().unwrap().package;
    let key = |kind: KeyKind| CaseKey {
        kind,
        value: format!("{number:020}"),
    };
    let received = Received {
        message: format!("message-{number}"),
        partner: leaf.partner.clone(),
        direction: leaf.direction,
        counter: leaf.counter,
        leaf_index: leaf.index,
        received_at: leaf.at,
        judged_at: None,
        raw: leaf.message,
        bytes: 10 << 10,
        package: Some(package.clone()),
        message_id: Some(format!("document-{number}")),
        claims: claims.to_vec(),
        receipt_id: format!("receipt-{number}"),
        receipt: leaf.receipt,
        accepted: true,
        code: None,
        keys: [KeyKind::Container, KeyKind::Declaration, KeyKind::Lrn]
            .map(key)
            .to_vec(),
        ucr: None,
        national_id: Some(format!("national-{number}")),
        report: None,
        charset: None,
        registration: None,
        revises: None,
        provisional: false,
        principal: None,
        entry: None,
        case: None,
        posts: vec!["10716050".to_owned()],
    };
    let queued = OutboxEntry {
        id: format!("out-{number}"),
        partner: "KZ".parse().unwrap(),
        case: format!("case-{number}"),
        body: leaf.message,
        bytes: 10 << 10,
        package: package.clone(),
        message_id: format!("out-{number}"),
        source: format!("message-{number}"),
        at: leaf.at,
        keys: Vec::new(),
        posts: vec!["10716050".to_owned()],
    };
    vec![Event::Received(received), Event::Queued(queued)]
}
