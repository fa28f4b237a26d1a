//! Sequencing: who is next in the log, and who may have which message id.
//!
//! Start at [`Reservation`]. A place in the log is reserved before the receipt is sealed, because the
//! receipt states it. Places are not durable: after a crash, counting goes on from the last committed
//! one. Within one run every reserved place is filled, with a leaf or, when the reservation is
//! dropped, with a void leaf.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::apply::{DayUse, Views};
use super::error::ReserveError;
use super::store::Options;
use super::writer::Request;
use crate::evidence::Direction;
use crate::model::PartyId;

/// Places reserved and not yet committed. Beyond this many the gateway is slower than its callers,
/// and says so.
pub(super) const RESERVATIONS_MAX: usize = 4096;

/// How long a reservation waits for another one with the same id. Sealing takes milliseconds; a
/// client's own time-out is longer.
pub(super) const RESERVE_WAIT_MAX: Duration = Duration::from_secs(10);

/// What is kept of one partner's refused messages on one day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusalQuota {
    /// Number of messages.
    pub count: u64,
    /// Bytes of these messages.
    pub bytes: u64,
}

impl Default for RefusalQuota {
    /// 10,000 messages and 256 MiB: a partner whose system sends one wrong message after another is
    /// still documented, and a year of it from ten partners fits on one disk.
    fn default() -> Self {
        Self {
            count: 10_000,
            bytes: 256 << 20,
        }
    }
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// The same id was accepted with the same content.
    Duplicate {
        /// The receipt that accepted it.
        receipt_id: String,
    },
    /// The id is free, and is this reservation's until it is committed or dropped.
    Fresh,
    /// The same id with the same content stands earlier in the same reservation.
    Repeated,
}

/// A place in the log. Committing it writes a leaf there; dropping it writes a void leaf.
#[derive(Debug)]
#[must_use = "a dropped reservation becomes a void leaf"]
pub struct Reservation {
    /// The peer; for [`Direction::National`] the own party.
    pub partner: PartyId,
    /// Which way the message went.
    pub direction: Direction,
    /// Number within (partner, direction), without gaps, from 1.
    pub counter: u64,
    /// Place in the log, from 0.
    pub leaf_index: u64,
    /// The time that the receipt states; never earlier than that of the place before.
    pub received_at: Timestamp,
    /// What became of each claim, in the order in which they were made.
    pub claims: Vec<ClaimOutcome>,
    /// Index keys of the claims that are its own.
    pub(super) fresh: HashSet<Vec<u8>>,
    /// What is given back once it is committed; `None` when it is.
    pub(super) holding: Option<Holding>,
    pub(super) writer: Sender<Request>,
}

/// What a reservation occupies.
#[derive(Debug)]
pub(super) struct Holding {
    _claims: ClaimHold,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(holding) = self.holding.take() {
            // Nobody listens after a failure; then there is no log to fill either.
            let _ = self.writer.send(Request::Void {
                partner: self.partner.clone(),
                direction: self.direction,
                counter: self.counter,
                leaf_index: self.leaf_index,
                at: self.received_at,
                holding,
            });
        }
    }
}

/// The next of everything.
#[derive(Debug)]
pub(super) struct Sequencer {
    state: Mutex<State>,
    /// Index keys of claims in flight.
    held: Arc<Held>,
    places: Arc<Semaphore>,
    quota: RefusalQuota,
    /// Quotas of single partners, in place of `quota`.
    quotas: Mutex<HashMap<PartyId, RefusalQuota>>,
    wait: Duration,
}

#[derive(Debug)]
struct State {
    next_leaf: u64,
    counters: HashMap<(PartyId, Direction), u64>,
    last_at: Option<Timestamp>,
    refusals: HashMap<PartyId, DayUse>,
}

#[derive(Debug, Default)]
struct Held {
    keys: Mutex<HashSet<Vec<u8>>>,
    released: Notify,
}

/// Claims in flight; let go when dropped.
#[derive(Debug)]
pub(super) struct ClaimHold {
    held: Arc<Held>,
    keys: Vec<Vec<u8>>,
}

impl Drop for ClaimHold {
    fn drop(&mut self) {
        if self.keys.is_empty() {
            return;
        }
        let mut held = self
            .held
            .keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for key in &self.keys {
            held.remove(key);
        }
        drop(held);
        self.held.released.notify_waiters();
    }
}

/// A place, before it is handed out.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) counter: u64,
    pub(super) leaf_index: u64,
    pub(super) at: Timestamp,
}

impl Sequencer {
    /// Goes on from what was committed.
    pub(super) fn resume(views: &Views, options: &Options) -> Self {
        Self {
            state: Mutex::new(State {
                next_leaf: views.log.size(),
                counters: views.counters.clone(),
                last_at: views.last_at,
                refusals: views.refusals.clone(),
            }),
            held: Arc::new(Held::default()),
            places: Arc::new(Semaphore::new(RESERVATIONS_MAX)),
            quota: options.refusals,
            quotas: Mutex::new(options.refusals_of.clone()),
            wait: options.reserve_wait,
        }
    }

    /// Waits until there is room for one more reservation, and until none in flight has these claims.
    pub(super) async fn hold(&self, keys: Vec<Vec<u8>>) -> Result<Holding, ReserveError> {
        let wait = async {
            let permit = Arc::clone(&self.places).acquire_owned().await;
            let permit = permit.map_err(|_closed| ReserveError::Busy)?;
            loop {
                let released = self.held.released.notified();
                tokio::pin!(released);
                // Listening before looking: a release in between is not missed.
                released.as_mut().enable();
                if self.try_hold(&keys) {
                    let held = Arc::clone(&self.held);
                    return Ok(Holding {
                        _claims: ClaimHold { held, keys },
                        _permit: permit,
                    });
                }
                released.await;
            }
        };
        tokio::time::timeout(self.wait, wait)
            .await
            .unwrap_or(Err(ReserveError::Busy))
    }

    /// All of the keys or none: so no two reservations can wait for each other.
    fn try_hold(&self, keys: &[Vec<u8>]) -> bool {
        let mut held = self
            .held
            .keys
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if keys.iter().any(|key| held.contains(key)) {
            return false;
        }
        held.extend(keys.iter().cloned());
        true
    }

    /// Replaces the quotas of single partners.
    pub(super) fn set_quotas(&self, of: HashMap<PartyId, RefusalQuota>) {
        *self.quotas.lock().unwrap_or_else(PoisonError::into_inner) = of;
    }

    fn quota_of(&self, partner: &PartyId) -> RefusalQuota {
        let quotas = self.quotas.lock().unwrap_or_else(PoisonError::into_inner);
        quotas.get(partner).copied().unwrap_or(self.quota)
    }

    /// The next place; `refused` is the size of a message that is being refused, which counts towards
    /// its partner's quota.
    pub(super) fn place(
        &self,
        partner: &PartyId,
        direction: Direction,
        wall_now: Timestamp,
        refused: Option<u64>,
    ) -> Result<Place, ReserveError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let at = state.last_at.map_or(wall_now, |last| last.max(wall_now));
        if let Some(bytes) = refused {
            let before = state.refusals.get(partner).copied().unwrap_or_default();
            let today = before.on(at).and(bytes);
            let quota = self.quota_of(partner);
            if today.count > quota.count || today.bytes > quota.bytes {
                let before = before.on(at);
                return Err(ReserveError::Quota {
                    count: before.count,
                    bytes: before.bytes,
                });
            }
            state.refusals.insert(partner.clone(), today);
        }
        state.last_at = Some(at);
        let leaf_index = state.next_leaf;
        state.next_leaf = leaf_index.saturating_add(1);
        let counter = state
            .counters
            .entry((partner.clone(), direction))
            .or_insert(0);
        *counter = counter.saturating_add(1);
        Ok(Place {
            counter: *counter,
            leaf_index,
            at,
        })
    }

    /// The latest time that was given to a place.
    pub(super) fn last_at(&self) -> Option<Timestamp> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last_at
    }
}
