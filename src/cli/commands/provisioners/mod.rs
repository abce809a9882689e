//! `score-rs provisioners`: the provisioner definitions of an environment, in the order in which
//! `generate` uses them. They run none and write nothing.

pub use test::file::check_text as check_tests;

mod lint;
mod list;
mod show;
pub(crate) mod test;

use clap::Subcommand;

use crate::cli::ExitCode;
use crate::cli::flags::environment::EnvironmentFlags;
use crate::cli::flags::reporting::ReportingFlags;
use crate::cli::session::Session;
use crate::lsp::Platform;
use crate::project::environment::Environment;
use crate::project::environment::source::SourceTexts;
use crate::project::remote::Remotes;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::compile::Request;
use compiler::provision::Library;
use compiler::provision::library::DefinitionSources;
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// List resource types and print their provisioner definitions
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::Arguments),
    Show(show::Arguments),
    Test(test::Arguments),
    Lint(lint::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments),
        Action::Show(arguments) => show::run(arguments),
        Action::Test(arguments) => test::run(arguments),
        Action::Lint(arguments) => lint::run(arguments),
    }
}

/// An environment with its definitions.
struct EnvironmentLibrary {
    environment: Environment,
    library: Library,
    remotes: Remotes,
    sources: Sources,
}

/// Reads an environment and its definitions, and reports their errors.
fn read_library(
    flags: &EnvironmentFlags,
    reporting: &ReportingFlags,
) -> Result<EnvironmentLibrary, CliError> {
    let os = Os::new(None);
    let ((environment, library, remotes), session) =
        Session::run(reporting.reporter(), Coverage::Partial, &os, |session| {
            read(flags, &os, session)
        })?;
    Ok(EnvironmentLibrary {
        environment,
        library,
        remotes,
        sources: session.sources,
    })
}

fn read(
    flags: &EnvironmentFlags,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<(Environment, Library, Remotes), CliError> {
    let Session {
        sources,
        report,
        verbose,
        environment_levels,
        ..
    } = session;
    let remotes = flags.remote.remotes(false);
    let environment = flags.find(&remotes, os, sources, report)?;
    environment.require_complete()?;
    *environment_levels = environment.levels();
    let texts = flags.definitions(&environment, &remotes, os, sources, report)?;
    let mut request = Request::new(environment.target);
    request.identity = environment.identity();
    request.definitions.clone_from(&texts.files);
    verbose.input(Some(flags.chosen_by(os)), &request, sources);
    verbose.remotes(&remotes);
    let library = library(&environment, &texts, sources, report);
    Ok((environment, library, remotes))
}

/// All definitions that an environment can use.
fn library(
    environment: &Environment,
    texts: &SourceTexts,
    sources: &mut Sources,
    report: &mut Report,
) -> Library {
    let builtins = environment.target.info().builtins;
    let definitions = DefinitionSources {
        files: &texts.files,
        embedded: texts.embedded,
        embedded_kinds: texts.embedded_kinds.as_deref(),
        unread: texts.incomplete_from,
    };
    Library::assemble(sources, &definitions, Some(builtins), &|_| true, report)
}

impl Arguments {
    /// What `provisioners list` lists. What is wrong with the definitions is not reported.
    pub(crate) fn platform(&self, host: &dyn Host) -> Result<Platform, CliError> {
        let Action::List(arguments) = &self.action else {
            return Err(CliError::Usage("this lists no definitions".to_owned()));
        };
        let flags = &arguments.environment;
        let (mut sources, mut report) = (Sources::default(), Report::default());
        let remotes = flags.remote.remotes(false);
        let environment = flags.find(&remotes, host, &mut sources, &mut report)?;
        let texts = flags.definitions(&environment, &remotes, host, &mut sources, &mut report)?;
        let library = library(&environment, &texts, &mut sources, &mut report);
        Ok(Platform {
            environment: environment.name.clone(),
            target: environment.target,
            library,
            sources,
        })
    }
}
