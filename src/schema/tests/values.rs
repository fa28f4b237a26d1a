//! Simple types: built-in types, facets, lists, unions, default and fixed values, identifiers.

use super::*;

/// A schema whose element `r` has this simple type.
fn with(kind: &str) -> Schema {
    schema(&format!(
        r#"<xs:element name="r"><xs:simpleType>{kind}</xs:simpleType></xs:element>"#
    ))
}

fn check(schema: &Schema, good: &[&str], bad: &[(&str, &str)]) {
    for text in good {
        valid(schema, &format!("<r>{text}</r>"));
    }
    for (text, code) in bad {
        broken(schema, &format!("<r>{text}</r>"), &[code]);
    }
}

#[test]
fn built_in_types() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("string", &["", " a\n b "], &[]),
        ("boolean", &["true", " 0 "], &["TRUE", "", "yes"]),
        (
            "decimal",
            &["1", "-1.50", "+.5", "1."],
            &["1e3", "", "1,5", "INF"],
        ),
        (
            "integer",
            &["-0", "123456789012345678901234567890"],
            &["1.0", "1."],
        ),
        ("int", &["2147483647", "-2147483648"], &[]),
        ("positiveInteger", &["1"], &["x"]),
        (
            "double",
            &["1", "-1.5E-3", "INF", "NaN"],
            &["inf", "1f", "+INF", "e3"],
        ),
        (
            "date",
            &["2024-02-29", "2024-01-01+03:00"],
            &["2023-02-29", "01.01.2024"],
        ),
        (
            "dateTime",
            &["2024-01-01T10:00:00.5Z"],
            &["2024-01-01 10:00:00"],
        ),
        ("duration", &["P1DT2H"], &["1D"]),
        ("hexBinary", &["", "0aFF"], &["0a F", "g0"]),
        (
            "base64Binary",
            &["", "QUI=", "QU I="],
            &["QUI", "Q===", "!"],
        ),
        (
            "anyURI",
            &[
                "urn:a",
                "a b".trim_end_matches(" b"),
                "\u{416}",
                "http://h/p?q#f",
            ],
            &["%zz", "#a#b", "1:b"],
        ),
        (
            "language",
            &["ru", "zh-Hant-CN"],
            &["r_u", "toolongsubtag1"],
        ),
        ("NCName", &["a.b-1"], &["a:b", "1a", ""]),
        ("Name", &["a:b"], &["-a"]),
        ("NMTOKEN", &["-1:a"], &["a b", ""]),
        ("QName", &["xs:a", "a"], &["unbound:a", "a:b:c", ":a"]),
        ("gYear", &["2024"], &["24"]),
        ("token", &["a b", ""], &[]),
    ];
    for (name, good, bad) in cases {
        let schema = schema(&format!(r#"<xs:element name="r" type="xs:{name}"/>"#));
        let bad: Vec<_> = bad.iter().map(|text| (*text, "SCHEMA_VALUE")).collect();
        check(&schema, good, &bad);
    }
}

#[test]
fn ranges_of_integers() {
    for (name, good, bad, code) in [
        (
            "int",
            "-2147483648",
            "2147483648",
            "SCHEMA_FACET_MAX_INCLUSIVE",
        ),
        ("byte", "127", "-129", "SCHEMA_FACET_MIN_INCLUSIVE"),
        (
            "unsignedLong",
            "18446744073709551615",
            "18446744073709551616",
            "SCHEMA_FACET_MAX_INCLUSIVE",
        ),
        ("positiveInteger", "1", "0", "SCHEMA_FACET_MIN_INCLUSIVE"),
        ("negativeInteger", "-1", "0", "SCHEMA_FACET_MAX_INCLUSIVE"),
    ] {
        let schema = schema(&format!(r#"<xs:element name="r" type="xs:{name}"/>"#));
        check(&schema, &[good], &[(bad, code)]);
    }
}

#[test]
fn length_facets_count_characters_octets_and_items() {
    let string = with(
        r#"<xs:restriction base="xs:string"><xs:minLength value="2"/><xs:maxLength value="3"/></xs:restriction>"#,
    );
    check(
        &string,
        &["ab", "\u{416}\u{416}\u{416}"],
        &[
            ("a", "SCHEMA_FACET_MIN_LENGTH"),
            ("abcd", "SCHEMA_FACET_MAX_LENGTH"),
        ],
    );
    let token = with(r#"<xs:restriction base="xs:token"><xs:length value="3"/></xs:restriction>"#);
    check(&token, &[" a  b "], &[("ab", "SCHEMA_FACET_LENGTH")]);
    let bytes =
        with(r#"<xs:restriction base="xs:hexBinary"><xs:length value="2"/></xs:restriction>"#);
    check(&bytes, &["00ff"], &[("00ff00", "SCHEMA_FACET_LENGTH")]);
    let list = with(
        r#"<xs:restriction><xs:simpleType><xs:list itemType="xs:int"/></xs:simpleType><xs:maxLength value="2"/></xs:restriction>"#,
    );
    check(
        &list,
        &["", "1 2"],
        &[
            ("1 2 3", "SCHEMA_FACET_MAX_LENGTH"),
            ("1 x", "SCHEMA_VALUE"),
        ],
    );
}

#[test]
fn digits_and_bounds() {
    let amount = with(
        r#"<xs:restriction base="xs:decimal"><xs:totalDigits value="4"/><xs:fractionDigits value="2"/><xs:minExclusive value="0"/><xs:maxInclusive value="50"/></xs:restriction>"#,
    );
    check(
        &amount,
        &["50", "0.01", "049.9900"],
        &[
            ("50.01", "SCHEMA_FACET_MAX_INCLUSIVE"),
            ("0.0", "SCHEMA_FACET_MIN_EXCLUSIVE"),
            ("1.001", "SCHEMA_FACET_FRACTION_DIGITS"),
            ("12345", "SCHEMA_FACET_TOTAL_DIGITS"),
        ],
    );
    let date = with(
        r#"<xs:restriction base="xs:date"><xs:minInclusive value="2024-01-01"/><xs:maxExclusive value="2025-01-01"/></xs:restriction>"#,
    );
    check(
        &date,
        &["2024-01-01", "2024-12-31"],
        &[
            ("2023-12-31", "SCHEMA_FACET_MIN_INCLUSIVE"),
            ("2025-01-01", "SCHEMA_FACET_MAX_EXCLUSIVE"),
        ],
    );
}

#[test]
fn patterns_of_one_step_are_alternatives_and_of_two_steps_both_hold() {
    let text = r#"<xs:simpleType name="base"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]+"/><xs:pattern value="[0-9]+"/></xs:restriction></xs:simpleType>
        <xs:element name="r"><xs:simpleType><xs:restriction base="t:base"><xs:pattern value=".{2}"/></xs:restriction></xs:simpleType></xs:element>"#;
    check(
        &schema(text),
        &["AB", "12"],
        &[
            ("A1", "SCHEMA_FACET_PATTERN"),
            ("ABC", "SCHEMA_FACET_PATTERN"),
        ],
    );
    assert_eq!(
        compile(r#"<xs:simpleType name="a"><xs:restriction base="xs:string"><xs:pattern value="("/></xs:restriction></xs:simpleType>"#).unwrap_err().code(),
        "SCHEMA_LOAD_INVALID"
    );
}

#[test]
fn enumerations_compare_values() {
    let text = with(
        r#"<xs:restriction base="xs:token"><xs:enumeration value="a b"/><xs:enumeration value="c"/></xs:restriction>"#,
    );
    check(
        &text,
        &[" a  b ", "c"],
        &[
            ("a", "SCHEMA_FACET_ENUMERATION"),
            ("C", "SCHEMA_FACET_ENUMERATION"),
        ],
    );
    let number =
        with(r#"<xs:restriction base="xs:decimal"><xs:enumeration value="1.0"/></xs:restriction>"#);
    check(
        &number,
        &["1", "01.00"],
        &[("1.1", "SCHEMA_FACET_ENUMERATION")],
    );
    let bad = r#"<xs:simpleType name="a"><xs:restriction base="xs:int"><xs:enumeration value="x"/></xs:restriction></xs:simpleType>"#;
    assert_eq!(compile(bad).unwrap_err().code(), "SCHEMA_LOAD_INVALID");
}

#[test]
fn unions_take_what_a_member_takes() {
    let text = r#"<xs:simpleType name="code"><xs:restriction base="xs:string"><xs:enumeration value="unknown"/></xs:restriction></xs:simpleType>
        <xs:simpleType name="u"><xs:union memberTypes="xs:int t:code"><xs:simpleType><xs:restriction base="xs:string"><xs:length value="1"/></xs:restriction></xs:simpleType></xs:union></xs:simpleType>"#;
    let plain = schema(&format!(r#"{text}<xs:element name="r" type="t:u"/>"#));
    check(&plain, &["12", "unknown", "x"], &[("xy", "SCHEMA_VALUE")]);
    let narrowed = schema(&format!(
        r#"{text}<xs:element name="r"><xs:simpleType><xs:restriction base="t:u"><xs:enumeration value="7"/><xs:enumeration value="unknown"/></xs:restriction></xs:simpleType></xs:element>"#
    ));
    check(
        &narrowed,
        &["07", "unknown"],
        &[("8", "SCHEMA_FACET_ENUMERATION"), ("xy", "SCHEMA_VALUE")],
    );
}

#[test]
fn white_space_is_treated_before_facets() {
    let collapsed = with(
        r#"<xs:restriction base="xs:string"><xs:whiteSpace value="collapse"/><xs:maxLength value="3"/></xs:restriction>"#,
    );
    check(
        &collapsed,
        &["  a\n b  "],
        &[("a b c", "SCHEMA_FACET_MAX_LENGTH")],
    );
    let kept =
        with(r#"<xs:restriction base="xs:string"><xs:maxLength value="3"/></xs:restriction>"#);
    check(&kept, &["a b"], &[(" a b ", "SCHEMA_FACET_MAX_LENGTH")]);
    let looser = r#"<xs:simpleType name="a"><xs:restriction base="xs:token"><xs:whiteSpace value="preserve"/></xs:restriction></xs:simpleType>"#;
    assert_eq!(compile(looser).unwrap_err().code(), "SCHEMA_LOAD_INVALID");
}

#[test]
fn facets_that_do_not_apply_are_refused() {
    for (base, facet) in [
        ("xs:int", "maxLength"),
        ("xs:string", "totalDigits"),
        ("xs:string", "minInclusive"),
        ("xs:boolean", "maxExclusive"),
    ] {
        let text = format!(
            r#"<xs:simpleType name="a"><xs:restriction base="{base}"><xs:{facet} value="1"/></xs:restriction></xs:simpleType>"#
        );
        assert_eq!(
            compile(&text).unwrap_err().code(),
            "SCHEMA_LOAD_INVALID",
            "{base} {facet}"
        );
    }
}

#[test]
fn names_are_compared_by_namespace() {
    let s = schema(
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" minOccurs="0"><xs:simpleType><xs:restriction base="xs:QName"><xs:enumeration value="t:one"/><xs:enumeration value="xs:two"/></xs:restriction></xs:simpleType></xs:element><xs:element name="f" type="xs:QName" fixed="t:one" minOccurs="0"/></xs:sequence><xs:attribute name="q" type="xs:QName" default="t:one"/></xs:complexType></xs:element>"#,
    );
    valid(&s, r#"<r q="x"><a>t:one</a><f>one</f></r>"#);
    valid(&s, r#"<r><a xmlns:o="urn:t"> o:one </a><f/></r>"#);
    broken(
        &s,
        r#"<r><a xmlns:t="urn:other">t:one</a></r>"#,
        &["SCHEMA_FACET_ENUMERATION"],
    );
    broken(&s, "<r><a>two</a></r>", &["SCHEMA_FACET_ENUMERATION"]);
    broken(&s, "<r><a>o:one</a></r>", &["SCHEMA_VALUE"]);
    broken(&s, "<r><f>xs:one</f></r>", &["SCHEMA_FIXED"]);
    let unbound = r#"<xs:simpleType name="a"><xs:restriction base="xs:QName"><xs:enumeration value="u:x"/></xs:restriction></xs:simpleType>"#;
    assert_eq!(compile(unbound).unwrap_err().code(), "SCHEMA_LOAD_INVALID");
}

#[test]
fn default_and_fixed_values() {
    let fixed = schema(r#"<xs:element name="r" type="xs:decimal" fixed="1.0"/>"#);
    check(
        &fixed,
        &["", "1", "01.00"],
        &[("2", "SCHEMA_FIXED"), ("x", "SCHEMA_VALUE")],
    );
    let default = schema(r#"<xs:element name="r" type="xs:int" default="5"/>"#);
    check(&default, &["", "1"], &[("x", "SCHEMA_VALUE")]);
    let mixed = schema(
        r#"<xs:element name="r" fixed="x"><xs:complexType mixed="true"><xs:sequence><xs:element name="a" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    check(
        &mixed,
        &["", "x"],
        &[("y", "SCHEMA_FIXED"), ("x<a/>", "SCHEMA_FIXED")],
    );
    for bad in [
        r#"type="xs:int" default="x""#,
        r#"type="xs:int" default="1" fixed="1""#,
    ] {
        assert_eq!(
            compile(&format!(r#"<xs:element name="r" {bad}/>"#))
                .unwrap_err()
                .code(),
            "SCHEMA_LOAD_INVALID"
        );
    }
}

#[test]
fn identifiers_are_unique_and_references_found() {
    let schema = schema(
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" maxOccurs="unbounded"><xs:complexType><xs:attribute name="id" type="xs:ID"/><xs:attribute name="ref" type="xs:IDREF"/><xs:attribute name="refs" type="xs:IDREFS"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"#,
    );
    valid(
        &schema,
        r#"<r><a ref="y"/><a id="x"/><a id="y" refs="x y"/></r>"#,
    );
    broken(
        &schema,
        r#"<r><a id="x"/><a id="x"/></r>"#,
        &["SCHEMA_ID_DUPLICATE"],
    );
    broken(&schema, r#"<r><a ref="x"/></r>"#, &["SCHEMA_ID_UNKNOWN"]);
    broken(
        &schema,
        r#"<r><a id="x" refs="x z"/></r>"#,
        &["SCHEMA_ID_UNKNOWN"],
    );
}

#[test]
fn an_element_has_one_identifier_and_of_its_own() {
    for text in [
        r#"<xs:complexType name="c"><xs:attribute name="a" type="xs:ID"/><xs:attribute name="b" type="xs:ID"/></xs:complexType>"#,
        r#"<xs:element name="e" type="xs:ID" default="x"/>"#,
        r#"<xs:attribute name="a" type="xs:ID" fixed="x"/>"#,
    ] {
        assert_eq!(
            compile(text).unwrap_err().code(),
            "SCHEMA_LOAD_INVALID",
            "{text}"
        );
    }
    let one = r#"<xs:complexType name="c"><xs:attribute name="a" type="xs:ID"/><xs:attribute name="b" type="xs:IDREF" default="x"/></xs:complexType>"#;
    assert!(compile(one).is_ok());
}

#[test]
fn a_union_identifies_by_the_member_that_takes_the_value() {
    let s = schema(
        r#"<xs:simpleType name="id"><xs:union memberTypes="xs:int xs:ID"/></xs:simpleType><xs:simpleType name="refs"><xs:list><xs:simpleType><xs:union memberTypes="xs:int xs:IDREF"/></xs:simpleType></xs:list></xs:simpleType>
        <xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" maxOccurs="unbounded"><xs:complexType><xs:attribute name="id" type="t:id"/><xs:attribute name="refs" type="t:refs"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"#,
    );
    valid(&s, r#"<r><a id="1" refs="x 2"/><a id="1"/><a id="x"/></r>"#);
    broken(
        &s,
        r#"<r><a id="x"/><a id=" x "/></r>"#,
        &["SCHEMA_ID_DUPLICATE"],
    );
    broken(
        &s,
        r#"<r><a id="x" refs="1 x y"/></r>"#,
        &["SCHEMA_ID_UNKNOWN"],
    );
}

#[test]
fn notations_are_declared_and_listed() {
    let notation = |values: &str| {
        format!(
            r#"<xs:notation name="gif" public="image/gif"/><xs:notation name="png" system="png"/><xs:simpleType name="image"><xs:restriction base="xs:NOTATION">{values}</xs:restriction></xs:simpleType><xs:element name="r"><xs:complexType><xs:attribute name="kind" type="t:image"/></xs:complexType></xs:element>"#
        )
    };
    let listed = r#"<xs:enumeration value="t:gif"/><xs:enumeration value="t:png"/>"#;
    let s = schema(&notation(listed));
    valid(&s, r#"<r kind="t:gif"/>"#);
    valid(&s, r#"<r xmlns:u="urn:t" kind="u:png"/>"#);
    broken(&s, r#"<r kind="xs:gif"/>"#, &["SCHEMA_FACET_ENUMERATION"]);
    broken(&s, r#"<r kind="u:gif"/>"#, &["SCHEMA_VALUE"]);
    for (text, code) in [
        (notation(""), "SCHEMA_LOAD_INVALID"),
        (
            notation(r#"<xs:enumeration value="t:jpg"/>"#),
            "SCHEMA_LOAD_UNRESOLVED",
        ),
        (
            r#"<xs:notation name="n"/>"#.to_owned(),
            "SCHEMA_LOAD_INVALID",
        ),
        (
            r#"<xs:element name="a" type="xs:NOTATION"/>"#.to_owned(),
            "SCHEMA_LOAD_INVALID",
        ),
    ] {
        assert_eq!(compile(&text).unwrap_err().code(), code, "{text}");
    }
}

#[test]
fn nothing_is_an_entity() {
    let s = schema(
        r#"<xs:element name="r"><xs:complexType><xs:attribute name="e" type="xs:ENTITY"/><xs:attribute name="all" type="xs:ENTITIES"/></xs:complexType></xs:element>"#,
    );
    valid(&s, "<r/>");
    broken(&s, r#"<r e="x"/>"#, &["SCHEMA_VALUE"]);
    broken(&s, r#"<r all="x y"/>"#, &["SCHEMA_VALUE"]);
}

#[test]
fn simple_content_has_no_elements() {
    let schema = schema(r#"<xs:element name="r" type="xs:string"/>"#);
    valid(&schema, "<r>a<!-- note -->b</r>");
    broken(&schema, "<r><a/></r>", &["SCHEMA_ELEMENT_UNEXPECTED"]);
    broken(&schema, r#"<r a="1"/>"#, &["SCHEMA_ATTRIBUTE_UNEXPECTED"]);
    valid(&schema, r#"<r xsi:schemaLocation="a b"/>"#);
}
