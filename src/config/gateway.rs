//! The gateway's own file: identity, folders, listeners, limits.
//!
//! Start at [`Gateway`].

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use ring::signature::Ed25519KeyPair;
use rustls_pki_types::PrivateKeyDer;
use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

use super::certificate::read_key;
use super::error::Problem;
use super::limits::{
    DiskSection, Limits, LimitsSection, Timeouts, TimeoutsSection, WarningsSection,
};
use super::listener::{Listener, ListenerSection};
use super::partner::Partner;
use super::principal::{self, PrincipalEntry, PrincipalSection};
use super::secret::SecretPlace;
use super::signing::{KeyChange, SigningIdentity, SigningSection};
use super::source::Source;
use crate::model::{PartyId, Sha256};

/// A gateway's configuration, checked whole.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// The gateway's file.
    pub file: PathBuf,
    /// Whose gateway it is.
    pub party: PartyId,
    /// The store's directory; made by `corridor init`.
    pub store_dir: PathBuf,
    /// The message packages.
    pub schemas_dir: PathBuf,
    /// The lane files.
    pub lanes_dir: PathBuf,
    /// The agreements by which partners' control results are recognised; none without the key.
    pub agreements_dir: Option<PathBuf>,
    /// The key that seals receipts and signs messages, as of the time of reading.
    pub signing: SigningIdentity,
    /// Where keys are being changed: the other one.
    pub signing_change: Option<KeyChange>,
    /// The receipt log's name and key.
    pub log: LogIdentity,
    /// Where partners connect.
    pub partner_listener: Listener,
    /// Where national systems connect.
    pub national_listener: Listener,
    /// Bounds on what comes in.
    pub limits: Limits,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// Free bytes of the store's file system below which no message is taken; 0 never.
    pub disk_free_bytes_min: u64,
    /// Days before its end from which on a certificate is warned of.
    pub certificate_warning_days: u32,
    /// What the log shows: a level, or `target=level` pairs.
    pub log_filter: String,
    /// Who may use the national listener.
    pub principals: Vec<PrincipalEntry>,
    /// The partners, by their files' names.
    pub partners: Vec<Partner>,
    /// SHA-256 over the names and contents of this file, the profiles, the lane files, the packages,
    /// and the certificates and revocation lists that they name: the configuration that receipts state.
    pub sha256: Sha256,
}

/// The receipt log's name and its Ed25519 key.
#[derive(Clone)]
pub struct LogIdentity {
    /// The origin line of its checkpoints (C2SP tlog-checkpoint): a schema-less URL.
    pub origin: String,
    /// The key's file, as the configuration names it.
    pub place: String,
    /// PKCS#8 key, DER.
    pub key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for LogIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogIdentity")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GatewayFile {
    party: Spanned<String>,
    folders: FoldersSection,
    signing: Spanned<SigningSection>,
    log: LogSection,
    partner_listener: ListenerSection,
    national_listener: ListenerSection,
    #[serde(default)]
    limits: LimitsSection,
    #[serde(default)]
    timeouts: TimeoutsSection,
    #[serde(default)]
    disk: DiskSection,
    #[serde(default)]
    warnings: WarningsSection,
    #[serde(default)]
    telemetry: TelemetrySection,
    #[serde(default)]
    principal: Vec<PrincipalSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FoldersSection {
    store: String,
    schemas: Spanned<String>,
    lanes: Spanned<String>,
    #[serde(default)]
    agreements: Option<Spanned<String>>,
    partners: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogSection {
    origin: Spanned<String>,
    key: Spanned<String>,
    passphrase: Option<Spanned<SecretPlace>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TelemetrySection {
    log: String,
}

impl Default for TelemetrySection {
    fn default() -> Self {
        Self {
            log: "info".to_owned(),
        }
    }
}

/// What [`GatewayFile::check`] leaves to be filled from other files.
pub(super) struct Checked {
    pub(super) party: Option<PartyId>,
    pub(super) partners_dir: PathBuf,
    /// Everything but partners and digest; `None` when a fault was noted.
    pub(super) gateway: Option<Gateway>,
}

impl GatewayFile {
    pub(super) fn check(&self, source: &mut Source, now: Timestamp) -> Checked {
        let party: Option<PartyId> = source.value(
            &self.party,
            "party",
            "a party: 1 to 32 characters of A-Z, 0-9 and '-'",
        );
        let partners_dir = source.directory(&self.folders.partners, "folders.partners");
        let gateway = self.check_rest(source, party.clone(), now);
        Checked {
            party,
            partners_dir,
            gateway,
        }
    }

    fn check_rest(
        &self,
        source: &mut Source,
        party: Option<PartyId>,
        now: Timestamp,
    ) -> Option<Gateway> {
        let schemas_dir = source.directory(&self.folders.schemas, "folders.schemas");
        let lanes_dir = source.directory(&self.folders.lanes, "folders.lanes");
        let agreements = self.folders.agreements.as_ref();
        let agreements_dir =
            agreements.map(|folder| source.directory(folder, "folders.agreements"));
        let signing = self
            .signing
            .get_ref()
            .check(source, self.signing.span(), now);
        let log = self.log.check(source);
        let partner_listener = self.partner_listener.check(source, "partner_listener", now);
        let national_listener = self
            .national_listener
            .check(source, "national_listener", now);
        if let (Some(signing), Some(listener)) = (&signing, &partner_listener) {
            let national = national_listener.as_ref().map(|n| n.tls.leaf.spki_sha256);
            let other = signing.change.as_ref().map(|change| &change.other);
            let own = [Some(&signing.current), other].map(|key| key.map(|it| it.leaf.spki_sha256));
            if own.contains(&Some(listener.tls.leaf.spki_sha256)) {
                let span = self.partner_listener.own_key("").certificates_span();
                source.fault(span, "partner_listener.certificates", Problem::SharedKey);
            } else if national.is_some() && own.contains(&national) {
                let span = self.national_listener.own_key("").certificates_span();
                source.fault(span, "national_listener.certificates", Problem::SharedKey);
            }
        }
        let limits = self.limits.check(source);
        let timeouts = self.timeouts.check(source);
        let disk_free_bytes_min = self.disk.check(source);
        let certificate_warning_days = self.warnings.check(source);
        let principals = principal::check_all(source, &self.principal);
        let signing = signing?;
        Some(Gateway {
            file: source.path().to_owned(),
            party: party?,
            store_dir: source.resolve(&self.folders.store),
            schemas_dir,
            lanes_dir,
            agreements_dir,
            signing: signing.current,
            signing_change: signing.change,
            log: log?,
            partner_listener: partner_listener?,
            national_listener: national_listener?,
            limits,
            timeouts,
            disk_free_bytes_min,
            certificate_warning_days,
            log_filter: self.telemetry.log.clone(),
            principals,
            partners: Vec::new(),
            sha256: Sha256([0; 32]),
        })
    }
}

impl LogSection {
    fn check(&self, source: &mut Source) -> Option<LogIdentity> {
        let origin = self.origin.get_ref();
        let legal = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
        if origin.is_empty() || !origin.chars().all(legal) {
            let expected = "a name without spaces or '+', such as customs.example/corridor";
            source.fault(
                self.origin.span(),
                "log.origin",
                Problem::Value { expected },
            );
        }
        let key = read_key(source, &self.key, self.passphrase.as_ref(), "log")?;
        let PrivateKeyDer::Pkcs8(pkcs8) = &key else {
            return self.no_key(source);
        };
        let bytes = pkcs8.secret_pkcs8_der();
        if Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes).is_err() {
            return self.no_key(source);
        }
        Some(LogIdentity {
            origin: origin.clone(),
            place: self.key.get_ref().clone(),
            key: Zeroizing::new(bytes.to_vec()),
        })
    }

    fn no_key(&self, source: &mut Source) -> Option<LogIdentity> {
        let problem = Problem::NoKey {
            path: source.resolve(self.key.get_ref()),
            expected: "Ed25519 key in PKCS#8",
        };
        source.fault(self.key.span(), "log.key", problem);
        None
    }
}
