//! The way out: gathers small writes and escapes as Canonical XML 1.0 section 2.3 says.

/// Bytes gathered before they are handed on: large enough that a digest works on whole blocks,
/// small enough to stay in the first-level cache.
const PIECE: usize = 8 * 1024;

/// Gathers output and hands it on in pieces.
pub(super) struct Sink<'o> {
    gathered: Vec<u8>,
    out: &'o mut dyn FnMut(&[u8]),
}

impl<'o> Sink<'o> {
    pub(super) fn new(out: &'o mut dyn FnMut(&[u8])) -> Self {
        Self {
            gathered: Vec::with_capacity(PIECE),
            out,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.gathered.len() + bytes.len() > PIECE {
            self.flush();
            if bytes.len() > PIECE {
                (self.out)(bytes);
                return;
            }
        }
        self.gathered.extend_from_slice(bytes);
    }

    pub(super) fn flush(&mut self) {
        if !self.gathered.is_empty() {
            (self.out)(&self.gathered);
            self.gathered.clear();
        }
    }

    /// Text content: `&`, `<`, `>` and carriage returns are escaped.
    pub(super) fn text(&mut self, text: &str) {
        self.escaped(text, |b| match b {
            b'&' => Some(b"&amp;"),
            b'<' => Some(b"&lt;"),
            b'>' => Some(b"&gt;"),
            b'\r' => Some(b"&#xD;"),
            _ => None,
        });
    }

    /// An attribute value: `&`, `<`, `"`, tabs, line feeds and carriage returns are escaped.
    pub(super) fn attribute_value(&mut self, value: &str) {
        self.escaped(value, |b| match b {
            b'&' => Some(b"&amp;"),
            b'<' => Some(b"&lt;"),
            b'"' => Some(b"&quot;"),
            b'\t' => Some(b"&#x9;"),
            b'\n' => Some(b"&#xA;"),
            b'\r' => Some(b"&#xD;"),
            _ => None,
        });
    }

    fn escaped(&mut self, text: &str, escape: impl Fn(u8) -> Option<&'static [u8]>) {
        let bytes = text.as_bytes();
        let mut plain = 0;
        for (at, &b) in bytes.iter().enumerate().skip(unescaped(bytes)) {
            if let Some(escape) = escape(b) {
                self.push(bytes.get(plain..at).unwrap_or_default());
                self.push(escape);
                plain = at + 1;
            }
        }
        self.push(bytes.get(plain..).unwrap_or_default());
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
