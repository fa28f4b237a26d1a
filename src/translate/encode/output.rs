//! The tree of the message that is being made, and its text.

use std::borrow::Cow;

use crate::model::{CaseKey, KeyKind};
use crate::xml;

use super::super::package::Extract;
use super::super::plan::{PlaceId, Plan};

/// An element or attribute with its content.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) place: PlaceId,
    pub(super) text: Cow<'a, str>,
    pub(super) children: Vec<Self>,
    /// Whether something in it is content of its own, not only constants and numbers.
    pub(super) strong: bool,
}

impl<'a> Element<'a> {
    pub(super) fn new(place: PlaceId) -> Self {
        Self::leaf(place, "", false)
    }

    pub(super) fn leaf(place: PlaceId, text: impl Into<Cow<'a, str>>, strong: bool) -> Self {
        Self {
            place,
            text: text.into(),
            children: Vec::new(),
            strong,
        }
    }

    pub(super) fn adopt(&mut self, child: Self) {
        self.strong |= child.strong;
        self.children.push(child);
    }

    pub(super) fn has(&self, place: PlaceId) -> bool {
        self.children.iter().any(|child| child.place == place)
    }

    /// The case keys that the message states.
    pub(super) fn keys(&self, plan: &Plan, keys: &[(KeyKind, Extract)]) -> Vec<CaseKey> {
        let mut found = Vec::new();
        for (kind, extract) in keys {
            for value in self.all(plan, extract) {
                let key = CaseKey { kind: *kind, value };
                if !found.contains(&key) {
                    found.push(key);
                }
            }
        }
        found
    }

    /// The first value at a path of package.toml.
    pub(super) fn first(&self, plan: &Plan, extract: &Extract) -> Option<String> {
        self.all(plan, extract).into_iter().next()
    }

    fn all(&self, plan: &Plan, extract: &Extract) -> Vec<String> {
        let mut at = vec![self];
        let steps = extract.steps.iter().map(|step| (step, false));
        let attribute = extract.attribute.iter().map(|step| (step, true));
        for ((namespace, local), attribute) in steps.chain(attribute) {
            let fits = |child: &&Self| {
                let place = plan.place(child.place);
                place.attribute == attribute
                    && place.local == *local
                    && place.namespace == *namespace
            };
            at = at
                .into_iter()
                .flat_map(|element| element.children.iter().filter(fits))
                .collect();
        }
        at.into_iter()
            .filter_map(|element| extract.treat(&element.text))
            .filter(|value| !value.is_empty())
            .collect()
    }
}

/// The text of the message, UTF-8.
///
/// # Errors
/// A value has a character that XML forbids.
pub(super) fn write(plan: &Plan, root: &Element<'_>) -> Result<Vec<u8>, xml::Error> {
    let mut writer = xml::Writer::new();
    let declarations: Vec<(&str, &str)> = plan
        .namespaces
        .iter()
        .map(|(prefix, uri)| (prefix.as_str(), uri.as_str()))
        .collect();
    element(plan, root, &declarations, &mut writer);
    writer.finish()
}

fn element(plan: &Plan, at: &Element<'_>, declarations: &[(&str, &str)], writer: &mut xml::Writer) {
    let place = plan.place(at.place);
    writer.start(&place.prefix, &place.local, declarations);
    for child in &at.children {
        let place = plan.place(child.place);
        if place.attribute {
            writer.attribute(&place.prefix, &place.local, &child.text);
        }
    }
    if !at.text.is_empty() {
        writer.text(&at.text);
    }
    // Siblings that belong to a value were added with it: the schema's order is restored here.
    let mut children: Vec<&Element<'_>> = at
        .children
        .iter()
        .filter(|child| !plan.place(child.place).attribute)
        .collect();
    let order = |child: &&Element<'_>| plan.place(child.place).order;
    if !children.is_sorted_by_key(order) {
        children.sort_by_key(order);
    }
    for child in children {
        element(plan, child, &[], writer);
    }
    writer.end();
}
