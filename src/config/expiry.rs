//! Until when the certificates last that a gateway shows or trusts.
//!
//! Start at [`Gateway::certificate_ends`].

use jiff::Timestamp;

use super::gateway::Gateway;
use super::partner::Partner;
use crate::model::PartyId;

/// The end of one certificate's validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateEnd {
    /// Whose it is.
    pub party: PartyId,
    /// What for: `signing`, `tls-partner`, `tls-national`, `anchor`.
    pub usage: &'static str,
    /// When it ends.
    pub not_after: Timestamp,
}

impl Gateway {
    /// The own certificates, and the first of each partner's signing anchors to expire.
    pub fn certificate_ends(&self) -> Vec<CertificateEnd> {
        let own = [
            ("signing", &self.signing.leaf),
            ("tls-partner", &self.partner_listener.tls.leaf),
            ("tls-national", &self.national_listener.tls.leaf),
        ];
        let own = own.into_iter().map(|(usage, leaf)| CertificateEnd {
            party: self.party.clone(),
            usage,
            not_after: leaf.not_after,
        });
        let anchor = |partner: &Partner| CertificateEnd {
            party: partner.party.clone(),
            usage: "anchor",
            not_after: partner.signing.anchors_expire,
        };
        own.chain(self.partners.iter().map(anchor)).collect()
    }
}
