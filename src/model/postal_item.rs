//! Identifiers of postal items: service indicator, serial number, check digit, country (UPU S10).
//!
//! Start at [`PostalItemId`].

use std::fmt;
use std::str::FromStr;

/// Length of the identifier of a postal item in characters.
pub const POSTAL_ITEM_CHARS: usize = 13;

/// What the eight digits of the serial number weigh.
const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];

/// Why a text is not the identifier of a postal item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PostalItemError {
    /// It does not have two letters, nine digits and two letters.
    #[error(
        "the identifier of a postal item has two letters, eight digits, a check digit and two letters"
    )]
    Form,
    /// The check digit is another one.
    #[error("the check digit of the postal item is {got}, computed {expected}")]
    CheckDigit {
        /// The digit as written.
        got: char,
        /// The digit that belongs there.
        expected: char,
    },
}

impl PostalItemError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Form => "MODEL_POSTAL_ITEM_FORM",
            Self::CheckDigit { .. } => "MODEL_POSTAL_ITEM_CHECK_DIGIT",
        }
    }
}

/// The identifier of a postal item whose check digit is right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostalItemId(String);

impl PostalItemId {
    /// The 13 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PostalItemId {
    type Err = PostalItemError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != POSTAL_ITEM_CHARS {
            return Err(PostalItemError::Form);
        }
        let (mut sum, mut got) = (0, ' ');
        for (position, byte) in text.bytes().enumerate() {
            match position {
                0 | 1 | 11 | 12 if byte.is_ascii_uppercase() => {}
                2..=10 if byte.is_ascii_digit() => {
                    let weight = WEIGHTS.get(position - 2).copied().unwrap_or_default();
                    sum += u32::from(byte - b'0') * weight;
                    got = char::from(byte);
                }
                _ => return Err(PostalItemError::Form),
            }
        }
        // 11 less the rest; 10 is written 0 and 11 is written 5.
        let digit = match 11 - sum % 11 {
            10 => 0,
            11 => 5,
            digit => digit,
        };
        let expected = char::from_digit(digit, 10).ok_or(PostalItemError::Form)?;
        if got != expected {
            return Err(PostalItemError::CheckDigit { got, expected });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PostalItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn check_digits_follow_s10() {
        // RR473124829GB is the example that descriptions of the standard compute. The others have the
        // rests that are written otherwise: 10 as 0, and 0 as 5.
        for text in ["RR473124829GB", "CP000000080CN", "EE000000005RU"] {
            assert_eq!(text.parse::<PostalItemId>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn wrong_digits_and_forms_are_refused() {
        assert_eq!(
            "RR473124828GB".parse::<PostalItemId>(),
            Err(PostalItemError::CheckDigit {
                got: '8',
                expected: '9'
            })
        );
        for text in [
            "",
            "RR473124829G",
            "rr473124829gb",
            "R1473124829GB",
            "RR47312482XGB",
            "RR47312482éGB",
            "RR 473124829G",
        ] {
            assert_eq!(
                text.parse::<PostalItemId>(),
                Err(PostalItemError::Form),
                "{text}"
            );
        }
    }

    proptest! {
        /// One of ten digits is right, and no single digit of the number may be another.
        #[test]
        fn one_digit_is_right(serial in 0_u32..100_000_000, at in 0_usize..8, by in 1_u8..10) {
            let with = |serial: &str, digit: u32| format!("LX{serial}{digit}DE");
            let serial = format!("{serial:08}");
            let right: Vec<u32> = (0..10)
                .filter(|digit| with(&serial, *digit).parse::<PostalItemId>().is_ok())
                .collect();
            prop_assert_eq!(right.len(), 1);
            let mut other = serial.clone().into_bytes();
            other[at] = b'0' + (other[at] - b'0' + by) % 10;
            let other = String::from_utf8(other).unwrap();
            // The digits 0 and 5 each stand for two rests: only between those an error may hide.
            if right[0] != 0 && right[0] != 5 {
                prop_assert!(with(&other, right[0]).parse::<PostalItemId>().is_err());
            }
        }
    }
}
