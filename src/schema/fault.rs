//! What validation finds. Start at [`Fault`].
//!
//! Faults are shown to partners and written to logs: names and lengths only, never values of the
//! message.

use std::fmt;

use crate::xml::Position;

/// One place where a document breaks its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that is broken.
    pub rule: Rule,
    /// Where.
    pub position: Position,
    /// Path of the element; of an attribute with `/@name` at the end.
    pub path: String,
    /// What stands there: names and lengths, never values.
    pub found: String,
    /// What the schema demands.
    pub expected: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}: found {}, expected {}",
            self.position, self.path, self.rule, self.found, self.expected
        )
    }
}

/// Rules of XSD 1.0 Part 1 and the facets of Part 2, by the name we give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// An attribute lacks that is required.
    AttributeMissing,
    /// An attribute of a strict wildcard has no global declaration.
    AttributeUndeclared,
    /// An attribute that the type does not have.
    AttributeUnexpected,
    /// Nested deeper than [`Schema::validate`](super::Schema::validate) follows.
    Depth,
    /// The element is abstract: only members of its substitution group may stand there.
    ElementAbstract,
    /// The content ends before the content model is satisfied.
    ElementMissing,
    /// An element of a strict wildcard has no global declaration.
    ElementUndeclared,
    /// An element that the content model does not have there.
    ElementUnexpected,
    /// Not one of the enumerated values.
    FacetEnumeration,
    /// Too many fraction digits.
    FacetFractionDigits,
    /// Not of the demanded length.
    FacetLength,
    /// Not below the upper bound.
    FacetMaxExclusive,
    /// Above the upper bound.
    FacetMaxInclusive,
    /// Too long.
    FacetMaxLength,
    /// Not above the lower bound.
    FacetMinExclusive,
    /// Below the lower bound.
    FacetMinInclusive,
    /// Too short.
    FacetMinLength,
    /// Does not match the pattern.
    FacetPattern,
    /// Too many digits.
    FacetTotalDigits,
    /// Not the fixed value.
    Fixed,
    /// Two elements with one `xs:ID`.
    IdDuplicate,
    /// An `xs:IDREF` to no `xs:ID`.
    IdUnknown,
    /// Two elements with one key-sequence of an `xs:key` or `xs:unique`.
    KeyDuplicate,
    /// A field of an identity constraint is more than one node, or one without a simple type.
    KeyField,
    /// More key-sequences than [`Schema::validate`](super::Schema::validate) keeps.
    KeyLimit,
    /// An element lacks a field of its `xs:key`.
    KeyMissing,
    /// A field of an `xs:key` is an element that may be nil.
    KeyNil,
    /// A key-sequence of an `xs:keyref` that the key does not have.
    KeyUnknown,
    /// `xsi:nil` on an element that is not nillable.
    NilForbidden,
    /// Content in an element with `xsi:nil="true"`.
    NilContent,
    /// The document element has no global declaration.
    RootUndeclared,
    /// Character data where only elements may stand.
    TextUnexpected,
    /// The type is abstract: `xsi:type` must name one derived from it.
    TypeAbstract,
    /// `xsi:type` names a type derived in a way that element or type block.
    TypeBlocked,
    /// `xsi:type` names a type that is not derived from the declared one.
    TypeNotDerived,
    /// `xsi:type` names no type of the schema.
    TypeUnknown,
    /// The value is none of the built-in type.
    Value,
}

impl Rule {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::AttributeMissing => "SCHEMA_ATTRIBUTE_MISSING",
            Self::AttributeUndeclared => "SCHEMA_ATTRIBUTE_UNDECLARED",
            Self::AttributeUnexpected => "SCHEMA_ATTRIBUTE_UNEXPECTED",
            Self::Depth => "SCHEMA_DEPTH",
            Self::ElementAbstract => "SCHEMA_ELEMENT_ABSTRACT",
            Self::ElementMissing => "SCHEMA_ELEMENT_MISSING",
            Self::ElementUndeclared => "SCHEMA_ELEMENT_UNDECLARED",
            Self::ElementUnexpected => "SCHEMA_ELEMENT_UNEXPECTED",
            Self::FacetEnumeration => "SCHEMA_FACET_ENUMERATION",
            Self::FacetFractionDigits => "SCHEMA_FACET_FRACTION_DIGITS",
            Self::FacetLength => "SCHEMA_FACET_LENGTH",
            Self::FacetMaxExclusive => "SCHEMA_FACET_MAX_EXCLUSIVE",
            Self::FacetMaxInclusive => "SCHEMA_FACET_MAX_INCLUSIVE",
            Self::FacetMaxLength => "SCHEMA_FACET_MAX_LENGTH",
            Self::FacetMinExclusive => "SCHEMA_FACET_MIN_EXCLUSIVE",
            Self::FacetMinInclusive => "SCHEMA_FACET_MIN_INCLUSIVE",
            Self::FacetMinLength => "SCHEMA_FACET_MIN_LENGTH",
            Self::FacetPattern => "SCHEMA_FACET_PATTERN",
            Self::FacetTotalDigits => "SCHEMA_FACET_TOTAL_DIGITS",
            Self::Fixed => "SCHEMA_FIXED",
            Self::IdDuplicate => "SCHEMA_ID_DUPLICATE",
            Self::IdUnknown => "SCHEMA_ID_UNKNOWN",
            Self::KeyDuplicate => "SCHEMA_KEY_DUPLICATE",
            Self::KeyField => "SCHEMA_KEY_FIELD",
            Self::KeyLimit => "SCHEMA_KEY_LIMIT",
            Self::KeyMissing => "SCHEMA_KEY_MISSING",
            Self::KeyNil => "SCHEMA_KEY_NIL",
            Self::KeyUnknown => "SCHEMA_KEY_UNKNOWN",
            Self::NilContent => "SCHEMA_NIL_CONTENT",
            Self::NilForbidden => "SCHEMA_NIL_FORBIDDEN",
            Self::RootUndeclared => "SCHEMA_ROOT_UNDECLARED",
            Self::TextUnexpected => "SCHEMA_TEXT_UNEXPECTED",
            Self::TypeAbstract => "SCHEMA_TYPE_ABSTRACT",
            Self::TypeBlocked => "SCHEMA_TYPE_BLOCKED",
            Self::TypeNotDerived => "SCHEMA_TYPE_NOT_DERIVED",
            Self::TypeUnknown => "SCHEMA_TYPE_UNKNOWN",
            Self::Value => "SCHEMA_VALUE",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
