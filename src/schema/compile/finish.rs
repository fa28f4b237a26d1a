//! What needs all components: substitution groups, automata, default values.

use super::*;
use crate::schema::content::{Oversize, build};

impl Compiler<'_> {
    /// Completes the schema.
    pub(super) fn finish(mut self) -> Result<Schema, Error> {
        self.substitutions()?;
        self.restrictions()?;
        self.automata()?;
        self.key_references()?;
        for (id, at) in &self.element_places {
            let element = &self.elements[*id];
            if let Some(value) = &element.value {
                self.check_value(*at, element.kind, value)?;
            }
        }
        let mut global_elements = HashMap::new();
        for (kind, name) in &self.order {
            if let Some(at) = self.index.get(&(*kind, *name))
                && *kind == Kind::Element
                && let Some(id) = self.element_nodes.get(&at.key())
            {
                global_elements.insert(*name, *id);
            }
        }
        Ok(Schema {
            names: self.names,
            types: self.types,
            elements: self.elements,
            global_elements,
            global_types: self.global_types,
            global_attributes: self.global_attributes,
            constraints: self.constraints,
            any_type: self.any_type,
        })
    }

    fn substitutions(&mut self) -> Result<(), Error> {
        for (id, at) in &self.element_places {
            let mut next = self.elements[*id].head;
            let mut seen = vec![*id];
            while let Some(head) = next {
                if seen.contains(&head) {
                    let name = self.names.name(self.elements[*id].name);
                    return Err(at.circular("substitution group", name.local));
                }
                if seen.len() > CHAIN_MAX {
                    return Err(at.limit("substitution groups inside each other", CHAIN_MAX));
                }
                seen.push(head);
                let member_type = self.elements[*id].kind;
                let ElementDecl {
                    kind: head_type,
                    block,
                    sealed,
                    ..
                } = self.elements[head];
                // The head that the element names says what it is final for (section 3.3.6).
                let sealed = if seen.len() == 2 { sealed } else { Ways::NONE };
                if !self.types.derives(member_type, head_type, sealed) {
                    return Err(at.invalid(
                        "a type that is not derived from that of the head, or in a way for which the head is final",
                    ));
                }
                if !block.meets(Ways::SUBSTITUTION)
                    && self.types.substitutes(member_type, head_type, block)
                {
                    self.elements[head].substitutes.push(*id);
                }
                next = self.elements[head].head;
            }
        }
        Ok(())
    }

    fn automata(&mut self) -> Result<(), Error> {
        for id in self.types.all.ids() {
            let TypeKind::Complex(complex) = &mut self.types.all[id].kind else {
                continue;
            };
            let Content::Elements {
                particle,
                automaton,
            } = &mut complex.content
            else {
                continue;
            };
            match (build(particle, &self.elements), self.definitions.get(&id)) {
                (Ok(built), _) => *automaton = built,
                (Err(Oversize::Limit(what, max)), Some(at)) => return Err(at.limit(what, max)),
                (Err(Oversize::Ambiguous(name)), Some(at)) => {
                    return Err(Error::Ambiguous {
                        name: self.names.name(name).local.to_owned(),
                        place: at.source.place(at.node),
                    });
                }
                // Only `xs:anyType` has no definition, and its automaton has two states.
                (Err(_), None) => {}
            }
        }
        Ok(())
    }
}
