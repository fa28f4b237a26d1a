//! What the national listener answers: submissions, the inbox, held messages, receipts, health.
//!
//! Start at [`NationalEndpoint`]. Everything but health and readiness needs a principal whose role
//! permits it, and is recorded before it is answered.

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use rustls::pki_types::CertificateDer;
use rustls::{ProtocolVersion, ServerConfig};
use serde_json::Value;
use tokio::sync::watch;
use tracing::warn;

use super::access::{Principals, permitted};
use super::body::{self, Allowance};
use super::error::Error;
use super::listener::{Endpoint, Limits};
use super::partner::{Intake, finish, text};
use super::problem::{self, Problem};
use super::router::{self, Beside, Route};
use super::service::{Content, Service, Submission, Wish};
use super::tls::{Offer, PrincipalClients, ServerIdentity, server_config, unix};
use crate::clock::Clock;
use crate::model::{PartyId, Principal};
use crate::telemetry::Telemetry;

/// Bytes of an officer's entry, such as a supplement: a few hundred values with their paths.
const ENTRY_BYTES_MAX: usize = 256 * 1024;

/// What the national listener shows, and whom it knows.
pub struct NationalFace {
    tls: Arc<ServerConfig>,
    principals: Principals,
}

impl NationalFace {
    /// A face that shows `identity` to these principals.
    ///
    /// # Errors
    /// [`Error::Identity`] when certificate and key cannot be used.
    pub fn new(
        identity: &ServerIdentity,
        principals: Principals,
        clock: &Clock,
    ) -> Result<Self, Error> {
        let verifier = Arc::new(PrincipalClients::new(principals.certificates()));
        Ok(Self {
            tls: server_config(identity, verifier, Offer::Tls13, clock)?,
            principals,
        })
    }
}

impl std::fmt::Debug for NationalFace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NationalFace").finish_non_exhaustive()
    }
}

/// The national side of a gateway.
pub struct NationalEndpoint<S> {
    service: Arc<S>,
    party: PartyId,
    face: ArcSwap<NationalFace>,
    changed: watch::Sender<u64>,
    intake: Intake,
    telemetry: Telemetry,
    clock: Clock,
}

impl<S> std::fmt::Debug for NationalEndpoint<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NationalEndpoint")
            .field("party", &self.party)
            .finish_non_exhaustive()
    }
}

impl<S: Service> NationalEndpoint<S> {
    /// An endpoint of `party` with this face.
    pub fn new(
        service: Arc<S>,
        party: PartyId,
        face: NationalFace,
        limits: &Limits,
        telemetry: Telemetry,
        clock: Clock,
    ) -> Self {
        Self {
            service,
            party,
            face: ArcSwap::from_pointee(face),
            changed: watch::Sender::new(0),
            intake: Intake::new(limits, limits.in_flight_max),
            telemetry,
            clock,
        }
    }

    /// Shows another face from now on. Connections by certificates that it does not know end.
    pub fn show(&self, face: NationalFace) {
        self.face.store(Arc::new(face));
        self.changed.send_modify(|changes| *changes += 1);
    }

    /// Whose certificate this is now; none is nobody's, and that is allowed.
    fn identify(&self, leaf: Option<&CertificateDer<'_>>) -> Option<Option<Arc<Principal>>> {
        let Some(leaf) = leaf else {
            return Some(None);
        };
        let now = unix(&self.clock)?;
        self.face.load().principals.by_certificate(leaf, now).ok()
    }

    async fn route(
        &self,
        by_certificate: Option<&Arc<Principal>>,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Problem> {
        let uri = request.uri();
        let route = router::national(request.method(), uri.path(), uri.query());
        match route {
            Ok(Route::Health) => return Ok(text("ok\n".to_owned())),
            Ok(Route::Ready) => return Ok(self.readiness()),
            Ok(_) | Err(_) => {}
        }
        let by_token = self.face.load().principals.by_token(request.headers());
        let principal = by_token.or_else(|| by_certificate.cloned());
        let principal = principal.ok_or(Problem::Unauthorized)?;
        let route = route?;
        let what = format!("{} {}", request.method(), uri.path());
        if !permitted(principal.role, &route) {
            warn!(principal = principal.name, role = %principal.role, what, "not permitted");
            return Err(Problem::Forbidden);
        }
        let recorded = self.service.accessed(&principal, &what).await;
        recorded.map_err(problem::of)?;
        self.answer_principal(&principal, route, request).await
    }

    async fn answer_principal(
        &self,
        principal: &Principal,
        route: Route,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Problem> {
        let service = &self.service;
        let answered = match route {
            Route::Post(beside) => return self.post(principal, beside, request).await,
            Route::Supplement(id) => return self.supplement(principal, &id, request).await,
            Route::QueueDrop(id) => {
                let wish = |body| Wish::Drop { id, body };
                return self.wish(principal, request, wish).await;
            }
            Route::QueueHold(id) => {
                let wish = |body| Wish::Hold { id, body };
                return self.wish(principal, request, wish).await;
            }
            Route::QueueRetryAll => {
                let wish = |body| Wish::RetryAll { body };
                return self.wish(principal, request, wish).await;
            }
            Route::QueueRetry(id) => {
                let wish = Wish::Retry { id };
                service.change_queue(principal, wish).await.map(json)
            }
            Route::Queue { partner } => {
                let queue = service.queue(principal, partner.as_deref()).await;
                queue.map(json)
            }
            Route::PartnerReceipt(party) => service.partner_receipt(&party).await.map(json),
            Route::Status => service.status().await.map(json),
            Route::Metrics => {
                service.observe();
                return Ok(text(self.telemetry.render()));
            }
            Route::Health => return Ok(text("ok\n".to_owned())),
            Route::Ready => return Ok(self.readiness()),
            Route::Message(id) => service.message(principal, &id).await.map(json),
            Route::Inbox { after, limit } => service.inbox(principal, after, limit).await.map(json),
            Route::InboxItem { id, form } => {
                let item = service.inbox_item(principal, &id, form).await;
                item.map(content)
            }
            Route::InboxAcknowledge(id) => {
                let done = service.acknowledge(principal, &id).await;
                done.map(|()| json(serde_json::json!({ "acknowledged": id })))
            }
            Route::Enter(entry) => {
                let body = self.json(request).await?;
                service.enter(principal, entry, body).await.map(json)
            }
            Route::Look(view) => service.look(principal, view).await.map(json),
            Route::Held => service.held(principal).await.map(json),
            Route::HeldEntry(id) => service.held_entry(principal, &id).await.map(json),
            Route::Receipt(id) => service.receipt(principal, &id).await.map(|bytes| {
                content(Content {
                    bytes,
                    media_type: "application/xml",
                })
            }),
            Route::Proof(id) => service.proof(principal, &id).await.map(text),
            Route::Checkpoint => service.checkpoint().await.map(text),
        };
        answered.map_err(problem::of)
    }

    fn readiness(&self) -> Response<Full<Bytes>> {
        problem::readiness(self.service.unready(), &self.service.warnings())
    }

    /// What an operator wants done, where a body says more.
    async fn wish(
        &self,
        principal: &Principal,
        request: Request<Incoming>,
        wish: impl FnOnce(Bytes) -> Wish,
    ) -> Result<Response<Full<Bytes>>, Problem> {
        let wish = wish(self.json(request).await?);
        let done = self.service.change_queue(principal, wish).await;
        done.map(json).map_err(problem::of)
    }

    /// A submission, with what is stated beside it.
    async fn post(
        &self,
        principal: &Principal,
        beside: Beside,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Problem> {
        let _slot = self.intake.enter(&self.party)?;
        let (head, body) = request.into_parts();
        let (body, charset) = body::xml(&head.headers, body, self.intake.allowance).await?;
        let submission = Submission {
            body,
            charset,
            replaces: beside.replaces,
            ucr: beside.ucr,
        };
        let answer = self.service.lodge(principal, submission).await;
        finish(&self.party, "national", answer)
    }

    async fn supplement(
        &self,
        principal: &Principal,
        id: &str,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Problem> {
        let bytes = self.json(request).await?;
        let done = self.service.supplement(principal, id, &bytes).await;
        done.map(json).map_err(problem::of)
    }

    /// The JSON of an officer's entry.
    async fn json(&self, request: Request<Incoming>) -> Result<Bytes, Problem> {
        let (head, body) = request.into_parts();
        let allowance = Allowance {
            bytes_max: ENTRY_BYTES_MAX,
            ..self.intake.allowance
        };
        body::json(&head.headers, body, allowance).await
    }
}

impl<S: Service> Endpoint for NationalEndpoint<S> {
    type Peer = Option<CertificateDer<'static>>;

    const NAME: &'static str = "national";

    fn tls(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.face.load().tls)
    }

    fn admit(
        &self,
        certificates: &[CertificateDer<'_>],
        _: Option<ProtocolVersion>,
    ) -> Option<Self::Peer> {
        let leaf = certificates.first();
        self.identify(leaf)?;
        Some(leaf.cloned().map(CertificateDer::into_owned))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn knows(&self, peer: &Self::Peer) -> bool {
        match peer {
            None => true,
            Some(leaf) => matches!(self.identify(Some(leaf)), Some(Some(_))),
        }
    }

    async fn answer(&self, peer: &Self::Peer, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let by_certificate = self.identify(peer.as_ref()).flatten();
        self.route(by_certificate.as_ref(), request)
            .await
            .unwrap_or_else(|problem| problem.response())
    }

    async fn settle(&self) {
        self.telemetry.upkeep();
    }
}

fn json(value: Value) -> Response<Full<Bytes>> {
    content(Content {
        bytes: Bytes::from(value.to_string()),
        media_type: "application/json",
    })
}

fn content(content: Content) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(content.bytes));
    let media_type = HeaderValue::from_static(content.media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}
