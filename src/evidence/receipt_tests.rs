//! Receipts: what is written is read back equal, and nothing else is read.

use proptest::prelude::*;

use super::*;
use crate::crypto::{Revocation, StatusKind, StatusUsed};
use crate::xml::{Limits, parse};

fn receipt(outcome: Outcome) -> Receipt {
    Receipt {
        id: "0198f2c0-0000-7000-8000-000000000001".to_owned(),
        gateway: "KZ".parse().unwrap(),
        partner: "RU".parse().unwrap(),
        direction: Direction::In,
        counter: 7,
        leaf_index: 12,
        received_at: "2026-03-01T09:30:00.125Z".parse().unwrap(),
        salt: Salt::new([9; 32]),
        message: MessageFacts {
            sha256: Sha256([1; 32]),
            bytes: 10_240,
            package: Some("eaeu/r048/5.28.0".parse().unwrap()),
            id: Some("A-1".to_owned()),
        },
        origin: Origin::Signed {
            certificate_sha256: Sha256([2; 32]),
            suite: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256".to_owned(),
            revocation: None,
        },
        config_sha256: Sha256([3; 32]),
        registration: None,
        outcome,
    }
}

fn part() -> Part {
    Part {
        lane: Some("ru-kz-transit".to_owned()),
        document: Some("D-1".to_owned()),
        to: Some("KZ".parse().unwrap()),
        package: Some("fcs/esadout-cu/5.27.0".parse().unwrap()),
        mapping_sha256: Some(Sha256([4; 32])),
        state: PartState::Queued,
        sha256: Some(Sha256([5; 32])),
        losses: vec![LossNote {
            path: "goodsShipment.items.valuation".to_owned(),
            reason: "withheld".to_owned(),
            severity: "note".to_owned(),
            count: 3,
        }],
        supplied: vec!["CC015C/Guarantee".to_owned()],
        findings: vec!["OFFICE_UNKNOWN@/ESADout_CU/X".to_owned()],
    }
}

fn accepted() -> Receipt {
    receipt(Outcome::Accepted {
        parts: vec![part()],
    })
}

#[test]
fn a_registration_changes_no_versions_and_stands_in_accepted_receipts_only() {
    let given = Registration {
        number: "RU/231126/000000417".to_owned(),
        flags: vec![
            RegistrationFlag::SubmittedLate { minutes: -30 },
            RegistrationFlag::ArrivalUnknown,
        ],
    };
    let mut receipt = accepted();
    let versions = receipt.versions();
    receipt.registration = Some(given.clone());
    assert_eq!(receipt.versions(), versions);
    let bytes = receipt.to_xml().unwrap();
    assert_eq!(read(&bytes), Ok(receipt));
    let text = String::from_utf8(bytes).unwrap();
    for (from, to) in [
        ("<Minutes>-30</Minutes>", ""),
        ("<Minutes>-30<", "<Minutes>-030<"),
        ("SUBMITTED_LATE", "SUBMITTED_EARLY"),
        (
            "ARRIVAL_UNKNOWN</Code>",
            "ARRIVAL_UNKNOWN</Code><Minutes>1</Minutes>",
        ),
        ("<Number>RU/231126/000000417</Number>", ""),
    ] {
        assert!(text.contains(from), "{text}");
        assert!(
            read(text.replacen(from, to, 1).as_bytes()).is_err(),
            "{from}"
        );
    }
    let mut refused = refused();
    refused.registration = Some(given);
    let text = String::from_utf8(refused.to_xml().unwrap()).unwrap();
    assert!(!text.contains("Registration"));
}

fn refused() -> Receipt {
    receipt(Outcome::Refused(Refusal {
        code: "SCHEMA_INVALID".to_owned(),
        stage: "schema".to_owned(),
        line: Some(3),
        column: Some(14),
        path: Some("/A/B[2]".to_owned()),
        text: "expected C & D".to_owned(),
        original: None,
    }))
}

fn read(bytes: &[u8]) -> Result<Receipt, Error> {
    Receipt::from_view(parse(bytes, None, &Limits::default())?.root())
}

#[test]
fn receipts_come_back() {
    for receipt in [accepted(), refused()] {
        assert_eq!(read(&receipt.to_xml().unwrap()), Ok(receipt));
    }
}

#[test]
fn other_spellings_are_refused() {
    let text = String::from_utf8(accepted().to_xml().unwrap()).unwrap();
    let changes = [
        ("<Counter>7", "<Counter>07"),
        ("<Counter>7", "<Counter> 7"),
        ("<Counter>7</Counter>", ""),
        ("<Counter>7", "<Counter><!-- -->7"),
        ("<Counter>7", "<Counter a='1'>7"),
        (
            "<Gateway>KZ</Gateway><Partner>RU</Partner>",
            "<Partner>RU</Partner><Gateway>KZ</Gateway>",
        ),
        ("<Gateway>KZ", "<Gateway>kz"),
        (".125Z", ".1250Z"),
        (".125Z", ".125+00:00"),
        ("<Direction>in", "<Direction>In"),
        ("<State>queued", "<State>done"),
        ("<Sha256>0101", "<Sha256>010"),
        ("<Accepted>", "<Accepted>text"),
        ("<Accepted>", "<Accepted><?x y?>"),
        ("</Receipt>", "<Extra/></Receipt>"),
        ("<Signed>", "<Unverified/><Signed>"),
        ("urn:corridor:receipt:1", "urn:corridor:receipt:2"),
        ("<Id>0198", "<Id xmlns=''>0198"),
        ("<Accepted>", "<Refused/><Accepted>"),
    ];
    for (from, to) in changes {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let error = read(changed.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "RECEIPT_FORMAT", "{from} -> {to}: {error}");
    }
    // White space between elements says nothing.
    let spaced = text.replace("<Accepted>", "\n  <Accepted>\n");
    assert_eq!(read(spaced.as_bytes()), Ok(accepted()));
}

#[test]
fn a_forbidden_character_is_no_receipt() {
    let mut receipt = accepted();
    receipt.message.id = Some("a\u{0}".to_owned());
    assert!(matches!(receipt.to_xml(), Err(Error::Xml(_))));
}

#[test]
fn the_leaf_is_a_function_of_the_sealed_receipt() {
    let receipt = accepted();
    let leaf = Leaf::of(&receipt, Sha256([8; 32]));
    assert_eq!(leaf.kind, LeafKind::In);
    assert_eq!((leaf.counter, leaf.index), (7, 12));
    assert_eq!(leaf.message, receipt.salt.commit(&receipt.message.sha256));
    let mut other = receipt.clone();
    other.outcome = Outcome::Accepted { parts: Vec::new() };
    assert_ne!(other.versions(), receipt.versions());
    other = receipt.clone();
    other.config_sha256 = Sha256([0; 32]);
    assert_ne!(other.versions(), receipt.versions());
}

/// Any text that XML 1.0 can carry, with the characters that are easily lost.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            Just('\r'),
            Just('\n'),
            Just('\t'),
            Just(' '),
            Just('&'),
            Just('<'),
            Just('>'),
            Just(']'),
            Just('\u{85}'),
            Just('\u{2028}'),
            Just('\u{FFFD}'),
            Just('\u{10FFFF}'),
            proptest::char::range('\u{20}', '\u{D7FF}'),
        ],
        0..24,
    )
    .prop_map(|chars| chars.into_iter().collect())
}

fn digest() -> impl Strategy<Value = Sha256> {
    any::<[u8; 32]>().prop_map(Sha256)
}

fn a_part() -> impl Strategy<Value = Part> {
    let names = (
        proptest::option::of(text()),
        proptest::option::of(text()),
        proptest::option::of(digest()),
    );
    let lists = (
        proptest::collection::vec((text(), text(), any::<u64>()), 0..3),
        proptest::collection::vec(text(), 0..3),
        proptest::collection::vec(text(), 0..3),
    );
    let states = prop_oneof![
        Just(PartState::Decided),
        Just(PartState::Duplicate),
        Just(PartState::Held),
        Just(PartState::Inbox),
        Just(PartState::Kept),
        Just(PartState::Queued),
        Just(PartState::Refused),
    ];
    (names, lists, states).prop_map(
        |((lane, document, sha256), (losses, supplied, findings), state)| Part {
            lane,
            document,
            sha256,
            state,
            losses: losses
                .into_iter()
                .map(|(path, reason, count)| LossNote {
                    path,
                    severity: reason.clone(),
                    reason,
                    count,
                })
                .collect(),
            supplied,
            findings,
            ..part()
        },
    )
}

fn an_outcome() -> impl Strategy<Value = Outcome> {
    let refusal = (
        text(),
        text(),
        proptest::option::of(any::<u64>()),
        proptest::option::of(text()),
        proptest::option::of(digest()),
    );
    prop_oneof![
        proptest::collection::vec(a_part(), 0..4).prop_map(|parts| Outcome::Accepted { parts }),
        refusal.prop_map(|(code, text, line, path, original)| {
            Outcome::Refused(Refusal {
                stage: code.clone(),
                code,
                line,
                column: line,
                path,
                text,
                original,
            })
        }),
    ]
}

fn a_registration() -> impl Strategy<Value = Registration> {
    let flag = prop_oneof![
        Just(RegistrationFlag::ArrivalUnknown),
        any::<i64>().prop_map(|minutes| RegistrationFlag::SubmittedLate { minutes }),
    ];
    let flags = proptest::collection::vec(flag, 0..3);
    (text(), flags).prop_map(|(number, flags)| Registration { number, flags })
}

fn a_note() -> impl Strategy<Value = RevocationNote> {
    let status = prop_oneof![
        Just(Revocation::Checked),
        Just(Revocation::Grace),
        Just(Revocation::NotChecked),
    ];
    let kind = prop_oneof![
        Just(StatusKind::Crl),
        Just(StatusKind::DeltaCrl),
        Just(StatusKind::Ocsp),
    ];
    let time = || (0_i64..253_402_207_200).prop_map(|it| jiff::Timestamp::new(it, 0).unwrap());
    let times = (time(), time(), proptest::option::of(time()));
    let number = proptest::option::of(text());
    let source = (kind, text(), number, any::<([u8; 32], bool)>(), times).prop_map(
        |(kind, issuer, number, (sha256, ran_out), times)| StatusUsed {
            kind,
            issuer,
            number,
            sha256,
            this_update: times.0,
            next_update: times.1,
            produced_at: times.2,
            ran_out,
        },
    );
    let sources = proptest::collection::vec(source, 0..3);
    (status, sources).prop_map(|(status, sources)| RevocationNote { status, sources })
}

fn an_origin() -> impl Strategy<Value = Origin> {
    prop_oneof![
        text().prop_map(|principal| Origin::Attested { principal }),
        (digest(), text(), proptest::option::of(a_note())).prop_map(
            |(certificate_sha256, suite, note)| Origin::Signed {
                certificate_sha256,
                suite,
                revocation: note.map(Box::new),
            }
        ),
        Just(Origin::Unverified),
    ]
}

proptest! {
    #[test]
    fn every_receipt_comes_back(
        id in text(),
        numbers in any::<(u64, u64, u64)>(),
        second in 0_i64..253_402_207_200,
        nanosecond in 0_i32..1_000_000_000,
        salt in any::<[u8; 32]>(),
        message_id in proptest::option::of(text()),
        origin in an_origin(),
        outcome in an_outcome(),
        registration in proptest::option::of(a_registration()),
    ) {
        let mut receipt = receipt(outcome);
        let accepted = matches!(receipt.outcome, Outcome::Accepted { .. });
        receipt.registration = registration.filter(|_| accepted);
        receipt.id = id;
        (receipt.counter, receipt.leaf_index, receipt.message.bytes) = numbers;
        receipt.received_at = jiff::Timestamp::new(second, nanosecond).unwrap();
        receipt.salt = Salt::new(salt);
        receipt.message.id = message_id;
        receipt.origin = origin;
        let bytes = receipt.to_xml().unwrap();
        prop_assert_eq!(read(&bytes), Ok(receipt.clone()));
        let leaf = Leaf::of(&receipt, sha256(&bytes));
        prop_assert_eq!(Leaf::parse(&leaf.encode()), Ok(leaf));
    }
}
