//! What the path of a message needs besides the message: packages, lanes, keys, limits.
//!
//! Start at [`Core`]. It is made at start and at each reload, whole, and shared by all requests: each
//! is judged by the one that it began with.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use ring::rand::SecureRandom;
use uuid::Uuid;

use super::lane::Lanes;
use super::learn::Learn;
use super::partner::Partner;
use super::serials::StoredSerials;
use super::work::Workers;
use crate::clock::Clock;
use crate::crypto::{SignatureProfile, Signer};
use crate::evidence::{self, Salt};
use crate::model::{PackageId, PartyId, Sha256};
use crate::recognition::Agreements;
use crate::telemetry;
use crate::translate::{NoPackage, Package, Packages};
use crate::xml::{Limits, Node};

/// Settings of a gateway as the conductor sees them; `config` reads them, `cli` puts them together.
pub struct Settings {
    /// The own party.
    pub party: PartyId,
    /// Every message package that is installed.
    pub packages: Packages,
    /// Every lane that the gateway is on.
    pub lanes: Lanes,
    /// By what partners' control results are recognised.
    pub agreements: Agreements,
    /// Whose messages may come in.
    pub partners: Vec<Partner>,
    /// The key that signs messages and seals receipts.
    pub signer: Arc<dyn Signer>,
    /// How its signatures are made.
    pub signature: SignatureProfile,
    /// Limits of incoming XML.
    pub limits: Limits,
    /// How long an amendment or cancellation waits for what it speaks of.
    pub revision_wait: SignedDuration,
    /// Digest of the configuration in force, as receipts state it.
    pub config_sha256: Sha256,
    /// Asks what is known of revocation, where nothing is.
    pub learn: Arc<dyn Learn>,
    /// The only reader of time.
    pub clock: Clock,
    /// The source of identifiers, salts and of randomised signatures.
    pub random: Arc<dyn SecureRandom + Send + Sync>,
}

/// The settings, made ready for look-ups. A clone shares what is large.
#[derive(Clone)]
pub(super) struct Core {
    pub(super) party: PartyId,
    pub(super) packages: Arc<Packages>,
    mappings: Arc<HashMap<PackageId, Sha256>>,
    pub(super) lanes: Arc<Lanes>,
    pub(super) agreements: Arc<Agreements>,
    pub(super) partners: HashMap<PartyId, Partner>,
    pub(super) signer: Arc<dyn Signer>,
    pub(super) signature: SignatureProfile,
    pub(super) limits: Limits,
    pub(super) revision_wait: SignedDuration,
    pub(super) config_sha256: Sha256,
    pub(super) learn: Arc<dyn Learn>,
    pub(super) clock: Clock,
    pub(super) random: Arc<dyn SecureRandom + Send + Sync>,
    pub(super) workers: Workers,
    pub(super) serials: Arc<StoredSerials>,
}

impl Core {
    /// The package of a document, as [`Packages::of`]; one that validates only is none here.
    pub(super) fn package_of(&self, view: Node<'_>) -> Result<&Arc<Package>, NoPackage> {
        let found = self.packages.of(view)?;
        match found.is_exchanged() {
            true => Ok(found),
            false => Err(NoPackage::Root),
        }
    }

    pub(super) fn new(settings: Settings, workers: Workers, serials: Arc<StoredSerials>) -> Self {
        let partners = settings.partners.into_iter();
        let mapping = |package: &Arc<Package>| {
            let digest = package.mapping().map(evidence::sha256)?;
            Some((package.id().clone(), digest))
        };
        Self {
            mappings: Arc::new(settings.packages.iter().filter_map(mapping).collect()),
            party: settings.party,
            packages: Arc::new(settings.packages),
            lanes: Arc::new(settings.lanes),
            agreements: Arc::new(settings.agreements),
            partners: partners
                .map(|partner| (partner.party.clone(), partner))
                .collect(),
            signer: settings.signer,
            signature: settings.signature,
            limits: settings.limits,
            revision_wait: settings.revision_wait,
            config_sha256: settings.config_sha256,
            learn: settings.learn,
            clock: settings.clock,
            random: settings.random,
            workers,
            serials,
        }
    }

    /// The digest that names a package's mapping in receipts, if it has one.
    pub(super) fn mapping(&self, package: &Package) -> Option<Sha256> {
        self.mappings.get(package.id()).copied()
    }

    /// Does one stage of a message's path and records how long it took.
    pub(super) fn stage<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let began = self.clock.monotonic();
        let done = work();
        telemetry::stage(name, self.clock.monotonic().saturating_sub(began));
        done
    }

    /// A new identifier of ours: a UUID that begins with the time (RFC 9562 version 7), so that what is
    /// of one time stands together in the store's index. Ids are names, not secrets.
    pub(super) fn new_id(&self) -> String {
        let mut random = [0; 10];
        self.fill(&mut random);
        let millis = u64::try_from(self.clock.wall().as_millisecond()).unwrap_or(0);
        let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        uuid.to_string()
    }

    /// A new random UUID (RFC 9562 version 4), for what goes into documents.
    pub(super) fn new_uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A new salt for the commitment in a leaf.
    pub(super) fn new_salt(&self) -> Salt {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        Salt::new(bytes)
    }

    #[expect(
        clippy::expect_used,
        reason = "the system's random source works from the first call on, or no key could be used"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        self.random
            .fill(bytes)
            .expect("the system gives random bytes");
    }
}
