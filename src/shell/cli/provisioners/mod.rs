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
use crate::shell::environment::Environment;
use crate::shell::os::Os;
use crate::shell::project::Stop;

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

/// An environment and all its definitions; what is wrong with them is shown.
fn library(flags: &EnvironmentFlags, sources: &mut Sources) -> Result<(Environment, Library), Stop> {
    let mut report = Report::default();
    let found = read(flags, sources, &mut report);
    let screen = ScreenFlags::usual();
    let failed = screen.judge(&mut report);
    screen.show(sources, &report, Channel::Error);
    found.and_then(|found| if failed { Err(Stop::Reported) } else { Ok(found) })
}

fn read(flags: &EnvironmentFlags, sources: &mut Sources, report: &mut Report) -> Result<(Environment, Library), Stop> {
    let os = Os::new(None);
    let environment = flags.find(&os, sources, report)?;
    let texts = flags.definitions(&environment, &os, sources, report)?;
    let builtins = environment.target.builtins();
    let library = Library::assemble(sources, &texts.files, texts.embedded, builtins, &|_| true, report)?;
    Ok((environment, library))
}
