//! Facts as bytes: reading them from JSON, and the one form that is hashed.
//!
//! Start at [`Facts::parse`] and [`Facts::canonical_bytes`]. The canonical form is JSON without
//! blanks, keys sorted, every list sorted by the bytes of its entries, absent fields left out, times
//! in UTC, masses without trailing zeros: two files that say the same have the same digest.

use jiff::Timestamp;
use serde_json::Value;

use super::{Fact, Facts};
use crate::model::Sha256;
use crate::recognition::sha256;

/// Largest file of facts, in bytes. A consignment of 10,000 lines with its results takes 2 MB.
pub const FACTS_BYTES_MAX: usize = 16 << 20;

/// Most entries of one list. A declaration has at most 9,999 lines in the largest format (EU NCTS:
/// 1,999 items in each of 99 houses are not sent in practice); the judging is linear in them.
pub const FACTS_LIST_MAX: usize = 10_000;

/// Facts cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// It is not the JSON of facts: syntax, an unknown field, a missing one, a wrong value.
    #[error("line {line}, column {column}: {message}; docs/recognition.md has every field")]
    Format {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The reader's words.
        message: String,
    },
    /// A list is too long.
    #[error("a list has {got} entries, at most {FACTS_LIST_MAX} are taken")]
    List {
        /// Its length.
        got: usize,
    },
    /// The file is too large.
    #[error("the facts have {got} bytes, at most {FACTS_BYTES_MAX} are taken")]
    Size {
        /// Its size in bytes.
        got: usize,
    },
}

impl FactsError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format { .. } => "FACTS_FORMAT",
            Self::List { .. } => "FACTS_LIST_LENGTH",
            Self::Size { .. } => "FACTS_SIZE",
        }
    }
}

impl Facts {
    /// Reads the JSON of facts.
    ///
    /// # Errors
    /// [`FactsError`] names what is wrong and where.
    pub fn parse(bytes: &[u8]) -> Result<Self, FactsError> {
        if bytes.len() > FACTS_BYTES_MAX {
            return Err(FactsError::Size { got: bytes.len() });
        }
        // The reader would take a list for the fields in their order.
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(FactsError::Format {
                line: 1,
                column: 1,
                message: "facts are an object, expected `{`".to_owned(),
            });
        }
        let facts: Self = serde_json::from_slice(bytes).map_err(|error| {
            let text = error.to_string();
            let message = text.split(" at line ").next().unwrap_or(&text);
            FactsError::Format {
                line: error.line(),
                column: error.column(),
                message: message.to_owned(),
            }
        })?;
        facts.check()?;
        Ok(facts)
    }

    /// Checks the limits of facts that were not parsed.
    ///
    /// # Errors
    /// [`FactsError::List`] when a list is too long.
    pub fn check(&self) -> Result<(), FactsError> {
        let longest = longest_list(&self.to_value());
        if longest > FACTS_LIST_MAX {
            return Err(FactsError::List { got: longest });
        }
        Ok(())
    }

    /// What of the facts was known at a time.
    #[must_use]
    pub fn known_at(&self, at: Timestamp) -> Self {
        Self {
            keys: known(&self.keys, at),
            ambiguous: known(&self.ambiguous, at),
            consumptions: known(&self.consumptions, at),
            control_results: known(&self.control_results, at),
            signatures: known(&self.signatures, at),
            prior_information: known(&self.prior_information, at),
            declaration: known(&self.declaration, at),
            presentation: known(&self.presentation, at),
            seal_feed: known(&self.seal_feed, at),
        }
    }

    /// The one form of these facts.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let mut value = self.to_value();
        sort(&mut value);
        value.to_string().into_bytes()
    }

    /// SHA-256 of the canonical form.
    pub fn sha256(&self) -> Sha256 {
        sha256(&self.canonical_bytes())
    }

    /// Facts hold texts, numbers and times, all of which JSON has.
    fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

fn known<T: Clone>(facts: &[Fact<T>], at: Timestamp) -> Vec<Fact<T>> {
    let known = facts.iter().filter(|fact| fact.known_at <= at);
    known.cloned().collect()
}

fn sort(value: &mut Value) {
    match value {
        Value::Array(entries) => {
            entries.iter_mut().for_each(sort);
            entries.sort_by_cached_key(ToString::to_string);
        }
        Value::Object(fields) => fields.values_mut().for_each(sort),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

fn longest_list(value: &Value) -> usize {
    match value {
        Value::Array(entries) => {
            let within = entries.iter().map(longest_list).max().unwrap_or(0);
            within.max(entries.len())
        }
        Value::Object(fields) => fields.values().map(longest_list).max().unwrap_or(0),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => 0,
    }
}
