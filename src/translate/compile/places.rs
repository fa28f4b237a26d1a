//! Resolving paths in messages against the schema; the tree of places grows as rows name them.

use crate::schema;

use super::super::plan::{BesidePath, Label, Name, Place, PlaceId, ScopeId};
use super::Compiler;
use crate::datafile::{Placed, nearest};

impl<'a> Compiler<'a> {
    pub(super) fn add_root(&mut self) {
        let root = self.setting.root;
        let name = root.name();
        let label = Label {
            namespace: name.namespace.to_owned(),
            local: name.local.to_owned(),
            ..Label::default()
        };
        let place = Place {
            required: true,
            scopes: vec![ScopeId::ROOT],
            ..Place::new(label, None)
        };
        self.plan.places.push(place);
        self.elements.push(Some(root));
    }

    /// The place of a path that starts at a scope's element.
    pub(super) fn place(&mut self, scope: ScopeId, path: Placed<'_>) -> Option<PlaceId> {
        let start = self.plan.scope(scope).place;
        self.place_from(start, path)
    }

    fn place_from(&mut self, start: PlaceId, path: Placed<'_>) -> Option<PlaceId> {
        let (mut at, relative) = match path.text.strip_prefix('/') {
            Some(rest) => (PlaceId::ROOT, rest),
            None => (start, path.text),
        };
        for step in relative.split('/') {
            at = self.step(at, step, path.at)?;
        }
        Some(at)
    }

    fn step(&mut self, from: PlaceId, step: &str, at: usize) -> Option<PlaceId> {
        match step {
            "." => return Some(from),
            ".." => {
                let parent = self.plan.place(from).parent;
                if parent.is_none() {
                    self.faults.at(at, "`..` leads out of the message");
                }
                return parent;
            }
            _ => {}
        }
        let attribute = step.starts_with('@');
        let name = step.trim_start_matches('@');
        let (namespace, local) = self.split_name(name, at)?;
        let matches = |place: &Place| {
            place.attribute == attribute
                && place.label.local == local
                && namespace
                    .as_ref()
                    .is_none_or(|ns| *ns == place.label.namespace)
        };
        let known = &self.plan.place(from).children;
        let mut found = known.iter().filter(|id| matches(self.plan.place(**id)));
        if let (Some(id), None) = (found.next(), found.next()) {
            return Some(*id);
        }
        if attribute {
            self.add_attribute(from, namespace, local, at)
        } else {
            self.add_element(from, namespace, local, at)
        }
    }

    fn split_name<'n>(&self, name: &'n str, at: usize) -> Option<(Option<String>, &'n str)> {
        let Some((prefix, local)) = name.split_once(':') else {
            return Some((None, name));
        };
        let Some(uri) = self.setting.prefixes.get(prefix) else {
            let known = self.setting.prefixes.keys().map(String::as_str);
            let near = nearest(prefix, known);
            self.faults.at(
                at,
                format!("prefix `{prefix}` is not in package.toml{near}"),
            );
            return None;
        };
        Some((Some(uri.clone()), local))
    }

    fn element_of(&self, place: PlaceId) -> Option<schema::Element<'a>> {
        self.elements.get(place.0).copied().flatten()
    }

    fn add_element(
        &mut self,
        from: PlaceId,
        namespace: Option<String>,
        local: &str,
        at: usize,
    ) -> Option<PlaceId> {
        let children = self.element_of(from)?.children();
        let fits = |child: &&schema::Child<'a>| {
            let name = child.element.name();
            name.local == local && namespace.as_ref().is_none_or(|ns| ns == name.namespace)
        };
        let found: Vec<&schema::Child<'a>> = children.iter().filter(fits).collect();
        let Some(child) = found.first() else {
            let names: Vec<String> = children
                .iter()
                .map(|child| child.element.name().local.to_owned())
                .collect();
            let near = nearest(local, names.iter().map(String::as_str));
            let above = &self.plan.place(from).label.path;
            self.faults.at(
                at,
                format!("the schema has no `{local}` in `/{above}`{near}"),
            );
            return None;
        };
        let first = child.element.name();
        if found.iter().any(|c| c.element.name() != first) {
            self.faults
                .at(at, format!("`{local}` is ambiguous: write its prefix"));
        }
        Some(self.add_child(from, child))
    }

    /// Adds the place of a schema child unless it is there.
    pub(super) fn add_child(&mut self, from: PlaceId, child: &schema::Child<'a>) -> PlaceId {
        let name = child.element.name();
        let known = self.plan.place(from).children.iter().copied();
        let same = |id: &PlaceId| {
            let place = self.plan.place(*id);
            !place.attribute
                && place.label.local == name.local
                && place.label.namespace == name.namespace
        };
        if let Some(id) = known.clone().find(same) {
            return id;
        }
        let required = child.min > 0 && child.choice.is_none() && !child.optional_group;
        let simple = child.element.simple();
        let label = Label {
            namespace: name.namespace.to_owned(),
            local: name.local.to_owned(),
            path: self.path_below(from, name.local),
            least: simple.as_ref().and_then(least),
            fraction_digits: simple
                .and_then(|simple| simple.fraction_digits)
                .and_then(|digits| u32::try_from(digits).ok()),
            ..Label::default()
        };
        let place = Place {
            order: child.order,
            required,
            max: child.max,
            ..Place::new(label, Some(from))
        };
        self.push_place(from, place, Some(child.element))
    }

    fn add_attribute(
        &mut self,
        from: PlaceId,
        namespace: Option<String>,
        local: &str,
        at: usize,
    ) -> Option<PlaceId> {
        let attributes = self.element_of(from)?.attributes();
        let wanted = namespace.unwrap_or_default();
        let found = attributes
            .iter()
            .find(|a| a.name.local == local && a.name.namespace == wanted);
        let Some(found) = found else {
            let names: Vec<String> = attributes.iter().map(|a| a.name.local.to_owned()).collect();
            let near = nearest(local, names.iter().map(String::as_str));
            let above = &self.plan.place(from).label.path;
            self.faults.at(
                at,
                format!("the schema has no attribute `{local}` on `/{above}`{near}"),
            );
            return None;
        };
        let required = found.required;
        let least = least(&found.simple);
        let id = self.push_attribute(from, &wanted, local, required);
        if let Some(place) = self.plan.places.get_mut(id.0) {
            place.label.least = least;
        }
        Some(id)
    }

    pub(super) fn push_attribute(
        &mut self,
        from: PlaceId,
        namespace: &str,
        local: &str,
        required: bool,
    ) -> PlaceId {
        let label = Label {
            namespace: namespace.to_owned(),
            local: local.to_owned(),
            path: self.path_below(from, &format!("@{local}")),
            ..Label::default()
        };
        let place = Place {
            attribute: true,
            required,
            ..Place::new(label, Some(from))
        };
        self.push_place(from, place, None)
    }

    fn push_place(
        &mut self,
        from: PlaceId,
        place: Place,
        element: Option<schema::Element<'a>>,
    ) -> PlaceId {
        let id = PlaceId(self.plan.places.len());
        self.plan
            .by_path
            .entry(place.label.path.clone())
            .or_insert(id);
        self.plan.places.push(place);
        self.elements.push(element);
        if let Some(parent) = self.plan.places.get_mut(from.0) {
            parent.children.push(id);
        }
        id
    }

    fn path_below(&self, from: PlaceId, name: &str) -> String {
        let above = &self.plan.place(from).label.path;
        if above.is_empty() {
            name.to_owned()
        } else {
            format!("{above}/{name}")
        }
    }

    /// The way from a group's element, or for `@name` from the value's own element, to a value.
    pub(super) fn beside(
        &mut self,
        scope: ScopeId,
        own: PlaceId,
        path: Placed<'_>,
    ) -> Option<BesidePath> {
        let of_own = path.text.starts_with('@');
        let start = if of_own {
            own
        } else {
            self.plan.scope(scope).place
        };
        if path.text.starts_with('/') {
            self.faults
                .at(path.at, "a path beside a value starts at the group");
            return None;
        }
        let place = self.place_from(start, path)?;
        Some(BesidePath {
            steps: self.names(start, path)?,
            own: of_own,
            place,
        })
    }

    /// The names of a relative path, to be followed in a message.
    pub(super) fn names(&mut self, start: PlaceId, path: Placed<'_>) -> Option<Vec<Name>> {
        let mut names = Vec::new();
        let mut at = start;
        for step in path.text.split('/') {
            if step == "." {
                continue;
            }
            let next = self.step(at, step, path.at)?;
            let place = self.plan.place(next);
            names.push(if step == ".." {
                Name::Parent
            } else if place.attribute {
                Name::Attribute {
                    namespace: place.label.namespace.clone(),
                    local: place.label.local.clone(),
                }
            } else {
                Name::Element {
                    namespace: place.label.namespace.clone(),
                    local: place.label.local.clone(),
                }
            });
            at = next;
        }
        Some(names)
    }

    pub(super) fn schema_of(&self, place: PlaceId) -> Option<schema::Element<'a>> {
        self.element_of(place)
    }
}

/// The least whole number of a type.
fn least(simple: &schema::SimpleType<'_>) -> Option<u64> {
    let whole = |text: Option<&str>| text.and_then(|text| text.parse::<u64>().ok());
    let beyond = whole(simple.min_exclusive).and_then(|bound| bound.checked_add(1));
    let positive = simple.primitive == schema::Builtin::PositiveInteger;
    let bounds = [whole(simple.min_inclusive), beyond, positive.then_some(1)];
    bounds.into_iter().flatten().max()
}
