//! Which places of a target a message can bring about at all.
//!
//! Start at [`Wakes`], which is made with the plan, and [`Awake`], which is made for one message. A mapping
//! has places for everything that its format can say, and a message says a tenth of it: what no value of
//! the message can fill is not tried again for each object.

use crate::model::{Catalogue, PathId, Present};

use super::plan::{Opens, PlaceId, Plan, Route, Row, RowId, Scope, ScopeId, Source, Test};

/// What a value or an object at a canonical path may bring about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wake {
    /// The objects of a group.
    Scope(usize),
    /// The text of a row.
    Row(usize),
    /// Content of a place, for which the elements above it stand.
    Content(usize),
}

/// What each canonical path may bring about, and what comes about whatever the model holds.
#[derive(Debug, Default)]
pub(super) struct Wakes {
    /// Each path, and where in `wakes` what it may bring about ends.
    paths: Vec<(PathId, usize)>,
    wakes: Vec<Wake>,
    always: Awake,
    /// Places that have no content of their own, but a text wherever their parent stands.
    texts: Vec<bool>,
}

/// What one message may bring about.
#[derive(Debug, Clone, Default)]
pub(super) struct Awake {
    /// Places that may have content or hold one that may, and in the end those that may have a text.
    places: Vec<bool>,
    scopes: Vec<bool>,
    rows: Vec<bool>,
}

impl Wakes {
    pub(super) fn of(plan: &Plan) -> Self {
        let mut found = Finder {
            plan,
            by_path: Vec::new(),
            always: Awake {
                places: vec![false; plan.places.len()],
                scopes: vec![false; plan.scopes.len()],
                rows: vec![false; plan.rows.len()],
            },
            texts: vec![false; plan.places.len()],
            stands: Vec::new(),
        };
        found.always.content(plan, PlaceId::ROOT);
        for (number, scope) in plan.scopes.iter().enumerate() {
            found.scope(ScopeId(number), scope);
        }
        for (number, row) in plan.rows.iter().enumerate() {
            found.row(RowId(number), row);
        }
        let mut by_path = found.by_path;
        by_path.sort_unstable();
        by_path.dedup();
        let mut paths: Vec<(PathId, usize)> = Vec::new();
        for (number, (path, _)) in (1..).zip(&by_path) {
            match paths.last_mut() {
                Some((last, end)) if last == path => *end = number,
                Some(_) | None => paths.push((*path, number)),
            }
        }
        Self {
            paths,
            wakes: by_path.into_iter().map(|(_, wake)| wake).collect(),
            always: found.always,
            texts: found.texts,
        }
    }

    /// What a message with these values and objects may bring about.
    pub(super) fn by(&self, plan: &Plan, present: &Present) -> Awake {
        let mut awake = self.always.clone();
        let mut from = 0;
        for (path, end) in &self.paths {
            let before = std::mem::replace(&mut from, *end);
            if !present.has(*path) {
                continue;
            }
            for wake in self.wakes.get(before..*end).unwrap_or_default() {
                match *wake {
                    Wake::Scope(number) => raise(&mut awake.scopes, number),
                    Wake::Row(number) => raise(&mut awake.rows, number),
                    Wake::Content(number) => awake.content(plan, PlaceId(number)),
                }
            }
        }
        for (place, text) in awake.places.iter_mut().zip(&self.texts) {
            *place |= text;
        }
        awake
    }
}

impl Awake {
    /// All that a plan writes, as if any message could bring it about.
    #[cfg(test)]
    pub(super) fn all(plan: &Plan) -> Self {
        Self {
            places: vec![true; plan.places.len()],
            scopes: vec![true; plan.scopes.len()],
            rows: plan.rows.iter().map(|row| row.encodes).collect(),
        }
    }

    pub(super) fn place(&self, id: PlaceId) -> bool {
        self.places.get(id.0) == Some(&true)
    }

    pub(super) fn scope(&self, id: ScopeId) -> bool {
        self.scopes.get(id.0) == Some(&true)
    }

    pub(super) fn row(&self, id: RowId) -> bool {
        self.rows.get(id.0) == Some(&true)
    }

    /// A place may have content, and so may all above it.
    fn content(&mut self, plan: &Plan, place: PlaceId) {
        let mut at = Some(place);
        while let Some(place) = at.filter(|place| !self.place(*place)) {
            raise(&mut self.places, place.0);
            at = plan.place(place).parent;
        }
    }

    /// The same, where places are marked that only may have a text.
    pub(super) fn supplied(&mut self, plan: &Plan, place: PlaceId) {
        let mut at = Some(place);
        while let Some(place) = at {
            raise(&mut self.places, place.0);
            at = plan.place(place).parent;
        }
    }
}

fn raise(marks: &mut [bool], number: usize) {
    if let Some(mark) = marks.get_mut(number) {
        *mark = true;
    }
}

/// Reads from the plan what wakes what. Where it is not certain that nothing comes about, something does.
struct Finder<'p> {
    plan: &'p Plan,
    by_path: Vec<(PathId, Wake)>,
    always: Awake,
    texts: Vec<bool>,
    /// The paths at which the object of each group may stand: objects that are gathered or adopted are of
    /// the group's class, but not at its path.
    stands: Vec<Vec<PathId>>,
}

impl Finder<'_> {
    fn scope(&mut self, id: ScopeId, scope: &Scope) {
        if id == ScopeId::ROOT {
            self.stands.push(vec![PathId::ROOT]);
            raise(&mut self.always.scopes, id.0);
            return;
        }
        let outer = self.plan.scope(scope.parent);
        let mut stands = Vec::new();
        if scope.opens == Opens::Same {
            stands.extend(self.stands_of(scope.parent));
        } else {
            stands.extend(self.moved(scope.parent, scope.path));
        }
        for route in &scope.gather {
            stands.extend(self.moved(scope.parent, route.path));
        }
        let adopted = outer.adopt.as_ref();
        stands.extend(
            adopted
                .filter(|adopt| adopt.into == scope.path)
                .map(|adopt| adopt.from),
        );
        stands.sort_unstable();
        stands.dedup();
        // Loose objects make an object that holds them.
        let loose = scope.adopt.as_ref().map(|adopt| adopt.from);
        let own = scope.encodes && scope.opens != Opens::Same;
        for path in stands.iter().copied().chain(loose).filter(|_| own) {
            self.by_path.push((path, Wake::Scope(id.0)));
            self.by_path.push((path, Wake::Content(scope.place.0)));
        }
        // A division is written where the source knows none, and a need that is not met is noted.
        let unasked = scope.divides.is_some() && scope.opens == Opens::Entry
            || scope.opens == Opens::Same && !scope.needs.is_empty();
        if unasked {
            self.always.content(self.plan, scope.place);
        }
        if unasked || scope.opens == Opens::Same {
            raise(&mut self.always.scopes, id.0);
        }
        self.stands.push(stands);
    }

    fn row(&mut self, id: RowId, row: &Row) {
        if !row.encodes {
            return;
        }
        for path in &row.paths {
            let paths = self.moved(row.scope, *path);
            for path in paths {
                if row.is_plain() {
                    self.by_path.push((path, Wake::Row(id.0)));
                }
                self.content(row, path);
            }
        }
        if let Some(route) = &row.hoist {
            self.content_along(row, route);
        }
        let mut always = row.finding.is_some() && !row.is_plain();
        match &row.source {
            Source::Const(_) => match row.when.model.as_deref() {
                Some((subject, Test::Among(_) | Test::Begins(_) | Test::Present(true))) => {
                    self.content_along(row, &subject.route);
                    always |= row.chunk().is_some();
                }
                Some((_, Test::Not(_) | Test::Present(false))) => always = true,
                None => always |= row.chunk().is_some(),
            },
            Source::Model => {
                let strong = row.hoist.is_some() || row.chunk().is_some();
                always |= row.default.is_some() && strong;
            }
            Source::Count(_) | Source::Empty | Source::Generate(_) | Source::Number(_) => {
                always |= row.chunk().is_some();
            }
            Source::Series(_) | Source::Sum(_) | Source::Table { .. } => always = true,
        }
        if always {
            for place in &row.places {
                self.always.content(self.plan, *place);
            }
        }
        if !row.is_plain() {
            raise(&mut self.always.rows, id.0);
            // No content, but a text wherever the parent stands.
            for place in &row.places {
                raise(&mut self.texts, place.0);
            }
        }
    }

    fn content_along(&mut self, row: &Row, route: &Route) {
        for path in self.moved(row.scope, route.path) {
            self.content(row, path);
        }
    }

    fn content(&mut self, row: &Row, path: PathId) {
        let places = row.places.iter();
        let content = places.map(|place| (path, Wake::Content(place.0)));
        self.by_path.extend(content);
    }

    fn stands_of(&self, scope: ScopeId) -> &[PathId] {
        self.stands.get(scope.0).map_or(&[], Vec::as_slice)
    }

    /// Where a path of a group leads from each path at which its object may stand.
    fn moved(&self, scope: ScopeId, path: PathId) -> Vec<PathId> {
        let catalogue = Catalogue::get();
        let written_for = self.plan.scope(scope).path;
        let stands = self.stands_of(scope).iter();
        let paths = stands.map(|stand| catalogue.below(path, written_for, *stand).unwrap_or(path));
        paths.collect()
    }
}
