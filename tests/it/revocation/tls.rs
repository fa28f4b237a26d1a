//! Revocation of the certificates that partners show on connections, both ways.

use std::fs;

use corridor::cli::authority::{Authority, KeyKind, Reason};
use corridor::cli::https::Https;
use corridor::clock::Clock;
use http::StatusCode;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::support::desk::{Desk, Peer, accepted, send};
use crate::support::messages::{Declaration, fresh_id, sign, transit};
use crate::support::site::Site;
use crate::support::trial::{Trial, until};

/// The serial number of the certificate that a party shows on connections.
fn serial(trial: &Trial, name: &str) -> Vec<u8> {
    let pem = &trial.party(name).tls.certificate_pem;
    let der = CertificateDer::from_pem_slice(pem).unwrap();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    certificate.raw_serial().to_vec()
}

/// A list of the party's own authority, PEM.
fn list(trial: &Trial, name: &str, revoked: &[Vec<u8>]) -> String {
    let authority = Authority::load(&trial.path(name, "ca")).unwrap();
    let now = Clock::machine().wall();
    authority.crl(revoked, Reason::Unsaid, now).unwrap()
}

fn log(trial: &Trial) -> String {
    fs::read_to_string(trial.path("KZ", "gateway.log")).unwrap()
}

/// Whether a message is answered over this connection.
async fn answers(trial: &Trial, https: &mut Https) -> bool {
    let message = sign(&transit(&fresh_id()), trial.party("RU"));
    match send(https, &message).await {
        // It came before the connection had ended.
        Ok(answer) if answer.status == StatusCode::UNAUTHORIZED => false,
        Ok(answer) => {
            accepted(trial.party("KZ"), &answer);
            true
        }
        Err(_) => false,
    }
}

/// What a refused certificate's owner is told: in TLS 1.3 at the first answer.
async fn refusal(trial: &Trial, peer: &Peer) -> String {
    let message = sign(&transit(&fresh_id()), trial.party("RU"));
    let mut https = match peer.connect().await {
        Ok(https) => https,
        Err(error) => return format!("{error:?}"),
    };
    format!("{:?}", send(&mut https, &message).await.unwrap_err())
}

#[tokio::test]
async fn a_revoked_tls_certificate_of_a_partner_is_refused_and_its_open_connections_end() {
    let trial = Trial::running(&["KZ", "RU"]).await;
    let peer = Peer::new(trial.party("RU"), trial.party("KZ"));
    let mut open = peer.connect().await.unwrap();
    assert!(answers(&trial, &mut open).await);

    // Another certificate of the same authority is revoked: nothing changes.
    let path = trial.path("KZ", "partners/ru.crl.pem");
    let mut another = serial(&trial, "RU");
    *another.last_mut().unwrap() ^= 1;
    fs::write(&path, list(&trial, "RU", &[another.clone()])).unwrap();
    trial.reloaded("KZ").await;
    assert!(answers(&trial, &mut open).await);
    assert!(!log(&trial).contains("TLS_CERTIFICATE_REVOKED"));
    // The same serial number by another authority of the same name.
    let now = Clock::machine().wall();
    let namesake = Authority::new("RU trial root", KeyKind::P256, now).unwrap();
    let theirs = namesake.crl(&[serial(&trial, "RU")], Reason::Unsaid, now);
    let both = list(&trial, "RU", &[another]) + &theirs.unwrap();
    fs::write(&path, both).unwrap();
    trial.reloaded("KZ").await;
    assert!(answers(&trial, &mut open).await);

    // Now it is this one.
    let revoked = serial(&trial, "RU");
    fs::write(&path, list(&trial, "RU", std::slice::from_ref(&revoked))).unwrap();
    trial.reloaded("KZ").await;
    until("the end of the connection", async || {
        (!answers(&trial, &mut open).await).then_some(())
    })
    .await;
    let told = refusal(&trial, &peer).await;
    assert!(told.contains("CertificateRevoked"), "{told}");
    let said = log(&trial);
    assert!(said.contains("TLS_CERTIFICATE_REVOKED"), "{said}");
    assert!(said.contains(&hex::encode(&revoked)), "{said}");

    // When its authority takes that back it is let in again.
    fs::write(&path, list(&trial, "RU", &[])).unwrap();
    trial.reloaded("KZ").await;
    let mut open = peer.connect().await.unwrap();
    assert!(answers(&trial, &mut open).await);
}

#[tokio::test]
async fn nothing_is_delivered_to_who_shows_a_revoked_tls_certificate() {
    let trial = Trial::running(&["KZ", "RU"]).await;
    let path = trial.path("RU", "partners/kz.crl.pem");
    let revoked = serial(&trial, "KZ");
    fs::write(&path, list(&trial, "KZ", &[revoked])).unwrap();
    trial.reloaded("RU").await;
    let mut desk = Desk::open(trial.party("RU"), "submitter").await;
    let submitted = desk.submit(&Declaration::Kz.fresh()).await;
    let receipt = accepted(trial.party("RU"), &submitted);
    let mut operator = Desk::open(trial.party("RU"), "operator").await;
    operator
        .wait("/v1/queue", |queue| {
            queue.to_string().contains("DELIVERY_TLS").then_some(())
        })
        .await;
    let said = fs::read_to_string(trial.path("RU", "gateway.log")).unwrap();
    assert!(said.contains("TLS_CERTIFICATE_REVOKED"), "{said}");

    fs::write(&path, list(&trial, "KZ", &[])).unwrap();
    trial.reloaded("RU").await;
    let mut officer = Desk::open(trial.party("RU"), "officer").await;
    let settled = officer.settled(&receipt.id).await;
    assert!(settled.to_string().contains("delivered"), "{settled}");
}

#[tokio::test]
async fn a_fetched_list_ends_connections_without_a_reload() {
    let server = Site::new();
    let mut trial = Trial::new(&["KZ", "RU"]);
    let clean = list(&trial, "RU", &[]);
    server.put("/ru.crl", clean.into_bytes());
    let profile = trial.path("KZ", "partners/ru.toml");
    let text = fs::read_to_string(&profile).unwrap();
    let crls = text
        .lines()
        .find(|line| line.starts_with("crls = "))
        .unwrap();
    let text = text.replace(crls, "");
    let url = format!("http://{}/ru.crl", server.address);
    let status =
        format!("[signing.status]\ncrl_urls = [\"{url}\"]\nrefresh_seconds = 5\n\n[limits]");
    fs::write(&profile, text.replace("[limits]", &status)).unwrap();
    trial.serve(&["KZ"]).await;
    let peer = Peer::new(trial.party("RU"), trial.party("KZ"));
    let mut open = peer.connect().await.unwrap();
    assert!(answers(&trial, &mut open).await);

    let revoking = list(&trial, "RU", &[serial(&trial, "RU")]);
    server.put("/ru.crl", revoking.into_bytes());
    until("the end of the connection", async || {
        (!answers(&trial, &mut open).await).then_some(())
    })
    .await;
    let told = refusal(&trial, &peer).await;
    assert!(told.contains("CertificateRevoked"), "{told}");
}
