//! A store in a temporary folder, and commits for it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use ring::signature::Ed25519KeyPair;
use tempfile::TempDir;

use crate::evidence::{CheckpointSigner, Direction, Leaf, LeafKind, sha256};
use crate::model::{PackageId, PartyId, Sha256};
use crate::store::*;

pub(super) fn party(code: &str) -> PartyId {
    code.parse().unwrap()
}

pub(super) fn package() -> PackageId {
    "eaeu/r048/1".parse().unwrap()
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_000_000 + second).unwrap()
}

pub(super) fn claim(id: &str, content: u8) -> Claim {
    Claim {
        package: package(),
        id: id.to_owned(),
        content: Sha256([content; 32]),
    }
}

/// A store's folder, key and options. The key is kept, so that the store can be opened again.
pub(super) struct Setting {
    pub(super) dir: TempDir,
    pub(super) signer: Arc<CheckpointSigner>,
    pub(super) identity: Identity,
    pub(super) options: Options,
}

impl Setting {
    pub(super) fn new() -> Self {
        Self::with(Options {
            segment_bytes: 8 << 10,
            reserve_wait: Duration::from_millis(50),
            ..Options::default()
        })
    }

    pub(super) fn with(options: Options) -> Self {
        Self::with_key(options, |_, _| {})
    }

    /// As [`Setting::with`]; `keep` is given the folder and the log's key.
    pub(super) fn with_key(options: Options, keep: fn(&Path, &[u8])) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let random = ring::rand::SystemRandom::new();
        let key = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        keep(dir.path(), key.as_ref());
        let signer = CheckpointSigner::from_pkcs8("ru.test/log", key.as_ref());
        let signer = Arc::new(signer.unwrap());
        let identity = Identity {
            gateway: party("RU"),
            log: signer.verifier().clone(),
        };
        Store::create(
            &dir.path().join("store"),
            &identity,
            &signer,
            &*options.disk,
        )
        .unwrap();
        Self {
            dir,
            signer,
            identity,
            options,
        }
    }

    pub(super) fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("store")
    }

    pub(super) fn try_open(&self) -> Result<Store, Error> {
        Store::open(
            &self.path(),
            &self.identity,
            Arc::clone(&self.signer),
            &self.options,
        )
    }

    pub(super) fn open(&self) -> Store {
        self.try_open().unwrap()
    }
}

/// Runs a future on a small runtime of its own.
pub(super) fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

/// The message `id` as it is committed: its bodies, its event, its leaf.
pub(super) fn message(reservation: &Reservation, id: &str, claims: &[Claim]) -> Batch {
    let raw = Bytes::from(format!("<message>{id}</message>"));
    let receipt = Bytes::from(format!("<receipt>{id} {}</receipt>", reservation.counter));
    let kind = match reservation.direction {
        Direction::In => LeafKind::In,
        Direction::National => LeafKind::National,
        Direction::Out => LeafKind::Acknowledged,
    };
    let leaf = Leaf {
        kind,
        partner: reservation.partner.clone(),
        direction: reservation.direction,
        counter: reservation.counter,
        index: reservation.leaf_index,
        at: reservation.received_at,
        receipt: sha256(&receipt),
        message: sha256(&raw),
        versions: Sha256([1; 32]),
    };
    let received = Received {
        message: format!("message-{id}"),
        partner: reservation.partner.clone(),
        direction: reservation.direction,
        counter: reservation.counter,
        leaf_index: reservation.leaf_index,
        received_at: reservation.received_at,
        judged_at: None,
        raw: sha256(&raw),
        bytes: raw.len().try_into().unwrap(),
        package: Some(package()),
        message_id: Some(id.to_owned()),
        claims: claims.to_vec(),
        receipt_id: format!("receipt-{id}"),
        receipt: sha256(&receipt),
        accepted: true,
        code: None,
        keys: Vec::new(),
        ucr: None,
        national_id: None,
        principal: None,
        entry: None,
        case: None,
        report: None,
        charset: None,
        registration: None,
        revises: None,
        provisional: false,
        posts: Vec::new(),
    };
    Batch {
        bodies: vec![raw.into(), receipt.into()],
        events: vec![Event::Received(received)],
        leaf,
    }
}

/// Changes the one [`Received`] of a batch.
pub(super) fn received(batch: &mut Batch) -> &mut Received {
    match batch.events.first_mut() {
        Some(Event::Received(received)) => received,
        other => panic!("{other:?}"),
    }
}

/// Receives the message `id` from `partner`, with a claim of the same name.
pub(super) async fn receive(store: &Store, partner: &str, id: &str) -> Result<Committed, Error> {
    let claims = [claim(id, 1)];
    let reservation = store
        .reserve(&party(partner), Direction::In, &claims, at(0))
        .await
        .unwrap();
    let batch = message(&reservation, id, &claims);
    store.commit(reservation, batch).await
}

/// An outbox entry of a case.
pub(super) fn entry(id: &str, case: &str) -> OutboxEntry {
    OutboxEntry {
        id: id.to_owned(),
        partner: party("KZ"),
        case: case.to_owned(),
        body: sha256(id.as_bytes()),
        bytes: id.len().try_into().unwrap(),
        package: package(),
        message_id: id.to_owned(),
        source: "message-1".to_owned(),
        at: at(0),
        keys: Vec::new(),
        posts: Vec::new(),
    }
}

/// The message `id` got this number.
pub(super) fn numbered(series: &str, number: u64, id: &str) -> Event {
    Event::Numbered(Numbered {
        series: series.to_owned(),
        number,
        source: format!("message-{id}"),
        at: at(0),
    })
}

/// What the log, its checkpoint and its proofs say about a store: all of it must agree.
pub(super) async fn check_log(store: &Store) {
    store.publish().await.unwrap();
    let size = store.stats().leaves;
    for index in 0..size {
        let leaf = store.leaf(index).unwrap().unwrap();
        assert_eq!(leaf.index, index);
        let proof = store.prove(index).await.unwrap();
        let log = store.core().identity.log.clone();
        let checkpoint = proof.verify(&leaf.encode(), &log).unwrap();
        assert!(checkpoint.size > index);
    }
    assert!(store.prove(size).await.is_err());
}

/// All files below a folder except those of the index.
pub(super) fn journal_files(dir: &Path) -> Vec<std::path::PathBuf> {
    let mut files = vec![dir.join("identity"), dir.join("checkpoint")];
    for part in ["events", "bodies"] {
        let entries = std::fs::read_dir(dir.join(part)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}
