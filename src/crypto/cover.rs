//! What a signature must cover, and what of a document that makes known. Start at [`Cover`].
//!
//! Where it is a part of the document, what was verified is that part and nothing else: it becomes a
//! document of its own, made of the very octets that were digested.

use super::dsig::{C14n, Signature, Target, inside};
use super::error::Error;
use super::uri::{DS, XADES};
use crate::xml::{self, Document, Limits, Node, Subtree};

/// What a signature must cover.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Cover {
    /// The document element, with everything in it but the signature: enveloped.
    #[default]
    DocumentElement,
    /// The one element in an Object of the signature, which is the document: enveloping. Beside it
    /// Objects hold properties of the signature at most.
    Object,
    /// A child of the document element, named by its identifier, beside or below which the
    /// signature may not stand: detached, in the same document. Other parts may be signed too; what
    /// is made known is this one.
    Part {
        /// Its namespace.
        namespace: String,
        /// Its local name.
        local: String,
    },
}

/// Where the content stands in a document that nobody has verified yet, by the build of the
/// document: in the first Object of a signature that is the document, or it is the document element.
/// It says what rules a signature is to be judged by, and nothing else.
pub fn unverified_content(document: &Document) -> (Node<'_>, Cover) {
    let root = document.root();
    if !root.is(DS, "Signature") {
        return (root, Cover::DocumentElement);
    }
    let mut objects = root.elements().filter(|it| it.is(DS, "Object"));
    let held = objects.find_map(|object| object.elements().find(|it| !is_property(*it)));
    (held.unwrap_or(root), Cover::Object)
}

/// The signature element of a document, without looking into it. A second one anywhere is refused:
/// which of several counts is how signatures are wrapped.
pub(super) fn find<'a>(document: &'a Document, cover: &Cover) -> Result<Node<'a>, Error> {
    let root = document.root();
    let mut found = root.named(DS, "Signature");
    let Some(node) = found.next() else {
        let at = root.position();
        return Err(Error::Missing { at });
    };
    let wrapped = |problem| {
        let at = node.position();
        Err(Error::Wrapped { problem, at })
    };
    let is_root = node.id() == root.id();
    if is_root && *cover != Cover::Object {
        return wrapped("the document is inside its Signature; the package has it the other way");
    }
    if let Some(second) = found.next() {
        let at = second.position();
        return Err(Error::Several { at });
    }
    let is_child = node.parent().map(Node::id) == Some(root.id());
    match cover {
        Cover::DocumentElement if !is_child => wrapped(
            "the Signature is no child of the document element: what it signs was put inside \
             something else",
        ),
        Cover::Object if !is_root => wrapped(
            "the Signature is not the document element; the package has it around the document",
        ),
        Cover::DocumentElement | Cover::Object | Cover::Part { .. } => Ok(node),
    }
}

/// The part of the document that the references cover and the package names; `None` where that is
/// the document element.
pub(super) fn part<'a>(
    cover: &Cover,
    targets: &[Target<'a>],
    signature: &Signature<'a>,
) -> Result<Option<(usize, Node<'a>)>, Error> {
    let mut found: Vec<(usize, Node<'a>)> = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        let node = match (cover, target) {
            (Cover::Object, Target::Inside(node)) => held(*node, signature.node)?,
            (Cover::Part { namespace, local }, Target::Part(node)) => {
                let root = node.document().root();
                let is_child = node.parent().map(Node::id) == Some(root.id());
                (node.is(namespace, local) && is_child).then_some(*node)
            }
            (Cover::DocumentElement, Target::Whole(_)) => return Ok(None),
            _ => None,
        };
        found.extend(node.map(|node| (index, node)));
    }
    match (found.as_slice(), cover) {
        ([], _) => {
            let at = signature.signed_info.position();
            Err(Error::NotCovering { at })
        }
        ([one], Cover::Part { namespace, local }) => {
            // A second one of that name is not signed, or is what another reader takes.
            let mut children = one.1.document().root().elements();
            match children.find(|it| it.is(namespace, local) && it.id() != one.1.id()) {
                None => Ok(Some(*one)),
                Some(second) => Err(Error::Wrapped {
                    problem: "two elements could be the part that the package has signed",
                    at: second.position(),
                }),
            }
        }
        ([one], _) => match beside(one.1, signature.node) {
            None => Ok(Some(*one)),
            Some(second) => Err(Error::Wrapped {
                problem: "something that is not signed stands where the signed document could",
                at: second.position(),
            }),
        },
        ([_, (_, second), ..], _) => Err(Error::ReferenceRefused {
            problem: "the Signature covers several parts that could be the one that is meant",
            at: second.position(),
        }),
    }
}

/// An element in the Objects of the signature that is neither what it covers nor properties: whoever
/// reads the original, rather than what was verified, could take it for the document.
fn beside<'a>(content: Node<'a>, signature: Node<'a>) -> Option<Node<'a>> {
    let objects = signature.elements().filter(|it| it.is(DS, "Object"));
    let mut held = objects.flat_map(Node::elements);
    held.find(|it| it.id() != content.id() && !is_property(*it))
}

/// The element that a signed Object holds, or that is signed in one by itself. Properties of the
/// signature are no content.
fn held<'a>(target: Node<'a>, signature: Node<'a>) -> Result<Option<Node<'a>>, Error> {
    let object = target.is(DS, "Object");
    let in_object = target.parent().is_some_and(|up| up.is(DS, "Object"));
    if !object {
        let content = in_object && !is_property(target) && inside(target, signature);
        return Ok(content.then_some(target));
    }
    let mut elements = target.elements();
    match (elements.next(), elements.next()) {
        (Some(only), None) => Ok((!is_property(only)).then_some(only)),
        (None, _) => Ok(None),
        (Some(_), Some(second)) => Err(Error::ReferenceRefused {
            problem: "an Object holds several elements",
            at: second.position(),
        }),
    }
}

fn is_property(node: Node<'_>) -> bool {
    node.is(DS, "SignatureProperties") || node.is(XADES, "QualifyingProperties")
}

/// The part as a document of its own: parsed anew from its canonical form, so that nothing around it
/// can be reached from it. Its namespaces are those that the canonicalisation of its reference signs.
pub(super) fn document_of(part: Node<'_>, c14n: &C14n) -> Result<Document, Error> {
    let bytes = c14n.with(false, |how| {
        xml::canonical_bytes(Subtree::Element(part), how)
    });
    let bytes = bytes.map_err(Error::Canonical)?;
    xml::parse(&bytes, None, &Limits::default()).map_err(Error::Canonical)
}
