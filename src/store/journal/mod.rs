//! The journal: append-only segments of event batches, and of message bodies beside them.
//!
//! Start at [`Journal`] to write and at [`walk`] to read. This module knows bytes, batches and
//! bodies; what events mean is the business of its parent. Its errors are [`Error::Io`] and
//! [`Error::Damaged`](super::Error::Damaged), with file and offset.

mod files;
mod format;
mod read;
mod write;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use files::SegmentFiles;
pub(super) use format::{
    BODIES_HEADER_BYTES, Batch, Chain, Location, RecordKind, bodies_header, wide,
};
pub(super) use read::{End, read_body, read_exact, segment_chain, segments, walk, walk_segment};
pub(super) use write::{Journal, SegmentEnd, Written};

use super::error::Error;

/// The directory of event segments within a store.
pub(super) fn events_dir(dir: &Path) -> PathBuf {
    dir.join("events")
}

/// The directory of body segments within a store.
pub(super) fn bodies_dir(dir: &Path) -> PathBuf {
    dir.join("bodies")
}

/// The file of segment `number` in one of these directories.
pub(super) fn segment_file(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:08}"))
}

/// A place in the event segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) segment: u32,
    pub(super) offset: u64,
}

/// Turns what the system said into the room's error.
pub(super) fn io_error(action: &'static str, file: &Path) -> impl FnOnce(io::Error) -> Error {
    let file = file.to_owned();
    move |source| Error::Io {
        action,
        file,
        source: Arc::new(source),
    }
}
