//! The request of a command that works on one environment and leaves the lock as it is.

use super::request::InputFlags;
use super::session::Session;
use crate::project::environment::Environment;
use crate::project::remote::Remotes;
use crate::project::state::StateFile;
use crate::system::error::CliError;
use crate::system::os::Os;
use compiler::compile::{self, Matches, Request};
use compiler::diagram::Diagram;
use compiler::targets::target::Target;
use diagnostics::value::Value;

/// The graph of an environment, and what it comes from.
pub(super) struct Drawing {
    pub(super) diagram: Diagram,
    pub(super) matches: Matches,
    pub(super) target: &'static dyn Target,
    /// The name of the project.
    pub(super) project: Option<String>,
    /// The `values` of the environment.
    pub(super) values: Value,
    pub(super) namespace: Option<String>,
}

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
        } = &mut *session;
        let environment = self.environment.find(remotes, os, sources, report)?;
        session.environment_levels = environment.levels();
        Ok(environment)
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
        let input = self.read(remotes, true, os, sources, report)?;
        self.log_ignored(verbose);
        let request = self.request(&input, environment, os, sources, report)?;
        Ok((request, input.remotes))
    }

    /// The graph of an environment, and what it comes from.
    pub(super) fn draw(
        &self,
        environment: &Environment,
        remotes: Remotes,
        os: &Os,
        session: &mut Session<'_>,
    ) -> Result<Drawing, CliError> {
        let (mut request, remotes) = self.request_for(environment, remotes, os, session)?;
        let Session {
            sources, report, ..
        } = session;
        match StateFile::read(os, &request.identity, sources, report)? {
            Ok(state_file) => request.state = state_file.state,
            Err(error) => request.incomplete.fail(error),
        }
        self.log_input(&request, &remotes, os, session);
        let (project, values) = (request.identity.project.clone(), request.values.clone());
        let namespace = request.options.namespace.clone();
        let request = session.verbose.follow_validation(request);
        let (sources, report) = (&mut session.sources, &mut session.report);
        let (diagram, matches) = compile::draw(sources, os, &request, report)?;
        Ok(Drawing {
            diagram,
            matches,
            target: environment.target,
            project,
            values,
            namespace,
        })
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
