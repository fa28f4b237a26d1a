//! Node tables (XSD 1.0 Part 1 section 3.11.5). Start at [`Table`].

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::xml::Node;

/// Values of the fields of a target, by number.
pub(super) type Sequence = Rc<[u32]>;

/// A node table: key-sequences that are in it, and those that several children have.
#[derive(Default)]
pub(super) struct Table<'d> {
    entries: HashMap<Sequence, Node<'d>>,
    conflicts: HashSet<Sequence>,
}

impl<'d> Table<'d> {
    /// Adds the table of one more child: what two children have, none has.
    pub(super) fn join(&mut self, child: Self) {
        let mut smaller = child.entries;
        if smaller.len() > self.entries.len() {
            std::mem::swap(&mut self.entries, &mut smaller);
            for conflict in &self.conflicts {
                self.entries.remove(conflict);
            }
        }
        for (sequence, node) in smaller {
            if self.conflicts.contains(&sequence) {
                continue;
            }
            if self.entries.remove(&sequence).is_some() {
                self.conflicts.insert(sequence);
            } else {
                self.entries.insert(sequence, node);
            }
        }
    }

    /// Adds what the element itself holds, which goes before what its children have.
    pub(super) fn own(&mut self, own: HashMap<Sequence, Node<'d>>) {
        self.conflicts.clear();
        if self.entries.is_empty() {
            self.entries = own;
        } else {
            self.entries.extend(own);
        }
    }

    pub(super) fn holds(&self, sequence: &Sequence) -> bool {
        self.entries.contains_key(sequence)
    }
}
