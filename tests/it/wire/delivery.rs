//! Outbox, queue, client and a partner's listener together: what is queued arrives once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use corridor::clock::Clock;
use corridor::evidence::{
    CheckpointSigner, Direction, MessageFacts, Origin, Outcome, Receipt, Salt, sha256,
};
use corridor::http::{Client, PeerIdentity, Target};
use corridor::model::Sha256;
use corridor::queue::{Judge, Queue, Recipient, Workers};
use corridor::store::{Event, Identity as StoreIdentity, Options, OutboxEntry, StdDisk, Store};
use rcgen::{KeyPair, PKCS_ED25519};
use tokio::sync::watch;

use super::pki::Identity;
use super::{PATIENCE, Running, limits, party};

const MESSAGE: &str = "<message/>";

/// A gateway's store with one message in its outbox, its own certificate, and a partner's address.
struct Sender {
    dir: tempfile::TempDir,
    signer: Arc<CheckpointSigner>,
    own: Identity,
    partner: PeerIdentity,
    address: SocketAddr,
}

impl Sender {
    async fn new(partner: &Identity, address: SocketAddr) -> Self {
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let signer = CheckpointSigner::from_pkcs8("ru.test/log", &key.serialize_der()).unwrap();
        let sender = Self {
            dir: tempfile::tempdir().unwrap(),
            signer: Arc::new(signer),
            own: Identity::new("ru"),
            partner: PeerIdentity::Pinned(vec![partner.pin()]),
            address,
        };
        let path = sender.dir.path().join("store");
        Store::create(&path, &sender.identity(), &sender.signer, &StdDisk).unwrap();
        let body = Bytes::from(MESSAGE);
        let entry = OutboxEntry {
            id: "entry".to_owned(),
            partner: party("KZ"),
            case: "case".to_owned(),
            body: sha256(&body),
            bytes: u64::try_from(body.len()).unwrap(),
            package: "eaeu/r048/1".parse().unwrap(),
            message_id: "message".to_owned(),
            source: "source".to_owned(),
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
            keys: Vec::new(),
            posts: Vec::new(),
        };
        let queued = vec![Event::Queued(entry)];
        sender
            .open()
            .append(vec![body.into()], queued)
            .await
            .unwrap();
        sender
    }

    fn identity(&self) -> StoreIdentity {
        StoreIdentity {
            gateway: party("RU"),
            log: self.signer.verifier().clone(),
        }
    }

    fn open(&self) -> Store {
        let (path, signer) = (self.dir.path().join("store"), Arc::clone(&self.signer));
        Store::open(&path, &self.identity(), signer, &Options::default()).unwrap()
    }

    /// Starts a queue that delivers over TLS.
    fn start(&self, store: &Store) -> (watch::Sender<bool>, Workers<Client>) {
        let target = Target {
            party: party("KZ"),
            url: format!("https://{}", self.address),
            identity: self.partner.clone(),
            tls12_until: None,
        };
        let clock = Clock::machine();
        let client = Client::new(&self.own.tls(), [target], PATIENCE, &clock).unwrap();
        let judge = Judge::new(party("RU"), |_, _, now| Ok(receipt(now)));
        let queue = Queue::new(store.clone(), client, judge, clock, PATIENCE);
        let (stop, stopped) = watch::channel(false);
        let to = Recipient {
            partner: party("KZ"),
            in_flight_max: 4,
        };
        (stop, queue.start([to], &stopped))
    }
}

/// What the stand-in's receipt says, once opened.
fn receipt(now: jiff::Timestamp) -> Receipt {
    Receipt {
        id: "receipt".to_owned(),
        gateway: party("KZ"),
        partner: party("RU"),
        direction: Direction::In,
        counter: 1,
        leaf_index: 0,
        received_at: now,
        salt: Salt::new([7; 32]),
        message: MessageFacts {
            sha256: sha256(MESSAGE.as_bytes()),
            bytes: 10,
            package: None,
            id: None,
        },
        origin: Origin::Unverified,
        config_sha256: Sha256([0; 32]),
        registration: None,
        outcome: Outcome::Accepted { parts: Vec::new() },
    }
}

async fn ended((stop, mut workers): (watch::Sender<bool>, Workers<Client>)) {
    stop.send(true).unwrap();
    while let Some(ended) = workers.join_next().await {
        ended.unwrap();
    }
}

/// Waits until the outbox is as told.
async fn until(store: &Store, reached: impl Fn(&Store) -> bool) {
    let mut changes = store.outbox_changes();
    let waited = async {
        while !reached(store) {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, waited).await.unwrap();
}

#[tokio::test]
async fn a_partner_that_was_down_gets_the_message_once_after_both_restarted() {
    let partner = Identity::new("kz");
    // A port that is free: whoever had it has just given it back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let sender = Sender::new(&partner, address).await;

    let store = sender.open();
    let queue = sender.start(&store);
    until(&store, |store| store.outbox(None, 1)[0].attempts > 0).await;
    let code = store.outbox(None, 1)[0].last_code.clone();
    assert_eq!(code.as_deref(), Some("DELIVERY_CONNECT"));
    ended(queue).await;
    drop(store);

    let pins = PeerIdentity::Pinned(vec![sender.own.pin()]);
    let running = Running::partner_at(address, partner, pins, limits(), 32).await;
    let store = sender.open();
    let queue = sender.start(&store);
    until(&store, |store| store.outbox(None, 1).is_empty()).await;
    ended(queue).await;
    drop(store);

    let store = sender.open();
    let queue = sender.start(&store);
    ended(queue).await;
    assert_eq!(running.service.asked(), ["KZ: <message/> "]);
    assert_eq!(store.stats().leaves, 1);
}

#[tokio::test]
async fn a_receipt_that_comes_too_late_is_asked_for_again_with_the_same_bytes() {
    let partner = Identity::new("kz");
    let any = "127.0.0.1:0".parse().unwrap();
    let mut sender = Sender::new(&partner, any).await;
    let pins = PeerIdentity::Pinned(vec![sender.own.pin()]);
    let running = Running::partner_at(any, partner, pins, limits(), 32).await;
    sender.address = running.address();
    let body = Bytes::from(MESSAGE);
    let target = Target {
        party: party("KZ"),
        url: format!("https://{}", sender.address),
        identity: sender.partner.clone(),
        tls12_until: None,
    };
    let clock = Clock::machine();
    // The partner took it, and the sender died before it knew.
    let client = Client::new(&sender.own.tls(), [target], Duration::from_secs(10), &clock).unwrap();
    let sent = corridor::queue::Deliver::deliver(&client, &party("KZ"), body).await;
    assert!(sent.is_ok());
    let store = sender.open();
    let queue = sender.start(&store);
    until(&store, |store| store.outbox(None, 1).is_empty()).await;
    ended(queue).await;
    assert_eq!(running.service.asked(), ["KZ: <message/> "; 2]);
    assert_eq!(store.stats().leaves, 1);
}
