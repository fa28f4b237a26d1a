//! Two versions of one message live side by side: each goes its own lane, and dates choose what goes out.

use std::time::Duration;

use super::setting::*;
use crate::evidence::PartState;

const P5: &str = include_str!("../../../schemas/eu/cc029c/51.8.6/samples/released-cn-fi.xml");
const P6: &str = include_str!("../../../schemas/eu/cc029c/60.4.16/samples/released-cn-fi.xml");
const P5_LANE: &str = include_str!("../../../schemas/lanes/eu-ru-release-received.toml");
const P6_LANE: &str = include_str!("../../../schemas/lanes/eu-ru-release-p6-received.toml");
const RU_EU_P6: &str = include_str!("../../../schemas/lanes/ru-eu-transit-p6.toml");

/// The packages of what is in the inbox.
fn inbox(ru: &Node) -> Vec<String> {
    let items = ru.gateway.store().inbox(None, 10).unwrap().into_iter();
    items.map(|item| item.item.package.to_string()).collect()
}

#[tokio::test]
async fn each_version_goes_the_lane_of_its_own() {
    let ru = Node::new(&[P5_LANE, P6_LANE]);
    let made = parts(&ru.receive("EU", signed("EU", P5)).await);
    assert_eq!(made[0].lane.as_deref(), Some("eu-ru-release-received"));
    let p6 = swap(P6, "FI26112300000421", "FI26112300000422");
    let made = parts(&ru.receive("EU", signed("EU", &p6)).await);
    assert_eq!(made[0].lane.as_deref(), Some("eu-ru-release-p6-received"));
    assert_eq!(inbox(&ru), ["eu/cc029c/51.8.6", "eu/cc029c/60.4.16"]);
}

#[tokio::test]
async fn a_version_without_a_lane_and_an_unknown_one_are_refused() {
    let ru = Node::new(&[P5_LANE]);
    let answer = ru.receive("EU", signed("EU", P6)).await;
    assert_eq!(code(&answer), "NO_LANE");
    for (phase, id) in [("PhaseID=\"NCTS7\"", "7"), ("", "0")] {
        let unknown = swap(P5, "PhaseID=\"NCTS5.1\"", phase);
        let unknown = swap(&unknown, "FI26112300000421", id);
        let answer = ru.receive("EU", signed("EU", &unknown)).await;
        assert_eq!(code(&answer), "PACKAGE_VERSION_UNKNOWN");
    }
    assert!(inbox(&ru).is_empty());
}

#[tokio::test]
async fn what_goes_out_is_of_the_version_that_is_in_force_on_the_day() {
    // The day of the change, moved to where the clock of the test stands.
    let day = "2026-06-02T00:00:00Z";
    let p5 = swap(RU_EU, "2030-01-01T00:00:00Z", day);
    let p6 = swap(RU_EU_P6, "2030-01-01T00:00:00Z", day);
    let ru = Node::new(&[&p5, &p6]);
    let sent = async |id: &str| {
        let declaration = swap(TO_FI, "6B1E0D5A-417A-4C1E-8F00-26112300F117", id);
        let made = parts(&ru.submit(&declaration).await);
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].state, PartState::Queued, "{made:?}");
        let package = ru.queued().last().unwrap().package.to_string();
        (made[0].lane.clone().unwrap_or_default(), package)
    };
    let pair = |lane: &str, package: &str| (lane.to_owned(), package.to_owned());
    let last = sent("6B1E0D5A-417A-4C1E-8F00-26112300F201").await;
    assert_eq!(last, pair("ru-eu-transit", "eu/cc015c/51.8.6"));
    ru.clock.advance(Duration::from_hours(12));
    let first = sent("6B1E0D5A-417A-4C1E-8F00-26112300F202").await;
    assert_eq!(first, pair("ru-eu-transit-p6", "eu/cc015c/60.4.16"));
}
