//! Running numbers for translations.
//!
//! Start at [`StoredSerials`]: the store counts.

use std::fmt;

use crate::store::Store;
use crate::translate::Serials;

/// Counts on from the highest number that the store knows.
pub(super) struct StoredSerials {
    store: Store,
}

impl StoredSerials {
    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

impl fmt::Debug for StoredSerials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSerials").finish_non_exhaustive()
    }
}

impl Serials for StoredSerials {
    fn next(&self, series: &str) -> Option<u64> {
        self.store.number(series).ok()?
    }
}
