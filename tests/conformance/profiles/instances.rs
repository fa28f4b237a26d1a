//! Seeded documents that are valid by a schema. Start at [`document`].

use std::fmt::Write as _;

use corridor::schema::{Child, Element, Schema};

use super::values::Values;

/// Nesting from which on only what is demanded is written, so that documents stay small.
const SPARSE_FROM: u32 = 5;

/// Most occurrences of what may repeat without end.
const REPEATS_MAX: u32 = 2;

/// A document with this element as its root.
pub(super) fn document(root: Element<'_>, seed: u64) -> String {
    let mut writer = Instance {
        values: Values::new(seed),
        text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"),
    };
    writer.element(root, 0);
    writer.text
}

/// The global element that a package is about.
pub(super) fn root<'s>(schema: &'s Schema, local: &str) -> Element<'s> {
    let found = schema
        .elements()
        .find(|element| element.name().local == local);
    found.unwrap_or_else(|| panic!("no element {local}"))
}

struct Instance {
    values: Values,
    text: String,
}

impl Instance {
    fn element(&mut self, element: Element<'_>, depth: u32) {
        let name = element.name();
        // Every element declares its own default namespace: what is not qualified needs none.
        let _ = write!(self.text, "<{} xmlns=\"{}\"", name.local, name.namespace);
        for attribute in element.attributes() {
            if !attribute.required && self.values.one_in(2) {
                continue;
            }
            let value = match attribute.fixed {
                Some(fixed) => fixed.to_owned(),
                None => self.values.of(&attribute.simple),
            };
            let _ = write!(
                self.text,
                " {}=\"{}\"",
                attribute.name.local,
                escape(&value)
            );
        }
        self.text.push('>');
        if let Some(simple) = element.simple() {
            let value = self.values.of(&simple);
            self.text.push_str(&escape(&value));
        } else {
            self.children(element, depth);
        }
        let _ = write!(self.text, "</{}>", name.local);
    }

    fn children(&mut self, element: Element<'_>, depth: u32) {
        if element.wildcard().is_some() {
            self.text
                .push_str("<any xmlns=\"urn:elsewhere\" a=\"1\"><of>these</of></any>");
            return;
        }
        let children = element.children();
        let mut chosen: Option<(u32, Option<u32>)> = None;
        for child in &children {
            if let Some(choice) = child.choice {
                if chosen.is_none_or(|(of, _)| of != choice) {
                    chosen = Some((choice, self.branch(&children, choice, depth)));
                }
                if chosen != Some((choice, Some(child.branch))) {
                    continue;
                }
            }
            for _ in 0..self.times(child, depth) {
                self.element(child.element, depth + 1);
            }
        }
    }

    /// One of the branches of a choice; none where the choice may be left out.
    fn branch(&mut self, children: &[Child<'_>], choice: u32, depth: u32) -> Option<u32> {
        let of_choice: Vec<_> = children
            .iter()
            .filter(|c| c.choice == Some(choice))
            .collect();
        let optional = of_choice.iter().any(|child| child.optional_group);
        if optional && (depth >= SPARSE_FROM || self.values.one_in(2)) {
            return None;
        }
        let number = self.values.below(of_choice.len());
        Some(of_choice[number].branch)
    }

    fn times(&mut self, child: &Child<'_>, depth: u32) -> u32 {
        if child.min == 0 && (depth >= SPARSE_FROM || !self.values.one_in(3)) {
            return 0;
        }
        let most = child.max.unwrap_or(REPEATS_MAX).clamp(1, REPEATS_MAX);
        let more = self.values.below(usize::try_from(most).unwrap()) + 1;
        u32::try_from(more).unwrap().max(child.min)
    }
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
