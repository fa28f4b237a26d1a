//! What becomes of one document on one lane: a queued message, an inbox item, a held translation.
//!
//! Start at [`part`]. Here decoding, encoding, the check of the output against its schema and the
//! one signature happen; nothing is stored.

use bytes::Bytes;
use serde_json::json;

use super::core::Core;
use super::documents::Entry;
use super::lane::{Lane, Output};
use super::rejection::{Fault, Rejection, Stage, Stopped};
use crate::crypto;
use crate::evidence::{self, LossNote, Part, PartState};
use crate::model::{CaseKey, PackageId, PartyId};
use crate::translate::{
    self, DecodeContext, Decoded, EncodeContext, Encoded, Finding, Loss, Package, Severity,
    Supplement,
};
use crate::xml::{self, Canonicalization, Method, Node, Subtree, canonical_bytes};

/// One outcome, with what the store has to do for it.
pub(super) struct Made {
    /// As the receipt states it.
    pub(super) part: Part,
    /// What follows from it.
    pub(super) effect: Effect,
    /// The national report: losses with their values, findings, supplied values.
    pub(super) report: serde_json::Value,
}

/// What the store has to do for a part.
pub(super) enum Effect {
    /// Nothing beyond the receipt.
    None,
    /// Put it into the national inbox.
    Inbox {
        /// Canonical JSON.
        canonical: Bytes,
        /// Format of the original.
        package: PackageId,
    },
    /// Hold it for an officer.
    Hold {
        /// The package that it would become.
        package: PackageId,
        /// What is missing, as JSON.
        findings: serde_json::Value,
    },
    /// Put it into the outbox.
    Queue {
        /// The partner.
        to: PartyId,
        /// The signed bytes.
        body: Bytes,
        /// Their format.
        package: PackageId,
        /// The outgoing message's own id.
        message_id: String,
        /// Keys that the outgoing message states.
        keys: Vec<CaseKey>,
    },
}

/// Takes one document over one lane. `package` is the document's own.
pub(super) fn part(
    core: &Core,
    entry: &Entry<'_>,
    package: &Package,
    lane: &Lane,
    supplements: &[Supplement],
) -> Result<Made, Stopped> {
    let base = Part {
        lane: Some(lane.id.clone()),
        document: entry.id.clone().filter(|_| entry.embedded),
        to: Some(lane.to.clone()),
        package: None,
        mapping_sha256: core.mapping(package),
        state: PartState::Inbox,
        sha256: None,
        losses: Vec::new(),
        supplied: Vec::new(),
        findings: Vec::new(),
    };
    match &lane.output {
        Output::Package(target) if target == package.id() => {
            through(core, entry.view, package, lane, base)
        }
        Output::Package(target) => {
            let target = core.packages.find(&target.to_string()).ok_or_else(|| {
                Rejection::new(
                    Stage::Translate,
                    "PACKAGE_UNKNOWN",
                    "the lane's outgoing package is not installed",
                )
            })?;
            translated(core, entry.view, package, target, lane, supplements, base)
        }
        Output::Canonical => canonical(core, entry.view, package, lane, base),
    }
}

/// The message passes unchanged: only the signature becomes ours.
fn through(
    core: &Core,
    view: Node<'_>,
    package: &Package,
    lane: &Lane,
    mut part: Part,
) -> Result<Made, Stopped> {
    let signed = core.stage("sign", || sign(core, &exclusive(view)?))?;
    part.package = Some(package.id().clone());
    part.state = PartState::Queued;
    part.sha256 = Some(evidence::sha256(&signed));
    let message_id = package.message_id(view).unwrap_or_default();
    Ok(Made {
        part,
        effect: Effect::Queue {
            to: lane.to.clone(),
            body: signed,
            package: package.id().clone(),
            message_id,
            keys: package.keys(view),
        },
        report: json!({}),
    })
}

/// Canonical JSON for the national inbox.
fn canonical(
    core: &Core,
    view: Node<'_>,
    package: &Package,
    lane: &Lane,
    mut part: Part,
) -> Result<Made, Stopped> {
    let decoded = core.stage("decode", || decode(view, package, lane))?;
    let json = decoded.canonical_json().map_err(|error| {
        Rejection::new(
            Stage::Translate,
            "EXCHANGE_CANONICAL_JSON",
            error.to_string(),
        )
    })?;
    let bytes = Bytes::from(json.to_string());
    part.sha256 = Some(evidence::sha256(&bytes));
    part.findings = decoded.findings.iter().map(finding_note).collect();
    let report = json!({ "findings": decoded.findings });
    Ok(Made {
        part,
        effect: Effect::Inbox {
            canonical: bytes,
            package: package.id().clone(),
        },
        report,
    })
}

fn decode<'d>(view: Node<'d>, package: &Package, lane: &Lane) -> Result<Decoded<'d>, Rejection> {
    let context = DecodeContext {
        zone: lane.rules.source_zone(),
    };
    // Lanes are checked when they are loaded: their source packages have mappings.
    package.decode(view, &context).ok_or_else(|| {
        Rejection::new(
            Stage::Translate,
            "PACKAGE_NOT_MAPPED",
            "the message's package has no mapping to decode with",
        )
    })
}

fn translated(
    core: &Core,
    view: Node<'_>,
    package: &Package,
    target: &Package,
    lane: &Lane,
    supplements: &[Supplement],
    mut part: Part,
) -> Result<Made, Stopped> {
    let decoded = core.stage("decode", || decode(view, package, lane))?;
    let encoded = core.stage("encode", || {
        encode(core, &decoded, target, lane, supplements)
    });
    part.package = Some(target.id().clone());
    part.mapping_sha256 = core.mapping(target);
    part.losses = loss_notes(&encoded.losses);
    part.supplied = encoded
        .supplied
        .iter()
        .map(|value| value.path.clone())
        .collect();
    part.findings = encoded.findings.iter().map(finding_note).collect();
    let report = json!({
        "losses": encoded.losses,
        "supplied": encoded.supplied,
        "findings": encoded.findings,
    });
    let worst = encoded
        .findings
        .iter()
        .map(|finding| finding.severity)
        .max();
    let effect = match (worst, encoded.xml) {
        (Some(Severity::Reject), _) => {
            part.state = PartState::Refused;
            Effect::None
        }
        (_, Some(unsigned)) if worst != Some(Severity::Hold) => {
            match outgoing(core, &unsigned, target)? {
                Ok(signed) => {
                    part.state = PartState::Queued;
                    part.sha256 = Some(evidence::sha256(&signed.body));
                    Effect::Queue {
                        to: lane.to.clone(),
                        body: signed.body,
                        package: target.id().clone(),
                        message_id: signed.message_id,
                        keys: signed.keys,
                    }
                }
                Err(complaints) => {
                    part.state = PartState::Held;
                    let notes = complaints.iter().map(|complaint| complaint.note.clone());
                    part.findings.extend(notes);
                    let findings = complaints.into_iter().map(|complaint| complaint.finding);
                    hold(target, &findings.collect())
                }
            }
        }
        _ => {
            part.state = PartState::Held;
            hold(target, &json!(encoded.findings))
        }
    };
    Ok(Made {
        part,
        effect,
        report,
    })
}

fn hold(target: &Package, findings: &serde_json::Value) -> Effect {
    Effect::Hold {
        package: target.id().clone(),
        findings: json!({ "findings": findings }),
    }
}

fn encode(
    core: &Core,
    decoded: &Decoded<'_>,
    target: &Package,
    lane: &Lane,
    supplements: &[Supplement],
) -> Encoded {
    let context = EncodeContext {
        supplements,
        ..EncodeContext::from_uuid(core.clock.wall(), core.new_uuid())
    };
    translate::encode(decoded, target, &lane.rules, &context)
}

/// A message ready to leave.
struct Signed {
    body: Bytes,
    message_id: String,
    keys: Vec<CaseKey>,
}

/// Checks what we made against the target's schema, then signs it, once. The inner error says what
/// is wrong with our output: the translation is held rather than sent, and the source is not to
/// blame.
fn outgoing(
    core: &Core,
    unsigned: &[u8],
    target: &Package,
) -> Result<Result<Signed, Vec<Complaint>>, Stopped> {
    let parsed = core.stage("parse", || xml::parse(unsigned, None, &core.limits));
    let document = match parsed {
        Ok(document) => document,
        Err(error) => return Ok(Err(vec![Complaint::limit(&error)])),
    };
    let faults = core.stage("validate", || target.validate(document.root(), FAULTS_MAX));
    if !faults.is_empty() {
        return Ok(Err(faults.iter().map(Complaint::schema).collect()));
    }
    let sign = || crypto::sign_document(&document, &*core.signer, &core.signature, &*core.random);
    let body = core.stage("sign", sign).map_err(unsigned_for)?;
    Ok(Ok(Signed {
        body: body.into(),
        message_id: target.message_id(document.root()).unwrap_or_default(),
        keys: target.keys(document.root()),
    }))
}

/// A key that fails is our fault; what has no signature for another reason is the source's.
fn unsigned_for(error: crypto::Error) -> Stopped {
    if matches!(error, crypto::Error::Sign(_)) {
        return Fault::Sign(error).into();
    }
    Rejection::new(Stage::Translate, error.code(), error.to_string()).into()
}

/// Faults of our own output that a held entry names.
const FAULTS_MAX: usize = 20;

fn sign(core: &Core, unsigned: &[u8]) -> Result<Bytes, Stopped> {
    crypto::sign(
        unsigned,
        &*core.signer,
        &core.signature,
        &core.limits,
        &*core.random,
    )
    .map(Bytes::from)
    .map_err(unsigned_for)
}

/// The exclusive canonical form of a view: what passes on when nothing is translated.
fn exclusive(view: Node<'_>) -> Result<Vec<u8>, Rejection> {
    let how = Canonicalization {
        method: Method::Exclusive,
        comments: false,
        inclusive_prefixes: &[],
    };
    canonical_bytes(Subtree::Element(view), &how)
        .map_err(|error| Rejection::new(Stage::Translate, error.code(), error.to_string()))
}

/// Losses counted by path and reason: the partner learns what is missing, never the values.
fn loss_notes(losses: &[Loss]) -> Vec<LossNote> {
    let mut notes: Vec<LossNote> = Vec::new();
    for loss in losses {
        let (reason, severity) = (loss.reason.as_str(), severity_word(loss.severity));
        let same = notes.iter_mut().find(|note| {
            note.path == loss.path && note.reason == reason && note.severity == severity
        });
        match same {
            Some(note) => note.count += 1,
            None => notes.push(LossNote {
                path: loss.path.clone(),
                reason: reason.to_owned(),
                severity: severity.to_owned(),
                count: 1,
            }),
        }
    }
    notes
}

/// The word that receipts use.
fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Hold => "hold",
        Severity::Reject => "reject",
    }
}

fn finding_note(finding: &Finding) -> String {
    let path = finding
        .target_path
        .as_deref()
        .or(finding.canonical.as_deref());
    format!("{}@{}", finding.code, path.unwrap_or_default())
}

/// What is wrong with our own output: as the receipt notes it, and as the officer reads it.
struct Complaint {
    note: String,
    finding: serde_json::Value,
}

impl Complaint {
    fn schema(fault: &crate::schema::Fault) -> Self {
        // The paths by which supplements are given begin below the document element.
        let path = fault.path.trim_start_matches('/');
        let path = path.split_once('/').map_or("", |(_, below)| below);
        let (found, expected) = (&fault.found, &fault.expected);
        let text = format!("our output has {found}, the schema expects {expected}");
        Self::new(fault.rule.code(), path, &text)
    }

    fn limit(error: &xml::Error) -> Self {
        Self::new(
            error.code(),
            "",
            &format!("our output cannot be read: {error}"),
        )
    }

    fn new(code: &str, path: &str, text: &str) -> Self {
        Self {
            note: format!("{code}@{path}"),
            finding: json!({
                "code": code,
                "severity": "hold",
                "target_path": path,
                "text": text,
            }),
        }
    }
}
