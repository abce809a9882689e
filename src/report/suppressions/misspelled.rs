//! Comments that are clearly meant as suppressions, but misspelled. Prose about score-rs is none:
//! `# score-rs allows removed-key here`.

use crate::report::rules;
use compiler::parse::COMMENT_PREFIX;
use diagnostics::report::Problem;
use diagnostics::source::{Sources, Span};
use diagnostics::suggestions::{closest_match, unambiguous_typo};

rules! {
    /// A comment looks like an instruction for score-rs, but is not written as one.
    pub MISSPELLED_COMMENT: "misspelled-comment", Warning;
}

/// The help without a more precise suggestion.
const FORM: &str = "write `# score-rs: allow NAME`, with commas between several names";
/// The words of other tools for `allow`.
const OTHER_VERBS: [&str; 8] = [
    "disable",
    "disable-line",
    "disable-next-line",
    "ignore",
    "noqa",
    "silence",
    "skip",
    "suppress",
];
/// Words of sentences that are not typos of `allow`.
const SENTENCE_WORDS: [&str; 3] = ["allows", "allowed", "alloys"];

/// Whether a comment begins with the exact word of a suppression.
pub(super) fn is_suppression(text: &str) -> bool {
    text.trim_start_matches('#')
        .trim_start()
        .starts_with(COMMENT_PREFIX.as_str())
}

/// The problem of a comment that is meant as a suppression and is none.
pub(super) fn misspelled(sources: &Sources, comment: Span) -> Option<Problem> {
    let text = sources.slice(comment);
    let attempt = Attempt::parse(COMMENT_PREFIX.after_name(text.strip_prefix('#')?)?)?;
    if !attempt.is_certain() {
        return None;
    }
    let message = "this comment looks like a score-rs comment, but is ignored";
    let place = comment.part(0, text.trim_end().len());
    Some(
        Problem::new(&MISSPELLED_COMMENT, message)
            .at(place)
            .help(attempt.correction()),
    )
}

/// The help for a comment that has `rest` after its first word.
pub(super) fn correction(rest: &str) -> String {
    Attempt::parse(rest).map_or_else(|| FORM.to_owned(), |attempt| attempt.correction())
}

/// A misspelled suppression.
struct Attempt<'a> {
    /// Whether there is a colon or the like after the name of this program.
    has_separator: bool,
    /// The text after `allow`.
    list: &'a str,
}

impl Attempt<'_> {
    fn parse(rest: &str) -> Option<Attempt<'_>> {
        let rest = rest.trim();
        let words = rest.trim_start_matches([':', '=', ',', ';']).trim_start();
        let end = words.find(|letter: char| letter.is_whitespace() || [':', '='].contains(&letter));
        let (verb, list) = words.split_at_checked(end.unwrap_or(words.len()))?;
        let lower = verb.to_lowercase();
        let is_typo = !SENTENCE_WORDS.contains(&lower.as_str())
            && unambiguous_typo(verb, ["allow"]).is_some();
        let list = list.trim_start_matches([':', '=', ' ']).trim();
        (is_typo || OTHER_VERBS.contains(&lower.as_str())).then_some(Attempt {
            has_separator: words.len() < rest.len(),
            list,
        })
    }

    /// Whether it cannot be prose: it names a rule, or has the form of a list of names.
    fn is_certain(&self) -> bool {
        self.list.is_empty()
            || !self.rules().is_empty()
            || self.has_separator && self.names().all(is_name)
    }

    /// The rules that it names, maybe with typos.
    fn rules(&self) -> Vec<&'static str> {
        let words = self
            .list
            .split([',', ' ', '[', ']', '(', ')', '"', '\'', '`'])
            .filter(|word| !word.is_empty());
        words
            .map_while(|word| closest_match(word, rules::names()))
            .collect()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.list.split(',').map(str::trim)
    }

    fn correction(&self) -> String {
        let rules = self.rules();
        let names = match rules.is_empty() {
            false => rules.join(", "),
            true if self.names().all(is_name) => self.names().collect::<Vec<_>>().join(", "),
            true => return FORM.to_owned(),
        };
        format!("write `# {} allow {names}`", COMMENT_PREFIX.as_str())
    }
}

/// Whether a word has the form of the name of a rule.
pub(super) fn is_name(word: &str) -> bool {
    let is_valid =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    !word.is_empty() && word.chars().all(is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(text: &str) -> Option<String> {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let mut report = diagnostics::report::Report::default();
        report.push(misspelled(&sources, Span::new(id, 0, text.len()))?);
        report
            .in_order()
            .first()
            .and_then(|one| one.help())
            .map(str::to_owned)
    }

    #[test]
    fn misspelled_suppressions_are_corrected() {
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
            help("# score-rs allow removed-key route-to-target-port").as_deref(),
            Some("write `# score-rs: allow removed-key, route-to-target-port`")
        );
        assert_eq!(
            help("# score_rs: allow no-such").as_deref(),
            Some("write `# score-rs: allow no-such`")
        );
        assert_eq!(help("# score-rs allow").as_deref(), Some(FORM));
    }

    #[test]
    fn prose_is_not_reported() {
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
    fn malformed_suppressions_are_corrected() {
        for (rest, form) in [
            (" alow removed-key", "write `# score-rs: allow removed-key`"),
            (
                " allow removed-key route-to-target-port",
                "write `# score-rs: allow removed-key, route-to-target-port`",
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
            assert_eq!(correction(rest), form, "{rest}");
        }
    }
}
