//! `corridor codelists`: the code lists that mappings look codes up in.
//!
//! Start at [`Args`]; [`import`] takes over what others publish.

mod csv;
mod import;
mod published;
mod reference_data;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use jiff::civil::Date;
use serde::Serialize;

use super::{Failure, files, folders};
use crate::translate::{CodeLists, Edition, Entry, Span, Unlisted};

/// Code lists.
#[derive(Debug, Parser)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Check),
    Import(import::Args),
    List(List),
    Show(Show),
}

/// Check every list of a folder, or one code.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor codelists check
  corridor codelists check country:a2 RU --on 2026-03-01

Every fault of a list is named with its file and line. Of a code it is said whether the list has it on that day.")]
struct Check {
    /// The list and column to look a code up in.
    #[arg(requires = "code")]
    list: Option<String>,
    /// The code.
    code: Option<String>,
    /// The day for which it is looked up; without it in the newest version, whatever its dates.
    #[arg(long)]
    on: Option<Date>,
    /// The folder of packages; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
}

/// List the code lists of a folder, each with its versions.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor codelists list --schemas schemas")]
struct List {
    /// The folder of packages; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Show the codes of a list.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor codelists show transport-mode
  corridor codelists show country --code 643
  corridor codelists show un-locode --version 2024-2 --code FIHEL")]
struct Show {
    /// What the list is called.
    list: String,
    /// Which version; the one of the day when left out.
    #[arg(long)]
    version: Option<String>,
    /// The day whose version is shown; without it the newest.
    #[arg(long)]
    on: Option<Date>,
    /// Only rows that have this code, in any column.
    #[arg(long)]
    code: Option<String>,
    /// The folder of packages; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A version of a list, as listed.
#[derive(Debug, Serialize)]
struct Listed<'l> {
    name: &'l str,
    version: &'l str,
    agency: &'l str,
    origin: &'l str,
    file: &'l str,
    #[serde(flatten)]
    days: Days,
    canonical: Option<&'l str>,
    columns: Vec<&'l str>,
    complete: Vec<&'l str>,
    rows: usize,
}

/// A row, as shown.
#[derive(Debug, Serialize)]
struct Shown<'l> {
    codes: serde_json::Map<String, serde_json::Value>,
    name: &'l str,
    #[serde(flatten)]
    days: Days,
}

/// How long something holds.
#[derive(Debug, Serialize)]
struct Days {
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
}

impl From<Span> for Days {
    fn from(span: Span) -> Self {
        Self {
            valid_from: span.from.map(|day| day.to_string()),
            valid_until: span.until.map(|day| day.to_string()),
        }
    }
}

impl Days {
    fn words(&self) -> String {
        let from = self.valid_from.iter().map(|day| format!("from {day}"));
        let until = self.valid_until.iter().map(|day| format!("until {day}"));
        from.chain(until).collect::<Vec<_>>().join(" ")
    }
}

impl<'l> From<&Edition<'l>> for Listed<'l> {
    fn from(edition: &Edition<'l>) -> Self {
        let columns = edition.columns.iter();
        let complete = columns.clone().filter(|(_, complete)| *complete);
        Self {
            name: edition.name,
            version: edition.version,
            agency: edition.agency,
            origin: edition.origin,
            file: edition.file,
            days: edition.span.into(),
            canonical: edition.canonical,
            columns: columns.map(|(column, _)| *column).collect(),
            complete: complete.map(|(column, _)| *column).collect(),
            rows: edition.rows,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Check(args) => check(args),
        Command::Import(args) => import::run(args),
        Command::List(args) => list(args),
        Command::Show(args) => show(args),
    }
}

/// Loads the lists beside the packages. Every fault is printed; the failure counts them.
fn load(schemas: Option<&PathBuf>) -> Result<CodeLists, Failure> {
    let dir = folders::schemas_dir(schemas.map(PathBuf::as_path))?;
    CodeLists::load(&dir).map_err(|faults| {
        for fault in &faults {
            files::complain(fault);
        }
        let text = format!("{}: {} fault(s), named above", dir.display(), faults.len());
        Failure::input("CODELISTS", text)
    })
}

fn unlisted(error: &Unlisted) -> Failure {
    Failure::input("CODELIST_UNKNOWN", error)
}

fn check(args: &Check) -> Result<(), Failure> {
    let lists = load(args.schemas.as_ref())?;
    let (Some(list), Some(code)) = (&args.list, &args.code) else {
        let (versions, rows) = lists.editions().fold((0_usize, 0), |(versions, rows), it| {
            (versions + 1, rows + it.rows)
        });
        files::say(format!(
            "{versions} list version(s), {rows} row(s): no fault"
        ));
        return Ok(());
    };
    let doubt = lists.doubt(list, code, args.on);
    match doubt.map_err(|error| unlisted(&error))? {
        None => {
            files::say(format!("{code} is a code of {list}"));
            Ok(())
        }
        Some(doubt) => {
            let text = format!("{code} {}", doubt.words());
            Err(Failure::input(doubt.code(), text))
        }
    }
}

fn list(args: &List) -> Result<(), Failure> {
    let lists = load(args.schemas.as_ref())?;
    let editions: Vec<Edition<'_>> = lists.editions().collect();
    let listed: Vec<Listed<'_>> = editions.iter().map(Listed::from).collect();
    if args.json {
        return files::say_json(&listed);
    }
    for list in listed {
        let columns = list.columns.join(", ");
        let line = format!(
            "{:<24} {:<10} {:>7}  {columns:<28} {}",
            list.name,
            list.version,
            list.rows,
            list.days.words()
        );
        files::say(line.trim_end());
    }
    Ok(())
}

fn show(args: &Show) -> Result<(), Failure> {
    let lists = load(args.schemas.as_ref())?;
    let (version, code) = (args.version.as_deref(), args.code.as_deref());
    let found = lists.entries(&args.list, version, args.on, code);
    let (edition, entries) = found.map_err(|error| unlisted(&error))?;
    if args.json {
        let shown = |entry: &Entry<'_>| {
            let columns = edition.columns.iter().zip(&entry.codes);
            let codes = columns.filter(|(_, code)| !code.is_empty());
            let codes = codes.map(|((column, _), code)| ((*column).to_owned(), (*code).into()));
            serde_json::to_value(Shown {
                codes: codes.collect(),
                name: entry.name,
                days: entry.span.into(),
            })
        };
        let rows: Result<Vec<_>, _> = entries.iter().map(shown).collect();
        let rows = rows.map_err(|error| Failure::ours("JSON", error))?;
        return files::say_json(&rows);
    }
    if entries.is_empty() && code.is_some() {
        let text = format!("no row of {} has that code", args.list);
        return Err(Failure::input("CODE_UNKNOWN", text));
    }
    for entry in entries {
        let codes: Vec<String> = entry
            .codes
            .iter()
            .map(|code| format!("{code:<10}"))
            .collect();
        let days = Days::from(entry.span).words();
        let line = format!("{} {}  {days}", codes.join(" "), entry.name);
        files::say(line.trim_end());
    }
    Ok(())
}
