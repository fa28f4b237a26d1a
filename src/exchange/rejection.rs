//! The one error that leaves the core: why a message was not accepted.
//!
//! Start at [`Rejection`]. It is a partner's or a submitter's mistake and becomes a signed receipt;
//! our own faults (disk, clock, a stopped store) are [`Fault`] and never evidence against anybody.

use std::fmt;

use crate::model::Sha256;

/// The step of the path at which a message was refused, as the receipt names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Bytes to a bounded tree.
    Parse,
    /// Signature, certificate path, revocation.
    Signature,
    /// Whether the principal may submit for the post.
    Authorisation,
    /// Message id, sender and recipient, conflicts with what was accepted before.
    Identity,
    /// Lanes between the two parties.
    Lane,
    /// The schema of the message package.
    Schema,
    /// Decoding to the canonical model and encoding to the partner's format.
    Translate,
}

impl Stage {
    /// The word in receipts and problem documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::Signature => "signature",
            Self::Authorisation => "authorisation",
            Self::Identity => "identity",
            Self::Lane => "lane",
            Self::Schema => "schema",
            Self::Translate => "translate",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where in the message the fault stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// Path of the element, when the document could be read so far.
    pub path: Option<String>,
}

/// Why a message was refused: stage, stable code (`docs/error-codes.md`), place and remedy. It
/// holds no payload value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Where on its path the message stopped.
    pub stage: Stage,
    /// The stable code.
    pub code: &'static str,
    /// Where in the message.
    pub at: Option<Box<Place>>,
    /// What is wrong and what to do, in plain words.
    pub text: String,
    /// Digest of the receipt of the message that already holds the id, when that is the reason.
    pub original: Option<Box<Sha256>>,
}

impl Rejection {
    /// A refusal without a place.
    pub(super) fn new(stage: Stage, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            stage,
            code,
            at: None,
            text: text.into(),
            original: None,
        }
    }

    /// The same with the place of the fault.
    #[must_use]
    pub(super) fn at(mut self, line: u32, column: u32, path: Option<String>) -> Self {
        self.at = Some(Box::new(Place { line, column, path }));
        self
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.code, self.stage, self.text)
    }
}

/// The gateway's own failure. The message may be sent again unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The store did not take the commit; it stays stopped until a restart.
    #[error("the store does not accept commits")]
    Store(#[from] crate::store::Error),
    /// An identical message is still on its way and its answer did not come in time, or too many
    /// messages are on their way.
    #[error("an identical message, or too many messages, are still being processed")]
    Busy,
    /// No registration number is left for the country.
    #[error("no registration number is left")]
    Numbers,
    /// The disk of the store is nearly full.
    #[error("the disk is nearly full")]
    NoRoom,
    /// The partner's refusals of this day used up what is kept of them.
    #[error("the quota of kept refusals is used up for today")]
    Quota,
    /// A receipt that the index names is not in the journal.
    #[error("a stored receipt or message cannot be read")]
    Receipt,
    /// The schema of a package of published files does not compile; see
    /// [`Package::schema`](crate::translate::Package::schema).
    #[error("a package's {0}")]
    Schema(String),
    /// The receipt could not be sealed.
    #[error("the receipt could not be sealed")]
    Seal(#[source] crate::evidence::Error),
    /// An outgoing message could not be signed.
    #[error("an outgoing message could not be signed")]
    Sign(#[source] crate::crypto::Error),
    /// The worker that carried the message ended before its work was done.
    #[error("the worker stopped")]
    Worker,
}

impl Fault {
    /// A schema that does not compile.
    pub(super) fn schema(why: &str) -> Self {
        Self::Schema(why.to_owned())
    }
}

/// Why the path of a message ended early: the sender's mistake, or the gateway's own failure.
#[derive(Debug)]
pub(super) enum Stopped {
    Fault(Fault),
    Rejected(Rejection),
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Rejection> for Stopped {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}
