//! Sets of commodity codes, given by their first digits.
//!
//! Start at [`HsSet`].

use std::collections::BTreeSet;

/// Codes of goods by their first digits: `0702` has `070200` in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HsSet(BTreeSet<String>);

/// Whether goods belong to a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// They do not.
    No,
    /// Their code is too short to tell.
    Unknown,
    /// They do.
    Yes,
}

impl HsSet {
    /// Adds a code.
    pub fn insert(&mut self, code: &str) -> bool {
        self.0.insert(code.to_owned())
    }

    /// Whether no code is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether goods of this code (digits only) belong to the set.
    pub fn has(&self, hs: &str) -> Belongs {
        let begins = (1..=hs.len()).filter_map(|length| hs.get(..length));
        if begins.into_iter().any(|code| self.0.contains(code)) {
            return Belongs::Yes;
        }
        let longer = self.0.range(hs.to_owned()..).next();
        if longer.is_some_and(|code| code.starts_with(hs)) {
            return Belongs::Unknown;
        }
        Belongs::No
    }
}

/// The digits of a commodity code as documents write it, with dots or blanks; `None` when it is
/// none.
pub(in crate::recognition) fn digits(hs: &str) -> Option<String> {
    let kept: String = hs
        .chars()
        .filter(|c| !(c.is_whitespace() || *c == '.'))
        .collect();
    let code = (2..=14).contains(&kept.len()) && kept.bytes().all(|b| b.is_ascii_digit());
    code.then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_belongs_by_its_first_digits() {
        let mut set = HsSet::default();
        assert!(set.insert("0702") && set.insert("440710") && !set.insert("0702"));
        for (hs, belongs) in [
            ("0702", Belongs::Yes),
            ("0702000000", Belongs::Yes),
            ("07", Belongs::Unknown),
            ("0703", Belongs::No),
            ("4407", Belongs::Unknown),
            ("440711", Belongs::No),
            ("45", Belongs::No),
        ] {
            assert_eq!(set.has(hs), belongs, "{hs}");
        }
    }

    #[test]
    fn codes_are_digits() {
        assert_eq!(digits("0702.00 000").as_deref(), Some("070200000"));
        for text in ["", "7", "07A2", "٠٧٠٢", "070200000000000"] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
