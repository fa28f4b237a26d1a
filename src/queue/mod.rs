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

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

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

    /// Delivers to these partners until `stop` says `true`. The set ends when every attempt under way
    /// has ended or was cut off.
    pub fn start(
        self,
        partners: impl IntoIterator<Item = Recipient>,
        stop: &watch::Receiver<bool>,
    ) -> JoinSet<()> {
        let mut workers = JoinSet::new();
        for to in partners {
            let shared = Arc::clone(&self.shared);
            let worker = Worker::new(shared, to.partner, to.in_flight_max, self.drain);
            workers.spawn(worker.run(stop.clone()));
        }
        workers
    }
}
