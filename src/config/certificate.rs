//! Own certificates and keys: read, dated, and checked to belong together.
//!
//! Start at [`TlsIdentity`] and [`CertificateFacts`]. Whether a certificate is *trusted* is no
//! question of this room.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use toml::Spanned;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::error::Problem;
use super::source::Source;
use crate::crypto::{NationalKey, PublicKey};
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
}

impl Clone for TlsIdentity {
    fn clone(&self) -> Self {
        Self {
            certificates: self.certificates.clone(),
            key: self.key.clone_key(),
            leaf: self.leaf.clone(),
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

/// A key file with its certificate file, as configuration names them.
pub(super) struct Pair<'a> {
    pub(super) key: &'a Spanned<String>,
    pub(super) certificates: &'a Spanned<String>,
    /// The table that holds both, for the fault's key: `signing`.
    pub(super) table: &'a str,
}

impl Pair<'_> {
    /// Reads both, checks dates at `now` and that the key is the leaf's.
    pub(super) fn read(&self, source: &mut Source, now: Timestamp) -> Option<TlsIdentity> {
        let certificates_key = format!("{}.certificates", self.table);
        let certificates = read_certificates(source, self.certificates, &certificates_key);
        let key = read_key(source, self.key, &format!("{}.key", self.table));
        let (certificates, key) = (certificates?, key?);
        let path = source.resolve(self.certificates.get_ref());
        let Some(leaf) = certificates
            .first()
            .and_then(|der| CertificateFacts::read(der))
        else {
            let problem = Problem::NoCertificate { path };
            source.fault(self.certificates.span(), &certificates_key, problem);
            return None;
        };
        check_dates(
            source,
            self.certificates.span(),
            &certificates_key,
            (&leaf, path),
            now,
        );
        self.check_match(source, &certificates, &key);
        Some(TlsIdentity {
            certificates,
            key,
            leaf,
        })
    }

    fn check_match(
        &self,
        source: &mut Source,
        certificates: &[CertificateDer<'static>],
        key: &PrivateKeyDer<'static>,
    ) {
        let field = format!("{}.key", self.table);
        let mismatch = || Problem::KeyMismatch {
            key: source.resolve(self.key.get_ref()),
            certificates: source.resolve(self.certificates.get_ref()),
        };
        // TLS takes none of these.
        if self.table == "signing"
            && let Some(own) = NationalKey::from_pkcs8(key.secret_der())
        {
            let leaf = certificates
                .first()
                .map(|der| PublicKey::of_certificate(der));
            if leaf
                .flatten()
                .is_none_or(|leaf| leaf.bits != own.public_bits())
            {
                let problem = mismatch();
                source.fault(self.key.span(), &field, problem);
            }
            return;
        }
        let Ok(signing_key) = rustls::crypto::ring::sign::any_supported_type(key) else {
            let problem = Problem::NoKey {
                path: source.resolve(self.key.get_ref()),
                expected: "RSA, ECDSA P-256/P-384 or Ed25519 key (for signing also GOST R 34.10-2012 and SM2)",
            };
            source.fault(self.key.span(), &field, problem);
            return;
        };
        let pair = rustls::sign::CertifiedKey::new(certificates.to_vec(), signing_key);
        if pair.keys_match().is_err() {
            let problem = mismatch();
            source.fault(self.key.span(), &field, problem);
        }
    }
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

/// The first private key of a PEM file; none is a fault.
pub(super) fn read_key(
    source: &mut Source,
    value: &Spanned<String>,
    key: &str,
) -> Option<PrivateKeyDer<'static>> {
    let bytes = zeroize::Zeroizing::new(source.secret(value, key)?);
    let found = PrivateKeyDer::from_pem_slice(&bytes).ok();
    if found.is_none() {
        let path = source.resolve(value.get_ref());
        let expected = "private key";
        source.fault(value.span(), key, Problem::NoKey { path, expected });
    }
    found
}
