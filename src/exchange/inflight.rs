//! Identical bodies that arrive while the first of them is still on its way.
//!
//! Start at [`InFlight::enter`]: the first becomes the leader and does the work, the others wait
//! for it and then find the stored receipt. It knows nothing of what the work is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::model::{PartyId, Sha256};

/// Most bodies on their way at once. A message goes on when its sender goes away, so that the
/// listeners' own limits do not bound them; as many as the store has places to reserve.
const LEADERS_MAX: usize = 4096;

type Key = (PartyId, Sha256);

/// Bodies now being processed, by sender and digest; at most [`LEADERS_MAX`].
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
    /// There are too many others.
    Full,
}

impl InFlight {
    /// Enters a body; see [`Turn`].
    pub(super) fn enter(self: &Arc<Self>, partner: &PartyId, raw: Sha256) -> Turn {
        let key = (partner.clone(), raw);
        let mut leaders = self.leaders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leader) = leaders.get(&key) {
            return Turn::Follower(leader.clone());
        }
        if leaders.len() >= LEADERS_MAX {
            return Turn::Full;
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

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let inflight = Arc::new(InFlight::default());
        let party: PartyId = "RU".parse().unwrap();
        let raw = |number: usize| {
            let mut raw = [0; 32];
            raw[..8].copy_from_slice(&number.to_be_bytes());
            Sha256(raw)
        };
        let guards: Vec<Turn> = (0..LEADERS_MAX)
            .map(|number| inflight.enter(&party, raw(number)))
            .collect();
        assert!(guards.iter().all(|turn| matches!(turn, Turn::Leader(_))));
        assert!(matches!(inflight.enter(&party, raw(0)), Turn::Follower(_)));
        let beyond = raw(LEADERS_MAX);
        assert!(matches!(inflight.enter(&party, beyond), Turn::Full));
        drop(guards);
        assert!(matches!(inflight.enter(&party, beyond), Turn::Leader(_)));
    }
}
