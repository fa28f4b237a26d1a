//! The way out: gathers small writes and escapes as Canonical XML 1.0 section 2.3 says.

use std::ops::Range;

/// Bytes gathered before they are handed on: large enough that a digest works on whole blocks,
/// small enough to stay in the first-level cache.
const PIECE: usize = 8 * 1024;

/// From how many bytes on a stretch of the source is handed on from where it stands.
const STRETCH: usize = 256;

/// Gathers output and hands it on in pieces. Most of a canonical form are long stretches of the very
/// source: as long as what is to be written stands in it next, only the end of the stretch moves on.
pub(super) struct Sink<'a, 'o> {
    source: &'a [u8],
    /// The bytes of the source that come after what is gathered.
    stretch: Range<usize>,
    gathered: Vec<u8>,
    out: &'o mut dyn FnMut(&[u8]),
}

impl<'a, 'o> Sink<'a, 'o> {
    pub(super) fn new(source: &'a str, out: &'o mut dyn FnMut(&[u8])) -> Self {
        Self {
            source: source.as_bytes(),
            stretch: 0..0,
            gathered: Vec::new(),
            out,
        }
    }

    /// Writes these bytes of the source.
    pub(super) fn stretch(&mut self, place: Range<usize>) {
        if place.start != self.stretch.end {
            self.end_stretch();
            self.stretch.start = place.start;
        }
        self.stretch.end = place.end;
    }

    /// Writes bytes that stand at this place of the source; beyond its end they stand elsewhere.
    fn copy(&mut self, bytes: &[u8], at: usize) {
        if at < self.source.len() {
            self.stretch(at..at + bytes.len());
        } else {
            self.push(bytes);
        }
    }

    /// Writes markup of a few bytes.
    pub(super) fn mark<const N: usize>(&mut self, bytes: &[u8; N]) {
        let next = self.source.get(self.stretch.end..).unwrap_or_default();
        if next.first_chunk() == Some(bytes) {
            self.stretch.end += N;
        } else {
            self.end_stretch();
            self.gather(bytes);
        }
    }

    /// Writes bytes, wherever they stand.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let next = self.source.get(self.stretch.end..).unwrap_or_default();
        if next.starts_with(bytes) {
            self.stretch.end += bytes.len();
        } else {
            self.end_stretch();
            self.gather(bytes);
        }
    }

    fn end_stretch(&mut self) {
        let end = self.stretch.end;
        let stretch = std::mem::replace(&mut self.stretch, end..end);
        let source = self.source;
        let bytes = source.get(stretch).unwrap_or_default();
        if bytes.len() < STRETCH {
            self.gather(bytes);
        } else {
            self.hand_on();
            (self.out)(bytes);
        }
    }

    fn gather(&mut self, bytes: &[u8]) {
        if self.gathered.len() + bytes.len() > PIECE {
            self.hand_on();
            if bytes.len() > PIECE {
                (self.out)(bytes);
                return;
            }
        }
        self.gathered.extend_from_slice(bytes);
    }

    fn hand_on(&mut self) {
        if !self.gathered.is_empty() {
            (self.out)(&self.gathered);
            self.gathered.clear();
        }
    }

    pub(super) fn flush(&mut self) {
        self.end_stretch();
        self.hand_on();
    }

    /// Text content that stands at this place: `&`, `<`, `>` and carriage returns are escaped.
    pub(super) fn text(&mut self, text: &str, at: usize) {
        self.escaped(text, at, |b| match b {
            b'&' => Some(b"&amp;"),
            b'<' => Some(b"&lt;"),
            b'>' => Some(b"&gt;"),
            b'\r' => Some(b"&#xD;"),
            _ => None,
        });
    }

    /// An attribute value that stands at this place: `&`, `<`, `"`, tabs, line feeds and carriage
    /// returns are escaped.
    pub(super) fn attribute_value(&mut self, value: &str, at: usize) {
        self.escaped(value, at, |b| match b {
            b'&' => Some(b"&amp;"),
            b'<' => Some(b"&lt;"),
            b'"' => Some(b"&quot;"),
            b'\t' => Some(b"&#x9;"),
            b'\n' => Some(b"&#xA;"),
            b'\r' => Some(b"&#xD;"),
            _ => None,
        });
    }

    fn escaped(&mut self, text: &str, start: usize, escape: impl Fn(u8) -> Option<&'static [u8]>) {
        let bytes = text.as_bytes();
        let mut plain = 0;
        for (at, &b) in bytes.iter().enumerate().skip(unescaped(bytes)) {
            if let Some(escape) = escape(b) {
                self.copy(
                    bytes.get(plain..at).unwrap_or_default(),
                    start.saturating_add(plain),
                );
                self.push(escape);
                plain = at + 1;
            }
        }
        self.copy(
            bytes.get(plain..).unwrap_or_default(),
            start.saturating_add(plain),
        );
    }
}

/// A number of bytes at the start in which nothing needs an escape: most texts have nothing that
/// does, and to see that in chunks without branches takes a fraction of looking at each byte.
fn unescaped(bytes: &[u8]) -> usize {
    const CHUNK: usize = 16;
    let special = |b: u8| (b < b' ') | (b == b'&') | (b == b'<') | (b == b'>') | (b == b'"');
    let clean = |chunk: &&[u8; CHUNK]| !chunk.iter().fold(false, |found, &b| found | special(b));
    let (chunks, _) = bytes.as_chunks();
    chunks.iter().take_while(clean).count() * CHUNK
}
