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
