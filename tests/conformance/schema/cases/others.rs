//! Names, notations, identifiers, wildcards, choices of nothing.

use super::{Case, case, refused};

pub(super) const CASES: &[Case] = &[
    case(
        "a choice of nothing",
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" minOccurs="0"><xs:complexType><xs:choice/></xs:complexType></xs:element><xs:element name="b" minOccurs="0"><xs:complexType><xs:choice minOccurs="0"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"#,
        &["<r/>", "<r><b/></r>"],
        &["<r><a/></r>", "<r><a><b/></a></r>", "<r><b><a/></b></r>"],
    ),
    case(
        "enumerated names",
        r#"<xs:element name="r"><xs:simpleType><xs:restriction base="xs:QName"><xs:enumeration value="t:one"/><xs:enumeration value="xs:two"/></xs:restriction></xs:simpleType></xs:element>"#,
        &[
            "<r>t:one</r>",
            "<r>one</r>",
            r#"<r xmlns:o="urn:t"> o:one </r>"#,
        ],
        &[
            "<r>two</r>",
            "<r>o:one</r>",
            r#"<r xmlns:o="urn:other">o:one</r>"#,
        ],
    ),
    case(
        "notations",
        r#"<xs:notation name="gif" public="image/gif"/><xs:simpleType name="image"><xs:restriction base="xs:NOTATION"><xs:enumeration value="t:gif"/></xs:restriction></xs:simpleType><xs:element name="r"><xs:complexType><xs:attribute name="kind" type="t:image"/></xs:complexType></xs:element>"#,
        &[
            "<r/>",
            r#"<r kind="t:gif"/>"#,
            r#"<r kind="gif"/>"#,
            r#"<r xmlns:u="urn:t" kind="u:gif"/>"#,
        ],
        &[r#"<r kind="xs:gif"/>"#, r#"<r kind="u:gif"/>"#],
    ),
    refused(
        "a notation that is not declared",
        r#"<xs:simpleType name="image"><xs:restriction base="xs:NOTATION"><xs:enumeration value="t:gif"/></xs:restriction></xs:simpleType><xs:element name="r" type="t:image"/>"#,
    ),
    refused(
        "any notation",
        r#"<xs:element name="r" type="xs:NOTATION"/>"#,
    ),
    case(
        "entities",
        r#"<xs:element name="r"><xs:complexType><xs:attribute name="e" type="xs:ENTITY"/><xs:attribute name="all" type="xs:ENTITIES"/></xs:complexType></xs:element>"#,
        &["<r/>"],
        &[r#"<r e="x"/>"#, r#"<r all="x y"/>"#],
    ),
    case(
        "identifiers and references",
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" maxOccurs="unbounded"><xs:complexType><xs:attribute name="id" type="xs:ID"/><xs:attribute name="ref" type="xs:IDREF"/><xs:attribute name="refs" type="xs:IDREFS"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"#,
        &[r#"<r><a ref="y"/><a id="x"/><a id="y" refs="x y"/></r>"#],
        &[
            r#"<r><a id="x"/><a id="x"/></r>"#,
            r#"<r><a ref="x"/></r>"#,
            r#"<r><a id="x" refs="x z"/></r>"#,
        ],
    ),
    case(
        "identifiers in elements",
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" type="xs:ID" maxOccurs="9"/></xs:sequence></xs:complexType></xs:element>"#,
        &["<r><a>x</a><a>y</a></r>"],
        &["<r><a>x</a><a>x</a></r>"],
    ),
    refused(
        "two identifiers",
        r#"<xs:complexType name="c"><xs:attribute name="a" type="xs:ID"/><xs:attribute name="b" type="xs:ID"/></xs:complexType>"#,
    ),
    refused(
        "an identifier with a default",
        r#"<xs:element name="r"><xs:complexType><xs:attribute name="a" type="xs:ID" default="x"/></xs:complexType></xs:element>"#,
    ),
    refused(
        "an element that is an identifier with a default",
        r#"<xs:element name="r" type="xs:ID" default="x"/>"#,
    ),
    refused(
        "two content models",
        r#"<xs:element name="r"><xs:complexType><xs:sequence/><xs:choice/></xs:complexType></xs:element>"#,
    ),
    refused(
        "facets in complex content",
        r#"<xs:element name="r"><xs:complexType><xs:complexContent><xs:restriction base="xs:anyType"><xs:pattern value="a"/></xs:restriction></xs:complexContent></xs:complexType></xs:element>"#,
    ),
    case(
        "a union of wildcards",
        r#"<xs:complexType name="base"><xs:anyAttribute namespace="urn:a ##local" processContents="skip"/></xs:complexType><xs:element name="r"><xs:complexType><xs:complexContent><xs:extension base="t:base"><xs:anyAttribute namespace="urn:b" processContents="skip"/></xs:extension></xs:complexContent></xs:complexType></xs:element>"#,
        &[
            r#"<r x=""/>"#,
            r#"<r xmlns:o="urn:a" o:x="" />"#,
            r#"<r xmlns:o="urn:b" o:x=""/>"#,
        ],
        &[r#"<r xmlns:o="urn:c" o:x=""/>"#, r#"<r t:x=""/>"#],
    ),
    case(
        "a union with all others",
        r###"<xs:complexType name="base"><xs:anyAttribute namespace="##other" processContents="skip"/></xs:complexType><xs:element name="r"><xs:complexType><xs:complexContent><xs:extension base="t:base"><xs:anyAttribute namespace="##targetNamespace" processContents="skip"/></xs:extension></xs:complexContent></xs:complexType></xs:element>"###,
        &[r#"<r t:x=""/>"#, r#"<r xmlns:o="urn:c" o:x=""/>"#],
        &[r#"<r x=""/>"#],
    ),
    case(
        "an intersection of wildcards",
        r###"<xs:attributeGroup name="g"><xs:anyAttribute namespace="##other" processContents="skip"/></xs:attributeGroup><xs:attributeGroup name="h"><xs:anyAttribute namespace="urn:a urn:t ##local" processContents="skip"/></xs:attributeGroup><xs:element name="r"><xs:complexType><xs:attributeGroup ref="t:g"/><xs:attributeGroup ref="t:h"/></xs:complexType></xs:element>"###,
        &[r#"<r xmlns:o="urn:a" o:x=""/>"#],
        &[
            r#"<r x=""/>"#,
            r#"<r t:x=""/>"#,
            r#"<r xmlns:o="urn:b" o:x=""/>"#,
        ],
    ),
    case(
        "the nearest wildcard says what is checked",
        r#"<xs:attribute name="x" type="xs:int"/><xs:attributeGroup name="g"><xs:anyAttribute processContents="skip"/></xs:attributeGroup><xs:element name="r"><xs:complexType><xs:attributeGroup ref="t:g"/><xs:anyAttribute processContents="strict"/></xs:complexType></xs:element><xs:element name="q"><xs:complexType><xs:attributeGroup ref="t:g"/></xs:complexType></xs:element>"#,
        &[r#"<r t:x="1"/>"#, r#"<q t:x="a"/>"#],
        &[r#"<r t:x="a"/>"#, r#"<r t:y="1"/>"#],
    ),
    case(
        "white space around values of built-in types",
        r#"<xs:element name="i" type="xs:int"/><xs:element name="d" type="xs:date"/><xs:element name="s" type="xs:string"/>"#,
        &["<i> 1 </i>", "<d>\t2026-01-31 </d>", "<s> </s>"],
        &["<i> 1 2 </i>", "<d>2026-01 -31</d>"],
    ),
];
