//! What authorities say of revocation: lists over lists, lists that ran out, and times that are
//! proven.

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    CertificateParams, CertificateRevocationListParams, CrlDistributionPoint,
    CrlIssuingDistributionPoint, CrlScope, KeyIdMethod, RevocationReason, RevokedCertParams,
    SerialNumber, SigningKey as _, date_time_ymd,
};

use super::pki::*;
use crate::crypto::der::{BIT_STRING, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, sequence, tlv};
use crate::crypto::{Error, Revocation, StatusKind, TrustStore, Verified, When};
use crate::xml::Document;

/// Of the signer in these tests.
const SERIAL: u64 = 7;

fn signer() -> CertificateParams {
    let mut params = signer_params("KZ", "Signer");
    params.serial_number = Some(SerialNumber::from(SERIAL));
    params
}

/// A list with this number, from a day in May to one in June 2026.
fn list(
    issuer: &Authority,
    number: u64,
    days: (u8, u8),
    revoked: &[(u64, Option<RevocationReason>)],
) -> Vec<u8> {
    with_point(issuer, number, days, revoked, None)
}

fn with_point(
    issuer: &Authority,
    number: u64,
    (from, until): (u8, u8),
    revoked: &[(u64, Option<RevocationReason>)],
    point: Option<CrlIssuingDistributionPoint>,
) -> Vec<u8> {
    let entry = |(serial, reason_code): &(u64, Option<RevocationReason>)| RevokedCertParams {
        serial_number: SerialNumber::from(*serial),
        revocation_time: date_time_ymd(2026, 5, 1),
        reason_code: *reason_code,
        invalidity_date: None,
    };
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 5, from),
        next_update: date_time_ymd(2026, 6, until),
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: point,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(issuer).unwrap().der().to_vec()
}

/// An extension below id-ce.
fn extension(below: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[0x01, 0x01, 0xFF] } else { &[] };
    let oid = tlv(OID, &[0x55, 0x1D, below]);
    sequence(&[&oid, critical, &tlv(OCTET_STRING, value)])
}

/// The same list with another extension, signed anew.
fn extended(issuer: &Authority, list: &[u8], extension: &[u8]) -> Vec<u8> {
    let mut outer = Reader::new(Reader::only(list, SEQUENCE).unwrap());
    let (_, _, inside) = outer.next().unwrap();
    let (_, algorithm, _) = outer.next().unwrap();
    let (mut reader, mut parts) = (Reader::new(inside), Vec::new());
    while let Some((tag, whole, content)) = reader.next() {
        parts.push(match tag {
            0xA0 => {
                let before = Reader::only(content, SEQUENCE).unwrap();
                tlv(0xA0, &sequence(&[before, extension]))
            }
            _ => whole.to_vec(),
        });
    }
    let tbs = tlv(SEQUENCE, &parts.concat());
    let value = issuer.key().sign(&tbs).unwrap();
    sequence(&[
        &tbs,
        algorithm,
        &tlv(BIT_STRING, &[&[0], value.as_slice()].concat()),
    ])
}

/// A delta over lists from this number on.
fn delta(
    issuer: &Authority,
    (base, number): (u8, u64),
    days: (u8, u8),
    revoked: &[(u64, Option<RevocationReason>)],
) -> Vec<u8> {
    let complete = list(issuer, number, days, revoked);
    let indicator = extension(27, true, &tlv(INTEGER, &[base]));
    extended(issuer, &complete, &indicator)
}

fn store(anchor: &Authority, lists: &[Vec<u8>]) -> TrustStore {
    TrustStore::from_pem(anchor.pem().as_bytes(), b"", lists).unwrap()
}

fn refusal(anchor: &Authority, list: Vec<u8>) -> String {
    let refused = TrustStore::from_pem(anchor.pem().as_bytes(), b"", &[list]);
    refused.unwrap_err().to_string()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_list_that_ran_out_counts_for_the_time_of_grace_and_the_verdict_says_so() {
    let root = root("KZ", "Root");
    let signed = Party::new(Kind::P256, &signer(), &root).sign(DOCUMENT);
    let clean = || store(&root, &[list(&root, 1, (1, 10), &[])]);
    let graced = clean().with_grace(SignedDuration::from_hours(48));
    let at = |store: &TrustStore, at: &str| {
        let verified = check_at(&signed, store, time(at));
        verified.map_err(|error| error.code()).map(|it| {
            let ran_out = it.statuses().iter().any(|status| status.ran_out);
            assert_eq!(it.statuses().len(), 1);
            assert_eq!(ran_out, it.revocation() == Revocation::Grace);
            it.revocation()
        })
    };
    // Also what is remembered is judged anew where it ends.
    for _ in 0..2 {
        assert_eq!(at(&graced, "2026-06-09T23:59:59Z"), Ok(Revocation::Checked));
        assert_eq!(at(&graced, "2026-06-10T00:00:00Z"), Ok(Revocation::Grace));
        assert_eq!(at(&graced, "2026-06-11T23:59:59Z"), Ok(Revocation::Grace));
        assert_eq!(at(&graced, "2026-06-12T00:00:00Z"), Err("CRL_EXPIRED"));
    }
    assert_eq!(at(&clean(), "2026-06-10T00:00:00Z"), Err("CRL_EXPIRED"));
    // Who is revoked has no grace, and who was never known has none.
    let revoked = [list(&root, 1, (1, 10), &[(SERIAL, None)])];
    let revoked = store(&root, &revoked).with_grace(SignedDuration::from_hours(48));
    assert_eq!(at(&revoked, "2026-06-10T00:00:00Z"), Err("CERT_REVOKED"));
    let unknown = store(&root, &[]).with_grace(SignedDuration::from_hours(48));
    assert_eq!(
        at(&unknown.requiring_revocation(), "2026-06-10T00:00:00Z"),
        Err("CERT_REVOCATION_UNKNOWN")
    );
}

#[test]
fn a_grace_for_one_authority_does_not_hide_that_nothing_is_known_of_another() {
    let root = root("KZ", "Root");
    let issuing = subordinate(authority_params("KZ", "Issuing"), &root);
    let mut party = Party::new(Kind::P256, &signer(), &issuing);
    party.chain_pem.push_str(&issuing.pem());
    let signed = party.sign(DOCUMENT);
    let late = list(&root, 1, (1, 1), &[]);
    let hours = SignedDuration::from_hours(48);
    let half = store(&root, std::slice::from_ref(&late)).with_grace(hours);
    let verified = check_at(&signed, &half, time("2026-06-01T12:00:00Z")).unwrap();
    assert_eq!(verified.revocation(), Revocation::NotChecked);
    assert!(verified.statuses()[0].ran_out);
    let half = store(&root, std::slice::from_ref(&late)).with_grace(hours);
    assert_eq!(
        code(&signed, &half.requiring_revocation()),
        "CERT_REVOCATION_UNKNOWN"
    );
    let whole = store(&root, &[late, list(&issuing, 1, (1, 10), &[])]).with_grace(hours);
    let verified = check(&signed, &whole.requiring_revocation()).unwrap();
    assert_eq!(verified.revocation(), Revocation::Grace);
    let ran_out: Vec<bool> = verified.statuses().iter().map(|it| it.ran_out).collect();
    assert_eq!(ran_out, [false, true], "the signer's issuer comes first");
}

/// The receipt proves that it was there; what its signer says of the time of signing does not.
#[test]
fn what_was_received_before_it_was_revoked_stays_valid_where_nothing_leaves_a_doubt() {
    let root = root("KZ", "Root");
    let signed = Party::new(Kind::P256, &signer(), &root).sign(DOCUMENT);
    let revoked = |reason, invalid| store(&root, &[crl_of(&root, &[SERIAL], reason, invalid)]);
    let superseded = revoked(Some(RevocationReason::Superseded), None);
    let lost = revoked(Some(RevocationReason::KeyCompromise), None);
    let dated = revoked(
        Some(RevocationReason::KeyCompromise),
        Some(date_time_ymd(2026, 4, 1)),
    );
    // Revoked on 1 May.
    for (store, at, expected) in [
        (&superseded, "2026-04-30T23:59:59Z", "verified"),
        (&superseded, "2026-05-01T00:00:00Z", "CERT_REVOKED"),
        (&lost, "2026-04-30T23:59:59Z", "CERT_REVOKED"),
        (&dated, "2026-03-31T23:59:59Z", "verified"),
        (&dated, "2026-04-30T23:59:59Z", "CERT_REVOKED"),
    ] {
        let code = |when: Result<Verified<Document>, Error>| {
            when.map_or_else(|error| error.code(), |_| "verified")
        };
        let proven = code(check_when(&signed, store, When::Proven(time(at))));
        assert_eq!(proven, expected, "{at}");
        // What only arrives now is refused, whatever time it is held to.
        assert_eq!(
            code(check_when(&signed, store, When::Now(time(at)))),
            "CERT_REVOKED"
        );
    }
    // An end of validity after the receipt takes nothing back.
    let plain = store(&root, &[]);
    let at = |at| check_when(&signed, &plain, When::Proven(time(at))).map_err(|error| error.code());
    assert!(at("2027-01-01T00:00:00Z").is_ok());
    assert_eq!(at("2027-01-01T00:00:01Z").unwrap_err(), "CERT_EXPIRED");
}

#[test]
fn a_delta_adds_and_takes_back_what_the_list_below_it_says() {
    let root = root("KZ", "Root");
    let signed = Party::new(Kind::P256, &signer(), &root).sign(DOCUMENT);
    let of = |lists: &[Vec<u8>]| code(&signed, &store(&root, lists).requiring_revocation());
    let (clean, held) = (
        list(&root, 5, (1, 10), &[]),
        list(
            &root,
            5,
            (1, 10),
            &[(SERIAL, Some(RevocationReason::CertificateHold))],
        ),
    );
    let adds = delta(&root, (5, 6), (20, 5), &[(SERIAL, None)]);
    let removes = [(SERIAL, Some(RevocationReason::RemoveFromCrl))];
    let removes = delta(&root, (5, 6), (20, 5), &removes);
    let silent = delta(&root, (4, 7), (21, 5), &[]);
    assert_eq!(of(std::slice::from_ref(&clean)), "verified");
    assert_eq!(of(&[clean.clone(), adds.clone()]), "CERT_REVOKED");
    assert_eq!(of(&[adds.clone(), clean.clone()]), "CERT_REVOKED");
    assert_eq!(of(std::slice::from_ref(&held)), "CERT_REVOKED");
    assert_eq!(of(&[held.clone(), removes.clone()]), "verified");
    // The freshest delta counts.
    assert_eq!(
        of(&[clean.clone(), adds.clone(), silent.clone()]),
        "verified"
    );
    assert_eq!(of(&[held, removes, silent]), "CERT_REVOKED");
    // Alone it says nothing.
    assert_eq!(of(std::slice::from_ref(&adds)), "CERT_REVOCATION_UNKNOWN");

    let verified = store(&root, &[clean, delta(&root, (5, 6), (20, 5), &[])]);
    let verified = check(&signed, &verified).unwrap();
    let used: Vec<_> = verified
        .statuses()
        .iter()
        .map(|it| {
            (
                it.kind,
                it.number.clone().unwrap(),
                it.this_update.to_string(),
            )
        })
        .collect();
    assert_eq!(
        used,
        [
            (
                StatusKind::Crl,
                "05".to_owned(),
                "2026-05-01T00:00:00Z".to_owned()
            ),
            (
                StatusKind::DeltaCrl,
                "06".to_owned(),
                "2026-05-20T00:00:00Z".to_owned()
            ),
        ]
    );
    assert_eq!(verified.statuses()[0].issuer, "C=KZ, O=Customs, CN=Root");
}

#[test]
fn a_delta_is_laid_only_over_lists_of_its_issuer_key_scope_and_base() {
    let root = root("KZ", "Root");
    let signed = Party::new(Kind::P256, &signer(), &root).sign(DOCUMENT);
    let complete = |number| list(&root, number, (1, 10), &[]);
    let of = |lists: &[Vec<u8>]| code(&signed, &store(&root, lists));
    let revokes = [(SERIAL, None)];
    for (lists, expected) in [
        // Made for list 5 or a later one.
        (
            [complete(4), delta(&root, (5, 6), (20, 5), &revokes)],
            "verified",
        ),
        (
            [complete(5), delta(&root, (5, 6), (20, 5), &revokes)],
            "CERT_REVOKED",
        ),
        (
            [complete(9), delta(&root, (5, 10), (20, 5), &revokes)],
            "CERT_REVOKED",
        ),
        // The list knows already what it says.
        (
            [complete(6), delta(&root, (5, 6), (20, 5), &revokes)],
            "verified",
        ),
    ] {
        assert_eq!(of(&lists), expected);
    }
    let namesake = self::root("KZ", "Root");
    let forged = delta(&namesake, (5, 6), (20, 5), &revokes);
    assert_eq!(of(&[complete(5), forged]), "verified");
    // What is newest ran out: the list below it is not enough.
    let ran_out = delta(&root, (5, 6), (20, 1), &[]);
    assert_eq!(of(&[complete(5), ran_out.clone()]), "CRL_EXPIRED");
    let graced = store(&root, &[complete(5), ran_out]).with_grace(SignedDuration::from_hours(24));
    let verified = check(&signed, &graced).unwrap();
    assert_eq!(verified.revocation(), Revocation::Grace);
    let scoped = CrlIssuingDistributionPoint {
        distribution_point: CrlDistributionPoint {
            uris: vec!["http://kz/list".to_owned()],
        },
        scope: Some(CrlScope::UserCertsOnly),
    };
    let scoped = with_point(&root, 5, (1, 10), &[], Some(scoped));
    assert_eq!(
        of(&[scoped, delta(&root, (5, 6), (20, 5), &revokes)]),
        "verified"
    );
}

#[test]
fn lists_of_what_is_not_taken_are_refused_by_name() {
    let root = root("KZ", "Root");
    let plain = || list(&root, 1, (1, 10), &[]);
    let point = |content: &[u8]| {
        let point = extension(28, true, &tlv(SEQUENCE, content));
        refusal(&root, extended(&root, &plain(), &point))
    };
    assert!(point(&[0x84, 1, 0xFF]).contains("indirect"));
    assert!(point(&[0x83, 2, 7, 0x80]).contains("some reasons"));
    assert!(point(&[0x85, 1, 0xFF]).contains("attribute"));
    assert!(point(&[0x87, 1, 0xFF]).contains("malformed"));
    let unknown = extension(99, true, &[]);
    let unknown = refusal(&root, extended(&root, &plain(), &unknown));
    assert!(unknown.contains("critical"), "{unknown}");
    let twice = extension(20, false, &tlv(INTEGER, &[1]));
    assert!(refusal(&root, extended(&root, &plain(), &twice)).contains("malformed"));
    let negative = extension(27, true, &tlv(INTEGER, &[0x80]));
    assert!(refusal(&root, extended(&root, &plain(), &negative)).contains("malformed"));
    for cut in [1, 10, 60] {
        let mut short = plain();
        short.truncate(short.len() - cut);
        assert!(refusal(&root, short).contains("malformed"));
    }
    // Unknown and not critical is passed over.
    let unknown = extension(99, false, &[]);
    store(&root, &[extended(&root, &plain(), &unknown)]);
}

#[test]
fn a_list_speaks_of_the_certificates_in_its_scope_only() {
    let root = root("KZ", "Root");
    let signed = Party::new(Kind::P256, &signer(), &root).sign(DOCUMENT);
    let mut placed = signer();
    placed.crl_distribution_points = vec![CrlDistributionPoint {
        uris: vec!["http://kz/mine".to_owned()],
    }];
    let placed = Party::new(Kind::P256, &placed, &root).sign(DOCUMENT);
    let of = |signed: &str, uri: &str, scope| {
        let point = CrlIssuingDistributionPoint {
            distribution_point: CrlDistributionPoint {
                uris: vec![uri.to_owned()],
            },
            scope,
        };
        let list = with_point(&root, 1, (1, 10), &[], Some(point));
        code(signed, &store(&root, &[list]).requiring_revocation())
    };
    let users = || Some(CrlScope::UserCertsOnly);
    assert_eq!(of(&placed, "http://kz/mine", users()), "verified");
    assert_eq!(of(&placed, "http://kz/mine", None), "verified");
    assert_eq!(
        of(&placed, "http://kz/other", users()),
        "CERT_REVOCATION_UNKNOWN"
    );
    assert_eq!(of(&signed, "http://kz/other", users()), "verified");
    let authorities = Some(CrlScope::CaCertsOnly);
    assert_eq!(
        of(&signed, "http://kz/other", authorities),
        "CERT_REVOCATION_UNKNOWN"
    );
}

/// An authority that changed its key has lists by both.
#[test]
fn of_two_authorities_of_one_name_the_list_of_the_issuer_counts() {
    let (root, namesake) = (root("KZ", "Root"), root("KZ", "Root"));
    let signed = Party::new(Kind::P256, &signer(), &root).sign(DOCUMENT);
    let theirs = list(&namesake, 9, (20, 10), &[(SERIAL, None)]);
    let clean = list(&root, 1, (1, 10), &[]);
    assert_eq!(
        code(&signed, &store(&root, &[theirs.clone(), clean])),
        "verified"
    );
    let revoking = list(&root, 1, (1, 10), &[(SERIAL, None)]);
    assert_eq!(
        code(&signed, &store(&root, &[theirs.clone(), revoking])),
        "CERT_REVOKED"
    );
    assert_eq!(code(&signed, &store(&root, &[theirs])), "CRL_INVALID");
}
