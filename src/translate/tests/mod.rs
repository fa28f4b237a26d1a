//! Golden tests of the mapping language: each construct decodes to canonical JSON and encodes back.

mod awake;
mod codes;
mod conditions;
mod divisions;
mod documents;
mod fields;
mod groups;
mod kept;
mod lanes;
mod packages;
mod series;
mod texts;

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::*;
use crate::xml::{Document, Limits, parse};

/// A folder with one package `t/m/1`; the schema's root is `m`, without namespace.
pub(super) struct Bench {
    folder: tempfile::TempDir,
}

pub(super) const HEAD: &str = "party = 't'\nmessage = 'm'\nversion = '1'\ntitle = 'test'\n\
                               root = 'm'\nschema = ['m.xsd']\n";

impl Bench {
    pub(super) fn new(content: &str, map: &str) -> Self {
        Self::with(HEAD, content, map)
    }

    pub(super) fn with(head: &str, content: &str, map: &str) -> Self {
        let bench = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        bench.write("t/m/1/package.toml", head);
        bench.write("t/m/1/m.xsd", &schema(content));
        bench.write("t/m/1/map.toml", map);
        bench
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn load(&self) -> Packages {
        match Packages::load(self.path()) {
            Ok(packages) => packages,
            Err(faults) => panic!("{faults:#?}"),
        }
    }

    pub(super) fn faults(&self) -> Vec<String> {
        match Packages::load(self.path()) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(ToString::to_string).collect(),
        }
    }

    /// Decodes, compares the canonical JSON, encodes, compares the message.
    #[track_caller]
    pub(super) fn both_ways(&self, message: &str, canonical: Value) {
        let packages = self.load();
        let package = packages.find("t/m").unwrap();
        let document = document(message);
        let decoded = package
            .decode(document.root(), &DecodeContext::default())
            .unwrap();
        assert_eq!(decoded.findings, [], "findings on decode");
        assert_eq!(decoded.canonical_json().unwrap(), canonical);
        let encoded = encode(&decoded, package, &open_lane(), &context());
        assert_eq!(encoded.findings, [], "findings on encode");
        assert_eq!(encoded.losses, [], "losses");
        assert_eq!(text(&encoded), message);
    }

    /// Decodes and encodes with a lane.
    pub(super) fn through(&self, message: &str, rules: &LaneRules) -> Encoded {
        self.with_context(message, rules, &context())
    }

    pub(super) fn with_context(
        &self,
        message: &str,
        rules: &LaneRules,
        context: &EncodeContext<'_>,
    ) -> Encoded {
        let packages = self.load();
        let package = packages.find("t/m").unwrap();
        let document = document(message);
        let decoded = package
            .decode(document.root(), &DecodeContext::default())
            .unwrap();
        encode(&decoded, package, rules, context)
    }

    pub(super) fn decode_json(&self, message: &str) -> (Value, Vec<Finding>, Vec<String>) {
        let packages = self.load();
        let package = packages.find("t/m").unwrap();
        let document = document(message);
        let decoded = package
            .decode(document.root(), &DecodeContext::default())
            .unwrap();
        let unmapped = decoded.unmapped.iter().map(|u| u.source.path()).collect();
        (
            decoded.canonical_json().unwrap(),
            decoded.findings,
            unmapped,
        )
    }
}

pub(super) fn document(message: &str) -> Document {
    parse(message.as_bytes(), None, &Limits::default()).unwrap()
}

/// Everything may pass.
pub(super) fn open_lane() -> LaneRules {
    lane("pass = ['personal', 'value']")
}

pub(super) fn lane(text: &str) -> LaneRules {
    toml::from_str(text).unwrap()
}

pub(super) fn context() -> EncodeContext<'static> {
    let now: Timestamp = "2026-03-01T09:30:00Z".parse().unwrap();
    EncodeContext::from_uuid(now, uuid::Uuid::from_u128(0x1234))
}

/// The message without its declaration.
#[track_caller]
pub(super) fn text(encoded: &Encoded) -> String {
    let Some(xml) = &encoded.xml else {
        panic!("no message: {:#?}", encoded.findings);
    };
    let text = String::from_utf8(xml.clone()).unwrap();
    let start = text.find("?>").unwrap() + 2;
    text[start..].trim().to_owned()
}

/// A schema whose root `m` has this content, written shortly: `a:string b?:decimal c*:string
/// g*{ x:string @y?:string }`.
fn schema(content: &str) -> String {
    let mut tokens = content
        .replace('{', " { ")
        .replace('}', " } ")
        .split_whitespace()
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter()
        .peekable();
    let body = particles(&mut tokens);
    format!(
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\
         <xs:element name=\"m\">{body}</xs:element></xs:schema>"
    )
}

fn particles(tokens: &mut std::iter::Peekable<std::vec::IntoIter<String>>) -> String {
    let mut elements = String::new();
    let mut attributes = String::new();
    while let Some(token) = tokens.next() {
        if token == "}" {
            break;
        }
        let (name, kind) = token.split_once(':').unwrap_or((&token, ""));
        let (name, occurs) = match name.chars().last().unwrap() {
            '?' => (&name[..name.len() - 1], (0, "1")),
            '*' => (&name[..name.len() - 1], (0, "unbounded")),
            '+' => (&name[..name.len() - 1], (1, "unbounded")),
            '2' => (&name[..name.len() - 1], (0, "2")),
            _ => (name, (1, "1")),
        };
        if let Some(name) = name.strip_prefix('@') {
            let need = if occurs.0 == 1 {
                "required"
            } else {
                "optional"
            };
            attributes +=
                &format!("<xs:attribute name=\"{name}\" type=\"xs:{kind}\" use=\"{need}\"/>");
            continue;
        }
        let (min, max) = occurs;
        let start = format!("<xs:element name=\"{name}\" minOccurs=\"{min}\" maxOccurs=\"{max}\"");
        if let Some(kind) = kind.strip_prefix("unit-") {
            elements += &format!(
                "{start}><xs:complexType><xs:simpleContent><xs:extension base=\"xs:{kind}\">\
                 <xs:attribute name=\"u\" type=\"xs:string\" use=\"required\"/>\
                 </xs:extension></xs:simpleContent></xs:complexType></xs:element>"
            );
        } else if kind.is_empty() {
            assert_eq!(tokens.next().as_deref(), Some("{"), "{name}");
            elements += &format!("{start}>{}</xs:element>", particles(tokens));
        } else {
            elements += &format!("{start} type=\"xs:{kind}\"/>");
        }
    }
    format!("<xs:complexType><xs:sequence>{elements}</xs:sequence>{attributes}</xs:complexType>")
}
