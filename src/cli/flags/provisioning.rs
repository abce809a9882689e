//! Flags that say how resources are provisioned.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::output::seed::is_ci;
use crate::project::state::StateFile;
use crate::system::error::CliError;
use crate::system::os::Os;
use crate::system::project_lock;
use crate::system::text_file;
use compiler::compile::Request;
use compiler::identity::Identity;
use compiler::provision::State;
use compiler::support::host::Host;
use diagnostics::report::{Report, Reported};
use diagnostics::source::Sources;

/// Flags of every command that provisions.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Provisioning")]
pub(crate) struct ProvisioningFlags {
    /// How long the program of a `cmd://` provisioner may run, in seconds; then it is ended with
    /// all it started
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..))]
    command_timeout: u64,
    /// The file with the seed that passwords are derived from [default: $SCORE_RS_SEED, else
    /// .score-rs/seed]
    #[arg(long, value_name = "FILE")]
    seed_file: Option<PathBuf>,
    /// Generate a seed even in a CI job, where the next job would not have it
    #[arg(long)]
    new_seed: bool,
    /// Neither read nor write the state that is kept in `.score-rs/ENVIRONMENT/state.yaml`
    ///
    /// State keeps what a provisioner has once made, such as a password, when its definition
    /// changes later. Without it everything is derived from the seed. That something kept comes out
    /// otherwise is a warning.
    #[arg(long)]
    stateless: bool,
}

impl ProvisioningFlags {
    /// The operating system, with the seed file of the flag. A wrong path is an error at once, even
    /// when nothing needs the seed.
    pub(crate) fn os(&self) -> Result<Os, CliError> {
        project_lock::recover()?;
        let os = Os::new(self.seed_file.clone());
        if let Some(path) = &self.seed_file {
            os.seed()
                .map_err(|error| text_file::unreadable(path, &error))?;
        }
        Ok(os)
    }

    /// Reads the state of earlier runs into a request; `None` with `--stateless`.
    pub(crate) fn read_state(
        &self,
        request: &mut Request<'_>,
        os: &Os,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Result<Option<StateFile>, Reported>, CliError> {
        if self.stateless {
            return Ok(Ok(None));
        }
        let state_file = StateFile::read(os, &request.identity, sources, report)?;
        if let Ok(state_file) = &state_file {
            request.state.clone_from(&state_file.state);
        }
        Ok(state_file.map(Some))
    }

    /// Warns when `--stateless` gives something that differs from the state of an earlier run.
    pub(crate) fn warn_about_ignored_state(
        &self,
        identity: &Identity,
        state: &State,
        os: &Os,
        report: &mut Report,
    ) {
        if self.stateless {
            // This state is not used, so a failure to read it is not reported.
            let state_file = StateFile::read(
                os,
                identity,
                &mut Sources::default(),
                &mut Report::default(),
            );
            if let Ok(Ok(state_file)) = state_file {
                state_file.warn_if_ignored(state, report);
            }
        }
    }

    /// Whether the next run would not have a seed that this one generates, so that it must be set.
    pub(crate) fn requires_seed(&self, os: &Os) -> bool {
        is_ci(os) && !self.new_seed
    }

    /// The time limit for a program.
    pub(crate) fn command_timeout(&self) -> Duration {
        Duration::from_secs(self.command_timeout)
    }
}
