//! The same work for several environments, with one report.

use std::collections::BTreeMap;

use crate::project::environment::Environment;
use crate::report::lint_levels::set_environment_levels;
use crate::system::error::CliError;
use diagnostics::report::{Diagnostic, Report, Severity, location_text};
use diagnostics::source::Sources;
use diagnostics::suggestions::list_names;

/// Runs `work` for each environment, also after it failed for another one, so that one run reports
/// every error.
pub(super) fn for_each<T>(
    environments: Vec<Environment>,
    sources: &mut Sources,
    report: &mut Report,
    mut work: impl FnMut(Environment, &mut Sources, &mut Report) -> Result<T, CliError>,
) -> Result<Vec<T>, CliError> {
    let mut reports = Vec::with_capacity(environments.len());
    let mut results = Vec::with_capacity(environments.len());
    for environment in environments {
        let mut local_report = Report::default();
        let (name, levels) = (environment.name.clone(), environment.levels());
        results.push(work(environment, sources, &mut local_report));
        set_environment_levels(&levels, &mut local_report);
        reports.push((name, local_report));
    }
    match <[_; 1]>::try_from(reports) {
        Ok([(_, only)]) => report.merge(only),
        Err(reports) => merge_reports(&reports, sources, report),
    }
    // An error that no report has comes before one that is reported.
    if let Some(index) = results
        .iter()
        .position(|result| matches!(result, Err(CliError::Usage(_) | CliError::Io(_))))
    {
        results.swap(0, index);
    }
    results.into_iter().collect()
}

/// What makes diagnostics of two environments the same one. A file may be read once for each
/// environment, so places are compared as people see them. Help may differ, such as a list of what
/// exists.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct DiagnosticKey<'a> {
    place: Option<String>,
    severity: Severity,
    in_environment: Option<Severity>,
    rule: &'a str,
    message: &'a str,
}

/// Adds the reports of several environments to one. A diagnostic of all environments appears once,
/// and one of some environments names them.
fn merge_reports(reports: &[(String, Report)], sources: &Sources, report: &mut Report) {
    let mut merged: Vec<(&Diagnostic, Vec<&str>)> = Vec::new();
    let mut indexes: BTreeMap<DiagnosticKey<'_>, usize> = BTreeMap::new();
    for (environment, local_report) in reports {
        // The place comes from the first environment, but annotations come from all of them.
        report.merge_annotations(local_report);
        for diagnostic in local_report.in_order() {
            let key = DiagnosticKey {
                place: diagnostic.span().map(|span| location_text(sources, span)),
                severity: diagnostic.severity(),
                in_environment: diagnostic.default_severity(),
                rule: diagnostic.shown_name(),
                message: diagnostic.message(),
            };
            let index = *indexes.entry(key).or_insert_with(|| {
                merged.push((diagnostic, Vec::new()));
                merged.len() - 1
            });
            let environments = &mut merged[index].1;
            if environments.last() != Some(&environment.as_str()) {
                environments.push(environment);
            }
        }
    }
    for (diagnostic, environments) in merged {
        let diagnostic = diagnostic.clone();
        if environments.len() == reports.len() {
            report.record(diagnostic);
            continue;
        }
        let noun = match environments.len() {
            1 => "environment",
            _ => "environments",
        };
        let names = list_names(environments);
        report.record(diagnostic.append(&format!(", in the {noun} {names}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diagnostics::report::Problem;
    use diagnostics::rule::Rule;
    use diagnostics::source::Span;
    use yaml::rules::{MISSING_KEY, UNKNOWN_KEY, WRONG_TYPE};

    #[test]
    fn a_shared_problem_appears_once_and_another_names_its_environments() {
        let mut sources = Sources::default();
        let mut report_with = |problems: &[(&'static Rule, &str)]| {
            let mut report = Report::default();
            // Each environment reads the file again.
            let source = sources.add("a.yaml", "text");
            for (rule, message) in problems {
                report.push(Problem::new(rule, *message).at(Span::new(source, 0, 1)));
            }
            report
        };
        let reports = [
            (
                "a".to_owned(),
                report_with(&[(&UNKNOWN_KEY, "in all"), (&WRONG_TYPE, "in two")]),
            ),
            (
                "b".to_owned(),
                report_with(&[
                    (&UNKNOWN_KEY, "in all"),
                    (&WRONG_TYPE, "in two"),
                    (&MISSING_KEY, "in one"),
                ]),
            ),
            (
                "c".to_owned(),
                report_with(&[(&UNKNOWN_KEY, "in all"), (&UNKNOWN_KEY, "in all")]),
            ),
        ];
        let mut report = Report::default();
        merge_reports(&reports, &sources, &mut report);
        let messages: Vec<&str> = report
            .in_order()
            .iter()
            .map(|diagnostic| diagnostic.message())
            .collect();
        assert_eq!(
            messages,
            [
                "in all",
                "in two, in the environments `a` and `b`",
                "in one, in the environment `b`"
            ]
        );
    }
}
