//! Answers find the message that they answer: only one that went to the party that answers.

use super::setting::*;
use crate::evidence::PartState;
use crate::model::KeyKind;
use crate::store::InboxRecord;

/// A RU gateway that has sent a declaration to the EU, and an answer with its LRN.
async fn asked(lanes: &[&str]) -> (Node, String) {
    let ru = Node::new(lanes);
    let answer = ru.submit(TO_FI).await;
    assert_eq!(parts(&answer)[0].state, PartState::Queued);
    let keys = ru.queued().remove(0).keys;
    let lrn = keys
        .into_iter()
        .find(|key| key.kind == KeyKind::Lrn)
        .unwrap();
    (ru, swap(ANSWER, ANSWER_LRN, &lrn.value))
}

fn inbox(ru: &Node) -> Vec<InboxRecord> {
    ru.gateway.store().inbox(None, 10).unwrap()
}

const DECLARATION: Option<&str> = Some("6B1E0D5A-417A-4C1E-8F00-26112300F117");

#[tokio::test]
async fn an_answer_finds_its_original_and_so_does_the_next_one() {
    let (ru, answer) = asked(&[RU_EU, EU_RU]).await;
    ru.receive("EU", signed("EU", &answer)).await;
    let again = swap(&answer, "FI26112300000417", "FI26112300000418");
    ru.receive("EU", signed("EU", &again)).await;
    let items = inbox(&ru);
    assert_eq!(items.len(), 2);
    for item in items {
        assert_eq!(item.item.correlates.as_deref(), DECLARATION);
    }
}

#[tokio::test]
async fn another_party_answers_nothing_that_was_not_sent_to_it() {
    let of_kz = swap(EU_RU, "\"EU\"", "\"KZ\"");
    let of_kz = swap(&of_kz, "eu-ru-mrn-allocated-received", "kz-ru");
    let (ru, answer) = asked(&[RU_EU, &of_kz]).await;
    ru.receive("KZ", signed("KZ", &answer)).await;
    let items = inbox(&ru);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].item.correlates, None);
}

const RELEASE: &str = include_str!("../../../schemas/eu/cc029c/51.8.6/samples/released-cn-fi.xml");
const WRITE_OFF: &str = include_str!("../../../schemas/eu/cc045c/51.8.6/samples/written-off.xml");
const EU_RU_RELEASE: &str = include_str!("../../../schemas/lanes/eu-ru-release-received.toml");
const EU_RU_WRITE_OFF: &str = include_str!("../../../schemas/lanes/eu-ru-write-off-received.toml");

/// The item of the inbox that a message with this id became.
fn item_of(ru: &Node, id: &str) -> InboxRecord {
    let store = ru.gateway.store();
    let mut items = inbox(ru).into_iter();
    let made_of = |item: &InboxRecord| {
        let message = store.message(&item.item.source).unwrap().unwrap();
        message.message_id.as_deref() == Some(id)
    };
    items.find(made_of).unwrap()
}

#[tokio::test]
async fn an_answer_with_the_mrn_alone_finds_the_declaration_through_the_answer_that_told_it() {
    let (ru, answer) = asked(&[RU_EU, EU_RU, EU_RU_WRITE_OFF]).await;
    ru.receive("EU", signed("EU", &answer)).await;
    parts(&ru.receive("EU", signed("EU", WRITE_OFF)).await);
    let item = item_of(&ru, "FI26112600000502");
    assert_eq!(item.item.correlates.as_deref(), DECLARATION);
}

#[tokio::test]
async fn an_answer_whose_mrn_no_answer_told_finds_nothing() {
    let (ru, answer) = asked(&[RU_EU, EU_RU, EU_RU_WRITE_OFF]).await;
    // The write-off comes first: what its number is nobody has said yet.
    ru.receive("EU", signed("EU", WRITE_OFF)).await;
    assert_eq!(item_of(&ru, "FI26112600000502").item.correlates, None);
    ru.receive("EU", signed("EU", &answer)).await;
    // And one about another declaration finds this one no more.
    let other = swap(WRITE_OFF, "26FI499300000417K1", "26FI499300000499K6");
    let other = swap(&other, "FI26112600000502", "FI26112600000503");
    ru.receive("EU", signed("EU", &other)).await;
    assert_eq!(item_of(&ru, "FI26112600000503").item.correlates, None);
}

#[tokio::test]
async fn a_release_finds_the_declaration_by_its_local_reference() {
    let (ru, answer) = asked(&[RU_EU, EU_RU, EU_RU_RELEASE]).await;
    let lrn = answer.split("<LRN>").nth(1).unwrap();
    let lrn = lrn.split('<').next().unwrap();
    let release = swap(RELEASE, ANSWER_LRN, lrn);
    parts(&ru.receive("EU", signed("EU", &release)).await);
    let item = item_of(&ru, "FI26112300000421");
    assert_eq!(item.item.correlates.as_deref(), DECLARATION);
}
