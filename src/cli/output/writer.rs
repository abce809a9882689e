//! Everything that `generate` writes, and what is said of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::destination::{Place, outdated};
use super::input_guard::Inputs;
use super::persisted::{kept_directory, kept_files};
use super::symlinks::refuse_links;
use crate::cli::flags::reporting::print;
use crate::project::env_file::{CompletedEnvFile, EnvFile};
use crate::project::remote::Remotes;
use crate::project::state::StateFile;
use crate::system::error::CliError;
use crate::system::os::{self, DirectoryLock, Os};
use crate::system::transaction::{FileWrite, write};
use compiler::compile::Output;
use compiler::emit::OutputText;
use compiler::provision::State;
use compiler::targets::target::Target;
use diagnostics::source::Sources;
use diagnostics::suggestions::list_names;

/// What a run has made.
pub(crate) struct Written<'a> {
    pub(crate) output: &'a Output,
    /// What was read for it.
    pub(crate) sources: &'a Sources,
    /// What it was made for.
    pub(crate) target: &'a dyn Target,
    /// Where the output goes.
    pub(crate) place: &'a Place,
    /// Whether the output may hold secrets, so that only its owner may read it.
    pub(crate) secret: bool,
    /// The file for the variables that the output leaves open, when one was named.
    pub(crate) env_file: Option<&'a EnvFile>,
    /// The state that this run was given, when it keeps one.
    pub(crate) kept: Option<&'a StateFile>,
    /// Whether every Score file of the project was compiled.
    pub(crate) whole_project: bool,
}

/// What is about to be written.
struct Prepared<'a> {
    items: Vec<FileWrite>,
    outdated: Vec<PathBuf>,
    /// What goes to standard output.
    printed: Option<&'a str>,
    said: Vec<String>,
}

/// Writes all that was made, or nothing, and says so. The lock ends with the writing of files: who
/// reads standard output may take its time.
pub(crate) fn write_all(
    all: &[Written<'_>],
    remotes: &Remotes,
    os: &Os,
    quiet: bool,
    lock: DirectoryLock,
) -> Result<(), CliError> {
    let prepared: Vec<Prepared<'_>> = all
        .iter()
        .map(|one| one.prepare(os))
        .collect::<Result<_, _>>()?;
    // What was fetched for the output is locked with it.
    let mut items: Vec<FileWrite> = remotes.lock_write().into_iter().collect();
    let mut known: BTreeSet<PathBuf> = BTreeSet::new();
    let mut outdated: Vec<PathBuf> = Vec::new();
    let (mut printed, mut said) = (Vec::new(), remotes.changes());
    for one in prepared {
        for item in one.items {
            // What is kept beside several outputs is the same for all of them.
            match known.insert(item.path.clone()) {
                true => items.push(item),
                false if item.content.is_some() && items.iter().any(|own| is_other(own, &item)) => {
                    let help = "give one of them another output";
                    let path = item.path.display();
                    return Err(CliError::Usage(format!(
                        "two environments would write `{path}`: {help}"
                    )));
                }
                false => {}
            }
        }
        outdated.extend(one.outdated);
        printed.extend(one.printed);
        said.extend(one.said);
    }
    refuse_links(&items, os)?;
    write(&items, &outdated)?;
    drop(lock);
    printed.into_iter().try_for_each(print)?;
    if !quiet {
        said.iter()
            .for_each(|line| os::write_standard_error(&format!("{line}\n")));
    }
    Ok(())
}

/// Whether two items would give one file different contents.
fn is_other(one: &FileWrite, other: &FileWrite) -> bool {
    one.path == other.path && one.content != other.content
}

impl<'a> Written<'a> {
    /// What provisioners keep, as it is and as it would be.
    pub(crate) fn states(&self) -> impl Iterator<Item = &State> {
        self.kept
            .map(|kept| &kept.state)
            .into_iter()
            .chain([&self.output.state])
    }

    fn prepare(&self, os: &Os) -> Result<Prepared<'a>, CliError> {
        let completed = self
            .env_file
            .and_then(|file| file.complete(&self.output.variables));
        let outdated = match (self.place, &self.output.emitted) {
            (
                Place::Directory(path),
                OutputText::Directory {
                    files,
                    index: Some(index),
                },
            ) => outdated(os, self.target, path, index, files)?,
            _ => Vec::new(),
        };
        let mut said = self.words(completed.as_ref(), &outdated);
        said.extend(self.unused_words());
        let printed = match (self.place, &self.output.emitted) {
            (Place::StandardOutput, OutputText::One(text)) => Some(text.as_str()),
            _ => None,
        };
        Ok(Prepared {
            items: self.items(os, completed)?,
            outdated,
            printed,
            said,
        })
    }

    fn words(&self, completed: Option<&CompletedEnvFile>, outdated: &[PathBuf]) -> Vec<String> {
        let mut lines = Vec::new();
        if !outdated.is_empty() {
            let names: Vec<String> = outdated
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            let names = list_names(names.iter().map(String::as_str));
            lines.push(format!("removed {names}, no longer part of the output"));
        }
        lines.extend(self.output.notes.iter().cloned());
        let path = self.place.path().display();
        match (self.place, &self.output.emitted) {
            (Place::StandardOutput, _) => {}
            (_, OutputText::One(_)) => lines.push(format!("wrote {path}")),
            (_, OutputText::Directory { files, index }) => {
                let count = files.len() + usize::from(index.is_some());
                lines.push(format!(
                    "wrote {count} file{} in {path}",
                    if count == 1 { "" } else { "s" }
                ));
            }
        }
        lines.extend(self.preferred_words());
        lines.extend(completed.map(|CompletedEnvFile { write: item, added }| {
            let path = item.path.display();
            match added.as_slice() {
                [] => format!("wrote {path}, empty: the output leaves no variable open"),
                added => format!(
                    "added {} to {path}",
                    list_names(added.iter().map(String::as_str))
                ),
            }
        }));
        lines
    }

    /// Compose reads `compose.yaml` where it lies, and never looks for a `compose.json`.
    fn preferred_words(&self) -> Option<String> {
        let file = match (self.place, &self.output.emitted) {
            (Place::File(path), OutputText::One(_)) => path.clone(),
            (Place::Directory(path), OutputText::Directory { files, .. }) => {
                path.join(&files.first()?.name)
            }
            _ => return None,
        };
        let preferred = file.with_file_name(self.target.info().default_output);
        let is_passed_over =
            self.target.info().finds_default_output && file == preferred.with_extension("json");
        (is_passed_over && os::exists(&preferred)).then(|| {
            let (file, preferred) = (file.display(), preferred.display());
            format!("Compose reads {preferred}, which is older: name the new one, `docker compose -f {file} up`, or remove it")
        })
    }

    /// Said only where the whole project was compiled: what is not named is not gone.
    fn unused_words(&self) -> Option<String> {
        let unused = &self.output.unused;
        if !self.whole_project || self.kept.is_none() || unused.is_empty() {
            return None;
        }
        let names = list_names(
            unused
                .resources
                .iter()
                .chain(&unused.workloads)
                .map(String::as_str),
        );
        let then = "if no other Score file needs them, `score-rs resources prune` forgets them";
        Some(format!("kept, but not used here: {names}; {then}"))
    }

    /// What is kept first, the output itself last.
    fn items(
        &self,
        os: &Os,
        completed: Option<CompletedEnvFile>,
    ) -> Result<Vec<FileWrite>, CliError> {
        let mut items = self.made();
        let kept = kept_files(os, self.kept, &self.output.state);
        // What a container mounts is known only now, and so is the name of each file of a
        // directory.
        let files = items
            .iter()
            .filter(|item| item.content.is_some())
            .map(|item| item.path.as_path());
        Inputs::of(self.sources, os).refuse(files)?;
        if let Some(CompletedEnvFile { write: item, .. }) = completed {
            // Names are compared first, since to follow each path takes time.
            let is_same = |own: &&FileWrite| {
                own.path.file_name() == item.path.file_name()
                    && os::is_same_path(&own.path, &item.path)
            };
            if let Some(own) = items.iter().find(is_same) {
                let help = "name another file with --env-file";
                return Err(CliError::Usage(format!(
                    "`{}` is part of the output: {help}",
                    own.path.display()
                )));
            }
            items.insert(0, item);
        }
        Ok(kept.into_iter().chain(items).collect())
    }

    fn made(&self) -> Vec<FileWrite> {
        let mut items = Vec::new();
        if !self.output.artifacts.is_empty() {
            items.extend(kept_directory(self.place.directory()));
        }
        items.extend(self.output.artifacts.iter().map(|artifact| FileWrite {
            path: PathBuf::from(&artifact.path),
            content: artifact.content.clone(),
            mode: artifact.mode,
            durable: false,
        }));
        let mode = if self.secret { 0o600 } else { 0o644 };
        let mut add = |path: PathBuf, text: &str| {
            items.push(FileWrite {
                path,
                content: Some(text.as_bytes().to_vec()),
                mode,
                durable: true,
            });
        };
        match (self.place, &self.output.emitted) {
            (Place::File(path), OutputText::One(text)) => add(path.clone(), text),
            (Place::Directory(path), OutputText::Directory { files, index }) => {
                files
                    .iter()
                    .chain(index)
                    .for_each(|file| add(path.join(&file.name), &file.text));
            }
            _ => {}
        }
        items
    }
}
