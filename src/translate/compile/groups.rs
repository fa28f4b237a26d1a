//! Reading `[[group]]`, `[[group.pivot]]` and `[[route]]`.

use crate::model::{Catalogue, LeafKind, PathId, PathKind};

use super::super::plan::{
    Adopt, ModelSubject, Of, Opens, Pivot, PlaceId, SameAs, Scope, ScopeId, Test, When,
};
use super::Compiler;
use crate::datafile::{Placed, Table};

const BODY_KEYS: &[&str] = &["field", "group", "pivot", "route", "ignore"];
const GROUP_KEYS: &[&str] = &[
    "at",
    "is",
    "when",
    "where",
    "encode_only",
    "decode_only",
    "note",
    "needs",
    "gather",
    "skip",
    "distinct",
    "same_as",
    "adopt",
    "each",
    "of",
];
const PIVOT_KEYS: &[&str] = &["by", "refs", "ref"];
const BRANCH_KEYS: &[&str] = &["kind"];

impl<'a> Compiler<'a> {
    pub(super) fn read_group(&mut self, table: Table<'a>, parent: ScopeId) {
        table.only(&[GROUP_KEYS, BODY_KEYS].concat());
        let at = table.required("at");
        let is = table.required("is");
        if let Some(scope) = self.open_scope(table, parent, at, is) {
            self.read_body(table, scope);
        }
    }

    /// Adds a scope with all keys that groups share.
    fn open_scope(
        &mut self,
        table: Table<'a>,
        parent: ScopeId,
        at: Placed<'a>,
        is: Placed<'a>,
    ) -> Option<ScopeId> {
        let place = self.place(parent, at)?;
        let path = self.canonical(parent, is)?;
        let opens = match Catalogue::get().info(path).kind {
            _ if is.text == "." => Opens::Same,
            PathKind::Many => Opens::Entry,
            PathKind::One => Opens::Object,
            PathKind::Leaf(_) => {
                self.faults.at(is.at, "a group is an object or a list");
                return None;
            }
        };
        let route = self.route(parent, path);
        let each = self.division(parent);
        let through = |list: &PathId| *list != path && Some(*list) != each;
        let divided = self.is_divided(parent, path);
        if route.lists.iter().any(through) && opens != Opens::Entry {
            self.faults.at(
                is.at,
                "the path runs through a list: make that list a group",
            );
        }
        let id = self.next_scope();
        let scope = Scope {
            place,
            parent,
            path,
            opens,
            route,
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
            divided,
            branch: false,
            encodes: !table.flag("decode_only"),
            decodes: !table.flag("encode_only"),
        };
        self.plan.scopes.push(scope);
        self.scope_at.push(table.at);
        if let Some(place) = self.plan.places.get_mut(place.0) {
            place.scopes.push(id);
        }
        self.read_scope_keys(table, parent, id);
        Some(id)
    }

    fn read_scope_keys(&mut self, table: Table<'a>, parent: ScopeId, id: ScopeId) {
        let when = self.read_when(table, id);
        let qualifiers = self.read_qualifiers(table, id);
        let needs = self.leaves(table, "needs", id);
        let distinct = self.leaves(table, "distinct", id);
        let mut gather = Vec::new();
        for path in table.texts("gather") {
            gather.extend(self.route_to(parent, path));
        }
        let skip = table.number("skip").unwrap_or_default();
        if skip > 0 && !table.flag("encode_only") {
            self.faults.at(
                table.at,
                "`skip` stands with `encode_only`: what is read is in one list",
            );
        }
        let same_as = self.read_same_as(table, id);
        let adopt = self.read_adopt(table, parent, id);
        let each = self.read_each(table, id);
        let of = self.read_of(table, parent, id);
        if let Some(of) = of
            && let Some(by) = self.plan.scopes.get_mut(of.by.0)
        {
            by.divides = Some(of.list);
        }
        if let Some(scope) = self.plan.scopes.get_mut(id.0) {
            scope.when = when;
            scope.qualifiers = qualifiers;
            scope.needs = needs.into_iter().map(|path| (path, None)).collect();
            scope.distinct = distinct;
            scope.gather = gather;
            scope.skip = skip;
            scope.same_as = same_as.map(Box::new);
            scope.adopt = adopt.map(Box::new);
            scope.divides = each;
            scope.of = of;
        }
    }

    fn leaves(&self, table: Table<'a>, key: &str, scope: ScopeId) -> Vec<PathId> {
        let paths = table.texts(key);
        let found = paths
            .into_iter()
            .map(|path| self.canonical_leaf(scope, path));
        found.flatten().collect()
    }

    fn read_same_as(&mut self, table: Table<'a>, scope: ScopeId) -> Option<SameAs> {
        let same_as = table.table("same_as")?;
        same_as.only(&["at", "is"]);
        let at = same_as.required("at");
        let start = self.plan.scope(scope).place;
        let indicator = self.place(scope, at)?;
        let steps = self.names(start, at)?;
        let original = self.canonical(scope, same_as.required("is"))?;
        if let Some(place) = self.plan.places.get_mut(indicator.0) {
            place.part = true;
        }
        Some(SameAs {
            indicator,
            steps,
            original,
        })
    }

    /// Whether a path of a group leads into an entry of the list of `each`.
    pub(super) fn is_divided(&self, scope: ScopeId, path: PathId) -> bool {
        let catalogue = Catalogue::get();
        let from = self.plan.scope(scope).path;
        self.division(scope)
            .is_some_and(|list| catalogue.is_within(path, list) && !catalogue.is_within(from, list))
    }

    /// The list of the nearest group above with `each`, itself included.
    fn division(&self, scope: ScopeId) -> Option<PathId> {
        let mut at = scope;
        loop {
            let scope = self.plan.scope(at);
            if scope.opens != Opens::Entry && scope.divides.is_some() {
                return scope.divides;
            }
            if at == ScopeId::ROOT {
                return None;
            }
            at = scope.parent;
        }
    }

    fn read_each(&self, table: Table<'a>, scope: ScopeId) -> Option<PathId> {
        let each = table.text("each")?;
        let list = self.canonical(scope, each)?;
        if self.plan.scope(scope).opens == Opens::Entry {
            let message = "a group of a list has an element for each entry already";
            self.faults.at(each.at, message);
        }
        if self.route(scope, list).lists != [list] {
            let message = "`each` is a list of the group's object";
            self.faults.at(each.at, message);
        }
        Some(list)
    }

    /// `of`: the nearest group above that divides, by `each` or by being one of a list.
    fn read_of(&self, table: Table<'a>, parent: ScopeId, scope: ScopeId) -> Option<Of> {
        let of = table.text("of")?;
        let number = self.canonical_leaf(scope, of)?;
        let counts = Catalogue::get().info(number).kind == PathKind::Leaf(LeafKind::Count);
        if !counts || self.plan.scope(scope).opens != Opens::Entry {
            let message = "`of` is a whole number in the objects of a list";
            self.faults.at(of.at, message);
        }
        let mut by = parent;
        loop {
            let above = self.plan.scope(by);
            let own = (above.opens == Opens::Entry).then_some(above.path);
            if let Some(list) = above.divides.or(own) {
                return Some(Of { number, by, list });
            }
            if by == ScopeId::ROOT {
                self.faults.at(of.at, "no group above divides by a list");
                return None;
            }
            by = above.parent;
        }
    }

    fn read_adopt(&self, table: Table<'a>, parent: ScopeId, scope: ScopeId) -> Option<Adopt> {
        let adopt = table.table("adopt")?;
        adopt.only(&["from", "into", "key", "spread"]);
        let spread = adopt.required("spread");
        if !matches!(spread.text, "single" | "hold" | "reject") {
            self.faults
                .at(spread.at, "`spread` is `single`, `hold` or `reject`");
        }
        Some(Adopt {
            from: self.canonical(parent, adopt.required("from"))?,
            into: self.canonical(scope, adopt.required("into"))?,
            key: self.canonical_leaf(scope, adopt.required("key"))?,
            reject: spread.text == "reject",
        })
    }

    pub(super) fn read_pivot(&mut self, table: Table<'a>, parent: ScopeId) {
        table.only(&[GROUP_KEYS, BODY_KEYS, PIVOT_KEYS].concat());
        let at = table.required("at");
        let is = table.required("is");
        let Some(scope) = self.open_scope(table, parent, at, is) else {
            return;
        };
        if self.plan.scope(scope).opens != Opens::Entry {
            self.faults.at(is.at, "a pivot is a list");
            return;
        }
        let (list, outer) = (self.plan.scope(scope).path, self.plan.scope(parent).path);
        if Catalogue::get().is_within(list, outer) {
            self.faults.at(
                is.at,
                "a pivot's list is outside the group's object: begin with `/`",
            );
        }
        self.read_body(table, scope);
        let pivot = self.make_pivot(table, parent, scope);
        if let Some(scope) = self.plan.scopes.get_mut(scope.0) {
            scope.pivot = pivot.map(Box::new);
        }
    }

    fn make_pivot(&self, table: Table<'a>, parent: ScopeId, scope: ScopeId) -> Option<Pivot> {
        let by = table.required("by");
        let key = self.canonical_leaf(scope, by)?;
        let key_row = self
            .plan
            .rows
            .iter()
            .find(|row| row.scope == scope && row.paths.first() == Some(&key));
        let Some(place) = key_row.and_then(|row| row.places.first()) else {
            self.faults.at(by.at, "the pivot has no field of its key");
            return None;
        };
        let key_steps = self.steps_between(self.plan.scope(scope).place, *place)?;
        let refs = self.canonical(scope, table.required("refs"))?;
        let named = table.required("ref");
        let number = self.canonical_leaf(parent, named)?;
        let reference = Catalogue::get().find_from(refs, named.text);
        if reference.is_none() {
            self.faults
                .at(named.at, "the references have no such number");
        }
        Some(Pivot {
            key_steps,
            key,
            refs,
            reference: reference?,
            number,
        })
    }

    /// The names down from one place to another below it.
    fn steps_between(&self, from: PlaceId, to: PlaceId) -> Option<Vec<super::super::plan::Name>> {
        use super::super::plan::Name;
        let mut names = Vec::new();
        let mut at = to;
        while at != from {
            let place = self.plan.place(at);
            let namespace = place.label.namespace.clone();
            let local = place.label.local.clone();
            names.push(if place.attribute {
                Name::Attribute { namespace, local }
            } else {
                Name::Element { namespace, local }
            });
            at = place.parent?;
        }
        names.reverse();
        Some(names)
    }

    pub(super) fn read_route(&mut self, table: Table<'a>, parent: ScopeId) {
        table.only(&["is", "on", "by", "branch", "note"]);
        let is = table.required("is");
        for branch in table.tables("branch") {
            branch.only(&[GROUP_KEYS, BODY_KEYS, BRANCH_KEYS].concat());
            let at = branch.required("at");
            let Some(scope) = self.open_scope(branch, parent, at, is) else {
                continue;
            };
            let subject = self.branch_subject(table, scope);
            let kinds = branch.texts("kind");
            let kinds = kinds.iter().map(|kind| kind.text.to_owned()).collect();
            if let Some(scope) = self.plan.scopes.get_mut(scope.0) {
                if scope.when.model.is_some() {
                    let message = "a branch has its condition on the model already";
                    self.faults.at(branch.at, message);
                }
                let condition = subject.map(|subject| (subject, Test::Among(kinds)));
                scope.when.model = condition.map(Box::new);
                scope.branch = true;
            }
            self.read_body(branch, scope);
        }
    }

    fn branch_subject(&self, route: Table<'a>, scope: ScopeId) -> Option<ModelSubject> {
        let path = self.canonical_leaf(scope, route.required("on"))?;
        let column = match route.text("by") {
            Some(name) => {
                let column = self.setting.lists.column(name.text);
                Some(
                    column
                        .map_err(|message| self.faults.at(name.at, message))
                        .ok()?,
                )
            }
            None => None,
        };
        Some(ModelSubject {
            path,
            is_leaf: true,
            route: self.route(scope, path),
            column,
        })
    }
}
