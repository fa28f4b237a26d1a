//! Start tags: which namespace declarations and attributes are written, in which order. Extends
//! the walk; start at [`Walk::start_tag`].

use std::collections::{HashMap, HashSet};

use super::super::document::{ElementData, wide};
use super::super::scope::XML;
use super::super::{Document, Error, Node, NodeId, XML_NAMESPACE};
use super::{Method, Walk, base};

/// The place of what does not stand in the source.
const ELSEWHERE: usize = usize::MAX;

/// An attribute to be written.
pub(super) struct Rendered<'a> {
    uri: &'a str,
    local: &'a str,
    qualified: &'a str,
    value: std::borrow::Cow<'a, str>,
    /// Where the value stands in the source.
    at: usize,
}

impl<'a> Walk<'a, '_> {
    /// Canonical XML 1.0 section 2.3: namespace axis, then attribute axis, each sorted.
    pub(super) fn start_tag(
        &mut self,
        id: u32,
        element: &ElementData,
        apex: bool,
    ) -> Result<(), Error> {
        let name = element.name.qualified().range();
        // It stands in the source behind its `<`.
        self.out.stretch(name.start.saturating_sub(1)..name.end);
        self.namespaces.clear();
        self.attributes.clear();
        self.absolute_namespaces(element)?;
        match self.how.method {
            Method::Exclusive => self.used_namespaces(id, element, apex)?,
            Method::Inclusive10 | Method::Inclusive11 => {
                self.scope_namespaces(id, element, apex)?
            }
        }
        self.write_namespaces();
        let inherits = apex && self.how.method != Method::Exclusive;
        let base_joined = inherits && self.inherited_attributes(id);
        self.write_attributes(element, base_joined);
        self.out.mark(b">");
        Ok(())
    }

    /// Canonical XML 1.0 section 1.3: relative namespace URIs make the operation fail.
    fn absolute_namespaces(&self, element: &ElementData) -> Result<(), Error> {
        let declared = self.document.namespaces.get(element.namespaces.range());
        for data in declared.unwrap_or_default() {
            if !is_absolute(self.document.uri(data.uri)) {
                let at = self.document.locate(data.prefix.start);
                return Err(Error::RelativeNamespace { at });
            }
        }
        Ok(())
    }

    // --- namespace axis ---

    /// The inclusive methods: what is declared here; at the apex everything in scope.
    fn scope_namespaces(
        &mut self,
        id: u32,
        element: &ElementData,
        apex: bool,
    ) -> Result<(), Error> {
        self.declared_namespaces(element, |_| true);
        if apex {
            self.ancestor_namespaces(id, |_| true)?;
        }
        Ok(())
    }

    /// The exclusive method, section 3: the prefixes that the tag visibly uses, and those of the
    /// prefix list as the inclusive methods would.
    fn used_namespaces(&mut self, id: u32, element: &ElementData, apex: bool) -> Result<(), Error> {
        let document = self.document;
        self.render(document.str(element.name.prefix()), element.name.uri);
        for data in document
            .attributes
            .get(element.attributes.range())
            .unwrap_or_default()
        {
            if data.name.prefix_len > 0 {
                self.render(document.str(data.name.prefix()), data.name.uri);
            }
        }
        let list = self.how.inclusive_prefixes;
        if list.is_empty() {
            return Ok(());
        }
        let listed = |prefix: &str| {
            list.iter().any(|one| {
                if *one == "#default" {
                    prefix.is_empty()
                } else {
                    *one == prefix
                }
            })
        };
        self.declared_namespaces(element, listed);
        if apex {
            self.ancestor_namespaces(id, listed)?;
        }
        Ok(())
    }

    fn declared_namespaces(&mut self, element: &ElementData, wanted: impl Fn(&str) -> bool) {
        let document = self.document;
        for data in document
            .namespaces
            .get(element.namespaces.range())
            .unwrap_or_default()
        {
            let prefix = document.str(data.prefix);
            if wanted(prefix) {
                self.render(prefix, data.uri);
            }
        }
    }

    /// What the ancestors of the apex declare and nobody nearer declares again.
    fn ancestor_namespaces(&mut self, id: u32, wanted: impl Fn(&str) -> bool) -> Result<(), Error> {
        let document = self.document;
        let mut seen = HashSet::new();
        for id in std::iter::successors(Some(id), |id| parent(document, *id)) {
            if let Some(element) = document.element(id) {
                self.absolute_namespaces(&element)?;
                for data in document
                    .namespaces
                    .get(element.namespaces.range())
                    .unwrap_or_default()
                {
                    let prefix = document.str(data.prefix);
                    if seen.insert(prefix) && wanted(prefix) {
                        self.render(prefix, data.uri);
                    }
                }
            }
        }
        Ok(())
    }

    /// Notes a declaration to be written, unless the output says it already at this place.
    fn render(&mut self, prefix: &'a str, uri: u32) {
        if uri != XML && self.rendered.resolve(prefix) != Some(uri) {
            self.rendered.bind(prefix, uri);
            self.namespaces.push((prefix, uri));
        }
    }

    fn write_namespaces(&mut self) {
        // By prefix; the default namespace, whose prefix is empty, comes first.
        self.namespaces.sort_unstable();
        for &(prefix, uri) in &self.namespaces {
            if prefix.is_empty() {
                self.out.mark(b" xmlns=\"");
            } else {
                self.out.mark(b" xmlns:");
                self.out.push(prefix.as_bytes());
                self.out.mark(b"=\"");
            }
            self.out.attribute_value(self.document.uri(uri), ELSEWHERE);
            self.out.mark(b"\"");
        }
    }

    // --- attribute axis ---

    fn write_attributes(&mut self, element: &ElementData, base_joined: bool) {
        let document = self.document;
        for data in document
            .attributes
            .get(element.attributes.range())
            .unwrap_or_default()
        {
            let local = document.str(data.name.local());
            if base_joined && data.name.uri == XML && local == "base" {
                continue;
            }
            self.attributes.push(Rendered {
                uri: document.uri(data.name.uri),
                local,
                qualified: document.str(data.name.qualified()),
                value: document.str(data.value).into(),
                at: wide(data.value.start),
            });
        }
        self.attributes
            .sort_unstable_by(|a, b| (a.uri, a.local).cmp(&(b.uri, b.local)));
        for attribute in &self.attributes {
            self.out.mark(b" ");
            self.out.push(attribute.qualified.as_bytes());
            self.out.mark(b"=\"");
            self.out.attribute_value(&attribute.value, attribute.at);
            self.out.mark(b"\"");
        }
    }

    /// Takes over the attributes in the namespace `xml` of ancestors, which are not written: all of
    /// them by 1.0 (section 2.4); `xml:lang`, `xml:space` and a joined `xml:base` by 1.1 (section
    /// 2.4). Says whether `xml:base` was joined and so replaces the element's own.
    fn inherited_attributes(&mut self, id: u32) -> bool {
        let document = self.document;
        let own = Node::new(document, NodeId(id));
        let own = own
            .attributes()
            .filter(|one| one.name.namespace == XML_NAMESPACE);
        let own: HashMap<_, _> = own.map(|one| (one.name.local, one.value)).collect();
        let mut nearer: HashSet<&str> = own.keys().copied().collect();
        let mut bases = Vec::new();
        for ancestor in std::iter::successors(parent(document, id), |id| parent(document, *id)) {
            let range = document
                .element(ancestor)
                .map_or(0..0, |e| e.attributes.range());
            for data in document.attributes.get(range).unwrap_or_default() {
                if data.name.uri != XML {
                    continue;
                }
                let local = document.str(data.name.local());
                let value = document.str(data.value);
                if self.how.method == Method::Inclusive11 && local == "base" {
                    bases.push(value);
                }
                let taken =
                    self.how.method == Method::Inclusive10 || matches!(local, "lang" | "space");
                if taken && nearer.insert(local) {
                    let qualified = document.str(data.name.qualified());
                    self.attributes.push(Rendered {
                        uri: XML_NAMESPACE,
                        local,
                        qualified,
                        value: value.into(),
                        at: wide(data.value.start),
                    });
                }
            }
        }
        if bases.is_empty() {
            return false;
        }
        bases.reverse();
        bases.extend(own.get("base"));
        let joined = base::join_all(&bases);
        if !joined.is_empty() {
            self.attributes.push(Rendered {
                uri: XML_NAMESPACE,
                local: "base",
                qualified: "xml:base",
                value: joined.into(),
                at: ELSEWHERE,
            });
        }
        true
    }
}

fn parent(document: &Document, id: u32) -> Option<u32> {
    document
        .packed(id)
        .map(|node| node.parent)
        .filter(|parent| *parent != u32::MAX)
}

/// Whether a namespace URI begins with a scheme (RFC 3986 section 3.1), or is no namespace.
fn is_absolute(uri: &str) -> bool {
    let Some((scheme, _)) = uri.split_once(':') else {
        return uri.is_empty();
    };
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(legal)
}
