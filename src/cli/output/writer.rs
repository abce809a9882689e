//! Writes the outputs of a run: all of them, or none.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use super::destination::{Destination, stale_files};
use super::input_guard;
use super::persisted::{data_directory, persisted_files};
use super::symlinks::check_persisted_files;
use crate::cli::display::terminal::print;
use crate::project::env_file::{CompletedEnvFile, EnvFile};
use crate::project::environment::Environment;
use crate::project::remote::Remotes;
use crate::project::state::StateFile;
use crate::system::error::CliError;
use crate::system::os::{self, DirectoryLock, Os};
use crate::system::transaction::{FileWrite, write};
use compiler::compile::Output;
use compiler::emit::OutputText;
use compiler::provision::State;
use compiler::support::document::Artifact;
use diagnostics::source::Sources;
use diagnostics::suggestions::list_names;

/// The output of a run for one environment.
pub(crate) struct EnvironmentOutput {
    pub(crate) environment: Environment,
    pub(crate) destination: Destination,
    /// The file for the variables that the output leaves open, when one is named.
    pub(crate) env_file: Option<EnvFile>,
    pub(crate) output: Output,
    /// The state before the run; `None` when the run has no state.
    pub(crate) state_file: Option<StateFile>,
    /// Whether the output may hold secrets, so that only its owner may read it.
    pub(crate) is_secret: bool,
}

/// What outputs are written with.
pub(crate) struct Writer<'a> {
    pub(crate) os: &'a Os,
    /// What the run has read.
    pub(crate) sources: &'a Sources,
    pub(crate) remotes: &'a Remotes,
    /// Whether every Score file of the project was compiled.
    pub(crate) is_whole_project: bool,
}

/// What a run has done.
pub(crate) struct Written {
    pub(crate) messages: Vec<Message>,
    /// The number of workloads that the largest output has.
    pub(crate) workloads: usize,
    /// Whether a file was replaced or removed.
    pub(crate) is_changed: bool,
}

/// A line for the person who runs the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// An output, as in `wrote compose.yaml`.
    Wrote(String),
    Other(String),
}

impl Message {
    /// The output that was written.
    pub(crate) fn output(&self) -> Option<&str> {
        match self {
            Message::Wrote(output) => Some(output),
            Message::Other(_) => None,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Wrote(output) => write!(f, "wrote {output}"),
            Message::Other(text) => f.write_str(text),
        }
    }
}

/// The writes of one environment.
struct Prepared {
    writes: Vec<FileWrite>,
    stale_files: Vec<PathBuf>,
    /// The text for standard output.
    stdout: Option<String>,
    messages: Vec<Message>,
}

impl Writer<'_> {
    /// Writes all outputs, or nothing. The lock ends before standard output is written, since its
    /// reader may be slow.
    pub(crate) fn write(
        &self,
        outputs: Vec<EnvironmentOutput>,
        lock: DirectoryLock,
    ) -> Result<Written, CliError> {
        let workloads = outputs.iter().map(|output| output.output.workloads).max();
        let prepared = outputs
            .into_iter()
            .map(|output| self.prepare(output))
            .collect::<Result<Vec<_>, _>>()?;
        // The lock of what was fetched is written with the output.
        let mut writes: Vec<FileWrite> = self.remotes.lock_write().into_iter().collect();
        let changes = self.remotes.changes().into_iter();
        let mut messages: Vec<Message> = changes.map(Message::Other).collect();
        let mut paths: BTreeSet<PathBuf> = BTreeSet::new();
        let (mut stale, mut stdout) = (Vec::new(), Vec::new());
        for one in prepared {
            for new in one.writes {
                // Several outputs may have the same files in the data directory.
                match paths.insert(new.path.clone()) {
                    true => writes.push(new),
                    false => check_same_content(&new, &writes)?,
                }
            }
            stale.extend(one.stale_files);
            stdout.extend(one.stdout);
            messages.extend(one.messages);
        }
        check_persisted_files(&writes, self.os)?;
        let is_changed = write(&writes, &stale)?;
        drop(lock);
        stdout.iter().try_for_each(|text| print(text))?;
        Ok(Written {
            messages,
            workloads: workloads.unwrap_or_default(),
            is_changed,
        })
    }

    fn prepare(&self, mut output: EnvironmentOutput) -> Result<Prepared, CliError> {
        let completed = output
            .env_file
            .as_ref()
            .and_then(|file| file.complete(&output.output.variables));
        let (destination, emitted) = (&output.destination, &output.output.emitted);
        let stale_files = match (destination, emitted) {
            (
                Destination::Directory { path, .. },
                OutputText::Directory {
                    files,
                    index: Some(index),
                },
            ) => stale_files(self.os, output.environment.target, path, index, files)?,
            _ => Vec::new(),
        };
        let mut messages = output.messages(completed.as_ref(), &stale_files);
        if self.is_whole_project {
            messages.extend(output.unused_state_message().map(Message::Other));
        }
        Ok(Prepared {
            writes: self.writes(&mut output, completed)?,
            stale_files,
            stdout: match (output.destination, output.output.emitted) {
                (Destination::Stdout, OutputText::One(text)) => Some(text),
                _ => None,
            },
            messages,
        })
    }

    /// What the next run needs first, the output itself last.
    fn writes(
        &self,
        output: &mut EnvironmentOutput,
        completed: Option<CompletedEnvFile>,
    ) -> Result<Vec<FileWrite>, CliError> {
        let mut writes = output.take_writes();
        let persisted = persisted_files(self.os, output.state_file.as_ref(), &output.output.state);
        // The files that a container mounts are known only now, and so are those of a directory.
        let files = writes
            .iter()
            .filter(|file| file.content.is_some())
            .map(|file| file.path.as_path());
        input_guard::check(files, self.sources, self.os)?;
        if let Some(CompletedEnvFile { write, .. }) = completed {
            check_not_in_output(&write.path, &writes)?;
            writes.insert(0, write);
        }
        Ok(persisted.into_iter().chain(writes).collect())
    }
}

/// Rejects a second write to a path with another content.
fn check_same_content(new: &FileWrite, writes: &[FileWrite]) -> Result<(), CliError> {
    let differs = |earlier: &FileWrite| earlier.path == new.path && earlier.content != new.content;
    if new.content.is_none() || !writes.iter().any(differs) {
        return Ok(());
    }
    let help = "give one of them another output";
    let path = new.path.display();
    Err(CliError::Usage(format!(
        "two environments would write `{path}`: {help}"
    )))
}

/// Rejects an env file that is a part of the output.
fn check_not_in_output(env_file: &Path, writes: &[FileWrite]) -> Result<(), CliError> {
    // Names first: to resolve each path takes time.
    let is_same = |file: &&FileWrite| {
        file.path.file_name() == env_file.file_name() && os::is_same_path(&file.path, env_file)
    };
    match writes.iter().find(is_same) {
        Some(file) => {
            let help = "name another file with --env-file";
            Err(CliError::Usage(format!(
                "`{}` is part of the output: {help}",
                file.path.display()
            )))
        }
        None => Ok(()),
    }
}

impl EnvironmentOutput {
    /// Whether an earlier run stored state.
    pub(crate) fn had_state(&self) -> bool {
        self.state_file.as_ref().is_some_and(StateFile::exists)
    }

    /// The state before and after the run.
    pub(crate) fn states(&self) -> impl Iterator<Item = &State> {
        self.state_file
            .as_ref()
            .map(|state_file| &state_file.state)
            .into_iter()
            .chain([&self.output.state])
    }

    fn messages(
        &self,
        completed: Option<&CompletedEnvFile>,
        stale_files: &[PathBuf],
    ) -> Vec<Message> {
        let mut messages = Vec::new();
        if !stale_files.is_empty() {
            let names: Vec<String> = stale_files
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            let names = list_names(names.iter().map(String::as_str));
            let text = format!("removed {names}, no longer part of the output");
            messages.push(Message::Other(text));
        }
        let notes = self.output.notes.iter().flat_map(|note| note.lines());
        messages.extend(notes.map(|line| Message::Other(line.to_owned())));
        let path = self.destination.path().display().to_string();
        match (&self.destination, &self.output.emitted) {
            (Destination::Stdout | Destination::Registry(_), _) => {}
            (_, OutputText::One(_)) => messages.push(Message::Wrote(path)),
            (_, OutputText::Directory { files, index }) => {
                let count = files.len() + usize::from(index.is_some());
                let plural = if count == 1 { "" } else { "s" };
                messages.push(Message::Wrote(format!("{count} file{plural} in {path}")));
            }
        }
        let others = self.ignored_json_message().into_iter();
        let others = others.chain(completed.map(env_file_message));
        messages.extend(others.map(Message::Other));
        messages
    }

    /// Compose reads `compose.yaml` in a directory, and never looks for a `compose.json`.
    fn ignored_json_message(&self) -> Option<String> {
        let file = match (&self.destination, &self.output.emitted) {
            (Destination::File(path), OutputText::One(_)) => path.clone(),
            (Destination::Directory { path, .. }, OutputText::Directory { files, .. }) => {
                path.join(&files.first()?.name)
            }
            _ => return None,
        };
        let target = self.environment.target;
        let preferred = file.with_file_name(target.info().default_output);
        let is_ignored =
            target.info().finds_default_output && file == preferred.with_extension("json");
        (is_ignored && os::exists(&preferred)).then(|| {
            let (file, preferred) = (file.display(), preferred.display());
            format!("Compose reads the older file {preferred}: run `docker compose -f {file} up`, or remove {preferred}")
        })
    }

    /// The state that this run does not use. It is meaningful only for a whole project: a resource
    /// of a Score file that is not named still exists.
    fn unused_state_message(&self) -> Option<String> {
        let unused = &self.output.unused;
        if self.state_file.is_none() || unused.is_empty() {
            return None;
        }
        let names = unused.resources.iter().chain(&unused.workloads);
        let names = list_names(names.map(String::as_str));
        let help = "if no other Score file needs it, `score-rs resources prune` deletes it";
        Some(format!(
            "state exists that is not used here: {names}; {help}"
        ))
    }

    /// The files to write, whose contents are taken: they may be large.
    fn take_writes(&mut self) -> Vec<FileWrite> {
        let mut writes = Vec::new();
        let artifacts = std::mem::take(&mut self.output.artifacts);
        if !artifacts.is_empty() {
            writes.extend(data_directory(self.destination.directory()));
        }
        writes.extend(artifacts.into_iter().map(|artifact| FileWrite {
            mode: mode(&artifact),
            path: PathBuf::from(artifact.path),
            content: artifact.content,
            durable: false,
        }));
        let mode = if self.is_secret { 0o600 } else { 0o644 };
        let write = |path: PathBuf, text: &mut String| FileWrite {
            path,
            content: Some(std::mem::take(text).into_bytes()),
            mode,
            durable: true,
        };
        match (&self.destination, &mut self.output.emitted) {
            (Destination::File(path), OutputText::One(text)) => {
                writes.push(write(path.clone(), text));
            }
            (Destination::Directory { path, .. }, OutputText::Directory { files, index }) => {
                let files = files.iter_mut().chain(index);
                writes.extend(files.map(|file| write(path.join(&file.name), &mut file.text)));
            }
            _ => {}
        }
        writes
    }
}

/// The permission bits of a file or directory beside the output.
fn mode(artifact: &Artifact) -> u32 {
    let default = if artifact.content.is_some() {
        0o644
    } else {
        0o755
    };
    artifact.mode.unwrap_or(default)
}

fn env_file_message(CompletedEnvFile { write, added }: &CompletedEnvFile) -> String {
    let path = write.path.display();
    match added.as_slice() {
        [] => format!("wrote {path}, empty: the output has no unset variables"),
        added => format!(
            "added {} to {path}",
            list_names(added.iter().map(String::as_str))
        ),
    }
}
