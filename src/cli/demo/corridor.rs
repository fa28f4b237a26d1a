//! The green corridor: manifests and results of customs controls between RU, CN, MN and the EU, and
//! the question whether a result may be relied on.
//!
//! Start at [`Story::corridor`]. The agreements are the examples of `schemas/agreements/`, with the
//! participants and goods of the samples ([`agreed`]); times are those of the day. What is shown is
//! what `tests/scenarios/` tests, named by the same numbers (A2-1, ...).

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::desk::Desk;
use super::faults::unreadable;
use super::screen::{Row, sized};
use super::story::{IMPORT_RESULT, Story, field, item_in, item_of};
use crate::cli::trial::world::Spec;
use crate::cli::{Failure, files};

/// The post where lorries arrive.
const POST: &str = "10716050";

/// Samples of the corridor.
#[derive(Debug)]
pub(super) struct Documents {
    to_cn: Bytes,
    to_mn: Bytes,
    tomatoes: Consignment,
    delisted: Consignment,
    oil: Consignment,
    withdrawal: Bytes,
    with_images: Bytes,
    several: Bytes,
}

/// A lorry out of China: its manifest, and the result of the control of what it carries.
#[derive(Debug)]
struct Consignment {
    /// By what the samples' numbers end for it.
    number: u16,
    container: &'static str,
    manifest: Bytes,
    result: Bytes,
}

impl Consignment {
    /// Made of the samples, with edits of its own in either.
    fn of(
        (manifest, result): (&str, &str),
        (number, container): (u16, &'static str),
        edits: &[(&str, &str)],
    ) -> Self {
        let numbered = |text: &str| {
            let mut text = text.to_owned();
            for (before, after) in [
                ("_20261122113000", "</MessageID>"),
                ("<ID>1902260000", "</ID>"),
                ("26112204C", "</MessageID>"),
                ("SFH-2026-1122-0", "</"),
                ("MA18X7-2026-000", "</UCR>"),
                ("190220260000", "</DeclarationID>"),
            ] {
                let old = if before == "26112204C" { "N17" } else { "417" };
                let from = format!("{before}{old}{after}");
                text = text.replace(&from, &format!("{before}{number}{after}"));
            }
            text = text.replace("TKRU4073186", container);
            edits
                .iter()
                .fold(text, |text, (from, to)| text.replace(from, to))
        };
        Self {
            number,
            container,
            manifest: numbered(manifest).into(),
            result: numbered(result).into(),
        }
    }

    /// China's customs gave it after the control.
    fn ucr(&self) -> String {
        format!("6CN91230900MA18X7-2026-000{}", self.number)
    }

    /// The number of its manifest.
    fn lrn(&self) -> String {
        format!("1902260000{}", self.number)
    }
}

impl Documents {
    /// The project's own samples, with a control that ended fifty minutes before `now`.
    pub(super) fn read(schemas: &Path, now: Timestamp) -> Result<Self, Failure> {
        let sample = |path: &str| files::read(&schemas.join(path));
        let text = |path: &str| {
            let bytes = sample(path)?;
            Ok::<_, Failure>(String::from_utf8_lossy(&bytes).into_owned())
        };
        let mut result = text("wco/control-result/1.0/samples/cn-ru-tomatoes.xml")?;
        let mut withdrawal = text("wco/control-result/1.0/samples/cn-ru-withdrawal.xml")?;
        for (time, minutes) in [
            ("2026-11-22T02:20:00Z", 55),
            ("2026-11-22T02:31:00Z", 53),
            ("2026-11-22T02:35:00Z", 52),
            ("2026-11-22T03:10:00Z", 50),
            ("2026-11-22T04:05:00Z", 40),
            ("2026-11-22T11:20:00Z", 30),
            ("2026-11-22T11:40:00Z", 20),
            ("2026-11-22T12:00:00Z", 0),
        ] {
            let time_then = shifted(now, -minutes);
            result = result.replace(time, &time_then);
            withdrawal = withdrawal.replace(time, &time_then);
        }
        // The goods that the control was about: tomatoes in both lines.
        let manifest = text("cn/mt2401/1.0.0/samples/tomatoes-to-ru.xml")?;
        let manifest = manifest.replace("<ID>07070000</ID>", "<ID>0702000000</ID>");
        let made = (manifest.as_str(), result.as_str());
        let oil = [
            ("<ID>0702000000</ID>", "<ID>2710192100</ID>"),
            ("<CommodityCode>070200<", "<CommodityCode>271019<"),
        ];
        let delisted = [("<ID>RU7710140679</ID>", "<ID>RU2536012345</ID>")];
        Ok(Self {
            to_cn: sample("fcs/esadout-cu/5.23.0/samples/export-ru-cn.xml")?.into(),
            to_mn: sample("fcs/esadout-cu/5.23.0/samples/export-ru-mn.xml")?.into(),
            tomatoes: Consignment::of(made, (417, "TKRU4073186"), &[]),
            delisted: Consignment::of(made, (418, "RZDU5011223"), &delisted),
            oil: Consignment::of(made, (419, "CXDU1204566"), &oil),
            withdrawal: withdrawal.into(),
            with_images: sample("wco/control-result/1.0/samples/mn-ru-images.xml")?.into(),
            several: sample("eu/ie4s03/2/samples/three-results.xml")?.into(),
        })
    }
}

/// The agreements for the trial. With China: the samples' exporter is listed, of two importers one was
/// taken off the list half an hour ago, and the manifest may come as late as the lorry. With Mongolia:
/// dairy is in scope.
pub(super) fn agreed(mut spec: Spec, now: Timestamp) -> Spec {
    let half_an_hour_ago = shifted(now, -30);
    for (name, text) in &mut spec.agreements {
        let edits: &[(&str, &str)] = match name.as_str() {
            "ru-cn-mrcc-2014-pogranichny.toml" => &[
                ("2026-11-23T10:00:00Z", &half_an_hour_ago),
                ("CN-91230900MA18X7", "91230900MA18X70417"),
                (
                    "[\"RU-7710140679\", \"RU-2536012345\"]",
                    "[\"RU7710140679\", \"RU2536012345\"]",
                ),
                ("[\"RU-2536012345\"]", "[\"RU7710140679\"]"),
                ("{ road = 120, rail = 120 }", "{ road = 0, rail = 0 }"),
            ],
            "ru-mn-kyakhta.toml" => &[
                ("include = [\"0201\", ", "include = [\"0405\", \"0201\", "),
                ("hs    = [\"10\", ", "hs    = [\"04\", \"10\", "),
            ],
            _ => &[],
        };
        for (from, to) in edits {
            *text = text.replace(from, to);
        }
    }
    spec
}

pub(super) fn shifted(now: Timestamp, minutes: i64) -> String {
    let at = now.checked_add(SignedDuration::from_mins(minutes));
    let at = at.unwrap_or(now).as_second();
    Timestamp::from_second(at).unwrap_or(now).to_string()
}

impl Story<'_> {
    /// Manifests both ways, control results, presentations, and what goes back.
    pub(super) async fn corridor(&mut self, documents: &Documents) -> Result<(), Failure> {
        self.screen
            .say("\nThe green corridor, RU with China, Mongolia and the EU:");
        self.declare(
            "RU",
            "export declaration, bound for China",
            &documents.to_cn,
        )
        .await?;
        self.eastward(&documents.to_mn).await?;
        self.declare(
            "MN",
            "result of a control, with images",
            &documents.with_images,
        )
        .await?;
        self.declare("EU", "three results in one message", &documents.several)
            .await?;
        self.controlled(&documents.tomatoes).await?;
        self.screen.say("\nMay the result be relied on?");
        self.decided_at_receipt(&documents.tomatoes).await?;
        let (lorry, first) = (&documents.tomatoes, documents.tomatoes.container);
        self.presented(lorry, first, "A2-1, A4-1 the lorry at Pogranichny")
            .await?;
        self.returned(lorry).await?;
        let second = documents.oil.container;
        self.presented(lorry, second, "A2-3 a second lorry, the same UCR")
            .await?;
        self.withdrawn(documents).await?;
        for (lorry, what) in [
            (&documents.delisted, "A2-2 an importer taken off the list"),
            (&documents.oil, "A4-2 goods that nobody agreed on"),
        ] {
            self.controlled(lorry).await?;
            self.presented(lorry, lorry.container, what).await?;
        }
        Ok(())
    }

    /// China's customs sends the manifest of a lorry and the result of its control; both are at RU, and
    /// an officer there sees from the papers that they are one consignment.
    async fn controlled(&mut self, lorry: &Consignment) -> Result<(), Failure> {
        self.declare("CN", "manifest of a lorry", &lorry.manifest)
            .await?;
        self.declare("CN", "result of a customs control, with UCR", &lorry.result)
            .await?;
        let mut officer = Desk::open(self.world.party("RU")?, "officer").await?;
        for path in [
            format!("/v1/cases?lrn={}", lorry.lrn()),
            format!("/v1/cases?ucr={}", lorry.ucr()),
        ] {
            officer
                .wait(&path, "China's messages at RU", |seen| {
                    seen.pointer("/cases/0/id").cloned()
                })
                .await?;
        }
        let join = json!({
            "keys": [{ "kind": "ucr", "value": lorry.ucr() }, { "kind": "lrn", "value": lorry.lrn() }],
            "reason": "the carrier's papers name both",
        });
        officer.post("/v1/cases/join", &join).await.map(drop)
    }

    /// The decision that RU made when the result arrived.
    async fn decided_at_receipt(&mut self, lorry: &Consignment) -> Result<(), Failure> {
        let mut officer = Desk::open(self.world.party("RU")?, "officer").await?;
        let began = self.clock.monotonic();
        let path = format!("/v1/recognitions?ucr={}", lorry.ucr());
        let decision = officer
            .wait(&path, "the decision at receipt", |seen| {
                seen.pointer("/decisions/0").cloned()
            })
            .await?;
        self.verdict("RU", "before anybody saw the lorry", &decision, began)
    }

    /// An officer observes a lorry, and asks.
    async fn presented(
        &mut self,
        lorry: &Consignment,
        container: &str,
        what: &str,
    ) -> Result<(), Failure> {
        let mut officer = Desk::open(self.world.party("RU")?, "officer").await?;
        let began = self.clock.monotonic();
        // After the manifest, by the clock of both.
        let at = shifted(self.clock.wall(), 1);
        let plate = match container == lorry.container {
            true => "HEI-A41731",
            false => "HEI-B00002",
        };
        let observed = json!({
            "at": at,
            "post": POST,
            "ucr": lorry.ucr(),
            "containers": [container],
            "vehiclePlates": [plate],
            "seals": [{ "number": "CN0045871", "state": "intact" }],
            "weighings": [{ "massKg": "20180", "method": "platform" }],
        });
        let answer = officer.post("/v1/presentations", &observed).await?;
        let decision = answer.get("decision").cloned().unwrap_or_default();
        self.verdict("RU", what, &decision, began)
    }

    /// Arrival and release go back to China.
    async fn returned(&mut self, lorry: &Consignment) -> Result<(), Failure> {
        let mut officer = Desk::open(self.world.party("RU")?, "officer").await?;
        let began = self.clock.monotonic();
        let cases = officer
            .get(&format!("/v1/cases?ucr={}", lorry.ucr()))
            .await?;
        let case = field(&cases, "/cases/0/id")?;
        let now = shifted(self.clock.wall(), 0);
        let office = json!({ "id": POST, "country": "RU" });
        let release = json!({
            "office": office,
            "arrivalDateTime": now,
            "releaseOffice": office,
            "releaseDateTime": now,
            "decisionCode": "released",
            "useRestrictionCode": "customs-purposes",
        });
        let path = format!("/v1/cases/{case}/release");
        officer.post(&path, &release).await?;
        self.import_result("CN").await?;
        self.screen.show(Row {
            way: "RU -> CN".to_owned(),
            what: "released: the import result goes back".to_owned(),
            from: sized("entry/", release.to_string().len()),
            to: "wco/import-result".to_owned(),
            losses: None,
            outcome: "delivered".to_owned(),
            took: self.clock.monotonic().saturating_sub(began),
        });
        Ok(())
    }

    /// Waits for an import result at a party, and gives the inbox item that it is.
    pub(super) async fn import_result(&self, at: &str) -> Result<Value, Failure> {
        let mut officer = Desk::open(self.world.party(at)?, "officer").await?;
        let there = |inbox: &Value| item_of(inbox, "package", IMPORT_RESULT);
        let item = officer
            .wait("/v1/inbox?limit=1000", "the import result", there)
            .await?;
        officer.get(&format!("/v1/inbox/{item}")).await
    }

    /// China's customs takes its result back after the release: that stays, and the post is told.
    async fn withdrawn(&mut self, documents: &Documents) -> Result<(), Failure> {
        let what = "the result is withdrawn after the release";
        self.declare("CN", what, &documents.withdrawal).await?;
        let mut officer = Desk::open(self.world.party("RU")?, "officer").await?;
        let began = self.clock.monotonic();
        let told = |seen: &Value| item_in(seen, "alerts", "code", "POST_RELEASE_CONTROL");
        let alert = officer
            .wait("/v1/alerts", "the alert after the release", told)
            .await?;
        let decision = field(&alert, "/decision")?;
        let path = format!("/v1/recognitions/{decision}");
        let decision = officer.get(&path).await?;
        self.verdict("RU", "A4-3 POST_RELEASE_CONTROL", &decision, began)
    }

    /// One decision as a row: the verdict, and the first sentence of its reasons.
    pub(super) fn verdict(
        &mut self,
        at: &str,
        what: &str,
        decision: &Value,
        began: Duration,
    ) -> Result<(), Failure> {
        let verdict = field(decision, "/verdict")?;
        let headline = field(decision, "/result/headline/en")?;
        let rules = decision.pointer("/result/rules").and_then(Value::as_array);
        let rules = rules.ok_or_else(|| unreadable("the rules of a decision"))?;
        self.screen.show(Row {
            way: at.to_owned(),
            what: what.to_owned(),
            from: format!("{} rules", rules.len()),
            to: String::new(),
            losses: None,
            outcome: format!("{verdict}: {headline}"),
            took: self.clock.monotonic().saturating_sub(began),
        });
        Ok(())
    }
}
