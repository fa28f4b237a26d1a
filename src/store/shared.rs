//! What readers and the threads of one store share.
//!
//! Start at [`Core`]. Locks are held for memory work only, never across a disk access of the journal;
//! none is taken while another of this file is held, except the index's own under `views`.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::apply::Views;
use super::disk::Disk;
use super::error::Error;
use super::files::{Identity, Published};
use super::fresh::Fresh;
use super::index::{Changes, Index};
use super::journal::{SegmentFiles, Written, wide};
use super::located::Reader;

/// sled is told to write itself out after this many changes: a start after a kill replays no more than
/// some 10,000 messages, in about a second.
const CHANGES_PER_FLUSH: u64 = 200_000;
/// Batches are joined up to this many changes: sled lets nobody read while it writes them, which
/// takes it some ten milliseconds.
const CHANGES_MAX: usize = 2_000;
/// How long the index waits for another batch to join. sled's cost is by batch as much as by change,
/// and readers find what it has not seen yet where it is staged.
const JOIN_WAIT: Duration = Duration::from_millis(20);

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
    fresh: Mutex<Fresh>,
    /// Open segments, for reading.
    pub(super) files: SegmentFiles,
    events_bytes: AtomicU64,
    bodies_bytes: AtomicU64,
    /// Batches that sled has.
    indexed: AtomicU64,
}

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
            identity,
            index,
            outbox_changed: watch::Sender::new(0),
            indexed: AtomicU64::new(views.batches),
            views: Mutex::new(views),
            published: Mutex::new(Arc::new(published)),
            failure: OnceLock::new(),
            fresh: Mutex::default(),
            files: SegmentFiles::new(Arc::clone(&disk), &dir),
            events_bytes: AtomicU64::new(bytes.0),
            bodies_bytes: AtomicU64::new(bytes.1),
            disk,
            dir,
        }
    }

    pub(super) fn views(&self) -> MutexGuard<'_, Views> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was just made durable.
    pub(super) fn fresh(&self) -> MutexGuard<'_, Fresh> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// The index and the journal, for reading.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader {
            index: &self.index,
            files: &self.files,
        }
    }

    /// The second thread: writes to sled what the writer hands over, and nobody else does. When it is
    /// behind, it writes several batches as one: what was put and taken away again costs little.
    pub(super) fn keep_index(&self, batches: &Receiver<(u64, Changes)>) {
        let mut since_flush = 0;
        while let Ok((mut last, mut changes)) = batches.recv() {
            while changes.len() < CHANGES_MAX
                && let Ok((batch, more)) = batches.recv_timeout(JOIN_WAIT)
            {
                last = batch;
                changes.extend(more);
            }
            since_flush += wide(changes.len());
            let written = self.index.write(last, changes).and_then(|()| {
                self.indexed
                    .store(last.saturating_add(1), Ordering::Relaxed);
                if since_flush < CHANGES_PER_FLUSH {
                    return Ok(());
                }
                since_flush = 0;
                self.index.flush()
            });
            if let Err(error) = written {
                return self.fail(&error);
            }
        }
        if let Err(error) = self.index.finish() {
            self.fail(&error);
        }
    }
}
