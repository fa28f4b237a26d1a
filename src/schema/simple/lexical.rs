//! Lexical spaces of the built-in types (XSD 1.0 Part 2 section 3). Start at [`accepts`].

use super::builtin::{Builtin, Family};
use super::decimal::Decimal;
use super::moment::{Duration, Moment};
use super::value::bytes_of;

/// Whether a text, its white space normalised, is in the lexical space of a type. Bounds of the
/// integer types are facets and not looked at here.
pub(crate) fn accepts(builtin: Builtin, text: &str) -> bool {
    match builtin.family() {
        Family::Binary => bytes_of(builtin, text).is_some(),
        Family::Boolean => matches!(text, "true" | "false" | "1" | "0"),
        Family::Decimal => {
            (builtin == Builtin::Decimal || !text.contains('.')) && Decimal::is_one(text)
        }
        Family::Duration => Duration::parse(text).is_some(),
        Family::Float => float(text).is_some(),
        Family::Moment => Moment::parse(builtin, text).is_some(),
        Family::QName => {
            let (prefix, local) = text.split_once(':').unwrap_or(("_", text));
            is_ncname(prefix) && is_ncname(local)
        }
        Family::Text => is_text(builtin, text),
    }
}

fn is_text(builtin: Builtin, text: &str) -> bool {
    if builtin == Builtin::Entity {
        // Part 2 section 3.2.11: the name of an unparsed entity, and without a document type
        // declaration there is none.
        false
    } else if builtin == Builtin::AnyUri {
        is_uri(text)
    } else if matches!(builtin, Builtin::Id | Builtin::IdRef | Builtin::NcName) {
        is_ncname(text)
    } else if builtin == Builtin::Name {
        is_name(text)
    } else if builtin == Builtin::NmToken {
        !text.is_empty() && text.chars().all(is_name_char)
    } else if builtin == Builtin::Language {
        is_language(text)
    } else {
        true
    }
}

/// A `float` or `double`; Rust's own grammar also takes `inf`, `nan` and a leading plus before
/// them.
pub(super) fn float(text: &str) -> Option<f64> {
    match text {
        "INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ if text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')) =>
        {
            text.parse().ok()
        }
        _ => None,
    }
}

/// RFC 3066 as Part 2 section 3.3.3 has it: `[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*`.
fn is_language(text: &str) -> bool {
    text.split('-').enumerate().all(|(place, part)| {
        (1..=8).contains(&part.len())
            && part
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || (place > 0 && b.is_ascii_digit()))
    })
}

/// `NCName` of Namespaces in XML.
fn is_ncname(text: &str) -> bool {
    is_name(text) && !text.contains(':')
}

/// `Name` of XML 1.0.
fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(is_name_start) && chars.all(is_name_char)
}

/// `NameStartChar` of XML 1.0 fifth edition.
pub(crate) fn is_name_start(c: char) -> bool {
    matches!(c,
        ':' | 'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}'
        | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// `NameChar` of XML 1.0 fifth edition.
pub(crate) fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// A URI reference, once characters that XLink escapes are taken as escaped (Part 2 section
/// 3.2.17, RFC 2396): almost everything is one, but not a bare `%`, a second `#` or a space.
fn is_uri(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut hashes = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'%' => {
                let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
                if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return false;
                }
            }
            b'#' => hashes += 1,
            b' ' => return false,
            _ => {}
        }
    }
    let scheme = text.split(['/', '?', '#']).next().unwrap_or_default();
    let named = scheme.split_once(':').is_none_or(|(name, _)| {
        name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    });
    hashes <= 1 && named
}
