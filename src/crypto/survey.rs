//! What a signature says, reference by reference, and whether each digest is that of what is there.
//! Start at [`survey`].
//!
//! For people who look for the one that failed. It says nothing of the signature value or of the
//! signer, and gives nothing of the document: whether a document may be believed is
//! [`verify`](super::verify())'s alone.

use super::cover;
use super::dsig::{Reference, Signature, SignedInfo, resolve};
use super::error::Error;
use super::suite::Suites;
use super::verify::{SigningRules, check_digest};
use crate::xml::{Document, Node, Position};

/// A signature, as it stands in a document.
#[derive(Debug)]
pub struct Survey {
    /// The CanonicalizationMethod of the SignedInfo.
    pub canonicalization: String,
    /// The SignatureMethod.
    pub method: String,
    /// The references, in their order.
    pub references: Vec<Surveyed>,
}

/// A reference.
#[derive(Debug)]
pub struct Surveyed {
    /// Its URI, where it has one.
    pub uri: Option<String>,
    /// The path of the element that it covers, where it is one that may be covered.
    pub covers: Option<String>,
    /// Its transforms, by their algorithms.
    pub transforms: Vec<String>,
    /// Its DigestMethod.
    pub digest: String,
    /// Where it stands.
    pub at: Position,
    /// What is wrong with it: it covers what it may not, or something else than was digested.
    pub fault: Option<Error>,
}

/// Looks at every reference of the one signature of a document.
///
/// # Errors
/// The signature cannot be found by the rules, or not be read.
pub fn survey(document: &Document, rules: &SigningRules, suites: &Suites) -> Result<Survey, Error> {
    let signature = Signature::read(cover::find(document, &rules.cover)?)?;
    let signed_info = SignedInfo::read(signature.signed_info)?;
    let method = signature.signed_info.elements().next();
    let canonicalization = method.and_then(|method| method.attribute("", "Algorithm"));
    let references = signed_info.references.iter();
    Ok(Survey {
        canonicalization: canonicalization.unwrap_or_default().to_owned(),
        method: signed_info.method.uri.to_owned(),
        references: references
            .map(|reference| look_at(reference, signature.node, rules, suites))
            .collect(),
    })
}

fn look_at(
    reference: &Reference<'_>,
    signature: Node<'_>,
    rules: &SigningRules,
    suites: &Suites,
) -> Surveyed {
    let target = reference
        .octets()
        .and_then(|octets| resolve(reference, &octets, reference.at, signature, rules));
    let (covers, fault) = match &target {
        Ok(target) => (
            Some(target.node(signature.document()).path()),
            check_digest(reference, reference.at, target, suites).err(),
        ),
        Err(error) => (None, Some(error.clone())),
    };
    Surveyed {
        uri: reference.uri.map(ToOwned::to_owned),
        covers,
        transforms: reference
            .transforms
            .iter()
            .map(|it| it.uri.to_owned())
            .collect(),
        digest: reference.digest.uri.to_owned(),
        at: reference.at.position(),
        fault,
    }
}
