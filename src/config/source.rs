//! One configuration file while it is being read: its text, its directory, and the faults so far.
//!
//! Start at [`Source`]. Faults are collected, so that one run of `config check` names all of them.

use std::fs;
use std::io::Read as _;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::de::DeserializeOwned;
use toml::Spanned;
use zeroize::Zeroizing;

use super::error::{Error, Place, Problem};
use crate::evidence::sha256;
use crate::model::Sha256;

/// A file being read.
pub(super) struct Source {
    path: PathBuf,
    text: String,
    faults: Vec<Error>,
    /// Names and digests of the files that it names, secret ones apart.
    named: Vec<(String, Sha256)>,
}

impl Source {
    /// Reads the file whole.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self {
                path: path.to_owned(),
                text,
                faults: Vec::new(),
                named: Vec::new(),
            }),
            Err(error) => Err(Error {
                place: Place {
                    file: path.to_owned(),
                    line: 0,
                    key: String::new(),
                },
                problem: unreadable(path, &error),
            }),
        }
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file's text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The file as its serde shape; unknown keys are refused there.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        toml::from_str(&self.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            Error {
                place: Place {
                    file: self.path.clone(),
                    line: self.line(offset),
                    key: self.key_at(offset),
                },
                problem: Problem::Syntax {
                    message: error.message().replace('\n', " "),
                },
            }
        })
    }

    /// Notes a fault that has its place already.
    pub(super) fn note(&mut self, fault: Error) {
        self.faults.push(fault);
    }

    /// Notes a fault at a value.
    pub(super) fn fault(&mut self, span: Range<usize>, key: &str, problem: Problem) {
        let place = Place {
            file: self.path.clone(),
            line: self.line(span.start),
            key: key.to_owned(),
        };
        self.faults.push(Error { place, problem });
    }

    /// Names and digests of the files read so far that it names, in the order of reading.
    pub(super) fn named(&self) -> &[(String, Sha256)] {
        &self.named
    }

    /// The faults noted so far, and with them the end of reading.
    pub(super) fn into_faults(self) -> Vec<Error> {
        self.faults
    }

    /// A value of a type that reads from text.
    pub(super) fn value<T: FromStr>(
        &mut self,
        value: &Spanned<String>,
        key: &str,
        expected: &'static str,
    ) -> Option<T> {
        let parsed = value.get_ref().parse().ok();
        if parsed.is_none() {
            self.fault(value.span(), key, Problem::Value { expected });
        }
        parsed
    }

    /// A number within its range, or its default.
    pub(super) fn number(
        &mut self,
        value: Option<&Spanned<u64>>,
        key: &str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> u64 {
        let Some(value) = value else { return default };
        let got = *value.get_ref();
        if range.contains(&got) {
            return got;
        }
        let (min, max) = (*range.start(), *range.end());
        self.fault(value.span(), key, Problem::Range { got, min, max });
        default
    }

    /// A path, relative to the file's directory.
    pub(super) fn resolve(&self, value: &str) -> PathBuf {
        match self.path.parent() {
            Some(dir) => dir.join(value),
            None => PathBuf::from(value),
        }
    }

    /// The bytes of a file that the configuration names; its digest becomes part of the
    /// configuration's.
    pub(super) fn bytes(&mut self, value: &Spanned<String>, key: &str) -> Option<Vec<u8>> {
        let path = self.resolve(value.get_ref());
        match fs::read(&path) {
            Ok(bytes) => {
                self.digests(value, &bytes);
                Some(bytes)
            }
            Err(error) => {
                self.fault(value.span(), key, unreadable(&path, &error));
                None
            }
        }
    }

    /// Makes these bytes of a file part of the configuration's digest.
    pub(super) fn digests(&mut self, value: &Spanned<String>, bytes: &[u8]) {
        self.named.push((value.get_ref().clone(), sha256(bytes)));
    }

    /// The bytes of a file that holds a key: nothing is told about it, and nobody else may read it.
    pub(super) fn secret(
        &mut self,
        value: &Spanned<String>,
        key: &str,
    ) -> Option<Zeroizing<Vec<u8>>> {
        match read_secret(&self.resolve(value.get_ref())) {
            Ok(bytes) => Some(bytes),
            Err(problem) => {
                self.fault(value.span(), key, problem);
                None
            }
        }
    }

    /// A directory that must be there.
    pub(super) fn directory(&mut self, value: &Spanned<String>, key: &str) -> PathBuf {
        let path = self.resolve(value.get_ref());
        if let Err(error) = fs::read_dir(&path) {
            self.fault(value.span(), key, unreadable(&path, &error));
        }
        path
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().iter().take(offset);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    /// The key or table header on the line of `offset`, for faults of the TOML reader.
    fn key_at(&self, offset: usize) -> String {
        let line = self.text.lines().nth(self.line(offset) - 1).unwrap_or("");
        let key = line.split(['=', '#']).next().unwrap_or("").trim();
        key.trim_matches(['[', ']']).to_owned()
    }
}

/// What a secret's file may not allow: writing to its group, anything to others.
const EXPOSED: u32 = 0o027;

/// The bytes of a file that holds a secret.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let unreadable = |error: std::io::Error| unreadable(path, &error);
    let mut file = fs::File::open(path).map_err(unreadable)?;
    let facts = file.metadata().map_err(unreadable)?;
    if facts.is_file() && facts.permissions().mode() & EXPOSED != 0 {
        let path = path.to_owned();
        return Err(Problem::Exposed { path });
    }
    // Read into its full size, so that no smaller copy is left behind by growing.
    let length = usize::try_from(facts.len()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 1));
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// The problem of a path that cannot be read.
pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::Unreadable {
        path: path.to_owned(),
        reason: error.kind().to_string(),
    }
}
