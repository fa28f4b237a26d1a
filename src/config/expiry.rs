//! How long the certificates still last that a gateway shows or trusts.
//!
//! Start at [`Gateway::certificate_days`].

use jiff::Timestamp;

use super::certificate::days_between;
use super::gateway::Gateway;
use super::partner::Partner;
use crate::model::PartyId;

/// The days of validity left of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateDays {
    /// Whose it is.
    pub party: PartyId,
    /// What for: `signing`, `tls-partner`, `tls-national`, `anchor`.
    pub usage: &'static str,
    /// Whole days; negative after the end.
    pub days: i32,
}

impl Gateway {
    /// The own certificates, and the first of each partner's signing anchors to expire.
    pub fn certificate_days(&self, now: Timestamp) -> Vec<CertificateDays> {
        let own = [
            ("signing", &self.signing.leaf),
            ("tls-partner", &self.partner_listener.tls.leaf),
            ("tls-national", &self.national_listener.tls.leaf),
        ];
        let own = own.into_iter().map(|(usage, leaf)| CertificateDays {
            party: self.party.clone(),
            usage,
            days: leaf.days_left(now),
        });
        let anchor = |partner: &Partner| CertificateDays {
            party: partner.party.clone(),
            usage: "anchor",
            days: days_between(now, partner.signing.anchors_expire),
        };
        own.chain(self.partners.iter().map(anchor)).collect()
    }
}
