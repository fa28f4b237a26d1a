//! Texts that match a pattern. Start at [`Texts`].

use std::collections::HashMap;

use regex::Regex;

use super::choice::Choice;
use crate::schema::pattern::{Ast, Class, Item, Known as Decided};

/// Most repetitions more than the least, where a pattern sets no end.
const MORE_MAX: u32 = 6;

/// Characters that classes are tried with: those that people read first.
const USUAL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789АБВЯабвяё中国货物\
                     Ө-/.,_:@+#*()[]{}!?%&'\"$=<>|~^`;\\ ";

/// Those that only a pattern which names them gets.
const LAST: &str = "\u{a0}\u{2003}\t\n\r";

/// Makes texts of one pattern.
pub(super) struct Texts<'c> {
    pub(super) choice: &'c mut Choice,
    /// So long the text should be, in characters, where repetitions leave it open.
    pub(super) length: usize,
    /// Which of the characters that classes are tried with each class has, by its regular expression:
    /// compiling that takes long.
    pub(super) known: &'c mut Known,
}

/// Members of classes that only the `regex` crate can decide.
pub(super) type Known = HashMap<String, Vec<char>>;

impl Texts<'_> {
    /// A text; nothing where a class has no character that is known here.
    pub(super) fn of(&mut self, ast: &Ast) -> Option<String> {
        let mut out = String::new();
        self.write(ast, &mut out)?;
        Some(out)
    }

    fn write(&mut self, ast: &Ast, out: &mut String) -> Option<()> {
        match ast {
            Ast::Alternatives(all) => {
                let one = self.choice.of_all(all)?;
                self.write(one, out)
            }
            Ast::Class(class) => {
                out.push(self.character(class)?);
                Some(())
            }
            Ast::Sequence(all) => all.iter().try_for_each(|one| self.write(one, out)),
            Ast::Repeat(one, min, max) => {
                let missing = self.length.saturating_sub(out.chars().count());
                let missing = u32::try_from(missing).unwrap_or(u32::MAX);
                let more = missing.max(min.saturating_add(MORE_MAX));
                let most = max.unwrap_or(u32::MAX).min(more).max(*min);
                let times = match self.choice.one_in(2) {
                    true => missing.clamp(*min, most),
                    false => {
                        let times = self.choice.within((*min).into(), most.into());
                        u32::try_from(times).unwrap_or(*min)
                    }
                };
                (0..times).try_for_each(|_| self.write(one, out))
            }
        }
    }

    /// The members of a class that are tried, where only the `regex` crate knows; those that only a
    /// pattern which names them gets, where it has no others.
    fn decided(&mut self, class: &Class) -> Option<Vec<char>> {
        let mut translated = String::from(r"\A");
        class.translate(&mut translated);
        translated.push_str(r"\z");
        if let Some(known) = self.known.get(&translated) {
            return Some(known.clone());
        }
        let regex = Regex::new(&translated).ok()?;
        let ranges = class.items.iter().filter_map(|item| match item {
            Item::Range(first, last) => Some([*first, *last]),
            Item::Named(_) | Item::NotNamed(_) | Item::Property(_) => None,
        });
        let named = ranges.flatten().filter(|c| is_plain(*c));
        let has = |c: &char| regex.is_match(c.encode_utf8(&mut [0; 4]));
        let mut members: Vec<char> = USUAL.chars().chain(named).filter(has).collect();
        if members.is_empty() {
            members = LAST.chars().filter(has).collect();
        }
        self.known.insert(translated, members.clone());
        Some(members)
    }

    fn character(&mut self, class: &Class) -> Option<char> {
        if class.known() != Decided::All {
            let usual = self.decided(class)?;
            return self.choice.of_all(&usual).copied();
        }
        let has = |c: char| class.contains(c);
        let ranges = class.items.iter().filter_map(|item| match item {
            Item::Range(first, last) => Some((*first, *last)),
            Item::Named(_) | Item::NotNamed(_) | Item::Property(_) => None,
        });
        let mut named: Vec<char> = Vec::new();
        for (first, last) in ranges {
            let drawn = self
                .choice
                .within(u32::from(first).into(), u32::from(last).into());
            let drawn = u32::try_from(drawn).ok().and_then(char::from_u32);
            named.extend([first, last]);
            named.extend(drawn);
        }
        named.retain(|c| has(*c) && is_plain(*c));
        let usual: Vec<char> = USUAL.chars().filter(|c| has(*c)).collect();
        if !named.is_empty() && (usual.is_empty() || self.choice.one_in(2)) {
            return self.choice.of_all(&named).copied();
        }
        let found = self.choice.of_all(&usual).copied();
        found.or_else(|| LAST.chars().find(|c| has(*c)))
    }
}

/// Whether XML has the character, and no reader changes it.
fn is_plain(c: char) -> bool {
    !c.is_control() && !c.is_whitespace() && !matches!(c, '\u{fffe}' | '\u{ffff}') || c == ' '
}
