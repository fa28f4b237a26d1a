//! Which message occupies an id: duplicates, conflicts, and what was refused or only kept.

use bytes::Bytes;

use super::setting::*;
use crate::evidence::{self, Outcome, Part, PartState};
use crate::exchange::AnswerStatus;
use crate::model::Role;

fn states(parts: &[Part]) -> Vec<PartState> {
    parts.iter().map(|part| part.state).collect()
}

#[tokio::test]
async fn a_refused_message_leaves_its_id_to_the_corrected_one() {
    let ru = Node::new(&[RU_KZ]);
    let broken = swap(TO_KZ, "<CustomsProcedure>ТТ<", "<CustomsProcedure>ТТТТТ<");
    assert_eq!(ru.submit(&broken).await.status, AnswerStatus::Refused);
    assert_eq!(ru.submit(TO_KZ).await.status, AnswerStatus::Accepted);
}

#[tokio::test]
async fn a_conflict_stays_one_when_it_is_sent_again() {
    let ru = Node::new(&[RU_KZ]);
    ru.submit(TO_KZ).await;
    let other = swap(TO_KZ, "2026-11-23T10:15:00", "2026-11-23T10:16:00");
    let first = ru.submit(&other).await;
    let again = ru.submit(&other).await;
    assert_eq!(code(&first), "MESSAGE_ID_CONFLICT");
    assert_eq!(first.status, AnswerStatus::Conflict);
    assert_eq!(again.status, AnswerStatus::Conflict);
    assert_eq!(first.receipt, again.receipt);
}

#[tokio::test]
async fn an_accepted_id_with_other_content_is_a_conflict_whatever_else_is_wrong_with_it() {
    let ru = Node::new(&[RU_KZ]);
    let first = ru.submit(TO_KZ).await;
    let broken = swap(TO_KZ, "<CustomsProcedure>ТТ<", "<CustomsProcedure>ТТТТТ<");
    let elsewhere = swap(TO_FI, "26112300F117", "26112300A417");
    let envelope = container("6B1E0D5A-417A-4C1E-8F00-26112300C009", &[&broken]);
    for (other, otherwise) in [
        (broken, "SCHEMA_FACET_LENGTH"),
        (elsewhere, "NO_LANE"),
        (envelope, "SCHEMA_FACET_LENGTH"),
    ] {
        let answer = ru.submit(&other).await;
        assert_eq!(code(&answer), "MESSAGE_ID_CONFLICT", "{otherwise}");
        assert_eq!(answer.status, AnswerStatus::Conflict);
        let Outcome::Refused(refusal) = receipt(&answer).outcome else {
            panic!("accepted");
        };
        assert_eq!(refusal.original, Some(evidence::sha256(&first.receipt)));
        assert!(refusal.path.is_some() && refusal.stage == "identity");
        // With an id of its own it is refused for its own fault.
        let free = swap(&other, "26112300A417", "26112300A499");
        assert_eq!(code(&ru.submit(&free).await), otherwise);
    }
}

#[tokio::test]
async fn accepted_content_keeps_its_receipt_when_no_lane_takes_it_any_more() {
    let ru = Node::new(&[RU_KZ]);
    let first = ru.submit(TO_KZ).await;
    let without = ru.with_lanes(&[]);
    let spelled = swap(TO_KZ, "?>", "?><!-- again -->");
    let by = submitter();
    let again = without.submit(&by, Bytes::from(spelled), None).await;
    assert_eq!(again.unwrap().receipt, first.receipt);
    let other = swap(TO_KZ, "26112300A417", "26112300A499");
    let other = without.submit(&by, Bytes::from(other), None).await;
    assert_eq!(code(&other.unwrap()), "NO_LANE");
}

#[tokio::test]
async fn a_contained_document_is_the_same_as_alone() {
    let ru = Node::new(&[RU_KZ]);
    let alone = ru.submit(TO_KZ).await;
    let contained = ru
        .submit(&container("6B1E0D5A-417A-4C1E-8F00-26112300C001", &[TO_KZ]))
        .await;
    assert_eq!(alone.status, AnswerStatus::Accepted);
    assert_eq!(states(&parts(&contained)), [PartState::Duplicate]);
    assert_eq!(ru.queued().len(), 1);

    let other = swap(TO_KZ, "2026-11-23T10:15:00", "2026-11-23T10:16:00");
    let conflict = ru
        .submit(&container(
            "6B1E0D5A-417A-4C1E-8F00-26112300C002",
            &[&other],
        ))
        .await;
    assert_eq!(code(&conflict), "MESSAGE_ID_CONFLICT");
}

#[tokio::test]
async fn each_part_stands_on_the_claim_of_its_own_document() {
    let ru = Node::new(&[RU_KZ, RU_EU]);
    ru.submit(TO_FI).await;
    // First a document without a package, then one that is new, then one that was sent.
    let (before, rest) = CONTAINER.split_once("<ed:ContainerDoc>").unwrap();
    let inventory = rest.rsplit_once("<ed:ContainerDoc>").unwrap().1;
    let inventory = inventory.split_once("</ed:ContainerDoc>").unwrap().0;
    let declarations = container("6B1E0D5A-417A-4C1E-8F00-26112300C003", &[TO_KZ, TO_FI]);
    let declarations = declarations.split_once("<ed:ContainerDoc>").unwrap().1;
    let all = format!(
        "{before}<ed:ContainerDoc>{inventory}</ed:ContainerDoc><ed:ContainerDoc>{declarations}"
    );
    let answer = ru.submit(&all).await;
    assert_eq!(
        states(&parts(&answer)),
        [PartState::Kept, PartState::Queued, PartState::Duplicate]
    );
    assert_eq!(ru.queued().len(), 2);
}

#[tokio::test]
async fn a_document_that_was_only_kept_may_be_sent_once_there_is_a_lane() {
    let ru = Node::new(&[RU_KZ]);
    let envelope = container("6B1E0D5A-417A-4C1E-8F00-26112300C004", &[TO_KZ, TO_FI]);
    let answer = ru.submit(&envelope).await;
    assert_eq!(
        states(&parts(&answer)),
        [PartState::Queued, PartState::Kept]
    );

    let gateway = ru.with_lanes(&[RU_KZ, RU_EU]);
    let (by, body) = (submitter(), |text: &'static str| {
        Bytes::from_static(text.as_bytes())
    });
    let alone = gateway.submit(&by, body(TO_FI), None).await.unwrap();
    assert_eq!(states(&parts(&alone)), [PartState::Queued]);
    // The one that was sent is known.
    let again = gateway.submit(&by, body(TO_KZ), None).await.unwrap();
    assert_eq!(again.receipt, answer.receipt);
}

#[tokio::test]
async fn a_document_that_no_lane_could_carry_may_be_sent_corrected() {
    let strict = format!(
        "{RU_EU}\n[[rules.value]]\nat = \"CustomsOfficeOfDestinationDeclared/referenceNumber\"\n\
         do = \"reject\"\n"
    );
    let ru = Node::new(&[RU_KZ, &strict]);
    let unlisted = swap(TO_FI, "ХЕЛЬСИНКИ", "КЕМИ");
    let envelope = container("6B1E0D5A-417A-4C1E-8F00-26112300C005", &[TO_KZ, &unlisted]);
    let answer = ru.submit(&envelope).await;
    assert_eq!(
        states(&parts(&answer)),
        [PartState::Queued, PartState::Refused]
    );
    assert_eq!(states(&parts(&ru.submit(TO_FI).await)), [PartState::Queued]);
    // Now the id is taken.
    let other = swap(TO_FI, "2026-11-23T11:40:00", "2026-11-23T11:41:00");
    assert_eq!(code(&ru.submit(&other).await), "MESSAGE_ID_CONFLICT");
}

#[tokio::test]
async fn a_refusal_is_repeated_only_to_whom_it_was_given() {
    let ru = Node::new(&[RU_KZ]);
    let body = Bytes::from_static(TO_KZ.as_bytes());
    let auditor = principal("auditor", Role::Auditor);
    let refused = ru
        .gateway
        .submit(&auditor, body.clone(), None)
        .await
        .unwrap();
    let again = ru.gateway.submit(&auditor, body, None).await.unwrap();
    assert_eq!(refused.receipt, again.receipt);
    assert_eq!(ru.submit(TO_KZ).await.status, AnswerStatus::Accepted);
}

#[tokio::test]
async fn an_id_of_endless_length_is_in_no_receipt() {
    let ru = Node::new(&[RU_KZ]);
    let id = "6".repeat(100_000);
    let answer = ru
        .submit(&swap(TO_KZ, "6B1E0D5A-417A-4C1E-8F00-26112300A417", &id))
        .await;
    assert_eq!(code(&answer), "MESSAGE_ID_TOO_LONG");
    assert!(answer.receipt.len() < 10_000);
}
