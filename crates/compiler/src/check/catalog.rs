//! Annotations for a software catalog.

use crate::catalog::{PREFIX, mistake, names};
use crate::model::Workload;
use diagnostics::report::{Problem, Report};
use diagnostics::suggestions::{list_names, suggestion};

rules! {
    /// An annotation for the software catalog has an unknown name, or a value that Backstage does not accept.
    pub INVALID_CATALOG_ANNOTATION: "invalid-catalog-annotation", Error;
}

/// Reports annotations for the catalog that do not exist, or whose value cannot be.
pub fn check(workload: &Workload, report: &mut Report) {
    for annotation in &workload.annotations {
        let Some(name) = annotation.key.value.strip_prefix(PREFIX) else {
            continue;
        };
        let value = &annotation.value;
        let problem = if !names().any(|known| known == name) {
            let message = format!("there is no annotation `{PREFIX}{name}`");
            let help = suggestion(name, names(), || {
                format!("write one of {} behind the `/`", list_names(names()))
            });
            let problem = Problem::new(&INVALID_CATALOG_ANNOTATION, message);
            problem.at(annotation.key.span).help(help)
        } else if let Some(help) = mistake(name, &value.value) {
            let message = format!("`{}` is not a valid value of `{PREFIX}{name}`", value.value);
            let problem = Problem::new(&INVALID_CATALOG_ANNOTATION, message);
            problem.at(value.span).help(help)
        } else {
            continue;
        };
        report.push(problem);
    }
}
