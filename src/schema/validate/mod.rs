//! Validates a document in one pass. Start at [`Schema::validate`].
//!
//! Faults are collected, not stopped at: after an element that may not stand where it stands,
//! validation goes on behind it where the content model has it at all.

mod attributes;
mod content;
mod faults;
mod identity;

use std::collections::HashMap;

use super::component::{ElementId, Schema, TypeId, TypeKind};
use super::derivation::Ways;
use super::fault::{Fault, Rule};
use super::names::NameId;
use super::simple::{Builtin, SimpleType, Variety, check};
use crate::xml::{Node, NodeKind};
use faults::show;
use identity::Identity;

/// The namespace of `xsi:type` and `xsi:nil`.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Deepest nesting that is followed: elements are validated by recursion. The parser's own default
/// limit is 128.
const DEPTH_MAX: u32 = 256;

impl Schema {
    /// Validates an element that must have a global declaration, and everything below it that
    /// the view shows. Returns at most `faults_max` faults (at least one is looked for); none means
    /// valid. They come in document order, but what an identity constraint or an `xs:IDREF` lacks
    /// is known, and noted, only at the end of its element or of the document.
    /// `xsi:schemaLocation` is ignored.
    pub fn validate(&self, root: Node<'_>, faults_max: usize) -> Vec<Fault> {
        Validator::new(self, faults_max).document(root)
    }
}

/// One validation.
struct Validator<'s, 'd> {
    schema: &'s Schema,
    faults: Vec<Fault>,
    faults_max: usize,
    depth: u32,
    /// Of keys and references to them.
    identity: Identity<'s, 'd>,
    /// Values of `xs:ID` seen.
    identities: HashMap<Box<str>, ()>,
    /// Values of `xs:IDREF` seen, with their elements.
    references: Vec<(Box<str>, Node<'d>)>,
    /// Element names of the document by their numbers, once looked up.
    names: Vec<Option<Option<NameId>>>,
}

impl<'s, 'd> Validator<'s, 'd> {
    fn new(schema: &'s Schema, faults_max: usize) -> Self {
        Self {
            schema,
            faults: Vec::new(),
            faults_max: faults_max.max(1),
            depth: 0,
            identity: Identity::default(),
            identities: HashMap::new(),
            references: Vec::new(),
            names: Vec::new(),
        }
    }

    fn document(mut self, root: Node<'d>) -> Vec<Fault> {
        let name = self.name_of(root);
        match name.and_then(|name| self.schema.global_elements.get(&name)) {
            Some(declaration) => self.element(root, *declaration),
            None => {
                let found = show(root.name().local);
                self.fault(Rule::RootUndeclared, root, found, "a global element");
            }
        }
        self.check_references();
        self.faults
    }

    fn is_full(&self) -> bool {
        self.faults.len() >= self.faults_max
    }

    /// The number of an element's name, where the schema knows it.
    fn name_of(&mut self, node: Node<'_>) -> Option<NameId> {
        let number = node.name_number()?;
        if let Some(Some(known)) = self.names.get(number) {
            return *known;
        }
        let name = node.name();
        let found = self.schema.names.find(name.namespace, name.local);
        if self.names.is_empty() {
            self.names.resize(node.name_numbers(), None);
        }
        if let Some(slot) = self.names.get_mut(number) {
            *slot = Some(found);
        }
        found
    }

    /// Validates an element against a declaration (Part 1 section 3.3.4).
    fn element(&mut self, node: Node<'d>, id: ElementId) {
        let declaration = &self.schema.elements[id];
        if declaration.is_abstract {
            let found = show(node.name().local);
            self.fault(
                Rule::ElementAbstract,
                node,
                found,
                "a member of its substitution group",
            );
            return;
        }
        let kind = self.type_of(node, declaration.kind, declaration.block);
        let nil = self.nil(node, declaration.nillable);
        let fixed = declaration.value.as_ref();
        self.enter(node, Some(declaration));
        self.with_type(node, kind, nil, fixed);
        self.leave();
    }

    /// The type to validate against: the declared one or that of `xsi:type`, which may be derived in
    /// no way that is blocked (Part 1 section 3.3.4, Element Locally Valid (Element), clause 4.3).
    fn type_of(&mut self, node: Node<'d>, declared: TypeId, block: Ways) -> TypeId {
        let Some(name) = node.attribute(XSI, "type") else {
            return declared;
        };
        let Some(found) = self.type_named(node, name) else {
            let found = format!("xsi:type of {} characters", name.chars().count());
            self.fault(Rule::TypeUnknown, node, found, "a type of the schema");
            return declared;
        };
        let types = &self.schema.types;
        let block = block.and(types.all[declared].block);
        if types.derives(found, declared, block) {
            return found;
        }
        let (rule, words) = if types.derives(found, declared, Ways::NONE) {
            (
                Rule::TypeBlocked,
                "or one derived in a way that is not blocked",
            )
        } else {
            (Rule::TypeNotDerived, "or a type derived from it")
        };
        let expected = format!("{} {words}", types.label(declared));
        self.fault(rule, node, types.label(found), expected);
        declared
    }

    fn type_named(&self, node: Node<'_>, name: &str) -> Option<TypeId> {
        let name = name.trim_matches([' ', '\t', '\n', '\r']);
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let namespace = match node.resolve_prefix(prefix) {
            Some(namespace) => namespace,
            None if prefix.is_empty() => "",
            None => return None,
        };
        let name = self.schema.names.find(namespace, local)?;
        self.schema.global_types.get(&name).copied()
    }

    /// Whether the element says that it is nil, and may.
    fn nil(&mut self, node: Node<'d>, nillable: bool) -> bool {
        let Some(value) = node.attribute(XSI, "nil") else {
            return false;
        };
        let value = value.trim_matches([' ', '\t', '\n', '\r']);
        if !nillable {
            self.fault(Rule::NilForbidden, node, "xsi:nil", "no xsi:nil");
            return false;
        }
        match value {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => {
                self.fault(Rule::Value, node, "xsi:nil", "xs:boolean");
                false
            }
        }
    }

    fn with_type(
        &mut self,
        node: Node<'d>,
        kind: TypeId,
        nil: bool,
        value: Option<&'s super::component::ValueConstraint>,
    ) {
        if self.depth >= DEPTH_MAX {
            self.fault(
                Rule::Depth,
                node,
                "an element",
                format!("depth at most {DEPTH_MAX}"),
            );
            return;
        }
        self.depth += 1;
        match &self.schema.types.all[kind].kind {
            TypeKind::Simple(simple) => {
                self.no_attributes(node);
                self.text(node, simple, nil, value);
            }
            TypeKind::Complex(complex) => {
                if complex.is_abstract {
                    let found = self.schema.types.label(kind);
                    self.fault(
                        Rule::TypeAbstract,
                        node,
                        found,
                        "xsi:type of a derived type",
                    );
                } else {
                    self.attributes(node, complex);
                    self.content(node, complex, nil, value);
                }
            }
        }
        self.depth -= 1;
    }

    /// Checks a value and notes what it identifies; false when it is refused.
    fn value(
        &mut self,
        node: Node<'d>,
        attribute: Option<&str>,
        simple: &SimpleType,
        text: &str,
    ) -> bool {
        match check(simple, &self.schema.types, text, &node) {
            Ok(()) => {
                self.identify(node, simple, text);
                true
            }
            Err(broken) => {
                self.fault_at(node, attribute, broken.rule, broken.found, broken.expected);
                false
            }
        }
    }

    fn identify(&mut self, node: Node<'d>, simple: &SimpleType, text: &str) {
        match &simple.variety {
            Variety::Atomic(Builtin::Id) => {
                let known = self.identities.insert(text.trim().into(), ());
                if known.is_some() {
                    self.fault(
                        Rule::IdDuplicate,
                        node,
                        "an xs:ID used before",
                        "a new xs:ID",
                    );
                }
            }
            Variety::Atomic(Builtin::IdRef) => self.references.push((text.trim().into(), node)),
            Variety::List(item) => {
                let item = self.schema.types.simple(*item);
                let identifies = match &item.variety {
                    Variety::Atomic(builtin) => matches!(builtin, Builtin::Id | Builtin::IdRef),
                    Variety::List(_) | Variety::Union(_) => true,
                };
                if identifies {
                    text.split_whitespace()
                        .for_each(|part| self.identify(node, item, part));
                }
            }
            Variety::Union(members) => {
                let types = &self.schema.types;
                let mut members = members.iter().map(|member| types.simple(*member));
                let taken = members.find(|member| check(member, types, text, &node).is_ok());
                if let Some(member) = taken {
                    self.identify(node, member, text);
                }
            }
            Variety::Atomic(_) => {}
        }
    }

    fn check_references(&mut self) {
        for (reference, node) in std::mem::take(&mut self.references) {
            if !self.identities.contains_key(&reference) {
                self.fault(
                    Rule::IdUnknown,
                    node,
                    "an xs:IDREF",
                    "the xs:ID of an element",
                );
            }
        }
    }

    /// Whether an element has neither child elements nor text.
    fn is_empty(node: Node<'_>) -> bool {
        !node
            .children()
            .any(|child| matches!(child.kind(), NodeKind::Element | NodeKind::Text))
    }
}
