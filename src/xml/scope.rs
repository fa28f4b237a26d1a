//! Which prefix stands for which namespace while a document is parsed. Start at [`Scope`].

use std::borrow::Cow;
use std::cell::Cell;

use foldhash::HashMap;

use super::XML_NAMESPACE;
use super::node::same;

/// Number of a namespace in [`Scope::uris`]. 0 is no namespace, 1 is [`XML_NAMESPACE`].
pub(super) type UriId = u32;

/// No namespace.
pub(super) const NO_NAMESPACE: UriId = 0;
/// [`XML_NAMESPACE`].
pub(super) const XML: UriId = 1;
/// A prefix that was bound in a closed element and is not any more.
const UNBOUND: UriId = UriId::MAX;

/// Up to how many entries a linear search beats hashing.
const LINEAR_MAX: usize = 8;

/// Prefixes and what each is bound to, with undo. Looking up costs the same however many there are.
#[derive(Default)]
pub(super) struct Bindings<'s> {
    bound: Vec<(&'s str, UriId)>,
    by_prefix: HashMap<&'s str, usize>,
    /// The slot found last: most names have the prefix of the one before.
    last: Cell<usize>,
    /// What to put back when elements end: slot and its former namespace.
    undo: Vec<(usize, UriId)>,
}

impl<'s> Bindings<'s> {
    /// Binds a prefix until [`Bindings::restore`].
    pub(super) fn bind(&mut self, prefix: &'s str, uri: UriId) {
        let slot = if let Some(slot) = self.slot(prefix) {
            slot
        } else {
            let slot = self.bound.len();
            self.bound.push((prefix, UNBOUND));
            self.by_prefix.insert(prefix, slot);
            slot
        };
        if let Some(binding) = self.bound.get_mut(slot) {
            self.undo.push((slot, binding.1));
            binding.1 = uri;
        }
    }

    /// The namespace of a prefix.
    pub(super) fn resolve(&self, prefix: &str) -> Option<UriId> {
        let (_, uri) = self.bound.get(self.slot(prefix)?)?;
        (*uri != UNBOUND).then_some(*uri)
    }

    fn slot(&self, prefix: &str) -> Option<usize> {
        let last = self.last.get();
        if self
            .bound
            .get(last)
            .is_some_and(|(known, _)| same(known, prefix))
        {
            return Some(last);
        }
        let slot = if self.bound.len() <= LINEAR_MAX {
            self.bound.iter().position(|(known, _)| same(known, prefix))
        } else {
            self.by_prefix.get(prefix).copied()
        };
        self.last.set(slot?);
        slot
    }

    /// A mark to restore to.
    pub(super) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Undoes every binding made since the mark.
    pub(super) fn restore(&mut self, mark: usize) {
        while self.undo.len() > mark
            && let Some((slot, uri)) = self.undo.pop()
            && let Some(binding) = self.bound.get_mut(slot)
        {
            binding.1 = uri;
        }
    }
}

/// The bindings in scope at a place of a document, and the numbers of its namespaces.
pub(super) struct Scope<'s> {
    pub(super) bindings: Bindings<'s>,
    uris: Vec<Box<str>>,
    by_uri: HashMap<Cow<'s, str>, UriId>,
}

impl<'s> Scope<'s> {
    pub(super) fn new() -> Self {
        let mut scope = Self {
            bindings: Bindings::default(),
            uris: Vec::new(),
            by_uri: HashMap::default(),
        };
        let none = scope.intern(Cow::Borrowed(""));
        let xml = scope.intern(Cow::Borrowed(XML_NAMESPACE));
        scope.bindings.bind("", none);
        scope.bindings.bind("xml", xml);
        scope
    }

    /// The number of a namespace, the same for equal ones.
    pub(super) fn intern(&mut self, uri: Cow<'s, str>) -> UriId {
        if let Some(&id) = self.by_uri.get(&uri) {
            return id;
        }
        let id = UriId::try_from(self.uris.len()).unwrap_or(UNBOUND);
        self.uris.push(uri.as_ref().into());
        self.by_uri.insert(uri, id);
        id
    }

    /// The namespaces by number.
    pub(super) fn into_uris(self) -> Vec<Box<str>> {
        self.uris
    }
}
