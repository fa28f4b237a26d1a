//! Views of nodes. Start at [`Node`].

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use super::document::{AttributeData, Data, Document, NameData, NodeId, PackedNode, Shape, wide};
use super::{Position, XML_NAMESPACE};

/// No node: the id that hides nothing.
const NOTHING: u32 = u32::MAX;

/// A view of a node. It may hide one descendant, which then does not exist for any accessor of
/// this view or of the views reached from it.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    document: &'a Document,
    id: NodeId,
    hidden: u32,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// `<!-- ... -->`
    Comment,
    /// An element.
    Element,
    /// `<?target value?>`
    ProcessingInstruction,
    /// Character data; CDATA sections and references are resolved and joined.
    Text,
}

/// An expanded name.
#[derive(Debug, Clone, Copy, Eq, Hash, PartialOrd, Ord)]
pub struct QName<'a> {
    /// The namespace; empty for none.
    pub namespace: &'a str,
    /// The local part.
    pub local: &'a str,
}

impl PartialEq for QName<'_> {
    fn eq(&self, other: &Self) -> bool {
        same(self.local, other.local) && same(self.namespace, other.namespace)
    }
}

/// Whether two texts are equal. Most namespaces are none, and comparing nothing with nothing by the
/// library takes a hundred times as long as looking at the lengths: the address of an empty text is
/// that of no page, and reading there, if only by a mask of zeros, makes the processor stumble.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && (a.is_empty() || a == b)
}

impl fmt::Display for QName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(self.local)
        } else {
            write!(f, "{{{}}}{}", self.namespace, self.local)
        }
    }
}

/// An attribute that is not a namespace declaration.
#[derive(Clone, Copy)]
pub struct Attribute<'a> {
    /// Its name; without a prefix it is in no namespace.
    pub name: QName<'a>,
    /// The prefix as written.
    pub prefix: &'a str,
    /// The value, normalised (XML 1.0 section 3.3.3, as CDATA).
    pub value: &'a str,
    document: &'a Document,
    start: u32,
}

impl Attribute<'_> {
    /// Where its name begins.
    pub fn position(&self) -> Position {
        self.document.locate(self.start)
    }
}

impl fmt::Debug for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attribute({})", self.name)
    }
}

impl<'a> Node<'a> {
    pub(super) fn new(document: &'a Document, id: NodeId) -> Self {
        Self {
            document,
            id,
            hidden: NOTHING,
        }
    }

    /// The document that the node belongs to, whole: nothing is hidden in it.
    pub fn document(self) -> &'a Document {
        self.document
    }

    /// The node's id in its document.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// Another node of the document, by the same view.
    pub(crate) fn at(self, id: NodeId) -> Self {
        Self { id, ..self }
    }

    /// The same node, with a descendant hidden instead of the one hidden before.
    #[must_use]
    pub fn without(self, hidden: NodeId) -> Self {
        Self {
            hidden: hidden.0,
            ..self
        }
    }

    /// How many nodes there are in the subtree, itself among them.
    pub(crate) fn size(self) -> usize {
        wide(self.end().saturating_sub(self.id.0))
    }

    /// What the view hides.
    pub fn hidden(self) -> Option<NodeId> {
        (self.hidden != NOTHING).then_some(NodeId(self.hidden))
    }

    /// What the node is.
    pub fn kind(self) -> NodeKind {
        match self.packed().map(PackedNode::shape) {
            Some(Shape::Element) => NodeKind::Element,
            Some(Shape::Comment) => NodeKind::Comment,
            Some(Shape::Instruction) => NodeKind::ProcessingInstruction,
            Some(Shape::PlainText | Shape::Text) | None => NodeKind::Text,
        }
    }

    /// The name of an element; for a processing instruction its target; else empty.
    pub fn name(self) -> QName<'a> {
        if let Some(name) = self.document.element_name(self.id.0) {
            return qname(self.document, name);
        }
        let local = match self.document.data(self.id.0) {
            Some(Data::Instruction { target, .. }) => self.document.str(target),
            Some(Data::Comment(_) | Data::Element | Data::Text(_)) | None => "",
        };
        QName {
            namespace: "",
            local,
        }
    }

    /// The number of an element's name in its document: equal for equal names.
    pub(crate) fn name_number(self) -> Option<usize> {
        self.document.name_number(self.id.0).map(wide)
    }

    /// How many numbers [`Node::name_number`] gives in this document.
    pub(crate) fn name_numbers(self) -> usize {
        self.document.names.len()
    }

    /// Whether this is an element of that name.
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.kind() == NodeKind::Element && self.name() == QName { namespace, local }
    }

    /// An element's prefix as written; empty without one.
    pub fn prefix(self) -> &'a str {
        let name = self.document.element_name(self.id.0);
        name.map_or("", |name| self.document.str(name.prefix()))
    }

    /// An element's attributes in document order, namespace declarations left out.
    pub fn attributes(self) -> impl Iterator<Item = Attribute<'a>> {
        let document = self.document;
        self.attribute_data()
            .iter()
            .map(move |data| attribute(document, data))
    }

    /// The value of an attribute; `namespace` is empty for one without prefix.
    pub fn attribute(self, namespace: &str, local: &str) -> Option<&'a str> {
        let name = QName { namespace, local };
        let document = self.document;
        let found = self
            .attribute_data()
            .iter()
            .find(|data| qname(document, data.name) == name)?;
        Some(document.str(found.value))
    }

    fn attribute_data(self) -> &'a [AttributeData] {
        let element = self.document.element(self.id.0);
        let range = element.map_or(0..0, |element| element.attributes.range());
        self.document.attributes.get(range).unwrap_or_default()
    }

    /// The namespace declarations that stand on this element: prefix (empty for the default) and
    /// namespace (empty where the default is taken back).
    pub fn namespaces_declared(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let document = self.document;
        let element = document.element(self.id.0);
        let range = element.map_or(0..0, |element| element.namespaces.range());
        let declared = document.namespaces.get(range).unwrap_or_default();
        declared
            .iter()
            .map(|data| (document.str(data.prefix), document.uri(data.uri)))
    }

    /// The namespace that a prefix stands for here. The empty prefix gives the default namespace,
    /// and `None` where there is none.
    pub fn resolve_prefix(self, prefix: &str) -> Option<&'a str> {
        if prefix == "xml" {
            return Some(XML_NAMESPACE);
        }
        let mut element = Some(self);
        while let Some(node) = element {
            let mut declared = node.namespaces_declared();
            if let Some((_, uri)) = declared.find(|(known, _)| *known == prefix) {
                return (!uri.is_empty()).then_some(uri);
            }
            element = node.parent();
        }
        None
    }

    /// The children, in document order. White space between two tags is no child, unless all that the
    /// element holds is white space.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let end = self.end();
        let mut next = self.id.0.saturating_add(1);
        std::iter::from_fn(move || {
            next = self.past_hidden(next);
            if next >= end {
                return None;
            }
            let child = Self {
                id: NodeId(next),
                ..self
            };
            next = child.end();
            Some(child)
        })
    }

    /// The child elements, in document order.
    pub fn elements(self) -> impl Iterator<Item = Self> {
        let end = self.end();
        let mut next = self.id.0.saturating_add(1);
        std::iter::from_fn(move || {
            loop {
                next = self.past_hidden(next);
                let node = self.document.packed(next).filter(|_| next < end)?;
                let id = NodeId(next);
                next = node.past(next);
                if node.shape() == Shape::Element {
                    return Some(Self { id, ..self });
                }
            }
        })
    }

    /// The first child element of that name.
    pub fn child(self, namespace: &str, local: &str) -> Option<Self> {
        self.children().find(|child| child.is(namespace, local))
    }

    /// The element that this node stands in.
    pub fn parent(self) -> Option<Self> {
        let parent = self.packed()?.parent;
        (parent != NOTHING).then_some(Self {
            id: NodeId(parent),
            ..self
        })
    }

    /// All elements below this one, depth first, itself left out.
    pub fn descendants(self) -> impl Iterator<Item = Self> {
        let end = self.end();
        let mut next = self.id.0.saturating_add(1);
        let all = std::iter::from_fn(move || {
            next = self.past_hidden(next);
            if next >= end {
                return None;
            }
            let node = Self {
                id: NodeId(next),
                ..self
            };
            next += 1;
            Some(node)
        });
        all.filter(|node| node.kind() == NodeKind::Element)
    }

    /// The elements of that name among this one and those below it, in document order. It compares
    /// numbers of namespaces, so that looking through a document for a few elements costs little.
    pub fn named(self, namespace: &str, local: &str) -> impl Iterator<Item = Self> {
        let document = self.document;
        let known = document.uris.iter().position(|uri| same(uri, namespace));
        let end = known.map_or(0, |_| self.end());
        let mut next = self.id.0;
        let all = std::iter::from_fn(move || {
            next = self.past_hidden(next);
            if next >= end {
                return None;
            }
            let id = next;
            next += 1;
            Some(id)
        });
        let of_namespace = all.filter(move |id| {
            let name = document.name_number(*id);
            let uri = name.and_then(|name| document.names.get(wide(name)));
            uri.is_some_and(|uri| Some(wide(*uri)) == known)
        });
        let nodes = of_namespace.map(move |id| self.at(NodeId(id)));
        nodes.filter(move |node| same(node.name().local, local))
    }

    /// An element's own character data: its text children ([`Node::children`]) joined, comments and processing
    /// instructions skipped. For other nodes [`Node::value`].
    pub fn text(self) -> Cow<'a, str> {
        if self.kind() != NodeKind::Element {
            return Cow::Borrowed(self.value());
        }
        // Most elements with a text have nothing else.
        let first = self.at(NodeId(self.past_hidden(self.id.0.saturating_add(1))));
        if first.end() == self.end() && first.kind() == NodeKind::Text {
            return Cow::Borrowed(first.value());
        }
        let mut parts = self
            .children()
            .filter(|child| child.kind() == NodeKind::Text);
        let mut text = Cow::Borrowed(parts.next().map_or("", Self::value));
        for part in parts {
            text.to_mut().push_str(part.value());
        }
        text
    }

    /// The text of an element that has nothing else: no attributes, no declarations, no other node.
    /// Most elements of most messages are such.
    pub(crate) fn only_text(self) -> Option<&'a str> {
        self.document.only_text(self.id.0)
    }

    /// The value of a text, comment or processing instruction; empty for an element.
    pub fn value(self) -> &'a str {
        let plain = |node: &&PackedNode| node.shape() == Shape::PlainText;
        if let Some(node) = self.packed().filter(plain) {
            return self.document.str(node.plain());
        }
        match self.document.data(self.id.0) {
            Some(
                Data::Text(span) | Data::Comment(span) | Data::Instruction { value: span, .. },
            ) => self.document.str(span),
            Some(Data::Element) | None => "",
        }
    }

    /// Where the node begins.
    pub fn position(self) -> Position {
        self.document
            .locate(self.packed().map_or(0, |node| node.start))
    }

    /// First byte, in [`Document::text`], of the end tag; of the `/>` for an empty element; of the
    /// node itself when it is no element.
    pub fn end_tag_start(self) -> usize {
        let element = self
            .document
            .element(self.id.0)
            .map(|element| element.end_tag);
        wide(
            element
                .or_else(|| self.packed().map(|node| node.start))
                .unwrap_or_default(),
        )
    }

    /// The path from the document element: local names, with a place from 1 where siblings have
    /// the same name: `/ESADout_CU/ESADout_CUGoods[2]/GoodsNumeric`. Texts, comments and
    /// instructions have the path of their element.
    pub fn path(self) -> String {
        // Most paths are shorter: growing on the way takes longer than finding the steps.
        let mut path = String::with_capacity(128);
        self.push_path(&mut path);
        path
    }

    /// Goes as deep as the document does, which the parser bounds.
    fn push_path(self, path: &mut String) {
        if let Some(parent) = self.parent() {
            parent.push_path(path);
        }
        if self.kind() == NodeKind::Element {
            let (local, ordinal) = self.step();
            path.push('/');
            path.push_str(local);
            if ordinal > 0 {
                // Writing to a text does not fail.
                let _ = write!(path, "[{ordinal}]");
            }
        }
    }

    fn step(self) -> (&'a str, u32) {
        let local = self.name().local;
        if self.parent().is_none() {
            return (local, 0);
        }
        let ordinal = self.document.ordinal(self.id.0);
        let hidden = self.hidden().and_then(|id| self.document.node(id));
        let namesake = hidden.is_some_and(|node| {
            node.name().local == local && node.parent().map(Self::id) == self.parent().map(Self::id)
        });
        match self.parent() {
            Some(parent) if namesake && ordinal > 0 => {
                let same = || parent.elements().filter(|node| node.name().local == local);
                let before = same().take_while(|node| node.id <= self.id).count();
                let alone = same().nth(1).is_none();
                (
                    local,
                    if alone {
                        0
                    } else {
                        u32::try_from(before).unwrap_or(u32::MAX)
                    },
                )
            }
            _ => (local, ordinal),
        }
    }

    fn packed(self) -> Option<&'a PackedNode> {
        self.document.packed(self.id.0)
    }

    /// One past the last node of the subtree.
    pub(super) fn end(self) -> u32 {
        self.packed().map_or(0, |node| node.past(self.id.0))
    }

    fn past_hidden(self, id: u32) -> u32 {
        if id != self.hidden {
            return id;
        }
        self.document.packed(id).map_or(id, |node| node.past(id))
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document)
            && (self.id, self.hidden) == (other.id, other.hidden)
    }
}

impl Eq for Node<'_> {}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({} {:?} {})", self.id.0, self.kind(), self.path())
    }
}

fn qname(document: &Document, name: NameData) -> QName<'_> {
    QName {
        namespace: document.uri(name.uri),
        local: document.str(name.local()),
    }
}

fn attribute<'a>(document: &'a Document, data: &'a AttributeData) -> Attribute<'a> {
    Attribute {
        name: qname(document, data.name),
        prefix: document.str(data.name.prefix()),
        value: document.str(data.value),
        document,
        start: data.name.start,
    }
}
