//! `xs:redefine` (Part 1 section 4.2.2).

use super::*;

fn load(files: &[(&str, &str)]) -> Result<Schema, Error> {
    Schema::compile(&["main"], &Files::new(files))
}

/// `r` of type `part`, of `word`s, `both` and attributes `marks`.
const ORIGINAL: &str = r#"<xs:simpleType name="word"><xs:restriction base="xs:token"><xs:maxLength value="3"/></xs:restriction></xs:simpleType>
    <xs:complexType name="part"><xs:sequence><xs:element name="a" type="t:word"/></xs:sequence></xs:complexType>
    <xs:group name="both"><xs:sequence><xs:element name="b" type="t:word"/></xs:sequence></xs:group>
    <xs:attributeGroup name="marks"><xs:attribute name="x" type="t:word"/></xs:attributeGroup>
    <xs:element name="r"><xs:complexType><xs:sequence><xs:element name="p" type="t:part"/><xs:group ref="t:both"/></xs:sequence><xs:attributeGroup ref="t:marks"/></xs:complexType></xs:element>"#;

fn redefined(redefinitions: &str) -> Result<Schema, Error> {
    let main = document(&format!(
        r#"<xs:redefine schemaLocation="old">{redefinitions}</xs:redefine>"#
    ));
    load(&[("main", &main), ("old", &document(ORIGINAL))])
}

#[test]
fn without_redefinitions_it_is_an_include() {
    let s = redefined("<xs:annotation/>").unwrap();
    valid(&s, r#"<r x="abc"><p><a>abc</a></p><b>abc</b></r>"#);
    broken(
        &s,
        r#"<r x="abcd"><p><a>abc</a></p><b/></r>"#,
        &["SCHEMA_FACET_MAX_LENGTH"],
    );
}

#[test]
fn a_simple_type_restricts_itself_for_all() {
    let s = redefined(
        r#"<xs:simpleType name="word"><xs:restriction base="t:word"><xs:minLength value="2"/></xs:restriction></xs:simpleType>"#,
    )
    .unwrap();
    valid(&s, r#"<r x="abc"><p><a>ab</a></p><b>abc</b></r>"#);
    broken(
        &s,
        r#"<r x="a"><p><a>abcd</a></p><b>b</b></r>"#,
        &[
            "SCHEMA_FACET_MIN_LENGTH",
            "SCHEMA_FACET_MAX_LENGTH",
            "SCHEMA_FACET_MIN_LENGTH",
        ],
    );
}

#[test]
fn a_complex_type_extends_or_restricts_itself() {
    let s = redefined(
        r#"<xs:complexType name="part"><xs:complexContent><xs:extension base="t:part"><xs:sequence><xs:element name="c" type="t:part" minOccurs="0"/></xs:sequence><xs:attribute name="y"/></xs:extension></xs:complexContent></xs:complexType>"#,
    )
    .unwrap();
    // Elements inside mean the new type.
    valid(
        &s,
        r#"<r><p y=""><a/><c y=""><a/><c><a/></c></c></p><b/></r>"#,
    );
    valid(&s, r#"<r><p xsi:type="t:part" y=""><a/></p><b/></r>"#);
    broken(
        &s,
        "<r><p><c><a/></c></p><b/></r>",
        &["SCHEMA_ELEMENT_UNEXPECTED"],
    );
    let s = redefined(
        r#"<xs:complexType name="part"><xs:complexContent><xs:restriction base="t:part"><xs:sequence><xs:element name="a" type="t:word" fixed="a"/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>"#,
    )
    .unwrap();
    valid(&s, "<r><p><a>a</a></p><b/></r>");
    broken(&s, "<r><p><a>b</a></p><b/></r>", &["SCHEMA_FIXED"]);
}

#[test]
fn groups_contain_themselves_or_replace() {
    let s = redefined(
        r#"<xs:group name="both"><xs:sequence><xs:element name="z"/><xs:group ref="t:both"/></xs:sequence></xs:group>
        <xs:attributeGroup name="marks"><xs:attributeGroup ref="t:marks"/><xs:attribute name="y"/></xs:attributeGroup>"#,
    )
    .unwrap();
    valid(&s, r#"<r x="" y=""><p><a/></p><z/><b/></r>"#);
    broken(&s, "<r><p><a/></p><b/></r>", &["SCHEMA_ELEMENT_UNEXPECTED"]);
    let s = redefined(
        r#"<xs:group name="both"><xs:sequence><xs:element name="b" type="t:word" fixed="b"/></xs:sequence></xs:group>
        <xs:attributeGroup name="marks"><xs:attribute name="x" type="t:word" use="required"/></xs:attributeGroup>"#,
    )
    .unwrap();
    valid(&s, r#"<r x=""><p><a/></p><b>b</b></r>"#);
    broken(
        &s,
        "<r><p><a/></p><b>c</b></r>",
        &["SCHEMA_ATTRIBUTE_MISSING", "SCHEMA_FIXED"],
    );
}

#[test]
fn redefinitions_of_redefinitions() {
    let narrow = |facet: &str, location: &str| {
        document(&format!(
            r#"<xs:redefine schemaLocation="{location}"><xs:simpleType name="word"><xs:restriction base="t:word">{facet}</xs:restriction></xs:simpleType></xs:redefine>"#
        ))
    };
    let main = narrow(r#"<xs:pattern value="a.*"/>"#, "middle");
    let middle = narrow(r#"<xs:minLength value="2"/>"#, "through");
    let through = document(r#"<xs:include schemaLocation="old"/>"#);
    let old = document(ORIGINAL);
    let files = [
        ("main", &*main),
        ("middle", &middle),
        ("through", &through),
        ("old", &old),
    ];
    let s = load(&files).unwrap();
    let of = |value: &str| codes(&s, &format!("<r><p><a>{value}</a></p><b>ab</b></r>"));
    assert!(of("abc").is_empty());
    assert_eq!(of("a"), ["SCHEMA_FACET_MIN_LENGTH"]);
    assert_eq!(of("abcd"), ["SCHEMA_FACET_MAX_LENGTH"]);
    assert_eq!(of("bcd"), ["SCHEMA_FACET_PATTERN"]);
    // Two redefinitions of one type that do not know each other.
    let main = document(r#"<xs:include schemaLocation="one"/><xs:include schemaLocation="two"/>"#);
    let (one, two) = (narrow("", "old"), narrow("", "old"));
    let error = load(&[("main", &main), ("one", &one), ("two", &two), ("old", &old)]).unwrap_err();
    assert_eq!(error.code(), "SCHEMA_LOAD_INVALID");
}

#[test]
fn redefinitions_of_each_other_are_bounded() {
    let files: Vec<_> = (0..200)
        .map(|n| {
            let next = format!(r#"<xs:redefine schemaLocation="{}"/>"#, n + 1);
            (n.to_string(), document(&next))
        })
        .collect();
    let last = ("200".to_owned(), document(ORIGINAL));
    let of = |first: usize| {
        let files = files.iter().chain([&last]);
        let files: Vec<_> = files.map(|(name, text)| (&**name, &**text)).collect();
        Schema::compile(&[&first.to_string()], &Files::new(&files))
    };
    assert!(of(150).is_ok());
    assert_eq!(of(0).unwrap_err().code(), "SCHEMA_LOAD_LIMIT");
}

#[test]
fn a_document_without_namespace_takes_that_of_the_one_that_redefines_it() {
    let old = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"><xs:complexType name="part"><xs:sequence><xs:element name="a" type="word"/></xs:sequence></xs:complexType><xs:simpleType name="word"><xs:restriction base="xs:token"/></xs:simpleType></xs:schema>"#;
    let main = document(
        r#"<xs:redefine schemaLocation="old"><xs:simpleType name="word"><xs:restriction base="t:word"><xs:length value="1"/></xs:restriction></xs:simpleType></xs:redefine><xs:element name="r" type="t:part"/>"#,
    );
    let s = load(&[("main", &main), ("old", old)]).unwrap();
    valid(&s, "<r><a>a</a></r>");
    broken(&s, "<r><a>ab</a></r>", &["SCHEMA_FACET_LENGTH"]);
}

#[test]
fn what_is_no_redefinition() {
    for (text, code) in [
        (
            r#"<xs:simpleType name="word"><xs:restriction base="xs:token"/></xs:simpleType>"#,
            "SCHEMA_LOAD_INVALID",
        ),
        (
            r#"<xs:simpleType name="gone"><xs:restriction base="t:gone"/></xs:simpleType>"#,
            "SCHEMA_LOAD_INVALID",
        ),
        (
            r#"<xs:simpleType name="part"><xs:restriction base="t:part"/></xs:simpleType>"#,
            "SCHEMA_LOAD_INVALID",
        ),
        (r#"<xs:complexType name="part"/>"#, "SCHEMA_LOAD_INVALID"),
        (r#"<xs:element name="r"/>"#, "SCHEMA_LOAD_INVALID"),
        (
            r#"<xs:group name="both"><xs:sequence><xs:group ref="t:both"/><xs:group ref="t:both"/></xs:sequence></xs:group>"#,
            "SCHEMA_LOAD_INVALID",
        ),
        (
            r#"<xs:group name="both"><xs:sequence><xs:group ref="t:both" minOccurs="0"/></xs:sequence></xs:group>"#,
            "SCHEMA_LOAD_INVALID",
        ),
    ] {
        let error = redefined(text).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), code, "{text}");
        assert_eq!(error.place().map(|place| place.file.as_str()), Some("main"));
    }
    let gone = document(r#"<xs:redefine schemaLocation="gone"/>"#);
    assert_eq!(
        load(&[("main", &gone)]).unwrap_err().code(),
        "SCHEMA_LOAD_MISSING"
    );
}
