//! Values of simple types. Start at [`Values::of`].

use super::choice::Choice;
use super::pattern::{Known, Texts};
use crate::schema::component::{Schema, ValueConstraint};
use crate::schema::pattern::Ast;
use crate::schema::simple::{
    BoundKind, Builtin, Facets, Family, Scope, SimpleType, Value, Variety, check, value_of,
};

/// Attempts to meet all facets of a type.
const ATTEMPTS_MAX: usize = 400;

/// Longest text that is written where the type sets no shorter limit, in characters.
const TEXT_MAX: usize = 40;

/// Most digits of a number where the type sets no limit.
const DIGITS_MAX: u32 = 6;

/// Most items of a list where the type sets no limit.
const ITEMS_MAX: usize = 3;

const LETTERS: &[char] = &[
    'A', 'B', 'Z', 'a', 'b', 'z', '0', '1', '9', '-', '/', '.', '&', '<', 'А', 'Б', 'Я', 'а', 'в',
    'я', 'ё', '中', '国', '货', 'Ө', 'ү',
];

/// Makes values of the simple types of a schema.
pub(super) struct Values<'s> {
    schema: &'s Schema,
    pub(super) choice: Choice,
    /// Identifiers given so far: they are numbered.
    identifiers: usize,
    known: Known,
    /// Namespaces of the names that are values; the document element declares their prefixes.
    pub(super) prefixes: Prefixes,
}

/// Namespaces with prefixes, which are numbered.
#[derive(Default)]
pub(super) struct Prefixes(Vec<(String, Box<str>)>);

impl Prefixes {
    /// A name as a document writes it.
    fn written(&mut self, namespace: &str, local: &str) -> String {
        if namespace.is_empty() {
            return local.to_owned();
        }
        let known = self.0.iter().find(|(_, known)| **known == *namespace);
        if let Some((prefix, _)) = known {
            return format!("{prefix}:{local}");
        }
        let prefix = format!("q{}", self.0.len());
        let written = format!("{prefix}:{local}");
        self.0.push((prefix, namespace.into()));
        written
    }

    /// The prefixes given, with their namespaces.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(prefix, namespace)| (&**prefix, &**namespace))
    }
}

impl Scope for Prefixes {
    fn namespace<'s>(&'s self, prefix: &'s str) -> Option<&'s str> {
        if prefix.is_empty() {
            return Some("");
        }
        let found = self.0.iter().find(|(known, _)| *known == prefix);
        found.map(|(_, namespace)| &**namespace)
    }
}

/// A zone behind a moment: a pattern may ask for one, and digits after it make a moment by luck alone.
fn zone(facets: &Facets, attempt: usize) -> &'static str {
    match (facets.patterns.is_empty(), attempt / 4 % 3) {
        (true, _) | (false, 0) => "",
        (false, 1) => "Z",
        (false, _) => "+03:00",
    }
}

impl<'s> Values<'s> {
    pub(super) fn new(schema: &'s Schema, choice: Choice) -> Self {
        Self {
            schema,
            choice,
            identifiers: 0,
            known: Known::new(),
            prefixes: Prefixes::default(),
        }
    }

    /// A value that the type accepts, as a document writes it; none where none was found.
    pub(super) fn of(&mut self, simple: &SimpleType) -> Option<String> {
        for attempt in 0..ATTEMPTS_MAX {
            let found = self.candidate(simple, attempt);
            let accepted =
                |text: &String| check(simple, &self.schema.types, text, &self.prefixes).is_ok();
            if let Some(text) = found.filter(accepted) {
                return Some(text);
            }
        }
        None
    }

    /// A fixed value as a document writes it.
    pub(super) fn fixed(&mut self, simple: &SimpleType, fixed: &ValueConstraint) -> String {
        let value = value_of(simple, &self.schema.types, &fixed.text, &fixed.scope);
        if let Some(Value::QName(namespace, local)) = value {
            return self.prefixes.written(&namespace, &local);
        }
        fixed.text.to_string()
    }

    fn candidate(&mut self, simple: &SimpleType, attempt: usize) -> Option<String> {
        let facets = &simple.facets;
        if let Some(enumeration) = &facets.enumeration {
            if matches!(simple.variety, Variety::Atomic(builtin) if builtin.family() == Family::QName)
            {
                let value = self.choice.of_all(&enumeration.values)?;
                let Value::QName(namespace, local) = value else {
                    return None;
                };
                return Some(self.prefixes.written(namespace, local));
            }
            let text = self.choice.of_all(&enumeration.texts);
            return text.map(|text| text.to_string());
        }
        match &simple.variety {
            Variety::Union(members) => {
                let member = *self.choice.of_all(members)?;
                self.of(self.schema.types.simple(member))
            }
            Variety::List(item) => {
                let item = self.schema.types.simple(*item);
                let count = self.length(facets, ITEMS_MAX);
                let items: Option<Vec<String>> = (0..count).map(|_| self.of(item)).collect();
                Some(items?.join(" "))
            }
            Variety::Atomic(builtin) => match facets.patterns.last() {
                Some(group) if attempt % 4 != 3 => {
                    let ast = self.choice.of_all(group)?.ast()?;
                    self.matching(&ast, facets)
                }
                _ => Some(self.plain(*builtin, facets, attempt)),
            },
        }
    }

    fn matching(&mut self, ast: &Ast, facets: &Facets) -> Option<String> {
        let least = facets.length.or(facets.min_length).unwrap_or(0);
        let length = match facets.length.or(facets.max_length) {
            Some(most) if self.choice.one_in(3) => most.min(least.saturating_add(TEXT_MAX)),
            _ => least,
        };
        let choice = &mut self.choice;
        Texts {
            choice,
            length,
            known: &mut self.known,
        }
        .of(ast)
    }

    /// A number of characters, octets or items within the facets.
    fn length(&mut self, facets: &Facets, usual: usize) -> usize {
        let least = facets.length.or(facets.min_length).unwrap_or(0);
        let most = facets.length.or(facets.max_length).unwrap_or(usize::MAX);
        // Now and then as long as may be, or as short.
        match self.choice.below(8) {
            0 => most.min(least.saturating_add(usual).saturating_mul(8)),
            1 => least,
            _ => {
                let room = most.saturating_sub(least).min(usual);
                least.saturating_add(self.choice.below(room.saturating_add(1)))
            }
        }
    }

    fn plain(&mut self, builtin: Builtin, facets: &Facets, attempt: usize) -> String {
        // A bound is a value that the type itself names: it helps where guesses fail.
        if attempt > ATTEMPTS_MAX / 2
            && let Some(bound) = self.choice.of_all(&facets.bounds)
        {
            return bound.text.to_string();
        }
        let two = |n: usize| format!("{n:02}");
        match builtin {
            Builtin::Boolean => self.word(&["true", "false", "1", "0"]),
            Builtin::Date => format!("{}{}", self.date(), zone(facets, attempt)),
            Builtin::Time => format!("{}{}", self.time(), zone(facets, attempt)),
            Builtin::DateTime => {
                format!("{}T{}{}", self.date(), self.time(), zone(facets, attempt))
            }
            Builtin::GYear => self.year(),
            Builtin::GYearMonth => format!("{}-{}", self.year(), two(self.choice.below(12) + 1)),
            Builtin::GMonth => format!("--{}", two(self.choice.below(12) + 1)),
            Builtin::GMonthDay => {
                let (month, day) = (self.choice.below(12) + 1, self.choice.below(28) + 1);
                format!("--{}-{}", two(month), two(day))
            }
            Builtin::GDay => format!("---{}", two(self.choice.below(28) + 1)),
            Builtin::Duration => format!("P{}DT{}M", self.choice.below(30), self.choice.below(60)),
            Builtin::Float | Builtin::Double => format!("{}.5", self.choice.below(1000)),
            Builtin::HexBinary => {
                let octets = self.length(facets, TEXT_MAX);
                (0..octets)
                    .map(|_| format!("{:02X}", self.choice.below(256)))
                    .collect()
            }
            Builtin::Base64Binary => self.base64(facets),
            Builtin::AnyUri => format!("urn:example:{}", self.letters(4)),
            Builtin::Language => self.word(&["ru", "en", "zh", "mn", "en-GB"]),
            Builtin::Id => {
                self.identifiers += 1;
                format!("id{}", self.identifiers)
            }
            Builtin::IdRef => format!("id{}", self.choice.below(self.identifiers) + 1),
            // No value is an entity; what is a notation is enumerated.
            Builtin::Entity
            | Builtin::Name
            | Builtin::NcName
            | Builtin::NmToken
            | Builtin::Notation
            | Builtin::QName => {
                let length = self.length(facets, 8).max(1);
                self.letters(length)
            }
            Builtin::AnySimpleType
            | Builtin::NormalizedString
            | Builtin::String
            | Builtin::Token => self.text(facets),
            Builtin::Byte
            | Builtin::Decimal
            | Builtin::Int
            | Builtin::Integer
            | Builtin::Long
            | Builtin::NegativeInteger
            | Builtin::NonNegativeInteger
            | Builtin::NonPositiveInteger
            | Builtin::PositiveInteger
            | Builtin::Short
            | Builtin::UnsignedByte
            | Builtin::UnsignedInt
            | Builtin::UnsignedLong
            | Builtin::UnsignedShort => self.number(builtin, facets),
        }
    }

    fn word(&mut self, words: &[&str]) -> String {
        let word = self.choice.of_all(words);
        word.map_or_else(String::new, |word| (*word).to_owned())
    }

    fn year(&mut self) -> String {
        format!("20{:02}", 10 + self.choice.below(60))
    }

    fn date(&mut self) -> String {
        let (month, day) = (self.choice.below(12) + 1, self.choice.below(28) + 1);
        format!("{}-{month:02}-{day:02}", self.year())
    }

    fn time(&mut self) -> String {
        let hour = self.choice.below(24);
        format!(
            "{hour:02}:{:02}:{:02}",
            self.choice.below(60),
            self.choice.below(60)
        )
    }

    fn letters(&mut self, count: usize) -> String {
        let letter = |choice: &mut Choice| {
            let number = u8::try_from(choice.below(26)).unwrap_or(0);
            char::from(b'a'.saturating_add(number))
        };
        (0..count).map(|_| letter(&mut self.choice)).collect()
    }

    fn base64(&mut self, facets: &Facets) -> String {
        use base64::Engine;
        let octets = self.length(facets, TEXT_MAX);
        let octet = |choice: &mut Choice| u8::try_from(choice.below(256)).unwrap_or(0);
        let octets: Vec<u8> = (0..octets).map(|_| octet(&mut self.choice)).collect();
        base64::engine::general_purpose::STANDARD.encode(octets)
    }

    fn text(&mut self, facets: &Facets) -> String {
        let length = self.length(facets, TEXT_MAX);
        let mut letters: Vec<char> = Vec::with_capacity(length);
        letters.extend((0..length).filter_map(|_| self.choice.of_all(LETTERS)));
        // A blank inside; single, so that it stays one whatever happens to white space.
        if let (true, Some(inside)) = (self.choice.one_in(2), letters.get_mut(2))
            && length > 4
        {
            *inside = ' ';
        }
        letters.into_iter().collect()
    }

    /// A decimal number: counted in units of its last fraction digit.
    fn number(&mut self, builtin: Builtin, facets: &Facets) -> String {
        let given = |digits: Option<usize>| digits.and_then(|digits| u32::try_from(digits).ok());
        let total = given(facets.total_digits);
        let fraction = match builtin.is_integer() {
            true => 0,
            false => given(facets.fraction_digits).unwrap_or(2).min(DIGITS_MAX),
        };
        let fraction = fraction.min(total.unwrap_or(DIGITS_MAX));
        let digits = total.unwrap_or(DIGITS_MAX + fraction).min(18);
        let most = 10i128.pow(digits).saturating_sub(1);
        let (mut low, mut high) = range(builtin);
        let unit = 10i128.pow(fraction);
        (low, high) = (low.saturating_mul(unit), high.saturating_mul(unit));
        // A bound may lie far outside of what is usual, and then it is the number to begin from.
        for bound in &facets.bounds {
            let Some(value) = scaled(&bound.text, fraction) else {
                continue;
            };
            match bound.kind {
                BoundKind::MinInclusive => low = low.max(value),
                BoundKind::MinExclusive => low = low.max(value.saturating_add(1)),
                BoundKind::MaxInclusive => high = high.min(value),
                BoundKind::MaxExclusive => high = high.min(value.saturating_sub(1)),
            }
        }
        let first = low.max(most.saturating_neg().min(high));
        let last = high.min(most.max(first));
        // Negative numbers only where there are no others.
        let first = if last >= 0 { first.max(0) } else { first };
        let value = match self.choice.below(4) {
            0 => first,
            1 => self
                .choice
                .within(first, last.min(first.saturating_add(100))),
            _ => self.choice.within(first, last),
        };
        written(value, fraction)
    }
}

/// The range of a built-in type of numbers.
fn range(builtin: Builtin) -> (i128, i128) {
    let wide = i128::from(u64::MAX);
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other built-in types set no range"
    )]
    match builtin {
        Builtin::Byte => (i8::MIN.into(), i8::MAX.into()),
        Builtin::Short => (i16::MIN.into(), i16::MAX.into()),
        Builtin::Int => (i32::MIN.into(), i32::MAX.into()),
        Builtin::Long => (i64::MIN.into(), i64::MAX.into()),
        Builtin::UnsignedByte => (0, u8::MAX.into()),
        Builtin::UnsignedShort => (0, u16::MAX.into()),
        Builtin::UnsignedInt => (0, u32::MAX.into()),
        Builtin::UnsignedLong | Builtin::NonNegativeInteger => (0, wide),
        Builtin::PositiveInteger => (1, wide),
        Builtin::NegativeInteger => (-wide, -1),
        Builtin::NonPositiveInteger => (-wide, 0),
        _ => (-wide, wide),
    }
}

/// A decimal number in units of that many fraction digits; what is finer is cut.
fn scaled(text: &str, fraction: u32) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, after) = digits.split_once('.').unwrap_or((digits, ""));
    let places = usize::try_from(fraction).ok()?;
    let after: String = after
        .chars()
        .chain(std::iter::repeat('0'))
        .take(places)
        .collect();
    let value: i128 = format!("{whole}{after}").parse().ok()?;
    Some(if negative { -value } else { value })
}

/// A number of units of that many fraction digits.
fn written(value: i128, fraction: u32) -> String {
    let unit = 10i128.pow(fraction);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, after) = (value.abs() / unit, value.abs() % unit);
    if after == 0 {
        return format!("{sign}{whole}");
    }
    let places = usize::try_from(fraction).unwrap_or(0);
    let after = format!("{after:0places$}");
    format!("{sign}{whole}.{}", after.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_scaled_and_written_back() {
        for (text, fraction, value) in [("-12.5", 2, -1250), ("+7", 0, 7), ("0.019", 2, 1)] {
            assert_eq!(scaled(text, fraction), Some(value));
        }
        assert_eq!(scaled("x", 2), None);
        assert_eq!(written(-1250, 2), "-12.5");
        assert_eq!(written(1, 3), "0.001");
        assert_eq!(written(-70, 1), "-7");
    }
}
