//! The exceptions from policies in the Score files of the project, to list them.

use super::discovery;
use super::environment::explain::Setting;
use crate::system::error::CliError;
use compiler::parse;
use compiler::policy::exceptions;
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::value::Value;

/// The exceptions as settings, by place.
pub(crate) fn settings(host: &dyn Host, sources: &mut Sources) -> Result<Vec<Setting>, CliError> {
    // What is wrong with Score files is reported by the runs that use them.
    let mut report = Report::default();
    let files = match discovery::read(host, sources, &mut report) {
        Ok(files) => files,
        Err(CliError::Io(reason)) => return Err(CliError::Io(reason)),
        Err(_) => Vec::new(),
    };
    for file in files {
        parse::yaml_documents(sources, file, &mut report);
    }
    let comments = report.comments();
    let all = exceptions::read(comments.into_iter(), sources);
    let settings = all.iter().enumerate().map(|(index, one)| {
        let text = format!("policy/{} because {}", one.policy, one.reason);
        Setting::new(
            format!("exceptions[{index}]"),
            Value::from(text),
            Some(one.span),
        )
    });
    Ok(settings.collect())
}
