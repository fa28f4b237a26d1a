//! Simple type definitions (XSD 1.0 Part 1 section 3.14).

use super::*;

/// Most members of a union, those of unions inside it counted in. The widest published one has 2.
const MEMBERS_MAX: usize = 64;

impl<'d> Compiler<'d> {
    /// Adds the built-in simple types.
    pub(super) fn add_builtins(&mut self) {
        let mut ids = HashMap::new();
        for (builtin, name, base) in BUILTINS {
            let base = ids.get(base).copied().unwrap_or(self.any_type);
            let mut facets = match &self.types.all[base].kind {
                TypeKind::Simple(base) => base.facets.clone(),
                TypeKind::Complex(_) => Facets::default(),
            };
            let (min, max) = builtin.range();
            for (kind, text) in [
                (BoundKind::MinInclusive, min),
                (BoundKind::MaxInclusive, max),
            ] {
                if let Some(text) = text
                    && let Some(value) = Value::parse(*builtin, text)
                {
                    // Only the narrowest bound matters, and here the last is the narrowest.
                    facets.bounds.retain(|bound: &Bound| bound.kind != kind);
                    facets.bounds.push(Bound {
                        kind,
                        text: text.into(),
                        value,
                    });
                }
            }
            let id = self.add_builtin(
                name,
                base,
                SimpleType {
                    variety: Variety::Atomic(*builtin),
                    white_space: builtin.white_space(),
                    facets,
                },
            );
            ids.insert(*builtin, id);
        }
        let lists = [
            ("ENTITIES", Builtin::Entity),
            ("IDREFS", Builtin::IdRef),
            ("NMTOKENS", Builtin::NmToken),
        ];
        for (name, item) in lists {
            let (Some(item), Some(base)) = (ids.get(&item), ids.get(&Builtin::AnySimpleType))
            else {
                continue;
            };
            let list = SimpleType {
                variety: Variety::List(*item),
                white_space: WhiteSpace::Collapse,
                facets: Facets {
                    min_length: Some(1),
                    ..Facets::default()
                },
            };
            self.add_builtin(name, *base, list);
        }
    }

    fn add_builtin(&mut self, name: &str, base: TypeId, simple: SimpleType) -> TypeId {
        let id = self.names.intern(XSD, name);
        let added = self.types.all.push(Type {
            name: Some(id),
            label: format!("xs:{name}").into(),
            base: Some(base),
            derived_by: Ways::RESTRICTION,
            block: Ways::NONE,
            sealed: Ways::NONE,
            kind: TypeKind::Simple(simple),
            documentation: None,
        });
        self.global_types.insert(id, added);
        added
    }

    /// Builds the type of an `xs:simpleType`, and names its base.
    pub(super) fn simple_type(
        &mut self,
        at: Definition<'d>,
    ) -> Result<(SimpleType, TypeId), Error> {
        let Some(variety) = at.parts().next() else {
            return Err(at.invalid("an empty xs:simpleType"));
        };
        match variety.node.name().local {
            "restriction" => {
                let base = match self.original_type(variety) {
                    Some(original) => {
                        self.ensure(original)?;
                        original
                    }
                    None => self.simple_reference(variety, "base")?,
                };
                self.not_final(variety, base, Ways::RESTRICTION)?;
                let simple = self.restrict(variety, base)?;
                Ok((simple, base))
            }
            "list" => {
                let item = self.simple_reference(variety, "itemType")?;
                self.not_final(variety, item, Ways::LIST)?;
                if matches!(self.types.simple(item).variety, Variety::List(_)) {
                    return Err(variety.invalid("a list of lists"));
                }
                Ok((plain(Variety::List(item)), self.any_simple()))
            }
            "union" => Ok((self.union(variety)?, self.any_simple())),
            _ => Err(variety.unsupported("a simple type of this kind")),
        }
    }

    fn any_simple(&mut self) -> TypeId {
        let name = self.names.intern(XSD, "anySimpleType");
        self.global_types
            .get(&name)
            .copied()
            .unwrap_or(self.any_type)
    }

    /// The simple type that an attribute names, or that stands inside.
    fn simple_reference(&mut self, at: Definition<'d>, attribute: &str) -> Result<TypeId, Error> {
        match (at.attribute(attribute), at.part(&["simpleType"])) {
            (Some(name), None) => self.simple_named(at, name),
            (None, Some(inline)) => self.simple_inline(inline),
            _ => Err(at.invalid(format!("either `{attribute}` or one xs:simpleType"))),
        }
    }

    fn union(&mut self, at: Definition<'d>) -> Result<SimpleType, Error> {
        let mut members = Vec::new();
        for name in at
            .attribute("memberTypes")
            .unwrap_or_default()
            .split_whitespace()
        {
            members.push(self.simple_named(at, name)?);
        }
        for inline in at.parts() {
            members.push(self.simple_inline(inline)?);
        }
        for member in &members {
            self.not_final(at, *member, Ways::UNION)?;
        }
        if members.is_empty() {
            return Err(at.invalid("a union of nothing"));
        }
        if members.len() > MEMBERS_MAX {
            return Err(at.limit("members of a union", MEMBERS_MAX));
        }
        Ok(plain(Variety::Union(members)))
    }
}

fn plain(variety: Variety) -> SimpleType {
    SimpleType {
        variety,
        white_space: WhiteSpace::Collapse,
        facets: Facets::default(),
    }
}
