//! From a verdict to a durable receipt: reserve, seal, commit, in that order.
//!
//! Start at [`conclude`]. Nothing is answered before the commit is durable (design section 2,
//! steps 8 and 9).

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::amending::same;
use super::core::Core;
use super::correlate::{Original, Placed, place};
use super::documents::{MESSAGE_ID_BYTES_MAX, claims, stated_id};
use super::draft::{Draft, Sealed, status_of};
use super::gateway::{Answer, AnswerStatus};
use super::notes::Reports;
use super::prepare::Prepared;
use super::recognising::{Deciding, arriving};
use super::register::{Registered, register};
use super::rejection::{Fault, Place, Rejection, Stage};
use super::source::Source;
use super::waiting::{Revising, Settling, revised, wait};
use super::work::promptly;
use crate::crypto::When;
use crate::evidence::{self, Direction, Origin, PartState, Refusal};
use crate::model::{PackageId, PartyId, Sha256, Ucr};
use crate::store::{Claim, ClaimOutcome, Reservation, ReserveError, Store};
use crate::telemetry;

/// The message as it arrived.
#[derive(Clone)]
pub(super) struct Arrived {
    pub(super) from: PartyId,
    pub(super) direction: Direction,
    pub(super) principal: Option<String>,
    pub(super) body: Bytes,
    /// The charset that the HTTP header named.
    pub(super) charset: Option<String>,
    pub(super) raw: Sha256,
    /// The UCR that its submitter states beside it.
    pub(super) ucr: Option<Ucr>,
    /// Why it is judged a second time, when it waited.
    pub(super) settles: Option<Settling>,
}

impl Arrived {
    /// When its signature is judged: now, or when it came, for one that waited.
    pub(super) fn judged_at(&self, now: Timestamp) -> Timestamp {
        self.when(now).at()
    }

    /// The same; that it came is proven by the receipt for its waiting.
    pub(super) fn when(&self, now: Timestamp) -> When {
        match &self.settles {
            None => When::Now(now),
            Some(settling) => When::Proven(settling.at),
        }
    }
}

/// A message that may be accepted, or why not and what was known of it.
pub(super) type Verdict = Result<Prepared, Box<(Rejection, Identity)>>;

/// Makes a verdict durable and answers with its receipt.
pub(super) async fn conclude(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    verdict: Verdict,
) -> Result<Answer, Fault> {
    match verdict {
        Ok(prepared) => accept(core, store, arrived, prepared).await,
        Err(refused) => {
            let (rejection, identity) = *refused;
            claimed(core, store, arrived, rejection, identity).await
        }
    }
}

/// What was known of a refused message when it was refused.
#[derive(Default)]
pub(super) struct Identity {
    pub(super) package: Option<PackageId>,
    pub(super) message_id: Option<String>,
    pub(super) origin: Option<Origin>,
    /// The ids that it would have occupied, and where their documents begin.
    pub(super) claims: Vec<(Claim, Place)>,
    /// The posts whose business it would have been.
    pub(super) posts: Vec<String>,
    /// Whether its submitter says beside it that it revises another.
    pub(super) revises: bool,
}

impl Identity {
    /// What is known of a message whose origin is proven.
    pub(super) fn of(core: &Core, source: &Source, posts: Vec<String>) -> Self {
        Self {
            claims: claims(core, source.view(), &source.package),
            ..Self::without_claims(core, source, posts)
        }
    }

    /// The same for one that may not even learn whether its id is taken.
    pub(super) fn without_claims(core: &Core, source: &Source, posts: Vec<String>) -> Self {
        let id = stated_id(core, source.view(), &source.package);
        Self {
            package: Some(source.package.id().clone()),
            message_id: id.filter(|id| id.len() <= MESSAGE_ID_BYTES_MAX),
            origin: Some(source.origin.clone()),
            claims: Vec::new(),
            posts,
            revises: false,
        }
    }
}

/// Refuses a message, unless its id is taken: identity comes before whatever else is wrong with it
/// (design section 2, step 5). It is looked up only here, because what is in order is looked up when
/// it is reserved.
async fn claimed(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    rejection: Rejection,
    identity: Identity,
) -> Result<Answer, Fault> {
    let (claims, places): (Vec<Claim>, Vec<Place>) = identity.claims.iter().cloned().unzip();
    match store.look(&arrived.from, &claims) {
        Ok(()) => refuse(core, store, arrived, rejection, identity).await,
        Err(ReserveError::Conflict { claim, receipt, .. }) => {
            let rejection = conflict(&claim, receipt, &claims, places);
            refuse(core, store, arrived, rejection, identity).await
        }
        // The receipt of an original does not say what became of an amendment.
        Err(ReserveError::Duplicate { .. }) if identity.revises => {
            refuse(core, store, arrived, same(), identity).await
        }
        Err(ReserveError::Duplicate { receipt_id }) => stored_answer(store, &receipt_id).await,
        Err(error) => Err(reserve_fault(error)),
    }
}

/// The refusal of a message one of whose ids is taken.
fn conflict(
    claim: &Claim,
    receipt: Option<Sha256>,
    claims: &[Claim],
    places: Vec<Place>,
) -> Rejection {
    let mut rejection = Rejection::new(
        Stage::Identity,
        "MESSAGE_ID_CONFLICT",
        format!(
            "this id of {} was accepted before with other content; use a new one",
            claim.package
        ),
    );
    rejection.original = receipt.map(Box::new);
    let held = claims.iter().position(|own| own == claim);
    let place = held.and_then(|index| places.into_iter().nth(index));
    rejection.at = place.map(Box::new);
    rejection
}

async fn accept(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    mut prepared: Prepared,
) -> Result<Answer, Fault> {
    // What was accepted before finds its own work where it looks for what it revises: its id is first.
    if prepared.stated.is_some()
        && let Err(error) = store.look(&arrived.from, &prepared.claims)
    {
        return taken(core, store, arrived, prepared, error).await;
    }
    match revised(core, store, arrived, &prepared).await? {
        None => {}
        Some(Revising::Version(version)) => prepared.version = Some(version),
        Some(Revising::Refused(rejection)) => {
            let identity = known(prepared);
            return refuse(core, store, arrived, rejection, identity).await;
        }
        Some(Revising::Waits) => return wait(core, store, arrived, prepared).await,
    }
    let now = core.clock.wall();
    let reserved = store
        .reserve(&arrived.from, arrived.direction, &prepared.claims, now)
        .await;
    let reservation = match reserved {
        Ok(reservation) => reservation,
        Err(error) => return taken(core, store, arrived, prepared, error).await,
    };
    let correlation = prepared.correlation.clone();
    let placed = place(store, arrived, &prepared.keys, correlation).await?;
    let (message, at) = (core.new_id(), reservation.received_at);
    let decidings = arriving(core, store, arrived, &prepared, &message, at).await?;
    let standing = prepared.standing.as_ref();
    let kept = standing.and_then(|standing| standing.version.registration.clone());
    let registered = match kept {
        None => register(store, &prepared.registering, &reservation)?,
        Some(_) => None,
    };
    let found = Found {
        registered,
        message,
        placed,
        decidings,
    };
    let (worker, arrived) = (Arc::clone(core), arrived.clone());
    let bytes = arrived.body.len();
    let sealed = promptly(bytes, move || {
        let sealed = seal_accepted(&worker, &arrived, prepared, &reservation, found);
        (sealed, reservation)
    });
    let (sealed, reservation) = sealed.await?;
    commit(core, store, reservation, sealed?).await
}

/// Answers a message in order one of whose ids is taken, or for which there is no place.
async fn taken(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    mut prepared: Prepared,
    error: ReserveError,
) -> Result<Answer, Fault> {
    match error {
        ReserveError::Conflict { claim, receipt, .. } => {
            let places = std::mem::take(&mut prepared.places);
            let rejection = conflict(&claim, receipt, &prepared.claims, places);
            refuse(core, store, arrived, rejection, known(prepared)).await
        }
        ReserveError::Duplicate { .. } if prepared.standing.is_some() => {
            refuse(core, store, arrived, same(), known(prepared)).await
        }
        // The same content under the same id, signed anew: the answer is the first one's receipt.
        ReserveError::Duplicate { receipt_id } => stored_answer(store, &receipt_id).await,
        error @ (ReserveError::Busy | ReserveError::Quota { .. } | ReserveError::Store(_)) => {
            Err(reserve_fault(error))
        }
    }
}

/// What is known of a message that was judged to be in order.
fn known(prepared: Prepared) -> Identity {
    Identity {
        package: Some(prepared.package),
        message_id: Some(prepared.message_id),
        origin: Some(prepared.origin),
        claims: Vec::new(),
        posts: prepared.posts,
        revises: prepared.standing.is_some(),
    }
}

async fn refuse(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    rejection: Rejection,
    identity: Identity,
) -> Result<Answer, Fault> {
    let now = core.clock.wall();
    let size = u64::try_from(arrived.body.len()).unwrap_or(u64::MAX);
    let reserved = store
        .reserve_refusal(&arrived.from, arrived.direction, size, now)
        .await;
    let reservation = reserved.map_err(reserve_fault)?;
    let (worker, arrived) = (Arc::clone(core), arrived.clone());
    let bytes = arrived.body.len();
    let sealed = promptly(bytes, move || {
        let sealed = seal_refused(&worker, &arrived, &rejection, identity, &reservation);
        (sealed, reservation)
    });
    let (sealed, reservation) = sealed.await?;
    commit(core, store, reservation, sealed?).await
}

/// A reservation that failed without anybody's fault.
pub(super) fn reserve_fault(error: ReserveError) -> Fault {
    match error {
        ReserveError::Quota { .. } => Fault::Quota,
        ReserveError::Store(error) => Fault::Store(error),
        ReserveError::Busy | ReserveError::Conflict { .. } | ReserveError::Duplicate { .. } => {
            Fault::Busy
        }
    }
}

/// Makes a batch durable; only then there is an answer.
pub(super) async fn commit(
    core: &Core,
    store: &Store,
    reservation: Reservation,
    sealed: Sealed,
) -> Result<Answer, Fault> {
    let began = core.clock.monotonic();
    store.commit(reservation, sealed.batch).await?;
    let took = core.clock.monotonic().saturating_sub(began);
    telemetry::commit(took);
    telemetry::stage("commit", took);
    Ok(Answer {
        status: sealed.status,
        receipt: sealed.receipt,
        receipt_id: sealed.receipt_id,
    })
}

/// The receipt that was given before, byte for byte.
pub(super) async fn stored_answer(store: &Store, receipt_id: &str) -> Result<Answer, Fault> {
    let stored = store.receipt(receipt_id)?.ok_or(Fault::Receipt)?;
    let receipt = stored_body(store, &stored.sha256).await?;
    let code = match stored.accepted {
        true => None,
        false => store
            .message(&stored.message)?
            .and_then(|received| received.code),
    };
    let status = match stored.accepted {
        true => AnswerStatus::Accepted,
        false => status_of(code.as_deref()),
    };
    Ok(Answer {
        status,
        receipt,
        receipt_id: stored.id,
    })
}

/// A body that the store must have. It is read from disk, and so not on the runtime's threads.
pub(super) async fn stored_body(store: &Store, digest: &Sha256) -> Result<Bytes, Fault> {
    let (store, digest) = (store.clone(), *digest);
    let read = tokio::task::spawn_blocking(move || store.body(&digest));
    read.await
        .map_err(|_| Fault::Worker)??
        .ok_or(Fault::Receipt)
}

/// What the store knew when the message was accepted.
struct Found {
    /// The id that the message gets.
    message: String,
    placed: Placed,
    registered: Option<Registered>,
    decidings: Vec<Deciding>,
}

fn seal_accepted(
    core: &Core,
    arrived: &Arrived,
    prepared: Prepared,
    reservation: &Reservation,
    found: Found,
) -> Result<Sealed, Fault> {
    let mut draft = Draft::new(core, arrived, reservation, found.message);
    draft.posts = posts_of(
        arrived,
        prepared.posts.clone(),
        found.placed.original.as_ref(),
    );
    if draft.posts.is_empty()
        && let Some(version) = &prepared.version
    {
        // It is the business of those whose message it revises.
        draft.posts.clone_from(&version.posts);
    }
    draft.original = found.placed.original;
    let version = prepared.version.as_deref();
    let version = version.or_else(|| prepared.standing.as_ref().map(|standing| &standing.version));
    draft.first = match version {
        None => found.placed.first,
        Some(version) => Some(version.case().to_owned()),
    };
    if let (Some(version), Some(stated)) = (&prepared.version, &prepared.stated) {
        draft.revise(&version.message, stated.revision);
    }
    let duplicates: HashSet<usize> = reservation
        .claims
        .iter()
        .enumerate()
        .filter(|(_, claim)| {
            matches!(
                claim,
                ClaimOutcome::Duplicate { .. } | ClaimOutcome::Repeated
            )
        })
        .map(|(index, _)| index)
        .collect();
    let occupied = occupied(&prepared);
    let mut parts = Vec::with_capacity(prepared.parts.len());
    let mut reports = Reports::default();
    for outcome in prepared.parts {
        let again = outcome
            .claim
            .is_some_and(|claim| duplicates.contains(&claim));
        parts.push(draft.part(outcome, again, &mut reports));
    }
    if let Some(standing) = &prepared.standing {
        parts.extend(standing.settle(&mut draft));
    }
    for deciding in found.decidings {
        parts.extend(deciding.settle(core, &mut draft));
    }
    let mut facts = draft.arrived_facts(Some(prepared.message_id.clone()));
    facts.package = Some(prepared.package);
    draft.keys = prepared.keys;
    if let Some(registered) = found.registered {
        draft.register(registered);
    }
    if let Some(kept) = prepared
        .standing
        .and_then(|s| s.version.registration.clone())
    {
        draft.keep_registration(kept);
    }
    draft.claims = occupied;
    // A partner's ids are not the national system's.
    let national = arrived.direction == Direction::National;
    draft.national_id = Some(prepared.message_id).filter(|_| national);
    draft.report = Some(reports);
    draft.finish(
        facts,
        prepared.origin,
        evidence::Outcome::Accepted { parts },
    )
}

/// The posts of an accepted message: an answer of a partner has those of what it answers, whatever
/// offices of its own it names; so has one of ours that names none.
fn posts_of(arrived: &Arrived, stated: Vec<String>, original: Option<&Original>) -> Vec<String> {
    match original {
        Some(original) if arrived.direction == Direction::In || stated.is_empty() => {
            original.posts.clone()
        }
        Some(_) | None => stated,
    }
}

/// The claims that the message occupies from now on: its own, and those of the documents in it that
/// somebody got or will get. One that no lane could carry, or that has no lane, was not taken: it
/// may come again, corrected, under the same id.
fn occupied(prepared: &Prepared) -> Vec<Claim> {
    let taken = |index: usize| {
        prepared.parts.iter().any(|outcome| {
            let state = outcome.made.part.state;
            outcome.claim == Some(index) && !matches!(state, PartState::Kept | PartState::Refused)
        })
    };
    let claims = prepared.claims.iter().enumerate();
    claims
        .filter(|(index, _)| *index == 0 || taken(*index))
        .map(|(_, claim)| claim.clone())
        .collect()
}

fn seal_refused(
    core: &Core,
    arrived: &Arrived,
    rejection: &Rejection,
    identity: Identity,
    reservation: &Reservation,
) -> Result<Sealed, Fault> {
    let mut draft = Draft::new(core, arrived, reservation, core.new_id());
    draft.posts = identity.posts;
    let mut facts = draft.arrived_facts(identity.message_id);
    facts.package = identity.package;
    let place = rejection.at.as_ref();
    let refusal = Refusal {
        code: rejection.code.to_owned(),
        stage: rejection.stage.as_str().to_owned(),
        line: place.map(|place| place.line.into()),
        column: place.map(|place| place.column.into()),
        path: place.and_then(|place| place.path.clone()),
        text: rejection.text.clone(),
        original: rejection.original.as_deref().copied(),
    };
    let origin = identity.origin.unwrap_or(Origin::Unverified);
    draft.finish(facts, origin, evidence::Outcome::Refused(refusal))
}
