//! Identity constraint definitions and their XPaths (XSD 1.0 Part 1 section 3.11).

use super::*;
use crate::schema::identity::{Category, Field, NameTest, Path};
use crate::schema::simple::accepts;

/// Most fields of one constraint.
const FIELDS_MAX: usize = 64;

/// Most paths of one selector or field, and most steps of one path.
const PATHS_MAX: usize = 64;

impl<'d> Compiler<'d> {
    /// The identity constraints that stand in an element declaration.
    pub(super) fn constraints_of(
        &mut self,
        at: Definition<'d>,
    ) -> Result<Vec<ConstraintId>, Error> {
        let mut found = Vec::new();
        for part in at.parts() {
            let category = match part.node.name().local {
                "key" => Category::Key,
                "unique" => Category::Unique,
                // Until all constraints are known, a reference refers to itself.
                "keyref" => Category::KeyRef(self.constraints.next()),
                _ => continue,
            };
            found.push(self.constraint(part, category)?);
        }
        Ok(found)
    }

    fn constraint(
        &mut self,
        at: Definition<'d>,
        category: Category,
    ) -> Result<ConstraintId, Error> {
        let Some(local) = at.attribute("name").filter(|name| is_ncname(name)) else {
            return Err(at.invalid("an identity constraint without a name"));
        };
        let mut parts = at.parts();
        let Some(selector) = parts.next().filter(|part| part.is("selector")) else {
            return Err(at.invalid("an identity constraint begins with xs:selector"));
        };
        let (selector, _) = xpath(selector)?;
        let mut fields = Vec::new();
        for part in parts {
            if !part.is("field") {
                return Err(part.invalid("after xs:selector only xs:field"));
            }
            if fields.len() >= FIELDS_MAX {
                return Err(part.limit("fields of an identity constraint", FIELDS_MAX));
            }
            let (paths, xpath) = xpath(part)?;
            fields.push(Field {
                xpath: xpath.into(),
                paths,
            });
        }
        if fields.is_empty() {
            return Err(at.invalid("an identity constraint without xs:field"));
        }
        let name = self.names.intern(at.source.target, local);
        let id = self.constraints.push(Constraint {
            label: local.into(),
            category,
            selector,
            fields,
        });
        if self.constraint_places.insert(name, (id, at)).is_some() {
            return Err(Error::Duplicate {
                kind: "identity constraint",
                name: local.to_owned(),
                place: at.source.place(at.node),
            });
        }
        Ok(id)
    }

    /// Finds what the references refer to (section 3.11.6).
    pub(super) fn key_references(&mut self) -> Result<(), Error> {
        let all: Vec<_> = self.constraint_places.values().copied().collect();
        for (id, at) in all {
            if !at.is("keyref") {
                continue;
            }
            let Some(refer) = at.attribute("refer") else {
                return Err(at.invalid("xs:keyref without refer"));
            };
            let name = self.name(at, refer)?;
            let Some((key, _)) = self.constraint_places.get(&name).copied() else {
                return Err(at.unresolved("key", refer));
            };
            let found = &self.constraints[key];
            if matches!(found.category, Category::KeyRef(_)) {
                return Err(at.invalid(format!("`{refer}` is a reference itself")));
            }
            let (wanted, own) = (found.fields.len(), self.constraints[id].fields.len());
            if wanted != own {
                return Err(at.invalid(format!("{own} fields for a key of {wanted}")));
            }
            self.constraints[id].category = Category::KeyRef(key);
        }
        Ok(())
    }
}

/// The paths of an `xs:selector` or `xs:field`, and their text. This is all of XPath that section
/// 3.11.6 lets them have.
fn xpath<'d>(at: Definition<'d>) -> Result<(Vec<Path>, &'d str), Error> {
    let Some(text) = at.attribute("xpath") else {
        return Err(at.invalid("neither selector nor field without xpath"));
    };
    let paths: Result<Vec<_>, _> = text.split('|').map(|one| path(at, one)).collect();
    let paths = paths?;
    if paths.len() > PATHS_MAX {
        return Err(at.limit("paths of an XPath", PATHS_MAX));
    }
    Ok((paths, text))
}

fn path(at: Definition<'_>, text: &str) -> Result<Path, Error> {
    let below = text
        .trim_start()
        .strip_prefix('.')
        .and_then(|rest| rest.trim_start().strip_prefix("//"));
    let mut path = Path {
        anywhere: below.is_some(),
        steps: Vec::new(),
        attribute: None,
    };
    let mut pieces = below.unwrap_or(text).split('/').map(str::trim).peekable();
    while let Some(piece) = pieces.next() {
        let attribute = piece
            .strip_prefix('@')
            .or_else(|| axis(piece, "attribute"))
            .map(str::trim_start);
        match attribute {
            Some(name) if at.is("field") && pieces.peek().is_none() => {
                path.attribute = Some(name_test(at, name)?);
            }
            Some(_) => return Err(at.invalid("an attribute that is not the end of a field")),
            None if piece == "." => {}
            None => {
                let name = axis(piece, "child").unwrap_or(piece);
                path.steps.push(name_test(at, name)?);
            }
        }
    }
    if path.steps.len() > PATHS_MAX {
        return Err(at.limit("steps of an XPath", PATHS_MAX));
    }
    Ok(path)
}

/// What follows an axis that is written out.
fn axis<'t>(piece: &'t str, name: &str) -> Option<&'t str> {
    let rest = piece.strip_prefix(name)?.trim_start();
    rest.strip_prefix("::").map(str::trim_start)
}

fn name_test(at: Definition<'_>, text: &str) -> Result<NameTest, Error> {
    if text == "*" {
        return Ok(NameTest::Any);
    }
    let (prefix, local) = match text.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, text),
    };
    if !prefix.is_none_or(is_ncname) || !(is_ncname(local) || (prefix.is_some() && local == "*")) {
        return Err(at.invalid(format!("`{text}` is no step that an XPath has here")));
    }
    // XPath 1.0 section 2.3: a name without prefix is in no namespace, whatever the default.
    let namespace = match prefix {
        None => "",
        Some(prefix) => {
            let found = at.node.resolve_prefix(prefix);
            found.ok_or_else(|| at.unresolved("prefix", prefix))?
        }
    };
    Ok(if local == "*" {
        NameTest::Namespace(namespace.into())
    } else {
        NameTest::Name(namespace.into(), local.into())
    })
}

fn is_ncname(text: &str) -> bool {
    accepts(Builtin::NcName, text)
}
