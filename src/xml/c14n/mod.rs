//! Canonical XML: a document or subtree as the one sequence of bytes that is digested and signed.
//! Start at [`canonicalize`].
//!
//! Canonical XML 1.0 (W3C REC-xml-c14n-20010315), 1.1 (REC-xml-c14n11-20080502) and Exclusive XML
//! Canonicalization 1.0 (REC-xml-exc-c14n-20020718), each with and without comments. The node sets
//! are those that signatures need: a whole document or the subtree of an element, less one hidden
//! subtree. There are no XPath node sets.

mod base;
mod element;
mod sink;

use super::document::{Data, NameData, PackedNode, Shape, wide};
use super::scope::{Bindings, NO_NAMESPACE};
use super::{Document, Error, Node, NodeId};
use sink::Sink;

/// How to canonicalise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canonicalization<'p> {
    /// Which recommendation.
    pub method: Method,
    /// Whether comments stay.
    pub comments: bool,
    /// `InclusiveNamespaces/@PrefixList` of the exclusive method (`#default` or the empty string
    /// for the default namespace); the other methods do not look at it.
    pub inclusive_prefixes: &'p [&'p str],
}

/// Which recommendation to canonicalise by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Exclusive XML Canonicalization 1.0.
    Exclusive,
    /// Canonical XML 1.0.
    Inclusive10,
    /// Canonical XML 1.1.
    Inclusive11,
}

/// What to canonicalise.
#[derive(Debug, Clone, Copy)]
pub enum Subtree<'a> {
    /// A whole document, less the subtree of the hidden node.
    Document(&'a Document, Option<NodeId>),
    /// An element and everything below it, less what its view hides.
    Element(Node<'a>),
}

/// Writes the canonical form to `out`, piece by piece.
///
/// # Errors
/// [`Error::RelativeNamespace`]: Canonical XML 1.0 section 1.3 demands failure.
pub fn canonicalize(
    what: Subtree<'_>,
    how: &Canonicalization<'_>,
    out: &mut dyn FnMut(&[u8]),
) -> Result<(), Error> {
    let (document, apex, hidden) = match what {
        Subtree::Document(document, hidden) => (document, None, hidden),
        Subtree::Element(node) => (node.document(), Some(node.id().0), node.hidden()),
    };
    let mut walk = Walk {
        document,
        how,
        hidden: hidden.map_or(u32::MAX, |id| id.0),
        out: Sink::new(&document.source, out),
        after_text: false,
        rendered: Bindings::default(),
        open: Vec::new(),
        namespaces: Vec::new(),
        attributes: Vec::new(),
    };
    walk.rendered.bind("", NO_NAMESPACE);
    match apex {
        Some(apex) => walk.tree(apex)?,
        None => walk.document()?,
    }
    walk.out.flush();
    Ok(())
}

/// The canonical form in one piece.
///
/// # Errors
/// As [`canonicalize`].
pub fn canonical_bytes(what: Subtree<'_>, how: &Canonicalization<'_>) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    canonicalize(what, how, &mut |piece| bytes.extend_from_slice(piece))?;
    Ok(bytes)
}

/// The state of one canonicalisation.
struct Walk<'a, 'o> {
    document: &'a Document,
    how: &'o Canonicalization<'o>,
    hidden: u32,
    out: Sink<'a, 'o>,
    /// Whether what stands before the place at hand is a text.
    after_text: bool,
    /// What the output so far says at this place: prefix to namespace.
    rendered: Bindings<'a>,
    open: Vec<Open>,
    /// Scratch space for the element at hand.
    namespaces: Vec<(&'a str, u32)>,
    attributes: Vec<element::Rendered<'a>>,
}

/// An element whose end tag is still to be written.
struct Open {
    name: NameData,
    end_tag: u32,
    end: u32,
    mark: usize,
}

impl Walk<'_, '_> {
    /// Canonical XML 1.0 section 2.1: a line feed parts the document element from what stands
    /// before and after it.
    fn document(&mut self) -> Result<(), Error> {
        let mut after_root = false;
        for node in self.document.top_level() {
            let id = node.id().0;
            if id == self.hidden {
                continue;
            }
            if node.id() == self.document.root {
                self.tree(id)?;
                after_root = true;
            } else if self.how.comments || node.kind() != super::NodeKind::Comment {
                if after_root {
                    self.out.mark(b"\n");
                }
                self.leaf(id);
                if !after_root {
                    self.out.mark(b"\n");
                }
            }
        }
        Ok(())
    }

    /// The subtree of an element, without recursion: the arena is in document order.
    fn tree(&mut self, apex: u32) -> Result<(), Error> {
        let document = self.document;
        let end = document.packed(apex).map_or(0, |node| node.past(apex));
        let mut id = apex;
        while let Some(node) = document.packed(id).filter(|_| id < end) {
            self.close(id);
            if node.shape() == Shape::Element && id != apex {
                self.blank_before(wide(node.start));
            }
            if id == self.hidden {
                self.after_text = false;
                id = node.past(id);
                continue;
            }
            match node.shape() {
                Shape::PlainText => self.out.stretch(node.plain().range()),
                Shape::Element => self.open(id, node, id == apex)?,
                Shape::Text | Shape::Comment | Shape::Instruction => self.leaf(id),
            }
            self.after_text = matches!(node.shape(), Shape::PlainText | Shape::Text);
            id += 1;
        }
        self.close(u32::MAX);
        Ok(())
    }

    /// Writes the white space before a tag, which is no node where it parts two tags.
    fn blank_before(&mut self, tag: usize) {
        if self.after_text {
            return;
        }
        let blank = self.document.blank_before(tag);
        if !blank.is_empty() {
            self.out.stretch(tag - blank.len()..tag);
        }
    }

    /// Writes the start tag of an element, whose end tag follows when its subtree is written.
    fn open(&mut self, id: u32, node: &PackedNode, apex: bool) -> Result<(), Error> {
        let Some(element) = self.document.element(id) else {
            return Ok(());
        };
        let mark = self.rendered.mark();
        self.start_tag(id, &element, apex)?;
        self.open.push(Open {
            name: element.name,
            end_tag: element.end_tag,
            end: node.past(id),
            mark,
        });
        Ok(())
    }

    /// Writes the end tags of the elements that end before node `next`.
    fn close(&mut self, next: u32) {
        while let Some(open) = self.open.pop_if(|open| open.end <= next) {
            self.end_tag(open.name, wide(open.end_tag));
            self.rendered.restore(open.mark);
        }
    }

    /// An empty element has an end tag too (Canonical XML 1.0 section 1.1).
    fn end_tag(&mut self, name: NameData, at: usize) {
        if self.document.source.as_bytes().get(at..at + 2) == Some(b"</") {
            self.blank_before(at);
            // The name there is that of the start tag (XML 1.0 section 3).
            self.out.stretch(at..at + 2 + usize::from(name.len));
        } else {
            self.out.mark(b"</");
            let name = self.document.str(name.qualified());
            self.out.push(name.as_bytes());
        }
        self.out.mark(b">");
        self.after_text = false;
    }

    /// A text, comment or processing instruction.
    fn leaf(&mut self, id: u32) {
        let document = self.document;
        let Some(data) = document.data(id) else {
            return;
        };
        match &data {
            Data::Text(span) => self.out.text(document.str(*span), wide(span.start)),
            Data::Comment(span) if self.how.comments => {
                self.out.mark(b"<!--");
                self.out.push(document.str(*span).as_bytes());
                self.out.mark(b"-->");
            }
            Data::Instruction { target, value } => {
                self.out.mark(b"<?");
                self.out.push(document.str(*target).as_bytes());
                if value.start < value.end {
                    self.out.mark(b" ");
                    self.out.push(document.str(*value).as_bytes());
                }
                self.out.mark(b"?>");
            }
            Data::Comment(_) | Data::Element => {}
        }
    }
}

#[cfg(test)]
mod tests;
