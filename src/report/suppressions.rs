//! Comments that suppress a warning or note on one line: `# score-rs: allow NAME`.
//!
//! A comment at the end of a line is for that line; a comment on a line of its own is for the next
//! line that is neither empty nor a comment.

pub(crate) mod misspelled;

use std::collections::{BTreeMap, BTreeSet};

use misspelled::{correction, is_name, is_suppression, misspelled};

use super::rules::{find_or_report, not_configurable};
use compiler::parse::{COMMENT_PREFIX, comment_target};
use compiler::policy::exceptions;
use compiler::rules::list::ABOUT_ONE_FILE;
use diagnostics::report::{Diagnostic, Problem, Report, Severity};
use diagnostics::rule::Rule;
use diagnostics::source::{SourceId, Sources, Span, Spanned};

rules! {
    /// A comment that starts with `score-rs:` is invalid.
    pub COMMENT_SYNTAX: "comment-syntax", Error;

    /// A suppression comment has no effect, because no such warning or note is reported there.
    pub UNUSED_ALLOW: "unused-allow", Error;
}

/// What a run has checked, which decides whether an unused suppression is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// All rules about a single Score file.
    FileRules,
    /// Only some rules, or not for the files as they are written.
    Partial,
}

/// One name in a comment.
struct Suppression {
    name: Spanned<String>,
    rule: &'static Rule,
    /// The start of the line that it is for; `None` when no line follows.
    line: Option<(SourceId, usize)>,
    used: bool,
}

/// Removes suppressed problems, and reports invalid and unused comments.
pub(crate) fn apply(coverage: Coverage, sources: &Sources, report: &mut Report) {
    let mut local_report = Report::default();
    let mut suppressions = read_comments(sources, report, &mut local_report);
    let checks_unused = coverage == Coverage::FileRules && report.result().is_ok();
    let unsuppressed = remove_suppressed(sources, &mut suppressions, report);
    if checks_unused {
        report_unused(sources, &suppressions, &unsuppressed, &mut local_report);
    }
    // A file may have been read once for each environment; its problems are reported once.
    let mut places = BTreeSet::new();
    local_report.retain(|problem| {
        let place = problem.span();
        places.insert(place.map(|span| (file_name(sources, span), span.start, span.end)))
    });
    report.merge(local_report);
}

/// A file that was read several times has the same name each time.
fn file_name(sources: &Sources, span: Span) -> &str {
    sources.get(span.source).name()
}

/// The suppressions in the comments of all files.
fn read_comments(
    sources: &Sources,
    report: &Report,
    local_report: &mut Report,
) -> Vec<Suppression> {
    let is_written = |span: &Span| !sources.get(span.source).is_generated();
    let mut suppressions = Vec::new();
    let mut last = None;
    for comment in report.comments().into_iter().filter(is_written) {
        if !is_suppression(sources.slice(comment)) {
            if let Some(problem) = misspelled(sources, comment) {
                local_report.push(problem);
            }
            continue;
        }
        match exceptions::parse(sources.slice(comment)) {
            None => {}
            Some(Ok(_)) => continue,
            Some(Err(())) => {
                local_report.push(malformed_exception(comment));
                continue;
            }
        }
        let line = comment_target(sources, comment, last);
        last = Some((comment.source, line));
        match names(sources, comment) {
            Ok(names) => suppressions.extend(
                names
                    .into_iter()
                    .filter_map(|name| suppression(name, line, local_report)),
            ),
            Err(part) => local_report.push(malformed(sources, comment, part)),
        }
    }
    suppressions
}

fn suppression(
    name: Spanned<String>,
    line: Option<usize>,
    report: &mut Report,
) -> Option<Suppression> {
    let rule = find_or_report(&name, report)?;
    if rule.is_always_error() {
        report.push(not_configurable(&name));
        return None;
    }
    let line = line.map(|start| (name.span.source, start));
    Some(Suppression {
        name,
        rule,
        line,
        used: false,
    })
}

/// Problems that no comment suppresses: the first one of each file and rule.
type Unsuppressed<'a> = BTreeMap<(&'a str, &'a Rule), Span>;

/// Removes suppressed problems and marks their suppressions as used; returns the other problems.
fn remove_suppressed<'a>(
    sources: &'a Sources,
    suppressions: &mut [Suppression],
    report: &mut Report,
) -> Unsuppressed<'a> {
    let mut unsuppressed = BTreeMap::new();
    if suppressions.is_empty() {
        return unsuppressed;
    }
    let mut by_line: BTreeMap<(SourceId, usize), Vec<usize>> = BTreeMap::new();
    for (index, suppression) in suppressions.iter().enumerate() {
        if let Some(line) = suppression.line {
            by_line.entry(line).or_default().push(index);
        }
    }
    report.relevel(|diagnostic| {
        let is_suppressed = suppress(sources, &by_line, suppressions, diagnostic);
        if let (false, Some(span)) = (is_suppressed, diagnostic.span()) {
            unsuppressed
                .entry((file_name(sources, span), diagnostic.rule()))
                .or_insert(span);
        }
        (!is_suppressed).then_some(diagnostic.severity())
    });
    unsuppressed
}

/// Whether a comment is for this problem; marks all that are.
fn suppress(
    sources: &Sources,
    by_line: &BTreeMap<(SourceId, usize), Vec<usize>>,
    suppressions: &mut [Suppression],
    diagnostic: &Diagnostic,
) -> bool {
    if diagnostic.severity() == Severity::Error {
        return false;
    }
    // A place in a generated text also counts as the line that generated it.
    let places = std::iter::successors(diagnostic.span(), |span| sources.origin(*span));
    let mut is_suppressed = false;
    for span in places {
        let line = sources.get(span.source).line_start(span.start as usize);
        for index in by_line.get(&(span.source, line)).into_iter().flatten() {
            if suppressions[*index].rule == diagnostic.rule() {
                suppressions[*index].used = true;
                is_suppressed = true;
            }
        }
    }
    is_suppressed
}

/// Reports suppressions without a problem. A comment in a file that was read several times is used
/// when it was used once.
fn report_unused(
    sources: &Sources,
    suppressions: &[Suppression],
    unsuppressed: &Unsuppressed<'_>,
    report: &mut Report,
) {
    let place = |suppression: &Suppression| {
        let span = suppression.name.span;
        (file_name(sources, span), span.start)
    };
    let used: BTreeSet<_> = suppressions
        .iter()
        .filter(|suppression| suppression.used)
        .map(place)
        .collect();
    for suppression in suppressions {
        let rule = suppression.rule;
        if ABOUT_ONE_FILE.contains(&rule) && !used.contains(&place(suppression)) {
            let file = file_name(sources, suppression.name.span);
            let elsewhere = unsuppressed.get(&(file, rule)).copied();
            report.push(unused(sources, suppression, elsewhere));
        }
    }
}

/// The names in a comment; an error has the part of it that is malformed.
fn names(sources: &Sources, comment: Span) -> Result<Vec<Spanned<String>>, Span> {
    let text = sources.slice(comment);
    let after_word = text
        .find(COMMENT_PREFIX.as_str())
        .map_or(text.len(), |start| start + COMMENT_PREFIX.as_str().len());
    let part = |from: usize, words: &str| {
        let blank = words.len() - words.trim_start().len();
        let trimmed = words.trim();
        // The whole comment, when the missing part is at its end.
        if trimmed.is_empty() {
            comment.part(0, text.trim_end().len())
        } else {
            comment.part(from + blank, from + blank + trimmed.len())
        }
    };
    let rest = &text[after_word..];
    let words = rest.trim_start();
    let list = words
        .strip_prefix("allow")
        .filter(|list| list.is_empty() || list.starts_with(char::is_whitespace));
    let Some(list) = list else {
        return Err(part(after_word, rest));
    };
    let mut from = text.len() - list.len();
    let mut names = Vec::new();
    for word in list.split(',') {
        let span = part(from, word);
        let name = word.trim();
        if !is_name(name) {
            return Err(span);
        }
        names.push(Spanned::new(name.to_owned(), span));
        from += word.len() + 1;
    }
    Ok(names)
}

fn malformed(sources: &Sources, comment: Span, part: Span) -> Problem {
    let problem = Problem::new(&COMMENT_SYNTAX, "this score-rs comment is not valid").at(part);
    let rest = sources
        .slice(comment)
        .split_once(COMMENT_PREFIX.as_str())
        .map_or("", |(_, rest)| rest);
    problem.help(correction(rest))
}

fn malformed_exception(comment: Span) -> Problem {
    let message = "this exception from a policy is not valid";
    let problem = Problem::new(&COMMENT_SYNTAX, message).at(comment);
    problem.help("write `# score-rs: allow policy/NAME because REASON`")
}

fn unused(sources: &Sources, suppression: &Suppression, elsewhere: Option<Span>) -> Problem {
    let message = format!("this comment suppresses no `{}`", suppression.rule.name());
    let problem = Problem::new(&UNUSED_ALLOW, message).at(suppression.name.span);
    match elsewhere {
        Some(span) => {
            let line = sources.get(span.source).position(span.start as usize).line;
            let help = format!("move the comment to the end of line {line}");
            problem.secondary(span, "it is reported here").help(help)
        }
        None => problem.help("remove it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let names = names(&sources, Span::new(id, 0, text.len()));
        let text = |span: Span| sources.slice(span).to_owned();
        names
            .map(|names| names.iter().map(|name| text(name.span)).collect())
            .map_err(text)
    }

    #[test]
    fn names_are_parsed() {
        assert_eq!(read("# score-rs: allow a-b").unwrap(), ["a-b"]);
        assert_eq!(read("#score-rs:allow  a-b ,c ").unwrap(), ["a-b", "c"]);
        for (text, part) in [
            ("# score-rs: alow a", "alow a"),
            ("# score-rs: allow", "# score-rs: allow"),
            ("# score-rs: allow a,", "# score-rs: allow a,"),
            ("# score-rs: allow a b", "a b"),
            ("# score-rs: allowing a", "allowing a"),
            ("# score-rs:", "# score-rs:"),
        ] {
            assert_eq!(read(text).unwrap_err(), part, "{text}");
        }
    }
}
