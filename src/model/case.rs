//! Cases: the keys by which messages about one consignment find each other (design section 5).
//!
//! Start at [`CaseKey`]. A case is what hangs together by keys that join; how it is collected from
//! the journal belongs to the conductor.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the value of a [`CaseKey`] identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// A container (ISO 6346).
    Container,
    /// A declaration, by the number that customs gave it.
    Declaration,
    /// An electronic document, by its own identifier.
    Document,
    /// A transit declaration, by the declarant's own number.
    Lrn,
    /// A movement, by its movement reference number.
    Mrn,
    /// A transport document, such as a CMR note or a bill of lading.
    TransportDocument,
    /// A consignment, by its unique consignment reference (WCO).
    Ucr,
    /// A vehicle, by its registration number.
    Vehicle,
}

impl KeyKind {
    /// Every kind, in the order of their words.
    pub const ALL: [Self; 8] = [
        Self::Container,
        Self::Declaration,
        Self::Document,
        Self::Lrn,
        Self::Mrn,
        Self::TransportDocument,
        Self::Ucr,
        Self::Vehicle,
    ];

    /// The word used in packages, the journal and queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Declaration => "declaration",
            Self::Document => "document",
            Self::Lrn => "lrn",
            Self::Mrn => "mrn",
            Self::TransportDocument => "transport-document",
            Self::Ucr => "ucr",
            Self::Vehicle => "vehicle",
        }
    }

    /// Whether messages that state the same key of this kind belong to one case. A container, a
    /// vehicle or a transport document serves many consignments over the years: by such a key cases
    /// are found, and never joined.
    pub fn joins(self) -> bool {
        match self {
            Self::Declaration | Self::Document | Self::Lrn | Self::Mrn | Self::Ucr => true,
            Self::Container | Self::TransportDocument | Self::Vehicle => false,
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a kind of key is container, declaration, document, lrn, mrn, transport-document, ucr or \
     vehicle"
)]
pub struct UnknownKeyKind;

impl FromStr for KeyKind {
    type Err = UnknownKeyKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or(UnknownKeyKind)
    }
}

/// One key by which messages about one consignment find each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseKey {
    /// What the value identifies.
    pub kind: KeyKind,
    /// The identifier as the message states it.
    pub value: String,
}

impl CaseKey {
    /// A key.
    pub fn new(kind: KeyKind, value: impl Into<String>) -> Self {
        let value = value.into();
        Self { kind, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_and_written_back() {
        for kind in KeyKind::ALL {
            assert_eq!(kind.as_str().parse::<KeyKind>(), Ok(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
        }
        assert_eq!("colour".parse::<KeyKind>(), Err(UnknownKeyKind));
    }

    #[test]
    fn what_serves_many_consignments_joins_none() {
        let joining = KeyKind::ALL.into_iter().filter(|kind| kind.joins());
        let words: Vec<&str> = joining.map(KeyKind::as_str).collect();
        assert_eq!(words, ["declaration", "document", "lrn", "mrn", "ucr"]);
    }
}
