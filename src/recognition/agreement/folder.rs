//! Agreements of a folder, and finding the one that counts.
//!
//! Start at [`Agreements::load_dir`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Agreement;
use crate::datafile::LoadFault;
use crate::model::PartyId;

/// Largest file of an agreement, in bytes. A list of 20,000 participants takes 1 MB.
pub const AGREEMENT_BYTES_MAX: u64 = 16 << 20;

/// Most agreements of one folder: a service has some tens of partners with a few protocols each.
pub const AGREEMENTS_MAX: usize = 1_000;

/// A fault in an agreement's file. `Display` reads `file:line: message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub LoadFault);

impl Fault {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        "AGREEMENT_FAULT"
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Fault {}

/// The agreements of a gateway, by id.
#[derive(Debug, Clone, Default)]
pub struct Agreements(BTreeMap<String, Agreement>);

impl Agreements {
    /// Reads every `*.toml` of a folder. An empty folder is no agreement, and no fault.
    ///
    /// # Errors
    /// Every fault of every file, with file and line.
    pub fn load_dir(dir: &Path) -> Result<Self, Vec<Fault>> {
        let mut agreements = BTreeMap::new();
        let mut faults = Vec::new();
        let mut named = BTreeMap::new();
        for file in files(dir).map_err(|fault| vec![fault])? {
            match Agreement::load_among(&file, &named) {
                Ok(agreement) => {
                    named.insert(agreement.id.clone(), file.display().to_string());
                    agreements.insert(agreement.id.clone(), agreement);
                }
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() {
            Ok(Self(agreements))
        } else {
            Err(faults)
        }
    }

    /// The agreement of this id.
    pub fn find(&self, id: &str) -> Option<&Agreement> {
        self.0.get(id)
    }

    /// All, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Agreement> {
        self.0.values()
    }

    /// Those between two parties that are in force at a time, by id. Suspended ones are among
    /// them: a rule says so in the decision.
    pub fn between(&self, a: &PartyId, b: &PartyId, at: Timestamp) -> Vec<&Agreement> {
        self.iter()
            .filter(|agreement| agreement.parties.contains(a) && agreement.parties.contains(b))
            .filter(|agreement| agreement.is_in_force(at))
            .collect()
    }
}

impl Agreement {
    /// Reads one file.
    ///
    /// # Errors
    /// Every fault of it, with its line.
    pub fn load(file: &Path) -> Result<Self, Vec<Fault>> {
        Self::load_among(file, &BTreeMap::new())
    }

    /// The same, where the files of other agreements are known by their ids.
    fn load_among(file: &Path, others: &BTreeMap<String, String>) -> Result<Self, Vec<Fault>> {
        let unreadable = |message: String| vec![whole(file, message)];
        let size = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?;
        if size.len() > AGREEMENT_BYTES_MAX {
            let message = format!("has more than {AGREEMENT_BYTES_MAX} bytes");
            return Err(unreadable(message));
        }
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        Self::parse_among(&file.display().to_string(), &text, others)
    }
}

fn whole(file: &Path, message: impl Into<String>) -> Fault {
    Fault(LoadFault {
        file: file.display().to_string(),
        line: 0,
        message: message.into(),
    })
}

fn files(dir: &Path) -> Result<Vec<PathBuf>, Fault> {
    let entries = std::fs::read_dir(dir).map_err(|error| whole(dir, error.to_string()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| whole(dir, error.to_string()))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
        if files.len() > AGREEMENTS_MAX {
            let message = format!("there are more than {AGREEMENTS_MAX} agreements");
            return Err(whole(dir, message));
        }
    }
    files.sort();
    Ok(files)
}
