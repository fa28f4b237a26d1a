//! China's manifest arrives: the fact at once, the transit declaration when an officer has spoken.

use super::setting::*;
use crate::evidence::PartState;
use crate::exchange::InboxForm;
use crate::store::Resolution;
use crate::translate::Supplement;
use crate::xml::{Limits, parse};

fn guarantee(value: &str) -> Vec<Supplement> {
    vec![Supplement {
        path: "TransitGuaranteeDetails/GuaranteePresentCode".to_owned(),
        value: value.to_owned(),
    }]
}

#[tokio::test]
async fn a_manifest_is_a_fact_at_once_and_r048_when_an_officer_has_spoken() {
    let ru = Node::new(&[CN_RU]);
    let answer = ru.receive("CN", signed("CN", MANIFEST)).await;
    let made = parts(&answer);
    let states: Vec<PartState> = made.iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Inbox, PartState::Held]);
    let code = "MAP_VALUE_MISSING@TransitGuaranteeDetails/GuaranteePresentCode";
    assert_eq!(made[1].findings, [code]);

    let id = ru.held().remove(0);
    let resumed = ru.gateway.supplement(&officer(), &id, guarantee("1")).await;
    assert_eq!(resumed.unwrap().held_again, None);
    let held = ru.gateway.store().held_entry(&id).unwrap().unwrap();
    assert_eq!(held.resolution, Some(Resolution::Inbox));
    assert!(ru.queued().is_empty());

    let item = ru
        .gateway
        .store()
        .inbox(None, 10)
        .unwrap()
        .pop()
        .unwrap()
        .item;
    assert_eq!(item.partner, party("CN"));
    let made = item.translated.clone().unwrap();
    assert_eq!(made.package.to_string(), "eaeu/r048/1.0.0");
    let content = async |form| {
        ru.gateway
            .inbox_content(&officer(), &item.id, form)
            .await
            .unwrap()
    };
    let document = content(InboxForm::Translated).await.unwrap();
    let read = parse(&document, None, &Limits::default()).unwrap();
    let package = packages().find("eaeu/r048").unwrap();
    assert!(package.validate(read.root(), 5).unwrap().is_empty());
    let canonical = content(InboxForm::Canonical).await.unwrap();
    let canonical: serde_json::Value = serde_json::from_slice(&canonical).unwrap();
    let first = &canonical["goodsShipment"]["items"][0];
    assert_eq!(first["commodity"]["description"], "鲜番茄，瓦楞纸箱装");
    assert_eq!(first["commodity"]["classification"]["id"], "0702000000");
}

#[tokio::test]
async fn a_manifest_through_an_unlisted_post_is_held_with_its_place() {
    let ru = Node::new(&[CN_RU]);
    let other = swap(
        MANIFEST,
        "<DeclarationOfficeID>1902<",
        "<DeclarationOfficeID>9999<",
    );
    let made = parts(&ru.receive("CN", signed("CN", &other)).await);
    assert_eq!(made[1].state, PartState::Held);
    let unlisted = made[1]
        .findings
        .iter()
        .any(|finding| finding.contains("Office"));
    assert!(unlisted, "{:?}", made[1].findings);
}

#[tokio::test]
async fn a_doubtful_code_is_named_to_both_sides_and_stops_nothing() {
    let ru = Node::new(&[RU_EU]);
    let clean = parts(&ru.submit(TO_FI).await);
    let doubtful = |finding: &String| finding.starts_with("MAP_CODE_UNKNOWN");
    assert!(!clean[0].findings.iter().any(doubtful), "{clean:?}");
    let ru = Node::new(&[RU_EU]);
    let other = swap(
        TO_FI,
        "ContractCurrencyCode>EUR<",
        "ContractCurrencyCode>EUQ<",
    );
    let answer = ru.submit(&other).await;
    let made = parts(&answer);
    assert_eq!(made[0].state, PartState::Queued);
    let found = made[0].findings.iter().filter(|finding| doubtful(finding));
    let found: Vec<&String> = found.collect();
    assert_eq!(found, ["MAP_CODE_UNKNOWN@goodsShipment.invoiceAmount"]);
}

const RELEASE_RECEIVED: &str = include_str!("../../../schemas/lanes/eu-ru-release-received.toml");
const RELEASE_TO_TRANSIT: &str =
    include_str!("../../../schemas/lanes/eu-ru-release-to-transit-received.toml");
const RELEASED_TO_RU: &str =
    include_str!("../../../schemas/eu/cc029c/51.8.6/samples/released-fi-ru.xml");
const RELEASED_TO_FI: &str =
    include_str!("../../../schemas/eu/cc029c/51.8.6/samples/released-cn-fi.xml");

#[tokio::test]
async fn a_release_whose_journey_ends_here_is_the_beginning_of_r048_too() {
    let ru = Node::new(&[RELEASE_RECEIVED, RELEASE_TO_TRANSIT]);
    let made = parts(&ru.receive("EU", signed("EU", RELEASED_TO_RU)).await);
    let states: Vec<_> = made
        .iter()
        .map(|part| (part.lane.as_deref().unwrap(), part.state))
        .collect();
    let beside = "eu-ru-release-to-transit-received";
    assert_eq!(
        states,
        [
            ("eu-ru-release-received", PartState::Inbox),
            (beside, PartState::Inbox),
            (beside, PartState::Held),
        ]
    );
    let asked = made[2].findings.join(" ");
    for place in [
        "GuaranteePresentCode",
        "DeclarantDetails",
        "CustomsOfficeDetails",
    ] {
        assert!(asked.contains(place), "{place}: {asked}");
    }
    // One that ends elsewhere is an answer alone.
    let made = parts(&ru.receive("EU", signed("EU", RELEASED_TO_FI)).await);
    assert_eq!(made.len(), 1, "{made:?}");
}

const GE_RU: &str = include_str!("../../../schemas/lanes/ge-ru-declaration-received.toml");

/// A declaration in the envelope of the WCO Data Model, which has no id, and the declaration alone.
const ENVELOPE: &str = include_str!("../../../schemas/wco/metadata/2/samples/declaration.xml");
const ALONE: &str =
    include_str!("../../../schemas/wco/declaration/3.6/samples/wine-and-honey-ge-ru.xml");

#[tokio::test]
async fn an_envelope_without_an_id_is_known_by_that_of_its_declaration() {
    let ru = Node::new(&[GE_RU]);
    let answer = ru.receive("GE", signed("GE", ENVELOPE)).await;
    let message = receipt(&answer).message;
    assert_eq!(message.id.as_deref(), Some("GE-2026-000417"));
    assert_eq!(message.package.unwrap().to_string(), "wco/metadata/2");
    let made = parts(&answer);
    assert!(
        made.iter()
            .all(|part| part.lane.as_deref() == Some("ge-ru-declaration-received")),
        "{made:?}"
    );
    let states: Vec<PartState> = made.iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Inbox, PartState::Held]);

    // The same again, and with another envelope around the same declaration.
    let again = ru.receive("GE", signed("GE", ENVELOPE)).await;
    assert_eq!(again.receipt, answer.receipt);
    let other = swap(ENVELOPE, ">v2.1<", ">v2.2<");
    let again = ru.receive("GE", signed("GE", &other)).await;
    assert_eq!(again.receipt, answer.receipt);
    // Another declaration of the same id.
    let other = swap(ENVELOPE, "Natural honey", "Natural wax");
    let answer = ru.receive("GE", signed("GE", &other)).await;
    assert_eq!(code(&answer), "MESSAGE_ID_CONFLICT");
    assert_eq!(
        receipt(&answer).message.id.as_deref(),
        Some("GE-2026-000417")
    );
}

#[tokio::test]
async fn an_envelope_whose_document_has_no_id_is_refused() {
    let ru = Node::new(&[GE_RU]);
    let nameless = swap(
        ENVELOPE,
        "<FunctionalReferenceID>GE-2026-000417</FunctionalReferenceID>",
        "",
    );
    let answer = ru.receive("GE", signed("GE", &nameless)).await;
    assert_eq!(code(&answer), "MESSAGE_ID_MISSING");
    // A document of the namespace that no package reads.
    let (head, _) = ENVELOPE.split_once("<Declaration").unwrap();
    let unknown = format!("{head}<Other xmlns=\"urn:wco:datamodel:WCO:DEC-DMS:2\"/></md:MetaData>");
    let answer = ru.receive("GE", signed("GE", &unknown)).await;
    assert_eq!(code(&answer), "MESSAGE_ID_MISSING");
    assert_eq!(receipt(&answer).message.id, None);
    assert!(ru.gateway.store().inbox(None, 10).unwrap().is_empty());
    // The declaration needs no envelope.
    let alone = ru.receive("GE", signed("GE", ALONE)).await;
    assert_eq!(parts(&alone)[0].state, PartState::Inbox);
}
