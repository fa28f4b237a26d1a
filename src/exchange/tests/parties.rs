//! Sender and recipient inside a message agree with the peer's profile and with the lane.

use super::setting::*;
use crate::evidence::PartState;
use crate::exchange::{Lane, LaneError};
use crate::model::Role;

#[tokio::test]
async fn the_lane_says_who_may_stand_in_the_message() {
    let ru = Node::new(&[EU_RU]);
    let to_others = swap(ANSWER, "NTA.RU", "NTA.KZ");
    let answer = ru.receive("EU", signed("EU", &to_others)).await;
    assert_eq!(code(&answer), "MESSAGE_PARTY_MISMATCH");
    let answer = ru.receive("EU", signed("EU", ANSWER)).await;
    assert_eq!(parts(&answer)[0].state, PartState::Inbox);
}

#[tokio::test]
async fn the_profile_says_who_the_partner_may_speak_for() {
    let lane = swap(EU_RU, "sender      = \"NTA.FI\"\n", "");
    let ru = Node::with(&[&lane], |settings| {
        for partner in &mut settings.partners {
            partner.senders = vec!["NTA.FI".to_owned(), "NTA.EE".to_owned()];
            partner.recipients = vec!["NTA.RU".to_owned()];
        }
    });
    let of_another = swap(ANSWER, "NTA.FI", "NTA.SE");
    let answer = ru.receive("EU", signed("EU", &of_another)).await;
    assert_eq!(code(&answer), "MESSAGE_PARTY_MISMATCH");
    let answer = ru.receive("EU", signed("EU", ANSWER)).await;
    assert_eq!(parts(&answer)[0].state, PartState::Inbox);
}

#[test]
fn a_lane_that_cannot_do_what_it_says_is_refused() {
    let through = include_str!("../../../schemas/lanes/eu-ru-mrn-allocated.toml");
    let eu = party("EU");
    let check = |text: &str, party| {
        Lane::parse(text, "lane.toml")
            .unwrap()
            .check(party, packages())
    };
    assert!(check(through, &eu).is_ok());
    let withholds = format!("{through}\nwithheld = [\"goodsShipment\"]\n");
    assert!(matches!(
        check(&withholds, &eu),
        Err(LaneError::Rules { .. })
    ));

    let ru = party("RU");
    assert!(check(EU_RU, &ru).is_ok());
    let nowhere = swap(EU_RU, "Europe/Helsinki", "Europe/Nowhere");
    assert!(matches!(check(&nowhere, &ru), Err(LaneError::Rules { .. })));
}

#[tokio::test]
async fn a_submitter_sees_its_own_receipts_only() {
    let ru = Node::new(&[RU_KZ]);
    let id = ru.submit(TO_KZ).await.receipt_id;
    let other = principal("other", Role::Submitter);
    for (who, sees) in [(&submitter(), true), (&officer(), true), (&other, false)] {
        let receipt = ru.gateway.receipt(who, &id).await.unwrap();
        let proof = ru.gateway.proof(who, &id).await.unwrap();
        assert_eq!(
            (receipt.is_some(), proof.is_some()),
            (sees, sees),
            "{}",
            who.name
        );
    }
}

#[tokio::test]
async fn a_lane_for_another_recipient_does_not_keep_the_message_from_its_own() {
    let other = swap(EU_RU, "\"eu-ru-mrn-allocated-received\"", "\"other\"");
    let other = swap(&other, "NTA.RU", "NTA.KZ");
    let ru = Node::new(&[&other, EU_RU]);
    let answer = ru.receive("EU", signed("EU", ANSWER)).await;
    let states: Vec<PartState> = parts(&answer).iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Refused, PartState::Inbox]);
}
