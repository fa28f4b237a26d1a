//! What operators do with a running gateway: queues, the state of the disk, certificates that end.

use std::fs;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::Ran;
use crate::support::desk::{Desk, Peer, accepted, text};
use crate::support::messages::Declaration;
use crate::support::trial::{Trial, until};

/// Runs a command of RU with the token of its user with this role.
fn as_role(trial: &Trial, role: &str, command: &str) -> Ran {
    let token = trial.path("RU", &format!("keys/{role}.token"));
    trial.command("RU", &format!("{command} --token {}", token.display()))
}

fn operator(trial: &Trial, command: &str) -> Ran {
    as_role(trial, "operator", command)
}

fn queue(trial: &Trial) -> Value {
    serde_json::from_str(&operator(trial, "queue list --json").ok()).unwrap()
}

/// Submits a declaration; the id of the one entry that it made.
async fn submit(trial: &Trial) -> (String, String) {
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;
    let receipt = accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    let message = desk.get(&format!("/v1/messages/{}", receipt.id)).await;
    let entry = message["outgoing"][0]["entry"].as_str().unwrap();
    (receipt.id, entry.to_owned())
}

/// Waits until an entry of a message has this state.
async fn state(trial: &Trial, receipt: &str, state: &str) -> Value {
    let mut desk = Desk::open(trial.party("RU"), "auditor").await;
    let path = format!("/v1/messages/{receipt}");
    desk.wait(&path, |message| {
        let entry = &message["outgoing"][0];
        (entry["state"] == state).then(|| entry.clone())
    })
    .await
}

#[tokio::test]
async fn an_operator_holds_drops_and_sends_again() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    trial.serve(&["RU"]).await;
    let (first, held) = submit(&trial).await;
    let (second, dropped) = submit(&trial).await;
    let hold = format!("queue hold {held} --reason asked-by-phone");
    let drop = format!("queue drop {dropped} --reason sent-by-mistake");
    for role in ["officer", "auditor", "submitter"] {
        for command in [hold.as_str(), drop.as_str(), "queue list"] {
            as_role(&trial, role, command).fails(1, "HTTP_FORBIDDEN");
        }
    }
    operator(&trial, &hold).ok();
    operator(&trial, &drop).ok();
    operator(&trial, &drop).fails(1, "HTTP_CONFLICT");
    operator(&trial, "queue retry no-such-entry").fails(1, "HTTP_NOT_FOUND");
    operator(&trial, "queue list --partner a/b").fails(1, "HTTP_QUERY");
    let mut desk = Desk::open(trial.party("RU"), "operator").await;
    let path = format!("/v1/queue/{held}/hold");
    for body in [json!({}), json!({ "reason": " " }), json!({ "why": "x" })] {
        let answer = desk.post(&path, &body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let found = queue(&trial);
    let (waiting, letter) = (&found["waiting"][0], &found["dead_letters"][0]);
    assert_eq!(
        (&waiting["entry"], &waiting["state"]),
        (&json!(held), &json!("held"))
    );
    assert_eq!(waiting["reason"], "asked-by-phone");
    assert_eq!(
        (&letter["entry"], &letter["state"]),
        (&json!(dropped), &json!("dropped"))
    );
    assert_eq!(letter["reason"], "sent-by-mistake");
    let list = operator(&trial, "queue list --partner KZ").ok();
    assert!(
        list.contains(&held) && list.contains("sent-by-mistake"),
        "{list}"
    );
    assert_eq!(operator(&trial, "queue list --partner MN").ok(), "");

    // The partner is there: what is held stays, what was dropped goes again when asked for.
    trial.serve(&["KZ"]).await;
    let (third, _) = submit(&trial).await;
    state(&trial, &third, "delivered").await;
    assert_eq!(state(&trial, &first, "queued").await["entry"], json!(held));
    operator(&trial, &format!("queue retry {dropped}")).ok();
    state(&trial, &second, "delivered").await;
    operator(&trial, &format!("queue retry {dropped}")).fails(1, "HTTP_CONFLICT");
    operator(&trial, &format!("queue retry {held}")).ok();
    state(&trial, &first, "delivered").await;
    assert_eq!(
        queue(&trial),
        json!({ "waiting": [], "dead_letters": [], "more": false })
    );
    trial.stop("RU");
    trial.sound("RU");
    operator(&trial, "queue list").fails(1, "GATEWAY_AWAY");
    let events = fs::read(trial.path("RU", "store/events/00000000")).unwrap();
    let events = String::from_utf8_lossy(&events);
    for said in [
        "\"type\":\"parked\"",
        "\"reason\":\"asked-by-phone\"",
        "\"by\":\"ru-operator\"",
    ] {
        assert!(events.contains(said), "{said}");
    }
}

#[tokio::test]
async fn a_refused_message_stops_nothing_and_goes_again_as_it_was() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    let lane = fs::read_dir(trial.path("KZ", "lanes")).unwrap();
    for file in lane {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    trial.serve(&["RU", "KZ"]).await;
    let (first, entry) = submit(&trial).await;
    let refused = state(&trial, &first, "rejected").await;
    assert_eq!(refused["code"], "NO_LANE");
    let letters = queue(&trial);
    assert_eq!(letters["dead_letters"][0]["entry"], json!(entry));
    assert_eq!(letters["dead_letters"][0]["code"], "NO_LANE");
    // The same bytes have the same receipt: this partner's gateway keeps to what it said.
    let said = operator(&trial, "queue retry --partner KZ --dead-letters").ok();
    assert!(said.contains("1 message"), "{said}");
    let again = until("the second answer", async || {
        let now = state(&trial, &first, "rejected").await;
        (now["at"] != refused["at"]).then_some(now)
    })
    .await;
    assert_eq!(again["partner_receipt"], refused["partner_receipt"]);
    assert_eq!(queue(&trial)["dead_letters"].as_array().unwrap().len(), 1);
    let said = operator(&trial, "queue retry --partner KZ").ok();
    assert!(said.contains("0 message"), "{said}");
}

#[tokio::test]
async fn too_little_room_keeps_new_messages_out_and_no_others() {
    let trial = Trial::running(&["RU", "KZ"]).await;
    let (ru, kz) = (trial.party("RU"), trial.party("KZ"));
    let mut desk = Desk::open(ru, "submitter").await;
    let before = Declaration::Kz.fresh();
    let receipt = desk.submit(&before).await;
    accepted(ru, &receipt);
    let config = fs::read_to_string(ru.config()).unwrap();
    // More than any disk has.
    let full = config.replace(
        "free_bytes_min = 16777216",
        "free_bytes_min = 1125899906842624",
    );
    fs::write(ru.config(), &full).unwrap();
    trial.reloaded("RU").await;
    let ready = desk.fetch("/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        text(&ready).contains("disk.free_bytes_min"),
        "{}",
        text(&ready)
    );
    let partner = Peer::new(kz, ru);
    for answer in [
        desk.submit(&Declaration::Kz.fresh()).await,
        partner.post(&Bytes::from_static(b"<nonsense/>")).await,
    ] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(text(&answer).contains("HTTP_NO_ROOM"), "{}", text(&answer));
    }
    // What was promised is still given.
    let again = desk.submit(&before).await;
    assert_eq!((again.status, again.body), (receipt.status, receipt.body));
    let status = operator(&trial, "status").ok();
    assert!(status.contains("ready    the disk has"), "{status}");
    let mut watcher = Desk::open(ru, "operator").await;
    let metrics = text(&watcher.fetch("/metrics").await);
    assert!(metrics.contains("corridor_ready 0"), "{metrics}");
    assert!(metrics.contains("corridor_disk_free_bytes "), "{metrics}");

    fs::write(ru.config(), config).unwrap();
    trial.reloaded("RU").await;
    assert_eq!(desk.fetch("/readyz").await.status, StatusCode::OK);
    accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    let status = operator(&trial, "status").ok();
    assert!(status.contains("ready    yes"), "{status}");
}

#[tokio::test]
async fn certificates_that_end_are_warned_of_and_status_tells() {
    let trial = Trial::running(&["RU", "KZ"]).await;
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "operator").await;
    let ready: Value = desk.get("/readyz").await;
    assert_eq!(ready, json!({ "ready": true, "warnings": [] }));
    let config = fs::read_to_string(ru.config()).unwrap();
    let early = config.replace("[disk]", "[warnings]\ncertificate_days = 3650\n\n[disk]");
    fs::write(ru.config(), early).unwrap();
    let said = trial.reload("RU").await;
    let ready: Value = desk.get("/readyz").await;
    let warnings = ready["warnings"].to_string();
    // When the certificate of a pinned key ends is known once it was shown.
    assert!(!warnings.contains("tls of KZ"), "{warnings}");
    let kz = Peer::new(trial.party("KZ"), ru);
    kz.post(&Bytes::from_static(b"<nonsense/>")).await;
    let ready: Value = desk.get("/readyz").await;
    assert!(
        ready["warnings"].to_string().contains("tls of KZ"),
        "{ready}"
    );
    let status = operator(&trial, "status").ok();
    let json: Value = serde_json::from_str(&operator(&trial, "status --json").ok()).unwrap();
    for usage in ["signing", "tls-partner", "tls-national"] {
        assert!(said.contains(&format!("\"usage\":\"{usage}\"")), "{said}");
        assert!(warnings.contains(&format!("{usage} of RU")), "{warnings}");
        assert!(
            status.contains(&format!("warning  {usage} of RU")),
            "{status}"
        );
    }
    assert_eq!(json["running"], true);
    assert_eq!(json["config_sha256"], json["store"]["config_sha256"]);
    assert!(json["store"]["free_bytes"].as_u64().unwrap() > 0, "{json}");
    as_role(&trial, "officer", "status").fails(1, "HTTP_FORBIDDEN");
    let without = trial.command("RU", "status").ok();
    assert!(without.contains("--token"), "{without}");
}

/// The checks of a ping, by name: how it ended and what it said.
fn ping(trial: &Trial, exit: i32) -> Vec<(String, String, String)> {
    let ran = operator(trial, "partner ping KZ --json");
    assert_eq!(ran.code, exit, "{}{}", ran.stdout, ran.stderr);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap().iter();
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    checks
        .map(|check| {
            let said = text(check, "text") + " / " + &text(check, "remedy");
            (text(check, "check"), text(check, "outcome"), said)
        })
        .collect()
}

/// What the check of this name says, which must have ended so.
#[track_caller]
fn said<'a>(checks: &'a [(String, String, String)], name: &str, outcome: &str) -> &'a str {
    let found = checks
        .iter()
        .find(|check| check.0 == name && check.1 == outcome);
    &found
        .unwrap_or_else(|| panic!("no {outcome} {name}: {checks:?}"))
        .2
}

fn replace(file: &std::path::Path, from: &str, to: &str) {
    let whole = fs::read_to_string(file).unwrap();
    assert!(whole.contains(from), "{whole}");
    fs::write(file, whole.replacen(from, to, 1)).unwrap();
}

#[tokio::test]
async fn a_ping_says_what_fits_and_sends_no_message() {
    let mut trial = Trial::running(&["RU", "KZ"]).await;
    trial
        .command("RU", "partner ping MN")
        .fails(1, "EXCHANGE_PARTNER_UNKNOWN");
    let checks = ping(&trial, 0);
    for name in ["certificate", "protocol", "checkpoint", "clock", "suites"] {
        said(&checks, name, "good");
    }
    assert!(
        said(&checks, "checkpoint", "good").contains("trial.invalid/corridor/kz with 0 leaves")
    );
    assert!(said(&checks, "receipts", "unknown").contains("none is held"));
    let (first, _) = submit(&trial).await;
    state(&trial, &first, "delivered").await;
    assert!(said(&ping(&trial, 0), "receipts", "good").contains("verifies"));
    let without = trial.command("RU", "partner ping KZ").ok();
    assert!(without.contains("name an operator's --token"), "{without}");
    let (mut kz, mut ru) = (
        Desk::open(trial.party("KZ"), "auditor").await,
        Desk::open(trial.party("RU"), "auditor").await,
    );
    // One message each way of the log: no ping is in it.
    assert_eq!((kz.leaves().await, ru.leaves().await), (1, 2));
    trial.stop("KZ");
    let checks = ping(&trial, 1);
    assert!(said(&checks, "connection", "faulty").contains("address"));
}

#[tokio::test]
async fn a_ping_names_the_faults_of_new_partners() {
    let trial = Trial::running(&["RU", "KZ"]).await;
    let profile = trial.path("RU", "partners/kz.toml");
    let whole = fs::read_to_string(&profile).unwrap();
    let pin = trial.party("KZ").tls_spki_sha256.to_string();

    // Another key than the one that is pinned.
    replace(&profile, &pin, &"0".repeat(64));
    let checks = ping(&trial, 1);
    let text = said(&checks, "certificate", "faulty");
    assert!(text.contains(&pin) && text.contains("tls.pins"), "{text}");

    // A leaf alone, where an anchor is agreed that did not issue it itself.
    let anchored = "anchors = \"../keys/ca.pem\"\nsan_uri = \"urn:corridor:gateway:KZ\"";
    fs::write(
        &profile,
        whole.replace(&format!("pins = [\"{pin}\"]"), anchored),
    )
    .unwrap();
    let checks = ping(&trial, 1);
    let text = said(&checks, "certificate", "faulty");
    assert!(text.contains("leaf certificate alone"), "{text}");
    assert!(text.contains("install the whole chain"), "{text}");

    // A leaf where the authority's certificate belongs.
    let leaf = trial.path("KZ", "keys/signing.pem");
    fs::copy(leaf, trial.path("RU", "partners/leaf.pem")).unwrap();
    fs::write(&profile, whole.replace("kz-anchor.pem", "leaf.pem")).unwrap();
    let checks = ping(&trial, 1);
    let text = said(&checks, "anchors", "faulty");
    assert!(text.contains("signing.anchors"), "{text}");

    // Receipts that do not verify: the gateway knows what its deliveries fail at.
    fs::write(&profile, whole.replace("kz-anchor.pem", "../keys/ca.pem")).unwrap();
    trial.reloaded("RU").await;
    submit(&trial).await;
    let checks = until("a failed delivery", async || {
        let ran = operator(&trial, "queue list");
        ran.ok()
            .contains("CERT_UNKNOWN_ISSUER")
            .then(|| ping(&trial, 1))
    })
    .await;
    let text = said(&checks, "receipts", "faulty");
    assert!(text.contains("CERT_UNKNOWN_ISSUER"), "{text}");
    assert!(text.contains("install the whole chain"), "{text}");
    fs::write(&profile, whole).unwrap();
    trial.reloaded("RU").await;

    // The partner does not know our key.
    let ours = trial.party("RU").tls_spki_sha256.to_string();
    replace(
        &trial.path("KZ", "partners/ru.toml"),
        &ours,
        &"0".repeat(64),
    );
    trial.reloaded("KZ").await;
    let checks = ping(&trial, 1);
    let text = said(&checks, "connection", "faulty");
    assert!(text.contains(&ours), "{text}");
}
