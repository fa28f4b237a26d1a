//! Control results of partners: facts for recognition, and acts of the union for the national system.

use super::setting::*;
use crate::evidence::{Part, PartState};
use crate::exchange::InboxForm;
use crate::store::InboxItem;
use crate::translate::Supplement;

const EU_RESULT: &str = include_str!("../../../schemas/lanes/eu-ru-control-result-received.toml");
const EU_WITHDRAWAL: &str =
    include_str!("../../../schemas/lanes/eu-ru-control-withdrawal-received.toml");
const CN_RESULT: &str = include_str!("../../../schemas/lanes/cn-ru-control-result-received.toml");
const CN_WITHDRAWAL: &str =
    include_str!("../../../schemas/lanes/cn-ru-control-withdrawal-received.toml");

const NONE: &str = include_str!("../../../schemas/eu/ie4s03/2/samples/no-result.xml");
const ONE: &str = include_str!("../../../schemas/eu/ie4s03/2/samples/one-result.xml");
const THREE: &str = include_str!("../../../schemas/eu/ie4s03/2/samples/three-results.xml");
const TAKEN_BACK: &str = include_str!("../../../schemas/eu/ie4s03/2/samples/withdrawal.xml");
const TOMATOES: &str =
    include_str!("../../../schemas/wco/control-result/1.0/samples/cn-ru-tomatoes.xml");
const CN_TAKEN_BACK: &str =
    include_str!("../../../schemas/wco/control-result/1.0/samples/cn-ru-withdrawal.xml");

fn items(ru: &Node) -> Vec<InboxItem> {
    let records = ru.gateway.store().inbox(None, 100).unwrap();
    records.into_iter().map(|record| record.item).collect()
}

fn states(made: &[Part]) -> Vec<PartState> {
    made.iter().map(|part| part.state).collect()
}

async fn text(ru: &Node, id: &str, form: InboxForm) -> String {
    let bytes = ru
        .gateway
        .inbox_content(&officer(), id, form)
        .await
        .unwrap()
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn fact(ru: &Node, item: &InboxItem) -> serde_json::Value {
    let text = text(ru, &item.id, InboxForm::Canonical).await;
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn without_a_result_the_decision_alone_is_the_fact() {
    let ru = Node::new(&[EU_RESULT, EU_WITHDRAWAL]);
    let answer = ru.receive("EU", signed("EU", NONE)).await;
    let made = parts(&answer);
    assert_eq!(states(&made), [PartState::Inbox]);
    assert_eq!((&made[0].package, &made[0].document), (&None, &None));
    let items = items(&ru);
    assert_eq!((items.len(), &items[0].translated), (1, &None));
    let fact = fact(&ru, &items[0]).await;
    let result = &fact["controlResults"][0];
    assert_eq!(result["decisionCode"]["value"], "A1");
    assert!(result["controls"].is_null(), "{result}");
}

#[tokio::test]
async fn one_result_is_a_fact_and_an_act_with_its_number() {
    let ru = Node::new(&[EU_RESULT, EU_WITHDRAWAL]);
    let answer = ru.receive("EU", signed("EU", ONE)).await;
    let made = parts(&answer);
    assert_eq!(states(&made), [PartState::Inbox, PartState::Inbox]);
    let (fact_part, act_part) = (&made[0], &made[1]);
    assert_eq!(fact_part.losses, []);
    assert!(
        act_part
            .findings
            .contains(&"officer-unknown@ATDCustomsPersonDetails".to_owned())
    );
    assert_eq!(act_part.supplied, ["DocKindCode"]);
    for lost in ["IE4S03/messageFunction", "controlResult/code", "IE4S03/MRN"] {
        let mut losses = act_part.losses.iter();
        let loss = losses.find(|loss| loss.path.ends_with(lost));
        assert_eq!(
            loss.map(|loss| loss.reason.as_str()),
            Some("no-target"),
            "{lost}"
        );
    }
    let items = items(&ru);
    assert_eq!(items.len(), 1);
    let act = text(&ru, &items[0].id, InboxForm::Translated).await;
    for said in [
        "InspectionDocId>FI-CR-2026-000417<",
        "CustomsOfficeCode>24649930<",
        "EndDateTime>2026-11-22T08:55:00Z<",
        "DocCreationDate>2026-11-22<",
        "<cacdo:ATDCustomsPersonDetails/>",
    ] {
        assert!(act.contains(said), "{said}: {act}");
    }
    // What the act cannot carry stays in the fact.
    let fact = fact(&ru, &items[0]).await;
    let result = &fact["controlResults"][0];
    assert_eq!(result["functionCode"], "9");
    assert_eq!(result["controls"][0]["code"]["value"], "A1");
    assert_eq!(
        result["controls"][0]["images"][0]["uri"],
        "https://images.example.fi/scan-417.jpg"
    );
    assert!(result["partNumeric"].is_null());
}

#[tokio::test]
async fn three_results_are_three_documents_with_numbers_of_their_own() {
    let ru = Node::new(&[EU_RESULT, EU_WITHDRAWAL]);
    let body = signed("EU", THREE);
    let answer = ru.receive("EU", body.clone()).await;
    let made = parts(&answer);
    assert_eq!(states(&made), [PartState::Inbox; 6]);
    let documents: Vec<&str> = made
        .iter()
        .filter_map(|part| part.document.as_deref())
        .collect();
    let each = [
        "controlResults[1]",
        "controlResults[2]",
        "controlResults[3]",
    ];
    assert_eq!(
        documents,
        [each[0], each[0], each[1], each[1], each[2], each[2]]
    );
    let items = items(&ru);
    assert_eq!(items.len(), 3);
    let mut numbers = std::collections::HashSet::new();
    for (item, (number, end)) in items.iter().zip([
        (1, "2026-11-22T08:20:00Z"),
        (2, "2026-11-22T08:55:00Z"),
        (3, "2026-11-22T09:05:00Z"),
    ]) {
        assert_eq!(item.source, items[0].source);
        let fact = fact(&ru, item).await;
        let result = &fact["controlResults"][0];
        assert_eq!(result["partNumeric"], number);
        assert_eq!(result["controls"].as_array().unwrap().len(), 1);
        assert_eq!(result["controls"][0]["endDateTime"], end);
        let act = text(&ru, &item.id, InboxForm::Translated).await;
        assert!(act.contains(&format!("EndDateTime>{end}<")), "{act}");
        // The functional reference is that of all three: none of them has it.
        assert!(!act.contains("FI-CR-2026-000419"), "{act}");
        let (_, rest) = act.split_once("InspectionDocId>").unwrap();
        numbers.insert(rest.split_once('<').unwrap().0.to_owned());
    }
    assert_eq!(numbers.len(), 3);
    // Identity, claim and receipt are the message's.
    assert_eq!(ru.leaves(), 1);
    assert_eq!(ru.receive("EU", body).await.receipt, answer.receipt);
    let other = swap(THREE, "Two boxes", "Three boxes");
    let conflict = ru.receive("EU", signed("EU", &other)).await;
    assert_eq!(code(&conflict), "MESSAGE_ID_CONFLICT");
}

#[tokio::test]
async fn an_unlisted_office_holds_each_act_and_no_fact() {
    let ru = Node::new(&[EU_RESULT, EU_WITHDRAWAL]);
    let elsewhere = swap(THREE, "FI499300", "FI826750");
    let answer = ru.receive("EU", signed("EU", &elsewhere)).await;
    let of_one = [PartState::Inbox, PartState::Held];
    assert_eq!(states(&parts(&answer)), [of_one, of_one, of_one].concat());
    let before = items(&ru);
    assert!(before.len() == 3 && before.iter().all(|item| item.translated.is_none()));
    let held = ru.held();
    assert_eq!(held.len(), 3);

    let give = |value: &str| {
        [
            "CustomsOfficeCode",
            "InspectionDocIdDetails/CustomsOfficeCode",
        ]
        .map(|path| Supplement {
            path: path.to_owned(),
            value: value.to_owned(),
        })
    };
    let second = &held[1];
    let again = ru
        .gateway
        .supplement(&officer(), second, give("x").to_vec())
        .await;
    let second = again.unwrap().held_again.unwrap();
    let done = ru
        .gateway
        .supplement(&officer(), &second, give("24682675").to_vec())
        .await;
    assert_eq!(done.unwrap().held_again, None);
    assert_eq!(ru.held(), [held[0].clone(), held[2].clone()]);
    let after = items(&ru);
    assert_eq!(after.len(), 4);
    assert_eq!(after[3].canonical, before[1].canonical);
    let act = text(&ru, &after[3].id, InboxForm::Translated).await;
    assert!(act.contains("CustomsOfficeCode>24682675<"), "{act}");
    assert!(act.contains("EndDateTime>2026-11-22T08:55:00Z<"), "{act}");
}

#[tokio::test]
async fn a_withdrawal_is_a_fact_and_no_act() {
    let ru = Node::new(&[EU_RESULT, EU_WITHDRAWAL, CN_RESULT, CN_WITHDRAWAL]);
    for (from, message, id) in [
        ("EU", TAKEN_BACK, "FI-CR-2026-000417"),
        ("CN", CN_TAKEN_BACK, "SFH-2026-1122-0417-W"),
    ] {
        let answer = ru.receive(from, signed(from, message)).await;
        assert_eq!(states(&parts(&answer)), [PartState::Inbox], "{from}");
        let item = items(&ru).pop().unwrap();
        let fact = fact(&ru, &item).await;
        assert_eq!(fact["controlResults"][0]["functionCode"], "1");
        assert_eq!(fact["controlResults"][0]["id"], id);
    }
    // Without a lane for withdrawals one is not taken for a result.
    let ru = Node::new(&[EU_RESULT]);
    let answer = ru.receive("EU", signed("EU", TAKEN_BACK)).await;
    assert_eq!(code(&answer), "NO_LANE");
}

#[tokio::test]
async fn a_result_of_china_keeps_seals_and_ucr_in_the_fact() {
    let ru = Node::new(&[CN_RESULT, CN_WITHDRAWAL]);
    let answer = ru.receive("CN", signed("CN", TOMATOES)).await;
    let made = parts(&answer);
    assert_eq!(states(&made), [PartState::Inbox, PartState::Inbox]);
    let lost = |path: &str, reason: &str| {
        let mut losses = made[1].losses.iter();
        losses.any(|loss| loss.path.ends_with(path) && loss.reason == reason)
    };
    assert!(lost("/UCR", "no-target") && lost("/TransportEquipment/Seal/ID", "no-target"));
    assert!(
        lost("/Officer/FamilyName", "withheld"),
        "{:?}",
        made[1].losses
    );
    let items = items(&ru);
    let fact = fact(&ru, &items[0]).await;
    let result = &fact["controlResults"][0];
    assert_eq!(result["ucr"], "6CN91230900MA18X7-2026-000417");
    assert_eq!(
        result["transportEquipment"][0]["seals"][0]["id"],
        "CN0045871"
    );
    let keys = ru
        .gateway
        .store()
        .message(&items[0].source)
        .unwrap()
        .unwrap()
        .keys;
    let kinds: Vec<&str> = keys.iter().map(|key| key.kind.as_str()).collect();
    assert_eq!(kinds, ["ucr", "declaration", "container"]);
}

#[tokio::test]
async fn an_officer_who_may_pass_is_named() {
    let open = swap(
        CN_RESULT,
        "pass        = []",
        "pass        = [\"personal\"]",
    );
    let ru = Node::new(&[&open]);
    let answer = ru.receive("CN", signed("CN", TOMATOES)).await;
    assert_eq!(parts(&answer)[1].findings, Vec::<String>::new());
    let act = text(&ru, &items(&ru)[0].id, InboxForm::Translated).await;
    assert!(
        act.contains("LastName>Li<") && act.contains("FirstName>Wei<"),
        "{act}"
    );
}

#[tokio::test]
async fn more_documents_than_can_be_read_back_are_refused() {
    let (before, rest) = ONE.split_once("  <controlResults>").unwrap();
    let (result, after) = rest.rsplit_once("</controlResults>").unwrap();
    let many = |count: usize| {
        let results = format!("<controlResults>{result}</controlResults>").repeat(count);
        format!("{before}{results}{after}")
    };
    let ru = Node::new(&[EU_RESULT]);
    let answer = ru.receive("EU", signed("EU", &many(501))).await;
    assert_eq!(code(&answer), "EXCHANGE_DOCUMENTS_TOO_MANY");
    assert!(items(&ru).is_empty());
    let answer = ru.receive("EU", signed("EU", &many(4))).await;
    assert_eq!(parts(&answer).len(), 8);
}

#[tokio::test]
async fn a_lane_to_a_partner_has_nothing_to_send_without_a_document() {
    let onward = swap(EU_RESULT, "to          = \"RU\"", "to          = \"KZ\"");
    let onward = swap(&onward, "eu-ru-control-result-received", "eu-kz");
    // Whose business it is among our posts is nothing for a lane to another side.
    let (before, rest) = onward.split_once("[post]").unwrap();
    let onward = format!("{before}[rules]{}", rest.split_once("[rules]").unwrap().1);
    let ru = Node::new(&[&onward]);
    let answer = ru.receive("EU", signed("EU", NONE)).await;
    assert_eq!(code(&answer), "LANE_ALL_REFUSED");
    let answer = ru.receive("EU", signed("EU", THREE)).await;
    assert_eq!(states(&parts(&answer)), [PartState::Queued; 3]);
    let queued = ru.queued();
    let ids: std::collections::HashSet<_> = queued.iter().map(|entry| &entry.message_id).collect();
    assert_eq!(ids.len(), 3);
}
