//! Identity constraints: keys, and references to them (XSD 1.0 Part 1 section 3.11). Start at
//! [`Constraint`].

use super::arena::Id;
use crate::xml::{Node, QName};

pub(super) type ConstraintId = Id<Constraint>;

/// An identity constraint definition.
#[derive(Debug)]
pub(super) struct Constraint {
    /// Its local name, to be shown.
    pub(super) label: Box<str>,
    pub(super) category: Category,
    /// What it selects, below the element that has the constraint.
    pub(super) selector: Vec<Path>,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    /// All fields must be there, and differ.
    Key,
    /// They must be those of that key or unique constraint.
    KeyRef(ConstraintId),
    /// They must differ where all are there.
    Unique,
}

/// A field of a constraint.
#[derive(Debug)]
pub(super) struct Field {
    /// As written, to be shown.
    pub(super) xpath: Box<str>,
    /// Any of these.
    pub(super) paths: Vec<Path>,
}

/// One path of a selector or field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// Whether it begins with `.//`.
    pub(super) anywhere: bool,
    /// Names of child elements; `.` leaves no trace.
    pub(super) steps: Vec<NameTest>,
    /// The attribute at its end.
    pub(super) attribute: Option<NameTest>,
}

/// A name test of XPath.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NameTest {
    /// `*`
    Any,
    /// A name; without a prefix in no namespace.
    Name(Box<str>, Box<str>),
    /// `prefix:*`
    Namespace(Box<str>),
}

impl Category {
    /// Its name in XSD.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::KeyRef(_) => "keyref",
            Self::Unique => "unique",
        }
    }
}

impl Path {
    /// Whether its steps lead to an element from the one that stands `below` levels above it.
    pub(super) fn leads_to(&self, node: Node<'_>, below: usize) -> bool {
        let steps = self.steps.len();
        if below < steps || (below > steps && !self.anywhere) {
            return false;
        }
        let mut next = Some(node);
        self.steps.iter().rev().all(|step| {
            let taken = next.is_some_and(|node| step.takes(node.name()));
            next = next.and_then(Node::parent);
            taken
        })
    }
}

impl NameTest {
    /// Whether it takes a name.
    pub(super) fn takes(&self, name: QName<'_>) -> bool {
        match self {
            Self::Any => true,
            Self::Name(namespace, local) => {
                *name.local == **local && *name.namespace == **namespace
            }
            Self::Namespace(namespace) => *name.namespace == **namespace,
        }
    }
}
