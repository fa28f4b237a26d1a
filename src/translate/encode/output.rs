//! The text of the message that is being made. Start at [`Output`].
//!
//! What an element holds is written as soon as it is known, and taken back when the element turns out
//! to say nothing: a message of tens of megabytes is never held as a tree.

use std::borrow::Cow;

use crate::model::{CaseKey, KeyKind};
use crate::xml::{DECLARATION, Error, escape_attribute, escape_text};

use super::super::package::{Extract, Extracts};
use super::super::plan::{PlaceId, Plan};

/// An element or attribute that is being made.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) place: PlaceId,
    pub(super) text: Cow<'a, str>,
    attributes: Vec<(PlaceId, Cow<'a, str>)>,
    /// Child elements, and where each begins in the output.
    children: Vec<(PlaceId, usize)>,
    /// Where its start tag and text end in the output, once they are written.
    head: Option<usize>,
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
            attributes: Vec::new(),
            children: Vec::new(),
            head: None,
            strong,
        }
    }

    pub(super) fn has(&self, place: PlaceId) -> bool {
        self.attributes.iter().any(|(known, _)| *known == place)
            || self.children.iter().any(|(known, _)| *known == place)
    }
}

/// The message so far.
#[derive(Debug)]
pub(super) struct Output<'p> {
    plan: &'p Plan,
    text: String,
    /// A character that XML forbids, and how long the output was then.
    fault: Option<(usize, Error)>,
    /// Places whose values tell the message's id and keys.
    noted_at: Vec<bool>,
    /// Those values, in the order of the message.
    noted: Vec<(PlaceId, String)>,
}

impl<'p> Output<'p> {
    /// `bytes` is a guess at the length of the message.
    pub(super) fn new(plan: &'p Plan, extracts: &Extracts, bytes: usize) -> Self {
        let mut noted_at = vec![false; plan.places.len()];
        let keys = extracts.keys.iter().map(|(_, extract)| extract);
        for extract in keys.chain(&extracts.id) {
            for place in places(plan, extract) {
                if let Some(noted) = noted_at.get_mut(place.0) {
                    *noted = true;
                }
            }
        }
        let mut text = String::with_capacity(bytes);
        text.push_str(DECLARATION);
        Self {
            plan,
            text,
            fault: None,
            noted_at,
            noted: Vec::new(),
        }
    }

    /// Begins a child of an element; says where, to go back to.
    pub(super) fn begin(&mut self, parent: &mut Element<'_>) -> usize {
        self.head(parent);
        self.text.len()
    }

    /// Takes back what was written since a child began.
    pub(super) fn drop_from(&mut self, start: usize) {
        self.text.truncate(start);
        if self.fault.as_ref().is_some_and(|(at, _)| *at > start) {
            self.fault = None;
        }
    }

    /// Adds a child that began at that place to its parent.
    pub(super) fn end(&mut self, mut child: Element<'_>, start: usize, parent: &mut Element<'_>) {
        self.close(&mut child);
        parent.strong |= child.strong;
        parent.children.push((child.place, start));
    }

    /// Adds a simple element, or an attribute.
    pub(super) fn adopt<'a>(&mut self, child: Element<'a>, parent: &mut Element<'a>) {
        if self.plan.place(child.place).attribute {
            self.note(child.place, &child.text);
            parent.strong |= child.strong;
            parent.attributes.push((child.place, child.text));
            return;
        }
        let start = self.begin(parent);
        self.end(child, start, parent);
    }

    /// How many values of interest there are.
    pub(super) fn noted(&self) -> usize {
        self.noted.len()
    }

    pub(super) fn forget(&mut self, noted: usize) {
        self.noted.truncate(noted);
    }

    /// The whole message with its document element.
    ///
    /// # Errors
    /// A value has a character that XML forbids.
    pub(super) fn finish(&mut self, mut root: Element<'_>) -> Result<Vec<u8>, Error> {
        self.close(&mut root);
        self.text.push('\n');
        match self.fault.take() {
            Some((_, fault)) => Err(fault),
            None => {
                let mut text = std::mem::take(&mut self.text);
                if text.len() < text.capacity() / 2 {
                    text.shrink_to_fit();
                }
                Ok(text.into_bytes())
            }
        }
    }

    /// The case keys that the message states.
    pub(super) fn keys(&self, keys: &[(KeyKind, Extract)]) -> Vec<CaseKey> {
        let mut found = Vec::new();
        for (kind, extract) in keys {
            for value in self.values(extract) {
                let key = CaseKey { kind: *kind, value };
                if !found.contains(&key) {
                    found.push(key);
                }
            }
        }
        found
    }

    /// The first value at a path of package.toml.
    pub(super) fn first(&self, extract: &Extract) -> Option<String> {
        self.values(extract).into_iter().next()
    }

    fn values(&self, extract: &Extract) -> Vec<String> {
        let places = places(self.plan, extract);
        let noted = self.noted.iter().filter(|(at, _)| places.contains(at));
        noted
            .filter_map(|(_, text)| extract.treat(text))
            .filter(|value| !value.is_empty())
            .collect()
    }

    fn note(&mut self, place: PlaceId, text: &str) {
        if self.noted_at.get(place.0) == Some(&true) {
            self.noted.push((place, text.to_owned()));
        }
    }

    /// Writes the start tag and the text of an element, once.
    fn head(&mut self, element: &mut Element<'_>) {
        if element.head.is_some() {
            return;
        }
        let plan = self.plan;
        self.text.push('<');
        self.text.push_str(&plan.place(element.place).written);
        if element.place == PlaceId::ROOT {
            for (prefix, uri) in &plan.namespaces {
                let colon = if prefix.is_empty() { "" } else { ":" };
                self.text.push_str(" xmlns");
                self.text.push_str(colon);
                self.text.push_str(prefix);
                self.quoted(uri);
            }
        }
        for (place, value) in &element.attributes {
            self.text.push(' ');
            self.text.push_str(&plan.place(*place).written);
            self.quoted(value);
        }
        self.text.push('>');
        let fault = escape_text(&mut self.text, &element.text);
        self.keep(fault);
        if !element.text.is_empty() {
            self.note(element.place, &element.text);
        }
        element.head = Some(self.text.len());
    }

    fn close(&mut self, element: &mut Element<'_>) {
        self.head(element);
        self.order(&element.children);
        if element.children.is_empty() && element.text.is_empty() {
            self.text.pop();
            self.text.push_str("/>");
            return;
        }
        self.text.push_str("</");
        self.text.push_str(&self.plan.place(element.place).written);
        self.text.push('>');
    }

    /// Siblings that belong to a value were added with it: the schema's order is restored here.
    fn order(&mut self, children: &[(PlaceId, usize)]) {
        let order = |(place, _): &(PlaceId, usize)| self.plan.place(*place).order;
        if children.is_sorted_by_key(order) {
            return;
        }
        let Some(from) = children.first().map(|(_, start)| *start) else {
            return;
        };
        let ends = children.iter().skip(1).map(|(_, start)| *start);
        let ends = ends.chain(std::iter::once(self.text.len()));
        let mut pieces: Vec<_> = children.iter().zip(ends).collect();
        pieces.sort_by_key(|(child, _)| order(child));
        let mut ordered = String::with_capacity(self.text.len() - from);
        for ((_, start), end) in pieces {
            ordered.push_str(self.text.get(*start..end).unwrap_or_default());
        }
        self.text.truncate(from);
        self.text.push_str(&ordered);
    }

    fn quoted(&mut self, value: &str) {
        self.text.push_str("=\"");
        let fault = escape_attribute(&mut self.text, value);
        self.keep(fault);
        self.text.push('"');
    }

    fn keep(&mut self, fault: Option<Error>) {
        if self.fault.is_none() {
            self.fault = fault.map(|fault| (self.text.len(), fault));
        }
    }
}

/// The places that a path of package.toml leads to.
fn places(plan: &Plan, extract: &Extract) -> Vec<PlaceId> {
    let mut at = vec![PlaceId::ROOT];
    let steps = extract.steps.iter().map(|step| (step, false));
    let attribute = extract.attribute.iter().map(|step| (step, true));
    for ((namespace, local), attribute) in steps.chain(attribute) {
        let fits = |id: &PlaceId| {
            let place = plan.place(*id);
            place.attribute == attribute && place.local == *local && place.namespace == *namespace
        };
        at = at
            .into_iter()
            .flat_map(|id| plan.place(id).children.iter().copied().filter(fits))
            .collect();
    }
    at
}
