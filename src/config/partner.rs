//! A partner's profile: who it is on the wire, whose signatures count, what it may use up.
//!
//! Start at [`Partner`].

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::CertificateDer;
use serde::Deserialize;
use toml::Spanned;

use super::certificate::{CertificateFacts, read_certificates};
use super::error::Problem;
use super::source::Source;
use super::status::{StatusSection, StatusSources};
use crate::crypto::{Agreed, SM2_USER_ID, Sm2Value, Span, Suites, Term, TrustStore};
use crate::model::{PartyId, Sha256};

/// Refused originals kept per partner and day when the profile does not say, in messages.
const REFUSED_MESSAGES_DEFAULT: u64 = 1_000;
/// Refused originals kept per partner and day when the profile does not say, in bytes: 256 MiB.
const REFUSED_BYTES_DEFAULT: u64 = 256 << 20;
/// Connections of one partner at once when its profile does not say.
const CONNECTIONS_DEFAULT: u64 = 32;
/// Deliveries under way to one partner at once, across its cases, when its profile does not say: a
/// quarter of what a gateway takes from one partner by default. With 16, deliveries of 10 ms each would
/// end at 1,600 a second.
const IN_FLIGHT_DEFAULT: u64 = 32;
/// Most pins of one partner: a key in use and its successors on several machines.
const PINS_MAX: usize = 64;

/// Longest user id of SM2: its length in bits takes 16 bits (GB/T 32918.2 section 5.5).
const SM2_USER_ID_MAX: usize = 8191;

/// A partner, checked.
#[derive(Debug, Clone)]
pub struct Partner {
    /// The profile's file.
    pub file: PathBuf,
    /// Who it is.
    pub party: PartyId,
    /// Its gateway, `https://host:port`, without a path.
    pub url: String,
    /// How it is recognised on a connection, either way.
    pub tls: PartnerTls,
    /// Until when it may use TLS 1.2; `None`: never.
    pub tls12_until: Option<Timestamp>,
    /// Whose signatures count as its own.
    pub signing: SigningTrust,
    /// What it may write as sender in its messages; empty: whatever the lane says.
    pub senders: Vec<String>,
    /// What it may write as recipient in its messages; empty: whatever the lane says.
    pub recipients: Vec<String>,
    /// How much of what we refuse is kept.
    pub quota: Quota,
    /// Connections it may hold open to us at once.
    pub connections_max: usize,
    /// Deliveries that we have under way to it at once.
    pub in_flight_max: usize,
}

/// How a partner is recognised by its TLS certificate.
#[derive(Debug, Clone)]
pub enum PartnerTls {
    /// A chain to one of the anchors, and this URI among the leaf's subject alternative names.
    Anchored {
        /// The anchors, DER.
        anchors: Vec<CertificateDer<'static>>,
        /// The URI.
        san_uri: String,
    },
    /// Exactly these keys: SHA-256 of the SubjectPublicKeyInfo.
    Pinned(Vec<Sha256>),
}

/// Whose signatures count as a partner's, as bytes for `crypto`.
#[derive(Debug, Clone)]
pub struct SigningTrust {
    /// Trust anchors, PEM.
    pub anchors: Vec<u8>,
    /// The first expiry among the anchors.
    pub anchors_expire: Timestamp,
    /// Intermediate certificates, PEM; may be empty.
    pub intermediates: Vec<u8>,
    /// Revocation lists, each PEM or DER.
    pub crls: Vec<Vec<u8>>,
    /// The certificate policies of which its certificates must have one, dotted OIDs; none named, none
    /// is demanded.
    pub policies: Vec<String>,
    /// What happens without a revocation list for an issuer.
    pub revocation: RevocationPolicy,
    /// How long what is known of revocation counts behind its next update; zero when it does not.
    pub grace: SignedDuration,
    /// Where what is known of revocation is fetched.
    pub status: StatusSources,
    /// What it may sign with, and when; never nothing.
    pub agreed: Agreed,
}

/// What happens when no revocation list covers a certificate's issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationPolicy {
    /// A list is checked when there is one; without one the receipt says that none was checked.
    IfPresent,
    /// Without a list the signature is refused.
    Required,
}

/// How much of what we refuse from a partner is kept in a day; beyond it only the digest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Messages.
    pub messages_per_day: u64,
    /// Bytes.
    pub bytes_per_day: u64,
}

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartnerFile {
    pub(super) party: Spanned<String>,
    url: Spanned<String>,
    pub(super) tls: Spanned<TlsSection>,
    signing: SigningSection,
    #[serde(default)]
    identifiers: IdentifiersSection,
    #[serde(default)]
    limits: LimitsSection,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TlsSection {
    pins: Option<Vec<Spanned<String>>>,
    anchors: Option<Spanned<String>>,
    san_uri: Option<Spanned<String>>,
    tls12_until: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SigningSection {
    anchors: Spanned<String>,
    intermediates: Option<Spanned<String>>,
    #[serde(default)]
    crls: Vec<Spanned<String>>,
    revocation: RevocationPolicy,
    policies: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    status: StatusSection,
    suites: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    dated_suites: Vec<DatedSuiteSection>,
    sm2: Option<Sm2Section>,
    sha1_digests: Option<Sha1DigestsSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatedSuiteSection {
    uri: Spanned<String>,
    from: Option<Spanned<String>>,
    until: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sm2Section {
    user_id: Option<Spanned<String>>,
    #[serde(default)]
    value: Sm2ValueName,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Sm2ValueName {
    Asn1,
    #[default]
    Fixed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sha1DigestsSection {
    from: Spanned<String>,
    until: Spanned<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct IdentifiersSection {
    senders: Vec<String>,
    recipients: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsSection {
    refused_messages_per_day: Option<Spanned<u64>>,
    refused_bytes_per_day: Option<Spanned<u64>>,
    connections_max: Option<Spanned<u64>>,
    in_flight_max: Option<Spanned<u64>>,
}

impl PartnerFile {
    pub(super) fn check(&self, source: &mut Source, own: Option<&PartyId>) -> Option<Partner> {
        let party: Option<PartyId> = source.value(
            &self.party,
            "party",
            "a party: 1 to 32 characters of A-Z, 0-9 and '-'",
        );
        if party.is_some() && party.as_ref() == own {
            source.fault(self.party.span(), "party", Problem::OwnParty);
        }
        let url = self.check_url(source);
        let tls = self.tls.get_ref().check(source, self.tls.span());
        let tls12_until = self.tls.get_ref().tls12_until.as_ref();
        let tls12_until = tls12_until.map(|until| {
            let expected = "a time in RFC 3339, such as 2026-01-01T00:00:00Z";
            source.value(until, "tls.tls12_until", expected)
        });
        let signing = self.signing.check(source, tls.as_ref());
        let limits = &self.limits;
        let count = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let mut number = |value: &Option<Spanned<u64>>, key, default, range| {
            source.number(value.as_ref(), key, default, range)
        };
        let quota = Quota {
            messages_per_day: number(
                &limits.refused_messages_per_day,
                "limits.refused_messages_per_day",
                REFUSED_MESSAGES_DEFAULT,
                0..=1_000_000,
            ),
            bytes_per_day: number(
                &limits.refused_bytes_per_day,
                "limits.refused_bytes_per_day",
                REFUSED_BYTES_DEFAULT,
                0..=1 << 40,
            ),
        };
        let (connections_max, in_flight_max) = (
            number(
                &limits.connections_max,
                "limits.connections_max",
                CONNECTIONS_DEFAULT,
                1..=10_000,
            ),
            number(
                &limits.in_flight_max,
                "limits.in_flight_max",
                IN_FLIGHT_DEFAULT,
                1..=1_000,
            ),
        );
        Some(Partner {
            file: source.path().to_owned(),
            party: party?,
            url: url?,
            tls: tls?,
            tls12_until: tls12_until.flatten(),
            signing: signing?,
            senders: self.identifiers.senders.clone(),
            recipients: self.identifiers.recipients.clone(),
            quota,
            connections_max: count(connections_max),
            in_flight_max: count(in_flight_max),
        })
    }

    fn check_url(&self, source: &mut Source) -> Option<String> {
        let expected = "an address of the form https://host:port, without a path";
        let uri: http::Uri = source.value(&self.url, "url", expected)?;
        let bare = uri.scheme_str() == Some("https")
            && uri.authority().is_some_and(|a| !a.as_str().contains('@'))
            && matches!(uri.path(), "" | "/")
            && uri.query().is_none();
        if !bare {
            source.fault(self.url.span(), "url", Problem::Value { expected });
            return None;
        }
        Some(self.url.get_ref().trim_end_matches('/').to_owned())
    }
}

impl TlsSection {
    fn check(&self, source: &mut Source, span: std::ops::Range<usize>) -> Option<PartnerTls> {
        match (&self.pins, &self.anchors, &self.san_uri) {
            (Some(pins), None, None) if !pins.is_empty() && pins.len() <= PINS_MAX => {
                let expected = "a SHA-256 of 64 hexadecimal digits";
                let read = |pin| source.value(pin, "tls.pins", expected);
                Some(PartnerTls::Pinned(
                    pins.iter().map(read).collect::<Option<_>>()?,
                ))
            }
            (None, Some(anchors), Some(uri)) if !uri.get_ref().is_empty() => {
                Some(PartnerTls::Anchored {
                    anchors: read_certificates(source, anchors, "tls.anchors")?,
                    san_uri: uri.get_ref().clone(),
                })
            }
            _ => {
                source.fault(span, "tls", Problem::TlsIdentity);
                None
            }
        }
    }

    /// The pins and the URI with their places, for the check that no two partners share one.
    pub(super) fn identities(&self) -> impl Iterator<Item = (&Spanned<String>, &'static str)> {
        let pins = self.pins.iter().flatten().map(|pin| (pin, "tls.pins"));
        pins.chain(self.san_uri.iter().map(|uri| (uri, "tls.san_uri")))
    }
}

impl SigningSection {
    fn check(&self, source: &mut Source, tls: Option<&PartnerTls>) -> Option<SigningTrust> {
        let certificates = read_certificates(source, &self.anchors, "signing.anchors");
        let anchors = source.bytes(&self.anchors, "signing.anchors");
        let intermediates = match &self.intermediates {
            Some(file) => source.bytes(file, "signing.intermediates"),
            None => Some(Vec::new()),
        };
        let mut crls = Vec::new();
        for file in &self.crls {
            crls.extend(source.bytes(file, "signing.crls"));
        }
        let agreed = self.check_agreed(source);
        let grace = self.status.grace(source);
        let status = self.status.sources(source);
        let facts: Vec<CertificateFacts> = certificates?
            .iter()
            .filter_map(|der| CertificateFacts::read(der))
            .collect();
        if let Some(PartnerTls::Pinned(pins)) = tls
            && facts.iter().any(|leaf| pins.contains(&leaf.spki_sha256))
        {
            source.fault(self.anchors.span(), "signing.anchors", Problem::SharedKey);
        }
        let (anchors, intermediates) = (anchors?, intermediates?);
        if let Err(error) = TrustStore::from_pem(&anchors, &intermediates, &crls) {
            let reason = error.to_string();
            source.fault(self.anchors.span(), "signing", Problem::Unusable { reason });
        }
        let policies = self.policies.as_ref();
        let accepted = policies.map(|it| it.get_ref().clone()).unwrap_or_default();
        if let (Some(policies), Ok(store)) = (policies, TrustStore::from_pem(&anchors, &[], &[]))
            && let Err(error) = store.requiring_policies(&accepted)
        {
            let reason = error.to_string();
            let key = "signing.policies";
            source.fault(policies.span(), key, Problem::Unusable { reason });
        }
        Some(SigningTrust {
            policies: accepted,
            anchors,
            anchors_expire: facts.iter().map(|anchor| anchor.not_after).min()?,
            intermediates,
            crls,
            revocation: self.revocation,
            grace,
            status,
            agreed: agreed?,
        })
    }

    /// What it may sign with.
    fn check_agreed(&self, source: &mut Source) -> Option<Agreed> {
        let known = Suites::standard();
        let mut terms = Vec::new();
        let undated = self
            .suites
            .get_ref()
            .iter()
            .map(|uri| (uri, "signing.suites", None));
        let dated = self.dated_suites.iter();
        let dated = dated.map(|it| (&it.uri, "signing.dated_suites.uri", Some(it)));
        for (uri, key, dates) in undated.chain(dated) {
            if known.signature(uri.get_ref()).is_none() {
                let uri_named = uri.get_ref().clone();
                source.fault(uri.span(), key, Problem::Suite { uri: uri_named });
            }
            let (from, until) =
                dates.map_or((None, None), |it| (it.from.as_ref(), it.until.as_ref()));
            terms.push(Term {
                uri: uri.get_ref().clone(),
                span: span(source, from, until, "signing.dated_suites"),
            });
        }
        if terms.is_empty() {
            let expected = "at least one SignatureMethod URI, here or in dated_suites";
            source.fault(
                self.suites.span(),
                "signing.suites",
                Problem::Value { expected },
            );
        }
        let mut agreed = Agreed::new(terms);
        if let Some(sm2) = &self.sm2 {
            let value = match sm2.value {
                Sm2ValueName::Asn1 => Sm2Value::Asn1,
                Sm2ValueName::Fixed => Sm2Value::Fixed,
            };
            let user_id = sm2.user_id.as_ref().map_or(SM2_USER_ID, |id| id.get_ref());
            if let Some(id) = sm2
                .user_id
                .as_ref()
                .filter(|id| id.get_ref().len() > SM2_USER_ID_MAX)
            {
                let expected = "a user id of at most 8191 bytes";
                source.fault(
                    id.span(),
                    "signing.sm2.user_id",
                    Problem::Value { expected },
                );
            }
            agreed = agreed.with_sm2(value, user_id);
        }
        if let Some(sha1) = &self.sha1_digests {
            let (from, until) = (Some(&sha1.from), Some(&sha1.until));
            if let Span {
                from: Some(from),
                until: Some(until),
            } = span(source, from, until, "signing.sha1_digests")
            {
                agreed = agreed.with_sha1_digests(from, until);
            }
        }
        Some(agreed)
    }
}

/// Two dates, the first before the second.
fn span(
    source: &mut Source,
    from: Option<&Spanned<String>>,
    until: Option<&Spanned<String>>,
    key: &str,
) -> Span {
    let mut date = |value: Option<&Spanned<String>>, name: &str| {
        let expected = "a time in RFC 3339, such as 2026-01-01T00:00:00Z";
        source.value(value?, &format!("{key}.{name}"), expected)
    };
    let span = Span {
        from: date(from, "from"),
        until: date(until, "until"),
    };
    if let (Some(begin), Some(end), Some(place)) = (span.from, span.until, until)
        && begin >= end
    {
        let expected = "a time after `from`";
        source.fault(
            place.span(),
            &format!("{key}.until"),
            Problem::Value { expected },
        );
    }
    span
}
