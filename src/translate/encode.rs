//! From the canonical model to a target message.
//!
//! Start at [`encode`]. The plan's tree of places is walked in the order of the schema; each place
//! takes its value from the model, from the lane, from an officer or from the translation's own
//! context, and every value of the source that did not arrive is a loss.

mod computed;
mod division;
mod element;
mod leaf;
mod losses;
mod missing;
mod output;
mod series;

use std::cell::Cell;

use foldhash::{HashMap, HashSet};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use crate::model::{CaseKey, Declaration, LeafRef, Occurrence, Owner, PathId, Present};

use super::awake::Awake;
use super::decode::Decoded;
use super::lane::{Action, LaneRules, Sieve, ValueRule};
use super::package::Package;
use super::plan::{PlaceId, Plan, RowId, ScopeId};
use super::report::{Finding, Loss, LossReason, Severity, Supplement, Supplied};
use division::Division;
use element::PivotIndex;
pub(super) use output::Noted;
use output::{Element, Output};
pub use series::{FirstOfSeries, Numbered, Serials};

/// Length of the longest local reference number (NCTS: `an..22`).
pub const LRN_CHARS_MAX: usize = 22;

/// Length of the longest message identification (NCTS: `an..35`).
pub const MESSAGE_ID_CHARS_MAX: usize = 35;

/// Most findings of one translation: a person reads none of more, and a hostile message shall not
/// fill the store with them.
pub const FINDINGS_MAX: usize = 1_000;

/// What a translation knows besides the message and the lane. The caller chooses these once and
/// stores them, so that a repeat gives the same message.
#[derive(Debug, Clone)]
pub struct EncodeContext<'a> {
    /// The time of the translation.
    pub now: Timestamp,
    /// The id of the electronic document that is made: a UUID.
    pub document_id: String,
    /// The message identification, at most [`MESSAGE_ID_CHARS_MAX`] characters.
    pub message_id: String,
    /// The local reference number, at most [`LRN_CHARS_MAX`] characters.
    pub lrn: String,
    /// What an officer gave for a held message.
    pub supplements: &'a [Supplement],
    /// Who counts running numbers.
    pub serials: &'a dyn Serials,
}

impl EncodeContext<'_> {
    /// Takes all three ids from one UUID: its text, its text without hyphens, and its last 22
    /// digits.
    pub fn from_uuid(now: Timestamp, uuid: uuid::Uuid) -> Self {
        let simple = uuid.simple().to_string().to_ascii_uppercase();
        let from = simple.len().saturating_sub(LRN_CHARS_MAX);
        Self {
            now,
            document_id: uuid.hyphenated().to_string(),
            lrn: simple.get(from..).unwrap_or_default().to_owned(),
            message_id: simple,
            supplements: &[],
            serials: &FirstOfSeries,
        }
    }
}

/// A translated message, or why there is none.
#[derive(Debug, Clone, Default)]
pub struct Encoded {
    /// The unsigned message; absent when a finding holds or rejects it.
    pub xml: Option<Vec<u8>>,
    /// Every value of the source that is not, or not fully, in the target.
    pub losses: Vec<Loss>,
    /// Every value of the target that did not come from the source.
    pub supplied: Vec<Supplied>,
    /// What a person should know; what holds or rejects the message.
    pub findings: Vec<Finding>,
    /// The case keys that the target message states.
    pub keys: Vec<CaseKey>,
    /// The target message's own id.
    pub message_id: Option<String>,
    /// The running numbers that were given to it: they are used once it goes out.
    pub numbered: Vec<Numbered>,
}

impl Encoded {
    /// The gravest of the findings.
    pub fn severity(&self) -> Severity {
        let worst = self.findings.iter().map(|finding| finding.severity).max();
        worst.unwrap_or_default()
    }
}

/// Encodes a decoded message for a target package by the rules of a lane.
pub fn encode(
    decoded: &Decoded<'_>,
    target: &Package,
    rules: &LaneRules,
    context: &EncodeContext<'_>,
) -> Encoded {
    let plan = target.plan().filter(|_| target.directions.encodes);
    let Some(plan) = plan else {
        return no_mapping(target);
    };
    let awake = plan.wakes.by(plan, &Present::of(&decoded.declaration));
    encode_awake(decoded, (target, plan), rules, context, awake)
}

/// Encodes by a target's plan what is awake of it.
pub(super) fn encode_awake(
    decoded: &Decoded<'_>,
    (target, plan): (&Package, &Plan),
    rules: &LaneRules,
    context: &EncodeContext<'_>,
    awake: Awake,
) -> Encoded {
    let mut encoder = Encoder::new(plan, decoded, rules, context, awake);
    let message = encoder.message();
    let losses = encoder.collect_losses();
    let mut encoded = Encoded {
        losses,
        supplied: std::mem::take(&mut encoder.supplied),
        findings: std::mem::take(&mut encoder.findings),
        numbered: std::mem::take(&mut encoder.numbered),
        ..Encoded::default()
    };
    encoder.reject_grave_losses(&mut encoded);
    encoded.keys = encoder.out.keys(&target.extracts.keys);
    let id = target.extracts.id.as_ref();
    encoded.message_id = id.and_then(|id| encoder.out.id(id));
    if encoded.severity() == Severity::Note {
        match encoder.out.finish(message) {
            Ok(xml) => encoded.xml = Some(xml),
            Err(error) => encoded.findings.push(Finding {
                code: error.code().to_owned(),
                severity: Severity::Reject,
                list: None,
                value: None,
                target_path: None,
                canonical: None,
                source: None,
                text: error.to_string(),
            }),
        }
    }
    encoded
}

/// The day of an instant in UTC, for which codes are looked up.
pub fn day(now: Timestamp) -> Date {
    Offset::UTC.to_datetime(now).date()
}

fn no_mapping(target: &Package) -> Encoded {
    Encoded {
        findings: vec![Finding {
            code: "MAP_NO_MAPPING".to_owned(),
            severity: Severity::Reject,
            list: None,
            value: None,
            target_path: None,
            canonical: None,
            source: None,
            text: format!(
                "{} is not written: its package has no mapping for it",
                target.id()
            ),
        }],
        ..Encoded::default()
    }
}

/// Where a group stands: at an object, or in an element that only supplied values fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Closed,
    At(Occurrence),
    Void,
}

struct Encoder<'a> {
    plan: &'a Plan,
    out: Output<'a>,
    decoded: &'a Decoded<'a>,
    declaration: &'a Declaration,
    /// The value looked at last, and the object that it stands in.
    last: Cell<(Occurrence, Owner<'a>)>,
    rules: &'a LaneRules,
    context: &'a EncodeContext<'a>,
    sieve: Sieve,
    zone: Option<TimeZone>,
    /// The day for which codes are looked up.
    on: Option<Date>,
    /// The lane's rule for a place.
    value_rules: HashMap<PlaceId, &'a ValueRule>,
    /// Places below which something is supplied.
    supplied_below: Vec<bool>,
    /// What this message can bring about.
    awake: Awake,
    scopes: Vec<Stand>,
    /// Number of each group's element in its parent.
    ordinals: Vec<u32>,
    /// Elements from the root down, with their number where they may repeat.
    trail: Vec<(PlaceId, u32)>,
    /// Rows that number through the whole message, with the last number of each.
    counters: Vec<(RowId, u32)>,
    /// The rows of the numbers given so far, in order.
    counted: Vec<RowId>,
    /// Values that were read for the target, in order; taken back when an element is dropped.
    read: Vec<Occurrence>,
    /// Values that count as said where another one is, which is the same.
    echoes: HashMap<Occurrence, Occurrence>,
    cut_losses: Vec<(Occurrence, LossReason)>,
    /// Objects whose elements stand in the message.
    written: Vec<Occurrence>,
    /// Objects that were left out, with the reason for what is in them.
    left_out: HashMap<Occurrence, LossReason>,
    /// Pivots: which objects an item's number refers to.
    pivots: HashMap<ScopeId, PivotIndex>,
    /// The division of a list that is being written.
    division: Option<Division>,
    /// `of`: the objects of each division.
    divided: HashMap<ScopeId, Vec<Vec<Occurrence>>>,
    /// Places of the target that a finding names already.
    named: HashSet<String>,
    /// Lists whose place in the target somebody has to decide: nothing of them is lost yet.
    undecided: Vec<PathId>,
    supplied: Vec<Supplied>,
    findings: Vec<Finding>,
    numbered: Vec<Numbered>,
    /// The gravest finding that was ever noted.
    worst: Severity,
}

/// How far the logs had come, to take back what a dropped element did.
#[derive(Clone, Copy)]
struct Mark {
    read: usize,
    cut_losses: usize,
    written: usize,
    supplied: usize,
    findings: usize,
    counted: usize,
    noted: usize,
}

impl<'a> Encoder<'a> {
    fn new(
        plan: &'a Plan,
        decoded: &'a Decoded<'a>,
        rules: &'a LaneRules,
        context: &'a EncodeContext<'a>,
        awake: Awake,
    ) -> Self {
        // Room for half as much again as the source has: messages of the union are that much longer.
        let bytes = decoded.root.document().text().len() / 2 * 3;
        let mut encoder = Self {
            plan,
            out: Output::new(plan, bytes),
            decoded,
            declaration: &decoded.declaration,
            last: Cell::new((
                Occurrence::ROOT,
                decoded.declaration.owner(Occurrence::ROOT),
            )),
            rules,
            context,
            sieve: Sieve::new(rules),
            zone: rules.target_zone(),
            on: decoded.on.or_else(|| Some(day(context.now))),
            value_rules: HashMap::default(),
            supplied_below: vec![false; plan.places.len()],
            awake,
            scopes: vec![Stand::Closed; plan.scopes.len()],
            ordinals: vec![1; plan.scopes.len()],
            trail: Vec::new(),
            counters: Vec::new(),
            counted: Vec::new(),
            // Some values are read more than once.
            read: Vec::with_capacity(decoded.sources.len() * 2),
            echoes: HashMap::default(),
            cut_losses: Vec::new(),
            written: Vec::new(),
            left_out: HashMap::default(),
            pivots: HashMap::default(),
            division: None,
            divided: HashMap::default(),
            named: HashSet::default(),
            undecided: Vec::new(),
            supplied: Vec::new(),
            findings: Vec::new(),
            numbered: Vec::new(),
            worst: Severity::Note,
        };
        encoder.prepare();
        encoder
    }

    fn prepare(&mut self) {
        for rule in &self.rules.value {
            if let Some(place) = self.plan.by_path.get(&rule.at) {
                self.value_rules.insert(*place, rule);
                if rule.action == Action::Supply {
                    self.mark_above(*place);
                }
            }
        }
        for supplement in self.context.supplements {
            let plain = missing::without_indices(&supplement.path);
            if let Some(place) = self.plan.by_path.get(&plain) {
                self.mark_above(*place);
            }
        }
    }

    fn mark_above(&mut self, place: PlaceId) {
        self.awake.supplied(self.plan, place);
        let mut at = Some(place);
        while let Some(place) = at {
            if let Some(mark) = self.supplied_below.get_mut(place.0) {
                *mark = true;
            }
            at = self.plan.place(place).parent;
        }
    }

    fn message(&mut self) -> Element<'a> {
        self.set_stand(ScopeId::ROOT, Stand::At(Occurrence::ROOT));
        let _opened = self.open_within(PlaceId::ROOT, ScopeId::ROOT);
        let mut root = self.out.element(PlaceId::ROOT);
        self.fill(&mut root);
        self.demand(&root);
        root
    }

    fn stand(&self, scope: ScopeId) -> Stand {
        self.scopes.get(scope.0).copied().unwrap_or(Stand::Closed)
    }

    fn set_stand(&mut self, scope: ScopeId, stand: Stand) {
        if let Some(slot) = self.scopes.get_mut(scope.0) {
            *slot = stand;
        }
    }

    /// The value at an occurrence. Values of one object are asked for one after the other.
    fn look(&self, at: Occurrence) -> Option<LeafRef<'a>> {
        let (last, owner) = self.last.get();
        if last.beside(at) {
            return owner.leaf(at.path);
        }
        let owner = self.declaration.owner(at);
        self.last.set((at, owner));
        owner.leaf(at.path)
    }

    /// Reads a value for the target: it counts as said unless the element is dropped later.
    fn value(&mut self, at: Occurrence) -> Option<LeafRef<'a>> {
        if !self.sieve.passes(at.path) {
            return None;
        }
        let value = self.look(at)?;
        self.read.push(at);
        Some(value)
    }

    /// Looks at a value without counting it as said.
    fn peek(&self, at: Occurrence) -> Option<LeafRef<'a>> {
        if !self.sieve.passes(at.path) {
            return None;
        }
        self.look(at)
    }

    fn mark(&self) -> Mark {
        Mark {
            read: self.read.len(),
            cut_losses: self.cut_losses.len(),
            written: self.written.len(),
            supplied: self.supplied.len(),
            findings: self.findings.len(),
            counted: self.counted.len(),
            noted: self.out.noted(),
        }
    }

    fn take_back(&mut self, mark: Mark) {
        self.read.truncate(mark.read);
        self.cut_losses.truncate(mark.cut_losses);
        self.written.truncate(mark.written);
        self.supplied.truncate(mark.supplied);
        self.out.forget(mark.noted);
        self.forget_findings(mark.findings);
        for row in self.counted.drain(mark.counted..) {
            let mut counters = self.counters.iter_mut();
            if let Some((_, number)) = counters.find(|(known, _)| *known == row) {
                *number -= 1;
            }
        }
    }

    /// Takes back the findings beyond a number.
    fn forget_findings(&mut self, number: usize) {
        for finding in self.findings.drain(number..) {
            if let Some(path) = &finding.target_path {
                self.named.remove(path);
            }
        }
    }

    /// Adds a finding. Of a flood of them the first [`FINDINGS_MAX`] are kept, and each that is
    /// graver than all before.
    fn note(&mut self, finding: Finding) {
        let worst = self.findings.last().map(|_| self.worst);
        if self.findings.len() >= FINDINGS_MAX && worst >= Some(finding.severity) {
            return;
        }
        self.worst = self.worst.max(finding.severity);
        if let Some(path) = &finding.target_path {
            self.named.insert(path.clone());
        }
        self.findings.push(finding);
    }

    fn leave_out(&mut self, object: Occurrence, reason: LossReason) {
        self.left_out.insert(object, reason);
    }

    /// A canonical path of a row at the object where its group stands.
    fn at(&self, scope: ScopeId, path: PathId) -> Option<Occurrence> {
        match self.stand(scope) {
            Stand::At(object) => Some(self.place_in(scope, object, path)),
            Stand::Closed | Stand::Void => None,
        }
    }
}
