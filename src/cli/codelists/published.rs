//! Lists as they are published, row by row.
//!
//! Start at [`Kind`] and [`Source`]. What a row has too little of, or what is no code of the list, is an
//! error with line and column.

use std::io::{self, BufReader, Read};

use clap::ValueEnum;
use encoding_rs::Encoding;
use jiff::civil::Date;

use super::csv::{Cell, CsvError, Place, Records};
use super::reference_data::{Entries, RdEntry, RdError};

/// A list that others publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Customs offices of the EU: reference data (XML), or CSV with a header.
    EuOffice,
    /// The Harmonized System: CSV with a header, code and description.
    Hs,
    /// Places of trade and transport: CSV of UN/ECE, or reference data of the EU (XML).
    UnLocode,
}

impl Kind {
    /// What the list is called, as mappings name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::EuOffice => "eu-office",
            Self::Hs => "hs",
            Self::UnLocode => "un-locode",
        }
    }

    /// Who keeps it.
    pub(super) fn agency(self) -> &'static str {
        match self {
            Self::EuOffice => "DG TAXUD",
            Self::Hs => "WCO",
            Self::UnLocode => "UN/ECE",
        }
    }

    /// Of a longer value only so many characters are looked up: behind them national codes begin.
    pub(super) fn first(self) -> Option<usize> {
        (self == Self::Hs).then_some(6)
    }

    fn fault(self, code: &str) -> Option<&'static str> {
        let upper = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
        let either = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let country = code.get(..2).is_some_and(upper);
        match self {
            Self::EuOffice if country && code.len() == 8 && code.bytes().all(either) => None,
            Self::EuOffice => Some("an office has two letters, and six letters or digits"),
            Self::Hs
                if matches!(code.len(), 2 | 4 | 6)
                    && code.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                None
            }
            Self::Hs => Some("a code of the Harmonized System has 2, 4 or 6 digits"),
            Self::UnLocode if country && code.len() == 5 && code.bytes().all(either) => None,
            Self::UnLocode => Some("a place has two letters, and three letters or digits"),
        }
    }

    /// Entity, item of the code, and item of the name in reference data of the EU.
    fn entity(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::EuOffice => Some(("CustomsOffices", "CustomsOfficeUsualName")),
            Self::Hs => None,
            Self::UnLocode => Some(("UnLocode", "")),
        }
    }
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) from: Option<Date>,
    pub(super) until: Option<Date>,
    pub(super) place: Place,
}

/// Why a row, or the file, is not taken.
#[derive(Debug)]
pub(super) enum Bad {
    /// This row; the next can be read.
    Row(Place, String),
    /// The file is no such file from here on.
    File(Place, String),
    /// It cannot be read.
    Io(io::Error),
}

impl From<CsvError> for Bad {
    fn from(error: CsvError) -> Self {
        match error {
            CsvError::Io(error) => Self::Io(error),
            CsvError::Form { place, text } => Self::File(place, text),
        }
    }
}

impl From<RdError> for Bad {
    fn from(error: RdError) -> Self {
        match error {
            RdError::Io(error) => Self::Io(error),
            RdError::Form { place, text } => Self::File(place, text),
        }
    }
}

/// A published file.
pub(super) struct Source<R: Read> {
    kind: Kind,
    form: Form<R>,
}

enum Form<R: Read> {
    /// UN/ECE writes no header: change, country, place, name, name in plain letters, ...
    Places(Records<BufReader<R>>),
    /// The first line names the columns.
    Headed(Records<BufReader<R>>, Columns),
    Reference(Box<Entries<BufReader<R>>>),
}

/// Which cell holds what.
#[derive(Debug, Default)]
struct Columns {
    code: usize,
    name: Option<usize>,
    from: Option<usize>,
    until: Option<usize>,
}

/// Names of columns in the headers of published files, in lower case.
const CODE_NAMES: [&str; 4] = ["code", "hscode", "referencenumber", "reference number"];
const NAME_NAMES: [&str; 5] = [
    "description",
    "name",
    "customsofficeusualname",
    "usual name",
    "title",
];

impl Columns {
    fn of(header: &[Cell]) -> Result<Self, Bad> {
        let find = |names: &[&str]| {
            let known = |cell: &Cell| names.contains(&cell.text.to_lowercase().as_str());
            header.iter().position(known)
        };
        let place = header.first().map_or(START, |cell| cell.place);
        let code = find(&CODE_NAMES).ok_or_else(|| {
            let text = format!("the first line names no column {}", CODE_NAMES.join(", "));
            Bad::File(place, text)
        })?;
        Ok(Self {
            code,
            name: find(&NAME_NAMES),
            from: find(&["valid_from"]),
            until: find(&["valid_until"]),
        })
    }
}

const START: Place = Place { line: 1, column: 1 };

/// How many bytes are looked at to see whether a file is XML.
const BEGINNING: u64 = 64;

impl<R: Read> Source<io::Chain<io::Cursor<Vec<u8>>, R>> {
    /// Looks at the beginning of a file: what begins with `<` is reference data, all else CSV.
    pub(super) fn of(kind: Kind, mut file: R, encoding: &'static Encoding) -> Result<Self, Bad> {
        let mut beginning = Vec::new();
        let mut first = Read::take(&mut file, BEGINNING);
        first.read_to_end(&mut beginning).map_err(Bad::Io)?;
        let text = beginning
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(&beginning);
        let is_xml = text.trim_ascii_start().starts_with(b"<");
        let input = BufReader::new(io::Cursor::new(beginning).chain(file));
        let form = match (is_xml, kind.entity()) {
            (true, Some((entity, name))) => {
                Form::Reference(Box::new(Entries::new(input, entity, name)))
            }
            (true, None) => {
                let text = format!("{} is taken from CSV only", kind.name());
                return Err(Bad::File(START, text));
            }
            (false, _) if kind == Kind::UnLocode => Form::Places(Records::new(input, encoding)),
            (false, _) => {
                let mut records = Records::new(input, encoding);
                let header = records.next()?.unwrap_or_default();
                let columns = Columns::of(&header)?;
                Form::Headed(records, columns)
            }
        };
        Ok(Self { kind, form })
    }
}

impl<R: Read> Source<R> {
    /// The next row; nothing behind the last one.
    pub(super) fn next(&mut self) -> Result<Option<Row>, Bad> {
        loop {
            let row = match &mut self.form {
                Form::Places(records) => match records.next()? {
                    Some(cells) => place_of_trade(&cells)?,
                    None => return Ok(None),
                },
                Form::Headed(records, columns) => match records.next()? {
                    // The published table of the Harmonized System ends with its own sum.
                    Some(cells) => Some(headed(columns, &cells)?).filter(|row| row.code != "TOTAL"),
                    None => return Ok(None),
                },
                Form::Reference(entries) => match entries.next()? {
                    Some(entry) => Some(reference(self.kind, &entry)?),
                    None => return Ok(None),
                },
            };
            let Some(row) = row else { continue };
            return match self.kind.fault(&row.code) {
                Some(fault) => Err(Bad::Row(
                    row.place,
                    format!("`{}`: {fault}", shown(&row.code)),
                )),
                None => Ok(Some(row)),
            };
        }
    }
}

/// A code as a complaint shows it.
fn shown(code: &str) -> String {
    code.chars().take(40).collect()
}

/// What stands as the status of a place that the next issue will not have.
const LEAVING: &str = "XX";

/// A line of UN/LOCODE. Lines that begin a country, that refer to another name, or that withdraw a place,
/// by their change or by its status, name no place.
fn place_of_trade(cells: &[Cell]) -> Result<Option<Row>, Bad> {
    let place = cells.first().map_or(START, |cell| cell.place);
    let [change, country, location, name, plain, ..] = cells else {
        let text = format!(
            "a line has {} cells; those of UN/LOCODE have 12",
            cells.len()
        );
        return Err(Bad::Row(place, text));
    };
    let header = country.text.eq_ignore_ascii_case("country");
    // Status and function stand behind the subdivision; tables of the publisher have them the other way
    // round, and no function is written with these letters.
    let mut behind = cells.iter().skip(6).take(2);
    let leaves = change.text == "X" || behind.any(|cell| cell.text == LEAVING);
    if header || location.text.is_empty() || leaves {
        return Ok(None);
    }
    let name = match plain.text.as_str() {
        "" => &name.text,
        plain => plain,
    };
    Ok(Some(Row {
        code: format!("{}{}", country.text, location.text),
        name: name.to_owned(),
        from: None,
        until: None,
        place: country.place,
    }))
}

fn headed(columns: &Columns, cells: &[Cell]) -> Result<Row, Bad> {
    let first = cells.first().map_or(START, |cell| cell.place);
    let code = cells
        .get(columns.code)
        .ok_or_else(|| Bad::Row(first, "the line has no cell for the code".to_owned()))?;
    let cell = |column: Option<usize>| column.and_then(|column| cells.get(column));
    let day = |column: Option<usize>| match cell(column) {
        Some(cell) if !cell.text.is_empty() => match cell.text.parse() {
            Ok(day) => Ok(Some(day)),
            Err(_) => Err(Bad::Row(
                cell.place,
                "is no day, as in 2026-01-31".to_owned(),
            )),
        },
        _ => Ok(None),
    };
    Ok(Row {
        code: code.text.clone(),
        name: cell(columns.name).map_or(String::new(), |cell| cell.text.clone()),
        from: day(columns.from)?,
        until: day(columns.until)?,
        place: code.place,
    })
}

/// An entry of reference data. The day from which it is valid is that of its latest change, not of its first
/// validity: only an end is taken.
fn reference(kind: Kind, entry: &RdEntry) -> Result<Row, Bad> {
    let place = entry.place.unwrap_or(START);
    let item = |name: &str| entry.items.get(name).map_or("", String::as_str);
    let (code, name) = match kind {
        Kind::UnLocode => {
            let code = format!("{}{}", item("CountryCode"), item("UnLocodeId"));
            (code, item("UnLocodeName"))
        }
        Kind::EuOffice | Kind::Hs => (item("ReferenceNumber").to_owned(), entry.name()),
    };
    let until = match (entry.state.as_str(), entry.active_from.parse::<Date>()) {
        ("valid", _) => None,
        ("invalid", Ok(day)) => Some(day),
        ("invalid", Err(_)) => {
            return Err(Bad::Row(
                place,
                "says no day from which it is invalid".to_owned(),
            ));
        }
        _ => return Err(Bad::Row(place, "is neither valid nor invalid".to_owned())),
    };
    Ok(Row {
        code,
        name: name.to_owned(),
        from: None,
        until,
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, text: &str) -> (Vec<Row>, Vec<String>) {
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        let said = |place: Place, text: String| format!("{}:{}: {text}", place.line, place.column);
        let mut source = match Source::of(kind, text.as_bytes(), encoding_rs::UTF_8) {
            Ok(source) => source,
            Err(Bad::File(place, text)) => return (rows, vec![said(place, text)]),
            Err(bad) => panic!("{bad:?}"),
        };
        loop {
            match source.next() {
                Ok(Some(row)) => rows.push(row),
                Ok(None) => break,
                Err(Bad::Row(place, text)) => faults.push(said(place, text)),
                Err(Bad::File(place, text)) => {
                    faults.push(said(place, text));
                    break;
                }
                Err(Bad::Io(error)) => panic!("{error}"),
            }
        }
        (rows, faults)
    }

    fn pairs(rows: &[Row]) -> Vec<(&str, &str)> {
        rows.iter()
            .map(|row| (row.code.as_str(), row.name.as_str()))
            .collect()
    }

    #[test]
    fn places_are_read_as_un_ece_publishes_them() {
        let (rows, faults) = read(
            Kind::UnLocode,
            "\"\",\"FI\",\"\",\".FINLAND\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\n\
             \"+\",\"FI\",\"HEL\",\"Helsinki (Helsingfors)\",\"Helsinki\",\"18\",\"AF\",\"12345---\",\"0401\",\"\",\"6010N 02458E\",\"\"\n\
             \"=\",\"FI\",\"\",\"Helsingfors = Helsinki\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\n\
             \"X\",\"FI\",\"OLD\",\"Gone\",\"Gone\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\n\
             \"|\",\"FI\",\"LVG\",\"Leaving\",\"Leaving\",\"\",\"XX\",\"--3-----\",\"\",\"\",\"\",\"\"\n\
             \"\",\"FI\",\"HE\",\"Short\",\"Short\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\n\
             \"\",\"FI\"\n",
        );
        assert_eq!(pairs(&rows), [("FIHEL", "Helsinki")]);
        assert_eq!(
            faults,
            [
                "6:4: `FIHE`: a place has two letters, and three letters or digits",
                "7:1: a line has 2 cells; those of UN/LOCODE have 12",
            ]
        );
    }

    #[test]
    fn the_harmonized_system_is_read_by_its_header() {
        let text = "section,hscode,description,parent,level\nI,01,Animals; live,TOTAL,2\n\
            I,010121,\"Horses; live, pure-bred\",0101,6\nI,1,Lost its zero,0101,6\nI\n\
            TOTAL,TOTAL,All of it,TOTAL,5\n";
        let (rows, faults) = read(Kind::Hs, text);
        let expected = [
            ("01", "Animals; live"),
            ("010121", "Horses; live, pure-bred"),
        ];
        assert_eq!(pairs(&rows), expected);
        assert_eq!(
            faults,
            [
                "4:3: `1`: a code of the Harmonized System has 2, 4 or 6 digits",
                "5:1: the line has no cell for the code",
            ]
        );
        let (_, faults) = read(Kind::Hs, "number,text\n01,x\n");
        assert!(
            faults[0].starts_with("1:1: the first line names no column code"),
            "{faults:?}"
        );
        let (_, faults) = read(Kind::Hs, "<x/>");
        assert_eq!(faults, ["1:1: hs is taken from CSV only"]);
    }

    fn extract(entity: &str, entries: &[(&str, &str, &str)]) -> String {
        let entry = |(state, from, items): &(&str, &str, &str)| {
            format!(
                "<RDEntry><RDEntryStatus><state>{state}</state><activeFrom>{from}</activeFrom>\
                 </RDEntryStatus>{items}</RDEntry>\n"
            )
        };
        let entries: String = entries.iter().map(entry).collect();
        format!("<RDEntityList>\n<RDEntity name='{entity}'>\n{entries}</RDEntity></RDEntityList>")
    }

    #[test]
    fn reference_data_of_the_eu_is_read() {
        let office = |code: &str| {
            format!(
                "<dataItem name='ReferenceNumber'>{code}</dataItem><dataGroup name='CustomsOfficeLsd'>\
                 <dataItem name='LanguageCode'>EN</dataItem>\
                 <dataItem name='CustomsOfficeUsualName'>Office {code}</dataItem></dataGroup>"
            )
        };
        let (good, gone, short) = (office("FI002000"), office("EE1000EE"), office("FI1"));
        let text = extract(
            "CustomsOffices",
            &[
                ("valid", "2020-03-23", &good),
                ("invalid", "2024-01-01", &gone),
                ("valid", "2020-03-23", &short),
                ("invalid", "", &good),
                ("", "2020-03-23", &good),
            ],
        );
        let (rows, faults) = read(Kind::EuOffice, &text);
        assert_eq!(
            pairs(&rows),
            [
                ("FI002000", "Office FI002000"),
                ("EE1000EE", "Office EE1000EE")
            ]
        );
        let until = rows[1].until.map(|day| day.to_string());
        assert_eq!(
            (rows[0].until, until.as_deref()),
            (None, Some("2024-01-01"))
        );
        let lines: Vec<&str> = faults
            .iter()
            .filter_map(|fault| fault.split(':').next())
            .collect();
        assert_eq!(lines, ["5", "6", "7"], "{faults:?}");
        let place = "<dataItem name='CountryCode'>FI</dataItem><dataItem name='UnLocodeId'>HEL</dataItem>\
            <dataItem name='UnLocodeName'>Helsinki</dataItem>";
        let text = extract("UnLocode", &[("valid", "2022-11-11", place)]);
        assert_eq!(
            pairs(&read(Kind::UnLocode, &text).0),
            [("FIHEL", "Helsinki")]
        );
        let (rows, _) = read(
            Kind::EuOffice,
            "ReferenceNumber;Usual name\nFI002000;Vaalimaa\n",
        );
        assert_eq!(pairs(&rows), [("FI002000", "Vaalimaa")]);
    }
}
