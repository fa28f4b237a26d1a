//! Identical bodies that arrive while the first of them is still on its way.
//!
//! Start at [`InFlight::enter`]: the first becomes the leader and does the work, the others wait
//! for it and then find the stored receipt. It knows nothing of what the work is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::model::{PartyId, Sha256};

type Key = (PartyId, Sha256);

/// Bodies now being processed, by sender and digest. Bounded by the connection limits of the
/// listeners: an entry lives as long as one request.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    leaders: Mutex<HashMap<Key, watch::Receiver<()>>>,
}

/// What a request is among identical ones.
pub(super) enum Turn {
    /// The first: it does the work and holds the guard until its answer is durable.
    Leader(Guard),
    /// A later one: the channel closes when the leader has finished.
    Follower(watch::Receiver<()>),
}

impl InFlight {
    /// Enters a body; see [`Turn`].
    pub(super) fn enter(self: &Arc<Self>, partner: &PartyId, raw: Sha256) -> Turn {
        let key = (partner.clone(), raw);
        let mut leaders = self.leaders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leader) = leaders.get(&key) {
            return Turn::Follower(leader.clone());
        }
        let (done, waiting) = watch::channel(());
        leaders.insert(key.clone(), waiting);
        Turn::Leader(Guard {
            of: Arc::clone(self),
            key,
            _done: done,
        })
    }
}

/// Held by the leader. Dropping it, on whatever way, lets the followers go on.
pub(super) struct Guard {
    of: Arc<InFlight>,
    key: Key,
    _done: watch::Sender<()>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut leaders = self
            .of
            .leaders
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        leaders.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn followers_wait_for_the_leader_and_the_next_one_leads() {
        let inflight = Arc::new(InFlight::default());
        let party: PartyId = "RU".parse().unwrap();
        let raw = Sha256([1; 32]);
        let Turn::Leader(guard) = inflight.enter(&party, raw) else {
            panic!("the first leads");
        };
        let Turn::Follower(mut waiting) = inflight.enter(&party, raw) else {
            panic!("the second follows");
        };
        assert!(matches!(
            inflight.enter(&party, Sha256([2; 32])),
            Turn::Leader(_)
        ));
        drop(guard);
        assert!(waiting.changed().await.is_err());
        assert!(matches!(inflight.enter(&party, raw), Turn::Leader(_)));
    }
}
