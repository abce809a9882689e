//! Comments that are for this program, rightly written or nearly so.

use diagnostics::suggestions::unambiguous_typo;

/// What a comment for this program begins with.
pub const COMMENT_WORD: &str = "score-rs:";
/// The word without its colon.
const NAME: &str = "score-rs";

/// Whether a text may have a comment for this program. Where this is false, none has; a `#` in a
/// text that is no comment counts as one.
pub(super) fn may_be_in(text: &str) -> bool {
    text.contains(COMMENT_WORD)
        || text
            .split('#')
            .skip(1)
            .any(|words| after_name(words).is_some())
}

/// What stands behind the name of this program where a comment begins with it, in any case and with
/// any joint, or with one slip in it: `: allow x` of `Score_RS: allow x`. `words` is what follows
/// the `#`.
pub fn after_name(words: &str) -> Option<&str> {
    let words = words.trim_start_matches([' ', '\t']);
    // Nearly all comments begin with another letter.
    if !words.starts_with(['s', 'S']) {
        return None;
    }
    let end = words
        .find(|letter: char| letter.is_whitespace() || letter == ':')
        .unwrap_or(words.len());
    let (first, rest) = words.split_at_checked(end)?;
    let joined = |name: &str| {
        ["score-rs", "score_rs", "score.rs", "scorers"]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name))
    };
    if joined(first)
        || first.len().abs_diff(NAME.len()) <= 1 && unambiguous_typo(first, [NAME]).is_some()
    {
        return Some(rest);
    }
    let second = rest
        .strip_prefix(' ')
        .filter(|_| first.eq_ignore_ascii_case("score"))?;
    let (second, rest) = second.split_at_checked(2)?;
    (second.eq_ignore_ascii_case("rs") && !rest.starts_with(char::is_alphanumeric)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_known_however_it_is_written() {
        for (words, rest) in [
            (" score-rs: allow x", ": allow x"),
            ("\tScore_RS allow x", " allow x"),
            ("scorers:", ":"),
            ("socre-rs: a", ": a"),
            ("score-r: a", ": a"),
            ("score rs : a", " : a"),
            ("score-rs", ""),
        ] {
            assert_eq!(after_name(words), Some(rest), "{words}");
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
            assert_eq!(after_name(words), None, "{words}");
        }
    }

    #[test]
    fn a_text_without_such_a_comment_costs_no_reading_of_comments() {
        assert!(may_be_in("a: b # score_rs: allow x\n"));
        assert!(may_be_in("# the word score-rs: within"));
        assert!(!may_be_in(
            "apiVersion: score.dev/v1b1 # a Score file\n# score\n#"
        ));
    }
}
