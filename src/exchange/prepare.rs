//! Everything that can be decided about a message without the store: identity, schema, lanes,
//! translation, signatures of what goes out.
//!
//! Start at [`prepare`]. It is straight computing and runs on a worker thread.

use std::sync::Arc;

use serde_json::json;

use super::core::Core;
use super::documents::{Entry, documents};
use super::lane::{Lane, Wanted};
use super::parts::{Effect, Made, part};
use super::rejection::{Place, Rejection, Stage};
use super::source::Source;
use crate::evidence::{LossNote, Origin, Part, PartState};
use crate::model::{CaseKey, PackageId, PartyId};
use crate::store::Claim;
use crate::translate::Package;
use crate::xml::Node;

/// A message that may be accepted, unless the store knows its id with other content.
pub(super) struct Prepared {
    pub(super) package: PackageId,
    pub(super) message_id: String,
    pub(super) origin: Origin,
    pub(super) claims: Vec<Claim>,
    /// Where the document of each claim begins.
    pub(super) places: Vec<Place>,
    pub(super) keys: Vec<CaseKey>,
    /// Keys by which an answer finds its original.
    pub(super) correlation: Vec<CaseKey>,
    pub(super) parts: Vec<Outcome>,
}

/// One part of the message and the claim that it stands on: when that claim turns out to be a
/// duplicate, the part has been made before.
pub(super) struct Outcome {
    pub(super) claim: Option<usize>,
    pub(super) made: Made,
}

/// Decides all that can be decided without the store.
pub(super) fn prepare(core: &Core, from: &PartyId, source: &Source) -> Result<Prepared, Rejection> {
    let view = source.view();
    let entries = documents(core, view, &source.package)?;
    let (mut claims, mut places) = (Vec::new(), Vec::new());
    let mut keys: Vec<CaseKey> = Vec::new();
    let mut parts = Vec::new();
    for entry in &entries {
        let claim = entry.claim()?.map(|claim| {
            claims.push(claim);
            places.push(place_of(entry.view));
            claims.len() - 1
        });
        let Some(package) = &entry.package else {
            parts.push(Outcome {
                claim,
                made: kept(entry, "no-package"),
            });
            continue;
        };
        for key in package.keys(entry.view) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let lanes = lanes_of(core, from, source, entry, package);
        for lane in &lanes {
            agrees(entry, package, lane)?;
            parts.push(Outcome {
                claim,
                made: part(core, entry, package, lane, &[])?,
            });
        }
        // A container needs no lane of its own; a contained document without one is kept.
        if lanes.is_empty() && entry.embedded {
            parts.push(Outcome {
                claim,
                made: kept(entry, "no-lane"),
            });
        }
    }
    reachable(&source.package, view, &parts)?;
    Ok(Prepared {
        package: source.package.id().clone(),
        message_id: entries
            .first()
            .and_then(|entry| entry.id.clone())
            .unwrap_or_default(),
        origin: source.origin.clone(),
        claims,
        places,
        keys,
        correlation: correlation(&source.package, view),
        parts,
    })
}

fn place_of(view: Node<'_>) -> Place {
    let position = view.position();
    Place {
        line: position.line,
        column: position.column,
        path: Some(view.path()),
    }
}

/// The keys by which an answer finds its original.
fn correlation(package: &Package, view: Node<'_>) -> Vec<CaseKey> {
    let keys = package.keys(view).into_iter();
    let kind = package.correlation();
    keys.filter(|key| Some(key.kind.as_str()) == kind).collect()
}

fn lanes_of(
    core: &Core,
    from: &PartyId,
    source: &Source,
    entry: &Entry<'_>,
    package: &Arc<Package>,
) -> Vec<Arc<Lane>> {
    let route = package.route(entry.view);
    let function = package.function(entry.view);
    core.lanes.matching(&Wanted {
        from,
        package: package.id(),
        route: &route,
        function: function.as_deref(),
        origin: source.rung(),
        now: core.clock.wall(),
    })
}

/// Sender and recipient inside the message must be those of the lane, where its format has them.
fn agrees(entry: &Entry<'_>, package: &Package, lane: &Lane) -> Result<(), Rejection> {
    let inside = [
        ("sender", package.sender(entry.view), &lane.sender),
        ("recipient", package.recipient(entry.view), &lane.recipient),
    ];
    for (what, found, agreed) in inside {
        let (Some(found), Some(agreed)) = (found, agreed) else {
            continue;
        };
        if found != *agreed {
            let place = entry.view.position();
            return Err(Rejection::new(
                Stage::Identity,
                "MESSAGE_PARTY_MISMATCH",
                format!(
                    "the {what} inside the message is not the one of lane `{}`",
                    lane.id
                ),
            )
            .at(place.line, place.column, Some(entry.view.path())));
        }
    }
    Ok(())
}

/// A document that is kept with the original and goes nowhere.
fn kept(entry: &Entry<'_>, reason: &str) -> Made {
    let path = entry.view.path();
    Made {
        part: Part {
            lane: None,
            document: entry.id.clone(),
            to: None,
            package: entry.package.as_ref().map(|package| package.id().clone()),
            mapping_sha256: None,
            state: PartState::Kept,
            sha256: None,
            losses: vec![LossNote {
                path: path.clone(),
                reason: reason.to_owned(),
                severity: "note".to_owned(),
                count: 1,
            }],
            supplied: Vec::new(),
            findings: Vec::new(),
        },
        effect: Effect::None,
        report: json!({ "losses": [{ "path": path, "reason": reason, "severity": "note" }] }),
    }
}

/// A message that reaches nobody is not accepted: no lane takes it, or every lane refuses it.
fn reachable(package: &Package, view: Node<'_>, parts: &[Outcome]) -> Result<(), Rejection> {
    let place = view.position();
    let mut refused = None;
    for Outcome { made, .. } in parts {
        match made.part.state {
            PartState::Kept => {}
            PartState::Refused => refused = refused.or(Some(made)),
            PartState::Duplicate | PartState::Held | PartState::Inbox | PartState::Queued => {
                return Ok(());
            }
        }
    }
    let rejection = match refused {
        Some(made) => Rejection::new(
            Stage::Translate,
            "LANE_ALL_REFUSED",
            format!(
                "no lane can carry the message: {}",
                made.part.findings.join(", ")
            ),
        ),
        None => Rejection::new(
            Stage::Lane,
            "NO_LANE",
            format!(
                "no lane takes a message of {} on this route, at this time and with this proof of \
                 origin",
                package.id()
            ),
        ),
    };
    Err(rejection.at(place.line, place.column, Some(view.path())))
}
