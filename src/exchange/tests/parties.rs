//! Sender and recipient inside a message agree with the peer's profile and with the lane.

use super::setting::*;
use crate::evidence::PartState;

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

#[tokio::test]
async fn a_lane_for_another_recipient_does_not_keep_the_message_from_its_own() {
    let other = swap(EU_RU, "\"eu-ru-mrn-allocated-received\"", "\"other\"");
    let other = swap(&other, "NTA.RU", "NTA.KZ");
    let ru = Node::new(&[&other, EU_RU]);
    let answer = ru.receive("EU", signed("EU", ANSWER)).await;
    let states: Vec<PartState> = parts(&answer).iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Refused, PartState::Inbox]);
}
