//! Content model to automaton, by Glushkov's construction with counters. Start at [`build`].

use super::automaton::{Automaton, COUNTERS_MAX, Member, State, Transition};
use super::{Particle, Term};
use crate::schema::arena::Arena;
use crate::schema::component::{ElementDecl, ElementId, Wildcard};
use crate::schema::names::NameId;

/// Most transitions of one automaton. The widest published content model has 3,500; one of 500
/// optional elements in a row has 125,000.
const TRANSITIONS_MAX: usize = 250_000;

/// Most configurations that one run may hold at a time, when counts are ambiguous.
const CONFIGURATIONS_MAX: u32 = 64;

/// Why there is no automaton.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Oversize {
    /// Counts of this element depend on what follows.
    Ambiguous(NameId),
    /// More than so many of something.
    Limit(&'static str, usize),
}

/// Builds the automaton of a content model.
pub(crate) fn build(
    particle: &Particle,
    elements: &Arena<ElementDecl>,
) -> Result<Automaton, Oversize> {
    if let Term::All(all) = &particle.term {
        let members = all.iter().filter_map(|one| match one.term {
            Term::Element(id) if one.max != Some(0) => Some(Member {
                required: one.min > 0,
                names: names(id, elements),
            }),
            Term::All(_)
            | Term::Any(_)
            | Term::Choice(_)
            | Term::Element(_)
            | Term::Sequence(_) => None,
        });
        return Ok(Automaton::All {
            members: members.collect(),
            optional: particle.min == 0,
        });
    }
    let mut builder = Builder {
        leaves: vec![Found::Start],
        states: vec![State::default()],
        follow: vec![Vec::new()],
        transitions: 0,
    };
    let part = builder.part(particle, &mut Vec::new())?;
    builder.link(&[0], &part.first, 0, false)?;
    for &last in &part.last {
        builder.state(last)?.last = true;
    }
    builder.state(0)?.last = part.nullable;
    builder.finish(elements)
}

/// The names that may stand where an element is declared: its own and those of its substitution
/// group.
fn names(id: ElementId, elements: &Arena<ElementDecl>) -> Vec<(NameId, ElementId)> {
    let substitutes = elements[id].substitutes.iter().copied();
    std::iter::once(id)
        .chain(substitutes)
        .map(|id| (elements[id].name, id))
        .collect()
}

enum Found<'p> {
    Any(&'p Wildcard),
    Element(ElementId),
    Start,
}

struct Builder<'p> {
    leaves: Vec<Found<'p>>,
    states: Vec<State>,
    follow: Vec<Vec<Transition>>,
    transitions: usize,
}

/// What a part of the model looks like from outside.
struct Part {
    nullable: bool,
    first: Vec<usize>,
    last: Vec<usize>,
}

impl Part {
    fn nothing() -> Self {
        Self {
            nullable: true,
            first: Vec::new(),
            last: Vec::new(),
        }
    }
}

type Counts = Vec<(u32, Option<u32>)>;

impl<'p> Builder<'p> {
    /// Adds a particle. `counts` are the counted particles around it.
    fn part(&mut self, particle: &'p Particle, counts: &mut Counts) -> Result<Part, Oversize> {
        if particle.max == Some(0) {
            return Ok(Part::nothing());
        }
        let min = if particle.repeats_nothing() {
            0
        } else {
            particle.min
        };
        let depth = counts.len();
        // One that stands at most once, or any number of times from 0 or 1, needs no count.
        let counted = particle.max != Some(1) && (particle.max.is_some() || min > 1);
        if counted {
            counts.push((min, particle.max));
            if counts.len() > COUNTERS_MAX {
                let what = "counted particles inside each other";
                return Err(Oversize::Limit(what, COUNTERS_MAX));
            }
        }
        let mut part = self.term(&particle.term, counts)?;
        counts.truncate(depth);
        if particle.max != Some(1) {
            self.link(&part.last, &part.first, depth, counted)?;
        }
        part.nullable |= particle.min == 0;
        Ok(part)
    }

    fn term(&mut self, term: &'p Term, counts: &mut Counts) -> Result<Part, Oversize> {
        match term {
            Term::Any(wildcard) => Ok(self.leaf(Found::Any(wildcard), counts)),
            Term::Element(id) => Ok(self.leaf(Found::Element(*id), counts)),
            Term::Choice(all) => {
                let mut whole = Part {
                    nullable: false,
                    ..Part::nothing()
                };
                for one in all {
                    let part = self.part(one, counts)?;
                    whole.nullable |= part.nullable;
                    whole.first.extend(part.first);
                    whole.last.extend(part.last);
                }
                Ok(whole)
            }
            Term::All(all) | Term::Sequence(all) => {
                let mut whole = Part::nothing();
                for one in all {
                    let part = self.part(one, counts)?;
                    self.link(&whole.last, &part.first, counts.len(), false)?;
                    if whole.nullable {
                        whole.first.extend(&part.first);
                    }
                    if part.nullable {
                        whole.last.extend(part.last);
                    } else {
                        whole.last = part.last;
                    }
                    whole.nullable &= part.nullable;
                }
                Ok(whole)
            }
        }
    }

    fn leaf(&mut self, found: Found<'p>, counts: &Counts) -> Part {
        let place = self.states.len();
        self.leaves.push(found);
        self.follow.push(Vec::new());
        self.states.push(State {
            counts: counts.clone(),
            ..State::default()
        });
        Part {
            nullable: false,
            first: vec![place],
            last: vec![place],
        }
    }

    fn link(
        &mut self,
        from: &[usize],
        to: &[usize],
        keep: usize,
        again: bool,
    ) -> Result<(), Oversize> {
        self.transitions += from.len() * to.len();
        if self.transitions > TRANSITIONS_MAX {
            return Err(Oversize::Limit("steps in a content model", TRANSITIONS_MAX));
        }
        for &from in from {
            if let Some(follow) = self.follow.get_mut(from) {
                let steps = to.iter().map(|&target| Transition {
                    target,
                    keep,
                    again,
                });
                follow.extend(steps);
            }
        }
        Ok(())
    }

    fn state(&mut self, place: usize) -> Result<&mut State, Oversize> {
        // Places are made by `leaf` alone.
        self.states
            .get_mut(place)
            .ok_or(Oversize::Limit("states", place))
    }

    fn finish(mut self, elements: &Arena<ElementDecl>) -> Result<Automaton, Oversize> {
        for (place, mut steps) in std::mem::take(&mut self.follow).into_iter().enumerate() {
            steps.sort_unstable();
            steps.dedup();
            let (mut named, mut wild) = (Vec::new(), Vec::new());
            for step in steps {
                match self.leaves.get(step.target) {
                    Some(Found::Element(id)) => {
                        let steps = names(*id, elements).into_iter();
                        named.extend(steps.map(|(name, id)| (name, id, step)));
                    }
                    Some(Found::Any(wildcard)) => wild.push(((*wildcard).clone(), step)),
                    Some(Found::Start) | None => {}
                }
            }
            named.sort_by_key(|(name, _, step)| (*name, *step));
            self.unambiguous(place, &named)?;
            let state = self.state(place)?;
            state.named = named;
            state.wild = wild;
        }
        Ok(Automaton::States(self.states))
    }

    /// Refuses a state from which one name leads on in two ways that count differently, where the
    /// configurations to follow could become many.
    fn unambiguous(
        &self,
        place: usize,
        named: &[(NameId, ElementId, Transition)],
    ) -> Result<(), Oversize> {
        let Some(state) = self.states.get(place) else {
            return Ok(());
        };
        for pair in named.windows(2) {
            let [(name, _, a), (next, _, b)] = pair else {
                continue;
            };
            if name != next || exclusive(state, *a, *b) {
                continue;
            }
            let targets = [a.target, b.target].map(|target| self.states.get(target));
            let most = targets.into_iter().flatten().map(|state| {
                let counts = state.counts.iter();
                counts.fold(1, |most: u32, (min, max)| {
                    most.saturating_mul(max.unwrap_or(*min))
                })
            });
            if most.max().unwrap_or_default() > CONFIGURATIONS_MAX {
                return Err(Oversize::Ambiguous(*name));
            }
        }
        Ok(())
    }
}

/// Whether two steps can never be allowed at once: the one repeats a particle that may stand only
/// so often as it must, the other leaves it.
fn exclusive(state: &State, a: Transition, b: Transition) -> bool {
    let apart = |repeat: Transition, leave: Transition| {
        let leaves = leave.keep + usize::from(leave.again) <= repeat.keep;
        let exact = |(min, max): &(u32, Option<u32>)| *max == Some(*min);
        repeat.again && leaves && state.counts.get(repeat.keep).is_some_and(exact)
    };
    apart(a, b) || apart(b, a)
}
