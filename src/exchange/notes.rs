//! What a translation reports, as the receipt notes it and as an officer reads it.
//!
//! Start at [`loss_notes`]. The partner's receipt has paths, reasons and codes, never a value; the
//! national [`Report`] has the values too.

use foldhash::{HashMap, HashMapExt};
use serde::Serialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use crate::evidence::{LossNote, Part};
use crate::translate::{Finding, Loss, Severity};
use crate::xml;

/// What is said to the national side about one part: losses with their values, findings, supplied
/// values. It is JSON, written once.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Report(Box<RawValue>);

impl Report {
    /// Writes it.
    pub(super) fn of(what: &impl Serialize) -> Self {
        // It has no keys that are not texts, and nothing else of it can fail.
        Self(to_raw_value(what).unwrap_or_default())
    }

    /// A report of findings alone.
    pub(super) fn findings(findings: &impl Serialize) -> Self {
        Self::of(&json!({ "findings": findings }))
    }
}

/// The report of a message: those of its parts.
#[derive(Debug, Default, Serialize)]
pub(super) struct Reports {
    parts: Vec<PartReport>,
}

#[derive(Debug, Serialize)]
struct PartReport {
    lane: Option<String>,
    document: Option<String>,
    report: Report,
}

impl Reports {
    /// Adds the report of a part.
    pub(super) fn push(&mut self, part: &Part, report: Report) {
        self.parts.push(PartReport {
            lane: part.lane.clone(),
            document: part.document.clone(),
            report,
        });
    }
}

/// Losses counted by path and reason, in the order in which each is met first: the partner learns
/// what is missing, never the values.
pub(super) fn loss_notes(losses: &[Loss]) -> Vec<LossNote> {
    let mut notes: Vec<LossNote> = Vec::new();
    let mut known: HashMap<(&str, &str, &str), usize> = HashMap::with_capacity(losses.len());
    for loss in losses {
        let (reason, severity) = (loss.reason.as_str(), severity_word(loss.severity));
        let place = *known
            .entry((&loss.path, reason, severity))
            .or_insert(notes.len());
        match notes.get_mut(place) {
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

pub(super) fn finding_note(finding: &Finding) -> String {
    let path = finding
        .target_path
        .as_deref()
        .or(finding.canonical.as_deref());
    format!("{}@{}", finding.code, path.unwrap_or_default())
}

/// What is wrong with our own output: as the receipt notes it, and as the officer reads it.
pub(super) struct Complaint {
    pub(super) note: String,
    pub(super) finding: serde_json::Value,
}

impl Complaint {
    pub(super) fn schema(fault: &crate::schema::Fault) -> Self {
        // The paths by which supplements are given begin below the document element.
        let path = fault.path.trim_start_matches('/');
        let path = path.split_once('/').map_or("", |(_, below)| below);
        let (found, expected) = (&fault.found, &fault.expected);
        let text = format!("our output has {found}, the schema expects {expected}");
        Self::new(fault.rule.code(), path, &text)
    }

    pub(super) fn no_schema(why: &str) -> Self {
        Self::new("SCHEMA_UNAVAILABLE", "", why)
    }

    pub(super) fn limit(error: &xml::Error) -> Self {
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
