//! `corridor recognise`: the same bytes as the library, an explanation for people, faults with places.

use std::fs;

use corridor::recognition::{Agreement, Facts, RecognitionResult, Verdict, decide};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ran, corridor, corridor_with};

const AGREEMENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/schemas/agreements/ru-cn-mrcc-2014-pogranichny.toml"
);
const FACTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/examples/recognition/tomatoes.json"
);
const AT: &str = "2026-11-22T11:20:30Z";

fn recognise(agreement: &str, facts: &str, more: &[&str]) -> Ran {
    let asked = ["recognise", "--agreement", agreement, "--facts", facts];
    corridor([&asked[..], &["--at", AT], more].concat())
}

/// The example's facts with one value changed, as a file.
fn changed(dir: &TempDir, pointer: &str, value: Value) -> String {
    let mut facts: Value = serde_json::from_slice(&fs::read(FACTS).unwrap()).unwrap();
    *facts.pointer_mut(pointer).unwrap() = value;
    let path = dir.path().join("facts.json");
    fs::write(&path, facts.to_string()).unwrap();
    path.display().to_string()
}

#[test]
fn the_bytes_are_those_of_the_library() {
    let agreement = Agreement::load(AGREEMENT.as_ref()).unwrap();
    let facts = Facts::parse(&fs::read(FACTS).unwrap()).unwrap();
    let mut decision = decide(&facts, &agreement, AT.parse().unwrap());
    let said = recognise(AGREEMENT, FACTS, &["--json"]).ok();
    assert_eq!(said.as_bytes(), decision.to_bytes());
    decision.supersedes = Some("0198f2c0".to_owned());
    let said = recognise(AGREEMENT, FACTS, &["--json", "--supersedes", "0198f2c0"]).ok();
    assert_eq!(said.as_bytes(), decision.to_bytes());
    assert_eq!(RecognitionResult::parse(said.as_bytes()).unwrap(), decision);
    // Facts from standard input, written in another way, are the same facts.
    let again = corridor_with(
        &facts.canonical_bytes(),
        &[
            "recognise",
            "--agreement",
            AGREEMENT,
            "--facts",
            "-",
            "--at",
            AT,
            "--json",
            "--supersedes",
            "0198f2c0",
        ],
    );
    assert_eq!(again.ok(), said);
}

#[test]
fn a_person_reads_the_deciding_rule_first() {
    let said = recognise(AGREEMENT, FACTS, &[]).ok();
    assert!(
        said.starts_with("RECOGNISED (GREEN)\nRecognised: no repeat control\n"),
        "{said}"
    );
    assert!(said.contains("\nPASS R01 R02 R03"), "{said}");
    let dir = tempfile::tempdir().unwrap();
    let facts = changed(&dir, "/presentation/0/value/seals/0/state", "broken".into());
    // A decision is an answer, whatever it is.
    let said = recognise(AGREEMENT, &facts, &[]).ok();
    assert!(said.starts_with("NOT_RECOGNISED (RED)\n"), "{said}");
    let first = said.lines().find(|line| line.starts_with('R')).unwrap();
    assert_eq!(first, "R12 FAIL SEAL_BROKEN");
    assert!(said.contains("observed here  CN0045871 broken"), "{said}");
    assert!(
        said.contains("remedy         Examine the goods and tell the partner"),
        "{said}"
    );
    let said = recognise(AGREEMENT, &facts, &["--language", "zh"]).ok();
    assert!(said.contains("封志损坏或缺失：CN0045871 broken"), "{said}");
    let said = recognise(AGREEMENT, &facts, &["--json"]).ok();
    let decision = RecognitionResult::parse(said.as_bytes()).unwrap();
    assert_eq!(decision.verdict, Verdict::NotRecognised);
}

#[test]
fn bad_files_are_named_with_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let agreement = dir.path().join("a.toml");
    let text = fs::read_to_string(AGREEMENT).unwrap();
    fs::write(
        &agreement,
        text.replace("skew_min = 5", "skew_min = 'five'")
            .replace("R18 =", "R19 ="),
    )
    .unwrap();
    let agreement = agreement.display().to_string();
    let said = recognise(&agreement, FACTS, &["--json"]).fails(1, "AGREEMENT_FAULT");
    assert!(said.contains("`skew_min` takes a whole number"), "{said}");
    assert!(said.contains("R19 is never overridden"), "{said}");
    for line in said.lines().take(2) {
        let place = line.strip_prefix(&format!("{agreement}:")).unwrap();
        assert!(
            place.split(':').next().unwrap().parse::<usize>().unwrap() > 1,
            "{line}"
        );
    }
    let facts = changed(&dir, "/presentation/0/value/seals/0/state", "fine".into());
    let said = recognise(AGREEMENT, &facts, &[]).fails(1, "FACTS_FORMAT");
    assert!(said.contains("line 1, column"), "{said}");
    recognise(AGREEMENT, "none.json", &[]).fails(1, "FILE_UNREADABLE");
    recognise("none.toml", FACTS, &[]).fails(1, "AGREEMENT_FAULT");
    let usage = corridor([
        "recognise",
        "--agreement",
        AGREEMENT,
        "--facts",
        FACTS,
        "--at",
        "noon",
    ]);
    assert_eq!(usage.code, 2);
}
