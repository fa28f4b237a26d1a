//! Whom we trust to sign for one partner. Start at [`TrustStore`].
//!
//! A store holds the partner's own anchors, what helps to reach them, and revocation lists; it is
//! made from bytes and never changes. New files make a new store, so that nothing verified under
//! old ones lives on. Building paths is `path`'s.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::{CertificateDer, TrustAnchor};

use super::certificate::{SignerCertificate, certificates_from_pem, parse};
use super::digest::sha256;
use super::error::{CertificateFault, Error};
use super::form::Form;
use super::judged::{PathCertificate, StatusUsed};
use super::path::{self, Window};
use super::purpose::Demand;
use super::status::{
    Answer, Asked, Carried, Known, List, OcspResponse, RevocationList, StatusQuestion, Terms, When,
    ders,
};
use super::suite::{SuiteFault, Suites};

/// Certificates of one partner whose path is remembered. A partner signs with a few; beyond it the
/// memory starts anew, which costs time and nothing else.
const REMEMBERED_MAX: usize = 256;

/// Certificates of one partner of which responders are asked. A partner signs with a few; beyond it the
/// oldest is asked about again when it signs again.
const QUESTIONS_MAX: usize = 64;

/// Whether revocation was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// Something in force speaks of every certificate of the path, and none is revoked.
    Checked,
    /// The same, but what speaks of at least one of them ran out within the grace that the partner's
    /// profile gives.
    Grace,
    /// Nothing speaks of at least one certificate; those that something speaks of are not revoked.
    NotChecked,
}

/// The anchors, intermediates and revocation lists of one partner.
pub struct TrustStore {
    pub(super) anchors: Vec<Anchor>,
    pub(super) intermediates: Vec<CertificateDer<'static>>,
    /// Authorities whose lists are taken, DER, though nobody below them signs documents. They are no
    /// part of whom it trusts.
    pub(super) listing: Vec<Vec<u8>>,
    /// The lists of files.
    own: Vec<Arc<List>>,
    /// What authorities say of revocation: these, and what was fetched.
    pub(super) known: Known,
    pub(super) revocation_required: bool,
    /// The certificate policies that it accepts, dotted; none named, none is demanded.
    pub(super) policies: Vec<String>,
    /// How long what is known counts behind its next update.
    pub(super) grace: SignedDuration,
    pub(super) form: Form,
    /// Digest of each thing that whom it trusts depends on.
    says: Vec<[u8; 32]>,
    pinned: Option<Arc<SignerCertificate>>,
    /// Of which certificates responders can be asked, where they are; shared with the stores that are
    /// made of this one.
    questions: Option<Arc<Mutex<Vec<StatusQuestion>>>>,
    /// Paths verified in this store, by SHA-256 of the signer's certificate. The lock is held for
    /// look-ups only.
    remembered: Mutex<HashMap<[u8; 32], Remembered>>,
}

/// A trust anchor and the validity of the certificate that it came as.
#[derive(Clone)]
pub(super) struct Anchor {
    pub(super) anchor: TrustAnchor<'static>,
    pub(super) der: Vec<u8>,
    pub(super) facts: PathCertificate,
    /// Most authorities below it, where its basic constraints say so.
    pub(super) authorities_max: Option<usize>,
    /// Country and organisation, for telling a missing intermediate from a stranger.
    pub(super) belongs: Option<(String, String)>,
}

/// A certificate found trusted, and for how long that holds.
#[derive(Clone)]
struct Remembered {
    trusted: Trusted,
    window: Window,
}

/// A certificate found trusted.
#[derive(Clone)]
pub(super) struct Trusted {
    pub(super) certificate: Arc<SignerCertificate>,
    pub(super) revocation: Revocation,
    /// The authorities from its issuer up to the anchor; none for a pinned certificate.
    pub(super) authorities: Arc<[PathCertificate]>,
    /// What had a say on revocation.
    pub(super) statuses: Arc<[StatusUsed]>,
}

impl TrustStore {
    /// A store from PEM: at least one anchor; intermediates that messages need not carry; lists,
    /// each PEM (one or several) or DER.
    ///
    /// # Errors
    /// `TRUST_MALFORMED`, naming which file is at fault.
    pub fn from_pem(anchors: &[u8], intermediates: &[u8], crls: &[Vec<u8>]) -> Result<Self, Error> {
        let trust = |file, problem| Error::Trust { file, problem };
        let unreadable = |file| move |_| trust(file, "is no readable PEM");
        let ders = certificates_from_pem(anchors).map_err(unreadable("anchors"))?;
        if ders.is_empty() {
            return Err(trust("anchors", "has no certificate"));
        }
        let mut store = Self::empty();
        for der in ders {
            let anchor = Anchor::read(&der)
                .ok_or_else(|| trust("anchors", "has a malformed certificate"))?;
            store.says("anchor", &der);
            store.anchors.push(anchor);
        }
        for der in certificates_from_pem(intermediates).map_err(unreadable("intermediates"))? {
            parse(&der).map_err(|_| trust("intermediates", "has a malformed certificate"))?;
            store.says("intermediate", &der);
            store.intermediates.push(der.into());
        }
        store.read_lists(crls)?;
        Ok(store)
    }

    /// A store that trusts exactly one certificate (PEM), as it is: dates, key usage and strength
    /// are checked, an issuer is not looked for. Messages may then leave the certificate out.
    ///
    /// # Errors
    /// `TRUST_MALFORMED`.
    pub fn pinned(certificate_pem: &[u8]) -> Result<Self, Error> {
        Self::empty().pin(certificate_pem)
    }

    /// The same store, but only this certificate (PEM) may sign, with a path to the anchors.
    ///
    /// # Errors
    /// `TRUST_MALFORMED` unless there is exactly one certificate.
    pub fn pin(mut self, certificate_pem: &[u8]) -> Result<Self, Error> {
        let fault = |problem| Error::Trust {
            file: "pinned certificate",
            problem,
        };
        let ders =
            certificates_from_pem(certificate_pem).map_err(|_| fault("is no readable PEM"))?;
        let [der] = ders.as_slice() else {
            return Err(fault("must be exactly one certificate"));
        };
        let certificate = SignerCertificate::read(der).map_err(|_| fault("is malformed"))?;
        self.says("pinned", der);
        self.pinned = Some(Arc::new(certificate));
        Ok(self)
    }

    /// The same store, refusing certificates that no revocation list covers.
    #[must_use]
    pub fn requiring_revocation(mut self) -> Self {
        self.revocation_required = true;
        self
    }

    /// The same store, where what is known of revocation counts for a time behind its next update: an
    /// outage of the authority does not stop the exchange at once. Verdicts say that it was so.
    #[must_use]
    pub fn with_grace(mut self, grace: SignedDuration) -> Self {
        self.grace = grace;
        self
    }

    /// The same store, for whose certificates responders are asked: it remembers of which, so that
    /// their answers can be fetched. `responders` (PEM) are trusted to answer beside those that an
    /// issuer certified for it; there may be none.
    ///
    /// # Errors
    /// `TRUST_MALFORMED`.
    pub fn asking_responders(mut self, responders: &[u8]) -> Result<Self, Error> {
        let fault = |problem| Error::Trust {
            file: "responders",
            problem,
        };
        let ders = certificates_from_pem(responders).map_err(|_| fault("are no readable PEM"))?;
        for der in &ders {
            parse(der).map_err(|_| fault("have a malformed certificate"))?;
            self.says("responder", der);
        }
        self.known = Known::new(self.own.clone()).with_responses(Vec::new(), ders.into());
        self.questions = Some(Arc::default());
        Ok(self)
    }

    /// Certificates on trusted paths of which responders can be asked, the last come last.
    pub fn questions(&self) -> Vec<StatusQuestion> {
        let questions = self.questions.as_ref();
        let questions = questions.map(|it| it.lock().unwrap_or_else(PoisonError::into_inner));
        questions.map_or_else(Vec::new, |it| it.iter().cloned().collect())
    }

    /// Notes of which certificate a responder can be asked.
    pub(super) fn note(&self, certificate: &[u8], issuer: &[u8]) {
        let Some(questions) = &self.questions else {
            return;
        };
        let mut questions = questions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |it: &StatusQuestion| it.certificate == certificate && it.issuer == issuer;
        if questions.iter().any(known) {
            return;
        }
        if questions.len() >= QUESTIONS_MAX {
            questions.remove(0);
        }
        questions.push(StatusQuestion {
            certificate: certificate.to_vec(),
            issuer: issuer.to_vec(),
        });
    }

    /// Whether an answer is one to a question, at a time, from somebody who may give it: what it says
    /// may be good, revoked or unknown. One that bears another nonce than was sent is another's.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn accepts(
        &self,
        response: &OcspResponse,
        question: &StatusQuestion,
        nonce: &[u8],
        suites: &Suites,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        if response.0.bears(nonce) == Some(false) {
            return Err("the answer bears another nonce than the question");
        }
        let read = |der| parse(der).map_err(|_| "the certificate is malformed");
        let (certificate, issuer) = (read(&question.certificate)?, read(&question.issuer)?);
        let asked = Asked {
            certificate: &certificate,
            is_authority: false,
            issuer: &issuer,
        };
        let terms = Terms {
            algorithms: suites.path(),
            when: When::Now(now),
            grace: SignedDuration::ZERO,
        };
        match response.0.answer(&asked, &self.known, &terms) {
            Answer::Good(_) | Answer::Revoked(_) => Ok(()),
            Answer::RanOut(_) => Err("the answer ran out"),
            Answer::Unknown | Answer::Invalid => Err(
                "the answer does not know the certificate, is about another, is of the future, or \
                 is by nobody who may give it",
            ),
        }
    }

    /// What files say of whom to trust, with these lists and answers in the place of any that were
    /// fetched before. It is a store of its own: nothing that was verified lives on in it.
    #[must_use]
    pub fn with_fetched(
        &self,
        lists: impl IntoIterator<Item = RevocationList>,
        responses: impl IntoIterator<Item = OcspResponse>,
    ) -> Self {
        let lists = lists.into_iter().map(|list| list.0);
        let responses = responses.into_iter().map(|response| response.0).collect();
        let known = Known::new(self.own.iter().cloned().chain(lists).collect());
        let known = known.with_responses(responses, Arc::clone(self.known.responders()));
        Self {
            anchors: self.anchors.clone(),
            intermediates: self.intermediates.clone(),
            listing: self.listing.clone(),
            own: self.own.clone(),
            known,
            revocation_required: self.revocation_required,
            policies: self.policies.clone(),
            grace: self.grace,
            form: self.form,
            says: self.says.clone(),
            pinned: self.pinned.clone(),
            questions: self.questions.clone(),
            remembered: Mutex::default(),
        }
    }

    /// The authorities of this store whose lists are taken, DER.
    pub(super) fn authorities(&self) -> impl Iterator<Item = &[u8]> {
        let anchors = self.anchors.iter().map(|anchor| anchor.der.as_slice());
        let intermediates = self.intermediates.iter().map(AsRef::as_ref);
        let listing = self.listing.iter().map(Vec::as_slice);
        anchors.chain(intermediates).chain(listing)
    }

    /// Whether an authority of this store signed a list, and may.
    pub fn vouches_for(&self, list: &RevocationList, suites: &Suites) -> bool {
        self.authorities()
            .any(|der| parse(der).is_ok_and(|issuer| list.0.is_signed_by(&issuer, suites.path())))
    }

    /// The same store, refusing paths whose certificates and lists are not made by these rules.
    ///
    /// # Errors
    /// `TRUST_MALFORMED` when a revocation list is not.
    pub fn in_form(mut self, form: Form) -> Result<Self, Error> {
        let lists = self.known.lists().iter();
        let mut problems = lists.filter_map(|list| list.form().err());
        match problems.next() {
            Some(problem) if form != Form::Any => Err(Error::Trust {
                file: "revocation lists",
                problem,
            }),
            _ => {
                self.form = form;
                self.remembered = Mutex::default();
                Ok(self)
            }
        }
    }

    /// Whether a certificate (DER, the first of those presented) has a path to the anchors at `now`
    /// and is good for what is demanded. The others presented are only hints.
    ///
    /// # Errors
    /// The first thing that is wrong, or the most specific of several.
    pub fn check_path(
        &self,
        presented: &[Vec<u8>],
        demand: &Demand<'_>,
        suites: &Suites,
        now: Timestamp,
    ) -> Result<Vec<PathCertificate>, CertificateFault> {
        let (leaf, others) = presented.split_first().ok_or(CertificateFault::Missing)?;
        let leaf = SignerCertificate::read(leaf)?;
        let others: Vec<&[u8]> = others.iter().map(Vec::as_slice).collect();
        let when = When::Now(now);
        let found = path::validate(self, &self.known, &leaf, &others, demand, suites, when);
        found.map(|found| found.authorities)
    }

    /// Digest of what is trusted: anchors, intermediates, what the lists say of which certificates, and
    /// the demands. The order of files, and a list issued again that says the same, change nothing.
    pub fn sha256(&self) -> [u8; 32] {
        let mut says = self.says.clone();
        says.extend(self.known.says().map(|word| said("list", &word)));
        says.sort_unstable();
        let mut bytes = says.concat();
        bytes.push(u8::from(self.revocation_required));
        // A digest of a store without a grace is what it was before there was one.
        if self.grace.is_positive() {
            bytes.extend_from_slice(&self.grace.as_secs().to_be_bytes());
        }
        // A digest of a store that demands no form is what it was before there was one.
        match self.form {
            Form::Any => {}
            Form::Rfc5280 => bytes.push(1),
            Form::WebPki => bytes.push(2),
        }
        sha256(&bytes)
    }

    pub(super) fn says(&mut self, kind: &str, what: &[u8]) {
        self.says.push(said(kind, what));
    }

    fn empty() -> Self {
        Self {
            anchors: Vec::new(),
            intermediates: Vec::new(),
            listing: Vec::new(),
            own: Vec::new(),
            known: Known::default(),
            revocation_required: false,
            policies: Vec::new(),
            grace: SignedDuration::ZERO,
            form: Form::Any,
            says: Vec::new(),
            pinned: None,
            questions: None,
            remembered: Mutex::default(),
        }
    }

    fn read_lists(&mut self, crls: &[Vec<u8>]) -> Result<(), Error> {
        let fault = |problem| Error::Trust {
            file: "revocation lists",
            problem,
        };
        let mut lists = Vec::new();
        for bytes in crls {
            for der in ders(bytes).ok_or_else(|| fault("has an unreadable PEM"))? {
                lists.push(Arc::new(List::read(&der).map_err(fault)?));
            }
        }
        self.own = lists;
        self.known = Known::new(self.own.clone());
        Ok(())
    }

    /// Finds out which of the presented certificates signed, and whether it may.
    pub(super) fn judge(
        &self,
        presented: &[Vec<u8>],
        carried: &Carried,
        suites: &Suites,
        when: When,
    ) -> Result<Trusted, CertificateFault> {
        // What was proven to be there earlier is judged by other rules, and seldom; what a message
        // carries of revocation counts for that message.
        let recall = |sha256: &[u8; 32]| match when {
            When::Now(now) if carried.is_empty() => self.recall(sha256, now),
            When::Now(_) | When::Proven(_) => None,
        };
        if let Some(first) = presented.first()
            && let Some(trusted) = recall(&sha256(first))
        {
            return Ok(trusted);
        }
        let (leaf, others) = self.leaf(presented)?;
        if self
            .pinned
            .as_ref()
            .is_some_and(|pinned| pinned.sha256 != leaf.sha256)
        {
            return Err(CertificateFault::NotPinned);
        }
        if let Some(trusted) = recall(&leaf.sha256) {
            return Ok(trusted);
        }
        let found = if self.anchors.is_empty() {
            leaf.check_dates(when.at(), "signer's")?;
            if self.revocation_required {
                return Err(CertificateFault::RevocationUnknown);
            }
            path::Found::alone(&leaf)
        } else {
            let with_carried;
            let known = match carried.is_empty() {
                true => &self.known,
                false => {
                    with_carried = self.known.and(carried);
                    &with_carried
                }
            };
            let demand = Demand::default();
            path::validate(self, known, &leaf, &others, &demand, suites, when)?
        };
        path::check_key(&leaf)?;
        let trusted = Trusted {
            certificate: leaf,
            revocation: found.revocation,
            authorities: found.authorities.into(),
            statuses: found.statuses.into(),
        };
        if matches!(when, When::Now(_)) && carried.is_empty() {
            self.remember(&trusted, found.window);
        }
        Ok(trusted)
    }

    /// The signer's certificate among those presented, in any order: the one that issued none of
    /// the others (XMLDSig 1.1 section 4.5.4 gives no order).
    fn leaf<'p>(&self, presented: &'p [Vec<u8>]) -> Result<Leaf<'p>, CertificateFault> {
        let mut read = Vec::with_capacity(presented.len());
        for der in presented {
            read.push((parse(der)?, der));
        }
        let issued_none = |(at, (candidate, _)): &(usize, &(_, &'p Vec<u8>))| {
            let candidate: &x509_parser::prelude::X509Certificate<'_> = candidate;
            let mut others = read.iter().enumerate().filter(|(other, _)| other != at);
            !others.any(|(_, (other, _))| other.issuer().as_raw() == candidate.subject().as_raw())
        };
        let leaf = read.iter().enumerate().find(issued_none);
        match (
            leaf.or_else(|| read.iter().enumerate().next()),
            &self.pinned,
        ) {
            (Some((at, (_, der))), _) => {
                let others = presented.iter().enumerate();
                let others = others.filter(|(other, _)| *other != at);
                Ok((
                    Arc::new(SignerCertificate::read(der)?),
                    others.map(|(_, der)| der.as_slice()).collect(),
                ))
            }
            (None, Some(pinned)) => Ok((Arc::clone(pinned), Vec::new())),
            (None, None) => Err(CertificateFault::Missing),
        }
    }

    fn recall(&self, sha256: &[u8; 32], now: Timestamp) -> Option<Trusted> {
        let remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let found = remembered.get(sha256)?;
        found.window.contains(now).then(|| found.trusted.clone())
    }

    fn remember(&self, trusted: &Trusted, window: Window) {
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(
            trusted.certificate.sha256,
            Remembered {
                trusted: trusted.clone(),
                window,
            },
        );
    }
}

/// Digest of one thing that whom a store trusts depends on.
fn said(kind: &str, what: &[u8]) -> [u8; 32] {
    sha256(&[kind.as_bytes(), what].concat())
}

/// The signer's certificate and the others that came with it.
type Leaf<'p> = (Arc<SignerCertificate>, Vec<&'p [u8]>);

impl fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustStore")
            .field("anchors", &self.anchors.len())
            .field("intermediates", &self.intermediates.len())
            .field("lists", &self.known.lists().len())
            .field("pinned", &self.pinned.is_some())
            .field("revocation_required", &self.revocation_required)
            .finish_non_exhaustive()
    }
}

impl Anchor {
    fn read(der: &[u8]) -> Option<Self> {
        let certificate = parse(der).ok()?;
        let constraints = certificate.basic_constraints().ok()?;
        let below = constraints.and_then(|extension| extension.value.path_len_constraint);
        let anchor_der = CertificateDer::from(der);
        let anchor = webpki::anchor_from_trusted_cert(&anchor_der).ok()?;
        Some(Self {
            anchor: anchor.to_owned(),
            der: der.to_vec(),
            facts: PathCertificate::read(der).ok()?,
            authorities_max: below.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
            belongs: path::belongs(certificate.subject()),
        })
    }

    pub(super) fn valid_at(&self, now: Timestamp) -> bool {
        let (from, until) = (self.facts.not_before, self.facts.not_after);
        (from.as_second()..=until.as_second()).contains(&now.as_second())
    }
}

impl From<SuiteFault> for CertificateFault {
    fn from(fault: SuiteFault) -> Self {
        match fault {
            SuiteFault::WeakKey { bits, min } => Self::WeakKey { bits, min },
            SuiteFault::Key
            | SuiteFault::Length { .. }
            | SuiteFault::Mismatch
            | SuiteFault::Sign => Self::Malformed,
        }
    }
}
