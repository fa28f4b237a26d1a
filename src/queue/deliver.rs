//! The one way out of the queue: a partner's gateway, or the tests' stand-in.
//!
//! Start at [`Deliver`].

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;

use crate::model::PartyId;

/// Brings signed bytes to a partner and returns its receipt, unverified.
pub trait Deliver: Send + Sync + 'static {
    /// Sends exactly these bytes once. An answer with a receipt is final whatever it says; anything
    /// else is [`Undelivered`].
    fn deliver(
        &self,
        partner: &PartyId,
        body: Bytes,
    ) -> impl Future<Output = Result<Bytes, Undelivered>> + Send;
}

/// No receipt came back: whether the partner has the message is unknown, and the same bytes go again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{code}")]
pub struct Undelivered {
    /// The stable code of the reason: `DELIVERY_CONNECT`, `DELIVERY_TIMEOUT`, ...
    pub code: &'static str,
    /// When the partner asked us to come again.
    pub retry_after: Option<Duration>,
}

impl Undelivered {
    /// An attempt that failed without a word from the partner about when to come again.
    pub fn new(code: &'static str) -> Self {
        Self {
            code,
            retry_after: None,
        }
    }

    /// Whether the partner may have the message all the same. Only where no byte of it was sent it
    /// has not.
    pub fn may_have_reached(self) -> bool {
        !matches!(
            self.code,
            "DELIVERY_CONNECT" | "DELIVERY_REQUEST" | "DELIVERY_UNKNOWN_PARTNER" | "QUEUE_BODY"
        )
    }
}
