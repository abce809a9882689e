//! A run that provisions the resources of one environment and writes no output: only a new seed and
//! the state, so that `generate` uses the same values.

use super::flags::provisioning::ProvisioningFlags;
use super::flags::reporting::{Channel, Reporter};
use super::output::persisted::persisted_files;
use super::output::seed::{require_seed, warn_about_new_seed};
use super::output::symlinks::check_persisted_files;
use super::request::InputFlags;
use super::session::Session;
use crate::project::state::{self, StateFile};
use crate::report::suppressions::Coverage;
use crate::system::error::CliError;
use crate::system::os::Os;
use crate::system::project_lock;
use crate::system::transaction::write;
use compiler::compile::Request;
use compiler::provision::State;

/// What a run has provisioned.
pub(super) struct Provisioned<T> {
    /// What the command prints.
    pub(super) value: T,
    /// The state before the run; `None` with `--stateless`.
    pub(super) state_file: Option<StateFile>,
    /// The state after the run.
    pub(super) state: State,
}

/// Runs `work`, and prints the report on standard error. Without an error, it stores a new seed and
/// the state. When another run changes one of these meanwhile, it runs again, as if it had started
/// later.
pub(super) fn run<T>(
    flags: &ProvisioningFlags,
    reporter: Reporter<'_>,
    coverage: Coverage,
    work: impl Fn(&Os, &mut Session<'_>) -> Result<Provisioned<T>, CliError>,
) -> Result<T, CliError> {
    state::retry_on_conflict(|| {
        let os = flags.os(reporter)?;
        let mut session = Session::begin(reporter, Channel::Stderr, &os)?;
        let result = work(&os, &mut session);
        require_seed(&os, true)?;
        if let Ok(Provisioned { state_file, .. }) = &result
            && session.report.result().is_ok()
        {
            let had_state = state_file.as_ref().is_some_and(StateFile::exists);
            warn_about_new_seed(&os, had_state, &mut session.report);
        }
        session.apply_levels(coverage, &os);
        store(result, &os, &session)
    })
}

/// Stores the seed and the state; `None` when those that were read are outdated.
fn store<T>(
    result: Result<Provisioned<T>, CliError>,
    os: &Os,
    session: &Session<'_>,
) -> Result<Option<T>, CliError> {
    let _lock = project_lock::lock(&|line| session.reporter.status([line]))?;
    let is_outdated = |run: &Provisioned<T>| state::is_outdated(run.state_file.as_ref(), os);
    if result.as_ref().is_ok_and(is_outdated) {
        session.verbose.restart();
        return Ok(None);
    }
    let run = session.print_report(result)?;
    let writes = persisted_files(os, run.state_file.as_ref(), &run.state);
    check_persisted_files(&writes, os)?;
    write(&writes, &[])?;
    Ok(Some(run.value))
}

/// Reads the request, and the state of earlier runs; `None` with `--stateless`.
pub(super) fn request(
    input: &InputFlags,
    flags: &ProvisioningFlags,
    os: &Os,
    session: &mut Session<'_>,
) -> Result<(Request<'static>, Option<StateFile>), CliError> {
    let remotes = input.remotes();
    let environment = input.find_environment(&remotes, os, session)?;
    let (mut request, remotes) = input.request_for(&environment, remotes, os, session)?;
    request.command_timeout = flags.command_timeout();
    let Session {
        sources, report, ..
    } = session;
    let state_file = flags.read_state(&mut request, os, sources, report)?;
    input.log_input(&request, &remotes, os, session);
    Ok((request, state_file?))
}
