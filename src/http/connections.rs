//! How many: connections of one partner, and whether a connection is in use.
//!
//! Start at [`Tally`] and [`Activity`]. Both give guards, so that no way out forgets to count down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::model::PartyId;

/// Things that partners hold now, by partner. Partners come from the configuration, so the table is
/// bounded by it.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    held: Arc<Mutex<HashMap<PartyId, usize>>>,
}

impl Tally {
    /// Counts one more for `party`, unless it holds `most` already.
    pub(super) fn enter(&self, party: &PartyId, most: usize) -> Option<Held> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(party.clone()).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Held {
            tally: self.clone(),
            party: party.clone(),
        })
    }
}

/// One thing that a partner holds; dropping it counts down.
#[derive(Debug)]
pub(super) struct Held {
    tally: Tally,
    party: PartyId,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self
            .tally
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.party) {
            *count = count.saturating_sub(1);
        }
    }
}

/// Whether a connection has a request under way, and since when it has none.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

#[derive(Debug)]
struct State {
    under_way: usize,
    since: Duration,
}

impl Activity {
    pub(super) fn new(clock: Clock) -> Self {
        let since = clock.monotonic();
        Self {
            state: Arc::new(Mutex::new(State {
                under_way: 0,
                since,
            })),
            clock,
        }
    }

    /// A request begins; dropping the guard ends it.
    pub(super) fn begin(&self) -> Busy {
        self.change(|under_way| under_way.saturating_add(1));
        Busy {
            activity: self.clone(),
        }
    }

    /// For how long nothing has been under way; zero while something is.
    pub(super) fn idle(&self) -> Duration {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.under_way {
            0 => self.clock.monotonic().saturating_sub(state.since),
            _ => Duration::ZERO,
        }
    }

    fn change(&self, by: impl FnOnce(usize) -> usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.under_way = by(state.under_way);
        state.since = self.clock.monotonic();
    }
}

/// A request under way.
#[derive(Debug)]
pub(super) struct Busy {
    activity: Activity,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.activity
            .change(|under_way| under_way.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_holds_no_more_than_it_may() {
        let tally = Tally::default();
        let (kz, mn): (PartyId, PartyId) = ("KZ".parse().unwrap(), "MN".parse().unwrap());
        let first = tally.enter(&kz, 2).unwrap();
        let _second = tally.enter(&kz, 2).unwrap();
        assert!(tally.enter(&kz, 2).is_none());
        assert!(tally.enter(&mn, 1).is_some());
        drop(first);
        assert!(tally.enter(&kz, 2).is_some());
    }

    #[test]
    fn a_connection_is_idle_only_between_requests() {
        let clock = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
        let activity = Activity::new(clock.clone());
        clock.advance(Duration::from_secs(3));
        assert_eq!(activity.idle(), Duration::from_secs(3));
        let request = activity.begin();
        clock.advance(Duration::from_secs(60));
        assert_eq!(activity.idle(), Duration::ZERO);
        drop(request);
        clock.advance(Duration::from_secs(2));
        assert_eq!(activity.idle(), Duration::from_secs(2));
    }
}
