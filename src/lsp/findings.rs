//! Problems as the editor shows them: each in its file, with the edits that fix it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    Location, NumberOrString, Range, TextEdit,
};

use super::files::uri_of;
use super::position::{Encoding, Lines};
use super::reference::Reference;
use compiler::support::path::normal;
use diagnostics::report::{Diagnostic as Problem, Report, Severity};
use diagnostics::source::{SourceId, Sources, Span};

/// The name of the source of all problems, which editors show beside them.
pub(super) const SOURCE: &str = "score-rs";

/// Rules of what may be removed.
const UNUSED: [&str; 7] = [
    "unused-allow",
    "unused-annotation",
    "unused-exception",
    "unused-image",
    "unused-patches",
    "unused-resource",
    "unused-value",
];

/// A problem as the editor shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) diagnostic: Diagnostic,
    /// What fixes it, all or none.
    pub(super) edits: Vec<(PathBuf, TextEdit)>,
    /// Whether a comment can allow it.
    pub(super) can_be_allowed: bool,
}

/// Problems by file. Those without a place in a file have none.
pub(super) type Findings = BTreeMap<Option<PathBuf>, Vec<Finding>>;

/// The findings of a report. Paths are relative to `root`.
pub(super) fn findings(
    sources: &Sources,
    report: &Report,
    root: &Path,
    encoding: Encoding,
    reference: &Reference,
) -> Findings {
    let mut places = Places {
        sources,
        root,
        encoding,
        lines: BTreeMap::new(),
    };
    let mut findings = Findings::new();
    for problem in report.in_order() {
        let (path, finding) = places.finding(problem, reference);
        findings.entry(path).or_default().push(finding);
    }
    findings
}

/// A problem that no report has, such as an environment that does not exist.
pub(super) fn failure(message: String) -> Finding {
    Finding {
        diagnostic: Diagnostic {
            severity: Some(DiagnosticSeverity::ERROR),
            source: Some(SOURCE.to_owned()),
            message,
            ..Diagnostic::default()
        },
        edits: Vec::new(),
        can_be_allowed: false,
    }
}

/// Places of sources as the protocol has them.
struct Places<'a> {
    sources: &'a Sources,
    root: &'a Path,
    encoding: Encoding,
    lines: BTreeMap<SourceId, Lines>,
}

impl Places<'_> {
    fn finding(&mut self, problem: &Problem, reference: &Reference) -> (Option<PathBuf>, Finding) {
        let place = problem.span().and_then(|span| self.in_file(span));
        let related = problem.related().iter().filter_map(|related| {
            let (path, range) = self.in_file(related.span)?;
            Some(DiagnosticRelatedInformation {
                location: Location::new(uri_of(&path)?, range),
                message: related.message.clone(),
            })
        });
        let related: Vec<_> = related.collect();
        let edits = problem.edits().iter().filter_map(|edit| {
            let (path, range) = self.in_file(edit.span)?;
            Some((path, TextEdit::new(range, edit.text.clone())))
        });
        let edits: Vec<_> = edits.collect();
        let (path, range) = place.unzip();
        let href = reference.rule(problem.rule());
        let diagnostic = Diagnostic {
            range: range.unwrap_or_default(),
            severity: Some(severity(problem.severity())),
            code: Some(NumberOrString::String(problem.shown_name().to_owned())),
            code_description: href.map(|href| CodeDescription { href }),
            source: Some(SOURCE.to_owned()),
            message: message(problem),
            related_information: (!related.is_empty()).then_some(related),
            tags: tag(problem.name()).map(|tag| vec![tag]),
            data: None,
        };
        let finding = Finding {
            diagnostic,
            edits: match edits.len() == problem.edits().len() {
                true => edits,
                false => Vec::new(),
            },
            can_be_allowed: can_be_allowed(problem),
        };
        (path, finding)
    }

    /// The file and range of a place, or of what generated it; `None` for a place in no file.
    fn in_file(&mut self, span: Span) -> Option<(PathBuf, Range)> {
        let sources = self.sources;
        let span = std::iter::successors(Some(span), |span| sources.origin(*span))
            .find(|span| sources.get(span.source).is_file())?;
        let source = sources.get(span.source);
        let (text, encoding) = (source.text(), self.encoding);
        let lines = self
            .lines
            .entry(span.source)
            .or_insert_with(|| Lines::new(text, encoding));
        let range = lines.range(text, span.start as usize, span.end as usize);
        Some((normal(&self.root.join(source.name())), range))
    }
}

/// The message, and what to do about it in a line of its own.
fn message(problem: &Problem) -> String {
    match problem.help() {
        Some(help) => format!("{}\nhelp: {help}", problem.message()),
        None => problem.message().to_owned(),
    }
}

/// Only what is no error by itself can be allowed; a project may have made an error of it.
fn can_be_allowed(problem: &Problem) -> bool {
    [problem.severity(), problem.rule().severity()]
        .iter()
        .any(|severity| *severity != Severity::Error)
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::ERROR,
        Severity::Warning => DiagnosticSeverity::WARNING,
        Severity::Note => DiagnosticSeverity::INFORMATION,
    }
}

fn tag(rule: &str) -> Option<DiagnosticTag> {
    match rule {
        "deprecated-syntax" => Some(DiagnosticTag::DEPRECATED),
        rule if UNUSED.contains(&rule) => Some(DiagnosticTag::UNNECESSARY),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rules;

    #[test]
    fn rules_with_a_tag_exist() {
        let tagged = UNUSED.iter().chain(&["deprecated-syntax"]);
        for name in tagged {
            assert!(rules::find(name).is_some(), "{name}");
        }
    }
}
