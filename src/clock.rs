//! The only place that reads the clock: wall time for evidence, monotonic time for durations.
//!
//! Start at [`Clock`]. Rooms of the core never see it: they take `now` as an argument. The rule that
//! received-at never decreases is the store's; this module only says what the machine's clock says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// How far the wall clock may stand behind the last committed event before the gateway calls itself
/// unready. Time servers step by less; a machine restored from a snapshot is off by more.
pub const BEHIND_MAX: Duration = Duration::from_secs(5);

/// A clock: the machine's, or one that a test sets by hand. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Machine { started: Instant },
    Manual(Arc<Mutex<Hands>>),
}

#[derive(Debug)]
struct Hands {
    wall: Timestamp,
    monotonic: Duration,
}

impl Clock {
    /// The machine's clock. Its monotonic time starts at zero here.
    pub fn machine() -> Self {
        Self {
            source: Source::Machine {
                started: Instant::now(),
            },
        }
    }

    /// A clock that stands at `wall` until [`Clock::advance`] or [`Clock::set_wall`] moves it.
    pub fn manual(wall: Timestamp) -> Self {
        Self {
            source: Source::Manual(Arc::new(Mutex::new(Hands {
                wall,
                monotonic: Duration::ZERO,
            }))),
        }
    }

    /// The time of day. It may step backwards: the store corrects that for evidence.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the wall clock"
    )]
    pub fn wall(&self) -> Timestamp {
        match &self.source {
            Source::Machine { .. } => Timestamp::now(),
            Source::Manual(hands) => hands.lock().unwrap_or_else(PoisonError::into_inner).wall,
        }
    }

    /// Time since the clock was made; never decreases. For back-off, timeouts and stage timings.
    pub fn monotonic(&self) -> Duration {
        match &self.source {
            Source::Machine { started } => started.elapsed(),
            Source::Manual(hands) => {
                hands
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .monotonic
            }
        }
    }

    /// Moves a manual clock forward, both hands. The machine's clock does not move.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(hands) = &self.source {
            let mut hands = hands.lock().unwrap_or_else(PoisonError::into_inner);
            hands.monotonic = hands.monotonic.saturating_add(by);
            if let Ok(wall) = hands.wall.checked_add(by) {
                hands.wall = wall;
            }
        }
    }

    /// Steps the wall hand of a manual clock, as a time server or a restored machine would.
    pub fn set_wall(&self, wall: Timestamp) {
        if let Source::Manual(hands) = &self.source {
            hands.lock().unwrap_or_else(PoisonError::into_inner).wall = wall;
        }
    }

    /// By how much the wall clock stands behind `event`, when that is more than [`BEHIND_MAX`].
    pub fn behind(&self, event: Timestamp) -> Option<Duration> {
        let gap = Duration::try_from(self.wall().duration_until(event)).ok()?;
        (gap > BEHIND_MAX).then_some(gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let clock = Clock::manual(start);
        let twin = clock.clone();
        clock.advance(Duration::from_secs(60));
        assert_eq!(twin.wall(), "2026-03-01T00:01:00Z".parse().unwrap());
        assert_eq!(twin.monotonic(), Duration::from_secs(60));
        clock.set_wall(start);
        assert_eq!(twin.wall(), start);
        assert_eq!(twin.monotonic(), Duration::from_secs(60));
    }

    #[test]
    fn five_seconds_behind_is_tolerated_and_six_are_named() {
        let clock = Clock::manual("2026-03-01T00:00:00Z".parse().unwrap());
        assert_eq!(clock.behind("2026-03-01T00:00:05Z".parse().unwrap()), None);
        assert_eq!(clock.behind("2026-02-01T00:00:00Z".parse().unwrap()), None);
        assert_eq!(
            clock.behind("2026-03-01T00:00:06Z".parse().unwrap()),
            Some(Duration::from_secs(6))
        );
    }

    #[test]
    fn the_machine_clock_runs_forward() {
        let clock = Clock::machine();
        let first = clock.monotonic();
        assert!(clock.monotonic() >= first);
        assert!(clock.wall() > "2020-01-01T00:00:00Z".parse().unwrap());
    }
}
