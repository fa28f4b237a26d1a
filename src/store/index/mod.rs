//! The index over the journal: sled for what changes, sorted runs for what never does.
//!
//! Start at [`Index::get`] and [`Index::scan`]. A batch that is durable in the journal is *staged*
//! here at once, in memory, where readers find it; one thread then *writes* it. What changes or goes
//! away again goes to sled, in order, each batch together with the position that it reflects. Permanent
//! keys ([`keys::is_permanent`]), which are nine of ten, go to sorted runs ([`runs`]), which reach up to
//! a batch of their own. Neither is asked to make anything durable on which an answer depends: what
//! they lose is replayed from the journal, and what is spoiled is rebuilt. Only this file names sled's
//! types.

mod bloom;
mod run;
mod runs;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::error::Error;
use super::keys;
use crate::model::Sha256;
use run::{Entry, Key};
use runs::Runs;

/// sled's page cache. What changes is what waits and what became of what was sent: young and small.
const CACHE_BYTES: u64 = 16 << 20;

/// Keys of a batch for each round of freeing. A round frees 512 pages, a key replaces two or three at
/// most: the leaf, and now and then what is above it.
const KEYS_A_ROUND: usize = 128;

/// How often and how far apart the index is tried to be opened, while the one before is going away:
/// five seconds in all; it takes milliseconds.
const OPEN_ATTEMPTS_MAX: u32 = 500;
const OPEN_RETRY: Duration = Duration::from_millis(10);

/// A change of the index: new values by key, `None` where the key goes.
pub(super) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A key that was found, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
}

impl Found {
    fn placed((key, place): Entry) -> Self {
        Self {
            key: key.as_slice().to_vec(),
            value: place.to_vec(),
        }
    }

    fn live((key, value): (Vec<u8>, Option<Vec<u8>>)) -> Option<Self> {
        value.map(|value| Self { key, value })
    }
}

/// The index of one store.
#[derive(Debug)]
pub(super) struct Index {
    db: sled::Db,
    runs: Runs,
    staged: Mutex<BTreeMap<Vec<u8>, Staged>>,
}

#[derive(Debug, Clone)]
struct Staged {
    batch: u64,
    value: Option<Vec<u8>>,
}

impl Index {
    /// Opens the index in `dir`, or makes an empty one.
    pub(super) fn open(dir: &Path) -> Result<Self, Error> {
        let config = sled::Config::new()
            .path(dir)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None);
        let mut attempts = 0;
        let db = loop {
            match config.open() {
                // sled's own threads let go of its lock some time after the index was dropped. That no
                // other process has the store open is known: the caller holds the store's lock.
                Err(sled::Error::Io(error))
                    if attempts < OPEN_ATTEMPTS_MAX && error.to_string().contains("lock") =>
                {
                    attempts += 1;
                    std::thread::sleep(OPEN_RETRY);
                }
                other => break other.map_err(unusable)?,
            }
        };
        Ok(Self {
            db,
            runs: Runs::open(&dir.join("runs")).map_err(unreadable)?,
            staged: Mutex::new(BTreeMap::new()),
        })
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        if keys::is_permanent(key) {
            let Some(key) = Key::new(key) else {
                return Ok(None);
            };
            let place = self.runs.get(&key).map_err(unreadable)?;
            return Ok(place.map(|place| place.to_vec()));
        }
        // The order matters: what leaves the staged part is in sled already.
        if let Some(staged) = self.staged().get(key) {
            return Ok(staged.value.clone());
        }
        let value = self.db.get(key).map_err(unusable)?;
        Ok(value.map(|value| value.to_vec()))
    }

    /// Up to `limit` keys and values from `from` on that begin with `prefix`, in order of keys.
    pub(super) fn scan(
        &self,
        prefix: &[u8],
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Found>, Error> {
        if keys::is_permanent(prefix) {
            let entries = self.runs.scan(prefix, from, limit).map_err(unreadable)?;
            return Ok(entries.into_iter().map(Found::placed).collect());
        }
        let mut found = self.staged_from(prefix, from);
        let range = self.db.range(from.to_vec()..);
        self.merge(&mut found, range, prefix, limit)?;
        let live = found.into_iter().filter_map(Found::live);
        Ok(live.take(limit).collect())
    }

    /// Up to `limit` keys and values that begin with `prefix`, in falling order of keys.
    pub(super) fn scan_back(&self, prefix: &[u8], limit: usize) -> Result<Vec<Found>, Error> {
        if keys::is_permanent(prefix) {
            let entries = self.runs.scan_back(prefix, limit).map_err(unreadable)?;
            return Ok(entries.into_iter().map(Found::placed).collect());
        }
        let mut found = self.staged_from(prefix, prefix);
        let range = self.db.scan_prefix(prefix).rev();
        self.merge(&mut found, range, prefix, limit)?;
        let live = found.into_iter().rev().filter_map(Found::live);
        Ok(live.take(limit).collect())
    }

    fn staged_from(&self, prefix: &[u8], from: &[u8]) -> Changes {
        self.staged()
            .range::<[u8], _>((Bound::Included(from), Bound::Unbounded))
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, staged)| (key.clone(), staged.value.clone()))
            .collect()
    }

    /// Adds to `found`, which has what is staged, up to `limit` keys of sled that are not staged.
    fn merge(
        &self,
        found: &mut Changes,
        range: impl Iterator<Item = sled::Result<(sled::IVec, sled::IVec)>>,
        prefix: &[u8],
        limit: usize,
    ) -> Result<(), Error> {
        let mut added = 0;
        for entry in range {
            let (key, value) = entry.map_err(unusable)?;
            if added == limit || !key.starts_with(prefix) {
                break;
            }
            if !found.contains_key(key.as_ref()) {
                found.insert(key.to_vec(), Some(value.to_vec()));
                added += 1;
            }
        }
        Ok(())
    }

    /// How many batches the permanent keys were there of when the index was opened, and the hash of the
    /// last. Those after it are to be staged again.
    pub(super) fn known(&self) -> Option<(u64, Sha256)> {
        self.runs.known()
    }

    /// Lets readers see the changes of a batch whose hash is `hash`. Permanent keys are taken; what is
    /// left is to be written. Batches come in order.
    pub(super) fn stage(&self, batch: u64, hash: Sha256, mut changes: Changes) -> Changes {
        self.keep(batch, hash, &mut changes);
        let mut staged = self.staged();
        for (key, value) in &changes {
            let value = value.clone();
            staged.insert(key.clone(), Staged { batch, value });
        }
        changes
    }

    /// The same of a batch of which sled has all, for its permanent keys alone.
    pub(super) fn keep(&self, batch: u64, hash: Sha256, changes: &mut Changes) {
        let permanent = changes.extract_if(.., |key, value| {
            let place = value.as_deref().map(<[u8]>::len) == Some(run::PLACE_BYTES);
            place && keys::is_permanent(key)
        });
        let entries =
            permanent.filter_map(|(key, value)| Some((Key::new(&key)?, value?.try_into().ok()?)));
        self.runs.put(batch, hash, entries);
    }

    /// Writes the changes of all batches up to `batch` that were staged. Called by one thread, in order.
    pub(super) fn write(&self, batch: u64, changes: Changes) -> Result<(), Error> {
        let mut sled_batch = sled::Batch::default();
        let mut keys = Vec::with_capacity(changes.len());
        for (key, value) in changes {
            match value {
                Some(value) => sled_batch.insert(key.as_slice(), value),
                None => sled_batch.remove(key.as_slice()),
            }
            keys.push(key);
        }
        self.db.apply_batch(sled_batch).map_err(unusable)?;
        collect(keys.len());
        self.runs.keep_small().map_err(unreadable)?;
        let mut staged = self.staged();
        for key in keys {
            if staged.get(&key).is_some_and(|held| held.batch <= batch) {
                staged.remove(&key);
            }
        }
        Ok(())
    }

    /// Writes out what sled holds in memory, so that the next start replays less. Called by the thread
    /// that writes, and by no other: concurrent flushes of sled 0.34 deadlock.
    pub(super) fn flush(&self) -> Result<(), Error> {
        self.db.flush().map(|_| ()).map_err(unusable)
    }

    /// The same, and writes the permanent keys that are in memory: at the end, so that the next start
    /// replays nothing.
    pub(super) fn finish(&self) -> Result<(), Error> {
        self.runs.seal().map_err(unreadable)?;
        self.flush()
    }

    fn staged(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Staged>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frees what a batch replaced. sled 0.34 leaves each page that a write replaces to crossbeam-epoch,
/// which frees a few whenever somebody begins to read or write: a batch begins once for thousands of
/// pages, and what is left would grow by two kilobytes with each key for as long as the process runs.
fn collect(keys: usize) {
    for _ in 0..=keys / KEYS_A_ROUND {
        crossbeam_epoch::pin().flush();
    }
}

fn unusable(error: sled::Error) -> Error {
    Error::Index {
        detail: error.to_string(),
    }
}

fn unreadable(error: std::io::Error) -> Error {
    Error::Index {
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    const BATCH: u64 = 2000;

    /// Keys of one batch, none twice.
    fn batch(number: u64) -> Changes {
        let key = |at: u64| {
            let digest =
                ring::digest::digest(&ring::digest::SHA256, &(number * BATCH + at).to_be_bytes());
            let digest = digest.as_ref().iter().take(20).copied();
            std::iter::once(b'O').chain(digest).collect()
        };
        (0..BATCH).map(|at| (key(at), Some(vec![7; 16]))).collect()
    }

    #[test]
    fn what_batches_replace_is_freed_while_more_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let index = Index::open(folder.path()).unwrap();
        for number in 0..60 {
            index.write(number, batch(number)).unwrap();
        }
        // It is freed after all that was left before it.
        let freed = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&freed);
        let guard = crossbeam_epoch::pin();
        guard.defer(move || noted.store(true, Ordering::Release));
        guard.flush();
        drop(guard);
        for number in 60..64 {
            index.write(number, batch(number)).unwrap();
        }
        assert!(freed.load(Ordering::Acquire));
    }
}
