//! One listener: accepts, shakes hands, serves HTTP/1.1 and HTTP/2, and drains when told to stop.
//!
//! Start at [`serve`]. What is answered, and who may connect, is the [`Endpoint`]'s; here are only
//! sockets, times and numbers. No error of one connection ends the loop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use rustls::pki_types::CertificateDer;
use rustls::{ProtocolVersion, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::{debug, error, warn};

use super::connections::Activity;
use super::error::Error;
use crate::clock::Clock;
use crate::telemetry;

/// Pause after a failed accept: long enough for a freed file descriptor, too short to be noticed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Bytes of an HTTP/1.1 head, and of one read of a body.
const READ_BUFFER_BYTES: usize = 64 * 1024;

/// Time between two settlements of what was summed up: records of what was turned away, metrics.
const SETTLE: Duration = Duration::from_secs(10);

/// Header fields of one request; ours need about ten.
const HEADERS_MAX: usize = 64;

/// Bytes of all header fields of an HTTP/2 request.
const HEADER_LIST_BYTES: u32 = 16 * 1024;

/// Requests under way on one HTTP/2 connection.
const STREAMS_MAX: u32 = 128;

/// Streams reset by the peer before they were accepted, and by us for its errors: beyond these the
/// connection ends (CVE-2023-44487, "rapid reset").
const RESETS_MAX: usize = 32;

/// Time between HTTP/2 pings, and for the answer to one.
const PING: Duration = Duration::from_secs(20);

/// Bounds of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once.
    pub connections_max: usize,
    /// Messages worked on at once.
    pub in_flight_max: usize,
    /// Bytes of one body.
    pub body_bytes_max: usize,
    /// Time of a TLS handshake.
    pub handshake: Duration,
    /// Time of a request's head; also how long an HTTP/1.1 connection may be without one.
    pub header: Duration,
    /// Time of a body, whole.
    pub body: Duration,
    /// How long an HTTP/2 connection may be without a request.
    pub idle: Duration,
    /// Time for requests under way when the listener is told to stop.
    pub drain: Duration,
}

/// Tells listeners and workers to stop. Clones wait for the same word.
#[derive(Debug, Clone)]
pub struct Stop {
    said: watch::Receiver<bool>,
}

impl Stop {
    /// A stop that is said through the sender, by sending `true` or dropping it.
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (sender, said) = watch::channel(false);
        (sender, Self { said })
    }

    /// Returns once it was said.
    pub async fn stopped(&mut self) {
        // An error means that the sender is gone, which says the same.
        let _ = self.said.wait_for(|said| *said).await;
    }
}

/// What one listener answers, and whom.
pub trait Endpoint: Send + Sync + 'static {
    /// What is known about the other end of a connection; held as long as it lives.
    type Peer: Send + Sync + 'static;

    /// The listener's name in logs and metrics.
    const NAME: &'static str;

    /// The TLS side of it; asked for each connection, because a reload replaces it.
    fn tls(&self) -> Arc<ServerConfig>;

    /// Who connected, by the certificates and the version of TLS that the handshake accepted; none
    /// turns it away.
    fn admit(
        &self,
        certificates: &[CertificateDer<'_>],
        version: Option<ProtocolVersion>,
    ) -> Option<Self::Peer>;

    /// Tells of every change of who is let in.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Whether a peer would still be let in. The connection of one that would not ends.
    fn knows(&self, peer: &Self::Peer) -> bool;

    /// Answers one request.
    fn answer(
        &self,
        peer: &Self::Peer,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;

    /// Records what has been summed up: every ten seconds, and after the last connection.
    fn settle(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

/// A listener at work.
#[derive(Debug)]
pub struct Listening {
    /// Where it listens, with the port that it got.
    pub address: SocketAddr,
    /// Ends when it was told to stop and has drained.
    pub task: JoinHandle<()>,
}

/// Listens on `address` until `stop`, then drains.
///
/// # Errors
/// [`Error::Bind`] when the address cannot be listened on.
pub async fn serve<E: Endpoint>(
    address: SocketAddr,
    endpoint: Arc<E>,
    limits: Limits,
    clock: Clock,
    stop: Stop,
) -> Result<Listening, Error> {
    let bound = TcpListener::bind(address).await;
    let socket = bound.map_err(|source| Error::Bind { address, source })?;
    let address = socket
        .local_addr()
        .map_err(|source| Error::Bind { address, source })?;
    let listener = Arc::new(Listener {
        endpoint,
        http: http_builder(&limits),
        limits,
        clock,
    });
    let task = tokio::spawn(accept(socket, listener, stop));
    Ok(Listening { address, task })
}

struct Listener<E> {
    endpoint: Arc<E>,
    http: auto::Builder<TokioExecutor>,
    limits: Limits,
    clock: Clock,
}

fn http_builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_headers(HEADERS_MAX)
        .max_buf_size(READ_BUFFER_BYTES);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_pending_accept_reset_streams(RESETS_MAX)
        .max_local_error_reset_streams(RESETS_MAX)
        .max_header_list_size(HEADER_LIST_BYTES)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    http
}

async fn accept<E: Endpoint>(socket: TcpListener, listener: Arc<Listener<E>>, mut stop: Stop) {
    let mut connections = JoinSet::new();
    let permits = Arc::new(Semaphore::new(listener.limits.connections_max));
    let said = stop.clone();
    let mut settle = tokio::time::interval(SETTLE);
    settle.reset();
    loop {
        tokio::select! {
            () = stop.stopped() => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                if let Err(error) = ended {
                    error!(listener = E::NAME, %error, "a connection's task did not end by itself");
                }
            }
            _ = settle.tick() => listener.endpoint.settle().await,
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => match Arc::clone(&permits).try_acquire_owned() {
                    Ok(permit) => {
                        let (listener, said) = (Arc::clone(&listener), said.clone());
                        connections.spawn(async move {
                            listener.connection(stream, said).await;
                            drop(permit);
                        });
                    }
                    Err(_) => telemetry::connection_refused(E::NAME, "limit"),
                },
                Err(error) => {
                    warn!(listener = E::NAME, %error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
        let open = u64::try_from(connections.len()).unwrap_or(u64::MAX);
        telemetry::connections(E::NAME, open);
    }
    drop(socket);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(listener.limits.drain, drained)
        .await
        .is_err()
    {
        warn!(
            listener = E::NAME,
            open = connections.len(),
            "requests were cut off at the drain limit"
        );
        connections.shutdown().await;
    }
    listener.endpoint.settle().await;
}

impl<E: Endpoint> Listener<E> {
    async fn connection(&self, stream: TcpStream, stop: Stop) {
        let _ = stream.set_nodelay(true);
        // Before the handshake: a change during it is noticed.
        let changes = self.endpoint.changes();
        let tls = TlsAcceptor::from(self.endpoint.tls());
        let handshake = tokio::time::timeout(self.limits.handshake, tls.accept(stream)).await;
        let stream = match handshake {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                debug!(listener = E::NAME, %error, "a handshake failed");
                telemetry::connection_refused(E::NAME, "handshake");
                return;
            }
            Err(_) => {
                telemetry::connection_refused(E::NAME, "timeout");
                return;
            }
        };
        let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let version = stream.get_ref().1.protocol_version();
        match self.endpoint.admit(certificates, version) {
            Some(peer) => {
                let peer = Arc::new(peer);
                self.requests(stream, peer, changes, stop).await;
            }
            None => telemetry::connection_refused(E::NAME, "partner_limit"),
        }
    }

    async fn requests(
        &self,
        stream: TlsStream<TcpStream>,
        peer: Arc<E::Peer>,
        mut changes: watch::Receiver<u64>,
        mut stop: Stop,
    ) {
        let http = match stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => self.http.clone().http2_only(),
            Some(_) | None => self.http.clone().http1_only(),
        };
        let activity = Activity::new(self.clock.clone());
        let service = service_fn(|request| {
            let (peer, busy) = (Arc::clone(&peer), activity.begin());
            let endpoint = Arc::clone(&self.endpoint);
            async move {
                let response = endpoint.answer(&peer, request).await;
                telemetry::request(E::NAME, response.status().as_u16());
                drop(busy);
                Ok::<_, std::convert::Infallible>(response)
            }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        loop {
            let patience = self.limits.idle.saturating_sub(activity.idle());
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        debug!(listener = E::NAME, error, "a connection ended early");
                    }
                    return;
                }
                () = stop.stopped() => break,
                Ok(()) = changes.changed() => if !self.endpoint.knows(&peer) { break },
                () = tokio::time::sleep(patience), if !patience.is_zero() => {}
                () = std::future::ready(()), if patience.is_zero() => break,
            }
        }
        // What is under way is finished; the accept loop cuts it off at the drain limit.
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
