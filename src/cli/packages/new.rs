//! `corridor packages new`: the first draft of a package.
//!
//! Start at [`run`]. The draft has every path of the schema once, with what the schema says about it,
//! and an empty `is`: `corridor packages check` then names what is still to be said, row by row.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;

use super::super::{Failure, files};
use super::import::{Folder, package_toml};
use crate::model::PackageId;
use crate::schema::{Child, Element, Schema, SimpleType, Survey};

/// Draft a package from a schema file: package.toml, its schema files, and a map.toml with every path.
#[derive(Debug, Parser)]
#[command(after_help = "Example:
  corridor packages new --from-xsd eu/xsd/cc007c.xsd --party eu --message cc007c --version 51.8.6

The package is written below SCHEMAS. Each row of its map.toml has the path, how often it may stand, its
type and what the schema says of it; fill `is` with a canonical path (docs/packages.md, section 6), make it
an [[ignore]] with a reason, or delete the row: what has no row is kept with the message and named as a
loss. `corridor packages check` names every row that is still empty.")]
pub(super) struct Args {
    /// The schema file that defines the message; what it includes and imports lies around it.
    #[arg(long)]
    from_xsd: PathBuf,
    /// Whose format it is.
    #[arg(long)]
    party: String,
    /// What the message is called.
    #[arg(long)]
    message: String,
    /// Its version, as published.
    #[arg(long)]
    version: String,
    /// The document element, where the file defines several.
    #[arg(long)]
    root: Option<String>,
    /// The folder of packages to write to; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
}

/// Deepest path: types that contain themselves would go on for ever.
const DEPTH_MAX: usize = 16;

/// Most rows of a draft. The largest published message has 2,900 paths.
const ROWS_MAX: usize = 20_000;

/// Longest comment about a path, in characters.
const COMMENT_MAX: usize = 110;

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let id = PackageId::new(&args.party, &args.message, &args.version);
    let id = id.map_err(|error| Failure::input("PACKAGE_ID", error.to_string()))?;
    let schemas = match &args.schemas {
        Some(dir) => dir.clone(),
        None => super::folders::schemas_dir(None)?,
    };
    let target = schemas
        .join(id.party())
        .join(id.message())
        .join(id.version());
    if target.exists() {
        let text = format!(
            "{} exists; a draft never replaces anything",
            target.display()
        );
        return Err(Failure::input("PACKAGE_EXISTS", text));
    }
    let (folder, entry) = around(&args.from_xsd)?;
    let named = folder.named();
    let survey = Survey::of(named);
    let bad = |error: crate::schema::Error| Failure::input(error.code(), error.to_string());
    let survey = survey.map_err(bad)?;
    let schema = Schema::compile(&[&entry], &folder).map_err(bad)?;
    let root = root(&schema, &survey, &entry, args.root.as_deref())?;
    let mut draft = Draft::default();
    draft.element(root, "", 0, &mut Vec::new());
    let needed: BTreeSet<&str> = survey.closure(&entry);
    let written = write(&target, &folder, &needed, &entry, &id, root, &draft.text);
    if let Err(failure) = written {
        // It was not there before.
        let _ = fs::remove_dir_all(&target);
        return Err(failure);
    }
    files::say(format!(
        "{}: {} row(s) in map.toml to be filled; `corridor packages check` names them",
        target.display(),
        draft.rows
    ));
    if draft.cut {
        files::say(format!(
            "paths deeper than {DEPTH_MAX} steps, or beyond {ROWS_MAX} rows, are left out"
        ));
    }
    Ok(())
}

/// The schema files around an entry: those of its folder and below. What the entry needs must be
/// among them.
fn around(entry: &Path) -> Result<(Folder, String), Failure> {
    let name = entry.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| {
        Failure::input(
            "FILE_UNREADABLE",
            format!("{} names no file", entry.display()),
        )
    })?;
    let parent = entry.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = Folder::read(parent.unwrap_or_else(|| Path::new(".")))?;
    // A file that ends in something else is read by itself.
    if !folder.has(name) {
        return Err(Failure::input(
            "FILE_UNREADABLE",
            format!("{} is no schema file that can be read", entry.display()),
        ));
    }
    Ok((folder, name.to_owned()))
}

/// The document element: the one that was named, or the only one that can be.
fn root<'s>(
    schema: &'s Schema,
    survey: &Survey,
    entry: &str,
    named: Option<&str>,
) -> Result<Element<'s>, Failure> {
    let forced: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
    let mut roots = survey.roots(&forced);
    roots.retain(|root| root.defined == entry && named.is_none_or(|name| root.local == name));
    match roots.as_slice() {
        [only] => {
            let found = schema.element(&only.namespace, &only.local);
            found.ok_or_else(|| {
                let text = format!("no element `{}` once compiled", only.local);
                Failure::input("SCHEMA_LOAD_UNRESOLVED", text)
            })
        }
        [] => {
            let text = format!("{entry} defines no such message; --root names an element of it");
            Err(Failure::input("SCHEMA_LOAD_UNRESOLVED", text))
        }
        several => {
            let names: Vec<&str> = several.iter().map(|root| root.local.as_str()).collect();
            let text = format!(
                "{entry} defines several messages: {}; name one with --root",
                names.join(", ")
            );
            Err(Failure::input("SCHEMA_LOAD_UNRESOLVED", text))
        }
    }
}

fn write(
    target: &Path,
    folder: &Folder,
    needed: &BTreeSet<&str>,
    entry: &str,
    id: &PackageId,
    root: Element<'_>,
    map: &str,
) -> Result<(), Failure> {
    let title = root.documentation().unwrap_or_else(|| root.name().local);
    let mut package = package_toml(id, title, root.name(), None, entry);
    package.push_str(
        "\n# What the gateway must know about a message (docs/packages.md, section 1), when a path says it:\n\
         # [identity]\n# id        = \"\"\n# sender    = \"\"\n# recipient = \"\"\n# issued    = \"\"\n\
         #\n# [[key]]\n# kind = \"lrn\"\n# at   = \"\"\n\
         #\n# [[route]]\n# at = \"\"\n",
    );
    files::create(&target.join("package.toml"), package.as_bytes(), false)?;
    files::create(&target.join("map.toml"), map.as_bytes(), false)?;
    for (name, bytes) in folder.named().filter(|(name, _)| needed.contains(name)) {
        files::create(&target.join(name), bytes, false)?;
    }
    Ok(())
}

/// The rows of a draft, as TOML.
#[derive(Default)]
struct Draft {
    text: String,
    rows: usize,
    cut: bool,
}

impl Draft {
    /// What stands in an element: at `path` from the group around it, which is the `level`th.
    fn element<'s>(
        &mut self,
        element: Element<'s>,
        path: &str,
        level: usize,
        above: &mut Vec<Element<'s>>,
    ) {
        if above.contains(&element) || above.len() >= DEPTH_MAX || self.rows >= ROWS_MAX {
            self.cut = true;
            return;
        }
        above.push(element);
        for attribute in element.attributes() {
            let place = joined(path, &format!("@{}", attribute.name.local));
            let often = if attribute.required { "1" } else { "0..1" };
            let fixed = attribute.fixed;
            self.row(&place, often, Some(&attribute.simple), fixed, None, level);
        }
        // Fields come before groups: in TOML what follows a table belongs to it.
        let (groups, fields): (Vec<Child<'_>>, Vec<Child<'_>>) = element
            .children()
            .into_iter()
            .partition(|child| child.max != Some(1) && child.element.simple().is_none());
        for child in fields {
            self.child(&child, path, level, above);
        }
        for child in groups {
            let place = joined(path, child.element.name().local);
            self.group(&child, &place, level, above);
        }
        above.pop();
    }

    fn child<'s>(
        &mut self,
        child: &Child<'s>,
        path: &str,
        level: usize,
        above: &mut Vec<Element<'s>>,
    ) {
        let element = child.element;
        let place = joined(path, element.name().local);
        if let Some(simple) = element.simple() {
            let (often, said) = (often(child), element.documentation());
            self.row(&place, &often, Some(&simple), element.fixed(), said, level);
        } else if element.children().is_empty() && element.attributes().is_empty() {
            self.row(
                &place,
                &often(child),
                None,
                None,
                element.documentation(),
                level,
            );
            return;
        }
        self.element(element, &place, level, above);
    }

    fn group<'s>(
        &mut self,
        child: &Child<'s>,
        place: &str,
        level: usize,
        above: &mut Vec<Element<'s>>,
    ) {
        let table = format!("{}group", "group.".repeat(level));
        self.comment(
            &often(child),
            None,
            None,
            child.element.documentation(),
            level,
        );
        self.key(&format!("[[{table}]]"), level);
        self.key(&format!("at = \"{place}\""), level);
        self.key("is = \"\"", level);
        self.text.push('\n');
        self.rows += 1;
        self.element(child.element, "", level + 1, above);
    }

    fn row(
        &mut self,
        place: &str,
        often: &str,
        simple: Option<&SimpleType<'_>>,
        fixed: Option<&str>,
        said: Option<&str>,
        level: usize,
    ) {
        self.comment(often, simple, fixed, said, level);
        self.key(&format!("[[{}field]]", "group.".repeat(level)), level);
        self.key(&format!("at = \"{place}\""), level);
        self.key("is = \"\"", level);
        self.text.push('\n');
        self.rows += 1;
    }

    fn comment(
        &mut self,
        often: &str,
        simple: Option<&SimpleType<'_>>,
        fixed: Option<&str>,
        said: Option<&str>,
        level: usize,
    ) {
        let kind = simple.map(kind).unwrap_or_default();
        let fixed = fixed
            .map(|fixed| format!(", always `{fixed}`"))
            .unwrap_or_default();
        let said = said.map(|said| format!(" - {said}")).unwrap_or_default();
        let text = format!("# {often}{kind}{fixed}{said}");
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let text: String = text.chars().take(COMMENT_MAX).collect();
        self.key(&text, level);
    }

    fn key(&mut self, text: &str, level: usize) {
        let _ = writeln!(self.text, "{}{text}", "  ".repeat(level));
    }
}

fn joined(path: &str, step: &str) -> String {
    match path.is_empty() {
        true => step.to_owned(),
        false => format!("{path}/{step}"),
    }
}

/// How often a child may stand, as `0..1`.
fn often(child: &Child<'_>) -> String {
    let max = child
        .max
        .map_or_else(|| "n".to_owned(), |max| max.to_string());
    let min = if child.optional_group { 0 } else { child.min };
    let choice = if child.choice.is_some() {
        ", of a choice"
    } else {
        ""
    };
    match min.to_string() == max {
        true => format!("{min}{choice}"),
        false => format!("{min}..{max}{choice}"),
    }
}

/// A type in the way of data-element lists: `an..35`, `n..11,2`, else its name.
fn kind(simple: &SimpleType<'_>) -> String {
    let decimals = simple.fraction_digits.filter(|digits| *digits > 0);
    let length = match (simple.length, simple.min_length, simple.max_length) {
        (Some(exact), ..) => format!(" {exact} characters"),
        (None, Some(min), Some(max)) if min > 1 => format!(" {min} to {max} characters"),
        (None, _, Some(max)) => format!(" up to {max} characters"),
        (None, Some(min), None) => format!(" {min} characters or more"),
        (None, None, None) => String::new(),
    };
    let digits = simple.total_digits.map(|total| match decimals {
        Some(decimals) => format!(" of {total} digits, {decimals} after the point"),
        None => format!(" of {total} digits"),
    });
    let listed = match simple.enumeration.len() {
        0 => String::new(),
        1..=6 => format!(" ({})", simple.enumeration.join(", ")),
        many => format!(" (one of {many} values)"),
    };
    let list = if simple.is_list { " list" } else { "" };
    format!(
        ", {}{list}{length}{}{listed}",
        simple.primitive.name(),
        digits.unwrap_or_default()
    )
}
