//! Flags that say for which environment, and the environments that there are.

use std::path::PathBuf;

use crate::back::compose::Compose;
use crate::back::kubernetes::Kubernetes;
use crate::back::target::Target;
use crate::base::host::Host;
use crate::base::text::suggestion;
use crate::shell::project::Stop;

/// The targets, each of which is also a built-in environment; the first is the one that needs no name.
pub(super) const TARGETS: [&dyn Target; 2] = [&Compose, &Kubernetes];

const VARIABLE: &str = "SCORE_RS_ENV";

/// Flags of every command that needs to know where workloads will run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Environment")]
pub(super) struct EnvironmentFlags {
    /// The environment: `compose` or `kubernetes` [default: $SCORE_RS_ENV, else compose]
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// A provisioner definitions file, asked before the built-in ones. May be repeated; the first that fits wins
    #[arg(long, value_name = "FILE")]
    pub(super) provisioners: Vec<PathBuf>,
    /// Something that the environment knows and provisioners ask for, as in `domain=example.com`. May be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
}

impl EnvironmentFlags {
    /// The target of the environment that is named, by the flag or else by the variable.
    pub(super) fn target(&self, host: &dyn Host) -> Result<&'static dyn Target, Stop> {
        let named = self.env.clone().or_else(|| host.variable(VARIABLE)).filter(|name| !name.is_empty());
        named.as_deref().map_or(Ok(TARGETS[0]), built_in_target)
    }

    /// What named the environment, as a clause.
    pub(super) fn chosen_by(&self, host: &dyn Host) -> &'static str {
        match (&self.env, host.variable(VARIABLE)) {
            (Some(name), _) if !name.is_empty() => "named by --env",
            (None, Some(name)) if !name.is_empty() => "named by SCORE_RS_ENV",
            _ => "the default",
        }
    }

    /// The same for a command that needs an environment only when its own flag names one; `None` when it does not.
    pub(super) fn named_target(&self) -> Result<Option<&'static dyn Target>, Stop> {
        self.env.as_deref().map(built_in_target).transpose()
    }
}

/// The target of a built-in environment.
fn built_in_target(name: &str) -> Result<&'static dyn Target, Stop> {
    let found = TARGETS.iter().find(|target| target.name() == name).copied();
    found.ok_or_else(|| {
        let help = suggestion(name, TARGETS.iter().map(|target| target.name()), || {
            "the environments are `compose` and `kubernetes`".to_owned()
        });
        Stop::Usage(format!("there is no environment `{name}`: {help}"))
    })
}
