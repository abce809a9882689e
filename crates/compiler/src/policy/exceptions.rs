//! Exceptions from policies in Score files: `# score-rs: allow policy/NAME because REASON`.

use super::finding::is_name;
use super::place::Violation;
use super::policies::Exceptions;
use super::rules::{EXCEPTION_NOT_ALLOWED, POLICY_EXCEPTION, UNUSED_EXCEPTION};
use super::subject::Subject;
use crate::parse::{COMMENT_PREFIX, comment_target};
use diagnostics::report::{Problem, Report};
use diagnostics::source::{SourceId, Sources, Span, Spanned};
use diagnostics::suggestions::closest_match;

/// A comment that is an exception.
pub struct Exception<'s> {
    /// The policy, without `policy/`.
    pub policy: &'s str,
    /// Why the exception is needed.
    pub reason: &'s str,
    /// The comment.
    pub span: Span,
    line: Option<(SourceId, usize)>,
    is_used: bool,
}

impl Exception<'_> {
    /// Where the line that it is for begins; `None` where it is for nothing.
    pub fn line_start(&self) -> Option<usize> {
        self.line.map(|(_, start)| start)
    }
}

/// The policies that were asked.
pub(super) struct Asked<'a> {
    pub(super) names: Vec<&'a str>,
    /// Whether there are no others that an exception may be for.
    pub(super) are_all: bool,
}

/// The name of the policy and the reason of a comment; `None` when it is about no policy, and an error
/// when it is not written as an exception.
pub fn parse(comment: &str) -> Option<Result<(&str, &str), ()>> {
    let (_, rest) = comment.split_once(COMMENT_PREFIX.as_str())?;
    let rest = rest.trim_start().strip_prefix("allow")?.trim_start();
    let rest = rest.strip_prefix("policy/")?;
    let Some((name, reason)) = rest.split_once(" because ") else {
        return Some(Err(()));
    };
    let (name, reason) = (name.trim(), reason.trim());
    let is_right = is_name(name) && !reason.is_empty();
    Some(is_right.then_some((name, reason)).ok_or(()))
}

/// Reports an environment that allows what one that it extends does not. `effective` is the strictest of
/// all.
pub fn check_settings(
    given: Option<&Spanned<Exceptions>>,
    effective: Option<&Spanned<Exceptions>>,
    report: &mut Report,
) {
    if let (Some(given), Some(effective)) = (given, effective)
        && given.value != effective.value
    {
        let message = "an environment that this one extends does not allow exceptions";
        let problem = Problem::new(&EXCEPTION_NOT_ALLOWED, message).at(given.span);
        let problem = problem.secondary(effective.span, "it says so here");
        report.push(problem.help("remove `exceptions`"));
    }
}

/// Reports the violations that no comment excepts, and comments without an effect.
pub(super) fn apply(
    violations: Vec<Violation>,
    asked: &Asked<'_>,
    setting: Exceptions,
    subject: &Subject<'_>,
    sources: &Sources,
    report: &mut Report,
) {
    let is_score_file = |span: &&Span| subject.score_files.contains(&span.source);
    let comments = subject.comments.iter().filter(is_score_file);
    let mut exceptions = read(comments.copied(), sources);
    if setting == Exceptions::None {
        for exception in exceptions.drain(..) {
            let message = format!(
                "the environment `{}` does not allow exceptions from policies",
                subject.environment
            );
            let problem = Problem::new(&EXCEPTION_NOT_ALLOWED, message).at(exception.span);
            report.push(problem.help("remove the comment, and do what the policy asks for"));
        }
    }
    for violation in violations {
        let lines = violation.places.iter().map(|span| line(sources, *span));
        let lines: Vec<(SourceId, usize)> = lines.collect();
        let mut all = exceptions.iter_mut();
        let exception = all.find(|one| {
            one.policy == violation.policy && one.line.is_some_and(|line| lines.contains(&line))
        });
        match exception {
            Some(exception) => {
                exception.is_used = true;
                let (policy, reason) = (&violation.policy, exception.reason);
                let message = format!("excepted from the policy `{policy}`: {reason}");
                report.push(Problem::new(&POLICY_EXCEPTION, message).at(exception.span));
            }
            None => report.push_as(violation.severity, violation.problem),
        }
    }
    let unused = exceptions
        .iter()
        .filter(|one| !one.is_used && !subject.is_partial);
    for exception in unused {
        let help = match asked.names.contains(&exception.policy) {
            true => "remove it".to_owned(),
            false if !asked.are_all => continue,
            // It may be a policy of another environment.
            false => match closest_match(exception.policy, asked.names.iter().copied()) {
                Some(near) => format!("did you mean `policy/{near}`?"),
                None => continue,
            },
        };
        let message = format!("the policy `{}` refuses nothing here", exception.policy);
        let problem = Problem::new(&UNUSED_EXCEPTION, message).at(exception.span);
        report.push(problem.help(help));
    }
}

fn line(sources: &Sources, span: Span) -> (SourceId, usize) {
    let start = sources.get(span.source).line_start(span.start as usize);
    (span.source, start)
}

/// The exceptions among comments for this program, in order.
pub fn read(comments: impl Iterator<Item = Span>, sources: &Sources) -> Vec<Exception<'_>> {
    let mut exceptions = Vec::new();
    let mut last = None;
    for span in comments {
        if let Some(Ok((policy, reason))) = parse(sources.slice(span)) {
            let line = comment_target(sources, span, last);
            last = Some((span.source, line));
            exceptions.push(Exception {
                policy,
                span,
                reason,
                line: line.map(|line| (span.source, line)),
                is_used: false,
            });
        }
    }
    exceptions
}
