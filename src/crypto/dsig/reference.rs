//! What a reference points at. Start at [`resolve`].
//!
//! A signature covers what the package says that it must, and objects within itself; everything else
//! is refused, because a signed part of an unsigned whole is how signatures are wrapped.

use super::{Octets, Reference};
use crate::crypto::cover::Cover;
use crate::crypto::error::Error;
use crate::crypto::uri::{DS, XADES};
use crate::crypto::verify::SigningRules;
use crate::xml::{Document, Node, NodeId, Subtree};

/// What a reference covers.
pub(in crate::crypto) enum Target<'a> {
    /// The document, or its document element, less the signature.
    Whole(Subtree<'a>),
    /// An object inside the signature, or what such an object holds.
    Inside(Node<'a>),
    /// An element outside the signature, where a package wants parts to be signed.
    Part(Node<'a>),
}

impl<'a> Target<'a> {
    /// What is digested.
    pub(in crate::crypto) fn subtree(&self) -> Subtree<'a> {
        match self {
            Self::Whole(subtree) => *subtree,
            Self::Inside(node) | Self::Part(node) => Subtree::Element(*node),
        }
    }

    /// The element that it covers.
    pub(in crate::crypto) fn node(&self, document: &'a Document) -> Node<'a> {
        match self.subtree() {
            Subtree::Document(..) => document.root(),
            Subtree::Element(node) => node,
        }
    }

    /// What it covers inside the signature.
    pub(in crate::crypto) fn inside(&self) -> Option<Node<'a>> {
        match self {
            Self::Whole(_) | Self::Part(_) => None,
            Self::Inside(node) => Some(*node),
        }
    }

    /// Whether something would be covered twice: the document, or a part of it.
    pub(in crate::crypto) fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(_), Self::Inside(_)) | (Self::Inside(_), Self::Whole(_)) => false,
            (Self::Whole(_), _) | (_, Self::Whole(_)) => true,
            (Self::Inside(one) | Self::Part(one), Self::Inside(two) | Self::Part(two)) => {
                inside(*one, *two) || inside(*two, *one)
            }
        }
    }
}

/// Resolves a reference of `signature` and checks that its transforms fit the target. `place` is
/// where it stands in the document.
pub(in crate::crypto) fn resolve<'a>(
    reference: &Reference<'_>,
    octets: &Octets,
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
        Some("") if rules.cover != Cover::DocumentElement => {
            let problem = "a Reference is to the whole document, and the package has a part signed";
            return Err(refused(problem));
        }
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
    match (&target, octets.enveloped) {
        (Target::Whole(_), true) | (Target::Inside(_) | Target::Part(_), false) => Ok(target),
        (Target::Whole(_), false) => Err(refused(
            "the reference to the document lacks the enveloped-signature transform",
        )),
        (Target::Inside(_) | Target::Part(_), true) => Err(refused(
            "enveloped-signature stands at a reference to something that does not hold the Signature",
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
    let wrapped = |problem| {
        let at = place.position();
        Error::Wrapped { problem, at }
    };
    if inside(target, signature) {
        return match may_be_signed(target, signature, &rules.cover) {
            true => Ok(Target::Inside(target)),
            false => Err(wrapped(
                "the Signature covers a part of itself that is no object",
            )),
        };
    }
    match &rules.cover {
        Cover::DocumentElement if target.id() == root.id() => Ok(Target::Whole(Subtree::Element(
            root.without(signature.id()),
        ))),
        Cover::Part { .. } if !inside(signature, target) => Ok(Target::Part(target)),
        Cover::DocumentElement | Cover::Object | Cover::Part { .. } => Err(wrapped(
            "the Signature covers something else than the document element, or than the part that \
             the package names",
        )),
    }
}

/// What of a signature may be signed: its Objects, properties, the KeyInfo, and, where an Object holds
/// the document, what stands in it.
fn may_be_signed(target: Node<'_>, signature: Node<'_>, cover: &Cover) -> bool {
    let child_of =
        |node: Node<'_>, up: Node<'_>| node.parent().is_some_and(|it| it.id() == up.id());
    let object = |node: Node<'_>| node.is(DS, "Object") && child_of(node, signature);
    let properties = target.is(DS, "SignatureProperties")
        || target.is(DS, "SignatureProperty")
        || target.is(XADES, "SignedProperties");
    let key_info = target.is(DS, "KeyInfo") && child_of(target, signature);
    let held = *cover == Cover::Object && !target.is(DS, "Object");
    let held = held && target.parent().is_some_and(object);
    properties || key_info || object(target) || held
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
pub(in crate::crypto) fn inside(node: Node<'_>, around: Node<'_>) -> bool {
    let mut up = std::iter::successors(Some(node), |node| node.parent());
    up.any(|it| it.id() == around.id())
}

/// The identities of nodes.
pub(in crate::crypto) fn ids<'a>(nodes: impl Iterator<Item = Node<'a>>) -> Vec<NodeId> {
    nodes.map(Node::id).collect()
}
