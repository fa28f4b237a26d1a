//! Everything that can be decided about a message without the store: identity, schema, lanes,
//! translation, signatures of what goes out.
//!
//! Start at [`prepare`]. It is straight computing and runs on a worker thread.

use std::sync::Arc;

use serde_json::json;

use super::core::Core;
use super::documents::{Entry, documents, place_of};
use super::lane::{Lane, Wanted};
use super::made::{Effect, Made};
use super::notes::Report;
use super::partner::Partner;
use super::parts::{Aside, beside, parts as parts_of};
use super::posts::of_accepted;
use super::register::Registering;
use super::rejection::{Place, Rejection, Stage, Stopped};
use super::source::Source;
use super::standing::Standing;
use super::ucr;
use crate::evidence::{LossNote, Origin, Part, PartState};
use crate::model::{CaseKey, PackageId, PartyId, Revision};
use crate::store::{Claim, Received};
use crate::translate::{Package, StatedRevision};
use crate::xml::Node;

/// The code of a sender or recipient that is not the agreed one.
const PARTY_MISMATCH: &str = "MESSAGE_PARTY_MISMATCH";

/// The code of a signature that does not state what a lane wants of it.
const XADES_MISSING: &str = "SIG_XADES_MISSING";

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
    /// What of it is registered.
    pub(super) registering: Vec<Registering>,
    /// What it revises, where its submitter says so.
    pub(super) standing: Option<Arc<Standing>>,
    /// What it says itself that it does to an earlier message.
    pub(super) stated: Option<StatedRevision>,
    /// The version that it revises, once it was found.
    pub(super) version: Option<Box<Received>>,
    /// The posts whose business it is.
    pub(super) posts: Vec<String>,
}

/// One part of the message and the claim that it stands on: when that claim turns out to be a
/// duplicate, the part has been made before.
pub(super) struct Outcome {
    pub(super) claim: Option<usize>,
    pub(super) made: Made,
}

/// Decides all that can be decided without the store. `posts` are those that the message states.
pub(super) fn prepare(
    core: &Core,
    from: &PartyId,
    source: &Source,
    posts: Vec<String>,
    standing: Option<Arc<Standing>>,
) -> Result<Prepared, Stopped> {
    let view = source.view();
    let entries = documents(core, view, &source.package)?;
    let ucr = source.ucr()?;
    said_once(&source.package, view, standing.as_deref())?;
    let (mut claims, mut places, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    let (mut parts, mut registering, mut by_lane) = (Vec::new(), Vec::new(), Vec::new());
    for entry in &entries {
        let claim = entry.claim(source.content())?.map(|claim| {
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
        add_new(&mut keys, package.keys(entry.view));
        // Our own submissions are nobody's profile.
        if let Some(partner) = core.partners.get(from) {
            within(entry, package, partner)?;
        }
        let lanes = lanes_of(core, from, source, (entry, package), standing.as_deref());
        for lane in &lanes {
            let made = match unfit(source, (entry, package), lane) {
                None => {
                    let ucr = beside(ucr.as_ref(), &entries, entry);
                    let aside = Aside::of(ucr, standing.as_deref(), lane);
                    let (made, seen) = parts_of(core, entry, package, lane, aside)?;
                    registering.extend(Registering::of(lane, claim, &made, seen.arrival));
                    by_lane.push(seen.posts);
                    made
                }
                Some(finding) => vec![refused(entry, package, lane, finding)],
            };
            parts.extend(made.into_iter().map(|made| Outcome { claim, made }));
        }
        // A container needs no lane of its own; a contained document without one is kept.
        if lanes.is_empty() && entry.embedded {
            parts.push(Outcome {
                claim,
                made: kept(entry, "no-lane"),
            });
        }
    }
    if let Some(ucr) = &ucr {
        let key = ucr::key(ucr, &keys, view)?;
        add_new(&mut keys, [key]);
    }
    if let Some(standing) = &standing {
        standing.told(&parts)?;
    }
    reachable(&source.package, view, &parts)?;
    let message_id = entries.iter().find_map(|entry| entry.id.clone());
    Ok(Prepared {
        package: source.package.id().clone(),
        message_id: message_id.unwrap_or_default(),
        origin: source.origin.clone(),
        claims,
        places,
        keys,
        correlation: correlation(&source.package, view),
        posts: of_accepted(posts, &parts, &by_lane),
        parts,
        registering,
        standing,
        stated: source.package.revision(view),
        version: None,
    })
}

/// What a message does is said in one place: in it, where its format can say it.
fn said_once(
    package: &Package,
    view: Node<'_>,
    standing: Option<&Standing>,
) -> Result<(), Rejection> {
    if standing.is_none() || !package.states_revisions() {
        return Ok(());
    }
    let text = "the format says itself what a message does: submit it without `function`";
    let place = view.position();
    Err(
        Rejection::new(Stage::Identity, "REVISION_IN_MESSAGE", text).at(
            place.line,
            place.column,
            Some(view.path()),
        ),
    )
}

/// Adds the keys that are not among them.
fn add_new(keys: &mut Vec<CaseKey>, new: impl IntoIterator<Item = CaseKey>) {
    for key in new {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
}

/// The keys by which an answer finds its original, the surest first.
fn correlation(package: &Package, view: Node<'_>) -> Vec<CaseKey> {
    let keys = package.keys(view);
    let mut found = Vec::new();
    for kind in package.correlation() {
        found.extend(keys.iter().filter(|key| key.kind == *kind).cloned());
    }
    found
}

/// The lanes that a document takes.
pub(super) fn lanes_of(
    core: &Core,
    from: &PartyId,
    source: &Source,
    (entry, package): (&Entry<'_>, &Arc<Package>),
    standing: Option<&Standing>,
) -> Vec<Arc<Lane>> {
    let route = package.route(entry.view);
    let function = package.function(entry.view);
    let procedure = package.procedure(entry.view);
    let stated = package.revision(entry.view);
    let wanted = Wanted {
        from,
        package: package.id(),
        route: &route,
        function: function.as_deref(),
        revision: stated.map(|stated| stated.revision),
        procedure: procedure.as_deref(),
        origin: source.rung(),
        now: core.clock.wall(),
    };
    let mut lanes = core.lanes.matching(&wanted);
    if let Some(standing) = standing {
        // A partner that has nothing gets the new version as an original, and of a cancellation nothing.
        let amends = standing.revision == Revision::Amend;
        lanes.retain(|lane| amends && !standing.reached(&lane.to));
        let telling = core.lanes.matching(&Wanted {
            revision: Some(standing.revision),
            ..wanted
        });
        let telling = telling.into_iter();
        lanes.extend(telling.filter(|lane| standing.reached(&lane.to)));
    }
    lanes
}

/// Sender and recipient inside the message, where its format has them.
fn parties(entry: &Entry<'_>, package: &Package) -> [(&'static str, Option<String>); 2] {
    [
        ("sender", package.sender(entry.view)),
        ("recipient", package.recipient(entry.view)),
    ]
}

/// Sender and recipient must be among those of the partner's profile.
fn within(entry: &Entry<'_>, package: &Package, partner: &Partner) -> Result<(), Rejection> {
    let allowed = [&partner.senders, &partner.recipients];
    for ((what, found), allowed) in parties(entry, package).into_iter().zip(allowed) {
        if found.is_some_and(|found| !allowed.is_empty() && !allowed.contains(&found)) {
            let place = place_of(entry.view);
            return Err(Rejection::new(
                Stage::Identity,
                PARTY_MISMATCH,
                format!("the {what} inside the message is not one of the partner's profile"),
            )
            .at(place.line, place.column, place.path));
        }
    }
    Ok(())
}

/// Why a document is not for a lane that it takes otherwise: a finding. Sender or recipient is not the
/// lane's, or the signature does not state what the lane wants.
fn unfit(source: &Source, (entry, package): (&Entry<'_>, &Package), lane: &Lane) -> Option<String> {
    let agreed = [&lane.sender, &lane.recipient];
    let mut both = parties(entry, package).into_iter().zip(agreed);
    let strange = both.find_map(|((what, found), agreed)| {
        let (found, agreed) = (found?, agreed.as_ref()?);
        (found != *agreed).then(|| format!("{PARTY_MISMATCH}@{what}"))
    });
    let lacks = lane.xades && source.lacks_xades();
    strange.or_else(|| lacks.then(|| XADES_MISSING.to_owned()))
}

/// A document that is not for this lane; another one may take it.
fn refused(entry: &Entry<'_>, package: &Package, lane: &Lane, finding: String) -> Made {
    Made {
        part: Part {
            lane: Some(lane.id.clone()),
            document: entry.id.clone().filter(|_| entry.embedded),
            to: Some(lane.to.clone()),
            package: Some(package.id().clone()),
            mapping_sha256: None,
            state: PartState::Refused,
            sha256: None,
            losses: Vec::new(),
            supplied: Vec::new(),
            findings: vec![finding.clone()],
        },
        effect: Effect::None,
        report: Report::findings(&[finding]),
    }
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
        report: Report::of(&json!({
            "losses": [{ "path": path, "reason": reason, "severity": "note" }],
        })),
    }
}

fn is_by(part: &Part, code: &str) -> bool {
    part.findings
        .iter()
        .any(|finding| finding.starts_with(code))
}

/// A message that reaches nobody is not accepted: no lane takes it, or every lane refuses it.
fn reachable(package: &Package, view: Node<'_>, parts: &[Outcome]) -> Result<(), Rejection> {
    let place = view.position();
    let mut refused = None;
    for Outcome { made, .. } in parts {
        match made.part.state {
            PartState::Kept => {}
            PartState::Refused => refused = refused.or(Some(made)),
            PartState::Decided
            | PartState::Duplicate
            | PartState::Held
            | PartState::Inbox
            | PartState::Queued
            | PartState::Recalled
            | PartState::Waiting => {
                return Ok(());
            }
        }
    }
    let rejection = match refused {
        Some(made) if is_by(&made.part, PARTY_MISMATCH) => Rejection::new(
            Stage::Identity,
            PARTY_MISMATCH,
            "sender or recipient inside the message is not the one of a lane",
        ),
        Some(made) if is_by(&made.part, XADES_MISSING) => Rejection::new(
            Stage::Signature,
            XADES_MISSING,
            "the agreement wants signatures that state time and certificate of signing (XAdES \
             baseline B), and this one does not",
        ),
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
