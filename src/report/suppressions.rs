//! Comments that silence a warning or note on one line: `# score-rs: allow NAME`.
//!
//! Behind something, a comment is for its own line; on a line of its own, for the next line that
//! holds something.

pub(crate) mod misspelt;

use std::collections::{BTreeMap, BTreeSet};

use misspelt::{is_name, is_read, misspelt, right_form};

use super::docs::{fixed_level, rule};
use compiler::parse::COMMENT_PREFIX;
use compiler::rules::ABOUT_ONE_FILE;
use diagnostics::report::{Diagnostic, Problem, Report, Severity};
use diagnostics::rule::Rule;
use diagnostics::source::{SourceId, Sources, Span, Spanned};

rules! {
    /// A comment that begins with `score-rs:` says something that score-rs does not understand.
    pub COMMENT_SYNTAX: "comment-syntax", Error;

    /// A comment that silences a warning or note stands where none of that name is reported.
    pub UNUSED_ALLOW: "unused-allow", Error;
}

/// How much of the input a run has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Every rule about a Score file by itself has been asked.
    Files,
    /// Some rules may not have been asked, or not about what the file says.
    Part,
}

/// One name in a comment, and what it is for.
struct Allow {
    name: Spanned<String>,
    rule: &'static Rule,
    /// Where the line begins; `None` when no line follows.
    line: Option<(SourceId, usize)>,
    used: bool,
}

/// Leaves out what comments silence, and reports comments that are wrong.
pub(crate) fn apply(seen: Seen, sources: &Sources, report: &mut Report) {
    let read = |span: &Span| !sources.get(span.source).is_generated();
    let comments: Vec<Span> = report.comments().into_iter().filter(read).collect();
    if comments.is_empty() {
        return;
    }
    let mut own = Report::default();
    let mut allows: Vec<Allow> = Vec::new();
    let mut last = None;
    for comment in comments {
        if !is_read(sources.slice(comment)) {
            misspelt(sources, comment)
                .into_iter()
                .for_each(|problem| own.push(problem));
            continue;
        }
        let line = target_line(sources, comment, last);
        last = Some((comment.source, line));
        match names(sources, comment) {
            Ok(names) => allows.extend(
                names
                    .into_iter()
                    .filter_map(|name| allow(name, line, &mut own)),
            ),
            Err(part) => own.push(malformed(sources, comment, part)),
        }
    }
    let judged = seen == Seen::Files && report.result().is_ok();
    let mut by_line: BTreeMap<(SourceId, usize), Vec<usize>> = BTreeMap::new();
    for (index, allow) in allows.iter().enumerate() {
        by_line
            .entry(allow.line.unwrap_or((allow.name.span.source, usize::MAX)))
            .or_default()
            .push(index);
    }
    // The same file may have been read for each of several environments: a comment in it is one,
    // and so is what is wrong with it. A file is known by its name there.
    let file = |span: Span| sources.get(span.source).name();
    let mut elsewhere: BTreeMap<(&str, &Rule), Span> = BTreeMap::new();
    report.relevel(|diagnostic| {
        let silenced = silence(sources, &by_line, &mut allows, diagnostic);
        if let (false, Some(span)) = (silenced, diagnostic.span()) {
            elsewhere
                .entry((file(span), diagnostic.rule()))
                .or_insert(span);
        }
        (!silenced).then_some(diagnostic.severity())
    });
    let place = |allow: &Allow| (file(allow.name.span), allow.name.span.start);
    let used: BTreeSet<_> = allows
        .iter()
        .filter(|allow| allow.used)
        .map(place)
        .collect();
    let is_unused =
        |allow: &&Allow| ABOUT_ONE_FILE.contains(&allow.rule) && !used.contains(&place(allow));
    for allow in allows.iter().filter(|allow| judged && is_unused(allow)) {
        own.push(unused(
            sources,
            allow,
            elsewhere.get(&(file(allow.name.span), allow.rule)).copied(),
        ));
    }
    let mut said = BTreeSet::new();
    own.retain(|one| said.insert(one.span().map(|span| (file(span), span.start, span.end))));
    report.merge(own);
}

/// Whether a comment is for this problem, and for its line.
fn silence(
    sources: &Sources,
    by_line: &BTreeMap<(SourceId, usize), Vec<usize>>,
    allows: &mut [Allow],
    diagnostic: &Diagnostic,
) -> bool {
    if diagnostic.severity() == Severity::Error {
        return false;
    }
    // A place in a text that was made lies, for its author, on the line that made it.
    let places = std::iter::successors(diagnostic.span(), |span| sources.origin(*span));
    let mut silenced = false;
    for span in places {
        let line = sources.get(span.source).line_start(span.start as usize);
        for index in by_line.get(&(span.source, line)).into_iter().flatten() {
            if allows[*index].rule == diagnostic.rule() {
                allows[*index].used = true;
                silenced = true;
            }
        }
    }
    silenced
}

fn allow(name: Spanned<String>, line: Option<usize>, report: &mut Report) -> Option<Allow> {
    let rule = rule(&name, report)?;
    if rule.is_always_error() {
        report.push(fixed_level(&name));
        return None;
    }
    let line = line.map(|start| (name.span.source, start));
    Some(Allow {
        name,
        rule,
        line,
        used: false,
    })
}

/// The names in a comment; `Err` is the part of it that cannot be read.
fn names(sources: &Sources, comment: Span) -> Result<Vec<Spanned<String>>, Span> {
    let text = sources.slice(comment);
    let after_word = text
        .find(COMMENT_PREFIX.as_str())
        .map_or(text.len(), |start| start + COMMENT_PREFIX.as_str().len());
    let part = |from: usize, words: &str| {
        let blank = words.len() - words.trim_start().len();
        let trimmed = words.trim();
        // Where nothing stands, the mark is on what should be followed by something.
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
    let problem = Problem::new(
        &COMMENT_SYNTAX,
        "this comment is for score-rs, which cannot read it",
    )
    .at(part);
    let rest = sources
        .slice(comment)
        .split_once(COMMENT_PREFIX.as_str())
        .map_or("", |(_, rest)| rest);
    problem.help(right_form(rest))
}

fn unused(sources: &Sources, allow: &Allow, elsewhere: Option<Span>) -> Problem {
    let message = format!("this comment silences no `{}`", allow.rule.name());
    let problem = Problem::new(&UNUSED_ALLOW, message).at(allow.name.span);
    match elsewhere {
        Some(span) => {
            let line = sources.get(span.source).position(span.start as usize).line;
            let help = format!("move the comment to the end of line {line}");
            problem.secondary(span, "it is reported here").help(help)
        }
        None => problem.help("remove it"),
    }
}

/// Where the line begins that a comment is for. `last` is the comment before it, by its text and
/// the line that it is for.
fn target_line(
    sources: &Sources,
    comment: Span,
    last: Option<(SourceId, Option<usize>)>,
) -> Option<usize> {
    let source = sources.get(comment.source);
    let (text, start) = (source.text(), comment.start as usize);
    let own = source.line_start(start);
    let before = text.get(own..start)?.trim_start_matches('\u{feff}');
    if !before.trim().is_empty() {
        return Some(own);
    }
    // Nothing stands between a comment and the line that it is for, so all comments there are for
    // the same line. Thousands of them must not cost the square of their number.
    let last = last
        .filter(|(source, line)| *source == comment.source && line.is_none_or(|line| line > own));
    if let Some((_, line)) = last {
        return line;
    }
    let mut start = own;
    for line in text.get(own..)?.split_inclusive('\n') {
        let words = line.trim();
        if start != own && !words.is_empty() && !words.starts_with('#') {
            return Some(start);
        }
        start += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let mut sources = Sources::default();
        let id = sources.add("t", text);
        let names = names(&sources, Span::new(id, 0, text.len()));
        let shown = |span: Span| sources.slice(span).to_owned();
        names
            .map(|names| names.iter().map(|name| shown(name.span)).collect())
            .map_err(shown)
    }

    #[test]
    fn comments_name_what_they_silence() {
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

    #[test]
    fn a_comment_is_for_its_line_or_the_next_that_holds_something() {
        let all = |text: &str| {
            let mut sources = Sources::default();
            let id = sources.add("t", text);
            let mut last = None;
            let line = |(start, _)| {
                let line = target_line(&sources, Span::new(id, start, start + 2), last);
                last = Some((id, line));
                line
            };
            text.match_indices("#@").map(line).collect::<Vec<_>>()
        };
        assert_eq!(all("a\nb #@\nc"), [Some(2)]);
        assert_eq!(all("#@\n\n  # more\r\n  c"), [Some(14)]);
        assert_eq!(all("\u{feff}#@\nc"), [Some(6)]);
        assert_eq!(all("a\n#@\n"), [None]);
        assert_eq!(
            all("#@\n #@\n\n#@\na #@\n#@\n# more\nb\n#@\n#@"),
            [Some(11), Some(11), Some(11), Some(11), Some(26), None, None]
        );
    }
}
