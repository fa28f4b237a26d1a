//! What a restriction makes of the content of its base (XSD 1.0 Part 1 sections 3.4.6, Derivation
//! Valid (Restriction, Complex), and 3.9.6, Particle Valid (Restriction)). Start at
//! [`Compiler::restrictions`].
//!
//! A content model is first held against that of the base part by part, by the table of section
//! 3.9.6. That table refuses by form what takes nothing that the base does not take, such as `a?, b*`
//! against `(a | b)*`; so what it refuses is compared again as a language, within a bound. Only what
//! neither of the two shows to be a restriction is an error.

mod language;
mod simplify;
mod table;

use super::*;
use crate::schema::names::NameId;
use crate::schema::simple::key_of;
use language::Breach;

/// Most elements that a refusal names.
const SHOWN_MAX: usize = 5;

/// A content model that must restrict another one, and where that is said.
pub(super) struct Narrowed<'d> {
    pub(super) at: Definition<'d>,
    pub(super) own: Model,
    pub(super) base: Model,
}

/// A content model.
pub(super) enum Model {
    /// That of a type.
    Of(TypeId),
    /// That of a group; `None` for an empty one.
    Group(Option<Particle>),
}

/// What is known of the elements of two content models.
#[derive(Clone, Copy)]
struct Known<'c> {
    types: &'c Types,
    elements: &'c Arena<ElementDecl>,
    names: &'c Names,
    any_type: TypeId,
}

/// What may stand between the tags, as restrictions see it.
enum Shape<'c> {
    Simple,
    /// `None` for no element.
    Elements {
        mixed: bool,
        particle: Option<&'c Particle>,
    },
}

impl<'d> Compiler<'d> {
    /// Checks the content of all restrictions. Substitution groups are known.
    pub(super) fn restrictions(&mut self) -> Result<(), Error> {
        for narrowed in std::mem::take(&mut self.narrowed) {
            self.narrows_content(&narrowed)?;
        }
        Ok(())
    }

    fn narrows_content(&self, narrowed: &Narrowed<'d>) -> Result<(), Error> {
        let at = narrowed.at;
        let (Some(own), Some(base)) = (self.shape(&narrowed.own), self.shape(&narrowed.base))
        else {
            return Ok(());
        };
        match (own, base) {
            // Compared when it was built.
            (Shape::Simple, _) => Ok(()),
            (Shape::Elements { .. }, Shape::Simple) => {
                Err(at.invalid("content of elements, where the base has simple content"))
            }
            (
                Shape::Elements { mixed, particle },
                Shape::Elements {
                    mixed: base_mixed,
                    particle: base,
                },
            ) => {
                if mixed && !base_mixed {
                    return Err(at.invalid("mixed content, where that of the base is not mixed"));
                }
                self.narrows_particle(at, particle, base)
            }
        }
    }

    fn shape<'c>(&'c self, model: &'c Model) -> Option<Shape<'c>> {
        let id = match model {
            Model::Group(particle) => {
                return Some(Shape::Elements {
                    mixed: false,
                    particle: particle.as_ref(),
                });
            }
            Model::Of(id) => *id,
        };
        let TypeKind::Complex(complex) = &self.types.all[id].kind else {
            return None;
        };
        Some(match &complex.content {
            Content::Simple(_) => Shape::Simple,
            Content::Empty => Shape::Elements {
                mixed: complex.mixed,
                particle: None,
            },
            Content::Elements { particle, .. } => Shape::Elements {
                mixed: complex.mixed,
                particle: Some(particle),
            },
        })
    }

    fn narrows_particle(
        &self,
        at: Definition<'d>,
        own: Option<&Particle>,
        base: Option<&Particle>,
    ) -> Result<(), Error> {
        let known = Known {
            types: &self.types,
            elements: &self.elements,
            names: &self.names,
            any_type: self.any_type,
        };
        let simple = |particle: Option<&Particle>| {
            let simplified = particle.map(|particle| simplify::simplified(particle, known));
            simplified.transpose().map(Option::flatten)
        };
        let too_large = |simplify::TooLarge(max)| at.limit("parts of a restricted content", max);
        let own = simple(own).map_err(too_large)?;
        let base = simple(base).map_err(too_large)?;
        let shown = match (&own, &base) {
            (None, None) => true,
            (None, Some(base)) => base.is_nullable(),
            (Some(own), Some(base)) => table::restricts(own, base, known),
            (Some(_), None) => false,
        };
        if shown {
            return Ok(());
        }
        let breach = match language::compare(own.as_ref(), base.as_ref(), known) {
            Ok(()) => return Ok(()),
            Err(breach) => breach,
        };
        let local = |id: NameId| self.names.name(id).local;
        Err(at.invalid(match breach {
            Breach::Element(name, None) => {
                format!("element `{}` where the base does not take it", local(name))
            }
            Breach::Element(name, Some(why)) => format!("element `{}`, {why}", local(name)),
            Breach::Wildcard => "xs:any that takes more than the base does there".to_owned(),
            Breach::Missing(names) => match *names.as_slice() {
                [] => "content that may end where the base demands more".to_owned(),
                [name] => {
                    let name = local(name);
                    format!("element `{name}`, which the base demands, may be missing")
                }
                ref names => {
                    let names = names.iter().take(SHOWN_MAX);
                    let names: Vec<_> = names.map(|name| format!("`{}`", local(*name))).collect();
                    let names = names.join(", ");
                    format!("content that may end where the base demands one of {names}")
                }
            },
            Breach::Undecided(max) => format!(
                "a content model that is not shown to restrict that of the base in {max} steps"
            ),
        }))
    }

    /// The same, clause 5.2: simple content in a restriction. `value` is that of the base, if it has one;
    /// `own` the type that stands inside.
    pub(super) fn restricted_value(
        &self,
        at: Definition<'d>,
        base: TypeId,
        value: Option<TypeId>,
        own: Option<TypeId>,
    ) -> Result<TypeId, Error> {
        match (value, own) {
            (Some(value), None) => Ok(value),
            (Some(value), Some(own)) if self.types.derives(own, value, Ways::NONE) => Ok(own),
            (Some(_), Some(_)) => {
                Err(at.invalid("a simple type that is not derived from that of the base"))
            }
            (None, Some(own)) if self.is_mixed_and_emptiable(base) => Ok(own),
            (None, _) => Err(at.invalid("a base without simple content")),
        }
    }

    fn is_mixed_and_emptiable(&self, base: TypeId) -> bool {
        let TypeKind::Complex(complex) = &self.types.all[base].kind else {
            return false;
        };
        complex.mixed
            && match &complex.content {
                Content::Empty => true,
                Content::Elements { particle, .. } => particle.is_nullable(),
                Content::Simple(_) => false,
            }
    }

    /// The same, clauses 2.1.2 and 2.1.3: the type of an attribute is derived from that of the base, and
    /// a value that is fixed there is fixed here.
    pub(super) fn attribute_narrows(
        &self,
        at: Definition<'d>,
        own: &AttributeUse,
        base: &AttributeUse,
    ) -> Result<(), Error> {
        let name = || self.names.name(own.name).local;
        if !self.types.derives(own.kind, base.kind, Ways::NONE) {
            let name = name();
            return Err(at.invalid(format!(
                "attribute `{name}`, whose type is not derived from that of the base"
            )));
        }
        let known = (&own.value, own.kind, &base.value, base.kind);
        if !keeps_fixed(&self.types, known) {
            let name = name();
            return Err(at.invalid(format!(
                "attribute `{name}`, whose value is fixed in the base, and not here or otherwise"
            )));
        }
        Ok(())
    }
}

/// Whether a value that is fixed in the base is fixed here to the same.
fn keeps_fixed(
    types: &Types,
    (own, own_type, base, base_type): (
        &Option<ValueConstraint>,
        TypeId,
        &Option<ValueConstraint>,
        TypeId,
    ),
) -> bool {
    let Some(base) = base.as_ref().filter(|base| base.fixed) else {
        return true;
    };
    let Some(own) = own.as_ref().filter(|own| own.fixed) else {
        return false;
    };
    let key = |value: &ValueConstraint, kind| {
        let simple = types.value(kind)?;
        key_of(simple, types, &value.text, &value.scope)
    };
    match (key(own, own_type), key(base, base_type)) {
        (Some(own), Some(base)) => own == base,
        _ => own.text == base.text,
    }
}

impl Known<'_> {
    /// Section 3.9.6, Particle Restriction OK (Elt:Elt): whether an element may stand for another one of
    /// its name; if not, why.
    fn element_narrows(self, own: ElementId, base: ElementId) -> Result<(), &'static str> {
        if own == base {
            return Ok(());
        }
        let (own, base) = (&self.elements[own], &self.elements[base]);
        if own.nillable && !base.nillable {
            return Err("which is nillable, and in the base is not");
        }
        if !keeps_fixed(self.types, (&own.value, own.kind, &base.value, base.kind)) {
            return Err("whose value is fixed in the base, and not here or otherwise");
        }
        if base.block.within(own.block) != base.block {
            return Err("which blocks less than in the base");
        }
        let other_ways = Ways::EXTENSION.and(Ways::LIST).and(Ways::UNION);
        if base.kind != self.any_type && !self.types.derives(own.kind, base.kind, other_ways) {
            return Err("whose type is not derived from that of the base by restriction");
        }
        Ok(())
    }

    /// Whether an element falls under a wildcard.
    fn takes(self, wildcard: &Wildcard, element: ElementId) -> bool {
        let name = self.names.name(self.elements[element].name);
        wildcard.takes(name.namespace)
    }
}

impl Wildcard {
    /// Whether it takes nothing that the other one does not take, and checks that no less (sections
    /// 3.10.6, Wildcard Subset, and 3.9.6, clause NSSubset).
    pub(super) fn restricts(&self, base: &Self) -> bool {
        let strength = |process| match process {
            Process::Skip => 0,
            Process::Lax => 1,
            Process::Strict => 2,
        };
        let within = match (&self.namespaces, &base.namespaces) {
            (_, Namespaces::Any) => true,
            (Namespaces::List(own), _) => own.iter().all(|one| base.takes(one)),
            (Namespaces::Other(own), Namespaces::Other(base)) => own == base || base.is_empty(),
            (Namespaces::Any | Namespaces::Other(_), _) => false,
        };
        within && strength(self.process) >= strength(base.process)
    }
}
