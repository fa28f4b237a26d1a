//! `SignedInfo`: what is signed and how. Start at [`SignedInfo::read`].
//!
//! It is read twice: once where it stands, for early refusals that name a place, and once from the
//! canonical bytes whose signature was verified. Only the second reading is acted on.

use super::limit;
use super::read::{algorithm, base64, malformed, only_elements};
use super::transform::{C14n, Transform};
use crate::crypto::error::Error;
use crate::crypto::uri;
use crate::xml::Node;

/// Most references of a signature: one for each part of a message that is signed by itself. No two
/// of them may cover the same, so they cost no more than the document does.
const REFERENCES_MAX: usize = 32;
/// Most transforms of a reference: one more than can be taken.
const TRANSFORMS_MAX: usize = 4;
/// Most bytes of a digest: twice SHA-512.
const DIGEST_BYTES_MAX: usize = 128;

/// What a `SignedInfo` says.
#[derive(Debug)]
pub struct SignedInfo<'a> {
    /// How the SignedInfo itself is canonicalised.
    pub canonicalization: C14n,
    /// The `SignatureMethod`.
    pub method: Algorithm<'a>,
    /// The `Reference`s, in their order.
    pub references: Vec<Reference<'a>>,
}

/// An algorithm URI and where it stands.
#[derive(Debug)]
pub struct Algorithm<'a> {
    /// The URI.
    pub uri: &'a str,
    /// The element that names it; its child elements are parameters.
    pub at: Node<'a>,
}

/// A `Reference`.
#[derive(Debug)]
pub struct Reference<'a> {
    /// What it points at; `None` leaves that to the application.
    pub uri: Option<&'a str>,
    /// What it says that it points at (`Type`).
    pub kind: Option<&'a str>,
    /// Its transforms, in their order.
    pub transforms: Vec<Transform<'a>>,
    /// The `DigestMethod`.
    pub digest: Algorithm<'a>,
    /// The digest that was signed.
    pub value: Vec<u8>,
    /// The element.
    pub at: Node<'a>,
}

impl<'a> SignedInfo<'a> {
    /// XMLDSig 1.1 section 4.4: CanonicalizationMethod, SignatureMethod, Reference+.
    ///
    /// # Errors
    /// `SIG_MALFORMED`, `SIG_LIMIT`, `SIG_BASE64`; `SIG_ALGORITHM_REFUSED` for a
    /// CanonicalizationMethod that is none here.
    pub fn read(node: Node<'a>) -> Result<Self, Error> {
        let children = only_elements(node)?;
        let [canonicalization, method, references @ ..] = children.as_slice() else {
            return Err(malformed("the SignedInfo is incomplete", node));
        };
        if !canonicalization.is(uri::DS, "CanonicalizationMethod")
            || !method.is(uri::DS, "SignatureMethod")
        {
            return Err(malformed("the SignedInfo is not in order", node));
        }
        if let Some(stray) = references.iter().find(|it| !it.is(uri::DS, "Reference")) {
            return Err(malformed("the SignedInfo holds a stray element", *stray));
        }
        if references.is_empty() {
            return Err(malformed("the SignedInfo has no Reference", node));
        }
        if let Some(further) = references.get(REFERENCES_MAX) {
            return Err(limit("References", REFERENCES_MAX, *further));
        }
        let canonicalization = Algorithm::read(*canonicalization)?;
        let c14n = C14n::read(canonicalization.at)?;
        Ok(Self {
            canonicalization: c14n
                .ok_or_else(|| canonicalization.refused("CanonicalizationMethod"))?,
            method: Algorithm::read(*method)?,
            references: references
                .iter()
                .map(|node| Reference::read(*node))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> Algorithm<'a> {
    pub(in crate::crypto) fn read(at: Node<'a>) -> Result<Self, Error> {
        let uri = algorithm(at)?;
        only_elements(at)?;
        Ok(Self { uri, at })
    }
}

impl<'a> Reference<'a> {
    /// XMLDSig 1.1 section 4.4.3: Transforms?, DigestMethod, DigestValue.
    fn read(node: Node<'a>) -> Result<Self, Error> {
        let children = only_elements(node)?;
        let (transforms, rest) = match children.as_slice() {
            [first, rest @ ..] if first.is(uri::DS, "Transforms") => (Some(*first), rest),
            all => (None, all),
        };
        let [digest, value] = rest else {
            return Err(malformed("a Reference is incomplete or too full", node));
        };
        if !digest.is(uri::DS, "DigestMethod") || !value.is(uri::DS, "DigestValue") {
            return Err(malformed("a Reference is not in order", node));
        }
        Ok(Self {
            uri: node.attribute("", "URI"),
            kind: node.attribute("", "Type"),
            transforms: read_transforms(transforms)?,
            digest: Algorithm::read(*digest)?,
            value: base64(*value, "a DigestValue", DIGEST_BYTES_MAX)?,
            at: node,
        })
    }
}

fn read_transforms(transforms: Option<Node<'_>>) -> Result<Vec<Transform<'_>>, Error> {
    let children = transforms.map_or(Ok(Vec::new()), only_elements)?;
    if let Some(further) = children.get(TRANSFORMS_MAX) {
        return Err(limit("Transforms", TRANSFORMS_MAX, *further));
    }
    children.into_iter().map(Transform::read).collect()
}
