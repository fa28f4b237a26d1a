//! `corridor store` and `corridor log fsck`: the journal of a gateway that is not running.
//!
//! Start at [`Args`] and [`report`].

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use jiff::Timestamp;

use super::gateway::{load, store_failure};
use super::{Failure, files};
use crate::config::Gateway;
use crate::store::{self, Fault, StdDisk};

/// The journal and its index.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Check),
    Rebuild(Rebuild),
}

/// Read every byte of the store and check it: journal, bodies, log, checkpoint, index.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor store check --config gateway.toml

Each fault is named with file and byte. Nothing is changed. The gateway must not be running.")]
struct Check {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
}

/// Delete the index and make it anew from the journal.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor store rebuild --config gateway.toml

The journal is the truth and is not touched. The gateway must not be running.")]
struct Rebuild {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    match &args.command {
        Command::Check(args) => report(&load(&args.config, now)?),
        Command::Rebuild(args) => {
            let gateway = load(&args.config, now)?;
            let batches = store::rebuild(&gateway.store_dir, Arc::new(StdDisk))
                .map_err(|error| store_failure(&error))?;
            files::say(format!(
                "{}: index made anew from {batches} batch(es)",
                gateway.store_dir.display()
            ));
            Ok(())
        }
    }
}

/// Checks the gateway's store and says what was found.
pub(super) fn report(gateway: &Gateway) -> Result<(), Failure> {
    let dir = &gateway.store_dir;
    let report = store::fsck(dir, &StdDisk).map_err(|error| store_failure(&error))?;
    let place =
        |fault: &Fault| format!("{}:{}: {}", fault.file.display(), fault.offset, fault.what);
    for fault in &report.faults {
        files::complain(format!("[STORE_DAMAGED] {}", place(fault)));
    }
    for rest in &report.unfinished {
        files::say(format!(
            "unfinished, cut at the next start: {}",
            place(rest)
        ));
    }
    files::say(format!(
        "{}: {} batches, {} events, {} bodies, {} leaves",
        dir.display(),
        report.batches,
        report.events,
        report.bodies,
        report.leaves
    ));
    match report.faults.len() {
        0 => Ok(()),
        count => Err(Failure::input(
            "STORE_DAMAGED",
            format!("{}: {count} fault(s), named above", dir.display()),
        )),
    }
}
