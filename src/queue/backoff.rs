//! When a failed delivery goes again: exponential, spread, and bounded.
//!
//! Start at [`delay`] and [`Timeline`]. Delays depend on how many attempts failed, which the journal
//! remembers, so that a restart goes on where the last run stopped.

use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::evidence::sha256;

/// First delay. A partner that restarts is back within seconds.
const FIRST: Duration = Duration::from_secs(1);

/// Longest delay: a partner that comes back after a night is tried within five minutes.
pub(super) const LONGEST: Duration = Duration::from_secs(300);

/// The delay after `failed` failed attempts (at least 1): doubled each time up to [`LONGEST`], of
/// which the second half is spread. The spread comes from the entry's id and the attempt, so that
/// entries that failed together do not come again together.
pub(super) fn delay(entry: &str, failed: u32) -> Duration {
    let doublings = failed.saturating_sub(1).min(16);
    let full = FIRST
        .saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX))
        .min(LONGEST);
    let half = full / 2;
    let digest = sha256(format!("{entry} {failed}").as_bytes());
    let [first, second, ..] = *digest.as_bytes();
    let share = u32::from(u16::from_be_bytes([first, second]));
    half + half.saturating_mul(share) / u32::from(u16::MAX)
}

/// Time that only moves forward, written as a time of day: the wall time at the start plus what has
/// passed since. Times in the journal stay comparable over restarts, and a step of the wall clock
/// neither hastens nor delays an attempt.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    clock: Clock,
    wall: Timestamp,
    monotonic: Duration,
}

impl Timeline {
    pub(super) fn start(clock: Clock) -> Self {
        Self {
            wall: clock.wall(),
            monotonic: clock.monotonic(),
            clock,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        let passed = self.clock.monotonic().saturating_sub(self.monotonic);
        self.after(self.wall, passed)
    }

    /// `from` and then `delay`.
    pub(super) fn after(&self, from: Timestamp, delay: Duration) -> Timestamp {
        from.checked_add(delay).unwrap_or(Timestamp::MAX)
    }

    /// How long it is until `at`.
    pub(super) fn until(&self, at: Timestamp) -> Duration {
        Duration::try_from(self.now().duration_until(at)).unwrap_or(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_are_spread() {
        for failed in 1..40 {
            let full = Duration::from_secs(1 << (failed - 1).min(16)).min(LONGEST);
            let found = delay("entry", failed);
            assert!(found >= full / 2 && found <= full, "{failed}: {found:?}");
            assert_eq!(found, delay("entry", failed));
        }
        let spread: std::collections::BTreeSet<_> =
            (0..50).map(|n| delay(&format!("entry {n}"), 5)).collect();
        assert!(spread.len() > 40);
    }

    #[test]
    fn a_step_of_the_wall_clock_changes_nothing() {
        let clock = Clock::manual("2026-01-01T00:00:00Z".parse().unwrap());
        let timeline = Timeline::start(clock.clone());
        clock.set_wall("2020-01-01T00:00:00Z".parse().unwrap());
        clock.advance(Duration::from_secs(2));
        let now: Timestamp = "2026-01-01T00:00:02Z".parse().unwrap();
        assert_eq!(timeline.now(), now);
        let soon = timeline.after(now, Duration::from_secs(3));
        assert_eq!(timeline.until(soon), Duration::from_secs(3));
        assert_eq!(
            timeline.until("2025-01-01T00:00:00Z".parse().unwrap()),
            Duration::ZERO
        );
    }
}
