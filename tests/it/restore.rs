//! A restore from a backup as `docs/operating.md` walks through it.

use std::fs;
use std::path::Path;

use http::StatusCode;

use crate::support::desk::{Desk, text};
use crate::support::trial::{Trial, sample};

/// Puts aside, or back, what a backup holds of a store: no index and no lock.
fn copy(from: &Path, to: &Path) {
    for file in ["identity", "checkpoint"] {
        fs::create_dir_all(to).unwrap();
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    for folder in ["events", "bodies"] {
        fs::create_dir_all(to.join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
        }
    }
}

/// The number before these words in what a command said.
fn number(said: &str, before: &str, after: &str) -> u64 {
    let (_, rest) = said.split_once(before).unwrap_or_else(|| panic!("{said}"));
    let (number, _) = rest.split_once(after).unwrap();
    number.trim().parse().unwrap()
}

/// How many leaves RU's restored store has, and which leaf of RU's log CN knows last.
fn compared(trial: &Trial, backup: &Path) -> (u64, u64) {
    let store = trial.path("RU", "store");
    fs::remove_dir_all(&store).unwrap();
    copy(backup, &store);
    trial.command("RU", "store check").ok();
    trial.command("RU", "store rebuild").ok();
    let status = trial.command("RU", "status").ok();
    let token = trial.path("CN", "keys/operator.token");
    // RU is away: that check fails, the one of receipts does not.
    let ping = format!("partner ping RU --token {}", token.display());
    let ping = trial.command("CN", &ping);
    assert_eq!(ping.code, 1, "{}{}", ping.stdout, ping.stderr);
    let here = number(&status, "log ", " leaves");
    (here, number(&ping.stdout, "and leaf ", " of its log"))
}

#[tokio::test]
async fn a_backup_is_compared_with_what_partners_hold_before_it_serves() {
    let mut trial = Trial::running(&["RU", "CN"]).await;
    let store = trial.path("RU", "store");
    let (early, late) = (trial.path("RU", "early"), trial.path("RU", "late"));
    copy(&store, &early);
    let mut desk = Desk::open(trial.party("CN"), "submitter").await;
    let manifest = sample("cn/mt2401/1.0.0/samples/tomatoes-to-ru.xml");
    let answer = desk.submit(&manifest).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", text(&answer));
    let mut auditor = Desk::open(trial.party("CN"), "auditor").await;
    let delivered = |message: &serde_json::Value| {
        (message["outgoing"][0]["state"] == "delivered").then_some(())
    };
    let receipt = crate::support::desk::receipt(trial.party("CN"), &answer.body);
    let path = format!("/v1/messages/{}", receipt.id);
    auditor.wait(&path, delivered).await;
    trial.stop("RU");
    copy(&store, &late);

    // Made before the exchange: CN holds a leaf that it does not have.
    let (leaves, known) = compared(&trial, &early);
    assert!(known >= leaves, "{known} {leaves}");
    // Made after it: the gateway goes on with the leaves behind it.
    let (leaves, known) = compared(&trial, &late);
    assert!(known < leaves, "{known} {leaves}");
    trial.serve(&["RU"]).await;
    let mut officer = Desk::open(trial.party("RU"), "officer").await;
    let found = officer.get("/v1/cases?lrn=1902260000417").await;
    assert_eq!(found["cases"].as_array().unwrap().len(), 1, "{found}");
    trial.stop("RU");
    trial.sound("RU");
}
