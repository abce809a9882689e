//! Text of other people on terminals and in CI logs: control characters are written as escapes,
//! and no line starts a command of a CI system.
//!
//! ```
//! use diagnostics::visible::{line, lines, without_commands};
//!
//! assert_eq!(line("a\u{1b}[31m\nb"), r"a\x1b[31m\nb");
//! assert_eq!(lines("a\u{9b}\r\nb\r"), "a\\x9b\r\nb\\r");
//! assert_eq!(without_commands("::error::x\n"), ": :error::x\n");
//! ```

use std::borrow::Cow;
use std::fmt::Write;

/// Text for one line: every control character but tabs is written as an escape.
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, |_, _| false)
}

/// Text of several lines: as [`line()`], and line ends stay.
pub fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |character, next| {
        character == '\n' || character == '\r' && next == Some('\n')
    })
}

/// A part of a source with each control character but tabs and line ends replaced by one that is
/// visible and has as many bytes, so that places in it stay right.
pub fn same_length(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        out.push(match character {
            '\n' => '\n',
            '\r' if rest.peek() == Some(&'\n') => '\r',
            // Those of C1 have two bytes.
            other if is_hidden(other) && other.len_utf8() == 2 => '\u{bf}',
            other if is_hidden(other) => '?',
            other => other,
        });
    }
    Cow::Owned(out)
}

fn is_hidden(character: char) -> bool {
    character.is_control() && character != '\t'
}

fn escape(text: &str, is_kept: impl Fn(char, Option<char>) -> bool) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            character if !is_hidden(character) || is_kept(character, rest.peek().copied()) => {
                out.push(character);
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            // Writing to a string cannot fail.
            other => _ = write!(out, "\\x{:02x}", u32::from(other)),
        }
    }
    Cow::Owned(out)
}

/// The text without anything that a CI system takes for a command: `::name ..::` at the start of a
/// line (GitHub Actions), `##[name]` (GitHub Actions, Azure Pipelines), `##vso[..]` (Azure
/// Pipelines) and `##teamcity[..]` anywhere.
pub fn without_commands(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let line = |line: &str| {
        let start = line.len() - line.trim_start().len();
        let (indent, command) = line.split_at(start);
        let rest = match command.strip_prefix("::") {
            Some(rest) if rest.starts_with(|one: char| one.is_ascii_alphabetic()) => {
                format!(": :{rest}")
            }
            _ => command.to_owned(),
        };
        let brackets = ["[", "vso[", "teamcity["];
        let rest = brackets.iter().fold(rest, |rest, bracket| {
            rest.replace(&format!("##{bracket}"), &format!("# #{bracket}"))
        });
        format!("{indent}{rest}")
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_control_character_is_visible() {
        let all: String = ('\0'..='\u{a0}').collect();
        let shown = line(&all);
        assert!(!shown.contains(|one: char| one.is_control() && one != '\t'));
        assert!(shown.contains('\t') && shown.contains("\\x00") && shown.contains("\\x7f"));
        let kept = lines(&all);
        assert!(kept.contains('\n') && !kept.contains('\r'));
        assert_eq!(lines("plain\n\ttext\r\n"), "plain\n\ttext\r\n");
    }

    #[test]
    fn replacements_in_sources_keep_their_length() {
        let all: String = ('\0'..='\u{a0}').collect();
        for text in [all.as_str(), "a\r\nb\rc", "\u{1b}[31m\u{9b}ü"] {
            let shown = same_length(text);
            assert_eq!(shown.len(), text.len());
            let ends: Vec<_> = text.match_indices('\n').collect();
            assert_eq!(shown.match_indices('\n').collect::<Vec<_>>(), ends);
            assert!(!shown.contains('\u{1b}') && !shown.contains('\u{9b}'));
        }
    }

    #[test]
    fn commands_of_ci_systems_are_broken() {
        for (text, shown) in [
            ("::error file=a::b", ": :error file=a::b"),
            ("x\n  ::add-mask::y\nz", "x\n  : :add-mask::y\nz"),
            ("a ##[group]b", "a # #[group]b"),
            (
                "##vso[task.x]y ##teamcity[z]",
                "# #vso[task.x]y # #teamcity[z]",
            ),
            ("## heading [a]", "## heading [a]"),
            ("::1", "::1"),
            ("a::b::c", "a::b::c"),
        ] {
            assert_eq!(without_commands(text), shown);
        }
    }
}
