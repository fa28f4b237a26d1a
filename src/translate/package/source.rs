//! Where the schema of a package stands: in the package's own folder, or in a set of published files
//! that several packages share. Start at [`SchemaSource`].
//!
//! A set is `<party>/xsd/<version>/`: the publisher's files as they came, and `set.toml` with their
//! origin and digests. A package that names a set and has nothing to be resolved against its schema
//! is compiled when it is used first: an album has hundreds of messages, a gateway speaks a few.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::super::codelist::CodeLists;
use super::load::{read, shown};
use crate::datafile::{Faults, LoadFault, Table, parse};
use crate::schema::{Resolver, Schema, located, relative};

/// Name of the folder of sets below that of a party. No message has this name.
pub(crate) const SETS: &str = "xsd";

/// The file that says what a set is.
pub(crate) const SET_FILE: &str = "set.toml";

/// The file beside a package's own profile that puts a published schema in its place.
pub(crate) const OFFICIAL_FILE: &str = "official.toml";

/// A set of published schema files.
#[derive(Debug)]
pub(super) struct Set {
    folder: PathBuf,
    names: BTreeSet<String>,
    pub(super) origin: String,
    pub(super) licence: String,
}

/// The sets that were read so far, by their folder; none for one that has faults.
pub(super) type Sets = BTreeMap<PathBuf, Option<Arc<Set>>>;

impl Set {
    /// Reads a set and compares its files with the digests that it names. Faults are noted once.
    pub(super) fn find(
        sets: &mut Sets,
        root: &Path,
        party: &str,
        version: &str,
        out: &mut Vec<LoadFault>,
    ) -> Option<Arc<Self>> {
        let folder = root.join(party).join(SETS).join(version);
        let load = || Self::load(root, &folder, out).map(Arc::new);
        sets.entry(folder.clone()).or_insert_with(load).clone()
    }

    fn load(root: &Path, folder: &Path, out: &mut Vec<LoadFault>) -> Option<Self> {
        let file = folder.join(SET_FILE);
        let name = shown(&file, root);
        let text = match read(&file) {
            Ok(text) => text,
            Err(message) => {
                let faults = Faults::of(&name, "");
                faults.whole(format!("cannot be read: {message}"));
                out.extend(faults.into_inner());
                return None;
            }
        };
        let faults = Faults::of(&name, &text);
        let document = parse(&text, &faults);
        let table = Table::new(&document, &faults);
        table.only(&["origin", "licence", "files", "note"]);
        let mut set = Self {
            folder: folder.to_owned(),
            names: BTreeSet::new(),
            origin: table.required("origin").text.to_owned(),
            licence: table.required("licence").text.to_owned(),
        };
        if let Some(files) = table.table("files") {
            for key in files.keys() {
                let wanted = files.required(key.text);
                match std::fs::read(folder.join(key.text)) {
                    Err(error) => files.faults.at(key.at, format!("cannot be read: {error}")),
                    Ok(bytes) if digest(&bytes) != wanted.text => {
                        files.faults.at(wanted.at, "the file has another SHA-256");
                    }
                    Ok(_) => {
                        set.names.insert(key.text.to_owned());
                    }
                }
            }
        }
        let sound = faults.is_empty();
        drop(document);
        out.extend(faults.into_inner());
        sound.then_some(set)
    }
}

/// SHA-256, in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, bytes))
}

/// Where the files of a package's schema stand, and with which to begin.
#[derive(Debug)]
pub(super) struct SchemaSource {
    place: Place,
    entries: Vec<String>,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Set(Arc<Set>),
}

impl SchemaSource {
    /// In the package's own folder.
    pub(super) fn folder(folder: &Path, entries: Vec<String>) -> Self {
        let place = Place::Folder(folder.to_owned());
        Self { place, entries }
    }

    /// In a set.
    pub(super) fn set(set: Arc<Set>, entries: Vec<String>) -> Self {
        let place = Place::Set(set);
        Self { place, entries }
    }

    /// Compiles it.
    pub(super) fn compile(&self) -> Result<Schema, String> {
        let entries: Vec<&str> = self.entries.iter().map(String::as_str).collect();
        Schema::compile(&entries, self).map_err(|error| format!("schema: {error}"))
    }
}

impl Resolver for SchemaSource {
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)> {
        let (folder, name) = match &self.place {
            Place::Folder(folder) => (folder, relative(base, location)?),
            Place::Set(set) => {
                let name = located(base, location, &set.names)?;
                (&set.folder, name.to_owned())
            }
        };
        let bytes = std::fs::read(folder.join(&name)).ok()?;
        Some((name, bytes))
    }
}

/// A schema that is compiled when somebody asks first.
#[derive(Debug)]
pub(super) struct Later {
    source: SchemaSource,
    made: OnceLock<Result<Schema, String>>,
}

/// The schema of a package.
#[derive(Debug)]
pub(super) enum Held {
    /// Compiled when the package was loaded.
    Ready(Box<Schema>),
    /// Compiled at the first need.
    Later(Box<Later>),
}

impl Held {
    /// A schema to be compiled at the first need.
    pub(super) fn later(source: SchemaSource) -> Self {
        let made = OnceLock::new();
        Self::Later(Box::new(Later { source, made }))
    }

    /// The schema, compiled now if it was not before.
    pub(super) fn get(&self) -> Result<&Schema, &str> {
        match self {
            Self::Ready(schema) => Ok(schema),
            Self::Later(later) => {
                let made = later.made.get_or_init(|| later.source.compile());
                made.as_ref().map_err(String::as_str)
            }
        }
    }

    /// Whether it compiles; what is compiled for this answer alone is not kept.
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Ready(_) => Ok(()),
            Self::Later(later) => match later.made.get() {
                Some(made) => made.as_ref().map(drop).map_err(Clone::clone),
                None => later.source.compile().map(drop),
            },
        }
    }
}

/// What `official.toml` says: the set and its entries.
pub(super) fn official(
    root: &Path,
    folder: &Path,
    out: &mut Vec<LoadFault>,
) -> Option<(String, Vec<String>)> {
    let file = folder.join(OFFICIAL_FILE);
    if !file.is_file() {
        return None;
    }
    let text = read(&file).unwrap_or_default();
    let faults = Faults::of(&shown(&file, root), &text);
    let document = parse(&text, &faults);
    let table = Table::new(&document, &faults);
    table.only(&["set", "schema", "note"]);
    let set = table.required("set").text.to_owned();
    let entries = table.texts("schema").into_iter();
    let entries = entries.map(|it| it.text.to_owned()).collect();
    drop(document);
    out.extend(faults.into_inner());
    Some((set, entries))
}

/// Everything that the loading of one package shares with that of others.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) lists: CodeLists,
    pub(super) sets: Sets,
}
