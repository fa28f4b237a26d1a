//! A document as data, and how to spell it in many ways. Start at [`Model`].

use std::collections::BTreeMap;

use corridor::xml::Method;

use super::generate::Dice;

/// A document.
#[derive(Clone)]
pub(super) struct Model {
    /// Comments and instructions before and after the document element.
    pub(super) before: Vec<Kid>,
    pub(super) root: Element,
    pub(super) after: Vec<Kid>,
    /// How many elements there are; they are numbered from 0, the document element.
    pub(super) count: usize,
}

/// An element.
#[derive(Clone)]
pub(super) struct Element {
    pub(super) number: usize,
    pub(super) prefix: String,
    pub(super) local: String,
    pub(super) declarations: Vec<(String, String)>,
    /// Prefix, local name, value.
    pub(super) attributes: Vec<(String, String, String)>,
    pub(super) kids: Vec<Kid>,
}

/// What stands in an element.
#[derive(Clone)]
pub(super) enum Kid {
    Comment(String),
    Element(Element),
    Instruction(String, String),
    Text(String),
}

impl Model {
    /// Some spelling of the document, the same for the same seed.
    pub(super) fn render(&self, seed: u64, comments: bool) -> String {
        let mut spelling = Spelling {
            dice: Dice::new(seed ^ 0x5EED),
            comments,
            out: String::new(),
        };
        if spelling.dice.one_in(2) {
            spelling
                .out
                .push_str("<?xml version='1.0' encoding=\"UTF-8\" ?>\r\n");
        }
        spelling.kids(&self.before);
        spelling.element(&self.root);
        spelling.kids(&self.after);
        spelling.out
    }

    /// An element to try something on.
    pub(super) fn pick(&self, seed: u64) -> usize {
        Dice::new(seed ^ 0x91C4).below(self.count)
    }

    /// The document without one element.
    pub(super) fn without(&self, number: usize) -> Self {
        let mut model = self.clone();
        model.root.remove(number);
        model
    }

    /// One element as a document of its own that has the same canonical form: with the namespaces
    /// in scope, and the attributes that it inherits. None where `xml:base` would have to be joined.
    pub(super) fn standing_alone(&self, number: usize, method: Method) -> Option<Self> {
        let mut path = Vec::new();
        assert!(self.root.path_to(number, &mut path), "{number}");
        let (apex, ancestors) = path.split_last()?;
        let mut root = (*apex).clone();
        let mut scope = BTreeMap::new();
        for element in &path {
            scope.extend(element.declarations.iter().cloned());
        }
        scope.retain(|_, uri| !uri.is_empty());
        root.declarations = scope.into_iter().collect();
        for (prefix, local, value) in ancestors.iter().rev().flat_map(|one| &one.attributes) {
            if prefix != "xml" || method == Method::Exclusive {
                continue;
            }
            if method == Method::Inclusive11 && local == "base" {
                return None;
            }
            let taken = method == Method::Inclusive10 || matches!(local.as_str(), "lang" | "space");
            let known = root
                .attributes
                .iter()
                .any(|one| one.0 == "xml" && one.1 == *local);
            if taken && !known {
                root.attributes
                    .push((prefix.clone(), local.clone(), value.clone()));
            }
        }
        Some(Self {
            before: Vec::new(),
            root,
            after: Vec::new(),
            count: self.count,
        })
    }
}

impl Element {
    pub(super) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.kids.iter().filter_map(|kid| match kid {
            Kid::Element(element) => Some(element),
            Kid::Comment(_) | Kid::Instruction(..) | Kid::Text(_) => None,
        })
    }

    pub(super) fn text(&self) -> String {
        let texts = self.kids.iter().map(|kid| match kid {
            Kid::Text(text) => text.as_str(),
            Kid::Comment(_) | Kid::Element(_) | Kid::Instruction(..) => "",
        });
        texts.collect()
    }

    fn remove(&mut self, number: usize) {
        self.kids
            .retain(|kid| !matches!(kid, Kid::Element(one) if one.number == number));
        for kid in &mut self.kids {
            if let Kid::Element(element) = kid {
                element.remove(number);
            }
        }
    }

    fn path_to<'m>(&'m self, number: usize, path: &mut Vec<&'m Self>) -> bool {
        path.push(self);
        if self.number == number || self.elements().any(|one| one.path_to(number, path)) {
            return true;
        }
        path.pop();
        false
    }
}

/// Writes a document, choosing among the spellings that mean the same.
struct Spelling {
    dice: Dice,
    comments: bool,
    out: String,
}

impl Spelling {
    fn kids(&mut self, kids: &[Kid]) {
        for kid in kids {
            match kid {
                Kid::Comment(text) if self.comments => {
                    self.out.push_str("<!--");
                    self.lines(text);
                    self.out.push_str("-->");
                }
                Kid::Comment(_) => {}
                Kid::Element(element) => self.element(element),
                Kid::Instruction(target, data) => {
                    self.out.push_str("<?");
                    self.out.push_str(target);
                    if !data.is_empty() {
                        self.out.push_str(self.dice.of(&[" ", "\t", " \n "]));
                        self.lines(data);
                    }
                    self.out.push_str("?>");
                }
                Kid::Text(text) => self.text(text),
            }
        }
    }

    fn element(&mut self, element: &Element) {
        let prefixed = |prefix: &str, local: &str| match prefix {
            "" => local.to_owned(),
            _ => format!("{prefix}:{local}"),
        };
        let name = prefixed(&element.prefix, &element.local);
        let declared = element
            .declarations
            .iter()
            .map(|(prefix, uri)| match prefix.as_str() {
                "" => ("xmlns".to_owned(), uri),
                _ => (format!("xmlns:{prefix}"), uri),
            });
        let attributes = element.attributes.iter();
        let mut all: Vec<_> = attributes
            .map(|(prefix, local, value)| (prefixed(prefix, local), value))
            .chain(declared)
            .collect();
        self.out.push('<');
        self.out.push_str(&name);
        while !all.is_empty() {
            let (name, value) = all.swap_remove(self.dice.below(all.len()));
            self.out
                .push_str(self.dice.of(&[" ", " ", "  ", "\n\t", "\r\n"]));
            self.out.push_str(&name);
            self.out.push_str(self.dice.of(&["=", "=", " = ", "\n="]));
            self.value(value);
        }
        self.out.push_str(self.dice.of(&["", "", " ", "\n"]));
        if element.kids.is_empty() && self.dice.one_in(2) {
            self.out.push_str("/>");
            return;
        }
        self.out.push('>');
        self.kids(&element.kids);
        self.out.push_str("</");
        self.out.push_str(&name);
        self.out.push_str(self.dice.of(&["", "", " ", "\n"]));
        self.out.push('>');
    }

    fn value(&mut self, value: &str) {
        let quote = self.dice.of(&['"', '\'']);
        self.out.push(quote);
        for c in value.chars() {
            match c {
                '\t' | '\n' | '\r' => self.reference(c),
                '<' => self.out.push_str("&lt;"),
                '&' => self.out.push_str("&amp;"),
                // White space of any kind becomes a space, CR LF a single one.
                ' ' if self.dice.one_in(4) => self.out.push_str(self.dice.of(&["\t", "\r\n"])),
                c if c == quote || self.dice.one_in(12) => self.reference(c),
                c => self.out.push(c),
            }
        }
        self.out.push(quote);
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest
                .char_indices()
                .nth(1 + self.dice.below(9))
                .map_or(rest.len(), |(at, _)| at);
            let (piece, after) = rest.split_at(end);
            rest = after;
            if self.dice.one_in(4) && !piece.contains('\r') && !piece.contains("]]>") {
                self.out.push_str("<![CDATA[");
                self.lines(piece);
                self.out.push_str("]]>");
                continue;
            }
            for c in piece.chars() {
                match c {
                    '<' => self.out.push_str("&lt;"),
                    '&' => self.out.push_str("&amp;"),
                    '>' if self.out.ends_with(']') => self.out.push_str("&gt;"),
                    '\r' => self.reference(c),
                    '\n' => self.lines("\n"),
                    c if self.dice.one_in(12) => self.reference(c),
                    c => self.out.push(c),
                }
            }
        }
    }

    /// Text without references, its line ends spelled in one of three ways.
    fn lines(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                // A line feed must not follow a carriage return that stands for itself.
                '\n' if !self.out.ends_with('\r') => {
                    self.out.push_str(self.dice.of(&["\n", "\r\n", "\r"]));
                }
                '\n' => self.out.push_str("\r\n"),
                c => self.out.push(c),
            }
        }
    }

    fn reference(&mut self, c: char) {
        let code = u32::from(c);
        let named = match c {
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '&' => Some("&amp;"),
            '"' => Some("&quot;"),
            '\'' => Some("&apos;"),
            _ => None,
        };
        match (named, self.dice.below(3)) {
            (Some(named), 0) => self.out.push_str(named),
            (_, 1) => self.out.push_str(&format!("&#x{code:X};")),
            _ => self.out.push_str(&format!("&#{code};")),
        }
    }
}
