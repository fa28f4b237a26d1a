//! What a lane into the own inbox yields: the canonical fact, the original and the translation.

use super::setting::*;
use crate::evidence::{self, PartState};
use crate::exchange::{InboxForm, Lane, LaneError};
use crate::model::Sha256;
use crate::store::InboxItem;
use crate::translate::Supplement;

/// Declarations of KZ, translated at RU for its own national system.
fn for_own_system(lane: &str, partner: &str) -> String {
    // The inbox has a place for a UCR.
    let lane = lane.replace("ucr         = \"property\"\n", "");
    let swapped = swap(&lane, "from        = \"RU\"", "from        = \"KZ\"");
    let to = format!("to          = \"{partner}\"");
    let swapped = swap(&swapped, &to, "to          = \"RU\"");
    swap(&swapped, "\"attested\"", "\"signed\"")
}

fn items(ru: &Node) -> Vec<InboxItem> {
    let records = ru.gateway.store().inbox(None, 10).unwrap();
    records.into_iter().map(|record| record.item).collect()
}

async fn content(ru: &Node, id: &str, form: InboxForm) -> Option<bytes::Bytes> {
    ru.gateway
        .inbox_content(&officer(), id, form)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_inbound_translation_lies_beside_the_fact_and_the_original() {
    let ru = Node::new(&[&for_own_system(RU_KZ, "KZ")]);
    let body = signed("KZ", TO_KZ);
    let answer = ru.receive("KZ", body.clone()).await;
    let made = parts(&answer);
    let states: Vec<PartState> = made.iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Inbox, PartState::Inbox]);
    assert_eq!(made[0].package, None);
    assert_eq!(made[1].package, Some("eaeu/r048/1.0.0".parse().unwrap()));
    assert!(ru.queued().is_empty());

    let items = items(&ru);
    assert_eq!(items.len(), 1);
    let id = &items[0].id;
    let original = content(&ru, id, InboxForm::Original).await.unwrap();
    assert_eq!(original, body);
    for (form, part) in [(InboxForm::Canonical, 0), (InboxForm::Translated, 1)] {
        let bytes = content(&ru, id, form).await.unwrap();
        let digest: Option<Sha256> = made[part].sha256;
        assert_eq!(Some(evidence::sha256(&bytes)), digest, "{form:?}");
    }
    let translated = content(&ru, id, InboxForm::Translated).await.unwrap();
    assert!(String::from_utf8_lossy(&translated).contains("TransitDeclaration"));
    let listed = ru.gateway.inbox_view(&officer(), None, 10).await.unwrap();
    assert_eq!(listed["items"][0]["translated"], "eaeu/r048/1.0.0");
}

#[tokio::test]
async fn a_canonical_lane_has_no_translation_to_fetch() {
    let ru = Node::new(&[EU_RU]);
    ru.receive("EU", signed("EU", ANSWER)).await;
    let id = &items(&ru)[0].id;
    assert!(content(&ru, id, InboxForm::Canonical).await.is_some());
    assert_eq!(content(&ru, id, InboxForm::Translated).await, None);
}

#[tokio::test]
async fn the_fact_arrives_while_its_translation_is_held() {
    let ru = Node::new(&[&for_own_system(RU_EU, "EU")]);
    let body = signed("KZ", &swap(TO_FI, "ХЕЛЬСИНКИ", "КЕМИ"));
    let answer = ru.receive("KZ", body.clone()).await;
    let states: Vec<PartState> = parts(&answer).iter().map(|part| part.state).collect();
    assert_eq!(states, [PartState::Inbox, PartState::Held]);
    let before = items(&ru);
    assert_eq!((before.len(), &before[0].translated), (1, &None));

    let held = ru.held().remove(0);
    let value = vec![Supplement {
        path: "CustomsOfficeOfDestinationDeclared/referenceNumber".to_owned(),
        value: "FI005000".to_owned(),
    }];
    let resumed = ru.gateway.supplement(&officer(), &held, value).await;
    assert_eq!(resumed.unwrap().held_again, None);
    assert!(ru.held().is_empty() && ru.queued().is_empty());
    let after = items(&ru);
    assert_eq!(after.len(), 2);
    // The second item is the same fact of the same sender, now with its translation.
    let (first, second) = (&after[0], &after[1]);
    assert_eq!(
        (
            &first.source,
            &first.partner,
            first.canonical,
            first.original
        ),
        (
            &second.source,
            &second.partner,
            second.canonical,
            second.original
        )
    );
    let original = content(&ru, &second.id, InboxForm::Original).await.unwrap();
    assert_eq!(original, body);
    assert!(
        content(&ru, &second.id, InboxForm::Translated)
            .await
            .is_some()
    );
}

#[test]
fn an_inbound_lane_that_changes_nothing_is_refused() {
    let text = swap(EU_RU, "\"canonical\"", "\"eu/cc028c/51.8.6\"");
    let lane = Lane::parse(&text, "lane.toml").unwrap();
    let error = lane.check(&party("RU"), packages()).unwrap_err();
    assert!(matches!(error, LaneError::Rules { .. }), "{error}");
    assert!(error.to_string().contains("canonical"), "{error}");
}
