//! Attribute declarations, uses, groups and wildcards (XSD 1.0 Part 1 sections 3.2, 3.4.2, 3.6 and
//! 3.10).

use super::super::simple::{Kept, check};
use super::complex::Attributes;
use super::*;

/// Deepest nesting of groups inside groups. The deepest published one is 4.
const GROUPS_MAX: usize = 64;

impl<'d> Compiler<'d> {
    /// The attributes of a type: those inherited, less those prohibited, and those that stand
    /// there. An inherited wildcard is joined with one that stands there; a restriction has its own alone,
    /// and no attribute that the base does not take.
    pub(super) fn attributes(
        &mut self,
        at: Definition<'d>,
        inherited: Vec<AttributeUse>,
        wildcard: Option<Wildcard>,
    ) -> Result<Attributes, Error> {
        let (mut own, mut prohibited, mut own_wildcard) = (Vec::new(), Vec::new(), None);
        self.collect(at, &mut own, &mut prohibited, &mut own_wildcard)?;
        let wildcard = if at.is("restriction") {
            self.uses_narrow(at, &own, &prohibited, &inherited, wildcard.as_ref())?;
            self.wildcard_narrows(at, own_wildcard.as_ref(), wildcard.as_ref())?;
            None
        } else {
            wildcard
        };
        let mut all: Vec<_> = inherited
            .into_iter()
            .filter(|inherited| {
                // An extension cannot change what it extends: twice is refused below.
                !at.is("restriction")
                    || !prohibited.contains(&inherited.name)
                        && own
                            .iter()
                            .all(|own: &AttributeUse| own.name != inherited.name)
            })
            .collect();
        all.append(&mut own);
        all.sort_by_key(|attribute| attribute.name);
        if let Some(twice) = all.windows(2).find_map(|pair| match pair {
            [a, b] if a.name == b.name => Some(a.name),
            _ => None,
        }) {
            return Err(Error::Duplicate {
                kind: Kind::Attribute.label(),
                name: self.names.name(twice).local.to_owned(),
                place: at.source.place(at.node),
            });
        }
        let is_id = |attribute: &&AttributeUse| {
            let simple = self.types.simple(attribute.kind);
            matches!(simple.variety, Variety::Atomic(Builtin::Id))
        };
        // Section 3.4.6, Complex Type Definition Properties Correct, clause 5.
        if all.iter().filter(is_id).nth(1).is_some() {
            return Err(at.invalid("two attributes of xs:ID"));
        }
        let wildcard = match (wildcard, own_wildcard) {
            (Some(base), Some(own)) => Some(Wildcard {
                namespaces: union(&base.namespaces, &own.namespaces)
                    .ok_or_else(|| at.invalid("a union of xs:anyAttribute that is none"))?,
                process: own.process,
            }),
            (base, own) => own.or(base),
        };
        Ok((all, wildcard))
    }

    /// Section 3.4.6, Derivation Valid (Restriction, Complex), clauses 2 and 3: what the base demands is
    /// demanded, and what stands here restricts an attribute of the base, or is one of its wildcard.
    fn uses_narrow(
        &self,
        at: Definition<'d>,
        own: &[AttributeUse],
        prohibited: &[NameId],
        base: &[AttributeUse],
        wildcard: Option<&Wildcard>,
    ) -> Result<(), Error> {
        for inherited in base.iter().filter(|inherited| inherited.required) {
            let here = own.iter().find(|own| own.name == inherited.name);
            if prohibited.contains(&inherited.name) || here.is_some_and(|own| !own.required) {
                let name = self.names.name(inherited.name).local;
                let what = format!("attribute `{name}`, which the base demands, may be missing");
                return Err(at.invalid(what));
            }
        }
        for attribute in own {
            let name = self.names.name(attribute.name);
            if let Some(base) = base.iter().find(|base| base.name == attribute.name) {
                self.attribute_narrows(at, attribute, base)?;
                continue;
            }
            if !wildcard.is_some_and(|wildcard| wildcard.takes(name.namespace)) {
                let what = format!("attribute `{}`, which the base does not take", name.local);
                return Err(at.invalid(what));
            }
        }
        Ok(())
    }

    /// Section 4.2.2, Redefinition Constraints, clause 7.2: the same of an attribute group and the one
    /// that it replaces.
    pub(super) fn narrows_group(
        &mut self,
        at: Definition<'d>,
        original: Definition<'d>,
    ) -> Result<(), Error> {
        let mut collected = |group| {
            let (mut uses, mut prohibited, mut wildcard) = (Vec::new(), Vec::new(), None);
            self.enter(Kind::AttributeGroup, group, at)?;
            self.collect(group, &mut uses, &mut prohibited, &mut wildcard)?;
            self.groups.pop();
            Ok((uses, wildcard))
        };
        let (own, wildcard) = collected(at)?;
        let (base, base_wildcard) = collected(original)?;
        // Nothing is inherited: what does not stand here is left out.
        let missing = base.iter().map(|base| base.name);
        let missing = missing.filter(|name| own.iter().all(|own| own.name != *name));
        let missing: Vec<_> = missing.collect();
        self.uses_narrow(at, &own, &missing, &base, base_wildcard.as_ref())?;
        self.wildcard_narrows(at, wildcard.as_ref(), base_wildcard.as_ref())
    }

    /// Section 3.4.6, clause 4 of the same.
    fn wildcard_narrows(
        &self,
        at: Definition<'d>,
        own: Option<&Wildcard>,
        base: Option<&Wildcard>,
    ) -> Result<(), Error> {
        let narrows = match (own, base) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(base)) => own.restricts(base),
        };
        if narrows {
            return Ok(());
        }
        Err(at.invalid("xs:anyAttribute that takes more than that of the base"))
    }

    fn collect(
        &mut self,
        at: Definition<'d>,
        uses: &mut Vec<AttributeUse>,
        prohibited: &mut Vec<NameId>,
        wildcard: &mut Option<Wildcard>,
    ) -> Result<(), Error> {
        for part in at.parts() {
            match part.node.name().local {
                "attribute" => {
                    let attribute = self.attribute_use(part)?;
                    if part.attribute("use") == Some("prohibited") {
                        prohibited.push(attribute.name);
                    } else {
                        uses.push(attribute);
                    }
                }
                "attributeGroup" => {
                    let Some(reference) = part.attribute("ref") else {
                        return Err(part.invalid("xs:attributeGroup without ref"));
                    };
                    let kind = Kind::AttributeGroup;
                    let (_, group) = self.lookup(kind, part, reference)?;
                    self.enter(kind, group, part)?;
                    let mut inner = None;
                    self.collect(group, uses, prohibited, &mut inner)?;
                    self.groups.pop();
                    *wildcard = match (wildcard.take(), inner) {
                        (Some(known), Some(inner)) => {
                            let process = known.process;
                            Some(met(part, &known, &inner, process)?)
                        }
                        (known, inner) => known.or(inner),
                    };
                }
                "anyAttribute" => {
                    let found = self.wildcard(part)?;
                    // Section 3.4.2: what stands here says how what it takes is checked.
                    *wildcard = Some(match wildcard.take() {
                        None => found,
                        Some(known) => met(part, &known, &found, found.process)?,
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Notes that a group is being read; [`Compiler::groups`] is popped when it is.
    pub(super) fn enter(
        &mut self,
        kind: Kind,
        group: Definition<'d>,
        at: Definition<'d>,
    ) -> Result<(), Error> {
        if self.groups.contains(&group.key()) {
            let name = group.attribute("name").unwrap_or_default();
            return Err(at.circular(kind.label(), name));
        }
        if self.groups.len() >= GROUPS_MAX {
            return Err(at.limit("groups inside each other", GROUPS_MAX));
        }
        self.groups.push(group.key());
        Ok(())
    }

    pub(super) fn global_attribute(&mut self, name: NameId) -> Result<Option<AttributeUse>, Error> {
        if let Some(known) = self.global_attributes.get(&name) {
            return Ok(Some(known.clone()));
        }
        let Some(at) = self.index.get(&(Kind::Attribute, name)).copied() else {
            return Ok(None);
        };
        let attribute = self.declared(at, name)?;
        self.global_attributes.insert(name, attribute.clone());
        Ok(Some(attribute))
    }

    fn attribute_use(&mut self, at: Definition<'d>) -> Result<AttributeUse, Error> {
        let mut attribute = match (at.attribute("ref"), at.attribute("name")) {
            (Some(reference), None) => {
                let name = self.name(at, reference)?;
                let global = self.global_attribute(name)?;
                global.ok_or_else(|| at.unresolved(Kind::Attribute.label(), reference))?
            }
            (None, Some(local)) => {
                let qualified = match at.attribute("form") {
                    Some(form) => form == "qualified",
                    None => at.source.attributes_qualified,
                };
                let namespace = if qualified { at.source.target } else { "" };
                let name = self.names.intern(namespace, local);
                self.declared(at, name)?
            }
            _ => return Err(at.invalid("an attribute needs a name or a ref")),
        };
        attribute.required = match at.attribute("use") {
            None | Some("optional" | "prohibited") => false,
            Some("required") => true,
            Some(_) => return Err(at.invalid("an unknown use")),
        };
        if at.attribute("ref").is_some()
            && let Some(value) = value_constraint(at)?
        {
            self.check_value(at, attribute.kind, &value)?;
            attribute.value = Some(value);
        }
        Ok(attribute)
    }

    fn declared(&mut self, at: Definition<'d>, name: NameId) -> Result<AttributeUse, Error> {
        let kind = match (at.attribute("type"), at.part(&["simpleType"])) {
            (Some(kind), None) => self.simple_named(at, kind)?,
            (None, Some(inline)) => self.simple_inline(inline)?,
            (None, None) => {
                let any = self.names.intern(XSD, "anySimpleType");
                self.global_types
                    .get(&any)
                    .copied()
                    .unwrap_or(self.any_type)
            }
            (Some(_), Some(_)) => return Err(at.invalid("an attribute with two types")),
        };
        let value = value_constraint(at)?;
        if let Some(value) = &value {
            self.check_value(at, kind, value)?;
        }
        Ok(AttributeUse {
            name,
            kind,
            required: false,
            value,
        })
    }

    /// Checks a default or fixed value against its type.
    pub(super) fn check_value(
        &self,
        at: Definition<'d>,
        kind: TypeId,
        value: &ValueConstraint,
    ) -> Result<(), Error> {
        let Some(simple) = self.types.value(kind) else {
            return Ok(());
        };
        // Sections 3.2.6 clause 3 and 3.3.6 clause 5.
        if matches!(simple.variety, Variety::Atomic(Builtin::Id)) {
            return Err(at.invalid("a default or fixed value of xs:ID"));
        }
        check(simple, &self.types, &value.text, &value.scope)
            .map_err(|_| at.invalid("a default or fixed value that the type refuses"))
    }

    pub(super) fn wildcard(&self, at: Definition<'d>) -> Result<Wildcard, Error> {
        let target = at.source.target;
        let namespaces = match at.attribute("namespace") {
            None | Some("##any") => Namespaces::Any,
            Some("##other") => Namespaces::Other(target.into()),
            Some(list) => Namespaces::List(
                list.split_whitespace()
                    .map(|one| match one {
                        "##targetNamespace" => target.into(),
                        "##local" => "".into(),
                        _ => one.into(),
                    })
                    .collect(),
            ),
        };
        let process = match at.attribute("processContents") {
            None | Some("strict") => Process::Strict,
            Some("lax") => Process::Lax,
            Some("skip") => Process::Skip,
            Some(_) => return Err(at.invalid("an unknown processContents")),
        };
        Ok(Wildcard {
            namespaces,
            process,
        })
    }
}

/// `default` or `fixed` of an element or attribute.
pub(super) fn value_constraint(at: Definition<'_>) -> Result<Option<ValueConstraint>, Error> {
    let (fixed, text) = match (
        at.node.attribute("", "default"),
        at.node.attribute("", "fixed"),
    ) {
        (None, None) => return Ok(None),
        (Some(text), None) => (false, text),
        (None, Some(text)) => (true, text),
        (Some(_), Some(_)) => return Err(at.invalid("both default and fixed")),
    };
    Ok(Some(ValueConstraint {
        fixed,
        text: text.into(),
        scope: Kept::of(text, at.node),
    }))
}

/// What two wildcards both take.
fn met(
    at: Definition<'_>,
    a: &Wildcard,
    b: &Wildcard,
    process: Process,
) -> Result<Wildcard, Error> {
    let namespaces = intersection(&a.namespaces, &b.namespaces)
        .ok_or_else(|| at.invalid("an intersection of xs:anyAttribute that is none"))?;
    Ok(Wildcard {
        namespaces,
        process,
    })
}

/// Part 1 section 3.10.6, attribute wildcard union; `None` where it is not expressible, which is
/// an error of the schema. `Other("")` stands for "not absent".
fn union(a: &Namespaces, b: &Namespaces) -> Option<Namespaces> {
    use Namespaces::{Any, List, Other};
    Some(match (a, b) {
        (Any, _) | (_, Any) => Any,
        (List(a), List(b)) => {
            let mut all = a.clone();
            all.extend(b.iter().filter(|one| !a.contains(one)).cloned());
            List(all)
        }
        (Other(a), Other(b)) if a == b => Other(a.clone()),
        // Clause 4.
        (Other(_), Other(_)) => Other("".into()),
        // Clauses 5 and 6.
        (Other(other), List(list)) | (List(list), Other(other)) => {
            let target = list.contains(other);
            let none = list.iter().any(|one| one.is_empty());
            match (target, none) {
                (true, true) => Any,
                (true, false) => Other("".into()),
                (false, true) => return None,
                (false, false) => Other(other.clone()),
            }
        }
    })
}

/// Part 1 section 3.10.6, attribute wildcard intersection; `None` where it is not expressible, which
/// is an error of the schema.
fn intersection(a: &Namespaces, b: &Namespaces) -> Option<Namespaces> {
    use Namespaces::{Any, List, Other};
    Some(match (a, b) {
        (Any, other) | (other, Any) => other.clone(),
        (List(a), List(b)) => List(a.iter().filter(|one| b.contains(one)).cloned().collect()),
        (Other(a), Other(b)) if a == b => Other(a.clone()),
        // Clause 6.
        (Other(a), Other(b)) if a.is_empty() => Other(b.clone()),
        (Other(a), Other(b)) if b.is_empty() => Other(a.clone()),
        (Other(_), Other(_)) => return None,
        (Other(other), List(list)) | (List(list), Other(other)) => {
            let kept = list.iter().filter(|one| *one != other && !one.is_empty());
            List(kept.cloned().collect())
        }
    })
}
