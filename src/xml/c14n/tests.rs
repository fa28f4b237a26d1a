//! Canonical forms, with the examples of the recommendations where they have some.

use super::*;
use crate::xml::{Limits, parse};

const EXCLUSIVE: Canonicalization<'_> = Canonicalization {
    method: Method::Exclusive,
    comments: false,
    inclusive_prefixes: &[],
};
const INCLUSIVE: Canonicalization<'_> = Canonicalization {
    method: Method::Inclusive10,
    ..EXCLUSIVE
};
const INCLUSIVE11: Canonicalization<'_> = Canonicalization {
    method: Method::Inclusive11,
    ..EXCLUSIVE
};

fn whole(text: &str, how: &Canonicalization<'_>) -> String {
    let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
    let bytes = canonical_bytes(Subtree::Document(&document, None), how).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The canonical form of the first element with that local name.
fn subtree(text: &str, local: &str, how: &Canonicalization<'_>) -> String {
    let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
    let node = document
        .root()
        .descendants()
        .find(|node| node.name().local == local)
        .unwrap();
    let bytes = canonical_bytes(Subtree::Element(node), how).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn comments_and_instructions_outside_the_root() {
    // Canonical XML 1.0 section 3.1.
    let text = "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n\
         <doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n";
    let bare = "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\
         <doc>Hello, world!</doc>\n<?pi-without-data?>";
    assert_eq!(whole(text, &INCLUSIVE), bare);
    let with = "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\
         <doc>Hello, world!<!-- Comment 1 --></doc>\n<?pi-without-data?>\n<!-- Comment 2 -->";
    assert_eq!(
        whole(
            text,
            &Canonicalization {
                comments: true,
                ..INCLUSIVE
            }
        ),
        with
    );
}

#[test]
fn start_and_end_tags() {
    // Canonical XML 1.0 section 3.3, without its document type declaration.
    let text = "<doc><e1   /><e3   name = \"elem3\"   id=\"elem3\"   />\
         <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\" xmlns:b=\"http://www.ietf.org\" \
         xmlns:a=\"http://www.w3.org\" xmlns=\"http://example.org\"/><e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\
         <e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\"/></e7></e6></doc>";
    let canonical = "<doc><e1></e1><e3 id=\"elem3\" name=\"elem3\"></e3>\
         <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" \
         attr=\"I'm\" attr2=\"all\" b:attr=\"sorted\" a:attr=\"out\"></e5><e6 xmlns:a=\"http://www.w3.org\">\
         <e7 xmlns=\"http://www.ietf.org\"><e8 xmlns=\"\"></e8></e7></e6></doc>";
    assert_eq!(whole(text, &INCLUSIVE), canonical);
}

#[test]
fn what_is_spelled_canonically_and_what_is_not_stand_side_by_side() {
    let plain = "<b c=\"1\" d=\"&amp;&quot;\">x &amp; y</b>\n ".repeat(200);
    let pairs = [
        ("<e/>", "<e></e>"),
        ("<e />f", "<e></e>f"),
        ("<e ></e >", "<e></e>"),
        ("<e a='1'/>", "<e a=\"1\"></e>"),
        ("<e  a=\"1\"\nb=\"2\">", "<e a=\"1\" b=\"2\">"),
        ("<e b=\"2\" a=\"1\">", "<e a=\"1\" b=\"2\">"),
        ("<e a=\"&gt;>\">", "<e a=\">>\">"),
        ("<e>></e>", "<e>&gt;</e>"),
        ("<e><![CDATA[<]]>.</e>", "<e>&lt;.</e>"),
        ("<e>&#x41;&#xD;</e>", "<e>A&#xD;</e>"),
        ("<e>\r\n</e>", "<e>\n</e>"),
    ];
    for (written, canonical) in pairs {
        let [end, canonical_end] =
            [written, canonical].map(|it| match it.contains("</e") || it.contains("/>") {
                true => "",
                false => "</e>",
            });
        for around in ["", "<b></b>", &plain] {
            let text = format!("<a>{around}{written}{end}{around}{written}{end}</a>");
            let expected = format!(
                "<a>{around}{canonical}{canonical_end}{around}{canonical}{canonical_end}</a>"
            );
            assert_eq!(whole(&text, &EXCLUSIVE), expected, "{written}");
            assert_eq!(whole(&text, &INCLUSIVE), expected, "{written}");
        }
    }
}

#[test]
fn character_modifications() {
    // Canonical XML 1.0 section 3.4.
    let text = "<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value>\
         <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\
         <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/></doc>";
    let canonical = "<doc><text>First line&#xD;\nSecond line</text><value>2</value>\
         <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\
         <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm></doc>";
    assert_eq!(whole(text, &INCLUSIVE), canonical);
}

#[test]
fn exclusive_subtrees_do_not_depend_on_where_they_stand() {
    // Exclusive XML Canonicalization section 2.2.
    let wrapped = |outer: &str| {
        format!(
            "{outer}<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\">\
         <n3:stuff xmlns:n3=\"ftp://example.org\"/></n1:elem2></n0:pdu>"
        )
    };
    let one = wrapped("<n0:pdu xmlns:n0='http://a.example'>");
    let two = wrapped("<n0:pdu xmlns:n0='http://b.example' xmlns:n2='foo:x' xml:space='retain'>");
    let exclusive = "<n1:elem2 xmlns:n1=\"http://example.net\" xml:lang=\"en\">\
         <n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
    assert_eq!(subtree(&one, "elem2", &EXCLUSIVE), exclusive);
    assert_eq!(subtree(&two, "elem2", &EXCLUSIVE), exclusive);
    let inclusive = "<n1:elem2 xmlns:n0=\"http://b.example\" xmlns:n1=\"http://example.net\" xmlns:n2=\"foo:x\" \
         xml:lang=\"en\" xml:space=\"retain\"><n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff></n1:elem2>";
    assert_eq!(subtree(&two, "elem2", &INCLUSIVE), inclusive);
}

#[test]
fn a_prefix_list_is_rendered_inclusively() {
    let text = "<a xmlns='urn:d' xmlns:p='urn:p' xmlns:q='urn:q'><q:b><c xmlns=''/></q:b></a>";
    let listed = |list: &'static [&'static str]| Canonicalization {
        inclusive_prefixes: list,
        ..EXCLUSIVE
    };
    let check = |list, expected: &str| assert_eq!(subtree(text, "b", &listed(list)), expected);
    check(&[], "<q:b xmlns:q=\"urn:q\"><c></c></q:b>");
    check(
        &["p", "none"],
        "<q:b xmlns:p=\"urn:p\" xmlns:q=\"urn:q\"><c></c></q:b>",
    );
    check(
        &["#default"],
        "<q:b xmlns=\"urn:d\" xmlns:q=\"urn:q\"><c xmlns=\"\"></c></q:b>",
    );
}

#[test]
fn attributes_in_the_xml_namespace_are_inherited_by_the_inclusive_methods() {
    let text = "<a xml:lang='ru' xml:base='http://h/x/' xml:id='i' xml:other='o'>\
         <b xml:space='preserve' xml:base='y/'><c xml:lang='en' xml:base='../z'/></b></a>";
    let one = "<c xml:base=\"../z\" xml:id=\"i\" xml:lang=\"en\" xml:other=\"o\" xml:space=\"preserve\"></c>";
    assert_eq!(subtree(text, "c", &INCLUSIVE), one);
    let two = "<c xml:base=\"http://h/x/z\" xml:lang=\"en\" xml:space=\"preserve\"></c>";
    assert_eq!(subtree(text, "c", &INCLUSIVE11), two);
    assert_eq!(
        subtree(text, "c", &EXCLUSIVE),
        "<c xml:base=\"../z\" xml:lang=\"en\"></c>"
    );
}

#[test]
fn a_hidden_subtree_is_left_out() {
    let text = "<a xmlns='urn:d'>1<s xmlns='urn:s'><t/></s>2<!-- c --><b/></a>";
    let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
    let hidden = document.root().child("urn:s", "s").unwrap().id();
    let expected = b"<a xmlns=\"urn:d\">12<b></b></a>".to_vec();
    for how in [EXCLUSIVE, INCLUSIVE, INCLUSIVE11] {
        let whole = Subtree::Document(&document, Some(hidden));
        assert_eq!(canonical_bytes(whole, &how).unwrap(), expected);
        let element = Subtree::Element(document.root().without(hidden));
        assert_eq!(canonical_bytes(element, &how).unwrap(), expected);
    }
}

#[test]
fn relative_namespaces_have_no_canonical_form() {
    let check = |text: &str, refused: bool| {
        let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
        let result = canonical_bytes(Subtree::Document(&document, None), &EXCLUSIVE);
        assert_eq!(
            result.err().map(|e| e.code()),
            refused.then_some("XML_RELATIVE_NAMESPACE")
        );
    };
    check("<a xmlns='urn:a'><b xmlns=''/></a>", false);
    check("<a xmlns='a'/>", true);
    check("<a xmlns:p='../a:b'/>", true);
}

#[test]
fn large_values_stream_in_order() {
    let value = "x>".repeat(20_000);
    let text = format!("<a b='{value}'>{value}</a>");
    let escaped = "x&gt;".repeat(20_000);
    assert_eq!(
        whole(&text, &EXCLUSIVE),
        format!("<a b=\"{value}\">{escaped}</a>")
    );
}

/// White space between tags is no node of the document, and stands in the canonical form all the same.
#[test]
fn white_space_between_tags_stays() {
    let with_comments = Canonicalization {
        comments: true,
        ..EXCLUSIVE
    };
    for (text, canonical) in [
        ("<a>\n <b></b>\n\t<c>\n </c> </a>", None),
        ("<a> <b> </b> </a>", None),
        ("<a> t <b></b> u <b></b> </a>", None),
        ("<a> <!-- c --> <b></b> <!-- c --> </a>", None),
        ("<a> <?p v?> <b> <?p v?> </b> <?p v?> </a>", None),
        ("<a> <!-- c --> </a>", None),
        (
            "<a  > <b  /> <b  ></b  > </a  >",
            Some("<a> <b></b> <b></b> </a>"),
        ),
        ("<a>\r\n <b/>\r </a>", Some("<a>\n <b></b>\n </a>")),
        ("<a>&#32; <b/> &#xD; </a>", Some("<a>  <b></b> &#xD; </a>")),
        (
            "<a> <![CDATA[ ]]> <b/><![CDATA[ ]]></a>",
            Some("<a>   <b></b> </a>"),
        ),
        (
            "<a> <![CDATA[]]><b/><![CDATA[]]> </a>",
            Some("<a> <b></b> </a>"),
        ),
    ] {
        let canonical = canonical.unwrap_or(text);
        assert_eq!(whole(text, &with_comments), canonical, "{text}");
        // Without white space around it the element is the whole of its subtree.
        let within = format!("<w> {text} </w>");
        assert_eq!(subtree(&within, "a", &with_comments), canonical, "{text}");
    }
    assert_eq!(
        whole("<a> <!-- c --> <b/> <!-- c --> </a>", &EXCLUSIVE),
        "<a>  <b></b>  </a>"
    );
}

/// What is hidden takes no white space with it.
#[test]
fn white_space_around_what_is_hidden_stays() {
    for (text, canonical) in [
        ("<a> <h> <i/> </h> </a>", "<a>  </a>"),
        ("<a> t<h/> </a>", "<a> t </a>"),
        ("<a> <h/>t </a>", "<a> t </a>"),
        ("<a> <b/> <h/> <b/> </a>", "<a> <b></b>  <b></b> </a>"),
        ("<a><h/> </a>", "<a> </a>"),
        ("<a> <h/></a>", "<a> </a>"),
    ] {
        let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
        let hidden = document.root().child("", "h").unwrap().id();
        let whole = Subtree::Document(&document, Some(hidden));
        let element = Subtree::Element(document.root().without(hidden));
        for what in [whole, element] {
            let bytes = canonical_bytes(what, &EXCLUSIVE).unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), canonical, "{text}");
        }
    }
}
