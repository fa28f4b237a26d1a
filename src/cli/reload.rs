//! A running gateway and its reload: SIGHUP puts what the files say now in the place of what was read.
//!
//! Start at [`Running::reload`]. Everything is read, checked and made before anything is replaced, so
//! that a reload changes all of it or nothing; what cannot be changed without a restart is refused by
//! name.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use super::Failure;
use super::assemble::{self, Assembled, assemble};
use super::revocation::{self, Affected};
use super::standing::Standings;
use crate::clock::Clock;
use crate::config;
use crate::exchange::{Deadline, Gateway, Settings, Watch};
use crate::http::{Client, NationalEndpoint, PartnerEndpoint};
use crate::model::PartyId;
use crate::queue::Workers;
use crate::revocation::{Prepared, Refresher};
use crate::telemetry;

/// A gateway at work, with all that a reload replaces parts of.
pub(super) struct Running {
    pub(super) path: PathBuf,
    /// In force now.
    pub(super) config: config::Gateway,
    pub(super) conductor: Arc<Gateway>,
    pub(super) partner: Arc<PartnerEndpoint<Gateway>>,
    pub(super) national: Arc<NationalEndpoint<Gateway>>,
    pub(super) client: Client,
    pub(super) workers: Workers<Client>,
    /// Asks for decisions to be looked at by what is trusted now; dropping it ends that.
    pub(super) trust: watch::Sender<()>,
    /// Who looks at them.
    pub(super) reviewer: JoinHandle<()>,
    /// Who keeps fresh what is known of revocation.
    pub(super) refresher: Refresher,
    pub(super) clock: Clock,
    /// When a change of keys was tried last, by the monotonic clock.
    pub(super) key_tried: Option<Duration>,
}

/// Between two attempts at a change of keys whose time has come.
const KEY_AGAIN: Duration = Duration::from_secs(60);

impl Running {
    /// Puts the next signing key to work when its time has come, by a reload. What fails is tried again
    /// every minute; until then the earlier key signs.
    pub(super) async fn change_keys(&mut self) {
        let change = self.config.signing_change.as_ref();
        let due = change.is_some_and(|it| it.waits && it.from <= self.clock.wall());
        let now = self.clock.monotonic();
        let early = |last: Duration| now.saturating_sub(last) < KEY_AGAIN;
        if !due || self.key_tried.is_some_and(early) {
            return;
        }
        self.key_tried = Some(now);
        info!("the time of the next signing key has come");
        self.reload().await;
    }

    /// Reads the files again and puts what they say to work, or leaves everything and logs why.
    pub(super) async fn reload(&mut self) {
        let (path, clock) = (self.path.clone(), self.clock.clone());
        let read = tokio::task::spawn_blocking(move || assemble(&path, &clock)).await;
        let read = read.unwrap_or_else(|error| Err(vec![Failure::ours("RELOAD", error)]));
        match read.and_then(|assembled| self.changeable(assembled)) {
            Ok(mut assembled) => {
                // What it has fetched lies in the folder; nothing of it is put to work from here on.
                self.refresher.stop().await;
                let prepared = revocation::prepare(&mut assembled, &self.clock).await;
                self.replace(assembled, prepared);
                telemetry::reload(true);
            }
            Err(faults) => {
                for fault in &faults {
                    error!(
                        code = fault.code,
                        fault = fault.text,
                        "a fault of the configuration"
                    );
                }
                let (faults, config) = (faults.len(), self.config.sha256);
                error!(faults, %config, "the configuration stays as it was");
                telemetry::reload(false);
            }
        }
    }

    /// Whether all that differs can be changed in a running gateway.
    fn changeable(&self, assembled: Assembled) -> Result<Assembled, Vec<Failure>> {
        let fixed = self.config.fixed_changes(&assembled.config);
        if fixed.is_empty() {
            return Ok(assembled);
        }
        let fault = |key| {
            let file = self.path.display();
            let text = format!("{file}: {key}: only a restart changes it; put it back, or restart");
            Failure::input("CONFIG_FIXED", text)
        };
        Err(fixed.into_iter().map(fault).collect())
    }

    /// Keeps fresh what is known of revocation, for all who go by it.
    pub(super) fn keep_fresh(&mut self, prepared: Vec<Prepared>, standings: &Standings) {
        let apply = revocation::apply(&Affected {
            conductor: &self.conductor,
            asked: &self.trust,
            standings,
            partner: &self.partner,
            client: &self.client,
        });
        self.refresher = Refresher::start(prepared, &apply);
    }

    /// Cannot fail. The conductor comes first: who is let in afterwards is known to it.
    fn replace(&mut self, assembled: Assembled, prepared: Vec<Prepared>) {
        let Assembled {
            config,
            settings,
            partner_face,
            national_face,
            targets,
            standings,
        } = assembled;
        announce(&config, &settings);
        self.conductor.watch(to_watch(&config));
        self.conductor.replace(settings);
        self.conductor.store().set_quotas(assemble::quotas(&config));
        self.partner.show(partner_face);
        self.national.show(national_face);
        self.client.replace(targets);
        self.workers.serve(assemble::recipients(&config));
        self.trust.send_replace(());
        self.keep_fresh(prepared, &standings);
        for end in self.config.certificate_ends() {
            let stays = config
                .partners
                .iter()
                .any(|partner| partner.party == end.party);
            if !stays && end.party != config.party {
                telemetry::certificate_gone(end.party.as_str(), end.usage);
            }
        }
        let (before, partners) = (self.config.sha256, config.partners.len());
        warn_ending(&self.conductor);
        info!(config = %config.sha256, %before, partners, "the configuration was replaced");
        self.config = config;
    }
}

/// What is to be watched.
pub(super) fn to_watch(config: &config::Gateway) -> Watch {
    let ends = config.certificate_ends().into_iter();
    let certificates = ends.map(|end| Deadline {
        party: end.party,
        usage: end.usage.to_owned(),
        not_after: end.not_after,
    });
    Watch {
        certificates: certificates.collect(),
        warning_days: config.certificate_warning_days,
        free_bytes_min: config.disk_free_bytes_min,
    }
}

/// Warns of certificates that end soon: at start, after a reload, and every day.
pub(super) fn warn_ending(conductor: &Gateway) {
    let now = conductor.clock().wall();
    for end in conductor.ending() {
        let days = end.days_left(now);
        warn!(party = %end.party, usage = end.usage, not_after = %end.not_after, days,
            "a certificate ends soon: renew it, and tell the partners first");
    }
}

/// Says what is worth knowing about a configuration that is put to work.
pub(super) fn announce(config: &config::Gateway, settings: &Settings) {
    for end in config.certificate_ends() {
        telemetry::certificate_end(end.party.as_str(), end.usage, end.not_after.as_second());
    }
    let now = settings.clock.wall();
    for partner in &config.partners {
        match partner.tls12_until {
            Some(until) if until <= now => {
                warn!(party = %partner.party, %until, "an exception for TLS 1.2 has ended: remove it");
            }
            Some(until) => warn!(party = %partner.party, %until, "TLS 1.2 is taken of a partner"),
            None => {}
        }
    }
    for lane in settings.lanes.iter() {
        let known = |party: &PartyId| {
            let mut partners = config.partners.iter();
            *party == config.party || partners.any(|partner| partner.party == *party)
        };
        if !(known(&lane.from) && known(&lane.to)) {
            warn!(lane = lane.id, from = %lane.from, to = %lane.to, "no profile of its partner");
        }
    }
}
