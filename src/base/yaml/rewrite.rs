//! Edits of YAML text that change its structure and nothing else: not the comments, the order or the form of the rest.
//!
//! Each gives `None` where the way a value was written leaves any doubt.

use std::collections::BTreeSet;

use super::tree::{Entry, Kind, Node, Style};
use crate::base::diagnostics::Edit;
use crate::base::text::{Source, Sources, Span};

/// Takes an entry out of a mapping that has others. On lines of its own it goes with all of them; a comment that stands
/// between these lines goes too, those before and after stay.
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
    let before = mapping.as_map()?.values().filter(|other| other.key.start < entry.key.start);
    let before = before.max_by_key(|other| other.key.start);
    let keeps = before.is_some_and(|before| written.keeps_blank_lines(&before.value));
    Some(vec![written.edit(start, if keeps { written.end_of_blank_lines(end) } else { end }, "")])
}

/// Makes a mapping of a list of mappings: what each has under `key` becomes its own key.
pub fn list_to_mapping(sources: &Sources, list: &Node, key: &str) -> Option<Vec<Edit>> {
    let (Some(written), Kind::List(items)) = (Text::of(sources, list), &list.kind) else { return None };
    let first = written.first_dash(list, items)?;
    let column = written.indent(first)?;
    // A list may stand as far left as its key, a mapping may not.
    let shift = match column.checked_sub(written.indent_above(first)?)? {
        0 => "  ",
        _ => "",
    };
    let mut edits = Vec::new();
    let mut keys = BTreeSet::new();
    for item in items {
        let entry = item.as_map()?.get(key)?;
        let distinct = keys.insert(entry.value.as_str()?);
        if !distinct || item.as_map()?.len() < 2 || !written.holds(entry) {
            return None;
        }
        let dash = written.dash(item).filter(|dash| written.indent(*dash) == Some(column))?;
        edits.extend(written.keyed_item(item, entry, dash, shift)?);
    }
    Some(edits)
}

/// Makes one literal block of a list of lines.
pub fn list_to_block(sources: &Sources, list: &Node) -> Option<Vec<Edit>> {
    let (Some(written), Kind::List(items)) = (Text::of(sources, list), &list.kind) else { return None };
    let end = list.span.end as usize;
    let dash = written.first_dash(list, items);
    let start = dash.unwrap_or(list.span.start as usize);
    let colon = written.text.get(..start)?.trim_end().len();
    let key_line = written.text.get(written.line_start(colon)..colon)?.strip_suffix(':')?;
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
    let plain = |line: &&str| !line.chars().any(|character| character.is_control() || character == '\u{feff}');
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

/// The text that a node was written in.
struct Text<'a> {
    span: Span,
    source: &'a Source,
    text: &'a str,
}

impl<'a> Text<'a> {
    fn of(sources: &'a Sources, node: &Node) -> Option<Text<'a>> {
        let source = sources.get(node.span.source);
        let text: &str = source.text();
        text.get(node.span.start as usize..node.span.end as usize).map(|_| Text { span: node.span, source, text })
    }

    fn edit(&self, start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(self.span.source, start, end), text: text.to_owned() }
    }

    fn at(&self, offset: usize) -> Option<char> {
        self.text.get(offset..)?.chars().next()
    }

    /// Whether both key and value of an entry are written inside of the node, the one after the other.
    fn holds(&self, entry: &Entry) -> bool {
        let (key, value) = (entry.key, entry.value.span);
        let here = key.source == self.span.source && value.source == self.span.source;
        here && self.span.start <= key.start && key.end <= value.start && key.start < self.span.end
    }

    fn line_start(&self, offset: usize) -> usize {
        self.source.line_start(offset)
    }

    fn line_end(&self, offset: usize) -> usize {
        self.text.get(offset..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |length| offset + length)
    }

    fn next_line(&self, offset: usize) -> usize {
        (self.line_end(offset) + 1).min(self.text.len())
    }

    /// Where the blank lines end that begin at a line.
    fn end_of_blank_lines(&self, start: usize) -> usize {
        let mut line = start;
        while line < self.text.len()
            && self.text.get(line..self.line_end(line)).is_some_and(|own| own.trim().is_empty())
        {
            line = self.next_line(line);
        }
        line
    }

    /// Whether a value ends in a block whose text ends with all blank lines behind it.
    fn keeps_blank_lines(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Map(entries) => entries.values().any(|entry| self.keeps_blank_lines(&entry.value)),
            Kind::List(items) => items.iter().any(|item| self.keeps_blank_lines(item)),
            // The parser lets a block begin at its first character, one line or more below its header.
            Kind::String(_, Style::Literal | Style::Folded) => {
                let start = self.line_start(node.span.start as usize);
                let lines = self.text.get(..self.line_end(start)).into_iter().flat_map(|text| text.lines().rev());
                lines.filter(|line| !line.trim().is_empty()).take(2).any(|line| line.contains('+'))
            }
            _ => false,
        }
    }

    fn newline(&self) -> &'static str {
        match self.text.get(..self.line_end(self.span.start as usize)).is_some_and(|line| line.ends_with('\r')) {
            true => "\r\n",
            false => "\n",
        }
    }

    /// How many blanks stand before a place, when nothing else does on its line.
    fn indent(&self, offset: usize) -> Option<usize> {
        let before = self.text.get(self.line_start(offset)..offset)?;
        before.bytes().all(|byte| byte == b' ').then_some(before.len())
    }

    /// How far the key is indented whose value begins on a later line, at `offset`.
    fn indent_above(&self, offset: usize) -> Option<usize> {
        let above = self.text.get(..self.line_start(offset))?;
        let holds = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let line = above.lines().rev().find(holds)?.trim_start_matches('\u{feff}');
        let words = line.trim_start_matches(' ');
        let key = words.split('#').next().unwrap_or_default().trim_end();
        (!words.starts_with("- ") && key.ends_with(':')).then_some(line.len() - words.len())
    }

    /// Where the first dash of a list stands that has dashes. The parser lets a list begin behind it that stands as far left
    /// as its key.
    fn first_dash(&self, list: &Node, items: &[Node]) -> Option<usize> {
        let first = items.first()?;
        let is_flow = self.at(list.span.start as usize) == Some('[') && first.span.start > list.span.start;
        self.dash(first).filter(|_| !is_flow)
    }

    /// Where the dash of an item stands, when nothing stands between it and the item.
    fn dash(&self, item: &Node) -> Option<usize> {
        let here = item.span.source == self.span.source && item.span.start >= self.span.start;
        let before = self.text.get(..item.span.start as usize).filter(|_| here)?.trim_end_matches(' ');
        before.strip_suffix('-').map(str::len)
    }

    /// What is left of a line behind a place, when that is nothing or a comment.
    fn rest(&self, offset: usize) -> Option<&'a str> {
        let rest = self.text.get(offset..self.line_end(offset))?.trim_end();
        (rest.is_empty() || rest.starts_with(' ') && rest.trim_start().starts_with('#')).then_some(rest)
    }

    /// The range of an entry between braces, with one comma.
    fn flow_entry(&self, entry: &Entry) -> Option<(usize, usize)> {
        let (start, end) = (entry.key.start as usize, entry.value.span.end as usize);
        if entry.value.is_null() {
            return None;
        }
        let before = self.text.get(self.line_start(start)..start)?.trim_end_matches(' ');
        if before.ends_with(',') {
            return Some((self.line_start(start) + before.len() - 1, end));
        }
        let after = self.text.get(end..)?;
        let comma = end + after.len() - after.trim_start_matches(' ').strip_prefix(',')?.len();
        let blanks = self.text.get(comma..)?;
        before.ends_with('{').then(|| (start, comma + blanks.len() - blanks.trim_start_matches(' ').len()))
    }

    /// The lines of an entry that has them for itself.
    fn block_entry(&self, entry: &Entry) -> Option<(usize, usize)> {
        let (key, value) = (entry.key, &entry.value);
        self.indent(key.start as usize)?;
        let end = match value.is_null() && value.span.start == value.span.end {
            // Behind the colon.
            true => self.text.get(key.end as usize..)?.find(':').map(|length| key.end as usize + length + 1)?,
            false => self.text.get(..value.span.end as usize)?.trim_end().len().max(key.end as usize),
        };
        self.rest(end)?;
        Some((self.line_start(key.start as usize), self.next_line(end)))
    }

    /// Makes `KEY: ITEM` of `- ITEM`.
    fn keyed_item(&self, item: &Node, entry: &Entry, dash: usize, shift: &str) -> Option<Vec<Edit>> {
        let (start, end) = (entry.key.start as usize, entry.value.span.end as usize);
        let name = self.name(&entry.value)?;
        let item_start = item.span.start as usize;
        let item_end = self.text.get(..item.span.end as usize)?.trim_end().len();
        let mut edits = Vec::new();
        let mut moved = None;
        if self.at(item_start)? == '{' {
            let (from, to) = self.flow_entry(entry)?;
            if self.text.get(item_start..item_end)?.contains('\n') {
                return None;
            }
            edits.extend([self.edit(dash, item_start, &format!("{name}: ")), self.edit(from, to, "")]);
        } else if start == item_start {
            self.rest(end)?;
            edits.push(self.edit(dash, end, &format!("{name}:")));
        } else {
            self.indent(start)?;
            let next = self.next_line(end);
            // What the line kept apart from a block above it would become part of that.
            if self.keeps_blank_lines(item) && self.end_of_blank_lines(next) > next {
                return None;
            }
            let indent = " ".repeat(item_start - self.line_start(dash));
            let head = format!("{name}:{}{}{indent}{shift}", self.rest(end)?, self.newline());
            moved = Some(self.line_start(start));
            edits.extend([self.edit(dash, item_start, &head), self.edit(moved?, next, "")]);
        }
        let mut line = self.line_start(dash);
        while !shift.is_empty() && line < self.text.len() {
            let words = self.text.get(line..self.line_end(line))?;
            if line >= item_end && !words.trim().is_empty() {
                break;
            }
            // A line of blanks may be part of a block, with those that are more than its indentation.
            if !words.trim_end_matches('\r').is_empty() && moved != Some(line) {
                edits.push(self.edit(line, line, shift));
            }
            line = self.line_end(line) + 1;
        }
        Some(edits)
    }

    /// A value as it was written, when it can be a key like that.
    fn name(&self, value: &Node) -> Option<&'a str> {
        let Kind::String(_, Style::Plain | Style::Single | Style::Double) = value.kind else { return None };
        let raw = self.text.get(value.span.start as usize..value.span.end as usize)?;
        (!raw.is_empty() && raw.len() < 1000 && !raw.contains('\n')).then_some(raw)
    }

    /// Whether a list that begins at `start` holds nothing but its items: no comments, anchors or tags.
    fn only_items(&self, start: usize, list: &Node, items: &[Node]) -> bool {
        let is_flow = self.at(start) == Some('[');
        let (open, between, close) = if is_flow { ("[", ",", "]") } else { ("-", "-", "") };
        let mut at = start;
        for (index, item) in items.iter().enumerate() {
            let gap = self.text.get(at..item.span.start as usize).map(str::trim);
            if item.span.source != list.span.source || gap != Some(if index == 0 { open } else { between }) {
                return false;
            }
            at = item.span.end as usize;
        }
        let rest = self.text.get(at..list.span.end as usize).map(str::trim);
        !items.is_empty() && (rest == Some(close) || is_flow && rest == Some(",]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::{Problem, Report};
    use crate::base::edits::mend;
    use crate::base::yaml;

    /// A text after the rewriting of what stands under `k`; `None` when it is left alone.
    fn rewritten(text: &str, rewrite: impl Fn(&Sources, &Node) -> Option<Vec<Edit>>) -> Option<String> {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let mut report = Report::default();
        let nodes = yaml::parse(&sources, id, &mut report);
        assert!(report.is_empty(), "{text}");
        let edits = rewrite(&sources, nodes[0].get("k").unwrap())?;
        report.warning(Problem::new("some-name", "x").mended_by(Some(edits)));
        let mended = mend(&sources, &report.in_order(), |_| true).texts.remove(&id);
        let mut after = Sources::default();
        let id = after.add("t", mended.clone()?);
        let mut report = Report::default();
        yaml::parse(&after, id, &mut report);
        assert!(report.is_empty(), "{mended:?}");
        mended
    }

    fn check(rewrite: impl Fn(&Sources, &Node) -> Option<Vec<Edit>>, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let expected = if expected.is_empty() { None } else { Some(*expected) };
            assert_eq!(rewritten(text, &rewrite).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn entries_go_with_their_lines() {
        let remove = |sources: &Sources, node: &Node| remove_entry(sources, node, node.as_map()?.get("p")?);
        check(
            remove,
            &[
                ("k:\n  a: 1\n  p:\n    x: y # z\n\n    w: {}\n  # kept\n  b: 2\n", "k:\n  a: 1\n  # kept\n  b: 2\n"),
                ("k:\r\n  p: 1 # gone\r\n  a: 1\r\n", "k:\r\n  a: 1\r\n"),
                ("k:\n  a: 1\n  p:\nb: 2", "k:\n  a: 1\nb: 2"),
                ("k:\n  a: 1\n  p: ~", "k:\n  a: 1\n"),
                ("k:\n  a: 1\n  p: |\n    x\n\n  b: 2\n", "k:\n  a: 1\n\n  b: 2\n"),
                ("k:\n  a: |+\n    x\n  p: 1\n\n  \n  b: 2\n", "k:\n  a: |+\n    x\n  b: 2\n"),
                ("k:\n  a:\n    - >+ # why\n      x\n  p: 1\n\n", "k:\n  a:\n    - >+ # why\n      x\n"),
                ("k:\n  a: |+\n    x\n\n  p: 1\n  b: 2\n", "k:\n  a: |+\n    x\n\n  b: 2\n"),
                ("k: {a: 1, p: {x: [1, 2]}}\n", "k: {a: 1}\n"),
                ("k: {\"p\": 2 , a: 1}\n", "k: {a: 1}\n"),
                ("k:\n  p: 1\n", ""),
                ("k: {a: 1,\n  p: 2}\n", ""),
                ("k:\n  ? p\n  : 1\n  a: 2\n", ""),
            ],
        );
    }

    #[test]
    fn lists_become_mappings() {
        check(
            |sources, node| list_to_mapping(sources, node, "t"),
            &[
                (
                    "k:\n  - t: /a # one\n    s: 1\n  # two\n  - t: '/b'\n    s: 2\n",
                    "k:\n  /a: # one\n    s: 1\n  # two\n  '/b':\n    s: 2\n",
                ),
                (
                    "k:\n- s: |\n    x\n\n    y\n  t: /a # one\n  # more\n  u: 1\n",
                    "k:\n  /a: # one\n    s: |\n      x\n\n      y\n    # more\n    u: 1\n",
                ),
                (
                    "k:\n- t: /a\n  s: |\n    x\n      \n    y\n      \n\nb: 1\n",
                    "k:\n  /a:\n    s: |\n      x\n        \n      y\n        \n\nb: 1\n",
                ),
                (
                    "k:\r\n- t: /a\r\n  s: |\r\n    x\r\n\r\n      \r\n    y\r\n",
                    "k:\r\n  /a:\r\n    s: |\r\n      x\r\n\r\n        \r\n      y\r\n",
                ),
                ("k:\r\n  - s: 1\r\n    t: /a\r\nb: 1\r\n", "k:\r\n  /a:\r\n    s: 1\r\nb: 1\r\n"),
                ("k: # why\n- {t: /a, s: 1}\n- {s: 2, t: /b}", "k: # why\n  /a: {s: 1}\n  /b: {s: 2}"),
                ("k:\n  - s: |+\n      x\n    t: /a\n\n  - s: 2\n    t: /b\n", ""),
                ("k:\n  - t: /a\n    s: 1\n  - t: /a\n    s: 2\n", ""),
                ("k:\n  - t: /a\n", ""),
                ("k:\n  - &x {t: /a, s: 1}\n", ""),
                ("k: [{t: /a, s: 1}]\n", ""),
                ("k:\n  -\n    t: /a\n    s: 1\n", ""),
            ],
        );
    }

    #[test]
    fn lists_of_lines_become_blocks() {
        check(
            list_to_block,
            &[
                (
                    "k:\n  - one\n  - \"two: \\u00e4\"\n  - ''\n  -   three\nb: 1\n",
                    "k: |-\n  one\n  two: ä\n\n  three\nb: 1\n",
                ),
                ("k:\n- one\n- ''\n", "k: |\n  one\n"),
                ("k:\n- one\n- ''", "k: |\n  one\n"),
                ("k:\r\n- one\r\n- ''", "k: |\r\n  one\r\n"),
                ("k:\n- one\n- two", "k: |-\n  one\n  two"),
                ("k:\n- one\n- 'two'  \r\nb: 1\n", "k: |-\n  one\n  two\r\nb: 1\n"),
                ("k: [\"a b\", c]\n", "k: |-\n  a b\n  c\n"),
                ("k: [\"a\",\n  c,]\r\n", "k: |-\n  a\n  c\r\n"),
                ("k:\n  - one # why\n  - two\n", ""),
                ("k:\n  - one\n  # why\n  - two\n", ""),
                ("k:\n  - ' one'\n", ""),
                ("k:\n  - \"a\\tb\"\n", ""),
                ("k:\n  - ''\n", ""),
                ("k:\n  - a\n  - ''\n  - ''\n", ""),
                ("{k: [a]}\n", ""),
            ],
        );
    }
}
