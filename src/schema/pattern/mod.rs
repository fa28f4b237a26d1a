//! Regular expressions of XSD (Part 2 Appendix F), matched against whole texts.
//! Start at [`Pattern`].
//!
//! Most patterns of customs schemas are runs of character classes with a count, such as
//! `[A-Z]{2}[0-9]{6}` or `.{1,35}`: these are matched directly. All others are translated for the
//! `regex` crate, which knows no look-behind and no back references and takes linear time.

mod blocks;
mod class;
mod parse;
mod runs;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use parse::parse;
use runs::Run;

pub(super) use class::{Class, Item, Known};
pub(super) use parse::Ast;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    source: Box<str>,
    matcher: Matcher,
}

#[derive(Debug)]
enum Matcher {
    Regex(Lazy),
    Runs(Vec<Vec<Run>>),
}

/// A regular expression that is compiled on first use: a schema has hundreds, a message uses few.
#[derive(Debug)]
struct Lazy {
    translated: Box<str>,
    regex: OnceLock<Option<Regex>>,
}

/// Most character classes of a pattern once its counts are unrolled. The largest published pattern
/// has 1,100.
const CLASSES_MAX: u64 = 4_000;

/// Most bytes of a compiled program: above what [`CLASSES_MAX`] classes can need.
const PROGRAM_BYTES_MAX: usize = 256 << 20;

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Why it is none, or more than we match.
    pub(super) fn new(source: &str) -> Result<Self, String> {
        let ast = parse(source)?;
        let matcher = match runs::alternatives(&ast) {
            Some(runs) => Matcher::Runs(runs),
            None if ast.classes() > CLASSES_MAX => {
                return Err("the counts are too large".to_owned());
            }
            None => Matcher::Regex(Lazy::new(&ast)),
        };
        Ok(Self {
            source: source.into(),
            matcher,
        })
    }

    /// As written in the schema.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The pattern as read; it is read again, since matching does not need it.
    pub(super) fn ast(&self) -> Option<Ast> {
        parse(&self.source).ok()
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.matcher {
            Matcher::Regex(regex) => regex.is_match(text),
            Matcher::Runs(alternatives) => {
                alternatives.iter().any(|runs| runs::matches(runs, text))
            }
        }
    }
}

impl Lazy {
    fn new(ast: &Ast) -> Self {
        let mut translated = String::from(r"\A(?:");
        ast.translate(&mut translated);
        translated.push_str(r")\z");
        Self {
            translated: translated.into(),
            regex: OnceLock::new(),
        }
    }

    /// Whether the whole text matches. Nothing matches what does not compile, which the limits on
    /// patterns rule out.
    fn is_match(&self, text: &str) -> bool {
        let regex = self.regex.get_or_init(|| {
            RegexBuilder::new(&self.translated)
                .size_limit(PROGRAM_BYTES_MAX)
                .build()
                .ok()
        });
        regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}
