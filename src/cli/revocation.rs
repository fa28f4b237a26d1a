//! What authorities say of revocation, while a gateway runs: the part between its configuration and its
//! conductor.
//!
//! Start at [`prepare`].

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use super::assemble::Assembled;
use super::standing::Standings;
use crate::clock::Clock;
use crate::config;
use crate::crypto::TrustStore;
use crate::exchange::{Gateway, Learn, Learning};
use crate::http::{Client, PartnerEndpoint};
use crate::model::PartyId;
use crate::revocation::{self, Apply, Learner, Ocsp, Prepared, Sources};

/// The folder of what was fetched, beside the store: it can be thrown away, and the store cannot.
fn folder(config: &config::Gateway) -> PathBuf {
    config.store_dir.with_file_name("revocation")
}

/// Puts what was fetched earlier, and what can be fetched at once, into what is trusted.
pub(super) async fn prepare(assembled: &mut Assembled, clock: &Clock) -> Vec<Prepared> {
    let config = &assembled.config;
    let settings = &mut assembled.settings;
    let sources = config.partners.iter().filter_map(|partner| {
        let status = &partner.signing.status;
        let mut known = settings.partners.iter();
        let known = known.find(|known| known.party == partner.party)?;
        let ocsp = status.ocsp.as_ref().map(|ocsp| Ocsp {
            urls: ocsp.urls.clone(),
            nonce_required: ocsp.nonce_required,
        });
        (!status.crl_urls.is_empty() || ocsp.is_some()).then(|| Sources {
            party: partner.party.clone(),
            trust: Arc::clone(&known.trust),
            crl_urls: status.crl_urls.clone(),
            ocsp,
            refresh: status.refresh,
        })
    });
    let sources: Vec<Sources> = sources.collect();
    let prepared = revocation::prepare(sources, folder(config), clock).await;
    for one in &prepared {
        let mut partners = settings.partners.iter_mut();
        if let Some(partner) = partners.find(|partner| partner.party == *one.party()) {
            partner.trust = one.trust();
            assembled.standings.set(one.party(), &partner.trust);
        }
    }
    settings.learn = Arc::new(Asking(Learner::of(&prepared)));
    prepared
}

/// The conductor asks, and the responders answer.
struct Asking(Learner);

impl Learn for Asking {
    fn learn<'a>(&'a self, partner: &'a PartyId) -> Learning<'a> {
        Box::pin(self.0.learn(partner))
    }
}

/// Who goes by what is known of revocation.
pub(super) struct Affected<'a> {
    pub(super) conductor: &'a Arc<Gateway>,
    /// Asks for decisions to be looked at.
    pub(super) asked: &'a watch::Sender<()>,
    pub(super) standings: &'a Standings,
    pub(super) partner: &'a Arc<PartnerEndpoint<Gateway>>,
    pub(super) client: &'a Client,
}

/// What is new is trusted at once, decisions are looked at by it, and so are connections.
pub(super) fn apply(affected: &Affected<'_>) -> Apply {
    let (conductor, asked) = (Arc::clone(affected.conductor), affected.asked.clone());
    let (standings, client) = (affected.standings.clone(), affected.client.clone());
    let partner = Arc::clone(affected.partner);
    Arc::new(move |party: &PartyId, trust: TrustStore| {
        let trust = Arc::new(trust);
        standings.set(party, &trust);
        partner.reconsider();
        client.reconsider();
        conductor.trust(party, trust);
        asked.send_replace(());
    })
}
