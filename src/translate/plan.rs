//! A compiled mapping: the tree of message places in schema order, the scopes that groups open, and
//! the rows that move values. Nothing is looked up by name when a message is translated.
//!
//! Start at [`Plan`]. `compile` makes it, `decode` and `encode` walk it.

use foldhash::HashMap;

use crate::model::{Form, LeafKind, MassUnit, PathId, ValueBasis};

use super::awake::Wakes;
use super::codelist::Column;
use super::encode::Noted;

/// A compiled mapping.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) places: Vec<Place>,
    pub(super) scopes: Vec<Scope>,
    pub(super) rows: Vec<Row>,
    /// Paths as written in lanes (`a/b/@c`, local names) to places.
    pub(super) by_path: HashMap<String, PlaceId>,
    /// Numbers of the names of elements, by namespace and local name.
    pub(super) names: Vec<(String, HashMap<String, u32>)>,
    /// Prefix and URI of the namespaces that the root declares.
    pub(super) namespaces: Vec<(String, String)>,
    /// The places that tell a message's id and keys.
    pub(super) noted: Noted,
    /// What each canonical path may bring about.
    pub(super) wakes: Wakes,
}

/// An element or attribute of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PlaceId(pub(super) usize);

/// A group of the mapping; number 0 is the declaration itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ScopeId(pub(super) usize);

/// A row of the mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RowId(pub(super) usize);

impl PlaceId {
    pub(super) const ROOT: Self = Self(0);
}

impl ScopeId {
    pub(super) const ROOT: Self = Self(0);
}

impl Plan {
    #[expect(
        clippy::indexing_slicing,
        reason = "ids are made by this plan's compiler only"
    )]
    pub(super) fn place(&self, id: PlaceId) -> &Place {
        &self.places[id.0]
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "ids are made by this plan's compiler only"
    )]
    pub(super) fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0]
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "ids are made by this plan's compiler only"
    )]
    pub(super) fn row(&self, id: RowId) -> &Row {
        &self.rows[id.0]
    }
}

/// An element or attribute that rows speak of, or that the schema demands.
///
/// A message asks hundreds of places, groups and rows thousands of times: what is seldom asked of them
/// stands apart, so that the rest stays near the processor.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) label: Box<Label>,
    /// The number of an element's name.
    pub(super) name: Option<u32>,
    /// The start tag of an element without attributes, and the end tag.
    pub(super) tags: (Box<str>, Box<str>),
    pub(super) attribute: bool,
    pub(super) parent: Option<PlaceId>,
    /// Attributes first, then elements in the order of the schema.
    pub(super) children: Vec<PlaceId>,
    /// The names of these, by their numbers; of attributes [`NAMELESS`].
    pub(super) names: Vec<u32>,
    /// Those that the schema demands wherever this one stands, and that are not declared irrelevant.
    pub(super) demanded: Vec<PlaceId>,
    /// Position in the parent's content model.
    pub(super) order: u32,
    /// The schema demands it wherever its parent stands.
    pub(super) required: bool,
    /// Most occurrences in one parent; `None` is unbounded.
    pub(super) max: Option<u32>,
    pub(super) rows: Vec<RowId>,
    pub(super) scopes: Vec<ScopeId>,
    /// Declared irrelevant, with all below.
    pub(super) ignored: bool,
    /// Read together with another place: a unit, a currency.
    pub(super) part: bool,
    /// Occurs several times while what is below is one list of the model.
    pub(super) joins: bool,
    /// An element of it with a text and nothing else is one whole value, and nothing more.
    pub(super) simple: bool,
}

/// Four lines of a processor's memory, of 64 bytes each.
const ASKED_BYTES_MAX: usize = 256;

const _: () = {
    assert!(
        size_of::<Place>() <= ASKED_BYTES_MAX,
        "places are asked often"
    );
    assert!(
        size_of::<Scope>() <= ASKED_BYTES_MAX,
        "groups are asked often"
    );
    assert!(size_of::<Row>() <= ASKED_BYTES_MAX, "rows are asked often");
};

/// The names of a place, and what its schema says of its values.
#[derive(Debug, Default)]
pub(super) struct Label {
    pub(super) namespace: String,
    pub(super) local: String,
    /// The name on output, with its prefix.
    pub(super) written: String,
    /// Local names from the root element's children: `a/b/@c`.
    pub(super) path: String,
    /// Fraction digits that the schema allows.
    pub(super) fraction_digits: Option<u32>,
    /// The least whole number that the schema allows, where it says one.
    pub(super) least: Option<u64>,
}

/// The number of no element's name, neither of one that the plan knows nor of another.
pub(super) const NAMELESS: u32 = u32::MAX - 1;

/// The number of the names that a plan does not know.
pub(super) const UNKNOWN: u32 = u32::MAX;

impl Place {
    /// A place that may stand once, of which nothing more is known yet.
    pub(super) fn new(label: Label, parent: Option<PlaceId>) -> Self {
        Self {
            label: Box::new(label),
            name: None,
            tags: Default::default(),
            attribute: false,
            parent,
            children: Vec::new(),
            names: Vec::new(),
            demanded: Vec::new(),
            order: 0,
            required: false,
            max: Some(1),
            rows: Vec::new(),
            scopes: Vec::new(),
            ignored: false,
            part: false,
            joins: false,
            simple: false,
        }
    }

    /// Whether the schema lets it occur more than once in its parent.
    pub(super) fn repeats(&self) -> bool {
        self.max != Some(1)
    }
}

/// A way to one or more values or objects from a scope's object: the lists between are walked.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) path: PathId,
    /// The lists that stand between the scope's object and the end, outermost first.
    pub(super) lists: Vec<PathId>,
}

/// A group: an element on one side, an object on the other.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) place: PlaceId,
    pub(super) parent: ScopeId,
    /// The object; the same as the parent's when the group opens no object.
    pub(super) path: PathId,
    pub(super) opens: Opens,
    pub(super) route: Route,
    pub(super) when: When,
    pub(super) qualifiers: Vec<(PathId, String)>,
    /// Values without which an object is not written, each with the row that writes it.
    pub(super) needs: Vec<(PathId, Option<RowId>)>,
    pub(super) gather: Vec<Route>,
    /// So many objects, the first ones, stand elsewhere.
    pub(super) skip: usize,
    pub(super) distinct: Vec<PathId>,
    pub(super) same_as: Option<Box<SameAs>>,
    pub(super) pivot: Option<Box<Pivot>>,
    pub(super) adopt: Option<Box<Adopt>>,
    /// The list whose entries this group's elements are divided by: its own, or that of `each`.
    pub(super) divides: Option<PathId>,
    /// Of the objects of a list those of one division.
    pub(super) of: Option<Of>,
    /// Its object is in an entry of the list of `each` above: it is read where there are several.
    pub(super) divided: bool,
    /// A branch of a route: documents of no branch are unmapped codes, not missing targets.
    pub(super) branch: bool,
    pub(super) encodes: bool,
    pub(super) decodes: bool,
}

/// Which object a group opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opens {
    /// A new entry of a list.
    Entry,
    /// The object at a path.
    Object,
    /// None: it stays with the enclosing object.
    Same,
}

/// `same_as`.
#[derive(Debug)]
pub(super) struct SameAs {
    pub(super) indicator: PlaceId,
    pub(super) steps: Vec<Name>,
    pub(super) original: PathId,
}

/// `pivot`.
#[derive(Debug)]
pub(super) struct Pivot {
    /// Where the key stands below the group's element.
    pub(super) key_steps: Vec<Name>,
    /// The key in the object.
    pub(super) key: PathId,
    /// The list of references in the object and the number in each of them.
    pub(super) refs: PathId,
    pub(super) reference: PathId,
    /// The number in the enclosing object that is referred to.
    pub(super) number: PathId,
}

/// `of`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of {
    /// The value in the object that says which division it is of, from 1.
    pub(super) number: PathId,
    /// The group that divides.
    pub(super) by: ScopeId,
    /// The list of the divisions.
    pub(super) list: PathId,
}

/// `adopt`.
#[derive(Debug)]
pub(super) struct Adopt {
    pub(super) from: PathId,
    pub(super) into: PathId,
    pub(super) key: PathId,
    pub(super) reject: bool,
}

/// One step through a message tree, for values beside a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    Attribute { namespace: String, local: String },
    Element { namespace: String, local: String },
    Parent,
}

/// `when`, both sides.
#[derive(Debug, Default)]
pub(super) struct When {
    pub(super) message: Option<Box<(Vec<Name>, Test)>>,
    pub(super) model: Option<Box<(ModelSubject, Test)>>,
}

/// What a condition on the model looks at.
#[derive(Debug)]
pub(super) struct ModelSubject {
    pub(super) path: PathId,
    pub(super) is_leaf: bool,
    pub(super) route: Route,
    pub(super) column: Option<Column>,
}

/// What a condition asks.
#[derive(Debug)]
pub(super) enum Test {
    Among(Vec<String>),
    Not(Vec<String>),
    Present(bool),
    /// The value begins with one of these.
    Begins(Vec<String>),
}

impl Test {
    pub(super) fn holds(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::Among(values), Some(value)) => values.iter().any(|v| v == value),
            (Self::Among(_), None) => false,
            (Self::Not(values), Some(value)) => values.iter().all(|v| v != value),
            (Self::Not(_), None) => true,
            (Self::Present(wanted), value) => value.is_some() == *wanted,
            (Self::Begins(starts), value) => {
                value.is_some_and(|value| starts.iter().any(|start| value.starts_with(start)))
            }
        }
    }
}

/// A field row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) scope: ScopeId,
    pub(super) places: Box<[PlaceId]>,
    pub(super) paths: Box<[PathId]>,
    /// The kind of the value at the first path.
    pub(super) kind: LeafKind,
    pub(super) source: Source,
    pub(super) code: Option<Box<Column>>,
    /// The form that the value has.
    pub(super) form: Option<Form>,
    /// For the number of a document: where the document's kind stands.
    pub(super) kind_of: Option<PathId>,
    /// A list that the value is looked up in, and by which it is not changed.
    pub(super) listed: Option<Box<Column>>,
    pub(super) default: Option<Box<str>>,
    pub(super) beside: Beside,
    pub(super) format: Option<Format>,
    /// What else is done to the value's text, where anything is.
    pub(super) shape: Option<Box<Shape>>,
    /// The code of the finding that is noted when the row writes.
    pub(super) finding: Option<Box<str>>,
    pub(super) with: Box<str>,
    pub(super) hoist: Option<Box<Route>>,
    pub(super) qualifiers: Box<[(PathId, String)]>,
    /// Those of them that its place says to whoever reads it; others only choose the row.
    pub(super) told: Box<[PathId]>,
    pub(super) when: When,
    pub(super) inferred: bool,
    /// Its value is in an entry of the list of `each` above: it is read where there are several.
    pub(super) divided: bool,
    pub(super) encodes: bool,
    pub(super) decodes: bool,
}

impl Row {
    /// Whether nothing but one value of the model can bring a text of it about.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.source, Source::Model)
            && self.paths.len() == 1
            && self.hoist.is_none()
            && self.default.is_none()
    }

    /// The text that a row writes wherever its group stands, whatever the model holds.
    pub(super) fn constant(&self) -> Option<&str> {
        match (&self.source, self.is_unconditional()) {
            (Source::Const(text), true) => Some(text),
            (_, _) => None,
        }
    }

    /// Whether a row is written for every object of its group.
    pub(super) fn is_unconditional(&self) -> bool {
        self.when.model.is_none() && self.qualifiers.is_empty()
    }

    /// Whether several message values make up one model value.
    pub(super) fn collects(&self) -> bool {
        self.slice().is_some() || self.chunk().is_some() || self.places.len() > 1
    }

    /// The characters of the value that the row takes, from and up to.
    pub(super) fn slice(&self) -> Option<(usize, usize)> {
        self.shape.as_ref()?.slice
    }

    /// Most characters of each of the pieces that the value is written in.
    pub(super) fn chunk(&self) -> Option<usize> {
        self.shape.as_ref()?.chunk
    }

    /// Most characters of a value that the row writes; a longer one is none of its.
    pub(super) fn fits(&self) -> Option<usize> {
        self.shape.as_ref()?.fits
    }
}

/// What is done to the text of a value: digits, letters, lengths, and the words for yes and no.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) decimals: Option<u32>,
    pub(super) yes: Option<String>,
    pub(super) no: Option<String>,
    pub(super) slice: Option<(usize, usize)>,
    /// The end of the last slice of the same value, on the row that reports what no slice takes.
    pub(super) sliced_to: Option<usize>,
    pub(super) cut: Option<usize>,
    pub(super) fits: Option<usize>,
    pub(super) pad: Option<usize>,
    pub(super) transliterate: Option<Letters>,
    pub(super) chunk: Option<usize>,
}

/// Where a row's value comes from on encode when it is not simply the model's.
#[derive(Debug)]
pub(super) enum Source {
    Const(String),
    Count(Box<Route>),
    Empty,
    Generate(Generate),
    /// The model only.
    Model,
    Number(Numbering),
    Series(Box<Series>),
    Sum(Box<Route>),
    Table(Box<TableKeys>),
}

/// `table`: a table of the lane, and the values that it is asked for; of each the paths of which the first
/// that has a value counts.
#[derive(Debug)]
pub(super) struct TableKeys {
    pub(super) name: String,
    pub(super) keys: Vec<Vec<PathId>>,
}

/// `number`: what a running number counts through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbering {
    /// The division where there are several, else the message.
    Division,
    /// The whole message.
    Message,
    /// The elements of the parent.
    Parent,
}

/// `series`: a running number after what it is counted for.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) prefix: String,
    pub(super) table: TableKeys,
    pub(super) digits: u32,
}

/// `generate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generate {
    DocumentId,
    Lrn,
    MessageId,
    Now,
}

/// What stands beside a value and belongs to it.
#[derive(Debug)]
pub(super) enum Beside {
    Nothing,
    Unit(MassUnit),
    UnitCode {
        at: Box<BesidePath>,
        codes: Box<[(String, MassUnit)]>,
    },
    MeasureUnit {
        at: Box<BesidePath>,
    },
    Currency {
        at: Option<Box<BesidePath>>,
        basis: ValueBasis,
    },
}

impl Beside {
    /// Where in the message the unit or currency stands, when it has a place of its own.
    pub(super) fn path(&self) -> Option<&BesidePath> {
        match self {
            Self::UnitCode { at, .. } | Self::MeasureUnit { at } => Some(at),
            Self::Currency { at, .. } => at.as_deref(),
            Self::Nothing | Self::Unit(_) => None,
        }
    }
}

/// The way to what stands beside a value.
#[derive(Debug)]
pub(super) struct BesidePath {
    pub(super) steps: Vec<Name>,
    /// Whether it begins at the value's own element, not at the group's.
    pub(super) own: bool,
    pub(super) place: PlaceId,
}

/// `transliterate`: which Latin letters stand for Cyrillic ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// Those of the same shape, as on number plates.
    LookAlike,
    /// Those of the same sound, as in travel documents.
    Sound,
}

/// `format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Compact,
    Date,
    DateTime,
    Edifact,
    Local,
    Time,
    Utc,
}
