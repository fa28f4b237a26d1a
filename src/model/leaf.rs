//! The kinds of values that the canonical model holds, each with what it must not lose: a mass its
//! unit, an amount its currency and value basis, a code its list, a time its zone.
//!
//! Start at [`Leaf`]. Nothing here knows how a format writes such a value.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Mrn;

/// Free text, in the script of its source.
pub type Text = String;

/// A code, in the canonical code list or with the name of its own list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Code {
    /// A code of the canonical list (or of a list that needs no name).
    Plain(Box<str>),
    /// A code with the list that it belongs to, such as `document-kind:eaeu`.
    Listed(Box<ListedCode>),
}

/// A code of a list that is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedCode {
    /// The code as its list writes it.
    pub value: Box<str>,
    /// Code list and column.
    pub list: Box<str>,
}

impl Code {
    /// The code itself.
    pub fn value(&self) -> &str {
        match self {
            Self::Plain(value) => value,
            Self::Listed(code) => &code.value,
        }
    }

    /// The list, when it is not the canonical one.
    pub fn list(&self) -> Option<&str> {
        match self {
            Self::Plain(_) => None,
            Self::Listed(code) => Some(&code.list),
        }
    }
}

/// Unit of a mass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MassUnit {
    /// Kilogram (UN/ECE Recommendation 20: KGM).
    Kg,
    /// Tonne, 1000 kilograms (TNE).
    T,
}

/// A mass with its unit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Mass {
    /// The number of units.
    pub value: Decimal,
    /// The unit.
    pub unit: MassUnit,
}

impl Mass {
    /// The number of kilograms or tonnes, whatever the mass was stated in. `None` when a number
    /// of 28 digits cannot hold it.
    pub fn to(self, unit: MassUnit) -> Option<Decimal> {
        let thousand = Decimal::ONE_THOUSAND;
        match (self.unit, unit) {
            (MassUnit::Kg, MassUnit::Kg) | (MassUnit::T, MassUnit::T) => Some(self.value),
            (MassUnit::T, MassUnit::Kg) => self.value.checked_mul(thousand),
            (MassUnit::Kg, MassUnit::T) => self.value.checked_div(thousand),
        }
    }
}

impl PartialEq for Mass {
    fn eq(&self, other: &Self) -> bool {
        self.to(MassUnit::Kg) == other.to(MassUnit::Kg)
    }
}

/// What an amount of money was counted for. Amounts of different bases never stand for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueBasis {
    /// Customs value.
    Customs,
    /// Price on the invoice.
    Invoice,
    /// Statistical value.
    Statistical,
}

/// An amount of money with its currency and value basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// The number of currency units.
    pub value: Decimal,
    /// Currency, ISO 4217 alphabetic code; `None` when the source does not say.
    pub currency: Option<String>,
    /// What it was counted for.
    pub basis: ValueBasis,
}

/// A quantity with the code of its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// The number of units.
    pub value: Decimal,
    /// Code of the unit in the source's list; `None` when the source does not say.
    pub unit: Option<String>,
}

/// A date, with or without a time of day, with or without a known zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment {
    /// The calendar day.
    pub date: Date,
    /// The time of day, when it was stated.
    pub time: Option<Time>,
    /// The offset from UTC; `None` means that the zone is not known.
    pub offset: Option<Offset>,
}

impl FromStr for Moment {
    type Err = MomentError;

    /// Reads XSD `date` and `dateTime` with or without zone.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = text.get(..10).ok_or(MomentError)?;
        let date: Date = day.parse().map_err(|_| MomentError)?;
        let rest = text.get(10..).ok_or(MomentError)?;
        let (clock, zone) = split_zone(rest);
        let offset = zone.map(parse_offset).transpose()?;
        let time = match clock.strip_prefix('T') {
            Some(clock) if clock.len() >= 8 => Some(clock.parse().map_err(|_| MomentError)?),
            None if clock.is_empty() => None,
            Some(_) | None => return Err(MomentError),
        };
        Ok(Self { date, time, offset })
    }
}

/// A text is not a date or time of XML Schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date or a date and time")]
pub struct MomentError;

fn split_zone(rest: &str) -> (&str, Option<&str>) {
    if let Some(clock) = rest.strip_suffix('Z') {
        return (clock, Some("+00:00"));
    }
    match rest.rfind(['+', '-']) {
        Some(at) => (rest.get(..at).unwrap_or(""), rest.get(at..)),
        None => (rest, None),
    }
}

fn parse_offset(text: &str) -> Result<Offset, MomentError> {
    let (sign, digits) = match text.split_at_checked(1).ok_or(MomentError)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return Err(MomentError),
    };
    let (hours, minutes) = digits.split_once(':').ok_or(MomentError)?;
    let number = |text: &str, max: i32| {
        let two_digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        let number = text.parse::<i32>().map_err(|_| MomentError)?;
        (two_digits && number <= max)
            .then_some(number)
            .ok_or(MomentError)
    };
    // XSD 1.0 part 2, section 3.2.7.3: zones reach 14 hours either way.
    let seconds = number(hours, 14)? * 3600 + number(minutes, 59)? * 60;
    Offset::from_seconds(sign * seconds).map_err(|_| MomentError)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date)?;
        if let Some(time) = self.time {
            write!(f, "T{time}")?;
        }
        match self.offset {
            None => Ok(()),
            Some(offset) if offset.seconds() == 0 => f.write_str("Z"),
            Some(offset) => {
                let seconds = offset.seconds();
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.abs() / 60;
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

impl TryFrom<String> for Moment {
    type Error = MomentError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}

/// The kind of a canonical value; every field of the model that is not an object has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeafKind {
    /// [`Amount`].
    Amount,
    /// [`Code`].
    Code,
    /// A whole number.
    Count,
    /// Yes or no.
    Flag,
    /// [`Mass`].
    Mass,
    /// [`Measure`].
    Measure,
    /// [`Moment`].
    Moment,
    /// [`Mrn`].
    Mrn,
    /// A decimal number.
    Number,
    /// Free text.
    Text,
}

/// One canonical value of any kind: what decoding makes and encoding reads.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// Money.
    Amount(Amount),
    /// A code.
    Code(Code),
    /// A whole number.
    Count(u64),
    /// Yes or no.
    Flag(bool),
    /// A mass.
    Mass(Mass),
    /// A quantity with unit.
    Measure(Measure),
    /// A date or time.
    Moment(Moment),
    /// A movement reference number.
    Mrn(Mrn),
    /// A decimal number.
    Number(Decimal),
    /// Free text.
    Text(Text),
}

/// A [`Leaf`] that is looked at where it stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LeafRef<'a> {
    /// Money.
    Amount(&'a Amount),
    /// A code.
    Code(&'a Code),
    /// A whole number.
    Count(u64),
    /// Yes or no.
    Flag(bool),
    /// A mass.
    Mass(Mass),
    /// A quantity with unit.
    Measure(&'a Measure),
    /// A date or time.
    Moment(Moment),
    /// A movement reference number.
    Mrn(&'a Mrn),
    /// A decimal number.
    Number(Decimal),
    /// Free text.
    Text(&'a str),
}

impl<'a> LeafRef<'a> {
    /// The value as one would write it without knowing the format: a mass in its own unit, an
    /// amount without currency.
    pub fn lexical(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Code(code) => Cow::Borrowed(code.value()),
            Self::Mrn(mrn) => Cow::Borrowed(mrn.as_str()),
            Self::Count(count) => Cow::Owned(count.to_string()),
            Self::Flag(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
            Self::Moment(moment) => Cow::Owned(moment.to_string()),
            Self::Number(number) => decimal(number),
            Self::Mass(mass) => decimal(mass.value),
            Self::Amount(amount) => decimal(amount.value),
            Self::Measure(measure) => decimal(measure.value),
        }
    }

    /// A copy of its own.
    pub fn to_leaf(self) -> Leaf {
        match self {
            Self::Amount(v) => Leaf::Amount(v.clone()),
            Self::Code(v) => Leaf::Code(v.clone()),
            Self::Count(v) => Leaf::Count(v),
            Self::Flag(v) => Leaf::Flag(v),
            Self::Mass(v) => Leaf::Mass(v),
            Self::Measure(v) => Leaf::Measure(v.clone()),
            Self::Moment(v) => Leaf::Moment(v),
            Self::Mrn(v) => Leaf::Mrn(v.clone()),
            Self::Number(v) => Leaf::Number(v),
            Self::Text(v) => Leaf::Text(v.to_owned()),
        }
    }
}

fn decimal(number: Decimal) -> Cow<'static, str> {
    Cow::Owned(decimal_text(number))
}

/// A decimal number without zeros at its end: what the library writes, in a tenth of its time for the
/// numbers that messages have.
pub(crate) fn decimal_text(number: Decimal) -> String {
    let Ok(mut rest) = u64::try_from(number.mantissa().unsigned_abs()) else {
        return number.normalize().to_string();
    };
    let mut scale = number.scale();
    while scale > 0 && rest.is_multiple_of(10) {
        rest /= 10;
        scale -= 1;
    }
    // From the last digit on; the zeros before a fraction have no digits of their own.
    let mut reversed = Vec::with_capacity(DECIMAL_CHARS_MAX);
    let minus = number.is_sign_negative() && rest != 0;
    let mut written = 0;
    while rest > 0 || written <= scale {
        if written == scale && scale > 0 {
            reversed.push(b'.');
        }
        reversed.push(b'0' + u8::try_from(rest % 10).unwrap_or(0));
        rest /= 10;
        written += 1;
    }
    if minus {
        reversed.push(b'-');
    }
    reversed.reverse();
    String::from_utf8(reversed).unwrap_or_default()
}

/// Characters of the longest number of [`Decimal`]: a sign, a zero, the point and 28 digits.
const DECIMAL_CHARS_MAX: usize = 31;

/// A Rust type that is one of the leaf kinds.
pub(crate) trait LeafType: Sized {
    const KIND: LeafKind;
    fn view(&self) -> LeafRef<'_>;
    /// Gives the leaf back when it is of another kind.
    fn from_leaf(leaf: Leaf) -> Result<Self, Leaf>;
}

/// A value that few objects of a long list have: those without it have the room of a pointer only.
impl<T: LeafType> LeafType for Box<T> {
    const KIND: LeafKind = T::KIND;

    fn view(&self) -> LeafRef<'_> {
        T::view(self)
    }

    fn from_leaf(leaf: Leaf) -> Result<Self, Leaf> {
        T::from_leaf(leaf).map(Self::new)
    }
}

macro_rules! leaf_types {
    ($($kind:ident $ty:ty, $view:expr;)*) => {$(
        impl LeafType for $ty {
            const KIND: LeafKind = LeafKind::$kind;
            fn view(&self) -> LeafRef<'_> {
                let view: for<'a> fn(&'a $ty) -> LeafRef<'a> = $view;
                view(self)
            }
            fn from_leaf(leaf: Leaf) -> Result<Self, Leaf> {
                if let Leaf::$kind(value) = leaf { Ok(value) } else { Err(leaf) }
            }
        }
    )*};
}

leaf_types! {
    Amount Amount, |v| LeafRef::Amount(v);
    Code Code, |v| LeafRef::Code(v);
    Count u64, |v| LeafRef::Count(*v);
    Flag bool, |v| LeafRef::Flag(*v);
    Mass Mass, |v| LeafRef::Mass(*v);
    Measure Measure, |v| LeafRef::Measure(v);
    Moment Moment, |v| LeafRef::Moment(*v);
    Mrn Mrn, |v| LeafRef::Mrn(v);
    Number Decimal, |v| LeafRef::Number(*v);
    Text Text, |v| LeafRef::Text(v);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_what_they_know() {
        for text in [
            "2024-05-09",
            "2024-05-09T10:00:00",
            "2024-05-09T10:00:00Z",
            "2024-05-09T10:00:00+03:00",
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "2024-5-9",
            "2024-05-09T10",
            "2024-05-09T10:00:00+3",
            "2024-02-30",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_written_as_the_library_writes_them() {
        for text in [
            "0",
            "-0",
            "0.00",
            "-0.000",
            "7",
            "10",
            "-10",
            "1200",
            "0.1",
            "0.010",
            "-0.05",
            "12.50",
            "1480",
            "0.0000000000000000000000000001",
            "18446744073709551615",
            "18446744073709551616.50",
            "-1844674407370955.1615",
            "79228162514264337593543950335",
            "100000000.000001",
        ] {
            let number: Decimal = text.parse().unwrap();
            assert_eq!(
                decimal_text(number),
                number.normalize().to_string(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_mass_is_the_same_in_any_unit() {
        let tonnes = Mass {
            value: "1.5".parse().unwrap(),
            unit: MassUnit::T,
        };
        let kilograms = Mass {
            value: "1500.000".parse().unwrap(),
            unit: MassUnit::Kg,
        };
        assert_eq!(tonnes, kilograms);
        assert_eq!(tonnes.to(MassUnit::Kg), Some("1500".parse().unwrap()));
    }
}
