//! Whom we trust to sign for one partner. Start at [`TrustStore`].
//!
//! A store holds the partner's own anchors, what helps to reach them, and revocation lists; it is
//! made from bytes and never changes. New files make a new store, so that nothing verified under
//! old ones lives on. Building paths is `path`'s.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, TrustAnchor};
use webpki::{CertRevocationList, OwnedCertRevocationList};
use x509_parser::prelude::{CertificateRevocationList as ParsedCrl, FromDer};

use super::certificate::{SignerCertificate, certificates_from_pem, key_usage, parse, timestamp};
use super::digest::sha256;
use super::error::{CertificateFault, Error};
use super::form::{self, Form};
use super::judged::{ListUsed, PathCertificate};
use super::path::{self, Window};
use super::purpose::Demand;
use super::suite::{SuiteFault, Suites};

/// Certificates of one partner whose path is remembered. A partner signs with a few; beyond it the
/// memory starts anew, which costs time and nothing else.
const REMEMBERED_MAX: usize = 256;

/// Whether revocation was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// A list covers every certificate of the path, and none is on it.
    Checked,
    /// At least one certificate is covered by no list; those that are covered are not revoked.
    NotChecked,
}

/// The anchors, intermediates and revocation lists of one partner.
pub struct TrustStore {
    pub(super) anchors: Vec<Anchor>,
    pub(super) intermediates: Vec<CertificateDer<'static>>,
    /// The freshest list of an issuer stands first: webpki takes the first that fits.
    pub(super) lists: Vec<List>,
    pub(super) revocation_required: bool,
    pub(super) form: Form,
    /// Digest of each thing that whom it trusts depends on.
    says: Vec<[u8; 32]>,
    pinned: Option<Arc<SignerCertificate>>,
    /// Paths verified in this store, by SHA-256 of the signer's certificate. The lock is held for
    /// look-ups only.
    remembered: Mutex<HashMap<[u8; 32], Remembered>>,
}

/// A trust anchor and the validity of the certificate that it came as.
pub(super) struct Anchor {
    pub(super) anchor: TrustAnchor<'static>,
    pub(super) der: Vec<u8>,
    pub(super) facts: PathCertificate,
    /// Whether its key usage, if it has one, lets it sign revocation lists.
    signs_lists: bool,
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
    /// The revocation lists that had a say.
    pub(super) lists: Arc<[ListUsed]>,
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

    /// The same store, refusing paths whose certificates and lists are not made by these rules.
    ///
    /// # Errors
    /// `TRUST_MALFORMED` when a revocation list is not.
    pub fn in_form(mut self, form: Form) -> Result<Self, Error> {
        let mut problems = self.lists.iter().filter_map(|list| list.form.err());
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
        path::validate(self, &leaf, &others, demand, suites, now).map(|found| found.authorities)
    }

    /// Digest of what is trusted: anchors, intermediates, what the lists say of which certificates, and
    /// the demands. The order of files, and a list issued again that says the same, change nothing.
    pub fn sha256(&self) -> [u8; 32] {
        let mut says = self.says.clone();
        says.sort_unstable();
        let mut bytes = says.concat();
        bytes.push(u8::from(self.revocation_required));
        // A digest of a store that demands no form is what it was before there was one.
        match self.form {
            Form::Any => {}
            Form::Rfc5280 => bytes.push(1),
            Form::WebPki => bytes.push(2),
        }
        sha256(&bytes)
    }

    fn says(&mut self, kind: &str, what: &[u8]) {
        self.says.push(sha256(&[kind.as_bytes(), what].concat()));
    }

    fn empty() -> Self {
        Self {
            anchors: Vec::new(),
            intermediates: Vec::new(),
            lists: Vec::new(),
            revocation_required: false,
            form: Form::Any,
            says: Vec::new(),
            pinned: None,
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
            for der in list_ders(bytes).ok_or_else(|| fault("has an unreadable PEM"))? {
                let problem = "has a list that is malformed, or no complete version 2 list with a \
                               next update";
                lists.push(read_list(&der).ok_or_else(|| fault(problem))?);
            }
        }
        lists.sort_by_key(|(list, _)| std::cmp::Reverse(list.facts.this_update));
        for (list, says) in lists {
            self.says("list", &says);
            self.lists.push(list);
        }
        Ok(())
    }

    /// Whether a list is not one of an anchor that may sign none (RFC 5280 section 6.3.3 (f)); of
    /// other authorities webpki looks at it.
    pub(super) fn may_issue(&self, list: &ListUsed) -> bool {
        let mut anchors = self.anchors.iter();
        !anchors.any(|anchor| anchor.facts.subject == list.issuer && !anchor.signs_lists)
    }

    /// Finds out which of the presented certificates signed, and whether it may.
    pub(super) fn judge(
        &self,
        presented: &[Vec<u8>],
        suites: &Suites,
        now: Timestamp,
    ) -> Result<Trusted, CertificateFault> {
        if let Some(first) = presented.first()
            && let Some(trusted) = self.recall(&sha256(first), now)
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
        if let Some(trusted) = self.recall(&leaf.sha256, now) {
            return Ok(trusted);
        }
        let found = if self.anchors.is_empty() {
            leaf.check_dates(now, "signer's")?;
            if self.revocation_required {
                return Err(CertificateFault::RevocationUnknown);
            }
            path::Found::alone(&leaf)
        } else {
            path::validate(self, &leaf, &others, &Demand::default(), suites, now)?
        };
        path::check_key(&leaf)?;
        let trusted = Trusted {
            certificate: leaf,
            revocation: found.revocation,
            authorities: found.authorities.into(),
            lists: found.lists.into(),
        };
        self.remember(&trusted, found.window);
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

/// The signer's certificate and the others that came with it.
type Leaf<'p> = (Arc<SignerCertificate>, Vec<&'p [u8]>);

impl fmt::Debug for TrustStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustStore")
            .field("anchors", &self.anchors.len())
            .field("intermediates", &self.intermediates.len())
            .field("lists", &self.lists.len())
            .field("pinned", &self.pinned.is_some())
            .field("revocation_required", &self.revocation_required)
            .finish_non_exhaustive()
    }
}

impl Anchor {
    fn read(der: &[u8]) -> Option<Self> {
        let certificate = parse(der).ok()?;
        let usage = key_usage(&certificate).ok()?;
        let constraints = certificate.basic_constraints().ok()?;
        let below = constraints.and_then(|extension| extension.value.path_len_constraint);
        let anchor_der = CertificateDer::from(der);
        let anchor = webpki::anchor_from_trusted_cert(&anchor_der).ok()?;
        Some(Self {
            anchor: anchor.to_owned(),
            der: der.to_vec(),
            facts: PathCertificate::read(der).ok()?,
            signs_lists: usage.is_none_or(|bits| bits.crl_sign()),
            authorities_max: below.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
            belongs: path::belongs(certificate.subject()),
        })
    }

    pub(super) fn valid_at(&self, now: Timestamp) -> bool {
        let (from, until) = (self.facts.not_before, self.facts.not_after);
        (from.as_second()..=until.as_second()).contains(&now.as_second())
    }
}

/// A revocation list.
pub(super) struct List {
    pub(super) list: CertRevocationList<'static>,
    pub(super) facts: ListUsed,
    /// What is wrong with its form.
    form: Result<(), &'static str>,
}

/// The lists of a file: one DER, or a PEM text of at least one.
fn list_ders(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    // A DER list is a SEQUENCE.
    if bytes.first() == Some(&0x30) {
        return Some(vec![bytes.to_vec()]);
    }
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(bytes).collect();
    let ders: Vec<_> = lists.ok()?.into_iter().map(|der| der.to_vec()).collect();
    (!ders.is_empty()).then_some(ders)
}

/// A list; and its issuer, and what it says of which certificates.
fn read_list(der: &[u8]) -> Option<(List, Vec<u8>)> {
    let (_, parsed) = ParsedCrl::from_der(der).ok()?;
    let next_update = parsed.next_update()?.timestamp();
    let mut says = parsed.issuer().as_raw().to_vec();
    for entry in parsed.iter_revoked_certificates() {
        says.extend_from_slice(entry.raw_serial());
        says.extend_from_slice(&entry.revocation_date.timestamp().to_be_bytes());
        for extension in entry.extensions() {
            says.extend_from_slice(extension.value);
        }
    }
    let list = List {
        list: OwnedCertRevocationList::from_der(der).ok()?.into(),
        facts: ListUsed {
            issuer: parsed.issuer().to_string(),
            sha256: sha256(der),
            this_update: timestamp(parsed.last_update().timestamp()),
            next_update: timestamp(next_update),
        },
        form: form::check_list(&parsed),
    };
    Some((list, says))
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
