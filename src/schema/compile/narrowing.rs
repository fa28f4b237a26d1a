//! Facets of a restriction beside those of its base: they narrow it, and contradict nothing (XSD 1.0
//! Part 2 section 4.3, the constraints on each facet's component).

use std::cmp::Ordering;

use super::super::simple::check;
use super::*;

/// Facets of which a restriction has one at most.
const APART: [(&str, &str); 4] = [
    ("length", "minLength"),
    ("length", "maxLength"),
    ("maxInclusive", "maxExclusive"),
    ("minInclusive", "minExclusive"),
];

impl<'d> Compiler<'d> {
    /// Checks the facets that stand in a restriction; `simple` has them beside those of the base.
    pub(super) fn narrows(
        &self,
        own: &[Definition<'d>],
        base: TypeId,
        simple: &SimpleType,
    ) -> Result<(), Error> {
        let base = self.types.simple(base);
        for facet in own {
            let local = facet.node.name().local;
            for (one, other) in APART {
                if local == one
                    && let Some(other) = own.iter().find(|at| at.node.name().local == other)
                {
                    let other = other.node.name().local;
                    return Err(facet.invalid(format!("both xs:{one} and xs:{other}")));
                }
            }
            let wider = match bound_kind(local) {
                Some(kind) => self.is_wider(*facet, kind, base, simple),
                None => is_beyond(local, &simple.facets, &base.facets),
            };
            if wider {
                let what = format!("xs:{local} that the base type does not allow");
                return Err(facet.invalid(what));
            }
            if base.facets.fixed.contains(&local) && differs(local, simple, base) {
                let what = format!("another xs:{local} than that of the base type, which is fixed");
                return Err(facet.invalid(what));
            }
            if let Some(with) = contradicted(local, &simple.facets) {
                return Err(facet.invalid(format!("xs:{local} against xs:{with}")));
            }
        }
        Ok(())
    }

    /// Whether a bound is no value of the base. One that the base has may be said again, although a
    /// bound that is left out is no value of it.
    fn is_wider(
        &self,
        at: Definition<'d>,
        kind: BoundKind,
        base: &SimpleType,
        simple: &SimpleType,
    ) -> bool {
        let text = at.attribute("value").unwrap_or_default();
        let mut own = simple.facets.bounds.iter().rev();
        let own = own.find(|bound| bound.kind == kind && &*bound.text == text);
        let same = |known: &Bound| {
            let order = own.and_then(|own| known.value.order(&own.value));
            known.kind == kind && order == Some(Ordering::Equal)
        };
        !base.facets.bounds.iter().any(same) && check(base, &self.types, text, &at.node).is_err()
    }
}

/// Notes the facets that types derived from this one may not change.
pub(super) fn note_fixed(at: Definition<'_>, facets: &mut Facets) -> Result<(), Error> {
    let local = at.node.name().local;
    let known = FIXABLE.iter().find(|name| **name == local);
    if let Some(name) = known
        && at.flag("fixed")?
        && !facets.fixed.contains(name)
    {
        facets.fixed.push(name);
    }
    Ok(())
}

/// Facets that may be fixed.
const FIXABLE: [&str; 10] = [
    "fractionDigits",
    "length",
    "maxExclusive",
    "maxInclusive",
    "maxLength",
    "minExclusive",
    "minInclusive",
    "minLength",
    "totalDigits",
    "whiteSpace",
];

pub(super) fn bound_kind(local: &str) -> Option<BoundKind> {
    match local {
        "maxExclusive" => Some(BoundKind::MaxExclusive),
        "maxInclusive" => Some(BoundKind::MaxInclusive),
        "minExclusive" => Some(BoundKind::MinExclusive),
        "minInclusive" => Some(BoundKind::MinInclusive),
        _ => None,
    }
}

fn counted(local: &str, facets: &Facets) -> Option<usize> {
    match local {
        "fractionDigits" => facets.fraction_digits,
        "length" => facets.length,
        "maxLength" => facets.max_length,
        "minLength" => facets.min_length,
        "totalDigits" => facets.total_digits,
        _ => None,
    }
}

/// Whether a count lets through what that of the base does not.
fn is_beyond(local: &str, own: &Facets, base: &Facets) -> bool {
    let Some(own) = counted(local, own) else {
        return false;
    };
    if local == "totalDigits" && own == 0 {
        return true;
    }
    counted(local, base).is_some_and(|base| match local {
        "length" => own != base,
        "minLength" => own < base,
        _ => own > base,
    })
}

/// Whether a facet says something else than that of the base.
fn differs(local: &str, own: &SimpleType, base: &SimpleType) -> bool {
    if local == "whiteSpace" {
        return own.white_space != base.white_space;
    }
    let Some(kind) = bound_kind(local) else {
        return counted(local, &own.facets) != counted(local, &base.facets);
    };
    let of = |facets: &Facets| {
        let mut bounds = facets.bounds.iter().rev();
        bounds.find(|bound| bound.kind == kind).cloned()
    };
    let (Some(own), Some(base)) = (of(&own.facets), of(&base.facets)) else {
        return false;
    };
    own.value.order(&base.value) != Some(Ordering::Equal)
}

/// The facet that a facet contradicts, whether it stands in the same restriction or is the base's.
fn contradicted(local: &str, facets: &Facets) -> Option<&'static str> {
    let beyond = |small: Option<usize>, large: Option<usize>| {
        small.zip(large).is_some_and(|(small, large)| small > large)
    };
    match local {
        "length" | "maxLength" if beyond(facets.length, facets.max_length) => Some("maxLength"),
        "length" | "minLength" if beyond(facets.min_length, facets.length) => Some("minLength"),
        "fractionDigits" | "totalDigits" if beyond(facets.fraction_digits, facets.total_digits) => {
            Some("totalDigits")
        }
        _ => {
            bound_kind(local)?;
            let is_lower = |kind| matches!(kind, BoundKind::MinExclusive | BoundKind::MinInclusive);
            let (lower, upper): (Vec<&Bound>, Vec<&Bound>) =
                facets.bounds.iter().partition(|bound| is_lower(bound.kind));
            let crossed = |lower: &&Bound| upper.iter().any(|upper| cross(lower, upper));
            lower.iter().any(crossed).then_some("other end")
        }
    }
}

/// Whether nothing lies between two bounds.
fn cross(lower: &Bound, upper: &Bound) -> bool {
    let takes_lower = lower.kind == BoundKind::MinInclusive;
    let takes_upper = upper.kind == BoundKind::MaxInclusive;
    match lower.value.order(&upper.value) {
        Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => takes_lower != takes_upper,
        Some(Ordering::Less) | None => false,
    }
}
