//! Complex type definitions (XSD 1.0 Part 1 section 3.4).

use super::restriction::{Model, Narrowed};
use super::*;

/// The attributes that a type adds to those of its base.
pub(super) type Attributes = (Vec<AttributeUse>, Option<Wildcard>);

impl<'d> Compiler<'d> {
    /// Builds the type of an `xs:complexType`, and names its base.
    pub(super) fn complex_type(
        &mut self,
        at: Definition<'d>,
    ) -> Result<(ComplexType, TypeId), Error> {
        let is_abstract = at.flag("abstract")?;
        let mixed = at.flag("mixed")?;
        let (mut complex, base) = match at.part(&["complexContent", "simpleContent"]) {
            Some(content) if content.is("simpleContent") => self.simple_content(content)?,
            Some(content) => {
                let mixed = match content.attribute("mixed") {
                    Some(_) => content.flag("mixed")?,
                    None => mixed,
                };
                self.complex_content(content, mixed)?
            }
            None => (self.own_content(at, mixed)?, self.any_type),
        };
        complex.is_abstract = is_abstract;
        Ok((complex, base))
    }

    /// What stands directly in a type: a restriction of `xs:anyType` that repeats none of it.
    fn own_content(&mut self, at: Definition<'d>, mixed: bool) -> Result<ComplexType, Error> {
        let particle = self.model(at)?;
        let (attributes, any_attribute) = self.attributes(at, Vec::new(), None)?;
        Ok(ComplexType {
            is_abstract: false,
            mixed,
            content: content(particle),
            attributes,
            any_attribute,
        })
    }

    fn derivation(&self, content: Definition<'d>) -> Result<Definition<'d>, Error> {
        content
            .part(&["extension", "restriction"])
            .ok_or_else(|| content.invalid("neither xs:extension nor xs:restriction"))
    }

    fn base(&mut self, derivation: Definition<'d>) -> Result<TypeId, Error> {
        let Some(name) = derivation.attribute("base") else {
            return Err(derivation.invalid("a derivation without base"));
        };
        let base = match self.original_type(derivation) {
            Some(original) => original,
            None => self.type_named(derivation, name)?,
        };
        self.ensure(base)?;
        let way = if derivation.is("extension") {
            Ways::EXTENSION
        } else {
            Ways::RESTRICTION
        };
        self.not_final(derivation, base, way)?;
        Ok(base)
    }

    fn complex_content(
        &mut self,
        content: Definition<'d>,
        mixed: bool,
    ) -> Result<(ComplexType, TypeId), Error> {
        let at = self.derivation(content)?;
        let base = self.base(at)?;
        let particle = self.model(at)?;
        if at.is("restriction") {
            if matches!(self.types.all[base].kind, TypeKind::Simple(_)) {
                return Err(at.invalid("complex content on a simple type"));
            }
            if let Some(own) = self.chain.last().filter(|_| base != self.any_type) {
                let (own, base) = (Model::Of(*own), Model::Of(base));
                self.narrowed.push(Narrowed { at, own, base });
            }
            let (inherited, wildcard) = if base == self.any_type {
                // Clause 4.3 of section 3.4.6: what it takes may be checked less.
                let wildcard = Wildcard {
                    namespaces: Namespaces::Any,
                    process: Process::Skip,
                };
                (Vec::new(), Some(wildcard))
            } else {
                self.base_attributes(base)
            };
            let (attributes, any_attribute) = self.attributes(at, inherited, wildcard)?;
            let complex = ComplexType {
                is_abstract: false,
                mixed,
                content: self::content(particle),
                attributes,
                any_attribute,
            };
            return Ok((complex, base));
        }
        let (inherited, wildcard) = self.base_attributes(base);
        let (attributes, any_attribute) = self.attributes(at, inherited, wildcard)?;
        let (content, mixed) = self.extended(at, base, particle, mixed)?;
        let complex = ComplexType {
            is_abstract: false,
            mixed,
            content,
            attributes,
            any_attribute,
        };
        Ok((complex, base))
    }

    /// The content of an extension: that of the base, then its own (Part 1 section 3.4.2).
    fn extended(
        &self,
        at: Definition<'d>,
        base: TypeId,
        own: Option<Particle>,
        mixed: bool,
    ) -> Result<(Content, bool), Error> {
        let TypeKind::Complex(base) = &self.types.all[base].kind else {
            return Err(at.invalid("complex content on a simple type"));
        };
        let inherited = match &base.content {
            Content::Simple(_) => return Err(at.invalid("complex content on simple content")),
            Content::Empty => None,
            Content::Elements { particle, .. } => Some(particle.clone()),
        };
        let (inherited, own) = match (inherited, own) {
            (None, own) => return Ok((content(own), mixed || base.mixed)),
            (inherited, None) => return Ok((content(inherited), base.mixed)),
            (Some(inherited), Some(own)) => (inherited, own),
        };
        if mixed != base.mixed {
            return Err(at.invalid(
                "an extension that is mixed where its base is not, or not mixed where it is",
            ));
        }
        let is_all = |particle: &Particle| matches!(particle.term, Term::All(_));
        if is_all(&inherited) || is_all(&own) {
            return Err(at.invalid("xs:all together with other content"));
        }
        let whole = Particle::once(Term::Sequence(vec![inherited, own]));
        Ok((content(Some(whole)), mixed))
    }

    fn simple_content(&mut self, content: Definition<'d>) -> Result<(ComplexType, TypeId), Error> {
        let at = self.derivation(content)?;
        let base = self.base(at)?;
        let value = match &self.types.all[base].kind {
            TypeKind::Simple(_) if at.is("extension") => Some(base),
            TypeKind::Simple(_) => None,
            TypeKind::Complex(complex) => match complex.content {
                Content::Simple(value) => Some(value),
                Content::Empty | Content::Elements { .. } => None,
            },
        };
        let value = if at.is("extension") {
            value.ok_or_else(|| at.invalid("a base without simple content"))?
        } else {
            let inline = match at.part(&["simpleType"]) {
                Some(inline) => Some(self.simple_inline(inline)?),
                None => None,
            };
            let narrowed = self.restricted_value(at, base, value, inline)?;
            let simple = self.restrict(at, narrowed)?;
            self.types.all.push(Type {
                name: None,
                label: self.types.label(narrowed).into(),
                base: Some(narrowed),
                derived_by: Ways::RESTRICTION,
                block: Ways::NONE,
                sealed: Ways::NONE,
                kind: TypeKind::Simple(simple),
                documentation: None,
            })
        };
        let (inherited, wildcard) = self.base_attributes(base);
        let (attributes, any_attribute) = self.attributes(at, inherited, wildcard)?;
        let complex = ComplexType {
            is_abstract: false,
            mixed: false,
            content: Content::Simple(value),
            attributes,
            any_attribute,
        };
        Ok((complex, base))
    }

    fn base_attributes(&self, base: TypeId) -> Attributes {
        match &self.types.all[base].kind {
            TypeKind::Simple(_) => (Vec::new(), None),
            TypeKind::Complex(complex) => {
                (complex.attributes.clone(), complex.any_attribute.clone())
            }
        }
    }
}

fn content(particle: Option<Particle>) -> Content {
    particle.map_or(Content::Empty, |particle| Content::Elements {
        particle,
        // Made when all substitution groups are known.
        automaton: Automaton::States(Vec::new()),
    })
}
