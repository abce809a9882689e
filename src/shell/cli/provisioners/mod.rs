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
use crate::base::diagnostics::Report;
use crate::base::text::Sources;
use crate::middle::provision::Library;
use crate::shell::os::Os;
use crate::shell::project::{self, Stop};

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

/// All definitions of an environment. With an error in one of the files there is no list; the report says why.
fn library(flags: &EnvironmentFlags, sources: &mut Sources, report: &mut Report) -> Result<Library, Stop> {
    let os = Os::new(None);
    let target = flags.target(&os)?;
    let files = project::read_all(&os, &flags.provisioners, sources, report)?;
    Ok(Library::assemble(sources, &files, target.builtins(), &|_| true, report).unwrap_or_default())
}
