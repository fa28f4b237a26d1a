//! How deep the smallest content of each type is, so that a document of a schema whose types contain
//! themselves comes to an end. Start at [`of`].

use std::collections::HashMap;

use crate::schema::component::{
    Content, ElementDecl, ElementId, Process, Schema, TypeId, TypeKind,
};
use crate::schema::content::{Particle, Term};

/// Levels of elements below an element of each type at the least; a type that is not here can have no
/// content that ends.
pub(super) struct Heights {
    types: HashMap<TypeId, u32>,
    /// Types that are derived from an abstract one and stand for it, by that one.
    concrete: HashMap<TypeId, Vec<TypeId>>,
}

/// Height of what has none.
const ENDLESS: u32 = u32::MAX;

/// The heights of all types.
pub(super) fn of(schema: &Schema) -> Heights {
    let mut heights = Heights {
        types: HashMap::new(),
        concrete: concrete(schema),
    };
    // Each round settles at least one type more, or is the last.
    loop {
        let mut changed = false;
        for id in schema.types.all.ids() {
            let height = heights.computed(schema, id);
            if height < heights.of_type(id) {
                heights.types.insert(id, height);
                changed = true;
            }
        }
        if !changed {
            return heights;
        }
    }
}

/// What may stand for each abstract type, by `xsi:type`: it must have a name.
fn concrete(schema: &Schema) -> HashMap<TypeId, Vec<TypeId>> {
    let mut found: HashMap<TypeId, Vec<TypeId>> = HashMap::new();
    let is_abstract = |id: TypeId| match &schema.types.all[id].kind {
        TypeKind::Complex(complex) => complex.is_abstract,
        TypeKind::Simple(_) => false,
    };
    for id in schema.types.all.ids() {
        if is_abstract(id) || schema.types.all[id].name.is_none() {
            continue;
        }
        let mut base = schema.types.all[id].base;
        while let Some(above) = base {
            if is_abstract(above) {
                found.entry(above).or_default().push(id);
            }
            base = schema.types.all[above].base;
        }
    }
    found
}

impl Heights {
    /// Levels below an element of the type.
    pub(super) fn of_type(&self, id: TypeId) -> u32 {
        self.types.get(&id).copied().unwrap_or(ENDLESS)
    }

    /// What may stand for an abstract type.
    pub(super) fn concrete(&self, id: TypeId) -> &[TypeId] {
        self.concrete.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Levels of an element, itself and what may stand for it.
    pub(super) fn of_element(&self, schema: &Schema, id: ElementId) -> u32 {
        let all = standing(schema, id);
        let heights = all.map(|id| self.of_type(schema.elements[id].kind));
        heights.min().unwrap_or(ENDLESS).saturating_add(1)
    }

    /// Levels of a particle, as small as it may be.
    pub(super) fn of_particle(&self, schema: &Schema, particle: &Particle) -> u32 {
        if particle.is_nullable() {
            return 0;
        }
        self.of_term(schema, &particle.term)
    }

    /// Levels of what a particle repeats, once.
    pub(super) fn of_term(&self, schema: &Schema, term: &Term) -> u32 {
        let mut none = 0;
        let of = |all: &[Particle], pick: fn(u32, u32) -> u32, none: &mut u32| {
            let mut heights = all.iter().map(|one| self.of_particle(schema, one));
            let first = heights.next().unwrap_or(*none);
            heights.fold(first, pick)
        };
        match term {
            Term::All(all) | Term::Sequence(all) => of(all, u32::max, &mut none),
            Term::Choice(all) => {
                none = ENDLESS;
                of(all, u32::min, &mut none)
            }
            Term::Any(wildcard) if wildcard.process == Process::Strict => {
                let mut least = ENDLESS;
                for id in schema.global_elements.values() {
                    let declared: &ElementDecl = &schema.elements[*id];
                    if wildcard.takes(schema.names.name(declared.name).namespace) {
                        least = least.min(self.of_element(schema, *id));
                    }
                }
                least
            }
            Term::Any(_) => 1,
            Term::Element(id) => self.of_element(schema, *id),
        }
    }

    fn computed(&self, schema: &Schema, id: TypeId) -> u32 {
        match &schema.types.all[id].kind {
            TypeKind::Simple(_) => 0,
            TypeKind::Complex(complex) if complex.is_abstract => {
                let heights = self.concrete(id).iter().map(|id| self.of_type(*id));
                heights.min().unwrap_or(ENDLESS)
            }
            TypeKind::Complex(complex) => match &complex.content {
                Content::Empty | Content::Simple(_) => 0,
                Content::Elements { particle, .. } => self.of_particle(schema, particle),
            },
        }
    }
}

/// The elements that may stand where this one is named, none abstract.
pub(super) fn standing(schema: &Schema, id: ElementId) -> impl Iterator<Item = ElementId> {
    let substitutes = schema.elements[id].substitutes.iter().copied();
    let all = std::iter::once(id).chain(substitutes);
    all.filter(|id| !schema.elements[*id].is_abstract)
}
