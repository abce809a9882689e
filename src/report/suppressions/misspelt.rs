//! Comments that were meant for this program, plainly so, and are not written as it reads them.
//! Prose that only speaks of it is left alone: `# score-rs allows removed-key here`.

use crate::report::docs;
use compiler::parse::COMMENT_PREFIX;
use diagnostics::report::Problem;
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{closest_match, unambiguous_typo};

rules! {
    /// A comment looks as if it were for score-rs, and is not written as score-rs reads it.
    pub MISSPELLED_COMMENT: "misspelled-comment", Warning;
}

/// How to write such a comment, where nothing better can be said.
const FORM: &str = "write `# score-rs: allow NAME`, with commas between several names";
/// What the comments of other tools say for `allow`.
const OF_OTHERS: [&str; 8] = [
    "disable",
    "disable-line",
    "disable-next-line",
    "ignore",
    "noqa",
    "silence",
    "skip",
    "suppress",
];
/// What is said of `allow` in a sentence, and is no slip of it.
const IN_SENTENCES: [&str; 3] = ["allows", "allowed", "alloys"];

/// Whether a comment, which begins with the name of this program or nearly so, begins as it should.
pub(super) fn is_read(text: &str) -> bool {
    text.trim_start_matches('#')
        .trim_start()
        .starts_with(COMMENT_PREFIX.as_str())
}

/// The problem of a comment that is not read and was meant to be.
pub(super) fn misspelt(sources: &Sources, comment: Span) -> Option<Problem> {
    let text = sources.slice(comment);
    let asked = Asked::of(COMMENT_PREFIX.after_name(text.strip_prefix('#')?)?)?;
    if !asked.is_meant() {
        return None;
    }
    let message = "this comment looks as if it were for score-rs, which does not read it";
    let place = comment.part(0, text.trim_end().len());
    Some(
        Problem::new(&MISSPELLED_COMMENT, message)
            .at(place)
            .help(asked.right_form()),
    )
}

/// What to write for a comment of which `rest` stands behind the word that it begins with.
pub(super) fn right_form(rest: &str) -> String {
    Asked::of(rest).map_or_else(|| FORM.to_owned(), |asked| asked.right_form())
}

/// What a comment asks for, if it asks to silence something.
struct Asked<'a> {
    /// Whether a colon or the like sets the name of this program off from the rest.
    set_off: bool,
    /// What stands behind `allow`.
    list: &'a str,
}

impl Asked<'_> {
    fn of(rest: &str) -> Option<Asked<'_>> {
        let rest = rest.trim();
        let words = rest.trim_start_matches([':', '=', ',', ';']).trim_start();
        let end = words.find(|letter: char| letter.is_whitespace() || [':', '='].contains(&letter));
        let (verb, list) = words.split_at_checked(end.unwrap_or(words.len()))?;
        let lower = verb.to_lowercase();
        let is_slip =
            !IN_SENTENCES.contains(&lower.as_str()) && unambiguous_typo(verb, ["allow"]).is_some();
        let list = list.trim_start_matches([':', '=', ' ']).trim();
        (is_slip || OF_OTHERS.contains(&lower.as_str())).then_some(Asked {
            set_off: words.len() < rest.len(),
            list,
        })
    }

    /// Whether it can be nothing but a comment for this program: it names a rule, or has the form
    /// of a list of names.
    fn is_meant(&self) -> bool {
        self.list.is_empty()
            || !self.rules().is_empty()
            || self.set_off && self.names().all(is_name)
    }

    /// The rules that it names, maybe with a slip in them.
    fn rules(&self) -> Vec<&'static str> {
        let words = self
            .list
            .split([',', ' ', '[', ']', '(', ')', '"', '\'', '`'])
            .filter(|word| !word.is_empty());
        words
            .map_while(|word| closest_match(word, docs::names()))
            .collect()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.list.split(',').map(str::trim)
    }

    fn right_form(&self) -> String {
        let rules = self.rules();
        let names = match rules.is_empty() {
            false => rules.join(", "),
            true if self.names().all(is_name) => self.names().collect::<Vec<_>>().join(", "),
            true => return FORM.to_owned(),
        };
        format!("write `# {} allow {names}`", COMMENT_PREFIX.as_str())
    }
}

/// Whether a word could be the name of a rule.
pub(super) fn is_name(word: &str) -> bool {
    let fits =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    !word.is_empty() && word.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(text: &str) -> Option<String> {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let mut report = diagnostics::report::Report::default();
        report.push(misspelt(&sources, Span::new(id, 0, text.len()))?);
        report
            .in_order()
            .first()
            .and_then(|one| one.help())
            .map(str::to_owned)
    }

    #[test]
    fn what_was_meant_for_us_is_told_with_its_right_form() {
        for text in [
            "# score-rs allow removed-key",
            "# score-rs : allow removed-key",
            "# score_rs: allow removed-key",
            "# Score-RS: Allow removed-key ",
            "# score rs allow removed-key, because of an older chart",
            "#scorers:ignore remved-key",
            "# score-rs alow: [removed-key]",
            "# socre-rs: allow=removed-key",
        ] {
            assert_eq!(
                help(text).as_deref(),
                Some("write `# score-rs: allow removed-key`"),
                "{text}"
            );
        }
        assert_eq!(
            help("# score-rs allow removed-key target-port").as_deref(),
            Some("write `# score-rs: allow removed-key, target-port`")
        );
        assert_eq!(
            help("# score_rs: allow no-such").as_deref(),
            Some("write `# score-rs: allow no-such`")
        );
        assert_eq!(help("# score-rs allow").as_deref(), Some(FORM));
    }

    #[test]
    fn prose_is_left_alone() {
        for text in [
            "# score-rs is our compiler",
            "# Score-rs: our compiler",
            "# score-rs allows removed-key here, see score-rs.yaml",
            "# score-rs ignores this",
            "# score-rs : it compiles this",
            "# score-rs allow lists are in score-rs.yaml",
            "# score_rs: allow us to explain why",
            "# score-rs, skip to the end",
            "# score-rs reports removed-key",
            "# score-rs.yaml allows it",
            "# Score file",
            "## score-rs allow removed-key",
        ] {
            assert_eq!(help(text), None, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_what_was_meant() {
        for (rest, form) in [
            (" alow removed-key", "write `# score-rs: allow removed-key`"),
            (
                " allow removed-key target-port",
                "write `# score-rs: allow removed-key, target-port`",
            ),
            (
                " allow: remved-key",
                "write `# score-rs: allow removed-key`",
            ),
            (" allow", FORM),
            ("", FORM),
            (" deny removed-key", FORM),
            (
                " allow removed_key",
                "write `# score-rs: allow removed-key`",
            ),
        ] {
            assert_eq!(right_form(rest), form, "{rest}");
        }
    }
}
