//! The partner listener: who gets in, what is taken, what is turned away, and how it stops.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use corridor::clock::Clock;
use corridor::http::{Client, Limits, PeerIdentity, Standing, Target};
use corridor::model::PartyId;
use corridor::queue::{Deliver, Undelivered};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::pki::{self, Authority, Identity};
use super::service::RECEIPT;
use super::{PATIENCE, Running, get, limits, party, post, read_reply};

fn pinned(identity: &Identity) -> PeerIdentity {
    PeerIdentity::Pinned(vec![identity.pin()])
}

async fn running(kz: &Identity) -> Running {
    Running::partner(pinned(kz), limits(), 32).await
}

#[tokio::test]
async fn a_message_is_answered_with_its_receipt() {
    let kz = Identity::new("kz");
    let running = running(&kz).await;
    for (body, status) in [("<a/>", 200), ("<refuse/>", 422), ("<conflict/>", 409)] {
        let request = post("/v1/messages", "", body);
        let reply = running.send(Some(&kz), &request).await.unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (status, RECEIPT));
        assert!(reply.head.contains("corridor-receipt-id: r-1"));
        assert!(reply.head.contains("content-type: application/xml"));
    }
    assert_eq!(running.service.asked()[0], "KZ: <a/> utf-8");
    for (body, status, code) in [
        ("<quota/>", 429, "HTTP_QUOTA"),
        ("<busy/>", 503, "HTTP_BUSY"),
        ("<fault/>", 500, "HTTP_FAULT"),
    ] {
        let request = post("/v1/messages", "", body);
        let reply = running.send(Some(&kz), &request).await.unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (status, code));
        assert_eq!(reply.head.contains("retry-after: "), status != 500);
    }
    let checkpoint = running
        .send(Some(&kz), &get("/v1/log/checkpoint", ""))
        .await;
    assert_eq!(checkpoint.unwrap().body, "checkpoint\n");
}

#[tokio::test]
async fn only_known_certificates_in_force_get_in() {
    let expired = Identity::expired("kz");
    let running = running(&expired).await;
    let request = post("/v1/messages", "", "<a/>");
    assert!(running.send(None, &request).await.is_err());
    assert!(running.send(Some(&expired), &request).await.is_err());
    // The same name as a partner's, but another key.
    let stranger = Identity::new("kz");
    assert!(running.send(Some(&stranger), &request).await.is_err());
    assert!(running.service.asked().is_empty());
}

#[tokio::test]
async fn an_anchored_partner_is_known_by_chain_and_uri() {
    let authority = Authority::new();
    let identity = PeerIdentity::Anchored {
        anchors: vec![authority.anchor()],
        san_uri: "urn:corridor:gateway:KZ".to_owned(),
    };
    let running = Running::partner(identity, limits(), 32).await;
    let request = post("/v1/messages", "", "<a/>");
    let kz = authority.issue("urn:corridor:gateway:KZ");
    assert_eq!(running.send(Some(&kz), &request).await.unwrap().status, 200);
    let other_uri = authority.issue("urn:corridor:gateway:CN");
    assert!(running.send(Some(&other_uri), &request).await.is_err());
    let other_chain = Authority::new().issue("urn:corridor:gateway:KZ");
    assert!(running.send(Some(&other_chain), &request).await.is_err());
    assert_eq!(running.service.asked().len(), 1);
}

/// Something is known against whatever certificate has this many above it.
#[derive(Debug)]
struct Against(usize);

impl Standing for Against {
    fn is_revoked(&self, path: &[CertificateDer<'_>], _now: UnixTime) -> bool {
        path.len() == self.0
    }
}

/// What is asked about is the whole path of an anchored partner, and the certificate alone of a pinned
/// one; who is turned away may come again when nothing is known against it any more.
#[tokio::test]
async fn a_certificate_that_something_is_known_against_is_turned_away() {
    let (authority, pinned_kz) = (Authority::new(), Identity::new("kz"));
    let anchored_kz = authority.issue("urn:corridor:gateway:KZ");
    let anchored = PeerIdentity::Anchored {
        anchors: vec![authority.anchor()],
        san_uri: "urn:corridor:gateway:KZ".to_owned(),
    };
    let request = post("/v1/messages", "", "<a/>");
    for (identity, shown, length) in [
        (anchored, &anchored_kz, 1),
        (pinned(&pinned_kz), &pinned_kz, 1),
    ] {
        for (against, is_let_in) in [
            (Some(length), false),
            (Some(length + 1), true),
            (None, true),
        ] {
            let standing = |it: usize| -> (PartyId, Arc<dyn Standing>) {
                (party("KZ"), Arc::new(Against(it)))
            };
            let standings = against.map(standing).into_iter().collect();
            let running = Running::judged(identity.clone(), standings).await;
            let answer = running.send(Some(shown), &request).await;
            assert_eq!(answer.is_ok(), is_let_in, "{identity:?} {against:?}");
            if let Err(error) = answer {
                assert!(error.to_string().contains("CertificateRevoked"), "{error}");
            }
        }
    }
}

/// A TLS 1.2 hello (RFC 5246), without the extension that offers 1.3, is answered by the alert
/// `protocol_version` (70).
#[tokio::test]
async fn tls_1_2_is_refused() {
    let running = running(&Identity::new("kz")).await;
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    // No session id; suites ECDHE-ECDSA/RSA-AES128-GCM; no compression; groups and signatures.
    hello.extend([0, 0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0, 0, 20]);
    hello.extend([
        0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 8, 0, 6, 4, 3, 8, 4, 4, 1,
    ]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    let exchange = async {
        let mut stream = TcpStream::connect(running.address()).await.unwrap();
        stream.write_all(&record).await.unwrap();
        let mut alert = [0; 7];
        stream.read_exact(&mut alert).await.unwrap();
        alert
    };
    let alert = tokio::time::timeout(PATIENCE, exchange).await.unwrap();
    assert_eq!((alert[0], alert[5], alert[6]), (21, 2, 70));
}

#[tokio::test]
async fn requests_of_another_form_are_refused() {
    let kz = Identity::new("kz");
    let running = running(&kz).await;
    let large = "x".repeat(64 * 1024 + 1);
    let chunked = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/xml\r\n\
         transfer-encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    for (request, status, code) in [
        (post("/v1/messages", "", &large), 413, "HTTP_BODY_TOO_LARGE"),
        (chunked.into_bytes(), 413, "HTTP_BODY_TOO_LARGE"),
        (post("/v1/message", "", "<a/>"), 404, "HTTP_NOT_FOUND"),
        (post("/v1/messages?x=1", "", "<a/>"), 400, "HTTP_QUERY"),
        (get("/v1/messages", ""), 405, "HTTP_METHOD"),
        (get("/v1/inbox", ""), 404, "HTTP_NOT_FOUND"),
        (
            post("/v1/messages", "content-encoding: gzip\r\n", "<a/>"),
            415,
            "HTTP_MEDIA_TYPE",
        ),
    ] {
        let reply = running.send(Some(&kz), &request).await.unwrap();
        assert_eq!((reply.status, reply.code().as_str()), (status, code));
    }
    let fields = "x-field: 1\r\n".repeat(100);
    let request = post("/v1/messages", &fields, "<a/>");
    let reply = running.send(Some(&kz), &request).await.unwrap();
    assert_eq!(reply.status, 431);
    assert!(running.service.asked().is_empty());
}

#[tokio::test]
async fn what_was_sent_in_vain_is_recorded_in_sums() {
    let kz = Identity::new("kz");
    let running = running(&kz).await;
    let large = post("/v1/messages", "", &"x".repeat(64 * 1024 + 1));
    for _ in 0..3 {
        assert_eq!(running.send(Some(&kz), &large).await.unwrap().status, 413);
    }
    let beyond = post("/v1/messages", "", "<quota/>");
    assert_eq!(running.send(Some(&kz), &beyond).await.unwrap().status, 429);
    running.stop.send(true).unwrap();
    running.listening.task.await.unwrap();
    let asked = running.service.asked();
    let sums = &asked[asked.len() - 2..];
    assert_eq!(
        sums,
        ["KZ: HTTP_BODY_TOO_LARGE x3 false", "KZ: HTTP_QUOTA x1 true"]
    );
}

#[tokio::test]
async fn a_slow_body_is_given_up() {
    let kz = Identity::new("kz");
    let quick = Limits {
        body: Duration::from_millis(100),
        ..limits()
    };
    let running = Running::partner(pinned(&kz), quick, 32).await;
    let announced = post("/v1/messages", "", "<a/>");
    let partial = &announced[..announced.len() - 2];
    let reply = running.send(Some(&kz), partial).await.unwrap();
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (408, "HTTP_BODY_TIMEOUT")
    );
    assert!(running.service.asked().is_empty());
}

#[tokio::test]
async fn a_slow_head_and_an_idle_connection_are_closed() {
    let kz = Identity::new("kz");
    let quick = Limits {
        header: Duration::from_millis(100),
        ..limits()
    };
    let running = Running::partner(pinned(&kz), quick, 32).await;
    assert!(running.send(Some(&kz), b"POST /v1/mess").await.is_err());
    let mut idle = running.connect(Some(&kz)).await.unwrap();
    let ended = tokio::time::timeout(PATIENCE, idle.read(&mut [0]))
        .await
        .unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
}

#[tokio::test]
async fn fifty_connections_over_the_limit_are_closed_and_the_others_serve() {
    let kz = Identity::new("kz");
    let running = Running::partner(pinned(&kz), limits(), 4).await;
    let mut streams = Vec::new();
    for _ in 0..54 {
        streams.push(running.connect(Some(&kz)).await.unwrap());
    }
    let mut served = 0;
    for stream in &mut streams {
        let asked = stream.write_all(&get("/v1/log/checkpoint", "")).await;
        let reply = tokio::time::timeout(PATIENCE, read_reply(stream))
            .await
            .unwrap();
        served += usize::from(asked.is_ok() && reply.is_ok_and(|reply| reply.status == 200));
    }
    assert_eq!(served, 4);
}

#[tokio::test]
async fn over_all_connections_there_is_a_limit_too() {
    let kz = Identity::new("kz");
    let few = Limits {
        connections_max: 2,
        ..limits()
    };
    let running = Running::partner(pinned(&kz), few, 32).await;
    let first = running.connect(Some(&kz)).await.unwrap();
    let _second = running.connect(Some(&kz)).await.unwrap();
    assert!(running.connect(Some(&kz)).await.is_err());
    drop(first);
    let request = get("/v1/log/checkpoint", "");
    let again = async {
        // The listener notices the closed connection in its own time.
        while running.send(Some(&kz), &request).await.is_err() {}
    };
    tokio::time::timeout(PATIENCE, again).await.unwrap();
}

#[tokio::test]
async fn http_2_carries_many_messages_on_one_connection() {
    let kz = Identity::new("kz");
    let running = running(&kz).await;
    let config = pki::client_config(Some(&kz), &[b"h2"]);
    let stream = TcpStream::connect(running.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = TokioIo::new(stream.await.unwrap());
    let shaken = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await;
    let (sender, connection) = shaken.unwrap();
    let connection = tokio::spawn(connection);
    let replies = (0..20).map(|number| {
        let mut sender = sender.clone();
        let request = hyper::Request::post("https://localhost/v1/messages")
            .header("content-type", "application/xml")
            .body(Full::new(Bytes::from(format!("<a n='{number}'/>"))))
            .unwrap();
        tokio::spawn(async move {
            let response = sender.send_request(request).await.unwrap();
            let status = response.status();
            (status, response.collect().await.unwrap().to_bytes())
        })
    });
    for reply in replies.collect::<Vec<_>>() {
        let (status, body) = reply.await.unwrap();
        assert_eq!((status.as_u16(), body.as_ref()), (200, RECEIPT.as_bytes()));
    }
    assert_eq!(running.service.asked().len(), 20);
    drop(sender);
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_takes_nothing_new() {
    let kz = Identity::new("kz");
    let running = running(&kz).await;
    let mut stream = running.connect(Some(&kz)).await.unwrap();
    stream
        .write_all(&post("/v1/messages", "", "<wait/>"))
        .await
        .unwrap();
    running.service.waiting.acquire().await.unwrap().forget();
    running.stop.send(true).unwrap();
    let refused = async { while TcpStream::connect(running.address()).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, refused).await.unwrap();
    running.service.gate.add_permits(1);
    assert_eq!(read_reply(&mut stream).await.unwrap().status, 200);
    tokio::time::timeout(PATIENCE, running.listening.task)
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_stop_cuts_off_what_takes_too_long() {
    let kz = Identity::new("kz");
    let quick = Limits {
        drain: Duration::from_millis(100),
        ..limits()
    };
    let running = Running::partner(pinned(&kz), quick, 32).await;
    let mut stream = running.connect(Some(&kz)).await.unwrap();
    stream
        .write_all(&post("/v1/messages", "", "<wait/>"))
        .await
        .unwrap();
    running.service.waiting.acquire().await.unwrap().forget();
    running.stop.send(true).unwrap();
    tokio::time::timeout(PATIENCE, running.listening.task)
        .await
        .unwrap()
        .unwrap();
    assert!(read_reply(&mut stream).await.is_err());
}

fn client(running: &Running, own: &Identity, server: PeerIdentity) -> Client {
    let target = Target {
        party: party("KZ"),
        url: format!("https://{}", running.address()),
        identity: server,
        tls12_until: None,
    };
    Client::new(
        &own.tls(),
        [target],
        Duration::from_secs(10),
        &Clock::machine(),
    )
    .unwrap()
}

#[tokio::test]
async fn the_client_brings_bytes_and_takes_the_receipt() {
    let own = Identity::new("kz");
    let running = running(&own).await;
    let client = client(&running, &own, pinned(&running.server));
    for body in ["<a/>", "<refuse/>", "<conflict/>"] {
        let receipt = client.deliver(&party("KZ"), Bytes::from(body)).await;
        assert_eq!(receipt.unwrap(), RECEIPT);
    }
    for (body, code) in [
        ("<busy/>", "DELIVERY_BUSY"),
        ("<fault/>", "DELIVERY_PARTNER_FAULT"),
    ] {
        let undelivered = client
            .deliver(&party("KZ"), Bytes::from(body))
            .await
            .unwrap_err();
        assert_eq!(undelivered.code, code);
        assert_eq!(undelivered.retry_after.is_some(), code == "DELIVERY_BUSY");
    }
    let unknown = client
        .deliver(&party("CN"), Bytes::new())
        .await
        .unwrap_err();
    assert_eq!(unknown, Undelivered::new("DELIVERY_UNKNOWN_PARTNER"));
}

#[tokio::test]
async fn the_client_talks_only_to_the_partner_itself() {
    let own = Identity::new("kz");
    let running = running(&own).await;
    let impostor = client(&running, &own, pinned(&Identity::new("server")));
    let undelivered = impostor.deliver(&party("KZ"), Bytes::from("<a/>")).await;
    assert_eq!(undelivered.unwrap_err().code, "DELIVERY_TLS");
    assert!(running.service.asked().is_empty());
    let unknown = client(&running, &Identity::new("kz"), pinned(&running.server));
    let undelivered = unknown.deliver(&party("KZ"), Bytes::from("<a/>")).await;
    // The alert, or the reset that follows it, whichever the system shows first.
    let code = undelivered.unwrap_err().code;
    assert!(
        matches!(code, "DELIVERY_TLS" | "DELIVERY_CONNECTION"),
        "{code}"
    );
    let server = pinned(&running.server);
    let away = client(&running, &own, server);
    running.stop.send(true).unwrap();
    running.listening.task.await.unwrap();
    let undelivered = away.deliver(&party("KZ"), Bytes::from("<a/>")).await;
    assert_eq!(undelivered.unwrap_err().code, "DELIVERY_CONNECT");
}
