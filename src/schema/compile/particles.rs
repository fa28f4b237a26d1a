//! Particles and model groups (XSD 1.0 Part 1 sections 3.7 to 3.9).

use super::*;

const MODELS: &[&str] = &["all", "choice", "group", "sequence"];

impl<'d> Compiler<'d> {
    /// The content model that stands in a type or derivation; `None` for empty content.
    pub(super) fn model(&mut self, at: Definition<'d>) -> Result<Option<Particle>, Error> {
        let Some(model) = at.part(MODELS) else {
            return Ok(None);
        };
        let Some(particle) = self.particle(model)? else {
            return Ok(None);
        };
        // Part 1 section 3.4.2: a group without members is empty content, but a choice without
        // members that must stand once is content that nothing satisfies.
        let empty = match &particle.term {
            Term::All(all) | Term::Sequence(all) => all.is_empty(),
            Term::Choice(all) => all.is_empty() && particle.min == 0,
            Term::Any(_) | Term::Element(_) => false,
        };
        Ok((!empty).then_some(particle))
    }

    fn particle(&mut self, at: Definition<'d>) -> Result<Option<Particle>, Error> {
        let (min, max) = occurs(at)?;
        if max == Some(0) {
            return Ok(None);
        }
        let term = match at.node.name().local {
            "all" => {
                if max != Some(1) {
                    return Err(at.invalid("xs:all more than once"));
                }
                Term::All(self.members(at)?)
            }
            "any" => Term::Any(self.wildcard(at)?),
            "choice" => Term::Choice(self.members(at)?),
            "element" => Term::Element(self.element_particle(at)?),
            "group" => {
                let Some(group) = self.group(at)? else {
                    return Ok(None);
                };
                // The group itself stands once (Part 1 section 3.7.2).
                group.term
            }
            "sequence" => Term::Sequence(self.members(at)?),
            _ => return Err(at.invalid("not part of a content model")),
        };
        Ok(Some(Particle { min, max, term }))
    }

    fn members(&mut self, at: Definition<'d>) -> Result<Vec<Particle>, Error> {
        let mut members = Vec::new();
        for part in at.parts() {
            let Some(member) = self.particle(part)? else {
                continue;
            };
            let nested = matches!(member.term, Term::All(_));
            let many = member.max != Some(1) || !matches!(member.term, Term::Element(_));
            if nested || (at.is("all") && many) {
                return Err(
                    part.invalid("xs:all holds elements, each once, and is held by nothing")
                );
            }
            members.push(member);
        }
        Ok(members)
    }

    fn element_particle(&mut self, at: Definition<'d>) -> Result<ElementId, Error> {
        match at.attribute("ref") {
            Some(reference) => {
                let (_, global) = self.lookup(Kind::Element, at, reference)?;
                self.element(global, true)
            }
            None => self.element(at, false),
        }
    }

    fn group(&mut self, at: Definition<'d>) -> Result<Option<Particle>, Error> {
        let Some(reference) = at.attribute("ref") else {
            return Err(at.invalid("xs:group without ref"));
        };
        let (_, group) = self.lookup(Kind::Group, at, reference)?;
        self.group_content(group, at)
    }

    /// The content of a group that is used at a place.
    pub(super) fn group_content(
        &mut self,
        group: Definition<'d>,
        at: Definition<'d>,
    ) -> Result<Option<Particle>, Error> {
        self.enter(Kind::Group, group, at)?;
        let model = match group.part(MODELS) {
            Some(model) => self.particle(model)?,
            None => None,
        };
        self.groups.pop();
        Ok(model)
    }
}

fn occurs(at: Definition<'_>) -> Result<(u32, Option<u32>), Error> {
    let number = |text: &str| {
        text.parse()
            .map_err(|_| at.invalid("minOccurs or maxOccurs that is no count"))
    };
    let min = at.attribute("minOccurs").map_or(Ok(1), number)?;
    let max = match at.attribute("maxOccurs") {
        None => Some(1),
        Some("unbounded") => None,
        Some(text) => Some(number(text)?),
    };
    if max.is_some_and(|max| max < min) {
        return Err(at.invalid("maxOccurs below minOccurs"));
    }
    Ok((min, max))
}
