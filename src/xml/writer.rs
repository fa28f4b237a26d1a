//! Building a document. Start at [`Writer`].

use std::fmt;
use std::ops::Range;

use super::chars::{is_ncname, survey};
use super::{Error, Position, XML_NAMESPACE, XMLNS_NAMESPACE};

/// Builds a UTF-8 document that [`parse`](super::parse) accepts, or none at all: the first fault is
/// kept and [`Writer::finish`] gives it.
///
/// ```
/// let mut writer = corridor::xml::Writer::new();
/// writer.start("p", "a", &[("p", "urn:p")]).attribute("", "n", "1").text("x & y").end();
/// let bytes = writer.finish()?;
/// assert!(bytes.ends_with(b"<p:a xmlns:p=\"urn:p\" n=\"1\">x &amp; y</p:a>\n"));
/// # Ok::<(), corridor::xml::Error>(())
/// ```
pub struct Writer {
    out: String,
    open: Vec<Open>,
    /// Prefix and namespace, innermost last.
    scope: Vec<(String, String)>,
    /// Of each attribute of the start tag at hand its namespace's place in `scope`, none for an
    /// attribute without prefix, and where its local name stands in `out`.
    attributes: Vec<(Option<usize>, Range<usize>)>,
    /// Whether the start tag at hand still lacks its `>`.
    tag: bool,
    done: bool,
    /// Where the last end tag begins.
    end_tag: usize,
    /// Whether the document must be in the plain form of [`Plain`].
    plain: bool,
    fault: Option<Error>,
}

/// The XML declaration that every document begins with.
pub(crate) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A document in one default namespace, without prefixes and attributes, every element with an end
/// tag. Its document element is written as each of the canonicalisations writes it, so that it can
/// be digested and signed without being parsed again.
pub struct Plain {
    bytes: Vec<u8>,
    canonical: Range<usize>,
    end_tag: usize,
}

impl Plain {
    /// The whole document.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its canonical form.
    pub fn canonical(&self) -> &[u8] {
        self.bytes.get(self.canonical.clone()).unwrap_or_default()
    }

    /// The document up to the end tag of its document element, and the rest.
    pub fn at_end_tag(&self) -> (&[u8], &[u8]) {
        let parts = self.bytes.split_at_checked(self.end_tag);
        parts.unwrap_or((&self.bytes, &[]))
    }
}

struct Open {
    /// Where the name stands in `out`.
    name: Range<usize>,
    scope: usize,
}

impl Writer {
    /// Begins with the XML declaration.
    pub fn new() -> Self {
        Self {
            out: DECLARATION.to_owned(),
            open: Vec::new(),
            scope: vec![("xml".to_owned(), XML_NAMESPACE.to_owned())],
            attributes: Vec::new(),
            tag: false,
            done: false,
            end_tag: 0,
            plain: false,
            fault: None,
        }
    }

    /// Begins a document of the plain form, which [`Writer::finish_plain`] ends.
    pub fn plain() -> Self {
        Self {
            plain: true,
            ..Self::new()
        }
    }

    /// Begins an element; `declarations` are prefix (empty for the default) and namespace.
    pub fn start(&mut self, prefix: &str, local: &str, declarations: &[(&str, &str)]) -> &mut Self {
        if self.done {
            self.syntax("a second document element");
        }
        self.close_tag();
        self.attributes.clear();
        let at_root = self.open.is_empty();
        let default_only = |(prefix, _): &(&str, &str)| at_root && prefix.is_empty();
        if self.plain && !(prefix.is_empty() && declarations.iter().all(default_only)) {
            self.syntax("a prefix or a second namespace in a plain document");
        }
        let scope = self.scope.len();
        for (number, (prefix, uri)) in declarations.iter().enumerate() {
            self.check_declaration(prefix, uri);
            if declarations
                .iter()
                .take(number)
                .any(|(other, _)| other == prefix)
            {
                self.namespace("a prefix is declared twice");
            }
            self.scope.push(((*prefix).to_owned(), (*uri).to_owned()));
        }
        if !prefix.is_empty() && self.resolve(prefix).is_none() {
            self.namespace("the prefix is not declared");
        }
        self.out.push('<');
        let from = self.out.len();
        self.name(prefix, local);
        let name = from..self.out.len();
        for (prefix, uri) in declarations {
            self.out.push_str(if prefix.is_empty() {
                " xmlns"
            } else {
                " xmlns:"
            });
            self.out.push_str(prefix);
            self.quoted(uri);
        }
        self.open.push(Open { name, scope });
        self.tag = true;
        self
    }

    /// Adds an attribute to the element that was just begun.
    pub fn attribute(&mut self, prefix: &str, local: &str, value: &str) -> &mut Self {
        if !self.tag {
            self.syntax("an attribute after content");
        }
        let namespace = if prefix.is_empty() {
            None
        } else {
            let found = self.resolve(prefix);
            if found.is_none() {
                self.namespace("the prefix is not declared");
                return self;
            }
            found
        };
        if (prefix.is_empty() && local == "xmlns") || self.has_attribute(namespace, local) {
            let at = self.here();
            self.keep(Error::DuplicateAttribute { at });
        }
        if self.plain {
            self.syntax("an attribute in a plain document");
        }
        self.out.push(' ');
        self.name(prefix, local);
        let end = self.out.len();
        self.attributes.push((namespace, end - local.len()..end));
        self.quoted(value);
        self
    }

    /// Adds character data to the open element.
    pub fn text(&mut self, text: &str) -> &mut Self {
        if self.open.is_empty() {
            self.syntax("text outside the document element");
        }
        self.close_tag();
        let fault = escape_text(&mut self.out, text);
        self.fault = self.fault.take().or(fault);
        self
    }

    /// Ends the open element.
    pub fn end(&mut self) -> &mut Self {
        let Some(open) = self.open.pop() else {
            self.syntax("an end without a start");
            return self;
        };
        if self.tag && !self.plain {
            self.out.push_str("/>");
            self.tag = false;
        } else {
            self.close_tag();
            self.end_tag = self.out.len();
            self.out.push_str("</");
            self.out.extend_from_within(open.name);
            self.out.push('>');
        }
        self.scope.truncate(open.scope);
        self.done = self.open.is_empty();
        self
    }

    /// An element that holds nothing but text.
    pub fn element(&mut self, prefix: &str, local: &str, text: &str) -> &mut Self {
        self.start(prefix, local, &[]).text(text).end()
    }

    /// The document.
    ///
    /// # Errors
    /// The first fault: a name that is none, a prefix that is not declared, a character that XML
    /// 1.0 forbids, an element that is still open. Positions count in the output.
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        if !self.done {
            self.syntax("the document element has not ended");
        }
        self.out.push('\n');
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(self.out.into_bytes()),
        }
    }

    /// The document, with its canonical form in it.
    ///
    /// # Errors
    /// As [`Writer::finish`], and for what is not of the plain form.
    pub fn finish_plain(mut self) -> Result<Plain, Error> {
        if !self.plain {
            self.syntax("a document that was not begun as a plain one");
        }
        let canonical = DECLARATION.len()..self.out.len();
        let end_tag = self.end_tag;
        let bytes = self.finish()?;
        Ok(Plain {
            bytes,
            canonical,
            end_tag,
        })
    }

    fn close_tag(&mut self) {
        if self.tag {
            self.out.push('>');
            self.tag = false;
        }
    }

    fn check_declaration(&mut self, prefix: &str, uri: &str) {
        if !prefix.is_empty() && !is_ncname(prefix) {
            self.syntax("not a prefix");
        }
        let reserved = matches!(uri, XML_NAMESPACE | XMLNS_NAMESPACE);
        if reserved || matches!(prefix, "xml" | "xmlns") {
            self.namespace("a reserved prefix or namespace is bound");
        }
        if uri.is_empty() && !prefix.is_empty() {
            self.namespace("a prefix is bound to no namespace");
        }
    }

    /// Writes a qualified name.
    fn name(&mut self, prefix: &str, local: &str) {
        if !is_ncname(local) || !(prefix.is_empty() || is_ncname(prefix)) {
            self.syntax("not a name");
        }
        if !prefix.is_empty() {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(local);
    }

    /// Where the namespace of a prefix stands in `scope`.
    fn resolve(&self, prefix: &str) -> Option<usize> {
        self.scope.iter().rposition(|(known, _)| known == prefix)
    }

    fn uri(&self, namespace: Option<usize>) -> &str {
        let found = namespace.and_then(|number| self.scope.get(number));
        found.map_or("", |(_, uri)| uri)
    }

    /// Whether the start tag at hand has the attribute: prefixes do not count, namespaces do.
    fn has_attribute(&self, namespace: Option<usize>, local: &str) -> bool {
        self.attributes.iter().any(|(known, name)| {
            self.uri(*known) == self.uri(namespace) && self.out.get(name.clone()) == Some(local)
        })
    }

    fn quoted(&mut self, value: &str) {
        self.out.push_str("=\"");
        let fault = escape_attribute(&mut self.out, value);
        self.fault = self.fault.take().or(fault);
        self.out.push('"');
    }

    fn here(&self) -> Position {
        Position::locate(&self.out, self.out.len())
    }

    fn syntax(&mut self, problem: &'static str) {
        let at = self.here();
        self.keep(Error::Syntax { problem, at });
    }

    fn namespace(&mut self, problem: &'static str) {
        let at = self.here();
        self.keep(Error::Namespace { problem, at });
    }

    fn keep(&mut self, fault: Error) {
        self.fault.get_or_insert(fault);
    }
}

/// Writes character data with its escapes.
///
/// A character that XML 1.0 forbids is left out and given back as a fault, its place that in `out`.
pub(crate) fn escape_text(out: &mut String, text: &str) -> Option<Error> {
    escaped(out, text, &PLAIN_TEXT, |b| match b {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    })
}

/// The same for the value of an attribute, in double quotes.
pub(crate) fn escape_attribute(out: &mut String, value: &str) -> Option<Error> {
    escaped(out, value, &PLAIN_VALUE, |b| match b {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    })
}

/// Of each byte whether it stands for itself, and is no part of a character that XML forbids: of those
/// beyond ASCII only such as begin with 0xEF are.
type PlainBytes = [bool; 256];

static PLAIN_TEXT: PlainBytes = plain(b"&<>");
static PLAIN_VALUE: PlainBytes = plain(b"&<\"");

#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "the compiler makes the tables, and would refuse a place beyond them"
)]
const fn plain(special: &[u8]) -> PlainBytes {
    let mut plain = [true; 256];
    let mut control = 0;
    while control < 0x20 {
        plain[control] = false;
        control += 1;
    }
    plain[0xEF] = false;
    let mut at = 0;
    while at < special.len() {
        plain[special[at] as usize] = false;
        at += 1;
    }
    plain
}

fn escaped(
    out: &mut String,
    text: &str,
    plain: &PlainBytes,
    escape: impl Fn(u8) -> Option<&'static str>,
) -> Option<Error> {
    // Most values are short words without anything special: one pass over them is enough.
    if text
        .bytes()
        .all(|b| plain.get(usize::from(b)) == Some(&true))
    {
        out.push_str(text);
        return None;
    }
    special(out, text, escape)
}

/// The same for a text that has something special.
#[cold]
fn special(
    out: &mut String,
    text: &str,
    escape: impl Fn(u8) -> Option<&'static str>,
) -> Option<Error> {
    let Some((at, code)) = survey(text).forbidden else {
        allowed(out, text, escape);
        return None;
    };
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    allowed(out, before, &escape);
    let fault = Error::Character {
        code,
        at: Position::locate(out, out.len()),
    };
    allowed(out, after, escape);
    Some(fault)
}

/// Writes a text with escapes: all characters that have one are ASCII.
fn allowed(out: &mut String, text: &str, escape: impl Fn(u8) -> Option<&'static str>) {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if let Some(escape) = escape(byte) {
            out.push_str(text.get(plain..at).unwrap_or_default());
            out.push_str(escape);
            plain = at + 1;
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

/// Sizes only, as for [`Writer`].
impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plain")
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// Sizes only: what is written is payload, and payload stays out of logs.
impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("bytes", &self.out.len())
            .field("open", &self.open.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(build: impl FnOnce(&mut Writer)) -> Result<String, &'static str> {
        let mut writer = Writer::new();
        build(&mut writer);
        let bytes = writer.finish().map_err(|error| error.code())?;
        let text = String::from_utf8(bytes).unwrap();
        Ok(text.split_once("?>\n").unwrap().1.trim_end().to_owned())
    }

    #[test]
    fn writes_elements_attributes_and_text() {
        let text = written(|w| {
            w.start("", "a", &[("", "urn:d"), ("p", "urn:p&")])
                .attribute("p", "x", "<\"\n");
            w.element("p", "b", "1 > 0\r")
                .start("", "c", &[("", "")])
                .end()
                .end();
        });
        let expected = "<a xmlns=\"urn:d\" xmlns:p=\"urn:p&amp;\" p:x=\"&lt;&quot;&#xA;\">\
             <p:b>1 &gt; 0&#xD;</p:b><c xmlns=\"\"/></a>";
        assert_eq!(text.as_deref(), Ok(expected));
    }

    #[test]
    fn a_plain_document_has_its_canonical_form_in_it() {
        use crate::xml::{Canonicalization, Limits, Method, Subtree, canonical_bytes, parse};
        let mut writer = Writer::plain();
        writer.start("", "a", &[("", "urn:a&\"b\"")]);
        writer.element("", "b", "x < \"y\" & z > \t\r\n \u{416}");
        writer.start("", "c", &[]).end().element("", "d", "");
        writer.end();
        let plain = writer.finish_plain().unwrap();
        let document = parse(plain.bytes(), None, &Limits::default()).unwrap();
        for method in [Method::Exclusive, Method::Inclusive10, Method::Inclusive11] {
            let how = Canonicalization {
                method,
                comments: false,
                inclusive_prefixes: &[],
            };
            let canonical = canonical_bytes(Subtree::Document(&document, None), &how).unwrap();
            assert_eq!(canonical, plain.canonical(), "{method:?}");
        }
        assert_eq!(plain.at_end_tag().1, b"</a>\n");
    }

    #[test]
    fn what_is_not_plain_is_refused_as_such() {
        let check = |build: fn(&mut Writer) -> &mut Writer| {
            let mut writer = Writer::plain();
            build(&mut writer).end();
            let refused = writer.finish_plain().unwrap_err();
            assert_eq!(refused.code(), "XML_SYNTAX");
        };
        check(|w| w.start("p", "a", &[("p", "urn:p")]));
        check(|w| w.start("", "a", &[("", "urn:d"), ("p", "urn:p")]));
        check(|w| w.start("", "a", &[]).start("", "b", &[("", "urn:d")]).end());
        check(|w| w.start("", "a", &[]).attribute("", "n", "1"));
        let mut writer = Writer::new();
        writer.start("", "a", &[]).end();
        assert!(writer.finish_plain().is_err());
    }

    #[test]
    fn refuses_what_no_parser_would_take() {
        let check = |build: fn(&mut Writer) -> &mut Writer, code| {
            let result = written(|w| {
                build(w);
            });
            assert_eq!(result, Err(code));
        };
        check(|w| w, "XML_SYNTAX");
        check(|w| w.start("", "a", &[]), "XML_SYNTAX");
        check(|w| w.start("", "a b", &[]).end(), "XML_SYNTAX");
        check(|w| w.start("", "a", &[]).end().end(), "XML_SYNTAX");
        check(
            |w| w.start("", "a", &[]).end().start("", "b", &[]).end(),
            "XML_SYNTAX",
        );
        check(
            |w| w.start("", "a", &[]).text("x").attribute("", "b", "").end(),
            "XML_SYNTAX",
        );
        check(|w| w.start("", "a", &[]).end().text("x"), "XML_SYNTAX");
        check(|w| w.start("p", "a", &[]).end(), "XML_NAMESPACE");
        check(|w| w.start("", "a", &[("p", "")]).end(), "XML_NAMESPACE");
        check(
            |w| w.start("", "a", &[("xml", "urn:x")]).end(),
            "XML_NAMESPACE",
        );
        check(
            |w| w.start("", "a", &[]).text("\u{1}").end(),
            "XML_CHARACTER",
        );
        let twice: fn(&mut Writer) -> &mut Writer = |w| {
            w.start("", "a", &[("p", "u:u"), ("q", "u:u")]);
            w.attribute("p", "b", "").attribute("q", "b", "").end()
        };
        check(twice, "XML_DUPLICATE_ATTRIBUTE");
    }
}
