//! Until when the certificates last that a gateway shows or trusts.
//!
//! Start at [`Gateway::certificate_ends`].

use jiff::Timestamp;

use super::certificate::CertificateFacts;
use super::gateway::Gateway;
use super::partner::{Partner, PartnerTls};
use crate::model::PartyId;

/// The end of one certificate's validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateEnd {
    /// Whose it is.
    pub party: PartyId,
    /// What for: `signing`, `signing-next`, `tls-partner`, `tls-national`, `anchor`, `tls-anchor`.
    pub usage: &'static str,
    /// When it ends.
    pub not_after: Timestamp,
}

impl Gateway {
    /// The own certificates, and the first to expire of each partner's anchors for signatures and for
    /// TLS. When the certificate of a pinned key ends is not known here.
    pub fn certificate_ends(&self) -> Vec<CertificateEnd> {
        let own = [
            ("signing", &self.signing.leaf),
            ("tls-partner", &self.partner_listener.tls.leaf),
            ("tls-national", &self.national_listener.tls.leaf),
        ];
        let waits = self.signing_change.iter().filter(|change| change.waits);
        let next = waits.map(|change| ("signing-next", &change.other.leaf));
        let own = own
            .into_iter()
            .chain(next)
            .map(|(usage, leaf)| CertificateEnd {
                party: self.party.clone(),
                usage,
                not_after: leaf.not_after,
            });
        let anchor = |partner: &Partner| CertificateEnd {
            party: partner.party.clone(),
            usage: "anchor",
            not_after: partner.signing.anchors_expire,
        };
        let tls_anchor = |partner: &Partner| {
            let PartnerTls::Anchored { anchors, .. } = &partner.tls else {
                return None;
            };
            let ends = anchors.iter().filter_map(|der| CertificateFacts::read(der));
            Some(CertificateEnd {
                party: partner.party.clone(),
                usage: "tls-anchor",
                not_after: ends.map(|facts| facts.not_after).min()?,
            })
        };
        let partners = self.partners.iter();
        own.chain(partners.clone().map(anchor))
            .chain(partners.filter_map(tls_anchor))
            .collect()
    }
}
