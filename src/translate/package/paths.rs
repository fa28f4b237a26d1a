//! Reading single facts out of a message by the paths of package.toml.

use crate::model::{KeyKind, PathId};
use crate::schema;
use crate::xml::Node;

use super::super::codelist::Column;
use super::Side;

/// All facts that package.toml names.
#[derive(Debug, Default)]
pub(in super::super) struct Extracts {
    pub(in super::super) id: Option<Extract>,
    pub(in super::super) function: Option<Extract>,
    pub(in super::super) procedure: Option<Extract>,
    pub(in super::super) sender: Option<Extract>,
    pub(in super::super) recipient: Option<Extract>,
    pub(in super::super) reference: Option<Extract>,
    pub(in super::super) issued: Option<Extract>,
    pub(in super::super) route: Vec<Extract>,
    pub(in super::super) keys: Vec<(KeyKind, Extract)>,
    /// Where the office of the message stands, the first that counts first.
    pub(in super::super) posts: Vec<(Option<Side>, Extract)>,
    pub(in super::super) correlation: Vec<KeyKind>,
    pub(in super::super) embedded: Vec<Extract>,
    /// Whether an envelope has no id of its own, but that of the document in it.
    pub(in super::super) id_inside: bool,
    pub(in super::super) document: Option<ForEach>,
}

/// How one message is split into documents: by a repeated element.
#[derive(Debug)]
pub(in super::super) struct ForEach {
    pub(in super::super) extract: Extract,
    /// Where a document's number stands in the model, when the message has several.
    pub(in super::super) number: Option<PathId>,
}

/// A path from the document element, with what is done to its values.
#[derive(Debug)]
pub(in super::super) struct Extract {
    pub(in super::super) steps: Vec<(String, String)>,
    pub(in super::super) attribute: Option<(String, String)>,
    pub(in super::super) column: Option<Column>,
    pub(in super::super) take: Option<(usize, usize)>,
}

impl Extract {
    /// Resolves a path against the schema.
    ///
    /// # Errors
    /// What is wrong, for a fault.
    pub(in super::super) fn resolve(
        root: schema::Element<'_>,
        path: &str,
        uri_of: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut attribute = None;
        let mut at = root;
        for step in path.split('/').filter(|step| *step != ".") {
            let (prefix, local) = match step.trim_start_matches('@').split_once(':') {
                Some((prefix, local)) => (Some(prefix), local),
                None => (None, step.trim_start_matches('@')),
            };
            let namespace = match prefix {
                Some(prefix) => {
                    Some(uri_of(prefix).ok_or_else(|| format!("prefix `{prefix}` is unknown"))?)
                }
                None => None,
            };
            if step.starts_with('@') {
                attribute = Some((namespace.unwrap_or_default(), local.to_owned()));
                continue;
            }
            let children = at.children();
            let child = children.iter().find(|child| {
                let name = child.element.name();
                name.local == local && namespace.as_ref().is_none_or(|ns| ns == name.namespace)
            });
            let Some(child) = child else {
                let names: Vec<String> = children
                    .iter()
                    .map(|child| child.element.name().local.to_owned())
                    .collect();
                let near = crate::datafile::nearest(local, names.iter().map(String::as_str));
                return Err(format!("the schema has no `{local}` in `{path}`{near}"));
            };
            at = child.element;
            let name = at.name();
            steps.push((name.namespace.to_owned(), name.local.to_owned()));
        }
        Ok(Self {
            steps,
            attribute,
            column: None,
            take: None,
        })
    }

    /// Every element at the path.
    pub(in super::super) fn nodes<'d>(&self, view: Node<'d>) -> Vec<Node<'d>> {
        let mut found = vec![view];
        for (namespace, local) in &self.steps {
            let mut next = Vec::new();
            for node in found {
                next.extend(node.elements().filter(|child| child.is(namespace, local)));
            }
            found = next;
        }
        found
    }

    /// Every value at the path.
    pub(in super::super) fn all(&self, view: Node<'_>) -> Vec<String> {
        let nodes = self.nodes(view);
        let values = nodes.into_iter().filter_map(|node| self.value(node));
        values.filter(|value| !value.is_empty()).collect()
    }

    /// The first value at the path.
    pub(in super::super) fn first(&self, view: Node<'_>) -> Option<String> {
        self.all(view).into_iter().next()
    }

    fn value(&self, node: Node<'_>) -> Option<String> {
        let raw = match &self.attribute {
            Some((namespace, local)) => node.attribute(namespace, local)?.trim().to_owned(),
            None => node.text().trim().to_owned(),
        };
        self.treat(&raw)
    }

    /// A raw value as the fact that it stands for; nothing when the crosswalk has none.
    pub(in super::super) fn treat(&self, raw: &str) -> Option<String> {
        let taken: String = match self.take {
            Some((from, to)) => raw
                .chars()
                .skip(from)
                .take(to.saturating_sub(from))
                .collect(),
            None => raw.to_owned(),
        };
        match &self.column {
            None => Some(taken),
            Some(column) => {
                let canonical = column.to_canonical(&taken, None);
                let found = canonical.is_canonical;
                found.then(|| canonical.code.value().to_owned())
            }
        }
    }
}
