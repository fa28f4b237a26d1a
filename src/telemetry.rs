//! Logs and metrics: JSON lines on standard error, Prometheus text for `/metrics`.
//!
//! Start at [`install`]. Names and units of every metric stand here, so that no two rooms spell one
//! differently. No payload value is ever a field or a label: labels are partners, packages' stages
//! and outcomes, all of them bounded sets. This module knows no other room.

use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Buckets of every `_seconds` histogram: from the 100 us of one stage to the 30 s of a slow partner.
const SECONDS_BUCKETS: [f64; 16] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
    10.0, 30.0,
];

/// Why telemetry could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The log filter does not read as `level` or `target=level,...`.
    #[error("the log filter '{filter}' is malformed: write a level (info) or target=level pairs")]
    Filter {
        /// The filter as given.
        filter: String,
    },
    /// A metrics recorder or a log subscriber was installed before.
    #[error("telemetry is already installed in this process")]
    Installed,
}

/// The running telemetry: renders the metrics. Clones render the same registry.
#[derive(Debug, Clone)]
pub struct Telemetry {
    prometheus: PrometheusHandle,
}

impl Telemetry {
    /// A registry that nothing reports to, for tests and tools without `/metrics`.
    pub fn detached() -> Self {
        Self {
            prometheus: PrometheusBuilder::new().build_recorder().handle(),
        }
    }

    /// The metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        self.prometheus.render()
    }

    /// Moves histogram samples into their buckets; call it every few seconds, so that memory does
    /// not grow with unread samples.
    pub fn upkeep(&self) {
        self.prometheus.run_upkeep();
    }
}

/// Installs logs and metrics for this process: once, at start.
///
/// # Errors
/// [`Error::Filter`] for a malformed filter, [`Error::Installed`] when called twice.
pub fn install(filter: &str) -> Result<Telemetry, Error> {
    install_logs(filter)?;
    let recorder = builder().build_recorder();
    let prometheus = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| Error::Installed)?;
    describe();
    Ok(Telemetry { prometheus })
}

/// Installs only the JSON log on standard error.
///
/// # Errors
/// As [`install`].
pub fn install_logs(filter: &str) -> Result<(), Error> {
    let filter = EnvFilter::try_new(filter).map_err(|_| Error::Filter {
        filter: filter.to_owned(),
    })?;
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_current_span(true)
        .with_span_list(false)
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|_| Error::Installed)
}

fn builder() -> PrometheusBuilder {
    let builder = PrometheusBuilder::new();
    match builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS_BUCKETS) {
        Ok(builder) => builder,
        // The buckets are a constant that is not empty; summaries are what remains otherwise.
        Err(_) => PrometheusBuilder::new(),
    }
}

/// How an exchange ended, as the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A receipt of acceptance was answered.
    Accepted,
    /// Not now: quota, start-up, a full disk.
    Busy,
    /// The id is taken by other content.
    Conflict,
    /// Our own failure.
    Fault,
    /// A receipt of refusal was answered.
    Refused,
}

impl Outcome {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Busy => "busy",
            Self::Conflict => "conflict",
            Self::Fault => "fault",
            Self::Refused => "refused",
        }
    }
}

/// Counts one message answered: `direction` is `in` or `national`.
pub fn exchange(partner: &str, direction: &'static str, outcome: Outcome) {
    counter!("corridor_exchanges_total", "partner" => partner.to_owned(),
        "direction" => direction, "outcome" => outcome.as_str())
    .increment(1);
}

/// Records how long one stage of the path took: `parse`, `verify`, `validate`, `decode`, `encode`,
/// `sign`, `seal`, `commit`, `deliver`.
pub fn stage(stage: &'static str, took: Duration) {
    histogram!("corridor_stage_seconds", "stage" => stage).record(took.as_secs_f64());
}

/// Records one durable commit, from request to both syncs.
pub fn commit(took: Duration) {
    histogram!("corridor_commit_seconds").record(took.as_secs_f64());
}

/// Counts one attempt to deliver: `outcome` is `delivered`, `rejected` or `retry`.
pub fn delivery(partner: &str, outcome: &'static str) {
    counter!("corridor_deliveries_total", "partner" => partner.to_owned(), "outcome" => outcome)
        .increment(1);
}

/// Sets what waits for one partner: entries, and the age of the oldest.
pub fn outbox(partner: &str, depth: u64, oldest: Duration) {
    gauge!("corridor_outbox_depth", "partner" => partner.to_owned()).set(approximate(depth));
    gauge!("corridor_outbox_oldest_seconds", "partner" => partner.to_owned())
        .set(oldest.as_secs_f64());
}

/// Says whether deliveries to a partner are suspended after repeated failures.
pub fn circuit_open(partner: &str, open: bool) {
    gauge!("corridor_circuit_open", "partner" => partner.to_owned()).set(f64::from(u8::from(open)));
}

/// Sets how many messages wait for an officer.
pub fn held(count: u64) {
    gauge!("corridor_held").set(approximate(count));
}

/// Sets how many messages wait for what they amend or cancel.
pub fn awaiting(count: u64) {
    gauge!("corridor_awaiting").set(approximate(count));
}

/// Sets how many leaves the receipt log has.
pub fn log_size(leaves: u64) {
    gauge!("corridor_log_leaves").set(approximate(leaves));
}

/// Sets the free bytes of the store's file system; not a number when they cannot be measured.
pub fn disk_free(bytes: Option<u64>) {
    gauge!("corridor_disk_free_bytes").set(bytes.map_or(f64::NAN, of_bytes));
}

/// Bytes as a gauge value: exact to the KiB, up to 4 TiB.
fn of_bytes(bytes: u64) -> f64 {
    approximate(bytes / 1024) * 1024.0
}

/// Says whether the gateway accepts messages.
pub fn ready(ready: bool) {
    gauge!("corridor_ready").set(f64::from(u8::from(ready)));
}

/// Sets when an own or trusted certificate ends, in seconds since 1970, so that it needs no refresh;
/// `usage` is `signing`, `tls-partner`, `tls-national` or `anchor`.
pub fn certificate_end(party: &str, usage: &'static str, unix_seconds: i64) {
    let seconds = u64::try_from(unix_seconds).unwrap_or(0);
    gauge!("corridor_certificate_not_after_seconds", "party" => party.to_owned(), "usage" => usage)
        .set(approximate(seconds));
}

/// Takes back what was said about the end of a certificate that is no longer known: no comparison
/// with it is true any more.
pub fn certificate_gone(party: &str, usage: &'static str) {
    gauge!("corridor_certificate_not_after_seconds", "party" => party.to_owned(), "usage" => usage)
        .set(f64::NAN);
}

/// Counts one request for what is known of the revocation of a partner's certificates: `fetched` or
/// `failed`.
pub fn revocation_fetch(party: &str, outcome: &'static str) {
    counter!("corridor_revocation_fetches_total", "partner" => party.to_owned(), "outcome" => outcome)
        .increment(1);
}

/// Sets when the first of a partner's fetched lists runs out, in seconds since 1970; 0 when one was
/// never fetched.
pub fn revocation_end(party: &str, unix_seconds: i64) {
    let seconds = u64::try_from(unix_seconds).unwrap_or(0);
    gauge!("corridor_revocation_next_update_seconds", "partner" => party.to_owned())
        .set(approximate(seconds));
}

/// Counts one reload of the configuration, which replaced it or left it.
pub fn reload(replaced: bool) {
    let outcome = if replaced { "replaced" } else { "refused" };
    counter!("corridor_reloads_total", "outcome" => outcome).increment(1);
}

/// Sets the connections now open on a listener: `partner` or `national`.
pub fn connections(listener: &'static str, open: u64) {
    gauge!("corridor_connections", "listener" => listener).set(approximate(open));
}

/// Counts a connection turned away: `reason` is `limit`, `partner_limit`, `handshake` or `timeout`.
pub fn connection_refused(listener: &'static str, reason: &'static str) {
    counter!("corridor_connections_refused_total", "listener" => listener, "reason" => reason)
        .increment(1);
}

/// Counts a request by listener and status class (`2xx` ... `5xx`).
pub fn request(listener: &'static str, status: u16) {
    let class = match status {
        200..=299 => "2xx",
        400..=499 => "4xx",
        500..=599 => "5xx",
        _ => "other",
    };
    counter!("corridor_requests_total", "listener" => listener, "status" => class).increment(1);
}

/// A count as a gauge value: exact up to 2^32, then at that ceiling.
fn approximate(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn describe() {
    describe_counter!("corridor_exchanges_total", "Messages answered");
    describe_counter!("corridor_deliveries_total", "Delivery attempts");
    describe_counter!("corridor_reloads_total", "Reloads of the configuration");
    describe_counter!("corridor_requests_total", "Requests answered");
    describe_counter!(
        "corridor_connections_refused_total",
        "Connections turned away"
    );
    describe_histogram!(
        "corridor_stage_seconds",
        Unit::Seconds,
        "Time of one stage of a message's path"
    );
    describe_histogram!(
        "corridor_commit_seconds",
        Unit::Seconds,
        "Time of one durable commit"
    );
    describe_gauge!("corridor_outbox_depth", "Messages that wait for a partner");
    describe_gauge!(
        "corridor_outbox_oldest_seconds",
        Unit::Seconds,
        "Age of the oldest message that waits"
    );
    describe_gauge!("corridor_circuit_open", "1 while deliveries are suspended");
    describe_gauge!("corridor_held", "Messages that wait for an officer");
    describe_gauge!(
        "corridor_awaiting",
        "Messages that wait for what they amend or cancel"
    );
    describe_gauge!("corridor_log_leaves", "Leaves of the receipt log");
    describe_gauge!(
        "corridor_disk_free_bytes",
        Unit::Bytes,
        "Free room of the store's file system"
    );
    describe_gauge!("corridor_ready", "1 while messages are accepted");
    describe_gauge!("corridor_connections", "Open connections");
    describe_gauge!(
        "corridor_certificate_not_after_seconds",
        Unit::Seconds,
        "End of a certificate's validity, since 1970"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_render_with_units_and_bounded_labels() {
        let recorder = builder().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            describe();
            exchange("KZ", "in", Outcome::Accepted);
            stage("parse", Duration::from_micros(300));
            outbox("KZ", 3, Duration::from_secs(7));
            certificate_end("RU", "signing", 1_772_000_000);
            request("partner", 422);
        });
        let text = handle.render();
        for line in [
            "corridor_exchanges_total{partner=\"KZ\",direction=\"in\",outcome=\"accepted\"} 1",
            "corridor_stage_seconds_bucket{stage=\"parse\",le=\"0.0005\"} 1",
            "corridor_outbox_depth{partner=\"KZ\"} 3",
            "corridor_outbox_oldest_seconds{partner=\"KZ\"} 7",
            "corridor_certificate_not_after_seconds{party=\"RU\",usage=\"signing\"} 1772000000",
            "corridor_requests_total{listener=\"partner\",status=\"4xx\"} 1",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }

    #[test]
    fn a_malformed_filter_is_refused() {
        assert!(matches!(
            install_logs("corridor=loud=very"),
            Err(Error::Filter { .. })
        ));
    }

    #[test]
    fn a_detached_registry_renders_nothing() {
        assert_eq!(Telemetry::detached().render(), "");
    }
}
