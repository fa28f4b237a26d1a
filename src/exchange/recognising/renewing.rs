//! What is trusted of a partner changed: what was decided by its signatures is decided anew.
//!
//! Start at [`Gateway::watch_trust`]. Every decision that none supersedes is looked at, in the
//! background and a few at a time. Where a signature is judged otherwise than the decision's facts
//! say, a new decision is made over the same facts and the new judgement, as an entry of the gateway's
//! own: kept, receipted, a leaf, and with the alerts that a withdrawal would bring.
//! A crash loses nothing and doubles nothing: the look begins again, and what was renewed is found to
//! agree with what is trusted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tracing::{info, warn};

use super::super::amending::ATTEMPTS_MAX;
use super::super::cases;
use super::super::core::Core;
use super::super::entries::Entered;
use super::super::gateway::Gateway;
use super::super::rejection::Fault;
use super::deciding::{Deciding, newest};
use super::gather::Gathered;
use super::standing::{Signed, severity};
use crate::model::{CaseKey, PartyId, Sha256};
use crate::recognition::{Fact, Facts, Signature, SignatureState, Source};
use crate::store::{Decided, EntryKind, Error, Event, Store, TrustReviewed};

/// Most decisions that are looked at in one go: each is some 15 KB to read, and its messages are
/// verified again, so that a go takes a fraction of a second of one processor.
const LOOKED_AT_MAX: usize = 64;

/// After a failure of ours, such as a full disk, it is tried again: soon, then ever more rarely, since
/// all decisions are looked at again.
const RETRY_MIN: Duration = Duration::from_secs(30);
const RETRY_MAX: Duration = Duration::from_secs(60 * 60);

/// Between two looks at whether messages are still judged by earlier settings: they take milliseconds.
const SETTLE: Duration = Duration::from_millis(20);

/// An entry of the gateway's own: why a decision is made anew.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TrustChange {
    /// The decision that was made by the earlier judgement.
    decision: String,
    /// The agreement.
    agreement: String,
    /// The signatures, as they are judged now.
    signatures: Vec<Signature>,
}

impl TrustChange {
    /// The judgements as facts.
    pub(super) fn facts(self, source: &Source, at: Timestamp) -> Vec<Fact<Signature>> {
        let signatures = self.signatures.into_iter();
        let fact = |value| Fact {
            value,
            source: source.clone(),
            known_at: at,
        };
        signatures.map(fact).collect()
    }
}

impl Gateway {
    /// Decides anew what rests on signatures of partners whose trust changed: now, and whenever `asked`
    /// changes. Ends when nobody can ask any more.
    pub async fn watch_trust(&self, mut asked: watch::Receiver<()>) {
        let mut retry = RETRY_MIN;
        loop {
            asked.mark_unchanged();
            let reviewed = self.review_trust(&asked).await;
            if let Err(fault) = &reviewed {
                warn!(%fault, "decisions were not all looked at; it is tried again");
            }
            tokio::select! {
                changed = asked.changed() => match changed {
                    Ok(()) => retry = RETRY_MIN,
                    Err(_) => return,
                },
                () = tokio::time::sleep(retry), if reviewed.is_err() => {
                    retry = RETRY_MAX.min(retry * 2);
                }
            }
        }
    }

    /// Looks at every current decision, if what is trusted of a partner is not what they were last
    /// looked at by. It breaks off when it is asked anew, or told to end; a decision at which it fails
    /// keeps it from no other.
    pub(in super::super) async fn review_trust(
        &self,
        asked: &watch::Receiver<()>,
    ) -> Result<(), Fault> {
        let core = self.core();
        let changed = changed(&core, self.store())?;
        if changed.is_empty() {
            return Ok(());
        }
        // What is judged by the settings before may still become a decision.
        while self.is_judging_by_earlier() {
            if is_told(asked) {
                return Ok(());
            }
            tokio::time::sleep(SETTLE).await;
        }
        let look = Look {
            core: Arc::clone(&core),
            store: self.store().clone(),
            parties: Arc::new(changed.keys().cloned().collect()),
        };
        let (mut after, mut looked_at, mut renewed) = (None, 0_usize, 0_usize);
        let mut failed = None;
        loop {
            let page = {
                let look = look.clone();
                blocking(move || look.page(after)).await?
            };
            let Some(last) = page.last else {
                break;
            };
            looked_at += page.looked_at;
            failed = page.failed.or(failed);
            for decided in page.affected {
                if is_told(asked) {
                    return Ok(());
                }
                match self.renew(look.clone(), decided).await {
                    Ok(is_renewed) => renewed += usize::from(is_renewed),
                    Err(fault) => failed = Some(fault),
                }
            }
            if is_told(asked) {
                return Ok(());
            }
            after = Some(last);
        }
        if let Some(fault) = failed {
            return Err(fault);
        }
        if looked_at == 0 {
            return Ok(());
        }
        info!(
            looked_at,
            renewed, "decisions were looked at by what is trusted now"
        );
        let at = core.clock.wall();
        let reviewed = changed
            .into_iter()
            .map(|(partner, trust)| Event::TrustReviewed(TrustReviewed { partner, trust, at }));
        let events = reviewed.collect();
        Ok(self.store().append(Vec::new(), events).await.map(drop)?)
    }

    /// Whether a decision was made anew.
    async fn renew(&self, look: Look, decided: Decided) -> Result<bool, Fault> {
        self.room()?;
        let mut current = Some(decided);
        for _ in 0..ATTEMPTS_MAX {
            let Some(decided) = current else {
                return Ok(false);
            };
            let (keys, agreement) = (decided.keys.clone(), decided.agreement.clone());
            let renewing = look.clone();
            let Some(renewal) = blocking(move || renewing.renewal(decided)).await? else {
                return Ok(false);
            };
            match renewal.conclude(&look.core, self.store()).await {
                // Another one followed meanwhile, and knows more; it is looked at in its place.
                Err(Fault::Store(Error::NotPending { .. })) => {}
                done => return done.map(|()| true),
            }
            let store = self.store().clone();
            current = blocking(move || newest(&store, &keys, &agreement)).await?;
        }
        Err(Fault::Busy)
    }
}

/// Whether it was asked anew, or nobody can ask any more.
fn is_told(asked: &watch::Receiver<()>) -> bool {
    asked.has_changed().unwrap_or(true)
}

/// The partners of which something else is trusted than what decisions were last looked at by.
fn changed(core: &Core, store: &Store) -> Result<BTreeMap<PartyId, Sha256>, Fault> {
    let mut changed = BTreeMap::new();
    for (party, partner) in &core.partners {
        let trust = Sha256(partner.trust.sha256());
        let before = store.trust_reviewed(party)?;
        if before.is_none_or(|before| before.trust != trust) {
            changed.insert(party.clone(), trust);
        }
    }
    Ok(changed)
}

/// It is read from disk, and so not on the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work);
    done.await.map_err(|_| Fault::Worker)?
}

/// What decisions are looked at by.
#[derive(Clone)]
struct Look {
    core: Arc<Core>,
    store: Store,
    /// Whose signatures are to be judged again.
    parties: Arc<BTreeSet<PartyId>>,
}

/// Some of the current decisions.
struct Page {
    /// The last of them; none when there are no more.
    last: Option<String>,
    looked_at: usize,
    /// Those of which a signature is judged otherwise now.
    affected: Vec<Decided>,
    /// The last failure, if there was one.
    failed: Option<Fault>,
}

impl Look {
    fn page(&self, after: Option<String>) -> Result<Page, Fault> {
        let decisions = self
            .store
            .current_decisions(after.as_deref(), LOOKED_AT_MAX)?;
        let last = decisions.last().map(|decided| decided.id.clone());
        let looked_at = decisions.len();
        let (mut affected, mut failed) = (Vec::new(), None);
        for decided in decisions {
            match self.is_affected(&decided) {
                Ok(true) => affected.push(decided),
                Ok(false) => {}
                Err(fault) => failed = Some(fault),
            }
        }
        Ok(Page {
            last,
            looked_at,
            affected,
            failed,
        })
    }

    fn is_affected(&self, decided: &Decided) -> Result<bool, Fault> {
        match self.facts(decided)? {
            Some(facts) => Ok(!self.judged_otherwise(&facts)?.is_empty()),
            None => Ok(false),
        }
    }

    /// The facts of a decision; none when nothing is decided by its agreement any more.
    fn facts(&self, decided: &Decided) -> Result<Option<Facts>, Fault> {
        if self.core.agreements.find(&decided.agreement).is_none() {
            return Ok(None);
        }
        let facts = self.store.body(&decided.facts)?.ok_or(Fault::Receipt)?;
        let facts = serde_json::from_slice(&facts);
        facts.map(Some).map_err(|_| Fault::Receipt)
    }

    /// The signatures among the facts that are judged otherwise now than when last.
    fn judged_otherwise(&self, facts: &Facts) -> Result<Vec<Judged>, Fault> {
        let messages: BTreeSet<&str> = facts
            .signatures
            .iter()
            .map(|fact| fact.value.message.as_str())
            .collect();
        let mut otherwise = Vec::new();
        for message in messages {
            let Some(received) = self.store.message(message)? else {
                continue;
            };
            if !self.parties.contains(&received.partner) {
                continue;
            }
            let (Some(before), Some(body)) =
                (last_judged(facts, message), self.store.body(&received.raw)?)
            else {
                continue;
            };
            let results = facts.control_results.iter();
            let ended: Vec<Option<Timestamp>> = results
                .filter(|fact| fact.source.message == message)
                .map(|fact| fact.value.ended_at)
                .collect();
            let signed = Signed {
                from: &received.partner,
                message,
                judged_at: received.judged_at(),
                body: &body,
                charset: received.charset.as_deref(),
            };
            let signature = signed.again(&self.core, &before, &ended);
            if signature != before {
                let keys = received.keys.into_iter();
                otherwise.push(Judged {
                    signature,
                    keys: keys.filter(|key| key.kind.joins()).collect(),
                });
            }
        }
        Ok(otherwise)
    }

    /// What follows for a decision: nothing, when another one followed it meanwhile.
    fn renewal(&self, decided: Decided) -> Result<Option<Renewal>, Fault> {
        let (core, store) = (&self.core, &self.store);
        if !store.is_current(&decided.id)? {
            return Ok(None);
        }
        let current = newest(store, &decided.keys, &decided.agreement)?;
        if current.is_some_and(|current| current.id != decided.id) {
            return Ok(None);
        }
        let Some(facts) = self.facts(&decided)? else {
            return Ok(None);
        };
        let judged = self.judged_otherwise(&facts)?;
        let Some(first) = judged.first() else {
            return Ok(None);
        };
        let keys = first.keys.clone();
        let found = cases::of_keys(store, &decided.keys)?;
        let gathered = Gathered::of(core, store, &found, None)?;
        let is_relied_on = gathered.is_relied_on(store, Some(&decided))?;
        // Whoever saw the decision before sees this one.
        let before = store.message(&decided.source)?;
        let before = before.map(|received| received.posts).unwrap_or_default();
        Ok(Some(Renewal {
            change: TrustChange {
                decision: decided.id.clone(),
                agreement: decided.agreement.clone(),
                signatures: judged.into_iter().map(|one| one.signature).collect(),
            },
            keys,
            deciding: Deciding {
                facts,
                agreement: decided.agreement.clone(),
                keys: decided.keys.clone(),
                posts: gathered.post.into_iter().chain(before).collect(),
                is_released: gathered.is_released,
                is_renewed: true,
                is_relied_on,
                previous: Some(decided),
            },
        }))
    }
}

/// A signature that is judged otherwise now.
struct Judged {
    signature: Signature,
    /// Keys that its message states: they are one case's, whatever else a decision was made about.
    keys: Vec<CaseKey>,
}

/// What was judged last of a message's signature. Of judgements made at one time the worst counts.
fn last_judged(facts: &Facts, message: &str) -> Option<Signature> {
    let of_message = facts.signatures.iter();
    let of_message = of_message.filter(|fact| fact.value.message == message);
    let last = of_message.clone().map(|fact| fact.known_at).max()?;
    let last = of_message.filter(|fact| fact.known_at == last);
    let judged = last.map(|fact| fact.value.clone());
    judged.reduce(|one, other| {
        let worse = |one, other| match severity(one) >= severity(other) {
            true => one,
            false => other,
        };
        Signature {
            valid_at_receipt: worse(one.valid_at_receipt, other.valid_at_receipt),
            valid_at_control_time: worse(one.valid_at_control_time, other.valid_at_control_time),
            ..one
        }
    })
}

/// A decision that is about to be made anew.
struct Renewal {
    change: TrustChange,
    keys: Vec<CaseKey>,
    deciding: Deciding,
}

impl Renewal {
    async fn conclude(self, core: &Arc<Core>, store: &Store) -> Result<(), Fault> {
        let Self {
            change,
            keys,
            mut deciding,
        } = self;
        let body = serde_json::to_vec(&change).map_err(|_| Fault::Worker)?;
        let mut entered = Entered::of_gateway(core, EntryKind::TrustChange, Bytes::from(body));
        entered.keys = keys;
        entered.posts = deciding.posts.iter().cloned().collect();
        let concluded = entered.conclude(core, store, move |core, draft| {
            let source = Source {
                message: draft.message().to_owned(),
                package: None,
                path: None,
                signature: SignatureState::Attested,
            };
            let facts = change.facts(&source, draft.at());
            deciding.facts.signatures.extend(facts);
            deciding.settle(core, draft).into_iter().collect()
        });
        concluded.await.map(drop)
    }
}
