//! Mistakes in YAML that stand on one line: remains of other tools and formats, and characters in
//! the wrong place.

use std::ops::Range;

use diagnostics::source::floor_char_boundary;
use granit_parser::ErrorKind;

use crate::syntax_error::{SyntaxError, line_of, syntax_error};

/// How the lines begin that git leaves at a merge conflict.
const CONFLICT_MARKERS: [&str; 3] = ["<<<<<<< ", "||||||| ", ">>>>>>> "];
/// The whole line between the two sides.
const CONFLICT_SEPARATOR: &str = "=======";

fn is_conflict_marker(line: &str) -> bool {
    line.trim_end() == CONFLICT_SEPARATOR
        || CONFLICT_MARKERS
            .iter()
            .any(|marker| line.starts_with(marker))
}

/// The merge conflicts in a text, searched for once for all of its errors.
pub(super) struct Conflicts {
    /// Where the first one begins.
    first: Option<usize>,
    /// Whether they contain the common ancestor too.
    has_ancestor: bool,
}

impl Conflicts {
    pub(super) fn of(text: &str) -> Conflicts {
        let first = text
            .find(CONFLICT_MARKERS[0])
            .filter(|start| line_of(text, *start).start == *start);
        Conflicts {
            first,
            has_ancestor: text
                .lines()
                .any(|line| line.starts_with(CONFLICT_MARKERS[1])),
        }
    }
}

/// A merge conflict at the line of the error or before it.
pub(super) fn conflict(
    text: &str,
    line: &Range<usize>,
    conflicts: &Conflicts,
) -> Option<SyntaxError> {
    let before = conflicts
        .first
        .filter(|first| first + CONFLICT_MARKERS[0].len() <= line.end);
    let start = before.or_else(|| is_conflict_marker(&text[line.clone()]).then_some(line.start))?;
    let message = "this is a merge conflict marker";
    let help = match conflicts.has_ancestor {
        true => {
            "keep one of the three sides, and remove the lines with `<<<<<<<`, `|||||||`, `=======` and `>>>>>>>`"
        }
        false => {
            "keep one of the two sides, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`"
        }
    };
    Some(syntax_error(line_of(text, start), message, help))
}

/// The edge of a code block in Markdown, which was copied with the YAML in it.
pub(super) fn fence(text: &str, line: &Range<usize>) -> Option<SyntaxError> {
    let is_fence = text[line.clone()].trim_start().starts_with("```");
    is_fence.then(|| {
        syntax_error(
            line.clone(),
            "this is the fence of a Markdown code block",
            "remove the lines that begin with ```",
        )
    })
}

/// Whether the brace at a place is that of `${`.
pub(super) fn is_placeholder(text: &str, at: &Range<usize>) -> bool {
    text[at.start..].starts_with('{') && text[..at.start].ends_with('$')
}

/// `${..}` inside brackets or braces, where its brace begins a mapping.
pub(super) fn placeholder_in_brackets(text: &str, at: &Range<usize>) -> SyntaxError {
    let before = &text[..at.start];
    let start = before
        .rfind([',', '[', '{', ' ', '\n', '\t', ':'])
        .map_or(0, |end| end + 1);
    let rest = &text[at.start..line_of(text, at.start).end];
    let end = at.start + rest.find('}').map_or(rest.len(), |end| end + 1);
    let key = &before[..start];
    let joined_key = key.ends_with(':').then(|| {
        key[..key.len() - 1]
            .rsplit([',', '[', '{', ' ', '\n', '\t'])
            .next()
    });
    let placeholder = &text[start..end];
    let help = match joined_key.flatten() {
        Some(key) => {
            format!("write `{key}: \"{placeholder}\"`, with quotes and a space after the colon")
        }
        None => format!("put the text in quotes: `\"{placeholder}\"`"),
    };
    syntax_error(
        start..end,
        "inside brackets and braces, a placeholder must be in quotes",
        help,
    )
}

/// What to do about a second colon in the value of a key. The value may be a text, a name with a
/// space after its colon, or an entry that belongs below the key.
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
            "put the text in quotes, or write `{value}: {rest}` on its own line, indented below `{key}:`"
        )
    } else {
        "put the text in quotes".to_owned()
    }
}

/// An error of the parser that the marked character explains.
pub(super) fn explain_character(
    text: &str,
    at: &Range<usize>,
    kind: &ErrorKind,
) -> Option<SyntaxError> {
    let marked = &text[at.clone()];
    Some(match kind {
        ErrorKind::InvalidBlockScalarHeader => {
            let message =
                format!("the text of the block that `{marked}` begins must start on the next line");
            syntax_error(
                at.clone(),
                message,
                "write the text on the lines below, indented, or put it in quotes",
            )
        }
        ErrorKind::MappingKeyNotAllowed => syntax_error(
            at.clone(),
            "unquoted text cannot begin with `?` and a space",
            "put the text in quotes",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => {
            let message = "this dash would begin a list, but a list must begin on its own line";
            syntax_error(
                at.clone(),
                message,
                "write the list on the lines below, or as `[ITEM, ITEM]`; put text in quotes",
            )
        }
        ErrorKind::BlockEntryInFlowCollection => syntax_error(
            at.clone(),
            "a list in brackets has no dashes",
            "remove the dash, and write `,` between the items",
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            let bracket = if *open == '[' { ']' } else { '}' };
            syntax_error(
                at.clone(),
                format!("this `{close}` does not match the opening `{open}`"),
                format!("write `{bracket}`"),
            )
        }
        ErrorKind::CommentNotSeparated => syntax_error(
            at.clone(),
            "there is no space before this `#`",
            "put a space before a comment, or the text in quotes",
        ),
        _ if marked == "," => syntax_error(
            at.clone(),
            "unquoted text cannot begin with `,`",
            "put the text in quotes",
        ),
        _ => return None,
    })
}

/// How many bytes before a value are searched for its tag.
const MAX_TAG_DISTANCE: usize = 200;

/// The place of a tag before a value; `None` where it is not close.
pub(super) fn tag_before(text: &str, value: usize, tag: &str) -> Option<Range<usize>> {
    let before = text.get(..value)?;
    let near = floor_char_boundary(before, before.len().saturating_sub(MAX_TAG_DISTANCE));
    let start = near + before[near..].rfind(tag)?;
    Some(start..start + tag.len())
}
