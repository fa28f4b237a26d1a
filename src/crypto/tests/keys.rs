//! Keys are read from what people have, belong to their certificate, and are never shown.

use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::pki::*;
use crate::crypto::{Error, KeyKind, PublicKey, Signer, ec_public_key, signer_from_pkcs8, uri};

fn refusal(read: Result<Box<dyn Signer>, Error>) -> &'static str {
    read.map_or_else(|error| error.code(), |_| "read")
}

#[test]
fn the_default_suite_follows_the_key() {
    let root = root("KZ", "Root");
    for (kind, suite) in [
        (Kind::Ed25519, uri::ED25519),
        (Kind::P256, uri::ECDSA_SHA256),
        (Kind::P384, uri::ECDSA_SHA384),
        (Kind::Rsa, uri::RSA_SHA256),
    ] {
        let party = Party::new(kind, &signer_params("KZ", "Signer"), &root);
        assert_eq!(party.signer().suite(), suite);
        let der = party.key.serialize_der();
        let from_der = signer_from_pkcs8(&der, party.chain_pem.as_bytes(), Some(suite)).unwrap();
        assert_eq!(from_der.suite(), suite);
        assert_eq!(from_der.certificates(), party.signer().certificates());
    }
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let root = root("KZ", "Root");
    let party = Party::new(Kind::P256, &signer_params("KZ", "Signer"), &root);
    let other = Party::new(Kind::P256, &signer_params("KZ", "Other"), &root);
    let (key, chain) = (party.key.serialize_pem(), party.chain_pem.as_bytes());
    let with =
        |key: &str, chain: &[u8], suite| refusal(signer_from_pkcs8(key.as_bytes(), chain, suite));
    assert_eq!(with(&key, chain, None), "read");
    assert_eq!(
        with(&key, other.chain_pem.as_bytes(), None),
        "KEY_CERTIFICATE_MISMATCH"
    );
    assert_eq!(with(&key, b"", None), "KEY_WITHOUT_CERTIFICATE");
    assert_eq!(with(&key, chain, Some(uri::RSA_SHA256)), "KEY_SUITE");
    assert_eq!(with(&key, chain, Some(uri::ED25519)), "KEY_SUITE");
    assert_eq!(with(&key, chain, Some("urn:unknown")), "KEY_SUITE");
    let sec1 = key.replace("PRIVATE KEY", "EC PRIVATE KEY");
    assert_eq!(with(&sec1, chain, None), "KEY_MALFORMED");
    assert_eq!(with("", chain, None), "KEY_MALFORMED");
    assert_eq!(with("0\u{1}", chain, None), "KEY_SUITE");
}

#[test]
fn an_ed25519_key_without_its_public_half_is_read() {
    // RFC 8410 section 7, version 1: what openssl writes.
    let seed = [7; 32];
    let mut pkcs8 = hex::decode("302e020100300506032b657004220420").unwrap();
    pkcs8.extend(seed);
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let mut version_2 = hex::decode("3053020101300506032b657004220420").unwrap();
    version_2.extend(seed);
    version_2.extend(hex::decode("a123032100").unwrap());
    version_2.extend(pair.public_key().as_ref());
    let key = rcgen::KeyPair::try_from(version_2.as_slice()).unwrap();
    let root = root("KZ", "Root");
    let certificate = signer_params("KZ", "Signer")
        .signed_by(&key, &root)
        .unwrap();
    let signer = signer_from_pkcs8(&pkcs8, certificate.pem().as_bytes(), None).unwrap();
    let value = signer.sign(b"message", &SystemRandom::new()).unwrap();
    assert_eq!(value, pair.sign(b"message").as_ref());
}

#[test]
fn debug_shows_no_key() {
    let root = root("KZ", "Root");
    let party = Party::new(Kind::P256, &signer_params("KZ", "Signer"), &root);
    let shown = format!("{:?}", party.signer());
    assert_eq!(
        shown,
        format!(
            "Signer {{ suite: {:?}, certificates: 1, .. }}",
            uri::ECDSA_SHA256
        )
    );
}

#[test]
fn kinds_of_keys_are_told_by_algorithm_and_curve() {
    for (kind, expected) in [
        (Kind::Ed25519, KeyKind::Ed25519),
        (Kind::P256, KeyKind::P256),
        (Kind::P384, KeyKind::P384),
        (Kind::Rsa, KeyKind::Rsa { bits: 2048 }),
    ] {
        use rcgen::PublicKeyData as _;
        let spki = kind.key().subject_public_key_info();
        assert_eq!(PublicKey::from_spki(&spki).unwrap().kind, expected);
        let trailing = [spki.as_slice(), &[0]].concat();
        assert_eq!(PublicKey::from_spki(&trailing), None);
    }
    // secp256k1: right algorithm, another curve.
    let mut spki = hex::decode("3056301006072a8648ce3d020106052b8104000a034200").unwrap();
    spki.extend([4; 65]);
    assert_eq!(PublicKey::from_spki(&spki).unwrap().kind, KeyKind::Other);
}

#[test]
fn the_public_key_of_a_device_is_that_of_its_point() {
    use rcgen::PublicKeyData as _;
    for (kind, known) in [(Kind::P256, KeyKind::P256), (Kind::P384, KeyKind::P384)] {
        let key = kind.key();
        let spki = key.subject_public_key_info();
        let bits = PublicKey::from_spki(&spki).unwrap().bits;
        let length = u8::try_from(bits.len()).unwrap();
        let point = [&[4, length], bits.as_slice()].concat();
        assert_eq!(ec_public_key(known, &point).unwrap().spki, spki);
        // The point by itself, cut off, or of a kind that has none.
        assert_eq!(ec_public_key(known, &bits), None);
        assert_eq!(ec_public_key(known, &point[..point.len() - 1]), None);
        assert_eq!(ec_public_key(KeyKind::Ed25519, &point), None);
    }
}
