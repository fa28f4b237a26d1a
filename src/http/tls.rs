//! TLS 1.3 on every connection, both ways: configurations and verifiers. TLS 1.2 is for partners with
//! an exception that is in force.
//!
//! Start at [`ServerIdentity`]. Sessions are never resumed: a resumed one would skip the peer's
//! certificate, and a removed pin must end at once.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::version::{TLS12, TLS13};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, PeerIncompatible,
    ServerConfig, SignatureScheme, SupportedProtocolVersion,
};
use tracing::warn;

use super::error::Error;
use super::peers::{Peer, PeerIdentity, Peers, Pins, Side, Standing, Standings};
use crate::clock::Clock;
use crate::model::{PartyId, Principal, Sha256};

/// The certificate chain, leaf first, and the key that this side shows.
pub struct ServerIdentity {
    /// The chain, DER.
    pub certificates: Vec<CertificateDer<'static>>,
    /// The leaf's key.
    pub key: PrivateKeyDer<'static>,
}

impl Clone for ServerIdentity {
    fn clone(&self) -> Self {
        Self {
            certificates: self.certificates.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerIdentity").finish_non_exhaustive()
    }
}

/// Gives rustls the gateway's clock, so that all certificates are judged by one time.
#[derive(Debug)]
struct ClockTime(Clock);

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        unix(&self.0)
    }
}

/// The clock's wall time as rustls writes it; none before 1970.
pub(super) fn unix(clock: &Clock) -> Option<UnixTime> {
    let seconds = u64::try_from(clock.wall().as_second()).ok()?;
    Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
        seconds,
    )))
}

/// Which versions of TLS a side offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// TLS 1.3.
    Tls13,
    /// TLS 1.3, and 1.2 for who has not more: with ECDHE, AEAD and the extended master secret (RFC
    /// 7627), never resumed, never renegotiated.
    Tls12Too,
}

impl Offer {
    fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
        match self {
            Self::Tls13 => BOTH.split_at(1).0,
            Self::Tls12Too => &BOTH,
        }
    }
}

/// The server side of a listener whose clients are judged by `verifier`.
pub(super) fn server_config(
    identity: &ServerIdentity,
    verifier: Arc<dyn ClientCertVerifier>,
    offer: Offer,
    clock: &Clock,
) -> Result<Arc<ServerConfig>, Error> {
    let builder = ServerConfig::builder_with_details(
        Arc::new(ring::default_provider()),
        Arc::new(ClockTime(clock.clone())),
    );
    let mut config = builder
        .with_protocol_versions(offer.versions())
        .map_err(Error::Identity)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(identity.certificates.clone(), identity.key.clone_key())
        .map_err(Error::Identity)?;
    config.require_ems = true;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The client side towards one partner, which shows our certificate; `verifier` judges the partner's.
pub(super) fn client_config(
    identity: &ServerIdentity,
    verifier: Arc<dyn ServerCertVerifier>,
    offer: Offer,
    clock: &Clock,
) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_details(
        Arc::new(ring::default_provider()),
        Arc::new(ClockTime(clock.clone())),
    );
    let mut config = builder
        .with_protocol_versions(offer.versions())
        .map_err(Error::Identity)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_client_auth_cert(identity.certificates.clone(), identity.key.clone_key())
        .map_err(Error::Identity)?;
    config.require_ems = true;
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

/// The client side of somebody who knows a gateway by the keys of its certificates and shows none:
/// for commands that talk to the own gateway.
///
/// # Errors
/// [`Error::Identity`] when TLS 1.3 cannot be had.
pub fn pinned_client(
    party: PartyId,
    pins: Vec<Sha256>,
    clock: &Clock,
) -> Result<Arc<ClientConfig>, Error> {
    let verifier = PartnerServer::of(party, PeerIdentity::Pinned(pins), None, None, clock)?;
    let builder = ClientConfig::builder_with_details(
        Arc::new(ring::default_provider()),
        Arc::new(ClockTime(clock.clone())),
    );
    let config = builder
        .with_protocol_versions(&[&TLS13])
        .map_err(Error::Identity)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Takes exactly the certificates of known partners.
#[derive(Debug)]
pub(super) struct PartnerClients {
    peers: Arc<Peers>,
    provider: CryptoProvider,
    clock: Clock,
}

impl PartnerClients {
    pub(super) fn new(peers: Arc<Peers>, clock: &Clock) -> Self {
        Self {
            peers,
            provider: ring::default_provider(),
            clock: clock.clone(),
        }
    }
}

/// Whether a certificate's owner may use TLS 1.2 now, and then its signature over the handshake.
fn tls12_signature(
    peers: &Peers,
    (provider, clock): (&CryptoProvider, &Clock),
    message: &[u8],
    cert: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    let party = peers.owner(cert);
    if !party.is_some_and(|party| peers.takes_tls12(party, clock.wall())) {
        let party = party.map(PartyId::as_str).unwrap_or_default();
        warn!(party, "TLS 1.2 was refused: no exception is in force");
        return Err(no_tls12());
    }
    let algorithms = &provider.signature_verification_algorithms;
    verify_tls12_signature(message, cert, dss, algorithms)
}

impl ClientCertVerifier for PartnerClients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.peers
            .identify(end_entity, intermediates, Side::Client, now)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let by = (&self.provider, &self.clock);
        tls12_signature(&self.peers, by, message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Takes the certificates of known principals; without one, a token has to do.
#[derive(Debug)]
pub(super) struct PrincipalClients {
    pins: Arc<Pins<Arc<Principal>>>,
    provider: CryptoProvider,
}

impl PrincipalClients {
    pub(super) fn new(pins: Arc<Pins<Arc<Principal>>>) -> Self {
        Self {
            pins,
            provider: ring::default_provider(),
        }
    }
}

impl ClientCertVerifier for PrincipalClients {
    fn offer_client_auth(&self) -> bool {
        !self.pins.is_empty()
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        match self.pins.identify(end_entity, now)? {
            Some(_) => Ok(ClientCertVerified::assertion()),
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Takes exactly one partner's server certificates. The name in the address does not count: the pin
/// or the URI does.
#[derive(Debug)]
pub(super) struct PartnerServer {
    peers: Peers,
    party: PartyId,
    provider: CryptoProvider,
    clock: Clock,
}

impl PartnerServer {
    pub(super) fn of(
        party: PartyId,
        identity: PeerIdentity,
        tls12_until: Option<Timestamp>,
        standing: Option<Arc<dyn Standing>>,
        clock: &Clock,
    ) -> Result<Self, Error> {
        let standing = standing.map(|standing| (party.clone(), standing));
        let peer = Peer {
            party: party.clone(),
            identity,
            tls12_until,
        };
        Ok(Self {
            peers: Peers::new([peer])?.judged_by(Standings::from_iter(standing)),
            party,
            provider: ring::default_provider(),
            clock: clock.clone(),
        })
    }

    /// What is offered to it now.
    pub(super) fn offer(&self) -> Offer {
        match self.peers.takes_tls12(&self.party, self.clock.wall()) {
            true => Offer::Tls12Too,
            false => Offer::Tls13,
        }
    }
}

impl ServerCertVerifier for PartnerServer {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let found = self
            .peers
            .identify(end_entity, intermediates, Side::Server, now)?;
        if *found == self.party {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let by = (&self.provider, &self.clock);
        tls12_signature(&self.peers, by, message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn no_tls12() -> rustls::Error {
    rustls::Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_for_tls_1_2_has_fresh_keys_and_authenticated_encryption() {
        let suites = ring::default_provider().cipher_suites;
        let older: Vec<String> = suites
            .iter()
            .filter(|suite| suite.tls13().is_none())
            .map(|suite| format!("{:?}", suite.suite()))
            .collect();
        assert!(!older.is_empty());
        for name in older {
            let aead = name.contains("_GCM_") || name.contains("_POLY1305_");
            assert!(name.starts_with("TLS_ECDHE_") && aead, "{name}");
        }
    }
}
