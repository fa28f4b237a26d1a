//! Published schemas become packages: imported, listed, validated against at once, put in the place of
//! a profile; and what is wrong with a folder is said and changes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Ran, corridor};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas");
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference");

/// A message, a second one that stands for itself in a library, and a library that both use.
const ADVICE: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:l="urn:example:lib"
    targetNamespace="urn:example:advice" elementFormDefault="qualified">
  <xs:import namespace="urn:example:lib" schemaLocation="lib/types.xsd"/>
  <xs:element name="Goods_Advice">
    <xs:annotation><xs:documentation>An advice of goods
      on their way</xs:documentation></xs:annotation>
    <xs:complexType><xs:sequence>
      <xs:element name="Id" type="l:Id"/><xs:element ref="l:Place"/>
    </xs:sequence></xs:complexType>
  </xs:element>
</xs:schema>"#;

const TYPES: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:example:lib"
    targetNamespace="urn:example:lib">
  <xs:include schemaLocation="https://example.org/schemas/places.xsd"/>
  <xs:element name="Unused" type="Id"/><xs:element name="Unwanted" type="Id"/>
  <xs:simpleType name="Id"><xs:restriction base="xs:token">
    <xs:pattern value="[A-Z]{2}\d{4}"/></xs:restriction></xs:simpleType>
</xs:schema>"#;

const PLACES: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="Place" type="xs:token"/><xs:element name="Other" type="xs:token"/>
</xs:schema>"#;

const NOTICE: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:example:notice"
        xmlns="urn:example:notice" elementFormDefault="qualified">
      <xs:include schemaLocation="lib/parts.xsd"/>
      <xs:element name="Notice"><xs:complexType><xs:sequence>
        <xs:element name="Id"><xs:annotation><xs:documentation>Number of the notice</xs:documentation>
          </xs:annotation><xs:simpleType><xs:restriction base="xs:token"><xs:maxLength value="35"/>
          </xs:restriction></xs:simpleType></xs:element>
        <xs:element name="Place" minOccurs="0"><xs:complexType><xs:sequence>
          <xs:element name="Name" type="xs:string"/></xs:sequence>
          <xs:attribute name="lang" type="xs:language"/></xs:complexType></xs:element>
        <xs:element name="Goods" type="Goods" maxOccurs="unbounded"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:schema>"#;

const PARTS: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
      <xs:complexType name="Goods"><xs:sequence>
        <xs:element name="Name" type="xs:string"/>
        <xs:element name="Part" type="Goods" minOccurs="0" maxOccurs="9"/>
      </xs:sequence></xs:complexType></xs:schema>"#;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { folder };
        desk.put("set/advice.xsd", ADVICE);
        desk.put("set/lib/types.xsd", TYPES);
        desk.put("set/elsewhere/places.xsd", PLACES);
        fs::create_dir(desk.path("schemas")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// `corridor ARGUMENTS --schemas` of this desk.
    fn run(&self, arguments: &[&str]) -> Ran {
        let schemas = self.path("schemas");
        let own = ["--schemas", schemas.to_str().unwrap()];
        corridor(arguments.iter().copied().chain(own))
    }

    fn import(&self, set: &Path, party: &str, version: &str, more: &[&str]) -> Ran {
        let mut arguments = vec!["packages", "import", set.to_str().unwrap()];
        arguments.extend(["--party", party, "--version", version]);
        arguments.extend(more);
        self.run(&arguments)
    }

    fn import_advice(&self, more: &[&str]) -> Ran {
        self.import(&self.path("set"), "xx", "1.0", more)
    }

    /// All files below the schemas, by path.
    fn written(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn add(folder: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => add(&path, all),
                    false => all.push((path.clone(), fs::read(&path).unwrap())),
                }
            }
        }
        let mut all = Vec::new();
        add(&self.path("schemas"), &mut all);
        all.sort();
        all
    }
}

#[test]
fn a_folder_of_schemas_becomes_packages_that_validate_at_once() {
    let desk = Desk::new();
    let said = desk.import_advice(&["--origin", "Invented \"here\""]).ok();
    assert!(said.contains("3 file(s) and 1 package(s)"), "{said}");
    assert!(said.contains("xx/goods-advice/1.0"), "{said}");
    let listed = desk.run(&["packages", "list", "--json"]).ok();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["title"], "An advice of goods on their way");
    assert_eq!(listed[0]["origin"], "Invented \"here\"");
    let sample = desk
        .run(&["packages", "sample", "xx/goods-advice", "--seed", "3"])
        .ok();
    let good = desk.put("good.xml", &sample);
    desk.run(&["validate", "xx/goods-advice", good.to_str().unwrap()])
        .ok();
    let bad = desk.put("bad.xml", &sample.replace("</Id>", "x</Id>"));
    let said = desk
        .run(&["validate", "xx/goods-advice", bad.to_str().unwrap()])
        .fails(1, "SCHEMA_INVALID");
    assert!(said.contains("SCHEMA_FACET_PATTERN"), "{said}");
    desk.run(&["packages", "check"]).ok();
}

#[test]
fn an_element_that_others_refer_to_is_a_message_when_it_is_named() {
    let desk = Desk::new();
    let said = desk.import_advice(&["--root", "Place"]).ok();
    assert!(said.contains("2 package(s)"), "{said}");
    assert!(said.contains("xx/place/1.0"), "{said}");
    let other = Desk::new();
    other
        .import_advice(&["--root", "Nowhere"])
        .fails(1, "SCHEMA_LOAD_UNRESOLVED");
    assert!(other.written().is_empty());
}

#[test]
fn what_is_there_already_stays_as_it_is() {
    let desk = Desk::new();
    desk.import_advice(&[]).ok();
    let before = desk.written();
    let said = desk.import_advice(&[]).fails(1, "PACKAGE_EXISTS");
    assert!(said.contains("--schema-only"), "{said}");
    assert_eq!(desk.written(), before);
    desk.import(&desk.path("set"), "xx", "1.1", &[]).ok();
    assert!(desk.written().len() > before.len());
    // Files of an earlier import are those of other packages too.
    let before = desk.written();
    desk.put(
        "other/a.xsd",
        &ADVICE
            .replace("Goods_Advice", "Other")
            .replace("lib/types", "types"),
    );
    desk.put(
        "other/types.xsd",
        &TYPES.replace("https://example.org/schemas/", ""),
    );
    desk.put("other/places.xsd", PLACES);
    let other = desk.path("other");
    let said = desk
        .import(&other, "xx", "1.1", &[])
        .fails(1, "PACKAGE_EXISTS");
    assert!(said.contains("earlier import"), "{said}");
    let said = desk
        .import(&other, "xx", "1.1", &["--schema-only"])
        .fails(1, "PACKAGES");
    assert!(said.contains("xx/goods-advice/1.1"), "{said}");
    assert_eq!(desk.written(), before);
}

#[test]
fn what_the_engine_does_not_know_is_named_with_its_place_and_nothing_is_written() {
    for (body, code, place) in [
        (
            "<xs:element name='A'><xs:complexType><xs:openContent/></xs:complexType></xs:element>",
            "SCHEMA_LOAD_",
            "a.xsd:1:",
        ),
        (
            "<xs:import namespace='urn:n' schemaLocation='http://example.org/gone.xsd'/>\
             <xs:element name='A'/>",
            "SCHEMA_LOAD_MISSING",
            "gone.xsd",
        ),
    ] {
        let desk = Desk::new();
        let schema =
            format!("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>{body}</xs:schema>");
        desk.put("set/a.xsd", &schema);
        let said = desk.import_advice(&[]).fails(1, "SCHEMA_LOAD");
        assert!(said.contains(code) && said.contains(place), "{said}");
        assert!(desk.written().is_empty());
    }
    let desk = Desk::new();
    let empty = desk.path("empty");
    fs::create_dir(&empty).unwrap();
    desk.import(&empty, "xx", "1.0", &[])
        .fails(1, "SCHEMA_LOAD_MISSING");
    desk.put("set/not.xsd", "<a/>");
    desk.import_advice(&[]).fails(1, "SCHEMA_LOAD_INVALID");
}

#[test]
fn a_set_that_was_changed_since_is_refused_when_packages_are_loaded() {
    let desk = Desk::new();
    desk.import_advice(&[]).ok();
    desk.put(
        "schemas/xx/xsd/1.0/lib/types.xsd",
        &TYPES.replace("[A-Z]{2}", "[A-Z]{3}"),
    );
    let said = desk.run(&["packages", "list"]).fails(1, "PACKAGES");
    assert!(said.contains("xx/xsd/1.0/set.toml:"), "{said}");
    assert!(said.contains("another SHA-256"), "{said}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

/// A desk with shipped packages.
fn shipped(packages: &[&str]) -> Desk {
    let desk = Desk::new();
    for package in packages.iter().chain(&["codelists"]) {
        copy(
            &Path::new(SHIPPED).join(package),
            &desk.path("schemas").join(package),
        );
    }
    desk
}

#[test]
fn a_published_schema_takes_the_place_of_a_profile_and_the_mapping_stays() {
    let desk = shipped(&["eu/cc028c"]);
    let profile = Path::new(SHIPPED).join("eu/cc028c/51.8.6/cc028c.xsd");
    let text = fs::read_to_string(profile).unwrap();
    desk.put(
        "official/CC028C.xsd",
        &text.replace("<xs:schema", "<!-- official --><xs:schema"),
    );
    let set = desk.path("official");
    desk.import(&set, "eu", "51.8.6", &[])
        .fails(1, "PACKAGE_EXISTS");
    desk.import(&set, "eu", "51.8.6", &["--schema-only"]).ok();
    let listed = desk.run(&["packages", "list", "--json"]).ok();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed[0]["decodes"], true);
    assert_eq!(listed[0]["origin"], "EU 51.8.6, as published");
    // A second time: the same, and nothing is left beside it.
    desk.import(&set, "eu", "51.8.6", &["--schema-only"]).ok();
    let left = desk.written();
    assert!(
        left.iter()
            .all(|(path, _)| !path.to_string_lossy().contains(".replaced"))
    );
    // A schema in which the mapping finds an element no more is taken back.
    desk.put(
        "official/CC028C.xsd",
        &text.replace("declarationAcceptanceDate", "acceptedOn"),
    );
    let said = desk
        .import(&set, "eu", "51.8.6", &["--schema-only"])
        .fails(1, "PACKAGES");
    assert!(said.contains("eu/cc028c/51.8.6/map.toml:"), "{said}");
    assert_eq!(desk.written(), left);
}

#[test]
fn a_draft_has_every_path_and_is_filled_row_by_row() {
    let desk = Desk::new();
    let file = desk.put("drafts/notice.xsd", NOTICE);
    desk.put("drafts/lib/parts.xsd", PARTS);
    desk.put("drafts/other.xsd", ADVICE);
    let draft = |message: &str| {
        let file = file.to_str().unwrap();
        let name = [
            "packages",
            "new",
            "--from-xsd",
            file,
            "--party",
            "xx",
            "--message",
            message,
        ];
        desk.run(&[&name[..], &["--version", "1"]].concat())
    };
    draft("notice").ok();
    let folder = desk.path("schemas/xx/notice/1");
    let map = fs::read_to_string(folder.join("map.toml")).unwrap();
    let row = "# 1, token up to 35 characters - Number of the notice\n[[field]]\nat = \"Id\"\nis = \"\"\n";
    assert!(map.contains(row), "{map}");
    for part in [
        "\"Place/Name\"",
        "\"Place/@lang\"",
        "# 1..n\n[[group]]\nat = \"Goods\"",
    ] {
        assert!(map.contains(part), "{part}: {map}");
    }
    assert!(!folder.join("other.xsd").exists());
    let said = desk.run(&["packages", "check"]).fails(1, "PACKAGES");
    let empty = said.matches("an empty canonical path").count();
    // Rows within a group are looked at when the group itself leads somewhere.
    assert_eq!((empty, map.matches("is = \"\"").count()), (4, 8), "{said}");
    // Filled, it is a package like any other.
    let map = map
        .replacen("is = \"\"", "is = \"documentId\"", 1)
        .replace("is = \"\"", "is = \"!\"");
    let filled: String = map
        .split("\n\n")
        .filter(|row| !row.contains("is = \"!\""))
        .collect();
    fs::write(
        folder.join("map.toml"),
        filled + "\n[[ignore]]\nat = \"Goods\"\nreason = \"a test\"\n",
    )
    .unwrap();
    let package = fs::read_to_string(folder.join("package.toml")).unwrap();
    let package = package.replacen("schema ", "direction = \"decode\"\nschema ", 1);
    fs::write(folder.join("package.toml"), package).unwrap();
    desk.run(&["packages", "check"]).ok();
    // A draft replaces nothing, and names what it cannot choose.
    draft("notice").fails(1, "PACKAGE_EXISTS");
    desk.put(
        "drafts/notice.xsd",
        &NOTICE.replace("</xs:schema>", "<xs:element name='B'/></xs:schema>"),
    );
    let said = draft("other").fails(1, "SCHEMA_LOAD_UNRESOLVED");
    assert!(said.contains("Notice, B"), "{said}");
    assert!(!desk.path("schemas/xx/other").exists());
}

#[test]
fn published_sets_are_imported_whole() {
    if !Path::new(REFERENCE).exists() {
        println!("skipped: no reference data");
        return;
    }
    for (set, party, packages) in [
        ("eaeu/eec-r/xsd", "eaeu", 4),
        ("eu/ncts-p6-60.4.16/xsd", "eu", 33),
        ("eu/ics2-cr", "eu", 49),
        ("wco/hmrc-cds-dms2/public/api/conf/3.0/schemas", "wco", 8),
    ] {
        let desk = Desk::new();
        let said = desk
            .import(&Path::new(REFERENCE).join(set), party, "1", &[])
            .ok();
        let counted = format!("and {packages} package(s)");
        assert!(said.contains(&counted), "{set}: {said}");
    }
}

#[test]
fn the_published_schema_of_transit_declarations_takes_our_mapping() {
    let set = Path::new(REFERENCE).join("eu/ncts-p5-51.8.6/xsd");
    if !set.exists() {
        println!("skipped: no reference data");
        return;
    }
    let desk = shipped(&["eu/cc015c", "eu/cc028c"]);
    desk.import(&set, "eu", "51.8.6", &["--schema-only"]).ok();
    let listed = desk.run(&["packages", "list"]).ok();
    let both = listed.lines().filter(|line| line.contains("both ways"));
    // Both phases of the declaration, and the answer.
    assert_eq!(both.count(), 3, "{listed}");
}
