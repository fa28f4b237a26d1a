//! What is known of partners' TLS certificates: by the lists and answers that are held for their
//! signatures.
//!
//! Start at [`Standings`]. It lies between the listeners and the client, which see certificates, and
//! what is known of revocation, which changes while they run.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, UnixTime};
use tracing::warn;

use crate::crypto::{Suites, TrustStore};
use crate::exchange::Partner;
use crate::http;
use crate::model::PartyId;

/// What is known of one partner's certificates now.
struct Standing {
    party: PartyId,
    trust: ArcSwap<TrustStore>,
    suites: Arc<Suites>,
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standing")
            .field("party", &self.party)
            .finish_non_exhaustive()
    }
}

impl http::Standing for Standing {
    fn is_revoked(&self, path: &[CertificateDer<'_>], now: UnixTime) -> bool {
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let now = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        let path: Vec<&[u8]> = path.iter().map(AsRef::as_ref).collect();
        let revoked = self.trust.load().revokes(&path, &self.suites, now);
        if let Some(revoked) = &revoked {
            let (subject, serial, since) = (&revoked.subject, &revoked.serial, revoked.since);
            warn!(party = %self.party, code = "TLS_CERTIFICATE_REVOKED", subject, serial, %since,
                "a connection by a revoked certificate was refused");
        }
        revoked.is_some()
    }
}

/// What is known of all partners' certificates. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Standings(Arc<HashMap<PartyId, Arc<Standing>>>);

impl Standings {
    /// By what is trusted of these partners.
    pub(super) fn of(partners: &[Partner]) -> Self {
        let suites = Arc::new(Suites::standard());
        let standing = |partner: &Partner| {
            let standing = Standing {
                party: partner.party.clone(),
                trust: ArcSwap::new(Arc::clone(&partner.trust)),
                suites: Arc::clone(&suites),
            };
            (partner.party.clone(), Arc::new(standing))
        };
        Self(Arc::new(partners.iter().map(standing).collect()))
    }

    /// This is known of a partner from now on.
    pub(super) fn set(&self, party: &PartyId, trust: &Arc<TrustStore>) {
        if let Some(standing) = self.0.get(party) {
            standing.trust.store(Arc::clone(trust));
        }
    }

    /// As listeners and client take it.
    pub(super) fn shown(&self) -> http::Standings {
        let standings = self.0.iter();
        let shown = |(party, standing): (&PartyId, &Arc<Standing>)| {
            let standing: Arc<dyn http::Standing> = Arc::<Standing>::clone(standing);
            (party.clone(), standing)
        };
        standings.map(shown).collect()
    }
}
