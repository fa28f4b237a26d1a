//! From `map.toml` and the schema to a [`Plan`], with every fault named.
//!
//! Start at [`compile`]. `places` resolves paths in messages against the schema, `fields` and
//! `groups` read the rows, `check` compares the whole with the schema.

mod check;
mod fields;
mod groups;
mod places;

use std::collections::BTreeMap;

use foldhash::HashMap;

use crate::model::{Catalogue, PathId, PathKind};
use crate::schema;

use super::awake::Wakes;
use super::codelist::CodeLists;
use super::encode::Noted;
use super::plan::{Opens, PlaceId, Plan, Route, Row, RowId, Scope, ScopeId, When};
use crate::datafile::{Faults, Placed, Table, nearest};

/// What a mapping is compiled against.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) root: schema::Element<'a>,
    /// Prefix to URI, as package.toml declares them.
    pub(super) prefixes: &'a BTreeMap<String, String>,
    pub(super) lists: &'a CodeLists,
    /// Whether the package is encoded at all: only then must mandatory elements have rows.
    pub(super) encodes: bool,
}

/// Compiles a mapping. Faults go to the table's file; the plan is usable only without faults.
pub(super) fn compile(map: Table<'_>, setting: Setting<'_>) -> Plan {
    let mut compiler = Compiler::new(setting, map.faults);
    map.only(&["field", "group", "route", "ignore", "note"]);
    compiler.read_body(map, ScopeId::ROOT);
    compiler.check();
    compiler.tell();
    compiler.find_simple();
    compiler.plan.wakes = Wakes::of(&compiler.plan);
    compiler.plan
}

struct Compiler<'a> {
    setting: Setting<'a>,
    faults: &'a Faults,
    plan: Plan,
    /// The schema's view of each place; nothing for attributes.
    elements: Vec<Option<schema::Element<'a>>>,
    /// Where each row and each scope stands in the file.
    row_at: Vec<usize>,
    scope_at: Vec<usize>,
}

impl<'a> Compiler<'a> {
    fn new(setting: Setting<'a>, faults: &'a Faults) -> Self {
        let root_scope = Scope {
            place: PlaceId::ROOT,
            parent: ScopeId::ROOT,
            path: PathId::ROOT,
            opens: Opens::Same,
            route: Route {
                path: PathId::ROOT,
                lists: Vec::new(),
            },
            when: When::default(),
            qualifiers: Vec::new(),
            needs: Vec::new(),
            gather: Vec::new(),
            skip: 0,
            distinct: Vec::new(),
            same_as: None,
            pivot: None,
            adopt: None,
            divides: None,
            of: None,
            divided: false,
            branch: false,
            encodes: true,
            decodes: true,
        };
        let mut compiler = Self {
            setting,
            faults,
            plan: Plan {
                places: Vec::new(),
                scopes: vec![root_scope],
                rows: Vec::new(),
                by_path: HashMap::default(),
                names: Vec::new(),
                namespaces: Vec::new(),
                noted: Noted::default(),
                wakes: Wakes::default(),
            },
            elements: Vec::new(),
            row_at: Vec::new(),
            scope_at: vec![0],
        };
        compiler.add_root();
        compiler
    }

    /// Marks the places of which no group, row or note asks for more than a text.
    fn find_simple(&mut self) {
        let rows = &self.plan.rows;
        let in_pieces = |id: &RowId| rows.get(id.0).is_some_and(|row| row.chunk().is_some());
        for place in &mut self.plan.places {
            let pieces = place.rows.iter().any(in_pieces);
            place.simple = place.scopes.is_empty() && !place.ignored && !place.joins && !pieces;
        }
    }

    /// A row that is only written says by its place what those set that read the place.
    fn tell(&mut self) {
        let rows = &self.plan.rows;
        let told = |row: &Row| {
            let reads = |other: &&Row| {
                let mut places = other.places.iter();
                other.decodes && places.any(|place| row.places.contains(place))
            };
            let qualified = !row.decodes && !row.qualifiers.is_empty();
            let readers: Vec<&Row> = rows.iter().filter(|_| qualified).filter(reads).collect();
            let set = |qualifier| readers.iter().any(|it| it.qualifiers.contains(qualifier));
            let told = row.qualifiers.iter();
            let told = told.filter(|qualifier| readers.is_empty() || set(qualifier));
            told.map(|(path, _)| *path).collect()
        };
        let told: Vec<Vec<PathId>> = rows.iter().map(told).collect();
        for (row, told) in self.plan.rows.iter_mut().zip(told) {
            row.told = told.into();
        }
    }

    fn read_body(&mut self, table: Table<'a>, scope: ScopeId) {
        for field in table.tables("field") {
            self.read_field(field, scope);
        }
        for group in table.tables("group") {
            self.read_group(group, scope);
        }
        for pivot in table.tables("pivot") {
            self.read_pivot(pivot, scope);
        }
        for route in table.tables("route") {
            self.read_route(route, scope);
        }
        for ignore in table.tables("ignore") {
            ignore.only(&["at", "reason", "note"]);
            if ignore.required("reason").text.is_empty() {
                self.faults.at(ignore.at, "an `ignore` says its reason");
            }
            if let Some(place) = self.place(scope, ignore.required("at"))
                && let Some(place) = self.plan.places.get_mut(place.0)
            {
                place.ignored = true;
            }
        }
    }

    /// Resolves a canonical path from a scope's object.
    fn canonical(&self, scope: ScopeId, path: Placed<'_>) -> Option<PathId> {
        let catalogue = Catalogue::get();
        if path.text.is_empty() {
            let message = "an empty canonical path: name one, make the row an [[ignore]] with a reason, \
                           or delete it";
            self.faults.at(path.at, message);
            return None;
        }
        let from = self.plan.scope(scope).path;
        let found = catalogue.find_from(from, path.text);
        if found.is_none() {
            let near = near_canonical(from, path.text);
            let message = format!("there is no canonical path `{}`{near}", path.text);
            self.faults.at(path.at, message);
        }
        found
    }

    /// A canonical path that leads to a value.
    fn canonical_leaf(&self, scope: ScopeId, path: Placed<'_>) -> Option<PathId> {
        let found = self.canonical(scope, path)?;
        if matches!(Catalogue::get().info(found).kind, PathKind::Leaf(_)) {
            return Some(found);
        }
        self.faults
            .at(path.at, format!("`{}` is no value", path.text));
        None
    }

    /// The way from a scope's object to a path, through the lists between.
    fn route(&self, scope: ScopeId, path: PathId) -> Route {
        let catalogue = Catalogue::get();
        let from = self.plan.scope(scope).path;
        let mut lists = Vec::new();
        let mut at = path;
        while at != PathId::ROOT && !catalogue.is_within(from, at) {
            if catalogue.info(at).kind == PathKind::Many {
                lists.push(at);
            }
            at = catalogue.parent(at);
        }
        lists.reverse();
        Route { path, lists }
    }

    fn route_to(&self, scope: ScopeId, path: Placed<'_>) -> Option<Route> {
        let found = self.canonical(scope, path)?;
        Some(self.route(scope, found))
    }

    fn next_row(&self) -> RowId {
        RowId(self.plan.rows.len())
    }

    fn next_scope(&self) -> ScopeId {
        ScopeId(self.plan.scopes.len())
    }
}

/// The nearest canonical path, for a fault.
fn near_canonical(scope: PathId, text: &str) -> String {
    let catalogue = Catalogue::get();
    let (mut at, relative) = match text.strip_prefix('/') {
        Some(rest) => (PathId::ROOT, rest),
        None => (scope, text),
    };
    for name in relative.split('.') {
        match catalogue.find_from(at, name) {
            Some(next) => at = next,
            None => return nearest(name, catalogue.names_below(at).map(|(name, _)| name)),
        }
    }
    String::new()
}
