//! What a folder of schema documents defines, before anything of it is compiled. Start at
//! [`Survey::of`].
//!
//! Publishers give folders: some documents are messages, others are libraries of types and elements
//! that messages share, and others again only bind them together ("drivers"). Which is which has to
//! be seen from who includes and who refers to whom.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::error::Error;
use super::source::{XSD, parsed};
use crate::xml::{Document, Node};

/// A folder of schema documents.
#[derive(Debug)]
pub struct Survey {
    files: BTreeMap<String, File>,
    /// Elements that some document refers to, by namespace and local name.
    referred: HashSet<(String, String)>,
}

/// A message that a folder defines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// The document to compile.
    pub entry: String,
    /// Namespace of the document element; empty for none.
    pub namespace: String,
    /// Its local name.
    pub local: String,
    /// The document that defines it: the entry, or one that the entry binds in.
    pub defined: String,
}

#[derive(Debug)]
struct File {
    target: Option<String>,
    /// Documents that it includes, imports or redefines, of those that are there.
    needs: BTreeSet<String>,
    elements: Vec<Declared>,
}

#[derive(Debug)]
struct Declared {
    local: String,
    /// It is abstract, or stands for another one: nobody begins a document with it.
    inner: bool,
}

impl Survey {
    /// Looks at documents: each has a name, which is its path in the folder with `/` between the
    /// steps, and bytes.
    ///
    /// # Errors
    /// [`Error::Xml`] and [`Error::Invalid`] for what is no schema document.
    pub fn of<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Result<Self, Error> {
        let mut documents: BTreeMap<String, Document> = BTreeMap::new();
        for (name, bytes) in files {
            documents.insert(name.to_owned(), parsed(name, bytes)?);
        }
        let mut survey = Self {
            files: BTreeMap::new(),
            referred: HashSet::new(),
        };
        for (name, document) in &documents {
            let root = document.root();
            survey.refer(root);
            survey
                .files
                .insert(name.clone(), File::of(name, root, &documents));
        }
        Ok(survey)
    }

    /// Notes what a document refers to. A name without prefix in a document without namespace of its
    /// own may mean that of each document which includes it: it counts for all.
    fn refer(&mut self, root: Node<'_>) {
        let target = root.attribute("", "targetNamespace");
        for node in root.named(XSD, "element") {
            let Some(named) = node.attribute("", "ref") else {
                continue;
            };
            let named = named.trim();
            let (prefix, local) = named.split_once(':').unwrap_or(("", named));
            let namespace = node.resolve_prefix(prefix);
            let namespace = match (namespace, prefix, target) {
                (None, "", None) => "*",
                (namespace, ..) => namespace.unwrap_or_default(),
            };
            let referred = (namespace.to_owned(), local.to_owned());
            self.referred.insert(referred);
        }
    }

    /// The messages: global elements that nothing refers to, in documents that no other one needs,
    /// or alone in their document. `forced` are local names of elements that are messages whatever
    /// refers to them. Sorted by the document that defines them.
    pub fn roots(&self, forced: &[String]) -> Vec<Root> {
        let needed = self.files.values().flat_map(|file| &file.needs);
        let needed: HashSet<&str> = needed.map(String::as_str).collect();
        let mut roots = Vec::new();
        for (name, file) in &self.files {
            let is_library = needed.contains(name.as_str()) && file.elements.len() > 1;
            let entry = self.entry(name, &needed);
            let namespace = file.target.clone().or_else(|| {
                let entry = self.files.get(entry)?;
                entry.target.clone()
            });
            let namespace = namespace.unwrap_or_default();
            for Declared { local, inner } in &file.elements {
                let by_name = (namespace.clone(), local.clone());
                let anywhere = ("*".to_owned(), local.clone());
                let referred =
                    self.referred.contains(&by_name) || self.referred.contains(&anywhere);
                if forced.contains(local) || !(is_library || referred || *inner) {
                    roots.push(Root {
                        entry: entry.to_owned(),
                        namespace: namespace.clone(),
                        local: local.clone(),
                        defined: name.clone(),
                    });
                }
            }
        }
        roots
    }

    /// What to compile for a document: itself, or the driver that binds it together with others.
    /// A driver is needed by nobody and defines no element.
    fn entry<'s>(&'s self, name: &'s str, needed: &HashSet<&str>) -> &'s str {
        if !needed.contains(name) {
            return name;
        }
        let drivers = self
            .files
            .iter()
            .filter(|(driver, file)| !needed.contains(driver.as_str()) && file.elements.is_empty());
        let mut binding = drivers.filter(|(driver, _)| self.closure(driver).contains(name));
        binding.next().map_or(name, |(driver, _)| driver)
    }

    /// A document and all that it needs.
    pub fn closure<'s>(&'s self, name: &'s str) -> BTreeSet<&'s str> {
        let mut found = BTreeSet::new();
        let mut open = vec![name];
        while let Some(next) = open.pop() {
            if found.insert(next)
                && let Some(file) = self.files.get(next)
            {
                open.extend(file.needs.iter().map(String::as_str));
            }
        }
        found
    }
}

impl File {
    /// `documents` are all of the folder, by name.
    fn of(name: &str, root: Node<'_>, documents: &BTreeMap<String, Document>) -> Self {
        let mut needs = BTreeSet::new();
        let mut elements = Vec::new();
        for node in root.elements() {
            let is = |local| node.is(XSD, local);
            if is("include") || is("import") || is("redefine") {
                let location = node.attribute("", "schemaLocation").map(str::trim);
                let needed = location.and_then(|it| located(name, it, documents.keys()));
                needs.extend(needed.map(str::to_owned));
            } else if let (true, Some(local)) = (is("element"), node.attribute("", "name")) {
                let is_true = |value: &str| matches!(value.trim(), "true" | "1");
                elements.push(Declared {
                    local: local.trim().to_owned(),
                    inner: node.attribute("", "abstract").is_some_and(is_true)
                        || node.attribute("", "substitutionGroup").is_some(),
                });
            }
        }
        Self {
            target: root.attribute("", "targetNamespace").map(str::to_owned),
            needs,
            elements,
        }
    }
}

/// The document of a folder that a location means, as it stands in the document `base`: the path
/// relative to that one, or for an address on a network the one document with its last step.
/// Nothing is ever fetched.
pub fn located<'n>(
    base: &str,
    location: &str,
    names: impl IntoIterator<Item = &'n String>,
) -> Option<&'n str> {
    let mut names = names.into_iter();
    if location.contains("://") {
        let last = location.rsplit('/').next()?;
        let mut same = names.filter(|name| name.rsplit('/').next() == Some(last));
        let found = same.next()?;
        return same.next().is_none().then_some(found);
    }
    let wanted = relative(base, location)?;
    names.find(|name| **name == wanted).map(String::as_str)
}

/// A location relative to the file that names it, within its folder; none for what lies outside.
pub fn relative(base: &str, location: &str) -> Option<String> {
    if location.contains(':') || location.starts_with('/') || location.contains('\\') {
        return None;
    }
    // Blanks of file names are written as references in a location (RFC 3986).
    let location = location.replace("%20", " ");
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for step in location.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            step => parts.push(step),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(target: &str, body: &str) -> String {
        format!(
            r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{target}"
               targetNamespace="{target}">{body}</xs:schema>"#
        )
    }

    fn import(location: &str) -> String {
        format!(r#"<xs:import namespace="urn:x" schemaLocation="{location}"/>"#)
    }

    fn roots(files: &[(&str, String)], forced: &[&str]) -> Vec<String> {
        let survey = Survey::of(files.iter().map(|(name, text)| (*name, text.as_bytes())));
        let forced: Vec<String> = forced.iter().map(|name| (*name).to_owned()).collect();
        let roots = survey.unwrap().roots(&forced);
        roots
            .into_iter()
            .map(|root| format!("{} {{{}}}{}", root.entry, root.namespace, root.local))
            .collect()
    }

    const A: &str = r#"<xs:element name="A"/>"#;

    #[test]
    fn a_message_is_what_nothing_refers_to() {
        let inner = r#"<xs:element name="B"/><xs:element name="H" abstract="true"/>
            <xs:element name="S" substitutionGroup="H"/>
            <xs:complexType name="T"><xs:sequence><xs:element ref="B"/></xs:sequence></xs:complexType>"#;
        let files = [("a.xsd", schema("urn:a", &format!("{A}{inner}")))];
        assert_eq!(roots(&files, &[]), ["a.xsd {urn:a}A"]);
        assert_eq!(roots(&files, &["B"]), ["a.xsd {urn:a}A", "a.xsd {urn:a}B"]);
    }

    #[test]
    fn libraries_are_no_messages_and_a_document_with_one_element_is() {
        let library = r#"<xs:element name="L"/><xs:element name="M"/>"#;
        let files = [
            (
                "a.xsd",
                schema(
                    "urn:a",
                    &format!("{}{}{A}", import("lib/l.xsd"), import("lib/one.xsd")),
                ),
            ),
            ("lib/l.xsd", schema("urn:x", library)),
            (
                "lib/one.xsd",
                schema("urn:x", r#"<xs:element name="One"/>"#),
            ),
        ];
        let found = roots(&files, &[]);
        assert_eq!(found, ["a.xsd {urn:a}A", "lib/one.xsd {urn:x}One"]);
    }

    #[test]
    fn a_driver_is_compiled_for_what_it_binds() {
        let files = [
            (
                "driver.xsd",
                schema(
                    "urn:d",
                    &format!("{}{}", import("x/a.xsd"), import("b.xsd")),
                ),
            ),
            ("b.xsd", schema("urn:x", r#"<xs:element name="B"/>"#)),
            ("x/a.xsd", schema("urn:a", A)),
        ];
        assert_eq!(
            roots(&files, &[]),
            ["driver.xsd {urn:x}B", "driver.xsd {urn:a}A"]
        );
    }

    #[test]
    fn an_address_means_the_one_document_of_that_name_and_nothing_outside_is_reached() {
        let names = ["a/xml.xsd", "b/x.xsd", "c/x.xsd", "with blank.xsd"].map(str::to_owned);
        let at = |location| located("a/y.xsd", location, &names);
        assert_eq!(at("http://www.w3.org/2001/xml.xsd"), Some("a/xml.xsd"));
        assert_eq!(at("http://example.org/x.xsd"), None);
        assert_eq!(at("../b/x.xsd"), Some("b/x.xsd"));
        assert_eq!(at("../../b/x.xsd"), None);
        assert_eq!(at("/etc/x.xsd"), None);
        assert_eq!(at("../with%20blank.xsd"), Some("with blank.xsd"));
    }

    #[test]
    fn what_is_no_schema_is_refused_with_its_name() {
        let refused = |text: &str| Survey::of([("x.xsd", text.as_bytes())]).unwrap_err();
        assert!(matches!(refused("<a/>"), Error::Invalid { .. }));
        assert!(matches!(refused("<a>"), Error::Xml { .. }));
    }
}
