//! The signing key, and during a change of keys the one that takes its place. Start at
//! [`SigningIdentity`].
//!
//! `[signing.next]` names a key with the time `from` which it signs. Before that time it waits, after
//! it the first one is kept in the file until the operator takes it out: partners verify by their own
//! anchors, so that nothing of ours depends on it.

use std::fmt;
use std::ops::Range;

use jiff::Timestamp;
use rustls_pki_types::PrivateKeyDer;
use serde::Deserialize;
use toml::Spanned;
use zeroize::Zeroizing;

use super::certificate::{CertificateFacts, OwnKey, leaf_facts, read_certificates};
use super::error::Problem;
use super::secret::SecretPlace;
use super::source::Source;
use super::token::TokenSection;
use crate::crypto::{DeviceKey, Suites, signer_from_der};

/// A key that seals receipts and signs messages, with its certificates.
#[derive(Clone)]
pub struct SigningIdentity {
    /// Where it is.
    pub key: OwnSigningKey,
    /// The same for people: the file as the configuration names it, or the token.
    pub place: String,
    /// Where the passphrase of a file is, if it has one, or the PIN of a device.
    pub passphrase: Option<SecretPlace>,
    /// The chain, leaf first, DER.
    pub certificates: Vec<Vec<u8>>,
    /// SignatureMethod URI; `None` takes the key's usual one.
    pub suite: Option<String>,
    /// The leaf's facts.
    pub leaf: CertificateFacts,
}

/// Where the signing key is.
#[derive(Clone)]
pub enum OwnSigningKey {
    /// In this device, which takes this PIN.
    Device(DeviceKey, Zeroizing<String>),
    /// Here: PKCS#8, DER.
    File(Zeroizing<Vec<u8>>),
}

impl fmt::Debug for OwnSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(place, _) => f.debug_tuple("Device").field(place).finish_non_exhaustive(),
            Self::File(_) => f.debug_tuple("File").finish_non_exhaustive(),
        }
    }
}

impl fmt::Debug for SigningIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningIdentity")
            .field("place", &self.place)
            .field("suite", &self.suite)
            .field("leaf", &self.leaf)
            .finish_non_exhaustive()
    }
}

/// The signing keys: the one in force, and the other one during a change.
#[derive(Debug, Clone)]
pub(super) struct SigningKeys {
    /// In force.
    pub(super) current: SigningIdentity,
    /// During a change of keys.
    pub(super) change: Option<KeyChange>,
}

/// A change of keys at a time.
#[derive(Debug, Clone)]
pub struct KeyChange {
    /// From when on the later one signs.
    pub from: Timestamp,
    /// The one that is not in force: before `from` the later, then the earlier.
    pub other: SigningIdentity,
    /// Whether `from` is still to come, as of the time of reading.
    pub waits: bool,
}

/// `[signing]` and `[signing.next]` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SigningSection {
    key: Option<Spanned<String>>,
    certificates: Option<Spanned<String>>,
    pkcs12: Option<Spanned<String>>,
    passphrase: Option<Spanned<SecretPlace>>,
    token: Option<Spanned<TokenSection>>,
    suite: Option<Spanned<String>>,
    /// In `[signing.next]` alone.
    from: Option<Spanned<String>>,
    /// In `[signing]` alone.
    next: Option<Box<Spanned<Self>>>,
}

impl SigningSection {
    /// Reads all keys as of `now`. During a change each is judged by the time at which it signs: the
    /// later one from `from` on, the earlier one until then.
    pub(super) fn check(
        &self,
        source: &mut Source,
        span: Range<usize>,
        now: Timestamp,
    ) -> Option<SigningKeys> {
        if let Some(from) = &self.from {
            let expected = "in [signing.next]: the first key signs until the next one does";
            source.fault(from.span(), "signing.from", Problem::Value { expected });
        }
        let Some(next) = &self.next else {
            let current = self.key(source, span, "signing", now)?;
            let change = None;
            return Some(SigningKeys { current, change });
        };
        let from = next.get_ref().from(source, next.span());
        let least = from.unwrap_or(now);
        let earlier = self.key(source, span, "signing", now.min(least));
        let later = next
            .get_ref()
            .key(source, next.span(), "signing.next", now.max(least));
        let (earlier, later, from) = (earlier?, later?, from?);
        let waits = now < from;
        let (current, other) = match waits {
            true => (earlier, later),
            false => (later, earlier),
        };
        let change = Some(KeyChange { from, other, waits });
        Some(SigningKeys { current, change })
    }

    /// Since when the next key signs.
    fn from(&self, source: &mut Source, span: Range<usize>) -> Option<Timestamp> {
        if let Some(more) = &self.next {
            let expected = "one change of keys at a time";
            let problem = Problem::Value { expected };
            source.fault(more.span(), "signing.next.next", problem);
        }
        let expected = "a time in RFC 3339, such as 2026-01-01T00:00:00Z";
        let Some(from) = &self.from else {
            source.fault(span, "signing.next.from", Problem::Value { expected });
            return None;
        };
        source.value(from, "signing.next.from", expected)
    }

    fn key(
        &self,
        source: &mut Source,
        span: Range<usize>,
        table: &'static str,
        at: Timestamp,
    ) -> Option<SigningIdentity> {
        if let Some(token) = &self.token {
            return self.device(source, token, (span, table), at);
        }
        let own = OwnKey {
            key: self.key.as_ref(),
            certificates: self.certificates.as_ref(),
            pkcs12: self.pkcs12.as_ref(),
            passphrase: self.passphrase.as_ref(),
            table,
            span: span.clone(),
        };
        let identity = own.read(source, at)?;
        let place = self.key.as_ref().or(self.pkcs12.as_ref());
        let span = place.map_or(span, Spanned::span);
        let PrivateKeyDer::Pkcs8(key) = &identity.key else {
            let path = source.resolve(&identity.place);
            let expected = "PKCS#8 key";
            let problem = Problem::NoKey { path, expected };
            source.fault(span, &format!("{table}.key"), problem);
            return None;
        };
        let key = Zeroizing::new(key.secret_pkcs8_der().to_vec());
        let certificates = identity.certificates.iter().map(|der| der.to_vec());
        let certificates: Vec<Vec<u8>> = certificates.collect();
        if self.suite_is_known(source, table)
            && let Err(error) = signer_from_der(&key, certificates.clone(), self.suite().as_deref())
            // This was noted before.
            && error.code() != "KEY_CERTIFICATE_MISMATCH"
        {
            let reason = error.to_string();
            source.fault(span, table, Problem::Unusable { reason });
        }
        Some(SigningIdentity {
            key: OwnSigningKey::File(key),
            place: identity.place,
            passphrase: self
                .passphrase
                .as_ref()
                .map(|place| place.get_ref().clone()),
            certificates,
            suite: self.suite(),
            leaf: identity.leaf,
        })
    }

    /// A key in a device: what can be seen without it.
    fn device(
        &self,
        source: &mut Source,
        token: &Spanned<TokenSection>,
        (span, table): (Range<usize>, &'static str),
        at: Timestamp,
    ) -> Option<SigningIdentity> {
        let alone = self.key.is_none() && self.pkcs12.is_none() && self.passphrase.is_none();
        let Some(file) = self.certificates.as_ref().filter(|_| alone) else {
            source.fault(span, table, Problem::KeyPlace);
            return None;
        };
        let field = format!("{table}.certificates");
        let certificates = read_certificates(source, file, &field);
        let place = token.get_ref().check(source, token.span(), table);
        let certificates = certificates?;
        let leaf = leaf_facts(source, &certificates, (file, &field), at);
        let (place, pin) = place?;
        self.suite_is_known(source, table).then_some(())?;
        Some(SigningIdentity {
            place: place.to_string(),
            key: OwnSigningKey::Device(place, pin),
            passphrase: Some(token.get_ref().pin_place()),
            certificates: certificates.iter().map(|der| der.to_vec()).collect(),
            suite: self.suite(),
            leaf: leaf?,
        })
    }

    fn suite(&self) -> Option<String> {
        self.suite.as_ref().map(|suite| suite.get_ref().clone())
    }

    fn suite_is_known(&self, source: &mut Source, table: &str) -> bool {
        let Some(suite) = &self.suite else {
            return true;
        };
        let uri = suite.get_ref();
        let known = Suites::standard().signature(uri).is_some();
        if !known {
            let uri = uri.clone();
            let problem = Problem::Suite { uri };
            source.fault(suite.span(), &format!("{table}.suite"), problem);
        }
        known
    }
}
