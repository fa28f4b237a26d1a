//! The documents of a message: itself, or those embedded in it (design section 4).
//!
//! Start at [`documents`]. A container such as ED_Container holds several documents of which only
//! some have a package; each keeps an id and a claim of its own, so that the same declaration,
//! alone or contained, is known as the same.

use std::sync::Arc;

use super::core::Core;
use super::rejection::{Fault, Place, Rejection, Stage, Stopped};
use crate::evidence;
use crate::model::Sha256;
use crate::schema;
use crate::store::Claim;
use crate::translate::Package;
use crate::xml::{Canonicalization, Method, Node, Subtree, canonical_bytes};

/// Longest message id that is taken, in bytes. The longest of the published formats have 36
/// characters; ids stand in receipts and in the index.
pub(super) const MESSAGE_ID_BYTES_MAX: usize = 256;

/// Most faults that a refusal counts; a message with more says so.
const FAULTS_MAX: usize = 100;

/// One document of a message.
pub(super) struct Entry<'a> {
    /// Its document element.
    pub(super) view: Node<'a>,
    /// Its package; none for an embedded document that no package names.
    pub(super) package: Option<Arc<Package>>,
    /// Its id within (party, package); none only where it has no package, and in an envelope that has
    /// that of its document.
    pub(super) id: Option<String>,
    /// Whether it is embedded in the message, rather than the message itself.
    pub(super) embedded: bool,
}

impl Entry<'_> {
    /// The claim to its id: scoped by package, with the digest of its canonical form. `whole` is
    /// that of the message, where it is known.
    pub(super) fn claim(&self, whole: Option<Sha256>) -> Result<Option<Claim>, Rejection> {
        let (Some(package), Some(id)) = (&self.package, &self.id) else {
            return Ok(None);
        };
        let content = match whole.filter(|_| !self.embedded) {
            Some(known) => known,
            None => content_digest(self.view)?,
        };
        Ok(Some(Claim {
            package: package.id().clone(),
            id: id.clone(),
            content,
        }))
    }
}

/// The message itself, then what is embedded in it, each validated against its own package.
pub(super) fn documents<'a>(
    core: &Core,
    view: Node<'a>,
    package: &Arc<Package>,
) -> Result<Vec<Entry<'a>>, Stopped> {
    let mut entries = vec![entry(view, Some(Arc::clone(package)), false)?];
    for inner in package.embedded(view) {
        let package = core.package_of(inner).ok().map(Arc::clone);
        entries.push(entry(inner, package, true)?);
    }
    if entries.iter().all(|entry| entry.id.is_none()) {
        return Err(nameless(view, package, "MESSAGE_ID_MISSING", "is empty or missing").into());
    }
    for entry in &entries {
        if let Some(package) = &entry.package {
            let faults = core.stage("validate", || package.validate(entry.view, FAULTS_MAX));
            valid(&faults.map_err(Fault::schema)?)?;
        }
    }
    Ok(entries)
}

/// The claims of a message that is refused, with the places of their documents: identity comes
/// before schema, lanes and translation (design section 2, step 5). What has no id claims nothing.
pub(super) fn claims(core: &Core, view: Node<'_>, package: &Arc<Package>) -> Vec<(Claim, Place)> {
    let inner = package.embedded(view).into_iter();
    let inner = inner.map(|inner| (inner, core.package_of(inner).ok(), true));
    let all = std::iter::once((view, Some(package), false)).chain(inner);
    let entries = all.filter_map(|(view, package, embedded)| {
        entry(view, package.map(Arc::clone), embedded).ok()
    });
    let claims = entries.filter_map(|entry| {
        let claim = entry.claim(None).ok().flatten()?;
        Some((claim, place_of(entry.view)))
    });
    claims.collect()
}

/// Where a document begins.
pub(super) fn place_of(view: Node<'_>) -> Place {
    let position = view.position();
    Place {
        line: position.line,
        column: position.column,
        path: Some(view.path()),
    }
}

fn entry(
    view: Node<'_>,
    package: Option<Arc<Package>>,
    embedded: bool,
) -> Result<Entry<'_>, Rejection> {
    let id = match &package {
        Some(package) if !package.is_known_by_its_document() => Some(message_id(view, package)?),
        Some(_) | None => None,
    };
    Ok(Entry {
        view,
        package,
        id,
        embedded,
    })
}

fn message_id(view: Node<'_>, package: &Package) -> Result<String, Rejection> {
    let (code, fault) = match package.message_id(view) {
        Some(id) if id.len() <= MESSAGE_ID_BYTES_MAX => return Ok(id),
        Some(_) => ("MESSAGE_ID_TOO_LONG", "is too long"),
        None => ("MESSAGE_ID_MISSING", "is empty or missing"),
    };
    Err(nameless(view, package, code, fault))
}

fn nameless(view: Node<'_>, package: &Package, code: &'static str, fault: &str) -> Rejection {
    let text = format!("the message id that {} names {fault}", package.id());
    let place = view.position();
    Rejection::new(Stage::Identity, code, text).at(place.line, place.column, Some(view.path()))
}

/// The id that a message states: its own, or that of the first document in an envelope that has none.
pub(super) fn stated_id(core: &Core, view: Node<'_>, package: &Package) -> Option<String> {
    if !package.is_known_by_its_document() {
        return package.message_id(view);
    }
    let inside = package.embedded(view).into_iter();
    let mut ids = inside.filter_map(|inner| core.package_of(inner).ok()?.message_id(inner));
    ids.next()
}

fn valid(faults: &[schema::Fault]) -> Result<(), Rejection> {
    let Some(first) = faults.first() else {
        return Ok(());
    };
    let others = match faults.len() {
        1 => String::new(),
        FAULTS_MAX => format!(" (the first of {FAULTS_MAX} faults or more)"),
        n => format!(" (the first of {n} faults)"),
    };
    let text = format!("found {}, expected {}{others}", first.found, first.expected);
    Err(Rejection::new(Stage::Schema, first.rule.code(), text).at(
        first.position.line,
        first.position.column,
        Some(first.path.clone()),
    ))
}

/// SHA-256 of the exclusive canonical form: the same for a document alone and contained, whatever
/// the prefixes and declarations around it.
pub(super) fn content_digest(view: Node<'_>) -> Result<Sha256, Rejection> {
    let how = Canonicalization {
        method: Method::Exclusive,
        comments: false,
        inclusive_prefixes: &[],
    };
    let bytes = canonical_bytes(Subtree::Element(view), &how)
        .map_err(|error| Rejection::new(Stage::Parse, error.code(), error.to_string()))?;
    Ok(evidence::sha256(&bytes))
}
