//! Schema documents: include, import, and what is refused at load.

use super::*;

fn load(files: &[(&str, &str)]) -> Result<Schema, Error> {
    Schema::compile(&[files[0].0], &Files::new(files))
}

const XS: &str = r#"xmlns:xs="http://www.w3.org/2001/XMLSchema""#;

#[test]
fn several_files_in_several_namespaces() {
    let main = document(
        r#"<xs:include schemaLocation="more"/><xs:include schemaLocation="chameleon"/><xs:import namespace="urn:u" schemaLocation="u"/>
        <xs:element name="r"><xs:complexType><xs:sequence><xs:element name="a" type="t:more"/><xs:element ref="u:b" xmlns:u="urn:u"/><xs:element name="c" type="t:plain"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    let more = document(
        r#"<xs:include schemaLocation="main"/><xs:simpleType name="more"><xs:restriction base="xs:int"/></xs:simpleType>"#,
    );
    let chameleon = format!(
        r#"<xs:schema {XS}><xs:complexType name="plain"><xs:sequence><xs:element name="d" type="code"/></xs:sequence></xs:complexType><xs:simpleType name="code"><xs:restriction base="xs:int"/></xs:simpleType></xs:schema>"#
    );
    let other = format!(
        r#"<xs:schema {XS} xmlns:u="urn:u" targetNamespace="urn:u"><xs:element name="b" type="u:t"/><xs:simpleType name="t"><xs:restriction base="xs:int"/></xs:simpleType></xs:schema>"#
    );
    let s = load(&[
        ("main", &main),
        ("more", &more),
        ("chameleon", &chameleon),
        ("u", &other),
    ])
    .unwrap();
    valid(
        &s,
        r#"<r><a>1</a><b xmlns="urn:u">1</b><c><d xmlns="">1</d></c></r>"#,
    );
    broken(
        &s,
        r#"<r><a>1</a><b xmlns="urn:u">x</b><c><d xmlns="">x</d></c></r>"#,
        &["SCHEMA_VALUE", "SCHEMA_VALUE"],
    );
    broken(
        &s,
        "<r><a>1</a><b>1</b></r>",
        &["SCHEMA_ELEMENT_UNEXPECTED"],
    );
}

#[test]
fn a_namespace_is_imported_from_the_place_that_is_met_first() {
    let importing = |space: &str, location: &str| {
        format!(r#"<xs:import namespace="urn:{space}" schemaLocation="{location}"/>"#)
    };
    let of = |space: &str, body: &str| {
        format!(r#"<xs:schema {XS} targetNamespace="urn:{space}">{body}</xs:schema>"#)
    };
    let imports = [importing("a", "a"), importing("u", "second")].concat();
    let main = document(&format!(
        r#"{imports}<xs:element name="r"><xs:complexType><xs:sequence>
        <xs:element ref="u:x" xmlns:u="urn:u"/></xs:sequence></xs:complexType></xs:element>"#
    ));
    let a = of("a", &importing("u", "first"));
    let first = of("u", r#"<xs:element name="x" type="xs:int"/>"#);
    let second = of("u", r#"<xs:element name="x" type="xs:date"/>"#);
    let mut files = vec![("main", main.as_str()), ("a", &a), ("first", &first)];
    // A copy that is not taken must be there all the same.
    assert_eq!(load(&files).unwrap_err().code(), "SCHEMA_LOAD_MISSING");
    files.push(("second", &second));
    let s = load(&files).unwrap();
    valid(&s, r#"<r><x xmlns="urn:u">1</x></r>"#);
    broken(
        &s,
        r#"<r><x xmlns="urn:u">2026-01-01</x></r>"#,
        &["SCHEMA_VALUE"],
    );
}

#[test]
fn several_entries_are_one_schema() {
    let (a, b) = (
        document(r#"<xs:element name="a"/>"#),
        document(r#"<xs:element name="b"/>"#),
    );
    let s = Schema::compile(&["a", "b"], &Files::new(&[("a", &a), ("b", &b)])).unwrap();
    assert_eq!(
        s.elements().map(|e| e.name().local).collect::<Vec<_>>(),
        ["a", "b"]
    );
}

#[test]
fn missing_documents_are_named() {
    let error = load(&[("main", &document("\n <xs:include schemaLocation='gone'/>"))]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "main:2:2: schema document `gone` not found"
    );
    let error = Schema::compile(&["gone"], &Files::new(&[])).unwrap_err();
    assert_eq!((error.code(), error.place()), ("SCHEMA_LOAD_MISSING", None));
    let wrong = format!("<xs:schema {XS} targetNamespace='urn:w'/>");
    for reference in [
        "<xs:include schemaLocation='w'/>",
        "<xs:import namespace='urn:v' schemaLocation='w'/>",
    ] {
        let error = load(&[("main", &document(reference)), ("w", &wrong)]).unwrap_err();
        assert_eq!(error.code(), "SCHEMA_LOAD_INVALID");
    }
    assert!(
        load(&[
            (
                "main",
                &document("<xs:import namespace='urn:w' schemaLocation='w'/>")
            ),
            ("w", &wrong)
        ])
        .is_ok()
    );
}

#[test]
fn what_is_not_known_is_refused_with_its_place() {
    for (text, construct) in [
        (
            "<xs:complexType name='a'><xs:assert test='true()'/></xs:complexType>",
            "xs:assert",
        ),
        ("<other/>", "other"),
        ("<xs:alternative test='1'/>", "xs:alternative"),
        (
            "<xs:complexType name='a' block='extension' defaultAttributesApply='1'/>",
            "xs:complexType/@defaultAttributesApply",
        ),
        ("<xs:element name='a' type='xs:error'/>", "xs:error"),
    ] {
        let error = compile(text).unwrap_err();
        assert_eq!(error.code(), "SCHEMA_LOAD_UNSUPPORTED", "{text}");
        let place = error.place().unwrap();
        assert_eq!((place.file.as_str(), place.position.line), ("s", 1));
        let said = error.to_string();
        assert!(
            said.ends_with(&format!(": `{construct}` is not supported")),
            "{said}"
        );
    }
    assert!(compile("<xs:complexType name='a' block='' final='extension'/>").is_ok());
    let annotated =
        r#"<xs:annotation><xs:appinfo><anything at="all"/></xs:appinfo></xs:annotation>"#;
    assert!(compile(annotated).is_ok());
}

#[test]
fn versioning_attributes_are_annotations() {
    let text = format!(
        r#"<xs:schema {XS} xmlns:vc="http://www.w3.org/2007/XMLSchema-versioning" vc:minVersion="1.1" version="1"><xs:element name="a"/></xs:schema>"#
    );
    assert!(load(&[("main", &text)]).is_ok());
}

#[test]
fn what_is_no_schema() {
    for (text, code) in [
        (
            "<xs:element name='a' type='t:b'/>",
            "SCHEMA_LOAD_UNRESOLVED",
        ),
        (
            "<xs:element name='a' type='u:b'/>",
            "SCHEMA_LOAD_UNRESOLVED",
        ),
        (
            "<xs:element name='a'/><xs:element name='a'/>",
            "SCHEMA_LOAD_DUPLICATE",
        ),
        (
            "<xs:simpleType name='a'><xs:restriction base='t:a'/></xs:simpleType>",
            "SCHEMA_LOAD_CIRCULAR",
        ),
        (
            "<xs:complexType name='a'><xs:complexContent><xs:extension base='t:a'/></xs:complexContent></xs:complexType>",
            "SCHEMA_LOAD_CIRCULAR",
        ),
        ("<xs:element/>", "SCHEMA_LOAD_INVALID"),
        (
            "<xs:complexType name='a'><xs:sequence minOccurs='2'/></xs:complexType>",
            "SCHEMA_LOAD_INVALID",
        ),
        (
            "<xs:complexType name='a'><xs:simpleContent><xs:restriction base='xs:int'/></xs:simpleContent></xs:complexType>",
            "SCHEMA_LOAD_INVALID",
        ),
        (
            "<xs:simpleType name='a'><xs:list itemType='xs:NMTOKENS'/></xs:simpleType>",
            "SCHEMA_LOAD_INVALID",
        ),
    ] {
        assert_eq!(compile(text).unwrap_err().code(), code, "{text}");
    }
    assert_eq!(
        load(&[("main", "<a/>")]).unwrap_err().code(),
        "SCHEMA_LOAD_INVALID"
    );
    assert_eq!(
        load(&[("main", "<a")]).unwrap_err().code(),
        "SCHEMA_LOAD_XML"
    );
}

#[test]
fn nothing_is_passed_over_for_its_place() {
    for text in [
        "<xs:sequence/>",
        "<xs:element name='a'><xs:sequence/></xs:element>",
        "<xs:element name='a'><xs:complexType/><xs:complexType/></xs:element>",
        "<xs:complexType name='a'><xs:element name='b'/></xs:complexType>",
        "<xs:complexType name='a'><xs:sequence/><xs:choice/></xs:complexType>",
        "<xs:complexType name='a'><xs:simpleContent><xs:extension base='xs:int'/></xs:simpleContent><xs:attribute name='b'/></xs:complexType>",
        "<xs:complexType name='a'><xs:complexContent><xs:restriction base='xs:anyType'><xs:pattern value='a'/></xs:restriction></xs:complexContent></xs:complexType>",
        "<xs:complexType name='a'><xs:simpleContent><xs:extension base='xs:int'><xs:sequence/></xs:extension></xs:simpleContent></xs:complexType>",
        "<xs:simpleType name='a'><xs:restriction base='xs:int'><xs:attribute name='b'/></xs:restriction></xs:simpleType>",
        "<xs:simpleType name='a'><xs:restriction base='xs:int'/><xs:list itemType='xs:int'/></xs:simpleType>",
        "<xs:group name='a'><xs:sequence/><xs:sequence/></xs:group>",
        "<xs:complexType name='a'><xs:all><xs:sequence/></xs:all></xs:complexType>",
        "<xs:key name='k'><xs:selector xpath='.'/><xs:field xpath='.'/></xs:key>",
        "<xs:notation name='n' public='p'><xs:simpleType/></xs:notation>",
    ] {
        let error = compile(text).unwrap_err();
        assert_eq!(error.code(), "SCHEMA_LOAD_INVALID", "{text}: {error}");
    }
    let text = "<xs:complexType name='a'><xs:annotation/><xs:sequence><xs:annotation/></xs:sequence><xs:attribute name='b'><xs:annotation/></xs:attribute></xs:complexType>";
    assert!(compile(text).is_ok());
}

#[test]
fn chains_are_bounded() {
    let chain: String = (0..500)
        .map(|n| {
            format!(
                "<xs:simpleType name='c{n}'><xs:restriction base='t:c{}'/></xs:simpleType>",
                n + 1
            )
        })
        .collect();
    let chain = format!(
        "{chain}<xs:simpleType name='c500'><xs:restriction base='xs:int'/></xs:simpleType>"
    );
    assert_eq!(compile(&chain).unwrap_err().code(), "SCHEMA_LOAD_LIMIT");
}

#[test]
fn a_type_may_contain_itself() {
    let s = schema(
        r#"<xs:complexType name="tree"><xs:sequence><xs:element name="leaf" type="t:tree" minOccurs="0" maxOccurs="unbounded"/><xs:element name="inner" minOccurs="0"><xs:complexType><xs:complexContent><xs:extension base="t:tree"><xs:attribute name="x"/></xs:extension></xs:complexContent></xs:complexType></xs:element></xs:sequence></xs:complexType><xs:element name="r" type="t:tree"/>"#,
    );
    valid(
        &s,
        r#"<r><leaf><leaf/></leaf><inner x=""><leaf/></inner></r>"#,
    );
    broken(
        &s,
        r#"<r><leaf x=""/></r>"#,
        &["SCHEMA_ATTRIBUTE_UNEXPECTED"],
    );
}
