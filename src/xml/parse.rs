//! Bytes to [`Document`]: one pass over quick-xml's events. Start at [`parse`].
//!
//! quick-xml finds where markup begins and ends; everything that XML 1.0 and Namespaces in XML 1.0
//! demand inside it is checked here.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::OnceLock;

use quick_xml::errors::{Error as ReaderError, IllFormedError, SyntaxError};
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::chars::{is_ncname, is_space, survey};
use super::decode::{Decoded, decode};
use super::document::{
    AttributeData, Data, Document, ElementData, NameData, NamespaceData, NodeData, NodeId, Span,
    narrow, wide,
};
use super::scope::{NO_NAMESPACE, Scope, XML};
use super::tag::{Attributes, RawAttribute, RawName, Reference, qualified_name, reference};
use super::{Error, Limit, Limits, Position, XML_NAMESPACE, XMLNS_NAMESPACE};

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

    // --- elements ---

    fn start_tag(&mut self, start: usize, end: usize, empty: bool) -> Result<(), Error> {
        let tag = self.slice(start + 1, end);
        let depth = narrow(self.open.len()).saturating_add(1);
        self.within(Limit::Depth, depth, self.limits.depth, start)?;
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.syntax("a second document element", start));
        }
        let name = qualified_name(tag).ok_or_else(|| self.syntax("not an element name", start))?;
        self.within(Limit::NameBytes, narrow(name.len), self.name_max(), start)?;
        let mark = self.scope.mark();
        let namespaces_from = narrow(self.namespaces.len());
        self.tag_attributes(tag, start + 1, name.len)?;
        let attributes_from = narrow(self.attributes.len());
        self.resolve_attributes(tag, start + 1)?;
        let uri = self.resolve(tag.get(..name.prefix_len).unwrap_or_default(), start)?;
        let element = ElementData {
            name: name_data(start + 1, name, uri),
            attributes: Span {
                start: attributes_from,
                end: narrow(self.attributes.len()),
            },
            namespaces: Span {
                start: namespaces_from,
                end: narrow(self.namespaces.len()),
            },
            end_tag: narrow(end),
        };
        let id = self.push(start, Data::Element(element))?;
        if self.open.is_empty() {
            self.root = Some(id);
        }
        if empty {
            self.scope.restore(mark);
        } else {
            let name = tag.get(..name.len).unwrap_or_default();
            self.open.push(Open {
                id,
                name,
                scope: mark,
            });
        }
        Ok(())
    }

    /// Reads the attributes of a tag: declarations are bound, the others kept in `pending`.
    fn tag_attributes(&mut self, tag: &'s str, base: usize, after: usize) -> Result<(), Error> {
        self.pending.clear();
        let first = self.namespaces.len();
        let mut attributes = Attributes::new(tag, after);
        loop {
            let next = attributes.next();
            let found = match next {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(()),
                Err(fault) => return Err(self.syntax(fault.problem, base + fault.offset)),
            };
            let start = base + found.start;
            self.within(
                Limit::NameBytes,
                narrow(found.name.len),
                self.name_max(),
                start,
            )?;
            let name = tag
                .get(found.start..found.start + found.name.len)
                .unwrap_or_default();
            let prefix = match (name, found.name.prefix_len) {
                ("xmlns", _) => "",
                (_, 5) if name.starts_with("xmlns:") => name.get(6..).unwrap_or_default(),
                _ => {
                    self.pending.push(found);
                    let count = narrow(self.pending.len());
                    self.within(Limit::Attributes, count, self.limits.attributes, start)?;
                    continue;
                }
            };
            let count = narrow(self.namespaces.len() - first).saturating_add(1);
            self.within(Limit::Namespaces, count, self.limits.namespaces, start)?;
            self.declare(prefix, &found, base, first)?;
        }
    }

    /// A namespace declaration (Namespaces in XML 1.0 sections 3 and 5).
    fn declare(
        &mut self,
        prefix: &'s str,
        found: &RawAttribute,
        base: usize,
        first: usize,
    ) -> Result<(), Error> {
        let start = base + found.start;
        let value = self.attribute_value(base + found.value.start, base + found.value.end)?;
        let uri = self.value(value);
        let problem = match (prefix, uri.as_ref()) {
            ("xml", XML_NAMESPACE) => None,
            ("xml", _) => Some("the prefix xml is bound to another namespace"),
            ("xmlns", _) => Some("the prefix xmlns is declared"),
            (_, XML_NAMESPACE | XMLNS_NAMESPACE) => Some("a reserved namespace is bound"),
            ("", _) => None,
            (_, "") => Some("a prefix is bound to no namespace"),
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(Error::Namespace {
                problem,
                at: self.at(start),
            });
        }
        let declared = self.namespaces.get(first..).unwrap_or_default();
        if declared
            .iter()
            .any(|known| self.slice_of(known.prefix) == prefix)
        {
            return Err(Error::DuplicateAttribute { at: self.at(start) });
        }
        let uri = self.scope.intern(uri);
        self.scope.bind(prefix, uri);
        let end = narrow(start + found.name.len);
        let prefix = Span {
            start: end - narrow(prefix.len()),
            end,
        };
        self.namespaces.push(NamespaceData { prefix, uri });
        self.room(start)
    }

    /// Moves the pending attributes to the table, resolved and without duplicates.
    fn resolve_attributes(&mut self, tag: &'s str, base: usize) -> Result<(), Error> {
        let pending = std::mem::take(&mut self.pending);
        let first = self.attributes.len();
        for found in &pending {
            let start = base + found.start;
            let prefix_end = found.start + found.name.prefix_len;
            let uri = match tag.get(found.start..prefix_end).unwrap_or_default() {
                // The default namespace does not apply to attributes (section 6.2).
                "" => NO_NAMESPACE,
                "xml" => XML,
                prefix => self.resolve(prefix, start)?,
            };
            let value = self.attribute_value(base + found.value.start, base + found.value.end)?;
            let name = name_data(start, found.name, uri);
            self.attributes.push(AttributeData { name, value });
            self.room(start)?;
        }
        self.pending = pending;
        self.unique(first)
    }

    /// Refuses two attributes of one name, in linear time.
    fn unique(&self, first: usize) -> Result<(), Error> {
        /// Up to how many attributes comparing each pair beats hashing.
        const PAIRS_MAX: usize = 8;
        let attributes = self.attributes.get(first..).unwrap_or_default();
        let key = |data: &AttributeData| (data.name.uri, self.slice_of(data.name.local()));
        let second = if attributes.len() <= PAIRS_MAX {
            let mut numbered = attributes.iter().enumerate();
            numbered.find_map(|(n, data)| {
                attributes
                    .iter()
                    .take(n)
                    .any(|other| key(other) == key(data))
                    .then_some(data)
            })
        } else {
            let mut seen = HashSet::with_capacity(attributes.len());
            attributes.iter().find(|data| !seen.insert(key(data)))
        };
        match second {
            Some(data) => Err(Error::DuplicateAttribute {
                at: self.at(wide(data.name.start)),
            }),
            None => Ok(()),
        }
    }

    fn end_tag(&mut self, start: usize, end: usize) -> Result<(), Error> {
        let name = self
            .slice(start + 2, end - 1)
            .trim_end_matches([' ', '\t', '\r', '\n']);
        let Some(open) = self.open.pop().filter(|open| open.name == name) else {
            return Err(Error::EndTag { at: self.at(start) });
        };
        let past = narrow(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(wide(open.id)) {
            node.end = past;
            if let Data::Element(element) = &mut node.data {
                element.end_tag = narrow(start);
            }
        }
        self.scope.restore(open.scope);
        Ok(())
    }

    fn resolve(&self, prefix: &str, start: usize) -> Result<u32, Error> {
        let undeclared = "the prefix is not declared";
        self.scope.resolve(prefix).ok_or_else(|| Error::Namespace {
            problem: undeclared,
            at: self.at(start),
        })
    }

    // --- character data ---

    fn character_data(&mut self, start: usize, end: usize) -> Result<(), Error> {
        let piece = self.slice(start, end);
        if self.open.is_empty() {
            return match piece.bytes().position(|b| !is_space(b)) {
                Some(at) => Err(self.syntax("text outside the document element", start + at)),
                None => Ok(()),
            };
        }
        if self.bracket
            && let Some(at) = piece.find("]]>")
        {
            return Err(self.syntax("']]>' in text", start + at));
        }
        self.piece(start, start, end);
        Ok(())
    }

    fn cdata(&mut self, start: usize, end: usize) -> Result<(), Error> {
        if self.open.is_empty() {
            return Err(self.syntax("a CDATA section outside the document element", start));
        }
        self.piece(start, start + "<![CDATA[".len(), end - "]]>".len());
        Ok(())
    }

    fn text_reference(&mut self, start: usize, end: usize) -> Result<(), Error> {
        if self.open.is_empty() {
            return Err(self.syntax("a reference outside the document element", start));
        }
        let c = self.resolve_reference(self.slice(start + 1, end - 1), start)?;
        self.own_text(start);
        self.unescaped.push(c);
        self.extend_text();
        Ok(())
    }

    /// Adds a piece of the source to the text at hand.
    fn piece(&mut self, start: usize, from: usize, to: usize) {
        let piece = self.slice(from, to);
        if self.text.is_none() && !(self.carriage_return && piece.contains('\r')) {
            let value = Span {
                start: narrow(from),
                end: narrow(to),
            };
            self.text = Some(Run { start, value });
            return;
        }
        self.own_text(start);
        push_normalised(&mut self.unescaped, piece);
        self.extend_text();
    }

    /// Makes the text at hand one that lies at the end of the unescaped values.
    fn own_text(&mut self, start: usize) {
        let base = self.source.len();
        let next = narrow(base + self.unescaped.len());
        let (start, before) = match self.text.take() {
            Some(run) if wide(run.value.start) >= base => {
                self.text = Some(run);
                return;
            }
            Some(run) => (run.start, self.slice_of(run.value)),
            None => (start, ""),
        };
        self.unescaped.push_str(before);
        self.text = Some(Run {
            start,
            value: Span {
                start: next,
                end: next,
            },
        });
    }

    fn extend_text(&mut self) {
        let end = narrow(self.source.len() + self.unescaped.len());
        if let Some(run) = &mut self.text {
            run.value.end = end;
        }
    }

    fn flush_text(&mut self) -> Result<(), Error> {
        match self.text.take() {
            Some(run) if run.value.start < run.value.end => {
                self.push(run.start, Data::Text(run.value)).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    // --- comments and processing instructions ---

    fn comment(&mut self, start: usize, end: usize) -> Result<(), Error> {
        let value = self.markup_value(start + "<!--".len(), end - "-->".len());
        self.push(start, Data::Comment(value)).map(|_| ())
    }

    fn instruction(&mut self, start: usize, end: usize) -> Result<(), Error> {
        let body = self.slice(start + 2, end - 2);
        let target_len = body.bytes().position(is_space).unwrap_or(body.len());
        let target = body.get(..target_len).unwrap_or_default();
        if !is_ncname(target) || target.eq_ignore_ascii_case("xml") {
            return Err(self.syntax("not the target of a processing instruction", start + 2));
        }
        self.within(Limit::NameBytes, narrow(target_len), self.name_max(), start)?;
        let spaces = body
            .bytes()
            .skip(target_len)
            .take_while(|&b| is_space(b))
            .count();
        let from = start + 2;
        let value = self.markup_value(from + target_len + spaces, end - 2);
        let target = Span {
            start: narrow(from),
            end: narrow(from + target_len),
        };
        self.push(start, Data::Instruction { target, value })
            .map(|_| ())
    }

    /// A span of the source, with line ends normalised where they need it.
    fn markup_value(&mut self, from: usize, to: usize) -> Span {
        let text = self.slice(from, to);
        if !(self.carriage_return && text.contains('\r')) {
            return Span {
                start: narrow(from),
                end: narrow(to),
            };
        }
        self.unescape(|out| push_normalised(out, text))
    }

    // --- values ---

    /// An attribute's value, normalised as CDATA (XML 1.0 section 3.3.3).
    fn attribute_value(&mut self, from: usize, to: usize) -> Result<Span, Error> {
        let raw = self.slice(from, to);
        if !raw
            .bytes()
            .any(|b| matches!(b, b'&' | b'\t' | b'\n' | b'\r'))
        {
            return Ok(Span {
                start: narrow(from),
                end: narrow(to),
            });
        }
        let mut value = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(stop) = rest.find(['&', '\t', '\n', '\r']) {
            let (plain, special) = rest.split_at(stop);
            value.push_str(plain);
            let length = if special.starts_with('&') {
                let start = from + (raw.len() - special.len());
                let Some(length) = special.find(';') else {
                    return Err(self.syntax("a reference without ';'", start));
                };
                let body = special.get(1..length).unwrap_or_default();
                value.push(self.resolve_reference(body, start)?);
                length + 1
            } else {
                value.push(' ');
                if special.starts_with("\r\n") { 2 } else { 1 }
            };
            rest = special.get(length..).unwrap_or_default();
        }
        value.push_str(rest);
        Ok(self.unescape(|out| out.push_str(&value)))
    }

    fn resolve_reference(&self, body: &str, start: usize) -> Result<char, Error> {
        match reference(body) {
            Reference::Char(c) => Ok(c),
            Reference::Forbidden(code) => Err(Error::Character {
                code,
                at: self.at(start),
            }),
            Reference::Malformed => Err(self.syntax("a malformed reference", start)),
            Reference::Unknown => Err(Error::Entity { at: self.at(start) }),
        }
    }

    /// Appends to the unescaped values and says where.
    fn unescape(&mut self, write: impl FnOnce(&mut String)) -> Span {
        let base = self.source.len();
        let start = narrow(base + self.unescaped.len());
        write(&mut self.unescaped);
        Span {
            start,
            end: narrow(base + self.unescaped.len()),
        }
    }

    fn value(&self, span: Span) -> Cow<'s, str> {
        if wide(span.start) < self.source.len() {
            return Cow::Borrowed(self.slice_of(span));
        }
        let base = self.source.len();
        let range = wide(span.start) - base..wide(span.end) - base;
        Cow::Owned(self.unescaped.get(range).unwrap_or_default().to_owned())
    }

    // --- small things ---

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

fn name_data(start: usize, name: RawName, uri: u32) -> NameData {
    NameData {
        start: narrow(start),
        prefix_len: u16::try_from(name.prefix_len).unwrap_or(u16::MAX),
        len: u16::try_from(name.len).unwrap_or(u16::MAX),
        uri,
    }
}

/// Appends with line ends normalised to LF (XML 1.0 section 2.11).
fn push_normalised(out: &mut String, text: &str) {
    let mut lines = text.split('\r');
    out.push_str(lines.next().unwrap_or_default());
    for line in lines {
        out.push('\n');
        out.push_str(line.strip_prefix('\n').unwrap_or(line));
    }
}
