//! The Markdown of the pages of diagnostics as text for a terminal: headings, paragraphs, flat lists
//! and fenced blocks.

use super::table::wrap;

/// Before each line of a block of code.
const INDENT: &str = "    ";

/// A page wrapped to a width, with bold headings if the terminal shows them.
pub(crate) fn to_terminal_text(page: &str, width: usize, bold: bool) -> String {
    let mut output = TerminalText {
        text: String::new(),
        width,
        bold,
    };
    let mut paragraph: Vec<&str> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let ends_paragraph = line.is_empty()
            || line.starts_with('#')
            || line.starts_with("```")
            || starts_item(line);
        if ends_paragraph {
            output.paragraph(&std::mem::take(&mut paragraph));
        }
        if line.starts_with("```") {
            lines
                .by_ref()
                .take_while(|line| !line.starts_with("```"))
                .for_each(|line| output.line(INDENT, line));
        } else if line.is_empty() {
            output.text.push('\n');
        } else if line.starts_with('#') {
            output.heading(line.trim_start_matches('#').trim_start());
        } else {
            paragraph.push(line.trim());
        }
    }
    output.paragraph(&paragraph);
    output.text
}

/// Whether a line is an item of a list or a row of a table.
fn starts_item(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with('|')
}

struct TerminalText {
    text: String,
    width: usize,
    bold: bool,
}

impl TerminalText {
    fn line(&mut self, indent: &str, line: &str) {
        self.text.push_str(format!("{indent}{line}").trim_end());
        self.text.push('\n');
    }

    fn heading(&mut self, words: &str) {
        match self.bold {
            true => self.line("", &format!("\u{1b}[1m{words}\u{1b}[0m")),
            false => self.line("", words),
        }
    }

    /// A paragraph, or an item of a list, whose later lines are indented to its first word.
    fn paragraph(&mut self, lines: &[&str]) {
        if lines.is_empty() {
            return;
        }
        let text = lines.join(" ");
        let (first, text) = text
            .strip_prefix("- ")
            .map_or(("", text.as_str()), |item| ("- ", item));
        let later = " ".repeat(first.len());
        for (index, line) in wrap(text, self.width.saturating_sub(first.len()))
            .iter()
            .enumerate()
        {
            self.line(if index == 0 { first } else { &later }, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# name\n\nOne sentence\nof two lines.\n\n## Wrong\n\n```yaml\n# a.yaml\n\nkey: a long, long value\n```\n\n\
                        - first of\n  all\n- last\n";

    #[test]
    fn paragraphs_are_wrapped_and_blocks_are_not() {
        let expected = "name\n\nOne sentence of\ntwo lines.\n\nWrong\n\n    # a.yaml\n\n    key: a long, long value\n\n\
                      - first of all\n- last\n";
        assert_eq!(to_terminal_text(PAGE, 16, false), expected);
        let narrow = to_terminal_text(PAGE, 10, true);
        assert!(
            narrow.ends_with("\n- first of\n  all\n- last\n"),
            "{narrow}"
        );
        assert!(narrow.starts_with("\u{1b}[1mname\u{1b}[0m\n\n"), "{narrow}");
    }

    #[test]
    fn an_unclosed_block_ends_with_the_page() {
        assert_eq!(
            to_terminal_text("text\n```yaml\na: 1\n", 80, false),
            "text\n    a: 1\n"
        );
    }
}
