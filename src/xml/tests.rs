//! Tests of the room: what is accepted, and its rejected twins.

use super::*;

fn ok(text: &str) -> Document {
    match parse(text.as_bytes(), None, &Limits::default()) {
        Ok(document) => document,
        Err(error) => panic!("{text:?}: {error}"),
    }
}

fn refused(bytes: &[u8], charset: Option<&str>) -> (&'static str, Option<(u32, u32)>) {
    let limits = Limits::default();
    let owned = parse_owned(bytes.to_vec(), charset, &limits).map(|_| ());
    let read = parse(bytes, charset, &limits);
    assert_eq!(
        format!("{:?}", read.as_ref().err()),
        format!("{:?}", owned.err())
    );
    match read {
        Ok(_) => ("accepted", None),
        Err(error) => (
            error.code(),
            error.position().map(|at| (at.line, at.column)),
        ),
    }
}

#[test]
fn an_element_with_nothing_but_a_text_is_told_from_others() {
    let only = |text: &str| {
        let document = ok(text);
        let only = document.root().only_text().map(str::to_owned);
        let said = document.root().text().into_owned();
        assert!(only.as_ref().is_none_or(|only| *only == said), "{text}");
        only
    };
    assert_eq!(only("<a> x y </a>").as_deref(), Some(" x y "));
    assert_eq!(only("<p:a xmlns:p='urn:p'>x</p:a>"), None);
    for text in [
        "<a/>",
        "<a></a>",
        "<a b=''>x</a>",
        "<a>x<b/></a>",
        "<a><b/>x</a>",
        "<a>x<!--c--></a>",
        "<a>x<?c?></a>",
    ] {
        assert_eq!(only(text), None, "{text}");
    }
}

#[test]
fn reads_names_namespaces_and_values() {
    let document = ok(
        "<?xml version='1.0' encoding='utf-8'?><!--c--><p:a xmlns:p='urn:p' xmlns='urn:d' \
         p:x=' 1 ' y='&lt;&#10;\t'><b>t&amp;<![CDATA[<x>]]>u</b><?go  on ?><b xmlns=''/></p:a>",
    );
    let root = document.root();
    assert_eq!(
        root.name(),
        QName {
            namespace: "urn:p",
            local: "a"
        }
    );
    assert_eq!(root.prefix(), "p");
    assert_eq!(root.attribute("urn:p", "x"), Some(" 1 "));
    assert_eq!(root.attribute("", "y"), Some("<\n "));
    assert_eq!(root.attribute("", "x"), None);
    let declared: Vec<_> = root.namespaces_declared().collect();
    assert_eq!(declared, [("p", "urn:p"), ("", "urn:d")]);
    let children: Vec<_> = root.children().collect();
    assert_eq!(children.len(), 3);
    assert_eq!(
        children[0].name(),
        QName {
            namespace: "urn:d",
            local: "b"
        }
    );
    assert_eq!(children[0].text(), "t&<x>u");
    assert_eq!(
        (children[1].name().local, children[1].value()),
        ("go", "on ")
    );
    assert_eq!(children[2].name().namespace, "");
    assert_eq!(children[2].resolve_prefix(""), None);
    assert_eq!(children[2].resolve_prefix("p"), Some("urn:p"));
    assert_eq!(children[0].path(), "/a/b[1]");
    assert_eq!(root.path(), "/a");
    let top: Vec<_> = document.top_level().map(Node::kind).collect();
    assert_eq!(top, [NodeKind::Comment, NodeKind::Element]);
}

#[test]
fn a_hidden_node_does_not_exist() {
    let document = ok("<a>x<b/>y<s><c/></s>z<c/></a>");
    let hidden = document.root().child("", "s").unwrap().id();
    let view = document.root().without(hidden);
    assert_eq!(view.text(), "xyz");
    assert!(view.child("", "s").is_none());
    let names: Vec<_> = view.descendants().map(|node| node.name().local).collect();
    assert_eq!(names, ["b", "c"]);
    let b = view.child("", "b").unwrap();
    assert_eq!(b.parent().unwrap().hidden(), Some(hidden));
    assert_eq!(document.root().descendants().count(), 4);
}

#[test]
fn elements_are_found_by_name_in_document_order() {
    let document = ok(
        "<n:a xmlns:n=\"urn:n\"><b/><c xmlns=\"urn:n\"><b/><a><m:a xmlns:m=\"urn:n\"/></a></c><a/></n:a>",
    );
    let root = document.root();
    let paths = |namespace, local| {
        let found = root.named(namespace, local);
        found.map(|node| node.path()).collect::<Vec<_>>()
    };
    assert_eq!(paths("urn:n", "a"), ["/a", "/a/c/a", "/a/c/a/a"]);
    assert_eq!(paths("", "a"), ["/a/a"]);
    assert_eq!(paths("urn:n", "b"), ["/a/c/b"]);
    assert!(paths("urn:m", "a").is_empty());
    assert!(paths("urn:n", "d").is_empty());
    let hidden = root.child("urn:n", "c").unwrap();
    let seen = root.without(hidden.id()).named("urn:n", "a");
    assert_eq!(seen.count(), 1);
    assert_eq!(hidden.named("urn:n", "a").count(), 2);
}

#[test]
fn hiding_changes_the_ordinals_of_siblings() {
    let document = ok("<a><s/><b/><s/><s/></a>");
    let all: Vec<_> = document.root().elements().map(Node::path).collect();
    assert_eq!(all, ["/a/s[1]", "/a/b", "/a/s[2]", "/a/s[3]"]);
    let first = document.root().child("", "s").unwrap().id();
    let seen: Vec<_> = document
        .root()
        .without(first)
        .elements()
        .map(Node::path)
        .collect();
    assert_eq!(seen, ["/a/b", "/a/s[1]", "/a/s[2]"]);
}

#[test]
fn places_are_exact() {
    let document = ok("<a>\r\n  <b x='1'\n y='2'>t</b></a>");
    let b = document.root().child("", "b").unwrap();
    assert_eq!((b.position().line, b.position().column), (2, 3));
    let y = b.attributes().nth(1).unwrap().position();
    assert_eq!((y.line, y.column), (3, 2));
    assert!(document.text()[b.end_tag_start()..].starts_with("</b>"));
    let empty = ok("<a b='/'  />");
    assert_eq!(&empty.text()[empty.root().end_tag_start()..], "/>");
}

#[test]
fn line_ends_are_normalised() {
    let document = ok("<a b='\r\n\r'>\r\n\r&#13;<!--\r--><?p \r\n?></a>");
    assert_eq!(document.root().attribute("", "b"), Some("  "));
    let values: Vec<_> = document.root().children().map(Node::value).collect();
    assert_eq!(values, ["\n\n\r", "\n", ""]);
}

#[test]
fn refuses_what_is_not_well_formed() {
    let check = |text: &str, code: &str, line: u32, column: u32| {
        assert_eq!(
            refused(text.as_bytes(), None),
            (code, Some((line, column))),
            "{text:?}"
        );
    };
    check("<a>", "XML_TRUNCATED", 1, 1);
    check("<a><b", "XML_TRUNCATED", 1, 4);
    check("<a><!-- ", "XML_TRUNCATED", 1, 4);
    check("<a></b>", "XML_END_TAG", 1, 4);
    check("<a/></a>", "XML_END_TAG", 1, 5);
    check("<a/>\n<b/>", "XML_SYNTAX", 2, 1);
    check("x<a/>", "XML_SYNTAX", 1, 1);
    check("<a/>&amp;", "XML_SYNTAX", 1, 5);
    check("<a/><![CDATA[]]>", "XML_SYNTAX", 1, 5);
    check("<!-- -->", "XML_SYNTAX", 1, 9);
    check("<a>]]></a>", "XML_SYNTAX", 1, 4);
    check("<a><!-- -- --></a>", "XML_SYNTAX", 1, 4);
    check("<a>&lt</a>", "XML_SYNTAX", 1, 4);
    check("<a>&nbsp;</a>", "XML_ENTITY", 1, 4);
    check("<a b='&x;'/>", "XML_ENTITY", 1, 7);
    check("<a>&#0;</a>", "XML_CHARACTER", 1, 4);
    check("<a>\u{1}</a>", "XML_CHARACTER", 1, 4);
    check("<a b='1' b='2'/>", "XML_DUPLICATE_ATTRIBUTE", 1, 10);
    check(
        "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>",
        "XML_DUPLICATE_ATTRIBUTE",
        1,
        35,
    );
    check("<a xmlns='u' xmlns='u'/>", "XML_DUPLICATE_ATTRIBUTE", 1, 14);
    check("<p:a/>", "XML_NAMESPACE", 1, 1);
    check("<a p:b=''/>", "XML_NAMESPACE", 1, 4);
    check("<a><b xmlns:p='u'/><p:c/></a>", "XML_NAMESPACE", 1, 20);
    check("<a xmlns:p=''/>", "XML_NAMESPACE", 1, 4);
    check("<a xmlns:xml='u'/>", "XML_NAMESPACE", 1, 4);
    check("<a xmlns:xmlns='u'/>", "XML_NAMESPACE", 1, 4);
    check(
        "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
        "XML_NAMESPACE",
        1,
        4,
    );
    check("<a><?xml version='1.0'?></a>", "XML_SYNTAX", 1, 4);
    check("<a><?XML x?></a>", "XML_SYNTAX", 1, 6);
    check("<!DOCTYPE a><a/>", "XML_DTD", 1, 1);
    check("<!DOCTYPE a [<!ENTITY b 'c'>", "XML_DTD", 1, 1);
    check("<?xml version='1.1'?><a/>", "XML_SYNTAX", 1, 1);
    check("<?xml version='1.0' foo='a'?><a/>", "XML_SYNTAX", 1, 1);
    check("<a b=\"<\"/>", "XML_SYNTAX", 1, 7);
    check("<1/>", "XML_SYNTAX", 1, 1);
    assert_eq!(refused(b"", None), ("XML_EMPTY", None));
}

#[test]
fn reads_the_four_encodings() {
    let text = "<?xml version=\"1.0\" encoding=\"ENC\"?><\u{416}>\u{436}\u{44F}</\u{416}>";
    let utf16 = |big: bool, mark: bool| {
        let units: Vec<u16> = if mark { vec![0xFEFF] } else { vec![] };
        let units = units.into_iter().chain(
            text.replace("ENC", "UTF-16")
                .encode_utf16()
                .collect::<Vec<_>>(),
        );
        units
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect::<Vec<u8>>()
    };
    let check = |bytes: &[u8], charset: Option<&str>, encoding: Encoding| {
        let document = parse(bytes, charset, &Limits::default()).unwrap();
        assert_eq!(document.encoding(), encoding);
        assert_eq!(document.root().text(), "\u{436}\u{44F}");
        assert!(document.text()[document.content_start()..].starts_with("<\u{416}"));
    };
    check(
        text.replace("ENC", "UTF-8").as_bytes(),
        Some("utf-8"),
        Encoding::Utf8,
    );
    check(&utf16(true, true), None, Encoding::Utf16Be);
    check(&utf16(false, true), Some("UTF-16"), Encoding::Utf16Le);
    check(&utf16(false, false), Some("UTF-16LE"), Encoding::Utf16Le);
    let (cp1251, _, _) = encoding_rs::WINDOWS_1251.encode(text);
    let replace = |bytes: &[u8], name: &str| {
        let at = bytes.windows(3).position(|w| w == b"ENC").unwrap();
        [&bytes[..at], name.as_bytes(), &bytes[at + 3..]].concat()
    };
    check(
        &replace(&cp1251, "windows-1251"),
        None,
        Encoding::Windows1251,
    );
    let (gb, _, _) = encoding_rs::GB18030.encode(text);
    check(&replace(&gb, "GB18030"), Some("gb18030"), Encoding::Gb18030);
    assert_eq!(refused(&utf16(false, false), None).0, "XML_BYTE_ORDER_MARK");
}

#[test]
fn refuses_encodings_that_disagree_or_are_malformed() {
    let check = |bytes: &[u8], charset: Option<&str>, code: &str| {
        assert_eq!(refused(bytes, charset).0, code, "{bytes:x?} {charset:?}");
    };
    check(
        b"<?xml version='1.0' encoding='windows-1251'?><a/>",
        Some("utf-8"),
        "XML_ENCODING_CONFLICT",
    );
    check(
        b"\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-16'?><a/>",
        None,
        "XML_ENCODING_CONFLICT",
    );
    check(
        b"\xEF\xBB\xBF<a/>",
        Some("windows-1251"),
        "XML_ENCODING_CONFLICT",
    );
    check(b"<a/>", Some("koi8-r"), "XML_ENCODING_UNSUPPORTED");
    check(
        b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        None,
        "XML_ENCODING_UNSUPPORTED",
    );
    check(b"<a>\xC3</a>", None, "XML_ENCODING_MALFORMED");
    check(b"<a>\xD0", None, "XML_ENCODING_MALFORMED");
    check(
        b"<a>\x98</a>",
        Some("windows-1251"),
        "XML_ENCODING_MALFORMED",
    );
    check(b"<a>\x80</a>", Some("gb18030"), "XML_ENCODING_MALFORMED");
    check(b"<a>\x81", Some("gb18030"), "XML_ENCODING_MALFORMED");
    check(b"\xFF\xFE<\0a", None, "XML_ENCODING_MALFORMED");
    check(b"\xFF\xFE<\0\x00\xD8/\0", None, "XML_ENCODING_MALFORMED");
    check(b"\xEF\xBB\xBF", None, "XML_EMPTY");
    check(b"\xEF\xBB\xBF\xEF\xBB\xBF<a/>", None, "XML_SYNTAX");
    assert_eq!(
        refused("<a>\n\u{416}\u{436}\u{0}".as_bytes(), None).1,
        Some((2, 3))
    );
    assert_eq!(refused(b"<a>\n\xD0\x96\xFF</a>", None).1, Some((2, 2)));
}
