//! Annotations for features of the environment.

use crate::features::{FEATURES, PREFIX, name_help, parse};
use crate::model::Workload;
use diagnostics::report::{Problem, Report};

rules! {
    /// An annotation names no feature, or has a value that the feature cannot have.
    pub INVALID_FEATURE: "invalid-feature", Error;
}

/// Reports annotations for features that do not exist, or whose value cannot be.
pub fn check(workload: &Workload, report: &mut Report) {
    for annotation in &workload.annotations {
        let Some(name) = annotation.key.value.strip_prefix(PREFIX) else {
            continue;
        };
        let feature = FEATURES.iter().find(|(feature, _)| *feature == name);
        let (Some((_, check)), Some(settings)) = (feature, parse(annotation)) else {
            let (message, span, help) = match feature {
                None => (
                    format!("there is no feature `{name}`"),
                    annotation.key.span,
                    name_help(name),
                ),
                Some(_) => (
                    format!(
                        "`{}` is not a valid value of `{PREFIX}{name}`",
                        annotation.value.value
                    ),
                    annotation.value.span,
                    "write \"true\", \"false\" or a JSON object of settings".to_owned(),
                ),
            };
            report.push(Problem::new(&INVALID_FEATURE, message).at(span).help(help));
            continue;
        };
        check(&settings, report);
    }
}
