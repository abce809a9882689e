//! Edits that change the structure of a YAML text and leave comments, order and form of the rest.
//!
//! Each function gives `None` where it cannot tell from the text that the result is right. The
//! edits are applied with [`crate::apply_fixes`].

pub mod addition;
mod layout;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::layout::Layout;
use crate::scalar;
use crate::tree::{Entry, Kind, Node, Style};
use diagnostics::report::Edit;
use diagnostics::source::{Sources, Span};

/// Removes an entry from a mapping that has others. An entry on lines of its own is removed with
/// them and the comments between them; comments before and after it stay.
pub fn remove_entry(sources: &Sources, mapping: &Node, entry: &Entry) -> Option<Vec<Edit>> {
    let layout = Layout::of(sources, mapping)?;
    if mapping.as_map()?.len() < 2 || !layout.holds(entry) {
        return None;
    }
    let (start, end) = match layout.at(mapping.span.start as usize)? {
        '{' => layout.flow_entry(entry)?,
        _ => layout.block_entry(entry)?,
    };
    let before = mapping
        .as_map()?
        .values()
        .filter(|other| other.key.start < entry.key.start)
        .max_by_key(|other| other.key.start);
    // A block with `+` before the entry would take the blank lines behind it.
    let keeps = before.is_some_and(|before| layout.keeps_blank_lines(&before.value));
    let end = if keeps {
        layout.end_of_blank_lines(end)
    } else {
        end
    };
    let joins = before.is_some_and(|before| layout.joins_block(&before.value, end));
    (!joins).then(|| vec![layout.edit(start, end, "")])
}

/// Turns a list of mappings into a mapping. The value of `key` in each becomes its key.
pub fn list_to_mapping(sources: &Sources, list: &Node, key: &str) -> Option<Vec<Edit>> {
    let (Some(layout), Kind::List(items)) = (Layout::of(sources, list), &list.kind) else {
        return None;
    };
    let mut keys = BTreeSet::new();
    for item in items {
        let entry = item.as_map()?.get(key)?;
        if !keys.insert(entry.value.as_str()?) || item.as_map()?.len() < 2 || !layout.holds(entry) {
            return None;
        }
    }
    let entry = |item: &Node| item.as_map()?.get(key).cloned();
    if layout.is_flow(list) {
        let item =
            |item: &Node| layout.keyed_flow_item(item, &entry(item)?, item.span.start as usize);
        return layout.flow_mapping(list, items, item);
    }
    let lines = ListLines::of(&layout, list, items)?;
    let mut edits = Vec::new();
    for item in items {
        edits.extend(layout.keyed_item(
            item,
            &entry(item)?,
            lines.dash(&layout, item)?,
            lines.shift,
        )?);
    }
    Some(edits)
}

/// Turns a list of `NAME=VALUE` strings, or of mappings with `name` and `value`, into a mapping.
pub fn list_to_variables(sources: &Sources, list: &Node) -> Option<Vec<Edit>> {
    let (Some(layout), Kind::List(items)) = (Layout::of(sources, list), &list.kind) else {
        return None;
    };
    let mut names = BTreeSet::new();
    for item in items {
        let name = match item.as_str() {
            Some(text) => text.split_once('=')?.0,
            None => item.get("name")?.as_str()?,
        };
        if !names.insert(name) || !is_plain_name(name) {
            return None;
        }
    }
    if layout.is_flow(list) {
        let item = |item: &Node| {
            let (start, end, text) = layout.variable(item, item.span.start as usize)?;
            Some(vec![layout.edit(start, end, &text)])
        };
        return layout.flow_mapping(list, items, item);
    }
    let lines = ListLines::of(&layout, list, items)?;
    let mut edits = Vec::new();
    for item in items {
        let (start, end, text) = layout.variable(item, lines.dash(&layout, item)?)?;
        edits.push(layout.edit(start, end, &format!("{}{text}", lines.shift)));
    }
    Some(edits)
}

/// Whether a name needs no quotes as a key.
fn is_plain_name(name: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(plain)
}

/// Where the dashes of a block list are.
struct ListLines {
    column: usize,
    /// The indentation to add when the list becomes a mapping: a list may be in the column of its
    /// key, a mapping may not.
    shift: &'static str,
}

impl ListLines {
    fn of(layout: &Layout<'_>, list: &Node, items: &[Node]) -> Option<ListLines> {
        let first = layout.first_dash(list, items)?;
        let column = layout.indent(first)?;
        let shift = match column.checked_sub(layout.indent_above(first)?)? {
            0 => "  ",
            _ => "",
        };
        Some(ListLines { column, shift })
    }

    fn dash(&self, layout: &Layout<'_>, item: &Node) -> Option<usize> {
        layout
            .dash(item)
            .filter(|dash| layout.indent(*dash) == Some(self.column))
    }
}

/// Turns the scalar value of a key into a mapping with the key `under`: `KEY: VALUE` becomes `KEY:`
/// with `under: VALUE` on the line below, or `KEY: {under: VALUE}` where a line of its own may be
/// wrong.
pub fn nest(sources: &Sources, key: Span, value: &Node, under: &str) -> Option<Vec<Edit>> {
    let layout = Layout::of(sources, value)?;
    let raw = layout
        .text
        .get(value.span.start as usize..value.span.end as usize)?;
    let (start, end) = (value.span.start as usize, value.span.end as usize);
    let colon = key.end as usize;
    let gap = layout
        .text
        .get(colon..start)
        .filter(|_| key.source == value.span.source)?;
    let is_scalar = !matches!(value.kind, Kind::List(_) | Kind::Map(_) | Kind::Null);
    if !is_scalar
        || raw.is_empty()
        || raw.contains(['\n', '\r'])
        || gap.trim_end_matches(' ') != ":"
    {
        return None;
    }
    if let (Some(column), Some(_)) = (layout.indent(key.start as usize), layout.rest(end))
        && let Some(above) = layout.parent_indent(key.start as usize, column)
    {
        let indent = " ".repeat(column + (column - above));
        let head = format!(":{}{indent}{under}: ", layout.newline());
        return Some(vec![layout.edit(colon, start, &head)]);
    }
    let text = match value.kind {
        Kind::String(_, Style::Plain) => scalar_text(raw)?,
        _ => raw.to_owned(),
    };
    Some(vec![layout.edit(
        start,
        end,
        &format!("{{{under}: {text}}}"),
    )])
}

/// Turns the list of a key into a mapping with the list under the key `under`.
pub fn nest_list(sources: &Sources, list: &Node, under: &str) -> Option<Vec<Edit>> {
    let (Some(layout), Kind::List(items)) = (Layout::of(sources, list), &list.kind) else {
        return None;
    };
    if layout.is_flow(list) {
        let (start, end) = (list.span.start as usize, list.span.end as usize);
        return Some(vec![
            layout.edit(start, start, &format!("{{{under}: ")),
            layout.edit(end, end, "}"),
        ]);
    }
    let lines = ListLines::of(&layout, list, items).filter(|lines| lines.shift.is_empty())?;
    let line = layout.line_start(layout.first_dash(list, items)?);
    let head = format!("{}{under}:{}", " ".repeat(lines.column), layout.newline());
    Some(vec![layout.edit(line, line, &head)])
}

/// A text as a YAML scalar on one line: as it is, or in double quotes. `None` where that needs
/// escapes.
pub fn scalar_text(text: &str) -> Option<String> {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "_./-@+:".contains(character);
    let is_plain = text
        .starts_with(|first: char| first.is_ascii_alphanumeric() || "_/".contains(first))
        && text.chars().all(plain)
        && !text.ends_with(':')
        && matches!(scalar::resolve(text), Kind::String(..));
    if is_plain {
        return Some(text.to_owned());
    }
    let writable = !text
        .chars()
        .any(|character| character.is_control() || character == '\u{feff}');
    writable.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// Turns a list of lines into a literal block.
pub fn list_to_block(sources: &Sources, list: &Node) -> Option<Vec<Edit>> {
    let (Some(layout), Kind::List(items)) = (Layout::of(sources, list), &list.kind) else {
        return None;
    };
    let end = list.span.end as usize;
    let dash = layout.first_dash(list, items);
    let start = dash.unwrap_or(list.span.start as usize);
    let colon = layout.text.get(..start)?.trim_end().len();
    let key_line = layout
        .text
        .get(layout.line_start(colon)..colon)?
        .strip_suffix(':')?;
    let rest = layout.text.get(end..layout.line_end(end))?;
    if key_line.contains(['{', '#', '[', '&', '*', '!'])
        || !rest.trim().is_empty()
        || !layout.only_items(start, list, items)
    {
        return None;
    }
    let key_column = key_line.len() - key_line.trim_start_matches([' ', '-']).len();
    let column = match layout.indent(start) {
        Some(column) if column > key_column && dash.is_some() => column,
        _ => key_column + 2,
    };
    let (header, lines) = block(items)?;
    if layout.joins(column, layout.next_line(end)) {
        return None;
    }
    let mut block = header.to_owned();
    for line in lines {
        block.push_str(layout.newline());
        if !line.is_empty() {
            block.push_str(&" ".repeat(column));
            block.push_str(line);
        }
    }
    // At the end of a text without a line break the block would have none either.
    if header == " |" && layout.line_end(end) == layout.text.len() {
        block.push_str(layout.newline());
    }
    // Blanks behind the list would become part of the last line.
    let blanks = rest.trim_end_matches('\r').len();
    Some(vec![layout.edit(colon, end + blanks, &block)])
}

/// The header and the lines of a literal block for these items.
fn block(items: &[Node]) -> Option<(&'static str, Vec<&str>)> {
    let mut lines: Vec<&str> = items.iter().map(Node::as_str).collect::<Option<_>>()?;
    let plain = |line: &&str| {
        !line
            .chars()
            .any(|character| character.is_control() || character == '\u{feff}')
    };
    let blank = |line: &&str| !line.is_empty() && line.trim().is_empty();
    if !lines.iter().all(plain) || lines.iter().any(blank) {
        return None;
    }
    let indented = lines.iter().find(|line| !line.is_empty())?.starts_with(' ');
    let header = match lines.last()?.is_empty() {
        true => {
            lines.pop();
            " |"
        }
        false => " |-",
    };
    (!indented && !lines.last()?.is_empty()).then_some((header, lines))
}
