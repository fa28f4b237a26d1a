//! Character classes of patterns. Start at [`Class`].

use std::fmt::Write;

use super::super::simple::{is_name_char, is_name_start};

/// A set of characters: the union of its items, perhaps negated, less another set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schema) struct Class {
    pub(in crate::schema) items: Vec<Item>,
    pub(super) negated: bool,
    pub(super) without: Option<Box<Self>>,
}

/// A part of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::schema) enum Item {
    /// First and last character.
    Range(char, char),
    /// `\s`, `\i`, `\c`, `\d`, `\w`.
    Named(Named),
    /// The complement of one of these, as `\S`.
    NotNamed(Named),
    /// `\p{..}` or `\P{..}` as the `regex` crate writes it.
    Property(String),
}

/// The multi-character escapes of Appendix F.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema) enum Named {
    /// Decimal digits of any script.
    Digit,
    /// Characters of names.
    NameChar,
    /// First characters of names.
    NameStart,
    /// Space, tab, line feed, carriage return.
    Space,
    /// All but punctuation, separators and others.
    Word,
}

/// Which characters can be decided without the tables of the `regex` crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::schema) enum Known {
    Nothing,
    Ascii,
    All,
}

impl Class {
    /// A class of one character.
    pub(super) fn one(c: char) -> Self {
        Self::of(Item::Range(c, c))
    }

    /// A class of one item.
    pub(super) fn of(item: Item) -> Self {
        Self {
            items: vec![item],
            negated: false,
            without: None,
        }
    }

    /// `.`: all but line feed and carriage return.
    pub(super) fn dot() -> Self {
        Self {
            items: vec![Item::Range('\n', '\n'), Item::Range('\r', '\r')],
            negated: true,
            without: None,
        }
    }

    /// Whether [`Class::contains`] knows all characters, or only those of ASCII, or none.
    pub(in crate::schema) fn known(&self) -> Known {
        let items = self.items.iter().map(|item| match item {
            Item::Range(..) => Known::All,
            Item::Named(named) | Item::NotNamed(named) => match named {
                Named::Digit | Named::Word => Known::Ascii,
                Named::NameChar | Named::NameStart | Named::Space => Known::All,
            },
            Item::Property(_) => Known::Nothing,
        });
        let without = self.without.iter().map(|without| without.known());
        items.chain(without).min().unwrap_or(Known::All)
    }

    /// Whether the class has the character, within what is [`Class::known`].
    pub(in crate::schema) fn contains(&self, c: char) -> bool {
        let within = self.items.iter().any(|item| match item {
            Item::Range(first, last) => (*first..=*last).contains(&c),
            Item::Named(named) => named.contains(c),
            Item::NotNamed(named) => !named.contains(c),
            Item::Property(_) => false,
        });
        within != self.negated
            && !self
                .without
                .as_ref()
                .is_some_and(|without| without.contains(c))
    }

    /// Whether no, or every, character beyond ASCII is in a plain class; `None` when it depends.
    pub(super) fn beyond_ascii(&self) -> Option<bool> {
        if self.without.is_some() {
            return None;
        }
        let within_ascii = self.items.iter().all(|item| match item {
            Item::Range(_, last) => last.is_ascii(),
            Item::Named(named) => *named == Named::Space,
            Item::NotNamed(_) | Item::Property(_) => false,
        });
        within_ascii.then_some(self.negated)
    }

    /// Writes the class for the `regex` crate.
    pub(in crate::schema) fn translate(&self, out: &mut String) {
        // There a negation reaches over a difference, in XSD it does not: hence the inner class.
        let split = self.without.is_some();
        out.push('[');
        if split {
            out.push('[');
        }
        if self.negated {
            out.push('^');
        }
        for item in &self.items {
            match item {
                Item::Range(first, last) => {
                    let _ = write!(
                        out,
                        r"\x{{{:X}}}-\x{{{:X}}}",
                        u32::from(*first),
                        u32::from(*last)
                    );
                }
                Item::Named(named) => named.translate(false, out),
                Item::NotNamed(named) => named.translate(true, out),
                Item::Property(property) => out.push_str(property),
            }
        }
        if let Some(without) = &self.without {
            out.push_str("]--");
            without.translate(out);
        }
        out.push(']');
    }
}

impl Named {
    fn contains(self, c: char) -> bool {
        match self {
            // Beyond ASCII only the tables of the `regex` crate know.
            Self::Digit => c.is_ascii_digit(),
            Self::Word => c.is_ascii_alphanumeric() || "$+<=>^`|~".contains(c),
            Self::NameChar => is_name_char(c),
            Self::NameStart => is_name_start(c),
            Self::Space => matches!(c, ' ' | '\t' | '\n' | '\r'),
        }
    }

    /// Writes it, or its complement, for the `regex` crate.
    fn translate(self, complement: bool, out: &mut String) {
        // `\w` is itself defined as a complement.
        let negated = complement != (self == Self::Word);
        out.push_str(if negated { "[^" } else { "[" });
        out.push_str(self.members());
        out.push(']');
    }

    /// The members; of `Word` what is not a member.
    fn members(self) -> &'static str {
        match self {
            Self::Digit => r"\p{Nd}",
            Self::NameChar => {
                r":A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}-\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}\-.0-9\x{B7}\x{300}-\x{36F}\x{203F}-\x{2040}"
            }
            Self::NameStart => {
                r":A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}\x{200C}-\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}"
            }
            Self::Space => r"\x20\t\n\r",
            Self::Word => r"\p{P}\p{Z}\p{C}",
        }
    }
}
