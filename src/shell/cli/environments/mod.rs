//! The environments of a project: which there are, and what applies in them.
//!
//! - **Promise:** what is shown is what `generate` uses, with the place of whoever said it.
//! - **Takes:** the directories below `environments/`.
//! - **Gives:** text on standard output.
//! - **Never:** reads a Score file, or writes anything.

mod list;
mod show;

use clap::Subcommand;

use super::screen::{Channel, ScreenFlags};
use crate::base::diagnostics::Report;
use crate::base::text::{Sources, Span};
use crate::shell::os::Os;
use crate::shell::project::Stop;
use crate::shell::silence::Seen;

/// Show which environments there are, and what applies in them
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

/// Reads environments and shows what is wrong with them.
fn reporting<T>(
    screen: &ScreenFlags,
    sources: &mut Sources,
    read: impl FnOnce(&mut Sources, &mut Report) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let mut report = Report::default();
    let mut levels = screen.levels(&Os::new(None), sources)?;
    let found = read(sources, &mut report);
    levels.judge(Seen::Part, sources, &mut report);
    let failed = report.failed().is_err();
    screen.show(sources, &report, Channel::Error)?;
    found.and_then(|found| if failed { Err(Stop::Reported) } else { Ok(found) })
}

/// The file and line of a place.
fn line(sources: &Sources, span: Span) -> String {
    format!("{}:{}", sources.get(span.source).name(), sources.position(span).line)
}
