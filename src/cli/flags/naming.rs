//! Flags that name what a project's objects belong to.

use crate::system::error::CliError;
use compiler::identity::{PROJECT_RULE, is_project_name};
use compiler::model::is_dns_label;

/// Flags of every command that reads Score files for an environment.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Names")]
pub(crate) struct NameFlags {
    /// The project's name: part of every derived name, and the `name:` of a Compose file
    #[arg(short, long, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Kubernetes: the namespace of all objects that have one
    #[arg(short, long, value_name = "NAME")]
    pub(crate) namespace: Option<String>,
}

impl NameFlags {
    /// Refuses what no object can be called.
    pub(crate) fn check(&self) -> Result<(), CliError> {
        let label =
            "use 1 to 63 of the characters a-z, 0-9 and `-`, not beginning or ending with `-`";
        let namespace = (
            "--namespace",
            &self.namespace,
            is_dns_label as fn(&str) -> bool,
            label,
        );
        let project = (
            "--project",
            &self.project,
            is_project_name as fn(&str) -> bool,
            PROJECT_RULE,
        );
        for (flag, name, fits, rule) in [namespace, project] {
            if let Some(name) = name.as_ref().filter(|name| !fits(name)) {
                return Err(CliError::Usage(format!(
                    "`{name}` cannot be the value of {flag}: {rule}"
                )));
            }
        }
        Ok(())
    }
}
