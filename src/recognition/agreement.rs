//! What two customs services agreed on: whose results count, for which goods, where and how long.
//!
//! Start at [`Agreement`] and [`Agreements`]. An agreement is a TOML file of data
//! (`docs/recognition.md` has every key); its digest stands in each decision made under it.

mod folder;
mod hs;
mod read;
mod sections;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::facts::{ControlType, Mode, WeighingMethod};
use super::rule::Rule;
use crate::model::{PartyId, Sha256};

pub use folder::{AGREEMENT_BYTES_MAX, AGREEMENTS_MAX, Agreements, Fault};
pub(super) use hs::digits;
pub use hs::{Belongs, HsSet};

/// One agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its name in decisions.
    pub id: String,
    /// SHA-256 of its file.
    pub sha256: Sha256,
    /// Who agreed.
    pub parties: BTreeSet<PartyId>,
    /// On what ground.
    pub legal_basis: String,
    /// When it is in force.
    pub in_force: Vec<Interval>,
    /// When it is suspended, as a whole or for a pair of posts.
    pub suspended: Vec<Suspension>,
    /// Codes of goods for which it is.
    pub goods: HsSet,
    /// Codes of goods for which it is not, even if `goods` has them.
    pub goods_excluded: HsSet,
    /// What each type of control counts.
    pub depths: BTreeMap<ControlType, usize>,
    /// Which control is enough for which goods; the longest code decides.
    pub controls: BTreeMap<String, Control>,
    /// From where to where.
    pub post_pairs: Vec<PostPair>,
    /// How far two clocks may differ.
    pub skew: SignedDuration,
    /// How long after presentation a missing fact may still come.
    pub wait: SignedDuration,
    /// How long a result counts, by mode of transport.
    pub windows: BTreeMap<Mode, SignedDuration>,
    /// Whether the goods must be weighed at arrival.
    pub mass_required: bool,
    /// Tolerance in percent, by method of weighing.
    pub mass_tolerance: BTreeMap<WeighingMethod, Decimal>,
    /// Percent on top for goods that dry, by code; the longest code decides.
    pub moisture: BTreeMap<String, Decimal>,
    /// Who must be listed.
    pub demand: Demand,
    /// At which time.
    pub reference: Reference,
    /// The lists, by the time from which they count.
    pub lists: BTreeMap<Timestamp, ParticipantList>,
    /// Goods for which an image is demanded.
    pub images: HsSet,
    /// How long before the end of control an image may be taken.
    pub image_age: SignedDuration,
    /// How long before arrival prior information must be here, by mode of transport.
    pub lead: BTreeMap<Mode, SignedDuration>,
    /// Classes of remarks that do no harm.
    pub remarks: BTreeSet<String>,
    /// Codes that mean the same goods in two nomenclatures.
    pub correspondence: Vec<(String, String)>,
    /// Version of the list of mandatory controls.
    pub mandatory_version: String,
    /// Goods that another control is mandatory for, and its name.
    pub mandatory: BTreeMap<String, String>,
    /// Use restrictions under which a release may be decided.
    pub uses: BTreeSet<String>,
    /// The restriction of results that state none.
    pub use_default: Option<String>,
    /// Whether goods must be sealed.
    pub seals_required: bool,
    /// Who may have sealed; empty means anybody who is named.
    pub seal_issuers: BTreeSet<String>,
    /// Whether a feed of electronic seals is demanded.
    pub seal_feed_required: bool,
    /// Which rules may be overridden, and by whom.
    pub overrides: BTreeMap<Rule, String>,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it; none when it is open.
    pub until: Option<Timestamp>,
}

impl Interval {
    /// Whether a time lies in it.
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && self.until.is_none_or(|until| time < until)
    }
}

/// A time in which an agreement does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// When.
    pub interval: Interval,
    /// For which pair of posts; none means all.
    pub post_pair: Option<String>,
}

/// Which control is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The types that count.
    pub types: BTreeSet<ControlType>,
    /// How deep the deepest of them must be.
    pub depth: usize,
}

/// A pair of posts, in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostPair {
    /// Its name within the agreement.
    pub id: String,
    /// Whose post the goods leave.
    pub from_party: PartyId,
    /// Every code and name of that post, folded.
    pub from: BTreeSet<String>,
    /// Whose post they enter.
    pub to_party: PartyId,
    /// Every code and name of that post, folded.
    pub to: BTreeSet<String>,
}

/// Who must be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Exporter and importer.
    Both,
    /// One of them.
    Either,
    /// The exporter.
    Exporter,
    /// The importer.
    Importer,
    /// Nobody.
    Nobody,
}

/// At which time participants must be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// When the control ended.
    Control,
    /// When it is decided.
    Decision,
}

/// A version of the list of participants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipantList {
    /// Its number.
    pub version: usize,
    /// Ids of exporters.
    pub exporters: BTreeSet<String>,
    /// Ids of importers.
    pub importers: BTreeSet<String>,
}

impl Agreement {
    /// Whether it is in force at a time, not looking at suspensions.
    pub fn is_in_force(&self, time: Timestamp) -> bool {
        self.in_force.iter().any(|interval| interval.contains(time))
    }

    /// The list of participants that counts at a time.
    pub fn list_at(&self, time: Timestamp) -> Option<&ParticipantList> {
        self.lists.range(..=time).next_back().map(|(_, list)| list)
    }
}

/// The entry with the longest code that the goods' code begins with.
pub(super) fn longest<'a, T>(table: &'a BTreeMap<String, T>, hs: &str) -> Option<&'a T> {
    let lengths = (0..=hs.len()).rev();
    lengths
        .filter_map(|length| hs.get(..length))
        .find_map(|code| table.get(code))
}

/// How names of posts, persons and words are compared: without outer blanks and case.
pub(super) fn folded(text: &str) -> String {
    text.trim().to_uppercase()
}
