//! `block`, `final` and their defaults (XSD 1.0 Part 1 sections 3.3.2, 3.4.2 and 3.14.2).

use super::*;
use crate::schema::derivation::Ways;

impl<'d> Definition<'d> {
    /// The ways that the attribute names, or else the default of its document; of the default,
    /// those that mean something here.
    pub(super) fn ways(self, attribute: &str, relevant: Ways) -> Result<Ways, Error> {
        if let Some(text) = self.attribute(attribute) {
            return self.read_ways(text, relevant, attribute);
        }
        let (default, all) = if attribute == "block" {
            ("blockDefault", Ways::ELEMENT)
        } else {
            ("finalDefault", Ways::SIMPLE)
        };
        let root = self.at(self.source.root);
        let Some(text) = root.attribute(default) else {
            return Ok(Ways::NONE);
        };
        Ok(root.read_ways(text, all, default)?.within(relevant))
    }

    fn read_ways(self, text: &str, all: Ways, attribute: &str) -> Result<Ways, Error> {
        if text == "#all" {
            return Ok(all);
        }
        text.split_whitespace().try_fold(Ways::NONE, |ways, word| {
            let way = Ways::named(word).filter(|way| way.meets(all));
            way.map(|way| ways.and(way))
                .ok_or_else(|| self.invalid(format!("`{attribute}` has no `{word}`")))
        })
    }

    /// How the type of an `xs:complexType` or `xs:simpleType` is derived from its base.
    pub(super) fn derived_by(self) -> Ways {
        let content = self.part(&["complexContent", "simpleContent"]);
        match content.and_then(|content| content.part(&["extension"])) {
            Some(_) => Ways::EXTENSION,
            None => Ways::RESTRICTION,
        }
    }
}

impl<'d> Compiler<'d> {
    /// Refuses to use a type in a way for which it is final.
    pub(super) fn not_final(
        &self,
        at: Definition<'d>,
        base: TypeId,
        way: Ways,
    ) -> Result<(), Error> {
        if self.types.all[base].sealed.meets(way) {
            let label = self.types.label(base);
            return Err(at.invalid(format!("{label} is final for xs:{}", at.node.name().local)));
        }
        Ok(())
    }
}
