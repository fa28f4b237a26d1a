//! `corridor status`: what a gateway has waiting, and what will soon need a person.
//!
//! Start at [`Args`]. A running gateway holds its store and is asked, with an operator's token; what
//! stands in files is read here either way.

use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use serde::Serialize;

use super::console::Console;
use super::gateway::{identity, load, store_failure};
use super::keys::{Key, keys};
use super::reload::to_watch;
use super::{Failure, block_on, files};
use crate::clock::Clock;
use crate::config::Gateway;
use crate::exchange::Overview;
use crate::store::{self, Options, PAGE_MAX, Store};

/// Show queues, held messages, dead letters, certificates, disk and the last checkpoint.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor status --config gateway.toml
  corridor status --config gateway.toml --token operator.token

While the gateway runs its store is closed to others: then the token of an operator is needed.")]
pub(super) struct Args {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
    /// File with the bearer token of a principal with the role operator.
    #[arg(long)]
    token: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Status {
    party: String,
    running: bool,
    /// Of the files as they are now.
    config_sha256: String,
    keys: Vec<Key>,
    store: Option<Overview>,
}

/// Runs the command.
pub(super) fn run(args: &Args, clock: &Clock) -> Result<(), Failure> {
    let gateway = load(&args.config, clock.wall())?;
    let status = status(&gateway, args, clock)?;
    if args.json {
        return files::say_json(&status);
    }
    show(&gateway, &status, clock.wall());
    Ok(())
}

fn status(gateway: &Gateway, args: &Args, clock: &Clock) -> Result<Status, Failure> {
    let (identity, signer) = identity(gateway)?;
    let opened = Store::open(&gateway.store_dir, &identity, signer, &Options::default());
    let (running, store) = match opened {
        Ok(store) => (false, Some(stopped(gateway, &store, clock.wall())?)),
        Err(store::Error::Locked { .. }) => match &args.token {
            Some(token) => (true, Some(block_on(ask(gateway, token, clock))??)),
            None => (true, None),
        },
        Err(error) => return Err(store_failure(&error)),
    };
    Ok(Status {
        party: gateway.party.to_string(),
        running,
        config_sha256: gateway.sha256.to_string(),
        keys: keys(gateway, clock.wall())?,
        store,
    })
}

fn stopped(gateway: &Gateway, store: &Store, now: Timestamp) -> Result<Overview, Failure> {
    let overview = Overview::of(store).map_err(|error| store_failure(&error))?;
    let ending = to_watch(gateway);
    let ending = ending.ending(now).into_iter().cloned().collect();
    Ok(Overview { ending, ..overview })
}

async fn ask(
    gateway: &Gateway,
    token: &std::path::Path,
    clock: &Clock,
) -> Result<Overview, Failure> {
    let mut console = Console::open(gateway, token, clock).await?;
    let said = console.get("/v1/status").await?;
    serde_json::from_value(said).map_err(|error| Failure::ours("GATEWAY_ANSWER", error))
}

fn show(gateway: &Gateway, status: &Status, now: Timestamp) {
    files::say(format!("gateway  {}", status.party));
    files::say(format!("files    {}", status.config_sha256));
    match &status.store {
        None => files::say(format!(
            "store    in use: name an operator's --token FILE, or ask https://{}/readyz",
            gateway.national_listener.address
        )),
        Some(overview) => show_overview(overview, now),
    }
    for key in &status.keys {
        files::say(format!("key      {key}"));
    }
}

fn show_overview(overview: &Overview, now: Timestamp) {
    let since = |at: Option<Timestamp>| at.map_or_else(String::new, |at| format!(", oldest {at}"));
    if let Some(config) = &overview.config_sha256 {
        files::say(format!("running  {config}"));
        let ready = overview.unready.as_deref();
        files::say(format!("ready    {}", ready.unwrap_or("yes")));
    }
    files::say(format!(
        "log      {} leaves, {} under the last checkpoint",
        overview.leaves, overview.checkpoint_size
    ));
    let mut queues: Vec<_> = overview.queues.iter().collect();
    queues.sort_by_key(|queue| queue.oldest);
    for queue in queues {
        files::say(format!(
            "queue    {}: {} message(s), {} held back{} {}",
            queue.partner,
            at_least(queue.messages),
            queue.parked,
            since(queue.oldest),
            queue.last_code.as_deref().unwrap_or_default()
        ));
    }
    let oldest = since(overview.held_oldest);
    files::say(format!("held     {}{oldest}", overview.held));
    if overview.awaiting > 0 {
        let (count, oldest) = (overview.awaiting, since(overview.awaiting_oldest));
        files::say(format!("waiting  {count} for what they revise{oldest}"));
    }
    files::say(format!("dead     {}", at_least(overview.dead_letters)));
    let free = overview.free_bytes;
    files::say(format!(
        "disk     {} bytes of journal, {} of bodies, {} free",
        overview.journal_bytes,
        overview.body_bytes,
        free.map_or_else(|| "unknown".to_owned(), |free| free.to_string())
    ));
    for end in &overview.ending {
        let (party, usage, days) = (&end.party, &end.usage, end.days_left(now));
        let at = end.not_after;
        files::say(format!(
            "warning  {usage} of {party} ends {at} ({days} days)"
        ));
    }
}

/// A count that stops at [`PAGE_MAX`].
fn at_least(count: usize) -> String {
    match count < PAGE_MAX {
        true => count.to_string(),
        false => format!("{count} or more"),
    }
}
