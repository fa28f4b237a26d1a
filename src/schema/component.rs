//! The components of a compiled schema (XSD 1.0 Part 1 section 2.2). Start at [`Schema`].

use std::collections::HashMap;

use super::arena::{Arena, Id};
use super::content::{Automaton, Particle};
use super::derivation::Ways;
use super::identity::{Constraint, ConstraintId};
use super::names::{NameId, Names};
use super::simple::{SimpleType, Variety, WhiteSpace};
use super::{Builtin, simple};

pub(super) type TypeId = Id<Type>;
pub(super) type ElementId = Id<ElementDecl>;

/// A compiled schema: immutable, made once, shared by all who validate.
#[derive(Debug)]
pub struct Schema {
    pub(super) names: Names,
    pub(super) types: Types,
    pub(super) elements: Arena<ElementDecl>,
    pub(super) global_elements: HashMap<NameId, ElementId>,
    pub(super) global_types: HashMap<NameId, TypeId>,
    pub(super) global_attributes: HashMap<NameId, AttributeUse>,
    /// Identity constraints of all elements.
    pub(super) constraints: Arena<Constraint>,
    /// `xs:anyType`, which stands for what lax wildcards do not know.
    pub(super) any_type: TypeId,
}

/// All types.
#[derive(Debug)]
pub(super) struct Types {
    pub(super) all: Arena<Type>,
    /// `xs:anySimpleType`, which checks nothing.
    pub(super) any_simple: SimpleType,
}

/// A type definition.
#[derive(Debug)]
pub(super) struct Type {
    /// `None` for an anonymous type.
    pub(super) name: Option<NameId>,
    /// The same, to be shown.
    pub(super) label: Box<str>,
    /// The type it is derived from; `None` only for `xs:anyType`.
    pub(super) base: Option<TypeId>,
    /// How it is derived from that.
    pub(super) derived_by: Ways,
    /// Types so derived from it do not stand for it in documents.
    pub(super) block: Ways,
    /// Uses in schemas for which it is final.
    pub(super) sealed: Ways,
    pub(super) kind: TypeKind,
    pub(super) documentation: Option<Box<str>>,
}

#[derive(Debug)]
pub(super) enum TypeKind {
    Complex(ComplexType),
    Simple(SimpleType),
}

/// A complex type.
#[derive(Debug)]
pub(super) struct ComplexType {
    pub(super) is_abstract: bool,
    pub(super) mixed: bool,
    pub(super) content: Content,
    /// Sorted by name.
    pub(super) attributes: Vec<AttributeUse>,
    pub(super) any_attribute: Option<Wildcard>,
}

/// What may stand between the tags.
#[derive(Debug)]
pub(super) enum Content {
    /// No element, and no text unless mixed.
    Empty,
    /// Elements.
    Elements {
        particle: Particle,
        automaton: Automaton,
    },
    /// A value of a simple type.
    Simple(TypeId),
}

/// An element declaration.
#[derive(Debug)]
pub(super) struct ElementDecl {
    pub(super) name: NameId,
    pub(super) kind: TypeId,
    pub(super) is_abstract: bool,
    pub(super) nillable: bool,
    pub(super) value: Option<ValueConstraint>,
    /// What may not stand for it: types so derived, and substitutes.
    pub(super) block: Ways,
    /// Types so derived from its own make no members of its substitution group.
    pub(super) sealed: Ways,
    /// The head of its substitution group.
    pub(super) head: Option<ElementId>,
    /// Its identity constraints.
    pub(super) constraints: Vec<ConstraintId>,
    /// All that may stand for it, itself and what is blocked not among them.
    pub(super) substitutes: Vec<ElementId>,
    pub(super) documentation: Option<Box<str>>,
}

/// An attribute that a type has.
#[derive(Debug, Clone)]
pub(super) struct AttributeUse {
    pub(super) name: NameId,
    pub(super) kind: TypeId,
    pub(super) required: bool,
    pub(super) value: Option<ValueConstraint>,
}

/// `default` or `fixed`.
#[derive(Debug, Clone)]
pub(super) struct ValueConstraint {
    pub(super) fixed: bool,
    pub(super) text: Box<str>,
    /// What its prefixes stand for.
    pub(super) scope: simple::Kept,
}

/// `any` or `anyAttribute`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildcard {
    pub(super) namespaces: Namespaces,
    pub(super) process: Process,
}

/// The namespaces of a wildcard; the empty one stands for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Namespaces {
    Any,
    List(Vec<Box<str>>),
    /// All but this one, and but none.
    Other(Box<str>),
}

/// `processContents` of a wildcard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// What has a global declaration is checked.
    Lax,
    /// Nothing is checked.
    Skip,
    /// Only what has a global declaration may stand there, and it is checked.
    Strict,
}

impl Types {
    pub(super) fn new(all: Arena<Type>) -> Self {
        Self {
            all,
            any_simple: SimpleType {
                variety: Variety::Atomic(Builtin::AnySimpleType),
                white_space: WhiteSpace::Preserve,
                facets: simple::Facets::default(),
            },
        }
    }

    /// The simple type of that number.
    pub(super) fn simple(&self, id: TypeId) -> &SimpleType {
        match &self.all[id].kind {
            TypeKind::Simple(simple) => simple,
            TypeKind::Complex(_) => &self.any_simple,
        }
    }

    /// The simple type of the type's values: its own or that of its simple content.
    pub(super) fn value(&self, id: TypeId) -> Option<&SimpleType> {
        match &self.all[id].kind {
            TypeKind::Simple(simple) => Some(simple),
            TypeKind::Complex(complex) => match complex.content {
                Content::Simple(id) => Some(self.simple(id)),
                Content::Empty | Content::Elements { .. } => None,
            },
        }
    }

    /// The type's name, to be shown.
    pub(super) fn label(&self, id: TypeId) -> &str {
        &self.all[id].label
    }

    /// Whether a type is another one, derived from it, or a member of it where it is a union
    /// (Part 1 sections 3.4.6 and 3.14.6), by none of these ways.
    pub(super) fn derives(&self, kind: TypeId, from: TypeId, without: Ways) -> bool {
        let mut next = Some(kind);
        // No chain is longer than the table: bases are compiled before what is derived from them.
        while let Some(id) = next {
            if id == from {
                return true;
            }
            let found = &self.all[id];
            if found.derived_by.meets(without) {
                return false;
            }
            next = found.base;
        }
        match &self.all[from].kind {
            TypeKind::Simple(SimpleType {
                variety: Variety::Union(members),
                ..
            }) => members
                .iter()
                .any(|member| self.derives(kind, *member, without)),
            TypeKind::Simple(_) | TypeKind::Complex(_) => false,
        }
    }

    /// Whether a head with these blocks may be substituted by an element of that type (Part 1
    /// section 3.3.6, Substitution Group OK, clause 2.3). The type is derived from that of the
    /// head.
    pub(super) fn substitutes(&self, kind: TypeId, head: TypeId, block: Ways) -> bool {
        let (mut ways, mut blocked) = (Ways::NONE, block.and(self.all[head].block));
        let mut next = Some(kind).filter(|id| *id != head);
        while let Some(id) = next {
            let found = &self.all[id];
            ways = ways.and(found.derived_by);
            next = found.base.filter(|id| *id != head);
            if let Some(between) = next {
                blocked = blocked.and(self.all[between].block);
            }
        }
        !ways.meets(blocked)
    }
}

impl Wildcard {
    /// Whether a name of that namespace falls under it.
    pub(super) fn takes(&self, namespace: &str) -> bool {
        match &self.namespaces {
            Namespaces::Any => true,
            Namespaces::List(list) => list.iter().any(|known| &**known == namespace),
            Namespaces::Other(target) => !namespace.is_empty() && &**target != namespace,
        }
    }
}
