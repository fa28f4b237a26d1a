//! Bytes to bounded, namespace-aware XML and back.
//!
//! Start at [`parse`], which turns bytes into a [`Document`], and at [`Node`], the view through
//! which everybody reads it. A view can hide one descendant: that is how a verified signature
//! disappears for business code. The room is strict: no DTD, no entities but the five predefined
//! ones, no replacement characters, every size bounded by [`Limits`].
//!
//! It knows no customs, no keys and no schema, and it never touches files or the network.

mod c14n;
mod chars;
mod decode;
mod document;
mod error;
mod limits;
mod node;
mod parse;
mod position;
mod scope;
mod tag;
mod writer;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;

pub use c14n::{Canonicalization, Method, Subtree, canonical_bytes, canonicalize};
pub use decode::Encoding;
pub use document::{Document, NodeId};
pub use error::{Error, Limit};
pub use limits::Limits;
pub use node::{Attribute, Node, NodeKind, QName};
pub use parse::{parse, parse_owned};
pub use position::Position;
pub use writer::{Plain, Writer};

pub(crate) use chars::is_ncname;
pub(crate) use node::same;
pub(crate) use writer::{DECLARATION, escape_attribute, escape_text};

/// The namespace that the prefix `xml` is bound to (Namespaces in XML 1.0, section 3).
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// The namespace that the prefix `xmlns` is bound to (Namespaces in XML 1.0, section 3).
pub const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
