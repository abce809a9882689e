//! Tables: one line for each row in a pipe or file, wrapped to the width of a terminal. Columns for
//! which there is no room are shown below their rows.

use std::collections::VecDeque;
use std::io::{IsTerminal, stdout};

use super::terminal::width;
use diagnostics::visible::{self, without_commands};

/// The width of a [`listing`] at most.
const LISTING_WIDTH: usize = 100;

/// The text between two columns.
const GAP: &str = "  ";

/// A column of a table.
pub(crate) struct Column {
    heading: &'static str,
    /// A terminal hides a column in which every cell has this value.
    usual_value: Option<&'static str>,
    /// A terminal shows these cells below their rows, where sentences have room.
    is_below_row: bool,
    /// What stands before a cell below its row.
    label: &'static str,
    cells: Vec<String>,
}

impl Column {
    /// A column with one cell for each row.
    pub(crate) fn new(heading: &'static str, cells: impl Iterator<Item = String>) -> Column {
        // An escape sequence from the input must not reach the terminal, and a line break must not
        // break the row.
        let cells = cells
            .map(|cell| visible::line(&cell.replace(['\n', '\t'], " ")).into_owned())
            .collect();
        Column {
            heading,
            usual_value: None,
            is_below_row: false,
            label: "",
            cells,
        }
    }

    /// The column, hidden on a terminal when every cell has this value.
    pub(crate) fn hidden_if_all(self, usual_value: &'static str) -> Column {
        Column {
            usual_value: Some(usual_value),
            ..self
        }
    }

    /// The column, shown below the row on a terminal.
    pub(crate) fn below_row(self) -> Column {
        Column {
            is_below_row: true,
            ..self
        }
    }

    /// As [`Column::below_row`], after a label. Cells with the usual value are not shown.
    pub(crate) fn below_row_as(mut self, label: &'static str) -> Column {
        self.label = label;
        self.below_row()
    }

    /// The cell below a row; empty where it says nothing.
    fn below(&self, row: usize) -> String {
        match self.cells[row].as_str() {
            "" => String::new(),
            usual if Some(usual) == self.usual_value => String::new(),
            cell => format!("{}{cell}", self.label),
        }
    }

    fn is_informative(&self) -> bool {
        self.usual_value
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
    let text = match stdout().is_terminal() {
        true => wrapped(columns, width()),
        false => unwrapped(&columns),
    };
    without_commands(&text).into_owned()
}

/// A table whose rows are too long for one line: as for a terminal, also in a pipe or file.
pub(crate) fn listing(columns: Vec<Column>) -> String {
    without_commands(&wrapped(columns, width().min(LISTING_WIDTH))).into_owned()
}

fn unwrapped(columns: &[Column]) -> String {
    let widths: Vec<usize> = columns.iter().map(|column| column.widest(length)).collect();
    let columns: Vec<&Column> = columns.iter().collect();
    let rows = (0..height(&columns)).map(|row| format_row(&cells(&columns, row), &widths));
    headings(&columns, &widths).chain(rows).collect()
}

fn wrapped(columns: Vec<Column>, width: usize) -> String {
    let (below, columns): (Vec<Column>, Vec<Column>) =
        columns.into_iter().partition(|column| column.is_below_row);
    let mut below: VecDeque<&Column> = below.iter().collect();
    let mut columns: Vec<&Column> = columns
        .iter()
        .filter(|column| column.is_informative())
        .collect();
    let least = |columns: &[&Column]| -> Vec<usize> {
        let columns = columns.iter();
        columns.map(|column| column.widest(longest_word)).collect()
    };
    let mut minimum = least(&columns);
    while columns.len() > 1
        && minimum.iter().sum::<usize>() + GAP.len() * (columns.len() - 1) > width
    {
        columns
            .pop()
            .into_iter()
            .for_each(|column| below.push_front(column));
        minimum = least(&columns);
    }
    let mut widths: Vec<usize> = columns.iter().map(|column| column.widest(length)).collect();
    narrow(
        &mut widths,
        &minimum,
        width.saturating_sub(GAP.len() * columns.len().saturating_sub(1)),
    );
    let indent = match below.is_empty() || columns.len() > 1 {
        true => widths.first().copied().unwrap_or(0),
        // Without other columns there is nothing to align with.
        false => 0,
    };
    let row = |row: usize| {
        let cell = |column: &Column| {
            let lines = wrap(&column.below(row), width.saturating_sub(indent + GAP.len()));
            let lines = lines.iter().filter(|line| !line.is_empty());
            lines
                .map(|line| format_row(&["", line], &[indent, length(line)]))
                .collect::<String>()
        };
        format_row(&cells(&columns, row), &widths)
            + &below.iter().map(|column| cell(column)).collect::<String>()
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
    std::iter::once(format_row(&headings, widths))
}

fn cells<'a>(columns: &[&'a Column], row: usize) -> Vec<&'a str> {
    columns
        .iter()
        .map(|column| column.cells[row].as_str())
        .collect()
}

/// Narrows the widest column above its minimum, until all fit or all are at their minimum.
fn narrow(widths: &mut [usize], minimum: &[usize], available: usize) {
    while widths.iter().sum::<usize>() > available {
        let wide = (0..widths.len()).filter(|column| widths[*column] > minimum[*column]);
        let Some(widest) = wide.max_by_key(|column| widths[*column]) else {
            return;
        };
        widths[widest] -= 1;
    }
}

/// A row, in as many lines as its tallest cell needs.
fn format_row(cells: &[&str], widths: &[usize]) -> String {
    let wrapped_cells: Vec<Vec<String>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| wrap(cell, *width))
        .collect();
    let height = wrapped_cells.iter().map(Vec::len).max().unwrap_or(0);
    let line = |index: usize| {
        let part = |lines: &Vec<String>, width: usize| {
            format!(
                "{:<width$}",
                lines.get(index).map_or("", |line| line.trim_end())
            )
        };
        let parts: Vec<String> = wrapped_cells
            .iter()
            .zip(widths)
            .map(|(lines, width)| part(lines, *width))
            .collect();
        format!("{}\n", parts.join(GAP).trim_end())
    };
    (0..height).map(line).collect()
}

/// Wraps a text to a width, after spaces and commas.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
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
            column("CLASS", ["*", "*"]).hidden_if_all("*"),
            column("OUTPUTS", ["host", "bucket,region,endpoint"]),
            column("DOES", ["A host name.", "A\u{1b} bucket\nof its own."]).below_row(),
        ]
    }

    #[test]
    fn a_row_is_one_line_unwrapped() {
        let expected = "TYPE  CLASS  OUTPUTS                 DOES\n\
                      dns   *      host                    A host name.\n\
                      s3    *      bucket,region,endpoint  A\\x1b bucket of its own.\n";
        assert_eq!(unwrapped(&columns()), expected);
    }

    #[test]
    fn a_terminal_shows_informative_columns_wrapped_to_its_width() {
        let expected = "TYPE  OUTPUTS\n\
                      dns   host\n      A host name.\n\
                      s3    bucket,region,\n      endpoint\n      A\\x1b bucket of\n      its own.\n";
        assert_eq!(wrapped(columns(), 21), expected);
        // There is no room for the longest words of both columns.
        let narrow = "TYPE\ndns\n  host\n  A host\n  name.\ns3\n  bucket,\n  region,\n  endpoint\n  A\\x1b\n  bucket of\n  its own.\n";
        assert_eq!(wrapped(columns(), 11), narrow);
        let mut labelled = columns();
        labelled[2] = labelled
            .remove(2)
            .hidden_if_all("host")
            .below_row_as("outputs: ");
        assert!(wrapped(labelled, 80).contains("s3\n  outputs: bucket,region,endpoint\n"));
        let mut columns = columns();
        columns[1].cells[0] = "large".to_owned();
        assert!(wrapped(columns, 80).contains("dns   large  host\n"));
        assert_eq!(
            wrapped(vec![Column::new("A", std::iter::empty())], 1),
            "A\n"
        );
    }
}
