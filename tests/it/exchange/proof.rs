//! Receipts with their proofs, as they are fetched, verified offline by `corridor verify`.

use std::fs;
use std::path::Path;

use bytes::Bytes;

use crate::support::desk::{Desk, Peer, accepted, receipt};
use crate::support::messages::{Declaration, fresh_id, sign, transit};
use crate::support::trial::Trial;
use crate::support::{Ran, corridor, words};

/// A folder that believes one party.
fn trust(trial: &Trial, party: &str) -> String {
    let dir = trial.dir.path().join(format!("trust-{party}"));
    for folder in ["anchors", "logs"] {
        fs::create_dir_all(dir.join(folder)).unwrap();
    }
    let anchor = &trial.party(party).anchor_pem;
    fs::write(dir.join("anchors/root.pem"), anchor).unwrap();
    let vkey = trial.path(party, "keys/log.vkey");
    fs::copy(vkey, dir.join("logs/log.vkey")).unwrap();
    dir.display().to_string()
}

fn write(dir: &Path, name: &str, bytes: &[u8]) -> String {
    let path = dir.join(name);
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

/// A receipt, its proof and its message in files, and the party that gave it.
struct Evidence {
    receipt: String,
    proof: String,
    message: String,
    trust: String,
}

impl Evidence {
    async fn fetch(trial: &Trial, party: &str, sealed: &Bytes, message: &[u8]) -> Self {
        let id = receipt(trial.party(party), sealed).id;
        let mut auditor = Desk::open(trial.party(party), "auditor").await;
        let kept = auditor.bytes(&format!("/v1/receipts/{id}")).await;
        assert_eq!(kept, *sealed);
        let proof = auditor.bytes(&format!("/v1/receipts/{id}/proof")).await;
        let dir = trial.dir.path();
        Self {
            receipt: write(dir, &format!("{id}.xml"), &kept),
            proof: write(dir, &format!("{id}.tlog-proof"), &proof),
            message: write(dir, &format!("{id}.message.xml"), message),
            trust: trust(trial, party),
        }
    }

    fn verify(&self, proof: &str, message: &str) -> Ran {
        let Self { receipt, trust, .. } = self;
        corridor(words(&format!(
            "verify {receipt} --trust {trust} --proof {proof} --message {message}"
        )))
    }
}

#[tokio::test]
async fn receipts_are_verified_offline_with_their_proofs() {
    let mut trial = Trial::running(&["RU", "KZ"]).await;
    let (ru, kz) = (trial.party("RU"), trial.party("KZ"));
    let declaration = Declaration::Kz.fresh();
    let answer = Desk::open(ru, "submitter").await.submit(&declaration).await;
    accepted(ru, &answer);
    let national = Evidence::fetch(&trial, "RU", &answer.body, declaration.as_bytes()).await;

    let peer = Peer::new(ru, kz);
    let message = sign(&transit(&fresh_id()), ru);
    let answer = peer.post(&message).await;
    let taken = Evidence::fetch(&trial, "KZ", &answer.body, &message).await;
    let refused = sign(&Declaration::Kz.fresh(), ru);
    let answer = peer.post(&refused).await;
    let refusal = Evidence::fetch(&trial, "KZ", &answer.body, &refused).await;

    trial.stop("RU");
    trial.stop("KZ");
    for evidence in [&national, &taken, &refusal] {
        let said = evidence.verify(&evidence.proof, &evidence.message).ok();
        assert!(!said.contains("UNKNOWN"), "{said}");
    }
    // Another's proof, another's message, another's trust: each fails.
    taken
        .verify(&refusal.proof, &taken.message)
        .fails(1, "NOT_VERIFIED");
    taken
        .verify(&taken.proof, &refusal.message)
        .fails(1, "NOT_VERIFIED");
    let foreign = Evidence {
        trust: national.trust.clone(),
        ..taken
    };
    foreign
        .verify(&foreign.proof, &foreign.message)
        .fails(1, "NOT_VERIFIED");
}
