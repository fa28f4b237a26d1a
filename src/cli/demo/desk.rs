//! The people and machines of the demo: a national desk of a service, and a partner's gateway as
//! it would post by hand.
//!
//! Start at [`Desk`] and [`Peer`].

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};
use rustls::ClientConfig;
use serde_json::Value;

use crate::cli::Failure;
use crate::cli::https::{Https, HttpsAnswer, tls_settings};
use crate::cli::trial::world::Party;

/// How long the demo waits for something that another gateway has to do.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A user of a national listener.
#[derive(Debug)]
pub(super) struct Desk {
    https: Https,
    authorization: String,
}

impl Desk {
    /// Connects as the party's user with this role.
    pub(super) async fn open(party: &Party, role: &str) -> Result<Self, Failure> {
        let tls = tls_settings(party.anchor_pem.as_bytes(), None)?;
        Ok(Self {
            https: Https::connect(party.national_address, &tls).await?,
            authorization: format!("Bearer {}", party.token(role)),
        })
    }

    /// Submits a document; the answer is the receipt, or a problem document.
    pub(super) async fn submit(&mut self, document: Bytes) -> Result<HttpsAnswer, Failure> {
        self.call(Method::POST, "/v1/messages", "application/xml", document)
            .await
    }

    /// Sends JSON.
    pub(super) async fn post(&mut self, path: &str, body: &Value) -> Result<Value, Failure> {
        let body = Bytes::from(body.to_string());
        let answer = self
            .call(Method::POST, path, "application/json", body)
            .await?;
        json(path, &answer)
    }

    /// Fetches JSON.
    pub(super) async fn get(&mut self, path: &str) -> Result<Value, Failure> {
        let answer = self.fetch(path).await?;
        json(path, &answer)
    }

    /// Fetches bytes.
    pub(super) async fn fetch(&mut self, path: &str) -> Result<HttpsAnswer, Failure> {
        let answer = self.call(Method::GET, path, "", Bytes::new()).await?;
        match answer.status {
            StatusCode::OK => Ok(answer),
            status => Err(unexpected(path, status)),
        }
    }

    /// Looks at `path` until `done` finds what it waits for.
    pub(super) async fn wait<T>(
        &mut self,
        path: &str,
        what: &'static str,
        mut done: impl FnMut(&Value) -> Option<T>,
    ) -> Result<T, Failure> {
        let looking = async {
            loop {
                if let Some(found) = done(&self.get(path).await?) {
                    return Ok(found);
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await;
        found.unwrap_or(Err(Failure::ours(
            "DEMO_WAITED",
            format!("waited too long for {what}"),
        )))
    }

    async fn call(
        &mut self,
        method: Method,
        path: &str,
        media_type: &str,
        body: Bytes,
    ) -> Result<HttpsAnswer, Failure> {
        let authorization = self.authorization.clone();
        let mut headers = vec![("authorization", authorization.as_str())];
        if !media_type.is_empty() {
            headers.push(("content-type", media_type));
        }
        Ok(self.https.request(method, path, &headers, body).await?)
    }
}

fn unexpected(path: &str, status: StatusCode) -> Failure {
    Failure::ours("DEMO_STATUS", format!("{path} answered {status}"))
}

fn json(path: &str, answer: &HttpsAnswer) -> Result<Value, Failure> {
    if !answer.status.is_success() {
        return Err(unexpected(path, answer.status));
    }
    serde_json::from_slice(&answer.body).map_err(|_| Failure::ours("DEMO_UNREADABLE", path))
}

/// A partner's gateway that posts by hand: with the partner's TLS certificate.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    tls: Arc<ClientConfig>,
    address: std::net::SocketAddr,
}

impl Peer {
    /// `from` posting to `to`.
    pub(super) fn new(from: &Party, to: &Party) -> Result<Self, Failure> {
        let own = (&*from.tls.certificate_pem, &*from.tls.key_pem);
        Ok(Self {
            tls: tls_settings(to.anchor_pem.as_bytes(), Some(own))?,
            address: to.partner_address,
        })
    }

    /// Posts one message over a connection of its own.
    pub(super) async fn post(&self, message: Bytes) -> Result<HttpsAnswer, Failure> {
        let mut https = Https::connect(self.address, &self.tls).await?;
        let headers = [("content-type", "application/xml")];
        let answer = https.request(Method::POST, "/v1/messages", &headers, message);
        Ok(answer.await?)
    }
}
