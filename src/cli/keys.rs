//! `corridor keys list`: the gateway's own keys and how long their certificates last.
//!
//! Start at [`Args`].

use std::fmt;
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
pub(super) struct Key {
    #[serde(rename = "use")]
    usage: &'static str,
    spki_sha256: Option<String>,
    not_after: Option<Timestamp>,
    days_left: Option<i32>,
    verifier_key: Option<String>,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<13}", self.usage)?;
        for fingerprint in self.spki_sha256.iter().chain(&self.verifier_key) {
            write!(f, " {fingerprint}")?;
        }
        match (self.not_after, self.days_left) {
            (Some(end), Some(days)) => write!(f, "  until {end} ({days} days)"),
            _ => Ok(()),
        }
    }
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
        files::say(key);
    }
    Ok(())
}

/// The gateway's own keys.
pub(super) fn keys(gateway: &Gateway, now: Timestamp) -> Result<Vec<Key>, Failure> {
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
