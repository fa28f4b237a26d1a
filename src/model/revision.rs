//! What a message does to an earlier one.
//!
//! Start at [`Revision`]. How each format says it stands in its package.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a message does to an earlier declaration. One that does neither is an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Revision {
    /// It stands in its place from now on.
    Amend,
    /// It takes it back.
    Cancel,
}

/// A word that names no revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a revision is `amend` or `cancel`")]
pub struct UnknownRevision;

impl Revision {
    /// The word in lanes, queries and views.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amend => "amend",
            Self::Cancel => "cancel",
        }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Revision {
    type Err = UnknownRevision;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let all = [Self::Amend, Self::Cancel];
        let mut named = all.into_iter().filter(|revision| revision.as_str() == word);
        named.next().ok_or(UnknownRevision)
    }
}
