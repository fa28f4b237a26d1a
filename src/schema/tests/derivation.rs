//! Complex types derived from others, substitution groups, `xsi:type` and `xsi:nil`, attributes.

use super::*;

const BASE: &str = r#"<xs:complexType name="base"><xs:sequence><xs:element name="a" type="xs:int"/></xs:sequence><xs:attribute name="x" type="xs:int"/><xs:attribute name="y"/></xs:complexType>"#;

#[test]
fn an_extension_adds_behind_the_base() {
    let s = schema(&format!(
        r#"{BASE}<xs:element name="r"><xs:complexType><xs:complexContent><xs:extension base="t:base"><xs:sequence><xs:element name="b" type="xs:int"/></xs:sequence><xs:attribute name="z" use="required"/></xs:extension></xs:complexContent></xs:complexType></xs:element>"#
    ));
    valid(&s, r#"<r x="1" z=""><a>1</a><b>2</b></r>"#);
    broken(
        &s,
        r#"<r z=""><b>2</b><a>1</a></r>"#,
        &["SCHEMA_ELEMENT_UNEXPECTED", "SCHEMA_ELEMENT_UNEXPECTED"],
    );
    broken(&s, "<r><a>1</a><b>2</b></r>", &["SCHEMA_ATTRIBUTE_MISSING"]);
    broken(&s, r#"<r z=""><a>1</a></r>"#, &["SCHEMA_ELEMENT_MISSING"]);
    let same = format!(
        r#"{BASE}<xs:complexType name="c"><xs:complexContent><xs:extension base="t:base"><xs:attribute name="x"/></xs:extension></xs:complexContent></xs:complexType>"#
    );
    // libxml2 and the standard refuse an attribute that the base has.
    assert!(compile(&same).is_err());
}

#[test]
fn a_restriction_repeats_and_may_prohibit() {
    let s = schema(&format!(
        r#"{BASE}<xs:element name="r"><xs:complexType><xs:complexContent><xs:restriction base="t:base"><xs:sequence><xs:element name="a"><xs:simpleType><xs:restriction base="xs:int"><xs:maxInclusive value="9"/></xs:restriction></xs:simpleType></xs:element></xs:sequence><xs:attribute name="x" type="xs:int" use="required"/><xs:attribute name="y" use="prohibited"/></xs:restriction></xs:complexContent></xs:complexType></xs:element>"#
    ));
    valid(&s, r#"<r x="1"><a>9</a></r>"#);
    broken(
        &s,
        r#"<r x="1"><a>10</a></r>"#,
        &["SCHEMA_FACET_MAX_INCLUSIVE"],
    );
    broken(&s, "<r><a>9</a></r>", &["SCHEMA_ATTRIBUTE_MISSING"]);
    broken(
        &s,
        r#"<r x="1" y=""><a>9</a></r>"#,
        &["SCHEMA_ATTRIBUTE_UNEXPECTED"],
    );
}

#[test]
fn simple_content_with_attributes() {
    let s = schema(
        r#"<xs:complexType name="measure"><xs:simpleContent><xs:extension base="xs:decimal"><xs:attribute name="unit" use="required"/></xs:extension></xs:simpleContent></xs:complexType>
        <xs:element name="r"><xs:complexType><xs:simpleContent><xs:restriction base="t:measure"><xs:minInclusive value="0"/><xs:attribute name="unit" type="xs:NCName" use="required"/></xs:restriction></xs:simpleContent></xs:complexType></xs:element>"#,
    );
    valid(&s, r#"<r unit="kg">1.5</r>"#);
    broken(
        &s,
        r#"<r unit="kg">-1</r>"#,
        &["SCHEMA_FACET_MIN_INCLUSIVE"],
    );
    broken(&s, r#"<r unit="k g">1</r>"#, &["SCHEMA_VALUE"]);
    broken(&s, "<r>1</r>", &["SCHEMA_ATTRIBUTE_MISSING"]);
    broken(&s, r#"<r unit="kg"/>"#, &["SCHEMA_VALUE"]);
}

#[test]
fn members_of_a_substitution_group_stand_for_its_head() {
    let s = schema(
        r#"<xs:element name="head" type="xs:decimal" abstract="true"/><xs:element name="one" substitutionGroup="t:head"/><xs:element name="two" type="xs:int" substitutionGroup="t:one"/>
        <xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="t:head" maxOccurs="2"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    valid(&s, "<r><one>1.5</one><two>2</two></r>");
    broken(&s, "<r><head>1</head></r>", &["SCHEMA_ELEMENT_ABSTRACT"]);
    broken(&s, "<r><two>1.5</two></r>", &["SCHEMA_VALUE"]);
    broken(&s, "<r><three/></r>", &["SCHEMA_ELEMENT_UNEXPECTED"]);
    let foreign = r#"<xs:element name="h" type="xs:int"/><xs:element name="m" type="xs:string" substitutionGroup="t:h"/>"#;
    assert_eq!(compile(foreign).unwrap_err().code(), "SCHEMA_LOAD_INVALID");
    let circular = r#"<xs:element name="h" substitutionGroup="t:m"/><xs:element name="m" substitutionGroup="t:h"/>"#;
    assert_eq!(
        compile(circular).unwrap_err().code(),
        "SCHEMA_LOAD_CIRCULAR"
    );
}

#[test]
fn a_document_may_name_a_derived_type() {
    let s = schema(&format!(
        r#"{BASE}<xs:complexType name="more"><xs:complexContent><xs:extension base="t:base"><xs:sequence><xs:element name="b"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
        <xs:complexType name="other"/><xs:element name="r" type="t:base"/><xs:element name="n" type="xs:decimal"/>"#
    ));
    valid(&s, r#"<r xsi:type="t:more"><a>1</a><b/></r>"#);
    valid(&s, r#"<r xsi:type="base"><a>1</a></r>"#);
    valid(&s, r#"<n xsi:type="xs:int">1</n>"#);
    broken(&s, r#"<n xsi:type="xs:int">1.5</n>"#, &["SCHEMA_VALUE"]);
    broken(
        &s,
        r#"<n xsi:type="xs:string">1</n>"#,
        &["SCHEMA_TYPE_NOT_DERIVED"],
    );
    broken(
        &s,
        r#"<r xsi:type="t:more"><a>1</a></r>"#,
        &["SCHEMA_ELEMENT_MISSING"],
    );
    broken(
        &s,
        r#"<r xsi:type="t:other"><a>1</a></r>"#,
        &["SCHEMA_TYPE_NOT_DERIVED"],
    );
    broken(
        &s,
        r#"<r xsi:type="t:unheard"><a>1</a></r>"#,
        &["SCHEMA_TYPE_UNKNOWN"],
    );
    broken(
        &s,
        r#"<r xsi:type="unbound:more"><a>1</a></r>"#,
        &["SCHEMA_TYPE_UNKNOWN"],
    );
}

#[test]
fn an_abstract_type_needs_a_derived_one() {
    let s = schema(
        r#"<xs:complexType name="base" abstract="true"/><xs:complexType name="real"><xs:complexContent><xs:extension base="t:base"/></xs:complexContent></xs:complexType><xs:element name="r" type="t:base"/>"#,
    );
    valid(&s, r#"<r xsi:type="t:real"/>"#);
    broken(&s, "<r/>", &["SCHEMA_TYPE_ABSTRACT"]);
}

#[test]
fn nil_elements_are_empty() {
    let s = schema(
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" type="xs:int" nillable="true" minOccurs="0"/><xs:element name="b" type="xs:int" minOccurs="0"/><xs:element name="c" nillable="true" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="d"/></xs:sequence><xs:attribute name="x" use="required"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"#,
    );
    valid(&s, r#"<r><a xsi:nil="true"/><c xsi:nil="1" x=""/></r>"#);
    valid(&s, r#"<r><a xsi:nil="false">1</a></r>"#);
    broken(
        &s,
        r#"<r><a xsi:nil="true">1</a></r>"#,
        &["SCHEMA_NIL_CONTENT"],
    );
    broken(
        &s,
        r#"<r><c xsi:nil="true" x=""><d/></c></r>"#,
        &["SCHEMA_NIL_CONTENT"],
    );
    broken(
        &s,
        r#"<r><c xsi:nil="true"/></r>"#,
        &["SCHEMA_ATTRIBUTE_MISSING"],
    );
    broken(
        &s,
        r#"<r><b xsi:nil="true"/></r>"#,
        &["SCHEMA_NIL_FORBIDDEN", "SCHEMA_VALUE"],
    );
    broken(&s, r#"<r><a xsi:nil="yes">1</a></r>"#, &["SCHEMA_VALUE"]);
}

#[test]
fn attributes_by_group_reference_and_form() {
    let s = schema(
        r#"<xs:attribute name="g" type="xs:int"/><xs:attributeGroup name="inner"><xs:attribute name="i" type="xs:boolean"/></xs:attributeGroup>
        <xs:attributeGroup name="outer"><xs:attributeGroup ref="t:inner"/><xs:attribute ref="t:g" use="required"/></xs:attributeGroup>
        <xs:element name="r"><xs:complexType><xs:attributeGroup ref="t:outer"/><xs:attribute name="q" form="qualified"/><xs:attribute name="f" type="xs:decimal" fixed="1.0"/></xs:complexType></xs:element>"#,
    );
    valid(&s, r#"<r t:g="1" i="true" t:q="" f="1"/>"#);
    broken(
        &s,
        r#"<r g="1"/>"#,
        &["SCHEMA_ATTRIBUTE_UNEXPECTED", "SCHEMA_ATTRIBUTE_MISSING"],
    );
    broken(&s, r#"<r t:g="x"/>"#, &["SCHEMA_VALUE"]);
    broken(&s, r#"<r t:g="1" q=""/>"#, &["SCHEMA_ATTRIBUTE_UNEXPECTED"]);
    broken(&s, r#"<r t:g="1" f="2"/>"#, &["SCHEMA_FIXED"]);
    let found = faults(&s, r#"<r t:g="x"/>"#);
    assert_eq!(
        (found[0].path.as_str(), found[0].position.column > 3),
        ("/r/@g", true)
    );
    let circular = r#"<xs:attributeGroup name="a"><xs:attributeGroup ref="t:a"/></xs:attributeGroup><xs:complexType name="c"><xs:attributeGroup ref="t:a"/></xs:complexType>"#;
    assert_eq!(
        compile(circular).unwrap_err().code(),
        "SCHEMA_LOAD_CIRCULAR"
    );
    let twice = r#"<xs:complexType name="c"><xs:attribute name="a"/><xs:attribute name="a"/></xs:complexType>"#;
    assert_eq!(compile(twice).unwrap_err().code(), "SCHEMA_LOAD_DUPLICATE");
}

#[test]
fn only_global_elements_are_roots() {
    let s = schema(
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    valid(&s, "<r/>");
    broken(&s, "<a/>", &["SCHEMA_ROOT_UNDECLARED"]);
}
