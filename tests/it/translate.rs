//! Translating, validating and listing packages, offline, with the packages that the project ships.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Ran, corridor, corridor_with, words};

const SCHEMAS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");

fn run(line: &str) -> Ran {
    let mut arguments = words(line);
    arguments.push("--schemas".to_owned());
    arguments.push(SCHEMAS.to_owned());
    corridor(arguments)
}

/// The newest version's folder of a package.
fn folder(package: &str) -> PathBuf {
    let family = Path::new(SCHEMAS).join(package);
    let mut versions: Vec<_> = fs::read_dir(family)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    versions.sort();
    versions.pop().unwrap()
}

fn sample(package: &str, name: &str) -> String {
    folder(package)
        .join("samples")
        .join(name)
        .display()
        .to_string()
}

fn lane(name: &str) -> String {
    format!("{SCHEMAS}/lanes/{name}.toml")
}

#[test]
fn every_shipped_package_and_lane_is_without_fault() {
    let listed: Value = serde_json::from_str(&run("packages list --json").ok()).unwrap();
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["package"].as_str().unwrap())
        .collect();
    for family in [
        "cn/mt1401",
        "cn/mt2401",
        "eaeu/r048",
        "eaeu/r051",
        "eu/cc015c",
        "eu/cc028c",
        "eu/ie4s03",
        "fcs/ed-container",
        "mn/joint-manifest",
        "fcs/esadout-cu",
        "wco/control-result",
        "wco/import-result",
    ] {
        assert!(
            names.iter().any(|name| name.starts_with(family)),
            "{names:?}"
        );
    }
    // A schema that no publisher stands for is never shown without a word.
    let status = |name: &str| {
        let mut entries = listed.as_array().unwrap().iter();
        let entry = entries.find(|entry| entry["package"] == name).unwrap();
        entry["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status("cn/mt2401/1.0.0"), "inferred");
    assert_eq!(status("eaeu/r048/1.0.0"), "published");
    assert!(run("packages list").ok().contains(" inferred "));
    let checked = run("packages check").ok();
    assert!(checked.contains("cn/mt1401/1.0.0: inferred"), "{checked}");
    let lanes: Vec<String> = fs::read_dir(Path::new(SCHEMAS).join("lanes"))
        .unwrap()
        .map(|entry| format!("--lane {}", entry.unwrap().path().display()))
        .collect();
    assert!(!lanes.is_empty());
    run(&format!("packages check {}", lanes.join(" "))).ok();
}

#[test]
fn every_sample_is_judged_as_its_name_says() {
    let listed: Value = serde_json::from_str(&run("packages list --json").ok()).unwrap();
    for entry in listed.as_array().unwrap() {
        let package = entry["package"].as_str().unwrap();
        let samples = Path::new(SCHEMAS).join(package).join("samples");
        let samples: Vec<String> = fs::read_dir(samples)
            .unwrap()
            .map(|sample| sample.unwrap().path().display().to_string())
            .filter(|path| path.ends_with(".xml"))
            .collect();
        let ran = run(&format!("validate --json {package} {}", samples.join(" ")));
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let report = report.as_array().unwrap();
        assert_eq!(report.len(), samples.len());
        for checked in report {
            let file = checked["file"].as_str().unwrap();
            let faults = checked["faults"].as_array().unwrap();
            let rejected = file.ends_with("-rejected.xml");
            assert_eq!(!faults.is_empty(), rejected, "{file}: {faults:?}");
        }
        assert!(
            report
                .iter()
                .any(|checked| checked["faults"] != Value::Array(Vec::new()))
        );
        ran.fails(1, "SCHEMA_INVALID");
    }
}

#[test]
fn several_files_are_checked_in_one_run() {
    let good = sample("fcs/esadout-cu", "transit-cn-kz.xml");
    let bad = sample("fcs/esadout-cu", "date-impossible-rejected.xml");
    let ran = run(&format!("validate fcs/esadout-cu {good} {bad} --json"));
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report[0]["faults"].as_array().unwrap().len(), 0);
    assert_eq!(report[1]["faults"][0]["code"], "SCHEMA_VALUE");
    assert!(report[1]["faults"][0]["line"].as_u64().unwrap() > 1);
    ran.fails(1, "SCHEMA_INVALID");
    let arguments = ["validate", "fcs/esadout-cu", "-", "--schemas", SCHEMAS];
    corridor_with(&fs::read(&good).unwrap(), &arguments).ok();
    corridor_with(b"<!DOCTYPE a><a/>", &arguments).fails(1, "XML_");
    corridor_with(b"", &arguments).fails(1, "XML_");
    run(&format!("validate no/such {good}")).fails(1, "PACKAGE_UNKNOWN");
    run("validate fcs/esadout-cu no-such-file.xml").fails(1, "FILE_UNREADABLE");
    run("validate fcs/esadout-cu").fails(2, "FILES");
}

#[test]
fn a_declaration_becomes_a_message_of_either_partner() {
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).display().to_string();
    for (source, target, lane_name) in [
        ("transit-cn-kz.xml", "eaeu/r048", "ru-kz-transit"),
        ("transit-cn-fi.xml", "eu/cc015c/51.8.6", "ru-eu-transit"),
    ] {
        let source = sample("fcs/esadout-cu", source);
        let line = format!(
            "translate --from fcs/esadout-cu --to {target} --lane {} {source} --losses {} \
             --at 2026-11-24T08:00:00Z --id 0198f2c0-0000-7000-8000-000000000001 -o",
            lane(lane_name),
            path("losses.json"),
        );
        run(&format!("{line} {}", path("one.xml"))).ok();
        run(&format!("validate {target} {}", path("one.xml"))).ok();
        let losses: Value =
            serde_json::from_slice(&fs::read(path("losses.json")).unwrap()).unwrap();
        assert_eq!(losses["lane"], lane_name);
        assert!(!losses["losses"].as_array().unwrap().is_empty());
        // The same time and id give the same bytes.
        run(&format!("{line} {}", path("two.xml"))).ok();
        assert_eq!(
            fs::read(path("one.xml")).unwrap(),
            fs::read(path("two.xml")).unwrap()
        );
    }
}

#[test]
fn a_document_in_an_envelope_is_found() {
    let container = sample("fcs/ed-container", "declaration-and-inventory.xml");
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).display().to_string();
    let line = format!(
        "translate --from fcs/esadout-cu --to eaeu/r048 --lane {}",
        lane("ru-kz-transit")
    );
    run(&format!(
        "{line} {container} -o {} --losses {}",
        path("r048.xml"),
        path("losses.json")
    ))
    .ok();
    run(&format!("validate eaeu/r048 {}", path("r048.xml"))).ok();
    let losses = fs::read_to_string(path("losses.json")).unwrap();
    assert!(losses.contains("\"no-package\""), "{losses}");
    for (name, code) in [
        ("no-document-rejected.xml", "SCHEMA_INVALID"),
        ("document-mode-id-missing-rejected.xml", "SCHEMA_INVALID"),
    ] {
        let broken = sample("fcs/ed-container", name);
        run(&format!("{line} {broken} -o {}", path("never.xml"))).fails(1, code);
    }
    run(&format!(
        "{line} {container} --document 2 -o {}",
        path("never.xml")
    ))
    .fails(1, "DOCUMENT");
    assert!(!Path::new(&path("never.xml")).exists());
}

#[test]
fn what_a_lane_does_not_say_is_held_and_named() {
    let source = sample("fcs/esadout-cu", "transit-cn-fi.xml");
    let said = run(&format!(
        "translate --from fcs/esadout-cu --to eu/cc015c/51.8.6 {source}"
    ))
    .fails(1, "NOT_TRANSLATED");
    for place in ["messageSender", "Guarantee", "CustomsOfficeOfDeparture"] {
        assert!(said.contains(place), "{place}: {said}");
    }
    let broken = sample("fcs/esadout-cu", "date-impossible-rejected.xml");
    run(&format!(
        "translate --from fcs/esadout-cu --to eu/cc015c/51.8.6 {broken}"
    ))
    .fails(1, "SCHEMA_INVALID");
    run(&format!(
        "translate --from fcs/esadout-cu --to no/such {source}"
    ))
    .fails(1, "PACKAGE_UNKNOWN");
    run(&format!(
        "translate --from eu/cc015c --to eaeu/r048 {source}"
    ))
    .fails(1, "DOCUMENT");
    // A message that is one document has no second one.
    let line = "translate --from fcs/esadout-cu --to canonical --document";
    run(&format!("{line} 1 {source}")).ok();
    for number in [0, 2] {
        run(&format!("{line} {number} {source}")).fails(1, "DOCUMENT");
    }
}

#[test]
fn the_canonical_model_is_json() {
    let source = sample("fcs/esadout-cu", "transit-cn-kz.xml");
    let json = run(&format!(
        "translate --from fcs/esadout-cu --to canonical {source}"
    ))
    .ok();
    let canonical: Value = serde_json::from_str(&json).unwrap();
    assert!(canonical["goodsShipment"].is_object(), "{json}");
}

#[test]
fn a_package_of_ones_own_needs_nothing_but_a_folder() {
    let own = tempfile::tempdir().unwrap();
    let package = own.path().join("xx/greeting/1.0");
    fs::create_dir_all(&package).unwrap();
    let toml = r#"
party   = "xx"
message = "greeting"
version = "1.0"
title   = "A greeting"
root    = "g:Greeting"
schema  = ["greeting.xsd"]
origin  = "Invented for a test"
licence = "MIT OR Apache-2.0"

[namespaces]
g = "urn:example:greeting"

[identity]
id = "Id"
"#;
    let xsd = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:example:greeting" elementFormDefault="qualified">
  <xs:element name="Greeting"><xs:complexType><xs:sequence>
    <xs:element name="Id" type="xs:token"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"#;
    fs::write(package.join("package.toml"), toml).unwrap();
    fs::write(package.join("greeting.xsd"), xsd).unwrap();
    let schemas = own.path().display().to_string();
    let listed = corridor(["packages", "list", "--schemas", &schemas]).ok();
    assert!(listed.contains("xx/greeting/1.0"), "{listed}");
    let message = "<Greeting xmlns=\"urn:example:greeting\"><Id>1</Id></Greeting>";
    let arguments = ["validate", "xx/greeting", "-", "--schemas", &schemas];
    corridor_with(message.as_bytes(), &arguments).ok();
    let twin = message.replace("Id>", "ID>");
    corridor_with(twin.as_bytes(), &arguments).fails(1, "SCHEMA_ELEMENT_UNEXPECTED");
    fs::write(
        package.join("package.toml"),
        toml.replace("id = \"Id\"", "id = \"Number\""),
    )
    .unwrap();
    let said = corridor(["packages", "check", "--schemas", &schemas]).fails(1, "PACKAGES");
    assert!(said.contains("package.toml:"), "{said}");
}

#[test]
fn plates_containers_and_seals_leave_in_latin_letters() {
    let source = fs::read_to_string(sample("fcs/esadout-cu", "transit-cn-fi.xml")).unwrap();
    // As typed on a Cyrillic keyboard: each letter has a Latin one of its shape.
    let source = source
        .replace("MNGU3002170", "МНТУ3002170")
        .replace("CN0045872", "СН0045872");
    assert!(source.contains("В525ОР178"));
    let out = tempfile::tempdir().unwrap();
    let path = |name: &str| out.path().join(name).display().to_string();
    fs::write(path("in.xml"), source).unwrap();
    let ran = run(&format!(
        "translate --from fcs/esadout-cu --to eu/cc015c/51.8.6 --lane {} {} -o {} --losses {}",
        lane("ru-eu-transit"),
        path("in.xml"),
        path("out.xml"),
        path("losses.json"),
    ));
    ran.ok();
    let made = fs::read_to_string(path("out.xml")).unwrap();
    for (element, value) in [
        ("identificationNumber", "B525OP178"),
        ("containerIdentificationNumber", "MHTY3002170"),
        ("identifier", "CH0045872"),
    ] {
        let element = format!("{element}>{value}</");
        assert!(made.contains(&element), "{element}: {made}");
    }
    let losses: Value = serde_json::from_slice(&fs::read(path("losses.json")).unwrap()).unwrap();
    for leaf in [
        "departureTransportMeans[1].id",
        "borderTransportMeans[1].id",
        "transportEquipment[1].id",
        "seals[1].id",
    ] {
        let told = |loss: &Value| {
            loss["reason"] == "transliterated"
                && loss["canonical"]
                    .as_str()
                    .is_some_and(|at| at.ends_with(leaf))
        };
        let losses = losses["losses"].as_array().unwrap();
        assert!(losses.iter().any(told), "{leaf}: {losses:?}");
    }
    // Read back, the Latin form is what the message says.
    let json = run(&format!(
        "translate --from eu/cc015c --to canonical {}",
        path("out.xml")
    ))
    .ok();
    let canonical: Value = serde_json::from_str(&json).unwrap();
    let consignment = &canonical["goodsShipment"]["consignment"];
    assert_eq!(consignment["departureTransportMeans"][0]["id"], "B525OP178");
    assert_eq!(consignment["transportEquipment"][0]["id"], "MHTY3002170");
}
