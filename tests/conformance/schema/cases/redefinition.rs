//! `xs:redefine` (XSD 1.0 Part 1 section 4.2.2).

use super::{Case, case, refused, with};

const OLD: &[(&str, &str)] = &[(
    "old.xsd",
    r#"<xs:simpleType name="word"><xs:restriction base="xs:token"><xs:maxLength value="3"/></xs:restriction></xs:simpleType>
    <xs:complexType name="part"><xs:sequence><xs:element name="a" type="t:word"/></xs:sequence></xs:complexType>
    <xs:group name="both"><xs:sequence><xs:element name="b" type="t:word"/></xs:sequence></xs:group>
    <xs:attributeGroup name="marks"><xs:attribute name="x" type="t:word"/></xs:attributeGroup>
    <xs:element name="r"><xs:complexType><xs:sequence><xs:element name="p" type="t:part"/><xs:group ref="t:both"/></xs:sequence><xs:attributeGroup ref="t:marks"/></xs:complexType></xs:element>"#,
)];

pub(super) const CASES: &[Case] = &[
    with(
        case(
            "redefine a simple type",
            r#"<xs:redefine schemaLocation="old.xsd"><xs:simpleType name="word"><xs:restriction base="t:word"><xs:minLength value="2"/></xs:restriction></xs:simpleType></xs:redefine>"#,
            &[r#"<r x="abc"><p><a>ab</a></p><b>abc</b></r>"#],
            &[
                r#"<r x="a"><p><a>ab</a></p><b>abc</b></r>"#,
                "<r><p><a>a</a></p><b>abc</b></r>",
                "<r><p><a>abcd</a></p><b>abc</b></r>",
                "<r><p><a>ab</a></p><b>c</b></r>",
            ],
        ),
        OLD,
    ),
    with(
        case(
            "redefine a complex type by extension",
            r#"<xs:redefine schemaLocation="old.xsd"><xs:complexType name="part"><xs:complexContent><xs:extension base="t:part"><xs:sequence><xs:element name="c" type="t:part" minOccurs="0"/></xs:sequence><xs:attribute name="y"/></xs:extension></xs:complexContent></xs:complexType></xs:redefine>"#,
            &[
                r#"<r><p y=""><a/><c y=""><a/><c><a/></c></c></p><b/></r>"#,
                r#"<r><p xsi:type="t:part" y=""><a/></p><b/></r>"#,
            ],
            &["<r><p><c><a/></c></p><b/></r>"],
        ),
        OLD,
    ),
    with(
        case(
            "redefine a complex type by restriction",
            r#"<xs:redefine schemaLocation="old.xsd"><xs:complexType name="part"><xs:complexContent><xs:restriction base="t:part"><xs:sequence><xs:element name="a" type="t:word" fixed="a"/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType></xs:redefine>"#,
            &["<r><p><a>a</a></p><b/></r>"],
            &["<r><p><a>b</a></p><b/></r>"],
        ),
        OLD,
    ),
    with(
        case(
            "redefine groups with themselves",
            r#"<xs:redefine schemaLocation="old.xsd"><xs:group name="both"><xs:sequence><xs:element name="z"/><xs:group ref="t:both"/></xs:sequence></xs:group><xs:attributeGroup name="marks"><xs:attributeGroup ref="t:marks"/><xs:attribute name="y"/></xs:attributeGroup></xs:redefine>"#,
            &[r#"<r x="" y=""><p><a/></p><z/><b/></r>"#],
            &[
                "<r><p><a/></p><b/></r>",
                r#"<r z=""><p><a/></p><z/><b/></r>"#,
            ],
        ),
        OLD,
    ),
    with(
        case(
            "redefine groups without themselves",
            r#"<xs:redefine schemaLocation="old.xsd"><xs:group name="both"><xs:sequence><xs:element name="b" type="t:word" fixed="b"/></xs:sequence></xs:group><xs:attributeGroup name="marks"><xs:attribute name="x" type="t:word" use="required"/></xs:attributeGroup></xs:redefine>"#,
            &[r#"<r x=""><p><a/></p><b>b</b></r>"#],
            &[
                r#"<r x=""><p><a/></p><b>c</b></r>"#,
                "<r><p><a/></p><b>b</b></r>",
            ],
        ),
        OLD,
    ),
    with(
        refused(
            "redefine what is not there",
            r#"<xs:redefine schemaLocation="old.xsd"><xs:simpleType name="gone"><xs:restriction base="t:gone"/></xs:simpleType></xs:redefine>"#,
        ),
        OLD,
    ),
    with(
        refused(
            "redefine a type by another",
            r#"<xs:redefine schemaLocation="old.xsd"><xs:simpleType name="word"><xs:restriction base="xs:token"/></xs:simpleType></xs:redefine>"#,
        ),
        OLD,
    ),
    with(
        refused(
            "redefine an element",
            r#"<xs:redefine schemaLocation="old.xsd"><xs:element name="r"/></xs:redefine>"#,
        ),
        OLD,
    ),
    with(
        refused(
            "redefine a group that may be left out of itself",
            r#"<xs:redefine schemaLocation="old.xsd"><xs:group name="both"><xs:sequence><xs:group ref="t:both" minOccurs="0"/></xs:sequence></xs:group></xs:redefine>"#,
        ),
        OLD,
    ),
];
