//! Registering preliminary information: numbers, lateness, and what a lane demands.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::setting::*;
use crate::evidence::{Outcome, Refusal, Registration, RegistrationFlag};
use crate::exchange::{Answer, AnswerStatus, Lane, LaneError, Lanes, View};
use crate::model::{CaseKey, KeyKind};

const ARRIVAL: &str = "<DateExpectedArrival>2026-11-24</DateExpectedArrival>
      <TimeExpectedArrival>09:30:00</TimeExpectedArrival>";
const ID: &str = "26112300A417";
const HS6_ON_LINE_3: &str = "<catESAD_cu:GoodsTNVEDCode>4407119400</catESAD_cu:GoodsTNVEDCode>";
/// Ten in the morning in Moscow.
const TEN: &str = "2026-06-02T07:00:00Z";

fn at_ten(lanes: &[&str]) -> Node {
    let ru = Node::new(lanes);
    ru.clock.set_wall(TEN.parse().unwrap());
    ru
}

/// The declaration with this planned arrival (Moscow time) and an id of its own.
fn arriving(time: &str, number: u16) -> String {
    let planned = format!(
        "<DateExpectedArrival>2026-06-02</DateExpectedArrival>\
         <TimeExpectedArrival>{time}</TimeExpectedArrival>"
    );
    swap(
        &swap(TO_KZ, ARRIVAL, &planned),
        ID,
        &format!("2611230A{number:04}"),
    )
}

fn registration(answer: &Answer) -> Registration {
    assert_eq!(answer.status, AnswerStatus::Accepted, "{}", code(answer));
    receipt(answer).registration.unwrap()
}

/// What the message's view says of it.
async fn view_of(ru: &Node, answer: &Answer) -> Value {
    let by = submitter();
    let view = ru.gateway.message_view(&by, &answer.receipt_id).await;
    view.unwrap().unwrap()["registration"].clone()
}

async fn cases(ru: &Node, number: &str) -> Vec<Value> {
    let view = View::Cases(CaseKey::new(KeyKind::Declaration, number));
    let found = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
    found["cases"].as_array().unwrap().clone()
}

fn refusal(answer: &Answer) -> Refusal {
    let receipt = receipt(answer);
    assert_eq!(receipt.registration, None);
    match receipt.outcome {
        Outcome::Refused(refusal) => refusal,
        Outcome::Accepted { parts } => panic!("accepted: {parts:?}"),
    }
}

#[tokio::test]
async fn a7_1_preliminary_information_in_time_gets_a_number_by_itself() {
    let ru = at_ten(&[RU_KZ]);
    let answer = ru.submit(&arriving("12:30:00", 1)).await;
    let given = registration(&answer);
    assert_eq!(given.number, "RU/020626/000000001");
    assert_eq!(given.flags, []);
    // No officer is needed: it is on its way.
    assert_eq!((ru.queued().len(), ru.held().len()), (1, 0));

    assert_eq!(
        view_of(&ru, &answer).await,
        json!({ "number": "RU/020626/000000001", "flags": [] })
    );
    let by_number = cases(&ru, &given.number).await;
    assert_eq!(by_number.len(), 1);
    assert!(by_number[0].to_string().contains(&answer.receipt_id));
    assert!(cases(&ru, "RU/020626/000000002").await.is_empty());
    // The same bytes again are the same message: no number is used up.
    let again = ru.submit(&arriving("12:30:00", 1)).await;
    assert_eq!(again.receipt, answer.receipt);
    let next = ru.submit(&arriving("12:30:00", 2)).await;
    assert_eq!(registration(&next).number, "RU/020626/000000002");
}

#[tokio::test]
async fn a7_2_what_comes_late_is_registered_and_flagged() {
    let ru = at_ten(&[RU_KZ]);
    for (id, time, minutes) in [
        (1, "11:30:00", Some(-30)),
        (2, "12:00:00", None),
        (3, "11:59:59", Some(-1)),
    ] {
        let answer = ru.submit(&arriving(time, id)).await;
        let flags: Vec<_> = minutes
            .map(|minutes| RegistrationFlag::SubmittedLate { minutes })
            .into_iter()
            .collect();
        assert_eq!(registration(&answer).flags, flags, "{time}");
        let view = view_of(&ru, &answer).await;
        let flagged = view["flags"][0]["minutes"].as_i64();
        assert_eq!(flagged, minutes, "{time}");
    }
    assert_eq!(ru.queued().len(), 3);
}

#[tokio::test]
async fn an_arrival_that_is_not_known_is_never_in_time() {
    let zoneless = swap(RU_KZ, "source_zone = \"Europe/Moscow\"\n", "");
    let in_time = arriving("12:30:00", 1);
    for (lane, body) in [
        (RU_KZ, swap(TO_KZ, ARRIVAL, "")),
        (
            RU_KZ,
            swap(
                TO_KZ,
                ARRIVAL,
                "<DateExpectedArrival>2026-11-24</DateExpectedArrival>",
            ),
        ),
        (zoneless.as_str(), in_time.clone()),
    ] {
        let ru = at_ten(&[lane]);
        let given = registration(&ru.submit(&body).await);
        assert_eq!(given.flags, [RegistrationFlag::ArrivalUnknown]);
    }
    let ru = at_ten(&[RU_KZ]);
    assert_eq!(registration(&ru.submit(&in_time).await).flags, []);
    // A zone that the message states itself needs no lane's.
    let stated = swap(&in_time, "12:30:00<", "12:30:00+03:00<");
    let ru = at_ten(&[&zoneless]);
    assert_eq!(registration(&ru.submit(&stated).await).flags, []);
}

#[tokio::test]
async fn a7_3_a_line_without_six_digits_is_refused_with_ground_and_place() {
    let ru = at_ten(&[RU_KZ]);
    let line = |text: &str, of: &str| {
        let before = text.split_once(of).unwrap().0;
        u64::try_from(before.lines().count()).unwrap()
    };
    let without = swap(&arriving("12:30:00", 1), HS6_ON_LINE_3, "");
    let told = refusal(&ru.submit(&without).await);
    assert_eq!(
        (told.code.as_str(), told.stage.as_str()),
        ("LANE_REQUIREMENT", "lane")
    );
    let path = told.path.unwrap();
    assert!(path.ends_with("ESADout_CUGoods[3]"), "{path}");
    let third = line(&without, "<catESAD_cu:GoodsNumeric>3<") - 1;
    assert_eq!(told.line, Some(third));
    for part in [
        "PI-HS6",
        path.as_str(),
        "goodsShipment.items[3].commodity.classification.id",
    ] {
        assert!(told.text.contains(part), "{}", told.text);
    }

    let short = HS6_ON_LINE_3.replace("4407119400", "44071");
    let short = swap(&arriving("12:30:00", 1), HS6_ON_LINE_3, &short);
    let told = refusal(&ru.submit(&short).await);
    let path = told.path.unwrap();
    assert!(
        path.ends_with("ESADout_CUGoods[3]/GoodsTNVEDCode")
            || path.ends_with("ESADout_CUGoods[3]/catESAD_cu:GoodsTNVEDCode"),
        "{path}"
    );
    assert_eq!(told.line, Some(line(&short, ">44071<")));
    assert!(!told.text.contains("44071"), "no value of the message");
    assert!(ru.queued().is_empty());

    // Six digits suffice; a refused message used up no number and its id is free.
    let six = HS6_ON_LINE_3.replace("4407119400", "440711");
    let six = swap(&arriving("12:30:00", 1), HS6_ON_LINE_3, &six);
    let given = registration(&ru.submit(&six).await);
    assert_eq!(given.number, "RU/020626/000000001");
}

#[tokio::test]
async fn every_missing_value_is_named() {
    let ru = at_ten(&[RU_KZ]);
    let mut bare = arriving("12:30:00", 1);
    for code in ["0702000001", "6403999100", "4407119400"] {
        let element = format!("<catESAD_cu:GoodsTNVEDCode>{code}</catESAD_cu:GoodsTNVEDCode>");
        bare = swap(&bare, &element, "");
    }
    let told = refusal(&ru.submit(&bare).await);
    assert!(told.path.unwrap().ends_with("ESADout_CUGoods[1]"));
    for line in ["items[1]", "items[2]", "items[3]"] {
        assert!(told.text.contains(line), "{}", told.text);
    }
}

#[tokio::test]
async fn messages_at_once_get_numbers_of_their_own() {
    let ru = at_ten(&[RU_KZ]);
    let mut posts = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (gateway, body) = (ru.gateway.clone(), arriving("12:30:00", number));
        posts.spawn(async move { gateway.submit(&submitter(), body.into(), None).await });
    }
    let mut numbers = HashSet::new();
    while let Some(answer) = posts.join_next().await {
        let given = registration(&answer.unwrap().unwrap());
        assert!(numbers.insert(given.number.clone()), "{}", given.number);
    }
    let highest = numbers.iter().max().unwrap();
    assert_eq!(highest, "RU/020626/000000020");
    // Another gateway over the same store, as after a reload, goes on from there; the day is Moscow's.
    ru.clock.set_wall("2026-06-02T21:00:00Z".parse().unwrap());
    let gateway = ru.with_lanes(&[RU_KZ]);
    let body = arriving("12:30:00", 500);
    let answer = gateway.submit(&submitter(), body.into(), None).await;
    let given = registration(&answer.unwrap());
    assert_eq!(given.number, "RU/030626/000000021");
}

#[tokio::test]
async fn a_message_of_several_registering_lanes_gets_one_number() {
    let second = swap(RU_KZ, "\"ru-kz-transit\"", "\"ru-kz-second\"");
    let stricter = swap(&second, "lead_minutes = 120", "lead_minutes = 180");
    let ru = at_ten(&[RU_KZ, &stricter]);
    let answer = ru.submit(&arriving("12:30:00", 1)).await;
    assert_eq!(parts(&answer).len(), 2);
    let given = registration(&answer);
    // The stricter lane is not met.
    let late = RegistrationFlag::SubmittedLate { minutes: -30 };
    assert_eq!(given.flags, [late]);
    let next = ru.submit(&arriving("13:30:00", 500)).await;
    assert_eq!(registration(&next).number, "RU/020626/000000002");

    let other = swap(
        &second,
        "zone         = \"Europe/Moscow\"",
        "zone = \"Asia/Vladivostok\"",
    );
    let lanes = [RU_KZ, &other].map(|text| Lane::parse(text, "lane.toml").unwrap());
    let error = Lanes::new(lanes.into()).unwrap_err();
    assert!(matches!(error, LaneError::Registers { .. }), "{error}");
}

#[tokio::test]
async fn a_lane_that_does_not_register_gives_no_number() {
    let ru = at_ten(&[RU_EU]);
    let answer = ru.submit(TO_FI).await;
    assert_eq!(receipt(&answer).registration, None);
    assert!(view_of(&ru, &answer).await.is_null());
}

#[test]
fn terms_that_cannot_be_used_are_named_with_file_and_line() {
    let line = |text: &str, of: &str| 1 + text.lines().position(|line| line.contains(of)).unwrap();
    for (from, to, what) in [
        (
            "\"goodsShipment.items.commodity.classification.id\"",
            "\"goodsShipment.items.commodity.hs\"",
            "no canonical path `goodsShipment.items.commodity.hs`",
        ),
        (
            "\"goodsShipment.items.commodity.classification.id\"",
            "\"goodsShipment.items\"",
            "no single value",
        ),
        ("= 6", "= 0", "from 1 to"),
        ("\"PI-HS6\"", "\"PI HS6\"", "a ground has"),
        (
            "\"goodsShipment.consignment.arrivalDateTime\"",
            "\"goodsShipment.ucr\"",
            "no date and time",
        ),
        (
            "country      = \"RU\"",
            "country      = \"ru\"",
            "two capital letters",
        ),
        (
            "lead_minutes = 120",
            "lead_minutes = 50000",
            "at most 43200 minutes",
        ),
    ] {
        let text = swap(RU_KZ, from, to);
        let error = Lane::parse(&text, "pi.toml").unwrap_err().to_string();
        let place = format!("pi.toml:{}: ", line(&text, to));
        assert!(error.contains(&place) && error.contains(what), "{error}");
    }
    let foreign = swap(RU_KZ, "country      = \"RU\"", "country      = \"KZ\"");
    let lane = Lane::parse(&foreign, "pi.toml").unwrap();
    let error = lane.check(&party("RU"), packages()).unwrap_err();
    assert!(matches!(error, LaneError::Rules { .. }), "{error}");
}
