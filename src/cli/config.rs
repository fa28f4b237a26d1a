//! `corridor config check`: everything that can be wrong before the first message.
//!
//! Start at [`Args`].

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::assemble::{self, assemble};
use super::{Failure, files};
use crate::clock::Clock;
use crate::config::Gateway;
use crate::exchange::Settings;

/// Look at a gateway's configuration.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Check),
}

/// Check the configuration and all that it names.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor config check --config gateway.toml

Profiles, keys, certificates, packages, lanes and agreements are read as corridor serve reads them.
Every fault is named with file, line, key and remedy.")]
struct Check {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
}

/// Runs the command.
pub(super) fn run(args: &Args, clock: &Clock) -> Result<(), Failure> {
    let Command::Check(args) = &args.command;
    let assembled = assemble(&args.config, clock)
        .map_err(|faults| assemble::complain(&args.config, &faults))?;
    report(&assembled.config, &assembled.settings);
    Ok(())
}

fn report(gateway: &Gateway, settings: &Settings) {
    files::say(format!("{}: no fault", gateway.file.display()));
    files::say(format!("party        {}", gateway.party));
    files::say(format!("digest       {}", gateway.sha256));
    files::say(format!("log          {}", gateway.log.origin));
    let partners: Vec<&str> = gateway
        .partners
        .iter()
        .map(|partner| partner.party.as_str())
        .collect();
    files::say(format!("partners     {}", partners.join(" ")));
    files::say(format!("principals   {}", gateway.principals.len()));
    files::say(format!("packages     {}", settings.packages.iter().count()));
    files::say(format!("lanes        {}", settings.lanes.iter().count()));
    let agreements = settings.agreements.iter().count();
    files::say(format!("agreements   {agreements}"));
}
