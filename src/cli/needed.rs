//! The packages that messages need: those that the command names, and all only where a message is an
//! envelope of others. Start at [`Needed`].

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::{Failure, folders, packages};
use crate::translate::Packages;
use crate::xml::Node;

/// Packages of one folder, loaded as messages need them.
#[derive(Debug)]
pub(super) struct Needed {
    folder: PathBuf,
    named: Packages,
    all: OnceCell<Packages>,
}

impl Needed {
    /// Loads the packages of these names. The first is that of the messages.
    pub(super) fn load(folder: Option<&Path>, names: &[&str]) -> Result<Self, Failure> {
        let folder = folders::schemas_dir(folder)?;
        let named = folders::named_packages(&folder, names)?;
        if let Some(own) = names.first() {
            packages::find(&named, own)?;
        }
        Ok(Self {
            folder,
            named,
            all: OnceCell::new(),
        })
    }

    /// What a message needs that is said to be of a package: those named, when it is a document of that
    /// package and nothing of another stands in it.
    pub(super) fn of(&self, name: &str, view: Node<'_>) -> Result<&Packages, Failure> {
        let own = packages::find_for(&self.named, name, view)?;
        if own.root() == view.name() && !own.is_envelope() {
            return Ok(&self.named);
        }
        if let Some(all) = self.all.get() {
            return Ok(all);
        }
        let all = folders::packages(&self.folder)?;
        Ok(self.all.get_or_init(|| all))
    }
}
