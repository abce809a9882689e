//! Tables: in one line a row for programs and files, folded to the width of a terminal for people.

use std::io::{IsTerminal, stdout};

use crate::cli::flags::reporting::width;

/// What stands between two columns.
const GAP: &str = "  ";

/// A column of a table.
pub(crate) struct Column {
    heading: &'static str,
    /// A terminal has no room for a column in which every cell says this.
    usual: Option<&'static str>,
    /// A terminal shows these cells below their rows, where sentences have room.
    prose: bool,
    cells: Vec<String>,
}

impl Column {
    /// A column of one cell for each row.
    pub(crate) fn new(heading: &'static str, cells: impl Iterator<Item = String>) -> Column {
        // An escape sequence in somebody's text must not reach the terminal, nor a new line break
        // the row.
        let cells = cells
            .map(|cell| cell.replace(char::is_control, " "))
            .collect();
        Column {
            heading,
            usual: None,
            prose: false,
            cells,
        }
    }

    /// The same, left out on a terminal when every cell says `usual`.
    pub(crate) fn unless(self, usual: &'static str) -> Column {
        Column {
            usual: Some(usual),
            ..self
        }
    }

    /// The same, below the row on a terminal.
    pub(crate) fn below(self) -> Column {
        Column {
            prose: true,
            ..self
        }
    }

    fn tells(&self) -> bool {
        self.usual
            .is_none_or(|usual| self.cells.iter().any(|cell| cell != usual))
    }

    fn widest(&self, measure: fn(&str) -> usize) -> usize {
        self.cells
            .iter()
            .map(String::as_str)
            .chain([self.heading])
            .map(measure)
            .max()
            .unwrap_or(0)
    }
}

/// A table for standard output.
pub(crate) fn table(columns: Vec<Column>) -> String {
    match stdout().is_terminal() {
        true => for_people(columns, width()),
        false => for_programs(&columns),
    }
}

fn for_programs(columns: &[Column]) -> String {
    let widths: Vec<usize> = columns.iter().map(|column| column.widest(length)).collect();
    let columns: Vec<&Column> = columns.iter().collect();
    let rows = (0..height(&columns)).map(|row| show(&cells(&columns, row), &widths));
    headings(&columns, &widths).chain(rows).collect()
}

fn for_people(columns: Vec<Column>, width: usize) -> String {
    let (prose, columns): (Vec<Column>, Vec<Column>) =
        columns.into_iter().partition(|column| column.prose);
    let columns: Vec<&Column> = columns.iter().filter(|column| column.tells()).collect();
    let mut widths: Vec<usize> = columns.iter().map(|column| column.widest(length)).collect();
    let least: Vec<usize> = columns
        .iter()
        .map(|column| column.widest(longest_word))
        .collect();
    narrow(
        &mut widths,
        &least,
        width.saturating_sub(GAP.len() * columns.len().saturating_sub(1)),
    );
    let indent = widths.first().copied().unwrap_or(0);
    let row = |row: usize| {
        let below = |column: &Column| {
            let lines = fold(&column.cells[row], width.saturating_sub(indent + GAP.len()));
            let lines = lines.iter().filter(|line| !line.is_empty());
            lines
                .map(|line| show(&["", line], &[indent, length(line)]))
                .collect::<String>()
        };
        show(&cells(&columns, row), &widths) + &prose.iter().map(below).collect::<String>()
    };
    headings(&columns, &widths)
        .chain((0..height(&columns)).map(row))
        .collect()
}

fn height(columns: &[&Column]) -> usize {
    columns.first().map_or(0, |column| column.cells.len())
}

fn headings(columns: &[&Column], widths: &[usize]) -> impl Iterator<Item = String> + use<> {
    let headings: Vec<&str> = columns.iter().map(|column| column.heading).collect();
    std::iter::once(show(&headings, widths))
}

fn cells<'a>(columns: &[&'a Column], row: usize) -> Vec<&'a str> {
    columns
        .iter()
        .map(|column| column.cells[row].as_str())
        .collect()
}

/// Takes from the widest column that can give, until all fit or none can give any more.
fn narrow(widths: &mut [usize], least: &[usize], room: usize) {
    while widths.iter().sum::<usize>() > room {
        let giving = (0..widths.len()).filter(|column| widths[*column] > least[*column]);
        let Some(widest) = giving.max_by_key(|column| widths[*column]) else {
            return;
        };
        widths[widest] -= 1;
    }
}

/// A row, in as many lines as its tallest cell needs.
fn show(cells: &[&str], widths: &[usize]) -> String {
    let folded: Vec<Vec<String>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| fold(cell, *width))
        .collect();
    let height = folded.iter().map(Vec::len).max().unwrap_or(0);
    let line = |index: usize| {
        let part = |lines: &Vec<String>, width: usize| {
            format!(
                "{:<width$}",
                lines.get(index).map_or("", |line| line.trim_end())
            )
        };
        let parts: Vec<String> = folded
            .iter()
            .zip(widths)
            .map(|(lines, width)| part(lines, *width))
            .collect();
        format!("{}\n", parts.join(GAP).trim_end())
    };
    (0..height).map(line).collect()
}

/// A text in lines of a width; it may be broken after spaces and commas.
pub(crate) fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words(text) {
        let Some(line) = lines.last_mut() else {
            continue;
        };
        if !line.is_empty() && length(line) + length(word.trim_end()) > width {
            lines.push(word.to_owned());
        } else {
            line.push_str(word);
        }
    }
    lines
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive([' ', ','])
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn longest_word(text: &str) -> usize {
    words(text)
        .map(|word| length(word.trim_end()))
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        let column =
            |heading, cells: [&str; 2]| Column::new(heading, cells.map(str::to_owned).into_iter());
        vec![
            column("TYPE", ["dns", "s3"]),
            column("CLASS", ["*", "*"]).unless("*"),
            column("OUTPUTS", ["host", "bucket,region,endpoint"]),
            column("DOES", ["A host name.", "A bucket\u{1b} of its own."]).below(),
        ]
    }

    #[test]
    fn a_row_is_one_line_for_programs() {
        let wanted = "TYPE  CLASS  OUTPUTS                 DOES\n\
                      dns   *      host                    A host name.\n\
                      s3    *      bucket,region,endpoint  A bucket  of its own.\n";
        assert_eq!(for_programs(&columns()), wanted);
    }

    #[test]
    fn a_terminal_sees_what_tells_something_folded_to_its_width() {
        let wanted = "TYPE  OUTPUTS\n\
                      dns   host\n      A host name.\n\
                      s3    bucket,region,\n      endpoint\n      A bucket  of\n      its own.\n";
        assert_eq!(for_people(columns(), 21), wanted);
        let mut columns = columns();
        columns[1].cells[0] = "large".to_owned();
        assert!(for_people(columns, 80).contains("dns   large  host\n"));
        assert_eq!(
            for_people(vec![Column::new("A", std::iter::empty())], 1),
            "A\n"
        );
    }
}
