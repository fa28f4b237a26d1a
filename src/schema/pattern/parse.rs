//! Reads a pattern. Start at [`parse`].

use std::fmt::Write;

use super::blocks::block;
use super::class::{Class, Item, Named};

/// A pattern, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schema) enum Ast {
    /// One of them.
    Alternatives(Vec<Self>),
    /// One character.
    Class(Class),
    /// One after the other.
    Sequence(Vec<Self>),
    /// As often as said.
    Repeat(Box<Self>, u32, Option<u32>),
}

/// Deepest nesting of groups: parsing and translation recurse.
const DEPTH_MAX: usize = 64;

/// Largest count in a quantifier. The widest published one is 4,000; the `regex` crate unrolls
/// counts.
const COUNT_MAX: u32 = 100_000;

/// Reads a pattern.
pub(super) fn parse(source: &str) -> Result<Ast, String> {
    let mut parser = Parser {
        rest: source,
        depth: 0,
    };
    let ast = parser.alternatives()?;
    if parser.rest.is_empty() {
        Ok(ast)
    } else {
        Err("unbalanced `)`".to_owned())
    }
}

impl Ast {
    /// How many classes the pattern has once its counts are unrolled.
    pub(super) fn classes(&self) -> u64 {
        match self {
            Self::Alternatives(all) | Self::Sequence(all) => {
                all.iter().map(Self::classes).fold(0, u64::saturating_add)
            }
            Self::Class(_) => 1,
            Self::Repeat(one, min, max) => {
                let times = max.unwrap_or(*min).max(1);
                one.classes().saturating_mul(u64::from(times))
            }
        }
    }

    /// Writes the pattern for the `regex` crate.
    pub(super) fn translate(&self, out: &mut String) {
        match self {
            Self::Alternatives(all) => {
                out.push_str("(?:");
                for (place, one) in all.iter().enumerate() {
                    if place > 0 {
                        out.push('|');
                    }
                    one.translate(out);
                }
                out.push(')');
            }
            Self::Class(class) => class.translate(out),
            Self::Sequence(all) => all.iter().for_each(|one| one.translate(out)),
            Self::Repeat(one, min, max) => {
                out.push_str("(?:");
                one.translate(out);
                out.push(')');
                let _ = match max {
                    Some(max) => write!(out, "{{{min},{max}}}"),
                    None => write!(out, "{{{min},}}"),
                };
            }
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.next();
        }
        found
    }

    fn alternatives(&mut self) -> Result<Ast, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("groups nested deeper than {DEPTH_MAX}"));
        }
        let mut all = vec![self.sequence()?];
        while self.take('|') {
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(match all.pop() {
            Some(only) if all.is_empty() => only,
            last => {
                all.extend(last);
                Ast::Alternatives(all)
            }
        })
    }

    fn sequence(&mut self) -> Result<Ast, String> {
        let mut all = Vec::new();
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            let atom = self.atom()?;
            all.push(self.quantified(atom)?);
        }
        Ok(Ast::Sequence(all))
    }

    fn atom(&mut self) -> Result<Ast, String> {
        Ok(match self.next() {
            Some('(') => {
                let inner = self.alternatives()?;
                if !self.take(')') {
                    return Err("`(` without `)`".to_owned());
                }
                inner
            }
            Some('[') => Ast::Class(self.class()?),
            Some('.') => Ast::Class(Class::dot()),
            Some('\\') => Ast::Class(Class::of(self.escape()?)),
            Some(c @ ('?' | '*' | '+' | '{' | '}' | ']')) => {
                return Err(format!("`{c}` without a meaning here"));
            }
            Some(c) => Ast::Class(Class::one(c)),
            None => return Err("the pattern ends too early".to_owned()),
        })
    }

    fn quantified(&mut self, atom: Ast) -> Result<Ast, String> {
        let (min, max) = match self.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.next();
                let end = self.rest.find('}').ok_or("`{` without `}`")?;
                let (inside, rest) = self.rest.split_at(end);
                let counts = counts(inside)?;
                self.rest = rest;
                counts
            }
            _ => return Ok(atom),
        };
        self.next();
        Ok(Ast::Repeat(Box::new(atom), min, max))
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<Item, String> {
        let c = self.next().ok_or("the pattern ends in `\\`")?;
        Ok(match c {
            'n' => Item::Range('\n', '\n'),
            'r' => Item::Range('\r', '\r'),
            't' => Item::Range('\t', '\t'),
            's' => Item::Named(Named::Space),
            'S' => Item::NotNamed(Named::Space),
            'i' => Item::Named(Named::NameStart),
            'I' => Item::NotNamed(Named::NameStart),
            'c' => Item::Named(Named::NameChar),
            'C' => Item::NotNamed(Named::NameChar),
            'd' => Item::Named(Named::Digit),
            'D' => Item::NotNamed(Named::Digit),
            'w' => Item::Named(Named::Word),
            'W' => Item::NotNamed(Named::Word),
            'p' | 'P' => self.property(c == 'P')?,
            '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^' => {
                Item::Range(c, c)
            }
            // Not in Appendix F, yet common in published schemas and taken by every processor.
            c if c.is_ascii_punctuation() => Item::Range(c, c),
            _ => return Err(format!("unknown escape `\\{c}`")),
        })
    }

    /// `{Lu}` or `{IsBasicLatin}` after `\p` or `\P`.
    fn property(&mut self, negated: bool) -> Result<Item, String> {
        let inside = self
            .rest
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'))
            .ok_or("`\\p` without `{..}`")?;
        let (name, rest) = inside;
        self.rest = rest;
        let sign = if negated { "^" } else { "" };
        if let Some(name) = name.strip_prefix("Is") {
            let (first, last) = block(name).ok_or_else(|| format!("unknown block `{name}`"))?;
            return Ok(Item::Property(format!(
                r"[{sign}\x{{{first:X}}}-\x{{{last:X}}}]"
            )));
        }
        if !CATEGORIES.contains(&name) {
            return Err(format!("unknown category `{name}`"));
        }
        Ok(Item::Property(format!(r"[{sign}\p{{{name}}}]")))
    }

    /// The inside of `[..]`, the closing bracket included.
    fn class(&mut self) -> Result<Class, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("classes nested deeper than {DEPTH_MAX}"));
        }
        let negated = self.take('^');
        let mut class = Class {
            items: Vec::new(),
            negated,
            without: None,
        };
        loop {
            let first = self.peek().ok_or("`[` without `]`")?;
            match first {
                ']' if !class.items.is_empty() => {
                    self.next();
                    break;
                }
                '-' if self.rest.starts_with("-[") => {
                    self.rest = self.rest.get(2..).unwrap_or_default();
                    class.without = Some(Box::new(self.class()?));
                    if !self.take(']') {
                        return Err("a difference must end its class".to_owned());
                    }
                    break;
                }
                _ => {
                    let item = self.range()?;
                    class.items.push(item);
                }
            }
        }
        self.depth -= 1;
        if class.items.is_empty() {
            return Err("an empty class".to_owned());
        }
        Ok(class)
    }

    /// A character, an escape or a range in a class.
    fn range(&mut self) -> Result<Item, String> {
        let start = self.class_atom()?;
        let Item::Range(first, _) = start else {
            return Ok(start);
        };
        let ends = self.rest.starts_with("-]") || self.rest.starts_with("-[");
        if !self.rest.starts_with('-') || ends {
            return Ok(start);
        }
        self.next();
        match self.class_atom()? {
            Item::Range(last, _) if first <= last => Ok(Item::Range(first, last)),
            Item::Range(..) | Item::Named(_) | Item::NotNamed(_) | Item::Property(_) => {
                Err("a range that ends before it begins".to_owned())
            }
        }
    }

    fn class_atom(&mut self) -> Result<Item, String> {
        match self.next().ok_or("`[` without `]`")? {
            '\\' => self.escape(),
            c @ ('[' | ']') => Err(format!("`{c}` inside a class")),
            c => Ok(Item::Range(c, c)),
        }
    }
}

/// The inside of `{..}`: `n`, `n,` or `n,m`.
fn counts(text: &str) -> Result<(u32, Option<u32>), String> {
    let number = |text: &str| -> Result<u32, String> {
        text.parse()
            .ok()
            .filter(|count| *count <= COUNT_MAX && text.bytes().all(|b| b.is_ascii_digit()))
            .ok_or_else(|| format!("bad count `{{{text}}}`"))
    };
    let (min, max) = match text.split_once(',') {
        None => {
            let count = number(text)?;
            (count, Some(count))
        }
        Some((min, "")) => (number(min)?, None),
        Some((min, max)) => (number(min)?, Some(number(max)?)),
    };
    if max.is_some_and(|max| max < min) {
        return Err(format!("bad count `{{{text}}}`"));
    }
    Ok((min, max))
}

/// The categories of Unicode that Appendix F names.
const CATEGORIES: &[&str] = &[
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C",
    "Cc", "Cf", "Co", "Cn",
];
