//! The data matrix: which element of the canonical model stands where in which message.
//!
//! Start at [`Matrix::of`]. It is made of the compiled mappings, so that it cannot disagree with what
//! the gateway does.

use serde::Serialize;

use super::package::{Package, Packages};
use super::plan::{Place, PlaceId, Plan, Row};
use crate::model::{Catalogue, LeafKind, Mark, PackageId, PathId, PathKind};

/// The data matrix.
#[derive(Debug, Serialize)]
pub struct Matrix {
    /// The columns: packages with a mapping.
    pub packages: Vec<String>,
    /// The rows: every canonical value, whether a message has it or not.
    pub elements: Vec<Line>,
}

/// One canonical value, in all messages.
#[derive(Debug, Serialize)]
pub struct Line {
    /// Its canonical path.
    pub element: String,
    /// What kind of value it is.
    pub kind: &'static str,
    /// Why it is handled with more care: `identity`, `personal`, `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<&'static str>,
    /// Its places, for each package those of its mapping; a package that has none has none here.
    pub cells: Vec<Cell>,
}

/// One place of a value in one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The package.
    pub package: String,
    /// The path in the message, local names from below the document element.
    pub path: String,
    /// Whether a message of this kind always has it: every element on the path is demanded.
    pub required: bool,
    /// Whether it may stand more than once in a message.
    pub repeats: bool,
    /// The column of a code list whose codes stand there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether it is read, written, or both: `decode`, `encode`, `both`.
    pub direction: &'static str,
}

impl Matrix {
    /// The matrix of all packages that have a mapping and are `wanted`.
    pub fn of(packages: &Packages, wanted: impl Fn(&PackageId) -> bool) -> Self {
        let columns = packages.iter().filter(|package| wanted(package.id()));
        let columns: Vec<(&Package, &Plan)> = columns
            .filter_map(|package| Some((&**package, package.plan()?)))
            .collect();
        let catalogue = Catalogue::get();
        let leaves = catalogue.iter().filter_map(|(path, info)| {
            let PathKind::Leaf(kind) = info.kind else {
                return None;
            };
            let cells = columns
                .iter()
                .flat_map(|(package, plan)| cells(package, plan, path));
            Some(Line {
                element: info.text.clone(),
                kind: kind_word(kind),
                mark: catalogue.mark(path).map(mark_word),
                cells: cells.collect(),
            })
        });
        Self {
            packages: columns
                .iter()
                .map(|(package, _)| package.id().to_string())
                .collect(),
            elements: leaves.collect(),
        }
    }
}

/// The places of a canonical value in one message.
fn cells<'p>(
    package: &'p Package,
    plan: &'p Plan,
    path: PathId,
) -> impl Iterator<Item = Cell> + use<'p> {
    let rows = plan
        .rows
        .iter()
        .filter(move |row| row.paths.contains(&path));
    rows.flat_map(move |row| {
        row.places
            .iter()
            .map(move |place| cell(package, plan, row, *place))
    })
}

fn cell(package: &Package, plan: &Plan, row: &Row, place: PlaceId) -> Cell {
    let mut above: Vec<&Place> = Vec::new();
    let mut next = Some(place);
    while let Some(id) = next.filter(|id| *id != PlaceId::ROOT) {
        let place = plan.place(id);
        above.push(place);
        next = place.parent;
    }
    let directions = package.directions();
    let decodes = row.decodes && directions.is_some_and(|it| it.decodes);
    let encodes = row.encodes && directions.is_some_and(|it| it.encodes);
    Cell {
        package: package.id().to_string(),
        path: plan.place(place).label.path.clone(),
        required: above.iter().all(|place| place.required),
        repeats: above.iter().any(|place| place.repeats()),
        code: row.code.as_ref().map(|column| column.name.clone()),
        direction: match (decodes, encodes) {
            (true, true) => "both",
            (_, false) => "decode",
            (false, true) => "encode",
        },
    }
}

fn kind_word(kind: LeafKind) -> &'static str {
    match kind {
        LeafKind::Amount => "amount",
        LeafKind::Code => "code",
        LeafKind::Count => "count",
        LeafKind::Flag => "flag",
        LeafKind::Mass => "mass",
        LeafKind::Measure => "measure",
        LeafKind::Moment => "moment",
        LeafKind::Mrn => "mrn",
        LeafKind::Number => "number",
        LeafKind::Text => "text",
    }
}

fn mark_word(mark: Mark) -> &'static str {
    match mark {
        Mark::Identity => "identity",
        Mark::Personal => "personal",
        Mark::Value => "value",
    }
}
