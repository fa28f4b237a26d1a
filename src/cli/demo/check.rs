//! What the demo left on disk, verified again by the offline code.
//!
//! Start at [`party`]. Nothing of the running gateways is asked: the store is read, each receipt
//! and each signed message is verified with the anchors of the party that must have signed it, and
//! every leaf is proven under the checkpoint.

use crate::cli::Failure;
use crate::cli::gateway;
use crate::cli::trial::world::{Party, World};
use crate::clock::Clock;
use crate::crypto::{Cover, Policy, SigningRules, Suites, TrustStore, verify};
use crate::evidence::{self, Direction, Leaf, LeafKind, Receipt};
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
        own: &party.id,
    };
    let mut count = Count::default();
    for index in 0..store.stats().leaves {
        auditor.leaf(index, &identity.log, &mut count).await?;
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
    own: &'a PartyId,
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
        count.leaves += 1;
        let signer = match leaf.kind {
            LeafKind::Acknowledged => &leaf.partner,
            LeafKind::In | LeafKind::National => self.own,
            LeafKind::Void => return Ok(()),
        };
        let sealed = self.body(&leaf)?;
        let receipt = self.receipt(signer, &sealed)?;
        match leaf.kind {
            LeafKind::Acknowledged => {
                count.partner_receipts += 1;
                self.message(&receipt.message.sha256, self.own, count)
            }
            LeafKind::In | LeafKind::National | LeafKind::Void => {
                count.receipts += 1;
                let signed = matches!(receipt.origin, evidence::Origin::Signed { .. });
                if receipt.direction == Direction::In && signed {
                    self.message(&receipt.message.sha256, &receipt.partner, count)?;
                }
                Ok(())
            }
        }
    }

    fn body(&self, leaf: &Leaf) -> Result<Vec<u8>, Failure> {
        self.bytes(&leaf.receipt)
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
    fn message(&self, digest: &Sha256, signer: &PartyId, count: &mut Count) -> Result<(), Failure> {
        let anchor = &self.world.party(signer.as_str())?.anchor_pem;
        let trust = TrustStore::from_pem(anchor.as_bytes(), &[], &[])?;
        let suites = Suites::standard();
        let allowed = suites.uris().map(str::to_owned).collect::<Vec<_>>();
        let policy = Policy {
            suites: &suites,
            allowed: &allowed,
            trust: &trust,
        };
        let document = xml::parse(&self.bytes(digest)?, None, &Limits::default())?;
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
