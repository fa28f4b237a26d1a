//! XML schemas (XSD 1.0): compile, validate, describe.
//!
//! Start at [`Schema`]: [`Schema::compile`] makes one from schema documents that a [`Resolver`]
//! finds, [`Schema::validate`] judges a view of a document in one pass, and [`Schema::element`]
//! tells an encoder what stands where and how often.
//!
//! A construct that the engine does not know is an [`Error`] at load, never passed over. The room
//! knows no customs and no files; `docs/divergences.md` lists where it differs from the standard.

mod arena;
mod compile;
mod component;
mod content;
mod describe;
mod error;
mod fault;
mod names;
mod pattern;
mod sample;
mod simple;
mod source;
mod survey;
mod validate;
mod vocabulary;

#[cfg(test)]
mod tests;

pub use component::{Process, Schema};
pub use describe::{AttributeDecl, Child, Element, SimpleType};
pub use error::{Error, Place};
pub use fault::{Fault, Rule};
pub use sample::{NoSample, Sampler};
pub use simple::{Builtin, WhiteSpace};
pub use source::Resolver;
pub use survey::{Root, Survey, located, relative};

impl Schema {
    /// Compiles the schema documents at these locations and everything that they include and
    /// import.
    ///
    /// # Errors
    /// The first fault, with its file, line and column.
    pub fn compile(entries: &[&str], resolver: &dyn Resolver) -> Result<Self, Error> {
        compile::compile(entries, resolver)
    }
}
