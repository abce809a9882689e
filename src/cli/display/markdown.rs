//! The Markdown of our own pages as text for a terminal: headings, paragraphs, lists of one level
//! and fenced blocks.

use super::table::fold;

/// How far a block of code stands to the right.
const INDENT: &str = "    ";

/// A page in lines of a width, headings in bold where the terminal shows it.
pub(crate) fn for_people(page: &str, width: usize, bold: bool) -> String {
    let mut shown = Shown {
        text: String::new(),
        width,
        bold,
    };
    let mut prose: Vec<&str> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let own = line.is_empty()
            || line.starts_with('#')
            || line.starts_with("```")
            || starts_a_line(line);
        if own {
            shown.prose(&std::mem::take(&mut prose));
        }
        if line.starts_with("```") {
            lines
                .by_ref()
                .take_while(|line| !line.starts_with("```"))
                .for_each(|line| shown.line(INDENT, line));
        } else if line.is_empty() {
            shown.text.push('\n');
        } else if line.starts_with('#') {
            shown.heading(line.trim_start_matches('#').trim_start());
        } else {
            prose.push(line.trim());
        }
    }
    shown.prose(&prose);
    shown.text
}

/// Items of lists, and rows of tables.
fn starts_a_line(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with('|')
}

struct Shown {
    text: String,
    width: usize,
    bold: bool,
}

impl Shown {
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

    /// A paragraph, or an item of a list, whose later lines stand under its first word.
    fn prose(&mut self, lines: &[&str]) {
        if lines.is_empty() {
            return;
        }
        let text = lines.join(" ");
        let (first, text) = text
            .strip_prefix("- ")
            .map_or(("", text.as_str()), |item| ("- ", item));
        let later = " ".repeat(first.len());
        for (index, line) in fold(text, self.width.saturating_sub(first.len()))
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
    fn a_page_is_folded_and_its_blocks_are_not() {
        let wanted = "name\n\nOne sentence of\ntwo lines.\n\nWrong\n\n    # a.yaml\n\n    key: a long, long value\n\n\
                      - first of all\n- last\n";
        assert_eq!(for_people(PAGE, 16, false), wanted);
        let narrow = for_people(PAGE, 10, true);
        assert!(
            narrow.ends_with("\n- first of\n  all\n- last\n"),
            "{narrow}"
        );
        assert!(narrow.starts_with("\u{1b}[1mname\u{1b}[0m\n\n"), "{narrow}");
    }

    #[test]
    fn a_block_that_is_not_closed_ends_with_the_page() {
        assert_eq!(
            for_people("text\n```yaml\na: 1\n", 80, false),
            "text\n    a: 1\n"
        );
    }
}
