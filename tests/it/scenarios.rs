//! The exchanges of the domain as their officers would tell them: given, when, then, in data files
//! (`tests/scenarios/*.toml`), played between real gateways.
//!
//! A file names the gateways and steps. A step says who does what at which gateway, and what is seen
//! then; `{now-50m}` is a time that long before the start, `{name}` what an earlier step kept.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use corridor::clock::Clock;
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::support::corridor;
use crate::support::desk::{Desk, text};
use crate::support::trial::{Trial, sample, until};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    id: String,
    title: String,
    gateways: Vec<String>,
    #[serde(default)]
    given: Vec<Given>,
    step: Vec<Step>,
}

/// An agreement as the scenario has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    at: String,
    agreement: String,
    replace: Vec<(String, String)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    when: String,
    at: String,
    #[serde(default = "officer")]
    role: String,
    /// A document to submit, below `schemas/`.
    submit: Option<String>,
    #[serde(default)]
    replace: Vec<(String, String)>,
    /// A path to post to, with its JSON.
    post: Option<String>,
    #[serde(default)]
    json: String,
    /// A path to look at.
    get: Option<String>,
    /// A certificate that its authority revokes; the list is put to work at this gateway.
    revoke: Option<Revoked>,
    /// Whether the gateway is stopped and started again.
    #[serde(default)]
    restart: bool,
    /// The status of a post.
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    then: Vec<Then>,
    /// What later steps need, by JSON pointer.
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

/// A certificate of a party, by its file there, and since when its key may have been lost.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoked {
    of: String,
    certificate: String,
    lost_since: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Then {
    /// A JSON pointer; `/rules/R16` is that rule of the first decision.
    at: String,
    is: toml::Value,
}

fn officer() -> String {
    "officer".to_owned()
}

fn ok() -> u16 {
    200
}

struct Play {
    trial: Trial,
    began: Timestamp,
    kept: BTreeMap<String, String>,
}

impl Play {
    /// Fills in times and what was kept.
    fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let known = after.split_once('}').and_then(|(name, more)| {
                let value = self.time(name).or_else(|| self.kept.get(name).cloned())?;
                Some((value, more))
            });
            match known {
                Some((value, more)) => {
                    filled.push_str(&value);
                    rest = more;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled + rest
    }

    fn time(&self, name: &str) -> Option<String> {
        let shift = name.strip_prefix("now")?;
        let minutes = match shift.strip_suffix('m') {
            Some(number) => number.parse().ok()?,
            None if shift.is_empty() => 0,
            None => return None,
        };
        let at = self
            .began
            .checked_add(SignedDuration::from_mins(minutes))
            .unwrap();
        let second = Timestamp::from_second(at.as_second()).unwrap();
        Some(second.to_string())
    }

    /// The authority of a party issues a list, and a gateway takes it and looks at its decisions.
    async fn revoke(&self, at: &str, revoked: &Revoked) {
        let stem = revoked.of.to_lowercase();
        let list = self.trial.path(at, &format!("partners/{stem}.crl.pem"));
        let issued = corridor([
            OsString::from("pki"),
            "crl".into(),
            "--dir".into(),
            self.trial.path(&revoked.of, "ca").into(),
            "--revoke".into(),
            self.trial.path(&revoked.of, &revoked.certificate).into(),
            "--lost-since".into(),
            self.fill(&revoked.lost_since).into(),
            "--out".into(),
            list.into(),
        ]);
        issued.ok();
        let log = self.trial.path(at, "gateway.log");
        let before = fs::read(&log).unwrap().len();
        self.trial.reloaded(at).await;
        until("the look at decisions", async || {
            let said = String::from_utf8(fs::read(&log).unwrap().split_off(before)).unwrap();
            said.contains("decisions were looked at").then_some(())
        })
        .await;
    }

    async fn step(&mut self, step: &Step) {
        if let Some(revoked) = &step.revoke {
            return self.revoke(&step.at, revoked).await;
        }
        if step.restart {
            self.trial.stop(&step.at);
            return self.trial.serve(&[&step.at]).await;
        }
        let mut desk = Desk::open(self.trial.party(&step.at), &step.role).await;
        let answer = if let Some(document) = &step.submit {
            let mut document = sample(document);
            for (from, to) in &step.replace {
                assert!(document.contains(from.as_str()), "{}: {from}", step.when);
                document = document.replace(from.as_str(), &self.fill(to));
            }
            let answer = desk.submit(&document).await;
            assert_eq!(
                answer.status.as_u16(),
                step.status,
                "{}: {}",
                step.when,
                text(&answer)
            );
            Value::Null
        } else if let Some(path) = &step.post {
            let (path, body) = (self.fill(path), self.fill(&step.json));
            let body = Bytes::from(body);
            let answer = desk
                .call(Method::POST, &path, "application/json", body)
                .await;
            let answer = answer.unwrap();
            assert_eq!(
                answer.status.as_u16(),
                step.status,
                "{}: {}",
                step.when,
                text(&answer)
            );
            serde_json::from_slice(&answer.body).unwrap()
        } else {
            let path = self.fill(step.get.as_deref().unwrap());
            until(&step.when, async || {
                let seen = desk.fetch(&path).await;
                let seen: Value = (seen.status == StatusCode::OK)
                    .then(|| serde_json::from_slice(&seen.body).unwrap())?;
                step.then
                    .iter()
                    .all(|then| then.holds(self, &seen))
                    .then_some(seen)
            })
            .await
        };
        for then in &step.then {
            assert!(
                then.holds(self, &answer),
                "{}: {} in {answer:#}",
                step.when,
                then.at
            );
        }
        for (name, pointer) in &step.keep {
            let value = answer.pointer(pointer).unwrap().as_str().unwrap();
            self.kept.insert(name.clone(), value.to_owned());
        }
    }
}

impl Then {
    fn holds(&self, play: &Play, seen: &Value) -> bool {
        let found = match self.at.strip_prefix("/rules/") {
            None => seen.pointer(&self.at),
            Some(rule) => {
                let decision = seen
                    .pointer("/decision")
                    .or_else(|| seen.pointer("/decisions/0"));
                let rules = decision.and_then(|decision| decision.pointer("/result/rules"));
                let rules = rules.and_then(Value::as_array).into_iter().flatten();
                let mut found = rules.filter(|found| found["rule"] == rule);
                found.next().map(|found| &found["state"])
            }
        };
        let expected = match self.is.as_str() {
            Some(text) => Value::from(play.fill(text)),
            None => serde_json::to_value(&self.is).unwrap(),
        };
        found == Some(&expected)
    }
}

async fn play(file: &Path) {
    let scenario: Scenario = toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let names: Vec<&'static str> = ["RU", "KZ", "CN", "MN", "EU"]
        .into_iter()
        .filter(|name| scenario.gateways.iter().any(|wanted| wanted == name))
        .collect();
    assert_eq!(names.len(), scenario.gateways.len(), "{}", scenario.id);
    println!("{}: {}", scenario.id, scenario.title);
    let mut play = Play {
        trial: Trial::new(&names),
        began: Clock::machine().wall(),
        kept: BTreeMap::new(),
    };
    for given in &scenario.given {
        let path = play
            .trial
            .path(&given.at, &format!("agreements/{}.toml", given.agreement));
        let mut agreement = fs::read_to_string(&path).unwrap();
        for (from, to) in &given.replace {
            assert!(agreement.contains(from.as_str()), "{from}");
            agreement = agreement.replace(from.as_str(), &play.fill(to));
        }
        fs::write(&path, agreement).unwrap();
    }
    play.trial.serve(&names).await;
    for step in &scenario.step {
        play.step(step).await;
    }
    for name in names {
        play.trial.stop(name);
        play.trial.sound(name);
    }
}

/// Every scenario, one after another: each has gateways of its own.
#[tokio::test]
async fn every_scenario_plays_as_it_is_told() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios"));
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    assert!(files.len() >= 3);
    for file in files {
        play(&file).await;
    }
}
