//! Checks a text against a simple type. Start at [`check`].

use std::borrow::Cow;

use super::builtin::WhiteSpace;
use super::decimal::digits;
use super::lexical::accepts;
use super::value::bytes_of;
use super::{Bound, Builtin, Facets, Family, Scope, SimpleType, Value, Variety};
use crate::schema::Rule;
use crate::schema::component::Types;

/// A rule that a text breaks. `found` never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) rule: Rule,
    pub(crate) found: String,
    pub(crate) expected: String,
}

/// Checks a text whose white space is still as written. `scope` says what prefixes stand for
/// there, which only `QName` and `NOTATION` ask.
pub(crate) fn check(
    simple: &SimpleType,
    types: &Types,
    raw: &str,
    scope: &dyn Scope,
) -> Result<(), Violation> {
    let text = normalize(simple.white_space, raw);
    let facets = &simple.facets;
    match &simple.variety {
        Variety::Atomic(builtin) => {
            lexical(*builtin, &text, scope)?;
            let bounded = [facets.length, facets.min_length, facets.max_length];
            // Values of `QName` and `NOTATION` have no length.
            if builtin.family() != Family::QName && bounded.iter().any(Option::is_some) {
                length(facets, &text, length_of(*builtin, &text))?;
            }
            if facets.total_digits.is_some() || facets.fraction_digits.is_some() {
                digit_counts(facets, &text)?;
            }
            bounds(*builtin, &facets.bounds, &text)?;
        }
        Variety::List(item) => {
            let item = types.simple(*item);
            let mut items = 0;
            for part in text.split(' ').filter(|part| !part.is_empty()) {
                check(item, types, part, scope)?;
                items += 1;
            }
            length(facets, &text, Length::Exactly(items))?;
        }
        Variety::Union(members) => {
            let taken = members
                .iter()
                .any(|member| check(types.simple(*member), types, raw, scope).is_ok());
            if !taken {
                let names = members.iter().map(|member| types.label(*member));
                let expected = format!("one of {}", names.collect::<Vec<_>>().join(", "));
                return Err(violation(Rule::Value, &text, expected));
            }
        }
    }
    patterns(facets, &text)?;
    enumeration(simple, types, &text, raw, scope)
}

/// Normalises white space (Part 2 section 4.3.6).
pub(crate) fn normalize(white_space: WhiteSpace, text: &str) -> Cow<'_, str> {
    let is_space = |b: u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    if text.bytes().all(|b| b > b' ') {
        return Cow::Borrowed(text);
    }
    match white_space {
        WhiteSpace::Preserve => Cow::Borrowed(text),
        WhiteSpace::Replace if text.bytes().any(|b| is_space(b) && b != b' ') => {
            Cow::Owned(text.replace(['\t', '\n', '\r'], " "))
        }
        WhiteSpace::Replace => Cow::Borrowed(text),
        WhiteSpace::Collapse => {
            let spaces = [' ', '\t', '\n', '\r'];
            let text = text.trim_matches(spaces);
            let mut after_space = false;
            let collapsed = text.bytes().all(|b| {
                let sound = !is_space(b) || (b == b' ' && !after_space);
                after_space = b == b' ';
                sound
            });
            if collapsed {
                return Cow::Borrowed(text);
            }
            let words = text.split(spaces).filter(|word| !word.is_empty());
            Cow::Owned(words.collect::<Vec<_>>().join(" "))
        }
    }
}

/// The value of a text that the type takes; for a union, of the member that takes it.
pub(crate) fn value_of(
    simple: &SimpleType,
    types: &Types,
    raw: &str,
    scope: &dyn Scope,
) -> Option<Value> {
    let text = normalize(simple.white_space, raw);
    match &simple.variety {
        Variety::Atomic(builtin) => Value::parse_in(*builtin, &text, scope),
        Variety::List(item) => {
            let item = types.simple(*item);
            let parts = text.split(' ').filter(|part| !part.is_empty());
            let values: Option<Vec<_>> = parts
                .map(|part| value_of(item, types, part, scope))
                .collect();
            values.map(Value::List)
        }
        Variety::Union(members) => {
            let mut members = members.iter().map(|member| types.simple(*member));
            let member = members.find(|member| check(member, types, raw, scope).is_ok())?;
            value_of(member, types, raw, scope)
        }
    }
}

fn violation(rule: Rule, text: &str, expected: String) -> Violation {
    Violation {
        rule,
        found: describe(text),
        expected,
    }
}

/// Says what a text looks like without repeating it.
fn describe(text: &str) -> String {
    match text.chars().count() {
        0 => "no text".to_owned(),
        1 => "text of 1 character".to_owned(),
        count => format!("text of {count} characters"),
    }
}

fn lexical(builtin: Builtin, text: &str, scope: &dyn Scope) -> Result<(), Violation> {
    let bound = builtin.family() != Family::QName
        || text
            .split_once(':')
            .is_none_or(|(prefix, _)| scope.namespace(prefix).is_some());
    if accepts(builtin, text) && bound {
        return Ok(());
    }
    Err(violation(
        Rule::Value,
        text,
        format!("xs:{}", builtin.name()),
    ))
}

/// A length, or what bounds it without counting.
enum Length<'a> {
    Exactly(usize),
    Characters(&'a str),
}

/// The length in the unit of the type (Part 2 section 4.3.1): octets or characters.
fn length_of(builtin: Builtin, text: &str) -> Length<'_> {
    if builtin.family() == Family::Binary {
        Length::Exactly(bytes_of(builtin, text).map_or(0, |bytes| bytes.len()))
    } else {
        Length::Characters(text)
    }
}

fn length(facets: &Facets, text: &str, length: Length<'_>) -> Result<(), Violation> {
    let count = match length {
        Length::Exactly(count) => count,
        // No character is shorter than a byte: a short text need not be counted.
        Length::Characters(text)
            if facets.length.is_none()
                && facets.min_length.is_none_or(|min| min <= 1)
                && facets.max_length.is_none_or(|max| text.len() <= max) =>
        {
            text.len().min(1)
        }
        Length::Characters(text) if text.is_ascii() => text.len(),
        Length::Characters(text) => text.chars().count(),
    };
    let fault = |rule, words: &str, limit: usize| {
        Err(violation(rule, text, format!("length {words}{limit}")))
    };
    if let Some(exact) = facets.length
        && count != exact
    {
        return fault(Rule::FacetLength, "", exact);
    }
    if let Some(min) = facets.min_length
        && count < min
    {
        return fault(Rule::FacetMinLength, "at least ", min);
    }
    match facets.max_length {
        Some(max) if count > max => fault(Rule::FacetMaxLength, "at most ", max),
        _ => Ok(()),
    }
}

fn digit_counts(facets: &Facets, text: &str) -> Result<(), Violation> {
    let (_, integer, fraction) = digits(text).unwrap_or_default();
    let fault = |rule, kind: &str, max: usize| {
        let expected = format!("at most {max} {kind}");
        Err(violation(rule, text, expected))
    };
    if let Some(max) = facets.total_digits
        && integer.len() + fraction.len() > max
    {
        return fault(Rule::FacetTotalDigits, "digits", max);
    }
    match facets.fraction_digits {
        Some(max) if fraction.len() > max => {
            fault(Rule::FacetFractionDigits, "fraction digits", max)
        }
        _ => Ok(()),
    }
}

fn bounds(builtin: Builtin, bounds: &[Bound], text: &str) -> Result<(), Violation> {
    if bounds.is_empty() {
        return Ok(());
    }
    let broken = if builtin.family() == Family::Decimal {
        // Most bounds are of numbers, which are compared as they are written.
        bounds.iter().find(|bound| {
            let inside = |order| bound.kind.admits(order);
            !matches!(&bound.value, Value::Decimal(number) if inside(number.order_of(text)))
        })
    } else {
        let value = Value::parse(builtin, text);
        bounds.iter().find(|bound| {
            !value
                .as_ref()
                .is_some_and(|value| bound.kind.holds(value, &bound.value))
        })
    };
    broken.map_or(Ok(()), |bound| {
        let words = match bound.kind {
            super::BoundKind::MaxExclusive => "less than",
            super::BoundKind::MaxInclusive => "at most",
            super::BoundKind::MinExclusive => "more than",
            super::BoundKind::MinInclusive => "at least",
        };
        let expected = format!("{words} {}", bound.text);
        Err(violation(bound.kind.rule(), text, expected))
    })
}

fn patterns(facets: &Facets, text: &str) -> Result<(), Violation> {
    let broken = facets
        .patterns
        .iter()
        .find(|group| !group.iter().any(|pattern| pattern.matches(text)));
    broken.map_or(Ok(()), |group| {
        let sources = group.iter().map(|pattern| pattern.source());
        let expected = format!("pattern {}", sources.collect::<Vec<_>>().join(" or "));
        Err(violation(Rule::FacetPattern, text, expected))
    })
}

/// Values that a fault lists before it says how many more there are.
const LISTED_MAX: usize = 8;

fn enumeration(
    simple: &SimpleType,
    types: &Types,
    text: &str,
    raw: &str,
    scope: &dyn Scope,
) -> Result<(), Violation> {
    let Some(enumeration) = &simple.facets.enumeration else {
        return Ok(());
    };
    let listed = match &enumeration.set {
        Some(set) => set.contains(text),
        None => value_of(simple, types, raw, scope)
            .is_some_and(|value| enumeration.values.contains(&value)),
    };
    if listed {
        return Ok(());
    }
    let texts = &enumeration.texts;
    let shown: Vec<_> = texts.iter().take(LISTED_MAX).map(AsRef::as_ref).collect();
    let mut expected = format!("one of {}", shown.join(", "));
    if texts.len() > LISTED_MAX {
        expected.push_str(&format!(" and {} more", texts.len() - LISTED_MAX));
    }
    Err(violation(Rule::FacetEnumeration, text, expected))
}
