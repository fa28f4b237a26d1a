//! Tags: names, namespace declarations, attributes. Extends the parser; start at
//! [`Parser::start_tag`].

use std::borrow::Cow;
use std::collections::HashSet;

use memchr::{memchr, memchr3};

use super::super::document::{
    AttributeData, NO_TAG, NameData, NamespaceData, PackedElement, PackedTag, Shape, Span, narrow,
    wide,
};
use super::super::scope::{NO_NAMESPACE, XML};
use super::super::tag::{Attributes, RawAttribute, RawName, qualified_name};
use super::super::{Error, Limit, XML_NAMESPACE, XMLNS_NAMESPACE};
use super::Open;
use super::Parser;

impl<'s> Parser<'s> {
    /// Reads a start tag, or an empty element; says where it ends.
    pub(super) fn start_tag(&mut self, start: usize) -> Result<usize, Error> {
        let rest = self.source.get(start + 1..).unwrap_or_default();
        let depth = narrow(self.open.len()).saturating_add(1);
        let name = qualified_name(rest);
        // Most tags are a name alone: these need no search for their end.
        let (end, empty) = match name.map(|name| name.len) {
            Some(len) if rest.as_bytes().get(len) == Some(&b'>') => (start + 1 + len, false),
            _ => self.tag_end(start)?,
        };
        self.within(Limit::Depth, depth, self.limits.depth, start)?;
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.syntax("a second document element", start));
        }
        let tag = self.slice(start + 1, end);
        let name = name.filter(|name| name.len <= tag.len());
        let name = name.ok_or_else(|| self.syntax("not an element name", start))?;
        self.within(Limit::NameBytes, narrow(name.len), self.name_max(), start)?;
        let mark = self.scope.bindings.mark();
        let namespaces = narrow(self.namespaces.len());
        if tag.len() > name.len {
            self.tag_attributes(tag, start + 1, name.len)?;
        }
        let attributes = narrow(self.attributes.len());
        if tag.len() > name.len {
            self.resolve_attributes(tag, start + 1)?;
        }
        let tag_number = self.tag_number(attributes, namespaces);
        let uri = self.resolve(tag.get(..name.prefix_len).unwrap_or_default(), start)?;
        let local = match name.prefix_len {
            0 => 0,
            prefix => prefix + 1,
        };
        let local = tag.get(local..name.len).unwrap_or_default();
        let index = self.elements.len();
        let number = self.name_number(uri, local);
        self.elements.push(PackedElement {
            prefix_len: short(name.prefix_len),
            name_len: short(name.len),
            name: number,
            tag: tag_number,
            end_tag: narrow(end),
        });
        let past = narrow(self.nodes.len()).saturating_add(1);
        let id = self.push(start, past, Shape::Element, index)?;
        match self.open.last_mut() {
            Some(parent) => parent.has_elements = true,
            None => self.root = Some(id),
        }
        if empty {
            self.scope.bindings.restore(mark);
            return Ok(end + 2);
        }
        let name = tag.get(..name.len).unwrap_or_default();
        self.open.push(Open {
            id,
            name,
            scope: mark,
            has_elements: false,
        });
        Ok(end + 1)
    }

    /// Keeps what a tag has, when it has anything since these were the next.
    fn tag_number(&mut self, attributes: u32, namespaces: u32) -> u32 {
        let next = (narrow(self.attributes.len()), narrow(self.namespaces.len()));
        if (attributes, namespaces) == next {
            return NO_TAG;
        }
        self.tags.push(PackedTag {
            attributes,
            namespaces,
        });
        narrow(self.tags.len() - 1)
    }

    fn name_number(&mut self, uri: u32, local: &'s str) -> u32 {
        let next = narrow(self.names.len());
        let known = *self.by_name.entry((uri, local)).or_insert(next);
        if known == next {
            self.names.push(uri);
        }
        known
    }

    /// Where the `>` of a tag stands, or its `/>`, and which of them it is. None stands in quotes.
    fn tag_end(&self, start: usize) -> Result<(usize, bool), Error> {
        let bytes = self.source.as_bytes();
        let mut at = start + 1;
        while let Some(length) = memchr3(b'>', b'"', b'\'', self.rest(at)) {
            at += length;
            match bytes.get(at) {
                Some(b'>') if bytes.get(at - 1) == Some(&b'/') && at > start + 1 => {
                    return Ok((at - 1, true));
                }
                Some(b'>') => return Ok((at, false)),
                quote => {
                    let quote = quote.copied().unwrap_or(b'"');
                    let Some(length) = memchr(quote, self.rest(at + 1)) else {
                        break;
                    };
                    at += length + 2;
                }
            }
        }
        Err(self.truncated("a tag", start))
    }

    /// Reads the attributes of a tag: declarations are bound, the others kept in `pending`.
    pub(super) fn tag_attributes(
        &mut self,
        tag: &'s str,
        base: usize,
        after: usize,
    ) -> Result<(), Error> {
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
    pub(super) fn declare(
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
        self.scope.bindings.bind(prefix, uri);
        let end = narrow(start + found.name.len);
        let prefix = Span {
            start: end - narrow(prefix.len()),
            end,
        };
        self.namespaces.push(NamespaceData { prefix, uri });
        self.room(start)
    }

    /// Moves the pending attributes to the table, resolved and without duplicates.
    pub(super) fn resolve_attributes(&mut self, tag: &'s str, base: usize) -> Result<(), Error> {
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
    pub(super) fn unique(&self, first: usize) -> Result<(), Error> {
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

    pub(super) fn end_tag(&mut self, start: usize, end: usize) -> Result<(), Error> {
        let name = self.slice(start + 2, end - 1);
        let spaces = [' ', '\t', '\r', '\n'];
        let fits =
            |open: &Open<'_>| open.name == name || open.name == name.trim_end_matches(spaces);
        let Some(open) = self.open.pop().filter(fits) else {
            return Err(Error::EndTag { at: self.at(start) });
        };
        let past = narrow(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(wide(open.id)) {
            node.end = past;
            if let Some(element) = self.elements.get_mut(wide(node.index())) {
                element.end_tag = narrow(start);
            }
        }
        self.scope.bindings.restore(open.scope);
        Ok(())
    }

    pub(super) fn resolve(&self, prefix: &str, start: usize) -> Result<u32, Error> {
        let undeclared = "the prefix is not declared";
        self.scope
            .bindings
            .resolve(prefix)
            .ok_or_else(|| Error::Namespace {
                problem: undeclared,
                at: self.at(start),
            })
    }

    /// An attribute's value, normalised as CDATA (XML 1.0 section 3.3.3).
    pub(super) fn attribute_value(&mut self, from: usize, to: usize) -> Result<Span, Error> {
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

    pub(super) fn value(&self, span: Span) -> Cow<'s, str> {
        if wide(span.start) < self.source.len() {
            return Cow::Borrowed(self.slice_of(span));
        }
        let base = self.source.len();
        let range = wide(span.start) - base..wide(span.end) - base;
        Cow::Owned(self.unescaped.get(range).unwrap_or_default().to_owned())
    }
}

fn name_data(start: usize, name: RawName, uri: u32) -> NameData {
    NameData {
        start: narrow(start),
        prefix_len: short(name.prefix_len),
        len: short(name.len),
        uri,
    }
}

/// A length of a name, which is bounded by 16 bits.
fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
