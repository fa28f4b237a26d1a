//! Certificate policies: paths under those that a profile demands, and under others (RFC 5280 section
//! 6.1; the shapes of NIST's PKITS section 4.8 to 4.12).

use rcgen::{CertificateParams, CustomExtension};

use super::pki::*;
use crate::crypto::TrustStore;
use crate::crypto::der::{INTEGER, OID, sequence, tlv};

// Policies of tests (NIST), 2.16.840.1.101.3.2.1.48 and below it, and anyPolicy.
const ONE: &str = "2.16.840.1.101.3.2.1.48.1";
const TWO: &str = "2.16.840.1.101.3.2.1.48.2";
const ANY: &str = "2.5.29.32.0";

fn oid(text: &str) -> Vec<u8> {
    let last = text.rsplit('.').next().unwrap().parse::<u8>().unwrap();
    match text {
        ANY => tlv(OID, &[0x55, 0x1D, 0x20, 0]),
        _ => tlv(OID, &[0x60, 0x86, 0x48, 1, 0x65, 3, 2, 1, 48, last]),
    }
}

/// An extension below id-ce, not critical: webpki refuses critical ones.
fn extension(below: u64, content: Vec<u8>) -> CustomExtension {
    CustomExtension::from_oid_content(&[2, 5, 29, below], content)
}

fn stating(policies: &[&str]) -> CustomExtension {
    let policies: Vec<u8> = policies
        .iter()
        .flat_map(|policy| sequence(&[&oid(policy)]))
        .collect();
    extension(32, sequence(&[&policies]))
}

fn mapping(pairs: &[(&str, &str)]) -> CustomExtension {
    let pairs: Vec<u8> = pairs
        .iter()
        .flat_map(|(from, to)| sequence(&[&oid(from), &oid(to)]))
        .collect();
    extension(33, sequence(&[&pairs]))
}

/// requireExplicitPolicy, `[0]`, or inhibitPolicyMapping, `[1]`, after so many certificates.
fn constraint(tag: u8, after: u8) -> CustomExtension {
    extension(36, sequence(&[&tlv(0x80 | tag, &[after])]))
}

fn inhibiting_any(after: u8) -> CustomExtension {
    extension(54, tlv(INTEGER, &[after]))
}

fn with(mut params: CertificateParams, extensions: Vec<CustomExtension>) -> CertificateParams {
    params.custom_extensions = extensions;
    params
}

/// What becomes of a signer below an authority below a root, where policies are demanded or none.
fn judged(between: Vec<CustomExtension>, leaf: Vec<CustomExtension>, demanded: &[&str]) -> String {
    let root = root("KZ", "Root");
    let issuing = subordinate(with(authority_params("KZ", "Issuing"), between), &root);
    let signer = with(signer_params("KZ", "Signer"), leaf);
    let mut party = Party::new(Kind::P256, &signer, &issuing);
    party.chain_pem.push_str(&issuing.pem());
    let demanded: Vec<String> = demanded.iter().map(|it| (*it).to_owned()).collect();
    let store = TrustStore::from_pem(root.pem().as_bytes(), b"", &[]).unwrap();
    let store = store.requiring_policies(&demanded).unwrap();
    code(&party.sign(DOCUMENT), &store).to_owned()
}

#[test]
fn a_demanded_policy_goes_down_the_whole_path() {
    let (good, bad) = ("verified", "CERT_POLICY");
    for (between, leaf, demanded, expected) in [
        (
            vec![stating(&[ONE])],
            vec![stating(&[ONE])],
            vec![ONE],
            good,
        ),
        (vec![stating(&[ONE])], vec![stating(&[ONE])], vec![TWO], bad),
        (
            vec![stating(&[ONE])],
            vec![stating(&[ONE])],
            vec![TWO, ONE],
            good,
        ),
        (
            vec![stating(&[ONE, TWO])],
            vec![stating(&[TWO])],
            vec![ONE],
            bad,
        ),
        (
            vec![stating(&[ONE, TWO])],
            vec![stating(&[TWO])],
            vec![TWO],
            good,
        ),
        // What the authority was not certified for it cannot give.
        (vec![stating(&[ONE])], vec![stating(&[TWO])], vec![TWO], bad),
        (vec![], vec![stating(&[ONE])], vec![ONE], bad),
        (vec![stating(&[ONE])], vec![], vec![ONE], bad),
        // Any policy of an authority is the one that the signer has, and the other way round.
        (
            vec![stating(&[ANY])],
            vec![stating(&[ONE])],
            vec![ONE],
            good,
        ),
        (vec![stating(&[ANY])], vec![stating(&[ONE])], vec![TWO], bad),
        (
            vec![stating(&[ONE])],
            vec![stating(&[ANY])],
            vec![ONE],
            good,
        ),
        (vec![stating(&[ONE])], vec![stating(&[ANY])], vec![TWO], bad),
        (
            vec![stating(&[ANY])],
            vec![stating(&[ANY])],
            vec![TWO],
            good,
        ),
        (
            vec![stating(&[ANY]), inhibiting_any(0)],
            vec![stating(&[ANY])],
            vec![ONE],
            bad,
        ),
        (
            vec![stating(&[ANY]), inhibiting_any(1)],
            vec![stating(&[ANY])],
            vec![ONE],
            good,
        ),
        // Demanded is nothing.
        (vec![stating(&[ONE])], vec![stating(&[TWO])], vec![], good),
        (vec![], vec![], vec![], good),
    ] {
        let shown = format!("{between:?} {leaf:?} {demanded:?}");
        assert_eq!(judged(between, leaf, &demanded), expected, "{shown}");
    }
}

#[test]
fn an_authority_may_demand_a_policy_itself() {
    let (good, bad) = ("verified", "CERT_POLICY");
    let explicit = |after| vec![stating(&[ONE]), constraint(0, after)];
    assert_eq!(judged(explicit(0), vec![stating(&[ONE])], &[]), good);
    assert_eq!(judged(explicit(0), vec![stating(&[TWO])], &[]), bad);
    assert_eq!(judged(explicit(0), vec![], &[]), bad);
    // It takes effect behind the signer.
    assert_eq!(judged(explicit(2), vec![], &[]), good);
    // The signer's own certificate says it.
    assert_eq!(judged(vec![], vec![constraint(0, 0)], &[]), bad);
}

#[test]
fn policies_are_mapped_where_mapping_is_not_inhibited() {
    let (good, bad) = ("verified", "CERT_POLICY");
    let mapped = || vec![stating(&[ONE]), mapping(&[(ONE, TWO)])];
    assert_eq!(judged(mapped(), vec![stating(&[TWO])], &[ONE]), good);
    // What it is called below counts as what it is called above.
    assert_eq!(judged(mapped(), vec![stating(&[TWO])], &[TWO]), bad);
    assert_eq!(judged(mapped(), vec![stating(&[ONE])], &[ONE]), bad);
    let of_any = || vec![stating(&[ANY]), mapping(&[(ONE, TWO)])];
    assert_eq!(judged(of_any(), vec![stating(&[TWO])], &[ONE]), good);
    let any = vec![stating(&[ONE]), mapping(&[(ONE, ANY)])];
    assert_ne!(judged(any, vec![stating(&[TWO])], &[ONE]), good);
    // Three levels: the first inhibits the mapping of the second.
    let root = root("KZ", "Root");
    for (extensions, expected) in [
        (vec![stating(&[ONE]), constraint(1, 0)], bad),
        (vec![stating(&[ONE]), constraint(1, 1)], good),
    ] {
        let first = with(authority_params("KZ", "First"), extensions);
        let first = subordinate(first, &root);
        let second = subordinate(with(authority_params("KZ", "Second"), mapped()), &first);
        let signer = with(signer_params("KZ", "Signer"), vec![stating(&[TWO])]);
        let mut party = Party::new(Kind::P256, &signer, &second);
        party.chain_pem += &(second.pem() + &first.pem());
        let store = TrustStore::from_pem(root.pem().as_bytes(), b"", &[]).unwrap();
        let store = store.requiring_policies(&[ONE.to_owned()]).unwrap();
        assert_eq!(code(&party.sign(DOCUMENT), &store), expected);
    }
}

#[test]
fn what_is_critical_twice_or_too_much_is_refused() {
    let mut critical = stating(&[ONE]);
    critical.set_criticality(true);
    let between = || vec![stating(&[ONE])];
    assert_eq!(judged(between(), vec![critical], &[ONE]), "CERT_CONSTRAINT");
    let twice = vec![stating(&[ONE]), stating(&[ONE])];
    assert_ne!(judged(between(), twice, &[ONE]), "verified");
    let empty = vec![extension(32, vec![0x30, 0])];
    assert_ne!(judged(between(), empty, &[ONE]), "verified");
    // A tree that grows is cut down: 65 policies.
    let many: Vec<u8> = (0..65)
        .flat_map(|last: u8| {
            let policy = tlv(OID, &[0x60, 0x86, 0x48, 1, 0x65, 3, 2, 1, 48, last]);
            sequence(&[&policy])
        })
        .collect();
    let many = vec![extension(32, sequence(&[&many]))];
    assert_ne!(judged(many.clone(), many, &[ONE]), "verified");
}

#[test]
fn demanded_are_a_few_policies_by_their_oids() {
    let root = root("KZ", "Root");
    let demand = |policies: &[&str]| {
        let policies: Vec<String> = policies.iter().map(|it| (*it).to_owned()).collect();
        let store = TrustStore::from_pem(root.pem().as_bytes(), b"", &[]).unwrap();
        let demanded = store.requiring_policies(&policies);
        demanded.map(|store| store.sha256()).map_err(|it| it.code())
    };
    assert!(demand(&["1.2.643.100.113.1", "0.4.0.194112.1.2"]).is_ok());
    assert_ne!(demand(&[ONE]), demand(&[]), "whom it trusts depends on it");
    for no_oid in [
        "", "1", "1.", "1..2", "3.1", "1.02", "1.+2", "1.a", " 1.2", ANY,
    ] {
        assert_eq!(demand(&[no_oid]), Err("TRUST_MALFORMED"), "{no_oid}");
    }
    assert_eq!(demand(&[ONE; 17]), Err("TRUST_MALFORMED"));
}
