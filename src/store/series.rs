//! Running numbers that are never given twice.
//!
//! Start at [`Series`]. A number is durable with the [`super::Numbered`] event in the batch of the
//! message that bears it. What was given to a message that was not committed is a gap within one run;
//! after a restart counting goes on from the last committed number.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most series that are counted between two starts: some thousand offices in a year and the next.
const SERIES_MAX: usize = 20_000;

/// The last number of each series that was asked for since the start.
#[derive(Debug, Default)]
pub(super) struct Series {
    last: Mutex<HashMap<String, u64>>,
}

impl Series {
    /// The next number of a series; the first time in a run counting goes on from what `stored` says.
    /// None when there are too many series or numbers.
    ///
    /// # Errors
    /// That of `stored`.
    pub(super) fn next<E>(
        &self,
        series: &str,
        stored: impl FnOnce() -> Result<Option<u64>, E>,
    ) -> Result<Option<u64>, E> {
        if let Some(number) = self.known(series) {
            return Ok(number);
        }
        // Nobody can commit a number of a series before somebody has noted it here: two that read the
        // store at once read the same, and the second finds what the first noted.
        let before = stored()?.unwrap_or(0);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if !last.contains_key(series) && last.len() >= SERIES_MAX {
            return Ok(None);
        }
        let number = last.entry(series.to_owned()).or_insert(before);
        Ok(count(number))
    }

    /// The next number of a series that was asked for before.
    fn known(&self, series: &str) -> Option<Option<u64>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get_mut(series).map(count)
    }
}

fn count(last: &mut u64) -> Option<u64> {
    *last = last.checked_add(1)?;
    Some(*last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_and_numbers_end() {
        let series = Series::default();
        let next = |name: &str, stored| series.next(name, || Ok::<_, ()>(stored));
        assert_eq!(next("a", None), Ok(Some(1)));
        assert_eq!(next("a", Some(9)), Ok(Some(2)));
        assert_eq!(next("b", Some(u64::MAX - 1)), Ok(Some(u64::MAX)));
        assert_eq!(next("b", None), Ok(None));
        assert_eq!(series.next("c", || Err(())), Err(()));
        for number in 2..SERIES_MAX {
            assert_eq!(next(&number.to_string(), None), Ok(Some(1)));
        }
        assert_eq!(next("c", None), Ok(None));
        assert_eq!(next("a", None), Ok(Some(3)));
    }
}
