//! One piece of work for several environments, and one report of all of it.

use indexmap::IndexMap;

use crate::project::environment::Environment;
use crate::project::inputs::CliError;
use diagnostics::report::{Diagnostic, Report, location_text};
use diagnostics::source::Sources;
use diagnostics::suggestions::list_names;

/// Does a piece of work for each environment, also where it has failed for another one, so that one
/// run shows every error.
pub(super) fn for_each<T>(
    environments: Vec<Environment>,
    sources: &mut Sources,
    report: &mut Report,
    mut work: impl FnMut(Environment, &mut Sources, &mut Report) -> Result<T, CliError>,
) -> Result<Vec<T>, CliError> {
    let mut parts = Vec::with_capacity(environments.len());
    let mut results = Vec::with_capacity(environments.len());
    for environment in environments {
        let mut own = Report::default();
        let name = environment.name.clone();
        results.push(work(environment, sources, &mut own));
        parts.push((name, own));
    }
    match <[_; 1]>::try_from(parts) {
        Ok([(_, only)]) => report.merge(only),
        Err(parts) => gather(&parts, sources, report),
    }
    // A world that failed is told before an input that is wrong.
    if let Some(index) = results
        .iter()
        .position(|result| matches!(result, Err(CliError::Usage(_) | CliError::World(_))))
    {
        results.swap(0, index);
    }
    results.into_iter().collect()
}

/// Adds the reports of several environments to one. What all of them say is said once; what only
/// some say, says for which.
fn gather(parts: &[(String, Report)], sources: &Sources, report: &mut Report) {
    // The same file may have been read for each of them, so places are compared as people see them.
    let mut said: IndexMap<_, (&Diagnostic, Vec<&str>)> = IndexMap::new();
    for (name, part) in parts {
        // Which of several texts of one file a problem is shown in, is decided below: what each has
        // remarked counts.
        report.merge_annotations(part);
        for own in part.in_order() {
            let place = own.span().map(|span| location_text(sources, span));
            // What helps may differ, as lists of what there is do; the cause is the same one.
            let key = (place, own.severity().as_str(), own.name(), own.message());
            let (_, names) = said.entry(key).or_insert_with(|| (own, Vec::new()));
            if names.last() != Some(&name.as_str()) {
                names.push(name);
            }
        }
    }
    for (own, names) in said.into_values() {
        let word = if names.len() == 1 {
            "environment"
        } else {
            "environments"
        };
        match names.len() == parts.len() {
            true => report.record(own.clone()),
            false => report.record(
                own.clone()
                    .append(&format!(", in the {word} {}", list_names(names))),
            ),
        }
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
    fn what_all_say_is_said_once_and_what_some_say_says_for_which() {
        let mut sources = Sources::default();
        let mut say = |problems: &[(&'static Rule, &str)]| {
            let mut report = Report::default();
            // Each has read the file for itself.
            let source = sources.add("a.yaml", "text");
            for (rule, message) in problems {
                report.push(Problem::new(rule, *message).at(Span::new(source, 0, 1)));
            }
            report
        };
        let parts = [
            (
                "a".to_owned(),
                say(&[(&UNKNOWN_KEY, "in all"), (&WRONG_TYPE, "in two")]),
            ),
            (
                "b".to_owned(),
                say(&[
                    (&UNKNOWN_KEY, "in all"),
                    (&WRONG_TYPE, "in two"),
                    (&MISSING_KEY, "in one"),
                ]),
            ),
            (
                "c".to_owned(),
                say(&[(&UNKNOWN_KEY, "in all"), (&UNKNOWN_KEY, "in all")]),
            ),
        ];
        let mut report = Report::default();
        gather(&parts, &sources, &mut report);
        let said: Vec<&str> = report.in_order().iter().map(|own| own.message()).collect();
        assert_eq!(
            said,
            [
                "in all",
                "in two, in the environments `a` and `b`",
                "in one, in the environment `b`"
            ]
        );
    }
}
