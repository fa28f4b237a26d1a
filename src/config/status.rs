//! What it means when what is known of revocation runs out and nothing newer comes:
//! `[signing.status]` of a partner's profile.
//!
//! Start at [`StatusSection`].

use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::error::Problem;
use super::source::Source;

/// Longest grace: 30 days, as long as lists of authorities commonly hold.
const GRACE_HOURS_MAX: u64 = 720;

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusSection {
    #[serde(default)]
    outage: Option<Spanned<Outage>>,
    grace_hours: Option<Spanned<u64>>,
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
