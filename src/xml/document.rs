//! The arena that a parsed document lives in. Start at [`Document`].
//!
//! Nodes lie in document order; each knows where its subtree ends, so that children, siblings and
//! descendants need no links. Names and most values are spans of the decoded text; values that
//! needed unescaping lie in a second string. A node takes 16 bytes, an element 16 more: messages of
//! tens of megabytes have some hundred thousands. White space between tags is no node; the canonical
//! form takes it from the text.

use std::fmt;
use std::sync::OnceLock;

use foldhash::HashMap;

use super::chars::is_space;
use super::node::Node;
use super::position::{LineIndex, STRIDE};
use super::{Encoding, Position};

/// A parsed document: its decoded text and an arena of nodes over it.
pub struct Document {
    pub(super) source: String,
    /// Values that differ from their spelling in the text.
    pub(super) unescaped: String,
    pub(super) nodes: Vec<PackedNode>,
    pub(super) elements: Vec<PackedElement>,
    /// What the start tags hold beside names; most hold nothing.
    pub(super) tags: Vec<PackedTag>,
    /// The namespace of each element name, by the name's number.
    pub(super) names: Vec<u32>,
    /// Values of nodes that are not simply the text from their start to their end.
    pub(super) spans: Vec<Span>,
    pub(super) attributes: Vec<AttributeData>,
    pub(super) namespaces: Vec<NamespaceData>,
    /// Namespaces by number.
    pub(super) uris: Vec<Box<str>>,
    pub(super) root: NodeId,
    pub(super) encoding: Encoding,
    pub(super) declaration: usize,
    pub(super) lines: OnceLock<LineIndex>,
    /// For each of `elements` its place among siblings of the same local name, from 1; 0 when alone.
    pub(super) ordinals: OnceLock<Vec<u32>>,
}

/// A node of one document. Means nothing in another document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

impl Document {
    /// The document element.
    pub fn root(&self) -> Node<'_> {
        Node::new(self, self.root)
    }

    /// The decoded text, without byte order mark. [`Position::byte`] counts in it.
    pub fn text(&self) -> &str {
        &self.source
    }

    /// The same, when nothing else of the document is needed any more.
    pub fn into_text(self) -> String {
        self.source
    }

    /// The encoding of the body.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Byte of [`Document::text`] after the XML declaration; 0 without one.
    pub fn content_start(&self) -> usize {
        self.declaration
    }

    /// The white space that stands right before a byte of [`Document::text`]. Between tags it is no node.
    pub fn blank_before(&self, byte: usize) -> &str {
        let before = self.source.as_bytes().get(..byte);
        let mark = before.and_then(|before| before.iter().rposition(|&b| !is_space(b)));
        let start = mark.map_or(byte, |mark| mark + 1);
        self.source.get(start..byte).unwrap_or_default()
    }

    /// A node by its id.
    pub fn node(&self, id: NodeId) -> Option<Node<'_>> {
        self.packed(id.0).map(|_| Node::new(self, id))
    }

    /// Comments and processing instructions outside the document element, and that element.
    pub fn top_level(&self) -> impl Iterator<Item = Node<'_>> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let end = self.packed(next)?.past(next);
            let node = Node::new(self, NodeId(next));
            next = end;
            Some(node)
        })
    }

    pub(super) fn data(&self, id: u32) -> Option<Data> {
        let node = self.packed(id)?;
        Some(match node.shape() {
            Shape::Comment => Data::Comment(self.span(node.index())),
            Shape::Element => Data::Element,
            Shape::Instruction => Data::Instruction {
                target: self.span(node.index()),
                value: self.span(node.index() + 1),
            },
            Shape::Text => Data::Text(self.span(node.index())),
            Shape::PlainText => Data::Text(node.plain()),
        })
    }

    pub(super) fn packed(&self, id: u32) -> Option<&PackedNode> {
        self.nodes.get(wide(id))
    }

    fn span(&self, index: u32) -> Span {
        let span = self.spans.get(wide(index)).copied();
        span.unwrap_or(Span { start: 0, end: 0 })
    }

    pub(super) fn element(&self, id: u32) -> Option<ElementData> {
        let node = self.packed(id)?;
        (node.shape() == Shape::Element)
            .then(|| self.element_at(node))
            .flatten()
    }

    /// The text of an element that is two tags with a plain text between them, and nothing else.
    pub(super) fn only_text(&self, id: u32) -> Option<&str> {
        let node = self.packed(id)?;
        let text = id.checked_add(1)?;
        if node.shape() != Shape::Element || Some(node.end) != text.checked_add(1) {
            return None;
        }
        let element = self.elements.get(wide(node.index()))?;
        let text = self.packed(text)?;
        let plain = element.tag == NO_TAG && text.shape() == Shape::PlainText;
        plain.then(|| self.str(text.plain()))
    }

    fn element_at(&self, node: &PackedNode) -> Option<ElementData> {
        let index = wide(node.index());
        let element = self.elements.get(index)?;
        let (attributes, namespaces) = self.tag(element.tag);
        Some(ElementData {
            name: NameData {
                start: node.start + 1,
                prefix_len: element.prefix_len,
                len: element.name_len,
                uri: self.uri_of(element.name),
            },
            attributes,
            namespaces,
            end_tag: element.end_tag,
        })
    }

    /// The attributes and namespace declarations of a start tag.
    fn tag(&self, index: u32) -> (Span, Span) {
        let Some(tag) = self.tags.get(wide(index)) else {
            return (Span { start: 0, end: 0 }, Span { start: 0, end: 0 });
        };
        // What is of one tag ends where what is of the next begins.
        let next = self.tags.get(wide(index) + 1);
        let attributes_end = next.map_or_else(|| narrow(self.attributes.len()), |t| t.attributes);
        let namespaces_end = next.map_or_else(|| narrow(self.namespaces.len()), |t| t.namespaces);
        let attributes = Span {
            start: tag.attributes,
            end: attributes_end,
        };
        let namespaces = Span {
            start: tag.namespaces,
            end: namespaces_end,
        };
        (attributes, namespaces)
    }

    fn uri_of(&self, name: u32) -> u32 {
        self.names.get(wide(name)).copied().unwrap_or_default()
    }

    /// The number of an element's name in this document.
    pub(super) fn name_number(&self, id: u32) -> Option<u32> {
        let node = self.packed(id)?;
        if node.shape() != Shape::Element {
            return None;
        }
        Some(self.elements.get(wide(node.index()))?.name)
    }

    /// The name of an element.
    pub(super) fn element_name(&self, id: u32) -> Option<NameData> {
        let node = self.packed(id)?;
        if node.shape() != Shape::Element {
            return None;
        }
        let element = self.elements.get(wide(node.index()))?;
        Some(NameData {
            start: node.start + 1,
            prefix_len: element.prefix_len,
            len: element.name_len,
            uri: self.uri_of(element.name),
        })
    }

    /// The text of a span, in the source or among the unescaped values.
    pub(super) fn str(&self, span: Span) -> &str {
        let (start, end) = (wide(span.start), wide(span.end));
        let length = self.source.len();
        let found = if start < length {
            self.source.get(start..end)
        } else {
            self.unescaped
                .get(start - length..end.saturating_sub(length))
        };
        found.unwrap_or_default()
    }

    pub(super) fn uri(&self, id: u32) -> &str {
        self.uris.get(wide(id)).map_or("", |uri| uri)
    }

    pub(super) fn locate(&self, byte: u32) -> Position {
        // Most documents are only asked where they begin: that needs no index.
        if wide(byte) < STRIDE {
            return Position::locate(&self.source, wide(byte));
        }
        let index = self.lines.get_or_init(|| LineIndex::new(&self.source));
        index.locate(&self.source, wide(byte))
    }

    /// Place among siblings of the same local name, from 1; 0 when alone.
    pub(super) fn ordinal(&self, id: u32) -> u32 {
        let Some(node) = self
            .packed(id)
            .filter(|node| node.shape() == Shape::Element)
        else {
            return 0;
        };
        let ordinals = self.ordinals.get_or_init(|| self.count_ordinals());
        let ordinal = ordinals.get(wide(node.index())).copied();
        ordinal.unwrap_or_default()
    }

    fn count_ordinals(&self) -> Vec<u32> {
        // By name: the parent at hand, the first of its children of that name, and how many they are.
        let mut seen = vec![(u32::MAX, 0, 0); self.names.len()];
        // Names of one local part count together, whatever their namespaces.
        let alike = self.names_alike();
        let mut ordinals = vec![0; self.elements.len()];
        for (parent, node) in (0..).zip(&self.nodes) {
            let mut child = parent + 1;
            // What has one child at most has no siblings in it.
            if node.shape() != Shape::Element || node.end <= child + 1 {
                continue;
            }
            while child < node.end {
                let Some(below) = self.packed(child) else {
                    break;
                };
                child = below.past(child);
                if below.shape() != Shape::Element {
                    continue;
                }
                let index = wide(below.index());
                let name = self.elements.get(index).map(|element| wide(element.name));
                let name = name.and_then(|name| alike.get(name));
                let Some(slot) = name.and_then(|name| seen.get_mut(wide(*name))) else {
                    continue;
                };
                if slot.0 != parent {
                    *slot = (parent, index, 0);
                }
                slot.2 += 1;
                if slot.2 == 2
                    && let Some(first) = ordinals.get_mut(slot.1)
                {
                    *first = 1;
                }
                if slot.2 > 1
                    && let Some(own) = ordinals.get_mut(index)
                {
                    *own = slot.2;
                }
            }
        }
        ordinals
    }

    /// For each name the number of the first one with the same local part.
    fn names_alike(&self) -> Vec<u32> {
        let mut first: HashMap<&str, u32> = HashMap::default();
        let mut alike = vec![u32::MAX; self.names.len()];
        let mut missing = alike.len();
        for id in 0..narrow(self.nodes.len()) {
            // Most documents use all their names long before they end.
            if missing == 0 {
                break;
            }
            if let Some(number) = self.name_number(id)
                && let Some(slot) = alike.get_mut(wide(number))
                && *slot == u32::MAX
                && let Some(name) = self.element_name(id)
            {
                *slot = *first.entry(self.str(name.local())).or_insert(number);
                missing -= 1;
            }
        }
        alike
    }
}

/// Sizes and names only: a document is payload, and payload stays out of logs.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("root", &self.root().name().local)
            .field("bytes", &self.source.len())
            .field("nodes", &self.nodes.len())
            .field("encoding", &self.encoding)
            .finish_non_exhaustive()
    }
}

/// A node as it is kept.
#[derive(Clone, Copy)]
pub(super) struct PackedNode {
    /// First byte in the source.
    pub(super) start: u32,
    /// `u32::MAX` outside the document element.
    pub(super) parent: u32,
    /// Of an element one past the last node of the subtree; of plain text one past its last byte.
    pub(super) end: u32,
    /// The shape in the low bits, and above them where the rest is kept.
    rest: u32,
}

/// What a node is and how it is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Its value is the text from its start to its end, and so is its canonical form.
    PlainText,
    /// Its value is a span.
    Text,
    Comment,
    /// Target and value are spans.
    Instruction,
    Element,
}

/// Bits of a shape.
const SHAPE_BITS: u32 = 3;

/// Most nodes of a document: their numbers, and those of spans, share 32 bits with the shape.
pub(super) const NODES_MAX: u32 = 1 << 28;

impl PackedNode {
    pub(super) fn new(start: u32, parent: u32, end: u32, shape: Shape, index: u32) -> Self {
        let shape = match shape {
            Shape::PlainText => 0,
            Shape::Text => 1,
            Shape::Comment => 2,
            Shape::Instruction => 3,
            Shape::Element => 4,
        };
        Self {
            start,
            parent,
            end,
            rest: index << SHAPE_BITS | shape,
        }
    }

    pub(super) fn shape(&self) -> Shape {
        match self.rest & ((1 << SHAPE_BITS) - 1) {
            0 => Shape::PlainText,
            1 => Shape::Text,
            2 => Shape::Comment,
            3 => Shape::Instruction,
            _ => Shape::Element,
        }
    }

    pub(super) fn index(&self) -> u32 {
        self.rest >> SHAPE_BITS
    }

    /// One past the last node of the subtree of the node, whose number is `id`.
    pub(super) fn past(&self, id: u32) -> u32 {
        if self.shape() == Shape::Element {
            self.end
        } else {
            id.saturating_add(1)
        }
    }

    /// The value of plain text.
    pub(super) fn plain(&self) -> Span {
        Span {
            start: self.start,
            end: self.end,
        }
    }
}

/// What an element has beside its node. Its name stands in the source after the `<`.
#[derive(Clone, Copy)]
pub(super) struct PackedElement {
    pub(super) prefix_len: u16,
    pub(super) name_len: u16,
    /// Number of its name: equal for equal names, in `Document::names`.
    pub(super) name: u32,
    /// In `Document::tags`; none with `NO_TAG`.
    pub(super) tag: u32,
    /// First byte of the end tag, or of the `/>` of an empty element.
    pub(super) end_tag: u32,
}

/// The number of a start tag that is a name alone.
pub(super) const NO_TAG: u32 = u32::MAX;

/// What a start tag holds beside the name.
#[derive(Clone, Copy)]
pub(super) struct PackedTag {
    /// First in `Document::attributes`; they end where those of the next tag begin.
    pub(super) attributes: u32,
    /// First in `Document::namespaces`, likewise.
    pub(super) namespaces: u32,
}

/// A node as it is looked at.
pub(super) enum Data {
    Comment(Span),
    Element,
    Instruction { target: Span, value: Span },
    Text(Span),
}

/// What an element has beside its place.
#[derive(Clone, Copy)]
pub(super) struct ElementData {
    pub(super) name: NameData,
    /// First and one past last in `Document::attributes`.
    pub(super) attributes: Span,
    /// First and one past last in `Document::namespaces`.
    pub(super) namespaces: Span,
    /// First byte of the end tag, or of the `/>` of an empty element.
    pub(super) end_tag: u32,
}

/// A qualified name as it stands in the source.
#[derive(Clone, Copy)]
pub(super) struct NameData {
    /// First byte in the source.
    pub(super) start: u32,
    /// Bytes of the prefix; 0 without one.
    pub(super) prefix_len: u16,
    /// Bytes of the whole name.
    pub(super) len: u16,
    /// Number of its namespace.
    pub(super) uri: u32,
}

impl NameData {
    pub(super) fn qualified(self) -> Span {
        Span {
            start: self.start,
            end: self.start + u32::from(self.len),
        }
    }

    pub(super) fn prefix(self) -> Span {
        Span {
            start: self.start,
            end: self.start + u32::from(self.prefix_len),
        }
    }

    pub(super) fn local(self) -> Span {
        let colon = if self.prefix_len == 0 {
            0
        } else {
            u32::from(self.prefix_len) + 1
        };
        Span {
            start: self.start + colon,
            end: self.start + u32::from(self.len),
        }
    }
}

pub(super) struct AttributeData {
    pub(super) name: NameData,
    pub(super) value: Span,
}

pub(super) struct NamespaceData {
    pub(super) prefix: Span,
    pub(super) uri: u32,
}

/// A range: of bytes in the source (beyond its end: in the unescaped values), or of entries in a
/// table.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn range(self) -> std::ops::Range<usize> {
        wide(self.start)..wide(self.end)
    }
}

/// An offset as an index.
pub(super) fn wide(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// An index as an offset. The parser refuses texts that could pass `u32::MAX`.
pub(super) fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
