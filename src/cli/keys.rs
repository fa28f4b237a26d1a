//! `corridor keys`: the gateway's own keys - what they are, requests for their certificates, and the
//! change to a new signing key.
//!
//! Start at [`Args`].

mod csr;
mod list;
mod rotate;

use clap::{Parser, Subcommand};
use jiff::Timestamp;

use super::Failure;

pub(super) use list::{Key, keys};

/// Look at the gateway's own keys, have them certified, change the signing key.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Csr(csr::Csr),
    List(list::List),
    Rotate(rotate::Rotate),
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    match &args.command {
        Command::Csr(args) => csr::run(args, now),
        Command::List(args) => list::run(args, now),
        Command::Rotate(args) => rotate::run(args, now),
    }
}
