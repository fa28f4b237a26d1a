//! Whole schemas from small documents: each construct with an accepted case and a rejected twin.

use std::collections::HashMap;

use super::*;
use crate::xml::{Limits, parse};

/// Documents by name.
pub(super) struct Files(HashMap<String, String>);

impl Files {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let all = files
            .iter()
            .map(|(name, text)| (name.to_string(), text.to_string()));
        Self(all.collect())
    }
}

impl Resolver for Files {
    fn load(&self, location: &str, _base: &str) -> Option<(String, Vec<u8>)> {
        let text = self.0.get(location)?;
        Some((location.to_owned(), text.clone().into_bytes()))
    }
}

/// A document around global components, with target namespace `urn:t` bound to `t`.
pub(super) fn document(components: &str) -> String {
    format!(
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">{components}</xs:schema>"#
    )
}

pub(super) fn compile(components: &str) -> Result<Schema, Error> {
    Schema::compile(&["s"], &Files::new(&[("s", &document(components))]))
}

pub(super) fn schema(components: &str) -> Schema {
    compile(components).unwrap_or_else(|e| panic!("{components}: {e}"))
}

/// The codes of the faults of a document; `xmlns="urn:t"` is added to its first tag.
pub(super) fn codes(schema: &Schema, xml: &str) -> Vec<&'static str> {
    faults(schema, xml)
        .iter()
        .map(|fault| fault.rule.code())
        .collect()
}

pub(super) fn faults(schema: &Schema, xml: &str) -> Vec<Fault> {
    let end = xml.find(['>', '/', ' ']).unwrap();
    let xml = format!(
        r#"{} xmlns="urn:t" xmlns:t="urn:t" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{}"#,
        &xml[..end],
        &xml[end..]
    );
    let document =
        parse(xml.as_bytes(), None, &Limits::default()).unwrap_or_else(|e| panic!("{xml}: {e}"));
    schema.validate(document.root(), 10)
}

pub(super) fn valid(schema: &Schema, xml: &str) {
    let found = faults(schema, xml);
    assert!(found.is_empty(), "{xml}: {found:?}");
}

pub(super) fn broken(schema: &Schema, xml: &str, codes_expected: &[&str]) {
    assert_eq!(
        codes(schema, xml),
        codes_expected,
        "{xml}: {:?}",
        faults(schema, xml)
    );
}

#[test]
fn first() {
    let s = schema(
        r#"<xs:element name="a"><xs:complexType><xs:sequence><xs:element name="b" type="xs:int" maxOccurs="2"/></xs:sequence></xs:complexType></xs:element>"#,
    );
    valid(&s, "<a><b>1</b><b>2</b></a>");
    broken(
        &s,
        "<a><b>1</b><b>2</b><b>3</b></a>",
        &["SCHEMA_ELEMENT_UNEXPECTED"],
    );
    broken(&s, "<a/>", &["SCHEMA_ELEMENT_MISSING"]);
    broken(&s, "<a><b>x</b></a>", &["SCHEMA_VALUE"]);
}
