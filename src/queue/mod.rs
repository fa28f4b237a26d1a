//! The queue: brings what lies in the outbox to the partners, each message once.
//!
//! Start at [`Queue::start`]. Order is kept within (partner, case): only the first message of a case
//! is sent, and one that fails holds back its own case alone. Every attempt sends exactly the signed
//! bytes of the outbox; the partner's receipt ends it, whatever it says. The way out is [`Deliver`];
//! this room knows no HTTP and no customs.

mod attempt;
mod backoff;
mod breaker;
mod deliver;
mod judge;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

pub use deliver::{Deliver, Undelivered};
pub use judge::Judge;

use crate::clock::Clock;
use crate::model::PartyId;
use crate::store::Store;
use attempt::Shared;
use backoff::Timeline;
use worker::Worker;

/// One partner's share of the queue.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// To whom.
    pub partner: PartyId,
    /// Deliveries under way at once, across cases.
    pub in_flight_max: usize,
}

/// Delivers the outbox of one gateway.
#[derive(Debug)]
pub struct Queue<D> {
    shared: Arc<Shared<D>>,
    drain: Duration,
}

impl<D: Deliver> Queue<D> {
    /// A queue over the outbox of `store`. `drain` is the time for attempts under way at the end.
    pub fn new(store: Store, deliver: D, judge: Judge, clock: Clock, drain: Duration) -> Self {
        let timeline = Timeline::start(clock.clone());
        Self {
            shared: Arc::new(Shared {
                store,
                deliver,
                judge,
                clock,
                timeline,
            }),
            drain,
        }
    }

    /// Delivers to these partners until `stop` says `true`.
    pub fn start(
        self,
        partners: impl IntoIterator<Item = Recipient>,
        stop: &watch::Receiver<bool>,
    ) -> Workers<D> {
        let mut workers = Workers {
            shared: self.shared,
            drain: self.drain,
            stop: stop.clone(),
            rooms: HashMap::new(),
            tasks: JoinSet::new(),
        };
        workers.serve(partners);
        workers
    }
}

/// A queue at work: one worker for each partner that it was ever told of.
#[derive(Debug)]
pub struct Workers<D> {
    shared: Arc<Shared<D>>,
    drain: Duration,
    stop: watch::Receiver<bool>,
    /// Deliveries that each partner's worker may have under way.
    rooms: HashMap<PartyId, watch::Sender<usize>>,
    tasks: JoinSet<()>,
}

impl<D: Deliver> Workers<D> {
    /// Delivers to exactly these partners from now on. What is under way goes to its end. The worker
    /// of a partner that is not among them waits, so that there are never two for one partner.
    pub fn serve(&mut self, partners: impl IntoIterator<Item = Recipient>) {
        let mut wanted: HashMap<PartyId, usize> = partners
            .into_iter()
            .map(|to| (to.partner, to.in_flight_max))
            .collect();
        for (partner, room) in &self.rooms {
            room.send_replace(wanted.remove(partner).unwrap_or(0));
        }
        for (partner, in_flight_max) in wanted {
            let (room, seen) = watch::channel(in_flight_max);
            let shared = Arc::clone(&self.shared);
            let worker = Worker::new(shared, partner.clone(), seen, self.drain);
            self.tasks.spawn(worker.run(self.stop.clone()));
            self.rooms.insert(partner, room);
        }
    }

    /// The next worker that ended: when it was told to stop, and every attempt under way has ended or
    /// was cut off. `None` when there is none left.
    pub async fn join_next(&mut self) -> Option<Result<(), JoinError>> {
        self.tasks.join_next().await
    }
}
