//! What an officer observes when goods are presented, and the decision that follows.
//!
//! Start at [`present`]. The observation is an entry: kept, receipted, a leaf; the decision stands
//! in the same receipt and the same commit.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::amending::ATTEMPTS_MAX;
use super::super::core::Core;
use super::super::entries::{Entered, EntryError, read};
use super::super::rejection::Fault;
use super::deciding::{Deciding, applicable, decision_json, newest};
use super::gather::Gathered;
use super::leading::Lead;
use crate::model::{CaseKey, KeyKind, Principal};
use crate::recognition::{
    Ambiguity, Fact, ObservedSeal, Presentation, SignatureState, Source, Weighing,
};
use crate::store::{EntryKind, Error, Made, Store};

/// How far an officer's clock may be ahead of ours.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);
/// How old an observation may be when it is entered: a shift at a post without a line.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Most seals, vehicles, containers or weighings of one observation: a train has some hundred.
const LIST_MAX: usize = 500;

/// What an officer observes. A list that is absent says nothing; an empty one says that there is
/// none.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Observation {
    /// When the goods were presented.
    pub(super) at: Timestamp,
    /// The post.
    pub(super) post: Option<String>,
    /// The agreement, where several could count.
    #[serde(default)]
    pub(super) agreement: Option<String>,
    /// The UCR that was shown.
    #[serde(default)]
    ucr: Option<String>,
    /// The MRN that was shown.
    #[serde(default)]
    mrn: Option<String>,
    #[serde(default)]
    vehicle_plates: Option<Vec<String>>,
    #[serde(default)]
    containers: Option<Vec<String>>,
    #[serde(default)]
    seals: Option<Vec<ObservedSeal>>,
    /// Gross mass of the goods.
    #[serde(default)]
    weighings: Option<Vec<Weighing>>,
}

impl Observation {
    /// The observation as the engine knows it. Where no reference was shown, it is that of the case
    /// to which the containers led: `keys` are those of the entry.
    pub(super) fn into_fact(
        self,
        id: &str,
        officer: Option<String>,
        keys: &[CaseKey],
    ) -> Presentation {
        let of = |kind| {
            let mut keys = keys.iter().filter(|key| key.kind == kind);
            keys.next().map(|key| key.value.clone())
        };
        let (ucr, mrn) = match self.references().is_empty() {
            true => (of(KeyKind::Ucr), of(KeyKind::Mrn)),
            false => (self.ucr, self.mrn),
        };
        Presentation {
            id: id.to_owned(),
            at: self.at,
            post: self.post,
            ucr,
            mrn,
            vehicle_plates: self.vehicle_plates,
            containers: self.containers,
            seals: self.seals,
            weighings: self.weighings,
            officer,
        }
    }

    /// Whether another presentation was of the same vehicles and containers.
    pub(super) fn is_same_transport(&self, other: &Presentation) -> bool {
        let set = |list: &Option<Vec<String>>| -> BTreeSet<String> {
            let names = list.iter().flatten();
            names.map(|name| name.trim().to_uppercase()).collect()
        };
        let own = (set(&self.vehicle_plates), set(&self.containers));
        let others = (set(&other.vehicle_plates), set(&other.containers));
        own == others && !(own.0.is_empty() && own.1.is_empty())
    }

    /// The references that were shown.
    pub(super) fn references(&self) -> Vec<CaseKey> {
        let shown = [(KeyKind::Ucr, &self.ucr), (KeyKind::Mrn, &self.mrn)];
        let shown = shown.into_iter().filter_map(|(kind, value)| {
            let value = value.as_ref()?.trim();
            (!value.is_empty()).then(|| CaseKey::new(kind, value))
        });
        shown.collect()
    }

    /// The containers, as keys.
    pub(super) fn container_keys(&self) -> Vec<CaseKey> {
        transport(KeyKind::Container, self.containers.as_deref())
    }

    fn vehicle_keys(&self) -> Vec<CaseKey> {
        transport(KeyKind::Vehicle, self.vehicle_plates.as_deref())
    }

    fn check(&self, now: Timestamp) -> Result<(), EntryError> {
        let malformed = |text: &str| Err(EntryError::Malformed(text.to_owned()));
        let age = now.duration_since(self.at);
        if age > AGE_MAX || -age > AHEAD_MAX {
            return malformed("at: not later than now and not older than 24 hours");
        }
        if self.references().is_empty() && self.container_keys().is_empty() {
            return malformed("ucr, mrn or containers: what the carrier showed");
        }
        if self.post.as_ref().is_none_or(|post| post.trim().is_empty()) {
            return malformed("post: the code of the post where the goods were presented");
        }
        let lengths = [
            self.vehicle_plates.as_ref().map_or(0, Vec::len),
            self.containers.as_ref().map_or(0, Vec::len),
            self.seals.as_ref().map_or(0, Vec::len),
            self.weighings.as_ref().map_or(0, Vec::len),
        ];
        if lengths.into_iter().any(|length| length > LIST_MAX) {
            return malformed("lists: at most 500 entries each");
        }
        Ok(())
    }
}

/// Numbers of vehicles or containers as keys.
fn transport(kind: KeyKind, names: Option<&[String]>) -> Vec<CaseKey> {
    let names = names.unwrap_or_default().iter().map(|name| name.trim());
    let names = names.filter(|name| !name.is_empty());
    names.map(|name| CaseKey::new(kind, name)).collect()
}

/// Takes an observation and decides. The same bytes again get the same answer. When another decision
/// was made of the goods meanwhile, what is known is gathered anew.
pub(in super::super) async fn present(
    core: &Arc<Core>,
    store: &Store,
    principal: &Principal,
    body: Bytes,
) -> Result<Value, EntryError> {
    for _ in 0..ATTEMPTS_MAX {
        match observe(core, store, principal, body.clone()).await {
            Err(EntryError::Fault(Fault::Store(Error::NotPending { .. }))) => {}
            answer => return answer,
        }
    }
    Err(Fault::Busy.into())
}

async fn observe(
    core: &Arc<Core>,
    store: &Store,
    principal: &Principal,
    body: Bytes,
) -> Result<Value, EntryError> {
    let observed: Observation = read(&body)?;
    let mut entered = Entered::by(core, principal, EntryKind::Presentation, body)?;
    let post = observed.post.clone().unwrap_or_default();
    if !post.trim().is_empty() && !principal.posts.include(&post) {
        return Err(EntryError::NotAllowed);
    }
    if let Some(answer) = entered.answered(store, principal).await? {
        return answered(store, &answer.receipt_id).await;
    }
    observed.check(core.clock.wall())?;
    entered.posts = vec![post.clone()];
    let (worker, reader, seen) = (Arc::clone(core), store.clone(), observed.clone());
    // It is read from disk, and so not on the runtime's threads.
    let found = tokio::task::spawn_blocking(move || gather(&worker, &reader, &seen));
    let (gathered, lead) = found.await.map_err(|_| Fault::Worker)??;
    entered.keys = lead.key.into_iter().collect();
    entered.keys.extend(observed.vehicle_keys());
    entered.keys.extend(observed.container_keys());
    let keys = entered.keys.clone();
    let agreement = choose(core, &gathered, &observed)?;
    let previous = newest(store, gathered.keys.iter().chain(&keys), &agreement)?;
    // What another lorry shows says nothing of the goods that were let through.
    let is_relied_on =
        !gathered.is_of_others(&observed) && gathered.is_relied_on(store, previous.as_ref())?;
    let officer = principal.name.clone();
    let answer = entered
        .conclude(core, store, move |core, draft| {
            let source = Source {
                message: draft.message().to_owned(),
                package: None,
                path: None,
                signature: SignatureState::Attested,
            };
            let mut gathered = gathered.with_keys(&source, draft.at());
            if let Some(note) = lead.doubt {
                gathered.facts.ambiguous.push(Fact {
                    value: Ambiguity { open: true, note },
                    source: source.clone(),
                    known_at: draft.at(),
                });
            }
            let fact = observed.into_fact(draft.message(), Some(officer), &keys);
            gathered.facts.presentation.push(Fact {
                value: fact,
                source,
                known_at: draft.at(),
            });
            gathered.keys.extend(keys);
            let deciding = Deciding {
                keys: gathered.keys.into_iter().collect(),
                facts: gathered.facts,
                agreement,
                previous,
                posts: gathered.post.into_iter().chain([post]).collect(),
                is_released: gathered.is_released,
                is_renewed: false,
                is_relied_on,
            };
            deciding.settle(core, draft).into_iter().collect()
        })
        .await?;
    answered(store, &answer.receipt_id).await
}

fn gather(core: &Core, store: &Store, observed: &Observation) -> Result<(Gathered, Lead), Fault> {
    let lead = Lead::of(store, observed)?;
    let mut gathered = Gathered::of(core, store, lead.case.as_slice(), None)?;
    gathered.looked_at_again(observed);
    Ok((gathered, lead))
}

/// The agreement that counts: the officer's choice, or the only one.
fn choose(core: &Core, gathered: &Gathered, observed: &Observation) -> Result<String, EntryError> {
    if let Some(named) = &observed.agreement {
        let found = core
            .agreements
            .find(named)
            .filter(|a| a.parties.contains(&core.party));
        let found = found.map(|agreement| agreement.id.clone());
        return found.ok_or(EntryError::NotFound);
    }
    let post = observed.post.as_deref();
    let ids = applicable(core, &gathered.partners, post, core.clock.wall());
    match ids.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(EntryError::Refused(
            "no agreement is in force: ordinary control",
        )),
        several => {
            let text = format!("agreement: name one of {}", several.join(", "));
            Err(EntryError::Malformed(text))
        }
    }
}

/// What a presentation was answered with: its receipt and the decision in it.
async fn answered(store: &Store, receipt_id: &str) -> Result<Value, EntryError> {
    let receipt = store.receipt(receipt_id).map_err(Fault::from)?;
    let receipt = receipt.ok_or(Fault::Receipt)?;
    let mut decisions = Vec::new();
    for made in store.made_from(&receipt.message).map_err(Fault::from)? {
        if let Made::Decision(id) = made {
            let decided = store.decision(&id).map_err(Fault::from)?;
            let decided = decided.ok_or(Fault::Receipt)?;
            decisions.push(decision_json(store, &decided).await?);
        }
    }
    Ok(json!({ "receipt_id": receipt_id, "decision": decisions.pop() }))
}
