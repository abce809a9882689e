//! Flags that name what a project's objects belong to.

use super::headings::NAMES;
use crate::system::error::CliError;
use compiler::identity::{PROJECT_RULE, is_project_name};
use compiler::model::is_dns_label;

const LABEL_RULE: &str =
    "use 1 to 63 of the characters a-z, 0-9 and `-`, not beginning or ending with `-`";

/// Flags of every command that reads Score files for an environment.
#[derive(Debug, clap::Args)]
pub(crate) struct NamingFlags {
    /// Project name, which is part of derived names
    ///
    /// It is also `name` of the Compose file.
    #[arg(short, long, value_name = "NAME", help_heading = NAMES)]
    pub(crate) project: Option<String>,
    /// Kubernetes: namespace of all namespaced objects
    #[arg(short, long, value_name = "NAME", help_heading = NAMES)]
    pub(crate) namespace: Option<String>,
}

impl NamingFlags {
    /// Rejects names that no object can have.
    pub(crate) fn check(&self) -> Result<(), CliError> {
        check_name("--namespace", &self.namespace, is_dns_label, LABEL_RULE)?;
        check_name("--project", &self.project, is_project_name, PROJECT_RULE)
    }
}

fn check_name(
    flag: &str,
    name: &Option<String>,
    is_valid: impl Fn(&str) -> bool,
    rule: &str,
) -> Result<(), CliError> {
    match name {
        Some(name) if !is_valid(name) => Err(CliError::Usage(format!(
            "`{name}` is not a valid value of {flag}: {rule}"
        ))),
        _ => Ok(()),
    }
}
