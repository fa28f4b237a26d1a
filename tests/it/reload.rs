//! SIGHUP: what the files say now is put to work whole, or nothing is.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use corridor::cli::authority::{Authority, KeyKind, Request, Usage};
use corridor::cli::https::{Https, tls_settings};
use corridor::clock::Clock;
use corridor::config::CertificateFacts;
use corridor::crypto::{Policy, Suites, TrustStore};
use corridor::evidence;
use corridor::model::Sha256;
use http::StatusCode;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::support::desk::{Desk, Peer, accepted, receipt, refused, send, text};
use crate::support::messages::Declaration;
use crate::support::trial::{Trial, until};

/// Something that every gateway refuses with a receipt.
fn nonsense() -> Bytes {
    Bytes::from_static(b"<nonsense/>")
}

fn replace(file: &Path, from: &str, to: &str) {
    let whole = fs::read_to_string(file).unwrap();
    assert!(whole.contains(from), "{whole}");
    fs::write(file, whole.replacen(from, to, 1)).unwrap();
}

/// The configuration that the receipt of a submission states.
async fn config_of_submission(trial: &Trial) -> Sha256 {
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;
    let answer = desk.submit(&Declaration::Kz.fresh()).await;
    receipt(ru, &answer.body).config_sha256
}

#[tokio::test]
async fn a_partner_is_added_and_removed_while_the_gateway_runs() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    let (profile, aside) = (
        trial.path("RU", "partners/kz.toml"),
        trial.path("RU", "kz.toml"),
    );
    fs::rename(&profile, &aside).unwrap();
    trial.serve(&["RU", "KZ"]).await;
    let (ru, kz) = (trial.party("RU"), trial.party("KZ"));
    let peer = Peer::new(kz, ru);
    // TLS 1.3 tells a refused client at its first request.
    let mut stranger = peer.connect().await.unwrap();
    assert!(send(&mut stranger, &nonsense()).await.is_err());
    let mut desk = Desk::open(ru, "submitter").await;
    let waits = accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    let message = desk.get(&format!("/v1/messages/{}", waits.id)).await;
    assert_eq!(message["outgoing"][0]["state"], "queued", "{message}");

    // Added: its messages are judged, and what waited for it goes.
    fs::rename(&aside, &profile).unwrap();
    trial.reloaded("RU").await;
    let mut https = peer.connect().await.unwrap();
    let answer = send(&mut https, &nonsense()).await.unwrap();
    let known = receipt(ru, &answer.body);
    assert_ne!(known.config_sha256, waits.config_sha256);
    let message = desk.settled(&waits.id).await;
    assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");

    // Removed: its open connection ends, and no new one is accepted.
    fs::rename(&profile, &aside).unwrap();
    trial.reloaded("RU").await;
    until("the end of the connection", async || {
        let body = Bytes::from_static(b"<more/>");
        match send(&mut https, &body).await {
            Err(_) => Some(()),
            Ok(answer) => {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", text(&answer));
                None
            }
        }
    })
    .await;
    let mut again = peer.connect().await.unwrap();
    assert!(send(&mut again, &nonsense()).await.is_err());
    assert_eq!(config_of_submission(&trial).await, waits.config_sha256);
    trial.stop("RU");
    trial.sound("RU");
}

#[tokio::test]
async fn a_lane_changes_and_a_restart_gives_the_same() {
    let mut trial = Trial::running(&["RU", "KZ"]).await;
    let before = config_of_submission(&trial).await;
    let lane = trial.path("RU", "lanes/ru-kz-transit.toml");
    replace(&lane, "\"attested\"", "\"signed\"");
    assert_eq!(config_of_submission(&trial).await, before);
    trial.reloaded("RU").await;
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;
    let answer = desk.submit(&Declaration::Kz.fresh()).await;
    refused(ru, &answer, 422, "NO_LANE");
    let after = receipt(ru, &answer.body).config_sha256;
    assert_ne!(after, before);
    trial.stop("RU");
    trial.serve(&["RU"]).await;
    assert_eq!(config_of_submission(&trial).await, after);
}

#[tokio::test]
async fn any_fault_leaves_everything_as_it_was() {
    let trial = Trial::running(&["RU", "KZ"]).await;
    let before = config_of_submission(&trial).await;
    let (lane, profile) = (
        trial.path("RU", "lanes/broken.toml"),
        trial.path("RU", "partners/kz.toml"),
    );
    fs::write(&lane, "id = 1\n").unwrap();
    let said = trial.reload("RU").await;
    assert!(said.contains("stays as it was"), "{said}");
    assert!(
        said.contains("broken.toml") && said.contains("line 1"),
        "{said}"
    );
    let whole = fs::read_to_string(&profile).unwrap();
    replace(&profile, "[limits]", "[limits]\nunknown_key = 1");
    let said = trial.reload("RU").await;
    let line = whole.lines().position(|line| line == "[limits]").unwrap() + 2;
    assert!(
        said.contains(&format!("kz.toml:{line}: unknown_key")),
        "{said}"
    );
    assert!(said.contains("CONFIG_SYNTAX"), "{said}");
    fs::write(&profile, whole).unwrap();
    fs::remove_file(&lane).unwrap();

    // What only a restart changes is named.
    let file = trial.party("RU").config();
    let whole = fs::read_to_string(&file).unwrap();
    replace(&file, "store = \"store\"", "store = \"elsewhere\"");
    replace(
        &file,
        &format!("address = \"{}\"", trial.party("RU").partner_address),
        "address = \"127.0.0.1:1\"",
    );
    let said = trial.reload("RU").await;
    for key in ["folders.store", "partner_listener.address"] {
        assert!(said.contains(&format!("{key}: only a restart")), "{said}");
    }
    assert!(!said.contains("national_listener.address"), "{said}");
    assert!(said.contains("CONFIG_FIXED"), "{said}");
    fs::write(&file, whole).unwrap();

    assert_eq!(config_of_submission(&trial).await, before);
    trial.reloaded("RU").await;
    assert_eq!(config_of_submission(&trial).await, before);
    let mut desk = Desk::open(trial.party("RU"), "operator").await;
    let metrics = text(&desk.fetch("/metrics").await);
    for line in [
        "corridor_reloads_total{outcome=\"refused\"} 3",
        "corridor_reloads_total{outcome=\"replaced\"} 1",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

#[tokio::test]
async fn keys_and_certificates_are_rotated_while_the_gateway_runs() {
    let trial = Trial::running(&["RU", "KZ"]).await;
    let (ru, kz) = (trial.party("RU"), trial.party("KZ"));
    let now = Clock::machine().wall();
    let authority = Authority::new("RU second root", KeyKind::P256, now).unwrap();
    let issue = |usage| {
        let request = Request {
            name: "RU",
            usage,
            alternative_names: &[],
        };
        let key = KeyKind::P256.generate().unwrap();
        authority.issue(&request, &key, now).unwrap()
    };
    let (tls, signing) = (issue(Usage::Tls), issue(Usage::Signing));

    // The partner first: it knows both pins and both anchors.
    let der = CertificateDer::from_pem_slice(tls.certificate_pem.as_bytes()).unwrap();
    let second = CertificateFacts::read(&der).unwrap().spki_sha256;
    let (profile, anchors) = (
        trial.path("KZ", "partners/ru.toml"),
        trial.path("KZ", "partners/ru-anchor.pem"),
    );
    replace(&profile, "pins = [", &format!("pins = [\"{second}\", "));
    let both = fs::read_to_string(&anchors).unwrap() + authority.certificate_pem();
    fs::write(&anchors, both).unwrap();
    trial.reloaded("KZ").await;

    let first = config_of_submission(&trial).await;
    for (stem, pair) in [("tls", &tls), ("signing", &signing)] {
        fs::write(
            trial.path("RU", &format!("keys/{stem}.pem")),
            &pair.certificate_pem,
        )
        .unwrap();
        fs::write(
            trial.path("RU", &format!("keys/{stem}.key.pem")),
            &pair.key_pem,
        )
        .unwrap();
    }
    trial.reloaded("RU").await;

    // Both listeners show the new certificate, and receipts are sealed with the new key.
    let old = tls_settings(ru.anchor_pem.as_bytes(), None).unwrap();
    let new = tls_settings(authority.certificate_pem().as_bytes(), None).unwrap();
    assert!(Https::connect(ru.national_address, &old).await.is_err());
    let own = (&*kz.tls.certificate_pem, &*kz.tls.key_pem);
    let partner = tls_settings(authority.certificate_pem().as_bytes(), Some(own)).unwrap();
    let mut https = Https::connect(ru.partner_address, &partner).await.unwrap();
    let answer = send(&mut https, &nonsense()).await.unwrap();
    let pem = authority.certificate_pem().as_bytes();
    let trust = TrustStore::from_pem(pem, &[], &[]).unwrap();
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(str::to_owned).collect();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust: &trust,
    };
    let (sealed, _) = evidence::open(&answer.body, &policy, Clock::machine().wall()).unwrap();
    assert_ne!(sealed.config_sha256, first);

    // Deliveries show the new certificate and are signed with the new key.
    let mut desk = Desk::connect(ru, "submitter", &new).await.unwrap();
    let answer = desk.submit(&Declaration::Kz.fresh()).await;
    let (sealed, _) = evidence::open(&answer.body, &policy, Clock::machine().wall()).unwrap();
    let message = desk.settled(&sealed.id).await;
    assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");

    // The partner drops the old ones, and all goes on.
    replace(&profile, &format!(", \"{}\"", ru.tls_spki_sha256), "");
    fs::write(&anchors, authority.certificate_pem()).unwrap();
    trial.reloaded("KZ").await;
    let answer = desk.submit(&Declaration::Kz.fresh()).await;
    let (sealed, _) = evidence::open(&answer.body, &policy, Clock::machine().wall()).unwrap();
    let message = desk.settled(&sealed.id).await;
    assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");
    let mut stale = Peer::new(ru, kz).connect().await.unwrap();
    assert!(send(&mut stale, &nonsense()).await.is_err());
}
