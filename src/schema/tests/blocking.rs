//! `block` and `final` (Part 1 sections 3.3.4, 3.3.6 and 3.4.6).

use super::*;

const TYPES: &str = r#"<xs:complexType name="base"><xs:sequence><xs:element name="a" minOccurs="0"/></xs:sequence></xs:complexType>
    <xs:complexType name="longer"><xs:complexContent><xs:extension base="t:base"><xs:sequence><xs:element name="b" minOccurs="0"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
    <xs:complexType name="shorter"><xs:complexContent><xs:restriction base="t:base"/></xs:complexContent></xs:complexType>
    <xs:complexType name="both"><xs:complexContent><xs:restriction base="t:longer"/></xs:complexContent></xs:complexType>"#;

#[test]
fn an_element_blocks_types() {
    for (block, extension, restriction) in [
        ("", true, true),
        ("extension", false, true),
        ("restriction", true, false),
        ("extension restriction", false, false),
        ("#all", false, false),
        ("substitution", true, true),
    ] {
        let s = schema(&format!(
            r#"{TYPES}<xs:element name="r" type="t:base" block="{block}"/>"#
        ));
        let of = |kind: &str, allowed: bool| {
            let xml = format!(r#"<r xsi:type="t:{kind}"/>"#);
            let expected: &[_] = if allowed {
                &[]
            } else {
                &["SCHEMA_TYPE_BLOCKED"]
            };
            broken(&s, &xml, expected);
        };
        of("base", true);
        of("longer", extension);
        of("shorter", restriction);
        of("both", extension && restriction);
    }
    let s = schema(r#"<xs:element name="r" type="xs:decimal" block="restriction"/>"#);
    broken(
        &s,
        r#"<r xsi:type="xs:int">1</r>"#,
        &["SCHEMA_TYPE_BLOCKED"],
    );
    let found = faults(&s, r#"<r xsi:type="xs:int">1</r>"#).remove(0);
    assert_eq!(
        (found.found.as_str(), found.expected.as_str()),
        (
            "xs:int",
            "xs:decimal or one derived in a way that is not blocked"
        )
    );
}

#[test]
fn a_type_blocks_what_is_derived_from_it() {
    let s = schema(
        r#"<xs:complexType name="base" block="extension"/>
        <xs:complexType name="one"><xs:complexContent><xs:extension base="t:base"/></xs:complexContent></xs:complexType>
        <xs:complexType name="two"><xs:complexContent><xs:extension base="t:one"/></xs:complexContent></xs:complexType>
        <xs:complexType name="same"><xs:complexContent><xs:restriction base="t:base"/></xs:complexContent></xs:complexType>
        <xs:element name="r" type="t:base"/><xs:element name="q" type="t:one"/>"#,
    );
    broken(&s, r#"<r xsi:type="t:one"/>"#, &["SCHEMA_TYPE_BLOCKED"]);
    broken(&s, r#"<r xsi:type="t:two"/>"#, &["SCHEMA_TYPE_BLOCKED"]);
    valid(&s, r#"<r xsi:type="t:same"/>"#);
    // What the base of a declared type blocks is not asked.
    valid(&s, r#"<q xsi:type="t:two"/>"#);
}

#[test]
fn defaults_of_the_document() {
    let text = |default: &str, own: &str| {
        format!(
            r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" blockDefault="{default}">{TYPES}<xs:element name="r" type="t:base" {own}/></xs:schema>"#
        )
    };
    let of = |default: &str, own: &str| {
        let text = text(default, own);
        let s = Schema::compile(&["s"], &Files::new(&[("s", &text)])).unwrap();
        codes(&s, r#"<r xsi:type="t:longer"/>"#)
    };
    assert_eq!(of("extension substitution", ""), ["SCHEMA_TYPE_BLOCKED"]);
    // The type has the default too.
    assert_eq!(of("#all", r#"block="""#), ["SCHEMA_TYPE_BLOCKED"]);
    assert!(of("restriction", "").is_empty());
    for (default, own) in [("all", ""), ("list", ""), ("", r#"block="list""#)] {
        let text = text(default, own);
        let error = Schema::compile(&["s"], &Files::new(&[("s", &text)])).unwrap_err();
        assert_eq!(error.code(), "SCHEMA_LOAD_INVALID", "{default} {own}");
    }
}

#[test]
fn blocked_substitutes_do_not_stand_for_their_head() {
    let s = |head: &str, types: &str| {
        schema(&format!(
            r#"{types}<xs:element name="head" type="t:base" {head}/>
            <xs:element name="same" type="t:base" substitutionGroup="t:head"/>
            <xs:element name="more" type="t:longer" substitutionGroup="t:head"/>
            <xs:element name="less" type="t:shorter" substitutionGroup="t:same"/>
            <xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="t:head"/></xs:sequence></xs:complexType></xs:element>"#
        ))
    };
    let allowed = |s: &Schema| {
        ["head", "same", "more", "less"]
            .map(|name| codes(s, &format!("<r><{name}/></r>")).is_empty())
    };
    assert_eq!(allowed(&s("", TYPES)), [true; 4]);
    let none = s(r#"block="substitution""#, TYPES);
    assert_eq!(allowed(&none), [true, false, false, false]);
    broken(&none, "<r><same/></r>", &["SCHEMA_ELEMENT_UNEXPECTED"]);
    let extended = s(r#"block="extension""#, TYPES);
    assert_eq!(allowed(&extended), [true, true, false, true]);
    let restricted = s(r#"block="restriction""#, TYPES);
    assert_eq!(allowed(&restricted), [true, true, true, false]);
    let by_type = TYPES.replacen(r#"name="base""#, r#"name="base" block="restriction""#, 1);
    assert_eq!(allowed(&s("", &by_type)), [true, true, true, false]);
    // A substitute stands where it is named itself.
    let s = schema(
        r#"<xs:element name="head" type="xs:int" block="substitution"/><xs:element name="m" type="xs:int" substitutionGroup="t:head"/><xs:element name="r"><xs:complexType><xs:choice><xs:element ref="t:head"/><xs:element ref="t:m"/></xs:choice></xs:complexType></xs:element>"#,
    );
    valid(&s, "<r><m>1</m></r>");
}

#[test]
fn an_intermediate_type_blocks_substitutes() {
    let s = |block: &str| {
        schema(&format!(
            r#"<xs:complexType name="a"/><xs:complexType name="b" {block}><xs:complexContent><xs:extension base="t:a"/></xs:complexContent></xs:complexType><xs:complexType name="c"><xs:complexContent><xs:extension base="t:b"/></xs:complexContent></xs:complexType>
            <xs:element name="head" type="t:a"/><xs:element name="m" type="t:c" substitutionGroup="t:head"/>
            <xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="t:head"/></xs:sequence></xs:complexType></xs:element>"#
        ))
    };
    valid(&s(""), "<r><m/></r>");
    broken(
        &s(r#"block="extension""#),
        "<r><m/></r>",
        &["SCHEMA_ELEMENT_UNEXPECTED"],
    );
}

#[test]
fn what_is_final_is_not_used() {
    let refused = |text: &str| {
        assert_eq!(
            compile(text).unwrap_err().code(),
            "SCHEMA_LOAD_INVALID",
            "{text}"
        );
    };
    for (name, kind) in [("extension", "restriction"), ("restriction", "extension")] {
        let text = |last: &str| {
            format!(
                r#"<xs:complexType name="a" final="{last}"/><xs:complexType name="b"><xs:complexContent><xs:{name} base="t:a"/></xs:complexContent></xs:complexType>"#
            )
        };
        refused(&text(name));
        refused(&text("#all"));
        assert!(compile(&text(kind)).is_ok());
    }
    for (way, use_) in [
        ("restriction", r#"<xs:restriction base="t:a"/>"#),
        ("list", r#"<xs:list itemType="t:a"/>"#),
        ("union", r#"<xs:union memberTypes="xs:int t:a"/>"#),
    ] {
        let text = |last: &str| {
            format!(
                r#"<xs:simpleType name="a" final="{last}"><xs:restriction base="xs:token"/></xs:simpleType><xs:simpleType name="b">{use_}</xs:simpleType>"#
            )
        };
        refused(&text(way));
        refused(&text("#all"));
        let others: Vec<_> = ["restriction", "list", "union"]
            .into_iter()
            .filter(|other| *other != way)
            .collect();
        assert!(compile(&text(&others.join(" "))).is_ok());
    }
    let group = |last: &str| {
        format!(
            r#"{TYPES}<xs:element name="h" type="t:base" final="{last}"/><xs:element name="m" type="t:longer" substitutionGroup="t:h"/>"#
        )
    };
    refused(&group("extension"));
    assert!(compile(&group("restriction")).is_ok());
}
