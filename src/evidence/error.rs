//! What can be wrong with evidence that somebody hands us.
//!
//! Start at [`Error`]; [`Error::code`] is the stable name that partners and scripts see.

/// A piece of evidence was not accepted, or could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A leaf, checkpoint, proof or key does not follow its text format.
    #[error("{what}, line {line}: expected {expected}")]
    Format {
        /// The kind of text: `leaf`, `checkpoint`, `signed note`, `proof`, `verifier key`.
        what: &'static str,
        /// Line, counted from 1.
        line: usize,
        /// What the format has there.
        expected: &'static str,
    },
}

impl Error {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format { .. } => "EVIDENCE_FORMAT",
        }
    }
}
