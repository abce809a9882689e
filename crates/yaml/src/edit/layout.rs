//! The layout of a value: the text around it, its lines and its indentation.

use crate::tree::{Entry, Kind, Node, Style};
use diagnostics::report::Edit;
use diagnostics::source::{Source, Sources, Span};

/// The source text of a node.
pub(super) struct Layout<'a> {
    pub(super) span: Span,
    source: &'a Source,
    pub(super) text: &'a str,
}

impl<'a> Layout<'a> {
    pub(super) fn of(sources: &'a Sources, node: &Node) -> Option<Layout<'a>> {
        let source = sources.get(node.span.source);
        let text: &str = source.text();
        text.get(node.span.start as usize..node.span.end as usize)
            .map(|_| Layout {
                span: node.span,
                source,
                text,
            })
    }

    pub(super) fn edit(&self, start: usize, end: usize, text: &str) -> Edit {
        Edit {
            span: Span::new(self.span.source, start, end),
            text: text.to_owned(),
        }
    }

    pub(super) fn at(&self, offset: usize) -> Option<char> {
        self.text.get(offset..)?.chars().next()
    }

    /// Whether the key and the value of an entry are inside the node, one after the other.
    pub(super) fn holds(&self, entry: &Entry) -> bool {
        let (key, value) = (entry.key, entry.value.span);
        let here = key.source == self.span.source && value.source == self.span.source;
        here && self.span.start <= key.start && key.end <= value.start && key.start < self.span.end
    }

    pub(super) fn line_start(&self, offset: usize) -> usize {
        self.source.line_start(offset)
    }

    pub(super) fn line_end(&self, offset: usize) -> usize {
        self.text
            .get(offset..)
            .and_then(|rest| rest.find('\n'))
            .map_or(self.text.len(), |length| offset + length)
    }

    pub(super) fn next_line(&self, offset: usize) -> usize {
        (self.line_end(offset) + 1).min(self.text.len())
    }

    /// The end of the blank lines that begin at `start`.
    pub(super) fn end_of_blank_lines(&self, start: usize) -> usize {
        let mut line = start;
        while line < self.text.len()
            && self
                .text
                .get(line..self.line_end(line))
                .is_some_and(|words| words.trim().is_empty())
        {
            line = self.next_line(line);
        }
        line
    }

    /// Whether a value ends in a block with `+`, to which the blank lines behind it belong.
    pub(super) fn keeps_blank_lines(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Map(entries) => entries
                .values()
                .any(|entry| self.keeps_blank_lines(&entry.value)),
            Kind::List(items) => items.iter().any(|item| self.keeps_blank_lines(item)),
            // The span of a block begins at its first character, below the header.
            Kind::String(_, Style::Literal | Style::Folded) => {
                let start = self.line_start(node.span.start as usize);
                let lines = self
                    .text
                    .get(..self.line_end(start))
                    .into_iter()
                    .flat_map(|text| text.lines().rev());
                lines
                    .filter(|line| !line.trim().is_empty())
                    .take(2)
                    .any(|line| line.contains('+'))
            }
            _ => false,
        }
    }

    /// Whether blanks or a comment from `start` on would become part of a block in this value, if
    /// nothing were between the two.
    pub(super) fn joins_block(&self, node: &Node, start: usize) -> bool {
        self.block_column(node)
            .is_some_and(|column| self.joins(column, start))
    }

    /// As [`Layout::joins_block`], for a block in this column.
    pub(super) fn joins(&self, column: usize, start: usize) -> bool {
        let mut line = start;
        while line < self.text.len() {
            let words = self
                .text
                .get(line..self.line_end(line))
                .unwrap_or_default()
                .trim_end_matches('\r');
            if !words.trim().is_empty() {
                let indent = words.len() - words.trim_start_matches(' ').len();
                return indent >= column && words.trim_start().starts_with('#');
            }
            if words.len() > column {
                return true;
            }
            line = self.next_line(line);
        }
        false
    }

    /// The column of the least indented block in a value; 0 where it cannot be found.
    pub(super) fn block_column(&self, node: &Node) -> Option<usize> {
        match &node.kind {
            Kind::Map(entries) => entries
                .values()
                .filter_map(|entry| self.block_column(&entry.value))
                .min(),
            Kind::List(items) => items
                .iter()
                .filter_map(|item| self.block_column(item))
                .min(),
            Kind::String(text, Style::Literal | Style::Folded) => {
                let start = node.span.start as usize;
                let is_plain = !text.is_empty() && !text.starts_with([' ', '\n']);
                Some(self.indent(start).filter(|_| is_plain).unwrap_or(0))
            }
            _ => None,
        }
    }

    pub(super) fn newline(&self) -> &'static str {
        // The last line may have no line break.
        let end = match self.line_end(self.span.start as usize) {
            end if end == self.text.len() => self.line_end(0),
            end => end,
        };
        let before = self.text.get(..end);
        match before.is_some_and(|line| line.ends_with('\r')) {
            true => "\r\n",
            false => "\n",
        }
    }

    /// The column of a place that has only blanks before it on its line.
    pub(super) fn indent(&self, offset: usize) -> Option<usize> {
        let before = self.text.get(self.line_start(offset)..offset)?;
        before
            .bytes()
            .all(|byte| byte == b' ')
            .then_some(before.len())
    }

    /// The column of the key whose value begins at `offset`, on a later line.
    pub(super) fn indent_above(&self, offset: usize) -> Option<usize> {
        let above = self.text.get(..self.line_start(offset))?;
        let holds = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let line = above
            .lines()
            .rev()
            .find(holds)?
            .trim_start_matches('\u{feff}');
        let words = line.trim_start_matches(' ');
        let key = words.split('#').next().unwrap_or_default().trim_end();
        (!words.starts_with("- ") && key.ends_with(':')).then_some(line.len() - words.len())
    }

    /// The place of the first dash of a block list. The span of a list in the column of its key
    /// begins behind it.
    pub(super) fn first_dash(&self, list: &Node, items: &[Node]) -> Option<usize> {
        let first = items.first()?;
        let is_flow =
            self.at(list.span.start as usize) == Some('[') && first.span.start > list.span.start;
        self.dash(first).filter(|_| !is_flow)
    }

    /// The place of the dash of an item, when nothing but blanks is between the two.
    pub(super) fn dash(&self, item: &Node) -> Option<usize> {
        let here = item.span.source == self.span.source && item.span.start >= self.span.start;
        let before = self
            .text
            .get(..item.span.start as usize)
            .filter(|_| here)?
            .trim_end_matches(' ');
        before.strip_suffix('-').map(str::len)
    }

    /// The rest of a line behind a place, when it is empty or a comment.
    pub(super) fn rest(&self, offset: usize) -> Option<&'a str> {
        let rest = self.text.get(offset..self.line_end(offset))?.trim_end();
        (rest.is_empty() || rest.starts_with(' ') && rest.trim_start().starts_with('#'))
            .then_some(rest)
    }

    /// The range of an entry in braces, with one comma. `None` where a comment could be affected.
    pub(super) fn flow_entry(&self, entry: &Entry) -> Option<(usize, usize)> {
        let (start, end) = (entry.key.start as usize, entry.value.span.end as usize);
        if entry.value.is_null() {
            return None;
        }
        let before = self.text.get(..start)?;
        let line = self.line_start(start);
        let after = self.text.get(end..)?;
        let Some(rest) = after.trim_start_matches(' ').strip_prefix(',') else {
            // The last entry goes with the comma before it.
            let comma = before.trim_end().strip_suffix(',')?.len();
            let is_comment = self.text.get(self.line_start(comma)..comma)?.contains('#');
            return (!is_comment && after.trim_start().starts_with('}')).then_some((comma, end));
        };
        let comma_end = self.text.len() - rest.len();
        if before.get(line..)?.trim_start_matches(' ').is_empty() {
            let is_alone = rest
                .get(..self.line_end(comma_end) - comma_end)?
                .trim()
                .is_empty();
            return is_alone.then(|| (line, self.next_line(comma_end)));
        }
        let same_line = before.get(line..)?.trim_end_matches(' ');
        if same_line.ends_with(',') {
            return Some((line + same_line.len() - 1, end));
        }
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        same_line
            .ends_with('{')
            .then_some((start, comma_end + blanks))
    }

    /// The range of an entry on lines of its own.
    pub(super) fn block_entry(&self, entry: &Entry) -> Option<(usize, usize)> {
        let key = entry.key;
        self.indent(key.start as usize)?;
        let end = self.end_of(entry)?;
        self.rest(end)?;
        Some((self.line_start(key.start as usize), self.next_line(end)))
    }

    /// The end of an entry. One without a value ends behind its colon.
    pub(super) fn end_of(&self, entry: &Entry) -> Option<usize> {
        let (key, value) = (entry.key, &entry.value);
        if value.is_null() && value.span.start == value.span.end {
            return self
                .text
                .get(key.end as usize..)?
                .find(':')
                .map(|length| key.end as usize + length + 1);
        }
        Some(self.end_of_value(value)?.max(key.end as usize))
    }

    /// The end of a value that is written, without the blanks behind it.
    pub(super) fn end_of_value(&self, value: &Node) -> Option<usize> {
        let end = self.text.get(..value.span.end as usize)?.trim_end().len();
        let is_flow = self
            .at(value.span.start as usize)
            .is_some_and(|first| first == '{' || first == '[');
        let inside = |entry: &&Entry| self.holds(entry) && value.span.start <= entry.key.start;
        let last = match &value.kind {
            Kind::Map(entries) if !is_flow => entries
                .values()
                .filter(inside)
                .max_by_key(|entry| entry.key.start),
            Kind::List(items) if !is_flow => {
                let last = items
                    .last()
                    .and_then(Node::as_map)
                    .filter(|entries| !entries.is_empty());
                last.and_then(|entries| {
                    entries
                        .values()
                        .filter(inside)
                        .max_by_key(|entry| entry.key.start)
                })
            }
            _ => None,
        };
        Some(last.map_or(Some(end), |last| self.end_of(last))?.max(end))
    }

    /// The end of a value in brackets or braces; `None` where nothing is written.
    pub(super) fn end_in_flow(&self, value: &Node) -> Option<usize> {
        let (start, end) = (value.span.start as usize, value.span.end as usize);
        let is_here = value.span.source == self.span.source && self.span.contains(value.span);
        (is_here && start < end).then_some(end)
    }

    /// The place behind the opening bracket of an empty list or mapping.
    pub(super) fn inside_empty(&self, open: char, close: char) -> Option<usize> {
        let (start, end) = (self.span.start as usize, self.span.end as usize);
        let inside = self.text.get(start..end)?.strip_prefix(open)?;
        let inside = inside.strip_suffix(close)?;
        inside.trim().is_empty().then_some(start + 1)
    }

    /// Whether the value of an entry is a list with its dashes further to the right than the key.
    pub(super) fn indents_list(&self, entry: &Entry) -> bool {
        let Kind::List(items) = &entry.value.kind else {
            return false;
        };
        let dash = self.first_dash(&entry.value, items);
        let column = dash.and_then(|dash| self.key_column(dash));
        let key = self.key_column(entry.key.start as usize);
        column.zip(key).is_some_and(|(column, key)| column > key)
    }

    /// The column of a key or dash that has only blanks and dashes before it on its line.
    pub(super) fn key_column(&self, offset: usize) -> Option<usize> {
        let before = self.text.get(self.line_start(offset)..offset)?;
        let is_plain = before.bytes().all(|byte| byte == b' ' || byte == b'-');
        is_plain.then_some(before.len())
    }

    /// Whether a list is in brackets.
    pub(super) fn is_flow(&self, list: &Node) -> bool {
        let first = match &list.kind {
            Kind::List(items) => items.first(),
            _ => None,
        };
        let inside = first.is_none_or(|first| first.span.start > list.span.start);
        let text = self
            .text
            .get(list.span.start as usize..list.span.end as usize)
            .unwrap_or_default();
        inside && text.starts_with('[') && text.ends_with(']')
    }

    /// Turns `[ .. ]` into `{ .. }`, and each item into what `entry` gives. Only comments may be
    /// between the items.
    pub(super) fn flow_mapping(
        &self,
        list: &Node,
        items: &[Node],
        entry: impl Fn(&Node) -> Option<Vec<Edit>>,
    ) -> Option<Vec<Edit>> {
        let (start, end) = (list.span.start as usize, list.span.end as usize);
        let mut edits = vec![self.edit(start, start + 1, "{")];
        let mut at = start;
        for (index, item) in items.iter().enumerate() {
            let open = if index == 0 { "[" } else { "," };
            if item.span.source != list.span.source
                || self.without_comments(at, item.span.start as usize)? != open
            {
                return None;
            }
            edits.extend(entry(item)?);
            at = item.span.end as usize;
        }
        let rest = self.without_comments(at, end)?;
        edits.push(self.edit(end - 1, end, "}"));
        (!items.is_empty() && (rest == "]" || rest == ",]")).then_some(edits)
    }

    /// The text between two places, without blanks, line breaks and comments.
    fn without_comments(&self, start: usize, end: usize) -> Option<String> {
        let words = |line: &str| match line.trim_start().starts_with('#') {
            true => String::new(),
            false => line
                .split(" #")
                .next()
                .unwrap_or_default()
                .split_whitespace()
                .collect(),
        };
        Some(
            self.text
                .get(start..end)?
                .split(['\n', '\r'])
                .map(words)
                .collect(),
        )
    }

    /// Turns `{ITEM}`, and what is before it from `from` on, into `KEY: {ITEM}`.
    pub(super) fn keyed_flow_item(
        &self,
        item: &Node,
        entry: &Entry,
        from: usize,
    ) -> Option<Vec<Edit>> {
        let start = item.span.start as usize;
        let (first, last) = self
            .flow_entry(entry)
            .filter(|_| self.at(start) == Some('{'))?;
        let name = self.name(&entry.value)?;
        Some(vec![
            self.edit(from, start, &format!("{name}: ")),
            self.edit(first, last, ""),
        ])
    }

    /// The variable of an item as `NAME: VALUE`, and the range from `from` on that it replaces.
    pub(super) fn variable(&self, item: &Node, from: usize) -> Option<(usize, usize, String)> {
        let (start, end) = (item.span.start as usize, item.span.end as usize);
        let raw = self
            .text
            .get(start..end)
            .filter(|_| item.span.source == self.span.source)?;
        if let Kind::String(text, Style::Plain | Style::Single | Style::Double) = &item.kind {
            let (name, value) = text
                .split_once('=')
                .filter(|(_, value)| !value.starts_with(['"', '\'']))?;
            let value = super::scalar_text(value).filter(|_| !raw.contains(['\n', '\r']))?;
            return Some((from, end, format!("{name}: {value}")));
        }
        let entries = item.as_map().filter(|entries| entries.len() == 2)?;
        let (name, value) = (entries.get("name")?, entries.get("value")?);
        let (name_end, value_start) = (
            name.value.span.end as usize,
            value.value.span.start as usize,
        );
        let value_end = value.value.span.end as usize;
        let is_scalar = !matches!(value.value.kind, Kind::List(_) | Kind::Map(_) | Kind::Null);
        let text = self
            .text
            .get(value_start..value_end)
            .filter(|text| is_scalar && !text.contains(['\n', '\r']))?;
        if !self.holds(name) || !self.holds(value) {
            return None;
        }
        let head = format!("{}: ", name.value.as_str()?);
        if raw.starts_with('{') {
            let is_one_line = !raw.contains(['\n', '\r', '#', '<', '&']);
            return is_one_line.then(|| (from, end, format!("{head}{text}")));
        }
        // Nothing else may be between and behind the two, such as a comment, an anchor or a merge.
        let between = self.text.get(name_end..value.key.start as usize)?.trim();
        let colon = self
            .text
            .get(value.key.end as usize..value_start)?
            .trim_matches(' ');
        let first = self
            .text
            .get(name.key.end as usize..name.value.span.start as usize)?
            .trim_matches(' ');
        let rest = self.text.get(value_end..end)?.trim();
        (name.key.start as usize == start
            && rest.is_empty()
            && between.is_empty()
            && colon == ":"
            && first == ":")
            .then_some((from, value_start, head))
    }

    /// The column of the parent of a line in this column, when the parent is a key on a line of its
    /// own.
    pub(super) fn parent_indent(&self, offset: usize, column: usize) -> Option<usize> {
        let above = self.text.get(..self.line_start(offset))?;
        let holds = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let line = above
            .lines()
            .rev()
            .filter(holds)
            .find(|line| indent(line) < column)?;
        let key = line.split(" #").next().unwrap_or_default().trim_end();
        (key.ends_with(':') && !key.contains(['{', '[', '"', '\''])).then(|| indent(line))
    }

    /// Turns `- ITEM` into `KEY: ITEM`.
    pub(super) fn keyed_item(
        &self,
        item: &Node,
        entry: &Entry,
        dash: usize,
        shift: &str,
    ) -> Option<Vec<Edit>> {
        let (start, end) = (entry.key.start as usize, entry.value.span.end as usize);
        let name = self.name(&entry.value)?;
        let item_start = item.span.start as usize;
        let item_end = self.text.get(..item.span.end as usize)?.trim_end().len();
        let mut edits = Vec::new();
        let mut moved = None;
        if self.at(item_start)? == '{' {
            if !shift.is_empty() && self.text.get(item_start..item_end)?.contains('\n') {
                return None;
            }
            edits.extend(self.keyed_flow_item(item, entry, dash)?);
        } else if start == item_start {
            self.rest(end)?;
            edits.push(self.edit(dash, end, &format!("{name}:")));
        } else {
            self.indent(start)?;
            let next = self.next_line(end);
            // What the moved line keeps apart from a block above it would become part of the block.
            let keeps = self.keeps_blank_lines(item) && self.end_of_blank_lines(next) > next;
            if keeps || self.joins_block(item, next) {
                return None;
            }
            let indent = " ".repeat(item_start - self.line_start(dash));
            let head = format!(
                "{name}:{}{}{indent}{shift}",
                self.rest(end)?,
                self.newline()
            );
            moved = Some(self.line_start(start));
            edits.extend([
                self.edit(dash, item_start, &head),
                self.edit(moved?, next, ""),
            ]);
        }
        let mut line = self.line_start(dash);
        while !shift.is_empty() && line < self.text.len() {
            let words = self.text.get(line..self.line_end(line))?;
            if line >= item_end && !words.trim().is_empty() {
                break;
            }
            // A line of blanks may be part of a block, so it is indented too.
            if !words.trim_end_matches('\r').is_empty() && moved != Some(line) {
                edits.push(self.edit(line, line, shift));
            }
            line = self.line_end(line) + 1;
        }
        Some(edits)
    }

    /// The source text of a value that can be a key as it is.
    pub(super) fn name(&self, value: &Node) -> Option<&'a str> {
        let Kind::String(_, Style::Plain | Style::Single | Style::Double) = value.kind else {
            return None;
        };
        let raw = self
            .text
            .get(value.span.start as usize..value.span.end as usize)?;
        (!raw.is_empty() && raw.len() < 1000 && !raw.contains('\n')).then_some(raw)
    }

    /// Whether a list that begins at `start` has nothing but its items: no comments, anchors or
    /// tags.
    pub(super) fn only_items(&self, start: usize, list: &Node, items: &[Node]) -> bool {
        let is_flow = self.at(start) == Some('[');
        let (open, between, close) = if is_flow {
            ("[", ",", "]")
        } else {
            ("-", "-", "")
        };
        let mut at = start;
        for (index, item) in items.iter().enumerate() {
            let gap = self.text.get(at..item.span.start as usize).map(str::trim);
            if item.span.source != list.span.source
                || gap != Some(if index == 0 { open } else { between })
            {
                return false;
            }
            at = item.span.end as usize;
        }
        let rest = self.text.get(at..list.span.end as usize).map(str::trim);
        !items.is_empty() && (rest == Some(close) || is_flow && rest == Some(",]"))
    }
}
