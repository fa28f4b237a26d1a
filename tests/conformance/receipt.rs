//! Our receipts against our receipt schema, judged by libxml2.

use std::fs;
use std::process::Command;

use corridor::crypto::{Revocation, StatusKind, StatusUsed};
use corridor::evidence::{
    Direction, LossNote, MessageFacts, Origin, Outcome, Part, PartState, Receipt, Refusal,
    Registration, RegistrationFlag, RevocationNote, Salt,
};
use corridor::model::Sha256;
use corridor::schema::{Resolver, Schema};
use corridor::xml::{Limits, parse};

const SCHEMA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/schemas/corridor/receipt/1/receipt.xsd"
);

fn receipt(direction: Direction, origin: Origin, outcome: Outcome) -> Receipt {
    Receipt {
        id: "0198f2c0-0000-7000-8000-000000000001".to_owned(),
        gateway: "KZ".parse().unwrap(),
        partner: "RU".parse().unwrap(),
        direction,
        counter: u64::MAX,
        leaf_index: 0,
        received_at: "2026-03-01T09:30:00.000000001Z".parse().unwrap(),
        salt: Salt::new([9; 32]),
        message: MessageFacts {
            sha256: Sha256([1; 32]),
            bytes: 10_240,
            package: Some("eaeu/r048/5.28.0".parse().unwrap()),
            id: Some("A & 1".to_owned()),
        },
        origin,
        config_sha256: Sha256([3; 32]),
        registration: None,
        outcome,
    }
}

fn part(state: PartState) -> Part {
    Part {
        lane: Some("ru-kz-transit".to_owned()),
        document: Some("D-1".to_owned()),
        to: Some("KZ".parse().unwrap()),
        package: Some("fcs/esadout-cu/5.27.0".parse().unwrap()),
        mapping_sha256: Some(Sha256([4; 32])),
        state,
        sha256: Some(Sha256([5; 32])),
        losses: vec![LossNote {
            path: "goodsShipment.items".to_owned(),
            reason: "withheld".to_owned(),
            severity: "note".to_owned(),
            count: 3,
        }],
        supplied: vec!["CC015C/Guarantee".to_owned()],
        findings: vec!["OFFICE_UNKNOWN@/ESADout_CU/X".to_owned()],
    }
}

fn source(kind: StatusKind) -> StatusUsed {
    StatusUsed {
        kind,
        issuer: "C=KZ, O=Customs & Co, CN=Root".to_owned(),
        number: (kind != StatusKind::Ocsp).then(|| "04d2".to_owned()),
        sha256: [7; 32],
        this_update: "2026-02-28T00:00:00Z".parse().unwrap(),
        next_update: "9999-12-30T22:00:00.999999999Z".parse().unwrap(),
        produced_at: "2026-02-28T00:00:01Z".parse().ok(),
        ran_out: kind == StatusKind::Crl,
    }
}

fn receipts() -> Vec<Receipt> {
    let parts = [
        PartState::Decided,
        PartState::Duplicate,
        PartState::Held,
        PartState::Inbox,
        PartState::Kept,
        PartState::Queued,
        PartState::Refused,
    ]
    .map(part);
    let bare = Part {
        lane: None,
        document: None,
        to: None,
        package: None,
        mapping_sha256: None,
        sha256: None,
        losses: Vec::new(),
        supplied: Vec::new(),
        findings: Vec::new(),
        ..part(PartState::Kept)
    };
    let signed = Origin::Signed {
        certificate_sha256: Sha256([2; 32]),
        suite: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256".to_owned(),
        revocation: Some(Box::new(RevocationNote {
            status: Revocation::Grace,
            sources: [StatusKind::Crl, StatusKind::DeltaCrl, StatusKind::Ocsp]
                .map(source)
                .to_vec(),
        })),
    };
    let attested = Origin::Attested {
        principal: "post-10702070".to_owned(),
    };
    let refusal = Refusal {
        code: "SCHEMA_INVALID".to_owned(),
        stage: "schema".to_owned(),
        line: Some(3),
        column: Some(14),
        path: Some("/A/B[2]".to_owned()),
        text: "expected C".to_owned(),
        original: Some(Sha256([6; 32])),
    };
    let accepted = |parts: Vec<Part>| Outcome::Accepted { parts };
    let registration = Registration {
        number: "RU/231126/000000417".to_owned(),
        flags: vec![
            RegistrationFlag::ArrivalUnknown,
            RegistrationFlag::SubmittedLate { minutes: -30 },
        ],
    };
    let registered = Receipt {
        registration: Some(registration),
        ..receipt(Direction::National, attested.clone(), accepted(Vec::new()))
    };
    vec![
        registered,
        receipt(Direction::In, signed, accepted(parts.to_vec())),
        receipt(Direction::National, attested, accepted(vec![bare])),
        receipt(Direction::Out, Origin::Unverified, accepted(Vec::new())),
        receipt(Direction::In, Origin::Unverified, Outcome::Refused(refusal)),
    ]
}

/// The schema engine's own view of the file.
struct Folder;

impl Resolver for Folder {
    fn load(&self, location: &str, _base: &str) -> Option<(String, Vec<u8>)> {
        Some((location.to_owned(), fs::read(location).ok()?))
    }
}

#[test]
fn our_own_engine_agrees() {
    let schema = Schema::compile(&[SCHEMA], &Folder).unwrap();
    for receipt in receipts() {
        let text = String::from_utf8(receipt.to_xml().unwrap()).unwrap();
        let faults = |text: &str| {
            let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
            schema.validate(document.root(), 10)
        };
        assert_eq!(faults(&text), []);
        assert!(!faults(&text.replacen("<Gateway>KZ", "<Gateway>kz", 1)).is_empty());
        assert!(!faults(&text.replacen("</Receipt>", "<Extra/></Receipt>", 1)).is_empty());
    }
}

#[test]
fn receipts_are_valid_against_their_schema() {
    if Command::new("xmllint").arg("--version").output().is_err() {
        println!("skipped: no xmllint");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let verdict = |bytes: &[u8]| {
        let file = folder.path().join("receipt.xml");
        fs::write(&file, bytes).unwrap();
        Command::new("xmllint")
            .args(["--noout", "--nonet", "--schema", SCHEMA])
            .arg(&file)
            .output()
            .unwrap()
    };
    for receipt in receipts() {
        let bytes = receipt.to_xml().unwrap();
        let output = verdict(&bytes);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let text = String::from_utf8(bytes).unwrap();
        for broken in [
            text.replacen("<Gateway>KZ", "<Gateway>kz", 1),
            text.replacen("<LeafIndex>0</LeafIndex>", "", 1),
            text.replacen("<Salt>09", "<Salt>0", 1),
            text.replacen("</Receipt>", "<Extra/></Receipt>", 1),
        ] {
            assert_ne!(broken, text);
            assert!(!verdict(broken.as_bytes()).status.success());
        }
    }
}
