//! The built-in simple types (XSD 1.0 Part 2 section 3). Start at [`Builtin`].

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
    Entity,
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
    Notation,
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

/// The built-in types, their names and the types they are derived from; each after its base. The
/// list types are made from these elsewhere.
pub(crate) const BUILTINS: &[(Builtin, &str, Builtin)] = {
    use Builtin as B;
    &[
        (B::AnySimpleType, "anySimpleType", B::AnySimpleType),
        (B::String, "string", B::AnySimpleType),
        (B::NormalizedString, "normalizedString", B::String),
        (B::Token, "token", B::NormalizedString),
        (B::Language, "language", B::Token),
        (B::NmToken, "NMTOKEN", B::Token),
        (B::Name, "Name", B::Token),
        (B::NcName, "NCName", B::Name),
        (B::Id, "ID", B::NcName),
        (B::IdRef, "IDREF", B::NcName),
        (B::Entity, "ENTITY", B::NcName),
        (B::Boolean, "boolean", B::AnySimpleType),
        (B::Decimal, "decimal", B::AnySimpleType),
        (B::Integer, "integer", B::Decimal),
        (B::NonPositiveInteger, "nonPositiveInteger", B::Integer),
        (B::NegativeInteger, "negativeInteger", B::NonPositiveInteger),
        (B::Long, "long", B::Integer),
        (B::Int, "int", B::Long),
        (B::Short, "short", B::Int),
        (B::Byte, "byte", B::Short),
        (B::NonNegativeInteger, "nonNegativeInteger", B::Integer),
        (B::UnsignedLong, "unsignedLong", B::NonNegativeInteger),
        (B::UnsignedInt, "unsignedInt", B::UnsignedLong),
        (B::UnsignedShort, "unsignedShort", B::UnsignedInt),
        (B::UnsignedByte, "unsignedByte", B::UnsignedShort),
        (B::PositiveInteger, "positiveInteger", B::NonNegativeInteger),
        (B::Float, "float", B::AnySimpleType),
        (B::Double, "double", B::AnySimpleType),
        (B::Duration, "duration", B::AnySimpleType),
        (B::DateTime, "dateTime", B::AnySimpleType),
        (B::Time, "time", B::AnySimpleType),
        (B::Date, "date", B::AnySimpleType),
        (B::GYearMonth, "gYearMonth", B::AnySimpleType),
        (B::GYear, "gYear", B::AnySimpleType),
        (B::GMonthDay, "gMonthDay", B::AnySimpleType),
        (B::GDay, "gDay", B::AnySimpleType),
        (B::GMonth, "gMonth", B::AnySimpleType),
        (B::HexBinary, "hexBinary", B::AnySimpleType),
        (B::Base64Binary, "base64Binary", B::AnySimpleType),
        (B::AnyUri, "anyURI", B::AnySimpleType),
        (B::QName, "QName", B::AnySimpleType),
        (B::Notation, "NOTATION", B::AnySimpleType),
    ]
};

/// Value spaces that are handled alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Binary,
    Boolean,
    Decimal,
    Duration,
    Float,
    Moment,
    QName,
    Text,
}

impl Builtin {
    /// Its name in the namespace of XSD.
    pub fn name(self) -> &'static str {
        BUILTINS
            .iter()
            .find(|(builtin, ..)| *builtin == self)
            .map_or("", |(_, name, _)| name)
    }

    /// Whether values are numbers of decimal digits, the integers among them.
    pub fn is_decimal(self) -> bool {
        self.family() == Family::Decimal
    }

    /// Whether values are integers.
    pub fn is_integer(self) -> bool {
        self.is_decimal() && self != Self::Decimal
    }

    /// Whether values are compared as text.
    pub fn is_text(self) -> bool {
        self.family() == Family::Text
    }

    /// What happens to white space, unless a derived type demands more.
    pub fn white_space(self) -> WhiteSpace {
        if matches!(self, Self::AnySimpleType | Self::String) {
            WhiteSpace::Preserve
        } else if self == Self::NormalizedString {
            WhiteSpace::Replace
        } else {
            WhiteSpace::Collapse
        }
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::Base64Binary | Self::HexBinary => Family::Binary,
            Self::Boolean => Family::Boolean,
            Self::Byte
            | Self::Decimal
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
            | Self::UnsignedShort => Family::Decimal,
            Self::Duration => Family::Duration,
            Self::Double | Self::Float => Family::Float,
            Self::Date
            | Self::DateTime
            | Self::GDay
            | Self::GMonth
            | Self::GMonthDay
            | Self::GYear
            | Self::GYearMonth
            | Self::Time => Family::Moment,
            Self::Notation | Self::QName => Family::QName,
            Self::AnySimpleType
            | Self::AnyUri
            | Self::Entity
            | Self::Id
            | Self::IdRef
            | Self::Language
            | Self::Name
            | Self::NcName
            | Self::NmToken
            | Self::NormalizedString
            | Self::String
            | Self::Token => Family::Text,
        }
    }

    /// Smallest and largest value of the integer types.
    pub(crate) fn range(self) -> (Option<&'static str>, Option<&'static str>) {
        let bounds = RANGES.iter().find(|(builtin, ..)| *builtin == self);
        bounds.map_or((None, None), |(_, min, max)| {
            let there = |text: &'static str| (!text.is_empty()).then_some(text);
            (there(min), there(max))
        })
    }
}

/// Smallest and largest values; empty where there is none.
const RANGES: &[(Builtin, &str, &str)] = &[
    (Builtin::NonPositiveInteger, "", "0"),
    (Builtin::NegativeInteger, "", "-1"),
    (Builtin::NonNegativeInteger, "0", ""),
    (Builtin::PositiveInteger, "1", ""),
    (Builtin::Long, "-9223372036854775808", "9223372036854775807"),
    (Builtin::Int, "-2147483648", "2147483647"),
    (Builtin::Short, "-32768", "32767"),
    (Builtin::Byte, "-128", "127"),
    (Builtin::UnsignedLong, "0", "18446744073709551615"),
    (Builtin::UnsignedInt, "0", "4294967295"),
    (Builtin::UnsignedShort, "0", "65535"),
    (Builtin::UnsignedByte, "0", "255"),
];
