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
use crate::base::diagnostics::Report;
use crate::base::text::Sources;
use crate::middle::provision::Library;
use crate::pipeline::Request;
use crate::shell::os::Os;
use crate::shell::project::{self, Stop};
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

/// All definitions of an environment; `None` with an error in one of the files, which is shown.
fn library(flags: &EnvironmentFlags, screen: &ScreenFlags, sources: &mut Sources) -> Result<Option<Library>, Stop> {
    let os = Os::new(None);
    let mut report = Report::default();
    let target = flags.target(&os)?;
    let mut levels = screen.levels(&os, sources)?;
    let mut request = Request::new(target);
    request.definitions = project::read_all(&os, &flags.provisioners, sources, &mut report)?;
    let trace = screen.trace(Channel::Error);
    trace.input(Some(flags), &os, &request, sources);
    let library = Library::assemble(sources, &request.definitions, target.builtins(), &|_| true, &mut report);
    trace.end(&os);
    levels.judge(Seen::Part, sources, &mut report);
    let failed = report.failed().is_err();
    screen.show(sources, &report, Channel::Error);
    Ok(library.ok().filter(|_| !failed))
}
