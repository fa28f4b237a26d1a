//! Signing and verifying: the questions are answered apart, and each wrong thing fails its own.

mod signature;

use std::fs;
use std::path::Path;
use std::process::Command;

use corridor::cli::authority::{Authority, Issued, KeyKind, Reason, Request, Usage, read_serial};
use corridor::crypto::{Policy, SignatureProfile, Suites, TrustStore, signer_from_pkcs8};
use corridor::evidence::{
    self, Checkpoint, CheckpointSigner, Direction, Leaf, MessageFacts, Origin, Outcome, Receipt,
    Refusal, Salt, TlogProof, merkle, sha256,
};
use corridor::model::Sha256;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ran, corridor, installed, words};

/// When the certificates of these tests are issued.
const ISSUED: &str = "2026-03-01T00:00:00Z";
/// A time at which they are valid.
const VALID: &str = "2026-06-01T00:00:00Z";
/// A time at which they no longer are.
const EXPIRED: &str = "2028-01-01T00:00:00Z";

const MESSAGE: &str = "<m:Message xmlns:m=\"urn:example:m\"><m:Id>A-1</m:Id></m:Message>";

/// An authority, a signing key and a trust folder that believes them.
struct World {
    dir: TempDir,
    authority: Authority,
    issued: Issued,
}

impl World {
    fn new(kind: KeyKind) -> Self {
        Self::under(KeyKind::P256, kind)
    }

    /// A root with one kind of key that certifies another.
    fn under(root: KeyKind, kind: KeyKind) -> Self {
        let now = ISSUED.parse().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::new("KZ root", root, now).unwrap();
        let issued = issue(&authority, kind, now);
        issued.save(&dir.path().join("signing")).unwrap();
        for folder in ["anchors", "logs", "crls"] {
            fs::create_dir_all(dir.path().join("trust").join(folder)).unwrap();
        }
        let world = Self {
            dir,
            authority,
            issued,
        };
        world.write("trust/anchors/kz.pem", world.authority.certificate_pem());
        world
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.dir.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    fn sign(&self, message: &str, out: &str) -> Ran {
        self.sign_with(message, out, "")
    }

    fn sign_with(&self, message: &str, out: &str, more: &str) -> Ran {
        let message = self.write("unsigned.xml", message);
        corridor(words(&format!(
            "sign {message} --key {} --cert {} -o {} {more}",
            self.path("signing.key.pem"),
            self.path("signing.pem"),
            self.path(out)
        )))
    }

    fn verify(&self, file: &str, more: &str) -> Ran {
        corridor(words(&format!(
            "verify {} --trust {} {more}",
            self.path(file),
            self.path("trust")
        )))
    }

    /// The verdict on each axis, in JSON, and the exit code.
    fn axes(&self, file: &str, more: &str) -> (i32, Value) {
        let ran = self.verify(file, &format!("{more} --json"));
        (ran.code, serde_json::from_str(&ran.stdout).unwrap())
    }

    /// A receipt for `message`, sealed, in a log of five leaves with a proof of its own.
    fn receipt(&self, message: &[u8], outcome: Outcome) -> Receipt {
        let receipt = Receipt {
            id: "0198f2c0-0000-7000-8000-000000000001".to_owned(),
            gateway: "KZ".parse().unwrap(),
            partner: "RU".parse().unwrap(),
            direction: Direction::In,
            counter: 3,
            leaf_index: 2,
            received_at: "2026-05-31T23:59:59Z".parse().unwrap(),
            salt: Salt::new([7; 32]),
            message: MessageFacts {
                sha256: sha256(message),
                bytes: 1,
                package: None,
                id: None,
            },
            origin: Origin::Unverified,
            config_sha256: Sha256([1; 32]),
            registration: None,
            outcome,
        };
        let sealed = seal(&receipt, &self.issued);
        self.write("receipt.xml", &sealed);
        let leaf = Leaf::of(&receipt, sha256(&sealed));
        self.log(&leaf.encode(), "receipt.tlog-proof");
        receipt
    }

    /// Puts a leaf at place 2 of a log of five, and writes the proof.
    fn log(&self, leaf: &[u8], proof: &str) {
        let key = self.path("log.key.pem");
        if !Path::new(&key).exists() {
            corridor(words(&format!(
                "pki issue --use log --name log.example/kz --out {}",
                self.path("log")
            )))
            .ok();
            fs::copy(self.path("log.vkey"), self.path("trust/logs/kz.vkey")).unwrap();
        }
        let der = PrivatePkcs8KeyDer::from_pem_file(&key).unwrap();
        let signer =
            CheckpointSigner::from_pkcs8("log.example/kz", der.secret_pkcs8_der()).unwrap();
        let mut frontier = merkle::Frontier::new();
        let mut nodes = std::collections::HashMap::new();
        for bytes in [b"0".as_slice(), b"1", leaf, b"3", b"4"] {
            frontier.append(merkle::leaf_hash(bytes), &mut |level, index, hash| {
                nodes.insert((level, index), hash);
            });
        }
        let stored = |level: u32, index: u64| Ok(nodes[&(level, index)]);
        let rendered = TlogProof {
            index: 2,
            hashes: merkle::prove_inclusion(2, 5, &stored).unwrap(),
            checkpoint: Checkpoint::sign(&signer, 5, frontier.root()),
            extra: None,
        }
        .render();
        self.write(proof, rendered);
    }
}

fn issue(authority: &Authority, kind: KeyKind, now: Timestamp) -> Issued {
    let request = Request {
        name: "KZ signing",
        usage: Usage::Signing,
        alternative_names: &[],
    };
    authority
        .issue(&request, &kind.generate().unwrap(), now)
        .unwrap()
}

fn seal(receipt: &Receipt, issued: &Issued) -> Vec<u8> {
    let signer = signer_from_pkcs8(
        issued.key_pem.as_bytes(),
        issued.certificate_pem.as_bytes(),
        None,
    )
    .unwrap();
    let profile = SignatureProfile::default();
    evidence::seal(receipt, &*signer, &profile, &SystemRandom::new()).unwrap()
}

fn accepted() -> Outcome {
    Outcome::Accepted { parts: Vec::new() }
}

#[test]
fn what_every_kind_of_key_signs_is_verified() {
    let mut kinds = vec![KeyKind::P256, KeyKind::P384, KeyKind::Ed25519];
    for national in ["gost256", "gost256-cpa", "gost512", "sm2"] {
        kinds.push(national.parse().unwrap());
    }
    if installed("openssl") {
        kinds.push(KeyKind::Rsa(2048));
    } else {
        println!("skipped: no openssl");
    }
    for kind in kinds {
        let world = World::new(kind);
        world.sign(MESSAGE, "signed.xml").ok();
        let said = world
            .verify(
                "signed.xml",
                &format!("--at {VALID} --extract {}", world.path("out")),
            )
            .ok();
        for axis in ["integrity PASS", "origin    PASS", "time      PASS"] {
            assert!(said.contains(axis), "{said}");
        }
        assert_eq!(fs::read_to_string(world.path("out")).unwrap(), MESSAGE);
    }
}

#[test]
fn whole_chains_of_national_suites_verify() {
    let chains = [
        ("gost256", "gost512"),
        ("gost512-c", "gost256-cpb"),
        ("sm2", "sm2"),
    ];
    for (root, leaf) in chains {
        let (root, leaf) = (root.parse().unwrap(), leaf.parse().unwrap());
        let world = World::under(root, leaf);
        world.sign(MESSAGE, "signed.xml").ok();
        let asked = format!("--at {VALID}");
        let said = world.verify("signed.xml", &asked).ok();
        for axis in ["integrity PASS", "origin    PASS", "time      PASS"] {
            assert!(said.contains(axis), "{said}");
        }
        // Lists that such a root signs count.
        let listed = VALID.parse().unwrap();
        let list = world.authority.crl(&[], Reason::Unsaid, listed).unwrap();
        world.write("trust/crls/kz.pem", list);
        let strict = format!("{asked} --require-revocation");
        world.verify("signed.xml", &strict).ok();
        let serial = read_serial(Path::new(&world.path("signing.pem"))).unwrap();
        let list = world
            .authority
            .crl(&[serial], Reason::Unsaid, listed)
            .unwrap();
        world.write("trust/crls/kz.pem", list);
        let said = world.verify("signed.xml", &strict);
        assert!(said.stdout.contains("[CERT_REVOKED]"), "{}", said.stdout);

        fs::remove_file(world.path("trust/crls/kz.pem")).unwrap();
        let stranger = Authority::new("KZ root", root, ISSUED.parse().unwrap()).unwrap();
        world.write("trust/anchors/kz.pem", stranger.certificate_pem());
        let said = world.verify("signed.xml", &asked);
        assert!(said.stdout.contains("[CERT_SIGNATURE]"), "{}", said.stdout);
        said.fails(1, "NOT_VERIFIED");
    }
}

#[test]
fn a_changed_byte_fails_integrity_and_says_nothing_else() {
    let world = World::new(KeyKind::P256);
    world.sign(MESSAGE, "signed.xml").ok();
    let signed = fs::read_to_string(world.path("signed.xml")).unwrap();
    world.write("changed.xml", signed.replacen("A-1", "A-2", 1));
    let (code, report) = world.axes("changed.xml", &format!("--at {VALID}"));
    assert_eq!(code, 1);
    assert_eq!(report["integrity"]["verdict"], "FAIL");
    assert_eq!(report["integrity"]["code"], "SIG_DIGEST_MISMATCH");
    assert_eq!(report["origin"]["verdict"], "UNKNOWN");
    assert_eq!(report["time"]["verdict"], "UNKNOWN");
    world.write("broken.xml", signed.replacen("</m:Id>", "", 1));
    let (code, report) = world.axes("broken.xml", &format!("--at {VALID}"));
    assert_eq!((code, &report["integrity"]["verdict"]), (1, &"FAIL".into()));
    world.write("unsigned.xml", MESSAGE);
    let (_, report) = world.axes("unsigned.xml", &format!("--at {VALID}"));
    assert_eq!(report["integrity"]["code"], "SIG_MISSING");
    let extract = format!("--at {VALID} --extract {}", world.path("never"));
    world
        .verify("changed.xml", &extract)
        .fails(1, "NOT_VERIFIED");
    assert!(!Path::new(&world.path("never")).exists());
}

#[test]
fn a_stranger_fails_origin_and_an_old_certificate_fails_time() {
    let world = World::new(KeyKind::P256);
    world.sign(MESSAGE, "signed.xml").ok();
    for (at, fault) in [
        (EXPIRED, "CERT_EXPIRED"),
        ("2020-01-01T00:00:00Z", "CERT_NOT_YET_VALID"),
    ] {
        let (code, report) = world.axes("signed.xml", &format!("--at {at}"));
        assert_eq!(code, 1);
        assert_eq!(report["integrity"]["verdict"], "PASS");
        assert_eq!(report["origin"]["verdict"], "PASS");
        assert_eq!(report["time"]["verdict"], "FAIL");
        assert_eq!(report["time"]["code"], fault);
    }
    let stranger = Authority::new("EU root", KeyKind::P256, ISSUED.parse().unwrap()).unwrap();
    world.write("trust/anchors/kz.pem", stranger.certificate_pem());
    let (code, report) = world.axes("signed.xml", &format!("--at {VALID}"));
    assert_eq!(code, 1);
    assert_eq!(report["integrity"]["verdict"], "PASS");
    assert_eq!(report["origin"]["verdict"], "FAIL");
    assert_eq!(report["time"]["verdict"], "UNKNOWN");
    fs::remove_file(world.path("trust/anchors/kz.pem")).unwrap();
    world.verify("signed.xml", "").fails(1, "TRUST_EMPTY");
}

#[test]
fn revocation_is_checked_when_there_is_a_list() {
    let world = World::new(KeyKind::P256);
    world.sign(MESSAGE, "signed.xml").ok();
    let (_, report) = world.axes("signed.xml", &format!("--at {VALID}"));
    assert_eq!(report["signer"]["revocation_checked"], false);
    world
        .verify("signed.xml", &format!("--at {VALID} --require-revocation"))
        .fails(1, "origin");
    let at: Timestamp = "2026-05-25T00:00:00Z".parse().unwrap();
    world.write(
        "trust/crls/kz.pem",
        world.authority.crl(&[], Reason::Unsaid, at).unwrap(),
    );
    let (code, report) = world.axes("signed.xml", &format!("--at {VALID} --require-revocation"));
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["signer"]["revocation_checked"], true);
    let serial = hex::decode(
        report["signer"]["serial"]
            .as_str()
            .unwrap()
            .replace(':', ""),
    )
    .unwrap();
    world.write(
        "trust/crls/kz.pem",
        world.authority.crl(&[serial], Reason::Unsaid, at).unwrap(),
    );
    let (code, report) = world.axes("signed.xml", &format!("--at {VALID}"));
    assert_eq!(
        (code, &report["origin"]["code"]),
        (1, &"CERT_REVOKED".into())
    );
}

#[test]
fn only_the_suites_asked_for_are_taken() {
    let world = World::new(KeyKind::P256);
    world.sign(MESSAGE, "signed.xml").ok();
    let p256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    world
        .verify("signed.xml", &format!("--at {VALID} --suite {p256}"))
        .ok();
    let p384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
    let said = world.verify("signed.xml", &format!("--at {VALID} --suite {p384}"));
    assert!(
        said.stdout.contains("SIG_SUITE_NOT_ALLOWED"),
        "{}",
        said.stdout
    );
    said.fails(1, "NOT_VERIFIED");
}

#[test]
fn a_receipt_is_judged_on_five_axes() {
    let world = World::new(KeyKind::P256);
    world.receipt(MESSAGE.as_bytes(), accepted());
    let message = world.write("message.xml", MESSAGE);
    let other = world.write("other.xml", "<other/>");
    let proof = world.path("receipt.tlog-proof");
    let (code, report) = world.axes(
        "receipt.xml",
        &format!("--at {VALID} --proof {proof} --message {message}"),
    );
    assert_eq!(code, 0, "{report}");
    for axis in ["integrity", "origin", "time", "inclusion", "message"] {
        assert_eq!(report[axis]["verdict"], "PASS", "{axis}");
    }
    assert_eq!(report["receipt"]["counter"], 3);
    // What was not asked is unknown, and no failure.
    let (code, report) = world.axes("receipt.xml", &format!("--at {VALID}"));
    assert_eq!(
        (code, &report["inclusion"]["verdict"]),
        (0, &"UNKNOWN".into())
    );
    let (code, report) = world.axes("receipt.xml", &format!("--at {VALID} --message {other}"));
    assert_eq!((code, &report["message"]["verdict"]), (1, &"FAIL".into()));
    assert_eq!(report["integrity"]["verdict"], "PASS");
}

#[test]
fn a_proof_of_something_else_fails_inclusion_alone() {
    let world = World::new(KeyKind::P256);
    let receipt = world.receipt(MESSAGE.as_bytes(), accepted());
    let proof = world.path("receipt.tlog-proof");
    let ask = format!("--at {VALID} --proof {proof}");
    // Another receipt, at the same place.
    world.log(b"another leaf", "receipt.tlog-proof");
    let (code, report) = world.axes("receipt.xml", &ask);
    assert_eq!(
        (code, &report["inclusion"]["code"]),
        (1, &"LOG_PROOF_INVALID".into())
    );
    assert_eq!(report["origin"]["verdict"], "PASS");
    // A partner's receipt in our own log stands under a leaf of our own.
    let sealed = fs::read(world.path("receipt.xml")).unwrap();
    let mut own = Leaf::of(&receipt, sha256(&sealed));
    own.kind = evidence::LeafKind::Acknowledged;
    own.counter = 99;
    world.log(&own.encode(), "receipt.tlog-proof");
    let leaf = world.write("leaf", own.encode());
    world
        .verify("receipt.xml", &format!("{ask} --leaf {leaf}"))
        .ok();
    own.receipt = Sha256([0; 32]);
    world.log(&own.encode(), "receipt.tlog-proof");
    let leaf = world.write("leaf", own.encode());
    let (_, report) = world.axes("receipt.xml", &format!("{ask} --leaf {leaf}"));
    assert_eq!(report["inclusion"]["code"], "LOG_LEAF_OTHER");
    // A log that the verifier does not know.
    fs::remove_file(world.path("trust/logs/kz.vkey")).unwrap();
    let (code, report) = world.axes("receipt.xml", &ask);
    assert_eq!(
        (code, &report["inclusion"]["verdict"]),
        (1, &"UNKNOWN".into())
    );
    world.write("trust/logs/kz.vkey", "no key\n");
    world
        .verify("receipt.xml", &ask)
        .fails(1, "EVIDENCE_FORMAT");
    world.write("receipt.tlog-proof", "no proof");
    fs::remove_file(world.path("trust/logs/kz.vkey")).unwrap();
    let (_, report) = world.axes("receipt.xml", &ask);
    assert_eq!(report["inclusion"]["code"], "EVIDENCE_FORMAT");
}

#[test]
fn a_refusal_is_shown_as_one() {
    let world = World::new(KeyKind::P256);
    let refusal = Refusal {
        code: "NO_LANE".to_owned(),
        stage: "lane".to_owned(),
        line: None,
        column: None,
        path: None,
        text: "no lane takes it".to_owned(),
        original: None,
    };
    world.receipt(MESSAGE.as_bytes(), Outcome::Refused(refusal));
    let said = world.verify("receipt.xml", &format!("--at {VALID}")).ok();
    assert!(said.starts_with("receipt   REFUSED NO_LANE"), "{said}");
}

#[test]
fn a_signed_document_of_another_shape_is_no_receipt() {
    let world = World::new(KeyKind::P256);
    let shape = "<Receipt xmlns=\"urn:corridor:receipt:1\"><Id>1</Id></Receipt>";
    world.sign(shape, "receipt.xml").ok();
    let (code, report) = world.axes("receipt.xml", &format!("--at {VALID}"));
    assert_eq!(
        (code, &report["integrity"]["code"]),
        (1, &"RECEIPT_FORMAT".into())
    );
    world.sign(MESSAGE, "signed.xml").ok();
    let proof = world.write("p", "x");
    world
        .verify("signed.xml", &format!("--at {VALID} --proof {proof}"))
        .fails(1, "NOT_A_RECEIPT");
}

#[test]
fn sealed_receipts_open_under_the_policy_of_their_gateway_only() {
    let world = World::new(KeyKind::P256);
    let receipt = world.receipt(MESSAGE.as_bytes(), accepted());
    let sealed = fs::read(world.path("receipt.xml")).unwrap();
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(str::to_owned).collect();
    let now = VALID.parse().unwrap();
    let open = |bytes: &[u8], root: &Authority| {
        let trust = TrustStore::from_pem(root.certificate_pem().as_bytes(), b"", &[]).unwrap();
        let policy = Policy {
            suites: &suites,
            allowed: &allowed,
            trust: &trust,
        };
        evidence::open(bytes, &policy, now)
    };
    let (opened, signer) = open(&sealed, &world.authority).unwrap();
    assert_eq!(opened, receipt);
    assert_eq!(signer.der, world.issued.certificate_der);
    let stranger = Authority::new("EU root", KeyKind::P256, ISSUED.parse().unwrap()).unwrap();
    assert_eq!(
        open(&sealed, &stranger).unwrap_err().code(),
        "CERT_UNKNOWN_ISSUER"
    );
    let text = String::from_utf8(sealed).unwrap();
    let changed = text.replacen("<Counter>3", "<Counter>4", 1);
    assert_eq!(
        open(changed.as_bytes(), &world.authority)
            .unwrap_err()
            .code(),
        "SIG_DIGEST_MISMATCH"
    );
    // A comment is not signed; a receipt that has one is none.
    let commented = text.replacen("<Counter>3", "<Counter><!-- 4 -->3", 1);
    assert_eq!(
        open(commented.as_bytes(), &world.authority)
            .unwrap_err()
            .code(),
        "RECEIPT_FORMAT"
    );
    assert_eq!(open(b"", &world.authority).unwrap_err().code(), "XML_EMPTY");
}

#[test]
fn xmlsec1_verifies_what_we_sign_and_seal() {
    if !installed("xmlsec1") {
        println!("skipped: no xmlsec1");
        return;
    }
    let world = World::new(KeyKind::P256);
    world.sign(MESSAGE, "signed.xml").ok();
    world.receipt(MESSAGE.as_bytes(), accepted());
    for file in ["signed.xml", "receipt.xml"] {
        let output = Command::new("xmlsec1")
            .args(["--verify", "--verification-gmt-time", "2026-06-01 00:00:00"])
            .args(["--enabled-key-data", "x509", "--trusted-pem"])
            .arg(world.path("trust/anchors/kz.pem"))
            .arg(world.path(file))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{file}: {said}");
    }
}

#[test]
fn signing_refuses_what_cannot_be_signed() {
    let world = World::new(KeyKind::P256);
    world.sign(MESSAGE, "signed.xml").ok();
    let signed = fs::read_to_string(world.path("signed.xml")).unwrap();
    world
        .sign(&signed, "twice.xml")
        .fails(1, "SIGN_ALREADY_SIGNED");
    world.sign("<a>", "never.xml").fails(1, "SIGN_UNREADABLE");
    let other = issue(&world.authority, KeyKind::P256, ISSUED.parse().unwrap());
    fs::write(world.path("signing.key.pem"), other.key_pem).unwrap();
    world
        .sign(MESSAGE, "never.xml")
        .fails(1, "KEY_CERTIFICATE_MISMATCH");
    assert!(!Path::new(&world.path("never.xml")).exists());
}
