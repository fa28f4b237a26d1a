//! The table of Particle Valid (Restriction) (Part 1 section 3.9.6). Start at [`restricts`].
//!
//! The order in which the members of `xs:all` and `xs:choice` are written is no matter here.

use super::*;

/// Most pairs of parts that are compared. Two models of 500 parts each in a row are 125,000.
const PAIRS_MAX: usize = 250_000;

/// Whether a simplified content model restricts another one by the table.
pub(super) fn restricts(own: &Particle, base: &Particle, known: Known<'_>) -> bool {
    let mut table = Table {
        known,
        left: PAIRS_MAX,
    };
    table.fits(own, base)
}

struct Table<'c> {
    known: Known<'c>,
    /// Pairs that may still be compared; without any, nothing fits.
    left: usize,
}

impl Table<'_> {
    fn fits(&mut self, own: &Particle, base: &Particle) -> bool {
        let Some(left) = self.left.checked_sub(1) else {
            return false;
        };
        self.left = left;
        let in_range = range_fits((own.min, own.max), base);
        let group_fits = range_fits((1, Some(1)), base);
        let alone = std::slice::from_ref(own);
        match (&own.term, &base.term) {
            (Term::Element(own), Term::Element(base)) => in_range && self.elements(*own, *base),
            (Term::Element(own), Term::Any(base)) => in_range && self.known.takes(base, *own),
            (Term::Any(own), Term::Any(base)) => in_range && own.restricts(base),
            (Term::Any(_), _) | (_, Term::Element(_)) => false,
            // RecurseAsIfGroup.
            (Term::Element(_), Term::All(base)) => group_fits && self.unordered(alone, base),
            (Term::Element(_), Term::Choice(base)) => group_fits && self.each(alone, base),
            (Term::Element(_), Term::Sequence(base)) => group_fits && self.ordered(alone, base),
            // NSRecurseCheckCardinality.
            (Term::All(all) | Term::Choice(all) | Term::Sequence(all), Term::Any(_)) => {
                let any_number = Particle {
                    min: 0,
                    max: None,
                    term: base.term.clone(),
                };
                range_fits(total_range(own), base)
                    && all.iter().all(|one| self.fits(one, &any_number))
            }
            // Recurse, RecurseUnordered and RecurseLax.
            (Term::All(own) | Term::Sequence(own), Term::All(base)) => {
                in_range && self.unordered(own, base)
            }
            (Term::Choice(own), Term::Choice(base)) => in_range && self.each(own, base),
            (Term::Sequence(own), Term::Sequence(base)) => in_range && self.ordered(own, base),
            // MapAndSum.
            (Term::Sequence(all), Term::Choice(options)) => {
                let members = u32::try_from(all.len()).unwrap_or(u32::MAX);
                let times = |count: u32| count.saturating_mul(members);
                let range = (times(own.min), own.max.map(times));
                range_fits(range, base) && self.each(all, options)
            }
            (Term::All(_), Term::Choice(_) | Term::Sequence(_))
            | (Term::Choice(_), Term::All(_) | Term::Sequence(_)) => false,
        }
    }

    fn elements(&self, own: ElementId, base: ElementId) -> bool {
        let elements = self.known.elements;
        elements[own].name == elements[base].name && self.known.element_narrows(own, base).is_ok()
    }

    /// Whether each member restricts some member of the base.
    fn each(&mut self, own: &[Particle], base: &[Particle]) -> bool {
        own.iter()
            .all(|own| base.iter().any(|base| self.fits(own, base)))
    }

    /// Whether each member restricts another member of the base, and the rest may be missing.
    fn unordered(&mut self, own: &[Particle], base: &[Particle]) -> bool {
        let mut rest: Vec<&Particle> = base.iter().collect();
        for own in own {
            let Some(place) = rest.iter().position(|base| self.fits(own, base)) else {
                return false;
            };
            rest.swap_remove(place);
        }
        rest.iter().all(|base| base.is_nullable())
    }

    /// Whether each member restricts another member of the base, in order, and the rest may be missing.
    fn ordered(&mut self, own: &[Particle], base: &[Particle]) -> bool {
        // Places in the base at which the rest may begin.
        let mut open = vec![0];
        for own in own {
            let mut next = Vec::new();
            let mut reached = false;
            let first = open.first().copied().unwrap_or_default();
            for (place, base) in base.iter().enumerate().skip(first) {
                reached |= open.contains(&place);
                if reached && self.fits(own, base) {
                    next.push(place + 1);
                }
                reached &= base.is_nullable();
                if !reached && open.last().is_none_or(|last| *last <= place) {
                    break;
                }
            }
            if next.is_empty() {
                return false;
            }
            open = next;
        }
        let ends = |from: usize| base.iter().skip(from).all(Particle::is_nullable);
        open.into_iter().any(ends)
    }
}

/// Occurrence Range OK.
fn range_fits((min, max): (u32, Option<u32>), base: &Particle) -> bool {
    min >= base.min
        && base
            .max
            .is_none_or(|base| max.is_some_and(|max| max <= base))
}

/// Effective Total Range (section 3.8.6).
fn total_range(particle: &Particle) -> (u32, Option<u32>) {
    let (min, max) = match &particle.term {
        Term::Any(_) | Term::Element(_) => (1, Some(1)),
        Term::All(all) | Term::Sequence(all) => {
            let mut total = (0, Some(0));
            for (min, max) in all.iter().map(total_range) {
                total = (
                    min.saturating_add(total.0),
                    max.zip(total.1)
                        .map(|(a, b): (u32, u32)| a.saturating_add(b)),
                );
            }
            total
        }
        Term::Choice(all) => {
            let ranges = || all.iter().map(total_range);
            let min = ranges().map(|(min, _)| min).min().unwrap_or_default();
            let max = ranges().try_fold(0, |most: u32, (_, max)| Some(most.max(max?)));
            (min, max)
        }
    };
    let product = match (max, particle.max) {
        (Some(0), _) | (_, Some(0)) => Some(0),
        (Some(a), Some(b)) => Some(a.saturating_mul(b)),
        _ => None,
    };
    (min.saturating_mul(particle.min), product)
}
