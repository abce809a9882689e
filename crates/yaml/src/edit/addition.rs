//! Additions to mappings and lists, in the form that these have.

use std::collections::BTreeMap;

use super::layout::Layout;
use super::scalar_text;
use crate::tree::{Kind, Node};
use crate::write::write_yaml;
use diagnostics::report::Edit;
use diagnostics::source::{Sources, Span};
use diagnostics::value::{Map, Value};

/// Texts to add to one source, by place. What is inside a value is added before what follows it:
/// both may be added at the same place.
pub struct Additions<'a> {
    sources: &'a Sources,
    texts: BTreeMap<Span, String>,
}

impl<'a> Additions<'a> {
    /// No additions yet.
    pub fn new(sources: &'a Sources) -> Additions<'a> {
        Additions {
            sources,
            texts: BTreeMap::new(),
        }
    }

    /// Adds entries behind those of a mapping. Returns whether that is possible.
    pub fn entries(&mut self, mapping: &Node, entries: &Map) -> bool {
        self.try_entries(mapping, entries).is_some()
    }

    /// Adds items behind those of a list. Returns whether that is possible.
    pub fn items(&mut self, list: &Node, items: &[Value]) -> bool {
        self.try_items(list, items).is_some()
    }

    /// The edits, sorted.
    pub fn finish(self) -> Vec<Edit> {
        let texts = self.texts.into_iter();
        texts.map(|(span, text)| Edit { span, text }).collect()
    }

    fn try_entries(&mut self, mapping: &Node, entries: &Map) -> Option<()> {
        let layout = Layout::of(self.sources, mapping)?;
        let written = mapping.as_map()?;
        let texts = entries.iter().map(|(key, value)| flow_entry(key, value));
        if written.is_empty() {
            let at = layout.inside_empty('{', '}')?;
            return self.add(&layout, at, texts.collect::<Option<Vec<_>>>()?.join(", "));
        }
        let is_here = |entry: &&crate::Entry| layout.holds(entry);
        let last = written.values().filter(is_here).max_by_key(|one| one.key)?;
        if layout.at(mapping.span.start as usize)? == '{' {
            let texts = texts.collect::<Option<Vec<_>>>()?;
            let at = layout.end_in_flow(&last.value)?;
            return self.add(&layout, at, format!(", {}", texts.join(", ")));
        }
        let column = layout.key_column(last.key.start as usize)?;
        let end = layout.end_of(last)?;
        let lines = write_yaml(&Value::Map(entries.clone()));
        let lines = match written.values().any(|entry| layout.indents_list(entry)) {
            true => indent_lists(&lines),
            false => lines,
        };
        self.add_lines(&layout, &last.value, (column, end), &lines)
    }

    fn try_items(&mut self, list: &Node, items: &[Value]) -> Option<()> {
        let (layout, Kind::List(written)) = (Layout::of(self.sources, list)?, &list.kind) else {
            return None;
        };
        let texts = items.iter().map(flow_text);
        let Some(last) = written.last() else {
            let at = layout.inside_empty('[', ']')?;
            return self.add(&layout, at, texts.collect::<Option<Vec<_>>>()?.join(", "));
        };
        if layout.is_flow(list) {
            let texts = texts.collect::<Option<Vec<_>>>()?;
            let at = layout.end_in_flow(last)?;
            return self.add(&layout, at, format!(", {}", texts.join(", ")));
        }
        let column = layout.key_column(layout.dash(last)?)?;
        let end = layout.end_of_value(last)?;
        let lines = write_yaml(&Value::List(items.to_vec()));
        self.add_lines(&layout, last, (column, end), &lines)
    }

    /// Adds lines in a column below the line of `end`, where the value `last` ends.
    fn add_lines(
        &mut self,
        layout: &Layout<'_>,
        last: &Node,
        (column, end): (usize, usize),
        lines: &str,
    ) -> Option<()> {
        layout.rest(end)?;
        let mut at = layout.next_line(end);
        if layout.keeps_blank_lines(last) {
            at = layout.end_of_blank_lines(at);
        }
        let indent = " ".repeat(column);
        let lines: Vec<String> = lines
            .lines()
            .map(|line| format!("{indent}{line}"))
            .collect();
        let newline = layout.newline();
        // A text may end without a line break. At the end of a block, it would be part of the value.
        let is_at_line = layout.text.get(..at)?.ends_with('\n');
        if !is_at_line && layout.block_column(last).is_some() {
            return None;
        }
        let text = lines.join(newline);
        self.add(
            layout,
            at,
            match is_at_line {
                true => format!("{text}{newline}"),
                false => format!("{newline}{text}"),
            },
        )
    }

    fn add(&mut self, layout: &Layout<'_>, at: usize, text: String) -> Option<()> {
        let place = Span::new(layout.span.source, at, at);
        *self.texts.entry(place).or_default() += &text;
        Some(())
    }
}

/// The lines of entries, with the lists that are values of these further to the right.
fn indent_lists(lines: &str) -> String {
    let mut is_in_list = false;
    let mut indented = String::new();
    for line in lines.split_inclusive('\n') {
        is_in_list = line.starts_with("- ") || is_in_list && line.starts_with(' ');
        if is_in_list {
            indented += "  ";
        }
        indented += line;
    }
    indented
}

/// An entry in braces.
fn flow_entry(key: &str, value: &Value) -> Option<String> {
    Some(format!("{}: {}", scalar_text(key)?, flow_text(value)?))
}

/// A value in brackets.
fn flow_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => scalar_text(text),
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(flow_text).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| flow_entry(key, value));
            Some(format!(
                "{{{}}}",
                entries.collect::<Option<Vec<_>>>()?.join(", ")
            ))
        }
        other => Some(other.to_json()),
    }
}
