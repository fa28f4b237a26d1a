//! The listeners and the client over real TLS on loopback, with a stand-in for the conductor.

mod delivery;
mod national;
mod partner;
mod pki;
mod service;
mod tls12;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use corridor::clock::Clock;
use corridor::http::{
    Credential, Endpoint, Limits, Listening, NationalEndpoint, NationalFace, PartnerEndpoint,
    PartnerFace, Peer, PeerIdentity, Peers, Principals, Standings, Stop, serve,
};
use corridor::model::{PartyId, Principal};
use corridor::telemetry::Telemetry;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use pki::Identity;
use service::Stand;

/// Longest that any exchange of a test may take.
const PATIENCE: Duration = Duration::from_secs(20);

fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

fn limits() -> Limits {
    Limits {
        connections_max: 256,
        in_flight_max: 64,
        body_bytes_max: 64 * 1024,
        handshake: Duration::from_secs(10),
        header: Duration::from_secs(10),
        body: Duration::from_secs(10),
        idle: Duration::from_secs(10),
        drain: Duration::from_secs(10),
    }
}

/// A listener at work, and the word that stops it.
struct Running {
    listening: Listening,
    stop: watch::Sender<bool>,
    service: Arc<Stand>,
    server: Identity,
}

impl Running {
    fn address(&self) -> SocketAddr {
        self.listening.address
    }

    /// A partner listener for KZ (pinned), with at most `connections_max` connections of it.
    async fn partner(kz: PeerIdentity, limits: Limits, connections_max: usize) -> Self {
        let any = "127.0.0.1:0".parse().unwrap();
        let server = Identity::new("server");
        Self::partner_at(any, server, kz, limits, connections_max).await
    }

    /// The same at an address, showing a given certificate.
    async fn partner_at(
        address: SocketAddr,
        server: Identity,
        kz: PeerIdentity,
        limits: Limits,
        connections_max: usize,
    ) -> Self {
        let peer = |name, identity| Peer {
            party: party(name),
            identity,
            tls12_until: None,
        };
        let mn = PeerIdentity::Pinned(vec![Identity::new("mn").pin()]);
        let peers = [peer("KZ", kz), peer("MN", mn)];
        let most = HashMap::from([(party("KZ"), connections_max)]);
        Self::of(address, server, peers, (limits, most), Clock::machine()).await
    }

    /// The same for these partners, by this clock.
    async fn of(
        address: SocketAddr,
        server: Identity,
        peers: impl IntoIterator<Item = Peer>,
        (limits, most): (Limits, HashMap<PartyId, usize>),
        clock: Clock,
    ) -> Self {
        let service = Arc::new(Stand::default());
        let peers = Peers::new(peers);
        let face = PartnerFace::new(&server.tls(), peers.unwrap(), most, &clock).unwrap();
        let endpoint = PartnerEndpoint::new(Arc::clone(&service), face, &limits, clock);
        Self::start(address, endpoint, limits, service, server).await
    }

    /// A partner listener for KZ, of whose certificates something is known.
    async fn judged(kz: PeerIdentity, standings: Standings) -> Self {
        let (server, clock) = (Identity::new("server"), Clock::machine());
        let service = Arc::new(Stand::default());
        let peer = Peer {
            party: party("KZ"),
            identity: kz,
            tls12_until: None,
        };
        let peers = Peers::new([peer]).unwrap().judged_by(standings);
        let face = PartnerFace::new(&server.tls(), peers, HashMap::new(), &clock).unwrap();
        let endpoint = PartnerEndpoint::new(Arc::clone(&service), face, &limits(), clock);
        let any = "127.0.0.1:0".parse().unwrap();
        Self::start(any, endpoint, limits(), service, server).await
    }

    async fn national(principals: Vec<(Principal, Credential)>) -> Self {
        let (service, server) = (Arc::new(Stand::default()), Identity::new("server"));
        let (principals, clock) = (Principals::new(principals), Clock::machine());
        let endpoint = NationalEndpoint::new(
            Arc::clone(&service),
            party("RU"),
            NationalFace::new(&server.tls(), principals, &clock).unwrap(),
            &limits(),
            Telemetry::detached(),
            clock,
        );
        let any = "127.0.0.1:0".parse().unwrap();
        Self::start(any, endpoint, limits(), service, server).await
    }

    async fn start<E: Endpoint>(
        address: SocketAddr,
        endpoint: E,
        limits: Limits,
        service: Arc<Stand>,
        server: Identity,
    ) -> Self {
        let (stop, stopped) = Stop::new();
        let endpoint = Arc::new(endpoint);
        let listening = serve(address, endpoint, limits, Clock::machine(), stopped).await;
        Self {
            listening: listening.unwrap(),
            stop,
            service,
            server,
        }
    }

    /// A TLS connection that shows `client`, or no certificate.
    async fn connect(&self, client: Option<&Identity>) -> std::io::Result<TlsStream<TcpStream>> {
        let config = pki::client_config(client, &[b"http/1.1"]);
        let stream = TcpStream::connect(self.address()).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }

    /// Sends a request text on a connection of its own and reads the answer to the end.
    async fn send(&self, client: Option<&Identity>, request: &[u8]) -> std::io::Result<Reply> {
        let exchange = async {
            let mut stream = self.connect(client).await?;
            stream.write_all(request).await?;
            read_reply(&mut stream).await
        };
        tokio::time::timeout(PATIENCE, exchange).await.unwrap()
    }
}

/// An HTTP/1.1 answer.
#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    /// The code of a problem document.
    fn code(&self) -> String {
        assert!(self.head.contains("application/problem+json"), "{self:?}");
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status);
        problem["code"].as_str().unwrap().to_owned()
    }
}

async fn read_reply(stream: &mut TlsStream<TcpStream>) -> std::io::Result<Reply> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).await?;
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map(|value| value.parse::<usize>().unwrap());
            if length == Some(body.len()) {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                let body = body.to_owned();
                return Ok(Reply { status, head, body });
            }
        }
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// A request text with an XML body.
fn post(path: &str, extra: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/xml; charset=utf-8\r\n\
         content-length: {}\r\n{extra}\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn get(path: &str, extra: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{extra}\r\n").into_bytes()
}
