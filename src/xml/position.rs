//! Places in a document. Start at [`Position`].

use std::fmt;

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Offset in bytes from the start of the decoded text (for encoding errors: of the body).
    pub byte: usize,
    /// Line, from 1. A line ends with CR LF, LF or CR.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Position {
    /// The first character of a document.
    pub const START: Self = Self {
        byte: 0,
        line: 1,
        column: 1,
    };

    /// The place of byte `byte` of `text`, counted from the start.
    pub(super) fn locate(text: &str, byte: usize) -> Self {
        Self::START.advance(text, byte)
    }

    /// The place of byte `byte` of `text`, counted from `self`.
    fn advance(self, text: &str, byte: usize) -> Self {
        let bytes = text.as_bytes();
        let mut place = self;
        for at in self.byte..byte.min(bytes.len()) {
            let one = bytes.get(at).copied().unwrap_or_default();
            let follows_cr = at > 0 && bytes.get(at - 1) == Some(&b'\r');
            match one {
                b'\n' if follows_cr => {}
                b'\n' | b'\r' => {
                    place.line = place.line.saturating_add(1);
                    place.column = 1;
                }
                // Continuation bytes of UTF-8 belong to the character before them.
                0x80..=0xBF => {}
                _ => place.column = place.column.saturating_add(1),
            }
        }
        place.byte = byte;
        place
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Bytes between two checkpoints of a [`LineIndex`]: small enough that counting from the nearest
/// one costs about a microsecond, large enough that the index is 1 % of the text.
pub(super) const STRIDE: usize = 2048;

/// Checkpoints through a text, so that a place is found without counting from the start.
pub(super) struct LineIndex(Vec<Position>);

impl LineIndex {
    pub(super) fn new(text: &str) -> Self {
        let mut checkpoints = vec![Position::START];
        let mut last = Position::START;
        while last.byte + STRIDE < text.len() {
            last = last.advance(text, last.byte + STRIDE);
            checkpoints.push(last);
        }
        Self(checkpoints)
    }

    pub(super) fn locate(&self, text: &str, byte: usize) -> Position {
        let slot = (byte / STRIDE).min(self.0.len().saturating_sub(1));
        let from = self.0.get(slot).copied().unwrap_or(Position::START);
        from.advance(text, byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, byte: usize, line: u32, column: u32) {
        let expected = Position { byte, line, column };
        assert_eq!(Position::locate(text, byte), expected, "{text:?}");
        assert_eq!(LineIndex::new(text).locate(text, byte), expected);
    }

    #[test]
    fn lines_end_with_lf_crlf_or_cr() {
        check("ab", 0, 1, 1);
        check("ab", 1, 1, 2);
        check("a\nb", 2, 2, 1);
        check("a\r\nb", 3, 2, 1);
        check("a\rb\r\rc", 5, 4, 1);
    }

    #[test]
    fn columns_count_characters() {
        check("\u{416}\u{1F600}x", 6, 1, 3);
    }

    #[test]
    fn checkpoints_agree_with_counting() {
        let text: String = (0..3000)
            .map(|i| if i % 97 == 0 { "\r\n" } else { "\u{416}" })
            .collect();
        let index = LineIndex::new(&text);
        for byte in (0..text.len()).step_by(131) {
            assert_eq!(index.locate(&text, byte), Position::locate(&text, byte));
        }
    }
}
