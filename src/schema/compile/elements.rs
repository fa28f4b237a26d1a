//! Element declarations (XSD 1.0 Part 1 section 3.3).

use super::attributes::value_constraint;
use super::*;
use crate::schema::source::documentation;

impl<'d> Compiler<'d> {
    /// The declaration that an `xs:element` with a name makes; made once, wherever it is used.
    pub(super) fn element(&mut self, at: Definition<'d>, global: bool) -> Result<ElementId, Error> {
        let key = at.key();
        if let Some(known) = self.element_nodes.get(&key) {
            return Ok(*known);
        }
        let Some(local) = at.attribute("name") else {
            return Err(at.invalid("an element needs a name or a ref"));
        };
        let qualified = global
            || match at.attribute("form") {
                Some(form) => form == "qualified",
                None => at.source.elements_qualified,
            };
        let namespace = if qualified { at.source.target } else { "" };
        let name = self.names.intern(namespace, local);
        let id = self.elements.push(ElementDecl {
            name,
            kind: self.any_type,
            is_abstract: at.flag("abstract")?,
            nillable: at.flag("nillable")?,
            value: value_constraint(at)?,
            block: at.ways("block", Ways::ELEMENT)?,
            sealed: at.ways("final", Ways::COMPLEX)?,
            head: None,
            constraints: Vec::new(),
            substitutes: Vec::new(),
            documentation: documentation(at.node),
        });
        self.element_nodes.insert(key, id);
        self.element_places.push((id, at));
        let head = match at.attribute("substitutionGroup") {
            Some(head) => {
                let (_, head) = self.lookup(Kind::Element, at, head)?;
                Some(self.head(at, head)?)
            }
            None => None,
        };
        self.elements[id].head = head;
        self.elements[id].kind = self.element_type(at, head)?;
        self.elements[id].constraints = self.constraints_of(at)?;
        Ok(id)
    }

    /// The head of a substitution group, its type known.
    fn head(&mut self, at: Definition<'d>, head: Definition<'d>) -> Result<ElementId, Error> {
        self.enter(Kind::Element, head, at)?;
        let id = self.element(head, true)?;
        self.groups.pop();
        Ok(id)
    }

    fn element_type(
        &mut self,
        at: Definition<'d>,
        head: Option<ElementId>,
    ) -> Result<TypeId, Error> {
        match (
            at.attribute("type"),
            at.part(&["complexType", "simpleType"]),
        ) {
            (Some(name), None) => self.type_named(at, name),
            (None, Some(inline)) => {
                let id = self.reserve(inline, None);
                self.pending.push(id);
                Ok(id)
            }
            (None, None) => Ok(head.map_or(self.any_type, |head| self.elements[head].kind)),
            (Some(_), Some(_)) => Err(at.invalid("an element with two types")),
        }
    }
}
