//! Leaves a partner alone that does not answer, and tries it with one message at a time.
//!
//! Start at [`Breaker`]. It only knows successes, failures and the time.

use std::time::Duration;

use super::backoff;

/// Failures in a row after which deliveries are suspended: more than a restart of the partner's
/// gateway costs, fewer than would fill its logs.
const FAILURES_MAX: u32 = 5;

/// Longest suspension. Shorter than the longest delay of a message, since one probe costs little.
const SUSPENDED_MAX: Duration = Duration::from_secs(60);

/// One partner's breaker. Times are monotonic.
#[derive(Debug, Clone)]
pub(super) struct Breaker {
    partner: String,
    failures: u32,
    /// Suspended until then.
    until: Duration,
}

/// How many deliveries may be under way now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    /// As many as the partner's profile says.
    All,
    /// None before this much time has passed.
    After(Duration),
    /// One, to see whether the partner is back.
    One,
}

impl Breaker {
    pub(super) fn new(partner: &str) -> Self {
        Self {
            partner: partner.to_owned(),
            failures: 0,
            until: Duration::ZERO,
        }
    }

    pub(super) fn allowed(&self, now: Duration) -> Allowed {
        if self.failures < FAILURES_MAX {
            return Allowed::All;
        }
        match self.until.saturating_sub(now) {
            Duration::ZERO => Allowed::One,
            wait => Allowed::After(wait),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.failures >= FAILURES_MAX
    }

    /// The partner answered, whatever it said.
    pub(super) fn answered(&mut self) {
        self.failures = 0;
    }

    /// The partner did not answer at all, or asked to be left alone for `at_least`.
    pub(super) fn failed(&mut self, now: Duration, at_least: Duration) {
        self.failures = self.failures.saturating_add(1);
        if let Some(beyond) = (self.failures + 1).checked_sub(FAILURES_MAX) {
            let wait = backoff::delay(&self.partner, beyond.max(1)).min(SUSPENDED_MAX);
            self.until = now.saturating_add(wait.max(at_least));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_WAIT: Duration = Duration::ZERO;

    #[test]
    fn five_failures_suspend_and_one_answer_resumes() {
        let mut breaker = Breaker::new("KZ");
        let now = Duration::from_secs(100);
        for _ in 1..FAILURES_MAX {
            breaker.failed(now, NO_WAIT);
            assert_eq!(breaker.allowed(now), Allowed::All);
        }
        breaker.failed(now, NO_WAIT);
        assert!(breaker.is_open());
        let Allowed::After(wait) = breaker.allowed(now) else {
            panic!("not suspended");
        };
        assert!(wait <= Duration::from_secs(2));
        assert_eq!(breaker.allowed(now + wait), Allowed::One);
        breaker.answered();
        assert_eq!(breaker.allowed(now), Allowed::All);
    }

    #[test]
    fn suspensions_grow_up_to_the_longest_and_heed_the_partner() {
        let mut breaker = Breaker::new("KZ");
        for _ in 0..100 {
            breaker.failed(Duration::ZERO, NO_WAIT);
        }
        assert_eq!(
            breaker.allowed(Duration::ZERO),
            Allowed::After(SUSPENDED_MAX)
        );
        breaker.failed(Duration::ZERO, Duration::from_secs(900));
        let asked = Allowed::After(Duration::from_secs(900));
        assert_eq!(breaker.allowed(Duration::ZERO), asked);
    }
}
