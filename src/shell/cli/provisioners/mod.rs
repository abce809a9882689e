//! What provisions resources: which definitions there are, and what is in them.
//!
//! - **Promise:** definitions are shown in the order in which `generate` asks them.
//! - **Takes:** an environment.
//! - **Gives:** text on standard output.
//! - **Never:** runs a definition.

mod list;
mod show;

use clap::Subcommand;

use super::environment::EnvironmentFlags;
use super::screen::{Channel, ScreenFlags};
use super::trace::Trace;
use crate::base::diagnostics::Report;
use crate::base::text::Sources;
use crate::middle::provision::Library;
use crate::middle::provision::library::Asked;
use crate::pipeline::Request;
use crate::shell::environment::Environment;
use crate::shell::os::Os;
use crate::shell::project::Stop;
use crate::shell::remote::Remotes;
use crate::shell::silence::Seen;

/// Show which resource types can be provisioned, and by what
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::Arguments),
    Show(show::Arguments),
}

pub(super) fn run(arguments: &Arguments) -> Result<u8, Stop> {
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
fn library(flags: &EnvironmentFlags, screen: &ScreenFlags, sources: &mut Sources) -> Result<Found, Stop> {
    let mut report = Report::default();
    let os = Os::new(None);
    let mut levels = screen.levels(&os, sources)?;
    let found = read(flags, &os, &screen.trace(Channel::Error), sources, &mut report);
    levels.judge(Seen::Part, sources, &mut report);
    let failed = report.failed().is_err();
    screen.show(sources, &report, Channel::Error)?;
    found.and_then(|found| if failed { Err(Stop::Reported) } else { Ok(found) })
}

fn read(
    flags: &EnvironmentFlags,
    os: &Os,
    trace: &Trace,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Found, Stop> {
    let environment = flags.find(os, sources, report)?;
    environment.sound()?;
    let remotes = flags.remote.remotes(false);
    let texts = flags.definitions(&environment, &remotes, os, sources, report)?;
    let mut request = Request::new(environment.target);
    request.identity = environment.identity();
    request.definitions = texts.files;
    trace.input(Some(flags.chosen_by(os)), &request, sources);
    trace.remotes(&remotes);
    let builtins = environment.target.builtins();
    let listed = Asked { files: &request.definitions, embedded: texts.embedded, unread: texts.unread };
    let library = Library::assemble(sources, &listed, Some(builtins), &|_| true, report);
    trace.end(os);
    Ok(Found { environment, library, remotes })
}
