//! The definitions of an environment, for commands that compile no workload of the project.

use super::flags::environment::EnvironmentFlags;
use super::session::Session;
use crate::project::environment::Environment;
use crate::project::environment::source::SourceTexts;
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::compile::Request;
use compiler::provision::Library;
use compiler::provision::library::DefinitionSources;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// Reads the definitions of an environment and of flags, and reports their errors. `chosen_by` says
/// why it is this environment.
pub(super) fn read<E: clap::Args>(
    environment: &Environment,
    chosen_by: &'static str,
    flags: &EnvironmentFlags<E>,
    remotes: &Remotes,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<Library, CliError> {
    let Session {
        sources, report, ..
    } = session;
    environment.require_complete()?;
    let texts = flags.definitions(environment, remotes, os, sources, report)?;
    let (request, library) = assemble(environment, texts, sources, report);
    session.environment_levels = environment.levels();
    session
        .verbose
        .input(Some(chosen_by), &request, &session.sources);
    session.verbose.remotes(remotes);
    Ok(library)
}

/// The definitions of an environment whose files were read, and a request with them.
pub(super) fn assemble(
    environment: &Environment,
    texts: SourceTexts,
    sources: &mut Sources,
    report: &mut Report,
) -> (Request<'static>, Library) {
    let mut request = Request::new(environment.target);
    request.identity = environment.identity();
    request.definitions = texts.files;
    request.embedded = texts.embedded;
    request.embedded_kinds = texts.embedded_kinds;
    let builtins = environment.target.info().builtins;
    let definitions = DefinitionSources {
        files: &request.definitions,
        embedded: request.embedded,
        embedded_kinds: request.embedded_kinds.as_deref(),
        unread: texts.incomplete_from,
    };
    let library = Library::assemble(sources, &definitions, Some(builtins), &|_| true, report);
    (request, library)
}
