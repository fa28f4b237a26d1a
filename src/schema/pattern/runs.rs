//! Patterns that are counted runs of classes. Start at [`alternatives`].
//!
//! In each alternative all runs but the last have a fixed count, so that one walk along the text
//! decides.

use regex::Regex;

use super::class::Class;
use super::parse::Ast;

/// A class and how often it stands.
#[derive(Debug)]
pub(super) struct Run {
    set: Set,
    min: u32,
    max: Option<u32>,
}

/// A class, decided by a bit for ASCII.
#[derive(Debug)]
struct Set {
    ascii: u128,
    beyond: Beyond,
}

/// Characters beyond ASCII.
#[derive(Debug)]
enum Beyond {
    /// None, or all.
    Always(bool),
    Class(Class),
    /// Matches a text of one character.
    Regex(Box<Regex>),
}

/// The alternatives of a pattern as runs; `None` when it is more than that.
///
/// # Errors
/// Why a class is none.
pub(super) fn alternatives(ast: &Ast) -> Result<Option<Vec<Vec<Run>>>, String> {
    let mut all = Vec::new();
    let asts = match ast {
        Ast::Alternatives(asts) => asts.as_slice(),
        Ast::Class(_) | Ast::Repeat(..) | Ast::Sequence(_) => std::slice::from_ref(ast),
    };
    for ast in asts {
        let mut flat = Vec::new();
        if !flatten(ast, &mut flat) {
            return Ok(None);
        }
        let fixed = flat
            .split_last()
            .is_none_or(|(_, before)| before.iter().all(|(_, min, max)| *max == Some(*min)));
        if !fixed {
            return Ok(None);
        }
        let runs: Result<Vec<_>, _> = flat.into_iter().map(run).collect();
        all.push(runs?);
    }
    Ok(Some(all))
}

/// Whether the whole text is the runs, one after the other.
pub(super) fn matches(runs: &[Run], text: &str) -> bool {
    let mut chars = text.chars().peekable();
    for run in runs {
        let mut count = 0;
        while run.max.is_none_or(|max| count < max)
            && chars.next_if(|c| run.set.contains(*c)).is_some()
        {
            count += 1;
        }
        if count < run.min {
            return false;
        }
    }
    chars.next().is_none()
}

type Flat<'a> = (&'a Class, u32, Option<u32>);

/// Writes classes with counts, in order; false when there is anything else.
fn flatten<'a>(ast: &'a Ast, out: &mut Vec<Flat<'a>>) -> bool {
    match ast {
        Ast::Class(class) => out.push((class, 1, Some(1))),
        Ast::Sequence(all) => return all.iter().all(|one| flatten(one, out)),
        Ast::Repeat(one, min, max) => match only(one) {
            Some(class) => out.push((class, *min, *max)),
            None => return false,
        },
        Ast::Alternatives(_) => return false,
    }
    true
}

fn only(ast: &Ast) -> Option<&Class> {
    match ast {
        Ast::Class(class) => Some(class),
        Ast::Sequence(all) => match all.as_slice() {
            [one] => only(one),
            _ => None,
        },
        Ast::Alternatives(_) | Ast::Repeat(..) => None,
    }
}

fn run((class, min, max): Flat<'_>) -> Result<Run, String> {
    Ok(Run {
        set: Set::new(class)?,
        min,
        max,
    })
}

impl Set {
    fn new(class: &Class) -> Result<Self, String> {
        if class.is_plain() {
            return Ok(Self {
                ascii: bits(|c| class.contains(c)),
                beyond: match class.beyond_ascii() {
                    Some(always) => Beyond::Always(always),
                    None => Beyond::Class(class.clone()),
                },
            });
        }
        let mut translated = String::from(r"\A");
        class.translate(&mut translated);
        translated.push_str(r"\z");
        let regex = Regex::new(&translated).map_err(|_| "a class that is none".to_owned())?;
        let mut buffer = [0; 4];
        Ok(Self {
            ascii: bits(|c| regex.is_match(c.encode_utf8(&mut buffer))),
            beyond: Beyond::Regex(Box::new(regex)),
        })
    }

    fn contains(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.ascii >> u32::from(c) & 1 == 1;
        }
        match &self.beyond {
            Beyond::Always(always) => *always,
            Beyond::Class(class) => class.contains(c),
            Beyond::Regex(regex) => regex.is_match(c.encode_utf8(&mut [0; 4])),
        }
    }
}

fn bits(mut contains: impl FnMut(char) -> bool) -> u128 {
    (0u8..128)
        .filter(|code| contains(char::from(*code)))
        .fold(0, |bits, code| bits | 1 << code)
}
