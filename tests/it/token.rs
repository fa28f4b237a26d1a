//! Keys in a token: SoftHSM, where it is installed. The key's file is gone while the gateway works.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use corridor::cli::trial::world::Party;
use corridor::clock::Clock;
use http::StatusCode;

use crate::support::desk::{Desk, accepted, text};
use crate::support::messages::Declaration;
use crate::support::trial::{Trial, until};
use crate::support::{Home, Ran, corridor, installed, words};

/// Where distributions put the module.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

const PIN: &str = "8071236";

/// SoftHSM with one token, in a folder of its own.
struct SoftHsm {
    module: &'static str,
    dir: PathBuf,
}

impl SoftHsm {
    /// `None`: it is not installed.
    fn new(dir: PathBuf) -> Option<Self> {
        let module = MODULES.into_iter().find(|path| Path::new(path).exists());
        let Some(module) = module.filter(|_| installed("softhsm2-util")) else {
            println!("skipped: no softhsm2");
            return None;
        };
        fs::create_dir_all(dir.join("tokens")).unwrap();
        let settings = format!("directories.tokendir = {}\n", dir.join("tokens").display());
        fs::write(dir.join("softhsm2.conf"), settings).unwrap();
        let soft = Self { module, dir };
        soft.util(&format!(
            "--init-token --free --label corridor --so-pin 4321 --pin {PIN}"
        ));
        Some(soft)
    }

    fn settings(&self) -> String {
        self.dir.join("softhsm2.conf").display().to_string()
    }

    fn util(&self, line: &str) {
        let done = Command::new("softhsm2-util")
            .args(words(line))
            .env("SOFTHSM2_CONF", self.settings())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(done.status.success(), "{line}: {done:?}");
    }

    /// Takes a key in and removes its file.
    fn import(&self, key: &Path, label: &str, id: &str) {
        let key_file = key.display();
        self.util(&format!(
            "--import {key_file} --token corridor --pin {PIN} --label {label} --id {id}"
        ));
        fs::remove_file(key).unwrap();
    }

    /// What the configuration says instead of the key's file.
    fn named(&self, key: &str) -> String {
        let module = self.module;
        format!(
            "token = {{ module = \"{module}\", token = \"corridor\", {key}, pin = {{ file = \"pin\" }} }}"
        )
    }
}

fn secret(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn replace(file: &Path, from: &str, to: &str) {
    let whole = fs::read_to_string(file).unwrap();
    assert!(whole.contains(from), "{whole}");
    fs::write(file, whole.replace(from, to)).unwrap();
}

const KEY: &str = "key = \"keys/signing.key.pem\"";

/// Our own verifier and xmlsec1 take a receipt.
fn verified_by_others(dir: &Path, ru: &Party, receipt: &[u8]) {
    let path = dir.join("receipt.xml");
    fs::write(&path, receipt).unwrap();
    let trust = dir.join("trust");
    fs::create_dir_all(trust.join("anchors")).unwrap();
    fs::copy(ru.dir.join("keys/ca.pem"), trust.join("anchors/ca.pem")).unwrap();
    let (receipt, trust) = (path.display().to_string(), trust.display().to_string());
    corridor(["verify", &receipt, "--trust", &trust]).ok();
    if installed("xmlsec1") {
        let verified = Command::new("xmlsec1")
            .args(["--verify", "--enabled-key-data", "x509", "--trusted-pem"])
            .arg(ru.dir.join("keys/ca.pem"))
            .arg(&receipt)
            .output()
            .unwrap();
        assert!(verified.status.success(), "{verified:?}");
    } else {
        println!("skipped: no xmlsec1");
    }
}

#[tokio::test]
async fn a_gateway_signs_with_a_key_that_stays_in_a_token() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    let Some(soft) = SoftHsm::new(trial.dir.path().join("softhsm")) else {
        return;
    };
    trial.environment.push(("SOFTHSM2_CONF", soft.settings()));
    soft.import(&trial.path("RU", "keys/signing.key.pem"), "signing", "a1");
    secret(&trial.path("RU", "pin"), &format!("{PIN}\n"));
    let config = trial.party("RU").config();
    replace(&config, KEY, &soft.named("key = \"signing\""));
    trial.serve(&["RU", "KZ"]).await;
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;
    let answer = desk.submit(&Declaration::Kz.fresh()).await;
    let sealed = accepted(ru, &answer);
    let message = desk.settled(&sealed.id).await;
    assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");
    verified_by_others(trial.dir.path(), ru, &answer.body);

    // Many at once share the sessions.
    let mut sent = Vec::new();
    for _ in 0..4 {
        let mut desk = Desk::open(ru, "submitter").await;
        sent.push(tokio::spawn(async move {
            let mut answers = Vec::new();
            for _ in 0..8 {
                answers.push(desk.submit(&Declaration::Kz.fresh()).await);
            }
            answers
        }));
    }
    for answers in sent {
        for answer in answers.await.unwrap() {
            accepted(ru, &answer);
        }
    }

    // Another key in the same token, by SIGHUP.
    let keys = ru.dir.join("keys");
    let (keys, ca) = (keys.display().to_string(), ru.dir.join("ca"));
    corridor(words(&format!(
        "pki issue --dir {} --use signing --name second --out {keys}/second",
        ca.display()
    )))
    .ok();
    soft.import(&trial.path("RU", "keys/second.key.pem"), "second", "a2");
    replace(&config, "key = \"signing\"", "id = \"a2\"");
    let said = trial.reload("RU").await;
    assert!(
        said.contains("TOKEN_KEY_MISMATCH") && said.contains("stays as it was"),
        "{said}"
    );
    accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    replace(
        &config,
        "certificates = \"keys/signing.pem\"",
        "certificates = \"keys/second.pem\"",
    );
    trial.reloaded("RU").await;
    accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    let log = fs::read_to_string(trial.path("RU", "gateway.log")).unwrap();
    assert!(!log.contains(PIN));
    trial.stop("RU");
    trial.sound("RU");
}

#[tokio::test]
async fn a_token_that_is_away_makes_the_gateway_unready_until_it_is_back() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    let Some(soft) = SoftHsm::new(trial.dir.path().join("softhsm")) else {
        return;
    };
    trial.environment.push(("SOFTHSM2_CONF", soft.settings()));
    soft.import(&trial.path("RU", "keys/signing.key.pem"), "signing", "a1");
    secret(&trial.path("RU", "pin"), PIN);
    replace(
        &trial.party("RU").config(),
        KEY,
        &soft.named("key = \"signing\""),
    );
    trial.serve(&["RU", "KZ"]).await;
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;
    accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);

    let (here, away) = (soft.dir.join("tokens"), soft.dir.join("away"));
    fs::rename(&here, &away).unwrap();
    let document = Declaration::Kz.fresh();
    let answer = desk.submit(&document).await;
    assert!(answer.status.is_server_error(), "{}", text(&answer));
    let ready = desk.fetch("/readyz").await;
    assert_eq!(
        ready.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        text(&ready)
    );
    let answer = desk.submit(&document).await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        text(&answer)
    );

    let listed = trial.command("RU", "keys list --json").ok();
    assert!(listed.contains("token corridor, key signing"), "{listed}");
    assert!(listed.contains("xmldsig-more#ecdsa-sha256"), "{listed}");

    fs::rename(&away, &here).unwrap();
    until("the token", async || {
        (desk.fetch("/readyz").await.status == StatusCode::OK).then_some(())
    })
    .await;
    accepted(ru, &desk.submit(&document).await);
    let log = fs::read_to_string(trial.path("RU", "gateway.log")).unwrap();
    assert!(log.contains("the key's device fails") && log.contains("signs again"));
    trial.stop("RU");
    trial.sound("RU");
}

/// A gateway's folder whose signing key may be in a token.
struct Checked {
    home: Home,
    soft: SoftHsm,
    whole: String,
}

impl Checked {
    fn new() -> Option<Self> {
        let home = Home::certified();
        let soft = SoftHsm::new(home.path("softhsm"))?;
        home.run("init").ok();
        secret(&home.path("pin"), PIN);
        let whole = fs::read_to_string(home.config()).unwrap();
        Some(Self { home, soft, whole })
    }

    /// Makes a key of this kind with its certificate, and moves it into the token.
    fn make(&self, kind: &str, id: &str) {
        let (pki, keys) = (self.home.path("pki"), self.home.path("keys"));
        let (file, made) = (
            keys.join(format!("{kind}.pkcs8")),
            keys.join(format!("{kind}.key.pem")),
        );
        let mut issue = format!(
            "pki issue --dir {} --use signing --suite {kind} --name {kind} --out {}",
            pki.display(),
            keys.join(kind).display()
        );
        // SoftHSM takes keys without their public half, as OpenSSL writes them.
        if kind == "ed25519" {
            let made = Command::new("openssl")
                .args(["genpkey", "-algorithm", "ed25519", "-out"])
                .arg(&file)
                .output();
            assert!(made.unwrap().status.success());
            issue = format!("{issue} --key {}", file.display());
        }
        corridor(words(&issue)).ok();
        match kind {
            "ed25519" => fs::remove_file(&made).unwrap(),
            _ => fs::rename(&made, &file).unwrap(),
        }
        self.soft.import(&file, kind, id);
    }

    /// The token's key, as configured last, signs a request that the authority takes.
    fn requests(&self, kind: &str) {
        let csr = self.home.path(&format!("{kind}.csr"));
        let made = Command::new(env!("CARGO_BIN_EXE_corridor"))
            .args(["keys", "csr", "--use", "signing", "--config"])
            .arg(self.home.config())
            .arg("--out")
            .arg(&csr)
            .env("SOFTHSM2_CONF", self.soft.settings())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ran::from(made).ok();
        corridor(words(&format!(
            "pki issue --dir {} --use signing --name {kind} --csr {} --out {}",
            self.home.path("pki").display(),
            csr.display(),
            self.home.path(&format!("{kind}-again")).display()
        )))
        .ok();
    }

    /// `config check` with this certificate, this instead of the key, and this suite.
    fn check(&self, certificate: &str, named: &str, suite: &str) -> Ran {
        let suite = match suite {
            "" => String::new(),
            uri => format!("suite = \"{uri}\""),
        };
        let text = self.whole.replacen(KEY, named, 1).replacen(
            "certificates = \"keys/signing.pem\"",
            &format!("certificates = \"keys/{certificate}.pem\"\n{suite}"),
            1,
        );
        fs::write(self.home.config(), text).unwrap();
        Command::new(env!("CARGO_BIN_EXE_corridor"))
            .args(["config", "check", "--config"])
            .arg(self.home.config())
            .env("SOFTHSM2_CONF", self.soft.settings())
            .stdin(Stdio::null())
            .output()
            .unwrap()
            .into()
    }
}

const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";

#[test]
fn every_suite_that_a_token_has_is_taken() {
    let Some(checked) = Checked::new() else {
        return;
    };
    let mut kinds = vec![
        ("p256", vec![format!("{MORE}ecdsa-sha256")]),
        ("p384", vec![format!("{MORE}ecdsa-sha384")]),
    ];
    if installed("openssl") {
        let hashes = ["sha256", "sha384", "sha512"];
        let pkcs1 = hashes.map(|hash| format!("{MORE}rsa-{hash}"));
        let pss = "http://www.w3.org/2007/05/xmldsig-more#";
        let pss = hashes.map(|hash| format!("{pss}{hash}-rsa-MGF1"));
        kinds.push(("rsa2048", [pkcs1, pss].concat()));
        let uri = "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519";
        kinds.push(("ed25519", vec![uri.to_owned()]));
    }
    for (number, (kind, suites)) in kinds.iter().enumerate() {
        checked.make(kind, &format!("b{number}"));
        let named = checked.soft.named(&format!("key = \"{kind}\""));
        checked.check(kind, &named, "").ok();
        checked.requests(kind);
        for uri in suites {
            checked.check(kind, &named, uri).ok();
        }
    }
}

#[test]
fn whatever_does_not_fit_a_token_is_named() {
    let Some(checked) = Checked::new() else {
        return;
    };
    for (kind, id) in [("p256", "b0"), ("p384", "b1")] {
        checked.make(kind, id);
    }
    let named = checked.soft.named("key = \"p256\"");
    checked.check("p256", &named, "").ok();
    for certificate in ["p384", "signing"] {
        checked
            .check(certificate, &named, "")
            .fails(1, "TOKEN_KEY_MISMATCH");
    }
    let rsa = format!("{MORE}rsa-sha256");
    checked.check("p256", &named, &rsa).fails(1, "TOKEN_SUITE");
    for (key, code) in [
        ("key = \"none\"", "TOKEN_KEY_ABSENT"),
        ("id = \"ff\"", "TOKEN_KEY_ABSENT"),
        ("id = \"xyz\"", "signing.token"),
        ("key = \"p256\", id = \"b0\"", "signing.token"),
    ] {
        checked
            .check("p256", &checked.soft.named(key), "")
            .fails(1, code);
    }
    fs::write(checked.home.path("module.so"), "no module").unwrap();
    for (from, to, code) in [
        ("\"corridor\"", "\"other\"", "TOKEN_ABSENT"),
        ("file = \"pin\"", "file = \"no-pin\"", "CONFIG_UNREADABLE"),
        (checked.soft.module, "module.so", "TOKEN_MODULE"),
        (checked.soft.module, "no-module.so", "CONFIG_UNREADABLE"),
    ] {
        let other = named.replace(from, to);
        checked.check("p256", &other, "").fails(1, code);
    }
    let module = checked.home.path("module.so");
    fs::set_permissions(&module, fs::Permissions::from_mode(0o666)).unwrap();
    let other = named.replace(checked.soft.module, "module.so");
    checked.check("p256", &other, "").fails(1, "CONFIG_EXPOSED");
    secret(&checked.home.path("pin"), "0000");
    let said = checked.check("p256", &named, "").fails(1, "TOKEN_LOGIN");
    assert!(!said.contains("0000"), "{said}");
    secret(&checked.home.path("pin"), PIN);
    checked.check("p256", &named, "").ok();
    let both = format!("{named}\n{KEY}");
    checked
        .check("p256", &both, "")
        .fails(1, "CONFIG_KEY_PLACE");
}

#[test]
fn the_next_key_is_made_in_the_token() {
    let Some(checked) = Checked::new() else {
        return;
    };
    checked.make("p256", "b0");
    let named = checked.soft.named("key = \"p256\"");
    checked.check("p256", &named, "").ok();
    let home = &checked.home;
    let run = |line: &str| -> Ran {
        Command::new(env!("CARGO_BIN_EXE_corridor"))
            .args(words(line))
            .arg("--config")
            .arg(home.config())
            .env("SOFTHSM2_CONF", checked.soft.settings())
            .stdin(Stdio::null())
            .output()
            .unwrap()
            .into()
    };
    run("keys rotate --suite ed25519").fails(1, "TOKEN_SUITE");
    run("keys rotate --suite p384").ok();
    run("keys rotate --suite p384").fails(1, "TOKEN_KEY_EXISTS");
    run("keys rotate --token-key p256").fails(1, "TOKEN_KEY_EXISTS");
    corridor(words(&format!(
        "pki issue --dir {} --use signing --name next --csr {} --out {}",
        home.path("pki").display(),
        home.path("signing-next.csr").display(),
        home.path("certified").display()
    )))
    .ok();
    let from = "2026-01-01T00:00:00Z";
    let install = |certificate: &str| {
        let certificate = home.path(certificate);
        run(&format!(
            "keys rotate --install {} --from {from}",
            certificate.display()
        ))
    };
    install("keys/p256.pem").fails(1, "TOKEN_KEY_MISMATCH");
    // Its certificate begins today: the change was not before.
    let now = Clock::machine().wall();
    let line = format!(
        "keys rotate --install {} --from {now}",
        home.path("certified.pem").display()
    );
    run(&line).ok();
    run("config check").ok();
    let listed = run("keys list").ok();
    assert!(
        listed.contains("token corridor, key signing-next"),
        "{listed}"
    );
    assert!(listed.contains("before: signed until"), "{listed}");
    assert!(!home.path("signing-next.key.pem").exists());
}
