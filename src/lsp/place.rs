//! Where in a YAML text a position is, by indentation and brackets, so that the text need not parse.

/// What is written at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A key, or an item of a list.
    Key,
    /// The value of the last key of the path.
    Value,
    /// Text of several lines, which is the value of the last key of the path.
    Block,
    Comment,
}

/// A position in a YAML text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The keys that lead to it; `-` is an item of a list.
    pub(super) path: Vec<String>,
    pub(super) part: Part,
    /// Where the word begins that is written there.
    pub(super) start: usize,
}

/// The key of an item of a list.
pub(super) const ITEM: &str = "-";

/// A key that the position may be below.
#[derive(Debug)]
struct Level {
    indent: usize,
    key: String,
}

/// A bracket that is open.
#[derive(Debug)]
enum Open {
    /// A mapping, and the key whose value follows.
    Map(Option<String>),
    List,
}

/// What is known of the text up to some line.
#[derive(Debug, Default)]
struct Scan {
    levels: Vec<Level>,
    open: Vec<Open>,
    /// The indentation of the key of a text of several lines.
    block: Option<usize>,
    part: Option<Part>,
    /// Where the last word begins.
    start: usize,
}

impl Place {
    /// The place of an offset.
    pub(super) fn at(text: &str, offset: usize) -> Place {
        let before = text.get(..offset).unwrap_or(text);
        let mut scan = Scan::default();
        let mut start = 0;
        for line in before.split_inclusive('\n') {
            scan.line(line.trim_end_matches(['\n', '\r']), start);
            start += line.len();
        }
        if before.ends_with('\n') || before.is_empty() {
            scan.line("", start);
        }
        scan.place()
    }

    /// The last key of the path.
    pub(super) fn last(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Whether the path is this one; `*` stands for any key.
    pub(super) fn is(&self, pattern: &[&str]) -> bool {
        let fits = |(key, pattern): (&String, &&str)| *pattern == "*" || key == pattern;
        self.path.len() == pattern.len() && self.path.iter().zip(pattern).all(fits)
    }
}

impl Scan {
    fn line(&mut self, line: &str, start: usize) {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        self.part = Some(Part::Key);
        self.start = start + indent;
        if !self.open.is_empty() {
            return self.flow(content, start + indent);
        }
        if let Some(block) = self.block {
            if content.is_empty() || indent > block {
                self.part = Some(Part::Block);
                return;
            }
            self.block = None;
        }
        if content.starts_with("---") {
            self.levels.clear();
            return;
        }
        if content.starts_with('#') {
            self.part = Some(Part::Comment);
            return;
        }
        self.leave(indent, content.starts_with("- ") || content == ITEM);
        self.block_line(content, indent, start + indent);
    }

    /// Leaves the keys that a line with this indentation is not below.
    fn leave(&mut self, indent: usize, is_item: bool) {
        self.levels
            .retain(|level| match is_item && level.indent == indent {
                // An item may be as far left as the key of its list.
                true => level.key != ITEM,
                false => level.indent < indent,
            });
    }

    fn block_line(&mut self, mut content: &str, mut indent: usize, mut start: usize) {
        while let Some(rest) = content
            .strip_prefix("- ")
            .or((content == ITEM).then_some(""))
        {
            self.levels.push(Level {
                indent,
                key: ITEM.to_owned(),
            });
            let inner = rest.trim_start_matches(' ');
            let width = content.len() - inner.len();
            (content, indent, start) = (inner, indent + width, start + width);
        }
        self.start = start;
        let Some((key, rest)) = split_key(content) else {
            return self.value(content, start, Part::Key);
        };
        self.levels.push(Level { indent, key });
        let value = rest.trim_start_matches(' ');
        if value.starts_with(['|', '>']) {
            self.block = Some(indent);
        }
        self.value(value, start + content.len() - value.len(), Part::Value);
    }

    fn value(&mut self, value: &str, start: usize, part: Part) {
        (self.part, self.start) = (Some(part), start);
        match value.chars().next() {
            Some('{' | '[') => self.flow(value, start),
            Some('#') => self.part = Some(Part::Comment),
            Some('"' | '\'') => self.start += 1,
            _ if value.contains(" #") => self.part = Some(Part::Comment),
            _ => {}
        }
    }

    /// Reads text in brackets.
    fn flow(&mut self, content: &str, start: usize) {
        let mut word = 0;
        let (mut quote, mut is_placeholder) = (None, false);
        for (index, letter) in content.char_indices() {
            match (quote, letter) {
                (Some(open), letter) if open == letter => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') if content[word..index].trim().is_empty() => {
                    quote = Some(letter);
                }
                // A placeholder is no mapping.
                (None, '{') if content[..index].ends_with('$') => is_placeholder = true,
                (None, '}') if is_placeholder => is_placeholder = false,
                (None, '{') => self.begin(Open::Map(None), &mut word, index),
                (None, '[') => self.begin(Open::List, &mut word, index),
                (None, '}' | ']') => {
                    self.open.pop();
                    word = index + 1;
                }
                (None, ',') => {
                    if let Some(Open::Map(key)) = self.open.last_mut() {
                        *key = None;
                    }
                    word = index + 1;
                }
                (None, ':')
                    if content[index + 1..].starts_with([' ', '"', '\'', '{', '['])
                        || content.len() == index + 1 =>
                {
                    if let Some(Open::Map(key @ None)) = self.open.last_mut() {
                        *key = Some(plain(&content[word..index]));
                        word = index + 1;
                    }
                }
                (None, '#') if content[..index].ends_with(' ') => {
                    self.part = Some(Part::Comment);
                    return;
                }
                _ => {}
            }
        }
        let rest = content[word..].trim_start_matches([' ', '"', '\'']);
        self.start = start + content.len() - rest.len();
        self.part = Some(match self.open.last() {
            Some(Open::Map(None)) => Part::Key,
            _ => Part::Value,
        });
    }

    fn begin(&mut self, open: Open, word: &mut usize, index: usize) {
        self.open.push(open);
        *word = index + 1;
    }

    fn place(self) -> Place {
        let of_levels = self.levels.into_iter().map(|level| level.key);
        let of_brackets = self.open.into_iter().filter_map(|open| match open {
            Open::Map(key) => key,
            Open::List => Some(ITEM.to_owned()),
        });
        Place {
            path: of_levels.chain(of_brackets).collect(),
            part: self.part.unwrap_or(Part::Key),
            start: self.start,
        }
    }
}

/// The key that a line begins with, and what follows its colon.
fn split_key(content: &str) -> Option<(String, &str)> {
    if content.starts_with(['{', '[', '#', '|', '>']) {
        return None;
    }
    if let Some(quote) = content
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\''))
    {
        let (key, rest) = content[1..].split_once(quote)?;
        return Some((key.to_owned(), rest.trim_start().strip_prefix(':')?));
    }
    let colon = content
        .find(": ")
        .or_else(|| content.strip_suffix(':').map(str::len))?;
    Some((plain(&content[..colon]), &content[colon + 1..]))
}

fn plain(key: &str) -> String {
    key.trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path and part at `|`, and the word before it.
    fn at(text: &str) -> String {
        let offset = text.find('¦').unwrap();
        let text = text.replace('¦', "");
        let place = Place::at(&text, offset);
        format!(
            "{} {:?} {:?}",
            place.path.join("."),
            place.part,
            &text[place.start..offset]
        )
    }

    #[test]
    fn a_place_is_below_the_keys_that_are_less_indented() {
        assert_eq!(at("¦"), " Key \"\"");
        assert_eq!(at("a: 1\nb:\n  c:\n    d¦"), "b.c Key \"d\"");
        assert_eq!(at("b:\n  c:\n    d: 1\n  ¦"), "b Key \"\"");
        assert_eq!(at("b:\n  c: x¦"), "b.c Value \"x\"");
        assert_eq!(at("b:\n  c: \"x y¦"), "b.c Value \"x y\"");
        assert_eq!(at("b:\n  c: 1\n---\nd¦"), " Key \"d\"");
        assert_eq!(at("b:\n  \"/etc/a\":\n    so¦"), "b./etc/a Key \"so\"");
    }

    #[test]
    fn items_are_part_of_the_path() {
        assert_eq!(at("a:\n- b: 1\n  c¦"), "a.- Key \"c\"");
        assert_eq!(at("a:\n- b: 1\n- c¦"), "a.- Key \"c\"");
        assert_eq!(at("- uri: x\n  type: ¦"), "-.type Value \"\"");
        assert_eq!(at("a:\n- 1\nb¦"), " Key \"b\"");
        assert_eq!(at("a:\n  - - b¦"), "a.-.- Key \"b\"");
    }

    #[test]
    fn brackets_are_part_of_the_path() {
        assert_eq!(at("a: {b: {c: 1, d¦"), "a.b Key \"d\"");
        assert_eq!(at("a: {b: {c: 1}, d: x¦"), "a.d Value \"x\"");
        assert_eq!(at("a: {b: [1, 2¦"), "a.b.- Value \"2\"");
        assert_eq!(at("a: {\n  b: 1,\n  c¦"), "a Key \"c\"");
        assert_eq!(at("a: {b: 1}\nc¦"), " Key \"c\"");
        assert_eq!(at("a: {b: \"${x.y}\", c: ${x¦"), "a.c Value \"${x\"");
        assert_eq!(at("a: {b: {c: \"${x}\", d: ${y}}}\ne¦"), " Key \"e\"");
    }

    #[test]
    fn text_and_comments_have_no_keys() {
        assert_eq!(at("a: |\n  b: 1\n  c¦"), "a Block \"c\"");
        assert_eq!(at("a: |\n  b: 1\nc¦"), " Key \"c\"");
        assert_eq!(at("a: |\n  b\n\n¦"), "a Block \"\"");
        assert_eq!(at("a: 1 # b¦"), "a Comment \"1 # b\"");
        assert_eq!(at("a:\n  # b¦"), "a Comment \"# b\"");
    }
}
