//! Posts: what may be handed in, and for which.

use bytes::Bytes;
use serde_json::json;

use super::setting::*;
use crate::evidence::Outcome;
use crate::exchange::{Answer, AnswerStatus};
use crate::model::{Posts, Principal, Role};

/// The posts of [`TO_KZ`] and [`TO_FI`].
pub(super) const PASS: &str = "10716050";
pub(super) const BAY: &str = "10206082";
/// A post beside [`BAY`], and one where goods lie.
pub(super) const FORT: &str = "10206020";
pub(super) const NEAR: &str = "10718010";

/// A principal for these posts only.
pub(super) fn at(role: Role, posts: &[&str]) -> Principal {
    let name = format!("{role}-{}", posts.join("-"));
    let posts = posts.iter().map(|post| (*post).to_owned()).collect();
    Principal {
        posts: Posts::Only(posts),
        ..principal(&name, role)
    }
}

pub(super) async fn submit(ru: &Node, by: &Principal, body: &str) -> Answer {
    let body = Bytes::from(body.to_owned());
    ru.gateway.submit(by, body, None).await.unwrap()
}

pub(super) fn is_accepted(answer: &Answer) -> bool {
    answer.status == AnswerStatus::Accepted
}

/// The declaration under another id.
pub(super) fn renumbered(declaration: &str, id: &str) -> String {
    let (_, rest) = declaration.split_once("DocumentID>").unwrap();
    let before = rest.split_once('<').unwrap().0;
    swap(declaration, before, id)
}

pub(super) const ID: &str = "8D3E2F71-0F1A-4F00-9C00-26112300F117";

/// The declaration without this element.
fn without(declaration: &str, element: &str) -> String {
    let (before, rest) = declaration.split_once(&format!("<{element}>")).unwrap();
    let after = rest.split_once(&format!("</{element}>")).unwrap().1;
    format!("{before}{after}")
}

#[tokio::test]
async fn a_submission_for_another_post_is_refused_and_kept_and_one_for_the_own_is_taken() {
    let ru = Node::new(&[RU_KZ]);
    let bay = at(Role::Submitter, &[BAY]);
    let refused = submit(&ru, &bay, TO_KZ).await;
    let Outcome::Refused(refusal) = receipt(&refused).outcome else {
        panic!("{refused:?}");
    };
    assert_eq!(refusal.code, "POST_NOT_ALLOWED");
    assert_eq!(refusal.stage, "authorisation");
    let path = refusal.path.as_ref().unwrap();
    assert!(path.ends_with("/PPBorderCustoms/Code"), "{path}");
    let line = usize::try_from(refusal.line.unwrap()).unwrap();
    assert!(TO_KZ.lines().nth(line - 1).unwrap().contains(PASS));
    assert!(!refusal.text.contains(PASS), "{}", refusal.text);
    let leaves = ru.leaves();
    // The same bytes: the same receipt.
    let again = submit(&ru, &bay, TO_KZ).await;
    assert_eq!((&again.receipt, ru.leaves()), (&refused.receipt, leaves));

    // It occupies no id, and what it was answered is for nobody else.
    let pass = at(Role::Submitter, &[NEAR, PASS]);
    let taken = submit(&ru, &pass, TO_KZ).await;
    assert!(is_accepted(&taken), "{}", code(&taken));
    let after = submit(&ru, &bay, TO_KZ).await;
    assert_eq!(code(&after), "POST_NOT_ALLOWED");
    let same = submit(&ru, &pass, TO_KZ).await;
    assert_eq!(same.receipt, taken.receipt);
    // A principal of all posts is not limited.
    let all = submit(&ru, &submitter(), TO_KZ).await;
    assert_eq!(all.receipt, taken.receipt);
}

#[tokio::test]
async fn who_was_refused_is_heard_again_once_it_acts_for_the_post() {
    let ru = Node::new(&[RU_KZ]);
    let before = at(Role::Submitter, &[BAY]);
    assert_eq!(code(&submit(&ru, &before, TO_KZ).await), "POST_NOT_ALLOWED");
    let after = Principal {
        name: before.name.clone(),
        ..at(Role::Submitter, &[BAY, PASS])
    };
    assert!(is_accepted(&submit(&ru, &after, TO_KZ).await));
    // And what was taken of it is answered as it was, also when it acts for the post no more.
    let again = submit(&ru, &before, TO_KZ).await;
    assert!(is_accepted(&again), "{}", code(&again));
}

#[tokio::test]
async fn the_post_is_the_one_that_the_goods_cross_else_where_they_lie_else_any_border_post() {
    let near = at(Role::Submitter, &[NEAR]);
    let far = at(Role::Submitter, &["10718090"]);
    let ru = Node::new(&[RU_MN]);
    assert_eq!(code(&submit(&ru, &near, TO_MN).await), "POST_NOT_ALLOWED");
    assert!(is_accepted(&submit(&ru, &far, TO_MN).await));
    let lying = renumbered(&without(TO_MN, "PPBorderCustoms"), ID);
    assert_eq!(code(&submit(&ru, &far, &lying).await), "POST_NOT_ALLOWED");
    let taken = submit(&ru, &near, &lying).await;
    assert!(is_accepted(&taken), "{}", code(&taken));
    let stored = ru.gateway.store().receipt(&taken.receipt_id).unwrap();
    let message = ru.gateway.store().message(&stored.unwrap().message);
    assert_eq!(message.unwrap().unwrap().posts, [NEAR]);
}

#[tokio::test]
async fn a_message_that_names_no_post_is_for_those_of_all_posts() {
    let ru = Node::new(&[RU_KZ]);
    let nowhere = without(TO_KZ, "PPBorderCustoms");
    let pass = at(Role::Submitter, &[PASS]);
    assert_eq!(
        code(&submit(&ru, &pass, &nowhere).await),
        "POST_NOT_ALLOWED"
    );
    let taken = submit(&ru, &submitter(), &nowhere).await;
    assert!(is_accepted(&taken), "{}", code(&taken));
    let seen = async |by: &Principal| {
        let view = ru.gateway.message_view(by, &taken.receipt_id).await;
        view.unwrap().is_some()
    };
    assert!(!seen(&at(Role::Officer, &[PASS])).await);
    assert!(seen(&officer()).await);
}

#[tokio::test]
async fn an_envelope_carries_nothing_past_a_post() {
    let ru = Node::new(&[RU_KZ, RU_EU]);
    let both = container("0B1E0D5A-417A-4C1E-8F00-26112300C417", &[TO_KZ, TO_FI]);
    for post in [PASS, BAY] {
        let one = at(Role::Submitter, &[post]);
        assert_eq!(code(&submit(&ru, &one, &both).await), "POST_NOT_ALLOWED");
    }
    // A document without a package is kept with the others and no post's.
    let pass = at(Role::Submitter, &[PASS]);
    let mixed = submit(&ru, &pass, CONTAINER).await;
    assert!(is_accepted(&mixed), "{}", code(&mixed));
    let of_both = at(Role::Submitter, &[PASS, BAY]);
    let taken = submit(&ru, &of_both, &both).await;
    assert!(is_accepted(&taken), "{}", code(&taken));
    for post in [PASS, BAY] {
        let by = at(Role::Officer, &[post]);
        let view = ru.gateway.message_view(&by, &taken.receipt_id).await;
        assert_eq!(view.unwrap().unwrap()["posts"], json!([PASS, BAY]));
    }
}

#[tokio::test]
async fn whether_an_id_is_taken_at_another_post_is_not_said() {
    let ru = Node::new(&[RU_KZ]);
    assert!(is_accepted(&ru.submit(TO_KZ).await));
    let other = swap(TO_KZ, "МАПП Пограничный", "МАПП Пограничное");
    let bay = at(Role::Submitter, &[BAY]);
    assert_eq!(code(&submit(&ru, &bay, &other).await), "POST_NOT_ALLOWED");
    // Also when it would break the schema.
    let broken = without(&other, "CustomsProcedure");
    assert_eq!(code(&submit(&ru, &bay, &broken).await), "POST_NOT_ALLOWED");
    // Its twin at the post learns it.
    let pass = at(Role::Submitter, &[PASS]);
    assert_eq!(
        code(&submit(&ru, &pass, &other).await),
        "MESSAGE_ID_CONFLICT"
    );
}
