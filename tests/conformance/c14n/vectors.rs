//! Published canonical forms: Apache Santuario's copies of the W3C vectors. Those that select nodes
//! by XPath have no counterpart here and are left out, except where the expression selects a
//! subtree. Documents with a document type declaration are compared once libxml2 has resolved it
//! away.

use std::fs;
use std::path::{Path, PathBuf};

use corridor::xml::{
    Canonicalization, Document, Error, Limits, Method, NodeId, Subtree, canonical_bytes, parse,
};

use super::{no_xmllint, resolved};
use crate::exceptions::Verdicts;

/// What of a document is canonicalised.
enum Part {
    Whole,
    /// The first element of that local name.
    Element(&'static str),
    /// The document element without the first element of that local name.
    Without(&'static str),
}

struct Vector {
    input: &'static str,
    output: &'static str,
    part: Part,
    method: Method,
    comments: bool,
}

const fn whole(input: &'static str, output: &'static str) -> Vector {
    Vector {
        input,
        output,
        part: Part::Whole,
        method: Method::Inclusive10,
        comments: false,
    }
}

const fn subtree(
    input: &'static str,
    output: &'static str,
    local: &'static str,
    method: Method,
) -> Vector {
    Vector {
        input,
        output,
        part: Part::Element(local),
        method,
        comments: false,
    }
}

/// Vectors of Canonical XML 1.0 and Exclusive XML Canonicalization.
const SANTUARIO: [Vector; 15] = [
    whole("in/31_input.xml", "in/31_c14n.xml"),
    Vector {
        comments: true,
        ..whole("in/31_input.xml", "in/31_c14n-comments.xml")
    },
    whole("in/32_input.xml", "in/32_c14n.xml"),
    whole("in/33_input.xml", "in/33_c14n.xml"),
    whole("in/34_input.xml", "in/34_c14n.xml"),
    whole("in/35_input.xml", "in/35_c14n.xml"),
    whole("in/36_input.xml", "in/36_c14n.xml"),
    subtree(
        "in/default_ns_redefinition_input.xml",
        "in/default_ns_redefinition_c14n.xml",
        "Object",
        Method::Exclusive,
    ),
    subtree(
        "inExcl/example2_2_1.xml",
        "inExcl/example2_2_1_c14nized.xml",
        "elem2",
        Method::Inclusive10,
    ),
    subtree(
        "inExcl/example2_2_2.xml",
        "inExcl/example2_2_2_c14nized.xml",
        "elem2",
        Method::Inclusive10,
    ),
    subtree(
        "inExcl/example2_2_1.xml",
        "inExcl/example2_2_c14nized_exclusive.xml",
        "elem2",
        Method::Exclusive,
    ),
    subtree(
        "inExcl/example2_2_2.xml",
        "inExcl/example2_2_c14nized_exclusive.xml",
        "elem2",
        Method::Exclusive,
    ),
    subtree(
        "inExcl/example2_2_3.xml",
        "inExcl/example2_2_3_c14nized_exclusive.xml",
        "p",
        Method::Exclusive,
    ),
    subtree(
        "inExcl/example2_4.xml",
        "inExcl/example2_4_c14nized.xml",
        "elem2",
        Method::Exclusive,
    ),
    subtree(
        "inExcl/plain-soap-1.1.xml",
        "inExcl/plain-soap-c14nized.xml",
        "Body",
        Method::Exclusive,
    ),
];

const fn eleven(input: &'static str, output: &'static str, local: &'static str) -> Vector {
    subtree(input, output, local, Method::Inclusive11)
}

/// Interoperability vectors of Canonical XML 1.1.
const INTEROP: [Vector; 13] = [
    Vector {
        part: Part::Without("e2"),
        ..eleven(
            "xml-base-input.xml",
            "xmlbase-prop-1-IAIK-ref0.digestinput",
            "",
        )
    },
    eleven(
        "xml-base-input.xml",
        "xmlbase-prop-2-IAIK-ref0.digestinput",
        "e1",
    ),
    eleven(
        "xml-base-input.xml",
        "xmlbase-prop-3-IAIK-ref0.digestinput",
        "e11",
    ),
    eleven(
        "xml-base-input.xml",
        "xmlbase-prop-4-IAIK-ref0.digestinput",
        "e111",
    ),
    eleven(
        "xml-base-input.xml",
        "xmlbase-prop-5-IAIK-ref0.digestinput",
        "e21",
    ),
    eleven(
        "xml-base-input.xml",
        "xmlbase-prop-6-IAIK-ref0.digestinput",
        "e3",
    ),
    eleven("xml-id-input.xml", "xmlid-1-IAIK-ref0.digestinput", "e1"),
    eleven(
        "xml-lang-input.xml",
        "xmllang-1-IAIK-ref0.digestinput",
        "e1",
    ),
    eleven(
        "xml-lang-input.xml",
        "xmllang-2-IAIK-ref0.digestinput",
        "e2",
    ),
    eleven(
        "xml-lang-input.xml",
        "xmllang-3-IAIK-ref0.digestinput",
        "e11",
    ),
    eleven(
        "xml-space-input.xml",
        "xmlspace-1-IAIK-ref0.digestinput",
        "e1",
    ),
    eleven(
        "xml-space-input.xml",
        "xmlspace-2-IAIK-ref0.digestinput",
        "e2",
    ),
    eleven(
        "xml-space-input.xml",
        "xmlspace-3-IAIK-ref0.digestinput",
        "e11",
    ),
];

#[test]
fn published_canonical_forms() {
    let resources = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/vectors/santuario/src/test/resources/org"
    );
    let resources = Path::new(resources);
    if !resources.exists() {
        println!("skipped: no reference data");
        return;
    }
    if no_xmllint() {
        return;
    }
    let mut verdicts = Verdicts::new("c14n-vectors");
    run(
        resources.join("apache/xml/security/c14n"),
        &SANTUARIO,
        &mut verdicts,
    );
    run(
        resources.join("w3c/www/interop/xmldsig/c14n11"),
        &INTEROP,
        &mut verdicts,
    );
    verdicts.conclude();
}

fn run(folder: PathBuf, vectors: &[Vector], verdicts: &mut Verdicts) {
    for vector in vectors {
        let input = resolved(&folder.join(vector.input)).unwrap();
        let expected = fs::read(folder.join(vector.output)).unwrap();
        let actual = match form(input.as_bytes(), vector) {
            Ok(bytes) if bytes == expected => "the published form".to_owned(),
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => error.code().to_owned(),
        };
        verdicts.add(vector.output, "the published form", &actual);
    }
}

fn form(input: &[u8], vector: &Vector) -> Result<Vec<u8>, Error> {
    let document = parse(input, None, &Limits::default())?;
    let named = |local| id_of(&document, local);
    let what = match vector.part {
        Part::Whole => Subtree::Document(&document, None),
        Part::Element(local) => Subtree::Element(document.node(named(local)).unwrap()),
        Part::Without(local) => Subtree::Document(&document, Some(named(local))),
    };
    let how = Canonicalization {
        method: vector.method,
        comments: vector.comments,
        inclusive_prefixes: &[],
    };
    canonical_bytes(what, &how)
}

fn id_of(document: &Document, local: &str) -> NodeId {
    document
        .root()
        .descendants()
        .find(|node| node.name().local == local)
        .unwrap()
        .id()
}
