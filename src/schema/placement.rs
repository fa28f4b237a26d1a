//! Which elements of XSD stand in which. Start at [`check`].
//!
//! Components are read by looking for what may stand in them: whatever else stood there would be
//! passed over, and is refused here instead.

use super::error::Error;
use super::source::{Source, XSD, parts};
use crate::xml::Node;

const ATTRIBUTES: &[&str] = &["anyAttribute", "attribute", "attributeGroup"];
const CONTENTS: &[&str] = &["complexContent", "simpleContent"];
const FACETS: &[&str] = &[
    "enumeration",
    "fractionDigits",
    "length",
    "maxExclusive",
    "maxInclusive",
    "maxLength",
    "minExclusive",
    "minInclusive",
    "minLength",
    "pattern",
    "totalDigits",
    "whiteSpace",
];
const KEYS: &[&str] = &["key", "keyref", "unique"];
const MODELS: &[&str] = &["all", "choice", "group", "sequence"];
const PARTICLES: &[&str] = &["any", "choice", "element", "group", "sequence"];
const REDEFINED: &[&str] = &["attributeGroup", "complexType", "group", "simpleType"];
const TYPES: &[&str] = &["complexType", "simpleType"];

/// What may stand in an element of XSD: any of the sets, of those marked at most one.
fn allowed(node: Node<'_>) -> &'static [(&'static [&'static str], bool)] {
    const MANY: bool = false;
    const ONE: bool = true;
    let around = node.parent().map_or("", |parent| parent.name().local);
    match (node.name().local, around) {
        ("all", _) => &[(&["element"], MANY)],
        ("attribute" | "list", _) => &[(&["simpleType"], ONE)],
        ("attributeGroup", _) => &[(ATTRIBUTES, MANY)],
        ("choice" | "sequence", _) => &[(PARTICLES, MANY)],
        ("complexContent" | "simpleContent", _) => &[(&["extension", "restriction"], ONE)],
        ("complexType", _) => {
            let content = |part: Node<'_>| CONTENTS.contains(&part.name().local);
            if parts(node).any(content) {
                &[(CONTENTS, ONE)]
            } else {
                &[(MODELS, ONE), (ATTRIBUTES, MANY)]
            }
        }
        ("element", _) => &[(TYPES, ONE), (KEYS, MANY)],
        ("extension", "simpleContent") => &[(ATTRIBUTES, MANY)],
        ("extension", _) | ("restriction", "complexContent") => {
            &[(MODELS, ONE), (ATTRIBUTES, MANY)]
        }
        ("group", _) => &[(&["all", "choice", "sequence"], ONE)],
        ("key" | "keyref" | "unique", _) => &[(&["selector"], ONE), (&["field"], MANY)],
        ("redefine", _) => &[(REDEFINED, MANY)],
        ("restriction", "simpleContent") => {
            &[(&["simpleType"], ONE), (FACETS, MANY), (ATTRIBUTES, MANY)]
        }
        ("restriction", _) => &[(&["simpleType"], ONE), (FACETS, MANY)],
        ("schema", _) => &[
            (&["import", "include", "redefine"], MANY),
            (REDEFINED, MANY),
            (&["attribute", "element", "notation"], MANY),
        ],
        ("simpleType", _) => &[(&["list", "restriction", "union"], ONE)],
        ("union", _) => &[(&["simpleType"], MANY)],
        _ => &[],
    }
}

/// Checks what stands in an element of a schema document.
pub(super) fn check(source: &Source<'_>, node: Node<'_>) -> Result<(), Error> {
    let sets = allowed(node);
    let mut taken = vec![0; sets.len()];
    for part in parts(node) {
        let local = part.name().local;
        let set = sets.iter().position(|(set, _)| set.contains(&local));
        let count = set.and_then(|set| taken.get_mut(set).zip(sets.get(set)));
        let Some((count, (set, one))) = count.filter(|_| part.name().namespace == XSD) else {
            return Err(Error::Invalid {
                reason: format!("xs:{local} has no place in xs:{}", node.name().local),
                place: source.place(part),
            });
        };
        *count += 1;
        if *one && *count > 1 {
            return Err(Error::Invalid {
                reason: format!(
                    "xs:{} holds only one of xs:{}",
                    node.name().local,
                    set.join(", xs:")
                ),
                place: source.place(part),
            });
        }
    }
    Ok(())
}
