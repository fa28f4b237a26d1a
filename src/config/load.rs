//! Reads the gateway's file and every profile, and checks what only shows across files.
//!
//! Start at [`load`].

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::digest::{Digested, name};
use super::error::{Error, Faults, Place, Problem};
use super::gateway::{Gateway, GatewayFile};
use super::partner::{Partner, PartnerFile};
use super::source::{Source, unreadable};
use crate::evidence::sha256;
use crate::model::PartyId;

/// Most files in the partner or lane directory: an agreement network of a few hundred services.
const FILES_MAX: usize = 4096;

/// Reads and checks a gateway's whole configuration as of `now` (for certificates' dates).
///
/// # Errors
/// Every fault found, each with file, line, key and remedy.
pub fn load(path: &Path, now: Timestamp) -> Result<Gateway, Faults> {
    let mut source = Source::read(path).map_err(|error| Faults(vec![error]))?;
    let file: GatewayFile = source.parse().map_err(|error| Faults(vec![error]))?;
    let checked = file.check(&mut source, now);
    let mut digested = Digested::default();
    digested.text("gateway.toml", Path::new(""), &source);
    let mut faults = source.into_faults();
    let mut profiles = Profiles::default();
    for profile in toml_files(&checked.partners_dir, &mut faults) {
        match Source::read(&profile) {
            Ok(mut source) => {
                profiles.read(&mut source, checked.party.as_ref());
                digested.text("partner", &profile, &source);
                faults.extend(source.into_faults());
            }
            Err(error) => faults.push(error),
        }
    }
    let Some(mut gateway) = checked.gateway else {
        return Err(Faults(faults));
    };
    for lane in toml_files(&gateway.lanes_dir, &mut faults) {
        match fs::read(&lane) {
            Ok(bytes) => digested.file("lane", &name(&lane), &sha256(&bytes)),
            Err(error) => faults.push(whole_file(&lane, unreadable(&lane, &error))),
        }
    }
    let agreements = gateway.agreements_dir.as_deref();
    let agreements = agreements.map(|dir| toml_files(dir, &mut faults));
    for agreement in agreements.into_iter().flatten() {
        match fs::read(&agreement) {
            Ok(bytes) => digested.file("agreement", &name(&agreement), &sha256(&bytes)),
            Err(error) => faults.push(whole_file(&agreement, unreadable(&agreement, &error))),
        }
    }
    digested.folder("package", &gateway.schemas_dir, &mut faults);
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    gateway.partners = profiles.partners;
    gateway.sha256 = digested.sha256();
    Ok(gateway)
}

/// The profiles read so far, and what each has taken.
#[derive(Default)]
struct Profiles {
    partners: Vec<Partner>,
    parties: BTreeMap<String, PathBuf>,
    identities: BTreeMap<String, PathBuf>,
}

impl Profiles {
    fn read(&mut self, source: &mut Source, own: Option<&PartyId>) {
        let file: PartnerFile = match source.parse() {
            Ok(file) => file,
            Err(error) => return source.note(error),
        };
        let path = source.path().to_owned();
        let partner = file.check(source, own);
        if let Some(other) = self.parties.get(file.party.get_ref()) {
            let problem = duplicate("this party", other);
            source.fault(file.party.span(), "party", problem);
        }
        for (identity, key) in file.tls.get_ref().identities() {
            let value = identity.get_ref().to_ascii_lowercase();
            match self.identities.get(&value) {
                Some(other) => {
                    let problem = duplicate("this TLS identity", other);
                    source.fault(identity.span(), key, problem);
                }
                None => drop(self.identities.insert(value, path.clone())),
            }
        }
        self.parties.insert(file.party.into_inner(), path);
        self.partners.extend(partner);
    }
}

fn duplicate(what: &'static str, other: &Path) -> Problem {
    Problem::Duplicate {
        what,
        other: other.display().to_string(),
    }
}

/// The `.toml` files of a directory, by name. A directory that cannot be read was noted before.
fn toml_files(dir: &Path, faults: &mut Vec<Error>) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .take(FILES_MAX + 1)
        .collect();
    files.sort();
    if files.len() > FILES_MAX {
        let problem = Problem::Range {
            got: u64::try_from(files.len()).unwrap_or(u64::MAX),
            min: 0,
            max: u64::try_from(FILES_MAX).unwrap_or(u64::MAX),
        };
        faults.push(whole_file(dir, problem));
    }
    files
}

pub(super) fn whole_file(path: &Path, problem: Problem) -> Error {
    Error {
        place: Place {
            file: path.to_owned(),
            line: 0,
            key: String::new(),
        },
        problem,
    }
}
