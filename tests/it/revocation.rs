//! What authorities say of revocation while a gateway runs: fetched, kept, and out for a time.

mod delta;
mod responder;
mod tls;

use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use corridor::cli::https::HttpsAnswer;
use corridor::clock::Clock;
use corridor::crypto::{self, Revocation, SignatureProfile, StatusKind};
use corridor::evidence::{Origin, RevocationNote};
use corridor::xml::Limits;
use http::StatusCode;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams, SerialNumber,
};
use ring::rand::SystemRandom;

use crate::support::desk::{Peer, accepted, refused};
use crate::support::messages::{fresh_id, transit};
use crate::support::site::Site;
use crate::support::trial::{Trial, until};

/// Of the signer's certificate.
const SERIAL: u64 = 7;
const MINUTE: i64 = 60;

/// RU's authority in these tests, and a signer that it issued.
struct Pki {
    root: Arc<CertifiedIssuer<'static, KeyPair>>,
    signer_pem: String,
    key_pem: String,
}

fn moment(seconds: i64) -> time::OffsetDateTime {
    let now = Clock::machine().wall().as_second();
    time::OffsetDateTime::from_unix_timestamp(now + seconds).unwrap()
}

/// Parameters of a certificate of this day.
fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = moment(-24 * 60 * MINUTE);
    params.not_after = moment(24 * 60 * MINUTE);
    let subject = &mut params.distinguished_name;
    subject.push(DnType::CountryName, "RU");
    subject.push(DnType::OrganizationName, "Customs");
    subject.push(DnType::CommonName, name);
    params
}

impl Pki {
    fn new() -> Self {
        let mut root = params("Root");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        Self::of(Arc::new(root), SERIAL)
    }

    /// Another signer of the same authority.
    fn again(&self, serial: u64) -> Self {
        Self::of(Arc::clone(&self.root), serial)
    }

    fn of(root: Arc<CertifiedIssuer<'static, KeyPair>>, serial: u64) -> Self {
        let mut signer = params("Signer");
        signer.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        signer.serial_number = Some(SerialNumber::from(serial));
        let key = KeyPair::generate().unwrap();
        Self {
            signer_pem: signer.signed_by(&key, &**root).unwrap().pem(),
            key_pem: key.serialize_pem(),
            root,
        }
    }

    /// A list issued and running out these seconds from now.
    fn list(&self, number: u64, (issued, ends): (i64, i64), revoked: bool) -> Vec<u8> {
        let entry = RevokedCertParams {
            serial_number: SerialNumber::from(SERIAL),
            revocation_time: moment(issued),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: moment(issued),
            next_update: moment(ends),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: if revoked { vec![entry] } else { Vec::new() },
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&**self.root).unwrap().der().to_vec()
    }

    /// A message that no gateway had before.
    fn message(&self) -> Bytes {
        let key = self.key_pem.as_bytes();
        let signer = crypto::signer_from_pkcs8(key, self.signer_pem.as_bytes(), None).unwrap();
        let signed = crypto::sign(
            transit(&fresh_id()).as_bytes(),
            &*signer,
            &SignatureProfile::default(),
            &Limits::default(),
            &SystemRandom::new(),
        );
        signed.unwrap().into()
    }
}

/// KZ, whose profile of RU trusts this authority and asks for its list.
fn trial(pki: &Pki, server: &Site, status: &str) -> Trial {
    let url = format!("http://{}/ru.crl", server.address);
    trial_of(
        pki,
        &format!("crl_urls = [\"{url}\"]\nrefresh_seconds = 5\n{status}"),
    )
}

/// The same with this section.
fn trial_of(pki: &Pki, status: &str) -> Trial {
    let trial = Trial::new(&["RU", "KZ"]);
    let anchors = trial.path("KZ", "partners/ru-anchor.pem");
    fs::write(anchors, pki.root.pem()).unwrap();
    let profile = trial.path("KZ", "partners/ru.toml");
    let text = fs::read_to_string(&profile).unwrap();
    let crls = text
        .lines()
        .find(|line| line.starts_with("crls = "))
        .unwrap();
    let text = text.replace(crls, "");
    let text = text.replace("\"if-present\"", "\"required\"");
    let section = format!("[signing.status]\n{status}\n\n[limits]");
    fs::write(&profile, text.replace("[limits]", &section)).unwrap();
    trial
}

fn note(trial: &Trial, answer: &HttpsAnswer) -> RevocationNote {
    let receipt = accepted(trial.party("KZ"), answer);
    let Origin::Signed { revocation, .. } = receipt.origin else {
        panic!("{:?}", receipt.origin);
    };
    *revocation.unwrap()
}

fn peer(trial: &Trial) -> Peer {
    Peer::new(trial.party("RU"), trial.party("KZ"))
}

#[tokio::test]
async fn a_certificate_that_is_revoked_while_the_gateway_runs_is_refused_without_a_reload() {
    let (pki, server) = (Pki::new(), Site::new());
    let clean = pki.list(1, (-10 * MINUTE, 60 * MINUTE), false);
    server.put("/ru.crl", clean.clone());
    let mut trial = trial(&pki, &server, "");
    trial.serve(&["KZ"]).await;
    let peer = peer(&trial);
    let message = pki.message();
    let answer = peer.post(&message).await;
    let known = note(&trial, &answer);
    assert_eq!(known.status, Revocation::Checked);
    let source = &known.sources[0];
    assert_eq!((known.sources.len(), source.kind), (1, StatusKind::Crl));
    assert_eq!(source.sha256, ring_sha256(&clean));
    assert!(source.issuer.contains("CN=Root"), "{source:?}");
    assert!(!source.ran_out && source.number.as_deref() == Some("01"));

    server.put("/ru.crl", pki.list(2, (-5 * MINUTE, 60 * MINUTE), true));
    let refusal = until("the revocation", async || {
        let answer = peer.post(&pki.message()).await;
        (answer.status != StatusCode::OK).then_some(answer)
    })
    .await;
    refused(trial.party("KZ"), &refusal, 422, "CERT_REVOKED");
    // What was receipted before keeps its receipt.
    assert_eq!(peer.post(&message).await.body, answer.body);

    // It knows it after a restart, while its authority's server is down.
    server.take_down();
    trial.stop("KZ");
    trial.serve(&["KZ"]).await;
    let answer = peer.post(&pki.message()).await;
    refused(trial.party("KZ"), &answer, 422, "CERT_REVOKED");
    // And after a reload.
    trial.reloaded("KZ").await;
    let answer = peer.post(&pki.message()).await;
    refused(trial.party("KZ"), &answer, 422, "CERT_REVOKED");
    trial.stop("KZ");
    trial.sound("KZ");
}

fn ring_sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().try_into().unwrap()
}

#[tokio::test]
async fn an_outage_is_accepted_and_flagged_within_the_grace_and_refused_behind_it() {
    let (pki, server) = (Pki::new(), Site::new());
    server.put("/ru.crl", pki.list(1, (-180 * MINUTE, -10 * MINUTE), false));
    let grace = "outage = \"accept-and-flag\"\ngrace_hours = 1";
    let mut trial = trial(&pki, &server, grace);
    trial.serve(&["KZ"]).await;
    let peer = peer(&trial);
    let known = note(&trial, &peer.post(&pki.message()).await);
    assert_eq!(known.status, Revocation::Grace);
    assert!(known.sources[0].ran_out);
    let log = trial.path("KZ", "gateway.log");
    let said = fs::read_to_string(&log).unwrap();
    assert!(said.contains("REVOCATION_GRACE"), "{said}");

    // Behind the grace of the newest list there is is nothing.
    server.put("/ru.crl", pki.list(2, (-170 * MINUTE, -70 * MINUTE), false));
    let refusal = until("the end of the grace", async || {
        let answer = peer.post(&pki.message()).await;
        (answer.status != StatusCode::OK).then_some(answer)
    })
    .await;
    refused(trial.party("KZ"), &refusal, 422, "CRL_EXPIRED");
    // A newer list ends the outage.
    server.put("/ru.crl", pki.list(3, (-MINUTE, 60 * MINUTE), false));
    let answer = until("the end of the outage", async || {
        let answer = peer.post(&pki.message()).await;
        (answer.status == StatusCode::OK).then_some(answer)
    })
    .await;
    assert_eq!(note(&trial, &answer).status, Revocation::Checked);
    // Without a grace it is refused as soon as it runs out.
    let profile = trial.path("KZ", "partners/ru.toml");
    let text = fs::read_to_string(&profile).unwrap();
    fs::write(&profile, text.replace(grace, "")).unwrap();
    server.put("/ru.crl", pki.list(4, (-30, -10), false));
    trial.reloaded("KZ").await;
    let refusal = until("the end of the list", async || {
        let answer = peer.post(&pki.message()).await;
        (answer.status != StatusCode::OK).then_some(answer)
    })
    .await;
    refused(trial.party("KZ"), &refusal, 422, "CRL_EXPIRED");
}
