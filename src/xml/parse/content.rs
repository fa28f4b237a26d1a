//! What stands between tags: character data, comments, processing instructions. Extends the
//! parser.

use super::super::chars::{is_ncname, is_space};
use super::super::document::{Shape, Span, narrow, wide};
use super::super::tag::{Reference, reference};
use super::super::{Error, Limit};
use super::{Parser, Run};

impl Parser<'_> {
    pub(super) fn character_data(&mut self, start: usize, end: usize) -> Result<(), Error> {
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

    pub(super) fn cdata(&mut self, start: usize, end: usize) -> Result<(), Error> {
        if self.open.is_empty() {
            return Err(self.syntax("a CDATA section outside the document element", start));
        }
        self.piece(start, start + "<![CDATA[".len(), end - "]]>".len());
        Ok(())
    }

    pub(super) fn text_reference(&mut self, start: usize, end: usize) -> Result<(), Error> {
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
    pub(super) fn piece(&mut self, start: usize, from: usize, to: usize) {
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
    pub(super) fn own_text(&mut self, start: usize) {
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

    pub(super) fn extend_text(&mut self) {
        let end = narrow(self.source.len() + self.unescaped.len());
        if let Some(run) = &mut self.text {
            run.value.end = end;
        }
    }

    /// Ends the text at hand before a tag. Between tags white space is no node: two in five nodes
    /// of an indented message would be that.
    pub(super) fn flush_text_before_tag(&mut self, beside_elements: bool) -> Result<(), Error> {
        let run = self.text.as_ref().filter(|_| beside_elements);
        let plain = run.filter(|run| wide(run.value.start) == run.start);
        if plain.is_some_and(|run| self.slice_of(run.value).bytes().all(is_space)) {
            self.text = None;
        }
        self.flush_text()
    }

    pub(super) fn flush_text(&mut self) -> Result<(), Error> {
        let escapes = std::mem::take(&mut self.text_escapes);
        match self.text.take() {
            Some(run) if run.value.start < run.value.end => {
                if wide(run.value.start) == run.start && !escapes {
                    let shape = Shape::PlainText;
                    return self.push(run.start, run.value.end, shape, 0).map(|_| ());
                }
                self.push_span(run.start, Shape::Text, run.value)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn comment(&mut self, start: usize, end: usize) -> Result<(), Error> {
        let value = self.markup_value(start + "<!--".len(), end - "-->".len());
        self.push_span(start, Shape::Comment, value)
    }

    pub(super) fn instruction(&mut self, start: usize, end: usize) -> Result<(), Error> {
        let body = self.slice(start + 2, end - 2);
        let target_len = body.bytes().position(is_space).unwrap_or(body.len());
        let target = body.get(..target_len).unwrap_or_default();
        if target == "xml" && start > 0 {
            return Err(self.syntax("an XML declaration after the start", start));
        }
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
        self.push_span(start, Shape::Instruction, target)?;
        self.spans.push(value);
        Ok(())
    }

    /// A span of the source, with line ends normalised where they need it.
    pub(super) fn markup_value(&mut self, from: usize, to: usize) -> Span {
        let text = self.slice(from, to);
        if !(self.carriage_return && text.contains('\r')) {
            return Span {
                start: narrow(from),
                end: narrow(to),
            };
        }
        self.unescape(|out| push_normalised(out, text))
    }

    pub(super) fn resolve_reference(&self, body: &str, start: usize) -> Result<char, Error> {
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
    pub(super) fn unescape(&mut self, write: impl FnOnce(&mut String)) -> Span {
        let base = self.source.len();
        let start = narrow(base + self.unescaped.len());
        write(&mut self.unescaped);
        Span {
            start,
            end: narrow(base + self.unescaped.len()),
        }
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
