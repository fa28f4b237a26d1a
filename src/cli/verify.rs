//! `corridor verify`: signed messages, receipts and their proofs, offline.
//!
//! Start at [`Args`]. The judging is in `verdict.rs`; here it is asked and shown.

use std::path::PathBuf;

use clap::Parser;
use jiff::Timestamp;

use super::trust::Trust;
use super::verdict::{Question, Report, Verdict, judge};
use super::{Failure, files};
use crate::crypto::{Form, Suites};

/// Verify a signed message or a receipt, without asking anybody.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor verify message.xml --trust trust
  corridor verify receipt.xml --trust trust --proof receipt.tlog-proof --message message.xml
  corridor verify receipt.xml --trust trust --at 2026-03-01T12:00:00Z --json

The trust folder is your own: anchors/, intermediates/, crls/ and logs/ (certs/README.md).
Integrity, origin, time, inclusion and message are separate answers: PASS, FAIL or UNKNOWN.
Each reference of the signature is listed with what it covers; the one that failed says why.
Exit code 0 when integrity, origin and time pass, and so does whatever else was asked.")]
pub(super) struct Args {
    /// The signed document; - is standard input.
    file: PathBuf,
    /// Your trust folder.
    #[arg(long)]
    trust: PathBuf,
    /// The time for which the certificate is judged; now when left out.
    #[arg(long)]
    at: Option<Timestamp>,
    /// A SignatureMethod URI that is taken; repeat for several; all known ones when left out.
    #[arg(long)]
    suite: Vec<String>,
    /// An attribute that identifies elements for references; repeat for several.
    #[arg(long, default_value = "Id")]
    id_attribute: Vec<String>,
    /// The part that must be signed, where it is not the document: a child of the document element,
    /// by {namespace}local.
    #[arg(long)]
    part: Option<String>,
    /// Refuse certificates that are not made as RFC 5280 section 4 says.
    #[arg(long)]
    strict_form: bool,
    /// Refuse certificates whose issuer no revocation list covers.
    #[arg(long)]
    require_revocation: bool,
    /// The proof (tlog-proof) that the receipt is in a log.
    #[arg(long)]
    proof: Option<PathBuf>,
    /// The leaf that the proof is for, where it is not the receipt's own: a partner's receipt in the
    /// log of the sender.
    #[arg(long, requires = "proof")]
    leaf: Option<PathBuf>,
    /// The message that the receipt is for.
    #[arg(long)]
    message: Option<PathBuf>,
    /// Write the verified content, canonical and without the signature.
    #[arg(long)]
    extract: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(args: &Args, now: Timestamp) -> Result<(), Failure> {
    let mut trust = Trust::read(&args.trust)?;
    if args.require_revocation {
        trust.certificates = trust.certificates.requiring_revocation();
    }
    if args.strict_form {
        let strict = trust.certificates.in_form(Form::Rfc5280);
        trust.certificates = strict.map_err(|error| Failure::input(error.code(), error))?;
    }
    let bytes = files::read(&args.file)?;
    let read = |path: &Option<PathBuf>| path.as_deref().map(files::read).transpose();
    let proof = read(&args.proof)?.map(|proof| String::from_utf8_lossy(&proof).into_owned());
    let (leaf, message) = (read(&args.leaf)?, read(&args.message)?);
    let all = Suites::standard();
    let suites = if args.suite.is_empty() {
        all.uris().map(str::to_owned).collect()
    } else {
        args.suite.clone()
    };
    let report = judge(&Question {
        bytes: &bytes,
        trust: &trust,
        suites: &suites,
        id_attributes: &args.id_attribute,
        part: args.part.as_deref(),
        at: args.at.unwrap_or(now),
        proof: proof.as_deref(),
        leaf: leaf.as_deref(),
        message: message.as_deref(),
    });
    if args.json {
        files::say_json(&report)?;
    } else {
        show(&report);
    }
    conclude(args, &report)?;
    match (&args.extract, &report.content) {
        (Some(path), Some(content)) => files::write(Some(path), content),
        _ => Ok(()),
    }
}

fn show(report: &Report) {
    if let Some(receipt) = &report.receipt {
        files::say(format!(
            "receipt   {} {} by {}, number {} ({} {}), leaf {}, received {}",
            receipt.outcome.to_uppercase(),
            receipt.code.as_deref().unwrap_or_default(),
            receipt.gateway,
            receipt.counter,
            receipt.direction,
            receipt.partner,
            receipt.leaf_index,
            receipt.received_at,
        ));
        if let Some(registration) = &receipt.registration {
            let flags = registration.flags.iter();
            let flags: String = flags.map(|flag| format!(", {flag}")).collect();
            files::say(format!("number    {}{flags}", registration.number));
        }
        for part in &receipt.parts {
            files::say(format!("part      {part}"));
        }
    }
    for (name, axis) in report.axes() {
        let verdict = match axis.verdict {
            Verdict::Fail => "FAIL",
            Verdict::Pass => "PASS",
            Verdict::Unknown => "UNKNOWN",
        };
        let code = axis
            .code
            .as_ref()
            .map_or_else(String::new, |code| format!("[{code}] "));
        files::say(format!("{name:<9} {verdict:<8} {code}{}", axis.text));
    }
    show_signature(report);
}

/// What the signature says, and what was found of it.
fn show_signature(report: &Report) {
    if let Some(signature) = &report.signature {
        files::say(format!("method    {}", signature.method));
        for (number, reference) in (1..).zip(&signature.references) {
            let covers = reference
                .covers
                .as_deref()
                .unwrap_or("nothing that may be covered");
            let said = match &reference.fault {
                None => format!("PASS     {covers}"),
                Some(fault) => {
                    let (code, text) = (fault.code, &fault.text);
                    format!("FAIL     {covers} [{code}] {text}")
                }
            };
            let uri = reference.uri.as_deref().unwrap_or_default();
            files::say(format!("reference {said}"));
            files::say(format!(
                "          number {number}, URI \"{uri}\", at line {}, {}",
                reference.line, reference.digest
            ));
        }
    }
    if let Some(signer) = &report.signer {
        files::say(format!("signer    {} ({})", signer.subject, signer.serial));
        for authority in &signer.path {
            let (subject, until) = (&authority.subject, authority.not_after);
            files::say(format!("path      {subject}, valid until {until}"));
        }
        for list in &signer.lists {
            let (issuer, from, until) = (&list.issuer, list.this_update, list.next_update);
            files::say(format!("list      {issuer}, of {from}, until {until}"));
        }
        if let Some(time) = signer.signing_time {
            files::say(format!("states    signed at {time}"));
        }
    }
}

/// The exit code: what was asked must pass.
fn conclude(args: &Args, report: &Report) -> Result<(), Failure> {
    let asked = |name: &str| match name {
        "inclusion" => args.proof.is_some(),
        "message" => args.message.is_some(),
        _ => true,
    };
    let open: Vec<&str> = report
        .axes()
        .filter(|(name, axis)| {
            axis.verdict == Verdict::Fail || (asked(name) && axis.verdict != Verdict::Pass)
        })
        .map(|(name, _)| name)
        .collect();
    if report.kind == "message" && (args.proof.is_some() || args.message.is_some()) {
        let text = "--proof and --message ask about receipts, and this is none";
        return Err(Failure::input("NOT_A_RECEIPT", text));
    }
    if open.is_empty() {
        return Ok(());
    }
    let text = format!("{}: {} did not pass", args.file.display(), open.join(", "));
    Err(Failure::input("NOT_VERIFIED", text))
}
