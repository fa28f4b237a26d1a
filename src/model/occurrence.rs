//! The address of a value in one declaration, and access to the value by it.
//!
//! Start at [`Occurrence`]: a path of the catalogue with the indices of the lists on the way. No
//! name is looked up here; fields are reached by their numbers.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};

use super::catalogue::{Catalogue, INDEX_BITS, LISTS_MAX, PathId, PathKind};
use super::class::{FieldMut, FieldRef, Object, Way};
use super::leaf::{Leaf, LeafRef};
use super::{Declaration, ModelError};

/// Most objects in one list. NCTS allows 9,999 previous documents and 1,999 houses of 999 items;
/// an index must fit in 16 bits.
pub const LIST_LENGTH_MAX: usize = 65_535;

/// The address of one value or object in one declaration: a path and the index in each list that
/// it runs through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Occurrence {
    /// The path.
    pub path: PathId,
    /// The indices, each in [`INDEX_BITS`], that of the outermost list first: compared, cut and hashed as
    /// one number, and kept as bytes, so that an occurrence takes ten of them.
    index: [u8; 8],
}

const _: () = assert!(
    LISTS_MAX == 64 / 16,
    "the indices of all lists are one number"
);

/// A part of all indices that reaches to so many lists, as ones.
fn lists_mask(lists: usize) -> u64 {
    let kept = u32::try_from(lists)
        .unwrap_or(u32::MAX)
        .saturating_mul(INDEX_BITS);
    !u64::MAX.checked_shr(kept).unwrap_or(0)
}

/// How far an index is shifted; none beyond the last list.
fn shift_of(list_depth: usize) -> Option<u32> {
    let depth = u32::try_from(list_depth.max(1)).ok()?;
    u64::BITS.checked_sub(depth.checked_mul(INDEX_BITS)?)
}

impl Ord for Occurrence {
    fn cmp(&self, other: &Self) -> Ordering {
        let number =
            |at: &Self| (u128::from(at.path.number()) << u64::BITS) | u128::from(at.indices());
        number(self).cmp(&number(other))
    }
}

impl PartialOrd for Occurrence {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Occurrence {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.indices());
        self.path.hash(state);
    }
}

impl Occurrence {
    /// The declaration itself.
    pub const ROOT: Self = Self {
        path: PathId::ROOT,
        index: [0; 8],
    };

    fn indices(self) -> u64 {
        u64::from_be_bytes(self.index)
    }

    fn at_indices(path: PathId, indices: u64) -> Self {
        Self {
            path,
            index: indices.to_be_bytes(),
        }
    }

    /// The same lists' entries, another path. Lists that `path` does not share with this
    /// occurrence are at their first entry.
    #[inline]
    pub fn with(self, path: PathId) -> Self {
        // Nearly always the path is below.
        if Catalogue::get().is_within(path, self.path) {
            return Self { path, ..self };
        }
        self.sharing(path)
    }

    fn sharing(self, path: PathId) -> Self {
        let catalogue = Catalogue::get();
        let mut shared = path;
        while !catalogue.is_within(self.path, shared) {
            shared = catalogue.parent(shared);
        }
        let lists = catalogue.lists(shared);
        Self::at_indices(path, self.indices() & lists_mask(lists))
    }

    /// A path with every list at its first entry.
    pub fn first(path: PathId) -> Self {
        Self::ROOT.with(path)
    }

    /// The entry `number` (from 0) of the list that the occurrence's path is, or ends below.
    #[must_use]
    pub fn entry(self, list_depth: usize, number: usize) -> Self {
        let Some(shift) = shift_of(list_depth) else {
            return self;
        };
        let number = u64::from(u16::try_from(number).unwrap_or(u16::MAX));
        let outer = self.indices() & lists_mask(list_depth.saturating_sub(1));
        Self::at_indices(self.path, outer | number << shift)
    }

    /// The index (from 0) in the list number `list_depth` (from 1) of the path.
    pub fn index_at(self, list_depth: usize) -> usize {
        let shifted = shift_of(list_depth).map_or(0, |shift| self.indices() >> shift);
        usize::try_from(shifted & u64::from(u16::MAX)).unwrap_or_default()
    }

    /// Whether two occurrences of values stand in the same object.
    pub(crate) fn beside(self, other: Self) -> bool {
        let catalogue = Catalogue::get();
        self.index == other.index && catalogue.parent(self.path) == catalogue.parent(other.path)
    }

    /// The enclosing occurrence.
    pub fn parent(self) -> Self {
        self.with(Catalogue::get().parent(self.path))
    }

    /// The path with indices from 1: `goodsShipment.items[2].commodity.description`.
    pub fn text(self) -> String {
        // The path and an index of up to three digits in each list.
        let catalogue = Catalogue::get();
        let lists = catalogue.lists(self.path);
        let mut text = String::with_capacity(catalogue.info(self.path).text.len() + 5 * lists);
        self.push_text(self.path, &mut text);
        text
    }

    /// Goes as deep as the path is long.
    fn push_text(self, path: PathId, text: &mut String) {
        if path == PathId::ROOT {
            return;
        }
        let catalogue = Catalogue::get();
        let info = catalogue.info(path);
        self.push_text(catalogue.parent(path), text);
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(info.name());
        if info.kind == PathKind::Many {
            let _ = write!(text, "[{}]", self.index_at(catalogue.lists(path)) + 1);
        }
    }
}

/// The object that values stand in, if it is there.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'a>(Option<&'a dyn Object>);

impl<'a> Owner<'a> {
    /// The value at a path directly below the object's own.
    pub(crate) fn leaf(self, path: PathId) -> Option<LeafRef<'a>> {
        let field = Catalogue::get().steps(path).last()?;
        match self.0?.field(*field) {
            FieldRef::Leaf(leaf) => leaf,
            FieldRef::Many(_) | FieldRef::Other => None,
        }
    }
}

impl std::fmt::Debug for Owner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Owner").field(&self.0.is_some()).finish()
    }
}

/// What came of putting a value where none should stand yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// It stands there now.
    Set,
    /// The same stood there.
    Again,
    /// Another one stands there.
    Other,
}

impl Declaration {
    /// The value at an occurrence; nothing when it, or an object on the way, is absent.
    pub fn leaf(&self, at: Occurrence) -> Option<LeafRef<'_>> {
        let (last, above) = Catalogue::get().steps(at.path).split_last()?;
        match self.below(Way::new(above, at.indices()))?.field(*last) {
            FieldRef::Leaf(leaf) => leaf,
            FieldRef::Many(_) | FieldRef::Other => None,
        }
    }

    /// Whether a value stands there, an object is there, or a list has that entry.
    pub fn exists(&self, at: Occurrence) -> bool {
        match Catalogue::get().info(at.path).kind {
            PathKind::Leaf(_) => self.leaf(at).is_some(),
            PathKind::One | PathKind::Many => self.object(at).is_some(),
        }
    }

    fn object(&self, at: Occurrence) -> Option<&dyn Object> {
        self.below(Way::new(Catalogue::get().steps(at.path), at.indices()))
    }

    /// The object that a value stands in, to look at several of its values.
    pub(crate) fn owner(&self, at: Occurrence) -> Owner<'_> {
        let catalogue = Catalogue::get();
        Owner(self.object(Occurrence {
            path: catalogue.parent(at.path),
            ..at
        }))
    }

    /// Length of the list at `at`, whose last index is not looked at.
    pub fn count(&self, at: Occurrence) -> usize {
        let Some((last, above)) = Catalogue::get().steps(at.path).split_last() else {
            return 0;
        };
        let owner = self.below(Way::new(above, at.indices()));
        match owner.map(|owner| owner.field(*last)) {
            Some(FieldRef::Many(list)) => list.count(),
            Some(FieldRef::Leaf(_) | FieldRef::Other) | None => 0,
        }
    }

    /// Puts a value at an occurrence; objects and list entries on the way are made.
    ///
    /// # Errors
    /// [`ModelError::Kind`] when the field holds another kind of value,
    /// [`ModelError::ListLength`] when a list would become too long.
    pub fn set(&mut self, at: Occurrence, leaf: Leaf) -> Result<(), ModelError> {
        let FieldMut::Leaf(slot) = self.make(at)? else {
            return Err(ModelError::Kind { path: at.text() });
        };
        slot.put(leaf)
            .map_err(|_| ModelError::Kind { path: at.text() })
    }

    /// Puts a value where none stands yet; one that stands there is left as it is.
    ///
    /// # Errors
    /// Those of [`Declaration::set`].
    pub(crate) fn set_first(&mut self, at: Occurrence, leaf: Leaf) -> Result<First, ModelError> {
        let FieldMut::Leaf(slot) = self.make(at)? else {
            return Err(ModelError::Kind { path: at.text() });
        };
        match slot.get() {
            Some(known) if known.to_leaf() == leaf => return Ok(First::Again),
            Some(_) => return Ok(First::Other),
            None => {}
        }
        let put = slot.put(leaf).map(|()| First::Set);
        put.map_err(|_| ModelError::Kind { path: at.text() })
    }

    /// Makes the object at an occurrence, and the objects and list entries on the way.
    ///
    /// # Errors
    /// [`ModelError::ListLength`] when a list would become too long.
    pub fn touch(&mut self, at: Occurrence) -> Result<(), ModelError> {
        fits(at)?;
        self.below_mut(Way::new(Catalogue::get().steps(at.path), at.indices()));
        Ok(())
    }

    /// Takes the entries out of a list for which `keep` is false; what comes after them moves up.
    /// Entries beyond the end of `keep` stay.
    pub fn retain(&mut self, list: Occurrence, keep: &[bool]) {
        if self.count(list) == 0 {
            return;
        }
        if let Ok(FieldMut::Many(entries)) = self.make(list) {
            entries.retain(keep);
        }
    }

    /// The field at an occurrence; objects and list entries on the way are made.
    fn make(&mut self, at: Occurrence) -> Result<FieldMut<'_>, ModelError> {
        fits(at)?;
        let above = Catalogue::get().steps(at.path).split_last();
        let made = above.and_then(|(last, above)| {
            let owner = self.below_mut(Way::new(above, at.indices()))?;
            Some(owner.field_mut(*last))
        });
        made.ok_or_else(|| ModelError::Kind { path: at.text() })
    }
}

/// Refuses an entry beyond the longest list.
fn fits(at: Occurrence) -> Result<(), ModelError> {
    let mut indices = at.index.as_chunks().0.iter();
    if indices.any(|index| usize::from(u16::from_be_bytes(*index)) >= LIST_LENGTH_MAX) {
        return Err(ModelError::ListLength { path: at.text() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_set_and_read_by_occurrence() {
        let catalogue = Catalogue::get();
        let items = catalogue.find("goodsShipment.items").unwrap();
        let path = catalogue.find_from(items, "documents.id").unwrap();
        let at = Occurrence::first(path).entry(1, 2).entry(2, 1);
        let mut declaration = Declaration::default();
        assert_eq!(declaration.leaf(at), None);
        declaration.set(at, Leaf::Text("A-1".to_owned())).unwrap();
        assert_eq!(declaration.leaf(at), Some(LeafRef::Text("A-1")));
        assert_eq!(declaration.count(Occurrence::first(items)), 3);
        assert_eq!(at.text(), "goodsShipment.items[3].documents[2].id");
        assert_eq!(at.parent().parent().text(), "goodsShipment.items[3]");
        assert_eq!((at.index_at(1), at.index_at(2), at.index_at(3)), (2, 1, 0));
        assert_eq!((at.index_at(0), at.index_at(5)), (2, 0));
        assert_eq!(
            at.entry(1, 7).entry(4, 70_000).index_at(4),
            usize::from(u16::MAX)
        );
        assert_eq!(at.entry(1, 7).index_at(2), 0);
        assert_eq!(at.entry(LISTS_MAX + 1, 7), at);
        let second = Occurrence::first(path).entry(1, 2).entry(2, 2);
        assert!(at < second && second < Occurrence::first(path).entry(1, 3));
        assert!(declaration.set(at, Leaf::Count(1)).is_err());
        let text = |text: &str| Leaf::Text(text.to_owned());
        assert_eq!(declaration.set_first(at, text("A-1")), Ok(First::Again));
        assert_eq!(declaration.set_first(at, text("A-2")), Ok(First::Other));
        assert_eq!(declaration.leaf(at), Some(LeafRef::Text("A-1")));
        assert!(declaration.set_first(at.parent(), text("A-1")).is_err());
        declaration.retain(at.parent(), &[true, false]);
        assert_eq!(declaration.leaf(at), None);
        declaration.retain(Occurrence::first(items), &[false, false]);
        assert_eq!(declaration.count(Occurrence::first(items)), 1);
    }

    #[test]
    fn canonical_json_is_the_types_own() {
        let mut declaration = Declaration::default();
        let path = Catalogue::get()
            .find("goodsShipment.exportCountry")
            .unwrap();
        let code = super::super::Code::Plain("GE".into());
        declaration
            .set(Occurrence::first(path), Leaf::Code(code))
            .unwrap();
        let json = serde_json::to_value(&declaration).unwrap();
        assert_eq!(
            json,
            serde_json::json!({ "goodsShipment": { "exportCountry": "GE" } })
        );
        let back: Declaration = serde_json::from_value(json).unwrap();
        assert_eq!(back, declaration);
    }
}
