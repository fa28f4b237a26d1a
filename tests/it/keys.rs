//! Own keys under passphrases and in PKCS#12: made, read by a running gateway, and refused.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::desk::{Desk, accepted};
use crate::support::messages::Declaration;
use crate::support::trial::Trial;
use crate::support::{Home, Ran, corridor, installed, words};

/// Writes a file that nobody else may read.
fn secret(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn replace(file: &Path, from: &str, to: &str) {
    let whole = fs::read_to_string(file).unwrap();
    assert!(whole.contains(from), "{whole}");
    fs::write(file, whole.replace(from, to)).unwrap();
}

/// Runs `openssl` in a folder.
fn openssl(folder: &Path, line: &str) {
    let made = Command::new("openssl")
        .args(words(line))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(made.status.success(), "{line}: {made:?}");
}

#[test]
fn keys_are_made_under_the_passphrase_that_is_named() {
    let home = Home::bare();
    secret(&home.path("pass"), "correct horse\n");
    for (from, place) in [
        ("certificates = \"keys/signing.pem\"", "{ file = \"pass\" }"),
        ("key = \"keys/log.key.pem\"", "{ env = \"LOG_PASS\" }"),
        (
            "certificates = \"keys/tls.pem\"",
            "{ credential = \"tls\" }",
        ),
    ] {
        replace(
            &home.config(),
            from,
            &format!("{from}\npassphrase = {place}"),
        );
    }
    let credentials = home.path("credentials");
    fs::create_dir(&credentials).unwrap();
    secret(&credentials.join("tls"), "staple");
    let run = |command: &str, log_pass: Option<&str>| -> Ran {
        let mut corridor = Command::new(env!("CARGO_BIN_EXE_corridor"));
        corridor
            .args(words(command))
            .arg("--config")
            .arg(home.config());
        corridor.env("CREDENTIALS_DIRECTORY", &credentials);
        if let Some(pass) = log_pass {
            corridor.env("LOG_PASS", pass);
        }
        corridor.stdin(Stdio::null()).output().unwrap().into()
    };
    run("init", None).fails(1, "log.passphrase");
    run("init", Some("battery")).fails(1, "CERTIFICATE_MISSING");
    for name in ["signing", "tls", "log"] {
        let key = fs::read_to_string(home.path(&format!("keys/{name}.key.pem"))).unwrap();
        assert!(
            key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"),
            "{name}"
        );
    }
    let (pki, keys) = (home.path("pki"), home.path("keys"));
    let (pki, keys) = (pki.display(), keys.display());
    corridor(words(&format!("pki init --dir {pki} --name root"))).ok();
    for stem in ["signing", "tls"] {
        corridor(words(&format!(
            "pki issue --dir {pki} --use {stem} --name {stem} --csr {keys}/{stem}.key.csr --out {keys}/{stem}"
        )))
        .ok();
    }
    run("init", Some("battery")).ok();
    run("config check", Some("battery")).ok();
    run("config check", Some("horse")).fails(1, "KEY_PASSPHRASE_WRONG");
    secret(&credentials.join("tls"), "stable");
    run("config check", Some("battery")).fails(1, "partner_listener.key");
}

#[tokio::test]
async fn a_gateway_signs_and_shows_what_one_file_holds() {
    if !installed("openssl") {
        println!("skipped: no openssl");
        return;
    }
    let mut trial = Trial::new(&["RU", "KZ"]);
    let (keys, config) = (trial.path("RU", "keys"), trial.party("RU").config());
    secret(&keys.join("pass"), "пароль\n");
    for name in ["signing", "tls"] {
        openssl(
            &keys,
            &format!(
                "pkcs12 -export -inkey {name}.key.pem -in {name}.pem -certfile ca.pem -iter 10000 \
                 -passout file:pass -out {name}.p12"
            ),
        );
        let both = format!("key = \"keys/{name}.key.pem\"\ncertificates = \"keys/{name}.pem\"");
        let one = format!("pkcs12 = \"keys/{name}.p12\"\npassphrase = {{ file = \"keys/pass\" }}");
        replace(&config, &both, &one);
    }
    trial.serve(&["RU", "KZ"]).await;
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;
    let sealed = accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    let message = desk.settled(&sealed.id).await;
    assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");

    // A reload with a wrong passphrase changes nothing.
    secret(&keys.join("pass"), "parol");
    let said = trial.reload("RU").await;
    assert!(
        said.contains("KEY_PASSPHRASE_WRONG") && said.contains("stays as it was"),
        "{said}"
    );
    assert!(!said.contains("parol"), "{said}");
    accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    trial.stop("RU");
    trial.refuses("RU", "KEY_PASSPHRASE_WRONG");

    // What older programs write is refused with the way out.
    secret(&keys.join("pass"), "пароль\n");
    openssl(
        &keys,
        "pkcs12 -export -inkey signing.key.pem -in signing.pem -passout file:pass -out signing.p12 \
         -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1",
    );
    let said = trial.refuses("RU", "KEY_ENCRYPTION_REFUSED");
    assert!(said.contains("openssl pkcs12"), "{said}");
}

#[test]
fn a_document_is_signed_with_a_key_under_a_passphrase() {
    if !installed("openssl") {
        println!("skipped: no openssl");
        return;
    }
    let home = Home::certified();
    let keys = home.path("keys");
    secret(&keys.join("pass"), "correct horse\n");
    secret(&keys.join("other"), "other\n");
    openssl(
        &keys,
        "pkcs8 -topk8 -in signing.key.pem -passout file:pass -out encrypted.pem",
    );
    openssl(
        &keys,
        "pkcs12 -export -inkey signing.key.pem -in signing.pem -passout file:pass -out signing.p12",
    );
    fs::write(home.path("message.xml"), "<a/>").unwrap();
    fs::create_dir_all(home.path("trust/anchors")).unwrap();
    fs::copy(home.path("pki/ca.pem"), home.path("trust/anchors/ca.pem")).unwrap();
    let path = |name: &str| home.path(name).display().to_string();
    let sign = |more: &str| -> Ran {
        let line = more.replace("KEYS", &path("keys"));
        let mut arguments = vec!["sign".to_owned(), path("message.xml")];
        arguments.extend(words(&line));
        arguments.extend(["--out".to_owned(), path("signed.xml")]);
        corridor(arguments)
    };
    let pass = "--passphrase-file KEYS/pass";
    for how in [
        format!("--key KEYS/encrypted.pem --cert KEYS/signing.pem {pass}"),
        format!("--pkcs12 KEYS/signing.p12 {pass}"),
        "--key KEYS/signing.key.pem --cert KEYS/signing.pem".to_owned(),
    ] {
        sign(&how).ok();
        corridor(["verify", &path("signed.xml"), "--trust", &path("trust")]).ok();
        fs::remove_file(home.path("signed.xml")).unwrap();
    }
    let other = "--passphrase-file KEYS/other";
    for (how, code) in [
        (
            "--key KEYS/encrypted.pem --cert KEYS/signing.pem".to_owned(),
            "KEY_PASSPHRASE_MISSING",
        ),
        (
            format!("--pkcs12 KEYS/signing.p12 {other}"),
            "KEY_PASSPHRASE_WRONG",
        ),
        (
            format!("--key KEYS/encrypted.pem --cert KEYS/signing.pem {other}"),
            "KEY_PASSPHRASE_WRONG",
        ),
        (
            format!("--key KEYS/signing.key.pem --cert KEYS/signing.pem {pass}"),
            "KEY_NOT_ENCRYPTED",
        ),
    ] {
        sign(&how).fails(1, code);
        assert!(!home.path("signed.xml").exists());
    }
    sign("--pkcs12 KEYS/signing.p12").fails(2, "passphrase-file");
}
