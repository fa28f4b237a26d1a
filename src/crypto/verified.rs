//! Proof that a document was signed. Start at [`Verified`].
//!
//! Only [`verify`](super::verify()) makes one: a function that takes a `Verified<Document>` cannot
//! be reached with anything unverified.

use std::fmt;

use super::certificate::SignerCertificate;
use super::properties::Property;
use super::trust::{Revocation, Trusted};
use crate::xml::{Document, Node, NodeId};

/// Something whose signature was verified. It cannot be made up, defaulted or deserialised.
///
/// ```compile_fail
/// let made_up: corridor::crypto::Verified<u32> = Default::default();
/// ```
/// ```compile_fail
/// fn make(value: u32) -> corridor::crypto::Verified<u32> {
///     corridor::crypto::Verified { value }
/// }
/// ```
/// ```compile_fail
/// let read: corridor::crypto::Verified<u32> = serde_json::from_str("1").unwrap();
/// ```
pub struct Verified<T> {
    value: T,
    signature: NodeId,
    trusted: Trusted,
    suite: String,
    properties: Vec<Property>,
    content: Option<[u8; 32]>,
}

/// What verifying found.
pub(super) struct Found {
    /// The signature.
    pub(super) signature: NodeId,
    /// The signer.
    pub(super) trusted: Trusted,
    /// The `SignatureMethod` URI.
    pub(super) suite: String,
    /// What is stated beside the document.
    pub(super) properties: Vec<Property>,
    /// See [`Verified::content_sha256`].
    pub(super) content: Option<[u8; 32]>,
}

impl<T> Verified<T> {
    pub(super) fn new(value: T, found: Found) -> Self {
        Self {
            value,
            signature: found.signature,
            trusted: found.trusted,
            suite: found.suite,
            properties: found.properties,
            content: found.content,
        }
    }

    /// What the signer stated beside the document under this name, signed like the document.
    pub fn property(&self, name: &str) -> Option<&str> {
        let mut properties = self.properties.iter();
        properties
            .find(|property| property.name() == name)
            .map(Property::value)
    }

    /// The certificate whose key signed, and which was valid for it.
    pub fn signer(&self) -> &SignerCertificate {
        &self.trusted.certificate
    }

    /// The `SignatureMethod` URI.
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// Whether revocation could be checked.
    pub fn revocation(&self) -> Revocation {
        self.trusted.revocation
    }
}

impl Verified<Document> {
    /// The document element as it was signed: without the signature. Comments are the one thing in
    /// it that is not signed; no accessor of text returns them.
    pub fn view(&self) -> Node<'_> {
        self.value.root().without(self.signature)
    }

    /// SHA-256 of the view in Exclusive XML Canonicalization without comments, where that is just
    /// what the signature's reference to the document is over; so it need not be computed again.
    pub fn content_sha256(&self) -> Option<[u8; 32]> {
        self.content
    }

    /// The whole document, signature included.
    pub fn document(&self) -> &Document {
        &self.value
    }
}

impl<T> fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("signer", &hex::encode(self.signer().sha256))
            .field("suite", &self.suite)
            .finish_non_exhaustive()
    }
}
