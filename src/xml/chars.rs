//! Which characters XML 1.0 and Namespaces in XML 1.0 allow where.

/// Whether XML 1.0 section 2.2 (`Char`) allows the character.
pub(super) fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether `S` (XML 1.0 section 2.3).
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// `NameStartChar` without the colon (XML 1.0 section 2.3, Namespaces section 3).
pub(super) fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` without the colon.
pub(super) fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Whether the text is an `NCName` (Namespaces section 3).
pub(crate) fn is_ncname(text: &str) -> bool {
    let ascii = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    text.starts_with(is_name_start) && (text.bytes().all(ascii) || text.chars().all(is_name_char))
}

/// Facts about a whole text, found in one quick pass, that let the parser skip finer checks.
pub(super) struct Survey {
    /// Byte offset and code point of the first forbidden character.
    pub(super) forbidden: Option<(usize, u32)>,
    /// Whether there is a carriage return anywhere.
    pub(super) carriage_return: bool,
    /// Whether there is a `]` anywhere.
    pub(super) bracket: bool,
    /// How many `<` there are: at least as many as elements.
    pub(super) marks: usize,
}

/// Bytes surveyed at a time: the inner loop has no branch, so that it can be vectorised.
const CHUNK: usize = 64;

/// Surveys a text.
pub(super) fn survey(text: &str) -> Survey {
    let mut found = Survey {
        forbidden: None,
        carriage_return: false,
        bracket: false,
        marks: 0,
    };
    for (number, chunk) in text.as_bytes().chunks(CHUNK).enumerate() {
        let (mut suspect, mut cr, mut bracket) = (false, false, false);
        let mut marks = 0_u8;
        for &b in chunk {
            // U+FFFE and U+FFFF begin with EF in UTF-8.
            suspect |= (b < b' ' && b != b'\n' && b != b'\t' && b != b'\r') | (b == 0xEF);
            cr |= b == b'\r';
            bracket |= b == b']';
            marks += u8::from(b == b'<');
        }
        found.carriage_return |= cr;
        found.bracket |= bracket;
        found.marks += usize::from(marks);
        if suspect && let Some(hit) = first_forbidden(text, number * CHUNK) {
            found.forbidden = Some(hit);
            break;
        }
    }
    found
}

/// The first forbidden character that begins in the chunk at `from`.
fn first_forbidden(text: &str, from: usize) -> Option<(usize, u32)> {
    let start = (from..=from + 3).find(|&at| text.is_char_boundary(at))?;
    text.get(start..)?
        .char_indices()
        .take_while(|(at, _)| start + at < from + CHUNK)
        .find(|(_, c)| !is_char(*c))
        .map(|(at, c)| (start + at, u32::from(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survey_finds_the_first_forbidden_character() {
        let check = |text: &str, expected| assert_eq!(survey(text).forbidden, expected, "{text:?}");
        check("plain \t\r\n \u{416} \u{1F600} \u{FFFD}", None);
        check("a\u{0}b", Some((1, 0)));
        check("a\u{1F}", Some((1, 0x1F)));
        check("\u{FFFE}", Some((0, 0xFFFE)));
        check(
            &format!("{}\u{FFFF}", "\u{416}".repeat(31)),
            Some((62, 0xFFFF)),
        );
        check(&format!("{}\u{FFFF}", "x".repeat(63)), Some((63, 0xFFFF)));
    }

    #[test]
    fn names_without_colon() {
        for name in ["a", "_", "\u{416}-1", "a.b", "x\u{B7}"] {
            assert!(is_ncname(name), "{name}");
        }
        for name in ["", "1", "-a", "a:b", "a b", "\u{D7}"] {
            assert!(!is_ncname(name), "{name}");
        }
    }
}
