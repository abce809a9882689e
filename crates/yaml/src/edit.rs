//! Edits of YAML text that change its structure and nothing else: not the comments, the order or
//! the form of the rest.
//!
//! Each gives `None` where the way a value was written leaves any doubt.

mod layout;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::layout::Text;
use crate::scalar;
use crate::tree::{Entry, Kind, Node, Style};
use diagnostics::report::Edit;
use diagnostics::source::{Sources, Span};

/// Takes an entry out of a mapping that has others. On lines of its own it goes with all of them; a
/// comment that stands between these lines goes too, those before and after stay.
pub fn remove_entry(sources: &Sources, mapping: &Node, entry: &Entry) -> Option<Vec<Edit>> {
    let written = Text::of(sources, mapping)?;
    if mapping.as_map()?.len() < 2 || !written.holds(entry) {
        return None;
    }
    let (start, end) = match written.at(mapping.span.start as usize)? {
        '{' => written.flow_entry(entry)?,
        _ => written.block_entry(entry)?,
    };
    // A block that keeps the blank lines behind it would take those behind the entry as well.
    let before = mapping
        .as_map()?
        .values()
        .filter(|other| other.key.start < entry.key.start);
    let before = before.max_by_key(|other| other.key.start);
    let keeps = before.is_some_and(|before| written.keeps_blank_lines(&before.value));
    let end = if keeps {
        written.end_of_blank_lines(end)
    } else {
        end
    };
    let joins = before.is_some_and(|before| written.joins_block(&before.value, end));
    (!joins).then(|| vec![written.edit(start, end, "")])
}

/// Makes a mapping of a list of mappings: what each has under `key` becomes its own key.
pub fn list_to_mapping(sources: &Sources, list: &Node, key: &str) -> Option<Vec<Edit>> {
    let (Some(written), Kind::List(items)) = (Text::of(sources, list), &list.kind) else {
        return None;
    };
    let mut keys = BTreeSet::new();
    for item in items {
        let entry = item.as_map()?.get(key)?;
        if !keys.insert(entry.value.as_str()?) || item.as_map()?.len() < 2 || !written.holds(entry)
        {
            return None;
        }
    }
    let entry = |item: &Node| item.as_map()?.get(key).cloned();
    if written.is_flow(list) {
        let item =
            |item: &Node| written.keyed_flow_item(item, &entry(item)?, item.span.start as usize);
        return written.flow_mapping(list, items, item);
    }
    let lines = ListLines::of(&written, list, items)?;
    let mut edits = Vec::new();
    for item in items {
        edits.extend(written.keyed_item(
            item,
            &entry(item)?,
            lines.dash(&written, item)?,
            lines.shift,
        )?);
    }
    Some(edits)
}

/// Makes a mapping of a list of `NAME=VALUE` texts or of mappings with a `name` and a `value` each.
pub fn list_to_variables(sources: &Sources, list: &Node) -> Option<Vec<Edit>> {
    let (Some(written), Kind::List(items)) = (Text::of(sources, list), &list.kind) else {
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
    if written.is_flow(list) {
        let item = |item: &Node| {
            let (start, end, text) = written.variable(item, item.span.start as usize)?;
            Some(vec![written.edit(start, end, &text)])
        };
        return written.flow_mapping(list, items, item);
    }
    let lines = ListLines::of(&written, list, items)?;
    let mut edits = Vec::new();
    for item in items {
        let (start, end, text) = written.variable(item, lines.dash(&written, item)?)?;
        edits.push(written.edit(start, end, &format!("{}{text}", lines.shift)));
    }
    Some(edits)
}

/// A name that is a key as it is, in every form.
fn is_plain_name(name: &str) -> bool {
    let plain = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(plain)
}

/// The dashes of a list that has them.
struct ListLines {
    column: usize,
    /// What puts a line one level below the key of the list: it may stand as far left as its key, a
    /// mapping may not.
    shift: &'static str,
}

impl ListLines {
    fn of(written: &Text<'_>, list: &Node, items: &[Node]) -> Option<ListLines> {
        let first = written.first_dash(list, items)?;
        let column = written.indent(first)?;
        let shift = match column.checked_sub(written.indent_above(first)?)? {
            0 => "  ",
            _ => "",
        };
        Some(ListLines { column, shift })
    }

    fn dash(&self, written: &Text<'_>, item: &Node) -> Option<usize> {
        written
            .dash(item)
            .filter(|dash| written.indent(*dash) == Some(self.column))
    }
}

/// Puts the value of a key one level below it, under a key of its own: `KEY: VALUE` becomes a
/// mapping with `under: VALUE`. On lines of its own where that is surely possible, else between
/// braces.
pub fn nest(sources: &Sources, key: Span, value: &Node, under: &str) -> Option<Vec<Edit>> {
    let written = Text::of(sources, value)?;
    let raw = written
        .text
        .get(value.span.start as usize..value.span.end as usize)?;
    let (start, end) = (value.span.start as usize, value.span.end as usize);
    let colon = key.end as usize;
    let gap = written
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
    if let (Some(column), Some(_)) = (written.indent(key.start as usize), written.rest(end))
        && let Some(above) = written.parent_indent(key.start as usize, column)
    {
        let indent = " ".repeat(column + (column - above));
        let head = format!(":{}{indent}{under}: ", written.newline());
        return Some(vec![written.edit(colon, start, &head)]);
    }
    let text = match value.kind {
        Kind::String(_, Style::Plain) => scalar_text(raw)?,
        _ => raw.to_owned(),
    };
    Some(vec![written.edit(
        start,
        end,
        &format!("{{{under}: {text}}}"),
    )])
}

/// Puts a list one level below its key, under a key of its own.
pub fn nest_list(sources: &Sources, list: &Node, under: &str) -> Option<Vec<Edit>> {
    let (Some(written), Kind::List(items)) = (Text::of(sources, list), &list.kind) else {
        return None;
    };
    if written.is_flow(list) {
        let (start, end) = (list.span.start as usize, list.span.end as usize);
        return Some(vec![
            written.edit(start, start, &format!("{{{under}: ")),
            written.edit(end, end, "}"),
        ]);
    }
    let lines = ListLines::of(&written, list, items).filter(|lines| lines.shift.is_empty())?;
    let line = written.line_start(written.first_dash(list, items)?);
    let head = format!("{}{under}:{}", " ".repeat(lines.column), written.newline());
    Some(vec![written.edit(line, line, &head)])
}

/// A text as one word of YAML, in every form: as it is, or in double quotes.
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

/// Makes one literal block of a list of lines.
pub fn list_to_block(sources: &Sources, list: &Node) -> Option<Vec<Edit>> {
    let (Some(written), Kind::List(items)) = (Text::of(sources, list), &list.kind) else {
        return None;
    };
    let end = list.span.end as usize;
    let dash = written.first_dash(list, items);
    let start = dash.unwrap_or(list.span.start as usize);
    let colon = written.text.get(..start)?.trim_end().len();
    let key_line = written
        .text
        .get(written.line_start(colon)..colon)?
        .strip_suffix(':')?;
    let rest = written.text.get(end..written.line_end(end))?;
    if key_line.contains(['{', '#', '[', '&', '*', '!'])
        || !rest.trim().is_empty()
        || !written.only_items(start, list, items)
    {
        return None;
    }
    let key_column = key_line.len() - key_line.trim_start_matches([' ', '-']).len();
    let column = match written.indent(start) {
        Some(column) if column > key_column && dash.is_some() => column,
        _ => key_column + 2,
    };
    let (header, lines) = block(items)?;
    if written.joins(column, written.next_line(end)) {
        return None;
    }
    let mut block = header.to_owned();
    for line in lines {
        block.push_str(written.newline());
        if !line.is_empty() {
            block.push_str(&" ".repeat(column));
            block.push_str(line);
        }
    }
    // Without a line break at its end the text of the block would have none either.
    if header == " |" && written.line_end(end) == written.text.len() {
        block.push_str(written.newline());
    }
    // Blanks behind the list would become part of its last line.
    let blanks = rest.trim_end_matches('\r').len();
    Some(vec![written.edit(colon, end + blanks, &block)])
}

/// The header of a literal block and its lines, for a text of these lines.
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
