//! What stands in a decoded message at a canonical path, and where it would stand: by this a lane says
//! what it demands of a message.
//!
//! Start at [`Decoded::values`].

use crate::model::{Catalogue, LeafRef, Occurrence, PathId, PathKind};

use super::decode::Decoded;
use super::report::Pointer;

impl Decoded<'_> {
    /// The value at a canonical path, once for each entry of each list on the way, in the order of the
    /// message; none where the entry has no such value. A list without entries is one place without a
    /// value.
    pub fn values(&self, path: PathId) -> Vec<(Occurrence, Option<LeafRef<'_>>)> {
        let catalogue = Catalogue::get();
        let mut owners = vec![Occurrence::ROOT];
        let mut found = Vec::new();
        for list in lists(path) {
            let level = catalogue.lists(list);
            let mut entries = Vec::with_capacity(owners.len());
            for owner in owners {
                let at = owner.with(list);
                let length = self.declaration.count(at);
                if length == 0 {
                    found.push((at, None));
                }
                entries.extend((0..length).map(|index| at.entry(level, index)));
            }
            owners = entries;
        }
        found.extend(owners.into_iter().map(|owner| {
            let at = owner.with(path);
            (at, self.declaration.leaf(at))
        }));
        found
    }

    /// Where in the message a canonical value stands or, when there is none, the nearest element above
    /// the place where it would stand.
    pub fn place_of(&self, at: Occurrence) -> Pointer {
        self.locate(at).pointer()
    }
}

/// The lists that a path runs through, the outermost first.
fn lists(path: PathId) -> Vec<PathId> {
    let catalogue = Catalogue::get();
    let mut lists = Vec::new();
    let mut at = path;
    while at != PathId::ROOT {
        if catalogue.info(at).kind == PathKind::Many {
            lists.push(at);
        }
        at = catalogue.parent(at);
    }
    lists.reverse();
    lists
}
