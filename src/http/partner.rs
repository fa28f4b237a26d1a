//! What the partner listener answers: messages, and the log's checkpoint.
//!
//! Start at [`PartnerEndpoint`].

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use tokio::sync::Semaphore;
use tracing::warn;

use super::body::{self, Allowance};
use super::connections::{Held, Tally};
use super::error::Error;
use super::listener::{Endpoint, Limits};
use super::peers::{Peers, Side, sha256};
use super::problem::{self, BUSY_RETRY_S, Problem};
use super::router::{self, PartnerRoute};
use super::service::{Answer, AnswerStatus, Failure, Service};
use super::tls::{PartnerClients, ServerIdentity, server_config, unix};
use super::turned::Turned;
use crate::clock::Clock;
use crate::model::PartyId;
use crate::telemetry::{self, Outcome};

/// Names the receipt that a response carries.
pub(super) const RECEIPT_ID: HeaderName = HeaderName::from_static("corridor-receipt-id");

/// Connections of a partner that no limit was given for.
const CONNECTIONS_DEFAULT: usize = 32;

/// The partner side of a gateway.
pub struct PartnerEndpoint<S> {
    service: Arc<S>,
    identity: ServerIdentity,
    peers: Arc<Peers>,
    connections_max: HashMap<PartyId, usize>,
    connections: Tally,
    intake: Intake,
    turned: Turned,
    clock: Clock,
}

impl<S> std::fmt::Debug for PartnerEndpoint<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartnerEndpoint")
            .field("peers", &self.peers)
            .finish_non_exhaustive()
    }
}

impl<S: Service> PartnerEndpoint<S> {
    /// An endpoint for these partners, each with its own bound on connections.
    pub fn new(
        service: Arc<S>,
        identity: ServerIdentity,
        peers: Peers,
        connections_max: HashMap<PartyId, usize>,
        limits: &Limits,
        clock: Clock,
    ) -> Self {
        Self {
            service,
            identity,
            peers: Arc::new(peers),
            connections_max,
            connections: Tally::default(),
            // One partner with slow bodies leaves half of the room to the others.
            intake: Intake::new(limits, limits.in_flight_max.div_ceil(2)),
            turned: Turned::default(),
            clock,
        }
    }

    async fn route(
        &self,
        party: &PartyId,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Problem> {
        let uri = request.uri();
        match router::partner(request.method(), uri.path(), uri.query())? {
            PartnerRoute::Checkpoint => {
                let note = self.service.checkpoint().await.map_err(problem::of)?;
                Ok(text(note))
            }
            PartnerRoute::Post => self.post(party, request).await,
        }
    }

    async fn post(
        &self,
        party: &PartyId,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Problem> {
        let _slot = self.intake.enter(party)?;
        let (head, body) = request.into_parts();
        let read = body::xml(&head.headers, body, self.intake.allowance).await;
        let (bytes, charset) = read.inspect_err(|problem| {
            self.turned.note(party, problem.code(), None);
        })?;
        let answer = self.service.receive(party, bytes.clone(), charset).await;
        if matches!(answer, Err(Failure::Quota)) {
            let code = problem::of(Failure::Quota).code();
            self.turned.note(party, code, Some(sha256(&bytes)));
        }
        finish(party, "in", answer)
    }
}

impl<S: Service> Endpoint for PartnerEndpoint<S> {
    type Peer = PartnerPeer;

    const NAME: &'static str = "partner";

    fn tls(&self) -> Result<Arc<ServerConfig>, Error> {
        let verifier = Arc::new(PartnerClients::new(Arc::clone(&self.peers)));
        server_config(&self.identity, verifier, &self.clock)
    }

    fn admit(&self, certificates: &[CertificateDer<'_>]) -> Option<PartnerPeer> {
        let (leaf, intermediates) = certificates.split_first()?;
        let now = unix(&self.clock)?;
        let found = self.peers.identify(leaf, intermediates, Side::Client, now);
        let party = found.ok()?.clone();
        let most = self.connections_max.get(&party);
        let most = most.copied().unwrap_or(CONNECTIONS_DEFAULT);
        let Some(held) = self.connections.enter(&party, most) else {
            warn!(%party, most, "a connection beyond the partner's limit was closed");
            return None;
        };
        Some(PartnerPeer { party, _held: held })
    }

    async fn answer(
        &self,
        peer: &PartnerPeer,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        self.route(&peer.party, request)
            .await
            .unwrap_or_else(|problem| problem.response())
    }

    async fn settle(&self) {
        let sums = self.turned.take();
        if !sums.is_empty() {
            self.service.turned_away(sums).await;
        }
    }
}

/// A partner on one connection.
#[derive(Debug)]
pub struct PartnerPeer {
    party: PartyId,
    _held: Held,
}

/// Room for messages: how many at once, over all and for one sender, and how large and slow.
pub(super) struct Intake {
    slots: Arc<Semaphore>,
    senders: Tally,
    per_sender_max: usize,
    pub(super) allowance: Allowance,
}

impl Intake {
    pub(super) fn new(limits: &Limits, per_sender_max: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(limits.in_flight_max)),
            senders: Tally::default(),
            per_sender_max,
            allowance: Allowance {
                bytes_max: limits.body_bytes_max,
                time_max: limits.body,
            },
        }
    }

    /// Takes a place, or says when to come again.
    pub(super) fn enter(
        &self,
        sender: &PartyId,
    ) -> Result<(Held, tokio::sync::OwnedSemaphorePermit), Problem> {
        const BUSY: Problem = Problem::Busy {
            retry_after_s: BUSY_RETRY_S,
        };
        let held = self
            .senders
            .enter(sender, self.per_sender_max)
            .ok_or(BUSY)?;
        let slot = Arc::clone(&self.slots).try_acquire_owned();
        Ok((held, slot.map_err(|_| BUSY)?))
    }
}

/// Counts the outcome and makes the receipt a response.
pub(super) fn finish(
    party: &PartyId,
    direction: &'static str,
    answer: Result<Answer, Failure>,
) -> Result<Response<Full<Bytes>>, Problem> {
    let outcome = match &answer {
        Ok(answer) => match answer.status {
            AnswerStatus::Accepted => Outcome::Accepted,
            AnswerStatus::Conflict => Outcome::Conflict,
            AnswerStatus::Refused => Outcome::Refused,
        },
        Err(Failure::Busy | Failure::Quota) => Outcome::Busy,
        Err(_) => Outcome::Fault,
    };
    telemetry::exchange(party.as_str(), direction, outcome);
    answer.map(receipt).map_err(problem::of)
}

fn receipt(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.receipt));
    *response.status_mut() = problem::status(answer.status);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    if let Ok(id) = HeaderValue::from_str(&answer.receipt_id) {
        headers.insert(RECEIPT_ID, id);
    }
    response
}

/// A text as a response.
pub(super) fn text(text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
