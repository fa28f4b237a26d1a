//! Reference data of the EU as CS/RD2 and COL publish it, entry by entry.
//!
//! Start at [`Entries`]. An extract holds entities (`RDEntity`), these hold entries (`RDEntry`) with a state,
//! the day from which it is so, and items. One extract has 55 MB; memory holds one entry. Documents with a
//! document type are refused.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::csv::Place;

/// Longest tag or text of an extract, in bytes: addresses take some hundreds.
const TOKEN_BYTES_MAX: usize = 64 * 1024;

/// Most items of one entry that are kept, and most bytes of them. An office with all its opening hours has
/// some thousands of items.
const ITEMS_MAX: usize = 20_000;

/// Deepest element of an extract.
const DEPTH_MAX: usize = 32;

/// An entry of an entity.
#[derive(Debug, Default)]
pub(super) struct RdEntry {
    /// Where it ends.
    pub(super) place: Option<Place>,
    /// `valid` or `invalid`.
    pub(super) state: String,
    /// The day from which that is so.
    pub(super) active_from: String,
    /// The items at the top of the entry, by name; of several of one name the first.
    pub(super) items: HashMap<String, String>,
    /// Names, each with its language in lower case.
    pub(super) names: Vec<(String, String)>,
}

impl RdEntry {
    /// The English name, else the first.
    pub(super) fn name(&self) -> &str {
        let english = self.names.iter().find(|(language, _)| language == "en");
        let found = english.or_else(|| self.names.first());
        found.map_or("", |(_, name)| name.as_str())
    }
}

/// Why reading ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum RdError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no such file.
    #[error("{text}")]
    Form { place: Place, text: String },
}

/// The entries of one entity.
pub(super) struct Entries<R: Read> {
    reader: Reader<Counted<R>>,
    entity: &'static str,
    /// The item that holds the name within a group, and the one that holds its language.
    name_item: &'static str,
    buffer: Vec<u8>,
    inside: bool,
    found: bool,
    /// Local names of the open elements.
    open: Vec<String>,
}

impl<R: Read> Entries<R> {
    /// Reads the entries of an entity of this name; `name_item` holds the name of what an entry is of.
    pub(super) fn new(input: R, entity: &'static str, name_item: &'static str) -> Self {
        let mut reader = Reader::from_reader(Counted::new(input));
        reader.config_mut().check_end_names = true;
        Self {
            reader,
            entity,
            name_item,
            buffer: Vec::new(),
            inside: false,
            found: false,
            open: Vec::new(),
        }
    }

    fn form(&self, text: impl Into<String>) -> RdError {
        RdError::Form {
            place: self.reader.get_ref().place(),
            text: text.into(),
        }
    }

    fn event(&mut self) -> Result<Event<'static>, RdError> {
        self.buffer.clear();
        let read = self.reader.read_event_into(&mut self.buffer);
        match read.map(Event::into_owned) {
            Ok(Event::DocType(_)) => Err(self.form("a document type is not taken")),
            Ok(event) => Ok(event),
            Err(quick_xml::Error::Io(error)) if error.kind() != io::ErrorKind::InvalidData => {
                Err(RdError::Io(io::Error::new(error.kind(), error.to_string())))
            }
            Err(error) => Err(self.form(error.to_string())),
        }
    }

    /// The next entry; nothing behind the last one.
    ///
    /// # Errors
    /// The file cannot be read, is not well-formed, or has no such entity.
    pub(super) fn next(&mut self) -> Result<Option<RdEntry>, RdError> {
        loop {
            match self.event()? {
                Event::Start(start) => {
                    let local = local(&start);
                    if self.inside && local == "RDEntry" {
                        return self.entry().map(Some);
                    }
                    if local == "RDEntity" {
                        let wanted = self.attribute(&start, "name")?;
                        self.inside = wanted.as_deref() == Some(self.entity);
                        self.found |= self.inside;
                    }
                    self.push(local)?;
                }
                Event::End(_) => {
                    let closed = self.open.pop();
                    if closed.as_deref() == Some("RDEntity") {
                        self.inside = false;
                    }
                }
                Event::Eof if !self.open.is_empty() => {
                    return Err(self.form("the file ends within an element"));
                }
                Event::Eof if !self.found => {
                    let text = format!("there is no entity `{}`", self.entity);
                    return Err(self.form(text));
                }
                Event::Eof => return Ok(None),
                Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::DocType(_)
                | Event::Empty(_)
                | Event::GeneralRef(_)
                | Event::PI(_)
                | Event::Text(_) => {}
            }
        }
    }

    fn push(&mut self, local: String) -> Result<(), RdError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(self.form(format!("elements nest deeper than {DEPTH_MAX}")));
        }
        self.open.push(local);
        Ok(())
    }

    /// Reads to the end of an entry whose start tag was read.
    fn entry(&mut self) -> Result<RdEntry, RdError> {
        let mut entry = RdEntry::default();
        let above = self.open.len();
        self.push("RDEntry".to_owned())?;
        // The name of the item that is open, its text, and the language beside it.
        let (mut item, mut text, mut language) = (String::new(), String::new(), String::new());
        let mut count = 0_usize;
        loop {
            match self.event()? {
                Event::Start(start) => {
                    let local = local(&start);
                    item = match local.as_str() {
                        "dataItem" => self.attribute(&start, "name")?.unwrap_or_default(),
                        "description" => {
                            language = self.attribute(&start, "lang")?.unwrap_or_default();
                            "description".to_owned()
                        }
                        other => other.to_owned(),
                    };
                    text.clear();
                    self.push(local)?;
                }
                Event::Text(part) => text.push_str(&part),
                Event::GeneralRef(name) => match named(&name) {
                    Some(character) => text.push(character),
                    None => return Err(self.form("an entity that no file declares")),
                },
                Event::End(_) => {
                    let closed = self.open.pop().unwrap_or_default();
                    if self.open.len() == above {
                        entry.place = Some(self.reader.get_ref().place());
                        return Ok(entry);
                    }
                    count += 1;
                    if count > ITEMS_MAX {
                        return Err(self.form(format!("an entry has more than {ITEMS_MAX} items")));
                    }
                    let value = text.trim();
                    let top = self.open.len() == above + 1;
                    match (closed.as_str(), item.as_str()) {
                        ("state", _) => entry.state = value.to_owned(),
                        ("activeFrom", _) => entry.active_from = value.to_owned(),
                        ("description", _) => {
                            let name = (language.to_lowercase(), value.to_owned());
                            entry.names.push(name);
                        }
                        ("dataItem", "LanguageCode") => language = value.to_lowercase(),
                        ("dataItem", name) if name == self.name_item => {
                            entry.names.push((language.clone(), value.to_owned()));
                        }
                        ("dataItem", name) if top => {
                            let slot = entry.items.entry(name.to_owned());
                            slot.or_insert_with(|| value.to_owned());
                        }
                        _ => {}
                    }
                    text.clear();
                }
                Event::Eof => return Err(self.form("the file ends within an entry")),
                Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::DocType(_)
                | Event::Empty(_)
                | Event::PI(_) => {}
            }
        }
    }

    fn attribute(&self, start: &BytesStart<'_>, name: &str) -> Result<Option<String>, RdError> {
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.form(error.to_string()))?;
            if attribute.key.as_ref() == name {
                return Ok(Some(attribute.value.into_owned()));
            }
        }
        Ok(None)
    }
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

/// The character of a reference: the five of XML, or a number.
fn named(name: &str) -> Option<char> {
    let number = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        },
        None => {
            return Some(match name {
                "amp" => '&',
                "apos" => '\'',
                "gt" => '>',
                "lt" => '<',
                "quot" => '"',
                _ => return None,
            });
        }
    };
    char::from_u32(number)
}

/// A file that knows how far it was read, and that hands on no token without an end.
struct Counted<R> {
    input: io::BufReader<R>,
    line: u64,
    column: u64,
    since: usize,
}

impl<R: Read> Counted<R> {
    fn new(input: R) -> Self {
        Self {
            input: io::BufReader::new(input),
            line: 1,
            column: 1,
            since: 0,
        }
    }

    fn place(&self) -> Place {
        Place {
            line: self.line,
            column: self.column,
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since > TOKEN_BYTES_MAX {
            let text = format!("a tag or text has more than {TOKEN_BYTES_MAX} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        let read = self.input.buffer().get(..count).unwrap_or_default();
        for byte in read {
            self.since = match byte {
                b'<' | b'>' => 0,
                _ => self.since + 1,
            };
            if *byte == b'\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += u64::from(byte & 0xC0 != 0x80);
            }
        }
        self.input.consume(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTRACT: &str = "<?xml version='1.0'?>\n<l:RDEntityList xmlns:l='urn:l' xmlns:e='urn:e'>\n\
        <e:RDEntity name='Other'><e:RDEntry><e:dataItem name='Code'>1</e:dataItem></e:RDEntry></e:RDEntity>\n\
        <e:RDEntity name='CustomsOffices'>\n<e:RDEntry><e:RDEntryStatus><e:state>valid</e:state>\
        <e:activeFrom>2020-03-23</e:activeFrom></e:RDEntryStatus>\
        <e:dataItem name='ReferenceNumber'>FI002000</e:dataItem>\
        <e:dataGroup name='CustomsOfficeLsd'><e:dataItem name='LanguageCode'>FI</e:dataItem>\
        <e:dataItem name='UsualName'>Vaalimaa &amp; Co</e:dataItem><e:dataItem name='ReferenceNumber'>no</e:dataItem></e:dataGroup>\
        <e:dataGroup name='CustomsOfficeLsd'><e:dataItem name='LanguageCode'>EN</e:dataItem>\
        <e:dataItem name='UsualName'>Customs &#x56;aalimaa</e:dataItem></e:dataGroup></e:RDEntry>\n\
        </e:RDEntity></l:RDEntityList>";

    fn all(text: &str) -> Result<Vec<RdEntry>, RdError> {
        let mut entries = Entries::new(text.as_bytes(), "CustomsOffices", "UsualName");
        let mut found = Vec::new();
        while let Some(entry) = entries.next()? {
            found.push(entry);
        }
        Ok(found)
    }

    #[test]
    fn the_entries_of_one_entity_are_read() {
        let entries = all(EXTRACT).unwrap();
        assert_eq!(entries.len(), 1);
        let office = &entries[0];
        assert_eq!(
            (office.state.as_str(), office.active_from.as_str()),
            ("valid", "2020-03-23")
        );
        assert_eq!(office.items["ReferenceNumber"], "FI002000");
        assert_eq!(office.name(), "Customs Vaalimaa");
        assert_eq!(
            office.names[0],
            ("fi".to_owned(), "Vaalimaa & Co".to_owned())
        );
        assert_eq!(office.place.map(|place| place.line), Some(5));
    }

    #[test]
    fn what_is_no_such_file_is_an_error_at_its_place() {
        for (text, line, expected) in [
            (
                EXTRACT.replace("CustomsOffices", "Roles"),
                6,
                "there is no entity",
            ),
            (EXTRACT.replace("</e:RDEntity></l", "</l"), 6, "ill-formed"),
            (
                EXTRACT.replace("\n</e:RDEntity></l:RDEntityList>", ""),
                5,
                "ends within an element",
            ),
            (EXTRACT.replace("&amp;", "&nbsp;"), 5, "no file declares"),
            (
                EXTRACT.replace("?>\n", "?>\n<!DOCTYPE x>"),
                2,
                "document type",
            ),
            (
                EXTRACT.replace("Vaalimaa &", &"x".repeat(200_000)),
                5,
                "more than 65536 bytes",
            ),
        ] {
            let error = all(&text).unwrap_err();
            let RdError::Form { place, text } = error else {
                panic!("{error}");
            };
            assert!(text.contains(expected), "{text}");
            assert_eq!(place.line, line, "{text}");
        }
        let deep = EXTRACT.replace("<e:state>", &"<d>".repeat(40));
        assert!(all(&deep).unwrap_err().to_string().contains("nest deeper"));
    }
}
