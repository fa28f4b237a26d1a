//! What holds for any facts: random changes of the example, good and bad ones.

use proptest::prelude::*;
use serde_json::Value;

use super::setting::Setting;
use crate::recognition::{RecognitionResult, State};

/// Changes each of which makes a rule fail, no two of the same field.
const BAD: [&str; 18] = [
    "~from = \"2014-08-01T00:00:00Z\" => from = \"2030-01-01T00:00:00Z\"",
    "/signatures/0/value/covers = \"part\"",
    "/controlResults/0/value/controlTypes = [\"documents\"]",
    "/declaration/0/value/goodsLines = [{\"sequence\":1,\"hs\":\"2710124100\"}]",
    "/presentation/0/value/post = \"Poltavka\"",
    "/declaration/0/value/importer = \"RU-1\"",
    "/priorInformation/0/value/receivedAt = \"2026-11-22T11:00:00Z\"",
    "/presentation/0/value/ucr = \"another\"",
    "/presentation/0/value/containers = [\"CXDU1204566\"]",
    "/presentation/0/value/seals = [{\"number\":\"CN0045871\",\"state\":\"broken\"}]",
    "/controlResults/0/value/endedAt = \"2026-11-01T00:00:00Z\"",
    "/presentation/0/value/weighings = [{\"massKg\":\"1\",\"method\":\"platform\"}]",
    "/controlResults/0/value/goodsLines = [{\"sequence\":1,\"hs\":\"070410\"}]",
    "/controlResults/0/value/outcome = {\"is\":\"notConforming\"}",
    "/controlResults/0/value/useRestriction = \"statistics\"",
    "/controlResults/0/value/seals = [{\"number\":\"X\",\"issuer\":\"CN\"}]",
    "+/controlResults = {\"value\":{\"id\":\"W\",\"function\":\"withdrawal\"},\"source\":{\"message\":\"W\",\"signature\":\"verified\"},\"knownAt\":\"2026-11-22T11:00:00Z\"}",
    "+/consumptions = {\"value\":{\"presentation\":\"PR-0\",\"at\":\"2026-11-22T10:00:00Z\"},\"source\":{\"message\":\"P\",\"signature\":\"attested\"},\"knownAt\":\"2026-11-22T10:00:00Z\"}",
];

/// Every field and fact of the example that can be unknown.
fn optional(setting: &Setting) -> Vec<String> {
    let mut paths = Vec::new();
    for (list, facts) in setting.facts.as_object().unwrap() {
        for index in 0..facts.as_array().unwrap().len() {
            let value = format!("/{list}/{index}/value");
            let required = ["id", "kind", "value", "at", "message"];
            for key in setting
                .facts
                .pointer(&value)
                .unwrap()
                .as_object()
                .unwrap()
                .keys()
            {
                let judged = key.starts_with("validAt");
                if !judged && !required.contains(&key.as_str()) {
                    paths.push(format!("-{value}/{key}"));
                }
            }
        }
    }
    paths
}

fn apply(setting: &mut Setting, edits: &[String]) {
    for edit in edits {
        let pointer = edit.trim_start_matches(['-', '+']);
        let path = pointer.split(" = ").next().unwrap();
        let is_there = !edit.starts_with('-') || setting.facts.pointer(path).is_some();
        if is_there {
            setting.edit(edit);
        }
    }
}

/// Turns every list around.
fn reverse(value: &mut Value) {
    match value {
        Value::Array(entries) => {
            entries.reverse();
            entries.iter_mut().for_each(reverse);
        }
        Value::Object(fields) => fields.values_mut().for_each(reverse),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

/// Moves every time by so many seconds.
fn shift(value: &mut Value, seconds: i64) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| shift(entry, seconds)),
        Value::Object(fields) => fields.values_mut().for_each(|field| shift(field, seconds)),
        Value::String(text) => {
            if let Ok(time) = text.parse::<jiff::Timestamp>() {
                *text = (time + jiff::SignedDuration::from_secs(seconds)).to_string();
            }
        }
        Value::Bool(_) | Value::Null | Value::Number(_) => {}
    }
}

fn shift_agreement(text: &str, seconds: i64) -> String {
    let times = regex::Regex::new(r#""(\d{4}-\d\d-\d\dT[0-9:]+Z)""#).unwrap();
    let moved = |found: &regex::Captures<'_>| {
        let time: jiff::Timestamp = found[1].parse().unwrap();
        format!("\"{}\"", time + jiff::SignedDuration::from_secs(seconds))
    };
    times.replace_all(text, moved).into_owned()
}

fn states(result: &RecognitionResult) -> Vec<(State, Option<&'static str>)> {
    let rules = result.rules.iter();
    rules
        .map(|rule| (rule.state, rule.code.map(|code| code.as_str())))
        .collect()
}

fn subset(of: usize) -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(prop::bool::weighted(0.2), of)
}

fn chosen(edits: &[&str], picks: &[bool]) -> Vec<String> {
    let edits = edits.iter().zip(picks);
    edits
        .filter(|(_, pick)| **pick)
        .map(|(edit, _)| (*edit).to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever else is known or wrong, one more failing fact makes no verdict better.
    #[test]
    fn a_failing_fact_never_improves_a_verdict(
        bad in subset(BAD.len()), unknown in subset(40), next in 0..BAD.len(), minutes in -600_i64..6000,
    ) {
        let mut setting = Setting::base();
        let paths = optional(&setting);
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let at: jiff::Timestamp = setting.at.parse().unwrap();
        setting.at = (at + jiff::SignedDuration::from_mins(minutes)).to_string();
        // What was removed and then made bad is bad.
        apply(&mut setting, &chosen(&paths, &unknown));
        let mut bad = bad;
        bad[next] = false;
        apply(&mut setting, &chosen(&BAD, &bad));
        let before = setting.decide();
        apply(&mut setting, &[BAD[next].to_owned()]);
        let after = setting.decide();
        prop_assert!(after.verdict <= before.verdict, "{:?} -> {:?}", before.deciding, after.deciding);
    }

    /// What nobody knows lets no rule pass that did not pass before, and no verdict rise.
    #[test]
    fn unknown_is_never_a_pass(bad in subset(BAD.len()), unknown in subset(40)) {
        let mut setting = Setting::base();
        let paths = optional(&setting);
        apply(&mut setting, &chosen(&BAD, &bad));
        let before = setting.decide();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let removed = chosen(&paths, &unknown);
        apply(&mut setting, &removed);
        let after = setting.decide();
        for (before, after) in before.rules.iter().zip(&after.rules) {
            if after.state == State::Pass {
                prop_assert!(after.missing.is_empty());
            }
            // Of prior information, images, or a second statement less may be known and enough.
            if before.state == State::Unknown {
                prop_assert!(after.state != State::Pass, "{:?} {removed:?}", after.rule);
            }
        }
        for finding in &after.rules {
            prop_assert_eq!(finding.state == State::Unknown, !finding.missing.is_empty());
            prop_assert_eq!(finding.state == State::Fail && finding.code.is_none(), false);
        }
    }

    /// The order of facts, of lists and of the agreement's lists changes no byte.
    #[test]
    fn order_does_not_matter(bad in subset(BAD.len()), unknown in subset(40)) {
        let mut setting = Setting::base();
        let paths = optional(&setting);
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        apply(&mut setting, &chosen(&paths, &unknown));
        apply(&mut setting, &chosen(&BAD, &bad));
        setting.edit("+/keys = {\"value\":{\"kind\":\"mrn\",\"value\":\"26ITQU71A000012343\"},\"source\":{\"message\":\"K\",\"signature\":\"verified\"},\"knownAt\":\"2026-11-22T03:00:00Z\"}");
        let one = setting.decide().to_bytes();
        reverse(&mut setting.facts);
        prop_assert_eq!(one, setting.decide().to_bytes());
    }

    /// The same things at another time are judged alike.
    #[test]
    fn time_does_not_matter_but_for_its_distances(
        bad in subset(BAD.len()), seconds in -86_400_000_i64..86_400_000,
    ) {
        let mut setting = Setting::base();
        apply(&mut setting, &chosen(&BAD, &bad));
        let before = setting.decide();
        shift(&mut setting.facts, seconds);
        setting.agreement = shift_agreement(&setting.agreement, seconds);
        let at: jiff::Timestamp = setting.at.parse().unwrap();
        setting.at = (at + jiff::SignedDuration::from_secs(seconds)).to_string();
        let after = setting.decide();
        prop_assert_eq!(states(&before), states(&after));
        prop_assert_eq!((before.verdict, before.deciding), (after.verdict, after.deciding));
    }
}
