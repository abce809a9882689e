//! What every command that reads files does around its own work: it reads, weighs what is wrong,
//! and shows that.

use super::display::verbose::Trace;
use super::flags::reporting::{Channel, ScreenFlags};
use crate::report::lint_levels::Levels;
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::Sources;

/// What a command has read, and what it has to say about that.
pub(super) struct Reading<'a> {
    pub(super) sources: Sources,
    pub(super) report: Report,
    pub(super) trace: Trace,
    levels: Levels,
    screen: &'a ScreenFlags,
}

impl<'a> Reading<'a> {
    /// Nothing is read yet but the project's levels. The report of this command goes to `channel`.
    pub(super) fn begin(
        screen: &'a ScreenFlags,
        channel: Channel,
        host: &dyn Host,
    ) -> Result<Reading<'a>, CliError> {
        let mut sources = Sources::default();
        let levels = screen.levels(host, &mut sources)?;
        Ok(Reading {
            sources,
            report: Report::default(),
            trace: screen.trace(channel),
            levels,
            screen,
        })
    }

    /// All is read that will be, which `seen` describes: gives every problem its weight here.
    /// Whether one of them is an error can be asked from now on.
    pub(super) fn judge(&mut self, seen: Coverage, os: &Os) {
        self.trace.end(os);
        self.levels.apply(seen, &self.sources, &mut self.report);
    }

    /// Whether there is an error, a warning that weighs as one among them.
    pub(super) fn failed(&self) -> bool {
        self.report.result().is_err()
    }

    /// Shows the report beside an output; gives what was `found`, if nothing is wrong with it.
    pub(super) fn show<T>(&self, found: Result<T, CliError>) -> Result<T, CliError> {
        self.screen
            .show(&self.sources, &self.report, Channel::Error)?;
        let found = found?;
        if self.failed() {
            Err(CliError::Reported)
        } else {
            Ok(found)
        }
    }

    /// [`Reading::judge`] and [`Reading::show`].
    pub(super) fn end<T>(
        &mut self,
        seen: Coverage,
        os: &Os,
        found: Result<T, CliError>,
    ) -> Result<T, CliError> {
        self.judge(seen, os);
        self.show(found)
    }
}
