//! Published signatures, each judged twice. Under the production policy a file ends in the code of
//! its refusal; under a policy that exists in these tests alone, with the keys of the fixture and
//! legacy algorithms, it reaches its true verdict or stands among the exceptions.
//!
//! What each file shall end in is data: `conformance/xmldsig.json`.

mod keys;
mod legacy;
mod suites;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use corridor::crypto::{Policy, SigningRules, Suites, TrustStore, unverified_content, verify};
use corridor::xml::{self, Limits};
use jiff::Timestamp;
use serde::Deserialize;

use crate::c14n::resolved;
use crate::exceptions::Verdicts;

const EXPECTED: &str = include_str!("../../conformance/xmldsig.json");

/// What a published signature shall end in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Suite and name.
    file: String,
    /// Our code, or `verified`.
    production: String,
    /// `valid` or `invalid`, as its suite or the standard says.
    truth: String,
    /// Why it is so, where one would think otherwise.
    #[serde(default)]
    #[expect(dead_code, reason = "read by people")]
    note: String,
}

fn folder() -> Option<PathBuf> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/vectors/xmlsec/tests"
    );
    let folder = PathBuf::from(folder);
    if !folder.exists() {
        println!("skipped: no reference data");
        return None;
    }
    Some(folder)
}

#[test]
fn aleksey_xmldsig_01() {
    judge("aleksey-xmldsig-01");
}

#[test]
fn merlin_c14n_three() {
    judge("merlin-c14n-three");
}

#[test]
fn merlin_exc_c14n_one() {
    judge("merlin-exc-c14n-one");
}

#[test]
fn merlin_xmldsig_twenty_three() {
    judge("merlin-xmldsig-twenty-three");
}

#[test]
fn xmldsig11_interop_2012() {
    judge("xmldsig11-interop-2012");
}

/// Every signature of a suite, and none that is not listed.
fn judge(suite: &str) {
    let Some(folder) = folder() else {
        return;
    };
    if !legacy::available() {
        return;
    }
    let listed: Vec<Expected> = serde_json::from_str(EXPECTED).unwrap();
    let listed = listed.into_iter();
    let mut listed: BTreeMap<String, Expected> = listed
        .filter(|one| one.file.split('/').next() == Some(suite))
        .map(|one| (one.file.clone(), one))
        .collect();
    let trust = anchors(&folder);
    let mut production = Verdicts::new("xmldsig-production");
    let mut truth = Verdicts::of_part("xmldsig", format!("{suite}/"));
    let mut unlisted = Vec::new();
    for path in signatures(&folder.join(suite)) {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let code = production_verdict(&fs::read(&path).unwrap(), &trust);
        let judged = legacy::verdict(&resolved(&path).unwrap(), &folder);
        match listed.remove(&name) {
            Some(expected) => {
                production.add(&name, &expected.production, &code);
                truth.add(&name, &expected.truth, &judged);
            }
            None => unlisted.push(format!("{name} {code} {judged}")),
        }
    }
    assert!(unlisted.is_empty(), "not listed:\n{}", unlisted.join("\n"));
    assert!(listed.is_empty(), "listed and not there: {listed:?}");
    production.conclude();
    truth.conclude();
}

fn signatures(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|it| it == "xml"));
    found.sort();
    found
}

/// A partner whose anchor is the root of the xmlsec fixtures, with all algorithms allowed.
fn anchors(folder: &Path) -> TrustStore {
    let root = fs::read(folder.join("keys/cacert.pem")).unwrap();
    TrustStore::from_pem(&root, b"", &[]).unwrap()
}

fn production_verdict(bytes: &[u8], trust: &TrustStore) -> String {
    let document = match xml::parse(bytes, None, &Limits::default()) {
        Ok(document) => document,
        Err(error) => return error.code().to_owned(),
    };
    let suites = Suites::standard();
    let allowed: Vec<String> = suites.uris().map(ToOwned::to_owned).collect();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust,
    };
    // A package of that build: the reason is then not that there is none.
    let rules = SigningRules {
        cover: unverified_content(&document).1,
        id_attributes: vec![(String::new(), "Id".to_owned())],
    };
    let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
    verify(document, &rules, &policy, now).map_or_else(
        |refused| refused.error.code().to_owned(),
        |_| "verified".to_owned(),
    )
}
