//! Why bytes are not a document that we take. Start at [`Error`].

use super::Position;

/// Why a document is refused, or could not be canonicalised or written.
///
/// No variant holds a value of the document: a name at most, cut short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The body has no bytes, or none but a byte order mark.
    #[error("the body is empty")]
    Empty,
    /// The body is longer than [`Limits::bytes`](super::Limits::bytes).
    #[error("the body has {got} bytes; the limit is {max}")]
    Bytes {
        /// Its length.
        got: usize,
        /// The limit.
        max: usize,
    },
    /// An encoding that we do not read.
    #[error("encoding {label:?} is not read here: UTF-8, UTF-16, windows-1251 and GB18030 are")]
    EncodingUnsupported {
        /// The label, cut to 40 characters of printable ASCII.
        label: String,
    },
    /// Byte order mark, XML declaration and HTTP charset do not say the same.
    #[error("the {first} says {first_says}, the {second} says {second_says}")]
    EncodingConflict {
        /// The first source.
        first: &'static str,
        /// What it says.
        first_says: &'static str,
        /// The second source.
        second: &'static str,
        /// What it says.
        second_says: &'static str,
    },
    /// UTF-16 without a byte order mark (XML 1.0 section 4.3.3 demands one).
    #[error("UTF-16 without a byte order mark")]
    ByteOrderMark,
    /// Bytes that are not a character in the document's encoding.
    #[error("malformed {encoding} at byte {}, {at}", at.byte)]
    EncodingMalformed {
        /// Name of the encoding.
        encoding: &'static str,
        /// The place; its byte counts from the start of the body.
        at: Position,
    },
    /// More of something than [`Limits`](super::Limits) allow.
    #[error("more than {max} {limit} at {at}")]
    Limit {
        /// Of what.
        limit: Limit,
        /// How much is allowed.
        max: u32,
        /// Where the limit was passed.
        at: Position,
    },
    /// A document type declaration. They are refused whole: no entities, no defaults.
    #[error("a document type declaration is not allowed, at {at}")]
    DocumentType {
        /// Where it begins.
        at: Position,
    },
    /// A reference to an entity other than the five predefined ones.
    #[error("an entity that is not predefined, at {at}")]
    Entity {
        /// Where the reference begins.
        at: Position,
    },
    /// A character that XML 1.0 section 2.2 forbids, literal or by reference.
    #[error("character U+{code:04X} is not allowed, at {at}")]
    Character {
        /// The code point.
        code: u32,
        /// Where.
        at: Position,
    },
    /// The document ends within markup or before its elements do.
    #[error("the document ends within {within}, which begins at {at}")]
    Truncated {
        /// Within what.
        within: &'static str,
        /// Where that begins.
        at: Position,
    },
    /// Not well-formed.
    #[error("{problem}, at {at}")]
    Syntax {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        at: Position,
    },
    /// An end tag does not match the open element, or there is none.
    #[error("the end tag does not match the open element, at {at}")]
    EndTag {
        /// Where the end tag begins.
        at: Position,
    },
    /// Two attributes of one element have the same name (Namespaces in XML 1.0 section 6.3).
    #[error("the attribute is there already, at {at}")]
    DuplicateAttribute {
        /// Where the second one begins.
        at: Position,
    },
    /// A namespace URI without a scheme: such a document has no canonical form (Canonical XML 1.0
    /// section 1.3).
    #[error("a relative namespace URI has no canonical form, at {at}")]
    RelativeNamespace {
        /// Where its declaration is.
        at: Position,
    },
    /// A constraint of Namespaces in XML 1.0 is broken.
    #[error("{problem}, at {at}")]
    Namespace {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        at: Position,
    },
}

impl Error {
    /// The stable code that a partner sees.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "XML_EMPTY",
            Self::Bytes { .. } => "XML_BYTES",
            Self::EncodingUnsupported { .. } => "XML_ENCODING_UNSUPPORTED",
            Self::EncodingConflict { .. } => "XML_ENCODING_CONFLICT",
            Self::ByteOrderMark => "XML_BYTE_ORDER_MARK",
            Self::EncodingMalformed { .. } => "XML_ENCODING_MALFORMED",
            Self::Limit { limit, .. } => limit.code(),
            Self::DocumentType { .. } => "XML_DTD",
            Self::Entity { .. } => "XML_ENTITY",
            Self::Character { .. } => "XML_CHARACTER",
            Self::Truncated { .. } => "XML_TRUNCATED",
            Self::Syntax { .. } => "XML_SYNTAX",
            Self::EndTag { .. } => "XML_END_TAG",
            Self::DuplicateAttribute { .. } => "XML_DUPLICATE_ATTRIBUTE",
            Self::RelativeNamespace { .. } => "XML_RELATIVE_NAMESPACE",
            Self::Namespace { .. } => "XML_NAMESPACE",
        }
    }

    /// Where in the document, when there is a place.
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Empty
            | Self::Bytes { .. }
            | Self::EncodingUnsupported { .. }
            | Self::EncodingConflict { .. }
            | Self::ByteOrderMark => None,
            Self::EncodingMalformed { at, .. }
            | Self::Limit { at, .. }
            | Self::DocumentType { at }
            | Self::Entity { at }
            | Self::Character { at, .. }
            | Self::Truncated { at, .. }
            | Self::Syntax { at, .. }
            | Self::EndTag { at }
            | Self::DuplicateAttribute { at }
            | Self::RelativeNamespace { at }
            | Self::Namespace { at, .. } => Some(*at),
        }
    }
}

/// What there was too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Attributes on one element.
    Attributes,
    /// Levels of elements.
    Depth,
    /// Bytes in a qualified name.
    NameBytes,
    /// Namespace declarations on one element.
    Namespaces,
    /// Nodes in the document.
    Nodes,
}

impl Limit {
    fn code(self) -> &'static str {
        match self {
            Self::Attributes => "XML_ATTRIBUTES",
            Self::Depth => "XML_DEPTH",
            Self::NameBytes => "XML_NAME_BYTES",
            Self::Namespaces => "XML_NAMESPACES",
            Self::Nodes => "XML_NODES",
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Attributes => "attributes on one element",
            Self::Depth => "levels of elements",
            Self::NameBytes => "bytes in a name",
            Self::Namespaces => "namespace declarations on one element",
            Self::Nodes => "nodes",
        })
    }
}
