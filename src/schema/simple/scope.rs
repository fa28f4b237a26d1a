//! The namespaces in scope where a text stands. Start at [`Scope`]; only `QName` and `NOTATION`
//! ask.

use crate::xml::Node;

/// What prefixes stand for.
pub(crate) trait Scope {
    /// The namespace of a prefix; empty for no namespace. The empty prefix always has one.
    fn namespace<'s>(&'s self, prefix: &'s str) -> Option<&'s str>;
}

impl Scope for Node<'_> {
    fn namespace<'s>(&'s self, prefix: &'s str) -> Option<&'s str> {
        self.resolve_prefix(prefix)
            .or_else(|| prefix.is_empty().then_some(""))
    }
}

/// The prefixes of a text of a schema document, kept beyond it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Vec<(Box<str>, Box<str>)>);

impl Kept {
    /// What the prefixes of the words of a text stand for on that element.
    pub(crate) fn of(text: &str, node: Node<'_>) -> Self {
        let mut kept: Vec<(Box<str>, Box<str>)> = Vec::new();
        for word in text.split_whitespace() {
            let prefix = word.split_once(':').map_or("", |(prefix, _)| prefix);
            if kept.iter().all(|(known, _)| **known != *prefix)
                && let Some(namespace) = node.namespace(prefix)
            {
                kept.push((prefix.into(), namespace.into()));
            }
        }
        Self(kept)
    }
}

impl Scope for Kept {
    fn namespace<'s>(&'s self, prefix: &'s str) -> Option<&'s str> {
        let found = self.0.iter().find(|(known, _)| **known == *prefix);
        found.map(|(_, namespace)| &**namespace)
    }
}

/// Where no document is at hand: every prefix stands for itself.
pub(crate) struct Unbound;

impl Scope for Unbound {
    fn namespace<'s>(&'s self, prefix: &'s str) -> Option<&'s str> {
        Some(prefix)
    }
}
