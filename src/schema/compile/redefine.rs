//! `xs:redefine` (XSD 1.0 Part 1 section 4.2.2). Start at [`Compiler::redefine`].
//!
//! A redefinition takes the place of the original for all documents; the original stays for the
//! redefinition alone, which extends, restricts or contains it.

use std::collections::BTreeSet;

use super::restriction::{Model, Narrowed};
use super::*;

/// What a redefinition replaces.
#[derive(Clone, Copy)]
pub(super) struct Original<'d> {
    kind: Kind,
    name: NameId,
    definition: Definition<'d>,
    /// Of a type.
    id: Option<TypeId>,
}

impl<'d> Compiler<'d> {
    /// Puts the redefinitions of all documents in place.
    pub(super) fn redefine(&mut self, sources: &'d Sources) -> Result<(), Error> {
        let mut done = BTreeSet::new();
        for source in sources.all() {
            self.redefine_by(source, sources, &mut done, 0)?;
        }
        Ok(())
    }

    /// Puts those of one document in place, after those of the documents that it redefines.
    fn redefine_by(
        &mut self,
        source: Source<'d>,
        sources: &'d Sources,
        done: &mut BTreeSet<usize>,
        depth: usize,
    ) -> Result<(), Error> {
        if !done.insert(source.number) {
            return Ok(());
        }
        for redefine in parts(source.root).filter(|part| part.is(XSD, "redefine")) {
            if depth >= CHAIN_MAX {
                let at = Definition {
                    source,
                    node: redefine,
                };
                return Err(at.limit("redefinitions of each other", CHAIN_MAX));
            }
            let documents = sources.redefined(source.number, redefine.id());
            for inner in documents.iter().filter_map(|one| sources.source(*one)) {
                self.redefine_by(inner, sources, done, depth + 1)?;
            }
            for node in parts(redefine) {
                self.replace(Definition { source, node }, &documents)?;
            }
        }
        Ok(())
    }

    fn replace(&mut self, at: Definition<'d>, documents: &BTreeSet<usize>) -> Result<(), Error> {
        let kinds = [Kind::AttributeGroup, Kind::Group, Kind::Type];
        let Some(kind) = Kind::of(at.node).filter(|kind| kinds.contains(kind)) else {
            return Err(at.invalid("only types and groups are redefined"));
        };
        let Some(local) = at.attribute("name") else {
            return Err(at.invalid("a redefinition without name"));
        };
        let name = self.names.intern(at.source.target, local);
        let found = self.index.get(&(kind, name)).copied();
        let sound = |known: &Definition<'_>| {
            documents.contains(&known.source.number)
                && known.node.name().local == at.node.name().local
        };
        let Some(definition) = found.filter(sound) else {
            return Err(at.invalid(format!(
                "the redefined document does not define {} `{local}`",
                kind.label()
            )));
        };
        let mut original = Original {
            kind,
            name,
            definition,
            id: None,
        };
        if kind == Kind::Type {
            self.derives_from_itself(at, name)?;
            original.id = self.global_types.get(&name).copied();
            if let Some(id) = original.id {
                // The original has no name any more.
                self.types.all[id].name = None;
            }
            let id = self.reserve(at, Some(name));
            self.global_types.insert(name, id);
        } else {
            if !self.contains_itself_once(at, kind, name)? {
                self.replaced.push((kind, at, definition));
            }
        }
        self.index.insert((kind, name), at);
        self.originals.insert(at.key(), original);
        Ok(())
    }

    /// Section 4.2.2, Redefinition Constraints, clause 5: the base of a type is the type.
    fn derives_from_itself(&mut self, at: Definition<'d>, name: NameId) -> Result<(), Error> {
        let ways = ["extension", "restriction"];
        let derivation = match at.part(&["complexContent", "simpleContent"]) {
            Some(content) => content.part(&ways),
            None => at.part(&ways),
        };
        let base = derivation.and_then(|at| Some((at, at.attribute("base")?)));
        match base {
            Some((at, base)) if self.name(at, base)? == name => Ok(()),
            _ => Err(at.invalid("a redefinition of a type extends or restricts that type")),
        }
    }

    /// The same, clauses 6 and 7: a group contains itself once, or not at all. Says whether it does.
    fn contains_itself_once(
        &mut self,
        at: Definition<'d>,
        kind: Kind,
        name: NameId,
    ) -> Result<bool, Error> {
        let mut times = 0;
        for node in at.node.descendants() {
            let part = at.at(node);
            if Kind::of(node) != Some(kind) {
                continue;
            }
            let Some(reference) = part.attribute("ref") else {
                continue;
            };
            if self.name(part, reference)? != name {
                continue;
            }
            times += 1;
            let once = |attribute| part.attribute(attribute).is_none_or(|count| count == "1");
            if times > 1 || !once("minOccurs") || !once("maxOccurs") {
                return Err(part.invalid("a redefined group contains itself once"));
            }
        }
        Ok(times > 0)
    }

    /// The same, clauses 6.2 and 7.2: a group that does not contain itself restricts the original.
    pub(super) fn redefined_groups(&mut self) -> Result<(), Error> {
        for (kind, at, original) in std::mem::take(&mut self.replaced) {
            if kind == Kind::Group {
                let own = Model::Group(self.group_content(at, at)?);
                let base = Model::Group(self.group_content(original, at)?);
                self.narrowed.push(Narrowed { at, own, base });
            } else {
                self.narrows_group(at, original)?;
            }
        }
        Ok(())
    }

    /// The type that a redefinition extends or restricts; `None` for any other derivation.
    pub(super) fn original_type(&self, derivation: Definition<'d>) -> Option<TypeId> {
        let owner = derivation.node.parent()?;
        let owner = if owner.is(XSD, "simpleType") {
            owner
        } else {
            owner.parent()?
        };
        self.originals.get(&derivation.at(owner).key())?.id
    }

    /// The group that a redefinition of it means by its own name.
    pub(super) fn original_group(
        &self,
        kind: Kind,
        name: NameId,
        at: Definition<'d>,
    ) -> Option<Definition<'d>> {
        let mut next = Some(at.node).filter(|_| !self.originals.is_empty());
        while let Some(node) = next {
            if let Some(original) = self.originals.get(&at.at(node).key()) {
                let same = (original.kind, original.name) == (kind, name);
                return same.then_some(original.definition);
            }
            next = node.parent();
        }
        None
    }
}
