//! The consignment of the examples, and small edits of it.
//!
//! An edit is a text: `/pointer = json` sets, `-/pointer` removes, `+/pointer = json` appends,
//! `~old => new` changes the agreement's file, `@time` the time of the decision.

use serde_json::Value;

use crate::recognition::{Agreement, Facts, RecognitionResult, decide};

const FACTS: &str = include_str!("../../../examples/recognition/tomatoes.json");
pub(super) const AGREEMENT: &str =
    include_str!("../../../schemas/agreements/ru-cn-mrcc-2014-pogranichny.toml");
pub(super) const AT: &str = "2026-11-22T11:20:30Z";

/// Facts, agreement and time of one test.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) facts: Value,
    pub(super) agreement: String,
    pub(super) at: String,
}

impl Setting {
    pub(super) fn base() -> Self {
        Self {
            facts: serde_json::from_str(FACTS).unwrap(),
            agreement: AGREEMENT.to_owned(),
            at: AT.to_owned(),
        }
    }

    #[track_caller]
    pub(super) fn edited(edits: &[&str]) -> Self {
        let mut setting = Self::base();
        for edit in edits {
            setting.edit(edit);
        }
        setting
    }

    #[track_caller]
    pub(super) fn edit(&mut self, edit: &str) {
        if let Some(at) = edit.strip_prefix('@') {
            at.clone_into(&mut self.at);
        } else if let Some(change) = edit.strip_prefix('~') {
            let (old, new) = change.split_once(" =>").unwrap();
            let new = new.trim_start();
            assert!(self.agreement.contains(old), "{old}");
            self.agreement = self.agreement.replace(old, new);
        } else if let Some(pointer) = edit.strip_prefix('-') {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let removed = match self.facts.pointer_mut(parent).unwrap() {
                Value::Object(fields) => fields.remove(key),
                Value::Array(entries) => Some(entries.remove(key.parse().unwrap())),
                Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => None,
            };
            assert!(removed.is_some(), "{edit}");
        } else {
            let (pointer, json) = edit.split_once(" = ").unwrap();
            let value: Value = serde_json::from_str(json).unwrap_or_else(|e| panic!("{json}: {e}"));
            let pointer = pointer.trim();
            if let Some(list) = pointer.strip_prefix('+') {
                let (parent, key) = list.rsplit_once('/').unwrap();
                let parent = self.facts.pointer_mut(parent).unwrap().as_object_mut();
                let list = parent
                    .unwrap()
                    .entry(key)
                    .or_insert_with(|| Value::Array(vec![]));
                list.as_array_mut().unwrap().push(value);
            } else {
                let (parent, key) = pointer.rsplit_once('/').unwrap();
                let parent = self
                    .facts
                    .pointer_mut(parent)
                    .unwrap_or_else(|| panic!("{parent}"));
                parent
                    .as_object_mut()
                    .unwrap()
                    .insert(key.to_owned(), value);
            }
        }
    }

    #[track_caller]
    pub(super) fn facts(&self) -> Facts {
        Facts::parse(self.facts.to_string().as_bytes()).unwrap()
    }

    #[track_caller]
    pub(super) fn agreement(&self) -> Agreement {
        Agreement::parse("a.toml", &self.agreement).unwrap()
    }

    #[track_caller]
    pub(super) fn decide(&self) -> RecognitionResult {
        decide(&self.facts(), &self.agreement(), self.at.parse().unwrap())
    }
}

/// `"PASS"`, `"FAIL CODE"`, `"UNKNOWN"` or `"UNKNOWN CODE"` of one rule.
pub(super) fn said(result: &RecognitionResult, rule: &str) -> String {
    let finding = result
        .rules
        .iter()
        .find(|f| f.rule.as_str() == rule)
        .unwrap();
    let state = serde_json::to_value(finding.state).unwrap();
    let state = state.as_str().unwrap();
    match finding.code {
        Some(code) => format!("{state} {}", code.as_str()),
        None => state.to_owned(),
    }
}
