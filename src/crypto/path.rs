//! Certificate paths: from a signer's certificate to one of the partner's anchors (RFC 5280 section
//! 6), by webpki. Start at [`validate`].
//!
//! Beside what webpki checks: the anchor's own validity and path length, `keyCertSign` of
//! intermediates, that no TLS certificate signs documents, and errors that say what to do. webpki tries every path within
//! a budget and reports the most specific error of all.

use std::cell::Cell;
use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{
    EndEntityCert, Error as PathError, ExpirationPolicy, RevocationCheckDepth, RevocationOptions,
    RevocationOptionsBuilder, UnknownStatusPolicy, VerifiedPath,
};
use x509_parser::prelude::X509Name;

use super::certificate::{SignerCertificate, Usage, key_usage, parse, timestamp};
use super::error::CertificateFault;
use super::form::{self, Form, Role};
use super::judged::{ListUsed, PathCertificate};
use super::key::KeyKind;
use super::purpose::Demand;
use super::revoked;
use super::suite::{RSA_BITS_MIN, Suites};
use super::trust::{Anchor, Revocation, TrustStore};

/// A span of time, both ends included, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    from: i64,
    until: i64,
}

impl Window {
    pub(super) fn of(certificate: &SignerCertificate) -> Self {
        Self {
            from: certificate.not_before.as_second(),
            until: certificate.not_after.as_second(),
        }
    }

    pub(super) fn contains(self, now: Timestamp) -> bool {
        (self.from..=self.until).contains(&now.as_second())
    }

    fn narrow(&mut self, from: i64, until: i64) {
        self.from = self.from.max(from);
        self.until = self.until.min(until);
    }
}

/// A path that was found.
pub(super) struct Found {
    /// How long it will hold.
    pub(super) window: Window,
    /// The authorities from the signer's issuer up; the anchor is the last.
    pub(super) authorities: Vec<PathCertificate>,
    /// The revocation lists of these authorities.
    pub(super) lists: Vec<ListUsed>,
    /// Whether these lists cover all of it.
    pub(super) revocation: Revocation,
}

impl Found {
    /// A certificate that is trusted as it is.
    pub(super) fn alone(certificate: &SignerCertificate) -> Self {
        Self {
            window: Window::of(certificate),
            authorities: Vec::new(),
            lists: Vec::new(),
            revocation: Revocation::NotChecked,
        }
    }
}

/// Finds a path.
pub(super) fn validate(
    store: &TrustStore,
    leaf: &SignerCertificate,
    others: &[&[u8]],
    demand: &Demand<'_>,
    suites: &Suites,
    now: Timestamp,
) -> Result<Found, CertificateFault> {
    let own = store.intermediates.iter().map(AsRef::as_ref);
    let intermediates: Vec<CertificateDer<'_>> = others
        .iter()
        .copied()
        .chain(own)
        .map(CertificateDer::from)
        .collect();
    let valid: Vec<TrustAnchor<'_>> = store
        .anchors
        .iter()
        .filter(|anchor| anchor.valid_at(now))
        .map(|anchor| anchor.anchor.clone())
        .collect();
    let search = Search {
        store,
        leaf,
        intermediates: &intermediates,
        demand,
        suites,
        now,
        malformed: Cell::new(None),
    };
    let strict = search.run(&valid, UnknownStatusPolicy::Deny);
    let unknown = matches!(strict, Err(PathError::UnknownRevocationStatus));
    let (found, revocation) = if unknown && !store.revocation_required {
        let lenient = search.run(&valid, UnknownStatusPolicy::Allow);
        (lenient, Revocation::NotChecked)
    } else {
        (strict, Revocation::Checked)
    };
    let mut found = found.map_err(|error| search.explain(error, others.is_empty()))?;
    found.revocation = revocation;
    if found.lists.iter().any(|list| !store.may_issue(list)) {
        return Err(CertificateFault::CrlInvalid);
    }
    search.check_peer()?;
    Ok(found)
}

/// Key usage and strength of a certificate that a path was found for.
pub(super) fn check_key(leaf: &SignerCertificate) -> Result<(), CertificateFault> {
    if leaf.usage == Usage::SignsNot {
        return Err(CertificateFault::KeyUsage);
    }
    match leaf.key.kind {
        KeyKind::Rsa { bits } if bits < RSA_BITS_MIN => Err(CertificateFault::WeakKey {
            bits,
            min: RSA_BITS_MIN,
        }),
        KeyKind::Ed25519 | KeyKind::Other | KeyKind::P256 | KeyKind::P384 | KeyKind::Rsa { .. } => {
            Ok(())
        }
    }
}

/// Country and organisation of a name, when it has both.
pub(super) fn belongs(name: &X509Name<'_>) -> Option<(String, String)> {
    let country = name.iter_country().next()?.as_str().ok()?;
    let organisation = name.iter_organization().next()?.as_str().ok()?;
    Some((country.to_owned(), organisation.to_owned()))
}

struct Search<'a> {
    store: &'a TrustStore,
    leaf: &'a SignerCertificate,
    intermediates: &'a [CertificateDer<'a>],
    demand: &'a Demand<'a>,
    suites: &'a Suites,
    now: Timestamp,
    /// What was wrong with the form of the last path that was looked at.
    malformed: Cell<Option<&'static str>>,
}

impl Search<'_> {
    fn run(
        &self,
        anchors: &[TrustAnchor<'_>],
        unknown: UnknownStatusPolicy,
    ) -> Result<Found, PathError> {
        let crls: Vec<_> = self.store.lists.iter().map(|list| &list.list).collect();
        let revocation = match (RevocationOptionsBuilder::new(&crls), unknown) {
            (Ok(builder), _) => Some(
                builder
                    .with_depth(RevocationCheckDepth::Chain)
                    .with_status_policy(unknown)
                    .with_expiration_policy(ExpirationPolicy::Enforce)
                    .build(),
            ),
            (Err(_), _) => None,
        };
        let der = CertificateDer::from(self.leaf.der.as_slice());
        let end_entity = EndEntityCert::try_from(&der)?;
        let path = self.path(&end_entity, anchors, revocation)?;
        let mut window = Window::of(self.leaf);
        let mut authorities = Vec::new();
        for issuer in path.intermediate_certificates() {
            let read = PathCertificate::read(&issuer.der());
            authorities.push(read.map_err(|_| PathError::BadDer)?);
        }
        let anchor = self.anchor_of(&path).ok_or(PathError::BadDer)?;
        authorities.push(anchor.facts.clone());
        for authority in &authorities {
            window.narrow(
                authority.not_before.as_second(),
                authority.not_after.as_second(),
            );
        }
        // A list holds until its next update, that second left out. Lists that have run out by now
        // had no say in this path.
        let lists = self.store.lists.iter().map(|list| &list.facts);
        let lists = lists.filter(|list| list.next_update.as_second() > self.now.as_second());
        for list in lists.clone() {
            window.narrow(i64::MIN, list.next_update.as_second() - 1);
        }
        if revocation.is_none() && unknown == UnknownStatusPolicy::Deny {
            return Err(PathError::UnknownRevocationStatus);
        }
        let issued = |list: &&ListUsed| authorities.iter().any(|it| it.subject == list.issuer);
        let lists = lists.filter(issued).cloned().collect();
        Ok(Found {
            window,
            lists,
            authorities,
            revocation: Revocation::NotChecked,
        })
    }

    /// The anchor that a path ends at.
    fn anchor_of(&self, path: &VerifiedPath<'_>) -> Option<&Anchor> {
        let mut anchors = self.store.anchors.iter();
        anchors.find(|anchor| anchor.anchor == *path.anchor())
    }

    fn path<'p>(
        &'p self,
        end_entity: &'p EndEntityCert<'p>,
        anchors: &'p [TrustAnchor<'_>],
        revocation: Option<RevocationOptions<'_>>,
    ) -> Result<VerifiedPath<'p>, PathError> {
        let seconds = u64::try_from(self.now.as_second()).unwrap_or_default();
        end_entity.verify_for_usage(
            self.suites.path(),
            anchors,
            self.intermediates,
            UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
            self.demand.purpose,
            revocation,
            Some(&|path| self.accept(path)),
        )
    }

    /// What webpki does not look at. A path that is not accepted here is one of several: the search
    /// goes on.
    fn accept(&self, path: &VerifiedPath<'_>) -> Result<(), PathError> {
        issuers_may_issue(path)?;
        let length = path.intermediate_certificates().count();
        if self
            .demand
            .intermediates_max
            .is_some_and(|max| length > max)
        {
            return Err(PathError::MaximumPathDepthExceeded);
        }
        let anchor = self.anchor_of(path).ok_or(PathError::BadDer)?;
        // RFC 5280 section 6.1.1 leaves what an anchor's certificate says to whoever validates; who made
        // it so wanted no longer paths. RFC 5937 section 3.2 reads it likewise.
        if anchor.authorities_max.is_some_and(|max| length > max) {
            return Err(PathError::PathLenConstraintViolated);
        }
        if self.store.form == Form::Any {
            return Ok(());
        }
        let leaf = (self.leaf.der.as_slice(), Role::EndEntity);
        let ders: Vec<_> = path
            .intermediate_certificates()
            .map(|it| it.der())
            .collect();
        let between = ders.iter().map(|der| (der.as_ref(), Role::Intermediate));
        let above = (anchor.der.as_slice(), Role::Anchor);
        for (der, role) in between.chain([above, leaf]) {
            let certificate = parse(der).map_err(|_| PathError::BadDer)?;
            if let Err(problem) = form::check(&certificate, role, self.store.form) {
                self.malformed.set(Some(problem));
                return Err(PathError::MalformedExtensions);
            }
        }
        Ok(())
    }

    /// Whether the certificate is for the peer (RFC 9525), if one is named.
    fn check_peer(&self) -> Result<(), CertificateFault> {
        let Some(peer) = self.demand.peer else {
            return Ok(());
        };
        let der = CertificateDer::from(self.leaf.der.as_slice());
        let end_entity = EndEntityCert::try_from(&der);
        let end_entity = end_entity.map_err(|_| CertificateFault::Malformed)?;
        let name = ServerName::try_from(peer).map_err(|_| CertificateFault::OtherName)?;
        let valid = end_entity.verify_is_valid_for_subject_name(&name);
        valid.map_err(|_| CertificateFault::OtherName)?;
        let certificate = parse(&self.leaf.der)?;
        if self.store.form == Form::WebPki && !form::is_named(&certificate, peer) {
            return Err(CertificateFault::OtherName);
        }
        Ok(())
    }

    /// What a partner can do something with.
    fn explain(&self, error: PathError, alone: bool) -> CertificateFault {
        let whose = match self.leaf.check_dates(self.now, "signer's") {
            Ok(()) => "issuer's",
            Err(_) => "signer's",
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "`fault` names the errors that hold no facts"
        )]
        match error {
            PathError::CertExpired { not_after, .. } => CertificateFault::Expired {
                whose,
                not_after: moment(not_after),
            },
            PathError::CertNotValidYet { not_before, .. } => CertificateFault::NotYetValid {
                whose,
                not_before: moment(not_before),
            },
            PathError::CrlExpired { next_update, .. } => CertificateFault::CrlExpired {
                next_update: moment(next_update),
            },
            PathError::UnknownIssuer => self.unknown_issuer(alone),
            PathError::MalformedExtensions if self.malformed.get().is_some() => {
                let problem = self.malformed.get().unwrap_or_default();
                CertificateFault::Form { problem }
            }
            PathError::CertRevoked => {
                let leaf = CertificateDer::from(self.leaf.der.as_slice());
                let path = std::iter::once(&leaf).chain(self.intermediates);
                revoked::fault(self.store.lists.iter().map(|list| &list.list), path)
            }
            _ => fault(&error),
        }
    }

    /// No path: because an anchor is out of date, because the chain has a gap, or because the
    /// certificate is a stranger's.
    fn unknown_issuer(&self, alone: bool) -> CertificateFault {
        for anchor in &self.store.anchors {
            let only = [anchor.anchor.clone()];
            let out_of_date = !anchor.valid_at(self.now);
            if out_of_date && self.run(&only, UnknownStatusPolicy::Allow).is_ok() {
                let (whose, not_after) = ("anchor's", anchor.facts.not_after);
                let not_before = anchor.facts.not_before;
                return if self.now > not_after {
                    CertificateFault::Expired { whose, not_after }
                } else {
                    CertificateFault::NotYetValid { whose, not_before }
                };
            }
        }
        match self.gap() {
            Some(issuer) => CertificateFault::ChainIncomplete { issuer },
            None => CertificateFault::UnknownIssuer {
                issuer: self.leaf.issuer.clone(),
                alone,
            },
        }
    }

    /// The first issuer on the way up whose certificate is nowhere, if it belongs to the country
    /// and organisation of one of our anchors. This only chooses between two refusals.
    fn gap(&self) -> Option<String> {
        let mut der = self.leaf.der.as_slice();
        for _ in 0..=self.intermediates.len() {
            let certificate = parse(der).ok()?;
            let issuer = certificate.issuer();
            let next = self.intermediates.iter().find(|candidate| {
                parse(candidate).is_ok_and(|it| it.subject().as_raw() == issuer.as_raw())
            });
            match next {
                Some(next) => der = next,
                None => {
                    let belongs = belongs(issuer)?;
                    let ours = |anchor: &Anchor| anchor.belongs.as_ref() == Some(&belongs);
                    return (self.store.anchors.iter().any(ours)
                        && certificate.subject().as_raw() != issuer.as_raw())
                    .then(|| issuer.to_string());
                }
            }
        }
        None
    }
}

fn moment(time: UnixTime) -> Timestamp {
    timestamp(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

/// RFC 5280 section 6.1.4 (n): `keyCertSign`, when the issuer has a key usage. webpki leaves it to
/// basicConstraints.
fn issuers_may_issue(path: &VerifiedPath<'_>) -> Result<(), PathError> {
    for issuer in path.intermediate_certificates() {
        let der = issuer.der();
        let certificate = parse(&der).map_err(|_| PathError::BadDer)?;
        let usage = key_usage(&certificate).map_err(|_| PathError::BadDer)?;
        if usage.is_some_and(|bits| !bits.key_cert_sign()) {
            return Err(PathError::EndEntityUsedAsCa);
        }
    }
    Ok(())
}

fn fault(error: &PathError) -> CertificateFault {
    let constraint = |problem| CertificateFault::Constraint { problem };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "webpki's errors are non-exhaustive; what is not known here refuses as malformed"
    )]
    match error {
        PathError::UnknownRevocationStatus => CertificateFault::RevocationUnknown,
        PathError::InvalidCrlSignatureForPublicKey
        | PathError::IssuerNotCrlSigner
        | PathError::UnsupportedCrlSignatureAlgorithmContext(_)
        | PathError::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => {
            CertificateFault::CrlInvalid
        }
        PathError::CaUsedAsEndEntity => CertificateFault::IsAuthority,
        PathError::EndEntityUsedAsCa => CertificateFault::NotAnIssuer,
        PathError::InvalidSignatureForPublicKey => CertificateFault::Signature,
        PathError::RequiredEkuNotFoundContext(_) | PathError::EmptyEkuExtension => {
            CertificateFault::ExtendedKeyUsage
        }
        PathError::UnsupportedSignatureAlgorithmContext(_)
        | PathError::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | PathError::SignatureAlgorithmMismatch => CertificateFault::AlgorithmRefused,
        PathError::NameConstraintViolation => {
            constraint("a name constraint of an issuer forbids the certificate")
        }
        PathError::PathLenConstraintViolated => {
            constraint("the path is longer than an issuer's path length constraint allows")
        }
        PathError::UnsupportedCriticalExtension => {
            constraint("a certificate has a critical extension that is not known here")
        }
        PathError::MaximumNameConstraintComparisonsExceeded
        | PathError::MaximumPathBuildCallsExceeded
        | PathError::MaximumPathDepthExceeded
        | PathError::MaximumSignatureChecksExceeded => CertificateFault::PathLimit,
        _ => CertificateFault::Malformed,
    }
}
