//! The text of the message that is being made. Start at [`Output`].
//!
//! What an element holds is written as soon as it is known, and taken back when the element turns out
//! to say nothing: a message of tens of megabytes is never held as a tree.

use std::borrow::Cow;
use std::ops::Range;

use crate::model::{CaseKey, KeyKind};
use crate::xml::{DECLARATION, Error, escape_attribute, escape_text};

use super::super::package::{Extract, Extracts};
use super::super::plan::{Place, PlaceId, Plan};

/// An element or attribute that is being made.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) place: PlaceId,
    pub(super) text: Cow<'a, str>,
    /// Its attributes among those of all open elements.
    attributes: Range<usize>,
    /// Its first child among those of all open elements; nothing of a simple element, which has none.
    children: Option<usize>,
    /// Whether its start tag and text are written.
    has_head: bool,
    /// Whether something in it is content of its own, not only constants and numbers.
    pub(super) strong: bool,
}

/// The places whose values tell a message's id and keys, found once for a package.
#[derive(Debug, Default)]
pub(in super::super) struct Noted {
    /// Of each place whether it is one.
    at: Vec<bool>,
    id: Vec<PlaceId>,
    /// Of each key those that its path leads to.
    keys: Vec<Vec<PlaceId>>,
}

impl Noted {
    pub(in super::super) fn of(plan: &Plan, extracts: &Extracts) -> Self {
        let keys = extracts.keys.iter().map(|(_, key)| places(plan, key));
        let id = extracts.id.as_ref().map(|id| places(plan, id));
        let mut noted = Self {
            at: vec![false; plan.places.len()],
            id: id.unwrap_or_default(),
            keys: keys.collect(),
        };
        for place in noted.keys.iter().flatten().chain(&noted.id) {
            if let Some(mark) = noted.at.get_mut(place.0) {
                *mark = true;
            }
        }
        noted
    }
}

/// A child of an open element.
#[derive(Debug, Clone, Copy)]
struct Child {
    place: PlaceId,
    /// Its place's position in the parent's content model.
    order: u32,
    /// Where it begins in the output.
    start: usize,
}

/// The message so far.
#[derive(Debug)]
pub(super) struct Output<'p> {
    plan: &'p Plan,
    text: String,
    /// Attributes of the elements that are open, outer ones first.
    attributes: Vec<(PlaceId, Cow<'p, str>)>,
    /// Their children, in the order in which they were written.
    children: Vec<Child>,
    /// A character that XML forbids, and how long the output was then.
    fault: Option<(usize, Error)>,
    /// Values that tell the message's id and keys, in the order of the message.
    noted: Vec<(PlaceId, String)>,
}

impl<'p> Output<'p> {
    /// `bytes` is a guess at the length of the message.
    pub(super) fn new(plan: &'p Plan, bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push_str(DECLARATION);
        Self {
            plan,
            text,
            attributes: Vec::new(),
            children: Vec::new(),
            fault: None,
            noted: Vec::new(),
        }
    }

    /// An element with children. What begins later ends before it does.
    pub(super) fn element(&self, place: PlaceId) -> Element<'p> {
        Element {
            children: Some(self.children.len()),
            ..self.leaf(place, "", false)
        }
    }

    /// A simple element, or an attribute.
    pub(super) fn leaf(
        &self,
        place: PlaceId,
        text: impl Into<Cow<'p, str>>,
        strong: bool,
    ) -> Element<'p> {
        let attributes = self.attributes.len();
        Element {
            place,
            text: text.into(),
            attributes: attributes..attributes,
            children: None,
            has_head: false,
            strong,
        }
    }

    /// Whether an open element has this attribute or child.
    pub(super) fn has(&self, element: &Element<'_>, place: PlaceId) -> bool {
        let mut attributes = self.attributes_of(element).iter();
        let mut children = self.children_of(element).iter();
        attributes.any(|(known, _)| *known == place) || children.any(|child| child.place == place)
    }

    fn attributes_of(&self, element: &Element<'_>) -> &[(PlaceId, Cow<'p, str>)] {
        let range = element.attributes.clone();
        self.attributes.get(range).unwrap_or_default()
    }

    /// The children of the innermost open element that may have some.
    fn children_of(&self, element: &Element<'_>) -> &[Child] {
        let from = element.children.unwrap_or(usize::MAX);
        self.children.get(from..).unwrap_or_default()
    }

    /// Begins a child of an element; says where, to go back to.
    pub(super) fn begin(&mut self, parent: &mut Element<'_>) -> usize {
        self.head(parent);
        self.text.len()
    }

    /// Takes back what was written since a child began.
    pub(super) fn drop_from(&mut self, child: &Element<'_>, start: usize) {
        self.forget_parts(child);
        self.text.truncate(start);
        if self.fault.as_ref().is_some_and(|(at, _)| *at > start) {
            self.fault = None;
        }
    }

    /// Adds a child that began at that place to its parent.
    pub(super) fn end(&mut self, mut child: Element<'_>, start: usize, parent: &mut Element<'_>) {
        self.close(&mut child);
        self.forget_parts(&child);
        self.add(self.plan.place(child.place), &child, start, parent);
    }

    /// Lists a child, which is written, in its parent.
    fn add(&mut self, place: &Place, child: &Element<'_>, start: usize, parent: &mut Element<'_>) {
        parent.strong |= child.strong;
        self.children.push(Child {
            place: child.place,
            order: place.order,
            start,
        });
    }

    /// Attributes and children of an element that is closed.
    fn forget_parts(&mut self, element: &Element<'_>) {
        self.attributes.truncate(element.attributes.start);
        if let Some(from) = element.children {
            self.children.truncate(from);
        }
    }

    /// Adds a simple element, or an attribute.
    pub(super) fn adopt(&mut self, child: Element<'p>, parent: &mut Element<'_>) {
        let plan = self.plan;
        let place = plan.place(child.place);
        if place.attribute {
            self.note(child.place, &child.text);
            parent.strong |= child.strong;
            self.attributes.push((child.place, child.text));
            parent.attributes.end = self.attributes.len();
            return;
        }
        let start = self.begin(parent);
        if child.attributes.is_empty() && !child.text.is_empty() {
            // The most of a message: no more than two tags and a text.
            self.text.push_str(&place.tags.0);
            self.text_of(&child);
            self.text.push_str(&place.tags.1);
            self.add(place, &child, start, parent);
        } else {
            self.end(child, start, parent);
        }
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
        for ((kind, extract), places) in keys.iter().zip(&self.plan.noted.keys) {
            for value in self.values(extract, places) {
                let key = CaseKey { kind: *kind, value };
                if !found.contains(&key) {
                    found.push(key);
                }
            }
        }
        found
    }

    /// The message's id, which stands at this path of package.toml.
    pub(super) fn id(&self, extract: &Extract) -> Option<String> {
        let values = self.values(extract, &self.plan.noted.id);
        values.into_iter().next()
    }

    fn values(&self, extract: &Extract, places: &[PlaceId]) -> Vec<String> {
        let noted = self.noted.iter().filter(|(at, _)| places.contains(at));
        noted
            .filter_map(|(_, text)| extract.treat(text))
            .filter(|value| !value.is_empty())
            .collect()
    }

    fn note(&mut self, place: PlaceId, text: &str) {
        if self.plan.noted.at.get(place.0) == Some(&true) {
            self.noted.push((place, text.to_owned()));
        }
    }

    /// Writes the start tag and the text of an element, once.
    fn head(&mut self, element: &mut Element<'_>) {
        if element.has_head {
            return;
        }
        element.has_head = true;
        let place = self.plan.place(element.place);
        if element.place == PlaceId::ROOT || !element.attributes.is_empty() {
            self.start(element);
        } else {
            self.text.push_str(&place.tags.0);
        }
        if !element.text.is_empty() {
            self.text_of(element);
        }
    }

    fn text_of(&mut self, element: &Element<'_>) {
        if let Some(fault) = escape_text(&mut self.text, &element.text) {
            self.keep(fault);
        }
        self.note(element.place, &element.text);
    }

    /// Writes a start tag with attributes and declarations.
    fn start(&mut self, element: &Element<'_>) {
        let plan = self.plan;
        self.text.push('<');
        self.text.push_str(&plan.place(element.place).label.written);
        if element.place == PlaceId::ROOT {
            for (prefix, uri) in &plan.namespaces {
                let colon = if prefix.is_empty() { "" } else { ":" };
                self.text.push_str(" xmlns");
                self.text.push_str(colon);
                self.text.push_str(prefix);
                if let Some(fault) = quoted(&mut self.text, uri) {
                    self.keep(fault);
                }
            }
        }
        for number in element.attributes.clone() {
            let Some((place, value)) = self.attributes.get(number) else {
                break;
            };
            self.text.push(' ');
            self.text.push_str(&plan.place(*place).label.written);
            if let Some(fault) = quoted(&mut self.text, value) {
                self.keep(fault);
            }
        }
        self.text.push('>');
    }

    /// Keeps the first fault, and how long the output was then.
    #[cold]
    fn keep(&mut self, fault: Error) {
        if self.fault.is_none() {
            self.fault = Some((self.text.len(), fault));
        }
    }

    fn close(&mut self, element: &mut Element<'_>) {
        self.head(element);
        self.order(element);
        if self.children_of(element).is_empty() && element.text.is_empty() {
            self.text.pop();
            self.text.push_str("/>");
            return;
        }
        self.text.push_str(&self.plan.place(element.place).tags.1);
    }

    /// Siblings that belong to a value were added with it: the schema's order is restored here.
    fn order(&mut self, element: &Element<'_>) {
        let children = self.children_of(element);
        if children.is_sorted_by_key(|child| child.order) {
            return;
        }
        let Some(from) = children.first().map(|child| child.start) else {
            return;
        };
        let ends = children.iter().skip(1).map(|child| child.start);
        let ends = ends.chain(std::iter::once(self.text.len()));
        let mut pieces: Vec<_> = children.iter().zip(ends).collect();
        pieces.sort_by_key(|(child, _)| child.order);
        let mut ordered = String::with_capacity(self.text.len() - from);
        for (child, end) in pieces {
            ordered.push_str(self.text.get(child.start..end).unwrap_or_default());
        }
        self.text.truncate(from);
        self.text.push_str(&ordered);
    }
}

fn quoted(out: &mut String, value: &str) -> Option<Error> {
    out.push_str("=\"");
    let fault = escape_attribute(out, value);
    out.push('"');
    fault
}

/// The places that a path of package.toml leads to.
fn places(plan: &Plan, extract: &Extract) -> Vec<PlaceId> {
    let mut at = vec![PlaceId::ROOT];
    let steps = extract.steps.iter().map(|step| (step, false));
    let attribute = extract.attribute.iter().map(|step| (step, true));
    for ((namespace, local), attribute) in steps.chain(attribute) {
        let fits = |id: &PlaceId| {
            let place = plan.place(*id);
            let label = &place.label;
            place.attribute == attribute && label.local == *local && label.namespace == *namespace
        };
        at = at
            .into_iter()
            .flat_map(|id| plan.place(id).children.iter().copied().filter(fits))
            .collect();
    }
    at
}
