//! XML Signature as it stands in a document: found, taken apart, resolved. Start at
//! [`Signature::find`] and [`SignedInfo::read`].
//!
//! Reading is strict: elements in the order of the schema, no element that is not expected, counts
//! and sizes bounded. Whether anything is *valid* is not decided here.

mod read;
mod reference;
mod signed_info;

use super::certificate::CERTIFICATE_BYTES_MAX;
use super::error::Error;
use super::uri::DS;
use crate::xml::{Document, Node, NodeKind, Position};
use read::{base64, only_elements};

pub(super) use reference::{Target, identified, resolve};
pub(super) use signed_info::{Algorithm, Reference, SignedInfo};

/// Most certificates in a signature: webpki follows at most 6 intermediates, a leaf and an anchor
/// beside them.
const CERTIFICATES_MAX: usize = 8;
/// Most bytes of a signature value: RSA with 8192 bits has 1024.
const VALUE_BYTES_MAX: usize = 1024;
/// Most `Object`s of a signature: XAdES needs one.
const OBJECTS_MAX: usize = 4;

/// The signature of a document, taken apart.
pub(super) struct Signature<'a> {
    pub(super) node: Node<'a>,
    pub(super) signed_info: Node<'a>,
    pub(super) value: Node<'a>,
    key_info: Option<Node<'a>>,
}

impl<'a> Signature<'a> {
    /// Finds the one signature, which must be a child of the document element, and takes it apart.
    pub(super) fn find(document: &'a Document) -> Result<Self, Error> {
        Self::read(find(document)?)
    }

    /// XMLDSig 1.1 section 4.2: SignedInfo, SignatureValue, KeyInfo?, Object*.
    fn read(node: Node<'a>) -> Result<Self, Error> {
        let mut children = only_elements(node)?.into_iter().peekable();
        let mut take = |local: &str| children.next_if(|child| child.is(DS, local));
        let missing = |problem| {
            let at = node.position();
            Error::Malformed { problem, at }
        };
        let signed_info = take("SignedInfo");
        let signed_info =
            signed_info.ok_or_else(|| missing("the Signature does not begin with a SignedInfo"))?;
        let value = take("SignatureValue");
        let value = value.ok_or_else(|| missing("a SignatureValue is missing"))?;
        let key_info = take("KeyInfo");
        let mut objects = 0;
        while let Some(object) = take("Object") {
            objects += 1;
            if objects > OBJECTS_MAX {
                let (what, max, at) = ("Objects", OBJECTS_MAX, object.position());
                return Err(Error::Limit { what, max, at });
            }
        }
        if let Some(unexpected) = children.next() {
            let at = unexpected.position();
            let problem = "an element that has no place there stands in the Signature";
            return Err(Error::Malformed { problem, at });
        }
        if let Some(manifest) = node.descendants().find(|it| it.is(DS, "Manifest")) {
            let at = manifest.position();
            return Err(Error::Manifest { at });
        }
        Ok(Self {
            node,
            signed_info,
            value,
            key_info,
        })
    }

    /// The signature value.
    pub(super) fn read_value(&self) -> Result<Vec<u8>, Error> {
        base64(self.value, "the SignatureValue", VALUE_BYTES_MAX)
    }

    /// The certificates of the KeyInfo, DER, in its order: a hint, never a source of trust.
    pub(super) fn read_certificates(&self) -> Result<Vec<Vec<u8>>, Error> {
        certificates(self.key_info)
    }

    /// Where the KeyInfo stands, or should.
    pub(super) fn key_info_at(&self) -> Position {
        self.key_info.unwrap_or(self.node).position()
    }
}

/// The signature element, without looking into it. A second one anywhere is refused: which of
/// several counts is how signatures are wrapped.
fn find(document: &Document) -> Result<Node<'_>, Error> {
    let root = document.root();
    if root.is(DS, "Signature") {
        let at = root.position();
        let problem = "the document is inside its Signature; only enveloped signatures are taken";
        return Err(Error::Wrapped { problem, at });
    }
    let mut found = root.descendants().filter(|node| node.is(DS, "Signature"));
    let Some(node) = found.next() else {
        let at = root.position();
        return Err(Error::Missing { at });
    };
    if let Some(second) = found.next() {
        let at = second.position();
        return Err(Error::Several { at });
    }
    if node.parent().map(Node::id) != Some(root.id()) {
        let at = node.position();
        let problem = "the Signature is no child of the document element: what it signs was put \
                       inside something else";
        return Err(Error::Wrapped { problem, at });
    }
    Ok(node)
}

/// Whether a document holds any signature: the first one.
pub(super) fn any_signature(document: &Document) -> Option<Node<'_>> {
    let root = document.root();
    let mut all = std::iter::once(root).chain(root.descendants());
    all.find(|node| node.is(DS, "Signature"))
}

/// The `X509Certificate`s of the `X509Data`. Everything else in a KeyInfo is passed over: key
/// values and names prove nothing, and RetrievalMethod is never followed.
fn certificates(key_info: Option<Node<'_>>) -> Result<Vec<Vec<u8>>, Error> {
    let mut found = Vec::new();
    let data = key_info.into_iter().flat_map(Node::elements);
    let data = data.filter(|node| node.is(DS, "X509Data"));
    let certificates = data
        .flat_map(Node::elements)
        .filter(|node| node.is(DS, "X509Certificate"));
    for certificate in certificates {
        if found.len() == CERTIFICATES_MAX {
            let (what, max, at) = ("X509Certificates", CERTIFICATES_MAX, certificate.position());
            return Err(Error::Limit { what, max, at });
        }
        found.push(base64(
            certificate,
            "an X509Certificate",
            CERTIFICATE_BYTES_MAX,
        )?);
    }
    Ok(found)
}

/// The children of a node that may hold text only: comments and instructions in there would split
/// what is signed from what is read.
pub(super) fn only_text(node: Node<'_>) -> Result<std::borrow::Cow<'_, str>, Error> {
    match node.children().find(|child| child.kind() != NodeKind::Text) {
        None => Ok(node.text()),
        Some(_) => Err(Error::Malformed {
            problem: "an element that must hold text only holds something else",
            at: node.position(),
        }),
    }
}
