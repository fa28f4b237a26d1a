//! The exchanges that the demo runs, in their order.
//!
//! Start at [`Story::exchanges`]. Every line shown is something that happened between real
//! gateways; the next step begins only when the one before was seen at its end.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::desk::Desk;
use super::faults::{refused, unreadable};
use super::notice;
use super::screen::{Row, Screen, sized};
use crate::cli::Failure;
use crate::cli::trial::world::World;
use crate::clock::Clock;
use crate::crypto::{Policy, Suites, TrustStore};
use crate::evidence::{self, Outcome, Part, PartState, Receipt, Refusal};
use crate::model::PartyId;

/// Documents that the demo submits.
#[derive(Debug)]
pub(super) struct Documents {
    /// Bound for Kazakhstan.
    pub(super) kz: Bytes,
    /// The same kind of declaration inside an ED_Container.
    pub(super) container: Bytes,
    /// Bound for Finland.
    pub(super) fi: Bytes,
    /// On a route through both.
    pub(super) both: Bytes,
    /// Bound for Finland by an office that no table knows.
    pub(super) unknown_office: Bytes,
    /// The user's own.
    pub(super) own: Option<Bytes>,
}

/// The demo under way.
pub(super) struct Story<'a> {
    pub(super) world: &'a World,
    pub(super) clock: &'a Clock,
    pub(super) screen: &'a mut Screen,
}

/// What an exchange left behind for the next step.
pub(super) struct Done {
    receipt: Receipt,
    message: Value,
}

impl Story<'_> {
    /// Declarations out, the answer back, a held one supplemented.
    pub(super) async fn exchanges(&mut self, documents: &Documents) -> Result<(), Failure> {
        self.screen
            .say("\nPreliminary information, RU to its partners:");
        if let Some(own) = &documents.own {
            self.own(own).await?;
        }
        self.declare(
            "RU",
            "transit declaration, bound for Kazakhstan",
            &documents.kz,
        )
        .await?;
        self.declare(
            "RU",
            "the same format inside ED_Container",
            &documents.container,
        )
        .await?;
        let fi = self
            .declare(
                "RU",
                "transit declaration, bound for Finland",
                &documents.fi,
            )
            .await?;
        self.declare(
            "RU",
            "one route through Kazakhstan and the EU",
            &documents.both,
        )
        .await?;
        self.supplemented(&documents.unknown_office).await?;
        self.screen.say("\nThe EU's answer:");
        self.answered(&fi).await
    }

    /// Submits the user's document; a refusal is shown like everything else.
    async fn own(&mut self, document: &Bytes) -> Result<(), Failure> {
        let mut desk = Desk::open(self.world.party("RU")?, "submitter").await?;
        let began = self.clock.monotonic();
        let answer = desk.submit(document.clone()).await?;
        let took = self.clock.monotonic().saturating_sub(began);
        let refused = self.receipt("RU", &answer.body);
        let Ok(Outcome::Refused(refusal)) = refused.map(|receipt| receipt.outcome) else {
            return self
                .declare("RU", "your document", document)
                .await
                .map(drop);
        };
        self.screen.show(Row {
            way: "RU".to_owned(),
            what: "your document".to_owned(),
            from: sized("document/", document.len()),
            to: String::new(),
            losses: None,
            outcome: format!("{}: {}", refusal_words(&refusal), refusal.text),
            took,
        });
        Ok(())
    }

    /// Submits a document at a party's gateway and follows every part of it to its end.
    pub(super) async fn declare(
        &mut self,
        from: &str,
        what: &str,
        document: &Bytes,
    ) -> Result<Done, Failure> {
        let party = self.world.party(from)?;
        let mut desk = Desk::open(party, "submitter").await?;
        let began = self.clock.monotonic();
        let answer = desk.submit(document.clone()).await?;
        if !answer.status.is_success() {
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(refused(what, &said));
        }
        let receipt = self.receipt(from, &answer.body)?;
        let path = format!("/v1/messages/{}", receipt.id);
        let message = desk.wait(&path, "deliveries", settled).await?;
        let took = self.clock.monotonic().saturating_sub(began);
        let package = receipt.message.package.as_ref().map(ToString::to_string);
        let source = sized(&package.unwrap_or_default(), document.len());
        for part in parts(&receipt) {
            let row = row(from, what, &source, part, &message, took);
            self.screen.show(row);
        }
        Ok(Done { receipt, message })
    }

    /// A document whose office nobody knows is held; an officer supplies it, and it goes on.
    async fn supplemented(&mut self, document: &Bytes) -> Result<(), Failure> {
        let held = self
            .declare("RU", "bound for an office that no table knows", document)
            .await?;
        let ru = self.world.party("RU")?;
        let mut officer = Desk::open(ru, "officer").await?;
        let began = self.clock.monotonic();
        let entry = field(&held.message, "/held/0/id")?;
        let key = field(&held.message, "/held/0/findings/findings/0/target_path")?;
        let path = format!("/v1/held/{entry}/supplement");
        let values = json!({ "values": [{ "path": key, "value": "FI002000" }] });
        officer.post(&path, &values).await?;
        let path = format!("/v1/messages/{}", held.receipt.id);
        let message = officer
            .wait(&path, "the supplemented delivery", delivered)
            .await?;
        self.screen.show(Row {
            way: "RU -> EU".to_owned(),
            what: "supplemented by an officer".to_owned(),
            from: "1 value".to_owned(),
            to: outgoing(&message, "EU").map_or_else(String::new, |(to, _)| to),
            losses: None,
            outcome: "delivered".to_owned(),
            took: self.clock.monotonic().saturating_sub(began),
        });
        Ok(())
    }

    /// The EU office allocates an MRN; the answer finds its original at RU by the LRN.
    async fn answered(&mut self, sent: &Done) -> Result<(), Failure> {
        let (eu, ru) = (self.world.party("EU")?, self.world.party("RU")?);
        let lrn_entry = outgoing_id(&sent.message, "EU")?;
        let mut office = Desk::open(eu, "officer").await?;
        let item = office
            .wait("/v1/inbox", "the declaration at the EU", |inbox| {
                item_of(inbox, "message_id", &lrn_entry)
            })
            .await?;
        let original = office
            .fetch(&format!("/v1/inbox/{item}?original=1"))
            .await?;
        let notice = notice::mrn_allocated(&original.body, self.clock.wall())?;
        let began = self.clock.monotonic();
        let mut submitter = Desk::open(eu, "submitter").await?;
        let size = notice.len();
        let answer = submitter.submit(notice.into()).await?;
        if !answer.status.is_success() {
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(refused("the EU's answer", &said));
        }
        let national_id = sent.receipt.message.id.clone().unwrap_or_default();
        let mut desk = Desk::open(ru, "officer").await?;
        desk.wait("/v1/inbox", "the answer in RU's inbox", |inbox| {
            item_of(inbox, "correlates", &national_id)
        })
        .await?;
        self.screen.show(Row {
            way: "EU -> RU".to_owned(),
            what: "MRN allocated".to_owned(),
            from: sized("eu/cc028c/", size),
            to: "canonical JSON".to_owned(),
            losses: None,
            outcome: format!("in RU's inbox, answers {national_id}"),
            took: self.clock.monotonic().saturating_sub(began),
        });
        Ok(())
    }

    /// Verifies a receipt that `party` signed.
    pub(super) fn receipt(&self, party: &str, sealed: &[u8]) -> Result<Receipt, Failure> {
        open_receipt(self.world, self.clock, party, sealed)
    }
}

/// Verifies a receipt with the anchor of the party that must have signed it.
pub(super) fn open_receipt(
    world: &World,
    clock: &Clock,
    party: &str,
    sealed: &[u8],
) -> Result<Receipt, Failure> {
    let anchor = &world.party(party)?.anchor_pem;
    let trust = TrustStore::from_pem(anchor.as_bytes(), &[], &[])?;
    let suites = Suites::standard();
    let allowed = suites.uris().map(str::to_owned).collect::<Vec<_>>();
    let policy = Policy {
        suites: &suites,
        allowed: &allowed,
        trust: &trust,
    };
    let (receipt, _) = evidence::open(sealed, &policy, clock.wall())?;
    Ok(receipt)
}

/// Code, stage and place of a refusal.
pub(super) fn refusal_words(refusal: &Refusal) -> String {
    let place = match (refusal.line, refusal.column) {
        (Some(line), Some(column)) => format!(" at {line}:{column}"),
        _ => String::new(),
    };
    format!("{} ({} stage{place})", refusal.code, refusal.stage)
}

fn parts(receipt: &Receipt) -> &[Part] {
    match &receipt.outcome {
        Outcome::Accepted { parts } => parts,
        Outcome::Refused(_) => &[],
    }
}

fn row(from: &str, what: &str, source: &str, part: &Part, message: &Value, took: Duration) -> Row {
    let party = part.to.as_ref().map_or(from, PartyId::as_str);
    let sent = outgoing(message, party);
    let (to, outcome) = match (part.state, sent) {
        (PartState::Queued, Some(sent)) => sent,
        (PartState::Held, _) => (String::new(), format!("HELD: {}", part.findings.join(", "))),
        (PartState::Kept, _) => (
            String::new(),
            "kept with the original (no-package)".to_owned(),
        ),
        (state, _) => (String::new(), state.as_str().to_owned()),
    };
    Row {
        way: match part.to {
            Some(_) => format!("{from} -> {party}"),
            None => from.to_owned(),
        },
        what: what.to_owned(),
        from: source.to_owned(),
        to,
        losses: (part.state == PartState::Queued).then_some(part.losses.len()),
        outcome,
        took,
    }
}

/// Format and state of what a message sent to a party.
fn outgoing(message: &Value, party: &str) -> Option<(String, String)> {
    let entries = message.get("outgoing")?.as_array()?;
    let entry = entries.iter().find(|entry| entry["partner"] == party)?;
    let bytes = entry
        .get("bytes")?
        .as_u64()
        .and_then(|bytes| usize::try_from(bytes).ok())?;
    Some((
        sized(entry.get("package")?.as_str()?, bytes),
        entry.get("state")?.as_str()?.to_owned(),
    ))
}

fn outgoing_id(message: &Value, party: &str) -> Result<String, Failure> {
    let entries = message.get("outgoing").and_then(Value::as_array);
    let entry = entries.and_then(|entries| entries.iter().find(|entry| entry["partner"] == party));
    let id = entry.and_then(|entry| entry["message_id"].as_str());
    id.map(str::to_owned)
        .ok_or_else(|| unreadable("outgoing message"))
}

/// The message once nothing of it waits for delivery.
fn settled(message: &Value) -> Option<Value> {
    let entries = message.get("outgoing")?.as_array()?;
    let open = entries.iter().any(|entry| entry["state"] == "queued");
    (!open).then(|| message.clone())
}

/// The message once something of it was delivered.
fn delivered(message: &Value) -> Option<Value> {
    let entries = message.get("outgoing")?.as_array()?;
    let done = entries.iter().any(|entry| entry["state"] == "delivered");
    done.then(|| message.clone())
}

/// What partners are told of arrivals and releases.
pub(super) const IMPORT_RESULT: &str = "wco/import-result/1.0";

/// The inbox item in which `field` has the value.
pub(super) fn item_of(inbox: &Value, field: &str, value: &str) -> Option<String> {
    let item = item_in(inbox, "items", field, value)?;
    item.get("id")?.as_str().map(str::to_owned)
}

/// The item of a list in which `field` has the value.
pub(super) fn item_in(page: &Value, list: &str, field: &str, value: &str) -> Option<Value> {
    let items = page.get(list)?.as_array()?;
    items.iter().find(|item| item[field] == value).cloned()
}

pub(super) fn field(value: &Value, pointer: &str) -> Result<String, Failure> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| unreadable(pointer))
}
