//! Signatures of the bench `beside`: documents signed by throw-away keys, verified from their bytes, and
//! the bare operations that no verifier can do without.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use corridor::crypto::{
    Cover, Policy, PublicKey, SignatureProfile, SigningRules, Suites, TrustStore, sha256, sign,
    signer_from_pkcs8, verify,
};
use corridor::xml::{Document, Limits, parse, parse_owned};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, PKCS_RSA_SHA256,
    PublicKeyData, date_time_ymd,
};
use ring::rand::SystemRandom;
use serde_json::{Value, json};

use super::{memory, timed, worked};

/// Bytes of a canonical SignedInfo with one reference.
const SIGNED_INFO_BYTES: usize = 700;

/// Signs a document with a new key of this kind (`p256`, `rsa2048`), enveloped, and writes the signed
/// document, the root that is to be trusted and the signer's certificate: `OUT`, `OUT.root`, `OUT.pem`.
pub(super) fn make(kind: &str, file: &str, out: &str) -> Value {
    let key = key(kind);
    let mut authority = params("Root");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let certificate = params("Signer").signed_by(&key, &root).unwrap().pem();
    let key = key.serialize_pem();
    let signer = signer_from_pkcs8(key.as_bytes(), certificate.as_bytes(), None).unwrap();
    let signed = sign(
        &fs::read(file).unwrap(),
        &*signer,
        &SignatureProfile::default(),
        &Limits::default(),
        &SystemRandom::new(),
    );
    let signed = signed.unwrap();
    fs::write(out, &signed).unwrap();
    fs::write(format!("{out}.root"), root.pem()).unwrap();
    fs::write(format!("{out}.pem"), certificate).unwrap();
    json!({ "bytes": signed.len() })
}

/// Nanoseconds of reading and verifying a signed document, and of reading it alone.
pub(super) fn verified(file: &str, seconds: f64) -> Value {
    let bytes = fs::read(file).unwrap();
    let judge = Judge::new(file);
    let both = timed(seconds, || judge.verify(read(black_box(&bytes))));
    let reading = timed(seconds, || drop(black_box(read(black_box(&bytes)))));
    json!({ "ns": both, "parse": reading, "bytes": bytes.len() })
}

/// Nanoseconds of verifying one value by a key of this kind, and of the digest of a document.
pub(super) fn bare(kind: &str, file: &str, seconds: f64) -> Value {
    let key = key(kind);
    let public = PublicKey::from_spki(&key.subject_public_key_info()).unwrap();
    let certificate = params("Signer").self_signed(&key).unwrap().pem();
    let pem = key.serialize_pem();
    let signer = signer_from_pkcs8(pem.as_bytes(), certificate.as_bytes(), None).unwrap();
    let message = [7; SIGNED_INFO_BYTES];
    let value = signer.sign(&message, &SystemRandom::new()).unwrap();
    let suites = Suites::standard();
    let suite = suites.signature(signer.suite()).unwrap();
    let content = fs::read(file).unwrap();
    let operation = timed(seconds, || {
        suite.verify(&public, black_box(&message), &value).unwrap();
    });
    let digest = timed(seconds, || {
        black_box(sha256(black_box(&content)));
    });
    json!({ "operation": operation, "digest": digest })
}

/// Seconds of reading and verifying a signed document once, and the most memory that the process took.
pub(super) fn once(file: &str) -> Value {
    let judge = Judge::new(file);
    let before = memory("VmRSS");
    let bytes = fs::read(file).unwrap();
    let length = bytes.len();
    let start = worked();
    let document = parse_owned(bytes, None, &Limits::default()).unwrap();
    let parsed = worked();
    judge.verify(document);
    let verified = worked();
    json!({
        "bytes": length,
        "parse": (parsed - start).as_secs_f64(),
        "verify": (verified - parsed).as_secs_f64(),
        "memory": { "before": before, "peak": memory("VmHWM") },
    })
}

/// Whoever verifies: with the path remembered after the first message, as a gateway has it.
struct Judge {
    suites: Suites,
    allowed: Vec<String>,
    trust: TrustStore,
    rules: SigningRules,
}

impl Judge {
    fn new(signed: &str) -> Self {
        let root = fs::read(format!("{signed}.root")).unwrap();
        let suites = Suites::standard();
        Self {
            allowed: suites.uris().map(ToOwned::to_owned).collect(),
            suites,
            trust: TrustStore::from_pem(&root, b"", &[]).unwrap(),
            rules: SigningRules {
                cover: Cover::DocumentElement,
                id_attributes: vec![(String::new(), "Id".to_owned())],
            },
        }
    }

    fn verify(&self, document: Document) {
        let policy = Policy {
            suites: &self.suites,
            allowed: &self.allowed,
            trust: &self.trust,
        };
        let now = "2026-06-01T12:00:00Z".parse().unwrap();
        black_box(verify(document, &self.rules, &policy, now).unwrap());
    }
}

fn read(bytes: &[u8]) -> Document {
    parse(bytes, None, &Limits::default()).unwrap()
}

fn key(kind: &str) -> KeyPair {
    match kind {
        "rsa2048" => {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys/rsa-2048.pem");
            let pem = fs::read_to_string(file).unwrap();
            KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &PKCS_RSA_SHA256).unwrap()
        }
        _ => KeyPair::generate().unwrap(),
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2045, 1, 1);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
