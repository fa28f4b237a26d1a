//! Receipts that a gateway's store has before the clock starts.
//!
//! Start at [`fill`]. They are sealed and committed one by one like any other, so that journal, log
//! and index are what as many exchanges leave; their messages are short, so that a million of them
//! takes gigabytes and not tens of gigabytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::task::JoinSet;

use crate::cli::trial::world::Party;
use crate::cli::{Failure, gateway};
use crate::clock::Clock;
use crate::crypto::{self, SignatureProfile, Signer};
use crate::evidence::{
    self, Direction, Leaf, MessageFacts, Origin, Outcome, Part, PartState, Receipt, Salt,
};
use crate::model::{CaseKey, KeyKind, PackageId, PartyId, Sha256};
use crate::store::{Batch, Claim, Event, Received, Reservation, Store};

/// Commits under way at once: enough for the store to join them into batches.
const AT_ONCE: usize = 128;

/// Who makes receipts, and where they go.
struct Filler {
    store: Store,
    signer: Box<dyn Signer>,
    random: SystemRandom,
    clock: Clock,
    own: PartyId,
    sender: PartyId,
    package: PackageId,
    next: AtomicU64,
}

/// Commits `count` receipts for messages of `sender` to the store of `party`, whose gateway has been
/// initialised and does not run.
pub(super) async fn fill(
    party: &Party,
    sender: &PartyId,
    count: u64,
    clock: &Clock,
) -> Result<(), Failure> {
    let settings = gateway::load(&party.config(), clock.wall())?;
    let signing = &party.signing;
    let signer = crypto::signer_from_pkcs8(&signing.key_pem, &signing.certificate_pem, None)?;
    let package = "fcs/esadout-cu/5.23.0".parse();
    let filler = Arc::new(Filler {
        store: gateway::open_store(&settings)?,
        signer,
        random: SystemRandom::new(),
        clock: clock.clone(),
        own: party.id.clone(),
        sender: sender.clone(),
        package: package.map_err(|error| Failure::ours("BENCH_STORED", error))?,
        next: AtomicU64::new(0),
    });
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        let filler = Arc::clone(&filler);
        tasks.spawn(async move {
            loop {
                let number = filler.next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok::<_, Failure>(());
                }
                filler.one(number).await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| Failure::ours("BENCH_STORED", error))??;
    }
    Ok(())
}

impl Filler {
    async fn one(&self, number: u64) -> Result<(), Failure> {
        let message = Bytes::from(format!("<stored>{number}</stored>"));
        let digest = evidence::sha256(&message);
        let claim = Claim {
            package: self.package.clone(),
            id: format!("stored-{number}"),
            content: digest,
        };
        let claims = std::slice::from_ref(&claim);
        let now = self.clock.wall();
        let reserved = self.store.reserve(&self.sender, Direction::In, claims, now);
        let place = reserved
            .await
            .map_err(|error| Failure::ours("BENCH_STORED", error))?;
        let receipt = self.receipt(&place, (digest, message.len()), &claim.id)?;
        let profile = SignatureProfile::default();
        let sealed = evidence::seal(&receipt, &*self.signer, &profile, &self.random)
            .map_err(|error| Failure::ours("BENCH_STORED", error))?;
        let sealed = Bytes::from(sealed);
        let receipt_digest = evidence::sha256(&sealed);
        let leaf = Leaf::of(&receipt, receipt_digest);
        let received = self.received(number, claim, &receipt, receipt_digest)?;
        let batch = Batch {
            bodies: vec![message.into(), sealed.into()],
            events: vec![Event::Received(received)],
            leaf,
        };
        let committed = self.store.commit(place, batch).await;
        committed
            .map(drop)
            .map_err(|error| Failure::ours("BENCH_STORED", error))
    }

    fn receipt(
        &self,
        place: &Reservation,
        (digest, bytes): (Sha256, usize),
        id: &str,
    ) -> Result<Receipt, Failure> {
        Ok(Receipt {
            registration: None,
            id: self.id()?,
            gateway: self.own.clone(),
            partner: self.sender.clone(),
            direction: Direction::In,
            counter: place.counter,
            leaf_index: place.leaf_index,
            received_at: place.received_at,
            salt: Salt::new(self.bytes()?),
            message: MessageFacts {
                sha256: digest,
                bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
                package: Some(self.package.clone()),
                id: Some(id.to_owned()),
            },
            origin: Origin::Attested {
                principal: "bench".to_owned(),
            },
            config_sha256: digest,
            outcome: Outcome::Accepted {
                parts: vec![Part {
                    lane: Some("bench".to_owned()),
                    document: None,
                    to: None,
                    package: None,
                    mapping_sha256: None,
                    state: PartState::Kept,
                    sha256: None,
                    losses: Vec::new(),
                    supplied: Vec::new(),
                    findings: Vec::new(),
                }],
            },
        })
    }

    fn received(
        &self,
        number: u64,
        claim: Claim,
        receipt: &Receipt,
        sealed: Sha256,
    ) -> Result<Received, Failure> {
        // As many keys as a declaration of the bench has.
        let kinds = [KeyKind::Container, KeyKind::Declaration, KeyKind::Lrn];
        let keys = kinds.map(|kind| CaseKey {
            kind,
            value: format!("S{number:012}"),
        });
        Ok(Received {
            registration: None,
            revises: None,
            provisional: false,
            message: self.id()?,
            partner: receipt.partner.clone(),
            direction: receipt.direction,
            counter: receipt.counter,
            leaf_index: receipt.leaf_index,
            received_at: receipt.received_at,
            judged_at: None,
            raw: receipt.message.sha256,
            bytes: receipt.message.bytes,
            package: receipt.message.package.clone(),
            message_id: receipt.message.id.clone(),
            claims: vec![claim],
            receipt_id: receipt.id.clone(),
            receipt: sealed,
            accepted: true,
            code: None,
            keys: keys.to_vec(),
            ucr: None,
            national_id: None,
            report: None,
            charset: None,
            principal: None,
            entry: None,
            case: None,
            posts: Vec::new(),
        })
    }

    /// An id as the gateway gives it.
    fn id(&self) -> Result<String, Failure> {
        let millis = u64::try_from(self.clock.wall().as_millisecond()).unwrap_or(0);
        let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()?);
        Ok(uuid.into_uuid().to_string())
    }

    fn bytes<const N: usize>(&self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        let filled = self.random.fill(&mut bytes);
        filled.map_err(|error| Failure::ours("BENCH_STORED", error))?;
        Ok(bytes)
    }
}
