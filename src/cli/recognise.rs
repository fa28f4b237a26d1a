//! `corridor recognise`: a recognition decision, offline, with the same bytes as in a gateway.
//!
//! Start at [`Args`]. The deciding is in the `recognition` room; here it is asked and shown.

use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use jiff::Timestamp;

use super::{Failure, files};
use crate::recognition::{
    Agreement, Facts, Finding, RecognitionResult, State, Text3, Verdict, decide,
};

/// Decide whether a partner's control result may be relied on, and say why.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor recognise --agreement schemas/agreements/ru-cn-mrcc-2014-pogranichny.toml \\
    --facts examples/recognition/tomatoes.json --at 2026-11-22T11:20:30Z

The same agreement, facts and time give the same bytes (--json) as in a gateway, so that an auditor
can repeat a decision. docs/recognition.md explains facts, agreements, rules and verdicts.
Exit code 0 whenever a decision was made, whatever it is; 1 when a file cannot be used.")]
pub(super) struct Args {
    /// The agreement's file.
    #[arg(long)]
    agreement: PathBuf,
    /// The facts as JSON; - is standard input.
    #[arg(long)]
    facts: PathBuf,
    /// The time of the decision: later facts are not known yet.
    #[arg(long)]
    at: Timestamp,
    /// The id of the decision that this one follows; left out to repeat one of a gateway, which keeps it
    /// beside the result.
    #[arg(long)]
    supersedes: Option<String>,
    /// The language of the explanation.
    #[arg(long, value_enum, default_value_t = Language::En)]
    language: Language,
    /// Print the decision itself, as JSON.
    #[arg(long)]
    json: bool,
}

/// A language of the explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
    /// Chinese.
    Zh,
}

impl Language {
    fn of(self, text: &Text3) -> &str {
        match self {
            Self::En => &text.en,
            Self::Ru => &text.ru,
            Self::Zh => &text.zh,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let agreement = agreement(&args.agreement)?;
    let bytes = files::read(&args.facts)?;
    let facts = Facts::parse(&bytes).map_err(|error| {
        Failure::input(error.code(), format!("{}: {error}", args.facts.display()))
    })?;
    let mut result = decide(&facts, &agreement, args.at);
    result.supersedes.clone_from(&args.supersedes);
    if args.json {
        return files::write(None, &result.to_bytes());
    }
    show(&result, args.language);
    Ok(())
}

fn agreement(path: &Path) -> Result<Agreement, Failure> {
    Agreement::load(path).map_err(|faults| {
        for fault in &faults {
            files::complain(fault);
        }
        let text = format!("{}: {} fault(s), named above", path.display(), faults.len());
        Failure::input("AGREEMENT_FAULT", text)
    })
}

/// The deciding rules first, then what else did not pass, the passing ones folded.
fn show(result: &RecognitionResult, language: Language) {
    let colour = match result.verdict {
        Verdict::NotRecognised => "RED",
        Verdict::Pending => "WHITE",
        Verdict::RecognisedWithChecks => "YELLOW",
        Verdict::Recognised => "GREEN",
    };
    files::say(format!("{} ({colour})", result.verdict.as_str()));
    files::say(language.of(&result.headline));
    files::say(format!(
        "agreement {} ({}), at {}, facts {}",
        result.agreement.id, result.agreement.legal_basis, result.at, result.facts_sha256
    ));
    if let Some(until) = result.pending_until {
        files::say(format!("what is missing may still come until {until}"));
    }
    let decides = |finding: &&Finding| result.deciding.contains(&finding.rule);
    let open = |finding: &&Finding| finding.state != State::Pass && !decides(finding);
    for finding in result.rules.iter().filter(decides) {
        explain(finding, language);
    }
    for finding in result.rules.iter().filter(open) {
        explain(finding, language);
    }
    let passed = result.rules.iter();
    let passed = passed.filter(|finding| finding.state == State::Pass);
    let names: Vec<&str> = passed.map(|finding| finding.rule.as_str()).collect();
    if !names.is_empty() {
        files::say(format!("\nPASS {}", names.join(" ")));
    }
}

fn explain(finding: &Finding, language: Language) {
    let state = match finding.state {
        State::Fail => "FAIL",
        State::Pass => "PASS",
        State::Unknown => "UNKNOWN",
    };
    let code = finding.code.map_or("", |code| code.as_str());
    files::say(format!("\n{} {state} {code}", finding.rule.as_str()));
    files::say(format!("  {}", language.of(&finding.text)));
    let observed = &finding.observed;
    for (side, value) in [
        ("partner said", &observed.partner),
        ("declared", &observed.declared),
        ("observed here", &observed.here),
    ] {
        if let Some(value) = value {
            files::say(format!("  {side:<14} {value}"));
        }
    }
    if !finding.expected.is_empty() {
        files::say(format!("  {:<14} {}", "expected", finding.expected));
    }
    if let Some(remedy) = &finding.remedy {
        files::say(format!("  {:<14} {}", "remedy", language.of(remedy)));
    }
    if let Some(authority) = &finding.overridable_by {
        files::say(format!("  {:<14} {authority}", "override by"));
    }
    for fact in &finding.facts {
        let path = fact.path.as_deref().unwrap_or_default();
        files::say(format!(
            "  {:<14} {} from {} {path} known {}",
            "fact", fact.fact, fact.message, fact.known_at
        ));
    }
}
