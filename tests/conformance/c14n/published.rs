//! Every published document of the vector suites, canonicalised whole by us and by libxml2.

use std::fs;
use std::path::{Path, PathBuf};

use corridor::xml::{Limits, Subtree, canonical_bytes, parse};

use super::{Batch, how, no_xmllint, resolved};
use crate::exceptions::Verdicts;

/// Folders of documents, under `../shared/vectors`.
const FOLDERS: [&str; 7] = [
    "santuario/src/test/resources/org/apache/xml/security/c14n",
    "santuario/src/test/resources/org/w3c/www/interop/xmldsig/c14n11",
    "xmlsec/tests/aleksey-xmldsig-01",
    "xmlsec/tests/merlin-c14n-three",
    "xmlsec/tests/merlin-exc-c14n-one",
    "xmlsec/tests/merlin-xmldsig-twenty-three",
    "xmlsec/tests/xmldsig11-interop-2012",
];

#[test]
fn published_documents_agree_with_libxml2() {
    let vectors = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/vectors"));
    if !vectors.exists() {
        println!("skipped: no reference data");
        return;
    }
    if no_xmllint() {
        return;
    }
    let mut batch = Batch::new();
    let (mut names, mut not_read) = (Vec::new(), Vec::new());
    for folder in FOLDERS {
        for file in documents(&vectors.join(folder)) {
            let name = file.strip_prefix(vectors).unwrap().display().to_string();
            let text = resolved(&file).unwrap_or_default();
            let Ok(document) = parse(text.as_bytes(), None, &Limits::default()) else {
                not_read.push(name);
                continue;
            };
            batch.add(&text, |method| {
                let what = Subtree::Document(&document, None);
                // Where we have no canonical form xmllint writes nothing.
                canonical_bytes(what, &how(method, true)).unwrap_or_default()
            });
            names.push(name);
        }
    }
    assert!(names.len() > 300, "too few documents: {}", names.len());
    // Canonical forms of node sets that are no subtrees: they lack declarations or an element.
    not_read.retain(|name| name.ends_with(".xml"));
    assert!(not_read.is_empty(), "{not_read:?}");
    let mut verdicts = Verdicts::new("c14n-published");
    batch.judge_as(|number| names[number].clone(), &mut verdicts);
    verdicts.conclude();
}

/// The documents of a folder: XML, and the canonical forms that suites keep under other endings.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(documents(&path));
        } else if name.ends_with(".xml")
            || name.ends_with(".digestinput")
            || (name.starts_with("c14n-") && name.ends_with(".txt"))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}
