//! Each suite: signs, verifies, and notices one flipped bit in the content, the digest and the
//! signature value.

use std::sync::Arc;

use super::pki::*;
use crate::crypto::digest::RingDigest;
use crate::crypto::{Error, Policy, SignatureProfile, Suite, SuiteFault, Suites, uri, verify};
use crate::xml::{self, Limits, Method};

#[test]
fn every_suite_signs_and_verifies_and_its_twins_are_refused() {
    for (suite, kind) in SIGNING {
        let root = root("KZ", "Root");
        let mut party = Party::new(kind, &signer_params("KZ", "Signer"), &root);
        party.suite = Some(suite);
        let signed = party.sign(DOCUMENT);
        let trust = trust(&[&root]);

        let verified = check(&signed, &trust).unwrap();
        assert_eq!(verified.suite(), suite);
        assert_eq!(verified.signer().subject, "C=KZ, O=Customs, CN=Signer");
        assert_eq!(
            verified.view().elements().count(),
            3,
            "the signature is hidden"
        );

        let content = swap(&signed, ">100<", ">900<");
        assert_eq!(code(&content, &trust), "SIG_DIGEST_MISMATCH", "{suite}");
        for (element, expected) in [
            ("DigestValue", "SIG_VALUE_MISMATCH"),
            ("SignatureValue", "SIG_VALUE_MISMATCH"),
        ] {
            let value = between(&signed, &format!("<ds:{element}>"), "<");
            let flipped = flip(value);
            assert_eq!(
                code(&swap(&signed, value, &flipped), &trust),
                expected,
                "{suite}"
            );
        }
    }
}

/// Changes one bit of a base64 value that keeps it canonical.
fn flip(value: &str) -> String {
    let at = value.len() / 2;
    let other = if value.as_bytes()[at] == b'A' {
        'B'
    } else {
        'A'
    };
    format!("{}{other}{}", &value[..at], &value[at + 1..])
}

#[test]
fn every_digest_and_canonicalisation_signs_and_verifies() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    for digest in [RingDigest::SHA256, RingDigest::SHA384, RingDigest::SHA512] {
        let digest: Arc<dyn crate::crypto::DigestMethod> = Arc::new(digest);
        for canonicalization in [Method::Exclusive, Method::Inclusive10, Method::Inclusive11] {
            let profile = SignatureProfile {
                canonicalization,
                digest: Arc::clone(&digest),
                include_certificates: true,
                ..SignatureProfile::default()
            };
            let signed = party.sign_with(DOCUMENT, &profile);
            assert!(signed.contains(digest.uri()));
            assert_eq!(code(&signed, &trust), "verified", "{profile:?}");
            let changed = swap(&signed, "b='2'", "b='3'");
            assert_eq!(code(&changed, &trust), "SIG_DIGEST_MISMATCH", "{profile:?}");
        }
    }
}

#[test]
fn the_inclusive_methods_sign_the_namespaces_around_and_the_exclusive_one_does_not() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    for (canonicalization, expected) in [
        (Method::Exclusive, "verified"),
        (Method::Inclusive10, "SIG_VALUE_MISMATCH"),
    ] {
        let profile = SignatureProfile {
            canonicalization,
            ..SignatureProfile::default()
        };
        let signed = party.sign_with(DOCUMENT, &profile);
        let changed = swap(&signed, "urn:unused", "urn:other");
        assert_eq!(code(&changed, &trust), expected);
    }
}

#[test]
fn a_suite_that_the_partner_may_not_use_is_refused_though_it_is_known() {
    let (root, party) = kazakhstan();
    let (suites, trust) = (Suites::standard(), trust(&[&root]));
    let allowed = [uri::RSA_SHA256.to_owned()];
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust: &trust,
    };
    let signed = party.sign(DOCUMENT);
    let document = xml::parse(signed.as_bytes(), None, &Limits::default()).unwrap();
    let refused = verify(document, &rules(), &policy, now()).unwrap_err();
    assert!(matches!(refused.error, Error::SuiteNotAllowed { .. }));
    assert!(refused.error.position().is_some());
    assert!(refused.document.root().is("urn:example:d", "Declaration"));
}

#[test]
fn an_ecdsa_value_has_the_width_of_its_curve_and_no_der() {
    let (root, party) = kazakhstan();
    let (signed, trust) = (party.sign(DOCUMENT), trust(&[&root]));
    let value = between(&signed, "<ds:SignatureValue>", "<");
    // 63 and 65 bytes; 64 is right.
    for other in [&value[..84], &format!("{}AAA=", &value[..84])] {
        assert_eq!(
            code(&swap(&signed, value, other), &trust),
            "SIG_VALUE_LENGTH"
        );
    }
    let zero = "A".repeat(86) + "==";
    assert_eq!(
        code(&swap(&signed, value, &zero), &trust),
        "SIG_VALUE_MISMATCH"
    );
}

#[test]
fn values_are_canonical_base64_with_white_space_at_most() {
    let (root, party) = kazakhstan();
    let (signed, trust) = (party.sign(DOCUMENT), trust(&[&root]));
    let value = between(&signed, "<ds:SignatureValue>", "<");
    let with = |other: &str| code(&swap(&signed, value, other), &trust);
    let (first, second) = value.split_at(40);
    assert_eq!(with(&format!("\n {first}\r\n\t{second} ")), "verified");
    for other in [
        "",
        &value[..value.len() - 1],
        value.trim_end_matches('='),
        &format!("{first}\u{a0}{second}"),
        &format!("{first}-{}", &second[1..]),
        &non_canonical(value),
    ] {
        assert_eq!(with(other), "SIG_BASE64", "{other}");
    }
    let comment = format!("{first}<!-- x -->{second}");
    assert_eq!(with(&comment), "SIG_MALFORMED");
    assert_eq!(with(&"AAAA".repeat(1000)), "SIG_LIMIT");
}

/// The same bytes with stray bits in the last character.
fn non_canonical(value: &str) -> String {
    let body = value.trim_end_matches('=');
    assert_eq!(
        value.len() - body.len(),
        2,
        "64 bytes end in two signs of padding"
    );
    let last = body.chars().next_back().unwrap();
    let next = char::from(u8::try_from(last).unwrap() + 1);
    format!("{}{next}==", &body[..body.len() - 1])
}

/// A suite that is none of ours: registered, used, and no caller knows.
#[derive(Debug)]
struct Reversed;

impl Suite for Reversed {
    fn uri(&self) -> &str {
        "urn:example:reversed"
    }

    fn verify(
        &self,
        _: &crate::crypto::PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SuiteFault> {
        let expected: Vec<u8> = message.iter().rev().copied().take(16).collect();
        (signature == expected)
            .then_some(())
            .ok_or(SuiteFault::Mismatch)
    }

    fn signing_key(&self, _: &[u8]) -> Result<Box<dyn crate::crypto::SigningKey>, SuiteFault> {
        Ok(Box::new(ReversedKey(Vec::new())))
    }
}

struct ReversedKey(Vec<u8>);

impl crate::crypto::SigningKey for ReversedKey {
    fn public_bits(&self) -> &[u8] {
        &self.0
    }

    fn sign(
        &self,
        message: &[u8],
        _: &dyn ring::rand::SecureRandom,
    ) -> Result<Vec<u8>, SuiteFault> {
        Ok(message.iter().rev().copied().take(16).collect())
    }
}

#[test]
fn the_registry_is_open() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let signed = party.sign(DOCUMENT);
    let info = between(&signed, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let info = swap(info, uri::ECDSA_SHA256, "urn:example:reversed");
    let canonical = format!(
        "<ds:SignedInfo xmlns:ds=\"{}\">{info}</ds:SignedInfo>",
        uri::DS
    );
    let value: Vec<u8> = canonical.bytes().rev().take(16).collect();
    let value = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, value);
    let signed = swap(&signed, uri::ECDSA_SHA256, "urn:example:reversed");
    let signed = swap(
        &signed,
        between(&signed, "<ds:SignatureValue>", "<"),
        &value,
    );

    assert_eq!(code(&signed, &trust), "SIG_ALGORITHM_REFUSED");
    let mut suites = Suites::standard();
    suites.register(Arc::new(Reversed));
    let allowed = ["urn:example:reversed".to_owned()];
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust: &trust,
    };
    let document = xml::parse(signed.as_bytes(), None, &Limits::default()).unwrap();
    let verified = verify(document, &rules(), &policy, now()).unwrap();
    assert_eq!(verified.suite(), "urn:example:reversed");
}
