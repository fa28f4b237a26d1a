//! The arena that a parsed document lives in. Start at [`Document`].
//!
//! Nodes lie in document order; each knows where its subtree ends, so that children, siblings and
//! descendants need no links. Names and most values are spans of the decoded text; values that
//! needed unescaping lie in a second string.

use std::fmt;
use std::sync::OnceLock;

use foldhash::HashMap;

use super::node::Node;
use super::position::{LineIndex, STRIDE};
use super::{Encoding, Position};

/// A parsed document: its decoded text and an arena of nodes over it.
pub struct Document {
    pub(super) source: String,
    /// Values that differ from their spelling in the text.
    pub(super) unescaped: String,
    pub(super) nodes: Vec<NodeData>,
    pub(super) attributes: Vec<AttributeData>,
    pub(super) namespaces: Vec<NamespaceData>,
    /// Namespaces by number.
    pub(super) uris: Vec<Box<str>>,
    pub(super) root: NodeId,
    pub(super) encoding: Encoding,
    pub(super) declaration: usize,
    pub(super) lines: OnceLock<LineIndex>,
    /// For each element its place among siblings of the same local name, from 1; 0 when alone.
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

    /// The encoding of the body.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Byte of [`Document::text`] after the XML declaration; 0 without one.
    pub fn content_start(&self) -> usize {
        self.declaration
    }

    /// A node by its id.
    pub fn node(&self, id: NodeId) -> Option<Node<'_>> {
        self.data(id.0).map(|_| Node::new(self, id))
    }

    /// Comments and processing instructions outside the document element, and that element.
    pub fn top_level(&self) -> impl Iterator<Item = Node<'_>> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let data = self.data(next)?;
            let node = Node::new(self, NodeId(next));
            next = data.end;
            Some(node)
        })
    }

    pub(super) fn data(&self, id: u32) -> Option<&NodeData> {
        self.nodes.get(wide(id))
    }

    pub(super) fn element(&self, id: u32) -> Option<&ElementData> {
        match &self.data(id)?.data {
            Data::Element(element) => Some(element),
            Data::Comment(_) | Data::Instruction { .. } | Data::Text(_) => None,
        }
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
        let ordinals = self.ordinals.get_or_init(|| self.count_ordinals());
        ordinals.get(wide(id)).copied().unwrap_or_default()
    }

    fn count_ordinals(&self) -> Vec<u32> {
        let mut ordinals = vec![0; self.nodes.len()];
        let mut seen: HashMap<&str, (u32, u32)> = HashMap::default();
        for parent in 0..narrow(self.nodes.len()) {
            if self.element(parent).is_none() {
                continue;
            }
            seen.clear();
            for child in Node::new(self, NodeId(parent)).elements() {
                let (first, count) = seen
                    .entry(child.name().local)
                    .or_insert_with(|| (child.id().0, 0));
                *count += 1;
                if *count == 2
                    && let Some(slot) = ordinals.get_mut(wide(*first))
                {
                    *slot = 1;
                }
                if *count > 1
                    && let Some(slot) = ordinals.get_mut(wide(child.id().0))
                {
                    *slot = *count;
                }
            }
        }
        ordinals
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

/// A node: its place in the tree and what it is.
pub(super) struct NodeData {
    /// `u32::MAX` outside the document element.
    pub(super) parent: u32,
    /// One past the last node of the subtree.
    pub(super) end: u32,
    /// First byte in the source.
    pub(super) start: u32,
    pub(super) data: Data,
}

pub(super) enum Data {
    Comment(Span),
    Element(ElementData),
    Instruction { target: Span, value: Span },
    Text(Span),
}

/// What an element has beside its place. Its name stands in the source after the `<`.
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
