//! Transforms and canonicalisations as a signature names them. Start at [`Transform`].

use super::read::{algorithm, malformed, only_elements};
use super::{limit, only_text};
use crate::crypto::error::Error;
use crate::crypto::uri;
use crate::xml::{Canonicalization, Method, Node};

/// Most prefixes of an `InclusiveNamespaces`: as many as an element may declare.
const PREFIXES_MAX: usize = 64;

/// A `Transform`.
#[derive(Debug)]
pub struct Transform<'a> {
    /// Its algorithm.
    pub uri: &'a str,
    /// What it does, as far as it is known here.
    pub step: Step,
    /// The element.
    pub at: Node<'a>,
}

/// What a transform does.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Makes octets of nodes.
    Canonicalize(C14n),
    /// Takes the Signature out (XMLDSig 1.1 section 6.6.4).
    Enveloped,
    /// Takes every Signature out: the XPath expression `not(ancestor-or-self::dsig:Signature)`,
    /// which is how enveloped-signature was spelled before it had a name. With one Signature in the
    /// document it is the same.
    EnvelopedByXpath {
        /// Whether the prefix of the expression is bound. Exclusive canonicalisation of the
        /// SignedInfo drops the binding, for no name of an element or attribute uses it.
        bound: bool,
    },
    /// Anything else.
    Other,
}

/// A canonicalisation as a signature names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct C14n {
    method: Method,
    comments: bool,
    prefixes: Vec<String>,
}

impl<'a> Transform<'a> {
    pub(super) fn read(at: Node<'a>) -> Result<Self, Error> {
        if !at.is(uri::DS, "Transform") {
            return Err(malformed("the Transforms hold a stray element", at));
        }
        let uri = algorithm(at)?;
        let step = match uri {
            uri::ENVELOPED if at.elements().next().is_none() => Step::Enveloped,
            uri::XPATH => takes_signatures_out(at).unwrap_or(Step::Other),
            _ => C14n::read(at)?.map_or(Step::Other, Step::Canonicalize),
        };
        Ok(Self { uri, step, at })
    }
}

/// The step, if the one XPath of a transform is `not(ancestor-or-self::dsig:Signature)`: with white
/// space where XPath 1.0 section 3.7 allows it between tokens, and a prefix that is bound to XML
/// Signature if at all.
fn takes_signatures_out(transform: Node<'_>) -> Option<Step> {
    let mut children = transform.elements();
    let (Some(xpath), None) = (children.next(), children.next()) else {
        return None;
    };
    if !xpath.is(uri::DS, "XPath") {
        return None;
    }
    let text = only_text(xpath).ok()?;
    let mut rest: &str = &text;
    for token in ["not", "(", "ancestor-or-self", "::"] {
        rest = rest.trim_start_matches(is_space).strip_prefix(token)?;
    }
    // A qualified name is one token: nothing may stand around its colon.
    let name = rest.trim_start_matches(is_space);
    let (prefix, after) = name.split_once(":Signature")?;
    let after = after.trim_start_matches(is_space).strip_prefix(')')?;
    if prefix.is_empty() || prefix.contains(is_space) || !after.chars().all(is_space) {
        return None;
    }
    match xpath.resolve_prefix(prefix) {
        None => Some(Step::EnvelopedByXpath { bound: false }),
        Some(uri::DS) => Some(Step::EnvelopedByXpath { bound: true }),
        Some(_) => None,
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

impl C14n {
    /// Canonical XML 1.0, which makes octets where no transform does (XMLDSig 1.1 section 4.4.3.2).
    pub const DEFAULT: Self = Self {
        method: Method::Inclusive10,
        comments: false,
        prefixes: Vec::new(),
    };

    /// `None`: another algorithm.
    pub(super) fn read(node: Node<'_>) -> Result<Option<Self>, Error> {
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
                let problem = "a canonicalisation has unknown parameters";
                return Err(malformed(problem, *stray));
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
    /// of same-document references have none, unless an XPointer selects them (XMLDSig 1.1 section
    /// 4.4.3.3).
    pub fn with<T>(&self, comments: bool, use_it: impl FnOnce(&Canonicalization<'_>) -> T) -> T {
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
