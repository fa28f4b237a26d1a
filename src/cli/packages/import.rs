//! `corridor packages import`: a folder of published schemas becomes packages.
//!
//! Start at [`run`]. The files are kept as they came, once for all packages that are made of them
//! (`<party>/xsd/<version>/`, with origin and digests in `set.toml`). Everything is compiled before
//! anything is written: what the schema engine does not know stops the import and is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;

use super::super::{Failure, files};
use crate::model::PackageId;
use crate::schema::{Resolver, Root, Schema, Survey, located};
use crate::translate::{OFFICIAL_FILE, Packages, SET_FILE, SETS, digest};
use crate::xml::QName;

/// Import published schemas: every message of a folder becomes a package.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor packages import ncts-p5/xsd --party eu --version 51.8.6 --schemas my-schemas
  corridor packages import album --party fcs --version 5.23.0 --origin 'FCS album 5.23.0' --schema-only

A message is a global element that no other document refers to; --root names further ones. It is called
as the shipped packages call it (r048, esadout-cu), else by its element in lower case. Packages that are
there already are refused, unless with --schema-only: that puts the published schema in the place of
theirs, keeps map.toml and checks it again. A package without map.toml validates only.
Nothing is fetched, and nothing is written when anything is wrong.")]
pub(super) struct Args {
    /// The folder of schema files.
    dir: PathBuf,
    /// Whose formats they are: eu, eaeu, fcs, cn, mn, wco.
    #[arg(long)]
    party: String,
    /// Their version, as published.
    #[arg(long)]
    version: String,
    /// Where they come from.
    #[arg(long)]
    origin: Option<String>,
    /// Under which licence they are here.
    #[arg(long, default_value = "as published; not ours to pass on")]
    licence: String,
    /// An element that is a message although others refer to it; repeat for several.
    #[arg(long)]
    root: Vec<String>,
    /// Put the schema in the place of that of a package that is there.
    #[arg(long)]
    schema_only: bool,
    /// The folder of packages to write to; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
}

/// Most schema files of a folder. The largest published album has 723.
const FILES_MAX: usize = 2_000;

/// Deepest folder that is looked into.
const DEPTH_MAX: usize = 12;

/// Longest title that is taken from the documentation of an element, in characters.
const TITLE_MAX: usize = 120;

/// Names of messages whose document element is called otherwise: namespace prefix, element, message.
const ALIASES: [(&str, &str, &str); 2] = [
    ("urn:EEC:", "TransitDeclaration", "r048"),
    ("urn:EEC:", "CustomsControlUnifiedDoc", "r051"),
];

/// The files of a folder, by their paths in it.
pub(super) struct Folder(BTreeMap<String, Vec<u8>>);

/// A message that was found and compiles.
struct Message {
    id: PackageId,
    title: String,
    root: Root,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let schemas = match &args.schemas {
        Some(dir) => dir.clone(),
        None => super::folders::schemas_dir(None)?,
    };
    let folder = Folder::read(&args.dir)?;
    let survey = Survey::of(folder.named())
        .map_err(|error| Failure::input(error.code(), error.to_string()))?;
    let messages = messages(args, &folder, &survey)?;
    let there = |message: &&Message| {
        folder_of(&schemas, &message.id)
            .join("package.toml")
            .is_file()
    };
    let known: Vec<&Message> = messages.iter().filter(there).collect();
    if let (false, Some(first)) = (args.schema_only, known.first()) {
        let text = format!(
            "{} of {} packages are in {} already, the first is {}; --schema-only replaces their schemas",
            known.len(),
            messages.len(),
            schemas.display(),
            first.id
        );
        return Err(Failure::input("PACKAGE_EXISTS", text));
    }
    let set = schemas.join(&args.party).join(SETS).join(&args.version);
    if !args.schema_only && set.exists() {
        let text = format!(
            "{} has the files of an earlier import, of which other packages may be made; import both \
             folders at once, or name another version",
            set.display()
        );
        return Err(Failure::input("PACKAGE_EXISTS", text));
    }
    let mut writing = Writing::default();
    let written = write(args, &schemas, &folder, &messages, &mut writing);
    let checked = written.and_then(|()| check(args, &schemas, &messages));
    if let Err(failure) = checked {
        writing.undo();
        return Err(failure);
    }
    writing.keep();
    let ids = messages.iter().map(|message| message.id.to_string());
    files::say(format!(
        "{} file(s) and {} package(s) in {}: {}",
        folder.0.len(),
        messages.len(),
        schemas.display(),
        shortened(&ids.collect::<Vec<_>>())
    ));
    Ok(())
}

/// A few of many.
fn shortened(all: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = all
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn folder_of(schemas: &Path, id: &PackageId) -> PathBuf {
    schemas
        .join(id.party())
        .join(id.message())
        .join(id.version())
}

impl Folder {
    /// Those that end in `.xsd`, in the folder and below it.
    pub(super) fn read(dir: &Path) -> Result<Self, Failure> {
        let mut found = Self(BTreeMap::new());
        found.add(dir, "", 0)?;
        if found.0.is_empty() {
            let text = format!("{} has no file that ends in .xsd", dir.display());
            return Err(Failure::input("SCHEMA_LOAD_MISSING", text));
        }
        Ok(found)
    }

    /// Whether it has a file of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The files.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let all = self.0.iter();
        all.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    fn add(&mut self, dir: &Path, prefix: &str, depth: usize) -> Result<(), Failure> {
        let unreadable = |error: std::io::Error| Failure::unreadable(dir, &error);
        if depth > DEPTH_MAX {
            let text = format!("{}: folders nest deeper than {DEPTH_MAX}", dir.display());
            return Err(Failure::input("FOLDER_TOO_DEEP", text));
        }
        for entry in fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
                continue;
            };
            let name = format!("{prefix}{name}");
            if path.is_dir() {
                self.add(&path, &format!("{name}/"), depth + 1)?;
            } else if path
                .extension()
                .is_some_and(|it| it.eq_ignore_ascii_case("xsd"))
            {
                if self.0.len() >= FILES_MAX {
                    let text = format!("more than {FILES_MAX} schema files");
                    return Err(Failure::input("FOLDER_TOO_MANY", text));
                }
                self.0.insert(name, files::read(&path)?);
            }
        }
        Ok(())
    }
}

impl Resolver for Folder {
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)> {
        let name = located(base, location, self.0.keys())?;
        Some((name.to_owned(), self.0.get(name)?.clone()))
    }
}

/// The messages of a folder, compiled. Every fault is printed; the failure counts them.
fn messages(args: &Args, folder: &Folder, survey: &Survey) -> Result<Vec<Message>, Failure> {
    let roots = survey.roots(&args.root);
    if roots.is_empty() {
        let text =
            "no document of the folder defines a message; --root names an element that is one";
        return Err(Failure::input("SCHEMA_LOAD_MISSING", text));
    }
    if let Some(unknown) = args
        .root
        .iter()
        .find(|name| !roots.iter().any(|it| it.local == **name))
    {
        let text = format!("no document of the folder defines an element `{unknown}`");
        return Err(Failure::input("SCHEMA_LOAD_UNRESOLVED", text));
    }
    let names = names(&roots);
    let mut faults: BTreeSet<String> = BTreeSet::new();
    let mut messages = Vec::new();
    for (root, name) in roots.into_iter().zip(names) {
        let id = PackageId::new(&args.party, &name, &args.version);
        let id = id.map_err(|error| Failure::input("PACKAGE_ID", format!("{name}: {error}")))?;
        if name == SETS {
            let text = format!("`{SETS}` is the folder of the files themselves, and no message");
            return Err(Failure::input("PACKAGE_ID", text));
        }
        match Schema::compile(&[&root.entry], folder) {
            Err(error) => {
                faults.insert(format!("[{}] {error}", error.code()));
            }
            Ok(schema) => match schema.element(&root.namespace, &root.local) {
                None => {
                    faults.insert(format!(
                        "{}: no element `{}` once compiled",
                        root.entry, root.local
                    ));
                }
                Some(element) => {
                    let title = element.documentation().unwrap_or(&root.local).to_owned();
                    messages.push(Message { id, title, root });
                }
            },
        }
    }
    if faults.is_empty() {
        return Ok(messages);
    }
    for fault in &faults {
        files::complain(fault);
    }
    let text = format!(
        "{}: {} fault(s), named above",
        args.dir.display(),
        faults.len()
    );
    Err(Failure::input("SCHEMA_LOAD", text))
}

/// What the messages are called, one by one. Those that would share a name are called by their files,
/// and by the folders of these where that is not enough.
fn names(roots: &[Root]) -> Vec<String> {
    let plain = |root: &Root| named(&root.namespace, &root.local);
    let by_file = |root: &Root| slug(file_name(&root.defined).trim_end_matches(".xsd"));
    let by_path = |root: &Root| slug(root.defined.trim_end_matches(".xsd"));
    let counted = |of: &dyn Fn(&Root) -> String| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for root in roots {
            *counts.entry(of(root)).or_default() += 1;
        }
        counts
    };
    let (by_name, by_files) = (counted(&plain), counted(&by_file));
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let of = |root: &Root| {
        let shared = |counts: &BTreeMap<String, usize>, name: &str| {
            counts.get(name).is_some_and(|count| *count > 1)
        };
        let mut name = plain(root);
        if shared(&by_name, &name) {
            name = by_file(root);
            if shared(&by_files, &name) {
                name = by_path(root);
            }
        }
        // One file may define two of one name in different cases of letters.
        while !taken.insert(name.clone()) {
            name.push_str("-x");
        }
        name
    };
    roots.iter().map(of).collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn named(namespace: &str, local: &str) -> String {
    let alias = ALIASES
        .iter()
        .find(|(prefix, element, _)| namespace.starts_with(prefix) && *element == local);
    alias.map_or_else(|| slug(local), |(.., message)| (*message).to_owned())
}

/// A name in lower case, with a hyphen for whatever is neither letter nor digit.
fn slug(text: &str) -> String {
    let letter = |c: char| match c {
        'a'..='z' | '0'..='9' | '.' => c,
        'A'..='Z' => c.to_ascii_lowercase(),
        _ => '-',
    };
    text.chars().map(letter).collect()
}

/// What was written so far, to be taken back when something fails.
#[derive(Default)]
struct Writing {
    /// Files and folders that were not there before.
    new: Vec<PathBuf>,
    /// Folders and files that were moved away, with their places.
    moved: Vec<(PathBuf, PathBuf)>,
}

impl Writing {
    /// Moves away what stands in a place.
    fn make_room(&mut self, place: &Path) -> Result<(), Failure> {
        if !place.exists() {
            return Ok(());
        }
        let mut aside = place.as_os_str().to_owned();
        aside.push(".replaced");
        let aside = PathBuf::from(aside);
        if aside.exists() {
            let text = format!(
                "{} is left of an import that was interrupted; move it back to {}, or remove it",
                aside.display(),
                place.display()
            );
            return Err(Failure::input("PACKAGE_EXISTS", text));
        }
        fs::rename(place, &aside).map_err(|error| Failure::unwritable(place, &error))?;
        self.moved.push((aside, place.to_owned()));
        Ok(())
    }

    fn file(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
        let unwritable = |error: std::io::Error| Failure::unwritable(path, &error);
        if let Some(parent) = path.parent() {
            let missing = parent.ancestors().take_while(|folder| !folder.exists());
            self.new.extend(missing.last().map(Path::to_owned));
            fs::create_dir_all(parent).map_err(unwritable)?;
        }
        self.new.push(path.to_owned());
        fs::write(path, bytes).map_err(unwritable)
    }

    /// Takes everything back.
    fn undo(self) {
        for path in self.new.iter().rev() {
            let removed = match path.is_dir() {
                true => fs::remove_dir_all(path),
                false => fs::remove_file(path),
            };
            if let Err(error) = removed
                && path.exists()
            {
                files::complain(format!(
                    "{}: cannot be removed again: {error}",
                    path.display()
                ));
            }
        }
        for (aside, place) in &self.moved {
            if let Err(error) = fs::rename(aside, place) {
                files::complain(format!("{}: cannot be put back: {error}", place.display()));
            }
        }
    }

    /// Lets go of what was replaced.
    fn keep(self) {
        for (aside, _) in &self.moved {
            let removed = match aside.is_dir() {
                true => fs::remove_dir_all(aside),
                false => fs::remove_file(aside),
            };
            if let Err(error) = removed {
                files::complain(format!("{}: cannot be removed: {error}", aside.display()));
            }
        }
    }
}

fn write(
    args: &Args,
    schemas: &Path,
    folder: &Folder,
    messages: &[Message],
    writing: &mut Writing,
) -> Result<(), Failure> {
    let set = schemas.join(&args.party).join(SETS).join(&args.version);
    writing.make_room(&set)?;
    for (name, bytes) in &folder.0 {
        writing.file(&set.join(name), bytes)?;
    }
    writing.file(&set.join(SET_FILE), set_toml(args, folder).as_bytes())?;
    for message in messages {
        let folder = folder_of(schemas, &message.id);
        if !folder.join("package.toml").is_file() {
            let Message { id, title, root } = message;
            let (namespace, local) = (root.namespace.as_str(), root.local.as_str());
            let name = QName { namespace, local };
            let text = package_toml(id, title, name, Some(&args.version), &root.entry);
            writing.file(&folder.join("package.toml"), text.as_bytes())?;
            continue;
        }
        let official = folder.join(OFFICIAL_FILE);
        writing.make_room(&official)?;
        let text = format!(
            "# The published schema, in the place of the package's own.\nset    = {}\nschema = [{}]\n",
            quoted(&args.version),
            quoted(&message.root.entry)
        );
        writing.file(&official, text.as_bytes())?;
    }
    Ok(())
}

fn set_toml(args: &Args, folder: &Folder) -> String {
    let origin = args.origin.clone().unwrap_or_else(|| {
        format!(
            "{} {}, as published",
            args.party.to_uppercase(),
            args.version
        )
    });
    let mut text = format!(
        "origin  = {}\nlicence = {}\n\n# SHA-256 of each file.\n[files]\n",
        quoted(&origin),
        quoted(&args.licence)
    );
    for (name, bytes) in &folder.0 {
        let _ = writeln!(text, "{} = {}", quoted(name), quoted(&digest(bytes)));
    }
    text
}

/// A `package.toml`. The schema is an entry of a set, where one is named, or of the package's folder.
pub(super) fn package_toml(
    id: &PackageId,
    title: &str,
    root: QName<'_>,
    set: Option<&str>,
    entry: &str,
) -> String {
    let prefix = if root.namespace.is_empty() { "" } else { "m:" };
    let title: String = title.chars().take(TITLE_MAX).collect();
    let mut text = String::new();
    let root_name = format!("{prefix}{}", root.local);
    for (key, value) in [
        ("party  ", id.party()),
        ("message", id.message()),
        ("version", id.version()),
        ("title  ", &title),
        ("root   ", &root_name),
    ] {
        let _ = writeln!(text, "{key} = {}", quoted(value));
    }
    if let Some(set) = set {
        let _ = writeln!(text, "set     = {}", quoted(set));
    }
    let _ = writeln!(text, "schema  = [{}]", quoted(entry));
    if !root.namespace.is_empty() {
        let _ = writeln!(text, "\n[namespaces]\nm = {}", quoted(root.namespace));
    }
    text
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Loads all packages of the folder again, as the gateway would: mappings are checked against the
/// schemas that they have now. The packages of an earlier import whose files were replaced are compiled again;
/// those of this one have been.
fn check(args: &Args, schemas: &Path, messages: &[Message]) -> Result<(), Failure> {
    let mut faults: Vec<String> = Vec::new();
    match Packages::load(schemas) {
        Err(found) => faults.extend(found.iter().map(ToString::to_string)),
        Ok(packages) => {
            let concerned = |id: &PackageId| {
                let compiled = messages.iter().any(|message| message.id == *id);
                id.party() == args.party && id.version() == args.version && !compiled
            };
            for package in packages.iter().filter(|package| concerned(package.id())) {
                let fault = package.check_schema().err();
                faults.extend(fault.map(|why| format!("{}: {why}", package.id())));
            }
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    for fault in &faults {
        files::complain(fault);
    }
    let text = format!(
        "{} fault(s), named above; nothing was changed",
        faults.len()
    );
    Err(Failure::input("PACKAGES", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(local: &str, namespace: &str, defined: &str) -> Root {
        Root {
            entry: defined.to_owned(),
            namespace: namespace.to_owned(),
            local: local.to_owned(),
            defined: defined.to_owned(),
        }
    }

    #[test]
    fn messages_are_called_as_shipped_ones_are_and_each_otherwise() {
        let roots = [
            root(
                "TransitDeclaration",
                "urn:EEC:R:036:TransitDeclaration:v1.0.0",
                "a.xsd",
            ),
            root("ESADout_CU", "urn:customs.ru:x", "b.xsd"),
            root("MetaData", "urn:wco", "x/Submit.xsd"),
            root("MetaData", "urn:wco", "CANCEL_METADATA.xsd"),
            root("MetaData", "urn:wco", "y/Submit.xsd"),
            root("TransitDeclaration", "urn:other", "c.xsd"),
        ];
        let expected = [
            "r048",
            "esadout-cu",
            "x-submit",
            "cancel-metadata",
            "y-submit",
            "transitdeclaration",
        ];
        assert_eq!(names(&roots), expected);
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quoted("a \"b\" \\"), "'a \"b\" \\'");
    }
}
