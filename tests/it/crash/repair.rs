//! An index that is gone, and bytes that are not what was written.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use serde_json::json;

use crate::support::desk::{Desk, Peer, accepted, receipt};
use crate::support::messages::{Declaration, fresh_id, set_after, sign, transit};
use crate::support::trial::Trial;

/// What a gateway answers to each question about what it has.
async fn answers(trial: &Trial, receipts: &[String]) -> Vec<(String, Bytes)> {
    let mut paths = vec!["/v1/inbox".to_owned(), "/v1/held".to_owned()];
    for id in receipts {
        for kind in ["messages", "receipts"] {
            paths.push(format!("/v1/{kind}/{id}"));
        }
    }
    let mut officer = Desk::open(trial.party("RU"), "officer").await;
    let mut auditor = Desk::open(trial.party("RU"), "auditor").await;
    // The checkpoint first: with it all leaves are under one, and proofs do not change any more.
    let path = "/v1/log/checkpoint".to_owned();
    let checkpoint = auditor.bytes(&path).await;
    let mut all = vec![(path, checkpoint)];
    for path in paths {
        let answer = officer.bytes(&path).await;
        all.push((path, answer));
    }
    for id in receipts {
        let path = format!("/v1/receipts/{id}/proof");
        let proof = auditor.bytes(&path).await;
        all.push((path, proof));
    }
    all
}

#[tokio::test]
async fn an_index_made_anew_gives_the_same_answers() {
    let mut trial = Trial::new(&["RU", "KZ", "EU"]);
    trial.serve(&["RU", "KZ"]).await;
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;
    let fi = Declaration::Fi.fresh();
    let unknown = set_after(&fi, "<ESADout_CUConsignee>", "RUScat_ru:Town", "УТСЙОКИ");
    let broken = Declaration::Kz
        .fresh()
        .replace("<CustomsProcedure>", "<CustomsProcedur>");
    let mut receipts = Vec::new();
    for document in [Declaration::Kz.fresh(), unknown, broken] {
        let answer = desk.submit(&document).await;
        receipts.push(receipt(ru, &answer.body).id);
    }
    // A message of KZ in RU's log, refused: no lane leads there.
    let peer = Peer::new(trial.party("KZ"), ru);
    let message = sign(&transit(&fresh_id()), trial.party("KZ"));
    let first = peer.post(&message).await;
    receipts.push(receipt(ru, &first.body).id);
    desk.settled(&receipts[0]).await;

    let before = answers(&trial, &receipts).await;
    trial.stop("RU");
    fs::remove_dir_all(trial.path("RU", "store/index")).unwrap();
    trial.command("RU", "store rebuild").ok();
    trial.sound("RU");
    trial.serve(&["RU"]).await;
    for (was, is) in before.iter().zip(answers(&trial, &receipts).await) {
        assert_eq!(*was, is);
    }
    let again = peer.post(&message).await;
    assert_eq!(again.body, first.body);

    // What waits goes on where it stood.
    let ru = trial.party("RU");
    let mut officer = Desk::open(ru, "officer").await;
    let held = officer.get("/v1/held").await;
    let path = format!(
        "/v1/held/{}/supplement",
        held["items"][0]["id"].as_str().unwrap()
    );
    let office = "CustomsOfficeOfDestinationDeclared/referenceNumber";
    let values = json!({ "values": [{ "path": office, "value": "FI002000" }] });
    assert!(officer.post(&path, &values).await.status.is_success());
    trial.serve(&["EU"]).await;
    let message = officer.settled(&receipts[1]).await;
    assert_eq!(message["outgoing"][0]["state"], "delivered", "{message}");
}

/// Flips one bit of a file and gives back what it was.
fn flip(file: &Path, at: usize) -> Vec<u8> {
    let whole = fs::read(file).unwrap();
    let mut broken = whole.clone();
    broken[at] ^= 1;
    fs::write(file, broken).unwrap();
    whole
}

#[tokio::test]
async fn a_flipped_byte_is_named_and_nothing_starts_on_it() {
    let mut trial = Trial::new(&["RU", "KZ"]);
    trial.serve(&["RU"]).await;
    let ru = trial.party("RU");
    let mut desk = Desk::open(ru, "submitter").await;
    for _ in 0..4 {
        accepted(ru, &desk.submit(&Declaration::Kz.fresh()).await);
    }
    trial.stop("RU");
    trial.sound("RU");
    for (name, starts) in [("events/00000000", false), ("bodies/00000000", true)] {
        let file = trial.path("RU", "store").join(name);
        let size = fs::metadata(&file).unwrap().len();
        let size = usize::try_from(size).unwrap();
        for at in [size / 3, size / 2, size - 40] {
            let whole = flip(&file, at);
            for command in ["store check", "log fsck"] {
                let said = trial.command("RU", command).fails(1, "STORE_DAMAGED");
                let place = said
                    .split_once(&format!("{name}:"))
                    .unwrap_or_else(|| panic!("{said}"));
                let offset: usize = place.1.split_once(':').unwrap().0.parse().unwrap();
                assert!(offset <= at, "{offset} is after {at}: {said}");
            }
            if !starts {
                let said = trial.refuses("RU", "STORE_DAMAGED");
                assert!(said.contains(name), "{said}");
            }
            fs::write(&file, whole).unwrap();
        }
    }
    trial.sound("RU");
    trial.serve(&["RU"]).await;
}
