//! A small public key infrastructure, made anew in each run, and a party that signs within it.

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, RevocationReason, RevokedCertParams,
    SerialNumber, date_time_ymd,
};
use ring::rand::SystemRandom;

use crate::crypto::{
    Cover, Error, Policy, SignatureProfile, Signer, SigningRules, Suites, TrustStore, Verified,
    When, sign, signer_from_pkcs8, uri, verify_when,
};
use crate::xml::{self, Document, Limits};

pub(super) type Authority = CertifiedIssuer<'static, KeyPair>;

/// A document with everything that makes canonical forms differ from spelling.
pub(super) const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
    <!-- before --><d:Declaration xmlns:d='urn:example:d' xmlns:unused=\"urn:unused\" Id=\"doc\" b='2' a=\"1\">\
    <d:Consignor xml:lang=\"kk\">Қазақстан &amp; Ко</d:Consignor><d:Empty/>\
    <Amount xmlns=\"urn:example:amount\">100<!-- and -->00</Amount></d:Declaration>\n<?after it?>";

pub(super) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// The kinds of key that suites sign with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Ed25519,
    P256,
    P384,
    Rsa,
}

impl Kind {
    pub(super) fn key(self) -> KeyPair {
        match self {
            Self::Ed25519 => KeyPair::generate_for(&PKCS_ED25519).unwrap(),
            Self::P256 => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(),
            Self::P384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
            Self::Rsa => {
                let pem = include_str!(concat!(
                    env!("CARGO_MANIFEST_DIR"),
                    "/tests/keys/rsa-2048.pem"
                ));
                KeyPair::from_pkcs8_pem_and_sign_algo(pem, &PKCS_RSA_SHA256).unwrap()
            }
        }
    }
}

/// Parameters of a certificate valid in 2026.
pub(super) fn params(country: &str, name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    let subject = &mut params.distinguished_name;
    subject.remove(DnType::CommonName);
    subject.push(DnType::CountryName, country);
    subject.push(DnType::OrganizationName, "Customs");
    subject.push(DnType::CommonName, name);
    params
}

pub(super) fn authority_params(country: &str, name: &str) -> CertificateParams {
    let mut params = params(country, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(super) fn signer_params(country: &str, name: &str) -> CertificateParams {
    let mut params = params(country, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

pub(super) fn root(country: &str, name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority_params(country, name), Kind::P256.key()).unwrap()
}

pub(super) fn subordinate(params: CertificateParams, issuer: &Authority) -> Authority {
    CertifiedIssuer::signed_by(params, Kind::P256.key(), issuer).unwrap()
}

/// A signer with the certificates that it sends along.
pub(super) struct Party {
    pub(super) key: KeyPair,
    pub(super) chain_pem: String,
    pub(super) suite: Option<&'static str>,
}

impl Party {
    pub(super) fn new(
        kind: Kind,
        params: &CertificateParams,
        issuer: &Issuer<'_, KeyPair>,
    ) -> Self {
        let key = kind.key();
        let chain_pem = params.signed_by(&key, issuer).unwrap().pem();
        Self {
            key,
            chain_pem,
            suite: None,
        }
    }

    pub(super) fn signer(&self) -> Box<dyn Signer> {
        let key = self.key.serialize_pem();
        signer_from_pkcs8(key.as_bytes(), self.chain_pem.as_bytes(), self.suite).unwrap()
    }

    pub(super) fn sign(&self, unsigned: &str) -> String {
        self.sign_with(unsigned, &SignatureProfile::default())
    }

    pub(super) fn sign_with(&self, unsigned: &str, profile: &SignatureProfile) -> String {
        let signed = sign(
            unsigned.as_bytes(),
            &*self.signer(),
            profile,
            &Limits::default(),
            &SystemRandom::new(),
        );
        String::from_utf8(signed.unwrap()).unwrap()
    }
}

/// A root, and a P-256 signer that it issued.
pub(super) fn kazakhstan() -> (Authority, Party) {
    let root = root("KZ", "Root");
    let party = Party::new(Kind::P256, &signer_params("KZ", "Signer"), &root);
    (root, party)
}

pub(super) fn trust(anchors: &[&Authority]) -> TrustStore {
    let pem: String = anchors.iter().map(|anchor| anchor.pem()).collect();
    TrustStore::from_pem(pem.as_bytes(), b"", &[]).unwrap()
}

/// A revocation list of `issuer`, naming serial numbers, from May to July 2026.
pub(super) fn crl(issuer: &Authority, revoked: &[u64]) -> Vec<u8> {
    crl_of(issuer, revoked, None, None)
}

/// The same, with a reason and a date since when the keys are invalid.
pub(super) fn crl_of(
    issuer: &Authority,
    revoked: &[u64],
    reason_code: Option<RevocationReason>,
    invalidity_date: Option<time::OffsetDateTime>,
) -> Vec<u8> {
    let entry = |serial: &u64| RevokedCertParams {
        serial_number: SerialNumber::from(*serial),
        revocation_time: date_time_ymd(2026, 5, 1),
        reason_code,
        invalidity_date,
    };
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 5, 1),
        next_update: date_time_ymd(2026, 7, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(entry).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(issuer).unwrap().der().to_vec()
}

/// Rules under which `Id` identifies elements.
pub(super) fn rules() -> SigningRules {
    SigningRules {
        cover: Cover::DocumentElement,
        id_attributes: vec![(String::new(), "Id".to_owned())],
    }
}

/// All standard suites allowed.
pub(super) fn check(signed: &str, trust: &TrustStore) -> Result<Verified<Document>, Error> {
    check_at(signed, trust, now())
}

pub(super) fn check_at(
    signed: &str,
    trust: &TrustStore,
    now: Timestamp,
) -> Result<Verified<Document>, Error> {
    check_when(signed, trust, When::Now(now))
}

pub(super) fn check_when(
    signed: &str,
    trust: &TrustStore,
    when: When,
) -> Result<Verified<Document>, Error> {
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(ToOwned::to_owned).collect();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust,
    };
    let document = xml::parse(signed.as_bytes(), None, &Limits::default()).unwrap();
    verify_when(document, &rules(), &policy, when).map_err(|refused| refused.error)
}

/// The code of a refusal, or `verified`.
pub(super) fn code(signed: &str, trust: &TrustStore) -> &'static str {
    check(signed, trust).map_or_else(|error| error.code(), |_| "verified")
}

/// Every suite that signs here, with its kind of key.
pub(super) const SIGNING: [(&str, Kind); 13] = [
    (uri::ECDSA_SHA256, Kind::P256),
    (uri::ECDSA_SHA256, Kind::P384),
    (uri::ECDSA_SHA384, Kind::P256),
    (uri::ECDSA_SHA384, Kind::P384),
    (uri::ECDSA_SHA512, Kind::P256),
    (uri::ECDSA_SHA512, Kind::P384),
    (uri::ED25519, Kind::Ed25519),
    (uri::RSA_SHA256, Kind::Rsa),
    (uri::RSA_SHA384, Kind::Rsa),
    (uri::RSA_SHA512, Kind::Rsa),
    (uri::RSA_PSS_SHA256, Kind::Rsa),
    (uri::RSA_PSS_SHA384, Kind::Rsa),
    (uri::RSA_PSS_SHA512, Kind::Rsa),
];

/// The text between two marks, first occurrence, both left out.
pub(super) fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap().1.split_once(to).unwrap().0
}

/// Replaces the first occurrence, which must be there.
pub(super) fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not there");
    text.replacen(from, to, 1)
}
