//! Facets of a restriction (XSD 1.0 Part 2 section 4.3).

use super::super::simple::{Enumeration, Family, accepts, check, normalize, value_of};
use super::narrowing::{bound_kind, note_fixed};
use super::*;

impl<'d> Compiler<'d> {
    /// The base with the facets that stand in a restriction.
    pub(super) fn restrict(
        &mut self,
        at: Definition<'d>,
        base: TypeId,
    ) -> Result<SimpleType, Error> {
        let mut simple = self.types.simple(base).clone();
        let mut patterns = Vec::new();
        let mut enumeration = Vec::new();
        let mut own = Vec::new();
        for facet in at.parts() {
            let local = facet.node.name().local;
            if matches!(
                local,
                "simpleType" | "attribute" | "attributeGroup" | "anyAttribute"
            ) {
                continue;
            }
            // Values of patterns and enumerations keep their white space.
            let Some(value) = facet.node.attribute("", "value") else {
                return Err(facet.invalid("a facet without value"));
            };
            if !applies(local, &simple.variety) {
                let label = self.types.label(base);
                return Err(facet.invalid(format!("xs:{local} does not apply to {label}")));
            }
            own.push(facet);
            match local {
                "pattern" => patterns.push(self.pattern(facet, value)?),
                "enumeration" => enumeration.push((facet, value)),
                "whiteSpace" => simple.white_space = white_space(facet, simple.white_space)?,
                "maxExclusive" | "maxInclusive" | "minExclusive" | "minInclusive" => {
                    let bound = self.bound(facet, &simple)?;
                    simple.facets.bounds.push(bound);
                }
                _ => count(facet, &mut simple.facets)?,
            }
        }
        self.narrows(&own, base, &simple)?;
        for facet in own {
            note_fixed(facet, &mut simple.facets)?;
        }
        if !patterns.is_empty() {
            simple.facets.patterns.push(patterns);
        }
        if !enumeration.is_empty() {
            let enumeration = self.enumeration(&enumeration, base, &simple)?;
            simple.facets.enumeration = Some(Arc::new(enumeration));
        }
        let notation = matches!(simple.variety, Variety::Atomic(Builtin::Notation));
        if notation && simple.facets.enumeration.is_none() {
            return Err(at.invalid("a type of xs:NOTATION without enumeration"));
        }
        Ok(simple)
    }

    fn pattern(&mut self, at: Definition<'d>, source: &str) -> Result<Arc<Pattern>, Error> {
        if let Some(known) = self.patterns.get(source) {
            return Ok(Arc::clone(known));
        }
        let pattern = Pattern::new(source).map_err(|e| at.invalid(format!("in a pattern: {e}")))?;
        let pattern = Arc::new(pattern);
        self.patterns.insert(source.into(), Arc::clone(&pattern));
        Ok(pattern)
    }

    fn bound(&self, at: Definition<'d>, simple: &SimpleType) -> Result<Bound, Error> {
        let kind = bound_kind(at.node.name().local).unwrap_or(BoundKind::MinInclusive);
        let text = at.attribute("value").unwrap_or_default();
        let value = match simple.variety {
            Variety::Atomic(builtin) if accepts(builtin, text) => Value::parse(builtin, text),
            Variety::Atomic(_) | Variety::List(_) | Variety::Union(_) => None,
        };
        let value = value.ok_or_else(|| at.invalid("a bound that is no value of the type"))?;
        Ok(Bound {
            kind,
            text: text.into(),
            value,
        })
    }

    fn enumeration(
        &self,
        facets: &[(Definition<'d>, &str)],
        base: TypeId,
        simple: &SimpleType,
    ) -> Result<Enumeration, Error> {
        let base = self.types.simple(base);
        let as_text = matches!(simple.variety, Variety::Atomic(builtin) if builtin.is_text());
        let (mut texts, mut values) = (Vec::new(), Vec::new());
        for (at, raw) in facets {
            if check(base, &self.types, raw, &at.node).is_err() {
                return Err(at.invalid("an enumerated value that the base type refuses"));
            }
            if !as_text {
                let value = value_of(base, &self.types, raw, &at.node);
                let value = value.ok_or_else(|| {
                    at.invalid("an enumerated value that is none of the base type")
                })?;
                if let Variety::Atomic(Builtin::Notation) = base.variety {
                    self.is_notation(*at, &value)?;
                }
                values.push(value);
            }
            texts.push(Box::<str>::from(normalize(simple.white_space, raw)));
        }
        Ok(Enumeration {
            set: as_text.then(|| texts.iter().cloned().collect()),
            texts,
            values,
        })
    }

    /// Part 2 section 3.2.19: the value names a declared notation.
    fn is_notation(&self, at: Definition<'d>, value: &Value) -> Result<(), Error> {
        let Value::QName(namespace, local) = value else {
            return Ok(());
        };
        let name = self.names.find(namespace, local);
        if name.is_some_and(|name| self.index.contains_key(&(Kind::Notation, name))) {
            return Ok(());
        }
        Err(at.unresolved(Kind::Notation.label(), &**local))
    }
}

/// Whether a facet applies to values of that kind (Part 2 section 4.1.5).
fn applies(facet: &str, variety: &Variety) -> bool {
    let Variety::Atomic(builtin) = variety else {
        let list = matches!(variety, Variety::List(_));
        return match facet {
            "enumeration" | "pattern" => true,
            "length" | "maxLength" | "minLength" | "whiteSpace" => list,
            _ => false,
        };
    };
    let family = builtin.family();
    match facet {
        "enumeration" | "pattern" | "whiteSpace" => true,
        "length" | "maxLength" | "minLength" => {
            matches!(family, Family::Binary | Family::QName | Family::Text)
        }
        "fractionDigits" | "totalDigits" => family == Family::Decimal,
        _ => !matches!(
            family,
            Family::Binary | Family::Boolean | Family::QName | Family::Text
        ),
    }
}

fn white_space(at: Definition<'_>, base: WhiteSpace) -> Result<WhiteSpace, Error> {
    let found = match at.attribute("value") {
        Some("preserve") => WhiteSpace::Preserve,
        Some("replace") => WhiteSpace::Replace,
        Some("collapse") => WhiteSpace::Collapse,
        _ => return Err(at.invalid("an unknown treatment of white space")),
    };
    if found < base {
        return Err(at.invalid("white space that the base type does not keep"));
    }
    Ok(found)
}

/// Facets whose value is a count.
fn count(at: Definition<'_>, facets: &mut Facets) -> Result<(), Error> {
    let text = at.attribute("value").unwrap_or_default();
    let value: usize = text
        .parse()
        .map_err(|_| at.invalid("a facet that is no count"))?;
    let slot = match at.node.name().local {
        "fractionDigits" => &mut facets.fraction_digits,
        "length" => &mut facets.length,
        "maxLength" => &mut facets.max_length,
        "minLength" => &mut facets.min_length,
        "totalDigits" => &mut facets.total_digits,
        other => return Err(at.unsupported(format!("xs:{other}"))),
    };
    *slot = Some(value);
    Ok(())
}
