//! The partner's side: control results with what was found, sealed, weighed and photographed.
//!
//! Start at [`ControlResult`]. A field that is absent is unknown; an empty list says that there is
//! none.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::presented::Kilograms;
use crate::model::{CaseKey, Sha256};

/// The result of one control, or the withdrawal of one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControlResult {
    /// Its id, as the issuing authority gives it.
    pub id: String,
    /// What it does to another one.
    #[serde(default)]
    pub function: ResultFunction,
    /// The id of the result that it withdraws or replaces. A withdrawal without one concerns
    /// every result of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// From when a withdrawal or replacement counts; at once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Timestamp>,
    /// Why it was withdrawn or replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The keys that the result states: `ucr`, `mrn`, ...
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<CaseKey>,
    /// What was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_types: Option<Vec<ControlType>>,
    /// The party whose authority controlled: `CN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The customs office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// The border post through which the goods leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// When the control ended, as the partner states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// The officer, as the partner identifies him.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// The device that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The seals that were put on or left on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seals: Option<Vec<Seal>>,
    /// Containers by number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<String>>,
    /// Plates of lorries and trailers, numbers of wagons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle_plates: Option<Vec<String>>,
    /// What was weighed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighings: Option<Vec<Weighing>>,
    /// Images, by reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<Image>>,
    /// The goods that were controlled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_lines: Option<Vec<GoodsLine>>,
    /// What the giver lets the result be used for, in a word of the agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub use_restriction: Option<String>,
}

/// What a control result does to another one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResultFunction {
    /// It stands for itself.
    #[default]
    Original,
    /// It takes the place of another one, whole.
    Replacement,
    /// It takes another one back.
    Withdrawal,
}

/// What was done at a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlType {
    /// Documents were checked.
    Documents,
    /// Goods were unpacked and looked at.
    Examination,
    /// Goods and transport were looked at from outside.
    Inspection,
    /// Non-intrusive inspection: an image was taken.
    Nii,
    /// Radiation was measured.
    Radiation,
    /// Samples were taken.
    Sampling,
    /// Vehicle or goods were weighed.
    Weighing,
    /// Something that is none of these; no agreement covers it.
    #[serde(other)]
    Other,
}

impl ControlType {
    /// The types that an agreement can name.
    pub const ALL: [Self; 7] = [
        Self::Documents,
        Self::Examination,
        Self::Inspection,
        Self::Nii,
        Self::Radiation,
        Self::Sampling,
        Self::Weighing,
    ];

    /// The word in facts and agreements.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Examination => "examination",
            Self::Inspection => "inspection",
            Self::Nii => "nii",
            Self::Radiation => "radiation",
            Self::Sampling => "sampling",
            Self::Weighing => "weighing",
            Self::Other => "other",
        }
    }
}

/// What came of a control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// What was found is what was declared.
    Conforming,
    /// It is not.
    NotConforming,
    /// It is, but for something that is remarked.
    Remarks {
        /// The class of the remark, in a word of the agreement.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
    },
}

/// A seal, as the controlling post recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seal {
    /// What stands on it.
    pub number: String,
    /// Who put it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// A weighing of the vehicle or the goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Weighing {
    /// Gross mass in kilograms.
    pub mass_kg: Kilograms,
    /// How it was weighed.
    pub method: WeighingMethod,
}

/// How something was weighed; an agreement has a tolerance for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeighingMethod {
    /// Axle by axle.
    Axle,
    /// On a platform scale.
    Platform,
    /// Estimated from an image of a train that passes.
    RailNii,
    /// Another way; no agreement has a tolerance for it.
    #[serde(other)]
    Other,
}

impl WeighingMethod {
    /// The methods that an agreement can name.
    pub const ALL: [Self; 3] = [Self::Axle, Self::Platform, Self::RailNii];

    /// The word in facts and agreements.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Axle => "axle",
            Self::Platform => "platform",
            Self::RailNii => "rail-nii",
            Self::Other => "other",
        }
    }
}

/// An image of a control, by reference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Image {
    /// Where it can be fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Its digest, as the partner signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256>,
    /// The digest of the bytes that we fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetched_sha256: Option<Sha256>,
    /// The container, vehicle or wagon that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport_id: Option<String>,
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// What the analyst says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<ImageAssessment>,
}

/// What an analyst says of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ImageAssessment {
    /// It shows what was declared.
    Consistent,
    /// It shows something else.
    Inconsistent,
    /// One cannot tell.
    Unclear,
}

/// A line of goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GoodsLine {
    /// Its number in its document.
    pub sequence: u32,
    /// Its commodity code: the six digits of the HS and what a country adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hs: Option<String>,
}
