//! Schema verdicts: against libxml2, on published samples and on mutants of them.

mod mutate;
mod sets;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use corridor::schema::{Element, Resolver, Sampler, Schema};
use corridor::xml::{Document, Limits, parse};
use mutate::{Random, mutant};
use sets::{Set, reference};

use crate::exceptions::Verdicts;

/// Mutants that libxml2 must judge as we do, at least.
const MUTANTS_MIN: usize = 600;

/// Schema documents in folders.
pub(crate) struct Folders;

impl Resolver for Folders {
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)> {
        let folder = Path::new(base).parent().unwrap_or_else(|| Path::new(""));
        let path = fs::canonicalize(folder.join(location)).ok()?;
        Some((path.to_str()?.to_owned(), fs::read(path).ok()?))
    }
}

fn compile(path: &Path) -> Schema {
    let path = path.to_str().unwrap();
    Schema::compile(&[path], &Folders).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn read(path: &Path) -> Document {
    let bytes = fs::read(path).unwrap();
    parse(&bytes, None, &Limits::default()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// libxml2's verdicts on files against one schema, by file.
fn xmllint(schema: &Path, files: &[PathBuf]) -> HashMap<PathBuf, bool> {
    let mut verdicts = HashMap::new();
    for files in files.chunks(500) {
        let output = Command::new("xmllint")
            .args(["--noout", "--nonet", "--huge", "--schema"])
            .arg(schema)
            .args(files)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            for (end, valid) in [(" validates", true), (" fails to validate", false)] {
                if let Some(file) = line.strip_suffix(end) {
                    verdicts.insert(PathBuf::from(file), valid);
                }
            }
        }
    }
    verdicts
}

/// Samples and mutants of one schema, written where libxml2 can read them.
struct Batch {
    folder: tempfile::TempDir,
    files: Vec<(PathBuf, String)>,
    ours: Vec<(bool, String)>,
}

impl Batch {
    fn add(&mut self, name: String, text: &str, schema: &Schema) {
        let document = parse(text.as_bytes(), None, &Limits::default())
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        let faults = schema.validate(document.root(), 3);
        let shown = faults.iter().map(|fault| format!("{fault}\n")).collect();
        let path = self.folder.path().join(format!("{}.xml", self.files.len()));
        fs::write(&path, text).unwrap();
        self.files.push((path, name));
        self.ours.push((faults.is_empty(), shown));
    }

    /// Compares with libxml2; returns how many were valid and how many not.
    fn judge(&self, schema: &Path, verdicts: &mut Verdicts) -> (usize, usize) {
        let files: Vec<_> = self.files.iter().map(|(path, _)| path.clone()).collect();
        let theirs = xmllint(schema, &files);
        let mut counts = (0, 0);
        for ((path, name), (ours, shown)) in self.files.iter().zip(&self.ours) {
            let theirs = theirs.get(path).copied();
            if theirs != Some(*ours) {
                println!("{name}: libxml2 {theirs:?}, we {ours}\n{shown}");
            }
            let word = |valid| if valid { "valid" } else { "invalid" };
            verdicts.add(name, theirs.map_or("no verdict", word), word(*ours));
            if *ours {
                counts.0 += 1;
            } else {
                counts.1 += 1;
            }
        }
        counts
    }
}

fn has_xmllint() -> bool {
    Command::new("xmllint")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// Judges the samples of a set and mutants of each.
fn judge(set: &Set, verdicts: &mut Verdicts) -> (usize, usize) {
    let schema = compile(&set.schema);
    let mut batch = Batch {
        folder: tempfile::tempdir().unwrap(),
        files: Vec::new(),
        ours: Vec::new(),
    };
    for sample in &set.samples {
        let file = sample.file_name().unwrap().to_str().unwrap();
        let document = read(sample);
        batch.add(format!("{}/{file}", set.name), document.text(), &schema);
        let mut random = Random::seeded(file);
        for number in 0..set.mutants {
            let text = mutant(&document, &mut random);
            batch.add(format!("{}/{file}/{number}", set.name), &text, &schema);
        }
    }
    batch.judge(&set.schema, verdicts)
}

#[test]
fn verdicts_are_those_of_libxml2() {
    let Some(reference) = reference() else {
        println!("skipped: no reference data");
        return;
    };
    if !has_xmllint() {
        println!("skipped: no xmllint");
        return;
    }
    let mut verdicts = Verdicts::new("schema");
    let mut total = (0, 0);
    for set in sets::all(&reference) {
        let (valid, invalid) = judge(&set, &mut verdicts);
        total = (total.0 + valid, total.1 + invalid);
    }
    verdicts.conclude();
    println!("{} valid, {} invalid", total.0, total.1);
    assert!(total.0 + total.1 >= MUTANTS_MIN, "{total:?}");
    assert!(total.0 >= MUTANTS_MIN / 6, "too few valid ones: {total:?}");
}

#[test]
fn published_schemas_compile() {
    let Some(reference) = reference() else {
        println!("skipped: no reference data");
        return;
    };
    for path in sets::schemas(&reference) {
        let schema = compile(&path);
        // Describing must end although types contain themselves.
        for element in schema.elements() {
            assert!(!element.name().local.is_empty());
            for child in element.children() {
                assert!(child.max.is_none_or(|max| max >= child.min));
            }
        }
    }
}

#[test]
fn documents_made_from_published_schemas_are_valid_by_libxml2() {
    let Some(reference) = reference() else {
        println!("skipped: no reference data");
        return;
    };
    let judged = has_xmllint();
    if !judged {
        println!("skipped: no xmllint");
    }
    let folder = tempfile::tempdir().unwrap();
    for path in sets::with_roots(&reference) {
        let schema = compile(&path);
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let sampler = Sampler::new(&schema);
        let mut files = Vec::new();
        // The document element is named like the file, whatever else the schema has.
        let bare = |name: &str| name.to_lowercase().replace(['_', '-'], "");
        let own = |element: &Element<'_>| bare(stem).contains(&bare(element.name().local));
        for element in schema.elements().filter(own).take(1) {
            for seed in 0..3 {
                let text = sampler.document(element.name(), seed);
                let text = text.unwrap_or_else(|e| panic!("{stem} seed {seed}: {e}"));
                let file = folder.path().join(format!("{stem}-{seed}.xml"));
                fs::write(&file, text).unwrap();
                files.push(file);
            }
        }
        if !judged || files.is_empty() {
            continue;
        }
        let verdicts = xmllint(&path, &files);
        for file in files {
            assert_eq!(verdicts.get(&file), Some(&true), "{}", file.display());
        }
    }
}
