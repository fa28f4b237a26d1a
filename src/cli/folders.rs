//! Folders that commands work on: message packages and files of one kind.
//!
//! Start at [`schemas_dir`].

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Failure, files};
use crate::translate::Packages;

/// Most files of one kind in a folder: an agreement network of a few hundred services.
const FILES_MAX: usize = 4096;

/// The folder of message packages: the one named, else `schemas` here, else beside the sources that
/// the program was built from.
pub(super) fn schemas_dir(named: Option<&Path>) -> Result<PathBuf, Failure> {
    let candidates = match named {
        Some(dir) => vec![dir.to_owned()],
        None => vec![
            PathBuf::from("schemas"),
            Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas"),
        ],
    };
    let found = candidates.iter().find(|dir| dir.is_dir());
    found.cloned().ok_or_else(|| {
        Failure::input(
            "SCHEMAS_MISSING",
            "no folder of message packages is here; name it with --schemas DIR",
        )
    })
}

/// Loads all packages of a folder. Every fault is printed; the failure counts them.
pub(super) fn packages(dir: &Path) -> Result<Packages, Failure> {
    Packages::load(dir).map_err(|faults| printed(dir, &faults))
}

/// The same of those packages that one of the names names.
pub(super) fn named_packages(dir: &Path, names: &[&str]) -> Result<Packages, Failure> {
    Packages::load_named(dir, names).map_err(|faults| printed(dir, &faults))
}

fn printed(dir: &Path, faults: &[impl Display]) -> Failure {
    for fault in faults {
        files::complain(fault);
    }
    let text = format!("{}: {} fault(s), named above", dir.display(), faults.len());
    Failure::input("PACKAGES", text)
}

/// The same, where faults are not printed.
pub(super) fn read_packages(dir: &Path) -> Result<Packages, Vec<Failure>> {
    Packages::load(dir).map_err(|faults| {
        let faults = faults.into_iter();
        faults
            .map(|fault| Failure::input("PACKAGES", fault))
            .collect()
    })
}

/// The `.toml` files of a folder, by name.
pub(super) fn toml_files(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| Failure::unreadable(dir, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)?.take(FILES_MAX) {
        let path = entry.map_err(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A folder that is made now: it must be empty or not exist.
pub(super) fn new_dir(dir: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(dir).map_err(|error| Failure::unwritable(dir, &error))?;
    let mut entries = fs::read_dir(dir).map_err(|error| Failure::unreadable(dir, &error))?;
    if entries.next().is_some() {
        let text = format!("{} is not empty; name a new folder", dir.display());
        return Err(Failure::input("FOLDER_NOT_EMPTY", text));
    }
    fs::canonicalize(dir).map_err(|error| Failure::unreadable(dir, &error))
}
