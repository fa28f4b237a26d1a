//! Simple types: lexical spaces, values and facets (XSD 1.0 Part 2). Start at [`SimpleType`].
//!
//! A type holds the facets of all types it is derived from, so that one look checks a value.

mod builtin;
mod check;
mod decimal;
mod facets;
mod key;
mod lexical;
mod moment;
mod scope;
mod value;

pub(super) use builtin::{BUILTINS, Family};
pub use builtin::{Builtin, WhiteSpace};
pub(super) use check::{check, normalize, value_of};
pub(super) use facets::{Bound, BoundKind, Enumeration, Facets};
pub(super) use key::{Key, key_of};
pub(super) use lexical::{accepts, is_name_char, is_name_start};
pub(super) use scope::{Kept, Scope, Unbound};
pub(super) use value::Value;

use super::component::TypeId;

/// A simple type, its facets merged with those of its bases.
#[derive(Debug, Clone)]
pub(super) struct SimpleType {
    pub(super) variety: Variety,
    pub(super) white_space: WhiteSpace,
    pub(super) facets: Facets,
}

/// What the values are made of.
#[derive(Debug, Clone)]
pub(super) enum Variety {
    /// One value of a built-in type.
    Atomic(Builtin),
    /// Values of a type, separated by white space.
    List(TypeId),
    /// A value of the first of these types that takes it.
    Union(Vec<TypeId>),
}
