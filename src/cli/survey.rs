//! What a verdict says of a signature beside yes and no: its references, its path, the lists.
//!
//! Start at [`Signature`]. These are forms for output of what [`crate::crypto`] found.

use jiff::Timestamp;
use serde::Serialize;

use crate::crypto::{self, PathCertificate, StatusUsed, Survey, Surveyed};
use crate::model::Sha256;

/// What a signature says.
#[derive(Debug, Serialize)]
pub struct Signature {
    /// How its SignedInfo is canonicalised.
    pub canonicalization: String,
    /// The SignatureMethod.
    pub method: String,
    /// Its references.
    pub references: Vec<Reference>,
}

/// A reference of a signature.
#[derive(Debug, Serialize)]
pub struct Reference {
    /// Its URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The path of the element that it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covers: Option<String>,
    /// Its transforms.
    pub transforms: Vec<String>,
    /// Its DigestMethod.
    pub digest: String,
    /// Where it stands.
    pub line: u32,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// What is wrong with a reference.
#[derive(Debug, Serialize)]
pub struct Fault {
    /// The stable code.
    pub code: &'static str,
    /// In words.
    pub text: String,
}

/// An authority of a path.
#[derive(Debug, Serialize)]
pub struct Authority {
    /// Its subject.
    pub subject: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// Digest of its DER.
    pub certificate_sha256: Sha256,
    /// Begin of its validity.
    pub not_before: Timestamp,
    /// End of its validity.
    pub not_after: Timestamp,
}

/// A revocation list, or another word on revocation.
#[derive(Debug, Serialize)]
pub struct List {
    /// What it is: `crl`, `delta-crl`.
    pub kind: &'static str,
    /// Its issuer.
    pub issuer: String,
    /// Its number, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Digest of its DER.
    pub sha256: Sha256,
    /// When it was issued.
    pub this_update: Timestamp,
    /// When it runs out.
    pub next_update: Timestamp,
}

impl From<Survey> for Signature {
    fn from(survey: Survey) -> Self {
        Self {
            canonicalization: survey.canonicalization,
            method: survey.method,
            references: survey.references.into_iter().map(Reference::from).collect(),
        }
    }
}

impl From<Surveyed> for Reference {
    fn from(surveyed: Surveyed) -> Self {
        let fault = |error: crypto::Error| Fault {
            code: error.code(),
            text: error.to_string(),
        };
        Self {
            uri: surveyed.uri,
            covers: surveyed.covers,
            transforms: surveyed.transforms,
            digest: surveyed.digest,
            line: surveyed.at.line,
            fault: surveyed.fault.map(fault),
        }
    }
}

impl Authority {
    pub(super) fn of(found: &PathCertificate) -> Self {
        Self {
            subject: found.subject.clone(),
            serial: found.serial.clone(),
            certificate_sha256: Sha256(found.sha256),
            not_before: found.not_before,
            not_after: found.not_after,
        }
    }
}

impl List {
    pub(super) fn of(found: &StatusUsed) -> Self {
        Self {
            kind: found.kind.as_str(),
            issuer: found.issuer.clone(),
            number: found.number.clone(),
            sha256: Sha256(found.sha256),
            this_update: found.this_update,
            next_update: found.next_update,
        }
    }
}
