//! What a gateway knows of a partner when it judges the partner's messages.
//!
//! Start at [`Partner`]. Addresses and TLS pins are the listeners' business.

use std::sync::Arc;

use crate::crypto::{Agreed, TrustStore};
use crate::model::PartyId;

/// A partner's profile as far as messages go.
#[derive(Debug, Clone)]
pub struct Partner {
    /// Who it is.
    pub party: PartyId,
    /// The partner's own anchors, intermediates and revocation lists.
    pub trust: Arc<TrustStore>,
    /// What the partner may sign with, and when.
    pub agreed: Agreed,
    /// What may stand as sender in its messages; empty: whatever the lane says.
    pub senders: Vec<String>,
    /// What may stand as recipient in its messages; empty: whatever the lane says.
    pub recipients: Vec<String>,
}
