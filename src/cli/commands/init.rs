use std::path::Path;

use crate::cli::FINE;
use crate::cli::output::symlinks::refuse_found;
use crate::project::environment::{ENVIRONMENTS, FILE};
use crate::report::schemas::{Schema, editor_line, schema};
use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::project_lock;
use crate::system::transaction::{FileWrite, write};

/// Write a first Score file, and the first environments
///
/// Nothing that is there is changed. A project that has Score files gets no other one. What is
/// written names its schema, a file in `.schemas`, from which an editor completes and explains it
/// without a network.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  score-rs init                      score.yaml, to begin with
  score-rs init --environments       and environments/local and environments/staging")]
pub(crate) struct Arguments {
    /// Also write `environments/local` for Compose and `environments/staging` for Kubernetes
    #[arg(long)]
    environments: bool,
}

/// Where schemas lie. They belong to the project, since everybody who edits it needs them.
const SCHEMA_DIRECTORY: &str = ".schemas";

/// The sample Score file.
const SCORE: (&str, &str) = ("score.yaml", include_str!("init/score.yaml"));

/// The first environments. What names the others comes last: until it is there, there is no
/// environment.
const SKELETON: [(&str, &str); 3] = [
    (
        "environments/local/environment.yaml",
        include_str!("init/local/environment.yaml"),
    ),
    (
        "environments/staging/restricted.tpl",
        include_str!("init/staging/restricted.tpl"),
    ),
    (
        "environments/staging/environment.yaml",
        include_str!("init/staging/environment.yaml"),
    ),
];

pub(crate) fn run(arguments: &Arguments) -> Result<u8, CliError> {
    let lock = project_lock::lock()?;
    let mut files: Vec<(&str, &str)> = Vec::new();
    let mut said: Vec<String> = Vec::new();
    match os::find_score_files().first() {
        None if os::exists(Path::new(SCORE.0)) => said.push(format!("kept {}", SCORE.0)),
        None => files.push(SCORE),
        Some(file) => said.push(format!(
            "kept {}: this project has a Score file",
            file.display()
        )),
    }
    if arguments.environments {
        // Half of an environment would be worse than none.
        let is_there = |name: &str| os::exists(&Path::new(ENVIRONMENTS).join(name).join(FILE));
        for name in ["local", "staging"] {
            let start = format!("{ENVIRONMENTS}/{name}/");
            match is_there(name) {
                true => said.push(format!("kept {start}{FILE}")),
                false => files.extend(SKELETON.iter().filter(|(path, _)| path.starts_with(&start))),
            }
        }
    }
    files.retain(|(path, _)| {
        let there = os::exists(Path::new(path));
        if there {
            said.push(format!("kept {path}"));
        }
        !there
    });
    let files = with_schemas(&files, &mut said);
    let item = |(path, text): &(String, String)| FileWrite {
        path: path.into(),
        content: Some(text.as_bytes().to_vec()),
        mode: 0o644,
        durable: true,
    };
    let items: Vec<FileWrite> = files.iter().map(item).collect();
    refuse_found(items.iter().map(|item| item.path.as_path()), &Os::new(None))?;
    write(&items, &[])?;
    drop(lock);
    said.extend(files.iter().map(|(path, _)| format!("wrote {path}")));
    said.extend(next(arguments.environments).map(str::to_owned));
    said.iter()
        .for_each(|line| os::write_standard_error(&format!("{line}\n")));
    Ok(FINE)
}

/// Files whose first line names their schema, and before them the schemas that are not there yet.
fn with_schemas(files: &[(&str, &str)], said: &mut Vec<String>) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut named = Vec::new();
    for (path, text) in files {
        let Some(schema) = schema_of(path) else {
            named.push(((*path).to_owned(), (*text).to_owned()));
            continue;
        };
        let place = format!("{SCHEMA_DIRECTORY}/{}.schema.json", schema.kind);
        // Editors look for it from the file.
        let way = "../".repeat(path.matches('/').count());
        named.push((
            (*path).to_owned(),
            editor_line(&format!("{way}{place}")) + text,
        ));
        if os::exists(Path::new(&place)) {
            said.push(format!("kept {place}"));
        } else if all.iter().all(|(known, _)| *known != place) {
            all.push((place, schema.text.to_owned()));
        }
    }
    all.extend(named);
    all
}

fn schema_of(path: &str) -> Option<&'static Schema> {
    match path.rsplit('/').next() {
        Some("score.yaml") => schema("workload"),
        Some(FILE) => schema("environment"),
        _ => None,
    }
}

/// What to do then.
fn next(environments: bool) -> impl Iterator<Item = &'static str> {
    let lines: &[&str] = match environments {
        true => &["next: `score-rs generate` for local, `score-rs generate --env staging`"],
        false => &["next: `score-rs generate`, or `score-rs generate --env kubernetes`"],
    };
    lines.iter().copied()
}
