//! Generated documents against one schema with keys, unique values and references of several
//! kinds, held against libxml2.

use std::fmt::Write as _;
use std::fs;

use super::mutate::Random;
use super::{Folders, has_xmllint, xmllint};
use crate::exceptions::Verdicts;
use corridor::schema::Schema;
use corridor::xml::{Limits, parse};

/// Generated documents.
const DOCUMENTS: usize = 1_500;

/// `r` holds groups `g` of entries `a` and references `b`, and references of its own. What each
/// group holds has a key of its own, to which `r` refers too; nothing here contains itself, because
/// libxml2 has a fault there (`conformance/exceptions.json`).
const SCHEMA: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">
<xs:complexType name="entry"><xs:sequence><xs:element name="k" type="xs:decimal" minOccurs="0" maxOccurs="2"/><xs:element name="m" type="xs:int" default="1" minOccurs="0"/></xs:sequence><xs:attribute name="n" type="xs:integer"/><xs:attribute name="s" type="xs:token" default="x"/></xs:complexType>
<xs:complexType name="reference"><xs:attribute name="n" type="xs:decimal"/><xs:attribute name="k" type="xs:decimal"/><xs:attribute name="s" type="xs:string"/></xs:complexType>
<xs:element name="r"><xs:complexType><xs:sequence>
  <xs:element name="g" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="a" type="t:entry" minOccurs="0" maxOccurs="unbounded"/><xs:element name="b" type="t:reference" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
    <xs:key name="inGroup"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:key>
    <xs:keyref name="ofGroup" refer="t:inGroup"><xs:selector xpath="t:b"/><xs:field xpath="@n"/></xs:keyref></xs:element>
  <xs:element name="b" type="t:reference" minOccurs="0" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType>
  <xs:unique name="both"><xs:selector xpath="t:g/t:a"/><xs:field xpath="t:k|t:m"/><xs:field xpath="@s"/></xs:unique>
  <xs:keyref name="toGroups" refer="t:inGroup"><xs:selector xpath="t:b"/><xs:field xpath="@n"/></xs:keyref>
  <xs:keyref name="toBoth" refer="t:both"><xs:selector xpath=".//t:b"/><xs:field xpath="@k"/><xs:field xpath="@s"/></xs:keyref>
</xs:element></xs:schema>"#;

fn attribute(text: &mut String, name: &str, values: &[&str], random: &mut Random) {
    let value = random.pick(values);
    if !value.is_empty() {
        write!(text, " {name}=\"{value}\"").unwrap();
    }
}

fn references(text: &mut String, random: &mut Random) {
    for _ in 0..random.below(3) {
        text.push_str("<b");
        attribute(text, "n", &["", "1", "2.0", "3"], random);
        attribute(text, "k", &["", "", "1", "1.0", "2"], random);
        attribute(text, "s", &["", "x", "y", "x "], random);
        text.push_str("/>");
    }
}

fn document(random: &mut Random) -> String {
    let mut text = r#"<r xmlns="urn:t">"#.to_owned();
    for _ in 0..random.below(4) {
        text.push_str("<g>");
        for _ in 0..random.below(4) {
            text.push_str("<a");
            // Mostly there and of its own, so that valid documents are among them.
            attribute(
                &mut text,
                "n",
                &["1", "2", "3", "04", "+5", "6", "7", "8", ""],
                random,
            );
            attribute(
                &mut text,
                "s",
                &["", "x", "y", " y ", "z", "v", "w"],
                random,
            );
            text.push('>');
            text.push_str(random.pick(&[
                "",
                "<k>1</k>",
                "<k>1.0</k>",
                "<k>2</k>",
                "<m/>",
                "<m>2</m>",
            ]));
            if random.below(20) == 0 {
                text.push_str("<m>3</m>");
            }
            text.push_str("</a>");
        }
        if random.below(3) == 0 {
            references(&mut text, random);
        }
        text.push_str("</g>");
    }
    if random.below(3) == 0 {
        references(&mut text, random);
    }
    text.push_str("</r>");
    text
}

#[test]
fn generated_keys_are_judged_as_by_libxml2() {
    if !has_xmllint() {
        println!("skipped: no xmllint");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.xsd");
    fs::write(&path, SCHEMA).unwrap();
    let schema = Schema::compile(&[path.to_str().unwrap()], &Folders).unwrap();
    let mut random = Random::seeded("keys");
    let (mut files, mut ours) = (Vec::new(), Vec::new());
    for number in 0..DOCUMENTS {
        let text = document(&mut random);
        let parsed = parse(text.as_bytes(), None, &Limits::default()).unwrap();
        ours.push((schema.validate(parsed.root(), 9).is_empty(), text.clone()));
        files.push(folder.path().join(format!("{number}.xml")));
        fs::write(&files[number], text).unwrap();
    }
    let theirs = xmllint(&path, &files);
    let mut verdicts = Verdicts::new("schema-keys");
    let word = |valid| if valid { "valid" } else { "invalid" };
    for (file, (ours, text)) in files.iter().zip(&ours) {
        let theirs = theirs.get(file).copied();
        verdicts.add(text, theirs.map_or("no verdict", word), word(*ours));
    }
    verdicts.conclude();
    let valid = ours.iter().filter(|(valid, _)| *valid).count();
    println!("{valid} of {DOCUMENTS} valid");
    assert!(
        (DOCUMENTS / 10..DOCUMENTS * 9 / 10).contains(&valid),
        "{valid}"
    );
}
