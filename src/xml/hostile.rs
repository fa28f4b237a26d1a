//! Tests with input that means harm, or none at all: refused by the named limit, never a panic.

use proptest::prelude::*;

use super::*;

const STRICT: Canonicalization<'_> = Canonicalization {
    method: Method::Inclusive10,
    comments: true,
    inclusive_prefixes: &[],
};

fn code(bytes: &[u8], limits: &Limits) -> &'static str {
    parse(bytes, None, limits).map_or_else(|error| error.code(), |_| "accepted")
}

fn many(head: &str, item: impl Fn(usize) -> String, count: usize, tail: &str) -> String {
    let items: String = (0..count).map(item).collect();
    format!("{head}{items}{tail}")
}

#[test]
fn each_limit_refuses_by_its_name() {
    let check =
        |text: &str, expected| assert_eq!(code(text.as_bytes(), &Limits::default()), expected);
    let attributes = |count| many("<a", |n| format!(" a{n}='{n}'"), count, "/>");
    check(&attributes(256), "accepted");
    check(&attributes(257), "XML_ATTRIBUTES");
    check(&attributes(200_000), "XML_ATTRIBUTES");
    let namespaces = |count| many("<a", |n| format!(" xmlns:p{n}='urn:{n}'"), count, "/>");
    check(&namespaces(64), "accepted");
    check(&namespaces(65), "XML_NAMESPACES");
    check(&namespaces(100_000), "XML_NAMESPACES");
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    check(&nested(128), "accepted");
    check(&nested(129), "XML_DEPTH");
    check(&nested(1_000_000), "XML_DEPTH");
    check(&"<a>".repeat(1_000_000), "XML_DEPTH");
    check(&format!("<{}/>", "n".repeat(512)), "accepted");
    check(&format!("<{}/>", "n".repeat(513)), "XML_NAME_BYTES");
    check(
        &format!("<a {}=''/>", "n".repeat(100_000)),
        "XML_NAME_BYTES",
    );
    check(&format!("<?{} ?><a/>", "n".repeat(513)), "XML_NAME_BYTES");
}

#[test]
fn nodes_of_every_kind_count() {
    let limits = Limits {
        nodes: 100,
        ..Limits::default()
    };
    let check = |item: &str| {
        let of = |count| format!("<a>{}</a>", item.repeat(count));
        assert_eq!(code(of(10).as_bytes(), &limits), "accepted", "{item}");
        assert_eq!(code(of(100).as_bytes(), &limits), "XML_NODES", "{item}");
    };
    check("<b/>");
    check("<b c=''/>");
    check("<b xmlns='u:u'/>");
    check("<!---->");
    check("<?p?>");
    check("x<b/>");
    let limits = Limits {
        bytes: 10,
        ..Limits::default()
    };
    assert_eq!(code(b"<abcdefg/>", &limits), "accepted");
    assert_eq!(code(b"<abcdefgh/>", &limits), "XML_BYTES");
}

#[test]
fn document_types_and_entities_are_refused() {
    let check =
        |text: &str, expected| assert_eq!(code(text.as_bytes(), &Limits::default()), expected);
    let laughs = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><l>&b;</l>";
    check(laughs, "XML_DTD");
    check("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "XML_DTD");
    check("<!doctype a><a/>", "XML_DTD");
    check("<!DOCTYPE><a/>", "XML_DTD");
    check("<a><!DOCTYPE a></a>", "XML_DTD");
    check("<!DOCTYPE a [", "XML_DTD");
    check("<a>&b;</a>", "XML_ENTITY");
    check("<a>&amp;</a>", "accepted");
}

#[test]
fn many_prefixes_cost_no_more_than_few() {
    // Every level binds as many prefixes as it may, then each of many elements resolves some: a
    // search through all bindings would take minutes.
    let level = |depth: usize| many("<a", |n| format!(" xmlns:p{depth}_{n}='urn:{n}'"), 64, ">");
    let deep: String = (0..127).map(level).collect();
    let uses = "<p0_0:b p0_1:c='' p64_3:d=''/>".repeat(20_000);
    let text = format!("{deep}{uses}{}", "</a>".repeat(127));
    let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
    for method in [Method::Inclusive10, Method::Inclusive11, Method::Exclusive] {
        let bytes = canonical_bytes(
            Subtree::Document(&document, None),
            &Canonicalization { method, ..STRICT },
        );
        assert!(bytes.unwrap().len() > 20_000);
    }
}

#[test]
fn inheriting_many_attributes_costs_little() {
    let level = |depth: usize| many("<a", |n| format!(" xml:a{depth}_{n}=''"), 256, ">");
    let deep: String = (0..127).map(level).collect();
    let text = format!("{deep}<b/>{}", "</a>".repeat(127));
    let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
    let node = document.root().descendants().last().unwrap();
    let bytes = canonical_bytes(Subtree::Element(node), &STRICT).unwrap();
    assert!(bytes.len() > 127 * 256);
}

#[test]
fn payload_stays_out_of_debug_output() {
    let document = parse(b"<a b='secret'>secret</a>", None, &Limits::default()).unwrap();
    let mut writer = Writer::new();
    writer.start("", "a", &[]).text("secret");
    let root = document.root();
    let shown = format!(
        "{document:?} {root:?} {:?} {writer:?}",
        root.attributes().next()
    );
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn places_in_one_long_line_cost_little() {
    let text = format!("<a>{}</a>", "<b>\u{416}</b>".repeat(50_000));
    let document = parse(text.as_bytes(), None, &Limits::default()).unwrap();
    let last = document
        .root()
        .elements()
        .map(|node| (node.position(), node.path()))
        .last();
    let (position, path) = last.unwrap();
    assert_eq!((position.line, position.column), (1, 4 + 49_999 * 8));
    assert_eq!(path, "/a/b[50000]");
}

#[test]
fn every_beginning_of_a_document_is_refused() {
    let text =
        "<?xml version='1.0'?><!--c--><p:a xmlns:p='u:u' b='&lt;'>t&#10;<![CDATA[x]]><?p v?></p:a>";
    for end in 0..text.len() {
        let result = parse(&text.as_bytes()[..end], None, &Limits::default());
        assert!(result.is_err(), "{}", &text[..end]);
    }
    assert_eq!(code(text.as_bytes(), &Limits::default()), "accepted");
}

/// Pieces of markup, to be put together at random.
const PIECES: [&str; 34] = [
    "<a>",
    "</a>",
    "<a/>",
    "<b c='",
    "<p:a xmlns:p='u:u'>",
    "</p:a>",
    "'",
    "\"",
    ">",
    "/>",
    "<",
    "&",
    "&lt;",
    "&#x10FFFF;",
    "&#0;",
    ";",
    "<!--",
    "-->",
    "--",
    "<![CDATA[",
    "]]>",
    "<?xml version='1.0'?>",
    "<?p ",
    "?>",
    "<!DOCTYPE a [",
    "]",
    "xmlns=''",
    " ",
    "\r\n",
    "\t",
    "\u{416}",
    "\u{FEFF}",
    "\u{FFFF}",
    "=",
];

/// A tree to be written: how many to open, close or write, and text.
#[derive(Debug, Clone)]
enum Step {
    Start(usize, usize),
    Attribute(usize, String),
    Text(String),
    End,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let text = || "[\t\n\r -~\u{85}\u{410}-\u{44F}\u{2028}\u{1F600}]{0,12}";
    let step = prop_oneof![
        (0..4_usize, 0..4_usize).prop_map(|(prefix, name)| Step::Start(prefix, name)),
        (0..4_usize, text()).prop_map(|(name, value)| Step::Attribute(name, value)),
        text().prop_map(Step::Text),
        Just(Step::End),
    ];
    prop::collection::vec(step, 0..60)
}

/// Writes what the steps say as far as it can be said; gives the bytes and all text in order.
fn write(steps: &[Step]) -> (Vec<u8>, String) {
    const PREFIXES: [&str; 4] = ["", "p", "q", "\u{436}"];
    const NAMES: [&str; 4] = ["a", "b", "\u{413}", "x.1"];
    let mut writer = Writer::new();
    let mut text = String::new();
    writer.start(
        "",
        "root",
        &[("p", "urn:p"), ("q", "urn:q&<"), ("\u{436}", "urn:p")],
    );
    let (mut depth, mut used, mut in_tag) = (1, Vec::new(), true);
    for step in steps {
        match step {
            Step::Start(prefix, name) => {
                let redeclared = if *name == 3 {
                    vec![("p", "urn:q&<"), ("", "urn:d")]
                } else {
                    vec![]
                };
                writer.start(PREFIXES[*prefix], NAMES[*name], &redeclared);
                (depth, in_tag) = (depth + 1, true);
                used.clear();
            }
            Step::Attribute(name, value) if in_tag && !used.contains(name) => {
                writer.attribute("", NAMES[*name], value);
                used.push(*name);
            }
            Step::Attribute(..) => {}
            Step::Text(piece) => {
                writer.text(piece);
                text.push_str(piece);
                in_tag = false;
            }
            Step::End if depth > 1 => {
                writer.end();
                (depth, in_tag) = (depth - 1, false);
            }
            Step::End => {}
        }
    }
    for _ in 0..depth {
        writer.end();
    }
    (writer.finish().unwrap(), text)
}

fn canonical(bytes: &[u8]) -> Vec<u8> {
    let document = parse(bytes, None, &Limits::default()).unwrap();
    canonical_bytes(Subtree::Document(&document, None), &STRICT).unwrap()
}

proptest! {
    #[test]
    fn random_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        charset in prop::sample::select(vec![None, Some("utf-8"), Some("utf-16le"), Some("windows-1251"), Some("gb18030")]),
    ) {
        // Nothing so random is a document.
        prop_assert!(parse(&bytes, charset, &Limits::default()).is_err());
    }

    #[test]
    fn random_markup_never_panics(
        pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..30),
    ) {
        let text = pieces.concat();
        if let Ok(document) = parse(text.as_bytes(), None, &Limits::default()) {
            let first = canonical_bytes(Subtree::Document(&document, None), &STRICT).unwrap();
            prop_assert_eq!(&canonical(&first), &first);
        }
    }

    #[test]
    fn damaged_documents_never_panic(at in 0..230_usize, byte in any::<u8>()) {
        let mut bytes = b"<?xml version='1.0' encoding='utf-8'?><!--c--><p:a xmlns:p='u:u' b='&lt;' xml:lang='ru'>\
            t&#10;<![CDATA[x]]><?p v?><p:b xmlns='u:v'>\xD0\x96<c d=\"1\" p:d='2'/></p:b><e>\xF0\x9F\x98\x80</e></p:a>".to_vec();
        if let Some(slot) = bytes.get_mut(at) {
            *slot = byte;
        }
        if let Ok(document) = parse(&bytes, None, &Limits::default()) {
            for node in document.root().descendants() {
                prop_assert!(node.position().byte < bytes.len());
                prop_assert!(node.end_tag_start() <= bytes.len());
            }
        }
    }

    #[test]
    fn what_is_written_is_read_and_its_canonical_form_is_stable(steps in steps()) {
        let (bytes, text) = write(&steps);
        let document = parse(&bytes, None, &Limits::default()).unwrap();
        let read: String = text_of(document.root());
        prop_assert_eq!(read, text);
        let first = canonical(&bytes);
        prop_assert_eq!(canonical(&first), first);
    }
}

fn text_of(node: Node<'_>) -> String {
    let mut text = String::new();
    let mut last = None;
    for child in node.children() {
        match child.kind() {
            NodeKind::Element => {
                if last != Some(NodeKind::Text) {
                    text.push_str(node.document().blank_before(child.position().byte));
                }
                text.push_str(&text_of(child));
            }
            NodeKind::Text => text.push_str(child.value()),
            NodeKind::Comment | NodeKind::ProcessingInstruction => {}
        }
        last = Some(child.kind());
    }
    if last.is_some_and(|last| last != NodeKind::Text) {
        text.push_str(node.document().blank_before(node.end_tag_start()));
    }
    text
}
