//! Lists whose entries divide what is beside them, such as houses and the goods items in them.
//!
//! Start at [`Division`]. `each` writes a group's element once for each entry of a list, `of` takes of
//! another list's objects those that say that they are of that entry.

use crate::model::{Catalogue, LeafRef, Occurrence, PathId};

use super::super::plan::{Numbering, Of, Opens, Route, RowId, Scope, ScopeId};
use super::super::report::LossReason;
use super::super::walk;
use super::Encoder;

/// An entry of a list that divides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Division {
    list: PathId,
    /// How many lists its path runs through.
    level: usize,
    /// Its place in the list, from 0.
    number: usize,
    /// Entries of the list.
    count: usize,
}

impl Encoder<'_> {
    /// How often a group writes its element for one object.
    pub(super) fn divisions(&self, scope: &Scope, object: Occurrence) -> usize {
        match scope.divides {
            Some(list) if scope.opens != Opens::Entry => {
                self.declaration.count(object.with(list)).max(1)
            }
            Some(_) | None => 1,
        }
    }

    /// Begins to write a division; what was being written before is given back, to return to.
    pub(super) fn enter(
        &mut self,
        scope: &Scope,
        object: Occurrence,
        number: usize,
    ) -> Option<Division> {
        let outer = self.division;
        if let Some(list) = scope.divides {
            let level = Catalogue::get().lists(list);
            let own = scope.opens == Opens::Entry;
            self.division = Some(Division {
                list,
                level,
                number: if own { object.index_at(level) } else { number },
                count: self.declaration.count(object.with(list)),
            });
        }
        outer
    }

    pub(super) fn leave(&mut self, outer: Option<Division>) {
        self.division = outer;
    }

    /// Of the entries of the list that divides, a path means the one that is being written.
    pub(super) fn in_division(&self, from: PathId, at: Occurrence) -> Occurrence {
        let Some(division) = self.division else {
            return at;
        };
        let catalogue = Catalogue::get();
        let other = catalogue.is_within(from, division.list);
        if other || !catalogue.is_within(at.path, division.list) {
            return at;
        }
        walk::renumbered(at, division.level, division.number)
    }

    /// The same of what was found along lists.
    pub(super) fn keep_division(&self, lists: &[PathId], found: &mut Vec<Occurrence>) {
        if let Some(division) = self.division
            && lists.contains(&division.list)
        {
            found.retain(|at| at.index_at(division.level) == division.number);
        }
    }

    /// The objects of the division that is being written; those that name none are of the first.
    pub(super) fn objects_of(&mut self, id: ScopeId, of: Of, from: Occurrence) -> Vec<Occurrence> {
        if !self.divided.contains_key(&id) {
            let scope = self.plan.scope(id);
            let mut divided: Vec<Vec<Occurrence>> = Vec::new();
            for object in self.walk(scope.parent, from, &scope.route) {
                let number = match self.declaration.leaf(object.with(of.number)) {
                    Some(LeafRef::Count(number)) => usize::try_from(number).unwrap_or(usize::MAX),
                    Some(_) | None => 1,
                };
                // A number beyond the list is of no division: what it has is lost, and said to be.
                let number = number.max(1) - 1;
                let count = self.division.map_or(0, |division| division.count);
                if number >= count.max(1) {
                    continue;
                }
                if divided.len() <= number {
                    divided.resize_with(number + 1, Vec::new);
                }
                if let Some(objects) = divided.get_mut(number) {
                    objects.push(object);
                }
            }
            self.divided.insert(id, divided);
        }
        let number = self.division.map_or(0, |division| division.number);
        let divided = self.divided.get(&id).and_then(|all| all.get(number));
        divided.cloned().unwrap_or_default()
    }

    /// Where there are several divisions: of the objects that have a value those of the one that is being
    /// written; nothing where they are not divided.
    pub(super) fn owners_in_division(
        &mut self,
        route: &Route,
        from: Occurrence,
    ) -> Option<Vec<Occurrence>> {
        let division = self.division.filter(|division| division.count > 1)?;
        let list = Catalogue::get().parent(route.path);
        let mut scopes = self.plan.scopes.iter().enumerate();
        let found = scopes.find_map(|(number, scope)| {
            let of = scope.of.filter(|of| of.list == division.list)?;
            (scope.path == list).then_some((ScopeId(number), of))
        });
        let (id, of) = found?;
        Some(self.objects_of(id, of, from))
    }

    /// Numbers an element in its division. The model's own number counts as said where it is that number
    /// or what the order of the message says; else it is lost.
    pub(super) fn renumber(&mut self, id: RowId, ordinal: u32, running: u32) {
        let row = self.plan.row(id);
        let at = row.paths.first().and_then(|path| self.at(row.scope, *path));
        let Some(at) = at else { return };
        let Some(stated) = self.value(at) else { return };
        let told = [ordinal, running].map(|number| LeafRef::Count(u64::from(number)));
        if !told.contains(&stated) {
            self.cut_losses.push((at, LossReason::Renumbered));
        }
    }

    /// Whether numbers begin anew: there are several divisions.
    pub(super) fn restarts(&self, numbering: Numbering) -> bool {
        let several = self.division.is_some_and(|division| division.count > 1);
        numbering == Numbering::Division && several
    }
}
