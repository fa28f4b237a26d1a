//! Bytes to [`Document`] in one pass. Start at [`parse`].
//!
//! Here it is found where markup begins and ends; what XML 1.0 and Namespaces in XML 1.0 demand
//! inside it is checked for tags in `element`, for what stands between them in `content`.

mod content;
mod element;

use std::borrow::Cow;
use std::sync::OnceLock;

use foldhash::HashMap;
use foldhash::fast::RandomState;
use memchr::{memchr, memchr3, memmem};

use super::chars::{Survey, survey};
use super::decode::{Decoded, decode};
use super::document::{
    AttributeData, Document, NODES_MAX, NamespaceData, NodeId, PackedElement, PackedNode,
    PackedTag, Shape, Span, narrow, wide,
};
use super::scope::Scope;
use super::tag::RawAttribute;
use super::{Error, Limit, Limits, Position};

/// Parses a body. `http_charset` is the `charset` parameter of its content type, if any.
///
/// # Errors
/// See [`Error`]: the first fault, with its place.
pub fn parse(bytes: &[u8], http_charset: Option<&str>, limits: &Limits) -> Result<Document, Error> {
    read(Cow::Borrowed(bytes), http_charset, limits)
}

/// The same of a body that nobody needs any more: one in UTF-8 becomes the document's text as it is.
///
/// # Errors
/// As [`parse`].
pub fn parse_owned(
    bytes: Vec<u8>,
    http_charset: Option<&str>,
    limits: &Limits,
) -> Result<Document, Error> {
    read(Cow::Owned(bytes), http_charset, limits)
}

fn read(
    bytes: Cow<'_, [u8]>,
    http_charset: Option<&str>,
    limits: &Limits,
) -> Result<Document, Error> {
    // Offsets are 32 bits wide, and a text may grow threefold when it becomes UTF-8, and once more
    // by unescaped values.
    let max = limits.bytes.min(wide(u32::MAX / 8));
    if bytes.len() > max {
        return Err(Error::Bytes {
            got: bytes.len(),
            max,
        });
    }
    let Decoded {
        text,
        encoding,
        declaration,
    } = decode(bytes, http_charset)?;
    let survey = survey(&text);
    if let Some((byte, code)) = survey.forbidden {
        return Err(Error::Character {
            code,
            at: Position::locate(&text, byte),
        });
    }
    let mut parser = Parser::new(&text, limits, &survey);
    parser.run(declaration)?;
    let Some(root) = parser.root else {
        return Err(parser.syntax("there is no document element", text.len()));
    };
    Ok(Document {
        unescaped: parser.unescaped,
        nodes: parser.nodes,
        elements: parser.elements,
        tags: parser.tags,
        names: parser.names,
        spans: parser.spans,
        attributes: parser.attributes,
        namespaces: parser.namespaces,
        uris: parser.scope.into_uris(),
        root: NodeId(root),
        encoding,
        declaration,
        lines: OnceLock::new(),
        ordinals: OnceLock::new(),
        source: text,
    })
}

/// Element names that most messages do with: the widest published one has 400.
const NAMES_GUESS: usize = 100;

/// The state of one parse.
struct Parser<'s> {
    source: &'s str,
    limits: &'s Limits,
    /// Facts about the source that allow short cuts.
    carriage_return: bool,
    bracket: bool,
    unescaped: String,
    nodes: Vec<PackedNode>,
    elements: Vec<PackedElement>,
    tags: Vec<PackedTag>,
    /// The namespaces of element names by their numbers, and the numbers.
    names: Vec<u32>,
    by_name: HashMap<(u32, &'s str), u32>,
    /// Values of nodes that are not plain text.
    spans: Vec<Span>,
    attributes: Vec<AttributeData>,
    namespaces: Vec<NamespaceData>,
    scope: Scope<'s>,
    open: Vec<Open<'s>>,
    root: Option<u32>,
    text: Option<Run>,
    /// Whether there may be a `>` in the text at hand, which its canonical form escapes.
    text_escapes: bool,
    /// Attributes of the tag at hand, until its declarations are known.
    pending: Vec<RawAttribute>,
}

/// An element that has not ended yet.
struct Open<'s> {
    id: u32,
    name: &'s str,
    scope: usize,
    has_elements: bool,
}

/// Character data that may go on: pieces between markup become one text node.
struct Run {
    start: usize,
    value: Span,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, limits: &'s Limits, survey: &Survey) -> Self {
        // Each `<` but those of end tags and sections begins a node, and text may stand before it:
        // a bound that is near in real messages saves regrowing. Pages that are not used cost nothing.
        let marks = survey.marks.min(wide(limits.nodes));
        Self {
            source,
            limits,
            carriage_return: survey.carriage_return,
            bracket: survey.bracket,
            unescaped: String::new(),
            nodes: Vec::with_capacity(marks + marks / 2 + 1),
            elements: Vec::with_capacity(marks / 2 + 1),
            tags: Vec::new(),
            names: Vec::new(),
            by_name: HashMap::with_capacity_and_hasher(
                (marks / 2).min(NAMES_GUESS),
                RandomState::default(),
            ),
            spans: Vec::new(),
            attributes: Vec::new(),
            namespaces: Vec::new(),
            scope: Scope::new(),
            open: Vec::new(),
            root: None,
            text: None,
            text_escapes: false,
            pending: Vec::new(),
        }
    }

    fn run(&mut self, declaration: usize) -> Result<(), Error> {
        if self.source.starts_with('\u{FEFF}') {
            return Err(self.syntax("a second byte order mark", 0));
        }
        let mut at = declaration;
        while let Some(&byte) = self.source.as_bytes().get(at) {
            at = match byte {
                b'<' => self.markup(at)?,
                b'&' => self.reference(at)?,
                _ => {
                    let end = self.text_end(at);
                    self.character_data(at, end)?;
                    end
                }
            };
        }
        self.flush_text()?;
        self.finish()
    }

    /// Where the text ends that begins here. Notes whether there is a `>` in it.
    fn text_end(&mut self, start: usize) -> usize {
        let mut at = start;
        while let Some(length) = memchr3(b'<', b'&', b'>', self.rest(at)) {
            at += length;
            if self.source.as_bytes().get(at) != Some(&b'>') {
                return at;
            }
            self.text_escapes = true;
            at += 1;
        }
        self.source.len()
    }

    /// Reads what begins with `<`; says where it ends.
    fn markup(&mut self, start: usize) -> Result<usize, Error> {
        match self.source.as_bytes().get(start + 1) {
            Some(b'/') => {
                let end = self.past(start, start + 2, b">", "a tag")?;
                let beside_elements = self.open.last().is_some_and(|open| open.has_elements);
                self.flush_text_before_tag(beside_elements)?;
                self.end_tag(start, end)?;
                Ok(end)
            }
            Some(b'?') => {
                let end = self.past(start, start + 2, b"?>", "a processing instruction")?;
                self.flush_text()?;
                self.instruction(start, end)?;
                Ok(end)
            }
            Some(b'!') => self.bang(start),
            Some(_) => {
                self.flush_text_before_tag(true)?;
                self.start_tag(start)
            }
            None => Err(self.truncated("a tag", start)),
        }
    }

    /// Comments, CDATA sections, document type declarations.
    fn bang(&mut self, start: usize) -> Result<usize, Error> {
        const COMMENT: &str = "<!--";
        const CDATA: &str = "<![CDATA[";
        const DOCTYPE: &str = "<!DOCTYPE";
        let rest = self.source.get(start..).unwrap_or_default();
        if rest.starts_with(COMMENT) {
            let from = start + COMMENT.len();
            let end = self.past(start, from, b"-->", "a comment")?;
            let body = self.slice(from, end - 1);
            // XML 1.0 section 2.5: two hyphens end a comment, wherever they stand.
            if memmem::find(body.as_bytes(), b"--") != Some(body.len() - 2) {
                return Err(self.syntax("'--' in a comment", start));
            }
            self.flush_text()?;
            self.comment(start, end)?;
            return Ok(end);
        }
        if rest.starts_with(CDATA) {
            let end = self.past(start, start + CDATA.len(), b"]]>", "a CDATA section")?;
            self.cdata(start, end)?;
            return Ok(end);
        }
        let doctype = rest.get(..DOCTYPE.len());
        if doctype.is_some_and(|begin| begin.eq_ignore_ascii_case(DOCTYPE)) {
            return Err(Error::DocumentType { at: self.at(start) });
        }
        let begun = |markup: &str| markup.starts_with(rest);
        Err(if begun(COMMENT) || begun(CDATA) || begun(DOCTYPE) {
            self.truncated("markup", start)
        } else {
            self.syntax("unknown markup", start)
        })
    }

    /// A reference in text; says where it ends.
    fn reference(&mut self, start: usize) -> Result<usize, Error> {
        let rest = self.rest(start + 1);
        match memchr3(b';', b'&', b'<', rest) {
            Some(length) if rest.get(length) == Some(&b';') => {
                let end = start + 1 + length + 1;
                self.text_reference(start, end)?;
                Ok(end)
            }
            Some(_) | None => Err(self.syntax("a reference without ';'", start)),
        }
    }

    /// One past the first of these characters.
    fn past(
        &self,
        start: usize,
        from: usize,
        end: &[u8],
        within: &'static str,
    ) -> Result<usize, Error> {
        let rest = self.rest(from);
        let found = match end {
            [byte] => memchr(*byte, rest),
            _ => memmem::find(rest, end),
        };
        found
            .map(|length| from + length + end.len())
            .ok_or_else(|| self.truncated(within, start))
    }

    fn rest(&self, from: usize) -> &'s [u8] {
        self.source.as_bytes().get(from..).unwrap_or_default()
    }

    fn finish(&self) -> Result<(), Error> {
        match self.open.last() {
            Some(open) => {
                let node = self.nodes.get(wide(open.id));
                Err(self.truncated("an element", node.map_or(0, |node| wide(node.start))))
            }
            None => Ok(()),
        }
    }

    fn push(&mut self, start: usize, end: u32, shape: Shape, index: usize) -> Result<u32, Error> {
        let id = narrow(self.nodes.len());
        let parent = self.open.last().map_or(u32::MAX, |open| open.id);
        let node = PackedNode::new(narrow(start), parent, end, shape, narrow(index));
        self.nodes.push(node);
        self.room(start)?;
        Ok(id)
    }

    /// Adds a node whose value is a span.
    fn push_span(&mut self, start: usize, shape: Shape, value: Span) -> Result<(), Error> {
        let index = self.spans.len();
        self.spans.push(value);
        self.push(start, 0, shape, index).map(|_| ())
    }

    fn room(&self, start: usize) -> Result<(), Error> {
        let count = self.nodes.len() + self.attributes.len() + self.namespaces.len();
        let max = self.limits.nodes.min(NODES_MAX);
        self.within(Limit::Nodes, narrow(count), max, start)
    }

    fn within(&self, limit: Limit, got: u32, max: u32, start: usize) -> Result<(), Error> {
        if got <= max {
            return Ok(());
        }
        Err(Error::Limit {
            limit,
            max,
            at: self.at(start),
        })
    }

    /// Lengths of names are stored in 16 bits.
    fn name_max(&self) -> u32 {
        self.limits.name_bytes.min(u32::from(u16::MAX))
    }

    fn slice(&self, from: usize, to: usize) -> &'s str {
        self.source.get(from..to).unwrap_or_default()
    }

    fn slice_of(&self, span: Span) -> &'s str {
        self.source.get(span.range()).unwrap_or_default()
    }

    fn at(&self, byte: usize) -> Position {
        Position::locate(self.source, byte)
    }

    fn syntax(&self, problem: &'static str, byte: usize) -> Error {
        Error::Syntax {
            problem,
            at: self.at(byte),
        }
    }

    fn truncated(&self, within: &'static str, start: usize) -> Error {
        Error::Truncated {
            within,
            at: self.at(start),
        }
    }
}
