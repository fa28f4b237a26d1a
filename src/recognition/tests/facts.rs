//! Facts and decisions as bytes: read, refused, and written in one form.

use super::setting::Setting;
use crate::recognition::{Code, Facts, Missing, RecognitionResult, Rule, Text3};

#[track_caller]
fn refused(json: &str, code: &str, words: &str) {
    let error = Facts::parse(json.as_bytes()).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn what_is_no_facts_is_refused_with_its_place() {
    refused("", "FACTS_FORMAT", "line 1, column 0");
    refused("[]", "FACTS_FORMAT", "expected");
    refused(
        "{\n  \"factz\": []\n}",
        "FACTS_FORMAT",
        "line 2, column 9: unknown field `factz`",
    );
    refused(
        "{\"keys\": [{\"value\": {\"kind\": \"ucr\", \"value\": \"1\"}}]}",
        "FACTS_FORMAT",
        "missing field `source`",
    );
    let with = |edit: &str| Setting::edited(&[edit]).facts.to_string();
    for (edit, words) in [
        (
            "/presentation/0/value/seals = [{\"number\":\"1\",\"state\":\"fine\"}]",
            "unknown variant",
        ),
        (
            "/presentation/0/value/weighings = [{\"massKg\":\"-1\",\"method\":\"axle\"}]",
            "not negative",
        ),
        (
            "/presentation/0/value/weighings = [{\"massKg\":1,\"method\":\"axle\"}]",
            "a string",
        ),
        ("/presentation/0/knownAt = \"yesterday\"", "parse"),
        (
            "/controlResults/0/value/sealz = []",
            "unknown field `sealz`",
        ),
        (
            "/signatures/0/value/validAtReceipt = {\"is\":\"invalid\"}",
            "missing field `code`",
        ),
    ] {
        refused(&with(edit), "FACTS_FORMAT", words);
    }
}

#[test]
fn facts_have_limits() {
    let mut setting = Setting::base();
    let line = serde_json::json!({"sequence": 1, "hs": "0702"});
    let goods = |count: usize| serde_json::Value::Array(vec![line.clone(); count]);
    *setting
        .facts
        .pointer_mut("/declaration/0/value/goodsLines")
        .unwrap() = goods(10_000);
    setting.facts();
    *setting
        .facts
        .pointer_mut("/declaration/0/value/goodsLines")
        .unwrap() = goods(10_001);
    refused(&setting.facts.to_string(), "FACTS_LIST_LENGTH", "10001");
    refused(&" ".repeat((16 << 20) + 1), "FACTS_SIZE", "16777217");
}

#[test]
fn the_same_facts_have_the_same_digest_however_they_are_written() {
    let facts = Setting::base().facts();
    let other = Setting::edited(&[
        "/presentation/0/knownAt = \"2026-11-22T21:20:00+10:00\"",
        "/presentation/0/value/weighings = [{\"method\":\"platform\",\"massKg\":\"20180.00\"}]",
        "/controlResults/0/value/controlTypes = [\"weighing\",\"documents\",\"inspection\"]",
        "/controlResults/0/value/replaces = null",
    ])
    .facts();
    assert_eq!(facts.sha256(), other.sha256());
    let changed = Setting::edited(&["/presentation/0/value/containers = []"]).facts();
    assert_ne!(facts.sha256(), changed.sha256());
    let again = Facts::parse(&facts.canonical_bytes()).unwrap();
    assert_eq!(again.canonical_bytes(), facts.canonical_bytes());
}

#[test]
fn decisions_read_back_and_link() {
    for edits in [&[][..], &["-/presentation/0"], &["-/signatures/0"]] {
        let mut result = Setting::edited(edits).decide();
        result.supersedes = Some("D-1".to_owned());
        let bytes = result.to_bytes();
        let again = RecognitionResult::parse(&bytes).unwrap();
        assert_eq!(again, result);
        assert_eq!(again.to_bytes(), bytes);
    }
    let text = String::from_utf8(Setting::base().decide().to_bytes()).unwrap();
    assert!(!text.contains("supersedes"));
    let other = text.replacen("RECOGNISED", "RECOGNIZED", 1);
    assert!(RecognitionResult::parse(other.as_bytes()).is_err());
}

#[test]
fn every_text_is_there_in_three_languages() {
    let mut texts: Vec<Text3> = Code::all()
        .flat_map(|code| [code.text(), code.remedy()])
        .collect();
    texts.extend(Rule::ALL.map(Rule::title));
    texts.push(Missing::Presentation.text());
    for text in texts {
        assert!(text.en.is_ascii() && !text.en.is_empty(), "{text:?}");
        assert!(
            text.ru.chars().any(|c| ('а'..='я').contains(&c)),
            "{text:?}"
        );
        assert!(
            text.zh
                .chars()
                .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
            "{text:?}"
        );
    }
    let codes: std::collections::BTreeSet<&str> = Code::all().map(Code::as_str).collect();
    assert_eq!(codes.len(), 36);
}
