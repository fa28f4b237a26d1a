//! The finished plan against the schema and against itself.

use foldhash::HashMap;

use super::super::plan::{NAMELESS, Place, PlaceId, Row, RowId, ScopeId};
use super::Compiler;
use crate::datafile::nearest;
use crate::xml;

impl Compiler<'_> {
    pub(super) fn check(&mut self) {
        if self.setting.encodes {
            self.demand(PlaceId::ROOT);
        }
        self.order_children();
        self.close_slices();
        self.close_needs();
        self.check_doubles();
        self.mark_joins();
        self.set_prefixes();
        self.number_names();
    }

    fn number_names(&mut self) {
        let mut next = 0;
        for place in self.plan.places.iter_mut().filter(|place| !place.attribute) {
            let names = &mut self.plan.names;
            let known = names
                .iter()
                .position(|(space, _)| *space == place.label.namespace);
            let known = known.unwrap_or_else(|| {
                names.push((place.label.namespace.clone(), HashMap::default()));
                names.len() - 1
            });
            let Some((_, locals)) = names.get_mut(known) else {
                continue;
            };
            let number = *locals.entry(place.label.local.clone()).or_insert(next);
            place.name = Some(number);
            next += u32::from(number == next);
        }
        let numbers: Vec<Option<u32>> = self.plan.places.iter().map(|place| place.name).collect();
        for place in &mut self.plan.places {
            let number = |child: &PlaceId| numbers.get(child.0).copied().flatten();
            let names = place.children.iter();
            place.names = names
                .map(|child| number(child).unwrap_or(NAMELESS))
                .collect();
        }
    }

    /// Adds the places that the schema demands in every element that may be written, and notes
    /// those that no row fills.
    fn demand(&mut self, place: PlaceId) {
        if let Some(element) = self.schema_of(place) {
            for child in element.children() {
                let required = child.min > 0 && child.choice.is_none() && !child.optional_group;
                if required {
                    self.add_child(place, &child);
                }
            }
            for attribute in element.attributes() {
                if attribute.required {
                    let name = attribute.name;
                    let known = self.plan.place(place).children.iter();
                    let there = known.clone().any(|id| {
                        let place = self.plan.place(*id);
                        place.attribute && place.label.local == name.local
                    });
                    if !there {
                        self.push_attribute(place, name.namespace, name.local, true);
                    }
                }
            }
        }
        for child in self.plan.place(place).children.clone() {
            if self.is_filled(child) {
                self.demand(child);
            } else if self.plan.place(child).required && !self.plan.place(child).ignored {
                let path = &self.plan.place(child).label.path;
                let message = format!("the schema demands `{path}`, and no row fills it");
                match self.group_above(child) {
                    Some(at) => self.faults.at(at, message),
                    None => self.faults.whole(message),
                }
            }
        }
    }

    /// Where the group stands whose element a place is in; nothing for those of the document element.
    fn group_above(&self, place: PlaceId) -> Option<usize> {
        let mut next = self.plan.place(place).parent;
        while let Some(above) = next {
            let above = self.plan.place(above);
            let mut groups = above.scopes.iter();
            let group = groups.find(|scope| self.plan.scope(**scope).encodes);
            if let Some(group) = group {
                return self.scope_at.get(group.0).copied();
            }
            next = above.parent;
        }
        None
    }

    fn is_filled(&self, place: PlaceId) -> bool {
        let place = self.plan.place(place);
        let encodes = |row: &RowId| self.plan.row(*row).encodes;
        place.part
            || place.rows.iter().any(encodes)
            || place
                .scopes
                .iter()
                .any(|scope| self.plan.scope(*scope).encodes)
            || place.children.iter().any(|child| self.is_filled(*child))
    }

    fn order_children(&mut self) {
        let orders: Vec<(bool, u32)> = self
            .plan
            .places
            .iter()
            .map(|place| (!place.attribute, place.order))
            .collect();
        let demands = |place: &Place| place.required && !place.ignored;
        let demanded: Vec<bool> = self.plan.places.iter().map(demands).collect();
        for place in &mut self.plan.places {
            place
                .children
                .sort_by_key(|child| orders.get(child.0).copied());
            let children = place.children.iter().copied();
            let demanded = children.filter(|child| demanded.get(child.0) == Some(&true));
            place.demanded = demanded.collect();
        }
    }

    /// The row with the last slice of a value reports what no slice takes, unless another row writes it
    /// whole.
    fn close_slices(&mut self) {
        let ends: Vec<Option<usize>> = self
            .plan
            .rows
            .iter()
            .map(|row| {
                let (_, end) = row.slice()?;
                let beside = |other: &&Row| other.scope == row.scope && other.paths == row.paths;
                let whole = |other: &Row| {
                    other.slice().is_none() && other.encodes && other.when.model.is_none()
                };
                if self.plan.rows.iter().filter(beside).any(whole) {
                    return None;
                }
                let same = |other: &&Row| beside(other) && other.slice().is_some();
                let slices = self.plan.rows.iter().filter(same).filter_map(Row::slice);
                let last = slices.map(|(_, end)| end).max()?;
                (last == end).then_some(end)
            })
            .collect();
        for (row, end) in self.plan.rows.iter_mut().zip(ends) {
            if let Some(shape) = &mut row.shape {
                shape.sliced_to = end;
            }
        }
    }

    /// The row that writes each needed value.
    fn close_needs(&mut self) {
        let rows = &self.plan.rows;
        for (number, scope) in self.plan.scopes.iter_mut().enumerate() {
            for (path, row) in &mut scope.needs {
                let writes = |row: &Row| {
                    row.scope == ScopeId(number) && row.encodes && row.paths.contains(path)
                };
                *row = rows.iter().position(writes).map(RowId);
            }
        }
    }

    /// Two rows that write one place, or fill one value.
    fn check_doubles(&self) {
        for (number, row) in self.plan.rows.iter().enumerate() {
            for earlier in self.plan.rows.iter().take(number) {
                if earlier.scope != row.scope {
                    continue;
                }
                let places = earlier.places.iter().any(|p| row.places.contains(p));
                if places && row.encodes && earlier.encodes && !is_conditional(earlier) {
                    let place = row.places.first().map(|place| self.plan.place(*place));
                    let path = place.map_or("", |place| place.label.path.as_str());
                    self.fault_at(number, format!("two rows write `{path}`"));
                }
                let value = row
                    .paths
                    .first()
                    .is_some_and(|p| earlier.paths.first() == Some(p));
                let sliced = row.slice().zip(earlier.slice());
                let overlap = sliced.is_none_or(|((a, b), (c, d))| a < d && c < b);
                let conditional = is_conditional(row) || is_conditional(earlier);
                if value && row.decodes && earlier.decodes && overlap && !conditional {
                    self.fault_at(number, "two rows fill one value of the model".to_owned());
                }
            }
        }
    }

    fn fault_at(&self, row: usize, message: String) {
        let at = self.row_at.get(row).copied().unwrap_or(0);
        self.faults.at(at, message);
    }

    /// Elements that may repeat above a group without being one.
    fn mark_joins(&mut self) {
        let mut joins = Vec::new();
        for scope in &self.plan.scopes {
            let mut above = self.plan.place(scope.place).parent;
            let outer = self.plan.scope(scope.parent).place;
            while let Some(place) = above {
                if place == outer {
                    break;
                }
                if self.plan.place(place).repeats() && self.plan.place(place).scopes.is_empty() {
                    joins.push(place);
                }
                above = self.plan.place(place).parent;
            }
        }
        for place in joins {
            if let Some(place) = self.plan.places.get_mut(place.0) {
                place.joins = true;
            }
        }
    }

    fn set_prefixes(&mut self) {
        let prefixes = self.setting.prefixes;
        let mut namespaces: Vec<(String, String)> = Vec::new();
        for (prefix, uri) in prefixes {
            let reserved = matches!(prefix.as_str(), "xml" | "xmlns") && uri != xml::XML_NAMESPACE;
            if reserved || !(prefix.is_empty() || xml::is_ncname(prefix)) {
                let message = format!("package.toml binds `{prefix}`, which is no prefix");
                self.faults.whole(message);
            }
        }
        for place in &mut self.plan.places {
            let label = &mut place.label;
            label.written.clone_from(&label.local);
            if label.namespace.is_empty() {
                continue;
            }
            let fits = |(prefix, uri): &(&String, &String)| {
                **uri == label.namespace && !(place.attribute && prefix.is_empty())
            };
            let Some((prefix, uri)) = prefixes.iter().find(fits) else {
                let near = nearest(&label.namespace, prefixes.values().map(String::as_str));
                let message = format!("package.toml has no prefix for `{}`{near}", label.namespace);
                self.faults.whole(message);
                return;
            };
            if !prefix.is_empty() {
                label.written = format!("{prefix}:{}", label.local);
            }
            let declared = (prefix.clone(), uri.clone());
            if !namespaces.contains(&declared) {
                namespaces.push(declared);
            }
        }
        for place in &mut self.plan.places {
            let name = &place.label.written;
            place.tags = (format!("<{name}>").into(), format!("</{name}>").into());
        }
        let unqualified = |place: &Place| !place.attribute && place.label.namespace.is_empty();
        let default = namespaces.iter().any(|(prefix, _)| prefix.is_empty());
        if default && self.plan.places.iter().any(unqualified) {
            self.faults
                .whole("some elements have no namespace: give the default namespace a prefix");
        }
        self.plan.namespaces = namespaces;
    }
}

fn is_conditional(row: &Row) -> bool {
    row.when.message.is_some() || !row.is_unconditional() || row.fits().is_some()
}
