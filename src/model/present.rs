//! Which paths of the catalogue say anything in one declaration.
//!
//! Start at [`Present`]. Most messages fill a tenth of the catalogue: whoever knows which tenth asks no
//! object for the rest.

use super::class::Object;
use super::{Catalogue, Declaration, PathId};

/// The paths at which a declaration has a value, an object or an entry of a list, whatever the indices.
#[derive(Debug)]
pub(crate) struct Present(Vec<bool>);

impl Present {
    /// Looks once at everything that a declaration holds.
    pub(crate) fn of(declaration: &Declaration) -> Self {
        let mut present = Self(vec![false; Catalogue::get().paths()]);
        declaration.mark(0, &mut present);
        present
    }

    /// Whether anything stands at a path, in any entry of the lists on the way.
    pub(crate) fn has(&self, path: PathId) -> bool {
        self.0.get(path.index()) == Some(&true)
    }

    /// Marks a path by its number.
    pub(super) fn mark(&mut self, path: u16) {
        if let Some(mark) = self.0.get_mut(usize::from(path)) {
            *mark = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Leaf, Occurrence, PathKind};
    use super::*;

    #[test]
    fn what_is_set_is_present_and_nothing_else() {
        let catalogue = Catalogue::get();
        let nothing = Present::of(&Declaration::default());
        for (path, info) in catalogue.iter() {
            assert!(!nothing.has(path), "{}", info.text);
            let mut declaration = Declaration::default();
            let at = Occurrence::first(path).entry(catalogue.lists(path), 1);
            let above = match info.kind {
                PathKind::Leaf(_) => at.parent(),
                PathKind::One | PathKind::Many => at,
            };
            if above.path != PathId::ROOT {
                declaration.touch(above).unwrap();
            }
            let present = Present::of(&declaration);
            for (other, it) in catalogue.iter() {
                let there = above.path != PathId::ROOT && catalogue.is_within(above.path, other);
                assert_eq!(present.has(other), there, "{} {}", info.text, it.text);
            }
        }
    }

    #[test]
    fn a_value_of_the_last_entry_is_present() {
        let catalogue = Catalogue::get();
        let path = catalogue.find("goodsShipment.items.documents.id").unwrap();
        let mut declaration = Declaration::default();
        let at = Occurrence::first(path).entry(1, 3).entry(2, 2);
        declaration.set(at, Leaf::Text("A-1".to_owned())).unwrap();
        let present = Present::of(&declaration);
        let beside = catalogue.find("goodsShipment.items.documents.typeCode");
        assert!(present.has(path) && !present.has(beside.unwrap()));
    }
}
