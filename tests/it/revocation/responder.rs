//! Against `openssl ocsp`, the responder of OpenSSL.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use corridor::crypto::{Revocation, StatusKind};
use http::StatusCode;
use rcgen::{CustomExtension, ExtendedKeyUsagePurpose, KeyPair};
use tempfile::TempDir;

use super::{Pki, SERIAL, note, params, peer, trial_of};
use crate::support::desk::refused;
use crate::support::installed;
use crate::support::trial::until;

/// A responder of the authority, certified for it, with a register of certificates.
struct Responder {
    dir: TempDir,
    port: u16,
    running: Option<Child>,
}

impl Responder {
    fn new(pki: &Pki) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut responder = params("Responder");
        responder.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        let no_check =
            CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 48, 1, 5], vec![5, 0]);
        responder.custom_extensions = vec![no_check];
        let key = KeyPair::generate().unwrap();
        let certificate = responder.signed_by(&key, &pki.root).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let made = Self {
            port: free.local_addr().unwrap().port(),
            dir,
            running: None,
        };
        fs::write(made.path("ca.pem"), pki.root.pem()).unwrap();
        fs::write(made.path("responder.pem"), certificate.pem()).unwrap();
        fs::write(made.path("responder.key"), key.serialize_pem()).unwrap();
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Answers by this register from now on: serial numbers, and whether they are revoked.
    async fn serve(&mut self, register: &[(u64, bool)], options: &[&str]) {
        self.stop();
        let mut index = String::new();
        for (serial, revoked) in register {
            // ca(1): status, end, revocation, serial, file, name.
            let line = match revoked {
                false => "V\t491231235959Z\t\t".to_owned(),
                true => "R\t491231235959Z\t260101000000Z,keyCompromise\t".to_owned(),
            };
            writeln!(index, "{line}{serial:02X}\tunknown\t/CN=Signer {serial}").unwrap();
        }
        fs::write(self.path("index.txt"), index).unwrap();
        let child = Command::new("openssl")
            .args(["ocsp", "-port", &self.port.to_string(), "-index"])
            .arg(self.path("index.txt"))
            .arg("-CA")
            .arg(self.path("ca.pem"))
            .arg("-rsigner")
            .arg(self.path("responder.pem"))
            .arg("-rkey")
            .arg(self.path("responder.key"))
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.path("said")).unwrap())
            .spawn()
            .unwrap();
        self.running = Some(child);
        // It serves one connection after the other: one that only looks whether it is there holds it up.
        until("the responder", async || {
            let said = fs::read_to_string(self.path("said")).unwrap();
            said.contains("waiting for OCSP client").then_some(())
        })
        .await;
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.stop();
    }
}

#[tokio::test]
async fn a_responder_is_asked_before_a_first_message_is_refused_and_then_kept_asking() {
    if !installed("openssl") {
        println!("skipped: no openssl");
        return;
    }
    let pki = Pki::new();
    let mut responder = Responder::new(&pki);
    let signers = [(SERIAL, false), (SERIAL + 1, false)];
    responder.serve(&signers, &["-nmin", "60"]).await;
    let status = format!(
        "ocsp_url = \"http://127.0.0.1:{}\"\nocsp_nonce = \"required\"\nrefresh_seconds = 5",
        responder.port
    );
    let mut trial = trial_of(&pki, &status);
    trial.serve(&["KZ"]).await;
    let peer = peer(&trial);
    let known = note(&trial, &peer.post(&pki.message()).await);
    assert_eq!(known.status, Revocation::Checked);
    let source = &known.sources[0];
    assert_eq!((known.sources.len(), source.kind), (1, StatusKind::Ocsp));
    assert!(source.issuer.contains("CN=Responder"), "{source:?}");
    assert!(source.produced_at.is_some());

    // Revoked while the gateway runs: known without a message that asks, and without a reload.
    let signers = [(SERIAL, true), (SERIAL + 1, false)];
    responder.serve(&signers, &["-nmin", "60"]).await;
    let refusal = until("the revocation", async || {
        let answer = peer.post(&pki.message()).await;
        (answer.status != StatusCode::OK).then_some(answer)
    })
    .await;
    refused(trial.party("KZ"), &refusal, 422, "CERT_REVOKED");
    // Another certificate of the same authority is asked about by itself.
    let second = pki.again(SERIAL + 1);
    let known = note(&trial, &peer.post(&second.message()).await);
    assert_eq!(known.status, Revocation::Checked);

    // While the responder is down what is known holds, also over a restart; who is new is refused.
    responder.stop();
    trial.stop("KZ");
    trial.serve(&["KZ"]).await;
    let answer = peer.post(&pki.message()).await;
    refused(trial.party("KZ"), &answer, 422, "CERT_REVOKED");
    let known = note(&trial, &peer.post(&second.message()).await);
    assert_eq!(known.status, Revocation::Checked);
    let third = pki.again(SERIAL + 2);
    let answer = peer.post(&third.message()).await;
    refused(trial.party("KZ"), &answer, 422, "CERT_REVOCATION_UNKNOWN");
    // A responder that does not know a certificate does not clear it.
    responder.serve(&signers, &["-nmin", "60"]).await;
    let answer = peer.post(&third.message()).await;
    refused(trial.party("KZ"), &answer, 422, "CERT_REVOCATION_UNKNOWN");
    let log = trial.path("KZ", "gateway.log");
    until("the reasons", async || {
        let log = fs::read_to_string(&log).unwrap();
        let codes = ["REVOCATION_CONNECTION", "REVOCATION_ANSWER"];
        codes.iter().all(|code| log.contains(code)).then_some(())
    })
    .await;
    trial.stop("KZ");
    trial.sound("KZ");
}

#[tokio::test]
async fn where_one_responder_gives_no_answer_the_next_is_asked() {
    if !installed("openssl") {
        println!("skipped: no openssl");
        return;
    }
    let pki = Pki::new();
    let mut responder = Responder::new(&pki);
    responder.serve(&[(SERIAL, false)], &["-nmin", "60"]).await;
    // Nobody listens at the first address, and the second has another authority's register.
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = free.local_addr().unwrap();
    drop(free);
    let mut other = Responder::new(&Pki::new());
    other.serve(&[(SERIAL, true)], &["-nmin", "60"]).await;
    let status = format!(
        "ocsp_urls = [\"http://{silent}\", \"http://127.0.0.1:{}\", \"http://127.0.0.1:{}\"]\n\
         refresh_seconds = 5",
        other.port, responder.port
    );
    let mut trial = trial_of(&pki, &status);
    trial.serve(&["KZ"]).await;
    let peer = peer(&trial);
    let known = note(&trial, &peer.post(&pki.message()).await);
    assert_eq!(known.status, Revocation::Checked);
    assert_eq!(known.sources[0].kind, StatusKind::Ocsp);
    let log = fs::read_to_string(trial.path("KZ", "gateway.log")).unwrap();
    assert!(log.contains("REVOCATION_CONNECTION"), "{log}");
    assert!(log.contains("REVOCATION_ANSWER"), "{log}");

    // Where none answers, nothing is known of who is new.
    responder.stop();
    let second = pki.again(SERIAL + 1);
    let answer = peer.post(&second.message()).await;
    refused(trial.party("KZ"), &answer, 422, "CERT_REVOCATION_UNKNOWN");
}
