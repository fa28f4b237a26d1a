//! The client that delivers: connections to each partner over mutual TLS, kept and used again.
//!
//! Start at [`Client`]. It sends signed bytes and returns the partner's receipt unread; whether that
//! receipt is genuine is the queue's question.

use std::collections::HashMap;
use std::error::Error as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tracing::debug;

use super::error::Error;
use super::peers::{PeerIdentity, Standing, Standings};
use super::tls::{PartnerServer, ServerIdentity, client_config};
use crate::clock::Clock;
use crate::model::PartyId;
use crate::queue::{Deliver, Undelivered};

/// Largest receipt that is read: one with 10,000 losses has about 2 MiB.
const RECEIPT_BYTES_MAX: usize = 4 << 20;

/// How long an idle connection is used again. Shorter than the listeners keep one, so that a request
/// rarely meets a connection that is just being closed.
const IDLE_MAX: Duration = Duration::from_secs(8);

/// Idle connections kept per partner; more are closed after use.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// Longest wait that a partner may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);

/// Where and how a partner is reached.
#[derive(Debug, Clone)]
pub struct Target {
    /// Who it is.
    pub party: PartyId,
    /// `https://host:port`.
    pub url: String,
    /// How its certificate is recognised.
    pub identity: PeerIdentity,
    /// Until when it may use TLS 1.2; `None`: never.
    pub tls12_until: Option<Timestamp>,
}

/// Delivers to every partner. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    partners: Arc<ArcSwap<Targets>>,
    clock: Clock,
    timeout: Duration,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("partners", &self.partners)
            .finish_non_exhaustive()
    }
}

/// Where and how every partner is reached, with whose certificate.
pub struct Targets(HashMap<PartyId, Arc<Partner>>);

impl Targets {
    /// These partners, to whom `identity` is shown. One is not reached whose certificates are revoked
    /// by what `standings` know of it.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Anchor`] or [`Error::Identity`].
    pub fn new(
        identity: &ServerIdentity,
        targets: impl IntoIterator<Item = Target>,
        standings: &Standings,
        clock: &Clock,
    ) -> Result<Self, Error> {
        let mut partners = HashMap::new();
        for target in targets {
            let party = target.party.clone();
            let standing = standings.get(&party).map(Arc::clone);
            let partner = Partner::new(identity, target, standing, clock)?;
            partners.insert(party, Arc::new(partner));
        }
        Ok(Self(partners))
    }
}

impl std::fmt::Debug for Targets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

struct Partner {
    place: Place,
    tls: TlsConnector,
    idle: Mutex<Vec<Idle>>,
}

/// Where a partner's gateway is.
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) authority: HeaderValue,
    pub(super) name: ServerName<'static>,
}

impl Place {
    /// The place that a target's URL names.
    pub(super) fn of(target: &Target) -> Result<Self, Error> {
        let unusable = || Error::Url {
            party: target.party.to_string(),
        };
        let uri: Uri = target.url.parse().map_err(|_| unusable())?;
        let authority = uri.authority().ok_or_else(unusable)?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let header = HeaderValue::from_str(authority.as_str());
        Ok(Self {
            port: authority.port_u16().unwrap_or(443),
            name: ServerName::try_from(host.clone()).map_err(|_| unusable())?,
            host,
            authority: header.map_err(|_| unusable())?,
        })
    }
}

struct Idle {
    sender: SendRequest<Full<Bytes>>,
    since: Duration,
}

impl Client {
    /// A client that shows `identity` and knows these partners. `timeout` bounds one delivery, from
    /// connecting to the whole receipt.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Anchor`] or [`Error::Identity`].
    pub fn new(
        identity: &ServerIdentity,
        targets: impl IntoIterator<Item = Target>,
        timeout: Duration,
        clock: &Clock,
    ) -> Result<Self, Error> {
        let targets = Targets::new(identity, targets, &Standings::new(), clock)?;
        Ok(Self::of(targets, timeout, clock))
    }

    /// A client that reaches these targets.
    pub fn of(targets: Targets, timeout: Duration, clock: &Clock) -> Self {
        Self {
            partners: Arc::new(ArcSwap::from_pointee(targets)),
            clock: clock.clone(),
            timeout,
        }
    }

    /// Reaches these targets from now on. What is under way goes to its end; no kept connection is
    /// used again.
    pub fn replace(&self, targets: Targets) {
        self.partners.store(Arc::new(targets));
    }

    /// Connects anew for what is sent from now on: what is known of certificates has changed.
    pub fn reconsider(&self) {
        for partner in self.partners.load().0.values() {
            let idle = partner.idle.lock();
            idle.unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    async fn post(&self, partner: &Partner, body: Bytes) -> Result<Bytes, Undelivered> {
        let mut may_have_sent = false;
        while let Some(sender) = partner.idle(self.clock.monotonic()) {
            match self.exchange(partner, sender, body.clone()).await {
                // The partner closed the kept connection first: the next one, or a new one, will do.
                Err(failed) if failed.code == CONNECT => {}
                Err(failed) if failed.code == CONNECTION => may_have_sent = true,
                outcome => return outcome,
            }
        }
        let delivered = match partner.connect().await {
            Ok(sender) => self.exchange(partner, sender, body).await,
            Err(failed) => Err(failed),
        };
        delivered.map_err(|failed| match may_have_sent {
            true => after_sending(failed),
            false => failed,
        })
    }

    async fn exchange(
        &self,
        partner: &Partner,
        mut sender: SendRequest<Full<Bytes>>,
        body: Bytes,
    ) -> Result<Bytes, Undelivered> {
        let mut request = Request::post("/v1/messages")
            .body(Full::new(body))
            .map_err(|_| Undelivered::new("DELIVERY_REQUEST"))?;
        let headers = request.headers_mut();
        headers.insert(HOST, partner.place.authority.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        let broken = |error: hyper::Error, otherwise| {
            debug!(%error, "a delivery broke off");
            Undelivered::new(if refused_by_tls(&error) {
                "DELIVERY_TLS"
            } else {
                otherwise
            })
        };
        // Before this, nothing of the message is sent.
        let ready = sender.ready().await;
        ready.map_err(|error| broken(error, CONNECT))?;
        let sent = sender.send_request(request).await;
        let response = sent.map_err(|error| broken(error, CONNECTION))?;
        let (head, body) = response.into_parts();
        let receipt = Limited::new(body, RECEIPT_BYTES_MAX).collect().await;
        let receipt = receipt.map_err(|error| {
            let too_large = error.is::<LengthLimitError>();
            Undelivered::new(if too_large {
                "DELIVERY_RECEIPT_TOO_LARGE"
            } else {
                CONNECTION
            })
        })?;
        partner.keep(sender, self.clock.monotonic());
        answered(head.status, &head.headers, receipt.to_bytes())
    }
}

/// Whether the partner ended the connection by a TLS alert: in TLS 1.3 a refused client certificate
/// shows only after the handshake, at the first answer (RFC 8446 section 4.4.2.4).
pub(super) fn refused_by_tls(error: &hyper::Error) -> bool {
    let io = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    let tls = io
        .and_then(io::Error::get_ref)
        .and_then(|inner| inner.downcast_ref());
    matches!(tls, Some(rustls::Error::AlertReceived(_)))
}

/// There is no connection: nothing of the message was sent.
const CONNECT: &str = "DELIVERY_CONNECT";

/// The connection broke off.
const CONNECTION: &str = "DELIVERY_CONNECTION";

/// What an attempt failed with that may have sent the message over an earlier connection: that a later
/// one sent nothing says nothing of that.
fn after_sending(failed: Undelivered) -> Undelivered {
    match failed.may_have_reached() {
        true => failed,
        false => Undelivered::new(CONNECTION),
    }
}

/// A receipt is final whatever it says; anything else is not.
fn answered(status: StatusCode, headers: &HeaderMap, body: Bytes) -> Result<Bytes, Undelivered> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let xml = text(CONTENT_TYPE).is_some_and(|value| value.starts_with("application/xml"));
    match status.as_u16() {
        200 | 409 | 422 if xml => Ok(body),
        code => Err(Undelivered {
            code: match code {
                413 => "DELIVERY_TOO_LARGE",
                429 => "DELIVERY_QUOTA",
                503 => "DELIVERY_BUSY",
                500..=599 => "DELIVERY_PARTNER_FAULT",
                _ => "DELIVERY_NO_RECEIPT",
            },
            retry_after: text(RETRY_AFTER)
                .and_then(|value| value.parse().ok())
                .map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX)),
        }),
    }
}

impl Deliver for Client {
    async fn deliver(&self, partner: &PartyId, body: Bytes) -> Result<Bytes, Undelivered> {
        let known = self.partners.load().0.get(partner).map(Arc::clone);
        let unknown = || Undelivered::new("DELIVERY_UNKNOWN_PARTNER");
        let partner = known.ok_or_else(unknown)?;
        match tokio::time::timeout(self.timeout, self.post(&partner, body)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Undelivered::new("DELIVERY_TIMEOUT")),
        }
    }
}

impl Partner {
    fn new(
        identity: &ServerIdentity,
        target: Target,
        standing: Option<Arc<dyn Standing>>,
        clock: &Clock,
    ) -> Result<Self, Error> {
        let place = Place::of(&target)?;
        let (party, tls12_until) = (target.party, target.tls12_until);
        let verifier = PartnerServer::of(party, target.identity, tls12_until, standing, clock)?;
        // An exception that ends before the next reload is refused by the verifier.
        let offer = verifier.offer();
        let tls = client_config(identity, Arc::new(verifier), offer, clock)?;
        Ok(Self {
            place,
            tls: TlsConnector::from(Arc::new(tls)),
            idle: Mutex::new(Vec::new()),
        })
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, Undelivered> {
        let failed = |error: io::Error| {
            debug!(%error, "no connection to a partner");
            Undelivered::new(CONNECT)
        };
        let address = (self.place.host.as_str(), self.place.port);
        let stream = TcpStream::connect(address).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let stream = self.tls.connect(self.place.name.clone(), stream).await;
        let stream = stream.map_err(|error| {
            debug!(%error, "a partner's TLS was refused");
            Undelivered::new("DELIVERY_TLS")
        })?;
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = shaken.map_err(|_| Undelivered::new(CONNECT))?;
        // Ends when the sender is dropped or the partner closes; its error shows at the sender.
        tokio::spawn(connection);
        Ok(sender)
    }

    fn idle(&self, now: Duration) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |kept: &Idle| now.saturating_sub(kept.since) < IDLE_MAX;
        idle.retain(|kept| fresh(kept) && !kept.sender.is_closed());
        idle.pop().map(|kept| kept.sender)
    }

    fn keep(&self, sender: SendRequest<Full<Bytes>>, now: Duration) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CONNECTIONS_MAX && !sender.is_closed() {
            idle.push(Idle { sender, since: now });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        headers
    }

    #[test]
    fn receipts_are_final_whatever_they_say() {
        for status in [200, 409, 422] {
            let status = StatusCode::from_u16(status).unwrap();
            let receipt = Bytes::from_static(b"<Receipt/>");
            let found = answered(status, &headers("application/xml"), receipt.clone());
            assert_eq!(found, Ok(receipt));
        }
    }

    #[test]
    fn what_an_earlier_connection_may_have_sent_is_not_unsent_for_a_later_one() {
        for (failed, code) in [
            (CONNECT, CONNECTION),
            ("DELIVERY_REQUEST", CONNECTION),
            (CONNECTION, CONNECTION),
            ("DELIVERY_TLS", "DELIVERY_TLS"),
            ("DELIVERY_BUSY", "DELIVERY_BUSY"),
        ] {
            let later = after_sending(Undelivered::new(failed));
            assert_eq!(later.code, code);
            assert!(later.may_have_reached());
        }
        assert!(!Undelivered::new(CONNECT).may_have_reached());
    }

    #[test]
    fn anything_else_goes_again() {
        for (status, content_type, code) in [
            (200, "text/html", "DELIVERY_NO_RECEIPT"),
            (404, "application/problem+json", "DELIVERY_NO_RECEIPT"),
            (413, "application/problem+json", "DELIVERY_TOO_LARGE"),
            (429, "application/problem+json", "DELIVERY_QUOTA"),
            (500, "application/xml", "DELIVERY_PARTNER_FAULT"),
            (503, "application/problem+json", "DELIVERY_BUSY"),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let undelivered = answered(status, &headers(content_type), Bytes::new()).unwrap_err();
            assert_eq!(undelivered.code, code);
            assert_eq!(undelivered.retry_after, Some(Duration::from_secs(7)));
        }
    }
}
