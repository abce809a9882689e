//! `init preview`: an environment for each pull request, and what deploys it.

use std::path::Path;

use super::write_new;
use crate::cli::ExitCode;
use crate::cli::display::terminal::print_message;
use crate::project::environment::{Environment, Registry};
use crate::project::remote::Remotes;
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::project_lock;
use diagnostics::report::Report;
use diagnostics::source::Sources;
use diagnostics::suggestions::list_names;

/// Create an environment for each pull request
///
/// Writes the environment `preview`, which extends another one, a workflow for GitHub, and an
/// ApplicationSet for Argo CD; keep one of the two. Both deploy only pull requests with the label
/// `preview`. Existing files are not changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs init preview
  score-rs init preview --extends staging")]
pub(super) struct Arguments {
    /// Environment that previews extend; default: the only one for Kubernetes
    #[arg(long, value_name = "NAME")]
    extends: Option<String>,
}

/// The files, in which `EXTENDS` and others stand for what the project has.
const FILES: [(&str, &str); 3] = [
    (
        "environments/preview/environment.yaml",
        include_str!("preview/environment.yaml"),
    ),
    (
        ".github/workflows/preview.yml",
        include_str!("preview/workflow.yml"),
    ),
    (
        "argocd/previews.yaml",
        include_str!("preview/applicationset.yaml"),
    ),
];

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    let lock = project_lock::lock(&print_message)?;
    let extended = extended(arguments.extends.as_deref())?;
    let namespace = extended.namespace();
    let namespace = namespace.map_or_else(|| extended.name.clone(), |name| name.value);
    let mut messages = Vec::new();
    let mut files = Vec::new();
    for (path, text) in FILES {
        if os::exists(Path::new(path)) {
            messages.push(format!("kept {path}"));
            continue;
        }
        let text = text.replace("EXTENDS", &extended.name);
        let text = text.replace("the-namespace", &namespace);
        files.push((path, text.replace("VERSION", env!("CARGO_PKG_VERSION"))));
    }
    write_new(&files, &mut messages)?;
    drop(lock);
    let next = "next: `score-rs generate --env preview --preview 1`, then see spec/previews.md";
    messages.push(next.to_owned());
    messages.iter().for_each(|message| print_message(message));
    Ok(ExitCode::Success)
}

/// The environment that previews extend.
fn extended(name: Option<&str>) -> Result<Environment, CliError> {
    let os = Os::new(None);
    let (mut sources, mut report) = (Sources::default(), Report::default());
    let remotes = Remotes::at_hand();
    let mut registry = Registry::new(&os, &remotes);
    let (environments, _) = registry.all_lenient(&mut sources, &mut report)?;
    let supports = |one: &Environment| {
        let keys = one.target.info().environment_keys;
        keys.contains(&"preview") && one.preview().is_none()
    };
    let mut environments: Vec<Environment> = environments.into_iter().filter(supports).collect();
    let names: Vec<String> = environments.iter().map(|one| one.name.clone()).collect();
    let known = list_names(names.iter().map(String::as_str));
    environments.retain(|one| name.is_none_or(|name| one.name == name));
    match (environments.pop(), environments.is_empty()) {
        (Some(environment), true) => Ok(environment),
        (Some(_), false) => Err(CliError::Usage(format!(
            "previews can extend several environments: name one of {known} with --extends"
        ))),
        (None, _) if names.is_empty() => Err(CliError::Usage(
            "there is no environment for Kubernetes that previews could extend: \
             `score-rs init --environments` writes one"
                .to_owned(),
        )),
        (None, _) => {
            let name = name.unwrap_or_default();
            Err(CliError::Usage(format!(
                "previews cannot extend `{name}`: name one of {known} with --extends"
            )))
        }
    }
}
