//! Proof that a document was signed. Start at [`Verified`].
//!
//! Only [`verify`](super::verify()) makes one: a function that takes a `Verified<Document>` cannot
//! be reached with anything unverified.

use std::fmt;

use jiff::Timestamp;

use super::certificate::SignerCertificate;
use super::judged::{PathCertificate, StatusUsed};
use super::properties::Property;
use super::trust::{Revocation, Trusted};
use super::xades::Said;
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
    said: Said,
    part: Option<Box<Document>>,
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
    /// What the signed properties say.
    pub(super) said: Said,
    /// What is signed, where that is a part of the document.
    pub(super) part: Option<Document>,
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
            said: found.said,
            part: found.part.map(Box::new),
        }
    }

    /// What the signer stated beside the document under this name, signed like the document.
    pub fn property(&self, name: &str) -> Option<&str> {
        let mut properties = self.properties.iter();
        properties
            .find(|property| property.name() == name)
            .map(Property::value)
    }

    /// When the signer says that it signed, where it does (ETSI EN 319 132-1 section 5.2.1). No proof:
    /// only that it is not in the future, and within the validity of the certificate.
    pub fn signing_time(&self) -> Option<Timestamp> {
        self.said.time
    }

    /// Whether the signature states both what XAdES baseline B demands: a time of signing and the
    /// signer's certificate (ETSI EN 319 132-1 section 6.3).
    pub fn is_baseline_b(&self) -> bool {
        self.said.time.is_some() && self.said.certificate
    }

    /// The certificate whose key signed, and which was valid for it.
    pub fn signer(&self) -> &SignerCertificate {
        &self.trusted.certificate
    }

    /// The `SignatureMethod` URI.
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// The authorities that vouch for the signer, from its issuer up to the anchor; none for a
    /// certificate that is trusted as it is.
    pub fn authorities(&self) -> &[PathCertificate] {
        &self.trusted.authorities
    }

    /// What had a say on revocation: what was known, and when it was said.
    pub fn statuses(&self) -> &[StatusUsed] {
        &self.trusted.statuses
    }

    /// Whether revocation could be checked.
    pub fn revocation(&self) -> Revocation {
        self.trusted.revocation
    }
}

impl Verified<Document> {
    /// The document element as it was signed: without the signature. Comments are the one thing in
    /// it that is not signed; no accessor of text returns them. Where a part of the document is what
    /// must be signed, it is that part, as a document of its own without comments: nothing around it
    /// can be reached, and places count from its beginning.
    pub fn view(&self) -> Node<'_> {
        match &self.part {
            None => self.value.root().without(self.signature),
            Some(part) => part.root(),
        }
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
