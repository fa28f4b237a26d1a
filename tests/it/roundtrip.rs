//! Every shipped package both ways: what is decoded, encoded and decoded again has the same
//! canonical values. And whatever happens to a message, translating it ends without a panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use corridor::model::{KeyKind, Mrn};
use corridor::translate::{DecodeContext, EncodeContext, LaneRules, Package, Packages, encode};
use corridor::xml::{Limits, Node, parse};
use serde_json::Value;

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");

fn packages() -> Packages {
    Packages::load(Path::new(SCHEMAS)).unwrap()
}

/// The valid samples of a package.
fn samples(package: &Package) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(package.folder().join("samples")) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.to_string_lossy().ends_with("-rejected.xml"))
        .collect();
    files.sort();
    files
}

fn both_ways(packages: &Packages) -> Vec<Arc<Package>> {
    let both = |package: &&Arc<Package>| {
        package
            .directions()
            .is_some_and(|ways| ways.decodes && ways.encodes)
    };
    packages.iter().filter(both).cloned().collect()
}

fn context() -> EncodeContext<'static> {
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    EncodeContext::from_uuid(now, uuid::Uuid::from_u128(0x417))
}

/// Everything may pass, nothing is too grave to lose.
fn rules() -> LaneRules {
    toml::from_str(
        "pass = ['personal', 'value']\nzone = 'UTC'\nsource_zone = 'UTC'\n[severity]\n\
         goodsShipment = 'note'\ndeclarant = 'note'\nobligationGuarantees = 'note'",
    )
    .unwrap()
}

fn canonical(package: &Package, view: Node<'_>) -> Value {
    let zone = rules().source_zone();
    let decoded = package
        .decode(view, &DecodeContext { zone, on: None })
        .unwrap();
    let mut json = decoded.canonical_json().unwrap();
    // What every translation makes anew.
    for generated in ["documentId", "issueDateTime", "functionalReferenceId"] {
        json.as_object_mut().unwrap().remove(generated);
    }
    json
}

#[test]
fn decoded_encoded_and_decoded_again_is_the_same() {
    let packages = packages();
    let mut tried = Vec::new();
    for package in both_ways(&packages) {
        for file in samples(&package) {
            let document = parse(&fs::read(&file).unwrap(), None, &Limits::default()).unwrap();
            let first = canonical(&package, document.root());
            let zone = rules().source_zone();
            let decoded = package
                .decode(document.root(), &DecodeContext { zone, on: None })
                .unwrap();
            let encoded = encode(&decoded, &package, &rules(), &context());
            let xml = encoded
                .xml
                .unwrap_or_else(|| panic!("{}: {:#?}", file.display(), encoded.findings));
            let again = parse(&xml, None, &Limits::default()).unwrap();
            let faults = package.validate(again.root(), 5).unwrap();
            assert!(faults.is_empty(), "{}: {faults:?}", file.display());
            let second = canonical(&package, again.root());
            let mut differences = Vec::new();
            compare("", &first, &second, &mut differences);
            assert!(
                differences.is_empty(),
                "{}: {differences:#?}",
                file.display()
            );
            tried.push(package.id().clone());
        }
    }
    // Every package of the folder is read and written, but those that only hold documents.
    for package in packages.iter() {
        let there = tried.contains(package.id()) || package.is_envelope();
        assert!(there, "{} does not come back", package.id());
    }
}

/// The office of departure answers a declaration with the number that it gave it: CC028C is made from
/// what was decoded of CC015C.
#[test]
fn an_answer_is_made_from_the_declaration() {
    let packages = packages();
    let declaration = packages.find("eu/cc015c/51.8.6").unwrap();
    let answer = packages.find("eu/cc028c").unwrap();
    let sample = samples(declaration).into_iter().next().unwrap();
    let document = parse(&fs::read(sample).unwrap(), None, &Limits::default()).unwrap();
    let view = document.root();
    let mut decoded = declaration.decode(view, &DecodeContext::default()).unwrap();
    let mrn = Mrn::make("26FI000000A1B2C3K").unwrap();
    decoded.declaration.mrn = Some(mrn.clone());
    decoded.declaration.acceptance_date_time = "2026-11-23".parse().ok();
    let lrn = declaration
        .keys(view)
        .into_iter()
        .find(|key| key.kind == KeyKind::Lrn);
    let encoded = encode(&decoded, answer, &rules(), &context());
    let xml = encoded
        .xml
        .unwrap_or_else(|| panic!("{:#?}", encoded.findings));
    let made = parse(&xml, None, &Limits::default()).unwrap();
    assert!(answer.validate(made.root(), 5).unwrap().is_empty());
    assert_eq!(answer.correlation(), [KeyKind::Lrn]);
    let keys = answer.keys(made.root());
    assert_eq!(encoded.keys, keys);
    assert!(lrn.is_some() && keys.contains(&lrn.unwrap()), "{keys:?}");
    assert!(
        keys.iter()
            .any(|key| key.kind == KeyKind::Mrn && key.value == mrn.as_str())
    );
}

/// The paths at which two values differ.
fn compare(path: &str, first: &Value, second: &Value, out: &mut Vec<String>) {
    match (first, second) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let of = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or(Value::Null)
                };
                compare(&format!("{path}.{key}"), &of(a), &of(b), out);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (number, (x, y)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{number}]"), x, y, out);
            }
        }
        (a, b) if same(a, b) => {}
        (a, b) => out.push(format!("{path}: {a} / {b}")),
    }
}

/// Numbers are equal whatever their trailing zeros.
fn same(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| value.as_str()?.parse::<rust_decimal::Decimal>().ok();
    a == b || number(a).is_some_and(|a| Some(a) == number(b))
}

/// A small generator of numbers, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }
}

/// A message with one element removed, said twice, or with another text.
fn mutant(text: &str, dice: &mut Dice) -> Option<String> {
    let document = parse(text.as_bytes(), None, &Limits::default()).ok()?;
    let elements: Vec<Node<'_>> = document.root().descendants().collect();
    let node = elements[dice.roll(elements.len())];
    let start = node.position().byte;
    let source = document.text();
    let close = node.end_tag_start();
    let end = close + source[close..].find('>')? + 1;
    let element = &source[start..end];
    let put = match dice.roll(4) {
        0 => String::new(),
        1 => element.repeat(2),
        2 => element.repeat(12),
        _ if node.elements().next().is_none() && close > start => {
            let texts = [
                "",
                "0",
                "-1",
                "ЩЩЩ",
                "99999999999999999999999999999999",
                "2024-13-40",
            ];
            let open = element.find('>')? + 1;
            let text = texts[dice.roll(texts.len())];
            format!("{}{text}{}", &element[..open], &source[close..end])
        }
        _ => return None,
    };
    Some(format!("{}{put}{}", &source[..start], &source[end..]))
}

#[test]
fn whatever_happens_to_a_message_there_is_an_answer() {
    let packages = packages();
    let lanes = ["ru-kz-transit.toml", "ru-eu-transit.toml"].map(|name| {
        let text = fs::read_to_string(Path::new(SCHEMAS).join("lanes").join(name)).unwrap();
        let lane: toml::Table = toml::from_str(&text).unwrap();
        let rules: LaneRules = lane["rules"].clone().try_into().unwrap();
        (rules, lane["package_out"].as_str().unwrap().to_owned())
    });
    let mut dice = Dice(417);
    let (mut sent, mut held, mut invalid) = (0, 0, Vec::new());
    let source = packages.find("fcs/esadout-cu").unwrap();
    for file in samples(source) {
        let text = fs::read_to_string(&file).unwrap();
        for _ in 0..60 {
            let Some(mutant) = mutant(&text, &mut dice) else {
                continue;
            };
            let Ok(document) = parse(mutant.as_bytes(), None, &Limits::default()) else {
                continue;
            };
            let valid = source.validate(document.root(), 1).unwrap().is_empty();
            for (rules, target) in &lanes {
                let target = packages.find(target).unwrap();
                let zone = rules.source_zone();
                let context_in = DecodeContext { zone, on: None };
                let decoded = source.decode(document.root(), &context_in).unwrap();
                let encoded = encode(&decoded, target, rules, &context());
                let Some(xml) = encoded.xml else {
                    assert!(!encoded.findings.is_empty());
                    held += 1;
                    continue;
                };
                sent += 1;
                let output = parse(&xml, None, &Limits::default()).unwrap();
                // A value may be longer or of other letters than the target takes: that is for
                // the check of what goes out. Order and cardinality are right always.
                let mut faults = target.validate(output.root(), 5).unwrap();
                faults.retain(|fault| !fault.rule.code().contains("FACET"));
                if valid && !faults.is_empty() {
                    invalid.push(faults);
                }
            }
        }
    }
    assert!(sent > 50 && held > 20, "{sent} {held}");
    assert!(
        invalid.is_empty(),
        "{} of {sent}: {invalid:#?}",
        invalid.len()
    );
}
