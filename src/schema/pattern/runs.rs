//! Patterns that are counted runs of classes. Start at [`alternatives`].
//!
//! In each alternative all runs but the last have a fixed count, so that one walk along the text
//! decides.

use super::Lazy;
use super::class::{Class, Known};
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
    Regex(Lazy),
}

/// The alternatives of a pattern as runs; `None` when it is more than that.
pub(super) fn alternatives(ast: &Ast) -> Option<Vec<Vec<Run>>> {
    let mut all = Vec::new();
    let asts = match ast {
        Ast::Alternatives(asts) => asts.as_slice(),
        Ast::Class(_) | Ast::Repeat(..) | Ast::Sequence(_) => std::slice::from_ref(ast),
    };
    for ast in asts {
        let mut flat = Vec::new();
        if !flatten(ast, &mut flat) {
            return None;
        }
        let fixed = flat
            .split_last()
            .is_none_or(|(_, before)| before.iter().all(|(_, min, max)| *max == Some(*min)));
        if !fixed {
            return None;
        }
        all.push(flat.into_iter().map(run).collect());
    }
    Some(all)
}

/// Whether the whole text is the runs, one after the other.
pub(super) fn matches(runs: &[Run], text: &str) -> bool {
    if text.is_ascii() {
        return matches_ascii(runs, text.as_bytes());
    }
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

/// The same of a text of ASCII.
fn matches_ascii(runs: &[Run], text: &[u8]) -> bool {
    let mut rest = text;
    for run in runs {
        let max = run
            .max
            .map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
        let within = |b: &&u8| run.set.ascii >> **b & 1 == 1;
        let count = rest.iter().take(max).take_while(within).count();
        if count < usize::try_from(run.min).unwrap_or(usize::MAX) {
            return false;
        }
        rest = rest.get(count..).unwrap_or_default();
    }
    rest.is_empty()
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

fn run((class, min, max): Flat<'_>) -> Run {
    Run {
        set: Set::new(class),
        min,
        max,
    }
}

impl Set {
    fn new(class: &Class) -> Self {
        let beyond = match (class.known(), class.beyond_ascii()) {
            (Known::All, Some(always)) => Beyond::Always(always),
            (Known::All, None) => Beyond::Class(class.clone()),
            (Known::Ascii | Known::Nothing, _) => {
                Beyond::Regex(Lazy::new(&Ast::Class(class.clone())))
            }
        };
        let ascii = match &beyond {
            Beyond::Regex(regex) if class.known() == Known::Nothing => {
                bits(|c| regex.is_match(c.encode_utf8(&mut [0; 4])))
            }
            Beyond::Always(_) | Beyond::Class(_) | Beyond::Regex(_) => bits(|c| class.contains(c)),
        };
        Self { ascii, beyond }
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
