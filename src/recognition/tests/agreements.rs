//! Agreements as files: the examples load, every fault is named with its line.

use std::fs;
use std::path::Path;

use super::setting::AGREEMENT;
use crate::recognition::{Agreement, Agreements};

#[test]
fn the_examples_load_and_are_found_by_parties_and_date() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/agreements");
    let agreements = Agreements::load_dir(&dir).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(agreements.iter().count(), 3);
    let found = |a: &str, b: &str, at: &str| {
        let found = agreements.between(
            &a.parse().unwrap(),
            &b.parse().unwrap(),
            at.parse().unwrap(),
        );
        let ids: Vec<String> = found.iter().map(|agreement| agreement.id.clone()).collect();
        ids.join(" ")
    };
    assert_eq!(
        found("RU", "CN", "2026-11-22T00:00:00Z"),
        "ru-cn-mrcc-2014-pogranichny"
    );
    assert_eq!(found("CN", "RU", "2014-07-31T23:59:59Z"), "");
    assert_eq!(found("MN", "RU", "2026-11-22T00:00:00Z"), "ru-mn-kyakhta");
    // A suspended agreement is found, so that the decision can say that it is.
    assert_eq!(
        found("EU", "RU", "2026-11-22T00:00:00Z"),
        "ru-eu-green-corridor"
    );
    assert_eq!(found("EU", "CN", "2026-11-22T00:00:00Z"), "");
    assert!(agreements.find("ru-mn-kyakhta").is_some() && agreements.find("x").is_none());
}

/// Changes of the example and the fault, with the text of the line that it is on.
const FAULTS: [(&str, &str, &str, &str); 38] = [
    (
        "title ",
        "titel ",
        "titel ",
        "unknown key `titel`; did you mean `title`?",
    ),
    (
        "legal_basis =",
        "note =",
        "# China",
        "`legal_basis` is missing",
    ),
    (
        "[\"CN\", \"RU\"]",
        "[\"CN\", \"ru\"]",
        "parties ",
        "a party is",
    ),
    (
        "[\"CN\", \"RU\"]\nlegal",
        "[\"CN\", \"CN\"]\nlegal",
        "parties ",
        "party CN is named twice",
    ),
    (
        "from = \"2014-08-01T00:00:00Z\"",
        "from = \"2014\"",
        "from = \"2014\"",
        "`from` is not a time",
    ),
    (
        "until     = \"2023-01-08T00:00:00Z\"",
        "until = \"2019-01-08T00:00:00Z\"",
        "[[suspended]]",
        "`until` is not after `from`",
    ),
    (
        "post_pair = \"suifenhe-pogranichny\"",
        "post_pair = \"suifenhe-pogranichni\"",
        "post_pair =",
        "did you mean `suifenhe-pogranichny`?",
    ),
    (
        "id         = \"dongning-poltavka\"",
        "id = \"suifenhe-pogranichny\"",
        "id = \"suifenhe",
        "two pairs",
    ),
    (
        "to_party   = \"CN\"",
        "to_party   = \"KZ\"",
        "to_party   = \"KZ\"",
        "none of `parties`",
    ),
    (
        "to_party   = \"CN\"",
        "to_party   = \"RU\"",
        "",
        "a pair has posts of two parties",
    ),
    (
        "from       = [\"Dongning\", \"1903\", \"1910\"]",
        "from = []",
        "",
        "`from` names no post",
    ),
    (
        "exclude = [\"440349\"]",
        "exclude = [\"44O349\"]",
        "exclude",
        "2 to 14 digits",
    ),
    (
        "exclude = [\"440349\"]",
        "exclude = [\"44\", \"44\"]",
        "exclude",
        "named twice",
    ),
    (
        "documents   = 1",
        "document = 1",
        "document = 1",
        "did you mean `documents`?",
    ),
    (
        "types = [\"examination\"]",
        "types = [\"examinations\"]",
        "types = [\"examinations\"]",
        "no type of control; did you mean `examination`?",
    ),
    ("depth = 4", "depth = 9", "", "none of `types` is as deep"),
    (
        "hs    = [\"4403\", \"4407\"]",
        "hs    = [\"07\"]",
        "hs    = [\"07\"]",
        "`07` has two entries",
    ),
    (
        "window_h = { road = 72, rail = 480 }",
        "window_h = { road = -72 }",
        "window_h",
        "whole number",
    ),
    (
        "window_h = { road = 72, rail = 480 }",
        "window_h = { road = 7200000 }",
        "window_h",
        "more than ten years",
    ),
    (
        "window_h = { road = 72, rail = 480 }",
        "window_h = { lorry = 72 }",
        "window_h",
        "unknown key `lorry`",
    ),
    ("wait_min = 60\n", "", "[time]", "`wait_min` is missing"),
    (
        "platform = 1,",
        "platform = 101,",
        "tolerance_percent",
        "between 0 and 100 percent",
    ),
    (
        "demand    = \"both\"",
        "demand = \"all\"",
        "demand",
        "`all` is no demand",
    ),
    (
        "version        = 18",
        "version        = 16",
        "[participants]",
        "smaller version",
    ),
    (
        "2026-11-23T10:00:00Z",
        "2026-01-01T00:00:00Z",
        "",
        "one `effective_from`",
    ),
    ("R18 = ", "R11 = ", "R11 = ", "R11 is never overridden"),
    (
        "ours   = \"070200\"",
        "ours   = \"0702\"",
        "ours ",
        "6 to 14 digits",
    ),
    (
        "from       = [\"Dongning\", \"1903\", \"1910\"]\nto_party   = \"RU\"\nto         = [\"Poltavka\"",
        "from = [\"1902\"]\nto_party = \"RU\"\nto = [\"Pogranichny\"",
        "[[post_pair]]",
        "a pair already, `suifenhe-pogranichny`",
    ),
    (
        "depth = 4",
        "note = \"4\"",
        "[[control]]",
        "`depth` is missing",
    ),
    (
        "hs    = [\"4403\", \"4407\"]",
        "hs    = []",
        "[[control]]",
        "`hs` names no goods",
    ),
    (
        "hs    = [\"\"]",
        "hs    = [\"0709\"]",
        "include",
        "no `[[control]]` is for all goods of `2844`",
    ),
    (
        "window_h = { road = 72, rail = 480 }",
        "window_h = {}",
        "window_h",
        "names no mode of transport",
    ),
    (
        "tolerance_percent = { platform = 1, axle = 3, rail-nii = 10 }",
        "tolerance_percent = {}",
        "tolerance_percent",
        "names no method",
    ),
    (
        "importers      = [\"RU-7710140679\", \"RU-2536012345\"]\n",
        "",
        "[[participants.list]]",
        "`importers` is missing",
    ),
    (
        "hs      = [\"2844\"]",
        "hs      = []",
        "[[mandatory_controls.goods]]",
        "`hs` names no goods",
    ),
    (
        "control = \"radiation\"",
        "control = \" \"",
        "control",
        "names no control",
    ),
    (
        "accepted = [\"customs-purposes\", \"release\"]",
        "accepted = []",
        "[use]",
        "names no restriction",
    ),
    (
        "default  = \"customs-purposes\"",
        "default  = \"custom-purposes\"",
        "default",
        "did you mean `customs-purposes`?",
    ),
];

#[test]
fn every_fault_is_named_with_its_line() {
    for (old, new, line, words) in FAULTS {
        assert!(AGREEMENT.contains(old), "{old}");
        let text = AGREEMENT.replacen(old, new, 1);
        let faults = Agreement::parse("a.toml", &text).unwrap_err();
        let fault = faults.iter().find(|fault| fault.0.message.contains(words));
        let fault = fault.unwrap_or_else(|| panic!("{words}: {faults:#?}"));
        assert_eq!(fault.code(), "AGREEMENT_FAULT");
        let on = text.lines().nth(fault.0.line.saturating_sub(1)).unwrap();
        assert!(
            line.is_empty() || on.starts_with(line),
            "{words}: line {} is {on}",
            fault.0.line
        );
        assert!(
            fault
                .to_string()
                .starts_with(&format!("a.toml:{}: ", fault.0.line))
        );
    }
}

#[test]
fn all_faults_of_all_files_are_collected() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    let faulty = AGREEMENT
        .replace("title ", "titel ")
        .replace("demand    = \"both\"", "demand = 1");
    write("a.toml", &faulty);
    write("b.toml", "id = \n");
    write("c.toml", AGREEMENT);
    write("d.toml", AGREEMENT);
    write("e.txt", "no agreement");
    let faults = Agreements::load_dir(dir.path()).unwrap_err();
    let named = |file: &str| {
        faults
            .iter()
            .filter(|fault| fault.0.file.ends_with(file))
            .count()
    };
    assert!(
        named("a.toml") >= 2 && named("b.toml") >= 1 && named("d.toml") == 1,
        "{faults:#?}"
    );
    assert_eq!((named("c.toml"), named("e.txt")), (0, 0));
    let twin = faults.iter().find(|fault| fault.0.file.ends_with("d.toml"));
    let twin = twin.unwrap().to_string();
    let line = AGREEMENT
        .lines()
        .position(|line| line.starts_with("id "))
        .unwrap()
        + 1;
    assert!(
        twin.contains(&format!("d.toml:{line}: ")) && twin.contains("c.toml too"),
        "{twin}"
    );
    // Where nobody must be listed there need be no list.
    let lists = AGREEMENT.find("[[participants.list]]").unwrap();
    let images = AGREEMENT.find("[images]").unwrap();
    let without = format!("{}{}", &AGREEMENT[..lists], &AGREEMENT[images..]);
    let faults = Agreement::parse("a.toml", &without).unwrap_err();
    assert!(
        faults[0].to_string().contains("nobody could be listed"),
        "{faults:#?}"
    );
    let nobody = without.replace("demand    = \"both\"", "demand    = \"nobody\"");
    Agreement::parse("a.toml", &nobody).unwrap();
    let lines: Vec<usize> = faults
        .iter()
        .filter(|f| f.0.file.ends_with("a.toml"))
        .map(|f| f.0.line)
        .collect();
    assert!(lines.is_sorted(), "{lines:?}");
    let missing = Agreements::load_dir(&dir.path().join("none")).unwrap_err();
    assert_eq!(missing.len(), 1);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(
        Agreements::load_dir(empty.path()).unwrap().iter().count(),
        0
    );
}

#[test]
fn the_digest_is_that_of_the_file() {
    let one = Agreement::parse("a.toml", AGREEMENT).unwrap();
    let other = Agreement::parse("b.toml", &format!("{AGREEMENT}\n")).unwrap();
    assert_ne!(one.sha256, other.sha256);
    assert_eq!(one.sha256, crate::recognition::sha256(AGREEMENT.as_bytes()));
}
