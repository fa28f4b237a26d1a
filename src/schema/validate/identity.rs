//! Identity constraints while a document is validated (XSD 1.0 Part 1 sections 3.11.4 and
//! 3.11.5). Start at [`Validator::enter`].
//!
//! An element with constraints opens a scope; what its selectors take below it are targets, and
//! what the fields of these take are awaited until their values were checked. A value gets a
//! number, so that a key-sequence is a row of numbers and is looked up in one step, however long
//! its values are. Without an open scope nothing is done.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Validator;
use crate::schema::component::{ElementDecl, Types};
use crate::schema::fault::Rule;
use crate::schema::identity::{Category, Constraint, ConstraintId, NameTest, Path};
use crate::schema::simple::{Key, Scope as Prefixes, SimpleType, key_of};
use crate::xml::{Node, QName};

/// Most key-sequences that all tables together take in one document. The largest customs messages
/// seen have 99,999 entries; with a dozen constraints on each they stay below.
const ENTRIES_MAX: usize = 1 << 21;

/// Most targets open at a time: each element is held against the fields of all of them. Those of
/// real schemas do not contain each other.
const TARGETS_MAX: usize = 256;

/// Values of the fields of a target, by number.
type Sequence = Rc<[u32]>;

/// What is known while a document is validated.
#[derive(Default)]
pub(super) struct Identity<'s, 'd> {
    /// How deep we are, counted from the outermost scope.
    depth: usize,
    scopes: Vec<Scope<'s, 'd>>,
    targets: Vec<Target<'s, 'd>>,
    awaited: Vec<Awaited>,
    numbers: HashMap<Key, u32>,
    /// Tables of children, for their parent at that depth; the deepest last.
    tables: Vec<(usize, HashMap<ConstraintId, Table<'d>>)>,
    entries: usize,
    /// Whether a limit was reached: nothing more is kept, and the document is not valid.
    full: bool,
}

/// An element with constraints.
struct Scope<'s, 'd> {
    depth: usize,
    held: Vec<Held<'s, 'd>>,
}

/// A constraint of a scope and the key-sequences seen.
struct Held<'s, 'd> {
    id: ConstraintId,
    constraint: &'s Constraint,
    /// Of a key or unique constraint, each once.
    distinct: HashMap<Sequence, Node<'d>>,
    /// Of a reference, all.
    references: Vec<(Sequence, Node<'d>)>,
}

/// An element that a selector takes.
struct Target<'s, 'd> {
    depth: usize,
    node: Node<'d>,
    scope: usize,
    held: usize,
    constraint: &'s Constraint,
    fields: Vec<Slot>,
}

/// A field of a target.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// No node yet.
    Empty,
    Known(u32),
    /// A nil element, which has no value.
    Nil,
    /// A node whose value is wrong; that was reported.
    Unknown,
}

/// The element at that depth is a field of a target.
struct Awaited {
    depth: usize,
    target: usize,
    field: usize,
}

/// What the value of a field is.
pub(super) enum Seen<'a> {
    /// A nil element.
    Nil,
    Text(&'a SimpleType, &'a str, &'a dyn Prefixes),
    /// A value that was refused.
    Wrong,
}

impl<'a> Seen<'a> {
    /// A text that was checked.
    pub(super) fn of(
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

/// A node table: key-sequences that are in it, and those that several children have.
#[derive(Default)]
struct Table<'d> {
    entries: HashMap<Sequence, Node<'d>>,
    conflicts: HashSet<Sequence>,
}

impl<'s, 'd> Validator<'s, 'd> {
    /// Begins an element; [`Validator::leave`] ends it.
    pub(super) fn enter(&mut self, node: Node<'d>, declaration: Option<&'s ElementDecl>) {
        let constraints = declaration.map_or(&[][..], |declaration| &declaration.constraints);
        if self.identity.scopes.is_empty() && constraints.is_empty() {
            return;
        }
        self.identity.depth += 1;
        if !constraints.is_empty() {
            let held = constraints.iter().map(|id| Held {
                id: *id,
                constraint: &self.schema.constraints[*id],
                distinct: HashMap::new(),
                references: Vec::new(),
            });
            self.identity.scopes.push(Scope {
                depth: self.identity.depth,
                held: held.collect(),
            });
        }
        self.select(node);
        let nillable = declaration.is_some_and(|declaration| declaration.nillable);
        self.await_fields(node, nillable);
    }

    /// Ends an element, its content checked.
    pub(super) fn leave(&mut self) {
        let depth = self.identity.depth;
        if self.identity.scopes.is_empty() {
            return;
        }
        // Still awaited: the element was refused before its value was looked at.
        self.field(&Seen::Wrong);
        while let Some(target) = self.identity.targets.pop_if(|last| last.depth == depth) {
            self.complete(target);
        }
        let scope = self.identity.scopes.pop_if(|last| last.depth == depth);
        let below = self.identity.tables.pop_if(|(level, _)| *level == depth);
        let mut tables = below.map(|(_, tables)| tables).unwrap_or_default();
        if let Some(scope) = scope {
            self.close(scope, &mut tables);
        }
        self.identity.depth -= 1;
        self.identity.hand_up(tables);
    }

    /// Opens a target for each constraint whose selector takes the element.
    fn select(&mut self, node: Node<'d>) {
        let identity = &mut self.identity;
        if identity.full {
            return;
        }
        let depth = identity.depth;
        for (scope, opened) in identity.scopes.iter().enumerate() {
            for (held, Held { constraint, .. }) in opened.held.iter().enumerate() {
                let mut paths = constraint.selector.iter();
                if !paths.any(|path| path.leads_to(node, depth - opened.depth)) {
                    continue;
                }
                if identity.targets.len() >= TARGETS_MAX {
                    let expected = format!("at most {TARGETS_MAX} inside each other");
                    self.overflow(node, "elements of identity constraints", expected);
                    return;
                }
                identity.targets.push(Target {
                    depth,
                    node,
                    scope,
                    held,
                    constraint,
                    fields: vec![Slot::Empty; constraint.fields.len()],
                });
            }
        }
    }

    /// Notes for which targets the element is a field.
    fn await_fields(&mut self, node: Node<'d>, nillable: bool) {
        let depth = self.identity.depth;
        let taken = self.identity.fields(node, |path| path.attribute.is_none());
        for (target, field) in taken {
            let Some(at) = self.identity.targets.get(target) else {
                continue;
            };
            let constraint = at.constraint;
            if nillable && constraint.category == Category::Key {
                // Section 3.11.4 clause 4.2.3 looks at the declaration, not at `xsi:nil`.
                let expected = format!("no nillable element in key {}", constraint.label);
                self.fault(Rule::KeyNil, node, "an element that may be nil", expected);
            }
            if self.take(node, None, target, field) {
                self.identity.awaited.push(Awaited {
                    depth,
                    target,
                    field,
                });
            }
        }
    }

    /// Takes a node for a field; false when the field has one already.
    fn take(
        &mut self,
        node: Node<'d>,
        attribute: Option<&str>,
        target: usize,
        field: usize,
    ) -> bool {
        let Some(Target {
            constraint, fields, ..
        }) = self.identity.targets.get_mut(target)
        else {
            return false;
        };
        let Some(slot) = fields.get_mut(field) else {
            return false;
        };
        if *slot == Slot::Empty {
            *slot = Slot::Unknown;
            return true;
        }
        *slot = Slot::Unknown;
        let expected = format!("one node at most for {}", shown(constraint, field));
        let awaits = |one: &Awaited| one.target == target && one.field == field;
        self.identity.awaited.retain(|one| !awaits(one));
        self.fault_at(node, attribute, Rule::KeyField, "one more", expected);
        false
    }

    /// Gives its value to whatever awaits the element that is validated now.
    pub(super) fn field(&mut self, seen: &Seen<'_>) {
        let depth = self.identity.depth;
        let identity = &mut self.identity;
        if identity.awaited.last().is_none_or(|one| one.depth != depth) {
            return;
        }
        let slot = identity.slot(seen, &self.schema.types);
        while let Some(one) = identity.awaited.pop_if(|last| last.depth == depth) {
            identity.set(one.target, one.field, slot);
        }
    }

    /// The element that is validated now has no simple type: it cannot be a field.
    pub(super) fn no_field(&mut self, node: Node<'d>) {
        let depth = self.identity.depth;
        while let Some(one) = self.identity.awaited.pop_if(|last| last.depth == depth) {
            self.untyped(node, None, one.target, one.field);
        }
    }

    /// Gives the value of an attribute to the fields that it is; `None` when it has no type.
    pub(super) fn attribute_field(
        &mut self,
        node: Node<'d>,
        name: QName<'_>,
        seen: Option<&Seen<'_>>,
    ) {
        if !self.identity.has_targets() {
            return;
        }
        let named = |test: &NameTest| test.takes(name);
        let of_name = |path: &Path| path.attribute.as_ref().is_some_and(named);
        let taken = self.identity.fields(node, of_name);
        if taken.is_empty() {
            return;
        }
        let slot = seen.map(|seen| self.identity.slot(seen, &self.schema.types));
        for (target, field) in taken {
            if !self.take(node, Some(name.local), target, field) {
                continue;
            }
            match slot {
                Some(slot) => self.identity.set(target, field, slot),
                None => self.untyped(node, Some(name.local), target, field),
            }
        }
    }

    fn untyped(&mut self, node: Node<'d>, attribute: Option<&str>, target: usize, field: usize) {
        let Some(Target { constraint, .. }) = self.identity.targets.get(target) else {
            return;
        };
        let expected = format!("a simple type for {}", shown(constraint, field));
        let found = if attribute.is_some() {
            "an attribute that is not declared"
        } else {
            "an element without a simple type"
        };
        self.fault_at(node, attribute, Rule::KeyField, found, expected);
    }

    /// Looks for fields in an element that a wildcard says to skip: there are no types, but the
    /// selectors of section 3.11.4 go there all the same.
    pub(super) fn skipped(&mut self, node: Node<'d>) {
        if self.identity.scopes.is_empty() || self.is_full() || self.depth >= super::DEPTH_MAX {
            return;
        }
        self.depth += 1;
        self.enter(node, None);
        self.no_field(node);
        for attribute in node.attributes() {
            self.attribute_field(node, attribute.name, None);
        }
        for child in node.elements() {
            self.skipped(child);
        }
        self.leave();
        self.depth -= 1;
    }

    /// Takes the key-sequence of a target whose subtree was seen (section 3.11.4 clauses 3 and 4).
    fn complete(&mut self, target: Target<'s, 'd>) {
        let constraint = target.constraint;
        if target.fields.contains(&Slot::Unknown) {
            return;
        }
        let lacking = target
            .fields
            .iter()
            .position(|slot| !matches!(slot, Slot::Known(_)));
        if let Some(field) = lacking {
            // A nil field of a key was reported.
            if constraint.category == Category::Key && !target.fields.contains(&Slot::Nil) {
                let expected = shown(constraint, field);
                self.fault(Rule::KeyMissing, target.node, "no such field", expected);
            }
            return;
        }
        let numbers = target.fields.iter().filter_map(|slot| match slot {
            Slot::Known(number) => Some(*number),
            Slot::Empty | Slot::Nil | Slot::Unknown => None,
        });
        let sequence: Sequence = numbers.collect();
        if self.identity.entries >= ENTRIES_MAX {
            let expected = format!("at most {ENTRIES_MAX}");
            self.overflow(target.node, "key-sequences", expected);
            return;
        }
        self.identity.entries += 1;
        let scope = self.identity.scopes.get_mut(target.scope);
        let Some(held) = scope.and_then(|scope| scope.held.get_mut(target.held)) else {
            return;
        };
        if matches!(constraint.category, Category::KeyRef(_)) {
            held.references.push((sequence, target.node));
            return;
        }
        match held.distinct.entry(sequence) {
            Entry::Vacant(vacant) => {
                vacant.insert(target.node);
            }
            Entry::Occupied(known) => {
                let line = known.get().position().line;
                let (category, label) = (constraint.category.label(), &constraint.label);
                let found = format!("values that line {line} has");
                let expected = format!("values of its own in {category} {label}");
                self.fault(Rule::KeyDuplicate, target.node, found, expected);
            }
        }
    }

    /// Completes the tables of an element and looks its references up in them.
    fn close(&mut self, scope: Scope<'s, 'd>, tables: &mut HashMap<ConstraintId, Table<'d>>) {
        let mut references = Vec::new();
        for held in scope.held {
            match held.constraint.category {
                Category::Key | Category::Unique => {
                    tables.entry(held.id).or_default().own(held.distinct);
                }
                Category::KeyRef(key) => references.push((held.constraint, key, held.references)),
            }
        }
        for (constraint, key, all) in references {
            let table = tables.get(&key);
            let expected = || {
                let key = &self.schema.constraints[key].label;
                format!("the values of one of {key} for keyref {}", constraint.label)
            };
            let missing: Vec<_> = all
                .iter()
                .filter(|(sequence, _)| table.is_none_or(|table| !table.holds(sequence)))
                .map(|(_, node)| (*node, expected()))
                .take(self.faults_max)
                .collect();
            for (node, expected) in missing {
                self.fault(Rule::KeyUnknown, node, "values of none", expected);
            }
        }
    }

    fn overflow(&mut self, node: Node<'d>, found: &str, expected: String) {
        if !self.identity.full {
            self.identity.full = true;
            self.fault(Rule::KeyLimit, node, format!("more {found}"), expected);
        }
    }
}

impl<'d> Identity<'_, 'd> {
    /// Whether anything may be a field.
    pub(super) fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    /// The fields of open targets that lead to an element, by paths of that kind.
    fn fields(&self, node: Node<'d>, wanted: impl Fn(&Path) -> bool) -> Vec<(usize, usize)> {
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

    fn set(&mut self, target: usize, field: usize, slot: Slot) {
        let target = self.targets.get_mut(target);
        if let Some(place) = target.and_then(|target| target.fields.get_mut(field)) {
            *place = slot;
        }
    }

    fn slot(&mut self, seen: &Seen<'_>, types: &Types) -> Slot {
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
    fn hand_up(&mut self, tables: HashMap<ConstraintId, Table<'d>>) {
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

impl<'d> Table<'d> {
    /// Adds the table of one more child: what two children have, none has.
    fn join(&mut self, child: Self) {
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
    fn own(&mut self, own: HashMap<Sequence, Node<'d>>) {
        self.conflicts.clear();
        if self.entries.is_empty() {
            self.entries = own;
        } else {
            self.entries.extend(own);
        }
    }

    fn holds(&self, sequence: &Sequence) -> bool {
        self.entries.contains_key(sequence)
    }
}

fn shown(constraint: &Constraint, field: usize) -> String {
    let xpath = constraint.fields.get(field);
    let xpath = xpath.map_or("", |field| &field.xpath);
    let (category, label) = (constraint.category.label(), &constraint.label);
    format!("field `{xpath}` of {category} {label}")
}
