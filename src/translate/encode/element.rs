//! Elements: groups take their objects, containers their children.

use foldhash::HashMap;
use jiff::civil::Date;

use crate::model::{Catalogue, Code, LeafRef, Occurrence, PathId};

use super::super::plan::{ModelSubject, Opens, Pivot, PlaceId, Route, Scope, ScopeId, Test, When};
use super::super::report::{LossReason, Severity};
use super::super::walk;
use super::output::Element;
use super::{Encoder, Stand};

/// The objects of a pivot by the number that they refer to.
#[derive(Debug, Default)]
pub(super) struct PivotIndex {
    by_number: HashMap<String, Vec<Occurrence>>,
    /// Objects without references belong to every item.
    of_all: Vec<Occurrence>,
}

impl<'a> Encoder<'a> {
    /// Fills an element with the attributes and children that have something to say.
    pub(super) fn fill(&mut self, element: &mut Element<'a>) {
        let plan = self.plan;
        for child in &plan.place(element.place).children {
            let child = *child;
            if !self.awake.place(child) {
                continue;
            }
            let place = plan.place(child);
            if (place.attribute || place.part) && self.out.has(element, child) {
                // A unit or currency that came with its value.
            } else if place.attribute {
                self.leaf(child, element);
            } else if place.scopes.is_empty() {
                self.plain(child, element);
            } else {
                self.groups(child, element);
            }
        }
    }

    /// An element that is no group: a value, or a container.
    fn plain(&mut self, id: PlaceId, parent: &mut Element<'a>) {
        let plan = self.plan;
        let place = plan.place(id);
        let holds = |child: &PlaceId| !plan.place(*child).attribute;
        let composite = place.children.iter().any(holds);
        if composite || place.rows.is_empty() && !place.children.is_empty() {
            // What an element says by its children comes before what it says without them.
            if self.container(id, 1, parent) || place.rows.is_empty() {
                return;
            }
        }
        self.leaf(id, parent);
    }

    /// Writes an element and its children; it is dropped when nothing in it has content of its own.
    fn container(&mut self, id: PlaceId, ordinal: u32, parent: &mut Element<'a>) -> bool {
        let start = self.out.begin(parent);
        let mark = self.mark();
        self.trail.push((id, ordinal));
        let mut element = self.out.element(id);
        self.own_value(id, &mut element);
        self.fill(&mut element);
        let kept = element.strong;
        if kept {
            self.demand(&element);
        }
        self.trail.pop();
        if kept {
            self.out.end(element, start, parent);
        } else {
            self.out.drop_from(&element, start);
            // Why an element that the schema demands has no value is not forgotten with it.
            let required = self.plan.place(id).required;
            let why = required.then(|| self.findings.split_off(mark.findings));
            self.take_back(mark);
            self.findings.extend(why.into_iter().flatten());
        }
        kept
    }

    /// The groups that write this element, in the order of the mapping.
    fn groups(&mut self, id: PlaceId, parent: &mut Element<'a>) {
        let plan = self.plan;
        let place = plan.place(id);
        let mut written = 0;
        let max = place.max.unwrap_or(u32::MAX);
        for scope_id in &place.scopes {
            let scope = plan.scope(*scope_id);
            let nested = plan.scope(scope.parent).place == id;
            let closed = !scope.encodes || !self.awake.scope(*scope_id);
            if nested || closed || self.stand(scope.parent) == Stand::Closed {
                continue;
            }
            for object in self.objects(*scope_id) {
                for number in 0..self.divisions(scope, object) {
                    if written >= max {
                        self.leave_out(object, LossReason::Cut);
                        continue;
                    }
                    let outer = self.enter(scope, object, number);
                    written += u32::from(self.object(*scope_id, object, written + 1, parent));
                    self.leave(outer);
                }
            }
        }
        let below = self.supplied_below.get(id.0).copied().unwrap_or(false);
        let outer = place.scopes.iter().map(|scope| plan.scope(*scope).parent);
        let open = outer
            .clone()
            .any(|scope| self.stand(scope) != Stand::Closed);
        if written == 0 && below && open {
            self.supplied_element(id, parent);
        }
    }

    /// An element that only supplied values fill.
    fn supplied_element(&mut self, id: PlaceId, parent: &mut Element<'a>) {
        let scopes = &self.plan.place(id).scopes;
        for scope in scopes {
            self.set_stand(*scope, Stand::Void);
        }
        self.container(id, 1, parent);
        for scope in scopes {
            self.set_stand(*scope, Stand::Closed);
        }
    }

    /// Writes the element of one object.
    fn object(
        &mut self,
        id: ScopeId,
        object: Occurrence,
        ordinal: u32,
        parent: &mut Element<'a>,
    ) -> bool {
        let plan = self.plan;
        let scope = plan.scope(id);
        if let Some(reason) = self.lacks(scope, id, object) {
            self.leave_out(object, reason);
            return false;
        }
        let mark = self.mark();
        self.set_stand(id, Stand::At(object));
        if let Some(slot) = self.ordinals.get_mut(id.0) {
            *slot = ordinal;
        }
        let opened = self.open_within(scope.place, id);
        let said = self.said_by_indicator(scope, object);
        let kept = if said {
            self.indicator(scope, ordinal, parent)
        } else {
            self.container(scope.place, ordinal, parent)
        };
        for inner in opened.into_iter().rev() {
            self.set_stand(inner, Stand::Closed);
        }
        self.set_stand(id, Stand::Closed);
        if kept {
            self.read_qualifiers(id, object);
            self.written.push(object);
        } else {
            self.take_back(mark);
        }
        kept
    }

    /// Opens the groups that stand in the same element (`at = "."`), below a group just opened.
    pub(super) fn open_within(&mut self, place: PlaceId, outer: ScopeId) -> Vec<ScopeId> {
        let plan = self.plan;
        let scopes = &plan.place(place).scopes;
        if scopes.len() < 2 {
            return Vec::new();
        }
        let mut opened = vec![outer];
        for id in scopes {
            let scope = plan.scope(*id);
            let nested = *id != outer && opened.contains(&scope.parent);
            if !nested || !scope.encodes || !self.awake.scope(*id) {
                continue;
            }
            let found = self.objects(*id);
            if let Some(first) = found.first() {
                self.set_stand(*id, Stand::At(*first));
                opened.push(*id);
            }
            for extra in found.iter().skip(1) {
                self.leave_out(*extra, LossReason::Cut);
            }
        }
        opened.remove(0);
        opened
    }

    /// The objects that a group writes.
    pub(super) fn objects(&mut self, id: ScopeId) -> Vec<Occurrence> {
        let scope = self.plan.scope(id);
        let Stand::At(from) = self.stand(scope.parent) else {
            return Vec::new();
        };
        if scope.pivot.is_some() && self.pivots.contains_key(&id) {
            // Indexed when the first item asked; the list is the same for all.
            return self.referring(id, &[], from);
        }
        let mut found = if scope.opens == Opens::Same {
            vec![from]
        } else if let Some(of) = scope.of {
            self.objects_of(id, of, from)
        } else {
            self.walk(scope.parent, from, &scope.route)
        };
        for route in &scope.gather {
            found.extend(self.walk(scope.parent, from, route));
        }
        found.extend(self.adopted(id));
        found.retain(|object| self.has_qualifiers(id, &scope.qualifiers, *object));
        found.retain(|object| self.applies(id, &scope.when, *object));
        found.drain(..scope.skip.min(found.len()));
        if scope.pivot.is_some() {
            found = self.referring(id, &found, from);
        }
        if !scope.distinct.is_empty() {
            found = self.distinct(id, found);
        }
        if scope.adopt.is_some() && found.is_empty() {
            found = self.adopting(scope, from);
        }
        if scope.divides.is_some() && scope.opens == Opens::Entry && found.is_empty() {
            // A source that knows no division is one: an entry beyond the list's end.
            let level = Catalogue::get().lists(scope.path);
            found.push(from.with(scope.path).entry(level, 0));
        }
        found
    }

    /// Of the objects of a pivot those that refer to an item, and those that refer to none.
    fn referring(
        &mut self,
        id: ScopeId,
        found: &[Occurrence],
        from: Occurrence,
    ) -> Vec<Occurrence> {
        let Some(pivot) = &self.plan.scope(id).pivot else {
            return Vec::new();
        };
        if !self.pivots.contains_key(&id) {
            let index = self.index_pivot(pivot, found);
            self.pivots.insert(id, index);
        }
        let number = self.declaration.leaf(from.with(pivot.number));
        let number = number.map(|number| number.lexical().into_owned());
        let Some(index) = self.pivots.get(&id) else {
            return Vec::new();
        };
        let named = number.and_then(|number| index.by_number.get(&number));
        let mut referring = named.cloned().unwrap_or_default();
        if !index.of_all.is_empty() {
            referring.extend(&index.of_all);
            referring.sort_unstable();
        }
        referring
    }

    fn index_pivot(&self, pivot: &Pivot, found: &[Occurrence]) -> PivotIndex {
        let level = Catalogue::get().lists(pivot.refs);
        let mut index = PivotIndex::default();
        for object in found {
            let list = object.with(pivot.refs);
            let length = self.declaration.count(list);
            if length == 0 {
                index.of_all.push(*object);
            }
            for number in 0..length {
                let at = list.entry(level, number).with(pivot.reference);
                if let Some(number) = self.declaration.leaf(at) {
                    let known = index.by_number.entry(number.lexical().into_owned());
                    known.or_default().push(*object);
                }
            }
        }
        index
    }

    /// Objects that differ in the named values. Of one that is left out counts as said what the first
    /// of its kind says too.
    fn distinct(&mut self, id: ScopeId, found: Vec<Occurrence>) -> Vec<Occurrence> {
        let mut known = HashMap::default();
        let mut kept = Vec::new();
        for object in found {
            let first = *known.entry(self.object_key(id, object)).or_insert(object);
            if first == object {
                kept.push(object);
                continue;
            }
            self.echo(object, first);
        }
        kept
    }

    /// What an object has in common with another of its class is said where the other says it.
    fn echo(&mut self, object: Occurrence, other: Occurrence) {
        for (at, leaf) in walk::leaves(self.declaration, object) {
            let Some(same) = walk::rebase(at, object, other) else {
                continue;
            };
            if self
                .declaration
                .leaf(same)
                .is_some_and(|same| same.to_leaf() == leaf)
            {
                self.echoes.insert(at, same);
            }
        }
    }

    /// Loose seals need an equipment: when there is none, an empty entry beyond the list's end.
    fn adopting(&self, scope: &Scope, from: Occurrence) -> Vec<Occurrence> {
        let Some(adopt) = &scope.adopt else {
            return Vec::new();
        };
        let loose = self.declaration.count(Occurrence::first(adopt.from));
        if loose == 0 {
            return Vec::new();
        }
        let level = Catalogue::get().lists(scope.path);
        vec![from.with(scope.path).entry(level, 0)]
    }

    pub(super) fn has_qualifiers(
        &self,
        scope: ScopeId,
        wanted: &[(PathId, String)],
        object: Occurrence,
    ) -> bool {
        wanted.iter().all(|(path, value)| {
            let leaf = self.look(self.place_in(scope, object, *path));
            leaf.is_some_and(|leaf| leaf.lexical() == value.as_str())
        })
    }

    /// Where a canonical path leads from an object at which a group stands. Gathered objects are
    /// of the group's class, but not at its path.
    pub(super) fn place_in(&self, scope: ScopeId, object: Occurrence, path: PathId) -> Occurrence {
        let written_for = self.plan.scope(scope).path;
        if object.path == written_for || !Catalogue::get().is_within(path, written_for) {
            return self.in_division(object.path, object.with(path));
        }
        let first = Occurrence::first;
        walk::rebase(first(path), first(written_for), object).unwrap_or_else(|| object.with(path))
    }

    /// The objects or values at the end of a route that was written for a group.
    pub(super) fn walk(&self, scope: ScopeId, from: Occurrence, route: &Route) -> Vec<Occurrence> {
        if from.path == self.plan.scope(scope).path {
            let mut found = walk::objects(self.declaration, from, route);
            self.keep_division(&route.lists, &mut found);
            return found;
        }
        let moved = Route {
            path: self.place_in(scope, from, route.path).path,
            lists: {
                let lists = route.lists.iter();
                lists
                    .map(|list| self.place_in(scope, from, *list).path)
                    .collect()
            },
        };
        walk::objects(self.declaration, from, &moved)
    }

    /// A constant that stands because the model has a certain value says that value; one that stands
    /// for several does not say which.
    pub(super) fn read_condition(&mut self, scope: ScopeId, when: &When) {
        if let Some((subject, Test::Among(values))) = when.model.as_deref()
            && values.len() == 1
            && let Some(at) = self.at(scope, subject.path)
            && subject.is_leaf
        {
            self.value(at);
        }
    }

    fn read_qualifiers(&mut self, id: ScopeId, object: Occurrence) {
        for (path, _) in &self.plan.scope(id).qualifiers {
            let at = self.place_in(id, object, *path);
            self.read.push(at);
        }
    }

    pub(super) fn applies(&self, scope: ScopeId, when: &When, object: Occurrence) -> bool {
        let Some((subject, test)) = when.model.as_deref() else {
            return true;
        };
        let at = self.place_in(scope, object, subject.path);
        if !subject.is_leaf {
            let found = self.walk(scope, object, &subject.route);
            let value = (!found.is_empty()).then_some("");
            return test.holds(value);
        }
        if let (Test::Present(wanted), false) = (test, subject.route.lists.is_empty()) {
            let found = self.walk(scope, object, &subject.route);
            return found.iter().any(|at| self.peek(*at).is_some()) == *wanted;
        }
        let leaf = self.peek(at);
        match leaf {
            Some(LeafRef::Code(code)) => test.holds(in_column(subject, code, self.on)),
            Some(leaf) => test.holds(Some(leaf.lexical().as_ref())),
            None => test.holds(None),
        }
    }

    /// `needs`: why an object cannot be written, when it cannot.
    fn lacks(&mut self, scope: &Scope, id: ScopeId, object: Occurrence) -> Option<LossReason> {
        for (path, row) in &scope.needs {
            if self.peek(self.place_in(id, object, *path)).is_none() {
                return Some(LossReason::NoTarget);
            }
            let Some(row) = *row else { continue };
            self.set_stand(id, Stand::At(object));
            let mark = self.mark();
            let text = self.model_text(row);
            self.take_back(mark);
            self.set_stand(id, Stand::Closed);
            match text {
                Ok(Some(_)) => {}
                Ok(None) => return Some(LossReason::NoTarget),
                Err(reason) => return Some(reason),
            }
        }
        None
    }

    fn said_by_indicator(&self, scope: &Scope, object: Occurrence) -> bool {
        scope.same_as.as_ref().is_some_and(|same| {
            walk::same_object(self.declaration, object, Occurrence::first(same.original))
        })
    }

    /// The element with nothing but the indicator that says "as the other".
    fn indicator(&mut self, scope: &Scope, ordinal: u32, parent: &mut Element<'a>) -> bool {
        let Some(same) = &scope.same_as else {
            return false;
        };
        self.trail.push((scope.place, ordinal));
        let mut element = self.out.element(scope.place);
        let start = self.out.begin(parent);
        let said = self.out.leaf(same.indicator, "true", true);
        self.out.adopt(said, &mut element);
        if let Stand::At(object) = self.stand_of(scope) {
            self.echo(object, Occurrence::first(same.original));
        }
        self.demand(&element);
        self.trail.pop();
        self.out.end(element, start, parent);
        true
    }

    fn stand_of(&self, scope: &Scope) -> Stand {
        let scopes = &self.plan.place(scope.place).scopes;
        let stands = scopes.iter().map(|id| self.stand(*id));
        stands
            .into_iter()
            .find(|stand| matches!(stand, Stand::At(_)))
            .unwrap_or(Stand::Closed)
    }

    /// Loose objects that this object's list takes over (`adopt`).
    pub(super) fn adopted(&mut self, id: ScopeId) -> Vec<Occurrence> {
        let plan = self.plan;
        let scope = plan.scope(id);
        let outer = plan.scope(scope.parent);
        let (Some(adopt), Stand::At(object)) = (&outer.adopt, self.stand(scope.parent)) else {
            return Vec::new();
        };
        if scope.path != adopt.into {
            return Vec::new();
        }
        let loose = Occurrence::first(adopt.from);
        let length = self.declaration.count(loose);
        if length == 0 {
            return Vec::new();
        }
        let level = Catalogue::get().lists(adopt.from);
        let equipment = self.declaration.count(object.with(outer.path));
        if equipment > 1 {
            let severity = if adopt.reject {
                Severity::Reject
            } else {
                Severity::Hold
            };
            let first = object.index_at(Catalogue::get().lists(outer.path)) == 0;
            if first {
                self.undecided.push(adopt.from);
                let words = "it is not said to which of several objects these belong";
                self.find(
                    "MAP_SPREAD_UNKNOWN",
                    severity,
                    Some(loose.entry(level, 0)),
                    words,
                );
            }
            return Vec::new();
        }
        (0..length).map(|index| loose.entry(level, index)).collect()
    }

    fn object_key(&self, id: ScopeId, object: Occurrence) -> Vec<Option<(String, String)>> {
        let paths = self.plan.scope(id).distinct.iter();
        let values = paths.map(|path| self.declaration.leaf(self.place_in(id, object, *path)));
        values
            .map(|value| {
                let value = value?;
                let list = if let LeafRef::Code(code) = value {
                    code.list().unwrap_or_default()
                } else {
                    ""
                };
                Some((value.lexical().into_owned(), list.to_owned()))
            })
            .collect()
    }
}

/// The code that a condition compares: the crosswalk's column, or the code itself.
fn in_column<'c>(subject: &'c ModelSubject, code: &'c Code, on: Option<Date>) -> Option<&'c str> {
    match &subject.column {
        Some(column) => column.code_of(code, on),
        None => Some(code.value()),
    }
}
