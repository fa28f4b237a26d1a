//! What is watched besides messages: certificates that end, and the room on the disk.
//!
//! Start at [`Watch`] and [`Gateway::overview`]. Nothing here decides about a message; too little room
//! only keeps new ones out, before the store would have to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::gateway::Gateway;
use super::rejection::Fault;
use crate::model::{PartyId, Sha256};
use crate::store::{PAGE_MAX, Store};
use crate::telemetry;

/// Seconds of a day.
const DAY_S: i64 = 24 * 60 * 60;

/// What is to be watched; replaced at a reload.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Certificates, own and trusted.
    pub certificates: Vec<Deadline>,
    /// Days before its end from which on a certificate is warned of.
    pub warning_days: u32,
    /// Free bytes of the store's file system below which no message is taken; 0 never.
    pub free_bytes_min: u64,
}

/// When a certificate ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Whose it is.
    pub party: PartyId,
    /// What for: `signing`, `tls-partner`, `tls-national`, `anchor`, `tls-anchor`; `tls` for what a
    /// partner showed when it connected.
    pub usage: String,
    /// When it ends.
    pub not_after: Timestamp,
}

impl Deadline {
    /// Whole days left at `now`; negative after the end.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        let seconds = self.not_after.duration_since(now).as_secs();
        seconds.div_euclid(DAY_S)
    }
}

impl Watch {
    /// Certificates that have ended or will within the days of warning, the first to end first.
    pub fn ending(&self, now: Timestamp) -> Vec<&Deadline> {
        let certificates = self.certificates.iter();
        let mut ending: Vec<&Deadline> = certificates
            .filter(|deadline| self.is_near(deadline, now))
            .collect();
        ending.sort_by_key(|deadline| deadline.not_after);
        ending
    }

    fn is_near(&self, deadline: &Deadline, now: Timestamp) -> bool {
        deadline.days_left(now) < i64::from(self.warning_days)
    }
}

/// What is watched, and what was last measured.
#[derive(Debug)]
pub(super) struct Watched {
    watch: ArcSwap<Watch>,
    /// Free bytes as last measured; [`UNKNOWN`] when they could not be.
    free_bytes: AtomicU64,
    /// Ends of the TLS certificates that partners showed last; as many as there were ever partners.
    shown: Mutex<BTreeMap<PartyId, Timestamp>>,
}

/// Stands for room that could not be measured, which is never enough.
const UNKNOWN: u64 = u64::MAX;

impl Default for Watched {
    fn default() -> Self {
        Self {
            watch: ArcSwap::default(),
            free_bytes: AtomicU64::new(UNKNOWN),
            shown: Mutex::default(),
        }
    }
}

impl Watched {
    fn free_bytes(&self) -> Option<u64> {
        let free = self.free_bytes.load(Ordering::Relaxed);
        (free != UNKNOWN).then_some(free)
    }

    /// Why there is too little room, if there is.
    pub(super) fn no_room(&self) -> Option<String> {
        let least = self.watch.load().free_bytes_min;
        if least == 0 {
            return None;
        }
        match self.free_bytes() {
            None => Some("the free room of the disk is not known".to_owned()),
            Some(free) if free < least => Some(format!(
                "the disk has {free} bytes free, less than the {least} of disk.free_bytes_min"
            )),
            Some(_) => None,
        }
    }
}

/// How a gateway stands, for `corridor status` and `GET /v1/status`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Overview {
    /// The configuration in force; none where no gateway runs.
    pub config_sha256: Option<Sha256>,
    /// Why no message is taken, if none is.
    pub unready: Option<String>,
    /// Leaves of the log.
    pub leaves: u64,
    /// Leaves under the last published checkpoint.
    pub checkpoint_size: u64,
    /// Time of the last leaf.
    pub last_received_at: Option<Timestamp>,
    /// What waits for each partner.
    pub queues: Vec<PartnerQueue>,
    /// Translations that wait for an officer.
    pub held: u64,
    /// Since when the oldest of them has.
    pub held_oldest: Option<Timestamp>,
    /// Messages that wait for what they amend or cancel.
    #[serde(default)]
    pub awaiting: u64,
    /// Since when the oldest of them has.
    #[serde(default)]
    pub awaiting_oldest: Option<Timestamp>,
    /// Dead letters, counted up to [`PAGE_MAX`].
    pub dead_letters: usize,
    /// Bytes of the journal.
    pub journal_bytes: u64,
    /// Bytes of the bodies.
    pub body_bytes: u64,
    /// Free bytes of the store's file system, where they are known.
    pub free_bytes: Option<u64>,
    /// Certificates that end soon, or have.
    pub ending: Vec<Deadline>,
}

/// What waits for one partner.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PartnerQueue {
    /// To whom.
    pub partner: String,
    /// Messages that wait, counted up to [`PAGE_MAX`].
    pub messages: usize,
    /// Of these, how many an operator holds.
    pub parked: usize,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
    /// Code of a failed attempt.
    pub last_code: Option<String>,
}

impl Overview {
    /// What a store tells.
    ///
    /// # Errors
    /// The store's own.
    pub fn of(store: &Store) -> Result<Self, crate::store::Error> {
        let stats = store.stats();
        let queue = |partner: PartyId| {
            let waiting = store.outbox(Some(&partner), PAGE_MAX);
            PartnerQueue {
                partner: partner.to_string(),
                messages: waiting.len(),
                parked: waiting.iter().filter(|message| message.parked).count(),
                oldest: waiting.iter().map(|message| message.entry.at).min(),
                last_code: waiting.iter().find_map(|message| message.last_code.clone()),
            }
        };
        Ok(Self {
            config_sha256: None,
            unready: None,
            leaves: stats.leaves,
            checkpoint_size: stats.checkpoint_size,
            last_received_at: store.last_received_at(),
            queues: store.outbox_partners().into_iter().map(queue).collect(),
            held: stats.held_depth,
            held_oldest: stats.held_oldest,
            awaiting: stats.awaiting_depth,
            awaiting_oldest: stats.awaiting_oldest,
            dead_letters: store.dead_letters(PAGE_MAX)?.len(),
            journal_bytes: stats.journal_bytes,
            body_bytes: stats.body_bytes,
            free_bytes: store.free_bytes().ok(),
            ending: Vec::new(),
        })
    }
}

impl Gateway {
    /// Watches this from now on, and measures at once.
    pub fn watch(&self, watch: Watch) {
        self.watched().watch.store(std::sync::Arc::new(watch));
        self.measure();
    }

    /// Measures the room on the disk, and has a key's device that is away looked for; called every
    /// second. Both recover by themselves.
    pub fn measure(&self) {
        let watched = self.watched();
        let before = watched.no_room().is_some();
        let free = self.store().free_bytes();
        let free = free.unwrap_or_else(|error| {
            tracing::error!(code = error.code(), %error, "the room of the disk");
            UNKNOWN
        });
        watched.free_bytes.store(free, Ordering::Relaxed);
        telemetry::disk_free(watched.free_bytes());
        match (before, watched.no_room()) {
            (false, Some(reason)) => tracing::error!(reason, "no message is taken: make room"),
            (true, None) => tracing::info!(free, "there is room again"),
            (true, Some(_)) | (false, None) => {}
        }
        telemetry::ready(self.unready().is_none());
    }

    /// Certificates that end soon, or have, at the clock's time.
    pub fn ending(&self) -> Vec<Deadline> {
        let (watched, core, now) = (self.watched(), self.core(), self.clock().wall());
        let watch = watched.watch.load();
        let mut ending: Vec<Deadline> = watch.ending(now).into_iter().cloned().collect();
        let shown = watched.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = shown.iter().map(|(party, not_after)| Deadline {
            party: party.clone(),
            usage: "tls".to_owned(),
            not_after: *not_after,
        });
        let known = shown.filter(|end| core.partners.contains_key(&end.party));
        ending.extend(known.filter(|end| watch.is_near(end, now)));
        ending.sort_by_key(|deadline| deadline.not_after);
        ending
    }

    /// Notes when the TLS certificate ends that a partner showed: a pin says nothing about it.
    pub fn showed(&self, partner: &PartyId, unix_seconds: i64) {
        let Ok(not_after) = Timestamp::from_second(unix_seconds) else {
            return;
        };
        let shown = self.watched().shown.lock();
        let mut shown = shown.unwrap_or_else(PoisonError::into_inner);
        shown.insert(partner.clone(), not_after);
        telemetry::certificate_end(partner.as_str(), "tls", unix_seconds);
    }

    /// How it stands.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub fn overview(&self) -> Result<Overview, Fault> {
        Ok(Overview {
            config_sha256: Some(self.core().config_sha256),
            unready: self.unready(),
            ending: self.ending(),
            ..Overview::of(self.store())?
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_warned_of_in_its_last_days_and_after() {
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let deadline = |usage: &str, end: &str| Deadline {
            party: "RU".parse().unwrap(),
            usage: usage.to_owned(),
            not_after: end.parse().unwrap(),
        };
        let watch = Watch {
            certificates: vec![
                deadline("far", "2026-07-01T12:00:00Z"),
                deadline("near", "2026-07-01T11:59:59Z"),
                deadline("over", "2026-05-31T12:00:00Z"),
            ],
            warning_days: 30,
            free_bytes_min: 0,
        };
        let ending = watch.ending(now);
        let found: Vec<_> = ending
            .iter()
            .map(|deadline| (deadline.usage.as_str(), deadline.days_left(now)))
            .collect();
        assert_eq!(found, [("over", -1), ("near", 29)]);
    }

    #[test]
    fn room_that_is_not_known_is_never_enough() {
        let watched = Watched::default();
        assert_eq!(watched.no_room(), None);
        let least = |free_bytes_min| {
            let watch = Watch {
                free_bytes_min,
                ..Watch::default()
            };
            watched.watch.store(std::sync::Arc::new(watch));
        };
        least(1000);
        assert!(watched.no_room().unwrap().contains("not known"));
        watched.free_bytes.store(999, Ordering::Relaxed);
        assert!(watched.no_room().unwrap().contains("999"));
        watched.free_bytes.store(1000, Ordering::Relaxed);
        assert_eq!(watched.no_room(), None);
        watched.free_bytes.store(0, Ordering::Relaxed);
        least(0);
        assert_eq!(watched.no_room(), None);
    }
}
