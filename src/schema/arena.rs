//! Tables whose entries refer to each other by number. Start at [`Arena`].

use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The number of an entry of one table.
pub(super) struct Id<T>(u32, PhantomData<fn() -> T>);

/// A table that only grows. Its ids mean nothing in another table.
#[derive(Debug)]
pub(super) struct Arena<T>(Vec<T>);

impl<T> Id<T> {
    fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX), PhantomData)
    }

    /// The number.
    pub(super) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl<T> Arena<T> {
    /// An empty table.
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an entry.
    pub(super) fn push(&mut self, entry: T) -> Id<T> {
        let id = Id::new(self.0.len());
        self.0.push(entry);
        id
    }

    /// The id of the entry that is added next.
    pub(super) fn next(&self) -> Id<T> {
        Id::new(self.0.len())
    }

    /// The ids of all entries, in order.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id<T>> + use<T> {
        (0..self.0.len()).map(Id::new)
    }
}

impl<T> Index<Id<T>> for Arena<T> {
    type Output = T;

    #[expect(
        clippy::indexing_slicing,
        reason = "ids are made by the table they index, which never shrinks"
    )]
    fn index(&self, id: Id<T>) -> &T {
        &self.0[id.index()]
    }
}

impl<T> IndexMut<Id<T>> for Arena<T> {
    #[expect(
        clippy::indexing_slicing,
        reason = "ids are made by the table they index, which never shrinks"
    )]
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        &mut self.0[id.index()]
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> std::fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0)
    }
}
