//! A disk in memory that forgets what was not synced, and fails when it is told to.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::store::{Disk, DiskFile};

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// Half of the bytes are written, then an error.
    Short,
    /// Nothing is done.
    Eio,
    /// Half of the bytes are written; the disk is full from then on.
    Enospc,
    /// A sync reports an error although all is durable.
    PersistedYetFails,
}

/// What a power cut does to bytes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// They are gone.
    Dropped,
    /// They are there.
    Kept,
    /// Their first half is there.
    Half,
    /// The file is as long, but has zeros in their place.
    Zeros,
}

#[derive(Debug, Default)]
struct Inode {
    data: Vec<u8>,
    durable: Vec<u8>,
}

type Names = BTreeMap<PathBuf, Arc<Mutex<Inode>>>;

#[derive(Debug, Default)]
struct State {
    names: Names,
    durable: Names,
    /// Operations that change something, so far.
    operations: usize,
    /// The operation that fails, and how.
    plan: Option<(usize, Failure)>,
    full: bool,
}

/// The disk.
#[derive(Clone, Default)]
pub(super) struct MemoryDisk(Arc<Mutex<State>>);

impl fmt::Debug for MemoryDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryDisk")
    }
}

#[derive(Debug)]
struct MemoryFile {
    disk: MemoryDisk,
    inode: Arc<Mutex<Inode>>,
}

fn eio() -> io::Error {
    io::Error::other("injected")
}

impl MemoryDisk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// The next changing operation but `after` fails.
    pub(super) fn plan(&self, after: usize, failure: Failure) {
        let mut state = self.state();
        let at = state.operations + after;
        state.plan = Some((at, failure));
    }

    /// Whether the planned failure has happened.
    pub(super) fn failed(&self) -> bool {
        let state = self.state();
        state.plan.is_none_or(|(at, _)| state.operations > at)
    }

    /// The power goes, and comes back; the disk is sound again.
    pub(super) fn crash(&self, loss: Loss) {
        let mut state = self.state();
        state.plan = None;
        state.full = false;
        state.names = state.durable.clone();
        for inode in state.names.values() {
            let mut inode = inode.lock().unwrap();
            let durable = inode.durable.len();
            let unsynced = inode.data.len().saturating_sub(durable);
            let mut data = inode.durable.clone();
            match loss {
                Loss::Dropped => {}
                Loss::Kept => data = inode.data.clone(),
                // A cut that was not synced leaves nothing between the two lengths.
                Loss::Half => data.extend(inode.data.iter().skip(durable).take(unsynced / 2)),
                Loss::Zeros => data.resize(durable + unsynced, 0),
            }
            inode.durable.clone_from(&data);
            inode.data = data;
        }
    }

    /// Counts an operation; says how it fails.
    fn begin(&self) -> Option<Failure> {
        let mut state = self.state();
        let at = state.operations;
        state.operations += 1;
        let failure = state.plan.filter(|(planned, _)| *planned == at);
        if failure.is_some_and(|(_, failure)| failure == Failure::Enospc) {
            state.full = true;
        }
        failure.map(|(_, failure)| failure)
    }

    /// An operation on names: it fails whole.
    fn change(&self, work: impl FnOnce(&mut State) -> io::Result<()>) -> io::Result<()> {
        match self.begin() {
            Some(Failure::PersistedYetFails) => {
                work(&mut self.state())?;
                Err(eio())
            }
            Some(_) => Err(eio()),
            None => work(&mut self.state()),
        }
    }

    fn file(&self, inode: &Arc<Mutex<Inode>>) -> Box<dyn DiskFile> {
        Box::new(MemoryFile {
            disk: self.clone(),
            inode: Arc::clone(inode),
        })
    }
}

impl Disk for MemoryDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.change(|state| {
            if state.names.contains_key(path) {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            state.names.insert(path.to_owned(), Arc::default());
            Ok(())
        })?;
        self.open(path)
    }

    fn create_dir(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(if self.state().full { 0 } else { 1 << 40 })
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let names = state.names.keys();
        let names = names.filter(|name| name.parent() == Some(path));
        Ok(names
            .map(|name| name.file_name().unwrap().to_string_lossy().into_owned())
            .collect())
    }

    fn lock(&self, _: &Path) -> io::Result<Option<Box<dyn fmt::Debug + Send + Sync>>> {
        Ok(Some(Box::new(())))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let state = self.state();
        let inode = state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.file(inode))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if !self.state().names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.change(|state| {
            state.names.remove(path);
            Ok(())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(|state| {
            let inode = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
            state.names.insert(to.to_owned(), inode);
            Ok(())
        })
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.change(|state| {
            let inside = |name: &PathBuf| name.parent() == Some(path);
            state.durable.retain(|name, _| !inside(name));
            let names = state.names.clone().into_iter();
            state.durable.extend(names.filter(|(name, _)| inside(name)));
            Ok(())
        })
    }
}

impl DiskFile for MemoryFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let failure = self.disk.begin();
        let full = self.disk.state().full;
        let mut inode = self.inode.lock().unwrap();
        match failure {
            Some(Failure::Eio) => return Err(eio()),
            Some(_) => {}
            None if full => {}
            None => {
                inode.data.extend_from_slice(bytes);
                return Ok(());
            }
        }
        inode.data.extend_from_slice(&bytes[..bytes.len() / 2]);
        if full {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Err(eio())
        }
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.inode.lock().unwrap().data.len().try_into().unwrap())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let inode = self.inode.lock().unwrap();
        let offset = usize::try_from(offset).unwrap().min(inode.data.len());
        let rest = &inode.data[offset..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn sync(&self) -> io::Result<()> {
        let failure = self.disk.begin();
        let mut inode = self.inode.lock().unwrap();
        if matches!(failure, None | Some(Failure::PersistedYetFails)) {
            inode.durable = inode.data.clone();
        }
        failure.map_or(Ok(()), |_| Err(eio()))
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let failure = self.disk.begin();
        let mut inode = self.inode.lock().unwrap();
        if matches!(failure, None | Some(Failure::PersistedYetFails)) {
            inode.data.truncate(length.try_into().unwrap());
        }
        failure.map_or(Ok(()), |_| Err(eio()))
    }
}
