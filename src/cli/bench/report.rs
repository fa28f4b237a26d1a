//! The figures of a bench.
//!
//! Start at [`Report::of`].

use std::collections::HashSet;
use std::time::Duration;

use http::StatusCode;
use serde::Serialize;

use super::Args;
use super::load::Load;
use super::post::Posted;
use super::stages::Stage;
use crate::cli::{Failure, files};
use crate::evidence::{Outcome, PartState, Receipt};
use crate::xml::{self, Document, Limits, Node};

/// What the run used beside the time of the posts.
pub(super) struct Used {
    /// From the last answer until everything was delivered.
    pub(super) drained: Duration,
    /// Processor time of the gateway, and of this process: load and sink.
    pub(super) cpu: Option<(Duration, Duration)>,
    /// Peak resident set of the gateway.
    pub(super) peak_rss_bytes: Option<u64>,
    /// Where the gateway's time went.
    pub(super) stages: Vec<Stage>,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// `outbox to a sink` or `end to end to a second gateway`.
    figure: &'static str,
    /// Receipts that the store had before.
    stored: u64,
    /// Messages that were due a second; none when the next followed each answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<u32>,
    /// Messages that were translated, receipted and queued.
    exchanges: u64,
    /// From the first post to the last answer, in seconds.
    seconds: f64,
    /// Exchanges a second, to the durable receipt.
    exchanges_per_second: f64,
    /// From the last answer until everything was delivered, in seconds.
    drain_seconds: f64,
    /// Exchanges a second, until everything was delivered.
    delivered_per_second: f64,
    /// Bytes of a message, on average.
    message_bytes: u64,
    /// Answers that were a known message's receipt.
    duplicates: u64,
    /// Refused messages.
    refused: u64,
    /// Accepted messages of which a part is held.
    held: u64,
    /// Answers that were none: busy, or a fault.
    failed: u64,
    /// Latency of a post, in milliseconds; with a rate, from when it was due.
    p50_ms: f64,
    p99_ms: f64,
    p999_ms: f64,
    /// Peak resident set of the gateway, in bytes.
    peak_rss_bytes: Option<u64>,
    /// Processor time of the gateway for one exchange, delivery included, in microseconds.
    gateway_cpu_us: Option<f64>,
    /// Processor time of the load and the sink for one exchange, in microseconds.
    load_cpu_us: Option<f64>,
    /// The gateway's stages.
    stages: Vec<Stage>,
}

impl Report {
    /// Reads the receipts and puts the figures together.
    pub(super) fn of(posted: &Posted, load: &Load, used: Used, args: &Args, stored: u64) -> Self {
        let mut report = Self {
            figure: match args.end_to_end {
                true => "end to end to a second gateway",
                false => "outbox to a sink",
            },
            stored,
            rate: args.rate,
            exchanges: 0,
            seconds: posted.took.as_secs_f64(),
            exchanges_per_second: 0.0,
            drain_seconds: used.drained.as_secs_f64(),
            delivered_per_second: 0.0,
            message_bytes: load.mean_bytes(),
            duplicates: 0,
            refused: 0,
            held: 0,
            failed: 0,
            p50_ms: 0.0,
            p99_ms: 0.0,
            p999_ms: 0.0,
            peak_rss_bytes: used.peak_rss_bytes,
            gateway_cpu_us: None,
            load_cpu_us: None,
            stages: used.stages,
        };
        let mut seen = HashSet::new();
        for post in &posted.posts {
            report.count(post.status, &post.receipt, &mut seen);
        }
        let mut times: Vec<Duration> = posted.posts.iter().map(|post| post.took).collect();
        times.sort_unstable();
        report.p50_ms = quantile(&times, 500);
        report.p99_ms = quantile(&times, 990);
        report.p999_ms = quantile(&times, 999);
        let exchanges = u32::try_from(report.exchanges).map_or(f64::INFINITY, f64::from);
        let each = |time: Duration| time.as_secs_f64() * 1e6 / exchanges.max(1.0);
        report.gateway_cpu_us = used.cpu.map(|(gateway, _)| each(gateway));
        report.load_cpu_us = used.cpu.map(|(_, load)| each(load));
        report.exchanges_per_second = exchanges / report.seconds;
        report.delivered_per_second = exchanges / (report.seconds + report.drain_seconds);
        report
    }

    /// Counts one answer. A receipt that was `seen` before answers a duplicate.
    fn count(&mut self, status: StatusCode, receipt: &[u8], seen: &mut HashSet<String>) {
        let receipt = xml::parse(receipt, None, &Limits::default())
            .ok()
            .and_then(|document| Receipt::from_view(unsigned(&document)).ok());
        let Some(receipt) = receipt else {
            self.failed += 1;
            return;
        };
        let again = !seen.insert(receipt.id);
        match receipt.outcome {
            Outcome::Refused(_) => self.refused += 1,
            Outcome::Accepted { .. } if status != StatusCode::OK => self.failed += 1,
            Outcome::Accepted { parts } => {
                let state = |wanted| parts.iter().any(|part| part.state == wanted);
                if again || state(PartState::Duplicate) {
                    self.duplicates += 1;
                } else if state(PartState::Held) {
                    self.held += 1;
                } else if state(PartState::Queued) {
                    self.exchanges += 1;
                } else {
                    self.failed += 1;
                }
            }
        }
    }

    /// Prints the figures.
    pub(super) fn print(&self, json: bool) -> Result<(), Failure> {
        if json {
            return files::say_json(self);
        }
        if self.stored > 0 {
            files::say(format!("with {} receipts stored before:", self.stored));
        }
        files::say(format!(
            "{}: {:.0} exchanges/s ({} in {:.2} s, {} bytes each)",
            self.figure,
            self.exchanges_per_second,
            self.exchanges,
            self.seconds,
            self.message_bytes,
        ));
        files::say(format!(
            "  until all was delivered: {:.0}/s ({:.2} s more)",
            self.delivered_per_second, self.drain_seconds
        ));
        files::say(format!(
            "  latency: p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms",
            self.p50_ms, self.p99_ms, self.p999_ms
        ));
        files::say(format!(
            "  duplicates {}, refused {}, held {}, failed {}",
            self.duplicates, self.refused, self.held, self.failed
        ));
        if let Some(bytes) = self.peak_rss_bytes {
            files::say(format!("  gateway's peak RSS: {} MiB", bytes >> 20));
        }
        if let (Some(gateway), Some(load)) = (self.gateway_cpu_us, self.load_cpu_us) {
            files::say(format!(
                "  processor time an exchange: gateway {gateway:.0} us, load and sink {load:.0} us"
            ));
        }
        for Stage {
            stage,
            count,
            mean_us,
        } in &self.stages
        {
            files::say(format!(
                "  {stage:>10}: {count:>8} times, {mean_us:>8.0} us on average"
            ));
        }
        Ok(())
    }
}

/// The same load with an empty store and with a filled one.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    empty: Report,
    filled: Report,
    /// The filled store's exchanges a second, in per cent of the empty one's.
    rate_percent: f64,
    /// The filled store's processor time for one exchange, in per cent of the empty one's.
    gateway_cpu_percent: Option<f64>,
}

impl Comparison {
    /// Compares two runs.
    pub(super) fn of(empty: Report, filled: Report) -> Self {
        let percent = |filled: f64, empty: f64| 100.0 * filled / empty;
        let cpu = filled.gateway_cpu_us.zip(empty.gateway_cpu_us);
        Self {
            rate_percent: percent(filled.exchanges_per_second, empty.exchanges_per_second),
            gateway_cpu_percent: cpu.map(|(filled, empty)| percent(filled, empty)),
            empty,
            filled,
        }
    }

    /// Prints both runs and how they compare.
    pub(super) fn print(&self, json: bool) -> Result<(), Failure> {
        if json {
            return files::say_json(self);
        }
        self.empty.print(false)?;
        self.filled.print(false)?;
        let cpu = match self.gateway_cpu_percent {
            Some(percent) => format!(", {percent:.0} % of its processor time"),
            None => String::new(),
        };
        let rate = self.rate_percent;
        files::say(format!(
            "filled: {rate:.0} % of the empty store's rate{cpu}"
        ));
        Ok(())
    }
}

/// What a receipt says, without its signature: the gateway of this bench made it.
fn unsigned(receipt: &Document) -> Node<'_> {
    let root = receipt.root();
    match root
        .elements()
        .find(|child| child.name().local == "Signature")
    {
        Some(signature) => root.without(signature.id()),
        None => root,
    }
}

/// The time below which `per_mille` of the sorted times lie, in milliseconds.
fn quantile(sorted: &[Duration], per_mille: usize) -> f64 {
    let index = (sorted.len() * per_mille / 1000).min(sorted.len().saturating_sub(1));
    sorted
        .get(index)
        .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}
