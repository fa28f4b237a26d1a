//! The conductor alone: a submitted ESADout_CU of 10 KB becomes a signed R.048 in the outbox and a
//! sealed receipt, durably; no TLS, no HTTP, no delivery. By 32 at once and by one alone.
//!
//! `cargo bench --bench exchange`
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot do its work has nothing to say"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use corridor::clock::Clock;
use corridor::crypto::{SignatureProfile, signer_from_pkcs8};
use corridor::evidence::CheckpointSigner;
use corridor::exchange::{AnswerStatus, Gateway, Lane, Lanes, NobodyAsked, Settings};
use corridor::model::{Posts, Principal, Role, Sha256};
use corridor::recognition::Agreements;
use corridor::store::{Identity, Options, StdDisk, Store};
use corridor::translate::Packages;
use corridor::xml::Limits;
use divan::Bencher;
use divan::counter::ItemsCount;
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;

const MESSAGES: u64 = 2_000;
const SAMPLE: &str = "fcs/esadout-cu/5.23.0/samples/transit-cn-kz.xml";

fn main() {
    divan::main();
}

struct Setting {
    gateway: Gateway,
    runtime: tokio::runtime::Runtime,
    /// The sample before and after its id.
    sample: (String, String),
    next: Arc<AtomicU64>,
    _dir: tempfile::TempDir,
}

fn setting() -> Setting {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schemas = root.join("schemas");
    let packages = Packages::load(&schemas).unwrap();
    let lane = fs::read_to_string(schemas.join("lanes/ru-kz-transit.toml")).unwrap();
    let lane = Lane::parse(&lane, "ru-kz-transit.toml").unwrap();
    let dir = tempfile::tempdir_in(root.join("target")).unwrap();
    let sample = fs::read_to_string(schemas.join(SAMPLE)).unwrap();
    let (before, rest) = sample.split_once("DocumentID>").unwrap();
    let (_, rest) = rest.split_once('<').unwrap();
    // Of its goods items the first.
    let (first, others) = rest.split_once("</ESADout_CUGoods>").unwrap();
    let (_, tail) = others.rsplit_once("</ESADout_CUGoods>").unwrap();
    Setting {
        gateway: Gateway::new(settings(packages, lane), store(dir.path())),
        runtime: tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap(),
        sample: (
            format!("{before}DocumentID>"),
            format!("<{first}</ESADout_CUGoods>{tail}"),
        ),
        next: Arc::default(),
        _dir: dir,
    }
}

fn settings(packages: Packages, lane: Lane) -> Settings {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::default()
        .self_signed(&key)
        .unwrap();
    let (key, certificate) = (key.serialize_pem(), certificate.pem());
    let signer = signer_from_pkcs8(key.as_bytes(), certificate.as_bytes(), None).unwrap();
    Settings {
        party: "RU".parse().unwrap(),
        packages,
        lanes: Lanes::new(vec![lane]).unwrap(),
        agreements: Agreements::default(),
        partners: Vec::new(),
        signer: Arc::from(signer),
        signature: SignatureProfile::default(),
        limits: Limits::default(),
        revision_wait: jiff::SignedDuration::from_hours(24),
        config_sha256: Sha256([0; 32]),
        learn: Arc::new(NobodyAsked),
        clock: Clock::machine(),
        random: Arc::new(SystemRandom::new()),
    }
}

fn store(dir: &Path) -> Store {
    let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let signer = CheckpointSigner::from_pkcs8("ru.test/log", key.as_ref()).unwrap();
    let identity = Identity {
        gateway: "RU".parse().unwrap(),
        log: signer.verifier().clone(),
    };
    let path = dir.join("store");
    Store::create(&path, &identity, &signer, &StdDisk).unwrap();
    Store::open(&path, &identity, Arc::new(signer), &Options::default()).unwrap()
}

#[divan::bench(args = [1, 32], sample_count = 5, sample_size = 1)]
fn submit(bencher: Bencher<'_, '_>, at_once: u64) {
    let setting = setting();
    let messages = if at_once == 1 { MESSAGES / 8 } else { MESSAGES };
    bencher.counter(ItemsCount::new(messages)).bench_local(|| {
        let end = setting.next.load(Ordering::Relaxed) + messages;
        setting.runtime.block_on(async {
            let mut posters = tokio::task::JoinSet::new();
            for _ in 0..at_once {
                let (gateway, next) = (setting.gateway.clone(), Arc::clone(&setting.next));
                posters.spawn(post(gateway, setting.sample.clone(), next, end));
            }
            while let Some(done) = posters.join_next().await {
                done.unwrap();
            }
        });
        setting.next.store(end, Ordering::Relaxed);
    });
}

/// Submits messages, each under an id of its own, until their number reaches `end`.
async fn post(gateway: Gateway, sample: (String, String), next: Arc<AtomicU64>, end: u64) {
    let principal = Principal {
        name: "bench".to_owned(),
        role: Role::Submitter,
        posts: Posts::All,
    };
    let (before, after) = sample;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end {
            return;
        }
        let id = format!("BE7C0000-0000-4000-8000-{number:012X}");
        let body = Bytes::from(format!("{before}{id}{after}"));
        let answer = gateway.submit(&principal, body, None).await.unwrap();
        assert_eq!(answer.status, AnswerStatus::Accepted);
    }
}
