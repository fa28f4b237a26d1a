//! `corridor status`: what a gateway has waiting, and what will soon need a person.
//!
//! Start at [`Args`]. A running gateway holds its store and shows the same figures as metrics; this
//! command then says where, and reports what stands in files.

use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use serde::Serialize;

use super::gateway::{identity, load, store_failure};
use super::keys::{Key, keys};
use super::{Failure, files};
use crate::config::Gateway;
use crate::store::{self, Options, Store};

/// Dead letters that are counted; beyond it there are "at least" so many.
const DEAD_LETTERS_MAX: usize = 1000;

/// Show queues, held messages, dead letters, certificates and the last checkpoint.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor status --config gateway.toml

While the gateway runs its store is closed to others: ask its /readyz and /metrics instead.")]
pub(super) struct Args {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Status {
    party: String,
    running: bool,
    keys: Vec<Key>,
    store: Option<Figures>,
}

#[derive(Debug, Serialize)]
struct Figures {
    leaves: u64,
    checkpoint_size: u64,
    last_received_at: Option<Timestamp>,
    queues: Vec<Queue>,
    held: u64,
    held_oldest: Option<Timestamp>,
    dead_letters: usize,
    journal_bytes: u64,
    body_bytes: u64,
}

/// What waits for one partner.
#[derive(Debug, Serialize)]
struct Queue {
    partner: String,
    messages: usize,
    parked: usize,
    oldest: Option<Timestamp>,
    last_code: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    let gateway = load(&args.config, now)?;
    let status = status(&gateway, now)?;
    if args.json {
        return files::say_json(&status);
    }
    show(&gateway, &status);
    Ok(())
}

fn status(gateway: &Gateway, now: Timestamp) -> Result<Status, Failure> {
    let (identity, signer) = identity(gateway)?;
    let opened = Store::open(&gateway.store_dir, &identity, signer, &Options::default());
    let store = match opened {
        Ok(store) => Some(figures(&store).map_err(|error| store_failure(&error))?),
        Err(store::Error::Locked { .. }) => None,
        Err(error) => return Err(store_failure(&error)),
    };
    Ok(Status {
        party: gateway.party.to_string(),
        running: store.is_none(),
        keys: keys(gateway, now)?,
        store,
    })
}

fn figures(store: &Store) -> Result<Figures, store::Error> {
    let stats = store.stats();
    let queues = store
        .outbox_partners()
        .into_iter()
        .map(|partner| {
            let waiting = store.outbox(Some(&partner), usize::MAX);
            Queue {
                partner: partner.to_string(),
                messages: waiting.len(),
                parked: waiting.iter().filter(|message| message.parked).count(),
                oldest: waiting.iter().map(|message| message.entry.at).min(),
                last_code: waiting.iter().find_map(|message| message.last_code.clone()),
            }
        })
        .collect();
    Ok(Figures {
        leaves: stats.leaves,
        checkpoint_size: stats.checkpoint_size,
        last_received_at: store.last_received_at(),
        queues,
        held: stats.held_depth,
        held_oldest: stats.held_oldest,
        dead_letters: store.dead_letters(DEAD_LETTERS_MAX)?.len(),
        journal_bytes: stats.journal_bytes,
        body_bytes: stats.body_bytes,
    })
}

fn show(gateway: &Gateway, status: &Status) {
    let since = |at: Option<Timestamp>| at.map_or_else(String::new, |at| format!(", oldest {at}"));
    files::say(format!("gateway  {}", status.party));
    match &status.store {
        None => files::say(format!(
            "store    in use: ask https://{}/readyz and /metrics",
            gateway.national_listener.address
        )),
        Some(figures) => {
            files::say(format!(
                "log      {} leaves, {} under the last checkpoint",
                figures.leaves, figures.checkpoint_size
            ));
            for queue in &figures.queues {
                files::say(format!(
                    "queue    {}: {} message(s), {} parked{} {}",
                    queue.partner,
                    queue.messages,
                    queue.parked,
                    since(queue.oldest),
                    queue.last_code.as_deref().unwrap_or_default()
                ));
            }
            let oldest = since(figures.held_oldest);
            files::say(format!("held     {}{oldest}", figures.held));
            files::say(format!("dead     {}", figures.dead_letters));
            files::say(format!(
                "disk     {} bytes of journal, {} of bodies",
                figures.journal_bytes, figures.body_bytes
            ));
        }
    }
    for key in &status.keys {
        files::say(format!("key      {key}"));
    }
}
