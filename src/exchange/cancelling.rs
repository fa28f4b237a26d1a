//! A submission that is taken back.
//!
//! Start at [`cancel`]. It is an entry: receipted, and a leaf of the log. What cannot have reached a
//! partner is recalled and the partner hears nothing; a partner that may have the declaration is told in
//! its own words, made of the declaration once more.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::amending::{ATTEMPTS_MAX, find};
use super::conclude::{stored_answer, stored_body};
use super::core::Core;
use super::documents::documents;
use super::entries::{Entered, EntryError, check_reason, read};
use super::parts::{Aside, beside, parts as parts_of};
use super::prepare::{Outcome, lanes_of};
use super::rejection::{Fault, Stopped};
use super::source::Source;
use super::standing::Standing;
use super::views::resolve;
use crate::evidence;
use crate::model::{Principal, Revision};
use crate::store::{EntryKind, Error, Store};

/// Why a submission is cancelled.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reasoned {
    reason: String,
}

/// Cancels the submission with this id. The same entry again gets the same answer.
pub(super) async fn cancel(
    core: &Arc<Core>,
    store: &Store,
    principal: &Principal,
    id: &str,
    body: Bytes,
) -> Result<Value, EntryError> {
    let stated: Reasoned = read(&body)?;
    check_reason(&stated.reason)?;
    let Some(meant) = resolve(store, principal, id)? else {
        return Err(EntryError::NotFound);
    };
    // What is kept names what is cancelled, whatever the path called it.
    let said = json!({ "cancels": meant.message, "reason": stated.reason });
    let body = Bytes::from(said.to_string());
    if let Some(stored) = store
        .receipt_for_raw(&core.party, &evidence::sha256(&body))
        .map_err(Fault::from)?
    {
        let own = store.message(&stored.message).map_err(Fault::from)?;
        if own.is_some_and(|own| own.principal.as_ref() == Some(&principal.name)) {
            let answer = stored_answer(store, &stored.id).await?;
            return Ok(json!({ "receipt_id": answer.receipt_id }));
        }
    }
    for _ in 0..ATTEMPTS_MAX {
        let found = find(core, store, (principal, &meant.message), Revision::Cancel).await?;
        let mut standing = found.map_err(|rejection| match rejection.code {
            "REVISION_UNKNOWN" => EntryError::NotFound,
            code => EntryError::Refused(code),
        })?;
        standing.reason = Some(stated.reason.trim().to_owned());
        let standing = Arc::new(standing);
        let notices = notices(core, store, &standing).await?;
        let mut entered = Entered::of(core, principal, EntryKind::Cancel, body.clone());
        entered.keys.clone_from(&standing.version.keys);
        entered.posts.clone_from(&standing.version.posts);
        let concluded = entered.conclude(core, store, move |_, draft| {
            draft.first = Some(standing.version.case().to_owned());
            let mut parts = standing.settle(draft);
            for Outcome { made, .. } in notices {
                draft.effect(&made.part, made.effect);
                parts.push(made.part);
            }
            parts
        });
        match concluded.await {
            Ok(answer) => return Ok(json!({ "receipt_id": answer.receipt_id })),
            Err(Fault::Store(Error::NotPending { .. })) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Err(Fault::Busy.into())
}

/// What the partners are told that may have the declaration.
async fn notices(
    core: &Arc<Core>,
    store: &Store,
    standing: &Arc<Standing>,
) -> Result<Vec<Outcome>, EntryError> {
    if standing.reached_nobody() {
        return Ok(Vec::new());
    }
    let body = stored_body(store, &standing.version.raw).await?;
    let (worker, standing) = (Arc::clone(core), Arc::clone(standing));
    let bytes = body.len();
    let work = move || made(&worker, &standing, &body);
    let made = core.workers.compute(bytes, work).await?;
    made.map_err(|stopped| match stopped {
        Stopped::Fault(fault) => EntryError::Fault(fault),
        Stopped::Rejected(rejection) => {
            // Codes and paths; a rejection holds no value.
            tracing::warn!(%rejection, "a cancellation is not taken");
            EntryError::Refused(rejection.code)
        }
    })
}

fn made(core: &Core, standing: &Standing, body: &[u8]) -> Result<Vec<Outcome>, Stopped> {
    let source = Source::again(core, &standing.version, body)?;
    let entries = documents(core, source.view(), &source.package)?;
    let ucr = source.ucr()?;
    let mut outcomes = Vec::new();
    for entry in &entries {
        let Some(package) = &entry.package else {
            continue;
        };
        for lane in lanes_of(core, &core.party, &source, (entry, package), Some(standing)) {
            let ucr = beside(ucr.as_ref(), &entries, entry);
            let aside = Aside::of(ucr, Some(standing), &lane);
            let (made, _) = parts_of(core, entry, package, &lane, aside)?;
            outcomes.extend(made.into_iter().map(|made| Outcome { claim: None, made }));
        }
    }
    standing.told(&outcomes)?;
    Ok(outcomes)
}
