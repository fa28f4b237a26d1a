//! What a translated message says, to be compared with what its source said.

use std::collections::{BTreeMap, BTreeSet};

use corridor::model::{Catalogue, LeafRef, MassUnit, Occurrence};
use corridor::translate::{DecodeContext, Package};
use corridor::xml::Node;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::values;

/// A value in one form, however it is written.
pub(crate) fn told(leaf: LeafRef<'_>) -> String {
    match leaf {
        LeafRef::Mass(mass) => match mass.to(MassUnit::Kg) {
            Some(kilograms) => kilograms.normalize().to_string(),
            None => leaf.lexical().into_owned(),
        },
        LeafRef::Amount(amount) => amount.value.normalize().to_string(),
        LeafRef::Measure(measure) => measure.value.normalize().to_string(),
        LeafRef::Number(number) => number.normalize().to_string(),
        LeafRef::Moment(moment) => {
            let time = moment.time.unwrap_or_default();
            let civil = DateTime::from_parts(moment.date, time);
            let instant = moment.offset.and_then(|o| o.to_timestamp(civil).ok());
            instant.map_or_else(|| civil.to_string(), |instant| instant.to_string())
        }
        LeafRef::Code(_)
        | LeafRef::Count(_)
        | LeafRef::Flag(_)
        | LeafRef::Mrn(_)
        | LeafRef::Text(_) => leaf.lexical().into_owned(),
    }
}

/// What a target says: its values as text, and those of the model that it is decoded to.
pub(crate) struct Target {
    texts: BTreeSet<String>,
    leaves: BTreeMap<String, BTreeSet<String>>,
}

/// The texts of a canonical JSON, by the names of their fields.
fn flatten(name: &str, json: &serde_json::Value, out: &mut BTreeMap<String, BTreeSet<String>>) {
    match json {
        serde_json::Value::Array(all) => all.iter().for_each(|one| flatten(name, one, out)),
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                flatten(name, value, out);
            }
        }
        serde_json::Value::String(text) => {
            out.entry(name.to_owned()).or_default().insert(text.clone());
        }
        serde_json::Value::Bool(_) | serde_json::Value::Null | serde_json::Value::Number(_) => {}
    }
}

fn name_of(at: Occurrence) -> &'static str {
    let path = &Catalogue::get().info(at.path).text;
    path.rsplit('.').next().unwrap_or(path)
}

impl Target {
    pub(crate) fn of(package: &Package, view: Node<'_>, zone: Option<TimeZone>) -> Self {
        let texts = values(view).into_iter().map(|value| value.text).collect();
        let mut leaves: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        if let Some(decoded) = package.decode(view, &DecodeContext { zone, on: None }) {
            // What groups say by being there has no place of its own in the message.
            flatten("", &decoded.canonical_json().unwrap(), &mut leaves);
            for entry in decoded.sources() {
                let value = decoded.declaration.leaf(entry.occurrence).map(told);
                let of_name = leaves
                    .entry(name_of(entry.occurrence).to_owned())
                    .or_default();
                of_name.extend(value);
            }
        }
        Self { texts, leaves }
    }

    /// Whether a value arrived: the target says it, or its model does under the same name. A code of a
    /// list arrives as the code of another.
    pub(crate) fn says(&self, at: Occurrence, leaf: LeafRef<'_>) -> bool {
        let value = told(leaf);
        let named = self.leaves.get(name_of(at));
        let translated = match leaf {
            LeafRef::Code(code) => code.list().is_some(),
            LeafRef::Flag(_) => true,
            LeafRef::Amount(_)
            | LeafRef::Count(_)
            | LeafRef::Mass(_)
            | LeafRef::Measure(_)
            | LeafRef::Moment(_)
            | LeafRef::Mrn(_)
            | LeafRef::Number(_)
            | LeafRef::Text(_) => false,
        };
        let written = |text: &String| text.contains(&value) || text.contains(&*leaf.lexical());
        named.is_some_and(|said| said.contains(&value) || translated)
            || self.texts.iter().any(written)
    }
}
