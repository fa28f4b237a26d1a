//! One partner's deliveries: takes due heads, keeps the agreed number under way, heeds the breaker.
//!
//! Start at [`Worker::run`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinSet};
use tracing::{error, info};

use super::attempt::{Shared, Signal, attempt};
use super::breaker::{Allowed, Breaker};
use super::deliver::Deliver;
use crate::model::PartyId;
use crate::telemetry;

/// The longest pause between two looks at the outbox; changes of the outbox wake a worker at once.
const LOOK: Duration = Duration::from_secs(5);

/// Messages counted for the depth of one partner's outbox; beyond it the metric stands still.
const DEPTH_MAX: usize = 1000;

/// Delivers to one partner.
pub(super) struct Worker<D> {
    shared: Arc<Shared<D>>,
    partner: PartyId,
    /// Deliveries that may be under way at once; none while the partner has no profile.
    room: watch::Receiver<usize>,
    drain: Duration,
    breaker: Breaker,
    attempts: JoinSet<Signal>,
    /// Numbers of the messages that are being sent, by their task.
    sending: HashMap<Id, u64>,
    /// When the gauges are set again, in monotonic time.
    observe_at: Duration,
}

impl<D: Deliver> Worker<D> {
    pub(super) fn new(
        shared: Arc<Shared<D>>,
        partner: PartyId,
        room: watch::Receiver<usize>,
        drain: Duration,
    ) -> Self {
        Self {
            breaker: Breaker::new(partner.as_str()),
            shared,
            partner,
            room,
            drain,
            attempts: JoinSet::new(),
            sending: HashMap::new(),
            observe_at: Duration::ZERO,
        }
    }

    /// Delivers until told to stop, then lets the attempts under way end.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut changes = self.shared.store.outbox_changes();
        loop {
            let wait = self.fill();
            self.observe();
            tokio::select! {
                _ = stop.wait_for(|said| *said) => break,
                Some(ended) = self.attempts.join_next_with_id(), if !self.attempts.is_empty() => {
                    self.ended(ended);
                }
                changed = changes.changed() => if changed.is_err() { break },
                Ok(()) = self.room.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        let drain = self.drain;
        let drained = async {
            while let Some(ended) = self.attempts.join_next_with_id().await {
                self.ended(ended);
            }
        };
        if tokio::time::timeout(drain, drained).await.is_err() {
            // The partner may have them; the same bytes go again at the next start.
            info!(partner = self.partner.as_str(), "deliveries were cut off");
            self.attempts.shutdown().await;
        }
    }

    /// Starts what is due and allowed; says after what time to look again.
    fn fill(&mut self) -> Duration {
        let most = *self.room.borrow_and_update();
        let allowed = match self.breaker.allowed(self.shared.clock.monotonic()) {
            Allowed::All => most,
            Allowed::One => most.min(1),
            Allowed::After(wait) => return wait.min(LOOK),
        };
        let room = allowed.saturating_sub(self.sending.len());
        if room == 0 {
            return LOOK;
        }
        let now = self.shared.timeline.now();
        let store = &self.shared.store;
        // Heads that are being sent are still due.
        let under_way: HashSet<u64> = self.sending.values().copied().collect();
        for message in store.outbox_due(&self.partner, now, room, &under_way) {
            let number = message.number;
            let work = attempt(Arc::clone(&self.shared), message);
            let handle: AbortHandle = self.attempts.spawn(work);
            self.sending.insert(handle.id(), number);
        }
        let next = store.outbox_next_due(&self.partner, now);
        next.map_or(LOOK, |at| self.shared.timeline.until(at).min(LOOK))
    }

    fn ended(&mut self, ended: Result<(Id, Signal), tokio::task::JoinError>) {
        let (id, signal) = match ended {
            Ok(ended) => ended,
            Err(panicked) => {
                error!(
                    partner = self.partner.as_str(),
                    "an attempt did not end by itself"
                );
                (panicked.id(), Signal::Silent(LOOK))
            }
        };
        self.sending.remove(&id);
        match signal {
            Signal::Answered => self.breaker.answered(),
            Signal::Skipped => {}
            Signal::Silent(at_least) => {
                let now = self.shared.clock.monotonic();
                self.breaker.failed(now, at_least);
            }
        }
    }

    /// Sets the gauges, at most once in [`LOOK`]: counting takes time.
    fn observe(&mut self) {
        let monotonic = self.shared.clock.monotonic();
        if monotonic < self.observe_at {
            return;
        }
        self.observe_at = monotonic.saturating_add(LOOK);
        let waiting = self.shared.store.outbox(Some(&self.partner), DEPTH_MAX);
        let now = self.shared.clock.wall();
        let oldest = waiting.first().map_or(Duration::ZERO, |message| {
            Duration::try_from(now.duration_since(message.entry.at)).unwrap_or_default()
        });
        let depth = u64::try_from(waiting.len()).unwrap_or(u64::MAX);
        telemetry::outbox(self.partner.as_str(), depth, oldest);
        telemetry::circuit_open(self.partner.as_str(), self.breaker.is_open());
    }
}
