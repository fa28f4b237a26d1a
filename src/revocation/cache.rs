//! What was fetched, kept on the disk, so that a gateway that is started anew knows what it knew.
//!
//! Start at [`Cache`]. What is read from it is as little trusted as what comes over the wire.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use ring::digest::{SHA256, digest};

/// A folder of files, each named by the digest of whose it is and of where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    dir: PathBuf,
}

impl Cache {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    fn path(&self, of: &[&str]) -> PathBuf {
        // No part has a line feed: they are parties, addresses and digests.
        let name = hex::encode(digest(&SHA256, of.join("\n").as_bytes()));
        self.dir.join(name)
    }

    /// What was kept, if it can be read and is not larger than this.
    pub(super) fn read(&self, of: &[&str], bytes_max: usize) -> Option<Vec<u8>> {
        let path = self.path(of);
        let length = fs::metadata(&path).ok()?.len();
        let fits = usize::try_from(length).is_ok_and(|length| length <= bytes_max);
        fits.then(|| fs::read(path).ok())?
    }

    /// Keeps it, whole or not at all.
    pub(super) fn write(&self, of: &[&str], bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(self.path(of))?;
        Ok(())
    }
}
