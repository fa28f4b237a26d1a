//! What is known against a certificate that is shown on a connection.

use std::slice;

use jiff::Timestamp;
use rcgen::{CertificateParams, SerialNumber};

use super::pki::*;
use crate::crypto::{RevocationList, Suites, TrustStore};

/// Of the certificate that is shown.
const SERIAL: u64 = 7;
/// Of the authority that issued it.
const AUTHORITY: u64 = 8;

fn numbered(mut params: CertificateParams, serial: u64) -> CertificateParams {
    params.serial_number = Some(SerialNumber::from(serial));
    params
}

fn leaf(issuer: &Authority) -> Vec<u8> {
    let params = numbered(params("KZ", "Gateway"), SERIAL);
    let certificate = params.signed_by(&Kind::P256.key(), issuer).unwrap();
    certificate.der().to_vec()
}

fn store(anchor: &Authority, lists: &[Vec<u8>]) -> TrustStore {
    TrustStore::from_pem(anchor.pem().as_bytes(), b"", lists).unwrap()
}

fn at(store: &TrustStore, path: &[&[u8]], now: Timestamp) -> Option<String> {
    let revoked = store.revokes(path, &Suites::standard(), now);
    revoked.map(|revoked| revoked.serial)
}

/// The serial number of what is revoked.
fn revoked(store: &TrustStore, path: &[&[u8]]) -> Option<String> {
    at(store, path, now())
}

#[test]
fn a_word_against_a_certificate_counts_and_ignorance_does_not() {
    let root = root("KZ", "Root");
    let shown = leaf(&root);
    let path: [&[u8]; 1] = [&shown];
    assert_eq!(revoked(&store(&root, &[]), &path), None);
    assert_eq!(revoked(&store(&root, &[crl(&root, &[9])]), &path), None);
    let revoking = store(&root, &[crl(&root, &[9, SERIAL])]);
    assert_eq!(revoked(&revoking, &path).as_deref(), Some("07"));
    let said = revoking.revokes(&path, &Suites::standard(), now()).unwrap();
    assert!(said.subject.contains("CN=Gateway"), "{said:?}");
    assert_eq!(said.since, "2026-05-01T00:00:00Z".parse().unwrap());
    // The list ran out, the word did not; and one that ran out without a word says nothing.
    let late = "2026-12-01T00:00:00Z".parse().unwrap();
    assert_eq!(at(&revoking, &path, late).as_deref(), Some("07"));
    let clean = store(&root, &[crl(&root, &[])]).requiring_revocation();
    assert_eq!(at(&clean, &path, late), None);
    assert_eq!(revoked(&revoking, &[b"no certificate"]), None);
    assert_eq!(revoked(&revoking, &[]), None);
}

#[test]
fn an_authority_speaks_of_what_it_signed_alone() {
    let own = root("KZ", "Root");
    let namesake = root("KZ", "Root");
    let shown = leaf(&own);
    let path: [&[u8]; 1] = [&shown];
    // Both authorities are known, and both have a list.
    let pem = own.pem() + &namesake.pem();
    let with = |lists: &[Vec<u8>]| TrustStore::from_pem(pem.as_bytes(), b"", lists).unwrap();
    let theirs = crl(&namesake, &[SERIAL]);
    assert_eq!(revoked(&with(slice::from_ref(&theirs)), &path), None);
    assert_eq!(
        revoked(&with(&[theirs.clone(), crl(&own, &[])]), &path),
        None
    );
    let both = with(&[theirs, crl(&own, &[SERIAL])]);
    assert_eq!(revoked(&both, &path).as_deref(), Some("07"));
}

#[test]
fn what_certifies_a_certificate_is_looked_at_too() {
    let root = root("KZ", "Root");
    let issuing = subordinate(
        numbered(authority_params("KZ", "Issuing"), AUTHORITY),
        &root,
    );
    let shown = leaf(&issuing);
    let path: [&[u8]; 2] = [&shown, issuing.der()];
    let revoking = store(&root, &[crl(&root, &[AUTHORITY])]);
    assert_eq!(revoked(&revoking, &path).as_deref(), Some("08"));
    // A pinned certificate stands alone: its key was named, whoever certified it.
    assert_eq!(revoked(&revoking, &path[..1]), None);
    // The issuing authority is known from the path, its list from the store.
    let revoking = store(&root, &[crl(&issuing, &[SERIAL])]);
    assert_eq!(revoked(&revoking, &path).as_deref(), Some("07"));
    assert_eq!(revoked(&revoking, &path[..1]), None);
}

#[test]
fn lists_of_tls_authorities_are_taken_and_nobody_signs_below_them() {
    let (signing, party) = kazakhstan();
    let tls = root("KZ", "TLS root");
    let shown = leaf(&tls);
    let path: [&[u8]; 1] = [&shown];
    let list = crl(&tls, &[SERIAL]);
    let without = store(&signing, slice::from_ref(&list));
    assert_eq!(revoked(&without, &path), None);
    let digest = without.sha256();
    let with = without.taking_lists_of(&[tls.der()]).unwrap();
    assert_eq!(revoked(&with, &path).as_deref(), Some("07"));
    assert_eq!(with.sha256(), digest, "whom it trusts is the same");
    // Fetched ones too, and what was fetched keeps it.
    let fetched = RevocationList::read(&list).unwrap();
    let plain = store(&signing, &[]);
    assert!(!plain.vouches_for(&fetched, &Suites::standard()));
    let taking = plain.taking_lists_of(&[tls.der()]).unwrap();
    assert!(taking.vouches_for(&fetched, &Suites::standard()));
    let known = taking.with_fetched([fetched], []);
    assert_eq!(revoked(&known, &path).as_deref(), Some("07"));
    // Nobody below it signs documents.
    assert_eq!(code(&party.sign(DOCUMENT), &with), "verified");
    let stranger = Party::new(Kind::P256, &signer_params("KZ", "Signer"), &tls);
    assert_ne!(code(&stranger.sign(DOCUMENT), &with), "verified");
    let refused = store(&signing, &[]).taking_lists_of(&[b"no certificate"]);
    assert_eq!(refused.unwrap_err().code(), "TRUST_MALFORMED");
}
