//! Certificate paths: from a signer's certificate to one of the partner's anchors (RFC 5280 section
//! 6), by webpki. Start at [`validate`].
//!
//! Beside what webpki checks: the anchor's own validity and path length, `keyCertSign` of
//! intermediates, that no TLS certificate signs documents, what is known of revocation (`status`), and
//! errors that say what to do. webpki tries every path within a budget and reports the most specific
//! error of all.

use std::cell::Cell;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error as PathError, VerifiedPath};
use x509_parser::prelude::{X509Certificate, X509Name};

use super::certificate::{SignerCertificate, Usage, key_usage, parse, timestamp};
use super::error::CertificateFault;
use super::form::{self, Form, Role};
use super::judged::{PathCertificate, StatusUsed};
use super::key::KeyKind;
use super::policies::{self, PolicyFault};
use super::purpose::Demand;
use super::status::{Answer, Asked, Known, Revoked, Terms, When};
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
    /// What authorities say of revocation, as far as it had a say.
    pub(super) statuses: Vec<StatusUsed>,
    /// Whether that covers all of it.
    pub(super) revocation: Revocation,
}

impl Found {
    /// A certificate that is trusted as it is.
    pub(super) fn alone(certificate: &SignerCertificate) -> Self {
        Self {
            window: Window::of(certificate),
            authorities: Vec::new(),
            statuses: Vec::new(),
            revocation: Revocation::NotChecked,
        }
    }
}

/// Finds a path.
pub(super) fn validate(
    store: &TrustStore,
    known: &Known,
    leaf: &SignerCertificate,
    others: &[&[u8]],
    demand: &Demand<'_>,
    suites: &Suites,
    when: When,
) -> Result<Found, CertificateFault> {
    let own = store.intermediates.iter().map(AsRef::as_ref);
    let intermediates: Vec<CertificateDer<'_>> = others
        .iter()
        .copied()
        .chain(own)
        .map(CertificateDer::from)
        .collect();
    let now = when.at();
    let valid: Vec<TrustAnchor<'_>> = store
        .anchors
        .iter()
        .filter(|anchor| anchor.valid_at(now))
        .map(|anchor| anchor.anchor.clone())
        .collect();
    let search = Search {
        store,
        known,
        leaf,
        intermediates: &intermediates,
        demand,
        suites,
        when,
        now,
        malformed: Cell::new(None),
        policy: Cell::new(None),
        fell: Cell::new(Fell::Not),
        revoked: Cell::new(None),
        ran_out: Cell::new(None),
    };
    let mut found = search.run(&valid, Standard::Fresh);
    let is_ignorant = |fell: Fell| matches!(fell, Fell::Unknown | Fell::RanOut);
    if store.grace.is_positive() && found.is_err() && is_ignorant(search.fell.get()) {
        found = search.run(&valid, Standard::Grace);
    }
    if !store.revocation_required && found.is_err() && search.fell.get() == Fell::Unknown {
        found = search.run(&valid, Standard::Any);
    }
    // What a path that is else in order fell by says more than what was wrong with another one.
    let found = match (found, search.fell.get()) {
        (Ok(found), _) => found,
        (Err(error), Fell::Not) => return Err(search.explain(error, others.is_empty())),
        (Err(_), fell) => return Err(search.fault(fell)),
    };
    search.check_peer()?;
    Ok(found)
}

/// By what a path fell that is else in order. The worst comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fell {
    /// By nothing of the kind.
    Not,
    /// Nothing speaks of a certificate.
    Unknown,
    /// What speaks of it ran out.
    RanOut,
    /// What speaks of it is not its issuer's.
    Invalid,
    /// A certificate is revoked.
    Revoked,
}

/// How much must be known of revocation. The best path is looked for first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standard {
    /// Something in force speaks of every certificate.
    Fresh,
    /// The same, or it ran out within the grace that the profile gives.
    Grace,
    /// Nothing need speak of a certificate; what does must be as above.
    Any,
}

/// Key usage and strength of a certificate that a path was found for.
pub(super) fn check_key(leaf: &SignerCertificate) -> Result<(), CertificateFault> {
    if leaf.usage == Usage::SignsNot {
        return Err(CertificateFault::KeyUsage);
    }
    if !leaf.key.has_sound_exponent() {
        return Err(CertificateFault::WeakExponent);
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
    /// What is known of revocation: what the store has, and what the message carries.
    known: &'a Known,
    leaf: &'a SignerCertificate,
    intermediates: &'a [CertificateDer<'a>],
    demand: &'a Demand<'a>,
    suites: &'a Suites,
    when: When,
    /// The time of `when`.
    now: Timestamp,
    /// What was wrong with the form of the last path that was looked at.
    malformed: Cell<Option<&'static str>>,
    /// What was wrong with the policies of the last path.
    policy: Cell<Option<PolicyFault>>,
    /// By what the worst path fell that was looked at.
    fell: Cell<Fell>,
    /// What was revoked on the paths that were looked at.
    revoked: Cell<Option<Revoked>>,
    /// When ran out what was known of the last path.
    ran_out: Cell<Option<Timestamp>>,
}

impl Search<'_> {
    fn run(&self, anchors: &[TrustAnchor<'_>], standard: Standard) -> Result<Found, PathError> {
        self.fell.set(Fell::Not);
        let der = CertificateDer::from(self.leaf.der.as_slice());
        let end_entity = EndEntityCert::try_from(&der)?;
        let path = self.path(&end_entity, anchors, standard)?;
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
        // Between two ends of what is known nothing changes.
        let terms = self.terms(standard);
        let (last, next) = self.known.ends(&terms, self.store.grace);
        window.narrow(last, next.saturating_sub(1));
        let statuses = self.statuses(&path, standard)?;
        let (statuses, revocation) = statuses.map_err(|_| PathError::UnknownRevocationStatus)?;
        Ok(Found {
            window,
            statuses,
            authorities,
            revocation,
        })
    }

    fn terms(&self, standard: Standard) -> Terms<'_> {
        Terms {
            algorithms: self.suites.path(),
            when: self.when,
            grace: match standard {
                Standard::Fresh => SignedDuration::ZERO,
                Standard::Grace | Standard::Any => self.store.grace,
            },
        }
    }

    /// What is known of the certificates of a path, the anchor's left out (RFC 5280 section 6.1.3 (a)
    /// (3)). Everything is asked before anything is said: that one of them is revoked is worse than
    /// that nothing is known of another.
    fn statuses(
        &self,
        path: &VerifiedPath<'_>,
        standard: Standard,
    ) -> Result<Result<(Vec<StatusUsed>, Revocation), Fell>, PathError> {
        let anchor = self.anchor_of(path).ok_or(PathError::BadDer)?;
        let between: Vec<_> = path
            .intermediate_certificates()
            .map(|it| it.der())
            .collect();
        let ders: Vec<&[u8]> = std::iter::once(self.leaf.der.as_slice())
            .chain(between.iter().map(AsRef::as_ref))
            .chain([anchor.der.as_slice()])
            .collect();
        let read: Result<Vec<X509Certificate<'_>>, _> = ders.iter().copied().map(parse).collect();
        let read = read.map_err(|_| PathError::BadDer)?;
        let terms = self.terms(standard);
        let (mut used, mut fell) = (Vec::new(), Fell::Not);
        let mut revocation = Revocation::Checked;
        for (at, pair) in read.windows(2).enumerate() {
            let [certificate, issuer] = pair else {
                continue;
            };
            let asked = Asked {
                certificate,
                is_authority: at > 0,
                issuer,
            };
            let answer = self.known.status(&asked, &terms);
            if !asked.is_authority || answer == Answer::Unknown {
                let whose = |at: usize| ders.get(at).copied().unwrap_or_default();
                self.store.note(whose(at), whose(at + 1));
            }
            match answer {
                Answer::Good(by) => used.extend(by),
                Answer::Unknown if standard == Standard::Any => {
                    revocation = Revocation::NotChecked;
                }
                Answer::Unknown => fell = fell.max(Fell::Unknown),
                Answer::Invalid => fell = fell.max(Fell::Invalid),
                Answer::RanOut(next_update) => {
                    self.ran_out.set(Some(next_update));
                    fell = fell.max(Fell::RanOut);
                }
                Answer::Revoked(revoked) => {
                    let before = self.revoked.get();
                    let all = before.map_or(revoked, |before| before.and(revoked));
                    self.revoked.set(Some(all));
                    fell = Fell::Revoked;
                }
            }
        }
        if fell != Fell::Not {
            return Ok(Err(fell));
        }
        if revocation == Revocation::Checked && used.iter().any(|it| it.ran_out) {
            revocation = Revocation::Grace;
        }
        used.dedup();
        Ok(Ok((used, revocation)))
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
        standard: Standard,
    ) -> Result<VerifiedPath<'p>, PathError> {
        end_entity.verify_for_usage(
            self.suites.path(),
            anchors,
            self.intermediates,
            unix(self.now),
            self.demand.purpose,
            None,
            Some(&|path| self.accept(path, standard)),
        )
    }

    /// What webpki does not look at. A path that is not accepted here is one of several: the search
    /// goes on.
    fn accept(&self, path: &VerifiedPath<'_>, standard: Standard) -> Result<(), PathError> {
        issuers_may_issue(path)?;
        self.policies(path)?;
        if let Err(fell) = self.statuses(path, standard)? {
            self.fell.set(self.fell.get().max(fell));
            // Which error is told does not matter: `fell` is asked first.
            return Err(PathError::UnknownRevocationStatus);
        }
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

    /// Whether the path is valid under a policy that is accepted.
    fn policies(&self, path: &VerifiedPath<'_>) -> Result<(), PathError> {
        let between = path.intermediate_certificates().map(|it| it.der());
        let between: Vec<_> = between.collect();
        let down = between.iter().rev().map(AsRef::as_ref);
        let ders: Vec<&[u8]> = down.chain([self.leaf.der.as_slice()]).collect();
        let read: Result<Vec<X509Certificate<'_>>, _> = ders.into_iter().map(parse).collect();
        let read = read.map_err(|_| PathError::BadDer)?;
        policies::hold(&read, &self.store.policies).map_err(|fault| {
            self.policy.set(Some(fault));
            PathError::MalformedExtensions
        })
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

    /// What a path fell by that is else in order.
    fn fault(&self, fell: Fell) -> CertificateFault {
        match fell {
            Fell::Not | Fell::Unknown => CertificateFault::RevocationUnknown,
            Fell::RanOut => CertificateFault::CrlExpired {
                next_update: self.ran_out.get().unwrap_or(Timestamp::MIN),
            },
            Fell::Invalid => CertificateFault::CrlInvalid,
            Fell::Revoked => CertificateFault::Revoked {
                since: self.revoked.get().map_or(Timestamp::MIN, |it| it.since),
                sound_before: self.revoked.get().is_some_and(|it| it.sound_before),
            },
        }
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
            PathError::UnknownIssuer => self.unknown_issuer(alone),
            PathError::MalformedExtensions if self.policy.get() == Some(PolicyFault::None) => {
                CertificateFault::Policy
            }
            PathError::MalformedExtensions if self.malformed.get().is_some() => {
                let problem = self.malformed.get().unwrap_or_default();
                CertificateFault::Form { problem }
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
            if out_of_date && self.run(&only, Standard::Any).is_ok() {
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

fn unix(time: Timestamp) -> UnixTime {
    let seconds = u64::try_from(time.as_second()).unwrap_or_default();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
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
