//! Code lists: tables whose columns are lists of codes and whose rows are equal meanings, in versions
//! that hold for a time.
//!
//! Start at [`CodeLists`] and [`Column`]. Whoever asks for a code names the day; the version of the
//! list that holds on it answers. A crosswalk never guesses: a code without a row has no counterpart.

mod list;
mod lists;
mod read;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;

use crate::model::{Code, ListedCode};

use list::CodeList;
pub use list::{Edition, Entry, Span};
pub use lists::{CodeLists, OPTIONAL_LISTS, RowsFile, Unlisted};

/// The key that says how long something holds, and the key of a name: columns of these names hold no
/// codes.
const LABELS: [&str; 3] = ["name", "valid_from", "valid_until"];

/// A column of a list: the codes of one place in messages.
#[derive(Debug, Clone)]
pub(super) struct Column {
    list: Arc<CodeList>,
    column: usize,
    /// `list:column`, as values carry it.
    pub(super) name: String,
}

/// Why a code is doubtful, and what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Whether the list has the code, at another time.
    pub dated: bool,
    /// `list:column@version`; without the version where the list states none.
    pub list: String,
    /// The day that was asked for.
    pub on: Option<Date>,
}

impl Doubt {
    /// The code of the finding.
    pub fn code(&self) -> &'static str {
        match self.dated {
            true => "MAP_CODE_NOT_IN_FORCE",
            false => "MAP_CODE_UNKNOWN",
        }
    }

    /// In words, without the value.
    pub fn words(&self) -> String {
        let list = &self.list;
        match (self.dated, self.on) {
            (true, Some(on)) => format!("is a code of {list} that is not in force on {on}"),
            (true, None) => format!("is a code of {list} that is not in force"),
            (false, _) => format!("is a code that {list} does not list"),
        }
    }
}

/// A code as the canonical model takes it.
#[derive(Debug)]
pub(super) struct Canonical {
    pub(super) code: Code,
    /// Whether the code is in the canonical column now, or there is none.
    pub(super) is_canonical: bool,
    pub(super) doubt: Option<Doubt>,
}

impl Column {
    /// The canonical form of a code of this column, asked for on a day; without a day by the newest
    /// version, whatever its dates.
    pub(super) fn to_canonical(&self, code: &str, on: Option<Date>) -> Canonical {
        let version = self.list.version(on);
        let wanted = version.asked(code);
        let listed = || {
            Code::Listed(Box::new(ListedCode {
                value: code.into(),
                list: self.name.as_str().into(),
            }))
        };
        let plain = |code: &str| Code::Plain(code.into());
        let (made, is_canonical) = match self.list.canonical {
            None => (listed(), true),
            Some(canonical) if canonical == self.column => (plain(code), true),
            Some(canonical) => match version.translate(self.column, wanted, canonical, on) {
                Some(code) => (plain(code), true),
                None => (listed(), false),
            },
        };
        let standing = version.standing(self.column, wanted, on);
        let unlisted = version.is_complete(self.column) || !is_canonical;
        let doubt = match standing {
            None if unlisted => Some(false),
            None | Some(true) => None,
            Some(false) => Some(true),
        };
        Canonical {
            code: made,
            is_canonical,
            doubt: doubt.map(|dated| self.doubt(version, dated, on)),
        }
    }

    /// What is doubtful about a code of this column on a day.
    pub(super) fn doubtful(&self, code: &str, on: Option<Date>) -> Option<Doubt> {
        let version = self.list.version(on);
        match version.standing(self.column, version.asked(code), on) {
            None if version.is_complete(self.column) => Some(self.doubt(version, false, on)),
            None | Some(true) => None,
            Some(false) => Some(self.doubt(version, true, on)),
        }
    }

    fn doubt(&self, version: &list::Version, dated: bool, on: Option<Date>) -> Doubt {
        Doubt {
            dated,
            list: match version.label.as_str() {
                "" => self.name.clone(),
                label => format!("{}@{label}", self.name),
            },
            on,
        }
    }

    /// This column's code for a canonical value on a day; nothing when there is no row that has both.
    pub(super) fn code_of<'c>(&'c self, code: &'c Code, on: Option<Date>) -> Option<&'c str> {
        let from = match code {
            Code::Listed(listed) if *listed.list == *self.name => return Some(code.value()),
            Code::Listed(listed) => self.list.column_of(&listed.list)?,
            Code::Plain(_) => match self.list.canonical {
                Some(canonical) => canonical,
                None => return Some(code.value()),
            },
        };
        if from == self.column {
            return Some(code.value());
        }
        let version = self.list.version(on);
        version.translate(from, version.asked(code.value()), self.column, on)
    }
}
