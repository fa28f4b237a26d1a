//! Elements of schema documents that define something. Start at [`Definition`].

use crate::schema::error::Error;
use crate::schema::source::{Source, XSD, parts};
use crate::xml::{Node, NodeId};

/// Kinds of global components; each has names of its own (Part 1 section 2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Attribute,
    AttributeGroup,
    Element,
    Group,
    Notation,
    Type,
}

impl Kind {
    /// The kind that an element of a schema document defines.
    pub(super) fn of(node: Node<'_>) -> Option<Self> {
        Some(match node.name().local {
            "attribute" => Self::Attribute,
            "attributeGroup" => Self::AttributeGroup,
            "complexType" | "simpleType" => Self::Type,
            "element" => Self::Element,
            "group" => Self::Group,
            "notation" => Self::Notation,
            _ => return None,
        })
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::AttributeGroup => "attribute group",
            Self::Element => "element",
            Self::Group => "group",
            Self::Notation => "notation",
            Self::Type => "type",
        }
    }
}

/// An element of a schema document that defines something.
#[derive(Clone, Copy)]
pub(super) struct Definition<'d> {
    pub(super) source: Source<'d>,
    pub(super) node: Node<'d>,
}

impl<'d> Definition<'d> {
    pub(super) fn at(self, node: Node<'d>) -> Self {
        Self { node, ..self }
    }

    pub(super) fn attribute(self, name: &str) -> Option<&'d str> {
        let spaces = [' ', '\t', '\n', '\r'];
        self.node
            .attribute("", name)
            .map(|value| value.trim_matches(spaces))
    }

    /// Part 1 section 3.12.
    pub(super) fn names_a_notation(self) -> Result<(), Error> {
        if self
            .attribute("public")
            .or_else(|| self.attribute("system"))
            .is_none()
        {
            return Err(self.invalid("a notation that is neither public nor of a system"));
        }
        Ok(())
    }

    pub(super) fn flag(self, name: &str) -> Result<bool, Error> {
        match self.attribute(name) {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(self.invalid(format!("`{name}` is neither true nor false"))),
        }
    }

    /// What tells it from all others.
    pub(super) fn key(self) -> (usize, NodeId) {
        (self.source.number, self.node.id())
    }

    pub(super) fn is(self, local: &str) -> bool {
        self.node.is(XSD, local)
    }

    pub(super) fn parts(self) -> impl Iterator<Item = Self> {
        parts(self.node).map(move |node| self.at(node))
    }

    /// The first child that is one of these elements.
    pub(super) fn part(self, locals: &[&str]) -> Option<Self> {
        self.parts()
            .find(|part| locals.contains(&part.node.name().local))
    }

    pub(super) fn invalid(self, reason: impl Into<String>) -> Error {
        Error::Invalid {
            reason: reason.into(),
            place: self.source.place(self.node),
        }
    }

    pub(super) fn unsupported(self, construct: impl Into<String>) -> Error {
        Error::Unsupported {
            construct: construct.into(),
            place: self.source.place(self.node),
        }
    }

    pub(super) fn unresolved(self, kind: &'static str, name: impl Into<String>) -> Error {
        Error::Unresolved {
            kind,
            name: name.into(),
            place: self.source.place(self.node),
        }
    }

    pub(super) fn circular(self, kind: &'static str, name: impl Into<String>) -> Error {
        Error::Circular {
            kind,
            name: name.into(),
            place: self.source.place(self.node),
        }
    }

    pub(super) fn limit(self, what: &'static str, max: usize) -> Error {
        Error::Limit {
            what,
            max,
            place: self.source.place(self.node),
        }
    }
}
