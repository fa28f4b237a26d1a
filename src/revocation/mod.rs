//! What authorities say of revocation, fetched and kept fresh while a gateway runs.
//!
//! Start at [`Refresher`]. Each partner's lists, and the answers of its responder, are fetched ahead of
//! their next update, verified, kept on the disk, and put into a new trust store in the place of the
//! one in force. Judging a message waits for it in one case: the first message of a certificate of
//! which nothing is known yet ([`Learner`]). Only addresses that a profile names are asked, never one of a message
//! or of a certificate: whoever writes those would choose what this machine connects to.

mod answers;
mod cache;
mod fetch;
mod known;
mod lists;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use self::answers::{Answers, Waiting};
use self::cache::Cache;
use self::known::Known;
use self::lists::Lists;
use crate::clock::Clock;
use crate::crypto::TrustStore;
use crate::model::PartyId;

pub use self::fetch::FetchError;

/// How long a start or reload waits for lists that were never fetched before: a gateway that knows
/// nothing refuses what it could accept a moment later.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// Longest that a message waits until its certificate was asked about: one answer, and another's that
/// is under way.
const LEARN_MAX: Duration = Duration::from_secs(10);

/// Where what is known of one partner's certificates comes from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Whose certificates.
    pub party: PartyId,
    /// What the files say of whom to trust.
    pub trust: Arc<TrustStore>,
    /// Where lists are, complete ones and deltas; plain HTTP.
    pub crl_urls: Vec<Uri>,
    /// Where responders are, if any is asked; plain HTTP.
    pub ocsp: Option<Ocsp>,
    /// How often they are asked for.
    pub refresh: Duration,
}

/// The responders of one partner.
#[derive(Debug, Clone)]
pub struct Ocsp {
    /// Where they are: the next is asked where one gives no answer that counts.
    pub urls: Vec<Uri>,
    /// Whether an answer without our nonce is none.
    pub nonce_required: bool,
}

/// Takes what is trusted of a partner from now on.
pub type Apply = Arc<dyn Fn(&PartyId, TrustStore) + Send + Sync>;

/// What was known of one partner before anything runs.
pub struct Prepared {
    known: Arc<Known>,
    lists: Lists,
    answers: Option<(Answers, mpsc::Sender<Waiting>)>,
    /// What is trusted with it.
    trust: Arc<TrustStore>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared")
            .field("party", self.party())
            .finish_non_exhaustive()
    }
}

impl Prepared {
    async fn of(sources: Sources, cache: Cache, clock: Clock) -> Self {
        let Sources {
            party,
            trust,
            crl_urls,
            ocsp,
            refresh,
        } = sources;
        let known = Arc::new(Known::new(party, trust));
        let shared = || (Arc::clone(&known), cache.clone(), clock.clone());
        let (own, kept, time) = shared();
        let mut lists = Lists::new(crl_urls, refresh, own, kept, time);
        lists.recall().await;
        lists.fetch_missing(FIRST_WAIT).await;
        let mut answers = None;
        if let Some(Ocsp {
            urls,
            nonce_required,
        }) = ocsp
        {
            let (own, kept, time) = shared();
            let (mut made, asking) = Answers::new(urls, nonce_required, refresh, own, kept, time);
            made.recall().await;
            answers = Some((made, asking));
        }
        let trust = Arc::new(known.trust());
        Self {
            known,
            lists,
            answers,
            trust,
        }
    }

    /// Whose certificates.
    pub fn party(&self) -> &PartyId {
        &self.known.party
    }

    /// What is trusted of it, with what was known before and with what was fetched at once.
    pub fn trust(&self) -> Arc<TrustStore> {
        Arc::clone(&self.trust)
    }
}

/// Reads what was kept, and fetches once what never was. It ends in time whatever the network does.
pub async fn prepare(
    sources: impl IntoIterator<Item = Sources>,
    dir: PathBuf,
    clock: &Clock,
) -> Vec<Prepared> {
    let cache = Cache::new(dir);
    let mut under_way = JoinSet::new();
    for sources in sources {
        under_way.spawn(Prepared::of(sources, cache.clone(), clock.clone()));
    }
    let mut prepared = Vec::new();
    while let Some(one) = under_way.join_next().await {
        match one {
            Ok(one) => prepared.push(one),
            Err(error) => tracing::error!(%error, "what is known of revocation is not read"),
        }
    }
    prepared
}

/// Asks responders for whoever waits.
#[derive(Debug, Clone, Default)]
pub struct Learner {
    responders: HashMap<PartyId, mpsc::Sender<Waiting>>,
}

impl Learner {
    /// Asks the responders of these partners.
    pub fn of(prepared: &[Prepared]) -> Self {
        let asking = prepared.iter().filter_map(|one| {
            let (_, asking) = one.answers.as_ref()?;
            Some((one.party().clone(), asking.clone()))
        });
        Self {
            responders: asking.collect(),
        }
    }

    /// Waits until a partner's certificates that nothing is known of were asked about, not for ever;
    /// whether something new is known.
    pub async fn learn(&self, partner: &PartyId) -> bool {
        let Some(asking) = self.responders.get(partner) else {
            return false;
        };
        let (answer, answered) = oneshot::channel();
        if asking.try_send(answer).is_err() {
            return false;
        }
        let learned = tokio::time::timeout(LEARN_MAX, answered).await;
        matches!(learned, Ok(Ok(true)))
    }
}

/// Keeps what is known fresh. Dropping it ends that.
#[derive(Debug, Default)]
pub struct Refresher {
    tasks: JoinSet<()>,
}

impl Refresher {
    /// Fetches from now on, and hands what is new to `apply`.
    pub fn start(prepared: Vec<Prepared>, apply: &Apply) -> Self {
        let mut tasks = JoinSet::new();
        for one in prepared {
            tasks.spawn(one.lists.keep_fresh(Arc::clone(apply)));
            if let Some((answers, _)) = one.answers {
                tasks.spawn(answers.keep_fresh(Arc::clone(apply)));
            }
        }
        Self { tasks }
    }

    /// Ends it. When this is over, nothing more is applied.
    pub async fn stop(&mut self) {
        self.tasks.shutdown().await;
    }
}
