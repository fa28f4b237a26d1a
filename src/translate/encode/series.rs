//! Running numbers, such as those of lists within an office and year.
//!
//! Start at [`Serials`]. This room counts nothing itself: a number is unique only where somebody
//! remembers which were given.

use std::fmt;

/// Gives running numbers. What it gave it never gives again, unless nobody used it.
pub trait Serials: fmt::Debug + Sync {
    /// The next number of a series, from 1; nothing when it cannot be known.
    fn next(&self, series: &str) -> Option<u64>;
}

/// The first number of every series: for a translation that nobody keeps.
#[derive(Debug, Clone, Copy)]
pub struct FirstOfSeries;

impl Serials for FirstOfSeries {
    fn next(&self, _series: &str) -> Option<u64> {
        Some(1)
    }
}

/// A number of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// The name of the series with all that it is counted for.
    pub series: String,
    /// The number.
    pub number: u64,
}
