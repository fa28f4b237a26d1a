//! Code lists: shown, imported as they are published, and asked by the packages that are shipped.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{corridor, words};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference/codelists");

const PLACES: &str = "\"\",\"FI\",\"\",\".FINLAND\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"\n\
    \"\",\"FI\",\"HEL\",\"Helsinki\",\"Helsinki\",\"18\",\"AF\",\"12345---\",\"0401\",\"\",\"\",\"\"\n";

/// A folder of one package and all lists, to import into.
fn schemas() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["codelists", "eu/cc015c/51.8.6"] {
        copy(&Path::new(SHIPPED).join(part), &folder.path().join(part));
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
}

fn run(line: &str, schemas: &Path) -> crate::support::Ran {
    let mut all = words(line);
    all.extend(["--schemas".to_owned(), schemas.display().to_string()]);
    corridor(all)
}

fn import(line: &str, file: &Path, schemas: &Path) -> crate::support::Ran {
    let mut all = vec!["codelists".to_owned(), "import".to_owned()];
    all.extend(words(line));
    all.push(file.display().to_string());
    all.push("--into".to_owned());
    all.push(schemas.join("codelists").display().to_string());
    corridor(all)
}

/// What translating a message to the canonical model finds.
fn findings(from: &str, message: &str, schemas: &Path) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let (file, losses) = (folder.path().join("m.xml"), folder.path().join("l.json"));
    fs::write(&file, message).unwrap();
    let (file, losses) = (file.display().to_string(), losses.display().to_string());
    let line = format!("translate --from {from} --to canonical --at 2026-11-23T10:00:00Z");
    let mut all = words(&line);
    let (schemas, out) = (schemas.display().to_string(), format!("{losses}.out"));
    all.extend([
        file,
        "--losses".to_owned(),
        losses.clone(),
        "--out".to_owned(),
        out,
    ]);
    all.extend(["--schemas".to_owned(), schemas]);
    corridor(all).ok();
    let report: Value = serde_json::from_slice(&fs::read(losses).unwrap()).unwrap();
    report["findings"].as_array().unwrap().clone()
}

fn said(findings: &[Value]) -> Vec<(&str, &str, &str)> {
    findings
        .iter()
        .map(|finding| {
            let word = |key: &str| finding[key].as_str().unwrap_or("");
            (word("code"), word("list"), word("value"))
        })
        .collect()
}

#[test]
fn the_shipped_lists_are_whole_and_answer() {
    let shipped = Path::new(SHIPPED);
    let said = run("codelists check", shipped).ok();
    assert!(said.contains("no fault"), "{said}");
    for (list, rows) in [("country", 249), ("currency", 170), ("package-kind", 400)] {
        let listed = run("codelists list --json", shipped).ok();
        let listed: Value = serde_json::from_str(&listed).unwrap();
        let found = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["name"] == list);
        let found = found.unwrap();
        assert!(found["rows"].as_u64().unwrap() >= rows, "{found}");
        assert!(!found["version"].as_str().unwrap().is_empty(), "{found}");
    }
    let shown = run("codelists show country --code 643", shipped).ok();
    let words: Vec<&str> = shown.split_whitespace().collect();
    assert_eq!(words, ["RU", "RUS", "643", "Russian", "Federation"]);
    run("codelists check country:n3 643", shipped).ok();
    run("codelists check country:n3 999", shipped).fails(1, "MAP_CODE_UNKNOWN");
    run("codelists check currency:a3 BGN --on 2026-01-31", shipped).ok();
    run("codelists check currency:a3 BGN --on 2026-02-01", shipped)
        .fails(1, "MAP_CODE_NOT_IN_FORCE");
    run("codelists check coutry:n3 643", shipped).fails(1, "did you mean `country`?");
    run("codelists show country --version 1", shipped).fails(1, "CODELIST_UNKNOWN");
    run("codelists show country --code 999", shipped).fails(1, "CODE_UNKNOWN");
}

#[test]
fn codes_of_messages_are_looked_up_and_their_twins_named() {
    let folder = Path::new(SHIPPED).join("eaeu/r048/1.0.0/samples/transit-cn-fi.xml");
    let sample = fs::read_to_string(folder).unwrap();
    let shipped = Path::new(SHIPPED);
    let clean = findings("eaeu/r048", &sample, shipped);
    let doubtful = |findings: &[Value]| {
        findings
            .iter()
            .filter(|it| !it["value"].is_null())
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(doubtful(&clean), Vec::<Value>::new());
    for (good, bad, code, list, value) in [
        (
            "DepartureCountryCode codeListId=\"2021\">CN<",
            "DepartureCountryCode codeListId=\"2021\">QN<",
            "MAP_CODE_UNKNOWN",
            "country:a2@2025-10",
            "QN",
        ),
        (
            "currencyCode=\"USD\"",
            "currencyCode=\"USQ\"",
            "MAP_CODE_UNKNOWN",
            "currency:a3@2026-01",
            "USQ",
        ),
        (
            "currencyCode=\"USD\"",
            "currencyCode=\"BGN\"",
            "MAP_CODE_NOT_IN_FORCE",
            "currency:a3@2026-01",
            "BGN",
        ),
        (
            "codeListId=\"2013\">CT<",
            "codeListId=\"2013\">C0<",
            "MAP_CODE_UNKNOWN",
            "package-kind:eaeu@2024-11",
            "C0",
        ),
        (
            "TKRU4073186",
            "TKRU4073187",
            "MODEL_CONTAINER_CHECK_DIGIT",
            "",
            "TKRU4073187",
        ),
    ] {
        assert!(sample.contains(good), "{good}");
        let found = findings("eaeu/r048", &sample.replace(good, bad), shipped);
        let found = doubtful(&found);
        let all = said(&found);
        assert!(!all.is_empty(), "{bad}");
        assert!(all.iter().all(|one| *one == (code, list, value)), "{all:?}");
        assert!(found[0]["source"]["line"].as_u64() > Some(1), "{found:?}");
        assert_eq!(found[0]["severity"], "note");
    }
}

#[test]
fn an_imported_list_is_asked_from_then_on() {
    let schemas = schemas();
    let sample = schemas
        .path()
        .join("eu/cc015c/51.8.6/samples/transit-cn-fi.xml");
    let sample = fs::read_to_string(sample).unwrap();
    let hs = |text: &str| {
        let file = schemas.path().join("hs.csv");
        fs::write(&file, text).unwrap();
        file
    };
    let of_hs = |schemas: &Path| {
        let found = findings("eu/cc015c", &sample, schemas);
        let of_hs = said(&found)
            .into_iter()
            .filter(|(_, list, _)| list.starts_with("hs:"));
        of_hs
            .map(|(code, list, value)| format!("{code} {list} {value}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(of_hs(schemas.path()), Vec::<String>::new());
    let file = hs("hscode,description\n6403,Footwear\n640399,\"Footwear, other\"\n");
    import("hs --version 2022", &file, schemas.path()).ok();
    assert_eq!(of_hs(schemas.path()), Vec::<String>::new());
    let described = schemas.path().join("codelists/hs-2022.toml");
    let described = fs::read_to_string(described).unwrap();
    for part in ["agency = 'WCO'", "origin = 'hs.csv'", "source_sha256 = ["] {
        let part = part.replace('\'', "\"");
        let plain = described.replace('\'', "\"");
        assert!(plain.contains(&part), "{described}");
    }
    run("codelists show hs --code 6403990000", schemas.path()).ok();
    // A later version answers for the day of the message, which is in November 2026.
    let file = hs("hscode,description\n640391,x\n");
    import(
        "hs --version 2027 --valid-from 2027-01-01",
        &file,
        schemas.path(),
    )
    .ok();
    assert_eq!(of_hs(schemas.path()), Vec::<String>::new());
    import(
        "hs --version 2026 --valid-from 2026-11-01",
        &file,
        schemas.path(),
    )
    .ok();
    assert_eq!(
        of_hs(schemas.path()),
        ["MAP_CODE_UNKNOWN hs:code@2026 64039998"]
    );
    // Two versions of one day, and one that is here, are refused and leave nothing behind.
    let twice = import(
        "hs --version 2026b --valid-from 2026-11-01",
        &file,
        schemas.path(),
    );
    twice.fails(1, "begins the same day");
    import("hs --version 2026", &file, schemas.path()).fails(1, "CODELIST_EXISTS");
    assert!(!schemas.path().join("codelists/hs-2026b.tsv").exists());
    run("codelists check", schemas.path()).ok();
    // Rows that somebody changed are not taken.
    let rows = schemas.path().join("codelists/hs-2026.tsv");
    fs::write(&rows, "640399\tx\t\t\n").unwrap();
    run("codelists check", schemas.path()).fails(1, "has another SHA-256");
}

#[test]
fn bad_rows_are_named_and_nothing_is_written() {
    let schemas = schemas();
    let file = schemas.path().join("places.csv");
    let write = |text: &str| fs::write(&file, text).unwrap();
    let places = |line: &str| import(line, &file, schemas.path());
    write(PLACES);
    places("un-locode --version 2024-2").ok();
    let shown = run("codelists show un-locode --code FIHEL", schemas.path()).ok();
    assert!(shown.contains("Helsinki"), "{shown}");
    for (text, expected) in [
        (
            format!("{PLACES}\"\",\"F1\",\"XXX\",\"a\",\"a\"\n"),
            ":3:4: `F1XXX`: a place has",
        ),
        (
            format!("{PLACES}\"\",\"FI\",\"HEL\",\"a\",\"a\"\n"),
            ":3:4: `FIHEL` stands in",
        ),
        (format!("{PLACES}\"\",\"FI\n"), ":3:4: a quote does not end"),
        (
            "\"\",\"FI\",\"\",\".FINLAND\",\"\"\n".to_owned(),
            "hold no row",
        ),
    ] {
        write(&text);
        places("un-locode --version 2025-1 --valid-from 2025-01-01").fails(1, expected);
    }
    fs::write(&file, b"\"\",\"FI\",\"TKU\",\"\xC5bo\",\"\xC5bo\"\n").unwrap();
    places("un-locode --version 2025-1 --valid-from 2025-01-01").fails(1, ":1:15: is not UTF-8");
    let line = "un-locode --version 2025-1 --valid-from 2025-01-01 --encoding windows-1252";
    places(line).ok();
    assert!(
        run("codelists show un-locode", schemas.path())
            .ok()
            .contains("Åbo")
    );
    // What is published with a slip is taken without it, when somebody says so.
    write(&format!("{PLACES}\"\",\"ES\",\"CCu\",\"a\",\"a\"\n"));
    places("un-locode --version 2025-2 --valid-from 2025-07-01").fails(1, ":3:4: `ESCCu`");
    let line = "un-locode --version 2025-2 --valid-from 2025-07-01 --skip-bad-rows";
    assert!(places(line).ok().contains("1 row(s)"));
    let described = schemas.path().join("codelists/un-locode-2025-2.toml");
    assert!(
        fs::read_to_string(described)
            .unwrap()
            .contains("1 bad row(s) left out")
    );
    places("un-locode --version ../x").fails(1, "CODELIST_VERSION");
    places("un-locode --version 3 --encoding utf-9").fails(1, "ENCODING_UNKNOWN");
    let names = fs::read_dir(schemas.path().join("codelists")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.contains("locode")).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "un-locode-2024-2.toml",
            "un-locode-2024-2.tsv",
            "un-locode-2025-1.toml",
            "un-locode-2025-1.tsv",
            "un-locode-2025-2.toml",
            "un-locode-2025-2.tsv",
        ]
    );
}

/// Lists as they are published, where they are at hand.
#[test]
fn published_lists_are_imported_whole() {
    let hs = PathBuf::from(REFERENCE).join("harmonized-system/harmonized-system.csv");
    if !hs.is_file() {
        eprintln!("skipped: no reference data");
        return;
    }
    let schemas = schemas();
    let said = import("hs --version 2022", &hs, schemas.path()).ok();
    assert!(said.starts_with("6939 row(s) of hs 2022"), "{said}");
}

/// Parts in the form that UN/ECE publishes: no header, 12 cells, the letters of Western Europe, country
/// headings, references, names with and without diacritics, and places that leave.
fn parts(folder: &Path, countries: u8, places: u16) -> (Vec<PathBuf>, usize) {
    let (mut texts, mut good) = ([const { String::new() }; 3], 0);
    for number in 0..countries {
        let letter = |number: u8| char::from(b'A' + number % 26);
        let country = format!("{}{}", letter(number / 26), letter(number));
        let text = &mut texts[usize::from(number) % 3];
        *text += &format!("\"\",\"{country}\",\"\",\".COUNTRY {number}\",,,,,,,,\r\n");
        for place in 0..places {
            let digits = [place / 36 / 36, place / 36, place].map(|digit| digit % 36);
            let code: String = digits
                .iter()
                .filter_map(|digit| char::from_digit(u32::from(*digit), 36))
                .map(|c| c.to_ascii_uppercase())
                .collect();
            let change = ["", "+", "|", "#", "!", "¦"][usize::from(place % 6)];
            let (status, leaves) = match place % 50 {
                49 => ("XX", true),
                _ => ("AI", false),
            };
            let change = if place % 50 == 48 { "X" } else { change };
            good += usize::from(!leaves && change != "X");
            let plain = if place % 7 == 0 {
                ""
            } else {
                "Aengelholm, \"\"norra\"\""
            };
            *text += &format!(
                "\"{change}\",\"{country}\",\"{code}\",\"Ängelholm, \"\"norra\"\"\",\"{plain}\",\
                 \"{}\",\"{status}\",\"1-3--6-B\",\"2401\",\"\",\"6010N 02458E\",\"Rem;\nark\"\r\n",
                if place % 3 == 0 { "M" } else { "" }
            );
        }
        *text += &format!("\"=\",\"{country}\",\"\",\"Engelholm = Ängelholm\",,,,,,,,\r\n");
    }
    let files = texts.iter().enumerate().map(|(number, text)| {
        let file = folder.join(format!("UNLOCODE CodeListPart{}.csv", number + 1));
        let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
        assert!(!unmappable);
        fs::write(&file, bytes).unwrap();
        file
    });
    (files.collect(), good)
}

#[test]
fn places_are_imported_in_all_their_parts() {
    let schemas = schemas();
    // A fiftieth of what is published: 110,000 places of 249 countries.
    let (files, good) = parts(schemas.path(), 40, 55);
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let into = schemas.path().join("codelists");
    let into = into.to_str().unwrap();
    let line = |version: &'static str| {
        let mut all = vec!["codelists", "import", "un-locode"];
        all.extend(&files);
        all.extend(["--version", version, "--into", into]);
        all
    };
    // In the encoding that it is not in, nothing is written.
    let said = corridor(line("2024-2")).fails(1, "is not UTF-8");
    assert!(said.contains("Part1.csv:2:"), "{said}");
    let mut latin = line("2024-2");
    latin.extend(["--encoding", "iso-8859-1"]);
    let said = corridor(latin).ok();
    assert!(
        said.starts_with(&format!("{good} row(s) of un-locode")),
        "{said}"
    );
    let show = |code: &str| {
        run(
            &format!("codelists show un-locode --code {code}"),
            schemas.path(),
        )
    };
    let plain = show("AA001").ok();
    assert!(plain.contains("Aengelholm, \"norra\""), "{plain}");
    // Where the plain name is missing, the other stands in.
    assert!(show("BN007").ok().contains("Ängelholm"));
    // A place that leaves, by its change or its status, is none.
    for gone in ["AA01C", "AA01D"] {
        assert!(!show(gone).stdout.contains("ngelholm"), "{gone}");
    }
    // The same places again are not taken: each stands once.
    let mut twice = line("2025-1");
    twice.extend([
        files[0],
        "--encoding",
        "windows-1252",
        "--valid-from",
        "2025-01-01",
    ]);
    corridor(twice).fails(1, "stands in");
}
