//! `corridor partner ping`: whether a partner's gateway is there and fits its profile, and what the two
//! commonest faults of new partners look like.
//!
//! Start at [`Args`]. It connects as a delivery would, with the own TLS certificate, and asks for the
//! partner's checkpoint. It sends no message: whatever is sent is judged, receipted and kept for ever.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use rustls::CertificateError;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::Serialize;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::assemble::{Assembled, assemble, peer_identity, server_identity};
use super::console::Console;
use super::failure::chain;
use super::{Failure, block_on, files};
use crate::clock::{BEHIND_MAX, Clock};
use crate::config::{CertificateFacts, Gateway, Partner, PartnerTls};
use crate::exchange::LastReceipt;
use crate::http::{ProbeStop, Probed, Seen, Shown, Target, probe};

/// Look at a partner's gateway.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ping(Ping),
}

/// Connect to a partner's gateway and check certificates, clock, suites, log and last receipt.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor partner ping KZ --config gateway.toml --token operator.token

No message is sent. With the token of an operator the running gateway is asked too how the last
receipt of the partner stands, and what its deliveries fail at. The exit code is 1 when a check fails.")]
struct Ping {
    /// The partner, as its profile names it.
    partner: String,
    /// The gateway's file.
    #[arg(long)]
    config: PathBuf,
    /// File with the bearer token of a principal with the role operator.
    #[arg(long)]
    token: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Good,
    /// Worth a look; deliveries may work.
    Doubtful,
    /// Deliveries cannot work.
    Faulty,
    /// It could not be checked.
    Unknown,
}

/// One check, in words.
#[derive(Debug, Serialize)]
struct Check {
    check: &'static str,
    outcome: Outcome,
    text: String,
    remedy: Option<String>,
}

impl Check {
    fn new(check: &'static str, outcome: Outcome, text: impl Into<String>) -> Self {
        Self {
            check,
            outcome,
            text: text.into(),
            remedy: None,
        }
    }

    fn with(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

#[derive(Debug, Serialize)]
struct Report {
    partner: String,
    url: String,
    checks: Vec<Check>,
}

/// The commonest fault of new partners, for whoever sends or configures certificates.
const LEAF_ALONE: &str = "install the whole chain: the own certificate first, then every certificate \
     between it and the agreed anchor; and where an anchor is asked for, the authority's certificate, \
     not the own one";

/// The second commonest: receipts that do not prove what they should.
const NOT_COVERING: &str = "the receipt must be one document whose single enveloped signature covers \
     all of it (Reference URI=\"\"), name the digest of exactly the bytes that were sent, and be signed \
     with the key of the certificate that it carries";

/// Runs the command.
pub(super) fn run(args: &Args, clock: &Clock) -> Result<(), Failure> {
    let Command::Ping(args) = &args.command;
    let assembled = assemble(&args.config, clock)
        .map_err(|faults| super::assemble::complain(&args.config, &faults))?;
    let partners = &assembled.config.partners;
    let partner = partners.iter().find(|p| p.party.as_str() == args.partner);
    let partner = partner.ok_or_else(|| {
        let text = format!("no profile names the party {}", args.partner);
        Failure::input("EXCHANGE_PARTNER_UNKNOWN", text)
    })?;
    let mut checks = profile(&assembled.config, partner);
    block_on(async {
        checks.extend(connection(&assembled, partner, clock).await?);
        checks.extend(receipts(args, &assembled.config, clock).await?);
        Ok::<_, Failure>(())
    })??;
    let report = Report {
        partner: args.partner.clone(),
        url: partner.url.clone(),
        checks,
    };
    say(&report, args.json)?;
    let faulty = report.checks.iter();
    let faulty = faulty
        .filter(|check| check.outcome == Outcome::Faulty)
        .count();
    if faulty == 0 {
        return Ok(());
    }
    Err(Failure::input("PING", format!("{faulty} check(s) failed")))
}

fn say(report: &Report, json: bool) -> Result<(), Failure> {
    if json {
        return files::say_json(report);
    }
    files::say(format!("partner  {} at {}", report.partner, report.url));
    for check in &report.checks {
        let word = match check.outcome {
            Outcome::Good => "good",
            Outcome::Doubtful => "doubtful",
            Outcome::Faulty => "FAULTY",
            Outcome::Unknown => "unknown",
        };
        files::say(format!("{word:<9}{}: {}", check.check, check.text));
        if let Some(remedy) = &check.remedy {
            files::say(format!("         remedy: {remedy}"));
        }
    }
    Ok(())
}

/// What the files alone show: leaves where chains or anchors belong, and suites.
fn profile(config: &Gateway, partner: &Partner) -> Vec<Check> {
    let mut checks = Vec::new();
    let own = &config.partner_listener.tls.certificates;
    if let [leaf] = own.as_slice()
        && !self_issued(leaf)
    {
        let text = "our own file has the leaf certificate alone: a partner that knows us by an anchor \
                    may not find the chain";
        checks.push(Check::new("own chain", Outcome::Doubtful, text).with(LEAF_ALONE));
    }
    let signing = CertificateDer::pem_slice_iter(&partner.signing.anchors);
    let signing: Vec<_> = signing.filter_map(Result::ok).collect();
    let tls = match &partner.tls {
        PartnerTls::Anchored { anchors, .. } => anchors.as_slice(),
        PartnerTls::Pinned(_) => &[],
    };
    for (what, anchors) in [
        ("signing.anchors", signing.as_slice()),
        ("tls.anchors", tls),
    ] {
        if anchors.iter().any(|der| !authority(der)) {
            let text = format!("{what} of the profile holds a certificate that is no authority's");
            checks.push(Check::new("anchors", Outcome::Faulty, text).with(LEAF_ALONE));
        }
    }
    let agreed = partner.signing.agreed.terms();
    let suite = config.signing.suite.as_deref();
    checks.push(match suite {
        Some(suite) if agreed.iter().any(|term| term.uri == suite) => Check::new(
            "suites",
            Outcome::Good,
            format!("we sign with {suite}, as it may"),
        ),
        Some(suite) => Check::new(
            "suites",
            Outcome::Doubtful,
            format!("we sign with {suite}, which is not among those agreed for its own signatures"),
        )
        .with("ask whether its list for us has our suite; agreements usually name one list"),
        None => Check::new("suites", Outcome::Unknown, "signing.suite is not stated"),
    });
    checks
}

/// Connects once and says how far it came.
async fn connection(
    assembled: &Assembled,
    partner: &Partner,
    clock: &Clock,
) -> Result<Vec<Check>, Failure> {
    let config = &assembled.config;
    let target = Target {
        party: partner.party.clone(),
        url: partner.url.clone(),
        identity: peer_identity(&partner.tls),
        tls12_until: partner.tls12_until,
    };
    let identity = server_identity(&config.partner_listener);
    let before = clock.wall();
    let standing = assembled.standings.shown().remove(&partner.party);
    let timeout = config.timeouts.handshake;
    let probed = probe(&identity, target, standing, timeout, clock).await;
    let probed = probed.map_err(|error| Failure::input(error.code(), chain(&error)))?;
    let Probed { shown, answer } = probed;
    let mut checks = Vec::new();
    let refused = shown.as_ref().and_then(|shown| shown.refused.clone());
    checks.extend(
        shown
            .as_ref()
            .map(|shown| certificate(shown, partner, before)),
    );
    match answer {
        Ok(seen) => checks.extend(answered(&seen, before, clock.wall())),
        // The certificate check has said why.
        Err(ProbeStop::Tls(_)) if refused.is_some() => {}
        Err(stop) => checks.push(stopped(&stop, config)),
    }
    Ok(checks)
}

/// The certificates that the partner showed.
fn certificate(shown: &Shown, partner: &Partner, now: Timestamp) -> Check {
    let facts = shown
        .chain
        .first()
        .and_then(|der| CertificateFacts::read(der));
    let pin = facts
        .as_ref()
        .map_or_else(|| "-".to_owned(), |facts| facts.spki_sha256.to_string());
    let Some(refused) = &shown.refused else {
        let days = facts.map_or(0, |facts| facts.days_left(now));
        let text = format!(
            "{} certificate(s), key {pin}, {days} days left",
            shown.chain.len()
        );
        return Check::new("certificate", Outcome::Good, text);
    };
    let alone = shown.chain.len() == 1 && !shown.chain.iter().any(self_issued);
    let faulty =
        |text: String, remedy: &str| Check::new("certificate", Outcome::Faulty, text).with(remedy);
    match (refused, &partner.tls) {
        (CertificateError::Expired | CertificateError::NotValidYet, _) => faulty(
            format!("the certificate it shows is not valid now ({refused:?})"),
            "it renews the certificate, or one of us corrects the clock",
        ),
        (_, PartnerTls::Pinned(_)) => faulty(
            format!("it shows the key {pin}, which is none of the profile's pins"),
            "ask the partner over another channel whether this is its new key; then list it in tls.pins",
        ),
        (_, PartnerTls::Anchored { .. }) if alone => faulty(
            "it shows its leaf certificate alone, and none of the profile's anchors issued it"
                .into(),
            LEAF_ALONE,
        ),
        (_, PartnerTls::Anchored { san_uri, .. }) => faulty(
            format!(
                "its chain does not lead to the profile's anchors, or lacks the name {san_uri}"
            ),
            "compare anchors and san_uri with what the partner says over another channel",
        ),
    }
}

/// What the answer shows: that our certificate was taken, the log, the clock.
fn answered(seen: &Seen, before: Timestamp, after: Timestamp) -> Vec<Check> {
    let (outcome, protocol) = match seen.tls12 {
        false => (Outcome::Good, "TLS 1.3, and it took our certificate"),
        true => (
            Outcome::Doubtful,
            "TLS 1.2, by the exception of its profile, and it took our certificate",
        ),
    };
    let mut checks = vec![Check::new("protocol", outcome, protocol)];
    let note = String::from_utf8_lossy(&seen.body);
    let mut lines = note.lines();
    let head = (
        lines.next(),
        lines.next().and_then(|size| size.parse::<u64>().ok()),
    );
    checks.push(match (seen.status.as_u16(), head) {
        (200, (Some(origin), Some(size))) => Check::new(
            "checkpoint",
            Outcome::Good,
            format!("log {origin} with {size} leaves (its signature is not checked here)"),
        ),
        (status, _) => Check::new(
            "checkpoint",
            Outcome::Doubtful,
            format!("GET /v1/log/checkpoint was answered with {status} and no checkpoint"),
        )
        .with("is this address a gateway's partner listener?"),
    });
    checks.push(clock_of(seen.date.as_deref(), before, after));
    checks
}

/// The difference of clocks: the header counts whole seconds, and the answer was on its way.
fn clock_of(date: Option<&str>, before: Timestamp, after: Timestamp) -> Check {
    let date = date.and_then(|date| rfc2822::parse(date).ok());
    let Some(date) = date.map(|date| date.timestamp()) else {
        let text = "its answer has no Date header that can be read";
        return Check::new("clock", Outcome::Unknown, text);
    };
    let early = before.as_second().saturating_sub(date.as_second());
    let late = date.as_second().saturating_sub(after.as_second());
    let apart = early.max(late).saturating_sub(1).max(0);
    let most = i64::try_from(BEHIND_MAX.as_secs()).unwrap_or(i64::MAX);
    let text = format!("its clock and ours are {apart} s apart");
    if apart <= most {
        return Check::new("clock", Outcome::Good, text);
    }
    Check::new("clock", Outcome::Doubtful, text)
        .with("both sides take the time from a time server; receipts and certificates stand on it")
}

/// Where the way to an answer ended.
fn stopped(stop: &ProbeStop, config: &Gateway) -> Check {
    let check = Check::new("connection", Outcome::Faulty, stop.to_string());
    match stop {
        ProbeStop::Connect(_) | ProbeStop::Timeout => check
            .with("look at the address in the profile, the network between us and its firewall"),
        ProbeStop::Refused => {
            let pin = config.partner_listener.tls.leaf.spki_sha256;
            check.with(format!(
                "its profile of us must list our key {pin}, or have the anchor of our chain; if it has \
                 the anchor: {LEAF_ALONE}"
            ))
        }
        ProbeStop::Broken(_) | ProbeStop::Tls(_) => {
            check.with("it must speak HTTP over TLS 1.3 with client certificates at this address")
        }
    }
}

/// The last receipt that is held from the partner, and what deliveries to it fail at.
async fn receipts(args: &Ping, config: &Gateway, clock: &Clock) -> Result<Vec<Check>, Failure> {
    let Some(token) = &args.token else {
        let text = "not looked at: name an operator's --token FILE while the gateway runs";
        return Ok(vec![Check::new("receipts", Outcome::Unknown, text)]);
    };
    let mut console = Console::open(config, token, clock).await?;
    let path = format!("/v1/partners/{}/receipt", args.partner);
    let last = console.get(&path).await?;
    let last: LastReceipt =
        serde_json::from_value(last).map_err(|error| Failure::ours("GATEWAY_ANSWER", error))?;
    let mut checks = vec![match (last.leaf_index, last.code) {
        (None, _) => Check::new("receipts", Outcome::Unknown, "none is held from it yet"),
        (Some(leaf), None) => {
            let theirs = last.theirs.map_or_else(String::new, |theirs| {
                format!(" and leaf {theirs} of its log")
            });
            let text =
                format!("the last one, leaf {leaf} here{theirs}, verifies by its trust of now");
            Check::new("receipts", Outcome::Good, text)
        }
        (Some(leaf), Some(code)) => receipt_fault(
            Outcome::Doubtful,
            &format!("the last one, leaf {leaf} here, does not verify by its trust of now"),
            &code,
        ),
    }];
    let queue = console
        .get(&format!("/v1/queue?partner={}", args.partner))
        .await?;
    let waiting = queue.get("waiting").and_then(serde_json::Value::as_array);
    let mut codes: Vec<&str> = waiting
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("last_code")?.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    for code in codes {
        checks.push(receipt_fault(
            Outcome::Faulty,
            "deliveries to it fail",
            code,
        ));
    }
    Ok(checks)
}

/// A code of a receipt or delivery, with what to do where it is one of the two commonest faults.
fn receipt_fault(outcome: Outcome, text: &str, code: &str) -> Check {
    let check = Check::new("receipts", outcome, format!("{text}: {code}"));
    match code {
        "CERT_CHAIN_INCOMPLETE" | "CERT_UNKNOWN_ISSUER" | "CERT_MISSING" | "DELIVERY_TLS" => {
            check.with(LEAF_ALONE)
        }
        "RECEIPT_OTHER_GATEWAY" | "RECEIPT_OTHER_SENDER" | "RECEIPT_OTHER_MESSAGE" => {
            check.with(NOT_COVERING)
        }
        code if code.starts_with("SIG") => check.with(NOT_COVERING),
        _ => check.with("docs/error-codes.md says what the code means"),
    }
}

/// Whether a certificate names itself as its issuer.
fn self_issued(der: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, found)| found.issuer() == found.subject())
}

/// Whether a certificate is an authority's. A self-issued one without the extension is an old root.
fn authority(der: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(der)
        .is_ok_and(|(_, found)| found.is_ca() || found.issuer() == found.subject())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_within_what_a_header_can_say() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (before, after) = (at("2026-06-01T12:00:00.9Z"), at("2026-06-01T12:00:01.1Z"));
        for (date, outcome) in [
            (Some("Mon, 01 Jun 2026 12:00:00 GMT"), Outcome::Good),
            (Some("Mon, 01 Jun 2026 12:00:07 GMT"), Outcome::Good),
            (Some("Mon, 01 Jun 2026 12:00:08 GMT"), Outcome::Doubtful),
            (Some("Mon, 01 Jun 2026 11:59:00 GMT"), Outcome::Doubtful),
            (Some("yesterday"), Outcome::Unknown),
            (None, Outcome::Unknown),
        ] {
            assert_eq!(clock_of(date, before, after).outcome, outcome, "{date:?}");
        }
    }

    #[test]
    fn the_commonest_faults_have_their_remedies() {
        for (code, remedy) in [
            ("CERT_CHAIN_INCOMPLETE", LEAF_ALONE),
            ("SIG_NOT_COVERING", NOT_COVERING),
            ("RECEIPT_OTHER_MESSAGE", NOT_COVERING),
        ] {
            let check = receipt_fault(Outcome::Faulty, "x", code);
            assert_eq!(check.remedy.as_deref(), Some(remedy), "{code}");
        }
        let other = receipt_fault(Outcome::Faulty, "x", "DELIVERY_BUSY");
        assert!(other.remedy.unwrap().contains("error-codes"));
    }
}
