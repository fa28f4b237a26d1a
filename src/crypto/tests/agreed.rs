//! Dates of suites, and the one exception for SHA-1.

use jiff::Timestamp;
use ring::rand::SystemRandom;

use super::pki::*;
use crate::crypto::digest::RingDigest;
use crate::crypto::{
    Agreed, Policy, SM2_USER_ID, SignatureProfile, Sm2Value, Span, Suites, Term, TrustStore, verify,
};
use crate::xml::{self, Limits};

const ECDSA: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `now` chooses what is agreed; the certificates are judged by the time of the other tests.
fn said(signed: &str, trust: &TrustStore, agreed: &Agreed, now: Timestamp) -> String {
    let document = xml::parse(signed.as_bytes(), None, &Limits::default()).unwrap();
    let policy = Policy {
        suites: agreed.suites(now),
        allowed: &agreed.allowed(now),
        trust,
    };
    match verify(document, &rules(), &policy, super::pki::now()) {
        Ok(_) => "verified".to_owned(),
        Err(refused) => refused.error.code().to_owned(),
    }
}

fn term(from: Option<&str>, until: Option<&str>) -> Term {
    Term {
        uri: ECDSA.to_owned(),
        span: Span {
            from: from.map(time),
            until: until.map(time),
        },
    }
}

#[test]
fn suites_have_dates() {
    let (root, party) = kazakhstan();
    let (signed, trust) = (party.sign(DOCUMENT), trust(&[&root]));
    let (begin, end) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let before = time("2025-12-31T23:59:59.999Z");
    let last = time("2026-12-31T23:59:59.999Z");
    for (from, until, at, expected) in [
        (None, None, before, "verified"),
        (Some(begin), None, before, "SIG_SUITE_NOT_ALLOWED"),
        (Some(begin), None, time(begin), "verified"),
        (None, Some(end), last, "verified"),
        (None, Some(end), time(end), "SIG_SUITE_NOT_ALLOWED"),
        (Some(begin), Some(end), time(begin), "verified"),
        (Some(begin), Some(end), time(end), "SIG_SUITE_NOT_ALLOWED"),
    ] {
        let agreed = Agreed::new(vec![term(from, until)]);
        assert_eq!(
            said(&signed, &trust, &agreed, at),
            expected,
            "{from:?} {until:?} {at}"
        );
    }
    // Two terms of one suite: either is enough.
    let later = Agreed::new(vec![term(None, Some(begin)), term(Some(end), None)]);
    assert_eq!(said(&signed, &trust, &later, before), "verified");
    assert_eq!(said(&signed, &trust, &later, last), "SIG_SUITE_NOT_ALLOWED");
    assert_eq!(said(&signed, &trust, &later, time(end)), "verified");
}

#[test]
fn sha1_digests_are_taken_within_their_dates_and_nowhere_else() {
    let (root, party) = kazakhstan();
    let trust = trust(&[&root]);
    let profile = SignatureProfile {
        digest: std::sync::Arc::new(RingDigest::SHA1),
        ..SignatureProfile::default()
    };
    let signed = party.sign_with(DOCUMENT, &profile);
    let (begin, end) = (time("2026-01-01T00:00:00Z"), time("2027-01-01T00:00:00Z"));
    let plain = Agreed::all();
    assert_eq!(said(&signed, &trust, &plain, begin), "SIG_SHA1");
    let excepted = Agreed::all().with_sha1_digests(begin, end);
    assert_eq!(said(&signed, &trust, &excepted, begin), "verified");
    let twin = swap(&signed, ">100<", ">900<");
    assert_eq!(said(&twin, &trust, &excepted, begin), "SIG_DIGEST_MISMATCH");
    assert_eq!(said(&signed, &trust, &excepted, end), "SIG_SHA1");
    let before = time("2025-12-31T23:59:59.999Z");
    assert_eq!(said(&signed, &trust, &excepted, before), "SIG_SHA1");
    // No signature algorithm with SHA-1 comes with it.
    for method in [
        "2000/09/xmldsig#rsa-sha1",
        "2001/04/xmldsig-more#ecdsa-sha1",
    ] {
        let method = format!("http://www.w3.org/{method}");
        let other = swap(&signed, ECDSA, &method);
        assert_eq!(
            said(&other, &trust, &excepted, begin),
            "SIG_SHA1",
            "{method}"
        );
    }
}

#[test]
fn what_was_agreed_on_sm2_holds_with_and_without_the_exception() {
    let moment = time("2026-06-01T00:00:00Z");
    let key = crate::crypto::NationalKey::generate(
        crate::crypto::NationalCurve::Sm2,
        &SystemRandom::new(),
    );
    let key = key.unwrap();
    let public = crate::crypto::PublicKey::from_spki(&key.spki()).unwrap();
    let uri = "http://www.w3.org/2000/09/xmldsig#sm2-sm3";
    let sign = |suites: &Suites| {
        let signing = suites
            .signature(uri)
            .unwrap()
            .signing_key(&key.to_pkcs8())
            .unwrap();
        signing.sign(b"m", &SystemRandom::new()).unwrap()
    };
    let usual = Agreed::all();
    let (from, until) = (time("2026-01-01T00:00:00Z"), time("2027-01-01T00:00:00Z"));
    let first = Agreed::all()
        .with_sm2(Sm2Value::Asn1, "ABCDEFG1234")
        .with_sha1_digests(from, until);
    let second = Agreed::all()
        .with_sha1_digests(from, until)
        .with_sm2(Sm2Value::Asn1, "ABCDEFG1234");
    for agreed in [first, second] {
        for time in [moment, until] {
            let value = sign(agreed.suites(time));
            let suite = |agreed: &Agreed| {
                agreed
                    .suites(time)
                    .signature(uri)
                    .unwrap()
                    .verify(&public, b"m", &value)
            };
            assert!(suite(&agreed).is_ok());
            assert!(suite(&usual).is_err());
            let other = Agreed::all().with_sm2(Sm2Value::Asn1, SM2_USER_ID);
            assert!(suite(&other).is_err());
        }
    }
    assert_eq!(sign(usual.suites(moment)).len(), 64);
}
