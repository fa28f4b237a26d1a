//! Reading the TOML files of packages so that every fault has its file and line.
//!
//! Start at [`Faults`] and [`Table`]. A table knows which keys it may have; whatever else is
//! written is a fault with the nearest key that exists. Nothing here knows what the keys mean.

use std::cell::RefCell;
use std::fmt;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A fault in a package, at a place that somebody can open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadFault {
    /// The file, relative to the folder of packages.
    pub file: String,
    /// The line, from 1; 0 when the fault concerns the file as a whole.
    pub line: usize,
    /// What is wrong, and where it helps the nearest thing that exists.
    pub message: String,
}

impl LoadFault {
    /// A stable code for machines.
    pub fn code(&self) -> &'static str {
        "PACKAGE_FAULT"
    }
}

impl fmt::Display for LoadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for LoadFault {}

/// The faults of one file.
#[derive(Debug)]
pub(super) struct Faults {
    file: String,
    line_starts: Vec<usize>,
    found: RefCell<Vec<LoadFault>>,
}

impl Faults {
    pub(super) fn of(file: &str, text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        Self {
            file: file.to_owned(),
            line_starts: breaks.map(|(at, _)| at + 1).collect(),
            found: RefCell::default(),
        }
    }

    /// Notes a fault at a byte of the file.
    pub(super) fn at(&self, byte: usize, message: impl Into<String>) {
        let line = 1 + self.line_starts.partition_point(|start| *start <= byte);
        self.add(line, message.into());
    }

    /// Notes a fault of the file as a whole.
    pub(super) fn whole(&self, message: impl Into<String>) {
        self.add(0, message.into());
    }

    fn add(&self, line: usize, message: String) {
        self.found.borrow_mut().push(LoadFault {
            file: self.file.clone(),
            line,
            message,
        });
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    pub(super) fn into_inner(self) -> Vec<LoadFault> {
        self.found.into_inner()
    }
}

/// Parses a file; syntax errors become faults.
pub(super) fn parse<'t>(text: &'t str, faults: &Faults) -> Spanned<DeTable<'t>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        faults.at(at, error.message());
    }
    table
}

/// A text with the byte where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// A table that is read key by key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    pub(super) faults: &'a Faults,
    table: &'a DeTable<'a>,
    /// The byte where the table begins.
    pub(super) at: usize,
}

impl<'a> Table<'a> {
    pub(super) fn new(table: &'a Spanned<DeTable<'a>>, faults: &'a Faults) -> Self {
        Self {
            faults,
            table: table.get_ref(),
            at: table.span().start,
        }
    }

    /// Notes a fault for every key that is not among `known`.
    pub(super) fn only(&self, known: &[&str]) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let near = nearest(name, known.iter().copied());
                self.faults
                    .at(key.span().start, format!("unknown key `{name}`{near}"));
            }
        }
    }

    fn value(&self, key: &str) -> Option<(&'a DeValue<'a>, usize)> {
        let value = self.table.iter().find(|(k, _)| k.get_ref() == key)?.1;
        Some((value.get_ref(), value.span().start))
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    pub(super) fn is_table(&self, key: &str) -> bool {
        self.value(key).is_some_and(|(value, _)| value.is_table())
    }

    pub(super) fn is_text(&self, key: &str) -> bool {
        self.value(key).is_some_and(|(value, _)| value.is_str())
    }

    /// The keys with the bytes where they stand.
    pub(super) fn keys(&self) -> Vec<Placed<'a>> {
        let placed = |key: &'a Spanned<std::borrow::Cow<'a, str>>| Placed {
            text: key.get_ref(),
            at: key.span().start,
        };
        self.table.keys().map(placed).collect()
    }

    pub(super) fn text(&self, key: &str) -> Option<Placed<'a>> {
        let (value, at) = self.value(key)?;
        let text = value.as_str();
        if text.is_none() {
            self.faults.at(at, format!("`{key}` takes a text"));
        }
        text.map(|text| Placed { text, at })
    }

    /// A text that must be there.
    pub(super) fn required(&self, key: &str) -> Placed<'a> {
        if !self.has(key) {
            self.faults.at(self.at, format!("`{key}` is missing"));
        }
        let nothing = Placed {
            text: "",
            at: self.at,
        };
        self.text(key).unwrap_or(nothing)
    }

    /// One text, or an array of texts; nothing when the key is absent.
    pub(super) fn texts(&self, key: &str) -> Vec<Placed<'a>> {
        let Some((value, at)) = self.value(key) else {
            return Vec::new();
        };
        if let Some(text) = value.as_str() {
            return vec![Placed { text, at }];
        }
        let Some(array) = value.as_array() else {
            self.faults.at(at, format!("`{key}` takes texts"));
            return Vec::new();
        };
        self.texts_of(key, array)
    }

    fn texts_of(&self, key: &str, array: &'a DeArray<'a>) -> Vec<Placed<'a>> {
        let mut texts = Vec::new();
        for item in array.iter() {
            let at = item.span().start;
            match item.get_ref().as_str() {
                Some(text) => texts.push(Placed { text, at }),
                None => self.faults.at(at, format!("`{key}` takes texts only")),
            }
        }
        texts
    }

    /// Whether a flag is set; absent is false.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.option_flag(key).unwrap_or(false)
    }

    pub(super) fn option_flag(&self, key: &str) -> Option<bool> {
        let (value, at) = self.value(key)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.faults.at(at, format!("`{key}` is true or false"));
        }
        flag
    }

    pub(super) fn number(&self, key: &str) -> Option<usize> {
        let (value, at) = self.value(key)?;
        let number = number_of(value);
        if number.is_none() {
            self.faults.at(at, format!("`{key}` takes a whole number"));
        }
        number
    }

    /// Two whole numbers.
    pub(super) fn span(&self, key: &str) -> Option<(usize, usize)> {
        let (value, at) = self.value(key)?;
        let numbers: Vec<usize> = value
            .as_array()
            .map(|array| {
                array
                    .iter()
                    .filter_map(|v| number_of(v.get_ref()))
                    .collect()
            })
            .unwrap_or_default();
        if let [from, to] = numbers.as_slice()
            && from < to
        {
            return Some((*from, *to));
        }
        self.faults.at(
            at,
            format!("`{key}` takes two whole numbers, the smaller first"),
        );
        None
    }

    pub(super) fn table(&self, key: &str) -> Option<Self> {
        let (value, at) = self.value(key)?;
        let table = value.as_table();
        if table.is_none() {
            self.faults.at(at, format!("`{key}` takes a table"));
        }
        table.map(|table| Self { table, at, ..*self })
    }

    /// An array of tables; nothing when the key is absent.
    pub(super) fn tables(&self, key: &str) -> Vec<Self> {
        let Some((value, at)) = self.value(key) else {
            return Vec::new();
        };
        let Some(array) = value.as_array() else {
            self.faults
                .at(at, format!("`{key}` takes tables: [[{key}]]"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array.iter() {
            let at = item.span().start;
            match item.get_ref().as_table() {
                Some(table) => tables.push(Self { table, at, ..*self }),
                None => self.faults.at(at, format!("`{key}` takes tables only")),
            }
        }
        tables
    }

    /// An array of arrays of texts, each with the byte where it stands.
    pub(super) fn rows(&self, key: &str) -> Vec<(Vec<Placed<'a>>, usize)> {
        let Some((value, at)) = self.value(key) else {
            return Vec::new();
        };
        let Some(array) = value.as_array() else {
            self.faults.at(at, format!("`{key}` takes rows"));
            return Vec::new();
        };
        let mut rows = Vec::new();
        for item in array.iter() {
            let at = item.span().start;
            match item.get_ref().as_array() {
                Some(row) => rows.push((self.texts_of(key, row), at)),
                None => self.faults.at(at, format!("`{key}` takes rows of texts")),
            }
        }
        rows
    }
}

fn number_of(value: &DeValue<'_>) -> Option<usize> {
    let integer = value.as_integer()?;
    usize::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// The end of a message: "; did you mean `x`?", or nothing when nothing is near.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let near = known
        .map(|candidate| (distance(name, candidate), candidate))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((distance, candidate)) if distance <= name.chars().count().max(4) / 2 => {
            format!("; did you mean `{candidate}`?")
        }
        Some(_) | None => String::new(),
    }
}

/// Levenshtein distance in characters, without regard to case.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.to_lowercase().chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for ((cb, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(ca != *cb))
                .min(above + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_know_their_line_and_the_nearest_key() {
        let text = "a = 1\nisx = 'b'\n";
        let faults = Faults::of("map.toml", text);
        let table = parse(text, &faults);
        Table::new(&table, &faults).only(&["at", "is"]);
        let found = faults.into_inner();
        assert_eq!(found[1].line, 2);
        assert_eq!(found[1].message, "unknown key `isx`; did you mean `is`?");
    }

    #[test]
    fn syntax_errors_are_faults() {
        let text = "a = 1\nb =\n";
        let faults = Faults::of("map.toml", text);
        parse(text, &faults);
        assert_eq!(faults.into_inner()[0].line, 2);
    }
}
