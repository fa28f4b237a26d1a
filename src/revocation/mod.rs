//! What authorities say of revocation, fetched and kept fresh while a gateway runs.
//!
//! Start at [`Refresher`]. Each partner's lists are fetched ahead of their next update, verified,
//! kept on the disk, and put into a new trust store in the place of the one in force. Judging a
//! message never waits for it. Only addresses that a profile names are asked, never one of a message
//! or of a certificate: whoever writes those would choose what this machine connects to.

mod cache;
mod fetch;
mod lists;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use tokio::task::JoinSet;

use self::cache::Cache;
use self::lists::Lists;
use crate::clock::Clock;
use crate::crypto::TrustStore;
use crate::model::PartyId;

pub use self::fetch::FetchError;

/// How long a start or reload waits for lists that were never fetched before: a gateway that knows
/// nothing refuses what it could accept a moment later.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// Where what is known of one partner's certificates comes from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Whose certificates.
    pub party: PartyId,
    /// What the files say of whom to trust.
    pub trust: Arc<TrustStore>,
    /// Where lists are, complete ones and deltas; plain HTTP.
    pub crl_urls: Vec<Uri>,
    /// How often they are asked for.
    pub refresh: Duration,
}

/// Takes what is trusted of a partner from now on.
pub type Apply = Arc<dyn Fn(&PartyId, TrustStore) + Send + Sync>;

/// What was known before anything runs.
pub struct Prepared {
    lists: Lists,
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
    /// Whose certificates.
    pub fn party(&self) -> &PartyId {
        self.lists.party()
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
        let (cache, clock) = (cache.clone(), clock.clone());
        under_way.spawn(async move {
            let mut lists = Lists::new(sources, cache, clock);
            lists.recall().await;
            lists.fetch_missing(FIRST_WAIT).await;
            let trust = Arc::new(lists.trust());
            Prepared { lists, trust }
        });
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
        }
        Self { tasks }
    }

    /// Ends it. When this is over, nothing more is applied.
    pub async fn stop(&mut self) {
        self.tasks.shutdown().await;
    }
}
