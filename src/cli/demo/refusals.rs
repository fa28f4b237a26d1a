//! Six ways to be refused, and what must still hold after them.
//!
//! Start at [`run`]. The messages are made by hand with RU's own keys, posted to KZ, and each
//! refusal receipt is verified before it is believed.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use ring::rand::SystemRandom;

use super::desk::{Desk, Peer};
use super::faults::{accepted_wrongly, ours, refused, unreadable};
use super::screen::{Row, Screen, sized};
use super::story::{open_receipt, refusal_words};
use crate::cli::Failure;
use crate::cli::https::HttpsAnswer;
use crate::cli::trial::world::{Party, World};
use crate::clock::Clock;
use crate::crypto::{self, SignatureProfile};
use crate::evidence::Outcome;
use crate::xml::{self, Limits};

/// Identical posts that run at the same time.
const PARALLEL: usize = 50;

/// What the refusals are made from.
pub(super) struct Material {
    /// An R.048 as KZ received it, signed by RU.
    pub(super) received: Bytes,
    /// A national declaration, for which KZ has no lane from RU.
    pub(super) national: Bytes,
}

struct Trials<'a> {
    world: &'a World,
    clock: &'a Clock,
    screen: &'a mut Screen,
    peer: Peer,
}

/// Runs all of them.
pub(super) async fn run(
    world: &World,
    clock: &Clock,
    screen: &mut Screen,
    material: &Material,
) -> Result<(), Failure> {
    let (ru, kz, eu) = (world.party("RU")?, world.party("KZ")?, world.party("EU")?);
    screen.say("\nRefusals, each with a signed receipt of its own:");
    let peer = Peer::new(ru, kz)?;
    let mut trials = Trials {
        world,
        clock,
        screen,
        peer,
    };
    let good = sign(&renewed(&material.received, &fresh_id(1))?, ru)?;
    let changed = swap(&good, "ТТ", "ТС")?;
    trials
        .refused("one changed byte", &changed, "SIG_DIGEST_MISMATCH")
        .await?;

    let foreign = sign(&renewed(&material.received, &fresh_id(2))?, eu)?;
    trials
        .refused(
            "signed with another partner's certificate",
            &foreign,
            "CERT_UNKNOWN_ISSUER",
        )
        .await?;
    trials
        .refused(
            "signed, then wrapped in another root",
            &wrapped(&good),
            "SIG_WRAPPED",
        )
        .await?;

    let unsigned = renewed(&material.received, &fresh_id(3))?;
    let broken = sign(&without_element(&unsigned, "ContainerIndicator")?, ru)?;
    trials
        .refused(
            "a mandatory element left out",
            &broken,
            "SCHEMA_ELEMENT_UNEXPECTED",
        )
        .await?;

    let conflicting = swap_unsigned(&material.received, "GoodsQuantity>", "GoodsQuantity>9")?;
    let conflicting = sign(&conflicting, ru)?;
    trials
        .refused(
            "an accepted id with other content",
            &conflicting,
            "MESSAGE_ID_CONFLICT",
        )
        .await?;

    let no_lane = sign(&material.national, ru)?;
    trials
        .refused("a message without a lane", &no_lane, "NO_LANE")
        .await?;

    trials.screen.say("\nAnd what still holds:");
    trials.repaired(&good).await?;
    let again = sign(&renewed(&material.received, &fresh_id(4))?, ru)?;
    trials.parallel(kz, &again).await
}

impl Trials<'_> {
    async fn refused(&mut self, what: &str, message: &Bytes, code: &str) -> Result<(), Failure> {
        let began = self.clock.monotonic();
        let answer = self.peer.post(message.clone()).await?;
        let took = self.clock.monotonic().saturating_sub(began);
        let receipt = open_receipt(self.world, self.clock, "KZ", &answer.body)?;
        let Outcome::Refused(refusal) = &receipt.outcome else {
            return Err(accepted_wrongly(what));
        };
        if !refusal.code.starts_with(code) {
            let said = format!("{} instead of {code}: {}", refusal.code, refusal.text);
            return Err(refused(what, &said));
        }
        self.kept(&receipt.id, &answer).await?;
        if refusal.line.is_none() || refusal.column.is_none() {
            return Err(unreadable(format!("the place in the refusal of {what}")));
        }
        self.row(what, message.len(), refusal_words(refusal), took);
        Ok(())
    }

    /// The refusal is kept: the same receipt can be fetched, and the message is known.
    async fn kept(&self, receipt_id: &str, answer: &HttpsAnswer) -> Result<(), Failure> {
        let mut auditor = Desk::open(self.world.party("KZ")?, "auditor").await?;
        let stored = auditor.fetch(&format!("/v1/receipts/{receipt_id}")).await?;
        let message = auditor.get(&format!("/v1/messages/{receipt_id}")).await?;
        if stored.body != answer.body
            || message.get("accepted") != Some(&serde_json::Value::Bool(false))
        {
            return Err(unreadable("kept refusal"));
        }
        Ok(())
    }

    /// The message whose byte had been changed, now whole, under the same id; then once more.
    async fn repaired(&mut self, message: &Bytes) -> Result<(), Failure> {
        let began = self.clock.monotonic();
        let first = self.peer.post(message.clone()).await?;
        let took = self.clock.monotonic().saturating_sub(began);
        accepted("the repaired message", &first)?;
        self.row(
            "the first, repaired, same id",
            message.len(),
            "accepted".to_owned(),
            took,
        );
        let began = self.clock.monotonic();
        let second = self.peer.post(message.clone()).await?;
        let took = self.clock.monotonic().saturating_sub(began);
        if first.body != second.body {
            return Err(unreadable("the second receipt differs"));
        }
        let outcome = "the same receipt, byte for byte".to_owned();
        self.row("the same bytes again", message.len(), outcome, took);
        Ok(())
    }

    /// Many identical posts at once: one leaf, equal receipts.
    async fn parallel(&mut self, kz: &Party, message: &Bytes) -> Result<(), Failure> {
        let before = leaves(kz).await?;
        let began = self.clock.monotonic();
        let mut posts = tokio::task::JoinSet::new();
        for _ in 0..PARALLEL {
            let (peer, message) = (self.peer.clone(), message.clone());
            posts.spawn(async move { peer.post(message).await });
        }
        let mut receipts = Vec::with_capacity(PARALLEL);
        while let Some(answer) = posts.join_next().await {
            let answer =
                answer.map_err(|_| ours("DEMO_WORKER", "a parallel post ended early"))??;
            accepted("a parallel post", &answer)?;
            receipts.push(answer.body);
        }
        let took = self.clock.monotonic().saturating_sub(began);
        receipts.dedup();
        let grown = leaves(kz).await?.saturating_sub(before);
        if receipts.len() != 1 || grown != 1 {
            return Err(unreadable("the parallel posts' receipts"));
        }
        let outcome = format!("{grown} leaf, {PARALLEL} equal receipts");
        self.row(
            &format!("{PARALLEL} identical posts at once"),
            message.len(),
            outcome,
            took,
        );
        Ok(())
    }

    fn row(&mut self, what: &str, bytes: usize, outcome: String, took: Duration) {
        self.screen.show(Row {
            way: "RU -> KZ".to_owned(),
            what: what.to_owned(),
            from: sized("signed message/", bytes),
            to: String::new(),
            losses: None,
            outcome,
            took,
        });
    }
}

fn accepted(what: &str, answer: &HttpsAnswer) -> Result<(), Failure> {
    match answer.status {
        StatusCode::OK => Ok(()),
        _ => {
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            Err(refused(what, &said))
        }
    }
}

/// Leaves of a party's log, from its checkpoint (C2SP tlog-checkpoint: the second line).
async fn leaves(party: &Party) -> Result<u64, Failure> {
    let mut auditor = Desk::open(party, "auditor").await?;
    let note = auditor.fetch("/v1/log/checkpoint").await?.body;
    let size = String::from_utf8_lossy(&note)
        .lines()
        .nth(1)
        .and_then(|line| line.parse().ok());
    size.ok_or_else(|| unreadable("checkpoint"))
}

fn fresh_id(number: u8) -> String {
    format!("5e0f0000-0000-4000-8000-0000000000{number:02}")
}

fn sign(unsigned: &[u8], party: &Party) -> Result<Bytes, Failure> {
    let signer =
        crypto::signer_from_pkcs8(&party.signing.key_pem, &party.signing.certificate_pem, None)?;
    let random = SystemRandom::new();
    let profile = SignatureProfile::default();
    let signed = crypto::sign(unsigned, &*signer, &profile, &Limits::default(), &random)?;
    Ok(signed.into())
}

/// The message without its signature and with another id.
fn renewed(signed: &[u8], id: &str) -> Result<Vec<u8>, Failure> {
    let unsigned = String::from_utf8_lossy(&stripped(signed)?).into_owned();
    let (open, close) = ("<csdo:EDocId>", "</csdo:EDocId>");
    let missing = || unreadable("EDocId");
    let (before, rest) = unsigned.split_once(open).ok_or_else(missing)?;
    let (_, after) = rest.split_once(close).ok_or_else(missing)?;
    Ok(format!("{before}{open}{id}{close}{after}").into_bytes())
}

/// The message without its signature.
fn stripped(signed: &[u8]) -> Result<Vec<u8>, Failure> {
    let document = xml::parse(signed, None, &Limits::default())?;
    let signature = document
        .root()
        .elements()
        .find(|element| element.name().local == "Signature")
        .ok_or_else(|| unreadable("Signature"))?;
    let text = document.text();
    let start = signature.position().byte;
    let end = document.root().end_tag_start();
    let (before, after) = (text.get(..start), text.get(end..));
    match (before, after) {
        (Some(before), Some(after)) => Ok([before.as_bytes(), after.as_bytes()].concat()),
        _ => Err(unreadable("Signature")),
    }
}

fn swap(message: &[u8], from: &str, to: &str) -> Result<Bytes, Failure> {
    let text = String::from_utf8_lossy(message);
    match text.contains(from) {
        true => Ok(text.replacen(from, to, 1).into_bytes().into()),
        false => Err(unreadable(from)),
    }
}

fn swap_unsigned(signed: &[u8], from: &str, to: &str) -> Result<Bytes, Failure> {
    swap(&stripped(signed)?, from, to)
}

fn without_element(message: &[u8], name: &str) -> Result<Vec<u8>, Failure> {
    let document = xml::parse(message, None, &Limits::default())?;
    let found = document
        .root()
        .elements()
        .find(|element| element.name().local == name)
        .ok_or_else(|| unreadable(name))?;
    let text = document.text();
    let start = found.position().byte;
    let rest = text.get(start..).unwrap_or_default();
    let end = rest
        .find(&format!("{name}>"))
        .and_then(|open| Some(open + rest.get(open + 1..)?.find(&format!("{name}>"))? + 1))
        .map_or(0, |close| close + name.len() + 1);
    let (before, after) = (text.get(..start), rest.get(end..));
    Ok([before.unwrap_or_default(), after.unwrap_or_default()]
        .concat()
        .into_bytes())
}

/// A signed message as the content of another document.
fn wrapped(signed: &[u8]) -> Bytes {
    let text = String::from_utf8_lossy(signed);
    let inner = text.split_once("?>").map_or(&*text, |(_, inner)| inner);
    format!(
        "<ED_Container xmlns=\"urn:customs.ru:Information:ExchangeDocuments:ED_Container:5.22.0\" \
         DocumentModeID=\"1006058E\"><DocumentID \
         xmlns=\"urn:customs.ru:CommonAggregateTypes:5.22.0\">{id}</DocumentID>\
         <ContainerDoc><DocBody>{inner}</DocBody></ContainerDoc></ED_Container>",
        id = fresh_id(9).to_uppercase(),
    )
    .into_bytes()
    .into()
}
