//! The green corridor: manifests and results of customs controls between RU, CN, MN and the EU, and
//! the question whether a result may be relied on.
//!
//! Start at [`Story::corridor`]. The agreement is the example of `schemas/agreements/`, with the
//! participants of the samples on its list ([`agreed`]); times are those of the day.

use std::path::Path;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::desk::Desk;
use super::faults::unreadable;
use super::screen::{Row, sized};
use super::story::{Story, field, item_of};
use crate::cli::trial::world::Spec;
use crate::cli::{Failure, files};

/// The consignment of the samples: China's customs gave it after the control.
const UCR: &str = "6CN91230900MA18X7-2026-000417";
/// The number of its manifest.
const MANIFEST: &str = "1902260000417";
/// The post where the lorry arrives.
const POST: &str = "10716050";
/// The agreement between China and Russia that knows the post.
const AGREEMENT: &str = "ru-cn-mrcc-2014-pogranichny.toml";

/// Samples of the corridor.
#[derive(Debug)]
pub(super) struct Documents {
    to_cn: Bytes,
    to_mn: Bytes,
    manifest: Bytes,
    result: Bytes,
    with_images: Bytes,
    several: Bytes,
}

impl Documents {
    /// The project's own samples, with a control that ended fifty minutes before `now`.
    pub(super) fn read(schemas: &Path, now: Timestamp) -> Result<Self, Failure> {
        let sample = |path: &str| files::read(&schemas.join(path));
        let result = sample("wco/control-result/1.0/samples/cn-ru-tomatoes.xml")?;
        let mut result = String::from_utf8_lossy(&result).into_owned();
        for (time, minutes) in [
            ("2026-11-22T02:20:00Z", 55),
            ("2026-11-22T02:31:00Z", 53),
            ("2026-11-22T02:35:00Z", 52),
            ("2026-11-22T03:10:00Z", 50),
            ("2026-11-22T04:05:00Z", 40),
        ] {
            result = result.replace(time, &shifted(now, -minutes));
        }
        Ok(Self {
            to_cn: sample("fcs/esadout-cu/5.23.0/samples/export-ru-cn.xml")?.into(),
            to_mn: sample("fcs/esadout-cu/5.23.0/samples/export-ru-mn.xml")?.into(),
            manifest: controlled(&sample("cn/mt2401/1.0.0/samples/tomatoes-to-ru.xml")?),
            result: result.into(),
            with_images: sample("wco/control-result/1.0/samples/mn-ru-images.xml")?.into(),
            several: sample("eu/ie4s03/2/samples/three-results.xml")?.into(),
        })
    }
}

/// RU's agreement with China for the trial: the samples' exporter and importer are listed today, and
/// the manifest may come as late as the lorry.
pub(super) fn agreed(mut spec: Spec) -> Spec {
    for (name, text) in &mut spec.agreements {
        if name != AGREEMENT {
            continue;
        }
        for (from, to) in [
            ("2026-11-23T10:00:00Z", "2099-01-01T00:00:00Z"),
            ("CN-91230900MA18X7", "91230900MA18X70417"),
            ("RU-7710140679", "RU7710140679"),
            ("{ road = 120, rail = 120 }", "{ road = 0, rail = 0 }"),
        ] {
            *text = text.replace(from, to);
        }
    }
    spec
}

/// The manifest with the goods that the control was about: tomatoes in both lines.
fn controlled(manifest: &[u8]) -> Bytes {
    let text = String::from_utf8_lossy(manifest);
    let same = text.replace("<ID>07070000</ID>", "<ID>0702000000</ID>");
    same.into_bytes().into()
}

fn shifted(now: Timestamp, minutes: i64) -> String {
    let at = now.checked_add(SignedDuration::from_mins(minutes));
    let at = at.unwrap_or(now).as_second();
    Timestamp::from_second(at).unwrap_or(now).to_string()
}

impl Story<'_> {
    /// Manifests both ways, control results, a presentation, and what goes back.
    pub(super) async fn corridor(&mut self, documents: &Documents) -> Result<(), Failure> {
        self.screen
            .say("\nThe green corridor, RU with China, Mongolia and the EU:");
        self.declare(
            "RU",
            "export declaration, bound for China",
            &documents.to_cn,
        )
        .await?;
        self.declare(
            "RU",
            "export declaration, bound for Mongolia",
            &documents.to_mn,
        )
        .await?;
        self.declare("CN", "manifest of a lorry", &documents.manifest)
            .await?;
        self.declare(
            "CN",
            "result of a customs control, with UCR",
            &documents.result,
        )
        .await?;
        self.declare(
            "MN",
            "result of a control, with images",
            &documents.with_images,
        )
        .await?;
        self.declare("EU", "three results in one message", &documents.several)
            .await?;
        self.screen.say("\nMay the result be relied on?");
        self.decided_at_receipt().await?;
        self.presented("TKRU4073186", "the lorry at Pogranichny")
            .await?;
        self.returned().await?;
        self.presented("CXDU1204566", "a second lorry, the same UCR")
            .await
    }

    /// The decision that RU made when the result arrived.
    async fn decided_at_receipt(&mut self) -> Result<(), Failure> {
        let mut officer = Desk::open(self.world.party("RU")?, "officer").await?;
        let began = self.clock.monotonic();
        let path = format!("/v1/recognitions?ucr={UCR}");
        let decision = officer
            .wait(&path, "the decision at receipt", |seen| {
                seen.pointer("/decisions/0").cloned()
            })
            .await?;
        let path = format!("/v1/cases?lrn={MANIFEST}");
        officer
            .wait(&path, "the manifest at RU", |seen| {
                seen.pointer("/cases/0/id").cloned()
            })
            .await?;
        self.verdict("before anybody saw the lorry", &decision, began)
    }

    /// An officer joins manifest and UCR, observes a lorry, and asks.
    async fn presented(&mut self, container: &str, what: &str) -> Result<(), Failure> {
        let mut officer = Desk::open(self.world.party("RU")?, "officer").await?;
        let join = json!({
            "keys": [{ "kind": "ucr", "value": UCR }, { "kind": "lrn", "value": MANIFEST }],
            "reason": "the carrier's papers name both",
        });
        officer.post("/v1/cases/join", &join).await?;
        let began = self.clock.monotonic();
        // After the manifest, by the clock of both.
        let at = shifted(self.clock.wall(), 1);
        let plate = if container == "TKRU4073186" {
            "HEI-A41731"
        } else {
            "HEI-B00002"
        };
        let observed = json!({
            "at": at,
            "post": POST,
            "ucr": UCR,
            "containers": [container],
            "vehiclePlates": [plate],
            "seals": [{ "number": "CN0045871", "state": "intact" }],
            "weighings": [{ "massKg": "20180", "method": "platform" }],
        });
        let answer = officer.post("/v1/presentations", &observed).await?;
        let decision = answer.get("decision").cloned().unwrap_or_default();
        self.verdict(what, &decision, began)
    }

    /// Arrival and release go back to China.
    async fn returned(&mut self) -> Result<(), Failure> {
        let mut officer = Desk::open(self.world.party("RU")?, "officer").await?;
        let began = self.clock.monotonic();
        let cases = officer.get(&format!("/v1/cases?ucr={UCR}")).await?;
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
        let mut china = Desk::open(self.world.party("CN")?, "officer").await?;
        china
            .wait("/v1/inbox?limit=1000", "the import result at CN", |inbox| {
                item_of(inbox, "package", "wco/import-result/1.0")
            })
            .await?;
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

    /// One decision as a row: the verdict, and the first sentence of its reasons.
    fn verdict(
        &mut self,
        what: &str,
        decision: &Value,
        began: std::time::Duration,
    ) -> Result<(), Failure> {
        let verdict = field(decision, "/verdict")?;
        let headline = field(decision, "/result/headline/en")?;
        let rules = decision.pointer("/result/rules").and_then(Value::as_array);
        let rules = rules.ok_or_else(|| unreadable("the rules of a decision"))?;
        self.screen.show(Row {
            way: "RU".to_owned(),
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
