//! Every rule passes, fails and cannot tell, each for the one thing that was changed.

use std::collections::BTreeSet;

use super::setting::{Setting, said};
use crate::recognition::Rule;

const ROWS: &str = include_str!("rules.txt");

#[test]
fn the_unchanged_example_passes_every_rule() {
    let result = Setting::base().decide();
    for rule in Rule::ALL {
        assert_eq!(said(&result, rule.as_str()), "PASS");
    }
    assert_eq!(result.verdict.as_str(), "RECOGNISED");
    assert!(result.deciding.is_empty());
}

#[test]
fn every_rule_is_judged_as_the_table_says() {
    let mut seen = BTreeSet::new();
    let rows = ROWS.lines().filter(|line| !line.starts_with('#'));
    let rows: Vec<&str> = rows.collect();
    for row in rows.split(|line| line.is_empty()) {
        let Some((head, edits)) = row.split_first() else {
            continue;
        };
        let (rule, rest) = head.split_once(' ').unwrap();
        let (expected, verdict) = rest.split_once(" => ").unwrap();
        let edits: Vec<String> = edits
            .iter()
            .map(|edit| edit.trim().replace("\\n", "\n"))
            .collect();
        let edits: Vec<&str> = edits.iter().map(String::as_str).collect();
        let result = Setting::edited(&edits).decide();
        let got = format!("{} => {}", said(&result, rule), result.verdict.as_str());
        assert_eq!(got, format!("{expected} => {verdict}"), "{rule} {edits:?}");
        seen.insert(format!("{rule} {}", expected.split(' ').next().unwrap()));
    }
    for rule in Rule::ALL {
        // The images have a test of their own; the example passes.
        for state in ["FAIL", "UNKNOWN"] {
            let row = format!("{} {state}", rule.as_str());
            assert!(seen.contains(&row) || rule == Rule::R15, "{row}");
        }
    }
}

const CITRUS: [&str; 2] = [
    "/declaration/0/value/goodsLines = [{\"sequence\":1,\"hs\":\"0805102000\"}]",
    "/controlResults/0/value/goodsLines = [{\"sequence\":1,\"hs\":\"08051000\"}]",
];

#[test]
fn images() {
    let image = "/controlResults/0/value/images = [{\"uri\":\"https://img.example/1\",\"mime\":\"image/tiff\",\"size\":1,\"sha256\":\"SHA\",\"fetchedSha256\":\"SHA\",\"transportId\":\"TKRU4073186\",\"takenAt\":\"2026-11-22T02:50:00Z\",\"assessment\":\"consistent\"}]"
        .replace("SHA", &"ab".repeat(32));
    let digest = image.replacen("\"fetchedSha256\":\"ab", "\"fetchedSha256\":\"cd", 1);
    let cases = [
        (image.clone(), "PASS", "RECOGNISED"),
        (digest, "FAIL IMAGE_MISMATCH", "RECOGNISED_WITH_CHECKS"),
        (
            image.replace("TKRU4073186", "CXDU1204566"),
            "FAIL IMAGE_MISMATCH",
            "RECOGNISED_WITH_CHECKS",
        ),
        (
            image.replace("2026-11-22T02:50", "2026-11-20T02:50"),
            "FAIL IMAGE_MISMATCH",
            "RECOGNISED_WITH_CHECKS",
        ),
        (
            image.replace("2026-11-22T02:50", "2026-11-22T03:50"),
            "FAIL IMAGE_MISMATCH",
            "RECOGNISED_WITH_CHECKS",
        ),
        (
            image.replace("\"consistent\"", "\"inconsistent\""),
            "FAIL IMAGE_MISMATCH",
            "RECOGNISED_WITH_CHECKS",
        ),
        (
            image.replace("\"consistent\"", "\"unclear\""),
            "UNKNOWN",
            "RECOGNISED_WITH_CHECKS",
        ),
        (
            image.replace("\"fetchedSha256\"", "\"uri\"").replacen(
                "\"uri\":\"https://img.example/1\",",
                "",
                1,
            ),
            "UNKNOWN",
            "RECOGNISED_WITH_CHECKS",
        ),
        (
            "/controlResults/0/value/images = []".to_owned(),
            "FAIL IMAGE_MISSING",
            "RECOGNISED_WITH_CHECKS",
        ),
    ];
    for (edit, expected, verdict) in cases {
        let result = Setting::edited(&[CITRUS[0], CITRUS[1], &edit]).decide();
        let got = (said(&result, "R15"), result.verdict.as_str());
        assert_eq!(got, (expected.to_owned(), verdict), "{edit}");
    }
}

#[test]
fn two_words_at_one_time_are_a_contradiction() {
    let other = "+/declaration = {\"value\":{\"importer\":\"RU-2536012345\"},\"source\":{\"message\":\"D2\",\"signature\":\"attested\"},\"knownAt\":\"2026-11-22T07:00:00Z\"}";
    let result = Setting::edited(&[other]).decide();
    assert_eq!(said(&result, "R07"), "FAIL FACTS_CONTRADICT");
    // A later word is the last one.
    let later = other.replace("T07:00:00Z", "T07:00:01Z");
    let result = Setting::edited(&[&later]).decide();
    assert_eq!(said(&result, "R07"), "UNKNOWN");
}
