//! What may stand on the elements of XSD. Start at [`check`].
//!
//! Whatever is not in these tables is refused when a schema is compiled: a construct that were
//! passed over would let messages through that its author meant to refuse.

use super::error::Error;
use super::source::{Source, XSD};
use crate::xml::Node;

/// The elements of XSD that are understood, with their attributes.
const VOCABULARY: &[(&str, &[&str])] = &[
    ("all", &["maxOccurs", "minOccurs"]),
    (
        "any",
        &["maxOccurs", "minOccurs", "namespace", "processContents"],
    ),
    ("anyAttribute", &["namespace", "processContents"]),
    (
        "attribute",
        &["default", "fixed", "form", "name", "ref", "type", "use"],
    ),
    ("attributeGroup", &["name", "ref"]),
    ("choice", &["maxOccurs", "minOccurs"]),
    ("complexContent", &["mixed"]),
    (
        "complexType",
        &["abstract", "block", "final", "mixed", "name"],
    ),
    (
        "element",
        &[
            "abstract",
            "block",
            "default",
            "final",
            "fixed",
            "form",
            "maxOccurs",
            "minOccurs",
            "name",
            "nillable",
            "ref",
            "substitutionGroup",
            "type",
        ],
    ),
    ("enumeration", &["value"]),
    ("extension", &["base"]),
    ("field", &["xpath"]),
    ("fractionDigits", &["fixed", "value"]),
    ("group", &["maxOccurs", "minOccurs", "name", "ref"]),
    ("import", &["namespace", "schemaLocation"]),
    ("include", &["schemaLocation"]),
    ("key", &["name"]),
    ("keyref", &["name", "refer"]),
    ("length", &["fixed", "value"]),
    ("list", &["itemType"]),
    ("maxExclusive", &["fixed", "value"]),
    ("maxInclusive", &["fixed", "value"]),
    ("maxLength", &["fixed", "value"]),
    ("minExclusive", &["fixed", "value"]),
    ("minInclusive", &["fixed", "value"]),
    ("minLength", &["fixed", "value"]),
    ("notation", &["name", "public", "system"]),
    ("pattern", &["value"]),
    ("redefine", &["schemaLocation"]),
    ("restriction", &["base"]),
    (
        "schema",
        &[
            "attributeFormDefault",
            "blockDefault",
            "elementFormDefault",
            "finalDefault",
            "targetNamespace",
            "version",
        ],
    ),
    ("selector", &["xpath"]),
    ("sequence", &["maxOccurs", "minOccurs"]),
    ("simpleContent", &[]),
    ("simpleType", &["final", "name"]),
    ("totalDigits", &["fixed", "value"]),
    ("union", &["memberTypes"]),
    ("unique", &["name"]),
    ("whiteSpace", &["fixed", "value"]),
];

/// Checks an element of a schema document: known, and with known attributes only. Attributes of
/// other namespaces are annotations.
pub(super) fn check(source: &Source<'_>, node: Node<'_>) -> Result<(), Error> {
    let unsupported = |construct: String| Error::Unsupported {
        construct,
        place: source.place(node),
    };
    let name = node.name();
    let known = VOCABULARY
        .binary_search_by_key(&name.local, |(local, _)| local)
        .ok()
        .filter(|_| name.namespace == XSD)
        .and_then(|place| VOCABULARY.get(place));
    let Some((_, attributes)) = known else {
        return Err(unsupported(
            name.to_string().replace(&format!("{{{XSD}}}"), "xs:"),
        ));
    };
    for attribute in node.attributes() {
        let local = attribute.name.local;
        let understood = !attribute.name.namespace.is_empty()
            // All may have an identifier, which means nothing for documents.
            || local == "id"
            || attributes.contains(&local);
        if !understood {
            return Err(unsupported(format!("xs:{}/@{local}", name.local)));
        }
    }
    Ok(())
}

/// Checks an element and all below it, annotations left out: known, and where it may stand.
pub(super) fn check_all(source: &Source<'_>, node: Node<'_>) -> Result<(), Error> {
    check(source, node)?;
    super::source::parts(node).try_for_each(|part| check_all(source, part))?;
    // Last, so that what is not known at all is named as such.
    super::placement::check(source, node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(VOCABULARY.is_sorted_by_key(|(name, _)| name));
    }
}
