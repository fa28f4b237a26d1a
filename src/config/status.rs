//! What is known of revocation beside lists in files, and what it means when nothing newer comes:
//! `[signing.status]` of a partner's profile.
//!
//! Start at [`StatusSection`].

use std::time::Duration;

use http::Uri;
use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::error::Problem;
use super::source::Source;

/// Longest grace: 30 days, as long as lists of authorities commonly hold.
const GRACE_HOURS_MAX: u64 = 720;

/// Most addresses of one partner: a complete list and a delta for each of a handful of authorities.
const URLS_MAX: usize = 16;
/// Most responders of one partner: one for each of a handful of authorities, or one and its stand-in. A
/// message may wait for two that are silent.
const RESPONDERS_MAX: usize = 4;
/// Longest address: what proxies and servers commonly take.
const URL_BYTES_MAX: usize = 2048;
/// Seconds between two requests for a list when the profile does not say: a revocation is known within
/// a quarter of an hour.
const REFRESH_DEFAULT: u64 = 900;

/// Where lists are fetched.
#[derive(Debug, Clone, Default)]
pub struct StatusSources {
    /// Where lists are, complete ones and deltas; plain HTTP.
    pub crl_urls: Vec<Uri>,
    /// Where a responder is, if one is asked.
    pub ocsp: Option<OcspSource>,
    /// How often they are asked for.
    pub refresh: Duration,
}

/// A responder (OCSP, RFC 6960).
#[derive(Debug, Clone)]
pub struct OcspSource {
    /// Where it is; plain HTTP. Of several the next is asked where one gives no answer that counts.
    pub urls: Vec<Uri>,
    /// Certificates of responders that are trusted to answer beside those that an issuer certified
    /// for it, PEM; may be empty.
    pub responders: Vec<u8>,
    /// Whether an answer without the nonce of its question is none.
    pub nonce_required: bool,
}

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusSection {
    #[serde(default)]
    outage: Option<Spanned<Outage>>,
    grace_hours: Option<Spanned<u64>>,
    #[serde(default)]
    crl_urls: Vec<Spanned<String>>,
    ocsp_url: Option<Spanned<String>>,
    #[serde(default)]
    ocsp_urls: Vec<Spanned<String>>,
    ocsp_responders: Option<Spanned<String>>,
    #[serde(default)]
    ocsp_nonce: Nonce,
    refresh_seconds: Option<Spanned<u64>>,
}

/// What an answer without a nonce is worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Nonce {
    /// As much as any: many responders make their answers ahead.
    #[default]
    IfPresent,
    /// Nothing.
    Required,
}

/// What it means that what is known ran out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outage {
    /// Nothing is accepted by it.
    #[default]
    Refuse,
    /// It counts for a time of grace, and the receipt says so.
    AcceptAndFlag,
}

impl StatusSection {
    /// Where lists are fetched.
    pub(super) fn sources(&self, source: &mut Source) -> StatusSources {
        let key = "signing.status.crl_urls";
        if let Some(last) = self.crl_urls.get(URLS_MAX) {
            let expected = "at most 16 addresses";
            source.fault(last.span(), key, Problem::Value { expected });
        }
        let urls = self.crl_urls.iter().take(URLS_MAX);
        let crl_urls = urls.filter_map(|url| address(source, url, key)).collect();
        let ocsp = self.ocsp(source);
        let refresh = source.number(
            self.refresh_seconds.as_ref(),
            "signing.status.refresh_seconds",
            REFRESH_DEFAULT,
            5..=86_400,
        );
        StatusSources {
            crl_urls,
            ocsp,
            refresh: Duration::from_secs(refresh),
        }
    }

    fn ocsp(&self, source: &mut Source) -> Option<OcspSource> {
        let key = "signing.status.ocsp_urls";
        if let (Some(_), Some(first)) = (&self.ocsp_url, self.ocsp_urls.first()) {
            let expected = "given only without ocsp_url";
            source.fault(first.span(), key, Problem::Value { expected });
        }
        if let Some(last) = self.ocsp_urls.get(RESPONDERS_MAX) {
            let expected = "at most 4 addresses";
            source.fault(last.span(), key, Problem::Value { expected });
        }
        let one = self.ocsp_url.iter();
        let one = one.map(|url| (url, "signing.status.ocsp_url"));
        let several = self.ocsp_urls.iter().take(RESPONDERS_MAX);
        let named: Vec<_> = one.chain(several.map(|url| (url, key))).collect();
        if named.is_empty() {
            if let Some(file) = &self.ocsp_responders {
                let expected = "given only with ocsp_url or ocsp_urls";
                let key = "signing.status.ocsp_responders";
                source.fault(file.span(), key, Problem::Value { expected });
            }
            return None;
        }
        let urls = named.into_iter();
        let urls: Vec<Uri> = urls
            .filter_map(|(url, key)| address(source, url, key))
            .collect();
        let responders = match &self.ocsp_responders {
            None => Some(Vec::new()),
            Some(file) => source.bytes(file, "signing.status.ocsp_responders"),
        };
        Some(OcspSource {
            urls,
            responders: responders?,
            nonce_required: self.ocsp_nonce == Nonce::Required,
        })
    }

    /// How long what is known counts behind its next update.
    pub(super) fn grace(&self, source: &mut Source) -> SignedDuration {
        let key = "signing.status.grace_hours";
        let outage = self.outage.as_ref().map(|it| *it.get_ref());
        match (outage.unwrap_or_default(), &self.grace_hours) {
            (Outage::AcceptAndFlag, Some(hours)) => {
                let hours = source.number(Some(hours), key, 1, 1..=GRACE_HOURS_MAX);
                SignedDuration::from_hours(i64::try_from(hours).unwrap_or_default())
            }
            (Outage::AcceptAndFlag, None) => {
                let expected = "\"refuse\"; or \"accept-and-flag\" together with grace_hours";
                let span = self.outage.as_ref().map(Spanned::span).unwrap_or_default();
                source.fault(span, "signing.status.outage", Problem::Value { expected });
                SignedDuration::ZERO
            }
            (Outage::Refuse, Some(hours)) => {
                let expected = "given only with outage = \"accept-and-flag\"";
                source.fault(hours.span(), key, Problem::Value { expected });
                SignedDuration::ZERO
            }
            (Outage::Refuse, None) => SignedDuration::ZERO,
        }
    }
}

/// A plain HTTP address: what is fetched there is signed by its authority.
fn address(source: &mut Source, url: &Spanned<String>, key: &str) -> Option<Uri> {
    let expected = "an address of the form http://host/path of at most 2048 characters";
    let read: Uri = source.value(url, key, expected)?;
    let bare = read.scheme_str() == Some("http")
        && read
            .authority()
            .is_some_and(|it| !it.as_str().contains('@') && !it.host().is_empty())
        && url.get_ref().len() <= URL_BYTES_MAX;
    if !bare {
        source.fault(url.span(), key, Problem::Value { expected });
    }
    bare.then_some(read)
}
