//! What the digest of a configuration covers: one line for each file, with its kind, name and SHA-256.
//!
//! Start at [`Digested`]. Whatever can change a verdict is in it: the gateway's file, profiles, lanes,
//! packages, certificates and revocation lists. Private keys are not; their certificates are.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::{Error, Problem};
use super::load::whole_file;
use super::source::{Source, unreadable};
use crate::evidence::sha256;
use crate::model::Sha256;

/// Most files in the folder of packages: a hundred packages of a hundred files each.
const FILES_MAX: usize = 10_000;

/// The lines so far.
#[derive(Default)]
pub(super) struct Digested {
    lines: String,
}

impl Digested {
    /// Adds one file.
    pub(super) fn file(&mut self, kind: &str, name: &str, digest: &Sha256) {
        self.lines.push_str(&format!("{kind} {name} {digest}\n"));
    }

    /// Adds a file of the configuration, and what it names.
    pub(super) fn text(&mut self, kind: &str, path: &Path, source: &Source) {
        self.file(kind, &name(path), &sha256(source.text().as_bytes()));
        for (named, digest) in source.named() {
            self.file("names", named, digest);
        }
    }

    /// Adds every file below a folder, by path. One that cannot be read is a fault.
    pub(super) fn folder(&mut self, kind: &str, dir: &Path, faults: &mut Vec<Error>) {
        if fs::read_dir(dir).is_err() {
            // Noted where it is named.
            return;
        }
        let mut files = Vec::new();
        collect(dir, &mut files, faults);
        files.sort();
        if files.len() > FILES_MAX {
            let problem = Problem::Range {
                got: u64::try_from(files.len()).unwrap_or(u64::MAX),
                min: 0,
                max: u64::try_from(FILES_MAX).unwrap_or(u64::MAX),
            };
            return faults.push(whole_file(dir, problem));
        }
        for path in files {
            match fs::read(&path) {
                Ok(bytes) => {
                    let within = path.strip_prefix(dir).unwrap_or(&path);
                    self.file(kind, &within.to_string_lossy(), &sha256(&bytes));
                }
                Err(error) => faults.push(whole_file(&path, unreadable(&path, &error))),
            }
        }
    }

    /// The digest over all lines.
    pub(super) fn sha256(&self) -> Sha256 {
        sha256(self.lines.as_bytes())
    }
}

/// The files below a folder, a few more than [`FILES_MAX`] at most. Links to folders are not followed.
fn collect(dir: &Path, files: &mut Vec<PathBuf>, faults: &mut Vec<Error>) {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => return faults.push(whole_file(dir, unreadable(dir, &error))),
    };
    for entry in entries.filter_map(Result::ok) {
        if files.len() > FILES_MAX {
            return;
        }
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => collect(&path, files, faults),
            Ok(_) if path.is_file() => files.push(path),
            Ok(_) | Err(_) => {}
        }
    }
}

/// The last part of a path.
pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
