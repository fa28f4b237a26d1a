//! What is known of keys while a document is validated. Start at [`Identity`].

use std::collections::HashMap;

use super::table::{Sequence, Table};
use crate::schema::component::Types;
use crate::schema::identity::{Category, Constraint, ConstraintId, Path};
use crate::schema::simple::{Key, Scope as Prefixes, SimpleType, key_of};
use crate::xml::Node;

/// What is known while a document is validated.
#[derive(Default)]
pub(in super::super) struct Identity<'s, 'd> {
    /// How deep we are, counted from the outermost scope.
    pub(super) depth: usize,
    pub(super) scopes: Vec<Scope<'s, 'd>>,
    pub(super) targets: Vec<Target<'s, 'd>>,
    pub(super) awaited: Vec<Awaited>,
    pub(super) numbers: HashMap<Key, u32>,
    /// Tables of children, for their parent at that depth; the deepest last.
    pub(super) tables: Vec<(usize, HashMap<ConstraintId, Table<'d>>)>,
    pub(super) entries: usize,
    /// Whether a limit was reached: nothing more is kept, and the document is not valid.
    pub(super) full: bool,
}

/// An element with constraints.
pub(super) struct Scope<'s, 'd> {
    pub(super) depth: usize,
    pub(super) held: Vec<Held<'s, 'd>>,
}

/// A constraint of a scope and the key-sequences seen.
pub(super) struct Held<'s, 'd> {
    pub(super) id: ConstraintId,
    pub(super) constraint: &'s Constraint,
    /// Of a key or unique constraint, each once.
    pub(super) distinct: HashMap<Sequence, Node<'d>>,
    /// Of a reference, all.
    pub(super) references: Vec<(Sequence, Node<'d>)>,
}

/// An element that a selector takes.
pub(super) struct Target<'s, 'd> {
    pub(super) depth: usize,
    pub(super) node: Node<'d>,
    pub(super) scope: usize,
    pub(super) held: usize,
    pub(super) constraint: &'s Constraint,
    pub(super) fields: Vec<Slot>,
}

/// A field of a target.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// No node yet.
    Empty,
    Known(u32),
    /// A nil element, which has no value.
    Nil,
    /// A node whose value is wrong; that was reported.
    Unknown,
}

/// The element at that depth is a field of a target.
pub(super) struct Awaited {
    pub(super) depth: usize,
    pub(super) target: usize,
    pub(super) field: usize,
}

/// What the value of a field is.
pub(in super::super) enum Seen<'a> {
    /// A nil element.
    Nil,
    Text(&'a SimpleType, &'a str, &'a dyn Prefixes),
    /// A value that was refused.
    Wrong,
}

impl<'a> Seen<'a> {
    /// A text that was checked.
    pub(in super::super) fn of(
        sound: bool,
        simple: &'a SimpleType,
        text: &'a str,
        prefixes: &'a dyn Prefixes,
    ) -> Self {
        if sound {
            Self::Text(simple, text, prefixes)
        } else {
            Self::Wrong
        }
    }
}

impl<'d> Identity<'_, 'd> {
    /// Whether anything may be a field.
    pub(in super::super) fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    /// The fields of open targets that lead to an element, by paths of that kind.
    pub(super) fn fields(
        &self,
        node: Node<'d>,
        wanted: impl Fn(&Path) -> bool,
    ) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (target, at) in self.targets.iter().enumerate() {
            let below = self.depth - at.depth;
            for (field, of) in at.constraint.fields.iter().enumerate() {
                let mut paths = of.paths.iter();
                if paths.any(|path| wanted(path) && path.leads_to(node, below)) {
                    found.push((target, field));
                }
            }
        }
        found
    }

    pub(super) fn set(&mut self, target: usize, field: usize, slot: Slot) {
        let target = self.targets.get_mut(target);
        if let Some(place) = target.and_then(|target| target.fields.get_mut(field)) {
            *place = slot;
        }
    }

    pub(super) fn slot(&mut self, seen: &Seen<'_>, types: &Types) -> Slot {
        match seen {
            Seen::Nil => Slot::Nil,
            Seen::Wrong => Slot::Unknown,
            Seen::Text(simple, text, prefixes) => match key_of(simple, types, text, *prefixes) {
                Some(key) => {
                    let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
                    Slot::Known(*self.numbers.entry(key).or_insert(next))
                }
                None => Slot::Unknown,
            },
        }
    }

    /// Gives the tables of an element to its parent, where a reference around may need them
    /// (section 3.11.5).
    pub(super) fn hand_up(&mut self, tables: HashMap<ConstraintId, Table<'d>>) {
        let depth = self.depth;
        for (id, table) in tables {
            let wanted = |held: &Held<'_, '_>| held.constraint.category == Category::KeyRef(id);
            if !self
                .scopes
                .iter()
                .any(|scope| scope.held.iter().any(wanted))
            {
                continue;
            }
            if self.tables.last().is_none_or(|(level, _)| *level != depth) {
                self.tables.push((depth, HashMap::new()));
            }
            if let Some((_, above)) = self.tables.last_mut() {
                above.entry(id).or_default().join(table);
            }
        }
    }
}
