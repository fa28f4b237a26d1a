//! Fetching against a server that behaves, and one that does not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Uri;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::cache::Cache;
use super::fetch::{FetchError, Fetched, Question, fetch};
use super::known::Known;
use super::lists::Lists;
use super::{Prepared, Sources, prepare};
use crate::clock::Clock;
use crate::crypto::{LIST_BYTES_MAX, TrustStore};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn root() -> Issuer {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A list of a day in May 2026, naming serial numbers.
fn list(issuer: &Issuer, day: u8, revoked: &[u64]) -> Vec<u8> {
    let entry = |serial: &u64| RevokedCertParams {
        serial_number: SerialNumber::from(*serial),
        revocation_time: date_time_ymd(2026, 5, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 5, day),
        next_update: date_time_ymd(2026, 7, 1),
        crl_number: SerialNumber::from(u64::from(day)),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(issuer).unwrap().der().to_vec()
}

/// A server that gives the same answer to everybody, and keeps what it was asked.
struct Server {
    url: Uri,
    answer: Arc<Mutex<Vec<u8>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a?b=c", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let server = Self {
            url: url.parse().unwrap(),
            answer: Arc::clone(&answer),
            asked: Arc::clone(&asked),
        };
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (answer, asked) = (answer.lock().unwrap().clone(), Arc::clone(&asked));
                tokio::spawn(async move {
                    let mut head = vec![0; 4096];
                    let read = stream.read(&mut head).await.unwrap();
                    head.truncate(read);
                    asked
                        .lock()
                        .unwrap()
                        .push(String::from_utf8_lossy(&head).into_owned());
                    if answer.is_empty() {
                        // It takes the request and never answers.
                        tokio::time::sleep(Duration::from_secs(60)).await;
                    }
                    // Who had enough closes.
                    let _ = stream.write_all(&answer).await;
                });
            }
        });
        server
    }

    fn answers(&self, head: &str, body: &[u8]) {
        let head = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len());
        *self.answer.lock().unwrap() = [head.as_bytes(), body].concat();
    }

    fn gives(&self, body: &[u8]) {
        self.answers("200 OK", body);
    }

    fn last(&self) -> String {
        self.asked.lock().unwrap().last().unwrap().clone()
    }

    async fn fetch(&self, bytes_max: usize) -> Result<Fetched, FetchError> {
        let question = Question {
            url: &self.url,
            post: None,
            tag: None,
            bytes_max,
        };
        fetch(question, Duration::from_millis(500)).await
    }
}

fn sources(root: &Issuer, urls: Vec<Uri>) -> Sources {
    Sources {
        party: "KZ".parse().unwrap(),
        trust: Arc::new(TrustStore::from_pem(root.pem().as_bytes(), b"", &[]).unwrap()),
        crl_urls: urls,
        ocsp: None,
        refresh: Duration::from_secs(5),
    }
}

fn lists(root: &Issuer, server: &Server, dir: &TempDir) -> (Lists, Arc<Known>) {
    let cache = Cache::new(dir.path().join("revocation"));
    let sources = sources(root, vec![server.url.clone()]);
    let june = Clock::manual("2026-06-01T12:00:00Z".parse().unwrap());
    let known = Arc::new(Known::new(sources.party, sources.trust));
    let own = Arc::clone(&known);
    let lists = Lists::new(sources.crl_urls, sources.refresh, own, cache, june);
    (lists, known)
}

async fn refreshed(lists: &mut Lists) -> bool {
    lists.refresh(0, Duration::from_millis(500)).await
}

#[tokio::test]
async fn a_request_is_bounded_in_time_and_size_and_follows_nothing() {
    let server = Server::new().await;
    assert_eq!(server.fetch(100).await.unwrap_err(), FetchError::Timeout);
    server.gives(b"whole");
    let Ok(Fetched::Body(body, None)) = server.fetch(5).await else {
        panic!("no body");
    };
    assert_eq!(body, "whole");
    let asked = server.last();
    assert!(asked.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(server.url.authority().unwrap().as_str()));
    assert_eq!(server.fetch(4).await.unwrap_err(), FetchError::TooLarge);
    let elsewhere = format!("302 Found\r\nlocation: {}", server.url);
    server.answers(&elsewhere, b"");
    assert_eq!(server.fetch(5).await.unwrap_err(), FetchError::Status(302));
    assert_eq!(server.asked.lock().unwrap().len(), 4, "it was not followed");
    server.answers("404 Not Found", b"no");
    assert_eq!(server.fetch(5).await.unwrap_err(), FetchError::Status(404));
    // What is there already was not asked about.
    server.answers("304 Not Modified", b"");
    assert_eq!(server.fetch(5).await.unwrap_err(), FetchError::Status(304));
    *server.answer.lock().unwrap() = b"nonsense\r\n\r\n".to_vec();
    assert_eq!(server.fetch(5).await.unwrap_err(), FetchError::Connection);
    for address in ["https://127.0.0.1/", "/a"] {
        let question = Question {
            url: &address.parse().unwrap(),
            post: None,
            tag: None,
            bytes_max: 5,
        };
        let found = fetch(question, Duration::from_secs(1)).await;
        assert_eq!(found.unwrap_err(), FetchError::Address, "{address}");
    }
    assert!(FetchError::TooLarge.code().starts_with("REVOCATION_"));
}

#[tokio::test]
async fn a_list_is_taken_when_it_is_genuine_and_newer_and_stays_otherwise() {
    let (root, dir, server) = (root(), tempfile::tempdir().unwrap(), Server::new().await);
    let (mut lists, known) = lists(&root, &server, &dir);
    let empty = known.trust().sha256();
    server.answers("404 Not Found", b"");
    assert!(!refreshed(&mut lists).await);
    assert_eq!(known.trust().sha256(), empty);
    server.answers("200 OK\r\netag: \"one\"", &list(&root, 10, &[]));
    assert!(refreshed(&mut lists).await);
    let clean = known.trust().sha256();
    assert_ne!(clean, empty);
    // The same again is nothing new, whether the server says so or not.
    assert!(!refreshed(&mut lists).await);
    assert!(server.last().contains("if-none-match: \"one\""));
    server.answers("304 Not Modified", b"");
    assert!(!refreshed(&mut lists).await);

    let forged = self::root();
    let huge = vec![0x30; LIST_BYTES_MAX + 1];
    for (what, body) in [
        ("another's", list(&forged, 11, &[7])),
        ("older", list(&root, 9, &[7])),
        ("cut", list(&root, 11, &[7])[..60].to_vec()),
        ("no list", b"<html>".to_vec()),
        ("huge", huge),
        ("empty", Vec::new()),
    ] {
        server.gives(&body);
        assert!(!lists.refresh(0, Duration::from_secs(20)).await, "{what}");
        assert_eq!(known.trust().sha256(), clean, "{what}");
    }
    server.gives(&list(&root, 11, &[7]));
    assert!(refreshed(&mut lists).await);
    let revoking = known.trust().sha256();
    assert_ne!(revoking, clean);

    // A gateway that is started anew knows it, also without the network.
    server.answers("500 No", b"");
    let kept = || {
        let sources = sources(&root, vec![server.url.clone()]);
        let (folder, clock) = (dir.path().join("revocation"), Clock::machine());
        async move {
            let prepared = prepare([sources], folder, &clock).await;
            let trust = prepared.first().map(Prepared::trust).unwrap();
            trust.sha256()
        }
    };
    assert_eq!(kept().await, revoking);
    // What lies there is as little trusted as what comes over the wire.
    let file = std::fs::read_dir(dir.path().join("revocation"));
    let file = file.unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, list(&forged, 12, &[])).unwrap();
    assert_eq!(kept().await, empty);
}

#[tokio::test]
async fn a_start_waits_for_what_was_never_fetched_and_not_for_ever() {
    let (root, dir, server) = (root(), tempfile::tempdir().unwrap(), Server::new().await);
    server.gives(&list(&root, 10, &[7]));
    let silent = Server::new().await;
    let urls = vec![server.url.clone(), silent.url.clone()];
    let sources = sources(&root, urls);
    let empty = sources.trust.sha256();
    let folder = dir.path().join("revocation");
    let prepared = prepare([sources], folder, &Clock::machine()).await;
    assert_eq!(prepared.len(), 1);
    assert_eq!(prepared[0].party().as_str(), "KZ");
    assert_ne!(prepared[0].trust().sha256(), empty);
}
