//! Holds the shape of the house: which room may use which, that every module says what it is, that
//! files stay readable in a sitting, and that the documents name what exists.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms a room may use; `docs/adr/0008-direction-of-rooms.md` gives the reasons.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("xml", &[]),
    ("clock", &[]),
    ("telemetry", &[]),
    ("schema", &["xml"]),
    ("crypto", &["xml"]),
    ("datafile", &[]),
    ("recognition", &["model", "datafile"]),
    ("translate", &["model", "xml", "schema", "datafile"]),
    ("evidence", &["model", "xml", "crypto"]),
    ("store", &["model", "evidence"]),
    ("token", &["crypto"]),
    (
        "queue",
        &[
            "model",
            "xml",
            "crypto",
            "evidence",
            "store",
            "clock",
            "telemetry",
        ],
    ),
    (
        "exchange",
        &[
            "model",
            "xml",
            "schema",
            "crypto",
            "translate",
            "evidence",
            "recognition",
            "store",
            "queue",
            "clock",
            "telemetry",
        ],
    ),
    (
        "http",
        &[
            "exchange",
            "model",
            "recognition",
            "store",
            "queue",
            "clock",
            "telemetry",
        ],
    ),
    ("revocation", &["model", "crypto", "clock", "telemetry"]),
    (
        "config",
        &[
            "model",
            "xml",
            "crypto",
            "translate",
            "evidence",
            "recognition",
            "store",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "xml",
            "schema",
            "crypto",
            "translate",
            "evidence",
            "recognition",
            "store",
            "queue",
            "exchange",
            "http",
            "revocation",
            "config",
            "token",
            "clock",
            "telemetry",
        ],
    ),
];

/// A file longer than this is split: one reads it in a sitting.
const FILE_LINES_MAX: usize = 600;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `src/xml/parse.rs` is of room `xml`, `src/clock.rs` of room `clock`; `lib.rs` and `main.rs` are
/// of none.
fn room_of(file: &Path) -> Option<String> {
    let relative = file.strip_prefix(root().join("src")).unwrap();
    let first = relative.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then(|| name.to_owned())
}

/// The rooms named after `crate::` in a line, also inside `use crate::{a::X, b::Y}`.
fn rooms_named(line: &str) -> Vec<&str> {
    let mut rooms = Vec::new();
    for part in line.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(list) => rooms.extend(list.split([',', '}']).filter_map(first_word)),
            None => rooms.extend(first_word(part)),
        }
    }
    rooms
}

fn first_word(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    text.get(..end).filter(|word| !word.is_empty())
}

#[test]
fn rooms_use_only_what_the_table_allows() {
    let table: BTreeMap<&str, &[&str]> = DIRECTIONS.iter().copied().collect();
    let mut faults = Vec::new();
    for file in rust_files(&root().join("src")) {
        let Some(room) = room_of(&file) else { continue };
        let Some(allowed) = table.get(room.as_str()) else {
            faults.push(format!(
                "{}: room `{room}` is not in the table",
                file.display()
            ));
            continue;
        };
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let code = line.trim_start();
            if code.starts_with("//") {
                continue;
            }
            for used in rooms_named(code) {
                if used != room && table.contains_key(used) && !allowed.contains(&used) {
                    faults.push(format!(
                        "{}:{}: {room} -> {used}",
                        file.display(),
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What a signature says, without anybody having verified it, is shown by the command line and read by
/// tests. No room that acts on messages looks at it.
#[test]
fn no_room_that_acts_reads_signatures_without_verifying_them() {
    let mut faults = Vec::new();
    for file in rust_files(&root().join("src")) {
        let Some(room) = room_of(&file) else { continue };
        // The schema room surveys schemas.
        if ["crypto", "cli", "schema", "xml"].contains(&room.as_str()) {
            continue;
        }
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            if ["dsig::", "survey(", "Survey"]
                .iter()
                .any(|it| line.contains(it))
            {
                faults.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_reader_of_directions_sees_every_spelling() {
    assert_eq!(rooms_named("use crate::xml::Node;"), ["xml"]);
    assert_eq!(
        rooms_named("use crate::{xml::Node, store};"),
        ["xml", "store"]
    );
    assert_eq!(
        rooms_named("let x: crate::http::A = crate::queue::b();"),
        ["http", "queue"]
    );
    assert!(rooms_named("let crate_name = 1;").is_empty());
}

#[test]
fn every_module_says_what_it_holds() {
    let silent: Vec<_> = rust_files(&root().join("src"))
        .into_iter()
        .filter(|file| !fs::read_to_string(file).unwrap().starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "modules without //!: {silent:?}");
}

#[test]
fn files_are_read_in_a_sitting() {
    let long: Vec<_> = rust_files(&root().join("src"))
        .into_iter()
        .filter(|file| fs::read_to_string(file).unwrap().lines().count() > FILE_LINES_MAX)
        .collect();
    assert!(
        long.is_empty(),
        "files over {FILE_LINES_MAX} lines: {long:?}"
    );
}

/// Only `clock.rs` reads the clock; `clippy.toml` says so too, but a lint can be switched off.
#[test]
fn only_the_clock_reads_the_clock() {
    let mut faults = Vec::new();
    for file in rust_files(&root().join("src")) {
        if file.ends_with("src/clock.rs") {
            continue;
        }
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if [
                "SystemTime::now",
                "Instant::now",
                "Timestamp::now",
                "Zoned::now",
            ]
            .iter()
            .any(|call| code.contains(call))
            {
                faults.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "clock read outside src/clock.rs: {}",
        faults.join(", ")
    );
}

#[test]
fn the_map_names_what_exists() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let missing: Vec<_> = map
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('/') && !word.contains([' ', '<', '{', '*', ':']))
        .filter(|word| !root().join(word).exists())
        .collect();
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md names what does not exist: {missing:?}"
    );
}

/// A threat is answered by a test that is there.
#[test]
fn the_threats_name_tests_that_exist() {
    let tests: BTreeSet<String> = ["src", "tests"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .flat_map(|file| {
            let text = fs::read_to_string(file).unwrap();
            let names = text.split("fn ").skip(1);
            names
                .filter_map(|rest| rest.split('(').next())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let threats = fs::read_to_string(root().join("docs/threats.md")).unwrap();
    let words: Vec<&str> = threats.split('`').skip(1).step_by(2).collect();
    let is_test = |word: &str| {
        word.matches('_').count() > 1
            && word
                .chars()
                .all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    let missing: Vec<_> = words
        .iter()
        .filter(|word| match word.split_once('/') {
            Some(("src" | "tests", _)) => !root().join(word).exists(),
            _ => is_test(word) && !tests.contains(**word),
        })
        .collect();
    assert!(
        missing.is_empty(),
        "docs/threats.md names what does not exist: {missing:?}"
    );
    assert!(words.iter().filter(|word| is_test(word)).count() > 50);
}

/// The page of judges names every module of theirs.
#[test]
fn every_judge_is_on_the_page() {
    let page = fs::read_to_string(root().join("conformance/README.md")).unwrap();
    let missing: Vec<_> = fs::read_dir(root().join("tests/conformance"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".rs") && !["main.rs", "exceptions.rs"].contains(&&**name))
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "conformance/README.md lacks {missing:?}"
    );
}

/// Stable codes stand as string literals in the source; each is explained in the documents, and
/// the documents explain none that is gone.
#[test]
fn error_codes_are_documented() {
    let mut used = BTreeSet::new();
    for file in rust_files(&root().join("src")) {
        if file.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for literal in code
            .split('"')
            .skip(1)
            .step_by(2)
            .chain(code.split('"').step_by(2))
        {
            if is_code(literal) {
                used.insert(literal.to_owned());
            }
        }
    }
    let page = fs::read_to_string(root().join("docs/error-codes.md")).unwrap();
    let documented: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    let undocumented: Vec<_> = used.difference(&documented).collect();
    let gone: Vec<_> = documented.difference(&used).collect();
    assert!(
        undocumented.is_empty(),
        "codes not in docs/error-codes.md: {undocumented:?}"
    );
    assert!(
        gone.is_empty(),
        "docs/error-codes.md explains codes that are gone: {gone:?}"
    );
}

/// Codes begin with the word of their room.
fn is_code(text: &str) -> bool {
    const ROOMS: &[&str] = &[
        "XML_",
        "SCHEMA_",
        "SIG_",
        "CERT_",
        "CRL_",
        "SIGN_",
        "KEY_",
        "TRUST_",
        "TOKEN_",
        "MAP_",
        "MODEL_",
        "PACKAGE_",
        "LANE_",
        "MESSAGE_",
        "RECEIPT_",
        "LOG_",
        "STORE_",
        "CONFIG_",
        "HTTP_",
        "EXCHANGE_",
        "NO_AMEND_LANE",
        "NO_CANCEL_LANE",
        "NO_LANE",
        "POST_NOT_",
        "QUEUE_",
        "DELIVERY_",
        "AGREEMENT_",
        "BEFORE_CONTROL",
        "CONTROL_TYPE_",
        "FACTS_",
        "GOODS_OUT_",
        "HS_DIVERGENCE",
        "IMAGE_",
        "LINK_BROKEN",
        "MASS_OUT_",
        "MODE_NOT_",
        "NO_PRIOR_",
        "OTHER_CONTROL_",
        "PARTICIPANT_",
        "POST_PAIR_",
        "RESULT_NOT_",
        "RESULT_WITHDRAWN",
        "REVISION_",
        "ROTATION_",
        "SEAL_",
        "SIGNATURE_",
        "TOO_OLD",
        "TRANSPORT_MISMATCH",
        "UCR_ALREADY_",
        "USE_NOT_",
    ];
    ROOMS.iter().any(|room| text.starts_with(room))
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}
