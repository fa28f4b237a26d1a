//! `any` and `anyAttribute`.

use super::*;

fn with(any: &str) -> Schema {
    schema(&format!(
        r#"<xs:element name="known" type="xs:int"/><xs:attribute name="known" type="xs:int"/>
        <xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" minOccurs="0"/>{any}</xs:sequence></xs:complexType></xs:element>"#
    ))
}

#[test]
fn strict_lax_and_skip() {
    let strict = with("<xs:any/>");
    valid(&strict, "<r><a/><known>1</known></r>");
    broken(&strict, "<r><known>x</known></r>", &["SCHEMA_VALUE"]);
    broken(&strict, "<r><b/></r>", &["SCHEMA_ELEMENT_UNDECLARED"]);
    broken(&strict, "<r/>", &["SCHEMA_ELEMENT_MISSING"]);
    valid(&strict, r#"<r><b xsi:type="xs:int">1</b></r>"#);
    broken(
        &strict,
        r#"<r><b xsi:type="xs:int">x</b></r>"#,
        &["SCHEMA_VALUE"],
    );
    let lax = with(r#"<xs:any processContents="lax"/>"#);
    valid(&lax, r#"<r><b q="1">text<known>1</known></b></r>"#);
    broken(&lax, "<r><b><known>x</known></b></r>", &["SCHEMA_VALUE"]);
    let skip = with(r#"<xs:any processContents="skip"/>"#);
    valid(&skip, "<r><b><known>x</known></b></r>");
    broken(&skip, "<r><b/><b/></r>", &["SCHEMA_ELEMENT_UNEXPECTED"]);
}

#[test]
fn namespaces_of_wildcards() {
    let other = with(r###"<xs:any namespace="##other" processContents="skip"/>"###);
    valid(&other, r#"<r><b xmlns="urn:o"/></r>"#);
    broken(&other, "<r><b/></r>", &["SCHEMA_ELEMENT_UNEXPECTED"]);
    broken(
        &other,
        r#"<r><b xmlns=""/></r>"#,
        &["SCHEMA_ELEMENT_UNEXPECTED"],
    );
    let list =
        with(r###"<xs:any namespace="##local urn:o ##targetNamespace" processContents="skip"/>"###);
    valid(&list, r#"<r><b xmlns=""/></r>"#);
    valid(&list, "<r><b/></r>");
    broken(
        &list,
        r#"<r><b xmlns="urn:p"/></r>"#,
        &["SCHEMA_ELEMENT_UNEXPECTED"],
    );
}

#[test]
fn wildcards_repeat() {
    let s = with(r#"<xs:any processContents="skip" minOccurs="2" maxOccurs="3"/>"#);
    valid(&s, "<r><b/><c/></r>");
    broken(&s, "<r><b/></r>", &["SCHEMA_ELEMENT_MISSING"]);
    broken(
        &s,
        "<r><b/><b/><b/><b/></r>",
        &["SCHEMA_ELEMENT_UNEXPECTED"],
    );
}

#[test]
fn attribute_wildcards() {
    let with = |any: &str| {
        schema(&format!(
            r#"<xs:attribute name="known" type="xs:int"/><xs:element name="r"><xs:complexType>{any}</xs:complexType></xs:element>"#
        ))
    };
    let strict = with("<xs:anyAttribute/>");
    valid(&strict, r#"<r t:known="1"/>"#);
    broken(&strict, r#"<r t:known="x"/>"#, &["SCHEMA_VALUE"]);
    broken(&strict, r#"<r b="x"/>"#, &["SCHEMA_ATTRIBUTE_UNDECLARED"]);
    let lax = with(r###"<xs:anyAttribute namespace="##targetNamespace" processContents="lax"/>"###);
    valid(&lax, r#"<r t:b="x"/>"#);
    broken(&lax, r#"<r t:known="x"/>"#, &["SCHEMA_VALUE"]);
    broken(&lax, r#"<r b="x"/>"#, &["SCHEMA_ATTRIBUTE_UNEXPECTED"]);
    valid(
        &with(r#"<xs:anyAttribute processContents="skip"/>"#),
        r#"<r t:known="x"/>"#,
    );
}

#[test]
fn wildcards_meet_in_groups_and_join_in_extensions() {
    let s = schema(
        r###"<xs:attributeGroup name="g"><xs:anyAttribute namespace="urn:a urn:b" processContents="skip"/></xs:attributeGroup>
        <xs:complexType name="base"><xs:attributeGroup ref="t:g"/><xs:anyAttribute namespace="urn:b urn:c" processContents="skip"/></xs:complexType>
        <xs:element name="base" type="t:base"/>
        <xs:element name="r"><xs:complexType><xs:complexContent><xs:extension base="t:base"><xs:anyAttribute namespace="urn:d" processContents="skip"/></xs:extension></xs:complexContent></xs:complexType></xs:element>"###,
    );
    valid(&s, r#"<base xmlns:b="urn:b" b:x=""/>"#);
    broken(
        &s,
        r#"<base xmlns:a="urn:a" a:x=""/>"#,
        &["SCHEMA_ATTRIBUTE_UNEXPECTED"],
    );
    valid(&s, r#"<r xmlns:b="urn:b" b:x="" xmlns:d="urn:d" d:x=""/>"#);
    broken(
        &s,
        r#"<r xmlns:c="urn:c" c:x=""/>"#,
        &["SCHEMA_ATTRIBUTE_UNEXPECTED"],
    );
}

#[test]
fn wildcards_that_are_all_but_one() {
    // Section 3.10.6: of `##other` of two namespaces only "no namespace" is left out.
    let union = |base: &str, own: &str| {
        let main = document(&format!(
            r#"<xs:import namespace="urn:o" schemaLocation="o"/><xs:element name="r"><xs:complexType><xs:complexContent><xs:extension base="o:base" xmlns:o="urn:o"><xs:anyAttribute namespace="{own}" processContents="skip"/></xs:extension></xs:complexContent></xs:complexType></xs:element>"#
        ));
        let other = format!(
            r###"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:o"><xs:complexType name="base"><xs:anyAttribute namespace="{base}" processContents="skip"/></xs:complexType></xs:schema>"###
        );
        Schema::compile(&["s"], &Files::new(&[("s", &main), ("o", &other)]))
    };
    let s = union("##other", "##other").unwrap();
    valid(&s, r#"<r t:x="" xmlns:o="urn:o" o:x=""/>"#);
    broken(&s, r#"<r x=""/>"#, &["SCHEMA_ATTRIBUTE_UNEXPECTED"]);
    let s = union("##other", "urn:o").unwrap();
    valid(&s, r#"<r t:x="" xmlns:o="urn:o" o:x=""/>"#);
    broken(&s, r#"<r x=""/>"#, &["SCHEMA_ATTRIBUTE_UNEXPECTED"]);
    let s = union("##other", "urn:o ##local").unwrap();
    valid(&s, r#"<r x="" t:x="" xmlns:o="urn:o" o:x=""/>"#);
    assert_eq!(
        union("##other", "##local").unwrap_err().code(),
        "SCHEMA_LOAD_INVALID"
    );
}

#[test]
fn the_nearest_wildcard_says_what_is_checked() {
    let s = |group: &str, own: &str| {
        schema(&format!(
            r#"<xs:attribute name="x" type="xs:int"/><xs:attributeGroup name="g"><xs:anyAttribute processContents="{group}"/></xs:attributeGroup><xs:element name="r"><xs:complexType><xs:attributeGroup ref="t:g"/>{own}</xs:complexType></xs:element>"#
        ))
    };
    let strict = r#"<xs:anyAttribute processContents="strict"/>"#;
    broken(&s("skip", strict), r#"<r t:x="a"/>"#, &["SCHEMA_VALUE"]);
    valid(&s("skip", ""), r#"<r t:x="a"/>"#);
    let skip = r#"<xs:anyAttribute processContents="skip"/>"#;
    valid(&s("strict", skip), r#"<r t:x="a"/>"#);
    broken(&s("strict", ""), r#"<r t:x="a"/>"#, &["SCHEMA_VALUE"]);
}

#[test]
fn elements_without_a_type_take_anything() {
    let s = schema(r#"<xs:element name="r"/><xs:element name="known" type="xs:int"/>"#);
    valid(&s, r#"<r q="1">text<b/><known>1</known></r>"#);
    broken(&s, "<r><known>x</known></r>", &["SCHEMA_VALUE"]);
}
