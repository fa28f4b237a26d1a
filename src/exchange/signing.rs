//! What leaves the gateway: held to its schema, and signed once.
//!
//! Start at [`checked`] and [`sign_document`]. A key that fails is our fault; what cannot be signed for
//! another reason is the source's.

use std::borrow::Cow;

use bytes::Bytes;

use super::core::Core;
use super::notes::Complaint;
use super::rejection::{Fault, Rejection, Stage, Stopped};
use super::ucr::Stating;
use crate::crypto::{self, SignatureProfile};
use crate::translate::Package;
use crate::xml::{self, Canonicalization, Document, Method, Node, Subtree, canonical_bytes};

/// Faults of our own output that a held entry names.
const FAULTS_MAX: usize = 20;

/// What we made, read again and held to the target's schema. What is owned becomes the document's text.
pub(super) fn checked(
    core: &Core,
    unsigned: Cow<'_, [u8]>,
    target: &Package,
) -> Result<Document, Vec<Complaint>> {
    let parse = || match unsigned {
        Cow::Borrowed(bytes) => xml::parse(bytes, None, &core.limits),
        Cow::Owned(bytes) => xml::parse_owned(bytes, None, &core.limits),
    };
    let parsed = core.stage("parse", parse);
    let document = parsed.map_err(|error| vec![Complaint::limit(&error)])?;
    let faults = core.stage("validate", || target.validate(document.root(), FAULTS_MAX));
    match faults {
        Ok(faults) if faults.is_empty() => Ok(document),
        Ok(faults) => Err(faults.iter().map(Complaint::schema).collect()),
        Err(why) => Err(vec![Complaint::no_schema(why)]),
    }
}

/// The one signature.
pub(super) fn sign_document(
    core: &Core,
    document: &Document,
    stating: &Stating,
) -> Result<Bytes, Stopped> {
    core.stage("sign", || seal(core, document, stating))
}

fn seal(core: &Core, document: &Document, stating: &Stating) -> Result<Bytes, Stopped> {
    let properties = stating.properties().map_err(unsigned_for)?;
    let (signer, random) = (&*core.signer, &*core.random);
    let package = core.package_of(document.root()).ok();
    let rules = package.map(|package| package.signing());
    let profile = SignatureProfile {
        enveloping: rules.is_some_and(|rules| rules.enveloping),
        signing_time: (stating.xades || rules.is_some_and(|rules| rules.xades))
            .then(|| core.clock.wall()),
        ..core.signature.clone()
    };
    let signed = crypto::sign_stating(document, &properties, signer, &profile, random);
    signed.map(Bytes::from).map_err(unsigned_for)
}

/// A key that fails is our fault; what has no signature for another reason is the source's.
fn unsigned_for(error: crypto::Error) -> Stopped {
    if matches!(error, crypto::Error::Sign(_) | crypto::Error::Device { .. }) {
        return Fault::Sign(error).into();
    }
    Rejection::new(Stage::Translate, error.code(), error.to_string()).into()
}

/// Signs what passes unchanged.
pub(super) fn sign(core: &Core, unsigned: &[u8], stating: &Stating) -> Result<Bytes, Stopped> {
    let document = xml::parse(unsigned, None, &core.limits)
        .map_err(|error| unsigned_for(crypto::Error::SignUnreadable(error)))?;
    seal(core, &document, stating)
}

/// The exclusive canonical form of a view: what passes on when nothing is translated.
pub(super) fn exclusive(view: Node<'_>) -> Result<Vec<u8>, Rejection> {
    let how = Canonicalization {
        method: Method::Exclusive,
        comments: false,
        inclusive_prefixes: &[],
    };
    canonical_bytes(Subtree::Element(view), &how)
        .map_err(|error| Rejection::new(Stage::Translate, error.code(), error.to_string()))
}
