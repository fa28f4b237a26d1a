//! What was fetched of what authorities say, for whoever keeps it fresh. Start at [`RevocationList`].

use std::sync::Arc;

use jiff::Timestamp;

use super::super::certificate::parse;
use super::super::judged::StatusUsed;
use super::{Asked, List, Response, ocsp};

/// A revocation list, read. Whether it is genuine is said by
/// [`TrustStore::vouches_for`](super::super::TrustStore::vouches_for), and again for each path.
#[derive(Debug, Clone)]
pub struct RevocationList(pub(in crate::crypto) Arc<List>);

impl RevocationList {
    /// Reads one list, DER or PEM, complete or a delta.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let ders = super::list::ders(bytes).ok_or("is no DER and no readable PEM")?;
        match ders.as_slice() {
            [der] => List::read(der).map(|list| Self(Arc::new(list))),
            _ => Err("is not exactly one list"),
        }
    }

    /// What records say of it.
    pub fn facts(&self) -> &StatusUsed {
        &self.0.facts
    }

    /// Whether it was issued before another of the same issuer: going back to it would forget who was
    /// revoked meanwhile.
    pub fn is_older_than(&self, other: &Self) -> bool {
        self.0.issuer == other.0.issuer && self.0.facts.this_update < other.0.facts.this_update
    }
}

/// The answer of a responder, read. Whether it is genuine is said by
/// [`TrustStore::accepts`](super::super::TrustStore::accepts), and again for each path.
#[derive(Debug, Clone)]
pub struct OcspResponse(pub(in crate::crypto) Arc<Response>);

impl OcspResponse {
    /// Reads an answer (DER).
    ///
    /// # Errors
    /// What is wrong with it, or why the responder gives none, in words.
    pub fn read(der: &[u8]) -> Result<Self, &'static str> {
        Response::read(der).map(|response| Self(Arc::new(response)))
    }

    /// Whether it bears this nonce (RFC 8954), and so was made for the question with it.
    pub fn bears(&self, nonce: &[u8]) -> bool {
        self.0.bears(nonce) == Some(true)
    }

    /// When the first of its words runs out.
    pub fn next_update(&self) -> Timestamp {
        self.0.ends().min().unwrap_or(Timestamp::MIN)
    }
}

/// A certificate of which a responder can be asked, and its issuer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusQuestion {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// Its issuer's, DER.
    pub issuer: Vec<u8>,
}

impl StatusQuestion {
    /// The question as a responder takes it (RFC 6960 section 4.1), with this nonce; nothing, when
    /// the certificates cannot be read.
    pub fn request(&self, nonce: &[u8]) -> Option<Vec<u8>> {
        let (certificate, issuer) = (parse(&self.certificate).ok()?, parse(&self.issuer).ok()?);
        let asked = Asked {
            certificate: &certificate,
            is_authority: false,
            issuer: &issuer,
        };
        ocsp::request(&asked, nonce)
    }
}
