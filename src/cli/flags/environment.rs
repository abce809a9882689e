//! Flags that say for which environment, and what they add to it.

use std::path::PathBuf;

use super::remote::RemoteFlags;
use crate::project::environment::source::{self, Purpose, SourceRef, SourceTexts};
use crate::project::environment::{Environment, EnvironmentName, Registry};
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use compiler::support::host::Host;
use diagnostics::report::{Report, Reported};
use diagnostics::source::Sources;

const VARIABLE: &str = "SCORE_RS_ENV";

/// Flags of every command that needs to know where workloads will run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Environment")]
pub(crate) struct EnvironmentFlags {
    /// The environment: a directory below `environments/` by its name, a path, or `compose` or
    /// `kubernetes`, which are built in
    ///
    /// Without it $SCORE_RS_ENV counts, then the environment that says `default: true`, then the
    /// only one below `environments/`, then `compose`.
    #[arg(short, long, value_name = "NAME|PATH")]
    env: Option<String>,
    /// Provisioner definitions, asked before those of the environment. May be repeated; the first
    /// that fits wins
    ///
    /// A file, a directory with `*.provisioners.yaml`, `-` for standard input, or an address:
    /// `https://HOST/FILE`, `git-https://HOST/REPOSITORY.git/FILE?ref=VERSION`, `git-ssh://`
    /// likewise, or `oci://REGISTRY/NAME:TAG#FILE`.
    #[arg(long, value_name = "FILE|DIR|URL")]
    provisioners: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: RemoteFlags,
    /// Something that the environment knows and provisioners ask for, as in `domain=example.com`.
    /// May be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

/// The flag of commands that can do their work for all environments at once.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Environment")]
pub(crate) struct AllEnvironments {
    /// For every environment below `environments/`
    #[arg(long, conflicts_with = "env")]
    pub(crate) all_environments: bool,
}

impl AllEnvironments {
    /// Every declared environment, and whether all of them are as they have to be. That there is
    /// none is not what somebody expects who asks for all.
    pub(crate) fn find(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(Vec<Environment>, Result<(), Reported>), CliError> {
        let (all, sound) = Registry::new(host).all_lenient(sources, report)?;
        if all.is_empty() {
            let help = "write `environments/NAME/environment.yaml`; `score-rs init --environments` makes two";
            return Err(CliError::Usage(format!(
                "there are no environments here: {help}"
            )));
        }
        Ok((all, sound))
    }
}

impl EnvironmentFlags {
    /// The environment that is meant: by the flag, or else by the variable, or else by default.
    /// Also one with which something is wrong; it knows what it lacks.
    pub(crate) fn find(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        find_lenient(self.env.as_deref(), host, sources, report)
    }

    /// What named the environment, as a clause.
    pub(crate) fn chosen_by(&self, host: &dyn Host) -> &'static str {
        match (&self.env, host.variable(VARIABLE)) {
            (Some(name), _) if !name.is_empty() => "named by --env",
            (None, Some(name)) if !name.is_empty() => "named by SCORE_RS_ENV",
            _ => "the default",
        }
    }

    /// The same for a command that needs an environment only when its own flag names one; `None`
    /// when it does not.
    pub(crate) fn find_named(
        &self,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Option<Environment>, CliError> {
        self.env
            .as_ref()
            .map(|_| self.find(host, sources, report))
            .transpose()
    }

    /// The definitions of an environment, after those that the flag names.
    pub(crate) fn definitions(
        &self,
        environment: &Environment,
        remotes: &Remotes,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<SourceTexts, CliError> {
        let mut list: Vec<SourceRef> = self
            .provisioners
            .iter()
            .map(|path| SourceRef::from_flag("--provisioners", path, sources))
            .collect();
        list.extend(environment.provisioners());
        source::read_sources(&list, Purpose::Definitions, remotes, host, sources, report)
    }
}

/// The environment of a name; without one, that of the variable, or the default one. Whatever is
/// wrong with it is reported.
pub(crate) fn find(
    name: Option<&str>,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Environment, CliError> {
    let found = find_lenient(name, host, sources, report)?;
    found.require_complete()?;
    Ok(found)
}

fn find_lenient(
    name: Option<&str>,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Environment, CliError> {
    let variable = host.variable(VARIABLE);
    let named = |name, origin| EnvironmentName { name, origin };
    let wanted = match (name, variable.as_deref()) {
        (Some(name), _) => Some(named(name, "")),
        (None, Some(name)) => Some(named(name, " (named by SCORE_RS_ENV)")),
        (None, None) => None,
    };
    Registry::new(host).find_lenient(
        wanted.filter(|wanted| !wanted.name.is_empty()).as_ref(),
        sources,
        report,
    )
}
