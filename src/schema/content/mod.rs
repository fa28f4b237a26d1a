//! Content models (XSD 1.0 Part 1 sections 3.7 to 3.9). Start at [`Particle`], the model as
//! written, and at [`Automaton`], which recognises it.
//!
//! The automaton has one state for each particle that is an element or a wildcard, however often
//! it may repeat: counts are kept while running, never unrolled, so that `maxOccurs="9999999"`
//! costs what `maxOccurs="2"` costs.

mod automaton;
mod build;
mod run;

pub(super) use automaton::{Automaton, Leaf};
pub(super) use build::{Oversize, build};
pub(super) use run::Run;

use super::component::{ElementId, Wildcard};

/// A part of a content model and how often it may stand.
#[derive(Debug, Clone)]
pub(super) struct Particle {
    pub(super) min: u32,
    /// `None` for unbounded.
    pub(super) max: Option<u32>,
    pub(super) term: Term,
}

/// What a particle repeats.
#[derive(Debug, Clone)]
pub(super) enum Term {
    All(Vec<Particle>),
    Any(Wildcard),
    Choice(Vec<Particle>),
    Element(ElementId),
    Sequence(Vec<Particle>),
}

impl Particle {
    /// A particle that stands once.
    pub(super) fn once(term: Term) -> Self {
        Self {
            min: 1,
            max: Some(1),
            term,
        }
    }

    /// Whether no element satisfies it (Part 1 section 3.9.6, "emptiable").
    pub(super) fn is_nullable(&self) -> bool {
        self.min == 0 || self.repeats_nothing()
    }

    /// Whether no element satisfies what it repeats.
    fn repeats_nothing(&self) -> bool {
        match &self.term {
            Term::Any(_) | Term::Element(_) => false,
            Term::All(all) | Term::Sequence(all) => all.iter().all(Self::is_nullable),
            // Section 3.8.4: nothing at all is valid by a choice of nothing.
            Term::Choice(all) => all.iter().any(Self::is_nullable),
        }
    }
}
