//! One request over plain HTTP to an address that an operator's profile names. Start at [`fetch`].
//!
//! What is fetched is signed by its authority, so that TLS would protect nothing; and certificates of
//! HTTP servers need revocation themselves. Everything is bounded: time, bytes, and that nothing is
//! followed anywhere else.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, USER_AGENT};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Longest that one request takes, from looking up the name to the last byte: a list of 16 MiB comes
/// within it over 5 Mbit/s.
pub(super) const REQUEST_MAX: Duration = Duration::from_secs(30);

/// What we call ourselves.
const AGENT: HeaderValue = HeaderValue::from_static("corridor");

/// Why nothing was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection, or it broke off.
    #[error("no connection, or it broke off")]
    Connection,
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
    /// It was larger than a list or response may be.
    #[error("the answer is too large")]
    TooLarge,
    /// Another status than 200.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// The address is no plain HTTP address.
    #[error("the address is no plain http address")]
    Address,
}

impl FetchError {
    /// The stable code in logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Connection => "REVOCATION_CONNECTION",
            Self::Timeout => "REVOCATION_TIMEOUT",
            Self::TooLarge => "REVOCATION_TOO_LARGE",
            Self::Status(_) => "REVOCATION_STATUS",
            Self::Address => "REVOCATION_ADDRESS",
        }
    }
}

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) url: &'a Uri,
    /// What is posted, and its media type; nothing for a GET.
    pub(super) post: Option<(Bytes, &'static str)>,
    /// The tag of what is there already.
    pub(super) tag: Option<HeaderValue>,
    pub(super) bytes_max: usize,
}

/// What came back.
#[derive(Debug)]
pub(super) enum Fetched {
    /// The same as is there already.
    Unchanged,
    /// A body, with its tag.
    Body(Bytes, Option<HeaderValue>),
}

/// Asks once, within a time. A redirection is not followed: it would lead where no profile points.
pub(super) async fn fetch(question: Question<'_>, within: Duration) -> Result<Fetched, FetchError> {
    match tokio::time::timeout(within, ask(question)).await {
        Ok(fetched) => fetched,
        Err(_) => Err(FetchError::Timeout),
    }
}

async fn ask(question: Question<'_>) -> Result<Fetched, FetchError> {
    let url = question.url;
    let authority = url.authority().ok_or(FetchError::Address)?;
    if url.scheme_str() != Some("http") {
        return Err(FetchError::Address);
    }
    let broken = |error: &dyn std::fmt::Display| {
        tracing::debug!(%error, "what is known of revocation is not fetched");
        FetchError::Connection
    };
    let host = authority.host().trim_matches(['[', ']']);
    let port = authority.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host, port)).await;
    let stream = stream.map_err(|error| broken(&error))?;
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| broken(&error))?;
    // Ends when the sender is dropped.
    tokio::spawn(connection);
    let request = request(&question, authority.as_str())?;
    let response = sender.send_request(request).await;
    let (head, body) = response.map_err(|error| broken(&error))?.into_parts();
    match head.status {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if question.tag.is_some() => return Ok(Fetched::Unchanged),
        status => return Err(FetchError::Status(status.as_u16())),
    }
    let body = Limited::new(body, question.bytes_max).collect().await;
    let body = body.map_err(|error| match error.is::<LengthLimitError>() {
        true => FetchError::TooLarge,
        false => broken(&error),
    })?;
    let tag = head.headers.get(ETAG).cloned();
    Ok(Fetched::Body(body.to_bytes(), tag))
}

fn request(question: &Question<'_>, authority: &str) -> Result<Request<Full<Bytes>>, FetchError> {
    let path = question.url.path_and_query();
    let path = path.map_or("/", http::uri::PathAndQuery::as_str);
    let (method, body) = match &question.post {
        None => (Method::GET, Bytes::new()),
        Some((body, _)) => (Method::POST, body.clone()),
    };
    let request = Request::builder().method(method).uri(path);
    let mut request = request
        .body(Full::new(body))
        .map_err(|_| FetchError::Address)?;
    let headers = request.headers_mut();
    let host = HeaderValue::from_str(authority).map_err(|_| FetchError::Address)?;
    headers.insert(HOST, host);
    headers.insert(USER_AGENT, AGENT);
    if let Some((_, media_type)) = question.post {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    if let Some(tag) = &question.tag {
        headers.insert(IF_NONE_MATCH, tag.clone());
    }
    Ok(request)
}
