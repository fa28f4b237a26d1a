//! What the demo left on disk, verified again by the offline code.
//!
//! Start at [`party`]. Nothing of the running gateways is asked: the store is read, each receipt
//! and each signed message is verified with the anchors of the party that must have signed it, and
//! every leaf is proven under the checkpoint. What was read is written beside the store, as
//! `receipts/` and `messages/`, numbered by leaf.

use std::collections::BTreeSet;
use std::fs;

use crate::cli::Failure;
use crate::cli::gateway;
use crate::cli::trial::world::{Party, World};
use crate::clock::Clock;
use crate::crypto::{Cover, Policy, SigningRules, Suites, TrustStore, verify};
use crate::evidence::{self, Direction, Leaf, LeafKind, Outcome, PartState, Receipt};
use crate::model::{PartyId, Sha256};
use crate::store::{StdDisk, Store, fsck};
use crate::xml::{self, Limits};

use super::faults::unreadable;

/// What was verified of one party's store.
#[derive(Default)]
struct Count {
    leaves: u64,
    receipts: u64,
    messages: u64,
    partner_receipts: u64,
    /// Digests of what own receipts say was queued.
    queued: BTreeSet<Sha256>,
    /// Digests of what partners' receipts say was received.
    acknowledged: BTreeSet<Sha256>,
}

/// Verifies a party's store whole; the line says what was verified.
pub(super) async fn party(party: &Party, world: &World, clock: &Clock) -> Result<String, Failure> {
    let config = gateway::load(&party.config(), clock.wall())?;
    let (identity, _) = gateway::identity(&config)?;
    let report =
        fsck(&config.store_dir, &StdDisk).map_err(|error| gateway::store_failure(&error))?;
    if let Some(fault) = report.faults.first() {
        return Err(unreadable(format!(
            "the store of {}, {} at byte {}",
            party.id,
            fault.file.display(),
            fault.offset
        )));
    }
    let store = gateway::open_store(&config)?;
    let auditor = Auditor {
        world,
        clock,
        store: &store,
        party,
    };
    let mut count = Count::default();
    for folder in ["receipts", "messages"] {
        let folder = party.dir.join(folder);
        fs::create_dir_all(&folder).map_err(|error| Failure::unwritable(&folder, &error))?;
    }
    for index in 0..store.stats().leaves {
        auditor.leaf(index, &identity.log, &mut count).await?;
    }
    if count.queued != count.acknowledged {
        return Err(unreadable(format!(
            "what {} sent and was receipted",
            party.id
        )));
    }
    Ok(format!(
        "  {}  {} events and {} bodies without a fault, {} leaves proven, {} own receipts, {} signed \
         messages, {} partners' receipts",
        party.id,
        report.events,
        report.bodies,
        count.leaves,
        count.receipts,
        count.messages,
        count.partner_receipts,
    ))
}

struct Auditor<'a> {
    world: &'a World,
    clock: &'a Clock,
    store: &'a Store,
    party: &'a Party,
}

impl Auditor<'_> {
    async fn leaf(
        &self,
        index: u64,
        log: &evidence::CheckpointVerifier,
        count: &mut Count,
    ) -> Result<(), Failure> {
        let failed = |error: crate::store::Error| gateway::store_failure(&error);
        let missing = || unreadable(format!("leaf {index}"));
        let leaf = self
            .store
            .leaf(index)
            .map_err(failed)?
            .ok_or_else(missing)?;
        let proof = self.store.prove(index).await.map_err(failed)?;
        proof.verify(&leaf.encode(), log)?;
        self.keep("receipts", index, "tlog-proof", proof.render().as_bytes())?;
        count.leaves += 1;
        match leaf.kind {
            LeafKind::Acknowledged => self.acknowledged(&leaf, count),
            LeafKind::In | LeafKind::National => self.received(&leaf, count),
            // A place that got no receipt: in this demo nothing may have gone wrong.
            LeafKind::Void => Err(unreadable(format!("leaf {index}, which is void"))),
        }
    }

    /// A partner's receipt for something that was sent.
    fn acknowledged(&self, leaf: &Leaf, count: &mut Count) -> Result<(), Failure> {
        let sealed = self.bytes(&leaf.receipt)?;
        self.keep("receipts", leaf.index, "partner.xml", &sealed)?;
        let receipt = self.receipt(&leaf.partner, &sealed)?;
        count.partner_receipts += 1;
        count.acknowledged.insert(receipt.message.sha256);
        Ok(())
    }

    /// An own receipt, what it is for, and what it says was made of it.
    fn received(&self, leaf: &Leaf, count: &mut Count) -> Result<(), Failure> {
        let sealed = self.bytes(&leaf.receipt)?;
        self.keep("receipts", leaf.index, "xml", &sealed)?;
        let receipt = self.receipt(&self.party.id, &sealed)?;
        if Leaf::of(&receipt, evidence::sha256(&sealed)) != *leaf {
            return Err(unreadable(format!("leaf {}", leaf.index)));
        }
        count.receipts += 1;
        let message = self.bytes(&receipt.message.sha256)?;
        self.keep("messages", leaf.index, "received", &message)?;
        let signed = matches!(receipt.origin, evidence::Origin::Signed { .. });
        if receipt.direction == Direction::In && signed {
            self.signed(&message, &receipt.partner, count)?;
        }
        let Outcome::Accepted { parts } = &receipt.outcome else {
            return Ok(());
        };
        for (number, part) in parts.iter().enumerate() {
            let Some(digest) = part.sha256 else { continue };
            let made = self.bytes(&digest)?;
            let to = part.to.as_ref().map_or("", PartyId::as_str);
            let name = format!("part-{}-{}-{to}", number + 1, part.state.as_str());
            self.keep("messages", leaf.index, &name, &made)?;
            if part.state == PartState::Queued {
                self.signed(&made, &self.party.id, count)?;
                count.queued.insert(digest);
            }
        }
        Ok(())
    }

    /// Writes what was read from the journal where a person finds it.
    fn keep(&self, folder: &str, leaf: u64, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        let file = self
            .party
            .dir
            .join(folder)
            .join(format!("{leaf:04}.{name}"));
        fs::write(&file, bytes).map_err(|error| Failure::unwritable(&file, &error))
    }

    fn bytes(&self, digest: &Sha256) -> Result<Vec<u8>, Failure> {
        let body = self.store.body(digest);
        let body = body.map_err(|error| gateway::store_failure(&error))?;
        Ok(body
            .ok_or_else(|| unreadable(format!("body {digest}")))?
            .to_vec())
    }

    fn receipt(&self, signer: &PartyId, sealed: &[u8]) -> Result<Receipt, Failure> {
        super::story::open_receipt(self.world, self.clock, signer.as_str(), sealed)
    }

    /// Verifies the signature of a message that is kept here.
    fn signed(&self, message: &[u8], signer: &PartyId, count: &mut Count) -> Result<(), Failure> {
        let anchor = &self.world.party(signer.as_str())?.anchor_pem;
        let trust = TrustStore::from_pem(anchor.as_bytes(), &[], &[])?;
        let suites = Suites::standard();
        let allowed = suites.uris().map(str::to_owned).collect::<Vec<_>>();
        let policy = Policy {
            suites: &suites,
            allowed: &allowed,
            trust: &trust,
        };
        let document = xml::parse(message, None, &Limits::default())?;
        let rules = SigningRules {
            cover: Cover::DocumentElement,
            id_attributes: Vec::new(),
        };
        verify(document, &rules, &policy, self.clock.wall())
            .map_err(|refused| Failure::from(refused.error))?;
        count.messages += 1;
        Ok(())
    }
}
