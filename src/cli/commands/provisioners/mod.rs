//! What provisions resources: which definitions there are, and what is in them.
//!
//! - **Promise:** definitions are shown in the order in which `generate` asks them.
//! - **Takes:** an environment.
//! - **Gives:** text on standard output.
//! - **Never:** runs a definition.

mod list;
mod show;

use clap::Subcommand;

use crate::cli::flags::environment::EnvironmentFlags;
use crate::cli::flags::reporting::{Channel, ScreenFlags};
use crate::cli::session::Reading;
use crate::project::environment::Environment;
use crate::project::remote::Remotes;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::compile::Request;
use compiler::provision::Library;
use compiler::provision::library::DefinitionSources;
use diagnostics::source::Sources;

/// Show which resource types can be provisioned, and by what
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::Arguments),
    Show(show::Arguments),
}

pub(crate) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    match &arguments.action {
        Action::List(arguments) => list::run(arguments),
        Action::Show(arguments) => show::run(arguments),
    }
}

/// An environment and all its definitions.
struct Found {
    environment: Environment,
    library: Library,
    /// What those from elsewhere came from.
    remotes: Remotes,
}

/// Reads an environment and all its definitions; what is wrong with them is shown.
fn library(flags: &EnvironmentFlags, screen: &ScreenFlags) -> Result<(Found, Sources), CliError> {
    let os = Os::new(None);
    let mut reading = Reading::begin(screen, Channel::Error, &os)?;
    let found = read(flags, &os, &mut reading);
    let found = reading.end(Coverage::Partial, &os, found)?;
    Ok((found, reading.sources))
}

fn read(flags: &EnvironmentFlags, os: &Os, reading: &mut Reading<'_>) -> Result<Found, CliError> {
    let Reading {
        sources,
        report,
        trace,
        ..
    } = reading;
    let environment = flags.find(os, sources, report)?;
    environment.require_complete()?;
    let remotes = flags.remote.remotes(false);
    let texts = flags.definitions(&environment, &remotes, os, sources, report)?;
    let mut request = Request::new(environment.target);
    request.identity = environment.identity();
    request.definitions = texts.files;
    trace.input(Some(flags.chosen_by(os)), &request, sources);
    trace.remotes(&remotes);
    let builtins = environment.target.info().builtins;
    let listed = DefinitionSources {
        files: &request.definitions,
        embedded: texts.embedded,
        unread: texts.incomplete_from,
    };
    let library = Library::assemble(sources, &listed, Some(builtins), &|_| true, report);
    Ok(Found {
        environment,
        library,
        remotes,
    })
}
