//! The packages of a folder, and which of them a document is of.
//!
//! Start at [`Packages::load`] and [`Packages::of`]. Versions of one message may share their document
//! element; `[told_apart]` of their package.toml says by which value of a document it is known of which
//! version it is.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::paths::Extract;
use super::{Package, load};
use crate::datafile::{Faults, LoadFault, Table};
use crate::model::PackageId;
use crate::schema;
use crate::xml::Node;

/// Most characters of what a document says for its version that a fault shows. Versions have a few.
const SAID_CHARS_MAX: usize = 35;

/// What documents of one version say, where several versions share a document element.
#[derive(Debug)]
pub(in super::super) struct ToldApart {
    at: Extract,
    path: String,
    /// The values of this version; one at least.
    is: Vec<String>,
}

impl ToldApart {
    /// Reads `[told_apart]`.
    pub(super) fn read(
        table: Table<'_>,
        root: schema::Element<'_>,
        uri_of: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        table.only(&["at", "is", "note"]);
        let path = table.required("at");
        if !table.has("is") {
            table.required("is");
        }
        let is: Vec<String> = table
            .texts("is")
            .iter()
            .map(|v| v.text.to_owned())
            .collect();
        if is.is_empty() && table.has("is") {
            table.faults.at(path.at, "`is` names one value at least");
        }
        let at = Extract::resolve(root, path.text, uri_of);
        let at = at.map_err(|message| table.faults.at(path.at, message));
        let at = at.ok()?;
        let own = at.attribute.as_ref().filter(|_| at.steps.is_empty());
        let mut declared = root.attributes().into_iter();
        if let Some((namespace, local)) = own
            && !declared.any(|a| a.name.namespace == namespace && a.name.local == local)
        {
            let text = format!("the document element has no attribute `{local}`");
            table.faults.at(path.at, text);
        }
        Some(Self {
            at,
            path: path.text.to_owned(),
            is,
        })
    }

    fn covers(&self, view: Node<'_>) -> bool {
        let said = self.at.first(view);
        said.is_some_and(|said| self.is.contains(&said))
    }
}

/// Why no package takes a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPackage {
    /// No package has its document element.
    Root,
    /// Packages have it, and none is of the version that the document says.
    Version {
        /// Where a document says its version.
        at: String,
        /// What this one says there; nothing when it says nothing.
        said: Option<String>,
        /// What those that are installed would say, each once.
        known: Vec<String>,
    },
}

impl NoPackage {
    /// The stable code, as in `docs/error-codes.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Root => "PACKAGE_UNKNOWN",
            Self::Version { .. } => "PACKAGE_VERSION_UNKNOWN",
        }
    }
}

impl std::fmt::Display for NoPackage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => f.write_str(
                "no message package has this root element; `corridor packages list` names those that \
                 are installed",
            ),
            Self::Version { at, said, known } => {
                match said {
                    Some(said) => write!(f, "`{at}` says `{said}`")?,
                    None => write!(f, "the document does not say its version at `{at}`")?,
                }
                let known = known.join("`, `");
                write!(f, "; installed versions of this message say `{known}`")
            }
        }
    }
}

/// The packages of a folder.
#[derive(Debug, Clone, Default)]
pub struct Packages {
    packages: Vec<Arc<Package>>,
}

impl Packages {
    /// Loads every package below a folder and checks it.
    ///
    /// # Errors
    /// All faults of all packages, each with file and line.
    pub fn load(folder: &Path) -> Result<Self, Vec<LoadFault>> {
        let all = Self::load_wanted(folder, &|_| true)?;
        if all.packages.is_empty() {
            return Err(load::nothing_below(folder));
        }
        Ok(all)
    }

    /// Loads those packages below a folder that one of the names names ([`Packages::find`]), if any, and
    /// no other: what is wrong with others does not matter.
    ///
    /// # Errors
    /// As [`Packages::load`].
    pub fn load_named(folder: &Path, names: &[&str]) -> Result<Self, Vec<LoadFault>> {
        Self::load_wanted(folder, &|id| names.iter().any(|name| id.is_named(name)))
    }

    fn load_wanted(
        folder: &Path,
        wanted: &dyn Fn(&PackageId) -> bool,
    ) -> Result<Self, Vec<LoadFault>> {
        let mut faults = Vec::new();
        let mut packages = load::load(folder, wanted, &mut faults);
        faults.extend(alike(folder, &packages));
        if !faults.is_empty() {
            return Err(faults);
        }
        packages.sort_by_key(|package| order(&package.id));
        Ok(Self {
            packages: packages.into_iter().map(Arc::new).collect(),
        })
    }

    /// All packages, by party, message and version.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Package>> {
        self.packages.iter()
    }

    /// The package of a document: of those with its document element, the newest of the version that
    /// it says to be of, else the newest that is not told apart from others.
    ///
    /// # Errors
    /// [`NoPackage`].
    pub fn of(&self, view: Node<'_>) -> Result<&Arc<Package>, NoPackage> {
        let root = view.name();
        let found = self.packages.iter().rev();
        let mut found: Vec<_> = found.filter(|package| package.root() == root).collect();
        // One that validates only stands behind those that messages are exchanged by.
        if found.iter().any(|package| package.is_exchanged()) {
            found.retain(|package| package.is_exchanged());
        }
        let mut told = found
            .iter()
            .filter_map(|p| Some((*p, p.told_apart.as_ref()?)));
        if let Some((package, _)) = told.clone().find(|(_, told)| told.covers(view)) {
            return Ok(package);
        }
        if let Some(package) = found.iter().find(|package| package.told_apart.is_none()) {
            return Ok(package);
        }
        let Some((_, newest)) = told.next() else {
            return Err(NoPackage::Root);
        };
        let mut known: Vec<String> = Vec::new();
        for package in found.iter().rev() {
            let values = package.told_apart.iter().flat_map(|told| &told.is);
            for value in values {
                if !known.contains(value) {
                    known.push(value.clone());
                }
            }
        }
        Err(NoPackage::Version {
            at: newest.path.clone(),
            said: newest.at.first(view).map(short),
            known,
        })
    }

    /// As [`Packages::find`], but `party/message` is for the version that a document says to be of, and
    /// for the newest when it says none.
    pub fn find_for(&self, name: &str, view: Node<'_>) -> Option<&Arc<Package>> {
        let said = self.of(view).ok();
        let said = said.filter(|package| package.id.family() == name);
        said.or_else(|| self.find(name))
    }

    /// `party/message/version`, or `party/message` for the newest version.
    pub fn find(&self, name: &str) -> Option<&Arc<Package>> {
        let mut found = self.packages.iter().rev();
        found.find(|package| package.id.is_named(name))
    }
}

/// Packages that cannot be told apart, since both claim a value that documents say.
fn alike(root: &Path, packages: &[Package]) -> Vec<LoadFault> {
    let mut known: BTreeMap<(&(String, String), &str, &str), &PackageId> = BTreeMap::new();
    let mut out = Vec::new();
    for package in packages {
        let Some(told) = &package.told_apart else {
            continue;
        };
        for value in &told.is {
            let place = (&package.root, told.path.as_str(), value.as_str());
            let Some(other) = known.insert(place, &package.id) else {
                continue;
            };
            let file = package.folder.join("package.toml");
            let faults = Faults::of(&load::shown(&file, root), "");
            faults.whole(format!(
                "[told_apart]: `{value}` at `{}` is what documents of {other} say",
                told.path
            ));
            out.extend(faults.into_inner());
        }
    }
    out
}

/// The beginning of a value: a fault shows it, whatever stands in the document.
fn short(value: String) -> String {
    value.chars().take(SAID_CHARS_MAX).collect()
}

/// Versions in numeric order: 5.9 before 5.22.
fn order(id: &PackageId) -> (String, Vec<(u64, String)>) {
    let parts = id.version().split(['.', '-']);
    let key = |part: &str| (part.parse().unwrap_or(u64::MAX), part.to_owned());
    (id.family(), parts.map(key).collect())
}
