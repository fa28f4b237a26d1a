//! Whose certificates count: paths, dates, revocation, usages, strength, and errors that say what
//! to do.

use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256, PublicKeyData, RevocationReason, SerialNumber, SignatureAlgorithm,
    date_time_ymd,
};

use super::pki::*;
use crate::crypto::{CertificateFault, Error, Revocation, TrustStore, Verified, spki_sha256};
use crate::xml::Document;

/// Signs as a party with these parameters under `issuer`, sending `chain` along.
fn signed_by(params: &CertificateParams, issuer: &Authority, chain: &[&Authority]) -> String {
    let mut party = Party::new(Kind::P256, params, issuer);
    for authority in chain {
        party.chain_pem.push_str(&authority.pem());
    }
    party.sign(DOCUMENT)
}

#[test]
fn a_valid_signature_by_a_stranger_is_refused_as_such() {
    let (kz, _) = kazakhstan();
    let eu = root("EU", "Root");
    let signed = signed_by(&signer_params("EU", "Signer"), &eu, &[]);
    assert_eq!(code(&signed, &trust(&[&eu])), "verified");
    let error = check(&signed, &trust(&[&kz])).unwrap_err();
    assert_eq!(error.code(), "CERT_UNKNOWN_ISSUER");
    assert!(error.position().is_some());
    let text = error.to_string();
    assert!(text.contains("C=EU, O=Customs, CN=Root"), "{text}");
    assert!(text.contains("send the chain along"), "{text}");
}

#[test]
fn a_stranger_with_the_name_of_our_anchor_is_refused() {
    let (ours, theirs) = (root("KZ", "Root"), root("KZ", "Root"));
    let signed = signed_by(&signer_params("KZ", "Signer"), &theirs, &[]);
    assert_eq!(code(&signed, &trust(&[&ours])), "CERT_SIGNATURE");
}

#[test]
fn a_chain_is_followed_in_any_order_and_a_missing_one_is_named() {
    let root = root("KZ", "Root");
    let middle = subordinate(authority_params("KZ", "Middle"), &root);
    let issuing = subordinate(authority_params("KZ", "Issuing"), &middle);
    let signer = signer_params("KZ", "Signer");
    let trust = trust(&[&root]);
    let whole = signed_by(&signer, &issuing, &[&issuing, &middle]);
    assert_eq!(code(&whole, &trust), "verified");

    let certificates = between(&whole, "<ds:X509Data>", "</ds:X509Data>");
    let mut reversed: Vec<&str> = certificates
        .split_inclusive("</ds:X509Certificate>")
        .collect();
    reversed.reverse();
    let reversed = swap(&whole, certificates, &reversed.concat());
    let fresh = self::trust(&[&root]);
    assert_eq!(code(&reversed, &fresh), "verified");

    for chain in [&[][..], &[&issuing], &[&middle]] {
        let error = check(&signed_by(&signer, &issuing, chain), &trust).unwrap_err();
        assert_eq!(error.code(), "CERT_CHAIN_INCOMPLETE");
        let text = error.to_string();
        assert!(text.contains("the chain is incomplete"), "{text}");
        assert!(
            text.contains("send the intermediate certificates along"),
            "{text}"
        );
    }
    let profile = [issuing.pem(), middle.pem()].concat();
    let helped = TrustStore::from_pem(root.pem().as_bytes(), profile.as_bytes(), &[]).unwrap();
    assert_eq!(
        code(&signed_by(&signer, &issuing, &[]), &helped),
        "verified"
    );
}

#[test]
fn dates_hold_to_the_second_also_for_remembered_paths() {
    let (root, party) = kazakhstan();
    let (signed, trust) = (party.sign(DOCUMENT), trust(&[&root]));
    let at = |time: &str| {
        let verdict = check_at(&signed, &trust, time.parse().unwrap());
        verdict.map_or_else(|error| error.code(), |_| "verified")
    };
    assert_eq!(at("2025-12-31T23:59:59Z"), "CERT_NOT_YET_VALID");
    for _ in 0..2 {
        assert_eq!(at("2026-01-01T00:00:00Z"), "verified");
        assert_eq!(at("2027-01-01T00:00:00Z"), "verified");
        assert_eq!(at("2027-01-01T00:00:01Z"), "CERT_EXPIRED");
        assert_eq!(at("2025-12-31T23:59:59Z"), "CERT_NOT_YET_VALID");
    }
}

#[test]
fn a_certificate_without_an_end_is_read() {
    let root = root("KZ", "Root");
    let mut params = signer_params("KZ", "Signer");
    // RFC 5280 section 4.1.2.5: 99991231235959Z.
    params.not_after = date_time_ymd(9999, 12, 31) + std::time::Duration::from_secs(86_399);
    let signed = signed_by(&params, &root, &[]);
    assert_eq!(code(&signed, &trust(&[&root])), "verified");
}

#[test]
fn issuers_and_anchors_must_be_valid_too() {
    let old = |mut params: CertificateParams| {
        params.not_after = date_time_ymd(2026, 5, 1);
        params
    };
    let signer = signer_params("KZ", "Signer");
    let good = root("KZ", "Root");
    let issuing = subordinate(old(authority_params("KZ", "Issuing")), &good);
    let error = check(&signed_by(&signer, &issuing, &[&issuing]), &trust(&[&good])).unwrap_err();
    assert_eq!(error.code(), "CERT_EXPIRED");
    assert!(
        error
            .to_string()
            .starts_with("the issuer's certificate expired")
    );

    let anchor = Authority::self_signed(old(authority_params("KZ", "Root")), Kind::P256.key());
    let anchor = anchor.unwrap();
    let error = check(&signed_by(&signer, &anchor, &[]), &trust(&[&anchor])).unwrap_err();
    assert_eq!(error.code(), "CERT_EXPIRED");
    assert!(
        error
            .to_string()
            .starts_with("the anchor's certificate expired")
    );
}

fn with_serial(serial: u64) -> CertificateParams {
    let mut params = signer_params("KZ", "Signer");
    params.serial_number = Some(SerialNumber::from(serial));
    params
}

#[test]
fn revocation_lists_are_checked() {
    let (root, stranger) = (root("KZ", "Root"), root("EU", "Root"));
    let signed = signed_by(&with_serial(7), &root, &[]);
    let store =
        |lists: &[Vec<u8>]| TrustStore::from_pem(root.pem().as_bytes(), b"", lists).unwrap();
    let revocation = |verdict: Result<Verified<Document>, _>| verdict.map(|it| it.revocation());
    let none = store(&[]);
    assert_eq!(
        revocation(check(&signed, &none)),
        Ok(Revocation::NotChecked)
    );
    assert_eq!(
        code(&signed, &store(&[]).requiring_revocation()),
        "CERT_REVOCATION_UNKNOWN"
    );
    let clean = store(&[crl(&root, &[8])]);
    assert_eq!(revocation(check(&signed, &clean)), Ok(Revocation::Checked));
    let clean = clean.requiring_revocation();
    assert_eq!(revocation(check(&signed, &clean)), Ok(Revocation::Checked));
    assert_eq!(
        code(&signed, &store(&[crl(&root, &[7, 8])])),
        "CERT_REVOKED"
    );
    let elsewhere = store(&[crl(&stranger, &[7])]);
    assert_eq!(
        revocation(check(&signed, &elsewhere)),
        Ok(Revocation::NotChecked)
    );
    let namesake = self::root("KZ", "Root");
    assert_eq!(code(&signed, &store(&[crl(&namesake, &[])])), "CRL_INVALID");
}

use super::pki::root;

/// A stolen key may be named with the date since when it was; a key that was replaced was sound.
#[test]
fn a_revoked_certificate_is_refused_at_any_time_and_the_fault_says_since_when() {
    let root = root("KZ", "Root");
    let signed = signed_by(&with_serial(7), &root, &[]);
    let (march, may) = ("2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z");
    let lost = Some(RevocationReason::KeyCompromise);
    for (reason, invalid_since, since, sound_before) in [
        (None, None, may, false),
        (lost, None, may, false),
        (lost, Some(date_time_ymd(2026, 3, 1)), march, true),
        (lost, Some(date_time_ymd(2026, 6, 1)), may, true),
        (Some(RevocationReason::Superseded), None, may, true),
    ] {
        let list = crl_of(&root, &[7], reason, invalid_since);
        let store = TrustStore::from_pem(root.pem().as_bytes(), b"", &[list]).unwrap();
        for at in ["2026-02-01T00:00:00Z", "2026-06-01T00:00:00Z"] {
            let Err(Error::Certificate { fault, .. }) =
                check_at(&signed, &store, at.parse().unwrap())
            else {
                panic!("{reason:?} at {at}");
            };
            let since = since.parse().unwrap();
            let expected = CertificateFault::Revoked {
                since,
                sound_before,
            };
            assert_eq!(*fault, expected, "{reason:?} at {at}");
        }
    }
}

#[test]
fn what_is_trusted_has_a_digest_and_a_list_issued_again_has_the_same() {
    let (root, other) = (root("KZ", "Root"), root("KZ", "Other"));
    let (pem, both) = (root.pem(), format!("{}{}", other.pem(), root.pem()));
    let of = |anchors: &str, intermediates: &str, lists: &[Vec<u8>]| {
        let store = TrustStore::from_pem(anchors.as_bytes(), intermediates.as_bytes(), lists);
        store.unwrap()
    };
    let some = [crl(&root, &[7])];
    let digest = of(&pem, "", &some).sha256();
    assert_eq!(of(&pem, "", &[crl(&root, &[7])]).sha256(), digest);
    let turned = format!("{}{}", root.pem(), other.pem());
    assert_eq!(of(&both, "", &[]).sha256(), of(&turned, "", &[]).sha256());
    for another in [
        of(&both, "", &some),
        of(&pem, &other.pem(), &some),
        of(&pem, "", &[]),
        of(&pem, "", &[crl(&root, &[])]),
        of(&pem, "", &[crl(&root, &[8])]),
        of(
            &pem,
            "",
            &[crl_of(
                &root,
                &[7],
                Some(RevocationReason::Superseded),
                None,
            )],
        ),
        of(&pem, "", &some).requiring_revocation(),
        of(&pem, "", &some).pin(pem.as_bytes()).unwrap(),
    ] {
        assert_ne!(another.sha256(), digest, "{another:?}");
    }
}

#[test]
fn a_list_that_ran_out_refuses_also_what_is_remembered() {
    let root = root("KZ", "Root");
    let signed = signed_by(&with_serial(7), &root, &[]);
    let pem = root.pem();
    let store = TrustStore::from_pem(pem.as_bytes(), b"", &[crl(&root, &[])]).unwrap();
    let at = |time: &str| {
        let verdict = check_at(&signed, &store, time.parse().unwrap());
        verdict.map_or_else(|error| error.code(), |_| "verified")
    };
    assert_eq!(at("2026-06-30T23:59:59Z"), "verified");
    assert_eq!(at("2026-07-01T00:00:00Z"), "CRL_EXPIRED");
    assert_eq!(at("2026-06-30T23:59:59Z"), "verified");
}

#[test]
fn the_freshest_list_of_an_issuer_counts_and_lists_may_be_pem() {
    let root = root("KZ", "Root");
    let signed = signed_by(&with_serial(7), &root, &[]);
    let old = rcgen::CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 4, 1),
        next_update: date_time_ymd(2026, 8, 1),
        crl_number: SerialNumber::from(0),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    let old = old.signed_by(&root).unwrap().pem().unwrap().into_bytes();
    for lists in [[old.clone(), crl(&root, &[7])], [crl(&root, &[7]), old]] {
        let store = TrustStore::from_pem(root.pem().as_bytes(), b"", &lists).unwrap();
        assert_eq!(code(&signed, &store), "CERT_REVOKED");
    }
}

#[test]
fn a_revoked_issuer_revokes_what_it_issued() {
    let root = root("KZ", "Root");
    let mut params = authority_params("KZ", "Issuing");
    params.serial_number = Some(SerialNumber::from(9));
    let issuing = subordinate(params, &root);
    let signed = signed_by(&signer_params("KZ", "Signer"), &issuing, &[&issuing]);
    let store = TrustStore::from_pem(root.pem().as_bytes(), b"", &[crl(&root, &[9])]).unwrap();
    assert_eq!(code(&signed, &store), "CERT_REVOKED");
}

#[test]
fn usages_decide_who_may_sign() {
    let root = root("KZ", "Root");
    let trust = trust(&[&root]);
    let with = |change: &dyn Fn(&mut CertificateParams)| {
        let mut params = signer_params("KZ", "Signer");
        change(&mut params);
        code(&signed_by(&params, &root, &[]), &trust)
    };
    let usages = |list: &[KeyUsagePurpose]| with(&|params| params.key_usages = list.to_vec());
    assert_eq!(usages(&[]), "verified");
    assert_eq!(usages(&[KeyUsagePurpose::ContentCommitment]), "verified");
    assert_eq!(
        usages(&[KeyUsagePurpose::KeyEncipherment]),
        "CERT_KEY_USAGE"
    );
    let purposes = |list: &[ExtendedKeyUsagePurpose]| {
        with(&|params| params.extended_key_usages = list.to_vec())
    };
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, EmailProtection, ServerAuth, TimeStamping};
    assert_eq!(purposes(&[EmailProtection]), "verified");
    assert_eq!(purposes(&[ClientAuth, EmailProtection]), "verified");
    assert_eq!(purposes(&[Any]), "verified");
    assert_eq!(
        purposes(&[ServerAuth, ClientAuth]),
        "CERT_EXTENDED_KEY_USAGE"
    );
    assert_eq!(purposes(&[TimeStamping]), "CERT_EXTENDED_KEY_USAGE");
    let authority = with(&|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(authority, "CERT_IS_AUTHORITY");
}

#[test]
fn only_authorities_issue_and_only_as_far_as_they_may() {
    let root = root("KZ", "Root");
    let trust = trust(&[&root]);
    let signer = signer_params("KZ", "Signer");
    let under = |params: CertificateParams| {
        let issuing = subordinate(params, &root);
        code(&signed_by(&signer, &issuing, &[&issuing]), &trust)
    };
    assert_eq!(under(authority_params("KZ", "Issuing")), "verified");
    assert_eq!(under(signer_params("KZ", "Issuing")), "CERT_NOT_AN_ISSUER");
    let mut usage = authority_params("KZ", "Issuing");
    usage.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    assert_eq!(under(usage), "CERT_NOT_AN_ISSUER");

    let mut short = authority_params("KZ", "Middle");
    short.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let middle = subordinate(short, &root);
    let issuing = subordinate(authority_params("KZ", "Issuing"), &middle);
    let signed = signed_by(&signer, &issuing, &[&issuing, &middle]);
    assert_eq!(code(&signed, &trust), "CERT_CONSTRAINT");
}

/// What an anchor's own certificate says of the paths below it holds, as for any other authority.
#[test]
fn an_anchor_has_no_more_authorities_below_it_than_it_says() {
    let signer = signer_params("KZ", "Signer");
    for (most, verdicts) in [
        (0, ["verified", "CERT_CONSTRAINT", "CERT_CONSTRAINT"]),
        (1, ["verified", "verified", "CERT_CONSTRAINT"]),
        (2, ["verified"; 3]),
    ] {
        let mut params = authority_params("KZ", "Root");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(most));
        let root = Authority::self_signed(params, Kind::P256.key()).unwrap();
        let middle = subordinate(authority_params("KZ", "Middle"), &root);
        let issuing = subordinate(authority_params("KZ", "Issuing"), &middle);
        let trust = trust(&[&root]);
        let signed = [
            signed_by(&signer, &root, &[]),
            signed_by(&signer, &middle, &[&middle]),
            signed_by(&signer, &issuing, &[&issuing, &middle]),
        ];
        assert_eq!(signed.map(|it| code(&it, &trust)), verdicts, "{most}");
    }
}

/// A public key that nobody holds: RSA with a modulus of 1024 bits.
struct Rsa1024;

/// RSAPublicKey: SEQUENCE { INTEGER modulus, INTEGER 65537 }.
static RSA_1024: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
    let mut der = vec![0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00];
    der.extend([0xC5; 128]);
    der.extend([0x02, 0x03, 0x01, 0x00, 0x01]);
    der
});

impl PublicKeyData for Rsa1024 {
    fn der_bytes(&self) -> &[u8] {
        &RSA_1024
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

#[test]
fn a_short_key_is_refused_before_it_is_used() {
    let (root, party) = kazakhstan();
    let signed = party.sign(DOCUMENT);
    let weak = signer_params("KZ", "Signer")
        .signed_by(&Rsa1024, &root)
        .unwrap();
    let weak = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, weak.der());
    let certificate = between(&signed, "<ds:X509Certificate>", "<");
    let error = check(&swap(&signed, certificate, &weak), &trust(&[&root])).unwrap_err();
    assert_eq!(error.code(), "CERT_WEAK_KEY");
    assert!(error.to_string().contains("1024"));
}

#[test]
fn a_pinned_certificate_is_the_only_one() {
    let root = root("KZ", "Root");
    let (one, other) = (
        Party::new(Kind::P256, &signer_params("KZ", "One"), &root),
        Party::new(Kind::P256, &signer_params("KZ", "Other"), &root),
    );
    let pinned = TrustStore::pinned(one.chain_pem.as_bytes()).unwrap();
    let both = trust(&[&root]).pin(one.chain_pem.as_bytes()).unwrap();
    for store in [&pinned, &both] {
        assert_eq!(code(&one.sign(DOCUMENT), store), "verified");
        assert_eq!(code(&other.sign(DOCUMENT), store), "CERT_NOT_PINNED");
    }
    let late = "2027-01-01T00:00:01Z".parse().unwrap();
    let error = check_at(&one.sign(DOCUMENT), &pinned, late).unwrap_err();
    assert_eq!(error.code(), "CERT_EXPIRED");
    let strict = TrustStore::pinned(one.chain_pem.as_bytes())
        .unwrap()
        .requiring_revocation();
    assert_eq!(
        code(&one.sign(DOCUMENT), &strict),
        "CERT_REVOCATION_UNKNOWN"
    );
}

#[test]
fn the_memory_of_paths_is_bounded_and_changes_no_verdict() {
    static SIGNED: AtomicUsize = AtomicUsize::new(0);
    let root = root("KZ", "Root");
    let trust = trust(&[&root]);
    let first = signed_by(&signer_params("KZ", "First"), &root, &[]);
    for _ in 0..300 {
        let signed = signed_by(&signer_params("KZ", "Signer"), &root, &[]);
        assert_eq!(code(&signed, &trust), "verified");
        SIGNED.fetch_add(1, Ordering::Relaxed);
    }
    assert_eq!(code(&first, &trust), "verified");
    assert_eq!(SIGNED.load(Ordering::Relaxed), 300);
}

#[test]
fn trust_files_are_refused_with_the_name_of_the_file() {
    let pem = root("KZ", "Root").pem();
    let broken = pem.replace("MII", "AAA");
    let fault = |anchors: &str, intermediates: &str, list: &[u8]| {
        let lists = [list.to_vec()];
        let lists = if list.is_empty() { &[][..] } else { &lists };
        let store = TrustStore::from_pem(anchors.as_bytes(), intermediates.as_bytes(), lists);
        let error = store.err();
        error.map_or_else(String::new, |error| error.to_string())
    };
    assert_eq!(fault(&pem, "", b""), "");
    assert!(fault("", "", b"").contains("anchors"));
    assert!(fault("-----BEGIN CERTIFICATE-----\n", "", b"").contains("anchors"));
    assert!(fault(&pem, &broken, b"").contains("intermediates"));
    assert!(fault(&pem, "", b"no list").contains("revocation lists"));
    assert!(fault(&pem, "", &[0x30, 0]).contains("revocation lists"));
    let two = TrustStore::pinned(format!("{pem}{pem}").as_bytes()).unwrap_err();
    assert!(two.to_string().contains("pinned certificate"));
}

#[test]
fn a_pin_is_the_digest_of_the_key() {
    let key: KeyPair = Kind::P256.key();
    let certificate = signer_params("KZ", "Signer").self_signed(&key).unwrap();
    let pin = spki_sha256(certificate.der()).unwrap();
    assert_eq!(pin, crate::crypto::sha256(&key.subject_public_key_info()));
    assert_eq!(
        spki_sha256(b"no certificate").unwrap_err().code(),
        "CERT_MALFORMED"
    );
}
