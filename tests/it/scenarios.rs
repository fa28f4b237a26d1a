//! The exchanges of the domain as their officers would tell them: given, when, then, in data files
//! (`tests/scenarios/*.toml`), played between real gateways.
//!
//! A file names the gateways and steps. A step says who does what at which gateway, and what is seen
//! then; `{name}` is what an earlier step kept, `{now-50m}` a time that long before the start, and
//! `{clock+90m|Europe/Moscow|%H:%M}` one that long after the step begins, as that zone writes it.
//! At the end every decision of every gateway is made again offline, by `corridor recognise`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use corridor::cli::trial::world::Party;
use corridor::clock::Clock;
use corridor::evidence::{self, Outcome};
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::corridor;
use crate::support::desk::{Desk, receipt, text};
use crate::support::site::Site;
use crate::support::trial::{Trial, sample, until};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    id: String,
    title: String,
    gateways: Vec<String>,
    #[serde(default)]
    given: Vec<Given>,
    #[serde(default)]
    published: Vec<Published>,
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

/// A party whose authority publishes its list of revoked certificates, and the gateway that asks for it
/// every five seconds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    of: String,
    at: String,
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
    /// The UCR that its submitter states beside it.
    ucr: Option<String>,
    #[serde(default)]
    replace: Vec<(String, String)>,
    /// A path to post to, with its JSON.
    post: Option<String>,
    #[serde(default)]
    json: String,
    /// A path to look at.
    get: Option<String>,
    /// A certificate that its authority revokes; the list is put to work at this gateway, by a reload
    /// or a restart, or is fetched by it where the authority publishes it.
    revoke: Option<Revoked>,
    /// Whether the gateway is stopped and started again.
    #[serde(default)]
    restart: bool,
    /// The status of a post.
    #[serde(default = "ok")]
    status: u16,
    /// Within how many seconds a post or a submission is answered.
    within_s: Option<u64>,
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
    /// A JSON pointer; `/rules/R16` is that rule of the first decision. What is submitted is answered
    /// with `receipt` (its id), `registration` and `refusal`.
    at: String,
    /// The value there.
    is: Option<toml::Value>,
    /// A part of the text there.
    has: Option<String>,
    /// Whether nothing is there.
    #[serde(default)]
    absent: bool,
}

fn officer() -> String {
    "officer".to_owned()
}

fn ok() -> u16 {
    200
}

struct Play {
    trial: Trial,
    /// Where authorities publish their lists.
    site: Site,
    /// The parties whose authorities do.
    published: Vec<String>,
    /// Decisions that were seen, by gateway and id.
    decided: BTreeMap<(String, String), Value>,
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
        let mut parts = name.split('|');
        let moment = parts.next()?;
        let (from, shift) = match moment.strip_prefix("now") {
            Some(shift) => (self.began, shift),
            None => (Clock::machine().wall(), moment.strip_prefix("clock")?),
        };
        let minutes = match shift.strip_suffix('m') {
            Some(number) => number.parse().ok()?,
            None if shift.is_empty() => 0,
            None => return None,
        };
        let at = from.checked_add(SignedDuration::from_mins(minutes)).ok()?;
        let second = Timestamp::from_second(at.as_second()).ok()?;
        match (parts.next(), parts.next()) {
            (Some(zone), Some(format)) => {
                let there = second.in_tz(zone).ok()?;
                Some(there.strftime(format).to_string())
            }
            _ => Some(second.to_string()),
        }
    }

    /// The authority of a party issues a list, for a gateway.
    fn revoke(&self, at: &str, revoked: &Revoked) {
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
    }

    /// A gateway reads its files again, and looks at its decisions.
    async fn reload(&self, at: &str) {
        let log = self.trial.path(at, "gateway.log");
        let before = fs::read(&log).unwrap().len();
        self.trial.reloaded(at).await;
        until("the look at decisions", async || {
            let said = String::from_utf8(fs::read(&log).unwrap().split_off(before)).unwrap();
            said.contains("decisions were looked at").then_some(())
        })
        .await;
    }

    /// The authority of a party publishes its list, which a gateway asks for from now on.
    fn publish(&mut self, published: &Published) {
        let Published { of, at } = published;
        let stem = of.to_lowercase();
        self.put_list(
            of,
            &self.trial.path(at, &format!("partners/{stem}.crl.pem")),
        );
        let profile = self.trial.path(at, &format!("partners/{stem}.toml"));
        let text = fs::read_to_string(&profile).unwrap();
        let list = format!("crls = [\"{stem}.crl.pem\"]\n");
        assert!(text.contains(&list), "{text}");
        let url = format!("http://{}/{stem}.crl", self.site.address);
        let status = format!("[signing.status]\ncrl_urls = [\"{url}\"]\nrefresh_seconds = 5\n");
        let text = text.replace(&list, "");
        let text = text.replace("[limits]", &format!("{status}\n[limits]"));
        fs::write(profile, text).unwrap();
        self.published.push(of.clone());
    }

    fn put_list(&self, of: &str, file: &Path) {
        let pem = fs::read(file).unwrap();
        let list = CertificateRevocationListDer::from_pem_slice(&pem).unwrap();
        let path = format!("/{}.crl", of.to_lowercase());
        self.site.put(&path, list.as_ref().to_vec());
    }

    /// Makes every decision that was seen again, from its facts and the agreement's file alone.
    async fn repeat(&self) {
        for ((at, id), decision) in &self.decided {
            let text = |key: &str| decision[key].as_str().unwrap();
            let mut desk = Desk::open(self.trial.party(at), "auditor").await;
            let facts = desk.bytes(&format!("/v1/recognitions/{id}/facts")).await;
            let file = self.trial.path(at, "facts.json");
            fs::write(&file, &facts).unwrap();
            let agreement = format!("agreements/{}.toml", text("agreement"));
            let said = corridor([
                OsString::from("recognise"),
                "--agreement".into(),
                self.trial.path(at, &agreement).into(),
                "--facts".into(),
                file.into(),
                "--at".into(),
                text("at").into(),
                "--json".into(),
            ]);
            let again = evidence::sha256(said.ok().as_bytes());
            assert_eq!(again.to_string(), text("sha256"), "{decision:#}");
        }
    }

    async fn operate(&mut self, step: &Step) {
        if step.restart {
            self.trial.stop(&step.at);
        }
        if let Some(revoked) = &step.revoke {
            self.revoke(&step.at, revoked);
            if self.published.contains(&revoked.of) {
                let stem = revoked.of.to_lowercase();
                let list = format!("partners/{stem}.crl.pem");
                return self.put_list(&revoked.of, &self.trial.path(&step.at, &list));
            }
        }
        match step.restart {
            true => self.trial.serve(&[&step.at]).await,
            false => self.reload(&step.at).await,
        }
    }

    /// Hands in a sample, and gives what the receipt says.
    async fn submit(&self, desk: &mut Desk, step: &Step, document: &str) -> Value {
        let mut document = sample(document);
        for (from, to) in &step.replace {
            assert!(document.contains(from.as_str()), "{}: {from}", step.when);
            document = document.replace(from.as_str(), &self.fill(to));
        }
        let path = match &step.ucr {
            None => "/v1/messages".to_owned(),
            Some(ucr) => format!("/v1/messages?ucr={ucr}"),
        };
        let document = Bytes::from(document);
        let answer = desk.call(Method::POST, &path, "application/xml", document);
        let answer = answer.await.unwrap();
        assert_eq!(
            answer.status.as_u16(),
            step.status,
            "{}: {}",
            step.when,
            text(&answer)
        );
        submitted(self.trial.party(&step.at), &answer.body)
    }

    /// Says something as an officer, and gives the answer.
    async fn post(&self, desk: &mut Desk, step: &Step, path: &str) -> Value {
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
    }

    /// Looks until everything holds that is expected, and gives what was seen then.
    async fn look(&self, desk: &mut Desk, step: &Step) -> Value {
        let path = self.fill(step.get.as_deref().unwrap());
        let mut last = Value::Null;
        until(&step.when, async || {
            let seen = desk.fetch(&path).await;
            let seen: Value = (seen.status == StatusCode::OK)
                .then(|| serde_json::from_slice(&seen.body).unwrap())?;
            // For whoever has to find out why it was waited for in vain.
            if seen != last {
                println!("{}: {seen:#}", step.when);
                last = seen.clone();
            }
            step.then
                .iter()
                .all(|then| then.holds(self, &seen))
                .then_some(seen)
        })
        .await
    }

    async fn step(&mut self, step: &Step) {
        if step.restart || step.revoke.is_some() {
            return self.operate(step).await;
        }
        let mut desk = Desk::open(self.trial.party(&step.at), &step.role).await;
        let began = Clock::machine().monotonic();
        let answer = if let Some(document) = &step.submit {
            self.submit(&mut desk, step, document).await
        } else if let Some(path) = &step.post {
            self.post(&mut desk, step, path).await
        } else {
            self.look(&mut desk, step).await
        };
        let took = Clock::machine().monotonic().saturating_sub(began);
        let limit = step.within_s.map_or(Duration::MAX, Duration::from_secs);
        assert!(took < limit, "{}: {took:?}", step.when);
        for then in &step.then {
            assert!(
                then.holds(self, &answer),
                "{}: {} in {answer:#}",
                step.when,
                then.at
            );
        }
        let listed = answer["decisions"].as_array().into_iter().flatten();
        for decision in listed.chain(answer.get("decision")) {
            let id = decision["id"].as_str().unwrap().to_owned();
            self.decided.insert((step.at.clone(), id), decision.clone());
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
        let expected = self.is.as_ref().map(|is| match is.as_str() {
            Some(text) => Value::from(play.fill(text)),
            None => serde_json::to_value(is).unwrap(),
        });
        let has = |part: &String| {
            let text = found.and_then(Value::as_str).unwrap_or_default();
            text.contains(&play.fill(part))
        };
        if self.absent && found.is_some_and(|found| !found.is_null()) {
            return false;
        }
        expected.is_none_or(|expected| found == Some(&expected)) && self.has.iter().all(has)
    }
}

/// What the receipt of a submission says.
fn submitted(party: &Party, sealed: &[u8]) -> Value {
    let receipt = receipt(party, sealed);
    let refusal = match receipt.outcome {
        Outcome::Accepted { .. } => Value::Null,
        Outcome::Refused(refusal) => json!({
            "code": refusal.code,
            "path": refusal.path,
            "text": refusal.text,
        }),
    };
    json!({ "receipt": receipt.id, "registration": receipt.registration, "refusal": refusal })
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
        site: Site::new(),
        published: Vec::new(),
        decided: BTreeMap::new(),
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
    for published in &scenario.published {
        play.publish(published);
    }
    play.trial.serve(&names).await;
    for step in &scenario.step {
        play.step(step).await;
    }
    play.repeat().await;
    for name in names {
        play.trial.stop(name);
        play.trial.sound(name);
    }
}

/// One test for each file, by its name.
macro_rules! scenarios {
    ($($name:ident: $file:literal,)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                play(&folder().join($file)).await;
            }
        )*

        const PLAYED: &[&str] = &[$($file),*];
    };
}

scenarios! {
    a2_1_and_a2_3: "a2-1-and-a2-3.toml",
    a2_2: "a2-2.toml",
    a4_1: "a4-1.toml",
    a4_2: "a4-2.toml",
    a4_3: "a4-3.toml",
    a5_1: "a5-1.toml",
    a5_2: "a5-2.toml",
    a7_1: "a7-1.toml",
    a7_2: "a7-2.toml",
    a7_3: "a7-3.toml",
    b4_d_published: "b4-d-published.toml",
    b4_d_released: "b4-d-released.toml",
    b4_d: "b4-d.toml",
    cases_ambiguous: "cases-ambiguous.toml",
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios"))
}

#[test]
fn every_scenario_is_played() {
    let files = fs::read_dir(folder()).unwrap();
    let mut files: Vec<String> = files
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, PLAYED);
}
