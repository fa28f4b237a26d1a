//! What partners that have a declaration are told of its amendment or cancellation, each in its own words.

use super::*;

#[tokio::test]
async fn a_partner_that_has_the_declaration_gets_the_amendment_in_its_own_words() {
    let ru = Node::new(&[RU_KZ, RU_KZ_AMEND]);
    let first = ru.submit(TO_KZ).await;
    let sent = delivered(&ru).await;
    assert!(!said(&ru, &sent).contains("EDocRefId"));
    let second = amend(&ru, &first, &amended(TO_KZ, '8')).await;
    assert_eq!(states(&second), [PartState::Queued]);
    let part = &parts(&second)[0];
    assert_eq!(part.lane.as_deref(), Some("ru-kz-transit-amend"));
    assert_eq!(part.supplied, ["referencedDocumentId"]);
    let queued = ru.queued().remove(0);
    assert_eq!(queued.case, sent.case);
    let (old, new) = (said(&ru, &sent), said(&ru, &queued));
    assert_eq!(value(&new, "EDocRefId"), value(&old, "EDocId"));
    assert_ne!(value(&new, "EDocId"), value(&old, "EDocId"));
    // R.048 cannot say that a declaration is cancelled; then nothing happens.
    let refused = cancel(&ru, &submitter(), &second.receipt_id).await;
    assert!(matches!(
        refused,
        Err(EntryError::Refused("NO_CANCEL_LANE"))
    ));
    assert_eq!(ru.queued().len(), 1);
    // What waits is taken back, and its follower is still an amendment of what the partner has.
    let third = amend(&ru, &second, &amended(TO_KZ, '9')).await;
    assert_eq!(states(&third), [PartState::Queued, PartState::Recalled]);
    let queued = ru.queued();
    assert_eq!(queued.len(), 1);
    let newest = said(&ru, &queued[0]);
    assert_eq!(value(&newest, "EDocRefId"), value(&old, "EDocId"));
    // Once the partner has that, the next one is of that.
    delivered(&ru).await;
    amend(&ru, &third, &amended(TO_KZ, '6')).await;
    let last = said(&ru, &ru.queued()[0]);
    assert_eq!(value(&last, "EDocRefId"), value(&newest, "EDocId"));
}

#[tokio::test]
async fn a_manifest_of_china_is_changed_and_deleted_under_its_number() {
    let ru = Node::new(&[RU_CN, RU_CN_AMEND, RU_CN_CANCEL]);
    let first = ru.submit(TO_CN).await;
    let old = said(&ru, &delivered(&ru).await);
    assert_eq!(value(&old, "FunctionCode"), "9");
    let second = amend(&ru, &first, &amended(TO_CN, '8')).await;
    assert_eq!(states(&second), [PartState::Queued]);
    let new = said(&ru, &delivered(&ru).await);
    assert_eq!(value(&new, "FunctionCode"), "5");
    let id = |message: &str| {
        let (_, declaration) = message.split_once("Declaration>").unwrap();
        value(declaration, ":ID").to_owned()
    };
    assert_eq!(id(&new), id(&old));
    assert_ne!(value(&new, "MessageID"), value(&old, "MessageID"));

    let done = cancel(&ru, &submitter(), &second.receipt_id).await.unwrap();
    let queued = ru.queued().remove(0);
    let gone = said(&ru, &queued);
    assert_eq!(value(&gone, "FunctionCode"), "3");
    assert_eq!(id(&gone), id(&old));
    let entry = view(&ru, done["receipt_id"].as_str().unwrap()).await;
    assert_eq!(entry["outgoing"][0]["entry"], json!(queued.id));
    assert_eq!(entry["entry"], Value::Null);
}

#[tokio::test]
async fn a_list_for_mongolia_keeps_its_number() {
    let ru = Node::new(&[RU_MN, RU_MN_AMEND, RU_MN_CANCEL]);
    let first = ru.submit(TO_MN).await;
    let old = said(&ru, &delivered(&ru).await);
    let second = amend(&ru, &first, &amended(TO_MN, '8')).await;
    let new = said(&ru, &delivered(&ru).await);
    cancel(&ru, &submitter(), &second.receipt_id).await.unwrap();
    let gone = said(&ru, &ru.queued()[0]);
    for (message, function) in [(&old, "9"), (&new, "5"), (&gone, "1")] {
        assert_eq!(value(message, "FunctionCode"), function);
        assert_eq!(value(message, "m:ID"), value(&old, "m:ID"));
    }
    // No number was given for the others.
    let another = ru.submit(&amended(TO_MN, '9')).await;
    assert_eq!(states(&another), [PartState::Queued]);
    let number = |message: &str| -> u32 {
        let digits = value(message, "m:ID");
        digits[digits.len() - 5..].parse().unwrap()
    };
    let next = said(&ru, &ru.queued()[1]);
    assert_eq!(number(&next), number(&old) + 1);
}

#[tokio::test]
async fn each_partner_hears_what_it_needs() {
    let ru = Node::new(&[RU_KZ, RU_KZ_AMEND, RU_EU]);
    let first = ru.submit(TO_BOTH).await;
    assert_eq!(states(&first), [PartState::Queued, PartState::Queued]);
    let kz = delivered(&ru).await;
    assert_eq!(kz.partner, party("KZ"));
    let second = amend(&ru, &first, &amended(TO_BOTH, '8')).await;
    let made: Vec<_> = parts(&second)
        .iter()
        .map(|part| {
            (
                part.to.clone().unwrap().to_string(),
                part.state,
                part.lane.clone(),
            )
        })
        .collect();
    let lane = |id: &str| Some(id.to_owned());
    assert_eq!(
        made,
        [
            ("EU".to_owned(), PartState::Queued, lane("ru-eu-transit")),
            (
                "KZ".to_owned(),
                PartState::Queued,
                lane("ru-kz-transit-amend")
            ),
            ("EU".to_owned(), PartState::Recalled, None),
        ]
    );
    // A version that does not go to a partner that has the declaration would leave it with the old one.
    let elsewhere = amend(&ru, &second, &amended(TO_FI, '9')).await;
    assert_eq!(code(&elsewhere), "NO_AMEND_LANE");
    assert_eq!(ru.queued().len(), 2);
}

#[tokio::test]
async fn an_amendment_that_waits_for_an_officer_keeps_its_reference() {
    let ru = Node::new(&[RU_KZ, RU_KZ_AMEND]);
    let first = ru.submit(TO_KZ).await;
    let old = said(&ru, &delivered(&ru).await);
    let (before, rest) = TO_KZ.split_once("<TransitDirectionCode>").unwrap();
    let lacking = format!(
        "{before}{}",
        rest.split_once("</TransitDirectionCode>").unwrap().1
    );
    let second = amend(&ru, &first, &amended(&lacking, '8')).await;
    assert_eq!(states(&second), [PartState::Held]);
    let values = vec![crate::translate::Supplement {
        path: "TransitProcedureCode".to_owned(),
        value: "ТР".to_owned(),
    }];
    let held = ru.held().remove(0);
    let resumed = ru
        .gateway
        .supplement(&officer(), &held, values)
        .await
        .unwrap();
    assert_eq!(resumed.held_again, None);
    let new = said(&ru, &ru.queued()[0]);
    assert_eq!(value(&new, "EDocRefId"), value(&old, "EDocId"));
}

#[tokio::test]
async fn the_eu_is_told_by_the_local_reference_until_it_gave_a_number() {
    let ru = Node::new(&[RU_EU, RU_EU_AMEND, RU_EU_CANCEL, EU_RU]);
    let first = ru.submit(TO_FI).await;
    let old = delivered(&ru).await;
    let lrn = value(&said(&ru, &old), "LRN").to_owned();
    let second = amend(&ru, &first, &amended(TO_FI, '8')).await;
    assert_eq!(states(&second), [PartState::Queued]);
    let new = said(&ru, &delivered(&ru).await);
    assert!(new.contains("CC013C"), "{new}");
    assert_eq!(value(&new, "LRN"), lrn);
    assert!(!new.contains("<MRN>"));
    assert_eq!(value(&new, "amendmentTypeFlag"), "0");

    let answer = swap(ANSWER, ANSWER_LRN, &lrn);
    parts(&ru.receive("EU", signed("EU", &answer)).await);
    let third = amend(&ru, &second, &amended(TO_FI, '9')).await;
    let part = &parts(&third)[0];
    assert_eq!(part.lane.as_deref(), Some("ru-eu-transit-amend"));
    assert!(part.supplied.contains(&"mrn".to_owned()), "{part:?}");
    let newest = said(&ru, &ru.queued()[0]);
    assert_eq!(value(&newest, "MRN"), value(&answer, "MRN"));
    assert!(!newest.contains("<LRN>"));
    delivered(&ru).await;

    cancel(&ru, &submitter(), &third.receipt_id).await.unwrap();
    let gone = said(&ru, &ru.queued()[0]);
    assert!(gone.contains("CC014C"), "{gone}");
    assert_eq!(value(&gone, "MRN"), value(&answer, "MRN"));
    assert_eq!(value(&gone, "justification"), "the lorry broke down");
    assert_eq!(value(&gone, "initiatedByCustoms"), "0");
}

#[tokio::test]
async fn a_declaration_that_has_no_number_yet_is_cancelled_by_its_local_reference() {
    let ru = Node::new(&[RU_EU, RU_EU_CANCEL]);
    let first = ru.submit(TO_FI).await;
    let lrn = value(&said(&ru, &delivered(&ru).await), "LRN").to_owned();
    cancel(&ru, &submitter(), &first.receipt_id).await.unwrap();
    let gone = said(&ru, &ru.queued()[0]);
    assert!(gone.contains("CC014C"), "{gone}");
    assert_eq!(value(&gone, "LRN"), lrn);
}

#[tokio::test]
async fn a_number_of_somebody_else_is_not_used() {
    let of_kz = swap(EU_RU, "\"EU\"", "\"KZ\"");
    let of_kz = swap(&of_kz, "eu-ru-mrn-allocated-received", "kz-ru");
    let ru = Node::new(&[RU_EU, RU_EU_AMEND, &of_kz]);
    let first = ru.submit(TO_FI).await;
    let lrn = value(&said(&ru, &delivered(&ru).await), "LRN").to_owned();
    let answer = swap(ANSWER, ANSWER_LRN, &lrn);
    parts(&ru.receive("KZ", signed("KZ", &answer)).await);
    amend(&ru, &first, &amended(TO_FI, '8')).await;
    let new = said(&ru, &ru.queued()[0]);
    assert_eq!(value(&new, "LRN"), lrn);
    assert!(!new.contains("<MRN>"));
}

#[tokio::test]
async fn all_versions_of_a_declaration_are_in_one_case() {
    let ru = Node::new(&[RU_KZ]);
    let first = ru.submit(TO_KZ).await;
    let second = amend(&ru, &first, &amended(TO_KZ, '8')).await;
    cancel(&ru, &submitter(), &second.receipt_id).await.unwrap();
    let mut seen = Vec::new();
    for answer in [&first, &second] {
        let message = view(&ru, &answer.receipt_id).await["message"].clone();
        let of = crate::exchange::View::Case(message.as_str().unwrap().to_owned());
        let case = ru.gateway.look(&officer(), of).await.unwrap().unwrap();
        let timeline = case["timeline"].as_array().unwrap().clone();
        let done: Vec<_> = timeline
            .iter()
            .map(|m| m["revised"]["revision"].clone())
            .collect();
        assert_eq!(done, [json!("amend"), json!("cancel"), Value::Null]);
        assert_eq!(timeline[2]["entry"], "cancel");
        seen.push(case);
    }
    assert_eq!(seen[0], seen[1]);
}
