//! The commands of a config management plugin of Argo CD. The project and the parameters of an
//! Application are not trusted.

mod announce;
mod parameters;

use std::path::{Component, Path, PathBuf};

use super::generate;
use crate::cli::ExitCode;
use crate::cli::display::terminal::print;
use crate::project::discovery;
use crate::project::environment::{Environment, Registry};
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use crate::system::os::{self, Os, Restrictions};
use compiler::support::host::Host;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use parameters::Parameters;

/// The prefix of the variables of an Application.
const PREFIX: &str = "ARGOCD_ENV_";
/// The variable by which the sidecar allows programs.
const ALLOW_COMMANDS: &str = "SCORE_RS_ALLOW_COMMANDS";

/// Serve as a config management plugin of Argo CD
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the Score files here; nothing if there are none
    Discover,
    /// Print the manifests of an Application
    ///
    /// As `generate -o - --stateless --locked`, with the parameters of the Application
    /// (`environment`, `image`, `preview`, `set`). Neither state nor a seed is taken from the
    /// project, and a new seed is an error. Programs run only if $SCORE_RS_ALLOW_COMMANDS is `1` or `true`.
    Generate,
    /// Print the parameters of an Application, as JSON
    Parameters,
}

pub(crate) fn run(
    arguments: &Arguments,
    generate: impl Fn(&[String]) -> Result<generate::Arguments, clap::Error>,
) -> Result<ExitCode, CliError> {
    let os = Os::new(None);
    os::restrict(Restrictions {
        root: repository(os.variable("ARGOCD_APP_SOURCE_PATH").as_deref())?,
        runs_programs: allows_programs(os.variable(ALLOW_COMMANDS).as_deref())?,
        variable_prefix: PREFIX,
    });
    match arguments.command {
        Command::Discover => discover(&os),
        Command::Generate => {
            let parameters = Parameters::of_application(&os)?;
            let flags = parameters.flags(&Project::read(&os)?, &os)?;
            let arguments = generate(&flags).map_err(|error| {
                CliError::Usage(error.to_string().trim_start_matches("error: ").to_owned())
            })?;
            generate::run(&arguments)
        }
        Command::Parameters => {
            let project = Project::read(&os)?;
            let parameters = Parameters::of_application(&os)?;
            let chosen = parameters.environment(&project, &os)?;
            print(&announce::announcements(&project, chosen)).map(|()| ExitCode::Success)
        }
    }
}

/// Whether the sidecar allows programs. A typo must not allow them.
fn allows_programs(value: Option<&str>) -> Result<bool, CliError> {
    match value.unwrap_or_default() {
        "1" | "true" => Ok(true),
        "" | "0" | "false" => Ok(false),
        other => Err(CliError::Usage(format!(
            "{ALLOW_COMMANDS} cannot be `{other}`: write `1` or `true` to allow programs, or \
             remove it"
        ))),
    }
}

/// The directory with the copy of the repository. The current directory is the path of the
/// Application in it.
fn repository(source_path: Option<&str>) -> Result<PathBuf, CliError> {
    let current = os::current_directory().map_err(|error| {
        let reason = os::reason(&error);
        CliError::Io(format!("cannot determine the current directory: {reason}"))
    })?;
    Ok(without_end(&current, Path::new(source_path.unwrap_or("."))))
}

/// `current` without `path` at its end; `current` itself if it does not end in `path`.
fn without_end(current: &Path, path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let parts: PathBuf = parts.collect();
    match current.ends_with(&parts) {
        true => current.ancestors().nth(parts.components().count()),
        false => None,
    }
    .unwrap_or(current)
    .to_path_buf()
}

/// Argo CD uses the plugin if this prints anything.
fn discover(os: &Os) -> Result<ExitCode, CliError> {
    let mut sources = Sources::default();
    let found = discovery::read(os, &mut sources, &mut Report::default());
    let names = found.unwrap_or_default();
    for source in names {
        print(&format!("{}\n", sources.get(source).name()))?;
    }
    Ok(ExitCode::Success)
}

/// The environments that an Application can choose.
struct Project {
    environments: Vec<Environment>,
    /// The name of the default environment.
    default: String,
}

impl Project {
    /// Problems of an environment are reported when it is used.
    fn read(os: &Os) -> Result<Project, CliError> {
        let (mut sources, mut report) = (Sources::default(), Report::default());
        let remotes = Remotes::at_hand();
        let mut registry = Registry::new(os, &remotes);
        let (environments, _) = registry.all_lenient(&mut sources, &mut report)?;
        let default = registry.find_lenient(None, &mut sources, &mut report)?;
        Ok(Project {
            environments,
            default: default.name,
        })
    }

    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.environments.iter().map(|one| one.name.as_str())
    }

    fn find(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|one| one.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_around_the_path_of_the_application() {
        for (current, path, root) in [
            ("/tmp/x/apps/shop", "apps/shop", "/tmp/x"),
            ("/tmp/x/apps/shop", "./apps/shop/", "/tmp/x"),
            ("/tmp/x", ".", "/tmp/x"),
            ("/tmp/x", "", "/tmp/x"),
            ("/tmp/x/apps", "other", "/tmp/x/apps"),
            ("/tmp/x/apps", "../..", "/tmp/x/apps"),
            ("/tmp/x/apps", "/tmp/x/apps", "/tmp/x/apps"),
        ] {
            let root_of = without_end(Path::new(current), Path::new(path));
            assert_eq!(root_of, Path::new(root), "{current} {path}");
        }
    }
}
