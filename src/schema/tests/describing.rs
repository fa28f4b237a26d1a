//! What an encoder is told.

use super::*;

fn element<'s>(schema: &'s Schema, local: &str) -> Element<'s> {
    schema.element("urn:t", local).unwrap()
}

#[test]
fn children_in_order_with_cardinality_and_choices() {
    let s = schema(
        r#"<xs:element name="g" type="xs:int"/><xs:element name="r"><xs:complexType><xs:sequence>
            <xs:element name="a"/>
            <xs:choice minOccurs="0"><xs:element name="b"/><xs:sequence><xs:element name="c"/><xs:element name="d" minOccurs="0" maxOccurs="9"/></xs:sequence></xs:choice>
            <xs:element ref="t:g" minOccurs="0" maxOccurs="unbounded"/>
            <xs:sequence minOccurs="0" maxOccurs="3"><xs:element name="e" maxOccurs="2"/><xs:element name="f" form="unqualified"/></xs:sequence>
        </xs:sequence></xs:complexType></xs:element>"#,
    );
    let found: Vec<_> = element(&s, "r")
        .children()
        .iter()
        .map(|child| {
            let name = child.element.name();
            assert_eq!(child.element.qualified(), name.local != "f");
            (
                name.local,
                child.min,
                child.max,
                child.order,
                child.choice,
                child.branch,
                child.optional_group,
                child.repeats.is_some(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("a", 1, Some(1), 0, None, 0, false, false),
            ("b", 1, Some(1), 1, Some(0), 0, true, false),
            ("c", 1, Some(1), 2, Some(0), 1, true, false),
            ("d", 0, Some(9), 3, Some(0), 1, true, false),
            ("g", 0, None, 4, None, 0, false, false),
            ("e", 1, Some(6), 5, None, 0, true, true),
            ("f", 1, Some(3), 6, None, 0, true, true),
        ]
    );
}

#[test]
fn recursion_is_described_lazily() {
    let s = schema(
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="t:r" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    let mut at = element(&s, "r");
    for _ in 0..100 {
        at = at.children()[0].element;
    }
    assert_eq!(at, element(&s, "r"));
}

#[test]
fn attributes_and_documentation() {
    let s = schema(
        r#"<xs:element name="r"><xs:annotation><xs:documentation> Gross
            mass </xs:documentation></xs:annotation><xs:complexType><xs:simpleContent><xs:extension base="xs:decimal"><xs:attribute name="unit" use="required" fixed="166"/><xs:attribute name="kind" type="xs:int" default="1"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>"#,
    );
    let r = element(&s, "r");
    assert_eq!(r.documentation(), Some("Gross mass"));
    assert_eq!(r.simple().unwrap().primitive, Builtin::Decimal);
    let found: Vec<_> = r
        .attributes()
        .iter()
        .map(|a| {
            (
                a.name.local,
                a.required,
                a.fixed,
                a.default,
                a.simple.primitive.name(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("kind", false, None, Some("1"), "int"),
            ("unit", true, Some("166"), None, "anySimpleType")
        ]
    );
}

#[test]
fn facets_of_all_steps() {
    let s = schema(
        r#"<xs:simpleType name="base"><xs:restriction base="xs:token"><xs:minLength value="1"/><xs:maxLength value="70"/><xs:pattern value="[A-Z]*"/></xs:restriction></xs:simpleType>
        <xs:element name="r"><xs:simpleType><xs:restriction base="t:base"><xs:maxLength value="2"/><xs:enumeration value="AB"/><xs:enumeration value="CD"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="n"><xs:simpleType><xs:restriction base="xs:int"><xs:maxExclusive value="5"/><xs:totalDigits value="1"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="u"><xs:simpleType><xs:union memberTypes="t:base xs:int"/></xs:simpleType></xs:element>"#,
    );
    let r = element(&s, "r").simple().unwrap();
    assert_eq!(
        (r.min_length, r.max_length, r.white_space),
        (Some(1), Some(2), WhiteSpace::Collapse)
    );
    assert_eq!(
        (r.patterns, r.enumeration),
        (vec![vec!["[A-Z]*"]], vec!["AB", "CD"])
    );
    let n = element(&s, "n").simple().unwrap();
    assert_eq!(
        (n.max_exclusive, n.min_inclusive, n.total_digits),
        (Some("5"), Some("-2147483648"), Some(1))
    );
    let u = element(&s, "u").simple().unwrap();
    assert_eq!(u.members.len(), 2);
    assert!(u.check("12").is_ok());
    assert_eq!(u.check("a").unwrap_err().0, Rule::Value);
}

#[test]
fn substitutes_wildcards_and_abstract_elements() {
    let s = schema(
        r#"<xs:element name="head" abstract="true"/><xs:element name="member" substitutionGroup="t:head" nillable="true"/>
        <xs:element name="r"><xs:complexType><xs:sequence><xs:any processContents="skip"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    let head = element(&s, "head");
    assert!(head.is_abstract() && !head.nillable());
    let names: Vec<_> = head.substitutes().map(|e| e.name().local).collect();
    assert_eq!(names, ["member"]);
    assert_eq!(element(&s, "r").wildcard(), Some(Process::Skip));
    assert_eq!(element(&s, "r").children().len(), 0);
    assert!(s.element("urn:t", "unheard").is_none());
}
