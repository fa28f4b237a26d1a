//! Out of Russia: preliminary information that is registered by itself, and a declaration to Mongolia
//! of which import information comes back.
//!
//! Start at [`Story::registered`] and [`Story::eastward`].

use bytes::Bytes;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::corridor::shifted;
use super::desk::Desk;
use super::faults::{accepted_wrongly, refused, unreadable};
use super::screen::{Row, sized};
use super::story::{Story, field};
use crate::cli::Failure;
use crate::evidence::Outcome;

/// The consignor's reference, which the manifest to Mongolia has a place for and the declaration has not.
const UCR: &str = "6RU0323000741-2026-000741";

impl Story<'_> {
    /// Preliminary information in time, too late, and without the code of a line of goods: nobody is
    /// asked.
    pub(super) async fn registered(&mut self, declaration: &[u8]) -> Result<(), Failure> {
        self.screen
            .say("\nPreliminary information, registered without officials:");
        let sample = String::from_utf8_lossy(declaration).into_owned();
        let codes = "<catESAD_cu:GoodsTNVEDCode>4407119400</catESAD_cu:GoodsTNVEDCode>";
        for (number, what, minutes, edit) in [
            (1, "A7-1 the lorry is two and a half hours away", 150, ""),
            (2, "A7-2 the lorry is an hour and a half away", 91, ""),
            (3, "A7-3 line 3 without six digits", 150, codes),
        ] {
            let document = self.expected(&sample, number, minutes)?;
            let document = match edit {
                "" => document,
                edit => document.replacen(edit, "", 1),
            };
            self.register(what, document.into()).await?;
        }
        Ok(())
    }

    /// The declaration with an id of its own, of a lorry that arrives in so many minutes.
    fn expected(&self, sample: &str, number: u8, minutes: i64) -> Result<String, Failure> {
        let moment = shifted(self.clock.wall(), minutes);
        let moment = moment.parse::<jiff::Timestamp>().ok();
        let moscow = TimeZone::get("Europe/Moscow").ok();
        let there = moment.zip(moscow);
        let (moment, moscow) = there.ok_or_else(|| unreadable("the time in Moscow"))?;
        let there = moscow.to_datetime(moment);
        Ok(sample
            .replace(
                "6B1E0D5A-417A-4C1E-8F00-26112300A417",
                &format!("D0C00000-0000-4000-8000-00000000A70{number}"),
            )
            .replace(
                "<DateExpectedArrival>2026-11-24<",
                &format!("<DateExpectedArrival>{}<", there.strftime("%Y-%m-%d")),
            )
            .replace(
                "<TimeExpectedArrival>09:30:00<",
                &format!("<TimeExpectedArrival>{}<", there.strftime("%H:%M:%S")),
            ))
    }

    async fn register(&mut self, what: &str, document: Bytes) -> Result<(), Failure> {
        let mut desk = Desk::open(self.world.party("RU")?, "submitter").await?;
        let began = self.clock.monotonic();
        let size = document.len();
        let answer = desk.submit(document).await?;
        let took = self.clock.monotonic().saturating_sub(began);
        let receipt = self.receipt("RU", &answer.body)?;
        let outcome = match (&receipt.outcome, &receipt.registration) {
            (Outcome::Accepted { .. }, Some(registration)) => {
                let flags: Vec<String> =
                    registration.flags.iter().map(ToString::to_string).collect();
                match flags.as_slice() {
                    [] => format!("{}, in time", registration.number),
                    flags => format!("{}, {}", registration.number, flags.join(", ")),
                }
            }
            (Outcome::Accepted { .. }, None) => return Err(accepted_wrongly(what)),
            (Outcome::Refused(refusal), _) => format!("{}: {}", refusal.code, refusal.text),
        };
        self.screen.show(Row {
            way: "RU".to_owned(),
            what: what.to_owned(),
            from: sized("fcs/esadout-cu/", size),
            to: String::new(),
            losses: None,
            outcome,
            took,
        });
        Ok(())
    }

    /// An export declaration is at Mongolia before the lorry is, and decided on; what became of the
    /// goods comes back, line by line.
    pub(super) async fn eastward(&mut self, declaration: &Bytes) -> Result<(), Failure> {
        let what = "A5-1 export declaration, bound for Mongolia";
        self.declare("RU", what, declaration).await?;
        let mut officer = Desk::open(self.world.party("MN")?, "officer").await?;
        let began = self.clock.monotonic();
        let path = "/v1/cases?container=MNGU3002170";
        let case = officer
            .wait(path, "the manifest at MN", |seen| {
                seen.pointer("/cases/0").cloned()
            })
            .await?;
        let keys = case.get("keys").and_then(Value::as_array).into_iter();
        let mut list = keys.flatten().filter(|key| key["kind"] == "document");
        let list = list.next().ok_or_else(|| unreadable("the list's number"))?;
        let list = field(list, "/value")?;
        let decisions = officer
            .get(&format!("/v1/recognitions?document={list}"))
            .await?;
        let decision = decisions.pointer("/decisions/0").cloned();
        let decision = decision.ok_or_else(|| unreadable("the decision before arrival"))?;
        self.verdict("MN", "A5-1 before the lorry arrives", &decision, began)?;
        let join = json!({
            "keys": [{ "kind": "ucr", "value": UCR }, { "kind": "document", "value": list }],
            "reason": "the consignment note names both",
        });
        officer.post("/v1/cases/join", &join).await?;
        let began = self.clock.monotonic();
        let release = short_release(&shifted(self.clock.wall(), 0));
        let path = format!("/v1/cases/{}/release", field(&case, "/id")?);
        officer.post(&path, &release).await?;
        let told = self.import_result("RU").await?;
        let line = told.pointer("/importResult/items/0");
        let line = line.ok_or_else(|| refused("the import result", "it has no lines"))?;
        self.screen.show(Row {
            way: "MN -> RU".to_owned(),
            what: "A5-1, A5-2 import information comes back".to_owned(),
            from: sized("entry/", release.to_string().len()),
            to: "wco/import-result".to_owned(),
            losses: None,
            outcome: format!(
                "{} {}: {}",
                field(line, "/classificationId")?,
                field(line, "/description")?,
                field(line, "/discrepancyText")?
            ),
            took: self.clock.monotonic().saturating_sub(began),
        });
        Ok(())
    }
}

/// What Mongolia says when it lets the goods through: some are missing.
fn short_release(now: &str) -> Value {
    let office = json!({ "id": "MN0801", "name": "Altanbulag", "country": "MN" });
    json!({
        "office": office,
        "arrivalDateTime": now,
        "releaseOffice": office,
        "releaseDateTime": now,
        "decisionCode": "released",
        "useRestrictionCode": "customs-purposes",
        "items": [{
            "sequenceNumeric": 1,
            "classificationId": "040510",
            "description": "Давсгүй цөцгийн тос",
            "declaredPackageQuantity": 460,
            "packageQuantity": 440,
            "discrepancyCode": "quantity",
            "discrepancyText": "20 boxes are missing",
        }],
    })
}
