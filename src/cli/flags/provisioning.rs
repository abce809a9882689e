//! Flags that say how resources are provisioned.

use std::path::PathBuf;
use std::time::Duration;

use super::headings::PROVISIONING;
use super::reporting::Reporter;
use crate::cli::output::seed::{check_seed, is_ci, refuse_new_seed};
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
pub(crate) struct ProvisioningFlags {
    /// Time limit of a `cmd://` provisioner, in seconds
    ///
    /// After that, it and its child processes are killed.
    #[arg(long, value_name = "SECONDS", help_heading = PROVISIONING, default_value = "60", value_parser = clap::value_parser!(u64).range(1..))]
    command_timeout: u64,
    /// File with the seed from which passwords are derived
    ///
    /// The default is the seed in $SCORE_RS_SEED, else the file `.score-rs/seed`.
    #[arg(long, value_name = "FILE", help_heading = PROVISIONING)]
    seed_file: Option<PathBuf>,
    /// Generate a seed even in a CI job, if there is none
    ///
    /// The next job will not have this seed. Without --new-seed, a new password for stored data on
    /// Kubernetes is an error in a CI job.
    #[arg(long, help_heading = PROVISIONING)]
    new_seed: bool,
    /// Neither read nor write `.score-rs/ENVIRONMENT/state.yaml`
    ///
    /// Because of the state, a generated value such as a password stays the same when the
    /// definition of its provisioner changes. With --stateless, all values are derived from the
    /// seed; a value that differs from the stored one is a warning.
    #[arg(long, help_heading = PROVISIONING)]
    stateless: bool,
}

impl ProvisioningFlags {
    /// The operating system, with the seed file of the flag. A wrong path is an error at once, even
    /// when nothing needs the seed.
    pub(crate) fn os(&self, reporter: Reporter<'_>) -> Result<Os, CliError> {
        project_lock::recover(&|line| reporter.status([line]))?;
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
        let preview = request.preview.as_mut();
        if let Some(extended) = preview.and_then(|preview| preview.extended.as_mut()) {
            match StateFile::read(os, &extended.identity, sources, report)? {
                Ok(state_file) => extended.state = state_file.state,
                Err(error) => return Ok(Err(error)),
            }
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

    /// Reports what is wrong with the seed from which values of these resources were derived.
    pub(crate) fn check_seed(
        &self,
        request: &Request<'_>,
        resources: &[String],
        os: &Os,
        report: &mut Report,
    ) {
        check_seed(os, &request.identity, request.target, report);
        if self.requires_seed(os) && request.target.info().is_shared {
            refuse_new_seed(os, resources, report);
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
