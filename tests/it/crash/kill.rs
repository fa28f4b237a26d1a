//! SIGKILL under load, and a partner that is away.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use corridor::cli::https::HttpsAnswer;
use corridor::cli::trial::world::World;
use http::StatusCode;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::interval;

use crate::support::desk::{Desk, Peer, accepted, receipt, send};
use crate::support::messages::{Declaration, fresh_id, sign, transit};
use crate::support::trial::{Trial, until};

/// How often a gateway is killed.
const KILLS: usize = 10;
/// Connections of the national system, and as many of the partner.
const CONNECTIONS: usize = 4;
/// Messages that are sent to each gateway in a round.
const ROUND: usize = 16;
/// Of them, those that the victim has acknowledged when it is killed.
const BEFORE: usize = 6;

/// Between two attempts to send a message to a gateway that is down.
const AGAIN: Duration = Duration::from_millis(20);

/// Messages on their way to one gateway, and what it acknowledged.
struct Load {
    world: Arc<World>,
    /// Each permit is one more message; closed when enough were sent.
    permits: Semaphore,
    acknowledged: Mutex<Vec<Acknowledged>>,
    count: watch::Sender<usize>,
}

/// A message with its receipt as it was answered.
struct Acknowledged {
    message_id: String,
    receipt: Bytes,
}

impl Load {
    fn new(world: &Arc<World>) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::clone(world),
            permits: Semaphore::new(0),
            acknowledged: Mutex::default(),
            count: watch::Sender::new(0),
        })
    }

    /// Whether there is one more message to send.
    async fn next(&self) -> bool {
        let permit = self.permits.acquire().await;
        permit.map(tokio::sync::SemaphorePermit::forget).is_ok()
    }

    fn acknowledge(&self, message_id: String, answer: HttpsAnswer) {
        let mut acknowledged = self.acknowledged.lock().unwrap();
        acknowledged.push(Acknowledged {
            message_id,
            receipt: answer.body,
        });
        self.count.send_replace(acknowledged.len());
    }

    /// Waits until so many messages more were acknowledged than `before`.
    async fn grown(&self, before: usize) {
        let mut count = self.count.subscribe();
        let enough = count.wait_for(|count| *count >= before + BEFORE);
        enough.await.unwrap();
    }

    /// Submits declarations at RU; each one again until it is acknowledged.
    async fn national(self: Arc<Self>) {
        let ru = self.world.party("RU").unwrap();
        while self.next().await {
            let message_id = fresh_id().to_uppercase();
            let declaration = Declaration::Kz.with_id(&message_id);
            let mut tick = interval(AGAIN);
            let answer = loop {
                tick.tick().await;
                if let Ok(mut desk) = Desk::try_open(ru, "submitter").await
                    && let Ok(answer) = desk.try_submit(&declaration).await
                    && let Some(taken) = taken(answer)
                {
                    break taken;
                }
            };
            self.acknowledge(message_id, answer);
        }
    }

    /// Posts RU's signed messages to KZ; each one again until it is acknowledged.
    async fn partner(self: Arc<Self>) {
        let [ru, kz] = ["RU", "KZ"].map(|name| self.world.party(name).unwrap());
        let peer = Peer::new(ru, kz);
        while self.next().await {
            let message_id = fresh_id();
            let message = sign(&transit(&message_id), ru);
            let mut tick = interval(AGAIN);
            let answer = loop {
                tick.tick().await;
                if let Ok(mut https) = peer.connect().await
                    && let Ok(answer) = send(&mut https, &message).await
                    && let Some(taken) = taken(answer)
                {
                    break taken;
                }
            };
            self.acknowledge(message_id, answer);
        }
    }
}

/// An acknowledgement; what is busy or drains may be asked again, and nothing else may be said.
fn taken(answer: HttpsAnswer) -> Option<HttpsAnswer> {
    match answer.status {
        StatusCode::OK => Some(answer),
        StatusCode::SERVICE_UNAVAILABLE => None,
        status => panic!("{status}: {}", String::from_utf8_lossy(&answer.body)),
    }
}

/// Each receipt is there, byte for byte.
async fn kept(trial: &Trial, party: &str, load: &Load) -> Vec<String> {
    let mut auditor = Desk::open(trial.party(party), "auditor").await;
    let acknowledged: Vec<Acknowledged> = load.acknowledged.lock().unwrap().drain(..).collect();
    let mut ids = Vec::new();
    for Acknowledged {
        message_id,
        receipt: sealed,
    } in acknowledged
    {
        let receipt = receipt(trial.party(party), &sealed);
        assert_eq!(receipt.message.id.as_ref(), Some(&message_id));
        let stored = auditor.bytes(&format!("/v1/receipts/{}", receipt.id)).await;
        assert_eq!(stored, sealed);
        ids.push(receipt.id);
    }
    ids
}

/// The ids of the messages in a party's inbox, sorted.
async fn received(trial: &Trial, party: &str) -> Vec<String> {
    let mut officer = Desk::open(trial.party(party), "officer").await;
    let items = officer.inbox().await;
    let id = |item: &Value| item["message_id"].as_str().unwrap().to_owned();
    let mut ids: Vec<String> = items.iter().map(id).collect();
    ids.sort();
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_is_delivered_twice() {
    let mut trial = Trial::running(&["RU", "KZ"]).await;
    let loads = [Load::new(&trial.world), Load::new(&trial.world)];
    let [national, partner] = &loads;
    let mut workers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        workers.spawn(Arc::clone(national).national());
        workers.spawn(Arc::clone(partner).partner());
    }
    for round in 0..KILLS {
        let (victim, load) = match round % 2 {
            0 => ("KZ", partner),
            _ => ("RU", national),
        };
        let before = *load.count.borrow();
        for load in &loads {
            load.permits.add_permits(ROUND);
        }
        load.grown(before).await;
        trial.kill(victim);
        trial.sound(victim);
        trial.serve(&[victim]).await;
    }
    for load in &loads {
        until("the rest of the load", async || {
            (*load.count.borrow() == KILLS * ROUND).then_some(())
        })
        .await;
        load.permits.close();
    }
    workers.join_all().await;

    let mut expected: Vec<String> = {
        let acknowledged = partner.acknowledged.lock().unwrap();
        acknowledged
            .iter()
            .map(|one| one.message_id.clone())
            .collect()
    };
    kept(&trial, "KZ", partner).await;
    let submitted = kept(&trial, "RU", national).await;
    let mut submitter = Desk::open(trial.party("RU"), "submitter").await;
    for receipt_id in &submitted {
        let message = submitter.settled(receipt_id).await;
        let [sent] = message["outgoing"].as_array().unwrap().as_slice() else {
            panic!("{message}");
        };
        assert_eq!(sent["state"], "delivered", "{message}");
        expected.push(sent["message_id"].as_str().unwrap().to_owned());
    }
    expected.sort();
    assert_eq!(received(&trial, "KZ").await, expected);

    // The logs count each message once: at KZ as received, at RU as submitted and as receipted.
    let leaves = 2 * u64::try_from(KILLS * ROUND).unwrap();
    for party in ["RU", "KZ"] {
        let mut auditor = Desk::open(trial.party(party), "auditor").await;
        assert_eq!(auditor.leaves().await, leaves, "{party}");
        trial.stop(party);
        trial.sound(party);
    }
}

#[tokio::test]
async fn a_partner_that_was_away_gets_everything_once_and_in_order() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    trial.serve(&["RU"]).await;
    let mut receipts = Vec::new();
    for _ in 0..3 {
        let ru = trial.party("RU");
        let mut desk = Desk::open(ru, "submitter").await;
        receipts.push(accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await).id);
    }
    // One attempt fails at least; what failed goes on after the restart.
    let log = trial.path("RU", "gateway.log");
    until("a failed attempt", async || {
        let said = std::fs::read_to_string(&log).unwrap();
        said.contains("\"KZ\"").then_some(())
    })
    .await;
    trial.stop("RU");
    trial.serve(&["RU"]).await;
    let mut desk = Desk::open(trial.party("RU"), "submitter").await;
    for id in &receipts {
        let message = desk.get(&format!("/v1/messages/{id}")).await;
        assert_eq!(message["outgoing"][0]["state"], "queued", "{message}");
    }
    trial.serve(&["KZ"]).await;
    let mut expected = Vec::new();
    for id in &receipts {
        let message = desk.settled(id).await;
        assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");
        let id = message["outgoing"][0]["message_id"].as_str().unwrap();
        expected.push(id.to_owned());
    }
    expected.sort();
    assert_eq!(received(&trial, "KZ").await, expected);
    let mut auditor = Desk::open(trial.party("KZ"), "auditor").await;
    assert_eq!(auditor.leaves().await, 3);
}
