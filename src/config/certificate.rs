//! Own certificates and keys: read, dated, and checked to belong together.
//!
//! Start at [`TlsIdentity`] and [`CertificateFacts`]. Whether a certificate is *trusted* is no
//! question of this room.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use toml::Spanned;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::error::Problem;
use super::secret::{self, SecretPlace};
use super::source::Source;
use crate::crypto::{KeyFault, NationalKey, Pkcs12, PublicKey, decrypt_key};
use crate::evidence::sha256;
use crate::model::Sha256;

/// What is read from a leaf certificate (RFC 5280).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// SHA-256 of the DER SubjectPublicKeyInfo: the pin.
    pub spki_sha256: Sha256,
    /// Begin of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
}

impl CertificateFacts {
    /// Reads a DER certificate; `None` when it is none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        Some(Self {
            spki_sha256: sha256(certificate.public_key().raw),
            not_before: Timestamp::from_second(validity.not_before.timestamp()).ok()?,
            not_after: Timestamp::from_second(validity.not_after.timestamp()).ok()?,
        })
    }

    /// Whole days of validity left at `now`; negative after the end.
    pub fn days_left(&self, now: Timestamp) -> i32 {
        let seconds = self.not_after.duration_since(now).as_secs();
        i32::try_from(seconds.div_euclid(24 * 60 * 60)).unwrap_or(i32::MAX)
    }
}

/// A TLS certificate chain with its key.
pub struct TlsIdentity {
    /// The chain, leaf first, DER.
    pub certificates: Vec<CertificateDer<'static>>,
    /// The leaf's private key.
    pub key: PrivateKeyDer<'static>,
    /// The leaf's facts.
    pub leaf: CertificateFacts,
    /// The key's file, as the configuration names it.
    pub place: String,
}

impl Clone for TlsIdentity {
    fn clone(&self) -> Self {
        Self {
            certificates: self.certificates.clone(),
            key: self.key.clone_key(),
            leaf: self.leaf.clone(),
            place: self.place.clone(),
        }
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity")
            .field("leaf", &self.leaf)
            .finish_non_exhaustive()
    }
}

/// An own key with its certificates, as a section of the configuration names them.
pub(super) struct OwnKey<'a> {
    pub(super) key: Option<&'a Spanned<String>>,
    pub(super) certificates: Option<&'a Spanned<String>>,
    pub(super) pkcs12: Option<&'a Spanned<String>>,
    pub(super) passphrase: Option<&'a Spanned<SecretPlace>>,
    /// The table that holds them, for the fault's key: `signing`.
    pub(super) table: &'a str,
    /// Where the table is.
    pub(super) span: Range<usize>,
}

/// What was read, and where a fault of the key and of the certificates is placed.
struct Read<'a> {
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    key_at: (&'a Spanned<String>, String),
    certificates_at: (&'a Spanned<String>, String),
}

impl<'a> OwnKey<'a> {
    /// Reads them, checks dates at `now` and that the key is the leaf's.
    pub(super) fn read(&self, source: &mut Source, now: Timestamp) -> Option<TlsIdentity> {
        let read = match (self.pkcs12, self.key, self.certificates) {
            (Some(file), None, None) => self.pkcs12(source, file)?,
            (None, Some(key), Some(certificates)) => self.files(source, key, certificates)?,
            _ => {
                source.fault(self.span.clone(), self.table, Problem::KeyPlace);
                return None;
            }
        };
        let (file, field) = &read.certificates_at;
        let leaf = leaf_facts(source, &read.certificates, (file, field), now)?;
        self.check_match(source, &read);
        Some(TlsIdentity {
            certificates: read.certificates,
            key: read.key,
            leaf,
            place: read.key_at.0.get_ref().clone(),
        })
    }

    /// Where the certificates are named, for faults about them.
    pub(super) fn certificates_span(&self) -> Range<usize> {
        let file = self.certificates.or(self.pkcs12);
        file.map_or_else(|| self.span.clone(), Spanned::span)
    }

    fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.table)
    }

    fn files(
        &self,
        source: &mut Source,
        key: &'a Spanned<String>,
        certificates: &'a Spanned<String>,
    ) -> Option<Read<'a>> {
        let read = read_certificates(source, certificates, &self.field("certificates"));
        let private = read_key(source, key, self.passphrase, self.table);
        Some(Read {
            certificates: read?,
            key: private?,
            key_at: (key, self.field("key")),
            certificates_at: (certificates, self.field("certificates")),
        })
    }

    fn pkcs12(&self, source: &mut Source, file: &'a Spanned<String>) -> Option<Read<'a>> {
        let field = self.field("pkcs12");
        let bytes = source.secret(file, &field);
        let passphrase = secret::get(self.passphrase, source, &self.field("passphrase"));
        let (bytes, passphrase) = (bytes?, passphrase.ok()?);
        let opened = passphrase
            .ok_or(KeyFault::PassphraseMissing)
            .and_then(|passphrase| Pkcs12::open(&bytes, &passphrase));
        let opened = match opened {
            Ok(opened) => opened,
            Err(fault) => {
                let path = source.resolve(file.get_ref());
                source.fault(file.span(), &field, Problem::KeyFile { path, fault });
                return None;
            }
        };
        source.digests(file, &opened.certificates.concat());
        let key = PrivatePkcs8KeyDer::from(opened.key.to_vec());
        let certificates = opened.certificates.into_iter();
        Some(Read {
            certificates: certificates.map(CertificateDer::from).collect(),
            key: PrivateKeyDer::Pkcs8(key),
            key_at: (file, field.clone()),
            certificates_at: (file, field),
        })
    }

    fn check_match(&self, source: &mut Source, read: &Read<'_>) {
        let (file, field) = &read.key_at;
        let mismatch = || Problem::KeyMismatch {
            key: source.resolve(file.get_ref()),
            certificates: source.resolve(read.certificates_at.0.get_ref()),
        };
        // TLS takes none of these.
        if self.table.starts_with("signing")
            && let Some(own) = NationalKey::from_pkcs8(read.key.secret_der())
        {
            let leaf = read.certificates.first();
            let leaf = leaf.and_then(|der| PublicKey::of_certificate(der));
            if leaf.is_none_or(|leaf| leaf.bits != own.public_bits()) {
                let problem = mismatch();
                source.fault(file.span(), field, problem);
            }
            return;
        }
        let Ok(signing_key) = rustls::crypto::ring::sign::any_supported_type(&read.key) else {
            let problem = Problem::NoKey {
                path: source.resolve(file.get_ref()),
                expected: "RSA, ECDSA P-256/P-384 or Ed25519 key (for signing also GOST R 34.10-2012 and SM2)",
            };
            source.fault(file.span(), field, problem);
            return;
        };
        let pair = rustls::sign::CertifiedKey::new(read.certificates.clone(), signing_key);
        if pair.keys_match().is_err() {
            let problem = mismatch();
            source.fault(file.span(), field, problem);
        }
    }
}

/// What the first of an own key's certificates says; it must be in force at `now`.
pub(super) fn leaf_facts(
    source: &mut Source,
    certificates: &[CertificateDer<'static>],
    (file, field): (&Spanned<String>, &str),
    now: Timestamp,
) -> Option<CertificateFacts> {
    let path = source.resolve(file.get_ref());
    let first = certificates.first();
    let Some(leaf) = first.and_then(|der| CertificateFacts::read(der)) else {
        source.fault(file.span(), field, Problem::NoCertificate { path });
        return None;
    };
    check_dates(source, file.span(), field, (&leaf, path), now);
    Some(leaf)
}

fn check_dates(
    source: &mut Source,
    span: Range<usize>,
    key: &str,
    (leaf, path): (&CertificateFacts, PathBuf),
    now: Timestamp,
) {
    if now > leaf.not_after {
        let not_after = leaf.not_after;
        source.fault(span, key, Problem::Expired { path, not_after });
    } else if now < leaf.not_before {
        let not_before = leaf.not_before;
        source.fault(span, key, Problem::NotYetValid { path, not_before });
    }
}

/// The certificates of a PEM file; none is a fault.
pub(super) fn read_certificates(
    source: &mut Source,
    value: &Spanned<String>,
    key: &str,
) -> Option<Vec<CertificateDer<'static>>> {
    let bytes = source.bytes(value, key)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Some(certificates),
        Ok(_) | Err(_) => {
            let path = source.resolve(value.get_ref());
            source.fault(value.span(), key, Problem::NoCertificate { path });
            None
        }
    }
}

/// The first private key of a PEM file, decrypted; none is a fault. `table` has `key` and
/// `passphrase`.
pub(super) fn read_key(
    source: &mut Source,
    value: &Spanned<String>,
    passphrase: Option<&Spanned<SecretPlace>>,
    table: &str,
) -> Option<PrivateKeyDer<'static>> {
    let field = format!("{table}.key");
    let bytes = source.secret(value, &field);
    let passphrase = secret::get(passphrase, source, &format!("{table}.passphrase"));
    let (bytes, passphrase) = (bytes?, passphrase.ok()?);
    let path = source.resolve(value.get_ref());
    let passphrase = passphrase.as_ref().map(|text| text.as_bytes());
    match decrypt_key(&bytes, passphrase) {
        Ok(Some(key)) => {
            return Some(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec())));
        }
        Ok(None) => {}
        Err(fault) => {
            source.fault(value.span(), &field, Problem::KeyFile { path, fault });
            return None;
        }
    }
    let found = PrivateKeyDer::from_pem_slice(&bytes).ok();
    if found.is_none() {
        let expected = "private key";
        source.fault(value.span(), &field, Problem::NoKey { path, expected });
    }
    found
}
