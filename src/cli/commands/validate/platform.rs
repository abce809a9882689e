//! `validate` in a repository without Score files: its environments, with the definitions, patches
//! and policies that they name, and all definitions by themselves.

use std::path::Path;

use super::{Arguments, Counts};
use crate::cli::per_environment::for_each;
use crate::cli::session::Session;
use crate::project::environment::{Environment, Registry};
use crate::project::lint::files::Files;
use crate::project::lint::objects::check_kinds;
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use crate::system::os;
use compiler::compile;
use compiler::support::host::Host;

/// The files of a platform, where the project has no Score file.
pub(super) fn find() -> Result<Option<Files>, CliError> {
    if os::has_score_files().map_err(CliError::Io)? {
        return Ok(None);
    }
    let mut files = Files::default();
    files.add_below(Path::new("."))?;
    Ok((!files.is_empty()).then_some(files))
}

/// Checks the files of a platform, and the environments that the command line names, or else all.
pub(super) fn check(
    arguments: &Arguments,
    files: &Files,
    named: Vec<Environment>,
    remotes: Remotes,
    host: &dyn Host,
    session: &mut Session<'_>,
) -> Result<Counts, CliError> {
    let Session {
        sources, report, ..
    } = session;
    let flags = &arguments.input;
    let environments = match named.is_empty() {
        true => {
            Registry::new(host, &remotes)
                .all_lenient(sources, report)?
                .0
        }
        false => named,
    };
    let count = environments.len();
    let input = flags.without_score_files(remotes);
    let results = for_each(
        environments,
        sources,
        report,
        |environment, sources, report| {
            let mut request = flags.request(&input, &environment, host, sources, report)?;
            // No patch can have an object, since there is no workload.
            request.is_whole_project = false;
            let kinds = &request.options.custom_kinds;
            check_kinds(&request.definitions, kinds, sources, report);
            Ok(compile::check_platform(sources, &request, report)?)
        },
    );
    files.check_definitions(host, sources, report)?;
    results?;
    Ok(Counts {
        files: files.definitions.len(),
        environments: Some(count),
        is_platform: true,
    })
}
