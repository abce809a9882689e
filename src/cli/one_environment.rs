//! The request of a command that works on one environment and leaves the lock as it is.

use super::request::InputFlags;
use super::session::Session;
use crate::project::environment::Environment;
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::compile::Request;

impl InputFlags {
    /// The environment; it may have errors.
    pub(super) fn find_environment(
        &self,
        remotes: &Remotes,
        os: &Os,
        session: &mut Session<'_>,
    ) -> Result<Environment, CliError> {
        let Session {
            sources, report, ..
        } = session;
        self.environment.find(remotes, os, sources, report)
    }

    /// Reads the request for an environment, and its remote sources.
    pub(super) fn request_for(
        &self,
        environment: &Environment,
        remotes: Remotes,
        os: &Os,
        session: &mut Session<'_>,
    ) -> Result<(Request<'static>, Remotes), CliError> {
        let Session {
            sources,
            report,
            verbose,
            ..
        } = session;
        let input = self.read(remotes, os, sources, report)?;
        self.log_ignored(verbose);
        let request = self.request(&input, environment, os, sources, report)?;
        Ok((request, input.remotes))
    }

    /// Prints for `--verbose` what was read.
    pub(super) fn log_input(
        &self,
        request: &Request<'_>,
        remotes: &Remotes,
        os: &Os,
        session: &Session<'_>,
    ) {
        let chosen_by = self.environment.chosen_by(os);
        let verbose = &session.verbose;
        verbose.input(Some(chosen_by), request, &session.sources);
        verbose.remotes(remotes);
    }
}
