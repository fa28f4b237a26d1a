//! Why a set of schema documents is not compiled. Start at [`Error`].

use std::fmt;

use crate::xml::{self, Position};

/// Why schema documents are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A content model whose repetitions cannot be counted without looking ahead.
    #[error("{place}: a content model in which the count of `{name}` is ambiguous")]
    Ambiguous {
        /// The element whose occurrences could be counted in two ways.
        name: String,
        /// The type that has the content model.
        place: Place,
    },
    /// A definition that needs itself.
    #[error("{place}: {kind} `{name}` is defined by itself")]
    Circular {
        /// What kind of component.
        kind: &'static str,
        /// Its name.
        name: String,
        /// Where.
        place: Place,
    },
    /// Two definitions of one name.
    #[error("{place}: {kind} `{name}` is defined twice")]
    Duplicate {
        /// What kind of component.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The second definition.
        place: Place,
    },
    /// The document is no valid schema.
    #[error("{place}: {reason}")]
    Invalid {
        /// What is wrong.
        reason: String,
        /// Where.
        place: Place,
    },
    /// More of something than a schema may have here.
    #[error("{place}: more than {max} {what}")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How much is allowed.
        max: usize,
        /// Where.
        place: Place,
    },
    /// A schema document that is not there.
    #[error("{}schema document `{location}` not found", .place.as_ref().map(|p| format!("{p}: ")).unwrap_or_default())]
    Missing {
        /// Its location as written.
        location: String,
        /// The include, redefine or import; `None` for an entry.
        place: Option<Place>,
    },
    /// A reference to a component that is not defined.
    #[error("{place}: no {kind} `{name}`")]
    Unresolved {
        /// What kind of component.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The reference.
        place: Place,
    },
    /// A construct of XSD that this engine does not know.
    #[error("{place}: `{construct}` is not supported")]
    Unsupported {
        /// The construct.
        construct: String,
        /// Where.
        place: Place,
    },
    /// A schema document is not well-formed.
    #[error("{file}")]
    Xml {
        /// The document.
        file: String,
        /// Why.
        source: xml::Error,
    },
}

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ambiguous { .. } => "SCHEMA_LOAD_AMBIGUOUS",
            Self::Circular { .. } => "SCHEMA_LOAD_CIRCULAR",
            Self::Duplicate { .. } => "SCHEMA_LOAD_DUPLICATE",
            Self::Invalid { .. } => "SCHEMA_LOAD_INVALID",
            Self::Limit { .. } => "SCHEMA_LOAD_LIMIT",
            Self::Missing { .. } => "SCHEMA_LOAD_MISSING",
            Self::Unresolved { .. } => "SCHEMA_LOAD_UNRESOLVED",
            Self::Unsupported { .. } => "SCHEMA_LOAD_UNSUPPORTED",
            Self::Xml { .. } => "SCHEMA_LOAD_XML",
        }
    }

    /// The file and the place in it, where there is one.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Ambiguous { place, .. }
            | Self::Circular { place, .. }
            | Self::Duplicate { place, .. }
            | Self::Invalid { place, .. }
            | Self::Limit { place, .. }
            | Self::Unresolved { place, .. }
            | Self::Unsupported { place, .. } => Some(place),
            Self::Missing { place, .. } => place.as_ref(),
            Self::Xml { .. } => None,
        }
    }
}

/// A place in a schema document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The document, by the name its resolver gave.
    pub file: String,
    /// Where in it.
    pub position: Position,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column, .. } = self.position;
        write!(f, "{}:{line}:{column}", self.file)
    }
}
