//! Whole schemas from small documents: each construct with an accepted case and a rejected twin.

mod blocking;
mod content;
mod derivation;
mod describing;
mod keys;
mod loading;
mod narrowing;
mod redefining;
mod restricting;
mod values;
mod wildcards;

use std::collections::HashMap;

use super::*;
use crate::xml::{Limits, parse};

/// Documents by name.
struct Files(HashMap<String, String>);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
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
fn document(components: &str) -> String {
    format!(
        r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">{components}</xs:schema>"#
    )
}

fn compile(components: &str) -> Result<Schema, Error> {
    Schema::compile(&["s"], &Files::new(&[("s", &document(components))]))
}

fn schema(components: &str) -> Schema {
    compile(components).unwrap_or_else(|e| panic!("{components}: {e}"))
}

/// The codes of the faults of a document; `xmlns="urn:t"` is added to its first tag.
fn codes(schema: &Schema, xml: &str) -> Vec<&'static str> {
    faults(schema, xml)
        .iter()
        .map(|fault| fault.rule.code())
        .collect()
}

fn faults(schema: &Schema, xml: &str) -> Vec<Fault> {
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

fn valid(schema: &Schema, xml: &str) {
    let found = faults(schema, xml);
    assert!(found.is_empty(), "{xml}: {found:?}");
}

fn broken(schema: &Schema, xml: &str, codes_expected: &[&str]) {
    assert_eq!(
        codes(schema, xml),
        codes_expected,
        "{xml}: {:?}",
        faults(schema, xml)
    );
}
