//! `corridor bench`: load against a gateway that it starts itself.
//!
//! Start at [`run`]. An exchange counts from the POST to the durable receipt of a translated
//! message. All messages are made and signed before the clock starts, and all receipts are read
//! after it has stopped, so that only the posting stands beside the gateway.

mod load;
mod post;
mod process;
mod report;
mod sink;
mod stages;
mod stored;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::Args as ClapArgs;
use ring::rand::SystemRandom;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use self::load::Load;
use self::post::Pace;
use self::report::{Comparison, Report, Used};
use self::sink::Sink;
use super::trial::children::Children;
use super::trial::world::{Party, Spec, World};
use super::{Failure, files, folders};
use crate::clock::Clock;
use crate::crypto::{self, SignatureProfile};
use crate::http::{
    Limits, Listening, PartnerEndpoint, PartnerFace, Peer, PeerIdentity, Peers, ServerIdentity,
    Stop, serve,
};
use crate::model::PartyId;

/// How long the bench waits until everything accepted was delivered.
const DRAIN_WAIT: Duration = Duration::from_secs(120);
/// Pause between two looks at it.
const DRAIN_PAUSE: Duration = Duration::from_millis(5);
/// Messages prepared for each second of the bench, at most; more than any figure reached here.
const MESSAGES_PER_SECOND: u64 = 2_500;
/// Bytes prepared at most: they all lie in this process's memory.
const PREPARED_BYTES_MAX: usize = 1 << 30;

/// Measure a gateway: rate, latency, memory.
///
/// Posts distinct, separately signed ESADout_CU over mutual TLS; each becomes an R.048 in the
/// outbox. The partner is a sink in this process, or with --end-to-end a second gateway.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  corridor bench --duration 10
  corridor bench --mix --connections 32 --json
  corridor bench --mix --rate 500
  corridor bench --end-to-end
  corridor bench --stored 1000000")]
pub(super) struct Args {
    /// Size of a message in bytes.
    #[arg(long, default_value_t = 10_000, conflicts_with = "mix")]
    size: usize,
    /// Sizes of the load mix: 2 KB, 10 KB, 100 KB, 2 MB and 10 MB in 30, 60, 9, 0.9 and 0.1 %.
    #[arg(long)]
    mix: bool,
    /// Connections that post at the same time, each one message at a time.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Seconds of posting.
    #[arg(long, default_value_t = 10)]
    duration: u64,
    /// Messages posted a second, evenly, whether or not the gateway keeps up; latency then counts from
    /// when a message was due. Default: as many as are answered.
    #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    /// Messages to prepare; the run ends early when they are used up. Default: by duration.
    #[arg(long)]
    messages: Option<usize>,
    /// Deliver to a second gateway instead of a sink.
    #[arg(long)]
    end_to_end: bool,
    /// Measure twice: with an empty store, and with one that has this many receipts already.
    #[arg(long, value_name = "RECEIPTS", conflicts_with = "end_to_end")]
    stored: Option<u64>,
    /// Folder of message packages.
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
    /// Keep stores and logs in this new folder.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the bench.
pub(super) fn run(args: &Args, clock: &Clock) -> Result<(), Failure> {
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| Failure::ours("RUNTIME", error))?;
    runtime.block_on(bench(args, clock))
}

async fn bench(args: &Args, clock: &Clock) -> Result<(), Failure> {
    let temporary = tempfile::tempdir().map_err(|error| Failure::ours("BENCH_DIR", error))?;
    let dir = match &args.dir {
        Some(dir) => folders::new_dir(dir)?,
        None => temporary.path().to_owned(),
    };
    let Some(stored) = args.stored else {
        return measure(args, &dir, 0, clock).await?.print(args.json);
    };
    let empty = measure(args, &dir.join("empty"), 0, clock).await?;
    let filled = measure(args, &dir.join("filled"), stored, clock).await?;
    Comparison::of(empty, filled).print(args.json)
}

/// One run against a gateway that has `stored` receipts when it begins.
async fn measure(args: &Args, dir: &Path, stored: u64, clock: &Clock) -> Result<Report, Failure> {
    let schemas = folders::schemas_dir(args.schemas.as_deref())?;
    let specs = specs(&schemas)?;
    let world = World::build(dir, &schemas, &specs, clock.wall(), &SystemRandom::new())?;
    let (gateway, loader, partner) = (world.party("RU")?, world.party("LD")?, world.party("KZ")?);
    let size = (!args.mix).then_some(args.size);
    let load = prepare(args, &schemas, loader, size)?;

    let delivered = Arc::new(AtomicU64::new(0));
    let (stop, stopped) = Stop::new();
    let mut sink = None;
    let children = if args.end_to_end {
        Children::start(&[gateway, partner]).await?
    } else {
        sink = Some(listen(partner, gateway, &delivered, clock, &stopped).await?);
        started(gateway, &loader.id, stored, clock).await?
    };
    let pid = children.pid("RU");
    let cpu = || {
        Some((
            process::cpu_time(pid?)?,
            process::cpu_time(std::process::id())?,
        ))
    };
    let cpu_before = cpu();
    let duration = Duration::from_secs(args.duration);
    let pace = Pace {
        connections: args.connections,
        duration,
        rate: args.rate,
    };
    let posted = post::all(&load, loader, gateway, pace, clock).await?;
    let began = clock.monotonic();
    if sink.is_some() {
        drained(&delivered, posted.accepted(), clock).await?;
    } else {
        post::outbox_empty(gateway, DRAIN_WAIT).await?;
    }
    let used = Used {
        drained: clock.monotonic().saturating_sub(began),
        cpu: cpu_before
            .zip(cpu())
            .map(|((gateway, own), (gateway_after, own_after))| {
                (
                    gateway_after.saturating_sub(gateway),
                    own_after.saturating_sub(own),
                )
            }),
        peak_rss_bytes: pid.and_then(process::peak_rss_bytes),
        stages: stages::read(&post::metrics(gateway).await?),
    };
    children.stop().await?;
    drop(stop);
    if let Some(sink) = sink {
        sink.task
            .await
            .map_err(|error| Failure::ours("BENCH_SINK", error))?;
    }
    Ok(Report::of(&posted, &load, used, args, stored))
}

/// Starts a gateway; one with receipts is initialised by a first start and filled while it is down.
async fn started(
    gateway: &Party,
    sender: &PartyId,
    stored: u64,
    clock: &Clock,
) -> Result<Children, Failure> {
    let children = Children::start(&[gateway]).await?;
    if stored == 0 {
        return Ok(children);
    }
    children.stop().await?;
    stored::fill(gateway, sender, stored, clock).await?;
    Children::restart(&[gateway]).await
}

fn prepare(
    args: &Args,
    schemas: &Path,
    loader: &Party,
    size: Option<usize>,
) -> Result<Load, Failure> {
    let sample = schemas.join("fcs/esadout-cu/5.23.0/samples/transit-cn-kz.xml");
    let sample = String::from_utf8_lossy(&files::read(&sample)?).into_owned();
    let a_second = args.rate.map_or(MESSAGES_PER_SECOND, u64::from);
    let by_time = usize::try_from(args.duration * a_second).unwrap_or(usize::MAX);
    let count = args.messages.unwrap_or(by_time);
    Load::prepare(&sample, loader, count, size, PREPARED_BYTES_MAX)
}

/// The gateway under load, who posts to it, and its partner.
fn specs(schemas: &Path) -> Result<[Spec; 3], Failure> {
    let lane = |path: &str| {
        let bytes = files::read(&schemas.join("lanes").join(path))?;
        Ok::<_, Failure>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let load = lane("ru-kz-transit.toml")?
        .replacen("\"RU\"", "\"LD\"", 1)
        .replacen("\"attested\"", "\"signed\"", 1);
    let named = |name: &str, text: String| (name.to_owned(), text);
    Ok([
        Spec {
            name: "RU",
            lanes: vec![named("load.toml", load)],
            agreements: Vec::new(),
        },
        Spec {
            name: "LD",
            lanes: Vec::new(),
            agreements: Vec::new(),
        },
        Spec {
            name: "KZ",
            lanes: vec![named("ru-kz.toml", lane("ru-kz-transit-received.toml")?)],
            agreements: Vec::new(),
        },
    ])
}

/// The sink listens where the partner's gateway would.
async fn listen(
    partner: &Party,
    gateway: &Party,
    received: &Arc<AtomicU64>,
    clock: &Clock,
    stopped: &Stop,
) -> Result<Listening, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::ours("BENCH_SINK", error);
    let sink = Sink {
        party: partner.id.clone(),
        signer: crypto::signer_from_pkcs8(
            &partner.signing.key_pem,
            &partner.signing.certificate_pem,
            None,
        )?,
        profile: SignatureProfile::default(),
        random: SystemRandom::new(),
        clock: clock.clone(),
        received: Arc::clone(received),
    };
    let identity = ServerIdentity {
        certificates: CertificateDer::pem_slice_iter(&partner.tls.certificate_pem)
            .collect::<Result<_, _>>()
            .map_err(|error| failed(&error))?,
        key: PrivateKeyDer::from_pem_slice(&partner.tls.key_pem).map_err(|error| failed(&error))?,
    };
    let peers = Peers::new([Peer {
        party: gateway.id.clone(),
        identity: PeerIdentity::Pinned(vec![gateway.tls_spki_sha256]),
        tls12_until: None,
    }]);
    let limits = Limits {
        connections_max: 256,
        in_flight_max: 256,
        body_bytes_max: 64 << 20,
        handshake: Duration::from_secs(10),
        header: Duration::from_secs(10),
        body: Duration::from_secs(60),
        idle: Duration::from_secs(60),
        drain: Duration::from_secs(5),
    };
    let peers = peers.map_err(|error| failed(&error))?;
    let most = HashMap::from([(gateway.id.clone(), 256)]);
    let face = PartnerFace::new(&identity, peers, most, clock).map_err(|error| failed(&error))?;
    let endpoint = PartnerEndpoint::new(Arc::new(sink), face, &limits, clock.clone());
    let address = partner.partner_address;
    serve(
        address,
        Arc::new(endpoint),
        limits,
        clock.clone(),
        stopped.clone(),
    )
    .await
    .map_err(|error| failed(&error))
}

/// Waits until the sink has as many messages as were accepted.
async fn drained(delivered: &AtomicU64, accepted: u64, clock: &Clock) -> Result<(), Failure> {
    let began = clock.monotonic();
    while delivered.load(Ordering::Relaxed) < accepted {
        if clock.monotonic().saturating_sub(began) > DRAIN_WAIT {
            let text = "the outbox did not drain in time";
            return Err(Failure::ours("BENCH_DRAIN", text));
        }
        tokio::time::sleep(DRAIN_PAUSE).await;
    }
    Ok(())
}
