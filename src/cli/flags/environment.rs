//! Flags that choose an environment and add to it.

use std::path::PathBuf;

use super::headings::ENVIRONMENT;
use super::preview::{PreviewFlag, PreviewNumber};
use super::remote::RemoteFlags;
use crate::project::environment::source::{self, Purpose, SourceRef, SourceTexts};
use crate::project::environment::{Environment, EnvironmentName, Registry};
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use compiler::support::host::Host;
use diagnostics::report::{Report, Reported};
use diagnostics::source::Sources;

/// The variable that names an environment.
pub(crate) const VARIABLE: &str = "SCORE_RS_ENV";

/// Flags of every command that reads an environment. `E` is the flag that names it.
#[derive(Debug, clap::Args)]
pub(crate) struct EnvironmentFlags<E: clap::Args = EnvFlag> {
    #[command(flatten)]
    name: E,
    #[command(flatten)]
    preview: PreviewFlag,
    /// Use these provisioner definitions before those of the environment
    ///
    /// A file, a directory with `*.provisioners.yaml` files, `-` for standard input, or a URL:
    /// `https://HOST/FILE`, `git-https://HOST/REPOSITORY.git/FILE?ref=VERSION`,
    /// `git-ssh://HOST/REPOSITORY.git/FILE?ref=VERSION` or `oci://REGISTRY/NAME:TAG#FILE`. The
    /// first definition that matches a resource is used. May be repeated.
    #[arg(long, value_name = "FILE|DIR|URL", help_heading = ENVIRONMENT)]
    provisioners: Vec<PathBuf>,
    /// Set a value that provisioners read as `.Environment.Values.KEY`
    ///
    /// An example is `domain=example.com`. It takes precedence over `values` of the environment.
    /// May be repeated.
    #[arg(long, value_name = "KEY=VALUE", help_heading = ENVIRONMENT)]
    pub(crate) set: Vec<String>,
    #[command(flatten)]
    pub(crate) remote: RemoteFlags,
}

/// The flag of commands that always have an environment.
#[derive(Debug, clap::Args)]
pub(crate) struct EnvFlag {
    /// Environment: a name, a path, `compose` or `kubernetes`
    ///
    /// A name is that of a directory in `environments/`; `compose` and `kubernetes` are built in.
    /// The default is $SCORE_RS_ENV, else the environment with `default: true`, else the only one
    /// in `environments/`, else `compose`.
    #[arg(short, long, value_name = "NAME|PATH", help_heading = ENVIRONMENT)]
    env: Option<String>,
}

/// The flag of a command that has an environment only when one is named.
#[derive(Debug, clap::Args)]
pub(crate) struct OptionalEnvFlag {
    /// Report what `generate` would report for this environment
    ///
    /// Everything runs but programs (`cmd://`), and nothing is written. The name of a directory in
    /// `environments/`, a path, or `compose` or `kubernetes`, which are built in. Without this flag,
    /// only the Score files are validated; $SCORE_RS_ENV and `default: true` have no effect.
    #[arg(short, long, value_name = "NAME|PATH", help_heading = ENVIRONMENT)]
    env: Option<String>,
}

/// The flag of `schema`, which has an environment only when one is named.
#[derive(Debug, clap::Args)]
pub(crate) struct SchemaEnvFlag {
    /// With `workload`: the types and params of this environment
    ///
    /// The name of a directory in `environments/`, a path, or `compose` or `kubernetes`, which are
    /// built in. Without this flag, the schema is the same for all environments; $SCORE_RS_ENV and
    /// `default: true` have no effect.
    #[arg(short, long, value_name = "NAME|PATH", help_heading = ENVIRONMENT)]
    env: Option<String>,
}

/// The flag of commands that can work on all environments at once.
#[derive(Debug, clap::Args)]
pub(crate) struct AllEnvironmentsFlag {
    /// Use every environment in `environments/`
    ///
    /// Except those with `preview`, which are for one number.
    #[arg(long, conflicts_with_all = ["env", "preview"], help_heading = ENVIRONMENT)]
    pub(crate) all_environments: bool,
}

impl AllEnvironmentsFlag {
    /// All environments with the flag, or else the one that `find_one` finds, and whether all were
    /// read. With the flag, a project without environments is an error. Environments with `preview`
    /// are included only with the number `example`.
    pub(crate) fn find_or(
        &self,
        example: Option<&str>,
        find_one: impl FnOnce(&mut Sources, &mut Report) -> Result<Option<Environment>, CliError>,
        remotes: &Remotes,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<(Vec<Environment>, Result<(), Reported>), CliError> {
        if !self.all_environments {
            let environment = find_one(sources, report)?;
            return Ok((environment.into_iter().collect(), Ok(())));
        }
        let mut registry = Registry::new(host, remotes).for_preview(example);
        let (mut environments, result) = registry.all_lenient(sources, report)?;
        environments.retain(|one| one.preview().is_none() || example.is_some());
        if environments.is_empty() {
            return Err(no_environments());
        }
        Ok((environments, result))
    }
}

/// The error for a project without environments.
pub(crate) fn no_environments() -> CliError {
    let help =
        "write `environments/NAME/environment.yaml`; `score-rs init --environments` creates two";
    CliError::Usage(format!("there are no environments here: {help}"))
}

impl EnvFlag {
    /// As [`EnvironmentFlags::find`], whatever the preview.
    pub(crate) fn find(
        &self,
        remotes: &Remotes,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        find_lenient(self.env.as_deref(), None, remotes, host, sources, report)
    }
}

impl EnvironmentFlags {
    /// The environment of the flag, or else of the variable, or else the default one. One with
    /// errors is returned too; it knows what it lacks.
    pub(crate) fn find(
        &self,
        remotes: &Remotes,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        self.find_or(None, remotes, host, sources, report)
    }

    /// As [`EnvironmentFlags::find`], with a name that counts when there is no flag.
    pub(crate) fn find_or(
        &self,
        name: Option<&str>,
        remotes: &Remotes,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        let name = self.name.env.as_deref().or(name);
        let preview = self.preview.number(host)?;
        find_lenient(name, preview.as_ref(), remotes, host, sources, report)
    }

    /// The name of the flag, or else of the variable; `None` for the default environment.
    pub(crate) fn named(&self, host: &dyn Host) -> Option<String> {
        let name = self.name.env.clone().or_else(|| host.variable(VARIABLE));
        name.filter(|name| !name.is_empty())
    }

    /// What chose the environment, as a clause.
    pub(crate) fn chosen_by(&self, host: &dyn Host) -> &'static str {
        match (&self.name.env, host.variable(VARIABLE)) {
            (Some(name), _) if !name.is_empty() => "named by --env",
            (None, Some(name)) if !name.is_empty() => "named by SCORE_RS_ENV",
            _ => "the default",
        }
    }
}

impl EnvironmentFlags<OptionalEnvFlag> {
    /// The environment of the flag; `None` without the flag. Without a number it is for an example of
    /// a preview.
    pub(crate) fn find(
        &self,
        remotes: &Remotes,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Option<Environment>, CliError> {
        let Some(name) = self.name.env.as_deref() else {
            return Ok(None);
        };
        find_example(Some(name), &self.preview, remotes, host, sources, report).map(Some)
    }
}

impl EnvironmentFlags<SchemaEnvFlag> {
    /// Whether an environment is named.
    pub(crate) fn is_named(&self) -> bool {
        self.name.env.is_some()
    }

    /// The environment of the flag, for an example of a preview.
    pub(crate) fn find(
        &self,
        remotes: &Remotes,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Environment, CliError> {
        find_example(
            self.name.env.as_deref(),
            &self.preview,
            remotes,
            host,
            sources,
            report,
        )
    }
}

impl<E: clap::Args> EnvironmentFlags<E> {
    /// The definitions of an environment, after those of the flag.
    pub(crate) fn definitions(
        &self,
        environment: &Environment,
        remotes: &Remotes,
        host: &dyn Host,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<SourceTexts, CliError> {
        let own: Vec<SourceRef> = self
            .provisioners
            .iter()
            .map(|path| SourceRef::from_flag("--provisioners", path, sources))
            .collect();
        definitions_of(environment, own, remotes, host, sources, report)
    }
}

/// The definitions of an environment, after those of `first`.
pub(crate) fn definitions_of(
    environment: &Environment,
    first: Vec<SourceRef>,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<SourceTexts, CliError> {
    let mut list = first;
    list.extend(environment.provisioners());
    let purpose = Purpose::Definitions;
    let mut texts = source::read_sources(&list, purpose, remotes, host, sources, report)?;
    let kinds = environment.builtin_kinds();
    texts.embedded_kinds = kinds.map(|kinds| kinds.value.clone());
    Ok(texts)
}

/// The environment with a name, or else of the variable, or else the default one. One with errors
/// is an error.
pub(crate) fn find(
    name: Option<&str>,
    preview: &PreviewFlag,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Environment, CliError> {
    let preview = preview.number(host)?;
    let environment = find_lenient(name, preview.as_ref(), remotes, host, sources, report)?;
    environment.require_complete()?;
    Ok(environment)
}

/// As [`find_lenient`], and without a number for an example of a preview.
fn find_example(
    name: Option<&str>,
    preview: &PreviewFlag,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Environment, CliError> {
    let preview = preview.number(host)?;
    let preview = preview.unwrap_or_else(PreviewNumber::example);
    find_lenient(name, Some(&preview), remotes, host, sources, report)
}

fn find_lenient(
    name: Option<&str>,
    preview: Option<&PreviewNumber>,
    remotes: &Remotes,
    host: &dyn Host,
    sources: &mut Sources,
    report: &mut Report,
) -> Result<Environment, CliError> {
    let variable = host.variable(VARIABLE);
    let (name, origin) = match (name, variable.as_deref()) {
        (Some(name), _) => (name, ""),
        (None, Some(name)) => (name, " (named by SCORE_RS_ENV)"),
        (None, None) => ("", ""),
    };
    let name = (!name.is_empty()).then_some(EnvironmentName { name, origin });
    let mut registry = Registry::new(host, remotes).for_preview(preview.map(PreviewNumber::as_str));
    let environment = registry.find_lenient(name.as_ref(), sources, report)?;
    preview.map_or(Ok(()), |number| number.check(&environment))?;
    Ok(environment)
}
