//! Runs an automaton over the children of an element. Start at [`Run`].

use super::automaton::{Automaton, COUNTERS_MAX, Leaf, State, Transition};
use crate::schema::component::Wildcard;
use crate::schema::names::NameId;

/// How far a content model has come.
#[derive(Debug)]
pub(crate) struct Run<'s>(Place<'s>);

#[derive(Debug)]
enum Place<'s> {
    All {
        automaton: &'s Automaton,
        seen: Vec<bool>,
    },
    States {
        states: &'s [State],
        now: Configuration,
        /// Other ways in which the children so far can be counted.
        others: Vec<Configuration>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Configuration {
    state: usize,
    counts: [u32; COUNTERS_MAX],
}

/// What may come next.
#[derive(Debug, Default)]
pub(crate) struct Expected<'s> {
    pub(crate) names: Vec<NameId>,
    pub(crate) wildcards: Vec<&'s Wildcard>,
    /// Whether the content may end.
    pub(crate) end: bool,
}

const START: Configuration = Configuration {
    state: 0,
    counts: [0; COUNTERS_MAX],
};

impl<'s> Run<'s> {
    /// Before the first child.
    pub(crate) fn start(automaton: &'s Automaton) -> Self {
        Self(match automaton {
            Automaton::All { members, .. } => Place::All {
                automaton,
                seen: vec![false; members.len()],
            },
            Automaton::States(states) => Place::States {
                states,
                now: START,
                others: Vec::new(),
            },
        })
    }

    /// Takes a child; `None`, and nothing changed, when it may not stand here. `name` is its name
    /// where the schema knows it.
    pub(crate) fn step(&mut self, name: Option<NameId>, namespace: &str) -> Option<Leaf<'s>> {
        match &mut self.0 {
            Place::All { automaton, seen } => step_all(automaton, seen, name?),
            Place::States {
                states,
                now,
                others,
            } => {
                let mut found = Vec::new();
                let mut leaf = None;
                let mut first = None;
                for from in std::iter::once(&*now).chain(others.iter()) {
                    follow(states, from, name, namespace, &mut |to, which| {
                        leaf.get_or_insert(which);
                        match first {
                            None => first = Some(to),
                            Some(known) if known == to || found.contains(&to) => {}
                            Some(_) => found.push(to),
                        }
                    });
                }
                *now = first?;
                *others = found;
                leaf
            }
        }
    }

    /// After a child that may not stand here: goes on as if all before it had been there, when the
    /// model has such an element anywhere.
    pub(crate) fn resume(&mut self, name: NameId) -> Option<Leaf<'s>> {
        let Place::States {
            states,
            now,
            others,
        } = &mut self.0
        else {
            return None;
        };
        let mut steps = states.iter().flat_map(|state| {
            let (from, to) = range(state, name);
            state.named.get(from..to).unwrap_or_default()
        });
        // The nearest one ahead, else the first.
        let ahead = steps.clone().find(|(_, _, step)| step.target >= now.state);
        let (_, id, step) = ahead.or_else(|| steps.next())?;
        *now = Configuration {
            state: step.target,
            counts: [1; COUNTERS_MAX],
        };
        others.clear();
        Some(Leaf::Element(*id))
    }

    /// What may come next.
    pub(crate) fn expected(&self) -> Expected<'s> {
        let mut expected = Expected::default();
        match &self.0 {
            Place::All { automaton, seen } => {
                if let Automaton::All { members, optional } = automaton {
                    let open = members.iter().zip(seen).filter(|(_, seen)| !**seen);
                    expected.end = (*optional && !seen.contains(&true))
                        || open.clone().all(|(member, _)| !member.required);
                    let names = open.flat_map(|(member, _)| &member.names);
                    expected.names.extend(names.map(|(name, _)| *name));
                }
            }
            Place::States {
                states,
                now,
                others,
            } => {
                for from in std::iter::once(now).chain(others) {
                    if let Some(state) = states.get(from.state) {
                        expected.add(state, &from.counts);
                    }
                }
            }
        }
        expected
    }

    /// Whether the content may end.
    pub(crate) fn may_end(&self) -> bool {
        match &self.0 {
            Place::All { .. } => self.expected().end,
            Place::States {
                states,
                now,
                others,
            } => std::iter::once(now).chain(others).any(|from| {
                let state = states.get(from.state);
                state.is_some_and(|state| state.last && state.satisfied(&from.counts, 0))
            }),
        }
    }
}

impl<'s> Expected<'s> {
    fn add(&mut self, state: &'s State, counts: &[u32]) {
        for (name, _, step) in &state.named {
            if state.allows(counts, *step) && !self.names.contains(name) {
                self.names.push(*name);
            }
        }
        for (wildcard, step) in &state.wild {
            if state.allows(counts, *step) {
                self.wildcards.push(wildcard);
            }
        }
        self.end |= state.last && state.satisfied(counts, 0);
    }
}

fn step_all<'s>(automaton: &'s Automaton, seen: &mut [bool], name: NameId) -> Option<Leaf<'s>> {
    let Automaton::All { members, .. } = automaton else {
        return None;
    };
    for (member, seen) in members.iter().zip(seen) {
        if let Some((_, id)) = member.names.iter().find(|(known, _)| *known == name) {
            if *seen {
                return None;
            }
            *seen = true;
            return Some(Leaf::Element(*id));
        }
    }
    None
}

fn range(state: &State, name: NameId) -> (usize, usize) {
    let from = state.named.partition_point(|(known, ..)| *known < name);
    let rest = state.named.get(from..).unwrap_or_default();
    let count = rest.iter().take_while(|(known, ..)| *known == name).count();
    (from, from + count)
}

fn follow<'s>(
    states: &'s [State],
    from: &Configuration,
    name: Option<NameId>,
    namespace: &str,
    found: &mut dyn FnMut(Configuration, Leaf<'s>),
) {
    let Some(state) = states.get(from.state) else {
        return;
    };
    if let Some(name) = name {
        let (start, end) = range(state, name);
        for (_, id, step) in state.named.get(start..end).unwrap_or_default() {
            if state.allows(&from.counts, *step) {
                found(from.after(state, *step), Leaf::Element(*id));
            }
        }
    }
    for (wildcard, step) in &state.wild {
        if wildcard.takes(namespace) && state.allows(&from.counts, *step) {
            found(from.after(state, *step), Leaf::Any(wildcard));
        }
    }
}

impl Configuration {
    /// After a step from here, `state` being the state of this configuration.
    fn after(&self, state: &State, step: Transition) -> Self {
        let mut counts = self.counts;
        for (place, count) in counts.iter_mut().enumerate().skip(step.keep) {
            *count = match state.counts.get(place) {
                // Without an upper bound nothing depends on how far the lower one is passed.
                Some((min, None)) if place == step.keep && step.again => *min.min(&(*count + 1)),
                _ if place == step.keep && step.again => count.saturating_add(1),
                _ => 1,
            };
        }
        Self {
            state: step.target,
            counts,
        }
    }
}
