//! Bounds on what comes in, how long things may take and when to warn, each with its default and range.
//!
//! Start at [`Limits`] and [`Timeouts`].

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use super::source::Source;

/// Bounds on what comes in; the defaults are those of the design, section 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one message.
    pub body_bytes_max: usize,
    /// Depth of elements.
    pub depth_max: u32,
    /// Attributes of one element.
    pub attributes_max: u32,
    /// Namespace declarations of one element.
    pub namespaces_max: u32,
    /// Messages worked on at once; more wait, then are told to come again.
    pub in_flight_max: usize,
    /// How long an amendment or cancellation waits for what it speaks of.
    pub revision_wait: SignedDuration,
}

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TLS handshake.
    pub handshake: Duration,
    /// Head of a request.
    pub header: Duration,
    /// Body of a request, whole.
    pub body: Duration,
    /// An idle connection.
    pub idle: Duration,
    /// One delivery to a partner, from connecting to its receipt.
    pub delivery: Duration,
    /// Requests in flight after SIGTERM.
    pub drain: Duration,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsSection {
    body_bytes_max: Option<Spanned<u64>>,
    depth_max: Option<Spanned<u64>>,
    attributes_max: Option<Spanned<u64>>,
    namespaces_max: Option<Spanned<u64>>,
    in_flight_max: Option<Spanned<u64>>,
    revision_wait_s: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TimeoutsSection {
    handshake_s: Option<Spanned<u64>>,
    header_s: Option<Spanned<u64>>,
    body_s: Option<Spanned<u64>>,
    idle_s: Option<Spanned<u64>>,
    delivery_s: Option<Spanned<u64>>,
    drain_s: Option<Spanned<u64>>,
}

/// Free bytes that the disk must have when the file does not say: two segments of the journal, and some
/// ten seconds of the heaviest traffic until it is noticed.
const FREE_BYTES_DEFAULT: u64 = 1 << 30;

/// Days of warning before a certificate ends when the file does not say: time to have one issued and to
/// tell every partner.
const WARNING_DAYS_DEFAULT: u64 = 30;

/// How long an amendment or cancellation waits when the file does not say: a day, in which a partner
/// sees its dead letters and sends the original again (design section 5).
const REVISION_WAIT_DEFAULT_S: u64 = 24 * 60 * 60;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DiskSection {
    free_bytes_min: Option<Spanned<u64>>,
}

impl DiskSection {
    pub(super) fn check(&self, source: &mut Source) -> u64 {
        let value = self.free_bytes_min.as_ref();
        let range = 0..=1 << 50;
        source.number(value, "disk.free_bytes_min", FREE_BYTES_DEFAULT, range)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WarningsSection {
    certificate_days: Option<Spanned<u64>>,
}

impl WarningsSection {
    pub(super) fn check(&self, source: &mut Source) -> u32 {
        let value = self.certificate_days.as_ref();
        let key = "warnings.certificate_days";
        let days = source.number(value, key, WARNING_DAYS_DEFAULT, 0..=3650);
        u32::try_from(days).unwrap_or(u32::MAX)
    }
}

impl LimitsSection {
    pub(super) fn check(&self, source: &mut Source) -> Limits {
        let mut number = |value: &Option<Spanned<u64>>, key, default, range| {
            source.number(value.as_ref(), key, default, range)
        };
        let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let count = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        let body = number(
            &self.body_bytes_max,
            "limits.body_bytes_max",
            64 << 20,
            1024..=1 << 30,
        );
        let depth = number(&self.depth_max, "limits.depth_max", 128, 8..=1024);
        let attributes = number(
            &self.attributes_max,
            "limits.attributes_max",
            256,
            8..=10_000,
        );
        let namespaces = number(
            &self.namespaces_max,
            "limits.namespaces_max",
            64,
            8..=10_000,
        );
        let in_flight = number(
            &self.in_flight_max,
            "limits.in_flight_max",
            256,
            1..=100_000,
        );
        let wait = number(
            &self.revision_wait_s,
            "limits.revision_wait_s",
            REVISION_WAIT_DEFAULT_S,
            1..=30 * 24 * 60 * 60,
        );
        Limits {
            revision_wait: SignedDuration::from_secs(i64::try_from(wait).unwrap_or(i64::MAX)),
            body_bytes_max: size(body),
            depth_max: count(depth),
            attributes_max: count(attributes),
            namespaces_max: count(namespaces),
            in_flight_max: size(in_flight),
        }
    }
}

impl TimeoutsSection {
    pub(super) fn check(&self, source: &mut Source) -> Timeouts {
        let mut seconds = |value: &Option<Spanned<u64>>, key, default| {
            Duration::from_secs(source.number(value.as_ref(), key, default, 1..=3600))
        };
        Timeouts {
            handshake: seconds(&self.handshake_s, "timeouts.handshake_s", 10),
            header: seconds(&self.header_s, "timeouts.header_s", 10),
            body: seconds(&self.body_s, "timeouts.body_s", 60),
            idle: seconds(&self.idle_s, "timeouts.idle_s", 120),
            delivery: seconds(&self.delivery_s, "timeouts.delivery_s", 60),
            drain: seconds(&self.drain_s, "timeouts.drain_s", 30),
        }
    }
}
