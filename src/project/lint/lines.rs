//! The lines of a template's outline: keys of YAML that are text, with their values.

use go_template::uses::{SILENT, WRITTEN};

/// A line with a key that is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// The number of characters before the key, without `- `.
    pub(super) indent: usize,
    /// Whether the line begins an item of a list.
    pub(super) is_item: bool,
    pub(super) key: String,
    /// The place of the key in the template.
    pub(super) at: (usize, usize),
    /// The value as the outline has it, without quotes.
    pub(super) value: String,
    /// The place of the value in the template.
    pub(super) value_at: (usize, usize),
}

impl Line {
    /// Whether the value is text of the template, and there is one.
    pub(super) fn is_literal(&self) -> bool {
        !self.value.is_empty() && !self.value.contains([WRITTEN, SILENT])
    }
}

/// The lines of an outline.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) lines: Vec<Line>,
    /// Whether actions write lines, keys, or more than a value, at the level of the first one.
    pub(super) is_dynamic: bool,
}

impl Lines {
    pub(super) fn new(outline: &str) -> Lines {
        let mut lines = Lines::default();
        let mut start = 0;
        // The lines of a block of text are no keys.
        let mut block: Option<usize> = None;
        for raw in outline.split_inclusive('\n') {
            let text = raw.trim_end();
            let begin = text.find(|letter| letter != ' ' && letter != SILENT);
            if let Some(begin) = begin {
                let indent = text[..begin].rfind(SILENT).map_or(begin, |_| {
                    // An action before the key takes no room in what is rendered.
                    text.find(|letter| letter != ' ').unwrap_or_default()
                });
                let is_in_block = block.is_some_and(|outer| indent > outer);
                if !is_in_block {
                    block = lines.add(text, start, begin, indent);
                }
            }
            start += raw.len();
        }
        lines
    }

    /// Adds a line. Returns its indentation when it begins a block of text.
    fn add(&mut self, text: &str, start: usize, begin: usize, indent: usize) -> Option<usize> {
        let rest = &text[begin..];
        if rest.starts_with('#') {
            return None;
        }
        let item = rest.len() - rest.trim_start_matches("- ").len();
        let entry = &rest[item..];
        let key = entry.split_once(':').filter(|(key, value)| {
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
            let is_end = value.is_empty() || value.starts_with(' ');
            is_end && !key.is_empty() && key.trim_matches(['"', '\'']).chars().all(plain)
        });
        let Some((name, value)) = key else {
            self.is_dynamic |= indent == 0;
            return None;
        };
        let at = start + begin + item;
        let value_start = at + name.len() + 1 + (value.len() - value.trim_start().len());
        let trimmed = value.trim();
        let quoted = trimmed.trim_matches(['"', '\'']);
        let quote = usize::from(trimmed.starts_with(['"', '\'']));
        self.lines.push(Line {
            indent: indent + item,
            is_item: item > 0,
            key: name.trim_matches(['"', '\'']).to_owned(),
            at: (at, at + name.len()),
            value: quoted.to_owned(),
            value_at: (value_start + quote, value_start + quote + quoted.len()),
        });
        trimmed.starts_with(['|', '>']).then_some(indent + item)
    }

    /// The lines at the first level.
    pub(super) fn top(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.indent == 0)
    }

    /// The objects of a list: the lines of each item of the first level.
    pub(super) fn objects(&self) -> Vec<&[Line]> {
        let is_begin = |line: &Line| line.is_item && line.indent <= 2;
        let starts: Vec<usize> = self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| is_begin(line))
            .map(|(index, _)| index)
            .collect();
        let ends = starts.iter().skip(1).copied().chain([self.lines.len()]);
        starts
            .iter()
            .zip(ends)
            .map(|(start, end)| &self.lines[*start..end])
            .collect()
    }
}

/// The line of a key of an object's first level.
pub(super) fn key_of<'a>(object: &'a [Line], key: &str) -> Option<&'a Line> {
    let indent = object.first()?.indent;
    object
        .iter()
        .find(|line| line.indent == indent && line.key == key)
}
