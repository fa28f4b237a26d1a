//! Constraining facets (XSD 1.0 Part 2 section 4.3). Start at [`Facets`].

use std::sync::Arc;

use foldhash::HashSet;

use super::Value;
use crate::schema::Rule;
use crate::schema::pattern::Pattern;

/// The facets of a type and of all types it is derived from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facets {
    pub(crate) length: Option<usize>,
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    pub(crate) total_digits: Option<usize>,
    pub(crate) fraction_digits: Option<usize>,
    /// All must hold.
    pub(crate) bounds: Vec<Bound>,
    /// One group for each step of derivation: all must hold, each by one of its patterns.
    pub(crate) patterns: Vec<Vec<Arc<Pattern>>>,
    /// The names of those that no derived type may change.
    pub(crate) fixed: Vec<&'static str>,
    /// The narrowest one.
    pub(crate) enumeration: Option<Arc<Enumeration>>,
}

/// One end of a range.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) kind: BoundKind,
    pub(crate) text: Box<str>,
    pub(crate) value: Value,
}

/// Which end, and whether the bound itself belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BoundKind {
    MaxExclusive,
    MaxInclusive,
    MinExclusive,
    MinInclusive,
}

/// The values that a type is restricted to.
#[derive(Debug)]
pub(crate) struct Enumeration {
    /// As written, white space normalised.
    pub(crate) texts: Vec<Box<str>>,
    /// The same for quick look-up, where values are compared as text.
    pub(crate) set: Option<HashSet<Box<str>>>,
    /// The values, where they are not.
    pub(crate) values: Vec<Value>,
}

impl BoundKind {
    /// The rule that a value beyond the bound breaks.
    pub(crate) fn rule(self) -> Rule {
        match self {
            Self::MaxExclusive => Rule::FacetMaxExclusive,
            Self::MaxInclusive => Rule::FacetMaxInclusive,
            Self::MinExclusive => Rule::FacetMinExclusive,
            Self::MinInclusive => Rule::FacetMinInclusive,
        }
    }

    /// Whether a value lies inside. A value whose order to the bound is open does not.
    pub(crate) fn holds(self, value: &Value, bound: &Value) -> bool {
        self.admits(value.order(bound))
    }

    /// Whether a value of that order to the bound lies inside.
    pub(crate) fn admits(self, order: Option<std::cmp::Ordering>) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        match (self, order) {
            (Self::MaxExclusive, Some(Less)) | (Self::MinExclusive, Some(Greater)) => true,
            (Self::MaxInclusive, Some(order)) => order != Greater,
            (Self::MinInclusive, Some(order)) => order != Less,
            (Self::MaxExclusive, Some(Equal | Greater))
            | (Self::MinExclusive, Some(Equal | Less))
            | (_, None) => false,
        }
    }
}
