//! What can go wrong when a declaration is filled.

/// A value could not be put into a declaration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The field holds another kind of value, or is no value.
    #[error("{path} does not hold a value of that kind")]
    Kind {
        /// The canonical path with indices.
        path: String,
    },
    /// A list would grow beyond [`super::LIST_LENGTH_MAX`].
    #[error("the list at {path} is too long")]
    ListLength {
        /// The canonical path with indices.
        path: String,
    },
}

impl ModelError {
    /// A stable code for partners.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Kind { .. } => "MODEL_KIND",
            Self::ListLength { .. } => "MODEL_LIST_LENGTH",
        }
    }
}
