//! Scenarios of the domain, each a few lines of `scenarios.txt` that a customs officer can read.

use super::setting::{Setting, said};
use crate::recognition::Rule;

const SCENARIOS: &str = include_str!("scenarios.txt");

#[test]
fn the_scenarios_end_as_told() {
    let lines = SCENARIOS.lines().filter(|line| !line.starts_with('#'));
    let lines: Vec<&str> = lines.collect();
    let mut told = 0;
    for scenario in lines.split(|line| line.is_empty()) {
        let [name, outcome, edits @ ..] = scenario else {
            continue;
        };
        let edits: Vec<&str> = edits.iter().map(|edit| edit.trim()).collect();
        let result = Setting::edited(&edits).decide();
        let (verdict, reason) = outcome.split_once(' ').unwrap_or((outcome, ""));
        assert_eq!(
            result.verdict.as_str(),
            verdict,
            "{name}: {:?}",
            result.deciding
        );
        let deciding: Vec<&str> = result.deciding.iter().map(|rule| rule.as_str()).collect();
        let said_reason = match result.deciding.as_slice() {
            [rule] if reason.contains(' ') => {
                let finding = result.rule(*rule).unwrap();
                let code = finding.code.unwrap().as_str();
                format!(
                    "{} {code} {}",
                    rule.as_str(),
                    finding.detail.as_deref().unwrap()
                )
            }
            _ => deciding.join(" "),
        };
        // Two seals in either order: the detail is sorted.
        let sorted = |text: &str| {
            let mut words: Vec<String> = text.split([' ', ',']).map(str::to_owned).collect();
            words.sort();
            words
        };
        assert_eq!(sorted(&said_reason), sorted(reason), "{name}");
        told += 1;
    }
    assert!(told >= 19, "{told}");
}

#[test]
fn a_later_decision_repeats_the_earlier_one_with_all_that_is_known_now() {
    let withdrawn = "+/controlResults = {\"value\":{\"id\":\"W\",\"function\":\"withdrawal\"},\"source\":{\"message\":\"W\",\"signature\":\"verified\"},\"knownAt\":\"2026-11-22T11:40:00Z\"}";
    let (then, now) = (Setting::base(), Setting::edited(&[withdrawn]));
    assert_eq!(then.decide().to_bytes(), now.decide().to_bytes());
    let mut later = now.clone();
    later.edit("@2026-11-22T11:40:00Z");
    let decision = later.decide();
    assert_ne!(decision.facts_sha256, now.decide().facts_sha256);
    assert_eq!(said(&decision, Rule::R20.as_str()), "FAIL RESULT_WITHDRAWN");
}

#[test]
fn the_explanation_names_who_said_what() {
    let edit = "/presentation/0/value/weighings = [{\"massKg\":\"19000\",\"method\":\"platform\"}]";
    let result = Setting::edited(&[edit]).decide();
    let finding = result.rule(Rule::R16).unwrap();
    assert_eq!(
        finding.observed.partner.as_deref(),
        Some("20200 kg (platform)")
    );
    assert_eq!(finding.observed.declared.as_deref(), Some("20200 kg"));
    assert_eq!(
        finding.observed.here.as_deref(),
        Some("19000 kg (platform)")
    );
    assert_eq!(finding.overridable_by.as_deref(), Some("officer, logged"));
    assert_eq!(
        finding.text.en,
        "The mass differs by more than the tolerance: 5.94% > 1%"
    );
    assert_eq!(finding.text.zh, "重量差异超出允差：5.94% > 1%");
    assert!(
        result
            .headline
            .ru
            .starts_with("Признаётся с проверками. Расхождение массы")
    );
    let messages: Vec<&str> = finding
        .facts
        .iter()
        .map(|fact| fact.message.as_str())
        .collect();
    for message in ["CN-CR-000417", "RU-DT-000417", "PR-1"] {
        assert!(messages.contains(&message), "{messages:?}");
    }
    assert!(finding.remedy.is_some());
    // Passing rules ask for nothing and cannot be overridden.
    let passed = result.rule(Rule::R14).unwrap();
    assert!(passed.remedy.is_none() && passed.overridable_by.is_none());
}
