//! A look at a partner's gateway: what it shows and how it answers, without sending it a message.
//!
//! Start at [`probe`]. The one request is for the log's checkpoint, which changes nothing there.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{DATE, HOST};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, ProtocolVersion, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::client::{Place, Target, refused_by_tls};
use super::error::Error;
use super::peers::Standing;
use super::tls::{PartnerServer, ServerIdentity, client_config};
use crate::clock::Clock;

/// Most bytes of an answer: a checkpoint has a few hundred.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What was seen.
#[derive(Debug)]
pub struct Probed {
    /// The certificates that it showed, when the handshake came so far.
    pub shown: Option<Shown>,
    /// Its answer, or where the way ended.
    pub answer: Result<Seen, Stop>,
}

/// The certificates that a gateway showed, leaf first.
#[derive(Debug, Clone)]
pub struct Shown {
    /// DER.
    pub chain: Vec<CertificateDer<'static>>,
    /// Why they are not the partner's, if they are not.
    pub refused: Option<CertificateError>,
}

/// An answer.
#[derive(Debug)]
pub struct Seen {
    /// Whether it was TLS 1.2, by an exception, and not 1.3.
    pub tls12: bool,
    /// Its status.
    pub status: StatusCode,
    /// Its `Date` header, as written.
    pub date: Option<String>,
    /// Its body.
    pub body: Bytes,
}

/// Where the way to an answer ended.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// No connection.
    #[error("no connection: {0}")]
    Connect(#[source] io::Error),
    /// No TLS session, for another reason than the certificates shown.
    #[error("no TLS session: {0}")]
    Tls(#[source] io::Error),
    /// The partner ended the session after it had seen our certificate.
    #[error("it ended the session after it saw our certificate")]
    Refused,
    /// The connection broke off, or the answer is none.
    #[error("no answer: {0}")]
    Broken(String),
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
}

/// Connects to a partner as a delivery would and asks for its checkpoint. `standing` is what is known
/// of its certificates.
///
/// # Errors
/// [`Error`] when the own settings cannot be used; what the partner does is no error but the result.
pub async fn probe(
    identity: &ServerIdentity,
    target: Target,
    standing: Option<Arc<dyn Standing>>,
    timeout: Duration,
    clock: &Clock,
) -> Result<Probed, Error> {
    let place = Place::of(&target)?;
    let shown = Arc::new(Mutex::new(None));
    let (party, tls12_until) = (target.party, target.tls12_until);
    let inner = PartnerServer::of(party, target.identity, tls12_until, standing, clock)?;
    let offer = inner.offer();
    let verifier = Recording {
        inner,
        shown: Arc::clone(&shown),
    };
    let tls = client_config(identity, Arc::new(verifier), offer, clock)?;
    let connector = TlsConnector::from(Arc::new(tls));
    let answer = tokio::time::timeout(timeout, ask(&place, connector)).await;
    let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Probed {
        shown,
        answer: answer.unwrap_or(Err(Stop::Timeout)),
    })
}

async fn ask(place: &Place, connector: TlsConnector) -> Result<Seen, Stop> {
    let broken = |error: hyper::Error| {
        if refused_by_tls(&error) {
            Stop::Refused
        } else {
            Stop::Broken(error.to_string())
        }
    };
    let address = (place.host.as_str(), place.port);
    let stream = TcpStream::connect(address).await.map_err(Stop::Connect)?;
    let stream = connector.connect(place.name.clone(), stream).await;
    let stream = stream.map_err(Stop::Tls)?;
    let version = stream.get_ref().1.protocol_version();
    let stream = TokioIo::new(stream);
    let (mut sender, connection) = http1::handshake(stream).await.map_err(broken)?;
    let connection = tokio::spawn(connection);
    let mut request = Request::get("/v1/log/checkpoint")
        .body(Full::new(Bytes::new()))
        .map_err(|error| Stop::Broken(error.to_string()))?;
    request.headers_mut().insert(HOST, place.authority.clone());
    let response = sender.send_request(request).await.map_err(broken)?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| Stop::Broken(error.to_string()))?;
    connection.abort();
    let date = head.headers.get(DATE).and_then(|date| date.to_str().ok());
    Ok(Seen {
        tls12: version == Some(ProtocolVersion::TLSv1_2),
        status: head.status,
        date: date.map(str::to_owned),
        body: body.to_bytes(),
    })
}

/// Judges as a delivery does, and keeps what was shown.
#[derive(Debug)]
struct Recording {
    inner: PartnerServer,
    shown: Arc<Mutex<Option<Shown>>>,
}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self
            .inner
            .verify_server_cert(end_entity, intermediates, name, ocsp, now);
        let chain = std::iter::once(end_entity).chain(intermediates);
        let chain = chain.map(|der| der.clone().into_owned()).collect();
        let refused = match &verdict {
            Ok(_) => None,
            Err(rustls::Error::InvalidCertificate(error)) => Some(error.clone()),
            Err(_) => Some(CertificateError::ApplicationVerificationFailure),
        };
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = Some(Shown { chain, refused });
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
