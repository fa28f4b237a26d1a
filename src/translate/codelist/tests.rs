//! Lists, their versions and their days.

use std::path::Path;

use super::read::read;
use super::*;
use crate::datafile::{Faults, Table, parse};

fn lists(files: &[&str]) -> CodeLists {
    let folder = folder(files);
    let mut faults = Vec::new();
    let mut lists = CodeLists::default();
    lists.read_folder(folder.path(), folder.path(), &mut faults);
    assert_eq!(faults, []);
    lists
}

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, text) in files.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}.toml")), text).unwrap();
    }
    folder
}

fn faults(files: &[&str]) -> Vec<String> {
    let folder = folder(files);
    let mut faults = Vec::new();
    CodeLists::default().read_folder(folder.path(), folder.path(), &mut faults);
    faults.iter().map(ToString::to_string).collect()
}

fn day(text: &str) -> Option<Date> {
    Some(text.parse().unwrap())
}

fn plain(code: &str) -> Code {
    Code::Plain(code.into())
}

#[test]
fn a_canonical_column_normalises() {
    let lists = lists(&[
        "name = 'country'\ncanonical = 'a2'\ncolumns = ['a2', 'n3']\nrows = [['RU', '643']]",
    ]);
    let n3 = lists.column("country:n3").unwrap();
    let read = n3.to_canonical("643", None);
    assert_eq!((read.code, read.doubt), (plain("RU"), None));
    assert_eq!(n3.code_of(&plain("RU"), None), Some("643"));
    assert_eq!(n3.code_of(&plain("XX"), None), None);
    let unknown = n3.to_canonical("999", None);
    assert!(!unknown.is_canonical);
    assert_eq!(unknown.doubt.unwrap().list, "country:n3");
    assert_eq!(n3.code_of(&unknown.code, None), Some("999"));
    let a2 = lists.column("country:a2").unwrap();
    assert_eq!(a2.code_of(&unknown.code, None), None);
    assert_eq!(a2.to_canonical("RU", None).doubt, None);
    let unlisted = a2.to_canonical("XX", None);
    assert_eq!((unlisted.code, unlisted.is_canonical), (plain("XX"), true));
    assert_eq!(unlisted.doubt.unwrap().code(), "MAP_CODE_UNKNOWN");
}

#[test]
fn without_one_codes_keep_their_list() {
    let lists = lists(&[
        "name = 'kind'\ncolumns = ['eaeu', 'eu']\nrows = [['02015', 'N730'], ['09023', '']]",
    ]);
    let eaeu = lists.column("kind:eaeu").unwrap();
    let eu = lists.column("kind:eu").unwrap();
    let cmr = eaeu.to_canonical("02015", None).code;
    assert_eq!(eu.code_of(&cmr, None), Some("N730"));
    assert_eq!(eaeu.code_of(&cmr, None), Some("02015"));
    let other = eaeu.to_canonical("09023", None);
    assert_eq!((eu.code_of(&other.code, None), other.doubt), (None, None));
    let unknown = eaeu.to_canonical("1", None).doubt.unwrap();
    assert_eq!(unknown.words(), "is a code that kind:eaeu does not list");
    assert!(lists.column("kind:cn").is_err());
}

#[test]
fn a_column_that_lists_not_every_code_doubts_none() {
    let text = "name = 'kind'\ncomplete = ['eu']\ncolumns = ['eaeu', 'eu']\nrows = [['1', 'A']]";
    let lists = lists(&[text]);
    let doubt = |column: &str| lists.doubt(column, "9", None).unwrap();
    assert_eq!(doubt("kind:eaeu"), None);
    assert!(doubt("kind:eu").is_some());
    let none = text.replace("['eu']\n", "false\n");
    let lists = self::lists(&[&none]);
    assert_eq!(lists.doubt("kind:eu", "9", None).unwrap(), None);
    assert!(lists.doubt("kind:cn", "9", None).is_err());
    let empty = self::lists(&["name = 'kind'\ncolumns = ['eu']\nrows = []"]);
    assert_eq!(empty.doubt("kind:eu", "9", None).unwrap(), None);
    let read = empty.column("kind:eu").unwrap().to_canonical("9", None);
    assert_eq!(read.doubt, None);
}

const DATED: &str = "name = 'money'\nversion = 'v1'\ncolumns = ['a3', 'name', 'valid_from', 'valid_until']\n\
    rows = [['EUR', 'Euro', '1999-01-01', ''], ['BGN', 'Lev', '', '2026-02-01']]";

#[test]
fn a_code_is_good_for_its_days() {
    let lists = lists(&[DATED]);
    let doubt = |code: &str, on: Option<Date>| lists.doubt("money:a3", code, on).unwrap();
    for (code, on) in [
        ("EUR", "1999-01-01"),
        ("EUR", "2026-02-01"),
        ("BGN", "2026-01-31"),
    ] {
        assert_eq!(doubt(code, day(on)), None, "{code} {on}");
    }
    for (code, on) in [("EUR", "1998-12-31"), ("BGN", "2026-02-01")] {
        let found = doubt(code, day(on)).unwrap();
        assert_eq!(found.code(), "MAP_CODE_NOT_IN_FORCE");
        let words = format!("is a code of money:a3@v1 that is not in force on {on}");
        assert_eq!(found.words(), words);
    }
    // Who asks for no day is told what the list has.
    assert_eq!(doubt("BGN", None), None);
    let (_, rows) = lists.entries("money", None, None, Some("BGN")).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].name, rows[0].codes.as_slice()),
        ("Lev", &["BGN"][..])
    );
    assert!(
        lists
            .column("money:name")
            .unwrap_err()
            .contains("holds no codes")
    );
}

#[test]
fn a_row_that_holds_comes_before_one_that_held() {
    let lists = lists(&["name = 'c'\ncanonical = 'a'\n\
        columns = ['a', 'n', 'valid_from', 'valid_until']\n\
        rows = [['OLD', '1', '', '2020-01-01'], ['NEW', '1', '2020-01-01', '']]"]);
    let n = lists.column("c:n").unwrap();
    for (on, code) in [("2019-12-31", "OLD"), ("2020-01-01", "NEW")] {
        let read = n.to_canonical("1", day(on));
        assert_eq!((read.code, read.doubt), (plain(code), None));
    }
    // What held once is still a meaning: it is said, and read.
    assert_eq!(n.code_of(&plain("OLD"), day("2026-01-01")), Some("1"));
}

#[test]
fn of_several_versions_the_one_of_the_day_is_asked() {
    let version = |label: &str, from: &str, row: &str| {
        format!("name = 'l'\nversion = '{label}'\n{from}columns = ['c']\nrows = [['{row}']]")
    };
    let first = version("1", "", "A");
    let second = version("2", "valid_from = '2024-01-01'\n", "B");
    let third = version(
        "3",
        "valid_from = '2026-01-01'\nvalid_until = '2027-01-01'\n",
        "C",
    );
    let lists = lists(&[&third, &first, &second]);
    let column = lists.column("l:c").unwrap();
    for (on, good, version) in [
        (day("2023-12-31"), "A", "1"),
        (day("2024-01-01"), "B", "2"),
        (day("2025-12-31"), "B", "2"),
        (day("2026-01-01"), "C", "3"),
        (day("2027-01-01"), "B", "2"),
        (None, "C", "3"),
    ] {
        assert_eq!(column.to_canonical(good, on).doubt, None, "{on:?}");
        let other = column.to_canonical("X", on).doubt.unwrap();
        assert_eq!(other.list, format!("l:c@{version}"), "{on:?}");
    }
    let names: Vec<&str> = lists.editions().map(|edition| edition.version).collect();
    assert_eq!(names, ["1", "2", "3"]);
    let (edition, _) = lists.entries("l", Some("2"), None, None).unwrap();
    assert_eq!(edition.version, "2");
    assert!(lists.entries("l", Some("9"), None, None).is_err());
    assert!(lists.entries("m", None, None, None).is_err());
}

#[test]
fn no_version_of_the_day_makes_its_codes_doubtful() {
    let lists = lists(&["name = 'l'\nversion = '2'\nvalid_from = '2024-01-01'\n\
        columns = ['c']\nrows = [['B']]"]);
    let doubt = lists.doubt("l:c", "B", day("2023-12-31")).unwrap();
    assert!(doubt.unwrap().dated);
    assert_eq!(lists.doubt("l:c", "B", day("2024-01-01")).unwrap(), None);
}

#[test]
fn only_so_many_characters_of_a_longer_value_are_asked() {
    let lists = lists(&["name = 'hs'\nfirst = 6\ncolumns = ['code']\nrows = [['010121'], ['01']]"]);
    let doubt = |code: &str| lists.doubt("hs:code", code, None).unwrap();
    assert_eq!(
        (doubt("0101210000"), doubt("010121"), doubt("01")),
        (None, None, None)
    );
    assert!(doubt("0101220000").is_some());
    assert!(doubt("1").is_some());
}

#[test]
fn what_is_wrong_with_a_file_is_named_with_its_line() {
    let twice = "name = 'l'\ncolumns = ['c']\nrows = []";
    for (files, expected) in [
        (
            &[twice, twice][..],
            "1.toml:0: `0.toml` has the same list and version",
        ),
        (
            &[
                twice,
                "name = 'l'\nversion = '2'\ncolumns = ['c']\nrows = []",
            ],
            "1.toml:0: `0.toml` is another version of the list that begins the same day: say `valid_from`",
        ),
        (
            &[
                twice,
                "name = 'l'\nversion = '2'\nvalid_from = '2026-01-01'\ncolumns = ['d']\nrows = []",
            ],
            "1.toml:0: `0.toml` has other columns: all versions of a list have the same",
        ),
        (
            &["name = 'l'\ncolumns = ['c', 'valid_from']\nrows = [\n['A', '1.2.2026']]"],
            "0.toml:4: `1.2.2026` is no day; days are written 2026-01-31",
        ),
        (
            &[
                "name = 'l'\ncolumns = ['c', 'valid_from', 'valid_until']\nrows = [\n['A', '2026-01-01', '2026-01-01']]",
            ],
            "0.toml:4: `valid_until` is not after `valid_from`",
        ),
        (
            &["name = 'l'\ncolumns = ['c']\nrows = [['A', 'B']]"],
            "0.toml:3: a row of 2 codes, 1 columns",
        ),
        (
            &["name = 'l'\ncomplete = ['d']\ncolumns = ['c']\nrows = []"],
            "0.toml:2: `complete` is no column",
        ),
        (
            &["name = 'l'\nvalid_from = 'soon'\ncolumns = ['c']\nrows = []"],
            "0.toml:2: `valid_from` is not a day, as in 2026-01-31",
        ),
        (
            &["name = 'l'\ncolumns = ['c']\nrows_file = '../x.tsv'\nsha256 = ''"],
            "0.toml:3: `rows_file` names a file beside this one",
        ),
    ] {
        assert_eq!(faults(files), [expected], "{files:?}");
    }
}

#[test]
fn rows_may_stand_in_a_file_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        RowsFile::line(&["FIHEL", "Helsinki\t(Helsingfors)"]),
        RowsFile::line(&["FITKU", ""]),
    ];
    let rows = rows.concat();
    std::fs::write(folder.path().join("l.tsv"), &rows).unwrap();
    let text = |sha256: &str| {
        format!("name = 'l'\ncolumns = ['code', 'name']\nrows_file = 'l.tsv'\nsha256 = '{sha256}'")
    };
    let read_as = |text: &str, folder: &Path| {
        let faults = Faults::of("l.toml", text);
        let table = parse(text, &faults);
        let version = read(Table::new(&table, &faults), "l.toml", folder)
            .unwrap()
            .version;
        (version, faults.into_inner())
    };
    let good = text(&crate::translate::digest(rows.as_bytes()));
    let (version, faults) = read_as(&good, folder.path());
    assert_eq!(faults, []);
    assert_eq!(version.rows.len(), 2);
    assert_eq!(
        &*version.with_code("FIHEL")[0].name,
        "Helsinki (Helsingfors)"
    );
    let (_, faults) = read_as(&text("00"), folder.path());
    assert_eq!(
        faults[0].to_string(),
        "l.toml:4: `l.tsv` has another SHA-256"
    );
    std::fs::write(folder.path().join("l.tsv"), "FIHEL\n").unwrap();
    let (_, faults) = read_as(&text(&crate::translate::digest(b"FIHEL\n")), folder.path());
    assert_eq!(
        faults[0].to_string(),
        "l.toml:3: l.tsv:1: a row of 1 codes, 2 columns"
    );
}
