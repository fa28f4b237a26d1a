//! The automaton of a content model. Start at [`Automaton`].

use crate::schema::component::{ElementId, Wildcard};
use crate::schema::names::NameId;

/// Deepest nesting of counted particles: a configuration keeps that many counts. The published
/// schemas have at most 1.
pub(crate) const COUNTERS_MAX: usize = 4;

/// A compiled content model.
#[derive(Debug)]
pub(crate) enum Automaton {
    /// An `all` group: each at most once, in any order.
    All {
        members: Vec<Member>,
        /// Whether the group may be left out.
        optional: bool,
    },
    /// Everything else. State 0 is the start.
    States(Vec<State>),
}

/// An element of an `all` group.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) required: bool,
    /// Names that may stand there, with their declarations.
    pub(crate) names: Vec<(NameId, ElementId)>,
}

/// What was seen last: a particle that is an element or a wildcard.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Smallest and largest counts of the counted particles around it, the outermost first.
    pub(crate) counts: Vec<(u32, Option<u32>)>,
    /// Whether the content may end here, all counts being satisfied.
    pub(crate) last: bool,
    /// By name, sorted.
    pub(crate) named: Vec<(NameId, ElementId, Transition)>,
    pub(crate) wild: Vec<(Wildcard, Transition)>,
}

/// A step to another state. Of the counts of the state it leaves, the first `keep` stay; the next
/// is increased if `again` says so; those after must be satisfied, and begin anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Transition {
    pub(crate) target: usize,
    pub(crate) keep: usize,
    pub(crate) again: bool,
}

/// What a child element is in the content model.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Leaf<'s> {
    Any(&'s Wildcard),
    Element(ElementId),
}

impl State {
    /// Whether the counts beyond the first `from` have reached their minimum.
    pub(crate) fn satisfied(&self, counts: &[u32], from: usize) -> bool {
        let pairs = self.counts.iter().zip(counts).skip(from);
        pairs.into_iter().all(|((min, _), count)| count >= min)
    }

    /// Whether a step may be taken with these counts.
    pub(crate) fn allows(&self, counts: &[u32], step: Transition) -> bool {
        if !step.again {
            return self.satisfied(counts, step.keep);
        }
        let room = match (self.counts.get(step.keep), counts.get(step.keep)) {
            (Some((_, Some(max))), Some(count)) => count < max,
            _ => true,
        };
        room && self.satisfied(counts, step.keep + 1)
    }
}
