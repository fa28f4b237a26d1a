//! What a schema says, for those who write documents. Start at [`Element`].
//!
//! Everything is looked up when it is asked for, so that types which contain themselves are no
//! trouble.

use super::component::{
    AttributeUse, Content, ElementId, Process, Schema, TypeId, TypeKind, ValueConstraint,
};
use super::content::{Particle, Term};
use super::fault::Rule;
use super::simple::{self, BoundKind, Builtin, Unbound, Variety, WhiteSpace, check};
use crate::xml::QName;

/// An element declaration.
#[derive(Debug, Clone, Copy)]
pub struct Element<'s> {
    schema: &'s Schema,
    id: ElementId,
}

/// An element that a content model has.
#[derive(Debug, Clone)]
pub struct Child<'s> {
    /// Its declaration.
    pub element: Element<'s>,
    /// How often it must stand, where its group does.
    pub min: u32,
    /// How often it may stand; `None` for any number. Repetitions of its groups are counted in.
    pub max: Option<u32>,
    /// Its place in the content model, from 0.
    pub order: u32,
    /// The choice that it belongs to: children with the same number exclude each other, unless
    /// they are on the same [`Child::branch`].
    pub choice: Option<u32>,
    /// The alternative of the choice, from 0.
    pub branch: u32,
    /// Whether a group around it may be left out, or another alternative be chosen: then even a
    /// [`Child::min`] of 1 demands nothing by itself.
    pub optional_group: bool,
    /// The group that repeats as a whole around it: its children stand in turn, again and again.
    pub repeats: Option<u32>,
}

/// An attribute that a type has.
#[derive(Debug, Clone)]
pub struct AttributeDecl<'s> {
    /// Its name.
    pub name: QName<'s>,
    /// Whether it must be there.
    pub required: bool,
    /// The only value that it may have.
    pub fixed: Option<&'s str>,
    /// The value that it has when it is left out.
    pub default: Option<&'s str>,
    /// Its type.
    pub simple: SimpleType<'s>,
}

/// A simple type with the facets of all types it is derived from.
#[derive(Debug, Clone)]
pub struct SimpleType<'s> {
    /// Its name; `None` for an anonymous type.
    pub name: Option<QName<'s>>,
    /// The built-in type of its values; of a list, that of its items; of a union,
    /// `AnySimpleType`.
    pub primitive: Builtin,
    /// Whether its values are lists.
    pub is_list: bool,
    /// The members of a union.
    pub members: Vec<Self>,
    /// Exact length in characters, octets or items.
    pub length: Option<usize>,
    /// Smallest length.
    pub min_length: Option<usize>,
    /// Largest length.
    pub max_length: Option<usize>,
    /// Most digits.
    pub total_digits: Option<usize>,
    /// Most digits after the point.
    pub fraction_digits: Option<usize>,
    /// Values must be at least this.
    pub min_inclusive: Option<&'s str>,
    /// Values must be more than this.
    pub min_exclusive: Option<&'s str>,
    /// Values must be at most this.
    pub max_inclusive: Option<&'s str>,
    /// Values must be less than this.
    pub max_exclusive: Option<&'s str>,
    /// Every group must match by one of its patterns.
    pub patterns: Vec<Vec<&'s str>>,
    /// The only values; empty when there is no such list.
    pub enumeration: Vec<&'s str>,
    /// What happens to white space.
    pub white_space: WhiteSpace,
    schema: &'s Schema,
    id: TypeId,
}

impl Schema {
    /// A global element by its name.
    pub fn element(&self, namespace: &str, local: &str) -> Option<Element<'_>> {
        let name = self.names.find(namespace, local)?;
        let id = *self.global_elements.get(&name)?;
        Some(Element { schema: self, id })
    }

    /// All global elements, sorted by name.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        let mut all: Vec<_> = self
            .global_elements
            .values()
            .map(|id| Element {
                schema: self,
                id: *id,
            })
            .collect();
        all.sort_by_key(Element::name);
        all.into_iter()
    }
}

impl<'s> Element<'s> {
    /// The name that it has in a document; without namespace when it is unqualified.
    pub fn name(&self) -> QName<'s> {
        self.schema.names.name(self.declaration().name)
    }

    /// Whether it has a namespace in a document.
    pub fn qualified(&self) -> bool {
        !self.name().namespace.is_empty()
    }

    /// The name of its type; `None` for an anonymous type.
    pub fn type_name(&self) -> Option<QName<'s>> {
        let name = self.schema.types.all[self.declaration().kind].name?;
        Some(self.schema.names.name(name))
    }

    /// Whether only members of its substitution group may stand for it, or its type needs an
    /// `xsi:type`.
    pub fn is_abstract(&self) -> bool {
        let declaration = self.declaration();
        let kind = &self.schema.types.all[declaration.kind].kind;
        declaration.is_abstract || matches!(kind, TypeKind::Complex(complex) if complex.is_abstract)
    }

    /// Whether it may be nil.
    pub fn nillable(&self) -> bool {
        self.declaration().nillable
    }

    /// The only value that it may have.
    pub fn fixed(&self) -> Option<&'s str> {
        value(self.declaration().value.as_ref(), true)
    }

    /// The value that it has when it is empty.
    pub fn default(&self) -> Option<&'s str> {
        value(self.declaration().value.as_ref(), false)
    }

    /// What may stand for it.
    pub fn substitutes(&self) -> impl Iterator<Item = Self> + use<'s> {
        let schema = self.schema;
        let all = self.declaration().substitutes.iter();
        all.map(move |id| Element { schema, id: *id })
    }

    /// The documentation of the element, or of its type.
    pub fn documentation(&self) -> Option<&'s str> {
        let declaration = self.declaration();
        let of_type = &self.schema.types.all[declaration.kind].documentation;
        declaration.documentation.as_deref().or(of_type.as_deref())
    }

    /// The type of its text; `None` when it has elements or nothing.
    pub fn simple(&self) -> Option<SimpleType<'s>> {
        let kind = self.declaration().kind;
        match &self.schema.types.all[kind].kind {
            TypeKind::Simple(_) => Some(SimpleType::new(self.schema, kind)),
            TypeKind::Complex(complex) => match complex.content {
                Content::Simple(id) => Some(SimpleType::new(self.schema, id)),
                Content::Empty | Content::Elements { .. } => None,
            },
        }
    }

    /// Its attributes, sorted by name.
    pub fn attributes(&self) -> Vec<AttributeDecl<'s>> {
        let TypeKind::Complex(complex) = &self.schema.types.all[self.declaration().kind].kind
        else {
            return Vec::new();
        };
        let mut all: Vec<_> = complex
            .attributes
            .iter()
            .map(|attribute| self.attribute(attribute))
            .collect();
        all.sort_by_key(|attribute| attribute.name);
        all
    }

    fn attribute(&self, attribute: &'s AttributeUse) -> AttributeDecl<'s> {
        AttributeDecl {
            name: self.schema.names.name(attribute.name),
            required: attribute.required,
            fixed: value(attribute.value.as_ref(), true),
            default: value(attribute.value.as_ref(), false),
            simple: SimpleType::new(self.schema, attribute.kind),
        }
    }

    /// The elements of its content model, in order.
    pub fn children(&self) -> Vec<Child<'s>> {
        let mut walk = Walk {
            schema: self.schema,
            found: Vec::new(),
            groups: 0,
        };
        if let Some(particle) = self.particle() {
            walk.particle(particle, Around::default());
        }
        walk.found
    }

    /// Whether its content model has a wildcard, and whether what stands there is checked.
    pub fn wildcard(&self) -> Option<Process> {
        fn find(particle: &Particle) -> Option<Process> {
            match &particle.term {
                Term::Any(wildcard) => Some(wildcard.process),
                Term::Element(_) => None,
                Term::All(all) | Term::Choice(all) | Term::Sequence(all) => {
                    all.iter().find_map(find)
                }
            }
        }
        find(self.particle()?)
    }

    /// Whether text may stand between its elements.
    pub fn is_mixed(&self) -> bool {
        let kind = &self.schema.types.all[self.declaration().kind].kind;
        matches!(kind, TypeKind::Complex(complex) if complex.mixed)
    }

    fn particle(&self) -> Option<&'s Particle> {
        match &self.schema.types.all[self.declaration().kind].kind {
            TypeKind::Complex(complex) => match &complex.content {
                Content::Elements { particle, .. } => Some(particle),
                Content::Empty | Content::Simple(_) => None,
            },
            TypeKind::Simple(_) => None,
        }
    }

    fn declaration(&self) -> &'s super::component::ElementDecl {
        &self.schema.elements[self.id]
    }
}

impl PartialEq for Element<'_> {
    /// Whether they are the same declaration of the same schema.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.schema, other.schema) && self.id == other.id
    }
}

impl Eq for Element<'_> {}

impl<'s> SimpleType<'s> {
    fn new(schema: &'s Schema, id: TypeId) -> Self {
        let simple = schema.types.simple(id);
        let facets = &simple.facets;
        let bound = |kind: BoundKind| {
            let mut bounds = facets.bounds.iter().rev();
            let found = bounds.find(|bound| bound.kind == kind);
            found.map(|bound| &*bound.text)
        };
        let (primitive, members) = match &simple.variety {
            Variety::Atomic(builtin) => (*builtin, Vec::new()),
            Variety::List(item) => (Self::new(schema, *item).primitive, Vec::new()),
            Variety::Union(members) => {
                let members = members.iter().map(|member| Self::new(schema, *member));
                (Builtin::AnySimpleType, members.collect())
            }
        };
        let listed = facets.enumeration.iter().flat_map(|list| &list.texts);
        let patterns = facets.patterns.iter();
        Self {
            name: schema.types.all[id]
                .name
                .map(|name| schema.names.name(name)),
            primitive,
            is_list: matches!(simple.variety, Variety::List(_)),
            members,
            length: facets.length,
            min_length: facets.min_length,
            max_length: facets.max_length,
            total_digits: facets.total_digits,
            fraction_digits: facets.fraction_digits,
            min_inclusive: bound(BoundKind::MinInclusive),
            min_exclusive: bound(BoundKind::MinExclusive),
            max_inclusive: bound(BoundKind::MaxInclusive),
            max_exclusive: bound(BoundKind::MaxExclusive),
            patterns: patterns
                .map(|group| group.iter().map(|pattern| pattern.source()).collect())
                .collect(),
            enumeration: listed.map(AsRef::as_ref).collect(),
            white_space: simple.white_space,
            schema,
            id,
        }
    }

    /// Checks a text as it would stand in a document. Prefixes stand for themselves, so that an
    /// enumeration of names with a namespace refuses all.
    ///
    /// # Errors
    /// The rule that it breaks, and what is demanded instead.
    pub fn check(&self, text: &str) -> Result<(), (Rule, String)> {
        let types = &self.schema.types;
        let simple: &simple::SimpleType = types.simple(self.id);
        check(simple, types, text, &Unbound).map_err(|broken| (broken.rule, broken.expected))
    }
}

fn value(constraint: Option<&ValueConstraint>, fixed: bool) -> Option<&str> {
    let found = constraint.filter(|constraint| constraint.fixed == fixed)?;
    Some(&found.text)
}

/// What stands around a particle.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    choice: Option<(u32, u32)>,
    optional: bool,
    repeats: Option<u32>,
    /// Whether a group around repeats without bound, or how often.
    times: Times,
}

#[derive(Debug, Clone, Copy)]
struct Times(Option<u32>);

impl Default for Times {
    fn default() -> Self {
        Self(Some(1))
    }
}

impl Times {
    fn by(self, max: Option<u32>) -> Self {
        Self(self.0.zip(max).map(|(a, b)| a.saturating_mul(b)))
    }
}

struct Walk<'s> {
    schema: &'s Schema,
    found: Vec<Child<'s>>,
    groups: u32,
}

impl<'s> Walk<'s> {
    fn particle(&mut self, particle: &'s Particle, mut around: Around) {
        if let Term::Element(id) = particle.term {
            self.found.push(Child {
                element: Element {
                    schema: self.schema,
                    id,
                },
                min: particle.min,
                max: around.times.by(particle.max).0,
                order: u32::try_from(self.found.len()).unwrap_or(u32::MAX),
                choice: around.choice.map(|(choice, _)| choice),
                branch: around.choice.map_or(0, |(_, branch)| branch),
                optional_group: around.optional,
                repeats: around.repeats,
            });
            return;
        }
        around.optional |= particle.min == 0;
        around.times = around.times.by(particle.max);
        if particle.max != Some(1) && around.repeats.is_none() {
            around.repeats = Some(self.group());
        }
        match &particle.term {
            Term::All(all) | Term::Sequence(all) => {
                all.iter().for_each(|one| self.particle(one, around));
            }
            Term::Choice(all) => self.choice(all, around),
            Term::Any(_) | Term::Element(_) => {}
        }
    }

    /// The members of a choice; one inside a branch of another is only marked optional.
    fn choice(&mut self, all: &'s [Particle], mut around: Around) {
        around.optional = true;
        let outer = around.choice;
        let id = match outer {
            Some((id, _)) => id,
            None => self.group(),
        };
        for (branch, one) in (0..).zip(all) {
            around.choice = outer.or(Some((id, branch)));
            self.particle(one, around);
        }
    }

    fn group(&mut self) -> u32 {
        self.groups += 1;
        self.groups - 1
    }
}
