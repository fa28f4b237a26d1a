//! The invariant over every lane file of the repository, with random documents: a value of the source
//! is in the target, or in the losses, or declared irrelevant by the mapping with a reason. What does
//! not go out names why.

mod mapping;
mod officer;
mod target;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use corridor::model::{Catalogue, PathId};
use corridor::schema::Sampler;
use corridor::translate::{
    DecodeContext, Decoded, EncodeContext, Encoded, Finding, LaneRules, Package, Packages,
    Severity, SourceNode, encode,
};
use corridor::xml::{Document, Limits, Node, parse};
use jiff::tz::TimeZone;
use mapping::Mapping;
use officer::{Officer, complete};
use target::{Target, told};

use crate::schema::HeldOut;

/// Documents of each package that a lane takes.
const SOURCES: u64 = 12;

/// What is shown of the wrongs of one lane.
const SHOWN_MAX: usize = 40;

/// What of a lane's file concerns a translation.
#[derive(serde::Deserialize)]
struct Lane {
    id: String,
    package_in: String,
    package_out: String,
    #[serde(default)]
    rules: LaneRules,
}

fn document(text: &str) -> Document {
    parse(text.as_bytes(), None, &Limits::default()).unwrap()
}

fn context() -> EncodeContext<'static> {
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    let id = "0198f2c0-1111-7000-8000-000000000417".parse().unwrap();
    EncodeContext::from_uuid(now, id)
}

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

fn lanes() -> Vec<Lane> {
    let files = fs::read_dir(schemas().join("lanes")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| toml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    files.iter().map(read).collect()
}

/// Random valid documents of a package; none of one that only holds others.
fn samples(package: &Package, count: u64) -> Vec<Document> {
    let sampler = Sampler::new(package.schema().unwrap());
    let texts =
        HeldOut::seeds(count).filter_map(|seed| sampler.document(package.root(), seed).ok());
    texts.map(|text| document(&text)).collect()
}

/// A value of a document: the element, or its attribute.
struct Value<'d> {
    source: SourceNode<'d>,
    text: String,
}

/// Every value at or below an element.
fn values(from: Node<'_>) -> Vec<Value<'_>> {
    let mut found = Vec::new();
    for node in std::iter::once(from).chain(from.descendants()) {
        for attribute in node.attributes() {
            let name = attribute.name;
            if name.namespace != "http://www.w3.org/2001/XMLSchema-instance" {
                let attribute_value = attribute.value.trim().to_owned();
                let attribute = Some(name.local);
                let source = SourceNode { node, attribute };
                found.push((source, attribute_value));
            }
        }
        if node.elements().next().is_none() {
            let source = SourceNode {
                node,
                attribute: None,
            };
            found.push((source, node.text().trim().to_owned()));
        }
    }
    let found = found.into_iter().filter(|(_, text)| !text.is_empty());
    found.map(|(source, text)| Value { source, text }).collect()
}

/// A path as lanes write it: from the document element's children, without indices.
fn plain(path: &str) -> String {
    let below = path.trim_start_matches('/').split_once('/');
    without_indices(below.map_or("", |(_, below)| below))
}

fn without_indices(path: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// The path of a value, as the losses name it.
fn path_of(source: SourceNode<'_>) -> String {
    source.pointer().path
}

/// What of a source is neither in the model, nor kept as a loss, nor declared.
fn dropped(mapping: &Mapping, view: Node<'_>, documents: &[Decoded<'_>]) -> Vec<String> {
    let (mut known, mut said) = (HashSet::new(), HashSet::new());
    for decoded in documents {
        known.extend(decoded.unmapped.iter().map(|kept| path_of(kept.source)));
        for entry in decoded.sources() {
            known.insert(path_of(entry.source));
            let leaf = decoded.declaration.leaf(entry.occurrence);
            said.extend(leaf.map(told));
            said.extend(leaf.map(|leaf| leaf.lexical().into_owned()));
        }
    }
    let mut dropped = Vec::new();
    for value in values(view) {
        let path = path_of(value.source);
        if !known.contains(&path) && !mapping.declares(&plain(&path), &value.text, &said) {
            dropped.push(format!("{path} = {}", value.text));
        }
    }
    dropped
}

/// The lane's rules, with which every loss is borne: what is lost is then seen beside what went out.
fn bearing(rules: &LaneRules) -> LaneRules {
    let catalogue = Catalogue::get();
    let all = catalogue.names_below(PathId::ROOT);
    let severity = all.map(|(name, _)| (name.to_owned(), Severity::Note));
    LaneRules {
        severity: severity.collect(),
        ..rules.clone()
    }
}

/// What is wrong with one translation; nothing when the invariant holds.
fn wrong(
    decoded: &Decoded<'_>,
    encoded: &Encoded,
    target: &Package,
    rules: &LaneRules,
) -> Vec<String> {
    let Some(xml) = &encoded.xml else {
        let held = encoded.findings.iter();
        let mut held = held.filter(|finding| finding.severity > Severity::Note);
        let named = |finding: &Finding| {
            let placed = finding.target_path.is_some() || finding.canonical.is_some();
            !finding.code.is_empty() && (placed || finding.source.is_some())
        };
        let is_named = held.any(named);
        return if is_named {
            Vec::new()
        } else {
            vec!["held without a finding".to_owned()]
        };
    };
    let made = parse(xml, None, &Limits::default()).unwrap();
    let mut wrong = Vec::new();
    for fault in target.validate(made.root(), 20).unwrap() {
        // A value that the target's type does not take holds the message, and the fault is its finding.
        let of_value = format!("{:?}", fault.rule);
        if !of_value.starts_with("Facet") && of_value != "Value" {
            wrong.push(format!("not valid: {fault}"));
        }
    }
    let zone = rules
        .zone
        .as_deref()
        .and_then(|zone| TimeZone::get(zone).ok());
    let says = Target::of(target, made.root(), zone);
    let lost = encoded
        .losses
        .iter()
        .filter_map(|loss| loss.canonical.as_deref());
    let lost: HashSet<&str> = lost.collect();
    for entry in decoded.sources() {
        let at = entry.occurrence;
        let Some(leaf) = decoded.declaration.leaf(at) else {
            continue;
        };
        // The lane's own tables turn a value into another one.
        let mut rows = rules.table.values().flatten();
        let turned = rows.any(|row| row.key.contains(&told(leaf)));
        if !lost.contains(at.text().as_str()) && !says.says(at, leaf) && !turned {
            wrong.push(format!(
                "{} = {} ({})",
                at.text(),
                told(leaf),
                path_of(entry.source)
            ));
        }
    }
    let lost = encoded.losses.iter().map(|loss| loss.path.as_str());
    let lost: HashSet<&str> = lost.collect();
    for kept in &decoded.unmapped {
        if !lost.contains(path_of(kept.source).as_str()) {
            wrong.push(format!("{} is no loss", path_of(kept.source)));
        }
    }
    wrong
}

/// The decoded documents of a message: several where it is split.
fn decoded<'d>(package: &Package, view: Node<'d>, context: &DecodeContext) -> Vec<Decoded<'d>> {
    match package.documents(view) {
        // Without a document the fact goes alone.
        None | Some(0) => package.decode(view, context).into_iter().collect(),
        Some(count) => (0..count)
            .filter_map(|number| package.decode_document(view, number, context))
            .collect(),
    }
}

/// What is known of one lane or package.
#[derive(Default)]
struct Found {
    tried: usize,
    sent: usize,
    /// Why others did not go out, though an officer said what was asked.
    held: BTreeSet<String>,
    wrong: BTreeSet<String>,
}

/// What is made once and used for many lanes.
struct Desk {
    packages: Packages,
    sources: BTreeMap<String, (Mapping, Vec<Document>)>,
    officers: BTreeMap<String, Officer>,
    found: BTreeMap<String, Found>,
}

impl Desk {
    fn new() -> Self {
        Self {
            packages: Packages::load(&schemas()).unwrap(),
            sources: BTreeMap::new(),
            officers: BTreeMap::new(),
            found: BTreeMap::new(),
        }
    }

    /// Translates random documents of a package, with the rules and with all losses borne; only reads
    /// them where there is no target.
    fn run(&mut self, name: &str, from: &str, to: Option<&str>, rules: &LaneRules) {
        let source = self.packages.find(from).unwrap();
        let (mapping, documents) = self
            .sources
            .entry(from.to_owned())
            .or_insert_with(|| (Mapping::of(source), samples(source, SOURCES)));
        let target = to.map(|to| self.packages.find(to).unwrap());
        let officer = target.map(|target| {
            let officer = self.officers.entry(target.id().to_string());
            &*officer.or_insert_with(|| Officer::of(target))
        });
        let context_in = DecodeContext {
            zone: rules.source_zone(),
            on: None,
        };
        let all = bearing(rules);
        let found = self.found.entry(name.to_owned()).or_default();
        for document in documents.iter() {
            let view = document.root();
            let read = decoded(source, view, &context_in);
            found.wrong.extend(dropped(mapping, view, &read));
            let Some((target, officer)) = target.zip(officer) else {
                continue;
            };
            for decoded in &read {
                let real = encode(decoded, target, rules, &context());
                found.wrong.extend(wrong(decoded, &real, target, rules));
                let borne = complete(decoded, target, &all, officer);
                found.wrong.extend(wrong(decoded, &borne, target, &all));
                found.tried += 1;
                found.sent += usize::from(borne.xml.is_some());
                if borne.xml.is_none() {
                    let held = borne.findings.iter();
                    let held = held.filter(|finding| finding.severity > Severity::Note);
                    found.held.extend(held.map(|finding| {
                        let path = finding.target_path.as_deref().unwrap_or_default();
                        format!("{}@{path}", finding.code)
                    }));
                }
            }
        }
    }

    /// Nothing is wrong, and enough went out for that to mean something.
    fn judge(self) {
        let mut said = String::new();
        for (name, found) in &self.found {
            if found.sent * 2 < found.tried {
                let (tried, sent) = (found.tried, found.sent);
                let _ = writeln!(said, "{name}: of {tried} only {sent} went out");
                for one in found.held.iter().take(SHOWN_MAX) {
                    let _ = writeln!(said, "    {one}");
                }
            }
            if !found.wrong.is_empty() {
                let _ = writeln!(said, "{name}: {} values", found.wrong.len());
            }
            for one in found.wrong.iter().take(SHOWN_MAX) {
                let _ = writeln!(said, "    {one}");
            }
        }
        assert!(said.is_empty(), "\n{said}");
    }
}

#[test]
fn no_lane_loses_a_value_without_a_name() {
    let mut desk = Desk::new();
    for lane in lanes() {
        // What passes unchanged, and what stays in the model, is read.
        let translates = lane.package_out != "canonical" && lane.package_out != lane.package_in;
        let to = translates.then_some(lane.package_out.as_str());
        desk.run(&lane.id, &lane.package_in, to, &lane.rules);
    }
    desk.judge();
}

#[test]
fn every_message_comes_back_from_the_canonical_model() {
    let mut desk = Desk::new();
    let rules = "zone = 'UTC'\nsource_zone = 'UTC'\npass = ['personal', 'value']";
    let rules: LaneRules = toml::from_str(rules).unwrap();
    let all: Vec<(String, bool)> = desk
        .packages
        .iter()
        .map(|package| (package.id().to_string(), package.is_envelope()))
        .collect();
    for (package, is_envelope) in all {
        if !is_envelope {
            desk.run(&package, &package, Some(&package), &rules);
        }
    }
    desk.judge();
}
