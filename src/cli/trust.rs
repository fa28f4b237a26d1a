//! The verifier's own choice of whom to believe: a folder of anchors, lists and log keys.
//!
//! Start at [`Trust::read`]. `certs/README.md` shows the folder. What a message or proof carries is
//! never added to it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Failure, files};
use crate::crypto::TrustStore;
use crate::evidence::CheckpointVerifier;

/// Most files in one of the folders: a few hundred services with a handful of roots each.
const FILES_MAX: usize = 4096;

/// Whom a verifier believes.
pub struct Trust {
    /// Anchors, intermediates and revocation lists.
    pub certificates: TrustStore,
    /// Keys of receipt logs.
    pub logs: Vec<CheckpointVerifier>,
}

impl Trust {
    /// Reads a trust folder.
    ///
    /// # Errors
    /// `FILE_UNREADABLE`; `TRUST_EMPTY` without an anchor; `TRUST_MALFORMED` and `EVIDENCE_FORMAT`
    /// for files that are not what their folder says.
    pub fn read(dir: &Path) -> Result<Self, Failure> {
        let anchors = joined(&dir.join("anchors"))?;
        if anchors.is_empty() {
            let text = format!("{}: no anchor (anchors/*.pem)", dir.display());
            return Err(Failure::input("TRUST_EMPTY", text));
        }
        let intermediates = joined(&dir.join("intermediates"))?;
        let crls = paths(&dir.join("crls"))?
            .iter()
            .map(|path| files::read(path))
            .collect::<Result<Vec<_>, _>>()?;
        let certificates = TrustStore::from_pem(&anchors, &intermediates, &crls)
            .map_err(|error| Failure::input(error.code(), format!("{}: {error}", dir.display())))?;
        let mut logs = Vec::new();
        for path in paths(&dir.join("logs"))? {
            logs.extend(read_vkeys(&path)?);
        }
        Ok(Self { certificates, logs })
    }
}

/// The verifier keys of a file, one a line.
fn read_vkeys(path: &Path) -> Result<Vec<CheckpointVerifier>, Failure> {
    let bytes = files::read(path)?;
    String::from_utf8_lossy(&bytes)
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            CheckpointVerifier::parse(line.trim()).map_err(|error| {
                Failure::input(error.code(), format!("{}: {error}", path.display()))
            })
        })
        .collect()
}

/// All files of a folder, one after the other.
fn joined(dir: &Path) -> Result<Vec<u8>, Failure> {
    let mut all = Vec::new();
    for path in paths(dir)? {
        all.extend(files::read(&path)?);
        all.push(b'\n');
    }
    Ok(all)
}

/// The files of a folder by name; none when there is no such folder.
fn paths(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable = |error| Failure::unreadable(dir, &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            paths.push(path);
        }
        if paths.len() > FILES_MAX {
            let text = format!("{}: more than {FILES_MAX} files", dir.display());
            return Err(Failure::input("TRUST_TOO_MANY", text));
        }
    }
    paths.sort();
    Ok(paths)
}
