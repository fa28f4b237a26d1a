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
