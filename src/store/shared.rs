//! What readers and the threads of one store share.
//!
//! Start at [`Core`]. Locks are held for memory work only, never across a disk access of the journal;
//! none is taken while another of this file is held, except the index's own under `views`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;

use super::apply::Views;
use super::disk::{Disk, DiskFile};
use super::error::Error;
use super::files::{Identity, Published};
use super::index::{Changes, Index};
use super::journal::{Location, Written, bodies_dir, events_dir, io_error, segment_file};

/// sled is told to write itself out after this many batches: a start after a kill replays no more.
const BATCHES_PER_FLUSH: u64 = 1024;

/// What is shared.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) dir: PathBuf,
    pub(super) identity: Identity,
    pub(super) index: Index,
    /// Counts changes of the outbox.
    pub(super) outbox_changed: watch::Sender<u64>,
    /// Written by the writer alone.
    views: Mutex<Views>,
    /// Written by the writer alone.
    published: Mutex<Arc<Published>>,
    /// What failed first. Once set, nothing is written any more.
    failure: OnceLock<Error>,
    /// Open segments, for reading.
    files: Mutex<HashMap<PathBuf, Arc<dyn DiskFile>>>,
    events_bytes: AtomicU64,
    bodies_bytes: AtomicU64,
    /// Batches that sled has.
    indexed: AtomicU64,
}

/// Segments that are kept open for reading: 16 GiB of them at the usual size.
const FILES_OPEN_MAX: usize = 64;

impl Core {
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        dir: PathBuf,
        identity: Identity,
        found: (Index, Views, Published),
        bytes: (u64, u64),
    ) -> Self {
        let (index, views, published) = found;
        Self {
            disk,
            dir,
            identity,
            index,
            outbox_changed: watch::Sender::new(0),
            indexed: AtomicU64::new(views.batches),
            views: Mutex::new(views),
            published: Mutex::new(Arc::new(published)),
            failure: OnceLock::new(),
            files: Mutex::new(HashMap::new()),
            events_bytes: AtomicU64::new(bytes.0),
            bodies_bytes: AtomicU64::new(bytes.1),
        }
    }

    pub(super) fn views(&self) -> MutexGuard<'_, Views> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn published(&self) -> Arc<Published> {
        let published = self.published.lock();
        Arc::clone(&published.unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set_published(&self, published: Published) {
        let mut held = self
            .published
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(published);
    }

    pub(super) fn is_healthy(&self) -> bool {
        self.failure.get().is_none()
    }

    pub(super) fn failure(&self) -> Option<&Error> {
        self.failure.get()
    }

    /// Stops all further writing.
    pub(super) fn fail(&self, error: &Error) {
        if self.failure.set(error.clone()).is_ok() {
            tracing::error!(code = error.code(), %error, "the store takes nothing more");
        }
    }

    /// Counts what a batch added.
    pub(super) fn grew(&self, written: &Written) {
        let (events, bodies) = written.grown;
        self.events_bytes.fetch_add(events, Ordering::Relaxed);
        self.bodies_bytes.fetch_add(bodies, Ordering::Relaxed);
    }

    /// Bytes of all event segments and of all body segments.
    pub(super) fn bytes(&self) -> (u64, u64) {
        (
            self.events_bytes.load(Ordering::Relaxed),
            self.bodies_bytes.load(Ordering::Relaxed),
        )
    }

    pub(super) fn indexed(&self) -> u64 {
        self.indexed.load(Ordering::Relaxed)
    }

    /// The open body segment that has this body.
    pub(super) fn body_segment(&self, location: &Location) -> Result<Arc<dyn DiskFile>, Error> {
        self.file(segment_file(&bodies_dir(&self.dir), location.segment))
    }

    /// The open event segment that has this record.
    pub(super) fn event_segment(&self, location: &Location) -> Result<Arc<dyn DiskFile>, Error> {
        self.file(segment_file(&events_dir(&self.dir), location.segment))
    }

    fn file(&self, path: PathBuf) -> Result<Arc<dyn DiskFile>, Error> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(&path) {
            return Ok(Arc::clone(file));
        }
        let file = self.disk.open(&path).map_err(io_error("open", &path))?;
        let file: Arc<dyn DiskFile> = Arc::from(file);
        if files.len() >= FILES_OPEN_MAX {
            files.clear();
        }
        files.insert(path, Arc::clone(&file));
        Ok(file)
    }

    /// The second thread: writes to sled what the writer hands over, and nobody else does.
    pub(super) fn keep_index(&self, batches: &Receiver<(u64, Changes)>) {
        let mut since_flush = 0;
        for (batch, changes) in batches {
            let written = self.index.write(batch, changes).and_then(|()| {
                self.indexed
                    .store(batch.saturating_add(1), Ordering::Relaxed);
                since_flush += 1;
                if since_flush < BATCHES_PER_FLUSH {
                    return Ok(());
                }
                since_flush = 0;
                self.index.flush()
            });
            if let Err(error) = written {
                return self.fail(&error);
            }
        }
        if let Err(error) = self.index.flush() {
            self.fail(&error);
        }
    }
}
