//! What stands inside tags: qualified names, attributes, references. Start at [`Attributes`].

use super::chars::{is_char, is_name_char, is_name_start, is_space};

/// A qualified name at the front of a text (Namespaces in XML 1.0 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RawName {
    /// Bytes of the prefix; 0 without one.
    pub(super) prefix_len: usize,
    /// Bytes of the whole name.
    pub(super) len: usize,
}

/// Which ASCII characters stand in qualified names: `-`, `.`, digits, `:`, letters, `_`.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, within the bounds that the loop states"
)]
const NAME_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut code = 0;
    while code < table.len() {
        table[code] = matches!(code, 45 | 46 | 48..=58 | 65..=90 | 95 | 97..=122);
        code += 1;
    }
    table
};

/// Reads the qualified name that `text` begins with.
pub(super) fn qualified_name(text: &str) -> Option<RawName> {
    let ascii = |b: &u8| NAME_BYTES.get(usize::from(*b)) == Some(&true);
    let bytes = text.as_bytes();
    let mut len = bytes.iter().position(|b| !ascii(b)).unwrap_or(bytes.len());
    if bytes.get(len).is_some_and(|b| !b.is_ascii()) {
        len = text
            .find(|c| c != ':' && !is_name_char(c))
            .unwrap_or(text.len());
    }
    let name = text.get(..len)?;
    if !name.starts_with(is_name_start) {
        return None;
    }
    let Some(prefix_len) = name.bytes().position(|b| b == b':') else {
        return Some(RawName { prefix_len: 0, len });
    };
    let local = name.get(prefix_len + 1..)?;
    (local.starts_with(is_name_start) && !local.contains(':'))
        .then_some(RawName { prefix_len, len })
}

/// An attribute as it stands in a tag. Offsets count from the start of the tag's text.
#[derive(Debug)]
pub(super) struct RawAttribute {
    pub(super) start: usize,
    pub(super) name: RawName,
    /// The text between the quotes.
    pub(super) value: std::ops::Range<usize>,
}

/// A fault inside a tag: what, and how far from the start of the tag's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TagFault {
    pub(super) problem: &'static str,
    pub(super) offset: usize,
}

/// The attributes of a start tag, one by one; `text` is what stands between `<` and `>`.
pub(super) struct Attributes<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Attributes<'t> {
    /// Begins after the element's name.
    pub(super) fn new(text: &'t str, after_name: usize) -> Self {
        Self {
            text,
            at: after_name,
        }
    }

    /// The next attribute (XML 1.0 section 3.1).
    pub(super) fn next(&mut self) -> Result<Option<RawAttribute>, TagFault> {
        let before = self.at;
        self.skip_space();
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        if start == before {
            return Err(self.fault("space is missing before an attribute"));
        }
        let name = qualified_name(rest).ok_or_else(|| self.fault("not an attribute name"))?;
        self.at += name.len;
        self.skip_space();
        if self.byte() != Some(b'=') {
            return Err(self.fault("an attribute without '='"));
        }
        self.at += 1;
        self.skip_space();
        let Some(quote @ (b'"' | b'\'')) = self.byte() else {
            return Err(self.fault("an attribute value without quotes"));
        };
        let from = self.at + 1;
        let value = self.text.as_bytes().get(from..).unwrap_or_default();
        let length = value.iter().position(|&b| b == quote || b == b'<');
        let Some(length) = length else {
            return Err(self.fault("an attribute value that does not end"));
        };
        self.at = from + length;
        if self.byte() == Some(b'<') {
            return Err(self.fault("'<' in an attribute value"));
        }
        self.at += 1;
        Ok(Some(RawAttribute {
            start,
            name,
            value: from..from + length,
        }))
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.byte().is_some_and(is_space) {
            self.at += 1;
        }
    }

    fn fault(&self, problem: &'static str) -> TagFault {
        TagFault {
            problem,
            offset: self.at,
        }
    }
}

/// What a reference stands for, given what is between `&` and `;`.
pub(super) enum Reference {
    Char(char),
    /// A code point that no document may hold.
    Forbidden(u32),
    Malformed,
    /// An entity that is not predefined.
    Unknown,
}

/// Resolves a reference (XML 1.0 sections 4.1 and 4.6).
pub(super) fn reference(body: &str) -> Reference {
    match body {
        "amp" => return Reference::Char('&'),
        "lt" => return Reference::Char('<'),
        "gt" => return Reference::Char('>'),
        "quot" => return Reference::Char('"'),
        "apos" => return Reference::Char('\''),
        _ => {}
    }
    let Some(number) = body.strip_prefix('#') else {
        let name = qualified_name(body).is_some_and(|name| name.len == body.len());
        return if name {
            Reference::Unknown
        } else {
            Reference::Malformed
        };
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Reference::Malformed;
    }
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    match char::from_u32(code).filter(|&c| is_char(c)) {
        Some(c) => Reference::Char(c),
        None => Reference::Forbidden(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_characters_of_names() {
        for code in 0..=u8::MAX {
            let name = code.is_ascii_alphanumeric() || b"-._:".contains(&code);
            assert_eq!(NAME_BYTES[usize::from(code)], name, "{code}");
        }
    }

    #[test]
    fn qualified_names() {
        let check = |text, prefix_len, len| {
            assert_eq!(
                qualified_name(text),
                Some(RawName { prefix_len, len }),
                "{text}"
            );
        };
        check("a", 0, 1);
        check("a:b c", 1, 3);
        check("\u{416}a:\u{416}=", 3, 6);
        check("a.b-c_1/", 0, 7);
        for text in ["", ":a", "a:", "a:b:c", "1a", "a:1", " a", "-"] {
            assert_eq!(qualified_name(text), None, "{text:?}");
        }
    }

    #[test]
    fn attributes_and_their_faults() {
        let all = |text: &str| {
            let mut attributes = Attributes::new(text, 1);
            let mut values = Vec::new();
            loop {
                match attributes.next() {
                    Ok(Some(found)) => values.push(text[found.value].to_owned()),
                    Ok(None) => return Ok(values),
                    Err(fault) => return Err((fault.problem, fault.offset)),
                }
            }
        };
        assert_eq!(
            all("e a='1'\n b = \"'2>\" "),
            Ok(vec!["1".to_owned(), "'2>".to_owned()])
        );
        assert_eq!(
            all("e a='1'b='2'"),
            Err(("space is missing before an attribute", 7))
        );
        assert_eq!(all("e a"), Err(("an attribute without '='", 3)));
        assert_eq!(all("e a=1"), Err(("an attribute value without quotes", 4)));
        assert_eq!(all("e a='<'"), Err(("'<' in an attribute value", 5)));
        assert_eq!(
            all("e a='"),
            Err(("an attribute value that does not end", 4))
        );
        assert_eq!(all("e /"), Err(("not an attribute name", 2)));
    }

    #[test]
    fn references() {
        let char_of = |body| match reference(body) {
            Reference::Char(c) => Some(c),
            Reference::Forbidden(_) | Reference::Malformed | Reference::Unknown => None,
        };
        assert_eq!(char_of("amp"), Some('&'));
        assert_eq!(char_of("#x1F600"), Some('\u{1F600}'));
        assert_eq!(char_of("#00000000000000065"), Some('A'));
        for body in [
            "",
            "#",
            "#x",
            "#+65",
            "#xD800",
            "#0",
            "#x110000",
            "#99999999999",
            "nbsp",
            "#X41",
        ] {
            assert_eq!(char_of(body), None, "{body}");
        }
        assert!(matches!(reference("nbsp"), Reference::Unknown));
        assert!(matches!(reference("#0"), Reference::Forbidden(0)));
        assert!(matches!(reference("a b"), Reference::Malformed));
    }
}
