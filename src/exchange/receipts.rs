//! Partners' receipts for what was sent to them, judged by what is in force.
//!
//! Start at [`Gateway::open_receipt`]. What a receipt is for is the queue's question.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::gateway::Gateway;
use super::rejection::Fault;
use crate::crypto::Policy;
use crate::evidence::{self, LeafKind, Receipt};
use crate::model::PartyId;

/// Leaves that are looked through for a partner's last receipt: a quiet partner's may be far back, and
/// this many are read within a second.
const LOOK_BACK: u64 = 20_000;

/// How the last receipt that is held from a partner stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReceipt {
    /// Its leaf in the log; none when none is held, or none among the last leaves.
    pub leaf_index: Option<u64>,
    /// Its leaf in the partner's own log; none when it does not verify.
    #[serde(default)]
    pub theirs: Option<u64>,
    /// When it was taken.
    pub at: Option<Timestamp>,
    /// The code of what is wrong with it now; none when it verifies.
    pub code: Option<String>,
}

impl Gateway {
    /// Opens a partner's sealed receipt at a time: signature, certificate path and revocation by that
    /// partner's own trust.
    ///
    /// # Errors
    /// The stable code of what is wrong with it.
    pub fn open_receipt(
        &self,
        partner: &PartyId,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<Receipt, &'static str> {
        let core = self.core();
        let partner = core.partners.get(partner);
        let partner = partner.ok_or("EXCHANGE_PARTNER_UNKNOWN")?;
        let policy = Policy {
            suites: partner.agreed.suites(now),
            allowed: &partner.agreed.allowed(now),
            trust: &partner.trust,
        };
        match evidence::open(sealed, &policy, now) {
            Ok((receipt, _)) => Ok(receipt),
            Err(error) => Err(error.code()),
        }
    }

    /// Verifies the last receipt that is held from a partner by that partner's trust of now.
    ///
    /// # Errors
    /// [`Fault`] when the store fails.
    pub async fn last_receipt(&self, partner: &PartyId) -> Result<LastReceipt, Fault> {
        let (own, partner) = (self.clone(), partner.clone());
        // Reads from the disk.
        let work = tokio::task::spawn_blocking(move || own.find_last(&partner));
        work.await.map_err(|_| Fault::Worker)?
    }

    fn find_last(&self, partner: &PartyId) -> Result<LastReceipt, Fault> {
        let size = self.store().stats().leaves;
        for index in (size.saturating_sub(LOOK_BACK)..size).rev() {
            let Some(leaf) = self.store().leaf(index)? else {
                continue;
            };
            if leaf.kind != LeafKind::Acknowledged || leaf.partner != *partner {
                continue;
            }
            let sealed = self.store().body(&leaf.receipt)?.ok_or(Fault::Receipt)?;
            let opened = self.open_receipt(partner, &sealed, self.clock().wall());
            return Ok(LastReceipt {
                leaf_index: Some(index),
                theirs: opened.as_ref().ok().map(|receipt| receipt.leaf_index),
                at: Some(leaf.at),
                code: opened.err().map(str::to_owned),
            });
        }
        Ok(LastReceipt {
            leaf_index: None,
            theirs: None,
            at: None,
            code: None,
        })
    }
}
