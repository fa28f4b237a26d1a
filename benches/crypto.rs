//! Signatures on a declaration of 10 KB: signing, verifying with a path seen before, and verifying
//! with a path to be found. And the bare operations of the national suites.
//!
//! `cargo bench --bench crypto`

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot run shall say so"
)]

use std::fmt::Write as _;
use std::hint::black_box;

use corridor::crypto::{
    Cover, GostCurve, NationalCurve, NationalKey, Policy, PublicKey, SignatureProfile, Signer,
    SigningRules, Suites, TrustStore, sign_document, signer_from_pkcs8, verify,
};
use corridor::xml::{Document, Limits, parse};
use divan::Bencher;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SignatureAlgorithm, date_time_ymd,
};
use ring::rand::SystemRandom;

fn main() {
    divan::main();
}

const BYTES: usize = 10_000;

struct Party {
    root_pem: String,
    signer: Box<dyn Signer>,
}

fn party(algorithm: &'static SignatureAlgorithm) -> Party {
    let params = |name: &str| {
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2045, 1, 1);
        params.distinguished_name.push(DnType::CommonName, name);
        params
    };
    let mut authority = params("Root");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("a key");
    let root = CertifiedIssuer::self_signed(authority, root_key).expect("a root");
    let key = KeyPair::generate_for(algorithm).expect("a key");
    let chain = params("Signer")
        .signed_by(&key, &root)
        .expect("a certificate");
    let key = key.serialize_pem();
    let signer = signer_from_pkcs8(key.as_bytes(), chain.pem().as_bytes(), None);
    Party {
        root_pem: root.pem(),
        signer: signer.expect("a signer"),
    }
}

/// About 10 KB of indented elements in three namespaces, as declarations are.
fn declaration() -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ESADout_CU DocumentModeID=\"1006107E\" \
         xmlns=\"urn:customs.ru:Information:CustomsDocuments:ESADout_CU:5.24.0\" \
         xmlns:cat_ru=\"urn:customs.ru:CommonAggregateTypes:5.24.0\" \
         xmlns:catESAD_cu=\"urn:customs.ru:CUESADCommonAggregateTypesCust:5.24.0\">\n",
    );
    for number in 1.. {
        if text.len() >= BYTES {
            break;
        }
        let _ = write!(
            text,
            "\t<ESADout_CUGoods>\n\t\t<catESAD_cu:GoodsNumeric>{number}</catESAD_cu:GoodsNumeric>\n\
             \t\t<catESAD_cu:GoodsDescription>Запасные части &amp; {number}</catESAD_cu:GoodsDescription>\n\
             \t\t<catESAD_cu:GrossWeightQuantity>{number}.5</catESAD_cu:GrossWeightQuantity>\n\
             \t\t<catESAD_cu:GoodsTNVEDCode>8708299009</catESAD_cu:GoodsTNVEDCode>\n\
             \t</ESADout_CUGoods>\n"
        );
    }
    text.push_str("</ESADout_CU>\n");
    text
}

fn parsed(text: &[u8]) -> Document {
    parse(text, None, &Limits::default()).expect("the declaration is a document")
}

fn signed(party: &Party) -> Vec<u8> {
    let document = parsed(declaration().as_bytes());
    let profile = SignatureProfile::default();
    let random = SystemRandom::new();
    sign_document(&document, &*party.signer, &profile, &random).expect("a signature")
}

fn verify_all(bencher: Bencher<'_, '_>, remembered: bool) {
    let party = party(&PKCS_ECDSA_P256_SHA256);
    let signed = signed(&party);
    let store = || TrustStore::from_pem(party.root_pem.as_bytes(), b"", &[]).expect("a store");
    let kept = store();
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(ToOwned::to_owned).collect();
    let rules = SigningRules {
        cover: Cover::DocumentElement,
        id_attributes: Vec::new(),
    };
    let now: Timestamp = "2026-06-01T12:00:00Z".parse().expect("a time");
    bencher
        .with_inputs(|| (parsed(&signed), (!remembered).then(store)))
        .bench_values(|(document, fresh)| {
            let policy = Policy {
                suites: &suites,
                allowed: &allowed,
                trust: fresh.as_ref().unwrap_or(&kept),
            };
            verify(black_box(document), &rules, &policy, now).expect("it is signed")
        });
}

#[divan::bench]
fn verify_p256_path_remembered(bencher: Bencher<'_, '_>) {
    verify_all(bencher, true);
}

#[divan::bench]
fn verify_p256_path_new(bencher: Bencher<'_, '_>) {
    verify_all(bencher, false);
}

fn sign_all(bencher: Bencher<'_, '_>, algorithm: &'static SignatureAlgorithm) {
    let party = party(algorithm);
    let document = parsed(declaration().as_bytes());
    let (profile, random) = (SignatureProfile::default(), SystemRandom::new());
    bencher.bench(|| sign_document(black_box(&document), &*party.signer, &profile, &random));
}

#[divan::bench]
fn sign_p256(bencher: Bencher<'_, '_>) {
    sign_all(bencher, &PKCS_ECDSA_P256_SHA256);
}

#[divan::bench]
fn sign_ed25519(bencher: Bencher<'_, '_>) {
    sign_all(bencher, &PKCS_ED25519);
}

/// The bare operation of a suite on a SignedInfo, by the key of a certificate that was seen before.
/// One call is a verification: 3,000 a second of SM2 and of GOST with 256 bits are the goal.
fn verify_value(bencher: Bencher<'_, '_>, curve: NationalCurve, uri: &str) {
    let random = SystemRandom::new();
    let key = NationalKey::generate(curve, &random).expect("a key");
    let public = PublicKey::from_spki(&key.spki()).expect("a public key");
    let suites = Suites::standard();
    let suite = suites.signature(uri).expect("the suite is standard");
    let signing = suite.signing_key(&key.to_pkcs8()).expect("its key");
    let message = [7; 700];
    let value = signing.sign(&message, &random).expect("a value");
    bencher.bench(|| suite.verify(&public, black_box(&message), &value));
}

/// The same for signing.
fn sign_value(bencher: Bencher<'_, '_>, curve: NationalCurve, uri: &str) {
    let random = SystemRandom::new();
    let key = NationalKey::generate(curve, &random).expect("a key");
    let suites = Suites::standard();
    let suite = suites.signature(uri).expect("the suite is standard");
    let signing = suite.signing_key(&key.to_pkcs8()).expect("its key");
    let message = [7; 700];
    bencher.bench(|| signing.sign(black_box(&message), &random));
}

const GOST_256: &str = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256";
const GOST_512: &str = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-512";
const SM2: &str = "http://www.w3.org/2000/09/xmldsig#sm2-sm3";

#[divan::bench]
fn verify_gost_256_crypto_pro_a(bencher: Bencher<'_, '_>) {
    let curve = NationalCurve::Gost(GostCurve::CryptoProA);
    verify_value(bencher, curve, GOST_256);
}

#[divan::bench]
fn verify_gost_256_tc26_a(bencher: Bencher<'_, '_>) {
    let curve = NationalCurve::Gost(GostCurve::Tc26A256);
    verify_value(bencher, curve, GOST_256);
}

#[divan::bench]
fn verify_gost_512_tc26_a(bencher: Bencher<'_, '_>) {
    let curve = NationalCurve::Gost(GostCurve::Tc26A512);
    verify_value(bencher, curve, GOST_512);
}

#[divan::bench]
fn verify_sm2(bencher: Bencher<'_, '_>) {
    verify_value(bencher, NationalCurve::Sm2, SM2);
}

#[divan::bench]
fn sign_gost_256_crypto_pro_a(bencher: Bencher<'_, '_>) {
    let curve = NationalCurve::Gost(GostCurve::CryptoProA);
    sign_value(bencher, curve, GOST_256);
}

#[divan::bench]
fn sign_gost_512_tc26_a(bencher: Bencher<'_, '_>) {
    let curve = NationalCurve::Gost(GostCurve::Tc26A512);
    sign_value(bencher, curve, GOST_512);
}

#[divan::bench]
fn sign_value_sm2(bencher: Bencher<'_, '_>) {
    sign_value(bencher, NationalCurve::Sm2, SM2);
}
