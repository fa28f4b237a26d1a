//! The movement reference number: 18 characters, the last a check digit.
//!
//! Start at [`Mrn`]. The layout is that of NCTS (Delegated Regulation (EU) 2015/2446, annex B,
//! data element 12 01 001 000): year, country, 13 characters, check digit. The check digit is
//! computed as for freight containers (ISO 6346).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::iso_6346;

/// Length of an MRN in characters.
pub const MRN_CHARS: usize = 18;

/// Why a text is not an MRN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MrnError {
    /// It does not have two digits, two letters and fourteen letters or digits.
    #[error("an MRN has two digits, two letters, thirteen letters or digits and a check digit")]
    Form,
    /// The check digit is another one.
    #[error("the check digit of the MRN is {got}, computed {expected}")]
    CheckDigit {
        /// The last character as written.
        got: char,
        /// The digit that belongs there.
        expected: char,
    },
}

impl MrnError {
    /// A stable code for partners.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form => "MODEL_MRN_FORM",
            Self::CheckDigit { .. } => "MODEL_MRN_CHECK_DIGIT",
        }
    }
}

/// A movement reference number whose check digit is right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mrn(String);

impl Mrn {
    /// Makes an MRN from its first 17 characters by adding the check digit.
    ///
    /// # Errors
    /// [`MrnError::Form`] when the stem is not two digits, two capital letters and thirteen
    /// capital letters or digits.
    pub fn make(stem: &str) -> Result<Self, MrnError> {
        let digit = check_digit(stem)?;
        Ok(Self(format!("{stem}{digit}")))
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Mrn {
    type Err = MrnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, got) = text.char_indices().next_back().ok_or(MrnError::Form)?;
        let stem = text.get(..at).ok_or(MrnError::Form)?;
        let expected = check_digit(stem)?;
        if got != expected {
            return Err(MrnError::CheckDigit { got, expected });
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Mrn {
    type Error = MrnError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Mrn> for String {
    fn from(mrn: Mrn) -> Self {
        mrn.0
    }
}

impl fmt::Display for Mrn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// As for freight containers (ISO 6346), over 17 characters.
fn check_digit(stem: &str) -> Result<char, MrnError> {
    if stem.len() != MRN_CHARS - 1 {
        return Err(MrnError::Form);
    }
    let mut sum = 0_u32;
    for (position, byte) in stem.bytes().enumerate() {
        let legal = match position {
            0 | 1 => byte.is_ascii_digit(),
            2 | 3 => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        };
        if !legal {
            return Err(MrnError::Form);
        }
        sum += iso_6346::value(byte) << position;
    }
    iso_6346::digit(sum).ok_or(MrnError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_follow_iso_6346() {
        for text in [
            "26ITQU71A000012343",
            "26FI000000A1B2C3K7",
            "26SK5273000T004173",
        ] {
            let mrn: Mrn = text.parse().unwrap();
            assert_eq!(Mrn::make(&text[..17]).unwrap(), mrn);
        }
    }

    proptest::proptest! {
        /// One of ten digits is right; where that is not the 0 that stands for 10 too, no single
        /// character of the stem may be another digit.
        #[test]
        fn one_digit_is_right(year in "[0-9]{2}", country in "[A-Z]{2}", rest in "[A-Z0-9]{7}[0-9]{6}", at in 11_usize..17, by in 1_u8..10) {
            let stem = format!("{year}{country}{rest}");
            let mrn = Mrn::make(&stem).unwrap();
            let digit = &mrn.as_str()[17..];
            let right = (0..10).filter(|digit| format!("{stem}{digit}").parse::<Mrn>().is_ok());
            proptest::prop_assert_eq!(right.count(), 1);
            let mut other = stem.clone().into_bytes();
            other[at] = b'0' + (other[at] - b'0' + by) % 10;
            let other = String::from_utf8(other).unwrap();
            let other = format!("{other}{digit}").parse::<Mrn>();
            proptest::prop_assert!(other.is_err() || digit == "0");
        }
    }

    #[test]
    fn wrong_digits_and_forms_are_refused() {
        assert_eq!(
            "26ITQU71A000012344".parse::<Mrn>(),
            Err(MrnError::CheckDigit {
                got: '4',
                expected: '3'
            })
        );
        for text in [
            "",
            "26ITQU71A00001234",
            "2XITQU71A000012343",
            "26ITQU71A00001234é",
        ] {
            assert!(text.parse::<Mrn>().is_err(), "{text}");
        }
    }
}
