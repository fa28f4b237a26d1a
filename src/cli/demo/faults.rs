//! How the demo says that something is not as it should be.

use std::fmt::Display;

use crate::cli::Failure;
use crate::cli::failure::chain;
use crate::{crypto, evidence, xml};

/// The demo itself, or a gateway under it, failed.
pub(super) fn ours(code: &str, text: impl Display) -> Failure {
    Failure::ours(code, text)
}

/// Something that should be there is not, or does not read.
pub(super) fn unreadable(what: impl Display) -> Failure {
    ours("DEMO_UNREADABLE", format!("{what} is not as it should be"))
}

/// A gateway refused what it should accept.
pub(super) fn refused(what: impl Display, said: &str) -> Failure {
    Failure::input("DEMO_REFUSED", format!("{what} was refused: {said}"))
}

/// A gateway accepted what it should refuse.
pub(super) fn accepted_wrongly(what: impl Display) -> Failure {
    ours("DEMO_ACCEPTED", format!("{what} was accepted"))
}

impl From<crypto::Error> for Failure {
    fn from(error: crypto::Error) -> Self {
        Self::ours(error.code(), chain(&error))
    }
}

impl From<evidence::Error> for Failure {
    fn from(error: evidence::Error) -> Self {
        Self::ours(error.code(), chain(&error))
    }
}

impl From<xml::Error> for Failure {
    fn from(error: xml::Error) -> Self {
        Self::ours(error.code(), chain(&error))
    }
}
