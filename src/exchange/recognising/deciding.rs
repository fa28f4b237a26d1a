//! Decisions made durable: the engine's result, the facts that it was made from, and what follows.
//!
//! Start at [`Deciding`] and [`arriving`]. A decision is a part of the receipt of the message that
//! led to it, and so a leaf of the log; nothing is ever changed, a later decision supersedes.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::cases::{self, contradict};
use super::super::conclude::{Arrived, stored_body};
use super::super::core::Core;
use super::super::draft::Draft;
use super::super::made::Effect;
use super::super::prepare::Prepared;
use super::super::rejection::Fault;
use super::gather::{Fresh, Gathered};
use crate::evidence::{self, Part, PartState};
use crate::model::{CaseKey, Declaration, PackageId, PartyId, Revision};
use crate::recognition::{
    Agreement, Ambiguity, Code, Fact, Facts, RecognitionResult, SignatureState, Source, Verdict,
    decide,
};
use crate::store::{Alerted, Decided, Event, PAGE_MAX, Store};

/// Most agreements that one message is decided under: two services have a few.
const AGREEMENTS_MAX: usize = 8;

/// A decision that is about to be made.
pub(in super::super) struct Deciding {
    pub(super) facts: Facts,
    /// The agreement's id.
    pub(super) agreement: String,
    pub(super) keys: Vec<CaseKey>,
    /// The decision that it follows.
    pub(super) previous: Option<Decided>,
    /// The posts that are told when something is wrong.
    pub(super) posts: BTreeSet<String>,
    /// Whether the goods were released before.
    pub(super) is_released: bool,
    /// Whether it is the decision before over the same facts, but for how signatures are judged.
    pub(super) is_renewed: bool,
    /// Whether somebody relies on what was decided of these goods before.
    pub(super) is_relied_on: bool,
}

impl Deciding {
    /// Decides as of the batch's time and adds decision and alerts to it. Nothing, when the agreement
    /// is gone meanwhile.
    pub(in super::super) fn settle(self, core: &Core, draft: &mut Draft<'_>) -> Option<Part> {
        let agreement = core.agreements.find(&self.agreement)?;
        let at = draft.at();
        let result = decide(&self.facts, agreement, at);
        let facts = draft.keep(self.facts.known_at(at).canonical_bytes().into());
        let digest = draft.keep(result.to_bytes().into());
        let id = core.new_id();
        draft.push(Event::Decided(Decided {
            id: id.clone(),
            source: draft.message().to_owned(),
            keys: self.keys.clone(),
            body: digest,
            facts,
            verdict: result.verdict.as_str().to_owned(),
            agreement: self.agreement.clone(),
            at,
            supersedes: self.previous.as_ref().map(|previous| previous.id.clone()),
        }));
        for code in self.alerts(&result) {
            draft.push(Event::Alerted(Alerted {
                id: core.new_id(),
                source: draft.message().to_owned(),
                keys: self.keys.clone(),
                code: code.to_owned(),
                decision: Some(id.clone()),
                posts: self.posts.iter().cloned().collect(),
                at,
            }));
        }
        Some(Part {
            lane: None,
            document: None,
            to: None,
            package: None,
            mapping_sha256: None,
            state: PartState::Decided,
            sha256: Some(digest),
            losses: Vec::new(),
            supplied: Vec::new(),
            findings: vec![format!("{}@{}", result.verdict.as_str(), self.agreement)],
        })
    }

    /// What an officer must know besides: a reference that was used twice, and a result on which
    /// somebody relied and that does not hold any more.
    fn alerts(&self, result: &RecognitionResult) -> Vec<&'static str> {
        let mut codes = Vec::new();
        let used = Some(Code::UcrAlreadyConsumed);
        // That was said when the goods were presented.
        if !self.is_renewed && result.rules.iter().any(|finding| finding.code == used) {
            codes.push("UCR_ALREADY_CONSUMED");
        }
        let good = [Verdict::Recognised, Verdict::RecognisedWithChecks];
        match (
            self.is_relied_on && !good.contains(&result.verdict),
            self.is_released,
        ) {
            (true, true) => codes.push("POST_RELEASE_CONTROL"),
            (true, false) => codes.push("DECISION_CHANGED"),
            (false, _) => {}
        }
        codes
    }
}

/// The agreements under which a case may be decided: between us and the partners that are known, or
/// any partner when none is; of these the ones that know the post, if there are such.
pub(super) fn applicable(
    core: &Core,
    partners: &BTreeSet<PartyId>,
    post: Option<&str>,
    at: Timestamp,
) -> Vec<String> {
    let ours = core.agreements.iter().filter(|agreement| {
        let parties = &agreement.parties;
        let known = partners.is_empty() || partners.iter().any(|partner| parties.contains(partner));
        parties.contains(&core.party) && known && agreement.is_in_force(at)
    });
    let ours: Vec<_> = ours.collect();
    let post = post.map(|post| post.trim().to_uppercase());
    let knows = |pair: &crate::recognition::PostPair| {
        pair.to_party == core.party && post.as_ref().is_some_and(|post| pair.to.contains(post))
    };
    let here = ours
        .iter()
        .filter(|agreement| agreement.post_pairs.iter().any(knows));
    let here: Vec<String> = here.map(|agreement| agreement.id.clone()).collect();
    if here.is_empty() {
        return ours.iter().map(|agreement| agreement.id.clone()).collect();
    }
    here
}

/// The last decision about these keys by this agreement. One that was superseded by a decision about
/// other keys is none.
pub(super) fn newest<'k>(
    store: &Store,
    keys: impl IntoIterator<Item = &'k CaseKey> + Clone,
    agreement: &str,
) -> Result<Option<Decided>, Fault> {
    let mut superseded = None;
    loop {
        let Some(last) = last(store, keys.clone(), agreement)? else {
            return Ok(None);
        };
        if store.is_current(&last.id)? {
            return Ok(Some(last));
        }
        // Another one followed while it was read: that one is found now.
        if superseded.replace(last.id.clone()) == Some(last.id) {
            return Ok(None);
        }
    }
}

/// The last decision about these keys by this agreement, superseded or not.
fn last<'k>(
    store: &Store,
    keys: impl IntoIterator<Item = &'k CaseKey>,
    agreement: &str,
) -> Result<Option<Decided>, Fault> {
    let mut newest: Option<Decided> = None;
    for key in keys.into_iter().filter(|key| key.kind.joins()) {
        let found = store.decisions(key, PAGE_MAX)?;
        let found = found
            .into_iter()
            .find(|decided| decided.agreement == agreement);
        if let Some(found) = found
            && newest.as_ref().is_none_or(|newest| newest.at < found.at)
        {
            newest = Some(found);
        }
    }
    Ok(newest)
}

/// The decisions that a partner's message calls for when it arrives: one for each agreement under
/// which its control results, or the goods that it declares, could count. One that amends or cancels a
/// declaration renews the decisions that there are. Most messages call for none.
pub(in super::super) async fn arriving(
    core: &Arc<Core>,
    store: &Store,
    arrived: &Arrived,
    prepared: &Prepared,
    message: &str,
    at: Timestamp,
) -> Result<Vec<Deciding>, Fault> {
    let calling = Calling::of(core, arrived, prepared);
    let revised = match (&prepared.version, &prepared.stated) {
        (Some(version), Some(stated)) => Some((version.message.clone(), stated.revision)),
        _ => None,
    };
    let revised = revised.filter(|_| calling.is_heard);
    if calling.documents.is_empty() && revised.is_none() {
        return Ok(Vec::new());
    }
    let (core, store, arrived) = (Arc::clone(core), store.clone(), arrived.clone());
    let (keys, message) = (prepared.keys.clone(), message.to_owned());
    // It is read from disk, and so not on the runtime's threads.
    let decided = tokio::task::spawn_blocking(move || {
        let mut documents = calling.read();
        if documents.is_empty() && revised.is_none() {
            return Ok(Vec::new());
        }
        if let Some((_, Revision::Cancel)) = &revised {
            // What it takes back it does not say.
            documents.clear();
        }
        let arrival = Arrival {
            core,
            store,
            arrived,
            keys,
            message,
            at,
            documents,
            revised,
        };
        arrival.decidings()
    });
    decided.await.map_err(|_| Fault::Worker)?
}

/// The documents of a partner's message that may call for a decision, in canonical JSON: those that
/// may state control results, or goods that come from there to us under an agreement. These are decided
/// on before they arrive.
struct Calling {
    documents: Vec<(PackageId, Bytes)>,
    /// Whether goods that come from there are under an agreement.
    is_covered: bool,
    /// Whether there are agreements, and a partner speaks.
    is_heard: bool,
}

impl Calling {
    fn of(core: &Core, arrived: &Arrived, prepared: &Prepared) -> Self {
        let mut agreements = core.agreements.iter();
        let mut calling = Self {
            documents: Vec::new(),
            is_covered: agreements.any(|agreement| covers(agreement, &arrived.from, &core.party)),
            is_heard: core.agreements.iter().next().is_some()
                && arrived.direction == evidence::Direction::In,
        };
        if !calling.is_heard {
            return calling;
        }
        for outcome in &prepared.parts {
            let Effect::Inbox {
                canonical, package, ..
            } = &outcome.made.effect
            else {
                continue;
            };
            // What the format has no place for is not looked for.
            let mut packages = core.packages.iter();
            let found = packages.find(|found| found.id() == package);
            let may_state = |path| found.is_some_and(|found| found.maps_within(path));
            if may_state("controlResults") || calling.is_covered && may_state("goodsShipment") {
                calling.documents.push((package.clone(), canonical.clone()));
            }
        }
        calling
    }

    /// Those that do.
    fn read(self) -> Vec<(PackageId, Declaration)> {
        let mut read = Vec::new();
        for (package, canonical) in self.documents {
            let declaration = serde_json::from_slice::<Declaration>(&canonical);
            if let Ok(declaration) = declaration
                && (!declaration.control_results.is_empty()
                    || self.is_covered && declaration.goods_shipment.is_some())
            {
                read.push((package, declaration));
            }
        }
        read
    }
}

/// Whether goods that one party lets out to another are under an agreement.
fn covers(agreement: &Agreement, from: &PartyId, to: &PartyId) -> bool {
    let mut pairs = agreement.post_pairs.iter();
    pairs.any(|pair| pair.from_party == *from && pair.to_party == *to)
}

struct Arrival {
    core: Arc<Core>,
    store: Store,
    arrived: Arrived,
    keys: Vec<CaseKey>,
    message: String,
    at: Timestamp,
    documents: Vec<(PackageId, Declaration)>,
    /// The version that is revised, and how.
    revised: Option<(String, Revision)>,
}

impl Arrival {
    fn decidings(&self) -> Result<Vec<Deciding>, Fault> {
        let (core, store) = (&self.core, &self.store);
        let gathered = self.gathered()?;
        let mut partners = gathered.partners.clone();
        partners.insert(self.arrived.from.clone());
        let mut ids = applicable(core, &partners, gathered.post.as_deref(), self.at);
        if gathered.facts.control_results.is_empty() {
            let (from, to) = (&self.arrived.from, &core.party);
            let found = |id: &String| core.agreements.find(id);
            ids.retain(|id| found(id).is_some_and(|agreement| covers(agreement, from, to)));
        }
        let mut decidings = Vec::new();
        for agreement in ids.into_iter().take(AGREEMENTS_MAX) {
            let previous = newest(store, &gathered.keys, &agreement)?;
            if self.documents.is_empty() && previous.is_none() {
                // A cancellation renews what was decided, and decides nothing of its own.
                continue;
            }
            decidings.push(Deciding {
                facts: gathered.facts.clone(),
                is_relied_on: gathered.is_relied_on(store, previous.as_ref())?,
                previous,
                agreement,
                keys: gathered.keys.iter().cloned().collect(),
                posts: gathered.post.iter().cloned().collect(),
                is_released: gathered.is_released,
                is_renewed: false,
            });
        }
        Ok(decidings)
    }

    fn gathered(&self) -> Result<Gathered, Fault> {
        let mut found = cases::of_keys(&self.store, &self.keys)?;
        let version = self.revised.as_ref().map(|(version, _)| version.as_str());
        if let Some(version) = version {
            let mut members = found.iter().flat_map(|case| &case.members);
            if members.all(|member| member.received.message != version) {
                found.extend(cases::Case::of(&self.store, version)?);
            }
        }
        let mut gathered = Gathered::of(&self.core, &self.store, &found, version)?;
        // A message that states the keys of several cases joins them; two consignments it does not.
        gathered.facts.ambiguous.clear();
        gathered.keys.extend(self.keys.iter().cloned());
        if contradict(&gathered.keys) {
            gathered.facts.ambiguous.push(Fact {
                value: Ambiguity {
                    open: true,
                    note: "the message ties more than one UCR together".to_owned(),
                },
                source: self.source(),
                known_at: self.at,
            });
        }
        // What was decided when the goods were presented is decided again with what is known now.
        gathered
            .facts
            .presentation
            .extend(gathered.presented.take());
        gathered.facts.ambiguous.extend(gathered.doubt.take());
        for (package, declaration) in &self.documents {
            gathered.partners_document(
                &self.core,
                &Fresh {
                    from: &self.arrived.from,
                    message: &self.message,
                    at: self.at,
                    judged_at: self.arrived.judged_at(self.at),
                    package,
                    declaration,
                    body: &self.arrived.body,
                    charset: self.arrived.charset.as_deref(),
                    keys: &self.keys,
                },
            );
        }
        Ok(gathered.with_keys(&self.source(), self.at))
    }

    fn source(&self) -> Source {
        Source {
            message: self.message.clone(),
            package: None,
            path: None,
            signature: SignatureState::Verified,
        }
    }
}

/// A decision with its explanation.
pub(in super::super) async fn decision_json(
    store: &Store,
    decided: &Decided,
) -> Result<Value, Fault> {
    let body = stored_body(store, &decided.body).await?;
    let result: Value = serde_json::from_slice(&body).map_err(|_| Fault::Receipt)?;
    Ok(json!({
        "id": decided.id,
        "verdict": decided.verdict,
        "agreement": decided.agreement,
        "at": decided.at,
        "supersedes": decided.supersedes,
        "message": decided.source,
        "sha256": decided.body,
        "result": result,
    }))
}
