//! Running numbers of outgoing messages: one for each, also after a restart.

use bytes::Bytes;

use super::setting::*;
use crate::evidence::PartState;
use crate::model::KeyKind;

const ID: &str = "6B1E0D5A-417A-4C1E-8F00-26112300E525";

/// The list numbers that stand in the outbox.
fn numbers(ru: &Node) -> Vec<String> {
    let keys = ru.queued().into_iter().flat_map(|entry| entry.keys);
    let lists = keys.filter(|key| key.kind == KeyKind::Document);
    lists.map(|key| key.value).collect()
}

#[tokio::test]
async fn lists_are_numbered_through_a_restart() {
    let ru = Node::new(&[RU_MN]);
    for id in ["E525", "E526"] {
        let answer = ru
            .submit(&swap(TO_MN, "26112300E525", &format!("26112300{id}")))
            .await;
        assert_eq!(parts(&answer)[0].state, PartState::Queued);
    }
    // The same bytes again are the same message, and no number is spent on them.
    ru.submit(TO_MN).await;
    assert_eq!(numbers(&ru), ["R26710900001", "R26710900002"]);
    let series = ru.gateway.store().last_in_series("joint-manifest R267109");
    assert_eq!(series.unwrap(), Some(2));
    let other = ru.gateway.store().last_in_series("joint-manifest R267110");
    assert_eq!(other.unwrap(), None);

    let restarted = ru.with_lanes(&[RU_MN]);
    let body = Bytes::from(swap(TO_MN, ID, "6B1E0D5A-417A-4C1E-8F00-26112300E527"));
    restarted.submit(&submitter(), body, None).await.unwrap();
    assert_eq!(numbers(&ru)[2], "R26710900003");
}

#[tokio::test]
async fn a_post_that_is_not_listed_spends_no_number() {
    let ru = Node::new(&[RU_MN]);
    let answer = ru.submit(&swap(TO_MN, "10718090", "10718099")).await;
    assert_eq!(parts(&answer)[0].state, PartState::Held);
    let series = ru.gateway.store().last_in_series("joint-manifest R267109");
    assert_eq!(series.unwrap(), None);
}
