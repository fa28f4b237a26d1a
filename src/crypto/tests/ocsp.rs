//! Answers of responders: who may give them, of what, for how long; fetched, and carried by a message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, KeyPair, SigningKey as _,
};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::pki::*;
use crate::crypto::certificate::parse;
use crate::crypto::der::{
    BIT_STRING, INTEGER, NULL, OCTET_STRING, OID, Reader, SEQUENCE, sequence, tlv,
};
use crate::crypto::{OcspResponse, Revocation, StatusKind, StatusQuestion, Suites, TrustStore};

const GENERALIZED_TIME: u8 = 0x18;
const NONCE: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 48, 1, 2];
const NO_CHECK: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 1, 5];

/// What a responder says, and how.
struct Says<'a> {
    /// The certificate, and whose it is by name and key.
    about: (&'a [u8], &'a [u8]),
    sha256: bool,
    status: Vec<u8>,
    /// This update, and the next.
    times: (&'a str, Option<&'a str>),
    nonce: Option<&'a [u8]>,
    key: &'a KeyPair,
    /// The responder's certificate.
    by: &'a [u8],
    carried: Vec<&'a [u8]>,
}

fn good() -> Vec<u8> {
    vec![0x80, 0]
}

fn unknown() -> Vec<u8> {
    vec![0x82, 0]
}

fn revoked(time: &str, reason: Option<u8>) -> Vec<u8> {
    let time = tlv(GENERALIZED_TIME, time.as_bytes());
    let reason = reason.map(|code| tlv(0xA0, &[0x0A, 1, code]));
    tlv(0xA1, &[time, reason.unwrap_or_default()].concat())
}

impl Says<'_> {
    fn der(&self) -> Vec<u8> {
        let (certificate, issuer) = (parse(self.about.0).unwrap(), parse(self.about.1).unwrap());
        let (hash, oid): (_, &[u8]) = match self.sha256 {
            false => (&SHA1_FOR_LEGACY_USE_ONLY, &[0x2B, 0x0E, 3, 2, 0x1A]),
            true => (&SHA256, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]),
        };
        let hashed = |bytes: &[u8]| tlv(OCTET_STRING, digest(hash, bytes).as_ref());
        let id = sequence(&[
            &sequence(&[&tlv(OID, oid), &tlv(NULL, &[])]),
            &hashed(issuer.subject().as_raw()),
            &hashed(&issuer.public_key().subject_public_key.data),
            &tlv(INTEGER, certificate.raw_serial()),
        ]);
        let time = |text: &str| tlv(GENERALIZED_TIME, text.as_bytes());
        let next = self.times.1.map(|next| tlv(0xA0, &time(next)));
        let single = sequence(&[
            &id,
            &self.status,
            &time(self.times.0),
            &next.unwrap_or_default(),
        ]);
        let by = parse(self.by).unwrap();
        let nonce = self.nonce.map(|nonce| {
            let value = tlv(OCTET_STRING, &tlv(OCTET_STRING, nonce));
            tlv(0xA1, &sequence(&[&sequence(&[&tlv(OID, NONCE), &value])]))
        });
        let data = sequence(&[
            &tlv(0xA1, by.subject().as_raw()),
            &time(self.times.0),
            &sequence(&[&single]),
            &nonce.unwrap_or_default(),
        ]);
        let value = self.key.sign(&data).unwrap();
        // ecdsa-with-SHA256.
        let algorithm = sequence(&[&tlv(OID, &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2])]);
        let carried = match self.carried.is_empty() {
            true => Vec::new(),
            false => tlv(0xA0, &sequence(&[&self.carried.concat()])),
        };
        let value = tlv(BIT_STRING, &[&[0], value.as_slice()].concat());
        let basic = sequence(&[&data, &algorithm, &value, &carried]);
        let kind = tlv(OID, &[0x2B, 6, 1, 5, 5, 7, 48, 1, 1]);
        let bytes = sequence(&[&kind, &tlv(OCTET_STRING, &basic)]);
        sequence(&[&[0x0A, 1, 0], &tlv(0xA0, &bytes)])
    }
}

/// KZ's root, and a message with its signer's certificate.
struct World {
    root: Authority,
    signed: String,
    signer: Vec<u8>,
}

const MAY: (&str, Option<&str>) = ("20260601000000Z", Some("20260608000000Z"));

impl World {
    fn new() -> Self {
        let (root, party) = kazakhstan();
        let signer = CertificateDer::from_pem_slice(party.chain_pem.as_bytes());
        Self {
            signed: party.sign(DOCUMENT),
            signer: signer.unwrap().to_vec(),
            root,
        }
    }

    fn says(&self, status: Vec<u8>) -> Says<'_> {
        Says {
            about: (&self.signer, self.root.der()),
            sha256: false,
            status,
            times: MAY,
            nonce: None,
            key: self.root.key(),
            by: self.root.der(),
            carried: Vec::new(),
        }
    }

    fn store(&self, lists: &[Vec<u8>]) -> TrustStore {
        TrustStore::from_pem(self.root.pem().as_bytes(), b"", lists)
            .unwrap()
            .requiring_revocation()
    }

    fn knowing(&self, answers: &[Vec<u8>]) -> TrustStore {
        let answers = answers.iter().map(|it| OcspResponse::read(it).unwrap());
        self.store(&[]).with_fetched([], answers)
    }

    /// The code by these answers.
    fn code(&self, answers: &[Vec<u8>]) -> &'static str {
        code(&self.signed, &self.knowing(answers))
    }

    fn question(&self) -> StatusQuestion {
        StatusQuestion {
            certificate: self.signer.clone(),
            issuer: self.root.der().to_vec(),
        }
    }
}

#[test]
fn an_answer_of_the_issuer_says_good_revoked_or_nothing() {
    let world = World::new();
    let verified = check(&world.signed, &world.knowing(&[world.says(good()).der()])).unwrap();
    assert_eq!(verified.revocation(), Revocation::Checked);
    let used = &verified.statuses()[0];
    assert_eq!(
        (used.kind, used.issuer.as_str()),
        (StatusKind::Ocsp, "C=KZ, O=Customs, CN=Root")
    );
    assert_eq!(used.this_update.to_string(), "2026-06-01T00:00:00Z");
    assert_eq!(used.produced_at, Some(used.this_update));
    assert_eq!(
        world.code(&[world.says(unknown()).der()]),
        "CERT_REVOCATION_UNKNOWN"
    );
    let key_lost = revoked("20260501000000Z", Some(1));
    assert_eq!(
        world.code(&[world.says(key_lost.clone()).der()]),
        "CERT_REVOKED"
    );
    assert_eq!(
        world.code(&[world.says(revoked("20260501000000Z", None)).der()]),
        "CERT_REVOKED"
    );
    // One word that it is revoked is enough, whoever else says that it is good.
    let both = [world.says(good()).der(), world.says(key_lost).der()];
    assert_eq!(world.code(&both), "CERT_REVOKED");
    let sha256 = Says {
        sha256: true,
        ..world.says(good())
    };
    assert_eq!(world.code(&[sha256.der()]), "verified");
    assert_eq!(world.code(&[]), "CERT_REVOCATION_UNKNOWN");
}

#[test]
fn a_list_that_revokes_is_not_outvoted_by_an_answer() {
    let world = World::new();
    let serial = parse(&world.signer).unwrap().raw_serial().to_vec();
    let list = rcgen::CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2026, 5, 1),
        next_update: rcgen::date_time_ymd(2026, 7, 1),
        crl_number: rcgen::SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: vec![rcgen::RevokedCertParams {
            serial_number: rcgen::SerialNumber::from(serial),
            revocation_time: rcgen::date_time_ymd(2026, 5, 1),
            reason_code: None,
            invalidity_date: None,
        }],
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&world.root).unwrap().der().to_vec();
    let answer = OcspResponse::read(&world.says(good()).der()).unwrap();
    let store = world.store(&[list]).with_fetched([], [answer]);
    assert_eq!(code(&world.signed, &store), "CERT_REVOKED");
}

#[test]
fn an_answer_is_about_one_certificate_of_one_issuer_and_signed() {
    let world = World::new();
    let other = World::new();
    let about_other = Says {
        about: (&other.signer, world.root.der()),
        ..world.says(good())
    };
    assert_eq!(world.code(&[about_other.der()]), "CERT_REVOCATION_UNKNOWN");
    let of_namesake = Says {
        about: (&world.signer, other.root.der()),
        ..world.says(good())
    };
    assert_eq!(world.code(&[of_namesake.der()]), "CERT_REVOCATION_UNKNOWN");
    let by_namesake = Says {
        key: other.root.key(),
        ..world.says(good())
    };
    assert_eq!(world.code(&[by_namesake.der()]), "CERT_REVOCATION_UNKNOWN");
    let whole = world.says(good()).der();
    let mut forged = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        if let Ok(read) = OcspResponse::read(&bytes) {
            let store = world.store(&[]).with_fetched([], [read]);
            assert_eq!(
                code(&world.signed, &store),
                "CERT_REVOCATION_UNKNOWN",
                "{at}"
            );
            forged += 1;
        }
        assert!(OcspResponse::read(&whole[..at]).is_err());
    }
    assert!(forged > 50, "{forged}");
}

#[test]
fn an_answer_holds_until_its_next_update_or_an_hour() {
    let world = World::new();
    let at = |store: &TrustStore, at: &str| {
        let verdict = check_at(&world.signed, store, at.parse().unwrap());
        verdict.map_or_else(|error| error.code(), |_| "verified")
    };
    let week = world.knowing(&[world.says(good()).der()]);
    assert_eq!(at(&week, "2026-06-07T23:59:59Z"), "verified");
    assert_eq!(at(&week, "2026-06-08T00:00:00Z"), "CRL_EXPIRED");
    // The responder's clock may be ahead a little.
    assert_eq!(at(&week, "2026-05-31T23:55:00Z"), "verified");
    assert_eq!(at(&week, "2026-05-31T23:54:59Z"), "CERT_REVOCATION_UNKNOWN");
    let week = week.with_grace(SignedDuration::from_hours(1));
    assert_eq!(at(&week, "2026-06-08T00:59:59Z"), "verified");
    assert_eq!(at(&week, "2026-06-08T01:00:00Z"), "CRL_EXPIRED");
    let hour = Says {
        times: ("20260601000000Z", None),
        ..world.says(good())
    };
    let hour = world.knowing(&[hour.der()]);
    assert_eq!(at(&hour, "2026-06-01T00:59:59Z"), "verified");
    assert_eq!(at(&hour, "2026-06-01T01:00:00Z"), "CRL_EXPIRED");
}

/// A responder's certificate of 2026, and its key.
fn responder(
    change: impl FnOnce(&mut CertificateParams),
    issuer: &Authority,
) -> (Vec<u8>, KeyPair) {
    let mut params = signer_params("KZ", "Responder");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    params.custom_extensions = vec![CustomExtension::from_oid_content(NO_CHECK, vec![5, 0])];
    change(&mut params);
    let key = Kind::P256.key();
    let certificate = params.signed_by(&key, issuer).unwrap();
    (certificate.der().to_vec(), key)
}

#[test]
fn a_responder_is_certified_by_the_issuer_itself_for_just_this() {
    let world = World::new();
    let by = |(certificate, key): &(Vec<u8>, KeyPair), lists: &[Vec<u8>]| {
        let says = Says {
            key,
            by: certificate,
            carried: vec![certificate],
            ..world.says(good())
        };
        let answer = OcspResponse::read(&says.der()).unwrap();
        let store = world.store(lists).with_fetched([], [answer]);
        code(&world.signed, &store)
    };
    let delegated = responder(|_| {}, &world.root);
    assert_eq!(by(&delegated, &[]), "verified");
    let refused = "CERT_REVOCATION_UNKNOWN";
    let plain = |params: &mut CertificateParams| params.extended_key_usages.clear();
    assert_eq!(by(&responder(plain, &world.root), &[]), refused);
    let server = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    assert_eq!(by(&responder(server, &world.root), &[]), refused);
    let old = |params: &mut CertificateParams| {
        params.not_after = rcgen::date_time_ymd(2026, 5, 31);
    };
    assert_eq!(by(&responder(old, &world.root), &[]), refused);
    // By an authority of the same name, and by one below the issuer.
    assert_eq!(by(&responder(|_| {}, &root("KZ", "Root")), &[]), refused);
    let below = subordinate(authority_params("KZ", "Below"), &world.root);
    assert_eq!(by(&responder(|_| {}, &below), &[]), refused);
    // Where the issuer does not say that it need not be asked about, a list must clear it.
    let checked = |params: &mut CertificateParams| {
        params.custom_extensions.clear();
        params.serial_number = Some(rcgen::SerialNumber::from(77));
    };
    let checked = responder(checked, &world.root);
    assert_eq!(by(&checked, &[]), refused);
    assert_eq!(by(&checked, &[crl(&world.root, &[])]), "verified");
    // By its own word the list clears the signer; the revoked responder's word is not used.
    let listed = world.store(&[crl(&world.root, &[77])]);
    let says = Says {
        key: &checked.1,
        by: &checked.0,
        carried: vec![&checked.0],
        ..world.says(revoked("20260501000000Z", None))
    };
    let answer = OcspResponse::read(&says.der()).unwrap();
    assert_eq!(
        code(&world.signed, &listed.with_fetched([], [answer])),
        "verified"
    );
    // A stranger's certificate counts where the profile names it, and only there.
    let (stranger, key) = responder(plain, &root("EU", "Root"));
    let says = Says {
        key: &key,
        by: &stranger,
        ..world.says(good())
    };
    let answer = OcspResponse::read(&says.der()).unwrap();
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(&stranger)
    );
    let named = world.store(&[]).asking_responders(pem.as_bytes()).unwrap();
    let with = |store: TrustStore| code(&world.signed, &store.with_fetched([], [answer.clone()]));
    assert_eq!(with(named), "verified");
    assert_eq!(
        with(world.store(&[]).asking_responders(b"").unwrap()),
        refused
    );
}

#[test]
fn an_answer_bears_the_nonce_of_its_question_or_none() {
    let (world, suites) = (World::new(), Suites::standard());
    let store = world.store(&[]);
    let accepts = |nonce: Option<&[u8]>, status: Vec<u8>| {
        let says = Says {
            nonce,
            ..world.says(status)
        };
        let answer = OcspResponse::read(&says.der()).unwrap();
        let accepted = store.accepts(&answer, &world.question(), &[7; 32], &suites, now());
        (accepted.is_ok(), answer.bears(&[7; 32]))
    };
    assert_eq!(accepts(Some(&[7; 32]), good()), (true, true));
    assert_eq!(accepts(None, good()), (true, false));
    assert_eq!(accepts(Some(&[8; 32]), good()), (false, false));
    assert_eq!(
        accepts(Some(&[7; 32]), revoked("20260501000000Z", None)),
        (true, true)
    );
    assert_eq!(accepts(Some(&[7; 32]), unknown()), (false, true));
    let answer = OcspResponse::read(&world.says(good()).der()).unwrap();
    let late: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
    let late = store.accepts(&answer, &world.question(), &[7; 32], &suites, late);
    assert_eq!(late, Err("the answer ran out"));
    // The question is one that an answer's reader can find its certificate in.
    let request = world.question().request(&[7; 32]).unwrap();
    let serial = parse(&world.signer).unwrap().raw_serial().to_vec();
    assert!(Reader::only(&request, SEQUENCE).is_some());
    assert!(request.windows(serial.len()).any(|window| window == serial));
    assert!(request.windows(32).any(|window| window == [7; 32]));
}

#[test]
fn of_which_certificates_to_ask_is_remembered_and_bounded() {
    let world = World::new();
    let plain = world.store(&[]);
    assert_eq!(code(&world.signed, &plain), "CERT_REVOCATION_UNKNOWN");
    assert!(plain.questions().is_empty());
    let asking = world.store(&[]).asking_responders(b"").unwrap();
    assert_eq!(code(&world.signed, &asking), "CERT_REVOCATION_UNKNOWN");
    assert_eq!(asking.questions(), [world.question()]);
    // Whatever is made of it remembers the same; a stranger is not asked about.
    let answered = asking.with_fetched([], []);
    let stranger = World::new();
    assert_eq!(code(&stranger.signed, &answered), "CERT_SIGNATURE");
    assert_eq!(answered.questions(), [world.question()]);
    for _ in 0..70 {
        let party = Party::new(Kind::P256, &signer_params("KZ", "Signer"), &world.root);
        assert_eq!(
            code(&party.sign(DOCUMENT), &answered),
            "CERT_REVOCATION_UNKNOWN"
        );
    }
    assert_eq!(asking.questions().len(), 64);
    assert!(!asking.questions().contains(&world.question()));
}

/// A signed message with these values in its unsigned properties.
fn carrying(signed: &str, values: &str) -> String {
    let object = format!(
        "<ds:Object><x:QualifyingProperties xmlns:x=\"http://uri.etsi.org/01903/v1.3.2#\">\
         <x:UnsignedProperties><x:UnsignedSignatureProperties><x:RevocationValues>{values}\
         </x:RevocationValues></x:UnsignedSignatureProperties></x:UnsignedProperties>\
         </x:QualifyingProperties></ds:Object></ds:Signature>"
    );
    swap(signed, "</ds:Signature>", &object)
}

#[test]
fn what_a_message_carries_counts_for_it_by_its_own_signature() {
    let world = World::new();
    let store = world.store(&[]);
    let answer = |der: &[u8]| {
        let value = STANDARD.encode(der);
        format!(
            "<x:OCSPValues><x:EncapsulatedOCSPValue>{value}</x:EncapsulatedOCSPValue></x:OCSPValues>"
        )
    };
    let list = |der: &[u8]| {
        let value = STANDARD.encode(der);
        format!(
            "<x:CRLValues><x:EncapsulatedCRLValue>{value}</x:EncapsulatedCRLValue></x:CRLValues>"
        )
    };
    let of = |values: &str| code(&carrying(&world.signed, values), &store);
    let stapled = answer(&world.says(good()).der());
    let verified = check(&carrying(&world.signed, &stapled), &store).unwrap();
    assert_eq!(verified.revocation(), Revocation::Checked);
    assert_eq!(verified.statuses()[0].kind, StatusKind::Ocsp);
    // It was for that message: nothing of it is remembered.
    assert_eq!(code(&world.signed, &store), "CERT_REVOCATION_UNKNOWN");
    assert_eq!(of(&list(&crl(&world.root, &[]))), "verified");
    assert_eq!(code(&world.signed, &store), "CERT_REVOCATION_UNKNOWN");
    let revoking = answer(&world.says(revoked("20260501000000Z", None)).der());
    assert_eq!(of(&revoking), "CERT_REVOKED");
    // Also where what is remembered says that it is good.
    let knowing = world.knowing(&[world.says(good()).der()]);
    assert_eq!(code(&world.signed, &knowing), "verified");
    assert_eq!(
        code(&carrying(&world.signed, &revoking), &knowing),
        "CERT_REVOKED"
    );

    let namesake = World::new();
    let forged = Says {
        key: namesake.root.key(),
        ..world.says(good())
    };
    for values in [
        answer(&forged.der()),
        list(&crl(&stranger_root(), &[])),
        answer(b"nonsense"),
        list(b"nonsense"),
        "<x:OCSPValues><x:EncapsulatedOCSPValue>!</x:EncapsulatedOCSPValue></x:OCSPValues>"
            .to_owned(),
        "<x:OtherValues><x:OtherValue/></x:OtherValues>".to_owned(),
        String::new(),
    ] {
        assert_eq!(of(&values), "CERT_REVOCATION_UNKNOWN", "{values}");
    }
}

fn stranger_root() -> Authority {
    root("EU", "Root")
}
