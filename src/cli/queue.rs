//! `corridor queue`: outgoing messages of a running gateway, looked at and handled by an operator.
//!
//! Start at [`Args`]. Every change is recorded by the gateway with the operator's name.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use serde_json::{Value, json};

use super::console::Console;
use super::{Failure, block_on, files, gateway};
use crate::clock::Clock;

/// Look at outgoing messages, hold, drop or send them again.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Drop(Change),
    Hold(Change),
    List(List),
    Retry(Retry),
}

/// How to reach the gateway.
#[derive(Debug, Parser)]
struct Gateway {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
    /// File with the bearer token of a principal with the role operator.
    #[arg(long)]
    token: PathBuf,
}

/// List what waits and the dead letters.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor queue list --config gateway.toml --token operator.token --partner KZ

Dead letters are messages that a partner refused or an operator dropped. At most 1000 of each are
listed.")]
struct List {
    #[command(flatten)]
    gateway: Gateway,
    /// Only what is for this partner.
    #[arg(long)]
    partner: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Let a message go now, or queue a dead letter again.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor queue retry --config gateway.toml --token operator.token 0198f2c0-7e3a-7c11-9a55-3a5f2d6b8c01
  corridor queue retry --config gateway.toml --token operator.token --partner KZ --dead-letters

Exactly the bytes that were signed go again; a dead letter goes behind what waits in its case.
With --partner, everything of it that waits for its next attempt goes now; what is held stays.")]
struct Retry {
    #[command(flatten)]
    gateway: Gateway,
    /// The entry, as queue list shows it.
    #[arg(required_unless_present = "partner", conflicts_with = "partner")]
    entry: Option<String>,
    /// All of this partner.
    #[arg(long)]
    partner: Option<String>,
    /// Its dead letters too.
    #[arg(long, requires = "partner")]
    dead_letters: bool,
}

/// Hold a message, or take it out of the queue, and record why.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor queue hold --config gateway.toml --token operator.token ENTRY --reason \"KZ asked by phone\"
  corridor queue drop --config gateway.toml --token operator.token ENTRY --reason \"sent by mistake\"

A message that is held keeps what is behind it in its case waiting until it is retried or dropped.
One that is dropped lets its case go on, and may be queued again later.")]
struct Change {
    #[command(flatten)]
    gateway: Gateway,
    /// The entry, as queue list shows it.
    entry: String,
    /// Why, for the record.
    #[arg(long)]
    reason: String,
}

/// Runs the command.
pub(super) fn run(args: &Args, clock: &Clock) -> Result<(), Failure> {
    match &args.command {
        Command::Drop(args) => change(args, "drop", clock),
        Command::Hold(args) => change(args, "hold", clock),
        Command::List(args) => list(args, clock),
        Command::Retry(args) => retry(args, clock),
    }
}

impl Gateway {
    async fn console(&self, clock: &Clock) -> Result<Console, Failure> {
        let gateway = gateway::load(&self.config, clock.wall())?;
        Console::open(&gateway, &self.token, clock).await
    }
}

fn change(args: &Change, what: &str, clock: &Clock) -> Result<(), Failure> {
    let path = format!("/v1/queue/{}/{what}", args.entry);
    let body = json!({ "reason": args.reason });
    block_on(async {
        let mut console = args.gateway.console(clock).await?;
        console.post(&path, Some(body)).await
    })??;
    files::say(format!("{what}: {}", args.entry));
    Ok(())
}

fn retry(args: &Retry, clock: &Clock) -> Result<(), Failure> {
    let (path, body) = match (&args.entry, &args.partner) {
        (_, Some(partner)) => {
            let body = json!({ "partner": partner, "dead_letters": args.dead_letters });
            ("/v1/queue/retry".to_owned(), Some(body))
        }
        (entry, None) => {
            let entry = entry.as_deref().unwrap_or_default();
            (format!("/v1/queue/{entry}/retry"), None)
        }
    };
    let done = block_on(async {
        let mut console = args.gateway.console(clock).await?;
        console.post(&path, body).await
    })??;
    let count = done.get("retried").and_then(Value::as_u64).unwrap_or(1);
    files::say(format!("retried: {count} message(s)"));
    Ok(())
}

fn list(args: &List, clock: &Clock) -> Result<(), Failure> {
    let path = match &args.partner {
        Some(partner) => format!("/v1/queue?partner={partner}"),
        None => "/v1/queue".to_owned(),
    };
    let found = block_on(async {
        let mut console = args.gateway.console(clock).await?;
        console.get(&path).await
    })??;
    if args.json {
        return files::say_json(&found);
    }
    for list in ["waiting", "dead_letters"] {
        let entries = found.get(list).and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            files::say(line(entry));
        }
    }
    if found.get("more").and_then(Value::as_bool) == Some(true) {
        files::say("... and more: name a --partner");
    }
    Ok(())
}

/// One entry on one line: who, how it stands, since when, and why.
fn line(entry: &Value) -> String {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("-");
    let why = ["reason", "last_code", "code"];
    let why = why.into_iter().map(text).find(|text| *text != "-");
    let attempts = entry.get("attempts").and_then(Value::as_u64);
    let attempts = attempts.map_or_else(String::new, |count| format!(" {count} attempt(s)"));
    format!(
        "{} {} {} {} since {} {}{attempts} {}",
        text("entry"),
        text("partner"),
        text("state"),
        text("package"),
        text("queued_at"),
        text("message_id"),
        why.unwrap_or_default()
    )
    .trim_end()
    .to_owned()
}
