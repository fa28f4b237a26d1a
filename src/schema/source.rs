//! The schema documents of a schema, with all that they include, redefine and import (XSD 1.0
//! Part 1 section 4.2). Start at [`Sources`].

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::error::{Error, Place};
use crate::xml::{self, Document, Limits, Node, NodeId, NodeKind};

/// The namespace of XSD.
pub(super) const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// Finds schema documents.
pub trait Resolver {
    /// The document at a location as it stands in an include, redefine or import of the document
    /// `base`, or as an entry with an empty `base`: its canonical name, equal for equal documents, and its
    /// bytes. `None` when there is none.
    fn load(&self, location: &str, base: &str) -> Option<(String, Vec<u8>)>;
}

/// Most documents of one schema. The largest published one has 45.
const DOCUMENTS_MAX: usize = 2_000;

/// All documents, parsed.
pub(super) struct Sources {
    documents: Vec<(String, Document)>,
    files: Vec<File>,
    /// By the number of the file that they stand in: files are read in that order.
    links: Vec<Link>,
}

/// A document in a namespace: one without a target namespace takes that of each document that
/// includes it ("chameleon").
struct File {
    document: usize,
    target: String,
}

/// That a file includes or redefines another one.
struct Link {
    from: usize,
    /// The element that says so.
    node: NodeId,
    to: usize,
}

/// A schema document and the defaults that it sets.
#[derive(Clone, Copy)]
pub(super) struct Source<'d> {
    /// Its number among the sources.
    pub(super) number: usize,
    pub(super) name: &'d str,
    /// `xs:schema`.
    pub(super) root: Node<'d>,
    pub(super) target: &'d str,
    /// Whether it has no target namespace of its own: unprefixed references mean the target.
    pub(super) chameleon: bool,
    pub(super) elements_qualified: bool,
    pub(super) attributes_qualified: bool,
}

impl Sources {
    /// Loads the entries and everything that they need.
    pub(super) fn load(entries: &[&str], resolver: &dyn Resolver) -> Result<Self, Error> {
        let mut loader = Loader {
            resolver,
            documents: Vec::new(),
            by_name: HashMap::new(),
            files: Vec::new(),
            links: Vec::new(),
            known: HashMap::new(),
            imported: HashMap::new(),
        };
        for entry in entries {
            let document = loader.document(loader.load(entry, "", None)?)?;
            let target = loader.target_of(document).unwrap_or_default();
            loader.imported.entry(target.clone()).or_insert(document);
            if let (number, true) = loader.file(document, target) {
                loader.references(number)?;
            }
        }
        loader.links.sort_by_key(|link| link.from);
        Ok(Self {
            documents: loader.documents,
            files: loader.files,
            links: loader.links,
        })
    }

    /// The documents, in the order in which they were found.
    pub(super) fn all(&self) -> impl Iterator<Item = Source<'_>> {
        (0..self.files.len()).filter_map(|number| self.source(number))
    }

    /// The document of that number.
    pub(super) fn source(&self, number: usize) -> Option<Source<'_>> {
        let file = self.files.get(number)?;
        let (name, document) = self.documents.get(file.document)?;
        let root = document.root();
        let qualified = |attribute| root.attribute("", attribute) == Some("qualified");
        Some(Source {
            number,
            name,
            root,
            target: &file.target,
            chameleon: !file.target.is_empty() && root.attribute("", "targetNamespace").is_none(),
            elements_qualified: qualified("elementFormDefault"),
            attributes_qualified: qualified("attributeFormDefault"),
        })
    }

    /// The numbers of the document that an `xs:redefine` names and of all that this one includes.
    pub(super) fn redefined(&self, by: usize, node: NodeId) -> BTreeSet<usize> {
        let named = |link: &&Link| link.from == by && link.node == node;
        let mut open: Vec<_> = self.links.iter().filter(named).map(|l| l.to).collect();
        let mut found = BTreeSet::new();
        while let Some(next) = open.pop() {
            if found.insert(next) {
                let first = self.links.partition_point(|link| link.from < next);
                let included = self.links.iter().skip(first);
                let included = included.take_while(|link| link.from == next);
                open.extend(included.map(|link| link.to));
            }
        }
        found
    }
}

impl Source<'_> {
    /// Where a node of this document is.
    pub(super) fn place(&self, node: Node<'_>) -> Place {
        place(self.name, node)
    }
}

fn place(file: &str, node: Node<'_>) -> Place {
    Place {
        file: file.to_owned(),
        position: node.position(),
    }
}

struct Loader<'r> {
    resolver: &'r dyn Resolver,
    documents: Vec<(String, Document)>,
    by_name: HashMap<String, usize>,
    files: Vec<File>,
    links: Vec<Link>,
    known: HashMap<(usize, String), usize>,
    /// The document that each namespace was imported from first.
    imported: HashMap<String, usize>,
}

impl Loader<'_> {
    /// The name and the bytes of a document.
    fn load(
        &self,
        location: &str,
        base: &str,
        from: Option<Place>,
    ) -> Result<(String, Vec<u8>), Error> {
        let loaded = self.resolver.load(location, base);
        loaded.ok_or_else(|| Error::Missing {
            location: location.to_owned(),
            place: from,
        })
    }

    /// The number of a document, parsed on first use.
    fn document(&mut self, (name, bytes): (String, Vec<u8>)) -> Result<usize, Error> {
        if let Some(known) = self.by_name.get(&name) {
            return Ok(*known);
        }
        let document = parsed(&name, &bytes)?;
        if self.documents.len() >= DOCUMENTS_MAX {
            return Err(Error::Limit {
                what: "schema documents",
                max: DOCUMENTS_MAX,
                place: place(&name, document.root()),
            });
        }
        let number = self.documents.len();
        self.by_name.insert(name.clone(), number);
        self.documents.push((name, document));
        Ok(number)
    }

    fn target_of(&self, document: usize) -> Option<String> {
        let (_, document) = self.documents.get(document)?;
        document
            .root()
            .attribute("", "targetNamespace")
            .map(str::to_owned)
    }

    /// The number of a document in a namespace, given on first use, and whether this is that use.
    fn file(&mut self, document: usize, target: String) -> (usize, bool) {
        let next = self.files.len();
        let number = *self.known.entry((document, target.clone())).or_insert(next);
        if number == next {
            self.files.push(File { document, target });
        }
        (number, number == next)
    }

    /// Loads what a document includes, redefines and imports, and what that needs, each before what
    /// is named after it. A namespace is imported from one place, the first that is met: publishers
    /// keep copies of common files in several folders (Part 1 section 4.2.3 leaves this to the
    /// processor, and libxml2 does the same).
    fn references(&mut self, number: usize) -> Result<(), Error> {
        let mut open = vec![(number, self.references_of(number)?)];
        while let Some((from, references)) = open.last_mut() {
            let from = *from;
            let Some(reference) = references.pop_front() else {
                open.pop();
                continue;
            };
            if let Some(new) = self.refer(from, reference)? {
                let further = self.references_of(new)?;
                open.push((new, further));
            }
        }
        Ok(())
    }

    /// Loads the document of a reference. Gives its number when it is new.
    fn refer(&mut self, from: usize, reference: Reference) -> Result<Option<usize>, Error> {
        let Reference {
            location,
            import,
            base,
            node,
            place,
        } = reference;
        let loaded = self.load(&location, &base, Some(place.clone()))?;
        let first = import.as_ref().and_then(|it| self.imported.get(it));
        let first = first.and_then(|first| self.documents.get(*first));
        if first.is_some_and(|(name, _)| *name != loaded.0) {
            return Ok(None);
        }
        let found = self.document(loaded)?;
        let own = self.target_of(found);
        let target = self.files.get(from).map(|file| file.target.clone());
        let target = target.unwrap_or_default();
        let wanted = import.as_deref().unwrap_or(&target);
        let fits = match &own {
            Some(own) => own == wanted,
            None => import.is_none() || wanted.is_empty(),
        };
        if !fits {
            let own = own.unwrap_or_default();
            return Err(Error::Invalid {
                reason: format!("`{location}` has target namespace `{own}`, not `{wanted}`"),
                place,
            });
        }
        let (to, new) = self.file(found, wanted.to_owned());
        match &import {
            Some(namespace) => {
                self.imported.entry(namespace.clone()).or_insert(found);
            }
            None => self.links.push(Link { from, node, to }),
        }
        Ok(new.then_some(to))
    }

    fn references_of(&self, number: usize) -> Result<VecDeque<Reference>, Error> {
        let file = self.files.get(number);
        let Some((base, document)) = file.and_then(|file| self.documents.get(file.document)) else {
            return Ok(VecDeque::new());
        };
        let mut found = VecDeque::new();
        for node in document.root().elements() {
            let import = node.is(XSD, "import");
            if !import && !node.is(XSD, "include") && !node.is(XSD, "redefine") {
                continue;
            }
            let location = node.attribute("", "schemaLocation");
            let Some(location) = location.map(str::trim) else {
                if import {
                    // Nothing to load: references to it fail unless something else defines it.
                    continue;
                }
                return Err(Error::Invalid {
                    reason: format!("xs:{} without schemaLocation", node.name().local),
                    place: place(base, node),
                });
            };
            let namespace = node.attribute("", "namespace").unwrap_or_default();
            found.push_back(Reference {
                location: location.to_owned(),
                import: import.then(|| namespace.to_owned()),
                base: base.clone(),
                node: node.id(),
                place: place(base, node),
            });
        }
        Ok(found)
    }
}

struct Reference {
    location: String,
    /// The namespace of an import.
    import: Option<String>,
    base: String,
    node: NodeId,
    place: Place,
}

/// A schema document.
///
/// # Errors
/// [`Error::Xml`] and [`Error::Invalid`] for what is none.
pub(super) fn parsed(name: &str, bytes: &[u8]) -> Result<Document, Error> {
    let document = xml::parse(bytes, None, &Limits::default());
    let document = document.map_err(|source| Error::Xml {
        file: name.to_owned(),
        source,
    })?;
    if !document.root().is(XSD, "schema") {
        return Err(Error::Invalid {
            reason: "the document element is not xs:schema".to_owned(),
            place: place(name, document.root()),
        });
    }
    Ok(document)
}

/// The child elements of XSD, annotations left out.
pub(super) fn parts<'d>(node: Node<'d>) -> impl Iterator<Item = Node<'d>> {
    node.elements().filter(|child| !child.is(XSD, "annotation"))
}

/// The text of the annotation of a component, white space collapsed.
pub(super) fn documentation(node: Node<'_>) -> Option<Box<str>> {
    let annotation = node.child(XSD, "annotation")?;
    let mut text = String::new();
    for documentation in annotation.elements().filter(|e| e.is(XSD, "documentation")) {
        let pieces = documentation
            .children()
            .filter(|c| c.kind() == NodeKind::Text);
        for word in pieces.flat_map(|piece| piece.value().split_whitespace()) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    (!text.is_empty()).then(|| text.into())
}
