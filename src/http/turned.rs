//! What partners sent in vain, counted: it is recorded in sums, so that it cannot fill the disk.
//!
//! Start at [`Turned`]. A message that was refused with a receipt is no part of this.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{PartyId, Sha256};

/// How often one reason turned one partner away since the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedAway {
    /// Whom.
    pub partner: PartyId,
    /// The stable code of the reason.
    pub code: &'static str,
    /// How often.
    pub count: u64,
    /// Digest of the last body, when it was complete.
    pub last: Option<Sha256>,
}

/// The sums so far. Bounded by the configured partners times the codes that exist.
#[derive(Debug, Default)]
pub(super) struct Turned {
    sums: Mutex<HashMap<(PartyId, &'static str), Sum>>,
}

#[derive(Debug, Default)]
struct Sum {
    count: u64,
    last: Option<Sha256>,
}

impl Turned {
    pub(super) fn note(&self, partner: &PartyId, code: &'static str, body: Option<Sha256>) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = sums.entry((partner.clone(), code)).or_default();
        sum.count = sum.count.saturating_add(1);
        sum.last = body.or(sum.last);
    }

    /// Takes the sums, in order; the next ones begin at nothing.
    pub(super) fn take(&self) -> Vec<TurnedAway> {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken: Vec<TurnedAway> = sums
            .drain()
            .map(|((partner, code), sum)| TurnedAway {
                partner,
                code,
                count: sum.count,
                last: sum.last,
            })
            .collect();
        taken.sort_by(|a, b| (&a.partner, a.code).cmp(&(&b.partner, b.code)));
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_kept_by_partner_and_reason_and_taken_once() {
        let turned = Turned::default();
        let (kz, mn): (PartyId, PartyId) = ("KZ".parse().unwrap(), "MN".parse().unwrap());
        turned.note(&mn, "HTTP_BODY_TIMEOUT", None);
        turned.note(&kz, "HTTP_QUOTA", Some(Sha256([1; 32])));
        turned.note(&kz, "HTTP_QUOTA", Some(Sha256([2; 32])));
        let taken = turned.take();
        assert_eq!(taken.len(), 2);
        assert_eq!((&taken[0].partner, taken[0].count), (&kz, 2));
        assert_eq!(taken[0].last, Some(Sha256([2; 32])));
        assert_eq!((taken[1].code, taken[1].last), ("HTTP_BODY_TIMEOUT", None));
        assert!(turned.take().is_empty());
    }
}
