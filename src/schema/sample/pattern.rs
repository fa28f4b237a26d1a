//! Texts that match a pattern. Start at [`Texts`].

use regex::Regex;

use super::choice::Choice;
use crate::schema::pattern::{Ast, Class, Item, Known};

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
}

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

    fn character(&mut self, class: &Class) -> Option<char> {
        let regex = match class.known() {
            Known::All => None,
            Known::Ascii | Known::Nothing => {
                let mut translated = String::from(r"\A");
                class.translate(&mut translated);
                translated.push_str(r"\z");
                Some(Regex::new(&translated).ok()?)
            }
        };
        let has = |c: char| match &regex {
            None => class.contains(c),
            Some(regex) => regex.is_match(c.encode_utf8(&mut [0; 4])),
        };
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
