//! Whether a certificate is revoked, by what authorities say of it: revocation lists (RFC 5280 section
//! 5) and answers of responders (RFC 6960). Start at [`Known`].
//!
//! webpki finds paths; what is known of each certificate on them is judged here. Everything that is
//! known has a say: one genuine word that a certificate is revoked is enough, whatever else says
//! that it is good. A word holds from its issue until its next update, and for the time of grace
//! behind it where the partner's profile gives one.

mod fetched;
mod list;
mod ocsp;
mod scope;
mod signed;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::SignatureVerificationAlgorithm;
use x509_parser::prelude::X509Certificate;

use super::judged::StatusUsed;

pub use fetched::{OcspResponse, RevocationList, StatusQuestion};
pub use list::LIST_BYTES_MAX;
pub(super) use list::{List, ders};
pub(super) use ocsp::Response;
pub use ocsp::{OCSP_BYTES_MAX, OCSP_NONCE_BYTES};
pub(super) use signed::is_signed_by;

/// For which time a signature is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// It arrives now: a certificate that is revoked is so whatever the date of its revocation.
    Now(Timestamp),
    /// It is proven to have been there at this time, by a receipt of ours: what was revoked later
    /// vouches for it still, where the entry leaves no doubt that the key was its holder's then.
    Proven(Timestamp),
}

impl When {
    /// The time.
    pub fn at(self) -> Timestamp {
        match self {
            Self::Now(at) | Self::Proven(at) => at,
        }
    }
}

/// Why a certificate was revoked (RFC 5280 section 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The key may have been lost, or nobody says that it was not.
    Doubtful,
    /// The key was its holder's to the end.
    Sound,
    /// A delta takes back an entry of the list below it.
    Removed,
}

impl Reason {
    /// The reason of this code; 7 is not used.
    fn of(code: u8) -> Option<Self> {
        match code {
            // unspecified, keyCompromise, cACompromise, aACompromise.
            0..=2 | 10 => Some(Self::Doubtful),
            // affiliationChanged, superseded, cessationOfOperation, certificateHold,
            // privilegeWithdrawn.
            3..=6 | 9 => Some(Self::Sound),
            8 => Some(Self::Removed),
            _ => None,
        }
    }
}

/// That a certificate is revoked, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// When the authority revoked it.
    revoked_at: Timestamp,
    /// Since when the key or what the certificate says is not to be relied on (section 5.3.2).
    invalid_since: Option<Timestamp>,
    /// No reason is any reason.
    reason: Option<Reason>,
}

impl Entry {
    /// Since when it vouches for nothing.
    fn since(&self) -> Timestamp {
        self.invalid_since
            .map_or(self.revoked_at, |date| date.min(self.revoked_at))
    }

    /// Whether the key was its holder's until then. Where it may have been lost, only an invalidity
    /// date says since when.
    fn is_sound_before(&self) -> bool {
        match self.reason {
            Some(Reason::Sound | Reason::Removed) => true,
            Some(Reason::Doubtful) | None => self.invalid_since.is_some(),
        }
    }

    fn says(&self, says: &mut Vec<u8>) {
        let reason = self.reason.map_or(0, |reason| match reason {
            Reason::Doubtful => 1,
            Reason::Sound => 2,
            Reason::Removed => 3,
        });
        says.push(reason);
        let dates = [Some(self.revoked_at), self.invalid_since];
        for date in dates.into_iter().flatten() {
            says.extend_from_slice(&date.as_second().to_be_bytes());
        }
    }
}

/// A certificate of a path, and whoever issued it.
pub(super) struct Asked<'a> {
    pub(super) certificate: &'a X509Certificate<'a>,
    /// Whether it is an authority's.
    pub(super) is_authority: bool,
    pub(super) issuer: &'a X509Certificate<'a>,
}

/// What a message carries of what authorities say.
#[derive(Debug, Default)]
pub(super) struct Carried {
    pub(super) lists: Vec<Arc<List>>,
    pub(super) responses: Vec<Arc<Response>>,
}

impl Carried {
    pub(super) fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.responses.is_empty()
    }
}

/// What is known of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is not revoked, by these.
    Good(Vec<StatusUsed>),
    /// Nothing speaks of it.
    Unknown,
    /// What speaks of it is not signed by its issuer, or not by a key that may sign lists.
    Invalid,
    /// What speaks of it ran out, and there is no grace left.
    RanOut(Timestamp),
    /// It is revoked.
    Revoked(Revoked),
}

impl Answer {
    /// This and another word on the same certificate.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Revoked(one), Self::Revoked(other)) => Self::Revoked(one.and(other)),
            (revoked @ Self::Revoked(_), _) | (_, revoked @ Self::Revoked(_)) => revoked,
            (Self::Good(one), Self::Good(other)) => Self::Good(best(one, other)),
            (good @ Self::Good(_), _) | (_, good @ Self::Good(_)) => good,
            (Self::RanOut(one), Self::RanOut(other)) => Self::RanOut(one.max(other)),
            (ran_out @ Self::RanOut(_), _) | (_, ran_out @ Self::RanOut(_)) => ran_out,
            (Self::Invalid, _) | (_, Self::Invalid) => Self::Invalid,
            (Self::Unknown, Self::Unknown) => Self::Unknown,
        }
    }
}

/// Of two words that a certificate is good both, unless only one of them is in force.
fn best(mut one: Vec<StatusUsed>, other: Vec<StatusUsed>) -> Vec<StatusUsed> {
    let ran_out = |used: &[StatusUsed]| used.iter().any(|it| it.ran_out);
    match (ran_out(&one), ran_out(&other)) {
        (true, false) => other,
        (false, true) => one,
        (true, true) | (false, false) => {
            one.extend(other);
            one
        }
    }
}

/// Since when a certificate is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Revoked {
    pub(super) since: Timestamp,
    /// Whether the certificate vouched for its key until then.
    pub(super) sound_before: bool,
}

impl Revoked {
    /// Of several the earliest date counts, and one doubt is enough.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            since: self.since.min(other.since),
            sound_before: self.sound_before && other.sound_before,
        }
    }
}

/// All that is known, whoever says it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    lists: Vec<Arc<List>>,
    responses: Vec<Arc<Response>>,
    /// Certificates of responders that the profile names, DER.
    responders: Arc<[Vec<u8>]>,
}

/// By what a word is judged.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) algorithms: &'a [&'static dyn SignatureVerificationAlgorithm],
    pub(super) when: When,
    /// How long a word counts behind its next update.
    pub(super) grace: SignedDuration,
}

impl Terms<'_> {
    /// Whether a word that holds until `next_update`, that second left out, has run out: nothing, when
    /// it has and the grace too.
    fn ran_out(&self, next_update: Timestamp) -> Option<bool> {
        let (at, end) = (self.when.at().as_second(), next_update.as_second());
        match at < end {
            true => Some(false),
            false => (at < end.saturating_add(self.grace.as_secs())).then_some(true),
        }
    }

    /// What an entry means for the time that is asked for.
    fn revoked(&self, entry: &Entry) -> Option<Revoked> {
        let revoked = Revoked {
            since: entry.since(),
            sound_before: entry.is_sound_before(),
        };
        let vouched = match self.when {
            When::Now(_) => false,
            When::Proven(at) => revoked.sound_before && at < revoked.since,
        };
        (!vouched).then_some(revoked)
    }
}

impl Known {
    /// The freshest list stands first.
    pub(super) fn new(mut lists: Vec<Arc<List>>) -> Self {
        lists.sort_by_key(|list| std::cmp::Reverse(list.facts.this_update));
        Self {
            lists,
            responses: Vec::new(),
            responders: Arc::default(),
        }
    }

    /// The same with these answers, and these responders that may give them.
    pub(super) fn with_responses(
        mut self,
        responses: Vec<Arc<Response>>,
        responders: Arc<[Vec<u8>]>,
    ) -> Self {
        (self.responses, self.responders) = (responses, responders);
        self
    }

    /// The same, and what a message carries: it counts as what is fetched does, by its signature.
    pub(super) fn and(&self, carried: &Carried) -> Self {
        let lists = self.lists.iter().chain(&carried.lists).cloned();
        let mut responses = self.responses.clone();
        responses.extend(carried.responses.iter().cloned());
        Self::new(lists.collect()).with_responses(responses, Arc::clone(&self.responders))
    }

    /// The certificates of responders that the profile names.
    pub(super) fn responders(&self) -> &Arc<[Vec<u8>]> {
        &self.responders
    }

    /// What they say that a later word does not take back, one digest each.
    pub(super) fn says(&self) -> impl Iterator<Item = Vec<u8>> {
        let revoked = self.responses.iter().map(|response| response.says());
        let lists = self.lists.iter().map(|list| list.says.clone());
        lists.chain(revoked.filter(|says| !says.is_empty()))
    }

    pub(super) fn lists(&self) -> &[Arc<List>] {
        &self.lists
    }

    /// The last time at or before one at which what is known is worth something else than before, and
    /// the first one behind it, in seconds; with the grace each end of a word is two.
    pub(super) fn ends(&self, terms: &Terms<'_>, grace: SignedDuration) -> (i64, i64) {
        let at = terms.when.at().as_second();
        let ends = self.lists.iter().map(|list| list.facts.next_update);
        let answers = self.responses.iter().flat_map(|response| response.turns());
        let named = self.responders.iter().flat_map(|der| ocsp::validity(der));
        let ends = ends.chain(answers).chain(named).map(Timestamp::as_second);
        let (mut last, mut next) = (i64::MIN, i64::MAX);
        for end in ends.flat_map(|end| [end, end.saturating_add(grace.as_secs())]) {
            match end <= at {
                true => last = last.max(end),
                false => next = next.min(end),
            }
        }
        (last, next)
    }

    /// What is known of a certificate: one word that it is revoked is enough; else one in force that
    /// it is not; else what is left.
    pub(super) fn status(&self, asked: &Asked<'_>, terms: &Terms<'_>) -> Answer {
        let answers = self.responses.iter();
        let answers = answers.map(|response| response.answer(asked, self, terms));
        let lists = self.by_lists(asked, terms);
        std::iter::once(lists)
            .chain(answers)
            .reduce(Answer::and)
            .unwrap_or(Answer::Unknown)
    }

    /// The freshest complete list of its issuer that speaks of it, and the freshest delta over that.
    pub(super) fn by_lists(&self, asked: &Asked<'_>, terms: &Terms<'_>) -> Answer {
        let genuine = |list: &List| list.is_signed_by(asked.issuer, terms.algorithms);
        let of = || self.lists.iter().filter(|list| list.is_of(asked));
        let Some(complete) = of().find(|list| !list.is_delta() && genuine(list)) else {
            return match of().any(|list| !list.is_delta()) {
                true => Answer::Invalid,
                false => Answer::Unknown,
            };
        };
        let delta = of().find(|list| list.is_over(complete) && genuine(list));
        let serial = asked.certificate.raw_serial();
        let changed = delta.and_then(|delta| delta.entry(serial));
        let entry = match changed {
            Some(entry) if entry.reason == Some(Reason::Removed) => None,
            Some(entry) => Some(entry),
            None => complete.entry(serial),
        };
        if let Some(revoked) = entry.and_then(|entry| terms.revoked(entry)) {
            return Answer::Revoked(revoked);
        }
        let mut used = Vec::new();
        for list in std::iter::once(complete).chain(delta) {
            let next_update = list.facts.next_update;
            match terms.ran_out(next_update) {
                Some(ran_out) => used.push(StatusUsed {
                    ran_out,
                    ..list.facts.clone()
                }),
                None => return Answer::RanOut(next_update),
            }
        }
        Answer::Good(used)
    }
}
