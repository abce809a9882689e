//! What other tools and formats leave in a text that is not YAML, and what a parser has only its
//! own words for.

use std::ops::Range;

use granit_parser::ErrorKind;

use crate::syntax_error::{Fault, fault, line_of};

/// How a line begins that version control leaves where it could not merge. The one in the middle
/// has nothing behind it.
const CONFLICTS: [&str; 3] = ["<<<<<<< ", "||||||| ", ">>>>>>> "];
const BETWEEN: &str = "=======";

fn is_conflict(line: &str) -> bool {
    line.trim_end() == BETWEEN || CONFLICTS.iter().any(|mark| line.starts_with(mark))
}

/// What version control has left in a text; looked for once, however many errors there are.
pub(super) struct Conflicts {
    /// Where the first begins, if that is the beginning of a line.
    first: Option<usize>,
    /// Whether they hold what both sides come from, too.
    three: bool,
}

impl Conflicts {
    pub(super) fn of(text: &str) -> Conflicts {
        let first = text
            .find(CONFLICTS[0])
            .filter(|known| line_of(text, *known).start == *known);
        Conflicts {
            first,
            three: text.lines().any(|line| line.starts_with(CONFLICTS[1])),
        }
    }
}

/// The mark of a merge that was not finished, at the line of the fault or before it.
pub(super) fn conflict(text: &str, line: &Range<usize>, conflicts: &Conflicts) -> Option<Fault> {
    let before = conflicts
        .first
        .filter(|first| first + CONFLICTS[0].len() <= line.end);
    let start = before.or_else(|| is_conflict(&text[line.clone()]).then_some(line.start))?;
    let message = "this is the mark of a merge that was not finished";
    let help = match conflicts.three {
        true => {
            "take one of the three sides, and remove the lines with `<<<<<<<`, `|||||||`, `=======` and `>>>>>>>`"
        }
        false => {
            "take one of the two sides, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`"
        }
    };
    Some(fault(line_of(text, start), message, help))
}

/// What stands around YAML in a Markdown file, or in an answer that was copied from one.
pub(super) fn fence(text: &str, line: &Range<usize>) -> Option<Fault> {
    let is_fence = text[line.clone()].trim_start().starts_with("```");
    is_fence.then(|| {
        fault(
            line.clone(),
            "this is the edge of a block of code in Markdown",
            "remove the lines that begin with ```",
        )
    })
}

/// Whether a brace is that of `${`.
pub(super) fn is_placeholder(text: &str, at: &Range<usize>) -> bool {
    text[at.start..].starts_with('{') && text[..at.start].ends_with('$')
}

/// `${..}` inside of brackets or braces, where its own brace begins a mapping.
pub(super) fn placeholder_in_brackets(text: &str, at: &Range<usize>) -> Fault {
    let before = &text[..at.start];
    let start = before
        .rfind([',', '[', '{', ' ', '\n', '\t', ':'])
        .map_or(0, |end| end + 1);
    let rest = &text[at.start..line_of(text, at.start).end];
    let end = at.start + rest.find('}').map_or(rest.len(), |end| end + 1);
    let key = &before[..start];
    let glued = key.ends_with(':').then(|| {
        key[..key.len() - 1]
            .rsplit([',', '[', '{', ' ', '\n', '\t'])
            .next()
    });
    let written = &text[start..end];
    let help = match glued.flatten() {
        Some(key) => {
            format!("write `{key}: \"{written}\"`, with quotes and a space after the colon")
        }
        None => format!("put the text in quotes: `\"{written}\"`"),
    };
    fault(
        start..end,
        "inside of brackets and braces, a placeholder must stand in quotes",
        help,
    )
}

/// What to do about a second colon in the value of a key: it is a text, an image with a space too
/// many, or the key of a mapping.
pub(super) fn second_colon(key: &str, value: &str, rest: &str) -> String {
    let word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let (key, value) = (key.trim_start().trim_start_matches("- "), value.trim());
    if value.contains('/') && !value.contains(' ') {
        "remove the space after the colon, or put the text in quotes".to_owned()
    } else if !rest.contains(": ")
        && word(value)
        && value.starts_with(|first: char| first.is_ascii_lowercase())
        && word(key)
    {
        format!(
            "put the text in quotes, or write `{value}: {rest}` on a line of its own, indented below `{key}:`"
        )
    } else {
        "put the text in quotes".to_owned()
    }
}

/// Faults that need no look at other lines.
pub(super) fn of_kind(text: &str, at: &Range<usize>, kind: &ErrorKind) -> Option<Fault> {
    let marked = &text[at.clone()];
    Some(match kind {
        ErrorKind::InvalidBlockScalarHeader => {
            let message =
                format!("`{marked}` begins a block of text, which starts on the next line");
            fault(
                at.clone(),
                message,
                "write the text on the lines below, indented, or put it in quotes",
            )
        }
        ErrorKind::MappingKeyNotAllowed => fault(
            at.clone(),
            "no plain text begins with `?` and a space",
            "put the text in quotes",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => {
            let message = "this dash would begin a list, and a list begins on a line of its own";
            fault(
                at.clone(),
                message,
                "write the list on the lines below, or as `[ITEM, ITEM]`; put a text in quotes",
            )
        }
        ErrorKind::BlockEntryInFlowCollection => fault(
            at.clone(),
            "a list in brackets has no dashes",
            "remove the dash, and write `,` between the items",
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            let wanted = if *open == '[' { ']' } else { '}' };
            fault(
                at.clone(),
                format!("this `{close}` cannot close what `{open}` has begun"),
                format!("write `{wanted}`"),
            )
        }
        ErrorKind::CommentNotSeparated => fault(
            at.clone(),
            "there is no space before this `#`",
            "put a space before a comment, or the text in quotes",
        ),
        _ if marked == "," => fault(
            at.clone(),
            "no plain text begins with `,`",
            "put the text in quotes",
        ),
        _ => return None,
    })
}

/// How many bytes before a value are looked at for its tag.
const LONGEST_TAG: usize = 200;

/// Where a tag stands that is `written` so before a value; `None` where that is too far away to be
/// worth a look.
pub(super) fn tag_before(text: &str, value: usize, written: &str) -> Option<Range<usize>> {
    let before = text.get(..value)?;
    // A line may be very long, and a tag is not.
    let near =
        diagnostics::source::floor_char_boundary(before, before.len().saturating_sub(LONGEST_TAG));
    let start = near + before[near..].rfind(written)?;
    Some(start..start + written.len())
}
