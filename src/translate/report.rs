//! What a translation reports: losses, supplied values and findings.
//!
//! Start at [`Loss`] and [`Finding`]. A value of the source is in the target, or in the losses, or
//! declared irrelevant by the mapping; there is no fourth.

use serde::{Deserialize, Serialize};

/// How serious a loss or finding is; a later variant outweighs an earlier one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Reported; the message goes out.
    #[default]
    Note,
    /// The message waits for an authorised officer.
    Hold,
    /// The message is not sent.
    Reject,
}

/// Why a value of the source is not, or not fully, in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossReason {
    /// The target's code list has no such code.
    CodeUnmapped,
    /// The target takes fewer characters or entries.
    Cut,
    /// No package reads this embedded document.
    NoPackage,
    /// The target has no place for it.
    NoTarget,
    /// The target takes fewer digits.
    Precision,
    /// The target numbers anew.
    Renumbered,
    /// Written in Latin letters.
    Transliterated,
    /// The lane does not let it pass.
    Withheld,
}

impl LossReason {
    /// The reason as receipts and reports write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CodeUnmapped => "code-unmapped",
            Self::Cut => "cut",
            Self::NoPackage => "no-package",
            Self::NoTarget => "no-target",
            Self::Precision => "precision",
            Self::Renumbered => "renumbered",
            Self::Transliterated => "transliterated",
            Self::Withheld => "withheld",
        }
    }
}

/// A place in the source document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// Local names with indices, as [`crate::xml::Node::path`] writes them.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A value of the source that the target does not hold, or not fully.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Where the value stands in the source message.
    pub path: String,
    /// Its canonical place, with indices; absent when the model has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// Why.
    pub reason: LossReason,
    /// How serious.
    pub severity: Severity,
    /// The value itself: for the national report only, never for a partner's receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A value that came from the lane, a default of the package or an officer, not from the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplied {
    /// Where it stands in the target message, with indices.
    pub path: String,
    /// On what ground.
    pub legal_note: String,
    /// Who supplied it.
    pub by: SuppliedBy,
}

/// Who supplied a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SuppliedBy {
    /// The lane's agreement.
    Lane,
    /// An authorised officer.
    Officer,
    /// A structural default of the package.
    Package,
}

/// Something that a person should know about a translation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable code.
    pub code: String,
    /// Whether the message goes out.
    pub severity: Severity,
    /// The place in the target message, with indices: the key under which a supplement is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_path: Option<String>,
    /// The canonical place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
    /// The code list and version that was asked, as `list:column@version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// The value that is doubtful: for the national report only, never for a partner's receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where in the source to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Pointer>,
    /// In words; never a value of the message.
    pub text: String,
}

/// A value that an authorised officer gives for a held message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplement {
    /// The [`Finding::target_path`] that it answers.
    pub path: String,
    /// The value as the target writes it.
    pub value: String,
}
