//! The pass over the message: groups open objects, rows take values.

use std::borrow::Cow;

use crate::model::{First, Leaf, Occurrence, PathId};
use crate::xml::{Node, same};

use super::super::plan::{
    Numbering, Opens, Place, PlaceId, Row, RowId, Scope, ScopeId, Source, UNKNOWN,
};
use super::super::value::{Note, Written, read};
use super::{
    Check, Collected, Decoder, KeptSource, Open, Restated, Said, SourceNode, depth, element,
    follow, holds, piece, trimmed,
};

impl<'d> Decoder<'_, 'd> {
    pub(super) fn visit(&mut self, node: Node<'d>, place_id: PlaceId) {
        let plan = self.plan;
        let place = plan.place(place_id);
        if place.ignored {
            return;
        }
        // An element never stands in one of its own place: what is open of these was opened here.
        let mut opened = false;
        for scope in &place.scopes {
            opened |= self.open_scope(*scope, node, &place.scopes);
        }
        let declined = !place.scopes.is_empty() && !opened && place.rows.is_empty();
        if declined {
            self.keep_all(node);
            return;
        }
        self.visit_attributes(node, place);
        let is_leaf = self.visit_children(node, place);
        if is_leaf {
            let in_pieces = |row: &RowId| plan.row(*row).chunk().is_some();
            let text = match place.rows.iter().any(in_pieces) {
                true => piece(node.text()),
                false => trimmed(node.text()),
            };
            self.take(place, element(node), text);
        }
        let of_element = place.scopes.iter().rev().filter(|_| opened);
        for scope in of_element {
            if self.open(*scope).is_some() {
                self.close_scope(*scope);
            }
        }
    }

    fn visit_attributes(&mut self, node: Node<'d>, place: &Place) {
        for attribute in node.attributes() {
            if attribute.name.namespace == XSI {
                continue;
            }
            let known = place.children.iter().map(|id| self.plan.place(*id));
            let found = known.into_iter().find(|place| {
                place.attribute
                    && same(&place.label.local, attribute.name.local)
                    && same(&place.label.namespace, attribute.name.namespace)
            });
            let source = SourceNode {
                node,
                attribute: Some(attribute.name.local),
            };
            let value = Cow::Borrowed(attribute.value.trim());
            match found {
                Some(place) if place.ignored => {}
                Some(place) => self.take(place, source, value),
                None => self.keep(source, value),
            }
        }
    }

    /// Visits the child elements; says whether there were none.
    fn visit_children(&mut self, node: Node<'d>, place: &Place) -> bool {
        let mut is_leaf = true;
        // Children come in the schema's order, which is also the order of the places.
        let mut next = 0;
        for child in node.elements() {
            is_leaf = false;
            if self.apart.contains(&child.id()) {
                continue;
            }
            let name = self.name_of(child);
            let fits = |known: &u32| *known == name;
            let ahead = place.names.get(next..).unwrap_or_default();
            let found = match ahead.iter().position(fits) {
                Some(offset) => Some(next + offset),
                None => place.names.iter().position(fits),
            };
            let Some((number, id)) = found.and_then(|n| Some((n, place.children.get(n)?))) else {
                self.keep_all(child);
                continue;
            };
            next = number;
            let plan = self.plan;
            let below = plan.place(*id);
            // Most elements need nothing of what a visit makes ready.
            if below.simple
                && let Some(text) = child.only_text()
            {
                self.take(below, element(child), trimmed(Cow::Borrowed(text)));
                continue;
            }
            if below.joins {
                self.note_join(*id, node, child);
            }
            self.visit(child, *id);
        }
        is_leaf
    }

    /// The plan's number of an element's name; one that no place has when the plan does not know it.
    fn name_of(&mut self, node: Node<'d>) -> u32 {
        let number = node.name_number().unwrap_or_default();
        if let Some(Some(known)) = self.names.get(number) {
            return *known;
        }
        let name = node.name();
        let mut spaces = self.plan.names.iter();
        let locals = spaces.find(|(space, _)| same(space, name.namespace));
        let found = locals.and_then(|(_, locals)| locals.get(name.local).copied());
        let found = found.unwrap_or(UNKNOWN);
        if self.names.is_empty() {
            self.names.resize(node.name_numbers(), None);
        }
        if let Some(slot) = self.names.get_mut(number) {
            *slot = Some(found);
        }
        found
    }

    fn note_join(&mut self, place: PlaceId, parent: Node<'d>, child: Node<'d>) {
        if !self.joined.insert((place, parent.id())) {
            let text = "occurs several times; what is below is one list in the model";
            self.finding("MAP_GROUPS_JOINED", None, element(child), text);
        }
    }

    /// Opens a group of an element, of those that claim it.
    fn open_scope(&mut self, id: ScopeId, node: Node<'d>, claiming: &[ScopeId]) -> bool {
        let plan = self.plan;
        let scope = plan.scope(id);
        if id == ScopeId::ROOT {
            let object = Occurrence::ROOT;
            self.set_open(id, Some(Open { object, node }));
            return true;
        }
        let Some(parent) = self.open(scope.parent) else {
            return false;
        };
        // Of the groups that claim one element, the first whose condition holds takes it; groups
        // within the same element (`at = "."`) all do.
        let within = plan.scope(scope.parent).place == scope.place;
        let mut others = claiming.iter().filter(|other| self.open(**other).is_some());
        let taken = others.any(|other| plan.scope(*other).parent == scope.parent);
        if !scope.decodes || (taken && !within) || !holds(&scope.when, node) {
            return false;
        }
        if scope.divided && !self.divides(scope.place) {
            return false;
        }
        if scope.divides.is_some() && scope.opens != Opens::Entry {
            self.begin_division(id, parent.object.with(scope.path), node);
        }
        self.begin_alike(id, scope);
        let object = self.new_object(scope, parent, node);
        self.set_open(id, Some(Open { object, node }));
        if scope.opens != Opens::Same {
            self.decoded.objects.push((object, node.id()));
        }
        if scope.pivot.is_some() {
            self.references.push((id, object, parent.object));
        }
        if let Some(same) = &scope.same_as
            && let Some((source, text)) = follow(node, &same.steps)
        {
            self.used_parts.insert((source.node.id(), source.attribute));
            if matches!(text.as_ref(), "true" | "1") {
                self.copies.push((object, same.original));
            }
        }
        true
    }

    fn new_object(&mut self, scope: &Scope, parent: Open<'d>, node: Node<'d>) -> Occurrence {
        let object = self.at(parent.object, scope.path);
        match scope.opens {
            Opens::Same => parent.object,
            Opens::Object => object,
            Opens::Entry => {
                let level = depth(scope.path);
                if let Some(number) = self.given_before() {
                    return object.entry(level, number);
                }
                let (last, floor) = self.given.get(&object).copied().unwrap_or_default();
                let begun = self.begun.contains(&object.entry(level, last));
                let floor = if begun { floor.max(last + 1) } else { floor };
                let length = self.decoded.declaration.count(object).max(floor);
                let number = self.known_entry(scope, length, object, node);
                self.given.insert(object, (number, floor));
                self.record_given(number);
                object.entry(level, number)
            }
        }
    }

    /// The number of the pivot's object with the same key, else of the next one.
    fn known_entry(
        &mut self,
        scope: &Scope,
        length: usize,
        object: Occurrence,
        node: Node<'d>,
    ) -> usize {
        let Some(pivot) = &scope.pivot else {
            return length;
        };
        let Some((_, key)) = follow(node, &pivot.key_steps) else {
            return length;
        };
        if self.indexed.insert(scope.path) {
            self.index_entries(scope.path, pivot.key, length, object);
        }
        let known = self.keys.entry((scope.path, key.into_owned()));
        *known.or_insert(length)
    }

    /// Makes known by their keys the objects that another group has put into a pivot's list.
    fn index_entries(&mut self, list: PathId, key: PathId, length: usize, at: Occurrence) {
        for number in 0..length {
            let entry = at.entry(depth(list), number);
            if let Some(leaf) = self.decoded.declaration.leaf(entry.with(key)) {
                let key = (list, leaf.lexical().into_owned());
                self.keys.entry(key).or_insert(number);
            }
        }
    }

    fn close_scope(&mut self, id: ScopeId) {
        let plan = self.plan;
        let scope = plan.scope(id);
        if let Some(open) = self.open(id)
            && !scope.qualifiers.is_empty()
            && (scope.opens == Opens::Same || self.decoded.declaration.exists(open.object))
        {
            self.qualify(&scope.qualifiers, open.object);
        }
        self.divide(scope, id);
        self.end_division(id);
        self.set_open(id, None);
    }

    /// `of`: an object says in which division of its list it stands.
    fn divide(&mut self, scope: &Scope, id: ScopeId) {
        let (Some(of), Some(open)) = (&scope.of, self.open(id)) else {
            return;
        };
        let Some(division) = self.open(of.by).map(|open| open.object) else {
            return;
        };
        if !self.decoded.declaration.exists(open.object) {
            return;
        }
        let number = if let Some(number) = self.division_of(of.by) {
            number + 1
        } else if division.path == of.list {
            // The division is there from now on, whether or not the model has a value of its own in it.
            self.begun.insert(division);
            division.index_at(depth(of.list)) + 1
        } else {
            return;
        };
        let number = Leaf::Count(u64::try_from(number).unwrap_or(u64::MAX));
        // The number is a count: that was checked when the package was loaded.
        let _ = self
            .decoded
            .declaration
            .set(open.object.with(of.number), number);
    }

    fn qualify(&mut self, qualifiers: &[(PathId, String)], object: Occurrence) {
        for (path, value) in qualifiers {
            let at = self.at(object, *path);
            if let Some(leaf) = super::super::value::constant(*path, value) {
                // A qualifier fits its field: that was checked when the package was loaded.
                let _ = self.decoded.declaration.set(at, leaf);
            }
        }
    }

    /// Gives a value to the first row that takes it, else keeps it.
    fn take(&mut self, place: &Place, source: SourceNode<'d>, text: Cow<'d, str>) {
        let plan = self.plan;
        if place.part {
            self.parts.push(source);
        }
        if text.is_empty() {
            return;
        }
        let mut said = Vec::new();
        for id in &place.rows {
            let row = plan.row(*id);
            let Some(open) = self.open(row.scope) else {
                continue;
            };
            if !row.decodes {
                let beside = self.beside(row, open, source);
                said.push(Said {
                    row: *id,
                    object: open.object,
                    beside,
                });
                continue;
            }
            if !holds(&row.when, open.node) || (row.divided && !self.divides_value(row)) {
                continue;
            }
            if self.take_row(*id, row, open, source, text.clone()) {
                return;
            }
        }
        if !said.is_empty() {
            self.restated.push(Restated { text, source, said });
        } else if !place.part {
            self.keep(source, text);
        }
    }

    /// Whether the row took the value (or disposed of it, with a finding or a loss).
    fn take_row(
        &mut self,
        id: RowId,
        row: &Row,
        open: Open<'d>,
        source: SourceNode<'d>,
        text: Cow<'d, str>,
    ) -> bool {
        match &row.source {
            Source::Const(constant) if row.paths.is_empty() => {
                if constant != text.as_ref() {
                    let words = "is not the value that this message always has";
                    self.finding("MAP_CONST_DIFFERS", None, source, words);
                    self.keep(source, text);
                }
                return true;
            }
            Source::Number(numbering) if row.paths.is_empty() => {
                let message = *numbering != Numbering::Parent;
                if !self.is_next_number(id, message, source, &text) {
                    self.keep(source, text);
                }
                return true;
            }
            Source::Count(_) | Source::Sum(_) if row.paths.is_empty() => {
                self.checks.push(Check {
                    row: id,
                    text,
                    source,
                    object: open.object,
                });
                return true;
            }
            Source::Const(_)
            | Source::Count(_)
            | Source::Empty
            | Source::Generate(_)
            | Source::Model
            | Source::Number { .. }
            | Source::Sum(_)
            | Source::Series(_)
            | Source::Table { .. } => {}
        }
        let Some(path) = row.paths.first() else {
            // What the translation generates or looks up says nothing of the model when it is read.
            if row.default.as_deref() != Some(text.as_ref()) {
                self.keep(source, text);
            }
            return true;
        };
        let at = self.at(open.object, *path);
        if matches!(row.source, Source::Number(Numbering::Division))
            && self.number_in_division(id, at, source, text.clone())
        {
            return true;
        }
        if row.collects() {
            self.collect(id, row, at, &text, source);
        } else {
            self.put(row, at, open, source, text);
        }
        if !row.qualifiers.is_empty() && self.decoded.declaration.exists(at) {
            self.qualify(&row.qualifiers, open.object);
        }
        true
    }

    /// Counts the elements that a row numbers; says whether this one has its number.
    fn is_next_number(
        &mut self,
        id: RowId,
        message: bool,
        source: SourceNode<'d>,
        text: &str,
    ) -> bool {
        let numbered = match source.attribute {
            Some(_) => Some(source.node),
            None => source.node.parent(),
        };
        let within = numbered.and_then(|element| element.parent());
        let within = within.map(|element| element.id()).filter(|_| !message);
        let last = self.numbered.entry((id, within)).or_default();
        *last += 1;
        text.parse() == Ok(*last)
    }

    fn collect(
        &mut self,
        id: RowId,
        row: &Row,
        at: Occurrence,
        text: &str,
        source: SourceNode<'d>,
    ) {
        let known = self.collected_at.get(&at).copied();
        let again = self.is_read_again();
        if let Some(known) = known.and_then(|number| self.collected.get_mut(number)) {
            if !again {
                known.text.push_str(&row.with);
                known.text.push_str(text);
            }
            known.more.push(source);
            return;
        }
        // The object is there from now on: the next one of its list is another.
        if let Some(open) = self.open(row.scope) {
            self.begun.insert(open.object);
        }
        self.collected_at.insert(at, self.collected.len());
        self.collected.push(Collected {
            row: id,
            at,
            text: text.to_owned(),
            source,
            more: Vec::new(),
        });
    }

    fn put(
        &mut self,
        row: &Row,
        at: Occurrence,
        open: Open<'d>,
        source: SourceNode<'d>,
        text: Cow<'d, str>,
    ) {
        let beside = self.beside(row, open, source);
        let written = Written {
            text: &text,
            beside: beside.as_deref(),
            zone: self.zone,
            on: self.decoded.on,
        };
        match read(row, written) {
            Ok(read) => {
                self.note(read.notes, at, source);
                if let Some(kind) = row.kind_of {
                    self.documents.push((KeptSource::new(at, &source), kind));
                }
                self.store(at, read.leaf, source, text);
            }
            Err((code, words)) => {
                self.note([Note::of(code, words, &text)], at, source);
                self.keep(source, text);
            }
        }
    }

    pub(super) fn store(
        &mut self,
        at: Occurrence,
        leaf: Leaf,
        source: SourceNode<'d>,
        text: Cow<'d, str>,
    ) {
        match self.decoded.declaration.set_first(at, leaf) {
            Ok(First::Set | First::Again) => self.remember(at, source),
            Ok(First::Other) => {
                let words = "another value was read for this before";
                self.finding("MAP_VALUE_CONFLICT", Some(at), source, words);
                self.keep(source, text);
            }
            Err(error) => {
                self.finding(error.code(), Some(at), source, "the model cannot hold it");
                self.keep(source, text);
            }
        }
    }

    /// The unit or currency that stands beside a value.
    fn beside(
        &mut self,
        row: &Row,
        open: Open<'d>,
        source: SourceNode<'d>,
    ) -> Option<Cow<'d, str>> {
        let beside = row.beside.path()?;
        let from = if beside.own { source.node } else { open.node };
        let (found, text) = follow(from, &beside.steps)?;
        self.used_parts.insert((found.node.id(), found.attribute));
        Some(text)
    }

    /// Keeps every value of an element that the mapping does not know.
    fn keep_all(&mut self, node: Node<'d>) {
        let below = node.descendants();
        for node in std::iter::once(node).chain(below) {
            for attribute in node.attributes() {
                if attribute.name.namespace == XSI || attribute.value.trim().is_empty() {
                    continue;
                }
                let source = SourceNode {
                    node,
                    attribute: Some(attribute.name.local),
                };
                self.keep(source, Cow::Borrowed(attribute.value));
            }
            let text = trimmed(node.text());
            if !text.is_empty() {
                self.keep(element(node), text);
            }
        }
    }
}

/// Attributes of XML Schema instances are no values of a message.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
