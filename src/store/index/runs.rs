//! Keys that never go away: the newest in memory, the others in sorted runs, merged as they age.
//!
//! Start at [`Runs::put`] and [`Runs::get`]. What is in memory goes into a run of its own when there is
//! enough of it; [`FAN`] runs of like size are merged into one by a thread that nobody waits for. So a
//! key is written a few times in its life, always in order, whatever lies beside it, and a look-up asks
//! a few runs, most of which know by their Bloom filter that they do not have it. When two have a key,
//! the newer one counts.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::run::{Entry, Key, Place, Reach, Run, Writer};
use crate::model::Sha256;
use crate::store::journal::wide;

/// Keys in memory before they become a run: some 3,000 messages; four megabytes.
const YOUNG_MAX: usize = 1 << 16;
/// So many runs of one size become one of the next.
const FAN: usize = 4;
/// With as many runs nothing new is written before a merge is through: a merge that fails or hangs must
/// not fill the table of open files. In order there are [`FAN`] of each size, some twenty in all.
const RUNS_MAX: usize = 64;
/// A merge looks as often whether it should stop.
const ENTRIES_A_LOOK: u64 = 1 << 14;

/// Newest first.
type List = Arc<Vec<Arc<Run>>>;

/// All permanent keys of one index.
#[derive(Debug)]
pub(super) struct Runs {
    young: Mutex<Young>,
    set: Arc<Set>,
    merging: Mutex<Option<JoinHandle<io::Result<()>>>>,
    /// How far the runs reached without a gap when they were opened.
    known: Option<(u64, Sha256)>,
}

/// What is in no run yet.
#[derive(Debug, Default)]
struct Young {
    places: BTreeMap<Key, Place>,
    /// Which batches they are of.
    reach: Option<Reach>,
    /// What is being written as a run.
    leaving: Arc<BTreeMap<Key, Place>>,
}

/// The runs, shared with the thread that merges.
#[derive(Debug)]
struct Set {
    dir: PathBuf,
    list: Mutex<List>,
    stopping: AtomicBool,
    /// Numbers the files that are being written.
    written: AtomicU64,
}

impl Runs {
    /// Opens the runs in `dir`, which is made if need be. What a crash left unfinished, and runs that
    /// were merged into others, are removed.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let mut found = Vec::new();
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "run") {
                found.push(Arc::new(Run::open(&path)?));
            } else {
                fs::remove_file(&path)?;
            }
        }
        found.sort_by_key(|run| (run.reach.batches, std::cmp::Reverse(run.reach.first)));
        let mut list: Vec<Arc<Run>> = Vec::new();
        for run in found {
            for merged in list.extract_if(.., |older| within(&older.reach, &run.reach)) {
                merged.remove()?;
            }
            list.push(run);
        }
        let known = list.iter().fold(None, |known: Option<(u64, Sha256)>, run| {
            let joined = run.reach.first <= known.map_or(0, |(batches, _)| batches);
            if joined {
                Some((run.reach.batches, run.reach.hash))
            } else {
                known
            }
        });
        list.reverse();
        Ok(Self {
            young: Mutex::default(),
            set: Arc::new(Set {
                dir: dir.to_owned(),
                list: Mutex::new(Arc::new(list)),
                stopping: AtomicBool::new(false),
                written: AtomicU64::new(0),
            }),
            merging: Mutex::default(),
            known,
        })
    }

    /// How many batches the runs had all keys of when they were opened, and the hash of the last.
    pub(super) fn known(&self) -> Option<(u64, Sha256)> {
        self.known
    }

    /// Takes up keys of a batch. Batches come in order, those without keys included.
    pub(super) fn put(&self, batch: u64, hash: Sha256, entries: impl Iterator<Item = Entry>) {
        let mut young = self.young();
        let first = young.reach.map_or(batch, |reach| reach.first);
        young.reach = Some(Reach {
            first,
            batches: batch.saturating_add(1),
            hash,
        });
        young.places.extend(entries);
    }

    /// The place of a key.
    pub(super) fn get(&self, key: &Key) -> io::Result<Option<Place>> {
        {
            let young = self.young();
            let found = young.places.get(key).or_else(|| young.leaving.get(key));
            if let Some(place) = found {
                return Ok(Some(*place));
            }
        }
        // What left memory is in the list already.
        for run in self.set.list().iter() {
            if let Some(place) = run.get(key)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Up to `limit` entries from `from` on that begin with `prefix`, in order of keys.
    pub(super) fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> io::Result<Vec<Entry>> {
        let young = self.young_from(prefix, from, |of| of.take(limit).collect());
        let mut found = BTreeMap::new();
        for run in self.set.list().iter().rev() {
            found.extend(run.scan(prefix, from, limit)?);
        }
        found.extend(young);
        Ok(found.into_iter().take(limit).collect())
    }

    /// Up to `limit` entries that begin with `prefix`, in falling order of keys.
    pub(super) fn scan_back(&self, prefix: &[u8], limit: usize) -> io::Result<Vec<Entry>> {
        let young = self.young_from(prefix, prefix, |of| {
            let mut all: Vec<Entry> = of.collect();
            all.drain(..all.len().saturating_sub(limit));
            all
        });
        let mut found = BTreeMap::new();
        for run in self.set.list().iter().rev() {
            found.extend(run.scan_back(prefix, limit)?);
        }
        found.extend(young);
        Ok(found.into_iter().rev().take(limit).collect())
    }

    /// Entries in memory from `from` on that begin with `prefix`: those that leave, then the newer.
    fn young_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        some: impl Fn(&mut dyn Iterator<Item = Entry>) -> Vec<Entry>,
    ) -> Vec<Entry> {
        let Some(from) = Key::new(from) else {
            return Vec::new();
        };
        let young = self.young();
        let mut found = Vec::new();
        for places in [&*young.leaving, &young.places] {
            let entries = places.range(from..).map(|(key, place)| (*key, *place));
            let mut listed = entries.take_while(|(key, _)| key.as_slice().starts_with(prefix));
            found.extend(some(&mut listed));
        }
        found
    }

    /// Writes what is in memory as a run when there is enough of it. Called by one thread.
    pub(super) fn keep_small(&self) -> io::Result<()> {
        if self.young().places.len() < YOUNG_MAX {
            return Ok(());
        }
        self.seal()?;
        self.merge_some()
    }

    /// Writes all that is in memory as a run. Called by one thread.
    pub(super) fn seal(&self) -> io::Result<()> {
        let (reach, leaving) = {
            let mut young = self.young();
            let (false, Some(reach)) = (young.places.is_empty(), young.reach) else {
                return Ok(());
            };
            young.reach = None;
            young.leaving = Arc::new(std::mem::take(&mut young.places));
            (reach, Arc::clone(&young.leaving))
        };
        let mut writer = self.set.writer(leaving.len())?;
        for (key, place) in leaving.iter() {
            writer.push((*key, *place))?;
        }
        let run = Arc::new(writer.finish(&self.set.dir, reach)?);
        let gone = self.set.change(|list| {
            let gone: Vec<_> = list
                .extract_if(.., |run| within(&run.reach, &reach))
                .collect();
            list.insert(0, run);
            gone
        });
        // One of the very same reach had this run's name.
        for run in gone.iter().filter(|run| !within(&reach, &run.reach)) {
            run.remove()?;
        }
        self.young().leaving = Arc::default();
        Ok(())
    }

    /// Starts merging, when it is due and nothing is being merged.
    fn merge_some(&self) -> io::Result<()> {
        let mut merging = self.merging.lock().unwrap_or_else(PoisonError::into_inner);
        let crowded = self.set.list().len() >= RUNS_MAX;
        if let Some(thread) = merging.take_if(|thread| crowded || thread.is_finished()) {
            join(thread)?;
        }
        if merging.is_none() && due(&self.set.list()).is_some() {
            let set = Arc::clone(&self.set);
            let thread = Builder::new().name("store-merge".to_owned());
            *merging = Some(thread.spawn(move || set.merge_all())?);
        }
        Ok(())
    }

    fn young(&self) -> MutexGuard<'_, Young> {
        self.young.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.set.stopping.store(true, Ordering::Relaxed);
        let merging = self
            .merging
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = merging.take() {
            // What it did not finish is done again after the next start.
            let _ = join(thread);
        }
    }
}

impl Set {
    fn list(&self) -> List {
        Arc::clone(&self.list.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Vec<Arc<Run>>) -> T) -> T {
        let mut held = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list = Vec::clone(&held);
        let result = change(&mut list);
        *held = Arc::new(list);
        result
    }

    fn writer(&self, keys: usize) -> io::Result<Writer> {
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        Writer::create(&self.dir.join(format!("new-{number}")), keys)
    }

    /// Merges until nothing is due.
    fn merge_all(&self) -> io::Result<()> {
        while let Some(group) = due(&self.list()) {
            if !self.merge(&group)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Merges neighbours, the newest first, into one; `false` when it was told to stop.
    fn merge(&self, group: &[Arc<Run>]) -> io::Result<bool> {
        let (Some(newest), Some(oldest)) = (group.first(), group.last()) else {
            return Ok(true);
        };
        let first = group.iter().map(|run| run.reach.first).min();
        let reach = Reach {
            first: first.unwrap_or(oldest.reach.first),
            ..newest.reach
        };
        let entries: u64 = group.iter().map(|run| run.entries).sum();
        let mut writer = self.writer(usize::try_from(entries).unwrap_or(usize::MAX))?;
        let mut ways = group
            .iter()
            .map(|run| run.entries().peekable())
            .collect::<Vec<_>>();
        let mut count = 0_u64;
        loop {
            let mut next: Option<Entry> = None;
            for way in &mut ways {
                match way.peek() {
                    // Of one key the newest, which comes first, counts.
                    Some(Ok(entry)) if next.is_none_or(|(key, _)| entry.0 < key) => {
                        next = Some(*entry);
                    }
                    Some(Ok(_)) | None => {}
                    Some(Err(_)) => {
                        way.next().transpose()?;
                    }
                }
            }
            let Some(entry) = next else {
                break;
            };
            for way in &mut ways {
                way.next_if(|other| other.as_ref().is_ok_and(|(key, _)| *key == entry.0));
            }
            writer.push(entry)?;
            count += 1;
            if count.is_multiple_of(ENTRIES_A_LOOK) && self.stopping.load(Ordering::Relaxed) {
                return Ok(false);
            }
        }
        let run = Arc::new(writer.finish(&self.dir, reach)?);
        self.change(|list| {
            let at = list.iter().position(|other| Arc::ptr_eq(other, newest));
            list.retain(|other| !group.iter().any(|merged| Arc::ptr_eq(merged, other)));
            list.insert(at.unwrap_or(0).min(list.len()), run);
        });
        for merged in group {
            merged.remove()?;
        }
        Ok(true)
    }
}

/// The newest neighbours of one size that are to be merged.
fn due(list: &[Arc<Run>]) -> Option<Vec<Arc<Run>>> {
    let mut groups = list.chunk_by(|one, other| level(one) == level(other));
    let group = groups.find(|group| group.len() >= FAN)?;
    Some(group.to_vec())
}

/// How often [`FAN`] runs became one on the way to this size.
fn level(run: &Run) -> u32 {
    let sealed = (run.entries / wide(YOUNG_MAX)).max(1);
    sealed.ilog(wide(FAN))
}

fn within(inner: &Reach, outer: &Reach) -> bool {
    inner.first >= outer.first && inner.batches <= outer.batches
}

fn join(thread: JoinHandle<io::Result<()>>) -> io::Result<()> {
    let panicked = |_| {
        Err(io::Error::other(
            "merging sorted runs did not end by itself",
        ))
    };
    thread.join().unwrap_or_else(panicked)
}

#[cfg(test)]
mod tests;
