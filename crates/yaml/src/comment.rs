//! Comments that address a program by its name, as `# my-tool: ..`, also where the name is
//! misspelled.

use diagnostics::suggestions::unambiguous_typo;

/// What comments for a program begin with: its name, in one or two parts joined by `-`, and a
/// colon.
///
/// ```
/// use yaml::comment::CommentPrefix;
///
/// const PREFIX: CommentPrefix = CommentPrefix::new("my-tool:");
/// assert_eq!(PREFIX.after_name(" my-tool: ignore x"), Some(": ignore x"));
/// assert_eq!(PREFIX.after_name(" My_Tool ignore x"), Some(" ignore x"));
/// assert_eq!(PREFIX.after_name(" another comment"), None);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CommentPrefix(&'static str);

impl CommentPrefix {
    /// A prefix such as `my-tool:`.
    pub const fn new(prefix: &'static str) -> CommentPrefix {
        CommentPrefix(prefix)
    }

    /// The prefix, with its colon.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    fn name(self) -> &'static str {
        self.0.trim_end_matches(':')
    }

    /// Whether a text may have a comment for the program. Where this is false it has none; a `#`
    /// inside a string counts as a comment.
    pub(super) fn may_be_in(self, text: &str) -> bool {
        let mut comments = text.split('#').skip(1).peekable();
        comments.peek().is_some()
            && (text.contains(self.0) || comments.any(|words| self.after_name(words).is_some()))
    }

    /// What follows the name of the program, where `words`, the text behind a `#`, begin with it:
    /// in any case, with any sign between its parts, or with one typo.
    pub fn after_name(self, words: &str) -> Option<&str> {
        let words = words.trim_start_matches([' ', '\t']);
        let name = self.name();
        // Nearly all comments begin with another letter.
        if !starts_with_ignoring_case(words, name.get(..1)?) {
            return None;
        }
        let end = words
            .find(|letter: char| letter.is_whitespace() || letter == ':')
            .unwrap_or(words.len());
        let (first, rest) = words.split_at_checked(end)?;
        let is_typo =
            first.len().abs_diff(name.len()) <= 1 && unambiguous_typo(first, [name]).is_some();
        if is_typo || self.is_name(first) {
            return Some(rest);
        }
        let (head, tail) = name.split_once('-')?;
        let second = rest
            .strip_prefix(' ')
            .filter(|_| first.eq_ignore_ascii_case(head))?;
        let rest = second.get(tail.len()..)?;
        (starts_with_ignoring_case(second, tail) && !rest.starts_with(char::is_alphanumeric))
            .then_some(rest)
    }

    /// Whether a word is the name, in any case, with `-`, `_`, `.` or nothing between its parts.
    fn is_name(self, word: &str) -> bool {
        let (head, tail) = self.name().split_once('-').unwrap_or((self.name(), ""));
        let rest = word
            .get(head.len()..)
            .filter(|_| starts_with_ignoring_case(word, head));
        rest.is_some_and(|rest| {
            rest.eq_ignore_ascii_case(tail)
                || rest
                    .strip_prefix(['-', '_', '.'])
                    .is_some_and(|rest| rest.eq_ignore_ascii_case(tail) && !tail.is_empty())
        })
    }
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: CommentPrefix = CommentPrefix::new("score-rs:");

    #[test]
    fn the_name_is_known_however_it_is_written() {
        for (words, rest) in [
            (" score-rs: allow x", ": allow x"),
            ("\tScore_RS allow x", " allow x"),
            ("scorers:", ":"),
            ("score.RS", ""),
            ("socre-rs: a", ": a"),
            ("score-r: a", ": a"),
            ("score rs : a", " : a"),
            ("score-rs", ""),
        ] {
            assert_eq!(PREFIX.after_name(words), Some(rest), "{words}");
        }
        for words in [
            "",
            " ",
            "Score",
            "Score file",
            "scores: a",
            "score: a",
            "the score-rs: a",
            "score rsync",
            "score r\u{e4}",
        ] {
            assert_eq!(PREFIX.after_name(words), None, "{words}");
        }
    }

    #[test]
    fn a_name_may_have_one_part() {
        let prefix = CommentPrefix::new("tool:");
        assert_eq!(prefix.after_name(" Tool: a"), Some(": a"));
        assert_eq!(prefix.after_name("tool- a"), Some(" a"));
        assert_eq!(prefix.after_name("to ol: a"), None);
    }

    #[test]
    fn a_text_without_such_a_comment_costs_no_reading_of_comments() {
        assert!(PREFIX.may_be_in("a: b # score_rs: allow x\n"));
        assert!(PREFIX.may_be_in("# the word score-rs: within"));
        assert!(!PREFIX.may_be_in("apiVersion: score.dev/v1b1 # a Score file\n# score\n#"));
    }
}
