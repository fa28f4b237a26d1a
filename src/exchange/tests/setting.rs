//! Parties with keys made anew in each run, and gateways with a store in a temporary folder.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, IsCa,
    KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, RevokedCertParams, SerialNumber,
    date_time_ymd,
};
use ring::rand::SystemRandom;
use ring::signature::Ed25519KeyPair;
use tempfile::TempDir;

use crate::clock::Clock;
use crate::crypto::{
    self, Agreed, Cover, Policy, SignatureProfile, Signer, SigningRules, Suites, TrustStore,
    Verified, sign, verify,
};
use crate::evidence::{self, CheckpointSigner, Outcome, Part, Receipt};
use crate::exchange::{Answer, Gateway, Lane, Lanes, NobodyAsked, Partner, Settings};
use crate::model::{PartyId, Posts, Principal, Role, Sha256};
use crate::recognition::Agreements;
use crate::store::{Identity, Options, OutboxEntry, Store};
use crate::translate::Packages;
use crate::xml::{self, Document, Limits};

static PACKAGES: LazyLock<Packages> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
    Packages::load(Path::new(folder)).unwrap()
});

static KEYS: LazyLock<HashMap<&str, Keys>> = LazyLock::new(|| {
    ["CN", "EU", "GE", "KZ", "RU"]
        .map(|code| (code, Keys::new()))
        .into()
});

/// The anchor of a party, and the key that it signs with.
struct Keys {
    issuer: CertifiedIssuer<'static, KeyPair>,
    anchor_pem: String,
    key_pem: String,
    certificate_pem: String,
}

impl Keys {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2027, 1, 1);
        let (mut root, mut leaf) = (params.clone(), params);
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.serial_number = Some(SerialNumber::from(SERIAL));
        let key = || KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let issuer = CertifiedIssuer::self_signed(root, key()).unwrap();
        let key = key();
        Self {
            anchor_pem: issuer.pem(),
            certificate_pem: leaf.signed_by(&key, &issuer).unwrap().pem(),
            key_pem: key.serialize_pem(),
            issuer,
        }
    }

    fn signer(&self) -> Box<dyn Signer> {
        let (key, certificate) = (self.key_pem.as_bytes(), self.certificate_pem.as_bytes());
        crypto::signer_from_pkcs8(key, certificate, None).unwrap()
    }
}

pub(super) fn packages() -> &'static Packages {
    &PACKAGES
}

pub(super) fn party(code: &str) -> PartyId {
    code.parse().unwrap()
}

pub(super) fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// The anchor of a party.
pub(super) fn trust(code: &str) -> TrustStore {
    TrustStore::from_pem(KEYS[code].anchor_pem.as_bytes(), b"", &[]).unwrap()
}

/// The serial number of every party's signing certificate.
pub(super) const SERIAL: u64 = 7;

/// What is trusted of a party, with a revocation list that has these entries.
pub(super) fn trust_revoking(code: &str, revoked: Vec<RevokedCertParams>) -> TrustStore {
    let keys = &KEYS[code];
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 5, 1),
        next_update: date_time_ymd(2026, 12, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: revoked,
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&keys.issuer).unwrap().der().to_vec();
    TrustStore::from_pem(keys.anchor_pem.as_bytes(), b"", &[list]).unwrap()
}

/// The signer of a party.
pub(super) fn signer(code: &str) -> Box<dyn Signer> {
    KEYS[code].signer()
}

/// A message signed by a party.
pub(super) fn signed(by: &str, unsigned: &str) -> Bytes {
    let signed = sign(
        unsigned.as_bytes(),
        &*KEYS[by].signer(),
        &SignatureProfile::default(),
        &Limits::default(),
        &SystemRandom::new(),
    );
    signed.unwrap().into()
}

/// A principal with this role, for all posts.
pub(super) fn principal(name: &str, role: Role) -> Principal {
    Principal {
        name: name.to_owned(),
        role,
        posts: Posts::All,
    }
}

pub(super) fn submitter() -> Principal {
    principal("post", Role::Submitter)
}

pub(super) fn officer() -> Principal {
    principal("officer", Role::Officer)
}

pub(super) const RU_KZ: &str = include_str!("../../../schemas/lanes/ru-kz-transit.toml");
pub(super) const RU_KZ_AMEND: &str =
    include_str!("../../../schemas/lanes/ru-kz-transit-amend.toml");
pub(super) const RU_CN: &str = include_str!("../../../schemas/lanes/ru-cn-export.toml");
pub(super) const RU_CN_AMEND: &str = include_str!("../../../schemas/lanes/ru-cn-export-amend.toml");
pub(super) const RU_CN_CANCEL: &str =
    include_str!("../../../schemas/lanes/ru-cn-export-cancel.toml");
pub(super) const RU_MN_AMEND: &str = include_str!("../../../schemas/lanes/ru-mn-export-amend.toml");
pub(super) const RU_MN_CANCEL: &str =
    include_str!("../../../schemas/lanes/ru-mn-export-cancel.toml");
pub(super) const RU_EU: &str = include_str!("../../../schemas/lanes/ru-eu-transit.toml");
pub(super) const RU_EU_AMEND: &str =
    include_str!("../../../schemas/lanes/ru-eu-transit-amend.toml");
pub(super) const RU_EU_CANCEL: &str =
    include_str!("../../../schemas/lanes/ru-eu-transit-cancel.toml");
pub(super) const RU_KZ_RECEIVED: &str =
    include_str!("../../../schemas/lanes/ru-kz-transit-received.toml");
pub(super) const RU_KZ_AMEND_RECEIVED: &str =
    include_str!("../../../schemas/lanes/ru-kz-transit-amend-received.toml");
pub(super) const RU_EU_RECEIVED: &str =
    include_str!("../../../schemas/lanes/ru-eu-transit-received.toml");
pub(super) const RU_EU_AMEND_RECEIVED: &str =
    include_str!("../../../schemas/lanes/ru-eu-transit-amend-received.toml");
pub(super) const RU_EU_CANCEL_RECEIVED: &str =
    include_str!("../../../schemas/lanes/ru-eu-transit-cancel-received.toml");
pub(super) const EU_RU_THROUGH: &str =
    include_str!("../../../schemas/lanes/eu-ru-mrn-allocated.toml");
pub(super) const CN_RU_THROUGH: &str = include_str!("../../../schemas/lanes/cn-ru-manifest.toml");
pub(super) const CN_RU_CANCEL: &str =
    include_str!("../../../schemas/lanes/cn-ru-manifest-cancel-received.toml");
pub(super) const R048: &str =
    include_str!("../../../schemas/eaeu/r048/1.0.0/samples/transit-cn-kz.xml");
pub(super) const CC015C: &str =
    include_str!("../../../schemas/eu/cc015c/51.8.6/samples/transit-cn-fi.xml");
pub(super) const CC013C_MRN: &str =
    include_str!("../../../schemas/eu/cc013c/51.8.6/samples/after-the-mrn.xml");
pub(super) const CC014C: &str =
    include_str!("../../../schemas/eu/cc014c/51.8.6/samples/before-the-mrn.xml");
pub(super) const EU_RU: &str =
    include_str!("../../../schemas/lanes/eu-ru-mrn-allocated-received.toml");

pub(super) const CN_RU: &str = include_str!("../../../schemas/lanes/cn-ru-manifest-received.toml");

pub(super) const RU_MN: &str = include_str!("../../../schemas/lanes/ru-mn-export.toml");

/// An export declaration for MN.
pub(super) const TO_MN: &str =
    include_str!("../../../schemas/fcs/esadout-cu/5.23.0/samples/export-ru-mn.xml");
/// An export declaration for CN.
pub(super) const TO_CN: &str =
    include_str!("../../../schemas/fcs/esadout-cu/5.23.0/samples/export-ru-cn.xml");
/// A declaration whose route leads from KZ to FI.
pub(super) const TO_BOTH: &str =
    include_str!("../../../schemas/fcs/esadout-cu/5.23.0/samples/transit-kz-fi.xml");
/// A manifest of China for RU.
pub(super) const MANIFEST: &str =
    include_str!("../../../schemas/cn/mt2401/1.0.0/samples/tomatoes-to-ru.xml");

/// A declaration whose route ends in KZ, and one whose route ends in FI.
pub(super) const TO_KZ: &str =
    include_str!("../../../schemas/fcs/esadout-cu/5.23.0/samples/transit-cn-kz.xml");
pub(super) const TO_FI: &str =
    include_str!("../../../schemas/fcs/esadout-cu/5.23.0/samples/transit-cn-fi.xml");
/// An envelope of a declaration and of a document without a package.
pub(super) const CONTAINER: &str =
    include_str!("../../../schemas/fcs/ed-container/5.22.0/samples/declaration-and-inventory.xml");
/// The office's answer to a declaration, and the LRN in it.
pub(super) const ANSWER: &str =
    include_str!("../../../schemas/eu/cc028c/51.8.6/samples/mrn-allocated.xml");
pub(super) const ANSWER_LRN: &str = "RU26112300F117";

/// Replaces every occurrence; there must be one.
pub(super) fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not there");
    text.replace(from, to)
}

/// An envelope with these declarations in it, with an id of its own.
pub(super) fn container(id: &str, declarations: &[&str]) -> String {
    let (before, rest) = CONTAINER.split_once("<ed:ContainerDoc>").unwrap();
    let after = rest.rsplit_once("</ed:ContainerDoc>").unwrap().1;
    let before = swap(before, "6B1E0D5A-417A-4C1E-8F00-26112300C417", id);
    let held = declarations.iter().map(|declaration| {
        let body = declaration.split_once("?>").unwrap().1;
        format!("<ed:ContainerDoc><ed:DocBody>{body}</ed:DocBody></ed:ContainerDoc>")
    });
    format!("{before}{}{after}", held.collect::<String>())
}

/// The RU gateway.
pub(super) struct Node {
    pub(super) gateway: Gateway,
    pub(super) clock: Clock,
    _dir: TempDir,
}

impl Node {
    pub(super) fn new(lanes: &[&str]) -> Self {
        Self::with(lanes, |_| {})
    }

    pub(super) fn with(lanes: &[&str], change: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(now());
        let mut settings = settings(lanes, &clock);
        change(&mut settings);
        let gateway = Gateway::new(settings, store(dir.path()));
        Self {
            gateway,
            clock,
            _dir: dir,
        }
    }

    /// The same store behind other lanes, as after a restart.
    pub(super) fn with_lanes(&self, lanes: &[&str]) -> Gateway {
        let settings = settings(lanes, &self.clock);
        Gateway::new(settings, self.gateway.store().clone())
    }

    /// Settings as the gateway was made with.
    pub(super) fn settings(&self, lanes: &[&str]) -> Settings {
        settings(lanes, &self.clock)
    }

    /// Other settings for the running gateway, as after a reload.
    pub(super) fn reload(&self, lanes: &[&str], change: impl FnOnce(&mut Settings)) {
        let mut settings = self.settings(lanes);
        change(&mut settings);
        self.gateway.replace(settings);
    }

    pub(super) async fn submit(&self, body: &str) -> Answer {
        let body = Bytes::from(body.to_owned());
        let answer = self.gateway.submit(&submitter(), body, None).await;
        answer.unwrap()
    }

    pub(super) async fn receive(&self, from: &str, body: Bytes) -> Answer {
        let answer = self.gateway.receive(&party(from), body, None).await;
        answer.unwrap()
    }

    pub(super) fn queued(&self) -> Vec<OutboxEntry> {
        let waiting = self.gateway.store().outbox(None, 100);
        waiting
            .iter()
            .map(|message| message.entry.clone())
            .collect()
    }

    /// What waits for an officer: ids, the oldest first.
    pub(super) fn held(&self) -> Vec<String> {
        let held = self.gateway.store().held(100);
        held.iter().map(|entry| entry.id.clone()).collect()
    }

    pub(super) fn leaves(&self) -> u64 {
        self.gateway.store().stats().leaves
    }
}

fn settings(lanes: &[&str], clock: &Clock) -> Settings {
    let lanes = lanes.iter().map(|text| {
        let lane = Lane::parse(text, "lane.toml").unwrap();
        lane.check(&party("RU"), &PACKAGES).unwrap();
        lane
    });
    let partner = |code: &str| Partner {
        party: party(code),
        trust: Arc::new(trust(code)),
        agreed: Agreed::all(),
        senders: Vec::new(),
        recipients: Vec::new(),
    };
    Settings {
        party: party("RU"),
        packages: PACKAGES.clone(),
        lanes: Lanes::new(lanes.collect()).unwrap(),
        agreements: Agreements::default(),
        partners: ["CN", "EU", "GE", "KZ"].map(partner).into(),
        signer: Arc::from(KEYS["RU"].signer()),
        signature: SignatureProfile::default(),
        limits: Limits::default(),
        revision_wait: jiff::SignedDuration::from_hours(24),
        config_sha256: Sha256([7; 32]),
        clock: clock.clone(),
        learn: Arc::new(NobodyAsked),
        random: Arc::new(SystemRandom::new()),
    }
}

fn store(dir: &Path) -> Store {
    let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let signer = CheckpointSigner::from_pkcs8("ru.test/log", key.as_ref()).unwrap();
    let identity = Identity {
        gateway: party("RU"),
        log: signer.verifier().clone(),
    };
    let (dir, options) = (dir.join("store"), Options::default());
    Store::create(&dir, &identity, &signer, &*options.disk).unwrap();
    Store::open(&dir, &identity, Arc::new(signer), &options).unwrap()
}

/// Judges by what partners trust of RU.
fn by_ru<T>(judge: impl FnOnce(&Policy<'_>) -> T) -> T {
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(ToOwned::to_owned).collect();
    judge(&Policy {
        suites: &suites,
        allowed: &allowed,
        trust: &trust("RU"),
    })
}

/// What an answer's receipt says.
pub(super) fn receipt(answer: &Answer) -> Receipt {
    by_ru(|policy| evidence::open(&answer.receipt, policy, now()).unwrap().0)
}

/// The first message that waits for a partner, verified as the partner does.
pub(super) fn sent(ru: &Node, cover: Cover) -> (OutboxEntry, Verified<Document>) {
    let entry = ru.queued().remove(0);
    let body = ru.gateway.store().body(&entry.body).unwrap().unwrap();
    let rules = SigningRules {
        cover,
        id_attributes: Vec::new(),
    };
    let document = xml::parse(&body, None, &Limits::default()).unwrap();
    let verified = by_ru(|policy| verify(document, &rules, policy, now()).unwrap());
    (entry, verified)
}

/// The code of a refusal.
pub(super) fn code(answer: &Answer) -> String {
    match receipt(answer).outcome {
        Outcome::Refused(refusal) => refusal.code,
        Outcome::Accepted { parts } => format!("accepted: {parts:?}"),
    }
}

/// The parts of an accepted message.
pub(super) fn parts(answer: &Answer) -> Vec<Part> {
    match receipt(answer).outcome {
        Outcome::Accepted { parts } => parts,
        Outcome::Refused(refusal) => panic!("refused: {refusal:?}"),
    }
}
