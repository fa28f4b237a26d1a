//! Reading `[[field]]` rows.

use crate::model::{Catalogue, Form, LeafKind, MassUnit, PathId, PathKind, ValueBasis};

use super::super::codelist::Column;
use super::super::plan::{
    Beside, Format, Generate, Letters, ModelSubject, Numbering, PlaceId, Row, ScopeId, Series,
    Shape, Source, TableKeys, Test, When,
};
use super::Compiler;
use crate::datafile::{Placed, Table};

const FIELD_KEYS: &[&str] = &[
    "at",
    "is",
    "code",
    "form",
    "listed",
    "const",
    "default",
    "empty",
    "unit",
    "measure",
    "currency",
    "basis",
    "decimals",
    "format",
    "true",
    "false",
    "slice",
    "cut",
    "fits",
    "finding",
    "pad",
    "transliterate",
    "chunk",
    "with",
    "series",
    "sum",
    "count",
    "hoist",
    "table",
    "generate",
    "number",
    "where",
    "when",
    "inferred",
    "encode_only",
    "decode_only",
    "note",
];

/// Most digits of a running number: more than a `u64` surely holds would never be reached.
const SERIES_DIGITS_MAX: u32 = 18;

/// Where the kind of a document stands whose number stands at the path.
fn kind_of(path: PathId) -> Option<PathId> {
    let catalogue = Catalogue::get();
    let info = catalogue.info(path);
    let list = info.text.strip_suffix(".id")?;
    let documents = ["documents", "previousDocuments"];
    let is_document = documents.contains(&list.rsplit('.').next().unwrap_or(list));
    is_document
        .then(|| catalogue.find(&format!("{list}.typeCode")))
        .flatten()
}

impl<'a> Compiler<'a> {
    pub(super) fn read_field(&mut self, table: Table<'a>, scope: ScopeId) {
        table.only(FIELD_KEYS);
        let mut places = Vec::new();
        for path in table.texts("at") {
            places.extend(self.place(scope, path));
        }
        let mut paths = Vec::new();
        for path in table.texts("is") {
            paths.extend(self.canonical_leaf(scope, path));
        }
        if places.is_empty() {
            if !table.has("at") {
                self.faults.at(table.at, "`at` is missing");
            }
            return;
        }
        let Some(row) = self.make_row(table, scope, places, paths) else {
            return;
        };
        let id = self.next_row();
        for place in &row.places {
            if let Some(place) = self.plan.places.get_mut(place.0) {
                place.rows.push(id);
            }
        }
        self.plan.rows.push(row);
        self.row_at.push(table.at);
    }

    fn make_row(
        &mut self,
        table: Table<'a>,
        scope: ScopeId,
        places: Vec<PlaceId>,
        paths: Vec<PathId>,
    ) -> Option<Row> {
        let source = self.read_source(table, scope)?;
        let kind = self.leaf_kind(&paths, &source);
        if !table.has("is") && matches!(source, Source::Model) && !table.has("default") {
            self.faults
                .at(table.at, "`is` is missing, and nothing stands for it");
        }
        let code = table.text("code").and_then(|name| {
            let column = self.setting.lists.column(name.text);
            column
                .map_err(|message| self.faults.at(name.at, message))
                .ok()
        });
        let own = places.first().copied()?;
        let beside = self.read_beside(table, scope, own, kind);
        let hoist = table
            .text("hoist")
            .and_then(|path| self.route_to(scope, path));
        let row = Row {
            scope,
            kind,
            source,
            code: code.map(Box::new),
            listed: self.read_listed(table).map(Box::new),
            form: self.read_form(table),
            kind_of: paths.first().and_then(|path| kind_of(*path)),
            default: table.text("default").map(|t| t.text.into()),
            beside,
            format: self.read_format(table),
            shape: self.read_shape(table, own),
            finding: self.read_finding(table),
            with: table.text("with").map_or("", |t| t.text).into(),
            hoist: hoist.map(Box::new),
            qualifiers: self.read_qualifiers(table, scope).into(),
            told: Box::default(),
            when: self.read_when(table, scope),
            inferred: table.flag("inferred"),
            divided: paths
                .first()
                .is_some_and(|path| self.is_divided(scope, *path)),
            encodes: !table.flag("decode_only"),
            decodes: !table.flag("encode_only"),
            places: places.into(),
            paths: paths.into(),
        };
        self.check_kind(table, &row);
        Some(row)
    }

    fn leaf_kind(&self, paths: &[PathId], source: &Source) -> LeafKind {
        let catalogue = Catalogue::get();
        let of_path = |path: PathId| match catalogue.info(path).kind {
            PathKind::Leaf(kind) => Some(kind),
            PathKind::Many | PathKind::One => None,
        };
        if let Some(kind) = paths.first().and_then(|path| of_path(*path)) {
            return kind;
        }
        match source {
            Source::Sum(route) => of_path(route.path).unwrap_or(LeafKind::Number),
            Source::Count(_) | Source::Number(_) => LeafKind::Count,
            Source::Generate(Generate::Now) => LeafKind::Moment,
            Source::Const(_)
            | Source::Empty
            | Source::Generate(_)
            | Source::Model
            | Source::Series(_)
            | Source::Table { .. } => LeafKind::Text,
        }
    }

    fn decimals(&self, table: Table<'a>, own: PlaceId) -> Option<u32> {
        let written = table.number("decimals");
        let of_schema = self.plan.place(own).label.fraction_digits;
        written.and_then(|n| u32::try_from(n).ok()).or(of_schema)
    }

    fn read_source(&self, table: Table<'a>, scope: ScopeId) -> Option<Source> {
        let mut sources = Vec::new();
        if let Some(constant) = table.text("const") {
            sources.push(Source::Const(constant.text.to_owned()));
        }
        if table.flag("empty") {
            sources.push(Source::Empty);
        }
        if let Some(path) = table.text("sum") {
            let route = self.route_to(scope, path)?;
            sources.push(Source::Sum(Box::new(route)));
        }
        if let Some(path) = table.text("count") {
            let route = self.route_to(scope, path)?;
            sources.push(Source::Count(Box::new(route)));
        }
        if let Some(what) = table.text("generate") {
            sources.extend(self.read_generate(what));
        }
        if let Some(scope) = table.text("number") {
            match scope.text {
                "division" => sources.push(Source::Number(Numbering::Division)),
                "message" => sources.push(Source::Number(Numbering::Message)),
                "parent" => sources.push(Source::Number(Numbering::Parent)),
                _ => self
                    .faults
                    .at(scope.at, "`number` is `parent`, `division` or `message`"),
            }
        }
        if let Some(lookup) = table.table("table") {
            lookup.only(&["name", "keys"]);
            let keys = self.table_keys(lookup, "name", scope);
            sources.push(Source::Table(Box::new(keys)));
        }
        if let Some(series) = table.table("series") {
            let series = self.read_series(series, scope);
            sources.extend(series.map(|series| Source::Series(Box::new(series))));
        }
        if sources.len() > 1 {
            self.faults
                .at(table.at, "two keys say where the value comes from");
        }
        Some(sources.pop().unwrap_or(Source::Model))
    }

    fn read_series(&self, series: Table<'a>, scope: ScopeId) -> Option<Series> {
        series.only(&["name", "prefix", "table", "keys", "digits"]);
        let digits = series.number("digits").and_then(|n| u32::try_from(n).ok());
        let digits = digits.filter(|digits| (1..=SERIES_DIGITS_MAX).contains(digits));
        if digits.is_none() {
            let message = format!("a series has 1 to {SERIES_DIGITS_MAX} `digits`");
            self.faults.at(series.at, message);
        }
        Some(Series {
            name: series.required("name").text.to_owned(),
            prefix: series.text("prefix").map_or("", |t| t.text).to_owned(),
            table: self.table_keys(series, "table", scope),
            digits: digits?,
        })
    }

    /// The lane's table that a key names, with the `keys` that it is asked for.
    fn table_keys(&self, lookup: Table<'a>, name: &'static str, scope: ScopeId) -> TableKeys {
        let keys = lookup.texts("keys").into_iter();
        TableKeys {
            name: lookup.required(name).text.to_owned(),
            keys: keys.map(|key| self.read_key(scope, key)).collect(),
        }
    }

    /// `a.b|a.c`, or shorter `a.b|c`: the first that has a value counts.
    fn read_key(&self, scope: ScopeId, key: Placed<'_>) -> Vec<PathId> {
        let above = key
            .text
            .split('|')
            .next()
            .and_then(|first| first.rsplit_once('.'));
        let mut paths = Vec::new();
        for text in key.text.split('|') {
            let sibling = match above {
                Some((above, _)) if !text.contains('.') => format!("{above}.{text}"),
                Some(_) | None => text.to_owned(),
            };
            let placed = Placed {
                text: &sibling,
                at: key.at,
            };
            paths.extend(self.canonical_leaf(scope, placed));
        }
        paths
    }

    fn read_generate(&self, what: Placed<'_>) -> Option<Source> {
        let generate = match what.text {
            "document-id" => Generate::DocumentId,
            "lrn" => Generate::Lrn,
            "message-id" => Generate::MessageId,
            "now" => Generate::Now,
            _ => {
                let message = "`generate` is `document-id`, `message-id`, `lrn` or `now`";
                self.faults.at(what.at, message);
                return None;
            }
        };
        Some(Source::Generate(generate))
    }

    fn read_format(&self, table: Table<'a>) -> Option<Format> {
        let format = table.text("format")?;
        let known = match format.text {
            "compact" => Format::Compact,
            "date" => Format::Date,
            "date-time" => Format::DateTime,
            "edifact" => Format::Edifact,
            "local" => Format::Local,
            "time" => Format::Time,
            "utc" => Format::Utc,
            _ => {
                self.faults.at(
                    format.at,
                    "`format` is `date`, `time`, `date-time`, `local`, `utc`, `compact` or `edifact`",
                );
                return None;
            }
        };
        Some(known)
    }

    fn read_listed(&self, table: Table<'a>) -> Option<Column> {
        let name = table.text("listed")?;
        let column = self.setting.lists.optional(name.text);
        let found = column.map_err(|message| self.faults.at(name.at, message));
        found.ok().flatten()
    }

    fn read_form(&self, table: Table<'a>) -> Option<Form> {
        let named = table.text("form")?;
        let mut all = Form::ALL.into_iter();
        let known = all.find(|form| form.as_str() == named.text);
        if known.is_none() {
            let words = Form::ALL.map(|form| format!("`{}`", form.as_str()));
            let message = format!("`form` is one of {}", words.join(", "));
            self.faults.at(named.at, message);
        }
        known
    }

    fn read_shape(&self, table: Table<'a>, own: PlaceId) -> Option<Box<Shape>> {
        let shape = Shape {
            decimals: self.decimals(table, own),
            yes: table.text("true").map(|t| t.text.to_owned()),
            no: table.text("false").map(|t| t.text.to_owned()),
            slice: table.span("slice"),
            sliced_to: None,
            cut: table.number("cut"),
            fits: table.number("fits"),
            pad: table.number("pad"),
            transliterate: self.read_letters(table),
            chunk: table.number("chunk"),
        };
        (shape != Shape::default()).then(|| Box::new(shape))
    }

    fn read_finding(&self, table: Table<'a>) -> Option<Box<str>> {
        let code = table.text("finding")?;
        let legal = |c: char| c.is_ascii_lowercase() || c == '-';
        if code.text.is_empty() || !code.text.chars().all(legal) {
            self.faults.at(
                code.at,
                "`finding` is a code of lower-case letters and hyphens",
            );
            return None;
        }
        Some(code.text.into())
    }

    fn read_letters(&self, table: Table<'a>) -> Option<Letters> {
        if !table.is_text("transliterate") {
            let by_sound = table.flag("transliterate");
            return by_sound.then_some(Letters::Sound);
        }
        let letters = table.text("transliterate")?;
        if letters.text == "look-alike" {
            return Some(Letters::LookAlike);
        }
        self.faults
            .at(letters.at, "`transliterate` is true or `look-alike`");
        None
    }

    fn read_beside(
        &mut self,
        table: Table<'a>,
        scope: ScopeId,
        own: PlaceId,
        kind: LeafKind,
    ) -> Beside {
        let beside = match kind {
            LeafKind::Mass => self.read_unit(table, scope, own),
            LeafKind::Measure => table.text("measure").and_then(|path| {
                let at = Box::new(self.beside(scope, own, path)?);
                Some(Beside::MeasureUnit { at })
            }),
            LeafKind::Amount => self.read_currency(table, scope, own),
            LeafKind::Code
            | LeafKind::Count
            | LeafKind::Flag
            | LeafKind::Moment
            | LeafKind::Mrn
            | LeafKind::Number
            | LeafKind::Text => None,
        };
        let beside = beside.unwrap_or(Beside::Nothing);
        if let Some(at) = beside.path()
            && let Some(place) = self.plan.places.get_mut(at.place.0)
        {
            place.part = true;
        }
        beside
    }

    fn read_unit(&mut self, table: Table<'a>, scope: ScopeId, own: PlaceId) -> Option<Beside> {
        if !table.has("unit") {
            self.faults.at(table.at, "a mass says its `unit`");
            return None;
        }
        if !table.is_table("unit") {
            let unit = table.text("unit")?;
            return self.mass_unit(unit).map(Beside::Unit);
        }
        let unit = table.table("unit")?;
        unit.only(&["at", "codes"]);
        let at = Box::new(self.beside(scope, own, unit.required("at"))?);
        let table = unit.table("codes")?;
        let mut codes = Vec::new();
        for code in table.keys() {
            let unit = self.mass_unit(table.required(code.text))?;
            codes.push((code.text.to_owned(), unit));
        }
        if codes.is_empty() {
            self.faults
                .at(unit.at, "`codes` says which code is which unit");
        }
        Some(Beside::UnitCode {
            at,
            codes: codes.into(),
        })
    }

    fn mass_unit(&self, unit: Placed<'_>) -> Option<MassUnit> {
        match unit.text {
            "kg" => Some(MassUnit::Kg),
            "t" => Some(MassUnit::T),
            _ => {
                self.faults.at(unit.at, "a unit of mass is `kg` or `t`");
                None
            }
        }
    }

    fn read_currency(&mut self, table: Table<'a>, scope: ScopeId, own: PlaceId) -> Option<Beside> {
        let at = match table.text("currency") {
            Some(path) => Some(Box::new(self.beside(scope, own, path)?)),
            None => None,
        };
        let basis = match table.text("basis").map(|basis| basis.text) {
            Some("customs") => ValueBasis::Customs,
            Some("invoice") => ValueBasis::Invoice,
            Some("statistical") => ValueBasis::Statistical,
            Some(_) | None => {
                let message = "an amount says its `basis`: `customs`, `invoice` or `statistical`";
                self.faults.at(table.at, message);
                return None;
            }
        };
        Some(Beside::Currency { at, basis })
    }

    pub(super) fn read_qualifiers(
        &self,
        table: Table<'a>,
        scope: ScopeId,
    ) -> Vec<(PathId, String)> {
        let Some(qualifiers) = table.table("where") else {
            return Vec::new();
        };
        let mut read = Vec::new();
        for key in qualifiers.keys() {
            let value = qualifiers.required(key.text).text.to_owned();
            let path = self.canonical_leaf(scope, key);
            read.extend(path.map(|path| (path, value)));
        }
        read
    }

    pub(super) fn read_when(&mut self, table: Table<'a>, scope: ScopeId) -> When {
        let Some(when) = table.table("when") else {
            return When::default();
        };
        when.only(&[
            "at",
            "is",
            "in",
            "not",
            "present",
            "is_in",
            "is_not",
            "is_present",
            "column",
            "begins",
        ]);
        let message = when.text("at").and_then(|path| {
            let start = self.plan.scope(scope).place;
            let names = self.names(start, path)?;
            Some((names, self.read_test(when, ["in", "not", "present"])?))
        });
        let keys = if when.has("at") {
            ["is_in", "is_not", "is_present"]
        } else {
            ["in", "not", "present"]
        };
        let model = when.text("is").and_then(|path| {
            let found = self.canonical(scope, path)?;
            let column = when.text("column").and_then(|name| {
                let column = self.setting.lists.column(name.text);
                column
                    .map_err(|message| self.faults.at(name.at, message))
                    .ok()
            });
            let subject = ModelSubject {
                path: found,
                is_leaf: matches!(Catalogue::get().info(found).kind, PathKind::Leaf(_)),
                route: self.route(scope, found),
                column,
            };
            let begins = when.texts("begins");
            if !begins.is_empty() {
                let begins = begins.iter().map(|t| t.text.to_owned()).collect();
                return Some((subject, Test::Begins(begins)));
            }
            Some((subject, self.read_test(when, keys)?))
        });
        if when.has("begins") && !when.has("is") {
            self.faults
                .at(when.at, "`begins` looks at the model: it needs `is`");
        }
        if !when.has("at") && !when.has("is") {
            self.faults.at(when.at, "`when` names `at`, `is` or both");
        }
        When {
            message: message.map(Box::new),
            model: model.map(Box::new),
        }
    }

    fn read_test(&self, when: Table<'a>, keys: [&str; 3]) -> Option<Test> {
        let [among, not, present] = keys;
        let texts = |key: &str| when.texts(key).iter().map(|t| t.text.to_owned()).collect();
        if when.has(among) {
            return Some(Test::Among(texts(among)));
        }
        if when.has(not) {
            return Some(Test::Not(texts(not)));
        }
        if let Some(wanted) = when.option_flag(present) {
            return Some(Test::Present(wanted));
        }
        self.faults.at(
            when.at,
            format!("`when` says `{among}`, `{not}` or `{present}`"),
        );
        None
    }

    /// Keys that do not suit the kind of the value.
    fn check_kind(&self, table: Table<'a>, row: &Row) {
        let suits = [
            ("unit", row.kind == LeafKind::Mass),
            ("measure", row.kind == LeafKind::Measure),
            ("currency", row.kind == LeafKind::Amount),
            ("basis", row.kind == LeafKind::Amount),
            (
                "code",
                matches!(row.kind, LeafKind::Amount | LeafKind::Code),
            ),
            ("form", row.kind == LeafKind::Text),
            (
                "listed",
                matches!(row.kind, LeafKind::Code | LeafKind::Text),
            ),
            ("format", row.kind == LeafKind::Moment),
            ("true", row.kind == LeafKind::Flag),
            ("false", row.kind == LeafKind::Flag),
        ];
        for (key, suits) in suits {
            if table.has(key) && !suits {
                let kind = row.kind;
                self.faults
                    .at(table.at, format!("`{key}` does not suit a {kind:?}"));
            }
        }
        if row.places.len() > 1 && !table.has("with") {
            self.faults.at(table.at, "several `at` need `with`");
        }
        if row.paths.len() > 1 && !table.has("with") {
            self.faults.at(table.at, "several `is` need `with`");
        }
    }
}
