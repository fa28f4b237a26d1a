//! How a command ends when it does not succeed.
//!
//! Start at [`Failure`]. The exit codes are those of every `corridor` command: 0 done, 1 the input is
//! bad, 2 usage (said by the argument parser), 3 our fault.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// A command did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("[{code}] {text}")]
pub struct Failure {
    /// Whose fault it is.
    pub blame: Blame,
    /// The stable code, for scripts.
    pub code: String,
    /// The fault in words, with its place.
    pub text: String,
}

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// What was handed in is bad: exit code 1.
    Input,
    /// We, or the machine, failed: exit code 3.
    Ours,
}

impl Failure {
    /// The input is bad.
    pub fn input(code: impl Into<String>, text: impl Display) -> Self {
        Self {
            blame: Blame::Input,
            code: code.into(),
            text: text.to_string(),
        }
    }

    /// We failed.
    pub fn ours(code: impl Into<String>, text: impl Display) -> Self {
        Self {
            blame: Blame::Ours,
            code: code.into(),
            text: text.to_string(),
        }
    }

    /// A file that was named on the command line cannot be read.
    pub fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::input("FILE_UNREADABLE", format!("{}: {error}", path.display()))
    }

    /// A file cannot be written.
    pub fn unwritable(path: &Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return Self::input("FILE_EXISTS", format!("{} exists already", path.display()));
        }
        Self::ours("FILE_UNWRITABLE", format!("{}: {error}", path.display()))
    }

    /// The exit code.
    pub fn exit_code(&self) -> ExitCode {
        match self.blame {
            Blame::Input => ExitCode::from(1),
            Blame::Ours => ExitCode::from(3),
        }
    }
}

/// An error and its causes, joined by colons.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
