//! Bytes to [`Document`]: one pass over quick-xml's events. Start at [`parse`].
//!
//! quick-xml finds where markup begins and ends; everything that XML 1.0 and Namespaces in XML 1.0
//! demand inside it is checked here: tags in `element`, what stands between them in `content`.

mod content;
mod element;

use std::sync::OnceLock;

use quick_xml::errors::{Error as ReaderError, IllFormedError, SyntaxError};
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::chars::survey;
use super::decode::{Decoded, decode};
use super::document::{
    AttributeData, Data, Document, NamespaceData, NodeData, NodeId, Span, narrow, wide,
};
use super::scope::Scope;
use super::tag::RawAttribute;
use super::{Error, Limit, Limits, Position};

/// Parses a body. `http_charset` is the `charset` parameter of its content type, if any.
///
/// # Errors
/// See [`Error`]: the first fault, with its place.
pub fn parse(bytes: &[u8], http_charset: Option<&str>, limits: &Limits) -> Result<Document, Error> {
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
    let mut parser = Parser::new(&text, limits);
    parser.carriage_return = survey.carriage_return;
    parser.bracket = survey.bracket;
    parser.run()?;
    let Some(root) = parser.root else {
        return Err(parser.syntax("there is no document element", text.len()));
    };
    Ok(Document {
        unescaped: parser.unescaped,
        nodes: parser.nodes,
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

/// The state of one parse.
struct Parser<'s> {
    source: &'s str,
    limits: &'s Limits,
    /// Facts about the source that allow short cuts.
    carriage_return: bool,
    bracket: bool,
    unescaped: String,
    nodes: Vec<NodeData>,
    attributes: Vec<AttributeData>,
    namespaces: Vec<NamespaceData>,
    scope: Scope<'s>,
    open: Vec<Open<'s>>,
    root: Option<u32>,
    text: Option<Run>,
    /// Attributes of the tag at hand, until its declarations are known.
    pending: Vec<RawAttribute>,
}

/// An element that has not ended yet.
struct Open<'s> {
    id: u32,
    name: &'s str,
    scope: usize,
}

/// Character data that may go on: pieces between markup become one text node.
struct Run {
    start: usize,
    value: Span,
}

impl<'s> Parser<'s> {
    fn new(source: &'s str, limits: &'s Limits) -> Self {
        // Real messages have about a node for each 24 bytes; a bounded guess saves regrowing.
        let guess = (source.len() / 24).min(1 << 16);
        Self {
            source,
            limits,
            carriage_return: true,
            bracket: true,
            unescaped: String::new(),
            nodes: Vec::with_capacity(guess),
            attributes: Vec::new(),
            namespaces: Vec::new(),
            scope: Scope::new(),
            open: Vec::new(),
            root: None,
            text: None,
            pending: Vec::new(),
        }
    }

    fn run(&mut self) -> Result<(), Error> {
        if self.source.starts_with('\u{FEFF}') {
            return Err(self.syntax("a second byte order mark", 0));
        }
        let mut reader = Reader::from_str(self.source);
        let config = reader.config_mut();
        config.check_comments = true;
        // End tags are compared here, with a place.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        let mut start = 0;
        loop {
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(fault) => return Err(self.reader_fault(&fault, start)),
            };
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            if !matches!(
                event,
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_)
            ) {
                self.flush_text()?;
            }
            match event {
                Event::Start(_) => self.start_tag(start, end - 1, false)?,
                Event::Empty(_) => self.start_tag(start, end - 2, true)?,
                Event::End(_) => self.end_tag(start, end)?,
                Event::Text(_) => self.character_data(start, end)?,
                Event::CData(_) => self.cdata(start, end)?,
                Event::GeneralRef(_) => self.text_reference(start, end)?,
                Event::Comment(_) => self.comment(start, end)?,
                Event::PI(_) => self.instruction(start, end)?,
                Event::Decl(_) if start == 0 => {}
                Event::Decl(_) => {
                    return Err(self.syntax("an XML declaration after the start", start));
                }
                Event::DocType(_) => return Err(Error::DocumentType { at: self.at(start) }),
                Event::Eof => return self.finish(),
            }
            start = end;
        }
    }

    fn finish(&self) -> Result<(), Error> {
        match self.open.last() {
            Some(open) => {
                let start = self
                    .nodes
                    .get(wide(open.id))
                    .map_or(0, |node| wide(node.start));
                Err(Error::Truncated {
                    within: "an element",
                    at: self.at(start),
                })
            }
            None => Ok(()),
        }
    }

    fn push(&mut self, start: usize, data: Data) -> Result<u32, Error> {
        let id = narrow(self.nodes.len());
        let parent = self.open.last().map_or(u32::MAX, |open| open.id);
        self.nodes.push(NodeData {
            parent,
            end: id + 1,
            start: narrow(start),
            data,
        });
        self.room(start)?;
        Ok(id)
    }

    fn room(&self, start: usize) -> Result<(), Error> {
        let count = self.nodes.len() + self.attributes.len() + self.namespaces.len();
        self.within(Limit::Nodes, narrow(count), self.limits.nodes, start)
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

    fn reader_fault(&self, fault: &ReaderError, start: usize) -> Error {
        let at = self.at(start);
        let within = match fault {
            ReaderError::Syntax(SyntaxError::UnclosedDoctype)
            | ReaderError::IllFormed(IllFormedError::MissingDoctypeName) => {
                return Error::DocumentType { at };
            }
            ReaderError::Syntax(SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl) => {
                "a processing instruction"
            }
            ReaderError::Syntax(SyntaxError::UnclosedComment) => "a comment",
            ReaderError::Syntax(SyntaxError::UnclosedCData) => "a CDATA section",
            ReaderError::Syntax(
                SyntaxError::UnclosedTag
                | SyntaxError::UnclosedSingleQuotedAttributeValue
                | SyntaxError::UnclosedDoubleQuotedAttributeValue,
            ) => "a tag",
            ReaderError::IllFormed(IllFormedError::DoubleHyphenInComment) => {
                return Error::Syntax {
                    problem: "'--' in a comment",
                    at,
                };
            }
            ReaderError::IllFormed(IllFormedError::UnclosedReference) => {
                return Error::Syntax {
                    problem: "a reference without ';'",
                    at,
                };
            }
            ReaderError::Syntax(SyntaxError::InvalidBangMarkup)
            | ReaderError::IllFormed(_)
            | ReaderError::Io(_)
            | ReaderError::InvalidAttr(_)
            | ReaderError::Encoding(_)
            | ReaderError::Escape(_)
            | ReaderError::Namespace(_) => {
                return Error::Syntax {
                    problem: "unknown markup",
                    at,
                };
            }
        };
        Error::Truncated { within, at }
    }
}
