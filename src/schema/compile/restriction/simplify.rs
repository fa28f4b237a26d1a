//! Content models without what means nothing (Part 1 section 3.9.6, "pointless"), and with the members of
//! substitution groups in place of their heads. Start at [`simplified`].

use super::*;

/// Most parts of one content model that is compared, members of substitution groups counted in. The
/// automata of larger ones are refused too.
const PARTS_MAX: usize = 20_000;

/// A content model has more than so many parts.
pub(super) struct TooLarge(pub(super) usize);

/// The same content model, simpler; `None` for one that only nothing satisfies.
pub(super) fn simplified(
    particle: &Particle,
    known: Known<'_>,
) -> Result<Option<Particle>, TooLarge> {
    let mut simplifier = Simplifier { known, parts: 0 };
    simplifier.particle(particle)
}

struct Simplifier<'c> {
    known: Known<'c>,
    parts: usize,
}

impl Simplifier<'_> {
    fn count(&mut self, parts: usize) -> Result<(), TooLarge> {
        self.parts += parts;
        if self.parts > PARTS_MAX {
            return Err(TooLarge(PARTS_MAX));
        }
        Ok(())
    }

    fn particle(&mut self, particle: &Particle) -> Result<Option<Particle>, TooLarge> {
        self.count(1)?;
        if particle.max == Some(0) {
            return Ok(None);
        }
        let term = match &particle.term {
            Term::Any(_) => particle.term.clone(),
            Term::Element(id) => self.element(*id)?,
            Term::All(all) => Term::All(self.members(all, |_| None)?),
            Term::Choice(all) => Term::Choice(self.members(all, |term| match term {
                Term::Choice(inner) => Some(inner),
                Term::All(_) | Term::Any(_) | Term::Element(_) | Term::Sequence(_) => None,
            })?),
            Term::Sequence(all) => Term::Sequence(self.members(all, |term| match term {
                Term::Sequence(inner) => Some(inner),
                Term::All(_) | Term::Any(_) | Term::Choice(_) | Term::Element(_) => None,
            })?),
        };
        Ok(with_term(particle, term))
    }

    /// The members of a group, those of groups inside it among them where they mean the same.
    fn members(
        &mut self,
        all: &[Particle],
        same: impl Fn(&Term) -> Option<&Vec<Particle>>,
    ) -> Result<Vec<Particle>, TooLarge> {
        let mut members = Vec::new();
        for member in all {
            let Some(member) = self.particle(member)? else {
                continue;
            };
            match same(&member.term) {
                Some(inner) if (member.min, member.max) == (1, Some(1)) => {
                    members.extend(inner.iter().cloned());
                }
                _ => members.push(member),
            }
        }
        Ok(members)
    }

    /// An element, or a choice of all that may stand for it.
    fn element(&mut self, id: ElementId) -> Result<Term, TooLarge> {
        let element = &self.known.elements[id];
        if element.substitutes.is_empty() {
            return Ok(Term::Element(id));
        }
        let all = std::iter::once(id).chain(element.substitutes.iter().copied());
        // What is abstract never stands anywhere.
        let all = all.filter(|id| !self.known.elements[*id].is_abstract);
        let all: Vec<_> = all.map(|id| Particle::once(Term::Element(id))).collect();
        self.count(all.len())?;
        Ok(Term::Choice(all))
    }
}

/// The particle with another term, less a group around a single member that adds nothing.
fn with_term(particle: &Particle, mut term: Term) -> Option<Particle> {
    let (min, max) = (particle.min, particle.max);
    match &mut term {
        Term::All(all) | Term::Sequence(all) if all.is_empty() => return None,
        Term::Choice(all) if all.is_empty() && min == 0 => return None,
        Term::All(all) | Term::Choice(all) | Term::Sequence(all) if all.len() == 1 => {
            let member = all.pop()?;
            if (min, max) == (1, Some(1)) {
                return Some(member);
            }
            if (member.min, member.max) == (1, Some(1)) {
                term = member.term;
            } else {
                all.push(member);
            }
        }
        Term::All(_) | Term::Any(_) | Term::Choice(_) | Term::Element(_) | Term::Sequence(_) => {}
    }
    Some(Particle { min, max, term })
}
