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
use crate::cli::library;
use crate::cli::session::Session;
use crate::lsp::Platform;
use crate::project::environment::Environment;
use crate::project::remote::Remotes;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::provision::Library;
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// List, print, test and lint provisioner definitions
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
    let reporter = reporting.reporter();
    let remotes = flags.remote.remotes(false);
    let ((environment, library), session) =
        Session::run(reporter, Coverage::Partial, &os, |session| {
            let found = flags.find(&remotes, &os, &mut session.sources, &mut session.report)?;
            let chosen_by = flags.chosen_by(&os);
            let library = library::read(&found, chosen_by, flags, &remotes, &os, session)?;
            Ok((found, library))
        })?;
    Ok(EnvironmentLibrary {
        environment,
        library,
        remotes,
        sources: session.sources,
    })
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
        let (_, library) = library::assemble(&environment, texts, &mut sources, &mut report);
        Ok(Platform {
            environment: environment.name.clone(),
            target: environment.target,
            library,
            sources,
        })
    }
}
