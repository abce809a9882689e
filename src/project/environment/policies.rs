//! The policies of an environment.

use super::source::{Purpose, read_sources};
use super::{Environment, list};
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use compiler::policy::{self, Policies};
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use yaml::Node;

/// Reads the policies of an environment, and its settings for them.
pub(crate) fn read_policies(
    environment: &Environment,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Policies, CliError> {
    let policies = environment.policies();
    if policies.is_empty() {
        return Ok(Policies::default());
    }
    let policies = list::sources(&policies);
    let files = read_sources(&policies, Purpose::Policies, remotes, host, sources, report)?;
    let exceptions = environment.exceptions();
    policy::exceptions::check_settings(environment.first_exceptions(), exceptions.as_ref(), report);
    let programs = environment.policy_programs();
    let settings = policy::Settings {
        exceptions: exceptions.map(|one| one.value).unwrap_or_default(),
        namespace_labels: environment.namespace_labels().map(Node::to_value),
    };
    Ok(Policies::read(
        &files.files,
        programs,
        settings,
        sources,
        report,
    ))
}
