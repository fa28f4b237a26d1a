//! The queue over a real store, with a stand-in for the partner.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use ring::signature::Ed25519KeyPair;
use tempfile::TempDir;
use tokio::sync::{Semaphore, watch};

use super::*;
use crate::evidence::{
    CheckpointSigner, Direction, LeafKind, MessageFacts, Origin, Outcome, Part, PartState, Receipt,
    Refusal, Salt, sha256,
};
use crate::model::Sha256;
use crate::store::{Event, Identity, Options, OutboxEntry, OutgoingState, StdDisk};

/// Longest that anything in a test may take.
const PATIENCE: Duration = Duration::from_secs(20);

fn party(code: &str) -> PartyId {
    code.parse().unwrap()
}

/// A store that can be opened again.
struct Setting {
    dir: TempDir,
    signer: Arc<CheckpointSigner>,
    identity: Identity,
}

impl Setting {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let random = ring::rand::SystemRandom::new();
        let key = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let signer = CheckpointSigner::from_pkcs8("ru.test/log", key.as_ref()).unwrap();
        let identity = Identity {
            gateway: party("RU"),
            log: signer.verifier().clone(),
        };
        let setting = Self {
            dir,
            signer: Arc::new(signer),
            identity,
        };
        Store::create(
            &setting.path(),
            &setting.identity,
            &setting.signer,
            &StdDisk,
        )
        .unwrap();
        setting
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("store")
    }

    fn open(&self) -> Store {
        let (signer, options) = (Arc::clone(&self.signer), Options::default());
        Store::open(&self.path(), &self.identity, signer, &options).unwrap()
    }
}

/// Puts messages `(id, case)` into the outbox for KZ; the body of a message is its id.
async fn enqueue(store: &Store, messages: &[(&str, &str)]) {
    for (id, case) in messages {
        let body = Bytes::from((*id).to_owned());
        let entry = OutboxEntry {
            id: (*id).to_owned(),
            partner: party("KZ"),
            case: (*case).to_owned(),
            body: sha256(&body),
            bytes: u64::try_from(body.len()).unwrap(),
            package: "eaeu/r048/1".parse().unwrap(),
            message_id: (*id).to_owned(),
            source: "source".to_owned(),
            at: "2026-01-01T00:00:00Z".parse().unwrap(),
            keys: Vec::new(),
            posts: Vec::new(),
        };
        store
            .append(vec![body.into()], vec![Event::Queued(entry)])
            .await
            .unwrap();
    }
}

/// A partner that answers by script: the outcome of each delivery of a body, the last one for ever.
#[derive(Clone, Default)]
struct Partner {
    scripts: Arc<Mutex<HashMap<String, VecDeque<Say>>>>,
    /// Bodies in the order in which they arrived.
    arrived: Arc<Mutex<Vec<String>>>,
    /// When set, each delivery takes a permit first.
    gate: Option<Arc<Semaphore>>,
}

#[derive(Clone, Copy)]
enum Say {
    Accept,
    Fail(&'static str),
    /// A receipt that is for something else.
    Other,
    Refuse,
    /// A receipt that says that it waits for an earlier message.
    Wait,
}

impl Partner {
    fn script(&self, body: &str, outcomes: &[Say]) {
        let script = outcomes.iter().copied().collect();
        self.scripts.lock().unwrap().insert(body.to_owned(), script);
    }

    fn arrived(&self) -> Vec<String> {
        self.arrived.lock().unwrap().clone()
    }

    fn next(&self, body: &str) -> Say {
        let mut scripts = self.scripts.lock().unwrap();
        match scripts.get_mut(body) {
            Some(outcomes) if outcomes.len() > 1 => outcomes.pop_front().unwrap(),
            Some(outcomes) => outcomes[0],
            None => Say::Accept,
        }
    }
}

impl Deliver for Partner {
    async fn deliver(&self, partner: &PartyId, body: Bytes) -> Result<Bytes, Undelivered> {
        assert_eq!(*partner, party("KZ"));
        let text = String::from_utf8(body.to_vec()).unwrap();
        self.arrived.lock().unwrap().push(text.clone());
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let (word, digest) = match self.next(&text) {
            Say::Fail(code) => return Err(Undelivered::new(code)),
            Say::Accept => ("accept", sha256(&body)),
            Say::Refuse => ("refuse", sha256(&body)),
            Say::Wait => ("wait", sha256(&body)),
            Say::Other => ("accept", sha256(b"another message")),
        };
        Ok(Bytes::from(format!("{word} {digest}")))
    }
}

/// Opens the stand-in's receipts: `accept`, `refuse` or `wait`, and a digest.
fn judge() -> Judge {
    Judge::new(party("RU"), |partner, sealed, now| {
        let text = std::str::from_utf8(sealed).map_err(|_| "RECEIPT_SIGNATURE")?;
        let (word, digest) = text.split_once(' ').ok_or("RECEIPT_SIGNATURE")?;
        Ok(receipt(partner, digest.parse().unwrap(), word, now))
    })
}

fn receipt(gateway: &PartyId, message: Sha256, word: &str, now: Timestamp) -> Receipt {
    let waiting = Part {
        lane: None,
        document: None,
        to: None,
        package: None,
        mapping_sha256: None,
        state: PartState::Waiting,
        sha256: None,
        losses: Vec::new(),
        supplied: Vec::new(),
        findings: Vec::new(),
    };
    let refusal = Refusal {
        code: "SCHEMA".to_owned(),
        stage: "schema".to_owned(),
        line: None,
        column: None,
        path: None,
        text: "no".to_owned(),
        original: None,
    };
    Receipt {
        id: "receipt".to_owned(),
        gateway: gateway.clone(),
        partner: party("RU"),
        direction: Direction::In,
        counter: 1,
        leaf_index: 0,
        received_at: now,
        salt: Salt::new([7; 32]),
        message: MessageFacts {
            sha256: message,
            bytes: 1,
            package: None,
            id: None,
        },
        origin: Origin::Unverified,
        config_sha256: Sha256([0; 32]),
        registration: None,
        outcome: match word {
            "refuse" => Outcome::Refused(refusal),
            "wait" => Outcome::Accepted {
                parts: vec![waiting],
            },
            _ => Outcome::Accepted { parts: Vec::new() },
        },
    }
}

/// A queue at work.
struct Running {
    store: Store,
    stop: watch::Sender<bool>,
    workers: Workers<Partner>,
}

impl Running {
    fn start(store: Store, partner: &Partner) -> Self {
        let clock = Clock::machine();
        let queue = Queue::new(store.clone(), partner.clone(), judge(), clock, PATIENCE);
        let (stop, stopped) = watch::channel(false);
        let to = Recipient {
            partner: party("KZ"),
            in_flight_max: 4,
        };
        Self {
            store,
            stop,
            workers: queue.start([to], &stopped),
        }
    }

    /// Waits until this many messages are left in the outbox.
    async fn left(&self, count: usize) {
        let mut changes = self.store.outbox_changes();
        let emptied = async {
            while self.store.outbox(None, 1000).len() > count {
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, emptied).await.unwrap();
    }

    /// Waits until the message `id` has failed this often.
    async fn failed(&self, id: &str, count: u32) -> Option<String> {
        let mut changes = self.store.outbox_changes();
        let failed = async {
            loop {
                let waiting = self.store.outbox(None, 1000);
                let found = waiting.iter().find(|message| message.entry.id == id);
                if let Some(message) = found.filter(|message| message.attempts >= count) {
                    return message.last_code.clone();
                }
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, failed).await.unwrap()
    }

    async fn stop(mut self) -> Store {
        self.stop.send(true).unwrap();
        while let Some(ended) = self.workers.join_next().await {
            ended.unwrap();
        }
        self.store
    }
}

fn position(arrived: &[String], body: &str) -> usize {
    arrived.iter().position(|other| other == body).unwrap()
}

#[tokio::test]
async fn every_message_goes_once_and_in_the_order_of_its_case() {
    let setting = Setting::new();
    let store = setting.open();
    let messages = [
        ("a1", "A"),
        ("b1", "B"),
        ("a2", "A"),
        ("b2", "B"),
        ("a3", "A"),
    ];
    enqueue(&store, &messages).await;
    let partner = Partner::default();
    let running = Running::start(store, &partner);
    running.left(0).await;
    let store = running.stop().await;
    let arrived = partner.arrived();
    assert_eq!(arrived.len(), messages.len());
    assert!(position(&arrived, "a1") < position(&arrived, "a2"));
    assert!(position(&arrived, "a2") < position(&arrived, "a3"));
    assert!(position(&arrived, "b1") < position(&arrived, "b2"));
    // Each receipt is a leaf, and a body.
    assert_eq!(store.stats().leaves, 5);
    let leaf = store.leaf(0).unwrap().unwrap();
    assert_eq!((leaf.kind, leaf.counter), (LeafKind::Acknowledged, 1));
    let OutgoingState::Delivered {
        partner_receipt, ..
    } = store.outgoing("a1").unwrap().unwrap().state
    else {
        panic!("not delivered");
    };
    let kept = store.body(&partner_receipt).unwrap().unwrap();
    assert_eq!(kept, format!("accept {}", sha256(b"a1")));
}

#[tokio::test]
async fn a_failing_head_holds_back_its_own_case_alone() {
    let setting = Setting::new();
    let store = setting.open();
    enqueue(&store, &[("a1", "A"), ("a2", "A"), ("b1", "B")]).await;
    let partner = Partner::default();
    partner.script("a1", &[Say::Fail("DELIVERY_NO_RECEIPT"), Say::Accept]);
    let running = Running::start(store, &partner);
    running.left(0).await;
    running.stop().await;
    let arrived = partner.arrived();
    let of_a: Vec<&str> = arrived
        .iter()
        .map(String::as_str)
        .filter(|body| *body != "b1")
        .collect();
    assert_eq!(of_a, ["a1", "a1", "a2"]);
    assert!(position(&arrived, "b1") < position(&arrived, "a2"));
}

#[tokio::test]
async fn what_waits_at_the_partner_holds_nothing_back_until_the_last_word() {
    let setting = Setting::new();
    let store = setting.open();
    enqueue(
        &store,
        &[("a1", "A"), ("a2", "A"), ("b1", "B"), ("b2", "B")],
    )
    .await;
    let partner = Partner::default();
    partner.script("a1", &[Say::Wait, Say::Accept]);
    partner.script("b1", &[Say::Wait, Say::Refuse]);
    let running = Running::start(store, &partner);
    assert_eq!(
        running.failed("a1", 1).await.as_deref(),
        Some("DELIVERY_WAITS")
    );
    running.left(0).await;
    let store = running.stop().await;
    let arrived = partner.arrived();
    let last = |body: &str| arrived.iter().rposition(|other| other == body).unwrap();
    assert!(position(&arrived, "a1") < position(&arrived, "a2"));
    assert!(position(&arrived, "a2") < last("a1"), "{arrived:?}");
    assert!(position(&arrived, "b2") < last("b1"), "{arrived:?}");
    assert_eq!(arrived.len(), 6);
    let state = |id: &str| store.outgoing(id).unwrap().unwrap().state;
    assert!(matches!(state("a1"), OutgoingState::Delivered { .. }));
    assert!(matches!(state("b1"), OutgoingState::Rejected { .. }));
}

#[tokio::test]
async fn a_refusal_is_final_and_kept_as_a_dead_letter() {
    let setting = Setting::new();
    let store = setting.open();
    enqueue(&store, &[("a1", "A"), ("a2", "A")]).await;
    let partner = Partner::default();
    partner.script("a1", &[Say::Refuse]);
    let running = Running::start(store, &partner);
    running.left(0).await;
    let store = running.stop().await;
    assert_eq!(partner.arrived(), ["a1", "a2"]);
    let letters = store.dead_letters(10).unwrap();
    assert_eq!(letters.len(), 1);
    let OutgoingState::Rejected {
        code,
        partner_receipt,
        ..
    } = &letters[0].state
    else {
        panic!("not rejected");
    };
    assert_eq!(code, "SCHEMA");
    assert!(partner_receipt.is_some());
    assert_eq!(store.stats().leaves, 2);
}

#[tokio::test]
async fn a_receipt_for_something_else_proves_nothing() {
    let setting = Setting::new();
    let store = setting.open();
    enqueue(&store, &[("a1", "A")]).await;
    let partner = Partner::default();
    partner.script("a1", &[Say::Other, Say::Accept]);
    let running = Running::start(store, &partner);
    let code = running.failed("a1", 1).await;
    assert_eq!(code.as_deref(), Some("RECEIPT_OTHER_MESSAGE"));
    assert_eq!(running.store.stats().leaves, 0);
    running.left(0).await;
    running.stop().await;
    assert_eq!(partner.arrived(), ["a1", "a1"]);
}

#[tokio::test]
async fn after_a_restart_a_message_that_failed_goes_once() {
    let setting = Setting::new();
    let store = setting.open();
    enqueue(&store, &[("a1", "A")]).await;
    let away = Partner::default();
    away.script("a1", &[Say::Fail("DELIVERY_CONNECT")]);
    let running = Running::start(store, &away);
    running.failed("a1", 1).await;
    drop(running.stop().await);

    let store = setting.open();
    let waiting = store.outbox(None, 10);
    assert!(waiting[0].attempts >= 1);
    assert_eq!(waiting[0].last_code.as_deref(), Some("DELIVERY_CONNECT"));
    let back = Partner::default();
    let running = Running::start(store, &back);
    running.left(0).await;
    drop(running.stop().await);
    assert_eq!(back.arrived(), ["a1"]);

    let store = setting.open();
    let idle = Partner::default();
    let running = Running::start(store, &idle);
    running.stop().await;
    assert!(idle.arrived().is_empty());
}

#[tokio::test]
async fn a_stop_lets_deliveries_under_way_end() {
    let setting = Setting::new();
    let store = setting.open();
    enqueue(&store, &[("a1", "A"), ("a2", "A")]).await;
    let gate = Arc::new(Semaphore::new(0));
    let partner = Partner {
        gate: Some(Arc::clone(&gate)),
        ..Partner::default()
    };
    let running = Running::start(store, &partner);
    let under_way = async {
        while partner.arrived().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, under_way).await.unwrap();
    running.stop.send(true).unwrap();
    gate.add_permits(10);
    let store = running.stop().await;
    assert_eq!(partner.arrived(), ["a1"]);
    let waiting = store.outbox(None, 10);
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].entry.id, "a2");
}

#[test]
fn a_receipt_must_be_the_partners_for_us_and_for_these_bytes() {
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let message = sha256(b"a1");
    let found = |change: fn(&mut Receipt)| {
        let judge = Judge::new(party("RU"), move |_, _, now| {
            let mut receipt = receipt(&party("KZ"), sha256(b"a1"), "accept", now);
            change(&mut receipt);
            Ok(receipt)
        });
        judge
            .acknowledge(&party("KZ"), b"", &message, now)
            .map(|found| found.refused)
    };
    assert_eq!(found(|_| {}), Ok(None));
    assert_eq!(
        found(|receipt| receipt.gateway = party("MN")),
        Err("RECEIPT_OTHER_GATEWAY")
    );
    assert_eq!(
        found(|receipt| receipt.partner = party("MN")),
        Err("RECEIPT_OTHER_SENDER")
    );
    assert_eq!(
        found(|receipt| receipt.direction = Direction::National),
        Err("RECEIPT_OTHER_SENDER")
    );
    assert_eq!(
        found(|receipt| receipt.message.sha256 = Sha256([1; 32])),
        Err("RECEIPT_OTHER_MESSAGE")
    );
}
