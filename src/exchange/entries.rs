//! What officers enter by themselves: a statement that keys belong to one consignment, and with the
//! siblings what they observed.
//!
//! Start at [`Entered`]. An entry is a message like any other: its bytes are kept, it gets a receipt
//! and a leaf, and its keys count like those of a partner's message.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cancelling::cancel;
use super::cases;
use super::conclude::{Arrived, commit, reserve_fault, stored_answer};
use super::core::Core;
use super::correlate::place;
use super::draft::{Draft, Sealed};
use super::gateway::Answer;
use super::posts::{is_of_all, may_see, may_see_message, union};
use super::recognising;
use super::rejection::Fault;
use super::returns::give_back;
use super::work::promptly;
use crate::evidence::{self, Direction, Origin, Part};
use crate::model::{CaseKey, Principal, Role};
use crate::store::{self, AlertTaken, Alerted, EntryKind, Event, Store};

/// Most keys of one entry: a consignment has one of each kind, and some containers.
const KEYS_MAX: usize = 100;
/// Longest value of a key, in bytes; the longest published identifiers have 70 characters.
const VALUE_BYTES_MAX: usize = 256;
/// Longest reason, in bytes: some sentences.
const REASON_BYTES_MAX: usize = 4096;

/// Who enters what no officer does, as the journal names it.
const GATEWAY: &str = "gateway";

/// What an officer may enter.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// The goods of a case arrived: an import result in the words of the canonical model.
    Arrival(String),
    /// Notice was taken of an alert.
    AlertTaken(String),
    /// A submission is taken back: `{"reason"}`. Its submitter may enter it too.
    Cancel(String),
    /// Keys belong to one consignment: `{"keys": [{"kind", "value"}], "reason"}`.
    Join,
    /// Goods were presented: `docs/recognition.md` has the fields.
    Presentation,
    /// The goods of a case were released, or not: an import result, as for an arrival.
    Release(String),
}

/// Takes an entry and answers with what follows from it.
pub(super) async fn enter(
    core: &Arc<Core>,
    store: &Store,
    principal: &Principal,
    entry: Entry,
    body: Bytes,
) -> Result<Value, EntryError> {
    match entry {
        Entry::AlertTaken(id) => take_alert(core, store, principal, &id).await,
        Entry::Arrival(case) => {
            give_back(core, store, principal, EntryKind::Arrival, &case, body).await
        }
        Entry::Cancel(message) => cancel(core, store, principal, &message, body).await,
        Entry::Release(case) => {
            give_back(core, store, principal, EntryKind::Release, &case, body).await
        }
        Entry::Presentation => recognising::present(core, store, principal, body).await,
        Entry::Join => {
            let answer = join(core, store, principal, body).await?;
            Ok(json!({ "receipt_id": answer.receipt_id }))
        }
    }
}

/// Why an officer's entry was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The JSON is not what is expected; the text says what is wrong with it.
    #[error("{0}")]
    Malformed(String),
    /// The principal is no officer, or not of this post.
    #[error("only an officer of the post may enter this")]
    NotAllowed,
    /// What the entry speaks of is not there.
    #[error("there is nothing that the entry speaks of")]
    NotFound,
    /// What the entry speaks of does not allow it.
    #[error("{0}")]
    Refused(&'static str),
    /// The gateway's own failure.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Keys that an officer states to belong to one consignment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Join {
    keys: Vec<CaseKey>,
    reason: String,
}

/// An officer's entry as it arrived, and what it states.
pub(super) struct Entered {
    pub(super) arrived: Arrived,
    pub(super) kind: EntryKind,
    pub(super) keys: Vec<CaseKey>,
    /// The posts whose business it is.
    pub(super) posts: Vec<String>,
}

impl Entered {
    /// An entry of a principal.
    ///
    /// # Errors
    /// [`EntryError::NotAllowed`] when it is no officer.
    pub(super) fn by(
        core: &Core,
        principal: &Principal,
        kind: EntryKind,
        body: Bytes,
    ) -> Result<Self, EntryError> {
        if principal.role != Role::Officer {
            return Err(EntryError::NotAllowed);
        }
        Ok(Self::of(core, principal, kind, body))
    }

    /// An entry of a principal who may make it.
    pub(super) fn of(core: &Core, principal: &Principal, kind: EntryKind, body: Bytes) -> Self {
        Self::named(core, principal.name.clone(), kind, body)
    }

    /// An entry of the gateway's own.
    pub(super) fn of_gateway(core: &Core, kind: EntryKind, body: Bytes) -> Self {
        Self::named(core, GATEWAY.to_owned(), kind, body)
    }

    fn named(core: &Core, principal: String, kind: EntryKind, body: Bytes) -> Self {
        let raw = evidence::sha256(&body);
        Self {
            arrived: Arrived {
                from: core.party.clone(),
                direction: Direction::National,
                principal: Some(principal),
                body,
                charset: None,
                raw,
                ucr: None,
                settles: None,
            },
            kind,
            keys: Vec::new(),
            posts: Vec::new(),
        }
    }

    /// The receipt that the same bytes got before, if the principal may see it.
    pub(super) async fn answered(
        &self,
        store: &Store,
        principal: &Principal,
    ) -> Result<Option<Answer>, Fault> {
        let (party, raw) = (&self.arrived.from, &self.arrived.raw);
        match store.receipt_for_raw(party, raw)? {
            Some(stored) if may_see_message(store, principal, &stored.message)? => {
                stored_answer(store, &stored.id).await.map(Some)
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Makes the entry durable: `more` adds parts to the receipt and events to the batch.
    pub(super) async fn conclude(
        self,
        core: &Arc<Core>,
        store: &Store,
        more: impl FnOnce(&Core, &mut Draft<'_>) -> Vec<Part> + Send + 'static,
    ) -> Result<Answer, Fault> {
        let now = core.clock.wall();
        let reserved = store.reserve(&core.party, Direction::National, &[], now);
        let reservation = reserved.await.map_err(reserve_fault)?;
        let placed = place(store, &self.arrived, &self.keys, Vec::new()).await?;
        let worker = Arc::clone(core);
        let sealed = promptly(self.arrived.body.len(), move || {
            let message = worker.new_id();
            let mut draft = Draft::new(&worker, &self.arrived, &reservation, message);
            draft.first = placed.first;
            draft.entry = Some(self.kind);
            draft.keys = self.keys;
            draft.posts = self.posts;
            let parts = more(&worker, &mut draft);
            (seal(draft, parts), reservation)
        });
        let (sealed, reservation) = sealed.await?;
        commit(core, store, reservation, sealed?).await
    }
}

fn seal(draft: Draft<'_>, parts: Vec<Part>) -> Result<Sealed, Fault> {
    let facts = draft.arrived_facts(None);
    let origin = Origin::Attested {
        principal: draft.principal(),
    };
    draft.finish(facts, origin, evidence::Outcome::Accepted { parts })
}

/// Whether an alert is for a principal's posts.
pub(super) fn concerns(alert: &Alerted, principal: &Principal) -> bool {
    principal.posts.meet(&alert.posts)
}

/// Records that an officer took notice of an alert.
async fn take_alert(
    core: &Core,
    store: &Store,
    principal: &Principal,
    id: &str,
) -> Result<Value, EntryError> {
    if principal.role != Role::Officer {
        return Err(EntryError::NotAllowed);
    }
    let alert = store.alert(id).map_err(Fault::from)?;
    // What another post is told is not there for this one.
    if !alert.is_some_and(|alert| concerns(&alert, principal)) {
        return Err(EntryError::NotFound);
    }
    let event = Event::AlertTaken(AlertTaken {
        alert: id.to_owned(),
        at: core.clock.wall(),
        by: principal.name.clone(),
    });
    match store.append(Vec::new(), vec![event]).await {
        Ok(_) => Ok(json!({ "taken": id })),
        Err(store::Error::NotPending { .. }) => Err(EntryError::NotFound),
        Err(error) => Err(Fault::from(error).into()),
    }
}

/// Records that keys belong to one consignment. The same bytes again get the same receipt.
async fn join(
    core: &Arc<Core>,
    store: &Store,
    principal: &Principal,
    body: Bytes,
) -> Result<Answer, EntryError> {
    let stated: Join = read(&body)?;
    let mut entered = Entered::by(core, principal, EntryKind::Join, body)?;
    check_reason(&stated.reason)?;
    let joining = stated.keys.iter().filter(|key| key.kind.joins()).count();
    if joining == 0 || stated.keys.len() < 2 || stated.keys.len() > KEYS_MAX {
        let text = format!(
            "keys: 2 to {KEYS_MAX}, one of which is a declaration, document, lrn, mrn or ucr"
        );
        return Err(EntryError::Malformed(text));
    }
    let fits = |key: &CaseKey| !key.value.trim().is_empty() && key.value.len() <= VALUE_BYTES_MAX;
    if !stated.keys.iter().all(fits) {
        let text = format!("keys: a value has 1 to {VALUE_BYTES_MAX} bytes");
        return Err(EntryError::Malformed(text));
    }
    let (reader, by, keys) = (store.clone(), principal.clone(), stated.keys.clone());
    // It is read from disk, and so not on the runtime's threads.
    let posts = tokio::task::spawn_blocking(move || posts_joined(&reader, &by, &keys));
    let posts = posts.await.map_err(|_| Fault::Worker)??;
    entered.posts = posts.ok_or(EntryError::NotFound)?;
    if let Some(answer) = entered.answered(store, principal).await? {
        return Ok(answer);
    }
    entered.keys = stated.keys;
    Ok(entered.conclude(core, store, |_, _| Vec::new()).await?)
}

/// A reason says something, and not too much.
pub(super) fn check_reason(reason: &str) -> Result<(), EntryError> {
    if reason.trim().is_empty() || reason.len() > REASON_BYTES_MAX {
        let text = format!("reason: 1 to {REASON_BYTES_MAX} bytes that say why");
        return Err(EntryError::Malformed(text));
    }
    Ok(())
}

/// The posts of the cases that are joined; nothing when the principal, who acts for some posts only,
/// may see no message of any.
fn posts_joined(
    store: &Store,
    principal: &Principal,
    keys: &[CaseKey],
) -> Result<Option<Vec<String>>, Fault> {
    let cases = cases::of_keys(store, keys)?;
    let members = cases.iter().flat_map(|case| &case.members);
    let mut visible = members
        .clone()
        .filter(|member| may_see(principal, &member.received));
    if visible.next().is_none() && !is_of_all(principal) {
        return Ok(None);
    }
    Ok(Some(union(members.map(|member| &member.received.posts))))
}

/// Reads an entry's JSON; the error names line and column, and no value.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, EntryError> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let what = match error.classify() {
            serde_json::error::Category::Data => "a field is unknown, missing or of another type",
            serde_json::error::Category::Eof => "it ends early",
            serde_json::error::Category::Io | serde_json::error::Category::Syntax => {
                "it is not JSON"
            }
        };
        EntryError::Malformed(format!("line {line}, column {column}: {what}"))
    })
}
