//! Documents made from a schema: valid, random, the same for the same seed. Start at [`Sampler`].
//!
//! What is written follows the content models as they are compiled, not what `describe` makes of
//! them. Each document is validated before it is given away; one that breaks a rule which the writer
//! does not know, such as a reference between keys, is thrown away and another one is made.

mod choice;
mod heights;
mod pattern;
mod values;
mod writer;

use std::fmt;

use super::component::{ElementId, Schema};
use super::fault::Fault;
use crate::xml::{self, Limits, QName};
use choice::Choice;
use heights::Heights;
use writer::Writer;

/// Documents that are made before giving up.
const TRIES_MAX: u64 = 20;

/// Why no document was made.
#[derive(Debug)]
pub enum NoSample {
    /// The schema has no such global element.
    NoElement,
    /// A type takes no value that we could think of, a content model no content, or the document
    /// would be too deep: what, and where.
    NoValue {
        /// The type or element.
        what: String,
        /// Where in the document.
        path: String,
    },
    /// What was made is not valid after all; the last fault.
    Invalid(Box<Fault>),
    /// What was made does not parse, which no schema should bring about.
    Unreadable(xml::Error),
}

impl fmt::Display for NoSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoElement => f.write_str("the schema has no such element"),
            Self::NoValue { what, path } => write!(f, "no value was found for {what} at {path}"),
            Self::Invalid(fault) => write!(f, "no valid document was found: {fault}"),
            Self::Unreadable(error) => write!(f, "what was made does not parse: {error}"),
        }
    }
}

impl std::error::Error for NoSample {}

/// Makes documents from a schema.
pub struct Sampler<'s> {
    schema: &'s Schema,
    heights: Heights,
}

impl fmt::Debug for Sampler<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampler").finish_non_exhaustive()
    }
}

impl<'s> Sampler<'s> {
    /// One for this schema.
    pub fn new(schema: &'s Schema) -> Self {
        let heights = heights::of(schema);
        Self { schema, heights }
    }

    /// A document with this element as its root. It is valid by the schema, in UTF-8, and the same
    /// for the same seed.
    ///
    /// # Errors
    /// [`NoSample`].
    pub fn document(&self, root: QName<'_>, seed: u64) -> Result<String, NoSample> {
        let name = self.schema.names.find(root.namespace, root.local);
        let root = name.and_then(|name| self.schema.global_elements.get(&name).copied());
        let root = root.ok_or(NoSample::NoElement)?;
        let mut last = NoSample::NoElement;
        for attempt in 0..TRIES_MAX {
            match self.attempt(root, Choice::of(seed, attempt)) {
                Ok(text) => return Ok(text),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn attempt(&self, root: ElementId, choice: Choice) -> Result<String, NoSample> {
        let text = Writer::new(self.schema, &self.heights, choice).document(root)?;
        let document = xml::parse(text.as_bytes(), None, &Limits::default());
        let document = document.map_err(NoSample::Unreadable)?;
        match self.schema.validate(document.root(), 1).pop() {
            None => Ok(text),
            Some(fault) => Err(NoSample::Invalid(Box::new(fault))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Resolver;

    struct One(&'static str);

    impl Resolver for One {
        fn load(&self, location: &str, _base: &str) -> Option<(String, Vec<u8>)> {
            Some((location.to_owned(), self.0.as_bytes().to_vec()))
        }
    }

    fn schema(body: &'static str) -> Schema {
        Schema::compile(&["x.xsd"], &One(body)).unwrap()
    }

    fn made(schema: &Schema, seeds: std::ops::Range<u64>) -> Vec<String> {
        let root = QName {
            namespace: "urn:t",
            local: "r",
        };
        let sampler = Sampler::new(schema);
        seeds
            .map(|seed| sampler.document(root, seed).unwrap())
            .collect()
    }

    #[test]
    fn every_branch_abstract_element_and_type_is_met_and_types_within_themselves_end() {
        let schema = schema(
            r###"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t"
                targetNamespace="urn:t" elementFormDefault="qualified">
              <xs:element name="r" type="Node"/>
              <xs:element name="head" abstract="true" type="xs:string"/>
              <xs:element name="one" substitutionGroup="head" type="xs:string"/>
              <xs:element name="two" substitutionGroup="head" type="xs:string"/>
              <xs:complexType name="Node"><xs:sequence>
                <xs:element ref="head"/>
                <xs:choice>
                  <xs:element name="leaf" type="Kind"/>
                  <xs:element name="node" type="Node" maxOccurs="3"/>
                </xs:choice>
                <xs:any namespace="##other" processContents="lax" minOccurs="0"/>
              </xs:sequence></xs:complexType>
              <xs:complexType name="Kind" abstract="true"/>
              <xs:complexType name="Code"><xs:complexContent><xs:extension base="Kind">
                <xs:attribute name="code" use="required"><xs:simpleType>
                  <xs:restriction base="xs:token"><xs:pattern value="[A-Z]{2}\d{3,}"/>
                    <xs:maxLength value="6"/></xs:restriction></xs:simpleType></xs:attribute>
              </xs:extension></xs:complexContent></xs:complexType>
            </xs:schema>"###,
        );
        let all = made(&schema, 0..200);
        for part in ["<one", "<two", "<leaf", "<node", "t:Code", "<Any"] {
            let with = all.iter().filter(|text| text.contains(part)).count();
            assert!((10..=200).contains(&with), "{part}: {with}");
        }
        assert_eq!(all, made(&schema, 0..200));
        assert_ne!(all[0], all[1]);
    }

    #[test]
    fn numbers_texts_and_lists_lie_within_their_facets() {
        let schema = schema(
            r###"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
              <xs:element name="r"><xs:complexType><xs:sequence>
                <xs:element name="mass"><xs:simpleType><xs:restriction base="xs:decimal">
                  <xs:totalDigits value="6"/><xs:fractionDigits value="3"/>
                  <xs:minExclusive value="0"/></xs:restriction></xs:simpleType></xs:element>
                <xs:element name="big"><xs:simpleType><xs:restriction base="xs:integer">
                  <xs:minInclusive value="123456789012"/></xs:restriction></xs:simpleType></xs:element>
                <xs:element name="cold"><xs:simpleType><xs:restriction base="xs:int">
                  <xs:maxExclusive value="-40"/></xs:restriction></xs:simpleType></xs:element>
                <xs:element name="list"><xs:simpleType><xs:restriction><xs:simpleType>
                  <xs:list itemType="xs:date"/></xs:simpleType><xs:length value="4"/>
                  </xs:restriction></xs:simpleType></xs:element>
                <xs:element name="long"><xs:simpleType><xs:restriction base="xs:string">
                  <xs:pattern value="\p{L}+"/><xs:length value="60"/></xs:restriction>
                  </xs:simpleType></xs:element>
              </xs:sequence></xs:complexType></xs:element>
            </xs:schema>"###,
        );
        assert_eq!(made(&schema, 0..100).len(), 100);
    }

    #[test]
    fn names_have_prefixes_and_keys_differ() {
        let schema = schema(
            r###"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" xmlns:f="urn:f"
                targetNamespace="urn:t" elementFormDefault="qualified">
              <xs:simpleType name="Reason"><xs:restriction base="xs:QName">
                <xs:enumeration value="f:one"/><xs:enumeration value="t:two"/></xs:restriction></xs:simpleType>
              <xs:element name="r"><xs:complexType><xs:sequence>
                <xs:element name="a" maxOccurs="2"><xs:complexType><xs:simpleContent>
                  <xs:extension base="t:Reason"><xs:attribute name="f" type="xs:QName" fixed="f:x" use="required"/>
                  </xs:extension></xs:simpleContent></xs:complexType></xs:element>
                <xs:element name="b" type="xs:boolean" minOccurs="2" maxOccurs="2"/>
              </xs:sequence></xs:complexType>
                <xs:unique name="u"><xs:selector xpath="t:b"/><xs:field xpath="."/></xs:unique></xs:element>
            </xs:schema>"###,
        );
        let all = made(&schema, 0..50);
        assert!(all.iter().all(|text| text.contains(r#"="urn:f""#)));
        assert!(all.iter().any(|text| text.contains(":two<")));
    }

    /// Digits of a pattern make a moment by luck alone, so that many of them would not be found.
    #[test]
    fn moments_that_a_pattern_asks_to_have_a_zone_are_found() {
        let schema = schema(
            r###"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t"
                targetNamespace="urn:t" elementFormDefault="qualified">
              <xs:simpleType name="When"><xs:restriction base="xs:dateTime">
                <xs:pattern value="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+\-]\d\d:\d\d)"/></xs:restriction></xs:simpleType>
              <xs:element name="r"><xs:complexType><xs:sequence>
                <xs:element name="a" type="t:When" minOccurs="20" maxOccurs="20"/>
              </xs:sequence></xs:complexType></xs:element>
            </xs:schema>"###,
        );
        assert_eq!(made(&schema, 0..50).len(), 50);
    }

    #[test]
    fn what_has_no_document_says_why() {
        let schema = schema(
            r###"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t"
                targetNamespace="urn:t">
              <xs:element name="r"><xs:complexType><xs:sequence>
                <xs:element ref="r"/></xs:sequence></xs:complexType></xs:element>
              <xs:element name="n"><xs:simpleType><xs:restriction base="xs:string">
                <xs:pattern value="a"/><xs:length value="2"/></xs:restriction></xs:simpleType></xs:element>
            </xs:schema>"###,
        );
        let sampler = Sampler::new(&schema);
        let of = |local| {
            let namespace = "urn:t";
            sampler.document(QName { namespace, local }, 0)
        };
        assert!(matches!(of("r"), Err(NoSample::NoValue { .. })));
        assert!(matches!(of("n"), Err(NoSample::NoValue { .. })));
        assert!(matches!(of("other"), Err(NoSample::NoElement)));
    }
}
