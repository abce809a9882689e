//! The state of each environment, which is saved from run to run.
//!
//! Reads the state file, and returns the one to write. A run without state derives the same names,
//! and from the same seed the same passwords.

pub(crate) mod format;

use std::path::{Path, PathBuf};

use crate::system::error::CliError;
use crate::system::os::{self, Os};
use crate::system::text_file;
use crate::system::transaction::FileWrite;
use compiler::identity::{Identity, PersistedNames};
use compiler::provision::State;
use compiler::support::host::{Host, HostError};
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Sources;
use diagnostics::suggestions::list_names;

rules! {
    /// `--stateless` ignores stored state that would have led to other values.
    pub STATE_IGNORED: "state-ignored", Warning;

    /// The values of a resource depend on stored state, which other machines do not have.
    pub STATE_DIFFERS: "state-differs", Note;

    /// The state cannot be stored for the next run, because its file cannot be created.
    pub STATE_NOT_SAVED: "state-not-saved", Warning;
}

/// The state file of an environment before the run.
pub(crate) struct StateFile {
    path: PathBuf,
    /// Its bytes; `None` when there is no file.
    bytes: Option<Vec<u8>>,
    pub(crate) state: State,
}

/// The path of the state file. Each identity has its own.
pub(crate) fn path(identity: &Identity) -> PathBuf {
    let name = match &identity.project {
        Some(project) => format!("state.{}.yaml", part(project)),
        None => "state.yaml".to_owned(),
    };
    let of_all = Identity {
        preview: None,
        ..identity.clone()
    };
    let mut directory = Path::new(os::DATA_DIRECTORY).join(part(&of_all.key()));
    directory.extend(identity.preview.as_deref().map(part));
    directory.join(name)
}

/// Encodes a name as one part of a path. Valid names of environments and projects stay as they are.
fn part(name: &str) -> String {
    let plain = |at: usize, byte: u8| {
        byte.is_ascii_alphanumeric() || b"-_".contains(&byte) || at > 0 && byte == b'.'
    };
    let encode = |(at, byte)| {
        if plain(at, byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    name.bytes().enumerate().map(encode).collect()
}

impl StateFile {
    /// Reads the state file. An invalid one is reported and never replaced, since it may hold the
    /// passwords in use.
    pub(crate) fn read(
        host: &dyn Host,
        identity: &Identity,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Result<StateFile, Reported>, CliError> {
        let path = path(identity);
        let bytes = match host.read(&path) {
            Ok(bytes) => Some(bytes),
            // A link to nothing is not the same as no state.
            Err(HostError::NotFound) if !os::is_link(&path) => None,
            Err(error) => return Err(text_file::unreadable(&path, &error)),
        };
        sources.mark_private(path.display().to_string());
        let state = report.collect(|report| {
            let bytes = bytes.clone()?;
            let source = text_file::add_file(&path.display().to_string(), bytes, sources, report)?;
            format::read(sources, source, report)
        });
        Ok(state.map(|state| StateFile {
            path,
            bytes,
            state: state.unwrap_or_default(),
        }))
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there was a state file.
    pub(crate) fn exists(&self) -> bool {
        self.bytes.is_some()
    }

    /// The file to write; `None` when the state has not changed or cannot be saved.
    pub(crate) fn state_write(&self, state: &State) -> Option<FileWrite> {
        if !self.has_changed(state) || self.cannot_be_saved() {
            return None;
        }
        let content = Some(format::write(state).into_bytes());
        Some(FileWrite {
            path: self.path.clone(),
            content,
            mode: 0o600,
            durable: true,
        })
    }

    /// Whether the file has to be written.
    fn has_changed(&self, state: &State) -> bool {
        *state != self.state && !(state.is_empty() && self.bytes.is_none())
    }

    /// Whether a first state file cannot be created. An existing one that cannot be replaced is an
    /// error of the transaction instead.
    fn cannot_be_saved(&self) -> bool {
        self.bytes.is_none() && !os::can_create(&self.path)
    }

    /// Warns about a state that cannot be saved. The next run derives it again, except for the
    /// results of programs.
    pub(crate) fn warn_if_not_saved(&self, state: &State, report: &mut Report) {
        if self.has_changed(state) && self.cannot_be_saved() {
            let message = format!(
                "`{}` cannot be written, so no state is saved",
                self.path.display()
            );
            let help = "make `.score-rs` a writable directory, or pass `--stateless`";
            report.push(Problem::new(&STATE_NOT_SAVED, message).help(help));
        }
    }

    /// Notes the resources to which this file gives other values than a machine without it has.
    pub(crate) fn note_differences(&self, resources: &[String], report: &mut Report) {
        if resources.is_empty() {
            return;
        }
        let (path, names) = (
            self.path.display(),
            list_names(resources.iter().map(String::as_str)),
        );
        let message = format!("a machine without `{path}` generates other values for {names}");
        let help = "copy the file to all machines that generate this environment; if no deployment uses its values, delete these resources from it";
        report.push(Problem::new(&STATE_DIFFERS, message).help(help));
    }

    /// Warns about what this file has and a run with `--stateless`, whose state this is, has not
    /// used.
    pub(crate) fn warn_if_ignored(&self, stateless: &State, report: &mut Report) {
        let differs = |uid: &&String| {
            stateless
                .resources
                .get(*uid)
                .is_some_and(|state| self.state.resources.get(*uid) != Some(state))
        };
        let different: Vec<&str> = self
            .state
            .resources
            .keys()
            .filter(differs)
            .map(String::as_str)
            .collect();
        let has_names = self.state.names != PersistedNames::default();
        let content = match (different.is_empty(), has_names) {
            (true, false) => return,
            (true, true) => "other names of deployed objects".to_owned(),
            (false, false) => format!("other values of {}", list_names(different)),
            (false, true) => format!(
                "other names of deployed objects, and other values of {}",
                list_names(different)
            ),
        };
        let message = format!(
            "`--stateless` ignores `{}`, which has {content}",
            self.path.display()
        );
        let help = "leave it out if an earlier output is deployed: deployed services keep the password that they were created with";
        report.push(Problem::new(&STATE_IGNORED, message).help(help));
    }
}

/// How often a run starts again because another one has written in the meantime.
const MAX_ATTEMPTS: usize = 100;

/// Repeats a run that returns `None`, which it does when another run has written in the meantime.
pub(crate) fn retry_on_conflict<T>(
    mut attempt: impl FnMut() -> Result<Option<T>, CliError>,
) -> Result<T, CliError> {
    for _ in 0..MAX_ATTEMPTS {
        if let Some(result) = attempt()? {
            return Ok(result);
        }
    }
    let problem = format!(
        "another process changed `{}` during each of {MAX_ATTEMPTS} attempts",
        os::DATA_DIRECTORY
    );
    Err(CliError::Io(format!(
        "{problem}; nothing was written; find that process, and try again"
    )))
}

/// Whether another run has written the state or a seed since this one began. To be called while
/// holding the lock on the project.
pub(crate) fn is_outdated(file: Option<&StateFile>, os: &Os) -> bool {
    file.is_some_and(|file| os.read(&file.path).ok() != file.bytes)
        || os
            .generated_seed()
            .is_some_and(|(path, _)| os.read(&path).is_ok())
}

/// The write of a state without an earlier one; `None` for an empty state.
pub(crate) fn initial_write(identity: &Identity, state: &State) -> Option<FileWrite> {
    let content = Some(format::write(state).into_bytes());
    (!state.is_empty()).then(|| FileWrite {
        path: path(identity),
        content,
        mode: 0o600,
        durable: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_file_is_always_in_the_data_directory() {
        let path = |environment: &str, project: Option<&str>| {
            let project = project.map(str::to_owned);
            path(&Identity {
                project,
                environment: environment.to_owned(),
                ..Identity::default()
            })
        };
        assert_eq!(
            path("prod-1.eu", Some("my_app")),
            Path::new(".score-rs/prod-1.eu/state.my_app.yaml")
        );
        for name in [
            "/../../../../pwned",
            "..",
            ".",
            "a/../../b",
            "",
            "/etc",
            "a\0b",
        ] {
            let path = path(name, Some(name));
            assert!(
                path.starts_with(os::DATA_DIRECTORY) && path.components().count() <= 3,
                "{}",
                path.display()
            );
            assert!(
                path.components()
                    .all(|part| matches!(part, std::path::Component::Normal(_))),
                "{}",
                path.display()
            );
        }
    }
}
