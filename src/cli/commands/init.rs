mod preview;

use std::path::Path;

use clap::Subcommand;

use crate::cli::ExitCode;
use crate::cli::display::terminal::print_message;
use crate::cli::output::symlinks::check_found_files;
use crate::project::environment::{ENVIRONMENTS, FILE, TARGETS};
use crate::report::schemas::{Schema, editor_line, schema};
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::project_lock;
use crate::system::transaction::{FileWrite, write};
use compiler::support::host::Host;
use compiler::targets::target::Target;

/// Create a first Score file, and optionally environments
///
/// Existing files are not changed. If the project has a Score file, no other one is created. Each
/// new file names its JSON Schema, a file in `.schemas`, so that an editor can complete and explain
/// its keys. No other command needs `init`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  score-rs init                  # score.yaml
  score-rs init --environments   # and two environments
  score-rs init preview          # an environment for each pull request"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
    /// Also create the environments `local` and `staging`
    ///
    /// `environments/local` is for Compose, and `environments/staging` for Kubernetes.
    #[arg(long)]
    environments: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    Preview(preview::Arguments),
}

/// The directory of schemas. They are part of the project, for everybody who edits it.
const SCHEMA_DIRECTORY: &str = ".schemas";

/// The sample Score file.
const SCORE: (&str, &str) = ("score.yaml", include_str!("init/score.yaml"));

/// The first environments. `environment.yaml` comes last, since it makes the directory one.
const ENVIRONMENT_FILES: [(&str, &str); 2] = [
    (
        "environments/local/environment.yaml",
        include_str!("init/local/environment.yaml"),
    ),
    (
        "environments/staging/environment.yaml",
        include_str!("init/staging/environment.yaml"),
    ),
];

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, CliError> {
    if let Some(Action::Preview(arguments)) = &arguments.action {
        return preview::run(arguments);
    }
    let lock = project_lock::lock(&print_message)?;
    let mut messages: Vec<String> = Vec::new();
    let files = new_files(arguments.environments, &mut messages)?;
    write_new(&files, &mut messages)?;
    drop(lock);
    messages.push(next_step(arguments.environments).to_owned());
    messages.iter().for_each(|message| print_message(message));
    Ok(ExitCode::Success)
}

/// Writes files that do not exist yet, and the schemas that they name.
fn write_new(files: &[(&str, String)], messages: &mut Vec<String>) -> Result<(), CliError> {
    let files = with_schemas(files, messages);
    let write_of = |(path, text): &(String, String)| FileWrite {
        path: path.into(),
        content: Some(text.as_bytes().to_vec()),
        mode: 0o644,
        durable: true,
    };
    let writes: Vec<FileWrite> = files.iter().map(write_of).collect();
    check_found_files(
        writes.iter().map(|file| file.path.as_path()),
        &Os::new(None),
    )?;
    write(&writes, &[])?;
    messages.extend(files.iter().map(|(path, _)| format!("wrote {path}")));
    Ok(())
}

/// The files to write, without those that exist.
fn new_files(
    environments: bool,
    messages: &mut Vec<String>,
) -> Result<Vec<(&'static str, String)>, CliError> {
    let mut files: Vec<(&str, &str)> = Vec::new();
    let score_files = os::find_score_files().map_err(CliError::Io)?;
    match score_files.files.first() {
        None if os::exists(Path::new(SCORE.0)) => messages.push(format!("kept {}", SCORE.0)),
        None => files.push(SCORE),
        Some(file) => messages.push(format!(
            "kept {}: this project has a Score file",
            file.display()
        )),
    }
    if environments {
        // All files of an environment, or none.
        for name in ["local", "staging"] {
            let directory = format!("{ENVIRONMENTS}/{name}/");
            match os::exists(&Path::new(&directory).join(FILE)) {
                true => messages.push(format!("kept {directory}{FILE}")),
                false => files.extend(
                    ENVIRONMENT_FILES
                        .iter()
                        .filter(|(path, _)| path.starts_with(&directory)),
                ),
            }
        }
    }
    files.retain(|(path, _)| {
        let exists = os::exists(Path::new(path));
        if exists {
            messages.push(format!("kept {path}"));
        }
        !exists
    });
    Ok(files
        .into_iter()
        .map(|(path, text)| (path, with_identity(path, text, messages)))
        .collect())
}

/// The text of an environment with the identity of the built-in one that this project used before,
/// so that names and passwords stay the same.
fn with_identity(path: &str, text: &str, messages: &mut Vec<String>) -> String {
    let used = TARGETS.into_iter().find(|target| {
        text.contains(&format!("\ntarget: {}\n", target.name())) && was_used(*target)
    });
    let Some(target) = used else {
        return text.to_owned();
    };
    let name = target.name();
    messages.push(format!(
        "{path} sets `identity: {name}`, so that names and passwords of `--env {name}` do not change"
    ));
    let line = format!("target: {name}\n");
    let identity = format!(
        "{line}\n# Names and passwords are those of the built-in environment `{name}`, which this project used \
         before.\nidentity: {name}\n"
    );
    text.replacen(&line, &identity, 1)
}

/// Whether this project has an output or state of a built-in environment.
fn was_used(target: &dyn Target) -> bool {
    let is_output = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).contains("score.dev/");
    let output = Os::new(None).read(Path::new(target.info().default_output));
    os::exists(&Path::new(os::DATA_DIRECTORY).join(target.name())) || output.is_ok_and(is_output)
}

/// The files, whose first line names their schema, after the schemas that do not exist yet.
fn with_schemas(files: &[(&str, String)], messages: &mut Vec<String>) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut annotated = Vec::new();
    for (path, text) in files {
        let Some(schema) = schema_of(path) else {
            annotated.push(((*path).to_owned(), text.clone()));
            continue;
        };
        let schema_path = format!("{SCHEMA_DIRECTORY}/{}.schema.json", schema.kind);
        // Editors resolve it from the file.
        let to_root = "../".repeat(path.matches('/').count());
        annotated.push((
            (*path).to_owned(),
            editor_line(&format!("{to_root}{schema_path}")) + text,
        ));
        if os::exists(Path::new(&schema_path)) {
            messages.push(format!("kept {schema_path}"));
        } else if all.iter().all(|(path, _)| *path != schema_path) {
            all.push((schema_path, schema.text.to_owned()));
        }
    }
    all.extend(annotated);
    all
}

fn schema_of(path: &str) -> Option<&'static Schema> {
    match path.rsplit('/').next() {
        Some("score.yaml") => schema("workload"),
        Some(FILE) => schema("environment"),
        _ => None,
    }
}

fn next_step(environments: bool) -> &'static str {
    match environments {
        true => "next: `score-rs generate` for local, `score-rs generate --env staging`",
        false => "next: `score-rs generate`, or `score-rs generate --env kubernetes`",
    }
}
