//! `corridor keys list`: the gateway's own keys and how long their certificates last.
//!
//! Start at [`Args`].

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

use super::{Failure, files, gateway};
use crate::config::{CertificateFacts, Gateway};

/// Look at the gateway's own keys.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
}

/// List keys with their fingerprints and the end of their certificates.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor keys list --config gateway.toml

The fingerprint of a TLS key is what partners pin: SHA-256 of the SubjectPublicKeyInfo.
The log's line ends in its verifier key: give it to everybody who is to check your log.")]
struct List {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// One key, as listed.
#[derive(Debug, Serialize)]
struct Key {
    #[serde(rename = "use")]
    usage: &'static str,
    spki_sha256: Option<String>,
    not_after: Option<Timestamp>,
    days_left: Option<i32>,
    verifier_key: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    let Command::List(args) = &args.command;
    let gateway = gateway::load(&args.config, now)?;
    let keys = keys(&gateway, now)?;
    if args.json {
        return files::say_json(&keys);
    }
    for key in keys {
        files::say(format!(
            "{:<13} {}  {}",
            key.usage,
            key.spki_sha256.or(key.verifier_key).unwrap_or_default(),
            match (key.not_after, key.days_left) {
                (Some(end), Some(days)) => format!("until {end} ({days} days)"),
                _ => String::new(),
            }
        ));
    }
    Ok(())
}

fn keys(gateway: &Gateway, now: Timestamp) -> Result<Vec<Key>, Failure> {
    let certified = |usage, facts: &CertificateFacts| Key {
        usage,
        spki_sha256: Some(facts.spki_sha256.to_string()),
        not_after: Some(facts.not_after),
        days_left: Some(facts.days_left(now)),
        verifier_key: None,
    };
    let (identity, _) = gateway::identity(gateway)?;
    Ok(vec![
        certified("signing", &gateway.signing.leaf),
        certified("tls-partner", &gateway.partner_listener.tls.leaf),
        certified("tls-national", &gateway.national_listener.tls.leaf),
        Key {
            usage: "log",
            spki_sha256: None,
            not_after: None,
            days_left: None,
            verifier_key: Some(identity.log.to_string()),
        },
    ])
}
