//! What a translation reports, as the receipt notes it and as an officer reads it.
//!
//! Start at [`loss_notes`]. The partner's receipt has paths, reasons and codes, never a value.

use serde_json::json;

use crate::evidence::LossNote;
use crate::translate::{Finding, Loss, Severity};
use crate::xml;

/// Losses counted by path and reason: the partner learns what is missing, never the values.
pub(super) fn loss_notes(losses: &[Loss]) -> Vec<LossNote> {
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
