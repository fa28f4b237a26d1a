//! Signature properties (XMLDSig 1.1 section 5.2): what a signer states beside the document, where
//! the document's format has no place for it. Start at [`Property`] and [`read`].
//!
//! They are `Object/SignatureProperties/SignatureProperty` of the one Signature, each with a single
//! element of [`PROPERTIES_NAMESPACE`] whose name is the property's. Elements of that namespace
//! anywhere else in a Signature, or without a reference that covers them, are refused: nobody else
//! writes them. The properties of other namespaces are passed over, covered or not: other
//! signature software puts its own there.

use super::dsig::identified;
use super::error::Error;
use super::sign::Beside;
use super::uri::{DS, SIGNATURE_PROPERTIES};
use super::verify::SigningRules;
use crate::xml::{Node, NodeId};

/// The namespace of the properties that we write and read.
pub const PROPERTIES_NAMESPACE: &str = "urn:corridor:signature-property:1";

/// Most properties of a signature: one is in use, and a few more may come.
const PROPERTIES_MAX: usize = 8;
/// Longest name in bytes: a word or two.
const NAME_BYTES_MAX: usize = 32;
/// Longest value in bytes: four times the 35 characters of a UCR, and as much again.
const VALUE_BYTES_MAX: usize = 280;

/// A statement of the signer beside the document: a name and a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    name: String,
    value: String,
}

impl Property {
    /// A property to sign: a name of small letters, digits and hyphens that begins with a letter,
    /// and a text of 280 bytes at most without control characters.
    ///
    /// # Errors
    /// `SIGN_PROPERTY`.
    pub fn new(name: &str, value: &str) -> Result<Self, Error> {
        let problem = if !is_name(name) {
            "its name has other characters than small letters, digits and hyphens"
        } else if !(1..=VALUE_BYTES_MAX).contains(&value.len()) {
            "its value is empty or too long"
        } else if value.chars().any(char::is_control) {
            "its value has control characters"
        } else {
            let (name, value) = (name.to_owned(), value.to_owned());
            return Ok(Self { name, value });
        };
        Err(Error::SignProperty { problem })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= NAME_BYTES_MAX
        && name.bytes().all(fits)
        && name
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_lowercase())
}

/// Writes properties about the Signature of an identifier; none when there are none. `seed` makes
/// the identifiers.
pub(super) fn write(
    properties: &[Property],
    signature_id: &str,
    seed: &str,
) -> Result<Option<Beside>, Error> {
    if properties.is_empty() {
        return Ok(None);
    }
    if properties.len() > PROPERTIES_MAX {
        let problem = "there are more than a signature takes";
        return Err(Error::SignProperty { problem });
    }
    let id = format!("properties-{seed}");
    let mut canonical = format!(r#"<ds:SignatureProperties xmlns:ds="{DS}" Id="{id}">"#);
    for (at, Property { name, value }) in properties.iter().enumerate() {
        if properties.iter().take(at).any(|other| other.name == *name) {
            let problem = "two have one name";
            return Err(Error::SignProperty { problem });
        }
        let value = escaped(value);
        canonical.push_str(&format!(
            r##"<ds:SignatureProperty Id="{name}-{seed}" Target="#{signature_id}"><p:{name} xmlns:p="{PROPERTIES_NAMESPACE}">{value}</p:{name}></ds:SignatureProperty>"##
        ));
    }
    canonical.push_str("</ds:SignatureProperties>");
    Ok(Some(Beside {
        kind: SIGNATURE_PROPERTIES,
        id,
        object: canonical.clone(),
        canonical,
    }))
}

/// Text as Canonical XML writes it; there are no control characters in it.
fn escaped(value: &str) -> String {
    let value = value.replace('&', "&amp;");
    value.replace('<', "&lt;").replace('>', "&gt;")
}

/// Reads the properties of a Signature. `covered` are the elements inside it whose digests were
/// verified.
pub(super) fn read(
    signature: Node<'_>,
    covered: &[NodeId],
    rules: &SigningRules,
) -> Result<Vec<Property>, Error> {
    let mut properties: Vec<Property> = Vec::new();
    let ours = |node: &Node<'_>| node.name().namespace == PROPERTIES_NAMESPACE;
    for node in signature.descendants().filter(ours) {
        if properties.len() == PROPERTIES_MAX {
            let (what, max, at) = ("signature properties", PROPERTIES_MAX, node.position());
            return Err(Error::Limit { what, max, at });
        }
        let property = one(node, signature, covered, rules)?;
        if properties.iter().any(|other| other.name == property.name) {
            return Err(refused("two signature properties have one name", node));
        }
        properties.push(property);
    }
    Ok(properties)
}

fn one(
    node: Node<'_>,
    signature: Node<'_>,
    covered: &[NodeId],
    rules: &SigningRules,
) -> Result<Property, Error> {
    let property = node.parent().filter(|it| it.is(DS, "SignatureProperty"));
    let list = property.and_then(Node::parent);
    let list = list.filter(|it| it.is(DS, "SignatureProperties"));
    let object = list.and_then(Node::parent);
    let object = object.filter(|it| {
        it.is(DS, "Object") && it.parent().is_some_and(|up| up.id() == signature.id())
    });
    let (Some(property), Some(_)) = (property, object) else {
        let problem = "a signature property stands elsewhere than in \
                       Object/SignatureProperties/SignatureProperty of the Signature";
        return Err(refused(problem, node));
    };
    if property.elements().count() != 1 {
        return Err(refused("a SignatureProperty states several things", node));
    }
    let mut around = std::iter::successors(Some(node), |node| node.parent());
    if !around.any(|it| covered.contains(&it.id())) {
        return Err(refused("no reference covers a signature property", node));
    }
    about(property, signature, rules)?;
    let name = node.name().local;
    if !is_name(name) || node.attributes().next().is_some() {
        return Err(refused("a signature property has no plain name", node));
    }
    let value = super::dsig::only_text(node)?;
    if !(1..=VALUE_BYTES_MAX).contains(&value.len()) {
        let (what, max, at) = (
            "bytes of a signature property, or none",
            VALUE_BYTES_MAX,
            node.position(),
        );
        return Err(Error::Limit { what, max, at });
    }
    Ok(Property {
        name: name.to_owned(),
        value: value.into_owned(),
    })
}

/// `Target` must name this Signature and nothing else.
fn about(property: Node<'_>, signature: Node<'_>, rules: &SigningRules) -> Result<(), Error> {
    let target = property.attribute("", "Target").unwrap_or_default();
    let id = target.strip_prefix('#').unwrap_or_default();
    let mut found = identified(id, signature, rules);
    if id.is_empty() || found.next().map(Node::id) != Some(signature.id()) {
        let problem = "the Target of a SignatureProperty is not its Signature";
        return Err(refused(problem, property));
    }
    match found.next() {
        None => Ok(()),
        Some(second) => Err(Error::IdDuplicate {
            at: second.position(),
        }),
    }
}

fn refused(problem: &'static str, node: Node<'_>) -> Error {
    let at = node.position();
    Error::PropertyRefused { problem, at }
}
