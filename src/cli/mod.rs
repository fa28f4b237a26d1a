//! The command line: one file for each command, over the rooms that do the work.
//!
//! Start at [`main`]. Commands read files, call a room and print; they decide nothing that a room
//! should. Exit codes: 0 done, 1 the input is bad (said on standard error with place and code),
//! 2 usage, 3 our fault.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod assemble;
pub mod authority;
mod bench;
mod codelists;
mod config;
mod console;
mod demo;
mod development_key;
mod failure;
mod files;
mod folders;
mod gateway;
pub mod https;
mod init;
mod keys;
mod log;
mod matrix;
mod memory;
mod needed;
mod own_signer;
mod packages;
mod ping;
mod pki;
mod queue;
mod recognise;
mod reload;
mod revocation;
mod serve;
mod sign;
mod standing;
mod status;
mod store;
pub mod survey;
mod translate;
pub mod trial;
pub mod trust;
mod validate;
pub mod verdict;
mod verify;

pub use failure::{Blame, Failure};

use crate::clock::Clock;

/// A customs data-exchange gateway: translates, signs, verifies and receipts what customs services
/// tell each other.
#[derive(Debug, Parser)]
#[command(name = "corridor", version, max_term_width = 100)]
#[command(after_help = "Examples:
  corridor demo
  corridor serve --config gateway.toml

Exit codes: 0 done, 1 the input is bad, 2 usage, 3 our fault.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bench(bench::Args),
    Codelists(codelists::Args),
    Config(config::Args),
    Demo(demo::Args),
    Init(init::Args),
    Keys(keys::Args),
    Log(log::Args),
    Matrix(matrix::Args),
    Packages(packages::Args),
    Partner(ping::Args),
    Pki(pki::Args),
    Queue(queue::Args),
    Recognise(recognise::Args),
    Serve(serve::Args),
    Sign(sign::Args),
    Status(status::Args),
    Store(store::Args),
    Translate(translate::Args),
    Validate(validate::Args),
    Verify(verify::Args),
}

/// Reads the command line and runs the command.
pub fn main() -> ExitCode {
    memory::keep_pages_small();
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            files::complain(format!("error{failure}"));
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    let clock = Clock::machine();
    match command {
        Command::Bench(args) => bench::run(&args, &clock),
        Command::Codelists(args) => codelists::run(&args),
        Command::Config(args) => config::run(&args, &clock),
        Command::Demo(args) => demo::run(&args, &clock),
        Command::Init(args) => init::run(&args, clock.wall()),
        Command::Keys(args) => keys::run(&args, clock.wall()),
        Command::Log(args) => log::run(&args, clock.wall()),
        Command::Matrix(args) => matrix::run(&args),
        Command::Packages(args) => packages::run(&args),
        Command::Partner(args) => ping::run(&args, &clock),
        Command::Pki(args) => pki::run(&args, clock.wall()),
        Command::Queue(args) => queue::run(&args, &clock),
        Command::Recognise(args) => recognise::run(&args),
        Command::Serve(args) => serve::run(&args, &clock),
        Command::Sign(args) => sign::run(&args, clock.wall()),
        Command::Status(args) => status::run(&args, &clock),
        Command::Store(args) => store::run(&args, clock.wall()),
        Command::Translate(args) => translate::run(&args, clock.wall()),
        Command::Validate(args) => validate::run(&args),
        Command::Verify(args) => verify::run(&args, clock.wall()),
    }
}

/// Runs a future of a command that needs no more than one thread.
fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::ours("RUNTIME", error))?;
    Ok(runtime.block_on(future))
}
