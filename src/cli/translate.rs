//! `corridor translate`: one message from one package to another, offline.
//!
//! Start at [`Args`]. It does what the gateway does between verifying and signing: validate, decode,
//! encode by a lane's rules, validate again. Signatures are neither checked nor made.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::needed::Needed;
use super::packages::{find, find_for, read_lane};
use super::validate::{faults, unsigned};
use super::{Failure, files};
use crate::translate::{
    DecodeContext, Decoded, EncodeContext, Encoded, Finding, LaneRules, Loss, LossReason, Package,
    Packages, Severity, Supplied, day, encode,
};
use crate::xml::{self, Limits, Node};

/// Translate a message from one package to another.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor translate --from fcs/esadout-cu --to eaeu/r048 --lane lanes/ru-kz.toml message.xml
  corridor translate --from eu/cc028c --to canonical - < message.xml

Without a lane nothing is supplied and no personal data passes. When a demanded value is missing
the findings say which, and no message is written (exit code 1).")]
pub(super) struct Args {
    /// The package of the message, or of a document in the envelope that it is.
    #[arg(long)]
    from: String,
    /// The package to make, or `canonical` for the canonical model as JSON.
    #[arg(long)]
    to: String,
    /// The message; - is standard input.
    file: PathBuf,
    /// Where the result goes; standard output when left out.
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// Where losses, supplied values and findings go, as JSON.
    #[arg(long)]
    losses: Option<PathBuf>,
    /// The lane whose rules hold.
    #[arg(long)]
    lane: Option<PathBuf>,
    /// The folder of packages; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
    /// Which document, from 1, of an envelope or of a message that holds several.
    #[arg(long)]
    document: Option<usize>,
    /// The time of the translation; now when left out.
    #[arg(long)]
    at: Option<Timestamp>,
    /// The UUID from which ids and reference numbers are made; random when left out.
    #[arg(long)]
    id: Option<Uuid>,
}

/// The report that `--losses` asks for.
#[derive(Debug, Serialize)]
struct Report<'a> {
    from: String,
    to: &'a str,
    lane: Option<&'a str>,
    losses: &'a [Loss],
    supplied: &'a [Supplied],
    findings: &'a [Finding],
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    let needed = Needed::load(args.schemas.as_deref(), &[&args.from, &args.to])?;
    let lane = args.lane.as_deref().map(read_lane).transpose()?;
    let bytes = files::read(&args.file)?;
    let document = xml::parse_owned(bytes, None, &Limits::default()).map_err(|error| {
        let place = error.position().unwrap_or(xml::Position::START);
        let file = args.file.display();
        Failure::input(
            error.code(),
            format!("{file}:{}:{}: {error}", place.line, place.column),
        )
    })?;
    let root = unsigned(&document);
    let packages = needed.of(&args.from, root)?;
    let source = find_for(packages, &args.from, root)?;
    let outer = outer(root, source, packages)?;
    validated(args, root, outer, packages)?;
    let (view, left_out) = select(args, root, source, outer, packages)?;
    let none = LaneRules::default();
    let rules = lane.as_ref().map_or(&none, |lane| &lane.rules);
    let context = DecodeContext {
        zone: rules.source_zone(),
        on: Some(day(args.at.unwrap_or(now))),
    };
    let number = split(args, view, source)?;
    let decoded = match number {
        None => source.decode(view, &context),
        Some(number) => source.decode_document(view, number, &context),
    };
    let mut decoded = decoded.ok_or_else(|| {
        let text = format!("{} has no mapping that reads it", source.id());
        Failure::input("NO_MAPPING", text)
    })?;
    let (mut encoded, target) = if args.to == "canonical" {
        (canonical(&decoded)?, None)
    } else {
        let uuid = args.id.unwrap_or_else(Uuid::new_v4);
        let context = EncodeContext::from_uuid(args.at.unwrap_or(now), uuid);
        let target = find(packages, &args.to)?;
        (encode(&decoded, target, rules, &context), Some(target))
    };
    let mut findings = std::mem::take(&mut decoded.findings);
    let from = decoded.package.to_string();
    // The check below needs as much room again as what is not needed any more.
    drop(decoded);
    drop(document);
    if let Some(target) = target {
        encoded.xml = self_check(encoded.xml, target)?;
    }
    encoded.losses.extend(left_out);
    findings.append(&mut encoded.findings);
    let lane = lane.as_ref().map(|lane| lane.id.as_str());
    report(args, from, &findings, &encoded, lane)?;
    match &encoded.xml {
        Some(bytes) => files::write(args.out.as_deref(), bytes),
        None => Err(Failure::input(
            "NOT_TRANSLATED",
            "the findings above keep the message from being made",
        )),
    }
}

/// The package of the message as a whole: the source, or an envelope around it.
fn outer<'p>(
    root: Node<'_>,
    source: &'p Package,
    packages: &'p Packages,
) -> Result<&'p Package, Failure> {
    if root.name() == source.root() {
        return Ok(source);
    }
    packages.of(root).map(AsRef::as_ref).map_err(|unknown| {
        let text = format!("{}: {unknown}", root.name());
        Failure::input(unknown.code(), text)
    })
}

/// Which of the documents of a message that is split by a repeated element, from 0. Canonical JSON is
/// of the whole message unless a document is named.
fn split(args: &Args, view: Node<'_>, source: &Package) -> Result<Option<usize>, Failure> {
    let Some(count) = source.documents(view).filter(|_| !source.is_envelope()) else {
        return Ok(None);
    };
    let chosen = match args.document {
        None if args.to == "canonical" => return Ok(None),
        None if count == 1 => Some(0),
        None => None,
        Some(number) => number.checked_sub(1).filter(|number| *number < count),
    };
    chosen.map(Some).ok_or_else(|| {
        let text = format!("the message holds {count} document(s); --document says which");
        Failure::input("DOCUMENT", text)
    })
}

/// The document to translate, and what an envelope holds that has no package.
fn select<'d>(
    args: &Args,
    root: Node<'d>,
    source: &Package,
    outer: &Package,
    packages: &Packages,
) -> Result<(Node<'d>, Vec<Loss>), Failure> {
    if outer.root() == source.root() && !source.is_envelope() {
        let is_split = source.documents(root).is_some();
        if !is_split && args.document.is_some_and(|number| number != 1) {
            let text = "the message is one document; --document says no other than 1";
            return Err(Failure::input("DOCUMENT", text));
        }
        return Ok((root, Vec::new()));
    }
    let mut found = Vec::new();
    let mut losses = Vec::new();
    for node in outer.embedded(root) {
        match packages.of(node) {
            Ok(package) if package.root() == source.root() => found.push(node),
            Ok(_) => {}
            Err(_) => losses.push(Loss {
                path: node.path(),
                canonical: None,
                reason: LossReason::NoPackage,
                severity: Severity::Note,
                value: None,
            }),
        }
    }
    let chosen = match (args.document, found.as_slice()) {
        (None, [only]) => Some(*only),
        (None, _) => None,
        (Some(number), _) => number.checked_sub(1).and_then(|at| found.get(at)).copied(),
    };
    chosen.map(|node| (node, losses)).ok_or_else(|| {
        let text = format!(
            "the message holds {} document(s) of {}; --document says which",
            found.len(),
            source.id()
        );
        Failure::input("DOCUMENT", text)
    })
}

fn validated(
    args: &Args,
    root: Node<'_>,
    outer: &Package,
    packages: &Packages,
) -> Result<(), Failure> {
    let faults = faults(root, outer, packages)?;
    for fault in &faults {
        files::complain(format!("{}:{fault}", args.file.display()));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let text = format!("{} does not follow {}", args.file.display(), outer.id());
    Err(Failure::input("SCHEMA_INVALID", text))
}

/// What we write must be valid; if not, the package is at fault, not the message.
fn self_check(xml: Option<Vec<u8>>, target: &Package) -> Result<Option<Vec<u8>>, Failure> {
    let Some(bytes) = xml else {
        return Ok(None);
    };
    let ours = |text: String| Failure::ours("TARGET_INVALID", text);
    let document = xml::parse_owned(bytes, None, &Limits::default())
        .map_err(|error| ours(format!("the message that was made: {error}")))?;
    let faults = target.validate(document.root(), 1);
    match faults.map_err(|why| ours(why.to_owned()))?.first() {
        Some(fault) => Err(ours(format!("the message that was made: {fault}"))),
        // What is written is UTF-8 without a mark: its text is the message.
        None => Ok(Some(document.into_text().into_bytes())),
    }
}

fn canonical(decoded: &Decoded<'_>) -> Result<Encoded, Failure> {
    let json = decoded
        .canonical_json()
        .and_then(|json| serde_json::to_vec_pretty(&json))
        .map_err(|error| Failure::ours("JSON", error))?;
    Ok(Encoded {
        xml: Some(json),
        ..Encoded::default()
    })
}

fn report(
    args: &Args,
    from: String,
    findings: &[Finding],
    encoded: &Encoded,
    lane: Option<&str>,
) -> Result<(), Failure> {
    for finding in findings {
        let place = finding.source.as_ref().map_or_else(String::new, |source| {
            format!(
                " (source {}:{} {})",
                source.line, source.column, source.path
            )
        });
        files::complain(format!(
            "{}: [{}] {}: {}{place}",
            format!("{:?}", finding.severity).to_lowercase(),
            finding.code,
            finding
                .target_path
                .as_deref()
                .or(finding.canonical.as_deref())
                .unwrap_or("/"),
            finding.text,
        ));
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for loss in &encoded.losses {
        *reasons.entry(loss.reason.as_str()).or_default() += 1;
    }
    let reasons: Vec<String> = reasons
        .iter()
        .map(|(reason, count)| format!("{reason} {count}"))
        .collect();
    files::complain(format!(
        "{} loss(es): {}; {} supplied value(s)",
        encoded.losses.len(),
        if reasons.is_empty() {
            "none".to_owned()
        } else {
            reasons.join(", ")
        },
        encoded.supplied.len()
    ));
    let Some(path) = &args.losses else {
        return Ok(());
    };
    let report = Report {
        from,
        to: &args.to,
        lane,
        losses: &encoded.losses,
        supplied: &encoded.supplied,
        findings,
    };
    let json = serde_json::to_vec_pretty(&report).map_err(|error| Failure::ours("JSON", error))?;
    files::write(Some(path), &json)
}
