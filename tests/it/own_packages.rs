//! A message, a version or a partner more is a folder more: packages with mapping and lane that are
//! written into a temporary folder, checked and translated by the program as it is.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{Ran, corridor, words};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");

const PACKAGE: &str = r#"
party   = "xx"
message = "advice"
version = "1.0"
title   = "An advice of goods on their way"
root    = "a:Advice"
schema  = ["advice.xsd"]
origin  = "Invented for a test"
licence = "MIT OR Apache-2.0"

[namespaces]
a = "urn:example:advice"

[identity]
id = "Id"

[[route]]
at = "To"
"#;

const XSD: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:example:advice" elementFormDefault="qualified">
  <xs:element name="Advice"><xs:complexType><xs:sequence>
    <xs:element name="Id" type="xs:token"/>
    <xs:element name="Post" type="xs:token"/>
    <xs:element name="To" type="xs:token"/>
    <xs:element name="Goods" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="Name" type="xs:string"/>
      <xs:element name="Tonnes" type="xs:decimal"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"#;

const MAP: &str = r#"
field = [
  { at = "Id", is = "documentId", generate = "document-id" },
  { at = "Post", is = "goodsShipment.consignment.unloadingLocation.name" },
  { at = "To", is = "goodsShipment.destinationCountry" },
]

[[group]]
at = "Goods"
is = "goodsShipment.items"
field = [
  { at = "Name", is = "commodity.description", transliterate = true, cut = 20 },
  { at = "Tonnes", is = "grossMass", unit = "t" },
]
"#;

const LANE: &str = r#"
id          = "ru-xx"
from        = "RU"
to          = "XX"
package_in  = "fcs/esadout-cu/5.23.0"
package_out = "xx/advice/1.0"
origin      = "attested"

[rules.severity]
goodsShipment = "note"

[[rules.value]]
at         = "Post"
do         = "supply"
value      = "Pogranichny"
legal_note = "Invented for a test"
"#;

/// A copy of the shipped packages, without lanes, and room for what is made.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for part in ["codelists", "eaeu", "fcs"] {
            copy(&Path::new(SHIPPED).join(part), &desk.schemas().join(part));
        }
        desk
    }

    fn schemas(&self) -> PathBuf {
        self.dir.path().join("schemas")
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.schemas().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, line: &str) -> Ran {
        let mut arguments = words(line);
        arguments.push("--schemas".to_owned());
        arguments.push(self.schemas().display().to_string());
        corridor(arguments)
    }

    /// The shipped declaration, translated on this lane.
    fn translate(&self, target: &str, lane: &Path) -> (Ran, String) {
        let out = self.dir.path().join("out.xml");
        let losses = self.dir.path().join("losses.json");
        let source = self
            .schemas()
            .join("fcs/esadout-cu/5.23.0/samples/transit-cn-kz.xml");
        let line = format!(
            "translate --from fcs/esadout-cu --to {target} --lane {} {} -o {} --losses {}",
            lane.display(),
            source.display(),
            out.display(),
            losses.display(),
        );
        let ran = self.run(&line);
        let text = fs::read_to_string(out).unwrap_or_default();
        (ran, text)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

#[test]
fn a_new_version_is_a_folder_beside_the_old_one() {
    let desk = Desk::new();
    let r048 = desk.schemas().join("eaeu/r048");
    copy(&r048.join("1.0.0"), &r048.join("1.1.0"));
    let changed = |name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(r048.join("1.1.0").join(name)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from}");
        fs::write(r048.join("1.1.0").join(name), text.replace(from, to)).unwrap();
    };
    changed("package.toml", "version = \"1.0.0\"", "version = \"1.1.0\"");
    changed(
        "map.toml",
        "is = \"commodity.description\", chunk = 250",
        "is = \"commodity.description\", chunk = 250, transliterate = true",
    );
    let shipped = fs::read_to_string(format!("{SHIPPED}/lanes/ru-kz-transit.toml")).unwrap();
    let old = desk.write("lanes/old.toml", &shipped);
    let new = desk.write(
        "lanes/new.toml",
        &shipped.replace("eaeu/r048/1.0.0", "eaeu/r048/1.1.0"),
    );
    let checked = desk.run("packages check").ok();
    assert!(checked.contains("2 lane(s): no fault"), "{checked}");
    // What is our inference and not the publisher's word is shown.
    let inferred = "eaeu/r048/1.1.0: inferred: ";
    assert!(checked.contains(inferred), "{checked}");

    let (ran, before) = desk.translate("eaeu/r048/1.0.0", &old);
    ran.ok();
    assert!(before.contains(">ТОМАТЫ СВЕЖИЕ"), "{before}");
    let (ran, after) = desk.translate("eaeu/r048/1.1.0", &new);
    assert!(ran.stderr.contains("transliterated 3"), "{}", ran.stderr);
    ran.ok();
    assert!(after.contains(">TOMATY SVEZHIE"), "{after}");
}

#[test]
fn a_new_message_is_four_files() {
    let desk = Desk::new();
    desk.write("xx/advice/1.0/package.toml", PACKAGE);
    desk.write("xx/advice/1.0/advice.xsd", XSD);
    desk.write("xx/advice/1.0/map.toml", MAP);
    let lane = desk.write("lanes/ru-xx.toml", LANE);
    let checked = desk.run("packages check").ok();
    assert!(checked.contains("1 lane(s): no fault"), "{checked}");

    let (ran, advice) = desk.translate("xx/advice", &lane);
    ran.ok();
    for part in [
        "<a:Post>Pogranichny</a:Post>",
        "<a:To>KZ</a:To>",
        "<a:Name>TOMATY SVEZHIE, V IA</a:Name><a:Tonnes>8.2005</a:Tonnes>",
    ] {
        assert!(advice.contains(part), "{part}: {advice}");
    }
    let made = desk.dir.path().join("out.xml");
    desk.run(&format!("validate xx/advice {}", made.display()))
        .ok();
    let canonical = desk
        .run(&format!(
            "translate --from xx/advice --to canonical {}",
            made.display()
        ))
        .ok();
    let canonical: serde_json::Value = serde_json::from_str(&canonical).unwrap();
    assert_eq!(canonical["goodsShipment"]["destinationCountry"], "KZ");

    // An agreement that does not say that goods may lose their codes lets none lose them.
    let strict = LANE.replace("goodsShipment = \"note\"", "");
    let lane = desk.write("lanes/ru-xx.toml", &strict);
    let (ran, _) = desk.translate("xx/advice", &lane);
    let said = ran.fails(1, "MAP_LOSS_NOT_BORNE");
    assert!(said.contains("classification.id"), "{said}");
}

#[test]
fn faults_of_a_new_message_and_its_lane_are_named() {
    let desk = Desk::new();
    desk.write("xx/advice/1.0/package.toml", PACKAGE);
    desk.write("xx/advice/1.0/advice.xsd", XSD);
    let lane = desk.write("lanes/ru-xx.toml", &LANE.replace("\"Post\"", "\"Posts\""));
    for (row, broken, line) in [
        ("{ at = \"To\",", "{ at = \"Too\",", "map.toml:5:"),
        (
            "commodity.description",
            "commodity.depiction",
            "map.toml:12:",
        ),
        ("unit = \"t\"", "unit = \"lb\"", "map.toml:13:"),
    ] {
        desk.write("xx/advice/1.0/map.toml", &MAP.replace(row, broken));
        let said = desk.run("packages check").fails(1, "PACKAGES");
        assert!(said.contains(line), "{line}: {said}");
        let (ran, _) = desk.translate("xx/advice", &lane);
        ran.fails(1, "PACKAGES");
    }
    // A sound package; a lane that names a place that the message does not have.
    desk.write("xx/advice/1.0/map.toml", MAP);
    let said = desk.run("packages check").fails(1, "LANE");
    assert!(said.contains("ru-xx.toml:12: "), "{said}");
    assert!(said.contains("Posts"), "{said}");
    let empty = desk.write("lanes/ru-xx.toml", "");
    desk.run("packages check").fails(1, "LANE");
    // Lanes that are named are checked alone.
    let sound = desk.write("one.toml", LANE);
    let line = format!("packages check --lane {}", sound.display());
    let checked = desk.run(&line).ok();
    assert!(checked.contains("1 lane(s)"), "{checked}");
    fs::remove_file(empty).unwrap();
    let checked = desk.run("packages check").ok();
    assert!(checked.contains("0 lane(s)"), "{checked}");
}

/// The fenced blocks of the walk through in the manual, in its order.
fn walk() -> Vec<String> {
    let manual = include_str!("../../docs/packages.md");
    let (_, walk) = manual.split_once("### A walk through").unwrap();
    let (walk, _) = walk.split_once("\n## ").unwrap();
    let blocks = walk.split("   ```").skip(1).step_by(2);
    let block = |text: &str| {
        let lines = text.lines().skip(1);
        let lines = lines.map(|line| line.strip_prefix("   ").unwrap_or(line));
        lines.collect::<Vec<_>>().join("\n")
    };
    blocks.map(block).collect()
}

#[test]
fn the_walk_through_of_the_manual_is_true() {
    let xsd = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/reference/eu/ncts-p5-51.8.6/xsd"
    );
    if !Path::new(xsd).exists() {
        println!("skipped: no reference data");
        return;
    }
    let blocks = walk();
    let [new, identity, map, check, faults, trial, lane] = &blocks[..] else {
        panic!("{blocks:#?}");
    };
    let desk = Desk::new();
    copy(&Path::new(SHIPPED).join("eu"), &desk.schemas().join("eu"));
    let command = |line: &str| {
        let line = line.strip_prefix("corridor ").unwrap();
        let line = line.replace(" --schemas my-schemas", "");
        let line = line.replace("ncts-p5/xsd", xsd);
        let folder = desk.dir.path().display().to_string();
        let line = line.replace(" accepted.xml", &format!(" {folder}/accepted.xml"));
        desk.run(&line.replace("losses.json", &format!("{folder}/losses.json")))
    };
    let written = command(new).ok();
    assert!(written.contains("19 row(s)"), "{written}");
    let folder = "eu/cc004c/51.8.6";
    let package = fs::read_to_string(desk.schemas().join(folder).join("package.toml")).unwrap();
    desk.write(
        &format!("{folder}/package.toml"),
        &format!("{package}\n{identity}"),
    );
    // With the two faults that the manual shows, and without.
    let city = map
        .lines()
        .find(|line| line.contains("at = \"city\""))
        .unwrap();
    let broken = map
        .replace("decisionDateTime", "decisionDateTim")
        .replace(&format!("{city}\n"), "");
    desk.write(&format!("{folder}/map.toml"), &broken);
    let said = command(check).fails(1, "PACKAGES");
    for fault in faults.lines() {
        assert!(said.contains(fault), "{fault}\n{said}");
    }
    desk.write(&format!("{folder}/map.toml"), map);
    command(check).ok();
    let outputs: Vec<String> = trial.lines().map(|line| command(line).ok()).collect();
    assert!(outputs[1].contains("valid"), "{outputs:?}");
    assert!(outputs[2].contains("\"decisionDateTime\""), "{outputs:?}");
    assert!(
        outputs[4].contains("amendmentAcceptanceDateAndTime"),
        "{outputs:?}"
    );
    let losses = fs::read_to_string(desk.dir.path().join("losses.json")).unwrap();
    let losses: serde_json::Value = serde_json::from_str(&losses).unwrap();
    let losses = losses["losses"].as_array().unwrap().iter();
    let lost = losses.filter(|loss| loss["reason"] == "no-target");
    let lost: Vec<&str> = lost.map(|loss| loss["path"].as_str().unwrap()).collect();
    let expected = [
        "preparationDateAndTime",
        "messageIdentification",
        "messageType",
        "TransitOperation/MRN",
    ];
    assert_eq!(lost, expected.map(|name| format!("/CC004C/{name}")));
    desk.write("lanes/eu-ru-amended-received.toml", lane);
    let said = command(check).ok();
    assert!(said.contains("1 lane(s): no fault"), "{said}");
}
