//! `corridor serve`: a gateway at work.
//!
//! Start at [`run`]. It wires the rooms together, starts the listeners and the queue, and drains
//! when it is told to stop. It makes nothing: keys and store come from `corridor init`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Interval, interval};
use tracing::{info, warn};

use super::assemble::{self, Assembled, assemble};
use super::failure::chain;
use super::reload::{Running, announce};
use super::{Failure, gateway, memory, reload, revocation};
use crate::clock::Clock;
use crate::config;
use crate::exchange::Gateway;
use crate::http::{Client, Limits, Listening, NationalEndpoint, PartnerEndpoint, Stop, serve};
use crate::queue::{Judge, Queue};
use crate::revocation::Refresher;
use crate::telemetry;

/// Run a gateway until SIGTERM or Ctrl-C, then drain. SIGHUP reads the configuration again.
#[derive(Debug, ClapArgs)]
#[command(after_help = "Example:
  corridor serve --config gateway.toml

SIGHUP replaces partners, lanes, packages, trust and certificates by what the files say now, or
leaves all as it is and logs every fault. Logs are JSON lines on standard error. It refuses to start on any fault of the configuration, a
store that is missing or another gateway's, an unreadable package, or an expired own certificate.")]
pub(super) struct Args {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
}

/// Runs the command.
pub(super) fn run(args: &Args, clock: &Clock) -> Result<(), Failure> {
    memory::give_back_soon();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::ours("RUNTIME", error))?;
    runtime.block_on(at_work(&args.config, clock))
}

async fn at_work(path: &Path, clock: &Clock) -> Result<(), Failure> {
    let assembled = assemble(path, clock).map_err(|faults| assemble::complain(path, &faults))?;
    let mut signals = Signals::listen()?;
    let (mut running, mut listening, stops) = start(path, assembled, clock).await?;
    let mut looks = Looks::new();
    let over = loop {
        match over(&mut signals, &mut looks, &mut listening, &mut running).await {
            Over::Measure => {
                running.conductor.measure();
                settle(&running.conductor).await;
                running.change_keys().await;
            }
            Over::Warn => reload::warn_ending(&running.conductor),
            Over::Reload => running.reload().await,
            Over::Told => break Ok(()),
            Over::Ended(what) => break Err(Failure::ours("SERVE_ENDED", what)),
        }
    };
    info!("draining");
    // Listeners first: nothing new comes in while the queue ends its attempts.
    drop(stops.listeners);
    drained(listening).await;
    running.refresher.stop().await;
    drop(running.trust);
    if !running.reviewer.is_finished()
        && let Err(error) = running.reviewer.await
    {
        warn!(%error, "the look at decisions ended early");
    }
    drop(stops.queue);
    while let Some(ended) = running.workers.join_next().await {
        if let Err(error) = ended {
            warn!(%error, "a queue worker ended early");
        }
    }
    let published = running.conductor.store().publish().await;
    published.map_err(|error| gateway::store_failure(&error))?;
    info!("drained");
    over
}

/// Says the last word about what waited for an earlier message. What fails is tried again.
async fn settle(conductor: &Gateway) {
    if let Err(fault) = conductor.settle().await {
        warn!(%fault, "what waits is not settled");
    }
}

/// Dropping them stops what they are named for.
struct Stops {
    listeners: watch::Sender<bool>,
    queue: watch::Sender<bool>,
}

/// Puts everything to work.
async fn start(
    path: &Path,
    mut assembled: Assembled,
    clock: &Clock,
) -> Result<(Running, [Listening; 2], Stops), Failure> {
    let failed = |error: crate::http::Error| Failure::input(error.code(), chain(&error));
    let telemetry = telemetry::install(&assembled.config.log_filter)
        .map_err(|error| Failure::ours("TELEMETRY", chain(&error)))?;
    let prepared = revocation::prepare(&mut assembled, clock).await;
    let Assembled {
        config,
        settings,
        partner_face,
        national_face,
        targets,
        standings,
    } = assembled;
    announce(&config, &settings);
    let store = gateway::open_store(&config)?;
    let conductor = Arc::new(Gateway::new(settings, store.clone()));
    watch_over(&conductor, &config);
    let (stop_listeners, stopped) = Stop::new();

    let limits = limits(&config, config.partner_listener.connections_max);
    let (service, own) = (Arc::clone(&conductor), clock.clone());
    let partner = Arc::new(PartnerEndpoint::new(service, partner_face, &limits, own));
    let (endpoint, own, address) = (
        Arc::clone(&partner),
        clock.clone(),
        config.partner_listener.address,
    );
    let first = serve(address, endpoint, limits, own, stopped.clone()).await;

    let limits = self::limits(&config, config.national_listener.connections_max);
    let national = Arc::new(NationalEndpoint::new(
        Arc::clone(&conductor),
        config.party.clone(),
        national_face,
        &limits,
        telemetry,
        clock.clone(),
    ));
    let (endpoint, address) = (Arc::clone(&national), config.national_listener.address);
    let second = serve(address, endpoint, limits, clock.clone(), stopped).await;
    let listening = [first.map_err(failed)?, second.map_err(failed)?];
    for one in &listening {
        info!(address = %one.address, "listening");
    }

    let client = Client::of(targets, config.timeouts.delivery, clock);
    let (drain, own) = (config.timeouts.drain, clock.clone());
    let queue = Queue::new(store, client.clone(), judge(&conductor), own, drain);
    let (stop_queue, queue_ends) = watch::channel(false);
    let workers = queue.start(assemble::recipients(&config), &queue_ends);
    let (trust, asked) = watch::channel(());
    info!(party = %config.party, config = %config.sha256, "the gateway is at work");
    let mut running = Running {
        path: path.to_owned(),
        config,
        reviewer: review(&conductor, asked),
        conductor,
        partner,
        national,
        client,
        workers,
        trust,
        refresher: Refresher::default(),
        clock: clock.clone(),
        key_tried: None,
    };
    running.keep_fresh(prepared, &standings);
    let stops = Stops {
        listeners: stop_listeners,
        queue: stop_queue,
    };
    Ok((running, listening, stops))
}

/// Looks at decisions by what is trusted, whenever it is asked.
fn review(conductor: &Arc<Gateway>, asked: watch::Receiver<()>) -> JoinHandle<()> {
    let conductor = Arc::clone(conductor);
    tokio::spawn(async move { conductor.watch_trust(asked).await })
}

/// Watches certificates and room from now on, and warns at once.
fn watch_over(conductor: &Gateway, config: &config::Gateway) {
    conductor.watch(reload::to_watch(config));
    reload::warn_ending(conductor);
}

/// What a gateway is told from outside.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::ours("SIGNAL", error));
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }
}

/// Between two measurements of the room on the disk: in a second the heaviest traffic takes some
/// 50 MB, a twentieth of the default watermark.
const MEASURE: Duration = Duration::from_secs(1);

/// Between two warnings of certificates.
const WARN: Duration = Duration::from_secs(24 * 60 * 60);

/// What is looked at from time to time.
struct Looks {
    measure: Interval,
    warn: Interval,
}

impl Looks {
    fn new() -> Self {
        let (mut measure, mut warn) = (interval(MEASURE), interval(WARN));
        // Both were done at the start.
        measure.reset();
        warn.reset();
        Self { measure, warn }
    }
}

/// Why a gateway stops being as it is, or has to look.
#[derive(Debug)]
enum Over {
    /// It is time to measure the disk.
    Measure,
    /// It is time to warn of certificates.
    Warn,
    /// SIGHUP.
    Reload,
    /// SIGTERM or Ctrl-C.
    Told,
    /// A part of it ended by itself, which none should.
    Ended(&'static str),
}

/// Waits for a signal, or for a part that ends by itself. A gateway without one of its parts would
/// look alive and do half of its work; one that stops with an error is started again.
async fn over(
    signals: &mut Signals,
    looks: &mut Looks,
    listening: &mut [Listening; 2],
    running: &mut Running,
) -> Over {
    tokio::select! {
        _ = signals.terminate.recv() => Over::Told,
        _ = signals.interrupt.recv() => Over::Told,
        _ = signals.hangup.recv() => Over::Reload,
        _ = looks.measure.tick() => Over::Measure,
        _ = looks.warn.tick() => Over::Warn,
        what = first_end(listening) => Over::Ended(what),
        _ = &mut running.reviewer => Over::Ended("the look at decisions ended by itself"),
        Some(_) = running.workers.join_next() => Over::Ended("a queue worker ended by itself"),
    }
}

/// Waits until one of the listeners ends.
async fn first_end([partner, national]: &mut [Listening; 2]) -> &'static str {
    tokio::select! {
        _ = &mut partner.task => "the partner listener ended by itself",
        _ = &mut national.task => "the national listener ended by itself",
    }
}

/// Waits until listeners that were told to stop have drained.
async fn drained(listening: [Listening; 2]) {
    for one in listening {
        // One that ended by itself was waited for already.
        if !one.task.is_finished()
            && let Err(error) = one.task.await
        {
            warn!(%error, "a listener ended early");
        }
    }
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

/// Opens partners' receipts, each by the partner's own anchors as they are in force then.
fn judge(conductor: &Arc<Gateway>) -> Judge {
    let (own, conductor) = (conductor.party().clone(), Arc::clone(conductor));
    Judge::new(own, move |party, sealed, now| {
        conductor.open_receipt(party, sealed, now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(work: impl Future<Output = ()> + Send + 'static) -> Listening {
        Listening {
            address: "127.0.0.1:1".parse().unwrap(),
            task: tokio::spawn(work),
        }
    }

    #[tokio::test]
    async fn a_listener_that_ends_by_itself_is_noticed_and_the_other_drains() {
        let (told, mut word) = watch::channel(false);
        let other = async move {
            let _ = word.changed().await;
        };
        let mut both = [listening(async { panic!("on purpose") }), listening(other)];
        assert_eq!(
            first_end(&mut both).await,
            "the partner listener ended by itself"
        );
        drop(told);
        drained(both).await;
    }
}
