//! Reading TOML data files (packages, agreements) so that every fault has its file and line.
//!
//! Start at [`Faults`] and [`Table`]. A table knows which keys it may have; whatever else is
//! written is a fault with the nearest key that exists. Faults are collected: one reading names
//! all of them. Nothing here knows what the keys mean, and nothing here opens a file.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A fault in a data file, at a place that somebody can open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadFault {
    /// The file, relative to the folder that was loaded.
    pub file: String,
    /// The line, from 1; 0 when the fault concerns the file as a whole.
    pub line: usize,
    /// What is wrong, and where it helps the nearest thing that exists.
    pub message: String,
}

impl fmt::Display for LoadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for LoadFault {}

/// The faults of one file.
#[derive(Debug)]
pub struct Faults {
    file: String,
    line_starts: Vec<usize>,
    found: RefCell<Vec<LoadFault>>,
}

impl Faults {
    /// No fault yet, in a file of this name and text.
    pub fn of(file: &str, text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        Self {
            file: file.to_owned(),
            line_starts: breaks.map(|(at, _)| at + 1).collect(),
            found: RefCell::default(),
        }
    }

    /// Notes a fault at a byte of the file.
    pub fn at(&self, byte: usize, message: impl Into<String>) {
        let line = 1 + self.line_starts.partition_point(|start| *start <= byte);
        self.add(line, message.into());
    }

    /// Notes a fault of the file as a whole.
    pub fn whole(&self, message: impl Into<String>) {
        self.add(0, message.into());
    }

    fn add(&self, line: usize, message: String) {
        self.found.borrow_mut().push(LoadFault {
            file: self.file.clone(),
            line,
            message,
        });
    }

    /// Whether nothing was found so far.
    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// What was found, in the order of finding.
    pub fn into_inner(self) -> Vec<LoadFault> {
        self.found.into_inner()
    }
}

/// Parses a file; syntax errors become faults.
pub fn parse<'t>(text: &'t str, faults: &Faults) -> Spanned<DeTable<'t>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        faults.at(at, error.message());
    }
    table
}

/// A text with the byte where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'a> {
    /// The text.
    pub text: &'a str,
    /// The byte where it begins.
    pub at: usize,
}

/// A table that is read key by key.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// Where faults are noted.
    pub faults: &'a Faults,
    table: &'a DeTable<'a>,
    /// The byte where the table begins.
    pub at: usize,
}

impl<'a> Table<'a> {
    /// The table of a whole file.
    pub fn new(table: &'a Spanned<DeTable<'a>>, faults: &'a Faults) -> Self {
        Self {
            faults,
            table: table.get_ref(),
            at: table.span().start,
        }
    }

    /// Notes a fault for every key that is not among `known`.
    pub fn only(&self, known: &[&str]) {
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

    /// Whether the key is written.
    pub fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// Whether the key holds a table.
    pub fn is_table(&self, key: &str) -> bool {
        self.value(key).is_some_and(|(value, _)| value.is_table())
    }

    /// Whether the key holds a text.
    pub fn is_text(&self, key: &str) -> bool {
        self.value(key).is_some_and(|(value, _)| value.is_str())
    }

    /// Whether the key holds a flag.
    pub fn is_flag(&self, key: &str) -> bool {
        self.value(key).is_some_and(|(value, _)| value.is_bool())
    }

    /// The keys with the bytes where they stand.
    pub fn keys(&self) -> Vec<Placed<'a>> {
        let placed = |key: &'a Spanned<std::borrow::Cow<'a, str>>| Placed {
            text: key.get_ref(),
            at: key.span().start,
        };
        self.table.keys().map(placed).collect()
    }

    /// A text; nothing when the key is absent.
    pub fn text(&self, key: &str) -> Option<Placed<'a>> {
        let (value, at) = self.value(key)?;
        let text = value.as_str();
        if text.is_none() {
            self.faults.at(at, format!("`{key}` takes a text"));
        }
        text.map(|text| Placed { text, at })
    }

    /// A text that must be there.
    pub fn required(&self, key: &str) -> Placed<'a> {
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
    pub fn texts(&self, key: &str) -> Vec<Placed<'a>> {
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
    pub fn flag(&self, key: &str) -> bool {
        self.option_flag(key).unwrap_or(false)
    }

    /// A flag; nothing when the key is absent.
    pub fn option_flag(&self, key: &str) -> Option<bool> {
        let (value, at) = self.value(key)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.faults.at(at, format!("`{key}` is true or false"));
        }
        flag
    }

    /// A whole number; nothing when the key is absent.
    pub fn number(&self, key: &str) -> Option<usize> {
        let (value, at) = self.value(key)?;
        let number = number_of(value);
        if number.is_none() {
            self.faults.at(at, format!("`{key}` takes a whole number"));
        }
        number
    }

    /// A decimal number, exactly as it is written, with or without quotes; nothing when the key is
    /// absent.
    pub fn decimal(&self, key: &str) -> Option<(Decimal, usize)> {
        let (value, at) = self.value(key)?;
        let written = match value {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::String(text) => text,
            DeValue::Array(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Integer(_)
            | DeValue::Table(_) => "",
        };
        let decimal = Decimal::from_str_exact(written).ok();
        if decimal.is_none() {
            self.faults
                .at(at, format!("`{key}` takes a decimal number"));
        }
        decimal.map(|decimal| (decimal.normalize(), at))
    }

    /// A text of a type that reads itself; nothing when the key is absent.
    pub fn read<T: FromStr>(&self, key: &str, expected: &str) -> Option<T> {
        let placed = self.text(key)?;
        let read = placed.text.parse().ok();
        if read.is_none() {
            self.faults
                .at(placed.at, format!("`{key}` is not {expected}"));
        }
        read
    }

    /// Two whole numbers.
    pub fn span(&self, key: &str) -> Option<(usize, usize)> {
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

    /// A table within; nothing when the key is absent.
    pub fn table(&self, key: &str) -> Option<Self> {
        let (value, at) = self.value(key)?;
        let table = value.as_table();
        if table.is_none() {
            self.faults.at(at, format!("`{key}` takes a table"));
        }
        table.map(|table| Self { table, at, ..*self })
    }

    /// An array of tables; nothing when the key is absent.
    pub fn tables(&self, key: &str) -> Vec<Self> {
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
    pub fn rows(&self, key: &str) -> Vec<(Vec<Placed<'a>>, usize)> {
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
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
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
    fn decimals_are_read_as_written() {
        let text = "a = 0.1\nb = '1.50'\nc = 3\nd = 'much'\ne = 1e3\nf = true\n";
        let faults = Faults::of("a.toml", text);
        let table = parse(text, &faults);
        let table = Table::new(&table, &faults);
        let read = |key| table.decimal(key).map(|(decimal, _)| decimal.to_string());
        assert_eq!(read("a").as_deref(), Some("0.1"));
        assert_eq!(read("b").as_deref(), Some("1.5"));
        assert_eq!(read("c").as_deref(), Some("3"));
        for key in ["d", "e", "f", "g"] {
            assert_eq!(read(key), None);
        }
        let lines: Vec<usize> = faults.into_inner().iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [4, 5, 6]);
    }

    #[test]
    fn syntax_errors_are_faults() {
        let text = "a = 1\nb =\n";
        let faults = Faults::of("map.toml", text);
        parse(text, &faults);
        assert_eq!(faults.into_inner()[0].line, 2);
    }
}
