//! Canonical forms: against libxml2 on generated documents, and against published vectors.

mod generate;
mod model;
mod published;
mod vectors;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use corridor::xml::{
    Canonicalization, Document, Limits, Method, Node, NodeKind, Subtree, canonical_bytes, parse,
};
use model::Element;

use crate::exceptions::Verdicts;

/// How many documents are generated, from the seeds 0 and up.
const DOCUMENTS: u64 = 5000;
/// Of how many of them a subtree is taken alone, or out.
const PARTS: u64 = 1200;

const METHODS: [(Method, &str); 3] = [
    (Method::Inclusive10, "--c14n"),
    (Method::Inclusive11, "--c14n11"),
    (Method::Exclusive, "--exc-c14n"),
];

/// Files that libxml2 shall canonicalise, and what we make of the same content by each method.
struct Batch {
    folder: tempfile::TempDir,
    files: Vec<PathBuf>,
    ours: [Vec<Vec<u8>>; METHODS.len()],
}

impl Batch {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            files: Vec::new(),
            ours: Default::default(),
        }
    }

    fn add(&mut self, text: &str, ours: impl Fn(Method) -> Vec<u8>) {
        let file = self.folder.path().join(format!("{}.xml", self.files.len()));
        fs::write(&file, text).unwrap();
        self.files.push(file);
        for ((method, _), forms) in METHODS.iter().zip(&mut self.ours) {
            forms.push(ours(*method));
        }
    }

    fn judge(&self, name: &str, verdicts: &mut Verdicts) {
        self.judge_as(|number| format!("{name}/{number}"), verdicts);
    }

    fn judge_as(&self, name: impl Fn(usize) -> String, verdicts: &mut Verdicts) {
        for ((_, option), ours) in METHODS.iter().zip(&self.ours) {
            self.judge_method(&name, option, ours, verdicts);
        }
    }

    /// Asks libxml2 about all files at once, and about ever smaller parts where that differs.
    fn judge_method(
        &self,
        name: &impl Fn(usize) -> String,
        option: &str,
        all: &[Vec<u8>],
        verdicts: &mut Verdicts,
    ) {
        let mut parts = vec![(0, self.files.len())];
        while let Some((start, end)) = parts.pop() {
            let files = &self.files[start..end];
            let theirs = xmllint(option, files);
            let ours = all[start..end].concat();
            if theirs == ours || files.len() == 1 {
                let (theirs, ours) = (lossy(&theirs), lossy(&ours));
                for number in start..end {
                    verdicts.add(&format!("{}/{option}", name(number)), &theirs, &ours);
                }
            } else {
                let middle = usize::midpoint(start, end);
                parts.extend([(start, middle), (middle, end)]);
            }
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn xmllint(option: &str, files: &[PathBuf]) -> Vec<u8> {
    let output = Command::new("xmllint")
        .arg("--nonet")
        .arg(option)
        .args(files)
        .output()
        .unwrap();
    output.stdout
}

fn no_xmllint() -> bool {
    let missing = Command::new("xmllint").arg("--version").output().is_err();
    if missing {
        println!("skipped: no xmllint");
    }
    missing
}

/// The text of a file without its document type declaration: entities expanded, defaults and
/// declared normalisation applied, in UTF-8, by libxml2. What has no declaration is as it was.
/// `None`: no well-formed document.
pub(crate) fn resolved(file: &Path) -> Option<String> {
    let bytes = fs::read(file).unwrap();
    let utf8 = String::from_utf8(bytes).ok();
    if let Some(text) = &utf8
        && !text.contains("<!DOCTYPE")
        && parse(text.as_bytes(), None, &Limits::default()).is_ok()
    {
        return utf8;
    }
    let output = Command::new("xmllint")
        .args(["--nonet", "--noent", "--dtdattr", "--dropdtd"])
        .args(["--encode", "UTF-8"])
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.success() && !text.is_empty()).then_some(text)
}

fn how(method: Method, comments: bool) -> Canonicalization<'static> {
    Canonicalization {
        method,
        comments,
        inclusive_prefixes: &[],
    }
}

fn parsed(text: &str) -> Document {
    parse(text.as_bytes(), None, &Limits::default()).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// The element that the model calls by that number; the generator writes it as an attribute.
fn numbered(document: &Document, number: usize) -> Node<'_> {
    let number = number.to_string();
    let root = document.root();
    let mut all = std::iter::once(root).chain(root.descendants());
    all.find(|node| node.attribute("", "number") == Some(&number))
        .unwrap()
}

#[test]
fn whole_documents_agree_with_libxml2() {
    if no_xmllint() {
        return;
    }
    let (mut with, mut without) = (Batch::new(), Batch::new());
    for seed in 0..DOCUMENTS {
        let model = generate::document(seed);
        let text = model.render(seed, true);
        let document = parsed(&text);
        compare(&model.root, document.root());
        let form = |comments| {
            let what = Subtree::Document(&document, None);
            move |method| canonical_bytes(what, &how(method, comments)).unwrap()
        };
        with.add(&text, form(true));
        // xmllint keeps comments: it gets the same document written without.
        without.add(&model.render(seed, false), form(false));
    }
    let mut verdicts = Verdicts::new("c14n");
    with.judge("whole", &mut verdicts);
    without.judge("without-comments", &mut verdicts);
    verdicts.conclude();
}

#[test]
fn subtrees_agree_with_libxml2() {
    if no_xmllint() {
        return;
    }
    let mut verdicts = Verdicts::new("c14n-subtrees");
    for (method, option) in METHODS {
        let mut batch = Batch::new();
        let mut ours = Vec::new();
        for seed in 0..PARTS {
            let model = generate::document(seed);
            let number = model.pick(seed);
            // xmllint takes whole documents only: it gets the subtree as a document of its own,
            // with what the recommendation lets the apex inherit. Joined xml:base is left to the
            // vectors.
            let Some(alone) = model.standing_alone(number, method) else {
                continue;
            };
            let document = parsed(&model.render(seed, true));
            let what = Subtree::Element(numbered(&document, number));
            ours.push(canonical_bytes(what, &how(method, true)).unwrap());
            batch.add(&alone.render(seed, true), |_| Vec::new());
        }
        assert!(ours.len() > 1000, "too few subtrees: {}", ours.len());
        let name = |number| format!("subtree/{number}");
        batch.judge_method(&name, option, &ours, &mut verdicts);
    }
    verdicts.conclude();
}

#[test]
fn documents_with_a_hidden_subtree_agree_with_libxml2() {
    if no_xmllint() {
        return;
    }
    let mut batch = Batch::new();
    for seed in 0..PARTS {
        let model = generate::document(seed);
        let number = model.pick(seed);
        if number == 0 {
            continue;
        }
        let document = parsed(&model.render(seed, true));
        let hidden = Some(numbered(&document, number).id());
        let what = Subtree::Document(&document, hidden);
        batch.add(&model.without(number).render(seed, true), |method| {
            canonical_bytes(what, &how(method, true)).unwrap()
        });
    }
    let mut verdicts = Verdicts::new("c14n-hidden");
    batch.judge("hidden", &mut verdicts);
    verdicts.conclude();
}

#[test]
fn namespaces_that_are_no_plain_uris() {
    if no_xmllint() {
        return;
    }
    let mut verdicts = Verdicts::new("c14n-namespaces");
    let folder = tempfile::tempdir().unwrap();
    for (name, uri) in [
        ("ampersand-in-namespace", "urn:x?a=1&amp;b=2"),
        ("cyrillic-in-namespace", "urn:\u{436}"),
        ("quote-in-namespace", "urn:x?a='1'"),
        ("relative-namespace", "../x"),
        ("scheme-only", "x:"),
    ] {
        let text = format!("<a xmlns=\"{uri}\"></a>");
        let file = folder.path().join(name);
        fs::write(&file, &text).unwrap();
        let document = parsed(&text);
        for (method, option) in METHODS {
            let ours = canonical_bytes(Subtree::Document(&document, None), &how(method, true));
            let ours = ours.map_or_else(|_| "refused".to_owned(), |bytes| lossy(&bytes));
            let theirs = lossy(&xmllint(option, std::slice::from_ref(&file)));
            let theirs = if theirs.is_empty() {
                "refused"
            } else {
                &theirs
            };
            verdicts.add(&format!("{name}/{option}"), theirs, &ours);
        }
    }
    verdicts.conclude();
}

/// The text of a node, with the white space between tags that is no node.
fn own_text(node: Node<'_>) -> String {
    let mut text = String::new();
    let mut last = None;
    for child in node.children() {
        match child.kind() {
            NodeKind::Element if last != Some(NodeKind::Text) => {
                text.push_str(node.document().blank_before(child.position().byte));
            }
            NodeKind::Text => text.push_str(child.value()),
            NodeKind::Element | NodeKind::Comment | NodeKind::ProcessingInstruction => {}
        }
        last = Some(child.kind());
    }
    if last.is_some_and(|last| last != NodeKind::Text) {
        text.push_str(node.document().blank_before(node.end_tag_start()));
    }
    text
}

/// What was parsed is what was generated.
fn compare(model: &Element, node: Node<'_>) {
    assert_eq!(
        (node.prefix(), node.name().local),
        (model.prefix.as_str(), model.local.as_str())
    );
    for (prefix, local, value) in &model.attributes {
        let found = node
            .attributes()
            .find(|one| one.prefix == prefix && one.name.local == local);
        assert_eq!(found.map(|one| one.value), Some(value.as_str()));
    }
    assert_eq!(node.attributes().count(), model.attributes.len());
    assert_eq!(own_text(node), model.text());
    let elements: Vec<_> = node
        .children()
        .filter(|one| one.kind() == NodeKind::Element)
        .collect();
    assert_eq!(elements.len(), model.elements().count());
    for (child, node) in model.elements().zip(elements) {
        compare(child, node);
    }
}
