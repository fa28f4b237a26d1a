//! From a verified view to the canonical model.
//!
//! Start at [`Decoded`]. One pass over the message; each value goes where the plan says, with its
//! source remembered, or into the bag of what the mapping has no place for. Findings are collected,
//! never stopped at the first. Nothing here knows the target.

mod division;
mod sources;
mod visit;
mod wrap_up;

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;

use foldhash::{HashMap, HashSet};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::{Catalogue, Declaration, Occurrence, PackageId, PathId};
use crate::xml::{Node, NodeId, same};

use super::encode::FINDINGS_MAX;
use super::plan::{Name, PlaceId, Plan, RowId, ScopeId, Test, When};
use super::report::{Finding, Pointer, Severity};
use super::value::Note;
use division::Division;
use sources::{Index, KeptSource};

/// What decoding is told besides the message.
#[derive(Debug, Clone, Default)]
pub struct DecodeContext {
    /// The zone of times that are written without one.
    pub zone: Option<TimeZone>,
    /// The day for which codes are looked up when the message does not say when it was made. Without
    /// either the newest version of each list answers, whatever its dates.
    pub on: Option<Date>,
}

/// A value or element of the source document.
#[derive(Debug, Clone, Copy)]
pub struct SourceNode<'d> {
    /// The element.
    pub node: Node<'d>,
    /// The attribute's local name, when the value is an attribute's.
    pub attribute: Option<&'d str>,
}

impl SourceNode<'_> {
    /// Its place, to be shown.
    pub fn pointer(&self) -> Pointer {
        let position = self.node.position();
        Pointer {
            path: self.path(),
            line: position.line,
            column: position.column,
        }
    }

    pub(super) fn path(&self) -> String {
        let path = self.node.path();
        match self.attribute {
            Some(name) => format!("{path}/@{name}"),
            None => path,
        }
    }
}

/// A canonical value with the place that it came from.
#[derive(Debug, Clone, Copy)]
pub struct SourceEntry<'d> {
    /// Where it went.
    pub occurrence: Occurrence,
    /// Where it came from; the first place when several make up the value.
    pub source: SourceNode<'d>,
}

/// A value of the message that the mapping has no place for.
#[derive(Debug, Clone)]
pub struct Unmapped<'d> {
    /// Where it stands.
    pub source: SourceNode<'d>,
    /// The value as written.
    pub value: Cow<'d, str>,
}

/// A decoded message: the declaration, where each of its values came from, what found no place.
/// It borrows the document; encode while the document lives.
#[derive(Debug)]
pub struct Decoded<'d> {
    /// The package that read it.
    pub package: PackageId,
    /// The canonical model of the message.
    pub declaration: Declaration,
    /// Values of the message without a canonical place: kept, and a loss in every target.
    pub unmapped: Vec<Unmapped<'d>>,
    /// What a person should know.
    pub findings: Vec<Finding>,
    /// The day for which codes were looked up.
    pub(super) on: Option<Date>,
    pub(super) root: Node<'d>,
    pub(super) sources: Vec<KeptSource>,
    /// Objects and their elements.
    pub(super) objects: Vec<(Occurrence, NodeId)>,
    /// The same by occurrence, the first of each, once somebody asks often.
    index: OnceLock<Index>,
    /// How often somebody asked.
    asked: AtomicUsize,
}

impl<'d> Decoded<'d> {
    /// A declaration that was not read from this document: nothing has a source.
    pub fn without_sources(package: PackageId, declaration: Declaration, root: Node<'d>) -> Self {
        Self {
            package,
            declaration,
            unmapped: Vec::new(),
            findings: Vec::new(),
            on: None,
            root,
            sources: Vec::new(),
            objects: Vec::new(),
            index: OnceLock::new(),
            asked: AtomicUsize::new(0),
        }
    }

    /// Every canonical value with the place that it came from.
    pub fn sources(&self) -> impl Iterator<Item = SourceEntry<'d>> {
        self.sources.iter().map(|kept| SourceEntry {
            occurrence: kept.occurrence,
            source: kept.source(self.root),
        })
    }

    /// The canonical JSON of the declaration.
    ///
    /// # Errors
    /// Those of `serde_json`, which the model's types do not cause.
    pub fn canonical_json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(&self.declaration)
    }
}

fn element(node: Node<'_>) -> SourceNode<'_> {
    SourceNode {
        node,
        attribute: None,
    }
}

/// Decodes a view with a plan. The elements that stand apart belong to other documents of the message.
pub(super) fn decode<'d>(
    plan: &Plan,
    package: PackageId,
    view: Node<'d>,
    context: &DecodeContext,
    apart: &HashSet<NodeId>,
) -> Decoded<'d> {
    let mut decoded = Decoded::without_sources(package, Declaration::default(), view);
    decoded.on = context.on;
    // A value is an element with its text. Of pages that are never used none is taken, but a list that
    // grows is copied.
    decoded.sources.reserve_exact(view.size() / 2);
    let mut decoder = Decoder {
        plan,
        zone: context.zone.as_ref(),
        apart,
        decoded,
        scopes: vec![None; plan.scopes.len()],
        collected: Vec::new(),
        collected_at: HashMap::default(),
        parts: Vec::new(),
        used_parts: HashSet::default(),
        keys: HashMap::default(),
        indexed: HashSet::default(),
        begun: HashSet::default(),
        given: HashMap::default(),
        checks: Vec::new(),
        restated: Vec::new(),
        numbered: HashMap::default(),
        references: Vec::new(),
        copies: Vec::new(),
        joined: HashSet::default(),
        documents: Vec::new(),
        names: Vec::new(),
        moved: None,
        division: None,
    };
    decoder.visit(view, PlaceId::ROOT);
    decoder.wrap_up();
    decoder.decoded
}

/// An open group: its object and its element.
#[derive(Debug, Clone, Copy)]
struct Open<'d> {
    object: Occurrence,
    node: Node<'d>,
}

struct Decoder<'p, 'd> {
    plan: &'p Plan,
    zone: Option<&'p TimeZone>,
    /// Elements that belong to other documents of the message.
    apart: &'p HashSet<NodeId>,
    decoded: Decoded<'d>,
    scopes: Vec<Option<Open<'d>>>,
    /// Values that several places make up, in the order of the message.
    collected: Vec<Collected<'d>>,
    collected_at: HashMap<Occurrence, usize>,
    /// Units, currencies and indicators that stand beside values, and those that were used.
    parts: Vec<SourceNode<'d>>,
    used_parts: HashSet<(NodeId, Option<&'d str>)>,
    /// Pivots: the entry of a list that has a key.
    keys: HashMap<(PathId, String), usize>,
    /// The lists of pivots whose objects of other groups are in `keys`.
    indexed: HashSet<PathId>,
    /// Objects that values of several parts are read for, which are set only at the end.
    begun: HashSet<Occurrence>,
    /// Of each list the number given last, and the first one behind all that were begun.
    given: HashMap<Occurrence, (usize, usize)>,
    /// Sums and counts that the message states.
    checks: Vec<Check<'d>>,
    /// Values that the message says again, where the mapping only writes.
    restated: Vec<Restated<'d>>,
    /// Of each row that numbers elements, the last number in an element or in the whole message.
    numbered: HashMap<(RowId, Option<NodeId>), u64>,
    /// Pivots: an object, and the enclosing object that refers to it.
    references: Vec<(ScopeId, Occurrence, Occurrence)>,
    /// `same_as`: a copy of an object.
    copies: Vec<(Occurrence, PathId)>,
    /// Numbers of documents, each with where its document's kind stands.
    documents: Vec<(KeptSource, PathId)>,
    /// Elements above a group that were seen, with their parent.
    joined: HashSet<(PlaceId, NodeId)>,
    /// The plan's numbers of element names, by those of the document, once looked up.
    names: Vec<Option<u32>>,
    /// Which source a value has, once values move.
    moved: Option<HashMap<Occurrence, usize>>,
    /// The elements that stand several times, each for an entry of a list.
    division: Option<Division>,
}

struct Collected<'d> {
    row: RowId,
    at: Occurrence,
    text: String,
    source: SourceNode<'d>,
    /// The places after the first.
    more: Vec<SourceNode<'d>>,
}

/// A value at a place that is only written, with all that could be meant by it.
struct Restated<'d> {
    text: Cow<'d, str>,
    source: SourceNode<'d>,
    said: Vec<Said<'d>>,
}

/// What a row that is only written makes a value mean.
struct Said<'d> {
    row: RowId,
    object: Occurrence,
    /// The unit or currency beside the value.
    beside: Option<Cow<'d, str>>,
}

struct Check<'d> {
    row: RowId,
    text: Cow<'d, str>,
    source: SourceNode<'d>,
    object: Occurrence,
}

impl<'d> Decoder<'_, 'd> {
    fn open(&self, scope: ScopeId) -> Option<Open<'d>> {
        self.scopes.get(scope.0).copied().flatten()
    }

    fn set_open(&mut self, scope: ScopeId, open: Option<Open<'d>>) {
        if let Some(slot) = self.scopes.get_mut(scope.0) {
            *slot = open;
        }
    }

    fn finding(&mut self, code: &str, at: Option<Occurrence>, source: SourceNode<'d>, text: &str) {
        self.add(Finding {
            code: code.to_owned(),
            severity: Severity::Note,
            list: None,
            value: None,
            target_path: None,
            canonical: at.map(Occurrence::text),
            source: Some(source.pointer()),
            text: text.to_owned(),
        });
    }

    /// The findings of a value that was read.
    fn note(
        &mut self,
        notes: impl IntoIterator<Item = Note>,
        at: Occurrence,
        source: SourceNode<'d>,
    ) {
        for note in notes {
            self.add(Finding {
                code: note.code.to_owned(),
                severity: Severity::Note,
                list: note.list,
                value: note.value,
                target_path: None,
                canonical: Some(at.text()),
                source: Some(source.pointer()),
                text: note.words.into_owned(),
            });
        }
    }

    fn add(&mut self, finding: Finding) {
        if self.decoded.findings.len() < FINDINGS_MAX {
            self.decoded.findings.push(finding);
        }
    }

    fn keep(&mut self, source: SourceNode<'d>, value: Cow<'d, str>) {
        self.decoded.unmapped.push(Unmapped { source, value });
    }

    fn remember(&mut self, at: Occurrence, source: SourceNode<'d>) {
        self.decoded.sources.push(KeptSource::new(at, &source));
    }
}

/// Follows names from an element to a value; the value's node and attribute with its text.
fn follow<'d>(from: Node<'d>, names: &[Name]) -> Option<(SourceNode<'d>, Cow<'d, str>)> {
    let mut node = from;
    for name in names {
        match name {
            Name::Parent => node = node.parent()?,
            Name::Element { namespace, local } => node = node.child(namespace, local)?,
            Name::Attribute { namespace, local } => {
                let wanted = |a: &crate::xml::Attribute<'d>| {
                    same(a.name.local, local) && same(a.name.namespace, namespace)
                };
                let attribute = node.attributes().find(wanted)?;
                let source = SourceNode {
                    node,
                    attribute: Some(attribute.name.local),
                };
                return Some((source, Cow::Borrowed(attribute.value)));
            }
        }
    }
    Some((element(node), trimmed(node.text())))
}

fn holds(when: &When, from: Node<'_>) -> bool {
    let Some((names, test)) = when.message.as_deref() else {
        return true;
    };
    let found = follow(from, names);
    match (test, found) {
        (Test::Present(wanted), found) => found.is_some() == *wanted,
        (test, found) => test.holds(found.as_ref().map(|(_, text)| text.as_ref())),
    }
}

/// White space at the ends is never part of a value.
fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        // Most values are words that begin and end with a letter or digit.
        Cow::Borrowed(text) if is_word(text) => Cow::Borrowed(text),
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// Whether a text begins and ends with a character of ASCII that is no white space.
fn is_word(text: &str) -> bool {
    let graphic = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    graphic(text.as_bytes().first()) && graphic(text.as_bytes().last())
}

/// One of the pieces that make up a text: blanks at its ends part words of the whole, unless they
/// are the indentation of a line.
fn piece(text: Cow<'_, str>) -> Cow<'_, str> {
    let indented = |blanks: &str| blanks.contains(['\n', '\r']);
    let inner = text.trim();
    let start = text.len() - text.trim_start().len();
    let end = start + inner.len();
    let before = text.get(..start).is_some_and(indented);
    let after = text.get(end..).is_some_and(indented);
    if !before && !after {
        return text;
    }
    let from = if before { start } else { 0 };
    let to = if after { end } else { text.len() };
    Cow::Owned(text.get(from..to).unwrap_or(inner).to_owned())
}

/// The number of lists that the path of an occurrence runs through.
fn depth(path: PathId) -> usize {
    Catalogue::get().lists(path)
}
