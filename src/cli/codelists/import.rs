//! `corridor codelists import`: a published list becomes a version of a list here.
//!
//! Start at [`run`]. Rows are written as they are read, into a file beside the one that describes them;
//! both get their names only when every row was good. Nothing is fetched.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use clap::Parser;
use encoding_rs::Encoding;
use jiff::civil::Date;
use ring::digest::{Context, SHA256};

use super::super::{Failure, files, folders};
use super::published::{Bad, Kind, Row, Source};
use crate::translate::{CodeLists, RowsFile};

/// Import a published list: UN/LOCODE, customs offices of the EU, the Harmonized System.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor codelists import un-locode part1.csv part2.csv part3.csv --version 2024-2 --into my-schemas/codelists
  corridor codelists import eu-office COL-Generic-20241105.xml --version 2024-11-05 --valid-from 2024-11-05
  corridor codelists import hs harmonized-system.csv --version 2022 --valid-from 2022-01-01

Several versions stand side by side; each needs a --valid-from of its own, but for one. The mappings that name
the list look codes up in it from the next start or reload on. Bad rows are named with line and column, and then
nothing is written, unless with --skip-bad-rows. Nothing is fetched.")]
pub(super) struct Args {
    /// Which list.
    kind: Kind,
    /// The files, as published; several make one list.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Its version, as published.
    #[arg(long)]
    version: String,
    /// The folder of lists; codelists in ./schemas when left out.
    #[arg(long)]
    into: Option<PathBuf>,
    /// The first day on which the version holds.
    #[arg(long)]
    valid_from: Option<Date>,
    /// The first day on which it does not hold any more.
    #[arg(long)]
    valid_until: Option<Date>,
    /// Where it comes from.
    #[arg(long)]
    origin: Option<String>,
    /// Leave bad rows out, and name them.
    #[arg(long)]
    skip_bad_rows: bool,
    /// In which encoding CSV is read, such as windows-1252.
    #[arg(long, default_value = "utf-8")]
    encoding: String,
}

/// Largest file, in bytes. The reference data of all customs offices of the EU have 55 MB.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Most rows: as the lists are read (`docs/packages.md`).
const ROWS_MAX: usize = 500_000;

/// Most bad rows that are named.
const NAMED_MAX: usize = 20;

/// Longest version, in characters: it is part of a file's name.
const VERSION_CHARS_MAX: usize = 32;

/// A file that is digested as it is read.
struct Digested {
    file: File,
    context: Context,
    left: u64,
}

impl Read for Digested {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        let read = into.get(..count).unwrap_or_default();
        self.context.update(read);
        let length = u64::try_from(count).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or_else(|| {
            let text = format!("more than {FILE_BYTES_MAX} bytes");
            io::Error::new(io::ErrorKind::FileTooLarge, text)
        })?;
        Ok(count)
    }
}

/// The rows as they are written.
struct Writing {
    out: BufWriter<File>,
    context: Context,
    rows: usize,
    /// Every code, with the file and line where it stands.
    known: HashMap<String, (usize, u64)>,
    bad: Vec<String>,
    bad_count: usize,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let version = args.version.as_str();
    if version.is_empty() || version.len() > VERSION_CHARS_MAX || !version.chars().all(legal) {
        let text =
            format!("a version has at most {VERSION_CHARS_MAX} letters, digits, `-`, `.` and `_`");
        return Err(Failure::input("CODELIST_VERSION", text));
    }
    let encoding = Encoding::for_label(args.encoding.as_bytes()).ok_or_else(|| {
        let text = format!("{} is no encoding that is known", args.encoding);
        Failure::input("ENCODING_UNKNOWN", text)
    })?;
    let into = match &args.into {
        Some(dir) => dir.clone(),
        None => folders::schemas_dir(None)?.join("codelists"),
    };
    let stem = format!("{}-{version}", args.kind.name());
    let (described, rows) = (into.join(format!("{stem}.toml")), format!("{stem}.tsv"));
    for path in [&described, &into.join(&rows)] {
        if path.exists() {
            let text = format!("{} is here already: name another version", path.display());
            return Err(Failure::input("CODELIST_EXISTS", text));
        }
    }
    fs::create_dir_all(&into).map_err(|error| Failure::unwritable(&into, &error))?;
    let unfinished = tempfile(&into, &stem)?;
    let read = read_all(args, encoding, &unfinished);
    let written = read.and_then(|(count, text)| {
        let kept = keep(&unfinished, &into.join(&rows), &described, &text);
        let checked = kept.and_then(|()| check(&into));
        checked.map(|()| count).inspect_err(|_| {
            let _ = fs::remove_file(into.join(&rows));
            let _ = fs::remove_file(&described);
        })
    });
    let _ = fs::remove_file(&unfinished);
    let count = written?;
    let name = args.kind.name();
    files::say(format!(
        "{count} row(s) of {name} {version} in {}",
        described.display()
    ));
    Ok(())
}

/// Where rows stand while they are read.
fn tempfile(into: &Path, stem: &str) -> Result<PathBuf, Failure> {
    let path = into.join(format!(".{stem}.unfinished"));
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::unwritable(&path, &error))
        }
        _ => Ok(path),
    }
}

/// Reads the files and writes the rows; how many there are, and the file that describes them.
fn read_all(
    args: &Args,
    encoding: &'static Encoding,
    unfinished: &Path,
) -> Result<(usize, String), Failure> {
    let unwritable = |error: io::Error| Failure::unwritable(unfinished, &error);
    let mut writing = Writing {
        out: BufWriter::new(File::create_new(unfinished).map_err(unwritable)?),
        context: Context::new(&SHA256),
        rows: 0,
        known: HashMap::new(),
        bad: Vec::new(),
        bad_count: 0,
    };
    let mut sources = Vec::new();
    for number in 0..args.files.len() {
        sources.push(writing.file(args, encoding, number)?);
    }
    for bad in &writing.bad {
        files::complain(bad);
    }
    if writing.bad_count > 0 && !args.skip_bad_rows {
        let text = format!(
            "{} bad row(s), the first named above; nothing was written",
            writing.bad_count
        );
        return Err(Failure::input("CODELIST_ROWS", text));
    }
    if writing.rows == 0 {
        return Err(Failure::input("CODELIST_ROWS", "the files hold no row"));
    }
    writing.out.flush().map_err(unwritable)?;
    writing.out.get_ref().sync_all().map_err(unwritable)?;
    let sha256 = hex::encode(writing.context.finish());
    let mut text = described(args, &sha256, &sources);
    if writing.bad_count > 0 {
        let _ = writeln!(text, "note = \"{} bad row(s) left out\"", writing.bad_count);
    }
    Ok((writing.rows, text))
}

impl Writing {
    /// Takes the rows of a file; its SHA-256.
    fn file(
        &mut self,
        args: &Args,
        encoding: &'static Encoding,
        number: usize,
    ) -> Result<String, Failure> {
        let path = args
            .files
            .get(number)
            .map_or_else(|| Path::new(""), PathBuf::as_path);
        let unreadable = |error: io::Error| Failure::unreadable(path, &error);
        let mut digested = Digested {
            file: File::open(path).map_err(unreadable)?,
            context: Context::new(&SHA256),
            left: FILE_BYTES_MAX,
        };
        let mut bad_file = |bad: Bad| match bad {
            Bad::Io(error) => unreadable(error),
            Bad::File(place, text) | Bad::Row(place, text) => {
                let text = format!("{}:{}:{}: {text}", path.display(), place.line, place.column);
                Failure::input("CODELIST_FORM", text)
            }
        };
        let mut source = Source::of(args.kind, &mut digested, encoding).map_err(&mut bad_file)?;
        loop {
            match source.next() {
                Ok(Some(row)) => self.row(&row, args, number)?,
                Ok(None) => break,
                Err(Bad::Row(place, text)) => {
                    let place = format!("{}:{}:{}", path.display(), place.line, place.column);
                    self.complain(format!("[CODELIST_ROWS] {place}: {text}"));
                }
                Err(bad) => return Err(bad_file(bad)),
            }
        }
        drop(source);
        // What the reader left is part of the file too.
        io::copy(&mut digested, &mut io::sink()).map_err(unreadable)?;
        Ok(hex::encode(digested.context.finish()))
    }

    fn complain(&mut self, text: String) {
        self.bad_count += 1;
        if self.bad.len() < NAMED_MAX {
            self.bad.push(text);
        }
    }

    fn row(&mut self, row: &Row, args: &Args, number: usize) -> Result<(), Failure> {
        let path = |number: usize| {
            args.files
                .get(number)
                .map_or_else(|| Path::new(""), PathBuf::as_path)
        };
        let here = (number, row.place.line);
        if let Some((file, line)) = self.known.insert(row.code.clone(), here) {
            let (first, place) = (path(file).display(), row.place);
            let own = path(number).display();
            self.complain(format!(
                "[CODELIST_ROWS] {own}:{}:{}: `{}` stands in {first}:{line} already",
                place.line, place.column, row.code
            ));
            return Ok(());
        }
        if self.rows >= ROWS_MAX {
            let text = format!("a list has at most {ROWS_MAX} rows");
            return Err(Failure::input("CODELIST_ROWS", text));
        }
        let day = |day: Option<Date>| day.map_or(String::new(), |day| day.to_string());
        let (from, until) = (day(row.from), day(row.until));
        let line = RowsFile::line(&[&row.code, &row.name, &from, &until]);
        self.context.update(line.as_bytes());
        self.rows += 1;
        let written = self.out.write_all(line.as_bytes());
        written.map_err(|error| Failure::ours("FILE_UNWRITABLE", error))
    }
}

/// The file that describes the rows.
fn described(args: &Args, sha256: &str, sources: &[String]) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        name.to_string_lossy().into_owned()
    };
    let names: Vec<String> = args.files.iter().map(named).collect();
    let origin = match &args.origin {
        Some(origin) => format!("{origin}; {}", names.join(", ")),
        None => names.join(", "),
    };
    let name = args.kind.name();
    let mut lines = vec![
        format!("name = {}", quoted(name)),
        format!("agency = {}", quoted(args.kind.agency())),
        format!("version = {}", quoted(&args.version)),
        format!("origin = {}", quoted(&origin)),
    ];
    let days = [
        ("valid_from", args.valid_from),
        ("valid_until", args.valid_until),
    ];
    for (key, day) in days {
        lines.extend(day.map(|day| format!("{key} = {}", quoted(&day.to_string()))));
    }
    if let Some(first) = args.kind.first() {
        lines.push(format!("first = {first}"));
    }
    let sources: Vec<String> = sources.iter().map(|digest| quoted(digest)).collect();
    lines.push("canonical = \"code\"".to_owned());
    lines.push("columns = [\"code\", \"name\", \"valid_from\", \"valid_until\"]".to_owned());
    lines.push(format!(
        "rows_file = {}",
        quoted(&format!("{name}-{}.tsv", args.version))
    ));
    lines.push(format!("sha256 = {}", quoted(sha256)));
    lines.push(format!("source_sha256 = [{}]", sources.join(", ")));
    lines.join("\n") + "\n"
}

/// Gives the rows their name, and writes what describes them.
fn keep(unfinished: &Path, rows: &Path, described: &Path, text: &str) -> Result<(), Failure> {
    fs::rename(unfinished, rows).map_err(|error| Failure::unwritable(rows, &error))?;
    files::create(described, text.as_bytes(), false)
}

/// Reads the lists of the folder again, as the gateway would.
fn check(into: &Path) -> Result<(), Failure> {
    let Err(faults) = CodeLists::of_folder(into) else {
        return Ok(());
    };
    for fault in &faults {
        files::complain(fault);
    }
    let text = format!(
        "{} fault(s), named above; nothing was written",
        faults.len()
    );
    Err(Failure::input("CODELISTS", text))
}
