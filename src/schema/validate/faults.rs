//! Writes faults. Start at [`Validator::fault`].

use super::Validator;
use crate::schema::component::{Namespaces, Process, Wildcard};
use crate::schema::content::Run;
use crate::schema::fault::{Fault, Rule};
use crate::xml::Node;

/// Characters of a name that a fault shows: names of a message are its sender's.
const NAME_CHARS_MAX: usize = 80;

/// Names that a fault lists before it says how many more there are.
const LISTED_MAX: usize = 8;

/// A name of the document, cut.
pub(super) fn show(name: &str) -> String {
    let mut shown: String = name.chars().take(NAME_CHARS_MAX).collect();
    if shown.len() < name.len() {
        shown.push_str("...");
    }
    shown
}

impl Validator<'_, '_> {
    /// Notes a fault of an element.
    pub(super) fn fault(
        &mut self,
        rule: Rule,
        node: Node<'_>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.fault_at(node, None, rule, found, expected);
    }

    /// Notes a fault of an element, or of an attribute of it.
    pub(super) fn fault_at(
        &mut self,
        node: Node<'_>,
        attribute: Option<&str>,
        rule: Rule,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) {
        if self.is_full() {
            return;
        }
        let mut path = node.path();
        let mut position = node.position();
        if let Some(name) = attribute {
            path.push_str("/@");
            path.push_str(&show(name));
            let mut attributes = node.attributes();
            if let Some(found) = attributes.find(|attribute| attribute.name.local == name) {
                position = found.position();
            }
        }
        self.faults.push(Fault {
            rule,
            position,
            path,
            found: found.into(),
            expected: expected.into(),
        });
    }

    /// Says what a content model takes next.
    pub(super) fn expected(&self, run: &Run<'_>) -> String {
        let expected = run.expected();
        let names = expected.names.iter();
        let mut words: Vec<_> = names
            .map(|name| self.schema.names.name(*name).local.to_owned())
            .collect();
        words.extend(expected.wildcards.iter().map(|any| wildcard(any)));
        let more = words.len().saturating_sub(LISTED_MAX);
        words.truncate(LISTED_MAX);
        if more > 0 {
            words.push(format!("{more} more"));
        }
        if expected.end {
            words.push("the end of the element".to_owned());
        }
        words.join(" or ")
    }
}

fn wildcard(wildcard: &Wildcard) -> String {
    let process = match wildcard.process {
        Process::Lax | Process::Skip => "any element",
        Process::Strict => "a global element",
    };
    match &wildcard.namespaces {
        Namespaces::Any => process.to_owned(),
        Namespaces::List(list) => format!("{process} of namespace {}", list.join(" or ")),
        Namespaces::Other(target) => format!("{process} of a namespace other than {target}"),
    }
}
