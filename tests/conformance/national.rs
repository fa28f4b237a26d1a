//! GOST R 34.10-2012 and SM2, in both directions against OpenSSL (its GOST engine and its SM2), and
//! the published GOST vectors of xmlsec. Each time the twin with one changed byte is refused by
//! both. No outside program signs XML by these suites here: OpenSSL judges canonical SignedInfo.

pub(crate) mod openssl;

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use corridor::crypto::{
    Cover, Policy, PublicKey, SM2_USER_ID, SignatureProfile, SigningRules, Sm2Value, Suites,
    TrustStore, sign_document, verify,
};
use corridor::xml::{self, Canonicalization, Limits, Method, Subtree};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, X509Certificate};

use openssl::{Desk, KINDS, Kind, absent};

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const CP: &str = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:";
const DOCUMENT: &str = "<d:Declaration xmlns:d='urn:example:d'><d:Consignor>Қазақстан</d:Consignor>\
    <d:Amount d:unit='KGM'>10</d:Amount></d:Declaration>";

/// The standard suites, with SM2 values as OpenSSL writes them.
fn suites(value: Sm2Value) -> Suites {
    let mut suites = Suites::standard();
    suites.register_sm2(value, SM2_USER_ID);
    suites
}

fn public_key(pem: &[u8]) -> PublicKey {
    let text = String::from_utf8_lossy(pem);
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    PublicKey::from_spki(&STANDARD.decode(base64).unwrap()).unwrap()
}

#[test]
fn openssl_and_we_verify_each_others_signatures() {
    if absent() {
        return;
    }
    let suites = suites(Sm2Value::Asn1);
    for kind in KINDS {
        let desk = Desk::new();
        desk.key("signer", kind);
        let key = public_key(&desk.read("signer.pub"));
        let message = b"What is signed \x00 is bytes.";
        let theirs = desk.sign(kind, message);
        for uri in kind.suites() {
            let suite = suites.signature(&uri).unwrap();
            suite.verify(&key, message, &theirs).unwrap();
            assert!(
                suite.verify(&key, b"What is signed", &theirs).is_err(),
                "{kind:?}"
            );
            let at = theirs.len() - 1;
            let mut twin = theirs.clone();
            twin[at] ^= 1;
            assert!(suite.verify(&key, message, &twin).is_err(), "{kind:?}");
        }
        let uri = kind.suites().remove(0);
        let pkcs8 = pkcs8(&desk.read("signer.key"));
        let ours = suites.signature(&uri).unwrap().signing_key(&pkcs8).unwrap();
        assert_eq!(ours.public_bits(), key.bits, "{kind:?}");
        for round in 0..3_u8 {
            let value = ours.sign(&[round], &SystemRandom::new()).unwrap();
            assert!(desk.verifies(kind, &[round], &value), "{kind:?}");
            assert!(!desk.verifies(kind, &[round + 1], &value), "{kind:?}");
        }
    }
}

fn pkcs8(pem: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(pem);
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(base64).unwrap()
}

fn verdict(signed: &str, anchors: &[u8], suites: &Suites) -> String {
    let document = xml::parse(signed.as_bytes(), None, &Limits::default()).unwrap();
    let trust = TrustStore::from_pem(anchors, b"", &[]).unwrap();
    let anchor = first_certificate(anchors);
    let (_, anchor) = X509Certificate::from_der(&anchor).unwrap();
    // A day after OpenSSL made it.
    let time = anchor.validity().not_before.timestamp() + 86_400;
    let time = Timestamp::from_second(time).unwrap();
    let rules = SigningRules {
        cover: Cover::DocumentElement,
        id_attributes: Vec::new(),
    };
    let allowed: Vec<String> = suites.uris().map(str::to_owned).collect();
    let policy = Policy {
        suites,
        allowed: &allowed,
        trust: &trust,
    };
    match verify(document, &rules, &policy, time) {
        Ok(_) => "verified".to_owned(),
        Err(refused) => refused.error.code().to_owned(),
    }
}

/// The canonical SignedInfo of a document that we signed, and its value.
fn signed_info(signed: &str) -> (Vec<u8>, &str) {
    let between = |from: &str, to: &str| {
        let at = signed.find(from).unwrap() + from.len();
        &signed[at..at + signed[at..].find(to).unwrap()]
    };
    let info = between("<ds:SignedInfo>", "</ds:SignedInfo>");
    let info = format!("<ds:SignedInfo xmlns:ds=\"{DS}\">{info}</ds:SignedInfo>");
    (info.into_bytes(), between("<ds:SignatureValue>", "<"))
}

#[test]
fn chains_by_openssl_verify_and_so_do_documents_signed_with_them() {
    if absent() {
        return;
    }
    for kind in [
        Kind::Gost256("A"),
        Kind::Gost256("TCA"),
        Kind::Gost512("A"),
        Kind::Sm2,
    ] {
        let (desk, suites) = (Desk::new(), suites(Sm2Value::Asn1));
        desk.chain(kind);
        let (root, chain) = (desk.read("root.pem"), desk.read("chain.pem"));
        let uri = kind.suites().remove(0);
        let signer = suites
            .signer(&desk.read("signer.key"), &chain, None)
            .unwrap();
        assert_eq!(signer.suite(), uri);
        let document = xml::parse(DOCUMENT.as_bytes(), None, &Limits::default()).unwrap();
        let profile = SignatureProfile::for_suite(&uri);
        let signed = sign_document(&document, &*signer, &profile, &SystemRandom::new()).unwrap();
        let signed = String::from_utf8(signed).unwrap();
        assert_eq!(verdict(&signed, &root, &suites), "verified", "{kind:?}");
        let twin = signed.replacen("KGM", "KGN", 1);
        assert_eq!(
            verdict(&twin, &root, &suites),
            "SIG_DIGEST_MISMATCH",
            "{kind:?}"
        );

        // OpenSSL over the same SignedInfo, both ways.
        let (message, value) = signed_info(&signed);
        let ours = STANDARD.decode(value).unwrap();
        assert!(desk.verifies(kind, &message, &ours), "{kind:?}");
        let mut other = message.clone();
        other[9] ^= 1;
        assert!(!desk.verifies(kind, &other, &ours), "{kind:?}");
        let theirs = STANDARD.encode(desk.sign(kind, &message));
        let resigned = signed.replacen(value, &theirs, 1);
        assert_eq!(verdict(&resigned, &root, &suites), "verified", "{kind:?}");
        let theirs = STANDARD.encode(desk.sign(kind, &other));
        let resigned = signed.replacen(value, &theirs, 1);
        assert_eq!(
            verdict(&resigned, &root, &suites),
            "SIG_VALUE_MISMATCH",
            "{kind:?}"
        );
    }
}

/// Another root of the same name, one changed byte, a chain with a gap.
#[test]
fn broken_chains_are_refused() {
    if absent() {
        return;
    }
    for kind in [Kind::Gost256("A"), Kind::Gost512("C"), Kind::Sm2] {
        let (desk, suites) = (Desk::new(), suites(Sm2Value::Asn1));
        desk.chain(kind);
        let (root, chain) = (desk.read("root.pem"), desk.read("chain.pem"));
        let signer = suites
            .signer(&desk.read("signer.key"), &chain, None)
            .unwrap();
        let document = xml::parse(DOCUMENT.as_bytes(), None, &Limits::default()).unwrap();
        let profile = SignatureProfile::for_suite(signer.suite());
        let signed = sign_document(&document, &*signer, &profile, &SystemRandom::new()).unwrap();
        let signed = String::from_utf8(signed).unwrap();
        assert_eq!(verdict(&signed, &root, &suites), "verified", "{kind:?}");
        let stranger = Desk::new();
        stranger.chain(kind);
        let other_root = stranger.read("root.pem");
        assert_eq!(
            verdict(&signed, &other_root, &suites),
            "CERT_SIGNATURE",
            "{kind:?}"
        );
        let leaf = STANDARD.encode(first_certificate(&chain));
        let mut bytes = first_certificate(&chain);
        let at = bytes.len() - 5;
        bytes[at] ^= 1;
        let changed = signed.replacen(&leaf, &STANDARD.encode(&bytes), 1);
        assert_eq!(
            verdict(&changed, &root, &suites),
            "CERT_SIGNATURE",
            "{kind:?}"
        );
        let middle = first_certificate(&desk.read("middle.pem"));
        let gap = format!(
            "<ds:X509Certificate>{}</ds:X509Certificate>",
            STANDARD.encode(middle)
        );
        let gap = signed.replacen(&gap, "", 1);
        assert_eq!(
            verdict(&gap, &root, &suites),
            "CERT_CHAIN_INCOMPLETE",
            "{kind:?}"
        );
    }
}

/// The first certificate of a PEM text.
fn first_certificate(pem: &[u8]) -> Vec<u8> {
    CertificateDer::from_pem_slice(pem).unwrap().to_vec()
}

/// An anchor whose key names another curve of the same size is another key: what it signed does not
/// verify.
#[test]
fn the_name_of_the_curve_is_part_of_the_key() {
    if absent() {
        return;
    }
    let (kind, desk) = (Kind::Gost256("A"), Desk::new());
    desk.chain(kind);
    let key = public_key(&desk.read("signer.pub"));
    let value = desk.sign(kind, b"message");
    let suites = Suites::standard();
    let suite = suites.signature(&kind.suites()[0]).unwrap();
    suite.verify(&key, b"message", &value).unwrap();
    for other in [2, 3] {
        let name = [0x2A, 0x85, 3, 2, 2, 0x23];
        let mut spki = key.spki.clone();
        let at = spki.windows(6).position(|bytes| bytes == name).unwrap();
        spki[at + 6] = other;
        let renamed = PublicKey::from_spki(&spki).unwrap();
        assert!(suite.verify(&renamed, b"message", &value).is_err());
    }
    let mut root = first_certificate(&desk.read("root.pem"));
    let at = root
        .windows(6)
        .position(|bytes| bytes == [0x2A, 0x85, 3, 2, 2, 0x23])
        .unwrap();
    root[at + 6] = 3;
    let root = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(root)
    );
    let signer = suites
        .signer(&desk.read("signer.key"), &desk.read("chain.pem"), None)
        .unwrap();
    let document = xml::parse(DOCUMENT.as_bytes(), None, &Limits::default()).unwrap();
    let profile = SignatureProfile::for_suite(signer.suite());
    let signed = sign_document(&document, &*signer, &profile, &SystemRandom::new()).unwrap();
    let signed = String::from_utf8(signed).unwrap();
    assert_eq!(verdict(&signed, root.as_bytes(), &suites), "CERT_SIGNATURE");
}

/// A document of one suite does not pass as one of another, whatever its key.
#[test]
fn keys_of_one_suite_are_no_keys_of_another() {
    if absent() {
        return;
    }
    let suites = suites(Sm2Value::Fixed);
    for kind in [Kind::Gost256("A"), Kind::Gost512("A"), Kind::Sm2] {
        let desk = Desk::new();
        desk.key("signer", kind);
        let key = public_key(&desk.read("signer.pub"));
        let pkcs8 = pkcs8(&desk.read("signer.key"));
        let own = kind.suites();
        for uri in suites.uris().filter(|uri| !own.iter().any(|it| it == uri)) {
            let suite = suites.signature(uri).unwrap();
            let refused = suite.verify(&key, b"m", &[1; 64]).unwrap_err();
            assert_eq!(refused, corridor::crypto::SuiteFault::Key, "{uri}");
            assert!(suite.signing_key(&pkcs8).is_err(), "{uri}");
        }
    }
}

fn vectors() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/vectors/xmlsec/tests/aleksey-xmldsig-01");
    if !folder.exists() {
        println!("skipped: no reference data");
        return None;
    }
    Some(folder)
}

/// xmlsec's GOST vectors: the value over the canonical SignedInfo, and the digest of the document
/// without its signature.
#[test]
fn the_published_vectors_hold() {
    let Some(folder) = vectors() else { return };
    let suites = Suites::standard();
    for size in ["256", "512"] {
        let file = folder.join(format!("enveloped-gost2012-{size}.xml"));
        let document = xml::parse(&fs::read(file).unwrap(), None, &Limits::default()).unwrap();
        let signature = document.root().child(DS, "Signature").unwrap();
        let info = signature.child(DS, "SignedInfo").unwrap();
        let how = Canonicalization {
            method: Method::Inclusive10,
            comments: false,
            inclusive_prefixes: &[],
        };
        let message = xml::canonical_bytes(Subtree::Element(info), &how).unwrap();
        let text = |node: xml::Node<'_>| {
            let text: String = node.text().split_ascii_whitespace().collect();
            STANDARD.decode(text).unwrap()
        };
        let value = text(signature.child(DS, "SignatureValue").unwrap());
        let data = signature
            .child(DS, "KeyInfo")
            .unwrap()
            .child(DS, "X509Data")
            .unwrap();
        let leaf = text(data.elements().last().unwrap());
        let (_, leaf) = X509Certificate::from_der(&leaf).unwrap();
        let key = PublicKey::from_spki(leaf.public_key().raw).unwrap();
        let uri = format!("{CP}gostr34102012-gostr34112012-{size}");
        let suite = suites.signature(&uri).unwrap();
        suite.verify(&key, &message, &value).unwrap();
        let twin = [message.as_slice(), b" "].concat();
        assert!(suite.verify(&key, &twin, &value).is_err());

        let reference = info.child(DS, "Reference").unwrap();
        let expected = text(reference.child(DS, "DigestValue").unwrap());
        let covered = Subtree::Document(&document, Some(signature.id()));
        let mut digest = suites
            .digest(&format!("{CP}gostr34112012-{size}"))
            .unwrap()
            .start();
        digest.update(&xml::canonical_bytes(covered, &how).unwrap());
        assert_eq!(digest.finish(), expected);
    }
}
