//! Identity constraints (Part 1 section 3.11).

use super::*;

/// A schema of `r` with elements `a` (attributes `n`, a decimal, and `s`; elements `k` and `l`),
/// references `b` (attribute `n`) and parts `p` of the same, around constraints of `r`.
fn with(constraints: &str) -> Result<Schema, Error> {
    compile(&format!(
        r#"<xs:complexType name="part"><xs:sequence>
            <xs:element name="a" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
                <xs:element name="k" type="xs:decimal" minOccurs="0" maxOccurs="2"/>
                <xs:element name="l" type="xs:int" nillable="true" minOccurs="0"/>
                <xs:element name="m" type="xs:int" default="7" minOccurs="0"/>
                <xs:element name="q" type="xs:QName" minOccurs="0"/>
            </xs:sequence><xs:attribute name="n" type="xs:decimal"/><xs:attribute name="s"/><xs:attribute name="d" default="x"/></xs:complexType></xs:element>
            <xs:element name="b" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:attribute name="n" type="xs:integer"/></xs:complexType></xs:element>
            <xs:element name="p" type="t:part" minOccurs="0" maxOccurs="unbounded"/>
        </xs:sequence></xs:complexType>
        <xs:element name="r" type="t:part">{constraints}</xs:element>"#
    ))
}

fn constrained(constraints: &str) -> Schema {
    with(constraints).unwrap_or_else(|e| panic!("{constraints}: {e}"))
}

#[test]
fn unique_values_differ_and_may_lack() {
    let s = constrained(
        r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:unique>"#,
    );
    valid(&s, r#"<r><a n="1"/><a n="2"/><a/><a/></r>"#);
    valid(&s, r#"<r><a n="1"/><p><a n="1"/></p></r>"#);
    broken(
        &s,
        r#"<r><a n="1"/><a n="+1.0"/></r>"#,
        &["SCHEMA_KEY_DUPLICATE"],
    );
    let found = faults(&s, "<r><a n=\"1\"/>\n<a n=\"01\"/></r>").remove(0);
    assert_eq!((found.path.as_str(), found.position.line), ("/r/a[2]", 2));
    assert_eq!(found.found, "values that line 1 has");
    assert_eq!(found.expected, "values of its own in unique u");
    // A value that is none was reported; it is neither equal nor missing.
    broken(
        &s,
        r#"<r><a n="x"/><a n="x"/></r>"#,
        &["SCHEMA_VALUE", "SCHEMA_VALUE"],
    );
}

#[test]
fn a_key_needs_all_fields() {
    let s = constrained(
        r#"<xs:key name="k"><xs:selector xpath="t:a|t:p/t:a"/><xs:field xpath="@n"/><xs:field xpath="t:k | @s"/></xs:key>"#,
    );
    valid(
        &s,
        r#"<r><a n="1"><k>1</k></a><a n="1" s="1"/><a n="2" s="1"/><p><a n="3" s=""/></p></r>"#,
    );
    broken(&s, r#"<r><a n="1"/></r>"#, &["SCHEMA_KEY_MISSING"]);
    broken(&s, r#"<r><p><a n="1"/></p></r>"#, &["SCHEMA_KEY_MISSING"]);
    broken(
        &s,
        r#"<r><a n="1" s="x"/><p><a n="1" s="x"/></p></r>"#,
        &["SCHEMA_KEY_DUPLICATE"],
    );
    broken(
        &s,
        r#"<r><a n="1" s="x"><k>1</k></a></r>"#,
        &["SCHEMA_KEY_FIELD"],
    );
    broken(
        &s,
        r#"<r><a n="1"><k>1</k><k>2</k></a></r>"#,
        &["SCHEMA_KEY_FIELD"],
    );
    let found = faults(&s, r#"<r><a s="1"/></r>"#).remove(0);
    assert_eq!(found.expected, "field `@n` of key k");
}

#[test]
fn nil_is_no_value() {
    let unique = constrained(
        r#"<xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="t:l"/></xs:unique>"#,
    );
    valid(
        &unique,
        r#"<r><a><l>1</l></a><a><l xsi:nil="true"/></a><a><l xsi:nil="true"/></a></r>"#,
    );
    broken(
        &unique,
        r#"<r><a><l>1</l></a><a><l xsi:nil="false">1</l></a></r>"#,
        &["SCHEMA_KEY_DUPLICATE"],
    );
    // Section 3.11.4 clause 4.2.3: no field of a key is nillable, nil or not.
    let key = constrained(
        r#"<xs:key name="k"><xs:selector xpath="t:a"/><xs:field xpath="t:l"/></xs:key>"#,
    );
    broken(&key, r#"<r><a><l>1</l></a></r>"#, &["SCHEMA_KEY_NIL"]);
    broken(
        &key,
        r#"<r><a><l xsi:nil="true"/></a></r>"#,
        &["SCHEMA_KEY_NIL"],
    );
}

#[test]
fn defaults_are_values() {
    let s = constrained(
        r#"<xs:unique name="m"><xs:selector xpath="t:a"/><xs:field xpath="t:m"/></xs:unique><xs:unique name="d"><xs:selector xpath="t:b|t:p"/><xs:field xpath="@n"/></xs:unique>"#,
    );
    valid(&s, "<r><a><m/></a><a><m>8</m></a><a/></r>");
    broken(
        &s,
        "<r><a><m/></a><a><m>7</m></a></r>",
        &["SCHEMA_KEY_DUPLICATE"],
    );
    let attribute = constrained(
        r#"<xs:key name="d"><xs:selector xpath="t:a"/><xs:field xpath="@d"/></xs:key>"#,
    );
    valid(&attribute, r#"<r><a/><a d="y"/></r>"#);
    broken(
        &attribute,
        r#"<r><a/><a d="x"/></r>"#,
        &["SCHEMA_KEY_DUPLICATE"],
    );
}

#[test]
fn names_are_compared_with_their_namespaces() {
    let s = constrained(
        r#"<xs:unique name="q"><xs:selector xpath="t:a"/><xs:field xpath="t:q"/></xs:unique>"#,
    );
    valid(
        &s,
        r#"<r><a><q>t:x</q></a><a><q xmlns:t="urn:other">t:x</q></a></r>"#,
    );
    broken(
        &s,
        r#"<r><a><q>t:x</q></a><a><q>x</q></a></r>"#,
        &["SCHEMA_KEY_DUPLICATE"],
    );
}

#[test]
fn references_find_their_key() {
    let s = constrained(
        r#"<xs:keyref name="f" refer="t:k"><xs:selector xpath="t:b"/><xs:field xpath="@n"/></xs:keyref><xs:key name="k"><xs:selector xpath=".//t:a"/><xs:field xpath="@n"/></xs:key>"#,
    );
    valid(
        &s,
        r#"<r><a n="1.0"/><b n="1"/><b n="2"/><b n="1"/><b/><p><a n="2"/></p></r>"#,
    );
    broken(
        &s,
        r#"<r><a n="1"/><b n="2"/><b n="1"/></r>"#,
        &["SCHEMA_KEY_UNKNOWN"],
    );
    let found = faults(&s, r#"<r><b n="2"/></r>"#).remove(0);
    assert_eq!(found.path, "/r/b");
    assert_eq!(found.expected, "the values of one of k for keyref f");
}

#[test]
fn tables_go_up_without_what_two_children_have() {
    let s = schema(
        r#"<xs:element name="r"><xs:complexType><xs:sequence>
            <xs:element name="p" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="a" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:attribute name="n" type="xs:int"/></xs:complexType></xs:element></xs:sequence></xs:complexType>
                <xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:unique></xs:element>
            <xs:element name="b" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:attribute name="n" type="xs:int"/></xs:complexType></xs:element>
        </xs:sequence></xs:complexType><xs:keyref name="f" refer="t:u"><xs:selector xpath="t:b"/><xs:field xpath="@n"/></xs:keyref></xs:element>"#,
    );
    valid(
        &s,
        r#"<r><p><a n="1"/><a n="2"/></p><p><a n="1"/><a n="3"/></p><b n="2"/><b n="3"/></r>"#,
    );
    // Section 3.11.5 clause 1: `1` is in the tables of two children, and so in none above.
    broken(
        &s,
        r#"<r><p><a n="1"/><a n="2"/></p><p><a n="1"/></p><b n="1"/></r>"#,
        &["SCHEMA_KEY_UNKNOWN"],
    );
    broken(
        &s,
        r#"<r><p><a n="1"/></p><p><a n="1"/></p><p><a n="1"/></p><b n="1"/></r>"#,
        &["SCHEMA_KEY_UNKNOWN"],
    );
    broken(
        &s,
        r#"<r><p><a n="1"/><a n="1"/></p></r>"#,
        &["SCHEMA_KEY_DUPLICATE"],
    );
}

#[test]
fn own_values_go_before_those_of_children() {
    // Every `e` has the key of its children; the reference of the outermost looks in all tables.
    let s = schema(
        r#"<xs:complexType name="e"><xs:sequence><xs:element ref="t:e" minOccurs="0" maxOccurs="unbounded"/></xs:sequence><xs:attribute name="n" type="xs:int"/><xs:attribute name="f" type="xs:int"/></xs:complexType>
        <xs:element name="e" type="t:e"><xs:unique name="u"><xs:selector xpath="t:e"/><xs:field xpath="@n"/></xs:unique></xs:element>
        <xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="t:e" maxOccurs="unbounded"/></xs:sequence></xs:complexType><xs:keyref name="k" refer="t:u"><xs:selector xpath=".//t:e"/><xs:field xpath="@f"/></xs:keyref></xs:element>"#,
    );
    // `1` twice below two children, but once in what the outer `e` itself holds.
    valid(
        &s,
        r#"<r><e f="1"><e n="1"><e n="1"/></e><e n="2"><e n="1"/></e></e></r>"#,
    );
    broken(
        &s,
        r#"<r><e f="1"><e n="3"><e n="1"/></e><e n="2"><e n="1"/></e></e></r>"#,
        &["SCHEMA_KEY_UNKNOWN"],
    );
}

#[test]
fn fields_have_simple_types() {
    let s = schema(
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:any processContents="lax" minOccurs="0"/></xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element></xs:sequence></xs:complexType>
        <xs:unique name="u"><xs:selector xpath="t:a"/><xs:field xpath="*|@*"/></xs:unique></xs:element><xs:element name="n" type="xs:int"/>"#,
    );
    valid(&s, "<r><a><n>1</n></a><a><n>2</n></a><a/></r>");
    broken(
        &s,
        "<r><a><n>1</n></a><a><n>01</n></a></r>",
        &["SCHEMA_KEY_DUPLICATE"],
    );
    broken(&s, "<r><a><unheard/></a></r>", &["SCHEMA_KEY_FIELD"]);
    broken(&s, r#"<r><a x="1"/></r>"#, &["SCHEMA_KEY_FIELD"]);
    let skip = schema(
        r#"<xs:element name="r"><xs:complexType><xs:sequence><xs:any processContents="skip" maxOccurs="9"/></xs:sequence></xs:complexType><xs:key name="k"><xs:selector xpath=".//t:a"/><xs:field xpath="@n"/></xs:key></xs:element>"#,
    );
    valid(&skip, r#"<r><b n="1"/></r>"#);
    broken(&skip, r#"<r><b><a n="1"/></b></r>"#, &["SCHEMA_KEY_FIELD"]);
    broken(&skip, "<r><b><a/></b></r>", &["SCHEMA_KEY_MISSING"]);
}

#[test]
fn xpaths_are_those_of_the_standard() {
    let unique = |selector: &str, field: &str| {
        with(&format!(
            r#"<xs:unique name="u"><xs:selector xpath="{selector}"/><xs:field xpath="{field}"/></xs:unique>"#
        ))
    };
    for (selector, field) in [
        (".", "."),
        ("t:a", "@n"),
        (".//t:a", ".//@n"),
        (" . // t:a ", " t:k / @ t:n "),
        ("*", "t:*"),
        ("./t:a|t:*|.//*", "./t:k/."),
        ("child::t:a", "child::t:k/attribute::n"),
    ] {
        assert!(unique(selector, field).is_ok(), "{selector} {field}");
    }
    for (selector, field) in [
        ("", "@n"),
        ("t:a", ""),
        ("t:a|", "@n"),
        ("/t:a", "@n"),
        ("//t:a", "@n"),
        ("t:a//t:k", "@n"),
        ("t:a/", "@n"),
        ("..", "@n"),
        ("@n", "@n"),
        ("t:a", "@n/t:k"),
        ("t:a[1]", "@n"),
        ("t:a", "text()"),
        ("parent::t:a", "@n"),
        ("t :a", "@n"),
        ("*:a", "@n"),
    ] {
        let error = unique(selector, field).unwrap_err();
        assert_eq!(error.code(), "SCHEMA_LOAD_INVALID", "{selector} {field}");
        assert!(error.place().is_some());
    }
    assert_eq!(
        unique("u:a", "@n").unwrap_err().code(),
        "SCHEMA_LOAD_UNRESOLVED"
    );
    // A name without prefix is in no namespace.
    let s = unique("a", "@n").unwrap();
    valid(&s, r#"<r><a n="1"/><a n="1"/></r>"#);
}

#[test]
fn what_is_no_constraint() {
    let fields = r#"<xs:selector xpath="t:a"/><xs:field xpath="@n"/>"#;
    for (text, code) in [
        (
            format!(
                r#"<xs:key name="k">{fields}</xs:key><xs:unique name="k">{fields}</xs:unique>"#
            ),
            "SCHEMA_LOAD_DUPLICATE",
        ),
        (
            format!(r#"<xs:keyref name="f" refer="t:k">{fields}</xs:keyref>"#),
            "SCHEMA_LOAD_UNRESOLVED",
        ),
        (
            format!(r#"<xs:keyref name="f" refer="t:f">{fields}</xs:keyref>"#),
            "SCHEMA_LOAD_INVALID",
        ),
        (
            format!(
                r#"<xs:key name="k">{fields}</xs:key><xs:keyref name="f" refer="t:k">{fields}<xs:field xpath="@s"/></xs:keyref>"#
            ),
            "SCHEMA_LOAD_INVALID",
        ),
        (
            format!(r#"<xs:keyref name="f">{fields}</xs:keyref>"#),
            "SCHEMA_LOAD_INVALID",
        ),
        (format!("<xs:key>{fields}</xs:key>"), "SCHEMA_LOAD_INVALID"),
        (
            r#"<xs:key name="k"><xs:selector xpath="t:a"/></xs:key>"#.to_owned(),
            "SCHEMA_LOAD_INVALID",
        ),
        (
            r#"<xs:key name="k"><xs:field xpath="@n"/></xs:key>"#.to_owned(),
            "SCHEMA_LOAD_INVALID",
        ),
        (
            format!(r#"<xs:key name="k">{fields}<xs:selector xpath="t:b"/></xs:key>"#),
            "SCHEMA_LOAD_INVALID",
        ),
    ] {
        assert_eq!(with(&text).unwrap_err().code(), code, "{text}");
    }
}

#[test]
fn targets_inside_each_other_are_bounded() {
    let s = schema(
        r#"<xs:element name="e"><xs:complexType><xs:sequence><xs:element ref="t:e" minOccurs="0"/></xs:sequence><xs:attribute name="n" type="xs:int"/></xs:complexType><xs:unique name="u"><xs:selector xpath=".//."/><xs:field xpath="@n"/></xs:unique></xs:element>"#,
    );
    let nested = |depth: usize| format!("{}{}", r#"<e n="1">"#.repeat(depth), "</e>".repeat(depth));
    broken(&s, &nested(2), &["SCHEMA_KEY_DUPLICATE"]);
    assert!(codes(&s, &nested(100)).contains(&"SCHEMA_KEY_LIMIT"));
}

#[test]
fn a_hidden_element_has_no_key() {
    let s = constrained(
        r#"<xs:key name="k"><xs:selector xpath="t:a"/><xs:field xpath="@n"/></xs:key>"#,
    );
    let text = r#"<r xmlns="urn:t"><a n="1"/><a n="1"/></r>"#;
    let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
    assert_eq!(s.validate(document.root(), 9).len(), 1);
    let second = document.root().elements().nth(1).unwrap();
    let view = document.root().without(second.id());
    assert_eq!(s.validate(view, 9), []);
}
