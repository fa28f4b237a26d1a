//! Walking the canonical model from an object: the objects and values below a path.
//!
//! Start at [`objects`] and [`leaves`].

use rust_decimal::Decimal;

use crate::model::{Catalogue, Declaration, Leaf, LeafRef, MassUnit, Occurrence, PathId, PathKind};

use super::plan::Route;

/// Every occurrence at the end of a route: each list on the way is walked.
pub(super) fn objects(
    declaration: &Declaration,
    from: Occurrence,
    route: &Route,
) -> Vec<Occurrence> {
    let catalogue = Catalogue::get();
    let start = from.with(route.path);
    let entries = |at: Occurrence, list: PathId| {
        let level = catalogue.lists(list);
        let length = declaration.count(at.with(list));
        (0..length).map(move |index| at.entry(level, index))
    };
    let Some((first, others)) = route.lists.split_first() else {
        return Vec::from_iter(declaration.exists(start).then_some(start));
    };
    let mut found: Vec<Occurrence> = entries(start, *first).collect();
    for list in others {
        found = found
            .into_iter()
            .flat_map(|at| entries(at, *list))
            .collect();
    }
    let last_is_list = route.lists.last() == Some(&route.path);
    if !last_is_list {
        found.retain(|at| declaration.exists(*at));
    }
    found
}

/// Every value at or below an occurrence, in order of the catalogue.
pub(super) fn leaves(declaration: &Declaration, from: Occurrence) -> Vec<(Occurrence, Leaf)> {
    let mut found = Vec::new();
    collect(declaration, from, &mut found);
    found
}

fn collect(declaration: &Declaration, at: Occurrence, out: &mut Vec<(Occurrence, Leaf)>) {
    let catalogue = Catalogue::get();
    if let PathKind::Leaf(_) = catalogue.info(at.path).kind {
        out.extend(declaration.leaf(at).map(|leaf| (at, leaf.to_leaf())));
        return;
    }
    for (_, path) in catalogue.names_below(at.path) {
        let below = at.with(path);
        match catalogue.info(path).kind {
            PathKind::Many => {
                let level = catalogue.lists(path);
                for index in 0..declaration.count(below) {
                    collect(declaration, below.entry(level, index), out);
                }
            }
            PathKind::One if declaration.exists(below) => collect(declaration, below, out),
            PathKind::One => {}
            PathKind::Leaf(_) => {
                out.extend(declaration.leaf(below).map(|leaf| (below, leaf.to_leaf())));
            }
        }
    }
}

/// The same value below another object of the same class.
pub(super) fn rebase(at: Occurrence, from: Occurrence, to: Occurrence) -> Option<Occurrence> {
    let catalogue = Catalogue::get();
    let path = catalogue.below(at.path, from.path, to.path)?;
    let from_level = catalogue.lists(from.path);
    let to_level = catalogue.lists(to.path);
    let mut rebased = to.with(path);
    let levels = catalogue.lists(path).saturating_sub(to_level);
    for level in 1..=levels {
        rebased = rebased.entry(to_level + level, at.index_at(from_level + level));
    }
    Some(rebased)
}

/// The occurrence with another index at a level.
pub(super) fn renumbered(at: Occurrence, level: usize, number: usize) -> Occurrence {
    let mut moved = at.entry(level, number);
    for below in level + 1..=Catalogue::get().lists(at.path) {
        moved = moved.entry(below, at.index_at(below));
    }
    moved
}

/// Whether two objects of one class hold the same values; nothing is not the same as nothing.
pub(super) fn same_object(declaration: &Declaration, a: Occurrence, b: Occurrence) -> bool {
    let mut some = false;
    alike(declaration, a, b, &mut some) && some
}

/// Whether what is at or below two occurrences is the same, and whether it is anything.
fn alike(declaration: &Declaration, a: Occurrence, b: Occurrence, some: &mut bool) -> bool {
    let catalogue = Catalogue::get();
    if let PathKind::Leaf(_) = catalogue.info(a.path).kind {
        let (ours, theirs) = (declaration.leaf(a), declaration.leaf(b));
        *some |= ours.is_some();
        return ours == theirs;
    }
    catalogue.names_below(a.path).all(|(_, path)| {
        let Some(other) = catalogue.below(path, a.path, b.path) else {
            return false;
        };
        let (ours, theirs) = (a.with(path), b.with(other));
        match catalogue.info(path).kind {
            PathKind::Many => {
                let levels = (catalogue.lists(path), catalogue.lists(other));
                let count = declaration.count(ours).max(declaration.count(theirs));
                (0..count).all(|index| {
                    let entries = (ours.entry(levels.0, index), theirs.entry(levels.1, index));
                    alike(declaration, entries.0, entries.1, some)
                })
            }
            PathKind::One if !declaration.exists(ours) && !declaration.exists(theirs) => true,
            PathKind::One | PathKind::Leaf(_) => alike(declaration, ours, theirs, some),
        }
    })
}

/// The sum of the values at the end of a route; masses in the given unit.
///
/// # Errors
/// The object that has no such value; the start when there is nothing to add.
pub(super) fn sum(
    declaration: &Declaration,
    from: Occurrence,
    route: &Route,
    unit: MassUnit,
) -> Result<Decimal, Occurrence> {
    let catalogue = Catalogue::get();
    let above = Route {
        path: catalogue.parent(route.path),
        lists: route.lists.clone(),
    };
    let owners = objects(declaration, from, &above);
    if owners.is_empty() {
        return Err(from.with(route.path));
    }
    sum_of(declaration, &owners, route.path, unit)
}

/// The sum of one value of these objects.
///
/// # Errors
/// The object that has no such value.
pub(super) fn sum_of(
    declaration: &Declaration,
    owners: &[Occurrence],
    path: PathId,
    unit: MassUnit,
) -> Result<Decimal, Occurrence> {
    let mut total = Decimal::ZERO;
    for owner in owners {
        let at = owner.with(path);
        let value = match declaration.leaf(at) {
            Some(LeafRef::Mass(mass)) => mass.to(unit),
            Some(LeafRef::Number(number)) => Some(number),
            Some(LeafRef::Count(count)) => Some(Decimal::from(count)),
            Some(LeafRef::Amount(amount)) => Some(amount.value),
            Some(LeafRef::Measure(measure)) => Some(measure.value),
            Some(
                LeafRef::Code(_)
                | LeafRef::Flag(_)
                | LeafRef::Moment(_)
                | LeafRef::Mrn(_)
                | LeafRef::Text(_),
            )
            | None => None,
        };
        total = value.and_then(|value| total.checked_add(value)).ok_or(at)?;
    }
    Ok(total)
}
