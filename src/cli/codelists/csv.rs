//! Comma-separated values (RFC 4180), record by record.
//!
//! Start at [`Records`]. Every cell knows its line and column; what is no such file is an error there.
//! Memory holds one record.

use std::io::{self, BufRead};

use encoding_rs::Encoding;

/// Longest cell, in bytes. Remarks of published lists take some hundreds.
const CELL_BYTES_MAX: usize = 64 * 1024;

/// Most cells of a record.
const CELLS_MAX: usize = 256;

/// A place in a file: line and column in characters, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// A cell, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) place: Place,
}

/// Why reading ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum CsvError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no such file.
    #[error("{text}")]
    Form { place: Place, text: String },
}

/// The records of a file.
pub(super) struct Records<R> {
    input: R,
    encoding: &'static Encoding,
    delimiter: Option<u8>,
    line: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Records<R> {
    /// Reads cells in an encoding. What parts them, `,` `;` or a tab, is what the first line has most of.
    pub(super) fn new(input: R, encoding: &'static Encoding) -> Self {
        Self {
            input,
            encoding,
            delimiter: None,
            line: 0,
            buffer: Vec::new(),
        }
    }

    /// The next record that is not empty.
    ///
    /// # Errors
    /// The file cannot be read, or is no such file: a quote that does not end, text behind one, bytes that
    /// are not of the encoding, a cell or a record that is too long.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Cell>>, CsvError> {
        while self.read_line()? {
            if self.buffer.iter().any(|byte| !byte.is_ascii_whitespace()) {
                return self.record().map(Some);
            }
        }
        Ok(None)
    }

    /// Reads a line into the buffer, with its end; says whether there was one.
    fn read_line(&mut self) -> Result<bool, CsvError> {
        self.buffer.clear();
        if self.append_line()? == 0 {
            return Ok(false);
        }
        if self.line == 1 && self.buffer.starts_with(b"\xEF\xBB\xBF") {
            self.buffer.drain(..3);
        }
        Ok(true)
    }

    fn append_line(&mut self) -> Result<usize, CsvError> {
        let most = u64::try_from(CELL_BYTES_MAX).unwrap_or(u64::MAX);
        let mut bounded = io::Read::take(&mut self.input, most);
        let read = bounded.read_until(b'\n', &mut self.buffer)?;
        self.line += u64::from(read > 0);
        if read == CELL_BYTES_MAX && !self.buffer.ends_with(b"\n") {
            let text = format!("a line has more than {CELL_BYTES_MAX} bytes");
            return Err(self.form(1, text));
        }
        Ok(read)
    }

    fn form(&self, column: u64, text: impl Into<String>) -> CsvError {
        let line = self.line;
        CsvError::Form {
            place: Place { line, column },
            text: text.into(),
        }
    }

    fn record(&mut self) -> Result<Vec<Cell>, CsvError> {
        let delimiter = *self
            .delimiter
            .get_or_insert_with(|| delimiter(&self.buffer));
        let mut cells = Vec::new();
        let (mut cell, mut at, mut column) = (Vec::new(), 0, 1);
        let mut place = Place {
            line: self.line,
            column,
        };
        let mut state = State::Start;
        loop {
            let byte = match self.buffer.get(at).copied() {
                Some(byte) => byte,
                None if state == State::Quoted => {
                    // The cell goes on in the next line.
                    self.buffer.clear();
                    at = 0;
                    if cell.len() > CELL_BYTES_MAX {
                        let text = format!("a cell has more than {CELL_BYTES_MAX} bytes");
                        return Err(CsvError::Form { place, text });
                    }
                    if self.append_line()? == 0 {
                        let text = "a quote does not end".to_owned();
                        return Err(CsvError::Form { place, text });
                    }
                    column = 1;
                    continue;
                }
                None => b'\n',
            };
            at += 1;
            match (state, byte) {
                (State::Start, b'"') => state = State::Quoted,
                (State::Quoted, b'"') => state = State::Closed,
                (State::Closed, b'"') => {
                    cell.push(b'"');
                    state = State::Quoted;
                }
                (State::Start | State::Plain | State::Closed, b'\n') => {
                    cells.push(self.cell(&mut cell, place)?);
                    return Ok(cells);
                }
                (State::Start | State::Plain | State::Closed, b'\r')
                    if self.buffer.get(at) == Some(&b'\n') => {}
                (State::Start | State::Plain | State::Closed, byte) if byte == delimiter => {
                    cells.push(self.cell(&mut cell, place)?);
                    if cells.len() >= CELLS_MAX {
                        return Err(self.form(column, format!("more than {CELLS_MAX} cells")));
                    }
                    state = State::Start;
                    place = Place {
                        line: self.line,
                        column: column + 1,
                    };
                }
                (State::Closed, _) => {
                    return Err(self.form(column, "text behind a closing quote"));
                }
                (State::Start | State::Plain, byte) => {
                    cell.push(byte);
                    state = State::Plain;
                }
                (State::Quoted, byte) => cell.push(byte),
            }
            // Bytes that go on a character are no column of their own.
            column += u64::from(byte & 0xC0 != 0x80 || self.encoding.is_single_byte());
        }
    }

    fn cell(&self, bytes: &mut Vec<u8>, place: Place) -> Result<Cell, CsvError> {
        let bytes = std::mem::take(bytes);
        let decoded = self
            .encoding
            .decode_without_bom_handling_and_without_replacement(&bytes);
        match decoded {
            Some(text) => Ok(Cell {
                text: text.trim().to_owned(),
                place,
            }),
            None => {
                let name = self.encoding.name();
                let text = format!("is not {name}; name another with --encoding");
                Err(CsvError::Form { place, text })
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing of the cell was read.
    Start,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote that closes, unless another follows.
    Closed,
}

fn delimiter(line: &[u8]) -> u8 {
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    let most = b",;\t".iter().copied().rev();
    most.max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], encoding: &'static Encoding) -> Result<Vec<Vec<Cell>>, CsvError> {
        let mut records = Records::new(text, encoding);
        let mut all = Vec::new();
        while let Some(record) = records.next()? {
            all.push(record);
        }
        Ok(all)
    }

    fn texts(text: &str) -> Vec<Vec<String>> {
        let records = read(text.as_bytes(), encoding_rs::UTF_8).unwrap();
        let cells = |record: Vec<Cell>| record.into_iter().map(|cell| cell.text).collect();
        records.into_iter().map(cells).collect()
    }

    #[test]
    fn cells_are_read_as_they_are_written() {
        assert_eq!(texts("a,b\r\n\r\nc,\n"), [["a", "b"], ["c", ""]]);
        assert_eq!(texts("\u{feff}a;\"b;\"\"c\"\"\"\n"), [["a", "b;\"c\""]]);
        assert_eq!(texts("a\tb\tc, d"), [["a", "b", "c, d"]]);
        assert_eq!(
            texts("\"two\nlines\",x\n1,2"),
            [["two\nlines", "x"], ["1", "2"]]
        );
        assert_eq!(texts(" \n\n"), Vec::<Vec<String>>::new());
    }

    #[test]
    fn places_are_lines_and_columns_of_characters() {
        let text = "ü,b\n\"x\ny\",zz,q\n";
        let records = read(text.as_bytes(), encoding_rs::UTF_8).unwrap();
        let places: Vec<(u64, u64)> = records
            .iter()
            .flatten()
            .map(|cell| (cell.place.line, cell.place.column))
            .collect();
        assert_eq!(places, [(1, 1), (1, 3), (2, 1), (3, 4), (3, 7)]);
        let records = read(b"\xFC,b", encoding_rs::WINDOWS_1252).unwrap();
        assert_eq!(
            (records[0][0].text.as_str(), records[0][1].place.column),
            ("ü", 3)
        );
    }

    #[test]
    fn what_is_no_such_file_is_an_error_at_its_place() {
        for (text, expected) in [
            (&b"a,\"b\nc"[..], (1, 3, "a quote does not end")),
            (b"a\n\"b\"c", (2, 4, "text behind a closing quote")),
            (
                b"a,\xFF\xFE",
                (1, 3, "is not UTF-8; name another with --encoding"),
            ),
        ] {
            let error = read(text, encoding_rs::UTF_8).unwrap_err();
            let CsvError::Form { place, text } = error else {
                panic!("{error}");
            };
            assert_eq!((place.line, place.column, text.as_str()), expected);
        }
        let long = vec![b'x'; CELL_BYTES_MAX + 1];
        assert!(read(&long, encoding_rs::UTF_8).is_err());
        let many = ",".repeat(CELLS_MAX + 1);
        assert!(read(many.as_bytes(), encoding_rs::UTF_8).is_err());
    }
}
