//! What a reference points at. Start at [`resolve`].
//!
//! A signature may cover the document element, and objects within itself; everything else is
//! refused, because a signed part of an unsigned whole is how signatures are wrapped.

use super::signed_info::Reference;
use crate::crypto::error::Error;
use crate::crypto::uri::{DS, XADES};
use crate::crypto::verify::SigningRules;
use crate::xml::{Node, NodeId, Subtree};

/// What a reference covers.
pub(in crate::crypto) enum Target<'a> {
    /// The document, or its document element, less the signature.
    Whole(Subtree<'a>),
    /// An object inside the signature, or signature properties of it.
    Inside(Node<'a>),
}

impl Target<'_> {
    /// What it covers inside the signature.
    pub(in crate::crypto) fn inside(&self) -> Option<NodeId> {
        match self {
            Self::Whole(_) => None,
            Self::Inside(node) => Some(node.id()),
        }
    }

    /// Whether something would be covered twice: the document, or a part of the signature.
    pub(in crate::crypto) fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(_), Self::Whole(_)) => true,
            (Self::Inside(one), Self::Inside(two)) => inside(*one, *two) || inside(*two, *one),
            (Self::Whole(_), Self::Inside(_)) | (Self::Inside(_), Self::Whole(_)) => false,
        }
    }
}

/// Resolves a reference of `signature` and checks that its transforms fit the target. `place` is
/// where it stands in the document.
pub(in crate::crypto) fn resolve<'a>(
    reference: &Reference<'_>,
    place: Node<'a>,
    signature: Node<'a>,
    rules: &SigningRules,
) -> Result<Target<'a>, Error> {
    let document = signature.document();
    let refused = |problem| {
        let at = place.position();
        Error::ReferenceRefused { problem, at }
    };
    let target = match reference.uri {
        None => return Err(refused("a Reference has no URI")),
        Some("") => Target::Whole(Subtree::Document(document, Some(signature.id()))),
        Some(uri) => match uri.strip_prefix('#') {
            None => {
                let at = place.position();
                return Err(Error::ReferenceExternal { at });
            }
            Some("") => return Err(refused("a Reference names no identifier")),
            Some(pointer) if pointer.contains('(') => {
                return Err(refused("a Reference has an XPointer"));
            }
            Some(id) => by_id(id, place, signature, rules)?,
        },
    };
    match (&target, reference.enveloped) {
        (Target::Whole(_), true) | (Target::Inside(_), false) => Ok(target),
        (Target::Whole(_), false) => Err(refused(
            "the reference to the document lacks the enveloped-signature transform",
        )),
        (Target::Inside(_), true) => Err(refused(
            "enveloped-signature stands at a reference to something within the Signature",
        )),
    }
}

fn by_id<'a>(
    id: &str,
    place: Node<'a>,
    signature: Node<'a>,
    rules: &SigningRules,
) -> Result<Target<'a>, Error> {
    let root = signature.document().root();
    let mut found = identified(id, signature, rules);
    let Some(target) = found.next() else {
        let at = place.position();
        return Err(Error::ReferenceUnresolved { at });
    };
    if let Some(second) = found.next() {
        let at = second.position();
        return Err(Error::IdDuplicate { at });
    }
    if target.id() == root.id() {
        return Ok(Target::Whole(Subtree::Element(
            root.without(signature.id()),
        )));
    }
    let object = target.is(DS, "Object")
        || target.is(DS, "SignatureProperties")
        || target.is(DS, "SignatureProperty")
        || target.is(XADES, "SignedProperties");
    if object && inside(target, signature) {
        return Ok(Target::Inside(target));
    }
    let at = place.position();
    let problem = "the Signature covers something else than the document element";
    Err(Error::Wrapped { problem, at })
}

/// The elements with an identifier. Identifiers are the attributes that the rules name and, within
/// the signature, `Id` (XMLDSig 1.1 section 4.1, ETSI EN 319 132-1 section 4.3).
pub(in crate::crypto) fn identified<'a>(
    id: &str,
    signature: Node<'a>,
    rules: &SigningRules,
) -> impl Iterator<Item = Node<'a>> {
    let root = signature.document().root();
    let named = move |node: Node<'_>| {
        let mut names = rules.id_attributes.iter();
        names.any(|(namespace, local)| node.attribute(namespace, local) == Some(id))
    };
    let own = move |node: Node<'_>| node.attribute("", "Id") == Some(id);
    std::iter::once(root)
        .chain(root.descendants())
        .filter(move |node| named(*node) || (own(*node) && inside(*node, signature)))
}

/// Whether a node is another one or within it.
fn inside(node: Node<'_>, around: Node<'_>) -> bool {
    let mut up = std::iter::successors(Some(node), |node| node.parent());
    up.any(|it| it.id() == around.id())
}
