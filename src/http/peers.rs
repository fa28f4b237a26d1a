//! Who a TLS peer is: its certificate against pins, or against anchors and a URI.
//!
//! Start at [`Peers`]. A common name never counts, and neither does anything that a message says.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::error::Error;
use crate::model::{PartyId, Sha256};

/// How a partner is recognised by its certificate.
#[derive(Debug, Clone)]
pub enum PeerIdentity {
    /// A chain to one of the anchors (DER), and this URI among the leaf's alternative names.
    Anchored {
        /// The anchors.
        anchors: Vec<CertificateDer<'static>>,
        /// The URI.
        san_uri: String,
    },
    /// SHA-256 of the SubjectPublicKeyInfo of each of its certificates.
    Pinned(Vec<Sha256>),
}

/// A partner with how it is recognised.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Who.
    pub party: PartyId,
    /// By what.
    pub identity: PeerIdentity,
    /// Until when it may use TLS 1.2; `None`: never.
    pub tls12_until: Option<Timestamp>,
}

/// What is known of one partner's certificates beside what they say themselves.
pub trait Standing: fmt::Debug + Send + Sync {
    /// Whether one of them is revoked: the partner's own, and those between it and the anchor. A pinned
    /// one stands alone.
    fn is_revoked(&self, path: &[CertificateDer<'_>], now: UnixTime) -> bool;
}

/// What is known of certificates, by partner. Of one that is not there nothing is.
pub type Standings = HashMap<PartyId, Arc<dyn Standing>>;

/// Whom a certificate may turn out to be.
#[derive(Debug)]
pub struct Peers {
    pinned: Pins<PartyId>,
    anchored: Vec<Anchored>,
    tls12_until: HashMap<PartyId, Timestamp>,
    standings: Standings,
}

#[derive(Debug)]
struct Anchored {
    party: PartyId,
    anchors: Vec<TrustAnchor<'static>>,
    san_uri: String,
}

/// On which side of the connection the certificate is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

impl Peers {
    /// The table of these partners.
    ///
    /// # Errors
    /// [`Error::Anchor`] when an anchor is no certificate.
    pub fn new(peers: impl IntoIterator<Item = Peer>) -> Result<Self, Error> {
        let mut pinned = HashMap::new();
        let mut anchored = Vec::new();
        let mut tls12_until = HashMap::new();
        for peer in peers {
            let Peer {
                party, identity, ..
            } = peer;
            if let Some(until) = peer.tls12_until {
                tls12_until.insert(party.clone(), until);
            }
            match identity {
                PeerIdentity::Pinned(pins) => {
                    pinned.extend(pins.into_iter().map(|pin| (pin, party.clone())));
                }
                PeerIdentity::Anchored { anchors, san_uri } => {
                    let unreadable = |_| Error::Anchor {
                        party: party.to_string(),
                    };
                    let anchors: Result<Vec<_>, _> = anchors
                        .iter()
                        .map(|der| anchor_from_trusted_cert(der).map(|anchor| anchor.to_owned()))
                        .collect();
                    anchored.push(Anchored {
                        anchors: anchors.map_err(unreadable)?,
                        party,
                        san_uri,
                    });
                }
            }
        }
        Ok(Self {
            pinned: Pins::new(pinned),
            anchored,
            tls12_until,
            standings: Standings::new(),
        })
    }

    /// The same, who are not let in by certificates that are revoked by what is known of each.
    #[must_use]
    pub fn judged_by(mut self, standings: Standings) -> Self {
        self.standings = standings;
        self
    }

    /// The end of the last exception for TLS 1.2.
    pub(super) fn last_tls12(&self) -> Option<Timestamp> {
        self.tls12_until.values().max().copied()
    }

    /// Whether a partner may use TLS 1.2 now.
    pub(super) fn takes_tls12(&self, party: &PartyId, now: Timestamp) -> bool {
        self.tls12_until
            .get(party)
            .is_some_and(|until| now < *until)
    }

    /// Whose certificate this is by its key or its URI, where it was identified before: no path and no
    /// date is looked at.
    pub(super) fn owner(&self, leaf: &CertificateDer<'_>) -> Option<&PartyId> {
        let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
        let pinned = self
            .pinned
            .owners
            .get(&sha256(certificate.public_key().raw));
        let certificate = EndEntityCert::try_from(leaf).ok()?;
        let named = |peer: &&Anchored| {
            let mut uris = certificate.valid_uri_names();
            uris.any(|uri| uri == peer.san_uri)
        };
        pinned.or_else(|| Some(&self.anchored.iter().find(named)?.party))
    }

    /// The partner that shows this certificate, now.
    pub(super) fn identify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        side: Side,
        now: UnixTime,
    ) -> Result<&PartyId, CertificateError> {
        if let Some(party) = self.pinned.identify(leaf, now)? {
            return self.unless_revoked(party, std::slice::from_ref(leaf), now);
        }
        let certificate =
            EndEntityCert::try_from(leaf).map_err(|_| CertificateError::BadEncoding)?;
        let named = |peer: &&Anchored| {
            let mut uris = certificate.valid_uri_names();
            uris.any(|uri| uri == peer.san_uri)
        };
        let Some(peer) = self.anchored.iter().find(named) else {
            return Err(CertificateError::UnknownIssuer);
        };
        let usage = match side {
            Side::Client => KeyUsage::client_auth(),
            Side::Server => KeyUsage::server_auth(),
        };
        let path = certificate.verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &peer.anchors,
            intermediates,
            now,
            usage,
            None,
            None,
        );
        match path {
            Ok(path) => {
                let between = path.intermediate_certificates().map(|it| it.der());
                let path: Vec<_> = std::iter::once(leaf.clone()).chain(between).collect();
                self.unless_revoked(&peer.party, &path, now)
            }
            Err(webpki::Error::CertExpired { .. }) => Err(CertificateError::Expired),
            Err(webpki::Error::CertNotValidYet { .. }) => Err(CertificateError::NotValidYet),
            Err(_) => Err(CertificateError::UnknownIssuer),
        }
    }

    fn unless_revoked<'p>(
        &self,
        party: &'p PartyId,
        path: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<&'p PartyId, CertificateError> {
        match self.standings.get(party) {
            Some(standing) if standing.is_revoked(path, now) => Err(CertificateError::Revoked),
            Some(_) | None => Ok(party),
        }
    }
}

/// Keys by the SHA-256 of their SubjectPublicKeyInfo, and whose they are.
#[derive(Debug)]
pub(super) struct Pins<T> {
    owners: HashMap<Sha256, T>,
}

impl<T> Pins<T> {
    pub(super) fn new(owners: HashMap<Sha256, T>) -> Self {
        Self { owners }
    }

    /// Whose certificate this is, if it is known; a known one must be in force.
    pub(super) fn identify(
        &self,
        leaf: &CertificateDer<'_>,
        now: UnixTime,
    ) -> Result<Option<&T>, CertificateError> {
        let (_, certificate) =
            X509Certificate::from_der(leaf).map_err(|_| CertificateError::BadEncoding)?;
        let Some(owner) = self.owners.get(&sha256(certificate.public_key().raw)) else {
            return Ok(None);
        };
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let validity = certificate.validity();
        if seconds > validity.not_after.timestamp() {
            return Err(CertificateError::Expired);
        }
        if seconds < validity.not_before.timestamp() {
            return Err(CertificateError::NotValidYet);
        }
        Ok(Some(owner))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }
}

/// When a certificate ends, in seconds since 1970.
pub(super) fn end_of(leaf: &CertificateDer<'_>) -> Option<i64> {
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

/// SHA-256 (FIPS 180-4), for pins and tokens.
pub(super) fn sha256(bytes: &[u8]) -> Sha256 {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    Sha256(out)
}
