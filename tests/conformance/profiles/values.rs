//! Seeded values of simple types. Start at [`Values::of`].

use corridor::schema::{Builtin, SimpleType};
use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Attempts to meet all facets of a type before the test gives up.
const ATTEMPTS_MAX: usize = 2_000;

/// Longest text that is written when the type sets no shorter limit.
const TEXT_MAX: usize = 60;

const LETTERS: &str = "АБВЯабвяёABZabz019-/.&<";

/// The same values for the same seed.
pub(super) struct Values(TestRunner);

impl Values {
    pub(super) fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self(TestRunner::new_with_rng(Config::default(), rng))
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        (0..limit).new_tree(&mut self.0).unwrap().current()
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// A value that the type accepts.
    pub(super) fn of(&mut self, simple: &SimpleType<'_>) -> String {
        if !simple.enumeration.is_empty() {
            let number = self.below(simple.enumeration.len());
            return simple.enumeration[number].to_owned();
        }
        for attempt in 0..ATTEMPTS_MAX {
            let value = match simple.patterns.last() {
                Some(group) if attempt % 2 == 0 => {
                    let number = self.below(group.len());
                    self.by_pattern(group[number])
                }
                _ => self.by_kind(simple),
            };
            if simple.check(&value).is_ok() {
                return value;
            }
        }
        panic!("no value for {:?} {:?}", simple.name, simple.patterns);
    }

    fn by_pattern(&mut self, pattern: &str) -> String {
        let strategy = string_regex(&narrow(pattern)).unwrap();
        strategy.new_tree(&mut self.0).unwrap().current()
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other built-in types are numbers or texts, which `is_decimal` tells apart"
    )]
    fn by_kind(&mut self, simple: &SimpleType<'_>) -> String {
        match simple.primitive {
            Builtin::Boolean => ["true", "false", "1", "0"][self.below(4)].to_owned(),
            Builtin::Date => self.date(),
            Builtin::Time => self.time(),
            Builtin::DateTime => format!("{}T{}", self.date(), self.time()),
            Builtin::GYear => format!("20{:02}", self.below(40)),
            kind => match kind.is_decimal() {
                true => self.number(simple),
                false => self.text(simple),
            },
        }
    }

    fn date(&mut self) -> String {
        let (month, day) = (self.below(12) + 1, self.below(28) + 1);
        format!("2026-{month:02}-{day:02}")
    }

    fn time(&mut self) -> String {
        let (hour, minute, second) = (self.below(24), self.below(60), self.below(60));
        format!("{hour:02}:{minute:02}:{second:02}")
    }

    fn number(&mut self, simple: &SimpleType<'_>) -> String {
        let total = simple.total_digits.unwrap_or(6).min(9);
        let fraction = simple.fraction_digits.unwrap_or(0).min(total - 1);
        let fraction = if fraction == 0 {
            0
        } else {
            self.below(fraction + 1)
        };
        let whole = self.below(total - fraction) + 1;
        let digits = |this: &mut Self, count: usize| -> String {
            (0..count)
                .map(|_| char::from(b'0' + u8::try_from(this.below(10)).unwrap()))
                .collect()
        };
        let (whole, fraction) = (digits(self, whole), digits(self, fraction));
        match fraction.is_empty() {
            true => whole,
            false => format!("{whole}.{fraction}"),
        }
    }

    fn text(&mut self, simple: &SimpleType<'_>) -> String {
        let least = simple.length.or(simple.min_length).unwrap_or(0);
        let most = simple.length.or(simple.max_length).unwrap_or(TEXT_MAX);
        let most = if self.one_in(8) {
            most
        } else {
            most.min(TEXT_MAX).max(least)
        };
        let length = least + self.below(most - least + 1);
        let letters: Vec<char> = LETTERS.chars().collect();
        let mut text: String = (0..length)
            .map(|_| letters[self.below(letters.len())])
            .collect();
        if length > 4 && self.one_in(2) {
            // A blank in the middle; single, so that it stays one whatever the white space facet.
            let at = text.char_indices().nth(2).unwrap().0;
            let end = at + text[at..].chars().next().unwrap().len_utf8();
            text.replace_range(at..end, " ");
        }
        text
    }
}

/// An XSD pattern as one that the generator knows, and that gives characters allowed in XML.
fn narrow(pattern: &str) -> String {
    let known = pattern.replace(r"\P{Z}", "[!-~А-я]");
    let known = known
        .replace(r"\p{IsBasicLatin}", "[!-~]")
        .replace(r"\d", "[0-9]");
    // Complements reach far beyond what XML allows.
    let known = known
        .replace("[^@]", "[a-z]")
        .replace(r"[^\.]", "[a-z]")
        .replace(r"\D", "[A-Z]");
    let (mut narrow, mut in_class, mut escaped) = (String::new(), false, false);
    for letter in known.chars() {
        match letter {
            _ if escaped => {
                narrow.push(letter);
                escaped = false;
                continue;
            }
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '.' if !in_class => {
                narrow.push_str("[!-~А-я]");
                continue;
            }
            _ => {}
        }
        narrow.push(letter);
    }
    // Repetition without an end gives long values that a length facet refuses.
    narrow.replace('*', "{0,9}").replace('+', "{1,9}")
}
