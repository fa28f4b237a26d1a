//! A plain HTTPS client for the commands that talk to a gateway: `demo`, `send`, `bench`.
//!
//! Start at [`Https::connect`]. One connection, one request at a time; it is no pool and retries
//! nothing. Deliveries between gateways go through `http`'s own client.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Failure;
use super::failure::chain;

/// Longest answer that is read: receipts and inbox items are far smaller than a message may be.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why a request had no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpsError {
    /// The connection could not be made.
    #[error("connect to {address}")]
    Connect {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The request was not answered.
    #[error("the connection broke")]
    Broken(#[from] hyper::Error),
    /// The answer is longer than is read, or broke off.
    #[error("the answer could not be read whole")]
    Answer,
    /// The request could not be formed.
    #[error("the request is not valid HTTP")]
    Request(#[from] http::Error),
    /// Certificates or keys that TLS does not take.
    #[error("TLS settings")]
    Tls(#[from] rustls::Error),
    /// A PEM file that cannot be read.
    #[error("PEM: {0}")]
    Pem(String),
}

/// What came back.
#[derive(Debug, Clone)]
pub struct HttpsAnswer {
    /// The status.
    pub status: StatusCode,
    /// The body, whole.
    pub body: Bytes,
}

impl From<HttpsError> for Failure {
    fn from(error: HttpsError) -> Self {
        Self::ours("HTTPS", chain(&error))
    }
}

/// TLS settings of a client: whom it trusts and, for mutual TLS, who it is.
///
/// # Errors
/// [`HttpsError::Pem`] or [`HttpsError::Tls`].
pub fn tls_settings(
    anchors_pem: &[u8],
    own: Option<(&[u8], &[u8])>,
) -> Result<Arc<ClientConfig>, HttpsError> {
    let mut roots = RootCertStore::empty();
    for anchor in certificates(anchors_pem)? {
        roots.add(anchor)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
            .build()
            .map_err(|error| HttpsError::Pem(error.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_webpki_verifier(verifier);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let key = PrivateKeyDer::from_pem_slice(key)
                .map_err(|error| HttpsError::Pem(error.to_string()))?;
            builder.with_client_auth_cert(certificates(chain)?, key)?
        }
    };
    Ok(Arc::new(config))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, HttpsError> {
    CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| HttpsError::Pem(error.to_string()))
}

/// One connection to a gateway.
#[derive(Debug)]
pub struct Https {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

impl Https {
    /// Connects; the server must show a certificate for the address or for `localhost`.
    ///
    /// # Errors
    /// [`HttpsError::Connect`] or [`HttpsError::Broken`].
    pub async fn connect(address: SocketAddr, tls: &Arc<ClientConfig>) -> Result<Self, HttpsError> {
        let failed = |source| HttpsError::Connect { address, source };
        let tcp = TcpStream::connect(address).await.map_err(failed)?;
        tcp.set_nodelay(true).map_err(failed)?;
        let name = ServerName::from(address.ip());
        let stream = TlsConnector::from(Arc::clone(tls))
            .connect(name, tcp)
            .await
            .map_err(failed)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self {
            sender,
            host: address.to_string(),
        })
    }

    /// Sends one request and reads its answer.
    ///
    /// # Errors
    /// [`HttpsError::Broken`] when the connection ends before the answer; whether the request was
    /// carried out is then not known.
    pub async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<HttpsAnswer, HttpsError> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::HOST, &self.host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sender.ready().await?;
        let answer = self
            .sender
            .send_request(request.body(Full::new(body))?)
            .await?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(|_| HttpsError::Answer)?;
        Ok(HttpsAnswer {
            status: parts.status,
            body: body.to_bytes(),
        })
    }
}
