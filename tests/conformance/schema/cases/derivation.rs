//! `block` and `final` (XSD 1.0 Part 1 sections 3.3 and 3.4).

use super::{Case, case, refused};

macro_rules! derived {
    ($rest:literal) => {
        concat!(
            r#"<xs:complexType name="base"><xs:sequence><xs:element name="a" minOccurs="0"/></xs:sequence></xs:complexType>
            <xs:complexType name="longer"><xs:complexContent><xs:extension base="t:base"><xs:sequence><xs:element name="b" minOccurs="0"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
            <xs:complexType name="shorter"><xs:complexContent><xs:restriction base="t:base"><xs:sequence/></xs:restriction></xs:complexContent></xs:complexType>
            <xs:complexType name="both"><xs:complexContent><xs:restriction base="t:longer"><xs:sequence><xs:sequence/><xs:sequence/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>"#,
            $rest
        )
    };
}

macro_rules! substituted {
    ($head:literal) => {
        concat!(
            derived!(""),
            r#"<xs:element name="head" type="t:base" "#,
            $head,
            r#"/><xs:element name="same" type="t:base" substitutionGroup="t:head"/><xs:element name="more" type="t:longer" substitutionGroup="t:head"/><xs:element name="less" type="t:shorter" substitutionGroup="t:same"/>
            <xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="t:head"/></xs:sequence></xs:complexType></xs:element>"#
        )
    };
}

pub(super) const CASES: &[Case] = &[
    case(
        "block extension",
        derived!(r#"<xs:element name="r" type="t:base" block="extension"/>"#),
        &[
            "<r><a/></r>",
            r#"<r xsi:type="t:base"/>"#,
            r#"<r xsi:type="t:shorter"/>"#,
        ],
        &[
            r#"<r xsi:type="t:longer"/>"#,
            r#"<r xsi:type="t:both"/>"#,
            r#"<r xsi:type="t:shorter"><a/></r>"#,
        ],
    ),
    case(
        "block restriction",
        derived!(r#"<xs:element name="r" type="t:base" block="restriction"/>"#),
        &[r#"<r xsi:type="t:longer"/>"#],
        &[r#"<r xsi:type="t:shorter"/>"#, r#"<r xsi:type="t:both"/>"#],
    ),
    case(
        "block all",
        derived!(r##"<xs:element name="r" type="t:base" block="#all"/>"##),
        &["<r/>", r#"<r xsi:type="t:base"/>"#],
        &[
            r#"<r xsi:type="t:longer"/>"#,
            r#"<r xsi:type="t:shorter"/>"#,
        ],
    ),
    case(
        "block restriction of a simple type",
        r#"<xs:element name="r" type="xs:decimal" block="restriction"/>"#,
        &["<r>1</r>", r#"<r xsi:type="xs:decimal">1</r>"#],
        &[r#"<r xsi:type="xs:int">1</r>"#],
    ),
    case(
        "blockDefault",
        concat!(
            r##"[blockDefault="extension substitution"]"##,
            substituted!("")
        ),
        &["<r><head/></r>", r#"<r><head xsi:type="t:shorter"/></r>"#],
        &[r#"<r><head xsi:type="t:longer"/></r>"#, "<r><same/></r>"],
    ),
    case(
        "block of a type",
        r#"<xs:complexType name="base" block="extension"><xs:attribute name="x"/></xs:complexType>
        <xs:complexType name="one"><xs:complexContent><xs:extension base="t:base"/></xs:complexContent></xs:complexType>
        <xs:complexType name="two"><xs:complexContent><xs:extension base="t:one"/></xs:complexContent></xs:complexType>
        <xs:complexType name="same"><xs:complexContent><xs:restriction base="t:base"/></xs:complexContent></xs:complexType>
        <xs:element name="r" type="t:base"/><xs:element name="q" type="t:one"/>"#,
        &[r#"<r xsi:type="t:same"/>"#, r#"<q xsi:type="t:two"/>"#],
        &[r#"<r xsi:type="t:one"/>"#, r#"<r xsi:type="t:two"/>"#],
    ),
    case(
        "no block of substitutes",
        substituted!(""),
        &[
            "<r><head/></r>",
            "<r><same/></r>",
            "<r><more/></r>",
            "<r><less/></r>",
        ],
        &["<r><other/></r>"],
    ),
    case(
        "block substitution",
        substituted!(r#"block="substitution""#),
        &["<r><head/></r>"],
        &["<r><same/></r>", "<r><more/></r>", "<r><less/></r>"],
    ),
    case(
        "block extension of substitutes",
        substituted!(r#"block="extension""#),
        &["<r><head/></r>", "<r><same/></r>", "<r><less/></r>"],
        &["<r><more/></r>"],
    ),
    case(
        "block restriction of substitutes",
        substituted!(r#"block="restriction""#),
        &["<r><head/></r>", "<r><same/></r>", "<r><more/></r>"],
        &["<r><less/></r>"],
    ),
    refused(
        "final extension",
        r#"<xs:complexType name="a" final="extension"/><xs:complexType name="b"><xs:complexContent><xs:extension base="t:a"/></xs:complexContent></xs:complexType>"#,
    ),
    case(
        "final extension, restricted",
        r#"<xs:complexType name="a" final="extension"/><xs:complexType name="b"><xs:complexContent><xs:restriction base="t:a"/></xs:complexContent></xs:complexType><xs:element name="r" type="t:b"/>"#,
        &["<r/>"],
        &["<r><a/></r>"],
    ),
    refused(
        "final restriction of a simple type",
        r#"<xs:simpleType name="a" final="restriction"><xs:restriction base="xs:int"/></xs:simpleType><xs:simpleType name="b"><xs:restriction base="t:a"/></xs:simpleType>"#,
    ),
    refused(
        "final list",
        r#"<xs:simpleType name="a" final="list"><xs:restriction base="xs:int"/></xs:simpleType><xs:simpleType name="b"><xs:list itemType="t:a"/></xs:simpleType>"#,
    ),
    refused(
        "final union",
        r#"<xs:simpleType name="a" final="union"><xs:restriction base="xs:int"/></xs:simpleType><xs:simpleType name="b"><xs:union memberTypes="t:a"/></xs:simpleType>"#,
    ),
    refused(
        "finalDefault",
        r##"[finalDefault="#all"]<xs:simpleType name="a"><xs:restriction base="xs:int"/></xs:simpleType><xs:simpleType name="b"><xs:restriction base="t:a"/></xs:simpleType>"##,
    ),
    refused(
        "final for substitutes",
        derived!(
            r#"<xs:element name="h" type="t:base" final="extension"/><xs:element name="m" type="t:longer" substitutionGroup="t:h"/>"#
        ),
    ),
];
