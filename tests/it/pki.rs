//! `corridor pki`: what it makes is what OpenSSL and the gateway take.

use std::fs;
use std::process::Command;

use crate::support::{corridor, installed, mode, words};

#[test]
fn certificates_of_every_kind_lead_to_their_root() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    corridor(["pki", "init", "--dir", &dir, "--name", "RU root"]).ok();
    assert_eq!(mode(&folder.path().join("ca.key.pem")), 0o600);
    let with_openssl = installed("openssl");
    let mut kinds = vec!["p256", "p384", "ed25519"];
    if with_openssl {
        kinds.push("rsa2048");
    } else {
        println!("skipped: no openssl");
    }
    for kind in kinds {
        for usage in ["signing", "tls", "tls-client", "tls-server"] {
            let stem = format!("{dir}/{kind}-{usage}");
            corridor(words(&format!(
                "pki issue --dir {dir} --use {usage} --suite {kind} --name X --out {stem}"
            )))
            .ok();
            assert_eq!(mode(format!("{stem}.key.pem").as_ref()), 0o600);
            if with_openssl {
                let verdict = Command::new("openssl")
                    .args(["verify", "-x509_strict", "-CAfile"])
                    .arg(format!("{dir}/ca.pem"))
                    .arg(format!("{stem}.pem"))
                    .output()
                    .unwrap();
                assert!(verdict.status.success(), "{verdict:?}");
            }
        }
    }
}

#[test]
fn a_revoked_certificate_is_on_the_list_and_no_other() {
    if !installed("openssl") {
        println!("skipped: no openssl");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    corridor(["pki", "init", "--dir", &dir, "--name", "RU root"]).ok();
    for name in ["kept", "gone"] {
        corridor(words(&format!(
            "pki issue --dir {dir} --use signing --name {name} --out {dir}/{name}"
        )))
        .ok();
    }
    corridor(words(&format!(
        "pki crl --dir {dir} --revoke {dir}/gone.pem --out {dir}/crl.pem"
    )))
    .ok();
    for (name, good) in [("kept", true), ("gone", false)] {
        let verdict = Command::new("openssl")
            .args(["verify", "-crl_check", "-CAfile"])
            .arg(format!("{dir}/ca.pem"))
            .arg("-CRLfile")
            .arg(format!("{dir}/crl.pem"))
            .arg(format!("{dir}/{name}.pem"))
            .output()
            .unwrap();
        assert_eq!(verdict.status.success(), good, "{name}");
    }
}

#[test]
fn a_list_says_why_and_since_when() {
    if !installed("openssl") {
        println!("skipped: no openssl");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    corridor(["pki", "init", "--dir", &dir, "--name", "RU root"]).ok();
    let issue = format!("pki issue --dir {dir} --use signing --name gone --out {dir}/gone");
    corridor(words(&issue)).ok();
    let crl = format!("pki crl --dir {dir} --revoke {dir}/gone.pem --out {dir}/crl.pem");
    let lost = "--lost-since 2026-03-01T10:20:30Z";
    let says = |more: &str| {
        corridor(words(format!("{crl} {more}").trim())).ok();
        let shown = Command::new("openssl")
            .args(["crl", "-noout", "-text", "-in"])
            .arg(format!("{dir}/crl.pem"))
            .output()
            .unwrap();
        let text = String::from_utf8(shown.stdout).unwrap();
        ["Key Compromise", "Mar  1 10:20:30 2026 GMT", "Superseded"].map(|it| text.contains(it))
    };
    assert_eq!(says(""), [false; 3]);
    assert_eq!(says(lost), [true, true, false]);
    assert_eq!(says("--superseded"), [false, false, true]);
    corridor(words(&format!("{crl} --superseded {lost}"))).fails(2, "cannot be used with");
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    corridor(["pki", "init", "--dir", &dir, "--name", "one"]).ok();
    let before = fs::read(folder.path().join("ca.key.pem")).unwrap();
    corridor(["pki", "init", "--dir", &dir, "--name", "two"]).fails(1, "FILE_EXISTS");
    assert_eq!(fs::read(folder.path().join("ca.key.pem")).unwrap(), before);
    let log = format!("pki issue --use log --name log.example/ru --out {dir}/log");
    corridor(words(&log)).ok();
    corridor(words(&log)).fails(1, "FILE_EXISTS");
}

#[test]
fn wrong_requests_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    let out = format!("{dir}/x");
    corridor(words(&format!(
        "pki issue --use signing --name X --out {out}"
    )))
    .fails(1, "AUTHORITY_MISSING");
    corridor(words(&format!(
        "pki issue --dir {dir} --use signing --name X --out {out}"
    )))
    .fails(1, "FILE_UNREADABLE");
    corridor([
        "pki",
        "issue",
        "--use",
        "log",
        "--name",
        "two words",
        "--out",
        &out,
    ])
    .fails(1, "LOG_KEY");
    corridor(words(&format!(
        "pki issue --dir {dir} --use signing --suite md5 --name X --out {out}"
    )))
    .fails(2, "rsa3072");
    assert!(fs::read_dir(&dir).unwrap().next().is_none());
}
