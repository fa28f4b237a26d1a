//! What the demo shows: one line an exchange while it runs, a table at the end.
//!
//! Start at [`Screen`]. It writes to standard output, which is what the demo is for.

use std::time::Duration;

use crate::cli::files;

/// One exchange or refusal, as a line and as a row of the table.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// `RU -> KZ`.
    pub(super) way: String,
    /// What was done, in words.
    pub(super) what: String,
    /// `fcs/esadout-cu 10,097 B`.
    pub(super) from: String,
    /// `eaeu/r048 7,120 B`.
    pub(super) to: String,
    /// Losses by name, when something was translated.
    pub(super) losses: Option<usize>,
    /// How it ended.
    pub(super) outcome: String,
    /// From the first byte sent to the outcome seen.
    pub(super) took: Duration,
}

/// The demo's standard output.
#[derive(Debug, Default)]
pub(super) struct Screen {
    rows: Vec<Row>,
}

impl Screen {
    /// A heading or a remark.
    pub(super) fn say(&self, text: &str) {
        files::say(text);
    }

    /// One exchange, as it ends.
    pub(super) fn show(&mut self, row: Row) {
        let to = match row.to.as_str() {
            "" => String::new(),
            to => format!(" -> {to}"),
        };
        let losses = match row.losses {
            Some(count) => format!("  {count} losses named"),
            None => String::new(),
        };
        files::say(format!(
            "  {:<9} {:<44} {}{to}{losses}  {}  {}",
            row.way,
            row.what,
            row.from,
            row.outcome,
            milliseconds(row.took),
        ));
        self.rows.push(row);
    }

    /// Everything once more, as a table.
    pub(super) fn table(&self) {
        files::say(format!(
            "\n  {:<9} {:<44} {:>9}  outcome",
            "way", "exchange", "time"
        ));
        for row in &self.rows {
            files::say(format!(
                "  {:<9} {:<44} {:>9}  {}",
                row.way,
                row.what,
                milliseconds(row.took),
                row.outcome,
            ));
        }
    }
}

fn milliseconds(took: Duration) -> String {
    format!("{} ms", took.as_millis())
}

/// A package without its version, and a size: `eaeu/r048 7,120 B`.
pub(super) fn sized(package: &str, bytes: usize) -> String {
    let family = package
        .rsplit_once('/')
        .map_or(package, |(family, _)| family);
    format!("{family} {} B", grouped(bytes))
}

fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_grouped_by_thousands() {
        assert_eq!(sized("eaeu/r048/1.0.0", 7), "eaeu/r048 7 B");
        assert_eq!(sized("eaeu/r048/1.0.0", 7120), "eaeu/r048 7,120 B");
        assert_eq!(sized("x", 1_234_567), "x 1,234,567 B");
    }
}
