//! Decimal numbers of any length, compared by their digits. Start at [`Decimal`].

use std::cmp::Ordering;

/// A number: digits without leading zeros before the point and without trailing zeros after it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Decimal {
    negative: bool,
    integer: Box<str>,
    fraction: Box<str>,
}

impl Decimal {
    /// Whether a text is a `decimal`.
    pub(crate) fn is_one(text: &str) -> bool {
        digits(text).is_some()
    }

    /// Reads a `decimal` (Part 2 section 3.2.3).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, integer, fraction) = digits(text)?;
        let zero = integer.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            integer: integer.into(),
            fraction: fraction.into(),
        })
    }
}

impl Decimal {
    /// The order of a text that is a `decimal`, and this number.
    pub(super) fn order_of(&self, text: &str) -> Option<Ordering> {
        let (negative, integer, fraction) = digits(text)?;
        let zero = integer.is_empty() && fraction.is_empty();
        let theirs = (integer.len(), integer, fraction);
        let ours = (self.integer.len(), &*self.integer, &*self.fraction);
        Some(match (negative && !zero, self.negative) {
            (false, false) => theirs.cmp(&ours),
            (true, true) => ours.cmp(&theirs),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        })
    }
}

/// Sign, digits before and digits after the point, zeros that mean nothing left out.
pub(super) fn digits(text: &str) -> Option<(bool, &str, &str)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (integer, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let sound = !(integer.is_empty() && fraction.is_empty())
        && integer
            .bytes()
            .chain(fraction.bytes())
            .all(|b| b.is_ascii_digit());
    sound.then(|| {
        (
            text.starts_with('-'),
            integer.trim_start_matches('0'),
            fraction.trim_end_matches('0'),
        )
    })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |a: &Self, b: &Self| {
            (a.integer.len(), &a.integer, &a.fraction).cmp(&(
                b.integer.len(),
                &b.integer,
                &b.fraction,
            ))
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        let check = |a: &str, b: &str, expected| {
            let a_text = a;
            let (a, b) = (Decimal::parse(a).unwrap(), Decimal::parse(b).unwrap());
            assert_eq!(a.cmp(&b), expected, "{a:?} {b:?}");
            assert_eq!(b.cmp(&a), expected.reverse());
            assert_eq!(b.order_of(a_text), Some(expected), "{a:?} {b:?}");
        };
        check("1.0", "+01", Ordering::Equal);
        check("-0", "0.0", Ordering::Equal);
        check("9", "10", Ordering::Less);
        check("-9", "-10", Ordering::Greater);
        check("0.5", "0.49", Ordering::Greater);
        check("-1", "0", Ordering::Less);
        check(
            "1.1",
            "1.10000000000000000000000000000000001",
            Ordering::Less,
        );
    }

    #[test]
    fn what_is_no_number() {
        for text in ["", ".", "+", "1e3", "1,5", " 1", "--1", "1.2.3", "\u{661}"] {
            assert!(Decimal::parse(text).is_none(), "{text:?}");
        }
        for text in ["1.", ".5", "+.5", "-1"] {
            assert!(Decimal::parse(text).is_some(), "{text:?}");
        }
    }
}
