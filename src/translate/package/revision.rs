//! How a message says that it amends or cancels an earlier one: the table `[revision]` of package.toml.
//!
//! Start at [`RevisionRules::stated`].

use crate::datafile::{Placed, Table};
use crate::model::{CaseKey, KeyKind, Revision};
use crate::xml::Node;

use super::paths::Extracts;

/// What a message says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedRevision {
    /// What it does.
    pub revision: Revision,
    /// The keys by which the earlier message is found, the one that counts most first. Empty when the
    /// message names none.
    pub by: Vec<CaseKey>,
}

/// The rules of one package.
#[derive(Debug, Default)]
pub(in super::super) struct RevisionRules {
    amend: Codes,
    cancel: Codes,
    by: Vec<By>,
    /// Families of the packages that may be revised.
    pub(in super::super) of: Vec<String>,
}

/// Which function codes mean a revision.
#[derive(Debug, Default)]
enum Codes {
    /// Every message of the package is one.
    Every,
    #[default]
    None,
    Some(Vec<String>),
}

/// What names the earlier message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// A case key that both state.
    Key(KeyKind),
    /// The id of the earlier message, at `identity.reference`: its key of the kind `document`.
    Reference,
}

impl RevisionRules {
    /// Reads the table; `own` is the package's own family.
    pub(super) fn read(table: Table<'_>, own: &str, extracts: &Extracts) -> Self {
        table.only(&["amend", "cancel", "by", "of", "note"]);
        let codes = |key: &str| {
            let texts = table.texts(key);
            let every = texts.iter().any(|code| code.text == "*");
            if let (false, Some(first), None) = (every, texts.first(), &extracts.function) {
                let text = "there is no `function` in [identity] that could have this value";
                table.faults.at(first.at, text);
            }
            match (every, texts.is_empty()) {
                (true, _) => Codes::Every,
                (false, true) => Codes::None,
                (false, false) => {
                    Codes::Some(texts.iter().map(|code| code.text.to_owned()).collect())
                }
            }
        };
        let (amend, cancel) = (codes("amend"), codes("cancel"));
        let named = table.texts("by");
        if named.is_empty() {
            let text = "`by` names the keys that find the earlier message";
            table.faults.at(table.at, text);
        }
        let by = named
            .iter()
            .filter_map(|name| one_by(table, name, extracts));
        let by = by.collect();
        let of: Vec<String> = table
            .texts("of")
            .iter()
            .map(|of| of.text.to_owned())
            .collect();
        Self {
            amend,
            cancel,
            by,
            of: if of.is_empty() {
                vec![own.to_owned()]
            } else {
                of
            },
        }
    }

    /// What a message says that it does; none for an original.
    pub(in super::super) fn stated(
        &self,
        view: Node<'_>,
        extracts: &Extracts,
        keys: &[CaseKey],
    ) -> Option<StatedRevision> {
        let function = extracts.function.as_ref();
        let function = function.and_then(|function| function.first(view));
        let revision = match (self.cancel.has(&function), self.amend.has(&function)) {
            (true, _) => Revision::Cancel,
            (false, true) => Revision::Amend,
            (false, false) => return None,
        };
        let mut by: Vec<CaseKey> = Vec::new();
        for one in &self.by {
            match one {
                By::Key(kind) => by.extend(keys.iter().filter(|key| key.kind == *kind).cloned()),
                By::Reference => {
                    let reference = extracts.reference.as_ref();
                    let reference = reference.and_then(|reference| reference.first(view));
                    by.extend(reference.map(|id| CaseKey::new(KeyKind::Document, id)));
                }
            }
        }
        // Where nothing but the reference tells an amendment, a message without one is an original.
        let every = matches!(
            (&self.amend, &self.cancel),
            (Codes::Every, _) | (_, Codes::Every)
        );
        if every && by.is_empty() && self.by == [By::Reference] {
            return None;
        }
        Some(StatedRevision { revision, by })
    }
}

impl Codes {
    fn has(&self, function: &Option<String>) -> bool {
        match self {
            Self::Every => true,
            Self::None => false,
            Self::Some(codes) => function.as_ref().is_some_and(|code| codes.contains(code)),
        }
    }
}

fn one_by(table: Table<'_>, name: &Placed<'_>, extracts: &Extracts) -> Option<By> {
    if name.text == "reference" {
        if extracts.reference.is_none() {
            let text = "there is no `reference` in [identity]";
            table.faults.at(name.at, text);
        }
        return Some(By::Reference);
    }
    let kind: Option<KeyKind> = name.text.parse().ok();
    let stated = kind.filter(|kind| extracts.keys.iter().any(|(own, _)| own == kind));
    if stated.is_none() {
        table.faults.at(name.at, "there is no [[key]] of that kind");
    }
    stated.map(By::Key)
}
