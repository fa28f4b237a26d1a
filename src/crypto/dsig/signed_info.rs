//! `SignedInfo`: what is signed and how. Start at [`SignedInfo::read`].
//!
//! It is read twice: once where it stands, for early refusals that name a place, and once from the
//! canonical bytes whose signature was verified. Only the second reading is acted on.

use super::read::{algorithm, base64, only_elements, shown};
use crate::crypto::error::Error;
use crate::crypto::uri;
use crate::xml::{Canonicalization, Method, Node};

/// Most references of a signature: the document, and the objects of [`super::OBJECTS_MAX`].
const REFERENCES_MAX: usize = 5;
/// Most transforms of a reference: enveloped-signature and one canonicalisation.
const TRANSFORMS_MAX: usize = 2;
/// Most prefixes of an `InclusiveNamespaces`: as many as an element may declare.
const PREFIXES_MAX: usize = 64;
/// Most bytes of a digest: twice SHA-512.
const DIGEST_BYTES_MAX: usize = 128;

/// What a `SignedInfo` says.
#[derive(Debug)]
pub(in crate::crypto) struct SignedInfo<'a> {
    pub(in crate::crypto) canonicalization: C14n,
    pub(in crate::crypto) method: Algorithm<'a>,
    pub(in crate::crypto) references: Vec<Reference<'a>>,
}

/// An algorithm URI and where it stands.
#[derive(Debug)]
pub(in crate::crypto) struct Algorithm<'a> {
    pub(in crate::crypto) uri: &'a str,
    pub(in crate::crypto) at: Node<'a>,
}

/// A `Reference`.
#[derive(Debug)]
pub(in crate::crypto) struct Reference<'a> {
    pub(in crate::crypto) uri: Option<&'a str>,
    /// Whether enveloped-signature is among the transforms.
    pub(in crate::crypto) enveloped: bool,
    pub(in crate::crypto) canonicalization: C14n,
    pub(in crate::crypto) digest: Algorithm<'a>,
    pub(in crate::crypto) value: Vec<u8>,
    pub(in crate::crypto) at: Node<'a>,
}

/// A canonicalisation as a signature names it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::crypto) struct C14n {
    method: Method,
    comments: bool,
    prefixes: Vec<String>,
}

impl<'a> SignedInfo<'a> {
    /// XMLDSig 1.1 section 4.4: CanonicalizationMethod, SignatureMethod, Reference+.
    pub(in crate::crypto) fn read(node: Node<'a>) -> Result<Self, Error> {
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
        let refused = || Error::AlgorithmRefused {
            element: "CanonicalizationMethod",
            uri: shown(algorithm(*canonicalization).unwrap_or_default()),
            at: canonicalization.position(),
        };
        Ok(Self {
            canonicalization: C14n::read(*canonicalization)?.ok_or_else(refused)?,
            method: Algorithm::read(*method, "SignatureMethod")?,
            references: references
                .iter()
                .map(|node| Reference::read(*node))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl<'a> Algorithm<'a> {
    /// Parameters are refused: HMACOutputLength shortens what is compared (CVE-2009-0217), and no
    /// suite that we have takes any.
    fn read(node: Node<'a>, element: &'static str) -> Result<Self, Error> {
        let uri = algorithm(node)?;
        if uri::SHA1_FAMILY.contains(&uri) {
            let at = node.position();
            return Err(Error::Sha1 { element, at });
        }
        if !only_elements(node)?.is_empty() {
            let (uri, at) = (shown(uri), node.position());
            return Err(Error::AlgorithmRefused { element, uri, at });
        }
        Ok(Self { uri, at: node })
    }

    /// The refusal of this algorithm.
    pub(in crate::crypto) fn refused(&self, element: &'static str) -> Error {
        Error::AlgorithmRefused {
            element,
            uri: shown(self.uri),
            at: self.at.position(),
        }
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
        let (enveloped, canonicalization) = read_transforms(transforms)?;
        Ok(Self {
            uri: node.attribute("", "URI"),
            enveloped,
            canonicalization,
            digest: Algorithm::read(*digest, "DigestMethod")?,
            value: base64(*value, "a DigestValue", DIGEST_BYTES_MAX)?,
            at: node,
        })
    }
}

/// Enveloped-signature first if at all, then at most one canonicalisation; without one, Canonical
/// XML 1.0 (XMLDSig 1.1 section 4.4.3.2).
fn read_transforms(transforms: Option<Node<'_>>) -> Result<(bool, C14n), Error> {
    let mut enveloped = false;
    let mut canonicalization = None;
    let children = transforms.map_or(Ok(Vec::new()), only_elements)?;
    for (at, transform) in children.iter().enumerate() {
        if !transform.is(uri::DS, "Transform") {
            return Err(malformed("the Transforms hold a stray element", *transform));
        }
        if at == TRANSFORMS_MAX {
            return Err(limit("Transforms", TRANSFORMS_MAX, *transform));
        }
        let uri = algorithm(*transform)?;
        let refused = || Error::TransformRefused {
            uri: shown(uri),
            at: transform.position(),
        };
        if canonicalization.is_some() {
            // The octets are made; nothing may follow.
            return Err(refused());
        } else if uri == uri::ENVELOPED && !enveloped {
            if !only_elements(*transform)?.is_empty() {
                return Err(refused());
            }
            enveloped = true;
        } else {
            canonicalization = Some(C14n::read(*transform)?.ok_or_else(refused)?);
        }
    }
    Ok((enveloped, canonicalization.unwrap_or(C14n::DEFAULT)))
}

impl C14n {
    const DEFAULT: Self = Self {
        method: Method::Inclusive10,
        comments: false,
        prefixes: Vec::new(),
    };

    /// `None`: another algorithm.
    fn read(node: Node<'_>) -> Result<Option<Self>, Error> {
        let (method, comments) = match algorithm(node)? {
            uri::C14N_10 => (Method::Inclusive10, false),
            uri::C14N_10_COMMENTS => (Method::Inclusive10, true),
            uri::C14N_11 => (Method::Inclusive11, false),
            uri::C14N_11_COMMENTS => (Method::Inclusive11, true),
            uri::EXC_C14N => (Method::Exclusive, false),
            uri::EXC_C14N_COMMENTS => (Method::Exclusive, true),
            _ => return Ok(None),
        };
        let prefixes = match (only_elements(node)?.as_slice(), method) {
            ([], _) => Vec::new(),
            ([list], Method::Exclusive) if list.is(uri::EXC_C14N, "InclusiveNamespaces") => {
                read_prefixes(*list)?
            }
            ([stray, ..], _) => {
                return Err(malformed(
                    "a canonicalisation has unknown parameters",
                    *stray,
                ));
            }
        };
        Ok(Some(Self {
            method,
            comments,
            prefixes,
        }))
    }

    /// Whether it is Exclusive XML Canonicalization with nothing beside it. Comments do not count:
    /// the node set of a same-document reference has none.
    pub(in crate::crypto) fn is_plain_exclusive(&self) -> bool {
        self.method == Method::Exclusive && self.prefixes.is_empty()
    }

    /// Hands the canonicalisation to `use_it`. `comments` says whether the node set has any: those
    /// of same-document references have none (XMLDSig 1.1 section 4.4.3.3).
    pub(in crate::crypto) fn with<T>(
        &self,
        comments: bool,
        use_it: impl FnOnce(&Canonicalization<'_>) -> T,
    ) -> T {
        let prefixes: Vec<&str> = self.prefixes.iter().map(String::as_str).collect();
        use_it(&Canonicalization {
            method: self.method,
            comments: self.comments && comments,
            inclusive_prefixes: &prefixes,
        })
    }
}

/// `InclusiveNamespaces/@PrefixList` (Exclusive XML Canonicalization section 4).
fn read_prefixes(list: Node<'_>) -> Result<Vec<String>, Error> {
    let text = list
        .attribute("", "PrefixList")
        .ok_or_else(|| malformed("the InclusiveNamespaces have no PrefixList", list))?;
    let mut prefixes = text.split_ascii_whitespace().map(ToOwned::to_owned);
    let taken: Vec<String> = prefixes.by_ref().take(PREFIXES_MAX).collect();
    match prefixes.next() {
        None => Ok(taken),
        Some(_) => Err(limit("InclusiveNamespaces prefixes", PREFIXES_MAX, list)),
    }
}

fn malformed(problem: &'static str, node: Node<'_>) -> Error {
    let at = node.position();
    Error::Malformed { problem, at }
}

fn limit(what: &'static str, max: usize, node: Node<'_>) -> Error {
    let at = node.position();
    Error::Limit { what, max, at }
}
