//! The file of one version of a list.

use std::path::Path;

use foldhash::HashMap;
use jiff::civil::Date;

use super::LABELS;
use super::list::{Row, Span, Version};
use crate::datafile::{Faults, Placed, Table};
use crate::translate::package::digest;

/// Most rows of a list. UN/LOCODE has some 116,000 places.
const ROWS_MAX: usize = 500_000;

/// Most columns of a list.
const COLUMNS_MAX: usize = 24;

/// Largest file of rows, in bytes. The places of UN/LOCODE with their names take 3 MB.
const ROWS_FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

const KEYS: &[&str] = &[
    "name",
    "agency",
    "version",
    "origin",
    "licence",
    "valid_from",
    "valid_until",
    "canonical",
    "complete",
    "first",
    "columns",
    "rows",
    "rows_file",
    "sha256",
    "source_sha256",
    "note",
];

/// One file: a version, and the shape that all versions of its list have.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) canonical: Option<usize>,
    pub(super) version: Version,
}

/// Where the columns of a row go.
enum Role {
    Code,
    Name,
    From,
    Until,
}

struct Reader<'a> {
    faults: &'a Faults,
    roles: Vec<Role>,
    version: Version,
}

/// Reads the table of a file; `folder` is where a file of rows would stand.
pub(super) fn read(table: Table<'_>, file: &str, folder: &Path) -> Option<Read> {
    table.only(KEYS);
    let name = table.required("name").text.to_owned();
    let all = table.texts("columns");
    if all.len() > COLUMNS_MAX {
        let message = format!("a list has at most {COLUMNS_MAX} columns");
        table.faults.at(table.at, message);
        return None;
    }
    let is_code = |column: &&Placed<'_>| !LABELS.contains(&column.text);
    let columns: Vec<String> = all
        .iter()
        .filter(is_code)
        .map(|column| column.text.to_owned())
        .collect();
    let text = |key| table.text(key).map_or("", |text| text.text).to_owned();
    let canonical = table
        .text("canonical")
        .and_then(|wanted| position(table, &columns, wanted, "canonical"));
    let version = Version {
        file: file.to_owned(),
        label: text("version"),
        agency: text("agency"),
        origin: text("origin"),
        span: span(table),
        complete: complete(table, &columns),
        first: table.number("first").filter(|first| *first > 0),
        rows: Vec::new(),
        index: vec![HashMap::default(); columns.len()],
    };
    let mut reader = Reader {
        faults: table.faults,
        roles: all.iter().map(role).collect(),
        version,
    };
    for (row, at) in table.rows("rows") {
        let cells: Vec<&str> = row.iter().map(|cell| cell.text).collect();
        reader.row(&cells, |faults, message| faults.at(at, message));
    }
    if let Some(rows_file) = table.text("rows_file") {
        reader.rows_file(table, rows_file, folder);
    }
    Some(Read {
        name,
        columns,
        canonical,
        version: reader.version,
    })
}

fn role(column: &Placed<'_>) -> Role {
    match column.text {
        "name" => Role::Name,
        "valid_from" => Role::From,
        "valid_until" => Role::Until,
        _ => Role::Code,
    }
}

fn position(table: Table<'_>, columns: &[String], wanted: Placed<'_>, key: &str) -> Option<usize> {
    let found = columns.iter().position(|column| column == wanted.text);
    if found.is_none() {
        let message = format!("`{key}` is no column");
        table.faults.at(wanted.at, message);
    }
    found
}

/// Which columns list every code: all, none, or those that are named.
fn complete(table: Table<'_>, columns: &[String]) -> Vec<bool> {
    if table.is_flag("complete") || !table.has("complete") {
        let all = table.option_flag("complete").unwrap_or(true);
        return vec![all; columns.len()];
    }
    let mut complete = vec![false; columns.len()];
    for named in table.texts("complete") {
        let found = position(table, columns, named, "complete");
        if let Some(column) = found.and_then(|number| complete.get_mut(number)) {
            *column = true;
        }
    }
    complete
}

fn span(table: Table<'_>) -> Span {
    let span = Span {
        from: table.read("valid_from", "a day, as in 2026-01-31"),
        until: table.read("valid_until", "a day, as in 2026-01-31"),
    };
    if is_empty(span) {
        table
            .faults
            .at(table.at, "`valid_until` is not after `valid_from`");
    }
    span
}

fn is_empty(span: Span) -> bool {
    span.from
        .zip(span.until)
        .is_some_and(|(from, until)| until <= from)
}

impl Reader<'_> {
    fn row(&mut self, cells: &[&str], fault: impl Fn(&Faults, String)) {
        let wanted = self.roles.len();
        if cells.len() != wanted {
            let message = format!("a row of {} codes, {wanted} columns", cells.len());
            return fault(self.faults, message);
        }
        if self.version.rows.len() >= ROWS_MAX {
            // Said once: the rows behind it are not read.
            if self.version.rows.len() == ROWS_MAX {
                fault(self.faults, format!("a list has at most {ROWS_MAX} rows"));
            }
            return;
        }
        let mut row = Row {
            codes: Vec::with_capacity(wanted),
            name: Box::default(),
            span: Span::default(),
        };
        for (cell, role) in cells.iter().zip(&self.roles) {
            match role {
                Role::Code => row.codes.push((*cell).into()),
                Role::Name => row.name = (*cell).into(),
                Role::From | Role::Until if cell.is_empty() => {}
                Role::From | Role::Until => {
                    let Ok(day) = cell.parse::<Date>() else {
                        let message = format!("`{cell}` is no day; days are written 2026-01-31");
                        return fault(self.faults, message);
                    };
                    match role {
                        Role::From => row.span.from = Some(day),
                        Role::Code | Role::Name | Role::Until => row.span.until = Some(day),
                    }
                }
            }
        }
        if is_empty(row.span) {
            let message = "`valid_until` is not after `valid_from`".to_owned();
            return fault(self.faults, message);
        }
        let number = self.version.rows.len();
        for (index, code) in self.version.index.iter_mut().zip(&row.codes) {
            if !code.is_empty() {
                index.entry(code.clone()).or_default().push(number);
            }
        }
        self.version.rows.push(row);
    }

    /// Rows in a file of their own: one a line, cells parted by tabs.
    fn rows_file(&mut self, table: Table<'_>, named: Placed<'_>, folder: &Path) {
        let plain = |name: &str| !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
        if !plain(named.text) {
            let message = "`rows_file` names a file beside this one";
            return table.faults.at(named.at, message);
        }
        let text = match text_of(&folder.join(named.text)) {
            Ok(text) => text,
            Err(why) => return table.faults.at(named.at, format!("`{}` {why}", named.text)),
        };
        let wanted = table.required("sha256");
        if digest(text.as_bytes()) != wanted.text {
            let message = format!("`{}` has another SHA-256", named.text);
            return table.faults.at(wanted.at, message);
        }
        for (number, line) in text.lines().enumerate() {
            let cells: Vec<&str> = line.split('\t').collect();
            self.row(&cells, |faults, message| {
                let message = format!("{}:{}: {message}", named.text, number + 1);
                faults.at(named.at, message);
            });
        }
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > ROWS_FILE_BYTES_MAX {
        return Err(format!("has more than {ROWS_FILE_BYTES_MAX} bytes"));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}
