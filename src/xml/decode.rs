//! Bytes to text, strictly: byte order mark, XML declaration and HTTP charset must agree, and
//! every byte must be a character. Start at [`decode`].

use std::borrow::Cow;

use encoding_rs::{DecoderResult, GB18030, UTF_16BE, UTF_16LE, WINDOWS_1251};

use super::chars::is_space;
use super::{Error, Position};

/// The encodings that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// GB18030, as Chinese services write.
    Gb18030,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-8.
    Utf8,
    /// windows-1251, as older Russian systems write.
    Windows1251,
}

impl Encoding {
    /// Its IANA name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gb18030 => "GB18030",
            Self::Utf16Be => "UTF-16BE",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf8 => "UTF-8",
            Self::Windows1251 => "windows-1251",
        }
    }
}

/// What a label names: `UTF-16` leaves the byte order to the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Exactly(Encoding),
    Utf16,
}

impl Label {
    fn parse(label: &str) -> Result<Self, Error> {
        const LABELS: [(&str, Label); 9] = [
            ("utf-8", Label::Exactly(Encoding::Utf8)),
            ("utf8", Label::Exactly(Encoding::Utf8)),
            ("utf-16", Label::Utf16),
            ("utf-16le", Label::Exactly(Encoding::Utf16Le)),
            ("utf-16be", Label::Exactly(Encoding::Utf16Be)),
            ("windows-1251", Label::Exactly(Encoding::Windows1251)),
            ("cp1251", Label::Exactly(Encoding::Windows1251)),
            ("gb18030", Label::Exactly(Encoding::Gb18030)),
            ("gb-18030", Label::Exactly(Encoding::Gb18030)),
        ];
        let found = LABELS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(label));
        found
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| Error::EncodingUnsupported {
                label: label
                    .chars()
                    .filter(char::is_ascii_graphic)
                    .take(40)
                    .collect(),
            })
    }

    fn allows(self, encoding: Encoding) -> bool {
        match self {
            Self::Exactly(exactly) => exactly == encoding,
            Self::Utf16 => matches!(encoding, Encoding::Utf16Be | Encoding::Utf16Le),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Exactly(encoding) => encoding.name(),
            Self::Utf16 => "UTF-16",
        }
    }
}

/// A body as text.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: Encoding,
    /// Bytes of `text` that the XML declaration takes; 0 without one.
    pub(super) declaration: usize,
}

/// Decodes a body. The byte order mark is not part of the text.
pub(super) fn decode(bytes: Cow<'_, [u8]>, http_charset: Option<&str>) -> Result<Decoded, Error> {
    let (mark, body) = byte_order_mark(&bytes);
    if body.is_empty() {
        return Err(Error::Empty);
    }
    let charset = http_charset.map(Label::parse).transpose()?;
    let shape = shape(body);
    let head = head(body, mark.or(shape));
    let declaration = Declaration::parse(&head)?;
    let declared = declaration.encoding.map(Label::parse).transpose()?;
    let sources = [
        ("byte order mark", mark.map(Label::Exactly)),
        ("HTTP charset", charset),
        ("XML declaration", declared),
    ];
    let encoding = agree(&sources, shape)?;
    let (declaration, mark_len) = (declaration.len, bytes.len() - body.len());
    let text = match bytes {
        // What is UTF-8 already, and ours, becomes the text as it is.
        Cow::Owned(bytes) if encoding == Encoding::Utf8 && mark_len == 0 => {
            String::from_utf8(bytes).map_err(|e| not_utf8(e.as_bytes(), &e.utf8_error(), 0))?
        }
        Cow::Owned(_) | Cow::Borrowed(_) => {
            let body = bytes.get(mark_len..).unwrap_or_default();
            to_text(body, encoding, mark_len)?
        }
    };
    Ok(Decoded {
        text,
        encoding,
        declaration,
    })
}

fn byte_order_mark(bytes: &[u8]) -> (Option<Encoding>, &[u8]) {
    const MARKS: [(&[u8], Encoding); 3] = [
        (&[0xEF, 0xBB, 0xBF], Encoding::Utf8),
        (&[0xFE, 0xFF], Encoding::Utf16Be),
        (&[0xFF, 0xFE], Encoding::Utf16Le),
    ];
    for (mark, encoding) in MARKS {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return (Some(encoding), rest);
        }
    }
    (None, bytes)
}

/// What a first `<` looks like without a mark (XML 1.0 appendix F).
fn shape(body: &[u8]) -> Option<Encoding> {
    match body {
        [b'<', 0, ..] => Some(Encoding::Utf16Le),
        [0, b'<', ..] => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// The encoding that all sources agree on; UTF-8 when none says anything.
fn agree(
    sources: &[(&'static str, Option<Label>)],
    shape: Option<Encoding>,
) -> Result<Encoding, Error> {
    let mut said = sources
        .iter()
        .filter_map(|(name, label)| label.map(|label| (*name, label)));
    let Some((first, label)) = said.next() else {
        return if shape.is_some() {
            Err(Error::ByteOrderMark)
        } else {
            Ok(Encoding::Utf8)
        };
    };
    // Only the mark and the -LE and -BE labels say the byte order.
    let exact = sources.iter().find_map(|(_, label)| match label {
        Some(Label::Exactly(encoding)) => Some(*encoding),
        Some(Label::Utf16) | None => None,
    });
    let Some(encoding) = exact else {
        return Err(Error::ByteOrderMark);
    };
    for (second, other) in std::iter::once((first, label)).chain(said) {
        if !other.allows(encoding) {
            return Err(Error::EncodingConflict {
                first,
                first_says: label.name(),
                second,
                second_says: other.name(),
            });
        }
    }
    match shape {
        Some(shape) if shape != encoding => Err(Error::EncodingConflict {
            first,
            first_says: label.name(),
            second: "first character",
            second_says: shape.name(),
        }),
        _ => Ok(encoding),
    }
}

fn to_text(body: &[u8], encoding: Encoding, mark_len: usize) -> Result<String, Error> {
    let coder = match encoding {
        Encoding::Utf8 => {
            let text = std::str::from_utf8(body).map(str::to_owned);
            return text.map_err(|e| not_utf8(body, &e, mark_len));
        }
        Encoding::Gb18030 => GB18030,
        Encoding::Utf16Be => UTF_16BE,
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Windows1251 => WINDOWS_1251,
    };
    let mut decoder = coder.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(body.len());
    let mut text = String::with_capacity(room.unwrap_or(body.len()));
    let (result, read) = decoder.decode_to_string_without_replacement(body, &mut text, true);
    let bad = match result {
        DecoderResult::InputEmpty => strange_byte(body, &text, encoding),
        DecoderResult::Malformed(length, after) => {
            Some(read.saturating_sub(usize::from(length) + usize::from(after)))
        }
        DecoderResult::OutputFull => Some(read),
    };
    match bad {
        Some(at) => Err(malformed(encoding, &text, at + mark_len)),
        None => Ok(text),
    }
}

fn not_utf8(body: &[u8], error: &std::str::Utf8Error, mark_len: usize) -> Error {
    let valid = body.get(..error.valid_up_to()).unwrap_or_default();
    let before = String::from_utf8_lossy(valid);
    malformed(Encoding::Utf8, &before, error.valid_up_to() + mark_len)
}

/// Bytes that the web's decoders let through although the encoding's own table has no character
/// there: 0x98 in windows-1251, a lone 0x80 in GB18030.
fn strange_byte(body: &[u8], text: &str, encoding: Encoding) -> Option<usize> {
    match encoding {
        Encoding::Windows1251 => body.iter().position(|&b| b == 0x98),
        Encoding::Gb18030 => {
            let (again, _, _) = GB18030.encode(text);
            let differs = again.iter().zip(body).position(|(a, b)| a != b);
            differs.or_else(|| (again.len() != body.len()).then_some(again.len()))
        }
        Encoding::Utf16Be | Encoding::Utf16Le | Encoding::Utf8 => None,
    }
}

fn malformed(encoding: Encoding, before: &str, byte: usize) -> Error {
    let mut at = Position::locate(before, before.len());
    at.byte = byte;
    Error::EncodingMalformed {
        encoding: encoding.name(),
        at,
    }
}

/// Longest XML declaration, in characters. The longest one that makes sense has 62.
const DECLARATION_CHARS_MAX: usize = 256;

/// The ASCII characters that a body begins with, up to the first other one.
fn head(body: &[u8], wide: Option<Encoding>) -> String {
    let ascii = |&b: &u8| b.is_ascii() && b != 0;
    match wide {
        Some(Encoding::Utf16Be | Encoding::Utf16Le) => {
            let high = usize::from(wide == Some(Encoding::Utf16Le));
            body.chunks_exact(2)
                .take(DECLARATION_CHARS_MAX)
                .map_while(|pair| {
                    (pair.get(high) == Some(&0))
                        .then(|| pair.get(1 - high))
                        .flatten()
                })
                .take_while(|b| ascii(b))
                .map(|&b| char::from(b))
                .collect()
        }
        _ => body
            .iter()
            .take(DECLARATION_CHARS_MAX)
            .take_while(|b| ascii(b))
            .map(|&b| char::from(b))
            .collect(),
    }
}

/// The XML declaration (XML 1.0 section 2.8).
struct Declaration<'h> {
    len: usize,
    encoding: Option<&'h str>,
}

impl<'h> Declaration<'h> {
    fn parse(head: &'h str) -> Result<Self, Error> {
        let inside = head
            .strip_prefix("<?xml")
            .filter(|rest| rest.starts_with(is_space_char));
        let Some(inside) = inside else {
            return Ok(Self {
                len: 0,
                encoding: None,
            });
        };
        let fault = |problem| Error::Syntax {
            problem,
            at: Position::START,
        };
        let Some(close) = inside.find("?>") else {
            return Err(fault("the XML declaration is too long or does not end"));
        };
        let body = inside.get(..close).unwrap_or_default();
        let mut rest = body;
        let version = pseudo_attribute(&mut rest, "version");
        if version != Some("1.0") {
            return Err(fault("the XML declaration must begin with version=\"1.0\""));
        }
        let encoding = pseudo_attribute(&mut rest, "encoding");
        let standalone = pseudo_attribute(&mut rest, "standalone");
        let known = matches!(standalone, None | Some("yes" | "no"));
        if !known || !rest.chars().all(is_space_char) {
            return Err(fault("the XML declaration is malformed"));
        }
        Ok(Self {
            len: "<?xml".len() + close + "?>".len(),
            encoding,
        })
    }
}

fn is_space_char(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_space)
}

/// Takes `S name Eq quoted` from the front of `rest`, if that is what stands there.
fn pseudo_attribute<'h>(rest: &mut &'h str, name: &str) -> Option<&'h str> {
    let trimmed = rest
        .strip_prefix(is_space_char)?
        .trim_start_matches(is_space_char);
    let after = trimmed
        .strip_prefix(name)?
        .trim_start_matches(is_space_char);
    let after = after.strip_prefix('=')?.trim_start_matches(is_space_char);
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, remaining) = after.strip_prefix(quote)?.split_once(quote)?;
    *rest = remaining;
    Some(value)
}
