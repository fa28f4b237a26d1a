//! `corridor validate`: messages against the schema of a package.
//!
//! Start at [`Args`].

use std::path::{Path, PathBuf};

use clap::Parser;
use serde::Serialize;

use super::needed::Needed;
use super::{Failure, files, packages};
use crate::schema::Fault;
use crate::translate::{Package, Packages};
use crate::xml::{self, Document, Limits, Node};

/// Faults shown of one document; beyond it nobody reads on.
const FAULTS_MAX: usize = 100;

/// Check messages against the schema of a package.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor validate eu/cc015c message.xml
  corridor validate --json fcs/esadout-cu *.xml

Documents that an envelope carries are checked too, each against its own package.
A fault reads FILE:LINE:COLUMN. Exit code 1 when any file has one.")]
pub(super) struct Args {
    /// party/message, for the version that a message says to be of, or party/message/version.
    package: String,
    /// The messages; - is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The folder of packages; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was found in one file.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    faults: Vec<Found>,
}

/// One fault.
#[derive(Debug, Serialize)]
struct Found {
    code: String,
    line: u32,
    column: u32,
    path: String,
    text: String,
}

impl From<Fault> for Found {
    fn from(fault: Fault) -> Self {
        Self {
            code: fault.rule.code().to_owned(),
            line: fault.position.line,
            column: fault.position.column,
            text: format!("found {}, expected {}", fault.found, fault.expected),
            path: fault.path,
        }
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let needed = Needed::load(args.schemas.as_deref(), &[&args.package])?;
    let mut checked = Vec::new();
    for path in &args.files {
        checked.push(check(path, &args.package, &needed)?);
    }
    if args.json {
        files::say_json(&checked)?;
    } else {
        for Checked { file, faults } in &checked {
            for Found {
                code,
                line,
                column,
                path,
                text,
            } in faults
            {
                files::complain(format!("{file}:{line}:{column}: [{code}] {path}: {text}"));
            }
            if faults.is_empty() {
                files::say(format!("{file}: valid"));
            }
        }
    }
    let bad = checked
        .iter()
        .filter(|file| !file.faults.is_empty())
        .count();
    if bad == 0 {
        return Ok(());
    }
    let text = format!(
        "{bad} of {} file(s) do not follow {}",
        checked.len(),
        args.package
    );
    Err(Failure::input("SCHEMA_INVALID", text))
}

fn check(path: &Path, name: &str, needed: &Needed) -> Result<Checked, Failure> {
    let bytes = files::read(path)?;
    let faults = match xml::parse_owned(bytes, None, &Limits::default()) {
        Ok(document) => {
            let view = unsigned(&document);
            let packages = needed.of(name, view)?;
            let package = packages::find_for(packages, name, view)?;
            let faults = faults(view, package, packages)?;
            faults.into_iter().map(Found::from).collect()
        }
        Err(error) => {
            let place = error.position().unwrap_or(xml::Position::START);
            vec![Found {
                code: error.code().to_owned(),
                line: place.line,
                column: place.column,
                path: "/".to_owned(),
                text: error.to_string(),
            }]
        }
    };
    Ok(Checked {
        file: path.display().to_string(),
        faults,
    })
}

/// Faults of a document and of the documents in it that have a package.
pub(super) fn faults(
    view: Node<'_>,
    package: &Package,
    packages: &Packages,
) -> Result<Vec<Fault>, Failure> {
    let of = |view, package: &Package| {
        let faults = package.validate(view, FAULTS_MAX);
        faults
            .map_err(|why| Failure::input("SCHEMA_UNAVAILABLE", format!("{}: {why}", package.id())))
    };
    let mut faults = of(view, package)?;
    for embedded in package.embedded(view) {
        if let Ok(package) = packages.of(embedded) {
            faults.extend(of(embedded, package)?);
        }
    }
    faults.truncate(FAULTS_MAX);
    Ok(faults)
}

/// The root without an enveloped signature, as the gateway sees a message once its signature is
/// verified. Nothing is verified here.
pub(super) fn unsigned(document: &Document) -> Node<'_> {
    let root = document.root();
    let signature = root.child("http://www.w3.org/2000/09/xmldsig#", "Signature");
    signature.map_or(root, |signature| root.without(signature.id()))
}
