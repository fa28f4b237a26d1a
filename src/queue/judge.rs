//! Whether a partner's answer is its receipt for our message.
//!
//! Start at [`Judge::acknowledge`]. A receipt that is not the partner's, not for these bytes or not
//! for us proves nothing, and the message goes again.

use std::fmt;

use jiff::Timestamp;

use crate::evidence::{Direction, Outcome, PartState, Receipt};
use crate::model::{PartyId, Sha256};

/// Opens a sealed receipt by a partner's own trust anchors, or says with which code it failed.
type Open = dyn Fn(&PartyId, &[u8], Timestamp) -> Result<Receipt, &'static str> + Send + Sync;

/// Judges the partners' receipts for one gateway.
pub struct Judge {
    own: PartyId,
    open: Box<Open>,
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge")
            .field("own", &self.own)
            .finish_non_exhaustive()
    }
}

/// A partner's receipt for one of our messages.
#[derive(Debug)]
pub(super) struct Acknowledgement {
    pub(super) receipt: Receipt,
    /// The code of the partner's refusal, when it is one.
    pub(super) refused: Option<String>,
    /// Whether the partner keeps it for an earlier message that has not come yet.
    pub(super) waits: bool,
}

impl Judge {
    /// Judges for the gateway of `own` with what opens a partner's sealed receipt: its signature,
    /// certificate path and revocation by that partner's trust, at a time.
    pub fn new(
        own: PartyId,
        open: impl Fn(&PartyId, &[u8], Timestamp) -> Result<Receipt, &'static str>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            own,
            open: Box::new(open),
        }
    }

    /// The partner's receipt for the message with this digest.
    pub(super) fn acknowledge(
        &self,
        partner: &PartyId,
        sealed: &[u8],
        message: &Sha256,
        now: Timestamp,
    ) -> Result<Acknowledgement, &'static str> {
        let receipt = (self.open)(partner, sealed, now)?;
        if receipt.gateway != *partner {
            return Err("RECEIPT_OTHER_GATEWAY");
        }
        if receipt.partner != self.own || receipt.direction != Direction::In {
            return Err("RECEIPT_OTHER_SENDER");
        }
        if receipt.message.sha256 != *message {
            return Err("RECEIPT_OTHER_MESSAGE");
        }
        let waits = matches!(&receipt.outcome, Outcome::Accepted { parts }
            if parts.iter().any(|part| part.state == PartState::Waiting));
        let refused = match &receipt.outcome {
            Outcome::Accepted { .. } => None,
            Outcome::Refused(refusal) => Some(refusal.code.clone()),
        };
        Ok(Acknowledgement {
            receipt,
            refused,
            waits,
        })
    }
}
