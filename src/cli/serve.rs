//! `corridor serve`: a gateway at work.
//!
//! Start at [`run`]. It wires the rooms together, starts the listeners and the queue, and drains
//! when it is told to stop. It makes nothing: keys and store come from `corridor init`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args as ClapArgs;
use ring::rand::SystemRandom;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use super::failure::chain;
use super::{Failure, files, folders, gateway};
use crate::clock::Clock;
use crate::config::{self, PartnerTls};
use crate::crypto::{self, Policy, SignatureProfile, Suites, TrustStore};
use crate::exchange::{Gateway, Lane, Lanes, Partner, Settings};
use crate::http::{
    Client, Credential, Limits, Listening, NationalEndpoint, PartnerEndpoint, Peer, PeerIdentity,
    Peers, Principals, ServerIdentity, Stop, Target, serve,
};
use crate::model::PartyId;
use crate::queue::{Judge, Queue, Recipient};
use crate::recognition::Agreements;
use crate::store::Store;
use crate::telemetry::{self, Telemetry};
use crate::translate::Packages;
use crate::xml;

/// Run a gateway until SIGTERM or Ctrl-C, then drain.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Example:
  corridor serve --config gateway.toml

Logs are JSON lines on standard error. It refuses to start on any fault of the configuration, a
store that is missing or another gateway's, an unreadable package, or an expired own certificate.")]
pub(super) struct Args {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
}

/// Runs the command.
pub(super) fn run(args: &Args, clock: &Clock) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::ours("RUNTIME", error))?;
    runtime.block_on(at_work(&args.config, clock))
}

async fn at_work(path: &Path, clock: &Clock) -> Result<(), Failure> {
    let config = gateway::load(path, clock.wall())?;
    let telemetry = telemetry::install(&config.log_filter)
        .map_err(|error| Failure::ours("TELEMETRY", chain(&error)))?;
    for end in config.certificate_ends() {
        telemetry::certificate_end(end.party.as_str(), end.usage, end.not_after.as_second());
    }
    let partners = partners(&config)?;
    let settings = settings(&config, partners.clone(), clock)?;
    for lane in settings.lanes.iter() {
        let known = |party: &PartyId| {
            let mut partners = config.partners.iter();
            *party == config.party || partners.any(|partner| partner.party == *party)
        };
        if !(known(&lane.from) && known(&lane.to)) {
            warn!(lane = lane.id, from = %lane.from, to = %lane.to, "no profile of its partner");
        }
    }
    let store = gateway::open_store(&config)?;
    let conductor = Arc::new(Gateway::new(settings, store.clone()));

    let (stop, stopped) = Stop::new();
    let listening = listen(&config, &conductor, telemetry, clock, &stopped).await?;
    for one in &listening {
        info!(address = %one.address, "listening");
    }
    let (end_queue, queue_ends) = tokio::sync::watch::channel(false);
    let mut workers =
        queue(&config, store, partners, clock)?.start(recipients(&config), &queue_ends);
    info!(party = %config.party, "the gateway is at work");

    until_told().await?;
    info!("draining");
    // Listeners first: nothing new comes in while the queue ends its attempts.
    drop(stop);
    for one in listening {
        if let Err(error) = one.task.await {
            warn!(%error, "a listener ended early");
        }
    }
    drop(end_queue);
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            warn!(%error, "a queue worker ended early");
        }
    }
    conductor
        .store()
        .publish()
        .await
        .map_err(|error| gateway::store_failure(&error))?;
    info!("drained");
    Ok(())
}

/// Waits for SIGTERM or Ctrl-C.
async fn until_told() -> Result<(), Failure> {
    let failed = |error| Failure::ours("SIGNAL", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(failed),
    }
}

/// The conductor's settings, from the configuration and the folders that it names.
pub(super) fn settings(
    config: &config::Gateway,
    partners: Vec<Partner>,
    clock: &Clock,
) -> Result<Settings, Failure> {
    let packages = folders::packages(&config.schemas_dir)?;
    let lanes = lanes(&config.lanes_dir, &config.party, &packages)?;
    let signer = crypto::signer_from_pkcs8(
        &config.signing.key,
        &config.signing.certificates,
        config.signing.suite.as_deref(),
    )
    .map_err(|error| Failure::input(error.code(), chain(&error)))?;
    Ok(Settings {
        party: config.party.clone(),
        packages,
        lanes,
        agreements: agreements(config)?,
        partners,
        signer: Arc::from(signer),
        signature: SignatureProfile::default(),
        suites: Suites::standard(),
        limits: xml::Limits {
            bytes: config.limits.body_bytes_max,
            depth: config.limits.depth_max,
            attributes: config.limits.attributes_max,
            namespaces: config.limits.namespaces_max,
            ..xml::Limits::default()
        },
        config_sha256: config.sha256,
        clock: clock.clone(),
        random: Arc::new(SystemRandom::new()),
    })
}

/// The lanes of a folder, each checked against the packages that it names.
fn lanes(dir: &Path, party: &PartyId, packages: &Packages) -> Result<Lanes, Failure> {
    let mut lanes = Vec::new();
    for path in folders::toml_files(dir)? {
        let text = String::from_utf8(files::read(&path)?)
            .map_err(|error| Failure::input("LANE", format!("{}: {error}", path.display())))?;
        let lane = Lane::parse(&text, &path.display().to_string())
            .map_err(|error| Failure::input("LANE", error))?;
        lane.check(party, packages)
            .map_err(|error| Failure::input("LANE", error))?;
        lanes.push(lane);
    }
    Lanes::new(lanes).map_err(|error| Failure::input("LANE", error))
}

/// The agreements of the gateway's folder, if it has one.
fn agreements(config: &config::Gateway) -> Result<Agreements, Failure> {
    let Some(dir) = &config.agreements_dir else {
        return Ok(Agreements::default());
    };
    Agreements::load_dir(dir).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::input("AGREEMENT_FAULT", lines.join("\n"))
    })
}

/// The partners whose signatures count, as the conductor takes them.
pub(super) fn partners(config: &config::Gateway) -> Result<Vec<Partner>, Failure> {
    let partner = |partner: &config::Partner| {
        let signing = &partner.signing;
        let trust = TrustStore::from_pem(&signing.anchors, &signing.intermediates, &signing.crls)
            .map_err(|error| {
            Failure::input(
                error.code(),
                format!("{}: {}", partner.file.display(), chain(&error)),
            )
        })?;
        Ok(Partner {
            party: partner.party.clone(),
            trust: Arc::new(match signing.revocation {
                config::RevocationPolicy::IfPresent => trust,
                config::RevocationPolicy::Required => trust.requiring_revocation(),
            }),
            suites: signing.suites.clone(),
            senders: partner.senders.clone(),
            recipients: partner.recipients.clone(),
        })
    };
    config.partners.iter().map(partner).collect()
}

async fn listen(
    config: &config::Gateway,
    conductor: &Arc<Gateway>,
    telemetry: Telemetry,
    clock: &Clock,
    stopped: &Stop,
) -> Result<[Listening; 2], Failure> {
    let failed = |error: crate::http::Error| Failure::input(error.code(), chain(&error));
    let limits = limits(config, config.partner_listener.connections_max);
    let peers = Peers::new(config.partners.iter().map(|partner| Peer {
        party: partner.party.clone(),
        identity: peer_identity(&partner.tls),
    }));
    let connections: HashMap<PartyId, usize> = config
        .partners
        .iter()
        .map(|partner| (partner.party.clone(), partner.connections_max))
        .collect();
    let endpoint = Arc::new(PartnerEndpoint::new(
        Arc::clone(conductor),
        server_identity(&config.partner_listener),
        peers.map_err(failed)?,
        connections,
        &limits,
        clock.clone(),
    ));
    let address = config.partner_listener.address;
    let partner = serve(address, endpoint, limits, clock.clone(), stopped.clone()).await;

    let limits = self::limits(config, config.national_listener.connections_max);
    let principals = config.principals.iter().map(|entry| {
        let credential = match entry.credential {
            config::Credential::TlsSpki(spki) => Credential::TlsSpki(spki),
            config::Credential::TokenSha256(token) => Credential::TokenSha256(token),
        };
        (entry.principal.clone(), credential)
    });
    let endpoint = Arc::new(NationalEndpoint::new(
        Arc::clone(conductor),
        config.party.clone(),
        server_identity(&config.national_listener),
        Principals::new(principals),
        &limits,
        telemetry,
        clock.clone(),
    ));
    let address = config.national_listener.address;
    let national = serve(address, endpoint, limits, clock.clone(), stopped.clone()).await;
    Ok([partner.map_err(failed)?, national.map_err(failed)?])
}

fn limits(config: &config::Gateway, connections_max: usize) -> Limits {
    Limits {
        connections_max,
        in_flight_max: config.limits.in_flight_max,
        body_bytes_max: config.limits.body_bytes_max,
        handshake: config.timeouts.handshake,
        header: config.timeouts.header,
        body: config.timeouts.body,
        idle: config.timeouts.idle,
        drain: config.timeouts.drain,
    }
}

fn server_identity(listener: &config::Listener) -> ServerIdentity {
    ServerIdentity {
        certificates: listener.tls.certificates.clone(),
        key: listener.tls.key.clone_key(),
    }
}

fn peer_identity(tls: &PartnerTls) -> PeerIdentity {
    match tls {
        PartnerTls::Anchored { anchors, san_uri } => PeerIdentity::Anchored {
            anchors: anchors.clone(),
            san_uri: san_uri.clone(),
        },
        PartnerTls::Pinned(pins) => PeerIdentity::Pinned(pins.clone()),
    }
}

fn queue(
    config: &config::Gateway,
    store: Store,
    partners: Vec<Partner>,
    clock: &Clock,
) -> Result<Queue<Client>, Failure> {
    let targets = config.partners.iter().map(|partner| Target {
        party: partner.party.clone(),
        url: partner.url.clone(),
        identity: peer_identity(&partner.tls),
    });
    // The gateway is one party on both ends of its connections: the partner listener's certificate.
    let identity = server_identity(&config.partner_listener);
    let client = Client::new(&identity, targets, config.timeouts.delivery, clock)
        .map_err(|error| Failure::input(error.code(), chain(&error)))?;
    let judge = judge(config.party.clone(), partners);
    let drain = config.timeouts.drain;
    Ok(Queue::new(store, client, judge, clock.clone(), drain))
}

/// Opens partners' receipts, each by the partner's own anchors.
fn judge(own: PartyId, partners: Vec<Partner>) -> Judge {
    let suites = Suites::standard();
    let partners: HashMap<PartyId, Partner> = partners
        .into_iter()
        .map(|partner| (partner.party.clone(), partner))
        .collect();
    Judge::new(own, move |party, sealed, now| {
        let partner = partners.get(party).ok_or("EXCHANGE_PARTNER_UNKNOWN")?;
        let policy = Policy {
            suites: &suites,
            allowed: &partner.suites,
            trust: &partner.trust,
        };
        let opened = crate::evidence::open(sealed, &policy, now);
        opened
            .map(|(receipt, _)| receipt)
            .map_err(|error| error.code())
    })
}

fn recipients(config: &config::Gateway) -> impl Iterator<Item = Recipient> {
    config.partners.iter().map(|partner| Recipient {
        partner: partner.party.clone(),
        in_flight_max: partner.in_flight_max,
    })
}
