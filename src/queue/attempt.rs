//! One attempt to deliver one message, up to the durable record of how it ended.
//!
//! Start at [`attempt`].

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tracing::{error, info, warn};

use super::backoff::{Timeline, delay};
use super::deliver::{Deliver, Undelivered};
use super::judge::{Acknowledgement, Judge};
use crate::clock::Clock;
use crate::evidence::{Direction, Leaf, LeafKind, sha256};
use crate::store::{
    Attempted, Batch, Delivered, Error, Event, OutboxEntry, QueuedMessage, Rejected, ReserveError,
    Store,
};
use crate::telemetry;

/// How long a partner is left alone after the own store failed: it does until the next start.
const STORE_PAUSE: Duration = Duration::from_secs(60);

/// What every attempt of a queue uses.
#[derive(Debug)]
pub(super) struct Shared<D> {
    pub(super) store: Store,
    pub(super) deliver: D,
    pub(super) judge: Judge,
    pub(super) clock: Clock,
    pub(super) timeline: Timeline,
}

/// What an attempt says about the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// It answered.
    Answered,
    /// It was not asked.
    Skipped,
    /// It did not, or wants to be left alone for this long.
    Silent(Duration),
}

/// Sends the message once and records how it ended.
pub(super) async fn attempt<D: Deliver>(
    shared: Arc<Shared<D>>,
    message: Arc<QueuedMessage>,
) -> Signal {
    let entry = &message.entry;
    let Some(body) = read_body(&shared, entry).await else {
        let missing = Undelivered::new("QUEUE_BODY");
        return postpone(&shared, &message, missing).await;
    };
    if !shared.store.begin_attempt(&entry.id) {
        // It was recalled, or an operator dropped it.
        return Signal::Skipped;
    }
    let started = shared.clock.monotonic();
    let answer = shared.deliver.deliver(&entry.partner, body).await;
    telemetry::stage("deliver", shared.clock.monotonic().saturating_sub(started));
    let sealed = match answer {
        Ok(sealed) => sealed,
        Err(undelivered) => return postpone(&shared, &message, undelivered).await,
    };
    match judge(&shared, entry, &sealed).await {
        Ok(acknowledgement) if acknowledgement.waits => {
            // The partner has it; what it says of it for good, it says to the same bytes later.
            postpone(&shared, &message, Undelivered::new(WAITS)).await
        }
        Ok(acknowledgement) => conclude(&shared, entry, sealed, acknowledgement).await,
        Err(code) => {
            warn!(
                partner = entry.partner.as_str(),
                entry = entry.id,
                code,
                "a receipt proves nothing"
            );
            postpone(&shared, &message, Undelivered::new(code)).await
        }
    }
}

/// The signed bytes: those that were just committed are at hand, others are read from the disk, on a
/// thread that may block.
async fn read_body<D: Deliver>(shared: &Shared<D>, entry: &OutboxEntry) -> Option<Bytes> {
    if let Some(body) = shared.store.fresh_body(&entry.body) {
        return Some(body);
    }
    let (store, body) = (shared.store.clone(), entry.body);
    let read = tokio::task::spawn_blocking(move || store.body(&body)).await;
    match read.ok()? {
        Ok(found) => found,
        Err(failure) => {
            let (entry, code) = (&entry.id, failure.code());
            error!(entry, code, %failure, "a signed message is unreadable");
            None
        }
    }
}

/// The code of a message that waits at the partner for the one that it amends or cancels.
const WAITS: &str = "DELIVERY_WAITS";

/// Receipts up to this size are judged at once: that takes less than a millisecond.
const INLINE_RECEIPT_BYTES_MAX: usize = 64 * 1024;

/// Verifies a receipt, a long one on a thread of its own.
async fn judge<D: Deliver>(
    shared: &Arc<Shared<D>>,
    entry: &OutboxEntry,
    sealed: &Bytes,
) -> Result<Acknowledgement, &'static str> {
    if sealed.len() <= INLINE_RECEIPT_BYTES_MAX {
        let now = shared.clock.wall();
        let judge = &shared.judge;
        return judge.acknowledge(&entry.partner, sealed, &entry.body, now);
    }
    let (shared, sealed) = (Arc::clone(shared), sealed.clone());
    let (partner, message) = (entry.partner.clone(), entry.body);
    let work = tokio::task::spawn_blocking(move || {
        let now = shared.clock.wall();
        shared.judge.acknowledge(&partner, &sealed, &message, now)
    });
    work.await.unwrap_or(Err("RECEIPT_UNREAD"))
}

/// Makes the partner's receipt durable, with its leaf in the log, and the entry's end with it.
async fn conclude<D: Deliver>(
    shared: &Shared<D>,
    entry: &OutboxEntry,
    sealed: Bytes,
    acknowledgement: Acknowledgement,
) -> Signal {
    let partner = &entry.partner;
    let outcome = match acknowledgement.refused {
        None => "delivered",
        Some(_) => "rejected",
    };
    match commit(shared, entry, sealed, acknowledgement).await {
        Ok(()) => {
            telemetry::delivery(partner.as_str(), outcome);
            info!(
                partner = partner.as_str(),
                entry = entry.id,
                outcome,
                "receipted"
            );
            Signal::Answered
        }
        Err(Error::NotPending { .. }) => {
            warn!(
                entry = entry.id,
                "it was taken out of the queue while it was sent"
            );
            Signal::Answered
        }
        Err(failure) => {
            error!(entry = entry.id, code = failure.code(), %failure, "a receipt is not kept");
            Signal::Silent(STORE_PAUSE)
        }
    }
}

async fn commit<D: Deliver>(
    shared: &Shared<D>,
    entry: &OutboxEntry,
    sealed: Bytes,
    Acknowledgement {
        receipt, refused, ..
    }: Acknowledgement,
) -> Result<(), Error> {
    let (store, wall) = (&shared.store, shared.clock.wall());
    let reserved = store
        .reserve(&entry.partner, Direction::Out, &[], wall)
        .await;
    let reservation = reserved.map_err(|error| match error {
        ReserveError::Store(error) => error,
        // Nothing was claimed, so that nothing can be in conflict or in flight.
        ReserveError::Busy
        | ReserveError::Duplicate { .. }
        | ReserveError::Conflict { .. }
        | ReserveError::Quota { .. } => Error::Failed,
    })?;
    let (at, digest) = (reservation.received_at, sha256(&sealed));
    let leaf = Leaf {
        kind: LeafKind::Acknowledged,
        partner: entry.partner.clone(),
        direction: Direction::Out,
        counter: reservation.counter,
        index: reservation.leaf_index,
        at,
        receipt: digest,
        message: receipt.salt.commit(&receipt.message.sha256),
        versions: receipt.versions(),
    };
    let event = match refused {
        None => Event::Delivered(Delivered {
            entry: entry.id.clone(),
            at,
            partner_receipt: digest,
        }),
        Some(code) => Event::Rejected(Rejected {
            entry: entry.id.clone(),
            at,
            code,
            partner_receipt: Some(digest),
        }),
    };
    let batch = Batch {
        bodies: vec![sealed.into()],
        events: vec![event],
        leaf,
    };
    store.commit(reservation, batch).await.map(drop)
}

/// Records a failed attempt and when the next one may be.
async fn postpone<D: Deliver>(
    shared: &Shared<D>,
    message: &QueuedMessage,
    undelivered: Undelivered,
) -> Signal {
    let entry = &message.entry;
    let now = shared.timeline.now();
    let asked = undelivered.retry_after.unwrap_or_default();
    let wait = delay(&entry.id, message.attempts.saturating_add(1)).max(asked);
    let event = Event::Attempted(Attempted {
        entry: entry.id.clone(),
        at: shared.clock.wall(),
        code: undelivered.code.to_owned(),
        not_before: shared.timeline.after(now, wait),
        reached: undelivered.may_have_reached(),
        aside: undelivered.code == WAITS,
    });
    telemetry::delivery(entry.partner.as_str(), "retry");
    warn!(
        partner = entry.partner.as_str(),
        entry = entry.id,
        attempts = message.attempts.saturating_add(1),
        code = undelivered.code,
        wait_s = wait.as_secs(),
        "not delivered"
    );
    match shared.store.append(Vec::new(), vec![event]).await {
        Ok(_) | Err(Error::NotPending { .. }) => {}
        Err(failure) => {
            error!(entry = entry.id, code = failure.code(), %failure, "an attempt is not recorded");
            return Signal::Silent(STORE_PAUSE);
        }
    }
    if concerns_partner(undelivered.code) {
        Signal::Silent(asked)
    } else {
        Signal::Answered
    }
}

/// Whether a code says something about the partner as a whole, rather than about one message.
fn concerns_partner(code: &str) -> bool {
    matches!(
        code,
        "DELIVERY_BUSY"
            | "DELIVERY_CONNECT"
            | "DELIVERY_CONNECTION"
            | "DELIVERY_PARTNER_FAULT"
            | "DELIVERY_QUOTA"
            | "DELIVERY_TIMEOUT"
            | "DELIVERY_TLS"
    )
}
