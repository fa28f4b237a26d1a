//! Those who talk to a gateway: users of its national listener, and partners that post by hand.
//!
//! Start at [`Desk::open`] and [`Peer::new`].

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use corridor::cli::https::{Https, HttpsAnswer, HttpsError, tls_settings};
use corridor::cli::trial::world::Party;
use corridor::clock::Clock;
use corridor::crypto::{Policy, Suites, TrustStore};
use corridor::evidence::{self, Outcome, Part, PartState, Receipt, Refusal};
use http::{Method, StatusCode};
use rustls::ClientConfig;
use serde_json::Value;

use super::trial::until;

/// A user of a national listener.
pub(crate) struct Desk {
    https: Https,
    authorization: String,
}

impl Desk {
    /// Connects as the party's user with this role.
    pub(crate) async fn open(party: &Party, role: &str) -> Self {
        Self::try_open(party, role).await.unwrap()
    }

    /// The same, where the gateway may be down.
    pub(crate) async fn try_open(party: &Party, role: &str) -> Result<Self, HttpsError> {
        let tls = tls_settings(party.anchor_pem.as_bytes(), None).unwrap();
        Self::connect(party, role, &tls).await
    }

    /// The same, where the gateway's certificate is not the one that it was made with.
    pub(crate) async fn connect(
        party: &Party,
        role: &str,
        tls: &Arc<ClientConfig>,
    ) -> Result<Self, HttpsError> {
        Ok(Self {
            https: Https::connect(party.national_address, tls).await?,
            authorization: format!("Bearer {}", party.token(role)),
        })
    }

    /// The same user's connection with another bearer token.
    pub(crate) fn bearing(self, token: &str) -> Self {
        Self {
            authorization: format!("Bearer {token}"),
            ..self
        }
    }

    /// One request with a body of the given media type.
    pub(crate) async fn call(
        &mut self,
        method: Method,
        path: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<HttpsAnswer, HttpsError> {
        let authorization = self.authorization.clone();
        let mut headers = vec![("authorization", authorization.as_str())];
        if !media_type.is_empty() {
            headers.push(("content-type", media_type));
        }
        self.https.request(method, path, &headers, body).await
    }

    /// Submits a document, where the connection may break.
    pub(crate) async fn try_submit(&mut self, document: &str) -> Result<HttpsAnswer, HttpsError> {
        let body = Bytes::from(document.to_owned());
        self.call(Method::POST, "/v1/messages", "application/xml", body)
            .await
    }

    /// Submits a document.
    pub(crate) async fn submit(&mut self, document: &str) -> HttpsAnswer {
        self.try_submit(document).await.unwrap()
    }

    /// Submits a document in the place of an earlier one.
    pub(crate) async fn amend(&mut self, replaces: &str, document: &str) -> HttpsAnswer {
        let path = format!("/v1/messages?function=amend&replaces={replaces}");
        let body = Bytes::from(document.to_owned());
        let answer = self.call(Method::POST, &path, "application/xml", body);
        answer.await.unwrap()
    }

    /// Takes a submission back.
    pub(crate) async fn cancel(&mut self, message: &str) -> HttpsAnswer {
        let path = format!("/v1/messages/{message}/cancel");
        let reason = serde_json::json!({ "reason": "the lorry broke down" });
        self.post(&path, &reason).await
    }

    /// Posts JSON.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> HttpsAnswer {
        let body = Bytes::from(body.to_string());
        let answer = self.call(Method::POST, path, "application/json", body);
        answer.await.unwrap()
    }

    /// Fetches whatever is there.
    pub(crate) async fn fetch(&mut self, path: &str) -> HttpsAnswer {
        let answer = self.call(Method::GET, path, "", Bytes::new());
        answer.await.unwrap()
    }

    /// Fetches bytes that must be there.
    pub(crate) async fn bytes(&mut self, path: &str) -> Bytes {
        let answer = self.fetch(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", text(&answer));
        answer.body
    }

    /// Fetches JSON that must be there.
    pub(crate) async fn get(&mut self, path: &str) -> Value {
        serde_json::from_slice(&self.bytes(path).await).unwrap()
    }

    /// Looks at `path` until `done` finds what it waits for.
    pub(crate) async fn wait<T>(&mut self, path: &str, done: impl Fn(&Value) -> Option<T>) -> T {
        until(path, async || done(&self.get(path).await)).await
    }

    /// What became of a message, once nothing of it waits for delivery.
    pub(crate) async fn settled(&mut self, receipt_id: &str) -> Value {
        self.wait(&format!("/v1/messages/{receipt_id}"), |message| {
            let entries = message["outgoing"].as_array().unwrap();
            let open = entries.iter().any(|entry| entry["state"] == "queued");
            (!open).then(|| message.clone())
        })
        .await
    }

    /// All items of the inbox that nobody took.
    pub(crate) async fn inbox(&mut self) -> Vec<Value> {
        let (mut items, mut path) = (Vec::new(), "/v1/inbox?limit=1000".to_owned());
        loop {
            let page = self.get(&path).await;
            items.extend(page["items"].as_array().unwrap().clone());
            match page["next"].as_u64() {
                Some(next) => path = format!("/v1/inbox?limit=1000&after={next}"),
                None => return items,
            }
        }
    }

    /// The inbox item in which `field` has this value, once it is there.
    pub(crate) async fn item(&mut self, field: &str, value: &str) -> Value {
        self.wait("/v1/inbox?limit=1000", |inbox| {
            let items = inbox["items"].as_array().unwrap();
            items.iter().find(|item| item[field] == value).cloned()
        })
        .await
    }

    /// Leaves of the log under its newest checkpoint (C2SP tlog-checkpoint: the second line).
    pub(crate) async fn leaves(&mut self) -> u64 {
        let note = self.bytes("/v1/log/checkpoint").await;
        let note = String::from_utf8(note.to_vec()).unwrap();
        note.lines().nth(1).unwrap().parse().unwrap()
    }
}

/// A partner's gateway that posts by hand, with the partner's TLS certificate.
#[derive(Clone)]
pub(crate) struct Peer {
    tls: Arc<ClientConfig>,
    address: SocketAddr,
}

impl Peer {
    /// `from` posting to `to`.
    pub(crate) fn new(from: &Party, to: &Party) -> Self {
        let own = (&*from.tls.certificate_pem, &*from.tls.key_pem);
        Self {
            tls: tls_settings(to.anchor_pem.as_bytes(), Some(own)).unwrap(),
            address: to.partner_address,
        }
    }

    /// A connection for several messages.
    pub(crate) async fn connect(&self) -> Result<Https, HttpsError> {
        Https::connect(self.address, &self.tls).await
    }

    /// Posts one message over a connection of its own.
    pub(crate) async fn post(&self, message: &Bytes) -> HttpsAnswer {
        let mut https = self.connect().await.unwrap();
        send(&mut https, message).await.unwrap()
    }
}

/// Posts a message over a partner's connection.
pub(crate) async fn send(https: &mut Https, message: &Bytes) -> Result<HttpsAnswer, HttpsError> {
    let headers = [("content-type", "application/xml")];
    let answer = https.request(Method::POST, "/v1/messages", &headers, message.clone());
    answer.await
}

/// The body of an answer, for messages of tests.
pub(crate) fn text(answer: &HttpsAnswer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// The receipt that `party` must have signed, verified with its anchor.
#[track_caller]
pub(crate) fn receipt(party: &Party, sealed: &[u8]) -> Receipt {
    let trust = TrustStore::from_pem(party.anchor_pem.as_bytes(), &[], &[]).unwrap();
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(str::to_owned).collect();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust: &trust,
    };
    let opened = evidence::open(sealed, &policy, Clock::machine().wall());
    opened
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(sealed)))
        .0
}

/// The receipt of an answer that must accept.
#[track_caller]
pub(crate) fn accepted(party: &Party, answer: &HttpsAnswer) -> Receipt {
    assert_eq!(answer.status, StatusCode::OK, "{}", text(answer));
    receipt(party, &answer.body)
}

/// The refusal of an answer that must have this status and code.
#[track_caller]
pub(crate) fn refused(party: &Party, answer: &HttpsAnswer, status: u16, code: &str) -> Refusal {
    assert_eq!(answer.status.as_u16(), status, "{}", text(answer));
    let Outcome::Refused(refusal) = receipt(party, &answer.body).outcome else {
        panic!("accepted: {}", text(answer));
    };
    assert!(refusal.code.starts_with(code), "{refusal:?}");
    refusal
}

/// The parts of an accepted message.
#[track_caller]
pub(crate) fn parts(receipt: &Receipt) -> &[Part] {
    let Outcome::Accepted { parts } = &receipt.outcome else {
        panic!("{receipt:?}");
    };
    parts
}

/// The states of the parts of an accepted message.
#[track_caller]
pub(crate) fn states(receipt: &Receipt) -> Vec<PartState> {
    parts(receipt).iter().map(|part| part.state).collect()
}
