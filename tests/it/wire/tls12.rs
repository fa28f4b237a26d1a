//! TLS 1.2, for a partner whose profile has an exception, as long as it lasts, and for nobody else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use corridor::clock::Clock;
use corridor::http::{Client, Peer, PeerIdentity, Target};
use corridor::queue::Deliver;
use jiff::Timestamp;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ProtocolVersion, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::pki::{self, Authority, Identity};
use super::service::RECEIPT;
use super::{PATIENCE, Running, limits, party, post, read_reply};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The day of these tests.
fn today() -> Timestamp {
    time("2026-06-01T12:00:00Z")
}

fn peer(name: &str, identity: PeerIdentity, until: Option<&str>) -> Peer {
    Peer {
        party: party(name),
        identity,
        tls12_until: until.map(time),
    }
}

fn pinned(identity: &Identity) -> PeerIdentity {
    PeerIdentity::Pinned(vec![identity.pin()])
}

async fn running(peers: Vec<Peer>, clock: &Clock) -> Running {
    let any = "127.0.0.1:0".parse().unwrap();
    let bounds = (limits(), HashMap::new());
    Running::of(any, Identity::new("server"), peers, bounds, clock.clone()).await
}

/// A connection that offers these versions alone.
async fn connect(
    running: &Running,
    client: &Identity,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    let config = pki::client_of(Some(client), versions, &[b"http/1.1"]);
    let stream = TcpStream::connect(running.address()).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream);
    tokio::time::timeout(PATIENCE, connected).await.unwrap()
}

/// The status of a message over the connection.
async fn status(stream: &mut TlsStream<TcpStream>) -> std::io::Result<u16> {
    let exchange = async {
        stream.write_all(&post("/v1/messages", "", "<a/>")).await?;
        Ok(read_reply(stream).await?.status)
    };
    tokio::time::timeout(PATIENCE, exchange).await.unwrap()
}

#[tokio::test]
async fn a_partner_with_an_exception_in_force_may_use_tls_1_2() {
    let authority = Authority::new();
    let (kz, mn) = (Identity::new("kz"), Identity::new("mn"));
    let by = authority.issue("urn:corridor:gateway:BY");
    let anchored = PeerIdentity::Anchored {
        anchors: vec![authority.anchor()],
        san_uri: "urn:corridor:gateway:BY".to_owned(),
    };
    let clock = Clock::manual(today());
    let peers = vec![
        peer("KZ", pinned(&kz), Some("2026-06-01T12:00:30Z")),
        peer("BY", anchored, Some("2026-06-01T12:10:00Z")),
        peer("MN", pinned(&mn), None),
    ];
    let running = running(peers, &clock).await;
    for client in [&kz, &by] {
        let mut stream = connect(&running, client, &[&TLS12]).await.unwrap();
        let session = stream.get_ref().1;
        assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_2));
        let suite = session.negotiated_cipher_suite().unwrap();
        assert!(format!("{suite:?}").contains("ECDHE"), "{suite:?}");
        assert_eq!(status(&mut stream).await.unwrap(), 200);
        // Who has both gets the newer.
        let stream = connect(&running, client, &[&TLS12, &TLS13]).await.unwrap();
        let version = stream.get_ref().1.protocol_version();
        assert_eq!(version, Some(ProtocolVersion::TLSv1_3));
    }
    // Another partner, and nobody's certificate.
    for other in [&mn, &Identity::new("kz")] {
        assert!(connect(&running, other, &[&TLS12]).await.is_err());
    }
    let mut newer = connect(&running, &mn, &[&TLS13]).await.unwrap();
    assert_eq!(status(&mut newer).await.unwrap(), 200);

    // It ends on connections that are open, and for new ones, though another's goes on.
    let mut open = connect(&running, &kz, &[&TLS12]).await.unwrap();
    assert_eq!(status(&mut open).await.unwrap(), 200);
    clock.advance(Duration::from_secs(30));
    assert!(status(&mut open).await.is_ok_and(|status| status == 401));
    assert!(connect(&running, &kz, &[&TLS12]).await.is_err());
    let mut stream = connect(&running, &by, &[&TLS12]).await.unwrap();
    assert_eq!(status(&mut stream).await.unwrap(), 200);
    let mut newer = connect(&running, &kz, &[&TLS13]).await.unwrap();
    assert_eq!(status(&mut newer).await.unwrap(), 200);

    // After the last one nothing is offered any more.
    clock.advance(Duration::from_secs(600));
    let refused = connect(&running, &by, &[&TLS12]).await.unwrap_err();
    assert!(refused.to_string().contains("ProtocolVersion"), "{refused}");
}

/// A server that speaks these versions and answers everything with a receipt.
async fn server(versions: &[&'static SupportedProtocolVersion]) -> (Identity, String) {
    let identity = Identity::new("server");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = identity.tls();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(tls.certificates, tls.key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", socket.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            // A client that refuses ends the handshake.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok() {
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\n\
                     content-length: {}\r\nconnection: close\r\n\r\n{RECEIPT}",
                    RECEIPT.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    (identity, url)
}

#[tokio::test]
async fn deliveries_go_by_tls_1_2_to_whom_an_exception_lets_them() {
    let own = Identity::new("ru");
    let delivered = async |versions: &[&'static SupportedProtocolVersion],
                           until: Option<&str>,
                           later: Duration| {
        let (identity, url) = server(versions).await;
        let clock = Clock::manual(today());
        let target = Target {
            party: party("KZ"),
            url,
            identity: pinned(&identity),
            tls12_until: until.map(time),
        };
        let client = Client::new(&own.tls(), [target], PATIENCE, &clock).unwrap();
        clock.advance(later);
        let answer = client.deliver(&party("KZ"), Bytes::from("<a/>")).await;
        answer.map_err(|undelivered| undelivered.code)
    };
    let (now, minute) = (Duration::ZERO, Duration::from_secs(60));
    let until = Some("2026-06-01T12:01:00Z");
    let receipt = || Ok(Bytes::from(RECEIPT));
    assert_eq!(delivered(&[&TLS13], None, now).await, receipt());
    assert_eq!(delivered(&[&TLS13], until, minute).await, receipt());
    assert_eq!(delivered(&[&TLS12], until, now).await, receipt());
    let refused = Err("DELIVERY_TLS");
    assert_eq!(delivered(&[&TLS12], None, now).await, refused);
    assert_eq!(
        delivered(&[&TLS12], Some("2026-06-01T12:00:00Z"), now).await,
        refused
    );
    // It ended after the client was made.
    assert_eq!(delivered(&[&TLS12], until, minute).await, refused);
}
