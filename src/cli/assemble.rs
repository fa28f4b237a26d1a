//! All that a gateway works by, read from its files and checked as a whole: for a start, a reload and
//! `corridor config check`.
//!
//! Start at [`assemble`]. It opens no store and no socket, so that a running gateway can do it beside
//! its work; whatever is wrong is collected, and nothing is half made.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use ring::rand::SystemRandom;

use super::failure::{Blame, chain};
use super::own_signer::own_signer;
use super::standing::Standings;
use super::{Failure, files, folders, gateway};
use crate::clock::Clock;
use crate::config::{self, PartnerTls};
use crate::crypto::{self, SignatureProfile, TrustStore};
use crate::exchange::{Lane, Lanes, NobodyAsked, Partner, Settings};
use crate::http::{
    Credential, NationalFace, PartnerFace, Peer, PeerIdentity, Peers, Principals, ServerIdentity,
    Target, Targets,
};
use crate::model::PartyId;
use crate::queue::Recipient;
use crate::recognition::{self, Agreements};
use crate::store::RefusalQuota;
use crate::translate::Packages;
use crate::xml;

/// What one configuration makes, ready to be put to work.
pub(super) struct Assembled {
    /// The configuration.
    pub(super) config: config::Gateway,
    /// What messages are judged by.
    pub(super) settings: Settings,
    /// What partners meet.
    pub(super) partner_face: PartnerFace,
    /// What the national side meets.
    pub(super) national_face: NationalFace,
    /// Where deliveries go.
    pub(super) targets: Targets,
    /// What is known of partners' TLS certificates, by which faces and targets judge.
    pub(super) standings: Standings,
}

/// Reads and checks everything.
///
/// # Errors
/// Every fault that was found, each with its file and, where it has one, its line.
pub(super) fn assemble(path: &Path, clock: &Clock) -> Result<Assembled, Vec<Failure>> {
    let config = gateway::read(path, clock.wall())?;
    let mut faults = Vec::new();
    faults.extend(gateway::identity(&config).err());
    let settings = settings(&config, clock, &mut faults);
    let known = settings.as_ref().map(|settings| &settings.partners);
    let standings = known.map_or_else(Standings::default, |known| Standings::of(known));
    let faces = [
        partner_face(&config, &standings, clock).map(Face::Partner),
        national_face(&config, clock).map(Face::National),
        targets(&config, &standings, clock).map(Face::Targets),
    ];
    let mut made = (None, None, None);
    for face in faces {
        match face {
            Ok(Face::Partner(face)) => made.0 = Some(face),
            Ok(Face::National(face)) => made.1 = Some(face),
            Ok(Face::Targets(targets)) => made.2 = Some(targets),
            Err(error) => faults.push(Failure::input(error.code(), chain(&error))),
        }
    }
    match (settings, made) {
        (Some(settings), (Some(partner_face), Some(national_face), Some(targets)))
            if faults.is_empty() =>
        {
            Ok(Assembled {
                config,
                settings,
                partner_face,
                national_face,
                targets,
                standings,
            })
        }
        _ => Err(faults),
    }
}

enum Face {
    Partner(PartnerFace),
    National(NationalFace),
    Targets(Targets),
}

/// Prints every fault; the failure counts them.
pub(super) fn complain(path: &Path, faults: &[Failure]) -> Failure {
    for fault in faults {
        files::complain(fault);
    }
    let ours = faults.iter().any(|fault| fault.blame == Blame::Ours);
    let code = faults.first().map_or("CONFIG", |fault| fault.code.as_str());
    let code = match code.starts_with("CONFIG") {
        true => "CONFIG",
        false => code,
    };
    let text = format!("{}: {} fault(s), named above", path.display(), faults.len());
    match ours {
        true => Failure::ours(code, text),
        false => Failure::input(code, text),
    }
}

/// The agreements of the gateway's folder, if it has one.
fn agreements(config: &config::Gateway, faults: &mut Vec<Failure>) -> Option<Agreements> {
    let Some(dir) = &config.agreements_dir else {
        return Some(Agreements::default());
    };
    match Agreements::load_dir(dir) {
        Ok(agreements) => Some(agreements),
        Err(found) => {
            let failure = |fault: recognition::Fault| Failure::input(fault.code(), fault);
            faults.extend(found.into_iter().map(failure));
            None
        }
    }
}

/// The conductor's settings, from the configuration and the folders that it names.
fn settings(
    config: &config::Gateway,
    clock: &Clock,
    faults: &mut Vec<Failure>,
) -> Option<Settings> {
    let packages = folders::read_packages(&config.schemas_dir);
    let packages = packages.map_err(|found| faults.extend(found)).ok();
    let lanes = packages
        .as_ref()
        .and_then(|packages| lanes(&config.lanes_dir, &config.party, packages, faults));
    let agreements = agreements(config, faults);
    let partners = partners(config).map_err(|fault| faults.push(fault)).ok();
    let signer = own_signer(&config.signing);
    let signer = signer.map_err(|fault| faults.push(fault)).ok();
    // The one that waits must be able to sign too: nobody looks when its time comes.
    let waits = config.signing_change.iter().filter(|change| change.waits);
    faults.extend(waits.filter_map(|change| own_signer(&change.other).err()));
    let signer = signer?;
    Some(Settings {
        party: config.party.clone(),
        packages: packages?,
        lanes: lanes?,
        agreements: agreements?,
        partners: partners?,
        signature: SignatureProfile::for_suite(signer.suite()),
        signer: Arc::from(signer),
        revision_wait: config.limits.revision_wait,
        limits: xml::Limits {
            bytes: config.limits.body_bytes_max,
            depth: config.limits.depth_max,
            attributes: config.limits.attributes_max,
            namespaces: config.limits.namespaces_max,
            ..xml::Limits::default()
        },
        config_sha256: config.sha256,
        clock: clock.clone(),
        learn: Arc::new(NobodyAsked),
        random: Arc::new(SystemRandom::new()),
    })
}

/// The lanes of a folder, each checked against the packages that it names. Every faulty one is named.
fn lanes(
    dir: &Path,
    party: &PartyId,
    packages: &Packages,
    faults: &mut Vec<Failure>,
) -> Option<Lanes> {
    let paths = folders::toml_files(dir).map_err(|fault| faults.push(fault));
    let mut lanes = Vec::new();
    let before = faults.len();
    for path in paths.ok()? {
        match lane(&path, party, packages) {
            Ok(lane) => lanes.push(lane),
            Err(fault) => faults.push(fault),
        }
    }
    match Lanes::new(lanes) {
        Ok(lanes) => Some(lanes).filter(|_| faults.len() == before),
        Err(error) => {
            let text = format!("{}: {error}", dir.display());
            faults.push(Failure::input("LANE", text));
            None
        }
    }
}

fn lane(path: &Path, party: &PartyId, packages: &Packages) -> Result<Lane, Failure> {
    let file = path.display().to_string();
    let faulty = |error: &dyn std::fmt::Display| {
        let text = error.to_string();
        let named = text.starts_with(&file);
        Failure::input(
            "LANE",
            if named {
                text
            } else {
                format!("{file}: {text}")
            },
        )
    };
    let text = String::from_utf8(files::read(path)?).map_err(|error| faulty(&error))?;
    let lane = Lane::parse(&text, &file).map_err(|error| faulty(&error))?;
    lane.check(party, packages)
        .map_err(|error| faulty(&error))?;
    Ok(lane)
}

/// The partners whose signatures count, as the conductor takes them.
fn partners(config: &config::Gateway) -> Result<Vec<Partner>, Failure> {
    let partner = |partner: &config::Partner| {
        let signing = &partner.signing;
        let unusable = |error: crypto::Error| {
            let text = format!("{}: {}", partner.file.display(), chain(&error));
            Failure::input(error.code(), text)
        };
        let trust = TrustStore::from_pem(&signing.anchors, &signing.intermediates, &signing.crls)
            .and_then(|trust| trust.requiring_policies(&signing.policies))
            .and_then(|trust| match &partner.tls {
                PartnerTls::Anchored { anchors, .. } => trust.taking_lists_of(anchors),
                PartnerTls::Pinned(_) => Ok(trust),
            })
            .map_err(unusable)?;
        let trust = match &signing.status.ocsp {
            None => Ok(trust),
            Some(ocsp) => trust.asking_responders(&ocsp.responders),
        };
        let trust = trust.map_err(unusable)?.with_grace(signing.grace);
        Ok(Partner {
            party: partner.party.clone(),
            trust: Arc::new(match signing.revocation {
                config::RevocationPolicy::IfPresent => trust,
                config::RevocationPolicy::Required => trust.requiring_revocation(),
            }),
            agreed: signing.agreed.clone(),
            senders: partner.senders.clone(),
            recipients: partner.recipients.clone(),
        })
    };
    config.partners.iter().map(partner).collect()
}

fn partner_face(
    config: &config::Gateway,
    standings: &Standings,
    clock: &Clock,
) -> Result<PartnerFace, crate::http::Error> {
    let peers = Peers::new(config.partners.iter().map(|partner| Peer {
        party: partner.party.clone(),
        identity: peer_identity(&partner.tls),
        tls12_until: partner.tls12_until,
    }))?;
    let connections: HashMap<PartyId, usize> = config
        .partners
        .iter()
        .map(|partner| (partner.party.clone(), partner.connections_max))
        .collect();
    let identity = server_identity(&config.partner_listener);
    let peers = peers.judged_by(standings.shown());
    PartnerFace::new(&identity, peers, connections, clock)
}

fn national_face(
    config: &config::Gateway,
    clock: &Clock,
) -> Result<NationalFace, crate::http::Error> {
    let principals = config.principals.iter().map(|entry| {
        let credential = match entry.credential {
            config::Credential::TlsSpki(spki) => Credential::TlsSpki(spki),
            config::Credential::TokenSha256(token) => Credential::TokenSha256(token),
        };
        (entry.principal.clone(), credential)
    });
    let identity = server_identity(&config.national_listener);
    NationalFace::new(&identity, Principals::new(principals), clock)
}

fn targets(
    config: &config::Gateway,
    standings: &Standings,
    clock: &Clock,
) -> Result<Targets, crate::http::Error> {
    let targets = config.partners.iter().map(|partner| Target {
        party: partner.party.clone(),
        url: partner.url.clone(),
        identity: peer_identity(&partner.tls),
        tls12_until: partner.tls12_until,
    });
    // The gateway is one party on both ends of its connections: the partner listener's certificate.
    let identity = server_identity(&config.partner_listener);
    Targets::new(&identity, targets, &standings.shown(), clock)
}

/// What a listener shows.
pub(super) fn server_identity(listener: &config::Listener) -> ServerIdentity {
    ServerIdentity {
        certificates: listener.tls.certificates.clone(),
        key: listener.tls.key.clone_key(),
    }
}

/// How a partner is recognised.
pub(super) fn peer_identity(tls: &PartnerTls) -> PeerIdentity {
    match tls {
        PartnerTls::Anchored { anchors, san_uri } => PeerIdentity::Anchored {
            anchors: anchors.clone(),
            san_uri: san_uri.clone(),
        },
        PartnerTls::Pinned(pins) => PeerIdentity::Pinned(pins.clone()),
    }
}

/// To whom the queue delivers, and how much at once.
pub(super) fn recipients(config: &config::Gateway) -> impl Iterator<Item = Recipient> {
    config.partners.iter().map(|partner| Recipient {
        partner: partner.party.clone(),
        in_flight_max: partner.in_flight_max,
    })
}

/// What is kept of each partner's refused messages.
pub(super) fn quotas(config: &config::Gateway) -> HashMap<PartyId, RefusalQuota> {
    let quota = |partner: &config::Partner| {
        let quota = RefusalQuota {
            count: partner.quota.messages_per_day,
            bytes: partner.quota.bytes_per_day,
        };
        (partner.party.clone(), quota)
    };
    config.partners.iter().map(quota).collect()
}
