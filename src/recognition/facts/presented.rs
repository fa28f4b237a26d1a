//! Our side: declaration, prior information, presentation, seals at arrival, judged signatures.
//!
//! Start at [`Presentation`] and [`Declared`]. A field that is absent is unknown; an empty list says
//! that there is none.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::control::{GoodsLine, Weighing};
use crate::model::CaseKey;

/// A mass in kilograms, not negative; written as a text, without trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kilograms(Decimal);

/// A text is no mass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mass in kilograms is a decimal number, not negative, as a text: \"20180.5\"")]
pub struct NoMass;

impl Kilograms {
    /// The mass; `None` when it is negative.
    pub fn new(mass: Decimal) -> Option<Self> {
        (!mass.is_sign_negative() || mass.is_zero()).then(|| Self(mass.normalize()))
    }

    /// The number.
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl FromStr for Kilograms {
    type Err = NoMass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mass = Decimal::from_str_exact(text).map_err(|_| NoMass)?;
        Self::new(mass).ok_or(NoMass)
    }
}

impl TryFrom<String> for Kilograms {
    type Error = NoMass;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Kilograms> for String {
    fn from(mass: Kilograms) -> Self {
        mass.to_string()
    }
}

impl fmt::Display for Kilograms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether messages of this case could belong to another one as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ambiguity {
    /// Whether it is still open: an officer's entry closes it.
    pub open: bool,
    /// Which keys lead to which cases.
    pub note: String,
}

/// A presentation that used up a key: goods were released under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consumption {
    /// The key; absent means the case as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<CaseKey>,
    /// The presentation that used it up.
    pub presentation: String,
    /// When.
    pub at: Timestamp,
}

/// What was judged of the signature of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signature {
    /// The message, as facts name it in `source.message`.
    pub message: String,
    /// Valid when we received it.
    pub valid_at_receipt: Validity,
    /// Valid when the control ended: certificate interval and revocation data cover that time.
    pub valid_at_control_time: Validity,
    /// What the key may sign for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<KeyRole>,
    /// What of the message is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Coverage>,
}

/// Whether a signature is valid at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum Validity {
    /// It is not.
    Invalid {
        /// Why.
        code: SignatureCode,
    },
    /// Nobody can tell.
    Unknown {
        /// Why.
        code: SignatureCode,
    },
    /// It is.
    Valid,
}

/// Why a signature is not, or not known to be, valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SignatureCode {
    /// The algorithm is not allowed.
    AlgForbidden,
    /// Content and digest differ.
    Digest,
    /// The certificate is not for this use.
    EkuOrRole,
    /// The certificate was not valid at that time.
    ExpiredAtSigning,
    /// The key is not a trusted one.
    KeyUntrusted,
    /// There is no signature.
    Missing,
    /// Not the whole result is signed.
    NotCovering,
    /// There is no certificate path to an anchor.
    Path,
    /// The certificate was revoked at that time.
    RevokedAtSigning,
    /// Nothing proves that it was signed at that time.
    TimeUnproven,
    /// The signature value is wrong.
    Value,
    /// What is signed is not what is read.
    Wrapped,
}

/// What a key may sign for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KeyRole {
    /// A customs authority's key.
    CustomsAuthority,
    /// Another key: a carrier's, a broker's, a machine's.
    Other,
}

/// What of a message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Coverage {
    /// A part of it.
    Part,
    /// All of it.
    Whole,
}

/// Prior information that came for the consignment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriorInformation {
    /// When the sender says that it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// When the receiving side has it, by its receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// When the goods are to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_arrival: Option<Timestamp>,
}

/// What the declaration of our side says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Declared {
    /// The keys that it states: `ucr`, `mrn`, `declaration`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<CaseKey>,
    /// Its goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_lines: Option<Vec<GoodsLine>>,
    /// The exporter, by the id that participant lists use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exporter: Option<String>,
    /// The importer, by the id that participant lists use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importer: Option<String>,
    /// Where the goods leave the partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_post: Option<String>,
    /// Where they are to enter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_post: Option<String>,
    /// How they travel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Declared gross mass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gross_mass_kg: Option<Kilograms>,
}

/// Mode of transport (UN/CEFACT recommendation 19, in words).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Code 4.
    Air,
    /// Code 8.
    InlandWater,
    /// Code 5.
    Post,
    /// Code 2.
    Rail,
    /// Code 3.
    Road,
    /// Code 1.
    Sea,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 6] = [
        Self::Air,
        Self::InlandWater,
        Self::Post,
        Self::Rail,
        Self::Road,
        Self::Sea,
    ];

    /// The word in facts and agreements.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Air => "air",
            Self::InlandWater => "inland-water",
            Self::Post => "post",
            Self::Rail => "rail",
            Self::Road => "road",
            Self::Sea => "sea",
        }
    }
}

/// What the officer observes when the goods are presented.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Presentation {
    /// Its id: a key is used up by one presentation only.
    pub id: String,
    /// When the goods were presented.
    pub at: Timestamp,
    /// The post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    /// The UCR that was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ucr: Option<String>,
    /// The MRN that was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mrn: Option<String>,
    /// Plates of lorries and trailers, numbers of wagons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle_plates: Option<Vec<String>>,
    /// Containers by number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containers: Option<Vec<String>>,
    /// The seals that were looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seals: Option<Vec<ObservedSeal>>,
    /// What was weighed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weighings: Option<Vec<Weighing>>,
    /// The officer, by the id of the principal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
}

/// A seal that an officer looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObservedSeal {
    /// What stands on it, or should.
    pub number: String,
    /// How it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SealState>,
}

/// How a seal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SealState {
    /// It is not there.
    Absent,
    /// It is there and not whole.
    Broken,
    /// It is whole.
    Intact,
}

/// What a feed of electronic seals says about a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealFeed {
    /// From when the feed is complete.
    pub covers_from: Timestamp,
    /// Until when it is complete.
    pub covers_until: Timestamp,
    /// Every opening in that time.
    #[serde(default)]
    pub openings: Vec<SealEvent>,
}

/// A seal was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealEvent {
    /// Which.
    pub number: String,
    /// When.
    pub at: Timestamp,
    /// Whether a customs authority ordered it; absent is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorised: Option<bool>,
}
