//! `corridor log`: the receipt log of a gateway that is not running, and proofs from it.
//!
//! Start at [`Args`]. A running gateway answers the same questions on its national listener.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use jiff::Timestamp;

use super::gateway::{load, open_store, store_failure};
use super::{Failure, files};

/// The receipt log.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Checkpoint(Checkpoint),
    Fsck(Fsck),
    Prove(Prove),
}

/// Print the last published checkpoint, a signed note.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor log checkpoint --config gateway.toml")]
struct Checkpoint {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
}

/// Read every byte of the store and make the log anew from its leaves.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor log fsck --config gateway.toml

The same as corridor store check: the log is derived from the journal, and both must agree.")]
struct Fsck {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
}

/// Write the proof that a receipt, or a leaf, is in the log.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor log prove --config gateway.toml 42 --out 42.tlog-proof
  corridor log prove --config gateway.toml 0198f2c0-7e3a-7c11-9a55-3a5f2d6b8c01

The proof (C2SP tlog-proof@v1) holds for the receipt of that leaf: corridor verify --proof.")]
struct Prove {
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
    /// Index of the leaf, or id of the receipt.
    leaf: String,
    /// Where to; standard output when left out.
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// Write the leaf's bytes too: what is proved, where it is not a receipt of our own.
    #[arg(long)]
    leaf_out: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    match &args.command {
        Command::Checkpoint(args) => {
            let store = open_store(&load(&args.config, now)?)?;
            files::write(None, store.checkpoint().as_bytes())
        }
        Command::Fsck(args) => super::store::report(&load(&args.config, now)?),
        Command::Prove(args) => prove(args, now),
    }
}

fn prove(args: &Prove, now: Timestamp) -> Result<(), Failure> {
    let store = open_store(&load(&args.config, now)?)?;
    let index = match args.leaf.parse() {
        Ok(index) => index,
        Err(_) => store
            .receipt(&args.leaf)
            .map_err(|error| store_failure(&error))?
            .map(|receipt| receipt.leaf_index)
            .ok_or_else(|| {
                Failure::input("RECEIPT_UNKNOWN", "no receipt with this id is in the store")
            })?,
    };
    let proof = super::block_on(store.prove(index))?.map_err(|error| store_failure(&error))?;
    if let Some(path) = &args.leaf_out {
        let leaf = store.leaf(index).map_err(|error| store_failure(&error))?;
        let bytes = leaf.map(|leaf| leaf.encode()).unwrap_or_default();
        files::write(Some(path), &bytes)?;
    }
    files::write(args.out.as_deref(), proof.render().as_bytes())
}
