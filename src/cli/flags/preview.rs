//! The flag for the number of a preview.

use super::headings::ENVIRONMENT;
use crate::project::environment::Environment;
use crate::project::environment::preview::{NUMBER_RULE, is_number};
use crate::system::error::CliError;
use crate::system::os;
use compiler::support::host::Host;

const VARIABLE: &str = "SCORE_RS_PREVIEW";

/// The value that means the number of the pull request of a CI job.
const AUTO: &str = "auto";

/// The flag of every command that reads an environment.
#[derive(Debug, clap::Args)]
pub(crate) struct PreviewFlag {
    /// Number of a preview, for an environment with `preview`
    ///
    /// It is a part of the namespace, of host names, of derived names and of passwords. `auto` takes
    /// the number of the pull request of GitHub or the merge request of GitLab that this CI job is
    /// for. The default is $SCORE_RS_PREVIEW.
    #[arg(long, value_name = "NUMBER|auto", help_heading = ENVIRONMENT)]
    preview: Option<String>,
}

/// The number of a preview, and what gave it.
pub(crate) struct PreviewNumber {
    number: String,
    origin: &'static str,
}

impl PreviewFlag {
    /// The number of the flag, or else of the variable.
    pub(crate) fn number(&self, host: &dyn Host) -> Result<Option<PreviewNumber>, CliError> {
        // The sidecar of a plugin compiles for many pull requests; it has no number of its own.
        let variable = || match os::is_restricted() {
            true => None,
            false => host.variable(VARIABLE).filter(|text| !text.is_empty()),
        };
        let (text, origin) = match &self.preview {
            Some(text) => (text.clone(), "--preview"),
            None => match variable() {
                Some(text) => (text, VARIABLE),
                None => return Ok(None),
            },
        };
        let number = match text == AUTO {
            true => of_job(host, origin)?,
            false => text,
        };
        if !is_number(&number) {
            return Err(CliError::Usage(format!(
                "`{number}` is not a valid value of {origin}: {NUMBER_RULE}"
            )));
        }
        Ok(Some(PreviewNumber { number, origin }))
    }
}

/// The number with which environments of previews are validated.
pub(crate) const EXAMPLE: &str = "1";

impl PreviewNumber {
    /// The number of a preview for validation.
    pub(crate) fn example() -> PreviewNumber {
        PreviewNumber {
            number: EXAMPLE.to_owned(),
            origin: "",
        }
    }

    /// The number.
    pub(crate) fn as_str(&self) -> &str {
        &self.number
    }

    /// Rejects an environment without `preview`: all pull requests would get the same output.
    pub(crate) fn check(&self, environment: &Environment) -> Result<(), CliError> {
        let is_wanted = environment.preview().is_some() || self.origin.is_empty();
        if is_wanted || environment.require_complete().is_err() {
            return Ok(());
        }
        let PreviewNumber { number, origin } = self;
        let name = &environment.name;
        let help = "name one that has it; `score-rs init preview` writes one";
        Err(CliError::Usage(format!(
            "the environment `{name}` has no `preview`, but {origin} is {number}: {help}"
        )))
    }
}

/// The number of the pull request that a CI job is for.
fn of_job(host: &dyn Host, origin: &str) -> Result<String, CliError> {
    let github = host.variable("GITHUB_REF").and_then(|name| {
        let number = name.strip_prefix("refs/pull/")?.split('/').next()?;
        Some(number.to_owned())
    });
    let number = github.or_else(|| host.variable("CI_MERGE_REQUEST_IID"));
    number.ok_or_else(|| {
        CliError::Usage(format!(
            "{origin} is `auto`, but neither GITHUB_REF nor CI_MERGE_REQUEST_IID is of a pull \
             request: run in the pipeline of one, or write its number"
        ))
    })
}
