//! Gateways on this machine with throw-away keys, for `corridor demo`, `corridor bench` and tests.
//!
//! Start at [`World::build`](world::World::build), then
//! [`Children::start`](children::Children::start).

pub(in crate::cli) mod children;
pub(in crate::cli) mod world;

use std::io;
use std::path::PathBuf;

use crate::cli::https::HttpsError;
use crate::cli::pki::PkiError;

/// Why a trial could not be set up or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
    /// A gateway did not do what it was asked.
    #[error("{party}: {what}")]
    Child {
        /// Whose gateway.
        party: String,
        /// What went wrong and where to look.
        what: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A gateway does not answer.
    #[error("HTTPS")]
    Https(#[from] HttpsError),
    /// No such party in this trial.
    #[error("no party `{0}` in this trial")]
    Party(String),
    /// Keys and certificates could not be made.
    #[error("development PKI")]
    Pki(#[from] PkiError),
    /// The system gave no free port or no process.
    #[error("the system")]
    Port(#[source] io::Error),
    /// The system gave no random bytes.
    #[error("no random bytes")]
    Random,
}
