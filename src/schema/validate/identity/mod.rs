//! Identity constraints while a document is validated (XSD 1.0 Part 1 sections 3.11.4 and
//! 3.11.5). Start at [`Validator::enter`].
//!
//! An element with constraints opens a scope; what its selectors take below it are targets, and
//! what the fields of these take are awaited until their values were checked. A value gets a
//! number, so that a key-sequence is a row of numbers and is looked up in one step, however long
//! its values are. Without an open scope nothing is done.

mod state;
mod table;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Validator;
use crate::schema::component::ElementDecl;
use crate::schema::fault::Rule;
use crate::schema::identity::{Category, Constraint, ConstraintId, NameTest, Path};
use crate::xml::{Node, QName};
use state::{Awaited, Held, Scope, Slot, Target};
pub(super) use state::{Identity, Seen};
use table::{Sequence, Table};

/// Most key-sequences that all tables together take in one document. The largest customs messages
/// seen have 99,999 entries; with a dozen constraints on each they stay below.
const ENTRIES_MAX: usize = 1 << 21;

/// Most targets open at a time: each element is held against the fields of all of them. Those of
/// real schemas do not contain each other.
const TARGETS_MAX: usize = 256;

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
        let unseen = self.is_full();
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
            // The line is looked up by counting: not for faults that nobody sees.
            Entry::Occupied(_) if unseen => {}
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

fn shown(constraint: &Constraint, field: usize) -> String {
    let xpath = constraint.fields.get(field);
    let xpath = xpath.map_or("", |field| &field.xpath);
    let (category, label) = (constraint.category.label(), &constraint.label);
    format!("field `{xpath}` of {category} {label}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Resolver, Schema};
    use crate::xml::{Limits, parse};

    struct One(&'static str);

    impl Resolver for One {
        fn load(&self, location: &str, _: &str) -> Option<(String, Vec<u8>)> {
            Some((location.to_owned(), self.0.as_bytes().to_vec()))
        }
    }

    #[test]
    fn key_sequences_are_bounded() {
        let text = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" type="xs:int" maxOccurs="9"/></xs:sequence></xs:complexType><xs:unique name="u"><xs:selector xpath="a"/><xs:field xpath="."/></xs:unique></xs:element></xs:schema>"#;
        let schema = Schema::compile(&["s"], &One(text)).unwrap();
        let document = b"<r><a>1</a><a>2</a><a>3</a></r>";
        let document = parse(document, None, &Limits::default()).unwrap();
        let codes = |room: usize| {
            let mut validator = Validator::new(&schema, 9);
            validator.identity.entries = ENTRIES_MAX - room;
            let faults = validator.document(document.root());
            faults.iter().map(|fault| fault.rule).collect::<Vec<_>>()
        };
        assert_eq!(codes(3), []);
        assert_eq!(codes(2), [Rule::KeyLimit]);
        assert_eq!(codes(1), [Rule::KeyLimit]);
    }
}
