//! What a partner has agreed to sign with, and when. Start at [`Agreed`].
//!
//! What counts is the moment for which a signature is judged. Dates are half-open: from the first
//! on, until before the second.

use std::sync::Arc;

use jiff::Timestamp;

use super::digest::RingDigest;
use super::suite::{Sm2Value, Suites};

/// A suite that a partner may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The `SignatureMethod` URI.
    pub uri: String,
    /// When.
    pub span: Span,
}

/// A time with a begin and an end, or without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first moment; `None`: since ever.
    pub from: Option<Timestamp>,
    /// The first moment that is no longer in it; `None`: for good.
    pub until: Option<Timestamp>,
}

impl Span {
    /// Whether it holds a moment.
    pub fn contains(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// The suites of a partner, with their dates and its exceptions.
#[derive(Debug, Clone)]
pub struct Agreed {
    terms: Vec<Term>,
    suites: Suites,
    /// When SHA-1 is taken in the digests of references, and the suites with it.
    sha1: Option<(Span, Suites)>,
}

impl Agreed {
    /// These of the standard suites.
    pub fn new(terms: Vec<Term>) -> Self {
        Self {
            terms,
            suites: Suites::standard(),
            sha1: None,
        }
    }

    /// Every standard suite, for good.
    pub fn all() -> Self {
        let suites = Suites::standard();
        let terms = suites.uris().map(|uri| Term {
            uri: uri.to_owned(),
            span: Span::default(),
        });
        Self::new(terms.collect())
    }

    /// The same, with what was agreed on SM2: how values are written, and the signer's user id.
    #[must_use]
    pub fn with_sm2(mut self, value: Sm2Value, user_id: &str) -> Self {
        self.suites.register_sm2(value, user_id);
        if let Some((_, suites)) = &mut self.sha1 {
            suites.register_sm2(value, user_id);
        }
        self
    }

    /// The same, with SHA-1 taken in the digests of references, and nowhere else, for a time.
    #[must_use]
    pub fn with_sha1_digests(mut self, from: Timestamp, until: Timestamp) -> Self {
        let span = Span {
            from: Some(from),
            until: Some(until),
        };
        let mut suites = self.suites.clone();
        suites.register_digest(Arc::new(RingDigest::SHA1));
        self.sha1 = Some((span, suites));
        self
    }

    /// The suites with their dates.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The algorithms that exist at a moment.
    pub fn suites(&self, now: Timestamp) -> &Suites {
        match &self.sha1 {
            Some((span, suites)) if span.contains(now) => suites,
            Some(_) | None => &self.suites,
        }
    }

    /// The `SignatureMethod` URIs that may be used at a moment.
    pub fn allowed(&self, now: Timestamp) -> Vec<String> {
        let terms = self.terms.iter().filter(|term| term.span.contains(now));
        terms.map(|term| term.uri.clone()).collect()
    }
}
