//! Attributes (XSD 1.0 Part 1 section 3.4.4, clause 3).

use super::faults::show;
use super::identity::Seen;
use super::{Validator, XSI};
use crate::schema::component::{AttributeUse, ComplexType, Process};
use crate::schema::fault::Rule;
use crate::schema::simple::value_of;
use crate::schema::source::XSD;
use crate::xml::{Attribute, Node};

/// Whether the attribute is one of the four that every element may have (Part 1 section 2.6).
fn is_for_processors(attribute: &Attribute<'_>) -> bool {
    attribute.name.namespace == XSI
        && matches!(
            attribute.name.local,
            "nil" | "noNamespaceSchemaLocation" | "schemaLocation" | "type"
        )
}

impl<'s, 'd> Validator<'s, 'd> {
    /// Refuses all attributes.
    pub(super) fn no_attributes(&mut self, node: Node<'d>) {
        for attribute in node.attributes() {
            if is_for_processors(&attribute) {
                self.processor_field(node, &attribute);
            } else {
                self.unexpected(node, &attribute);
            }
        }
    }

    /// Checks the attributes of an element of a complex type.
    pub(super) fn attributes(&mut self, node: Node<'d>, complex: &'s ComplexType) {
        // Bits of the uses that are there; a type with more than 128 is searched again below.
        let mut seen = 0u128;
        for attribute in node.attributes() {
            if is_for_processors(&attribute) {
                self.processor_field(node, &attribute);
                continue;
            }
            let name = attribute.name;
            let found = self
                .schema
                .names
                .find(name.namespace, name.local)
                .and_then(|id| {
                    let known = complex.attributes.binary_search_by_key(&id, |a| a.name);
                    known.ok()
                });
            match found.and_then(|place| Some((place, complex.attributes.get(place)?))) {
                Some((place, declared)) => {
                    seen |= bit(place);
                    self.attribute(node, declared, &attribute);
                }
                None => self.wild_attribute(node, complex, &attribute),
            }
        }
        for (place, declared) in complex.attributes.iter().enumerate() {
            if seen & bit(place) == 0 && (declared.required || declared.value.is_some()) {
                let name = self.schema.names.name(declared.name);
                if bit(place) == 0 && node.attribute(name.namespace, name.local).is_some() {
                    continue;
                }
                self.absent(node, declared);
            }
        }
    }

    /// An attribute that is not there (Part 1 section 3.4.4, clause 4).
    fn absent(&mut self, node: Node<'d>, declared: &'s AttributeUse) {
        let name = self.schema.names.name(declared.name);
        if declared.required {
            let expected = format!("attribute {}", name.local);
            self.fault(Rule::AttributeMissing, node, "no such attribute", expected);
        } else if let Some(value) = &declared.value {
            let simple = self.schema.types.simple(declared.kind);
            let seen = Seen::Text(simple, &value.text, &value.scope);
            self.attribute_field(node, name, Some(&seen));
        }
    }

    fn attribute(&mut self, node: Node<'d>, declared: &'s AttributeUse, found: &Attribute<'d>) {
        let simple = self.schema.types.simple(declared.kind);
        let sound = self.value(node, Some(found.name.local), simple, found.value);
        let seen = Seen::of(sound, simple, found.value, &node);
        self.attribute_field(node, found.name, Some(&seen));
        let fixed = declared.value.as_ref().filter(|value| value.fixed);
        let Some(fixed) = fixed.filter(|_| sound) else {
            return;
        };
        let types = &self.schema.types;
        let same = match (
            value_of(simple, types, found.value, &node),
            value_of(simple, types, &fixed.text, &fixed.scope),
        ) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        };
        if !same {
            let name = Some(found.name.local);
            self.fault_at(node, name, Rule::Fixed, "another value", show(&fixed.text));
        }
    }

    fn wild_attribute(&mut self, node: Node<'d>, complex: &'s ComplexType, found: &Attribute<'d>) {
        let name = found.name;
        let wildcard = complex.any_attribute.as_ref();
        let Some(wildcard) = wildcard.filter(|wildcard| wildcard.takes(name.namespace)) else {
            self.unexpected(node, found);
            return;
        };
        if wildcard.process == Process::Skip {
            self.attribute_field(node, name, None);
            return;
        }
        let id = self.schema.names.find(name.namespace, name.local);
        let declared = id.and_then(|id| self.schema.global_attributes.get(&id));
        match declared {
            Some(declared) => self.attribute(node, declared, found),
            None if wildcard.process == Process::Strict => {
                let local = name.local;
                self.fault_at(
                    node,
                    Some(local),
                    Rule::AttributeUndeclared,
                    show(local),
                    "a global attribute",
                );
            }
            None => self.attribute_field(node, name, None),
        }
    }

    /// Section 3.2.7 declares the attributes that every element may have.
    fn processor_field(&mut self, node: Node<'d>, attribute: &Attribute<'d>) {
        if !self.identity.has_targets() {
            return;
        }
        let kind = match attribute.name.local {
            "nil" => "boolean",
            "noNamespaceSchemaLocation" => "anyURI",
            "type" => "QName",
            _ => "anySimpleType",
        };
        let kind = self.schema.names.find(XSD, kind);
        if let Some(id) = kind.and_then(|name| self.schema.global_types.get(&name)) {
            let simple = self.schema.types.simple(*id);
            let seen = Seen::Text(simple, attribute.value, &node);
            self.attribute_field(node, attribute.name, Some(&seen));
        }
    }

    fn unexpected(&mut self, node: Node<'d>, attribute: &Attribute<'_>) {
        let local = attribute.name.local;
        self.fault_at(
            node,
            Some(local),
            Rule::AttributeUnexpected,
            show(local),
            "no such attribute",
        );
    }
}

/// The bit of a place; none beyond 128.
fn bit(place: usize) -> u128 {
    u32::try_from(place)
        .ok()
        .and_then(|place| 1u128.checked_shl(place))
        .unwrap_or_default()
}
