//! Building a document. Start at [`Writer`].

use std::fmt;

use super::chars::{is_char, is_ncname};
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
    /// Namespace and local name of each attribute of the start tag at hand.
    attributes: Vec<(String, String)>,
    /// Whether the start tag at hand still lacks its `>`.
    tag: bool,
    done: bool,
    fault: Option<Error>,
}

struct Open {
    name: String,
    scope: usize,
}

impl Writer {
    /// Begins with the XML declaration.
    pub fn new() -> Self {
        Self {
            out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            open: Vec::new(),
            scope: vec![("xml".to_owned(), XML_NAMESPACE.to_owned())],
            attributes: Vec::new(),
            tag: false,
            done: false,
            fault: None,
        }
    }

    /// Begins an element; `declarations` are prefix (empty for the default) and namespace.
    pub fn start(&mut self, prefix: &str, local: &str, declarations: &[(&str, &str)]) -> &mut Self {
        if self.done {
            self.syntax("a second document element");
        }
        self.close_tag();
        self.attributes.clear();
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
        let name = self.name(prefix, local);
        if !prefix.is_empty() && self.resolve(prefix).is_none() {
            self.namespace("the prefix is not declared");
        }
        self.out.push('<');
        self.out.push_str(&name);
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
        let uri = if prefix.is_empty() {
            Some("")
        } else {
            self.resolve(prefix)
        };
        let Some(uri) = uri else {
            self.namespace("the prefix is not declared");
            return self;
        };
        let key = (uri.to_owned(), local.to_owned());
        let name = self.name(prefix, local);
        if name == "xmlns" || self.attributes.contains(&key) {
            let at = self.here();
            self.keep(Error::DuplicateAttribute { at });
        }
        self.attributes.push(key);
        self.out.push(' ');
        self.out.push_str(&name);
        self.quoted(value);
        self
    }

    /// Adds character data to the open element.
    pub fn text(&mut self, text: &str) -> &mut Self {
        if self.open.is_empty() {
            self.syntax("text outside the document element");
        }
        self.close_tag();
        self.escaped(text, |c| match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '\r' => Some("&#xD;"),
            _ => None,
        });
        self
    }

    /// Ends the open element.
    pub fn end(&mut self) -> &mut Self {
        let Some(open) = self.open.pop() else {
            self.syntax("an end without a start");
            return self;
        };
        if self.tag {
            self.out.push_str("/>");
            self.tag = false;
        } else {
            self.out.push_str("</");
            self.out.push_str(&open.name);
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

    fn name(&mut self, prefix: &str, local: &str) -> String {
        if !is_ncname(local) || !(prefix.is_empty() || is_ncname(prefix)) {
            self.syntax("not a name");
        }
        if prefix.is_empty() {
            local.to_owned()
        } else {
            format!("{prefix}:{local}")
        }
    }

    fn resolve(&self, prefix: &str) -> Option<&str> {
        let found = self.scope.iter().rev().find(|(known, _)| known == prefix);
        found.map(|(_, uri)| uri.as_str())
    }

    fn quoted(&mut self, value: &str) {
        self.out.push_str("=\"");
        self.escaped(value, |c| match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '"' => Some("&quot;"),
            '\t' => Some("&#x9;"),
            '\n' => Some("&#xA;"),
            '\r' => Some("&#xD;"),
            _ => None,
        });
        self.out.push('"');
    }

    fn escaped(&mut self, text: &str, escape: impl Fn(char) -> Option<&'static str>) {
        for c in text.chars() {
            if !is_char(c) {
                let at = self.here();
                self.keep(Error::Character {
                    code: u32::from(c),
                    at,
                });
            }
            match escape(c) {
                Some(escape) => self.out.push_str(escape),
                None => self.out.push(c),
            }
        }
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

impl Default for Writer {
    fn default() -> Self {
        Self::new()
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
