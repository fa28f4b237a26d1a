//! The UCR beside a message: signed where the format has no place for it, and a key like any other.

use bytes::Bytes;
use ring::rand::SystemRandom;

use super::setting::*;
use crate::crypto::{Cover, Property, SignatureProfile, sign_stating};
use crate::evidence::PartState;
use crate::exchange::ucr::Stating;
use crate::exchange::{Answer, Lane, LaneError, Submission};
use crate::model::{CaseKey, Declaration, GoodsShipment, KeyKind};
use crate::translate::Decoded;
use crate::xml::{self, Limits};

const UCR: &str = "6CN91230900MA18X7-2026-000417";
const NTS: &str = include_str!("../../../schemas/eu/cc015c/51.8.6/samples/transit-cn-fi.xml");
const NTS_LANE: &str = include_str!("../../../schemas/lanes/ru-eu-transit-received.toml");

/// How the lane to KZ says that it carries a UCR.
const CARRIES: &str = "ucr         = \"property\"\n";

/// A declaration of a party for KZ, carried on by us.
fn carried(ucr: &str) -> String {
    let lane = swap(RU_KZ, CARRIES, "");
    let lane = swap(&lane, "from        = \"RU\"", "from        = \"EU\"");
    let signed = format!("origin      = \"signed\"\n{ucr}\n");
    swap(&lane, "origin      = \"attested\"\n", &signed)
}

/// A lane on which CC015C reaches our inbox.
fn received() -> String {
    let lane = swap(NTS_LANE, "from        = \"RU\"", "from        = \"KZ\"");
    swap(&lane, "to          = \"EU\"", "to          = \"RU\"")
}

fn stated(by: &str, unsigned: &str, ucr: &str) -> Bytes {
    let document = xml::parse(unsigned.as_bytes(), None, &Limits::default()).unwrap();
    let property = Property::new("ucr", ucr).unwrap();
    let (profile, random) = (SignatureProfile::default(), SystemRandom::new());
    let signed = sign_stating(&document, &[property], &*signer(by), &profile, &random);
    signed.unwrap().into()
}

/// What our signature of an outgoing message states.
fn passed_on(ru: &Node) -> Option<String> {
    let (entry, verified) = sent(ru, Cover::DocumentElement);
    let ucr = verified.property("ucr").map(ToOwned::to_owned);
    let key = CaseKey::new(KeyKind::Ucr, UCR);
    assert_eq!(entry.keys.contains(&key), ucr.is_some());
    ucr
}

fn found(ru: &Node) -> usize {
    let key = CaseKey::new(KeyKind::Ucr, UCR);
    ru.gateway.store().find_key(&key, 10).unwrap().len()
}

fn lost(answer: &Answer) -> bool {
    let part = parts(answer).remove(0);
    let mut losses = part.losses.iter();
    losses.any(|loss| loss.path == "ds:SignatureProperty/ucr" && loss.reason == "no-target")
}

#[tokio::test]
async fn what_a_signature_states_travels_on_in_ours() {
    let ru = Node::new(&[&carried("ucr = \"property\"")]);
    let answer = ru.receive("EU", stated("EU", TO_KZ, UCR)).await;
    assert_eq!(parts(&answer)[0].state, PartState::Queued);
    assert_eq!(passed_on(&ru).as_deref(), Some(UCR));
    assert!(!lost(&answer));
    // What came, and what goes.
    assert_eq!(found(&ru), 2);

    let ru = Node::new(&[&carried("ucr = \"property\"")]);
    let answer = ru.receive("EU", signed("EU", TO_KZ)).await;
    assert_eq!(parts(&answer)[0].state, PartState::Queued);
    assert_eq!((passed_on(&ru), found(&ru)), (None, 0));
}

/// A declaration of our own for KZ, of which the submitter states this UCR.
async fn lodged(ru: &Node, ucr: Option<&str>) -> Answer {
    let submission = Submission {
        body: Bytes::from_static(TO_KZ.as_bytes()),
        ucr: ucr.map(|ucr| ucr.parse().unwrap()),
        ..Submission::default()
    };
    ru.gateway.lodge(&submitter(), submission).await.unwrap()
}

#[tokio::test]
async fn what_a_submitter_states_is_signed_beside_the_message() {
    let ru = Node::new(&[RU_KZ]);
    let answer = lodged(&ru, Some(UCR)).await;
    assert_eq!(parts(&answer)[0].state, PartState::Queued);
    assert_eq!(passed_on(&ru).as_deref(), Some(UCR));
    // What came, and what goes.
    assert_eq!((found(&ru), lost(&answer)), (2, false));
    // The same bytes are the same message, whatever is stated beside them later.
    assert_eq!(lodged(&ru, None).await.receipt, answer.receipt);

    let ru = Node::new(&[RU_KZ]);
    lodged(&ru, None).await;
    assert_eq!((passed_on(&ru), found(&ru)), (None, 0));

    // A lane that carries none names the loss.
    let ru = Node::new(&[&swap(RU_KZ, CARRIES, "")]);
    let answer = lodged(&ru, Some(UCR)).await;
    assert!(lost(&answer));
    assert_eq!((passed_on(&ru), found(&ru)), (None, 1));
}

#[tokio::test]
async fn a_lane_that_carries_no_ucr_names_the_loss() {
    let ru = Node::new(&[&carried("")]);
    let answer = ru.receive("EU", stated("EU", TO_KZ, UCR)).await;
    assert!(lost(&answer));
    assert_eq!((passed_on(&ru), found(&ru)), (None, 1));
    let ru = Node::new(&[&carried("")]);
    assert!(!lost(&ru.receive("EU", signed("EU", TO_KZ)).await));
}

#[tokio::test]
async fn a_signed_ucr_reaches_the_inbox_as_supplied() {
    let ru = Node::new(&[&received()]);
    let answer = ru.receive("KZ", stated("KZ", NTS, UCR)).await;
    let part = parts(&answer).remove(0);
    assert_eq!(part.supplied, ["goodsShipment.ucr"]);
    let canonical = ru.gateway.store().body(&part.sha256.unwrap());
    let canonical: serde_json::Value =
        serde_json::from_slice(&canonical.unwrap().unwrap()).unwrap();
    assert_eq!(canonical["goodsShipment"]["ucr"], UCR);

    let ru = Node::new(&[&received()]);
    let answer = ru.receive("KZ", signed("KZ", NTS)).await;
    assert!(parts(&answer)[0].supplied.is_empty());
}

#[tokio::test]
async fn a_message_states_one_ucr_inside_and_beside() {
    let place = "</grossMass>\n    <Consignee>";
    let inside = |ucr: &str| {
        let field =
            format!("</grossMass><referenceNumberUCR>{ucr}</referenceNumberUCR><Consignee>");
        swap(NTS, place, &field)
    };
    for (inside, beside, expected) in [
        (inside(UCR), UCR, "accepted"),
        (inside("6CN1"), UCR, "MESSAGE_UCR_MISMATCH"),
        (NTS.to_owned(), "UCR231231", "MODEL_UCR_FORM"),
        (NTS.to_owned(), "6cn1", "MODEL_UCR_CHARACTER"),
        (NTS.to_owned(), &"6CN1".repeat(9), "MODEL_UCR_TOO_LONG"),
    ] {
        let ru = Node::new(&[&received()]);
        let answer = ru.receive("KZ", stated("KZ", &inside, beside)).await;
        let code = code(&answer);
        assert!(code.starts_with(expected), "{code} {expected}");
        if expected == "accepted" {
            assert!(parts(&answer)[0].supplied.is_empty());
            assert_eq!(found(&ru), 1);
        }
    }
}

#[test]
fn a_lane_carries_a_ucr_only_where_the_package_has_no_place_for_it() {
    let check = |text: &str| {
        let lane = Lane::parse(text, "lane.toml").unwrap();
        lane.check(&party("RU"), packages())
    };
    let stating = |lane: &str| {
        let lane = lane.replace(CARRIES, "");
        swap(
            &lane,
            "valid_from  = ",
            "ucr = \"property\"\nvalid_from  = ",
        )
    };
    assert!(check(&stating(RU_KZ)).is_ok());
    let withheld = swap(
        &stating(RU_KZ),
        "\"referencedDocumentId\"",
        "\"goodsShipment.ucr\"",
    );
    for refused in [stating(RU_EU), stating(&received()), withheld] {
        assert!(
            matches!(check(&refused), Err(LaneError::Rules { .. })),
            "{refused}"
        );
    }
    let other = swap(&stating(RU_KZ), "ucr = \"property\"", "ucr = \"header\"");
    assert!(Lane::parse(&other, "lane.toml").is_err());
}

#[test]
fn the_declarations_own_ucr_is_signed_when_it_is_one() {
    let root = xml::parse(TO_KZ.as_bytes(), None, &Limits::default()).unwrap();
    let lane = Lane::parse(&carried("ucr = \"property\""), "lane.toml").unwrap();
    let silent = Lane::parse(&carried(""), "lane.toml").unwrap();
    let package: crate::model::PackageId = "eu/cc015c/51.8.6".parse().unwrap();
    let decoded = |ucr: &str| {
        let shipment = GoodsShipment {
            ucr: Some(ucr.to_owned()),
            ..GoodsShipment::default()
        };
        let declaration = Declaration {
            goods_shipment: Some(Box::new(shipment)),
            ..Declaration::default()
        };
        Decoded::without_sources(package.clone(), declaration, root.root())
    };
    let stating = Stating::of(&lane, None, Some(&decoded(UCR)));
    let property = stating.properties().unwrap().remove(0);
    assert_eq!((property.name(), property.value()), ("ucr", UCR));
    let nothing = Stating::of(&silent, None, Some(&decoded(UCR)));
    assert!(nothing.properties().unwrap().is_empty());
    let free = Stating::of(&lane, None, Some(&decoded("UCR231231")));
    assert!(free.properties().unwrap().is_empty());
    assert_eq!(
        free.finding.as_deref(),
        Some("MODEL_UCR_FORM@goodsShipment.ucr")
    );
}
