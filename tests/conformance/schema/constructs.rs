//! Constructs that the published schemas have not: our own small schemas, each with documents on
//! both sides, judged by us as the standard says and held against libxml2.

use std::fs;
use std::path::Path;

use super::cases::{self, Case};
use super::{Folders, has_xmllint, xmllint_output};
use crate::exceptions::Verdicts;
use corridor::schema::Schema;
use corridor::xml::{Limits, parse};

/// What stands around the components of each schema document.
fn schema_document(components: &str) -> String {
    let (attributes, components) = match components.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap(),
        None => ("", components),
    };
    format!(
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified" {attributes}>{components}</xs:schema>"#
    )
}

/// A document whose first tag gets the namespaces.
fn instance(text: &str) -> String {
    let end = text.find(['>', '/', ' ']).unwrap();
    format!(
        r#"{} xmlns="urn:t" xmlns:t="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{}"#,
        &text[..end],
        &text[end..]
    )
}

fn word(valid: bool) -> &'static str {
    if valid { "valid" } else { "invalid" }
}

/// Our verdicts: whether the schema loads, and on its documents.
fn ours(folder: &Path, case: &Case) -> Option<Vec<bool>> {
    let path = folder.join("main.xsd");
    let schema = match Schema::compile(&[path.to_str().unwrap()], &Folders) {
        Ok(schema) => schema,
        Err(e) => {
            assert_ne!(e.code(), "SCHEMA_LOAD_UNSUPPORTED", "{}: {e}", case.name);
            return None;
        }
    };
    let verdicts = case.documents().map(|(text, _)| {
        let text = instance(text);
        let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
        schema.validate(document.root(), 9).is_empty()
    });
    Some(verdicts.collect())
}

#[test]
fn constructs_are_judged_as_the_standard_says() {
    let judge = has_xmllint();
    let mut verdicts = Verdicts::new("schema-constructs");
    for case in cases::all() {
        let folder = tempfile::tempdir().unwrap();
        for (name, components) in std::iter::once(&("main.xsd", case.schema)).chain(case.more) {
            fs::write(folder.path().join(name), schema_document(components)).unwrap();
        }
        let ours = ours(folder.path(), case);
        assert_eq!(ours.is_some(), case.loads, "{} loads", case.name);
        for ((text, expected), ours) in case.documents().zip(ours.iter().flatten()) {
            assert_eq!(*ours, expected, "{}: {text}", case.name);
        }
        if judge {
            compare(folder.path(), case, &mut verdicts);
        }
    }
    if judge {
        verdicts.conclude();
    } else {
        println!("skipped: no xmllint");
    }
}

/// Holds the verdicts of a case, which are ours, against those of libxml2.
fn compare(folder: &Path, case: &Case, verdicts: &mut Verdicts) {
    let mut files = Vec::new();
    for (number, (text, _)) in case.documents().enumerate() {
        let path = folder.join(format!("{number}.xml"));
        fs::write(&path, instance(text)).unwrap();
        files.push(path);
    }
    if files.is_empty() {
        // Something to validate, so that the schema is read.
        let path = folder.join("0.xml");
        fs::write(&path, instance("<none/>")).unwrap();
        files.push(path);
    }
    let (refused, theirs) = xmllint_output(&folder.join("main.xsd"), &files);
    let load = |loads: bool| if loads { "loaded" } else { "refused" };
    verdicts.add(case.name, load(!refused), load(case.loads));
    for (path, (text, ours)) in files.iter().zip(case.documents()) {
        let theirs = theirs.get(path).copied();
        let name = format!("{}: {text}", case.name);
        verdicts.add(&name, theirs.map_or("no verdict", word), word(ours));
    }
}
