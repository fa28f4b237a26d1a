//! What a `map.toml` declares of the values of a message, read here without the mapping's compiler.

use std::collections::HashSet;

use corridor::translate::Package;
use toml::{Table, Value};

/// A row, as far as it says by itself what stands at its place.
struct Row {
    at: String,
    constant: Option<String>,
    default: Option<String>,
    /// The element's own number, or a number or sum of what the message has.
    counts: bool,
    /// Only written: what is read there says again what the model says.
    written: bool,
}

/// The declarations of a mapping; paths are from the document element's children, in local names.
pub(crate) struct Mapping {
    ignored: Vec<String>,
    rows: Vec<Row>,
    /// Units, currencies and indicators, which are read with a value or a group.
    parts: HashSet<String>,
}

impl Mapping {
    /// That of a package; nothing is declared where there is none.
    pub(crate) fn of(package: &Package) -> Self {
        let text = package.mapping().unwrap_or_default();
        let map: Table = toml::from_str(std::str::from_utf8(text).unwrap()).unwrap();
        let mut mapping = Self {
            ignored: Vec::new(),
            rows: Vec::new(),
            parts: HashSet::new(),
        };
        mapping.read(&map, "");
        mapping
    }

    /// Whether the mapping says of a value that it says nothing of its own: it is declared irrelevant,
    /// it is a constant or a count, it stands beside another, or it repeats what was read.
    pub(crate) fn declares(&self, at: &str, value: &str, said: &HashSet<String>) -> bool {
        let within = |above: &String| {
            let rest = at.strip_prefix(above.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_number = value.parse::<rust_decimal::Decimal>().ok();
        let repeated = || {
            let number = is_number.map(|number| number.normalize().to_string());
            said.contains(value) || number.is_some_and(|number| said.contains(&number))
        };
        let mut rows = self.rows.iter().filter(|row| row.at == at);
        self.ignored.iter().any(within)
            || self.parts.contains(at)
            || rows.any(|row| {
                let fixed = [&row.constant, &row.default];
                fixed.into_iter().flatten().any(|fixed| fixed == value)
                    || row.counts && is_number.is_some()
                    || row.written && repeated()
            })
    }

    fn read(&mut self, table: &Table, scope: &str) {
        for field in tables(table, "field") {
            self.read_row(field, scope);
        }
        for ignore in tables(table, "ignore") {
            assert!(!text(ignore, "reason").unwrap().is_empty());
            self.ignored
                .extend(text(ignore, "at").map(|at| join(scope, at)));
        }
        for key in ["group", "pivot"] {
            for group in tables(table, key) {
                let inner = join(scope, text(group, "at").unwrap());
                if let Some(same) = group.get("same_as").and_then(Value::as_table) {
                    self.parts
                        .extend(text(same, "at").map(|at| join(&inner, at)));
                }
                self.read(group, &inner);
            }
        }
        for route in tables(table, "route") {
            for branch in tables(route, "branch") {
                self.read(branch, &join(scope, text(branch, "at").unwrap()));
            }
        }
    }

    fn read_row(&mut self, row: &Table, scope: &str) {
        let places: Vec<String> = match row.get("at") {
            Some(Value::Array(all)) => {
                let all = all.iter().filter_map(Value::as_str);
                all.map(|at| join(scope, at)).collect()
            }
            Some(Value::String(at)) => vec![join(scope, at)],
            Some(_) | None => Vec::new(),
        };
        let unit = row.get("unit").and_then(Value::as_table);
        let beside = [
            unit.and_then(|unit| text(unit, "at")),
            text(row, "measure"),
            text(row, "currency"),
        ];
        for part in beside.into_iter().flatten() {
            let own = part.starts_with('@');
            let from = places.first().filter(|_| own).map_or(scope, String::as_str);
            self.parts.insert(join(from, part));
        }
        let flag = |key: &str| row.get(key).and_then(Value::as_bool).unwrap_or_default();
        for at in places {
            self.rows.push(Row {
                at,
                constant: text(row, "const").map(ToOwned::to_owned),
                default: text(row, "default").map(ToOwned::to_owned),
                counts: ["number", "count", "sum"]
                    .iter()
                    .any(|key| row.contains_key(*key)),
                written: flag("encode_only"),
            });
        }
    }
}

fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Value::as_str)
}

fn tables<'t>(table: &'t Table, key: &str) -> impl Iterator<Item = &'t Table> {
    let all = table
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    all.filter_map(Value::as_table)
}

/// A path of a mapping from a group's element, in local names from the document element's children.
fn join(scope: &str, at: &str) -> String {
    let (from, at) = match at.strip_prefix('/') {
        Some(rest) => ("", rest),
        None => (scope, at),
    };
    let mut steps: Vec<String> = from.split('/').map(ToOwned::to_owned).collect();
    for step in at.split('/') {
        match step {
            "." => {}
            ".." => {
                steps.pop();
            }
            step => {
                let (sign, name) = step
                    .strip_prefix('@')
                    .map_or(("", step), |name| ("@", name));
                let local = name.rsplit(':').next().unwrap_or(name);
                steps.push(format!("{sign}{local}"));
            }
        }
    }
    steps.retain(|step| !step.is_empty());
    steps.join("/")
}
