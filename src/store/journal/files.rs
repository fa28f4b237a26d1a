//! Open segments, for reading what the index points at.
//!
//! Start at [`SegmentFiles`].

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::format::Location;
use super::read::{read_body, read_exact};
use super::{bodies_dir, events_dir, io_error, segment_file};
use crate::model::Sha256;
use crate::store::disk::{Disk, DiskFile};
use crate::store::error::Error;

/// Segments that are kept open: 16 GiB of them at the usual size.
const FILES_OPEN_MAX: usize = 64;

/// The segments of one store.
#[derive(Debug)]
pub(in crate::store) struct SegmentFiles {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    open: Mutex<HashMap<PathBuf, Arc<dyn DiskFile>>>,
}

impl SegmentFiles {
    pub(in crate::store) fn new(disk: Arc<dyn Disk>, dir: &Path) -> Self {
        Self {
            disk,
            dir: dir.to_owned(),
            open: Mutex::new(HashMap::new()),
        }
    }

    /// A body, checked against its digest.
    pub(in crate::store) fn body(
        &self,
        sha256: &Sha256,
        location: &Location,
    ) -> Result<Vec<u8>, Error> {
        let file = self.file(segment_file(&bodies_dir(&self.dir), location.segment))?;
        read_body(&*file, &self.dir, sha256, location)
    }

    /// The bytes of a record of a batch. They were checked when the store was opened, or written since.
    pub(in crate::store) fn record(&self, location: &Location) -> Result<Vec<u8>, Error> {
        let path = segment_file(&events_dir(&self.dir), location.segment);
        let length = usize::try_from(location.bytes).unwrap_or(usize::MAX);
        let file = self.file(path.clone())?;
        read_exact(&*file, &path, location.offset, length)
    }

    fn file(&self, path: PathBuf) -> Result<Arc<dyn DiskFile>, Error> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&path) {
            return Ok(Arc::clone(file));
        }
        let file = self.disk.open(&path).map_err(io_error("open", &path))?;
        let file: Arc<dyn DiskFile> = Arc::from(file);
        if open.len() >= FILES_OPEN_MAX {
            open.clear();
        }
        open.insert(path, Arc::clone(&file));
        Ok(file)
    }
}
