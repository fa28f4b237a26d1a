//! Our profile schemas: their samples, and the official schemas as the judge of what they accept.

mod list;

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use corridor::model::Mrn;
use corridor::schema::{Resolver, Sampler, Schema};
use corridor::xml::{Document, Limits, parse};
use list::{PROFILES, Profile};

use crate::schema::HeldOut;

/// How many documents are generated for each package.
const DOCUMENTS: u64 = 200;

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference");

struct Folder(PathBuf);

impl Resolver for Folder {
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)> {
        let folder = Path::new(base).parent().unwrap_or_else(|| Path::new(""));
        // A published folder may import from one beside it.
        let mut file = PathBuf::new();
        for part in folder.join(location).components() {
            if part != Component::ParentDir || !file.pop() {
                file.push(part);
            }
        }
        let bytes = fs::read(self.0.join(&file)).ok()?;
        Some((file.to_string_lossy().into_owned(), bytes))
    }
}

impl Profile {
    /// The official schema, compiled by our own engine; nothing without reference data.
    fn official_schema(&self) -> Option<Schema> {
        let official = Path::new(REFERENCE).join(self.official);
        if self.official.is_empty() || !official.exists() {
            return None;
        }
        let entry = official.file_name()?.to_string_lossy().into_owned();
        let folder = Folder(official.parent()?.to_owned());
        Some(Schema::compile(&[&entry], &folder).unwrap())
    }

    fn schema(&self) -> Schema {
        let folder = Folder(Path::new(SCHEMAS).join(self.folder));
        Schema::compile(&[self.entry], &folder).unwrap()
    }

    /// The samples: those that are valid, or their rejected twins.
    fn samples(&self, rejected: bool) -> Vec<PathBuf> {
        let folder = Path::new(SCHEMAS).join(self.folder).join("samples");
        let mut all: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        all.retain(|path| name(path).ends_with("-rejected") == rejected);
        all.sort();
        all
    }
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn read(path: &Path) -> Document {
    parse(&fs::read(path).unwrap(), None, &Limits::default()).unwrap()
}

/// The files that the official schema refuses, as libxml2 says it; nothing without judge or schema.
fn refused(profile: &Profile, files: &[PathBuf]) -> Option<String> {
    if profile.official.is_empty() {
        return None;
    }
    let official = Path::new(REFERENCE).join(profile.official);
    if !official.exists() {
        println!("skipped: no reference data");
        return None;
    }
    let mut command = Command::new("xmllint");
    command
        .args(["--noout", "--schema"])
        .arg(official)
        .args(files);
    let Ok(output) = command.output() else {
        println!("skipped: no xmllint");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let validated = said
        .lines()
        .filter(|line| line.ends_with(" validates"))
        .count();
    // A schema that comes in by two ways is a warning, not a fault.
    let told = |line: &&str| !line.ends_with(" validates") && !line.contains("parser warning :");
    let faults = said.lines().filter(told);
    let faults: Vec<_> = faults.take(20).collect();
    assert!(validated == files.len() || !faults.is_empty(), "{said}");
    Some(faults.join("\n"))
}

#[test]
fn samples_are_valid() {
    for profile in PROFILES {
        let schema = profile.schema();
        let samples = profile.samples(false);
        assert!(!samples.is_empty(), "{}", profile.folder);
        for sample in samples {
            let faults = schema.validate(read(&sample).root(), 10);
            assert!(faults.is_empty(), "{}: {faults:?}", sample.display());
        }
    }
}

#[test]
fn rejected_samples_break_the_rule_that_they_are_named_for() {
    for profile in PROFILES {
        let schema = profile.schema();
        let samples = profile.samples(true);
        let named: Vec<_> = profile.rejected.iter().map(|(name, _)| *name).collect();
        let there: Vec<_> = samples.iter().map(|path| name(path)).collect();
        let there: Vec<_> = there
            .iter()
            .map(|name| name.trim_end_matches("-rejected"))
            .collect();
        assert_eq!(named, there, "{}", profile.folder);
        for (sample, (_, rule)) in samples.iter().zip(profile.rejected) {
            let faults = schema.validate(read(sample).root(), 10);
            let rules: Vec<_> = faults.iter().map(|fault| fault.rule).collect();
            assert_eq!(
                rules.first(),
                Some(rule),
                "{}: {faults:?}",
                sample.display()
            );
        }
    }
}

#[test]
fn the_sample_answer_has_a_right_check_digit() {
    let mut profiles = PROFILES.iter();
    let answer = profiles.find(|profile| profile.folder.starts_with("eu/cc028c/"));
    let answer = answer.unwrap();
    let sample = read(&answer.samples(false)[0]);
    let operation = sample.root().child("", "TransitOperation").unwrap();
    let mrn = operation.child("", "MRN").unwrap().text().into_owned();
    assert!(mrn.parse::<Mrn>().is_ok(), "{mrn}");
}

#[test]
fn samples_are_valid_by_the_official_schemas() {
    for profile in PROFILES {
        if let Some(faults) = refused(profile, &profile.samples(false)) {
            assert!(faults.is_empty(), "{faults}");
        }
        for sample in profile.samples(true) {
            if let Some(faults) = refused(profile, std::slice::from_ref(&sample)) {
                assert!(!faults.is_empty(), "{} is valid", sample.display());
            }
        }
    }
}

#[test]
fn real_messages_are_valid_by_our_profiles() {
    let folders = ["eaeu/samples", "eu/ncts-p5-51.8.6/samples"];
    for folder in folders {
        let Ok(entries) = fs::read_dir(Path::new(REFERENCE).join(folder)) else {
            println!("skipped: no reference data");
            return;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            let message = read(&path);
            let root = message.root().name().local;
            let Some(profile) = PROFILES.iter().find(|profile| profile.root == root) else {
                continue;
            };
            let Some(theirs) = refused(profile, std::slice::from_ref(&path)) else {
                return;
            };
            let ours = profile.schema().validate(message.root(), 10);
            assert_eq!(
                ours.is_empty(),
                theirs.is_empty(),
                "{}: {ours:?}",
                path.display()
            );
        }
    }
}

#[test]
fn what_our_profiles_accept_the_official_schemas_accept() {
    for profile in PROFILES {
        let schema = profile.schema();
        let mut elements = schema.elements();
        let root = elements.find(|element| element.name().local == profile.root);
        let root = root.unwrap().name();
        let sampler = Sampler::new(&schema);
        let official = profile.official_schema();
        let folder = tempfile::tempdir().unwrap();
        let mut files = Vec::new();
        for seed in HeldOut::seeds(DOCUMENTS) {
            let text = sampler.document(root, seed);
            let text = text.unwrap_or_else(|e| panic!("{} seed {seed}: {e}", profile.folder));
            let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
            if let Some(official) = &official {
                let faults = official.validate(document.root(), 3);
                assert!(
                    faults.is_empty(),
                    "{} seed {seed}: {faults:?}",
                    profile.folder
                );
            }
            let file = folder.path().join(format!("{seed}.xml"));
            fs::write(&file, text).unwrap();
            files.push(file);
        }
        if let Some(faults) = refused(profile, &files) {
            assert!(faults.is_empty(), "{}\n{faults}", profile.folder);
        }
    }
}
