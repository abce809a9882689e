//! What is kept on disk from run to run, for each environment.
//!
//! - **Promise:** the state is read whole or reported, written whole or not at all, and never by
//!   two runs at once.
//! - **Takes:** the project and the environment.
//! - **Gives:** the state, and the file to write.
//! - **Never:** needed: without it, the same seed gives the same passwords and the same names are
//!   derived.

pub(crate) mod format;

use std::path::{Path, PathBuf};

use super::inputs::{self, CliError};
use crate::system::journal;
use crate::system::os::{self, Lock, Os};
use crate::system::transaction::Item;
use compiler::identity::{Identity, KeptNames};
use compiler::provision::State;
use compiler::support::host::{Host, HostError};
use diagnostics::report::{Problem, Report, Reported};
use diagnostics::source::Sources;
use diagnostics::suggestions::list_names;

rules! {
    /// A run with `--stateless` made something otherwise than an earlier run has kept it.
    pub STATE_IGNORED: "state-ignored", Warning;

    /// There is state to keep for the next run, and no file can be made where it belongs.
    pub STATE_NOT_SAVED: "state-not-saved", Warning;
}

/// The state of an environment, as it was when it was read.
pub(crate) struct Kept {
    path: PathBuf,
    /// The bytes that were read; `None` where there was no file.
    bytes: Option<Vec<u8>>,
    /// What they say.
    pub(crate) state: State,
}

/// Where the state lies: what has an identity of its own has a state of its own.
pub(crate) fn path(identity: &Identity) -> PathBuf {
    let name = match &identity.project {
        Some(project) => format!("state.{}.yaml", part(project)),
        None => "state.yaml".to_owned(),
    };
    Path::new(os::KEPT).join(part(&identity.key())).join(name)
}

/// A name as a part of a path that leads nowhere else, whoever gave it. Names that were checked
/// stay as they are.
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

impl Kept {
    /// Reads the state of a project in an environment. One that cannot be understood is reported,
    /// and stays as it is: a run without it would make other passwords.
    pub(crate) fn read(
        host: &dyn Host,
        identity: &Identity,
        sources: &mut Sources,
        report: &mut Report,
    ) -> Result<Result<Kept, Reported>, CliError> {
        let path = path(identity);
        let bytes = match host.read(&path) {
            Ok(bytes) => Some(bytes),
            Err(HostError::NotFound) => None,
            Err(refusal) => return Err(inputs::unreadable(&path, &refusal)),
        };
        sources.mark_private(path.display().to_string());
        let state = report.collect(|report| {
            let bytes = bytes.clone()?;
            let source = inputs::read_bytes(&path.display().to_string(), bytes, sources, report)?;
            format::read(sources, source, report)
        });
        Ok(state.map(|state| Kept {
            path,
            bytes,
            state: state.unwrap_or_default(),
        }))
    }

    /// The file to write so that the next run is given this state; nothing when it is what was
    /// read, or cannot be kept.
    pub(crate) fn item(&self, state: &State) -> Option<Item> {
        if !self.is_news(state) || self.is_lost() {
            return None;
        }
        let content = Some(format::write(state).into_bytes());
        Some(Item {
            path: self.path.clone(),
            content,
            mode: 0o600,
            lasting: true,
        })
    }

    /// Whether the next run needs to be told.
    fn is_news(&self, state: &State) -> bool {
        *state != self.state && !(state.is_empty() && self.bytes.is_none())
    }

    /// Whether there is no place for a first state. An older one that cannot be replaced ends the
    /// run instead.
    fn is_lost(&self) -> bool {
        self.bytes.is_none() && !os::could_write(&self.path)
    }

    /// Says that a state cannot be kept. It is derived again in the next run, but for what programs
    /// have given.
    pub(crate) fn warn_if_lost(&self, state: &State, report: &mut Report) {
        if self.is_news(state) && self.is_lost() {
            let message = format!(
                "nothing can be written in `{}`, so no state is kept",
                self.path.display()
            );
            let help = "make `.score-rs` a directory that can be written, or say that no state is wanted with `--stateless`";
            report.push(Problem::new(&STATE_NOT_SAVED, message).help(help));
        }
    }
}

impl Kept {
    /// Says what this state has otherwise than one that was made without it.
    pub(crate) fn warn_if_passed_over(&self, made: &State, report: &mut Report) {
        let is_other = |uid: &&String| {
            made.resources
                .get(*uid)
                .is_some_and(|own| self.state.resources.get(*uid) != Some(own))
        };
        let other: Vec<&str> = self
            .state
            .resources
            .keys()
            .filter(is_other)
            .map(String::as_str)
            .collect();
        let names = self.state.names != KeptNames::default();
        let what = match (other.is_empty(), names) {
            (true, false) => return,
            (true, true) => "other names of what is deployed".to_owned(),
            (false, false) => format!("other values of {}", list_names(other)),
            (false, true) => format!(
                "other names of what is deployed, and other values of {}",
                list_names(other)
            ),
        };
        let message = format!(
            "`--stateless` passes over `{}`, which keeps {what}",
            self.path.display()
        );
        let help = "leave it out where an earlier output runs: what is there keeps the password that it was made with";
        report.push(Problem::new(&STATE_IGNORED, message).help(help));
    }
}

/// How often a run begins again because others have written since. More is no coincidence:
/// something writes each time.
const MOST_ATTEMPTS: usize = 100;

/// Makes an attempt until one ends with an exit code, as if the run had begun later.
pub(crate) fn repeat(
    mut attempt: impl FnMut() -> Result<Option<u8>, CliError>,
) -> Result<u8, CliError> {
    for _ in 0..MOST_ATTEMPTS {
        if let Some(code) = attempt()? {
            return Ok(code);
        }
    }
    let what = format!(
        "what is kept in `{}` has changed during each of {MOST_ATTEMPTS} attempts",
        os::KEPT
    );
    Err(CliError::World(format!(
        "{what}; nothing was written; find out what writes there, and run this again"
    )))
}

/// Whether another run has written the state, or made a seed, since this one began. Asked under
/// [`lock`].
pub(crate) fn is_outdated(kept: Option<&Kept>, os: &Os) -> bool {
    let other_state = kept.is_some_and(|kept| os.read(&kept.path).ok() != kept.bytes);
    other_state
        || os
            .made_seed()
            .is_some_and(|(path, _)| os.read(&path).is_ok())
}

/// The file that keeps a state which no run has read before; `None` when there is nothing to keep.
pub(crate) fn file(identity: &Identity, state: &State) -> Option<Item> {
    let content = Some(format::write(state).into_bytes());
    (!state.is_empty()).then(|| Item {
        path: path(identity),
        content,
        mode: 0o600,
        lasting: true,
    })
}

/// Waits until no other run of this project is writing, and finishes what one that was killed while
/// it wrote has left undone. It ends when what is given is dropped, or with this program.
pub(crate) fn lock() -> Result<Lock, CliError> {
    let lock = os::lock_directory(Path::new("."));
    journal::recover(lock.is_held()).map_err(|(path, error)| {
        let help = "run `score-rs generate` as somebody who may write there";
        let what = "an earlier run was ended while it wrote, and cannot be finished";
        CliError::World(format!(
            "{what}: cannot write `{}`: {}; {help}",
            path.display(),
            os::reason(&error)
        ))
    })?;
    Ok(lock)
}

/// Finishes what a run that was killed while it wrote has left undone. To be asked before anything
/// is read that a run writes.
pub(crate) fn recover() -> Result<(), CliError> {
    match os::exists(&Path::new(os::KEPT).join(journal::JOURNAL)) {
        true => lock().map(drop),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_never_lies_elsewhere() {
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
                path.starts_with(os::KEPT) && path.components().count() <= 3,
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
