//! Asking what is known of the revocation of a certificate before its message would be refused because
//! nothing is.
//!
//! Start at [`Learn`].

use std::pin::Pin;

use crate::model::PartyId;

/// What is asked, as a future.
pub type Learning<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// Whoever can ask.
pub trait Learn: Send + Sync {
    /// Asks about the certificates of a partner that were seen and of which nothing is known; whether
    /// something new is trusted by [`Gateway::trust`](super::Gateway::trust) when it is over. It ends
    /// in time, whatever is asked.
    fn learn<'a>(&'a self, partner: &'a PartyId) -> Learning<'a>;
}

/// Nobody can be asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct NobodyAsked;

impl Learn for NobodyAsked {
    fn learn<'a>(&'a self, _partner: &'a PartyId) -> Learning<'a> {
        Box::pin(std::future::ready(false))
    }
}

/// Whether a refusal says that nothing is known, or nothing in force, of a certificate that is else in
/// order.
pub(super) fn is_of_ignorance(code: &str) -> bool {
    matches!(code, "CERT_REVOCATION_UNKNOWN" | "CRL_EXPIRED")
}
