//! Schema documents to components. Start at [`compile`].
//!
//! First all documents are checked for constructs that are not understood, and global components
//! indexed. Then types are built, a base before what is derived from it; types of elements wait
//! their turn, so that a type may contain itself. Last come what needs all of them: substitution
//! groups, automata and default values.

mod attributes;
mod complex;
mod control;
mod definition;
mod elements;
mod facets;
mod finish;
mod identity;
mod narrowing;
mod particles;
mod redefine;
mod restriction;
mod simple;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::arena::Arena;
use super::component::{
    AttributeUse, ComplexType, Content, ElementDecl, ElementId, Namespaces, Process, Schema, Type,
    TypeId, TypeKind, Types, ValueConstraint, Wildcard,
};
use super::content::{Automaton, Particle, Term};
use super::derivation::Ways;
use super::error::Error;
use super::identity::{Constraint, ConstraintId};
use super::names::{NameId, Names};
use super::pattern::Pattern;
use super::simple::{BUILTINS, Bound, BoundKind, Builtin, Facets, SimpleType, Value, Variety};
use super::source::{Resolver, Source, Sources, XSD, parts};
use super::{WhiteSpace, vocabulary};
use crate::xml::NodeId;
use definition::{Definition, Kind};
use redefine::Original;
use restriction::Narrowed;

/// Longest chain of definitions that need each other to be built: they are built by recursion.
/// The longest published one has 6.
const CHAIN_MAX: usize = 64;

/// Compiles schema documents.
pub(super) fn compile(entries: &[&str], resolver: &dyn Resolver) -> Result<Schema, Error> {
    let sources = Sources::load(entries, resolver)?;
    let mut compiler = Compiler::new();
    for source in sources.all() {
        compiler.index(source)?;
    }
    compiler.redefine(&sources)?;
    compiler.build()?;
    compiler.finish()
}

struct Compiler<'d> {
    names: Names,
    index: HashMap<(Kind, NameId), Definition<'d>>,
    /// Global components in the order of their documents.
    order: Vec<(Kind, NameId)>,
    types: Types,
    any_type: TypeId,
    /// Of types that are not built-in.
    definitions: HashMap<TypeId, Definition<'d>>,
    /// Types that stand in the table but are not built.
    open: HashSet<TypeId>,
    /// Types that are being built, the first one first.
    chain: Vec<TypeId>,
    /// Groups that are being read, by source and node.
    groups: Vec<(usize, NodeId)>,
    /// What was redefined, by source and node of the redefinition.
    originals: HashMap<(usize, NodeId), Original<'d>>,
    /// Content models that must restrict others.
    narrowed: Vec<Narrowed<'d>>,
    /// Redefined groups that do not contain themselves, each with the original.
    replaced: Vec<(Kind, Definition<'d>, Definition<'d>)>,
    pending: Vec<TypeId>,
    elements: Arena<ElementDecl>,
    constraints: Arena<Constraint>,
    /// Of each constraint its number and where it stands, by name.
    constraint_places: HashMap<NameId, (ConstraintId, Definition<'d>)>,
    element_nodes: HashMap<(usize, NodeId), ElementId>,
    element_places: Vec<(ElementId, Definition<'d>)>,
    global_types: HashMap<NameId, TypeId>,
    global_attributes: HashMap<NameId, AttributeUse>,
    patterns: HashMap<Box<str>, Arc<Pattern>>,
}

impl<'d> Compiler<'d> {
    fn new() -> Self {
        let mut names = Names::new();
        let mut all = Arena::new();
        let any_type = all.push(any_type(names.intern(XSD, "anyType")));
        let mut compiler = Self {
            global_types: HashMap::from([(names.intern(XSD, "anyType"), any_type)]),
            names,
            index: HashMap::new(),
            order: Vec::new(),
            types: Types::new(all),
            any_type,
            definitions: HashMap::new(),
            open: HashSet::new(),
            chain: Vec::new(),
            groups: Vec::new(),
            originals: HashMap::new(),
            narrowed: Vec::new(),
            replaced: Vec::new(),
            pending: Vec::new(),
            elements: Arena::new(),
            constraints: Arena::new(),
            constraint_places: HashMap::new(),
            element_nodes: HashMap::new(),
            element_places: Vec::new(),
            global_attributes: HashMap::new(),
            patterns: HashMap::new(),
        };
        compiler.add_builtins();
        compiler
    }

    /// Notes the global components of a document and reserves their places.
    fn index(&mut self, source: Source<'d>) -> Result<(), Error> {
        vocabulary::check_all(&source, source.root)?;
        for node in parts(source.root) {
            let Some(kind) = Kind::of(node) else {
                continue;
            };
            let definition = Definition { source, node };
            let Some(local) = definition.attribute("name") else {
                return Err(definition.invalid("a global component without name"));
            };
            let name = self.names.intern(source.target, local);
            if self.index.insert((kind, name), definition).is_some() {
                return Err(Error::Duplicate {
                    kind: kind.label(),
                    name: local.to_owned(),
                    place: source.place(node),
                });
            }
            self.order.push((kind, name));
            if kind == Kind::Type {
                let id = self.reserve(definition, Some(name));
                self.global_types.insert(name, id);
            }
        }
        Ok(())
    }

    fn build(&mut self) -> Result<(), Error> {
        for (kind, name) in self.order.clone() {
            let Some(definition) = self.index.get(&(kind, name)).copied() else {
                continue;
            };
            match kind {
                Kind::Attribute => {
                    self.global_attribute(name)?;
                }
                Kind::Element => {
                    self.element(definition, true)?;
                }
                Kind::Type => {
                    if let Some(id) = self.global_types.get(&name).copied() {
                        self.ensure(id)?;
                    }
                }
                Kind::Notation => definition.names_a_notation()?,
                // Read where they are used.
                Kind::AttributeGroup | Kind::Group => {}
            }
            self.build_pending()?;
        }
        self.redefined_groups()?;
        self.build_pending()
    }

    fn build_pending(&mut self) -> Result<(), Error> {
        while let Some(id) = self.pending.pop() {
            self.ensure(id)?;
        }
        Ok(())
    }

    /// Takes a place in the table of types, to be built later.
    fn reserve(&mut self, definition: Definition<'d>, name: Option<NameId>) -> TypeId {
        let label = name.map_or("an anonymous type", |name| self.names.name(name).local);
        let id = self.types.all.push(Type {
            name,
            label: label.into(),
            base: None,
            derived_by: definition.derived_by(),
            block: Ways::NONE,
            sealed: Ways::NONE,
            kind: TypeKind::Simple(self.types.any_simple.clone()),
            documentation: super::source::documentation(definition.node),
        });
        self.definitions.insert(id, definition);
        self.open.insert(id);
        id
    }

    /// Builds a type, unless it is built.
    fn ensure(&mut self, id: TypeId) -> Result<(), Error> {
        if !self.open.contains(&id) {
            return Ok(());
        }
        let Some(definition) = self.definitions.get(&id).copied() else {
            return Ok(());
        };
        if self.chain.contains(&id) {
            return Err(definition.circular("type", self.types.label(id)));
        }
        if self.chain.len() >= CHAIN_MAX {
            return Err(definition.limit("types derived from each other", CHAIN_MAX));
        }
        self.chain.push(id);
        let (kind, base, block, sealed) = if definition.is("simpleType") {
            let (simple, base) = self.simple_type(definition)?;
            let sealed = definition.ways("final", Ways::SIMPLE)?;
            (TypeKind::Simple(simple), base, Ways::NONE, sealed)
        } else {
            let (complex, base) = self.complex_type(definition)?;
            let block = definition.ways("block", Ways::COMPLEX)?;
            let sealed = definition.ways("final", Ways::COMPLEX)?;
            (TypeKind::Complex(complex), base, block, sealed)
        };
        self.chain.pop();
        self.open.remove(&id);
        let slot = &mut self.types.all[id];
        slot.kind = kind;
        slot.base = Some(base);
        slot.block = block;
        slot.sealed = sealed;
        Ok(())
    }

    /// The number of a name that stands in a schema document.
    fn name(&mut self, at: Definition<'d>, text: &str) -> Result<NameId, Error> {
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        let namespace = match at.node.resolve_prefix(prefix) {
            Some(namespace) => namespace,
            None if !prefix.is_empty() => return Err(at.unresolved("prefix", prefix)),
            None if at.source.chameleon => at.source.target,
            None => "",
        };
        Ok(self.names.intern(namespace, local))
    }

    /// The definition that a name refers to.
    fn lookup(
        &mut self,
        kind: Kind,
        at: Definition<'d>,
        text: &str,
    ) -> Result<(NameId, Definition<'d>), Error> {
        let name = self.name(at, text)?;
        if let Some(original) = self.original_group(kind, name, at) {
            return Ok((name, original));
        }
        let found = self.index.get(&(kind, name)).copied();
        let found = found.ok_or_else(|| at.unresolved(kind.label(), text))?;
        Ok((name, found))
    }

    /// The type that a name refers to, perhaps not built yet.
    fn type_named(&mut self, at: Definition<'d>, text: &str) -> Result<TypeId, Error> {
        let name = self.name(at, text)?;
        let found = self.global_types.get(&name).copied();
        let name = self.names.name(name);
        if let Some(id) = found {
            // Part 2 section 3.2.19.
            if name.namespace == XSD && name.local == "NOTATION" && !at.is("restriction") {
                return Err(at.invalid("xs:NOTATION where only a list of notations may stand"));
            }
            return Ok(id);
        }
        if name.namespace == XSD {
            return Err(at.unsupported(format!("xs:{}", name.local)));
        }
        Err(at.unresolved("type", name.to_string()))
    }

    /// A simple type by its name, built.
    fn simple_named(&mut self, at: Definition<'d>, text: &str) -> Result<TypeId, Error> {
        let id = self.type_named(at, text)?;
        self.ensure(id)?;
        match self.types.all[id].kind {
            TypeKind::Simple(_) => Ok(id),
            TypeKind::Complex(_) => Err(at.invalid(format!("`{text}` is not a simple type"))),
        }
    }

    /// A simple type that is defined in place, built.
    fn simple_inline(&mut self, definition: Definition<'d>) -> Result<TypeId, Error> {
        let id = self.reserve(definition, None);
        self.ensure(id)?;
        Ok(id)
    }
}

/// `xs:anyType`: any content, any attributes, all checked where something is known about them.
fn any_type(name: NameId) -> Type {
    let wildcard = Wildcard {
        namespaces: Namespaces::Any,
        process: Process::Lax,
    };
    Type {
        name: Some(name),
        label: "xs:anyType".into(),
        base: None,
        derived_by: Ways::RESTRICTION,
        block: Ways::NONE,
        sealed: Ways::NONE,
        kind: TypeKind::Complex(ComplexType {
            is_abstract: false,
            mixed: true,
            content: Content::Elements {
                particle: Particle {
                    min: 0,
                    max: None,
                    term: Term::Any(wildcard.clone()),
                },
                automaton: Automaton::States(Vec::new()),
            },
            attributes: Vec::new(),
            any_attribute: Some(wildcard),
        }),
        documentation: None,
    }
}
