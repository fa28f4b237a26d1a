//! XML Signature as it stands in a document: taken apart, resolved. Start at
//! [`Signature::read`] and [`SignedInfo::read`].
//!
//! What is public only reads: what a signature *says*, never whether it holds or by whom it is, and
//! nothing of the document. Reading is strict: elements in the order of the schema, no element that
//! is not expected, counts and sizes bounded. What of it we take stands in `taken` and `reference`.

mod read;
mod reference;
mod signed_info;
mod taken;
mod transform;

use super::certificate::CERTIFICATE_BYTES_MAX;
use super::error::Error;
use super::uri::DS;
use crate::xml::{Document, Node, NodeKind, Position};
use read::{malformed, only_elements};

pub(super) use read::base64;
pub(super) use reference::{Target, identified, ids, inside, resolve};
pub use signed_info::{Algorithm, Reference, SignedInfo};
pub(super) use taken::{Octets, check};
pub use transform::{C14n, Step, Transform};

/// Most certificates in a signature: webpki follows at most 6 intermediates, a leaf and an anchor
/// beside them.
const CERTIFICATES_MAX: usize = 8;
/// Most bytes of a signature value: RSA with 8192 bits has 1024.
const VALUE_BYTES_MAX: usize = 1024;
/// Most `Object`s of a signature: XAdES needs one.
const OBJECTS_MAX: usize = 16;

/// A Signature, taken apart.
#[derive(Debug)]
pub struct Signature<'a> {
    /// The element.
    pub node: Node<'a>,
    /// Its SignedInfo.
    pub signed_info: Node<'a>,
    /// Its SignatureValue.
    pub value: Node<'a>,
    /// Its KeyInfo.
    pub key_info: Option<Node<'a>>,
}

impl<'a> Signature<'a> {
    /// XMLDSig 1.1 section 4.2: SignedInfo, SignatureValue, KeyInfo?, Object*.
    ///
    /// # Errors
    /// `SIG_MALFORMED`, `SIG_LIMIT`.
    pub fn read(node: Node<'a>) -> Result<Self, Error> {
        let mut children = only_elements(node)?.into_iter().peekable();
        let mut take = |local: &str| children.next_if(|child| child.is(DS, local));
        let missing = |problem| malformed(problem, node);
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
                return Err(limit("Objects", OBJECTS_MAX, object));
            }
        }
        if let Some(unexpected) = children.next() {
            let problem = "an element that has no place there stands in the Signature";
            return Err(malformed(problem, unexpected));
        }
        Ok(Self {
            node,
            signed_info,
            value,
            key_info,
        })
    }

    /// The signature value.
    ///
    /// # Errors
    /// `SIG_BASE64`, `SIG_LIMIT`, `SIG_MALFORMED`.
    pub fn read_value(&self) -> Result<Vec<u8>, Error> {
        base64(self.value, "the SignatureValue", VALUE_BYTES_MAX)
    }

    /// The certificates of the KeyInfo, DER, in its order: a hint, never a source of trust.
    ///
    /// # Errors
    /// `SIG_BASE64`, `SIG_LIMIT`, `SIG_MALFORMED`.
    pub fn read_certificates(&self) -> Result<Vec<Vec<u8>>, Error> {
        certificates(self.key_info)
    }

    /// Where the KeyInfo stands, or should.
    pub(super) fn key_info_at(&self) -> Position {
        self.key_info.unwrap_or(self.node).position()
    }
}

/// Whether a document holds any signature: the first one.
pub(super) fn any_signature(document: &Document) -> Option<Node<'_>> {
    document.root().named(DS, "Signature").next()
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
            return Err(limit("X509Certificates", CERTIFICATES_MAX, certificate));
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
        Some(_) => Err(malformed(
            "an element that must hold text only holds something else",
            node,
        )),
    }
}

fn limit(what: &'static str, max: usize, node: Node<'_>) -> Error {
    let at = node.position();
    Error::Limit { what, max, at }
}
