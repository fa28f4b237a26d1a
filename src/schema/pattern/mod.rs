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

use regex::{Regex, RegexBuilder};

use parse::{Ast, parse};
use runs::Run;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    source: Box<str>,
    matcher: Matcher,
}

#[derive(Debug)]
enum Matcher {
    Regex(Box<Regex>),
    Runs(Vec<Vec<Run>>),
}

/// Most bytes of a compiled program. `.{1,1024}` in the middle of a pattern takes about 2 MB.
const PROGRAM_BYTES_MAX: usize = 64 << 20;

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Why it is none, or needs more than we give it.
    pub(super) fn new(source: &str) -> Result<Self, String> {
        let ast = parse(source)?;
        let matcher = match runs::alternatives(&ast)? {
            Some(runs) => Matcher::Runs(runs),
            None => Matcher::Regex(Box::new(compile(&ast)?)),
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

fn compile(ast: &Ast) -> Result<Regex, String> {
    let mut translated = String::from(r"\A(?:");
    ast.translate(&mut translated);
    translated.push_str(r")\z");
    RegexBuilder::new(&translated)
        .size_limit(PROGRAM_BYTES_MAX)
        .build()
        .map_err(|_| "the pattern is too large".to_owned())
}
