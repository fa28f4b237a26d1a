//! Crosswalks between code lists: tables whose columns are lists and whose rows are equal meanings.
//!
//! Start at [`CodeLists`] and [`Column`]. A crosswalk never guesses: a code without a row has no
//! counterpart.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::model::Code;

use crate::datafile::{Faults, LoadFault, Table, nearest, parse};

/// One crosswalk table.
#[derive(Debug)]
pub(super) struct CodeList {
    name: String,
    columns: Vec<String>,
    canonical: Option<usize>,
    rows: Vec<Vec<String>>,
    /// For each column: code -> rows that have it, in order.
    index: Vec<HashMap<String, Vec<usize>>>,
}

/// A column of a crosswalk: the code list of one place in messages.
#[derive(Debug, Clone)]
pub(super) struct Column {
    list: Arc<CodeList>,
    column: usize,
    /// `list:column`, as values carry it.
    pub(super) name: String,
}

impl Column {
    /// The canonical form of a code of this column. The flag says that the table normalises and
    /// has no row for it.
    pub(super) fn to_canonical(&self, code: &str) -> (Code, bool) {
        let listed = || Code::Listed {
            value: code.to_owned(),
            list: self.name.clone(),
        };
        match self.list.canonical {
            None => (listed(), false),
            Some(canonical) if canonical == self.column => (Code::Plain(code.to_owned()), false),
            Some(canonical) => match self.list.translate(self.column, code, canonical) {
                Some(code) => (Code::Plain(code.to_owned()), false),
                None => (listed(), true),
            },
        }
    }

    /// This column's code for a canonical value; nothing when there is no row that has both.
    pub(super) fn code_of<'c>(&'c self, code: &'c Code) -> Option<&'c str> {
        let from = match code {
            Code::Listed { list, .. } if *list == self.name => return Some(code.value()),
            Code::Listed { list, .. } => self.list.column_of(list)?,
            Code::Plain(_) => match self.list.canonical {
                Some(canonical) => canonical,
                None => return Some(code.value()),
            },
        };
        if from == self.column {
            return Some(code.value());
        }
        self.list.translate(from, code.value(), self.column)
    }
}

impl CodeList {
    fn translate(&self, from: usize, code: &str, to: usize) -> Option<&str> {
        let rows = self.index.get(from)?.get(code)?;
        rows.iter()
            .filter_map(|row| self.rows.get(*row)?.get(to))
            .map(String::as_str)
            .find(|code| !code.is_empty())
    }

    fn column_of(&self, qualified: &str) -> Option<usize> {
        let (list, column) = qualified.split_once(':')?;
        if list != self.name {
            return None;
        }
        self.columns.iter().position(|c| c == column)
    }

    fn read(table: Table<'_>) -> Option<Self> {
        table.only(&["name", "origin", "canonical", "columns", "rows", "note"]);
        let name = table.required("name").text.to_owned();
        let columns: Vec<String> = table
            .texts("columns")
            .iter()
            .map(|column| column.text.to_owned())
            .collect();
        let canonical = table.text("canonical").map(|wanted| {
            let found = columns.iter().position(|column| column == wanted.text);
            if found.is_none() {
                table.faults.at(wanted.at, "`canonical` is no column");
            }
            found
        });
        let mut rows = Vec::new();
        let mut index = vec![HashMap::<String, Vec<usize>>::new(); columns.len()];
        for (row, at) in table.rows("rows") {
            if row.len() != columns.len() {
                let message = format!("a row of {} codes, {} columns", row.len(), columns.len());
                table.faults.at(at, message);
                continue;
            }
            for (column, code) in index.iter_mut().zip(&row) {
                if !code.text.is_empty() {
                    let known = column.entry(code.text.to_owned()).or_default();
                    known.push(rows.len());
                }
            }
            rows.push(row.iter().map(|code| code.text.to_owned()).collect());
        }
        Some(Self {
            name,
            columns,
            canonical: canonical.flatten(),
            rows,
            index,
        })
    }
}

/// The crosswalks within reach of a package.
#[derive(Debug, Clone, Default)]
pub(super) struct CodeLists {
    lists: HashMap<String, Arc<CodeList>>,
}

impl CodeLists {
    /// Adds the `*.toml` of a folder; a folder that is not there adds nothing.
    pub(super) fn read_folder(&mut self, folder: &Path, root: &Path, out: &mut Vec<LoadFault>) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        let mut files: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .collect();
        files.sort();
        for path in files {
            let shown = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .display()
                .to_string();
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) => {
                    let faults = Faults::of(&shown, "");
                    faults.whole(format!("cannot be read: {error}"));
                    out.extend(faults.into_inner());
                    continue;
                }
            };
            let faults = Faults::of(&shown, &text);
            let table = parse(&text, &faults);
            if let Some(list) = CodeList::read(Table::new(&table, &faults)) {
                self.lists.insert(list.name.clone(), Arc::new(list));
            }
            out.extend(faults.into_inner());
        }
    }

    /// Finds `list:column`.
    ///
    /// # Errors
    /// What is wrong, for a fault.
    pub(super) fn column(&self, qualified: &str) -> Result<Column, String> {
        let Some((list, column)) = qualified.split_once(':') else {
            return Err(format!("`{qualified}` is not list:column"));
        };
        let Some(found) = self.lists.get(list) else {
            let near = nearest(list, self.lists.keys().map(String::as_str));
            return Err(format!("there is no code list `{list}`{near}"));
        };
        let Some(position) = found.columns.iter().position(|c| c == column) else {
            let near = nearest(column, found.columns.iter().map(String::as_str));
            return Err(format!("code list `{list}` has no column `{column}`{near}"));
        };
        Ok(Column {
            list: Arc::clone(found),
            column: position,
            name: qualified.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(text: &str) -> CodeLists {
        let faults = Faults::of("codes.toml", text);
        let table = parse(text, &faults);
        let list = CodeList::read(Table::new(&table, &faults)).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        let mut lists = CodeLists::default();
        lists.lists.insert(list.name.clone(), Arc::new(list));
        lists
    }

    #[test]
    fn a_canonical_column_normalises() {
        let lists = lists(
            "name = 'country'\ncanonical = 'a2'\ncolumns = ['a2', 'n3']\nrows = [['RU', '643']]",
        );
        let n3 = lists.column("country:n3").unwrap();
        assert_eq!(
            n3.to_canonical("643"),
            (Code::Plain("RU".to_owned()), false)
        );
        assert_eq!(n3.code_of(&Code::Plain("RU".to_owned())), Some("643"));
        assert_eq!(n3.code_of(&Code::Plain("XX".to_owned())), None);
        let (unknown, unmapped) = n3.to_canonical("999");
        assert!(unmapped);
        assert_eq!(n3.code_of(&unknown), Some("999"));
        assert_eq!(lists.column("country:a2").unwrap().code_of(&unknown), None);
    }

    #[test]
    fn without_one_codes_keep_their_list() {
        let lists = lists(
            "name = 'kind'\ncolumns = ['eaeu', 'eu']\nrows = [['02015', 'N730'], ['09023', '']]",
        );
        let eaeu = lists.column("kind:eaeu").unwrap();
        let eu = lists.column("kind:eu").unwrap();
        let (cmr, _) = eaeu.to_canonical("02015");
        assert_eq!(eu.code_of(&cmr), Some("N730"));
        assert_eq!(eaeu.code_of(&cmr), Some("02015"));
        assert_eq!(eu.code_of(&eaeu.to_canonical("09023").0), None);
        assert!(lists.column("kind:cn").is_err());
    }
}
