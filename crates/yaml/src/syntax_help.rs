//! Explains syntax errors to the person who wrote the text.
//!
//! The parser says which token it did not expect, often a line after the mistake. The lines around
//! it are searched for the mistakes that people make; an error that looks like none of them keeps
//! the words and the place of the parser.

use std::ops::Range;

use granit_parser::ErrorKind;

use crate::common_mistakes::{self, Conflicts};
use crate::syntax_error::{SyntaxError, line_of, syntax_error};

/// Explains an error of the parser at a byte of a text. `conflicts` are those of the whole text.
pub(super) fn explain(
    text: &str,
    offset: usize,
    kind: &ErrorKind,
    words: String,
    conflicts: &Conflicts,
) -> SyntaxError {
    let at = mark(text, offset);
    let line = line_of(text, at.start);
    common_mistakes::conflict(text, &line, conflicts)
        .or_else(|| common_mistakes::fence(text, &line))
        .or_else(|| template(text, &line))
        .or_else(|| tab(text, &at, &line))
        .or_else(|| explain_kind(text, &at, &line, kind))
        .or_else(|| common_mistakes::explain_character(text, &at, kind))
        .unwrap_or_else(|| {
            let help = "check the indentation, quotes and brackets at and just before this place";
            SyntaxError {
                place: at,
                message: words,
                help: help.to_owned(),
                missing_blank: None,
            }
        })
}

/// A template expression outside quotes. Nothing renders the file.
pub(super) fn template_error(text: &str, start: usize) -> SyntaxError {
    let line = line_of(text, start);
    let end = text[start..line.end]
        .find("}}")
        .map_or(start + 2, |length| start + length + 2)
        .min(line.end);
    let message = "`{{` begins a template expression, which is not rendered here";
    syntax_error(
        start..end,
        message,
        "write the value itself, or put it in quotes if it is text",
    )
}

/// The character to mark: at the end of a text the last one before it.
pub(super) fn mark(text: &str, offset: usize) -> Range<usize> {
    let last = text.trim_end().len().saturating_sub(1);
    let start = diagnostics::source::floor_char_boundary(text, offset.min(last));
    let end = text[start..]
        .chars()
        .next()
        .map_or(start, |character| start + character.len_utf8());
    start..end
}

/// The nearest line above that is neither blank nor a comment.
fn line_before(text: &str, line: &Range<usize>) -> Option<Range<usize>> {
    let mut start = line.start;
    while start > 0 {
        let before = line_of(text, start - 1);
        let words = text[before.clone()].trim();
        if !words.is_empty() && !words.starts_with('#') {
            return Some(before);
        }
        start = before.start;
    }
    None
}

/// The number of spaces that a line begins with.
fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn template(text: &str, line: &Range<usize>) -> Option<SyntaxError> {
    let find = |line: &Range<usize>| {
        let words = &text[line.clone()];
        words
            .find("{{")
            .filter(|at| !words[..*at].contains(['"', '\'', '#']))
            .map(|at| line.start + at)
    };
    let start = find(line).or_else(|| find(&line_before(text, line)?))?;
    Some(template_error(text, start))
}

fn tab(text: &str, at: &Range<usize>, line: &Range<usize>) -> Option<SyntaxError> {
    let before = text[line.start..at.start].trim_start_matches(' ');
    if !before.starts_with('\t') && !text[at.start..].starts_with('\t') {
        return None;
    }
    Some(indented_by_tab(line.start + text[line.clone()].find('\t')?))
}

fn indented_by_tab(tab: usize) -> SyntaxError {
    let help = "indent with spaces: YAML does not allow tabs there";
    syntax_error(tab..tab + 1, "this line is indented with a tab", help)
}

/// A tab that indents the line below this one.
fn tab_below(text: &str, line: &Range<usize>) -> Option<SyntaxError> {
    let below = text.get(line.end..)?.strip_prefix('\n')?;
    let indentation = below
        .split(|letter: char| !matches!(letter, ' ' | '\t'))
        .next()?;
    Some(indented_by_tab(line.end + 1 + indentation.find('\t')?))
}

/// An error of the parser that its kind explains, with the lines around it.
fn explain_kind(
    text: &str,
    at: &Range<usize>,
    line: &Range<usize>,
    kind: &ErrorKind,
) -> Option<SyntaxError> {
    match kind {
        ErrorKind::MappingValueNotAllowed => second_value(text, at, line),
        ErrorKind::TabInPlainScalar => tab_below(text, line),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => no_key(text, line),
        ErrorKind::ExpectedBlockMappingKey => unexpected_line(text, at, line),
        ErrorKind::ExpectedBlockSequenceEntry => Some(syntax_error(
            at.clone(),
            "this line is in a list, but does not begin with `- `",
            "begin it with `- `, or indent it like the key that it belongs to",
        )),
        _ => explain_plain(text, at, kind)
            .or_else(|| explain_quotes(text, at, kind))
            .or_else(|| explain_brackets(text, at, kind)),
    }
}

/// A plain text that begins with a character that has a meaning in YAML.
fn explain_plain(text: &str, at: &Range<usize>, kind: &ErrorKind) -> Option<SyntaxError> {
    Some(match kind {
        ErrorKind::UnexpectedCharacter { character: '`' } => syntax_error(
            at.clone(),
            "unquoted text cannot begin with a backtick",
            "put the text in quotes",
        ),
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => syntax_error(
            at.clone(),
            format!("the control character `{character}` is not allowed here"),
            "remove it, or write it as an escape sequence in double quotes, as in `\"\\x1b\"`",
        ),
        ErrorKind::UnexpectedCharacter { character } => syntax_error(
            at.clone(),
            format!("unquoted text cannot begin with `{character}`"),
            "put the text in quotes",
        ),
        ErrorKind::UnknownAnchor => {
            let name = text[at.start..]
                .trim_start_matches('*')
                .split([' ', '\r', '\n', ',', ']', '}'])
                .next()
                .unwrap_or_default();
            let help = format!(
                "mark the value to repeat with `&{name}`, or put this in quotes if it is text"
            );
            syntax_error(
                at.start..at.end + name.len(),
                format!("`*{name}` is an alias, but nothing before it has the anchor `&{name}`"),
                help,
            )
        }
        ErrorKind::MissingAnchorOrAliasName => syntax_error(
            at.clone(),
            "`*` begins an alias and `&` an anchor, but no name follows",
            "put it in quotes if it is text",
        ),
        _ => return None,
    })
}

/// A quoted text that is not closed, or not written as YAML has it.
fn explain_quotes(text: &str, at: &Range<usize>, kind: &ErrorKind) -> Option<SyntaxError> {
    Some(match kind {
        ErrorKind::UnknownQuotedScalarEscape => syntax_error(
            at.clone(),
            "this backslash does not begin a YAML escape sequence",
            "write `\\\\` for a backslash, or put the text in single quotes",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar => syntax_error(
            at.clone(),
            "there is text after the closing quote",
            "write `''` for a single quote inside single quotes, or put the whole text in double quotes",
        ),
        ErrorKind::InvalidTrailingDoubleQuotedScalar => syntax_error(
            at.clone(),
            "there is text after the closing quote",
            "put the whole text in quotes, with `\\\"` for quotes inside it",
        ),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => {
            let start = opening(text, at.end, open_quote)?;
            let quote = &text[start..start + 1];
            let help = format!("write `{quote}` at the end of the text");
            syntax_error(start..start + 1, "this quote is never closed", help)
        }
        _ => return None,
    })
}

/// A list in brackets or a mapping in braces.
fn explain_brackets(text: &str, at: &Range<usize>, kind: &ErrorKind) -> Option<SyntaxError> {
    Some(match kind {
        ErrorKind::MisplacedFlowCollectionEnd => {
            let bracket = &text[at.clone()];
            let message = format!("this `{bracket}` closes a bracket that is not open");
            syntax_error(at.clone(), message, "remove it, or put the text in quotes")
        }
        ErrorKind::UnexpectedEofImplicitFlowMapping | ErrorKind::ExpectedNodeContent
            if text[at.start..].starts_with(',') && text[..at.start].trim_end().ends_with(',') =>
        {
            syntax_error(
                at.clone(),
                "there is nothing between these two commas",
                "remove one of them",
            )
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping => {
            let start = opening(text, at.end, open_bracket)?;
            let bracket = &text[start..start + 1];
            let close = if bracket == "[" { "]" } else { "}" };
            syntax_error(
                start..start + 1,
                format!("this `{bracket}` is never closed"),
                format!("close it with `{close}`"),
            )
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator
            if common_mistakes::is_placeholder(text, at) =>
        {
            common_mistakes::placeholder_in_brackets(text, at)
        }
        ErrorKind::ExpectedFlowMappingSeparator => syntax_error(
            at.clone(),
            "a `,` or `}` is missing before this",
            "separate entries inside braces with `,`",
        ),
        ErrorKind::ExpectedFlowSequenceSeparator => syntax_error(
            at.clone(),
            "a `,` or `]` is missing before this",
            "separate items inside brackets with `,`",
        ),
        _ => return None,
    })
}

/// A second colon in a value.
fn second_value(text: &str, at: &Range<usize>, line: &Range<usize>) -> Option<SyntaxError> {
    let words = &text[line.clone()];
    if let Some((key, value)) = text[line.start..at.start].split_once(": ") {
        let help = common_mistakes::second_colon(key, value, text[at.end..line.end].trim());
        return Some(syntax_error(
            at.clone(),
            "this colon is inside a value, where it would begin another mapping",
            help,
        ));
    }
    let before = line_before(text, line)?;
    if let Some(missing) = colon_without_blank(text, &before) {
        return Some(missing);
    }
    let above = &text[before.clone()];
    if indentation(words) <= indentation(above) {
        return None;
    }
    let start = line.start + indentation(words);
    let key = above.trim().split(':').next().unwrap_or_default();
    let message = format!("this line is indented below `{key}`, which already has a value");
    Some(syntax_error(
        start..at.start.max(start + 1),
        message,
        format!("indent it like `{key}`"),
    ))
}

/// `key:value`, which YAML reads as one word.
fn colon_without_blank(text: &str, line: &Range<usize>) -> Option<SyntaxError> {
    let words = &text[line.clone()];
    let colon = words.find(':')?;
    let key = words[..colon].trim();
    let rest = &words[colon + 1..];
    let is_word = |character: char| {
        character.is_ascii_alphanumeric()
            || character == '_'
            || character == '-'
            || character == '.'
    };
    let joined = !key.is_empty()
        && key.chars().all(is_word)
        && !rest.is_empty()
        && !rest.starts_with([' ', '/']);
    let start = line.start + colon;
    (joined && !words.contains(": ")).then(|| {
        let help = format!("write `{key}: {}`", rest.trim());
        let error = syntax_error(start..start + 1, "there is no space after this colon", help);
        SyntaxError {
            missing_blank: Some(start + 1),
            ..error
        }
    })
}

/// A line without a key in a mapping.
fn no_key(text: &str, line: &Range<usize>) -> Option<SyntaxError> {
    let words = text[line.clone()].trim();
    let start = line.start + text[line.clone()].find(words)?;
    let place = start..start + words.len();
    let before = line_before(text, line)
        .map(|before| text[before].trim_end().to_owned())
        .unwrap_or_default();
    if words == "..." {
        let message = "`...` is not a placeholder in YAML: it ends a document";
        return Some(syntax_error(
            place,
            message,
            "remove it, or write the text that it stands for",
        ));
    }
    if words.starts_with("----") {
        return Some(syntax_error(
            place,
            "a line that separates documents has three dashes",
            "write `---`",
        ));
    }
    if before.ends_with(['|', '>', '-', '+'])
        && before.contains([':', '-'])
        && before.contains(['|', '>'])
    {
        let message =
            "this line belongs to the text block above, and is not indented below its key";
        return Some(syntax_error(
            place,
            message,
            "indent it more than the key of the block",
        ));
    }
    if let Some(missing) = colon_without_blank(text, line) {
        return Some(missing);
    }
    let help = match words.split_once('=') {
        Some((key, value)) if !key.contains(' ') => {
            format!("write `{}: {}`", key.trim(), value.trim())
        }
        _ if words.contains(char::is_whitespace) => {
            "write `KEY: VALUE`, or indent it to continue the text above".into()
        }
        _ => format!("write `{words}:`, or indent it to continue the text above"),
    };
    Some(syntax_error(
        place,
        "this line has no colon after its key",
        help,
    ))
}

/// A line whose indentation fits no open mapping.
fn unexpected_line(text: &str, at: &Range<usize>, line: &Range<usize>) -> Option<SyntaxError> {
    let words = &text[line.clone()];
    let value = words
        .find(": ")
        .map(|colon| colon + 2)
        .filter(|start| line.start + start < at.start);
    if let Some(bracket) = value
        .and_then(|start| words[start..].chars().next())
        .filter(|first| "[{".contains(*first))
    {
        let message = format!("there is text after the end of the value that `{bracket}` begins");
        return Some(syntax_error(
            at.clone(),
            message,
            "put the whole text in quotes",
        ));
    }
    let start = line.start + indentation(words);
    let key = words
        .trim()
        .split(": ")
        .next()
        .unwrap_or_default()
        .trim_end_matches(':');
    (start == at.start && !key.is_empty()).then(|| {
        let help = "indent it like the keys that it belongs to";
        syntax_error(
            start..start + key.len(),
            "the indentation of this line matches no line that it could belong to",
            help,
        )
    })
}

/// The nearest place before `end`, in the same document, of something that is opened and not closed
/// on its line. `find` searches a line.
fn opening(text: &str, end: usize, find: fn(&str) -> Option<usize>) -> Option<usize> {
    let mut line = line_of(text, mark(text, end.saturating_sub(1)).start);
    loop {
        if let Some(start) = find(&text[line.clone()]) {
            return Some(line.start + start);
        }
        if text[line.clone()].starts_with("---") {
            return None;
        }
        line = line_before(text, &line)?;
    }
}

/// A quote that begins a value of the line and is not closed on it.
fn open_quote(line: &str) -> Option<usize> {
    let starts = [": ", "- ", "[", "{", ", "]
        .iter()
        .flat_map(|before| line.match_indices(before));
    let mut starts: Vec<usize> = starts.map(|(at, before)| at + before.len()).collect();
    starts.sort_unstable();
    starts.into_iter().find(|start| {
        let rest = &line[*start..];
        let quote = rest
            .chars()
            .next()
            .filter(|first| *first == '"' || *first == '\'');
        quote.is_some_and(|quote| rest.replace("\\\"", "").matches(quote).count() == 1)
    })
}

/// The last bracket of the line that is not closed on it.
fn open_bracket(line: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut quote = None;
    for (at, character) in line.char_indices() {
        match (character, quote) {
            (_, Some(open)) if open == character => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(character),
            ('#', None) if line[..at].ends_with(' ') => break,
            ('[' | '{', None) => open.push(at),
            (']' | '}', None) => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Report;
    use diagnostics::source::Sources;
    use proptest::prelude::*;

    fn errors(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let id = sources.add("t.yaml", text);
        let mut report = Report::default();
        crate::parse(&sources, id, &mut report);
        let marked = |span| format!("`{}`", sources.slice(span));
        let line = |span| sources.position(span).line;
        let ordered = report.in_order();
        ordered
            .iter()
            .filter_map(|one| {
                one.span()
                    .map(|span| format!("{} {}", line(span), marked(span)))
            })
            .collect()
    }

    #[test]
    fn the_mistake_is_marked_and_not_where_the_parser_noticed_it() {
        for (text, place) in [
            ("a: \"x\nb: 1\n", "1 `\"`"),
            ("a: 1\nb: [x, y\nc: 2\n", "2 `[`"),
            ("a:x\nb: 1\n", "1 `:`"),
            ("a: 1\n  b: 2\n", "2 `b`"),
            ("a: 1\n\n<<<<<<< HEAD\nb: 2\n", "3 `<<<<<<< HEAD`"),
            ("a: {{ .x }}\n", "1 `{{ .x }}`"),
            ("a: 1\n=======\nb: 2\n", "2 `=======`"),
            ("```yaml\na: 1\n", "1 ````yaml`"),
            ("a: {b: ${c.d}}\n", "1 `${c.d}`"),
            ("a: [x, --y=${c.d}]\n", "1 `--y=${c.d}`"),
            ("a: | text\n", "1 `|`"),
        ] {
            assert_eq!(errors(text), [place], "{text:?}");
        }
        // A conflict behind an error is not its cause; one before it is reported once for all
        // errors that follow from it.
        assert_eq!(
            errors("a: [x\n---\nb: 1\n<<<<<<< HEAD\n"),
            ["1 `[`", "4 `<<<<<<< HEAD`"]
        );
        assert_eq!(
            errors("a: 1\n<<<<<<< HEAD\n---\nb: [x\n---\n"),
            ["2 `<<<<<<< HEAD`"]
        );
        // An earlier document that leaves something open is not the cause.
        assert_eq!(errors("a: [x\n---\nb: {\"x\": 1,,}\n"), ["1 `[`", "3 `,`"]);
        assert_eq!(open_quote("a: 'it''s'"), None);
        assert_eq!(open_bracket("a: [\"]\", x # ]"), Some(3));
    }

    proptest! {
        #[test]
        fn any_text_is_explained_without_panic(text in "[a-c:\"'\\[\\]{}|>#&*%@`=,\\- \t\nä\u{a0}]{0,60}") {
            errors(&text);
        }
    }
}
