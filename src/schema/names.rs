//! Expanded names as numbers. Start at [`Names`].

use foldhash::HashMap;

use super::arena::{Arena, Id};
use crate::xml::QName;

/// The number of an expanded name.
pub(super) type NameId = Id<Name>;

/// An expanded name.
#[derive(Debug)]
pub(super) struct Name {
    space: Id<Space>,
    local: Box<str>,
}

/// A namespace and the local names in it.
#[derive(Debug)]
pub(super) struct Space {
    uri: Box<str>,
    locals: HashMap<Box<str>, NameId>,
}

/// All names that a schema uses.
#[derive(Debug)]
pub(super) struct Names {
    spaces: Arena<Space>,
    by_uri: HashMap<Box<str>, Id<Space>>,
    /// The names of no namespace.
    none: Option<Id<Space>>,
    names: Arena<Name>,
}

impl Names {
    pub(super) fn new() -> Self {
        Self {
            spaces: Arena::new(),
            by_uri: HashMap::default(),
            none: None,
            names: Arena::new(),
        }
    }

    /// The number of a name, given on first use.
    pub(super) fn intern(&mut self, namespace: &str, local: &str) -> NameId {
        if let Some(id) = self.find(namespace, local) {
            return id;
        }
        let space = self.space(namespace).unwrap_or_else(|| {
            let space = self.spaces.push(Space {
                uri: namespace.into(),
                locals: HashMap::default(),
            });
            if namespace.is_empty() {
                self.none = Some(space);
            } else {
                self.by_uri.insert(namespace.into(), space);
            }
            space
        });
        let id = self.names.push(Name {
            space,
            local: local.into(),
        });
        self.spaces[space].locals.insert(local.into(), id);
        id
    }

    /// The number of a name that is known.
    pub(super) fn find(&self, namespace: &str, local: &str) -> Option<NameId> {
        self.find_in(self.space(namespace)?, local)
    }

    /// The number of a namespace that is known.
    pub(super) fn space(&self, namespace: &str) -> Option<Id<Space>> {
        if namespace.is_empty() {
            return self.none;
        }
        self.by_uri.get(namespace).copied()
    }

    /// The number of a name that is known.
    pub(super) fn find_in(&self, space: Id<Space>, local: &str) -> Option<NameId> {
        self.spaces[space].locals.get(local).copied()
    }

    /// The name of a number.
    pub(super) fn name(&self, id: NameId) -> QName<'_> {
        let Name { space, local } = &self.names[id];
        QName {
            namespace: &self.spaces[*space].uri,
            local,
        }
    }
}
