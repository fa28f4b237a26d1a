//! A decision: the verdict, what every rule said, and what it was made from.
//!
//! Start at [`RecognitionResult`]. Its bytes are deterministic: the same facts, agreement and time
//! give the same ones anywhere, and they read back to an equal value.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::Code;
use super::facts::SignatureState;
use super::missing::Missing;
use super::rule::Rule;
use super::text::Text3;
use crate::model::{PackageId, Sha256};

/// Whether a partner's control result may be relied on. The order is from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// A rule that nobody may override failed, or what it needs did not come in time.
    NotRecognised,
    /// Something that such a rule needs is not known and can still come.
    Pending,
    /// What remains are checks of our own officer, and rules that an authority may override.
    RecognisedWithChecks,
    /// Every rule passed.
    Recognised,
}

impl Verdict {
    /// The word in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRecognised => "NOT_RECOGNISED",
            Self::Pending => "PENDING",
            Self::RecognisedWithChecks => "RECOGNISED_WITH_CHECKS",
            Self::Recognised => "RECOGNISED",
        }
    }
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// Its condition does not hold.
    Fail,
    /// It holds.
    Pass,
    /// One cannot tell.
    Unknown,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecognitionResult {
    /// Which engine decided; it changes when the same facts could give other bytes.
    pub engine: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict in one sentence.
    pub headline: Text3,
    /// The time for which it was decided.
    pub at: Timestamp,
    /// The agreement that it was decided under.
    pub agreement: AgreementReference,
    /// SHA-256 of the canonical form of the facts that were known at that time.
    pub facts_sha256: Sha256,
    /// Until when a missing fact may still come; afterwards it counts as refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_until: Option<Timestamp>,
    /// The rules that made the verdict what it is.
    pub deciding: Vec<Rule>,
    /// What every rule says, in the order of their names.
    pub rules: Vec<Finding>,
    /// The id of the decision that this one follows; the caller sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
}

/// Which agreement, and which bytes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgreementReference {
    /// Its id.
    pub id: String,
    /// SHA-256 of its file.
    pub sha256: Sha256,
    /// Its legal basis.
    pub legal_basis: String,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Its answer.
    pub state: State,
    /// Why it fails, or cannot tell where there is a code for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// What exactly: lines, numbers, versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What was seen, side by side.
    pub observed: Observed,
    /// What the agreement wants.
    pub expected: String,
    /// What is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// The facts that it rests on.
    pub facts: Vec<FactReference>,
    /// Who may override it, where it did not pass and somebody may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridable_by: Option<String>,
    /// What the rule asks.
    pub title: Text3,
    /// What it found, in words.
    pub text: Text3,
    /// What would make it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Text3>,
}

/// What three sides say of one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Observed {
    /// The partner, in its control result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// The declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
    /// Our officer, or our own records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub here: Option<String>,
}

/// A fact that a rule used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactReference {
    /// Which list of the facts: `controlResults`.
    pub fact: String,
    /// The message or entry.
    pub message: String,
    /// Its package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageId>,
    /// The place in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What vouches for it.
    pub signature: SignatureState,
    /// When we learned it.
    pub known_at: Timestamp,
}

impl RecognitionResult {
    /// The one form of this decision: JSON without blanks, fields in the order of this type.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Every field is a text, a number, a time or a list of such: JSON has them all.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a decision back.
    ///
    /// # Errors
    /// The reader's words when it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// What one rule said.
    pub fn rule(&self, rule: Rule) -> Option<&Finding> {
        self.rules.iter().find(|finding| finding.rule == rule)
    }
}
