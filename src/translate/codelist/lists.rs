//! The lists of folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use super::list::{CodeList, Version};
use super::read::{Read, read};
use super::{Column, Doubt, Edition, Entry, LABELS};
use crate::datafile::{Faults, LoadFault, Table, nearest, parse};
use crate::translate::package::read_text;

/// Lists that are too large to be part of the packages, and that an operator imports. A mapping may
/// name them although they are not there.
pub const OPTIONAL_LISTS: [&str; 3] = ["eu-office", "hs", "un-locode"];

/// Most files of one folder of lists.
const FILES_MAX: usize = 1_000;

/// The folder of lists beside the packages.
const FOLDER: &str = "codelists";

/// The lists within reach of a package.
#[derive(Debug, Clone, Default)]
pub struct CodeLists {
    lists: BTreeMap<String, Arc<CodeList>>,
}

/// Why a list cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unlisted(pub String);

/// How the rows of an imported list are kept.
#[derive(Debug, Clone, Copy)]
pub struct RowsFile;

impl RowsFile {
    /// A line of cells. What would end the cell or the line becomes a blank.
    pub fn line(cells: &[&str]) -> String {
        let clean = |cell: &&str| cell.replace(['\t', '\n', '\r'], " ").trim().to_owned();
        let cells: Vec<String> = cells.iter().map(clean).collect();
        cells.join("\t") + "\n"
    }
}

impl CodeLists {
    /// The lists of `codelists/` in a folder of packages.
    ///
    /// # Errors
    /// Every fault with its file and line.
    pub fn load(schemas: &Path) -> Result<Self, Vec<LoadFault>> {
        Self::read(&schemas.join(FOLDER), schemas)
    }

    /// The lists of a folder.
    ///
    /// # Errors
    /// Every fault with its file and line.
    pub fn of_folder(folder: &Path) -> Result<Self, Vec<LoadFault>> {
        Self::read(folder, folder)
    }

    fn read(folder: &Path, root: &Path) -> Result<Self, Vec<LoadFault>> {
        let mut faults = Vec::new();
        let mut lists = Self::default();
        lists.read_folder(folder, root, &mut faults);
        match faults.is_empty() {
            true => Ok(lists),
            false => Err(faults),
        }
    }

    /// Adds the `*.toml` of a folder; a folder that is not there adds nothing. Of a list that this folder
    /// has, the versions of other folders do not count any more.
    pub(in super::super) fn read_folder(
        &mut self,
        folder: &Path,
        root: &Path,
        out: &mut Vec<LoadFault>,
    ) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let mut files: Vec<PathBuf> = paths
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .collect();
        files.sort();
        let mut found: BTreeMap<String, CodeList> = BTreeMap::new();
        for (number, path) in files.iter().enumerate() {
            let shown = path.strip_prefix(root).unwrap_or(path);
            let shown = shown.display().to_string();
            let text = match read_text(path) {
                Ok(_) if number >= FILES_MAX => {
                    Err(format!("a folder has at most {FILES_MAX} lists"))
                }
                Ok(text) => Ok(text),
                Err(error) => Err(format!("cannot be read: {error}")),
            };
            let text = match text {
                Ok(text) => text,
                Err(message) => {
                    let faults = Faults::of(&shown, "");
                    faults.whole(message);
                    out.extend(faults.into_inner());
                    if number >= FILES_MAX {
                        break;
                    }
                    continue;
                }
            };
            let faults = Faults::of(&shown, &text);
            let table = parse(&text, &faults);
            if let Some(read) = read(Table::new(&table, &faults), &shown, folder) {
                add(&mut found, read, &faults);
            }
            out.extend(faults.into_inner());
        }
        for (name, mut list) in found {
            list.versions.sort_by_key(|version| version.span.from);
            self.lists.insert(name, Arc::new(list));
        }
    }

    /// Finds `list:column`.
    ///
    /// # Errors
    /// What is wrong, for a fault.
    pub(in super::super) fn column(&self, qualified: &str) -> Result<Column, String> {
        let Some((list, column)) = qualified.split_once(':') else {
            return Err(format!("`{qualified}` is not list:column"));
        };
        let Some(found) = self.lists.get(list) else {
            let near = nearest(list, self.lists.keys().map(String::as_str));
            return Err(format!("there is no code list `{list}`{near}"));
        };
        let Some(position) = found.columns.iter().position(|c| c == column) else {
            if LABELS.contains(&column) {
                return Err(format!("`{column}` of code list `{list}` holds no codes"));
            }
            let near = nearest(column, found.columns.iter().map(String::as_str));
            return Err(format!("code list `{list}` has no column `{column}`{near}"));
        };
        Ok(Column {
            list: Arc::clone(found),
            column: position,
            name: qualified.to_owned(),
        })
    }

    /// Finds `list:column`; nothing when the list is one that an operator may import and has not.
    ///
    /// # Errors
    /// As [`CodeLists::column`].
    pub(in super::super) fn optional(&self, qualified: &str) -> Result<Option<Column>, String> {
        let list = qualified.split(':').next().unwrap_or_default();
        if OPTIONAL_LISTS.contains(&list) && !self.lists.contains_key(list) {
            return Ok(None);
        }
        self.column(qualified).map(Some)
    }

    /// Every version of every list, by name, the oldest first.
    pub fn editions(&self) -> impl Iterator<Item = Edition<'_>> {
        let lists = self.lists.values();
        lists.flat_map(|list| list.versions.iter().map(|version| list.edition(version)))
    }

    /// The rows of a version of a list, all or those that have a code; without the name of a version of the
    /// one that holds on the day.
    ///
    /// # Errors
    /// There is no such list, or no such version.
    pub fn entries(
        &self,
        name: &str,
        version: Option<&str>,
        on: Option<Date>,
        code: Option<&str>,
    ) -> Result<(Edition<'_>, Vec<Entry<'_>>), Unlisted> {
        let list = self.list(name)?;
        let version = match version {
            None => list.version(on),
            Some(wanted) => of_label(list, wanted)?,
        };
        let rows = match code {
            None => version.rows.iter().collect(),
            Some(code) => version.with_code(version.asked(code)),
        };
        let entries = rows.into_iter().map(|row| version.entry(row)).collect();
        Ok((list.edition(version), entries))
    }

    /// What is doubtful about a code of `list:column` on a day.
    ///
    /// # Errors
    /// There is no such list or column.
    pub fn doubt(
        &self,
        qualified: &str,
        code: &str,
        on: Option<Date>,
    ) -> Result<Option<Doubt>, Unlisted> {
        let column = self.column(qualified).map_err(Unlisted)?;
        Ok(column.doubtful(code, on))
    }

    fn list(&self, name: &str) -> Result<&Arc<CodeList>, Unlisted> {
        self.lists.get(name).ok_or_else(|| {
            let near = nearest(name, self.lists.keys().map(String::as_str));
            Unlisted(format!("there is no code list `{name}`{near}"))
        })
    }
}

fn of_label<'l>(list: &'l CodeList, wanted: &str) -> Result<&'l Version, Unlisted> {
    let mut versions = list.versions.iter();
    let found = versions.find(|version| version.label == wanted);
    found.ok_or_else(|| {
        let known = list.versions.iter().map(|version| version.label.as_str());
        let known: Vec<&str> = known.collect();
        let text = format!("`{}` is here in {}", list.name, known.join(", "));
        Unlisted(format!("there is no version `{wanted}`: {text}"))
    })
}

/// Adds a version to those of its list, which all have the same columns and begin at different days.
fn add(found: &mut BTreeMap<String, CodeList>, read: Read, faults: &Faults) {
    let Some(list) = found.get_mut(&read.name) else {
        let list = CodeList {
            name: read.name.clone(),
            columns: read.columns,
            canonical: read.canonical,
            versions: vec![read.version],
            nothing: Version::default(),
        };
        found.insert(read.name, list);
        return;
    };
    let others = || list.versions.iter();
    if let Some(same) = others().find(|other| other.label == read.version.label) {
        let message = format!("`{}` has the same list and version", same.file);
        return faults.whole(message);
    }
    if let Some(same) = others().find(|other| other.span.from == read.version.span.from) {
        let message = format!(
            "`{}` is another version of the list that begins the same day: say `valid_from`",
            same.file
        );
        return faults.whole(message);
    }
    if list.columns != read.columns || list.canonical != read.canonical {
        let file = others().next().map_or("", |other| other.file.as_str());
        let message = format!("`{file}` has other columns: all versions of a list have the same");
        return faults.whole(message);
    }
    list.versions.push(read.version);
}
