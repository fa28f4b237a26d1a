//! Elements that stand several times, each for an entry of a list (`each`).
//!
//! Start at [`Division`]. What all of them say alike is of the whole, where the mapping has a place for
//! it there; the rest is of the entry. A single element is no division: all of it is of the whole.

use std::borrow::Cow;

use foldhash::{HashMap, HashSet};

use crate::model::{Catalogue, Leaf, Occurrence, PathId};
use crate::xml::{Node, NodeId};

use super::super::plan::{Place, PlaceId, Row, RowId, Scope, ScopeId};
use super::super::walk;
use super::{Decoder, SourceNode, depth, trimmed};

/// The elements of one parent that divide, and the one that is being read.
#[derive(Debug)]
pub(super) struct Division {
    by: ScopeId,
    parent: NodeId,
    list: PathId,
    /// Its place among them, from 0.
    number: usize,
    is_open: bool,
    /// Places that say the same in each of them.
    alike: HashSet<PlaceId>,
    /// Of each group that is read alike the numbers that its lists were given when it was read first.
    given: HashMap<ScopeId, Vec<usize>>,
    /// The group that is being read alike, and how many of its numbers are used.
    reading: Option<(ScopeId, usize)>,
}

impl<'d> Decoder<'_, 'd> {
    /// Begins an element of a group with `each`: where its parent has several, it is the next entry.
    pub(super) fn begin_division(&mut self, id: ScopeId, object: Occurrence, node: Node<'d>) {
        let plan = self.plan;
        let scope = plan.scope(id);
        let (Some(list), Some(parent)) = (scope.divides, node.parent()) else {
            return;
        };
        let known = self.division.as_mut();
        let known = known.filter(|known| known.by == id && known.parent == parent.id());
        if let Some(known) = known {
            known.number += 1;
            known.is_open = true;
        } else {
            let name = node.name();
            let like = parent.elements().filter(|other| other.name() == name);
            let like: Vec<Node<'d>> = like
                .filter(|other| !self.apart.contains(&other.id()))
                .collect();
            self.division = (like.len() > 1).then(|| Division {
                by: id,
                parent: parent.id(),
                list,
                number: 0,
                is_open: true,
                alike: self.alike(scope.place, &like),
                given: HashMap::default(),
                reading: None,
            });
        }
        // The entry is there, whether or not it says anything of its own. One beyond the longest list
        // is not, and its values are refused where they are set.
        if let Some(division) = &self.division {
            let entry = object
                .with(division.list)
                .entry(depth(division.list), division.number);
            let _ = self.decoded.declaration.touch(entry);
        }
    }

    /// Ends a group: that with `each`, or one that was read alike.
    pub(super) fn end_division(&mut self, id: ScopeId) {
        let Some(division) = &mut self.division else {
            return;
        };
        if division.by == id {
            division.is_open = false;
        }
        if division.reading.is_some_and(|(reading, _)| reading == id) {
            division.reading = None;
        }
    }

    fn open_division(&self) -> Option<&Division> {
        self.division.as_ref().filter(|division| division.is_open)
    }

    /// Whether what stands at a place is of the entry.
    pub(super) fn divides(&self, place: PlaceId) -> bool {
        let division = self.open_division();
        division.is_some_and(|division| !division.alike.contains(&place))
    }

    /// The same of a row.
    pub(super) fn divides_value(&self, row: &Row) -> bool {
        row.places.iter().all(|place| self.divides(*place))
    }

    /// The number of the entry that a group's element is, from 0.
    pub(super) fn division_of(&self, by: ScopeId) -> Option<usize> {
        let division = self.open_division().filter(|division| division.by == by);
        division.map(|division| division.number)
    }

    /// Where a canonical path leads from an object: of the list that divides, into the entry that is
    /// being read.
    pub(super) fn at(&self, object: Occurrence, path: PathId) -> Occurrence {
        let at = object.with(path);
        let Some(division) = self.open_division() else {
            return at;
        };
        let catalogue = Catalogue::get();
        let within = catalogue.is_within(object.path, division.list);
        if within || !catalogue.is_within(path, division.list) {
            return at;
        }
        walk::renumbered(at, depth(division.list), division.number)
    }

    /// A group of the whole that every entry says alike: its lists are given the same numbers in each.
    pub(super) fn begin_alike(&mut self, id: ScopeId, scope: &Scope) {
        let Some(division) = self.division.as_mut().filter(|division| division.is_open) else {
            return;
        };
        if division.reading.is_none() && division.alike.contains(&scope.place) {
            division.reading = Some((id, 0));
            if division.number == 0 {
                division.given.insert(id, Vec::new());
            }
        }
    }

    /// Whether what is being read was read before, in an earlier element.
    pub(super) fn is_read_again(&self) -> bool {
        let division = self.open_division();
        division.is_some_and(|division| division.number > 0 && division.reading.is_some())
    }

    /// The number that an entry of a list was given when its group was read first.
    pub(super) fn given_before(&mut self) -> Option<usize> {
        let division = self.division.as_mut()?;
        if division.number == 0 || !division.is_open {
            return None;
        }
        let (id, used) = division.reading.as_mut()?;
        let number = division.given.get(id)?.get(*used).copied()?;
        *used += 1;
        Some(number)
    }

    pub(super) fn record_given(&mut self, number: usize) {
        let Some(division) = self.division.as_mut() else {
            return;
        };
        if let Some((id, _)) = division.reading
            && division.number == 0
            && let Some(given) = division.given.get_mut(&id)
        {
            given.push(number);
        }
    }

    /// `number = "division"`: the message counts anew in each element, or on; the model counts on. A
    /// number that is neither is kept. Says whether there is a division.
    pub(super) fn number_in_division(
        &mut self,
        id: RowId,
        at: Occurrence,
        source: SourceNode<'d>,
        text: Cow<'d, str>,
    ) -> bool {
        let by = self.open_division().map(|division| division.by);
        let Some(element) = by.and_then(|by| self.open(by)) else {
            return false;
        };
        let mut next = |within| {
            let last = self.numbered.entry((id, within)).or_default();
            *last += 1;
            *last
        };
        let (own, running) = (next(Some(element.node.id())), next(None));
        self.store(at, Leaf::Count(running), source, text.clone());
        let stated = text.parse();
        if stated != Ok(own) && stated != Ok(running) {
            self.keep(source, text);
        }
        true
    }

    /// The places that have rows or groups of an entry and of the whole, and stand alike in all.
    fn alike(&self, from: PlaceId, like: &[Node<'d>]) -> HashSet<PlaceId> {
        let plan = self.plan;
        let scopes = plan.scopes.iter().filter(|scope| scope.divided);
        let rows = plan.rows.iter().filter(|row| row.divided);
        let places = scopes.map(|scope| scope.place);
        let places = places.chain(rows.flat_map(|row| row.places.iter().copied()));
        let mut alike = HashSet::default();
        for id in places {
            let Some(steps) = self.steps(from, id) else {
                continue;
            };
            let found = |node: &Node<'d>| elements(*node, &steps);
            let mut all = like.iter().map(found);
            let Some(first) = all.next() else { continue };
            let same = |other: Vec<Node<'d>>| {
                let mut pairs = first.iter().zip(&other);
                other.len() == first.len() && pairs.all(|(a, b)| same_tree(*a, *b))
            };
            if self.is_of_whole(id) && !first.is_empty() && all.all(same) {
                alike.insert(id);
            }
        }
        alike
    }

    /// Whether the mapping has a place in the whole for what stands at a place of the message.
    fn is_of_whole(&self, id: PlaceId) -> bool {
        let plan = self.plan;
        let place = plan.place(id);
        let scopes = place.scopes.iter().map(|id| plan.scope(*id));
        let rows = place.rows.iter().map(|id| plan.row(*id));
        scopes
            .into_iter()
            .any(|scope| scope.decodes && !scope.divided)
            || rows
                .into_iter()
                .any(|row| row.decodes && !row.divided && !row.paths.is_empty())
    }

    /// The elements from one place down to another below it; nothing where it is not below.
    fn steps(&self, from: PlaceId, to: PlaceId) -> Option<Vec<&Place>> {
        let mut steps = Vec::new();
        let mut at = to;
        while at != from {
            let place = self.plan.place(at);
            steps.push(place);
            at = place.parent?;
        }
        steps.reverse();
        Some(steps)
    }
}

/// The elements at the end of steps; of an attribute those that it stands on.
fn elements<'d>(from: Node<'d>, steps: &[&Place]) -> Vec<Node<'d>> {
    let mut found = vec![from];
    for step in steps.iter().filter(|step| !step.attribute) {
        let fits = |node: &Node<'d>| node.is(&step.label.namespace, &step.label.local);
        let below = found.iter().flat_map(|node| node.elements().filter(fits));
        found = below.collect();
    }
    found
}

/// Whether two elements say the same with all that is below them.
fn same_tree(a: Node<'_>, b: Node<'_>) -> bool {
    let (mut ours, mut theirs) = (a.descendants(), b.descendants());
    if !same_element(a, b) {
        return false;
    }
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(ours), Some(theirs)) if same_element(ours, theirs) => {}
            (Some(_) | None, Some(_)) | (Some(_), None) => return false,
        }
    }
}

fn same_element(a: Node<'_>, b: Node<'_>) -> bool {
    let mut pairs = a.attributes().zip(b.attributes());
    a.name() == b.name()
        && a.elements().count() == b.elements().count()
        && trimmed(a.text()) == trimmed(b.text())
        && a.attributes().count() == b.attributes().count()
        && pairs.all(|(ours, theirs)| ours.name == theirs.name && ours.value == theirs.value)
}
