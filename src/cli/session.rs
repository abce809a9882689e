//! What every command that reads files does around its own work: it reads the levels of the project
//! before, and prints the report after.

use super::display::verbose::Verbose;
use super::flags::reporting::{Channel, Reporter};
use crate::project::catalog::CatalogSettings;
use crate::report::lint_levels::{Levels, RuleLevels, set_environment_levels};
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::rule::Rule;
use diagnostics::source::Sources;

/// The sources and the report of a run.
pub(super) struct Session<'a> {
    pub(super) sources: Sources,
    pub(super) report: Report,
    pub(super) verbose: Verbose,
    pub(super) reporter: Reporter<'a>,
    levels: Levels,
    /// The levels of the environment of the run.
    pub(super) environment_levels: RuleLevels,
}

impl<'a> Session<'a> {
    /// Starts a session, which has read only the project file. The report goes to `channel`. A
    /// project that requires another version of this program is refused.
    pub(super) fn begin(
        reporter: Reporter<'a>,
        channel: Channel,
        host: &dyn Host,
    ) -> Result<Session<'a>, CliError> {
        reporter.show_waits();
        let mut sources = Sources::default();
        let mut levels = reporter.levels(host, &mut sources)?;
        if let Some(report) = levels.refusal() {
            reporter.print(&sources, &report, channel)?;
            return Err(CliError::Reported);
        }
        Ok(Session {
            sources,
            report: Report::default(),
            verbose: reporter.verbose(channel),
            reporter,
            levels,
            environment_levels: RuleLevels::new(),
        })
    }

    /// The settings of the project for the software catalog.
    pub(super) fn catalog_settings(&self) -> CatalogSettings {
        self.levels.catalog.clone()
    }

    /// Makes problems of a rule errors, unless the project or a flag sets a level.
    pub(super) fn deny(&mut self, rule: &Rule) {
        self.levels.deny_by_default(rule);
    }

    /// A whole session: runs `work` and prints the report on standard error. Returns the result of
    /// `work` unless it or the report has errors.
    pub(super) fn run<T>(
        reporter: Reporter<'a>,
        coverage: Coverage,
        os: &Os,
        work: impl FnOnce(&mut Session<'a>) -> Result<T, CliError>,
    ) -> Result<(T, Session<'a>), CliError> {
        let mut session = Session::begin(reporter, Channel::Stderr, os)?;
        let result = work(&mut session);
        session.apply_levels(coverage, os);
        let value = session.print_report(result)?;
        Ok((value, session))
    }

    /// Gives every problem its level, and ends what `--verbose` prints. Called once, when
    /// everything is read, and before [`Session::has_errors`].
    pub(super) fn apply_levels(&mut self, coverage: Coverage, os: &Os) {
        self.verbose.end(os);
        set_environment_levels(&self.environment_levels, &mut self.report);
        self.levels.apply(coverage, &self.sources, &mut self.report);
    }

    /// Whether the report has an error, or a warning that counts as one.
    pub(super) fn has_errors(&self) -> bool {
        self.report.result().is_err()
    }

    /// Prints the report on standard error. Returns the value of `result` unless it or the report
    /// has errors.
    pub(super) fn print_report<T>(&self, result: Result<T, CliError>) -> Result<T, CliError> {
        self.reporter
            .print(&self.sources, &self.report, Channel::Stderr)?;
        let value = result?;
        match self.has_errors() {
            true => Err(CliError::Reported),
            false => Ok(value),
        }
    }
}
