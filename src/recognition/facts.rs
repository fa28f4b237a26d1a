//! What is known about one consignment, from whom, and since when.
//!
//! Start at [`Facts`]. A fact is a value with its source and the time when we learned it; what is
//! not here is unknown. A list of facts is a set, or the versions of one fact, of which the one
//! learned last counts: the order of a list means nothing. Nobody edits facts: later knowledge is
//! another fact with a later `knownAt`.

mod canonical;
mod control;
mod presented;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{CaseKey, PackageId};

pub use canonical::{FACTS_BYTES_MAX, FACTS_LIST_MAX, FactsError};
pub use control::{
    ControlResult, ControlType, GoodsLine, Image, ImageAssessment, Outcome, ResultFunction, Seal,
    Weighing, WeighingMethod,
};
pub use presented::{
    Ambiguity, Consumption, Coverage, Declared, KeyRole, Kilograms, Mode, NoMass, ObservedSeal,
    Presentation, PriorInformation, SealEvent, SealFeed, SealState, Signature, SignatureCode,
    Validity,
};

/// The facts about one consignment at one border crossing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Facts {
    /// The keys of the case: `ucr`, `mrn`, ... All of them name this one consignment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Fact<CaseKey>>,
    /// Whether messages could belong to more than one case; the one learned last counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ambiguous: Vec<Fact<Ambiguity>>,
    /// Presentations that used up a key of the case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consumptions: Vec<Fact<Consumption>>,
    /// The partner's control results, their withdrawals and replacements.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub control_results: Vec<Fact<ControlResult>>,
    /// What is known about the signatures of the messages with control results.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<Fact<Signature>>,
    /// Prior information that came for the consignment; any one in time suffices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prior_information: Vec<Fact<PriorInformation>>,
    /// The declaration of our side; the one learned last counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub declaration: Vec<Fact<Declared>>,
    /// What the officer observes; the one learned last counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub presentation: Vec<Fact<Presentation>>,
    /// Events of electronic seals, from a feed that says what time it covers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seal_feed: Vec<Fact<SealFeed>>,
}

/// A value, where it comes from and when we learned it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fact<T> {
    /// What is known.
    pub value: T,
    /// Who says so.
    pub source: Source,
    /// When we learned it: receipt of the message, or the entry of an officer.
    pub known_at: Timestamp,
}

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// The message id, or the id of the officer's entry.
    pub message: String,
    /// The package of the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageId>,
    /// The place in the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What vouches for it.
    pub signature: SignatureState,
}

/// What vouches for the source of a fact, as judged when it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SignatureState {
    /// An authenticated principal of our own side.
    Attested,
    /// Nothing does: no rule passes on it.
    Unverified,
    /// The signature of the party that states it.
    Verified,
}
