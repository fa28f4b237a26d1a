//! Amendments and cancellations that partners send: after what they speak of, and before.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rcgen::{RevocationReason, RevokedCertParams, SerialNumber, date_time_ymd};
use serde_json::Value;

use super::setting::*;
use crate::evidence::{self, Outcome, Part, PartState};
use crate::exchange::{Answer, AnswerStatus, Fault, Submission, View};
use crate::model::{CaseKey, KeyKind};
use crate::store::{Awaiting, Event, RefusalQuota};

const HOUR: Duration = Duration::from_secs(3600);

/// China's manifest with this function and an id of its own.
fn manifest(function: u8, id: &str) -> Bytes {
    let text = swap(MANIFEST, ">9</", &format!(">{function}</"));
    let (before, rest) = text.split_once("MessageID>").unwrap();
    let (_, after) = rest.split_once('<').unwrap();
    signed("CN", &format!("{before}MessageID>{id}<{after}"))
}

fn lanes() -> [&'static str; 2] {
    [CN_RU, CN_RU_CANCEL]
}

fn states(answer: &Answer) -> Vec<PartState> {
    parts(answer).iter().map(|part| part.state).collect()
}

async fn inbox(ru: &Node) -> Vec<Value> {
    let by = officer();
    let listed = ru.gateway.inbox_view(&by, None, 100).await.unwrap();
    listed["items"].as_array().unwrap().clone()
}

async fn view(ru: &Node, answer: &Answer) -> Value {
    let by = officer();
    let view = ru.gateway.message_view(&by, &answer.receipt_id);
    view.await.unwrap().unwrap()
}

const TAKEN: [PartState; 2] = [PartState::Inbox, PartState::Held];

#[tokio::test]
async fn an_amendment_stands_in_the_place_of_what_arrived_before() {
    let ru = Node::new(&lanes());
    let first = ru.receive("CN", manifest(9, "CN-1")).await;
    let second = ru.receive("CN", manifest(5, "CN-2")).await;
    assert_eq!(states(&second), TAKEN);
    let items = inbox(&ru).await;
    let (old, new) = (view(&ru, &first).await, view(&ru, &second).await);
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["replaces"], Value::Null);
    assert_eq!(items[0]["revised"]["revision"], "amend");
    assert_eq!(items[0]["revised"]["by"], new["message"]);
    assert_eq!(items[1]["replaces"], old["message"]);
    assert_eq!(items[1]["revised"], Value::Null);
    assert_eq!(old["revised"]["by"], new["message"]);
    assert_eq!(new["revises"]["message"], old["message"]);

    // The next one is of that one, and a deletion ends it.
    let third = ru.receive("CN", manifest(5, "CN-3")).await;
    assert_eq!(
        view(&ru, &third).await["revises"]["message"],
        new["message"]
    );
    let gone = ru.receive("CN", manifest(3, "CN-4")).await;
    assert_eq!(states(&gone), [PartState::Inbox]);
    let items = inbox(&ru).await;
    assert_eq!(items[2]["revised"]["revision"], "cancel");
    let late = ru.receive("CN", manifest(5, "CN-5")).await;
    assert_eq!(code(&late), "REVISION_OF_CANCELLED");
    let again = ru.receive("CN", manifest(3, "CN-6")).await;
    assert_eq!(code(&again), "REVISION_OF_CANCELLED");
    assert_eq!(inbox(&ru).await.len(), 4);
}

#[tokio::test]
async fn an_amendment_before_its_original_waits_for_it() {
    let ru = Node::new(&lanes());
    let amendment = manifest(5, "CN-2");
    let waiting = ru.receive("CN", amendment.clone()).await;
    assert_eq!(waiting.status, AnswerStatus::Accepted);
    let part: &Part = &parts(&waiting)[0];
    assert_eq!(part.state, PartState::Waiting);
    assert_eq!(part.findings, ["REVISION_WAITS@2026-06-02T12:00:00Z"]);
    assert!(inbox(&ru).await.is_empty() && ru.held().is_empty());
    let overview = ru.gateway.overview().unwrap();
    assert_eq!(overview.awaiting, 1);
    assert_eq!(overview.awaiting_oldest, Some(ru.clock.wall()));
    assert_eq!(
        view(&ru, &waiting).await["waits_until"],
        "2026-06-02T12:00:00Z"
    );
    // The same bytes get the same answer.
    let again = ru.receive("CN", amendment.clone()).await;
    assert_eq!(again.receipt, waiting.receipt);
    assert_eq!(ru.gateway.settle().await.unwrap(), 0);
    assert_eq!(ru.leaves(), 1);

    ru.clock.advance(HOUR);
    let first = ru.receive("CN", manifest(9, "CN-1")).await;
    assert_eq!(states(&first), TAKEN);
    let items = inbox(&ru).await;
    assert_eq!(items.len(), 2);
    let old = view(&ru, &first).await;
    assert_eq!(old["judged_at"], old["received_at"]);
    assert_eq!(items[1]["replaces"], old["message"]);
    let last = ru.receive("CN", amendment).await;
    assert_ne!(last.receipt, waiting.receipt);
    assert_eq!(states(&last), TAKEN);
    let (provisional, new) = (view(&ru, &waiting).await, view(&ru, &last).await);
    assert_eq!(provisional["settled_by"], new["message"]);
    // Its signature was judged when it came, and is from then on.
    assert_eq!(new["received_at"], old["received_at"]);
    assert_eq!(new["judged_at"], provisional["received_at"]);
    assert_eq!(provisional["waits_until"], Value::Null);
    assert_eq!(old["revised"]["by"], new["message"]);
    assert_eq!(ru.gateway.overview().unwrap().awaiting, 0);
    // Once, and for good.
    assert_eq!(ru.gateway.settle().await.unwrap(), 0);
    assert_eq!(ru.leaves(), 3);
}

#[tokio::test]
async fn what_waits_too_long_is_refused_with_a_receipt() {
    let ru = Node::new(&lanes());
    let amendment = manifest(5, "CN-2");
    let waiting = ru.receive("CN", amendment.clone()).await;
    ru.clock.advance(24 * HOUR - Duration::from_secs(1));
    assert_eq!(ru.gateway.settle().await.unwrap(), 0);
    let still = ru.receive("CN", amendment.clone()).await;
    assert_eq!(still.receipt, waiting.receipt);
    ru.clock.advance(Duration::from_secs(1));
    // As after a restart: the time is counted from the receipt.
    let restarted = ru.with_lanes(&lanes());
    assert_eq!(restarted.settle().await.unwrap(), 1);
    let last = ru.receive("CN", amendment).await;
    assert_eq!(last.status, AnswerStatus::Refused);
    assert_eq!(code(&last), "REVISION_UNKNOWN");
    assert_eq!(ru.leaves(), 2);
    // It occupied no id, and does not come back when its original does.
    assert_eq!(states(&ru.receive("CN", manifest(9, "CN-1")).await), TAKEN);
    assert_eq!(inbox(&ru).await.len(), 1);
    assert_eq!(ru.gateway.settle().await.unwrap(), 0);
    let anew = signed("CN", &String::from_utf8(unsigned(5, "CN-2")).unwrap());
    assert_eq!(states(&ru.receive("CN", anew).await), TAKEN);
}

/// The receipt for its waiting proves that it was there before the key was replaced.
#[tokio::test]
async fn what_waits_is_held_to_the_time_of_its_receipt_also_when_its_key_is_revoked_later() {
    for (reason, expected) in [
        (RevocationReason::Superseded, "REVISION_UNKNOWN"),
        (RevocationReason::KeyCompromise, "CERT_REVOKED"),
    ] {
        let ru = Node::new(&lanes());
        let amendment = manifest(5, "CN-2");
        ru.receive("CN", amendment.clone()).await;
        ru.clock.advance(24 * HOUR);
        ru.reload(&lanes(), |settings| {
            let revoked = RevokedCertParams {
                serial_number: SerialNumber::from(SERIAL),
                revocation_time: date_time_ymd(2026, 6, 1) + 13 * HOUR,
                reason_code: Some(reason),
                invalidity_date: None,
            };
            let cn = settings.partners.iter_mut();
            let mut cn = cn.filter(|partner| partner.party == party("CN"));
            cn.next().unwrap().trust = Arc::new(trust_revoking("CN", vec![revoked]));
        });
        assert_eq!(ru.gateway.settle().await.unwrap(), 1);
        assert_eq!(code(&ru.receive("CN", amendment).await), expected);
        // What comes after it is refused at either time.
        assert_eq!(
            code(&ru.receive("CN", manifest(9, "CN-1")).await),
            "CERT_REVOKED"
        );
    }
}

/// The manifest without signature, written another way.
fn unsigned(function: u8, id: &str) -> Vec<u8> {
    let text = swap(MANIFEST, ">9</", &format!(">{function}</"));
    let (before, rest) = text.split_once("MessageID>").unwrap();
    let (_, after) = rest.split_once('<').unwrap();
    let text = format!("{before}MessageID>{id}<{after}");
    swap(&text, "?>", "?>\n\n").into_bytes()
}

#[tokio::test]
async fn the_same_document_signed_anew_has_the_last_word_of_the_first() {
    let ru = Node::new(&lanes());
    let amendment = manifest(5, "CN-2");
    let waiting = ru.receive("CN", amendment.clone()).await;
    // Another signature over the same document: it waits beside the first.
    let other = manifest(5, "CN-2");
    assert_ne!(evidence::sha256(&other), evidence::sha256(&amendment));
    let beside = ru.receive("CN", other.clone()).await;
    assert_ne!(beside.receipt, waiting.receipt);
    ru.receive("CN", manifest(9, "CN-1")).await;
    assert_eq!(inbox(&ru).await.len(), 2);
    let (one, two) = (
        ru.receive("CN", amendment).await,
        ru.receive("CN", other).await,
    );
    assert_eq!(one.receipt, two.receipt);
    assert_eq!(states(&one), TAKEN);
    assert!(ru.gateway.store().awaiting(10).is_empty());
}

#[tokio::test]
async fn what_waits_is_settled_in_the_order_of_its_coming() {
    let ru = Node::new(&lanes());
    for id in ["CN-2", "CN-3"] {
        assert_eq!(
            states(&ru.receive("CN", manifest(5, id)).await),
            [PartState::Waiting]
        );
    }
    let gone = ru.receive("CN", manifest(3, "CN-4")).await;
    assert_eq!(states(&gone), [PartState::Waiting]);
    ru.receive("CN", manifest(9, "CN-1")).await;
    let items = inbox(&ru).await;
    let ids: Vec<_> = items
        .iter()
        .map(|item| item["message_id"].as_str())
        .collect();
    assert_eq!(ids, ["CN-1", "CN-2", "CN-3", "CN-4"].map(Some));
    let revised: Vec<_> = items
        .iter()
        .map(|item| item["revised"]["revision"].clone())
        .collect();
    assert_eq!(
        revised,
        ["amend", "amend", "cancel", ""].map(|word| match word {
            "" => Value::Null,
            word => word.into(),
        })
    );
}

#[tokio::test]
async fn another_partys_message_is_no_original() {
    let of_kz = swap(CN_RU, "\"CN\"", "\"KZ\"");
    let of_kz = swap(&of_kz, "cn-ru-manifest-received", "kz-ru");
    let ru = Node::new(&[CN_RU, &of_kz]);
    ru.receive("CN", manifest(9, "CN-1")).await;
    let text = String::from_utf8(unsigned(5, "CN-2")).unwrap();
    let answer = ru.receive("KZ", signed("KZ", &text)).await;
    assert_eq!(states(&answer), [PartState::Waiting]);
    assert_eq!(inbox(&ru).await.len(), 1);
    assert_eq!(inbox(&ru).await[0]["revised"], Value::Null);
}

#[tokio::test]
async fn a_revision_needs_a_lane_that_names_it() {
    let only_originals = swap(CN_RU, "[\"9\", \"5\"]", "[\"9\"]");
    let all = swap(CN_RU, "[\"9\", \"5\"]", "[]");
    for lane in [only_originals, all] {
        let ru = Node::new(&[&lane]);
        ru.receive("CN", manifest(9, "CN-1")).await;
        let answer = ru.receive("CN", manifest(5, "CN-2")).await;
        assert_eq!(code(&answer), "NO_LANE");
        assert_eq!(inbox(&ru).await.len(), 1);
    }
    let named = swap(CN_RU, "[\"9\", \"5\"]", "[\"9\", \"amend\"]");
    let ru = Node::new(&[&named]);
    ru.receive("CN", manifest(9, "CN-1")).await;
    let answer = ru.receive("CN", manifest(5, "CN-2")).await;
    assert_eq!(states(&answer), TAKEN);
}

#[tokio::test]
async fn not_more_than_a_hundred_of_a_partner_wait() {
    let ru = Node::new(&lanes());
    let waiting = |number: u32| {
        Event::Awaiting(Awaiting {
            message: format!("message-{number}"),
            partner: party("CN"),
            raw: evidence::sha256(&number.to_be_bytes()),
            by: Vec::new(),
            at: now(),
            until: now(),
        })
    };
    let store = ru.gateway.store();
    let most = (1..100).map(waiting).collect();
    store.append(Vec::new(), most).await.unwrap();
    let answer = ru.receive("CN", manifest(5, "CN-1")).await;
    assert_eq!(states(&answer), [PartState::Waiting]);
    let answer = ru.receive("CN", manifest(5, "CN-2")).await;
    assert_eq!(code(&answer), "REVISION_WAITING_FULL");
}

#[tokio::test]
async fn the_reference_of_r048_makes_it_an_amendment() {
    let lane = |text: &str| {
        let text = swap(text, "\"RU\"", "\"KZ\"");
        swap(&text, "to          = \"KZ\"", "to          = \"RU\"")
    };
    let (original, amending) = (lane(RU_KZ_RECEIVED), lane(RU_KZ_AMEND_RECEIVED));
    let ru = Node::new(&[&original, &amending]);
    let first = ru.receive("KZ", signed("KZ", R048)).await;
    assert_eq!(states(&first), [PartState::Inbox]);
    let (_, rest) = R048.split_once("EDocId>").unwrap();
    let id = rest.split_once('<').unwrap().0;
    let other = id.replace("-4", "-5");
    assert_ne!(other, id);
    let named = format!("{other}</csdo:EDocId><csdo:EDocRefId>{id}</csdo:EDocRefId>");
    let amended = swap(R048, &format!("{id}</csdo:EDocId>"), &named);
    let second = ru.receive("KZ", signed("KZ", &amended)).await;
    assert_eq!(states(&second), [PartState::Inbox]);
    let message = view(&ru, &first).await["message"].clone();
    assert_eq!(inbox(&ru).await[1]["replaces"], message);
}

/// The EU's declarations, amendments and cancellations to RU, and what RU tells it.
fn eu_lanes() -> [String; 4] {
    let from_eu = |text: &str| {
        let text = swap(text, "\"RU\"", "\"XX\"");
        let text = swap(&text, "to          = \"EU\"", "to          = \"RU\"");
        swap(&text, "\"XX\"", "\"EU\"")
    };
    let told = swap(EU_RU_THROUGH, "\"RU\"", "\"XX\"");
    let told = swap(&swap(&told, "\"EU\"", "\"RU\""), "\"XX\"", "\"EU\"");
    [
        from_eu(RU_EU_RECEIVED),
        from_eu(RU_EU_AMEND_RECEIVED),
        from_eu(RU_EU_CANCEL_RECEIVED),
        told,
    ]
}

#[tokio::test]
async fn an_amendment_under_our_number_finds_the_declaration_by_its_own() {
    let ru = Node::new(&eu_lanes().each_ref().map(String::as_str));
    ru.receive("EU", signed("EU", CC015C)).await;
    // Before it was told, the number is nobody's.
    let early = ru.receive("EU", signed("EU", CC013C_MRN)).await;
    assert_eq!(states(&early), [PartState::Waiting]);
    assert_eq!(ru.submit(ANSWER).await.status, AnswerStatus::Accepted);
    assert_eq!(ru.gateway.settle().await.unwrap(), 1);
    let items = inbox(&ru).await;
    assert_eq!(items[0]["revised"]["revision"], "amend");
    // By its local reference too, and a message that names none is refused.
    let gone = ru.receive("EU", signed("EU", CC014C)).await;
    assert_eq!(states(&gone), [PartState::Inbox]);
    assert_eq!(inbox(&ru).await[1]["revised"]["revision"], "cancel");
    let unnamed = swap(CC014C, "<LRN>RU26112300F117</LRN>", "");
    let unnamed = swap(&unnamed, "RU26112300F120", "RU26112300F199");
    let unnamed = ru.receive("EU", signed("EU", &unnamed)).await;
    assert_eq!(code(&unnamed), "REVISION_UNREFERENCED");
}

#[tokio::test]
async fn what_a_national_format_says_itself_is_not_said_twice() {
    let own = swap(CN_RU_THROUGH, "\"CN\"", "\"XX\"");
    let own = swap(&swap(&own, "\"RU\"", "\"CN\""), "\"XX\"", "\"RU\"");
    let ru = Node::new(&[&own]);
    let first = ru.submit(MANIFEST).await;
    assert_eq!(states(&first), [PartState::Queued]);
    let text = String::from_utf8(unsigned(5, "CN-2")).unwrap();
    let body = Bytes::from(text.clone());
    let by = submitter();
    let amendment = Submission {
        body,
        replaces: Some(first.receipt_id.clone()),
        ..Submission::default()
    };
    let twice = ru.gateway.lodge(&by, amendment).await;
    assert_eq!(code(&twice.unwrap()), "REVISION_IN_MESSAGE");
    let second = ru.submit(&text).await;
    assert_eq!(states(&second), [PartState::Queued]);
    let message = view(&ru, &first).await["message"].clone();
    assert_eq!(view(&ru, &second).await["revises"]["message"], message);
    // It goes out behind its original.
    let queued = ru.queued();
    assert_eq!(queued.len(), 2);
    assert_eq!(queued[0].case, queued[1].case);
    // Of something that nobody submitted.
    let other = swap(&text, "CN-2", "CN-3");
    let (before, rest) = other.split_once("Declaration>").unwrap();
    let at = rest
        .find(":ID>")
        .map_or_else(|| rest.find("<ID>").unwrap() + 4, |at| at + 4);
    let unknown = format!("{before}Declaration>{}X{}", &rest[..at], &rest[at..]);
    let Outcome::Refused(refusal) = receipt(&ru.submit(&unknown).await).outcome else {
        panic!("accepted");
    };
    assert_eq!(refusal.code, "REVISION_UNKNOWN");
}

#[tokio::test]
async fn what_cannot_be_settled_holds_up_no_other() {
    let cn_kz = swap(CN_RU, "\"CN\"", "\"KZ\"");
    let cn_kz = swap(&cn_kz, "cn-ru-manifest-received", "kz-ru");
    let ru = Node::new(&[CN_RU, &cn_kz]);
    let text = String::from_utf8(unsigned(5, "KZ-2")).unwrap();
    let first = signed("KZ", &text);
    let waiting = ru.receive("KZ", first.clone()).await;
    let second = manifest(5, "CN-2");
    ru.receive("CN", second.clone()).await;
    ru.clock.advance(24 * HOUR);
    // Nothing more of KZ is kept today.
    let none = RefusalQuota { count: 0, bytes: 0 };
    let store = ru.gateway.store();
    store.set_quotas([(party("KZ"), none)].into());
    let fault = ru.gateway.settle().await;
    assert!(matches!(fault, Err(Fault::Quota)), "{fault:?}");
    assert_eq!(code(&ru.receive("CN", second).await), "REVISION_UNKNOWN");
    let still = ru.receive("KZ", first.clone()).await;
    assert_eq!(still.receipt, waiting.receipt);
    store.set_quotas([].into());
    assert_eq!(ru.gateway.settle().await.unwrap(), 1);
    assert_eq!(code(&ru.receive("KZ", first).await), "REVISION_UNKNOWN");
}

#[tokio::test]
async fn what_revises_the_same_does_not_overtake_what_cannot_be_read() {
    let cn_kz = swap(CN_RU, "\"CN\"", "\"KZ\"");
    let cn_kz = swap(&cn_kz, "cn-ru-manifest-received", "kz-ru");
    let ru = Node::new(&[CN_RU, &cn_kz]);
    let store = ru.gateway.store();
    let some = ru.receive("CN", Bytes::from_static(b"<a/>")).await;
    let lost = Event::Awaiting(Awaiting {
        message: store.receipt(&some.receipt_id).unwrap().unwrap().message,
        partner: party("CN"),
        raw: evidence::sha256(b"in no segment"),
        by: vec![CaseKey::new(KeyKind::Lrn, "1902260000417")],
        at: now(),
        until: now(),
    });
    store.append(Vec::new(), vec![lost]).await.unwrap();
    let behind = manifest(5, "CN-2");
    let waiting = ru.receive("CN", behind.clone()).await;
    let text = String::from_utf8(unsigned(5, "KZ-2")).unwrap();
    let other = signed("KZ", &text);
    ru.receive("KZ", other.clone()).await;
    ru.clock.advance(24 * HOUR);
    let fault = ru.gateway.settle().await;
    assert!(matches!(fault, Err(Fault::Receipt)), "{fault:?}");
    let still = ru.receive("CN", behind).await;
    assert_eq!(still.receipt, waiting.receipt);
    assert_eq!(code(&ru.receive("KZ", other).await), "REVISION_UNKNOWN");
}

#[tokio::test]
async fn what_waits_and_what_was_refused_after_it_joins_no_cases() {
    const UCR: &str = "6CN91230900MA18X7-2026-000417";
    let ru = Node::new(&eu_lanes().each_ref().map(String::as_str));
    // Our number stands in one case, a reference of the consignment in another.
    assert_eq!(ru.submit(ANSWER).await.status, AnswerStatus::Accepted);
    let other = stating(UCR, &swap(CC015C, "RU26112300F117", "RU26112300F517"));
    let other = ru.receive("EU", signed("EU", &other)).await;
    assert_eq!(states(&other), [PartState::Inbox]);
    let amendment = signed("EU", &stating(UCR, CC013C_MRN));
    let waiting = ru.receive("EU", amendment.clone()).await;
    assert_eq!(states(&waiting), [PartState::Waiting]);
    let messages = async |kind, value| {
        let view = View::Cases(CaseKey::new(kind, value));
        let found = ru.gateway.look(&officer(), view).await.unwrap().unwrap();
        let cases = found["cases"].as_array().unwrap().clone();
        assert_eq!(cases.len(), 1);
        cases[0]["timeline"].as_array().unwrap().len()
    };
    let (mrn, ucr) = ((KeyKind::Mrn, "26FI499300000417K1"), (KeyKind::Ucr, UCR));
    assert_eq!(messages(mrn.0, mrn.1).await, 1);
    assert_eq!(messages(ucr.0, ucr.1).await, 1);
    let message = view(&ru, &waiting).await["message"].clone();
    let case = View::Case(message.as_str().unwrap().to_owned());
    assert_eq!(ru.gateway.look(&officer(), case).await.unwrap(), None);

    ru.clock.advance(24 * HOUR);
    assert_eq!(ru.gateway.settle().await.unwrap(), 1);
    assert_eq!(code(&ru.receive("EU", amendment).await), "REVISION_UNKNOWN");
    assert_eq!(messages(mrn.0, mrn.1).await, 1);
    assert_eq!(messages(ucr.0, ucr.1).await, 1);
    // One that is accepted at last joins them: both, and what it revises.
    let anew = signed("EU", &stating(UCR, CC013C_MRN));
    assert_eq!(states(&ru.receive("EU", anew).await), [PartState::Waiting]);
    ru.receive("EU", signed("EU", CC015C)).await;
    assert!(ru.gateway.store().awaiting(10).is_empty());
    assert_eq!(messages(mrn.0, mrn.1).await, 4);
    assert_eq!(messages(ucr.0, ucr.1).await, 4);
}

/// A message of the EU that states a reference of the consignment.
fn stating(ucr: &str, message: &str) -> String {
    let before =
        "<inlandModeOfTransport>3</inlandModeOfTransport>\n    <grossMass>4580.25</grossMass>\n";
    let stated = format!("{before}    <referenceNumberUCR>{ucr}</referenceNumberUCR>\n");
    swap(message, before, &stated)
}

#[tokio::test]
async fn a_cancellation_signed_anew_gets_its_first_receipt() {
    let ru = Node::new(&lanes());
    ru.receive("CN", manifest(9, "CN-1")).await;
    let gone = ru.receive("CN", manifest(3, "CN-2")).await;
    assert_eq!(states(&gone), [PartState::Inbox]);
    let again = ru.receive("CN", manifest(3, "CN-2")).await;
    assert_eq!(again.receipt, gone.receipt);
    // Another cancellation is another message.
    let other = ru.receive("CN", manifest(3, "CN-3")).await;
    assert_eq!(code(&other), "REVISION_OF_CANCELLED");
}

#[tokio::test]
async fn an_amendment_under_a_taken_id_is_a_conflict_and_does_not_wait() {
    let ru = Node::new(&lanes());
    ru.receive("CN", manifest(9, "CN-1")).await;
    ru.receive("CN", manifest(5, "CN-2")).await;
    let lrn = |id: &str| {
        let text = String::from_utf8(unsigned(5, id)).unwrap();
        let (before, rest) = text.split_once("Declaration>").unwrap();
        let (tag, rest) = rest.split_once("<ID>").unwrap();
        signed("CN", &format!("{before}Declaration>{tag}<ID>X{rest}"))
    };
    // What it revises is not here.
    let taken = ru.receive("CN", lrn("CN-2")).await;
    assert_eq!(taken.status, AnswerStatus::Conflict);
    assert_eq!(code(&taken), "MESSAGE_ID_CONFLICT");
    let free = ru.receive("CN", lrn("CN-3")).await;
    assert_eq!(states(&free), [PartState::Waiting]);
}
