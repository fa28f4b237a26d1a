//! Running numbers that are never given twice.
//!
//! Start at [`StoredSerials`]. A number is durable with the batch of the message that bears it; what
//! was given to a message that did not go out is a gap, or, after a restart, given again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::store::Store;
use crate::translate::Serials;

/// Most series that are counted between two starts: some thousand offices in a year and the next.
const SERIES_MAX: usize = 20_000;

/// Counts on from the highest number that the store knows.
pub(super) struct StoredSerials {
    store: Store,
    last: Mutex<HashMap<String, u64>>,
}

impl StoredSerials {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            last: Mutex::default(),
        }
    }
}

impl fmt::Debug for StoredSerials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSerials").finish_non_exhaustive()
    }
}

impl Serials for StoredSerials {
    fn next(&self, series: &str) -> Option<u64> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = last.get_mut(series) {
            *number = number.checked_add(1)?;
            return Some(*number);
        }
        if last.len() >= SERIES_MAX {
            return None;
        }
        let stored = self.store.last_in_series(series).ok()?;
        let number = stored.unwrap_or(0).checked_add(1)?;
        last.insert(series.to_owned(), number);
        Some(number)
    }
}
