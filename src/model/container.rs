//! Numbers of freight containers: owner, category, serial number, check digit (ISO 6346).
//!
//! Start at [`ContainerNumber`].

use std::fmt;
use std::str::FromStr;

use super::iso_6346;

/// Length of a container number in characters.
pub const CONTAINER_CHARS: usize = 11;

/// Why a text is not a container number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// It does not have three letters, a category of `J`, `U` or `Z`, and seven digits.
    #[error("a container number has three letters, J, U or Z, six digits and a check digit")]
    Form,
    /// The check digit is another one.
    #[error("the check digit of the container number is {got}, computed {expected}")]
    CheckDigit {
        /// The last character as written.
        got: char,
        /// The digit that belongs there.
        expected: char,
    },
}

impl ContainerError {
    /// A stable code for partners.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form => "MODEL_CONTAINER_FORM",
            Self::CheckDigit { .. } => "MODEL_CONTAINER_CHECK_DIGIT",
        }
    }
}

/// The number of a freight container whose check digit is right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerNumber(String);

impl ContainerNumber {
    /// The 11 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContainerNumber {
    type Err = ContainerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != CONTAINER_CHARS {
            return Err(ContainerError::Form);
        }
        let mut sum = 0_u32;
        let mut last = b' ';
        for (position, byte) in text.bytes().enumerate() {
            let legal = match position {
                0..=2 => byte.is_ascii_uppercase(),
                3 => matches!(byte, b'J' | b'U' | b'Z'),
                _ => byte.is_ascii_digit(),
            };
            if !legal {
                return Err(ContainerError::Form);
            }
            if position < CONTAINER_CHARS - 1 {
                sum += iso_6346::value(byte) << position;
            }
            last = byte;
        }
        let (got, expected) = (
            char::from(last),
            iso_6346::digit(sum).ok_or(ContainerError::Form)?,
        );
        if got != expected {
            return Err(ContainerError::CheckDigit { got, expected });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ContainerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_follow_iso_6346() {
        // CSQU3054383 is the example that the standard itself computes.
        for text in [
            "CSQU3054383",
            "TKRU4073186",
            "CXDU1204566",
            "MNGU3002170",
            "RZDU5011223",
        ] {
            assert_eq!(text.parse::<ContainerNumber>().unwrap().as_str(), text);
        }
    }

    proptest::proptest! {
        /// One of ten digits is right; where that is not the 0 that stands for 10 too, no single
        /// character of the number may be another.
        #[test]
        fn one_digit_is_right(owner in "[A-Z]{3}", serial in "[0-9]{6}", at in 0_usize..6, by in 1_u8..10) {
            let number = |serial: &str, digit: usize| {
                format!("{owner}U{serial}{digit}").parse::<ContainerNumber>().is_ok()
            };
            let right: Vec<usize> = (0..10).filter(|digit| number(&serial, *digit)).collect();
            proptest::prop_assert_eq!(right.len(), 1);
            let mut other = serial.clone().into_bytes();
            other[at] = b'0' + (other[at] - b'0' + by) % 10;
            let other = String::from_utf8(other).unwrap();
            if right[0] != 0 {
                proptest::prop_assert!(!number(&other, right[0]));
            }
        }
    }

    #[test]
    fn wrong_digits_and_forms_are_refused() {
        assert_eq!(
            "TKRU4073187".parse::<ContainerNumber>(),
            Err(ContainerError::CheckDigit {
                got: '7',
                expected: '6'
            })
        );
        for text in ["", "TKRU407318", "TKRA4073186", "tkru4073186", "TKRU40731é"] {
            assert_eq!(
                text.parse::<ContainerNumber>(),
                Err(ContainerError::Form),
                "{text}"
            );
        }
    }
}
