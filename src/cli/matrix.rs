//! `corridor matrix`: which element of the canonical model stands where in which message.
//!
//! Start at [`Args`].

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::{Failure, files, packages};
use crate::translate::{Cell, Line, Matrix};

/// Print the data matrix: elements of the canonical model by messages.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  corridor matrix --format html -o matrix.html
  corridor matrix --package eu/cc015c --package fcs/esadout-cu --mapped
  corridor matrix --format json

The matrix is made of the mappings of the packages, as the gateway uses them. A cell names the path in the
message, how often the value may stand (1, 0..1, 1..n, 0..n), the column of a code list, and < or > where it
is only read or only written.")]
pub(super) struct Args {
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// A package, as party/message or party/message/version; repeat for several. All when left out.
    #[arg(long)]
    package: Vec<String>,
    /// Leave out elements that none of the packages has.
    #[arg(long)]
    mapped: bool,
    /// Where it goes; standard output when left out.
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// The folder of packages; ./schemas when left out.
    #[arg(long)]
    schemas: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for spreadsheets (RFC 4180).
    Csv,
    /// A page.
    Html,
    /// For programs.
    Json,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let packages = packages::load(args.schemas.as_deref())?;
    let named: Result<Vec<_>, Failure> = args
        .package
        .iter()
        .map(|name| Ok(packages::find(&packages, name)?.id().clone()))
        .collect();
    let named = named?;
    let mut matrix = Matrix::of(&packages, |id| named.is_empty() || named.contains(id));
    if args.mapped {
        matrix.elements.retain(|line| !line.cells.is_empty());
    }
    let text = match args.format {
        Format::Csv => csv(&matrix),
        Format::Html => html(&matrix),
        Format::Json => {
            let json = serde_json::to_string_pretty(&matrix);
            json.map_err(|error| Failure::ours("JSON", error))? + "\n"
        }
    };
    files::write(args.output.as_deref(), text.as_bytes())
}

/// What stands in a cell of a table: all places of the value in one message.
fn shown(line: &Line) -> HashMap<&str, String> {
    let mut by_package: HashMap<&str, String> = HashMap::new();
    for cell in &line.cells {
        let text = by_package.entry(&cell.package).or_default();
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&place(cell));
    }
    by_package
}

fn place(cell: &Cell) -> String {
    let often = match (cell.required, cell.repeats) {
        (true, false) => "1",
        (false, false) => "0..1",
        (true, true) => "1..n",
        (false, true) => "0..n",
    };
    let code = cell.code.as_ref().map(|code| format!(" {code}"));
    let way = match cell.direction {
        "decode" => " <",
        "encode" => " >",
        _ => "",
    };
    format!("{} [{often}]{}{way}", cell.path, code.unwrap_or_default())
}

fn csv(matrix: &Matrix) -> String {
    let mut out = String::new();
    let heads = ["element", "kind", "mark"].into_iter();
    let heads = heads.chain(matrix.packages.iter().map(String::as_str));
    write_record(&mut out, heads);
    for line in &matrix.elements {
        let cells = shown(line);
        let of = |package: &String| cells.get(package.as_str()).map_or("", String::as_str);
        let fixed = [
            line.element.as_str(),
            line.kind,
            line.mark.unwrap_or_default(),
        ];
        write_record(
            &mut out,
            fixed.into_iter().chain(matrix.packages.iter().map(of)),
        );
    }
    out
}

fn write_record<'t>(out: &mut String, fields: impl Iterator<Item = &'t str>) {
    for (number, field) in fields.enumerate() {
        if number > 0 {
            out.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) {
            let _ = write!(out, "\"{}\"", field.replace('"', "\"\""));
        } else {
            out.push_str(field);
        }
    }
    out.push_str("\r\n");
}

const PAGE: &str = "<!DOCTYPE html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Data matrix</title><style>
body { font: 13px/1.4 system-ui, sans-serif; margin: 1rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid #ccc; padding: .2rem .4rem; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: #eee; }
tbody th { position: sticky; left: 0; background: #f7f7f7; font-weight: normal; }
td { white-space: pre-line; }
</style></head><body>
<h1>Data matrix</h1>
<p>Elements of the canonical model by messages. [1], [0..1], [1..n], [0..n]: how often the value may stand;
&lt; only read, &gt; only written.</p>
<table><thead><tr>";

fn html(matrix: &Matrix) -> String {
    let mut out = String::from(PAGE);
    let heads = ["element", "kind", "mark"].into_iter();
    for head in heads.chain(matrix.packages.iter().map(String::as_str)) {
        let _ = write!(out, "<th>{}</th>", escaped(head));
    }
    out.push_str("</tr></thead><tbody>\n");
    for line in &matrix.elements {
        let cells = shown(line);
        let _ = write!(
            out,
            "<tr><th>{}</th><td>{}</td><td>{}</td>",
            escaped(&line.element),
            line.kind,
            line.mark.unwrap_or_default()
        );
        for package in &matrix.packages {
            let text = cells.get(package.as_str()).map_or("", String::as_str);
            let _ = write!(out, "<td>{}</td>", escaped(&text.replace("; ", "\n")));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></body></html>\n");
    out
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let mut out = String::new();
        write_record(&mut out, ["a", "b,c", "d\"e", ""].into_iter());
        assert_eq!(out, "a,\"b,c\",\"d\"\"e\",\r\n");
    }

    #[test]
    fn cells_say_path_cardinality_code_and_direction() {
        let cell = Cell {
            package: "p/m/1".to_owned(),
            path: "A/B".to_owned(),
            required: false,
            repeats: true,
            code: Some("country:n3".to_owned()),
            direction: "encode",
        };
        assert_eq!(place(&cell), "A/B [0..n] country:n3 >");
    }
}
