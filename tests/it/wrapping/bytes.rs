//! Attacks on the bytes before anything is verified: document types and entities, encodings that two
//! readers take differently, breadth and depth. Start at [`all`].

#![expect(
    clippy::too_many_lines,
    reason = "tables: what an attack is made of and its code stand together"
)]

use super::Attack;
use super::doubles::evil_in_place;
use super::signed::*;

/// Every attack of this kind.
pub(super) fn all(message: &Message) -> Vec<Attack> {
    let mut attacks = types(message);
    attacks.extend(encodings(message));
    attacks.extend(shapes(message));
    attacks
}

/// Whatever a document type can do: it is refused for being there.
fn types(m: &Message) -> Vec<Attack> {
    let root = root_name(&m.text);
    let laughs: String = (1..10)
        .map(|at| {
            format!(
                "<!ENTITY l{at} \"{}\">",
                format!("&l{};", at - 1).repeat(10)
            )
        })
        .collect();
    let mut attacks = Vec::new();
    for (name, subset) in [
        ("an entity", "<!ENTITY e \"x\">".to_owned()),
        (
            "a file as entity",
            "<!ENTITY e SYSTEM \"file:///etc/passwd\">".to_owned(),
        ),
        (
            "an entity over http",
            "<!ENTITY e SYSTEM \"http://127.0.0.1:1/e\">".to_owned(),
        ),
        (
            "an entity over ftp",
            "<!ENTITY e SYSTEM \"ftp://127.0.0.1:1/e\">".to_owned(),
        ),
        (
            "an entity over UNC",
            "<!ENTITY e SYSTEM \"\\\\127.0.0.1\\e\">".to_owned(),
        ),
        (
            "a parameter entity",
            "<!ENTITY % p SYSTEM \"http://127.0.0.1:1/p\"> %p;".to_owned(),
        ),
        ("a billion laughs", format!("<!ENTITY l0 \"lol\">{laughs}")),
        (
            "quadratic growth",
            format!("<!ENTITY e \"{}\">", "x".repeat(20_000)),
        ),
        (
            "an attribute of type ID",
            format!("<!ATTLIST {root} Other ID #IMPLIED>"),
        ),
        (
            "an attribute by default",
            format!("<!ATTLIST {root} Id CDATA \"{ID}\">"),
        ),
        ("nothing", String::new()),
    ] {
        let text = format!("<!DOCTYPE {root} [{subset}]>{}", m.text);
        attacks.push(Attack::new(
            format!("a document type with {name}"),
            text,
            "XML_DTD",
        ));
    }
    for (name, external) in [
        ("of a system", "SYSTEM \"http://127.0.0.1:1/d.dtd\""),
        ("that is public", "PUBLIC \"-//X//Y\" \"d.dtd\""),
    ] {
        let text = format!("<!DOCTYPE {root} {external}>{}", m.text);
        attacks.push(Attack::new(
            format!("a document type {name}"),
            text,
            "XML_DTD",
        ));
    }
    let evil = evil_in_place(m);
    let open = start_tag(&m.evil);
    attacks.extend([
        Attack::new("an entity that nobody declared", m.inside_content("&e;"), "XML_ENTITY"),
        Attack::new(
            "XInclude",
            swap(
                &evil,
                open,
                &format!(
                    "{open}<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" \
                     href=\"file:///etc/passwd\" parse=\"text\"/>"
                ),
            ),
            "SIG_DIGEST_MISMATCH",
        ),
        Attack::new(
            "a schema to fetch",
            swap(
                &evil,
                open,
                &with_attributes(
                    open,
                    " xmlns:z=\"http://www.w3.org/2001/XMLSchema-instance\" z:schemaLocation=\"urn:a http://127.0.0.1:1/a.xsd\"",
                ),
            ),
            "SIG_DIGEST_MISMATCH",
        ),
    ]);
    if m.build == Build::EnvelopedWhole {
        attacks.push(Attack::new(
            "a style sheet to apply",
            format!(
                "<?xml-stylesheet href=\"http://127.0.0.1:1/s.xsl\" type=\"text/xsl\"?>{}",
                m.text
            ),
            "SIG_DIGEST_MISMATCH",
        ));
    }
    attacks
}

/// Bytes that say of themselves what they are not.
fn encodings(m: &Message) -> Vec<Attack> {
    let declared = |version: &str, encoding: &str| {
        format!(
            "<?xml version=\"{version}\" encoding=\"{encoding}\"?>{}",
            m.text
        )
    };
    let utf_16 = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xFF, 0xFE].into_iter().chain(units).collect()
    };
    let put = |bytes: &[u8]| {
        let at = m.content_at();
        [&m.text.as_bytes()[..at], bytes, &m.text.as_bytes()[at..]].concat()
    };
    vec![
        Attack::new(
            "UTF-7",
            declared("1.0", "UTF-7"),
            "XML_ENCODING_UNSUPPORTED",
        ),
        Attack::new(
            "EBCDIC",
            declared("1.0", "IBM037"),
            "XML_ENCODING_UNSUPPORTED",
        ),
        Attack::new(
            "ISO 8859-1",
            declared("1.0", "ISO-8859-1"),
            "XML_ENCODING_UNSUPPORTED",
        ),
        Attack::new(
            "UTF-16 said of UTF-8",
            declared("1.0", "UTF-16"),
            "XML_BYTE_ORDER_MARK",
        ),
        Attack::new(
            "UTF-8 said of UTF-16",
            utf_16(&declared("1.0", "UTF-8")),
            "XML_ENCODING_CONFLICT",
        ),
        Attack::new(
            "another encoding behind the mark of UTF-8",
            format!("\u{feff}{}", declared("1.0", "windows-1251")),
            "XML_ENCODING_CONFLICT",
        ),
        Attack::new("XML 1.1", declared("1.1", "UTF-8"), "XML_SYNTAX"),
        Attack::new(
            "an overlong character",
            put(&[0xC0, 0xBC]),
            "XML_ENCODING_MALFORMED",
        ),
        Attack::new(
            "half a character",
            put(&[0xE2, 0x82]),
            "XML_ENCODING_MALFORMED",
        ),
        Attack::new(
            "a surrogate in UTF-8",
            put(&[0xED, 0xA0, 0x80]),
            "XML_ENCODING_MALFORMED",
        ),
        Attack::new("NUL", put(&[0]), "XML_CHARACTER"),
        Attack::new("a reference to NUL", put(b"&#0;"), "XML_CHARACTER"),
        Attack::new("a control character", put(&[7]), "XML_CHARACTER"),
    ]
}

/// Markup that readers take differently, and more of everything than anybody needs.
fn shapes(m: &Message) -> Vec<Attack> {
    let attributes: String = (0..257).map(|at| format!(" a{at}=\"\"")).collect();
    let namespaces: String = (0..65)
        .map(|at| format!(" xmlns:n{at}=\"urn:n\""))
        .collect();
    let deep = format!("{}{}", "<x>".repeat(200), "</x>".repeat(200));
    let into = |more: &str| m.inside_content(more);
    vec![
        Attack::new(
            "evil behind the message",
            format!("{}{}", m.text, m.evil),
            "XML_SYNTAX",
        ),
        Attack::new(
            "evil before the message",
            format!("{}{}", m.evil, m.text),
            "XML_SYNTAX",
        ),
        Attack::new(
            "text behind the message",
            format!("{}x", m.text),
            "XML_SYNTAX",
        ),
        Attack::new(
            "a message without its end",
            m.text[..m.text.len() - 1].to_owned(),
            "XML_TRUNCATED",
        ),
        Attack::new("nothing", String::new(), "XML_EMPTY"),
        // It has no canonical form: what is not digested must not be taken for what was.
        Attack::new(
            "a relative namespace",
            into("<x xmlns=\"a/b\"/>"),
            "SIG_CANONICAL",
        ),
        Attack::new(
            "a prefix that is not bound",
            into("<p:x/>"),
            "XML_NAMESPACE",
        ),
        Attack::new(
            "a prefix bound to nothing",
            into("<p:x xmlns:p=\"\"/>"),
            "XML_NAMESPACE",
        ),
        Attack::new(
            "xml bound otherwise",
            into("<x xmlns:xml=\"urn:a\"/>"),
            "XML_NAMESPACE",
        ),
        Attack::new("end tags exchanged", into("<x><y></x></y>"), "XML_END_TAG"),
        Attack::new(
            "an attribute twice",
            into("<x a=\"1\" a=\"2\"/>"),
            "XML_DUPLICATE_ATTRIBUTE",
        ),
        Attack::new("200 elements inside each other", into(&deep), "XML_DEPTH"),
        Attack::new(
            "257 attributes",
            into(&format!("<x{attributes}/>")),
            "XML_ATTRIBUTES",
        ),
        Attack::new(
            "65 namespaces",
            into(&format!("<x{namespaces}/>")),
            "XML_NAMESPACES",
        ),
        Attack::new(
            "a name of 513 bytes",
            into(&format!("<{}/>", "x".repeat(513))),
            "XML_NAME_BYTES",
        ),
    ]
}

/// The name of the document element, with its prefix.
fn root_name(text: &str) -> String {
    let open = start_tag(text);
    let end = open.find([' ', '>']).unwrap();
    open[1..end].to_owned()
}
