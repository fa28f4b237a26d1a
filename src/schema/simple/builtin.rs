//! The built-in simple types and their lexical spaces (XSD 1.0 Part 2 section 3).
//! Start at [`Builtin`].

use super::decimal::Decimal;
use super::moment::{Duration, Moment};
use super::value::bytes_of;

/// A built-in type of XSD 1.0 with one value, not a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the standard")]
pub enum Builtin {
    AnySimpleType,
    AnyUri,
    Base64Binary,
    Boolean,
    Byte,
    Date,
    DateTime,
    Decimal,
    Double,
    Duration,
    Float,
    GDay,
    GMonth,
    GMonthDay,
    GYear,
    GYearMonth,
    HexBinary,
    Id,
    IdRef,
    Int,
    Integer,
    Language,
    Long,
    Name,
    NcName,
    NegativeInteger,
    NmToken,
    NonNegativeInteger,
    NonPositiveInteger,
    NormalizedString,
    PositiveInteger,
    QName,
    Short,
    String,
    Time,
    Token,
    UnsignedByte,
    UnsignedInt,
    UnsignedLong,
    UnsignedShort,
}

/// What happens to white space before a value is looked at (Part 2 section 4.3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhiteSpace {
    /// Nothing.
    Preserve,
    /// Tabs and line ends become spaces.
    Replace,
    /// Also, runs become one space, and none stays at the ends.
    Collapse,
}

/// A built-in type: itself, its name, the type it is derived from and its bounds. A type stands
/// after its base. The list types are made from these elsewhere.
pub(crate) const BUILTINS: &[(Builtin, &str, Builtin, Option<&str>, Option<&str>)] = {
    use Builtin as B;
    &[
        (
            B::AnySimpleType,
            "anySimpleType",
            B::AnySimpleType,
            None,
            None,
        ),
        (B::String, "string", B::AnySimpleType, None, None),
        (
            B::NormalizedString,
            "normalizedString",
            B::String,
            None,
            None,
        ),
        (B::Token, "token", B::NormalizedString, None, None),
        (B::Language, "language", B::Token, None, None),
        (B::NmToken, "NMTOKEN", B::Token, None, None),
        (B::Name, "Name", B::Token, None, None),
        (B::NcName, "NCName", B::Name, None, None),
        (B::Id, "ID", B::NcName, None, None),
        (B::IdRef, "IDREF", B::NcName, None, None),
        (B::Boolean, "boolean", B::AnySimpleType, None, None),
        (B::Decimal, "decimal", B::AnySimpleType, None, None),
        (B::Integer, "integer", B::Decimal, None, None),
        (
            B::NonPositiveInteger,
            "nonPositiveInteger",
            B::Integer,
            None,
            Some("0"),
        ),
        (
            B::NegativeInteger,
            "negativeInteger",
            B::NonPositiveInteger,
            None,
            Some("-1"),
        ),
        (
            B::Long,
            "long",
            B::Integer,
            Some("-9223372036854775808"),
            Some("9223372036854775807"),
        ),
        (
            B::Int,
            "int",
            B::Long,
            Some("-2147483648"),
            Some("2147483647"),
        ),
        (B::Short, "short", B::Int, Some("-32768"), Some("32767")),
        (B::Byte, "byte", B::Short, Some("-128"), Some("127")),
        (
            B::NonNegativeInteger,
            "nonNegativeInteger",
            B::Integer,
            Some("0"),
            None,
        ),
        (
            B::UnsignedLong,
            "unsignedLong",
            B::NonNegativeInteger,
            Some("0"),
            Some("18446744073709551615"),
        ),
        (
            B::UnsignedInt,
            "unsignedInt",
            B::UnsignedLong,
            Some("0"),
            Some("4294967295"),
        ),
        (
            B::UnsignedShort,
            "unsignedShort",
            B::UnsignedInt,
            Some("0"),
            Some("65535"),
        ),
        (
            B::UnsignedByte,
            "unsignedByte",
            B::UnsignedShort,
            Some("0"),
            Some("255"),
        ),
        (
            B::PositiveInteger,
            "positiveInteger",
            B::NonNegativeInteger,
            Some("1"),
            None,
        ),
        (B::Float, "float", B::AnySimpleType, None, None),
        (B::Double, "double", B::AnySimpleType, None, None),
        (B::Duration, "duration", B::AnySimpleType, None, None),
        (B::DateTime, "dateTime", B::AnySimpleType, None, None),
        (B::Time, "time", B::AnySimpleType, None, None),
        (B::Date, "date", B::AnySimpleType, None, None),
        (B::GYearMonth, "gYearMonth", B::AnySimpleType, None, None),
        (B::GYear, "gYear", B::AnySimpleType, None, None),
        (B::GMonthDay, "gMonthDay", B::AnySimpleType, None, None),
        (B::GDay, "gDay", B::AnySimpleType, None, None),
        (B::GMonth, "gMonth", B::AnySimpleType, None, None),
        (B::HexBinary, "hexBinary", B::AnySimpleType, None, None),
        (
            B::Base64Binary,
            "base64Binary",
            B::AnySimpleType,
            None,
            None,
        ),
        (B::AnyUri, "anyURI", B::AnySimpleType, None, None),
        (B::QName, "QName", B::AnySimpleType, None, None),
    ]
};

impl Builtin {
    /// Its name in the namespace of XSD.
    pub fn name(self) -> &'static str {
        BUILTINS
            .iter()
            .find(|(builtin, ..)| *builtin == self)
            .map_or("", |(_, name, ..)| name)
    }

    /// Whether values are integers.
    pub fn is_integer(self) -> bool {
        matches!(
            self,
            Self::Byte
                | Self::Int
                | Self::Integer
                | Self::Long
                | Self::NegativeInteger
                | Self::NonNegativeInteger
                | Self::NonPositiveInteger
                | Self::PositiveInteger
                | Self::Short
                | Self::UnsignedByte
                | Self::UnsignedInt
                | Self::UnsignedLong
                | Self::UnsignedShort
        )
    }

    /// Whether values are numbers of decimal digits.
    pub fn is_decimal(self) -> bool {
        self == Self::Decimal || self.is_integer()
    }

    /// Whether values are compared as text.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::AnySimpleType
                | Self::AnyUri
                | Self::Id
                | Self::IdRef
                | Self::Language
                | Self::Name
                | Self::NcName
                | Self::NmToken
                | Self::NormalizedString
                | Self::String
                | Self::Token
        )
    }

    /// What happens to white space, unless a derived type demands more.
    pub fn white_space(self) -> WhiteSpace {
        match self {
            Self::AnySimpleType | Self::String => WhiteSpace::Preserve,
            Self::NormalizedString => WhiteSpace::Replace,
            _ => WhiteSpace::Collapse,
        }
    }

    /// Whether the text, its white space normalised, is in the lexical space. Bounds of the
    /// integer types are facets and not looked at here.
    pub(crate) fn accepts(self, text: &str) -> bool {
        match self {
            Self::AnySimpleType | Self::NormalizedString | Self::String | Self::Token => true,
            Self::AnyUri => is_uri(text),
            Self::Base64Binary | Self::HexBinary => bytes_of(self, text).is_some(),
            Self::Boolean => matches!(text, "true" | "false" | "1" | "0"),
            Self::Date
            | Self::DateTime
            | Self::GDay
            | Self::GMonth
            | Self::GMonthDay
            | Self::GYear
            | Self::GYearMonth
            | Self::Time => Moment::parse(self, text).is_some(),
            Self::Double | Self::Float => float(text).is_some(),
            Self::Duration => Duration::parse(text).is_some(),
            Self::Id | Self::IdRef | Self::NcName => is_name(text) && !text.contains(':'),
            Self::Name => is_name(text),
            Self::NmToken => !text.is_empty() && text.chars().all(is_name_char),
            Self::Language => is_language(text),
            Self::QName => text
                .split(':')
                .try_fold(0, |parts, part| is_name(part).then_some(parts + 1))
                .is_some_and(|parts| parts <= 2),
            Self::Decimal => Decimal::parse(text).is_some(),
            _ => !text.contains('.') && Decimal::parse(text).is_some(),
        }
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
