//! What the partner listener answers: messages, and the log's checkpoint.
//!
//! Start at [`PartnerEndpoint`].

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::{ProtocolVersion, ServerConfig};
use tokio::sync::{Semaphore, watch};
use tracing::warn;

use super::body::{self, Allowance};
use super::connections::{Held, Tally};
use super::error::Error;
use super::listener::{Endpoint, Limits};
use super::peers::{Peers, Side, end_of, sha256};
use super::problem::{self, BUSY_RETRY_S, Problem};
use super::router::{self, PartnerRoute};
use super::service::{Answer, AnswerStatus, Failure, Service};
use super::tls::{Offer, PartnerClients, ServerIdentity, server_config, unix};
use super::turned::Turned;
use crate::clock::Clock;
use crate::model::PartyId;
use crate::telemetry::{self, Outcome};

/// Names the receipt that a response carries.
pub(super) const RECEIPT_ID: HeaderName = HeaderName::from_static("corridor-receipt-id");

/// Connections of a partner that no limit was given for.
const CONNECTIONS_DEFAULT: usize = 32;

/// What the partner listener shows, and whom it lets in.
pub struct PartnerFace {
    tls: Arc<ServerConfig>,
    /// With TLS 1.2, until the last exception ends.
    tls12: Option<(Arc<ServerConfig>, Timestamp)>,
    peers: Arc<Peers>,
    connections_max: HashMap<PartyId, usize>,
}

impl PartnerFace {
    /// A face that shows `identity` to these partners, each with its own bound on connections.
    ///
    /// # Errors
    /// [`Error::Identity`] when certificate and key cannot be used.
    pub fn new(
        identity: &ServerIdentity,
        peers: Peers,
        connections_max: HashMap<PartyId, usize>,
        clock: &Clock,
    ) -> Result<Self, Error> {
        let peers = Arc::new(peers);
        let verifier = Arc::new(PartnerClients::new(Arc::clone(&peers), clock));
        let tls12 = match peers.last_tls12() {
            Some(until) => {
                let verifier = Arc::clone(&verifier);
                let config = server_config(identity, verifier, Offer::Tls12Too, clock)?;
                Some((config, until))
            }
            None => None,
        };
        Ok(Self {
            tls: server_config(identity, verifier, Offer::Tls13, clock)?,
            tls12,
            peers,
            connections_max,
        })
    }
}

impl std::fmt::Debug for PartnerFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartnerFace")
            .field("peers", &self.peers)
            .finish_non_exhaustive()
    }
}

/// The partner side of a gateway.
pub struct PartnerEndpoint<S> {
    service: Arc<S>,
    face: ArcSwap<PartnerFace>,
    changed: watch::Sender<u64>,
    connections: Tally,
    intake: Intake,
    turned: Turned,
    clock: Clock,
}

impl<S> std::fmt::Debug for PartnerEndpoint<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PartnerEndpoint")
            .field("face", &self.face)
            .finish_non_exhaustive()
    }
}

impl<S: Service> PartnerEndpoint<S> {
    /// An endpoint with this face.
    pub fn new(service: Arc<S>, face: PartnerFace, limits: &Limits, clock: Clock) -> Self {
        Self {
            service,
            face: ArcSwap::from_pointee(face),
            changed: watch::Sender::new(0),
            connections: Tally::default(),
            // One partner with slow bodies leaves half of the room to the others.
            intake: Intake::new(limits, limits.in_flight_max.div_ceil(2)),
            turned: Turned::default(),
            clock,
        }
    }

    /// Shows another face from now on. Connections of partners that it does not know end.
    pub fn show(&self, face: PartnerFace) {
        self.face.store(Arc::new(face));
        self.reconsider();
    }

    /// Looks at every connection again: what is known of certificates has changed.
    pub fn reconsider(&self) {
        self.changed.send_modify(|changes| *changes += 1);
    }

    /// Whose certificates these are now.
    fn identify(&self, certificates: &[CertificateDer<'_>]) -> Option<PartyId> {
        let (leaf, intermediates) = certificates.split_first()?;
        let now = unix(&self.clock)?;
        let face = self.face.load();
        let found = face.peers.identify(leaf, intermediates, Side::Client, now);
        found.ok().cloned()
    }

    /// Whether a partner may use this version of TLS now.
    fn takes(&self, party: &PartyId, version: Option<ProtocolVersion>) -> bool {
        match version {
            Some(ProtocolVersion::TLSv1_3) => true,
            Some(ProtocolVersion::TLSv1_2) => {
                self.face.load().peers.takes_tls12(party, self.clock.wall())
            }
            Some(_) | None => false,
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

    fn tls(&self) -> Arc<ServerConfig> {
        let face = self.face.load();
        match &face.tls12 {
            Some((tls, until)) if self.clock.wall() < *until => Arc::clone(tls),
            Some(_) | None => Arc::clone(&face.tls),
        }
    }

    fn admit(
        &self,
        certificates: &[CertificateDer<'_>],
        version: Option<ProtocolVersion>,
    ) -> Option<PartnerPeer> {
        let admitted = *self.changed.borrow();
        let party = self.identify(certificates)?;
        if !self.takes(&party, version) {
            warn!(%party, ?version, "a connection by a version of TLS without an exception in force was closed");
            return None;
        }
        let most = self.face.load().connections_max.get(&party).copied();
        let most = most.unwrap_or(CONNECTIONS_DEFAULT);
        let Some(held) = self.connections.enter(&party, most) else {
            warn!(%party, most, "a connection beyond the partner's limit was closed");
            return None;
        };
        if let Some(end) = certificates.first().and_then(end_of) {
            self.service.showed(&party, end);
        }
        let certificates = certificates.iter().cloned();
        Some(PartnerPeer {
            party,
            certificates: certificates.map(CertificateDer::into_owned).collect(),
            admitted,
            version,
            _held: held,
        })
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn knows(&self, peer: &PartnerPeer) -> bool {
        self.identify(&peer.certificates).as_ref() == Some(&peer.party)
            && self.takes(&peer.party, peer.version)
    }

    async fn answer(
        &self,
        peer: &PartnerPeer,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        // The connection is about to end; what comes on it meanwhile is nobody's.
        let over = !self.takes(&peer.party, peer.version);
        if over || *self.changed.borrow() != peer.admitted && !self.knows(peer) {
            return Problem::Unauthorized.response();
        }
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
    /// As the handshake accepted them, leaf first.
    certificates: Vec<CertificateDer<'static>>,
    /// How many changes of faces and of what is known of certificates there had been then.
    admitted: u64,
    /// The version of TLS.
    version: Option<ProtocolVersion>,
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
        Err(Failure::Busy | Failure::NoRoom | Failure::Quota) => Outcome::Busy,
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
