//! `corridor packages`: the message packages of a folder.
//!
//! Start at [`Args`]; [`load`] is what other commands find packages with.

mod import;
mod new;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use serde::Serialize;

use super::{Failure, files, folders};
use crate::exchange::{Lane, Output};
use crate::schema::Sampler;
use crate::translate::{Package, Packages, Status};
use crate::xml::Node;

/// Message packages.
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
    New(new::Args),
    Sample(Sample),
}

/// Check every package of a folder, and lanes against them.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor packages check
  corridor packages check --schemas my-schemas --lane lanes/ru-kz.toml

Without --lane the lanes in the folder `lanes` beside the packages are checked. Every fault is named with its file and line.")]
struct Check {
    /// The folder of packages; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
    /// A lane to check against its packages, instead of those in SCHEMAS/lanes; repeat for several.
    #[arg(long)]
    lane: Vec<PathBuf>,
}

/// List the packages of a folder.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor packages list --schemas schemas")]
struct List {
    /// The folder of packages; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Write a document that is valid by a package's schema, with invented values.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor packages sample eu/cc015c
  corridor packages sample fcs/esadout-cu --seed 7 -o sample.xml

The same seed gives the same document. It obeys the schema and no rule beyond it.")]
struct Sample {
    /// party/message or party/message/version.
    package: String,
    /// What decides all that the schema leaves open.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to write it; standard output when left out.
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// The folder of packages; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
}

/// One package, as listed.
#[derive(Debug, Serialize)]
struct Entry {
    package: String,
    title: String,
    root: String,
    decodes: bool,
    encodes: bool,
    envelope: bool,
    status: &'static str,
    origin: String,
    licence: String,
}

impl From<&Package> for Entry {
    fn from(package: &Package) -> Self {
        let directions = package.directions();
        Self {
            package: package.id().to_string(),
            title: package.title().to_owned(),
            root: package.root().to_string(),
            decodes: directions.is_some_and(|directions| directions.decodes),
            encodes: directions.is_some_and(|directions| directions.encodes),
            envelope: package.is_envelope(),
            status: package.status().as_str(),
            origin: package.origin().to_owned(),
            licence: package.licence().to_owned(),
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Check(args) => check(args),
        Command::Import(args) => import::run(args),
        Command::List(args) => list(args),
        Command::New(args) => new::run(args),
        Command::Sample(args) => sample(args),
    }
}

/// Loads the packages of the folder that was named, or of the usual one.
pub(super) fn load(folder: Option<&Path>) -> Result<Packages, Failure> {
    folders::packages(&folders::schemas_dir(folder)?)
}

/// The package of this name.
pub(super) fn find<'p>(packages: &'p Packages, name: &str) -> Result<&'p Package, Failure> {
    packages.find(name).map(AsRef::as_ref).ok_or_else(|| {
        Failure::input(
            "PACKAGE_UNKNOWN",
            format!("no package {name}; `corridor packages list` names them"),
        )
    })
}

/// As [`find`], for a document: `party/message` is for the version that it says to be of.
pub(super) fn find_for<'p>(
    packages: &'p Packages,
    name: &str,
    view: Node<'_>,
) -> Result<&'p Package, Failure> {
    match packages.find_for(name, view) {
        Some(package) => Ok(package),
        None => find(packages, name),
    }
}

/// Reads a lane's file.
pub(super) fn read_lane(path: &Path) -> Result<Lane, Failure> {
    let bytes = files::read(path)?;
    let bad = |text: String| Failure::input("LANE", text);
    let text = str::from_utf8(&bytes).map_err(|_| bad(format!("{}: not UTF-8", path.display())))?;
    Lane::parse(text, &path.display().to_string()).map_err(|error| bad(error.to_string()))
}

fn check(args: &Check) -> Result<(), Failure> {
    let schemas = folders::schemas_dir(args.schemas.as_deref())?;
    let packages = folders::packages(&schemas)?;
    let beside = schemas.join("lanes");
    let lanes = if args.lane.is_empty() && beside.is_dir() {
        folders::toml_files(&beside)?
    } else {
        args.lane.clone()
    };
    let mut faults = 0;
    for path in &lanes {
        let lane = read_lane(path)?;
        find(&packages, &lane.package_in.to_string())?;
        let Output::Package(target) = &lane.output else {
            continue;
        };
        // What passes unchanged is given nothing and kept nothing of.
        if *target == lane.package_in {
            continue;
        }
        for fault in lane.rule_faults(find(&packages, &target.to_string())?) {
            files::complain(format!("[LANE] {fault}"));
            faults += 1;
        }
    }
    if faults > 0 {
        return Err(Failure::input(
            "LANE",
            format!("{faults} fault(s), named above"),
        ));
    }
    for package in packages.iter() {
        if let Err(why) = package.check_schema() {
            files::complain(format!("[SCHEMA_UNAVAILABLE] {}: {why}", package.id()));
            faults += 1;
        }
    }
    if faults > 0 {
        let text = format!("{faults} schema(s) do not compile, named above");
        return Err(Failure::input("SCHEMA_UNAVAILABLE", text));
    }
    for package in packages.iter() {
        if package.status() != Status::Published {
            files::say(format!("{}: {}", package.id(), package.status().as_str()));
        }
        for place in package.inferred() {
            files::say(format!("{}: inferred: {place}", package.id()));
        }
    }
    files::say(format!(
        "{} package(s), {} lane(s): no fault",
        packages.iter().count(),
        lanes.len()
    ));
    Ok(())
}

fn sample(args: &Sample) -> Result<(), Failure> {
    let packages = load(args.schemas.as_deref())?;
    let package = find(&packages, &args.package)?;
    let schema = package.schema();
    let schema = schema.map_err(|why| Failure::input("SCHEMA_UNAVAILABLE", why.to_owned()))?;
    let sampler = Sampler::new(schema);
    let text = sampler.document(package.root(), args.seed);
    let text = text.map_err(|error| Failure::input("NO_SAMPLE", error.to_string()))?;
    files::write(args.output.as_deref(), text.as_bytes())
}

fn list(args: &List) -> Result<(), Failure> {
    let packages = load(args.schemas.as_deref())?;
    let entries: Vec<Entry> = packages
        .iter()
        .map(|package| Entry::from(&**package))
        .collect();
    if args.json {
        return files::say_json(&entries);
    }
    for entry in entries {
        let does = match (entry.decodes, entry.encodes, entry.envelope) {
            (true, true, _) => "both ways",
            (true, false, _) => "decodes",
            (false, true, _) => "encodes",
            (false, false, true) => "envelope",
            (false, false, false) => "validates",
        };
        files::say(format!(
            "{:<28} {does:<10} {:<10} {}",
            entry.package, entry.status, entry.title
        ));
    }
    Ok(())
}
