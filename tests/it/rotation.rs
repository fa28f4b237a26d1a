//! `corridor keys`: what is listed, requests for certificates, and the change to a new signing key.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use corridor::clock::Clock;
use corridor::crypto::encrypt_key;
use ring::rand::SystemRandom;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::Value;

use crate::support::desk::{Desk, accepted, text};
use crate::support::messages::Declaration;
use crate::support::trial::{Trial, until};
use crate::support::{Home, corridor, installed, words};

/// How a certificate stands in a signature.
fn base64_of(certificate: &Path) -> String {
    let pem = fs::read(certificate).unwrap();
    STANDARD.encode(CertificateDer::from_pem_slice(&pem).unwrap())
}

/// What `keys list` says of the signing keys: state and place of each.
fn signing_keys(trial: &Trial) -> Vec<(String, String)> {
    let listed = trial.command("RU", "keys list --json").ok();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let word = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
    let keys = listed.as_array().unwrap().iter();
    keys.filter(|key| key["use"] == "signing")
        .map(|key| (word(key, "state"), word(key, "place")))
        .collect()
}

fn certify(trial: &Trial, request: &str, out: &str) {
    let (ca, request, out) = (
        trial.path("RU", "ca"),
        trial.path("RU", request),
        trial.path("RU", out),
    );
    corridor(words(&format!(
        "pki issue --dir {} --use signing --name next --csr {} --out {}",
        ca.display(),
        request.display(),
        out.display()
    )))
    .ok();
}

#[tokio::test]
async fn the_signing_key_changes_at_its_time_while_the_gateway_runs() {
    let trial = Trial::running(&["RU", "KZ"]).await;
    let ru = trial.party("RU");
    trial.command("RU", "keys rotate").ok();
    trial.command("RU", "keys rotate").fails(1, "FILE_EXISTS");
    certify(&trial, "keys/signing-next.csr", "certified");
    let certified = trial.path("RU", "certified.pem");
    let from = Clock::machine().wall() + Duration::from_secs(8);
    let install = format!(
        "keys rotate --install {} --from {from}",
        certified.display()
    );
    trial.command("RU", &install).ok();
    trial
        .command("RU", "keys rotate")
        .fails(1, "ROTATION_UNDER_WAY");
    let (old, new) = ("keys/signing.key.pem", "keys/signing-next.key.pem");
    let pair = |state: &str, place: &str| (state.to_owned(), place.to_owned());
    trial.reloaded("RU").await;

    // Before its time it waits, after it it signs: receipts and messages, without another word.
    let mut desk = Desk::open(ru, "submitter").await;
    let answer = desk.submit(&Declaration::Kz.fresh()).await;
    accepted(ru, &answer);
    let (first, second) = (
        base64_of(&trial.path("RU", "keys/signing.pem")),
        base64_of(&certified),
    );
    if Clock::machine().wall() < from {
        assert!(text(&answer).contains(&first));
        assert_eq!(
            signing_keys(&trial),
            [pair("in-force", old), pair("next", new)]
        );
    }
    let sealed = until("the new key", async || {
        let answer = desk.submit(&Declaration::Kz.fresh()).await;
        let sealed = accepted(ru, &answer);
        let is_new = text(&answer).contains(&second);
        assert_ne!(is_new, text(&answer).contains(&first));
        is_new.then_some(sealed)
    })
    .await;
    assert!(Clock::machine().wall() >= from);
    assert_eq!(
        signing_keys(&trial),
        [pair("in-force", new), pair("before", old)]
    );
    let message = desk.settled(&sealed.id).await;
    assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");

    // The earlier one is taken out of the file: nothing but the list changes.
    let config = ru.config();
    let whole = fs::read_to_string(&config).unwrap();
    let (head, next) = whole.split_once("[signing.next]").unwrap();
    let next: Vec<&str> = next
        .lines()
        .filter(|line| !line.starts_with("from"))
        .collect();
    let both = "key = \"keys/signing.key.pem\"\ncertificates = \"keys/signing.pem\"";
    assert!(head.contains(both));
    fs::write(&config, head.replace(both, &next.join("\n"))).unwrap();
    trial.reloaded("RU").await;
    assert_eq!(signing_keys(&trial), [pair("in-force", new)]);
    let answer = desk.submit(&Declaration::Kz.fresh()).await;
    accepted(ru, &answer);
    assert!(text(&answer).contains(&second));
}

#[test]
fn what_does_not_belong_together_is_not_installed() {
    let trial = Trial::new(&["RU"]);
    let config = trial.party("RU").config();
    let whole = fs::read_to_string(&config).unwrap();
    trial.command("RU", "keys rotate --suite p384").ok();
    certify(&trial, "keys/signing-next.csr", "certified");
    let install = |certificate: &str, from: &str| {
        let certificate = trial.path("RU", certificate);
        let line = format!(
            "keys rotate --install {} --from {from}",
            certificate.display()
        );
        trial.command("RU", &line)
    };
    let from = "2090-01-01T00:00:00Z";
    install("keys/signing.pem", from).fails(1, "KEY_CERTIFICATE_MISMATCH");
    install("keys/ca.pem", from).fails(1, "KEY_CERTIFICATE_MISMATCH");
    install("keys/signing.key.pem", from).fails(1, "KEY_WITHOUT_CERTIFICATE");
    // The certificate is not valid any more when it would sign.
    install("certified.pem", from).fails(1, "EXPIRED");
    install("certified.pem", "soon").fails(2, "--from");
    trial
        .command("RU", "keys rotate --from 2090-01-01T00:00:00Z")
        .fails(2, "--install");
    assert_eq!(fs::read_to_string(&config).unwrap(), whole);
    assert!(!trial.path("RU", "keys/signing-next.pem").exists());
    assert!(!trial.path("RU", "gateway.toml.new").exists());
    let soon = Clock::machine().wall() + Duration::from_secs(86_400);
    install("certified.pem", &soon.to_string()).ok();
    let listed = trial.command("RU", "keys list").ok();
    assert!(
        listed.contains(&format!("next: signs from {soon} on")),
        "{listed}"
    );
    assert!(listed.contains("ECDSA P-384"), "{listed}");
}

#[test]
fn the_new_key_is_under_the_passphrase_of_the_present_one() {
    let trial = Trial::new(&["RU"]);
    let (config, key) = (
        trial.party("RU").config(),
        trial.path("RU", "keys/signing.key.pem"),
    );
    let open = PrivatePkcs8KeyDer::from_pem_file(&key).unwrap();
    let random = SystemRandom::new();
    let encrypted = encrypt_key(open.secret_pkcs8_der(), b"correct horse", &random).unwrap();
    // The files keep their permissions.
    fs::write(&key, encrypted).unwrap();
    let pass = trial.path("RU", "keys/pass");
    fs::copy(&key, &pass).unwrap();
    fs::write(&pass, "correct horse\n").unwrap();
    let line = "key = \"keys/signing.key.pem\"";
    let whole = fs::read_to_string(&config).unwrap();
    let named = format!("{line}\npassphrase = {{ file = \"keys/pass\" }}");
    fs::write(&config, whole.replace(line, &named)).unwrap();
    trial.command("RU", "keys rotate").ok();
    let new = fs::read_to_string(trial.path("RU", "keys/signing-next.key.pem")).unwrap();
    assert!(new.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    certify(&trial, "keys/signing-next.csr", "certified");
    let certified = trial.path("RU", "certified.pem");
    let from = Clock::machine().wall() + Duration::from_secs(86_400);
    let install = format!(
        "keys rotate --install {} --from {from}",
        certified.display()
    );
    fs::write(&pass, "staple\n").unwrap();
    trial
        .command("RU", &install)
        .fails(1, "KEY_PASSPHRASE_WRONG");
    fs::write(&pass, "correct horse\n").unwrap();
    trial.command("RU", &install).ok();
    let text = fs::read_to_string(&config).unwrap();
    let (_, next) = text.split_once("[signing.next]").unwrap();
    assert!(
        next.contains("passphrase = { file = \"keys/pass\" }"),
        "{next}"
    );
    trial.command("RU", "config check").ok();
}

#[test]
fn every_own_key_signs_a_request_for_itself() {
    let home = Home::certified();
    home.run("init").ok();
    let (pki, out) = (home.path("pki"), home.path("request.csr"));
    for (usage, issued) in [
        ("signing", "signing"),
        ("tls-partner", "tls"),
        ("tls-national", "tls-server"),
    ] {
        home.run(&format!("keys csr --use {usage} --out {}", out.display()))
            .ok();
        // The authority takes it, for the key of the present certificate.
        corridor(words(&format!(
            "pki issue --dir {} --use {issued} --name X --csr {} --out {}",
            pki.display(),
            out.display(),
            home.path(usage).display()
        )))
        .ok();
        if installed("openssl") {
            let verified = Command::new("openssl")
                .args(["req", "-verify", "-noout", "-subject", "-in"])
                .arg(&out)
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert!(verified.status.success(), "{verified:?}");
            let subject = String::from_utf8_lossy(&verified.stdout).into_owned();
            assert!(subject.contains("CN = RU-"), "{subject}");
        } else {
            println!("skipped: no openssl");
        }
    }
    home.run("keys csr --use signing-other")
        .fails(1, "ROTATION_NONE");
    home.run("keys csr --use log").fails(2, "tls-partner");
    let listed: Value = serde_json::from_str(&home.run("keys list --json").ok()).unwrap();
    let signing = &listed[0];
    for (name, value) in [
        ("use", "signing"),
        ("state", "in-force"),
        ("kind", "ECDSA P-256"),
        ("place", "keys/signing.key.pem"),
        ("subject", "CN=RU-signing"),
        (
            "suite",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        ),
    ] {
        assert_eq!(signing[name], value, "{signing}");
    }
    assert!(signing["serial"].as_str().is_some_and(|it| !it.is_empty()));
    let uses: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["use"])
        .collect();
    assert_eq!(uses, ["signing", "tls-partner", "tls-national", "log"]);
}
