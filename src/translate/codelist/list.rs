//! One list in its versions, and looking codes up in it.

use foldhash::HashMap;
use jiff::civil::Date;

/// From which day on something holds, and from which day on not any more; without a day there is no
/// such end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: Option<Date>,
    /// The first day after the last one.
    pub until: Option<Date>,
}

impl Span {
    /// Whether it holds on a day.
    pub fn holds(&self, on: Date) -> bool {
        self.from.is_none_or(|from| from <= on) && self.until.is_none_or(|until| on < until)
    }

    /// Whether it holds on the day, where one was asked for.
    fn answers(&self, on: Option<Date>) -> bool {
        on.is_none_or(|on| self.holds(on))
    }
}

/// A list, in all its versions.
#[derive(Debug)]
pub(super) struct CodeList {
    pub(super) name: String,
    /// The columns of codes.
    pub(super) columns: Vec<String>,
    pub(super) canonical: Option<usize>,
    /// The oldest first; one at least.
    pub(super) versions: Vec<Version>,
    /// What stands for a version should there be none.
    pub(super) nothing: Version,
}

/// A version of a list.
#[derive(Debug, Default)]
pub(super) struct Version {
    pub(super) file: String,
    /// What the version is called; empty when that is not stated.
    pub(super) label: String,
    pub(super) agency: String,
    pub(super) origin: String,
    pub(super) span: Span,
    /// Of each column whether it lists every code.
    pub(super) complete: Vec<bool>,
    /// Of a longer value only so many characters are looked up.
    pub(super) first: Option<usize>,
    pub(super) rows: Vec<Row>,
    /// For each column: code -> rows that have it, in order.
    pub(super) index: Vec<HashMap<Box<str>, Vec<usize>>>,
}

/// A row: one meaning.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) codes: Vec<Box<str>>,
    pub(super) name: Box<str>,
    pub(super) span: Span,
}

/// A version of a list, as listings show it.
#[derive(Debug, Clone)]
pub struct Edition<'l> {
    /// What the list is called.
    pub name: &'l str,
    /// What the version is called; empty when that is not stated.
    pub version: &'l str,
    /// Who keeps the list.
    pub agency: &'l str,
    /// Where its codes come from.
    pub origin: &'l str,
    /// The file that it was read from.
    pub file: &'l str,
    /// How long it holds, as it says itself.
    pub span: Span,
    /// Its columns of codes; of each whether it lists every code.
    pub columns: Vec<(&'l str, bool)>,
    /// The column that the canonical model takes.
    pub canonical: Option<&'l str>,
    /// How many rows it has.
    pub rows: usize,
}

/// A row of a list, as `show` prints it.
#[derive(Debug, Clone)]
pub struct Entry<'l> {
    /// Its codes, in the order of the columns; empty where a column has none.
    pub codes: Vec<&'l str>,
    /// What it means; may be empty.
    pub name: &'l str,
    /// How long it holds.
    pub span: Span,
}

impl CodeList {
    /// The version that holds on a day, of several the one that began last; where none holds the one
    /// that began last before it, or the first. Without a day the newest.
    pub(super) fn version(&self, on: Option<Date>) -> &Version {
        let last = self.versions.last().unwrap_or(&self.nothing);
        let Some(on) = on.filter(|_| self.versions.len() > 1) else {
            return last;
        };
        let holds = |version: &&Version| version.span.holds(on);
        let began = |version: &&Version| version.span.from.is_none_or(|from| from <= on);
        let newest_first = || self.versions.iter().rev();
        let found = newest_first().find(holds);
        let found = found.or_else(|| newest_first().find(began));
        found.or_else(|| self.versions.first()).unwrap_or(last)
    }

    /// The column of `list:column`, when it is one of this list.
    pub(super) fn column_of(&self, qualified: &str) -> Option<usize> {
        let column = qualified.strip_prefix(&self.name)?.strip_prefix(':')?;
        self.columns.iter().position(|c| c == column)
    }

    pub(super) fn edition<'l>(&'l self, version: &'l Version) -> Edition<'l> {
        let columns = self.columns.iter().map(String::as_str);
        let complete = version.complete.iter().copied();
        let canonical = self.canonical.and_then(|number| self.columns.get(number));
        Edition {
            name: &self.name,
            version: &version.label,
            agency: &version.agency,
            origin: &version.origin,
            file: &version.file,
            span: version.span,
            columns: columns.zip(complete).collect(),
            canonical: canonical.map(String::as_str),
            rows: version.rows.len(),
        }
    }
}

impl Version {
    /// The part of a value that the list has codes for.
    pub(super) fn asked<'v>(&self, value: &'v str) -> &'v str {
        let Some(first) = self.first else {
            return value;
        };
        let end = value.char_indices().nth(first);
        end.and_then(|(end, _)| value.get(..end)).unwrap_or(value)
    }

    fn found(&self, column: usize, code: &str) -> impl Iterator<Item = &Row> {
        let rows = self.index.get(column).and_then(|index| index.get(code));
        let rows = rows.map_or(&[][..], Vec::as_slice);
        rows.iter().filter_map(|row| self.rows.get(*row))
    }

    /// Whether a code is in force on a day; nothing when the list does not have it.
    pub(super) fn standing(&self, column: usize, code: &str, on: Option<Date>) -> Option<bool> {
        let mut known = None;
        for row in self.found(column, code) {
            let holds = row.span.answers(on) && self.span.answers(on);
            known = Some(known.unwrap_or(false) || holds);
        }
        known
    }

    /// The code of another column in the same row; rows that hold on the day come first.
    pub(super) fn translate(
        &self,
        from: usize,
        code: &str,
        to: usize,
        on: Option<Date>,
    ) -> Option<&str> {
        let mut past = None;
        for row in self.found(from, code) {
            let found = row.codes.get(to).map(|code| &**code);
            let Some(found) = found.filter(|code| !code.is_empty()) else {
                continue;
            };
            if row.span.answers(on) {
                return Some(found);
            }
            past = past.or(Some(found));
        }
        past
    }

    /// Whether a column lists every code. A list without rows is one whose codes nobody published.
    pub(super) fn is_complete(&self, column: usize) -> bool {
        !self.rows.is_empty() && self.complete.get(column).copied().unwrap_or(false)
    }

    pub(super) fn entry<'l>(&'l self, row: &'l Row) -> Entry<'l> {
        Entry {
            codes: row.codes.iter().map(|code| &**code).collect(),
            name: &row.name,
            span: row.span,
        }
    }

    /// The rows that have a code in any column.
    pub(super) fn with_code(&self, code: &str) -> Vec<&Row> {
        let mut numbers: Vec<usize> = Vec::new();
        for index in &self.index {
            numbers.extend(index.get(code).into_iter().flatten());
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers
            .iter()
            .filter_map(|row| self.rows.get(*row))
            .collect()
    }
}
