//! A submission that stands in the place of an earlier one.
//!
//! Start at [`amend`]. Few national formats say what a message does to an earlier one, so that the
//! submitter says it beside the message. What the submitter says is judged like the message: a
//! revision of something unknown, refused or over is refused with a receipt.

use std::sync::Arc;

use super::conclude::{Arrived, Identity, conclude, stored_answer};
use super::core::Core;
use super::gateway::{Answer, judge};
use super::posts::is_answered;
use super::rejection::{Fault, Rejection, Stage};
use super::standing::{Standing, version};
use super::views::resolve;
use crate::evidence::Origin;
use crate::model::{Principal, Revision};
use crate::store::{Error, Store};

/// How often what follows from the store is worked out anew when that moved meanwhile: each time a
/// delivery began, an officer supplemented, somebody else revised or another decision was made.
pub(super) const ATTEMPTS_MAX: usize = 5;

/// An amendment as it was handed in.
pub(super) struct Amendment {
    pub(super) arrived: Arrived,
    pub(super) principal: Principal,
    /// What it stands in the place of: an id of the message, its receipt or the national system.
    pub(super) replaces: String,
}

/// Judges an amendment and makes the verdict durable.
pub(super) async fn amend(
    core: &Arc<Core>,
    store: &Store,
    amendment: Amendment,
) -> Result<Answer, Fault> {
    let Amendment {
        arrived,
        principal,
        replaces,
    } = amendment;
    if let Some(stored) = store.receipt_for_raw(&arrived.from, &arrived.raw)?
        && let Some(before) = store.message(&stored.message)?
        && let Some(revises) = &before.revises
        && is_answered(&principal, &before)
    {
        let meant = resolve(store, &principal, &replaces)?;
        if meant.is_some_and(|meant| meant.message == revises.message) {
            return stored_answer(store, &stored.id).await;
        }
    }
    for _ in 0..ATTEMPTS_MAX {
        let found = find(core, store, (&principal, &replaces), Revision::Amend).await?;
        let standing = match found {
            Ok(standing) => Arc::new(standing),
            Err(rejection) => {
                return refuse(core, store, &arrived, &principal, rejection).await;
            }
        };
        let verdict = judge(core, &arrived, Some(principal.clone()), Some(standing)).await?;
        match conclude(core, store, &arrived, verdict).await {
            Err(Fault::Store(Error::NotPending { .. })) => {}
            answer => return answer,
        }
    }
    Err(Fault::Busy)
}

/// What is to be revised, and how far it got.
pub(super) async fn find(
    core: &Arc<Core>,
    store: &Store,
    (principal, id): (&Principal, &str),
    revision: Revision,
) -> Result<Result<Standing, Rejection>, Fault> {
    let (core, store) = (Arc::clone(core), store.clone());
    let (principal, id) = (principal.clone(), id.to_owned());
    // It is read from disk, and so not on the runtime's threads.
    let found = tokio::task::spawn_blocking(move || match version(&store, &principal, &id)? {
        Ok(version) => Standing::of(&core, &store, revision, version),
        Err(rejection) => Ok(Err(rejection)),
    });
    found.await.map_err(|_| Fault::Worker)?
}

async fn refuse(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    principal: &Principal,
    rejection: Rejection,
) -> Result<Answer, Fault> {
    let identity = Identity {
        origin: Some(Origin::Attested {
            principal: principal.name.clone(),
        }),
        ..Identity::default()
    };
    let verdict = Err(Box::new((rejection, identity)));
    conclude(core, store, arrived, verdict).await
}

/// The refusal of an amendment whose document was submitted before.
pub(super) fn same() -> Rejection {
    Rejection::new(
        Stage::Identity,
        "REVISION_SAME",
        "this very document was accepted before; an amendment is a document of its own",
    )
}
